r"""Rows, alignment marks, wide blanks and closing punctuation: what is layout and what separates.

One idea: one pass over the tokens drops every mark that only arranges the page, so that what is left of `&`, `\\` and `\quad`
separates statements or the entries of a matrix.
"""

from __future__ import annotations

from derive.source import Source, Span
from derive.syntax.latex.commands import COMPARING
from derive.syntax.lexer import Token, refuse
from derive.syntax.operators import IMPLYING

_SIGNS = frozenset("+ - * / .* ./ ⊗ ^ _ , ;".split())
_OPENERS = frozenset(("(", "bracket", "{", "|<", "‖<", "row", "&", "where", "mid"))
_CLOSERS = frozenset((")", "]", "}", "|>", "‖>", "row", "&", "where", "end", "text", "mid"))
_LINKS = COMPARING | IMPLYING | {"therefore"}
_ENDS = frozenset(("end", "row", "quad", "text", "where"))


def arranged(tokens: list[Token], source: Source) -> list[Token]:
    """The tokens without what is layout only."""
    kept = _punctuated(_in_rows(tokens, source), source)
    return [token for i, token in enumerate(kept) if token[0] != "quad" or _separates(kept, i)]


def _in_rows(tokens: list[Token], source: Source) -> list[Token]:
    """Outside matrices: `&` dropped, and `\\\\` where the next row goes on with the expression."""
    kept: list[Token] = []
    depth = 0
    for i, token in enumerate(tokens):
        kind = token[0]
        depth += (kind == "begin") - (kind == "end" and token[1] != "")
        if kind == "end" and token[1]:
            kept.append(("finish", *token[1:]))
        elif depth > 0 or kind not in ("&", "row"):
            kept.append(token)
        elif kind == "row" and kept and not _goes_on(tokens, i) and kept[-1][0] != "row":
            kept.append(token)
    while len(kept) > 1 and kept[-2][0] == "row":
        del kept[-2]
    if depth:
        word = "begin" if depth > 0 else "finish"
        at = next(t for t in kept if t[0] == word)
        message = f"the environment `{at[1]}` is never {'ended' if depth > 0 else 'begun'}"
        raise refuse("unclosed", message, source, Span(at[2], at[3]))
    return kept


def _goes_on(tokens: list[Token], at: int) -> bool:
    """Whether the row after this break continues the expression: it begins with a sign and has no relation of its own."""
    at += 1
    while tokens[at][0] in ("&", "quad"):
        at += 1
    if tokens[at][0] not in ("+", "-", "*", ".*", "⊗", "/"):
        return False
    depth = 0
    while tokens[at][0] not in ("row", "end"):
        kind = tokens[at][0]
        depth += (kind in ("(", "bracket", "{", "begin")) - (kind in (")", "]", "}"))
        if depth == 0 and kind in _LINKS:
            return False
        at += 1
    return True


def _punctuated(tokens: list[Token], source: Source) -> list[Token]:
    """Without the full stop or comma that closes a row; a full stop elsewhere is refused."""
    kept: list[Token] = []
    for i, token in enumerate(tokens):
        following = tokens[i + 1][0] if i + 1 < len(tokens) else "end"
        if token[0] in (".", ",", ";") and (following in ("row",) or (following == "end" and tokens[i + 1][1] == "")):
            continue
        if token[0] == "." and following not in _ENDS:
            message = "a full stop inside a formula has no meaning"
            raise refuse("bad-character", message, source, Span(token[2], token[3]))
        kept.append((",", *token[1:]) if token[0] == "." else token)
    return kept


def _separates(tokens: list[Token], at: int) -> bool:
    """Whether a wide blank stands between two things that would otherwise be multiplied."""
    before = tokens[at - 1][0] if at else "row"
    after = tokens[at + 1][0]
    return not (
        before in _SIGNS or before in _OPENERS or before in _LINKS or before in ("quad", "text")
        or after in _SIGNS or after in _CLOSERS or after in _LINKS
    )  # fmt: skip
