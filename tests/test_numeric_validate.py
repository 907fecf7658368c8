"""Right answers pass with thirty digits, wrong ones never: not for a transpose, nor for one part in a billion."""

from __future__ import annotations

import pytest

from derive.finding import DomainError
from derive.infer import infer
from derive.numeric.validate import validate
from derive.syntax import parse, parse_declarations

GIVEN = (
    "A: matrix(m, n); B: matrix(n, n); C: matrix(n, n); S: matrix(n, n) symmetric; X: matrix(n, n); W: matrix(n, k); Y: matrix(m, k); "
    "x: vector(n); y: vector(m); v: vector(n); s: scalar; t: scalar; o: scalar zero; P: matrix(n, n) pd; p: vector(n) simplex"
)


def judged(f, wrt, answer, order=1, given=GIVEN, **options):
    typed = infer([parse(f), parse(answer)], parse_declarations(given))
    by_name = {s.name: s for s in typed.symbols}
    return validate(typed.terms[0], [by_name[w] for w in wrt.split()], typed.terms[1], order, **options)


RIGHT = [
    ("x'*B*x", "x", "(B + B')*x", 1),
    ("x'*S*x", "x", "2*S*x", 1),
    ("x'*B*x", "x", "B + B'", 2),
    ("norm2(A*x - y)^2", "x", "2*A'*(A*x - y)", 1),
    ("norm2(A*x - y)^2", "A", "2*(A*x - y)*x'", 1),
    ("log(det(X))", "X", "inv(X)'", 1),
    ("logdet(P)", "P", "inv(P)", 1),
    ("tr(inv(X)*B)", "X", "-(inv(X)*B*inv(X))'", 1),
    ("softmax(x)", "x", "diag(softmax(x)) - softmax(x)*softmax(x)'", 1),
    ("logsumexp(x)", "x", "diag(softmax(x)) - softmax(x)*softmax(x)'", 2),
    ("x*(x'*x)", "x", "(x'*x)*eye + 2*x*x'", 1),
    ("sum(x.^3)", "x", "array(i=1..n, j=1..n, k=1..n, 6*delta(i, j)*delta(j, k))", 3),
    ("sum(relu(A*x))", "x", "A'*step(A*x)", 1),
    ("max(x)", "x", "eq(x, max(x))", 1),
    ("norm1(x - x + v)", "v", "sign(v)", 1),
    ("sum(i=1..n, sum(j=1..n, abs(x[i] - x[j])))", "x", "array(i=1..n, 2*sum(j=1..n, sign(x[i] - x[j])))", 1),
    ("s^3*t", "s t", "[3*s^2*t; s^3]", 1),
    ("s^3*t", "s t", "[6*s*t, 3*s^2; 3*s^2, 0]", 2),
    ("[2*s + t^2; 4*s*t]", "s t", "[2, 2*t; 4*t, 4*s]", 1),
    ("o^3 + s", "o", "3*o^2", 1),
    ("exp(100*s)", "s", "100*exp(100*s)", 1),
    ("entropy(p)", "p", "-log(p) - 1", 1),
    ("phi(B*x)", "x", "diag(phi'(B*x))*B", 1),
    ("L(B*x)", "x", "B'*L''(B*x)*B", 2),
    ("arcsin(s)*log(t - 5)", "s", "log(t - 5)/sqrt(1 - s^2)", 1),
    ("mean(x)", "x", "vector(1/n)", 1),
    ("10^30 + s^2", "s", "2*s", 1),
]
WRONG = [
    ("x'*B*x", "x", "2*B*x", 1),
    ("x'*B*x", "x", "B + B", 2),
    ("norm2(A*x - y)^2", "x", "A'*(A*x - y)", 1),
    ("norm2(A*x - y)^2", "x", "2.000000001*A'*(A*x - y)", 1),
    ("norm2(A*x - y)^2", "x", "2*A'*(A*x - y) + vector(1/10^24)", 1),
    ("log(det(X))", "X", "inv(X)", 1),
    ("tr(inv(X)*B)", "X", "-inv(X)*B'*inv(X)", 1),
    ("X*B", "X", "array(i=1..n, j=1..n, k=1..n, l=1..n, delta(i, k)*B[j, l])", 1),
    ("softmax(x)", "x", "diag(softmax(x)) + softmax(x)*softmax(x)'", 1),
    ("max(x)", "x", "eq(x, min(x))", 1),
    ("mean(x)", "x", "vector(1/3)", 1),
    ("mean(x)", "x", "vector(1/4)", 1),
    ("s^3*t", "s t", "[s^3; 3*s^2*t]", 1),
    ("o^3 + s", "o", "3*o^2 + 1/10^12", 1),
    ("10^30 + s^2", "s", "3*s", 1),
    ("10^30 + s^2", "s", "2*s + 1/10^20", 1),
    ("exp(1000*s)", "s", "999*exp(1000*s)", 1),
    ("x'*x", "x", "2*x'*x", 1),
    ("A*x", "x", "A'", 1),
    ("sum(relu(x))", "x", "vector(1)", 1),
]


@pytest.mark.parametrize(("f", "wrt", "answer", "order"), RIGHT)
@pytest.mark.parametrize("seed", [0, 7])
def test_right_answers_pass(f, wrt, answer, order, seed):
    result = judged(f, wrt, answer, order, seed=seed)
    assert result.ok, result.witness
    assert result.points == 3
    assert result.digits >= 28
    assert result.max_relative_error < 1e-28
    assert result.witness is None


@pytest.mark.parametrize(("f", "wrt", "answer", "order"), WRONG)
@pytest.mark.parametrize("seed", [0, 7])
def test_wrong_answers_fail(f, wrt, answer, order, seed):
    result = judged(f, wrt, answer, order, seed=seed)
    assert not result.ok
    assert result.digits < 28
    assert result.witness is not None
    assert result.witness.point


def test_layouts():
    assert judged("A*x", "x", "A'", layout="denominator").ok
    assert not judged("A*x", "x", "A", layout="denominator").ok
    tensor = "array(i=1..n, j=1..n, a=1..m, 2*delta(i, j)*A[a,i])"
    assert judged("A*(x.^2)", "x", tensor, 2, layout="denominator").ok
    assert not judged("A*(x.^2)", "x", tensor, 2).ok


def test_vectorised():
    assert judged("A*X*W", "X", "kron(W', A)", vectorised=True).ok
    assert not judged("A*X*W", "X", "kron(W', A)").ok
    assert not judged("A*X*W", "X", "kron(A, W')", vectorised=True).ok
    assert judged("tr(X*B*X')", "X", "kron(B + B', eye(n))", 2, vectorised=True).ok


def test_axes_of_size_one_do_not_count():
    assert judged("R*x", "R", "x", given="R: matrix(1, n); x: vector(n)").ok
    assert judged("R*x", "R", "x'", given="R: matrix(1, n); x: vector(n)").ok


def test_the_shape_has_to_be_right():
    assert not judged("norm2(X)^2", "X", "2*array(i=1..n, array(j=1..n, X[i,j]))'").ok
    flat = judged("norm2(A)^2", "A", "2*vec(A')")
    assert not flat.ok
    assert "12 and has to be 3×4" in flat.witness.reason


def test_derivative_by_one_entry():
    assert judged("x'*B*x", "x", "B[2,:]*x + B[:,2]'*x", entry=(2,)).ok
    assert not judged("x'*B*x", "x", "B[1,:]*x + B[:,1]'*x", entry=(2,)).ok
    assert judged("A*x", "A", "e(1, m)*x[2]", entry=(1, 2)).ok
    assert judged("x[9]^2*B*x", "x", "2*x[9]*B*x + x[9]^2*B*e(9, n)", entry=(9,)).ok
    assert judged("x'*B*x", "x", "2*B[1,1]", 2, entry=(1,)).ok


@pytest.mark.parametrize("options", [{"points": 0}, {"entry": (0,)}, {"entry": (-1,)}])
def test_nothing_is_not_a_validation(options):
    with pytest.raises(ValueError, match="from 1"):
        judged("x'*B*x", "x", "(B + B')*x", **options)


def test_an_empty_domain_is_said():
    with pytest.raises(DomainError) as raised:
        judged("log(-1 - s^2)", "s", "2*s/(1 + s^2)")
    assert raised.value.finding.code == "no-point-in-domain"


def test_the_domain_is_searched():
    for f, answer in [
        ("log(det(X)) + sum(log(x))", "inv(X)'"),
        ("sqrt(log(s)) + tr(X)", "eye"),
        ("log(1 - x'*x) + tr(X)", "eye"),
        ("sum(arcsin(B*x)) + tr(X)", "eye"),
    ]:
        result = judged(f, "X", answer)
        assert result.ok
        assert result.points == 3


def test_sizes_change_from_point_to_point():
    result = judged("norm2(A*x - y)^2", "x", "2*A'*(A*x - y)")
    assert len(result.sizes) == 2
    assert all(len(set(values)) == 3 for _, values in result.sizes)


def test_precision_is_given_back():
    from flint import ctx

    before = ctx.prec
    judged("x'*x", "x", "2*x")
    assert ctx.prec == before


def test_threads_do_not_disturb_each_other():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda seed: judged("norm2(A*x - y)^2", "x", "2*A'*(A*x - y)", seed=seed), range(12)))
    assert all(r.ok and r.digits >= 30 for r in results)


def test_towers_are_judged_where_differences_have_a_limit():
    """At most places exp(exp(exp(exp(exp(s))))) changes too fast for any step; a wrong slope is still seen."""
    tower = "exp(exp(exp(exp(exp(s)))))"
    slope = f"{tower}*exp(exp(exp(exp(s))))*exp(exp(exp(s)))*exp(exp(s))*exp(s)"
    assert judged(tower, "s", slope).ok
    assert not judged(tower, "s", f"2*{slope}").ok
    assert not judged("s^3", "s", "3*s^2 + 1").ok
