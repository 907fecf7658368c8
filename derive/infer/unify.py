"""Sizes that are not known yet: unknowns `?1`, `?2` … and what they have been found to be.

One idea: two sizes that must be equal are unified; an unknown that occurs alone in the difference is solved for. Names from
declarations are rigid: `m` and `n` declared apart never become equal; but one that has to be a number is that number, since the statement
is about nothing else then (`forced` says so to the reader). This module knows nothing of terms.
"""

from __future__ import annotations

from itertools import permutations

from derive.sizes import TRIANGLE, Compound, Monomial, Size

MOST_FACTORS = 4
LEAST_NUMBER = 2  # that a declared name may be forced to be: a size 1 is more often a slip


def unknown(name: str) -> bool:
    """Whether a size name is an unknown of the inference."""
    return name[0] == "?"


class Unifier:
    """The unknowns of one statement. `bound` is kept resolved: its values mention unbound unknowns only."""

    __slots__ = ("bound", "count", "declared", "forced", "pending")

    def __init__(self) -> None:
        self.bound: dict[str, Size] = {}
        self.count = 0
        self.declared: set[str] = set()  # size names of declarations, which may have to be numbers
        self.forced: dict[str, int] = {}
        self.pending: list[tuple[Size, Size]] = []

    def fresh(self) -> Size:
        self.count += 1
        return Size.of(f"?{self.count}")

    def resolve(self, size: Size) -> Size:
        """The size with every solved unknown replaced."""
        return size.substitute(self.bound) if self.bound else size

    def equal(self, a: Size, b: Size) -> bool:
        """Make both equal; False when no values of the unknowns can."""
        if a is b:
            return True
        bound = self.bound
        if bound:
            a, b = a.substitute(bound), b.substitute(bound)
        if a is b or a == b:
            return True
        return bool(self.count or self.declared) and self._solve(a, b)

    def _solve(self, a: Size, b: Size) -> bool:
        x, y = a.name, b.name
        if x is not None and y is not None:  # one name each, the common case
            if unknown(x) and not (unknown(y) and _age(y) > _age(x)):
                return self._let(x, b)
            return unknown(y) and self._let(y, a)
        return self._solve_terms(a, b)

    def _solve_terms(self, a: Size, b: Size) -> bool:
        halves = _halved(a), _halved(b)
        if halves[0] is not None and halves[1] is not None:
            return self.equal(halves[0], halves[1])
        terms = _without_common_names(dict((a - b).terms))
        unknowns = {name for monomial in terms for name in _names(monomial) if unknown(name)}
        if not unknowns:
            return self._force(terms)
        for name in sorted(unknowns, key=_age, reverse=True):
            if terms.get((name,)) in (1, -1) and sum(name in _names(m) for m in terms) == 1:
                return self._bind(name, terms)
        self.pending.append((a, b))  # such as `?1*?2 = m*n`: decided by `settle`, once everything else is
        return True

    def _force(self, terms: dict[Monomial, int]) -> bool:
        """`n - 3 = 0` for a declared n: then n is 3 in the whole statement."""
        names = [m[0] for m in terms if len(m) == 1 and m[0] in self.declared]
        if len(names) != 1 or not terms.keys() <= {(), (names[0],)} or abs(terms[names[0],]) != 1:
            return False
        value = -terms.get((), 0) * terms[names[0],]
        if value < LEAST_NUMBER:
            return False
        self.forced[names[0]] = value
        return self._bind(names[0], dict(terms))

    def _bind(self, name: str, terms: dict[Monomial, int]) -> bool:
        sign = -terms.pop((name,))
        value = Size(terms) * sign
        number = value.number
        return (number is None or number >= 0) and self._let(name, value)

    def _let(self, name: str, value: Size) -> bool:
        found = {name: value}
        for known, size in self.bound.items():
            if name in size.names:
                self.bound[known] = size.substitute(found)
        self.bound[name] = value
        return True

    def settle(self) -> bool:
        """Decide what was put off; False when it cannot hold."""
        for _ in range(2):
            waiting, self.pending = self.pending, []
            if not all(self.equal(a, b) for a, b in waiting):
                return False
        waiting, self.pending = self.pending, []
        return self._factors(waiting)

    def _factors(self, waiting: list[tuple[Size, Size]]) -> bool:
        """Products such as `?1*?2 = m*n` matched factor by factor: the first way in which all of them hold."""
        if not waiting:
            return True
        a, b = self.resolve(waiting[0][0]), self.resolve(waiting[0][1])
        if a == b:
            return self._factors(waiting[1:])
        if len(a.terms) != 1 or len(b.terms) != 1:
            return False
        (left, c), (right, d) = a.terms[0], b.terms[0]
        if c != d or len(left) != len(right) or len(left) > MOST_FACTORS:
            return False
        for order in reversed(list(permutations(right))):  # vec(X) of an m×n X beside kron(A, B): A is n×n and B is m×m
            before = dict(self.bound)
            if all(self.equal(Size.of(x), Size.of(y)) for x, y in zip(left, order, strict=True)) and self._factors(
                waiting[1:]
            ):
                return True
            self.bound = before
        return False


def _without_common_names(terms: dict[Monomial, int]) -> dict[Monomial, int]:
    """`n*?1 - n*q` is zero when `?1 - q` is: sizes are positive, so a name on every term is cancelled."""
    while True:
        first = next(iter(terms), ())
        common = next((name for name in first if all(name in m for m in terms)), None)
        if common is None:
            return terms
        terms = {_less(monomial, common): c for monomial, c in terms.items()}


def _less(monomial: Monomial, name: str) -> Monomial:
    place = monomial.index(name)
    return monomial[:place] + monomial[place + 1 :]


def _halved(size: Size) -> Size | None:
    """n of the size n(n + 1)/2."""
    if len(size.terms) == 1 and size.terms[0][1] == 1 and len(size.terms[0][0]) == 1:
        name = size.terms[0][0][0]
        if isinstance(name, Compound) and name.kind == TRIANGLE:
            return name.parts[0]
    return None


def _names(monomial: Monomial) -> set[str]:
    """The names of a monomial, and those inside of what stands in it."""
    found: set[str] = set()
    for name in monomial:
        found |= set[str]().union(*[part.names for part in name.parts]) if isinstance(name, Compound) else {name}
    return found


def _age(name: str) -> int:
    return int(name[1:])
