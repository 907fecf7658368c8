"""Every property word of the declarations: a value that has it can be drawn, or it is said that there is none.

One idea: what the words mean is written here once more, as a test on exact rationals; and words that no test stands for are listed.
"""

from __future__ import annotations

import pytest
from flint import fmpq, fmpq_mat

from derive.finding import DomainError
from derive.infer import infer
from derive.numeric.dimensions import Dimensions
from derive.numeric.sampling import draw, strategy_of
from derive.numeric.tensor import Tensor
from derive.syntax import parse, parse_declarations
from derive.syntax.declarations import PROPERTIES

COMPLEX = frozenset("complex hermitian skewhermitian unitary".split())  # tests/test_complex.py
UNDRAWN = frozenset(("prob",))
NOT_SEEN = frozenset(
    "small real constant nonzero integer distinct-eigenvalues real-eigenvalues".split()
)  # any value, or no simple test


def drawn(given: str, seed: int) -> dict[str, Tensor]:
    symbols = infer([parse("0")], parse_declarations(given)).symbols
    sizes = Dimensions((), symbols).choose(seed)
    return draw(symbols, sizes, seed, strategy_of(seed))


def identity(n: int) -> fmpq_mat:
    return fmpq_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def entries(x: fmpq_mat) -> list[tuple[int, int, fmpq]]:
    return [(i, j, x[i, j]) for i in range(x.nrows()) for j in range(x.ncols())]


def minors(x: fmpq_mat) -> list[fmpq]:
    return [fmpq_mat(k, k, [x[i, j] for i in range(k) for j in range(k)]).det() for k in range(1, x.nrows() + 1)]


MEANING = {
    "symmetric": lambda x: x == x.transpose(),
    "skew": lambda x: x == -x.transpose(),
    "psd": lambda x: x == x.transpose() and all(d >= 0 for d in minors(x)),
    "pd": lambda x: x == x.transpose() and all(d > 0 for d in minors(x)),
    "orthogonal": lambda x: x * x.transpose() == identity(x.nrows()),
    "diagonal": lambda x: all(e == 0 for i, j, e in entries(x) if i != j),
    "lower-triangular": lambda x: all(e == 0 for i, j, e in entries(x) if i < j),
    "upper-triangular": lambda x: all(e == 0 for i, j, e in entries(x) if i > j),
    "triangular": lambda x: (
        all(e == 0 for i, j, e in entries(x) if i > j) or all(e == 0 for i, j, e in entries(x) if i < j)
    ),
    "invertible": lambda x: x.det() != 0,
    "rank-deficient": lambda x: x.rank() < x.nrows(),
    "singular": lambda x: x.rank() < x.nrows(),
    "full-rank": lambda x: x.rank() == x.nrows(),
    "idempotent": lambda x: x * x == x,
    "projection": lambda x: x * x == x and x == x.transpose(),
    "involutory": lambda x: x * x == identity(x.nrows()),
    "nilpotent": lambda x: x ** x.nrows() == x * 0,
    "permutation": lambda x: x * x.transpose() == identity(x.nrows()) and all(e in (0, 1) for _, _, e in entries(x)),
    "stochastic": lambda x: x * fmpq_mat(x.ncols(), 1, [1] * x.ncols()) == fmpq_mat(x.nrows(), 1, [1] * x.nrows()),
    "toeplitz": lambda x: all(e == x[i - 1, j - 1] for i, j, e in entries(x) if i and j),
    "hankel": lambda x: all(e == x[i - 1, j + 1] for i, j, e in entries(x) if i and j + 1 < x.ncols()),
    "circulant": lambda x: all(e == x[0, (j - i) % x.ncols()] for i, j, e in entries(x)),
    "normal": lambda x: x * x.transpose() == x.transpose() * x,
    "scalar-multiple-of-identity": lambda x: x == identity(x.nrows()) * x[0, 0],
    "positive": lambda x: all(e > 0 for _, _, e in entries(x)),
    "negative": lambda x: all(e < 0 for _, _, e in entries(x)),
    "nonnegative": lambda x: all(e >= 0 for _, _, e in entries(x)),
    "zero": lambda x: x == x * 0,
    "simplex": lambda x: all(e > 0 for _, _, e in entries(x)) and MEANING["stochastic"](x),
    "one-hot": lambda x: all(e in (0, 1) for _, _, e in entries(x)) and MEANING["stochastic"](x),
    "one-hot-rows": lambda x: all(e in (0, 1) for _, _, e in entries(x)) and MEANING["stochastic"](x),
    "unit-norm": lambda x: sum((e * e for _, _, e in entries(x)), fmpq(0)) == 1,
}


def test_every_property_is_tested_here_or_listed() -> None:
    assert set(MEANING) | COMPLEX | UNDRAWN | NOT_SEEN == set(PROPERTIES)


@pytest.mark.parametrize("word", sorted(MEANING))
def test_a_matrix_that_is_drawn_has_its_property(word: str) -> None:
    for seed in range(6):
        value = drawn(f"A: matrix(n, n) {word}", seed)["A"]
        assert MEANING[word](fmpq_mat(*value.shape, value.entries))


@pytest.mark.parametrize(
    "words",
    ["orthogonal skew", "skew invertible", "symmetric circulant", "pd scalar-multiple-of-identity", "symmetric normal"],
)
def test_combinations(words: str) -> None:
    for seed in range(6):
        value = drawn(f"A: matrix(n, n) {words}", seed)["A"]
        matrix = fmpq_mat(*value.shape, value.entries)
        assert all(MEANING[word](matrix) for word in words.split())


def test_idempotent_matrices_that_commute() -> None:
    ranks = set()
    for seed in range(6):
        point = drawn("A: matrix(n, n) idempotent; B: matrix(n, n) idemcommutes(A)", seed)
        a, b = (fmpq_mat(*point[name].shape, point[name].entries) for name in "AB")
        assert a * b == b * a
        assert b * b == b
        ranks.add(((a * b).rank(), b.rank()))
    assert max(ranks) > (0, 0)


@pytest.mark.parametrize(
    "given", ["x: vector(n) rank-deficient", "s: scalar one-hot", "x: vector(n) prob", "x: vector(n) hankel"]
)
def test_what_is_no_property_of_it_is_said(given: str) -> None:
    with pytest.raises(DomainError):
        drawn(given, 0)
