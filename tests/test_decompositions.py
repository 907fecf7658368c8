"""Singular values and vectors, minors, Vandermonde and shift matrices, and what else acts on a whole matrix.

One idea: values are held against NumPy, identities are verified, and what has no value is refused.
"""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.codegen import evaluate_numpy
from derive.infer import infer
from derive.numeric.value import value_at
from derive.syntax import parse, parse_declarations
from derive.term import Term


def term_of(text: str, given: str = "X: matrix(m, n)") -> Term:
    return infer([parse(text)], parse_declarations(given)).terms[0]


def matrix(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(rows * 10 + columns).integers(-9, 10, size=(rows, columns)) / 4


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (5, 2), (2, 5)])
def test_singular_values_and_vectors_are_those_of_numpy(shape: tuple[int, int]) -> None:
    x = matrix(*shape)
    made = {
        name: np.array(value_at(term_of(f"{name}(X)"), {"X": x.tolist()}))
        for name in ("sv", "svdU", "svdD", "svdVt", "svU", "svV")
    }
    np.testing.assert_allclose(made["sv"], np.linalg.svd(x, compute_uv=False), rtol=1e-12)
    np.testing.assert_allclose(made["svdU"] @ made["svdD"] @ made["svdVt"], x, atol=1e-12)
    np.testing.assert_allclose(made["svdU"].T @ made["svdU"], np.eye(shape[0]), atol=1e-12)
    np.testing.assert_allclose(made["svdVt"] @ made["svdVt"].T, np.eye(shape[1]), atol=1e-12)
    k = min(shape)
    np.testing.assert_array_equal(made["svU"], made["svdU"][:, :k])
    np.testing.assert_array_equal(made["svV"], made["svdVt"][:k].T)
    top = np.argmax(np.abs(made["svU"]), axis=0)
    assert np.all(made["svU"][top, np.arange(k)] > 0)
    for name in ("sv", "svdD", "svU", "svV"):
        term = term_of(f"{name}(X)")
        np.testing.assert_allclose(evaluate_numpy(term, [term.args[0].data], {"X": x}), made[name], atol=1e-12)


def test_a_singular_value_that_may_be_zero_has_no_value() -> None:
    with pytest.raises(derive.DeriveError, match="singular value"):
        value_at(term_of("sv(X)"), {"X": [[1.0, 2.0], [2.0, 4.0]]})


def test_the_length_of_sv_is_the_smaller_size() -> None:
    assert str(term_of("sv(X)").type) == "vector(min(m, n))"
    assert str(term_of("sv(X)", "X: matrix(n, n)").type) == "vector(n)"
    assert str(term_of("sv(X)", "X: matrix(5, 3)").type) == "vector(3)"


def test_the_sum_of_singular_values_differentiates_to_the_polar_factor() -> None:
    result = derive.gradient("sum(sv(X))", wrt="X", given="X: matrix(m, n)")
    x = matrix(4, 3)
    u, _, v = np.linalg.svd(x, full_matrices=False)
    np.testing.assert_allclose(result.evaluate(X=x), u @ v, atol=1e-12)
    assert result.validation.ok


CLAIMS = {
    "A == svdU(A)*svdD(A)*svdVt(A)": ("A: matrix(n, m)", "proved"),
    "nucnorm(A) == sum(sv(A))": ("A: matrix(n, m)", "proved"),
    "max(sv(A))/min(sv(A)) == opnorm2(A)*opnorm2(inv(A))": ("A: matrix(n, n) invertible", "proved"),
    "cof(A)[i,j] == (-1)^(i+j)*det(minor(A,i,j))": ("A: matrix(n, n); i: index(n); j: index(n)", "proved"),
    "det(A) == sum(j=1..n, (-1)^(j+1)*A[1,j]*det(minor(A,1,j)))": ("A: matrix(n, n)", "proved"),
    "det(vander(v)) == prod(i=2..n, prod(j=1..i-1, v[i] - v[j]))": ("v: vector(n)", "consistent"),
    "tr(Kmn(m,n)) == 1 + gcd(m-1,n-1)": ("A: matrix(m, n)", "consistent"),
    "L*Phi(inv(L)*dA*inv(L)') == d(chol(A)) where L = chol(A)": (
        "A: matrix(n, n) pd; dA: matrix(n, n) symmetric",
        "consistent",
    ),
    "S == Phi(S) + Phi(S)'": ("S: matrix(n, n) symmetric", "consistent"),
    "rshift(n)'*rshift(n) == I": ("x: vector(n)", "consistent"),
    "rowsoftmax(X)*ones(n) == ones(m)": ("X: matrix(m, n)", "proved"),
    "A == svdU(A)*svdD(A)*svdVt(A)'": ("A: matrix(n, n)", "refuted"),
    "nucnorm(A) == max(sv(A))": ("A: matrix(n, m)", "refuted"),
    "cof(A)[i,j] == (-1)^(i+j)*det(minor(A,j,i))": ("A: matrix(n, n); i: index(n); j: index(n)", "refuted"),
    "det(A) == sum(j=1..n, (-1)^j*A[1,j]*det(minor(A,1,j)))": ("A: matrix(n, n)", "refuted"),
    "det(vander(v)) == prod(i=2..n, prod(j=1..i-1, v[j] - v[i]))": ("v: vector(n)", "refuted"),
    "tr(Kmn(m,n)) == gcd(m,n)": ("A: matrix(m, n)", "refuted"),
    "rshift(n) == shift(n)": ("x: vector(n)", "refuted"),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_statements(claim: str) -> None:
    given, status = CLAIMS[claim]
    found = derive.verify(claim, given=given).status
    assert found == status or (status == "consistent" and found == "proved")


def test_minors_leave_out_a_row_and_a_column() -> None:
    x = matrix(3, 4)
    for i in range(3):
        for j in range(4):
            got = value_at(term_of(f"minor(X, {i + 1}, {j + 1})"), {"X": x.tolist()})
            np.testing.assert_array_equal(got, np.delete(np.delete(x, i, 0), j, 1))
    assert str(term_of("minor(X, 1, 2)").type) == "matrix(m - 1, n - 1)"


def test_vandermonde_has_ascending_powers_in_rows() -> None:
    value = value_at(term_of("vander(x)", "x: vector(n)"), {"x": [2.0, 3.0, -1.0]})
    np.testing.assert_array_equal(value, np.vander([2.0, 3.0, -1.0], increasing=True))


def test_an_index_is_a_number_in_the_engine() -> None:
    result = derive.gradient("sum(i=1..n, i*x[i]^2)", wrt="x", given="x: vector(n)")
    np.testing.assert_allclose(result.evaluate(x=[1.0, 1.0, 2.0]), [2.0, 4.0, 12.0])
    assert derive.verify("sum(i=1..n, i) == n*(n + 1)/2").status == "proved"
    assert derive.verify("sum(i=1..n, i) == n*(n - 1)/2").status == "refuted"


def test_what_has_no_derivative_says_so() -> None:
    for text in ("sum(svdU(X))", "sum(svU(X))"):
        with pytest.raises(derive.DeriveError, match="no derivative"):
            derive.gradient(text, wrt="X", given="X: matrix(m, n)")
    with pytest.raises(derive.DeriveError, match="place"):
        derive.gradient("sum(minor(X, k, 1))", wrt="k", given="X: matrix(n, n); k: integer in 1..3")
