"""One line a finding: `path:row:column: code message`, for editors and for grep.

One idea: what holds is silent; so an empty report says that nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.report.anatomy import SAYS, place_of
from derive.report.data import ACCEPTED, Page


def render(pages: Sequence[Page]) -> str:
    """All findings, in the order of the documents."""
    return "\n".join(one_line(line) for page in pages for line in _lines(page))


def _lines(page: Page) -> Iterator[str]:
    if page.skipped is not None:
        yield f"{page.name}:1:1: {page.skipped['code']} {one_line(page.reason)}"
    for claim in page.claims:
        if claim.status in ACCEPTED:
            continue
        said = claim.data["message"] or claim.data["after_error"] or SAYS[claim.status]
        hint = claim.data["hints"][0]["message"] if claim.data["hints"] else ""
        yield f"{place_of(page.name, claim)}: {claim.code} {one_line(said)}" + (f" ({one_line(hint)})" if hint else "")


def one_line(text: str) -> str:
    """A text without line ends and control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
