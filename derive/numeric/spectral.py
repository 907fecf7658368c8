"""Eigenvalues and eigenvectors of symmetric matrices, pseudo-inverses, triangles and factors, on balls.

One idea: eigenvalues are isolated with error bounds (FLINT), and the eigenvector of one that is certainly simple is a column of
adj(λI - A), which needs no other eigenvalue to be simple. A tie, or a rank that balls cannot decide, raises `OutOfDomain`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

from flint import acb_mat, arb, arb_mat, ctx

from derive.numeric import pairing
from derive.numeric.primary import identity, matrix, size, square_root, tensor, whole
from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain

ZERO = arb(0)
NEAR = arb(2) ** -40  # far above the step of the differences
ENOUGH = 128  # bits with which what contains 0 is told from what is small


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


def unit_eigenvector(a: arb_mat, value: arb) -> list[arb]:
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
    return Tensor((x.shape[0],), unit_eigenvector(a, _value(a, whole(i) - 1)))


def eigenvalues(x: Tensor) -> Tensor:
    """All of them; raises OutOfDomain unless all are simple."""
    values = simple_eigenvalues(_symmetric(x))
    return Tensor((len(values),), values)


def simple_eigenvalues(a: arb_mat) -> list[arb]:
    """All eigenvalues of a symmetric matrix in ascending order; raises OutOfDomain unless all are simple."""
    values = _eigenvalues(a)
    if any(low.overlaps(high) for low, high in pairwise(values)):
        raise OutOfDomain("an eigenvalue is not simple")
    return values


def eigenvectors(x: Tensor) -> Tensor:
    """As columns, in the order of the eigenvalues."""
    a = _symmetric(x)
    columns = [unit_eigenvector(a, v) for v in eigenvalues(x).entries]
    return Tensor(x.shape, [column[i] for i in range(len(columns)) for column in columns])


def _end(largest: bool) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    def value(x: Tensor) -> Tensor:
        return Tensor((), [_value(_symmetric(x), x.shape[0] - 1 if largest else 0)])

    def vector(x: Tensor) -> Tensor:
        return Tensor((x.shape[0],), unit_eigenvector(_symmetric(x), value(x).scalar))

    return value, vector


# ---------------------------------------------------------------------- pseudo-inverse, polar factor, rank


def _inverse(a: arb_mat) -> arb_mat:
    try:
        return a.inv()
    except ZeroDivisionError:
        raise OutOfDomain("the matrix has not full rank") from None


def pseudo_inverse(x: Tensor) -> Tensor:
    """(X'X)⁻¹X' or X'(XX')⁻¹ of full rank; else R'(RR')⁻¹C⁺ with X = CR, C columns of X that span the others, R = C⁺X."""
    a = matrix(x)
    places = spanning(a)
    if len(places) == min(x.shape):
        return tensor(_of_full_rank(a))
    if not places:
        return tensor(a.transpose() * 0)
    columns = arb_mat(a.nrows(), len(places), [a[i, j] for i in range(a.nrows()) for j in places])
    left = _of_full_rank(columns)
    return tensor(_of_full_rank(left * a) * left)


def _of_full_rank(a: arb_mat) -> arb_mat:
    t = a.transpose()
    return _inverse(t * a) * t if a.nrows() >= a.ncols() else t * _inverse(a * t)


def spanning(a: arb_mat) -> list[int]:
    """Columns that span all others, found by elimination with the largest entry as pivot.

    What is left over is 0 where every entry of it contains 0 and is smaller than all but a quarter of the bits can tell. Raises
    OutOfDomain where that is not so and no pivot is clear: the step of a difference quotient makes no rank.
    """
    rows = a.tolist()
    top = size(a).upper()
    found: list[int] = []
    while rows and len(found) < a.ncols():
        i, j = max(product(range(len(rows)), range(a.ncols())), key=lambda p: abs(rows[p[0]][p[1]]).mid())
        pivot = rows[i][j]
        if not abs(pivot) > top * NEAR:
            if top.is_zero() or (ctx.prec >= ENOUGH and all(_nothing(x, top) for row in rows for x in row)):
                break
            raise OutOfDomain("the rank is undecided")
        found.append(j)
        line = rows.pop(i)
        for row in rows:
            factor = row[j] / pivot
            row[:] = [ZERO if k == j else x - factor * y for k, (x, y) in enumerate(zip(row, line, strict=True))]
    return sorted(found)


def _nothing(x: arb, top: arb) -> bool:
    return bool(x.contains(0)) and bool(abs(x).upper() <= top * arb(2) ** (-3 * ctx.prec // 4))


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
    """The number of independent columns; raises OutOfDomain where balls cannot tell."""
    return Tensor((), [arb(len(spanning(matrix(x))))])


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
    **pairing.TENSORS,
}
ALGEBRAIC: dict[str, Callable[..., Tensor]] = {  # in any world of numbers
    "tril": lower,
    "triu": upper,
    "cross": cross,
    **pairing.TENSORS,
}
