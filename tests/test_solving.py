"""Points at which equations hold: Newton's method, what it keeps, and what it gives up."""

from __future__ import annotations

from flint import fmpq

import derive
from derive.claims import Claim, claims_of
from derive.infer import infer
from derive.judge.newton import BITS, Newton
from derive.judge.places import Ground, Place
from derive.judge.solving import ENOUGH, Premises, Solutions
from derive.numeric.ball import precision
from derive.numeric.tensor import Tensor
from derive.syntax import parse_declarations, parse_statement


def claim(text: str, given: str) -> tuple[Claim, Ground]:
    typed = infer([parse_statement(text)], parse_declarations(given))
    (found,) = claims_of(typed.terms[0])
    return found, Ground(found.terms, typed.symbols)


def roots(text: str, given: str, start: dict[str, int]) -> list[float] | None:
    """The values that Newton's method finds for scalars."""
    found, _ = claim(text, given)
    assert found.right is not None
    point = {name: Tensor((), [fmpq(value)]) for name, value in start.items()}
    with precision(BITS):
        method = Newton([(found.left, found.right)], point, {}, [(name, 0) for name in start], lambda _: [])
        values = method.solved()
    return None if values is None else [float(v) for v in values]


def test_a_root_of_a_polynomial() -> None:
    found = roots("x^3 == 8", "x: scalar", {"x": 5})
    assert found is not None
    assert abs(found[0] - 2) < 1e-15


def test_a_root_of_a_function_that_is_not_rational() -> None:
    found = roots("log(x) + x == 1", "x: scalar", {"x": 3})
    assert found is not None
    assert abs(found[0] - 1) < 1e-15


def test_one_equation_for_two_numbers() -> None:
    found = roots("x*y == 6", "x: scalar, y: scalar", {"x": 1, "y": 2})
    assert found is not None
    assert abs(found[0] * found[1] - 6) < 1e-14


def test_no_root() -> None:
    assert roots("x^2 == -1", "x: scalar", {"x": 3}) is None


def test_solutions_keep_what_is_not_mentioned() -> None:
    found, ground = claim("A*x == b", "A: matrix(n, n), x: vector(n), b: vector(n)")
    premises = Premises([found], {})
    place = ground.place(0)
    symbol = next(s for s in premises.others if s.name == "x")
    solved = premises.solved(place, [symbol], exactly=True)
    assert solved is not None
    assert premises.exactly(solved)
    assert solved.point["A"] is place.point["A"]
    assert solved.point["x"].entries != place.point["x"].entries


def test_the_same_question_is_solved_once() -> None:
    found, ground = claim("A*x == b", "A: matrix(n, n), x: vector(n), b: vector(n)")
    shared = Solutions()
    place = ground.place(0)
    first, again = [Premises([found], {}, frozenset(), shared) for _ in range(2)]
    symbol = next(s for s in first.others if s.name == "x")
    one = first.solved(place, [symbol], exactly=True)
    wider = Place(place.sizes, {**place.point, "z": Tensor((), [fmpq(1)])})
    other = again.solved(wider, [symbol], exactly=True)
    assert one is not None
    assert other is not None
    assert other.point["x"] is one.point["x"]
    assert "z" in other.point
    assert len(shared.found) == 1


def test_other_values_are_another_question() -> None:
    found, ground = claim("A*x == b", "A: matrix(n, n), x: vector(n), b: vector(n)")
    premises = Premises([found], {})
    symbol = next(s for s in premises.others if s.name == "x")
    solved = [premises.solved(ground.place(seed), [symbol], exactly=True) for seed in (0, 1)]
    assert all(s is not None and premises.exactly(s) for s in solved)
    assert len(premises.solutions.found) == 2


def test_newton_is_given_up_where_it_keeps_failing_and_only_there() -> None:
    solutions, asked = Solutions(), list[int]()

    def search(k: int) -> dict[str, Tensor] | None:
        asked.append(k)
        return None

    for k in range(5):
        assert solutions.of("hopeless", k, lambda k=k: search(k), ENOUGH) is None  # type: ignore[misc]
    assert asked == [0, 1][:ENOUGH]
    there = {"x": Tensor((), [fmpq(1)])}
    assert solutions.of("other sizes", 0, lambda: there, ENOUGH) is there


def test_equal_lines_have_findings_where_they_stand() -> None:
    """Typing is remembered by the line itself: an equal line further down is told with its own place."""
    text = "Let $A \\in \\mathbb{R}^{2 \\times 3}$.\n\n$A A = A$\n\nAnd again:\n\n$A A = A$\n"
    claims = [c for c in derive.check_text(text).documents[0].claims if c.status == "ill-shaped"]
    rows = [c.location.row for c in claims]
    assert len(set(rows)) == len(claims) == 2
    for one in claims:
        assert one.finding is not None
        start = one.finding.labels[0].span.start
        assert text[:start].count("\n") + 1 == one.location.row
