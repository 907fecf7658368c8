"""Convexity: smooth functions by their Hessians, others by their form; chords refute what a Hessian does not see.

One idea: functions whose Hessian is zero almost everywhere (`-norm1`, `floor`, `sign`) are the ones that a Hessian alone would call convex.
"""

from __future__ import annotations

import pytest

import derive

GIVEN = "x: vector(n); t: scalar; s: scalar positive; y: vector(m); X: matrix(m, n); S: matrix(n, n) pd; lam: scalar positive"
CONVEX = (
    "convex(norm1(x), x)",
    "convex(norm2(x), x)",
    "convex(norm2(X*x - y)^2 + lam*norm1(x), x)",
    "convex(max(x), x)",
    "convex(logsumexp(X*x), x)",
    "convex(sum(relu(1 - y.*(X*x))) + lam*norm2(x)^2, x)",
    "convex(-logdet(S), S)",
    "convex(norminf(X*x), x)",
    "convex(exp(t) + abs(t), t)",
    "convex(t^4 - t, t)",
    "convex(nucnorm(X), X)",
    "convex(s*log(s), s)",
    "convex(-log(t), t)",
    "convex(1/s, s)",
    "concave(min(x), x)",
    "concave(log(s), s)",
)
NOT_CONVEX = (
    "convex(-norm1(x), x)",
    "concave(norm1(x), x)",
    "convex(-sum(relu(x)), x)",
    "convex(-max(x), x)",
    "convex(sum(sign(x)), x)",
    "convex(sum(floor(x)), x)",
    "convex(-abs(t), t)",
    "convex(-norm2(x), x)",
    "convex(1/t, t)",
    "convex(1/t^2, t)",
    "convex(t^3, t)",
    "convex(log(s), s)",
    "convex(norm1(x) - norm2(x)^2, x)",
    "minimiser(zeros(n), -norm1(x), x)",
)


@pytest.mark.parametrize("statement", CONVEX)
def test_convex_functions_are_proved_to_be(statement: str) -> None:
    assert derive.verify(statement, given=GIVEN).status == "proved"


@pytest.mark.parametrize("statement", NOT_CONVEX)
def test_others_are_refuted(statement: str) -> None:
    verdict = derive.verify(statement, given=GIVEN)
    assert verdict.status == "refuted"
    assert verdict.counterexample is not None


def test_an_undefined_function_is_neither() -> None:
    assert derive.verify("convex(f(t), t)").status == "undecided"
    assert derive.verify("f(t) >= 0").status == "undecided"


def test_the_ends_of_chords_are_no_declarations() -> None:
    assert [g.name for g in derive.verify("convex(norm1(x), x)").given] == ["x"]


INEQUALITIES = (
    "a^2 + b^2 >= 2*a*b",
    "a^2 + b^2 + c^2 >= a*b + b*c + c*a",
    "norm2(x)^2 + norm2(y)^2 >= 2*x'*y",
    "norm2(x - y)^2 <= 2*norm2(x)^2 + 2*norm2(y)^2",
    "(x'*y)^2 <= norm2(x)^2*norm2(y)^2",
    "sum(x)^2 <= n*norm2(x)^2",
    "mean(x)^2 <= mean(x.^2)",
    "tr(B'*C) <= (normF(B)^2 + normF(C)^2)/2",
    "tr(B*B) <= normF(B)^2",
    "t^4 + 1 >= 2*t^2",
    "x'*K*x >= 0",
    "1 + x'*x > 0",
    "det(S) > 0",
)
NO_INEQUALITIES = (
    "tr(B*B) >= 0",
    "tr(B*C*B*C) >= 0",
    "x'*B*B*x >= 0",
    "x'*x > 0",
    "norm2(x) > 0",
    "t^2 > 0",
    "max(x) > min(x)",
    "norm1(x) > norm2(x)",
    "norm2(x)^2 - 3*x'*y + norm2(y)^2 >= 0",
    "ispd(B'*B)",
    "t^4 >= t^2",
)
FORMS = (
    "B: matrix(n, n); C: matrix(n, n); x: vector(n); y: vector(n); K: matrix(n, n) skew; S: matrix(n, n) pd; t: scalar"
)


@pytest.mark.parametrize("statement", INEQUALITIES)
def test_inequalities_are_proved(statement: str) -> None:
    assert derive.verify(statement, given=FORMS).status == "proved"


@pytest.mark.parametrize("statement", NO_INEQUALITIES)
def test_false_inequalities_are_refuted(statement: str) -> None:
    assert derive.verify(statement, given=FORMS).status == "refuted"


@pytest.mark.parametrize(
    "statement", ["A' == -A", "x'*A*x == 0", "A'*A == A*A'", "tr(A*H) == 0", "inv(I + A)' == inv(I - A)"]
)
def test_what_is_skew_is_known_to_be(statement: str) -> None:
    given = "A: matrix(n, n) skew; H: matrix(n, n) symmetric; x: vector(n)"
    assert derive.verify(statement, given=given).status == "proved"
