"""Derivatives that stand inside a term: their values, by difference quotients of the function itself.

One idea: `d(f)/dx` at a point is (f(x + hV) - f(x - hV)) / 2h for every entry of the target, V being the entries that move with it, and
what does not mention x is computed once. In balls h is chosen by the precision in force, so that truncation (h²) and
rounding are both far below 30 digits; in exact rationals a polynomial is differentiated exactly, by as many points as its degree asks for.
No rule of calculus is used: a sum, a product or an inverse is never taken apart.

With K the number of derivatives inside each other (`order`), p the bits in force and s = p // (K + 2): h = 2⁻ˢ, the
truncation is of order 2⁻²ˢ, and so is the rounding. The radius of the balls holds the rounding alone; `accuracy` says what to
expect of both, and a comparison that must be sure computes again with more bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from flint import ctx, fmpq

from derive.numeric.exact import RATIONALS
from derive.numeric.free_entries import Move, alone, is_symmetric, tied
from derive.numeric.mentions import base, definition, postorder, variable
from derive.numeric.polynomial import degree, first_weights, second_weights
from derive.numeric.tensor import Number, Tensor, count
from derive.numeric.world import OutOfDomain
from derive.term import Symbol, Term

if TYPE_CHECKING:
    from derive.numeric.evaluate import Evaluation, Plan

COARSEST = 12  # h is at most 2^-COARSEST, however few the bits
GUARD = 24  # bits left to the condition of the function and to its higher derivatives
CLOSER = 2  # bits by which h is smaller at a second look
EXACT = 64  # bits lost where no derivative stands

Weights = Sequence[tuple[Number, Number]]  # distance t along V, and the weight of f(x + tV) ∓ f(x - tV)
Kind = Callable[["Evaluation", Term], Tensor]


class Target(NamedTuple):
    """What moves: the value of a variable, and for each entry of the target the entries of the variable that move with it."""

    name: str
    start: Tensor
    plan: Plan  # of the function where it moves
    shape: tuple[int, ...]
    moves: list[Move]


# ---------------------------------------------------------------------- heads


def derivative(e: Evaluation, term: Term) -> Tensor:
    """The value of `d(f)/dx` and its kin: the axes of f, then those of the target. Raises ValueError for an unknown kind."""
    data: Any = term.data
    kind = KINDS.get(data[0])
    if data[0] in WIRTINGER:
        from derive.numeric.wirtinger import by_complex_entries

        kind = by_complex_entries
    if kind is None:
        raise ValueError(f"a derivative of the kind {data[0]} has no value")
    return kind(e, term)


def differential(e: Evaluation, term: Term) -> Tensor:
    """The value of `d(F)`: that of (F(X + h dX) - F(X - h dX)) / 2h, every X that has a dX moving at once."""
    (f,) = term.args
    data: Any = term.data
    pairs: list[tuple[Symbol, Symbol]] = [pair for pair in data or () if variable(pair[0].name) in e.names(f)]
    if not pairs:
        return unmoved(e, f, ())
    lines = {x.name: (e.point[x.name], e.point[dx.name]) for x, dx in pairs}
    for name, (x, dx) in lines.items():
        if x.shape != dx.shape:
            raise ValueError(f"{name} has the shape {x.shape} and its differential {dx.shape}")
    step = step_of(e, term)
    plan = e.prepared(f, lines)

    def at(t: Number) -> Tensor:
        moved = {
            name: Tensor(x.shape, [a + t * b for a, b in zip(x.entries, dx.entries, strict=True)])
            for name, (x, dx) in lines.items()
        }
        return e.moved(moved, step).run(plan)

    return _slope(e, f, frozenset(lines), at, step)


def _by_entries(e: Evaluation, term: Term) -> Tensor:
    """d, grad, jac and ds: one quotient for each set of entries that move together."""
    f = term.args[0]
    target = target_of(e, term)
    if variable(target.name) not in e.names(f):
        return unmoved(e, f, target.shape)
    step = step_of(e, term)
    moving = frozenset((target.name,))
    done: dict[Move, Tensor] = {}
    for move in target.moves:
        if move and move not in done:
            done[move] = _slope(e, f, moving, along(e, target, move, step), step)
    return assembled(e, f, target, [done.get(move) for move in target.moves])


def _hessian(e: Evaluation, term: Term) -> Tensor:
    """The second derivatives by pairs of entries: (g(V + W) - g(V) - g(W)) / 2, g(V) being the second derivative along V."""
    f = term.args[0]
    target = target_of(e, term)
    if variable(target.name) not in e.names(f):
        return unmoved(e, f, target.shape * 2)
    step = step_of(e, term)
    weights = bend_weights(e, f, target.name, step)
    middle = e.moved({target.name: target.start}, step).run(target.plan).scalar

    def bent(move: Move) -> Number:
        return bend(along(e, target, move, step), middle, weights)

    single = [bent(move) for move in target.moves]
    size, half = len(single), e.world.number(fmpq(1, 2))
    rows = [[x] * size for x in single]
    for i in range(size):
        for j in range(i):
            both = bent(_together(target.moves[i], target.moves[j]))
            rows[i][j] = rows[j][i] = (both - single[i] - single[j]) * half
    return Tensor(target.shape * 2, [x for row in rows for x in row])


KINDS: dict[str, Kind] = {
    "d": _by_entries,
    "grad": _by_entries,
    "jac": _by_entries,
    "ds": _by_entries,
    "hess": _hessian,
}
WIRTINGER = ("dz", "dzc", "dre", "dim")  # loaded when one is asked for


# ---------------------------------------------------------------------- what moves


def target_of(e: Evaluation, term: Term) -> Target:
    """The variable of a derivative, where it starts, and what moves for every entry of the target.

    Entries of the variable are followed through the target by numbering them, so a transpose, an entry, a slice or a vec is what its
    value says. With kind "ds", and for the vech of a symmetric variable, entries that the structure ties together move together.
    """
    data: Any = term.data
    kind, target = data
    symbol: Symbol = base(term)
    start = e.value(term.args[1]) if definition(term) else e.point[symbol.name]
    plan = e.prepared(term.args[0], (symbol.name,))
    if kind == "ds":
        moves = tied(symbol.properties, start.shape)
    elif is_symmetric(symbol.properties) and _half(target):
        moves = tied(("symmetric",), start.shape)
    else:
        moves = alone(len(start.entries))
    if target.head == "symbol":
        return Target(symbol.name, start, plan, start.shape, moves)
    numbered = Tensor(start.shape, [fmpq(k + 1) for k in range(len(start.entries))])
    places = type(e)({symbol.name: numbered}, e.sizes, RATIONALS).value(target)
    if any(place == 0 for place in places.entries):
        raise ValueError("a derivative by an entry that is 0 by its form")
    return Target(symbol.name, start, plan, places.shape, [moves[int(place) - 1] for place in places.entries])


def _half(target: Term) -> bool:
    """Whether the target is the vech of a variable."""
    return any("vech" in (node.name, getattr(node.data, "name", "")) for node in target.walk())


def along(e: Evaluation, target: Target, move: Move, step: int) -> Callable[[Number], Tensor]:
    """The function where the variable has gone a distance along a move."""

    def at(t: Number) -> Tensor:
        entries = list(target.start.entries)
        for place, weight in move:
            entries[place] = entries[place] + t * weight
        return e.moved({target.name: Tensor(target.start.shape, entries)}, step).run(target.plan)

    return at


def _together(first: Move, second: Move) -> Move:
    total = dict(first)
    for place, weight in second:
        total[place] = total.get(place, 0) + weight
    return tuple(total.items())


# ---------------------------------------------------------------------- quotients


def _slope(e: Evaluation, f: Term, names: frozenset[str], at: Callable[[Number], Tensor], step: int) -> Tensor:
    """The derivative along a line. Raises OutOfDomain where a pseudo-inverse jumps, which has none there: its quotients grow without end."""
    found = quotient(at, slope_weights(e, f, names, step))
    if e.world.name != RATIONALS.name and _may_jump(f):
        closer = quotient(at, slope_weights(e, f, names, step + CLOSER))
        for x, y in zip(found.entries, closer.entries, strict=True):
            if abs(x - y) > 1 + abs(x):
                raise OutOfDomain("the pseudo-inverse jumps here: it has no derivative where the rank changes")
    return found


@lru_cache(maxsize=4096)
def _may_jump(term: Term) -> bool:
    return any(node.name == "pinv" for node in term.walk())


def quotient(at: Callable[[Number], Tensor], weights: Weights) -> Tensor:
    """Σ w (f(t) - f(-t))."""
    total: list[Number] | None = None
    shape: tuple[int, ...] = ()
    for t, w in weights:
        ahead, behind = at(t), at(-t)
        shape = ahead.shape
        terms = [(x - y) * w for x, y in zip(ahead.entries, behind.entries, strict=True)]
        total = terms if total is None else [x + y for x, y in zip(total, terms, strict=True)]
    return Tensor(shape, total or [])


def bend(at: Callable[[Number], Tensor], middle: Number, weights: Weights) -> Number:
    """Σ w (f(t) + f(-t) - 2 f(0)), of a scalar."""
    terms = [(at(t).scalar + at(-t).scalar - 2 * middle) * w for t, w in weights]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def slope_weights(e: Evaluation, f: Term, names: frozenset[str], step: int) -> Weights:
    """Distances and weights of a first derivative: one central difference, or as many as make a polynomial's exact."""
    if e.world.name == RATIONALS.name:
        return first_weights(degree(e, f, names))
    return [(e.world.number(fmpq(1, 1 << step)), e.world.number(fmpq(1 << step, 2)))]


def bend_weights(e: Evaluation, f: Term, name: str, step: int) -> Weights:
    if e.world.name == RATIONALS.name:
        return second_weights(degree(e, f, frozenset((name,))))
    return [(e.world.number(fmpq(1, 1 << step)), e.world.number(1 << (2 * step)))]


def unmoved(e: Evaluation, f: Term, more: tuple[int, ...]) -> Tensor:
    """The derivative of what does not move."""
    shape = tuple([e.size(s) for s in f.type.shape]) + more
    return Tensor(shape, [e.world.number(0)] * count(shape))


def assembled(e: Evaluation, f: Term, target: Target, columns: Sequence[Tensor | None]) -> Tensor:
    """One column for every entry of the target, None where nothing moves, as the axes of f and then those of the target."""
    known = next((column for column in columns if column is not None), None)
    if known is None:
        return unmoved(e, f, target.shape)
    nothing = [e.world.number(0)] * len(known.entries)
    lists = [nothing if column is None else column.entries for column in columns]
    return Tensor(known.shape + target.shape, [x for row in zip(*lists, strict=True) for x in row])


# ---------------------------------------------------------------------- steps and digits


@lru_cache(maxsize=4096)
def order(term: Term) -> int:
    """How many derivatives stand inside each other at most: 0 for none; a Hessian counts as two."""
    found: dict[Term, int] = {}
    for node in postorder(term, found):
        found[node] = max([found[a] for a in node.args], default=0) + ORDERS.get(_kind(node), 0)
    return found[term]


def _kind(node: Term) -> str:
    data: Any = node.data
    return str(data[0]) if node.head == "derivative" else node.head


ORDERS = {"differential": 1, "d": 1, "grad": 1, "jac": 1, "ds": 1, "hess": 2, **dict.fromkeys(WIRTINGER, 1)}


def step_of(e: Evaluation, term: Term) -> int:
    return e.step or max(COARSEST, ctx.prec // (order(term) + 2))


def accuracy(term: Term, bits: int | None = None) -> int | None:
    """Digits to which the derivatives inside a term are good with so many bits (those in force when None), relative to the function.

    None where no derivative stands: then the balls say all. What the promise leaves out is the size of the third derivative against
    the function: h² of it is lost.
    """
    depth = order(term)
    if depth == 0:
        return None
    step = max(COARSEST, (ctx.prec if bits is None else bits) // (depth + 2))
    return max(0, int((2 * step - GUARD) * DIGITS_OF_A_BIT))


def bits_needed(digits: int, *terms: Term) -> int:
    """The precision with which the values of terms have so many digits: more where derivatives stand inside each other."""
    depth = max([order(term) for term in terms], default=0)
    bits = int(digits / DIGITS_OF_A_BIT) + 1
    if depth == 0:
        return bits + EXACT
    return (bits + GUARD) * (depth + 2) // 2 + depth + 2


DIGITS_OF_A_BIT = 0.30103
