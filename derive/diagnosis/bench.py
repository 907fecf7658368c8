"""The bench: is an edited line equal to the line before it? Asked of hundreds of edits, so values are computed once.

One idea: the right line is evaluated at three places, and an edit is first held against those values; subterms that an edit leaves alone are not
computed again. What agrees there is judged in full, and only that is believed. It knows no edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flint import arb, fmpq

from derive.claims import claims_of
from derive.diagnosis.fitting import Fitting
from derive.diagnosis.parts import value_of
from derive.engine.families import ranges
from derive.finding import DeriveError
from derive.infer.statement import Typed, type_statement
from derive.judge.cost import Costs, cost
from derive.judge.ladder import Judge
from derive.judge.places import Ground, Place
from derive.judge.report_data import Context
from derive.judge.statement import Statement
from derive.numeric.ball import BALLS, precision
from derive.numeric.derivatives import bits_needed
from derive.numeric.evaluate import Evaluation, complete
from derive.numeric.exact import RATIONALS
from derive.numeric.mentions import interned
from derive.numeric.sampling import in_balls
from derive.numeric.tensor import Tensor
from derive.numeric.world import NotInWorld
from derive.sizes import Size
from derive.source import Source
from derive.term import Symbol, Term, Type
from derive.tree import Tree

PLACES = 2
INDEXED = 4  # where there are free indices
ATTEMPTS = 24  # seeds that are looked at for places with a value
BITS = 160
FIRST = 5e4  # work, in nodes of lines that are typed: a hundred thousand of them take about a second
LOOK = 2  # nodes that it takes to see that an edit does not fit
NUMBER = 0.004  # nodes that it takes to compute a number
NEAR = 1e-20  # relative: nearer values are taken to be equal, until the judge has said so
SOLVED = 1e-14  # the same, where variables were solved for with some thirty digits
STAY = frozenset(("index", "elementwise", "function", "rows", "columns"))  # declarations that are no variables

Values = Sequence[Tensor]


class Bench:
    """The line before, its values, and what may stand in its place.

    Raises DeriveError where the line before cannot be typed, ValueError where it has no value anywhere.
    """

    def __init__(self, previous: Tree, context: Context, seed: int = 0, also: Sequence[Tree] = ()) -> None:
        self.previous = previous
        self.context = context
        self.seed = seed
        self.work = 0.0
        self._limit = FIRST
        self.relation = previous.head == "relation"
        self.premised = context.ground is not None and (self.relation or bool(context.premises))
        self.definitions = dict(context.definitions)
        sides = previous.args if self.relation else (previous,)
        self.typed = self._first_typed(sides)
        self.symbols = {s.name: s for s in self.typed.symbols if s.name not in self._apart()}
        self.sizes = frozenset(self.typed.sizes)
        self.terms = self.typed.terms
        self.type: Type = self.terms[0].type
        self.held: dict[str, tuple[Symbol, Tree]] = {}  # definitions taken as constants, by the name of the constant
        self.tried = 0
        self._known: dict[Tree, bool] = {}
        self._fitting = Fitting(self._type_of)
        self._places: list[_Room] = []
        self._look_around(self._indexed(also))
        self._free = self._free_room() if self.relation and self.premised else None

    @property
    def rooms(self) -> Sequence[_Room]:
        return self._places

    def statement(self, line: Tree) -> Statement | None:
        """`previous == line` under the definitions, to be judged under conditions; None where it does not type."""
        try:
            tree = self.wrapped(Tree("relation", (self.previous, line), ("==",)))
            return Statement(tree, self.context.declared, Source("", "statement"))
        except (DeriveError, ValueError, ArithmeticError):
            return None

    def scalar(self, tree: Tree) -> bool:
        """Whether a tree is certainly a number, which nobody transposes."""
        return self._fitting.scalar(tree)

    @property
    def dear(self) -> float:
        """Numbers that are computed for the line before at a place."""
        return sum(cost(term, self._places[0].place.sizes) for term in self.terms)

    def late(self) -> bool:
        """Whether the work that was allowed is done."""
        return self.work > self._limit

    def allow(self, work: float) -> None:
        """So much work from here on; counted, not timed, so that the same line gets the same hints on every machine."""
        self._limit = self.work + work

    # ------------------------------------------------------------------ typing

    def wrapped(self, tree: Tree) -> Tree:
        """The tree under the definitions of the document; its own come first."""
        own: dict[str, Tree] = {}
        if tree.head == "where":
            own = dict(zip(tree.data, tree.args[1:], strict=True))  # type: ignore[call-overload]
            tree = tree.args[0]
        known = {**self.definitions, **own}
        return Tree("where", (tree, *known.values()), tuple(known), tree.span) if known else tree

    def typed_terms(self, trees: Sequence[Tree]) -> tuple[Term, ...] | None:
        """The terms of these trees under the declarations; None where they do not fit."""
        names = Symbol("", Type(tuple(self.typed_sizes)))
        kept = [d for d in self.context.declared if d.kind in STAY]
        known = {**self.symbols, **{n: s for n, (s, _) in self.held.items()}, "": names}
        whole = [self.wrapped(t) for t in trees]
        self.work += sum(1 for t in whole for _ in t.walk())
        try:
            return type_statement(whole, kept, None, known).terms
        except (DeriveError, ValueError, ArithmeticError, RecursionError):
            return None

    @property
    def typed_sizes(self) -> list[Any]:
        return [Size.of(n) for n in self.typed.sizes]

    def _first_typed(self, trees: Sequence[Tree]) -> Typed:
        return type_statement([self.wrapped(t) for t in trees], self.context.declared, None, None)

    def _apart(self) -> set[str]:
        indices = {s.name for s in self.typed.symbols if any(p.startswith("index(") for p in s.properties)}
        return indices | {d.name for d in self.context.declared if d.kind in STAY}

    # ------------------------------------------------------------------ values

    def _ground(self, also: Sequence[Term]) -> Ground:
        """Where values are drawn: under the premises of the text where there are any."""
        if self.premised and self.context.ground is not None:
            return self.context.ground(self.previous)
        return Ground((*self.terms, *also), self.typed.symbols, self.seed)

    def _free_room(self) -> _Room | None:
        """A place where the equation that is given does not hold: what holds there too says nothing of it."""
        ground = Ground(self.terms, self.typed.symbols, self.seed)
        for attempt in range(4):
            try:
                room = _Room(ground.place(self.seed + 1, attempt), self.terms)
                return None if self._sides_agree(room, self.terms, self.previous.args) else room
            except (DeriveError, ArithmeticError, ValueError, LookupError):
                continue
        return None

    def _sides_agree(self, room: _Room, terms: Sequence[Term], sides: Sequence[Tree]) -> bool:
        """Whether the sides of an equation are equal at a place; the number 0 stands for any zero."""
        made = [t for t, side in zip(terms, sides, strict=True) if value_of(side) != 0]
        if len(made) < len(terms):
            return all(room.zero(t) for t in made)
        values = [self._value(room, t) for t in made]
        return all(same(value, values[0], room.near) for value in values[1:])

    def _indexed(self, lines: Sequence[Tree]) -> list[Term]:
        """The entries at free indices in other lines, so that places give those indices values."""
        found: dict[Tree, None] = {n: None for t in lines for n in t.walk() if n.head == "index"}
        made = [self.typed_terms([node]) for node in list(found)[:20]]
        return [terms[0] for terms in made if terms is not None]

    def _look_around(self, also: Sequence[Term]) -> None:
        """Find places where the line before has a value, and for an equation holds."""
        ground = self._ground(also)
        attempt = 0
        indices = ranges(self.context.declared, self.typed.symbols)
        wanted = INDEXED if ground.indexed else PLACES
        for _ in range(ATTEMPTS):
            if len(self._places) >= wanted or (self._places and self.late()):
                break
            try:
                place = ground.place(self.seed + len(self._places), attempt)
                place = place if self.premised else _with_indices(place, indices, len(self._places))
                room = _Room(place, self.terms, self.premised)
            except (DeriveError, ArithmeticError, ValueError):
                attempt += 1
                continue
            attempt = 0
            self._places.append(room)
        if not self._places:
            raise ValueError("no place was found where the line before has a value")

    def hold(self, name: str) -> str | None:
        """A constant with the value of a definition, under a name of its own; None where it has no type."""
        held = f"{name}_held"
        if held in self.held:
            return held
        typed = self.typed_terms([Tree("name", (), name)])
        if typed is None:
            return None
        symbol = Symbol(held, typed[0].type)
        try:
            for room in self._places:
                room.add(held, typed[0])
        except (ArithmeticError, ValueError):
            return None
        self.held[held] = (symbol, Tree("name", (), name))
        return held

    def values(self, tree: Tree) -> list[Tensor] | None:
        """The values of an expression at the places; None where it has none at one of them."""
        term = self._typed_under(tree, None)
        try:
            return None if term is None else [room.value(term) for room in self._places]
        except (ArithmeticError, ValueError, LookupError):
            return None

    def _typed_under(self, tree: Tree, under: Mapping[str, Tree] | None) -> Term | None:
        """The term of a tree; `under` puts other definitions in."""
        saved = self.definitions
        self.definitions = {**saved, **(under or {})}
        try:
            terms = self.typed_terms([tree])
            return None if terms is None else terms[0]
        finally:
            self.definitions = saved

    def equal(self, a: Tree, b: Tree, under: Mapping[str, Tree] | None = None) -> bool:
        """Whether two expressions have the same shape and the same values at the places; `under` is for the first."""
        first, second = self._typed_under(a, under), self._typed_under(b, None)
        if first is None or second is None or first.type.row != second.type.row:
            return False
        one, other = first, second
        return self._everywhere(lambda room: same(room.value(one), room.value(other), room.near))

    # ------------------------------------------------------------------ candidates

    def agrees(self, tree: Tree) -> bool:
        """Whether a line in the place of the wrong one holds at the places: a first look, not a verdict."""
        found = self._known.get(tree)
        if found is None:
            self.tried += 1
            self.work += LOOK
            found = self._known[tree] = self._agrees(tree)
        return found

    def _agrees(self, tree: Tree) -> bool:
        own = tree.args[0] if tree.head == "where" else tree
        if (own.head == "relation") != self.relation or self._misfit(tree, own):
            return False
        if not self.relation:
            typed = self.typed_terms([tree])
            if typed is None or not _alike(typed[0].type, self.type):
                return False
            only = typed[0]
            return self._everywhere(lambda room: same(self._value(room, only), room.values[0], room.near))
        sides = [_side_of(tree, side) for side in own.args]
        terms = self.typed_terms(sides)
        if terms is None or _empty(own, sides):
            return False
        made = [t for t, side in zip(terms, own.args, strict=True) if value_of(side) != 0]
        if not all(_alike(t.type, made[0].type) for t in made):
            return False
        if not self._everywhere(lambda room: self._sides_agree(room, terms, own.args)):
            return False
        return not self._says_nothing(terms, own.args)

    def _value(self, room: _Room, term: Term) -> Tensor:
        self.work += NUMBER * room.costs.further(term)
        return room.value(term)

    def _says_nothing(self, terms: Sequence[Term], sides: Sequence[Tree]) -> bool:
        """Whether an equation holds also where that does not hold which is given."""
        if self._free is None:
            return False
        try:
            return self._sides_agree(self._free, terms, sides)
        except (ArithmeticError, ValueError, LookupError):
            return False

    def _misfit(self, tree: Tree, own: Tree) -> bool:
        """Whether a line certainly does not fit in shape; one with definitions of its own is not looked at."""
        if tree.head == "where":
            return False
        if self.relation:
            return any(self._fitting.shape(side) is False for side in own.args)
        shape = self._fitting.shape(own)
        return shape is False or (isinstance(shape, Type) and not _alike(shape, self.type))

    def _type_of(self, letter: str) -> Type | None:
        """The type of a variable or a definition; None for an index, a size or a constant."""
        known = self.symbols.get(letter)
        if known is not None:
            return known.type
        if letter not in self.definitions:
            return None
        typed = self.typed_terms([Tree("name", (), letter)])
        return None if typed is None else typed[0].type

    def _everywhere(self, holds: Callable[[_Room], bool]) -> bool:
        """Whether it holds wherever there is a value, and there is one."""
        some = False
        for room in self._places:
            try:
                if not holds(room):
                    return False
                some = True
            except ArithmeticError:  # no value here, such as the inverse of a product that is singular at these sizes
                continue
            except (ValueError, LookupError):  # LookupError: a size or an index that nothing decides
                return False
        return some

    def judged(self, tree: Tree) -> str | None:
        """The verdict on a line in the place of the wrong one: a status; None where it makes no sense."""
        own = tree.args[0] if tree.head == "where" else tree
        if self.context.judge is not None:
            return self.context.judge(self.previous, tree)
        if not self.relation:
            return self.judge(self.previous, tree)
        left, right = (_side_of(tree, side) for side in own.args[:2])
        if value_of(right) == 0:
            right = Tree("mul", (right, left))  # the zero of this shape
        return self.judge(left, right)

    def judge(self, left: Tree, right: Tree) -> str | None:
        """The status of `left == right` under the declarations and definitions."""
        terms = self.typed_terms([left, right])
        if terms is None or not _alike(terms[0].type, terms[1].type):
            return None
        claims = claims_of(Term("relation", terms, Type(), ("==",)))
        symbols = [*self.typed.symbols, *(s for s, _ in self.held.values())]
        judge = Judge(symbols, self.seed, None, ranges(self.context.declared, self.typed.symbols))
        try:
            return judge.judge(claims[0]).status
        except (DeriveError, ArithmeticError, ValueError):
            return None


def _with_indices(place: Place, indices: Mapping[str, Size], turn: int) -> Place:
    """The place with other values of its free indices in every turn, so that an index is not taken for a number."""
    sizes = dict(place.sizes)
    for name, count in indices.items():
        if name in sizes:
            sizes[name] = 1 + turn % max(1, count.value(sizes))
    return place._replace(sizes=sizes)


class _Room:
    """One place, the values of the line before there, and everything that has been computed there."""

    def __init__(self, place: Place, terms: Sequence[Term], solved: bool = False) -> None:
        self.place = place
        self.near = SOLVED if solved else NEAR
        self.costs = Costs(place.sizes)
        self.point = dict(place.point)
        self._exact: Evaluation | None = None
        self._balls: Evaluation | None = None
        self._irrational: set[Term] = set()
        self.bits = max(BITS, bits_needed(24, *terms))
        self.values = [self.value(term) for term in terms]

    def add(self, name: str, term: Term) -> None:
        """Give a constant the value of a term."""
        with precision(self.bits):
            self.point[name] = self.value(term).each(_rational)
        self._exact = self._balls = None

    def value(self, term: Term) -> Tensor:
        """Exact where it can be. Raises OutOfDomain and NotInWorld (ArithmeticError, ValueError)."""
        term = interned(term)
        try:
            if self._exact is None:
                self._exact = Evaluation(self.point, self.place.sizes, RATIONALS)
            complete(RATIONALS, term)
            return self._finite(self._exact.value(term))
        except NotInWorld:
            pass
        with precision(self.bits):
            if self._balls is None:
                self._balls = Evaluation(in_balls(self.point), self.place.sizes, complete(BALLS, term))
            return self._finite(self._balls.value(term))

    def zero(self, term: Term) -> bool:
        """Whether a term vanishes here; relative to its summands, where there are some."""
        parts = term.args if term.head == "add" else ()
        size = max((_largest(self.value(part)) for part in parts), default=0.0)
        return _largest(self.value(term)) <= (self.near * size if size else 1e-25)

    @staticmethod
    def _finite(value: Tensor) -> Tensor:
        if not all(isinstance(x, fmpq) or x.is_finite() for x in value.entries):
            raise ArithmeticError("the value is not a finite number")
        return value


def _largest(value: Tensor) -> float:
    return max((float(abs(_ball(x))) for x in value.entries), default=0.0)


def _rational(x: Any) -> fmpq:
    """The middle of a ball as a rational."""
    if isinstance(x, fmpq):
        return x
    if not isinstance(x, arb):
        raise ValueError("complex numbers are no rationals")
    mantissa, exponent = x.mid().man_exp()
    return fmpq(int(mantissa)) * fmpq(2) ** int(exponent)


def _empty(relation: Tree, sides: Sequence[Tree]) -> bool:
    """Whether an equation says nothing: both sides are the same expression, or it is about nothing but numbers."""
    return len(set(sides)) < len(sides) or not any(n.head == "name" for n in relation.walk())


def _side_of(tree: Tree, side: Tree) -> Tree:
    """One side of a relation, under the definitions that the line brings."""
    return Tree("where", (side, *tree.args[1:]), tree.data, side.span) if tree.head == "where" else side


def _alike(a: Type, b: Type) -> bool:
    return a.order == b.order and (a.row == b.row or a.order != 1) and a.shape == b.shape


def same(a: Tensor, b: Tensor, near: float = NEAR) -> bool:
    """Whether two values are equal, as far as their balls can tell."""
    return a.shape == b.shape and all(_same(x, y, near) for x, y in zip(a.entries, b.entries, strict=True))


def _same(x: Any, y: Any, near: float) -> bool:
    if isinstance(x, fmpq) and isinstance(y, fmpq) and near == NEAR:
        return bool(x == y)
    try:
        with precision(BITS):
            first, second = _ball(x), _ball(y)
            size = max(float(abs(first)), float(abs(second)), 1e-9)
            return float(abs(first - second)) <= near * size
    except (TypeError, ValueError, OverflowError):
        return False


def _ball(x: Any) -> Any:
    return arb(x) if isinstance(x, fmpq) else x
