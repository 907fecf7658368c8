"""Validation: is this term the derivative of that one?

One idea: at random points, along random directions V, the answer contracted with V must equal the difference quotient of the function to
30 digits; with 50 and more that are computed, right and wrong are far apart. It does not know how the answer was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10
from typing import NamedTuple

from flint import acb, arb, fmpq

from derive.finding import DomainError, Finding
from derive.numeric.ball import BALLS, precision
from derive.numeric.differences import STEP, Direction, bits_for, directional
from derive.numeric.dimensions import Dimensions, nodes, symbols_of
from derive.numeric.evaluate import evaluate
from derive.numeric.free_entries import within
from derive.numeric.gaussian import IMAGINARY
from derive.numeric.sampling import direction, draw, in_balls, strategy_of
from derive.numeric.structures import Entries
from derive.numeric.tensor import Number, Tensor, column_major, count, strides
from derive.numeric.world import NotInWorld, OutOfDomain
from derive.sizes import Size
from derive.term import Symbol, Term

DIGITS = 30  # of agreement that make it right
ATTEMPTS = 120
METHOD = "central differences in ball arithmetic, h = 2^-64"
BEST = 1e-60  # an error below is not told from 0


class Witness(NamedTuple):
    """A place where answer and difference quotient disagree."""

    point: tuple[tuple[str, object], ...]  # name, nested lists of fractions as text
    sizes: tuple[tuple[str, int], ...]
    entry: int  # of the function, row-major, from 0
    expected: float  # difference quotient
    got: float  # answer along the same direction
    reason: str


class Validation(NamedTuple):
    """What the oracle found; `max_relative_error` is the largest of all entries and points, `digits` what it leaves."""

    method: str
    points: int
    digits: int
    max_relative_error: float
    ok: bool
    seed: int
    sizes: tuple[tuple[str, tuple[int, ...]], ...]  # name, and its value at every point
    witness: Witness | None = None


class Question(NamedTuple):
    """What is to be compared, apart from the point."""

    f: Term
    targets: Sequence[Symbol]
    answer: Term
    order: int
    denominator: bool
    vectorised: bool
    structure: str
    entry: tuple[Size, ...]  # of the one target, counted from 1, when the derivative is by that entry
    wirtinger: str = ""  # the kind of a derivative by a complex target
    half: bool = False  # by the entries on and below the diagonal of the symmetric target, column by column


class Place(NamedTuple):
    """Where it is compared."""

    sizes: dict[str, int]
    point: dict[str, Tensor]
    directions: list[Direction]  # of the function
    against: list[Direction]  # what the answer is contracted with; the same but for free entries


class Comparison(NamedTuple):
    """One entry at a place: `error` is `distance` relative to the terms of the answer."""

    error: float
    entry: int
    expected: float
    got: float
    distance: float = 0.0  # between the midpoints, and the width of the balls
    decided: bool = True  # whether the midpoints differ by more than the width
    reason: str = ""


def validate(
    f: Term,
    targets: Sequence[Symbol],
    answer: Term,
    order: int,
    *,
    points: int = 3,
    seed: int = 0,
    layout: str = "numerator",
    vectorised: bool = False,
    entry: Sequence[int | Size] | None = None,
    structure: str = "",
    wirtinger: str = "",
    half: bool = False,
) -> Validation:
    """Whether `answer` is the derivative of order `order` of f by the targets.

    Axes of the answer: those of f, then those of the targets `order` times; with layout "denominator" those of the targets come first.
    Axes of size 1 do not count. Several scalar targets are one vector. `vectorised`: f and target are stacked by columns. `entry`: the
    derivative is by this entry of the one target, counted from 1, and has the axes of f alone.
    `half`: with `vectorised`, by vech of a symmetric target. `wirtinger`: of this kind, by the one complex target (see `numeric.wirtinger`). `structure`: the derivative is by the free entries of a target with that property.
    Raises DomainError (`no-point-in-domain`) when no point is found where both have a value.
    """
    if len(targets) > 1 and any(t.type.shape for t in targets):
        raise ValueError("several targets must be scalars")
    if points < 1 or order < 1 or any(not isinstance(e, Size) and e < 1 for e in entry or ()):
        raise ValueError("points, order and entries are counted from 1")
    places = tuple(Size.of(e) for e in entry or ())
    question = Question(
        f, targets, answer, order, layout == "denominator", vectorised, structure, places, wirtinger, half
    )
    symbols = symbols_of(f, answer)
    symbols += tuple(t for t in targets if t.name not in {s.name for s in symbols})
    dimensions = Dimensions((f, answer), symbols)
    dimensions.join(_open_sizes(question))
    dimensions.require(n - i + 1 for n, i in zip(targets[0].type.shape, places, strict=False))
    used: list[dict[str, int]] = []
    worst = Comparison(0.0, 0, 0.0, 0.0)
    witness = None
    for k in range(points):
        place, found = _compared(question, dimensions, symbols, seed + k)
        used.append(place.sizes)
        if not found.error <= 10.0**-DIGITS:
            worst, witness = found, _witness(place, found)
            break
        worst = max(worst, found, key=lambda c: c.error)
    sizes = tuple((name, tuple(s[name] for s in used)) for name in (used[0] if used else ()))
    return Validation(METHOD, len(used), _digits(worst.error), worst.error, witness is None, seed, sizes, witness)


def _open_sizes(question: Question) -> list[tuple[str, Size]]:
    """Size names of the answer alone, such as that of `vector(1)`, with the size that the derivative has there."""
    blocks = [] if question.entry else [t.type.shape for t in question.targets[:1] if t.type.shape] * question.order
    f = question.f.type.shape
    wanted = [s for block in ([*blocks, f] if question.denominator else [f, *blocks]) for s in block if s.number != 1]
    given = [s for s in question.answer.type.shape if s.number != 1]
    if len(wanted) != len(given) or question.vectorised:
        return []
    known = {n for node in nodes(question.f) for s in node.type.shape for n in s.names}
    known |= {
        n for s in (*symbols_of(question.f, question.answer), *question.targets) for z in s.type.shape for n in z.names
    }
    return [(g.name, w) for g, w in zip(given, wanted, strict=True) if g.name is not None and g.name not in known]


def _digits(error: float) -> int:
    return max(0, int(-log10(max(error, BEST)))) if error < float("inf") else 0


def _compared(
    question: Question, dimensions: Dimensions, symbols: Sequence[Symbol], seed: int
) -> tuple[Place, Comparison]:
    """The comparison at the first place where everything has a value."""
    reason = ""
    for attempt in range(ATTEMPTS):
        number = seed + 1009 * attempt
        sizes = dimensions.choose(seed if attempt < 4 else number, drawn=attempt >= 4)
        point = draw(symbols, sizes, number, strategy_of(attempt))
        entries = Entries(number + 500)
        directions = [_direction(question, point, sizes, entries) for _ in range(question.order)]
        against = directions
        if question.structure:
            name = question.targets[0].name
            pairs = [within(question.structure, d[name], direction(d[name].shape, entries)) for d in directions]
            directions = [{name: v} for v, _ in pairs]
            against = directions if question.half else [{name: c} for _, c in pairs]
        place = Place(sizes, point, directions, against)
        try:
            return place, compare(question, place)
        except OutOfDomain as error:
            reason = str(error)
        except NotInWorld as error:
            message = f"the answer cannot be checked, so it is not given: {error}"
            raise DomainError(Finding("not-checkable", message)) from None
    message = f"no point was found where the expression and its derivative have a value ({reason})"
    raise DomainError(
        Finding(
            "no-point-in-domain", message, notes=(f"{ATTEMPTS} points were tried, positive and small ones among them",)
        )
    )


def _direction(
    question: Question, point: Mapping[str, Tensor], sizes: Mapping[str, int], entries: Entries
) -> Direction:
    """A random direction for every target; along one entry when the derivative is by that entry."""
    along = {t.name: direction(point[t.name].shape, entries) for t in question.targets}
    if question.entry:
        (target,) = question.targets
        full = along[target.name]
        flat = sum((e.value(sizes) - 1) * s for e, s in zip(question.entry, strides(full.shape), strict=True))
        along[target.name] = Tensor(full.shape, [x if k == flat else x * 0 for k, x in enumerate(full.entries)])
    return along


def compare(question: Question, place: Place) -> Comparison:
    """The largest relative error at one place; a second, finer difference is taken before it is called large.

    Raises OutOfDomain where the balls are too wide to tell.
    """
    coarse = _errors(question, place, STEP)
    worst = max(coarse, key=lambda c: c.error)
    if worst.error <= 10.0**-DIGITS or worst.reason:
        return worst
    fine = _errors(question, place, 3 * STEP)
    return max((_settled(a, b) for a, b in zip(coarse, fine, strict=True)), key=lambda c: c.error)


def _settled(coarse: Comparison, fine: Comparison) -> Comparison:
    """The finer result; when the two differ by truncation and rounding alone (both fell with h), its absolute error.

    So 0 against the h² of x³ at 0 is no error, while any wrong value stays wrong at every h.
    """
    if fine.error <= 10.0**-DIGITS:
        return fine
    if coarse.distance < 1e-20 and fine.distance <= coarse.distance * 1e-30:
        return fine._replace(error=fine.distance)
    if not fine.decided:
        raise OutOfDomain("the balls are too wide to tell")
    if not _converged(coarse, fine):
        raise OutOfDomain("the function changes too fast for differences")
    return fine


def _converged(coarse: Comparison, fine: Comparison) -> bool:
    """Whether two difference quotients, of which one has the finer step by far, are near one limit; exp(exp(exp(exp(x)))) has steps to climb."""
    scale = max(abs(coarse.expected), abs(fine.expected), abs(fine.got))
    return scale < float("inf") and abs(coarse.expected - fine.expected) <= 1e-6 * scale


def _errors(question: Question, place: Place, step: int) -> list[Comparison]:
    """One comparison an entry of f."""
    quotient = _quotient(question, place, step)
    expected = column_major(quotient) if question.vectorised else quotient.entries
    with precision(bits_for(question.order, step)):
        answer = evaluate(question.answer, in_balls(place.point), place.sizes, BALLS)
        along = [_stacked(question, d) for d in place.against]
        wanted = _wanted(question, quotient.shape, place)
        if wanted != tuple(n for n in answer.shape if n != 1):
            shapes = ["×".join(map(str, shape)) or "a scalar" for shape in (answer.shape, wanted)]
            return [
                Comparison(float("inf"), 0, 0.0, 0.0, reason=f"the answer is {shapes[0]} and has to be {shapes[1]}")
            ]
        got_values, terms = _along(answer.entries, len(expected), along, question.denominator)
        largest = max((t.mid() for t in terms), default=arb(0))
        return [
            _relative(k, a, b, t, largest)
            for k, (e, g, t) in enumerate(zip(expected, got_values, terms, strict=True))
            for a, b in _parts(e, g)
        ]


def _quotient(question: Question, place: Place, step: int) -> Tensor:
    """The derivative of f along the directions; by a complex variable, made of those along V and along iV."""
    along = directional(question.f, question.targets, place.directions, place.point, place.sizes, step)
    if not question.wirtinger:
        return along
    from derive.numeric.wirtinger import PARTS

    turned = [{name: v.each(lambda x: IMAGINARY * x) for name, v in d.items()} for d in place.directions]
    across = directional(question.f, question.targets, turned, place.point, place.sizes, step)
    by_real, by_imaginary = (arb(0) if part is None else part for part in PARTS[question.wirtinger])
    with precision(bits_for(question.order, step)):
        pairs = zip(along.entries, across.entries, strict=True)
        return Tensor(along.shape, [by_real * x + by_imaginary * y for x, y in pairs])


def _wanted(question: Question, f: tuple[int, ...], place: Place) -> tuple[int, ...]:
    """The shape of the derivative without axes of size 1."""
    block = place.point[question.targets[0].name].shape
    if question.entry:
        block = ()
    elif len(question.targets) > 1:
        block = (len(question.targets),)
    if question.vectorised:
        f, block = (count(f),), (count(block) if not question.half else block[0] * (block[0] + 1) // 2,)
    shape = block * question.order + f if question.denominator else f + block * question.order
    return tuple(n for n in shape if n != 1)


def _stacked(question: Question, along: Direction) -> list[fmpq]:
    """A direction as the list of its entries, in the order of the answer's axes."""
    parts = [along[t.name] for t in question.targets]
    if question.entry:
        return [next((x for x in parts[0].entries if x != 0), fmpq(0))]
    if question.half:
        n = parts[0].shape[0]
        return [parts[0].entries[i * n + j] for j in range(n) for i in range(j, n)]
    return [x for p in parts for x in (column_major(p) if question.vectorised else p.entries)]


def _along(
    entries: list[Number], width: int, directions: Sequence[list[fmpq]], denominator: bool
) -> tuple[list[Number], list[Number]]:
    """The answer contracted with all directions, and the same sum of absolute values."""
    values, sizes = entries, [abs(x) for x in entries]
    for v in reversed(directions):
        balls = [arb(x) for x in v]
        length = len(v)
        if denominator:
            rest = len(values) // length
            picks = [[k * rest + r for k in range(length)] for r in range(rest)]
        else:
            picks = [list(range(r * length, (r + 1) * length)) for r in range(len(values) // length)]
        values = [_sum([values[i] * b for i, b in zip(pick, balls, strict=True)]) for pick in picks]
        sizes = [_sum([sizes[i] * abs(b) for i, b in zip(pick, balls, strict=True)]) for pick in picks]
    assert len(values) == width
    return values, sizes


def _sum(parts: list[Number]) -> Number:
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


def _parts(expected: Number, got: Number) -> list[tuple[Number, Number]]:
    """Both real parts and both imaginary parts; the numbers themselves when they are real."""
    if type(expected) is arb and type(got) is arb:
        return [(expected, got)]
    a, b = acb(expected), acb(got)
    return [(a.real, b.real), (a.imag, b.imag)]


def _relative(entry: int, expected: Number, got: Number, terms: Number, largest: Number) -> Comparison:
    """|expected - got| / max(|expected|, terms of got), and the width of the balls against the largest entry's terms."""
    distance = abs(expected.mid() - got.mid())
    width = expected.rad() + got.rad()
    scale = max(abs(expected.mid()), terms.mid())
    floats = float(expected), float(got), float(distance + width), bool(distance > width)
    if distance.is_zero() and width.is_zero():
        return Comparison(0.0, entry, *floats)
    wide = max(scale, largest)
    if wide.is_zero() or (scale.is_zero() and not distance.is_zero()):
        return Comparison(float("inf"), entry, *floats)
    relative = width / wide if distance.is_zero() else distance / scale + width / wide
    error = float(relative.mid())
    return Comparison(error if error == error else float("inf"), entry, *floats)  # not a number is no agreement


def _witness(place: Place, found: Comparison) -> Witness:
    point = tuple((name, value.nested(str)) for name, value in place.point.items())
    return Witness(point, tuple(place.sizes.items()), found.entry, found.expected, found.got, found.reason)
