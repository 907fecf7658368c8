"""Exact rationals: the same formulas without any rounding, where they stay rational.

One idea: a counterexample in small fractions is the most convincing one. Functions that leave the rationals raise
`NotInWorld`; square roots of squares stay. It knows nothing of derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from typing import Any

from flint import fmpq, fmpq_mat

from derive.numeric.adjugate import FORMULAS
from derive.numeric.spectral import ALGEBRAIC
from derive.numeric.tensor import Tensor
from derive.numeric.ties import spectra
from derive.numeric.world import NotInWorld, OutOfDomain, World, fraction_of

ZERO = fmpq(0)
UNIT = fmpq(1)


def number(value: Any) -> fmpq:
    """The rational of an int, a Fraction or a flint.fmpq."""
    return fmpq(*fraction_of(value)) if not isinstance(value, fmpq) else value


def sqrt(x: fmpq) -> fmpq:
    """The square root of a square of a rational; raises NotInWorld for any other."""
    if x < 0:
        raise OutOfDomain("the square root of a negative number")
    p, q = fraction_of(x)
    roots = isqrt(p), isqrt(q)
    if roots[0] ** 2 != p or roots[1] ** 2 != q:
        raise NotInWorld("the square root is not rational")
    return fmpq(*roots)


def sign(x: fmpq) -> fmpq:
    """-1, 0 or 1."""
    return fmpq((x > 0) - (x < 0))


def raised(x: fmpq, exponent: int | Fraction) -> fmpq:
    """x^q for integer q, and for half-integers of squares."""
    p, q = fraction_of(exponent)
    if p < 0 and x == 0:
        raise OutOfDomain("a negative power of zero")
    if q > 2:
        raise NotInWorld("the root is not rational")
    return (x if q == 1 else sqrt(x)) ** p


def power(x: fmpq, y: fmpq) -> fmpq:
    """x^y for integer y, and for half-integers of squares."""
    p, q = fraction_of(y)
    return raised(x, Fraction(p, q))


def gcd(x: fmpq, y: fmpq) -> fmpq:
    """The greatest common divisor of two whole numbers."""
    if x.q != 1 or y.q != 1:
        raise OutOfDomain("the greatest common divisor of numbers that are not whole")
    return fmpq(x.p.gcd(y.p))


def inv(x: Tensor) -> Tensor:
    """The inverse; raises OutOfDomain where the matrix is singular."""
    try:
        return Tensor.of(x.shape, x.matrix(fmpq_mat).inv())
    except ZeroDivisionError:
        raise OutOfDomain("the matrix is singular") from None


def det(x: Tensor) -> Tensor:
    """The determinant."""
    return Tensor((), [x.matrix(fmpq_mat).det()])


def product_of(x: Tensor) -> Tensor:
    """The product of all entries; 1 for none."""
    total = UNIT
    for entry in x.entries:
        total = total * entry
    return Tensor((), [total])


def _exp(x: fmpq) -> fmpq:
    if x == 0:
        return UNIT
    raise NotInWorld("the exponential is not rational")


def _log(x: fmpq) -> fmpq:
    if x == 1:
        return ZERO
    raise NotInWorld("the logarithm is not rational")


FUNCTIONS: dict[str, Callable[..., fmpq]] = {
    "abs": lambda x: x * sign(x),
    "sign": sign,
    "step": lambda x: UNIT if x > 0 else ZERO,
    "floor": lambda x: fmpq(x.floor()),
    "eq": lambda x, y: UNIT if x == y else ZERO,
    "maximum": lambda x, y: x if x >= y else y,
    "minimum": lambda x, y: x if x <= y else y,
    "piecewise": lambda c, x, y: x if c == 1 else y if c == 0 else c * x + (1 - c) * y,
    "power": power,
    "gcd": gcd,
    "sqrt": sqrt,
    "exp": _exp,
    "log": _log,
    "conj": lambda x: x,
    "real": lambda x: x,
    "imag": lambda x: ZERO,
}


def pinv(x: Tensor) -> Tensor:
    """R'(RR')⁻¹(C'C)⁻¹C' with X = CR: C the pivot columns of X, R the rows of its reduced echelon form that are not 0."""
    a = x.matrix(fmpq_mat)
    reduced, rank = a.rref()
    if rank == 0:
        return Tensor((x.shape[1], x.shape[0]), [ZERO] * len(x.entries))
    pivots = [next(j for j in range(x.shape[1]) if reduced[i, j] != 0) for i in range(rank)]
    c = fmpq_mat(x.shape[0], rank, [a[i, j] for i in range(x.shape[0]) for j in pivots])
    r = fmpq_mat(rank, x.shape[1], [reduced[i, j] for i in range(rank) for j in range(x.shape[1])])
    ct, rt = c.transpose(), r.transpose()
    return Tensor.of((x.shape[1], x.shape[0]), rt * (r * rt).inv() * (ct * c).inv() * ct)


NEXT = 2
_latest: tuple[Tensor | None, int, Any] = (
    None,
    0,
    None,
)  # a sum over powers of one matrix takes them one after the other


def matpow(x: Tensor, k: Tensor) -> Tensor:
    """X^k for a whole k."""
    p, q = fraction_of(k.scalar)
    if q != 1:
        raise OutOfDomain("the exponent of a matrix is not a whole number")
    global _latest
    base, power, value = _latest
    if base is x and 0 <= p - power <= NEXT:
        value = value * x.matrix(fmpq_mat) ** (p - power)
    else:
        value = (inv(x) if p < 0 else x).matrix(fmpq_mat) ** abs(p)
    if p >= 0:
        _latest = x, p, value
    return Tensor.of(x.shape, value)


def rank(x: Tensor) -> Tensor:
    """The number of independent columns."""
    return Tensor((), [fmpq(x.matrix(fmpq_mat).rank())])


TENSORS: dict[str, Callable[..., Tensor]] = {
    "pinv": pinv,
    "matpow": matpow,
    "rank": rank,
    **ALGEBRAIC,
    **spectra(sqrt),
    "inv": inv,
    "det": det,
    "sort": lambda x: Tensor(x.shape, sorted(x.entries)),
    "max": lambda x: Tensor((), [max(x.entries)]),
    "min": lambda x: Tensor((), [min(x.entries)]),
    "prod": product_of,
}
RATIONALS = World(
    "exact rationals", number, fmpq_mat, raised, lambda _: True, FUNCTIONS, TENSORS, {}, FORMULAS, exact=True
)
