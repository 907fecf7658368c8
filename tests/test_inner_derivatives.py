"""Derivatives inside expressions: every kind and target, types and refusals.

One idea: each line is a true statement; its two sides have the same normal form and, by difference quotients of the oracle, the same values.
"""

from __future__ import annotations

import pytest
from agreement import sampled

import derive
from derive.engine.expansion import vanishes
from derive.engine.families import for_all, ranges
from derive.engine.lower import lower
from derive.finding import LanguageError
from derive.infer import Typed, infer
from derive.numeric.agreement import AGREES, compare
from derive.sizes import Size
from derive.source import Source
from derive.syntax import parse_declarations, parse_statement
from derive.term import Term

SQUARE = "X: matrix(n, n); A: matrix(n, n)"
TALL = "X: matrix(n, m); A: matrix(n, n)"
FREE = "; i: index(n); j: index(n)"
TOEPLITZ = "T: matrix(n, n) toeplitz; A: matrix(n, n); i: index(n); j: index(n)"
VECTORS = "x: vector(n); A: matrix(m, n); y: vector(m)"
TRUE = [
    ("d(tr(A*X))/dX' == A", SQUARE),
    ("d(x'*x)/dx' == 2*x'", VECTORS),
    ("d(A*x)/dx[j] == A[:,j]", VECTORS + "; j: index(n)"),
    ("d(x)/dx[2] == e(2, n)", VECTORS),
    ("d(tr(X*X))/dX[1,2] == 2*X[2,1]", SQUARE),
    ("d(tr(X*X))/dX[1,:] == 2*X[:,1]'", SQUARE),
    ("d(X)/dX[i,j] == J(i, j, n, n)", SQUARE + FREE),
    ("sum(i=1..n, d(X[i,j])/dX[i,j]) == n", SQUARE + "; j: index(n)"),
    ("sum(i=1..n, sum(j=1..n, d(X[i,j]^2)/dX[i,j])) == 2*sum(X)", SQUARE),
    ("array(i=1..n, d(x'*x)/dx[i]) == 2*x", VECTORS),
    ("d(tr(X'*A*X))/d(vec(X)) == vec(A*X + A'*X)", TALL),
    ("d(A*X)/d(vec(X)) == d(A*X)/d(vec(X))", TALL),
    ("d(vec(A*X))/d(vec(X)) == kron(eye(m), A)", TALL),
    ("d(vec(X'))/d(vec(X)) == Kmn(n, m)", TALL),
    ("hess(tr(X'*A*X), vec(X)) == kron(eye(m), A + A')", TALL),
    ("hess(x'*x, x') == 2*eye(n)", VECTORS),
    ("grad(norm2(A*x - y)^2, x) == 2*A'*(A*x - y)", VECTORS),
    ("jac(A*x, x) == A", VECTORS),
    ("d(d(t^3*x)/dt)/dt == 6*t*x", "x: vector(n); t: scalar"),
    ("d(d(d(t^4)/dt)/dt)/dt == 24*t", "t: scalar"),
    ("d(d(x'*x)/dx)/dx == 2*I", VECTORS),
    ("tr(d(d(tr(X'*X))/dX)/dX[1,2]) == 0", SQUARE),
    ("d(d(a^2*b^3)/da)/db == 6*a*b^2", "a: scalar; b: scalar"),
    ("d(u'*u)/du == 2*A*x where u = A*x", VECTORS),
    ("d(u'*u + x'*x)/dx == 2*A'*u + 2*x where u = A*x", VECTORS),
    ("d(u'*y)/du[1] == y[1] where u = A*x", VECTORS),
    ("d(d(u'*u)/du)/dx == 2*A where u = A*x", VECTORS),
    ("sum(i=1..m, d(c^2)/dc) == 2*sum(A*x) where c = (A*x)[i]", VECTORS),
    ("d(phi(u))/du == diag(phi'(A*x)) where u = A*x", VECTORS),
    ("det(d(A*x)/dx) == det(A)", "A: matrix(n, n); x: vector(n)"),
    # the declared properties do not change a derivative, but they may simplify it
    ("d(tr(A*S))/dS == A'", "S: matrix(n, n) symmetric; A: matrix(n, n)"),
    ("d(S)/dS[1,2] == J(1, 2, n, n)", "S: matrix(n, n) symmetric"),
    ("d(tr(S*S))/dS == 2*S", "S: matrix(n, n) symmetric"),
    ("d(d(s^2*t)/ds)/dt == 0", "s: scalar zero; t: scalar"),
    ("d(3*s + s^2)/ds == 3", "s: scalar zero"),
    # free entries
    ("ds(tr(A*S))/dS == A + A' - A.*I", "S: matrix(n, n) symmetric; A: matrix(n, n)"),
    ("ds(S)/dS[1,2] == J(1, 2, n, n) + J(2, 1, n, n)", "S: matrix(n, n) symmetric"),
    ("ds(tr(A*K))/dK == A' - A", "K: matrix(n, n) skew; A: matrix(n, n)"),
    ("ds(tr(A*D))/dD == A.*I", "D: matrix(n, n) diagonal; A: matrix(n, n)"),
    ("ds(tr(A*L))/dL == tril(A')", "L: matrix(n, n) lower-triangular; A: matrix(n, n)"),
    ("ds(tr(A*U))/dU == triu(A')", "U: matrix(n, n) upper-triangular; A: matrix(n, n)"),
    ("ds(tr(A*T))/dT[i,j] == sum(p=1..n, sum(q=1..n, delta(q - p, j - i)*A[q,p]))", TOEPLITZ),
    ("ds(tr(T))/dT == n*I", "T: matrix(n, n) toeplitz"),
    # differentials
    ("d(X*A*X) == dX*A*X + X*A*dX", SQUARE + "; dX: matrix(n, n)"),
    ("d(X*A) == dX*A + X*dA", SQUARE + "; dX: matrix(n, n); dA: matrix(n, n)"),
    ("d(A) == 0", SQUARE + "; dX: matrix(n, n)"),
    ("d(d(tr(X*X))) == 2*tr(dX*dX)", SQUARE + "; dX: matrix(n, n)"),
    ("d(d(x'*A*x)/dx) == (A + A')*dx", "x: vector(n); A: matrix(n, n); dx: vector(n)"),
    ("tr(d(S)*A) == tr(A*dS)", "S: matrix(n, n) symmetric; dS: matrix(n, n); A: matrix(n, n)"),
    ("d(u'*u) == 2*u'*A*dx where u = A*x", VECTORS + "; dx: vector(n)"),
]
WRONG = [
    ("d(tr(A*X))/dX == A", SQUARE),
    ("d(A*x)/dx[j] == A[:,1]", VECTORS + "; j: index(n)"),
    ("d(tr(S*S))/dS == 4*S - 2*S.*I", "S: matrix(n, n) symmetric"),
    ("ds(tr(S*S))/dS == 2*S", "S: matrix(n, n) symmetric"),
    ("ds(tr(T))/dT == I", "T: matrix(n, n) toeplitz"),
    ("d(X*A*X) == dX*A*X", SQUARE + "; dX: matrix(n, n)"),
    ("d(d(tr(X*X))) == tr(dX*dX)", SQUARE + "; dX: matrix(n, n)"),
    ("d(u'*u)/du == 2*A'*A*x where u = A*x", "x: vector(n); A: matrix(n, n)"),
]


def typed(text: str, given: str) -> Typed:
    declared = parse_declarations(given)
    names = frozenset(d.name for d in declared)
    return infer([parse_statement(text, names=names)], declared, source=Source(text))


def difference(text: str, given: str) -> Term:
    found = typed(text, given)
    left, right = found.terms[0].args
    whole = Term("add", (left, right), left.type, (1, -1))
    return for_all(whole, ranges(parse_declarations(given), found.symbols))


@pytest.mark.parametrize(("text", "given"), TRUE)
def test_both_sides_are_one_normal_form(text: str, given: str) -> None:
    assert vanishes(lower(difference(text, given)))


@pytest.mark.parametrize(("text", "given"), WRONG)
def test_what_is_wrong_is_not_zero(text: str, given: str) -> None:
    assert not vanishes(lower(difference(text, given)))


@pytest.mark.parametrize(("text", "given", "right"), [(*s, True) for s in TRUE] + [(*s, False) for s in WRONG])
def test_the_oracle_says_the_same(text: str, given: str, right: bool) -> None:
    found = typed(text, given)
    left, other = found.terms[0].args
    indices = ranges(parse_declarations(given), found.symbols)
    symbols = [s for s in found.symbols if s.name not in indices]
    outcomes = []
    for seed in range(4):
        point, sizes, _ = sampled((left, other), symbols, seed)
        outcomes.append(compare(left, other, point, sizes).outcome == AGREES)
    assert all(outcomes) == right


TYPES = [
    ("d(x'*x)/dx", "vector(n)"),
    ("d(x'*x)/dx'", "row(n)"),
    ("d(A*x)/dx", "matrix(m, n)"),
    ("d(x'*A')/dx", "matrix(m, n)"),
    ("d(A*x)/dA[1,2]", "vector(m)"),
    ("d(A*x)/dA", "tensor(m, m, n)"),
    ("d(vec(A*B))/d(vec(A))", "matrix(k*m, m*n)"),
    ("d(tr(A*C))/d(vec(A))", "vector(m*n)"),
    ("d(A)/dt", "matrix(m, n)"),
    ("hess(x'*x, x)", "matrix(n, n)"),
    ("d(c'*x)/dc", "matrix(n, 1)"),
    ("d(c'*c)/dc", "matrix(n, 1)"),
    ("d(x)/dc", "matrix(n, n)"),
    ("ds(S)/dS[1,1]", "matrix(n, n)"),
    ("ds(tr(S))/dS", "matrix(n, n)"),
]
NAMES = "x: vector(n); A: matrix(m, n); B: matrix(n, k); C: matrix(n, m); t: scalar; c: matrix(n, 1); S: matrix(n, n) symmetric"


@pytest.mark.parametrize(("text", "type"), TYPES)
def test_types(text: str, type: str) -> None:
    (term,) = typed(text, NAMES).terms
    assert str(term.type) == type
    assert lower(term).shape == term.type.shape


@pytest.mark.parametrize(
    ("text", "given", "code"),
    [
        ("d(tr(A*X))", SQUARE, "no-direction"),
        ("d(X)", "X: matrix(n, m); dX: matrix(m, n); A: matrix(n, n)", "size-mismatch"),
        ("tr(ds(tr(X*X))/dX)", SQUARE, "no-structure"),
        ("hess(X, X)", SQUARE, "kind-mismatch"),
        ("d(tr(X))/d(X*A)", SQUARE, "bad-derivative"),
        ("tr(dz(tr(X*X))/dX)", SQUARE, "not-complex"),
    ],
)
def test_refusals_are_located(text: str, given: str, code: str) -> None:
    with pytest.raises(LanguageError) as refused:
        lower(typed(text, given).terms[0])
    assert refused.value.finding.code == code
    assert refused.value.finding.labels


def test_what_is_held_fixed_is_said() -> None:
    notes = typed("d(X*A) == dX*A", SQUARE + "; dX: matrix(n, n)").notes
    assert notes == ("held fixed in d(X*A): A, without a declared differential",)


def test_indices_that_are_numbers_stay_symbols() -> None:
    given = "A: matrix(n, n) symmetric; i: index(n); j: index(n)"
    (term,) = typed("eigi(A, i)*A[i,j]", given).terms
    assert for_all(term, ranges(parse_declarations(given))).type.shape == (Size.of("n"),)


ASKED = [
    ("norm2(d(x'*A*x)/dx)^2", "x", "x: vector(n); A: matrix(n, n)"),
    ("d(x'*A*x)/dx", "x", "x: vector(n); A: matrix(n, n)"),
    ("d(u'*u)/du where u = A*x", "x", VECTORS),
    ("sum(ds(tr(A*S*S))/dS)", "S", "S: matrix(n, n) symmetric; A: matrix(n, n)"),
    ("d(tr(X*A*X))", "X", SQUARE + "; dX: matrix(n, n)"),
    ("d(X[1,2]^2)/dX[1,2]", "X", SQUARE),
]


@pytest.mark.parametrize(("text", "by", "given"), ASKED)
def test_the_calculator_takes_derivatives_of_derivatives(text: str, by: str, given: str) -> None:
    answer = derive.derivative(text, wrt=by, given=given)
    assert answer.validation.ok
