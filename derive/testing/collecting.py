"""Markdown files as tests: a test for each section of a `*.derive.md` file, or for each fenced ```derive block of another.

One idea: a document is judged as a whole and once, for what it declares and defines holds further down; a test answers for the claims in its own lines. A statement that
is refuted, does not fit, is not understood or not decided is a failure, and so is a document in which nothing was checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*(\w*)")
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$")
WIDTH = 100


class Part(NamedTuple):
    """A part of a document that is one test: its name, and its rows, the last one excluded, counted from 1."""

    name: str
    start: int
    stop: int


class Failed(Exception):
    """Some claims do not hold; the message shows them."""


class MarkdownFile(pytest.File):
    """A document; judged when its first test is run."""

    whole = False
    _claims: Sequence[Any] | None = None

    def collect(self) -> Iterator[DocumentTest]:
        text = self.path.read_text(encoding="utf-8")
        for part in sections(text) if self.whole else blocks(text):
            test: DocumentTest = DocumentTest.from_parent(self, name=part.name)
            test.part = part
            yield test

    def claims(self) -> Sequence[Any]:
        """All claims as the report draws them. Raises Failed where nothing was checked."""
        if self._claims is None:
            from derive.checking import check_text
            from derive.report.data import page_of_document

            text = self.path.read_text(encoding="utf-8")
            shown = text if self.whole else only_blocks(text)
            seed = self.config.getoption("--derive-seed")
            document = check_text(shown, "markdown", name=self.path.name, seed=seed).documents[0]
            page = page_of_document(document)
            if page.skipped is not None:
                raise Failed(page.skipped["message"])
            self._claims = page.claims
        if not self._claims:
            raise Failed(f"nothing was checked in {self.path.name}: it has no statement")
        return self._claims


class DocumentTest(pytest.Item):
    """The claims of one part of a document."""

    part: Part

    def runtest(self) -> None:
        from derive.report.data import ACCEPTED

        file = self.parent
        assert isinstance(file, MarkdownFile)
        mine = [c for c in file.claims() if self.part.start <= c.data["location"]["row"] < self.part.stop]
        if not mine:
            pytest.skip("no statement here")
        bad = [c for c in mine if c.status not in ACCEPTED]
        if bad:
            raise Failed("\n\n".join(drawn(c, file.path.name) for c in bad))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Failed):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Any, int, str]:
        return self.path, self.part.start - 1, f"{self.path.name}: {self.name}"


def drawn(claim: Any, path: str) -> str:
    """A claim as `derive check` shows it."""
    from derive.report.anatomy import bare, claim_lines

    return "\n".join(bare(line) for line in claim_lines(claim, path, WIDTH))


# ---------------------------------------------------------------------- the parts of a text


def sections(text: str) -> list[Part]:
    """From one heading to the next, outside of fences; what stands before the first is a part of its own where it says anything."""
    found: list[tuple[str, int]] = []
    rows = text.split("\n")
    for row, line, fence in _fenced(rows):
        heading = HEADING.match(line) if fence is None else None
        if heading is not None:
            found.append((heading[1], row))
    first = found[0][1] if found else len(rows) + 1
    if any(line.strip() for line in rows[: first - 1]):
        found.insert(0, ("beginning", 1))
    ends = [row for _, row in found[1:]] + [len(rows) + 1]
    return _numbered([Part(name, row, end) for (name, row), end in zip(found, ends, strict=True)])


def blocks(text: str) -> list[Part]:
    """Each fenced block of the language `derive`, by the row of its first line."""
    rows = [row for row, _, fence in _fenced(text.split("\n")) if fence == "derive"]
    starts = [row for row in rows if row - 1 not in rows]
    stops = [row + 1 for row in rows if row + 1 not in rows]
    return [Part(f"derive:{start}", start, stop) for start, stop in zip(starts, stops, strict=True)]


def only_blocks(text: str) -> str:
    """The text without all that is not in a fenced block of the language `derive`, every row in its place."""
    return "\n".join(line if fence == "derive" else "" for _, line, fence in _fenced(text.split("\n")))


def _fenced(rows: Sequence[str]) -> Iterator[tuple[int, str, str | None]]:
    """Each row with the language of the fence that it stands in; fences belong to their block, None is outside."""
    mark, language = "", None
    for row, line in enumerate(rows, 1):
        fence = FENCE.match(line)
        if language is None and fence is not None:
            mark, language = fence[1], fence[2]
            yield row, line, language
        elif language is not None and fence is not None and fence[1].startswith(mark) and not fence[2]:
            yield row, line, language
            language = None
        else:
            yield row, line, language


def _numbered(parts: Sequence[Part]) -> list[Part]:
    """Headings that are used again get a number."""
    seen: dict[str, int] = {}
    out = []
    for part in parts:
        seen[part.name] = seen.get(part.name, 0) + 1
        out.append(part if seen[part.name] == 1 else part._replace(name=f"{part.name} ({seen[part.name]})"))
    return out
