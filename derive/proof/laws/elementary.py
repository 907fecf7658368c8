"""Elementary functions written by `exp`, `log`, `|x|`, `sin` and the step, and those taken apart, so that two sides meet.

One idea: `sigmoid`, `tanh`, `softmax`, `logsumexp` … open into their definitions, `exp` of a sum is a product, `log` of a product of positive numbers a sum; what
is left are rational expressions in independent functions, which are compared after multiplying by the denominators. None of these makes a node lighter, so
they come last. All numbers are real.
"""

from __future__ import annotations

from fractions import Fraction

from derive.engine.expr import Apply, Atom, Idx, Node, Prod, Sum, constant, number_of
from derive.engine.functions import declared_text
from derive.engine.lifting import broadcast, lift
from derive.engine.lower import body_template
from derive.engine.normal import normalise
from derive.engine.signs import nonnegative
from derive.engine.sums import collect, scaled, split
from derive.ops import REGISTRY
from derive.proof.laws.properties import is_positive, is_real, named
from derive.proof.laws.scalars import entrywise, is_negative, times, to_power
from derive.proof.rewriting import Law
from derive.proof.whole import is_whole
from derive.term import Type

FactorOf = tuple[Node, Idx, "int | Fraction"]
ONE = Prod(1, (), (), (), True)
OPENED = ("softmax", "logsumexp", "log_softmax", "norm2")
FEW = 6  # multiples of one angle, and steps of a gamma function, that are taken apart


def added(shape: tuple, *nodes: Node) -> Node:  # type: ignore[type-arg]
    """The sum of nodes of a shape, and of scalars repeated."""
    return collect([n if n.shape == shape else times(n, constant(1, shape)) for n in nodes], shape)


# ------------------------------------------------------------------------------------------------ definitions


def definitions(node: Node) -> Node | None:
    """The body of an activation, of softmax and its kin; `tanh`, `sinh`, `cosh` by `exp`; `max(x, y) = (x + y + |x - y|)/2`."""
    if not isinstance(node, Apply) or not is_real(node):
        return None
    op, args, shape = node.op, node.args, node.shape
    if op.name in OPENED:
        return _formula(node)
    if op.meaning != "elementwise":
        return None
    if op.name == "sigmoid" and is_negative(args[0]):
        return added(shape, constant(1, shape), scaled(-1, entrywise("sigmoid", scaled(-1, args[0]))))
    if op.body:
        text = declared_text(op, op.body, ((),) * len(args), ())
        made, has = lift(text.node, dict(zip(text.parameters, args, strict=True)), shape)
        return normalise(made if has or not shape else broadcast(made, shape))
    if op.name in ("sinh", "cosh", "tanh"):
        up, down = entrywise("exp", args[0]), entrywise("exp", scaled(-1, args[0]))
        sinh = scaled(Fraction(1, 2), added(shape, up, scaled(-1, down)))
        cosh = scaled(Fraction(1, 2), added(shape, up, down))
        return sinh if op.name == "sinh" else cosh if op.name == "cosh" else times(sinh, to_power(cosh, -1))
    if op.name in ("maximum", "minimum"):
        sign = 1 if op.name == "maximum" else -1
        apart = entrywise("abs", added(shape, args[0], scaled(-1, args[1])), shape=shape)
        return scaled(Fraction(1, 2), added(shape, *args, scaled(sign, apart)))
    if op.name == "sign":
        return added(shape, entrywise("step", args[0]), scaled(-1, entrywise("step", scaled(-1, args[0]))))
    if op.name == "tan":
        return times(entrywise("sin", args[0]), to_power(entrywise("cos", args[0]), -1))
    if op.name == "arccos":
        half = normalise(Prod(Fraction(1, 2), ((Atom("pi"), (), 1),), (), ()))
        return added(shape, half, scaled(-1, entrywise("arcsin", args[0])))
    return None


def _formula(node: Apply) -> Node | None:
    own = 2 if node.op.name == "norm2" and len(node.args[0].shape) == 2 else 1
    batch = node.args[0].shape[:-own]
    body, parameters = body_template(node.op, (Type(node.args[0].shape[-own:]),))
    made, has = lift(body, dict(zip(parameters, node.args, strict=True)), batch)
    return normalise(made if has or not batch else broadcast(made, batch))


# ------------------------------------------------------------------------------------------------ exp and log


def exponentials(node: Node) -> Node | None:
    """`exp(a + b) = exp(a) exp(b)`, `exp(2 a) = exp(a)^2`, `exp(log(u)) = u`."""
    if not named(node, "exp"):
        return None
    assert isinstance(node, Apply)
    inner = node.args[0]
    if named(inner, "log"):
        return inner.children[0]
    if isinstance(inner, Sum):
        return times(*[entrywise("exp", t) for t in inner.terms]) if inner.terms else None
    coef, unit = split(inner)
    return to_power(entrywise("exp", unit), coef) if coef != 1 and unit != ONE and is_real(unit) else None


def logarithms(node: Node) -> Node | None:
    """`log(x y) = log(x) + log(y)` for x > 0, `log(exp(u)) = u`, `log(x^2) = 2 log|x|`, `log(6) = log(2) + log(3)`."""
    if not named(node, "log") or not is_real(node):
        return None
    assert isinstance(node, Apply)
    inner = node.args[0]
    if named(inner, "exp"):
        return inner.children[0]
    number = number_of(inner)
    if number is not None:
        return _log_of_number(Fraction(number))
    if isinstance(inner, Sum):
        common = _common(inner)
        if common is None:
            return None
        rest = collect([times(t, to_power(common, -1)) for t in inner.terms], inner.shape)
        return added(node.shape, entrywise("log", common), entrywise("log", rest))
    if (
        not isinstance(inner, Prod)
        or set(inner.out) != set(range(len(inner.dims)))
        or len(set(inner.out)) < len(inner.out)
    ):
        return None
    return _log_of_product(node, inner)


def _log_of_number(value: Fraction) -> Node | None:
    if value <= 0 or (value.denominator == 1 and _least_factor(value.numerator) == value.numerator):
        return None
    if value == 1 or max(value.numerator, value.denominator) > 10**9:
        return None
    parts: dict[int, int] = {}
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        while number > 1:
            prime = _least_factor(number)
            parts[prime] = parts.get(prime, 0) + sign
            number //= prime
    return collect([scaled(e, entrywise("log", constant(p))) for p, e in parts.items()], ())


def _least_factor(number: int) -> int:
    k = 2
    while k * k <= number and k < 2000:
        if number % k == 0:
            return k
        k += 1
    return number


def _log_of_product(node: Apply, inner: Prod) -> Node | None:
    taken: list[Node] = []
    left: list[FactorOf] = []
    for base, at, exp in inner.factors:
        if is_positive(base):
            term = Apply(REGISTRY["log"], (base,), base.shape)
        elif type(exp) is int and exp % 2 == 0:
            term = Apply(REGISTRY["log"], (Apply(REGISTRY["abs"], (base,), base.shape),), base.shape)
        else:
            left.append((base, at, exp))
            continue
        taken.append(normalise(Prod(exp, ((term, at, 1),), inner.out, inner.dims)))
    coef = inner.coef
    if coef > 0 and coef != 1 and (taken or left):
        taken.append(times(entrywise("log", constant(coef)), constant(1, node.shape)))
        coef = 1
    if not taken or (not left and coef < 0):
        return None
    if left or coef != 1:
        taken.append(entrywise("log", normalise(Prod(coef, tuple(left), inner.out, inner.dims))))
    return collect(taken, node.shape)


def _common(node: Sum) -> Node | None:
    """The exponentials with negative exponents, and those that stand in every term, of a sum as a product; None without any."""
    least: dict[tuple[Node, Idx], int | Fraction] = {}
    seen: list[dict[tuple[Node, Idx], int | Fraction]] = []
    for term in node.terms:
        own: dict[tuple[Node, Idx], int | Fraction] = {}
        if named(term, "exp"):
            own[(term, tuple(range(len(term.shape))))] = 1
        elif isinstance(term, Prod):
            if set(term.out) != set(range(len(term.dims))):
                return None
            own = {(b, tuple([term.out.index(i) for i in at])): e for b, at, e in term.factors if named(b, "exp")}
        seen.append(own)
    for key in dict.fromkeys(k for own in seen for k in own):
        low = min(own.get(key, 0) for own in seen)
        if low != 0:
            least[key] = low
    if not least:
        return None
    axes = tuple(range(len(node.shape)))
    return normalise(Prod(1, tuple([(b, at, e) for (b, at), e in least.items()]), axes, node.shape))


def general_powers(node: Node) -> Node | None:
    """`x^y = exp(y log(x))` for x > 0; `x^(k + 1) = x^k x` for whole k."""
    if not named(node, "power"):
        return None
    assert isinstance(node, Apply)
    base, exponent = node.args
    if is_positive(base):
        log = entrywise("log", base)
        return entrywise("exp", times(exponent, log), shape=node.shape) if is_real(node) else None
    if isinstance(exponent, Sum) and all(is_whole(split(t)[1]) for t in exponent.terms) and not exponent.shape:
        return times(*[Apply(node.op, (base, t), node.shape) for t in exponent.terms])
    return None


# ------------------------------------------------------------------------------------------------ circular functions


def angles(node: Node) -> Node | None:
    """`sin(-x) = -sin(x)`, `cos(a + b) = cos(a) cos(b) - sin(a) sin(b)`, multiples up to a few, and functions of inverse functions."""
    if not named(node, "sin", "cos", "arcsin", "arctan", "erf"):
        return None
    assert isinstance(node, Apply)
    name, inner = node.op.name, node.args[0]
    if is_negative(inner):
        return scaled(1 if name == "cos" else -1, entrywise(name, scaled(-1, inner)))
    if name not in ("sin", "cos"):
        return None
    if named(inner, "arcsin"):
        x = inner.children[0]
        one = collect([constant(1, x.shape), scaled(-1, to_power(x, 2))], x.shape)
        return x if name == "sin" else to_power(one, Fraction(1, 2))
    parts = _parts(inner)
    if parts is None:
        return None
    a, b = parts
    sines, cosines = [entrywise("sin", x) for x in parts], [entrywise("cos", x) for x in parts]
    if name == "sin":
        return added(node.shape, times(sines[0], cosines[1]), times(cosines[0], sines[1]))
    del a, b
    return added(node.shape, times(*cosines), scaled(-1, times(*sines)))


def _parts(inner: Node) -> tuple[Node, Node] | None:
    """Two angles that add up to one."""
    if isinstance(inner, Sum) and len(inner.terms) > 1:
        return inner.terms[0], collect(list(inner.terms[1:]), inner.shape)
    coef, unit = split(inner)
    if type(coef) is int and 2 <= coef <= FEW and unit != ONE:
        return unit, scaled(coef - 1, unit)
    return None


def squares(node: Node) -> Node | None:
    """`cos(x)^2 = 1 - sin(x)^2`; `u step(u) = (u + |u|)/2`, `step(u) step(-u) = 0`. That a step is its own power is in the normal form."""
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        rest = node.factors[:k] + node.factors[k + 1 :]
        if named(base, "cos") and type(exp) is int and exp >= 2:
            sine = to_power(entrywise("sin", base.children[0]), 2)
            other = collect([constant(1, base.shape), scaled(-1, sine)], base.shape)
            return normalise(Prod(node.coef, (*rest, (other, at, 1), (base, at, exp - 2)), node.out, node.dims))
        if not named(base, "step") or exp != 1:
            continue
        made = _beside_step(node, rest, base.children[0], at)
        if made is not None:
            return made
    return None


def _beside_step(node: Prod, rest: tuple[FactorOf, ...], u: Node, at: Idx) -> Node | None:
    size = entrywise("abs", scaled(-1, u) if is_negative(u) else u)
    half = scaled(Fraction(1, 2), collect([u, size], u.shape))
    opposite = scaled(-1, u)
    for k, (base, there, exp) in enumerate(rest):
        if there != at or exp < 1 or type(exp) is not int:
            continue
        others = rest[:k] + rest[k + 1 :]
        if named(base, "step") and base.children[0] == opposite:
            return normalise(Prod(0, (), node.out, node.dims))
        coef = 1 if base in (u, size) else -1 if base == opposite else 0
        if coef:
            left = (*others, (half, at, 1), (base, there, exp - 1))
            return normalise(Prod(coef * node.coef, left, node.out, node.dims))
    return None


# ------------------------------------------------------------------------------------------------ gamma functions, maxima


def gammas(node: Node) -> Node | None:
    """`gamma(x + 1) = x gamma(x)`, `lgamma(x) = log(gamma(x))`, `digamma(x + 1) = digamma(x) + 1/x`."""
    if not named(node, "gamma", "digamma", "lgamma"):
        return None
    assert isinstance(node, Apply)
    name, inner = node.op.name, node.args[0]
    if name == "lgamma":
        return entrywise("log", entrywise("gamma", inner))
    steps = [t for t in (inner.terms if isinstance(inner, Sum) else ()) if split(t)[1] == constant(1, inner.shape)]
    shift = split(steps[0])[0] if steps else 0
    if type(shift) is not int or not 1 <= shift <= FEW:
        return None
    less = collect([inner, constant(-1, inner.shape)], inner.shape)
    if name == "gamma":
        return times(less, entrywise("gamma", less))
    return added(node.shape, entrywise("digamma", less), to_power(less, -1))


def extremes(node: Node) -> Node | None:
    """`max(x + c) = max(x) + c`, `max(c x) = c max(x)` for c ≥ 0, `min(x) = -max(-x)`."""
    if not named(node, "max", "min") or not is_real(node):
        return None
    assert isinstance(node, Apply)
    inner = node.args[0]
    if node.op.name == "min":
        return scaled(-1, normalise(Apply(REGISTRY["max"], (scaled(-1, inner),), ())))
    terms = inner.terms if isinstance(inner, Sum) else (inner,)
    shifts = [
        t
        for t in terms
        if isinstance(t, Prod) and all(not at for _, at, _ in t.factors) and len(set(t.out)) == len(t.out)
    ]
    rest = [t for t in terms if t not in shifts]
    if shifts:
        moved = [normalise(Prod(t.coef, t.factors, (), ())) for t in shifts if isinstance(t, Prod)]
        return collect([*moved, *([Apply(node.op, (collect(rest, inner.shape),), ())] if rest else [])], ())
    if isinstance(inner, Prod) and (inner.coef not in (1, -1) or any(not at for _, at, _ in inner.factors)):
        scalars = tuple([f for f in inner.factors if not f[1] and (is_positive(f[0]) or nonnegative(f[0]))])
        left = tuple([f for f in inner.factors if f not in scalars])
        if scalars or abs(inner.coef) != 1:
            core = normalise(Prod(1 if inner.coef > 0 else -1, left, inner.out, inner.dims))
            return normalise(
                Prod(max(inner.coef, -inner.coef), (*scalars, (Apply(node.op, (core,), ()), (), 1)), (), ())
            )
    return None


LAWS = (
    Law(
        "definitions of functions",
        "sigmoid(-z) == 1 - sigmoid(z); tanh(z) == 2*sigmoid(2*z) - 1; cosh(z)^2 - sinh(z)^2 == 1; relu(z) - relu(-z) == z; "
        "relu(z) + relu(-z) == abs(z); max(y, z) + min(y, z) == y + z; softmax(x + z) == softmax(x); sign(z) == step(z) - step(-z); "
        "tan(z)*cos(z) == sin(z); norm2(x)^2 == x'*x",
        "y: scalar; z: scalar; x: vector(n)",
        definitions,
    ),
    Law(
        "exponentials of sums",
        "exp(y + z) == exp(y)*exp(z); exp(2*z) == exp(z)^2; exp(log(p)) == p",
        "y: scalar; z: scalar; p: scalar positive",
        exponentials,
    ),
    Law(
        "logarithms of products",
        "log(p*q) == log(p) + log(q); log(exp(z)) == z; log(z^2) == 2*log(abs(z)); softplus(z) - softplus(-z) == z; log(6) == log(2) + log(3); "
        "logsumexp(x + z) == logsumexp(x) + z; log(softmax(x)) == log_softmax(x)",
        "p: scalar positive; q: scalar positive; z: scalar; x: vector(n)",
        logarithms,
    ),
    Law(
        "general powers",
        "p^y*p^z == p^(y + z); log(p^y) == y*log(p); z^(k + 1) == z^k*z",
        "p: scalar positive; y: scalar; z: scalar; k: integer in 1..4",
        general_powers,
    ),
    Law(
        "sums of angles",
        "sin(y + z) == sin(y)*cos(z) + cos(y)*sin(z); cos(2*z) == 1 - 2*sin(z)^2; sin(-z) == -sin(z)",
        "y: scalar; z: scalar",
        angles,
    ),
    Law(
        "squares of functions",
        "sin(z)^2 + cos(z)^2 == 1; z*step(z) == relu(z); step(z)*step(-z) == 0",
        "z: scalar",
        squares,
    ),
    Law(
        "gamma functions",
        "gamma(p + 1) == p*gamma(p); digamma(p + 2) == digamma(p) + 1/p + 1/(p + 1); lgamma(p + 1) == log(p) + lgamma(p)",
        "p: scalar positive",
        gammas,
    ),
    Law(
        "maxima",
        "max(x + z) == max(x) + z; max(2*x) == 2*max(x); min(x) == -max(-x); norminf(c*x) == abs(c)*norminf(x)",
        "x: vector(n); z: scalar; c: scalar nonzero",
        extremes,
    ),
)
