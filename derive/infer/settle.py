"""The last step of inference: unknown sizes get names, and Terms are completed with the sizes that were found.

One idea: names are given in order of appearance, `m` and `n` to the rows and columns of a matrix that need not be square, `n`
to a size that stands alone; a name that the statement uses already is never taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from derive.infer.scope import Scope
from derive.infer.unify import Unifier
from derive.ops import Operation
from derive.sizes import Size
from derive.term import Pattern, Symbol, Term, Type

POOL = "n m k p q r l h d s t u v w a b c".split()


def named(solver: Unifier, variables: list[Symbol], terms: tuple[Term, ...], scope: Scope) -> Mapping[str, Size]:
    """The value of every unknown: what it was found to be, with names for those that are free."""
    taken = {*scope.symbols, *scope.sizes, *scope.definitions, *scope.functions, *scope.indices, *scope.binders}
    fresh = _fresh_names(taken)
    values: dict[str, Size] = {}
    shapes = [[solver.resolve(s) for s in v.type.shape] for v in variables if v.type.shape]
    for pair in shapes:
        if len(pair) != 2:
            continue
        rows, columns = pair[0].name, pair[1].name
        if rows is None or columns is None or rows == columns or not _free(rows, values) or not _free(columns, values):
            continue
        both = ("m", "n") if not {"m", "n"} & taken else (next(fresh), next(fresh))
        taken.update(both)
        values[rows], values[columns] = map(Size.of, both)
    _name_each([s for shape in shapes for s in shape], values, fresh)
    found = {name: solver.resolve(Size.of(name)) for name in [*_all(solver), *solver.forced]}
    if any(_free(name, values) for size in found.values() for name in size.names):
        _name_each(_sizes_of(terms, solver), values, fresh)
    return {name: size.substitute(values) for name, size in found.items()}


def _free(name: str, values: Mapping[str, Size]) -> bool:
    """Whether this is an unknown without a value."""
    return name[0] == "?" and name not in values


def _name_each(sizes: Iterable[Size], values: dict[str, Size], fresh: Iterator[str]) -> None:
    for size in dict.fromkeys(sizes):
        for name in sorted(size.names):
            if _free(name, values):
                values[name] = Size.of(next(fresh))


def _all(solver: Unifier) -> list[str]:
    return [f"?{k}" for k in range(1, solver.count + 1)]


def _fresh_names(taken: set[str]) -> Iterator[str]:
    for letter in POOL:
        if letter not in taken:
            taken.add(letter)
            yield letter
    k = 1
    while True:
        if f"n{k}" not in taken:
            yield f"n{k}"
        k += 1


def _sizes_of(terms: tuple[Term, ...], solver: Unifier) -> Iterator[Size]:
    """Every size inside the terms that may hold an unknown, found in constants of a size and in bounds."""
    found: dict[Size, None] = {}
    for term in terms:
        for node in term.walk():
            for size in node.type.shape:
                found[size] = None
            if type(node.data) is Pattern:
                for _, size in node.data.sizes:
                    found[size] = None
    return map(solver.resolve, found)


def settled(
    terms: tuple[Term, ...], variables: list[Symbol], values: Mapping[str, Size]
) -> tuple[tuple[Term, ...], list[Symbol]]:
    """Terms and symbols with the unknowns replaced: a term with unknowns is of this statement alone, and is completed in place."""
    settle = _Settle(values)
    for term in terms:
        settle.term(term)
    return terms, [settle.symbol(v) for v in variables]


class _Settle:
    __slots__ = ("done", "sizes", "symbols", "types", "values")

    def __init__(self, values: Mapping[str, Size]) -> None:
        self.values = values
        self.done: dict[int, Term] = {}  # by number, with the object that has it
        self.symbols: dict[Symbol, Symbol] = {}
        self.types: dict[int, tuple[Type, Type]] = {}
        self.sizes: dict[int, tuple[Size, Size]] = {}

    def size(self, size: Size) -> Size:
        known = self.sizes.get(id(size))
        if known is None:
            known = self.sizes[id(size)] = (size, size.substitute(self.values))
        return known[1]

    def type(self, type: Type) -> Type:
        if not type.shape:
            return type
        known = self.types.get(id(type))
        if known is None:
            made = Type(tuple([self.size(s) for s in type.shape]), type.row)
            known = self.types[id(type)] = (type, made)
        return known[1]

    def symbol(self, symbol: Symbol) -> Symbol:
        made = self.symbols.get(symbol)
        if made is None:
            properties = tuple([self._property(p) for p in symbol.properties])
            made = Symbol(symbol.name, self.type(symbol.type), properties, symbol.inferred)
            self.symbols[symbol] = made
        return made

    def _property(self, word: str) -> str:
        if word.startswith("index(") and word[6:-1] in self.values:
            return f"index({self.size(Size.of(word[6:-1]))})"
        return word

    def term(self, root: Term) -> Term:
        """Every node once, in any order; with a stack, so that long chains are no trouble."""
        done = self.done
        stack = [root]
        while stack:
            term = stack.pop()
            if id(term) in done:
                continue
            done[id(term)] = term
            if term.args:
                stack += term.args
            data = term.data
            if data is not None:
                kind = data.__class__
                if kind is Symbol:
                    data = self.symbol(data)
                elif kind is Pattern:
                    data = self.pattern(data)
                elif kind is not Operation and kind is not int:
                    data = self.data(data)
            term.become(self.type(term.type), data)
        return root

    def pattern(self, pattern: Pattern) -> Pattern:
        if not pattern.sizes:
            return pattern
        return Pattern(pattern.inputs, pattern.output, tuple([(c, self.size(s)) for c, s in pattern.sizes]))

    def data(self, data: object) -> object:
        """Sizes, symbols and terms inside the data of a node; numbers and names stay."""
        if isinstance(data, Size):
            return self.size(data)
        if isinstance(data, Symbol):
            return self.symbol(data)
        if isinstance(data, Term):
            return self.term(data)
        if type(data) is tuple:
            return tuple([self.data(part) for part in data])
        return data
