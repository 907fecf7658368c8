"""The library's NumPy texts as code, and the small functions that they call.

One idea: a text such as `x/(1 + np.exp(-x))` is cut into tokens once; where a token is a parameter, the argument's code is
put, so no argument can change how the text reads. It knows neither terms nor shapes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from derive.codegen.code import ATOM, LOOSE, POWER, PRODUCT, SUM, UNARY, Code, Codes

_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<number>\d+\.?\d*(?:e[+-]?\d+)?)|(?P<sign>\*\*|[<>=!]=|.))")

PRIVATE = {
    "_softmax": '''def _softmax(x):
    """Softmax along the last axis; the largest entry is taken out so that nothing overflows."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
''',
    "_logsumexp": '''def _logsumexp(x):
    """Log of the sum of exponentials along the last axis; the largest entry is taken out first."""
    top = np.max(x, axis=-1, keepdims=True)
    return np.log(np.sum(np.exp(x - top), axis=-1)) + top[..., 0]
''',
    "_merge": '''def _merge(a, *groups):
    """The trailing axes of `a`, taken in groups of the given lengths, as one axis each."""
    shape = list(a.shape[: a.ndim - sum(groups)])
    rest = a.shape[a.ndim - sum(groups) :]
    for count in groups:
        shape.append(int(np.prod(rest[:count])))
        rest = rest[count:]
    return a.reshape(shape)
''',
}
PRIVATE["_frechet"] = '''def _frechet(function, x, *directions):
    """Derivative of a function of a matrix along one direction or two: a block of its value at a block triangular matrix."""
    n = x.shape[-1]
    shape = np.broadcast_shapes(x.shape, *(d.shape for d in directions))[:-2]
    count = 2 ** len(directions)
    big = np.zeros((*shape, count * n, count * n))
    for k in range(count):
        big[..., k * n : (k + 1) * n, k * n : (k + 1) * n] = x
        for bit, direction in enumerate(directions):
            if not k >> bit & 1:
                to = k + (1 << bit)
                big[..., k * n : (k + 1) * n, to * n : (to + 1) * n] = direction
    flat = np.array([function(b)[:n, -n:] for b in big.reshape(-1, count * n, count * n)])
    if np.max(np.abs(flat.imag), initial=0) > 1e-6 * np.max(np.abs(flat), initial=1):
        raise ValueError("the function of the matrix is not real here")
    return flat.real.reshape(*shape, n, n)
'''
PRIVATE["_real"] = '''def _real(x):
    """A real array that may have come out complex."""
    if np.max(np.abs(np.imag(x)), initial=0) > 1e-6 * np.max(np.abs(x), initial=1):
        raise ValueError("the function of the matrix is not real here")
    return np.real(x)
'''
PRIVATE["_power_derivative"] = '''def _power_derivative(x, k, e):
    """Derivative of x^k along e, a block of the power of a block triangular matrix."""
    n = x.shape[-1]
    shape = np.broadcast_shapes(x.shape, e.shape)[:-2]
    big = np.zeros((*shape, 2 * n, 2 * n))
    big[..., :n, :n] = big[..., n:, n:] = x
    big[..., :n, n:] = e
    return np.linalg.matrix_power(big, k)[..., :n, n:]
'''
PRIVATE["_eig"] = '''def _eig(x):
    """Eigenvalues, ascending of a hermitian matrix, else by real and then by imaginary part."""
    if np.allclose(x, np.conj(np.swapaxes(x, -1, -2)), rtol=1e-12, atol=1e-12):
        return np.linalg.eigvalsh(x)
    return np.sort_complex(np.linalg.eigvals(x))
'''
PRIVATE["_eigenvectors"] = '''def _eigenvectors(x):
    """Unit eigenvectors of symmetric matrices as columns, the largest entry of each positive."""
    v = np.linalg.eigh(x)[1]
    top = np.take_along_axis(v, np.argmax(np.abs(v), axis=-2)[..., None, :], axis=-2)
    return v * np.sign(top)
'''
PRIVATE["_svd"] = '''def _svd(x):
    """U, D, V' with x = U D V'; singular values descend, and the largest entry of each left vector that has one is positive."""
    u, s, v = np.linalg.svd(x)
    k = s.shape[-1]
    top = np.take_along_axis(u, np.argmax(np.abs(u), axis=-2)[..., None, :], axis=-2)[..., 0, :k]
    signs = np.sign(top)
    u[..., :, :k] *= signs[..., None, :]
    v[..., :k, :] *= signs[..., :, None]
    d = np.zeros(x.shape)
    d[..., np.arange(k), np.arange(k)] = s
    return u, d, v
'''
PRIVATE["_vech"] = '''def _vech(x):
    """The columns of square matrices from the diagonal down, stacked."""
    columns, rows = np.triu_indices(x.shape[-1])
    return x[..., rows, columns]
'''
PRIVATE["_elimination"] = '''def _elimination(n):
    """The matrix that takes vec(x) to vech(x)."""
    n = int(n)
    columns, rows = np.triu_indices(n)
    return np.eye(n * n)[rows + columns * n]
'''
PRIVATE["_duplication"] = '''def _duplication(n):
    """The matrix that takes vech(x) to vec(x) for symmetric x."""
    n = int(n)
    columns, rows = np.triu_indices(n)
    made = np.zeros((n * n, len(rows)))
    made[rows + columns * n, np.arange(len(rows))] = 1
    made[columns + rows * n, np.arange(len(rows))] = 1
    return made
'''
PRIVATE["_polar"] = '''def _polar(x):
    """The factor u v' of the singular value decomposition."""
    u, _, v = np.linalg.svd(x, full_matrices=False)
    return u @ v
'''
BATCHED = (  # functions of NumPy and SciPy that act on trailing axes
    *("np.linalg.inv", "np.linalg.det", "np.linalg.slogdet", "np.linalg.pinv", "np.linalg.cholesky", "linalg.expm"),
    *("np.linalg.eigvalsh", "np.linalg.matrix_rank", "np.tril", "np.triu", "np.cross", "np.sum(np.linalg.svd"),
)
_REDUCTION = re.compile(r"np\.(max|min|prod|sum|mean|var)\((\w+)\)")


class Template:
    """A text cut at its parameters: pieces of text, which parameter stands between them, and how tightly."""

    __slots__ = ("level", "levels", "order", "pieces", "safe")

    def __init__(self, text: str, parameters: tuple[str, ...]) -> None:
        tokens = [(m.lastgroup or "", m.group()) for m in _TOKEN.finditer(text)]
        pieces, order, levels = [""], list[int](), list[int]()
        for place, (group, token) in enumerate(tokens):
            word = token.strip()
            before = tokens[place - 1][1].strip() if place else ""
            if group == "name" and word in parameters and before != ".":
                after = tokens[place + 1][1].strip() if place + 1 < len(tokens) else ""
                pieces[-1] += token[: len(token) - len(word)]
                pieces.append("")
                order.append(parameters.index(word))
                levels.append(LOOSE if before in ("(", ",") and after in (")", ",") else ATOM)
            else:
                pieces[-1] += token
        self.pieces = tuple(pieces)
        self.order = tuple(order)
        self.levels = tuple(levels)
        self.level = _level([t.strip() for _, t in tokens])
        self.safe = text.startswith(BATCHED) or any(
            t.strip() in PRIVATE for _, t in tokens
        )  # acts on trailing axes whatever stands before them


def _level(tokens: list[str]) -> int:
    """How tightly a whole text binds: by the loosest operator outside of brackets."""
    level, depth = ATOM, 0
    for place, token in enumerate(tokens):
        if token in "([":
            depth += 1
        elif token in ")]":
            depth -= 1
        elif depth == 0:
            if token in ("+", "-"):
                level = min(level, UNARY if place == 0 else SUM)
            elif token in ("*", "/", "@", "%"):
                level = min(level, PRODUCT)
            elif token == "**":
                level = min(level, POWER)
    return level


@lru_cache(maxsize=512)
def template(text: str, parameters: tuple[str, ...]) -> Template:
    return Template(text, parameters)


def fill_in(codes: Codes, text: str, parameters: tuple[str, ...], args: tuple[Code, ...], order: int) -> Code:
    """The text with every parameter replaced by its argument."""
    made = template(text, parameters)
    pieces, placed, levels = _without_ones(made, tuple(args[i] for i in made.order))
    if pieces == ("", "") and placed:
        return placed[0]
    return codes.make("call", pieces, placed, levels, made.level, order)


def _without_ones(made: Template, args: tuple[Code, ...]) -> tuple[tuple[str, ...], tuple[Code, ...], tuple[int, ...]]:
    """Leaves out a parameter that is 1 where it multiplies or divides: `np.exp(-b*x)` with b = 1 is `np.exp(-x)`."""
    pieces, kept, levels = [made.pieces[0]], list[Code](), list[int]()
    for arg, level, after in zip(args, made.levels, made.pieces[1:], strict=True):
        if "**" in (pieces[-1][-2:], after[:2]):
            kept.append(arg)
            levels.append(level)
            pieces.append(after)
        elif arg.pieces == ("1",) and pieces[-1].endswith(("*", "/")) and not after.startswith("*"):
            pieces[-1] = pieces[-1][:-1] + after
        elif arg.pieces == ("1",) and after.startswith("*") and not pieces[-1].endswith(("*", "/")):
            pieces[-1] += after[1:]
        else:
            kept.append(arg)
            levels.append(level)
            pieces.append(after)
    return tuple(pieces), tuple(kept), tuple(levels)


def reduction(text: str) -> str:
    """The function of a text that only reduces its argument, `np.max(X)` → `np.max`; else empty."""
    match = _REDUCTION.fullmatch(text)
    return f"np.{match[1]}" if match else ""
