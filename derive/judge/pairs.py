"""Two sides compared under a setting: the verdict on `left op right`, wherever they come from.

One idea: a pair is typed, then judged as any claim is, at places where the premises of the text hold. Sides that do not fit are ill-shaped when every
variable is declared; where kinds were guessed, the guess may be wrong, and the pair is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

from flint import fmpq

from derive.claims import Claim
from derive.finding import DeriveError, DomainError, Finding
from derive.judge import upto
from derive.judge.ladder import Judgement
from derive.judge.places import Ground
from derive.judge.premises import Given, PremiseGround, PremiseJudge
from derive.judge.solving import Solutions
from derive.judge.steps import SHAPES, TROUBLE, Fitted, Typist
from derive.judge.trial import FAILS, HOLDS, NEAR, tried
from derive.judge.verdict import ACCEPTED, ILL_SHAPED, NOT_UNDERSTOOD
from derive.proof.kernel import Proof
from derive.source import Span
from derive.tree import Tree


class Outcome(NamedTuple):
    """What came out of a comparison; `judgement` is None where nothing was judged."""

    status: str
    judgement: Judgement | None = None
    finding: Finding | None = None
    message: str = ""


def relation(left: Tree, right: Tree, op: str = "==") -> Tree:
    """`left op right` as a tree, standing where both stand."""
    span = Span(min(left.span.start, right.span.start), max(left.span.end, right.span.end))
    return Tree("relation", (left, right), (op,), span)


class Comparer:
    """Compares sides under one setting."""

    def __init__(self, typist: Typist, seed: int = 0, deadline: float | None = None, layout: str = "") -> None:
        self.typist = typist
        self.layout = layout  # what the text says of derivatives: "numerator", "denominator", "" for nothing
        self.seed = seed
        self.deadline = deadline
        self._done: dict[Tree, Outcome] = {}
        self._fitted: dict[Tree, tuple[Fitted, int]] = {}
        self._solutions = Solutions()

    def compared(self, left: Tree, right: Tree, op: str = "==") -> Outcome:
        """The outcome of `left op right`, typed by itself."""
        if upto.concerns(left, right, op):
            return upto.compared(self, left, right, op, sorted(self.typist.prepared.unknown))
        tree = relation(left, right, op)
        unexplained = self.typist.unexplained(left, right)
        if unexplained:
            return Outcome(NOT_UNDERSTOOD, message=unexplained)
        found = self._done.get(tree)
        if found is None:
            fitted, place = self._fitted.get(tree) or (self.typist.fitted([tree]), 0)
            found = self._done[tree] = self._as_number(self.of(fitted, place, tree), left, right)
        return found

    def _as_number(self, outcome: Outcome, left: Tree, right: Tree) -> Outcome:
        """What does not fit for its one vector but holds for a number was written for a number: it is neither right nor wrong as it stands."""
        if outcome.status != ILL_SHAPED:
            return outcome
        names = {str(n.data) for t in (left, right) for n in t.walk() if n.head == "name"}
        declared = [d for d in self.typist.prepared.declared if d.name in names]
        if (
            len(declared) != 1
            or declared[0].kind != "vector"
            or any(n.head == "transpose" for t in (left, right) for n in t.walk())
        ):
            return outcome
        name = declared[0].name
        numbers = tuple(
            [d._replace(kind="scalar", sizes=()) if d.name == name else d for d in self.typist.prepared.declared]
        )
        other = Comparer(
            Typist(self.typist.prepared._replace(declared=numbers), self.typist.source), self.seed, self.deadline
        )
        if other.compared(left, right).status not in ACCEPTED:
            return outcome
        message = f"this holds for a number {name}, and {name} is declared as a vector"
        return Outcome(NOT_UNDERSTOOD, None, outcome.finding, message)

    def late(self) -> bool:
        """Whether the time for the document is over."""
        return self.deadline is not None and monotonic() > self.deadline

    def learn(self, trees: Sequence[Tree]) -> None:
        """Type relations together, for when they are compared; they are known to fit."""
        fitted = self.typist.fitted(trees)
        for place, tree in enumerate(trees):
            self._fitted[tree] = (fitted, place)

    def of(self, fitted: Fitted, place: int, tree: Tree) -> Outcome:
        """The outcome of one of several relations that were typed together."""
        claim, finding = fitted.claims[place], fitted.findings[place]
        if claim is None:
            assert finding is not None
            return self.misfit(finding, tree)
        return self.judged(fitted, claim)

    def misfit(self, finding: Finding, tree: Tree) -> Outcome:
        """The outcome of what cannot be typed."""
        if finding.code not in SHAPES or _broadcasts(finding):
            return Outcome(NOT_UNDERSTOOD, None, finding, finding.message)
        if self.typist.undeclared([tree]) and not self._sure(finding, tree):
            return Outcome(NOT_UNDERSTOOD, None, finding, finding.message)
        return Outcome(ILL_SHAPED, None, finding, finding.message)

    def _sure(self, finding: Finding, tree: Tree) -> bool:
        """Whether the operands that do not fit are made of declared variables alone, whatever else was guessed."""
        parts = [n for n in tree.walk() if n.span.end and any(label.span == n.span for label in finding.labels)]
        covered = {n.span for n in parts}
        return all(label.span in covered for label in finding.labels) and bool(parts) and not self.typist.guessed(parts)

    def judged(self, fitted: Fitted, claim: Claim) -> Outcome:
        """The outcome for a claim under the premises of the text."""
        return self._judged(fitted, claim, self._given(fitted, fitted.premises), None)

    def implied(self, tree: Tree, premises: Sequence[Tree], proving: Sequence[Tree] = ()) -> Outcome:
        """The outcome for a relation that should hold wherever all of these premises do; `proving`: other equations that serve the proof."""
        from derive.judge.implication import multiple

        others = list(dict.fromkeys((*proving, *premises)))
        unexplained = self.typist.unexplained(Tree("both", tuple(others)), tree)
        if unexplained:
            return Outcome(NOT_UNDERSTOOD, message=unexplained)
        try:
            fitted = self.typist.fitted([tree, *premises])
        except TROUBLE as trouble:
            return Outcome(NOT_UNDERSTOOD, message=str(trouble))
        claim, *found = fitted.claims
        held = [c for c in found if c is not None]
        if claim is None or len(held) < len(premises):
            finding = next(f for f in fitted.findings if f is not None)
            return self.misfit(finding, tree)
        given = self._given(fitted, (*held, *fitted.premises))
        return self._judged(fitted, claim, given, lambda _: multiple(self, tree, [p for p in others if _equation(p)]))

    def ground(self, line: Tree) -> Ground:
        """Where the premises of the text hold; of an equation that is given, where it holds too. Raises DeriveError, ValueError."""
        given = [line] if line.head == "relation" else []
        fitted = self.typist.fitted(given or [relation(line, line)])
        claim = fitted.claims[0]
        if claim is None:
            raise ValueError("the line has no type")
        premises = (*([claim] if given else []), *fitted.premises)
        return PremiseGround(claim, self._given(fitted, premises), fitted.symbols, self.seed, fitted.indices)

    def _given(self, fitted: Fitted, premises: Sequence[Claim]) -> Given:
        prepared = self.typist.prepared
        values = {name: v for name, trees in prepared.values.items() if (v := _numbers(trees)) is not None}
        return Given(tuple(premises), prepared.unknown, values, not self.typist.guesses, self._solutions)

    def _judged(
        self, fitted: Fitted, claim: Claim, given: Given, proof: Callable[[Claim], Proof | None] | None
    ) -> Outcome:
        judge = PremiseJudge(fitted.symbols, given, self.seed, self.deadline, fitted.indices, proof)
        try:
            judgement = judge.judge(claim)
        except DeriveError as trouble:
            return Outcome(NOT_UNDERSTOOD, None, trouble.finding, trouble.finding.message)
        return Outcome(judgement.status, judgement, None, judgement.message)

    def holds_once(self, fitted: Fitted, claim: Claim) -> bool:
        """Whether a claim holds at one place: what does not need no proof."""
        ground = Ground(claim.terms, fitted.symbols, self.seed, fitted.indices)
        for attempt in range(4):
            try:
                outcome = tried(claim, ground.place(self.seed, attempt)).outcome
            except DomainError:
                return False
            if outcome in (HOLDS, FAILS, NEAR):
                return outcome == HOLDS
        return False


def _equation(tree: Tree) -> bool:
    return tree.head == "relation" and tree.data == ("==",)


def _broadcasts(finding: Finding) -> bool:
    """Whether a 1×n matrix is added to an m×n one: programs repeat it, and so do notes on them."""
    shapes = [set(re.findall(r"matrix\((.*?), (.*?)\)", label.text)) for label in finding.labels]
    pairs = [next(iter(s)) for s in shapes if len(s) == 1]
    return (
        finding.code == "size-mismatch"
        and " + " in finding.message
        and len(pairs) == 2
        and any("1" in p for p in pairs)
    )


def _numbers(trees: Sequence[Tree]) -> tuple[fmpq, ...] | None:
    """Whole numbers of a set, `{-1, 1}`; None for anything else."""
    found = []
    for tree in trees:
        sign, node = (-1, tree.args[0]) if tree.head == "neg" else (1, tree)
        if node.head != "number" or not isinstance(node.data, int):
            return None
        found.append(fmpq(sign * node.data))
    return tuple(found)
