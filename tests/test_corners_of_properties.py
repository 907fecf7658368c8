"""Properties have extreme members: what holds for values drawn at random and fails for one of those is refuted, and its true neighbours are not."""

from __future__ import annotations

import pytest
from flint import fmpq

import derive
from derive.judge.admitted import admits
from derive.judge.members import members
from derive.numeric.gaussian import Gaussian
from derive.numeric.tensor import Tensor
from derive.sizes import Size
from derive.syntax.declarations import PROPERTIES
from derive.term import Symbol, Type

FALSE = (
    ("p > 0", "p: vector(n) simplex"),
    ("tr(P) > 0", "P: matrix(n,n) projection"),
    ("opnorm2(P) == 1", "P: matrix(n,n) projection"),
    ("det(I-P) == 0", "P: matrix(n,n) projection"),
    ("P^(n-1) == P", "P: matrix(n,n) idempotent"),
    ("tr(S) > 0", "S: matrix(n,n) stochastic"),
    ("rank(A) == n-1", "A: matrix(n,n) rank-deficient"),
    ("rank(A*A) == rank(A)", "A: matrix(n,n) rank-deficient"),
    ("lmax(A) > 0", "A: matrix(n,n) psd"),
    ("logdet(A+B) > logdet(A)", "A: matrix(n,n) pd; B: matrix(n,n) psd"),
    ("sum(x) < sqrt(n)", "x: vector(n) unit-norm"),
    ("eigi(A,i) < eigi(A,i+1)", "A: matrix(n,n) symmetric; i: index(n-1)"),
    ("B*C == C*B", "A: matrix(n,n); B: matrix(n,n) commutes(A); C: matrix(n,n) commutes(A)"),
    ("B*C == C*B", "A: matrix(n,n) symmetric; B: matrix(n,n) commutes(A); C: matrix(n,n) commutes(A)"),
    ("issym(B)", "A: matrix(n,n) symmetric; B: matrix(n,n) commutes(A)"),
    ("issym(A*B)", "A: matrix(n,n) symmetric; B: matrix(n,n) commutes(A)"),
    ("rank(I+A) == n", "A: matrix(n,n)"),
    ("rank(I+A) == n", "A: matrix(n,n) symmetric"),
    ("rank(A*B) == rank(B*A)", "A: matrix(n,n); B: matrix(n,n)"),
    ("rank(A*B) >= rank(A)+rank(B)-m", "A: matrix(m,n); B: matrix(n,m)"),
    ("rank(A'*A) == rank(A)", "A: matrix(2,1) complex"),
    ("convex(rank(X), X)", "X: matrix(n,n)"),
    ("ispsd((A+B)^2 - A^2)", "A: matrix(n,n) pd; B: matrix(n,n) pd"),
    ("A[i,j] <= A[i,i]", "A: matrix(n,n) pd; i: index(n); j: index(n)"),
    ("tr(A*B)^2 >= tr(A*A*B*B)", "A: matrix(n,n) pd; B: matrix(n,n) pd"),
    ("gauss(x,m,S) <= 1", "x: vector(n); m: vector(n); S: matrix(n,n) pd"),
    ("tr(A) < 1", "A: matrix(n,n) norm<1"),
    ("det(I+A) < 2", "A: matrix(n,n) norm<1"),
    ("sum(A) < 1", "A: matrix(n,n) norm<1"),
    ("opnorm1(A) < 1", "A: matrix(n,n) norm<1"),
    ("sum(i=1..n, delta(i,k)) == 1", "x: vector(n); k: integer in 1..3"),
    ("sum(i=1..n, delta(i,k)) == 1", "k: integer in 1..3"),
    ("logm(expm(A)) == A", "A: matrix(n,n)"),
    ("log(exp(z)) == z", "z: scalar complex"),
    ("x*(1-x) <= 0.2499", "x: scalar"),
    ("swish(x) >= -0.278", "x: scalar"),
    ("mod(x,2) < 1.9", "x: scalar"),
    ("k >= 1", "k: integer"),
    ("k >= 0", "k: integer"),
    ("k <= 6", "k: integer"),
    ("abs(k) == k", "k: integer"),
    ("k*x^2 >= 0", "k: integer; x: scalar"),
    ("P^k == P", "P: matrix(n,n) idempotent; k: integer"),
)
TRUE = (
    ("tr(P) >= 0", "P: matrix(n,n) projection"),
    ("opnorm2(P) <= 1", "P: matrix(n,n) projection"),
    ("rank(P) == tr(P)", "P: matrix(n,n) projection"),
    ("rank(P) == tr(P)", "P: matrix(n,n) idempotent"),
    ("P^k == P", "P: matrix(n,n) idempotent; k: integer in 1..9"),
    ("p >= 0; sum(p) == 1", "p: vector(n) simplex"),
    ("entropy(p) <= log(n)", "p: vector(n) simplex"),
    ("kl(p,q) >= 0", "p: vector(n) simplex; q: vector(n) simplex"),
    ("norm2(p) <= 1", "p: vector(n) simplex"),
    ("max(p) >= 1/n", "p: vector(n) simplex"),
    ("tr(S) >= 0", "S: matrix(n,n) stochastic"),
    ("tr(S) <= n", "S: matrix(n,n) stochastic"),
    ("opnorminf(S) == 1", "S: matrix(n,n) stochastic"),
    ("abs(det(S)) <= 1", "S: matrix(n,n) stochastic"),
    ("rank(A) <= n-1", "A: matrix(n,n) rank-deficient"),
    ("det(A) == 0", "A: matrix(n,n) rank-deficient"),
    ("rank(A*A) <= rank(A)", "A: matrix(n,n) rank-deficient"),
    ("lmax(A) >= 0", "A: matrix(n,n) psd"),
    ("logdet(A+B) >= logdet(A)", "A: matrix(n,n) pd; B: matrix(n,n) psd"),
    ("logdet(A+B) > logdet(A)", "A: matrix(n,n) pd; B: matrix(n,n) pd"),
    ("sum(x) <= sqrt(n)", "x: vector(n) unit-norm"),
    ("abs(x) <= 1", "x: vector(n) unit-norm"),
    ("eigi(A,i) <= eigi(A,i+1)", "A: matrix(n,n) symmetric; i: index(n-1)"),
    ("eigi(A,i) < eigi(A,i+1)", "A: matrix(n,n) symmetric distinct-eigenvalues; i: index(n-1)"),
    ("A*B == B*A", "A: matrix(n,n); B: matrix(n,n) commutes(A)"),
    ("A*B*A == B*A*A", "A: matrix(n,n); B: matrix(n,n) commutes(A)"),
    ("ispd(A*B)", "A: matrix(n,n) pd; B: matrix(n,n) pd commutes(A)"),
    ("issym(A*B)", "A: matrix(n,n) symmetric; B: matrix(n,n) symmetric commutes(A)"),
    ("ispsd(A*B)", "A: matrix(n,n) psd; B: matrix(n,n) psd commutes(A)"),
    ("rank(I+A) <= n", "A: matrix(n,n)"),
    ("rank(A*B) <= rank(A)", "A: matrix(m,n); B: matrix(n,p)"),
    ("rank(A*B) <= rank(B)", "A: matrix(m,n); B: matrix(n,p)"),
    ("rank(A*B) >= rank(A)+rank(B)-n", "A: matrix(m,n); B: matrix(n,m)"),
    ("rank(A+B) <= rank(A)+rank(B)", "A: matrix(m,n); B: matrix(m,n)"),
    ("rank(A'*A) == rank(A)", "A: matrix(m,n)"),
    ("rank(ct(A)*A) == rank(A)", "A: matrix(m,n) complex"),
    ("rank(A') == rank(A)", "A: matrix(m,n)"),
    ("rank(A*B) == rank(B)", "A: matrix(n,n) invertible; B: matrix(n,n)"),
    ("ispsd((A+B)^2)", "A: matrix(n,n) pd; B: matrix(n,n) pd"),
    ("ispd(A+B)", "A: matrix(n,n) pd; B: matrix(n,n) psd"),
    ("A[i,i] > 0", "A: matrix(n,n) pd; i: index(n)"),
    ("A[i,j]^2 <= A[i,i]*A[j,j]", "A: matrix(n,n) pd; i: index(n); j: index(n)"),
    ("2*A[i,j] <= A[i,i]+A[j,j]", "A: matrix(n,n) psd; i: index(n); j: index(n)"),
    ("tr(A*B) >= 0", "A: matrix(n,n) psd; B: matrix(n,n) psd"),
    ("tr(A*B) <= tr(A)*tr(B)", "A: matrix(n,n) psd; B: matrix(n,n) psd"),
    ("tr(A*B*A*B) <= tr(A*A*B*B)", "A: matrix(n,n) pd; B: matrix(n,n) pd"),
    ("tr(A*B)^2 <= tr(A*A)*tr(B*B)", "A: matrix(n,n) pd; B: matrix(n,n) pd"),
    ("det(A) <= prod(diag(A))", "A: matrix(n,n) pd"),
    ("det(A)^(1/n) <= tr(A)/n", "A: matrix(n,n) pd"),
    ("det(A+B) >= det(A)+det(B)", "A: matrix(n,n) psd; B: matrix(n,n) psd"),
    ("logdet(A) <= tr(A) - n", "A: matrix(n,n) pd"),
    ("tr(inv(A)) >= n^2/tr(A)", "A: matrix(n,n) pd"),
    ("gauss(x,m,S) > 0", "x: vector(n); m: vector(n); S: matrix(n,n) pd"),
    ("gauss(x,m,S) <= gauss(m,m,S)", "x: vector(n); m: vector(n); S: matrix(n,n) pd"),
    ("opnorm2(A) < 1", "A: matrix(n,n) norm<1"),
    ("normF(A) < 1", "A: matrix(n,n) norm<1"),
    ("det(I-A) > 0", "A: matrix(n,n) norm<1"),
    ("norm2(x) < 1", "x: vector(n) norm<1"),
    ("abs(z) < 1", "z: scalar norm<1"),
    ("tr(A) < n", "A: matrix(n,n) norm<1"),
    ("det(A) < 1", "A: matrix(n,n) norm<1"),
    ("opnorm2(inv(I-A)) <= 1/(1-opnorm2(A))", "A: matrix(n,n) norm<1"),
    ("sum(i=1..n, delta(i,k)) <= 1", "x: vector(n); k: integer in 1..3"),
    ("expm(logm(A)) == A", "A: matrix(n,n) pd"),
    ("logm(expm(A)) == A", "A: matrix(n,n) symmetric"),
    ("exp(log(z)) == z", "z: scalar complex"),
    ("exp(z)*exp(-z) == 1", "z: scalar complex"),
    ("abs(z)^2 == z*conj(z)", "z: scalar complex"),
    ("abs(x*y) == abs(x)*abs(y)", "x: scalar complex; y: scalar complex"),
    ("sqrt(z)^2 == z", "z: scalar complex"),
    ("x*(1-x) <= 0.25", "x: scalar"),
    ("x*(1-x) <= 1/4", "x: scalar"),
    ("swish(x) >= -0.279", "x: scalar"),
    ("mod(x,2) < 2", "x: scalar"),
    ("x^2 + y^2 >= 2*x*y", "x: scalar; y: scalar"),
    ("exp(x) >= 1 + x", "x: scalar"),
    ("sin(x)^2 <= 1", "x: scalar"),
    ("x*exp(-x) <= exp(-1)", "x: scalar"),
    ("sigmoid(x)*(1-sigmoid(x)) <= 1/4", "x: scalar"),
    ("tanh(x) < 1", "x: scalar"),
    ("log(x) <= x - 1", "x: scalar positive"),
    ("x*log(x) >= -exp(-1)", "x: scalar positive"),
    ("sqrt(x*y) <= (x+y)/2", "x: scalar positive; y: scalar positive"),
    ("x + 1/x >= 2", "x: scalar positive"),
    ("(x+y+z)/3 >= (x*y*z)^(1/3)", "x: scalar positive; y: scalar positive; z: scalar positive"),
    ("gelu(x) >= -0.17", "x: scalar"),
    ("k*k >= k", "k: integer"),
    ("k^2 >= 0", "k: integer"),
    ("(-1)^(2*k) == 1", "k: integer"),
    ("cos(pi*k) == (-1)^k", "k: integer"),
    ("sin(pi*k) == 0", "k: integer"),
    ("X^(k+1) == X^k*X", "X: matrix(n,n) invertible; k: integer"),
    ("det(A^k) == det(A)^k", "A: matrix(n,n) invertible; k: integer"),
    ("det(A^k) == det(A)^k", "A: matrix(n,n); k: integer in 0..5"),
    ("floor(k) == k", "k: integer"),
    ("det(P)^2 == 1", "P: matrix(n,n) permutation"),
    ("P*ones(n) == ones(n)", "P: matrix(n,n) permutation"),
    ("tr(P) <= n", "P: matrix(n,n) permutation"),
    ("A^n == zeros(n,n)", "A: matrix(n,n) nilpotent"),
    ("det(I+A) == 1", "A: matrix(n,n) nilpotent"),
    ("tr(A) == 0", "A: matrix(n,n) nilpotent"),
    ("rank(A) <= n-1", "A: matrix(n,n) nilpotent"),
    ("abs(det(Q)) == 1", "Q: matrix(n,n) orthogonal"),
    ("opnorm2(Q) == 1", "Q: matrix(n,n) orthogonal"),
    ("tr(Q) <= n", "Q: matrix(n,n) orthogonal"),
    ("det(A)^2 == 1", "A: matrix(n,n) involutory"),
    ("rank(I+A)+rank(I-A) == n", "A: matrix(n,n) involutory"),
    ("det(S) >= 0", "S: matrix(n,n) skew"),
    ("x'*S*x == 0", "S: matrix(n,n) skew; x: vector(n)"),
    ("rank(D) <= n", "D: matrix(n,n) diagonal"),
    ("lmin(A) <= A[i,i]", "A: matrix(n,n) symmetric; i: index(n)"),
    ("lmax(A+B) <= lmax(A)+lmax(B)", "A: matrix(n,n) symmetric; B: matrix(n,n) symmetric"),
    ("lmin(A) <= lmax(A)", "A: matrix(n,n) symmetric"),
    ("lmin(A) > 0", "A: matrix(n,n) pd"),
    ("opnorm2(A*B) <= opnorm2(A)*opnorm2(B)", "A: matrix(n,n); B: matrix(n,n)"),
    ("normF(A) <= nucnorm(A)", "A: matrix(m,n)"),
    ("norm2(x) <= norm1(x)", "x: vector(n)"),
    ("norminf(x) <= norm2(x)", "x: vector(n)"),
    ("sum(eig(A)) == tr(A)", "A: matrix(n,n) symmetric"),
    ("prod(eig(A)) == det(A)", "A: matrix(n,n) symmetric"),
    ("eig(A*A) == eig(A).^2", "A: matrix(n,n) psd"),
    ("isreal(eig(A))", "A: matrix(n,n) hermitian"),
    ("ishermitian(A+ct(A))", "A: matrix(n,n) complex"),
    ("ispsd(ct(A)*A)", "A: matrix(m,n) complex"),
    ("ispsd(A)", "A: matrix(n,n) complex psd"),
    ("real(ct(x)*A*x) >= 0", "A: matrix(n,n) complex psd; x: vector(n) complex"),
    ("abs(det(U)) == 1", "U: matrix(n,n) unitary"),
    ("norm2(U*x) == norm2(x)", "U: matrix(n,n) unitary; x: vector(n) complex"),
    ("real(ct(x)*K*x) == 0", "K: matrix(n,n) skewhermitian; x: vector(n) complex"),
    ("abs(ct(x)*y) <= norm2(x)*norm2(y)", "x: vector(n) complex; y: vector(n) complex"),
    ("expm(A)*expm(B) == expm(A+B)", "A: matrix(n,n); B: matrix(n,n) commutes(A)"),
    ("pinv(A)*A*pinv(A) == pinv(A)", "A: matrix(m,n)"),
    ("pinv(A*B) == pinv(B)*pinv(A)", "A: matrix(n,n) orthogonal; B: matrix(n,n)"),
    ("sv(A)[1] >= sv(A)[2]", "A: matrix(3,2)"),
    ("softmax(x) >= 0", "x: vector(n)"),
    ("max(x) <= logsumexp(x)", "x: vector(n)"),
    ("logsumexp(x) <= max(x) + log(n)", "x: vector(n)"),
    ("var(x) >= 0", "x: vector(n)"),
    ("tr(A)^2 <= rank(A)*tr(A*A)", "A: matrix(n,n) symmetric"),
    ("rank(A) == rank(pinv(A))", "A: matrix(m,n)"),
    ("rank([A,B]) <= rank(A)+rank(B)", "A: matrix(m,n); B: matrix(m,p)"),
    ("abs(tr(A)) <= nucnorm(A)", "A: matrix(n,n)"),
    ("ispsd(A.*B)", "A: matrix(n,n) psd; B: matrix(n,n) psd"),
    ("ispsd(kron(A,B))", "A: matrix(n,n) psd; B: matrix(m,m) psd"),
    ("ispsd(inv(A)-inv(A+B))", "A: matrix(n,n) pd; B: matrix(n,n) psd"),
    ("ispsd(sqrtm(A+B)-sqrtm(A))", "A: matrix(n,n) pd; B: matrix(n,n) psd"),
    ("ispsd(tr(A)*I-A)", "A: matrix(n,n) psd"),
    ("x'*A*x >= 0", "A: matrix(n,n) psd; x: vector(n)"),
    ("(x'*y)^2 <= (x'*A*x)*(y'*inv(A)*y)", "A: matrix(n,n) pd; x: vector(n); y: vector(n)"),
)
LEFT_OPEN = (  # a range that ends more than one before it begins has no value, so nothing is said there
    ("sum(k=1..n-2, 1) == n-2", "x: vector(n)"),
    ("sum(j=1..k, 1) == k", "k: integer"),
)
WITHOUT_MEMBERS = frozenset(("small", "constant", "prob"))  # words that cannot be decided of a value
OPENING = "Let $A, B \\in \\mathbb{R}^{n \\times n}$ be symmetric positive definite.\n\n"


@pytest.mark.parametrize(("statement", "given"), FALSE)
def test_what_fails_for_an_extreme_member_is_refuted(statement: str, given: str) -> None:
    verdict = derive.verify(statement, given=given)
    assert verdict.status == "refuted"
    assert verdict.counterexample is not None


@pytest.mark.parametrize(("statement", "given"), TRUE)
def test_its_true_neighbours_stay_accepted(statement: str, given: str) -> None:
    assert derive.verify(statement, given=given).ok


@pytest.mark.parametrize(("statement", "given"), LEFT_OPEN)
def test_a_range_that_runs_backwards_says_nothing(statement: str, given: str) -> None:
    assert derive.verify(statement, given=given).status == "consistent"


@pytest.mark.parametrize(
    ("statement", "given"),
    [
        ("convex(norm2(X), X)", "X: matrix(n, n)"),
        ("convex(max(x), x)", "x: vector(n)"),
        ("convex(-entropy(p), p)", "p: vector(n) simplex"),
        ("convex(tr(inv(X)), X)", "X: matrix(n, n) pd"),
    ],
)
def test_what_is_convex_is_not_refuted_at_a_corner(statement: str, given: str) -> None:
    assert derive.verify(statement, given=given).ok


def test_the_counterexamples_are_small() -> None:
    for statement, given, name, value in (
        ("tr(P) > 0", "P: matrix(n, n) projection", "P", [[0, 0], [0, 0]]),
        ("tr(S) > 0", "S: matrix(n, n) stochastic", "S", [[0, 1], [1, 0]]),
        ("p > 0", "p: vector(n) simplex", "p", [1, 0]),
        ("k <= 6", "k: integer", "k", 7),
        ("x*(1-x) <= 0.2499", "x: scalar", "x", "1/2"),
    ):
        found = derive.verify(statement, given=given).counterexample
        assert found is not None
        assert dict(found.values)[name] == value


def test_a_hint_is_not_given_where_larger_sizes_fail_too() -> None:
    """A matrix of size 3 commutes with everything or is nilpotent just as one of size 2."""
    hints = derive.verify("rank(A*B) == rank(B*A)", given="A: matrix(n, n); B: matrix(n, n)").hints
    assert not any("n >= 3" in h.message for h in hints)
    assert any("A is invertible" in h.message for h in hints)


@pytest.mark.parametrize("word", sorted(PROPERTIES - WITHOUT_MEMBERS))
@pytest.mark.parametrize("n", [1, 2, 3])
def test_every_member_has_its_property(word: str, n: int) -> None:
    for shape in ((n, n), (n,), ()):
        symbol = Symbol("A", Type(tuple([Size.of(k) for k in shape])), (word,))
        for member in members(symbol, shape):
            assert member.value.shape == shape
            assert admits((word,), member.value)
            assert _seen(word, member.value)


def _seen(word: str, value: Tensor) -> bool:
    """A property in floats, by its definition."""
    import numpy as np

    def number(x: object) -> complex:
        return complex(x) if isinstance(x, Gaussian) else complex(int(x.p) / int(x.q))  # type: ignore[attr-defined]

    a = np.array([number(x) for x in value.entries]).reshape(value.shape)
    if len(value.shape) < 2:
        return bool(VECTORS[word](a)) if word in VECTORS else True
    n = len(a)
    e, eye = np.linalg.eigvals(a), np.eye(n)
    h = a.conj().T
    known = {
        "symmetric": np.allclose(a, a.T),
        "hermitian": np.allclose(a, h),
        "skewhermitian": np.allclose(a, -h),
        "skew": np.allclose(a, -a.T),
        "psd": np.allclose(a, h) and e.real.min() > -1e-9,
        "pd": np.allclose(a, h) and e.real.min() > 1e-9,
        "orthogonal": np.allclose(a @ a.T, eye),
        "unitary": np.allclose(a @ h, eye),
        "diagonal": np.allclose(a, np.diag(np.diag(a))),
        "lower-triangular": np.allclose(a, np.tril(a)),
        "upper-triangular": np.allclose(a, np.triu(a)),
        "invertible": abs(np.linalg.det(a)) > 1e-9,
        "rank-deficient": np.linalg.matrix_rank(a) < n,
        "singular": np.linalg.matrix_rank(a) < n,
        "full-rank": np.linalg.matrix_rank(a) == n,
        "idempotent": np.allclose(a @ a, a),
        "projection": np.allclose(a @ a, a) and np.allclose(a, a.T),
        "involutory": np.allclose(a @ a, eye),
        "nilpotent": np.allclose(np.linalg.matrix_power(a, n), 0),
        "permutation": set(a.real.ravel()) <= {0, 1} and np.allclose(a @ a.T, eye),
        "stochastic": a.real.min() >= 0 and np.allclose(a.sum(1), 1),
        "distinct-eigenvalues": all(abs(e[i] - e[j]) > 1e-6 for i in range(n) for j in range(i)),
        "real-eigenvalues": np.allclose(e.imag, 0),
        "normal": np.allclose(a @ h, h @ a),
    }
    return bool(known.get(word, True)) and (word not in VECTORS or bool(VECTORS[word](a)))


VECTORS = {
    "positive": lambda a: a.real.min() > 0,
    "negative": lambda a: a.real.max() < 0,
    "nonnegative": lambda a: a.real.min() >= 0,
    "nonzero": lambda a: abs(a).min() > 0,
    "simplex": lambda a: a.real.min() >= 0 and (not a.shape or abs(a.sum(-1) - 1).max() < 1e-12),
    "unit-norm": lambda a: abs((abs(a) ** 2).sum() - 1) < 1e-12,
}


def test_what_is_declared_of_norm_below_one_has_such_a_norm() -> None:
    symbol = Symbol("A", Type((Size.of(2), Size.of(2))), ("norm<1",))
    found = members(symbol, (2, 2))
    assert len(found) > 10
    assert all(sum((x * x for x in member.value.entries), fmpq(0)) < 1 for member in found)


def test_complex_members_hold_imaginary_numbers() -> None:
    found = members(Symbol("A", Type((Size.of(2), Size.of(1))), ("complex",)), (2, 1))
    assert any(x == Gaussian(fmpq(0), fmpq(1)) for member in found for x in member.value.entries)


def test_a_value_commutes_only_with_a_known_partner() -> None:
    shift = Tensor((2, 2), [fmpq(0), fmpq(1), fmpq(0), fmpq(0)])
    one = Tensor((2, 2), [fmpq(1), fmpq(0), fmpq(0), fmpq(1)])
    first = Tensor((2, 2), [fmpq(1), fmpq(0), fmpq(0), fmpq(0)])
    assert admits(("commutes(A)",), shift, {"A": one})
    assert not admits(("commutes(A)",), shift, {"A": first})
    assert not admits(("commutes(A)",), shift)
    assert not admits(("idemcommutes(A)",), shift, {"A": one})
    assert admits(("idemcommutes(A)",), first, {"A": one})


def test_an_unknown_word_admits_nothing() -> None:
    assert not admits(("small",), Tensor((), [fmpq(1, 100)]))


def test_in_a_document_a_broad_failure_is_refuted_and_a_narrow_one_left_open() -> None:
    broad = derive.check_text(OPENING + r"$$\operatorname{tr}(A B)^2 \ge \operatorname{tr}(A A B B)$$").claims[-1]
    assert broad.status == "refuted"
    general = OPENING.replace(" be symmetric positive definite", "")
    narrow = derive.check_text(general + r"$$\operatorname{rank}(A B) = \operatorname{rank}(B A)$$").claims[-1]
    assert narrow.status == "undecided"
    assert "A is nilpotent" in narrow.message
