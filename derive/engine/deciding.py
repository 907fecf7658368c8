"""Laws that bring two ways of writing one thing together, used to decide equality and never to write an answer.

One idea: what a reader takes for the same has one form here. Each is an equality wherever both of its sides have a value:

`f(-u) = -f(u)` for odd f, `f(-u) = f(u)` for even f, `sigmoid(-u) = 1 - sigmoid(u)`, `softplus(-u) = softplus(u) - u` and their kin;
`(a b)^r = a^r b^r` for a > 0 and every exponent r; `x^y x^n = x^(y+n)`, `X^k X = X^(k+1)`;
`d(X^k)` along E is `Σ_q X^q E X^(k-1-q)`; `exp(u)_i / Σ exp(u) = softmax(u)_i`, `Σ_i p_i = 1` for what sums to one (see `derive.engine.simplify`).
And E = 0 when c E = 0 for a factor c of the denominators of E, which is not zero where E has a value.

It does not know what is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.conjugate import is_complex
from derive.engine.expr import Apply, Atom, Idx, Node, Prod, Sum, Sym, as_product, constant
from derive.engine.lifting import broadcast, without_batch
from derive.engine.normal import normalise
from derive.engine.selectors import NOTHING, never_negative
from derive.engine.subscripts import Bound, numbers
from derive.engine.sums import collect, scaled, split
from derive.engine.symmetry import untransposed
from derive.ops import REGISTRY
from derive.sizes import Size

if TYPE_CHECKING:
    from fractions import Fraction

    Factor = tuple[Node, Idx, int | Fraction]

ODD = frozenset("sin tan sinh tanh arcsin arctan erf sign".split())
EVEN = frozenset("cos cosh abs normpdf".split())
COMPLEMENT = frozenset("sigmoid normcdf".split())  # f(-u) = 1 - f(u)
POSITIVE = frozenset("exp sigmoid softmax softplus cosh normpdf".split())
ROUNDS = 6  # of different denominators
SHIFTED = frozenset("softplus relu".split())  # f(-u) = f(u) - u
REFLECTED = ODD | EVEN | COMPLEMENT | SHIFTED


def reflected(node: Node) -> Node:
    """The function at -u where that is the canonical one of u and -u."""
    if not isinstance(node, Apply):
        return node
    name = node.op.name
    if name not in REFLECTED or (name in SHIFTED and is_complex(node)) or not _turns(node.args[0]):
        return node
    u = scaled(-1, node.args[0])
    other = normalise(Apply(node.op, (u,), node.shape))
    if name in EVEN:
        return other
    if name in ODD:
        return scaled(-1, other)
    parts = [constant(1, node.shape), scaled(-1, other)] if name in COMPLEMENT else [other, scaled(-1, u)]
    return collect(parts, node.shape)


def powers_opened(node: Apply) -> Node:
    """`dmatpow(X, k, E) -> Σ_q X^q E X^(k-1-q)` for q = 0 … k-1, where k is declared ≥ 0 and X the same for every E of a family."""
    if node.op.name != "dmatpow" or not isinstance(node.args[1], Sym) or not _counts(node.args[1]):
        return node
    lead = len(node.shape) - 2
    x = without_batch(node.args[0], lead)
    if x is None:
        return node
    size, n = Size.of(node.args[1].symbol.name), node.shape[-1]
    *front, i, j, p, r, q = range(lead + 5)
    turned = untransposed(x)
    base = broadcast(x if turned is None else turned, (size,))
    up = numbers(Size.of("q"), {"q": Bound(NOTHING, size)}, ("q",))
    down = collect([normalise(broadcast(node.args[1], (size,))), constant(-1, (size,)), scaled(-1, up)], (size,))
    factors: list[Factor] = [(node.args[2], (*front, p, r), 1)]
    for exponent, row, column in ((up, i, p), (down, r, j)):
        power = Apply(REGISTRY["matpow"], (base, exponent), (size, n, n))
        factors.append((power, (q, row, column) if turned is None else (q, column, row), 1))
    return normalise(Prod(1, tuple(factors), (*front, i, j), (*node.shape, n, n, size)))


def _counts(k: Sym) -> bool:
    """Whether an integer is declared not to be negative: `k: integer in 0..4`."""
    return any(p.startswith("in ") and p[3:].partition("..")[0].isdigit() for p in k.symbol.properties)


def _turns(u: Node) -> bool:
    """Whether -u is the canonical one: the number before its first term, in an order of its own, is negative."""
    terms = u.terms if isinstance(u, Sum) else (u,)
    if not terms:
        return False
    return min([split(t) for t in terms], key=lambda part: part[1].sig)[0] < 0


def gathered(node: Node) -> Node:
    """A product with its roots split, powers with a symbolic exponent added up, softmax by its name, and totals that are 1 left out."""
    if not isinstance(node, Prod):
        return node
    made = with_roots(node)
    names = {b.op.name for b, _, _ in node.factors if isinstance(b, Apply)}
    if isinstance(made, Prod) and names & {"power", "matpow"}:
        from derive.engine.functions import with_powers  # it multiplies out, too

        made = with_powers(made)
    from derive.engine.simplify import with_softmax, with_totals  # so does this

    return with_totals(with_softmax(made))


def with_roots(node: Prod) -> Node:
    """`(a b)^r -> a^r b^r` for positive a."""
    factors: list[Factor] = []
    for base, idx, exp in node.factors:
        factors += (
            _split_root(base, idx, exp) if type(exp) is not int and isinstance(base, Prod) else [(base, idx, exp)]
        )
    made: Node = node
    if len(factors) > len(node.factors):
        made = normalise(Prod(node.coef, tuple(factors), node.out, node.dims))
    return made


def _split_root(base: Prod, idx: Idx, exp: int | Fraction) -> list[Factor]:
    """The positive factors of a base that sums nothing, each under the exponent, and the rest."""
    if set(base.out) != set(range(len(base.dims))) or len(set(base.out)) < len(base.out):
        return [(base, idx, exp)]
    place = dict(zip(base.out, idx, strict=True))
    out: list[Factor] = []
    rest: list[Factor] = []
    for inner, at, e in base.factors:
        if is_positive(inner):
            out.append((inner, tuple([place[i] for i in at]), e * exp))
        else:
            rest.append((inner, at, e))
    if not out:
        return [(base, idx, exp)]
    if rest or base.coef != 1:
        out.append((normalise(Prod(base.coef, tuple(rest), base.out, base.dims)), idx, exp))
    return out


def is_positive(node: Node) -> bool:
    """Whether every entry is > 0 wherever it has a value, as far as the form shows it."""
    if is_complex(node):
        return False
    match node:
        case Atom():
            return is_positive_number(node)
        case Sym():
            return "positive" in node.symbol.properties
        case Apply() if node.op.name in ("det", "power"):
            inner = node.args[0]
            return _is_definite(inner) if node.op.name == "det" else is_positive(inner)
        case Apply():
            return node.op.name in POSITIVE
        case Prod():
            summed = len(set(node.out)) < len(node.dims)
            whole = fills(node) and (bool(node.factors) or not summed)
            return node.coef > 0 and whole and all(is_positive(b) for b, _, _ in node.factors)
        case Sum():
            return bool(node.terms) and all(map(is_positive, node.terms))
    return False


def is_positive_number(node: Atom) -> bool:
    """Whether a constant is > 0. A size with one name is at least 1; the number n - 1 of the values of an index may be 0."""
    if isinstance(node.value, Size):
        return never_negative(node.value - 1)
    return node.value == "pi" or (not isinstance(node.value, str) and node.value > 0)


def fills(node: Prod) -> bool:
    """Whether no entry of a product of positive factors is 0: no axis stands twice, as in diag(q), whose other entries are 0, and no sum is empty."""
    summed = set(range(len(node.dims))).difference(node.out)
    return len(set(node.out)) == len(node.out) and all(never_negative(node.dims[i] - 1) for i in summed)


def _is_definite(node: Node) -> bool:
    """Whether a matrix is positive definite by its declaration."""
    if isinstance(node, Apply) and node.op.name == "inv":
        return _is_definite(node.args[0])
    return isinstance(node, Sym) and "pd" in node.symbol.properties


# ------------------------------------------------------------------------------------------------ denominators


def without_denominators(node: Node) -> Node:
    """c·E for the sums c in the denominators of E: zero exactly where E is, wherever E has a value."""
    for _ in range(ROUNDS):
        found = next((f for t in _terms(node) for f in t.factors if _is_denominator(f, t, node)), None)
        if found is None:
            return node
        base, idx, exp = found
        axes = tuple(range(len(node.shape)))
        factor = (base, tuple([axes[i] for i in idx]), -exp)
        node = collect(
            [normalise(Prod(1, ((t, axes, 1), factor), axes, node.shape)) for t in _sum_terms(node)], node.shape
        )
    return node


def _sum_terms(node: Node) -> tuple[Node, ...]:
    return node.terms if isinstance(node, Sum) else (node,)


def _terms(node: Node) -> list[Prod]:
    return [as_product(t) for t in _sum_terms(node)]


def _is_denominator(factor: Factor, term: Prod, node: Node) -> bool:
    """Whether a factor is a sum below the line whose indices are axes of the result."""
    base, idx, exp = factor
    plain = term.out == tuple(range(len(node.shape)))
    return plain and isinstance(base, Sum) and type(exp) is int and exp < 0 and all(i < len(node.shape) for i in idx)
