"""SymPy expressions to trees and declarations: what `derive.gradient` takes besides text.

One idea: the object graph is read node by node by a table of classes; nothing is printed and parsed, and a name that is no
identifier of the language is refused. Inside a function applied entry by entry, products and powers become `.*` and `.^`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn

from derive.finding import Finding, LanguageError, LimitError
from derive.symbolic.table import BACK
from derive.syntax.declarations import Declared
from derive.tree import Tree, call, name, number

DEEPEST = 200
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}\Z")


class FromSympy(NamedTuple):
    """An expression of SymPy in our notation: its tree, what it declares, and the SymPy symbol of every name."""

    tree: Tree
    declared: tuple[Declared, ...]
    objects: dict[str, Any]


def from_sympy(expression: Any) -> FromSympy:
    """The tree of a SymPy expression, with declarations of its symbols.

    `Symbol` is a scalar (positive and integer assumptions are kept), n×1 `MatrixSymbol` a vector, 1×n a row, others matrices;
    symbols in shapes are sizes. Raises LanguageError: `not-from-sympy` for an object without a counterpart, `bad-name` for a
    name that is no identifier, `ambiguous-name` for two symbols of one name; LimitError `too-deep`.
    """
    reader = _Inwards()
    tree = reader.read(expression.as_immutable() if hasattr(expression, "as_immutable") else expression, 0)
    return FromSympy(tree, tuple(reader.declarations()), reader.objects)


def _refuse(message: str, code: str = "not-from-sympy") -> NoReturn:
    raise LanguageError(Finding(code, message))


class _Inwards:
    """One reading: the names met so far."""

    def __init__(self) -> None:
        import sympy

        self.s = sympy
        self.objects: dict[str, Any] = {}
        self.functions: dict[str, None] = {}
        self.sizes: dict[str, None] = {}
        self.indices: set[str] = set()
        self.replaced: dict[Any, Tree] = {}
        self.entrywise = 0

    def read(self, x: Any, depth: int) -> Tree:
        if depth > DEEPEST:
            raise LimitError(Finding("too-deep", f"the expression is nested more than {DEEPEST} levels"))
        if x in self.replaced:
            return self.replaced[x]
        for cls in type(x).__mro__:
            reader = _READERS.get(cls.__name__)
            if reader is not None and cls.__module__.startswith("sympy."):
                found: Tree = reader(self, x, depth + 1)
                return found
        return self.function(x, depth + 1) if isinstance(x, self.s.Function) else self.unknown(x)

    def unknown(self, x: Any) -> NoReturn:
        _refuse(f"a SymPy {type(x).__name__} has no counterpart here")

    def all(self, xs: Any, depth: int) -> list[Tree]:
        return [self.read(x, depth) for x in xs]

    # ------------------------------------------------------------------ names

    def named(self, x: Any) -> str:
        text = str(x.name)
        if not _NAME.match(text):
            _refuse(f"a SymPy symbol is named {text[:60]!r}, which is no name here: letters, digits and _", "bad-name")
        if self.objects.setdefault(text, x) != x:
            _refuse(f"two different SymPy symbols are named {text}", "ambiguous-name")
        return text

    def symbol(self, x: Any, depth: int) -> Tree:
        return name(self.named(x))

    def matrix_symbol(self, x: Any, depth: int) -> Tree:
        for size in x.shape:
            self.size(size, depth)
        return name(self.named(x))

    def size(self, x: Any, depth: int) -> Tree:
        """A size of a shape; its symbols are size names."""
        for symbol in sorted(x.free_symbols, key=str):
            self.sizes[self.named(symbol)] = None
        return self.read(x, depth)

    def declarations(self) -> list[Declared]:
        out = [Declared(f, "elementwise") for f in self.functions]
        for text, x in self.objects.items():
            if text in self.sizes or text in self.indices:
                continue
            if isinstance(x, self.s.MatrixSymbol):
                out.append(self._array(text, x))
            else:
                out.append(
                    Declared(text, "integer" if x.is_integer else "scalar", (), ("positive",) if x.is_positive else ())
                )
        return out

    def _array(self, text: str, x: Any) -> Declared:
        rows, columns = (self.read(n, 0) for n in x.shape)
        if x.shape[1] == 1:
            return Declared(text, "vector", (rows,))
        return Declared(text, "row", (columns,)) if x.shape[0] == 1 else Declared(text, "matrix", (rows, columns))

    # ------------------------------------------------------------------ numbers and scalars

    def integer(self, x: Any, depth: int) -> Tree:
        return _number(Fraction(int(x.p), int(x.q)))

    def float(self, x: Any, depth: int) -> Tree:
        if not x.is_finite:
            self.unknown(x)
        return _number(Fraction(str(x)))

    def e(self, x: Any, depth: int) -> Tree:
        return call("exp", number(1))

    def add(self, x: Any, depth: int) -> Tree:
        """Terms in SymPy's order, a negative coefficient as a minus."""
        total: Tree | None = None
        for part in x.args:
            minus = bool(part.is_number and part.is_negative) or bool(part.could_extract_minus_sign())
            term = self.read(-part if minus else part, depth)
            if total is None:
                total = Tree("neg", (term,)) if minus else term
            else:
                total = Tree("sub" if minus else "add", (total, term))
        return total if total is not None else number(0)

    def mul(self, x: Any, depth: int) -> Tree:
        """Numerators by `*`, negative powers by `/`; entry by entry inside of a function of an array."""
        if x.args[0].is_Rational and x.args[0].is_negative:
            return Tree("neg", (self.read(-x, depth),))
        above, below = list[Tree](), list[Tree]()
        for factor in x.args:
            if factor.is_Rational and not factor.is_Integer:
                above += [_number(Fraction(int(factor.p)))] if factor.p != 1 else []
                below.append(_number(Fraction(int(factor.q))))
            elif factor.is_Pow and factor.exp.is_number and factor.exp.is_negative:
                below.append(self.read(1 / factor, depth))
            else:
                above.append(self.read(factor, depth))
        times, over = ("hadamard", "hdiv") if self.entrywise else ("mul", "div")
        result = above[0] if above else number(1)
        for tree in above[1:]:
            result = Tree(times, (result, tree))
        for tree in below:
            result = Tree(over, (result, tree))
        return result

    def pow(self, x: Any, depth: int) -> Tree:
        base, exponent = x.args
        if base == self.s.E:
            return call("exp", self.read(exponent, depth))
        if exponent == self.s.Rational(1, 2):
            return call("sqrt", self.read(base, depth))
        if exponent.is_number and exponent.is_negative:
            under = self.read(1 / x, depth)
            return Tree("hdiv" if self.entrywise else "div", (number(1), under))
        return Tree("hpow" if self.entrywise else "pow", (self.read(base, depth), self.read(exponent, depth)))

    def function(self, x: Any, depth: int) -> Tree:
        ours = BACK.get(type(x).__name__)
        args = self.all(x.args, depth)
        if ours is None:
            self.unknown(x)
        return call(ours, *args)

    def largest(self, x: Any, depth: int) -> Tree:
        word = "maximum" if isinstance(x, self.s.Max) else "minimum"
        trees = self.all(x.args, depth)
        result = trees[0]
        for tree in trees[1:]:
            result = call(word, result, tree)
        return result

    def heaviside(self, x: Any, depth: int) -> Tree:
        return call("step", self.read(x.args[0], depth))

    def polygamma(self, x: Any, depth: int) -> Tree:
        word = {0: "digamma", 1: "polygamma1"}.get(x.args[0])
        return call(word, self.read(x.args[1], depth)) if word else self.unknown(x)

    def applied(self, x: Any, depth: int) -> Tree:
        """An undefined function of one argument."""
        if len(x.args) != 1:
            self.unknown(x)
        text = str(x.func.__name__)
        if not _NAME.match(text):
            _refuse(f"a SymPy function is named {text[:60]!r}, which is no name here", "bad-name")
        self.functions[text] = None
        return call(text, self.read(x.args[0], depth))

    def derivative(self, x: Any, depth: int, at: Any = None) -> Tree:
        """`f'(x)`: the derivative of an undefined function by its own argument."""
        inner, *variables = x.args
        if (
            not isinstance(inner, self.s.core.function.AppliedUndef)
            or len(variables) != 1
            or inner.args != (variables[0][0],)
        ):
            self.unknown(x)
        text, order = str(inner.func.__name__), int(variables[0][1])
        self.functions[text] = None
        return Tree("prime", (self.read(inner.args[0] if at is None else at, depth),), (text, order))

    def subs(self, x: Any, depth: int) -> Tree:
        inner, variables, points = x.args
        if isinstance(inner, self.s.Derivative) and len(variables) == 1:
            return self.derivative(inner, depth, points[0])
        return self.unknown(x)

    def indexed_sum(self, x: Any, depth: int) -> Tree:
        """`Sum` and `Product`, the first limit innermost."""
        for index, *_ in x.limits:
            self.indices.add(self.named(index))
        result = self.read(x.function, depth)
        word = "prod" if isinstance(x, self.s.Product) else "sum"
        for limit in x.limits:
            if len(limit) != 3:
                self.unknown(x)
            low, high = (self.size(n, depth) for n in limit[1:])
            result = Tree(word, (result, low, high), str(limit[0].name))
        self.sizes = {n: None for n in self.sizes if n not in self.indices}
        return result

    def kronecker_delta(self, x: Any, depth: int) -> Tree:
        return call("delta", *self.all(x.args, depth))

    # ------------------------------------------------------------------ arrays

    def transpose(self, x: Any, depth: int) -> Tree:
        return Tree("transpose", (self.read(x.args[0], depth),))

    def hadamard(self, x: Any, depth: int) -> Tree:
        result, *rest = self.all(x.args, depth)
        for tree in rest:
            result = Tree("hadamard", (result, tree))
        return result

    def matmul(self, x: Any, depth: int) -> Tree:
        """A chain; a row times a column is a scalar from there on."""
        product: Tree | None = None
        for factor in x.args:
            if factor.is_Matrix:
                tree = self.read(factor, depth)
                product = tree if product is None else Tree("mul", (product, tree))
        scalar = self.s.Mul(*[a for a in x.args if not a.is_Matrix])
        if product is None:
            return self.read(scalar, depth)
        if scalar == 1 or scalar == -1:
            return product if scalar == 1 else Tree("neg", (product,))
        return Tree("mul", (self.read(scalar, depth), product))

    def hadamard_power(self, x: Any, depth: int) -> Tree:
        return Tree("hpow", tuple(self.all(x.args, depth)))

    def matrix_power(self, x: Any, depth: int) -> Tree:
        if x.args[1] == -1:
            return call("inv", self.read(x.args[0], depth))
        return Tree("pow", tuple(self.all(x.args, depth)))

    def trace(self, x: Any, depth: int) -> Tree:
        """A trace; of a 1×1 product it is that scalar."""
        inside = x.args[0]
        if isinstance(inside, self.s.MatrixBase):
            return self.read(inside.trace(), depth)
        tree = self.read(inside, depth)
        scalar = inside.shape == (1, 1) and (inside.is_MatMul or inside.is_MatAdd or inside.is_Transpose)
        return tree if scalar else call("tr", tree)

    def of_size(self, x: Any, depth: int) -> Tree:
        """`Identity`, `OneMatrix`, `ZeroMatrix`."""
        word = {"Identity": "eye", "OneMatrix": "ones", "ZeroMatrix": "zeros"}[type(x).__name__]
        rows, columns = (self.size(n, depth) for n in x.shape)
        if word == "eye":
            return call("eye", rows)
        if x.shape[1] == 1:
            return call(word, rows)
        return Tree("transpose", (call(word, columns),)) if x.shape[0] == 1 else call(word, rows, columns)

    def entrywise_function(self, x: Any, depth: int) -> Tree:
        function, array = x.function, x.expr
        inside = self.read(array, depth)
        if not isinstance(function, self.s.Lambda):
            t = self.s.Dummy("t")
            function = self.s.Lambda(t, function(t))
        (variable,) = function.variables
        self.replaced[variable] = inside
        self.entrywise += 1
        tree = self.read(function.expr, depth)
        self.entrywise -= 1
        del self.replaced[variable]
        return tree

    def element(self, x: Any, depth: int) -> Tree:
        array, *places = x.args
        kept = [p for p, n in zip(places, array.shape, strict=True) if n != 1] or places[:1]
        subscripts = [self.read(p + 1, depth) for p in kept]
        return Tree("index", (self.read(array, depth), *subscripts))

    def slice(self, x: Any, depth: int) -> Tree:
        subscripts = []
        for (start, stop, step), n in zip((x.rowslice, x.colslice), x.parent.shape, strict=True):
            if step != 1:
                self.unknown(x)
            if n != 1:
                whole = start == 0 and stop == n
                subscripts.append(Tree("colon") if whole else self._range(start, stop, depth))
        return Tree("index", (self.read(x.parent, depth), *subscripts))

    def _range(self, start: Any, stop: Any, depth: int) -> Tree:
        if stop - start == 1:
            return self.read(stop, depth)
        return Tree("range", (self.read(start + 1, depth), self.read(stop, depth)))

    def dense(self, x: Any, depth: int) -> Tree:
        """An explicit matrix; n×1 is the vector of its entries, 1×n the row."""
        rows, columns = int(x.shape[0]), int(x.shape[1])
        if not rows * columns:
            _refuse("a matrix without entries has no counterpart here")
        entries = tuple(self.read(x[i, j], depth) for i in range(rows) for j in range(columns))
        if 1 in (rows, columns):
            column = Tree("block", entries, (1,) * len(entries))
            return column if columns == 1 else Tree("transpose", (column,))
        return Tree("block", entries, (columns,) * rows)

    def blocks(self, x: Any, depth: int) -> Tree:
        rows, columns = x.blockshape
        entries = tuple(self.read(x.blocks[i, j], depth) for i in range(rows) for j in range(columns))
        return Tree("block", entries, (columns,) * rows)


def _number(value: Fraction) -> Tree:
    """A number as the parser would give it: whole ones as int, a negative one under `neg`."""
    if value < 0:
        return Tree("neg", (_number(-value),))
    return number(value.numerator if value.denominator == 1 else value)


def _word(word: str) -> Callable[[_Inwards, Any, int], Tree]:
    """A class that is one call of ours."""
    return lambda reader, x, depth: call(word, *reader.all(x.args, depth))


_READERS: dict[str, Any] = {
    "Rational": _Inwards.integer,
    "Float": _Inwards.float,
    "Pi": lambda reader, x, depth: name("pi"),
    "Exp1": _Inwards.e,
    "Symbol": _Inwards.symbol,
    "MatrixSymbol": _Inwards.matrix_symbol,
    "Add": _Inwards.add,
    "MatAdd": _Inwards.add,
    "Mul": _Inwards.mul,
    "MatMul": _Inwards.matmul,
    "Pow": _Inwards.pow,
    "MatPow": _Inwards.matrix_power,
    "Inverse": _Inwards.matrix_power,
    "Max": _Inwards.largest,
    "Min": _Inwards.largest,
    "Heaviside": _Inwards.heaviside,
    "polygamma": _Inwards.polygamma,
    "AppliedUndef": _Inwards.applied,
    "Derivative": _Inwards.derivative,
    "Subs": _Inwards.subs,
    "Sum": _Inwards.indexed_sum,
    "Product": _Inwards.indexed_sum,
    "KroneckerDelta": _Inwards.kronecker_delta,
    "Transpose": _Inwards.transpose,
    "HadamardProduct": _Inwards.hadamard,
    "HadamardPower": _Inwards.hadamard_power,
    "Determinant": _word("det"),
    "DiagMatrix": _word("diag"),
    "DiagonalOf": _word("diag"),
    "KroneckerProduct": _word("kron"),
    "Trace": _Inwards.trace,
    "Identity": _Inwards.of_size,
    "OneMatrix": _Inwards.of_size,
    "ZeroMatrix": _Inwards.of_size,
    "ElementwiseApplyFunction": _Inwards.entrywise_function,
    "MatrixElement": _Inwards.element,
    "MatrixSlice": _Inwards.slice,
    "MatrixBase": _Inwards.dense,
    "BlockMatrix": _Inwards.blocks,
}
