"""What a report is drawn from: verdicts and documents as plain data that travels between processes.

One idea: a `Page` is one document, a `Shown` one judged claim in the JSON of the checker, with the author's own lines beside it; every
format is a function of pages. It computes nothing, and it does not know where pages come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

VERSION = 1
STATUSES = ("proved", "consistent", "refuted", "ill-shaped", "not-understood", "undecided")
WRONG = ("refuted", "ill-shaped")
ACCEPTED = ("proved", "consistent")
MOST_LINES = 6  # of the author's text that are quoted for one claim


class Mark(NamedTuple):
    """A place in a quoted line: its row in the file, its column from 1, its width, and what is said under it."""

    row: int
    column: int
    width: int
    text: str = ""


class Shown(NamedTuple):
    """One claim: its data, the author's lines as (row, text), marks in them, and what is said beside it."""

    data: dict[str, Any]
    lines: tuple[tuple[int, str], ...] = ()
    marks: tuple[Mark, ...] = ()
    notes: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    before: str = ""  # what the step is held against, as the author wrote it

    @property
    def status(self) -> str:
        return str(self.data["status"])

    @property
    def wrong(self) -> bool:
        return self.status in WRONG

    @property
    def code(self) -> str:
        """The word for what is said: the mistake when it was found, else the code of the claim."""
        hints = self.data["hints"]
        named = self.data["code"] in ("", self.status) and hints
        return str(hints[0]["code"] if named else self.data["code"] or self.status)


class Page(NamedTuple):
    """One document: its path (None for a statement), its claims, remarks on the whole, and why it was skipped."""

    path: str | None
    claims: tuple[Shown, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: dict[str, str] | None = None
    assumed: tuple[str, ...] = ()  # those of the notes that are told in any case
    extra: tuple[tuple[str, Any], ...] = ()  # further keys of the document in JSON
    source: str = ""

    @property
    def name(self) -> str:
        return self.path or "statement"

    @property
    def reason(self) -> str:
        """Why it was skipped, without its name in front."""
        return "" if self.skipped is None else self.skipped["message"].removeprefix(f"{self.path}: ")


def page_of_document(document: Any, complete: bool = True, cited: bool = False) -> Page:
    """The page of a checked document. Not `complete`: without what takes time, the counterexamples and hints; `cited`: with the names of identities."""
    finding = document.finding
    skipped = None if finding is None else {"code": finding.code, "message": finding.message}
    claims = tuple([_shown_claim(c, document.source.text, complete) for c in document.claims])
    if cited and complete:
        for shown, claim in zip(claims, document.claims, strict=True):
            if claim.identity:
                shown.data["identity"] = claim.identity
    return Page(document.path, claims, document.notes, skipped, document.assumed, source=document.source.text)


def page_of_verdict(verdict: Any, complete: bool = True) -> Page:
    """The page of a statement: one claim for each of its parts."""
    text, start, claims = verdict.statement, 0, []
    for part in verdict.parts or (verdict,):
        start = max(text.find(part.statement, start), 0)
        claims.append(_shown_part(part, text, start, complete))
    claims[0] = claims[0]._replace(notes=(*verdict.notes, *claims[0].notes))  # once, though there are several parts
    given = [_given(g) for g in verdict.given]
    return Page(None, tuple(claims), verdict.notes, extra=(("given", given), ("seed", verdict.seed)), source=text)


def undecided_page(path: str | None, text: str, message: str) -> Page:
    """The page of a statement or a document about which nothing was found out."""
    if path is not None:
        return Page(path, skipped={"code": "undecided", "message": message}, source=text)
    data = _data("undecided", _place(text, 0), _place(text, len(text)), text, message=message)
    return Page(None, (Shown(data, _quoted(text, 0, len(text))),), source=text)


def to_dict(pages: Sequence[Page]) -> dict[str, Any]:
    """The JSON of the checker, version 1."""
    documents = [
        {
            "path": page.path,
            "claims": [c.data for c in page.claims],
            "summary": counted(page.claims),
            "skipped": page.skipped,
            "notes": list(page.notes),
            **dict(page.extra),
        }
        for page in pages
    ]
    return {"version": VERSION, "documents": documents, "summary": counted(c for p in pages for c in p.claims)}


def counted(claims: Iterable[Shown]) -> dict[str, int]:
    """How many claims have each status."""
    found = [claim.status for claim in claims]
    return {status: found.count(status) for status in STATUSES}


# ---------------------------------------------------------------------- claims


def _shown_claim(claim: Any, source: str, complete: bool) -> Shown:
    place, end = claim.location, claim.end_location
    found = _judged(claim, complete)
    data = _data(claim.status, place.to_dict(), end.to_dict(), claim.text, **found)
    data["reading"], data["after_error"] = claim.reading, claim.after_error
    if claim.expected:
        data["expected"] = claim.expected
    moved = place.row - _row(source, place.offset)  # rows of a notebook count within their cell
    lines = tuple([(row + moved, line) for row, line in _quoted(source, place.offset, max(end.offset, place.offset))])
    width = end.column - place.column if end.row == place.row else len(lines[0][1]) - place.column + 1
    marks = _labels(claim.finding, source, moved) or (Mark(place.row, place.column, max(1, width)),)
    chained = claim.previous is not None and claim.own is not None and claim.own.tree.head != "relation"
    before = claim.previous.text if chained and claim.previous is not None else ""
    return Shown(data, lines, marks, *_said(claim.finding), before)


def _labels(finding: Any, text: str, moved: int) -> tuple[Mark, ...]:
    """The marks of a finding about this very text."""
    if finding is None or finding.source is None or finding.source.text != text:
        return ()
    marks = [_mark(text, label) for label in finding.labels]
    return tuple([mark._replace(row=mark.row + moved) for mark in marks])


def _shown_part(verdict: Any, text: str, start: int, complete: bool) -> Shown:
    end = start + len(verdict.statement)
    data = _data(
        verdict.status, _place(text, start), _place(text, end), verdict.statement, **_judged(verdict, complete)
    )
    data["reading"] = verdict.reading
    finding = verdict.finding
    marks: tuple[Mark, ...] = ()
    if finding is not None and finding.source is not None and finding.source.text == text:
        marks = tuple([_mark(text, label) for label in finding.labels])
    elif finding is not None and finding.source is not None:  # trouble in the declarations
        lines = tuple(enumerate(finding.source.text.split("\n"), 1))
        return Shown(data, lines, tuple([_mark(finding.source.text, x) for x in finding.labels]), *_said(finding))
    return Shown(data, _quoted(text, start, end), marks, *_said(finding))


def _judged(found: Any, complete: bool) -> dict[str, Any]:
    evidence = found.evidence
    example = found.counterexample if complete else None
    return {
        "code": found.code,
        "message": found.message,
        "evidence": None if evidence is None else {**evidence.as_dict(), **_listed(evidence)},
        "counterexample": None if example is None else _example(example),
        "hints": [hint._asdict() for hint in found.hints] if complete else [],
    }


def _listed(evidence: Any) -> dict[str, Any]:
    return {
        "laws": list(evidence.laws),
        "notes": list(evidence.notes),
        "sizes": {name: list(values) for name, values in evidence.sizes},
    }


def _example(example: Any) -> dict[str, Any]:
    return {
        **example._asdict(),
        "sizes": dict(example.sizes),
        "values": dict(example.values),
        "entry": list(example.entry),
    }


def _data(
    status: str,
    location: dict[str, int],
    end: dict[str, int],
    text: str,
    *,
    code: str = "",
    message: str = "",
    evidence: dict[str, Any] | None = None,
    counterexample: dict[str, Any] | None = None,
    hints: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    return {
        "location": location,
        "end_location": end,
        "text": text,
        "reading": "",
        "status": status,
        "code": code or status,
        "message": message,
        "evidence": evidence,
        "counterexample": counterexample,
        "hints": list(hints),
        "after_error": None,
    }


def _given(given: Any) -> dict[str, Any]:
    properties = list(given.properties)
    return {"name": given.name, "shape": list(given.shape), "properties": properties, "inferred": given.inferred}


def _said(finding: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return ((), ()) if finding is None else (tuple(finding.notes), tuple(finding.helps))


# ---------------------------------------------------------------------- places


def _row(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _place(text: str, offset: int) -> dict[str, int]:
    return {"row": _row(text, offset), "column": offset - text.rfind("\n", 0, offset)}


def _mark(text: str, label: Any) -> Mark:
    place = _place(text, label.span.start)
    return Mark(place["row"], place["column"], max(1, label.span.end - label.span.start), label.text)


def _quoted(text: str, start: int, end: int) -> tuple[tuple[int, str], ...]:
    """The lines from one character to another, with their rows."""
    first = _row(text, start)
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    lines = text[begin : len(text) if stop < 0 else stop].split("\n")
    return tuple([(first + k, line) for k, line in enumerate(lines[:MOST_LINES])])
