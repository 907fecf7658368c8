"""Edits in the author's own source: everything that was not changed stays character by character.

One idea: the smallest part that changed is written anew, and in it every part that the author wrote is taken from his text. What comes out is read
back; a text that reads as something else is never shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from derive.diagnosis.normal import normal
from derive.finding import DeriveError
from derive.printing import text as plain_text
from derive.printing.latex import Latex
from derive.printing.pieces import Piece, Writer, fold
from derive.printing.plain import Plain
from derive.source import Span
from derive.syntax import is_latex, parse, parse_latex, parse_latex_statement, parse_statement
from derive.syntax.operators import ATOM, PRODUCT
from derive.tree import NOWHERE, Tree

LONGEST = 4000  # characters of a line that is spelled
LOWEST = 0  # binds so loosely that every writer puts brackets around it
LETTER = 60  # characters in which a name is looked for
OPENING = ("(", r"\left(", r"\bigl(", r"\big(", r"\Big(", r"\Bigl(")
BEFORE = (r"\left", r"\bigl", r"\Bigl", r"\big", r"\Big")


class Speller:
    """Spells trees in the words of an author. The spans of `lines` lie in `text`; the first is the line that is edited, at `span`."""

    def __init__(self, text: str, span: Span, lines: Sequence[Tree], names: frozenset[str]) -> None:
        self.text = text
        self.span = span = _with_left(text, span)
        self.line = lines[0]
        self.names = names
        self.own_text = text[span.start : span.end]
        self.latex = True
        self.latex = self._is_latex(lines)
        self.own: Set[int] = frozenset([id(node) for line in lines for node in line.walk()])
        self._slices: dict[int, str] = {}
        self._letters: dict[str, str] = {}
        for line in lines:
            for node in line.walk():
                if node.head == "name" and node.data not in self._letters and node.span != NOWHERE:
                    self._learn(node)

    def _is_latex(self, lines: Sequence[Tree]) -> bool:
        for latex in (True, False) if is_latex(self.text) else (False, True):
            self.latex = latex
            if self.read(self.own_text) == lines[0]:
                return latex
        return is_latex(self.text) or is_latex(self.own_text)

    # ------------------------------------------------------------------ reading

    def read(self, text: str) -> Tree | None:
        """The tree of an expression or a statement; None where it cannot be read."""
        for door in (parse_latex, parse_latex_statement) if self.latex else (parse, parse_statement):
            try:
                return door(text, names=self.names)
            except (DeriveError, RecursionError):
                continue
        return None

    def _slice(self, node: Tree) -> str:
        """The author's text of a node, brackets and all; "" where it cannot be cut out."""
        found = self._slices.get(id(node))
        if found is None:
            found = self._slices[id(node)] = next((unbraced(t) for _, t in self._cuts(node)), "")
        return found

    def _cuts(self, node: Tree) -> Iterator[tuple[int, str]]:
        """Where the text of a node begins, and the text."""
        start, end = node.span
        if node.span == NOWHERE or end - start > LONGEST:
            return
        before = self.text[max(0, start - 8) : start].rstrip()
        marks = [
            start - (len(self.text[max(0, start - 8) : start]) - len(before)) - len(m)
            for m in BEFORE
            if before.endswith(m)
        ]
        for begin in (start, *marks):
            text = self.text[begin:end]
            if text.count("\\left") == text.count("\\right") and self.read(text) == node:
                yield begin, text

    def _learn(self, node: Tree) -> None:
        """The text of a name, of which a span may hold the scripts too."""
        text = self.text[node.span.start : min(node.span.end, node.span.start + LETTER)]
        for length in range(len(text), 0, -1):
            if self.read(text[:length]) == node:
                self._letters[str(node.data)] = unbraced(text[:length].strip())
                return

    def letter(self, name: str) -> str:
        """How the author writes a name; "" where he does not."""
        return self._letters.get(name, "")

    # ------------------------------------------------------------------ writing

    def written(self, tree: Tree, loose: bool = False) -> str:
        """A tree, its parts in the author's own text where they are his. `loose`: sums without brackets."""
        writer = _Quoting(tree, self, loose) if self.latex else _PlainQuoting(self)
        return writer.write(tree)

    def lettered(self, tree: Tree) -> str:
        """A tree written anew, of the author's own only the letters."""
        own, self.own = self.own, frozenset()
        try:
            return self.written(tree)
        finally:
            self.own = own

    def quoted(self, node: Tree) -> str:
        return self._slice(node) if id(node) in self.own else ""

    def fixed(self, new: Tree, old_part: Tree | None = None, new_part: Tree | None = None) -> str:
        """The line with the edit; "" where no text reads as `new`."""
        if len(self.own_text) > LONGEST:
            return ""
        for text in self._texts(new, old_part, new_part):
            read = self.read(text) if text else None
            if read is not None and normal(read) == normal(new):
                return text
        return ""

    def _texts(self, new: Tree, old_part: Tree | None, new_part: Tree | None) -> Iterator[str]:
        if old_part is not None and new_part is not None and old_part is not self.line:
            pieces = [self.written(new_part, True), self.written(new_part), self.lettered(new_part)]
            for begin, text in self._cuts(old_part):
                left, right = self.text[self.span.start : begin], self.text[begin + len(text) : self.span.end]
                for piece in pieces:
                    gap = " " if right[:1].isalnum() and piece[-1:].isalpha() else ""
                    if text.startswith("{"):
                        yield f"{left}{{{piece}}}{right}".strip()
                    yield f"{left}{piece}{gap}{right}".strip()
                    yield f"{left}({piece}){right}".strip()
        yield self.written(new, True)
        yield self.written(new)
        yield self.lettered(new)


def _with_left(text: str, span: Span) -> Span:
    r"""The span with the `\left` before it whose `\right` stands in it."""
    inside = text[span.start : span.end]
    missing = inside.count(r"\right") - inside.count(r"\left")
    before = text[: span.start].rstrip()
    return Span(len(before) - len(r"\left"), span.end) if missing == 1 and before.endswith(r"\left") else span


def unbraced(text: str) -> str:
    """`{a + b}` → `a + b`: braces that only group."""
    while text.startswith("{") and text.endswith("}"):
        depth = 0
        for k, c in enumerate(text):
            depth += (c == "{") - (c == "}")
            if depth == 0 and k < len(text) - 1:
                return text
        text = text[1:-1].strip()
    return text


def closed(text: str) -> bool:
    """Whether a text stands in one pair of brackets."""
    text = text.strip()
    if not text.startswith(OPENING):
        return False
    depth = 0
    for k, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0 and c == ")":
            return k == len(text) - 1
    return False


def _unbracketed(node: Tree, parts: list[Piece]) -> list[Piece]:
    """Parts without brackets that the author needed where they stood, and nobody needs here: those of an argument, of the first factors."""
    if node.head == "call" and len(parts) == 1 and closed(parts[0][0]) and parts[0][0].startswith("("):
        return [(parts[0][0].strip()[1:-1], LOWEST)]
    first = node.args[0].head if node.args else ""
    if first == node.head and first in ("hadamard", "mul") and closed(parts[0][0]) and parts[0][0].startswith("("):
        return [(parts[0][0].strip()[1:-1], PRODUCT), *parts[1:]]
    return parts


def _quoting(write: Writer, speller: Speller, loose: bool) -> Writer:
    def written(node: Tree, parts: list[Piece]) -> Piece:
        text, power = write(node, _unbracketed(node, parts))
        if node.head == "name":
            return speller.letter(str(node.data)) or text, power
        if loose and node.head == "sum":
            power = PRODUCT
        quoted = speller.quoted(node) if node.head != "number" else ""
        if not quoted:
            return text, power
        return quoted, ATOM if closed(quoted) else power

    return written


class _Quoting(Latex):
    """LaTeX, with the author's own text for the parts that are his."""

    def __init__(self, tree: Tree, speller: Speller, loose: bool) -> None:
        super().__init__(tree)
        self.table = {head: _quoting(write, speller, loose) for head, write in self.table.items()}

    def write(self, tree: Tree) -> str:
        return fold(tree, self.table)[0]


class _PlainQuoting(Plain):
    """The plain notation, with the author's own text for the parts that are his."""

    def __init__(self, speller: Speller) -> None:
        super().__init__()
        self.table = {head: _quoting(write, speller, False) for head, write in self.table.items()}


def bare(tree: Tree) -> str:
    """A tree in the plain notation, where there is no author's text."""
    return plain_text(tree)
