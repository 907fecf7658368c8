"""The judge on the statements of the literature, true and with one slip each: none wrong is accepted, none true refused.

One idea: the verdict of every statement of the corpus is asked for once and kept; the tests are about those verdicts. Statements that do not hold as
they stand, because they are true for some sizes only, are listed with the reason.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import derive
from derive.judge.ladder import Judge
from derive.judge.statement import Statement
from derive.judge.verdict import Verdict
from derive.source import Source
from derive.syntax import parse_declarations, parse_statement

DATA = Path(__file__).parent / "data"
TRUE = {s["id"]: s for s in json.loads((DATA / "statements_true.json").read_text("utf-8"))}
WRONG = {s["id"]: s for s in json.loads((DATA / "statements_wrong.json").read_text("utf-8"))}

# True for some sizes only, which the statement does not say: they are refuted, and rightly so.
FOR_SOME_SIZES = {
    "F0025": "n = 2",
    "F0026": "n = 3",
    "F0027": "n = 4",
    "F0030": "n = 2",
    "F0147": "n = 4",
    "F0265": "n <= m",
    "F0436": "n <= r, and X of full rank",
}
# Truncated series: equal to many digits, and not equal.
APPROXIMATE = ("F0183", "F0184")


@cache
def verdict(name: str) -> Verdict:
    item = TRUE.get(name) or WRONG[name]
    return derive.verify(item["statement_plain"], given=item["given"])


@pytest.mark.parametrize("name", [n for n in TRUE if n not in FOR_SOME_SIZES and n not in APPROXIMATE])
def test_what_is_true_is_accepted(name: str) -> None:
    assert verdict(name).ok, (verdict(name), verdict(name).message)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_not_accepted(name: str) -> None:
    found = verdict(name)
    assert not found.ok, found
    assert found.status in ("refuted", "ill-shaped"), (found.status, found.message)


@pytest.mark.parametrize("name", WRONG)
def test_the_prover_alone_proves_nothing_wrong(name: str) -> None:
    """Without the oracle before it: a statement is proved when all of its claims are, and one of these is false."""
    if verdict(name).status != "refuted":
        assert verdict(name).status == "ill-shaped"  # there is nothing to prove
        return
    item = WRONG[name]
    statement = Statement(parse_statement(item["statement_plain"]), parse_declarations(item["given"]), Source(""))
    judge = Judge(statement.typed.symbols, indices=statement.indices)
    assert None in [judge.attempt(c) for c in statement.claims]


@pytest.mark.parametrize("name", FOR_SOME_SIZES)
def test_what_is_true_for_some_sizes_only_is_refuted(name: str) -> None:
    assert verdict(name).status == "refuted"


@pytest.mark.parametrize("name", APPROXIMATE)
def test_a_truncated_series_is_no_identity(name: str) -> None:
    assert verdict(name).status == "undecided"
    assert "digits" in verdict(name).message


@pytest.mark.parametrize("name", [*TRUE, *WRONG])
def test_the_prover_breaks_down_nowhere(name: str) -> None:
    """A proof attempt that fails with an exception is no proof, and says so; here that is a failure."""
    evidence = verdict(name).evidence
    assert evidence is None or not [note for note in evidence.notes if "broke down" in note]


def test_most_of_the_calculus_and_the_algebra_is_proved() -> None:
    asked = [n for n in TRUE if TRUE[n]["group"] in ("calculus", "algebra")]
    proved = [n for n in asked if verdict(n).status == "proved"]
    assert len(proved) >= 0.85 * len(asked)


PROVED = [
    ("tr(A*B*C) == tr(C*A*B)", ""),
    ("diag(x)*y == x.*y", ""),
    ("inv(A + U*B*V) == inv(A) - inv(A)*U*inv(inv(B) + V*inv(A)*U)*V*inv(A)", ""),
    ("inv(eye(n) + A*B)*A == A*inv(eye(m) + B*A)", "A: matrix(n, m); B: matrix(m, n)"),
    ("det(A + x*y') == det(A)*(1 + y'*inv(A)*x)", "A: matrix(n, n) invertible; x: vector(n); y: vector(n)"),
    ("kron(A, B)*kron(C, D) == kron(A*C, B*D)", ""),
    ("d(x'*A*x)/dx == (A + A')*x", ""),
    ("d(norm2(X*w - y)^2)/dw == 2*X'*(X*w - y)", ""),
    ("d(-y'*log(softmax(z)))/dz == softmax(z) - y", "y: vector(n) simplex; z: vector(n)"),
]


@pytest.mark.parametrize(("statement", "given"), PROVED)
def test_equality_that_others_miss_is_proved(statement: str, given: str) -> None:
    found = derive.verify(statement, given=given)
    assert found.status == "proved", found.evidence


def test_an_identity_of_small_matrices_is_refuted() -> None:
    """[[A, B]², C] = 0 holds for 2×2 matrices alone (Amitsur and Levitzki)."""
    text = "(A*B - B*A)^2*C == C*(A*B - B*A)^2"
    found = derive.verify(text)
    assert found.status == "refuted"
    assert found.counterexample is not None
    assert dict(found.counterexample.sizes)["n"] >= 3
    assert derive.verify(text, given="A: matrix(2, 2); B: matrix(2, 2); C: matrix(2, 2)").ok


def test_a_counterexample_is_small_and_exact() -> None:
    found = derive.verify("(A*B)' == A'*B'", given="A: matrix(n, n); B: matrix(n, n)").counterexample
    assert found is not None
    assert found.sizes == (("n", 2),)
    assert found.exact
    assert found.left != found.right
    assert all(isinstance(x, int) for _, value in found.values for row in value for x in row)


CONDITIONS = [
    ("d(x'*A*x)/dx == 2*A*x", "", "holds if A is symmetric"),
    ("(A + B)*(A - B) == A^2 - B^2", "", "holds if A*B = B*A"),
    ("1/n*sum(x) == mean(x)", "", "holds if n is the size of x"),
    ("tr(A*B) == tr(A)*tr(B)", "", "holds if n = 1"),
    ("softmax(x + c) == softmax(x)", "", "holds if c is a number"),
    ("d(-y'*log(softmax(z)))/dz == softmax(z) - y", "", "holds if y is a probability vector"),
    ("det(I + A) == 1 + det(A) + tr(A)", "A: matrix(n, n)", "holds if n = 2"),
    ("ispd(A*A')", "A: matrix(n, n)", "holds if A is invertible"),
]


@pytest.mark.parametrize(("statement", "given", "hint"), CONDITIONS)
def test_the_missing_condition_is_named(statement: str, given: str, hint: str) -> None:
    found = derive.verify(statement, given=given)
    assert found.status == "refuted"
    assert any(h.message.startswith(hint) for h in found.hints), found.hints


def test_a_scalar_beside_an_array_takes_no_dot() -> None:
    assert derive.verify("l.*A == l*A", given="l: scalar; A: matrix(n, n)").status == "ill-shaped"
    assert derive.verify("2.*A == 2*A").ok


def test_parity_does_not_hide() -> None:
    """A statement about Q^k that holds for even k only."""
    given = "Q: matrix(n, n) orthogonal symmetric; k: integer in 0..6"
    assert derive.verify("Q^k == I", given=given).status == "refuted"


@pytest.mark.parametrize("text", ["x'*x", "f(x) ==", "A*B == B*", "", "x == )"])
def test_what_is_no_statement_is_not_understood(text: str) -> None:
    found = derive.verify(text)
    assert found.status == "not-understood"
    assert found.message
    assert found.finding is not None


NOISE = "X: matrix(n, d); w: vector(d); y: vector(n); s: scalar positive"
MINIMISERS = [
    ("same_minimiser(n/2*log(2*pi*s^2) + norm2(y - X*w)^2/(2*s^2), norm2(y - X*w)^2/n, w)", "proved"),
    ("same_minimiser(norm2(y - X*w)^2 + norm2(w)^2, norm2(y - X*w)^2/n, w)", "refuted"),
    ("same_minimiser(norm2(y - X*w)^2/s, norm2(y - X*w)^2/n*w'*w, w)", "refuted"),
    ("same_minimiser(norm2(y - X*w)^2/s, -norm2(y - X*w)^2/n, w)", "undecided"),
    ("minimiser(inv(X'*X)*X'*y, norm2(X*w - y)^2, w)", "proved"),
    ("minimiser(inv(X'*X + s*eye(d))*X'*y, norm2(X*w - y)^2 + s*norm2(w)^2, w)", "proved"),
    ("minimiser(X'*y, norm2(X*w - y)^2, w)", "refuted"),
    ("convex(sum(softplus(-y.*(X*w))), w)", "proved"),
    ("convex(-norm2(X*w - y)^2, w)", "refuted"),
    ("norm2(X*w - y)^2 == w'*X'*X*w - 2*y'*X*w + const", "proved"),
    ("norm2(X*w - y)^2 == w'*X'*X*w - y'*X*w + const", "refuted"),
]


@pytest.mark.parametrize(("statement", "status"), MINIMISERS)
def test_statements_about_minima_and_constants(statement: str, status: str) -> None:
    assert derive.verify(statement, given=NOISE).status == status
