"""How an expression is understood: `derive read`.

One idea: reading is parsing and inference with the outline kept, so what is shown is what the engine would work on. Differentiates nothing.
"""

from __future__ import annotations

from derive.infer import infer
from derive.infer.reading import Part, explain
from derive.source import Source
from derive.syntax import parse_declarations, parse_statement


def read(expression: str, given: str = "") -> tuple[Part, ...]:
    """The parts of an expression or statement, parents before children, each with its type and what it is.

    Raises LanguageError for text that cannot be read or typed.
    """
    declared = parse_declarations(given) if given.strip() else ()
    tree = parse_statement(expression, names=frozenset(d.name for d in declared))
    source = Source(expression)
    return explain(infer([tree], declared, source=source), source)
