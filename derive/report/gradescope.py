"""Gradescope's results.json: a test a document, so a derivation handed in is graded by its steps.

One idea: a document's score is the share of its decided steps that hold, up to the first wrong line; what was not understood costs nothing and is
said. Scores count from 0 to 1 for each document.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from derive.report.anatomy import bare
from derive.report.data import ACCEPTED, Page, Shown
from derive.report.summary import document_lines, tally

WIDTH = 100


def render(pages: Sequence[Page]) -> str:
    """The results as JSON."""
    tests = [_test(page) for page in pages]
    wrong = sum(any(claim.wrong for claim in page.claims) for page in pages)
    output = (
        "every step that was checked holds" if not wrong else f"{wrong} of {len(pages)} documents have a wrong step"
    )
    unread = sum(not any(claim.wrong or claim.status in ACCEPTED for claim in page.claims) for page in pages)
    if unread:
        output += f"; in {unread} of {len(pages)} nothing could be checked: look at them by hand"
    return json.dumps({"output": output, "visibility": "visible", "tests": tests}, ensure_ascii=False, indent=2)


def _test(page: Page) -> dict[str, Any]:
    found = score(page.claims)
    lines = [bare(line) for line in document_lines(page, WIDTH, False)]
    return {
        "name": page.name,
        "score": round(found, 4),
        "max_score": 1.0,
        "status": "passed" if found == 1.0 else "failed",
        "output": "\n".join(lines),
        "extra_data": {"summary": bare(tally(page.claims))},
    }


def score(claims: Sequence[Shown]) -> float:
    """The share of the decided steps that stand before the first wrong one and hold; 0 where nothing was decided."""
    decided = [claim for claim in claims if claim.wrong or claim.status in ACCEPTED]
    if not decided:
        return 0.0
    first = next((k for k, claim in enumerate(decided) if claim.wrong), len(decided))
    return first / len(decided)
