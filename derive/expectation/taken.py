"""`expectation` terms to nodes: E, Var and Cov by moments.

One idea: the argument is lowered as it stands, its derivatives taken, and read as a polynomial in the deviations of its random variables; the
mean of each monomial is the product of those of its variables, which are independent. What is no polynomial is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from derive.engine.expr import Idx, Node, Prod, Shape, Sum, Sym, zero
from derive.engine.lower import Lowered
from derive.engine.normal import normalise
from derive.expectation.moments import Law, NoMoment, mean_of_product
from derive.expectation.polynomial import Monomial, NoPolynomial, as_node, multiplied, polynomial
from derive.finding import Finding, Label, LanguageError
from derive.term import Term

if TYPE_CHECKING:
    from derive.engine.lower import Lowering


def expectation(low: Lowering, term: Term) -> Lowered:
    """E(f); Var(a) = E(a a') - E(a) E(a)'; Cov(a, b) = E(a b') - E(a) E(b)'. Index names in force are leading axes.

    Raises LanguageError: `not-polynomial`, `no-moment`.
    """
    kind, laws, arguments = _read(low, term)
    means = {Sym(law.symbol): law.parameters["mean"] for law in laws.values()}
    try:
        read = [polynomial(normalise(a.node), means) for a in arguments]
        if kind == "E":
            node = _summed([_mean(m, laws) for m in read[0]], arguments[0].node.shape)
            return Lowered(node, arguments[0].labels)
        return _covariance(low, arguments, read, laws)
    except NoPolynomial as trouble:
        message = f"{kind} is taken of polynomials in random variables, and this holds {trouble}"
        raise _refused("not-polynomial", message, term) from None
    except NoMoment as trouble:
        raise _refused("no-moment", str(trouble), term) from None


def _read(low: Lowering, term: Term) -> tuple[str, dict[Sym, Law], list[Lowered]]:
    data: Any = term.data
    kind, declared = data
    many = len(term.args) - sum(len(keys) for _, _, keys, _ in declared)
    arguments = [low.lower(a) for a in term.args[:many]]
    rest = iter(term.args[many:])
    laws: dict[Sym, Law] = {}
    for symbol, family, keys, even in declared:
        terms = {key: next(rest) for key in keys}
        parameters = {key: normalise(low.lower(p).node) for key, p in terms.items()}
        spread = [t.data for key, p in terms.items() if key != "mean" for t in p.walk() if t.head == "symbol"]
        moves = any(s in low.instead for s in spread)
        parameters = {key: _known(node, key) for key, node in parameters.items()}
        here = low.instead.get(symbol, symbol)
        laws[Sym(here)] = Law(here, family, parameters, not even and family != "gaussian", moves)
    return kind, laws, arguments


def _known(node: Node, key: str) -> Node:
    """A parameter by what is declared of it: a mean that is zero, a covariance that is a multiple of the identity."""
    if not isinstance(node, Sym):
        return node
    if "zero" in node.symbol.properties:
        return zero(node.shape)
    if key == "cov" and "scalar-multiple-of-identity" in node.symbol.properties:
        from derive.engine.selectors import selector
        from derive.sizes import Size

        n = node.shape[0]
        first = selector([], Size.of(0), n, [])  # S = S[1,1] I
        return normalise(Prod(1, ((node, (1, 2), 1), (first, (1,), 1), (first, (2,), 1)), (0, 0), (n, n, n)))
    return node


def _mean(m: Monomial, laws: dict[Sym, Law]) -> list[Monomial]:
    """The mean of a monomial, as monomials without holes."""
    by_variable: dict[Sym, list[Idx]] = {}
    for z, at in m.holes:
        by_variable.setdefault(z, []).append(at)
    found = [m._replace(holes=())]
    for z, places in by_variable.items():
        products = mean_of_product(laws[z], places)
        found = [one._replace(coef=one.coef * c, factors=one.factors + f) for one in found for c, f in products]
    return found


def _covariance(
    low: Lowering, arguments: Sequence[Lowered], read: Sequence[list[Monomial]], laws: dict[Sym, Law]
) -> Lowered:
    """Σ E(p q) - E(p) E(q) over the monomials p of a and q of b."""
    a, b = arguments[0], arguments[-1]
    labels = tuple(dict.fromkeys((*a.labels, *b.labels)))
    place = {x: k for k, x in enumerate(labels)}
    shape: Shape = tuple([low.bound[x].size for x in labels])
    own_a, own_b = a.node.shape[len(a.labels) :], b.node.shape[len(b.labels) :]
    at_a = (*[place[x] for x in a.labels], *range(len(shape), len(shape) + len(own_a)))
    start = len(shape) + len(own_a)
    at_b = (*[place[x] for x in b.labels], *range(start, start + len(own_b)))
    shape = shape + own_a + own_b
    axes = tuple(range(len(shape)))
    parts: list[list[Monomial]] = []
    for p in read[0]:
        for q in read[-1]:
            if p.holes and q.holes:
                parts.append(_mean(multiplied(1, (), [(p, at_a), (q, at_b)], axes, shape), laws))
                parts.append(
                    [multiplied(-1, (), [(u, at_a), (v, at_b)], axes, shape) for u in _mean(p, laws) for v in _mean(q, laws)]
                )  # fmt: skip
    return Lowered(_summed(parts, shape), labels)


def _summed(parts: Sequence[Sequence[Monomial]], shape: Shape) -> Node:
    terms = [as_node(m) for part in parts for m in part]
    return normalise(Sum(tuple(terms), shape)) if terms else zero(shape)


def _refused(code: str, message: str, term: Term) -> LanguageError:
    return LanguageError(Finding(code, message, None, (Label(term.span),)))
