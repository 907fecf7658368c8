"""Values by cases: conditions become indicators, and the cases a choice by them, entry by entry.

One idea: `a > b` is the indicator `step(a - b)`, so that cases are made of maps that every later pass knows. That the cases cover
everything, but for points where two of them meet, is checked here and never assumed: without a last value, the last condition must be
what the others leave.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from derive.infer.calls import typed
from derive.infer.products import add, hadamard, number
from derive.ops import REGISTRY
from derive.source import Span
from derive.term import Term
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator

OPPOSITE = {"<": frozenset((">", ">=")), "<=": frozenset((">", ">="))} | {
    ">": frozenset(("<", "<=")),
    ">=": frozenset(("<", "<=")),
    "==": frozenset(("!=",)),
    "!=": frozenset(("==",)),
}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
HOLDS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def cases(e: Elaborator, tree: Tree) -> Term:
    """`cases(a if p, b if q, c)`: a where p holds, else b where q holds, else c. Raises `open-cases`, or a misfit of types."""
    values, tests = tree.args[::2], tree.args[1::2]
    if len(values) == len(tests):
        if not _covers(tests):
            message = "these cases may leave something out: the last one is not what the others leave"
            help = "end with the value elsewhere: `cases(…, 0)`, in LaTeX `0 & \\text{otherwise}`"
            e.fail("open-cases", message, tests[-1], help)
        tests = tests[:-1]
    result = e.term(values[-1])
    for value, test in zip(reversed(values[: len(tests)]), reversed(tests), strict=True):
        chosen = e.term(value)
        if test.head not in ("relation", "both"):
            e.fail("no-condition", "a condition is a comparison, such as `x > 0`", test)
        result = typed(e, REGISTRY["piecewise"], [indicator(e, test), chosen, result], tree.span)
    return result


def indicator(e: Elaborator, test: Tree) -> Term:
    """1 where a comparison, a chain of them, or several hold together, else 0."""
    if test.head == "both":
        parts = [indicator(e, part) for part in test.args]
    else:
        sides = [e.term(side) for side in test.args]
        operators: tuple[str, ...] = test.data  # type: ignore[assignment]
        parts = [_compared(e, op, a, b, test) for op, (a, b) in zip(operators, pairwise(sides), strict=True)]
    whole = parts[0]
    for part in parts[1:]:
        whole = hadamard(e.context, whole, part, test.span)
    return whole


def _compared(e: Elaborator, op: str, a: Term, b: Term, test: Tree) -> Term:
    span = test.span
    if op in ("==", "!="):
        same = typed(e, REGISTRY["eq"], [a, b], span)
        return same if op == "==" else _complement(e, same, span)
    if op not in OPPOSITE:
        e.fail("no-condition", f"`{op}` is no condition of a case", test)
    if op in ("<", ">="):
        a, b = b, a
    beyond = typed(e, REGISTRY["step"], [_difference(e, a, b, span)], span)
    return beyond if op in ("<", ">") else _complement(e, beyond, span)


def _difference(e: Elaborator, a: Term, b: Term, span: Span) -> Term:
    if b.head == "number" and b.data == 0:
        return a
    return add(e.context, [(1, a), (-1, b)], span)


def _complement(e: Elaborator, x: Term, span: Span) -> Term:
    return add(e.context, [(1, number(1, span)), (-1, x)], span)


# Whether the cases cover everything.


def _covers(tests: tuple[Tree, ...]) -> bool:
    """Whether some condition holds everywhere, but for points where cases meet."""
    if any(t.head != "relation" for t in tests):
        return False
    if len(tests) == 2 and all(len(t.args) == 2 for t in tests):
        (a, b), (c, d) = tests[0].args, tests[1].args
        first, second = str(tests[0].data[0]), str(tests[1].data[0])  # type: ignore[index]
        if (a, b) == (d, c):
            second = MIRRORED.get(second, "")
        if {(a, b)} & {(c, d), (d, c)}:
            return second in OPPOSITE.get(first, ())
    return _covers_line(tests)


def _covers_line(tests: tuple[Tree, ...]) -> bool:
    """Whether conditions that compare one expression with numbers hold between and beyond all of these numbers."""
    numbers: set[Fraction] = set()
    variables: set[Tree] = set()
    for side in (s for t in tests for s in t.args):
        value = _value(side)
        if value is None:
            variables.add(side)
        else:
            numbers.add(value)
    if len(variables) != 1 or not numbers:
        return False
    edges = sorted(numbers)
    between = [(a + b) / 2 for a, b in pairwise(edges)]
    return all(any(_holds(t, x) for t in tests) for x in (edges[0] - 1, *between, edges[-1] + 1))


def _value(tree: Tree) -> Fraction | None:
    """The value of a number, a negated number, or a fraction of numbers."""
    sign = 1
    while tree.head == "neg":
        sign, tree = -sign, tree.args[0]
    parts = tree.args if tree.head == "div" else (tree,)
    numbers = [Fraction(part.data) for part in parts if isinstance(part.data, int | Fraction)]
    if len(numbers) != len(parts) or (len(numbers) == 2 and not numbers[1]):
        return None
    return sign * numbers[0] / (numbers[1] if len(numbers) == 2 else 1)


def _holds(test: Tree, x: Fraction) -> bool:
    sides = [x if (v := _value(side)) is None else v for side in test.args]
    operators: tuple[str, ...] = test.data  # type: ignore[assignment]
    return all(op in HOLDS and HOLDS[op](a, b) for op, (a, b) in zip(operators, pairwise(sides), strict=True))
