"""Inputs at which mistakes show, from declarations alone.

One idea: sizes are all different, so a swapped axis does not fit; then corner cases: zeros, ties, near ties, one sign, other sizes, size one, large and tiny
values, matrices near to singular ones. What is declared of a variable is kept: only variables of which nothing is declared are bent. It evaluates no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from derive.finding import DomainError
from derive.numeric.dimensions import Dimensions
from derive.numeric.sampling import draw
from derive.term import Symbol
from derive.testing.formula import Formula

Array = np.ndarray[Any, np.dtype[Any]]
Bend = Callable[[Array, np.random.Generator], Array]
WHOLE = frozenset(("integer", "one-hot", "one-hot-rows", "permutation", "zero"))  # values that are no real variables


class Case(NamedTuple):
    """Values by name, and what is special about them."""

    label: str
    values: dict[str, Any]


def cases(formula: Formula, seed: int) -> Iterator[Case]:
    """The inputs for one formula, general ones first. Raises DomainError where no sizes fit, or a property has no sample."""
    dimensions = Dimensions([formula.term], formula.symbols)
    plain = {**dimensions.choose(seed), **formula.fixed}
    yield Case("random values", drawn(formula, plain, seed))
    for label, bend in BENDS.items():
        yield Case(label, drawn(formula, plain, seed + 1, bend))
    yield Case("near-singular matrices", drawn(formula, plain, seed + 2, _near_singular))
    others = {**dimensions.choose(seed + 1), **formula.fixed}
    yield Case("other sizes", drawn(formula, others, seed + 3))
    ones = {name: formula.fixed.get(name, 1) for name in plain}
    if ones != plain and all(size.value(ones) >= 1 for size in dimensions.positive):
        yield Case("sizes of one", drawn(formula, ones, seed + 4))
    alike = {name: formula.fixed.get(name, 3) for name in plain}
    if alike != plain and all(size.value(alike) >= 1 for size in dimensions.positive):
        yield Case("all sizes alike", drawn(formula, alike, seed + 5))


def drawn(formula: Formula, sizes: Mapping[str, int], seed: int, bend: Bend | None = None) -> dict[str, Any]:
    """As `values_at`; where a property has no sample of size one, of size two."""
    try:
        return values_at(formula.symbols, sizes, seed, bend)
    except DomainError:
        return values_at(formula.symbols, {n: max(2, k) for n, k in sizes.items()}, seed, bend)


def values_at(
    symbols: Sequence[Symbol], sizes: Mapping[str, int], seed: int, bend: Bend | None = None
) -> dict[str, Any]:
    """Values of all variables inside what is declared of them, bent where nothing is. Raises DomainError where there is no sample."""
    rng = np.random.default_rng([seed, 0xD1A5])
    point = draw(symbols, sizes, seed)
    values: dict[str, Any] = {}
    for symbol in symbols:
        tensor = point[symbol.name]
        flat = [float(x.p) / float(x.q) for x in tensor.entries]
        value = np.array(flat, np.float64).reshape(tensor.shape)
        if not symbol.properties and bend is None:
            value = value + rng.uniform(-1, 1, value.shape) / 128  # no exact binary fractions
        if bend is not None:
            value = _bent(symbol, value, bend, rng)
        values[symbol.name] = int(value) if "integer" in symbol.properties and not symbol.type.shape else value
    return values


def moves(symbol: Symbol) -> bool:
    """Whether a variable is one to differentiate by: integers, labels and permutations are not."""
    words = set(symbol.properties)
    return not words & WHOLE and not any(w.startswith(("index(", "integer")) for w in words)


def _bent(symbol: Symbol, value: Array, bend: Bend, rng: np.random.Generator) -> Array:
    words = set(symbol.properties)
    if not words:
        return bend(value, rng)
    if words <= {"positive", "nonzero"} and bend in (_ties, _near_ties, _large, _huge, _tiny):
        bent = bend(value, rng)
        return np.abs(np.where(bent == 0, value, bent)) if "positive" in words else np.where(bent == 0, value, bent)
    if bend is _near_singular and words & {"pd", "invertible", "symmetric"}:
        return bend(value, rng)
    return value


def _zeros(x: Array, rng: np.random.Generator) -> Array:
    """A third of the entries, and two in the first row."""
    bent = np.where(rng.random(x.shape) < 1 / 3, 0.0, x)
    if x.ndim and x.shape[-1] > 2:
        bent.reshape(-1, x.shape[-1])[0, :2] = 0
    return bent if bent.any() or not x.ndim else x


def _ties(x: Array, rng: np.random.Generator) -> Array:
    """Halves between -1 and 1, so that many are equal."""
    return np.clip(np.round(x * 2) / 2, -1, 1)


def _near_ties(x: Array, rng: np.random.Generator) -> Array:
    """Tied, and then apart by thousandths."""
    apart = rng.permutation(max(1, x.size))[: x.size].reshape(x.shape) if x.size else x
    return _ties(x, rng) + 1e-3 * (1 + apart)


def _large(x: Array, rng: np.random.Generator) -> Array:
    return x * 20


def _huge(x: Array, rng: np.random.Generator) -> Array:
    """Beyond the exponents that fit, so that what overflows does."""
    return x * 1000


def _tiny(x: Array, rng: np.random.Generator) -> Array:
    return x * 1e-3


def _negative(x: Array, rng: np.random.Generator) -> Array:
    return -np.abs(x)


def _positive(x: Array, rng: np.random.Generator) -> Array:
    return np.abs(x)


def _near_singular(x: Array, rng: np.random.Generator) -> Array:
    """The smallest singular value becomes a thousandth of the largest."""
    if x.ndim != 2 or x.shape[0] != x.shape[1] or x.shape[0] < 2:
        return x
    u, s, vt = np.linalg.svd(x)
    lowered = x + (1e-3 * s[0] - s[-1]) * np.outer(u[:, -1], vt[-1])
    return np.asarray((lowered + lowered.T) / 2 if np.array_equal(x, x.T) else lowered)


BENDS: dict[str, Bend] = {
    "zeros among the values": _zeros,
    "tied values": _ties,
    "nearly tied values": _near_ties,
    "negative values": _negative,
    "positive values": _positive,
    "large values": _large,
    "huge values": _huge,
    "tiny values": _tiny,
}
