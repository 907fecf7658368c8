r"""What documents declare: rows and columns of a matrix, spaces with a property, values before brackets, conditions on indices; each with a wrong twin."""

from __future__ import annotations

import pytest

import derive
import derive.syntax


def statuses(text: str) -> list[str]:
    return [c.status for c in derive.check_text(text).claims]


def accepted(text: str) -> bool:
    found = statuses(text)
    return bool(found) and all(status in ("proved", "consistent") for status in found)


GRAM = r"$$\sum_{i=1}^nx_ix_i^\top = X^\top X$$"
HALF = r"$$\sum_{i=1}^nx_ix_i^\top = \tfrac12X^\top X$$"
OUTER = r"$$\sum_{i=1}^nx_ix_i^\top = XX^\top$$"
ROWS = [
    r"Let $X\in\mathbb{R}^{n\times d}$ have the rows $x_i^\top$. Then ",
    r"Let $X\in\mathbb{R}^{n\times d}$ with rows $x_i^\top$. Then ",
    r"Let $X\in\mathbb{R}^{n\times d}$ with rows $x_1^\top,\dots,x_n^\top$. Then ",
    r"Let $X\in\mathbb{R}^{n\times d}$ be the matrix whose rows are $x_i^\top$. Then ",
    r"Let $X\in\mathbb{R}^{n\times d}$, where $x_i^\top$ are the rows of $X$. Then ",
    r"Let $X\in\mathbb{R}^{n\times d}$, and let $x_i^\top$ denote the $i$-th row of $X$. Then ",
    r"Let $X\in\mathbb{R}^{n\times d}$ be the data matrix with samples $x_i\in\mathbb{R}^d$ as rows. Then ",
    r"Let $X\in\mathbb{R}^{n\times d}$ and $y\in\mathbb{R}^n$. The $i$-th row is $x_i^\top$. Then ",
    r"Let $x_i\in\mathbb{R}^d$ be the $i$-th row of $X\in\mathbb{R}^{n\times d}$, written as a column. Then ",
    r"Let $x_1,\dots,x_n\in\mathbb{R}^d$ and let $X\in\mathbb{R}^{n\times d}$ be the matrix with rows $x_1^\top,\dots,x_n^\top$. Then ",
    r"Let $X\in\mathbb{R}^{n\times d}$ be given. Write $x_i^\top$ for the $i$-th row of $X$. Then ",
    r"Let $X\in\mathbb{R}^{n\times d}$ be given. Denote by $x_i^\top$ the $i$th row of $X$. Then ",
    r"Let $X\in\mathbb{R}^{n\times d}$ be a matrix with $n$ rows $x_i^\top$. Then ",
    r"Stack the samples $x_i\in\mathbb{R}^d$, $i=1,\dots,n$, as the rows of $X\in\mathbb{R}^{n\times d}$. Then ",
    r"Sei $X\in\mathbb{R}^{n\times d}$ mit Zeilen $x_i^\top$. Dann gilt ",
    r"Sei $X\in\mathbb{R}^{n\times d}$ die Matrix, deren Zeilen $x_i^\top$ sind. Dann gilt ",
    r"Sei $x_i^\top$ die $i$-te Zeile von $X\in\mathbb{R}^{n\times d}$. Dann gilt ",
    r"$X\in\mathbb{R}^{n\times d}$ 의 $i$번째 행을 $x_i^\top$ 라 하자. 그러면 ",
    r"$x_i^\top$ 를 행으로 갖는 행렬 $X\in\mathbb{R}^{n\times d}$ 에 대하여 ",
    r"$X\in\mathbb{R}^{n\times d}$ 이고 $x_i^\top$ 는 $X$ 의 $i$번째 행이다. 그러면 ",
    r"Let $X=\begin{bmatrix} x_1^\top \\ \vdots \\ x_n^\top \end{bmatrix}\in\mathbb{R}^{n\times d}$. Then ",
    r"Let $$X=\begin{pmatrix}\text{---} & x_1^T & \text{---} \\ & \vdots & \\ \text{---} & x_n^T & \text{---} \end{pmatrix}\in\mathbb{R}^{n\times d}.$$ Then ",
    r"Let $X=[x_1,\dots,x_n]^\top$ with $x_i\in\mathbb{R}^d$. Then ",
]
COLUMNS = [
    r"Let $x_1,\dots,x_n\in\mathbb{R}^d$ be the columns of $X\in\mathbb{R}^{d\times n}$. Then ",
    r"Let $x_1,\dots,x_n\in\mathbb{R}^d$ be the columns of $X$. Then ",
    r"Let $x_1,\dots,x_n\in\mathbb{R}^d$ and $X=[x_1,\dots,x_n]$. Then ",
    r"Let $X=[x_1\;\cdots\;x_n]\in\mathbb{R}^{d\times n}$. Then ",
    r"Let $X=\begin{bmatrix}x_1&x_2&\cdots&x_n\end{bmatrix}\in\mathbb{R}^{d\times n}$. Then ",
    r"Let $X\in\mathbb{R}^{d\times n}$ with columns $x_1,\dots,x_n$. Then ",
    r"Sei $X\in\mathbb{R}^{d\times n}$ und seien $x_i$ die Spalten von $X$. Dann gilt ",
]


@pytest.mark.parametrize("said", ROWS)
def test_rows_in_words(said: str) -> None:
    assert statuses(said + GRAM) == ["proved"]
    assert statuses(said + HALF) == ["refuted"]


@pytest.mark.parametrize("said", COLUMNS)
def test_columns_in_words(said: str) -> None:
    assert statuses(said + OUTER) == ["proved"]
    assert statuses(said + GRAM)[-1] in ("refuted", "ill-shaped")


def test_rows_are_used_in_a_gradient() -> None:
    said = r"Let $X\in\mathbb{R}^{n\times d}$, $w\in\mathbb{R}^d$, and $f(w)=\sum_{i=1}^n\exp(x_i^\top w)$, where $x_i^\top$ are the rows of $X$. Then "
    assert statuses(said + r"$$\nabla f(w)=X^\top\exp(Xw).$$") == ["proved"]
    assert statuses(said + r"$$\nabla f(w)=X^\top Xw.$$") == ["refuted"]


def test_several_families_in_one_sentence() -> None:
    said = r"Let $Q,K\in\mathbb{R}^{n\times d}$ and let $q_i$ and $k_i$ denote the $i$-th rows of $Q$ and $K$. Then "
    assert statuses(said + r"$$\sum_{i=1}^nq_ik_i^\top = Q^\top K$$") == ["proved"]
    assert statuses(said + r"$$\sum_{i=1}^nq_ik_i^\top = K^\top Q$$") == ["refuted"]


def test_it_is_said_when_the_matrix_is_not_certain() -> None:
    found = derive.check_text(r"Let $A,X\in\mathbb{R}^{n\times d}$ with rows $x_i^\top$. Then " + GRAM).claims
    assert (found[0].status, found[0].code) == ("not-understood", "ambiguous")
    wrong = r"Let $x_1,\dots,x_n\in\mathbb{R}^d$ be the columns of $X\in\mathbb{R}^{n\times d}$. Then "
    assert derive.check_text(wrong + OUTER).claims[0].code == "ambiguous"


def test_words_that_deny_link_nothing() -> None:
    said = r"Let $X\in\mathbb{R}^{n\times d}$; the rows of $X$ are not $x_i^\top$. Then "
    assert statuses(said + GRAM) == ["refuted"]


QUADRATIC = r"$$\nabla_a a^\top Pa=2Pa$$"
SINGLE = r"$$\nabla_a a^\top Pa=Pa$$"
SIZES = r"$$\sum_i|a_i|=\sum_i a_i$$"


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        (r"Let $P\in\mathbb{S}^n_{++}$ and $a\in\mathbb{R}^n$. Then ", QUADRATIC, SINGLE),
        (r"Let $P\in\mathbb{S}_+^{n}$ and $a\in\mathbb{R}^n$. Then ", QUADRATIC, SINGLE),
        (r"Let $P,Q\in\mathbb{S}^{n}$ and $a\in\mathbb{R}^n$. Then ", QUADRATIC, SINGLE),
        (r"Let $P\in\mathrm{Sym}(n)$, $a\in\mathbb{R}^n$. Then ", QUADRATIC, SINGLE),
        (r"Let $a\in\mathbb{R}_+^n$. Then ", SIZES, r"$$\sum_i|a_i|=-\sum_i a_i$$"),
        (r"Let $a\in\mathbb{R}_{>0}^n, b\in\mathbb{R}^n$. Then ", SIZES, r"$$\sum_i|b_i|=\sum_i b_i$$"),
        (r"Let $a\in[0,1]^n$ and $b\in[-1,1]^n$. Then ", SIZES, r"$$\sum_i|b_i|=\sum_i b_i$$"),
        (r"Let $p\in\Delta^{n-1}$. Then ", r"$$\sum_{i=1}^np_i=1$$", r"$$\sum_{i=1}^np_i=2$$"),
        (r"Let $u\in\mathbb{S}^{n-1}$, $x\in\mathbb{R}^n$. Then ", r"$$u^\top ux=x$$", r"$$x^\top xu=u$$"),
        (r"Let $Q\in\mathrm{O}(n)$, $x\in\mathbb{R}^n$. Then ", r"$$\|Qx\|^2=x^\top x$$", r"$$\|Qx\|^2=x^\top Qx$$"),
        (
            r"Let $M\in\{0,1\}^{n\times m}$ and $R\in\mathbb{R}^{n\times m}$. Then ",
            r"$$\nabla_R\tfrac12\|M\odot R\|_F^2=M\odot R$$",
            r"$$\nabla_R\tfrac12\|M\odot R\|_F^2=R$$",
        ),
    ],
)
def test_spaces_that_say_a_property(said: str, right: str, wrong: str) -> None:
    assert accepted(said + right)
    assert statuses(said + wrong) == ["refuted"]


def test_a_space_with_two_meanings_gives_no_property() -> None:
    assert not accepted(r"Let $x\in\mathbb{S}^n$. Then $$x^\top x=1$$")


SOFTMAX = r"Let $z\in\mathbb{R}^n$ and $s=\operatorname{softmax}(z)$. "
OFF, ON = r"\frac{\partial s_i}{\partial z_j}=-s_is_j", r"\frac{\partial s_i}{\partial z_j}=s_i(1-s_j)"


@pytest.mark.parametrize(
    "text",
    [
        "If $i\\ne j$ then $$OFF$$ and if $i=j$ then $$ON$$",
        "For $i\\ne j$ we get $$OFF$$ and for $i=j$ we get $$ON.$$",
        "Then $$OFF$$ for $i\\ne j$, and $$ON$$ for $i=j$.",
        "We have $OFF$ if $i\\ne j$ and $ON$ if $i=j$.",
        "Für $i\\ne j$ gilt $$OFF$$ und für $i=j$ gilt $$ON$$",
        "$i\\ne j$ 일 때 $$OFF$$ 이고 $i=j$ 일 때 $$ON$$",
    ],
)
def test_conditions_on_indices(text: str) -> None:
    right = SOFTMAX + text.replace("OFF", OFF).replace("ON", ON)
    wrong = SOFTMAX + text.replace("OFF", ON).replace("ON", OFF.replace("ON", ""))
    assert accepted(right)
    assert len(statuses(right)) == 2
    assert statuses(wrong) == ["refuted", "refuted"]


def test_a_condition_on_indices_ends_with_its_sentence() -> None:
    assert statuses(SOFTMAX + f"For $i\\ne j$ we get $${OFF}.$$ In general $${OFF}$$")[1] == "refuted"


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (r"Let $A,B,C\in\mathbb{R}^{k\times k}$. Then ", "$$AC(B+A)=ACB+ACA$$", "$$AC(B+A)=ACB+CAA$$"),
        (
            r"Let $A,B\in\mathbb{R}^{n\times n}$ be symmetric positive definite, $a,b\in\mathbb{R}^n$ and $C=(A^{-1}+B^{-1})^{-1}$. Then ",
            r"$$C(A^{-1}a+B^{-1}b)=(A^{-1}+B^{-1})^{-1}(A^{-1}a+B^{-1}b)$$",
            r"$$C(A^{-1}a+B^{-1}b)=(A+B)(A^{-1}a+B^{-1}b)$$",
        ),
        (
            r"Let $x,w\in\mathbb{R}^d$, $y\in\{-1,1\}$ and $f(w)=\frac12\|w\|^2+C(1-yw^\top x)^2$ with $C>0$. Then ",
            r"$$\nabla_wf=w-2Cy(1-yw^\top x)x$$",
            r"$$\nabla_wf=w-Cy(1-yw^\top x)x$$",
        ),
    ],
)
def test_a_value_before_a_bracket_multiplies(text: str, right: str, wrong: str) -> None:
    assert accepted(text + right)
    assert "refuted" in statuses(text + wrong)


def test_a_defined_loss_before_a_bracket_does_not() -> None:
    text = r"Let $w,v\in\mathbb{R}^d$ and $L(w)=w^\top w$. Then "
    assert statuses(text + r"$$L(w+v)=w^\top w+2w^\top v+v^\top v$$") == ["proved"]


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (
            r"Let $a\in\mathbb{R}^n$ and $D=\operatorname{diag}(a_1,\dots,a_n)$. Then ",
            r"$$\operatorname{tr}(D)=\sum_{i=1}^na_i$$",
            r"$$\operatorname{tr}(D)=\sum_{i=1}^na_i^2$$",
        ),
        (
            r"Let $r\in\mathbb{R}^n$ and let $W=\operatorname{diag}(w_1,\dots,w_n)$ with $w_i>0$. Then ",
            r"$$\sum_{i=1}^nw_ir_i^2=r^\top Wr$$",
            r"$$\sum_{i=1}^nw_ir_i^2=r^\top W^2r$$",
        ),
        (
            r"Let $\Sigma=\operatorname{diag}(\sigma_1^2,\sigma_2^2,\dots,\sigma_d^2)$ and $x\in\mathbb{R}^d$. Then ",
            r"$$x^\top\Sigma x=\sum_{i=1}^d\sigma_i^2x_i^2$$",
            r"$$x^\top\Sigma x=\sum_{i=1}^d\sigma_ix_i^2$$",
        ),
    ],
)
def test_a_diagonal_by_its_entries(text: str, right: str, wrong: str) -> None:
    assert statuses(text + right) == ["proved"]
    assert statuses(text + wrong) == ["refuted"]


def test_a_power_behind_a_listed_entry_is_no_part_of_its_number() -> None:
    tree = derive.syntax.parse_latex_statement(r"s=[\sigma_1^2,\dots,\sigma_n^2]")
    array = next(node for node in tree.walk() if node.head == "array")
    assert (array.args[0].head, array.args[2].data) == ("pow", "n")


CURVE = r"Let $y\in\mathbb{R}^n$ and let $K(\theta)\in\mathbb{R}^{n\times n}$ be symmetric positive definite and differentiable in $\theta\in\mathbb{R}$. We write $K$ for $K(\theta)$. Then "


def test_a_definite_curve_is_symmetric() -> None:
    assert statuses(CURVE + r"$$\frac{dK^\top}{d\theta}=\frac{dK}{d\theta}$$") == ["proved"]
    wrong = CURVE + r"$$\frac{d}{d\theta}\left(y^\top K^{-1}y\right)=y^\top K^{-1}\frac{dK}{d\theta}K^{-1}y$$"
    (found,) = derive.check_text(wrong).claims
    assert found.status == "refuted"
    assert found.counterexample is not None
    assert {name for name, _ in found.counterexample.values} == {"y", "K", "theta", "dK/dtheta"}


def test_the_derivative_of_a_curve_has_its_name_in_hints() -> None:
    text = r"Let $K(\theta)\in\mathbb{R}^{n\times n}$ be differentiable in $\theta\in\mathbb{R}$, and write $K$ for $K(\theta)$. Then "
    (found,) = derive.check_text(text + r"$$\frac{dK^\top}{d\theta}=\frac{dK}{d\theta}$$").claims
    assert found.status == "refuted"
    assert any("the derivative of K" in hint.message for hint in found.hints)
    assert not any("K_1" in hint.message for hint in found.hints)


POINT = r"Let $f(x)=x^\top Ax+b^\top x$ with $A\in\mathbb{R}^{n\times n}$ symmetric, $b,x\in\mathbb{R}^n$. Then "


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"$\nabla f(0)=b$.", r"$\nabla f(0)=0$."),
        (r"$$\nabla f(2x)=4Ax+b$$", r"$$\nabla f(2x)=2Ax+b$$"),
        (r"$$\nabla f(x-\nabla f(x))=2A(x-2Ax-b)+b.$$", r"$$\nabla f(x-\nabla f(x))=2A(x-2Ax+b)+b.$$"),
    ],
)
def test_a_gradient_at_a_point(right: str, wrong: str) -> None:
    assert statuses(POINT + right) == ["proved"]
    assert statuses(POINT + wrong) == ["refuted"]


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        (
            r"Let $x\sim\mathcal{N}(\mu,\sigma^2)$ with $\sigma>0$. Then ",
            r"$$\mathbb{E}\left[(x-\mu)^2\right]=\sigma^2$$",
            r"$$\mathbb{E}\left[(x-\mu)^2\right]=\sigma$$",
        ),
        (r"Let $z\sim\mathcal{N}(0,1)$. Then ", r"$$\mathbb{E}[z^2]=1$$", r"$$\mathbb{E}[z^2]=2$$"),
        (
            r"Let $x\in\mathbb{R}^n$ with $x\sim\mathcal{N}(\mu,\sigma^2I)$. Then ",
            r"$$\mathbb{E}[x^\top x]=n\sigma^2+\mu^\top\mu$$",
            r"$$\mathbb{E}[x^\top x]=\sigma^2+\mu^\top\mu$$",
        ),
    ],
)
def test_normal_numbers_and_vectors(said: str, right: str, wrong: str) -> None:
    assert statuses(said + right) == ["proved"]
    assert statuses(said + wrong) == ["refuted"]


def test_a_family_that_counts_from_zero() -> None:
    said = r"Let $v,u_0,u_1,\dots,u_K\in\mathbb{R}^d$. Then $$\frac{\partial}{\partial v}\left(u_0^\top v+\sum_{k=1}^Ku_k^\top v\right)="
    assert statuses(said + r"u_0+\sum_{k=1}^Ku_k$$") == ["proved"]
    assert statuses(said + r"u_1+\sum_{k=1}^Ku_k$$") == ["refuted"]


def test_a_letter_of_a_word_behind_a_formula_is_no_formula() -> None:
    said = r"Let $A\in\mathbb{R}^{n\times n}$ and $a\in\mathbb{R}^n$. Here $A$ and $a$ are as in $i$, so "
    assert statuses(said + "$$Aa+Aa=2Aa$$") == ["proved"]
    from derive.document.reader import contained
    from derive.source import Source

    pieces = contained(Source(said, "text"), "markdown").pieces
    assert [p.text.text for p in pieces if p.kind == "formula"][2:] == ["A", "a", "i"]


ROW_SUM = r"$$\sum_{i=1}^n(x_i^\top w-y_i)^2=\|Xw-y\|^2$$"


@pytest.mark.parametrize(
    "words",
    [
        r"Let $X\in\mathbb{R}^{n\times d}$, $y\in\mathbb{R}^n$, $w\in\mathbb{R}^d$. The rows of $X$ are the samples $x_i^\top$. Then ",
        r"Let $X\in\mathbb{R}^{n\times d}$ be the data matrix (rows $x_i^\top$), $y\in\mathbb{R}^n$, $w\in\mathbb{R}^d$. Then ",
        r"Let $X\in\mathbb{R}^{n\times d}$ be the data matrix, one sample $x_i^\top$ per row, $y\in\mathbb{R}^n$, $w\in\mathbb{R}^d$. Then ",
        r"Let $X\in\mathbb{R}^{n\times d}$, where row $i$ is $x_i^\top$, $y\in\mathbb{R}^n$, $w\in\mathbb{R}^d$. Then ",
        r"Let $X\in\mathbb{R}^{n\times d}$ with $i$-th row equal to $x_i^\top$, $y\in\mathbb{R}^n$, $w\in\mathbb{R}^d$. Then ",
    ],
)
def test_more_words_for_rows(words: str) -> None:
    assert statuses(words + ROW_SUM) == ["proved"]
    assert statuses(words + ROW_SUM.replace("-y", "+y", 1)) == ["refuted"]


def test_rows_of_one_matrix_and_columns_of_another() -> None:
    said = r"Let $X\in\mathbb{R}^{n\times d}$ and $W\in\mathbb{R}^{d\times k}$, with $x_i^\top$ the rows of $X$ and $w_j$ the columns of $W$. Then "
    assert statuses(said + r"$$(XW)_{ij}=x_i^\top w_j$$") == ["proved"]
    assert statuses(said + r"$$(XW)_{ij}=2x_i^\top w_j$$") == ["refuted"]


def test_what_is_not_certain_is_never_refuted() -> None:
    said = r"Let $X\in\mathbb{R}^{n\times d}$ and $W\in\mathbb{R}^{d\times k}$ with rows $x_i^\top$ and columns $w_j$, respectively. Then "
    assert set(statuses(said + r"$$\sum_{i=1}^n\sum_{j=1}^k(x_i^\top w_j)^2=\|XW\|_F^2$$")) == {"not-understood"}


def test_a_space_alone_behind_words() -> None:
    said = r"Let $M$ be a mask in $\{0,1\}^{n\times m}$ and $R\in\mathbb{R}^{n\times m}$. Then "
    assert accepted(said + r"$$M\odot M\odot R=M\odot R$$")
    assert statuses(said + r"$$M\odot M\odot R=R$$") == ["refuted"]
