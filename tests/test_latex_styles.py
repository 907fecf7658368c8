r"""Formulas as books, courses and papers write them: what is read is what is meant, what has two readings is refused where it stands.

The readings in `data/latex_styles.json` were each compared with the meaning by eye; `refused` and `place` are the code of the message and the characters
that it points at.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import derive
from derive.finding import LanguageError
from derive.printing import text
from derive.syntax import parse_latex_statement, parse_statement

STYLES = json.loads((Path(__file__).parent / "data" / "latex_styles.json").read_text(encoding="utf-8"))
READ = [s for s in STYLES if "plain" in s]
REFUSED = [s for s in STYLES if "refused" in s]


@pytest.mark.parametrize("snippet", READ, ids=lambda s: s["latex"][:40])
def test_read_as_meant(snippet):
    assert text(parse_latex_statement(snippet["latex"])) == snippet["plain"]


@pytest.mark.parametrize("snippet", [s for s in READ if "norm2_or" not in s["plain"]], ids=lambda s: s["latex"][:40])
def test_the_plain_reading_is_plain_notation(snippet):
    assert text(parse_statement(snippet["plain"])) == snippet["plain"]


@pytest.mark.parametrize("snippet", REFUSED, ids=lambda s: s["latex"][:40])
def test_refused_where_it_stands(snippet):
    with pytest.raises(LanguageError) as caught:
        parse_latex_statement(snippet["latex"])
    finding = caught.value.finding
    span = finding.labels[0].span
    assert (finding.code, snippet["latex"][span.start : span.end]) == (snippet["refused"], snippet["place"])
    if finding.code == "ambiguous":
        assert len(finding.helps) >= 2


MATRICES = "A: matrix(n, n); B: matrix(n, n)"
VECTORS = "x: vector(n); y: vector(n); alpha: scalar"
VERDICTS = [
    (r"a \cdot b = a^\top b", "a: vector(n); b: vector(n)", "proved"),
    (r"\alpha \cdot x \cdot y = \alpha x^\top y", VECTORS, "proved"),
    (r"x \cdot y = 2 x^\top y", VECTORS, "refuted"),
    (r"\mathbf{a} \cdot \mathbf{b} = \mathbf{b}^\top \mathbf{a}", "", "proved"),
    (r"\mathbf{z}_i\cdot\mathbf{z}_j = \mathbf{z}_j\cdot\mathbf{z}_i", "", "proved"),
    (r"\langle A, B \rangle_F = \operatorname{tr}(A^\top B)", "", "proved"),
    (r"\langle A, B \rangle = \operatorname{tr}(A B)", MATRICES, "refuted"),
    (r"\langle x, A y \rangle = \langle A^\top x, y \rangle", "", "proved"),
    (r"\langle x, y \rangle = x y", "x: scalar; y: scalar", "proved"),
    (r"\langle x, y \rangle = x^\top y", "x: vector(n) complex; y: vector(n) complex", "not-understood"),
    (r"\langle A, x \rangle = 1", "A: matrix(n, n); x: vector(n)", "ill-shaped"),
    (r"\partial(XY) = (\partial X)Y + X(\partial Y)", "", "proved"),
    (r"\partial(XY) = (\partial X)Y + (\partial Y)X", "X: matrix(n, n); Y: matrix(n, n)", "refuted"),
    (r"\partial(X^{-1}) = -X^{-1}(\partial X)X^{-1}", "X: matrix(n, n) invertible", "proved"),
    (r"\nabla_{\bm w}\, \tfrac12\norm{\bm X\bm w - \bm y}_2^2 = \bm X^\top(\bm X\bm w - \bm y)", "", "proved"),
    (r"\nabla^2_{xx} (x^\top A x) = A + A^\top", "", "proved"),
    (r"\nabla_x\nabla_x^\top x^\top A x = 2A", MATRICES, "refuted"),
    (r"\frac{\partial}{\partial x} \max\{0, x\} = \mathbb{I}\{x > 0\}", "x: scalar", "consistent"),
    (r"\nabla_x (1-x)_+ = \mathbf{1}[x < 1]", "x: scalar", "refuted"),
    (r"{\rm tr}(A B) = {\rm tr}(B A)", MATRICES, "proved"),
    (r"A / B = A B^{-1}", MATRICES, "ill-shaped"),
    (r"\frac{1}{A} = A^{-1}", MATRICES, "ill-shaped"),
    (r"\frac{X^\top y}{X^\top X} = \alpha", "X: matrix(n, d); y: vector(n)", "ill-shaped"),
    (r"\exp(A) = e^A", MATRICES, "not-understood"),
    (r"\exp(A) = I + A", MATRICES, "not-understood"),
    (r"\exp(A)\exp(B) = \exp(A + B)", MATRICES, "not-understood"),
    (r"\exp(A) \odot \exp(B) = \exp(A + B)", MATRICES, "proved"),
    (
        r"\mathcal{N}(x|\mu, \Sigma) = (2\pi)^{-n/2} |\Sigma|^{-1/2} \exp\left\{-\tfrac12 (x-\mu)^T\Sigma^{-1}(x-\mu)\right\}",
        "x: vector(n); mu: vector(n); Sigma: matrix(n, n) pd",
        "proved",
    ),
]


@pytest.mark.parametrize(("statement", "given", "status"), VERDICTS, ids=[v[0][:40] for v in VERDICTS])
def test_verdicts_of_what_is_meant(statement, given, status):
    verdict = derive.verify(statement, given=given)
    assert verdict.status == status, verdict.message


def test_declared_letters_are_read_as_declared():
    def read(tex, *names):
        return text(parse_latex_statement(tex, names=frozenset(names)))

    assert read(r"x^t A x", "x", "A", "t") == "x^t*A*x"
    assert read(r"D_x f", "D_x", "f") == "D_x*f"
    assert read(r"x^{k+1} = x x^k", "x", "k") == "x^(k + 1) == x*x^k"
    assert read(r"x_+ + x", "x", "x_plus") == "x_plus + x"
    assert read(r"\frac{\delta f}{\delta x}", "delta", "f", "x") == "delta*f/(delta*x)"
    assert read(r"f_x + f x", "f", "x", "f_x") == "f_x + f*x"
    assert read(r"h_+ = \tanh(h)") == "h_plus == tanh(h)"
    assert read(r"w_{+} = w - \eta g") == "w_plus == w - eta*g"


def test_the_readme_promise():
    assert str(derive.gradient(r"\tfrac12\|Xw-y\|_2^2", wrt="w")) == "X'*(X*w - y)"
    assert str(derive.gradient(r"\log\sum_i\exp(a_i^\top w)", wrt="w")) == "a'*softmax(a*w)"
    assert str(derive.gradient(r"\mathbf{a}\cdot\mathbf{w}", wrt="w")) == "a"
    assert str(derive.gradient(r"\langle A, X \rangle", wrt="X")) == "A"
