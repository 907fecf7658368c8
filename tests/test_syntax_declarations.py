"""Declarations: kinds, sizes, separators, properties, and what is refused."""

from __future__ import annotations

import pytest

from derive.finding import LanguageError
from derive.printing import text
from derive.syntax import Declared, parse_declarations


def shown(declared: Declared) -> str:
    sizes = f"({', '.join(map(text, declared.sizes))})" if declared.sizes else ""
    bounds = f" {declared.low}..{declared.high}" if declared.low is not None else ""
    return f"{declared.name}: {declared.kind}{sizes}{bounds}" + "".join(f" <{p}>" for p in declared.properties)


GOLDEN = [
    ("", []),
    ("A: matrix(m, n)", ["A: matrix(m, n)"]),
    ("A: matrix(n, n) symmetric pd", ["A: matrix(n, n) <symmetric> <pd>"]),
    ("x: vector(n); s: scalar positive", ["x: vector(n)", "s: scalar <positive>"]),
    ("A: matrix(m, n), x: vector(n)", ["A: matrix(m, n)", "x: vector(n)"]),
    ("x: vector(n)\ny: vector(n)\n", ["x: vector(n)", "y: vector(n)"]),
    ("A: matrix(m,\n  n)\nx: vector(n),\ny: scalar", ["A: matrix(m, n)", "x: vector(n)", "y: scalar"]),
    ("b, c: vector(n)", ["b: vector(n)", "c: vector(n)"]),
    ("k: integer in 2..5", ["k: integer 2..5"]),
    ("k: integer in -2..5; i: index(n)", ["k: integer -2..5", "i: index(n)"]),
    ("x: vector(n + k - 1)", ["x: vector(n + k - 1)"]),
    ("T: tensor(m, n, p)", ["T: tensor(m, n, p)"]),
    ("x in R^n", ["x: vector(n)"]),
    ("x ∈ ℝ", ["x: scalar"]),
    ("x: R^n", ["x: vector(n)"]),
    ("X in R^(n x d) symmetric", ["X: matrix(n, d) <symmetric>"]),
    ("X ∈ ℝⁿˣᵈ, y ∈ ℝⁿ", ["X: matrix(n, d)", "y: vector(n)"]),
    ("X in R^{n×d}; Y in R^(n+1, 2*d)", ["X: matrix(n, d)", "Y: matrix(n + 1, 2*d)"]),
    ("X ∈ ℝ³ˣ⁴", ["X: matrix(3, 4)"]),
    ("phi: elementwise; L: function", ["phi: elementwise", "L: function"]),
    ("x: vector(n) random(mean=m, cov=S)", ["x: vector(n) <random(mean=m,cov=S)>"]),
    (
        "A: matrix(n, n) norm<1 commutes(B) lower-triangular",
        ["A: matrix(n, n) <norm<1> <commutes(B)> <lower-triangular>"],
    ),
    ("λ: scalar; W₁: matrix(m, n)", ["lambda: scalar", "W1: matrix(m, n)"]),
    ("x: vector", ["x: vector"]),
]


@pytest.mark.parametrize(("given", "found"), GOLDEN)
def test_golden(given, found):
    assert [shown(d) for d in parse_declarations(given)] == found


ERRORS = [
    ("x vector(n)", "expected", "vector"),
    ("x: vectr(n)", "unknown-kind", "vectr"),
    ("A: matrix(n)", "wrong-number-of-sizes", "(n)"),
    ("s: scalar(n)", "wrong-number-of-sizes", "(n)"),
    ("A: matrix(n, n) symetric", "unknown-property", "symetric"),
    ("A: matrix(m, n", "unclosed", "("),
    ("x: scalar; x: vector(n)", "defined-twice", "x"),
    ("k: integer in 2.5..3", "expected", "2.5"),
    ("x: vector(n) random(mean=m", "unclosed", "("),
    ("x in R^(n x d", "unclosed", "("),
    ("3: scalar", "expected", "3"),
    ("x:", "expected", ""),
    ("x: vector(0)", "bad-size", "0"),
    ("A: matrix(n, -1)", "bad-size", "-1"),
    ("x: R^2.5", "bad-size", "2.5"),
    ("n: vector(n)", "bad-size", "n"),
]


@pytest.mark.parametrize(("given", "code", "shown"), ERRORS)
def test_error_and_its_place(given, code, shown):
    with pytest.raises(LanguageError) as caught:
        parse_declarations(given)
    finding = caught.value.finding
    assert (finding.code, given[slice(*finding.labels[0].span)]) == (code, shown)


def test_the_nearest_property_is_offered():
    with pytest.raises(LanguageError) as caught:
        parse_declarations("A: matrix(n, n) symetric")
    assert "`symmetric`" in caught.value.finding.helps[0]
