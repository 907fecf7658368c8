"""The documents of `derive check`: found in folders, judged one after the other or in worker processes, with a bar that says how far.

One idea: every path that was asked for becomes a page, whatever happens to it: what cannot be read, takes too long or ends its process is a page
that says so. It judges nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from derive.cli.streams import standard_input
from derive.report.data import Page, undecided_page

LIMIT = 60.0  # seconds for one document, where none is given
STANDARD_INPUT = "-"
STDIN_LIMIT = 5_000_001  # bytes: one more than a document may have


class Asked(NamedTuple):
    """A document: its path, and its text where it has no file."""

    path: str
    text: str | None = None
    cited: bool = False  # whether its steps name the identities that they are instances of


def found(paths: Sequence[str]) -> list[Asked]:
    """The documents at the paths, each once: folders are walked without following links, hidden ones are left out."""
    seen: dict[str, Asked] = {}
    for path in paths:
        if path == STANDARD_INPUT:
            text = standard_input(STDIN_LIMIT).decode("utf-8", "replace")
            seen[path] = Asked("<stdin>", text)
        elif os.path.isdir(path):
            inside = list(_inside(path))
            seen.update((name, Asked(name)) for name in inside or [path])  # an empty folder is said to be one
        else:
            seen[path] = Asked(path)
    return list(seen.values())


def _inside(folder: str) -> Iterator[str]:
    from derive.document.reader import format_of

    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.join(place, name)
            if not name.startswith(".") and format_of(name) and os.path.isfile(path):
                yield path


def checked(asked: Sequence[Asked], jobs: int | None, limit: float | None) -> list[Page]:
    """The pages of the documents, in their order."""
    if len(asked) == 1 and jobs is None and limit is None:
        return [_here(asked[0])]
    many = min(jobs or os.cpu_count() or 1, len(asked))
    limit = LIMIT if limit is None else limit
    pages: dict[int, Page] = dict(_counted(_there(asked, many, limit), len(asked)))
    return [pages[place] for place in range(len(asked))]


def _here(one: Asked) -> Page:
    """In this process, where an unexpected exception is a bug of ours and told as one."""
    from derive.judged import judged_document

    *_, page = judged_document((*one, None))
    return page


def _there(asked: Sequence[Asked], jobs: int, limit: float) -> Iterator[tuple[int, Page]]:
    """In worker processes; one bad document never stops the rest."""
    from derive.judged import judged_document
    from derive.workers import FAILED, LATE, work_through

    for outcome in work_through(judged_document, [(*one, limit) for one in asked], jobs, limit):
        one, page = asked[outcome.place], outcome.value
        said = {
            LATE: f"the time limit of {limit:g} s was met",
            FAILED: f"a bug of ours: {outcome.said}",
        }.get(outcome.trouble, outcome.said)
        if page is None:
            page = undecided_page(one.path, one.text or "", said)
        elif outcome.trouble:
            page = page._replace(notes=(*page.notes, f"without all counterexamples and hints: {said}"))
        yield outcome.place, page


def _counted(pages: Iterable[tuple[int, Page]], count: int) -> Iterator[tuple[int, Page]]:
    """The same, with a progress bar on a terminal."""
    if count < 2 or not sys.stderr.isatty():
        yield from pages
        return
    from derive.report.terminal import progress

    with progress(count) as advance:
        for place, page in pages:
            advance(page.name)
            yield place, page
