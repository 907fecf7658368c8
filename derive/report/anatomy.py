"""One claim as lines for a reader: what was found, where, the author's own line, the counterexample, what would mend it.

One idea: a line is a sequence of pieces, each a text and the name of its style, so a pipe and a terminal get the same lines and only the terminal
gets the colours. It draws what it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from derive.report.data import ACCEPTED, Mark, Page, Shown
from derive.report.matrices import equations
from derive.report.plain import space

Line = tuple[tuple[str, str], ...]  # pieces: text, style
MOST_HINTS = 3  # that are told; the JSON has all
WIDEST = 110  # characters of the author's line that are quoted


def bare(line: Line) -> str:
    """A line without its styles."""
    return "".join(printable(text) for text, _ in line)


def printable(text: str) -> str:
    """Without line ends and without what a terminal would obey: texts come from outside."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def statement_lines(page: Page, width: int) -> Iterator[Line]:
    """A statement and its verdict; of several claims, each with its own."""
    for k, claim in enumerate(page.claims):
        if k:
            yield ()
        yield ((claim.status, claim.status), (f": {claim.data['text']}", "strong"))
        if claim.data["evidence"] is None:  # it could not be read, or does not fit
            yield (("  " + claim.data["message"], ""),)
            marks = "".join(f":{m.row}:{m.column}" for m in claim.marks[:1])
            yield from excerpt(claim, "statement" + marks)
        else:
            yield from ((("  where " + text, "dim"),) for text in _declared(dict(page.extra).get("given", ())))
        yield from details(claim, width)


def claim_lines(claim: Shown, path: str, width: int, verbose: bool = False) -> Iterator[Line]:
    """A step of a document, with rustc's anatomy."""
    code = "" if claim.code == claim.status else f"[{claim.code}]"
    head = claim.data["message"] or claim.data["after_error"] or SAYS[claim.status]
    yield ((claim.status + code, claim.status), (f": {head}", "strong"))
    yield from excerpt(claim, place_of(path, claim))
    if claim.data["reading"] and (verbose or claim.status not in ACCEPTED):
        yield (("  = read as: ", "note"), (claim.data["reading"], ""))
    if claim.data["after_error"] and claim.data["after_error"] != head:
        yield (("  = note: ", "note"), (claim.data["after_error"], ""))
    if claim.data.get("identity"):
        yield (("  = identity: ", "note"), (claim.data["identity"], ""))
    yield from details(claim, width, head)


SAYS = {
    "proved": "the step holds",
    "consistent": "the step holds wherever it was tried",
    "refuted": "the step does not hold",
    "ill-shaped": "the shapes do not fit",
    "not-understood": "the step was not understood",
    "undecided": "the step was not decided",
}


def details(claim: Shown, width: int, said: str = "") -> Iterator[Line]:
    """The counterexample or the evidence, the notes, the hints."""
    found, evidence = claim.data["counterexample"], claim.data["evidence"]
    message = claim.data["message"]
    if evidence is not None and message and message != said and not said:
        yield (("  " + message, ""),)
    if found is not None:
        yield from ((("  " + text if text else "", ""),) for text in counterexample_lines(found, width - 4))
    elif evidence is not None:
        yield from ((("  " + text, "dim"),) for text in evidence_lines(evidence, claim.status))
    yield from ((("  = note: ", "note"), (text, "")) for text in claim.notes)
    yield from ((("  = help: ", "help"), (text, "")) for text in claim.helps)
    for hint in claim.data["hints"][:MOST_HINTS]:
        yield (("  = help: ", "help"), (hint["message"], ""))
        if hint["fix"]:
            yield from ((("    | ", "dim"), (line, "help")) for line in hint["fix"].split("\n"))


def place_of(path: str, claim: Shown) -> str:
    """`notes.md:12:5`, in a notebook `notes.ipynb:cell 3:2:5`."""
    at = claim.data["location"]
    cell = f"cell {at['cell']}:" if at.get("cell") else ""
    return f"{path}:{cell}{at['row']}:{at['column']}"


# ---------------------------------------------------------------------- the author's lines


def excerpt(claim: Shown, place: str) -> Iterator[Line]:
    """The place, and the lines with carets under what is meant."""
    if not claim.lines:
        yield (("  --> ", "dim"), (place, ""))
        return
    gutter = " " * len(str(claim.lines[-1][0]))
    yield ((f"{gutter} --> ", "dim"), (place, ""))
    for row, text in claim.lines:
        marks = [m for m in claim.marks if m.row == row]
        yield from _quoted(row, text, marks, gutter)


def _quoted(row: int, text: str, marks: Sequence[Mark], gutter: str) -> Iterator[Line]:
    first = marks[0].column - 1 if marks else 0
    left = max(0, first - 60) if len(text) > WIDEST else 0
    shown = ("…" if left else "") + text[left : left + WIDEST] + ("…" if len(text) > left + WIDEST else "")
    shown = printable(shown)
    yield ((f"{str(row).rjust(len(gutter))} | ", "dim"), (shown, ""))
    for mark in marks:
        pad = mark.column - 1 - left + (1 if left else 0)
        if 0 <= pad <= len(shown):
            carets = "^" * max(1, min(mark.width, columns(shown[pad:])))
            said = f" {mark.text}" if mark.text else ""
            yield ((f"{gutter} | ", "dim"), (" " * columns(shown[:pad]) + carets + said, "caret"))


def columns(text: str) -> int:
    """How many columns of a terminal a text takes; wide characters take two, combining ones none."""
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


# ---------------------------------------------------------------------- what was found


def counterexample_lines(found: dict[str, Any], width: int) -> Iterator[str]:
    """The sizes, the values, and both sides there."""
    sizes = ", ".join(f"{name} = {value}" for name, value in found["sizes"].items())
    how = "exact" if found["exact"] else "ball arithmetic"
    yield "it fails" + (f" at {sizes}" if sizes else "") + f" ({how}):"
    yield from ("    " + line for line in equations(list(found["values"].items()), width - 4))
    if found["right"] is None:
        yield from ("    " + line for line in equations([("the matrix", found["left"])], width - 4))
        return
    yield ""
    yield from ("    " + line for line in equations([("left", found["left"]), ("right", found["right"])], width - 4))
    if found["entry"]:
        yield f"    they differ at entry ({', '.join(map(str, found['entry']))})"


def evidence_lines(evidence: dict[str, Any], status: str) -> Iterator[str]:
    """Why the verdict is what it is."""
    if status == "proved":
        everywhere = evidence["laws"] or "normal" in evidence["method"] or "zero" in evidence["method"]
        yield evidence["method"] + (", for every size" if everywhere else "")
        if evidence["laws"]:
            yield f"laws: {'; '.join(evidence['laws'])}"
    if evidence["points"]:
        yield "checked: " + _checked(evidence)
    if status == "consistent":
        yield "not proved: it agrees wherever it was tried"
        if evidence["error_probability"]:
            bound = f"{evidence['error_probability']:.1e}"
            yield f"a false identity of this degree passes with probability below {bound} (Schwartz-Zippel)"
    yield from evidence["notes"]


def _checked(evidence: dict[str, Any]) -> str:
    points = evidence["points"]
    agreement = "exactly" if evidence["exact"] else f"to {evidence['digits']} digits"
    sizes = ", ".join(f"{name} = {'/'.join(map(str, values))}" for name, values in evidence["sizes"].items())
    return f"{points} point{'s' if points != 1 else ''}, {agreement}" + (f", at {sizes}" if sizes else "")


def _declared(given: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The variables, a line for those that live in one place: `A, B ∈ ℝⁿˣⁿ  (inferred)`."""
    places: dict[tuple[str, bool], list[str]] = {}
    for one in given:
        words = [w for w in one["properties"] if w not in ("integer", "complex")]
        index = next((w[6:-1] for w in words if w.startswith("index(")), None)
        where = f"{{1, …, {index}}}" if index else " ".join([space(one["shape"], one["properties"]), *words])
        places.setdefault((where, one["inferred"]), []).append(one["name"])
    for (where, inferred), names in places.items():
        yield f"{', '.join(names)} ∈ {where}" + ("  (inferred)" if inferred else "")
