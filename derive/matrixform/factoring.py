"""Sums as a person writes them: `2*X'*(X*w - y)` and `(A + A')*x`, not the expansion.

One idea: parts are chains, so what all of them begin or end with is taken out of the sum. Only whole common
ends are taken; equality is never in question.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from derive.matrixform.part import Chain, Link, Part, added, magnitude
from derive.tree import name

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction


def gather(parts: list[Part]) -> list[Part]:
    """Factor a sum: parts with the same scalars, then what all parts share, then the groups that share their last vector."""
    if len(parts) < 2:
        return parts
    groups = _by_scalars(parts)
    if 1 < len(groups) < len(parts):  # `(A + A')*x/s - (B + B')*x/s^2`
        return [part for members in groups for part in _gathered(members)]
    return _gathered(parts)


def _by_scalars(parts: list[Part]) -> list[list[Part]]:
    """The parts by their factors that are no numbers, those with several members together."""
    groups: dict[object, list[Part]] = {}
    for p in parts:
        groups.setdefault((p.over, p.under), []).append(p)
    return list(groups.values())


def _gathered(parts: list[Part]) -> list[Part]:
    if len(parts) < 2:
        return parts
    whole = _whole(parts)
    return [whole] if whole is not None else _by_vector(parts)


def _whole(parts: list[Part]) -> Part | None:
    """All parts as one product, when they share a scalar, a beginning or an end."""
    over = _common([p.over for p in parts])
    under = _common([p.under for p in parts])
    if alike := _times_a_scalar(parts):
        return alike
    begin = end = 0
    if parts[0].chain and not any(p.ones for p in parts):
        begin, end = _ends([p.chain for p in parts])
    coef = _shared_coefficient(parts)
    shared = bool(over or under or begin or end)
    if not shared and (type(coef) is int or not parts[0].chain):
        return None
    inner = [
        Part(_left(p.coef, coef), _less(p.over, over), _less(p.under, under), _cut(p.chain, begin, end), p.ones)
        for p in parts
    ]
    if any(p.chain == (IDENTITY,) for p in inner) and any(p.over or p.under for p in inner):
        return None  # `s*A + t*A*B`, not `A*(s*I + t*B)`
    chain: Chain = parts[0].chain[:begin]
    tail: Chain = parts[0].chain[len(parts[0].chain) - end :] if end else ()
    inner = gather_inner(inner)
    if len(inner) == 1:
        only = inner[0]
        return Part(coef * only.coef, over + only.over, under + only.under, chain + only.chain + tail)
    middle = added(inner)
    kind = next((_kind(p.chain) for p in inner if p.chain), None)
    if kind is None and not any(p.ones for p in inner):  # the sum is a scalar by now
        return Part(coef, (*over, middle), under, chain + tail)
    return Part(coef, over, under, (*chain, Link(middle, kind or "column"), *tail))


def _times_a_scalar(parts: list[Part]) -> Part | None:
    """`a - 2*s*a -> (1 - 2*s)*a`: parts that differ in their scalars alone, none of which is below a line."""
    chain = parts[0].chain
    if not chain or any(p.chain != chain or p.under or p.ones for p in parts):
        return None
    over = _common([p.over for p in parts])
    sign = -1 if all(p.coef < 0 for p in parts) else 1
    middle = added([Part(sign * p.coef, _less(p.over, over), (), ()) for p in parts])
    return Part(sign, (*over, middle), (), chain)


def _shared_coefficient(parts: list[Part]) -> Number:
    """The number that all parts have in front, with the sign when all are negative."""
    size = magnitude(parts[0].coef) if len({magnitude(p.coef) for p in parts}) == 1 else 1
    return -size if all(p.coef < 0 for p in parts) else size


def _left(value: Number, shared: Number) -> Number:
    """The quotient of a coefficient by the shared one, which is 1 or -1, or of its magnitude."""
    if shared in (1, -1):
        return value * shared
    return 1 if (value > 0) is (shared > 0) else -1


def gather_inner(parts: list[Part]) -> list[Part]:
    return _by_vector(parts) if len(parts) > 2 else parts


def _by_vector(parts: list[Part]) -> list[Part]:
    """Parts that end in the same vector: `A*x + A'*x + b -> (A + A')*x + b`."""
    return _grouped(parts, lambda c: c[-1] if len(c) > 1 and c[-1].kind in ("column", "row") else None)


def _grouped(parts: list[Part], key: Callable[[Chain], Link | None]) -> list[Part]:
    groups: dict[object, list[Part]] = {}
    for k, p in enumerate(parts):
        end = key(p.chain)
        groups.setdefault(k if end is None or p.ones else (end.tree, end.kind), []).append(p)
    out: list[Part] = []
    for members in groups.values():
        whole = _whole(members) if len(members) > 1 else None
        out += [whole] if whole is not None else members
    return out


def _kind(chain: Chain) -> str:
    first, last = chain[0].kind, chain[-1].kind
    if first == "row":
        return "row"
    return "column" if last == "column" else "matrix"


IDENTITY = Link(name("I"), "matrix", True)


def _ends(chains: list[Chain]) -> tuple[int, int]:
    """How many first and last links are the same in all; one chain of two may leave the identity between its ends."""
    least = min(len(c) for c in chains)
    begin = _shared(chains, least)
    end = _shared([c[begin:][::-1] for c in chains], least - begin)
    if begin + end == least:
        matrices = all(link.kind == "matrix" for c in chains for link in c) or all(_kind(c) == "matrix" for c in chains)
        longer = any(len(c) > least for c in chains) and not any(
            len(c) > least and (c[0] == c[-1] or any(link.tree.data == "ones" for link in c)) for c in chains
        )
        if not (matrices and longer):
            begin, end = (begin - 1, end) if end == 0 else (begin, end - 1)
    return begin, end


def _shared(chains: list[Chain], most: int) -> int:
    count = 0
    while count < most and len({c[count] for c in chains}) == 1:
        count += 1
    return count


def _cut(chain: Chain, begin: int, end: int) -> Chain:
    return chain[begin : len(chain) - end] or ((IDENTITY,) if begin or end else ())


def _common(lists: list[tuple]) -> tuple:  # type: ignore[type-arg]
    """Elements that stand in every list, with multiplicity, in the order of the first."""
    left = [list(x) for x in lists[1:]]
    out = []
    for item in lists[0]:
        if all(item in x for x in left):
            out.append(item)
            for x in left:
                x.remove(item)
    return tuple(out)


def _less(items: tuple, taken: tuple) -> tuple:  # type: ignore[type-arg]
    left = list(items)
    for item in taken:
        left.remove(item)
    return tuple(left)
