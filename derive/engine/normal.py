"""The normal form: flat products, merged powers, collected sums, canonical index names.

One idea: inlining a product into a product only renames indices, so a derivative built by nesting becomes flat in one
pass. Sums are never distributed here (a tanh network of depth 8 would have 256 terms); `expanded` does that on
request, to decide equality.

The laws of products are in `derive.engine.assembly`, those of sums in `derive.engine.sums`; the values of functions that are known, such as
`exp(0) = 1`, are here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.assembly import assemble
from derive.engine.conjugate import conjugated, inverse, is_complex, part, quarter_turns
from derive.engine.expr import Affine, Apply, Atom, Node, Prod, Sum, Sym, Table, Undef, constant, number_of, zero
from derive.engine.indices import Frame
from derive.engine.numbers import exact_power, power, tidy
from derive.engine.signs import nonnegative
from derive.engine.sums import collect, split
from derive.engine.symmetry import is_symmetric, untransposed
from derive.engine.tables import without_signs
from derive.ops import REGISTRY

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, list[int], Number]

WITH_CONJUGATES = frozenset(("conj", "real", "imag", "abs", "logdet"))
ALWAYS_NORMAL = frozenset((Sym, Atom, Affine, Table))
Memo = dict[int, tuple[Node, Node]]  # id -> (node kept alive, its normal form)


def normalise(node: Node) -> Node:
    """The normal form of a node. Equal normal forms are equal tensors for every size; the converse is not claimed."""
    return _norm(node, {})


def normalised(left: Node, right: Node) -> tuple[Node, Node]:
    """The normal forms of two nodes; what they have in common is made once."""
    memo: Memo = {}
    return _norm(left, memo), _norm(right, memo)


def _norm(node: Node, memo: Memo) -> Node:
    kind = type(node)
    if kind in ALWAYS_NORMAL or getattr(node, "normal", False):
        return node
    found = memo.get(id(node))
    if found is not None:
        return found[1]
    if kind is Prod:
        made = _product(node, memo)  # type: ignore[arg-type]
    elif kind is Sum:
        made = collect([_norm(t, memo) for t in node.children], node.shape)
    elif kind is Apply:
        made = _applied(node, memo)  # type: ignore[arg-type]
    elif kind is Undef:
        made = _undefined(node, memo)  # type: ignore[arg-type]
    else:
        raise TypeError(f"not a node: {node!r}")
    memo[id(node)] = (node, made)
    return made


def _applied(node: Apply, memo: Memo) -> Node:
    changed = False
    args = []
    for arg in node.args:
        made = _norm(arg, memo)
        changed = changed or made is not arg
        args.append(made)
    return _known_value(Apply(node.op, tuple(args), node.shape) if changed else node)


def _undefined(node: Undef, memo: Memo) -> Node:
    arg = _norm(node.arg, memo)
    return node if arg is node.arg else Undef(node.function, arg)


def _known_value(node: Apply) -> Node:
    """`exp(0) = 1`, `log(1) = 0`, `sin(0) = 0` …, `abs(u) = u` for u ≥ 0, `inv(inv(A)) = A`, `inv(I) = I`."""
    name, arg = node.op.name, node.args[0]
    if type(arg) is Sum and not arg.terms:
        if name in ("exp", "cos", "cosh"):
            return constant(1, node.shape)
        if name in ("sin", "tan", "sinh", "tanh", "arcsin", "arctan", "erf", "abs", "relu", "sign"):
            return zero(node.shape)
    if name in WITH_CONJUGATES:
        made = part(node)
        if made is not None:
            return made
    if name == "exp" and (turned := quarter_turns(node)) is not None:
        return turned
    if name == "log" and arg == constant(1, node.shape):
        return zero(node.shape)
    if name == "power" and arg.shape == node.shape and (exponent := number_of(node.args[1])):
        axes = tuple(range(len(node.shape)))
        return normalise(Prod(1, ((arg, axes, exponent),), axes, node.shape))
    if name == "abs" and nonnegative(arg):
        return arg
    if name == "abs" and (signless := without_signs(arg)) is not None:
        return _known_value(Apply(node.op, (normalise(signless),), node.shape))
    if (node.op.transposes or name in ("det", "logdet")) and (plain := untransposed(arg)) is not None:
        inner = _known_value(Apply(node.op, (plain, *node.args[1:]), node.shape[::-1]))
        return transposed(inner) if node.op.transposes else inner  # inv(A') = inv(A)', det(A') = det(A)
    if name in ("det", "logdet") and isinstance(arg, Apply) and arg.op.name == "matpow" and not node.shape:
        inner, k = Apply(node.op, arg.args[:1], ()), arg.args[1]
        if name == "logdet":  # log |det X^k| = k log |det X|
            return normalise(Prod(1, ((k, (), 1), (inner, (), 1)), (), ()))
        return Apply(REGISTRY["power"], (inner, k), ())  # det X^k = (det X)^k
    if name == "inv":
        if isinstance(arg, Sym) and "orthogonal" in arg.symbol.properties:
            return transposed(arg)
        if isinstance(arg, Prod) and is_complex(arg) and (made := inverse(arg)) is not None:
            return made
        if isinstance(arg, Sym) and "unitary" in arg.symbol.properties:
            return transposed(conjugated(arg))
        if isinstance(arg, Sym) and "involutory" in arg.symbol.properties:
            return arg
        if isinstance(arg, Apply) and arg.op.name == "inv":
            return arg.args[0]
        if isinstance(arg, Prod) and arg.coef == 1 and not arg.factors and len(set(arg.out)) == 1:
            return arg
    return node


def transposed(node: Node) -> Node:
    """The transpose of a normal matrix node."""
    if isinstance(node, Prod):
        return normalise(Prod(node.coef, node.factors, node.out[::-1], node.dims))
    if is_symmetric(node):
        return node
    return normalise(Prod(1, ((node, (0, 1), 1),), (1, 0), node.shape))


# ------------------------------------------------------------------------------------------------ products


def _product(prod: Prod, memo: Memo) -> Node:
    frame = Frame(prod.dims)
    flat = _flatten(prod, frame, memo)
    if flat is None:
        return zero(prod.shape)
    return assemble(flat, prod.out, frame, prod.shape, normalise, _flatten)


def _flatten(prod: Prod, frame: Frame, memo: Memo | None = None) -> tuple[Number, list[FactorOf]] | None:
    """Open nested products into one list of factors over the frame's indices, which are those of the product; None when it is zero."""
    coef = prod.coef
    if coef == 0:
        return None
    memo = {} if memo is None else memo
    factors: list[FactorOf] = []
    todo: list[FactorOf] = [(b, list(idx), e) for b, idx, e in reversed(prod.factors)]
    while todo:
        base, at, exp = todo.pop()
        if type(base) is Sym:
            factors.append((base, at, exp))
            continue
        if type(base) is not Prod:
            base = _norm(base, memo)
        elif exp != 1:
            base = _norm(base, memo)
        elif base.shape or not base.dims or not base.normal:
            inner = _place(base, at, frame)
            if base.coef != 1:
                coef = coef * base.coef
                if coef == 0:
                    return None
            todo.extend([(b, [inner[i] for i in idx], e) for b, idx, e in reversed(base.factors)])
            continue
        if type(base) is Prod:
            if (base.normal and exp != 1) or (base.normal and not base.shape and base.dims):
                factor, base = _root(base, exp)
                coef = coef * factor[0]
                if factor[1] is not None:
                    factors.append(factor[1])
            if (
                type(base) is Prod
                and (exp == 1 or (not _bound(base) and type(exp) is int))
                and (base.shape or not base.dims or not base.normal)
            ):
                inner = _place(base, at, frame)
                coef = coef * power(base.coef, exp)  # type: ignore[arg-type]
                todo.extend([(b, [inner[i] for i in idx], tidy(e * exp)) for b, idx, e in reversed(base.factors)])
                if coef == 0:
                    return None
                continue
            if type(base) is Prod and len(base.factors) == 1 and base.coef == 1 and not _bound(base):
                inner_base, idx, e = base.factors[0]
                odd = type(e) is not int or e % 2 == 1  # b^e has a root only where b has one
                if (odd and not is_complex(inner_base)) or nonnegative(inner_base):
                    inner = _place(base, at, frame)
                    todo.append((inner_base, [inner[i] for i in idx], tidy(e * exp)))
                    continue
        elif type(base) is Sum and not base.terms:
            if exp > 0:
                return None
            raise ZeroDivisionError("a power of zero")
        factors.append((base, at, exp))
    return tidy(coef), factors


def _bound(prod: Prod) -> bool:
    return len(set(prod.out)) < len(prod.dims)


def _place(inner: Prod, at: list[int], frame: Frame) -> list[int]:
    """Frame indices for the indices of an inlined product whose axes stand at `at`."""
    placed = [-1] * len(inner.dims)
    for position, i in zip(at, inner.out, strict=True):
        if placed[i] < 0:
            placed[i] = position
        else:
            frame.unite(placed[i], position)
    if -1 in placed:
        for i, position in enumerate(placed):
            if position < 0:
                placed[i] = frame.new(inner.dims[i])
    return placed


def _root(base: Prod, exp: Number) -> tuple[tuple[Number, FactorOf | None], Node]:
    """Take the numeric coefficient out of `base^exp`: `(4 x'x)^(1/2) -> 2 (x'x)^(1/2)`."""
    coef = base.coef
    if coef == 1 or (not (base.factors or base.dims) and type(exp) is int):
        return (1, None), base
    unit = split(base)[1]
    if type(exp) is int:
        return (power(coef, exp), None), unit
    if coef < 0:
        return (1, None), base
    exact = exact_power(coef, exp)
    if exact is not None:
        return (exact, None), unit
    return (1, (Atom(coef), [], exp)), unit
