"""The cases of tests/data/derivatives.json that SymPy's MatrixSymbol.diff gets right, each as SymPy code.

One idea: a case is a function of its variables (made under fresh names for every repetition, so that no cache helps), and returns the
expression and the variables to differentiate by in turn. Scalars are 1×1 products or traces, as SymPy has no other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
from sympy import HadamardPower, HadamardProduct, OneMatrix, Trace
from sympy.abc import t as T_

Case = Callable[[Any], tuple[Any, ...]]


class Variables:
    """The variables of a case under fresh names: `v.x` is MatrixSymbol("x_7", n, 1), `v.n` the Symbol of the size."""

    def __init__(self, shapes: dict[str, list[str]], tag: object, sizes: dict[str, int] | None = None) -> None:
        self._sizes = sizes or {}
        self._tag = tag
        for name, shape in shapes.items():
            setattr(self, name, self._make(name, shape))

    def _make(self, name: str, shape: list[str]) -> Any:
        label = f"{name}_{self._tag}"
        if not shape:
            return sp.Symbol(label)
        return sp.MatrixSymbol(label, *[self.size(s) for s in [*shape, "1"][:2]])

    def size(self, text: str) -> Any:
        """A size: a product of names or numbers."""
        product: Any = sp.Integer(1)
        for factor in text.split("*"):
            known = self._sizes.get(factor)
            product *= (
                sp.Integer(int(factor))
                if factor.isdigit()
                else sp.Integer(known)
                if known
                else sp.Symbol(factor, integer=True, positive=True)
            )
        return product


def each(function: Any, matrix: Any) -> Any:
    """A scalar function applied entry by entry."""
    return matrix.applyfunc(sp.Lambda(T_, function(T_)))


def total(matrix: Any) -> Any:
    """The sum of all entries, as a 1×1 product."""
    rows, columns = matrix.shape
    return OneMatrix(1, rows) * matrix * OneMatrix(columns, 1) if columns != 1 else OneMatrix(1, rows) * matrix


def square(matrix: Any) -> Any:
    """norm2(X)^2."""
    return matrix.T * matrix if matrix.shape[1] == 1 else Trace(matrix.T * matrix)


def norm(matrix: Any) -> Any:
    """norm2(X)."""
    return HadamardPower(matrix.T * matrix, sp.Rational(1, 2))


def monster(v: Any) -> Any:
    a, b, A, B, C, D, X = v.a, v.b, v.A, v.B, v.C, v.D, v.X
    inner = X * D * X.T + X * (X.T * B + A * X) * D * B - X.T * C.T * A
    middle = a * b.T * inner * B + B * (X * D.T + B * A * X * A.T - 3 * X * D)
    return a.T * (A * X * (X.T * B + X * A) + B.T * X.T * middle * B + 42 * X * B * X.T * A.T * (X + X.T)) * b


CASES: dict[str, Case] = {
    "mc01": lambda v: (v.x.T * v.A * v.x / 2, v.x),
    "mc02": lambda v: (v.x.T * v.A * v.x / 2, v.x, v.x),
    "mc04": lambda v: (HadamardProduct(v.y, v.v).T * v.x, v.y),
    "mc08": lambda v: (norm(v.A * v.x - v.y), v.x),
    "mc12": lambda v: (Trace(v.A * v.X.T * v.B * v.X * v.C), v.X),
    "mc14": lambda v: (total(each(sp.log, v.X)), v.X),
    "mc17": lambda v: (v.x.T, v.x),
    "mc18": lambda v: (v.X, v.X),
    "mc19": lambda v: (each(sp.tanh, v.A * v.x + v.v), v.x),
    "mc20": lambda v: (total(each(lambda s: sp.Max(s, 0), v.A * v.x)), v.x),
    "cb60": lambda v: (v.X.I, v.X),
    "cb63": lambda v: (Trace(v.A * v.X.I * v.B), v.X),
    "cb64": lambda v: (Trace((v.X + v.A).I), v.X),
    "cb77": lambda v: (v.b.T * v.X.T * v.X * v.c, v.X),
    "cb78": lambda v: ((v.B * v.x + v.b).T * v.C * (v.D * v.x + v.d), v.x),
    "cb82": lambda v: (v.b.T * v.X.T * v.D * v.X * v.c, v.X),
    "cb83": lambda v: ((v.X * v.b + v.c).T * v.D * (v.X * v.b + v.c), v.X),
    "cb84": lambda v: ((v.x - v.A * v.s).T * v.W * (v.x - v.A * v.s), v.s),
    "cb88": lambda v: ((v.x - v.A * v.s).T * v.W * (v.x - v.A * v.s), v.A),
    "cb90": lambda v: (v.a.T * v.X * v.X * v.X * v.b, v.X),
    "cb99": lambda v: (Trace(v.X), v.X),
    "cb114": lambda v: (Trace(v.A * v.X * v.B * v.X), v.X),
    "cb116": lambda v: (Trace(v.B.T * v.X.T * v.C * v.X * v.B), v.X),
    "cb119": lambda v: (Trace((v.A * v.X * v.B + v.C) * (v.A * v.X * v.B + v.C).T), v.X),
    "cb123": lambda v: (Trace(v.B.T * v.X.T * v.C * v.X * v.X.T * v.C * v.X * v.B), v.X),
    "cb127": lambda v: (Trace((v.A + v.X.T * v.C * v.X).I * (v.X.T * v.B * v.X)), v.X),
    "cb129": lambda v: (norm(v.x - v.a), v.x),
    "cb132": lambda v: (square(v.X), v.X),
    "sp01": lambda v: (Trace(v.A) * v.A, v.A),
    "sp02": lambda v: (v.x * (v.x.T * v.x), v.x),
    "sp03": lambda v: (HadamardPower(v.a.T * v.X * v.b, sp.Rational(1, 2)), v.X),
    "sp06": lambda v: (v.a.T * each(sp.sin, v.X) * v.b, v.X),
    "sp06t": lambda v: (v.a.T * each(sp.tanh, v.X) * v.b, v.X),
    "sp07": lambda v: (v.a.T * each(sp.tanh, v.A * v.X * v.B) * v.b, v.X),
    "sp08": lambda v: (v.a.T * each(sp.log, v.A * each(sp.exp, v.X) * v.B) * v.b, v.X),
    "sp09": lambda v: (v.a.T * each(sp.log, each(sp.tanh, v.X)) * v.b, v.X),
    "sp10": lambda v: (v.a.T * HadamardProduct(v.A, v.X, v.B) * v.b, v.X),
    "sp11": lambda v: (HadamardPower(v.x, 2), v.x),
    "sp12": lambda v: (HadamardProduct(v.a, v.x, v.b), v.x),
    "sp16": lambda v: (monster(v), v.X),
    "sp19": lambda v: (v.b - v.F * v.c, v.b),
    "sp21": lambda v: (v.X * v.X.T, v.X),
    "sp22": lambda v: (v.X.T, v.X),
    "sp24": lambda v: (each(sp.exp, v.A * v.x), v.x),
    "tg01": lambda v: (square(v.X * v.W - v.Y), v.W),
    "tg03": lambda v: (each(sp.exp, v.x) * total(each(sp.exp, v.x)).I, v.x),
    "la01": lambda v: (square(v.T - v.U * v.V.T), v.U),
    "la02": lambda v: (square(v.T - v.U * v.V.T), v.U, v.U),
    "dl01": lambda v: (total(each(lambda s: 1 / (1 + sp.exp(-s)), v.W * v.x + v.v)), v.W),
    "dl13": lambda v: (v.x.T * v.A * v.x * (v.x.T * v.x).I, v.x),
    "dl14": lambda v: (square((v.W + v.B * v.A) * v.x - v.y), v.A),
    "dl15": lambda v: (Trace(sp.KroneckerProduct(v.A, v.X) * v.B), v.X),
    "dl20": lambda v: (square(v.X * v.w + v.b * OneMatrix(v.size("m"), 1) - v.y), v.b),
    "dl21": lambda v: (square(v.X * v.W + OneMatrix(v.size("m"), 1) * v.b.T - v.Y), v.b),
    "dl25": lambda v: (total(each(lambda s: s * (1 + sp.erf(s / sp.sqrt(2))) / 2, v.W * v.x)), v.x),
}


def differentiate(case: tuple[Any, ...]) -> Any:
    """MatrixSymbol.diff by each variable in turn."""
    expression, *variables = case
    for variable in variables:
        expression = expression.diff(variable)
    return expression
