"""Laws of scalar functions that simplify: powers of whole numbers, absolute values, roots, and functions of repeated entries.

One idea: each makes a node lighter, so they are used together with the laws of matrices. What writes one function by another, so that two sides meet, is
in `elementary`. All numbers are real. Source: any handbook of functions; NIST DLMF, chapters 4 and 5.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from derive.engine.expr import Apply, Atom, Idx, Node, Prod, Sum, constant, number_of
from derive.engine.normal import normalise
from derive.engine.signs import nonnegative
from derive.engine.sums import collect, scaled, split
from derive.ops import REGISTRY
from derive.proof.laws.properties import is_positive, is_real, named
from derive.proof.rewriting import Law
from derive.proof.whole import is_whole, modulo, multiple_of_pi

FactorOf = tuple[Node, Idx, "int | Fraction"]


def entrywise(name: str, *args: Node, shape: tuple | None = None) -> Node:  # type: ignore[type-arg]
    """A function entry by entry."""
    return normalise(Apply(REGISTRY[name], args, args[0].shape if shape is None else shape))


def to_power(node: Node, exp: int | Fraction) -> Node:
    """node^exp entry by entry."""
    axes = tuple(range(len(node.shape)))
    return normalise(Prod(1, ((node, axes, exp),), axes, node.shape))


def times(*nodes: Node) -> Node:
    """The product entry by entry, of scalars and of nodes of one shape."""
    shape = max([n.shape for n in nodes], key=len)
    axes = tuple(range(len(shape)))
    return normalise(Prod(1, tuple([(n, axes if n.shape else (), 1) for n in nodes]), axes, shape))


# ------------------------------------------------------------------------------------------------ whole numbers


def whole_powers(node: Node) -> Node | None:
    """`x^2 = x*x` of a number that was a symbol, `(-1)^(2k) = 1`, `(-1)^(k + 1) = -(-1)^k`, `1i^(4k) = 1` for whole k."""
    if not named(node, "power"):
        return None
    assert isinstance(node, Apply)
    base, exponent = node.args
    value = number_of(exponent)
    if value is not None and -64 <= value <= 64:
        return to_power(base, value)
    one = number_of(base)
    if one == 1:
        return constant(1, node.shape)
    if node.shape:
        return None
    if one == -1:
        return _unit_power(node, exponent, 2, constant(-1))
    coef, unit = split(base)
    if isinstance(unit, Atom) and unit.value == "i" and coef in (1, -1):
        return _unit_power(node, exponent, 4, base)
    return None


def _unit_power(node: Apply, exponent: Node, period: int, base: Node) -> Node | None:
    """base^exponent where base^period = 1."""
    number, rest = modulo(exponent, period)
    if type(number) is not int:
        return None
    made = times(*[base] * number) if number else constant(1)
    if not (isinstance(rest, Sum) and not rest.terms):
        if rest == exponent:
            return None
        made = times(made, Apply(node.op, (base, rest), ()))
    return made


COSINES = {Fraction(0): 1, Fraction(1, 2): 0, Fraction(1): -1, Fraction(3, 2): 0}


def circular(node: Node) -> Node | None:
    """`cos(k*pi) = (-1)^k`, `sin(k*pi) = 0` for whole k, and multiples of pi/2."""
    if not named(node, "cos", "sin") or node.shape:
        return None
    assert isinstance(node, Apply)
    inner = multiple_of_pi(node.args[0])
    if inner is None:
        return None
    number, rest = modulo(inner, 2)
    if node.op.name == "sin":
        number = (number - Fraction(1, 2)) % 2  # sin(u) = cos(u - pi/2)
    value = COSINES.get(Fraction(number))
    if value is None or not is_whole(rest):
        return None
    return times(constant(value), Apply(REGISTRY["power"], (constant(-1), rest), ())) if value else constant(0)


# ------------------------------------------------------------------------------------------------ absolute values and roots


def absolute(node: Node) -> Node | None:
    """`|c x| = |c| |x|`, `|x^2| = x^2`, `|-x| = |x|`, `| |x| | = |x|`, and `|u| = u` for u ≥ 0; `|x|^2 = x^2`."""
    if isinstance(node, Prod):
        for k, (base, at, exp) in enumerate(node.factors):
            if named(base, "abs") and type(exp) is int and exp % 2 == 0 and is_real(base):
                rest = node.factors[:k] + node.factors[k + 1 :]
                return normalise(Prod(node.coef, (*rest, (base.children[0], at, exp)), node.out, node.dims))
        return None
    if not named(node, "abs") or not is_real(node):
        return None
    assert isinstance(node, Apply)
    inner = node.args[0]
    if named(inner, "abs") or nonnegative(inner) or is_positive(inner):
        return inner
    if isinstance(inner, Sum):
        return entrywise("abs", scaled(-1, inner)) if is_negative(inner) else None
    if not isinstance(inner, Prod) or set(inner.out) != set(range(len(inner.dims))):
        return None
    if len(set(inner.out)) < len(inner.out) or (
        inner.coef == 1 and len(inner.factors) == 1 and inner.factors[0][2] == 1
    ):
        return None
    factors = tuple([(_size(b), at, e) for b, at, e in inner.factors])
    return normalise(Prod(max(inner.coef, -inner.coef), factors, inner.out, inner.dims))


def _size(node: Node) -> Node:
    return node if nonnegative(node) or is_positive(node) else Apply(REGISTRY["abs"], (node,), node.shape)


def is_negative(node: Node) -> bool:
    """Whether the term that sorts first has a minus sign."""
    terms = node.terms if isinstance(node, Sum) else (node,)
    return min([(str(unit), coef) for coef, unit in map(split, terms)])[1] < 0 if terms else False


def square_roots(node: Node) -> Node | None:
    """`sqrt(x^2) = |x|`, `sqrt(x y) = sqrt(x) sqrt(y)` where x ≥ 0, square factors of numbers."""
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        if type(exp) is int:
            continue
        made = _opened_root(base, at, exp) if isinstance(base, Prod) else _number_root(base, exp)
        if made is not None:
            rest = node.factors[:k] + node.factors[k + 1 :]
            return normalise(Prod(node.coef, (*rest, *made), node.out, node.dims))
    return None


def _opened_root(base: Prod, at: Idx, exp: int | Fraction) -> tuple[FactorOf, ...] | None:
    if set(base.out) != set(range(len(base.dims))) or len(set(base.out)) < len(base.out) or not is_real(base):
        return None
    place = dict(zip(base.out, at, strict=True))
    taken: list[FactorOf] = []
    left: list[FactorOf] = []
    for inner, idx, e in base.factors:
        where = tuple([place[i] for i in idx])
        if is_positive(inner) or (nonnegative(inner) and e > 0):
            taken.append((inner, where, e * exp))
        elif type(e) is int and e % 2 == 0:
            taken.append((Apply(REGISTRY["abs"], (inner,), inner.shape), where, e * exp))
        else:
            left.append((inner, idx, e))
    if not taken:
        return None
    if left or base.coef != 1:
        whole = normalise(Prod(base.coef, tuple(left), base.out, base.dims))
        taken.append((whole, at, exp))
    return tuple(taken)


def _number_root(base: Node, exp: int | Fraction) -> tuple[FactorOf, ...] | None:
    """`12^(1/2) = 2*3^(1/2)`."""
    if not (isinstance(base, Atom) and isinstance(base.value, int | Fraction) and abs(exp.numerator) == 1):
        return None
    if not isinstance(exp, Fraction) or exp.denominator != 2 or base.value <= 0 or base.value >= 10**12:
        return None
    value = Fraction(base.value)
    inside = value.numerator * value.denominator  # sqrt(p/q) = sqrt(p q)/q
    square = max(d for d in range(1, min(isqrt(inside), 1000) + 1) if inside % (d * d) == 0)
    factor = Fraction(square, value.denominator)
    left = inside // (square * square)
    if left == base.value:
        return None
    outside = constant(factor if exp > 0 else 1 / factor)
    return ((outside, (), 1), (Atom(left), (), exp))


# ------------------------------------------------------------------------------------------------ repeated entries


def of_views(node: Node) -> Node | None:
    """`f(x')= f(x)'`, `f(c*ones) = f(c)*ones`: a function of entries that are placed or repeated, of those entries once."""
    if not (isinstance(node, Apply) and node.op.meaning == "elementwise" and node.shape):
        return None
    shaped = [a for a in node.args if a.shape]
    if not shaped:
        return normalise(_placed(Apply(node.op, node.args, ()), (), node.shape))
    axes = tuple([k for k in range(len(node.shape)) if any(_varies(a, k) for a in shaped)])
    if len(axes) < len(node.shape):
        args = tuple([_reduced(a, axes) if a.shape else a for a in node.args])
        shape = tuple([node.shape[k] for k in axes])
        return normalise(_placed(Apply(node.op, args, shape), axes, node.shape))
    if len(node.shape) == 2 and len(shaped) == len(node.args) == 1 and isinstance(shaped[0], Prod):
        one = shaped[0]
        if one.coef == 1 and len(one.factors) == 1 and one.factors[0][1:] == ((0, 1), 1) and one.out == (1, 0):
            inner = Apply(node.op, (one.factors[0][0],), one.factors[0][0].shape)
            return normalise(Prod(1, ((inner, (0, 1), 1),), (1, 0), one.dims))
        if one.coef == 1 and len(one.factors) == 1 and one.factors[0][1:] == ((1, 0), 1) and one.out == (0, 1):
            inner = Apply(node.op, (one.factors[0][0],), one.factors[0][0].shape)
            return normalise(Prod(1, ((inner, (1, 0), 1),), (0, 1), one.dims))
    return None


def _placed(node: Node, axes: Idx, shape: tuple) -> Prod:  # type: ignore[type-arg]
    return Prod(1, ((node, axes, 1),), tuple(range(len(shape))), shape)


def _varies(node: Node, axis: int) -> bool:
    """Whether a node may depend on its position along an axis."""
    if isinstance(node, Sum):
        return any(_varies(t, axis) for t in node.terms)
    if not isinstance(node, Prod):
        return True
    i = node.out[axis]
    return node.out.count(i) > 1 or any(i in at for _, at, _ in node.factors)


def _reduced(node: Node, axes: Idx) -> Node:
    """A node along the axes on which it depends."""
    if isinstance(node, Sum):
        shape = tuple([node.shape[k] for k in axes])
        return collect([_reduced(t, axes) for t in node.terms], shape)
    assert isinstance(node, Prod)
    gone = {node.out[k] for k in range(len(node.out)) if k not in axes}
    place = {i: p for p, i in enumerate([i for i in range(len(node.dims)) if i not in gone])}
    factors = tuple([(b, tuple([place[i] for i in at]), e) for b, at, e in node.factors])
    out = tuple([place[node.out[k]] for k in axes])
    return normalise(Prod(node.coef, factors, out, tuple([d for i, d in enumerate(node.dims) if i not in gone])))


LAWS = (
    Law(
        "powers of whole numbers",
        "(-1)^(2*k) == 1; (-1)^(k + 3) == -(-1)^k; normp(x, 3) == sum(abs(x).^3)^(1/3)",
        "k: integer in 0..6; x: vector(n)",
        whole_powers,
    ),
    Law(
        "multiples of pi",
        "cos(k*pi) == (-1)^k; sin(k*pi) == 0; cos(2*k*pi + pi/2) == 0",
        "k: integer in 0..6",
        circular,
    ),
    Law(
        "absolute value",
        "abs(-2*x) == 2*abs(x); abs(x).^2 == x.^2; abs(x.*y) == abs(x).*abs(y); norm2(c*x) == abs(c)*norm2(x)",
        "x: vector(n); y: vector(n); c: scalar",
        absolute,
    ),
    Law(
        "square roots",
        "sqrt(c^2) == abs(c); sqrt(p*q) == sqrt(p)*sqrt(q); sqrt(12) == 2*sqrt(3)",
        "c: scalar; p: scalar positive; q: scalar positive",
        square_roots,
    ),
    Law(
        "functions of placed entries",
        "tanh(A') == tanh(A)'; exp(c*ones(n)) == exp(c)*ones(n)",
        "A: matrix(m, n); c: scalar",
        of_views,
    ),
)
