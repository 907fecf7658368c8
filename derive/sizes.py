"""Sizes: polynomials with integer coefficients in size names, such as `n`, `k + n - 1`, `m*n`.

One idea: sizes are symbols, so that one derivation holds for every size. A `Size` is an immutable, hashable
polynomial; equal polynomials are equal objects of equal hash. It knows nothing of what has the size. Names that
start with `?` are unknowns of the inference and never leave it.
"""

from __future__ import annotations

from collections.abc import Mapping

Monomial = tuple[str, ...]  # sorted names with repetition: n²m is ("m", "n", "n")


class Size:
    """An integer polynomial in size names; `Size.of(3)`, `Size.of("n")`, and `+ - *` on them."""

    __slots__ = ("_hash", "terms")
    terms: tuple[tuple[Monomial, int], ...]

    def __init__(self, terms: Mapping[Monomial, int]) -> None:
        self.terms = tuple(sorted((m, c) for m, c in terms.items() if c))
        self._hash = hash(self.terms)

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
        terms = dict(self.terms)
        for monomial, c in Size.of(other).terms:
            terms[monomial] = terms.get(monomial, 0) + c
        return Size(terms)

    def __sub__(self, other: Size | int) -> Size:
        return self + Size.of(other) * -1

    def __mul__(self, other: Size | int) -> Size:
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
        return frozenset(name for monomial, _ in self.terms for name in monomial)

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
            return self.terms[0][0][0]
        return None

    def substitute(self, values: Mapping[str, Size]) -> Size:
        """The polynomial with names replaced by sizes."""
        terms = self.terms
        if len(terms) == 1 and len(terms[0][0]) == 1 and terms[0][1] == 1:  # a single name, the common case
            return values.get(terms[0][0][0], self)
        if not any(name in values for name in self.names):
            return self
        total = Size({})
        for monomial, c in self.terms:
            term = Size.of(c)
            for name in monomial:
                term = term * values.get(name, Size.of(name))
            total = total + term
        return total

    def value(self, sizes: Mapping[str, int]) -> int:
        """The integer at given values of the names; KeyError for a name without one."""
        total = 0
        for monomial, c in self.terms:
            for name in monomial:
                c *= sizes[name]
            total += c
        return total

    def __repr__(self) -> str:
        return f"Size({self})"

    def __str__(self) -> str:
        """Plain notation: `k + n - 1`."""
        if not self.terms:
            return "0"
        out = ""
        for monomial, c in sorted(self.terms, key=lambda t: (not t[0], t[0])):
            parts = [] if abs(c) == 1 and monomial else [str(abs(c))]
            for name in dict.fromkeys(monomial):
                k = monomial.count(name)
                parts.append(name if k == 1 else f"{name}^{k}")
            sign = ("-" if c < 0 else "") if not out else (" - " if c < 0 else " + ")
            out += sign + "*".join(parts)
        return out


_made: dict[int | str, Size] = {}
ONE = Size.of(1)
