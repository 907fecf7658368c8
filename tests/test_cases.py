r"""Values by cases, from their text in plain notation, LaTeX and NumPy to derivative, value and source; and the heads of statements."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.codegen import evaluate_numpy
from derive.finding import LanguageError
from derive.infer import infer
from derive.numeric.value import value_at
from derive.printing import latex, text, unicode
from derive.syntax import parse, parse_declarations, parse_latex_statement, parse_statement

X = np.array([-1.5, -0.25, 0.5, 2.0])
ALPHA = 0.3

# As the notes define them: text, value, derivative.
ACTIVATIONS = [
    ("cases(x if x > 0, 0)", np.maximum(X, 0), np.where(X > 0, 1, 0)),
    ("x if x > 0 else 0", np.maximum(X, 0), np.where(X > 0, 1, 0)),
    (r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}", np.maximum(X, 0), np.where(X > 0, 1, 0)),
    ("piecewise(x <= 0, a*x, x)", np.where(X > 0, X, ALPHA * X), np.where(X > 0, 1, ALPHA)),
    ("np.where(x >= 0, x, a*x)", np.where(X > 0, X, ALPHA * X), np.where(X > 0, 1, ALPHA)),
    (
        r"\begin{cases} x, & \text{if } x > 0 \\ a(\exp(x) - 1), & \text{if } x < 0 \end{cases}",
        np.where(X > 0, X, ALPHA * np.expm1(X)),
        np.where(X > 0, 1, ALPHA * np.exp(X)),
    ),
    (
        r"\begin{cases} \frac12 x^2 & |x| \le a \\ a(|x| - \frac12 a) & |x| > a \end{cases}",
        np.where(np.abs(X) <= ALPHA, X**2 / 2, ALPHA * (np.abs(X) - ALPHA / 2)),
        np.where(np.abs(X) <= ALPHA, X, ALPHA * np.sign(X)),
    ),
    ("cases(-1 if x < -1, x if -1 <= x <= 1, 1 if x > 1)", np.clip(X, -1, 1), np.where(np.abs(X) < 1, 1, 0)),
    ("cases(x^2 if x > 0 and x < 1, x)", np.where((X > 0) & (X < 1), X**2, X), np.where((X > 0) & (X < 1), 2 * X, 1)),
]


@pytest.mark.parametrize(("written", "value", "slope"), ACTIVATIONS, ids=[a[0][:40] for a in ACTIVATIONS])
def test_activations_come_out_right(written, value, slope):
    result = derive.gradient(written, "x", "x: scalar; a: scalar positive")
    typed = infer([parse(written, names=frozenset("xa"))], parse_declarations("x: scalar; a: scalar positive"))
    f = typed.terms[0]
    for x, expected, derivative in zip(X, value, slope, strict=True):
        point = {"x": float(x), "a": ALPHA}
        assert result.evaluate(**point) == pytest.approx(derivative, rel=1e-12)
        assert value_at(f, point) == pytest.approx(expected, rel=1e-12)
        assert float(evaluate_numpy(f, typed.symbols, point)) == pytest.approx(expected, rel=1e-12)
    assert result.validation.ok


def test_entry_by_entry():
    result = derive.jacobian("cases(z if z > 0, a*z)", "z", "z: vector(n)")
    np.testing.assert_allclose(result.evaluate(z=X, a=ALPHA), np.diag(np.where(X > 0, 1, ALPHA)))
    huber = derive.gradient(
        "sum(cases(r.^2/2 if abs(r) <= c, c*(abs(r) - c/2)))", "r", "r: vector(n); c: scalar positive"
    )
    np.testing.assert_allclose(huber.evaluate(r=X, c=1.0), np.clip(X, -1, 1))


def test_what_is_not_chosen_needs_no_value():
    typed = infer([parse("cases(log(x) if x > 0, x^2)")])
    (symbol,) = typed.symbols
    assert value_at(typed.terms[0], {symbol.name: -3}) == 9
    assert derive.gradient("cases(log(x) if x > 0, x^2 if x <= 0)", "x").validation.ok


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ("cases(-1 if x < -1, x if x > 1)", "open-cases", "x > 1"),
        ("cases(x if x > 0)", "open-cases", "x > 0"),
        ("cases(x if x > 0, y if x < c)", "open-cases", "x < c"),
        ("cases(x if x, 0)", "no-condition", "x"),
        ("cases(x, 0)", "expected", None),
        ("x if x > 0", "expected", None),
    ],
)
def test_located_refusals(written, code, place):
    with pytest.raises(LanguageError) as caught:
        infer([parse(written)])
    finding = caught.value.finding
    assert finding.code == code
    if place is not None:
        start, end = finding.labels[0].span if finding.labels else (0, 0)
        assert written[start:end] == place


STATEMENTS = [
    ("a == b ==> b == a <=> c == c", "implies", ("implies", "iff")),
    ("a = b ⟹ b = a", "implies", ("implies",)),
    ("f ∝ g + const", "relation", ("propto",)),
    ("f propto g", "relation", ("propto",)),
    ("a ≈ b ~= c", "relation", ("approx", "approx")),
    ("f == const - g + h", "relation", ("==",)),
    ("y == cases(x if x > 0 and x <= 1, 2*x if x != 3, 0)", "relation", ("==",)),
]


@pytest.mark.parametrize(("written", "head", "data"), STATEMENTS)
def test_statements_and_their_prints(written, head, data):
    tree = parse_statement(written)
    assert (tree.head, tree.data) == (head, data)
    assert parse_statement(text(tree)) == tree
    assert parse_statement(unicode(tree)) == tree
    assert parse_latex_statement(latex(tree)) == tree


@pytest.mark.parametrize("written", ["f == 2*const", "f == g + sum(const)", "const*f == g", "f == exp(g + const)"])
def test_an_unnamed_constant_stands_alone(written):
    with pytest.raises(LanguageError, match="const") as caught:
        parse_statement(written)
    start, end = caught.value.finding.labels[0].span
    assert written[start:end] == "const"
    assert parse_statement(written, names=frozenset({"const"})).head == "relation"


def test_a_choice_is_printed_as_cases():
    shown = derive.gradient("log(1 + cases(x^2 if x > 1, x^4))", "x").text
    assert "cases(x^2 if x > 1, x^4)" in shown
    nested = parse("piecewise(step(x), 1, piecewise(1 - step(x - 1), 2, 3))")
    assert text(nested) == "cases(1 if x > 0, 2 if x <= 1, 3)"
    assert (
        latex(nested)
        == r"\begin{cases} 1 & \text{if }x > 0 \\ 2 & \text{if }x \le 1 \\ 3 & \text{otherwise} \end{cases}"
    )
    assert text(parse("piecewise(s, a, b)")) == "piecewise(s, a, b)"
