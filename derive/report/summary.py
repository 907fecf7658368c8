"""Pages as lines for a reader: statements, or documents with their findings and one line that counts.

One idea: what is wrong is told in full, what could not be told in a line, what holds is counted. It draws what it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.report.anatomy import Line, claim_lines, place_of, statement_lines
from derive.report.data import ACCEPTED, Page, Shown, counted

FOLLOWS = "follows from the wrong line"
MOST_ASSUMED = 5
MOST_TOLD = 20  # findings of one document that are told in full


def page_lines(pages: Sequence[Page], width: int, verbose: bool = False) -> Iterator[Line]:
    """Everything, statements and documents."""
    documents = [page for page in pages if page.path is not None]
    for page in pages:
        if page.path is None:
            yield from statement_lines(page, width)
        else:
            yield from document_lines(page, width, verbose)
    if len(documents) > 1:
        yield ()
        claims = [claim for page in documents for claim in page.claims]
        yield ((f"{len(documents)} documents: ", "strong"), *tally(claims))


def document_lines(page: Page, width: int, verbose: bool) -> Iterator[Line]:
    """The findings of one document, then the count of its steps."""
    told = 0
    for claim in page.claims:
        if verbose or (claim.status not in ACCEPTED and claim.data["after_error"] != FOLLOWS):
            told += 1
            if told <= MOST_TOLD or verbose:
                yield from claim_lines(claim, page.name, width, verbose)
                yield ()
        elif claim.data["after_error"]:
            yield _short(claim, page)
            yield ()
    if told > MOST_TOLD and not verbose:
        yield ((f"and {told - MOST_TOLD} more, with --verbose", "dim"),)
    if page.skipped is not None:
        yield ((f"{page.name}: ", "strong"), ("skipped: ", "undecided"), (page.reason, ""))
        return
    yield ((f"{page.name}: ", "strong"), *tally(page.claims))
    notes = page.notes if verbose else page.assumed[:MOST_ASSUMED]
    yield from ((("  " + note, "dim"),) for note in notes)


def _short(claim: Shown, page: Page) -> Line:
    return (
        (f"{place_of(page.name, claim)}: ", "dim"),
        (claim.status, claim.status),
        (f", {claim.data['after_error']}", ""),
    )


def tally(claims: Sequence[Shown]) -> Line:
    """`5 steps: 3 proved, 1 consistent, 1 refuted`."""
    if not claims:
        return (("nothing to check was found", "undecided"),)
    pieces: list[tuple[str, str]] = [(f"{len(claims)} step{'s' if len(claims) != 1 else ''}: ", "")]
    for status, count in counted(claims).items():
        if count:
            pieces += [(", ", "")] if len(pieces) > 1 else []
            pieces.append((f"{count} {status}", status))
    return tuple(pieces)
