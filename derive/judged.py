"""What is judged, as pages: the work of a process that may be ended at any time.

One idea: the verdict is given away as soon as it stands, and once more with what only a reader needs (the counterexample made small, the hints), so a
time limit costs the second and never the first. It draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.report.data import Page, page_of_document, page_of_verdict

SOFT = 0.8  # of the time limit: then the judge stops by itself, and keeps what it knows


def judged_statement(asked: tuple[str, str, int, float | None]) -> Iterator[Page]:
    """The page of a statement, with its declarations, seed and time limit."""
    from derive.verification import verify

    claim, given, seed, timeout = asked
    verdict = verify(claim, given, seed=seed, timeout=None if timeout is None else SOFT * timeout)
    if timeout is not None:
        yield page_of_verdict(verdict, complete=False)
    yield page_of_verdict(verdict)


def judged_document(asked: tuple[str, str | None, bool, float | None]) -> Iterator[Page]:
    """The page of a document: its path, its text where it has no file (Markdown then), whether identities are cited, and the time limit."""
    from derive.checking import check, check_text

    path, text, cited, limit = asked
    soft = None if limit is None else SOFT * limit
    report = check(path, timeout=soft) if text is None else check_text(text, name=path, timeout=soft)
    (document,) = report.documents
    if limit is not None:
        yield page_of_document(document, complete=False)
    yield page_of_document(document, cited=cited)
