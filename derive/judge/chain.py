"""The steps of a chain, judged one after the other: each against the line before, and against the last right one.

One idea: up to the first wrong line every step is compared with the one before it. After it, a line may be right again, follow from the wrong
one, or be wrong by itself. What could not be typed or decided is stepped over, never called wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from derive.document.story import DEFINITION, Line
from derive.judge.layout import fixed_layout, other_layout
from derive.judge.pairs import Comparer, Outcome, relation
from derive.judge.report_data import BACK, FOLLOWS
from derive.judge.verdict import ACCEPTED, ILL_SHAPED, NOT_UNDERSTOOD, REFUTED, UNDECIDED
from derive.tree import Tree

LIMIT = "the limit of time or of steps for a document was met"
AHEAD = 200  # steps that are typed together
WRONG = (REFUTED, ILL_SHAPED)
UNCHECKED = {"approx": "an approximation is not checked", "in": "", "sim": ""}


class Step(NamedTuple):
    """One judged step: the line, what it was compared with, and what came out."""

    line: Line
    own: Tree
    previous: Tree | None
    outcome: Outcome
    after_error: str | None = None
    code: str = ""
    first: Tree | None = None  # the first line


class ChainJudge:
    """A position in a chain: the last right side, and after an error the last side that follows from the wrong one."""

    def __init__(self, comparer: Comparer, most: int = 1000) -> None:
        self.comparer = comparer
        self.most = most  # steps that are judged
        self.right: Tree | None = None
        self.wrong: Tree | None = None
        self.erred = False

    def judged(self, lines: Sequence[Line]) -> list[Step]:
        """The steps of a chain; the first line is where it starts, and is no step unless it does not fit itself."""
        sides = [(line, self.comparer.typist.prepared.tree(line.tree)) for line in lines if line.tree is not None]
        if not sides:
            return []
        steps: list[Step] = []
        first = self._start(*sides[0])
        if first is not None:
            steps.append(first)
        self._ahead(sides)
        start = self.right
        for number, (line, own) in enumerate(sides[1:]):
            if number >= self.most or self.comparer.late():
                steps.append(Step(line, own, None, Outcome(UNDECIDED, message=LIMIT), code="limit"))
            else:
                steps.append(self._step(line, own)._replace(first=start))
        return steps

    def _start(self, line: Line, own: Tree) -> Step | None:
        finding = self.comparer.typist.trouble([own])
        if finding is None:
            self.right = own
            return None
        outcome = self.comparer.misfit(finding, own)
        if line.link == DEFINITION:  # what an author defines is no claim
            outcome = outcome._replace(status=NOT_UNDERSTOOD)
        return Step(line, own, None, outcome)

    def _ahead(self, sides: Sequence[tuple[Line, Tree]]) -> None:
        """Types all steps together where that is possible: then kinds follow from the whole derivation."""
        trees = [relation(a, b, line.op) for (_, a), (line, b) in pairwise(sides) if line.op not in UNCHECKED]
        if not 2 <= len(trees) <= AHEAD or self.comparer.typist.trouble(trees) is not None:
            return
        self.comparer.learn(trees)

    def _step(self, line: Line, own: Tree) -> Step:
        if line.op in UNCHECKED:
            before, self.right = self.right, own
            return Step(line, own, before, Outcome(UNDECIDED, message=UNCHECKED[line.op]), code="not-checked")
        if self.right is None:
            return self._without_left(line, own)
        if self.erred:
            return self._after_error(line, own)
        outcome = self.comparer.compared(self.right, own, line.op)
        before = self.right
        if outcome.status in ACCEPTED and line.op == "==":
            outcome = fixed_layout(self.comparer, self.right, own) or outcome
            if outcome.status in WRONG:
                self.erred = True
                return Step(line, own, before, outcome, code="wrong-layout")
        if outcome.status in WRONG and line.op == "==":
            turned = other_layout(self.comparer, self.right, own)
            if turned is not None:
                self.right = own
                return Step(line, own, before, turned, code="other-layout" if turned.message else "")
        if outcome.status in WRONG:
            self.erred = True
            self.wrong = own if self.comparer.typist.trouble([own]) is None else None
        elif outcome.status != NOT_UNDERSTOOD:
            self.right = own
        return Step(line, own, before, outcome)

    def _without_left(self, line: Line, own: Tree) -> Step:
        """The side before it could not be read or typed: the chain starts anew here."""
        finding = self.comparer.typist.trouble([own])
        if finding is not None:
            return Step(line, own, None, self.comparer.misfit(finding, own))
        self.right = own
        return Step(
            line,
            own,
            None,
            Outcome(NOT_UNDERSTOOD, message="the side before it was not understood"),
            code="nothing-before",
        )

    def _after_error(self, line: Line, own: Tree) -> Step:
        assert self.right is not None
        direct = self.comparer.compared(self.right, own, line.op)
        if direct.status in ACCEPTED:
            before, self.right, self.erred = self.right, own, False
            return Step(line, own, before, direct, BACK)
        if self.wrong is None:
            if direct.status in WRONG and self.comparer.typist.trouble([own]) is None:
                self.wrong = own
            return Step(line, own, self.right, direct)
        outcome = self.comparer.compared(self.wrong, own, line.op)
        before = self.wrong
        if outcome.status in ACCEPTED:
            self.wrong = own
            return Step(line, own, before, outcome, FOLLOWS)
        if outcome.status in WRONG:
            self.wrong = own if self.comparer.typist.trouble([own]) is None else self.wrong
        return Step(line, own, before, outcome)
