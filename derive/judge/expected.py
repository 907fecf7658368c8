"""Formulas that a page expects to be refuted, or not to be proved: `<!-- derive: expect refuted -->` before a displayed formula.

One idea: the remark turns the claim round. What the page says is then that the formula does not hold (or that its shapes do not fit), and a counterexample
proves that; a formula that holds after all refutes it. `expect consistent` claims no more than that, so it passes where only proofs pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from derive.document.container import DIRECTIVE, EXPECT, FORMULA, REMARKS, Container, remarks_of
from derive.judge.report_data import ClaimResult
from derive.judge.verdict import ACCEPTED, CONSISTENT, ILL_SHAPED, PROVED, REFUTED
from derive.source import Span

MET, UNMET = "as-expected", "not-as-expected"


class Expected(NamedTuple):
    """The place of a displayed formula, and the status that it must get."""

    span: Span
    status: str


def expectations(container: Container) -> list[Expected]:
    """What the remarks of a document expect of the displays that follow them."""
    found = []
    waiting = ""
    for piece in container.pieces:
        if piece.kind == DIRECTIVE:
            for remark in remarks_of(piece):
                if remark in REMARKS and remark.startswith(EXPECT):
                    waiting = remark.removeprefix(EXPECT)
        elif waiting and piece.kind == FORMULA and piece.display:
            found.append(Expected(piece.text.span, waiting))
            waiting = ""
    return found


def turned(results: Sequence[ClaimResult], expected: Sequence[Expected]) -> None:
    """Turns the claims in the expected places round, in place."""
    for one in expected:
        inside = [c for c in results if one.span.start <= c.location.offset < max(one.span.end, one.span.start + 1)]
        met = [claim for claim in inside if claim.status == one.status]
        for claim in met:
            _meet(claim, one.status)
        if not met and one.status != CONSISTENT:
            for claim in inside:
                _miss(claim, one.status)


def _meet(claim: ClaimResult, status: str) -> None:
    claim.expected = status
    claim.code = MET
    if status != CONSISTENT:
        said = claim.message or ("the shapes do not fit" if status == ILL_SHAPED else "it fails at a counterexample")
        claim.status = PROVED
        claim.reading = f"not ({claim.reading})"
        claim.message = f"{status}, as the text expects: {said}"


def _miss(claim: ClaimResult, status: str) -> None:
    claim.expected = status
    claim.code = UNMET
    found = "holds" if claim.status in ACCEPTED else "is not"
    claim.message = f"the text expects this to be {status}, and it {found}: {claim.status}"
    claim.status = REFUTED
