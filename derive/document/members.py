r"""Vectors that are rows or columns of a matrix, in words and as a stack: `$X$ with rows $x_i^\top$`, `X = \begin{bmatrix} x_1^\top \\ \vdots \\ x_n^\top \end{bmatrix}`.

One idea: the prose of a document is one text in which every formula is a mark with its number, `⟨3⟩`; a handful of patterns over it say which formula names the members, which one the matrix, and
which way they stand. Whether the formulas are such names is for whoever reads them; nothing is declared here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from derive.document.container import BREAK, FORMULA, LATEX, PROSE, Piece
from derive.document.shapes import Listing

_F = r"⟨\d+⟩"
_AND = r"\s*(?:,\s*(?:and|und)|,|and|und|와|과|및)\s*"
_MEMBERS = rf"(?P<members>{_F}(?:{_AND}{_F})*)"
_OWNERS = rf"(?P<owners>{_F}(?:{_AND}{_F}(?!\s+(?:the|die|as|als|are|is|be|sind|sei|seien|denote)\b))*)"
_ORDINAL = r"(?P<ordinal>(?:⟨\d+⟩|\b[ijkl])\s*-?\s*(?:th|te[nrs]?)?\s+|)"
_ROW = r"(?P<way>rows?|columns?|Zeilen?|Spalten?)(?:[- ]?(?:vectors?|vektoren?))?"
_MATRIX = r"(?:the\s+|der\s+|a\s+|an\s+|die\s+)?(?:[^\W\d]+\s+){0,3}?"
_IS = r"(?:is|are|be|being|denotes?|denoted\s+by|given\s+by|equal\s+to|equals?|by|as|sei|seien|sind|ist|bezeichnen?|bezeichnet|mit|durch|als|gegeben|into|in|for)"
_OF = rf"(?:of|von|der|des)\s+{_MATRIX}"
_KOREAN = r"(?P<ordinal>(?:⟨\d+⟩|[ijkl])\s*-?\s*(?:번\s*째|째)\s*|)(?P<way>행|열)\s*(?:벡터)?\s*(?:들)?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # the members first: `where ⟨x_i⟩ are the rows of ⟨X⟩`, `denote by ⟨x_i⟩ the ⟨i⟩-th row of ⟨X⟩`, `write ⟨x_i⟩ for …`, `stack ⟨x_i⟩ as the rows of ⟨X⟩`
        rf"{_MEMBERS}(?:\s*,?\s*(?:respectively\s*)?{_IS})*\s*,?\s+(?:the|die|der|den)\s+(?:\w+\s+)?{_ORDINAL}{_ROW}\s+{_OF}{_OWNERS}",
        rf"\b{_ROW}\s+{_MEMBERS}\s+{_OF}{_OWNERS}",  # `the rows ⟨x_i⟩ of ⟨X⟩`
        # the matrix first: `the rows of ⟨X⟩ are ⟨x_i⟩`, `the ⟨i⟩-th row of ⟨X⟩ by ⟨x_i⟩`
        rf"\b(?:the|die|der)\s+{_ORDINAL}{_ROW}\s+{_OF}{_OWNERS}\s*(?:{_IS}\s+)+(?:(?:the|die)\s+)?(?:(?!of\b)[^\W\d]+\s+){{0,2}}?{_MEMBERS}",
        rf"{_MEMBERS}(?:[^⟨⟩⟪⟫.;:\x1e]{{0,40}}?\s|\s*)(?:as|in|als)\s+(?:the\s+|die\s+)?{_ROW}\s+(?:into|in|to|of|von|der)\s+{_MATRIX}{_OWNERS}",
        rf"\b{_ROW}\s+(?P<ordinal>⟨\d+⟩|[ijkl])\s+{_OF}{_OWNERS}\s*(?:{_IS}\s+)+{_MEMBERS}",
        rf"\b(?:where|whose|and|with|,|its|wobei)\s+(?:the\s+)?{_ROW}\s+(?P<ordinal>⟨\d+⟩|[ijkl])\s+(?:{_IS}\s+)+{_MEMBERS}",
        rf"\(\s*(?:with\s+|mit\s+)?(?:the\s+)?{_ROW}\s*:?\s*{_MEMBERS}(?!\s+(?:of|von)\b)",
        rf"{_MEMBERS}\s+(?:per|in\s+each|in\s+every|pro|in\s+jeder)\s+{_ROW}\b(?!\s+(?:of|von)\b)",
        # the matrix stands before: `with rows ⟨x_i⟩`, `whose rows are ⟨x_i⟩`, `the ⟨i⟩-th row is ⟨x_i⟩`
        rf"\b(?:with|has|have|having|whose|its|mit|hat|habe|deren|the|die|den)\s+(?:the\s+|den\s+)?(?:(?!no\b|not\b|kein)(?:[\w-]+|⟨\d+⟩)\s+)??{_ORDINAL}{_ROW}(?:\s+{_IS})*\s*:?\s*{_MEMBERS}(?!\s+(?:of|von)\b)",
        rf"{_MEMBERS}\s+(?:as|in|als)\s+(?:the\s+|its\s+|their\s+)?{_ROW}\b(?!\s+(?:of|von)\b)",  # `with samples ⟨x_i⟩ as rows`
        rf"{_OWNERS}\s*의\s*(?:각\s*)?{_KOREAN}\s*(?:을|를|이|은|는|가)\s*{_MEMBERS}",
        rf"{_MEMBERS}\s*(?:들)?\s*(?:은|는|이|가|을|를)\s*(?:행렬\s*)?{_OWNERS}\s*의\s*(?:각\s*)?{_KOREAN}",
        rf"{_MEMBERS}\s*(?:들)?\s*(?:을|를)\s*(?:각\s*)?{_KOREAN}\s*(?:으로|로)\s*(?:갖는|가지는|가진|하는|둔|쌓은|쌓아\s*만든)\s*(?:[^\W\d⟨⟩]+\s*){{0,2}}{_OWNERS}",
    )
)
_NEGATED = re.compile(r"\b(?:not|no|never|nor|nicht|kein\w*|nie)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.;](?=\s)|[⟪⟫\x1e]")
_EDGES = re.compile(r"\A(?:`?\$+|\\\)|\\\])|(?:\$+`?|\\\(|\\\[)\Z")
_EACH = re.compile(r"\b(?:respectively|resp|jeweils|bzw)\b|각각", re.IGNORECASE)
_NUMBER = re.compile(r"⟨(\d+)⟩")

_TURN = r"\^\s*(?:\{\s*(?:\\top|\\intercal|T|\\(?:mathsf|mathrm|mathtt|rm|text)\s*\{?\s*T\s*\}?)\s*\}|\\top|\\intercal|T|\\mathsf\s*\{?\s*T\s*\}?)|'"
_BASE = r"(?P<base>\\(?:[A-Za-z]+)\s*\{\s*\\?[A-Za-z]+\s*\}|\\[A-Za-z]+|[A-Za-z])"
_MEMBER = re.compile(
    rf"\s*\(?\s*{_BASE}\s*(?:_\s*(?:\{{\s*(?P<a>\w+)\s*\}}|(?P<b>\w))|\^\s*\{{\s*\(\s*(?P<c>\w+)\s*\)\s*\}})\s*\)?\s*(?P<turn>{_TURN})?\s*"
)
_DOTS = re.compile(r"\s*(?:\\[lcv]?dots[cbm]?|\.\.\.|…)\s*")
_BLANK = re.compile(
    r"(?:[-–—|\s]|\\(?:text|textrm|mbox)\s*\{\s*[-–—|]*\s*\}|\\(?:vert|mid|rule|horzbar|vertbar|hline)(?:\[[^\]]*\])?(?:\{[^{}]*\})*|\\[,;:! ])*"
)
_STACK = re.compile(
    rf"\s*{_BASE}\s*(?::=|=)\s*(?:\\left\s*[\[(]\s*)?\\begin\{{(?P<env>[bpB]?(?:small)?matrix|array)\}}(?:\{{[^{{}}]*\}})?(?P<inside>.*?)\\end\{{(?P=env)\}}"
    rf"(?:\s*\\right\s*[\])])?\s*(?P<turn>{_TURN})?\s*(?P<rest>\\in.*)?\s*[.,;]?\s*\Z",
    re.DOTALL,
)
_ROW_OF = re.compile(
    rf"\s*{_BASE}\s*(?::=|=)\s*(?:\\left\s*)?\[(?P<inside>[^\[\]]*)(?:\\right\s*)?\]\s*(?P<turn>{_TURN})?\s*(?P<rest>\\in.*)?\s*[.,;]?\s*\Z"
)
_BETWEEN = re.compile(r"\\[,;:! ]|\\q?quad|[~&|]|\\mid|\s")


class Link(NamedTuple):
    """Formulas that name members, by their numbers, those that may name their matrices, the letter that counts ("" where it is not said), and `rows` or `columns`."""

    members: tuple[int, ...]
    owners: tuple[int, ...]
    found: bool  # whether the words name the owners; else the nearest matrix before them is meant
    ordinal: str
    kind: str
    further: tuple[int, ...] = ()  # formulas of the paragraph before the sentence
    every: bool = False  # whether each of the formulas may be meant, `respectively`

    @property
    def last(self) -> int:
        """The number of the formula at which all of it has been read."""
        return max((*self.members, *(self.owners if self.found else ())))


class Member(NamedTuple):
    """`x_i^\\top`: the name as it is written, its subscript, and whether it is turned."""

    base: str
    letter: str
    turned: bool


def links(pieces: Sequence[Piece]) -> list[Link]:
    """What the words of a document say of rows and columns, in the order of the text."""
    text = _marked(pieces)
    if not re.search(r"row|column|zeile|spalte|행|열", text, re.IGNORECASE):
        return []
    taken: list[tuple[int, int]] = []
    found: list[Link] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            span = match.span()
            if any(span[0] < end and start < span[1] for start, end in taken):
                continue
            one = _link(match, text, pieces)
            if one is not None:
                taken.append(span)
                found.append(one)
    return sorted(found, key=lambda link: link.last)


def _marked(pieces: Sequence[Piece]) -> str:
    """The prose with marks for the formulas; a display and a blank line end what a pattern may reach."""
    parts: list[str] = []
    for number, piece in enumerate(pieces):
        if piece.kind == PROSE:
            bare = _EDGES.sub("", piece.text.text)
            parts.append(re.sub(r"\s+", " ", re.sub(r"\n[ \t>]*\n", "\x1e", bare)))
        elif piece.kind == BREAK:
            parts.append("\x1e")
        elif piece.kind == FORMULA:
            parts.append("⟪⟫" if piece.display or piece.notation != LATEX else f"⟨{number}⟩")
    return "".join(parts)


def _link(match: re.Match[str], text: str, pieces: Sequence[Piece]) -> Link | None:
    around = text[max(0, match.start() - 12) : match.start()] + _NUMBER.sub("", match[0])
    if _NEGATED.search(around) is not None:
        return None
    groups = match.groupdict()
    found = groups.get("owners") is not None
    begun = max([0, *(m.end() for m in _SENTENCE.finditer(text, 0, match.start()))])
    before = groups["owners"] if found else text[begun : match.start()]
    owners = tuple([int(n) for n in _NUMBER.findall(str(before))])
    paragraph = text[text.rfind("\x1e", 0, begun) + 1 : begun]
    ordinal = (groups.get("ordinal") or "").strip()
    marked = _NUMBER.match(ordinal)
    letter = pieces[int(marked[1])].text.text.strip() if marked is not None else ordinal
    way = match["way"].lower()
    if way[-1:] in "sn" and "th" not in ordinal and "te" not in ordinal:
        letter = ""  # `with ⟨n⟩ rows`: how many
    kind = "rows" if way.startswith(("row", "zeil", "행")) else "columns"
    members = tuple([int(n) for n in _NUMBER.findall(match["members"])])
    stop = _SENTENCE.search(text, match.end())
    if not found and _EACH.search(text, match.end(), stop.start() if stop is not None else len(text)):
        owners, every = tuple([int(n) for n in _NUMBER.findall(text[begun : match.start()])]), True
    else:
        every = False
    further = () if found else tuple([int(n) for n in _NUMBER.findall(paragraph)])
    return Link(members, owners if found else owners[::-1], found, letter[:1], kind, further, every)


def member(text: str) -> Member | None:
    r"""`x_i`, `x_i^\top`, `x_i \in \mathbb{R}^d`, `x_1^\top, \dots, x_n^\top`, `\{x_i\}_{i=1}^n`: the name of the members; None for anything else."""
    bare = re.split(r"\\in(?![A-Za-z])", text)[0].strip(" \n.,;")
    braced = re.fullmatch(r"(?:\\left)?\s*(?:\\\{|\()(.*?)(?:\\right)?\s*(?:\\\}|\))\s*_.*", bare, re.DOTALL)
    parts = (braced[1] if braced is not None else bare).split(",")
    if len(parts) > 1:
        return _listed(parts)
    found = _MEMBER.fullmatch(parts[0])
    if found is None or _subscript(found).isdigit():
        return None
    return Member(found["base"], _subscript(found), found["turn"] is not None)


def members(text: str) -> list[Member]:
    """The members that one formula names: one family, or several behind each other, `q_i, k_i`."""
    one = member(text)
    if one is not None:
        return [one]
    several = [member(part) for part in re.split(r"\\in(?![A-Za-z])", text)[0].split(",")]
    return [m for m in several if m is not None] if all(several) else []


def _subscript(found: re.Match[str]) -> str:
    return found["a"] or found["b"] or found["c"] or ""


def _listed(parts: Sequence[str]) -> Member | None:
    r"""`x_1`, `x_2`, `\dots`, `x_n`: the members of one family, counted from 1."""
    if len(parts) not in (3, 4) or _DOTS.fullmatch(parts[-2]) is None:
        return None
    found = [_MEMBER.fullmatch(part) for part in (*parts[:-2], parts[-1])]
    whole = [f for f in found if f is not None]
    if len(whole) != len(found) or len({(f["base"], f["turn"] is None) for f in whole}) != 1:
        return None
    if _subscript(whole[0]) != "1" or (len(whole) == 3 and _subscript(whole[1]) != "2"):
        return None
    return Member(whole[0]["base"], "", whole[0]["turn"] is not None)


def stacked(text: str) -> Listing | None:
    r"""`X = \begin{bmatrix} x_1^\top \\ \vdots \\ x_n^\top \end{bmatrix}`, `[x_1 \; \cdots \; x_n]`: a matrix by its rows or columns, a vector by its entries."""
    found = _STACK.match(text) or _ROW_OF.match(text)
    if found is None:
        return None
    if found.re is _STACK:
        grid = [r for r in (list(_cells(row)) for row in re.split(r"\\\\(?:\[[^\]]*\])?", found["inside"])) if r]
    else:
        grid = [[c for c in _BETWEEN.split(found["inside"].replace(",", " ")) if c]]
    down = len(grid) > 1 and all(len(row) == 1 for row in grid)
    if not down and len(grid) != 1:
        return None
    cells = [row[0] for row in grid] if down else grid[0]
    one = _listed(cells)
    last = _MEMBER.fullmatch(cells[-1])
    if one is None or last is None:
        return None
    name, own = found["base"], one.base
    turned = found["turn"] is not None
    if name == own:
        return (
            None
            if one.turned or down == turned
            else Listing(name_of(name), name_of(own), "1", _subscript(last), True, found["rest"] or "")
        )
    if one.turned != down or (down and turned):
        return None
    return Listing(name_of(name), name_of(own), "1", _subscript(last), down or turned, found["rest"] or "")


def _cells(row: str) -> Iterator[str]:
    for cell in row.split("&"):
        lead, trail = _BLANK.match(cell), re.search(rf"{_BLANK.pattern}\Z", cell)
        inside = cell[lead.end() if lead else 0 :]
        if inside:
            yield inside[: len(inside) - (len(trail[0]) if trail else 0)].strip() or inside


def name_of(base: str) -> str:
    """The name that a letter in its font and with its accent is; "" for what is none. Raises LanguageError."""
    from derive.syntax import parse_latex_statement

    tree = parse_latex_statement(base)
    return str(tree.data) if tree.head == "name" else ""
