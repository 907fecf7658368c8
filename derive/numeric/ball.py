"""Balls: numbers with a rigorous error bound (Arb), and the functions of the library on them.

One idea: a ball that cannot decide (a sign, the largest entry, a pole) raises `OutOfDomain` and is sampled elsewhere, so no
tolerance is ever guessed. Functions are found by the `ball=` name of an operation. It knows nothing of derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cmp_to_key
from threading import RLock
from typing import Any

from flint import arb, arb_mat, ctx, fmpq

from derive.numeric.adjugate import FORMULAS
from derive.numeric.gaussian import Gaussian
from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import OutOfDomain, World, fraction_of

_lock = RLock()
ZERO = arb(0)
UNIT = arb(1)


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Compute at this many bits. The precision of FLINT is global, so other threads wait."""
    with _lock:
        before = ctx.prec
        ctx.prec = bits
        try:
            yield
        finally:
            ctx.prec = before


def number(value: Any) -> Number:
    """The ball of an int, a Fraction, a flint.fmpq or a Gaussian, at the present precision."""
    if isinstance(value, int):
        return arb(value)
    if type(value) is Gaussian:
        return value.ball()
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return arb(value)


def checked(x: arb) -> arb:
    """x itself; raises OutOfDomain when it is not finite."""
    if not x.is_finite():
        raise OutOfDomain("the value is not a finite number")
    return x


def _method(name: str) -> Callable[[arb], arb]:
    def function(x: arb) -> arb:
        return checked(getattr(x, name)())

    return function


NEAR = arb(2) ** -40  # far above the step of the differences, far below the distance of generic points


def clear(x: arb) -> arb:
    """x, unless it is so near to 0 that a difference quotient would straddle the kink there; 0 itself is a value."""
    if abs(x) < NEAR and not x.is_zero():
        raise OutOfDomain("the point lies on a kink")
    return x


def sign(x: arb) -> arb:
    """-1, 0 or 1; undecided when the ball holds 0 and more, or all but does."""
    clear(x)
    if x > 0:
        return UNIT
    if x < 0:
        return -UNIT
    if x.is_zero():
        return ZERO
    raise OutOfDomain("the sign is undecided")


def step(x: arb) -> arb:
    """1 where x > 0, else 0."""
    return UNIT if sign(x) > 0 else ZERO


def absolute(x: arb) -> arb:
    """|x|; undecided at 0, where it is not smooth."""
    return x * sign(x)


def floor(x: arb) -> arb:
    """The largest integer below x; undecided when the ball holds an integer and more."""
    below = x.floor()
    if not below.is_exact():
        raise OutOfDomain("the floor is undecided")
    clear(x - below)
    clear(below + 1 - x)
    return below


def same(x: arb, y: arb) -> bool:
    """Whether two balls come from one computation: same midpoint, same radius."""
    return x is y or bool(x.mid() == y.mid() and x.rad() == y.rad())


def eq(x: arb, y: arb) -> arb:
    """1 where both are the same number, 0 where they certainly differ."""
    if not x.overlaps(y):
        clear(x - y)
        return ZERO
    if same(x, y):
        return UNIT
    raise OutOfDomain("equality is undecided")


def piecewise(c: arb, x: arb, y: arb) -> arb:
    """x where c is 1, y where it is 0; between, c*x + (1 - c)*y."""
    if same(c, UNIT):
        return x
    return y if c.is_zero() else c * x + (1 - c) * y


def maximum(x: arb, y: arb) -> arb:
    """The larger of two."""
    if same(x, y):
        return x
    clear(x - y)
    if x > y:
        return x
    if y > x:
        return y
    raise OutOfDomain("the larger of two is undecided")


def minimum(x: arb, y: arb) -> arb:
    """The smaller of two."""
    return -maximum(-x, -y)


def raised(x: arb, exponent: int | Fraction) -> arb:
    """x^q: any x for integer q (not 0 for q < 0), x > 0 (or exactly 0 for q > 0) else."""
    p, q = fraction_of(exponent)
    if q == 1:
        return checked(x**p) if p < 0 else x**p
    if x.is_zero() and p > 0:
        return ZERO
    if not x > 0:
        raise OutOfDomain("a fractional power of a number that is not positive")
    root = x.sqrt() if q == 2 else x.root(q)
    return checked(root**p)


def power(x: arb, y: arb) -> arb:
    """x^y = exp(y log x) for x > 0; any x for an exact integer y."""
    if y.is_exact() and y.is_integer() and abs(y) < 1 << 20:
        return raised(x, int(float(y)))
    if not x > 0:
        raise OutOfDomain("a power of a number that is not positive")
    return checked((y * x.log()).exp())


def gcd(x: arb, y: arb) -> arb:
    """The greatest common divisor of two whole numbers."""
    if not (x.is_exact() and x.is_integer() and y.is_exact() and y.is_integer()):
        raise OutOfDomain("the greatest common divisor of numbers that are not whole")
    whole = x.unique_fmpz(), y.unique_fmpz()
    if whole[0] is None or whole[1] is None:
        raise OutOfDomain("the greatest common divisor of numbers that are not whole")
    return arb(whole[0].gcd(whole[1]))


def polygamma1(x: arb) -> arb:
    """ψ₁(x) = ζ(2, x), for x > 0."""
    if not x > 0:
        raise OutOfDomain("polygamma1 of a number that is not positive")
    return checked(arb(2).zeta(x))


def matrix_of(x: Tensor) -> arb_mat:
    """The Arb matrix of a matrix."""
    return arb_mat(x.shape[0], x.shape[1], x.entries)


def inv(x: Tensor) -> Tensor:
    """The inverse; raises OutOfDomain where the matrix is not certainly invertible."""
    try:
        return Tensor(x.shape, matrix_of(x).inv().entries())
    except ZeroDivisionError:
        raise OutOfDomain("the matrix is singular") from None


def det(x: Tensor) -> Tensor:
    """The determinant."""
    return Tensor((), [checked(matrix_of(x).det())])


def logdet(x: Tensor) -> Tensor:
    """log |det X|."""
    value = matrix_of(x).det()
    return Tensor((), [checked((value * sign(value)).log())])


def ascending(x: Tensor) -> Tensor:
    """The entries in ascending order; undecided when two are equal."""

    def order(a: arb, b: arb) -> int:
        return -1 if maximum(a, b) is b else 1

    return Tensor(x.shape, sorted(x.entries, key=cmp_to_key(order)))


def largest(x: Tensor) -> Tensor:
    """The largest entry, attained once."""
    return Tensor((), [_top(x.entries)])


def smallest(x: Tensor) -> Tensor:
    """The smallest entry, attained once."""
    return Tensor((), [-_top([-e for e in x.entries])])


def _top(entries: list[Number]) -> Number:
    """The entry that is certainly larger than all others."""
    if not entries:
        raise OutOfDomain("the largest entry of nothing")
    middles = [e.mid() for e in entries]
    place = max(range(len(entries)), key=middles.__getitem__)
    best = entries[place]
    if any(not best > e for i, e in enumerate(entries) if i != place):
        raise OutOfDomain("the largest entry is attained twice, or undecided")
    return best


def product_of(x: Tensor) -> Tensor:
    """The product of all entries; 1 for none."""
    total = UNIT
    for entry in x.entries:
        total = total * entry
    return Tensor((), [total])


FUNCTIONS: dict[str, Callable[..., arb]] = {
    name: _method(name)
    for name in "exp log sqrt sin cos tan asin acos atan sinh cosh tanh erf gamma lgamma digamma".split()
}
FUNCTIONS.update(
    abs=absolute,
    sign=sign,
    step=step,
    floor=floor,
    eq=eq,
    maximum=maximum,
    piecewise=piecewise,
    minimum=minimum,
    gcd=gcd,
    power=power,
    polygamma1=polygamma1,
    conj=lambda x: x,
    real=lambda x: x,
    imag=lambda x: ZERO,
)
TENSORS: dict[str, Callable[..., Tensor]] = {
    "inv": inv,
    "det": det,
    "logdet": logdet,
    "max": largest,
    "sort": ascending,
    "min": smallest,
    "prod": product_of,
}


class Whole(dict[str, Callable[..., Tensor]]):
    """Functions of whole tensors; those of matrices and their spectra are loaded when one is first asked for."""

    def __missing__(self, name: str) -> Callable[..., Tensor]:
        from derive.numeric import primary, singular, spectral

        self.update({**primary.TENSORS, **spectral.TENSORS, **singular.TENSORS, **self})
        if name not in self:
            raise KeyError(name)
        return self[name]

    def get(self, name: str, default: Any = None) -> Any:
        """As of any dictionary, after loading."""
        try:
            return self[name]
        except KeyError:
            return default


BALLS = World("balls", number, arb_mat, raised, arb.is_finite, FUNCTIONS, Whole(TENSORS), {"pi": arb.pi}, FORMULAS)
