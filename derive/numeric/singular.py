"""Singular values and vectors on balls.

One idea: the singular values of X are the square roots of the eigenvalues of the smaller of X'X and XX', and the vectors on that side its
eigenvectors; those of the other side follow by X v = s u, and are completed by what is left of the unit vectors. A tie, or a value that may be 0,
raises `OutOfDomain`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from flint import arb, arb_mat

from derive.numeric.primary import matrix, tensor
from derive.numeric.spectral import simple_eigenvalues, unit_eigenvector
from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain

Vector = list[arb]


class Singular(NamedTuple):
    """Values in descending order, with a left and a right vector for each."""

    values: list[arb]
    left: list[Vector]
    right: list[Vector]


def _values(a: arb_mat) -> list[arb]:
    """The squares of the singular values in descending order, certainly positive and different."""
    t = a.transpose()
    squares = simple_eigenvalues(a * t if a.nrows() <= a.ncols() else t * a)[::-1]
    if not all(s > 0 for s in squares):
        raise OutOfDomain("a singular value may be 0")
    return squares


def singular_values(x: Tensor) -> Tensor:
    squares = _values(matrix(x))
    return Tensor((len(squares),), [s.sqrt() for s in squares])


def _decomposed(a: arb_mat) -> Singular:
    squares, t = _values(a), a.transpose()
    values = [s.sqrt() for s in squares]
    if a.nrows() <= a.ncols():
        left = [unit_eigenvector(a * t, s) for s in squares]
        return Singular(values, left, [_image(t, u, s) for u, s in zip(left, values, strict=True)])
    right = [unit_eigenvector(t * a, s) for s in squares]
    pairs = [_signed(_image(a, v, s), v) for v, s in zip(right, values, strict=True)]
    return Singular(values, [u for u, _ in pairs], [v for _, v in pairs])


def _image(a: arb_mat, v: Vector, s: arb) -> Vector:
    """a v / s."""
    return [x / s for x in (a * arb_mat(len(v), 1, v)).entries()]


def _signed(u: Vector, v: Vector) -> tuple[Vector, Vector]:
    """Both turned so that the largest entry of u is positive; raises OutOfDomain where its sign is undecided."""
    top = max(u, key=lambda x: abs(x).mid())
    if top > 0:
        return u, v
    if top < 0:
        return [-x for x in u], [-x for x in v]
    raise OutOfDomain("the sign of a singular vector is undecided")


def _completed(vectors: Sequence[Vector], size: int) -> list[Vector]:
    """The vectors and what makes them an orthonormal basis: each next one is the longest rest of a unit vector."""
    basis = list(vectors)
    while len(basis) < size:
        rests = [_rest(basis, place, size) for place in range(size)]
        squares = [sum((x * x for x in rest), arb(0)) for rest in rests]
        best = max(range(size), key=lambda k: squares[k].mid())
        if not squares[best] > 0:
            raise OutOfDomain("the basis cannot be completed")
        length = squares[best].sqrt()
        basis.append([x / length for x in rests[best]])
    return basis


def _rest(basis: Sequence[Vector], place: int, size: int) -> Vector:
    """The unit vector less its projection."""
    return [arb(int(k == place)) - sum((v[k] * v[place] for v in basis), arb(0)) for k in range(size)]


def _columns(vectors: Sequence[Vector]) -> Tensor:
    return Tensor((len(vectors[0]), len(vectors)), [v[i] for i in range(len(vectors[0])) for v in vectors])


def left_vectors(x: Tensor) -> Tensor:
    return _columns(_decomposed(matrix(x)).left)


def right_vectors(x: Tensor) -> Tensor:
    return _columns(_decomposed(matrix(x)).right)


def left_factor(x: Tensor) -> Tensor:
    return _columns(_completed(_decomposed(matrix(x)).left, x.shape[0]))


def right_factor(x: Tensor) -> Tensor:
    """V', the vectors as rows."""
    rows = _completed(_decomposed(matrix(x)).right, x.shape[1])
    return Tensor((x.shape[1], x.shape[1]), [entry for row in rows for entry in row])


def middle_factor(x: Tensor) -> Tensor:
    """The singular values on the diagonal of an m×n matrix of zeros."""
    values = singular_values(x).entries
    made = arb_mat(*x.shape)
    for k, value in enumerate(values):
        made[k, k] = value
    return tensor(made)


TENSORS: dict[str, Callable[..., Tensor]] = {
    "sv": singular_values,
    "svU": left_vectors,
    "svV": right_vectors,
    "svdU": left_factor,
    "svdD": middle_factor,
    "svdVt": right_factor,
}
