"""Terms to SymPy: scalars as expressions, vectors and matrices as matrix expressions.

One idea: a vector is an n×1 matrix expression, a row 1×n, a scalar a plain expression (never 1×1: an inner product is a trace), and one
small function a head makes it. What SymPy has no object for makes the whole answer None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from derive.codegen.bodies import body, signature_ranks
from derive.codegen.contraction import SAME as IDENTITIES
from derive.codegen.contraction import is_fill, shape_of
from derive.sizes import LEAST, ONE, Compound, Size
from derive.symbolic.table import meaning
from derive.term import Symbol, Term


class _NoObject(Exception):
    """SymPy has no object for this."""


def to_sympy(term: Term, symbols: Sequence[Symbol] = (), objects: Mapping[str, Any] | None = None) -> Any:
    """The SymPy object of a term: an `Expr` for a scalar, else a matrix expression (vectors n×1, rows 1×n).

    objects: SymPy symbols to be used for variables of these names; others are made (`symbols` tells which exist, the term
    holds all that it needs). Sizes are integer symbols. None when SymPy has no object for the term: tensors of order 3
    and more, rows of a batch, `vec`, matrix functions beyond the inverse and the determinant, undefined functions of
    arrays with derivatives.
    """
    try:
        return _Outwards(objects or {}).value(term)
    except (_NoObject, RecursionError):
        return None


class _Outwards:
    """One conversion: SymPy, the objects given, and what has been made."""

    def __init__(self, objects: Mapping[str, Any]) -> None:
        import sympy

        self.s = sympy
        self.objects = dict(objects)
        self.made: dict[Term, Any] = {}

    def value(self, term: Term) -> Any:
        """Children before parents."""
        stack = [term]
        while stack:
            node = stack[-1]
            if node in self.made:
                stack.pop()
                continue
            missing = [] if node.head == "formula" else [a for a in node.args if a not in self.made]
            if missing:
                stack += missing
                if len(stack) > 100_000:
                    raise _NoObject
                continue
            stack.pop()
            if node.type.order > 2 or node.head not in _WRITERS:
                raise _NoObject
            self.made[node] = _WRITERS[node.head](self, node)
        return self.made[term]

    def args(self, term: Term) -> list[Any]:
        return [self.made[a] for a in term.args]

    def column(self, term: Term) -> Any:
        """A vector as n×1 whichever way it lies."""
        made = self.made[term]
        return made.T if term.type.row else made

    def row(self, term: Term) -> Any:
        made = self.made[term]
        return made if term.type.row else made.T

    def laid(self, term: Term, column: Any) -> Any:
        """A result that was computed as a column, as the term's type lies."""
        return column.T if term.type.row else column

    # ------------------------------------------------------------------ leaves

    def number(self, term: Term) -> Any:
        data: Any = term.data
        return self.s.Rational(data.numerator, data.denominator)

    def constant(self, term: Term) -> Any:
        if term.data != "pi":
            raise _NoObject
        return self.s.pi

    def symbol(self, term: Term) -> Any:
        symbol: Any = term.data
        found = self.objects.get(symbol.name)
        if found is None:
            shape = [self.size(n) for n in symbol.type.shape]
            if not shape:
                found = self.s.Symbol(symbol.name)
            elif len(shape) == 1:
                found = self.s.MatrixSymbol(symbol.name, *([1, *shape] if symbol.type.row else [*shape, 1]))
            else:
                found = self.s.MatrixSymbol(symbol.name, *shape)
            self.objects[symbol.name] = found
        return found

    def size(self, size: Size) -> Any:
        total: Any = self.s.Integer(0)
        for monomial, c in size.terms:
            term: Any = self.s.Integer(c)
            for name in monomial:
                if isinstance(name, Compound):
                    term = term * self._compound(name)
                else:
                    term = term * self.objects.get(name, self.s.Symbol(name, integer=True, positive=True))
            total = total + term
        return total

    def _compound(self, word: Compound) -> Any:
        parts = [self.size(part) for part in word.parts]
        return self.s.Min(*parts) if word.kind == LEAST else parts[0] * (parts[0] + 1) / 2

    def size_term(self, term: Term) -> Any:
        data: Any = term.data
        return self.size(data)

    # ------------------------------------------------------------------ entry by entry

    def add(self, term: Term) -> Any:
        signs: Any = term.data
        parts = [self._spread(a, term) for a in term.args]
        total = None
        for sign, part in zip(signs, parts, strict=True):
            signed = part if sign > 0 else -part
            total = signed if total is None else total + signed
        return total

    def _spread(self, part: Term, whole: Term) -> Any:
        """A scalar in every entry of a sum of arrays."""
        if part.type.order == whole.type.order:
            return self.laid(whole, self.column(part)) if part.type.order == 1 else self.made[part]
        return self.made[part] * self.ones(whole)

    def ones(self, term: Term) -> Any:
        shape = [self.size(n) for n in term.type.shape]
        rows, columns = ([1, *shape] if term.type.row else [*shape, 1]) if len(shape) == 1 else shape
        return self.s.OneMatrix(rows, columns)

    def power(self, term: Term) -> Any:
        data: Any = term.data
        exponent = self.s.Rational(data.numerator, data.denominator)
        base = self.made[term.args[0]]
        return base**exponent if not term.type.order else self.s.HadamardPower(base, exponent)

    def map(self, term: Term) -> Any:
        operation: Any = term.data
        function = meaning(self.s, operation.name)
        if function is None:
            raise _NoObject
        args, order = self.args(term), term.type.order
        if not order:
            return function(*args)
        arrays = [k for k, a in enumerate(term.args) if a.type.order]
        if operation.name == "power" and len(arrays) == 2:
            return self.s.HadamardPower(
                *(self.laid(term, self.column(a)) if order == 1 else self.made[a] for a in term.args)
            )
        if len(arrays) != 1:
            raise _NoObject
        x = self.s.Dummy("x")
        where = arrays[0]
        inner = function(*[x if k == where else a for k, a in enumerate(args)])
        return args[where].applyfunc(self.s.Lambda(x, inner))

    def undefined(self, term: Term) -> Any:
        function: Any = term.data
        if len(term.args) != 1 or (not function.elementwise and term.args[0].type.order):
            raise _NoObject
        f, x = self.s.Function(function.name), self.s.Dummy("x")
        inner = f(x) if not function.order else self.s.Derivative(f(x), (x, function.order))
        argument = self.made[term.args[0]]
        if term.args[0].type.order:
            return argument.applyfunc(self.s.Lambda(x, inner))
        return f(argument) if not function.order else self.s.Subs(inner, x, argument)

    # ------------------------------------------------------------------ products

    def einsum(self, term: Term) -> Any:
        if is_fill(term):
            return (self.made[term.args[0]] if term.args else self.s.Integer(1)) * self.ones(term)
        shape = shape_of(term)
        maker = _EINSUMS.get(shape)
        if shape in IDENTITIES:
            (a,) = term.args
            return self.laid(term, self.column(a)) if a.type.order == 1 else self.made[a]
        if maker is None:
            raise _NoObject
        return maker(self, term)

    def scale(self, term: Term) -> Any:
        a, b = term.args
        if a.type.order:
            a, b = b, a
        return self.made[a] * (self.laid(term, self.column(b)) if b.type.order == 1 else self.made[b])

    def hadamard(self, term: Term) -> Any:
        a, b = (self.laid(term, self.column(x)) if x.type.order == 1 else self.made[x] for x in term.args)
        return self.s.hadamard_product(a, b)

    def diagonal_of(self, array: Any) -> Any:
        """The diagonal as a column; `DiagonalOf` is not among SymPy's exported names."""
        from sympy.matrices.expressions.diagonal import DiagonalOf

        return DiagonalOf(array)

    def total(self, array: Any, row: bool, column: bool) -> Any:
        """Sums along the rows, the columns, or both; both is a trace, so that a scalar comes out."""
        m, n = array.shape
        if row:
            array = self.s.OneMatrix(1, m) * array if m != 1 else array
        if column:
            array = array * self.s.OneMatrix(n, 1) if n != 1 else array
        return self.s.Trace(array) if row and column else array

    def opaque(self, term: Term) -> Any:
        operation: Any = term.data
        maker = {
            "inv": lambda a: self.s.Inverse(a),
            "det": lambda a: self.s.Determinant(a),
            "logdet": lambda a: self.s.log(self.s.Abs(self.s.Determinant(a))),
        }.get(operation.name)
        if maker is None or term.args[0].type.order != 2:
            raise _NoObject
        return maker(self.made[term.args[0]])

    def formula(self, term: Term) -> Any:
        operation: Any = term.data
        ranks = signature_ranks(operation, term.args)
        if any(a.type.order != r for a, r in zip(term.args, ranks, strict=True)):
            raise _NoObject
        if operation.name == "norm2" and term.args[0].type.order:
            inner = self.value(term.args[0])
            array = inner.T if term.args[0].type.row else inner
            return self.s.sqrt(self.s.Trace(array.T * array))
        made = self.value(body(operation, term.args))
        return made.T if term.type.row and made.shape[0] != 1 else made

    # ------------------------------------------------------------------ entries and indices

    def entry(self, term: Term) -> Any:
        subscripts: Any = term.data
        (a,) = term.args
        if a.type.order == 1:
            subscripts = (("at", ONE), *subscripts) if a.type.row else (*subscripts, ("at", ONE))
        array = self.made[a]
        if all(s[0] == "at" for s in subscripts):
            return array[tuple(self.size(s[1] - 1) for s in subscripts)]
        ranges = [slice(self.size(s[1] - 1), self.size(s[1] if s[0] == "at" else s[2])) for s in subscripts]
        made = array[tuple(ranges)]
        if term.type.order == 1 and (made.shape[0] == 1) != term.type.row:
            return made.T
        return made

    def bigsum(self, term: Term) -> Any:
        data: Any = term.data
        if term.type.order:
            raise _NoObject
        name, low, high = data
        kind = self.s.Sum if term.head == "bigsum" else self.s.Product
        index = self.objects.get(name, self.s.Symbol(name, integer=True, positive=True))
        return kind(self.made[term.args[0]], (index, self.size(low), self.size(high)))

    def delta(self, term: Term) -> Any:
        data: Any = term.data
        return self.s.KroneckerDelta(self.size(data[0]), self.size(data[1]))

    def block(self, term: Term) -> Any:
        data: Any = term.data
        rows, columns = data
        cells = self.args(term)
        grid = [cells[i * columns : (i + 1) * columns] for i in range(rows)]
        if not any(a.type.order for a in term.args):
            if term.type.order == 1:
                return self.s.ImmutableDenseMatrix([cells] if term.type.row else [[c] for c in cells])
            return self.s.ImmutableDenseMatrix(grid)
        if any(not a.type.order for a in term.args):
            grid = [
                [c if getattr(c, "is_Matrix", False) else self.s.ImmutableDenseMatrix([[c]]) for c in r] for r in grid
            ]
        return self.s.BlockMatrix(grid)


_EINSUMS: dict[str, Any] = {
    "ab,bc->ac": lambda o, t: o.made[t.args[0]] * o.made[t.args[1]],
    "ab,b->a": lambda o, t: o.laid(t, o.made[t.args[0]] * o.column(t.args[1])),
    "a,ab->b": lambda o, t: _row_result(o, t, o.row(t.args[0]) * o.made[t.args[1]]),
    "a,a->": lambda o, t: o.s.Trace(o.row(t.args[0]) * o.column(t.args[1])),
    "a,b->ab": lambda o, t: o.column(t.args[0]) * o.row(t.args[1]),
    "ab->ba": lambda o, t: o.made[t.args[0]].T,
    "aa->": lambda o, t: o.s.Trace(o.made[t.args[0]]),
    "a->aa": lambda o, t: o.s.DiagMatrix(o.column(t.args[0])),
    "aa->a": lambda o, t: o.laid(t, o.diagonal_of(o.made[t.args[0]])),
    "a->": lambda o, t: o.total(o.column(t.args[0]), True, True),
    "ab->": lambda o, t: o.total(o.made[t.args[0]], True, True),
    "ab->a": lambda o, t: o.laid(t, o.total(o.made[t.args[0]], False, True)),
    "ab->b": lambda o, t: _row_result(o, t, o.total(o.made[t.args[0]], True, False)),
    "ab,cd->(ac)(bd)": lambda o, t: o.s.KroneckerProduct(*o.args(t)),
    "a,b->(ab)": lambda o, t: o.laid(t, o.s.KroneckerProduct(o.column(t.args[0]), o.column(t.args[1]))),
    "->aa": lambda o, t: o.s.Identity(o.size(t.type.shape[0])),
    **dict.fromkeys((",->", ",a->a", "a,->a", ",ab->ab", "ab,->ab"), _Outwards.scale),
    **dict.fromkeys(("a,a->a", "ab,ab->ab"), _Outwards.hadamard),
}


def _row_result(o: _Outwards, term: Term, row: Any) -> Any:
    return row if term.type.row else row.T


_WRITERS: dict[str, Any] = {
    "number": _Outwards.number,
    "constant": _Outwards.constant,
    "symbol": _Outwards.symbol,
    "size": _Outwards.size_term,
    "index": _Outwards.size_term,
    "add": _Outwards.add,
    "power": _Outwards.power,
    "map": _Outwards.map,
    "undefined": _Outwards.undefined,
    "einsum": _Outwards.einsum,
    "opaque": _Outwards.opaque,
    "formula": _Outwards.formula,
    "entry": _Outwards.entry,
    "bigsum": _Outwards.bigsum,
    "bigprod": _Outwards.bigsum,
    "delta": _Outwards.delta,
    "block": _Outwards.block,
}
