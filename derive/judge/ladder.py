"""The ladder of a claim: refutation, proof, otherwise consistent.

One idea: a look at one or two places first, because most wrong claims fail there; then the proof, which is for every size; then the other places, for
what could not be proved, and last the corners, where places drawn at random do not come. The prover and the oracle share nothing: a proof of what was refuted cannot happen without a bug of
ours, which is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import log10
from time import monotonic
from typing import NamedTuple

from derive.claims import CONVEX, DIFFERENT, EQUATION, Claim
from derive.finding import DomainError
from derive.judge.corners import Corner, corners
from derive.judge.degree import error_probability
from derive.judge.glance import Glance
from derive.judge.places import Ground, Place
from derive.judge.regular import adjugates_are_regular
from derive.judge.trial import CLEAR, FAILS, HOLDS, NEAR, OPEN, OUTSIDE, Trial, tried
from derive.judge.verdict import CONSISTENT, PROVED, REFUTED, UNDECIDED, Evidence
from derive.proof.convexity import BY_HESSIAN, prove_convex
from derive.proof.kernel import Proof, prove_equal
from derive.proof.order import prove_definite, prove_order
from derive.sizes import Size
from derive.term import Symbol

FIRST_LOOK = 1
PLACES = {EQUATION: 4, "indexed": 16, "cut": 24, "order": 24, "definite": 12, DIFFERENT: 6}
FEWEST = 3  # places, however dear
CORNERS = 240  # places of a special kind
BUDGET = 400_000  # numbers computed for one claim (`derive.judge.cost`)
ATTEMPTS = 40  # for one place with a value
UNCONSTRAINED = frozenset("positive negative nonnegative nonzero real small invertible symmetric psd pd".split())


class Judgement(NamedTuple):
    """The status of one claim, with its evidence; where it was refuted, the place and the trial."""

    claim: Claim
    status: str
    evidence: Evidence
    ground: Ground
    place: Place | None = None
    trial: Trial | None = None
    message: str = ""


class Judge:
    """Judges the claims of one statement; everything follows from the seed."""

    generous = False  # whether what fails only where no author would look is left open

    def __init__(
        self,
        symbols: Sequence[Symbol],
        seed: int = 0,
        deadline: float | None = None,
        indices: Mapping[str, Size] | None = None,
        least: Mapping[str, int | str] | None = None,
    ) -> None:
        """least: by the names of sizes, what they are not below."""
        self.symbols = symbols
        self.least = least
        self.trouble = ""
        self.indices = indices or {}  # free ones, with the number of their values
        self.seed = seed
        self.deadline = deadline

    def judge(self, claim: Claim) -> Judgement:
        """The judgement on one claim."""
        if claim.kind == CONVEX:
            return self._convex(claim)
        self.trouble = ""
        ground = Ground(claim.terms, self.symbols, self.seed, self.indices, self.least)
        survey = Survey(claim, ground, self)
        if claim.kind == DIFFERENT:
            return self._different(survey)
        survey.visit(3 if ground.indexed else FIRST_LOOK)
        if claim.kind != EQUATION or ground.jumps:
            survey.corner()
        if survey.failed is not None:
            return survey.refuted()
        proof = self._proof(claim) if not survey.near and adjugates_are_regular(ground) else None
        if proof is not None and survey.nowhere:
            survey.visit(FEWEST)  # what has no value anywhere is not proved: `A*inv(A) == I` for a singular A
            if survey.failed is not None:
                return survey.refuted()
            if survey.nowhere:
                return survey.consistent()
        if proof is not None:
            laws = Evidence(
                proof.method, proof.listed, len(survey.held), survey.digits(), survey.sizes(), survey.exact()
            )
            return Judgement(claim, PROVED, laws, ground)
        kind = (
            claim.kind if claim.kind != EQUATION else "cut" if ground.cut else "indexed" if ground.indexed else EQUATION
        )
        survey.visit(survey.affordable(PLACES[kind]))
        return survey.concluded()

    def _convex(self, claim: Claim) -> Judgement:
        """Whether a function is convex; where it is not, what that was wanted for."""
        found = self._curved(claim)
        if found.status != REFUTED or len(claim.parts) < 3:
            return found
        least = self.judge(claim.parts[2])
        return least if least.status in (REFUTED, PROVED) else least._replace(message="the function is not convex")

    def _curved(self, claim: Claim) -> Judgement:
        """By its Hessian where the function is smooth on a convex domain; else by its form, or by chords at the places."""
        curvature, chord = claim.parts[:2]
        curved = self.judge(curvature)
        if curved.status == REFUTED and (claim.by is None or UNCONSTRAINED.issuperset(claim.by.data.properties)):
            return curved  # of a constrained variable there are directions in which it cannot move
        proof = self._proof(claim)
        if proof is not None and proof.method == BY_HESSIAN:
            proof = Proof(curved.evidence.method, curved.evidence.laws) if curved.status == PROVED else None
        survey = Survey(chord, Ground(chord.terms, self.symbols, self.seed, self.indices, self.least), self)
        survey.visit(FIRST_LOOK if proof is not None else survey.affordable(PLACES["order"]))
        if proof is None and survey.held and survey.failed is None and not survey.late:
            survey.last_look()
        if survey.narrow and self.generous:
            return survey.left_open()
        if survey.failed is not None:
            message = "it lies above a chord: left is its value in the middle, right the mean of its values at the ends"
            return survey.refuted()._replace(message=message)
        if proof is None or survey.nowhere:
            return survey.consistent()
        return Judgement(claim, PROVED, survey.evidence().proved_by(proof.method, proof.listed), survey.ground)

    def _proof(self, claim: Claim) -> Proof | None:
        """A proof attempt; one that breaks down is a bug of ours and no proof, and the verdict says so."""
        try:
            return self.attempt(claim)
        except Exception as failure:
            self.trouble = f"the prover broke down ({type(failure).__name__}: {failure}); please report this statement"
            return None

    def attempt(self, claim: Claim) -> Proof | None:
        """What the prover alone makes of a claim, without a look at a place before."""
        if claim.kind == EQUATION and claim.right is not None:
            return prove_equal(claim.left, claim.right, self.indices)
        if claim.kind == CONVEX and claim.by is not None:
            return prove_convex(claim.left, claim.by)
        if claim.right is None:
            return prove_definite(claim.left, claim.op)
        return prove_order(claim.op, claim.left, claim.right)

    def _different(self, survey: Survey) -> Judgement:
        """`A != B` says that they are not equal in general: a place where they differ shows it."""
        claim = survey.claim
        survey.visit(PLACES[DIFFERENT])
        if survey.failed is not None:
            evidence = Evidence("a place where both sides differ", (), 1, None, survey.sizes(), survey.failed.exact)
            return Judgement(claim, PROVED, evidence, survey.ground, survey.place, survey.failed)
        if claim.right is not None and prove_equal(claim.left, claim.right, self.indices) is not None:
            return Judgement(
                claim, REFUTED, survey.evidence(), survey.ground, message="both sides are equal for every size"
            )
        return Judgement(
            claim, UNDECIDED, survey.evidence(), survey.ground, message="no place was found where they differ"
        )

    def late(self) -> bool:
        return self.deadline is not None and monotonic() > self.deadline


class Survey:
    """The places that were visited for one claim, and what was found there."""

    def __init__(self, claim: Claim, ground: Ground, judge: Judge) -> None:
        self.claim = claim
        self.ground = ground
        self.judge = judge
        self.held: list[tuple[Place, Trial]] = []
        self.visited = 0
        self.place: Place | None = None
        self.failed: Trial | None = None
        self.reason = ""
        self.late = False
        self.narrow = ""  # where it fails, and nowhere around
        self.nowhere = False  # whether there was no value at any attempt at the last place
        self.near = 0.0  # the largest distance of sides that were not equal and not apart

    def visit(self, places: int) -> None:
        """Visit places up to this number, or to the first where the claim fails."""
        while self.visited < places and self.failed is None and not self.late and not (self.near and self.visited > 1):
            self._visit(self.judge.seed + self.visited)
            self.visited += 1

    def corner(self) -> None:
        """Look where inequalities are tight; what is no value there says nothing."""
        for place in self.ground.corners():
            if self.failed is not None or self.judge.late():
                return
            trial = tried(self.claim, place)
            if trial.outcome == FAILS:
                self.place, self.failed = place, trial

    def concluded(self) -> Judgement:
        """The judgement after the last place that was drawn: what has held everywhere is tried at the corners too."""
        if self.failed is None and self.held and not self.near and not self.late:
            self.last_look()
        if self.failed is None:
            return self.consistent()
        if self.narrow and self.judge.generous:
            return self.left_open()
        return self.refuted()

    def left_open(self) -> Judgement:
        """What fails at a narrow corner alone, in a text for readers."""
        message = f"this fails where {self.narrow}, which the text does not exclude"
        return Judgement(self.claim, UNDECIDED, self.evidence(), self.ground, message=message)

    def corners(self) -> Iterator[Corner]:
        """The corners of the claim, likely ones first."""
        return corners(self.claim, self.ground)

    def last_look(self) -> None:
        """Look at the corners. What is no value there says nothing; nor do sides that are nearly alike, which a truncated series has at any size."""
        glance = Glance(self.claim)
        for place, says, narrow in islice(self.corners(), self.affordable(CORNERS)):
            if self.judge.late():
                self.late = True
                return
            if narrow and self.narrow:
                continue
            trial = glance.at(place)
            if trial.outcome == FAILS and (trial.exact or trial.distance >= CLEAR):
                self.place, self.failed, self.narrow = place, trial, says if narrow else ""
                if not narrow or not self.judge.generous:
                    return

    def affordable(self, places: int) -> int:
        """So many places, or fewer where one is dear."""
        if not self.held:
            return places
        return min(places, max(FEWEST, int(BUDGET / self.ground.cost(self.held[0][0].sizes))))

    def _visit(self, seed: int) -> None:
        self.nowhere = False
        outside = True
        for attempt in range(ATTEMPTS):
            if self.judge.late():
                self.late = True
                return
            try:
                place = self.ground.place(seed, attempt)
            except DomainError as trouble:
                self.reason = trouble.finding.message
                return
            trial = tried(self.claim, place)
            if trial.outcome == FAILS:
                self.place, self.failed = place, trial
                return
            if trial.outcome == HOLDS:
                self.held.append((place, trial))
                return
            if trial.outcome == NEAR:
                self.near = max(self.near, trial.distance)
                return
            self.reason = trial.reason
            outside = outside and trial.outcome == OUTSIDE
            if trial.outcome == OPEN and attempt >= 3:
                return
            if trial.outcome == OUTSIDE and attempt >= 12 and not self.held and self.visited:
                break
        self.nowhere = outside and not self.held

    def refuted(self) -> Judgement:
        return Judgement(self.claim, REFUTED, self.evidence(), self.ground, self.place, self.failed)

    def consistent(self) -> Judgement:
        if self.late:
            return Judgement(self.claim, UNDECIDED, self.evidence(), self.ground, message="the time limit was met")
        if self.near:
            digits = int(-log10(self.near))
            message = (
                f"both sides agree to {digits} digits and are not equal: an approximation, such as a truncated series"
            )
            return Judgement(self.claim, UNDECIDED, self.evidence(), self.ground, message=message)
        if self.claim.kind != EQUATION and self.unknown():
            message = f"it is said of every function {self.unknown()}, and was tried for one alone"
            return Judgement(self.claim, UNDECIDED, self.evidence(), self.ground, message=message)
        if not self.held:
            reason = self.reason or "no place was found where both sides have a value"
            return Judgement(self.claim, UNDECIDED, self.evidence(), self.ground, message=reason)
        return Judgement(self.claim, CONSISTENT, self.evidence(), self.ground)

    def unknown(self) -> str:
        """The name of an undefined function in the claim; an equation that holds for a generic one holds for all."""
        return next((node.data.name for t in self.claim.terms for node in t.walk() if node.head == "undefined"), "")

    def evidence(self) -> Evidence:
        bound = None
        if self.claim.right is not None and self.claim.kind == EQUATION and self.exact() and self.ground.free:
            bound = error_probability(
                self.claim.left, self.claim.right, [place.sizes for place, _ in self.held if place.wide]
            )
        method = "exact rationals" if self.exact() else "ball arithmetic"
        notes = (self.judge.trouble,) if self.judge.trouble else ()
        return Evidence(method, (), len(self.held), self.digits(), self.sizes(), self.exact(), bound, notes)

    def exact(self) -> bool:
        return bool(self.held) and all(trial.exact for _, trial in self.held)

    def digits(self) -> int | None:
        found = [trial.digits for _, trial in self.held if trial.digits is not None]
        return min(found, default=None)

    def sizes(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        places = [place for place, _ in self.held] or ([self.place] if self.place is not None else [])
        names = places[0].sizes if places else {}
        return tuple([(name, tuple([p.sizes.get(name, 0) for p in places])) for name in names])
