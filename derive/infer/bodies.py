"""Bodies of formulas and texts of derivatives, typed once for each shape of their arguments and kept.

One idea: the library's texts are read by the same parser and the same inference as the user's; parameters are variables
whose types are given. Inside a body a scalar may be added to anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.infer.context import Context
from derive.infer.elaborate import Elaborator
from derive.infer.scope import Scope
from derive.infer.statement import finish
from derive.ops import Operation
from derive.source import Source
from derive.term import Symbol, Term, Type

_bodies: dict[tuple[str, tuple[Type, ...]], tuple[Term, tuple[Symbol, ...]]] = {}
_texts: dict[tuple[str, tuple[Symbol, ...]], Term] = {}
LIMIT = 4096  # entries kept; a long-running checker meets many shapes


def infer_body(operation: Operation, argument_types: tuple[Type, ...]) -> tuple[Term, tuple[Symbol, ...]]:
    """The body of an operation for arguments of these types (without batch axes), and its parameters as symbols."""
    key = (operation.name, argument_types)
    found = _bodies.get(key)
    if found is None:
        parameters = tuple(
            [Symbol(name, type) for name, type in zip(operation.parameters, argument_types, strict=True)]
        )
        if len(_bodies) >= LIMIT:
            _bodies.clear()
        found = _bodies[key] = infer_text(operation.body, parameters), parameters
    return found


def infer_text(text: str, symbols: tuple[Symbol, ...] | Mapping[str, Symbol]) -> Term:
    """A text of the library over given symbols, typed; kept by text and symbols."""
    given = tuple(symbols.values()) if isinstance(symbols, Mapping) else tuple(symbols)
    key = (text, given)
    found = _texts.get(key)
    if found is None:
        if len(_texts) >= LIMIT:
            _texts.clear()
        found = _texts[key] = _typed(text, given)
    return found


def _typed(text: str, symbols: tuple[Symbol, ...]) -> Term:
    from derive.syntax import parse

    scope = Scope(Context(Source(text, "library"), broadcast=True))
    scope.adopt({symbol.name: symbol for symbol in symbols})
    elaborator = Elaborator(scope)
    term = elaborator.term(parse(text))
    return finish(elaborator, (term,)).terms[0]
