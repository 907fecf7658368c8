r"""What prose claims without a display is judged: `Expanding, $J(w) = …$`, `the gradient is $…$`, `note that $… = …$`; what it assumes is said."""

from __future__ import annotations

import pytest

import derive
from derive.judge.report_data import Document

REGRESSION = r"""
We have data $X \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^n$. The loss is $J(w) = \|Xw-y\|^2$.

Expanding, $J(w) = w^\top X^\top X w - 2 y^\top X w + y^\top y$.

The gradient is $2X^\top X w - 2X^\top y$, and the Hessian is $2 X^\top X$.

Note that $\|Xw - y\|^2 = (Xw-y)^\top(Xw-y)$. With $H = X(X^\top X)^{-1}X^\top$ satisfying $H^2 = H$ and $H^\top = H$.
"""
BACKPROP = r"""
Consider $h = \mathrm{ReLU}(W_1 x + b_1)$, $\hat y = W_2 h + b_2$ and $\mathcal{L} = \frac12\|\hat y - y\|^2$. Let $\delta = \hat y - y$.

With $z = W_1 x + b_1$: $\frac{\partial \mathcal L}{\partial z} = W_2^\top \delta \odot \mathbb{1}[z > 0]$ and
$\frac{\partial \mathcal L}{\partial W_1} = \frac{\partial \mathcal L}{\partial z} x^\top$.
"""
LOGISTIC = r"""
Let $f(x)=\log(1+\exp(-y\, w^\top x))$ and $z = y\,w^\top x$. Then $\frac{df}{dz} = -\frac{1}{1+e^{z}}$ and $\frac{dz}{dw} = y x$, so
$$\nabla_w f = -\frac{y x}{1+\exp(y\,w^\top x)}.$$
"""


def document(text: str) -> Document:
    return derive.check_text(text).documents[0]


def statuses(text: str) -> list[str]:
    return [claim.status for claim in document(text).claims]


@pytest.mark.parametrize(
    ("text", "steps", "slip", "at"),
    [
        (REGRESSION, 6, ("- 2 y^\\top X w +", "- y^\\top X w +"), 0),
        (REGRESSION, 6, ("- 2X^\\top y$", "+ 2X^\\top y$"), 1),
        (REGRESSION, 6, ("Hessian is $2 X^\\top X", "Hessian is $X^\\top X"), 2),
        (BACKPROP, 2, ("W_2^\\top \\delta \\odot", "W_2^\\top \\hat y \\odot"), 0),
        (BACKPROP, 2, ("\\mathbb{1}[z > 0]", "\\mathbb{1}[z < 0]"), 0),
        (LOGISTIC, 3, ("= -\\frac{1}{1+e^{z}}", "= \\frac{1}{1+e^{z}}"), 0),
        (LOGISTIC, 3, ("-\\frac{y x}{1+\\exp(y", "-\\frac{y x}{1+\\exp(-y"), 2),
    ],
)
def test_what_prose_claims_is_judged(text: str, steps: int, slip: tuple[str, str], at: int) -> None:
    right = statuses(text)
    assert len(right) == steps
    assert set(right) <= {"proved", "consistent"}
    assert slip[0] in text
    assert statuses(text.replace(*slip))[at] in ("refuted", "ill-shaped")


def test_an_equation_that_does_not_hold_by_itself_is_an_assumption_and_said() -> None:
    found = document("Let $p = \\mathrm{softmax}(z)$, with $\\sum_i y_i = 1$ and $L = -\\sum_i y_i \\log p_i$.")
    assert not found.claims
    assert "line 1: assumed: \\sum_i y_i = 1" in found.notes
    assert "line 1: defined: p = \\mathrm{softmax}(z)" in found.notes


def test_a_second_definition_that_says_the_same_is_a_step_and_another_one_is_said() -> None:
    text = "Let $F(W) = \\|XW - Y\\|_F^2$. Writing $R = XW - Y$, $F = R : R$."
    assert statuses(text) == ["proved"]
    other = document(text.replace("R : R", "R : R + W : W"))
    assert not other.claims
    assert "line 1: defined again: F" in other.notes


def test_another_exercise_may_use_the_name_again() -> None:
    text = (
        "1. Let $f(x) = x^\\top A x$. Then $\\nabla f = (A + A^\\top) x$.\n\n"
        "2. Let $f(x) = b^\\top x$. Then $\\nabla f = b$.\n"
    )
    assert statuses(text) == ["proved", "proved"]


@pytest.mark.parametrize(
    "text",
    [
        "Let $f(x) = x^\\top x$. The gradient is not $x$.",
        "Let $f(x) = x^\\top x$. Check whether the gradient is $x$.",
        "Let $f(x) = x^\\top x$. The gradient is zero at $x = 0$.",
    ],
)
def test_what_is_not_claimed_is_not_judged(text: str) -> None:
    assert "refuted" not in statuses(text)


NORMAL = r"""
For the normal distribution $\log p(x \mid \mu, \Sigma) = -\frac12 (x-\mu)^T\Sigma^{-1}(x-\mu) - \frac12\log|\Sigma| - \frac{d}{2}\log 2\pi$
with $\Sigma$ symmetric positive definite.

$$ \frac{\partial \log p}{\partial \mu} = \Sigma^{-1}(x-\mu) $$
$$ \nabla_\mu \log p(x | \mu, \Sigma) = \Sigma^{-1}(x-\mu) $$
"""


def test_a_density_by_its_logarithm() -> None:
    found = document(NORMAL).claims
    assert [c.status for c in found] == ["proved", "proved"]
    assert "exp" not in found[0].reading
    wrong = NORMAL.replace("\\partial \\mu} = \\Sigma", "\\partial \\mu} = -\\Sigma")
    assert statuses(wrong) == ["refuted", "proved"]


@pytest.mark.parametrize("break_", [" = ", " \\\\ &= "])
def test_what_goes_on_behind_a_density_is_a_chain(break_: str) -> None:
    text = f"\\begin{{align}}\n\\log p(x) &= -\\frac12 \\|x - m\\|^2{break_}-\\frac12 x^\\top x + m^\\top x - \\frac12 m^\\top m\n\\end{{align}}\n"
    text += "$$ \\nabla_x \\log p(x) = m - x $$\n"
    assert statuses(text) == ["proved", "proved"]
    assert statuses(text.replace("+ m^", "+ 2m^")) == ["refuted", "proved"]


def test_a_property_right_behind_a_list_is_said_of_all_of_it() -> None:
    text = "$P = (I-KH)Q(I-KH)^\\top + KRK^\\top$ with $Q$, $R$ symmetric.\n\n$$\\frac{\\partial \\operatorname{tr} P}{\\partial K} = -2 (I - KH)Q H^\\top + 2 K R$$\n"
    assert statuses(text) == ["proved"]
    assert statuses(text.replace("$Q$, $R$ symmetric", "$R$ symmetric")) == ["refuted"]


def test_conditions_that_differ_are_not_left_out() -> None:
    """Bayes' rule is about two densities of one name: what stands behind the bar decides which."""
    assert "proved" not in statuses("$$p(y \\mid x) = \\frac{p(x \\mid y) p(y)}{p(x)}$$")
    assert "proved" not in statuses("$$p(y \\mid x) = p(y \\mid z)$$")


def test_a_new_entry_begins_a_chain() -> None:
    text = (
        "$E = \\frac12\\sum_k (t_k - o_k)^2$, $o_k = \\sigma(\\mathrm{net}_k)$.\n\n"
        "$$\\delta_k = -\\frac{\\partial E}{\\partial \\mathrm{net}_k} = (t_k - o_k)o_k(1-o_k)$$\n"
    )
    assert statuses(text) == ["proved"]
    assert statuses(text.replace("(t_k - o_k)o_k(1", "(o_k - t_k)o_k(1")) == ["refuted"]


NET = r"""
$a_1 = W_1 x$, $h = \max(0, a_1)$, $a_2 = W_2 h$, $p = \mathrm{softmax}(a_2)$, $L = -\log p_c$.

$$\frac{\partial L}{\partial a_2} = p - e_c$$
$$\frac{\partial L}{\partial W_2} = (p - e_c) h^T$$
$$\frac{\partial L}{\partial a_1} = W_2^T (p - e_c) \circ 1_{a_1 > 0}$$
"""


def test_the_probability_of_one_class() -> None:
    assert set(statuses(NET)) <= {"proved", "consistent"}
    assert statuses(NET.replace("{\\partial a_2} = p - e_c", "{\\partial a_2} = e_c - p"))[0] == "refuted"
    assert statuses(NET.replace("W_2^T (p - e_c)", "W_2^T (p + e_c)"))[2] == "refuted"
