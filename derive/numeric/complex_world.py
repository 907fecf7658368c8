"""Complex balls: the world of statements that mention anything complex.

One idea: an entry is a real ball (`arb`) as long as it is real by its making, and a complex one (`acb`) otherwise. Real entries have the
functions of the real world with their domains, so `log(-1)` has no value here either; a function that is cut along a line raises
`OutOfDomain` where a ball meets the cut, and what needs an order raises it for entries that are not real.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import acb, acb_mat, arb

from derive.numeric import ball, complex_matrices
from derive.numeric.field import SPECTRAL
from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import NotInWorld, OutOfDomain, World, fraction_of

ENTIRE = "exp sin cos sinh cosh erf".split()
MEROMORPHIC = "tan tanh gamma digamma".split()
CUT = "log sqrt lgamma".split()  # along the negative axis
ARCS = "asin acos atan".split()
PRECISION_LOST = 8  # bits that a value must have; an arc on its cut has none


def real(x: Number) -> arb | None:
    """The real ball of an entry that is real exactly; None for any other."""
    if type(x) is arb:
        return x
    return x.real if x.imag.is_zero() else None


def checked(x: acb) -> acb:
    """x itself; raises OutOfDomain when it is not finite."""
    if not x.is_finite():
        raise OutOfDomain("the value is not a finite number")
    return x


def off_cut(x: acb) -> acb:
    """x itself; raises OutOfDomain where the ball meets the negative axis or 0."""
    if x.imag.contains(0) and not x.real > 0:
        raise OutOfDomain("the point lies on a branch cut")
    return x


def _analytic(name: str) -> Callable[[Number], Number]:
    whole = ball.FUNCTIONS[name]

    def function(x: Number) -> Number:
        lone = real(x)
        if lone is not None:
            return whole(lone)
        value = checked(getattr(off_cut(x) if name in CUT else x, name)())
        if name in ARCS and value.rel_accuracy_bits() < PRECISION_LOST:
            raise OutOfDomain("the point lies on a branch cut")
        return value

    return function


def _of_real(name: str) -> Callable[..., Number]:
    """A function that real numbers alone have."""
    whole = ball.FUNCTIONS[name]

    def function(*numbers: Number) -> Number:
        lone = [real(x) for x in numbers]
        if any(x is None for x in lone):
            raise OutOfDomain(f"{name} of a number that is not real")
        return whole(*lone)

    return function


def absolute(x: Number) -> arb:
    """The modulus; undecided at 0, where it is not smooth."""
    lone = real(x)
    if lone is not None:
        return ball.absolute(lone)
    return ball.clear(abs(x))


def raised(x: Number, exponent: int | Fraction) -> Number:
    """x^q: any x for integer q (not 0 for q < 0); the principal root else."""
    lone = real(x)
    if lone is not None:
        return ball.raised(lone, exponent)
    p, q = fraction_of(exponent)
    if q == 1:
        return checked(x**p)
    root = off_cut(x).sqrt() if q == 2 else off_cut(x).root(q)
    return checked(root**p)


def power(x: Number, y: Number) -> Number:
    """x^y = exp(y log x), principal; any x for an exact integer y."""
    exponent, base = real(y), real(x)
    if base is not None and exponent is not None:
        return ball.power(base, exponent)
    if exponent is not None and exponent.is_exact() and exponent.is_integer() and abs(exponent) < 1 << 20:
        return raised(x, int(float(exponent)))
    if base is not None and not base > 0:
        raise OutOfDomain("a power of a number that is not positive")
    return checked((acb(y) * (base.log() if base is not None else off_cut(x).log())).exp())


def same(x: Number, y: Number) -> Number:
    """1 where both are the same number, 0 where they certainly differ."""
    if type(x) is arb and type(y) is arb:
        return ball.eq(x, y)
    x, y = acb(x), acb(y)
    if not x.overlaps(y):
        return ball.ZERO
    if ball.same(x.real, y.real) and ball.same(x.imag, y.imag):
        return ball.UNIT
    raise OutOfDomain("equality is undecided")


def finite(x: Number) -> bool:
    return bool(x.is_finite())


def conjugate(x: Number) -> Number:
    return x if type(x) is arb else x.conjugate()


def real_part(x: Number) -> arb:
    return x if type(x) is arb else x.real


def imaginary_part(x: Number) -> arb:
    return ball.ZERO if type(x) is arb else x.imag


FUNCTIONS: dict[str, Callable[..., Number]] = {
    **{name: _of_real(name) for name in ball.FUNCTIONS},
    **{name: _analytic(name) for name in (*ENTIRE, *MEROMORPHIC, *CUT, *ARCS)},
    "abs": absolute,
    "power": power,
    "eq": same,
    "conj": conjugate,
    "real": real_part,
    "imag": imaginary_part,
}


class Whole(dict[str, Callable[..., Tensor]]):
    """Functions of whole tensors: of real entries those of the real world, of others their own."""

    def __missing__(self, name: str) -> Callable[..., Tensor]:
        whole, own = ball.BALLS.tensors.get(name), complex_matrices.TENSORS.get(name)
        if whole is None and own is None:
            raise KeyError(name)

        def function(*tensors: Tensor) -> Tensor:
            lone = [Tensor(t.shape, [real(x) for x in t.entries]) for t in tensors]
            if whole is not None and name not in SPECTRAL and not any(x is None for t in lone for x in t.entries):
                return whole(*lone)
            if own is None:
                raise NotInWorld(f"{name} has no value for complex entries")
            return own(*tensors)

        self[name] = function
        return function

    def get(self, name: str, default: Any = None) -> Any:
        """As of any dictionary, after making."""
        try:
            return self[name]
        except KeyError:
            return default


COMPLEX = World(
    "complex balls",
    ball.number,
    acb_mat,
    raised,
    finite,
    FUNCTIONS,
    Whole(),
    {"pi": arb.pi, "i": lambda: acb(0, 1)},
    complex_matrices.FORMULAS,
)
