"""Points at which equations hold: premises solved for some of the variables.

One idea: equations that are affine in the entries of one variable are solved exactly, in rationals; others by Newton's method with many bits, where
the differences of the equations themselves are the derivatives. What comes out is looked at once more: it is a solution, or there is none. No rule of calculus is used.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, islice

from flint import arb, fmpq, fmpq_mat

from derive.claims import EQUATION, Claim
from derive.engine.families import for_all
from derive.judge.newton import BITS, TROUBLE, Newton, broadcast, exchanged
from derive.judge.places import Place
from derive.judge.trial import value
from derive.numeric.ball import precision
from derive.numeric.derivatives import order
from derive.numeric.dimensions import symbols_of
from derive.numeric.evaluate import evaluate
from derive.numeric.exact import RATIONALS
from derive.numeric.mentions import interned, mentioned, remembered
from derive.numeric.tensor import Number, Tensor
from derive.sizes import Size
from derive.term import Symbol, Term

CLOSE = 1e-26  # how far a solution in balls may miss, relative to what is added up; difference quotients have some thirty digits
MOST_KEPT = 500  # solutions
ENOUGH = 2  # starts of Newton at the same sizes that lead nowhere: there are hardly solutions of these sizes
PLAINEST = 10**6  # denominator that is tried for a solution
MOST = 60  # entries that are solved for
MOST_PAIRS = 10
TIES = frozenset(
    "symmetric skew diagonal invertible nonzero nonnegative positive full-rank".split()
)  # of what may be solved for


Choice = tuple[list[Symbol], bool]  # variables to solve for, and whether exactly


class Solutions:
    """Solutions by all that they depend on, None where there is none; and how often in a row none was found for a question."""

    __slots__ = ("failures", "found")

    def __init__(self) -> None:
        self.found: dict[Hashable, dict[str, Tensor] | None] = {}
        self.failures: dict[Hashable, int] = {}

    def of(
        self, question: Hashable, values: Hashable, search: Callable[[], dict[str, Tensor] | None], most: int
    ) -> dict[str, Tensor] | None:
        """What was found before, or what the search finds; after so many failures nothing is expected of it."""
        key = (question, values)
        if key not in self.found:
            if len(self.found) >= MOST_KEPT:
                self.found.clear()
                self.failures.clear()
            failed = self.failures.get(question, 0)
            self.found[key] = found = search() if failed < most else None
            self.failures[question] = failed + 1 if found is None else 0
        return self.found[key]


class Premises:
    """Equations, and the variables for which they are solved."""

    def __init__(
        self,
        claims: Sequence[Claim],
        indices: Mapping[str, Size],
        unknown: frozenset[str] = frozenset(),
        solutions: Solutions | None = None,
    ) -> None:
        """solutions: what was found before, for these equations and others; it is added to."""
        self.sides = [
            (for_all(c.left, indices), for_all(c.right, indices))
            for c in claims
            if c.kind == EQUATION and c.right is not None
        ]
        self.conditions = [_over(c, indices) for c in claims if c.kind != EQUATION or c.right is None]
        self.names = [{s.name for s in symbols_of(*pair)} for pair in self.sides]
        self.numbers = sorted({n for side in self.terms() for n in mentioned(interned(side), remembered())})
        self.inside = symbols_of(*self.terms(), *[t for c in self.conditions for t in c.terms])
        inside = symbols_of(*self.terms())  # what may be solved for
        self.derived = any(order(side) > 0 for side in self.terms())
        self.solutions = Solutions() if solutions is None else solutions
        fit = [s for s in inside if set(s.properties) <= TIES and not any(p.startswith("index(") for p in s.properties)]
        self.unknown = [s for s in fit if s.name in unknown]
        self.others = sorted([s for s in fit if s.name not in unknown], key=lambda s: (s.type.order != 1, s.type.order))
        self.symbols = {s.name: s for s in self.inside if s in fit or s not in inside}

    def choices(self) -> Iterator[Choice]:
        """Which variables to solve for, and whether exactly; the cheapest first."""
        singles = [[s] for s in (*self.unknown, *self.others)]
        if len(self.unknown) > 1:
            yield self.unknown, True
        for one in singles:
            yield one, True
        if self.unknown:
            yield self.unknown, False
        for one in singles:
            yield one, False
        yield [*self.unknown, *self.others], False

    def pairs(self) -> Iterator[Choice]:
        """Two variables, or all but one, for several equations that are affine in them together."""
        if len(self.sides) > 1:
            yield from [([a, b], True) for a, b in islice(combinations(self.others, 2), MOST_PAIRS)]
            if len(self.others) > 3:
                yield from [([s for s in self.others if s is not one], True) for one in self.others[:MOST_PAIRS]]

    def terms(self) -> tuple[Term, ...]:
        """The sides of the equations."""
        return tuple([side for pair in self.sides for side in pair])

    # Values.

    def gaps(self, place: Place) -> list[Number]:
        """Left less right, entry by entry, of all equations; exact where all sides are. Raises what evaluation raises."""
        return self._compared(place)[0]

    def _compared(self, place: Place) -> tuple[list[Number], list[Number]]:
        """The gaps, and the entries of all sides."""
        found: list[Number] = []
        entries: list[Number] = []
        with precision(BITS):
            for left, right in self.sides:
                a, b = value(left, place).entries, value(right, place).entries
                entries += [*a, *b]
                found += [x - y if type(x) is type(y) else _ball(x) - _ball(y) for x, y in broadcast(a, b)]
        return found, entries

    def hold(self, place: Place) -> bool:
        """Whether all equations hold at a place that was drawn: exactly, or no ball excludes it."""
        try:
            gaps, entries = self._compared(place)
        except TROUBLE:
            return False
        if all(isinstance(g, fmpq) and g == 0 for g in gaps):
            return True
        if not self.derived and any(g != 0 for g in gaps):
            return False
        return _small(gaps, entries)

    def near(self, place: Place) -> bool:
        """Whether all equations hold at a solution as near as many bits can be."""
        try:
            return _small(*self._compared(place))
        except TROUBLE:
            return False

    def exactly(self, place: Place) -> bool:
        """Whether all equations hold without any error."""
        try:
            gaps = self.gaps(place)
        except TROUBLE:
            return False
        return all(g == 0 if isinstance(g, fmpq) else not self.derived and g.is_zero() for g in gaps)

    def solved(self, place: Place, choice: Sequence[Symbol], exactly: bool) -> Place | None:
        """The place with these variables such that the equations hold; None where that is not reached."""
        question, own = self._keys(place, choice, exactly)
        values = self.solutions.of(
            question, own, lambda: self._values(place, choice, exactly), MOST_KEPT if exactly else ENOUGH
        )
        return None if values is None else Place(place.sizes, {**place.point, **values}, place.wide)

    def _keys(self, place: Place, choice: Sequence[Symbol], exactly: bool) -> tuple[Hashable, Hashable]:
        """All that a solution depends on: the equations with their sizes and what is solved for, and the values."""
        sizes = tuple([(name, place.sizes.get(name)) for name in self.numbers])
        values = tuple([(s.name, place.point[s.name].shape, tuple(place.point[s.name].entries)) for s in self.inside])
        return (tuple(self.sides), sizes, tuple([s.name for s in choice]), exactly), values

    def _values(self, place: Place, choice: Sequence[Symbol], exactly: bool) -> dict[str, Tensor] | None:
        """The values of these variables at a solution; None where none is reached."""
        places = [(s.name, k) for s in choice for k in range(len(place.point[s.name].entries))]
        if not places or len(places) > MOST:
            return None
        try:
            found = self._affine(place, places, choice) if exactly else self._newton(place, places, choice)
        except (*TROUBLE, KeyError):
            return None
        if found is None or not (self.hold(found) if exactly else self.near(found)) or not fits(found, choice):
            return None
        return {s.name: found.point[s.name] for s in choice}

    # Exactly.

    def _affine(self, place: Place, places: list[tuple[str, int]], choice: Sequence[Symbol]) -> Place | None:
        """Raises NotInWorld where a side is not exact."""
        base = self._exact_gaps(with_values(place, places, [fmpq(0)] * len(places)), choice)
        columns = []
        for k, (name, _) in enumerate(places):
            unit = [fmpq(int(j == k)) for j in range(len(places))]
            gaps = self._exact_gaps(with_values(place, places, unit), choice, name, base)
            columns.append([g - b for g, b in zip(_flat(gaps), _flat(base), strict=True)])
        own = [place.point[name].entries[k] for name, k in places]
        predicted = [
            b + sum((c[row] * x for c, x in zip(columns, own, strict=True)), fmpq(0))
            for row, b in enumerate(_flat(base))
        ]
        if predicted != _flat(self._exact_gaps(place, choice)):
            return None
        solution = _solution(columns, [-b for b in _flat(base)], own)
        return None if solution is None else with_values(place, places, solution)

    def _exact_gaps(
        self, place: Place, choice: Sequence[Symbol], moved: str = "", known: list[list[Number]] | None = None
    ) -> list[list[Number]]:
        """Those of every equation in rationals, and of the properties that tie the entries of what is solved for.

        Where one variable alone has moved, those of equations that do not mention it are known.
        """
        found: list[list[Number]] = []
        for k, (left, right) in enumerate(self.sides):
            if known is not None and moved not in self.names[k]:
                found.append(known[k])
                continue
            a, b = [evaluate(side, place.point, place.sizes, RATIONALS).entries for side in (left, right)]
            found.append([x - y for x, y in broadcast(a, b)])
        found.append([g for s in choice for g in _tied(s, place.point[s.name])])
        return found

    # With many bits.

    def _newton(self, place: Place, places: list[tuple[str, int]], choice: Sequence[Symbol]) -> Place | None:
        with precision(BITS):
            method = Newton(
                self.sides, place.point, place.sizes, places, lambda p: [g for s in choice for g in _tied(s, p[s.name])]
            )
            values = method.solved()
        if values is None:
            return None
        plain = with_values(place, places, [_plain(v) for v in values])
        return plain if self.exactly(plain) else with_values(place, places, [_rational(v) for v in values])


def with_values(place: Place, places: Sequence[tuple[str, int]], values: Sequence[Number]) -> Place:
    """The place with some entries exchanged."""
    return Place(place.sizes, {**place.point, **exchanged(place.point, places, values)}, place.wide)


def _tied(symbol: Symbol, tensor: Tensor) -> list[Number]:
    """What has to vanish for a matrix to keep the linear properties that it has."""
    if len(tensor.shape) != 2:
        return []
    n = tensor.shape[1]
    entry = tensor.entries
    pairs = [(i, j) for i in range(tensor.shape[0]) for j in range(n) if i < j]
    words = set(symbol.properties)
    if "symmetric" in words:
        return [entry[i * n + j] - entry[j * n + i] for i, j in pairs]
    if "skew" in words:
        return [entry[i * n + j] + entry[j * n + i] for i, j in pairs] + [entry[i * n + i] for i in range(n)]
    if "diagonal" in words:
        return [x for i, j in pairs for x in (entry[i * n + j], entry[j * n + i])]
    return []


TINY = fmpq(1, 10**9)  # a limit that Newton's method came near to is no positive number


REGULAR = frozenset(("invertible", "full-rank"))


def _singular(tensor: Tensor) -> bool:
    """Whether a matrix is not of full rank, or so near to one that is not that it cannot be told."""
    if len(tensor.shape) != 2:
        return False
    matrix = fmpq_mat(*tensor.shape, tensor.entries)
    gram = matrix * matrix.transpose() if tensor.shape[0] <= tensor.shape[1] else matrix.transpose() * matrix
    return bool(gram.det() <= TINY)


def fits(place: Place, choice: Sequence[Symbol]) -> bool:
    for symbol in choice:
        entries = place.point[symbol.name].entries
        if "positive" in symbol.properties and any(x <= TINY for x in entries):
            return False
        if "nonnegative" in symbol.properties and any(x < 0 for x in entries):
            return False
        if REGULAR.intersection(symbol.properties) and _singular(place.point[symbol.name]):
            return False
        if "nonzero" in symbol.properties and all(-TINY <= x <= TINY for x in entries):
            return False
    return True


def _solution(columns: list[list[fmpq]], right: list[fmpq], own: list[fmpq]) -> list[fmpq] | None:
    """A solution of the linear equations, near to free values where it is not unique; None where there is none."""
    rows, n = len(right), len(columns)
    shifted = [r - sum((c[i] * x for c, x in zip(columns, own, strict=True)), fmpq(0)) for i, r in enumerate(right)]
    matrix = fmpq_mat(rows, n + 1, [columns[j][i] if j < n else shifted[i] for i in range(rows) for j in range(n + 1)])
    reduced, rank = matrix.rref()
    found = list(own)
    for row in range(rank):
        lead = next(j for j in range(n + 1) if reduced[row, j] != 0)
        if lead == n:
            return None
        found[lead] += reduced[row, n]
    return found


def _flat(gaps: list[list[Number]]) -> list[Number]:
    return [g for part in gaps for g in part]


def _ball(x: Number) -> arb:
    return x if isinstance(x, arb) else arb(x)


def _over(claim: Claim, indices: Mapping[str, Size]) -> Claim:
    """A premise that is no equation, for all values of its free indices."""
    right = None if claim.right is None else for_all(claim.right, indices)
    return claim._replace(left=for_all(claim.left, indices), right=right)


def _small(gaps: Sequence[Number], entries: Sequence[Number]) -> bool:
    with precision(BITS):
        scale = 1 + max((abs(float(_ball(x).mid())) for x in entries), default=0.0)
        return all(abs(float(_ball(g).mid())) <= CLOSE * scale for g in gaps)


def _plain(x: arb) -> fmpq:
    """The fraction of a small denominator next to a ball: a solution that is one is exact."""
    value = _rational(x)
    found = Fraction(int(value.p), int(value.q)).limit_denominator(PLAINEST)
    return fmpq(found.numerator, found.denominator)


def _rational(x: arb) -> fmpq:
    """A dyadic number next to a ball, with as many bits as are carried."""
    with precision(2 * BITS):
        whole = (x.mid() * arb(2) ** 300).floor().unique_fmpz()
        if whole is None:
            raise ValueError("the ball is too wide")
        return fmpq(whole, 1 << 300)
