"""How an expression is understood: `derive read`.

One idea: reading is parsing and inference with the outline kept, so what is shown is what the engine would work on. Differentiates nothing.
"""

from __future__ import annotations

from derive.finding import Finding, Label, LanguageError
from derive.infer import infer
from derive.infer.reading import Part, explain
from derive.ops import REGISTRY, Operation
from derive.source import Source, Span
from derive.syntax import parse_declarations, parse_statement


def read(expression: str, given: str = "") -> tuple[Part, ...]:
    """The parts of an expression or statement, parents before children, each with its type and what it is.

    Raises LanguageError for text that cannot be read or typed.
    """
    declared = parse_declarations(given)
    tree = parse_statement(expression, names=frozenset(d.name for d in declared))
    source = Source(expression)
    return explain(infer([tree], declared, source=source), source)


def operation(name: str) -> tuple[Operation, tuple[str, ...]]:
    """The declaration of an operation by its name or an alias, and its aliases. Raises LanguageError with the nearest names."""
    found = REGISTRY.get(name)
    if found is None and name in ("dz", "dzc", "dre", "dim"):
        from derive.complexes import explained

        return explained(name), ()
    if found is None:
        import difflib

        near = difflib.get_close_matches(name, REGISTRY.names(), 3)
        source = Source(name, "operation")
        label = Label(Span(0, len(name)))
        helps = tuple([f"derive explain {n}" for n in near])
        raise LanguageError(
            Finding("unknown-operation", f"there is no operation and no code `{name}`", source, (label,), (), helps)
        )
    return found, tuple(sorted(a for a, target in REGISTRY.aliases.items() if target == found.name))
