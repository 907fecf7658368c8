"""Random complex values with rational parts: hermitian, skew-hermitian, unitary, definite … matrices.

One idea: a structure of complex matrices is one of real matrices of twice the size: hermitian is symmetric there, unitary is
orthogonal, and a transpose there conjugates too. A property holds exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Set

from flint import fmpq, fmpq_mat

from derive.numeric.gaussian import Gaussian, doubled, halved
from derive.numeric.structures import Entries, identity
from derive.numeric.tensor import Tensor, count

Build = Callable[[Entries, int, Set[str]], fmpq_mat]  # the matrix of twice the size


def complex_value(shape: tuple[int, ...], properties: Set[str], e: Entries) -> Tensor:
    """A value inside the properties of a complex variable."""
    if "zero" in properties:
        return Tensor(shape, [Gaussian(fmpq(0))] * count(shape))
    entries = _entries(shape, properties, e)
    if "small" in properties:
        entries = [x / 16 for x in entries]
    if "norm<1" in properties:
        total = sum((abs(x.real) + abs(x.imag) for x in entries), fmpq(0))
        entries = [x / (total + 1) for x in entries] if total >= 1 else entries
    return Tensor(shape, entries)


def _entries(shape: tuple[int, ...], properties: Set[str], e: Entries) -> list[Gaussian]:
    if "unit-norm" in properties:
        return _unit(count(shape), e)
    if len(shape) == 2 and shape[0] == shape[1]:
        build = next((BUILD[word] for word in BUILD if word in properties), _any)
        for _ in range(20):
            made = build(e, shape[0], properties)
            if "rank-deficient" in properties or made.det() != 0:
                break
        return halved(made)
    if len(shape) == 2 and "rank-deficient" in properties:
        rank = max(1, min(shape) - 1)
        return halved(_free(e, shape[0], rank) * _free(e, rank, shape[1]))
    return [Gaussian(e.next(), e.next()) for _ in range(count(shape))]


def _unit(size: int, e: Entries) -> list[Gaussian]:
    """Stereographic projection onto the sphere in twice as many real dimensions."""
    u = [e.next() for _ in range(2 * size - 1)]
    square = sum((x * x for x in u), fmpq(0))
    flat = [*(2 * x / (square + 1) for x in u), (square - 1) / (square + 1)]
    return [Gaussian(x, y) for x, y in zip(flat[::2], flat[1::2], strict=True)]


def _free(e: Entries, rows: int, columns: int) -> fmpq_mat:
    return doubled(e.matrix(rows, columns), e.matrix(rows, columns))


def _any(e: Entries, n: int, properties: Set[str]) -> fmpq_mat:
    if "rank-deficient" in properties:
        rank = max(1, n - 1)
        return _free(e, n, rank) * _free(e, rank, n)
    made = _free(e, n, n)
    return made * fmpq(1, 16) + identity(2 * n) if e.strategy == "near identity" else made


def _hermitian(e: Entries, n: int, properties: Set[str]) -> fmpq_mat:
    made = _free(e, n, n)
    return (made + made.transpose()) * fmpq(1, 2)


def _skew_hermitian(e: Entries, n: int, properties: Set[str]) -> fmpq_mat:
    made = _free(e, n, n)
    return (made - made.transpose()) * fmpq(1, 2)


def _semidefinite(e: Entries, n: int, properties: Set[str]) -> fmpq_mat:
    """B Bᴴ / 4, of rank n - 1 when it is declared rank-deficient."""
    factor = _free(e, n, max(1, n - 1)) if "rank-deficient" in properties else _free(e, n, n)
    return factor * factor.transpose() * fmpq(1, 4)


def _definite(e: Entries, n: int, properties: Set[str]) -> fmpq_mat:
    return _semidefinite(e, n, frozenset()) + identity(2 * n) * fmpq(1, 2)


def _unitary(e: Entries, n: int, properties: Set[str]) -> fmpq_mat:
    """Cayley's transform (I - S)(I + S)⁻¹ of a skew-hermitian S."""
    s = _skew_hermitian(e, n, properties)
    return (identity(2 * n) - s) * (identity(2 * n) + s).inv()


def _where(inside: Callable[[int, int], bool]) -> Build:
    def build(e: Entries, n: int, properties: Set[str]) -> fmpq_mat:
        def part() -> fmpq_mat:
            full = e.matrix(n, n)
            return fmpq_mat(n, n, [full[i, j] if inside(i, j) else fmpq(0) for i in range(n) for j in range(n)])

        return doubled(part(), part())

    return build


def _mirrored(sign: int) -> Build:
    """Equal to its transpose, or to minus its transpose, without a conjugate."""

    def build(e: Entries, n: int, properties: Set[str]) -> fmpq_mat:
        def part() -> fmpq_mat:
            full = e.matrix(n, n)
            return full + full.transpose() * sign

        return doubled(part(), part())

    return build


BUILD: dict[str, Build] = {
    "unitary": _unitary,
    "pd": _definite,
    "psd": _semidefinite,
    "hermitian": _hermitian,
    "skewhermitian": _skew_hermitian,
    "symmetric": _mirrored(1),
    "skew": _mirrored(-1),
    "diagonal": _where(lambda i, j: i == j),
    "lower-triangular": _where(lambda i, j: i >= j),
    "upper-triangular": _where(lambda i, j: i <= j),
}
