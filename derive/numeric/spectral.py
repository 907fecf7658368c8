"""Eigenvalues and eigenvectors of symmetric matrices, pseudo-inverses, triangles and factors, on balls.

One idea: eigenvalues are isolated with error bounds (FLINT), and the eigenvector of one that is certainly simple is a column of
adj(λI - A), which needs no other eigenvalue to be simple. A tie, or a rank that balls cannot decide, raises `OutOfDomain`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from flint import acb_mat, arb, arb_mat

from derive.numeric.primary import identity, matrix, size, square_root, tensor, whole
from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain

ZERO = arb(0)
NEAR = arb(2) ** -40  # far above the step of the differences


def _symmetric(x: Tensor) -> arb_mat:
    """The symmetric part; raises OutOfDomain unless it is x itself, but for the step of a difference quotient."""
    a = matrix(x)
    t = a.transpose()
    if not size(a - t) < NEAR * (1 + size(a)):
        raise OutOfDomain("the matrix is not symmetric")
    return (a + t) * arb(0.5)


def _eigenvalues(a: arb_mat) -> list[arb]:
    """The eigenvalues of a symmetric matrix in ascending order, enclosed; equal ones overlap."""
    try:
        found = acb_mat(a).eig(multiple=True)
    except ValueError:
        raise OutOfDomain("the eigenvalues cannot be enclosed") from None
    return sorted([z.real for z in found], key=lambda e: e.mid())


def _value(a: arb_mat, place: int) -> arb:
    """The eigenvalue at a place counted from 0, where it is simple."""
    values = _eigenvalues(a)
    if not 0 <= place < len(values):
        raise OutOfDomain(f"there is no eigenvalue {place + 1} among {len(values)}")
    if any(values[place].overlaps(v) for k, v in enumerate(values) if k != place):
        raise OutOfDomain("the eigenvalue is not simple")
    return values[place]


def _vector(a: arb_mat, value: arb) -> list[arb]:
    """The unit eigenvector of a simple eigenvalue, largest entry positive: adj(λI - A) = c v v' (Faddeev and LeVerrier)."""
    n = a.nrows()
    m = identity(n) * value - a
    step = identity(n)
    for k in range(1, n):
        product = m * step
        step = identity(n) * (product.trace() / k) - product
    place = max(range(n), key=lambda i: abs(step[i, i]).mid())
    column = [step[i, place] for i in range(n)]
    top = max(range(n), key=lambda i: abs(column[i]).mid())
    length = sum((x * x for x in column), ZERO).sqrt()
    if not abs(column[top]) > 0:
        raise OutOfDomain("the eigenvector is undecided")
    sign = 1 if column[top] > 0 else -1
    return [x * sign / length for x in column]


def eigenvalue(x: Tensor, i: Tensor) -> Tensor:
    return Tensor((), [_value(_symmetric(x), whole(i) - 1)])


def eigenvector(x: Tensor, i: Tensor) -> Tensor:
    a = _symmetric(x)
    return Tensor((x.shape[0],), _vector(a, _value(a, whole(i) - 1)))


def eigenvalues(x: Tensor) -> Tensor:
    """All of them; raises OutOfDomain unless all are simple."""
    values = _eigenvalues(_symmetric(x))
    if any(a.overlaps(b) for a, b in pairwise(values)):
        raise OutOfDomain("an eigenvalue is not simple")
    return Tensor((len(values),), values)


def eigenvectors(x: Tensor) -> Tensor:
    """As columns, in the order of the eigenvalues."""
    a = _symmetric(x)
    columns = [_vector(a, v) for v in eigenvalues(x).entries]
    return Tensor(x.shape, [column[i] for i in range(len(columns)) for column in columns])


def _end(largest: bool) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    def value(x: Tensor) -> Tensor:
        return Tensor((), [_value(_symmetric(x), x.shape[0] - 1 if largest else 0)])

    def vector(x: Tensor) -> Tensor:
        return Tensor((x.shape[0],), _vector(_symmetric(x), value(x).scalar))

    return value, vector


# ---------------------------------------------------------------------- pseudo-inverse, polar factor, rank


def _inverse(a: arb_mat) -> arb_mat:
    try:
        return a.inv()
    except ZeroDivisionError:
        raise OutOfDomain("the matrix has not full rank") from None


def pseudo_inverse(x: Tensor) -> Tensor:
    """(X'X)⁻¹X' or X'(XX')⁻¹, where the rank is certainly full."""
    a = matrix(x)
    t = a.transpose()
    return tensor(_inverse(t * a) * t if a.nrows() >= a.ncols() else t * _inverse(a * t))


def polar(x: Tensor) -> Tensor:
    """X (X'X)^(-1/2), or (XX')^(-1/2) X."""
    a = matrix(x)
    if a.nrows() >= a.ncols():
        return tensor(a * _inverse(_modulus(a)))
    return tensor(_inverse(_modulus(a.transpose())) * a)


def nuclear_norm(x: Tensor) -> Tensor:
    """tr (X'X)^(1/2)."""
    a = matrix(x)
    return Tensor((), [_modulus(a if a.nrows() >= a.ncols() else a.transpose()).trace()])


def _modulus(a: arb_mat) -> arb_mat:
    gram = a.transpose() * a
    _inverse(gram)
    return square_root([gram])[0]


def rank(x: Tensor) -> Tensor:
    """The rank where it is certainly full; a lower one is not decided by balls."""
    a = matrix(x)
    t = a.transpose()
    _inverse(t * a if a.nrows() >= a.ncols() else a * t)
    return Tensor((), [arb(min(x.shape))])


# ---------------------------------------------------------------------- triangles, Cholesky factor, cross product


def lower(x: Tensor) -> Tensor:
    return _triangle(x, lambda i, j: i >= j)


def upper(x: Tensor) -> Tensor:
    return _triangle(x, lambda i, j: i <= j)


def _triangle(x: Tensor, kept: Callable[[int, int], bool]) -> Tensor:
    columns = x.shape[1]
    return Tensor(x.shape, [e if kept(*divmod(k, columns)) else e * 0 for k, e in enumerate(x.entries)])


def cholesky(x: Tensor) -> Tensor:
    """The lower factor of the symmetric part; raises OutOfDomain unless it is certainly positive definite."""
    a, n = _symmetric(x), x.shape[0]
    factor = [[ZERO] * n for _ in range(n)]
    for j in range(n):
        square = a[j, j] - sum((factor[j][k] ** 2 for k in range(j)), ZERO)
        if not square > 0:
            raise OutOfDomain("the matrix is not positive definite")
        factor[j][j] = square.sqrt()
        for i in range(j + 1, n):
            inner = sum((factor[i][k] * factor[j][k] for k in range(j)), ZERO)
            factor[i][j] = (a[i, j] - inner) / factor[j][j]
    return Tensor(x.shape, [e for row in factor for e in row])


def cross(x: Tensor, y: Tensor) -> Tensor:
    """(x₂y₃ - x₃y₂, x₃y₁ - x₁y₃, x₁y₂ - x₂y₁)."""
    a, b = x.entries, y.entries
    return Tensor((3,), [a[i] * b[j] - a[j] * b[i] for i, j in ((1, 2), (2, 0), (0, 1))])


_largest, _smallest = _end(True), _end(False)
TENSORS: dict[str, Callable[..., Tensor]] = {
    "eigi": eigenvalue,
    "evec": eigenvector,
    "eig": eigenvalues,
    "evecs": eigenvectors,
    "lmax": _largest[0],
    "vmax": _largest[1],
    "lmin": _smallest[0],
    "vmin": _smallest[1],
    "pinv": pseudo_inverse,
    "polar": polar,
    "nucnorm": nuclear_norm,
    "rank": rank,
    "tril": lower,
    "triu": upper,
    "chol": cholesky,
    "cross": cross,
}
ALGEBRAIC: dict[str, Callable[..., Tensor]] = {"tril": lower, "triu": upper, "cross": cross}  # in any world of numbers
