"""What does not fit: the code, the places, and helps that were tried."""

from __future__ import annotations

import pytest

from derive.finding import DeriveError, Finding
from derive.infer import infer
from derive.source import Source
from derive.syntax import parse_declarations, parse_statement


def finding(text: str, given: str = "") -> Finding:
    with pytest.raises(DeriveError) as error:
        infer([parse_statement(text)], parse_declarations(given), source=Source(text))
    return error.value.finding


def quoted(found: Finding, text: str) -> list[tuple[str, str]]:
    return [(text[label.span.start : label.span.end], label.text) for label in found.labels]


CASES = [
    (
        "A*x",
        "A: matrix(m, n); x: vector(m)",
        "size-mismatch",
        [("A", "matrix(m, n)"), ("x", "vector(m)")],
        ["`A'*x`: with the left factor transposed"],
    ),
    (
        "X - Y",
        "X: matrix(m, n); Y: matrix(n, m)",
        "size-mismatch",
        [("X", "matrix(m, n)"), ("Y", "matrix(n, m)")],
        ["`X - Y'`"],
    ),
    (
        "x*y",
        "x, y: vector(n)",
        "kind-mismatch",
        [("x", "vector(n)"), ("y", "vector(n)")],
        ["`x'*y`: the inner product", "`x.*y`", "`x*y'`"],
    ),
    ("x^2", "x: vector(n)", "square-of-vector", [("x", "vector(n)")], ["`x.^2`", "`x'*x`"]),
    ("X^2", "X: matrix(m, n)", "not-square", [("X", "matrix(m, n)")], ["`X.^2`"]),
    ("inv(X)", "X: matrix(m, n)", "not-square", [("X", "matrix(m, n)")], []),
    (
        "X + s",
        "X: matrix(m, n); s: scalar",
        "kind-mismatch",
        [("X", "matrix(m, n)"), ("s", "scalar")],
        ["`X + matrix(s)`"],
    ),
    (
        "X + s",
        "X: matrix(n, n); s: scalar",
        "kind-mismatch",
        [("X", "matrix(n, n)"), ("s", "scalar")],
        ["`X + s*eye`", "`X + matrix(s)`"],
    ),
    (
        "A/B",
        "A, B: matrix(n, n)",
        "kind-mismatch",
        [("A", "matrix(n, n)"), ("B", "matrix(n, n)")],
        ["`A*inv(B)`", "`A./B`"],
    ),
    ("x' + y", "x, y: vector(n)", "kind-mismatch", [("x'", "row(n)"), ("y", "vector(n)")], ["`x + y`"]),
    ("softmx(x)", "", "unknown-function", [("softmx", "")], ["`softmax(x)`"]),
    ("x(3)", "x: vector(n)", "not-a-function", [("x", "vector(n)")], ["`x*(3)`"]),
    ("Ax - b", "", "ambiguous-juxtaposition", [("Ax", "A*x, or a variable of its own?")], ["`A*x - b`"]),
    (
        "norm2(XW - Y)",
        "X: matrix(m, n); W: matrix(n, k)",
        "ambiguous-juxtaposition",
        [("XW", "")],
        ["`norm2(X*W - Y)`"],
    ),
    ("kron(A)", "", "wrong-number-of-arguments", [("kron(A)", "")], []),
    ("x[3]", "x: vector(2)", "bad-subscript", [("3", "")], []),
    ("x[1, 2]", "x: vector(n)", "wrong-number-of-subscripts", [("x[1, 2]", "")], []),
    ("sum(i, 3)", "", "unknown-bound", [("sum(i, 3)", "")], []),
    ("A^k", "A: matrix(n, n); k: scalar", "not-an-integer", [("k", ""), ("A", "")], []),
    ("sum(vech(A))", "A: matrix(m, n)", "not-square", [("A", "matrix(m, n)")], []),
    ("sum(Dn(n - n))", "A: matrix(n, n)", "bad-argument", [("Dn(n - n)", "")], []),
    ("1/0", "", "division-by-zero", [("0", "")], []),
    ("[X; x']", "X: matrix(m, n); x: vector(m)", "size-mismatch", [("x'", "")], []),
]


@pytest.mark.parametrize(("text", "given", "code", "labels", "helps"), CASES, ids=[f"{c[0]} | {c[1]}" for c in CASES])
def test_findings(text: str, given: str, code: str, labels: list[tuple[str, str]], helps: list[str]) -> None:
    found = finding(text, given)
    assert found.code == code
    shown = quoted(found, text)
    assert [place for place, _ in shown] == [place for place, _ in labels]
    assert all(said == wanted for (_, said), (_, wanted) in zip(shown, labels, strict=True) if wanted)
    assert len(found.helps) >= len(helps)
    for said, wanted in zip(found.helps, helps, strict=False):
        assert said.startswith(wanted)


def test_message_names_the_sizes_that_differ() -> None:
    found = finding("A*x", "A: matrix(m, n); x: vector(m)")
    assert found.message == "A*x: A is matrix(m, n), x is vector(m); the inner sizes n and m differ"


def test_properties_that_need_a_square_matrix() -> None:
    assert finding("A*x", "A: matrix(m, n) symmetric; x: vector(n)").code == "not-square"


@pytest.mark.parametrize("name", "x1 W2 alpha Sigma Phi xh y_hat dX lambda eps W1 Wout".split())
def test_plain_names_are_names(name: str) -> None:
    infer([parse_statement(f"2*{name}")])


@pytest.mark.parametrize("text", ["norm2(Ax - b)^2", "x'Ax", "xAx", "norm2(Xw - y)^2", "X*w + Xw"])
def test_products_without_a_sign_are_refused(text: str) -> None:
    found = finding(text)
    assert found.code == "ambiguous-juxtaposition"
    assert any("declare" in note for note in found.notes)
