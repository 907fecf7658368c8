"""What a world of numbers must offer, so that one evaluator serves balls and exact rationals.

One idea: entries carry `+ - * /` themselves; a world adds only how numbers enter it, how a matrix product is
taken, and what its functions are called. It knows no term and no shape rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from derive.numeric.tensor import Number, Tensor


class OutOfDomain(ArithmeticError):
    """The value does not exist here, or the balls cannot decide it (a kink, a tie, a singular matrix)."""


class NotInWorld(ArithmeticError):
    """The world has no such function: `exp` of a rational is not rational."""


class World(NamedTuple):
    """A namespace of numbers: balls (`ball.BALLS`) or exact rationals (`exact.RATIONALS`)."""

    name: str
    number: Callable[[Any], Number]  # from int, Fraction or flint.fmpq
    matrix: Callable[[int, int, Sequence[Number]], Any]  # with `*` and `.entries()`
    power: Callable[[Number, int | Fraction], Number]
    finite: Callable[[Number], bool]
    functions: Mapping[str, Callable[..., Number]]  # entry by entry
    tensors: Mapping[str, Callable[..., Tensor]]  # of a whole matrix or vector
    constants: Mapping[str, Callable[[], Number]]
    formulas: Mapping[str, Callable[..., Tensor]] = {}  # values in place of the bodies of these formulas
    exact: bool = False  # without rounding: whole matrices are added, scaled and compared as well as their entries

    def function(self, name: str) -> Callable[..., Number]:
        """The function applied entry by entry; raises NotInWorld."""
        found = self.functions.get(name)
        if found is None:
            raise NotInWorld(f"{name} has no value in {self.name}")
        return found

    def whole(self, name: str) -> Callable[..., Tensor]:
        """The function of a whole tensor; raises NotInWorld."""
        found = self.tensors.get(name)
        if found is None:
            raise NotInWorld(f"{name} has no value in {self.name}")
        return found


def fraction_of(value: Any) -> tuple[int, int]:
    """Numerator and denominator of an int, a Fraction or a flint.fmpq."""
    if isinstance(value, int):
        return value, 1
    if isinstance(value, Fraction):
        return value.numerator, value.denominator
    return int(value.p), int(value.q)
