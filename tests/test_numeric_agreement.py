"""Whether two terms agree at a point, whether one is at most the other, whether a matrix is definite.

One idea: what cancels, what is exactly 0, what differs by little and what touches are the cases where a comparison of numbers goes wrong;
each has a point at which the answer is known.
"""

from __future__ import annotations

from typing import Any

import pytest
from flint import arb, fmpq, fmpq_mat

from derive.infer import infer
from derive.numeric.agreement import (
    AGREES,
    DIFFERS,
    UNDECIDED,
    Agreement,
    compare,
    magnitude,
    related,
)
from derive.numeric.ball import BALLS, precision
from derive.numeric.definite import definite, pivots
from derive.numeric.evaluate import Evaluation
from derive.numeric.sampling import in_balls
from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain
from derive.syntax import parse_declarations, parse_statement
from derive.term import Term

GIVEN = "x: vector(n); y: vector(n); A: matrix(n, n); B: matrix(n, m); s: scalar; t: scalar"
SIZES = {"n": 2, "m": 3}


def typed(text: str, given: str = GIVEN) -> Term:
    return infer([parse_statement(text)], parse_declarations(given)).terms[0]


def numbers(shape: tuple[int, ...], *values: Any) -> Tensor:
    return Tensor(shape, [fmpq(v) for v in values])


POINT = {
    "x": numbers((2,), 3, fmpq(1, 4)),
    "y": numbers((2,), fmpq(-1, 3), 5),
    "A": numbers((2, 2), 2, 1, fmpq(1, 2), 3),
    "B": numbers((2, 3), 1, 2, 3, -1, fmpq(1, 2), 4),
    "s": numbers((), fmpq(3, 7)),
    "t": numbers((), 2),
}


def held(text: str, point: dict[str, Tensor] | None = None) -> Agreement:
    relation = typed(text)
    left, right = relation.args
    return related(relation.data[0], left, right, POINT if point is None else point, SIZES)


# ---------------------------------------------------------------------- equality


@pytest.mark.parametrize(
    "text",
    [
        "x'*A*y == y'*A'*x",
        "inv(A)*A == I",
        "A - A == 0",
        "d(x'*x)/dx == 2*x",
        "rank(B) == 2",
    ],
)
def test_rational_statements_are_decided_exactly(text: str) -> None:
    assert held(text) == Agreement(AGREES, True)


@pytest.mark.parametrize(
    "text",
    [
        "exp(s)*exp(t) == exp(s + t)",
        "sin(s)^2 + cos(s)^2 - 1 == 0",
        "exp(40*t) - exp(40*t)*(sin(s)^2 + cos(s)^2) == 0",
        "(exp(30*t) + s) - exp(30*t) == s",
        "det(A*exp(s) - exp(s)*A) == 0",
        "det([exp(s), exp(t); exp(2*s), exp(s + t)]) == 0",
        "d(exp(s))/ds - exp(s) == 0",
        "d(log(exp(s)))/ds == 1",
        "d(s^2 + cos(t))/ds == 2*s",
        "d(cos(t) + 0*s)/ds == 0",
        "d(det(A)*pi)/dA == pi*det(A)*inv(A)'",
        "d(inv(A))/dA[1,2] == -inv(A)*J(1,2,n,n)*inv(A)",
        "hess(exp(x[1]*x[2]), x)[1,1] == x[2]^2*exp(x[1]*x[2])",
    ],
)
def test_true_statements_agree(text: str) -> None:
    assert held(text).outcome == AGREES


@pytest.mark.parametrize(
    "text",
    [
        "x'*A*y == x'*A'*y",
        "exp(s) == exp(s) + 1/10^25",
        "exp(60*t) + s/10^20 - exp(60*t) == 2*s/10^20",
        "exp(60*t) - exp(60*t) == s/10^40",
        "exp(-60*t)*s == exp(-60*t)*s*(1 + 1/10^25)",
        "sin(s)^2 + cos(s)^2 - 1 == s/10^60",
        "d(exp(s))/ds - exp(s) == 1/10^25",
        "d(exp(-80*t)*s^2)/ds == 2*s*exp(-80*t)*(1 + 1/10^20)",
        "d(cos(t) + 0*s)/ds == 1/10^25",
        "hess(s^2*t, s) == 2*t + 1/10^25",
    ],
)
def test_wrong_statements_differ(text: str) -> None:
    found = held(text)
    assert found.outcome == DIFFERS
    assert found.left != found.right


def test_a_difference_names_its_entry_and_both_values() -> None:
    found = held("A == [2, 1; 1/2, 4]")
    said = found._replace(sides=None, decided=0)
    assert said == Agreement(DIFFERS, True, (2, 2), "3", "4")
    assert found.sides is not None
    assert (found.sides.left[found.decided], found.sides.right[found.decided]) == (3, 4)
    assert found.distance() == 0.25
    found = held("exp(x) == [exp(3); 1]")
    assert (found.outcome, found.exact, found.entry, found.right) == (
        DIFFERS,
        False,
        (2,),
        "1.00000000000000000000000000000000000",
    )
    assert found.left.startswith("1.284025416687741484")


def test_not_equal_is_the_opposite() -> None:
    assert held("A != A'").outcome == AGREES
    assert held("inv(A)*A != I").outcome == DIFFERS


def test_shapes_that_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="shapes"):
        compare(typed("x"), typed("B"), POINT, SIZES)


def test_no_value_is_no_answer() -> None:
    singular = {**POINT, "A": numbers((2, 2), 1, 2, 2, 4)}
    with pytest.raises(OutOfDomain):
        held("inv(A)*A == I", singular)
    with pytest.raises(OutOfDomain):
        held("log(-t) == s")


def test_magnitude_is_that_of_what_was_added_up() -> None:
    with precision(128):
        e = Evaluation(in_balls(POINT), SIZES, BALLS)
        assert magnitude(e, typed("s - s + t")).scalar.overlaps(2 + 2 * arb(fmpq(3, 7)))
        assert magnitude(e, typed("x'*y")).scalar.overlaps(arb(fmpq(9, 4)))


# ---------------------------------------------------------------------- inequalities


@pytest.mark.parametrize(
    ("text", "outcome", "touching"),
    [
        ("s <= t", AGREES, False),
        ("s >= t", DIFFERS, False),
        ("t < t", DIFFERS, False),
        ("t <= t", AGREES, False),
        ("exp(s) > s + 1", AGREES, False),
        ("exp(s) < s + 1", DIFFERS, False),
        ("exp(s) <= exp(s/2)^2", AGREES, True),
        ("exp(s) >= exp(s/2)^2", AGREES, True),
        ("exp(s) < exp(s/2)^2", UNDECIDED, False),
        ("exp(s)*(1 + 1/10^20) <= exp(s/2)^2", DIFFERS, False),
        ("x >= 0", AGREES, False),
        ("y >= 0", DIFFERS, False),
        ("exp(y) > 0", AGREES, False),
        ("x <= exp(x)", AGREES, False),
        ("(x'*y)^2 <= x'*x*y'*y", AGREES, False),
        ("abs(x'*y) <= norm2(x)*norm2(y)", AGREES, False),
        ("norm2(x + 2*x) <= norm2(x) + norm2(2*x)", AGREES, True),
        ("d(exp(s))/ds <= exp(s)", AGREES, True),
        ("d(exp(s))/ds >= exp(s)", AGREES, True),
        ("d(exp(s))/ds < exp(s)", UNDECIDED, False),
        ("d(exp(s))/ds > exp(s)", UNDECIDED, False),
        ("d(exp(s))/ds > exp(s) - 1/10^20", AGREES, False),
        ("d(exp(s))/ds > exp(s) + 1/10^20", DIFFERS, False),
        ("d(exp(s))/ds > s", AGREES, False),
    ],
)
def test_inequalities(text: str, outcome: str, touching: bool) -> None:
    found = held(text)
    assert (found.outcome, found.touching) == (outcome, touching)


def test_an_unknown_relation_is_refused() -> None:
    with pytest.raises(ValueError, match="relation"):
        related("~", typed("s"), typed("t"), POINT, SIZES)


# ---------------------------------------------------------------------- definite matrices

RANK_ONE = numbers((2, 2), 1, 2, 2, 4)
CASES = [
    ("pd", numbers((2, 2), 2, 1, 1, 3), True, True),
    ("semi", RANK_ONE, False, True),
    ("zero", numbers((2, 2), 0, 0, 0, 0), False, True),
    ("zero pivot", numbers((2, 2), 0, 1, 1, 0), False, False),
    ("indefinite", numbers((2, 2), 1, 2, 2, 1), False, False),
    ("negative", numbers((2, 2), -1, 0, 0, -2), False, False),
    ("not symmetric", numbers((2, 2), 2, 1, 0, 3), False, False),
]


@pytest.mark.parametrize(("name", "value", "strict", "semi"), CASES, ids=[c[0] for c in CASES])
def test_definite_in_rationals(name: str, value: Tensor, strict: bool, semi: bool) -> None:
    for wanted, weak in ((strict, False), (semi, True)):
        found = definite(typed("A"), {"A": value}, SIZES, weak)
        assert (found.outcome == AGREES, found.exact) == (wanted, True)


@pytest.mark.parametrize(("name", "value", "strict", "semi"), CASES, ids=[c[0] for c in CASES])
def test_definite_in_balls(name: str, value: Tensor, strict: bool, semi: bool) -> None:
    """A factor π leaves the rationals; what is singular and not 0 is semidefinite to 30 digits, and never certainly definite."""
    found = definite(typed("pi*A"), {"A": value}, SIZES, semi=False)
    assert not found.exact
    assert (found.outcome == AGREES) == strict
    found = definite(typed("pi*A"), {"A": value}, SIZES, semi=True)
    assert (found.outcome == AGREES) == semi
    assert found.touching == (semi and not strict and name != "zero")


def test_a_singular_matrix_is_not_called_definite_nor_indefinite_by_balls() -> None:
    assert definite(typed("pi*A"), {"A": RANK_ONE}, SIZES).outcome == UNDECIDED


def test_a_hessian_of_difference_quotients_is_semidefinite() -> None:
    """log(e^(x₁) + e^(x₂)) is convex, and flat along (1, 1): its quotients must not say definite, nor indefinite."""
    convex = typed("hess(log(exp(x[1]) + exp(x[2])), x)")
    assert definite(convex, POINT, SIZES, semi=True).outcome == AGREES
    assert definite(convex, POINT, SIZES).outcome == UNDECIDED
    assert definite(typed("hess(exp(x[1]) + exp(x[2]), x)"), POINT, SIZES) == Agreement(AGREES)
    assert definite(typed("hess(-log(exp(x[1]) + exp(x[2])), x)"), POINT, SIZES, semi=True).outcome == DIFFERS


def test_a_negative_eigenvalue_of_1e_20_is_seen() -> None:
    found = definite(typed("pi*(A - I/10^20)"), {"A": RANK_ONE}, SIZES, semi=True)
    assert found.outcome == DIFFERS


def test_definite_is_said_of_square_matrices() -> None:
    with pytest.raises(ValueError, match="square"):
        definite(typed("B"), POINT, SIZES)


def test_pivots_are_ratios_of_leading_minors() -> None:
    a = [[fmpq(v) for v in row] for row in ((4, 2, 1), (2, 3, 1), (1, 1, 2))]
    minors = [fmpq_mat(k, k, [a[i][j] for i in range(k) for j in range(k)]).det() for k in (1, 2, 3)]
    assert pivots(a) == [minors[0], minors[1] / minors[0], minors[2] / minors[1]]
