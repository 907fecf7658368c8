"""Generated NumPy against the ball-arithmetic oracle, a peer that shares no code with it, on every statement that can be typed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flint import acb

from derive.codegen import evaluate_numpy
from derive.finding import DeriveError
from derive.infer import infer
from derive.numeric import sampling
from derive.numeric.evaluate import evaluate
from derive.numeric.gaussian import Gaussian
from derive.numeric.world import NotInWorld, OutOfDomain
from derive.syntax import parse_statement

STATEMENTS = (Path(__file__).parent / "data" / "statements.txt").read_text(encoding="utf-8").splitlines()
OPEN = frozenset("derivative differential undefined relation both predicate".split())


def sides(terms):
    """What stands on the sides of relations and holds no open derivative."""
    stack, out = list(terms), []
    while stack:
        term = stack.pop()
        if term.head in ("relation", "both"):
            stack += term.args
        elif not any(node.head in OPEN for node in term.walk()):
            out.append(term)
    return out


def test_statements_have_the_value_of_the_oracle():
    compared = 0
    for text in STATEMENTS:
        try:
            typed = infer([parse_statement(text)])
        except DeriveError:
            continue
        names = sorted({n for s in typed.symbols for size in s.type.shape for n in size.names})
        sizes = {n: 3 + k % 3 for k, n in enumerate(names)}
        for term in sides(typed.terms):
            compared += agrees(term, typed.symbols, sizes, text)
    assert compared > 100


def _number(x):
    return complex(x) if isinstance(x, Gaussian) else int(x.p) / int(x.q)


def agrees(term, symbols, sizes, text):
    point = sampling.draw(symbols, sizes, 3)
    try:
        want = evaluate(term, sampling.in_balls(point), sizes)
    except (OutOfDomain, NotInWorld, KeyError):
        return 0  # a size or an index that no variable tells
    values = {n: np.array([_number(x) for x in v.entries]).reshape(v.shape) for n, v in point.items()}
    expected = np.array([complex(x) if isinstance(x, acb) else float(x) for x in want.entries]).reshape(want.shape)
    got = evaluate_numpy(term, symbols, values)
    assert got.shape == expected.shape, text
    np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-9 * (1 + np.abs(expected).max()), err_msg=text)
    return 1


@pytest.mark.parametrize(("expression", "value"), [("A[i,j]", 6), ("x[i]*delta(i,j)", 0), ("e(i,n)'*x", 2)])
def test_free_indices_are_whole_numbers_from_1(expression, value):
    from derive.syntax.declarations import parse_declarations

    given = "A: matrix(n, n); x: vector(n); i: index(n); j: index(n)"
    typed = infer([parse_statement(expression)], parse_declarations(given))
    point = {"A": np.arange(1.0, 10).reshape(3, 3), "x": [1, 2, 3], "i": 2, "j": 3}
    used = {s.name for s in typed.symbols} | {"i", *(["j"] if "j" in expression else [])}
    assert evaluate_numpy(typed.terms[0], typed.symbols, {k: v for k, v in point.items() if k in used}) == value
