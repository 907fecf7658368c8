"""Declared size names that have to be numbers: `cross(u, v)` with vector(n) says n = 3, and it is said to the reader.

One idea: a name equal to a number is read so, two names that clash are an error.
"""

from __future__ import annotations

import pytest

import derive
from derive.infer import infer
from derive.syntax import parse_declarations, parse_statement

FORCED = (
    ("cross(u, v) == -cross(v, u)", "u: vector(n); v: vector(n)", "n = 3"),
    ("A*[1, 2; 3, 4] == [1, 2; 3, 4]*A", "A: matrix(n, n)", "n = 2"),
    ("A*[e(2,3), e(1,3), e(3,3)] == [A*e(2,3), A*e(1,3), A*e(3,3)]", "A: matrix(n, n)", "n = 3"),
    ("d([3*v[1]^2*v[2]; 2*v[1] + v[2]^8])/dv == [6*v[1]*v[2], 3*v[1]^2; 2, 8*v[2]^7]", "v: vector(n)", "n = 2"),
)


@pytest.mark.parametrize(("statement", "given", "note"), FORCED)
def test_a_name_that_must_be_a_number_is_that_number(statement: str, given: str, note: str) -> None:
    typed = infer([parse_statement(statement)], parse_declarations(given))
    assert any(n.startswith(note) for n in typed.notes)
    assert typed.sizes == ()
    value = int(note[-1])
    assert all(size.number == value for symbol in typed.symbols for size in symbol.type.shape)


@pytest.mark.parametrize(
    ("statement", "given"),
    [
        ("A*B == B*A", "A: matrix(n, m); B: matrix(n, m)"),
        ("cross(u, [1; 2; 3]) == u + [1; 2]", "u: vector(n)"),
        ("A*[1, 2; 3, 4] == A*[1, 2, 3; 4, 5, 6; 7, 8, 9]", "A: matrix(n, n)"),
        ("x + y == [1; 2]", "x: vector(2*n); y: vector(n)"),
        ("x'*y == 0", "x: vector(n); y: vector(1)"),
    ],
)
def test_what_cannot_be_equal_stays_an_error(statement: str, given: str) -> None:
    with pytest.raises(derive.DeriveError):
        infer([parse_statement(statement)], parse_declarations(given))


def test_statements_at_a_forced_size_are_judged_there() -> None:
    given = "t: scalar; a: vector(n); b: vector(n)"
    where = "where u = sin(a*t) + t^2*b, v = cos(b*t)"
    assert (
        derive.verify(f"d(cross(u,v))/dt == cross(d(u)/dt, v) + cross(u, d(v)/dt) {where}", given=given).status
        != "refuted"
    )
    assert (
        derive.verify(f"d(cross(u,v))/dt == cross(d(u)/dt, v) - cross(u, d(v)/dt) {where}", given=given).status
        == "refuted"
    )
