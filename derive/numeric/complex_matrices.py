"""Functions of complex matrices on balls.

One idea: what over the reals is a transpose in a definition is here a conjugate transpose (pseudo-inverse, Cholesky factor, spectral norm),
and eigenvalues come from one enclosure (FLINT): real and ascending of a hermitian matrix, else ordered by real and then by imaginary
part. What is undecided raises `OutOfDomain`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cmp_to_key

from flint import acb, acb_mat, arb

from derive.numeric import adjugate
from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import NotInWorld, OutOfDomain

NEAR = arb(2) ** -40  # far above the step of the differences, far below the distance of generic points
I = acb(0, 1)


def matrix(x: Tensor) -> acb_mat:
    return acb_mat(x.shape[0], x.shape[1], x.entries)


def tensor(x: acb_mat) -> Tensor:
    """The matrix as a tensor; raises OutOfDomain for entries that are not finite."""
    entries = x.entries()
    if not all(e.is_finite() for e in entries):
        raise OutOfDomain("the value is not a finite number")
    return Tensor((x.nrows(), x.ncols()), entries)


def adjoint(x: acb_mat) -> acb_mat:
    return x.conjugate().transpose()


def identity(n: int) -> acb_mat:
    return acb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def diagonal(values: Sequence[Number]) -> acb_mat:
    n = len(values)
    return acb_mat(n, n, [values[i] if i == j else 0 for i in range(n) for j in range(n)])


def inverse(x: acb_mat) -> acb_mat:
    try:
        return x.inv()
    except ZeroDivisionError:
        raise OutOfDomain("the matrix is singular") from None


def determinant(x: Tensor) -> Tensor:
    return Tensor((), [matrix(x).det()])


def log_determinant(x: Tensor) -> Tensor:
    """log |det X|."""
    size = abs(matrix(x).det())
    if not size > 0:
        raise OutOfDomain("the matrix is singular")
    return Tensor((), [size.log()])


def product_of(x: Tensor) -> Tensor:
    total: Number = arb(1)
    for entry in x.entries:
        total = total * entry
    return Tensor((), [total])


def powered(x: Tensor, k: Tensor) -> Tensor:
    """X^k for a whole k."""
    exponent = k.scalar
    if not (type(exponent) is arb and exponent.is_exact() and exponent.is_integer()):
        raise OutOfDomain("the exponent of a matrix is not a whole number")
    n = int(float(exponent))
    a = matrix(x)
    return tensor((inverse(a) if n < 0 else a) ** abs(n))


# ---------------------------------------------------------------------- functions by exponentials


def exponential(x: Tensor) -> Tensor:
    return tensor(matrix(x).exp())


def _rotations(x: Tensor) -> tuple[acb_mat, acb_mat]:
    a = matrix(x) * I
    return a.exp(), (a * -1).exp()


def sine(x: Tensor) -> Tensor:
    """(exp(iX) - exp(-iX)) / 2i."""
    there, back = _rotations(x)
    return tensor((there - back) * acb(0, arb(-0.5)))


def cosine(x: Tensor) -> Tensor:
    there, back = _rotations(x)
    return tensor((there + back) * arb(0.5))


# ---------------------------------------------------------------------- eigenvalues


def hermitian_part(x: Tensor) -> acb_mat | None:
    """The hermitian part of a matrix that is hermitian but for the step of a difference quotient; None for any other."""
    a = matrix(x)
    b = adjoint(a)
    largest = max((abs(e).upper() for e in a.entries()), default=arb(0))
    if all(abs(e) < NEAR * (1 + largest) for e in (a - b).entries()):
        return (a + b) * arb(0.5)
    return None


def demanded(x: Tensor) -> acb_mat:
    found = hermitian_part(x)
    if found is None:
        raise OutOfDomain("the matrix is not hermitian")
    return found


def enclosed(a: acb_mat) -> list[acb]:
    try:
        return list(a.eig(multiple=True))
    except ValueError:
        raise OutOfDomain("the eigenvalues cannot be enclosed") from None


def ascending(a: acb_mat) -> list[arb]:
    """The eigenvalues of a hermitian matrix: the k-th lies between the k-th of the lower and of the upper ends."""
    try:
        found = [z.real for z in a.eig(multiple=True)]
    except ValueError:
        found = _bounded(a)
    low = sorted((e.lower() for e in found), key=float)
    high = sorted((e.upper() for e in found), key=float)
    return [x.union(y) for x, y in zip(_by_size(low), _by_size(high), strict=True)]


def _bounded(a: acb_mat) -> list[arb]:
    """The eigenvalues of a hermitian matrix, however many are equal: with B = QᴴAQ, those of B differ from its diagonal by no more
    than the norm of what is beside it (Weyl), and from those of A by factors within ‖QᴴQ - I‖ of 1 (Ostrowski). Order is not kept.
    """
    n = a.nrows()
    try:
        _, right = a.mid().eig(right=True, algorithm="approx")
    except ValueError:
        raise OutOfDomain("the eigenvalues cannot be enclosed") from None
    q = _orthonormal(right)
    b, defect = adjoint(q) * a * q, _rows_norm(adjoint(q) * q - identity(n))
    beside = _rows_norm(b - diagonal([b[i, i] for i in range(n)]))
    if not defect < arb(0.5):
        raise OutOfDomain("the eigenvalues cannot be enclosed")
    return [(b[i, i].real + arb(0, beside.upper())) / (1 + arb(0, defect.upper())) for i in range(n)]


def _orthonormal(a: acb_mat) -> acb_mat:
    """About an orthonormal basis of the columns, one after the other, without error bounds."""
    n = a.nrows()
    kept: list[list[acb]] = []
    for k in range(n):
        column = [a[i, k].mid() for i in range(n)]
        for other in kept * 2:  # twice is enough (Kahan)
            part = sum((y.conjugate() * x for x, y in zip(column, other, strict=True)), acb(0))
            column = [(x - part * y).mid() for x, y in zip(column, other, strict=True)]
        length = sum((abs(x) ** 2 for x in column), arb(0)).sqrt()
        if not length > NEAR:
            raise OutOfDomain("the eigenvalues cannot be enclosed")
        kept.append([(x / length).mid() for x in column])
    return acb_mat(n, n, [kept[k][i] for i in range(n) for k in range(n)])


def _rows_norm(a: acb_mat) -> arb:
    """The largest sum of absolute values along a row."""
    sums = [sum((abs(x).upper() for x in row), arb(0)) for row in a.tolist()]
    return max(sums, key=float)


def _by_size(values: list[arb]) -> list[arb]:
    def order(a: arb, b: arb) -> int:
        return -1 if a < b else int(a > b)

    return sorted(values, key=cmp_to_key(order))


def eigenvalues(x: Tensor) -> Tensor:
    """All eigenvalues: ascending of a hermitian matrix; else by real part, and by imaginary part where real parts agree."""
    part = hermitian_part(x)
    values: Sequence[Number] = ascending(part) if part is not None else _ordered(enclosed(matrix(x)))
    return Tensor((len(values),), list(values))


def _ordered(values: list[acb]) -> list[acb]:
    """In order; values that cannot be told apart are each the union of them."""
    joined = []
    for z in values:
        whole = z
        for other in values:
            whole = whole.union(other) if whole.overlaps(other) else whole
        joined.append(whole)

    def order(a: acb, b: acb) -> int:
        for u, v in ((a.real, b.real), (a.imag, b.imag)):
            if u < v or u > v:
                return -1 if u < v else 1
        return 0

    return sorted(joined, key=cmp_to_key(order))


def _simple(x: Tensor) -> tuple[list[arb], list[list[acb]]]:
    """The eigenvalues of a hermitian matrix, ascending and simple, with unit eigenvectors whose largest entry is positive."""
    a = demanded(x)
    try:
        values, right = a.eig(right=True)
    except ValueError:
        raise OutOfDomain("an eigenvalue is not simple") from None
    n = len(values)
    order = sorted(range(n), key=cmp_to_key(lambda i, j: -1 if values[i].real < values[j].real else 1))
    columns = [_unit([right[i, k] for i in range(n)]) for k in order]
    return [values[k].real for k in order], columns


def _unit(column: list[acb]) -> list[acb]:
    length = sum((abs(z) ** 2 for z in column), arb(0)).sqrt()
    top = max(column, key=lambda z: float(abs(z).mid()))
    if not abs(top) > 0:
        raise OutOfDomain("the eigenvector is undecided")
    phase = top.conjugate() / abs(top)
    return [z * phase / length for z in column]


def eigenvectors(x: Tensor) -> Tensor:
    _, columns = _simple(x)
    return Tensor(x.shape, [column[i] for i in range(len(columns)) for column in columns])


def _place(k: Tensor) -> int:
    return int(float(k.scalar)) - 1


def eigenvalue(x: Tensor, k: Tensor) -> Tensor:
    return Tensor((), [ascending(demanded(x))[_place(k)]])


def eigenvector(x: Tensor, k: Tensor) -> Tensor:
    return Tensor(x.shape[:1], list(_simple(x)[1][_place(k)]))


def by_spectrum(x: Tensor, function: Callable[[acb], acb]) -> Tensor:
    """V f(D) V⁻¹ of a matrix with simple eigenvalues."""
    try:
        values, right = matrix(x).eig(right=True)
    except ValueError:
        raise OutOfDomain("an eigenvalue is not simple") from None
    for z in values:
        if z.imag.contains(0) and not z.real > 0:
            raise OutOfDomain("an eigenvalue lies on a branch cut")
    return tensor(right * diagonal([function(z) for z in values]) * inverse(right))


# ---------------------------------------------------------------------- conjugate transposes in definitions


def pseudo_inverse(x: Tensor) -> Tensor:
    """(XᴴX)⁻¹Xᴴ or Xᴴ(XXᴴ)⁻¹, where the rank is certainly full."""
    a = matrix(x)
    b = adjoint(a)
    return tensor(inverse(b * a) * b if a.nrows() >= a.ncols() else b * inverse(a * b))


def cholesky(x: Tensor) -> Tensor:
    """The lower L with positive diagonal and L Lᴴ = X."""
    a, n = demanded(x), x.shape[0]
    factor: list[list[Number]] = [[arb(0)] * n for _ in range(n)]
    for j in range(n):
        square = a[j, j].real - sum((abs(factor[j][k]) ** 2 for k in range(j)), arb(0))
        if not square > 0:
            raise OutOfDomain("the matrix is not positive definite")
        factor[j][j] = square.sqrt()
        for i in range(j + 1, n):
            inner = sum((factor[i][k] * acb(factor[j][k]).conjugate() for k in range(j)), acb(0))
            factor[i][j] = (a[i, j] - inner) / factor[j][j]
    return Tensor(x.shape, [z for row in factor for z in row])


def singular_values(x: Tensor) -> list[arb]:
    """The singular values, ascending, where none is 0."""
    a = matrix(x)
    gram = adjoint(a) * a if a.nrows() >= a.ncols() else a * adjoint(a)
    values = ascending(gram)
    if not all(v > 0 for v in values):
        raise OutOfDomain("the matrix has not full rank")
    return [v.sqrt() for v in values]


def polar(x: Tensor) -> Tensor:
    """X (XᴴX)^(-1/2), or (XXᴴ)^(-1/2) X."""
    a = matrix(x)
    tall = a.nrows() >= a.ncols()
    root = matrix(by_spectrum(tensor(adjoint(a) * a if tall else a * adjoint(a)), lambda z: 1 / z.sqrt()))
    return tensor(a * root if tall else root * a)


def euclidean(x: Tensor) -> Tensor:
    """sqrt(Σ |x|²)."""
    total = sum((abs(z) ** 2 for z in x.entries), arb(0))
    if not total > 0:
        raise OutOfDomain("the norm of zero")
    return Tensor((), [total.sqrt()])


def rank(x: Tensor) -> Tensor:
    """The rank where it is certainly full."""
    singular_values(x)
    return Tensor((), [arb(min(x.shape))])


def fourier(n: int) -> Tensor:
    """exp(-2πi jk/n), j and k from 0."""
    roots = [(I * arb.pi() * -2 * k / n).exp() for k in range(n)]
    return Tensor((n, n), [roots[j * k % n] for j in range(n) for k in range(n)])


def _triangle(kept: Callable[[int, int], bool]) -> Callable[[Tensor], Tensor]:
    def function(x: Tensor) -> Tensor:
        columns = x.shape[1]
        return Tensor(x.shape, [e if kept(*divmod(k, columns)) else arb(0) for k, e in enumerate(x.entries)])

    return function


def cross(x: Tensor, y: Tensor) -> Tensor:
    """(x₂y₃ - x₃y₂, x₃y₁ - x₁y₃, x₁y₂ - x₂y₁)."""
    a, b = x.entries, y.entries
    return Tensor((3,), [a[i] * b[j] - a[j] * b[i] for i, j in ((1, 2), (2, 0), (0, 1))])


def _of_one(value: Callable[[list[arb]], Number], of: Callable[[Tensor], list[arb]]) -> Callable[[Tensor], Tensor]:
    return lambda x: Tensor((), [value(of(x))])


def _hermitian_values(x: Tensor) -> list[arb]:
    return ascending(demanded(x))


def _total(values: list[arb]) -> arb:
    return sum(values, arb(0))


def _refused(name: str) -> Callable[..., Tensor]:
    def function(*_: Tensor) -> Tensor:
        raise NotInWorld(f"{name} is not defined for complex entries")

    return function


TENSORS: dict[str, Callable[..., Tensor]] = {
    "inv": lambda x: tensor(inverse(matrix(x))),
    "det": determinant,
    "logdet": log_determinant,
    "prod": product_of,
    "matpow": powered,
    "expm": exponential,
    "sinm": sine,
    "cosm": cosine,
    "sqrtm": lambda x: by_spectrum(x, lambda z: z.sqrt()),
    "logm": lambda x: by_spectrum(x, lambda z: z.log()),
    "eig": eigenvalues,
    "evecs": eigenvectors,
    "eigi": eigenvalue,
    "evec": eigenvector,
    "lmax": _of_one(lambda v: v[-1], _hermitian_values),
    "lmin": _of_one(lambda v: v[0], _hermitian_values),
    "pinv": pseudo_inverse,
    "chol": cholesky,
    "polar": polar,
    "nucnorm": _of_one(_total, singular_values),
    "rank": rank,
    "tril": _triangle(lambda i, j: i >= j),
    "triu": _triangle(lambda i, j: i <= j),
    "cross": cross,
}
# In place of bodies that say something else of complex entries.
FORMULAS: dict[str, Callable[..., Tensor]] = {
    **adjugate.FORMULAS,
    "norm2": euclidean,
    "opnorm2": _of_one(lambda v: v[-1], singular_values),
    **{name: _refused(name) for name in ("var", "layernorm", "batchnorm", "gauss")},
}
