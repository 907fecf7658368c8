"""Random rational matrices with a declared structure: symmetric, orthogonal, idempotent, stochastic …

One idea: a property holds exactly, because the matrix is built so in rational arithmetic (Cayley's transform for orthogonal
ones, P D P⁻¹ for the algebraic ones). It knows nothing of terms.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat

from flint import fmpq, fmpq_mat

from derive.numeric.generator import Generator

Properties = frozenset[str]
WIDE = 1 << 20  # values that an entry has under "wide": a false identity vanishes there by hardly any accident
SMALL = (1, 2, -1, 0, 3, 1, 2)  # for places that a person follows by hand
INTEGERS = tuple(map(fmpq, SMALL))
ONE = fmpq(1)
COARSE = 100  # entries that are multiples of 1/64
FINER = 1 << 20
MANY = 4000  # entries after which they may be alike
POSITIVE = frozenset(("positive", "unit", "positive and large"))
SIXTYFOURTHS = {k: fmpq(k, 64) for k in range(-128, 129)}
FACTORS = {"unit": fmpq(16, 33), "small": fmpq(1, 16), "large": fmpq(8), "positive and large": fmpq(8)}


class Entries:
    """Random dyadic rationals, all different, in the range of a strategy."""

    def __init__(self, seed: int, strategy: str = "any") -> None:
        self.random = Generator(seed)
        self.strategy = strategy
        self.nonzero = False  # for a variable that is declared positive, or not zero
        self._used: set[int] = set()  # k of k/64, and k + FINER of k/4096

    def next(self) -> fmpq:
        """k/64 with 0 < |k| ≤ 128; k/4096 after the first hundred. Small whole numbers, also alike, under "integers"; one of 2^20 in ±2 under "wide"."""
        return self.several(1)[0]

    def several(self, number: int) -> list[fmpq]:
        """So many entries: those that as many calls of `next` give."""
        if self.strategy == "integers":
            values = [INTEGERS[word * len(SMALL) >> 64] for word in self.random.words(number)]
            return [ONE if x == 0 else x for x in values] if self.nonzero else values
        if self.strategy == "wide":
            return [fmpq(2 * (word * WIDE >> 64) + 1 - WIDE, WIDE >> 1) for word in self.random.words(number)]
        entries = self._dyadic(number, self.strategy not in POSITIVE)
        factor = FACTORS.get(self.strategy)
        return entries if factor is None else [x * factor for x in entries]

    def _dyadic(self, number: int, signed: bool) -> list[fmpq]:
        """Entries before they are scaled; one that was drawn before is drawn again."""
        out: list[fmpq] = []
        used = self._used
        while len(out) < number:
            finer = len(used) >= COARSE
            missing = number - len(out)
            turn = missing if finer else min(missing, COARSE - len(used))
            words = self.random.words((1 + signed) * turn)
            scale, shift, start = (4096, 51, FINER) if finer else (64, 57, 0)  # 2·scale values are 64 - shift bits
            for word, sign in zip(words[::2], words[1::2], strict=True) if signed else zip(words, repeat(0)):
                k = 1 + (word >> shift)
                if sign >> 63:
                    k = -k
                if k + start not in used or len(used) > MANY:
                    used.add(k + start)
                    out.append(fmpq(k, scale) if finer else SIXTYFOURTHS[k])
        return out

    def matrix(self, rows: int, columns: int) -> fmpq_mat:
        return fmpq_mat(rows, columns, self.several(rows * columns))


def identity(n: int) -> fmpq_mat:
    return fmpq_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def filled(n: int, entry: Callable[[int, int], fmpq]) -> fmpq_mat:
    """The n×n matrix of entry(i, j)."""
    return fmpq_mat(n, n, [entry(i, j) for i in range(n) for j in range(n)])


def invertible(e: Entries, n: int) -> fmpq_mat:
    while True:
        matrix = e.matrix(n, n)
        if matrix.det() != 0:
            return matrix


def symmetric(e: Entries, n: int, p: Properties) -> fmpq_mat:
    if "rank-deficient" in p:
        return semidefinite(e, n, p)
    upper = e.matrix(n, n)
    return filled(n, lambda i, j: upper[min(i, j), max(i, j)])


def skew(e: Entries, n: int, p: Properties = frozenset()) -> fmpq_mat:
    upper = e.matrix(n, n)
    return filled(n, lambda i, j: fmpq(0) if i == j else upper[i, j] if i < j else -upper[j, i])


def semidefinite(e: Entries, n: int, p: Properties) -> fmpq_mat:
    """B Bᵀ / 4, of rank n - 1 when it is declared rank-deficient."""
    factor = e.matrix(n, max(1, n - 1)) if "rank-deficient" in p else invertible(e, n)
    return factor * factor.transpose() * fmpq(1, 4)


def definite(e: Entries, n: int, p: Properties) -> fmpq_mat:
    """B Bᵀ / 4 + I / 2."""
    return semidefinite(e, n, p) + identity(n) * fmpq(1, 2)


def orthogonal(e: Entries, n: int, p: Properties) -> fmpq_mat:
    """(I - S)(I + S)⁻¹ with skew S, times a reflection half of the time; I - 2vvᵀ/vᵀv when it is symmetric too."""
    if "skew" in p:
        return _rotating(e, n)
    if "symmetric" in p:
        v = e.matrix(n, 1)
        return identity(n) - v * v.transpose() * (2 / (v.transpose() * v)[0, 0])
    s = skew(e, n)
    cayley = (identity(n) - s) * (identity(n) + s).inv()
    flip = e.random.sign()
    return cayley * filled(n, lambda i, j: fmpq(0 if i != j else flip if i == 0 else 1))


def _rotating(e: Entries, n: int) -> fmpq_mat:
    """Q diag(±[0, 1; -1, 0], …) Q': orthogonal and skew, where n is even; n odd has none, and leaves a 1 that is not skew."""
    q = orthogonal(e, n, frozenset())
    signs = [e.random.sign() for _ in range(n)]
    turn = filled(
        n, lambda i, j: fmpq(signs[i // 2] * (j - i) if i // 2 == j // 2 and n % 2 == 0 else int(i == j and n % 2))
    )
    return q * turn * q.transpose()


def multiple_of_identity(e: Entries, n: int, p: Properties) -> fmpq_mat:
    """c I with c > 0."""
    return identity(n) * abs(e.next())


def circulant(e: Entries, n: int, p: Properties) -> fmpq_mat:
    """Each row is the one above, moved to the right."""
    values = e.matrix(1, n).entries()
    return filled(n, lambda i, j: values[min((j - i) % n, (i - j) % n) if "symmetric" in p else (j - i) % n])


def hankel(e: Entries, n: int, p: Properties) -> fmpq_mat:
    values = e.matrix(1, 2 * n).entries()
    return filled(n, lambda i, j: values[i + j])


def normal(e: Entries, n: int, p: Properties) -> fmpq_mat:
    """A A' = A'A: c I + S with skew S, or a symmetric one."""
    if "symmetric" in p or e.random.sign() > 0:
        return symmetric(e, n, p)
    return identity(n) * e.next() + skew(e, n)


def projection(e: Entries, n: int, p: Properties) -> fmpq_mat:
    """A (AᵀA)⁻¹ Aᵀ."""
    a = e.matrix(n, max(1, n // 2))
    return a * (a.transpose() * a).inv() * a.transpose()


def _similar(e: Entries, n: int, middle: fmpq_mat) -> fmpq_mat:
    p = invertible(e, n)
    return p * middle * p.inv()


def idempotent(e: Entries, n: int, p: Properties) -> fmpq_mat:
    if "symmetric" in p:
        return projection(e, n, p)
    return _similar(e, n, filled(n, lambda i, j: fmpq(int(i == j and i < max(1, n // 2)))))


def involutory(e: Entries, n: int, p: Properties) -> fmpq_mat:
    """2E - I with idempotent E."""
    return idempotent(e, n, p) * 2 - identity(n)


def nilpotent(e: Entries, n: int, p: Properties) -> fmpq_mat:
    upper = e.matrix(n, n)
    return _similar(e, n, filled(n, lambda i, j: upper[i, j] if i < j else fmpq(0)))


def permutation(e: Entries, n: int, p: Properties) -> fmpq_mat:
    """A cyclic shift in a random order: never the identity, and not symmetric for n > 2 unless it has to be."""
    order = e.random.shuffled(range(n))
    to = dict(zip(order, order[1:] + order[:1], strict=True))
    if "symmetric" in p:
        to = {**{i: i for i in order}, order[0]: order[-1], order[-1]: order[0]}
    return filled(n, lambda i, j: fmpq(int(to[i] == j)))


def stochastic(e: Entries, n: int, p: Properties) -> fmpq_mat:
    """Positive rows that sum to 1."""
    raw = [[abs(x) + fmpq(1, 8) for x in e.matrix(1, n).entries()] for _ in range(n)]
    sums = [sum(row, fmpq(0)) for row in raw]
    return filled(n, lambda i, j: raw[i][j] / sums[i])


def toeplitz(e: Entries, n: int, p: Properties) -> fmpq_mat:
    values = e.matrix(1, 2 * n).entries()
    if "symmetric" in p:
        return filled(n, lambda i, j: values[abs(i - j)])
    return filled(n, lambda i, j: values[i - j + n])


def diagonal(e: Entries, n: int, p: Properties) -> fmpq_mat:
    values = e.matrix(1, n).entries()
    if p & {"pd", "psd"}:
        values = [abs(x) for x in values]
    return filled(n, lambda i, j: values[i] if i == j else fmpq(0))


def lower(e: Entries, n: int, p: Properties) -> fmpq_mat:
    values = e.matrix(n, n)
    return filled(n, lambda i, j: values[i, j] if i >= j else fmpq(0))


def upper(e: Entries, n: int, p: Properties) -> fmpq_mat:
    return lower(e, n, p).transpose()


def real_eigenvalues(e: Entries, n: int, p: Properties) -> fmpq_mat:
    return _similar(e, n, diagonal(e, n, frozenset()))


# The first property of a symbol that stands here decides how its matrix is built.
SQUARE: dict[str, Callable[[Entries, int, Properties], fmpq_mat]] = {
    "permutation": permutation,
    "orthogonal": orthogonal,
    "unitary": orthogonal,
    "scalar-multiple-of-identity": multiple_of_identity,
    "circulant": circulant,
    "hankel": hankel,
    "projection": projection,
    "involutory": involutory,
    "idempotent": idempotent,
    "nilpotent": nilpotent,
    "stochastic": stochastic,
    "diagonal": diagonal,
    "toeplitz": toeplitz,
    "lower-triangular": lower,
    "upper-triangular": upper,
    "pd": definite,
    "psd": semidefinite,
    "skew": skew,
    "triangular": upper,
    "normal": normal,
    "symmetric": symmetric,
    "real-eigenvalues": real_eigenvalues,
}


def _vanishes(x: fmpq_mat, where: Callable[[int, int], bool]) -> bool:
    return all(x[i, j] == 0 for i in range(x.nrows()) for j in range(x.ncols()) if where(i, j))


def _minors(x: fmpq_mat) -> bool:
    """Whether all leading minors are positive: Sylvester's criterion."""
    n = x.nrows()
    return all(fmpq_mat(k, k, [x[i, j] for i in range(k) for j in range(k)]).det() > 0 for k in range(1, n + 1))


# What a matrix with a property satisfies; combinations of properties are held against all of theirs.
HOLDS: dict[str, Callable[[fmpq_mat], bool]] = {
    "symmetric": lambda x: bool(x == x.transpose()),
    "skew": lambda x: bool(x == -x.transpose()),
    "pd": lambda x: bool(x == x.transpose()) and _minors(x),
    "orthogonal": lambda x: bool(x * x.transpose() == identity(x.nrows())),
    "diagonal": lambda x: _vanishes(x, lambda i, j: i != j),
    "lower-triangular": lambda x: _vanishes(x, lambda i, j: i < j),
    "upper-triangular": lambda x: _vanishes(x, lambda i, j: i > j),
    "invertible": lambda x: bool(x.det() != 0),
    "rank-deficient": lambda x: int(x.rank()) < min(x.nrows(), x.ncols()),
    "singular": lambda x: int(x.rank()) < min(x.nrows(), x.ncols()),
    "full-rank": lambda x: int(x.rank()) == min(x.nrows(), x.ncols()),
    "normal": lambda x: bool(x * x.transpose() == x.transpose() * x),
    "circulant": lambda x: all(
        x[i, j] == x[0, (j - i) % x.ncols()] for i in range(x.nrows()) for j in range(x.ncols())
    ),
    "hankel": lambda x: all(x[i, j] == x[i - 1, j + 1] for i in range(1, x.nrows()) for j in range(x.ncols() - 1)),
    "scalar-multiple-of-identity": lambda x: bool(x == identity(x.nrows()) * x[0, 0]),
    "idempotent": lambda x: bool(x * x == x),
    "projection": lambda x: bool(x * x == x and x == x.transpose()),
    "involutory": lambda x: bool(x * x == identity(x.nrows())),
    "nilpotent": lambda x: bool(x ** x.nrows() == x * 0),
}
