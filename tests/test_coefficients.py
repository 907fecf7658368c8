"""Numbers in front of terms: every answer is checked by differences of the function, whatever signs and fractions the terms have."""

from __future__ import annotations

from itertools import product

import pytest

import derive

NUMBERS = ("1", "-1", "1/2", "-1/2", "-3/2", "3", "-3", "0.25", "-0.5")
FUNCTIONS = [
    ("{}*x'*A*x + {}*x'*A*b", "x", "A: matrix(n, n) symmetric; x: vector(n); b: vector(n)"),
    ("{}*tr(A*X*B) + {}*tr(A*X*C)", "X", "X: matrix(m, n); A: matrix(k, m); B: matrix(n, k); C: matrix(n, k)"),
    ("{}*t*(a'*x) + {}*t*(b'*x)", "x", "t: scalar; a: vector(n); b: vector(n); x: vector(n)"),
    ("{}*s*sum(x.^3) + {}*s*sum(x)", "x", "s: scalar; x: vector(n)"),
    ("{}*a*x^2 + {}*b*x^2", "x", "a: scalar; b: scalar; x: scalar"),
]


@pytest.mark.parametrize(("text", "wrt", "given"), FUNCTIONS)
def test_of_two_terms(text: str, wrt: str, given: str) -> None:
    for pair in product(NUMBERS, repeat=2):
        result = derive.gradient(text.format(*pair), wrt, given)  # raises OurBug where the printed answer is wrong
        assert result.validation is not None
        assert result.validation.ok, pair
        assert "0*" not in result.text.replace("10*", "")


def test_of_three_terms() -> None:
    for triple in product(("-1/2", "-1", "-3/2", "2"), repeat=3):
        text = "{}*s*(a'*x) + {}*s*(b'*x) + {}*s*x'*x".format(*triple)
        result = derive.gradient(text, "x", "s: scalar; a: vector(n); b: vector(n); x: vector(n)")
        assert result.validation is not None
        assert result.validation.ok, triple


@pytest.mark.parametrize("inner", ["norm2(x)", "sqrt(1 + norm2(x)^2)", "sqrt(x'*A*x)", "norm2(A*x - b)"])
@pytest.mark.parametrize("outer", ["tanh", "arctan", "erf", "sin"])
def test_second_derivatives_of_roots(outer: str, inner: str) -> None:
    result = derive.hessian(f"{outer}({inner})", "x", "A: matrix(n, n) pd; x: vector(n); b: vector(n)")
    assert result.validation is not None
    assert result.validation.ok
    assert "0*" not in result.text
