"""hypothesis strategies: arrays that satisfy declarations.

    @given(declared("X: matrix(n, d); S: matrix(d, d) pd; p: vector(d) simplex"))
    def test_it(values): ...            # values["X"], values["S"], values["p"]: sizes fit, properties hold

One idea: sizes are drawn first, for all variables together; a variable of which nothing is declared has entries that hypothesis picks and shrinks, among them zeros, ties
and small whole numbers; one with properties is sampled inside them. It judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from derive.finding import DomainError
from derive.infer import infer
from derive.numeric.dimensions import Dimensions
from derive.syntax import parse_declarations
from derive.term import Symbol
from derive.testing.formula import Dims, Formula
from derive.testing.inputs import values_at

Array = np.ndarray[Any, np.dtype[Any]]
Values = dict[str, Any]
SEEDS = st.integers(0, 2**16)


def declared(given: str, *, least: int = 1, most: int = 6, dtype: Any = np.float64) -> st.SearchStrategy[Values]:
    """Values by name for declarations such as `"X: matrix(n, d); S: matrix(d, d) pd"`; sizes between least and most.

    Integers are Python integers. Raises LanguageError for declarations that cannot be read.
    """
    symbols = infer([], parse_declarations(given)).symbols
    return _values(_Declared(symbols), {}, least, most, dtype)


def inputs_of(
    formula: str, dims: Dims = None, given: str = "", *, least: int = 1, most: int = 6, dtype: Any = np.float64
) -> st.SearchStrategy[Values]:
    """Values by name for the variables of a formula, as `assert_gradient(…, formula, dims=…)` reads it. Raises LanguageError."""
    stated = Formula(formula, dims, given)
    return _values(_Declared(stated.symbols, stated), stated.fixed, least, most, dtype)


def array(declaration: str, *, least: int = 1, most: int = 6, dtype: Any = np.float64) -> st.SearchStrategy[Any]:
    """One array: `array("matrix(n, n) symmetric")`."""
    return declared(f"x: {declaration}", least=least, most=most, dtype=dtype).map(lambda values: values["x"])


class _Declared:
    """Symbols, and the sizes that they may have."""

    def __init__(self, symbols: tuple[Symbol, ...], stated: Formula | None = None) -> None:
        self.symbols = symbols
        self.dimensions = Dimensions([stated.term] if stated is not None else [], symbols)


@st.composite
def _values(draw: Any, found: _Declared, fixed: Mapping[str, int], least: int, most: int, dtype: Any) -> Values:
    dimensions = found.dimensions
    sizes = {name: fixed[name] if name in fixed else draw(st.integers(least, most)) for name in dimensions.names}
    assume(all(size.value(sizes) >= 1 for size in dimensions.positive))
    try:
        values = values_at(found.symbols, sizes, draw(SEEDS))
    except DomainError:
        assume(False)
    for symbol in found.symbols:
        if not symbol.properties:
            shape = tuple([size.value(sizes) for size in symbol.type.shape])
            values[symbol.name] = draw(_free(shape))
    return {n: v if isinstance(v, int) else np.asarray(v, dtype) for n, v in values.items()}


def _free(shape: tuple[int, ...]) -> st.SearchStrategy[Array]:
    """Entries at which mistakes show: zeros and ties, whole numbers, and any others of moderate size."""
    whole = st.integers(-3, 3).map(float)
    other = st.floats(-10, 10, allow_nan=False, allow_subnormal=False, width=32)
    return hnp.arrays(np.float64, shape, elements=st.one_of(whole, other), fill=st.nothing())


__all__ = ["array", "declared", "inputs_of"]
