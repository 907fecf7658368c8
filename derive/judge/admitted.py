"""Admitted: whether a value certainly has the properties that a declaration names.

One idea: a property of exact numbers is decided exactly, so a special value can be proposed freely and is taken only where it has all that was
declared. A complex n×n matrix is looked at as a real one of twice the size. A property that cannot be decided here admits nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from flint import fmpq, fmpq_mat, fmpq_poly

from derive.numeric.gaussian import Gaussian, doubled
from derive.numeric.structures import HOLDS
from derive.numeric.tensor import Tensor, count

PARTNERED = ("commutes", "idemcommutes")
OF_ENTRIES = frozenset(("symmetric", "skew", "diagonal", "lower-triangular", "upper-triangular"))  # of both parts alike
AS_REAL = {
    "hermitian": "symmetric",
    "skewhermitian": "skew",
    "unitary": "orthogonal",
}  # of the matrix of twice the size
ALWAYS = frozenset(("real", "complex", "inferred"))  # words that exclude nothing of the right kind
SMALLEST = fmpq(1, 4)  # share that a number between 0 and 1 keeps from both


def admits(words: Collection[str], value: Tensor, point: Mapping[str, Tensor] | None = None) -> bool:
    """Whether a value has every property; `commutes(A)` is decided by the value of A at the point, and is false without it."""
    return all(_has(word, value, point or {}) for word in words)


def _has(word: str, value: Tensor, point: Mapping[str, Tensor]) -> bool:
    kind, bracket, partner = word.rstrip(")").partition("(")
    if bracket:
        return kind in PARTNERED and partner in point and _commutes(value, point[partner], kind == "idemcommutes")
    if word in ALWAYS:
        return word != "real" or not _is_complex(value)
    if word in ENTRIES:
        return ENTRIES[word](value)
    return len(value.shape) == 2 and _of_matrix(word, value)


def _is_complex(value: Tensor) -> bool:
    return any(isinstance(x, Gaussian) for x in value.entries)


def parts(value: Tensor) -> tuple[fmpq_mat, fmpq_mat]:
    """The real and the imaginary part of a matrix."""
    pairs = [(x.real, x.imag) if isinstance(x, Gaussian) else (x, fmpq(0)) for x in value.entries]
    rows, columns = value.shape
    real, imag = [fmpq_mat(rows, columns, [p[k] for p in pairs]) for k in (0, 1)]
    return real, imag


def _of_matrix(word: str, value: Tensor) -> bool:
    real, imag = parts(value)
    if not _is_complex(value):
        return _real_matrix(AS_REAL.get(word, word), real)
    if word in OF_ENTRIES:
        return _real_matrix(word, real) and _real_matrix(word, imag)
    return _real_matrix(AS_REAL.get(word, word), doubled(real, imag))


def _real_matrix(word: str, x: fmpq_mat) -> bool:
    test = MATRICES.get(word) or HOLDS.get(word)
    if test is None or (word not in RECTANGULAR and x.nrows() != x.ncols()):
        return False
    return test(x)


def _commutes(value: Tensor, other: Tensor, idempotent: bool) -> bool:
    if value.shape != other.shape or len(value.shape) != 2 or value.shape[0] != value.shape[1]:
        return False
    a, b = doubled(*parts(value)), doubled(*parts(other))
    return bool(a * b == b * a) and (not idempotent or bool(a * a == a))


# ---------------------------------------------------------------------- properties of entries


def _square(x: Any) -> fmpq:
    return x.real * x.real + x.imag * x.imag if isinstance(x, Gaussian) else x * x


def length(value: Tensor) -> fmpq:
    """The square of the Euclidean or Frobenius norm."""
    return sum((_square(x) for x in value.entries), fmpq(0))


def _signs(test: Callable[[fmpq], bool]) -> Callable[[Tensor], bool]:
    return lambda value: not _is_complex(value) and all(test(x) for x in value.entries)


def _rows(value: Tensor) -> list[list[Any]]:
    width = value.shape[-1]
    return [value.entries[k * width : (k + 1) * width] for k in range(count(value.shape) // width)]


def _shares(value: Tensor) -> bool:
    """Entries that are not negative and sum to 1, in each row; a number lies between 0 and 1."""
    if _is_complex(value):
        return False
    if not value.shape:
        return bool(SMALLEST <= value.entries[0] <= 1 - SMALLEST)
    return all(min(row) >= 0 and sum(row, fmpq(0)) == 1 for row in _rows(value))


def _one_hot(value: Tensor) -> bool:
    return bool(value.shape) and _shares(value) and all(x in (0, 1) for x in value.entries)


ENTRIES: dict[str, Callable[[Tensor], bool]] = {
    "positive": _signs(lambda x: bool(x > 0)),
    "nonnegative": _signs(lambda x: bool(x >= 0)),
    "negative": _signs(lambda x: bool(x < 0)),
    "nonzero": lambda value: all(x != 0 for x in value.entries),
    "zero": lambda value: all(x == 0 for x in value.entries),
    "simplex": _shares,
    "one-hot": _one_hot,
    "one-hot-rows": _one_hot,
    "unit-norm": lambda value: bool(value.shape) and bool(length(value) == 1),
    "norm<1": lambda value: bool(length(value) < 1),
}


# ---------------------------------------------------------------------- properties of real matrices


def semidefinite(x: fmpq_mat) -> bool:
    """Symmetric, and no sum of principal minors of one order is negative: (-1)^k times a coefficient of det(tI - X)."""
    if x != x.transpose():
        return False
    n = x.nrows()
    coefficients = x.charpoly().coeffs()
    return all(c * (-1) ** (n - k) >= 0 for k, c in enumerate(coefficients))


def _simple(x: fmpq_mat) -> bool:
    """Whether all eigenvalues are different: det(tI - X) has no factor in common with its derivative."""
    p = fmpq_poly(x.charpoly())
    return bool(p.gcd(p.derivative()).degree() == 0)


def _stochastic(x: fmpq_mat) -> bool:
    return _shares(Tensor.of((x.nrows(), x.ncols()), x))


def _toeplitz(x: fmpq_mat) -> bool:
    return all(x[i, j] == x[i - 1, j - 1] for i in range(1, x.nrows()) for j in range(1, x.ncols()))


def _triangular(x: fmpq_mat) -> bool:
    return HOLDS["upper-triangular"](x)


MATRICES: dict[str, Callable[[fmpq_mat], bool]] = {
    "psd": semidefinite,
    "stochastic": _stochastic,
    "permutation": lambda x: _stochastic(x) and _stochastic(x.transpose()) and all(e in (0, 1) for e in x.entries()),
    "toeplitz": _toeplitz,
    "triangular": _triangular,
    "real-eigenvalues": lambda x: bool(x == x.transpose()) or _triangular(x) or _triangular(x.transpose()),
    "distinct-eigenvalues": _simple,
}
RECTANGULAR = frozenset(
    "rank-deficient singular full-rank diagonal lower-triangular upper-triangular toeplitz hankel".split()
)
