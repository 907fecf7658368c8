"""Terms to NumPy code: one method a head.

One idea: `Translation.code(term, scope)` gives the code of a term, every term once per scope; products are planned by `chain`,
other Einstein sums written by `contraction`, and everything under an index by `indexed`. It decides no shapes: they stand in
the terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from derive.codegen import chain, contraction, indexed
from derive.codegen.bodies import body, signature_ranks
from derive.codegen.code import ATOM, COMPARE, LOOSE, PRODUCT, SUM, Code, Codes, parts
from derive.codegen.field import OVER_COMPLEX
from derive.codegen.names import Names
from derive.codegen.scope import Facts, NoAxis, Scope
from derive.codegen.templates import fill_in, reduction, template
from derive.finding import Finding, Label, LanguageError
from derive.ops import Operation
from derive.sizes import LEAST, Compound, Size
from derive.term import Function, Symbol, Term

STAGE = 30  # terms higher than this are translated in stages, so that height is no limit
PRIMES = ("", "_prime", "_second", "_third")


class Translation:
    """The code of one function: its expressions, its names, and what it turned out to need."""

    def __init__(self, symbols: Sequence[Symbol]) -> None:
        self.codes = Codes()
        self.complex = False  # whether values may be complex: see `derive.codegen.field`
        self.names = Names()
        self.facts = Facts()
        self.symbols = {s.name: s for s in symbols}
        self.parameters = {s.name: self.names.take(s.name) for s in symbols}
        self.sizes: dict[str, str] = {}  # size names and their names in the source
        self.functions: dict[tuple[str, int], str] = {}  # undefined functions and their parameters
        self.root = Scope()
        self.rows = 0  # operations taken row by row so far

    @property
    def dtype(self) -> str:
        """The option of an array whose entries are listed."""
        return "dtype=complex" if self.complex else "dtype=float"

    # ------------------------------------------------------------------ terms

    def code(self, term: Term, scope: Scope | None = None) -> Code:
        """The code of a term; outside of every index in force that it does not name."""
        place = scope if scope is not None and self.depends(term, scope) else self.root
        found = place.memo.get(term)
        if found is not None:
            return found
        for step in self.facts.learn(term):
            if self.facts.height[step] % STAGE == 0 and not self.facts.free[step] & (self.facts.bound - place.names):
                self.code(step, place)
        made = place.memo[term] = self._write(term, place)
        return made

    def depends(self, term: Term, scope: Scope) -> bool:
        if not scope.names:
            return False
        self.facts.learn(term)
        return bool(self.facts.free[term] & scope.names)

    def aligned(self, term: Term, scope: Scope, order: int) -> Code:
        """The code of a term that is to meet arrays of `order` own axes: a batched one with fewer gets axes behind."""
        code = self.code(term, scope)
        missing = order - term.type.order
        if not code.batch or missing <= 0:
            return code
        suffix = "[..." + ", None" * missing + "]"
        if code.kind != "product":
            return self.codes.after(code, suffix, order)
        coefficient, above, below = parts(code)
        tops, bottoms = (
            [self.codes.after(c, suffix, order) if c.batch else c for c in part] for part in (above, below)
        )
        return self.codes.product([self.codes.number(coefficient), *tops], bottoms)

    def _write(self, term: Term, scope: Scope) -> Code:
        made: Code = _WRITERS[term.head](self, term, scope)
        return made

    def _number(self, term: Term, _: Scope) -> Code:
        value: Any = term.data
        return self.codes.number(value)

    def _constant(self, term: Term, _: Scope) -> Code:
        if term.data == "dft":
            eye = self.codes.call("np.eye", self.size(term.type.shape[0]), order=2)
            return self.codes.call("np.fft.fft", eye, order=2)
        return self.codes.name("1j" if term.data == "i" else f"np.{term.data}")

    def _symbol(self, term: Term, _: Scope) -> Code:
        symbol: Any = term.data
        if symbol.name not in self.parameters:
            self.symbols[symbol.name] = symbol
            self.parameters[symbol.name] = self.names.take(symbol.name)
        made = self.codes.name(self.parameters[symbol.name], term.type.order)
        made.data = ("symbol", symbol.name)
        return made

    def _expectation(self, term: Term, scope: Scope) -> Code:
        """E(x) and Var(x) of a variable are parameters; source for the mean of anything else is refused."""
        data: Any = term.data
        kind, laws = data
        keys: tuple[str, ...] = laws[0][2] if len(laws) == 1 else ()
        wanted = {"E": "mean", "Var": "cov"}.get(kind, "")
        if term.args[0].head == "symbol" and wanted in keys and len(term.args) == 1 + len(keys):
            return self.code(term.args[1 + keys.index(wanted)], scope)
        message = f"an expectation ({kind}) has no NumPy source: it is no formula in arrays"
        raise LanguageError(Finding("not-yet", message, None, (Label(term.span),)))

    def _size(self, term: Term, _: Scope) -> Code:
        size: Any = term.data
        return self.size(size)

    def _index(self, term: Term, scope: Scope) -> Code:
        size: Any = term.data
        return self.size(size, scope)

    def _add(self, term: Term, scope: Scope) -> Code:
        signs: Any = term.data
        order, args = term.type.order, []
        compact = [contraction.compact(self, a) if a.type.order and not scope.depth else None for a in term.args]
        full = any(c is None and a.type.order == order for c, a in zip(compact, term.args, strict=True))
        for small, argument in zip(compact, term.args, strict=True):
            args.append(small if full and small is not None else self.aligned(argument, scope, order))
        return self.codes.add(signs, args)

    def _power(self, term: Term, scope: Scope) -> Code:
        exponent: Any = term.data
        base = term.args[0]
        square = contraction.squared_norm(self, base, scope) if exponent % 2 == 0 else None
        if square is not None:
            return self.codes.power(square, exponent // 2)
        return self.codes.power(self.code(base, scope), exponent)

    def _map(self, term: Term, scope: Scope) -> Code:
        operation: Any = term.data
        order = term.type.order
        if not operation.numpy:
            return self.code(body(operation, term.args), scope)
        args = tuple(self.aligned(a, scope, order) for a in term.args)
        return self._filled(operation, args, order)

    def _filled(self, operation: Operation, args: tuple[Code, ...], order: int) -> Code:
        text = OVER_COMPLEX.get(operation.name, operation.numpy) if self.complex else operation.numpy
        made = fill_in(self.codes, text, operation.parameters, args, order)
        made.hint = made.hint or HINTS.get(operation.name, "")
        return made

    def _whole(self, term: Term, scope: Scope) -> Code:
        """An operation on trailing axes: its NumPy text where that fits, else its body, row by row if need be."""
        operation: Any = term.data
        if operation.whole:  # a constant of given sizes
            names = tuple([name for name, _ in operation.whole])
            given = tuple([self.code(a, scope) for a in term.args])
            return fill_in(self.codes, operation.numpy, names, given, term.type.order)
        ranks = signature_ranks(operation, term.args)
        rows = any(a.type.order > r for a, r in zip(term.args, ranks, strict=True))
        text = OVER_COMPLEX.get(operation.name, operation.numpy) if self.complex else operation.numpy
        args = tuple(self.code(a, scope) for a in term.args) if text else ()
        batched = rows or any(a.batch for a in args)
        if text and (not batched or template(text, operation.parameters).safe):
            return self._filled(operation, args, term.type.order)
        function = reduction(text)
        if function and not rows:
            axes = tuple(range(-term.args[0].type.order, 0))
            return self.codes.call(function, args[0], options=f"axis={axes if len(axes) > 1 else -1}")
        if rows:
            return self.code(indexed.by_rows(self, term, ranks), scope)
        if not operation.body:
            raise NoAxis
        return self.code(body(operation, term.args), scope)

    def _undefined(self, term: Term, scope: Scope) -> Code:
        function: Any = term.data
        args = tuple(self.code(a, scope) for a in term.args)
        if not function.elementwise and any(a.batch for a in args):
            raise NoAxis
        made = self.codes.call(self.function(function), *args, order=term.type.order)
        made.data = ("function", function.name, function.order)
        return made

    def function(self, function: Function) -> str:
        """The parameter that stands for an undefined function or a derivative of it."""
        key = (function.name, function.order)
        if key not in self.functions:
            suffix = PRIMES[function.order] if function.order < len(PRIMES) else f"_derivative{function.order}"
            self.functions[key] = self.names.take(function.name + suffix)
        return self.functions[key]

    def _einsum(self, term: Term, scope: Scope) -> Code:
        if scope.depth and any(self.code(a, scope).batch for a in term.args if self.depends(a, scope)):
            return contraction.batched(self, term, scope)
        return chain.product(self, term, scope) or contraction.plain(self, term, scope)

    def _unit(self, term: Term, scope: Scope) -> Code:
        data: Any = term.data
        return self._unit_of(data[0], data[1], scope)

    def _unit_of(self, place: Size, size: Size, scope: Scope) -> Code:
        eye, at = contraction.eye(self, size), self.position(place, scope)
        return self.codes.make("after", ("", "[", "]"), (eye, at), (ATOM, LOOSE), order=1)

    def _single_entry(self, term: Term, scope: Scope) -> Code:
        data: Any = term.data
        left, right = self._unit_of(data[0], data[2], scope), self._unit_of(data[1], data[3], scope)
        if left.batch or right.batch:
            return self.codes.call("np.einsum", self.codes.name("'...i,...j->...ij'"), left, right, order=2)
        return self.codes.call("np.outer", left, right, order=2)

    def _delta(self, term: Term, scope: Scope) -> Code:
        data: Any = term.data
        left, right = self.position(data[0], scope), self.position(data[1], scope)
        equal = self.codes.make("compare", ("", " == ", ""), (left, right), (SUM, SUM), COMPARE)
        if equal.batch:
            return self.codes.after(equal, ".astype(float)", 0)
        return self.codes.call("float", equal)

    def _block(self, term: Term, scope: Scope) -> Code:
        args = [self.code(a, scope) for a in term.args]
        if any(a.batch for a in args):
            raise NoAxis
        return contraction.block(self, term, args)

    # ------------------------------------------------------------------ sizes

    def position(self, place: Size, scope: Scope) -> Code:
        """A place counted from 1 as a subscript counted from 0."""
        return self.size(place - 1, scope)

    def size(self, size: Size, scope: Scope | None = None) -> Code:
        """The number that a size stands for; index names are the scope's, counted from 0 in the source."""
        inside = scope.names & size.names if scope is not None else frozenset[str]()
        exact = scope.exact if scope is not None else inside
        shifted = size.substitute({name: Size.of(name) + 1 for name in inside - exact})
        signs, parts = [], []
        for monomial, c in sorted(shifted.terms, key=lambda t: (not t[0], t[0])):
            factors = [self._size_name(name, inside, scope) for name in monomial]
            signs.append(1 if c > 0 else -1)
            parts.append(self.codes.product([self.codes.number(abs(c)), *factors]))
        return self.codes.add(signs, parts) if parts else self.codes.number(0)

    def _size_name(self, name: str, inside: frozenset[str], scope: Scope | None) -> Code:
        if isinstance(name, Compound):
            return self._compound(name, scope)
        if scope is not None and name in inside:
            return indexed.index(self, name, scope)
        symbol = self.symbols.get(name)
        if symbol is not None and not symbol.type.shape and "integer" in symbol.properties:
            return self.codes.call("int", self._symbol(Term("symbol", (), symbol.type, symbol), self.root))
        if name not in self.sizes:
            self.sizes[name] = self.names.take(name)
        made = self.codes.name(self.sizes[name])
        made.data = ("size", name)
        return made

    def _compound(self, word: Compound, scope: Scope | None) -> Code:
        parts = tuple(self.size(part, scope) for part in word.parts)
        if word.kind == LEAST:
            return self.codes.make("call", ("min(", ", ", ")"), parts, (LOOSE, LOOSE))
        return self.codes.make("call", ("", " * (", " + 1) // 2"), parts * 2, (ATOM, SUM), PRODUCT)

    def shape(self, sizes: Sequence[Size]) -> Code:
        """A shape as an argument: `n` for one axis, `(m, n)` for more."""
        parts = tuple(self.size(s) for s in sizes)
        if len(parts) == 1:
            return parts[0]
        pieces = ("(", *[", "] * (len(parts) - 1), ")")
        return self.codes.make("tuple", pieces, parts, (LOOSE,) * len(parts))


HINTS = {"softmax": "s", "sigmoid": "s", "inv": "inverse", "norm2": "norm", "exp": "e", "tanh": "h"}


_WRITERS: dict[str, Any] = {
    "number": Translation._number,
    "constant": Translation._constant,
    "symbol": Translation._symbol,
    "size": Translation._size,
    "index": Translation._index,
    "expectation": Translation._expectation,
    "add": Translation._add,
    "power": Translation._power,
    "map": Translation._map,
    "opaque": Translation._whole,
    "formula": Translation._whole,
    "undefined": Translation._undefined,
    "einsum": Translation._einsum,
    "unit": Translation._unit,
    "singleentry": Translation._single_entry,
    "delta": Translation._delta,
    "block": Translation._block,
    "entry": indexed.entry,
    "bigsum": indexed.total,
    "bigprod": indexed.total,
    "array": indexed.array,
}
