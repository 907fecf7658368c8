"""Laws of linear functions of a whole family of matrices or vectors: triangles and the vector product.

One idea: a derivative leaves `tril(B_k)` or `x × e_k` for every k, contracted with something; the function is moved to what it is contracted with,
`<tril(B), W> = <B, tril(W)>` and `<x × y, w> = <y, w × x>`, and the family is a plain factor. It knows no derivative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Apply, Idx, Node, Prod, Sum
from derive.engine.lifting import without_batch
from derive.engine.normal import normalise
from derive.engine.sums import collect
from derive.proof.rewriting import Law

if TYPE_CHECKING:
    from fractions import Fraction

    FactorOf = tuple[Node, Idx, int | Fraction]

TRIANGLES = ("tril", "triu")
CORES = {"tril": 2, "triu": 2, "cross": 1}  # axes that the function acts on; those before them are of the family


def triangle_moved(node: Node) -> Node | None:
    """`Σ tril(B)_krc W_rc -> Σ B_krc tril(W)_rc` for a family B and one matrix W; of two matrices the first has the function."""
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        if isinstance(base, Apply) and base.op.name in TRIANGLES and exp == 1:
            rest = _partner(node, k, at[-2:])
            if rest is not None and (len(at) > 2 or rest[1].sig < base.args[0].sig):
                taken, matrix = rest
                made = normalise(Apply(base.op, (matrix,), matrix.shape))
                return _moved(node, {k, *taken}, ((base.args[0], at, 1), (made, at[-2:], 1)))
    return None


def cross_moved(node: Node) -> Node | None:
    """`Σ (x × Y_k)·w -> Σ Y_k·(w × x)` and `Σ (X_k × y)·w -> Σ X_k·(y × w)` for a family on one side; of three vectors the first stands alone."""
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        if not (isinstance(base, Apply) and base.op.name == "cross" and exp == 1):
            continue
        rest = _partner(node, k, at[-1:])
        turned = None if rest is None else _turned(base, rest[1])
        if rest is not None and turned is not None:
            alone, made = turned
            return _moved(node, {k, *rest[0]}, ((alone, at, 1), (made, at[-1:], 1)))
    return None


def _turned(base: Apply, w: Node) -> tuple[Node, Apply] | None:
    """What stands alone and the product of the two others, of (x × y)·w; None where it is to stay."""
    x, y = base.args
    if len(base.shape) == 1:
        if w.sig <= min(x.sig, y.sig):
            return None
        pair = (y, w) if x.sig < y.sig else (w, x)
        return (x if x.sig < y.sig else y), Apply(base.op, pair, w.shape)
    one, other = [without_batch(a, len(base.shape) - 1) if isinstance(a, Prod) else None for a in (x, y)]
    if one is not None and other is None:
        return y, Apply(base.op, (w, one), w.shape)
    if other is not None and one is None:
        return x, Apply(base.op, (other, w), w.shape)
    return None


def opened(node: Node) -> Node | None:
    """`f(a B + C) = a f(B) + f(C)` for triangles and on both sides of a vector product; `u × v = -(v × u)` for the order of the two."""
    if not (isinstance(node, Apply) and node.op.name in CORES):
        return None
    axes: Idx = tuple(range(len(node.shape)))
    for side, arg in enumerate(node.args):
        parts = [_scalars_out(t, CORES[node.op.name]) for t in (arg.terms if isinstance(arg, Sum) else (arg,))]
        if len(parts) == 1 and parts[0][0] == 1 and not parts[0][1]:
            continue
        made = []
        for coef, scalars, unit in parts:
            inner = Apply(node.op, (*node.args[:side], unit, *node.args[side + 1 :]), node.shape)
            made.append(normalise(Prod(coef, (*scalars, (inner, axes, 1)), axes, node.shape)))
        return collect(made, node.shape)
    if node.op.name == "cross" and len(node.shape) == 1 and node.args[1].sig < node.args[0].sig:
        return normalise(Prod(-1, ((Apply(node.op, node.args[::-1], node.shape), axes, 1),), axes, node.shape))
    return None


def _scalars_out(node: Node, core: int) -> tuple[int | Fraction, tuple[FactorOf, ...], Node]:
    """Number, the factors that are one number for each member of a family, on the axes of the family, and the rest of a term."""
    if not isinstance(node, Prod):
        return 1, (), node
    lead = {i: axis for axis, i in enumerate(node.out[:-core]) if node.out.count(i) == 1}
    out = [f for f in node.factors if all(i in lead for i in f[1])]
    scalars = tuple([(b, tuple([lead[i] for i in at]), e) for b, at, e in out])
    rest = tuple([f for f in node.factors if f not in out])
    return node.coef, scalars, normalise(Prod(1, rest, node.out, node.dims))


def _partner(node: Prod, k: int, ends: Idx) -> tuple[set[int], Node] | None:
    """The other factors that hang together with these indices, and the tensor that they are; None where that is no one tensor.

    The indices must be summed, differ, and nothing of the tensor may stand on an output axis or on another axis of the factor.
    """
    closed = {*node.out, *node.factors[k][1][: -len(ends)]}
    if len(set(ends)) < len(ends) or closed & set(ends):
        return None
    taken: set[int] = set()
    reached = set(ends)
    waiting = True
    while waiting:
        more = [j for j, (_, at, _) in enumerate(node.factors) if j != k and j not in taken and reached & set(at)]
        waiting = bool(more)
        taken.update(more)
        for j in more:
            reached.update(node.factors[j][1])
    if reached & closed or not taken:
        return None
    held = {i for j in taken for i in node.factors[j][1]}
    if not set(ends) <= held:
        return None
    place = {i: p for p, i in enumerate((*ends, *sorted(held - set(ends))))}
    factors = tuple([(b, tuple([place[i] for i in at]), e) for b, at, e in [node.factors[j] for j in sorted(taken)]])
    dims = tuple([node.dims[i] for i in place])
    return taken, normalise(Prod(1, factors, tuple(range(len(ends))), dims))


def _moved(node: Prod, gone: set[int], new: tuple[FactorOf, ...]) -> Node:
    """The product with some factors exchanged for others over the same indices."""
    kept = tuple([f for k, f in enumerate(node.factors) if k not in gone]) + new
    used = sorted({*node.out, *[i for _, at, _ in kept for i in at]})
    place = {i: p for p, i in enumerate(used)}
    factors = tuple([(b, tuple([place[i] for i in at]), e) for b, at, e in kept])
    dims = tuple([node.dims[i] for i in used])
    return normalise(Prod(node.coef, factors, tuple([place[i] for i in node.out]), dims))


LAWS = (
    Law(
        "adjoint of a triangle",
        "tr(tril(A)'*B) == tr(A'*tril(B)); tr(triu(A)'*B) == tr(A'*triu(B))",
        "A: matrix(m, n); B: matrix(m, n)",
        triangle_moved,
    ),
    Law(
        "triple product",
        "cross(u, v)'*w == cross(w, u)'*v; cross(u, v)'*w == cross(v, w)'*u",
        "u: vector(3); v: vector(3); w: vector(3)",
        cross_moved,
    ),
    Law(
        "triangles and vector products are linear",
        "cross(a*u + v, w) == a*cross(u, w) + cross(v, w); cross(u, v) == -cross(v, u); tril(a*A + B) == a*tril(A) + tril(B)",
        "a: scalar; u: vector(3); v: vector(3); w: vector(3); A: matrix(m, n); B: matrix(m, n)",
        opened,
    ),
)
