"""What the LaTeX printer writes, the LaTeX reader reads as the same tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, reject, settings
from test_printing import NAMES, TREES, inverted

from derive.finding import LimitError
from derive.ops import REGISTRY
from derive.printing import latex
from derive.syntax import parse_latex, parse_latex_statement, parse_statement
from derive.tree import Tree, call, name, number

STATEMENTS = (Path(__file__).parent / "data" / "statements.txt").read_text(encoding="utf-8").splitlines()


def known(tree: Tree) -> frozenset[str]:
    """The names that occur, which a user of them would have declared."""
    return frozenset(str(node.data) for node in tree.walk() if node.head == "name")


@settings(max_examples=1500, deadline=None)
@given(TREES)
def test_latex_is_read_back(tree):
    printed = latex(tree)
    try:
        again = parse_latex(printed, names=known(tree))
    except LimitError as error:
        if error.finding.code in ("exponent-too-large", "too-deep"):
            reject()
        raise
    assert again == tree, printed


@pytest.mark.parametrize("statement", STATEMENTS)
def test_statements_are_read_back(statement):
    tree = parse_statement(statement)
    assert parse_latex_statement(latex(tree), names=known(tree)) == inverted(tree), latex(tree)


@pytest.mark.parametrize("operation", list(REGISTRY), ids=lambda o: o.name)
def test_every_operation_is_read_back(operation):
    if operation.name in ("power", "matpow"):
        pytest.skip("written as x^y, which is read as the power that it is")
    for count in range(operation.arity[0], operation.arity[1] + 1):
        for letters in ("ABC", "xyz"):
            tree = call(operation.name, *map(name, letters[:count]))
            product = Tree("mul", (tree, Tree("pow", (Tree("add", (tree, name("t"))), number(2)))))
            for one in (tree, product):
                assert parse_latex(latex(one), names=known(one)) == inverted(one), latex(one)


@pytest.mark.parametrize(
    "one",
    [
        *NAMES,
        "W__1",
        "w_star",
        "h_plus",
        "h_tm1",
        "W_hh",
        "W_1",
        "I1",
        "mu",
        "Alpha",
        "w_1_2",
        "x_bar_i",
        "y_hat__2",
        "W_hh__1",
        "_x",
        "rank",
        "epsilon",
        "omicron",
    ],
)
def test_every_name_is_read_back(one):
    for tree in (
        name(one),
        Tree("pow", (name(one), number(2))),
        Tree("index", (name(one), name("i"))),
        Tree("derivative", (name("f"), name(one)), "d"),
    ):
        assert parse_latex(latex(tree), names=known(tree)) == tree, latex(tree)


@pytest.mark.parametrize(
    "tex",
    [
        r"X \in \mathbb{R}^{n \times d}",
        r"a = b \implies c \le d",
        r"x \sim \operatorname{N}(0, I)",
        r"L \propto z,\quad w \in \mathbb{R}",
    ],
)
def test_relations_are_printed_as_read(tex):
    assert latex(parse_latex_statement(tex)) == tex
