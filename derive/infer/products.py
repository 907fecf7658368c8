"""`*`, `.*`, `/`, `./`, `'`, `+` and `-` of typed terms: which product is meant, by the orders and rows of the operands.

One idea: every product becomes an Einstein sum that is named for printing, so that nobody after this has to look at orders again.
Vectors are never silently columns of a matrix; a matrix with a size 1 may act as the vector or scalar that it holds.
"""

from __future__ import annotations

from fractions import Fraction

from derive.infer.context import Context, Edit, as_vector, axes, einsum, squeeze
from derive.source import Span
from derive.term import SCALAR, Pattern, Term, Type

NO_SIZES = ()
RAISED_DOTS = frozenset((r"\cdot", "·"))  # between two vectors: the inner product
SCALE_SCALAR = Pattern(("", ""), (), NO_SIZES)


def number(value: int | Fraction, span: Span) -> Term:
    """A number term; an integral fraction is an int."""
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    return Term("number", (), SCALAR, value, "", span)


def value_of(term: Term) -> int | Fraction | None:
    """The value of a number term."""
    return term.data if term.head == "number" else None


def literal(term: Term) -> bool:
    """Whether a scalar is written with numbers alone: `2`, `sqrt(2)`, `pi/2`."""
    return all(t.head in ("number", "constant", "power", "map", "einsum", "add") for t in term.walk())


def scale(factor: Term, term: Term, span: Span) -> Term:
    """`factor*term` with a scalar factor; two numbers are multiplied."""
    if term.type.shape:
        letters, sizes = axes(term.type)
        pattern = Pattern(("", letters), tuple([(c,) for c in letters]), sizes)
        return Term("einsum", (factor, term), term.type, pattern, "scale", span)
    if factor.head == "number" and term.head == "number":
        return number(factor.data * term.data, span)
    return Term("einsum", (factor, term), SCALAR, SCALE_SCALAR, "scale", span)


def negate(term: Term, span: Span) -> Term:
    if term.head == "number":
        return number(-term.data, span)
    return scale(Term("number", (), SCALAR, -1, "", Span(span.start, span.start)), term, span)


def transpose(term: Term, span: Span) -> Term:
    """`x'`: a vector becomes the row that it holds, and back; a scalar stays."""
    order = len(term.type.shape)
    if order == 0:
        return term
    if term.name == "transpose":
        return term.args[0]
    if order == 1:
        (n,) = term.type.shape
        return einsum("transpose", (term,), ("i",), "i", (("i", n),), Type((n,), not term.type.row), span)
    m, n = term.type.shape[-2:]
    if order == 2:
        return einsum("transpose", (term,), ("ij",), "ji", (("i", m), ("j", n)), Type((n, m)), span)
    letters, sizes = axes(term.type)
    swapped = letters[:-2] + letters[-1] + letters[-2]
    return einsum("transpose", (term,), (letters,), swapped, sizes, Type((*term.type.shape[:-2], n, m)), span)


def multiply(c: Context, a: Term, b: Term, span: Span) -> Term:
    """`a*b`, resolved by the orders and rows of the operands."""
    x, y = a.type.shape, b.type.shape
    if not x:
        return scale(a, b, span)
    if not y:
        return scale(b, a, span)
    if len(x) == 2:
        if len(y) == 2:
            if not c.equal(x[1], y[0]):
                _inner(c, a, b, "matmul")
            return einsum(
                "matmul", (a, b), ("ik", "kj"), "ij", (("i", x[0]), ("j", y[1]), ("k", x[1])), Type((x[0], y[1])), span
            )
        if len(y) == 1 and not b.type.row:
            if not c.equal(x[1], y[0]):
                _inner(c, a, b, "matvec")
            return einsum("matvec", (a, b), ("ik", "k"), "i", (("i", x[0]), ("k", x[1])), Type((x[0],)), span)
    elif len(x) == 1 and a.type.row:
        if len(y) == 1 and not b.type.row:
            if not c.equal(x[0], y[0]):
                _inner(c, a, b, "dot")
            return einsum("dot", (a, b), ("k", "k"), "", (("k", x[0]),), SCALAR, span)
        if len(y) == 2:
            if not c.equal(x[0], y[0]):
                _inner(c, a, b, "vecmat")
            return einsum("vecmat", (a, b), ("k", "kj"), "j", (("j", y[1]), ("k", x[0])), Type((y[1],), True), span)
    elif len(x) == 1 and len(y) == 1 and b.type.row:
        return einsum("outer", (a, b), ("i", "j"), "ij", (("i", x[0]), ("j", y[0])), Type((x[0], y[0])), span)
    return _thin(c, a, b, span)


def multiply_arrays(c: Context, a: Term, b: Term, span: Span) -> Term:
    """`a @ b`, as NumPy: of two vectors the inner product, of a vector and a matrix a vector; a scalar is refused."""
    for one in (a, b):
        if not one.type.shape:
            sign = [(a.span.join(b.span), f"{_factor(c.words(a))}*{_factor(c.words(b))}", "the product with a scalar")]
            message = f"`@` is between vectors and matrices; {c.words(one)} is a scalar"
            c.fail("kind-mismatch", message, c.label(one), edits=tuple(sign))
    if len(a.type.shape) == 1 and not a.type.row and not b.type.row:
        if len(b.type.shape) == 1:
            return multiply(c, transpose(a, a.span), b, span)
        if len(b.type.shape) == 2 and not c.is_one(b.type.shape[0]):
            return transpose(multiply(c, transpose(a, a.span), b, span), span)
    return multiply(c, a, b, span)


def _thin(c: Context, a: Term, b: Term, span: Span) -> Term:
    """Products that fit only because a matrix has a size 1: column times 1×n, n×1 times row, or a 1×1 factor."""
    one = squeeze(c, a)
    if one is not None:
        return scale(one, b, span)
    one = squeeze(c, b)
    if one is not None:
        return scale(one, a, span)
    left = as_vector(c, a) if len(a.type.shape) == 2 else a
    right = as_vector(c, b) if len(b.type.shape) == 2 else b
    if a.type.order == b.type.order == 1 and c.text(Span(a.span.end, b.span.start)) in RAISED_DOTS:
        a, b = (transpose(t, t.span) if t.type.row else t for t in (a, b))
        return multiply(c, transpose(a, a.span), b, span)
    if left is not None and right is not None and (left is not a or right is not b) and left.type.row != right.type.row:
        return multiply(c, left, right, span)
    return _no_product(c, a, b)


def _inner(c: Context, a: Term, b: Term, kind: str) -> None:
    m, n = c.resolved(a.type).shape[-1], c.resolved(b.type).shape[0]
    left, right = c.words(a), c.words(b)
    edits = [
        (b.span, f"{_postfix(right)}'", "with the right factor transposed"),
        (a.span, f"{_postfix(left)}'", "with the left factor transposed"),
        (a.span.join(b.span), f"{_factor(right)}*{_factor(left)}", "in the other order"),
    ]
    c.fail(
        "size-mismatch",
        f"{left}*{right}: {left} is {c.show(a.type)}, {right} is {c.show(b.type)}; the inner sizes {m} and {n} differ",
        c.label(a),
        c.label(b),
        notes=(
            f"`*` is the {_PRODUCTS[kind]}: it sums over the last axis of the left and the first axis of the right",
        ),
        edits=tuple(edits),
    )


_PRODUCTS = {
    "matmul": "product of matrices",
    "matvec": "product of a matrix and a vector",
    "vecmat": "product of a row and a matrix",
    "dot": "inner product",
}


def _no_product(c: Context, a: Term, b: Term) -> Term:
    left, right, whole = c.words(a), c.words(b), a.span.join(b.span)
    edits = []
    if a.type.order == b.type.order == 1 and a.type.row == b.type.row:
        edits = [
            (whole, f"{_postfix(left)}'*{_factor(right)}", "the inner product, a scalar"),
            (whole, f"{_factor(left)}.*{_factor(right)}", "entry by entry"),
            (whole, f"{_factor(left)}*{_postfix(right)}'", "the outer product, a matrix"),
        ]
    elif a.type.order == 1 and b.type.order == 2:
        edits = [
            (a.span, f"{_postfix(left)}'", "the row of it"),
            (whole, f"{_factor(right)}*{_postfix(left)}", "in the other order"),
        ]
    elif b.type.order == 1:
        edits = [(b.span, f"{_postfix(right)}'", "the column of it")]
    c.fail(
        "kind-mismatch",
        f"{left}*{right}: a {c.show(a.type)} times a {c.show(b.type)} is not defined",
        c.label(a),
        c.label(b),
        edits=tuple(edits),
    )


def _postfix(text: str) -> str:
    return text if text.isidentifier() or (text.endswith((")", "]")) and _one_unit(text)) else f"({text})"


def _factor(text: str) -> str:
    return f"({text})" if any(sign in text for sign in "+-*/") and not _one_unit(text) else text


def _one_unit(text: str) -> bool:
    """Whether the brackets of a text close only at its end, as in `(a + b)` and `f(x + y)`."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if not depth and place < len(text) - 1 and not (character.isalnum() or character == "_"):
            return False
    return True


def dotted(c: Context, a: Term, b: Term, span: Span) -> Term:
    """`a.*b`: both of one shape; a constant such as 2 or sqrt(pi) scales, any other scalar beside an array is refused (`kind-mismatch`)."""
    scalar = a if not a.type.shape else b
    if bool(a.type.shape) != bool(b.type.shape) and not c.broadcast and not _constant(scalar):
        _scalar_beside_array(c, a, b)
    return hadamard(c, a, b, span)


def hadamard(c: Context, a: Term, b: Term, span: Span, sign: str = ".*") -> Term:
    """Entry by entry; a scalar scales."""
    x, y = a.type, b.type
    if not x.shape:
        return scale(a, b, span)
    if not y.shape:
        return scale(b, a, span)
    a, b = alike(c, a, b, sign)
    letters, sizes = axes(a.type)
    return einsum("hadamard", (a, b), (letters, letters), letters, sizes, a.type, span)


def _constant(scalar: Term) -> bool:
    return scalar.head == "number" or not any(node.head in ("symbol", "size", "index") for node in scalar.walk())


def _scalar_beside_array(c: Context, a: Term, b: Term) -> None:
    scalar, array = (a, b) if not a.type.shape else (b, a)
    message = f"`.*` takes two of one shape: {c.words(scalar)} is a scalar, {c.words(array)} is {c.show(array.type)}"
    text = c.text(Span(a.span.start, b.span.end))
    before, dots, after = text.partition(".*")
    edits: tuple[Edit, ...] = ((Span(a.span.start, b.span.end), f"{before}*{after}", "a scaling"),) if dots else ()
    c.fail("kind-mismatch", message, c.label(a), c.label(b), edits=edits)


def alike(c: Context, a: Term, b: Term, sign: str) -> tuple[Term, Term]:
    """Both operands of an entrywise operator in one shape; raises `size-mismatch` or `kind-mismatch`."""
    if len(a.type.shape) != len(b.type.shape):
        a, b = _thinner(c, a, b), _thinner(c, b, a)
    x, y = a.type, b.type
    if len(x.shape) != len(y.shape) or x.row != y.row:
        _unlike(c, a, b, sign)
    for p, q in zip(x.shape, y.shape, strict=True):
        if not c.equal(p, q):
            _unequal(c, a, b, sign)
    return a, b


def _thinner(c: Context, a: Term, b: Term) -> Term:
    """`a` as the vector or scalar that it holds, when that has the order of `b`."""
    if len(a.type.shape) <= len(b.type.shape):
        return a
    thin = as_vector(c, a) if len(b.type.shape) == 1 else squeeze(c, a)
    return a if thin is None else thin


def _unlike(c: Context, a: Term, b: Term, sign: str) -> None:
    a, b = (a, b) if a.span <= b.span else (b, a)
    left, right = c.words(a), c.words(b)
    edits = []
    if a.type.order == b.type.order == 1:
        row, text = (a, left) if a.type.row else (b, right)
        edits = [(row.span, text[:-1] if text.endswith("'") else f"{_postfix(text)}'", "both as columns")]
    elif {a.type.order, b.type.order} == {1, 2}:
        small, text = (a, left) if a.type.order == 1 else (b, right)
        lying = text if small.type.row else f"{_postfix(text)}'"
        column = (text[:-1] if text.endswith("'") else f"{_postfix(text)}'") if small.type.row else text
        edits = [
            (small.span, f"vector(1)*{_factor(lying)}", "the same row everywhere"),
            (small.span, f"{_factor(column)}*vector(1)'", "the same column everywhere"),
        ]
    elif a.type.order == 0 or b.type.order == 0:
        small, text = (a, left) if a.type.order == 0 else (b, right)
        big = b if a.type.order == 0 else a
        if big.type.order == 2:
            edits = [
                (small.span, f"{_factor(text)}*eye", "on the diagonal"),
                (small.span, f"matrix({text})", "in every entry"),
            ]
        elif big.type.order == 1:
            edits = [(small.span, f"vector({text})", "in every entry")]
    c.fail(
        "kind-mismatch",
        f"{left} {sign} {right}: {left} is a {c.show(a.type)}, {right} is a {c.show(b.type)}",
        c.label(a),
        c.label(b),
        edits=tuple(edits),
    )


def _unequal(c: Context, a: Term, b: Term, sign: str) -> None:
    a, b = (a, b) if a.span <= b.span else (b, a)
    left, right = c.words(a), c.words(b)
    edits = []
    if a.type.order == 2:
        edits = [(b.span, f"{_postfix(right)}'", "with the right side transposed")]
    c.fail(
        "size-mismatch",
        f"{left} {sign} {right}: {left} is {c.show(a.type)}, {right} is {c.show(b.type)}; the sizes must be equal",
        c.label(a),
        c.label(b),
        edits=tuple(edits),
    )


def add(c: Context, parts: list[tuple[int, Term]], span: Span) -> Term:
    """A sum of signed parts of one type; a number may be added to anything, a scalar to a vector, entry by entry."""
    lead = parts[0][1]
    order = len(lead.type.shape)
    if any(len(part.type.shape) != order for _, part in parts):
        parts = _mixed(c, parts)
        lead = max((part for _, part in parts), key=lambda part: len(part.type.shape))
    for sign, part in parts:
        if part is not lead and part.type.shape:
            alike(c, lead, part, "-" if sign < 0 else "+")
    if all(part.head == "number" for _, part in parts):
        return number(sum(sign * part.data for sign, part in parts), span)
    signs = tuple([sign for sign, _ in parts])
    return Term("add", tuple([part for _, part in parts]), lead.type, signs, "", span)


def level(c: Context, parts: list[Term]) -> list[Term]:
    """Parts of different orders with thin matrices as the vectors or scalars that they hold, where that makes them fit."""
    orders = {len(part.type.shape) for part in parts}
    if {1, 2} <= orders:
        return [as_vector(c, part) or part for part in parts]
    if orders == {0, 2} and not c.broadcast:
        thin = [squeeze(c, part) for part in parts]
        if all(thin):
            return [part for part in thin if part is not None]
    return parts


def _mixed(c: Context, parts: list[tuple[int, Term]]) -> list[tuple[int, Term]]:
    """Parts of different orders in a sum: numbers go anywhere, scalars go to vectors."""
    parts = list(zip([sign for sign, _ in parts], level(c, [part for _, part in parts]), strict=True))
    lead = max((part for _, part in parts), key=lambda part: len(part.type.shape))
    for sign, part in parts:
        if part.type.shape or len(lead.type.shape) == 1 or c.broadcast or literal(part):
            continue
        _unlike(c, lead, part, "-" if sign < 0 else "+")
    return parts
