r"""Pages to entries: a section is split at blank lines, and every block says by its first characters what it is.

One idea: `## name` begins an entry, `$$` a formula, `Let ` declarations, `Source: ` the source, `<!-- derive: … -->` a remark for us, everything else is prose. A page
is known by its first line, a remark that sections stand alone and displays claim something; so no entry is judged under what another one declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from derive.catalogue.entry import Citation, Entry, Formula, Step
from derive.catalogue.place import folder
from derive.document.container import EXPECTING
from derive.finding import Finding, Label, LanguageError
from derive.source import Source, Span

MARK = "<!-- derive: sections alone; displays claim -->"
_HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_REMARK = re.compile(r"<!-- derive: (.*) -->", re.DOTALL)
_CITATION = re.compile(r"(cf\. )?\[([A-Z][A-Za-z0-9]*)(?:, ([^\]]*))?\]\(REFERENCES\.md#[a-z0-9]+\)")


class _Section:
    """What the blocks of one section have said so far."""

    def __init__(self) -> None:
        self.prose: list[str] = []
        self.declarations: list[str] = []
        self.remarks: list[str] = []
        self.formulas: list[Formula] = []
        self.said: list[str] = []  # behind the statement, since the last formula
        self.steps: list[Step] = []
        self.source: tuple[Citation, ...] = ()
        self.expected = self.reason = ""

    def take(self, block: str, at: int) -> None:
        remark = _REMARK.fullmatch(block)
        expecting = remark and EXPECTING.fullmatch(remark[1])
        if expecting and not self.formulas:  # of the statement; what a derivation expects is for the judge alone
            self.expected, self.reason = expecting[1], expecting[2] or ""
        elif remark is not None and not expecting:
            self.remarks.append(remark[1])
        elif block.startswith("$$"):
            self._formula(Formula(block[2:].removesuffix("$$"), at + 2))
        elif block.startswith("Source: "):
            self.source = citations(block)
        elif expecting:
            pass
        elif self.formulas:
            self.said.append(block)
        elif block.startswith("Let "):
            self.declarations.append(block)
        else:
            self.prose.append(block)

    def _formula(self, formula: Formula) -> None:
        if self.formulas:
            self.steps.append(Step("\n\n".join(self.said).removeprefix("*Derivation.*").strip(), formula))
            self.said = []
        self.formulas.append(formula)


def is_page(text: str) -> bool:
    """Whether a text says of itself that it is a page of a catalogue."""
    return text.startswith(MARK)


def entries_of(text: str, topic: str) -> list[Entry]:
    """The entries of a page, in order.

    Raises LanguageError with its place: `bad-name` for a heading that is no kebab-case name, `no-statement` for a section without a formula.
    """
    source = Source(text, topic)
    headings = list(_HEADING.finditer(text))
    ends = [h.start() for h in headings[1:]] + [len(text)]
    return [_entry(source, h, end) for h, end in zip(headings, ends, strict=True)]


def _entry(source: Source, heading: re.Match[str], end: int) -> Entry:
    name = heading[1].strip()
    span = Span(heading.start(1), heading.end(1))
    if _NAME.fullmatch(name) is None:
        raise _refused("bad-name", f"`{name}` is no name in kebab-case", source, span)
    section = _Section()
    for block, at in _blocks(source.text, heading.end(), end):
        section.take(block, at)
    if not section.formulas:
        raise _refused("no-statement", f"`{name}` has no displayed statement", source, span)
    return Entry(
        name,
        source.name,
        "\n\n".join(section.prose),
        " ".join(section.declarations),
        "; ".join(section.remarks),
        section.formulas[0],
        tuple(section.steps),
        section.source,
        source.text.count("\n", 0, heading.start()) + 1,
        section.expected,
        section.reason,
    )


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """The parts between blank lines, each with its place."""
    for found in re.finditer(r"\S(?:.|\n(?!\s*\n))*", text[start:end]):
        yield found[0].rstrip(), start + found.start()


def citations(text: str) -> tuple[Citation, ...]:
    """`cf. [PP, eq. 81](REFERENCES.md#pp)` as data; what follows a `cf.` in the same line was not seen either."""
    seen = not any(found[1] for found in _CITATION.finditer(text))
    return tuple([Citation(found[2], found[3] or "", seen) for found in _CITATION.finditer(text)])


def _refused(code: str, message: str, source: Source, span: Span) -> LanguageError:
    return LanguageError(Finding(code, message, source, (Label(span),)))


def topics(place: Path | None = None) -> list[Path]:
    """The pages, in the order of their names."""
    found = sorted((place or folder()).glob("*.md"))
    return [path for path in found if is_page(path.read_text(encoding="utf-8")[: len(MARK)])]


class Catalogue:
    """All entries, read when they are first asked for. Errata are entries too: `expected` says the verdict that they must get."""

    def __init__(self, place: Path | None = None) -> None:
        self.place = place

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of all pages. Raises LanguageError `same-name` where two have the same name."""
        found: dict[str, Entry] = {}
        for path in topics(self.place):
            for entry in entries_of(path.read_text(encoding="utf-8"), path.stem):
                if entry.name in found:
                    other = found[entry.name].topic
                    raise LanguageError(Finding("same-name", f"`{entry.name}` stands in {other} and in {entry.topic}"))
                found[entry.name] = entry
        return tuple(found.values())

    @cached_property
    def by_name(self) -> dict[str, Entry]:
        return {entry.name: entry for entry in self.entries}

    def topic(self, name: str) -> tuple[Entry, ...]:
        """The entries of one page."""
        return tuple([entry for entry in self.entries if entry.topic == name])

    @property
    def names_of_topics(self) -> list[str]:
        return list(dict.fromkeys(entry.topic for entry in self.entries))
