"""Statements that hold wherever values are drawn and fail at a corner: a size of 1, a rank that falls, a border, a number that is large."""

from __future__ import annotations

import pytest

import derive

FALSE = [
    ("det(x*x') == 0", "x: vector(n)", "n >= 2"),
    ("det(x*y' + y*x') == 0", "x: vector(n); y: vector(n)", "n >= 3"),
    ("softmax(x)[1] < 1", "x: vector(n)", "n >= 2"),
    ("entropy(softmax(x)) > 0", "x: vector(n)", "n >= 2"),
    ("lmax(A*A') > lmin(A*A')", "A: matrix(m, n)", ""),
    ("norm2(A) > opnorm2(A)", "A: matrix(m, n)", ""),
    ("min(sv(A)) == sqrt(lmin(A'*A))", "A: matrix(m, n)", "m >= n"),
    ("min(sv(A)) == sqrt(lmin(A'*A))", "A: matrix(n, m)", "n >= m"),
    ("lmin(A'*A) > 0", "A: matrix(m, n)", ""),
    ("rank(A*A) == rank(A)", "A: matrix(n, n)", "A is invertible"),
    ("rank(c^2*A) == rank(A)", "A: matrix(n, n); c: scalar", "c is not 0"),
    ("rank(A + B) >= rank(A)", "A: matrix(n, n); B: matrix(n, n)", ""),
    ("sign(det(A))^2 == 1", "A: matrix(n, n)", "A is invertible"),
    ("sign(x)^2 == 1", "x: scalar", "x is not 0"),
    ("sign(x - y)^2 == 1", "x: scalar; y: scalar", ""),
    ("step(x) + step(-x) == 1", "x: scalar", "x is not 0"),
    ("floor(x) + floor(-x) == -1", "x: scalar", ""),
    ("abs(x) <= 5", "x: scalar", ""),
    ("exp(x) <= 1000", "x: scalar", ""),
    ("norm2(x) <= 100", "x: vector(n)", "x is of norm 1"),
    ("relu(x + 100) == x + 100", "x: scalar", "x is positive"),
    ("arctan(tan(x/2)) == x/2", "x: scalar", ""),
]
TRUE = [
    ("rank(A*B) <= rank(A)", "A: matrix(m, n); B: matrix(n, p)"),
    ("rank(c*A) == rank(A)", "A: matrix(m, n); c: scalar nonzero"),
    ("sign(x)^2 == 1", "x: scalar nonzero"),
    ("sign(x*y) == sign(x)*sign(y)", "x: scalar; y: scalar"),
    ("abs(x)/x == sign(x)", "x: scalar"),
    ("floor(x + 2) == floor(x) + 2", "x: scalar"),
    ("x - 1 < floor(x)", "x: scalar"),
    ("sigmoid(x) < 1", "x: scalar"),
    ("log(1 + exp(x)) > x", "x: scalar"),
    ("arcsin(sin(x)) <= pi/2", "x: scalar"),
    ("tan(arctan(x)) == x", "x: scalar"),
    ("log(x) <= x - 1", "x: scalar positive"),
    ("nucnorm(A) >= normF(A)", "A: matrix(m, n)"),
    ("entropy(p) <= log(n)", "p: vector(n) simplex"),
    ("norm1(x) <= sqrt(n)*norm2(x)", "x: vector(n)"),
    ("sort(x)[1] <= sort(x)[2]", "x: vector(n)"),
    ("expm(A) == sum(k=0..40, A^k/factorial(k))", "A: matrix(n, n)"),
    ("abs(sin(s) - s) <= s^2", "s: scalar small"),
]
CONVENTIONS = [  # at a kink there is no derivative, and what a formula gives there is a choice
    ("d(abs(x))/dx == sign(x)", "x: scalar"),
    ("d(abs(x))/dx == 2*step(x) - 1", "x: scalar"),
    ("d(relu(x))/dx == 1 - step(-x)", "x: scalar"),
    ("d(max(x, y))/dx == step(x - y)", "x: scalar; y: scalar"),
    ("d(max(x, y))/dx == 1 - step(y - x)", "x: scalar; y: scalar"),
    ("d(sum(floor(x)))/dx == vector(0)", "x: vector(n)"),
    ("d(norm1(A*x))/dx == A'*sign(A*x)", "A: matrix(m, n); x: vector(n)"),
]
WRONG_CONCLUSIONS = [
    ("x*y == x*z ==> y == z", "x: scalar; y: scalar; z: scalar", "x is not 0"),
    ("c*x == c*y ==> x == y", "c: scalar; x: vector(n); y: vector(n)", "c is not 0"),
    ("A*B == A*C ==> B == C", "A: matrix(n, n); B: matrix(n, n); C: matrix(n, n)", "A is invertible"),
    ("A*B == 0 ==> B*A == 0", "A: matrix(n, n); B: matrix(n, n)", "A*B = B*A"),
    ("A*A == 0 ==> A == 0", "A: matrix(n, n)", ""),
    ("A*x == lambda*x ==> det(A - lambda*I) == 0", "A: matrix(n, n); x: vector(n); lambda: scalar", "x is not 0"),
    ("A*B == 0 ==> rank(A) + rank(B) <= n - 1", "A: matrix(n, n); B: matrix(n, n)", ""),
]
RIGHT_CONCLUSIONS = [
    ("x^3 == y^3 ==> x == y", "x: scalar; y: scalar"),
    ("A*B == A*C ==> B == C", "A: matrix(n, n) invertible; B: matrix(n, n); C: matrix(n, n)"),
    ("A*x == 0 ==> x == 0", "A: matrix(n, n) invertible; x: vector(n)"),
    ("A*x == b ==> x == inv(A)*b", "A: matrix(n, n); x: vector(n); b: vector(n)"),
    ("X'*X*w == X'*y ==> w == inv(X'*X)*X'*y", "X: matrix(n, d); w: vector(d); y: vector(n)"),
    ("A*B == I ==> B*A == I", "A: matrix(n, n); B: matrix(n, n)"),
    ("A'*A*x == 0 ==> A*x == 0", "A: matrix(m, n); x: vector(n)"),
    ("A*x == lambda*x ==> A^2*x == lambda^2*x", "A: matrix(n, n); x: vector(n); lambda: scalar"),
    ("A*B == 0 ==> rank(A) + rank(B) <= n", "A: matrix(n, n); B: matrix(n, n)"),
]
OPENING = "Let $A, B, C \\in \\mathbb{R}^{n \\times n}$, $x, y \\in \\mathbb{R}^n$ and $c \\in \\mathbb{R}$.\n\n"


@pytest.mark.parametrize(("statement", "given", "hint"), FALSE + WRONG_CONCLUSIONS)
def test_what_fails_at_a_corner_is_refuted(statement: str, given: str, hint: str) -> None:
    verdict = derive.verify(statement, given=given)
    assert verdict.status == "refuted"
    assert verdict.counterexample is not None
    if hint:
        assert any(f"holds if {hint}" in h.message for h in verdict.hints)


@pytest.mark.parametrize(("statement", "given"), TRUE + CONVENTIONS + RIGHT_CONCLUSIONS)
def test_what_holds_at_every_corner_stays_accepted(statement: str, given: str) -> None:
    assert derive.verify(statement, given=given).ok


def test_a_hint_is_tried_at_the_corners_too() -> None:
    """Rows that are alike, variables that are alike, a singular square matrix: under none of these conditions do the statements hold."""
    for statement, given, wrong in (
        ("det(A'*A) > 0", "A: matrix(n, n)", "probability"),
        ("sign(x - y)^2 == 1", "x: scalar; y: scalar", "not 0"),
        ("sort(x)[1] < sort(x)[2]", "x: vector(n)", "probability"),
        ("lmin(A'*A) > 0", "A: matrix(m, n)", "n = m"),
    ):
        assert not any(wrong in h.message for h in derive.verify(statement, given=given).hints)


def test_the_counterexample_is_at_the_corner() -> None:
    found = derive.verify("rank(c*A) == rank(A)", given="A: matrix(n, n); c: scalar").counterexample
    assert found is not None
    assert dict(found.values)["c"] == 0
    assert found.exact


def test_a_value_too_large_for_a_float_is_shown() -> None:
    found = derive.verify("exp(x^2) <= 1000", given="x: scalar").counterexample
    assert found is not None
    assert found.right == 1000


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("$$\\operatorname{rank}(A A) = \\operatorname{rank}(A)$$", "A is"),
        ("$$\\det(x x^\\top) + c = c$$", "n = 1"),
        ("$$A B = A C \\implies B = C$$", "A is singular"),
        ("$$c x = c y \\implies x = y$$", "c = 0"),
    ],
)
def test_in_a_document_what_fails_at_a_narrow_corner_alone_is_left_open(text: str, where: str) -> None:
    """Authors leave such places out in silence; the document is not called wrong, and the step is not called right."""
    claim = derive.check_text(OPENING + text).claims[-1]
    assert claim.status == "undecided"
    assert f"fails where {where}" in claim.message


def test_in_a_document_what_fails_on_a_broad_set_is_refuted() -> None:
    claim = derive.check_text(OPENING + "$$\\|x\\|_2 \\le 100$$").claims[-1]
    assert claim.status == "refuted"
