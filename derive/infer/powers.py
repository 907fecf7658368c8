"""`/`, `./`, `^` and `.^`: division is multiplication by a power -1, a matrix to an integer power is a product.

One idea: a numeric exponent stays a number (`power`), a symbolic one is the operation `power(x, y)`; so later readers meet division
in one form only.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derive.infer.context import Context, axes, einsum, squeeze
from derive.infer.products import alike, hadamard, multiply, number, scale
from derive.ops import REGISTRY
from derive.source import Span
from derive.term import Term

LARGEST_POWER = 1000
LONGEST_CHAIN = 8  # a higher power stays one: `X^50`
LARGEST_FOLDED_BITS = 256


def power(c: Context, base: Term, exponent: int | Fraction, span: Span) -> Term:
    """`base^exponent` entry by entry, for a number `exponent`; powers of numbers are computed while they are small."""
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        exponent = exponent.numerator
    if exponent == 1:
        return base
    if exponent == 0:
        return _ones(base, span)
    if isinstance(base.data, int | Fraction) and base.head == "number" and isinstance(exponent, int):
        value = Fraction(base.data)
        if value == 0 and exponent < 0:
            c.fail("division-by-zero", "division by zero", c.label(base))
        if max(value.numerator.bit_length(), value.denominator.bit_length()) * abs(exponent) <= LARGEST_FOLDED_BITS:
            return number(value**exponent, span)
    return Term("power", (base,), base.type, exponent, "", span)


def _ones(base: Term, span: Span) -> Term:
    if not base.type.shape:
        return number(1, span)
    letters, sizes = axes(base.type)
    return einsum("ones", (), (), letters, sizes, base.type, span)


def divide(c: Context, a: Term, b: Term, span: Span) -> Term:
    """`a/b` with a scalar `b`."""
    below = squeeze(c, b)
    if below is None:
        _no_division(c, a, b)
        return a
    if a.head == "number" and a.data == 1:
        return power(c, below, -1, span)
    return (
        scale(power(c, below, -1, below.span), a, span)
        if a.type.shape
        else scale(a, power(c, below, -1, below.span), span)
    )


def _no_division(c: Context, a: Term, b: Term) -> None:
    left, right = c.words(a), c.words(b)
    whole, edits = a.span.join(b.span), []
    if b.type.order == 2 and b.type.shape[0] == b.type.shape[1]:
        edits.append((whole, f"{left}*inv({right})", "the product with the inverse"))
    edits.append((whole, f"{left}./{right}", "entry by entry"))
    c.fail(
        "kind-mismatch",
        f"{left}/{right}: `/` divides by a scalar, and {right} is a {c.show(b.type)}",
        c.label(a),
        c.label(b),
        edits=tuple(edits),
    )


def entrywise_divide(c: Context, a: Term, b: Term, span: Span) -> Term:
    """`a./b` entry by entry; either may be a scalar."""
    if a.type.shape and b.type.shape:
        a, b = alike(c, a, b, "./")
    below = power(c, b, -1, b.span)
    if a.head == "number" and a.data == 1:
        return Term(below.head, below.args, below.type, below.data, below.name, span)
    return hadamard(c, a, below, span, "./")


def entrywise_power(c: Context, a: Term, b: Term, span: Span) -> Term:
    """`a.^b` entry by entry; either may be a scalar."""
    if b.head == "number":
        return power(c, a, b.data, span)
    if a.type.shape and b.type.shape:
        a, b = alike(c, a, b, ".^")
    return Term("map", (a, b), a.type if a.type.shape else b.type, REGISTRY["power"], "power", span)


def raise_to(c: Context, a: Term, b: Term, span: Span) -> Term:
    """`a^b`: a scalar to a scalar power, or a square matrix to an integer one."""
    exponent = squeeze(c, b)
    if exponent is None:
        right = c.words(b)
        c.fail("kind-mismatch", f"the exponent {right} is a {c.show(b.type)}, not a scalar", c.label(b), c.label(a))
    if not a.type.shape:
        return entrywise_power(c, a, exponent, span)
    if a.type.order == 1:
        return _vector_power(c, a, exponent, span)
    return _matrix_power(c, a, exponent, span)


def _vector_power(c: Context, a: Term, b: Term, span: Span) -> Term:
    left, right = c.words(a), c.words(b)
    base = left if left.isidentifier() else f"({left})"
    edits = [(span, f"{base}.^{right}" if right.isalnum() else f"{base}.^({right})", "entry by entry")]
    if b.data == 2:
        edits.append((span, f"{base}*{base}'" if a.type.row else f"{base}'*{base}", "the squared length, a scalar"))
    code = "square-of-vector" if b.data == 2 else "power-of-vector"
    c.fail(
        code,
        f"{left}^{right}: {left} is a {c.show(a.type)}, and a vector has no powers",
        c.label(a),
        edits=tuple(edits),
    )


def _matrix_power(c: Context, a: Term, b: Term, span: Span) -> Term:
    k = b.data if b.head == "number" else None
    left = c.words(a)
    if k is None:
        return _symbolic_power(c, a, b, span)
    if isinstance(k, Fraction) and k.denominator == 2:
        a, k = Term("opaque", (a,), a.type, REGISTRY["sqrtm"], "sqrtm", span), k.numerator
    if not isinstance(k, int):
        message = f"{left}^{c.words(b)}: fractional matrix powers are not supported, but for halves"
        c.fail("unsupported", message, c.label(b), c.label(a))
    if abs(k) > LARGEST_POWER:
        c.fail(
            "exponent-too-large", f"a matrix power is expanded into products; {k} is beyond {LARGEST_POWER}", c.label(b)
        )
    if not c.equal(*a.type.shape[-2:]) or a.type.order > 2:
        base = left if left.isidentifier() else f"({left})"
        edit = (span, f"{base}.^{c.words(b)}" if k > 0 else f"{base}.^({k})", "entry by entry")
        c.fail(
            "not-square",
            f"{left}^{k}: only a square matrix has powers, and {left} is {c.show(a.type)}",
            c.label(a),
            edits=(edit,),
        )
    if k == 0:
        n = a.type.shape[0]
        return einsum("eye", (), (), "ii", (("i", n),), a.type, span)
    if k < 0:
        a = Term("opaque", (a,), a.type, REGISTRY["inv"], "inv", span)
    if abs(k) > LONGEST_CHAIN:
        return _symbolic_power(c, a, Term("number", (), b.type, abs(k), "", b.span), span)
    return _chain(lambda x, y: multiply(c, x, y, span), a, abs(k))


def _symbolic_power(c: Context, a: Term, k: Term, span: Span) -> Term:
    """`X^k` with an integer k that is a symbol: `matpow(X, k)`."""
    left, right = c.words(a), c.words(k)
    if a.type.order > 2 or not c.equal(*a.type.shape):
        message = f"{left}^{right}: only a square matrix has powers, and {left} is {c.show(a.type)}"
        base = left if left.isidentifier() else f"({left})"
        edits = ((span, f"{base}.^{right}" if right.isalnum() else f"{base}.^({right})", "entry by entry"),)
        c.fail("not-square", message, c.label(a), edits=edits)
    if not _whole(k):
        message = f"{left}^{right}: a matrix has integer powers only, and {right} may be any number"
        c.fail("not-an-integer", message, c.label(k), c.label(a), notes=(_declare(right),))
    if k.name == "scale" and k.args[0].head == "number" and k.args[0].data < 0:  # X^(-k) is inv(X)^k
        a = Term("opaque", (a,), a.type, REGISTRY["inv"], "inv", span)
        k = scale(number(-k.args[0].data, span), k.args[1], span) if k.args[0].data != -1 else k.args[1]
    return Term("opaque", (a, k), a.type, REGISTRY["matpow"], "matpow", span)


def _declare(name: str) -> str:
    return f"an integer is declared so: `{name if name.isidentifier() else 'k'}: integer`"


def _whole(k: Term) -> bool:
    """Whether a scalar is made of integers, sizes and indices by sums and products."""
    for node in k.walk():
        match node.head:
            case "number":
                integral = isinstance(node.data, int)
            case "symbol":
                integral = any(p == "integer" or p.startswith("index(") for p in node.data.properties)
            case _:
                integral = node.head in ("size", "index", "add") or node.name == "scale"
        if not integral or node.type.shape:
            return False
    return True


def _chain(times: Callable[[Term, Term], Term], base: Term, k: int) -> Term:
    """`base` to the power k: a plain chain for small k, repeated squaring for larger."""
    if k <= 4:
        result = base
        for _ in range(k - 1):
            result = times(result, base)
        return result
    half = _chain(times, base, k // 2)
    square = times(half, half)
    return times(square, base) if k % 2 else square
