r"""A displayed formula to its rows: what stands between `\\` outside of matrices and cases, each a text of its own.

One idea: a row is read by itself, so that one row which is not understood does not take the others with it; a row that only goes on with the sum of the row
before, or that closes its brackets, is joined to it. `\intertext` is prose between two rows.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from derive.document.mapped import Mapped

DISPLAYS = frozenset(
    "aligned align gather gathered split equation multline alignat flalign displaymath math eqnarray alignedat dmath".split()
)
MOST_ROWS = 10_000
_TOKEN = re.compile(
    r"\\begin\{(?P<begin>\w+)\*?\}(?P<columns>\{\d+\})?|\\end\{(?P<end>\w+)\*?\}|(?P<row>\\\\\*?(?:\s*\[[\d.]+\s*[a-z]{2}\])?)"
    r"|(?P<between>\\(?:short)?intertext\s*\{)|(?P<skip>\\(?:label|tag|notag|nonumber|tag\*)(?![A-Za-z])(?:\s*\{[^{}]*\})?)|\\[A-Za-z]+|\\.|[{}]"
)
_OPEN = re.compile(r"\\(?:left|bigl|Bigl|biggl|Biggl)(?![A-Za-z])")
_CLOSE = re.compile(r"\\(?:right|bigr|Bigr|biggr|Biggr)(?![A-Za-z])")
_LEAD = re.compile(r"(?:\s|&|\\quad|\\qquad|\\[,;:! ]|\{\}|~|\\phantom\{[^{}]*\}|\\hspace\*?\{[^{}]*\}|\\mathrel\{\})*")
_GOES_ON = re.compile(r"[-+*/]|\\(?:cdot|times|odot|circ|otimes|pm|quad)(?![A-Za-z])")
_RELATION = re.compile(
    r"(?<![<>!])=|\\(?:leq?|geq?|approx|propto|equiv|implies|Rightarrow|iff|in|sim|succ|neq?)(?![A-Za-z])"
)


class Row(NamedTuple):
    """A row of a display; `prose` stands before it in the display."""

    text: Mapped
    prose: Mapped | None = None


def rows(formula: Mapped) -> list[Row]:
    """The rows of a display in order, at most MOST_ROWS of them."""
    found: list[Row] = []
    prose: Mapped | None = None
    for piece, between in _split(formula):
        if between:
            prose = piece
            continue
        bare = piece.stripped()
        if not bare.text.strip("& \n{}"):
            continue
        if found and prose is None and _joins(found[-1].text.text, bare.text):
            found[-1] = Row(found[-1].text.joined(_lead_cut(bare)), found[-1].prose)
        elif len(found) < MOST_ROWS:
            found.append(Row(bare, prose))
        prose = None
    return found


def _split(formula: Mapped) -> list[tuple[Mapped, bool]]:
    """The parts between row breaks, and whether they are prose; the frames of displays are cut away."""
    text = formula.text
    parts: list[tuple[Mapped, bool]] = []
    depth = start = at = 0
    nested: list[bool] = []  # whether the environments that are open only frame
    holes: list[tuple[int, int]] = []
    while (token := _TOKEN.search(text, at)) is not None:
        at = token.end()
        kind = token.lastgroup
        if token["begin"] is not None:
            nested.append(token["begin"] in DISPLAYS)
            if nested[-1]:
                holes.append(token.span())
        elif kind == "end":
            frames = nested.pop() if nested else token["end"] in DISPLAYS
            if frames:
                holes.append(token.span())
        elif kind == "skip":
            holes.append(token.span())
        elif token[0] in "{}":
            depth += 1 if token[0] == "{" else -1
        elif kind == "row" and depth <= 0 and all(nested):
            parts.append((_without(formula, start, token.start(), holes), False))
            start = at
        elif kind == "between" and depth <= 0 and all(nested):
            end = _group_end(text, at)
            parts.append((_without(formula, start, token.start(), holes), False))
            parts.append((formula.part(at, max(at, end - 1)), True))
            start = at = end
    parts.append((_without(formula, start, len(text), holes), False))
    return parts


def _group_end(text: str, at: int) -> int:
    depth = 1
    while at < len(text) and depth:
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
    return at


def _without(formula: Mapped, start: int, end: int, holes: list[tuple[int, int]]) -> Mapped:
    """A part with blanks for the holes, so that places stay."""
    part = formula.part(start, end)
    for low, high in holes:
        if low >= start and high <= end:
            blank = part.text[: low - start] + " " * (high - low) + part.text[high - start :]
            part = Mapped(blank, part.origin)
    return part


def _joins(before: str, row: str) -> bool:
    """Whether a row goes on with the one before: inside its brackets, or as the next term of its sum."""
    if _open_brackets(before) > 0:
        return True
    lead = _LEAD.match(row)
    cut = lead.end() if lead else 0
    going = _GOES_ON.match(row, cut)
    if going is None:
        return _RELATION.search(before.rstrip("& \n")[-12:]) is not None and before.rstrip("& \n").endswith("=")
    return "&" in row[:cut] or "\\q" in row[:cut] or _RELATION.search(row) is None


def _open_brackets(text: str) -> int:
    plain = sum(text.count(c) for c in "([") - sum(text.count(c) for c in ")]")
    return plain if len(_OPEN.findall(text)) >= len(_CLOSE.findall(text)) else 0


def _lead_cut(row: Mapped) -> Mapped:
    lead = _LEAD.match(row.text)
    return row.part(lead.end() if lead else 0, len(row.text))


def plain_rows(formula: Mapped) -> list[Row]:
    """The rows of plain notation: lines, joined where a bracket is open or the line ends or begins with a sign; remarks are blanks."""
    found: list[Row] = []
    at = 0
    formula = Mapped(formula.text.replace(":=", " ="), formula.origin)
    for line in formula.text.split("\n"):
        start, at = at, at + len(line) + 1
        code = line.partition("#")[0]
        if not code.strip():
            continue
        piece = formula.part(start, start + len(code)).stripped()
        if found and (
            _open_brackets(found[-1].text.text) > 0 or piece.text[0] in "+-*/" or found[-1].text.text[-1] in "+-*/,"
        ):
            found[-1] = Row(found[-1].text.joined(piece))
        elif len(found) < MOST_ROWS:
            found.append(Row(piece))
    return found


_EQUALS = re.compile(r"\\[A-Za-z]+|\\.|[{}()\[\]]|(?<![<>!:=])=(?!=)")


def sides_of(formula: Mapped) -> list[Mapped]:
    """The parts of a row between its equality signs, outside all brackets."""
    found: list[Mapped] = []
    depth = start = 0
    for token in _EQUALS.finditer(formula.text):
        sign = token[0]
        if sign in "{([":
            depth += 1
        elif sign in "})]":
            depth -= 1
        elif sign == "=" and depth == 0:
            found.append(formula.part(start, token.start()))
            start = token.end()
    found.append(formula.part(start, len(formula.text)))
    return [part.part(0, len(part.text.rstrip("& \n,."))).stripped() for part in found]
