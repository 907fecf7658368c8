r"""Differentials in documents: `df = …` is judged, never taken as a definition; what moves; notations of it; and what stays a name."""

from __future__ import annotations

import pytest

import derive

ACCEPTED = {"proved", "consistent"}


def statuses(text: str) -> list[str]:
    return [claim.status for claim in derive.check_text(text).claims]


F = "Let $f(X) = \\operatorname{tr}(X^T A X B)$.\n\n"


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (r"$df = \operatorname{tr}(dX^T A X B) + \operatorname{tr}(X^T A\, dX\, B)$", True),
        (r"$df = \operatorname{tr}(dX^T A X B) - \operatorname{tr}(X^T A\, dX\, B)$", False),
        (r"$$\mathrm{d}f = \operatorname{tr}((A X B + A^T X B^T)^T \mathrm{d}X)$$", True),
        (r"$$\mathrm{d}f = \operatorname{tr}((A X B + A X B^T)^T \mathrm{d}X)$$", False),
        (r"$$df = (A X B + A^T X B^T) : dX$$", True),
        (r"$$df = \langle A X B + A^T X B, dX\rangle$$", False),
        (r"$$\delta f = \operatorname{tr}(\delta X^T A X B + X^T A \delta X B)$$", True),
        (r"$$\delta f = \operatorname{tr}(\delta X^T A X B + X^T A^T \delta X B)$$", False),
    ],
)
def test_a_differential_of_a_defined_function_is_judged(line: str, right: bool) -> None:
    found = statuses(F + line)
    assert len(found) == 1
    assert (found[0] in ACCEPTED) == right
    assert right or found[0] == "refuted"


def test_what_is_not_mentioned_is_held_fixed_and_what_is_moves() -> None:
    assert statuses("$$F = AXB$$\n\n$$dF = A\\,dX\\,B$$")[-1] == "proved"
    assert statuses("$$F = AXB$$\n\n$$dF = dA\\,XB + A\\,dX\\,B + AX\\,dB$$")[-1] == "proved"
    assert statuses("$$F = AXB$$\n\n$$dF = dA\\,XB + A\\,dX\\,B$$")[-1] == "proved"
    assert statuses("$$F = AXB$$\n\n$$dF = dA\\,XB$$\n\n$$= dA\\,XB + A\\,dX\\,B$$")[-2:] == ["refuted", "proved"]


def test_a_chain_through_definitions() -> None:
    text = (
        "Let $z = Wx + b$, $a = \\tanh(z)$, $L = \\frac12 \\|a - y\\|^2$ with $W \\in \\mathbb{R}^{m\\times n}$.\n\n"
        "\\begin{align}\ndL &= (a-y)^\\top da \\\\\n&= (a-y)^\\top ((1-a\\odot a)\\odot dz) \\\\\n"
        "&= ((a-y)\\odot(1-a\\odot a))^\\top dW\\, x\n\\end{align}\n"
    )
    assert statuses(text) == ["proved"] * 3
    assert statuses(text.replace("1-a\\odot a)\\odot dz", "1+a\\odot a)\\odot dz"))[1] == "refuted"


def test_the_differential_of_an_expression_along_what_the_next_lines_mention() -> None:
    text = (
        "Let $g(X)=\\log\\det(X^TX)$.\n\n\\begin{align}\ndg &= \\operatorname{tr}((X^TX)^{-1} d(X^TX)) \\\\\n"
        "&= \\operatorname{tr}((X^TX)^{-1} (dX^T X + X^T dX))\\\\\n&= 2\\operatorname{tr}((X^TX)^{-1}X^T dX)\n\\end{align}\n"
    )
    assert statuses(text) == ["proved"] * 3
    wrong = derive.check_text(text.replace("2\\operatorname", "\\operatorname"))
    assert [c.status for c in wrong.claims] == ["proved", "proved", "refuted"]
    assert wrong.claims[-1].hints[0].code == "lost-factor-2"


def test_second_differentials() -> None:
    f = "Let $f(x) = x^\\top A x + e^{b^\\top x}$.\n\n"
    right = "$$ d^2 f = dx^\\top (A + A^\\top)\\, dx + e^{b^\\top x} (b^\\top dx)^2 $$"
    assert statuses(f + right) == ["proved"]
    assert statuses(f + right.replace("d^2 f", "\\mathrm{d}^2 f")) == ["proved"]
    assert statuses(f + right.replace("(b^\\top dx)^2", "(b^\\top dx)")) == ["refuted"]


def test_of_a_norm_without_brackets() -> None:
    assert statuses(r"$$ d\|x\| = \frac{x^\top dx}{\|x\|} $$") == ["proved"]


@pytest.mark.parametrize("format", ["plain", "markdown"])
def test_in_plain_notation(format: str) -> None:
    text = "f = tr(X'*A*X)\ndf = tr(X'*(A + A')*dX)\ndf = tr(X'*A*dX)\n"
    if format == "markdown":
        text = f"```derive\n{text}```\n"
    found = [claim.status for claim in derive.check_text(text, format).claims]
    assert found == ["proved", "refuted"]


def test_gradients_written_dz_stay_names() -> None:
    """In notes on backpropagation dz is ∂L/∂z: no differential of z, since the other side speaks of none, or of what depends on z."""
    text = (
        "$z = W x + b$, $a = \\sigma(z)$, $L = -y\\log a - (1-y)\\log(1-a)$.\n\n$$dz = a - y$$\n\n$$dW = dz\\, x^T$$\n"
    )
    assert "refuted" not in statuses(text)


def test_delta_stays_a_number_where_it_is_one() -> None:
    text = (
        "For $\\delta > 0$ and $f(x) = x^\\top x$:\n\n"
        "$$ f(x + \\delta v) = x^\\top x + 2\\delta x^\\top v + \\delta^2 v^\\top v $$\n"
    )
    assert statuses(text) == ["proved"]
    assert statuses(text.replace("2\\delta x", "\\delta x")) == ["refuted"]


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        (r"$$ AB : C = B : A^T C = A : C B^T $$", ["proved", "proved"]),
        (r"$$ AB : C = B : A^T C = A : B C^T $$", ["proved", "refuted"]),
        (r"$$ A : B + C : D = \operatorname{tr}(A^T B) + \operatorname{tr}(D C^T) $$", ["proved"]),
    ],
)
def test_the_frobenius_product_with_a_colon(statement: str, status: list[str]) -> None:
    assert statuses(statement) == status


RIDGE = r"""
We minimise $F(W) = \|XW - Y\|_F^2 + \lambda \|W\|_F^2$. Writing $R = XW - Y$, $F = R : R + \lambda W : W$. Then

$$
\begin{aligned}
dF &= 2R : dR + 2\lambda W : dW \\
   &= 2R : X dW + 2 \lambda W : dW \\
   &= (2X^T R + 2\lambda W) : dW
\end{aligned}
$$

so the gradient is $\frac{\partial F}{\partial W} = 2X^T(XW - Y) + 2\lambda W$. Setting it to zero yields

$$ (X^TX + \lambda I) W = X^T Y. $$
"""
SOFTMAX = r"""
Let $p = \mathrm{softmax}(z)$ and $L = -\sum_i y_i \log p_i$ with $\sum_i y_i = 1$.

We have $dp = (\mathrm{diag}(p) - p p^\top)\,dz$ and $dL = -\sum_i \frac{y_i}{p_i} dp_i$. Thus

$$ dL = -y^\top (I - \mathbf{1} p^\top) dz = (p - y)^\top dz. $$
"""
COVARIANCE = r"""
Let $\Sigma \in \mathbb{R}^{d\times d}$ be symmetric positive definite,
$\ell(\Sigma) = -\frac{n}{2}\log|\Sigma| - \frac{n}{2}\operatorname{tr}(\Sigma^{-1}S)$.

\begin{align}
d\ell &= -\frac n2 \operatorname{tr}(\Sigma^{-1} d\Sigma) - \frac n2 \operatorname{tr}(d(\Sigma^{-1}) S) \\
&= -\frac n2 \operatorname{tr}(\Sigma^{-1} d\Sigma) + \frac n2 \operatorname{tr}(\Sigma^{-1} d\Sigma\, \Sigma^{-1} S)\\
&= \frac n2 \operatorname{tr}\left( (\Sigma^{-1} S \Sigma^{-1} - \Sigma^{-1}) d\Sigma \right)
\end{align}
"""


@pytest.mark.parametrize(
    ("text", "steps", "slip", "at"),
    [
        (RIDGE, 6, ("2R : X dW", "2R : dW X"), 2),
        (RIDGE, 6, ("(2X^T R", "(X^T R"), 3),
        (RIDGE, 6, ("\\lambda I) W", "2\\lambda I) W"), 5),
        (SOFTMAX, 4, ("(p - y)^\\top", "(y - p)^\\top"), 3),
        (SOFTMAX, 4, ("- p p^\\top", "+ p p^\\top"), 0),
        (COVARIANCE, 3, ("+ \\frac n2", "- \\frac n2"), 1),
        (COVARIANCE, 3, ("S \\Sigma^{-1} - \\Sigma^{-1}", "S \\Sigma^{-1} - \\Sigma"), 2),
    ],
)
def test_derivations_by_differentials_as_students_write_them(
    text: str, steps: int, slip: tuple[str, str], at: int
) -> None:
    right = statuses(text)
    assert len(right) == steps
    assert set(right) <= ACCEPTED
    assert slip[0] in text
    wrong = statuses(text.replace(*slip, 1))
    assert set(wrong[:at]) <= ACCEPTED
    assert wrong[at] in ("refuted", "ill-shaped")
