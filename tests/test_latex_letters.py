r"""LaTeX whose letters mean something by themselves or by what is declared: $K_{m,n}$, $J^{ij}$, $\lambda_{\max}(A)$, $\bar z$, $\sigma(z)$."""

from __future__ import annotations

import pytest

import derive
from derive.finding import LanguageError
from derive.infer import infer
from derive.printing import text
from derive.source import Source
from derive.syntax import parse_declarations, parse_latex, parse_latex_statement, parse_statement

READ = [
    (r"K_{m,n} \operatorname{vec}(A)", "Kmn(m, n)*vec(A)"),
    (r"K_{mn} (A \otimes B)", "Kmn(m, n)*kron(A, B)"),
    (r"K_{1,n} = I", "Kmn(1, n) == I"),
    (r"D_n^{+} \operatorname{vec}(A) + L_n \operatorname{vec}(A)", "Dnp(n)*vec(A) + Ln(n)*vec(A)"),
    (r"D_{n}^\top N_n \operatorname{vec}(A)", "Dn(n)'*Nn(n)*vec(A)"),
    (r"L_n + N_m + D_1 \alpha", "L_n + N_m + D1*alpha"),
    (r"J^{ij} = e_i e_j^\top", "J(i, j) == e(i)*e(j)'"),
    (r"J^{23} + J^{2,3}", "J(2, 3) + J(2, 3)"),
    (r"J^{2} + \alpha", "J^2 + alpha"),
    (r"\sum_i e_i^2", "sum(i, e[i]^2)"),
    (r"\lambda_{\max}(A) + \lambda_{\min}(A^\top A)^2", "lmax(A) + lmin(A'*A)^2"),
    (r"\lambda_{\max}^2(A)", "lmax(A)^2"),
    (r"\lambda_{\max} x", "lambda_max*x"),
    (r"\mathrm{d}\left[X \otimes Y\right] = \mathrm{d}X^{H}", "d(kron(X, Y)) == ct(dX)"),
    (r"\mathrm{d}[\mathrm{d}[x]]", "d(d(x))"),
    (r"\frac{A^k}{k!} + (2k+1)! + k!^2", "A^k/factorial(k) + factorial(2*k + 1) + factorial(k)^2"),
    (r"\Re(z) + \Im w", "real(z) + imag(w)"),
    (r"\operatorname{LSE}(x)", "LSE(x)".replace("LSE", "lse")),
    (r"\lVert A \rVert_{\max} + \lVert A \rVert_2", "normmax(A) + opnorm2(A)"),
    (r"\|A\|_1 \|A\|_\infty", "opnorm1(A)*opnorminf(A)"),
    (r"\|A x\|_2 + \|x\|_1", "norm2(A*x) + norm1(x)"),
    (r"0_{n \times m} + 1_n^\top x", "zeros(n, m) + ones(n)'*x"),
    (r"I_{n^2} + I_{n\,m}", "eye(n^2) + eye(n*m)"),
    (r"\mathbf{1}_{x > 0} + \mathbb{1}_{\{i = j\}}", "cases(1 if x > 0, 0) + eq(i, j)"),
    (r"\frac{\mathrm{d}_{\mathrm{struct}} A}{\mathrm{d} A_{ij}}", "ds(A)/dA[i, j]"),
    (r"\frac{\partial f}{\partial \Re z} + \frac{\partial f}{\partial \Im z}", "dre(f)/dz + dim(f)/dz"),
    (r"\overline{x} + \overline{A B}", "x_bar + conj(A*B)"),
    (r"(A \otimes B)^{+}", "pinv(kron(A, B))"),
    (r"(x_0, \dots, x_{n-1})^\top \in \mathbb{R}^n", "array(i=0..n - 1, x[i]) in Reals(n)"),
    (r"x^\top A_{1,1} x \quad \text{where } A = \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", "x'*A[1, 1]*x where A = [1, 2; 3, 4]"),
]  # fmt: skip

REFUSED = [
    (r"K_{m,n} x = \alpha", "ambiguous", "K_{m,n", {"x"}),
    (r"A = \sum_i \lambda_i e_i e_i^\top", "ambiguous", "e_i", set()),
    (r"\lambda_{\max}(A) + \lambda_{\max}", "ambiguous", r"\lambda_{\max}", set()),
    (r"\lambda_i(A) = 1", "ambiguous", r"\lambda_i", {"A"}),
    (r"\delta_{ij+1}", "ambiguous", "ij+1", set()),
    (r"\sum_j x_{i - kj}", "ambiguous", "i - kj", set()),
    (r"x^2! + \alpha", "ambiguous", "x^2!", set()),
    (r"n!=n\alpha", "ambiguous", "!=", set()),
    (r"P(y | x)\alpha", "not-yet", "|", set()),
]


@pytest.mark.parametrize(("tex", "plain"), READ)
def test_letters_are_read(tex, plain):
    assert text(parse_latex_statement(tex)) == plain


def test_a_mark_above_shows_latex():
    assert text(parse_statement("A^{+} = A")) == "pinv(A) == A"


@pytest.mark.parametrize(("tex", "code", "place", "names"), REFUSED)
def test_letters_with_two_readings_are_refused(tex, code, place, names):
    with pytest.raises(LanguageError) as caught:
        parse_latex_statement(tex, names=frozenset(names))
    span = caught.value.finding.labels[0].span
    assert (caught.value.finding.code, tex[span.start : span.end].startswith(place)) == (code, True), tex[
        span.start : span.end
    ]


def test_declared_letters_are_names():
    names = frozenset({"K_n_m", "J", "e1", "lambda_max", "D", "sigma", "A", "xa", "z"})
    assert text(parse_latex(r"K_{n,m} \operatorname{vec}(A)", names=names)) == "K_n_m*vec(A)"
    assert text(parse_latex(r"J^{ij} + e_1^\top e_1", names=names)) == "J^(i*j) + e1'*e1"
    assert text(parse_latex(r"\lambda_{\max}(A + I)", names=names)) == "lambda_max*(A + I)"
    assert text(parse_latex(r"x_a \alpha", names=names)) == "xa*alpha"
    assert text(parse_latex(r"A\,\left(z + \alpha\right)", names=names)) == "A*(z + alpha)"
    assert (
        text(parse_latex(r"\frac{\partial f}{\partial z^*} + \frac{\partial f}{\partial z}", names=names))
        == "dzc(f)/dz + dz(f)/dz"
    )


def typed(statement, given):
    declared = parse_declarations(given)
    tree = parse_statement(statement, names=frozenset(d.name for d in declared))
    return infer([tree], declared, source=Source(statement, "statement"))


VERDICTS = [
    (r"K_{m,n} \operatorname{vec}(A) = \operatorname{vec}(A^\top)", "A: matrix(m, n)", "proved"),
    (r"K_{n,m} = \sum_{i=1}^{n} \left(\sum_{j=1}^{m} J^{ij} \otimes (J^{ij})^\top\right)", "A: matrix(n, m)", "proved"),
    (r"\operatorname{tr}(A J^{ij} B) = (A^\top B^\top)_{i,j}", "A: matrix(n, n); B: matrix(m, n); i: index(n); j: index(m)", "proved"),
    (r"\operatorname{tr}(A J^{ij} B) = (B A)_{i,j}", "A: matrix(n, n); B: matrix(n, n); i: index(n); j: index(n)", "refuted"),
    (r"e_i^\top A e_j = A_{i,j}", "A: matrix(n, m); i: index(n); j: index(m)", "proved"),
    (r"\delta_{ir} A_{r,j} = \frac{\partial A_{i,j}}{\partial A_{rs}}", "A: matrix(n, m); i: index(n); j: index(m); r: index(n); s: index(m)", "refuted"),
    (r"\bar z z = |z|^2", "z: scalar complex", "proved"),
    (r"\overline{z} z = z^2", "z: scalar complex", "refuted"),
    (r"\frac{\partial (z \bar z)}{\partial z^*} = z", "z: scalar complex", "proved"),
    (r"\sigma'(z) = \sigma(z) (1 - \sigma(z))", "z: scalar", "proved"),
    (r"\sigma''(z) = \sigma'(z) (1 - 2\sigma(z))", "z: scalar", "proved"),
    (r"\sigma(-z) = 1 - \sigma(z)", "z: scalar; sigma: elementwise", "refuted"),
    (r"\, t_n = t_n + t_{n-1} - t_{n-1}", "t: vector(n)", "proved"),
    (r"\|Y\|_2^2 = Y^\top Y", "Y: vector(n)", "proved"),
    (r"\|A\|_2 = \sqrt{\lambda_{\max}(A^\top A)}", "A: matrix(n, m)", "proved"),
    (r"5!\,\alpha = 120\alpha", "alpha: scalar", "consistent"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "given", "status"), VERDICTS)
def test_verdicts_of_what_is_meant(statement, given, status):
    verdict = derive.verify(statement, given=given)
    assert verdict.status == status, verdict.message


UNCLEAR = [
    (r"\|W\|_2^2 = \operatorname{tr}(W^\top W)", "W: matrix(m, n)", r"\|W\|_2^2"),
    (r"\overline{x} + 1 = x + 1", "x: vector(n)", r"\overline{x}"),
    (r"v^* A v = v^* A v \alpha", "v: vector(n) complex; A: matrix(n, n) hermitian; alpha: scalar", "v^*"),
    (r"\det(2 p_{i} S) = (2 p_{i})^2 \det(S)", "S: matrix(n, n)", "p_{i}"),
    (r"\operatorname{tr}(\sin(X)) = 1", "X: matrix(n, n)", r"\sin(X)"),
    (r"\log(I + A) = A", "A: matrix(n, n)", r"\log(I + A)"),
    (r"f\left(U B U^{-1}\right) = U f(B) U^{-1}", "U: matrix(n, n) invertible; B: matrix(n, n)", r"f\left("),
    (r"\frac{\partial f(t A)}{\partial t} = A f'(t A)", "A: matrix(n, n); t: scalar", "f"),
    (r"\left|A\right| = 1", "A: matrix(n, m)", "A"),
]


@pytest.mark.parametrize(("statement", "given", "place"), UNCLEAR)
def test_what_declarations_leave_open_is_refused_with_both_readings(statement, given, place):
    with pytest.raises(LanguageError) as caught:
        typed(statement, given)
    finding = caught.value.finding
    span = finding.labels[0].span
    assert statement[span.start : span.end].startswith(place), statement[span.start : span.end]
    assert finding.code == "ambiguous"
    assert len(finding.notes) >= 2
    assert derive.verify(statement, given=given).status == "not-understood"


def test_entry_by_entry_where_the_text_works_so():
    assert derive.verify(r"\exp(A) \odot \exp(-A) = \mathbf{1}_{n \times n}", given="A: matrix(n, n)").ok
    assert derive.verify(r"W\,\tanh(W x) = W \tanh(W x)", given="W: matrix(n, n); x: vector(n)").ok


@pytest.mark.parametrize(
    ("statement", "given", "said"),
    [
        (r"\sigma(z) = \sigma(z)", "z: scalar", "sigma is read as the logistic function"),
        (r"K_{m,n} \operatorname{vec}(A) = \operatorname{vec}(A^\top)", "A: matrix(m, n)", "K_{m,n} is read as the commutation matrix Kmn"),
        (r"e_i^\top A e_j = A_{i,j}", "A: matrix(n, m); i: index(n); j: index(m)", "is read as a unit vector"),
        (r"\bar z = \bar z", "z: scalar complex", "the bar over z, which is complex, is read as conj(z)"),
        (r"t_n = t_n", "t: vector(n)", "t_n is read as an entry of t"),
    ],
)  # fmt: skip
def test_what_was_read_is_said(statement, given, said):
    assert any(said in note for note in typed(statement, given).notes)
    assert any(said in note for note in derive.verify(statement, given=given).notes)


def test_undefined_sigma_is_kept_where_it_is_declared():
    answer = derive.gradient("L(sigma(z))", wrt="z", given="z: vector(n); sigma: elementwise")
    assert str(answer) == "L'(sigma(z)).*sigma'(z)"
    assert str(derive.gradient(r"\sigma(w)", wrt="w", given="w: scalar")) == "sigmoid(w)*(1 - sigmoid(w))"


@pytest.mark.parametrize(
    ("declaration", "kind"),
    [(r"f: \mathbb{R}^n \to \mathbb{R}", "function"), (r"\phi \colon \mathbb R \to \mathbb R", "elementwise")],
)
def test_functions_are_declared_by_their_spaces(declaration, kind):
    (one,) = parse_declarations(declaration)
    assert (one.name, one.kind) == ("phi" if "phi" in declaration else "f", kind)
    with pytest.raises(LanguageError, match="not read"):
        parse_declarations(r"f: \mathbb{R}^n \to \mathbb{R}^m")
