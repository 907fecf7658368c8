"""Functions of a square matrix on balls, with their derivatives along one and two directions.

One idea: the derivatives are values in a larger algebra. With X + ε₁E + ε₂D + ε₁ε₂C, ε² = 0, the function's coefficients are F(X), its
derivative along E, and so on; as matrices these are block triangular (Mathias 1996; Higham 2008, 3.2). Exponential, sine and cosine are
evaluated on the blocks; the square root solves one linear equation for each coefficient, with an error bound for the root
itself; the logarithm takes square roots until a series converges fast. It knows nothing of calculus.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import acb, acb_mat, arb, arb_mat, ctx

from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain

Jet = list[arb_mat]  # X, or X and its change along E, or X, along E, along D, along both
ROOTS = 60  # square roots, and steps of an iteration, before it is given up
NEAR_ONE = 0.25  # of I, where the series of the logarithm takes over


def matrix(x: Tensor) -> arb_mat:
    return arb_mat(x.shape[0], x.shape[1], x.entries)


def tensor(x: arb_mat) -> Tensor:
    """The matrix as a tensor; raises OutOfDomain for entries that are not finite."""
    entries = x.entries()
    if not all(e.is_finite() for e in entries):
        raise OutOfDomain("the value is not a finite number")
    return Tensor((x.nrows(), x.ncols()), entries)


def zeros(rows: int, columns: int) -> arb_mat:
    return arb_mat(rows, columns)


def identity(n: int) -> arb_mat:
    return arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def blocks(rows: list[list[arb_mat]]) -> arb_mat:
    """A matrix of blocks of one size."""
    n = rows[0][0].nrows()
    lines = [[x for block in row for x in block.tolist()[i]] for row in rows for i in range(n)]
    return arb_mat(len(lines), len(lines[0]), [x for line in lines for x in line])


def part(x: arb_mat, row: int, column: int, n: int) -> arb_mat:
    """The n×n block at a place counted in blocks."""
    return arb_mat(n, n, [x[row * n + i, column * n + j] for i in range(n) for j in range(n)])


def embedded(jet: Jet) -> arb_mat:
    """The element of the algebra as a block triangular matrix."""
    x, o = jet[0], zeros(jet[0].nrows(), jet[0].nrows())
    if len(jet) == 1:
        return x
    if len(jet) == 2:
        return blocks([[x, jet[1]], [o, x]])
    _, e, d, c = jet
    return blocks([[x, e, d, c], [o, x, o, d], [o, o, x, e], [o, o, o, x]])


def extracted(x: arb_mat, count: int) -> Jet:
    """The coefficients: the first row of blocks."""
    if count == 1:
        return [x]
    n = x.nrows() // count
    return [part(x, 0, k, n) for k in range(count)]


# ---------------------------------------------------------------------- exponential, sine, cosine, powers


def exponential(jet: Jet) -> Jet:
    return extracted(embedded(jet).exp(), len(jet))


def sine(jet: Jet) -> Jet:
    """The imaginary part of exp(iX)."""
    return extracted(_rotation(jet).imag, len(jet))


def cosine(jet: Jet) -> Jet:
    """The real part of exp(iX)."""
    return extracted(_rotation(jet).real, len(jet))


def _rotation(jet: Jet) -> acb_mat:
    return (acb_mat(embedded(jet)) * acb(0, 1)).exp()


def power(jet: Jet, k: int) -> Jet:
    """X^k for a whole k; raises OutOfDomain for a negative power of a singular matrix."""
    x = embedded(jet)
    if k < 0:
        try:
            x = x.inv()
        except ZeroDivisionError:
            raise OutOfDomain("the matrix is singular") from None
    return extracted(x ** abs(k), len(jet))


# ---------------------------------------------------------------------- square root


def square_root(jet: Jet) -> Jet:
    """S with S² = X in the algebra, S the principal root; raises OutOfDomain where no root can be certified."""
    root = _principal(jet[0])
    solve = _sylvester(root, root)
    s = _certified(root, jet[0], solve)
    if len(jet) == 1:
        return [s]
    solve = _sylvester(s, s)
    along = [_applied(solve, e) for e in jet[1:3]]
    if len(jet) == 2:
        return [s, along[0]]
    both = jet[3] - along[0] * along[1] - along[1] * along[0]
    return [s, *along, _applied(solve, both)]


def _principal(x: arb_mat) -> arb_mat:
    """About the principal root, by the iteration of Denman and Beavers (Higham 2008, 6.15), without error bound."""
    n = x.nrows()
    y, z = x.mid(), identity(n)
    half = arb(0.5)
    for _ in range(ROOTS):
        try:
            y, z = ((y + z.inv()) * half).mid(), ((z + y.inv()) * half).mid()
        except ZeroDivisionError:
            break
        if size(y * y - x.mid()) < size(x) * arb(2) ** (20 - ctx.prec):
            return y
    raise OutOfDomain("the matrix has no principal square root")


def _certified(root: arb_mat, x: arb_mat, solve: arb_mat) -> arb_mat:
    """The root with a radius in which Newton's map is a contraction (Banach): S² = X has one solution there."""
    n = root.nrows()
    step = 2 * size(_applied(solve, x - root * root))
    if not 4 * _rows(solve) * n * step < 1:
        raise OutOfDomain("the square root is too badly conditioned")
    ball = arb(0, step.upper())
    return root + arb_mat(n, n, [ball] * (n * n))


def size(x: arb_mat) -> arb:
    """The largest absolute value of an entry."""
    return max((abs(e) for e in x.entries()), key=lambda e: e.upper(), default=arb(0))


def _rows(x: arb_mat) -> arb:
    """The largest sum of absolute values in a row."""
    return max((sum((abs(e) for e in row), arb(0)) for row in x.tolist()), key=lambda e: e.upper())


def _sylvester(a: arb_mat, b: arb_mat) -> arb_mat:
    """The inverse of Y -> a Y + Y b, on the entries of Y row by row."""
    n = a.nrows()
    rows = [
        [(a[i, k] if j == m else arb(0)) + (b[m, j] if i == k else arb(0)) for k in range(n) for m in range(n)]
        for i in range(n)
        for j in range(n)
    ]
    try:
        return arb_mat(n * n, n * n, [x for row in rows for x in row]).inv()
    except ZeroDivisionError:
        raise OutOfDomain("the square root is not differentiable: two of its eigenvalues have the sum 0") from None


def _applied(solve: arb_mat, x: arb_mat) -> arb_mat:
    n = x.nrows()
    return arb_mat(n, n, (solve * arb_mat(n * n, 1, x.entries())).entries())


# ---------------------------------------------------------------------- logarithm


def logarithm(jet: Jet) -> Jet:
    """log X = 2^k log X^(1/2^k), and a series near I (Higham 2008, 11.5)."""
    n = jet[0].nrows()
    for k in range(ROOTS):
        if size(jet[0] - identity(n)) * n < NEAR_ONE:
            scale = arb(2) ** k
            return [x * scale for x in _near_one(jet)]
        jet = square_root(jet)
    raise OutOfDomain("the matrix has no principal logarithm")


def _near_one(jet: Jet) -> Jet:
    """log X = 2 (W + W³/3 + W⁵/5 + …), W = (X - I)(X + I)⁻¹; the tail is bounded by a geometric series.

    The tail of the blocks is bounded through the last term: with r = |W²| < 1/2 in the row norm.
    """
    x = embedded(jet)
    one = identity(x.nrows())
    w = (x - one) * (x + one).inv()
    scaled, factor = _balanced(w, len(jet))
    square, term = scaled * scaled, scaled
    ratio = _rows(square)
    if not ratio < 0.5:
        raise OutOfDomain("the matrix is too far from the identity")
    total, odd = scaled, 1
    while _rows(term) > arb(2) ** (-ctx.prec - 10) and odd < 4 * ctx.prec:
        term, odd = term * square, odd + 2
        total = total + term / odd
    tail = arb(0, (_rows(term) * 2).upper())
    m = x.nrows()
    total = total + arb_mat(m, m, [tail] * (m * m))
    parts = extracted(total * 2, len(jet))
    for k in range(1, len(jet)):
        parts[k] = parts[k] / (factor if k < 3 else factor * factor)
    return parts


def _balanced(w: arb_mat, count: int) -> tuple[arb_mat, arb]:
    """The blocks with directions scaled down so that the norm is that of the diagonal block, and the factor."""
    if count == 1:
        return w, arb(1)
    parts = extracted(w, count)
    n = parts[0].nrows()
    largest = max((size(p) * n for p in parts[1:]), key=lambda e: e.upper())
    factor = 1 / arb((16 * largest + 1).upper()).mid()
    scaled = [parts[0], *[p * factor for p in parts[1:3]], *[p * factor * factor for p in parts[3:]]]
    return embedded(scaled), factor


# ---------------------------------------------------------------------- as functions of tensors

FUNCTIONS: dict[str, Callable[[Jet], Jet]] = {
    "expm": exponential,
    "logm": logarithm,
    "sqrtm": square_root,
    "sinm": sine,
    "cosm": cosine,
}


def _along(function: Callable[[Jet], Jet], *directions: Tensor) -> Tensor:
    """The last coefficient: F(X), its derivative along E, or along E and D."""
    jet = [matrix(x) for x in directions]
    if len(jet) == 3:
        jet.append(zeros(jet[0].nrows(), jet[0].nrows()))
    return tensor(function(jet)[-1])


def whole(k: Tensor) -> int:
    """The integer that a ball is."""
    x = k.scalar
    if not (x.is_exact() and x.is_integer()) or not abs(x) < 1 << 12:
        raise OutOfDomain("the exponent of a matrix is not a whole number")
    return int(float(x))


def power_of(x: Tensor, k: Tensor) -> Tensor:
    """X^k."""
    return tensor(power([matrix(x)], whole(k))[0])


def power_along(x: Tensor, k: Tensor, e: Tensor) -> Tensor:
    """Σ X^r E X^(k-1-r), r = 0 … k-1: the derivative of X^k along E; for k < 0 that of the power of the inverse."""
    return tensor(power([matrix(x), matrix(e)], whole(k))[1])


def _named(function: Callable[[Jet], Jet]) -> Callable[..., Tensor]:
    def at(*arguments: Tensor) -> Tensor:
        return _along(function, *arguments)

    return at


TENSORS: dict[str, Callable[..., Tensor]] = {
    prefix + name: _named(function) for name, function in FUNCTIONS.items() for prefix in ("", "d", "d2")
}
TENSORS.update(matpow=power_of, dmatpow=power_along)
