r"""Conditions in prose, and how far they reach: `$\nabla f = 2Ax$ if $A$ is symmetric`, `If $A = A^\top$, then …`.

One idea: a condition holds for the steps of its own sentence, displays in it included; one that opens its sentence holds to the end of the paragraph, unless the text goes
back to the general case before. Beyond that it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from derive.document.container import BREAK, FORMULA, PROSE, Piece
from derive.document.mapped import Mapped
from derive.document.story import Record
from derive.document.words import IF
from derive.syntax import Declared
from derive.tree import Tree

_CONDITION = re.compile(rf"\b(?:{IF})\b[^.;:]*\Z", re.IGNORECASE)
_NO_CONDITION = re.compile(
    r"\b(?:whether|unless|even\s+if|only\s+if|not|iff|if\s+and\s+only|ob|auch\s+wenn)\b[^.;:]*\Z", re.IGNORECASE
)
_END = re.compile(r"[.;!?](?=\s|\Z)|\n[ \t>]*\n|\n\s*(?:[-*+]|\d+[.)])\s|\n\s*\\item\b")
_PARAGRAPH = re.compile(r"\n[ \t>]*\n(?=[ \t>]*\S)|\n\s*(?:[-*+]|\d+[.)])\s|\n\s*\\item\b")
_GENERAL = re.compile(
    r"\s*(?:In general|Generally|Otherwise|For general|Without|If|When|But|However|Im Allgemeinen|Sonst|Wenn|Falls|En général|Sinon)\b"
)
_MARKS = re.compile(r"\$+|\\[()\[\]]")
_OPENS = re.compile(r"[A-ZÄÖÜ]")
_SPACE = r"(?:\\q?quad|\\[,;:! ]|[\s&,~])*"
_CUT = re.compile(
    rf"{_SPACE}\\(?:text|textrm|mbox)\s*\{{[\s(,]*(?:if|when|whenever|provided(?:\s+that)?)\s*\}}(?P<rest>.*)\Z"
    rf"|{_SPACE}\\q?quad\s*\((?P<noted>[^()]*=[^()]*)\)[\s.,]*\Z",
    re.DOTALL,
)


_LETTER = re.compile(
    rf"(?:\b(?:{IF}|for|für|pour|para|per)\s*(?:all|any|every|each|alle|jedes)?|경우)[\s:(]*\Z", re.IGNORECASE
)
_ALONE = re.compile(
    rf"[\s,(]*(?:{IF}|for|für|pour|para|per)\s*(?:all|any|every|each|alle|jedes)?[\s(]*\Z", re.IGNORECASE
)
_WHEN = re.compile(r"[\s$]*(?:일\s*때|이면|인\s*경우|라면|이라면)")  # behind the condition
_WORDS = re.compile(r"\b(?:whether|unless|even|only|not|iff)\b[^.;:]*\Z", re.IGNORECASE)


class Reach(NamedTuple):
    """The characters of the text whose steps stand under a condition."""

    start: int
    end: int


def is_condition(prose: str) -> bool:
    """Whether prose before a formula makes a condition of it: `if`, `when`, `provided that`, and not `unless` or `whether`."""
    return _CONDITION.search(prose) is not None and _NO_CONDITION.search(prose) is None


def compared(tree: Tree, record: Record) -> frozenset[str]:
    """The two indices that a formula compares, `i \\ne j`; nothing where it is another formula, or a letter may be no index."""
    if tree.head != "relation" or len(tree.args) != 2 or tree.data not in (("==",), ("!=",)):
        return frozenset()
    names = frozenset([str(a.data) for a in tree.args if a.head == "name"])
    if len(names) != 2 or not names & set("ijkl") or not all(len(n) == 1 and n.islower() for n in names):
        return frozenset()
    said = [s.value for s in record.declared if isinstance(s.value, Declared)]
    others = {d.name for d in said if d.kind != "index"} | {
        str(n.data) for d in said for s in d.sizes for n in s.walk()
    }
    return frozenset() if names & others or any(record.defines(n) for n in names) else names


def letters_reach(pieces: Sequence[Piece], k: int) -> Reach | None:
    r"""How far a comparison of indices, `if $i \ne j$`, `for $i = j$`, `$i \ne j$ 일 때`, reaches; None where no word makes a condition of it.

    Right behind a formula it is said of that one; else of what follows in its sentence.
    """
    before = _prose(pieces[k - 1]) if k and pieces[k - 1].kind == PROSE else ""
    after = _prose(pieces[k + 1]) if k + 1 < len(pieces) and pieces[k + 1].kind == PROSE else ""
    spoken = pieces[k].text.span
    if _WHEN.match(after) is None:
        if _LETTER.search(before) is None or _WORDS.search(before) is not None:
            return None
        if k > 1 and pieces[k - 2].kind == FORMULA and _ALONE.fullmatch(before) and not _stops(pieces[k - 2]):
            return Reach(pieces[k - 2].text.span.start, spoken.end)
    return Reach(spoken.start, _end(pieces, k, False))


def cut(row: Mapped) -> tuple[Mapped, Mapped | None]:
    r"""A row without the condition behind it, `\quad\text{if } A = A^\top` or `\quad (A = A^\top)`, and the condition; None where it has none."""
    found = _CUT.search(row.text)
    if found is None:
        return row, None
    group = "rest" if found["rest"] is not None else "noted"
    return row.part(0, found.start()), row.part(found.start(group), found.end(group)).stripped()


def reach(pieces: Sequence[Piece], k: int) -> Reach:
    """How far the condition in the formula of this place reaches."""
    start, opens = _start(pieces, k)
    return Reach(start, _end(pieces, k, opens))


def _start(pieces: Sequence[Piece], k: int) -> tuple[int, bool]:
    """Where the sentence begins, and whether the condition opens it."""
    before = k
    while before:
        before -= 1
        piece = pieces[before]
        if piece.kind == BREAK:
            return piece.text.span.end, before == k - 1
        if piece.kind == PROSE:
            ends = list(_END.finditer(_prose(piece)))
            if ends:
                rest = _prose(piece)[ends[-1].end() :]
                opens = before == k - 1 and _CONDITION.match(rest.lstrip(" \n*_(")) is not None
                return piece.text.origin[ends[-1].end()], opens
            if _behind_display(pieces, before) and _OPENS.match(_prose(piece).strip()):
                return piece.text.span.start, before == k - 1
        elif piece.kind == FORMULA and piece.display and _stops(piece):
            return piece.text.span.end, before == k - 2
    return 0, True


def _prose(piece: Piece) -> str:
    """The text of a prose with blanks for the marks of the formulas around."""
    return _MARKS.sub(lambda found: " " * len(found[0]), piece.text.text)


def _behind_display(pieces: Sequence[Piece], k: int) -> bool:
    return k > 0 and pieces[k - 1].kind == FORMULA and pieces[k - 1].display


def _stops(piece: Piece) -> bool:
    return piece.text.text.rstrip(" \n\\}&").endswith((".", ";"))


def _end(pieces: Sequence[Piece], k: int, opens: bool) -> int:
    """The end of the sentence; of its paragraph where the condition opens it."""
    last = pieces[k].text.span.end
    passed = False  # whether the sentence itself has ended
    for at in range(k + 1, len(pieces)):
        piece = pieces[at]
        if piece.kind == BREAK:
            return last
        if piece.kind == PROSE:
            if passed or (_behind_display(pieces, at) and _OPENS.match(_prose(piece).strip())):
                passed = True
                if not opens or _GENERAL.match(_prose(piece)):
                    return last
            stop = _boundary(_prose(piece), opens, passed, at + 1 < len(pieces) and pieces[at + 1].display)
            if stop is not None:
                return piece.text.origin[stop]
            passed = passed or re.search(r"[.;!?](?:\s|\Z)", _prose(piece)) is not None
        last = piece.text.span.end
        if piece.kind == FORMULA and piece.display and _stops(piece):
            if not opens:
                return last
            passed = True
    return last


def _boundary(text: str, opens: bool, passed: bool, display_next: bool) -> int | None:
    """Where in a prose the reach ends; None where it goes on."""
    if not opens:
        found = _END.search(text)
        while found is not None and display_next and not found[0].strip() and not text[found.end() :].strip():
            found = _END.search(text, found.end())  # a blank line before a display
        return None if found is None else found.start()
    for found in _PARAGRAPH.finditer(text):
        if text[: found.start()].strip() or passed:
            return found.start()
    for found in re.finditer(r"[.;!?]\s", text):
        if _GENERAL.match(text, found.end()):
            return found.start()
    return None
