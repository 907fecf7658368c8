"""A stated formula: its variables with what is declared of them, and its value in float64.

One idea: text becomes a typed term, and the term the NumPy source that the calculator writes; what is differentiated is that, by differences, so a
rule of the calculus that is wrong cannot excuse a gradient that is. Raises LanguageError for text that cannot be read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derive.codegen import evaluate_numpy
from derive.infer import infer
from derive.source import Source
from derive.syntax import parse, parse_declarations
from derive.term import Symbol

Array = np.ndarray[Any, np.dtype[Any]]
Dims = str | Mapping[str, Any] | None
KINDS = ("scalar", "vector", "matrix")


class Formula:
    """`norm2(X*w - y)^2` with declarations, and sizes that are given as numbers."""

    def __init__(self, text: str, dims: Dims = None, given: str = "") -> None:
        declared_text, self.fixed = _declarations(dims, given)
        declared = parse_declarations(declared_text)
        names = frozenset(d.name for d in declared if d.kind not in ("elementwise", "function"))
        self.text = text
        self.given = declared_text
        self.typed = infer([parse(text, names=names)], declared, source=Source(text))
        self.term = self.typed.terms[0]
        order = {d.name: k for k, d in enumerate(declared)}
        found = enumerate(self.typed.symbols)
        self.symbols: tuple[Symbol, ...] = tuple(
            [s for _, s in sorted(found, key=lambda p: (order.get(p[1].name, len(order)), p[0]))]
        )
        self.names = [s.name for s in self.symbols]
        said = {n for s in self.symbols if s.name in order for size in s.type.shape for n in size.names}
        unsaid = [n for n in self.fixed if n not in said]
        self.notes: tuple[str, ...] = ()
        if unsaid:  # an inferred size may bear the same name, and be another one
            self.fixed = {n: k for n, k in self.fixed.items() if n in said}
            what = f"no declared variable has a size {' or '.join(unsaid)}"
            self.notes = (f"{what}: sizes were chosen; `dims` with {self.names[0]}: (sizes) says whose it is",)

    def value(self, values: Mapping[str, Any]) -> Array:
        """The value as an array. Raises ShapeError for values that do not fit."""
        return np.asarray(evaluate_numpy(self.term, self.symbols, values))

    def ordered(self, *functions: Callable[..., Any] | None) -> list[str]:
        """The variables in the order of a function's parameters, where these are their names; else as declared, else as they appear."""
        for function in functions:
            names = parameters(function)
            if names and len(names) == len(set(names)) and set(names) == set(self.names):
                return names
        return list(self.names)


def parameters(function: Callable[..., Any] | None) -> list[str]:
    """The names of the positional parameters; [] where they cannot be known."""
    try:
        found = inspect.signature(function).parameters.values() if function is not None else ()
    except (TypeError, ValueError):
        return []
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in found if p.kind in plain and p.default is inspect.Parameter.empty]


def call(function: Callable[..., Any], names: Sequence[str], values: Sequence[Any], wrt: str) -> Any:
    """A function of some of the variables: by the names of its parameters, else of all in order, else of `wrt` alone."""
    wanted = parameters(function)
    known = dict(zip(names, values, strict=True))
    if wanted and set(wanted) <= known.keys():
        return function(*[known[n] for n in wanted])
    if len(wanted) == 1 and len(names) > 1:
        return function(known[wrt])
    return function(*values)


def _declarations(dims: Dims, given: str) -> tuple[str, dict[str, int]]:
    """`dims` as declarations and numbers of sizes: text, {"n": 5}, {"X": ("n", "d")}, {"X": "matrix(n, d)"}, {"x": (5,)}."""
    if dims is None or isinstance(dims, str):
        return "; ".join(t for t in (given, dims or "") if t.strip()), {}
    fixed = {name: size for name, size in dims.items() if isinstance(size, int)}
    parts = [given] if given.strip() else []
    for name, shape in dims.items():
        if isinstance(shape, str):
            parts.append(f"{name}: {shape}")
        elif name not in fixed:
            kind = KINDS[len(shape)] if len(shape) < 3 else "tensor"
            parts.append(f"{name}: {kind}" + (f"({', '.join(map(str, shape))})" if len(shape) else ""))
    return "; ".join(parts), fixed
