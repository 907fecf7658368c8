"""Helps that were tried: an edit is offered only after the edited text was read and typed.

One idea: whoever finds a misfit proposes edits; here each is put into the user's own text, which goes through the same parser and
the same inference. What fails there is not said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from derive.finding import DeriveError, LanguageError
from derive.infer.context import Misfit
from derive.source import Source
from derive.term import Symbol

if TYPE_CHECKING:
    from derive.syntax.declarations import Declared

MOST_TRIED = 6
LONGEST_SHOWN = 200


def with_helps(
    misfit: Misfit, declared: Sequence[Declared], source: Source | None, symbols: Mapping[str, Symbol] | None
) -> LanguageError:
    """The error with those of its edits that hold, as helps."""
    helps: list[str] = []
    if source is not None:
        for span, text, meaning in misfit.edits[:MOST_TRIED]:
            edited = source.text[: span.start] + text + source.text[span.end :]
            shown = f"`{edited.strip() if len(edited) <= LONGEST_SHOWN else text}`: {meaning}"
            if shown not in helps and _holds(Source(edited, source.name), declared, symbols):
                helps.append(shown)
    return LanguageError(misfit.finding._replace(helps=misfit.finding.helps + tuple(helps)))


def _holds(source: Source, declared: Sequence[Declared], symbols: Mapping[str, Symbol] | None) -> bool:
    from derive.infer.statement import type_statement
    from derive.syntax import parse_statement

    try:
        type_statement([parse_statement(source.text)], declared, source, symbols)
    except DeriveError:
        return False
    return True
