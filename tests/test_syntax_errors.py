"""What is refused: the code, the place under the caret, the limits, and that nothing else is ever raised."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.finding import DeriveError, LanguageError, LimitError
from derive.syntax import parse, parse_declarations, parse_statement

ERRORS = [  # text, code, start of the caret, what it points at
    ("", "empty", 0, ""),
    ("  ", "empty", 0, "  "),
    ("x +", "expected", 3, ""),
    ("* x", "expected", 0, "*"),
    ("f(,x)", "expected", 2, ","),
    ("x[]", "expected", 2, "]"),
    ("[]", "expected", 1, "]"),
    ("x)", "unopened", 1, ")"),
    ("f(x", "unclosed", 1, "("),
    ("((x)", "unclosed", 0, "("),
    ("[a, b", "unclosed", 0, "["),
    ("x[i", "unclosed", 1, "["),
    ("(x]", "unclosed", 2, "]"),
    ("‖x", "unclosed", 0, "‖"),
    ("x 2", "expected", 2, "2"),
    ("[1 2; 3 4]", "expected", 3, "2"),
    ("[a b; c d]", "ambiguous-juxtaposition", 3, "b"),
    ("a/b c", "ambiguous-juxtaposition", 0, "a/b c"),
    ("1/2x", "ambiguous-juxtaposition", 0, "1/2x"),
    ("sin x", "ambiguous-juxtaposition", 0, "sin x"),
    ("import os", "ambiguous-juxtaposition", 0, "import os"),
    ("1_000", "ambiguous-juxtaposition", 0, "1_000"),
    ("0x10", "ambiguous-juxtaposition", 0, "0x10"),
    ("x == y", "expected", 2, "=="),
    ("x;y", "expected", 1, ";"),
    ("x$", "bad-character", 1, "$"),
    ("x\x00", "bad-character", 1, "\x00"),
    ("x + \ud800", "bad-character", 4, "\ud800"),
    ("x.__class__", "bad-character", 1, "."),
    ("x_{i+1}", "expected", 2, "{"),
    ("a + __class__", "bad-name", 4, "__class__"),
    ("x" * 41, "bad-name", 0, "x" * 41),
    ("sum(k=1, x)", "expected", 7, ","),
    ("d(f)/d(x + y)", "bad-derivative", 6, "(x + y)"),
    ("ds(f)", "expected", 5, ""),
    ("‖x‖_7", "unknown-norm", 3, "_7"),
    ("x where 2 = 3", "expected", 8, "2"),
    ("x where u = 1, u = 2", "defined-twice", 15, "u"),
    ("9^9^9^9", "exponent-too-large", 4, "9^9"),
    ("x^1001", "exponent-too-large", 2, "1001"),
    ("x^(999 + 2)", "exponent-too-large", 2, "(999 + 2)"),
    ("(10^1000)^100", "exponent-too-large", 0, "(10^1000)^100"),
    ("1" * 61, "number-too-long", 0, "1" * 61),
    ("1e400", "number-too-long", 0, "1e400"),
]


@pytest.mark.parametrize(("text", "code", "start", "shown"), ERRORS)
def test_error_and_its_place(text, code, start, shown):
    with pytest.raises(DeriveError) as caught:
        parse(text)
    finding = caught.value.finding
    label = finding.labels[0]
    assert (finding.code, label.span.start) == (code, start)
    assert text[slice(*label.span)] == shown
    assert str(caught.value)


def test_the_caret_stands_under_the_place():
    with pytest.raises(LanguageError) as caught:
        parse("norm2(X*w - y^2")
    assert str(caught.value).splitlines()[1:] == [
        "  --> expression:1:6",
        "1 | norm2(X*w - y^2",
        "  |      ^",
    ]


def test_a_name_that_splits_into_declared_names():
    with pytest.raises(LanguageError) as caught:
        parse("x'*Ax", names=frozenset("Ax"))
    finding = caught.value.finding
    assert (finding.code, finding.labels[0].span) == ("ambiguous-juxtaposition", (3, 5))
    assert "A*x" in finding.helps[0]
    assert parse("Ax", names=frozenset(("A", "x", "Ax"))).data == "Ax"


DEEP = [
    "(" * 300 + "x" + ")" * 300,
    "exp(" * 3000,
    "-" * 10_000 + "x",
    "x" + "'" * 10_000,
    "x*" * 5000 + "x",
    "2^" * 3000 + "2",
    "√" * 5000 + "x",
    "‖" * 5000,
    "[" * 5000,
    "x[" * 5000,
    "d(" * 5000,
    "∂" * 5000,
    "sum(i=1..n," * 1500,
    "f'(" * 5000,
    "(f(|x[" * 3000,
    "(((1+1)*-" * 1500,
]


@pytest.mark.parametrize("text", DEEP, ids=lambda t: t[:8])
def test_depth_is_bounded(text):
    start = time.process_time()
    with pytest.raises(LimitError) as caught:
        parse(text)
    assert caught.value.finding.code in ("too-deep", "exponent-too-large")
    assert time.process_time() - start < 2  # the bound on refusing anything


def test_length_is_bounded():
    with pytest.raises(LimitError) as caught:
        parse("x" * 100_000)
    assert caught.value.finding.code == "too-long"
    assert len(str(caught.value)) < 1000


SYMBOLS = (
    list("aAxXdfT019.,;:+-*/^'()[]{}|=<> _\n")
    + "d( )/dx .* .^ == where sum(i=1..n, 1e5 ᵀ ⁻¹ ‖ ² λ ∂ ∇ √ ⊗ ⊙ x̂ ∈ in matrix(m, .T R^ ℝⁿ".split()
)


@settings(max_examples=400, deadline=1000)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(SYMBOLS), max_size=40).map("".join)))
def test_any_text_is_read_or_refused(text):
    for read in (parse, parse_statement, parse_declarations):
        with contextlib.suppress(DeriveError):
            read(text)
