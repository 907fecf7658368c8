"""Claims under premises: judged at places where the equations that the text assumes hold.

One idea: a claim that holds without the premises needs none. Otherwise values are drawn as always, entries of a stated set from that set,
and the premises are solved for some of the variables; only where that succeeds is the claim looked at. Where it never succeeds nothing is
said. Proofs under premises are for `implication`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from flint import arb

from derive.claims import DEFINITE, EQUATION, ORDER, Claim
from derive.finding import DomainError
from derive.judge.corners import Corner, degenerate, of_size, of_value, unbound
from derive.judge.ladder import ATTEMPTS, PLACES, Judge, Judgement, Survey
from derive.judge.newton import BITS
from derive.judge.places import Ground, Place
from derive.judge.solving import Premises, Solutions
from derive.judge.trial import FAILS, HOLDS, NEAR, OPEN, STRICT, Trial, tried, value
from derive.judge.verdict import ACCEPTED, PROVED, UNDECIDED, Evidence
from derive.numeric.ball import precision
from derive.numeric.tensor import Number, Tensor
from derive.proof.kernel import Proof
from derive.sizes import Size
from derive.term import Symbol, Term

NEARER = 1e-22  # relative: at a solution that is known to some thirty digits, sides that are nearer agree
APART = 1e-9  # and sides that are farther apart differ
TRIED = (EQUATION, ORDER, DEFINITE)  # kinds of claims
TRIES = 12  # for one place
LOOKED = 24  # small places for a counterexample that are solved
DRAWN = 3  # of them for the same sizes


class Given(NamedTuple):
    """What a claim is judged under."""

    premises: tuple[Claim, ...] = ()
    unknown: frozenset[str] = frozenset()
    values: Mapping[str, tuple[Number, ...]] = {}  # entries are taken from these
    generous: bool = False  # whether what fails at zero, or at another place of no breadth, is left open
    solutions: Solutions | None = None  # of premises, shared by all that is judged under one setting


class Choice(NamedTuple):
    """Variables to solve for, whether exactly, and whether zero comes out."""

    symbols: list[Symbol]
    exactly: bool
    degenerate: bool


class PremiseJudge(Judge):
    """A judge who knows premises; `proof` looks for a proof under them."""

    def __init__(
        self,
        symbols: Sequence[Symbol],
        given: Given,
        seed: int = 0,
        deadline: float | None = None,
        indices: Mapping[str, Size] | None = None,
        proof: Callable[[Claim], Proof | None] | None = None,
    ) -> None:
        super().__init__(symbols, seed, deadline, indices)
        self.given = given
        self.generous = given.generous
        self.proof = proof

    def judge(self, claim: Claim) -> Judgement:
        """As `Judge.judge`, and where that does not accept the claim, under the premises."""
        plainly = super().judge(claim)
        if plainly.status in ACCEPTED or not (self.given.premises or self.given.values) or claim.kind not in TRIED:
            return plainly
        ground = PremiseGround(claim, self.given, self.symbols, self.seed, self.indices or {})
        survey = PremiseSurvey(claim, ground, self)
        survey.visit(1)
        if survey.failed is not None:
            return self._refuted(survey)
        if not survey.held and not survey.late:
            survey.last_look()
            if survey.failed is not None and not self.generous:
                return survey.refuted()
        if not survey.held:
            message = survey.reason or "no values were found at which all premises hold"
            return Judgement(claim, UNDECIDED, survey.evidence(), ground, message=message)
        proof = self.proof(claim) if self.proof is not None and claim.kind == EQUATION else None
        if proof is not None:
            evidence = Evidence(proof.method, proof.listed, 1, survey.digits(), survey.sizes(), survey.exact())
            return Judgement(claim, PROVED, evidence, ground)
        survey.visit(PLACES[claim.kind if claim.kind in PLACES else EQUATION] + 2)
        return self._refuted(survey) if survey.failed is not None else survey.concluded()

    def _refuted(self, survey: PremiseSurvey) -> Judgement:
        """In a document, a step that fails only where the variable is zero may have been meant without that."""
        if survey.degenerate and self.given.generous:
            message = "this fails where the premise is solved by zero; the text does not exclude that"
            return Judgement(survey.claim, UNDECIDED, survey.evidence(), survey.ground, message=message)
        return survey.refuted()


class PremiseGround(Ground):
    """Places at which premises hold."""

    def __init__(
        self, claim: Claim, given: Given, symbols: Sequence[Symbol], first: int, indices: Mapping[str, Size]
    ) -> None:
        self.solver = Premises(given.premises, indices, given.unknown, given.solutions)
        super().__init__((*claim.terms, *self.solver.terms()), symbols, first, indices)
        self.given = given
        self.drawn = self.symbols = self._ordered()
        self.exact = True  # whether the last place is an exact solution
        self.degenerate = False  # whether the last solution is zero
        self._choices: list[Choice] | None = None  # which have worked

    def place(self, seed: int, attempt: int = 0, strategy: str = "") -> Place:
        """A place of a seed at which the premises hold. Raises DomainError where none is found."""
        self.symbols = self.drawn
        try:
            for again in range(3):
                drawn = super().place(seed, attempt + again, strategy)
                found = self.solved(drawn, seed)
                if found is not None:
                    return found
        finally:
            self.symbols = self._bare()
        from derive.finding import Finding

        raise DomainError(Finding("no-point", "no values were found at which all premises hold"))

    def _ordered(self) -> tuple[Symbol, ...]:
        """The symbols, those of the premises first: so they have the same values whatever is judged under them."""
        inside = {s.name: k for k, s in enumerate(self.solver.inside)}
        return tuple(sorted(self.symbols, key=lambda s: inside.get(s.name, len(inside))))

    def usual(self, claim: Claim, seed: int) -> float:
        """How large the sides are at a place where the premises need not hold; 0 where that is not known."""
        self.symbols = self.drawn
        try:
            place = self._with_values(super().place(seed), seed)
            with precision(BITS):
                return max((abs(float(x.mid())) for t in claim.terms for x in _floats(t, place)), default=0.0)
        except (DomainError, ArithmeticError, ValueError, TypeError):
            return 0.0
        finally:
            self.symbols = self._bare()

    def _bare(self) -> tuple[Symbol, ...]:
        """The symbols as those see them who exchange single entries: none of them is free."""
        tied = {s.name for s in self.solver.symbols.values()} | set(self.given.values)
        return tuple([Symbol(s.name, s.type, ("constant",)) if s.name in tied else s for s in self.drawn])

    def solved(self, drawn: Place, seed: int) -> Place | None:
        """The place with the premises solved; which variables for goes round with the seed, so that all branches are seen."""
        place = self._with_values(drawn, seed)
        self.degenerate = False
        if not self.solver.sides or self.solver.hold(place):
            self.exact = not self.solver.sides or self.solver.exactly(place)
            return place
        if self._choices is None:
            self._choices = self._working(place, seed)
        number = len(self._choices)
        for turn in range(number):
            choice, exactly, degenerate = self._choices[(seed + turn) % number]
            found = self.solver.solved(place, choice, exactly)
            if found is not None:
                self.exact, self.degenerate = exactly, degenerate
                return found
        if not number:
            self._choices = None  # other values may do
        return None

    def _working(self, place: Place, seed: int) -> list[Choice]:
        """The ways to solve the premises that work here: for what is unknown, else exact ones, else the first; `u = 0` only if nothing else does."""
        found: list[Choice] = []
        for choice, exactly in self.solver.choices():
            if {s.name for s in choice} & set(self.given.values) or (found and not exactly):
                continue
            solved = self.solver.solved(place, choice, exactly)
            if solved is not None:
                zero = any(all(x == 0 for x in solved.point[s.name].entries) for s in choice)
                found.append(Choice(choice, exactly, zero))
                if (
                    self.solver.unknown
                    and not zero
                    and {s.name for s in choice} <= {s.name for s in self.solver.unknown}
                ):
                    return [found[-1]]
        return [c for c in found if not c.degenerate] or found

    def corners_of(self, claim: Claim) -> Iterator[Corner]:
        """Solutions at which a variable of the premises is degenerate; then corners of the claim itself. Only what is exact."""
        yield from self._degenerate()
        self.symbols = self.drawn
        sized = list(of_size(self))
        self.symbols = self._bare()
        for corner in sized:
            solved = self.solved(corner.place, self.first)
            if solved is not None and self.exact:
                yield corner._replace(place=solved)
        for corner in of_value(claim, self):
            if self.exact and self.solver.hold(corner.place):
                yield corner

    def _degenerate(self) -> Iterator[Corner]:
        """One variable is degenerate, and the premises hold, or are solved for another."""
        drawn = self._usual_and_small()
        for place in drawn:
            for s in unbound(self.solver.inside, place):
                if s.name in self.given.values:
                    continue
                for says, special in degenerate(s, place.point[s.name]):
                    altered = Place(place.sizes, {**place.point, s.name: special})
                    yield from [Corner(found, says) for found in self._completed(altered, s.name)]

    def _usual_and_small(self) -> list[Place]:
        """The first place with whole numbers for values, and a small one; the premises need not hold there."""
        self.symbols = self.drawn
        found: list[Place] = []
        try:
            found.append(self._with_values(super().place(self.first, 0, "integers"), self.first))
            found += [self._with_values(p, self.first) for p in islice(super().small_places(2, 1), 1, 2)]
        except DomainError:
            pass
        finally:
            self.symbols = self._bare()
        return found

    def _completed(self, place: Place, kept: str) -> Iterator[Place]:
        """The place where the premises hold there, else with another variable solved for."""
        if self.solver.hold(place):
            if self.solver.exactly(place):
                yield place
            return
        for choice, exactly in self.solver.choices():
            names = {s.name for s in choice}
            if exactly and kept not in names and not names & set(self.given.values):
                solved = self.solver.solved(place, choice, True)
                if solved is not None:
                    yield solved

    def _with_values(self, place: Place, seed: int) -> Place:
        """Entries that come from a stated set."""
        if not self.given.values:
            return place
        point = dict(place.point)
        for number, (name, values) in enumerate(self.given.values.items()):
            if name in point:
                old = point[name]
                picks = [(seed * 7 + number * 3 + k * k + k) % len(values) for k in range(len(old.entries))]
                point[name] = Tensor(old.shape, [values[p] for p in picks])
        return Place(place.sizes, point, place.wide)

    def small_places(self, most: int, draws: int) -> Iterator[Place]:
        """Small places, with the premises solved; only a few, since each is solved for."""
        found = 0
        self.symbols = self.drawn
        for count, place in enumerate(super().small_places(most, min(draws, DRAWN))):
            self.symbols = self._bare()
            if found >= LOOKED or count >= 2 * LOOKED:
                return
            solved = self.solved(place, count)
            if solved is not None and self.exact:
                found += 1
                yield solved
            self.symbols = self.drawn
        self.symbols = self._bare()


class PremiseSurvey(Survey):
    """A survey of such places."""

    ground: PremiseGround
    degenerate = False  # whether it fails where a variable is zero, and nowhere else

    def corners(self) -> Iterator[Corner]:
        return self.ground.corners_of(self.claim)

    def _visit(self, seed: int) -> None:
        for attempt in range(TRIES):
            if self.judge.late():
                self.late = True
                return
            try:
                place = self.ground.place(seed, 3 * attempt)
            except DomainError as trouble:
                self.reason = trouble.finding.message
                if attempt >= 2:
                    return
                continue
            trial = tried(self.claim, place)
            if not self.ground.exact:
                trial = nearly(self.claim, place, trial, self.ground.usual(self.claim, seed))
            if trial.outcome == FAILS:
                self.place, self.failed = place, trial
                self.degenerate = self.ground.degenerate
                return
            if trial.outcome == HOLDS:
                self.held.append((place, trial))
                return
            self.reason = trial.reason
            if attempt >= ATTEMPTS // 8:
                return


def nearly(claim: Claim, place: Place, trial: Trial, usual: float) -> Trial:
    """A trial at a solution that is known to many digits: what is near holds, what is far apart fails, the rest is open.

    `usual` is how large the sides are where no premise holds: at a solution both may vanish, and their error is no difference.
    """
    if trial.outcome not in (FAILS, NEAR):
        return trial
    if claim.right is None:
        return trial._replace(outcome=OPEN, exact=False, reason="the solution is not known exactly")
    distance = _apart(claim, place, usual)
    if distance <= NEARER and claim.op not in STRICT:
        return trial._replace(outcome=HOLDS, exact=False, digits=22)
    if distance >= APART:
        return trial._replace(outcome=FAILS, exact=False, distance=distance)
    return trial._replace(outcome=OPEN, exact=False, reason="the solution is not known well enough")


def _apart(claim: Claim, place: Place, usual: float) -> float:
    """How far the sides are apart, relative to the largest of what is added up in them, or to what is usual."""
    assert claim.right is not None
    with precision(BITS):
        left, right = [_floats(side, place) for side in (claim.left, claim.right)]
        size = max(len(left), len(right))
        gap = max(
            (
                abs(float((x - y).mid()))
                for x, y in zip(left * (size // len(left)), right * (size // len(right)), strict=True)
            ),
            default=0.0,
        )
        scale = max((abs(float(x.mid())) for t in _summands(claim) for x in _floats(t, place)), default=0.0)
        scale = max(scale, usual)
    return gap / scale if scale > 0 else gap


def _floats(term: Term, place: Place) -> list[arb]:
    return [x if isinstance(x, arb) else arb(x) for x in value(term, place).entries]


def _summands(claim: Claim) -> Iterator[Term]:
    for side in claim.terms:
        yield side
        if side.head == "add":
            yield from side.args
