"""Sizes: polynomials with integer coefficients in size names, such as `n`, `k + n - 1`, `m*n`.

One idea: sizes are symbols, so that one derivation holds for every size. A `Size` is an immutable, hashable
polynomial; equal polynomials are equal objects of equal hash. It knows nothing of what has the size. Names that
start with `?` are unknowns of the inference and never leave it. What is no such polynomial, n(n + 1)/2 and min(m, n), is a
`Compound`: it stands in monomials as a name does, and its value follows from those of the names inside of it.
"""

from __future__ import annotations

from collections.abc import Mapping

Monomial = tuple[str, ...]  # sorted names with repetition: n²m is ("m", "n", "n")
TRIANGLE, LEAST = "triangle", "min"


class Compound(str):
    """n(n + 1)/2 of a monomial n, or the smaller of two sizes; as text a word that no name of a user is."""

    __slots__ = ("kind", "parts")
    kind: str
    parts: tuple[Size, ...]

    @staticmethod
    def of(kind: str, *parts: Size) -> Compound:
        made = Compound(f"{kind}({', '.join(map(str, parts))})")
        made.kind, made.parts = kind, parts
        return made

    def value(self, sizes: Mapping[str, int]) -> int:
        """The integer at given values of the names."""
        values = [part.value(sizes) for part in self.parts]
        return min(values) if self.kind == LEAST else values[0] * (values[0] + 1) // 2

    def substitute(self, values: Mapping[str, Size]) -> Size:
        """The size with names replaced by sizes."""
        parts = [part.substitute(values) for part in self.parts]
        return least(*parts) if self.kind == LEAST else triangle(parts[0])

    @property
    def written(self) -> str:
        """Plain notation: `n*(n + 1)/2`, `min(m, n)`."""
        return str(self) if self.kind == LEAST else f"{self.parts[0]}*({self.parts[0]} + 1)/2"


class Size:
    """An integer polynomial in size names; `Size.of(3)`, `Size.of("n")`, and `+ - *` on them."""

    __slots__ = ("_hash", "_names", "terms")
    terms: tuple[tuple[Monomial, int], ...]

    def __init__(self, terms: Mapping[Monomial, int]) -> None:
        for monomial in terms:
            for name in monomial:
                if type(name) is Compound:
                    terms = _halves(terms)
                    break
        self.terms = tuple(sorted([(m, c) for m, c in terms.items() if c]))
        self._hash = hash(self.terms)
        self._names: frozenset[str] | None = None

    @staticmethod
    def of(value: int | str | Size) -> Size:
        if isinstance(value, Size):
            return value
        made = _made.get(value)
        if made is None:
            made = Size({(): value} if isinstance(value, int) else {(value,): 1})
            if len(_made) < 10_000:
                _made[value] = made
        return made

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Size) and self.terms == other.terms)

    def __lt__(self, other: Size) -> bool:
        return self.terms < other.terms

    def __add__(self, other: Size | int) -> Size:
        more = Size.of(other).terms
        if not more or not self.terms:
            return self if not more else Size.of(other)
        terms = dict(self.terms)
        for monomial, c in more:
            terms[monomial] = terms.get(monomial, 0) + c
        return Size(terms)

    def __sub__(self, other: Size | int) -> Size:
        less = Size.of(other).terms
        if not less:
            return self
        terms = dict(self.terms)
        for monomial, c in less:
            terms[monomial] = terms.get(monomial, 0) - c
        return Size(terms)

    def __mul__(self, other: Size | int) -> Size:
        if other == 1 or other is ONE:
            return self
        if self is ONE:
            return Size.of(other)
        terms: dict[Monomial, int] = {}
        for m, c in self.terms:
            for w, d in Size.of(other).terms:
                key = tuple(sorted(m + w))
                terms[key] = terms.get(key, 0) + c * d
        return Size(terms)

    def floored(self, other: Size) -> Size | None:
        """⌊self/other⌋ when that is one polynomial for all values of the names, else None: ⌊(2n - 1)/2⌋ is n - 1."""
        if len(other.terms) != 1 or other.terms[0][1] < 1:
            return None
        below, divisor = other.terms[0]
        terms: dict[Monomial, int] = {}
        for monomial, c in self.terms:
            left = list(monomial)
            if not all(name in left and left.remove(name) is None for name in below):  # type: ignore[func-returns-value]
                return None
            if left and c % divisor:
                return None
            terms[tuple(left)] = c // divisor
        return Size(terms)

    @property
    def names(self) -> frozenset[str]:
        """The names in the polynomial, those inside of a triangle or a minimum too."""
        found = self._names
        if found is None:
            found = self._names = self._gathered()
        return found

    def _gathered(self) -> frozenset[str]:
        plain = frozenset([name for monomial, _ in self.terms for name in monomial])
        inside = [name for name in plain if type(name) is Compound]
        return plain.difference(inside).union(*[part.names for name in inside for part in name.parts])

    @property
    def number(self) -> int | None:
        """The value of a constant size, else None."""
        if not self.terms:
            return 0
        return self.terms[0][1] if len(self.terms) == 1 and not self.terms[0][0] else None

    @property
    def name(self) -> str | None:
        """The name of a size that is a single name, else None."""
        if len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1:
            name = self.terms[0][0][0]
            return None if type(name) is Compound else name
        return None

    def substitute(self, values: Mapping[str, Size]) -> Size:
        """The polynomial with names replaced by sizes."""
        terms = self.terms
        if len(terms) == 1 and len(terms[0][0]) == 1 and terms[0][1] == 1:  # a single name, the common case
            name = terms[0][0][0]
            return name.substitute(values) if type(name) is Compound else values.get(name, self)
        if not any(name in values for name in self.names):
            return self
        total = Size({})
        for monomial, c in self.terms:
            term = Size.of(c)
            for name in monomial:
                inner = name.substitute(values) if type(name) is Compound else values.get(name, Size.of(name))
                term = term * inner
            total = total + term
        return total

    def value(self, sizes: Mapping[str, int]) -> int:
        """The integer at given values of the names; KeyError for a name without one."""
        total = 0
        for monomial, c in self.terms:
            for name in monomial:
                c *= name.value(sizes) if type(name) is Compound else sizes[name]
            total += c
        return total

    def __repr__(self) -> str:
        return f"Size({self})"

    def __str__(self) -> str:
        """Plain notation: `k + n - 1`."""
        name = self.name
        if name is not None:
            return name
        if not self.terms:
            return "0"
        out = ""
        for monomial, c in sorted(self.terms, key=lambda t: (not t[0], t[0])):
            parts = [] if abs(c) == 1 and monomial else [str(abs(c))]
            for name in dict.fromkeys(monomial):
                k = monomial.count(name)
                text = name.written if type(name) is Compound else name
                parts.append(text if k == 1 else f"({text})^{k}" if type(name) is Compound else f"{text}^{k}")
            sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
            out += sign + "*".join(parts)
        return out


_made: dict[int | str, Size] = {}
ONE = Size({(): 1})
_made[1] = ONE


def triangle(n: Size) -> Size:
    """n(n + 1)/2, brought back to that of monomials: T(a + b) = T(a) + T(b) + ab, T(cx) = c T(x) + x² c(c - 1)/2."""
    total, before = Size({}), Size({})
    for monomial, c in n.terms:
        if monomial:
            x = Size({monomial: 1})
            part = Size.of(Compound.of(TRIANGLE, x)) * c + x * x * (c * (c - 1) // 2)
        else:
            part = Size.of(c * (c + 1) // 2)
        term = Size({monomial: c})
        total = total + part + before * term
        before = before + term
    return total


def least(a: Size, b: Size) -> Size:
    """The smaller of two sizes: of sizes that differ by a number that one, else `min(a, b)`."""
    difference = (a - b).number
    if difference is not None:
        return a if difference <= 0 else b
    return Size.of(Compound.of(LEAST, *sorted((a, b))))


def halved(size: Size) -> Size | None:
    """size/2 where it is a whole number for all values of the names and one of ours, else None: n² + n gives T(n)."""
    half: dict[Monomial, int] = {}
    rest: dict[Monomial, int] = {}
    for monomial, c in size.terms:
        half[monomial] = c // 2
        rest[monomial] = c % 2
    odd = [monomial for monomial, c in rest.items() if c]
    total = Size(half)
    while odd:
        low = min(odd, key=len)
        square = tuple(sorted(low + low))
        if not low or square not in odd or square == low:
            return None
        odd = [monomial for monomial in odd if monomial not in (low, square)]
        total = total + triangle(Size({low: 1}))
    return total


def _halves(terms: Mapping[Monomial, int]) -> dict[Monomial, int]:
    """Twice T(x) is x² + x: what is left of every T in a monomial has the coefficient 1."""
    made: dict[Monomial, int] = {}
    waiting = list(terms.items())
    while waiting:
        monomial, c = waiting.pop()
        name = next((x for x in monomial if type(x) is Compound and x.kind == TRIANGLE), None)
        if name is not None and c not in (0, 1):
            rest = list(monomial)
            rest.remove(name)
            for inner, d in name.parts[0].terms:
                once, twice = tuple(sorted([*rest, *inner])), tuple(sorted([*rest, *inner, *inner]))
                waiting += [(once, c // 2 * d), (twice, c // 2 * d)]
            c = c % 2
        made[monomial] = made.get(monomial, 0) + c
    if any(c not in (0, 1) and any(type(x) is Compound and x.kind == TRIANGLE for x in m) for m, c in made.items()):
        return _halves(made)
    return made
