"""`infer`: all trees of one statement to Terms, together.

One idea: kinds first (only when something is undeclared), then types bottom up, then the unknown sizes that are left get
names, and every Term is rebuilt once with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from derive.finding import DeriveError
from derive.infer.context import Context, Misfit
from derive.infer.elaborate import Elaborator
from derive.infer.expectations import imply, refuse_names
from derive.infer.families import FAMILIES, members
from derive.infer.kinds import decide_kinds, undeclared
from derive.infer.letters import refuse_products
from derive.infer.meant import meant
from derive.infer.predicates import spelled_out
from derive.infer.remarks import remarks
from derive.infer.scope import Scope
from derive.infer.settle import named, settled
from derive.infer.unify import unknown
from derive.sizes import Size
from derive.source import Source
from derive.term import SCALAR, Symbol, Term
from derive.tree import Tree, by_head

if TYPE_CHECKING:
    from derive.syntax.declarations import Declared


class Typed(NamedTuple):
    """A statement with every kind, size and overload decided."""

    terms: tuple[Term, ...]
    symbols: tuple[Symbol, ...]  # those that occur, in order of appearance, then those declared and unused
    sizes: tuple[str, ...]  # size names, in order of appearance
    notes: tuple[str, ...]


def infer(
    trees: Sequence[Tree],
    declared: Sequence[Declared] = (),
    *,
    source: Source | None = None,
    symbols: Mapping[str, Symbol] | None = None,
) -> Typed:
    """Type the trees of one statement together.

    `declared` are the declarations; `symbols` are variables decided before (then nothing is guessed: an unknown name is an
    error, and the sizes in them are rigid). Raises LanguageError with labels on the operands that do not fit; edits that
    would mend it are tried, and those that hold are its helps.
    """
    try:
        return type_statement(trees, declared, source, symbols)
    except Misfit as misfit:
        from derive.infer.mending import with_helps

        raise with_helps(misfit, declared, source, symbols) from None


def type_statement(
    trees: Sequence[Tree], declared: Sequence[Declared], source: Source | None, symbols: Mapping[str, Symbol] | None
) -> Typed:
    """As `infer`, with edits that have not been tried in the error (`Misfit`)."""
    reading = _Reading(trees, declared, source, symbols)
    if reading.capitals():
        try:
            return reading.typed(dict.fromkeys(reading.names, "M"))
        except DeriveError:  # what is no matrix is found out, and what does not fit is said, in the long way
            reading = _Reading(trees, declared, source, symbols)
    return reading.typed()


class _Reading:
    """A statement as it is meant, and the names in it that nothing says the kind of."""

    __slots__ = ("declared", "names", "nodes", "read", "said", "scope", "symbols", "trees")

    def __init__(
        self,
        trees: Sequence[Tree],
        declared: Sequence[Declared],
        source: Source | None,
        symbols: Mapping[str, Symbol] | None,
    ) -> None:
        context = Context(source)
        self.scope = scope = Scope(context)
        self.declared = declared
        self.symbols = symbols
        scope.declare([one for one in declared if one.kind not in FAMILIES])
        trees = [spelled_out(tree) for tree in members(trees, declared, context)]
        if symbols is not None:
            scope.adopt(symbols)
        self.nodes = by_head(trees)
        self.trees, self.read = meant(trees, scope, self.nodes)
        self.names: list[str] = []
        self.said: list[Tree] = self.trees
        if symbols is None:
            self._find_names()

    def _find_names(self) -> None:
        scope, implied = self.scope, imply(self.scope)
        if self.read or implied:
            self.said = [*self.trees, *implied]
            self.nodes = by_head(self.said)
        self.names = undeclared(self.said, scope, self.nodes)
        if self.names:
            refuse_names(self.names, self.trees, scope)
            refuse_products(self.names, scope.symbols, self.trees, scope.context)

    def capitals(self) -> bool:
        """Whether all of the names are capitals that nothing but a misfit can keep from being matrices."""
        plain = self.nodes.keys().isdisjoint(("index", "differential", "where"))
        return bool(self.names) and plain and all(name[0].isupper() for name in self.names)

    def typed(self, kinds: Mapping[str, str] | None = None) -> Typed:
        """The statement with these kinds of the names, or with those that are decided for them."""
        scope = self.scope
        if self.names:
            if kinds is None:
                kinds = decide_kinds(self.said, scope, self.names, "differential" in self.nodes)
            scope.kinds = kinds
        elaborator = Elaborator(scope)
        elaborator.notes += self.read
        terms = tuple([elaborator.term(tree) for tree in self.trees])
        if self.symbols is None:
            source = scope.context.source
            if source is not None and "\\" in source.text:
                from derive.infer.entrywise import refuse_matrix_functions

                refuse_matrix_functions(terms, scope.context)
            elaborator.notes += remarks(self.nodes, self.declared, scope)
        return finish(elaborator, terms)


def finish(elaborator: Elaborator, terms: tuple[Term, ...]) -> Typed:
    """Name the unknown sizes that are left, and put them in."""
    scope = elaborator.scope
    _fill_axes(scope)
    variables = [scope.symbols[name] for name in scope.seen]
    variables += [Symbol(name, SCALAR, (f"index({scope.indices[name]})",), True) for name in scope.free]
    variables += [symbol for name, symbol in scope.symbols.items() if name not in scope.seen]
    solver = scope.context.solver
    if solver.count or solver.forced:
        if not solver.settle():
            scope.context.fail("size-mismatch", "the sizes in this statement cannot all be equal as they must be")
        values = named(solver, variables, terms, scope)
        terms, variables = settled(terms, variables, values)
    shapes = dict.fromkeys([size for symbol in variables for size in symbol.type.shape])
    sizes = dict.fromkeys([name for size in shapes for name in _in_order(size)])
    forced = [f"{name} = {value}: the statement leaves no other size" for name, value in solver.forced.items()]
    return Typed(
        terms,
        tuple(variables),
        tuple(sizes),
        (*elaborator.notes, *forced, *_samples(scope, variables), *_surprises(variables)),
    )


def _samples(scope: Scope, variables: list[Symbol]) -> list[str]:
    """Families of vectors, which are kept as the rows of a matrix."""
    found = []
    for v in variables:
        if v.name in scope.samples:
            other = scope.symbols.get(v.name.upper())
            apart = other is not None and other is not v and len(other.type.shape) == 2
            more = f"; it has nothing to do with {v.name.upper()} unless `{v.name}: rows({v.name.upper()})` is declared"
            found.append(f"{v.name}[i] is a vector, sample i: row i of {v}{more if apart else ''}")
    return found


def _surprises(variables: list[Symbol]) -> list[str]:
    """Inferred kinds that the case of the letter does not suggest."""
    inferred = [v for v in variables if v.inferred and v.name.isidentifier()]  # not the mean that is called E(x)
    return [f"{v.name} is read as a {v.type}" for v in inferred if v.name[0].isupper() and v.type.order != 2]


def _in_order(size: Size) -> list[str]:
    return [size.name] if size.name is not None else sorted(size.names)


def _fill_axes(scope: Scope) -> None:
    """An axis of unknown size over which an index runs from 1 has as many entries as the index has values."""
    solver = scope.context.solver
    for axis, last in scope.run:
        axis = solver.resolve(axis)
        shifted = {solver.resolve(other) for other in scope.offset}
        if axis.name is not None and unknown(axis.name) and axis not in shifted:
            solver.equal(axis, last)
