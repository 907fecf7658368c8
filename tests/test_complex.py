"""Complex numbers and Wirtinger derivatives: every statement about them, in the oracle and in the engine, and the calculator.

One idea: the oracle (difference quotients along real and imaginary directions in complex balls) and the engine (conjugates as variables of
their own) are asked the same questions and share no rule. What the engine leaves open is listed exactly.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import acb, arb

import derive
from derive.engine.expansion import vanishes
from derive.engine.lower import lower
from derive.finding import LanguageError
from derive.infer import infer
from derive.numeric.ball import precision
from derive.numeric.complex_matrices import ascending, matrix
from derive.numeric.dimensions import Dimensions, symbols_of
from derive.numeric.evaluate import evaluate
from derive.numeric.gaussian import Gaussian
from derive.numeric.sampling import draw, in_balls, strategy_of
from derive.numeric.tensor import Tensor
from derive.numeric.world import NotInWorld, OutOfDomain
from derive.syntax import parse_declarations, parse_statement
from derive.term import Symbol, Term

ROWS = json.loads((Path(__file__).parent / "data" / "complex_statements.json").read_text(encoding="utf-8"))
BITS = 320
CLOSE = arb(10) ** -30
POINTS = 2

Case = tuple[str, Sequence[Symbol], Term]


def typed(text: str, given: str = "") -> tuple[Sequence[Symbol], list[Term]]:
    found = infer([parse_statement(text)], parse_declarations(given))
    whole = found.terms[0]
    return found.symbols, [t for t in (whole.args if whole.head == "both" else (whole,)) if t.head == "relation"]


def cases(prefix: str) -> dict[str, list[Case]]:
    """The equations of every statement that can be typed, by its id."""
    out: dict[str, list[Case]] = {}
    for row in ROWS:
        if not row["id"].startswith(prefix):
            continue
        try:
            symbols, parts = typed(row["statement"], row["given"] or "")
        except LanguageError:
            assert prefix == "M", row
            continue
        out[row["id"]] = [(row["statement"], symbols, part) for part in parts]
    return out


TRUE, WRONG = cases("F"), cases("M")
OPEN = {  # true, and not proved by normal forms: all in the oracle's hands
    "F0207": "the pseudo-inverse of a Gram matrix",
    "F0208": "the pseudo-inverse of a Gram matrix",
    "F0253": "an inverse that has to be multiplied away",
    "F0255": "an inverse that has to be multiplied away",
    "F0256": "an inverse that has to be multiplied away",
    "F0272": "eigenvectors times eigenvalues",
    "F0281": "eigenvalues of a polynomial of a matrix",
    "F0282": "eigenvalues of a polynomial of a matrix",
    "F0288": "eigenvectors times eigenvalues",
    "F0394": "a predicate of eigenvalues",
    "F0422": "powers with a symbolic exponent",
    "F0512": "eigenvalues of a Kronecker product",
    "F0513": "eigenvalues of a Kronecker product",
    "F0514": "eigenvalues of a Kronecker product",
    "F0810": "eigenvalues of a Kronecker product",
    "F0826": "a product of commutation matrices",
}


def values(term: Term, symbols: Sequence[Symbol], seed: int) -> tuple[Tensor, Tensor]:
    """Both sides at one point where they have values."""
    sides = term.args[:2]
    known = {s.name: s for s in (*symbols, *symbols_of(*sides))}
    dimensions = Dimensions(sides, tuple(known.values()))
    for attempt in range(60):
        number = seed + 1009 * attempt
        sizes = dimensions.choose(seed if attempt < 4 else number, drawn=attempt >= 4)
        try:
            point = draw(tuple(known.values()), sizes, number, strategy_of(attempt))
            with precision(BITS):
                a, b = (evaluate(side, in_balls(point), sizes) for side in sides)
                return a, b
        except (OutOfDomain, derive.DeriveError):
            continue
    raise AssertionError("no point was found where both sides have a value")


def agree(term: Term, symbols: Sequence[Symbol], points: int = POINTS) -> bool:
    """Whether both sides agree to 30 digits of the largest entry, or of 1, at every point."""
    for seed in range(points):
        a, b = values(term, symbols, seed)
        assert a.shape == b.shape
        with precision(BITS):
            scale = max([arb(1), *[abs(x).mid() for x in (*a.entries, *b.entries)]], key=float)
            if not all(bool(abs(x - y) < scale * CLOSE) for x, y in zip(a.entries, b.entries, strict=True)):
                return False
    return True


def difference(term: Term) -> Term:
    left, right = term.args[:2]
    return Term("add", (left, right), left.type, (1, -1))


def holds(term: Term, agreed: bool) -> bool:
    return agreed != ("!=" in term.data)


@pytest.mark.parametrize("name", TRUE)
def test_the_oracle_agrees_with_what_is_true(name: str) -> None:
    for text, symbols, part in TRUE[name]:
        assert holds(part, agree(part, symbols)), text


@pytest.mark.parametrize("name", WRONG)
def test_the_oracle_refutes_what_is_wrong(name: str) -> None:
    assert not all(holds(part, agree(part, symbols)) for _, symbols, part in WRONG[name]), WRONG[name][0][0]


@pytest.mark.parametrize("name", TRUE)
def test_the_engine_proves_what_is_true(name: str) -> None:
    parts = [part for _, _, part in TRUE[name] if "==" in part.data]
    if not parts:
        return
    assert all(vanishes(lower(difference(part))) for part in parts) != (name in OPEN)


@pytest.mark.parametrize("name", [*WRONG, *TRUE])
def test_the_engine_proves_nothing_that_is_wrong(name: str) -> None:
    parts = [part for _, _, part in (WRONG.get(name) or TRUE[name]) if name in WRONG or "!=" in part.data]
    assert not parts or not all(vanishes(lower(difference(part))) for part in parts)


LAWS = [
    ("conj(conj(z)) == z", "z: scalar complex"),
    ("conj(x) == x; real(x) == x; imag(x) == 0", "x: vector(n)"),
    ("1i^2 == -1; 1i^3 == -1i; 1/1i == -1i; conj(1i) == -1i", ""),
    ("z == real(z) + 1i*imag(z); conj(z) == real(z) - 1i*imag(z)", "z: scalar complex"),
    ("abs(z)^2 == z*conj(z); abs(z)^2 == real(z)^2 + imag(z)^2", "z: scalar complex"),
    ("norm2(x)^2 == ct(x)*x; norm2(A)^2 == tr(ct(A)*A)", "x: vector(n) complex; A: matrix(m, n) complex"),
    ("ct(A) == A; ct(inv(A)) == inv(A); conj(tr(A)) == tr(A); conj(det(A)) == det(A)", "A: matrix(n, n) hermitian"),
    ("ct(A) == -A; conj(tr(A)) == -tr(A); real(ct(x)*A*x) == 0", "A: matrix(n, n) skewhermitian; x: vector(n) complex"),
    (
        "Q*ct(Q) == I; ct(Q)*Q == I; inv(Q) == ct(Q); norm2(Q*x)^2 == norm2(x)^2",
        "Q: matrix(n, n) unitary; x: vector(n) complex",
    ),
    ("abs(eig(Q)) == ones(n)", "Q: matrix(n, n) unitary"),
    ("ct(inv(A)) == inv(ct(A)); det(ct(A)) == conj(det(A)); ct(A)' == conj(A)", "A: matrix(n, n) complex"),
    (
        "conj(exp(1i*t)) == exp(-1i*t); exp(1i*pi) == -1; exp(2*pi*1i*k + z) == exp(z)",
        "t: scalar; k: integer in 1..4; z: scalar complex",
    ),
    ("conj(sin(z)*exp(w)) == sin(conj(z))*exp(conj(w))", "z: scalar complex; w: scalar complex"),
    (
        "imag(ct(x)*A*x) == 0; ct(B*A*ct(B)) == B*A*ct(B)",
        "A: matrix(n, n) hermitian pd; x: vector(n) complex; B: matrix(m, n) complex",
    ),
    (
        "dz(ct(a)*z)/dz == conj(a); dzc(ct(z)*a)/dz == a; dz(ct(z)*A*z)/dz == A'*conj(z)",
        "a, z: vector(n) complex; A: matrix(n, n) complex",
    ),
    (
        "dzc(norm2(A*x - y)^2)/dx == ct(A)*(A*x - y)",
        "A: matrix(m, n) complex; x: vector(n) complex; y: vector(m) complex",
    ),
    ("dz(dzc(abs(z)^4)/dz)/dz == 4*abs(z)^2", "z: scalar complex"),
    ("dz(log(det(X)))/dX == inv(X)'; dzc(logdet(X))/dX == inv(conj(X))'/2", "X: matrix(n, n) complex"),
    (
        "dz(X)/dX[i,j] == e(i,n)*e(j,n)'; dzc(conj(X))/dX[i,j] == e(i,n)*e(j,n)'",
        "X: matrix(n, n) complex; i, j: index(n)",
    ),
    ("dre(f)/dz == dz(f)/dz + dzc(f)/dz where f = real(z)^3*imag(z)", "z: scalar complex"),
    ("d(ct(X)*A*X) == ct(dX)*A*X + ct(X)*A*dX", "X, dX: matrix(n, m) complex; A: matrix(n, n) complex"),
    (
        "d(ct(x)*A*x)/dt == ct(a)*A*(a*t + b) + ct(a*t + b)*A*a where x = a*t + b",
        "a, b: vector(n) complex; A: matrix(n, n) complex; t: scalar",
    ),
    ("tr(dft(n)*ct(dft(n))) == n^2; dft(n)' == dft(n)", ""),
]


@pytest.mark.parametrize(("text", "given"), LAWS, ids=[t for t, _ in LAWS])
def test_laws_hold_in_the_oracle_and_are_proved(text: str, given: str) -> None:
    symbols, parts = typed(text, given)
    for part in parts:
        assert agree(part, symbols), part
        assert vanishes(lower(difference(part))), part


NOT_LAWS = [
    ("sqrt(z^2) == z", "z: scalar complex"),
    ("log(exp(4*z)) == 4*z", "z: scalar complex"),
    ("log(z*w) == log(z) + log(w)", "z, w: scalar complex"),
    ("abs(z)^2 == z^2", "z: scalar complex"),
    ("sqrt((z^2 + 1)^2) == z^2 + 1", "z: scalar complex"),
    ("(z^3)^(1/2) == z^(3/2)", "z: scalar complex"),
    ("norm2(x)^2 == x'*x", "x: vector(n) complex"),
    ("A' == A", "A: matrix(n, n) hermitian"),
    ("A' == A", "A: matrix(n, n) hermitian pd"),
    ("Q'*Q == I", "Q: matrix(n, n) unitary"),
    ("pinv(A)*A*A' == A'", "A: matrix(m, n) complex"),
    ("sqrt(x'*x) == norm2(x)", "x: vector(n) complex"),
    ("dz(abs(z)^2)/dz == 2*conj(z)", "z: scalar complex"),
    ("dzc(conj(z)^2)/dz == 2*z", "z: scalar complex"),
    ("exp(1i*t) == exp(-1i*t)", "t: scalar"),
    ("abs(exp(z)) == exp(z)", "z: scalar complex"),
    ("logdet(X) == log(det(X))", "X: matrix(n, n) complex"),
]


@pytest.mark.parametrize(("text", "given"), NOT_LAWS, ids=[t for t, _ in NOT_LAWS])
def test_laws_of_real_numbers_are_not_used_for_complex_ones(text: str, given: str) -> None:
    symbols, (part,) = typed(text, given)
    assert not vanishes(lower(difference(part)))
    assert not agree(part, symbols, points=12)  # some hold on one side of a cut


# ------------------------------------------------------------------------------------------------ values


def test_complex_functions_have_the_values_of_numpy() -> None:
    names = "exp log sqrt sin cos tan arcsin arctan sinh cosh tanh abs conj real imag".split()
    symbols, _ = typed("z == z", "z: scalar complex")
    for point in (0.3 + 0.4j, -1.5 + 0.25j, 2 - 1j):
        for name in names:
            term = typed(f"{name}(z) == z", "z: scalar complex")[1][0].args[0]
            with precision(128):
                got = complex(evaluate(term, {"z": Tensor((), [acb(point.real, point.imag)])}, {}).scalar)
            assert abs(got - getattr(np, name)(point)) < 1e-13, (name, point)
    assert symbols


@pytest.mark.parametrize("text", ["log(z)", "sqrt(z)", "z^(1/3)", "sign(z)", "max(real(z), z)", "relu(z)", "floor(z)"])
def test_cuts_and_orders_are_no_values(text: str) -> None:
    """On the negative axis as on the real line: a ball that is not exactly real decides neither."""
    term = typed(f"{text} == 1", "z: scalar complex")[1][0].args[0]
    with precision(128), pytest.raises((OutOfDomain, NotInWorld)):
        evaluate(term, {"z": Tensor((), [acb(arb(-2), arb(0, 1e-30))])}, {})


def test_real_arguments_keep_the_domain_of_real_functions() -> None:
    term = typed("log(x) + 1i == 1", "x: scalar")[1][0].args[0]
    with precision(128), pytest.raises(OutOfDomain):
        evaluate(term, {"x": Tensor((), [arb(-2)])}, {})


PROPERTIES = {
    "hermitian": lambda a: np.abs(a - a.conj().T).max(),
    "skewhermitian": lambda a: np.abs(a + a.conj().T).max(),
    "unitary": lambda a: np.abs(a @ a.conj().T - np.eye(len(a))).max(),
    "complex symmetric": lambda a: np.abs(a - a.T).max(),
    "complex skew": lambda a: np.abs(a + a.T).max(),
    "complex diagonal": lambda a: np.abs(a - np.diag(np.diag(a))).max(),
    "complex lower-triangular": lambda a: np.abs(np.triu(a, 1)).max(),
    "hermitian pd": lambda a: max(0.0, 1e-9 - np.linalg.eigvalsh(a).min()),
    "complex rank-deficient": lambda a: np.linalg.svd(a)[1][-1],
}


@pytest.mark.parametrize("words", PROPERTIES)
def test_samples_have_their_properties(words: str) -> None:
    symbols, _ = typed("A == A", f"A: matrix(n, n) {words}")
    for seed in range(3):
        value = draw(symbols, {"n": 4}, seed)["A"]
        assert all(isinstance(x, Gaussian) for x in value.entries)
        a = np.array([complex(x) for x in value.entries]).reshape(4, 4)
        assert PROPERTIES[words](a) < 1e-12
        assert np.abs(a.imag).max() > 1e-3


def test_eigenvalues_of_a_hermitian_matrix_are_enclosed_though_some_are_equal() -> None:
    draws = np.random.default_rng(3)
    v = np.linalg.qr(draws.normal(size=(4, 4)) + 1j * draws.normal(size=(4, 4)))[0]
    with precision(200):
        q = matrix(Tensor((4, 4), [acb(z.real, z.imag) for z in v.flatten()]))
        exact = matrix(
            Tensor((4, 4), [acb(k) if i == j else acb(0) for i, k in enumerate((2, 2, 5, 5)) for j in range(4)])
        )
        found = ascending(exact)
        near = ascending(
            (q * exact * q.conjugate().transpose() + (q * exact * q.conjugate().transpose()).conjugate().transpose())
            * arb(0.5)
        )
    assert [bool(x.contains(k)) for x, k in zip(found, (2, 2, 5, 5), strict=True)] == [True] * 4
    assert all(float(x.rad()) < 1e-40 for x in found)
    np.testing.assert_allclose([float(x.mid()) for x in near], (2, 2, 5, 5), atol=1e-12)


# ------------------------------------------------------------------------------------------------ the calculator

QUADRATIC = "A: matrix(n, n) complex; x: vector(n) complex"
ANSWERS = [
    ("gradient", "ct(x)*A*x", "conj(x)", QUADRATIC, "A*x"),
    ("gradient", "dzc(ct(x)*A*x)/dx", None, QUADRATIC, "A*x"),
    ("gradient", "dz(ct(x)*A*x)/dx", None, QUADRATIC, "A'*conj(x)"),
    ("gradient", "x'*A*x", "x", QUADRATIC, "(A + A')*x"),
    ("gradient", "norm2(A*x - y)^2", "conj(x)", f"{QUADRATIC}; y: vector(n) complex", "ct(A)*(A*x - y)"),
    ("gradient", "ct(x)*A*x", "conj(x)", "A: matrix(n, n) hermitian; x: vector(n) complex", "A*x"),
    ("gradient", "log(det(X))", "X", "X: matrix(n, n) complex", "inv(X)'"),
    ("gradient", "abs(z)^2", "conj(z)", "z: scalar complex", "z"),
    ("gradient", "dre(abs(z)^2)/dz", None, "z: scalar complex", "conj(z) + z"),
    ("gradient", "exp(1i*t)", "t", "t: scalar", "1i*exp(1i*t)"),
    ("gradient", "sum(eig(A))", "A", "A: matrix(n, n)", "eye(n)"),
    ("gradient", "real(prod(eig(A)))", "A", "A: matrix(n, n)", "det(A)*inv(A)'"),
    ("gradient", "z^2", "conj(z)", "z: scalar complex", "0"),
    ("gradient", "sqrt(x'*x)", "x", "x: vector(n) complex", "x/sqrt(sum(x.^2))"),
    ("jacobian", "A*conj(x)", "conj(x)", QUADRATIC, "A"),
]


@pytest.mark.parametrize(
    ("kind", "expression", "wrt", "given", "text"), ANSWERS, ids=[f"{e} by {w}" for _, e, w, _, _ in ANSWERS]
)
def test_the_calculator(kind: str, expression: str, wrt: str | None, given: str, text: str) -> None:
    result = getattr(derive, kind)(expression, wrt=wrt, given=given)
    assert str(result) == text
    assert result.validation.ok
    assert result.validation.digits >= 25
    assert result.latex
    assert result.to_dict()["steps"]


def test_a_derivative_by_a_conjugate_says_so() -> None:
    (note,) = derive.gradient("ct(x)*A*x", wrt="conj(x)", given=QUADRATIC).notes
    assert "by conj(x), x held fixed" in note


REFUSALS = [
    ("gradient", "ct(x)*A*x", "x", QUADRATIC, "which-derivative"),
    ("gradient", "x'*x", "conj(x)", "x: vector(n)", "not-complex"),
    ("gradient", "dzc(x'*x)/dx", None, "x: vector(n)", "not-complex"),
    ("gradient", "relu(z)", "conj(z)", "z: scalar complex", "which-derivative complex-argument"),
    ("gradient", "norm2(pinv(X)*y)^2", "conj(X)", "X: matrix(m, n) complex; y: vector(m)", "no-derivative"),
    ("hessian", "abs(z)^2", "conj(z)", "z: scalar complex", "unsupported"),
    ("gradient", "var(x)*t", "t", "x: vector(n) complex; t: scalar", "complex-argument"),
]


@pytest.mark.parametrize(
    ("kind", "expression", "wrt", "given", "codes"), REFUSALS, ids=[f"{e} by {w}" for _, e, w, _, _ in REFUSALS]
)
def test_what_has_no_one_answer_is_refused(kind: str, expression: str, wrt: str | None, given: str, codes: str) -> None:
    with pytest.raises(LanguageError) as refused:
        getattr(derive, kind)(expression, wrt=wrt, given=given)
    assert refused.value.finding.code in codes.split()


@pytest.mark.parametrize("text", ["d(abs(z)^2)/dz == conj(z)", "d(conj(z))/dz == 0", "dz(x^2)/dx == 2*x"])
def test_derivatives_that_could_mean_several_things_are_refused(text: str) -> None:
    with pytest.raises(LanguageError) as refused:
        typed(text, "z: scalar complex; x: scalar")
    assert refused.value.finding.code in ("which-derivative", "not-complex")
    assert refused.value.finding.labels


@pytest.mark.parametrize(
    "words", ["complex positive", "hermitian unitary", "skewhermitian pd", "complex integer", "unitary simplex"]
)
def test_properties_that_do_not_go_together_are_refused(words: str) -> None:
    with pytest.raises(LanguageError) as refused:
        typed("A == A", f"A: matrix(n, n) {words}")
    assert refused.value.finding.code == "unknown-property"


def test_numpy_source_takes_complex_arrays() -> None:
    draws = np.random.default_rng(5)

    def sample(*shape: int) -> Any:
        return draws.normal(size=shape) + 1j * draws.normal(size=shape)

    a, x, y = sample(4, 3), sample(3), sample(4)
    given = "A: matrix(m, n) complex; x: vector(n) complex; y: vector(m) complex"
    result = derive.gradient("norm2(A*x - y)^2", wrt="conj(x)", given=given)
    np.testing.assert_allclose(result.evaluate(A=a, x=x, y=y), a.conj().T @ (a @ x - y), rtol=1e-12)
    value = derive.gradient("t*norm2(x)^2*tr(dft(n)*conj(dft(n)))/n", wrt="t", given="x: vector(n) complex; t: scalar")
    np.testing.assert_allclose(value.evaluate(x=x), 3 * np.sum(np.abs(x) ** 2), rtol=1e-12)
