"""Products whose axes are pairs of indices: `vec` and `kron`.

One idea: an output axis `u = (q, p)` in mixed radix is taken apart; if what hangs on (q, j) and what hangs on (p, i) are separate, the
matrix with rows (q, p) and columns (j, i) is their Kronecker product. Source: Magnus & Neudecker 2019, 2.2-2.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Affine, Prod
from derive.engine.normal import normalise
from derive.matrixform.part import Chain, Link, eye, flipped, part_tree, size_tree
from derive.sizes import Size
from derive.tree import Tree, call

if TYPE_CHECKING:
    from derive.matrixform.form import FactorOf, Writer


def kronecker(writer: Writer, p: Prod, rest: list[FactorOf]) -> Chain | None:
    """The chain of a product whose output axes are all pairs, or None when it is not one or does not separate."""
    pairs: dict[int, tuple[int, int]] = {}
    others: list[FactorOf] = []
    for base, idx, exp in rest:
        if isinstance(base, Affine) and len(idx) == 3 and idx[0] in p.out and idx[0] not in pairs and _is_pair(base):
            pairs[idx[0]] = (idx[1], idx[2])
        else:
            others.append((base, idx, exp))
    if not pairs or len(p.out) != len(set(p.out)):
        return None
    if any(i in pairs for _, idx, _ in others for i in idx):
        return None
    if len(p.out) == 2 and p.out[0] not in pairs:
        return _rows(writer, p, others, p.out[0], pairs[p.out[1]])
    if any(i not in pairs for i in p.out):
        return None
    if len(p.out) == 1:
        (slow, fast) = pairs[p.out[0]]
        hanging = groups(others, (slow, fast))
        on = [_of(others, hanging, (i, i)) for i in (slow, fast)]
        if hanging[slow] != hanging[fast] and (not on[0] or not on[1]):  # repeated: each entry, or the whole
            return (
                Link(
                    call("kron", *[_vector(writer, p, f, i) for f, i in zip(on, (slow, fast), strict=True)]), "column"
                ),
            )
        return (Link(call("vec", _written(writer, p, others, (fast, slow))), "column"),)
    return _matrix(writer, p, others, pairs[p.out[0]], pairs[p.out[1]])


def _is_pair(base: Affine) -> bool:
    return base.offset == Size.of(0) and base.coefs[2] == Size.of(1) and base.coefs[1] == base.shape[2]


def _matrix(
    writer: Writer, p: Prod, others: list[FactorOf], rows: tuple[int, int], columns: tuple[int, int]
) -> Chain | None:
    group = groups(others, (*rows, *columns))
    (q, s), (j, i) = rows, columns
    if not {group[q], group[j]} & {group[s], group[i]}:
        slow = _written(writer, p, _of(others, group, (q, j)), (q, j))
        fast = _written(writer, p, _of(others, group, (s, i)), (s, i))
        return (Link(call("kron", slow, fast)),)
    if not {group[q], group[s]} & {group[j], group[i]}:
        left = call("vec", _written(writer, p, _of(others, group, (q, s)), (s, q)))
        right = call("vec", _written(writer, p, _of(others, group, (j, i)), (i, j)))
        return (Link(left, "column"), *flipped((Link(right, "column"),)))
    if not {group[q], group[i]} & {group[s], group[j]}:
        swap = Link(call("Kmn", size_tree(p.dims[i]), size_tree(p.dims[j])))
        if q == i and s == j:
            return (swap,)
        slow = _written(writer, p, _of(others, group, (q, i)), (q, i))
        fast = _written(writer, p, _of(others, group, (s, j)), (s, j))
        return (Link(call("kron", slow, fast)), swap)
    if (q, s) == (j, i):
        inner = call("vec", _written(writer, p, others, (s, q)))
        return (Link(call("diag", inner), "matrix", True),)
    return None


def _rows(writer: Writer, p: Prod, others: list[FactorOf], row: int, columns: tuple[int, int]) -> Chain | None:
    """Rows r and columns (j, i): `kron(h', M)` with h over j and M over (r, i), or `kron(M, h')`."""
    slow, fast = columns
    group = groups(others, (row, slow, fast))
    for alone, other, order in ((slow, fast, 1), (fast, slow, -1)):
        if group[alone] in (group[row], group[other]):
            continue
        vector = _of(others, group, (alone, alone))
        if not vector:
            continue
        line = Link(_written(writer, p, vector, (alone,)), "column").flipped().tree
        matrix = _written(writer, p, _of(others, group, (row, other)), (row, other))
        return (Link(call("kron", *(line, matrix)[::order])),)
    return None


def groups(factors: list[FactorOf], roots: tuple[int, ...]) -> dict[int, int]:
    """Which indices hang together through the factors."""
    group: dict[int, int] = {i: i for i in roots}
    for _, idx, _ in factors:
        for i in idx:
            group.setdefault(i, i)
    for _, idx, _ in factors:
        for i in idx[1:]:
            a, b = group[idx[0]], group[i]
            if a != b:
                group = {k: (a if g == b else g) for k, g in group.items()}
    return group


def _of(factors: list[FactorOf], group: dict[int, int], roots: tuple[int, int]) -> list[FactorOf]:
    """The factors that hang on these indices."""
    wanted = {group[i] for i in roots}
    return [f for f in factors if f[1] and group[f[1][0]] in wanted]


def _vector(writer: Writer, p: Prod, factors: list[FactorOf], i: int) -> Tree:
    used = list(dict.fromkeys([i, *[j for _, idx, _ in factors for j in idx]]))
    place = {j: k for k, j in enumerate(used)}
    named = tuple([(b, tuple([place[j] for j in idx]), e) for b, idx, e in factors])
    return writer.tree(normalise(Prod(1, named, (0,), tuple([p.dims[j] for j in used]))))


def _written(writer: Writer, p: Prod, factors: list[FactorOf], out: tuple[int, ...]):  # type: ignore[no-untyped-def]
    if len(out) == 2 and out[0] == out[1] and not factors:
        return eye(p.dims[out[0]]).tree
    used = list(dict.fromkeys([*out, *[i for _, idx, _ in factors for i in idx]]))
    place = {i: k for k, i in enumerate(used)}
    named = tuple([(b, tuple([place[i] for i in idx]), e) for b, idx, e in factors])
    part = Prod(1, named, tuple([place[i] for i in out]), tuple([p.dims[i] for i in used]))
    node = normalise(part)
    return part_tree(writer.part(node))
