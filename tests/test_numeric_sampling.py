"""Points lie inside the declared properties, and follow from the seed and the order of the symbols alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flint import fmpq, fmpq_mat

import derive
from derive.finding import DomainError
from derive.numeric.dimensions import choose_sizes
from derive.numeric.sampling import draw
from derive.sizes import Size
from derive.term import SCALAR, Symbol, Type

SQUARE = Type((Size.of("n"), Size.of("n")))
VECTOR = Type((Size.of("n"),))
WIDE = Type((Size.of("m"), Size.of("n")))


def identity(n):
    return fmpq_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def positive_minors(x):
    n = x.nrows()
    return all(fmpq_mat(k, k, [x[i, j] for i in range(k) for j in range(k)]).det() > 0 for k in range(1, n + 1))


def rows(x):
    return [[x[i, j] for j in range(x.ncols())] for i in range(x.nrows())]


HOLDS = {
    "symmetric": lambda x, t: x == t,
    "skew": lambda x, t: x == t * -1,
    "pd": lambda x, t: x == t and positive_minors(x),
    "psd": lambda x, t: x == t and positive_minors(x),
    "orthogonal": lambda x, t: x * t == identity(x.nrows()),
    "orthogonal symmetric": lambda x, t: x * t == identity(x.nrows()) and x == t,
    "diagonal": lambda x, t: all(x[i, j] == 0 for i in range(x.nrows()) for j in range(x.nrows()) if i != j),
    "diagonal pd": lambda x, t: positive_minors(x) and x == t,
    "lower-triangular": lambda x, t: all(x[i, j] == 0 for i in range(x.nrows()) for j in range(i + 1, x.nrows())),
    "upper-triangular": lambda x, t: all(x[i, j] == 0 for i in range(x.nrows()) for j in range(i)),
    "invertible": lambda x, t: x.det() != 0,
    "invertible symmetric": lambda x, t: x.det() != 0 and x == t,
    "rank-deficient": lambda x, t: x.det() == 0 and x.rank() == x.nrows() - 1,
    "rank-deficient symmetric": lambda x, t: x == t and x.rank() == x.nrows() - 1,
    "psd rank-deficient": lambda x, t: x == t and x.rank() == x.nrows() - 1,
    "idempotent": lambda x, t: x * x == x and x != t,
    "projection": lambda x, t: x * x == x and x == t,
    "idempotent symmetric": lambda x, t: x * x == x and x == t,
    "involutory": lambda x, t: x * x == identity(x.nrows()) and x != identity(x.nrows()),
    "nilpotent": lambda x, t: x ** x.nrows() == x * 0 and x != x * 0,
    "permutation": lambda x, t: x * t == identity(x.nrows()) and set(x.entries()) == {fmpq(0), fmpq(1)},
    "permutation symmetric": lambda x, t: x * t == identity(x.nrows()) and x == t,
    "stochastic": lambda x, t: all(sum(r) == 1 and min(r) > 0 for r in rows(x)),
    "toeplitz": lambda x, t: all(
        x[i, j] == x[i + 1, j + 1] for i in range(x.nrows() - 1) for j in range(x.nrows() - 1)
    ),
    "toeplitz symmetric": lambda x, t: x == t and x[0, 0] == x[1, 1] and x[0, 1] == x[1, 2],
    "norm<1": lambda x, t: sum(v * v for v in x.entries()) < 1,
    "small": lambda x, t: max(map(abs, x.entries())) <= fmpq(1, 8),
    "positive": lambda x, t: min(x.entries()) > 0,
    "positive symmetric": lambda x, t: min(x.entries()) > 0 and x == t,
    "nonzero": lambda x, t: 0 not in x.entries(),
    "zero": lambda x, t: set(x.entries()) == {fmpq(0)},
    "one-hot-rows": lambda x, t: all(sorted(r) == [0] * (len(r) - 1) + [1] for r in rows(x)),
    "real-eigenvalues": lambda x, t: True,
    "distinct-eigenvalues": lambda x, t: True,
}


@pytest.mark.parametrize("words", HOLDS)
@pytest.mark.parametrize("n", [3, 4])
@pytest.mark.parametrize("strategy", ["any", "positive"])
def test_property_of_a_matrix(words, n, strategy):
    symbol = Symbol("X", SQUARE, tuple(sorted(words.split())))
    for seed in range(4):
        x = fmpq_mat(n, n, draw([symbol], {"n": n}, seed, strategy)["X"].entries)
        assert HOLDS[words](x, x.transpose()), x


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("simplex", lambda v: sum(v) == 1 and min(v) > 0),
        ("one-hot", lambda v: sorted(v) == [0] * (len(v) - 1) + [1]),
        ("unit-norm", lambda v: sum(x * x for x in v) == 1),
        ("positive", lambda v: min(v) > 0),
        ("positive unit-norm", lambda v: sum(x * x for x in v) == 1 and min(v) > 0),
        ("integer", lambda v: all(x.q == 1 for x in v)),
    ],
)
def test_property_of_a_vector(words, holds):
    for seed in range(5):
        symbol = Symbol("x", VECTOR, tuple(sorted(words.split())))
        assert holds(draw([symbol], {"n": 4}, seed)["x"].entries)


def test_commuting_matrices():
    symbols = [Symbol("B", SQUARE, ("commutes(A)",)), Symbol("A", SQUARE)]
    point = draw(symbols, {"n": 3}, 0)
    a, b = (fmpq_mat(3, 3, point[name].entries) for name in "AB")
    assert a * b == b * a
    assert a != b


def test_integers_in_their_range():
    symbol = Symbol("k", SCALAR, ("in 3..6", "integer"))
    values = {int(draw([symbol], {}, seed)["k"].scalar.p) for seed in range(60)}
    assert values == {3, 4, 5, 6}


def test_generic_entries_differ():
    point = draw([Symbol("X", WIDE), Symbol("x", VECTOR)], {"m": 5, "n": 6}, 0)
    values = [(int(v.p), int(v.q)) for t in point.values() for v in t.entries]
    assert len(set(values)) == len(values)


def test_values_depend_on_order_and_not_on_letters():
    first = draw([Symbol("A", SQUARE), Symbol("x", VECTOR)], {"n": 3}, 9)
    second = draw([Symbol("zeta", SQUARE), Symbol("B", VECTOR)], {"n": 3}, 9)
    assert [t.entries for t in first.values()] == [t.entries for t in second.values()]
    assert first["A"].entries != draw([Symbol("A", SQUARE)], {"n": 3}, 10)["A"].entries


def test_an_unknown_property_is_said():
    with pytest.raises(DomainError) as raised:
        draw([Symbol("A", SQUARE, ("prob",))], {"n": 3}, 0)
    assert raised.value.finding.code == "unsupported-property"


def test_properties_that_exclude_each_other_are_said():
    with pytest.raises(DomainError) as raised:
        draw([Symbol("A", SQUARE, ("nilpotent", "orthogonal"))], {"n": 3}, 0)
    assert "nilpotent and orthogonal" in str(raised.value)


def test_sizes_differ_and_change():
    names = [Size.of(n) for n in "abcd"]
    symbols = [Symbol(f"x{k}", Type((s,))) for k, s in enumerate(names)]
    drawn = [choose_sizes((), symbols, seed) for seed in range(3)]
    assert all(len(set(d.values())) == 4 for d in drawn)
    assert all(len({d[name] for d in drawn}) == 3 for name in "abc")


def test_derived_sizes_are_positive():
    n, k = Size.of("n"), Size.of("k")
    symbols = [Symbol("x", Type((n - k - 1,)))]
    for seed in range(6):
        sizes = choose_sizes((), symbols, seed)
        assert sizes["n"] - sizes["k"] - 1 >= 1
    with pytest.raises(DomainError):
        choose_sizes((), [Symbol("x", Type((n - n - 1 + k - k,))), Symbol("y", Type((n - n * 2,)))], 0)


def test_more_sizes_than_small_numbers():
    symbols = [Symbol(f"x{k}", Type((Size.of(f"n{k}"),))) for k in range(12)]
    assert set(choose_sizes((), symbols, 1).values()) <= {2, 3, 4}


def test_points_do_not_depend_on_the_hash_seed():
    program = (
        "from derive.syntax import parse, parse_declarations\n"
        "from derive.infer import infer\n"
        "from derive.numeric.validate import validate\n"
        "from derive.numeric.sampling import draw\n"
        "t = infer([parse('tr(A*X*B)'), parse(\"A'*B'\")], parse_declarations('A: matrix(k, m); X: matrix(m, n) positive; B: matrix(n, k) small'))\n"
        "print(draw(t.symbols, {'k': 2, 'm': 3, 'n': 4}, 5), validate(t.terms[0], [t.symbols[1]], t.terms[1], 1))\n"
    )
    root = str(Path(derive.__file__).parent.parent)
    outputs = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root}
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
        )
        outputs.add(run.stdout)
    assert len(outputs) == 1


def test_an_integer_that_is_alone_takes_its_values_in_turn() -> None:
    """`(-1)^k = 1` holds at every even k; two seeds must not both be even."""
    k = Symbol("k", SCALAR, ("integer", "integer in 0..6"))
    assert sorted(int(draw([k], {}, seed)["k"].scalar) for seed in range(7)) == list(range(7))
