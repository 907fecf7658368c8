"""Running generated source: compiled once, called with checked arrays.

One idea: the only text that is ever executed here was written by `numpy_source`, in which every name is an identifier of ours.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from derive.codegen.numpy_source import Interface, generate
from derive.codegen.shapes import check
from derive.finding import DeriveError, Finding
from derive.term import Symbol, Term

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

KEPT = 256  # compiled functions


class ShapeError(DeriveError, ValueError):
    """A value is missing, is not numeric, or has a shape that does not fit."""


_compiled: OrderedDict[str, Callable[..., Any]] = OrderedDict()


def compile_source(source: str) -> Callable[..., Any]:
    """The last function of a source made by `numpy_source`; the same source is compiled once."""
    found = _compiled.get(source)
    if found is None:
        space: dict[str, Any] = {}
        exec(compile(source, "<derive>", "exec"), space)  # our own text, see the module docstring
        found = next(v for v in reversed(space.values()) if callable(v))
        _compiled[source] = found
        if len(_compiled) > KEPT:
            _compiled.popitem(last=False)
    return found


def evaluate_numpy(term: Term, symbols: Sequence[Symbol], values: Mapping[str, Any]) -> Array:
    """The value of a term as an array of the axes of the term, through its generated source.

    values: numbers, lists or arrays by the names of the variables, callables for undefined functions (`phi`, `phi_prime`),
    whole numbers for sizes that no shape tells. Raises ShapeError (a ValueError) that names the variable, the shape
    it has and the shape it should have.
    """
    import numpy as np

    source, interface = _generated(term, tuple(symbols))
    arguments = _arguments(interface, symbols, values)
    value = compile_source(source)(**arguments)
    return np.asarray(value, dtype=complex if np.iscomplexobj(value) else float)


def interface_of(term: Term, symbols: Sequence[Symbol]) -> Interface:
    """The parameters of the source of a term: variables, sizes that no shape tells, undefined functions."""
    return _generated(term, tuple(symbols))[1]


@lru_cache(maxsize=KEPT)
def _generated(term: Term, symbols: tuple[Symbol, ...]) -> tuple[str, Interface]:
    return generate(term, symbols)


def _arguments(interface: Interface, symbols: Sequence[Symbol], values: Mapping[str, Any]) -> dict[str, Any]:
    known = {s.name for s in symbols}
    functions = {p: p for _, _, p in interface.functions}
    allowed = known | functions.keys() | {n for n, _ in interface.sizes}
    for name in values:
        if name not in allowed:
            raise _error(
                "unknown-variable", f"there is no variable {name}; there are {', '.join(sorted(allowed)) or 'none'}"
            )
    over = {s.name: complex if s.complex else float for s in symbols}
    arrays = {name: _array(name, value, over[name]) for name, value in values.items() if name in known}
    mismatch = check(symbols, {name: a.shape for name, a in arrays.items()})
    if mismatch is not None:
        name, got = mismatch.symbol.name, mismatch.got
        message = f"{name} has shape {got}, expected {mismatch.expected}"
        raise _error("shape-mismatch", message, mismatch.reason)
    arguments: dict[str, Any] = {}
    for name, parameter in (*interface.variables, *interface.sizes, *functions.items()):
        if name not in values:
            raise _error("missing-value", f"no value is given for {name}")
        arguments[parameter] = arrays[name] if name in arrays else values[name]
    return arguments


def _array(name: str, value: Any, kind: type = float) -> Array:
    import numpy as np

    try:
        return np.asarray(value, dtype=kind)
    except (TypeError, ValueError):
        raise _error("not-numeric", f"the value of {name} is not a number or an array of numbers") from None


def _error(code: str, message: str, note: str = "") -> ShapeError:
    return ShapeError(Finding(code, message, notes=(note,) if note else ()))
