"""SymPy at the border: terms out and in again, refusals, and our elementwise derivatives against `sympy.diff`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import sympy
from sympy.matrices.expressions.diagonal import DiagonalOf

from derive.codegen import evaluate_numpy
from derive.finding import LanguageError, LimitError
from derive.infer import infer, infer_text
from derive.ops import REGISTRY
from derive.symbolic import from_sympy, to_sympy
from derive.symbolic.table import meaning
from derive.syntax import parse
from derive.syntax.declarations import parse_declarations
from derive.term import SCALAR, Symbol, Term

SCOREBOARD = json.loads((Path(__file__).parent / "data" / "derivatives.json").read_text(encoding="utf-8"))
REFUSED = {"cb58s", "cb91s", "cb122", "cbexp", "dl22", "dl23"}
NO_OBJECT = {"dl04", "dl24", "dl32"}  # softmax of rows, vec, max
SIZES = {"m": 3, "n": 4, "k": 5, "p": 6}


def typed(expression, given):
    found = infer([parse(expression)], parse_declarations(given))
    return found.terms[0], found.symbols


def values(symbols):
    rng = np.random.default_rng(1)
    out = {}
    for symbol in symbols:
        shape = tuple(size.value(SIZES) for size in symbol.type.shape)
        out[symbol.name] = rng.uniform(0.3, 1.5, shape) + (3 * np.eye(shape[0]) if len(set(shape)) < len(shape) else 0)
    return out


@pytest.mark.parametrize("case", [c for c in SCOREBOARD if c["id"] not in REFUSED], ids=lambda c: c["id"])
def test_out_and_in_again_keeps_the_value(case):
    term, symbols = typed(case["expr"], case["given"])
    made = to_sympy(term, symbols)
    if case["id"] in NO_OBJECT:
        assert made is None
        return
    back = from_sympy(made)
    again = infer([back.tree], back.declared)
    point = values(symbols)
    kept = {s.name: point[s.name] for s in again.symbols}
    got, want = evaluate_numpy(again.terms[0], again.symbols, kept), evaluate_numpy(term, symbols, point)
    np.testing.assert_allclose(np.squeeze(got), np.squeeze(want), rtol=1e-9)


EXPLICIT = [
    "A*x", "x'*A*x", "A + x*y'", "A.*B", "A.^2", "tanh(A)", "tr(A*B')", "diag(x)*A", "diag(A)", "inv(A)", "det(A)", "sum(A)",
    "sum(x)", "norm2(A*x - y)^2", "x/norm2(x)", "kron(A, B)", "x + 1", "rowsum(A)", "colsum(A)", "eye(3)*s", "A[1,2]", "A[2,:]",
    "A[:,1]", "[s, 2; t, s]", "[s; t; s*t]", "sum(i=1..3, x[i]*y[i])", "exp(x)/sum(exp(x))", "-x/2", "vector(s)'*A",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPLICIT)
def test_the_object_has_the_value_of_the_term(expression):
    given = "A: matrix(3, 3); B: matrix(3, 3); x: vector(3); y: vector(3); s: scalar; t: scalar"
    term, symbols = typed(expression, given)
    point = values(symbols)
    made = to_sympy(term, symbols)
    rules = {}
    for symbol in symbols:
        matrix = (
            sympy.ImmutableDenseMatrix(point[symbol.name]) if symbol.type.order else sympy.Float(point[symbol.name])
        )
        rules[to_sympy(term_of(symbol))] = matrix
    value = explicit(made.xreplace(rules))
    got = np.array(value.tolist() if hasattr(value, "tolist") else value, dtype=float)
    want = evaluate_numpy(term, symbols, {s.name: point[s.name] for s in symbols})
    np.testing.assert_allclose(got.reshape(want.shape), want, rtol=1e-9)
    if want.ndim == 1:
        assert value.shape == ((1, 3) if term.type.row else (3, 1))


def explicit(value):
    """SymPy leaves `OneMatrix` and `DiagonalOf` as they are under a trace; here they become entries."""
    value = value.replace(lambda e: isinstance(e, sympy.OneMatrix), lambda e: e.as_explicit())
    value = value.replace(lambda e: isinstance(e, DiagonalOf), lambda e: e.arg.as_explicit().diagonal().T).doit()
    return value.as_explicit() if hasattr(value, "as_explicit") else value


def term_of(symbol):
    return Term("symbol", (), symbol.type, symbol)


def test_given_objects_are_used():
    p = sympy.Symbol("p", positive=True)
    term, symbols = typed("p^2 + q", "p: scalar; q: scalar")
    made = to_sympy(term, symbols, {"p": p})
    assert made == p**2 + sympy.Symbol("q")


def test_no_text_is_ever_read():
    evil = "__import__('os').abort()"
    symbol = Symbol(evil, SCALAR)
    assert str(to_sympy(term_of(symbol))) == evil  # a name, and nothing but a name
    with pytest.raises(LanguageError, match="bad-name"):
        from_sympy(sympy.Symbol(evil))
    with pytest.raises(LanguageError, match="not-from-sympy"):
        from_sympy(evil)


x, y = sympy.symbols("x y")
n, d = sympy.symbols("n d")
W = sympy.MatrixSymbol("W", n, d)
w = sympy.MatrixSymbol("w", d, 1)
v = sympy.MatrixSymbol("v", n, 1)
INWARDS = [
    ((W * w - v).T * (W * w - v), "scalar"),
    (sympy.Trace(W.T * W) - 3, "scalar"),
    (sympy.Matrix([2 * x + y**2, 4 * x * y]), "vector(2)"),
    (sympy.Matrix([[x, y]]), "row(2)"),
    (sympy.Matrix([[x, y], [1, 2]]), "matrix(2, 2)"),
    (sympy.Float(0.1) * x, "scalar"),
    ((W * w).applyfunc(sympy.tanh), "vector(n)"),
    (sympy.log(sympy.Determinant(W.T * W)), "scalar"),
    (sympy.Function("f")(x**2).diff(x), "scalar"),
    (sympy.Sum(w[sympy.Symbol("i"), 0] ** 2, (sympy.Symbol("i"), 0, d - 1)), "scalar"),
    (W[0, 1] + W[1, 0], "scalar"),
    (w.T * w * W, "matrix(n, d)"),
    (sympy.HadamardProduct(v, v).T, "row(n)"),
]


@pytest.mark.parametrize(("expression", "type"), INWARDS, ids=[str(i) for i in range(len(INWARDS))])
def test_expressions_of_users_are_read(expression, type):
    read = from_sympy(expression)
    assert str(infer([read.tree], read.declared).terms[0].type) == type


@pytest.mark.parametrize(
    "expression",
    [
        sympy.I * x,
        sympy.oo,
        sympy.nan,
        sympy.Piecewise((1, x > 0), (0, True)),
        sympy.Integral(sympy.sin(x) / x, x),
        sympy.Symbol("a b"),
        sympy.Symbol("p") + sympy.Symbol("p", positive=True),
        sympy.besselj(1, x),
        sympy.Matrix([]),
        3,
        "x + 1",
    ],
    ids=str,
)
def test_what_has_no_counterpart_is_refused(expression):
    with pytest.raises(LanguageError):
        from_sympy(expression)


def test_deep_expressions_meet_a_limit():
    deep = x
    for _ in range(300):
        deep = sympy.sin(deep)
    with pytest.raises(LimitError):
        from_sympy(deep)


ELEMENTWISE = [o for o in REGISTRY if o.meaning == "elementwise"]
POINTS = {
    "": ("-1.3", "-0.4", "0.7", "2.1"),
    "positive": ("0.3", "0.9", "2.6"),
    "nonnegative": ("0.3", "2.6"),
    "|x|<1": ("-0.8", "0.1", "0.6"),
}


@pytest.mark.parametrize("operation", ELEMENTWISE, ids=lambda o: o.name)
def test_the_declared_derivative_is_that_of_sympy(operation):
    function = meaning(sympy, operation.name)
    assert function is not None, f"{operation.name} needs a line in derive/symbolic/table.py"
    names = [sympy.Symbol(p, real=True) for p in operation.parameters]
    others = [sympy.Rational(17, 10), sympy.Rational(7, 10)]
    for at, text in enumerate(operation.derivative):
        if not text:
            continue
        term = infer_text(text, tuple(Symbol(p, SCALAR) for p in operation.parameters))
        ours = to_sympy(term, (), dict(zip(operation.parameters, names, strict=True)))
        theirs = (
            sympy.diff(function(*names), names[at])
            if operation.name not in ("eq", "step", "sign", "floor", "mod")
            else None
        )
        for point in POINTS[operation.domain]:
            place = dict(zip(names, [sympy.Rational(point), *others], strict=False))
            if operation.name == "maximum" and place[names[0]] == place[names[1]]:
                continue
            got = sympy.N(ours.xreplace(place).doit(), 40)
            want = _slope(function, names, at, place) if theirs is None else sympy.N(theirs.xreplace(place).doit(), 40)
            assert abs(got - want) < sympy.Float("1e-30") * (1 + abs(want)), (operation.name, at, point)


def _slope(function, names, at, place):
    """A difference quotient, for piecewise linear functions away from their kinks."""
    h = sympy.Rational(1, 2**40)
    ends = [function(*[place[p] + (sign * h if k == at else 0) for k, p in enumerate(names)]) for sign in (1, -1)]
    return sympy.N((ends[0] - ends[1]) / (2 * h), 40)
