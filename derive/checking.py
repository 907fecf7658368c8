"""`check`: a document in, a report out.

One idea: read the container, read its mathematics, judge its steps. Whatever is wrong with the file itself is said in the report, and never an exception, so
that one bad document does not stop the rest.
"""

from __future__ import annotations

from pathlib import Path

from derive.document.reader import contained, format_of, text_of
from derive.finding import DeriveError, Finding
from derive.judge.report_data import Document, Report
from derive.source import Source


def check(path: str | Path, *, seed: int = 0, timeout: float | None = None) -> Report:
    """The report on one document: Markdown (`.md`), LaTeX (`.tex`), a notebook (`.ipynb`), plain notation (`.txt`, `.derive`).

    seed: the same seed gives the same report. timeout: seconds for the document, looked at between places; what is left then
    is `undecided`. A file that cannot be read is a document without claims, with its reason in `finding`.
    """
    name = str(path)
    try:
        text = text_of(name)
    except DeriveError as trouble:
        return Report([Document(name, Source("", name), (), trouble.finding)])
    return Report([_checked(text, format_of(name) or "markdown", name, seed, timeout)])


def check_text(
    text: str, format: str = "markdown", *, name: str = "text", seed: int = 0, timeout: float | None = None
) -> Report:
    """The report on a text; format: markdown, latex, notebook or plain."""
    return Report([_checked(text, format, name, seed, timeout)])


def _checked(text: str, format: str, name: str, seed: int, timeout: float | None) -> Document:
    from derive.judge.document import judged

    source = Source(text, name)
    try:
        return judged(contained(source, format), name, seed, timeout)
    except DeriveError as trouble:
        return Document(name, source, (), trouble.finding)
    except RecursionError:
        return Document(name, source, (), Finding("too-deep", f"{name}: this is nested too deeply to be read", source))
