"""Laws of functions of a matrix and of their derivatives along a direction.

One idea: a derivative along a direction dF(X, E) stays whole, but where E commutes with X it is F'(X) E; and where it meets a matrix M
in an inner product, it may be turned over, <M, dF(X, E)> = <dF(X', M), E>, so that a derivative along every E at once becomes one
along M. F' and the adjoint come from the declaration. Every law is an equality for every size. Source: Higham 2008, ch. 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from derive.engine.expansion import expanded
from derive.engine.expr import Apply, Idx, Node, Prod, Shape, Sum, Sym, identity, number_of
from derive.engine.indices import hanging_on
from derive.engine.lifting import broadcast, lift, over_used, without_batch
from derive.engine.lower import lower
from derive.engine.normal import normalise, transposed
from derive.engine.sums import split
from derive.engine.symmetry import is_symmetric
from derive.ops import REGISTRY, Operation
from derive.term import Symbol, Type

if TYPE_CHECKING:
    from fractions import Fraction

    FactorOf = tuple[Node, Idx, int | Fraction]

TRIANGLES = frozenset(("tril", "triu"))
TERMS = 40  # of a product multiplied out, to see whether it commutes


class Text(NamedTuple):
    """A text of a declaration as a node over symbols for the parameters, the result R and the coefficient G."""

    node: Node
    parameters: tuple[Sym, ...]
    result: Sym
    coefficient: Sym


_texts: dict[tuple[str, str, tuple[Shape, ...]], Text] = {}


def declared_text(op: Operation, text: str, cores: tuple[Shape, ...], own: Shape) -> Text:
    """The node of a text over parameters of these shapes; kept."""
    key = (op.name, text, cores)
    found = _texts.get(key)
    if found is None:
        from derive.infer import infer_text

        symbols = {p: Symbol(p, Type(s), ("parameter",)) for p, s in zip(op.parameters, cores, strict=True)}
        result, coefficient = Symbol("R", Type(own)), Symbol("G", Type(own))
        node = lower(infer_text(text, {**symbols, "R": result, "G": coefficient}))
        found = Text(node, tuple([Sym(s) for s in symbols.values()]), Sym(result), Sym(coefficient))
        if len(_texts) < 2_000:
            _texts[key] = found
    return found


def adjoint(node: Apply, k: int, g: Node, front: Shape, cores: tuple[Shape, ...]) -> Node:
    """The coefficient of the k-th argument's differential in <g, d node>, where g has the axes `front + node.shape`."""
    batch = node.args[0].shape[: len(node.args[0].shape) - len(cores[0])]
    text = declared_text(node.op, node.op.adjoint[k], cores, node.shape[len(batch) :])
    mapping: dict[Sym, Node] = dict(zip(text.parameters, node.args, strict=True))
    mapping[text.result] = node
    if front and batch:
        mapping = {s: broadcast(a, front) if a.shape else a for s, a in mapping.items()}
    mapping[text.coefficient] = g
    made = normalise(lift(text.node, mapping, front + batch)[0])
    if not front or made.shape == front + node.args[k].shape:
        return settled(made)
    return settled(broadcast(made, front))


def settled(node: Node) -> Node:
    """`dF(X, cE) -> c dF(X, E)` for scalars c, `dF(X, E) -> F'(X) E` where X and E commute, `tril(tril(X)) -> tril(X)`."""
    if not (isinstance(node, Apply) and len(node.shape) == 2 and (node.op.commuting or node.op.name in TRIANGLES)):
        return node
    coef, scalars, e = _without_scalars(node.args[-1])
    args = (*node.args[:-1], e)
    inner: Node = Apply(node.op, args, node.shape)
    if node.op.name in TRIANGLES:
        inner = e if isinstance(e, Apply) and e.op is node.op else inner
    elif commute(node.args[0], e):
        text = declared_text(node.op, node.op.commuting, tuple([a.shape for a in args]), node.shape)
        inner = lift(text.node, dict(zip(text.parameters, args, strict=True)), ())[0]
    return normalise(Prod(coef, (*scalars, (inner, (0, 1), 1)), (0, 1), node.shape))


def _without_scalars(node: Node) -> tuple[int | Fraction, tuple[FactorOf, ...], Node]:
    """Number, scalar factors and the rest of a matrix."""
    coef, unit = split(node)
    if not isinstance(unit, Prod):
        return coef, (), unit
    scalars = tuple([f for f in unit.factors if not f[1]])
    rest = tuple([f for f in unit.factors if f[1]])
    return coef, scalars, normalise(Prod(1, rest, unit.out, unit.dims)) if scalars else unit


# ------------------------------------------------------------------------------------------------ what commutes


def commute(x: Node, y: Node) -> bool:
    """Whether xy = yx is plain: y is a function of x, or both products are one when multiplied out."""
    core = _without_number(x)
    if _function_of(y, core) or _function_of(transposed(y), transposed(core)):
        return True
    left, right = _times(x, y), _times(y, x)
    return left == right or (expanded(left, TERMS) or left) == (expanded(right, TERMS) or right)


def _times(x: Node, y: Node) -> Node:
    n = x.shape[0]
    return normalise(Prod(1, ((x, (0, 1), 1), (y, (1, 2), 1)), (0, 2), (n, n, n)))


def _without_number(node: Node) -> Node:
    """The one matrix of a product of it with scalars, else the node without its number."""
    unit = split(node)[1]
    if isinstance(unit, Prod):
        matrices = tuple([f for f in unit.factors if f[1]])
        if len(matrices) == 1 and len(matrices) < len(unit.factors):
            return normalise(Prod(1, matrices, unit.out, unit.dims))
    return unit


def _function_of(node: Node, x: Node) -> bool:
    """Whether a matrix is a polynomial in x and functions of x, with scalar coefficients."""
    match node:
        case _ if node == x:
            return True
        case Sum():
            return all(_function_of(t, x) for t in node.terms)
        case Apply():
            square = bool(node.op.signatures) and node.op.signatures[0].inputs[0] == "nn"
            return square and node.op.transposes and len(node.shape) == 2 and _function_of(node.args[0], x)
        case Prod() if len(node.out) == 2:
            return _chain_of(node, x)
    return False


def _chain_of(node: Prod, x: Node) -> bool:
    """Whether a product is scalars times one chain of functions of x, all in one direction."""
    rows, columns = node.out
    matrices = [f for f in node.factors if f[1]]
    if rows == columns:
        return not matrices
    at = rows
    while matrices:
        step = next(
            (
                (f, end)
                for f in matrices
                for start, end in _directions(f)
                if start == at and f[2] == 1 and _function_of(f[0], x)
            ),
            None,
        )
        if step is None:
            return False
        matrices.remove(step[0])
        at = step[1]
    return at == columns


def _directions(factor: FactorOf) -> list[tuple[int, int]]:
    base, idx, _ = factor
    if len(idx) != 2:
        return []
    return [(idx[0], idx[1]), (idx[1], idx[0])] if is_symmetric(base) else [(idx[0], idx[1])]


# ------------------------------------------------------------------------------------------------ products


def with_directions(node: Node) -> Node:
    """Turn a derivative along a direction over where that makes it one along a given matrix, or none at all."""
    if not isinstance(node, Prod):
        return node
    for k, (base, idx, exp) in enumerate(node.factors):
        if not (isinstance(base, Apply) and base.op.commuting and exp == 1):
            continue
        made = _turned(node, k, base, idx)
        if made is not None:
            return with_directions(made)
    return node


def _turned(node: Prod, k: int, base: Apply, idx: Idx) -> Node | None:
    others = node.factors[:k] + node.factors[k + 1 :]
    inside = _hanging_on(others, idx[-2:], idx[:-2], node.out)
    if inside is None:
        return None
    flat = [without_batch(a, len(idx) - 2) for a in base.args[:-1]]
    given = [a for a in flat if a is not None]
    if len(given) < len(flat):
        return None
    m = over_used([others[p] for p in inside], idx[-2:], node.dims, 1)
    rest = [f for p, f in enumerate(others) if p not in inside]
    one = Prod(1, (), (0, 0), m.shape[:1], True)  # any direction: the adjoint does not depend on it
    whole = Apply(base.op, (*given, one), m.shape)
    over = adjoint(whole, len(base.args) - 1, m, (), tuple([a.shape for a in whole.args]))
    if len(idx) == 2 and isinstance(over, Apply) and over.op is base.op:
        return None
    return over_used([*rest, (base.args[-1], idx, 1), (over, idx[-2:], 1)], node.out, node.dims, node.coef)


def _hanging_on(others: tuple[FactorOf, ...], inner: Idx, outer: Idx, out: Idx) -> set[int] | None:
    """The factors that hang on the inner indices; None when they reach the output or the outer indices."""
    inside, reached = hanging_on(others, inner)
    if not inside or reached & (set(out) | set(outer)) or len(set(inner)) < 2:
        return None
    return inside


def with_powers(node: Node) -> Node:
    """`x^y x^n -> x^(y + n)` for a symbolic y and a whole n, `X^y X -> X^(y + 1)` for matrices."""
    if not isinstance(node, Prod):
        return node
    if any(isinstance(b, Apply) and b.op.name == "matpow" for b, _, _ in node.factors):
        made = _matrix_powers(node)
        if made is not None:
            return with_powers(made)
    for k, (base, idx, exp) in enumerate(node.factors):
        if not (isinstance(base, Apply) and base.op.name == "power" and exp == 1):
            continue
        for m, (other, at, n) in enumerate(node.factors):
            if m != k and at == idx and type(n) is int and other == base.args[0] and not base.args[1].shape:
                made = _raised(other, normalise(Sum((base.args[1], Prod(n, (), (), (), True)), ())))
                rest = [f for p, f in enumerate(node.factors) if p not in (k, m)]
                return with_powers(normalise(Prod(node.coef, (*rest, (made, idx, 1)), node.out, node.dims)))
    return node


def _raised(base: Node, exponent: Node) -> Node:
    return Apply(REGISTRY["power"], (base, exponent), base.shape)


def _matrix_powers(node: Prod) -> Node | None:
    """Two neighbours that are powers of one matrix as one power."""
    uses = [i for _, at, _ in node.factors for i in at] + list(node.out)
    for k, (first, at, exp) in enumerate(node.factors):
        if not (isinstance(first, Apply) and first.op.name == "matpow" and exp == 1):
            continue
        for m, (second, there, e) in enumerate(node.factors):
            more = _exponent(second, first.args[0]) if m != k and e == 1 and len(there) == 2 else None
            if more is None:
                continue
            total = normalise(Sum((first.args[1], more), ()))
            rest = [f for p, f in enumerate(node.factors) if p not in (k, m)]
            for (i, a), (b, j) in ((at, there), (there, at)):
                if a == b and uses.count(a) == 2 and i != a != j:
                    made = (_power_of(first.args[0], total), (i, j), 1)
                    return over_used([*rest, made], node.out, node.dims, node.coef)
    return None


def _exponent(node: Node, base: Node) -> Node | None:
    """k of a matrix that is `base^k`; None for any other."""
    if node == base:
        return Prod(1, (), (), (), True)
    if isinstance(node, Apply) and node.op.name == "matpow" and node.args[0] == base:
        return node.args[1]
    inverse = node.args[0] if isinstance(node, Apply) and node.op.name == "inv" else None
    if inverse is None and isinstance(base, Apply) and base.op.name == "inv" and base.args[0] == node:
        return Prod(-1, (), (), (), True)
    inner = _exponent(inverse, base) if inverse is not None else None
    return normalise(Prod(-1, ((inner, (), 1),), (), ())) if inner is not None else None


def _power_of(base: Node, exponent: Node) -> Node:
    match number_of(exponent):
        case 0:
            return identity(base.shape[:1])
        case 1:
            return base
        case -1:
            return normalise(Apply(REGISTRY["inv"], (base,), base.shape))
    return Apply(REGISTRY["matpow"], (base, exponent), base.shape)
