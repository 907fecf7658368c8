"""Domains that are no open set of one piece: empty sums, jumps between pieces, constraints, several properties of one variable.

One idea: a law of calculus says something of an open set that hangs together; where the domain is none, what it gives is neither proved nor refuted.
"""

from __future__ import annotations

import pytest

import derive

EMPTY_SUMS = (  # the number of values of an index may be 0, and a range may end before it begins
    ("sum(i=1..n-1, 1) > 0", "x: vector(n)"),
    ("sum(i=1..n-1, 1)*lmax(A) > 0", "A: matrix(n, n) pd"),
    ("ispd(sum(i=1..n-1, 1)*eye(m))", "A: matrix(n, m)"),
    ("sum(i=1..n-1, 1)*pinv(sum(i=1..n-1, 1)*A) == pinv(A)", "A: matrix(n, m)"),
    ("rank(sum(i=1..n-1, 1)*A) == rank(A)", "A: matrix(n, m)"),
    ("sum(i=3..n, 1) == n - 2", "x: vector(n)"),
    ("sum(i=3..n, x'*x) == (n - 2)*x'*x", "x: vector(n)"),
    ("sum(i=3..n, i) == n*(n + 1)/2 - 3", "x: vector(n)"),
    ("sum(i=1..m-n, 1) == m - n", "A: matrix(m, n)"),
    ("prod(i=3..n, 2) == 2^(n - 2)", "x: vector(n)"),
)
FULL_SUMS = (
    ("sum(i=1..n, 1) > 0", "x: vector(n)"),
    ("sum(i=2..n, 1) >= 0", "x: vector(n)"),
    ("sum(i=2..n, x'*x) == (n - 1)*x'*x", "x: vector(n)"),
    ("sum(i=2..n, i) == n*(n + 1)/2 - 1", "x: vector(n)"),
    ("sum(i=1..n-2, x[i]*x[i+2]) == sum(i=3..n, x[i-2]*x[i])", "x: vector(n)"),
)
JUMPING = (  # one derivative, and another constant on every piece
    ("arctan(1/t) == -arctan(t) + const", ""),
    ("sum(arctan(1./x)) == -sum(arctan(x)) + const", "x: vector(n)"),
    ("sum(arctan(1./x)) == -sum(arctan(x)) + const", ""),
    ("sum(i=1..n, arctan(1/x[i])) == -sum(i=1..n, arctan(x[i])) + const", "x: vector(n)"),
    ("mod(t, 2) == t + const", ""),
    ("(w - 2)^2 + 10*s == (w - 2)^2 + const where s = step(w - 1)", "w: scalar"),
    ("3*det(Q) - det(Q)^3 == 0*tr(Q) + const", "Q: matrix(n, n) orthogonal"),
    ("abs(x)*x propto x^2", ""),
    ("(x + abs(x))^2 propto x^2", ""),
)
OF_ONE_PIECE = (
    ("arctan(1/t) == -arctan(t) + const", "t: scalar positive"),
    ("log(2*pi*s^2)/2 + (x - m)^2/(2*s^2) == (x - m)^2/(2*s^2) + const", "x: scalar; m: scalar; s: scalar positive"),
    ("exp(-x^2/2)/sqrt(2*pi) propto exp(-x^2/2)", ""),
    ("log(1 + exp(t)) == softplus(t) + const", ""),
    ("norm2(X*w - y)^2 + lam*norm2(w)^2 == w'*X'*X*w - 2*y'*X*w + lam*norm2(w)^2 + const", ""),
    ("norm2(x - m)^2 == -2*m'*x + x'*x + const", "x: vector(n); m: vector(n)"),
    ("-(x - m)^2/(2*s^2) - log(s) == -1/(2*s^2)*(x - m)^2 + const", "x: scalar; m: scalar; s: scalar positive"),
)
OF_A_PARAMETER = (  # right as functions of lam, and wrong as functions of w
    ("norm2(X*w - y)^2 + lam*norm2(w)^2 == w'*X'*X*w - y'*X*w + lam*norm2(w)^2 + const", ""),
    ("(x*w - y)^2 + lam*w^2 == x^2*w^2 - x*y*w + lam*w^2 + const", ""),
)
OTHER_MINIMISERS = (
    ("same_minimiser((w - 2)^2 + 10*step(w - 1), (w - 2)^2, w)", "w: scalar"),
    ("same_minimiser((w - 2)^2 - 10*floor(w), (w - 2)^2, w)", ""),
    ("same_minimiser((w - 2)^2 + 10*s, (w - 2)^2, w) where s = step(w - 1)", "w: scalar"),
    (
        "same_minimiser(norm2(A*(w - p))^2, norm2(w - p)^2, w)",
        "w: vector(n) simplex; A: matrix(n, n) invertible; p: vector(n)",
    ),
    ("minimiser(zeros(n), p'*p, p)", "p: vector(n) simplex"),  # a point that the variable cannot be
    ("minimiser(-1, (x + 1)^2, x)", "x: scalar positive"),
)
NOWHERE = (  # no place has a value
    ("A*inv(A) == I", "A: matrix(n, n) rank-deficient"),
    ("inv(x*x')*x*x' == I", "x: vector(n)"),
    ("inv(P)*P == I", "P: matrix(n, n) projection"),
    ("sqrt(-1 - x^2)^2 == -1 - x^2", "x: scalar"),
    ("sqrt(x)^2 == x", "x: scalar negative"),
    ("exp(lgamma(x)) == gamma(x)", "x: scalar negative"),
    ("arcsin(2 + x^2) + arccos(2 + x^2) == pi/2", "x: scalar"),
)
SOMEWHERE = (  # not everywhere, but where it has one, it holds
    ("inv(A'*A)*A'*A == I", "A: matrix(m, n)"),
    ("exp(log(x)) == x; sin(arcsin(x)) == x; sqrt(x)^2 == x", "x: scalar"),
)
NOT_REFUTED = (
    ("minimiser(ones(n)/n, p'*p, p)", "p: vector(n) simplex"),  # the gradient does not vanish there
    ("minimiser(zeros(n, n), tr(X), X)", "X: matrix(n, n) psd"),
    ("minimiser(1, (x^2 - 1)^2, x)", "x: scalar"),  # not convex
    ("convex(tr(X*X), X)", "X: matrix(n, n) diagonal"),
    ("convex(-tr(X*X), X)", "X: matrix(n, n) skew"),
    ("convex((sum(x) - 1)*x'*x, x)", "x: vector(n) simplex"),
    ("ispsd(A*B)", "A: matrix(n, n) psd; B: matrix(n, n) psd commutes(A)"),
    ("ispsd(B)", "A: matrix(n, n); B: matrix(n, n) psd commutes(A)"),
    ("Q'*A*Q == A", "A: matrix(n, n); Q: matrix(n, n) orthogonal commutes(A)"),
    ("B*C == C*B", "A: matrix(n, n); B: matrix(n, n); C: matrix(n, n) commutes(A) commutes(B)"),
)
REFUTED = (
    ("convex(tr(X*X), X)", "X: matrix(n, n) skew"),
    ("convex(x[1]*x[2], x)", "x: vector(2) simplex"),
    ("minimiser(0, x^4 - x^2, x)", "x: scalar"),
    ("eig(A*B) == eig(A).*eig(B)", "A: matrix(n, n) pd; B: matrix(n, n) pd commutes(A)"),
    ("x propto x - x", "x: vector(n)"),  # nothing but 0 is proportional to 0
    ("x'*x propto x'*x - x'*x", "x: vector(n)"),
)


@pytest.mark.parametrize(("statement", "given"), [*EMPTY_SUMS, *JUMPING, *OF_A_PARAMETER, *OTHER_MINIMISERS])
def test_what_fails_on_a_part_of_the_domain_is_not_proved(statement: str, given: str) -> None:
    assert derive.verify(statement, given=given).status != "proved"


@pytest.mark.parametrize(("statement", "given"), [*FULL_SUMS, *OF_ONE_PIECE])
def test_what_holds_on_all_of_it_is_proved(statement: str, given: str) -> None:
    assert derive.verify(statement, given=given).status == "proved"


@pytest.mark.parametrize(("statement", "given"), [*NOWHERE, *SOMEWHERE])
def test_only_what_has_a_value_somewhere_is_proved(statement: str, given: str) -> None:
    verdict = derive.verify(statement, given=given)
    assert (verdict.status == "proved") == ((statement, given) in SOMEWHERE)
    assert verdict.status in ("proved", "undecided")


@pytest.mark.parametrize(("statement", "given"), NOT_REFUTED)
def test_what_holds_under_a_constraint_is_not_refuted(statement: str, given: str) -> None:
    assert derive.verify(statement, given=given).status not in ("refuted", "ill-shaped")


@pytest.mark.parametrize(("statement", "given"), [*REFUTED, *JUMPING[:5]])
def test_what_fails_is_refuted(statement: str, given: str) -> None:
    assert derive.verify(statement, given=given).status == "refuted"
