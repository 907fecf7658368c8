"""Edits inside products: the order of factors, transposes in it, inner for outer products, entrywise for matrix products.

One idea: a product is a list of factors; what authors do to it is to permute, transpose and regroup that list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations
from itertools import product as pairs

from derive.diagnosis.parts import (
    Change,
    Site,
    exponent,
    factors,
    flat,
    inverse,
    powered,
    product,
    replaced,
    terms,
    total,
    transposed,
    value_of,
)
from derive.tree import Tree, call

LONGEST = 8  # factors
PERMUTED = 4  # factors of which every order is tried

Found = Iterator[Change]
Asked = Callable[[Tree], bool]


def edits(line: Tree, site: Site, scalar: Asked) -> Found:
    """The edits of the product that stands here."""
    node = site.node
    if node.head == "hadamard":
        yield from _from_hadamard(line, site)
    if not site.product:
        return
    for parts in _lists(node):
        if len(parts) <= LONGEST:
            yield from _orders(line, site, parts)
            yield from _inner_and_outer(line, site, parts, scalar)
            yield from _entrywise(line, site, parts)
            yield from _regrouped(line, site, parts)
    yield from _factored(line, site)


def _lists(node: Tree) -> list[list[Tree]]:
    written, opened = factors(node), flat(node)
    return [written] if len(written) == len(opened) else [written, opened]


def _change(
    line: Tree, site: Site, new: Tree, code: str, says: str, shown: tuple[Tree, ...] = (), cost: float = 1.0
) -> Change:
    return Change(replaced(line, site.path, new), site.path, site.node, new, code, says, shown, cost)


# ---------------------------------------------------------------------- order


def _orders(line: Tree, site: Site, parts: list[Tree]) -> Found:
    """A permutation of the factors; two factors exchanged with a transpose on them; a factor out of a power moved."""
    number = 1 if parts[0].head == "number" else 0
    bare = parts[number:]
    lead = parts[:number]
    for order in _permutations(len(bare)):
        new = product([*lead, *[bare[k] for k in order]])
        moved = [bare[k] for k, at in enumerate(order) if k != at]
        shown = (moved[0], moved[-1])
        yield _change(line, site, new, "swapped-order", "exchange {} and {}", shown, 1.0 + 0.02 * len(moved))
    for i, j in combinations(range(len(bare)), 2):
        if len(bare) > PERMUTED and j > i + 2:
            continue
        for first, second in ((True, False), (False, True), (True, True)):
            a, b = bare[i], bare[j]
            new_parts = list(bare)
            new_parts[i] = transposed(b) if second else b
            new_parts[j] = transposed(a) if first else a
            new = product([*lead, *new_parts])
            yield _change(
                line, site, new, "swapped-order missing-transpose", "exchange {} and {}, one transposed", (a, b), 1.9
            )
    yield from _powers_moved(line, site, lead, bare)
    yield from _both_orders(line, site, parts)


def _permutations(count: int) -> Iterator[tuple[int, ...]]:
    """Orders of so many factors other than that in which they stand: all of a few, else exchanges, moves and rotations."""
    identity = tuple(range(count))
    if count <= PERMUTED:
        yield from (p for p in permutations(identity) if p != identity)
        return
    seen = {identity}
    for i, j in pairs(range(count), repeat=2):
        swapped, moved = list(identity), list(identity)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        moved.insert(j, moved.pop(i))
        blocks = [*identity[:i], *identity[j:], *identity[i:j]] if i < j else list(identity)
        for found in (swapped, moved, blocks):
            if tuple(found) not in seen:
                seen.add(tuple(found))
                yield tuple(found)


def _both_orders(line: Tree, site: Site, parts: list[Tree]) -> Found:
    """2*A*B → A*B + B*A."""
    if len(parts) == 3 and value_of(parts[0]) == 2:
        a, b = parts[1:]
        new = Tree("add", (product([a, b]), product([b, a])))
        yield _change(line, site, new, "commuted-matrices", "{} for {}", (new, site.node), 1.3)


def _powers_moved(line: Tree, site: Site, lead: list[Tree], bare: list[Tree]) -> Found:
    """X^-2 Y → X^-1 Y X^-1: a factor of a power goes to another place."""
    for k, part in enumerate(bare):
        power = exponent(part)
        if power is None or abs(power) < 2:
            continue
        unit = 1 if power > 0 else -1
        rest = powered(part.args[0], power - unit)
        one = powered(part.args[0], unit)
        for at in range(len(bare) + 1):
            if at in (k, k + 1):
                continue
            new_parts = list(bare)
            new_parts[k] = rest
            new_parts.insert(at, one)
            new = product([*lead, *new_parts])
            yield _change(
                line, site, new, "commuted-matrices", "{} stands on both sides of the other factor", (one,), 1.4
            )


# ---------------------------------------------------------------------- inner, outer, entrywise


def _inner_and_outer(line: Tree, site: Site, parts: list[Tree], scalar: Asked) -> Found:
    """a'*b for a*b', and the other way round."""
    for k in range(len(parts) - 1):
        a, b = parts[k], parts[k + 1]
        if a.head == "transpose" and b.head != "transpose":
            for new in (Tree("mul", (a.args[0], transposed(b))), Tree("mul", (b, a))):
                whole = product([*parts[:k], new, *parts[k + 2 :]])
                flat_whole = product([*parts[:k], *new.args, *parts[k + 2 :]])
                yield _change(line, site, whole, "inner-for-outer", "the outer product {}", (new,), 1.05)
                yield _change(line, site, flat_whole, "inner-for-outer", "the outer product {}", (new,), 1.05)
        elif b.head == "transpose" and a.head != "transpose" and not scalar(a):
            new = Tree("mul", (transposed(a), b.args[0]))
            whole = product([*parts[:k], new, *parts[k + 2 :]])
            yield _change(line, site, whole, "outer-for-inner", "the inner product {}", (new,), 1.05)
            yield _change(
                line,
                site,
                product([new, *parts[:k], *parts[k + 2 :]]),
                "outer-for-inner",
                "the inner product {}",
                (new,),
                1.1,
            )


def _entrywise(line: Tree, site: Site, parts: list[Tree]) -> Found:
    """`.*` for `*`; diag(a .* b) for a'*b; diag(v) for a vector v in a product of matrices."""
    for k in range(len(parts) - 1):
        left, right = product(parts[: k + 1]), product(parts[k + 1 :])
        yield _change(
            line,
            site,
            Tree("hadamard", (left, right)),
            "elementwise-vs-product",
            "multiply entry by entry: {}",
            (Tree("hadamard", (left, right)),),
            1.1,
        )
        a, b = parts[k], parts[k + 1]
        inner = Tree("hadamard", (a, b))
        if len(parts) > 2:
            whole = product([*parts[:k], inner, *parts[k + 2 :]])
            yield _change(line, site, whole, "elementwise-vs-product", "multiply entry by entry: {}", (inner,), 1.15)
        if a.head == "transpose" or b.head == "transpose":
            middle = call("diag", Tree("hadamard", (_upright(a), _upright(b))))
            rest = [*parts[:k], *parts[k + 2 :]]
            for at in range(len(rest) + 1):
                whole = product([*rest[:at], middle, *rest[at:]])
                yield _change(line, site, whole, "elementwise-vs-product", "the diagonal matrix {}", (middle,), 1.5)
    for k, part in enumerate(parts):
        if part.head != "number":
            new = call("diag", part)
            whole = product([*parts[:k], new, *parts[k + 1 :]])
            yield _change(line, site, whole, "missing-diag", "the diagonal matrix {}", (new,), 1.1)
        if part.head == "call" and part.data == "diag":
            whole = product([*parts[:k], part.args[0], *parts[k + 1 :]])
            yield _change(line, site, whole, "extra-diag", "{} without diag", (part.args[0],), 1.1)


def _upright(node: Tree) -> Tree:
    return node.args[0] if node.head == "transpose" else node


def _from_hadamard(line: Tree, site: Site) -> Found:
    a, b = site.node.args
    for new in (
        Tree("mul", (a, b)),
        Tree("mul", (b, a)),
        Tree("mul", (transposed(a), b)),
        Tree("mul", (a, transposed(b))),
        Tree("mul", (call("diag", a), b)),
        Tree("hdiv", (a, b)),
    ):
        code = "elementwise-vs-product" if new.head == "mul" else "inverted-factor"
        yield _change(line, site, new, code, "{} for {}", (new, site.node), 1.2)


# ---------------------------------------------------------------------- grouping


def _regrouped(line: Tree, site: Site, parts: list[Tree]) -> Found:
    """A part of the product transposed as a whole; M*S → M*S*M'."""
    if len(parts) > 2:
        for i in range(1, len(parts) - 1):
            for j in range(i + 2, len(parts) + 1):
                inner = product(parts[i:j])
                for new, code, says in (
                    (Tree("transpose", (inner,)), "missing-transpose", "transpose {}"),
                    (inverse(inner), "lost-inverse", "the inverse of {}"),
                ):
                    whole = product([*parts[:i], new, *parts[j:]])
                    yield _change(line, site, whole, code, says, (inner,), 1.05 if code[0] == "m" else 1.18)
    for k in range(1, len(parts)):
        left = product(parts[:k])
        back = product([transposed(p) for p in reversed(parts[:k])])
        whole = product([*parts, transposed(left)])
        written = product([*parts, back])
        for new in (written, whole):
            change = _change(line, site, new, "one-sided-product", "{} stands on both sides", (left,), 1.6)
            yield change._replace(lost=transposed(left))


def _factored(line: Tree, site: Site) -> Found:
    """F*(a + b) → F*a + b, of which F was taken out of one term only; and the sides of a bracket."""
    parts = factors(site.node)
    for k, part in enumerate(parts):
        if part.head not in ("add", "sub"):
            continue
        for i in range(k):
            outside = product(parts[i:k])
            for at in range(len(terms(part))):
                inside = [(s, Tree("mul", (outside, t)) if n == at else t) for n, (s, t) in enumerate(terms(part))]
                new = product([*parts[:i], total(inside), *parts[k + 1 :]])
                yield _change(line, site, new, "illegal-factoring", "{} is a factor of one term only", (outside,), 1.3)
                back = inverse(outside)
                inside = [(s, Tree("mul", (back, t)) if n == at else t) for n, (s, t) in enumerate(terms(part))]
                new = product([*parts[:k], total(inside), *parts[k + 1 :]])
                yield _change(line, site, new, "lost-inverse", "the factor {}", (back,), 1.25)._replace(lost=back)
