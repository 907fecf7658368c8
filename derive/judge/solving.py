"""Points at which equations hold: premises solved for some of the variables.

One idea: equations that are affine in the entries of one variable are solved exactly, in rationals; others by Newton's method with many bits, where
the differences of the equations themselves are the derivatives. What comes out is looked at once more: it is a solution, or there is none. No rule of calculus is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flint import arb, arb_mat, fmpq, fmpq_mat

from derive.claims import EQUATION, Claim
from derive.families import for_all
from derive.judge.places import Place
from derive.judge.trial import value
from derive.numeric.ball import precision
from derive.numeric.dimensions import symbols_of
from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import NotInWorld
from derive.sizes import Size
from derive.term import Symbol, Term

BITS = 320
CLOSE = 1e-26  # how far a solution in balls may miss, relative to what is added up; difference quotients have some thirty digits
MOST = 60  # entries that are solved for
STEPS = 40  # of Newton
HALVINGS = 12  # of one step
SMALL = 1e-45  # the size of gaps that are none
TIES = frozenset(
    "symmetric skew diagonal invertible nonzero nonnegative positive full-rank".split()
)  # of what may be solved for
TROUBLE = (ArithmeticError, NotInWorld, ValueError, TypeError)


class Premises:
    """Equations, and the variables for which they are solved."""

    def __init__(
        self, claims: Sequence[Claim], indices: Mapping[str, Size], unknown: frozenset[str] = frozenset()
    ) -> None:
        self.sides = [
            (for_all(c.left, indices), for_all(c.right, indices))
            for c in claims
            if c.kind == EQUATION and c.right is not None
        ]
        inside = symbols_of(*[side for pair in self.sides for side in pair])
        fit = [s for s in inside if set(s.properties) <= TIES and not any(p.startswith("index(") for p in s.properties)]
        self.unknown = [s for s in fit if s.name in unknown]
        self.others = sorted([s for s in fit if s.name not in unknown], key=lambda s: (s.type.order != 1, s.type.order))
        self.symbols = {s.name: s for s in fit}

    def choices(self) -> Iterator[tuple[list[Symbol], bool]]:
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

    def terms(self) -> tuple[Term, ...]:
        return tuple([side for pair in self.sides for side in pair])

    # Values.

    def gaps(self, place: Place) -> list[Number]:
        """Left less right, entry by entry, of all equations; exact where all sides are. Raises what evaluation raises."""
        found: list[Number] = []
        for left, right in self.sides:
            a, b = value(left, place).entries, value(right, place).entries
            size = max(len(a), len(b))
            a, b = a * (size // len(a)), b * (size // len(b))
            with precision(BITS):
                found += [x - y if type(x) is type(y) else _ball(x) - _ball(y) for x, y in zip(a, b, strict=True)]
        return found

    def hold(self, place: Place) -> bool:
        """Whether all equations hold at a place, exactly or as near as can be told."""
        try:
            gaps = self.gaps(place)
        except TROUBLE:
            return False
        if all(isinstance(g, fmpq) and g == 0 for g in gaps):
            return True
        with precision(BITS):
            scale = 1 + max(
                (abs(float(_ball(x).mid())) for t in self.terms() for x in value(t, place).entries), default=0.0
            )
            return all(abs(float(_ball(g).mid())) <= CLOSE * scale for g in gaps)

    def exactly(self, place: Place) -> bool:
        """Whether all equations hold in rationals."""
        return all(isinstance(g, fmpq) and g == 0 for g in self.gaps(place))

    def solved(self, place: Place, choice: Sequence[Symbol], exactly: bool, seed: int) -> Place | None:
        """The place with these variables such that the equations hold; None where that is not reached."""
        places = [(s.name, k) for s in choice for k in range(len(place.point[s.name].entries))]
        if not places or len(places) > MOST:
            return None
        try:
            found = self._affine(place, places, choice, seed) if exactly else self._newton(place, places, choice)
        except (*TROUBLE, KeyError):
            return None
        return found if found is not None and self.hold(found) and _fits(found, choice) else None

    # Exactly.

    def _affine(self, place: Place, places: list[tuple[str, int]], choice: Sequence[Symbol], seed: int) -> Place | None:
        zero = with_values(place, places, [fmpq(0)] * len(places))
        base = self._all_gaps(zero, choice)
        if not all(isinstance(b, fmpq) for b in base):
            return None
        columns = []
        for k in range(len(places)):
            unit = [fmpq(int(j == k)) for j in range(len(places))]
            gaps = self._all_gaps(with_values(place, places, unit), choice)
            columns.append([g - b for g, b in zip(gaps, base, strict=True)])
        own = [place.point[name].entries[k] for name, k in places]
        predicted = [
            b + sum((c[row] * x for c, x in zip(columns, own, strict=True)), fmpq(0)) for row, b in enumerate(base)
        ]
        if predicted != self._all_gaps(place, choice):
            return None
        solution = _solution(columns, [-b for b in base], own)
        return None if solution is None else with_values(place, places, solution)

    def _all_gaps(self, place: Place, choice: Sequence[Symbol]) -> list[Number]:
        """Those of the equations, and of the properties that tie the entries of what is solved for."""
        return self.gaps(place) + [g for s in choice for g in _tied(s, place.point[s.name])]

    # With many bits.

    def _newton(self, place: Place, places: list[tuple[str, int]], choice: Sequence[Symbol]) -> Place | None:
        with precision(BITS):
            values = [_ball(place.point[name].entries[k]) for name, k in places]
            gaps = self._gaps_at(place, places, values, choice)
            for _ in range(STEPS):
                if _size(gaps) < SMALL:
                    break
                change = _least(self._columns(place, places, values, gaps, choice), gaps)
                found = self._smaller(place, places, (values, change, gaps), choice)
                if found is None:
                    return None
                values, gaps = found
            if any(abs(v) > 10**6 for v in values):
                return None
            return with_values(place, places, [_rational(v) for v in values])

    def _columns(
        self, place: Place, places: list[tuple[str, int]], values: list[arb], gaps: list[arb], choice: Sequence[Symbol]
    ) -> list[list[arb]]:
        """Difference quotients of the gaps, a column for each entry."""
        step = arb(2) ** -60
        found = []
        for k in range(len(places)):
            moved = [v + step if j == k else v for j, v in enumerate(values)]
            after = self._gaps_at(place, places, moved, choice)
            found.append([_middle((a - g) / step) for a, g in zip(after, gaps, strict=True)])
        return found

    def _smaller(
        self,
        place: Place,
        places: list[tuple[str, int]],
        now: tuple[list[arb], list[arb], list[arb]],
        choice: Sequence[Symbol],
    ) -> tuple[list[arb], list[arb]] | None:
        """The values moved along the change, as far as the gaps become smaller; None where they do not."""
        values, change, gaps = now
        factor = arb(1)
        for _ in range(HALVINGS):
            moved = [_middle(v - factor * c) for v, c in zip(values, change, strict=True)]
            try:
                after = self._gaps_at(place, places, moved, choice)
                if _size(after) < _size(gaps):
                    return moved, after
            except TROUBLE:
                pass
            factor /= 2
        return None

    def _gaps_at(
        self, place: Place, places: list[tuple[str, int]], values: list[arb], choice: Sequence[Symbol]
    ) -> list[arb]:
        here = with_values(place, places, [_rational(v) for v in values])
        return [_middle(_ball(g)) for g in self._all_gaps(here, choice)]


def _size(gaps: Sequence[arb]) -> float:
    return max((abs(float(g)) for g in gaps), default=0.0)


def with_values(place: Place, places: Sequence[tuple[str, int]], values: Sequence[Number]) -> Place:
    """The place with some entries exchanged."""
    point = dict(place.point)
    fresh = {name: list(point[name].entries) for name, _ in places}
    for (name, k), x in zip(places, values, strict=True):
        fresh[name][k] = x
    for name, entries in fresh.items():
        point[name] = Tensor(point[name].shape, entries)
    return Place(place.sizes, point, place.wide)


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


def _fits(place: Place, choice: Sequence[Symbol]) -> bool:
    for symbol in choice:
        entries = place.point[symbol.name].entries
        if "positive" in symbol.properties and any(x <= TINY for x in entries):
            return False
        if "nonnegative" in symbol.properties and any(x < 0 for x in entries):
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


def _least(columns: list[list[arb]], gaps: list[arb]) -> list[arb]:
    """The smallest change that takes the gaps away, as nearly as it can be: (J'J + e)^-1 J' gaps."""
    rows, n = len(gaps), len(columns)
    with precision(BITS):
        jacobian = arb_mat(rows, n, [columns[j][i] for i in range(rows) for j in range(n)])
        gram = jacobian.transpose() * jacobian
        scale = max((float(abs(gram[k, k]).mid()) for k in range(n)), default=1.0) or 1.0
        lifted = arb_mat(
            n,
            n,
            [_middle(gram[i, j]) + (arb(scale) / (1 << 90) if i == j else arb(0)) for i in range(n) for j in range(n)],
        )
        target = jacobian.transpose() * arb_mat(rows, 1, gaps)
        solved = lifted.solve(arb_mat(n, 1, [_middle(target[k, 0]) for k in range(n)]))
        return [_middle(solved[k, 0]) for k in range(n)]


def _ball(x: Number) -> arb:
    return x if isinstance(x, arb) else arb(x)


def _middle(x: arb) -> arb:
    return arb(x.mid())


def _rational(x: arb) -> fmpq:
    """A dyadic number next to a ball, with as many bits as are carried."""
    with precision(2 * BITS):
        whole = (x.mid() * arb(2) ** 300).floor().unique_fmpz()
        if whole is None:
            raise ValueError("the ball is too wide")
        return fmpq(whole, 1 << 300)
