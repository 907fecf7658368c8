"""Names of one statement: what each stands for, and the variables in order of appearance.

One idea: a name means, in this order, a bound index, a local definition, a declared variable, a size of a declaration,
a constant, or else an undeclared variable whose kind `kinds` has decided. Nothing is decided twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from derive.finding import Label
from derive.infer.complexes import complex_words
from derive.infer.context import Context
from derive.infer.unify import unknown
from derive.sizes import Size, halved, least
from derive.term import COMPLEX, SCALAR, Symbol, Term, Type
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.means import Law
    from derive.syntax.declarations import Declared

SQUARE = frozenset(
    "symmetric skew psd pd orthogonal diagonal lower-triangular upper-triangular invertible idempotent projection involutory "
    "nilpotent permutation stochastic real-eigenvalues distinct-eigenvalues circulant triangular normal scalar-multiple-of-identity "
    "hermitian skewhermitian unitary".split()
)


class Scope:
    """The names of a statement."""

    __slots__ = (
        "assumed",
        "binders",
        "bound",
        "context",
        "definitions",
        "differentials",
        "ends",
        "free",
        "functions",
        "indices",
        "kinds",
        "laws",
        "lengths",
        "offset",
        "run",
        "samples",
        "seen",
        "sizes",
        "symbols",
    )

    def __init__(self, context: Context) -> None:
        self.context = context
        self.symbols: dict[str, Symbol] = {}
        self.functions: dict[str, bool] = {}  # name -> elementwise
        self.sizes: set[str] = set()  # names that occur in declared sizes
        self.ends: dict[str, Size] = {}  # last value of the bound indices that start at 1
        self.run: list[tuple[Size, Size]] = []  # axes that such an index runs over, with its last value
        self.offset: list[Size] = []  # axes with another subscript, such as x[i+1]
        self.indices: dict[str, Size] = {}  # free index names and their ranges
        self.binders: set[str] = set()  # every name that is bound somewhere
        self.samples: frozenset[str] = frozenset()  # undeclared matrices of which `x[i]` is row i, as a column
        self.free: list[str] = []  # index names that no declaration has
        self.bound: dict[
            str, Size | None
        ] = {}  # names bound by sum, prod, array; the value is the last one, None: by use
        self.definitions: dict[str, Tree] = {}
        self.differentials = False  # whether the statement has a `d(F)`, so that `dx` is the differential of `x`
        self.kinds: Mapping[str, str] = {}  # decided kinds of undeclared names
        self.lengths: Mapping[str, Size] = {}  # sizes by names of their own, in the body of an operation
        self.seen: dict[str, Term] = {}  # variables that occur, in order
        self.laws: dict[str, Law] = {}  # distributions of random variables, with terms
        self.assumed: dict[str, str] = {}  # what a declaration as a covariance says of a variable, for the reader

    def declare(self, declared: Sequence[Declared]) -> None:
        for one in declared:
            shape = tuple([self.size_of(s, free=True) for s in one.sizes]) or self._unwritten(one.kind)
            if one.kind in ("elementwise", "function"):
                self.functions[one.name] = one.kind == "elementwise"
            elif one.kind == "index":
                self.indices[one.name] = shape[0] if shape else self.context.solver.fresh()
            else:
                self.symbols[one.name] = self._declared(one, shape)
            for size in shape:
                self.sizes |= {name for name in size.names if not unknown(name)}
        self.context.solver.declared = self.sizes - self.symbols.keys() - self.indices.keys()

    def _unwritten(self, kind: str) -> tuple[Size, ...]:
        """Sizes to be found, for a declaration that gives none: `A: matrix`."""
        fresh = self.context.solver.fresh
        return tuple([fresh() for _ in range({"vector": 1, "row": 1, "matrix": 2}.get(kind, 0))])

    def _declared(self, one: Declared, shape: tuple[Size, ...]) -> Symbol:
        properties = set(one.properties)
        if one.kind == "integer":
            properties.add("integer")
            if one.low is not None or one.high is not None:
                properties.add(f"in {one.low}..{one.high}")
        wrong = properties & SQUARE
        if wrong and (len(shape) != 2 or not self.context.equal(*shape)):
            type = Type(shape, one.kind == "row")
            message = (
                f"{one.name} is declared {min(wrong)}, which needs a square matrix, and is a {self.context.show(type)}"
            )
            self.context.fail("not-square", message)
        if not COMPLEX.isdisjoint(properties):
            properties = complex_words(self.context, one.name, len(shape), properties)
        return Symbol(one.name, Type(shape, one.kind == "row"), tuple(sorted(properties)))

    def adopt(self, symbols: Mapping[str, Symbol]) -> None:
        """Take symbols as they were decided before."""
        for name, symbol in symbols.items():
            self.symbols[name] = symbol
            for size in symbol.type.shape:
                self.sizes |= size.names

    def name(self, tree: Tree) -> Term | None:
        """The variable, index or size of a name; None when it is none of these (a constant, or unknown)."""
        name: str = tree.data  # type: ignore[assignment]
        if name in self.bound:
            return Term("index", (), SCALAR, Size.of(name), "", tree.span)
        if name in self.lengths:
            return Term("size", (), SCALAR, self.lengths[name], "", tree.span)
        known = self.seen.get(name)
        if known is not None:
            return Term("symbol", (), known.type, known.data, "", tree.span)
        symbol = self.symbols.get(name)
        if symbol is None:
            if name in self.indices:
                return Term("index", (), SCALAR, Size.of(name), "", tree.span)
            if name in self.sizes:
                return Term("size", (), SCALAR, Size.of(name), "", tree.span)
            kind = self.kinds.get(name)
            if kind is None:
                return None
            symbol = self.invent(name, kind)
        term = Term("symbol", (), symbol.type, symbol, "", tree.span)
        self.seen[name] = term
        return term

    def invent(self, name: str, kind: str) -> Symbol:
        """An undeclared variable of a decided kind, with sizes to be found."""
        if self.differential(name):
            of = self.symbols.get(name[1:]) or self.invent(name[1:], self.kinds[name[1:]])
            symbol = self.symbols[name] = Symbol(name, of.type, ("complex",) if of.complex else (), True)
            return symbol
        fresh = self.context.solver.fresh
        shape = tuple([fresh() for _ in range({"S": 0, "Z": 0, "C": 1, "R": 1, "M": 2}[kind])])
        properties = ("integer",) if kind == "Z" else ()
        symbol = self.symbols[name] = Symbol(name, Type(shape, kind == "R"), properties, True)
        return symbol

    def differential(self, name: str) -> bool:
        """Whether `dX` goes with a known `X`: always for upper case, else where the statement has a `d(F)`."""
        if name[0] != "d" or not (self.differentials or name[1:2].isupper()):
            return False
        return name[1:] in self.symbols or name[1:] in self.kinds

    def size_of(self, tree: Tree, free: bool = False) -> Size:
        """A tree as a size: arithmetic in size names, index names and integers. `free`: any name is a size name."""
        if tree.head == "number" and isinstance(tree.data, int):
            return Size.of(tree.data)
        if tree.head == "name":
            return self._size_name(tree, free)
        if tree.head in ("add", "sub", "mul"):
            return self._size_arithmetic(tree, free)
        if tree.head == "neg":
            return Size.of(0) - self.size_of(tree.args[0], free)
        if tree.head == "pow" and isinstance(tree.args[1].data, int) and 1 <= tree.args[1].data <= 8:
            base = result = self.size_of(tree.args[0], free)
            for _ in range(tree.args[1].data - 1):
                result = result * base
            return result
        if tree.head == "call" and tree.data == "floor" and len(tree.args) == 1 and tree.args[0].head == "div":
            return self._floor(tree, free)
        if tree.head == "call" and tree.data == "min" and len(tree.args) == 2:
            return least(*[self.context.solver.resolve(self.size_of(a, free)) for a in tree.args])
        if tree.head == "div" and tree.args[1].data == 2 and tree.args[1].head == "number":
            half = halved(self.context.solver.resolve(self.size_of(tree.args[0], free)))
            if half is not None:
                return half
        return self._no_size(tree)

    def _floor(self, tree: Tree, free: bool) -> Size:
        """`floor(a/b)` where it is the same polynomial for every size."""
        above, below = [self.context.solver.resolve(self.size_of(a, free)) for a in tree.args[0].args]
        quotient = above.floored(below)
        if quotient is None:
            message = f"floor(({above})/({below})) is not the same polynomial for all sizes: give the sizes as numbers"
            self.context.fail("not-a-size", message, Label(tree.span), notes=("or as multiples, such as vector(2*n)",))
        return quotient

    def _size_name(self, tree: Tree, free: bool) -> Size:
        name: str = tree.data  # type: ignore[assignment]
        if name in self.lengths:
            return self.lengths[name]
        if free or name in self.bound or name in self.sizes or name in self.indices:
            return Size.of(name)
        symbol = self.symbols.get(name)
        if symbol is not None and (symbol.type.shape or "integer" not in symbol.properties):
            return self._no_size(tree)
        self.sizes.add(name)  # written as a size: `ones(n)` without a declaration of n
        return Size.of(name)

    def _size_arithmetic(self, tree: Tree, free: bool) -> Size:
        parts, node = [], tree
        while node.head in ("add", "sub", "mul"):
            parts.append((node.head, self.size_of(node.args[1], free)))
            node = node.args[0]
        total = self.size_of(node, free)
        for sign, size in reversed(parts):
            total = total + size if sign == "add" else total - size if sign == "sub" else total * size
        return total

    def _no_size(self, tree: Tree) -> Size:
        text = self.context.text(tree.span) or str(tree.data)
        message = f"{text} is not a size: a size is a whole number or arithmetic in size names"
        self.context.fail("not-a-size", message, Label(tree.span))
