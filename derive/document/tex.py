r"""LaTeX files to pieces: `$…$`, `$$…$$`, `\(…\)`, `\[…\]` and the environments of displayed mathematics; comments are blanks.

One idea: one scan over the body of the document, in which everything keeps its place; macros are expanded afterwards, formula by formula. It reads no
mathematics, and knows no package.
"""

from __future__ import annotations

import re

from derive.document.alone import LoneParagraphs
from derive.document.container import BREAK, DIRECTIVE, FORMULA, PROSE, Container, Piece
from derive.document.macros import definitions, expanded
from derive.document.mapped import Mapped
from derive.finding import Finding, Label
from derive.source import Source, Span

_DISPLAYS = "align|gather|equation|multline|alignat|flalign|displaymath|eqnarray|math"
_OPENING = re.compile(
    r"(?P<verbatim>\\begin\{(verbatim|lstlisting|minted|comment)\*?\})"
    rf"|(?P<begin>\\begin\{{(?:{_DISPLAYS})\*?\}})|(?P<escaped>\\[$\\%])|(?P<open>\$\$|\$|\\\(|\\\[)"
    r"|(?P<section>\\(?:sub)*section\*?\{|\\begin\{(?:theorem|proof|lemma|exercise|solution|problem|question)\})"
)
MOST_FINDINGS = 100  # formulas that are never closed
_CLOSING = {"$$": "$$", "$": "$", r"\(": r"\)", r"\[": r"\]"}
_REMARK = re.compile(r"(?<!\\)%(.*)")
_OURS = re.compile(r"%+\s*derive\s*:")


def tex(source: Source) -> Container:
    """The pieces of a LaTeX file."""
    text = _REMARK.sub(lambda m: " " * len(m[0]), source.text)
    macros, places = definitions(text)
    for start, end in places:
        text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    start, end = _body(text)
    scan = _Scan(source, text)
    scan.run(start, end)
    pieces = [p._replace(text=expanded(p.text, macros)) if p.kind == FORMULA else p for p in scan.pieces]
    for found in _REMARK.finditer(source.text, start, end):
        ours = _OURS.match(found[0])
        if ours is not None:
            pieces.append(Piece(DIRECTIVE, Mapped.of(source.text, found.start() + ours.end(), found.end())))
    pieces.sort(key=lambda p: p.text.span.start)
    return Container(source, tuple(pieces), findings=tuple(scan.findings))


def _body(text: str) -> tuple[int, int]:
    begin, end = text.find(r"\begin{document}"), text.rfind(r"\end{document}")
    return (begin + len(r"\begin{document}") if begin >= 0 else 0), (end if end > begin else len(text))


class _Scan:
    """A position in the text, and the pieces found so far."""

    def __init__(self, source: Source, text: str) -> None:
        self.source = source
        self.text = text
        self.pieces: list[Piece] = []
        self.findings: list[Finding] = []
        self.lone = LoneParagraphs(text)
        self.missing: set[str] = set()  # ends that do not come any more

    def run(self, start: int, end: int) -> None:
        told = at = start
        while at < end:
            found = _OPENING.search(self.text, at, end)
            if found is None:
                break
            at = found.end()
            if found["escaped"]:
                continue
            if found["section"]:
                self.pieces.append(Piece(BREAK, Mapped.of(self.text, found.start(), found.start())))
                continue
            inside, closed = self.inside(found, end)
            if closed is None:
                self.unclosed(found)
                continue
            self.prose(told, found.start())
            if not found["verbatim"]:
                display = found[0] not in ("$", r"\(", r"\begin{math}") or self.lone.hold(Span(*inside))
                self.pieces.append(Piece(FORMULA, Mapped.of(self.text, *inside), display))
            told = at = closed
        self.prose(told, end)

    def _end(self, mark: str, at: int, end: int) -> int:
        """Where an end stands next; looked for once, where there is none."""
        if mark in self.missing:
            return -1
        found = self.text.find(mark, at, end)
        if found < 0:
            self.missing.add(mark)
        return found

    def inside(self, found: re.Match[str], end: int) -> tuple[tuple[int, int], int | None]:
        """What stands between the opening and its end, and where that ends; environments keep their `\\begin` and `\\end`."""
        if found["open"]:
            close = self.closing(_CLOSING[found["open"]], found.end(), end)
            return (found.end(), close), None if close < 0 else close + len(_CLOSING[found["open"]])
        name = found[0][7:-1]
        mark = rf"\end{{{name}}}"
        close = self._end(mark, found.end(), end)
        last = close + len(mark)
        return (found.start(), last), None if close < 0 else last

    def closing(self, mark: str, at: int, end: int) -> int:
        while True:
            close = self._end(mark, at, end)
            if close < 0 or mark[0] == "\\" or self.text[close - 1] != "\\" or self.text[close - 2] == "\\":
                return close
            at = close + 1

    def prose(self, start: int, end: int) -> None:
        if end > start:
            self.pieces.append(Piece(PROSE, Mapped.of(self.text, start, end)))

    def unclosed(self, found: re.Match[str]) -> None:
        if len(self.findings) >= MOST_FINDINGS:
            return
        label = Label(Span(found.start(), found.end()))
        self.findings.append(Finding("unclosed", f"this `{found[0]}` is never closed", self.source, (label,)))
