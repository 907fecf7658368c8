"""Newton's method on equations, with many bits: values of some variables at which all gaps vanish.

One idea: everything happens in balls, of which the middles go on; the differences of the equations themselves are the derivatives, and they are kept
for as long as the steps that they give shrink the gaps tenfold. No rule of calculus is used, and what comes out is not looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flint import arb, arb_mat

from derive.numeric.ball import BALLS
from derive.numeric.evaluate import Evaluation
from derive.numeric.field import is_complex
from derive.numeric.mentions import interned
from derive.numeric.sampling import in_balls
from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import NotInWorld, OutOfDomain
from derive.term import Term

BITS = 320
STEPS = 40
HALVINGS = 12  # of one step
SMALL = 1e-45  # the size of gaps that are none
SETTLED = 1e-22  # the size of a last step, relative to 1 + |values|
LARGE = 10**6  # values beyond are on their way to infinity
KEPT = 0.1  # how far a step must shrink the gaps for its derivatives, corrected by what it showed, to serve once more
TROUBLE = (ArithmeticError, NotInWorld, ValueError, TypeError)

Sides = tuple[Term, Term]
Entries = Sequence[tuple[str, int]]  # the name of a variable, and a place in its flat list
Ties = Callable[[Mapping[str, Tensor]], list[Number]]


class Newton:
    """Equations at one point, and the entries that are free; all others stay."""

    def __init__(
        self, sides: Sequence[Sides], point: Mapping[str, Tensor], sizes: Mapping[str, int], free: Entries, ties: Ties
    ) -> None:
        """ties: what has to vanish besides, from the values of the variables. To be made and used at the precision BITS."""
        self.sides = [(interned(left), interned(right)) for left, right in sides]
        self.point = in_balls(point)
        self.sizes = sizes
        self.free = free
        self.ties = ties

    def solved(self) -> list[arb] | None:
        """The values of the free entries; None where the method does not arrive. Raises what evaluation raises."""
        if any(is_complex(side) for pair in self.sides for side in pair):
            return None
        values = [_ball(self.point[name].entries[k]) for name, k in self.free]
        gaps, here = self._gaps(values)
        columns: list[list[arb]] | None = None
        for _ in range(STEPS):
            before = _size(gaps)
            if before < SMALL:
                break
            fresh = columns is None
            if columns is None:
                columns = self._columns(values, gaps, here)
            found = self._smaller(values, _least(columns, gaps), gaps)
            if found is None and fresh:
                return None
            if found is None or _size(found[1]) > KEPT * before:
                columns = None
            else:
                columns = _corrected(columns, [a - b for a, b in zip(found[0], values, strict=True)], gaps, found[1])
            if found is not None:
                values, gaps, here = found
        return None if any(abs(v) > LARGE for v in values) or not self._settled(values, gaps, here) else values

    def _settled(self, values: list[arb], gaps: list[arb], here: Evaluation) -> bool:
        """Whether a nearby solution explains the gaps: the next step is next to none, however small the equations are there (`x*exp(x)` far on the left)."""
        columns = self._columns(values, gaps, here)
        largest = [max(map(abs, row), default=arb(0)) for row in zip(*columns, strict=True)]
        if any(m == 0 and g != 0 for m, g in zip(largest, gaps, strict=True)):
            return False
        scales = [m if m > 0 else arb(1) for m in largest]
        rows = [[middle(x / m) for x, m in zip(column, scales, strict=True)] for column in columns]
        step = _least(rows, [middle(g / m) for g, m in zip(gaps, scales, strict=True)])
        return _size(step) <= SETTLED * (1 + _size(values))

    def _columns(self, values: list[arb], gaps: list[arb], here: Evaluation) -> list[list[arb]]:
        """Difference quotients of the gaps, a column for each entry; what does not mention its variable is not computed again."""
        step = arb(2) ** -60
        found = []
        for name, place in self.free:
            old = here.point[name]
            moved = {name: Tensor(old.shape, [v + step if j == place else v for j, v in enumerate(old.entries)])}
            after = self._gaps_in(here.moved(moved, here.step))
            found.append([middle((a - g) / step) for a, g in zip(after, gaps, strict=True)])
        return found

    def _smaller(
        self, values: list[arb], change: list[arb], gaps: list[arb]
    ) -> tuple[list[arb], list[arb], Evaluation] | None:
        """The values moved along the change, as far as the gaps become smaller; None where they do not."""
        before, factor = _size(gaps), arb(1)
        for _ in range(HALVINGS):
            moved = [middle(v - factor * c) for v, c in zip(values, change, strict=True)]
            try:
                after, there = self._gaps(moved)
                if _size(after) < before:
                    return moved, after, there
            except TROUBLE:
                pass
            factor /= 2
        return None

    def _gaps(self, values: list[arb]) -> tuple[list[arb], Evaluation]:
        here = Evaluation({**self.point, **exchanged(self.point, self.free, values)}, self.sizes, BALLS)
        return self._gaps_in(here), here

    def _gaps_in(self, here: Evaluation) -> list[arb]:
        """Left less right of every equation, and of the ties."""
        found: list[Number] = []
        for left, right in self.sides:
            found += [x - y for x, y in broadcast(here.value(left).entries, here.value(right).entries)]
        gaps = [middle(_ball(g)) for g in (*found, *self.ties(here.point))]
        if not all(g.is_finite() for g in gaps):
            raise OutOfDomain("the value is not a finite number")
        return gaps


def exchanged(point: Mapping[str, Tensor], free: Entries, values: Sequence[Number]) -> dict[str, Tensor]:
    """The variables of which some entries are exchanged."""
    fresh = {name: list(point[name].entries) for name, _ in free}
    for (name, k), x in zip(free, values, strict=True):
        fresh[name][k] = x
    return {name: Tensor(point[name].shape, entries) for name, entries in fresh.items()}


def broadcast(a: list[Number], b: list[Number]) -> list[tuple[Number, Number]]:
    """The entries of two sides in pairs; a scalar stands against every entry."""
    size = max(len(a), len(b))
    return list(zip(a * (size // len(a)), b * (size // len(b)), strict=True))


def middle(x: arb) -> arb:
    """The middle of a ball, without its radius."""
    return arb(x.mid())


def _size(gaps: Sequence[arb]) -> float:
    return max((abs(float(g)) for g in gaps), default=0.0)


def _corrected(columns: list[list[arb]], step: list[arb], before: list[arb], after: list[arb]) -> list[list[arb]]:
    """Broyden's update: the nearest derivatives that would have foreseen this step."""
    length = sum((x * x for x in step), arb(0))
    missed = list(zip(before, after, *columns, strict=True))
    misses = [a - b - sum((c * x for c, x in zip(row, step, strict=True)), arb(0)) for b, a, *row in missed]
    return [
        [middle(c + m * x / length) for c, m in zip(column, misses, strict=True)]
        for column, x in zip(columns, step, strict=True)
    ]


def _least(columns: list[list[arb]], gaps: list[arb]) -> list[arb]:
    """The smallest change that takes the gaps away, as nearly as it can be: (J'J + e)^-1 J' gaps."""
    rows, n = len(gaps), len(columns)
    jacobian = arb_mat(rows, n, [columns[j][i] for i in range(rows) for j in range(n)])
    gram = jacobian.transpose() * jacobian
    scale = max((float(abs(gram[k, k]).mid()) for k in range(n)), default=1.0) or 1.0
    lifted = arb_mat(
        n,
        n,
        [middle(gram[i, j]) + (arb(scale) / (1 << 90) if i == j else arb(0)) for i in range(n) for j in range(n)],
    )
    target = jacobian.transpose() * arb_mat(rows, 1, gaps)
    solved = lifted.solve(arb_mat(n, 1, [middle(target[k, 0]) for k in range(n)]))
    return [middle(solved[k, 0]) for k in range(n)]


def _ball(x: Number) -> arb:
    return x if isinstance(x, arb) else arb(x)
