"""What documents tell: names declared and then defined, conditions and what follows from them, solutions with a hat, assumptions; each with a wrong twin."""

from __future__ import annotations

import pytest

import derive
from derive.judge.report_data import BACK, Document

ACCEPTED = ("proved", "consistent")


def told(text: str) -> Document:
    return derive.check_text(text, "markdown").documents[0]


def outcomes(text: str) -> list[str]:
    return ["right" if c.status in ACCEPTED else c.status for c in told(text).claims]


def pair(text: str, right: str, wrong: str) -> tuple[list[str], list[str]]:
    """The outcomes of a text with a right and with a wrong formula in its gap."""
    return outcomes(text.replace("GAP", right)), outcomes(text.replace("GAP", wrong))


# Declared first, defined in a display.

OUTPUT = r"Let $x\in\mathbb{R}^d$, $W\in\mathbb{R}^{m\times d}$, $t\in\mathbb{R}^m$. "
SQUARE = r"Let $A, B, C\in\mathbb{R}^{n\times n}$ and $x, y\in\mathbb{R}^n$. "


@pytest.mark.parametrize(
    "introduction",
    [
        r"The output $o\in\mathbb{R}^m$ is",
        r"The output $o\in\mathbb{R}^m$ is given by",
        r"Let $o\in\mathbb{R}^m$ with",
        r"We consider a network with output $o\in\mathbb{R}^m$:",
        r"The variable $o\in\mathbb{R}^m$ is the output. The forward pass is",
    ],
)
def test_a_display_defines_what_was_only_declared(introduction: str) -> None:
    text = OUTPUT + introduction + r" $$o = W x .$$ With $L=\frac12\|o-t\|^2$ $$\frac{\partial L}{\partial W}=GAP$$"
    assert pair(text, r"(o-t)x^\top", r"(t-o)x^\top") == (["right"], ["refuted"])
    assert any("defined: o = W x" in note for note in told(text).defined)


def test_a_block_defines_declared_layers() -> None:
    text = (
        OUTPUT + r"We consider the network with hidden layer $h\in\mathbb{R}^m$: "
        r"$$\begin{aligned} z &= W x \\ h &= \sigma(z) \\ L &= \tfrac12\|h-t\|^2 \end{aligned}$$"
        r" with an elementwise activation $\sigma$. Then $$\frac{\partial L}{\partial z}=GAP$$"
    )
    assert pair(text, r"(h-t)\odot\sigma'(z)", r"h\odot\sigma'(z)") == (["right"], ["refuted"])


def test_a_name_that_a_loss_is_made_of_is_defined_by_the_sentence_that_introduces_it() -> None:
    text = (
        OUTPUT + r"The loss is $L=\frac12\|o-t\|^2$, where the output $o\in\mathbb{R}^m$ is given by $$o = W x .$$"
        r"So $$\frac{\partial L}{\partial W} = GAP$$"
    )
    assert pair(text, r"(o-t)x^\top", r"o x^\top") == (["right"], ["refuted"])


@pytest.mark.parametrize(
    "claim",
    [
        r"Show that $$C = A B$$",
        r"Then $$C = A B$$",
        r"The vector $A y$ is long. We look at $$y = A x$$",
        r"Now $$\nabla_y (y^\top x) = x$$ and $$y = A x$$",
        r"For $f(y) = y^\top x$ we look at $$y = A x$$",
    ],
)
def test_an_equation_for_a_variable_that_was_used_is_a_claim(claim: str) -> None:
    assert outcomes(SQUARE + claim)[-1] == "refuted"


@pytest.mark.parametrize("body", [r"W^\top x", r"x + x"])
def test_a_definition_of_another_shape_than_declared(body: str) -> None:
    assert outcomes(OUTPUT + rf"The output $o\in\mathbb{{R}}^m$ is $${body}$$".replace("$$", "$$o = ", 1)) == [
        "ill-shaped"
    ]


# If …, then ….


@pytest.mark.parametrize(
    ("sentence", "right", "wrong"),
    [
        (r"If $Ax=\lambda x$, then $x^\top Ax=GAP$.", r"\lambda x^\top x", r"2\lambda x^\top x"),
        (r"If $Ax=\lambda x$, $x^\top Ax=GAP$.", r"\lambda x^\top x", r"2\lambda x^\top x"),
        (r"If $A^2=I$ and $Ax=y$, then $x=GAP$.", r"Ay", r"-Ay"),
        (r"If $A=A^\top$ and $B=B^\top$, then $(AB)^\top=GAP$.", r"BA", r"AB"),
    ],
)
def test_what_follows_from_a_condition(sentence: str, right: str, wrong: str) -> None:
    assert pair(SQUARE + sentence, right, wrong) == (["right"], ["refuted"])


def test_a_known_function_in_a_consequence_is_not_defined_again() -> None:
    text = (
        r"Let $A\in\mathbb{R}^{n\times n}$ be symmetric, $x\in\mathbb{R}^n\setminus\{0\}$ and $R(x)=\frac{x^\top Ax}{x^\top x}$. "
        r"If $Ax=\lambda x$, then $R(x)=GAP$."
    )
    assert pair(text, r"\lambda", r"2\lambda") == (["right"], ["refuted"])
    assert len(told(text.replace("GAP", r"\lambda")).defined) == 1


def test_a_condition_in_two_parts_reaches_no_further_than_its_sentence() -> None:
    text = SQUARE + r"If $A=A^\top$ and $B=B^\top$, then $(AB)^\top=BA$." + "\n\nWithout this $$(AB)^\\top=BA$$"
    assert outcomes(text) == ["right", "refuted"]


# Solutions.

FIT = r"Let $X\in\mathbb{R}^{n\times d}$, $y\in\mathbb{R}^n$, $w\in\mathbb{R}^d$, $\lambda>0$ and $J(w)=\|Xw-y\|_2^2+\lambda\|w\|_2^2$. "
SLOPE = r"$$\nabla_w J(w)=2X^\top(Xw-y)+2\lambda w$$ "


@pytest.mark.parametrize("mark", [r"\hat w", r"w^*", r"w_{\text{ridge}}"])
def test_the_marked_unknown_inside_an_equation_is_the_unknown(mark: str) -> None:
    text = FIT + SLOPE + rf"Setting it to zero gives $$(X^\top X+GAP){mark}=X^\top y.$$"
    assert pair(text, r"\lambda I", r"2\lambda I") == (["right", "right"], ["right", "refuted"])


def test_an_implication_to_the_marked_unknown() -> None:
    text = FIT + r"$$\nabla J(w)=2X^\top(Xw-y)+2\lambda w=0\quad\Rightarrow\quad\hat w=GAP$$"
    assert pair(text, r"(X^\top X+\lambda I)^{-1}X^\top y", r"(X^\top X+2\lambda I)^{-1}X^\top y") == (
        ["right", "right"],
        ["right", "refuted"],
    )


@pytest.mark.parametrize("left", [r"\hat w", "w"])
def test_what_a_minimiser_is(left: str) -> None:
    text = FIT + rf"$${left} = \arg\min_w J(w) = GAP$$"
    assert pair(text, r"(X^\top X+\lambda I)^{-1}X^\top y", r"2(X^\top X+\lambda I)^{-1}X^\top y") == (
        ["right"],
        ["refuted"],
    )


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (
            r"Let $x_1,\dots,x_n\in\mathbb{R}^d$ and $m\in\mathbb{R}^d$. Setting $$\sum_{i=1}^n(x_i-m)=0$$ gives $$\hat m=GAP$$",
            r"\frac1n\sum_{i=1}^nx_i",
            r"\frac{1}{n-1}\sum_{i=1}^nx_i",
        ),
        (
            r"Let $S=\sum_{i=1}^nx_ix_i^\top$ with $x_i\in\mathbb{R}^d$ and $\Sigma\in\mathbb{R}^{d\times d}$ be symmetric positive definite. "
            r"Setting $$-\frac n2\Sigma^{-1}+\frac12\Sigma^{-1}S\Sigma^{-1}=0$$ gives $$\hat\Sigma=GAP$$",
            r"\frac1nS",
            r"\frac2nS",
        ),
        (
            r"Let $x_1,\dots,x_n,\mu\in\mathbb{R}^d$. Setting the gradient $-2\sum_{i=1}^n(x_i-\mu)$ to zero gives "
            r"$$\hat\mu=GAP$$",
            r"\frac1n\sum_{i=1}^nx_i",
            r"\frac{1}{n-1}\sum_{i=1}^nx_i",
        ),
    ],
)
def test_the_hat_of_what_an_equation_was_solved_for(text: str, right: str, wrong: str) -> None:
    assert pair(text, right, wrong) == (["right"], ["refuted"])


def test_another_hat_is_a_new_name() -> None:
    text = (
        FIT + SLOPE + r"Setting it to zero gives $$w=(X^\top X+\lambda I)^{-1}X^\top y$$ and the fit is $$\hat y = Xw$$"
    )
    assert outcomes(text) == ["right", "right"]


# Assumed equations.

NEWTON = r"Let $Q\in\mathbb{R}^{n\times n}$ be symmetric positive definite, $b,x\in\mathbb{R}^n$ and $f(x)=\tfrac12x^\top Qx-b^\top x$. "


@pytest.mark.parametrize(
    "sentence",
    [
        r"The Newton direction $p\in\mathbb{R}^n$ solves $\nabla^2f(x)p=-\nabla f(x)$.",
        r"The Newton direction $p$ is the solution of $\nabla^2f(x)p=-\nabla f(x)$.",
        r"Die Richtung $p\in\mathbb{R}^n$ löst $\nabla^2f(x)p=-\nabla f(x)$.",
        r"The Newton direction $p\in\mathbb{R}^n$ fulfils $$\nabla^2f(x)p=-\nabla f(x).$$",
        r"The step $p\in\mathbb{R}^n$ satisfies the linear system $$Qp=b-Qx.$$",
    ],
)
def test_what_a_variable_solves_is_assumed(sentence: str) -> None:
    text = NEWTON + sentence + r" Hence $$p = GAP$$"
    assert pair(text, r"Q^{-1}b-x", r"Q^{-1}b-2x") == (["right"], ["refuted"])
    assert any("assumed" in note for note in told(text).assumed)


@pytest.mark.parametrize(
    "sentence",
    [
        r"The gradient satisfies $\nabla f(x)=2Qx-b$.",
        r"The matrix $P=Q^{-1}$ satisfies $$PQP=2P$$",
        r"Hence $x$ satisfies $$Qx = b$$",
    ],
)
def test_what_is_known_satisfies_no_assumption(sentence: str) -> None:
    assert outcomes(NEWTON + sentence) == ["refuted"]


# Derivatives by a part that is named later.


def test_a_derivative_by_a_part_that_is_named_afterwards() -> None:
    text = (
        OUTPUT + r"Let $L=\frac12\|Wx-t\|^2$ and $\delta=\frac{\partial L}{\partial z}$ with $z=Wx$. "
        r"Then $$\delta = GAP$$ $$\frac{\partial L}{\partial W}=\delta x^\top$$"
    )
    assert pair(text, "z-t", "t-z") == (["right", "right"], ["refuted", "right"])


def test_a_part_that_is_not_in_the_formula_is_not_guessed() -> None:
    text = (
        OUTPUT
        + r"Let $L=\frac12\|t-Wx\|^2$ and $\delta=\frac{\partial L}{\partial z}$ with $z=Wx-t$. Then $$\delta=z$$"
    )
    assert outcomes(text) == ["not-understood"]


# A density by its negative logarithm.


def test_a_negative_log_likelihood_defines_its_density() -> None:
    text = (
        r"Suppose $y_i=w^\top x_i+\varepsilon_i$ with independent $\varepsilon_i\sim\mathcal{N}(0,\sigma^2)$, "
        r"$x_i,w\in\mathbb{R}^d$, $i=1,\dots,n$. Then $$-\log p(y\mid X,w)=\frac n2\log(2\pi\sigma^2)"
        r"+\frac{1}{2\sigma^2}\sum_{i=1}^n(y_i-w^\top x_i)^2$$ so its gradient is "
        r"$$\nabla_w(-\log p(y\mid X,w))=GAP\frac{1}{\sigma^2}\sum_{i=1}^n(y_i-w^\top x_i)x_i.$$"
    )
    assert pair(text, "-", "") == (["right"], ["refuted"])


# Names that equations, counts and differentials bring in.


def test_a_multiplier_that_only_an_equation_explains() -> None:
    text = (
        r"Let $C\in\mathbb{R}^{d\times d}$ be symmetric; maximise $v^\top Cv$ subject to $v^\top v=1$, with Lagrangian "
        r"$\mathcal{L}(v,\lambda)=v^\top Cv-\lambda(v^\top v-1)$. $$2Cv-2\lambda v=0\quad\Longrightarrow\quad Cv=\lambda v.$$ "
        r"$$v^\top Cv=\lambda v^\top v=GAP .$$"
    )
    assert pair(text, r"\lambda", r"2\lambda") == (["right", "right", "right"], ["right", "right", "refuted"])


def test_a_gradient_that_vanishes_at_the_solution_alone_is_not_excused() -> None:
    text = (
        FIT
        + SLOPE
        + r"Setting it to zero gives $$w=(X^\top X+\lambda I)^{-1}X^\top y.$$ Again $$\nabla_w J(w)=X^\top(Xw-y)+\lambda w$$"
    )
    assert outcomes(text) == ["right", "right", "refuted"]


def test_a_count_with_a_subscript_is_a_name() -> None:
    text = (
        r"Let $x_1,\dots,x_N\in\mathbb{R}^d$, $\gamma_1,\dots,\gamma_N>0$ and $N_k=\sum_{n=1}^N\gamma_n$. "
        r"Then for $\mu\in\mathbb{R}^d$ $$\sum_{n=1}^N\gamma_n(x_n-\mu)=\sum_{n=1}^N\gamma_nx_n-GAP\mu$$"
    )
    assert pair(text, "N_k", "2N_k") == (["right"], ["refuted"])


def test_a_negation_ends_before_the_next_statement() -> None:
    text = r"Let $w\in\mathbb{R}^d$ with no zero entry, and $F(w)=\lambda\|w\|_1$. $$\nabla F(w)=GAP\operatorname{sign}(w)$$"
    assert pair(text, r"\lambda", r"2\lambda") == (["right"], ["refuted"])


def test_the_differential_of_a_part_that_is_named_after_the_function() -> None:
    text = (
        r"Let $X\in\mathbb{R}^{d\times n}$, $W\in\mathbb{R}^{k\times d}$ and $f(W)=\frac12\|W^\top WX-X\|_F^2$. "
        r"Put $E=W^\top WX-X$. Then $$df=GAP\operatorname{tr}(E^\top dE)$$"
    )
    assert pair(text, "", "2") == (["right"], ["refuted"])


def test_an_assumption_in_a_display() -> None:
    text = r"Let $A\in\mathbb{R}^{n\times n}$, $x,y\in\mathbb{R}^n$. Consider the linear system $$Ax=y.$$ If $A$ is invertible, then $x=GAP$."
    assert pair(text, r"A^{-1}y", r"A^{-1}y+y") == (["right"], ["refuted"])


def test_what_is_said_of_a_solution_holds_for_it_later() -> None:
    text = (
        FIT
        + SLOPE
        + r"Setting it to zero gives $$(X^\top X+\lambda I)\hat w=X^\top y.$$ The fit is $$\hat y = X\hat w$$ and $$X^\top(y-\hat y)=GAP\hat w$$"
    )
    assert pair(text, r"\lambda", r"2\lambda") == (["right", "right", "right"], ["right", "right", "refuted"])


# After an error.


def test_what_follows_from_the_derivative_itself_is_back_on_track() -> None:
    text = FIT + r"$$\nabla_w J(w)=2X^\top(Xw-y)-2\lambda w$$ Setting it to zero gives $$w=GAP X^\top y.$$"
    right, wrong = (told(text.replace("GAP", g)).claims for g in (r"(X^\top X+\lambda I)^{-1}", r"(X^\top X)^{-1}"))
    assert [c.after_error for c in right] == [None, BACK]
    assert [c.status in ACCEPTED for c in right] == [False, True]
    assert [c.status for c in wrong] == ["refuted", "refuted"]


def test_a_misshapen_derivative_is_reported_once() -> None:
    text = (
        r"Let $P\in\mathbb{R}^{n\times n}$, $R\in\mathbb{R}^{m\times m}$ be symmetric positive definite, $H\in\mathbb{R}^{m\times n}$, and for "
        r"$K\in\mathbb{R}^{n\times m}$ put $$J(K)=\operatorname{tr}\left((I-KH)P(I-KH)^T+KRK^T\right).$$ Then "
        r"$$\frac{\partial J}{\partial K}=-2(I-KH)PH+2KR.$$ Setting the derivative to zero: $$K(HPH^T+R)=GAP$$"
    )
    assert pair(text, "PH^T", "2PH^T") == (["ill-shaped", "right"], ["ill-shaped", "refuted"])
