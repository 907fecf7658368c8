"""Size names and shapes: the lines that read sizes from arrays, and the check of given arrays.

One idea: a size name is known from the first variable whose shape holds it alone, or holds it together with names that are
known (`k + n - 1` gives n once k is known). The same order of solving serves the source and the check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from derive.sizes import Monomial, Size
from derive.term import Symbol


class Reading(NamedTuple):
    """`name` is read from an axis: (its size - rest) / divisor, as a square root when `square`."""

    name: str
    symbol: str
    axis: int
    rest: Size
    divisor: Size
    square: bool


def readings(symbols: Sequence[Symbol], wanted: Sequence[str]) -> tuple[list[Reading], list[str]]:
    """How to know the wanted size names from the shapes of symbols, in an order that works; and those that no shape tells."""
    axes = [(s.name, k, size) for s in symbols for k, size in enumerate(s.type.shape)]
    known: dict[str, Reading] = {}
    while len(known) < len({n for _, _, size in axes for n in size.names}):
        new = [r for r in (_solved(a, known.keys()) for a in axes) if r is not None and r.name not in known]
        if not new:
            break
        for reading in new:
            known.setdefault(reading.name, reading)
    needed = _needed(known, wanted)
    return [r for n, r in known.items() if n in needed], [n for n in wanted if n not in known]


def _needed(known: Mapping[str, Reading], wanted: Sequence[str]) -> set[str]:
    needed, stack = set[str](), list(wanted)
    while stack:
        name = stack.pop()
        if name in known and name not in needed:
            needed.add(name)
            stack += known[name].rest.names | known[name].divisor.names
    return needed


def _solved(axis: tuple[str, int, Size], known: set[str] | Mapping[str, object] | object) -> Reading | None:
    """The one unknown name of an axis, when it stands in one monomial."""
    symbol, place, size = axis
    unknown = [n for n in sorted(size.names) if n not in known]  # type: ignore[operator]
    if len(unknown) != 1:
        return None
    name = unknown[0]
    holding = [(m, c) for m, c in size.terms if name in m]
    if len(holding) != 1 or holding[0][0].count(name) > 2:
        return None
    monomial, c = holding[0]
    rest = size - Size({monomial: c})
    if name in rest.names:
        return None
    others: Monomial = tuple(n for n in monomial if n != name)
    return Reading(name, symbol, place, rest, Size({others: c}), monomial.count(name) == 2)


def python(size: Size, names: Mapping[str, str]) -> str:
    """A size as Python arithmetic in the names of the source."""
    renamed = size.substitute({n: Size.of(names[n]) for n in size.names if n in names})
    return str(renamed).replace("^", "**").replace("/", "//")


def reading_line(reading: Reading, parameters: Mapping[str, str], names: Mapping[str, str]) -> str:
    """`n = (x.shape[0] - k + 1)`, the statement that reads a size."""
    text = f"{parameters[reading.symbol]}.shape[{reading.axis}]"
    if reading.rest.terms:
        rest = python(reading.rest * -1, names)
        text += (" - " + rest[1:] if rest.startswith("-") else " + " + rest).rstrip()
    if reading.divisor.number != 1:
        divisor = python(reading.divisor, names)
        text = f"({text}) // ({divisor})" if reading.rest.terms else f"{text} // ({divisor})"
    if reading.square:
        text = f"round(({text}) ** 0.5)"
    return f"{names[reading.name]} = {text}"


class Mismatch(NamedTuple):
    """A given array whose shape is not the declared one; `expected` in sizes, `values` in numbers where they are known."""

    symbol: Symbol
    got: tuple[int, ...]
    expected: str
    reason: str


def check(symbols: Sequence[Symbol], shapes: Mapping[str, tuple[int, ...]]) -> Mismatch | None:
    """The first array that does not fit its declaration or the sizes that the others set."""
    present = [s for s in symbols if s.name in shapes]
    for symbol in present:
        if len(shapes[symbol.name]) != symbol.type.order:
            return Mismatch(symbol, shapes[symbol.name], _words(symbol, {}), f"{symbol.name} is a {symbol.type}")
    found, _ = readings(present, sorted({n for s in present for size in s.type.shape for n in size.names}))
    values: dict[str, int] = {}
    origin: dict[str, str] = {}
    for reading in found:
        number = shapes[reading.symbol][reading.axis] - reading.rest.value(values)
        number //= reading.divisor.value(values) or 1
        values[reading.name] = round(number**0.5) if reading.square and number > 0 else number
        origin[reading.name] = f"{reading.name} = {values[reading.name]} from {reading.symbol}"
    for symbol in present:
        for size, got in zip(symbol.type.shape, shapes[symbol.name], strict=True):
            if size.names <= values.keys() and size.value(values) != got:
                why = ", ".join(origin[n] for n in sorted(size.names)) or f"{symbol.name} is a {symbol.type}"
                return Mismatch(symbol, shapes[symbol.name], _words(symbol, values), why)
    return None


def _words(symbol: Symbol, values: Mapping[str, int]) -> str:
    """`(n, d) = (5, 3)`."""
    shape = symbol.type.shape
    if not shape:
        return "() (a number)"
    comma = "," if len(shape) == 1 else ""
    text = f"({', '.join(map(str, shape))}{comma})"
    if not all(s.names <= values.keys() for s in shape) or all(s.number is not None for s in shape):
        return text
    return f"{text} = ({', '.join(str(s.value(values)) for s in shape)}{comma})"
