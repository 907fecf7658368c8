"""The value of a term at a point that a user gives, as floats.

One idea: sizes follow from the shapes of what was given, numbers enter exactly as they are, and the result is rounded once. It knows
nothing of how points are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from derive.finding import DomainError, Finding, LanguageError
from derive.numeric.ball import number, precision
from derive.numeric.dimensions import Dimensions, symbols_of
from derive.numeric.evaluate import evaluate
from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain
from derive.term import Symbol, Term

BITS = 192


def value_at(term: Term, point: Mapping[str, Any], sizes: Mapping[str, int] | None = None) -> Any:
    """The value of `term` as nested lists of floats (a float for a scalar), correctly rounded from 192 bits.

    `point` maps names to numbers (int, float, Fraction) or nested lists of them; `sizes` gives sizes that no value shows. Raises
    LanguageError for a missing or misshapen value, DomainError (`outside-domain`) where the term has no value.
    """
    symbols = symbols_of(term)
    missing = [s.name for s in symbols if s.name not in point]
    if missing:
        raise _mistake("missing-value", f"no value is given for {', '.join(missing)}")
    known: dict[str, int] = dict(sizes or {})
    with precision(BITS):
        tensors = {s.name: _tensor(s, point[s.name]) for s in symbols}
        for symbol in symbols:
            _match(symbol, tensors[symbol.name].shape, known)
        _integers(point, known)
        _complete(term, symbols, known)
        try:
            return evaluate(term, tensors, known).nested(float)
        except OutOfDomain as error:
            raise DomainError(
                Finding("outside-domain", f"the expression has no value at this point: {error}")
            ) from None


def _mistake(code: str, message: str) -> LanguageError:
    return LanguageError(Finding(code, message))


def _tensor(symbol: Symbol, value: Any) -> Tensor:
    """Nested lists as a tensor; a flat list stands for a row or a column, a number for anything with one entry."""
    shape: list[int] = []
    flat: list[Any] = [value]
    while flat and all(isinstance(x, Sequence) and not isinstance(x, str) for x in flat):
        widths = {len(x) for x in flat}
        if len(widths) != 1 or 0 in widths:
            raise _mistake(
                "misshapen-value", f"the value of {symbol.name} has rows of different lengths, or empty ones"
            )
        shape.append(widths.pop())
        flat = [y for x in flat for y in x]
    if not all(isinstance(x, int | float | Fraction | fmpq) for x in flat):
        raise _mistake("misshapen-value", f"the value of {symbol.name} is not made of numbers and lists of one depth")
    return Tensor(_reshaped(symbol, tuple(shape)), [_entry(symbol, x) for x in flat])


def _entry(symbol: Symbol, value: Any) -> arb:
    entry = arb(value) if isinstance(value, float) else number(value)
    if not entry.is_finite():
        raise _mistake("misshapen-value", f"the value of {symbol.name} holds a number that is not finite")
    return entry


def _reshaped(symbol: Symbol, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in the order of the symbol, with axes of size 1 added or dropped."""
    order = symbol.type.order
    if len(shape) == order:
        return shape
    thin = tuple(n for n in shape if n != 1)
    if len(thin) == order:
        return thin
    ones = [s.number == 1 for s in symbol.type.shape]
    if len(thin) == ones.count(False):
        rest = iter(thin)
        return tuple(1 if one else next(rest) for one in ones)
    if not thin:
        return (1,) * order
    raise _mistake("misshapen-value", f"the value of {symbol.name} has {len(shape)} axes, and it is a {symbol.type}")


def _match(symbol: Symbol, shape: tuple[int, ...], known: dict[str, int]) -> None:
    """Learn the values of size names, and check those that are known."""
    for size, n in zip(symbol.type.shape, shape, strict=True):
        name = size.name
        if name is not None:
            known.setdefault(name, n)
    for size, n in zip(symbol.type.shape, shape, strict=True):
        if all(name in known for name in size.names) and size.value(known) != n:
            message = (
                f"{symbol.name} is a {symbol.type}, and its value has a size {n} where {size} = {size.value(known)}"
            )
            raise _mistake("size-mismatch", message)


def _integers(point: Mapping[str, Any], known: dict[str, int]) -> None:
    """Values given for size and index names themselves: `k = 3`."""
    for name, value in point.items():
        if isinstance(value, int | float) and float(value).is_integer():
            known.setdefault(name, int(value))


def _complete(term: Term, symbols: Sequence[Symbol], known: dict[str, int]) -> None:
    """Sizes that follow from a sum, such as k in `vector(k + n - 1)`; raises LanguageError when one stays open."""
    wanted = Dimensions((term,), symbols)
    open_names = [n for n in (*wanted.names, *wanted.places) if n not in known]
    if open_names:
        raise _mistake("missing-value", f"the size {open_names[0]} does not follow from the values given; give it too")
