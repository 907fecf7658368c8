"""A verdict for a reader: what was found, the counterexample with its numbers, what would make it hold.

One idea: one list of lines serves the terminal and the pipe; colour is put on by the kind of line alone. It draws what it is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from derive.report.plain import home

MOST_ENTRIES = 30  # of a matrix that is written out


def verdict_lines(verdict: Any) -> Iterator[str]:
    """The verdict on one statement; the parts of several, a verdict each."""
    if verdict.parts:
        yield f"{verdict.status}: {verdict.statement}"
        for part in verdict.parts:
            yield ""
            yield from verdict_lines(part)
        return
    yield f"{verdict.status}: {verdict.statement}"
    if verdict.finding is not None:
        yield from verdict.finding.render().splitlines()
        return
    yield from (f"  where {line}" for line in declared(verdict.given))
    if verdict.message:
        yield f"  {verdict.message}"
    if verdict.counterexample is not None:
        yield from counterexample_lines(verdict.counterexample)
    elif verdict.evidence is not None:
        yield from evidence_lines(verdict.evidence, verdict.status)
    yield from (f"  = help: {hint.message}" for hint in verdict.hints)


def declared(given: Any) -> Iterator[str]:
    """The variables, a line for those that live in one place: `A, B ∈ ℝⁿˣⁿ  (inferred)`."""
    places: dict[tuple[str, bool], list[str]] = {}
    for one in given:
        places.setdefault((home(one), one.inferred), []).append(one.name)
    for (where, inferred), names in places.items():
        yield f"{', '.join(names)} ∈ {where}" + ("  (inferred)" if inferred else "")


def counterexample_lines(found: Any) -> Iterator[str]:
    """Values, both sides, and where they differ."""
    sizes = ", ".join(f"{name} = {value}" for name, value in found.sizes)
    how = "exact" if found.exact else "ball arithmetic"
    yield "  it fails" + (f" at {sizes}" if sizes else "") + f" ({how}):"
    for name, value in found.values:
        yield f"    {name} = {numbers(value)}"
    if found.right is None:
        yield f"    {found.claim}: the matrix is {numbers(found.left)}"
        return
    yield f"    left side  = {numbers(found.left)}"
    yield f"    right side = {numbers(found.right)}"
    if found.entry:
        place = ", ".join(map(str, found.entry))
        yield f"    they differ at ({place})"


def evidence_lines(evidence: Any, status: str) -> Iterator[str]:
    """Why the verdict is what it is."""
    if status == "proved" and (evidence.laws or "normal" in evidence.method or "zero" in evidence.method):
        yield f"  {evidence.method}, for every size"
        if evidence.laws:
            yield f"  laws: {'; '.join(evidence.laws)}"
    elif status == "proved":
        yield f"  {evidence.method}"
    checked = f"{evidence.points} point{'s' if evidence.points != 1 else ''}"
    if evidence.points:
        agreement = "exactly" if evidence.exact else f"to {evidence.digits} digits"
        sizes = ", ".join(f"{name} = {'/'.join(map(str, values))}" for name, values in evidence.sizes)
        yield f"  checked: {checked}, {agreement}" + (f", at {sizes}" if sizes else "")
    yield from (f"  = note: {note}" for note in evidence.notes)
    if status == "consistent":
        yield "  not proved: it agrees wherever it was tried"
        if evidence.error_probability:
            yield f"  a false identity of this degree passes with probability below {evidence.error_probability:.1e} (Schwartz-Zippel)"


def numbers(value: Any) -> str:
    """A scalar `3`, a vector `[1 2]`, a matrix `[1 0; 0 1]`; fractions as they are."""
    if not isinstance(value, list):
        return str(value)
    if value and isinstance(value[0], list):
        if value[0] and isinstance(value[0][0], list):
            return "[" + ", ".join(map(numbers, value)) + "]"
        return "[" + "; ".join(" ".join(map(str, row)) for row in value) + "]"
    return "[" + " ".join(map(str, value)) + "]"


def to_dict(verdict: Any) -> dict[str, Any]:
    """The verdict as data for JSON, version 1."""
    found, evidence = verdict.counterexample, verdict.evidence
    return {
        "version": 1,
        "text": verdict.statement,
        "status": verdict.status,
        "code": verdict.code,
        "message": verdict.message,
        "seed": verdict.seed,
        "given": [
            {"name": g.name, "shape": list(g.shape), "properties": list(g.properties), "inferred": g.inferred}
            for g in verdict.given
        ],
        "evidence": None if evidence is None else {**evidence._asdict(), "sizes": dict(evidence.sizes)},
        "counterexample": None
        if found is None
        else {
            "sizes": dict(found.sizes),
            "values": dict(found.values),
            "left": found.left,
            "right": found.right,
            "entry": list(found.entry),
            "exact": found.exact,
            "snippet": found.snippet,
        },
        "hints": [h._asdict() for h in verdict.hints],
        "parts": [to_dict(part) for part in verdict.parts],
    }
