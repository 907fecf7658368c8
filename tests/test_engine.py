"""The engine's parts: normal forms, the laws of selectors, the differential of each kind of node, and the look of answers.

One idea: golden texts hold what a person would write; the rest is compared as normal forms or by differences. Expressions that once were
answered wrongly stay here.
"""

from __future__ import annotations

import itertools
import random

import pytest

import derive
from derive.engine.expansion import expanded
from derive.engine.expr import Affine, Node, Prod, Sum, Sym, identity
from derive.engine.lower import lower
from derive.engine.normal import normalise, transposed
from derive.engine.selectors import selector
from derive.engine.symmetry import is_symmetric
from derive.finding import LanguageError, LimitError
from derive.infer import infer
from derive.sizes import ONE, Size
from derive.syntax import parse, parse_declarations
from derive.term import Symbol, Type

N, M = Size.of("n"), Size.of("m")
GIVEN = (
    "A: matrix(n, n); B: matrix(n, n); S: matrix(n, n) symmetric; T: matrix(n, n) symmetric; X: matrix(m, n); Y: matrix(m, n); "
    "Z: matrix(n, m); x: vector(n); y: vector(n); u: vector(m); v: vector(m); a: scalar; b: scalar; c: scalar positive"
)


def node(text: str, given: str = GIVEN) -> Node:
    return lower(infer([parse(text)], parse_declarations(given)).terms[0])


# ------------------------------------------------------------------------------------------------ normal forms


def matrix(name: str) -> Sym:
    return Sym(Symbol(name, Type((N, N))))


@pytest.mark.parametrize("count", [6, 7, 8, 9])
@pytest.mark.parametrize("seed", range(6))
def test_names_of_bound_indices_do_not_depend_on_how_it_was_written(count: int, seed: int) -> None:
    draw = random.Random(100 * count + seed)
    base = [matrix("A"), matrix("A"), matrix("B")]
    factors = [(draw.choice(base), (draw.randrange(count), draw.randrange(count)), 1) for _ in range(count + 2)]
    factors += [(Sym(Symbol("x", Type((N,)))), (i,), 1) for i in range(count) if draw.random() < 0.2]
    used = {i for _, idx, _ in factors for i in idx}
    dims = (N,) * count
    forms = set()
    for _ in range(6):
        names = list(range(count))
        draw.shuffle(names)
        mixed = [(b, tuple(names[i] for i in idx), e) for b, idx, e in factors]
        draw.shuffle(mixed)
        forms.add(normalise(Prod(1, tuple(mixed), (), dims)))
    assert len(forms) == 1, used


@pytest.mark.parametrize("ring", [6, 7, 8, 9])
def test_a_trace_of_equal_factors_is_named_in_one_way(ring: int) -> None:
    forms = set()
    for start, step in itertools.product(range(ring), (1, -1)):
        order = [(start + step * k) % ring for k in range(ring)]
        factors = tuple([(matrix("A"), (i, (i + 1) % ring), 1) for i in order])
        forms.add(normalise(Prod(1, factors, (), (N,) * ring)))
    assert len(forms) == 1


EQUAL = [
    ("x'*S*y", "y'*S*x"),
    ("S'", "S"),
    ("S*T + T*S", "(S*T + T*S)'"),
    ("x'*A*S*A'*y", "y'*A*S*A'*x"),
    ("A*inv(A)", "eye(n)"),
    ("inv(A)*A*B", "B"),
    ("tr(inv(A)*A)", "n"),
    ("inv(S)*x", "inv(S)'*x"),
    ("inv(inv(A))", "A"),
    ("inv(A')'*A", "eye(n)"),
    ("A'*inv(A)'", "eye(n)"),
    ("x.*x", "x.^2"),
    ("x.*y./x", "y"),
    ("sum(ones(n))", "n"),
    ("tr(eye(n))", "n"),
    ("tr(A*B)", "tr(B*A)"),
    ("sum(A)", "ones(n)'*A*ones(n)"),
    ("sum(X*x)", "colsum(X)'*x"),
    ("diag(x)*y", "x.*y"),
    ("diag(diag(x))", "x"),
    ("diag(x)*A*diag(y)", "(x*y').*A"),
    ("sqrt(c)*sqrt(c)", "c"),
    ("exp(0*x)", "ones(n)"),
    ("2*x + 3*x - 5*x", "zeros(n)"),
    ("[x; u][1:n]", "x"),
    ("[x; u][n + 1:n + m]", "u"),
    ("[X; A]*x", "[X*x; A*x]"),
    ("[A, Z]*[x; u]", "A*x + Z*u"),
    ("[x; u]'*[y; v]", "x'*y + u'*v"),
    ("[A, Z; X, eye(m)]'", "[A', X'; Z', eye(m)]"),
    ("[x; u; y][n + 1:n + m]", "u"),
    ("vec(A*B)", "kron(B', eye(n))*vec(A)"),
    ("vec(A*B)", "kron(eye(n), A)*vec(B)"),
    ("vec(x*u')", "kron(u, x)"),
    ("kron(A, B)*kron(S, T)", "kron(A*S, B*T)"),
    ("kron(A, X)'", "kron(A', X')"),
    ("kron(x, u)'*kron(y, v)", "x'*y*(u'*v)"),
    ("tr(kron(A, B))", "tr(A)*tr(B)"),
    ("vec(X)'*vec(Y)", "tr(X'*Y)"),
    ("kron(Z', A)*vec(B)", "vec(A*B*Z)"),
    ("A[:,1]", "A*e(1, n)"),
    ("A[2,:]", "e(2, n)'*A"),
    ("A[1,2]", "e(1, n)'*A*e(2, n)"),
    ("sum(i=1..n, x[i]*y[i])", "x'*y"),
    ("sum(i=1..n, sum(j=1..n, A[i,j]*x[i]*y[j]))", "x'*A*y"),
    ("array(i=1..n, j=1..m, x[i]*u[j])", "x*u'"),
    ("array(i=1..n, j=1..n, delta(i, j))", "eye(n)"),
    ("e(1, n)'*e(2, n)", "0"),
]


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_equal_normal_forms(left: str, right: str) -> None:
    a, b = node(left), node(right)
    assert a == b or expanded(a) == expanded(b)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("x'*A*y", "y'*A*x"),
        ("A*B", "B*A"),
        ("A'", "A"),
        ("inv(A)", "inv(A)'"),
        ("kron(A, B)", "kron(B, A)"),
        ("[x; y]", "[y; x]"),
        ("tr(A*B)", "tr(A*B')"),
        ("sqrt(a^2)", "a"),
        ("A*diag(x)", "diag(x)*A"),
        ("S*T", "T*S"),
        ("vec(A)", "vec(A')"),
        ("x[1]", "x[2]"),
    ],
)
def test_different_normal_forms(left: str, right: str) -> None:
    a, b = node(left), node(right)
    assert a != b
    assert expanded(a) != expanded(b)


def test_symmetry_is_seen_through_forms() -> None:
    assert all(
        is_symmetric(node(t))
        for t in ("A'*A", "S + T", "inv(S + T)", "X'*X", "A*S*A'", "exp(S)", "x*x'", "eye(n)", "diag(x)")
    )
    assert not any(is_symmetric(node(t)) for t in ("A", "S*T", "x*y'", "A*A", "A'*S"))
    assert transposed(node("A*B")) == node("B'*A'")


def test_affine_selectors() -> None:
    at = selector([ONE], N, N + M, [M])  # u = i + n
    low = selector([ONE], Size.of(0), N + M, [N])  # u = i
    assert isinstance(at, Affine)
    across = Prod(1, ((at, (0, 1), 1), (low, (0, 2), 1)), (1, 2), (N + M, M, N))
    assert normalise(across) == Sum((), (M, N), True)
    twice = Prod(1, ((at, (0, 1), 1), (at, (0, 2), 1)), (1, 2), (N + M, M, M))
    assert normalise(twice) == identity((M,))
    total = Prod(1, ((at, (0, 1), 1),), (), (N + M, M))
    assert normalise(total) == normalise(node("m"))


# ------------------------------------------------------------------------------------------------ differentials of each kind of node


@pytest.mark.parametrize(
    ("kind", "text", "wrt"),
    [
        ("jacobian", "x", "x"),
        ("jacobian", "3*x - y", "x"),
        ("gradient", "a^3*b", "a"),
        ("gradient", "1/a^2", "a"),
        ("gradient", "sqrt(x'*x + 1)", "x"),
        ("gradient", "sum(x.^3.*y)", "x"),
        ("gradient", "sum(y./x.^2)", "x"),
        ("gradient", "a^b", "a"),
        ("gradient", "c^b", "b"),
        ("gradient", "sum(x.^a)", "a"),
        ("jacobian", "tanh(A*x)", "x"),
        ("jacobian", "a*tanh(x)", "a"),
        ("jacobian", "phi(A*x)", "x"),
        ("gradient", "L(A*x)", "x"),
        ("hessian", "L(A*x)", "x"),
        ("hessian", "sum(phi(x))", "x"),
        ("jacobian", "inv(A)*x", "A"),
        ("gradient", "det(A)*tr(A)", "A"),
        ("jacobian", "softmax(X*x)", "x"),
        ("gradient", "sum(softmax(X).*Y)", "X"),
        ("gradient", "logsumexp(X)'*u", "X"),
        ("gradient", "max(X)", "X"),
        ("gradient", "prod(x)", "x"),
        ("gradient", "sum(i=1..n, prod(j=1..n, x[j] + y[i]))", "x"),
        ("gradient", "sum([x; u].^2.*[y; v])", "u"),
        ("jacobian", "[x; u][2:n]", "x"),
        ("gradient", "x[1]", "x"),
        ("gradient", "X[1,2]", "X"),
        ("gradient", "log(1 + x[2]^2)", "x"),
        ("gradient", "sum(x[2:n])", "x"),
        ("jacobian", "X[1,:]'", "X"),
        ("jacobian", "vec(X)", "X"),
        ("jacobian", "kron(x, u)", "u"),
        ("gradient", "norm1(x)", "x"),
        ("gradient", "norminf(x)", "x"),
        ("gradient", "normp(x, 3)", "x"),
        ("jacobian", "S*x", "x"),
        ("hessian", "sum(X)", "X"),
        ("hessian", "tr(A)", "A"),
        ("jacobian", "X - X", "X"),
        ("gradient", "tr(inv(S + 4*eye)*B)", "S"),
        ("jacobian", "X*S", "S"),
        ("hessian", "det(A)", "A"),
        pytest.param("hessian", "tr(inv(A + 4*eye)*B)", "A", marks=pytest.mark.slow),
        ("gradient", "sum(x*ones(k)')", "x"),
        ("gradient", "sum(i=1..m, max(X[i,:]))", "X"),
        ("jacobian", "vec([X; Y])[1:n]", "X"),
        ("gradient", "sum(i=1..n - 1, (x[i + 1] - x[i])^2)", "x"),
        ("hessian", "sum(i=1..n - 1, (x[i + 1] - x[i])^2)", "x"),
        ("gradient", "sum(i=1..n, sum(j=1..m, w[j]*[x; u][i + j - 1])^2)", "w"),
    ],
)
def test_each_kind_of_node(kind: str, text: str, wrt: str) -> None:
    result = getattr(derive, kind)(text, wrt=wrt, given=GIVEN + "; w: vector(m)")
    assert result.validation.ok
    assert result.unicode
    assert result.latex


def test_a_convolution_that_is_squared() -> None:
    text = "sum(i=1..n - k + 1, sum(j=1..k, w[j]*x[i + j - 1])^2)"
    assert derive.gradient(text, wrt="w", given="w: vector(k); x: vector(n)").validation.ok


# ------------------------------------------------------------------------------------------------ the look of answers

GOLDEN = [
    ("gradient", "norm2(X*w - y)^2", "w", "", "2*X'*(X*w - y)"),
    ("gradient", "norm2(X*w - y)^2", "y", "", "2*(y - X*w)"),
    ("gradient", "x'*A*x", "x", "A: matrix(n, n)", "(A + A')*x"),
    ("gradient", "x'*S*x", "x", "S: matrix(n, n) symmetric", "2*S*x"),
    ("hessian", "x'*A*x", "x", "A: matrix(n, n); x: vector(n)", "A + A'"),
    ("gradient", "det(X)", "X", "", "det(X)*inv(X)'"),
    ("gradient", "logdet(X)", "X", "", "inv(X)'"),
    ("gradient", "tr(A*X*B)", "X", "", "A'*B'"),
    ("gradient", "tr(X)", "X", "X: matrix(n, n)", "eye(n)"),
    ("gradient", "sum(X)", "X", "X: matrix(m, n)", "ones(m)*ones(n)'"),
    ("gradient", "norm2(x)", "x", "x: vector(n)", "x/norm2(x)"),
    ("gradient", "norm2(X)^2", "X", "X: matrix(m, n)", "2*X"),
    ("gradient", "a'*X*b", "X", "a: vector(m); b: vector(n)", "a*b'"),
    ("jacobian", "A*x", "x", "", "A"),
    ("jacobian", "softmax(x)", "x", "x: vector(n)", "diag(softmax(x)) - softmax(x)*softmax(x)'"),
    ("gradient", "logsumexp(z) - y'*z", "z", "z: vector(n); y: vector(n)", "softmax(z) - y"),
    ("hessian", "logsumexp(z)", "z", "z: vector(n)", "diag(softmax(z)) - softmax(z)*softmax(z)'"),
    ("jacobian", "vec(A*X*B)", "vec(X)", "X: matrix(m, n); A: matrix(p, m); B: matrix(n, q)", "kron(B', A)"),
    ("jacobian", "tanh(x)", "x", "x: vector(n)", "diag(1 - tanh(x).^2)"),
    ("gradient", "sum((A*X*B).^2)", "X", "A: matrix(p, m); X: matrix(m, n); B: matrix(n, q)", "2*A'*A*X*B*B'"),
    ("gradient", "tr((x*u')'*A*(x*u'))", "x", "x: vector(n); u: vector(m); A: matrix(n, n)", "u'*u*(A + A')*x"),
    ("gradient", "logdet(eye + A'*A)", "A", "A: matrix(m, n)", "2*A*inv(eye(n) + A'*A)"),
    (
        "gradient",
        "[x; u]'*[B, X; A, D]*[x; u]",
        "x",
        "x: vector(n); u: vector(m); B: matrix(n, n); X: matrix(n, m); A: matrix(m, n); D: matrix(m, m)",
        "(B + B')*x + (X + A')*u",
    ),
    ("gradient", "sum(i=1..n, sum(j=1..n, (x[i] - x[j])^2))", "x", "x: vector(n)", "4*n*x - 4*sum(x)"),
    (
        "gradient",
        "-sum(Y.*log_softmax(X*W))",
        "W",
        "X: matrix(n, d); W: matrix(d, k); Y: matrix(n, k)",
        "X'*(diag(Y*ones(k))*softmax(X*W) - Y)",
    ),
    (
        "gradient",
        "vec(X)'*kron(A, B)*vec(X)",
        "X",
        "X: matrix(n, m); A: matrix(m, m); B: matrix(n, n)",
        "B*X*A' + B'*X*A",
    ),
    ("gradient", "tr(kron(A, X))", "X", "A: matrix(m, m); X: matrix(n, n)", "tr(A)*eye(n)"),
    (
        "gradient",
        "norm2(V*tanh(W*x + b) - y)^2",
        "W",
        "W: matrix(h, n); V: matrix(m, h); x: vector(n); b: vector(h); y: vector(m)",
        "2*((V'*(V*s - y)).*(1 - s.^2))*x' where s = tanh(W*x + b)",
    ),
    (
        "hessian",
        "sum(softplus(X*w))",
        "w",
        "X: matrix(m, n); w: vector(n)",
        "X'*diag(s.*(1 - s))*X where s = sigmoid(X*w)",
    ),
    ("gradient", "sum(log(x))", "x", "x: vector(n)", "1./x"),
    ("gradient", "max(x)", "x", "x: vector(n)", "eq(x, max(x))"),
]


@pytest.mark.parametrize(("kind", "text", "wrt", "given", "answer"), GOLDEN)
def test_look_of_the_answer(kind: str, text: str, wrt: str, given: str, answer: str) -> None:
    assert getattr(derive, kind)(text, wrt=wrt, given=given).text == answer


PROPERTIES = [
    ("x'*A*x", "x", "A: matrix(n, n) symmetric; x: vector(n)", "2*A*x"),
    ("x'*inv(S)*x", "x", "S: matrix(n, n) pd; x: vector(n)", "2*inv(S)*x"),
    ("logdet(S)", "S", "S: matrix(n, n) pd", "inv(S)"),
    ("x'*Q'*Q*x", "x", "Q: matrix(n, n) orthogonal; x: vector(n)", "2*x"),
    ("x'*Q'*Q*x", "Q", "Q: matrix(n, n) orthogonal; x: vector(n)", "2*Q*x*x'"),
    ("norm2(P*x)^2", "x", "P: matrix(n, n) projection; x: vector(n)", "2*P*x"),
    ("norm2(R*R*x)^2", "x", "R: matrix(n, n) involutory; x: vector(n)", "2*x"),
    ("ce(y, softmax(z))", "z", "y: vector(n) one-hot; z: vector(n)", "softmax(z) - y"),
]


@pytest.mark.parametrize(("expression", "wrt", "given", "answer"), PROPERTIES)
def test_declared_properties_simplify_the_answer(expression, wrt, given, answer):
    assert str(derive.gradient(expression, wrt=wrt, given=given)) == answer


def test_a_range_that_depends_on_an_outer_index_is_refused_where_it_stands():
    with pytest.raises(LanguageError, match="depends on the index i") as refused:
        derive.gradient("sum(i=1..n, sum(j=1..i, x[i]*x[j]))", wrt="x", given="x: vector(n)")
    assert refused.value.finding.labels[0].span.start == len("sum(i=1..n, ")


def test_a_high_matrix_power_stays_a_power():
    assert str(derive.gradient("tr(X^200)", wrt="X")) == "200*(X^199)'"


def test_sizes_given_as_large_numbers_are_not_checked_in_vain():
    with pytest.raises(LimitError, match="a letter instead of 784"):
        derive.gradient("x'*A*x", wrt="x", given="x: vector(784)")
    assert str(derive.gradient("x'*A*x", wrt="x", given="x: vector(784)", check=False)) == "(A + A')*x"


def test_two_bars_are_a_norm():
    assert str(derive.gradient("||X*w - y||^2", wrt="w")) == "2*X'*(X*w - y)"


def test_a_sum_of_undeclared_scalars_is_remarked():
    notes = derive.gradient("sum((y - X*w)^2)", wrt="w").notes
    assert any("sum of a scalar" in note for note in notes)


def test_by_a_row_the_gradient_is_written_as_a_row():
    assert str(derive.gradient("y'*A*x", wrt="x'")) == "y'*A"


def test_binary_cross_entropy_in_the_logit():
    assert str(derive.gradient("-y*log(sigmoid(z)) - (1 - y)*log(1 - sigmoid(z))", wrt="z")) == "sigmoid(z) - y"
