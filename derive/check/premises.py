"""Claims under premises: judged at places where the equations that the text assumes hold.

One idea: a claim that holds without the premises needs none. Otherwise values are drawn as always, entries of a stated set from that set,
and the premises are solved for some of the variables; only where that succeeds is the claim looked at. Where it never succeeds nothing is
said. Proofs under premises are for `implication`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from flint import arb



from derive.check.ladder import ATTEMPTS, PLACES, Judge, Judgement, Survey
from derive.check.places import Ground, Place
from derive.check.solving import BITS, Premises
from derive.check.trial import FAILS, HOLDS, NEAR, OPEN, Trial, tried, value
from derive.check.verdict import ACCEPTED, PROVED, UNDECIDED, Evidence
from derive.claims import EQUATION, Claim
from derive.finding import DomainError
from derive.numeric.ball import precision
from derive.numeric.tensor import Number, Tensor
from derive.proof.kernel import Proof
from derive.sizes import Size
from derive.term import Symbol, Term

NEARER = 1e-22  # relative: at a solution that is known to some thirty digits, sides that are nearer agree
APART = 1e-9  # and sides that are farther apart differ
TRIES = 12  # for one place
LOOKED = 4  # small places for a counterexample that are solved


class Given(NamedTuple):
    """What a claim is judged under."""

    premises: tuple[Claim, ...] = ()
    unknown: frozenset[str] = frozenset()
    values: Mapping[str, tuple[Number, ...]] = {}  # entries are taken from these


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
        self.proof = proof

    def judge(self, claim: Claim) -> Judgement:
        """As `Judge.judge`, and where that does not accept the claim, under the premises."""
        plainly = super().judge(claim)
        if plainly.status in ACCEPTED or not (self.given.premises or self.given.values) or claim.kind != EQUATION:
            return plainly
        ground = PremiseGround(claim, self.given, self.symbols, self.seed, self.indices or {})
        survey = PremiseSurvey(claim, ground, self)
        survey.visit(1)
        if survey.failed is not None:
            return survey.refuted()
        if not survey.held:
            message = survey.reason or "no values were found at which all premises hold"
            return Judgement(claim, UNDECIDED, survey.evidence(), ground, message=message)
        proof = self.proof(claim) if self.proof is not None else None
        if proof is not None:
            evidence = Evidence(proof.method, proof.laws, 1, survey.digits(), survey.sizes(), survey.exact())
            return Judgement(claim, PROVED, evidence, ground)
        survey.visit(PLACES[EQUATION])
        return survey.refuted() if survey.failed is not None else survey.consistent()


class PremiseGround(Ground):
    """Places at which premises hold."""

    def __init__(
        self, claim: Claim, given: Given, symbols: Sequence[Symbol], first: int, indices: Mapping[str, Size]
    ) -> None:
        self.solver = Premises(given.premises, indices, given.unknown)
        super().__init__((*claim.terms, *self.solver.terms()), symbols, first)
        self.given = given
        self.drawn = self.symbols
        self.exact = True  # whether the last place is an exact solution
        self._choice: tuple[list[Symbol], bool] | None = None  # which has worked

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

    def _bare(self) -> tuple[Symbol, ...]:
        """The symbols as those see them who exchange single entries: none of them is free."""
        tied = {s.name for s in self.solver.symbols.values()} | set(self.given.values)
        return tuple([Symbol(s.name, s.type, ("constant",)) if s.name in tied else s for s in self.drawn])

    def solved(self, drawn: Place, seed: int) -> Place | None:
        place = self._with_values(drawn, seed)
        if not self.solver.sides or self.solver.hold(place):
            self.exact = not self.solver.sides or self.solver.exactly(place)
            return place
        choices = [self._choice] if self._choice is not None else list(self.solver.choices())
        for choice, exactly in choices:
            if set(self.given.values) & {s.name for s in choice}:
                continue
            found = self.solver.solved(place, choice, exactly, seed)
            if found is not None:
                self._choice, self.exact = (choice, exactly), exactly
                return found
        return None

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
        for count, place in enumerate(super().small_places(most, draws)):
            self.symbols = self._bare()
            if found >= LOOKED or count >= 8 * LOOKED:
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
                trial = nearly(self.claim, place, trial)
            if trial.outcome == FAILS:
                self.place, self.failed = place, trial
                return
            if trial.outcome == HOLDS:
                self.held.append((place, trial))
                return
            self.reason = trial.reason
            if attempt >= ATTEMPTS // 8:
                return


def nearly(claim: Claim, place: Place, trial: Trial) -> Trial:
    """A trial at a solution that is known to many digits: what is near holds, what is far apart fails, the rest is open."""
    if trial.outcome not in (FAILS, NEAR):
        return trial
    distance = _apart(claim, place)
    if distance <= NEARER:
        return trial._replace(outcome=HOLDS, exact=False, digits=22)
    if distance >= APART:
        return trial._replace(outcome=FAILS, exact=False, distance=distance)
    return trial._replace(outcome=OPEN, exact=False, reason="the solution is not known well enough")


def _apart(claim: Claim, place: Place) -> float:
    """How far the sides are apart, relative to the largest of what is added up in them."""
    assert claim.right is not None
    with precision(BITS):
        left, right = [_floats(side, place) for side in (claim.left, claim.right)]
        size = max(len(left), len(right))
        gap = max(
            (abs(float((x - y).mid())) for x, y in zip(left * (size // len(left)), right * (size // len(right)), strict=True)),
            default=0.0,
        )
        scale = max((abs(float(x.mid())) for t in _summands(claim) for x in _floats(t, place)), default=0.0)
    return gap / scale if scale > 0 else gap


def _floats(term: Term, place: Place) -> list[arb]:
    return [x if isinstance(x, arb) else arb(x) for x in value(term, place).entries]


def _summands(claim: Claim) -> Iterator[Term]:
    for side in claim.terms:
        yield side
        if side.head == "add":
            yield from side.args
