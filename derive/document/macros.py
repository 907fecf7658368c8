r"""Macros of the author: `\newcommand{\R}{\mathbb{R}}`, `\def\E{…}`, `\DeclareMathOperator{\tr}{tr}`, expanded with a bound.

One idea: a macro is a text with holes; what it expands to stands, for all messages, where the author wrote the macro. A macro that
expands for ever, or to a very long text, is left as it is, and then reads as an unknown command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from derive.document.mapped import Mapped

MOST = 200  # expansions in one formula
LONGEST = 20_000  # characters of an expanded formula
_DEFINED = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand)\*?\s*(?:\{\s*(\\[A-Za-z]+)\s*\}|(\\[A-Za-z]+))\s*(?:\[(\d)\])?\s*(?=\{)"
    r"|\\def\s*(\\[A-Za-z]+)((?:#\d)*)\s*(?=\{)"
    r"|\\DeclareMathOperator\*?\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*(?=\{)"
)
_COMMAND = re.compile(r"\\[A-Za-z]+")


class Macro(NamedTuple):
    """How many arguments, and the text."""

    arguments: int
    body: str


def definitions(text: str) -> tuple[dict[str, Macro], list[tuple[int, int]]]:
    """The macros that a text defines, and where the definitions stand."""
    found: dict[str, Macro] = {}
    places: list[tuple[int, int]] = []
    for match in _DEFINED.finditer(text):
        group = group_at(text, match.end())
        if group is None or (places and match.start() < places[-1][1]):
            continue
        body = text[match.end() + 1 : group - 1]
        name = match[1] or match[2] or match[4] or match[6]
        if match[6]:
            body = rf"\operatorname{{{body}}}"
        holes = int(match[3] or 0) if not match[4] else len(match[5]) // 2
        found[name] = Macro(holes, body)
        places.append((match.start(), group))
    return found, places


def group_at(text: str, at: int) -> int | None:
    """Behind the group in braces that begins at a place; None where it does not end."""
    depth = 0
    while at < len(text):
        c = text[at]
        if c == "\\":
            at += 2
            continue
        depth += (c == "{") - (c == "}")
        at += 1
        if depth == 0:
            return at
    return None


def expanded(formula: Mapped, macros: Mapping[str, Macro]) -> Mapped:
    """A formula with its macros expanded; as it is where a bound is met."""
    if not macros or not any(name in formula.text for name in macros):
        return formula
    now = formula
    at = 0
    for _ in range(MOST):
        found = _next(now.text, at, macros)
        if found is None:
            return now
        other = _opened(now, found, macros[found[0]])
        if other is None:
            at = found.end()
            continue
        now, at = other, found.start()
        if len(now.text) > LONGEST:
            return formula
    return formula


def _next(text: str, at: int, macros: Mapping[str, Macro]) -> re.Match[str] | None:
    return next((m for m in _COMMAND.finditer(text, at) if m[0] in macros), None)


def _opened(formula: Mapped, found: re.Match[str], macro: Macro) -> Mapped | None:
    """The formula with one macro opened; None where its arguments are missing."""
    text, at = formula.text, found.end()
    arguments: list[str] = []
    for _ in range(macro.arguments):
        while at < len(text) and text[at].isspace():
            at += 1
        end = group_at(text, at) if text[at : at + 1] == "{" else at + 1
        if at >= len(text) or end is None:
            return None
        arguments.append(text[at + 1 : end - 1] if text[at] == "{" else text[at])
        at = end
    body = macro.body
    for number, argument in enumerate(arguments, 1):
        body = body.replace(f"#{number}", argument)
    if body and body[-1].isalpha() and text[at : at + 1].isalpha():
        body += " "  # \R x must not become one command
    here = formula.origin[found.start()]
    origin = [*formula.origin[: found.start()], *[here] * len(body), *formula.origin[at:]]
    return Mapped(text[: found.start()] + body + text[at:], origin)
