"""Containers and prose: where formulas stand, what is declared, defined and assumed."""

from __future__ import annotations

import json

import pytest

from derive.document.container import FORMULA, Container, place_of
from derive.document.macros import definitions, expanded
from derive.document.mapped import Mapped
from derive.document.narrative import story
from derive.document.prepared import prepared
from derive.document.reader import contained
from derive.document.rows import rows
from derive.document.story import Setting
from derive.document.words import before, behind
from derive.printing import text as plain
from derive.source import Source


def container(text: str, format: str = "markdown") -> Container:
    return contained(Source(text, "text"), format)


def formulas(text: str, format: str = "markdown") -> list[tuple[str, bool]]:
    return [(p.text.text, p.display) for p in container(text, format).pieces if p.kind == FORMULA]


def setting(text: str) -> Setting:
    return story(container(text)).record.setting(len(text))


def test_markdown_formulas_keep_their_places() -> None:
    text = "Let $x$ and next $x$, \\(y\\).\n\n> quoted $a\n> + b$\n\n- item\n\n  $$\n  q = r\n  $$\n\nText \\[ u = v \\] on.\n```math\nz\n```\n`$no$`\n"
    found = container(text)
    assert formulas(text) == [
        ("x", False),
        ("x", False),
        ("y", False),
        ("a\n+ b", False),
        ("q = r", True),
        ("u = v", True),
        ("z", True),
    ]
    for piece in found.pieces:
        if piece.kind == FORMULA and "\n" not in piece.text.text:
            span = piece.text.span
            assert text[span.start : span.end] == piece.text.text
    assert [place_of(found, p.text.span.start)[:2] for p in found.pieces if p.kind == FORMULA][1] == (1, 19)


def test_front_matter_and_comments() -> None:
    found = container("---\nlayout: denominator\nstrict: true\n---\n<!-- derive: A symmetric -->\n")
    assert found.settings == {"layout": "denominator", "strict": "true"}
    assert [p.text.text for p in found.pieces if p.kind == "directive"] == ["A symmetric"]


def test_tex_comments_macros_and_environments() -> None:
    text = "\\newcommand{\\R}{\\mathbb{R}}\n\\begin{document}% $no$\nLet $x \\in \\R^n$ cost 5\\$.\n\\begin{align*}\na &= b \\\\\n&= c\n\\end{align*}\n\\end{document}"
    found = formulas(text, "latex")
    assert found[0] == ("x \\in \\mathbb{R}^n", False)
    assert found[1][1]
    assert len(found) == 2


def test_a_macro_that_never_ends_is_left_alone() -> None:
    macros, _ = definitions("\\newcommand{\\a}{\\a\\a}\\newcommand{\\n}[1]{\\lVert #1 \\rVert}")
    assert expanded(Mapped.of("\\a", 0, 2), macros).text == "\\a"
    assert expanded(Mapped.of("\\n{x}^2", 0, 7), macros).text == "\\lVert x \\rVert^2"


def test_rows_of_a_display() -> None:
    text = "\\begin{aligned} f &= \\begin{bmatrix} a \\\\ b \\end{bmatrix} \\\\ &\\quad + c \\\\[2pt] &= d \\tag{1}\\end{aligned}"
    found = [" ".join(r.text.text.split()) for r in rows(Mapped.of(text, 0, len(text)))]
    assert len(found) == 2
    assert found[0].endswith("+ c")
    assert found[1] == "&= d"


def test_notebook_cells_are_counted_from_one() -> None:
    cells = [{"cell_type": "code", "source": "1"}, {"cell_type": "markdown", "source": ["a\n", "$$x = y$$"]}]
    found = container(json.dumps({"cells": cells}), "notebook")
    piece = next(p for p in found.pieces if p.kind == FORMULA)
    assert place_of(found, piece.text.span.start) == (2, 3, 2)


@pytest.mark.parametrize(
    ("prose", "words"),
    [
        (" be symmetric positive definite and let ", ["pd"]),
        (" is symmetric positive\ndefinite. The matrix is orthogonal", ["pd"]),
        (" is not symmetric", []),
        (" be diagonal and invertible, ", ["diagonal", "invertible"]),
        (" of full column rank", ["full-column-rank"]),
        (" 을 대칭이라 하자", []),
    ],
)
def test_words_behind_a_formula(prose: str, words: list[str]) -> None:
    assert behind(prose) == words


def test_words_before_a_formula() -> None:
    assert before("Let the symmetric matrix ")[0] == ["symmetric"]
    assert before("We do not assume a symmetric matrix ")[0] == []
    assert before(" be invertible, ")[0] == []


def test_declarations_and_properties() -> None:
    found = {
        d.name: d
        for d in setting(
            "Let $A, B \\in \\mathbb{R}^{n \\times n}$ be symmetric, $\\Sigma \\succ 0$ with $\\Sigma \\in \\mathbb{R}^{n \\times n}$, $\\lambda > 0$, "
            "$x_1, \\dots, x_m \\in \\mathbb{R}^n$ and $y \\in \\{0, 1\\}^m$."
        ).declared
    }
    assert found["A"].properties == found["B"].properties == ("symmetric",)
    assert found["Sigma"].properties == ("pd",)
    assert found["lambda"].kind == "scalar"
    assert found["x"].kind == "rows"
    assert [plain(s) for s in found["X"].sizes] == ["m", "n"]
    assert found["y"].kind == "vector"


@pytest.mark.parametrize("words", ["We do not assume that $A$ is symmetric.", "If $A$ is symmetric it is simpler."])
def test_what_is_denied_or_conditional_is_no_property(words: str) -> None:
    found = setting("Let $A \\in \\mathbb{R}^{n \\times n}$. " + words)
    assert found.declared[0].properties == ()


def test_definitions_functions_and_premises() -> None:
    found = setting(
        "Let $z \\in \\mathbb{R}^k$, $p = \\text{softmax}(z)$, $\\sigma(t) = \\frac{1}{1 + e^{-t}}$ and $y \\in \\mathbb{R}^k$ with "
        "$\\mathbf{1}^\\top y = 1$. The vector $u \\in \\mathbb{R}^k$ is unknown."
    )
    assert plain(found.definitions["p"]) == "softmax(z)"
    assert found.functions["sigma"].parameters == ("t",)
    assert [plain(p) for p in found.premises] == ["vector(1)'*y == 1"]
    assert found.unknown == {"u"}


def test_a_logistic_function_is_known_by_its_body() -> None:
    ready = prepared(setting("Let $x \\in \\mathbb{R}^n$, $\\sigma(t) = \\frac{1}{1 + e^{-t}}$ and $s = \\sigma(x)$."))
    assert plain(ready.definitions["s"]) == "sigmoid(x)"


def test_curves_are_lines_through_any_point() -> None:
    ready = prepared(setting("Let $X(t) \\in \\mathbb{R}^{n \\times n}$ be invertible for every $t \\in \\mathbb{R}$."))
    assert plain(ready.definitions["X"]) == "X_0 + t*X_1"


def test_a_block_of_aligned_lines_needs_no_dollars() -> None:
    text = "Let $A \\in \\mathbb{R}^{n \\times n}$, $x \\in \\mathbb{R}^n$.\n\n\\begin{aligned}\n\\nabla_x (x^\\top A x) &= A x + A^\\top x \\\\\n&= 2 A x\n\\end{aligned}\n"
    from derive import check_text

    assert [(c.location.row, c.status) for c in check_text(text).claims] == [(4, "proved"), (5, "refuted")]
