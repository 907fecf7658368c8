"""Do two terms agree at a point? Is one at most the other?

One idea: exact rationals decide where both sides have them; balls decide elsewhere, with more bits until they are narrow. A difference that
balls exclude from 0 is one, and where derivatives stand (difference quotients, whose truncation no ball holds) it must stay when h is made
smaller, so neither a cancellation nor a truncation is taken for a difference, and none is hidden by the size of what cancels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import repeat
from typing import NamedTuple

from flint import arb, fmpq

from derive.numeric.ball import BALLS, precision
from derive.numeric.contraction import contract
from derive.numeric.derivatives import bits_needed, order
from derive.numeric.evaluate import Evaluation, compact, complete
from derive.numeric.exact import RATIONALS
from derive.numeric.mentions import definition
from derive.numeric.sampling import in_balls
from derive.numeric.tensor import Number, Tensor, indices
from derive.numeric.world import NotInWorld, OutOfDomain, World
from derive.term import Term

DIGITS = 30
SHOWN = 36  # digits of a ball in a message: a difference of 1e-30 is seen
SPARE = 10  # digits beyond those asked for, so that the balls of what agrees are narrow enough
ROUNDS = 4  # precisions tried, each twice the one before
FELL = 1e-12  # what is left of a difference that is truncation or rounding alone, with twice the bits
AGREES, DIFFERS, UNDECIDED = "agrees", "differs", "undecided"

Point = Mapping[str, Tensor]


class Agreement(NamedTuple):
    """What was found at one point: `outcome` is AGREES, DIFFERS or UNDECIDED (the balls stay too wide)."""

    outcome: str
    exact: bool = False  # in rationals
    entry: tuple[int, ...] = ()  # that decided, counted from 1
    left: str = ""  # its values
    right: str = ""
    touching: bool = False  # an inequality holds as an equality to so many digits, not certainly
    reason: str = ""
    sides: Sides | None = None  # where it differs: all entries
    decided: int = 0  # the place of `entry` among them

    def distance(self) -> float:
        """The difference of the entry that decided, relative to the largest entry; 0 where it cannot be told."""
        if self.sides is None:
            return 0.0
        left, right = self.sides.left, self.sides.right
        try:
            apart = arb(abs(left[self.decided] - right[self.decided])).lower()
            largest = max([arb(abs(x)).upper() for x in (*left, *right)], key=float)
        except (TypeError, ValueError):
            return 0.0
        return float(apart / largest) if apart > 0 else 0.0


EQUAL = Agreement(AGREES, exact=True)


class Sides(NamedTuple):
    """Both sides at one precision, entry by entry, and how large the terms are that were added up."""

    shape: tuple[int, ...]
    left: list[Number]
    right: list[Number]
    scale: Callable[[], list[Number]]


def related(
    operator: str,
    left: Term,
    right: Term,
    point: Point,
    sizes: Mapping[str, int],
    digits: int = DIGITS,
    world: World = BALLS,
) -> Agreement:
    """Whether `left operator right` holds at a point: ==, !=, <=, >=, < or >, entry by entry; a number stands for a tensor of it.

    `point` holds exact entries (flint.fmpq). Raises OutOfDomain where a side has no value, NotInWorld where it has none in balls,
    ValueError for shapes that do not fit and for an operator that is none of these.
    """
    if operator == "==":
        return compare(left, right, point, sizes, digits, world)
    if operator == "!=":
        found = compare(left, right, point, sizes, digits, world)
        return found._replace(outcome={AGREES: DIFFERS, DIFFERS: AGREES}.get(found.outcome, UNDECIDED))
    if operator in (">=", ">"):
        left, right = right, left
    if operator not in ("<=", ">=", "<", ">"):
        raise ValueError(f"{operator} is no relation of numbers")
    found = ordered(left, right, point, sizes, operator in ("<", ">"), digits, world)
    return found._replace(left=found.right, right=found.left) if operator in (">=", ">") else found


def compare(
    left: Term, right: Term, point: Point, sizes: Mapping[str, int], digits: int = DIGITS, world: World = BALLS
) -> Agreement:
    """Whether two terms have the same values at a point with exact entries: exactly in rationals where both have them, else to `digits`.

    An entry agrees when the difference is below 10^-digits of its larger side; where both sides are 0, or all but cancel, below that of the
    terms added up, and it falls when the precision is doubled. Raises as `related`.
    """
    exact = _rational(left, right, point, sizes) if world is BALLS else None
    if exact is not None:
        return EQUAL if _same(*exact) else _first(_paired(*exact, list), lambda x, y: x == y)
    derived = order(left) + order(right) > 0
    bits = bits_needed(digits + SPARE, left, right)
    before: dict[int, Number] = {}
    for turn in range(ROUNDS):
        with precision(bits << turn):
            sides = in_balls_at(left, right, point, sizes, world)
            rest = _open(sides, digits)
            if not rest:
                return Agreement(AGREES)
            differing = [k for k, d in rest.items() if _excludes_zero(d) and (not derived or _stays(d, before.get(k)))]
            if differing:
                return _told(DIFFERS, sides, differing[0])
            if before and all(
                map(_vanishes, rest.values(), map(before.get, rest), _among(sides, rest), repeat(digits))
            ):
                return Agreement(AGREES)
            before = rest
    return _told(UNDECIDED, sides, next(iter(rest)), reason="the balls are too wide to tell")


def ordered(
    left: Term,
    right: Term,
    point: Point,
    sizes: Mapping[str, int],
    strict: bool = False,
    digits: int = DIGITS,
    world: World = BALLS,
) -> Agreement:
    """Whether left ≤ right (left < right when `strict`) in every entry at a point; `touching` where some entry is equal to `digits`.

    A strict inequality that touches is UNDECIDED in balls. Raises as `related`.
    """
    exact = exactly(left, right, point, sizes) if world is BALLS else None
    if exact is not None:
        return _in_order(exact, strict)
    derived = order(left) + order(right) > 0
    bits = bits_needed(digits + SPARE, left, right)
    for turn in range(ROUNDS):
        with precision(bits << turn):
            sides = in_balls_at(left, right, point, sizes, world)
            gaps = {k: _real(y - x) for k, (x, y) in enumerate(zip(sides.left, sides.right, strict=True))}
            rest = gaps if derived else {k: d for k, d in gaps.items() if not _certain(d, strict)}
            if not rest:
                return Agreement(AGREES)
            bound = tolerance(digits)
            rooms = dict(zip(rest, [bound * s for s in _among(sides, rest)], strict=True))
            failing = [k for k, d in rest.items() if d < -rooms[k]]
            if failing:
                return _told(DIFFERS, sides, failing[0])
            near = [k for k, d in rest.items() if not d > rooms[k]]
            if not near and derived:
                return Agreement(AGREES)
            if not strict and near and all(abs(rest[k]) < rooms[k] for k in near):
                return _told(AGREES, sides, near[0])._replace(touching=True)
    exact = exactly(left, right, point, sizes, again=True) if world is BALLS else None
    if exact is not None:  # a root that is rational here
        return _in_order(exact, strict)
    return _told(UNDECIDED, sides, next(iter(rest)), reason="both sides are equal as far as can be told")


def _in_order(sides: Sides, strict: bool) -> Agreement:
    return _first(sides, (lambda x, y: x < y) if strict else (lambda x, y: x <= y))


def _certain(gap: arb, strict: bool) -> bool:
    return bool(gap > 0 or (gap.is_zero() and not strict))


def exactly(left: Term, right: Term, point: Point, sizes: Mapping[str, int], again: bool = False) -> Sides | None:
    """Both sides in rationals; None where one has no rational value; `again` tries a pair that had none elsewhere."""
    found = _rational(left, right, point, sizes, again)
    return None if found is None else _paired(*found, list)


def _rational(
    left: Term, right: Term, point: Point, sizes: Mapping[str, int], again: bool = False
) -> tuple[Tensor, Tensor] | None:
    key = left, right
    if not again and key in _irrational:
        return None
    try:
        e = Evaluation(point, sizes, complete(RATIONALS, left))
        first = e.value(compact(left))
        complete(RATIONALS, right)
        return first, e.value(compact(right))
    except NotInWorld:
        if len(_irrational) >= MOST:
            _irrational.clear()
        _irrational.add(key)
        return None


def _same(left: Tensor, right: Tensor) -> bool:
    """Whether exact values of one shape are equal."""
    if left.shape != right.shape:
        return False
    if left.whole is not None and right.whole is not None:
        return bool(left.whole == right.whole)
    return left.entries == right.entries


MOST = 4096
_irrational: set[tuple[Term, Term]] = set()  # pairs without rational values, not to be tried at every point


def in_balls_at(left: Term, right: Term, point: Point, sizes: Mapping[str, int], world: World) -> Sides:
    """Both sides at the precision in force; raises OutOfDomain where one has no value."""
    balls = in_balls(point)
    first = Evaluation(balls, sizes, complete(world, left))
    other = complete(world, right)
    second = first if other is first.world else Evaluation(balls, sizes, other)
    left, right = compact(left), compact(right)
    values = first.value(left), second.value(right)
    if not all(x.is_finite() for value in values for x in value.entries):
        raise OutOfDomain("the value is not a finite number")

    def scale() -> list[Number]:
        a, b = magnitude(first, left).entries, magnitude(second, right).entries
        size = max(len(a), len(b))
        return [x + y for x, y in zip(a * (size // len(a)), b * (size // len(b)), strict=True)]

    return _paired(*values, scale)


def _paired(left: Tensor, right: Tensor, scale: Callable[[], list[Number]]) -> Sides:
    shape = max(left.shape, right.shape, key=len)
    thin = [tuple([n for n in t.shape if n != 1]) for t in (left, right)]
    if thin[0] == thin[1]:
        return Sides(shape, left.entries, right.entries, scale)
    if left.shape and right.shape:
        raise ValueError(f"values of shapes {left.shape} and {right.shape} cannot be compared")
    size = max(len(left.entries), len(right.entries))
    return Sides(shape, left.entries * (size // len(left.entries)), right.entries * (size // len(right.entries)), scale)


def _first(sides: Sides, holds: Callable[[Number, Number], bool]) -> Agreement:
    """The finding in exact numbers: the first entry where the relation does not hold."""
    for k, (x, y) in enumerate(zip(sides.left, sides.right, strict=True)):
        if not holds(x, y):
            return _told(DIFFERS, sides, k)._replace(exact=True)
    return Agreement(AGREES, True)


def _told(outcome: str, sides: Sides, k: int, reason: str = "") -> Agreement:
    place = next((tuple([i + 1 for i in at]) for n, at in enumerate(indices(sides.shape)) if n == k), ())
    kept = sides if outcome == DIFFERS else None
    return Agreement(
        outcome, False, place, shown(sides.left[k]), shown(sides.right[k]), reason=reason, sides=kept, decided=k
    )


def shown(x: Number) -> str:
    """A number as text: a fraction as it is, a ball to as many digits as decide."""
    return str(x) if isinstance(x, fmpq) else str(x.str(SHOWN, radius=False))


# ---------------------------------------------------------------------- entries


def tolerance(digits: int) -> arb:
    return arb(10) ** -digits


def _open(sides: Sides, digits: int) -> dict[int, Number]:
    """The differences that are not certainly below 10^-digits of the larger side."""
    bound = tolerance(digits)
    rest = {}
    for k, (x, y) in enumerate(zip(sides.left, sides.right, strict=True)):
        if x is y:
            continue
        d = x - y
        distance = abs(d)
        if not (distance < bound * abs(x) or distance < bound * abs(y) or d.is_zero()):
            rest[k] = d
    return rest


def _excludes_zero(d: Number) -> bool:
    return bool(abs(d) > 0)


def _stays(d: Number, before: Number | None) -> bool:
    """Whether a difference is what it was with half the bits."""
    return before is not None and bool(abs(d) > abs(before) * arb(0.5))


def _vanishes(d: Number, before: Number | None, scale: Number, digits: int) -> bool:
    """Whether a difference that fell when the bits were doubled is 0 to `digits` of the terms added up.

    Where nothing shows how large those are (`det(A - l*I)`), it is 0 when it falls below 10^-2·digits.
    """
    if before is None or not abs(d) < abs(before).upper() * FELL:
        return False
    return bool(abs(d) < tolerance(digits) * scale) or bool(abs(d) < tolerance(2 * digits))


def _among(sides: Sides, rest: Mapping[int, Number]) -> list[Number]:
    scale = sides.scale()
    return [scale[k] for k in rest]


def _real(x: Number) -> arb:
    """A ball as a real one; raises NotInWorld for a number that is not real."""
    if isinstance(x, arb):
        return x
    if not x.imag.contains(0):
        raise NotInWorld("complex numbers have no order")
    part: arb = x.real
    return part


def magnitude(e: Evaluation, term: Term) -> Tensor:
    """How large the terms are that add up to each entry: sums and contractions with absolute values in them, what else there is as it is.

    A derivative is as large as the function too, out of whose values it is made.
    """
    if term.head == "add":
        parts = [magnitude(e, a) for a in term.args]
        lead = max(parts, key=lambda t: len(t.shape))
        columns = [t.entries * (len(lead.entries) // len(t.entries)) for t in parts]
        return Tensor(lead.shape, [sum(column[1:], column[0]) for column in zip(*columns, strict=True)])
    if term.head == "einsum":
        return contract(term.data, [magnitude(e, a) for a in term.args], e.sizes, BALLS)
    value = e.value(term).each(abs)
    if term.head not in ("derivative", "differential"):
        return value
    inner = e.moved({definition(term): e.value(term.args[1])}, e.step) if definition(term) else e
    largest = sum((abs(x) for x in inner.value(term.args[0]).entries), arb(0))
    return value.each(lambda x: x + largest)
