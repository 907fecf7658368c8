"""Ways to make equations hold: which variables are solved for, and how; and how inequalities are made to hold.

One idea: nothing is recognised by its form. A way is tried, and kept where all equations hold afterwards: affine equations exactly, values with a property that
the sampler knows (idempotent, orthogonal, of norm 1 …), the roots along a line, at last Newton's method. An inequality is an equation with
something positive added, and that something is drawn. It knows no claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from flint import fmpq

from derive.claims import DEFINITE, EQUATION, ORDER, Claim
from derive.finding import DomainError
from derive.judge.lines import Line, lines, roots
from derive.judge.places import Place
from derive.judge.solving import Choice, Premises, fits
from derive.numeric.sampling import draw
from derive.numeric.tensor import Tensor
from derive.numeric.world import NotInWorld
from derive.sizes import Size
from derive.term import Symbol, Term

OF_MATRICES = "idempotent orthogonal involutory rank-deficient nilpotent symmetric psd projection diagonal".split()
OF_VECTORS = ("unit-norm", "simplex", "one-hot")
MOST_SPECIAL = 3  # kinds of values for one symbol that serve, the least special first
MOST_LINES = 30
SOME = fmpq(1, 14)  # a parameter
LIKELY = [fmpq(0), fmpq(1), fmpq(-1), fmpq(2), fmpq(1, 2)]  # roots where the gaps are no polynomials
MOST_VAIN = 3
STARTS = (1, -2, 5, -9, 16)  # times what was drawn
SLACKS = [fmpq(1), fmpq(1, 2), fmpq(5), fmpq(1, 16), fmpq(40)]  # how far from its border an inequality holds
TROUBLE = (DomainError, ArithmeticError, ValueError, TypeError, NotInWorld)


class Way(NamedTuple):
    """A solution from a drawn place and a seed; whether zero comes out, and whether it is by Newton's method."""

    solve: Callable[[Place, int], Place | None]
    degenerate: bool = False
    rough: bool = False


def ways(solver: Premises, place: Place, seed: int, fixed: frozenset[str]) -> list[Way]:
    """The ways that work here: for what is unknown, else exact ones, with others where those are special; `u = 0` only if nothing else does.

    fixed: the names of variables that have their values from a stated set.
    """
    choices = list(solver.choices())
    exact, decided = _solved_for(solver, place, fixed, [c for c in choices if c[1]])
    if not exact:
        exact, decided = _solved_for(solver, place, fixed, solver.pairs(), 2)
    good = [w for w in exact if not w.degenerate]
    if decided or good:
        return good[-1:] if decided else good
    special = list(_special(solver, place, seed, fixed, OF_MATRICES, OF_VECTORS))
    general = list(_along(solver, place, seed, fixed, True))
    if general or (exact and special):
        return [*special, *general]
    if exact:
        return exact
    rough, decided = _solved_for(solver, place, fixed, [c for c in choices if not c[1]], 1 if special else MOST_LINES)
    found = rough[-1:] if decided else [*special, *([w for w in rough if not w.degenerate] or rough)]
    return (
        found
        or list(_along(solver, place, seed, fixed, False))
        or list(_special(solver, place, seed, fixed, ("zero",), ("zero",)))
    )


def _solved_for(
    solver: Premises, place: Place, fixed: frozenset[str], choices: Iterable[Choice], most: int = MOST_LINES
) -> tuple[list[Way], bool]:
    """By so many choices of variables, exactly or by Newton's method; and whether the last one is for what is unknown, and decides alone."""
    found: list[Way] = []
    unknown = {s.name for s in solver.unknown}
    for choice, exactly in choices:
        names = {s.name for s in choice}
        if names & fixed:
            continue
        solved = solver.solved(place, choice, exactly)
        if solved is None:
            continue
        zero = any(all(x == 0 for x in solved.point[n].entries) for n in names)
        found.append(Way(partial(_for_choice, solver, choice, exactly), zero, not exactly))
        if unknown and not zero and names <= unknown:
            return found, True
        if len(found) == most:
            break
    return found, False


def _for_choice(solver: Premises, choice: Sequence[Symbol], exactly: bool, place: Place, seed: int) -> Place | None:
    """Newton's method for numbers begins far apart, on both sides of 0: `sin(x) == 0` has more than one solution."""
    start = STARTS[seed % len(STARTS)]
    if not exactly and start != 1 and not any(s.type.shape for s in choice):
        far = {s.name: place.point[s.name].each(lambda x: x * start) for s in choice}
        found = solver.solved(Place(place.sizes, {**place.point, **far}, place.wide), choice, False)
        if found is not None:
            return found
    return solver.solved(place, choice, exactly)


# ---------------------------------------------------------------------- values with a property


def _special(
    solver: Premises,
    place: Place,
    seed: int,
    fixed: frozenset[str],
    of_matrices: Sequence[str],
    of_vectors: Sequence[str],
) -> Iterator[Way]:
    """One variable has a property, and all equations hold then, or are solved for another one."""
    for s in solver.others + solver.unknown:
        order, kept = len(s.type.shape), 0
        for word in of_matrices if order == 2 else of_vectors if order == 1 else ():
            if s.name in fixed or kept == MOST_SPECIAL:
                break
            way = partial(_with_property, solver, s, word, fixed)
            if way(place, seed) is not None:
                kept += 1
                yield Way(way)


def _with_property(
    solver: Premises, symbol: Symbol, word: str, fixed: frozenset[str], place: Place, seed: int
) -> Place | None:
    drawn = _drawn(symbol, word, place, seed)
    if drawn is None or solver.exactly(drawn):
        return drawn
    choices = [c for c, exactly in solver.choices() if exactly and not {s.name for s in c} & {symbol.name, *fixed}]
    turn = seed % len(choices) if choices else 0
    for choice in choices[turn:] + choices[:turn]:
        solved = solver.solved(drawn, choice, True)
        if solved is not None and not any(all(x == 0 for x in solved.point[s.name].entries) for s in choice):
            return solved
    return None


def _drawn(symbol: Symbol, word: str, place: Place, seed: int) -> Place | None:
    """The place where one variable has one more property; None where that cannot be."""
    shape = place.point[symbol.name].shape
    if len(shape) == 2 and shape[0] != shape[1] and word != "rank-deficient":
        return None
    other = Symbol(symbol.name, symbol.type, (*symbol.properties, word))
    try:
        value = draw([other], place.sizes, seed)[symbol.name]
    except TROUBLE:
        return None
    return Place(place.sizes, {**place.point, symbol.name: value}, place.wide)


# ---------------------------------------------------------------------- lines


def _along(solver: Premises, place: Place, seed: int, fixed: frozenset[str], single: bool) -> Iterator[Way]:
    """The roots on each line that has some, which go round with the seed; `single`: where one entry moves, and all others are as drawn."""
    free = [s for s in solver.unknown + solver.others if s.name not in fixed]
    for number, line in enumerate(lines(free, place)):
        if number >= MOST_LINES:
            return
        if (len(line.moving) == 1) == single:
            way = partial(_on_line, solver, free, number)
            if way(place, seed) is not None and not (single and gaps_along(solver, line, place)(SOME) is None):
                yield Way(way)


def _on_line(solver: Premises, free: Sequence[Symbol], number: int, place: Place, seed: int) -> Place | None:
    line = next((one for k, one in enumerate(lines(free, place)) if k == number), None)
    found = [] if line is None else list(on_line(solver, line, place))
    return found[seed % len(found)] if found else None


def on_line(solver: Premises, line: Line, place: Place) -> Iterator[Place]:
    """The places of a line at which all equations hold."""
    names = {name for name, *_ in line.moving}
    moving = [s for s in solver.inside if s.name in names]
    gaps = gaps_along(solver, line, place)
    for root in chain(roots(gaps), LIKELY if gaps(SOME) is None else ()):
        there = line.at(place, root)
        if (solver.exactly(there) or (int(root.q) > 1 << 64 and solver.near(there))) and fits(there, moving):
            yield there


def gaps_along(solver: Premises, line: Line, place: Place) -> Callable[[fmpq], list[fmpq] | None]:
    """The gaps of all equations at a parameter of a line; None where they are not rational."""

    def gaps(t: fmpq) -> list[fmpq] | None:
        try:
            found = solver.gaps(line.at(place, t))
        except TROUBLE:
            return None
        return found if all(isinstance(g, fmpq) for g in found) else None

    return gaps


def branches(solver: Premises, place: Place, fixed: frozenset[str]) -> Iterator[tuple[Place, bool]]:
    """Every solution on every line through a place, and whether something is zero there."""
    free = [s for s in solver.unknown + solver.others if s.name not in fixed]
    for number, line in enumerate(lines(free, place)):
        if number >= MOST_LINES:
            return
        names = {name for name, *_ in line.moving}
        for found in on_line(solver, line, place):
            yield found, any(all(x == 0 for x in found.point[n].entries) for n in names)


# ---------------------------------------------------------------------- inequalities


class Slack:
    """Inequalities as equations with something added that is positive, or nothing where the border belongs to them."""

    def __init__(self, premises: Sequence[Claim], indices: Mapping[str, Size], unknown: frozenset[str]) -> None:
        self.symbols: list[Symbol] = []
        self.vain = 0  # how often in a row nothing was found
        made = [c if c.kind == EQUATION else self._equation(c) for c in premises]
        self.solver = Premises([c for c in made if c is not None], indices, unknown)

    def _equation(self, claim: Claim) -> Claim | None:
        name = f"slack {len(self.symbols)}"
        if claim.kind == DEFINITE:
            own = Symbol(name, claim.left.type, ("constant", "pd" if claim.op == "ispd" else "psd"))
            left, right = claim.left, _term(own)
        elif claim.kind == ORDER and claim.right is not None:
            sign = 1 if claim.op in ("<", "<=") else -1
            on_left = bool(claim.left.type.shape) or not claim.right.type.shape
            wide = claim.left if on_left else claim.right
            own = Symbol(name, wide.type, ("constant", "positive" if claim.op in ("<", ">") else "nonnegative"))
            moved = Term("add", (wide, _term(own)), wide.type, (1, sign if on_left else -sign), "", wide.span)
            left, right = (moved, claim.right) if on_left else (claim.left, moved)
        else:
            return None
        self.symbols.append(own)
        return Claim(EQUATION, "==", left, right, claim.span)

    def places(self, place: Place, seed: int, fixed: frozenset[str], border: bool = False) -> Iterator[Place]:
        """The place with variables such that all equations and inequalities hold; at the border of those that have one."""
        if not self.symbols or (self.vain >= MOST_VAIN and not border):
            return
        self.vain += 1
        try:
            start = Place(place.sizes, {**place.point, **self._values(place, seed, border)}, place.wide)
        except TROUBLE:
            return
        every = [s for s in self.solver.others + self.solver.unknown if s.name not in fixed]
        turned = [[s] for s in every[seed % len(every) :] + every[: seed % len(every)]] if every else []
        found = False
        for choice in [*turned, every] if len(every) > 1 else turned:
            solved = self.solver.solved(start, choice, True)
            if solved is not None:
                found, self.vain = True, 0
                yield self._bare(solved)
        if not found or border:
            for other, _ in branches(self.solver, start, fixed):
                self.vain = 0
                yield self._bare(other)
        if border:
            for way in _special(self.solver, start, seed, fixed, OF_MATRICES, OF_VECTORS):
                special = way.solve(start, seed)
                if special is not None:
                    yield self._bare(special)

    def _values(self, place: Place, seed: int, border: bool) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for k, s in enumerate(self.symbols):
            shape = tuple([z.value(place.sizes) for z in s.type.shape])
            if len(shape) == 2 and s.properties[1] in ("pd", "psd"):
                word = "psd" if border and s.properties[1] == "psd" else "pd"
                found[s.name] = draw([Symbol(s.name, s.type, (word,))], place.sizes, seed + k)[s.name]
                continue
            number = 1
            for z in shape:
                number *= z
            zero = border and s.properties[1] == "nonnegative"
            entries = [fmpq(0) if zero else SLACKS[(seed + 2 * k + j) % len(SLACKS)] for j in range(number)]
            found[s.name] = Tensor(shape, entries)
        return found

    def _bare(self, place: Place) -> Place:
        own = {s.name for s in self.symbols}
        return Place(place.sizes, {n: v for n, v in place.point.items() if n not in own}, place.wide)


def _term(symbol: Symbol) -> Term:
    return Term("symbol", (), symbol.type, symbol)
