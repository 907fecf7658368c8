"""Printing: golden spellings, and that every spelling is read back as what was printed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from derive.finding import LimitError
from derive.printing import latex, text, unicode
from derive.syntax import parse, parse_statement
from derive.tree import Tree, call, name, number

STATEMENTS = (Path(__file__).parent / "data" / "statements.txt").read_text(encoding="utf-8").splitlines()
NAMES = ("x", "y", "A", "X1", "lambda", "x_hat", "x_i", "Sigma", "loss", "d", "dX", "T", "I", "pi", "W12")

GOLDEN = [
    ("2*X'*(X*w - y)", "2 Xᵀ(X w − y)", r"2 X^\top (X w - y)"),
    ("-3*x1", "−3 x₁", "-3 x_{1}"),
    ("[2, 2*x2; -2*x1, 3]", "[2, 2 x₂; −2 x₁, 3]", r"\begin{bmatrix} 2 & 2 x_{2} \\ -2 x_{1} & 3 \end{bmatrix}"),
    ("[x1*x2; 2*x1]", "[x₁·x₂; 2·x₁]", r"\begin{bmatrix} x_{1} x_{2} \\ 2 x_{1} \end{bmatrix}"),
    (
        "X'*diag(s)*X where s = sigmoid(X*w)",
        "Xᵀ diag(s) X where s = sigmoid(X w)",
        r"X^\top \operatorname{diag}(s) X \quad\text{where } s = \operatorname{sigmoid}(X w)",
    ),
    ("s.*(1 - s)", "s ⊙ (1 − s)", r"s \odot (1 - s)"),
    ("1./x", "1 ⊘ x", r"1 \oslash x"),
    ("x/norm2(x)", "x/‖x‖", r"\frac{x}{\lVert x \rVert}"),
    ("x.^2", "x.^2", r"x^{\circ 2}"),
    ("inv(A)'*B", "A⁻ᵀ B", r"A^{-\top} B"),
    ("A*inv(B + C)", "A·(B + C)⁻¹", "A (B + C)^{-1}"),
    ("a/b*c", "(a/b) c", r"\frac{a}{b} c"),
    ("kron(A, B)", "A ⊗ B", r"A \otimes B"),
    ("norm2(X*w - y)^2/2", "‖X w − y‖²/2", r"\frac{\lVert X w - y \rVert^{2}}{2}"),
    ("lambda*norm1(x_hat)", "λ·‖x̂‖₁", r"\lambda \lVert \hat{x} \rVert_1"),
    ("softmax(z)", "softmax(z)", r"\operatorname{softmax}(z)"),
    ("exp(-x^2/2)", "exp(−x²/2)", r"\exp\left(-\frac{x^{2}}{2}\right)"),
    ("(d(f)/dx)'", "(∂f/∂x)ᵀ", r"\left(\frac{\partial f}{\partial x}\right)^\top"),
    ("sum(k=1..n, x[k])", "sum(k=1..n, x[k])", r"\sum_{k=1}^{n} x_{k}"),
    ("tr(A)*X", "tr(A) X", r"\operatorname{tr}(A) X"),
    ("hess(f, x)", "hess(f, x)", r"\nabla_{x}^{2} f"),
    ("(A^2)'", "(A²)ᵀ", r"(A^{2})^\top"),
]


@pytest.mark.parametrize(("plain", "mathematical", "tex"), GOLDEN)
def test_golden(plain, mathematical, tex):
    tree = parse(plain)
    assert (text(tree), unicode(tree), latex(tree)) == (plain, mathematical, tex)


def test_numbers():
    assert text(number(-3)) == "-3"
    assert text(Tree("mul", (number(-3), name("x")))) == "-3*x"
    assert text(Tree("mul", (name("x"), number(-3)))) == "x*(-3)"
    assert text(Tree("add", (name("a"), Tree("mul", (number(-3), name("x")))))) == "a - 3*x"
    assert text(Tree("sub", (name("a"), number(-3)))) == "a + 3"
    assert text(Tree("pow", (name("x"), number(-1)))) == "x^-1"
    assert text(Tree("pow", (number(-2), number(2)))) == "(-2)^2"
    assert text(number(Fraction(1, 2))) == "0.5"
    assert text(number(Fraction(1, 3))) == "1/3"
    assert text(number(Fraction(-1, 32))) == "-0.03125"
    assert text(Tree("pow", (name("x"), number(Fraction(1, 3))))) == "x^(1/3)"
    assert text(Tree("mul", (name("x"), number(Fraction(1, 3))))) == "x*(1/3)"
    assert latex(Tree("mul", (number(Fraction(1, 3)), name("x")))) == r"\frac{1}{3} x"


def test_a_quotient_of_differentials_is_no_derivative():
    tree = Tree("div", (Tree("differential", (name("f"),)), name("dx")))
    assert parse(text(tree)) == tree


def names_and_numbers():
    decimals = st.sampled_from([Fraction(1, 2), Fraction(1, 8), Fraction(7, 5), Fraction(3, 10000)])
    return st.one_of(st.sampled_from(NAMES).map(name), st.integers(0, 12).map(number), decimals.map(number))


def nodes(inner):
    two = st.tuples(inner, inner)
    small = st.integers(0, 4).map(number)
    exponent = st.one_of(small, small.map(lambda n: Tree("neg", (n,))), st.sampled_from(("k", "n", "T")).map(name))
    subscript = st.one_of(inner, st.just(Tree("colon")), two.map(lambda p: Tree("range", p)))
    target = st.sampled_from(("x", "X", "lambda", "T")).map(name)
    targets = st.one_of(
        target,
        target.map(lambda t: Tree("transpose", (t,))),
        target.map(lambda t: Tree("index", (t, name("i"), name("j")))),
        target.map(lambda t: call("vec", t)),
    )
    return st.one_of(
        st.tuples(st.sampled_from("add sub mul div hadamard hdiv".split()), two).map(lambda t: Tree(t[0], t[1])),
        st.tuples(st.sampled_from(("pow", "hpow")), inner, exponent).map(lambda t: Tree(t[0], t[1:])),
        inner.map(lambda a: Tree("neg", (a,))),
        inner.map(lambda a: Tree("transpose", (a,))),
        inner.map(lambda a: Tree("differential", (a,))),
        st.tuples(st.sampled_from("sin det abs norm2 normF norm1 norminf sqrt ct pinv f phi tr".split()), inner).map(
            lambda t: call(t[0], t[1])
        ),
        two.map(lambda p: call("kron", *p)),
        two.map(lambda p: call("ce", *p)),
        st.tuples(st.integers(1, 3), inner).map(lambda t: Tree("prime", (t[1],), ("phi", t[0]))),
        st.tuples(inner, subscript, subscript).map(lambda t: Tree("index", t)),
        st.tuples(st.sampled_from(("sum", "prod")), st.tuples(inner, inner, inner)).map(
            lambda t: Tree(t[0], t[1], "k")
        ),
        inner.map(lambda a: Tree("sum", (a, number(1), name("?")), "i")),
        st.tuples(inner, inner, inner).map(lambda t: Tree("array", t, ("i",))),
        st.tuples(inner, inner, inner, inner).map(lambda t: Tree("block", t, (2, 2))),
        two.map(lambda t: Tree("block", t, (1, 1))),
        st.tuples(st.sampled_from(("d", "ds", "dzc")), inner, targets).map(lambda t: Tree("derivative", t[1:], t[0])),
        two.map(lambda t: Tree("where", t, ("u",))),
    )


TREES = st.recursive(names_and_numbers(), nodes, max_leaves=12)


def read_back(printed: str, names: frozenset[str] = frozenset()) -> Tree:
    """`parse`; a tree whose literal powers are astronomic is no example, since the parser rightly refuses it."""
    try:
        return parse(printed, names=names)
    except LimitError as error:
        if error.finding.code == "exponent-too-large":
            reject()
        raise


@settings(max_examples=600, deadline=None)
@given(TREES)
def test_plain_text_is_read_back(tree):
    assert read_back(text(tree)) == tree


@settings(max_examples=600, deadline=None)
@given(TREES)
def test_unicode_is_read_back(tree):
    assert read_back(unicode(tree), frozenset(NAMES)) == tree


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_latex_is_balanced(tree):
    out = latex(tree)
    assert out.count("{") == out.count("}")
    assert out.count(r"\left") == out.count(r"\right")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_known_statements_are_read_back(statement):
    tree = parse_statement(statement)
    assert parse_statement(text(tree)) == tree
    known = frozenset(str(node.data) for node in tree.walk() if node.head == "name")
    assert parse_statement(unicode(tree), names=known) == parse_statement(text(inverted(tree)))
    assert latex(tree)


def inverted(tree: Tree) -> Tree:
    """The tree with `inv(A)` as the power that `A⁻¹` is read as."""
    args = tuple(inverted(a) for a in tree.args)
    if tree.head == "call" and tree.data == "inv":
        return Tree("pow", (args[0], Tree("neg", (number(1),))))
    return Tree(tree.head, args, tree.data)


def test_a_deep_tree_is_printed():
    tree = name("x")
    for _ in range(3000):
        tree = call("exp", Tree("neg", (tree,)))
    assert text(tree).count("(") == unicode(tree).count("(") == 3000
    assert latex(tree)
