"""The laws of the prover about pseudo-inverses, spectra, norms, functions, scalars and structures: true by the oracle, proved, and not proved when changed."""

from __future__ import annotations

import pytest
from proofs import agrees, proved, read

from derive.engine.expr import constant
from derive.engine.lower import lower
from derive.engine.sums import collect
from derive.proof.assumptions import Ranks, laws_given
from derive.proof.kernel import prove_nodes
from derive.proof.laws import adjoints, elementary, functions, norms, pseudoinverses, scalars, spectra, structures
from derive.proof.rewriting import Law

SUBJECTS = (pseudoinverses, spectra, norms, functions, scalars, elementary, structures, adjoints)
LAWS = [law for subject in SUBJECTS for law in subject.LAWS]


def assumed() -> tuple[Law, ...]:
    """The laws that a statement with `inv(A'*A)` assumes."""
    (claim,), _ = read("pinv(A) == inv(A'*A)*A'", "A: matrix(n, m)")
    assert claim.right is not None
    return laws_given(lower(claim.left), lower(claim.right))


@pytest.mark.parametrize("law", [*LAWS, *assumed()], ids=lambda law: law.name)
def test_a_law_holds_is_proved_and_a_changed_one_is_not(law: Law) -> None:
    assert all(agrees(law.claim, law.given))
    assert all(proved(law.claim, law.given))
    for claim in read(law.claim, law.given)[0]:
        assert claim.right is not None
        a, b = lower(claim.left), lower(claim.right)
        assert prove_nodes(a, collect([b, constant(1, b.shape)], b.shape)) is None


def test_names_and_claims_are_all_different() -> None:
    assert len({law.name for law in LAWS}) == len({law.claim for law in LAWS}) == len(LAWS)


TRUE = [
    ("inv(exch(n)) == exch(n)", ""),
    ("A'*A*pinv(A)*b == A'*b", "A: matrix(m, n) rank-deficient; b: vector(m)"),
    ("pinv(A) == A'*inv(A*A')", "A: matrix(n, m)"),
    ("pinv(C*D) == D'*inv(D*D')*inv(C'*C)*C'", "C: matrix(n, r); D: matrix(r, m)"),
    ("(I - pinv(A)*A)*(I - pinv(A)*A) == I - pinv(A)*A", "A: matrix(m, n) rank-deficient"),
    ("pinv(A*B)*A*B*pinv(A*B) == pinv(A*B)", "A: matrix(m, n); B: matrix(n, p)"),
    ("tr(A^3) == sum(eig(A).^3)", "A: matrix(n, n) symmetric"),
    ("opnorm2(Q*A) == opnorm2(A)", "A: matrix(n, m); Q: matrix(n, n) orthogonal"),
    ("nucnorm(A)^2 == sum(sv(A))^2", "A: matrix(n, m)"),
    ("rank(A*B*A') == rank(A)", "A: matrix(n, m) rank-deficient; B: matrix(m, m) pd"),
    ("expm(A)*expm(A)*expm(-2*A) == I", "A: matrix(n, n)"),
    ("Q^k == cos(k*pi/2)*I + sin(k*pi/2)*Q", "Q: matrix(n, n) orthogonal skew; k: integer in 0..6"),
    ("R^k == (1 + (-1)^k)/2*I + (1 - (-1)^k)/2*R", "R: matrix(n, n) involutory; k: integer in 0..6"),
    ("(ones(n)*a')^k == ones(n)*a'", "a: vector(n) simplex; k: integer in 2..4"),
    ("log(sum(exp(x - c*ones(n)))) + c == logsumexp(x)", "x: vector(n); c: scalar"),
    ("swish(z) + swish(-z) == z*tanh(z/2)", "z: scalar"),
    ("mish(z) == z*((1 + exp(z))^2 - 1)/((1 + exp(z))^2 + 1)", "z: scalar"),
    ("elu(z) == relu(z) + exp(min(z, 0)) - 1", "z: scalar"),
    ("kron(A, kron(B, C)) == kron(kron(A, B), C)", "A: matrix(n, m); B: matrix(p, q); C: matrix(m, n)"),
    ("Nn(n)*Nn(n) == Nn(n); Kmn(n,n)*Nn(n) == Nn(n)", "A: matrix(n, n)"),
    ("circ(t)[1,:] == t'", "t: vector(n)"),
    (
        "tr(A*J(i,j,n,n)*J(i,j,n,n)*B) == ((A'*B').*I)[i,j]",
        "A: matrix(n, n); B: matrix(n, n); i: index(n); j: index(n)",
    ),
]


@pytest.mark.parametrize(("statement", "given"), TRUE, ids=[s for s, _ in TRUE])
def test_statements_that_take_several_laws(statement: str, given: str) -> None:
    assert all(agrees(statement, given))
    assert all(proved(statement, given))


FALSE = [  # each true but for a condition that is missing, or at the edge of an axis
    ("pinv(A*B) == pinv(B)*pinv(A)", "A: matrix(n, m); B: matrix(m, p)"),
    ("pinv(A) == inv(A'*A + I)*A'", "A: matrix(n, m)"),
    ("pinv(E) == E", "E: matrix(n, n) idempotent"),
    ("A*pinv(A) == I", "A: matrix(n, m)"),
    ("Z'*Z*pinv(Z) == Z'", "Z: matrix(n, m) complex"),
    ("pinv(Z'*Z) == pinv(Z)*pinv(Z')", "Z: matrix(n, m) complex"),
    ("expm(A)*expm(B) == expm(A + B)", "A: matrix(n, n); B: matrix(n, n)"),
    ("logm(expm(A)) == A", "A: matrix(n, n)"),
    ("sqrtm(A*A) == A", "A: matrix(n, n) symmetric"),
    ("E^k == E", "E: matrix(n, n) idempotent; k: integer in 0..3"),
    ("eig(c*A) == c*eig(A)", "A: matrix(n, n) symmetric; c: scalar"),
    ("eig(-A) == -eig(A)", "A: matrix(n, n) symmetric"),
    ("eig(kron(A,B)) == kron(eig(A), eig(B))", "A: matrix(n, n) symmetric; B: matrix(m, m) symmetric"),
    ("eig(Kmn(n,n)) == ones(n^2)", "A: matrix(n, n)"),
    ("lmax(A) == opnorm2(A)", "A: matrix(n, n) symmetric"),
    ("nucnorm(A) == tr(A)", "A: matrix(n, n) symmetric"),
    ("rank(A*B) == rank(A)", "A: matrix(n, m); B: matrix(m, p)"),
    ("rank(c*A) == rank(A)", "A: matrix(n, m); c: scalar"),
    ("lmin(X*X') == lmin(X'*X)", "X: matrix(n, m)"),
    ("sign(z)^2 == 1", "z: scalar"),
    ("step(-z) == 1 - step(z)", "z: scalar"),
    ("sqrt(z^2) == z", "z: scalar"),
    ("log(y*z) == log(abs(y)) + log(z)", "y: scalar; z: scalar"),
    ("abs(z)^2 == z^2", "z: scalar complex"),
    ("z^y*z^w == z^(y*w)", "z: scalar positive; y: scalar; w: scalar"),
    ("max(c*x) == c*max(x)", "x: vector(n); c: scalar"),
    ("(-1)^k == 1", "k: integer in 0..6"),
    ("cos(k*pi) == 1", "k: integer in 0..6"),
    ("(shift(n)'*ones(n))[i] == 1", "i: index(n)"),
    ("shift(n)'*shift(n) == I", ""),
    ("Kmn(n,n) == I", ""),
    ("exch(n)*A'*exch(n) == A", "A: matrix(n, n)"),
    ("tril(S)*tril(T) == tril(T)*tril(S)", "S: matrix(n, n); T: matrix(n, n)"),
    ("T[i,j] == T[j,i]", "T: matrix(n, n) toeplitz; i: index(n); j: index(n)"),
    ("A[i,i] == A[j,j]", "A: matrix(n, n); i: index(n); j: index(n)"),
]


@pytest.mark.parametrize(("statement", "given"), FALSE, ids=[s for s, _ in FALSE])
def test_what_lacks_a_condition_is_not_proved(statement: str, given: str) -> None:
    assert proved(statement, given) == [False]


def test_an_inverse_of_a_gram_matrix_says_that_columns_are_independent() -> None:
    (claim,), _ = read("pinv(A) == inv(A'*A)*A'", "A: matrix(n, m)")
    assert claim.right is not None
    assert Ranks(lower(claim.right))
    assert not Ranks(lower(claim.left))
