"""Single steps of documents: layouts, equations, constants, curves, and everything that must not be called wrong."""

from __future__ import annotations

import pytest

import derive
from derive.judge.report_data import BACK, FOLLOWS, ClaimResult

SPACES = r"Let $A \in \mathbb{R}^{n \times n}$, $b, x \in \mathbb{R}^n$. "


def claims(text: str, format: str = "markdown") -> list[ClaimResult]:
    return derive.check_text(text, format).claims


def statuses(text: str, format: str = "markdown") -> list[str]:
    return [c.status for c in claims(text, format)]


def test_first_wrong_line_then_following_then_back() -> None:
    found = claims(
        SPACES
        + r"$$\begin{aligned} \nabla_x x^\top A x &= A x - A^\top x \\ &= (A - A^\top) x \\ &= (A + A^\top) x \end{aligned}$$"
    )
    assert [c.status for c in found] == ["refuted", "proved", "proved"]
    assert [c.after_error for c in found] == [None, FOLLOWS, BACK]
    assert found[0].counterexample is not None
    assert found[0].previous is not None
    assert found[0].own is not None
    assert found[0].own.text == r"A x - A^\top x"
    assert found[0].own.term is not None


def test_a_gradient_as_a_row_is_right_in_the_other_layout() -> None:
    found = claims(SPACES + r"$$\frac{\partial x^T A x}{\partial x} = x^T (A + A^T)$$")
    assert [(c.status, c.code) for c in found] == [("proved", "other-layout")]


@pytest.mark.parametrize(
    ("layout", "right", "status"),
    [
        ("denominator", "A^T", "proved"),
        ("denominator", "A", "ill-shaped"),
        ("numerator", "A", "proved"),
        ("numerator", "A^T", "ill-shaped"),
    ],
)
def test_the_layout_that_the_text_says(layout: str, right: str, status: str) -> None:
    text = rf"Let $A \in \mathbb{{R}}^{{m \times n}}$, $x \in \mathbb{{R}}^n$. $$\frac{{\partial A x}}{{\partial x}} = {right}$$"
    assert statuses(f"---\nlayout: {layout}\n---\n{text}") == [status]


def test_nabla_fixes_its_layout() -> None:
    assert statuses(SPACES + r"$$\nabla_x x^T A x = x^T (A + A^T)$$") == ["ill-shaped"]


@pytest.mark.parametrize(
    ("solution", "status"), [("A^{-1} b", "proved"), ("A b", "refuted"), ("b A^{-1}", "ill-shaped")]
)
def test_setting_a_gradient_to_zero(solution: str, status: str) -> None:
    text = (
        r"Let $A \in \mathbb{R}^{n \times n}$ be symmetric positive definite and $b, x \in \mathbb{R}^n$. "
        r"$$\nabla_x \left(\tfrac12 x^\top A x - b^\top x\right) = A x - b$$ Setting this to zero gives $$A x = b$$ and therefore "
        rf"$$x = {solution}.$$"
    )
    assert statuses(text) == ["proved", "proved", status]


def test_a_chain_that_ends_in_zero_and_implies() -> None:
    text = (
        r"Let $A \in \mathbb{R}^{n \times n}$ be symmetric positive definite and $b, x \in \mathbb{R}^n$. "
        r"$$\nabla_x \left(\tfrac12 x^\top A x - b^\top x\right) = A x - b = 0 \implies x = A^{-1} b$$"
    )
    assert statuses(text) == ["proved", "proved"]


@pytest.mark.parametrize(
    ("right", "status"), [(r"b^T x - \tfrac12 \|b\|^2", "proved"), ("b^T x", "proved"), ("2 b^T x", "refuted")]
)
def test_up_to_a_constant(right: str, status: str) -> None:
    text = SPACES + rf"$$-\tfrac12 \|x - b\|^2 = -\tfrac12 \|x\|^2 + {right} + \text{{const}}$$"
    assert statuses(text) == [status]


@pytest.mark.parametrize(("right", "status"), [("b^T x", "proved"), ("2 b^T x", "refuted")])
def test_up_to_a_factor(right: str, status: str) -> None:
    text = SPACES + rf"$$\exp(-\tfrac12 \|x - b\|^2) \propto \exp(-\tfrac12 \|x\|^2 + {right})$$"
    assert statuses(text) == [status]


def test_an_approximation_is_said_to_be_unchecked() -> None:
    found = claims(r"Let $x \in \mathbb{R}$. $$e^x \approx 1 + x = x + 1$$")
    assert [(c.status, c.code) for c in found] == [("undecided", "not-checked"), ("proved", "proved")]


@pytest.mark.parametrize(
    "formula",
    [
        r"\frac{d}{dt} \log\det A = \operatorname{tr}\left(A^{-1} \frac{dA}{dt}\right)",
        r"\frac{d}{dt} (A^T A) = \dot A^T A + A^T \dot A",
    ],
)
def test_curves(formula: str) -> None:
    text = r"Let $A(t) \in \mathbb{R}^{n \times n}$ be invertible and differentiable. $$" + formula + "$$"
    assert statuses(text) == ["proved"]
    assert statuses(text.replace("= ", "= - ")) == ["refuted"]


def test_what_depends_on_a_variable_is_said_in_prose() -> None:
    text = (
        r"Let $K \in \mathbb{R}^{n \times n}$ symmetric positive definite depend on $\theta \in \mathbb{R}$, $y \in \mathbb{R}^n$. "
        r"$$\frac{\partial}{\partial \theta} y^\top K^{-1} y = -y^\top K^{-1} \frac{\partial K}{\partial \theta} K^{-1} y$$"
    )
    assert statuses(text) == ["proved"]


@pytest.mark.parametrize(
    "text",
    [
        r"$$\frac{\partial s}{\partial w} = \lambda w$$",  # what s is stands nowhere
        r"Let $x \in \mathbb{R}^n$. $$\|x\|^2 = q(x)$$",
        r"Let $X \in \mathbb{R}^{n \times d}$, $W \in \mathbb{R}^{d \times q}$, $b \in \mathbb{R}^{1 \times q}$. $$\operatorname{tr}(XW + b) = 0$$",
        r"$$\text{elu}(x) = \begin{cases} x, & x > 0 \\ \alpha(e^x - 1), & x < 0 \end{cases}$$",
        r"$$\delta^T X^T = (m \times 1) \cdot (1 \times n) = m \times n$$",
        r"$$w \leftarrow w - \eta g$$",
    ],
)
def test_what_is_not_understood_is_not_wrong(text: str) -> None:
    assert not {"refuted", "ill-shaped"} & set(statuses(text))


def test_plain_notation() -> None:
    text = "A: matrix(n, n) symmetric\nx: vector(n)\nf := x'*A*x   # the form\nd(f)/dx\n  == A*x + A'*x\n  == 2*A*x\n2*A*x == x\n"
    found = claims(text, "plain")
    assert [(c.location.row, c.status) for c in found] == [(5, "proved"), (6, "proved"), (7, "refuted")]
    assert statuses(f"```derive\n{text}```\n") == ["proved", "proved", "refuted"]


def test_a_comment_says_what_prose_cannot() -> None:
    formula = r"$$\nabla_x x^\top A x = 2 A x$$"
    assert statuses(SPACES + formula) == ["refuted"]
    assert statuses("<!-- derive: A symmetric -->\n" + SPACES + formula) == ["proved"]
    assert claims("<!-- derive: A symetric -->\n" + SPACES)[0].code == "bad-directive"


def test_the_json_of_a_report() -> None:
    text = SPACES + r"$$\nabla_x x^\top A x = 2 A x$$"
    data = derive.check_text(text).to_dict()
    assert data["version"] == 1
    claim = data["documents"][0]["claims"][0]
    assert claim["location"] == {"row": 1, "column": text.index("2 A x") + 1}
    assert claim["status"] == "refuted"
    assert claim["counterexample"]["sizes"] == {"n": 2}
    assert data["summary"]["refuted"] == 1


@pytest.mark.parametrize(
    ("statement", "given", "status"),
    [
        (
            "2*S*u - 2*lambda*u == 0 ==> S*u == lambda*u",
            "S: matrix(n, n) symmetric; u: vector(n); lambda: scalar",
            "proved",
        ),
        ("X'*X*w == X'*y ==> w == inv(X'*X)*X'*y", "X: matrix(n, d); w: vector(d); y: vector(n)", "consistent"),
        ("A*x == b ==> x == A*b", "A: matrix(n, n) invertible; x: vector(n); b: vector(n)", "refuted"),
        ("A*x == b <=> x == inv(A)*b", "A: matrix(n, n) invertible; x: vector(n); b: vector(n)", "proved"),
        ("x*y == 0 ==> x == 0", "x: scalar; y: scalar", "refuted"),
        ("x*y == 0 ==> x == 0", "x: scalar; y: scalar positive", "proved"),
        ("A*B == B*A ==> A^2*B == B*A^2", "A: matrix(n, n); B: matrix(n, n)", "consistent"),
        ("w*norm2(x) propto w", "x: vector(n); w: vector(n)", "proved"),
        ("w + x propto w", "x: vector(n); w: vector(n)", "refuted"),
    ],
)
def test_verify_reads_implications_and_constants(statement: str, given: str, status: str) -> None:
    verdict = derive.verify(statement, given)
    assert verdict.status == status
    if status == "refuted":
        assert verdict.counterexample is not None
