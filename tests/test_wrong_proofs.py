"""Wrong rules planted in the prover, one at a time: the prover believes them, the oracle contradicts them.

One idea: each rule makes a false statement provable, which is shown first; the verdict on that statement must be `refuted` all the same, because
the oracle is asked before the prover and shares no rule with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_wrong_rules import (
    leibniz,
    lost_sign,
    plant_determinant,
    plant_inverse,
    plant_sigmoid,
    plant_tanh,
    transposed_output,
)

import derive
from derive.engine import differential, laws, lower, simplify, sums, symmetry
from derive.engine.expr import Apply, Node, Prod
from derive.engine.normal import normalise, transposed
from derive.engine.sums import collect
from derive.judge.statement import Statement
from derive.ops import REGISTRY
from derive.proof import kernel
from derive.proof.rewriting import Law
from derive.source import Source
from derive.syntax import parse_declarations, parse_statement

Plant = Callable[[pytest.MonkeyPatch], None]


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept under the right rules, or under a planted one."""
    for module, name in ((differential, "_slopes"), (differential, "_templates"), (lower, "_bodies")):
        monkeypatch.setattr(module, name, {})
    monkeypatch.setattr(symmetry, "_symmetric", {})


def law(name: str, apply: Callable[[Node], Node | None]) -> Plant:
    """A law of the prover that does not hold."""

    def plant(m: pytest.MonkeyPatch) -> None:
        m.setattr(kernel, "LAWS", (Law(name, "", "", apply), *kernel.LAWS))

    return plant


def of_call(name: str, make: Callable[[Apply], Node | None]) -> Callable[[Node], Node | None]:
    return lambda node: make(node) if isinstance(node, Apply) and node.op.name == name else None


def transpose_for_pinv(node: Apply) -> Node | None:
    """pinv(X) -> X'."""
    return transposed(node.args[0])


def determinant_of_multiple(node: Apply) -> Node | None:
    """det(c X) -> c det(X)."""
    coef, unit = sums.split(node.args[0])
    return None if coef == 1 else normalise(Prod(coef, ((Apply(node.op, (unit,), ()), (), 1),), (), ()))


def first_order(node: Apply) -> Node | None:
    """expm(X) -> I + X."""
    return collect([Prod(1, (), (0, 0), node.shape[:1], True), node.args[0]], node.shape)


def even_sine(node: Apply) -> Node | None:
    """sin(-x) -> sin(x)."""
    coef, unit = sums.split(node.args[0])
    return Apply(node.op, (unit,), node.shape) if coef == -1 else None


def trace_for_rank(node: Apply) -> Node | None:
    """rank(X) -> tr(X)."""
    return normalise(Prod(1, ((node.args[0], (0, 0), 1),), (), node.args[0].shape[:1]))


def plant_lost_transpose(m: pytest.MonkeyPatch) -> None:
    m.setattr(differential, "_leibniz", leibniz(transposed_output))


def plant_lost_sign(m: pytest.MonkeyPatch) -> None:
    m.setattr(differential, "_leibniz", leibniz(lost_sign))


def plant_projection(m: pytest.MonkeyPatch) -> None:
    """Q*Q -> I for orthogonal Q: the wrong ends meet."""
    m.setattr(laws, "LAWS", (laws.Law("orthogonal", ((1, 0), (0, 1)), laws.IDENTITY), *laws.LAWS))


def plant_total(m: pytest.MonkeyPatch) -> None:
    """Every exponential sums to one."""
    right = simplify._sums_to_one
    m.setattr(simplify, "_sums_to_one", lambda node: right(node) or (isinstance(node, Apply) and node.op.name == "exp"))


MUTANTS: list[tuple[str, Plant, str, str]] = [
    (
        "d inv without its sign",
        plant_inverse,
        "d(tr(inv(X)*A))/dX == (inv(X)*A*inv(X))'",
        "X: matrix(n, n); A: matrix(n, n)",
    ),
    ("d det with a transpose", plant_determinant, "d(det(X))/dX == det(X)*inv(X)", "X: matrix(n, n)"),
    ("the slope of tanh", plant_tanh, "d(tanh(x))/dx == 1 - tanh(x)", "x: scalar"),
    ("the slope of sigmoid", plant_sigmoid, "d(sigmoid(x))/dx == sigmoid(x)*(1 + sigmoid(x))", "x: scalar"),
    (
        "a dropped transpose",
        plant_lost_transpose,
        "d(x'*B*X*y)/dX == y*x'*B",
        "B: matrix(n, n); X: matrix(n, n); x: vector(n); y: vector(n)",
    ),
    ("a lost sign", plant_lost_sign, "d(-(3*x'*y))/dx == 3*y", "x: vector(n); y: vector(n)"),
    ("orthogonal for involutory", plant_projection, "Q*Q == I", "Q: matrix(n, n) orthogonal"),
    ("exponentials sum to one", plant_total, "sum(exp(x)) == 1", "x: vector(n)"),
    (
        "pinv for transpose",
        law("planted", of_call("pinv", transpose_for_pinv)),
        "pinv(A) == A'",
        "A: matrix(n, n)",
    ),
    (
        "det of a multiple",
        law("planted", of_call("det", determinant_of_multiple)),
        "det(2*A) == 2*det(A)",
        "A: matrix(n, n)",
    ),
    (
        "expm cut short",
        law("planted", of_call("expm", first_order)),
        "expm(A) == I + A",
        "A: matrix(n, n)",
    ),
    ("an even sine", law("planted", of_call("sin", even_sine)), "sin(-x) == sin(x)", "x: scalar"),
    ("rank for trace", law("planted", of_call("rank", trace_for_rank)), "rank(A) == tr(A)", "A: matrix(n, n)"),
]


def believed(text: str, given: str) -> bool:
    """Whether the prover alone would accept a statement."""
    statement = Statement(parse_statement(text), parse_declarations(given), Source(text))
    return all(kernel.prove_equal(c.left, c.right) is not None for c in statement.claims if c.right is not None)


@pytest.mark.parametrize(("plant", "text", "given"), [m[1:] for m in MUTANTS], ids=[m[0] for m in MUTANTS])
def test_the_oracle_contradicts_a_wrong_rule(
    plant: Plant, text: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not believed(text, given)
    forget(monkeypatch)
    plant(monkeypatch)
    assert believed(text, given), "the planted rule does not bite"
    found: Any = derive.verify(text, given=given)
    assert found.status == "refuted"


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= 10
    assert REGISTRY["inv"].differential
