"""Formulas that a page expects to be refuted, or not to be proved: `<!-- derive: expect refuted -->` before a displayed formula.

One idea: the remark turns the claim round. What the page says is then that the formula does not hold (or that its shapes do not fit), and a counterexample
proves that; a formula that holds after all refutes it. `expect consistent` claims no more than that, so it passes where only proofs pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from derive.document.container import DIRECTIVE, EXPECTING, FORMULA, Container, place_of, remarks_of
from derive.judge.report_data import ClaimResult, Location
from derive.judge.verdict import ACCEPTED, CONSISTENT, ILL_SHAPED, PROVED, REFUTED, UNDECIDED
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
            for remark in filter(None, map(EXPECTING.fullmatch, remarks_of(piece))):
                waiting = remark[1]
        elif waiting and piece.kind == FORMULA and piece.display:
            found.append(Expected(piece.text.span, waiting))
            waiting = ""
    return found


def turned(results: Sequence[ClaimResult], container: Container) -> list[ClaimResult]:
    """The claims, those in the expected places turned round; a place where nothing was claimed is a claim that fails."""
    found = list(results)
    for one in expectations(container):
        inside = [c for c in found if one.span.start <= c.location.offset < one.span.end]
        met = [claim for claim in inside if claim.status == one.status]
        for claim in met:
            _meet(claim, one.status)
        if met:
            found = [c for c in found if c not in inside or c.code != "nothing-before"]
        elif one.status != CONSISTENT:
            inside = inside or [_nothing(one, container)]
            found = [*[c for c in found if c not in inside], *inside]
            for claim in inside:
                _miss(claim, one.status)
    return found


def _nothing(one: Expected, container: Container) -> ClaimResult:
    start, end = (Location(*place_of(container, at), at) for at in (one.span.start, one.span.end))
    return ClaimResult(UNDECIDED, start, end, container.source.text[one.span.start : one.span.end])


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
