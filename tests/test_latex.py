r"""Reading LaTeX: snippets of lecture notes as they are meant, and what has two readings refused with both."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from derive.finding import DeriveError, LanguageError
from derive.printing import text
from derive.syntax import is_latex, parse, parse_latex, parse_latex_statement, parse_statement

SNIPPETS = json.loads((Path(__file__).parent / "data" / "latex.json").read_text(encoding="utf-8"))
MEANT = {
    3: "X'*X*w",
    6: "A'*B",
    7: "x'*A*x",
    8: "x'*(A + A')*x",
    9: "(X'*X)^-1*X'*y",
    11: "(A^-1)'",
    12: "a'*X'*b",
    13: "A*B - B*A",
    15: "norm2(y - X*w)^2",
    17: "normF(X - U*V)^2",
    18: "norm2(y - X*w)^2",
    20: "d(x'*A*x)/dx",
    21: "d(x'*A*x)/dx",
    22: "d(x'*A*x)/dx == (A + A')*x",
    23: "grad(1/2*norm2(X*w - y)^2, w)",
    26: "d(x'*A*x)/dx == (A + A')*x",
    27: "d(L)/dW__1",
    29: "hess(L, w)",
    30: "hess(L, w)",
    31: "d(h_t)/dh_tm1 == diag(1 - h_t^2)*W_hh",
    32: "d(tr(A*X)) == tr(A*dX)",
    33: "tr(A*B)",
    34: "tr(A'*B)",
    36: "Tr(A*B*C) == Tr(B*C*A)",
    37: "log(det(Sigma))",
    38: "log(det(Sigma))",
    39: "logdet(X)",
    41: "diag(p) - p*p'",
    42: "delta == (W'*delta2).*f'(z)",
    44: "A.*B",
    45: "sigma(z)*(1 - sigma(z))",
    46: "y_hat == softmax(W*x + b)",
    47: "y_hat - y",
    48: "kron(A, B)",
    49: "sum(i=1..n, (y[i] - w'*x[i])^2)",
    50: "J(theta) == 1/2*sum(i=1..m, (h_theta(x[i]) - y[i])^2)",
    51: "-sum(i, y[i]*log(y_hat[i]))",
    52: "exp(z[i])/sum(j=1..K, exp(z[j]))",
    53: "sum(i, sum(j, x[i]*A[i, j]*x[j]))",
    54: "x[i]*a[i, j]*x[j]",
    55: "E(x*x') == Sigma + mu*mu'",
    56: "x sim N(mu, Sigma)",
    57: "gauss(x, mu, Sigma) == 1/((2*pi)^(d/2)*det(Sigma)^(1/2))*exp(-1/2*(x - mu)'*Sigma^-1*(x - mu))",
    58: "[a, b; c, d]*[x; y]",
    60: "array(i=1..n, x[i])",
    62: "O == X*W + b; Y_hat == softmax(O)",
    64: "integral(x^2, x, 0, 1)",
    65: "d(x^3)/dx",
}

READ = [
    (r"X^\intercal y + X^{\mathsf T} y + X^\mathsf{T} y + X^{\!\top} y", "X'*y + X'*y + X'*y + X'*y"),
    (r"X^{-\top} + X^{-T} + X^{-1}", "(X^-1)' + (X^-1)' + X^-1"),
    (r"\hat\beta = (X'X)^{-1}X'y", "beta_hat == (X'*X)^-1*X'*y"),
    (r"\lVert x \rVert_1 + ||x||_\infty + \left\|X\right\|_F + \|x\|_p", "norm1(x) + norminf(x) + normF(X) + normp(x, p)"),
    (r"\|x - \|y\| z\|", "norm2(x - norm2(y)*z)"),
    (r"|x| + |A| + |x^\top A x| + |A^{-1}|", "abs(x) + det(A) + abs(x'*A*x) + det(A^-1)"),
    (r"\mathbf{1}^\top x + \mathbf{1}_n^\top x", "vector(1)'*x + ones(n)'*x"),
    (r"(X^\top X + \lambda I_d)^{-1}", "(X'*X + lambda*eye(d))^-1"),
    (r"\sin 2x + \log\det X + \tanh^2(x)", "sin(2*x) + log(det(X)) + tanh(x).^2"),
    (r"\nabla f(x)^\top d + \nabla_w J(w) X", "grad(f(x))'*d + grad(J(w), w)*X"),
    (r"e^{-\frac{1}{2} x^2} + e^{t A}", "exp(-1/2*x^2) + expm(t*A)"),
    (r"\frac12 x + \tfrac1n y + \sqrt[3]{z}", "1/2*x + 1/n*y + z^(1/3)"),
    (r"\frac{\partial^2 f}{\partial x_i \partial x_j}", "d(d(f)/dx[i])/dx[j]"),
    (r"\partial L / \partial W^{(1)}", "d(L)/dW__1"),
    (r"\partial^2 f / \partial x \partial x^\top", "hess(f, x)"),
    (r"\frac{dL}{dW^{(2)}} + \frac{\mathrm{d}L}{\mathrm{d}t}", "d(L)/dW__2 + d(L)/dt"),
    (r"\frac{d X^{-1}}{d t} = -X^{-1} \dot X X^{-1}", "d(X^-1)/dt == -X^-1*X_dot*X^-1"),
    (r"d(X^{-1}) = -X^{-1}\, dX\, X^{-1}", "d(X^-1) == -X^-1*dX*X^-1"),
    (r"\theta_{t+1} = \theta_t - \eta \nabla_\theta J(\theta_t)", "theta_tp1 == theta_t - eta*grad(J(theta_t), theta)"),
    (r"x^{(i)} + W^{(l)} h^{(l-1)} + w^{*\top} w", "x[i] + W__l*h__lm1 + w_star'*w"),
    (r"a^{[1]} = g(z^{[1]})", "a__1 == g(z__1)"),
    (r"\sum_{w=1}^V \hat{y}_w u_w", "sum(w=1..V, y_hat[w]*u[w])"),
    (r"\frac{\partial}{\partial x_t} \sum_{i} g_i x_{i+t}", "d(sum(i, g[i]*x[i + t]))/dx[t]"),
    (r"(\mathbf{h}_+)_i + (1 - y)_i", "h_plus[i] + (1 - y)[i]"),
    (r"\sigma^2 (X^\top X)^{-1}", "sigma^2*(X'*X)^-1"),
    (r"0.5x(1 + \tanh(x))", "0.5*x*(1 + tanh(x))"),
    (r"\operatorname{vec}(AXB) = (B^\top \otimes A)\operatorname{vec}(X)", "vec(A*X*B) == kron(B', A)*vec(X)"),
    (r"\mathrm{tr}\!\left( A \right)^2", "tr(A)^2"),
    (r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}", "det([a, b; c, d])"),
    (r"\mathbb{1}[i = j]", "eq(i, j)"),
    (r"\arg\min_w \|Xw-y\|^2", "argmin(norm2(X*w - y)^2, w)"),
    (r"x \, y \; z \! w \quad", "x*y*z*w"),
    (r"\Gamma(x+1)", "gamma(x + 1)"),
    (r"\begin{cases} x, & \text{if } x > 0 \\ \alpha(e^x - 1), & \text{otherwise} \end{cases}", "cases(x if x > 0, alpha*(exp(x) - 1))"),
    (r"\left\{ \begin{array}{ll} x & x \ge 1 \\ 0 & \text{else.} \end{array} \right.", "cases(x if x >= 1, 0)"),
    (r"\begin{cases} \frac12 r^2 & |r| \le c \\ c|r| & |r| > c \end{cases}", "cases(1/2*r^2 if abs(r) <= c, c*abs(r) if abs(r) > c)"),
    (r"\begin{cases} 1 & 0 < x, y > 0 \\ 0 \end{cases}", "cases(1 if 0 < x and y > 0, 0)"),
    (r"g_t [0 \le t-l \le n-k]", "g_t*cases(1 if 0 <= t - l <= n - k, 0)"),
    (r"\mathbb{1}\{x > 0\}", "cases(1 if x > 0, 0)"),
    (r"p_i(\delta_{ij} - p_j)", "p[i]*(delta(i, j) - p[j])"),
    (r"\delta_{ij} + \delta_k", "delta[i, j] + delta[k]"),
    (r"\underset{w, b}{\operatorname{arg\,min}} L(w, b)", "argmin(L(w, b), w, b)"),
    (r"\underbrace{\hat{y}}_{\text{guess}} - y", "y_hat - y"),
    (r"½ x^\top x", "0.5*x'*x"),
]  # fmt: skip

STATEMENTS = [
    (r"\begin{aligned} & a \\ &= b && \text{(by definition)} \\ &\le c. \end{aligned}", "a == b <= c"),
    (r"a &= b \\ &\quad + c \\ &= d", "a == b + c == d"),
    (r"x = 1 \quad y = 2", "x == 1; y == 2"),
    (r"f &= X^\top z, \quad z = Xw \\ &= X^\top X w", "f == X'*z == X'*X*w; z == X*w"),
    (r"S u - \lambda u = 0 \implies S u = \lambda u", "S*u - lambda*u == 0 ==> S*u == lambda*u"),
    (r"L \propto x^2 + \text{const}", "L propto x^2 + const"),
    (r"L = x^2 + \text{const.}", "L == x^2 + const"),
    (r"a \overset{(a)}{=} b \approx c", "a == b ~= c"),
    (r"a = b \implies b = a \iff c = d", "a == b ==> b == a <=> c == d"),
    (r"x_1, \dots, x_n \in \mathbb{R}^d", "array(i=1..n, x[i]) in Reals(d)"),
    (r"y \in \{0, 1\}^n, k \in \{1, \dots, K\}", "y in Set(0, 1)^n; k in Integers(1, K)"),
    (r"w = \arg\min_w \|Xw - y\|^2", "w == argmin(norm2(X*w - y)^2, w)"),
    (r"m_0, m_1 \in \mathbb{R}^d", "m0 in Reals(d); m1 in Reals(d)"),
    (r"X \in \mathbb{R}^{n \times d}, \Sigma \succ 0", "X in Reals(n, d); Sigma succ 0"),
    (
        r"\mathbf{W}^T \delta \quad \text{where } \delta = \frac{\partial L}{\partial z}.",
        "W'*delta where delta = d(L)/dz",
    ),
]

REFUSED = [
    (r"\log x y", "ambiguous", r"\log x y"),
    (r"\log x / 2", "ambiguous", r"\log x / 2"),
    (r"\log (1+x)^2", "ambiguous", r"\log (1+x)^"),
    (r"\tr A B", "ambiguous", r"\tr A B"),
    (r"\sin^{-1}(x)", "ambiguous", r"\sin^{-1}(x)"),
    (r"\nabla f^\top d", "ambiguous", None),
    (r"\frac{d}{dx}(x^\top A x) y", "ambiguous", None),
    (r"\frac{\partial f + g}{\partial x}", "ambiguous", "f + g"),
    (r"A \odot B C", "ambiguous", r"A \odot B C"),
    (r"a / b c \alpha", "ambiguous", "a / b c"),
    (r"|A + x|", "ambiguous", "|A + x|"),
    (r"\sum_{i=1}^n x_i + b_i", "ambiguous", "b_i"),
    (r"A_{ij}^{-1}", "ambiguous", "A_{ij}^{-1}"),
    (r"A^2_{ij}", "ambiguous", "A^2_{ij}"),
    (r"dX^{-1}", "ambiguous", None),
    (r"d X \alpha", "ambiguous", "d X"),
    (r"\Delta W", "ambiguous", r"\Delta W"),
    (r"x'(A+B)x", "ambiguous", "x'("),
    (r"u(x + y) \alpha", "ambiguous", "u("),
    (r"X = X(t)", "ambiguous", "X("),
    (r"(f * g)(x)", "ambiguous", None),
    (r"e^\top e + e^2", "ambiguous", "e^2"),
    (r"e^{A x}", "ambiguous", "e^{A x}"),
    (r"\mathcal{L} = L", "ambiguous", r"\mathcal{L}"),
    (r"x^10 \alpha", "ambiguous-script", "10"),
    (r"tr(A\Sigma)", "ambiguous-juxtaposition", "tr"),
    (r"loss \cdot \alpha", "ambiguous-juxtaposition", "loss"),
    (r"2 x1 \alpha", "expected", "1"),
    (r"A^\dagger", "unknown-script", r"\dagger"),
    (r"x^+ \alpha", "ambiguous", "+"),
    (r"\|A\|_{\Sigma}", "unknown-norm", r"\Sigma"),
    (r"\foo x", "unknown-command", r"\foo"),
    (r"a \pm b", "unknown-command", r"\pm"),
    (r"\begin{cases} 1 & x \\ 0 & y \end{cases}", "expected", "\\\\"),
    (
        r"\begin{cases} 1 & \text{if } Q \text{ is true} \\ 0 & \text{otherwise} \end{cases}",
        "expected",
        r"\text{ is true}",
    ),
    (r"\begin{cases} x + y = 1 \\ x - y = 2 \end{cases}", "not-yet", "="),
    (r"w \leftarrow w - \eta g", "not-yet", r"\leftarrow"),
    (r"f : \alpha \to \beta", "not-yet", r"\to"),
    (r"P(y | x) = \alpha", "not-yet", "|"),
    (r"f = 2\,\text{const}", "misplaced-constant", r"\text{const}"),
    (r"w_1x_1 + \dots + w_dx_d", "not-yet", r"\dots"),
    (r"(x_2, \dots, x_{n-1})^\top", "not-yet", r"\dots"),
    (r"\mathbb{E}_{x \sim p}[x]", "not-yet", r"x \sim p"),
    (r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}", "ragged", None),
    (r"\left( x", "unclosed", "("),
    (r"\alpha = b \implies", "expected", None),
    (r"= \alpha", "expected", "="),
]


@pytest.mark.parametrize("entry", SNIPPETS, ids=lambda e: str(e["id"]))
def test_snippets_are_read_as_meant(entry):
    assert text(parse_latex_statement(entry["snippet"])) == MEANT[entry["id"]]


@pytest.mark.parametrize(("tex", "plain"), READ)
def test_read(tex, plain):
    tree = parse_latex_statement(tex)
    assert text(tree) == plain
    assert parse_statement(tex) == tree


@pytest.mark.parametrize(("tex", "plain"), STATEMENTS)
def test_statements(tex, plain):
    assert text(parse_latex_statement(tex)) == plain


@pytest.mark.parametrize(("tex", "code", "place"), REFUSED)
def test_refused_where_it_stands(tex, code, place):
    with pytest.raises(LanguageError) as caught:
        parse_latex_statement(tex)
    finding = caught.value.finding
    assert finding.code == code
    if place is not None:
        span = finding.labels[0].span
        assert tex[span.start : span.end] == place
    if code.startswith("ambiguous"):
        assert len(finding.helps) >= (1 if "font" in finding.message else 2)
    assert "^" in str(caught.value)


def test_declared_names_decide():
    assert text(parse_latex("x_i + y_i", names=frozenset({"x_i", "x"}))) == "x_i + y[i]"
    assert text(parse_latex("x_t", names=frozenset({"x", "t"}))) == "x[t]"
    assert text(parse_latex("x_t")) == "x_t"
    assert text(parse_latex("x_1 + W_{hh}", names=frozenset({"x", "W"}))) == "x[1] + W_hh"
    assert text(parse_latex("u(x + y)", names=frozenset({"u", "x", "y"}))) == "u*(x + y)"
    assert text(parse_latex(r"\sigma(z)")) == "sigma(z)"
    assert text(parse_latex(r"\frac{d}{2} x", names=frozenset({"d"}))) == "d/2*x"
    with pytest.raises(LanguageError, match="bound by a sum"):
        parse_latex(r"\sum_{i=1}^n x_i", names=frozenset({"x", "x_i"}))
    with pytest.raises(LanguageError, match="T"):
        parse_latex(r"X^T y", names=frozenset({"T", "X", "y"}))
    with pytest.raises(LanguageError, match="two readings"):
        parse_latex(r"w_{11}", names=frozenset({"w"}))


def test_a_block_that_continues():
    tree = parse_latex_statement(r"= X^\top y \\ &= z", continued=True)
    assert (tree.head, tree.data, len(tree.args)) == ("relation", ("==", "=="), 2)


def test_what_is_latex():
    assert is_latex(r"\alpha")
    assert is_latex("W^{(1)}")
    assert not is_latex("x'*A*x + x_{max}^{2}")
    assert text(parse("W^{(1)}")) == "W__1"
    assert parse_latex("Xw") == parse("X*w")


@pytest.mark.parametrize(
    "tex",
    [
        "{" * 9000 + r"\alpha", r"\alpha" + "(" * 15000, r"\hat" * 4900 + " x", r"\log" * 4900 + " x", r"\frac{1}{" * 2000 + "x",
        "x^{" * 5000 + r"\alpha" + "}" * 4900, "x_{" * 5000 + r"\alpha" + "}" * 4900, r"\sum_i " * 2800 + "x", r"\nabla " * 2800 + "x",
        "|" * 15000 + r"\alpha", r"\|" * 9000, r"\begin{bmatrix}" * 1300, r"\sqrt{" * 3300, "-" * 19000 + r"\alpha", r"\alpha" + "'" * 15000,
        r"\alpha \\" * 2000, "_", "^", r"x_", r"x^", r"\frac", r"\frac{1}", r"\hat", r"\sum", r"\begin{aligned}", r"\mathbf", r"\left", "\\", "",
        r"\begin{bmatrix} a \end{pmatrix}", r"\operatorname{", r"\text{x", "{}", r"\frac{}{}", r"x_{}", r"\hat{}", r"\|", "\\alpha\x00", "é",
    ],
    ids=lambda t: t[:14],
)  # fmt: skip
def test_nothing_crashes(tex):
    with contextlib.suppress(DeriveError):
        parse_latex_statement(tex)
