"""Claims under premises: judged at places where the equations that the text assumes hold.

One idea: a claim that holds without the premises needs none. Otherwise values are drawn as always, entries of a stated set from that set,
and the premises are solved for some of the variables; only where that succeeds is the claim looked at. Where it never succeeds nothing is
said. Proofs under premises are for `implication`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple

from derive.claims import DEFINITE, DIFFERENT, EQUATION, ORDER, Claim
from derive.finding import DomainError
from derive.judge.corners import Corner, degenerate, of_size, of_value, unbound
from derive.judge.holding import surely, surely_around
from derive.judge.ladder import ATTEMPTS, PLACES, Judge, Judgement, Survey
from derive.judge.nearby import floats, nearly
from derive.judge.newton import BITS
from derive.judge.places import Ground, Place
from derive.judge.solving import Premises, Solutions
from derive.judge.trial import FAILS, HOLDS, tried
from derive.judge.verdict import ACCEPTED, PROVED, UNDECIDED, Evidence
from derive.judge.ways import Slack, Way, branches, ways
from derive.numeric.ball import precision
from derive.numeric.tensor import Number, Tensor
from derive.proof.kernel import Proof
from derive.sizes import Size
from derive.term import Symbol

TRIED = (EQUATION, ORDER, DEFINITE)  # kinds of claims
TRIES = 12  # for one place
LOOKED = 24  # small places for a counterexample that are solved
PLAIN = 5  # draws for which no variable is moved to where an inequality holds
ROUGH_PLACES = 8
MOST_BRANCHES = 40
ROUGH_DRAWS = 2  # where Newton's method solves the equations
DRAWS = 24  # of values for one place, where there are inequalities
KINDS = ("positive", "any", "large", "small", "integers", "positive and large")  # of values
DRAWN = 3  # of them for the same sizes


class Given(NamedTuple):
    """What a claim is judged under."""

    premises: tuple[Claim, ...] = ()
    unknown: frozenset[str] = frozenset()
    values: Mapping[str, tuple[Number, ...]] = {}  # entries are taken from these
    generous: bool = False  # whether what fails at zero, or at another place of no breadth, is left open
    solutions: Solutions | None = None  # of premises, shared by all that is judged under one setting


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
        if claim.kind == DIFFERENT and self.given.premises:
            claim = claim._replace(kind=ORDER)  # wherever the premises hold, and not somewhere
        else:
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
        places = PLACES[claim.kind if claim.kind in PLACES else EQUATION] + 2
        survey.visit(min(places, ROUGH_PLACES) if ground.rough and ground.solver.conditions else places)
        return self._refuted(survey) if survey.failed is not None else survey.concluded()

    def _refuted(self, survey: PremiseSurvey) -> Judgement:
        """In a document, a step that fails only where the variable is zero may have been meant without that."""
        if survey.degenerate and self.given.generous:
            message = "this fails where the premise is solved by zero; the text does not exclude that"
            return Judgement(survey.claim, UNDECIDED, survey.evidence(), survey.ground, message=message)
        return survey.refuted()


class PremiseGround(Ground):
    """Places at which premises hold."""

    free = False

    def __init__(
        self, claim: Claim, given: Given, symbols: Sequence[Symbol], first: int, indices: Mapping[str, Size]
    ) -> None:
        self.solver = Premises(given.premises, indices, given.unknown, given.solutions)
        assumed = [t for c in self.solver.conditions for t in c.terms]
        super().__init__((*claim.terms, *self.solver.terms(), *assumed), symbols, first, indices)
        self.given = given
        self.drawn = self.symbols = self._ordered()
        self.exact = True  # whether the last place is an exact solution
        self.degenerate = False  # whether the last solution is zero
        self._ways: list[Way] | None = None  # which have worked
        others = [c for c in given.premises if c.kind != EQUATION] if self.solver.sides else []
        self.loose = Slack(others, indices, given.unknown)
        self.looked_at = False  # whether all premises are tried at what is made of these places
        self.fixed = frozenset(given.values)
        self.slack = Slack(given.premises if self.solver.conditions else (), indices, given.unknown)

    def place(self, seed: int, attempt: int = 0, strategy: str = "") -> Place:
        """A place of a seed at which the premises hold. Raises DomainError where none is found."""
        self.symbols = self.drawn
        try:
            for again in range(DRAWS):
                kind = strategy or (KINDS[again % len(KINDS)] if again > 2 else "")
                drawn = super().place(seed, attempt + again, kind)
                found = self.solved(drawn, seed, again >= min(PLAIN, self._draws() - 1))
                if found is not None:
                    return found
                if again + 1 >= self._draws():
                    break
        finally:
            self.symbols = self._bare()
        from derive.finding import Finding

        raise DomainError(Finding("no-point", "no values were found at which all premises hold"))

    @property
    def rough(self) -> bool:
        """Whether equations are solved by Newton's method here."""
        return any(way.rough for way in self._ways or ())

    def _draws(self) -> int:
        """How many draws may serve for one place: where there are inequalities many, unless each is solved for at length."""
        if not self.solver.conditions:
            return 3
        return ROUGH_DRAWS if self.rough else DRAWS

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
                return max((abs(float(x.mid())) for t in claim.terms for x in floats(t, place)), default=0.0)
        except (DomainError, ArithmeticError, ValueError, TypeError):
            return 0.0
        finally:
            self.symbols = self._bare()

    def _bare(self) -> tuple[Symbol, ...]:
        """The symbols as those see them who exchange single entries: none of them is free, unless what comes out is looked at."""
        tied = set() if self.looked_at else {s.name for s in self.solver.symbols.values()}
        tied |= set(self.given.values)  # entries of a stated set are never others
        return tuple([Symbol(s.name, s.type, ("constant",)) if s.name in tied else s for s in self.drawn])

    def solved(self, drawn: Place, seed: int, moved: bool = True) -> Place | None:
        """The place with the premises solved; which variables for goes round with the seed, so that all branches are seen.

        Premises that are no equations surely hold there, or the place is none. `moved`: whether variables may be moved to where these hold.
        """
        place = self._with_values(drawn, seed)
        found = self._solved(place, seed)
        if not self.solver.conditions:
            return found
        if found is not None and self._admitted(found):
            return found
        if not moved:
            return None
        self.exact, self.degenerate = True, False
        return next(filter(self._holds, self.slack.places(place, seed, self.fixed)), None)

    def _solved(self, place: Place, seed: int) -> Place | None:
        """The place with the equations solved."""
        self.degenerate = False
        if not self.solver.sides or self.solver.hold(place):
            self.exact = not self.solver.sides or self.solver.exactly(place)
            return place
        if self._ways is None:
            self._ways = ways(self.solver, place, seed, self.fixed)
        number = len(self._ways)
        for turn in range(number):
            way = self._ways[(seed + turn) % number]
            found = way.solve(place, seed // number)
            if found is not None:
                self.exact, self.degenerate = self.solver.exactly(found), way.degenerate
                return found
        if not number:
            self._ways = None  # other values may do
        return None

    def _admitted(self, place: Place) -> bool:
        """Whether all premises that are no equations surely hold at a solution."""
        holds = surely if self.exact else surely_around
        return all(holds(c, place) for c in self.solver.conditions)

    def _holds(self, place: Place) -> bool:
        """Whether all premises surely hold, without any error."""
        return self.solver.exactly(place) and all(surely(c, place) for c in self.solver.conditions)

    def corners_of(self, claim: Claim) -> Iterator[Corner]:
        """Solutions at which a variable of the premises is degenerate, on every branch, at the border; then corners of the claim. Only what is exact."""
        yield from self._degenerate()
        made = chain.from_iterable(map(self._branches, self._usual_and_small()))
        yield from islice({_key(c.place): c for c in made}.values(), MOST_BRANCHES)
        self.symbols = self.drawn
        sized = list(of_size(self))
        self.symbols = self._bare()
        for corner in sized:
            solved = self.solved(corner.place, self.first)
            if solved is not None and self.exact:
                yield corner._replace(place=solved)
        for corner in self._of_value(claim):
            if self._holds(corner.place):
                yield corner

    def _of_value(self, claim: Claim) -> list[Corner]:
        """Corners of the claim; where no equation ties them, of the variables of the premises too."""
        self.looked_at = not self.solver.sides
        self.symbols = self._bare()
        try:
            return list(of_value(claim, self))
        finally:
            self.looked_at = False
            self.symbols = self._bare()

    def _branches(self, place: Place) -> Iterator[Corner]:
        """All roots on the lines through a place, and places where an inequality that is assumed is tight."""
        if self.solver.sides:
            for found, zero in branches(self.solver, place, self.fixed):
                if self._holds(found):
                    yield Corner(found, "the premise is solved by zero" if zero else "", zero)
        for seed in range(2):
            for found in self.slack.places(place, seed, self.fixed, border=True):
                if self._holds(found):
                    yield Corner(found, "the premise is an equality", True)

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
            if self.solver.sides and self.solver.conditions:
                found += self._under_conditions(found[0])
        except DomainError:
            pass
        finally:
            self.symbols = self._bare()
        return found

    def _under_conditions(self, place: Place) -> list[Place]:
        """Places at which the premises hold that are no equations, whatever the equations say."""
        made = (p for seed in range(2) for p in self.loose.places(place, seed, self.fixed))
        return list(islice((p for p in made if all(surely(c, p) for c in self.solver.conditions)), 2))

    def _completed(self, place: Place, kept: str) -> Iterator[Place]:
        """The place where the premises hold there, else with another variable solved for."""
        if self.solver.hold(place):
            if self._holds(place):
                yield place
            return
        for choice, exactly in self.solver.choices():
            names = {s.name for s in choice}
            if exactly and kept not in names and not names & set(self.given.values):
                solved = self.solver.solved(place, choice, True)
                if solved is not None and self._holds(solved):
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
        for count, place in enumerate(
            super().small_places(most, min(draws, DRAWN) if self.solver.sides else 2 * draws)
        ):
            self.symbols = self._bare()
            if found >= LOOKED or count >= 2 * LOOKED:
                return
            solved = self.solved(place, count)
            if solved is not None and self.exact:
                found += 1
                yield solved
            self.symbols = self.drawn
        self.symbols = self._bare()


def _key(place: Place) -> Hashable:
    return tuple(place.sizes.items()), tuple([(name, tuple(value.entries)) for name, value in place.point.items()])


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
            if attempt >= ATTEMPTS // 8 or not self.ground.exact:
                return  # other values are solved for just as roughly
