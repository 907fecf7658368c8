"""Laws of powers with symbolic exponents and of roots of products, as determinants of multiples have them: (2 pi)^n, sqrt(det(S)).

One idea: a power is taken apart by the factors of its base and the terms of its exponent, where the exponent is a whole number or the base is
positive; what is left is collected by the normal form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expansion import expanded
from derive.engine.expr import Apply, Idx, Node, Prod, Sum, constant, number_of
from derive.engine.normal import normalise
from derive.engine.sums import split
from derive.ops import REGISTRY
from derive.proof.laws.properties import is_positive, is_psd, is_real, named
from derive.proof.rewriting import Law
from derive.proof.whole import is_whole

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]


def power(base: Node, exponent: Node) -> Node:
    """base^exponent of scalars."""
    value = number_of(exponent)
    if value is not None:
        return normalise(Prod(1, ((base, (), value),), (), ()))
    return normalise(Apply(REGISTRY["power"], (base, exponent), ()))


def powers(node: Node) -> Node | None:
    """`(x y)^n = x^n y^n`, `x^(n + m) = x^n x^m`, `x^(2 n) = (x^n)^2`: for whole exponents, or x > 0."""
    if not named(node, "power") or node.shape or not is_real(node):
        return None
    assert isinstance(node, Apply)
    base, exponent = node.args
    if number_of(exponent) is not None:
        return None
    whole = is_whole(exponent)
    if number_of(base) is not None:
        return _of_number(number_of(base) or 0, exponent)
    if (
        isinstance(base, Prod)
        and not base.dims
        and (whole or (base.coef > 0 and all(is_positive(b) for b, _, _ in base.factors)))
    ):
        parts: list[FactorOf] = [] if base.coef == 1 else [(power(constant(base.coef), exponent), (), 1)]
        return normalise(Prod(1, (*parts, *[(power(b, exponent), (), e) for b, _, e in base.factors]), (), ()))
    return _by_exponent(base, exponent)


def _by_exponent(base: Node, exponent: Node) -> Node | None:
    """The power by the terms of the exponent, each without its number."""
    positive = is_positive(base)
    grown = expanded(exponent) or exponent
    terms = grown.terms if isinstance(grown, Sum) else (grown,)
    factors: list[FactorOf] = []
    for term in terms:
        coef, unit = split(term)
        value = number_of(term)
        if value is not None:
            factors.append((base, (), value))
        else:
            factors.append((normalise(Apply(REGISTRY["power"], (base, unit), ())), (), coef))
        if not positive and not (type(coef) is int and is_whole(unit)):
            return None
    return normalise(Prod(1, tuple(factors), (), ())) if len(terms) > 1 or split(grown)[0] != 1 else None


def _of_number(base: Number, exponent: Node) -> Node | None:
    """`6^n = 2^n 3^n` by prime factors."""
    if base <= 0 or base == 1:
        return None
    primes = {**_primes(base.numerator, 1), **_primes(base.denominator, -1)}
    if len(primes) == 1 and next(iter(primes.values())) == 1:
        return _by_exponent(constant(base), exponent)
    return normalise(Prod(1, tuple([(power(constant(p), exponent), (), e) for p, e in primes.items()]), (), ()))


def _primes(value: int, sign: int) -> dict[int, int]:
    """The prime factors of a small number, else the number itself."""
    found: dict[int, int] = {}
    p = 2
    while value > 1:
        if p * p > value or p > 1000:
            p = value
        while value % p == 0:
            found[p] = found.get(p, 0) + sign
            value //= p
        p += 1
    return found


def roots(node: Node) -> Node | None:
    """`sqrt(x det(M)) = sqrt(x) sqrt(det(M))` where M is semidefinite, so that its determinant is not negative."""
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        if at or type(exp) is int or not isinstance(base, Prod) or base.dims:
            continue
        found = [f for f in base.factors if _not_negative(f[0])]
        if not found or (len(found) == len(base.factors) == 1 and base.coef == 1 and found[0][2] == 1):
            continue
        rest = normalise(Prod(base.coef, tuple([f for f in base.factors if f not in found]), (), ()))
        taken = [(b, (), e * exp) for b, _, e in found]
        others = [*node.factors[:k], *node.factors[k + 1 :], *taken]
        if number_of(rest) != 1:
            others.append((rest, (), exp))
        return normalise(Prod(node.coef, tuple(others), node.out, node.dims))
    return None


def _not_negative(node: Node) -> bool:
    if named(node, "power"):
        return is_positive(node.children[0])
    return is_positive(node) or (named(node, "det") and is_psd(node.children[0]))


LAWS = (
    Law(
        "powers of products and sums of exponents",
        "(x*y)^n == x^n*y^n; x^(n + m) == x^n*x^m; x^(2*k) == (x^k)^2; 6^n == 2^n*3^n; (2*pi)^(n/2) == sqrt((2*pi)^n)",
        "x: scalar positive; y: scalar positive; k: scalar; A: matrix(n, m)",
        powers,
    ),
    Law(
        "root of a determinant",
        "sqrt(det(A'*A)*det(B'*B)) == sqrt(det(A'*A))*sqrt(det(B'*B)); sqrt(det(A'*A)^2) == det(A'*A)",
        "A: matrix(n, m); B: matrix(n, m)",
        roots,
    ),
)
