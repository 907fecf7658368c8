"""Python expressions as a graph in which equal subexpressions are one object.

One idea: a piece of NumPy is literal text with places for its arguments (`pieces` around `args`) and a binding strength
for itself (`level`) and for every place (`levels`), so that one printer needs no table of operators. A `Codes` makes every
expression once, so "computed once" is identity. It knows Python's operators, and nothing of terms, shapes or sizes.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction

ATOM, POWER, UNARY, PRODUCT, SUM, COMPARE, LOOSE = 9, 8, 7, 6, 5, 4, 0
LONGEST = 40  # operands of one chain of + or *, so that Python's compiler does not meet its depth
NOTHING: frozenset[str] = frozenset()


class Code:
    """One expression. `batch` counts leading index axes, `bound` holds the loop variables it needs, `order` its own axes."""

    __slots__ = ("args", "batch", "bound", "data", "hint", "kind", "level", "levels", "order", "pieces")

    batch: int
    bound: frozenset[str]
    data: Hashable

    def __init__(self, kind: str, pieces: tuple[str, ...], args: tuple[Code, ...], levels: tuple[int, ...], level: int):
        self.kind = kind
        self.pieces = pieces
        self.args = args
        self.levels = levels
        self.level = level
        self.order = 0
        self.batch = max((a.batch for a in args), default=0)
        self.bound = frozenset().union(*(a.bound for a in args)) if args else NOTHING
        self.data: Hashable = None
        self.hint = ""

    def text(self, parts: Sequence[str]) -> str:
        """The expression, its arguments being written as `parts`."""
        out = [self.pieces[0]]
        for part, piece in zip(parts, self.pieces[1:], strict=True):
            out += (part, piece)
        return "".join(out)


def number_text(value: int | Fraction) -> tuple[str, int]:
    """A literal and its level: `3`, `0.5`, `1/3`; a number that no float holds is `np.inf`."""
    if value < 0:
        text, level = number_text(-value)
        return "-" + text, min(level, UNARY)
    if value == int(value) and value < 2**53:
        return str(int(value)), ATOM
    try:
        short = repr(float(value))
    except OverflowError:
        return "np.inf", ATOM
    if len(short) > 6 and isinstance(value, Fraction) and max(value.numerator, value.denominator) < 2**53:
        return f"{value.numerator} / {value.denominator}", PRODUCT
    return short, ATOM


class Codes:
    """Makes expressions, every one once, and applies the identities of Python's operators while doing so."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Code] = {}

    def make(
        self,
        kind: str,
        pieces: tuple[str, ...],
        args: tuple[Code, ...] = (),
        levels: tuple[int, ...] = (),
        level: int = ATOM,
        order: int = 0,
        batch: int | None = None,
    ) -> Code:
        """The expression of these pieces and arguments; `batch` is that of the arguments unless it is given."""
        key = (pieces, tuple(map(id, args)), batch)
        found = self._made.get(key)
        if found is None:
            found = Code(kind, pieces, args, levels, level)
            found.order = order
            if batch is not None:
                found.batch = batch
            self._made[key] = found
        return found

    def view(self, a: Code, order: int, batch: int) -> Code:
        """The same array, some of its own axes being read as index axes, or the other way round."""
        return self.make("view", ("", ""), (a,), (LOOSE,), a.level, order, batch)

    def number(self, value: int | Fraction) -> Code:
        text, level = number_text(value)
        made = self.make("number", (text,), level=level)
        made.data = Fraction(value)
        return made

    def name(self, text: str, order: int = 0) -> Code:
        return self.make("name", (text,), order=order)

    def call(self, function: str, *args: Code, options: str = "", order: int = 0) -> Code:
        """`function(args…, options)`."""
        ends = ([", "] * (len(args) - 1) if args else []) + [(", " if args and options else "") + options + ")"]
        first, rest = (function + "(", ends) if args else (function + "(" + ends[0], [])
        return self.make("call", (first, *rest), args, (LOOSE,) * len(args), order=order)

    def after(self, a: Code, suffix: str, order: int, kind: str = "after") -> Code:
        """`a` with a subscript, an attribute or a method call behind it."""
        return self.make(kind, ("", suffix), (a,), (ATOM,), order=order)

    def transpose(self, a: Code) -> Code:
        """`a.T`, a view; a vector is its own transpose, and (aᵀ)ᵀ = a."""
        if a.order < 2:
            return a
        return a.args[0] if a.kind == "T" else self.after(a, ".T", a.order, "T")

    def matmul(self, a: Code, b: Code, order: int) -> Code:
        left = PRODUCT if a.kind == "matmul" else PRODUCT + 1
        return self.make("matmul", ("", " @ ", ""), (a, b), (left, PRODUCT + 1), PRODUCT, order)

    def power(self, a: Code, exponent: int | Fraction) -> Code:
        """`a**k`, with the root by name: a^(1/2) is `np.sqrt(a)`; a^(-k) is `1 / a**k`."""
        if exponent == 1:
            return a
        if exponent == Fraction(1, 2):
            return self.call("np.sqrt", a, order=a.order)
        if exponent < 0:
            return self.product([], [self.power(a, -exponent)])
        return self.binary_power(a, self.number(exponent))

    def binary_power(self, a: Code, b: Code) -> Code:
        return self.make("power", ("", "**", ""), (a, b), (ATOM, UNARY), POWER, max(a.order, b.order))

    def negative(self, a: Code) -> Code:
        if a.kind == "number":
            return self.number(-_value(a))
        if a.kind == "negative":
            return a.args[0]
        if a.kind == "product":
            coefficient, above, below = parts(a)
            return self.product([self.number(-coefficient), *above], list(below))
        return self.make("negative", ("-", ""), (a,), (POWER,), UNARY, a.order)

    def product(self, above: Sequence[Code], below: Sequence[Code] = ()) -> Code:
        """Entrywise product and quotient with broadcasting: numbers gathered in front, then scalars, then arrays."""
        coefficient, tops, bottoms = self._gather(above, below)
        if not tops and not bottoms:
            return self.number(coefficient)
        if not bottoms and len(tops) == 1 and abs(coefficient) == 1:
            return tops[0] if coefficient == 1 else self.negative(tops[0])
        made = self._written_product(coefficient, tops, bottoms)
        made.data = (coefficient, tuple(tops), tuple(bottoms))
        return made

    def _gather(self, above: Sequence[Code], below: Sequence[Code]) -> tuple[Fraction, list[Code], list[Code]]:
        coefficient, tops, bottoms = Fraction(1), list[Code](), list[Code]()
        for group, same, other in ((above, tops, bottoms), (below, bottoms, tops)):
            for factor in group:
                if factor.kind == "number" and _value(factor):
                    value = _value(factor)
                elif factor.kind == "negative":
                    value = Fraction(-1)
                    same.append(factor.args[0])
                elif factor.kind == "product":
                    value, inner, outer = parts(factor)
                    same += inner
                    other += outer
                else:
                    same.append(factor)
                    continue
                coefficient = coefficient * value if same is tops else coefficient / value
        tops.sort(key=lambda c: c.order > 0)
        bottoms.sort(key=lambda c: c.order > 0)
        return coefficient, tops, bottoms

    def _written_product(self, coefficient: Fraction, tops: list[Code], bottoms: list[Code]) -> Code:
        if coefficient.numerator in (1, -1) and coefficient.denominator in (2, 3, 4, 5, 6, 8) and tops and not bottoms:
            bottoms, coefficient = [self.number(coefficient.denominator)], Fraction(coefficient.numerator)
        front = [] if tops and coefficient == 1 else [self.number(coefficient)]
        if tops and coefficient == -1:
            front = []
            tops = [self.make("negative", ("-", ""), (tops[0],), (POWER,), UNARY, tops[0].order), *tops[1:]]
        factors = [*front, *tops]
        top = self._row("product", factors, " * ")
        if not bottoms:
            return top
        bottom = self._row("product", bottoms, " * ")
        order = max(top.order, bottom.order)
        if len(factors) > 1 and bottom.order == 0:  # scalars meet before they meet an array
            scalars = [f for f in factors if f.order == 0 and f.batch == 0]
            arrays = [f for f in factors if f.order or f.batch]
            if scalars and arrays:
                share = self._quotient(self._row("product", scalars, " * "), bottom, 0)
                return self._row("product", [share, *arrays], " * ")
        return self._quotient(top, bottom, order)

    def _quotient(self, top: Code, bottom: Code, order: int) -> Code:
        return self.make("product", ("", " / ", ""), (top, bottom), (PRODUCT, PRODUCT + 1), PRODUCT, order)

    def _row(self, kind: str, factors: list[Code], sign: str) -> Code:
        if len(factors) == 1:
            return factors[0]
        if len(factors) > LONGEST:
            parts = [factors[i : i + LONGEST] for i in range(0, len(factors), LONGEST)]
            return self._row(kind, [self._row(kind, part, sign) for part in parts], sign)
        pieces = ("", *[sign] * (len(factors) - 1), "")
        levels = (PRODUCT, *[PRODUCT + 1] * (len(factors) - 1))
        if factors[0].kind == "matmul":
            levels = (PRODUCT + 1, *levels[1:])
        return self.make(kind, pieces, tuple(factors), levels, PRODUCT, max(f.order for f in factors))

    def add(self, signs: Sequence[int], args: Sequence[Code]) -> Code:
        """`a + b - c`; a negative coefficient becomes a minus sign."""
        terms = [self._signed(sign, arg) for sign, arg in zip(signs, args, strict=True)]
        terms = [t for t in terms if not (t[1].kind == "number" and _value(t[1]) == 0)] or terms[:1]
        if terms[0][0] < 0 and any(sign > 0 for sign, _ in terms):
            first = next(i for i, t in enumerate(terms) if t[0] > 0)
            terms = [terms[first], *terms[:first], *terms[first + 1 :]]
        if len(terms) == 1:
            return terms[0][1] if terms[0][0] > 0 else self.negative(terms[0][1])
        if len(terms) > LONGEST:
            parts = [terms[i : i + LONGEST] for i in range(0, len(terms), LONGEST)]
            sums = [self.add([s for s, _ in part], [c for _, c in part]) for part in parts]
            return self.add([1] * len(sums), sums)
        pieces = ["-" if terms[0][0] < 0 else "", *(" + " if s > 0 else " - " for s, _ in terms[1:]), ""]
        levels = (POWER if terms[0][0] < 0 else SUM, *[PRODUCT] * (len(terms) - 1))
        codes = tuple(c for _, c in terms)
        made = self.make("add", tuple(pieces), codes, levels, SUM, max(c.order for c in codes))
        made.hint = "r" if -1 in (s for s, _ in terms) else ""
        return made

    def _signed(self, sign: int, arg: Code) -> tuple[int, Code]:
        if arg.kind == "negative" or (arg.kind == "number" and _value(arg) < 0):
            return -sign, self.negative(arg)
        if arg.kind == "product" and parts(arg)[0] < 0:
            return -sign, self.negative(arg)
        return sign, arg


def _value(a: Code) -> Fraction:
    assert isinstance(a.data, Fraction)
    return a.data


def parts(a: Code) -> tuple[Fraction, tuple[Code, ...], tuple[Code, ...]]:
    """The number, the factors above and the factors below of a product."""
    if isinstance(a.data, tuple) and len(a.data) == 3:
        return a.data
    return Fraction(1), (a,), ()
