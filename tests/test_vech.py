"""Half vectorisation: the statements of the books, values from the definition, sizes n(n + 1)/2, and how answers are written.

One idea: what vech, Dn, Dnp and Ln are is written down here once more, with loops; the program's values are held against it, and its proofs against
statements that are true and that are nearly true.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import derive
from derive.infer import infer
from derive.numeric.value import value_at
from derive.sizes import Size, halved, least, triangle
from derive.syntax import parse, parse_declarations, parse_latex

GIVEN = "A: matrix(n, n); S: matrix(n, n) symmetric; X: matrix(n, n) pd; x: vector(n)"
PROVED = (
    "Ln(n)*vec(A) == vech(A)",
    "Dnp(n)*vec(S) == vech(S)",
    "Dn(n)*vech(S) == vec(S)",
    "Dn(n)*Dnp(n)*kron(A,A)*Dn(n) == kron(A,A)*Dn(n)",
    "det(Dnp(n)*kron(A,A)*Dn(n)) == det(A)^(n+1)",
    "det(Dn(n)'*kron(A,A)*Dn(n)) == 2^(n*(n-1)/2)*det(A)^(n+1)",
    "Dn(n)'*vec(A) == vech(A + A' - A.*I)",
    "d(vech(inv(X)))/d(vech(X)) == -Dnp(n)*kron(inv(X),inv(X))*Dn(n)",
    "d(vech(A*S*A'))/d(vech(S)) == Dnp(n)*kron(A,A)*Dn(n)",
    "d(logdet(X))/d(vech(X)) == vec(inv(X))'*Dn(n)",
    "d(logdet(X))/d(vech(X)) == Dn(n)'*vec(inv(X))",
    "d(vech(S*S))/d(vech(S)) == Dnp(n)*(kron(S,I)+kron(I,S))*Dn(n)",
    "Ln(n)*Dn(n) == I",
    "Dnp(n)*Dn(n) == I",
    "Ln(n)*Ln(n)' == I",
    "Nn(n)*Dn(n) == Dn(n)",
    "Kmn(n,n)*Dn(n) == Dn(n)",
    "Dnp(n) == Ln(n)*Nn(n)",
    "Dn(n)*Dnp(n) == Nn(n)",
    "kron(eye(n), eye(n)) == eye(n*n)",
    "Dn(n)'*Dn(n)*vech(A) == vech(2*A - A.*I)",
    "vec(S)'*vec(S) == vech(S)'*Dn(n)'*Dn(n)*vech(S)",
    "sum(ones(n*(n+1)/2)) == n*(n+1)/2",
)
REFUTED = (
    "Dn(n)*vech(A) == vec(A)",
    "Dnp(n)*vec(A) == vech(A)",
    "Dn(n)'*vec(A) == vech(A + A')",
    "d(vech(inv(X)))/d(vech(X)) == -Dnp(n)*kron(inv(X),X)*Dn(n)",
    "d(vech(inv(X)))/d(vech(X)) == -Ln(n)*kron(inv(X),inv(X))*Ln(n)'",
    "d(vech(A*S*A'))/d(vech(S)) == Dnp(n)*kron(A',A)*Dn(n)",
    "d(logdet(X))/d(vech(X)) == vech(inv(X))'",
    "det(Dnp(n)*kron(A,A)*Dn(n)) == det(A)^n",
    "Ln(n)*Kmn(n,n) == Ln(n)",
)


@pytest.mark.parametrize("claim", PROVED)
def test_true_statements_are_proved(claim: str) -> None:
    assert derive.verify(claim, given=GIVEN).status == "proved"


@pytest.mark.parametrize("claim", REFUTED)
def test_slips_are_refuted(claim: str) -> None:
    assert derive.verify(claim, given=GIVEN).status == "refuted"


def places(n: int) -> list[tuple[int, int]]:
    return [(i, j) for j in range(n) for i in range(j, n)]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_values_are_those_of_the_definition(n: int) -> None:
    a = np.random.default_rng(3).integers(-4, 5, size=(n, n)).astype(float)
    half = [a[i, j] for i, j in places(n)]
    elimination = np.array([[float((i, j) == (k, m)) for m in range(n) for k in range(n)] for i, j in places(n)])
    duplication = np.array([[float({i, j} == {k, m}) for i, j in places(n)] for m in range(n) for k in range(n)])
    wanted = {
        "vech(A)": half,
        f"Ln({n})": elimination,
        f"Dn({n})": duplication,
        f"Dnp({n})": np.linalg.pinv(duplication),
    }
    for text, value in wanted.items():
        known = infer([parse(text)], parse_declarations(f"A: matrix({n}, {n})"))
        np.testing.assert_allclose(value_at(known.terms[0], {"A": a.tolist()}), value, atol=1e-15)


@pytest.mark.parametrize(
    ("expression", "wrt", "given", "answer"),
    [
        ("vech(A*X*A')", "vec(X)", "A: matrix(n, n); X: matrix(n, n)", "Ln(n)*kron(A, A)"),
        ("Dn(n)*x", "x", "x: vector(n*(n + 1)/2)", "Dn(n)"),
        ("Dnp(n)*vec(X)", "vec(X)", "X: matrix(n, n)", "Dnp(n)"),
        ("Ln(n)*x", "x", "x: vector(n*n)", "Ln(n)"),
    ],
)
def test_jacobians_are_written_with_the_matrices(expression: str, wrt: str, given: str, answer: str) -> None:
    result = derive.jacobian(expression, wrt=wrt, given=given)
    assert str(result) == answer
    assert result.validation.ok


def test_a_gradient_through_vech_is_right_entry_by_entry() -> None:
    result = derive.gradient("b'*vech(X)", wrt="X", given="X: matrix(n, n); b: vector(n*(n + 1)/2)")
    b = np.arange(1.0, 7.0)
    np.testing.assert_allclose(result.evaluate(X=np.eye(3), b=b), [[1, 0, 0], [2, 4, 0], [3, 5, 6]])


def test_latex_names_the_matrices() -> None:
    shown = derive.jacobian("Dn(n)*x", wrt="x", given="x: vector(n*(n + 1)/2)").latex
    assert shown == r"\operatorname{Dn}(n)"
    assert parse_latex(shown) == parse("Dn(n)")


def test_sizes_that_do_not_fit_are_said() -> None:
    with pytest.raises(derive.DeriveError, match="inner sizes"):
        derive.gradient("sum(Dn(n)*x)", wrt="x", given="x: vector(n*n)")
    with pytest.raises(derive.DeriveError, match="not a size"):
        derive.gradient("sum(x)", wrt="x", given="x: vector(n/2)")


# ------------------------------------------------------------------------------------------------ sizes


@pytest.mark.parametrize(("a", "b", "c"), list(itertools.product((-2, -1, 1, 3), (-1, 0, 2), (-1, 0, 3))))
def test_triangles_have_their_value_and_one_form(a: int, b: int, c: int) -> None:
    m, n = Size.of("m"), Size.of("n")
    inner = n * a + m * b + c
    size = triangle(inner)
    for values in ({"m": 2, "n": 3}, {"m": 5, "n": 1}, {"m": 0, "n": 4}):
        x = inner.value(values)
        assert size.value(values) == x * (x + 1) // 2
    assert size * 2 == inner * inner + inner
    assert size.names == inner.names
    assert halved(inner * inner + inner) == size
    assert size.substitute({"n": Size.of(2), "m": Size.of(7)}).number == size.value({"n": 2, "m": 7})


def test_halves_that_are_no_sizes() -> None:
    n, m = Size.of("n"), Size.of("m")
    assert halved(n) is None
    assert halved(n * n) is None
    assert halved(n * m) is None
    assert halved(n * n + n + 1) is None
    assert halved(n * 2 + 4) == n + 2


def test_the_smaller_of_two_sizes() -> None:
    n, m = Size.of("n"), Size.of("m")
    assert least(m, n) == least(n, m)
    assert least(n, n + 1) == n
    assert least(m, n).value({"m": 4, "n": 2}) == 2
    assert least(m, n).substitute({"m": n}) == n
    assert str(least(m, n)) == "min(m, n)"
    assert str(triangle(n)) == "n*(n + 1)/2"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("vech(X*X')", "2*Dnp(n)*kron(eye(n), X)*Dn(n)"),
        ("vec(X)", "Dn(n)"),
        ("tr(A*X)", "Dn(n)'*vec(A)"),
        ("inv(X)", "-kron(inv(X), inv(X))*Dn(n)"),
        ("A*X*A'", "kron(A, A)*Dn(n)"),
    ],
)
def test_vech_as_the_variable(text: str, answer: str) -> None:
    """Magnus & Neudecker 2019, 9.15: the Jacobian by vech(X) is that by vec(X) times the duplication matrix."""
    result = derive.jacobian(text, wrt="vech(X)", given="X: matrix(n, n) symmetric; A: matrix(n, n)")
    assert result.text == answer
    assert result.validation.ok


def test_hessian_by_vech_is_held_against_loops() -> None:
    result = derive.hessian("logdet(X)", wrt="vech(X)", given="X: matrix(n, n) pd")
    assert result.text == "-Dn(n)'*kron(inv(X), inv(X))*Dn(n)"
    point = np.array([[2.0, 0.5], [0.5, 1.0]])

    def f(h: np.ndarray) -> float:
        return float(np.log(np.linalg.det(point + np.array([[h[0], h[1]], [h[1], h[2]]]))))

    step = 1e-3
    units = np.eye(3) * step
    wanted = [[(f(a + b) - f(a - b) - f(b - a) + f(-a - b)) / (4 * step * step) for b in units] for a in units]
    np.testing.assert_allclose(result.evaluate(X=point), wanted, rtol=1e-4)


def test_vech_of_what_is_not_symmetric_is_no_variable() -> None:
    with pytest.raises(derive.DeriveError) as refused:
        derive.gradient("tr(A*X)", wrt="vech(X)", given="X: matrix(n, n)")
    assert refused.value.finding.code == "not-symmetric"
