"""Kronecker products in the index graph: taken apart, and made.

One idea: kron(A, B) is a product with an output index `u = i·p + k` for the rows and one for the columns; taking it apart splits the factors by
which of the two parts they hang on. It knows no law.
"""

from __future__ import annotations

from derive.engine.expr import Affine, Node, Prod
from derive.engine.indices import hanging_on
from derive.engine.normal import normalise
from derive.engine.selectors import MINUS, NOTHING, selector
from derive.sizes import ONE, Size


def kron(a: Node, b: Node) -> Node:
    """kron of two matrices, or of two vectors."""
    order = len(a.shape)
    shape = (*a.shape, *b.shape, *[s * t for s, t in zip(a.shape, b.shape, strict=True)])
    one, two, out = range(order), range(order, 2 * order), range(2 * order, 3 * order)
    ties = [
        (selector([b.shape[k], ONE], NOTHING, shape[o], [a.shape[k], b.shape[k]]), (o, i, j), 1)
        for k, (i, j, o) in enumerate(zip(one, two, out, strict=True))
    ]
    return normalise(Prod(1, ((a, tuple(one), 1), (b, tuple(two), 1), *ties), tuple(out), shape))


def kron_factors(node: Node) -> tuple[Node, Node] | None:
    """A and B of a node that is kron(A, B), of matrices or vectors; a number stays with A. None for any other."""
    if not isinstance(node, Prod) or not 1 <= len(node.out) <= 2:
        return None
    splits = {}
    for base, at, exp in node.factors:
        if isinstance(base, Affine):
            split = _split(base, at, exp)
            if split is None or split[0] not in node.out or split[0] in splits:
                return None
            splits[split[0]] = split[1], split[2]
    if set(splits) != set(node.out) or len(splits) != len(node.out):
        return None
    others = [f for f in node.factors if not isinstance(f[0], Affine)]
    if any(set(at) & set(node.out) for _, at, _ in others):
        return None
    left, ours = hanging_on(others, [splits[o][0] for o in node.out])
    right, theirs = hanging_on(others, [splits[o][1] for o in node.out])
    if ours & theirs or len(left | right) + sum(not at for _, at, _ in others) < len(others):
        return None
    loose = {k for k, (_, at, _) in enumerate(others) if not at}
    first = _part(node, [others[k] for k in sorted(left | loose)], tuple([splits[o][0] for o in node.out]), True)
    second = _part(node, [others[k] for k in sorted(right)], tuple([splits[o][1] for o in node.out]), False)
    return first, second


def _split(base: Affine, at: tuple[int, ...], exp: object) -> tuple[int, int, int] | None:
    """(u, i, k) of `[u = i·p + k]` that runs over every u once."""
    if exp != 1 or base.coefs[0] != MINUS or len(base.coefs) != 3 or base.offset != NOTHING:
        return None
    u, i, k = range(3)
    if base.coefs[i] == ONE and base.coefs[k] != ONE:
        i, k = k, i
    fits = base.coefs[k] == ONE and base.coefs[i] == base.shape[k] and base.shape[u] == base.shape[i] * base.shape[k]
    return (at[u], at[i], at[k]) if fits else None


def _part(node: Prod, factors: list, out: tuple[int, ...], with_number: bool) -> Node:  # type: ignore[type-arg]
    used = dict.fromkeys([*out, *[i for _, at, _ in factors for i in at]])
    place = {i: p for p, i in enumerate(used)}
    named = tuple([(b, tuple([place[i] for i in at]), e) for b, at, e in factors])
    dims: tuple[Size, ...] = tuple([node.dims[i] for i in used])
    return normalise(Prod(node.coef if with_number else 1, named, tuple([place[i] for i in out]), dims))


def kron_matrices(node: Node) -> list[Node] | None:
    """The matrices, in order, of a node that is a Kronecker product of any number of them; the number stays with the first."""
    if not isinstance(node, Prod) or len(node.out) != 2 or node.out[0] == node.out[1]:
        return None
    ties = [(b, at) for b, at, e in node.factors if isinstance(b, Affine) and e == 1 and at[0] in node.out]
    if len(ties) != 2 or {at[0] for _, at in ties} != set(node.out) or not all(fills(b) for b, _ in ties):
        return None
    rows, columns = sorted((at for _, at in ties), key=lambda at: node.out.index(at[0]))
    others = [f for f in node.factors if not (isinstance(f[0], Affine) and f[1][0] in node.out)]
    if len(rows) != len(columns) or any(set(at) & set(node.out) for _, at, _ in others):
        return None
    made, used, seen = [], set[int](), set[int]()
    loose = {k for k, (_, at, _) in enumerate(others) if not at}
    for place, (i, j) in enumerate(zip(rows[1:], columns[1:], strict=True)):
        part, reached = hanging_on(others, [i, j])
        if reached & seen or reached & (set(rows[1:] + columns[1:]) - {i, j}):
            return None
        used |= part
        seen |= reached
        chosen = part | loose if not place else part
        made.append(_part(node, [others[k] for k in sorted(chosen)], (i, j), not place))
    return made if len(used | loose) == len(others) else None


def fills(base: Affine) -> bool:
    """Whether `u = Σ c i` runs over every u once, the first part slowest."""
    stride = ONE
    for coef, size in zip(base.coefs[:0:-1], base.shape[:0:-1], strict=True):
        if coef != stride:
            return False
        stride = stride * size
    return base.coefs[0] == MINUS and base.offset == NOTHING and stride == base.shape[0]


def krons(parts: list[Node]) -> Node:
    """The Kronecker product of matrices."""
    made = parts[-1]
    for part in reversed(parts[:-1]):
        made = kron(part, made)
    return made
