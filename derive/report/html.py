"""One self-contained page: every step as a formula in the colour of its verdict, counterexamples and hints beside it.

One idea: MathML for the formulas, one style sheet inside, no script and nothing from the network, so the file can be mailed, archived and opened
anywhere. Every text of a document is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from derive.explanations import explanation_of
from derive.printing.names import latex_name
from derive.report.anatomy import SAYS, evidence_lines
from derive.report.data import ACCEPTED, STATUSES, Page, Shown, counted
from derive.report.mathml import formula, number_block
from derive.report.version import version


def render(pages: Sequence[Page]) -> str:
    """The page as text."""
    style = (files("derive") / "report" / "page.css").read_text("utf-8")
    claims = [claim for page in pages for claim in page.claims]
    title = pages[0].name if len(pages) == 1 else f"{len(pages)} documents"
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>derive: {escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
    )
    body = [f"<header><h1>{escape(title)}</h1>{_counts(claims)}</header>", *_contents(pages)]
    body += [line for k, page in enumerate(pages) for line in _document(page, k)]
    body.append(f"<footer>derive {escape(version())}</footer>")
    return head + "\n".join(body) + "\n</body>\n</html>"


def _counts(claims: Sequence[Shown]) -> str:
    found = counted(claims)
    parts = [f'<span class="badge {s}">{found[s]} {s}</span>' for s in STATUSES if found[s]]
    return f'<p class="counts">{" ".join(parts) or "nothing to check was found"}</p>'


def _contents(pages: Sequence[Page]) -> Iterator[str]:
    """A list of the documents, where there are several."""
    if len(pages) < 2:
        return
    yield "<nav><ul>"
    for k, page in enumerate(pages):
        worst = "refuted" if any(c.wrong for c in page.claims) else "undecided" if page.skipped else "proved"
        yield f'<li class="{worst}"><a href="#document-{k}">{escape(page.name)}</a></li>'
    yield "</ul></nav>"


def _document(page: Page, place: int) -> Iterator[str]:
    yield f'<section id="document-{place}">'
    yield f"<h2>{escape(page.name)}</h2>{_counts(page.claims)}"
    if page.skipped is not None:
        yield f'<p class="skipped">skipped: {escape(page.reason)}</p>'
    if page.notes:
        yield '<ul class="notes">' + "".join(f"<li>{escape(note)}</li>" for note in page.notes) + "</ul>"
    known = ""
    for claim in page.claims:
        yield from _step(claim, "" if claim.before == known else claim.before)
        known = claim.data["text"]
    yield "</section>"


def _step(claim: Shown, before: str) -> Iterator[str]:
    """The place, the formula (below what stands before it, where that was not the step above), and what is said beside it."""
    at = claim.data["location"]
    place = f"cell {at['cell']}, line {at['row']}" if at.get("cell") else f"line {at['row']}"
    later = " later" if claim.data["after_error"] else ""
    yield f'<article class="step {claim.status}{later}">'
    yield f'<div class="place">{place}</div>'
    equals = "<math><mo>=</mo></math> " if claim.before else ""
    start = f'<div class="before">{formula(before, "block")}</div>' if before else ""
    yield f'<div class="formula">{start}{equals}{formula(claim.data["text"], "block")}</div>'
    yield f'<div class="said"><span class="badge {claim.status}">{claim.status}</span>'
    if claim.status not in ACCEPTED:
        said = claim.data["message"] or SAYS[claim.status]
        yield f"<p>{escape(said)}</p>"
    if claim.data["after_error"]:
        yield f'<p class="after">{escape(claim.data["after_error"])}</p>'
    yield from _hints(claim)
    yield "</div>"
    yield from _evidence(claim)
    yield "</article>"


def _hints(claim: Shown) -> Iterator[str]:
    for hint in claim.data["hints"]:
        yield f'<p class="hint">{escape(hint["message"])}</p>'
        if hint["fix"]:
            yield f'<p class="fix">{formula(hint["fix"])}</p>'
            yield f'<pre class="fix">{escape(hint["fix"])}</pre>'
    yield from (f'<p class="hint">{escape(text)}</p>' for text in claim.helps)
    code = claim.code
    text = explanation_of(code) if claim.status not in ACCEPTED and code != claim.status else None
    if text is not None:
        yield f"<details><summary>{escape(code)}</summary><pre>{escape(text)}</pre></details>"


def _evidence(claim: Shown) -> Iterator[str]:
    """The counterexample in matrices; or, folded away, what a verdict rests on and how the step was read."""
    found = claim.data["counterexample"]
    if found is not None:
        yield f'<div class="counterexample">{"".join(_counterexample(found))}</div>'
    lines = (
        [] if claim.data["evidence"] is None or found else list(evidence_lines(claim.data["evidence"], claim.status))
    )
    if claim.data["reading"]:
        lines.insert(0, f"read as: {claim.data['reading']}")
    lines += [f"note: {note}" for note in claim.notes]
    if lines:
        inside = "".join(f"<li>{escape(line)}</li>" for line in lines)
        yield f'<details class="evidence"><summary>why</summary><ul>{inside}</ul></details>'


SIDES = ("left", "right")


def _counterexample(found: dict[str, Any]) -> Iterator[str]:
    sizes = ", ".join(f"{name} = {value}" for name, value in found["sizes"].items())
    yield f"<p>It fails{' at ' + escape(sizes) if sizes else ''}:</p>"
    yield "".join(_equation(name, value) for name, value in found["values"].items())
    yield '<p class="sides">' + _equation("left", found["left"])
    if found["right"] is not None:
        yield _equation("right", found["right"])
    yield "</p>"
    if found["snippet"]:
        yield f"<details><summary>NumPy</summary><pre>{escape(found['snippet'])}</pre></details>"


def _equation(name: str, value: Any) -> str:
    shown = f"<math><mtext>{escape(name)}</mtext></math>" if name in SIDES else formula(latex_name(name))
    return f'<span class="value">{shown}<math><mo>=</mo>{number_block(value)}</math></span> '
