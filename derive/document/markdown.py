r"""Markdown to pieces: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, bare environments, fences `math` and `derive`, comments, front matter.

One idea: markdown-it-py and its plugins say what is a formula and what is code; each formula is then found again in the author's text, line by
line, because the tokens of a list or a quotation have lost their places. It reads no mathematics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from derive.document.alone import LoneParagraphs
from derive.document.container import BREAK, DIRECTIVE, FORMULA, LATEX, PLAIN, PROSE, Container, Piece, settings_of
from derive.document.mapped import Mapped
from derive.finding import Finding, Label
from derive.source import Source, Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

DISPLAYS = frozenset("math_block math_block_label math_block_eqno amsmath math_inline_double".split())
INLINE = frozenset(("math_inline", "math_single"))
FENCES = {"math": LATEX, "latex": LATEX, "tex": LATEX, "derive": PLAIN}
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_OURS = re.compile(r"\s*derive\s*:")
_BRACKETS = re.compile(r"(?<!\\)\\\[((?:(?!\n[ \t]*\n|\\\[).)+?)(?<!\\)\\\]", re.DOTALL)
_DOLLARS = re.compile(
    r"(?<![\\$])(?:\$\$(?:(?!\n[ \t>]*\n)[^$])+\$\$|\$(?![\s$])(?:(?!\n[ \t>]*\n)[^$])*(?<![\s\\])\$(?!\d))"
)
_MARKED = re.compile(r"(\n[ \t]*(?:>[ \t]*)*)(?:[-+*#=]|\d(?=[.)]))")
_ALIGNED = re.compile(r"(?m)^([ \t>]*)\\begin\{aligned\}((?:(?!\n[ \t>]*\n).)*?)\\end\{aligned\}", re.DOTALL)
MASK = "\ue000"  # a character that says nothing to Markdown
_SHUT = re.compile(r"\s*(?:`?\$|\\\)|\\\])")  # behind a formula
_MARKS = ("$", "\\(", "\\[", "`", "~", ":")  # `derive:` in a comment
_BEGIN = re.compile(r"\\begin\{(align|equation|gather|multline|alignat|split)\*?\}")


def markdown(source: Source) -> Container:
    """The pieces of a Markdown text."""
    pieces, settings = _read(source.text, 0)
    return Container(source, pieces, settings, (), unclosed(pieces, source))


def unclosed(pieces: tuple[Piece, ...], source: Source) -> tuple[Finding, ...]:
    """The `$$` in prose that open no formula: those that do stand right before or behind one."""
    found = []
    pieces = tuple([piece for piece in pieces if piece.kind != BREAK])
    for place, piece in enumerate(pieces):
        if piece.kind != PROSE or "$$" not in piece.text.text:
            continue
        start, end = piece.text.span
        text = source.text[start:end]
        if place and pieces[place - 1].kind == FORMULA:
            text = re.sub(r"\A[\s>]*\$\$", lambda m: " " * len(m[0]), text)
        if place + 1 < len(pieces) and pieces[place + 1].kind == FORMULA:
            text = re.sub(r"\$\$[\s>]*\Z", "", text)
        at = text.find("$$")
        if at >= 0:
            label = Label(Span(start + at, start + at + 2))
            found.append(
                Finding(
                    "unclosed",
                    "this `$$` begins no formula: it is never closed, or nothing stands in it",
                    source,
                    (label,),
                )
            )
    return tuple(found)


def pieces_of_markdown(text: str, start: int) -> tuple[Piece, ...]:
    """The pieces of Markdown that begins at a place of a longer text, as the cell of a notebook does."""
    return _read(text, start)[0]


def _read(text: str, start: int) -> tuple[tuple[Piece, ...], dict[str, str]]:
    quiet = _quiet(text[start:])
    finder = _Finder(text, text[:start] + quiet, start)
    settings: dict[str, str] = {}
    for token in _parser().parse(quiet):
        if token.type == "front_matter":
            settings = settings_of(token.content)
            finder.skip(token.content)
        elif token.type == "inline":
            for child in token.children or ():
                _inline(child, finder)
        elif token.type in DISPLAYS:
            finder.formula(token.content, True)
        elif token.type == "fence":
            language = token.info.strip().split(" ")[0].lower()
            if language in FENCES and (language in ("math", "derive") or "=" in token.content):
                finder.formula(token.content, True, FENCES[language])
            else:
                finder.skip(token.content)
        elif token.type == "code_block":
            finder.skip(token.content)
        elif token.type == "html_block":
            _comments(token.content, finder)
        elif token.type in ("heading_open", "hr"):
            finder.stop()
    finder.prose(len(text))
    return tuple(finder.pieces), settings


def _quiet(text: str) -> str:
    """The text, as long as before, with nothing in its formulas that Markdown would take for its own.

    Inside a paragraph `\\[…\\]` would be escapes, so it becomes `$$…$$`; a line of a formula that begins with a sign would begin a list; a block
    `aligned` that stands without dollars is a display only to its author, so it becomes an environment that is one.
    """
    dollars = _BRACKETS.sub(lambda m: f"$${m[1]}$$", text)
    inside = [found.span() for found in _DOLLARS.finditer(dollars)]

    def shown(found: re.Match[str]) -> str:
        within = any(start <= found.start() < end for start, end in inside)
        return found[0] if within else f"{found[1]}\\begin{{alignat}}{found[2]}\\end{{alignat}}"

    dollars = _ALIGNED.sub(shown, dollars)
    return _DOLLARS.sub(lambda m: _MARKED.sub(rf"\1{MASK}", m[0]), dollars)


def _inline(child: Any, finder: _Finder) -> None:
    if child.type in INLINE:
        finder.formula(child.content, False)
    elif child.type in DISPLAYS:
        finder.formula(child.content, True)
    elif child.type == "html_inline":
        _comments(child.content, finder)
    elif child.type == "code_inline":
        finder.skip(child.content)


def _comments(html: str, finder: _Finder) -> None:
    for found in _COMMENT.finditer(html):
        ours = _OURS.match(found[1])
        if ours is not None:
            finder.directive(found[1][ours.end() :])


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.amsmath import amsmath_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.front_matter import front_matter_plugin
    from mdit_py_plugins.texmath import texmath_plugin

    parser = MarkdownIt("commonmark").enable("table")
    parser.use(front_matter_plugin).use(dollarmath_plugin, double_inline=True).use(amsmath_plugin)
    return parser.use(texmath_plugin, delimiters="brackets")


class _Finder:
    """A position in the author's text, and the pieces found so far."""

    def __init__(self, text: str, quiet: str, start: int) -> None:
        self.text = text
        self.lone = LoneParagraphs(text)
        self.quiet = quiet  # what the parser read
        self.at = start
        self.told = start  # up to here the text is in pieces
        self.pieces: list[Piece] = []

    def formula(self, content: str, display: bool, notation: str = LATEX) -> None:
        for mapped in self.located(content):
            display = display or _BEGIN.search(mapped.text) is not None
            bare = mapped.text
            if not display and len(bare) > 1 and bare[0] == bare[-1] == "`":  # $`x`$
                mapped = mapped.part(1, len(bare) - 1)
            self.add(Piece(FORMULA, mapped, display or self.lone.hold(mapped.span), notation))

    def directive(self, content: str) -> None:
        for mapped in self.located(content):
            self.add(Piece(DIRECTIVE, mapped))

    def skip(self, content: str) -> None:
        """Step over code and the like, which is no prose."""
        for mapped in self.located(content):
            span = mapped.span
            self.prose(span.start)
            self.told = self.at = max(span.end, self.at)

    def stop(self) -> None:
        self.pieces.append(Piece(BREAK, Mapped.of(self.text, self.at, self.at)))

    def add(self, piece: Piece) -> None:
        span = piece.text.span
        self.prose(span.start)
        self.pieces.append(piece)
        self.told = self.at = max(span.end, self.at)
        shut = _SHUT.match(self.quiet, self.at) if piece.kind == FORMULA else None
        if shut is not None:  # `$x$ is the $i$-th`: no formula begins behind a mark that closes one
            twice = self.quiet[: span.start].endswith("$$") and self.quiet.startswith("$$", shut.end() - 1)
            self.at = shut.end() + twice

    def prose(self, end: int) -> None:
        if end > self.told:
            self.pieces.append(Piece(PROSE, Mapped.of(self.text, self.told, end)))
            self.told = end

    def located(self, content: str) -> Iterator[Mapped]:
        """The content in the author's text from here on; nothing where it cannot be found again."""
        lines = [line.strip() for line in content.strip().split("\n")]
        at = self._begins(lines[0])
        if not lines[0] or at < 0:
            return
        characters: list[str] = []
        origin: list[int] = []
        for number, line in enumerate(lines):
            found = at if not number else self.quiet.find(line, at)
            if found < 0:
                return
            if number:
                characters.append("\n")
                origin.append(at)
            characters.append(self.text[found : found + len(line)])
            origin += range(found, found + len(line))
            at = found + len(line)
        yield Mapped("".join(characters), [*origin, at])

    def _begins(self, line: str) -> int:
        """Where a first line stands behind a mark that opens a formula, code or a comment; -1 for nowhere."""
        at = self.quiet.find(line, self.at)
        while at >= 0:
            before = self.quiet[max(0, at - 200) : at].rstrip(" \t\n>")
            opened = before.endswith(_MARKS) and max(0, at - 200) + len(before) > self.at
            if not before or opened or self.quiet[at - 1] == "\n" or line.startswith("\\begin"):
                return at
            if "\n" in self.quiet[len(before) + max(0, at - 200) : at]:
                return at
            at = self.quiet.find(line, at + 1)
        return -1
