"""Complex numbers with rational parts: exact sampling points.

One idea: an n×n complex matrix A + iB is the real 2n×2n matrix [A, -B; B, A], so inverses and products of exact complex matrices are
those of rational ones. It knows nothing of terms.
"""

from __future__ import annotations

from flint import acb, arb, fmpq, fmpq_mat

ZERO = fmpq(0)


class Gaussian:
    """x + iy with rational x and y."""

    __slots__ = ("imag", "real")

    def __init__(self, real: fmpq, imag: fmpq = ZERO) -> None:
        self.real = real
        self.imag = imag

    def __add__(self, other: Gaussian | fmpq) -> Gaussian:
        if isinstance(other, Gaussian):
            return Gaussian(self.real + other.real, self.imag + other.imag)
        return Gaussian(self.real + other, self.imag)

    __radd__ = __add__

    def __sub__(self, other: Gaussian | fmpq) -> Gaussian:
        return self + (-other)

    def __rsub__(self, other: fmpq) -> Gaussian:
        return -self + other

    def __neg__(self) -> Gaussian:
        return Gaussian(-self.real, -self.imag)

    def __mul__(self, other: Gaussian | fmpq | int) -> Gaussian:
        if isinstance(other, Gaussian):
            x, y, u, v = self.real, self.imag, other.real, other.imag
            return Gaussian(x * u - y * v, x * v + y * u)
        return Gaussian(self.real * other, self.imag * other)

    __rmul__ = __mul__

    def __truediv__(self, other: fmpq | int) -> Gaussian:
        return Gaussian(self.real / other, self.imag / other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Gaussian):
            return bool(self.real == other.real and self.imag == other.imag)
        return bool(self.imag == 0 and self.real == other)

    def __hash__(self) -> int:
        return hash((self.real, self.imag)) if self.imag else hash(self.real)

    def conjugate(self) -> Gaussian:
        return Gaussian(self.real, -self.imag)

    def ball(self) -> acb:
        """The ball at the present precision."""
        return acb(arb(self.real), arb(self.imag))

    def __float__(self) -> float:
        """The real part of a real one; raises TypeError for any other."""
        if self.imag:
            raise TypeError("a complex number is not a float")
        return int(self.real.p) / int(self.real.q)

    def __complex__(self) -> complex:
        return complex(int(self.real.p) / int(self.real.q), int(self.imag.p) / int(self.imag.q))

    def __repr__(self) -> str:
        return f"{self.real} + {self.imag}i" if self.imag else str(self.real)


IMAGINARY = Gaussian(ZERO, fmpq(1))


def doubled(real: fmpq_mat, imag: fmpq_mat) -> fmpq_mat:
    """[A, -B; B, A] for A + iB."""
    rows, columns = real.nrows(), real.ncols()
    above = [[real[i, j] for j in range(columns)] + [-imag[i, j] for j in range(columns)] for i in range(rows)]
    below = [[imag[i, j] for j in range(columns)] + [real[i, j] for j in range(columns)] for i in range(rows)]
    return fmpq_mat(2 * rows, 2 * columns, [x for line in above + below for x in line])


def halved(matrix: fmpq_mat) -> list[Gaussian]:
    """The entries of A + iB, row by row, of [A, -B; B, A]."""
    rows, columns = matrix.nrows() // 2, matrix.ncols() // 2
    return [Gaussian(matrix[i, j], matrix[rows + i, j]) for i in range(rows) for j in range(columns)]
