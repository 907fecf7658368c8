"""Functions of a matrix: values against SciPy, derivatives against answers from the books, laws, domains, symbolic powers.

One idea: every derivative here is also validated by the program itself against differences in balls; these tests hold the look of the
answer, the values of its NumPy source, and what is refused.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg
from flint import arb, arb_mat, ctx, fmpq

import derive
from derive.engine.functions import commute
from derive.engine.lower import lower
from derive.finding import DeriveError, DomainError, LanguageError
from derive.infer import infer
from derive.numeric import primary, spectral
from derive.numeric.ball import BALLS, precision
from derive.numeric.exact import RATIONALS
from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain
from derive.syntax import parse, parse_declarations

SQUARE = "A: matrix(n, n); X: matrix(n, n); t: scalar; x: vector(n); y: vector(n); j: integer"
GRADIENTS = [
    ("tr(A*expm(X))", "X", SQUARE, "dexpm(X', A')"),
    ("tr(3*A*expm(X))", "X", SQUARE, "3*dexpm(X', A')"),
    ("tr(expm(X))", "X", SQUARE, "expm(X)'"),
    ("tr(sinm(X))", "X", SQUARE, "cosm(X)'"),
    ("tr(cosm(X))", "X", SQUARE, "-sinm(X)'"),
    ("tr(logm(X))", "X", "X: matrix(n, n) pd", "inv(X)"),
    ("tr(sqrtm(X'*X))", "X", "X: matrix(m, k)", "X*inv(sqrtm(X'*X))"),
    ("tr(expm(A*X))", "X", SQUARE, "A'*expm(X'*A')"),
    ("log(tr(expm(X)))", "X", "X: matrix(n, n) symmetric", "expm(X)/tr(expm(X))"),
    ("x'*expm(t*A)*y", "t", SQUARE, "x'*expm(t*A)*A*y"),
    ("det(X^j)", "X", SQUARE, "j*det(X)^j*inv(X)'"),
    ("det(X)^j", "X", SQUARE, "j*det(X)^j*inv(X)'"),
    ("logdet(X^j)", "X", SQUARE, "j*inv(X)'"),
    ("tr(X^j)", "X", SQUARE, "j*(X^(j - 1))'"),
    ("tr(X^(-j))", "X", SQUARE, "-j*(inv(X)^(j + 1))'"),
    ("x'*X^j*y", "X", SQUARE, "sum(r=0..j - 1, (X^r)'*x*y'*(X^(j - 1 - r))')"),
    ("tr(A*X^j)", "X", SQUARE, "sum(r=0..j - 1, (X^r)'*A'*(X^(j - 1 - r))')"),
    ("tr(A*X^j)", "X", "A: matrix(n,n); X: matrix(n,n) symmetric; j: integer", "sum(r=0..j - 1, X^r*A'*X^(j - 1 - r))"),
    ("x'*tril(X)*y", "X", SQUARE, "tril(x*y')"),
    ("norm2(triu(X))^2", "X", SQUARE, "2*triu(X)"),
    ("lmax(X)", "X", "X: matrix(n, n) symmetric", "vmax(X)*vmax(X)'"),
    ("eigi(X, 2)", "X", "X: matrix(n, n) symmetric", "evec(X, 2)*evec(X, 2)'"),
    ("sum(exp(eig(X)))", "X", "X: matrix(n, n) symmetric", "evecs(X)*diag(exp(eig(X)))*evecs(X)'"),
    ("nucnorm(X)", "X", "X: matrix(m, n)", "polar(X)"),
    ("opnorm2(X)", "X", "X: matrix(m, n)", "X*s*s'/opnorm2(X) where s = vmax(X'*X)"),
    ("a'*cross(b, c)", "b", "a: vector(3); b: vector(3); c: vector(3)", "cross(c, a)"),
    ("tr(bdiag(A, X'*X))", "X", "A: matrix(m, m); X: matrix(k, n)", "2*X"),
]
JACOBIANS = [
    ("expm(t*A)", "t", SQUARE, "expm(t*A)*A"),
    ("expm(t*A)*x", "t", SQUARE, "expm(t*A)*A*x"),
    ("expm(X)", "X", SQUARE, "array(i=1..n, k=1..n, dexpm(X', e(i, n)*e(k, n)'))"),
    ("(t*A)^j", "t", SQUARE, "j*(t*A)^(j - 1)*A"),
]
VALIDATED = [
    "tr(A*adj(X))",
    "x'*cof(X)*y",
    "tr(A*inv(X^j))",
    "tr(A*X^(j + 1))",
    "x'*dexpm(X, A)*y",
    "tr(A*sqrtm(X'*X + eye))",
    "x'*logm(eye + x*x')*x",
    "x'*chol(X*X' + eye)*y",
    "log(lmax(X'*X)/lmin(X'*X))",
    "x'*vmax(sympart(X))",
    "x'*evec(sympart(X), 1)",
    "opnorm1(X) + opnorminf(X)",
    "tr(pinv(X'*X)*A)",
]


@pytest.mark.parametrize(("text", "wrt", "given", "answer"), GRADIENTS)
def test_gradient(text: str, wrt: str, given: str, answer: str) -> None:
    result = derive.gradient(text, wrt=wrt, given=given)
    assert result.text == answer
    assert result.validation.ok


@pytest.mark.parametrize(("text", "wrt", "given", "answer"), JACOBIANS)
def test_jacobian(text: str, wrt: str, given: str, answer: str) -> None:
    result = derive.jacobian(text, wrt=wrt, given=given)
    assert result.text == answer
    assert result.validation.ok


@pytest.mark.parametrize("text", VALIDATED)
def test_derivative_holds(text: str) -> None:
    wrt = "X" if "X" in text else "x"
    assert derive.gradient(text, wrt=wrt, given=SQUARE).validation.digits >= 30


def test_projection_on_a_column_space() -> None:
    given = "X: matrix(n, m); y: vector(n)"
    assert derive.gradient("norm2(y - X*pinv(X)*y)^2", wrt="X", given=given).validation.digits >= 30


@pytest.mark.parametrize("text", ["tr(expm(X))", "tr(A*expm(X))", "tr(X^j)", "tr(A*sinm(X))", "lmax(sympart(X))"])
def test_hessian_holds(text: str) -> None:
    assert derive.hessian(text, wrt="X", given=SQUARE).validation.digits >= 30


# ------------------------------------------------------------------------------------------------ NumPy source


def matrices(n: int = 4) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(3)
    b = draw.normal(size=(n, n))
    return {"A": draw.normal(size=(n, n)), "X": b @ b.T / 8 + np.eye(n) / 2 + 0.1 * draw.normal(size=(n, n))}


@pytest.mark.parametrize("name", ["expm", "logm", "sqrtm", "sinm", "cosm"])
def test_source_of_derivative_along_a_direction(name: str) -> None:
    at = matrices()
    result = derive.gradient(f"tr(A*{name}(X))", wrt="X", given=SQUARE)
    function = getattr(scipy.linalg, name)
    step = 1e-6
    wanted = np.zeros((4, 4))
    for i, j in np.ndindex(4, 4):
        e = np.zeros((4, 4))
        e[i, j] = step
        wanted[i, j] = np.trace(at["A"] @ (function(at["X"] + e) - function(at["X"] - e))).real / (2 * step)
    np.testing.assert_allclose(result.evaluate(**at), wanted, rtol=1e-6, atol=1e-7)
    space: dict[str, object] = {}
    exec(result.numpy_source, space)
    np.testing.assert_allclose(space["gradient"](**at), wanted, rtol=1e-6, atol=1e-7)  # type: ignore[operator]


@pytest.mark.parametrize("j", [1, 2, 5])
def test_source_of_symbolic_powers(j: int) -> None:
    at = matrices()
    result = derive.gradient("tr(A*X^j)", wrt="X", given=SQUARE)
    power = np.linalg.matrix_power
    wanted = sum((power(at["X"], r) @ at["A"] @ power(at["X"], j - 1 - r)).T for r in range(j))
    np.testing.assert_allclose(result.evaluate(**at, j=j), wanted, rtol=1e-12)


@pytest.mark.parametrize("text", ["tr(A*sqrtm(X))", "sqrtm(X)*2"])
def test_source_refuses_what_is_not_real(text: str) -> None:
    result = derive.jacobian(text, wrt="A" if "A" in text else "X", given="A: matrix(n, n); X: matrix(n, n) pd")
    with pytest.raises(ValueError, match="not real"):
        result.evaluate(A=np.eye(3), X=np.diag([-1.0, -2.0, 3.0]))


def test_an_exponent_of_a_matrix_is_inferred_to_be_an_integer() -> None:
    result = derive.gradient("tr(A*X^k)", wrt="X")
    assert {s.name: s.properties for s in result.symbols}["k"] == ("integer",)
    assert result.validation.ok


# ------------------------------------------------------------------------------------------------ balls


def sample(n: int, seed: int) -> arb_mat:
    draw = np.random.default_rng(seed)
    return arb_mat(n, n, [arb(fmpq(int(k), 64)) for k in draw.integers(-64, 65, size=n * n)])


def regular(n: int = 4) -> arb_mat:
    x = sample(n, 1)
    return x * x.transpose() + primary.identity(n)


def distance(a: arb_mat, b: arb_mat) -> float:
    return float(primary.size(a - b).upper())


@pytest.mark.parametrize("name", sorted(primary.FUNCTIONS))
def test_first_and_second_derivatives_in_balls(name: str) -> None:
    function = primary.FUNCTIONS[name]
    with precision(256):
        x, e, d, h = regular(), sample(4, 2), sample(4, 3), arb(2) ** -64
        jet = function([x, e, d, primary.zeros(4, 4)])
        first = (function([x + e * h])[0] - function([x - e * h])[0]) / (2 * h)
        second = (function([x + d * h, e])[1] - function([x - d * h, e])[1]) / (2 * h)
        assert distance(jet[0], function([x])[0]) < 1e-60
        assert distance(jet[1], first) < 1e-34
        assert distance(jet[3], second) < 1e-34
        assert max(float(z.rad()) for part in jet for z in part.entries()) < 1e-60


def test_balls_agree_with_scipy() -> None:
    with precision(192):
        x = regular()
        floats = np.array([[float(z) for z in row] for row in x.tolist()])
        for name, function in primary.FUNCTIONS.items():
            got = np.array([[float(z) for z in row] for row in function([x])[0].tolist()])
            np.testing.assert_allclose(got, getattr(scipy.linalg, name)(floats).real, rtol=1e-9, atol=1e-9)


def test_square_root_and_logarithm_undo() -> None:
    with precision(256):
        x = regular()
        s = primary.square_root([x])[0]
        assert (s * s).contains(x)
        assert distance(s * s, x) < 1e-65
        assert primary.exponential(primary.logarithm([x]))[0].contains(x)
        small = sample(4, 5) * arb(0.25)
        assert primary.logarithm(primary.exponential([small]))[0].contains(small)


def test_certificate_holds_the_root_of_repeated_eigenvalues() -> None:
    with precision(256):
        x = primary.identity(3) * 4
        assert primary.square_root([x])[0].contains(primary.identity(3) * 2)


@pytest.mark.parametrize("entries", [[-1, 0, 0, -2], [0, 1, 0, 0], [1, 2, 2, 4]])
def test_no_principal_root(entries: list[int]) -> None:
    with precision(192), pytest.raises(OutOfDomain):
        primary.square_root([arb_mat(2, 2, entries)])


def test_eigenvectors_in_balls() -> None:
    with precision(256):
        x = Tensor((4, 4), regular().entries())
        v = primary.matrix(spectral.eigenvectors(x))
        values = spectral.eigenvalues(x).entries
        assert all(a < b for a, b in pairwise(values))
        assert (v.transpose() * v).contains(primary.identity(4))
        diagonal = arb_mat(4, 4, [values[i] if i == j else arb(0) for i in range(4) for j in range(4)])
        assert distance(v * diagonal * v.transpose(), primary.matrix(x)) < 1e-60
        assert spectral.TENSORS["lmax"](x).scalar.overlaps(values[-1])


def test_ties_are_not_decided() -> None:
    with precision(192), pytest.raises(OutOfDomain, match="simple"):
        spectral.TENSORS["lmax"](Tensor((2, 2), [arb(1), arb(0), arb(0), arb(1)]))


def test_pseudo_inverse_of_a_rank_deficient_matrix() -> None:
    x = Tensor((2, 3), [fmpq(k) for k in (1, 2, 3, 2, 4, 6)])
    got = np.array(RATIONALS.tensors["pinv"](x).nested(lambda q: int(q.p) / int(q.q)))
    np.testing.assert_allclose(got, np.linalg.pinv([[1, 2, 3], [2, 4, 6]]), atol=1e-14)
    assert RATIONALS.tensors["rank"](x).scalar == 1
    with precision(192):
        balls = BALLS.tensors["pinv"](Tensor((2, 3), [arb(k) for k in (1, 2, 3, 2, 4, 6)]))
    np.testing.assert_allclose(np.array(balls.nested(float)), got, atol=1e-14)


def test_precision_is_left_as_it_was() -> None:
    before = ctx.prec
    derive.gradient("tr(A*sqrtm(X))", wrt="X", given="A: matrix(n,n); X: matrix(n,n) pd")
    assert ctx.prec == before


# ------------------------------------------------------------------------------------------------ laws


@pytest.mark.parametrize(
    ("x", "y", "wanted"),
    [
        ("t*A", "A", True),
        ("A", "expm(A)", True),
        ("A'", "inv(A^j)'", True),
        ("eye + A", "A*A", True),
        ("A", "A'", False),
        ("A", "X", False),
        ("A", "A*expm(A)*inv(A)", True),
        ("A'", "A", False),
    ],
)
def test_what_commutes(x: str, y: str, wanted: bool) -> None:
    terms = infer([parse(f"({x})*({y})")], parse_declarations(SQUARE)).terms[0].args
    assert commute(*[lower(t) for t in terms]) is wanted


# ------------------------------------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("text", "wrt", "given", "code"),
    [
        ("tr(X^k)", "X", "X: matrix(n, n); k: scalar", "not-an-integer"),
        ("tr(X^k)", "X", "X: matrix(n, m); k: integer", "not-square"),
        ("tr(X^j)", "j", SQUARE, "no-derivative"),
        ("rank(X)", "X", SQUARE, "no-derivative"),
        ("x'*evecs(sympart(X))*y", "X", SQUARE, "no-derivative"),
        ("lmax(X)", "X", SQUARE, "not-symmetric"),
        ("tr(chol(X))", "X", SQUARE, "not-symmetric"),
        ("sum(cross(x, y))", "x", "x: vector(4); y: vector(4)", "size-mismatch"),
        ("sum(r=0..j, sum(q=0..r, tr(X^q)))", "X", SQUARE, "not-yet"),
        ("sum(svU(X))", "X", SQUARE, "no-derivative"),
        ("tr(expm(X))", "X", "X: matrix(m, n)", "not-square"),
        ("tr(sqrtm(-X*X' - eye))", "X", SQUARE, "no-point-in-domain"),
    ],
)
def test_refused(text: str, wrt: str, given: str, code: str) -> None:
    with pytest.raises(DeriveError) as trouble:
        derive.gradient(text, wrt=wrt, given=given)
    assert trouble.value.finding.code == code


def test_a_negative_exponent_is_never_an_empty_sum() -> None:
    with pytest.raises((DomainError, LanguageError)):
        derive.gradient("tr(A*X^(1 - j))", wrt="X", given=SQUARE)
