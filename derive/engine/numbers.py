"""Numbers and sizes in a product: powers of numbers, what is summed over nothing, and what goes into the coefficient.

One idea: a number with a whole exponent is the coefficient's, exactly; a size stays a factor by its name, so that it merges with its like. It knows no
index but whether something stands on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Apply, Atom, Idx, Node
from derive.engine.indices import Frame
from derive.engine.tables import alternating
from derive.sizes import TRIANGLE, Compound, Size

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    Placed = tuple[Node, Idx, Number]


BITS = frozenset(("step", "eq"))  # functions whose values are 0 and 1


def tidy(value: Number) -> Number:
    """Integers as int: they are many times faster than fractions."""
    return value.numerator if type(value) is not int and value.denominator == 1 else value


def power(value: Number, exp: int) -> Number:
    if exp >= 0:
        return value**exp
    from fractions import Fraction

    return tidy(Fraction(1) / Fraction(value) ** -exp)


def exact_power(value: Number, exp: Number) -> Number | None:
    """`value^exp` when it is rational, else None."""
    from fractions import Fraction

    exponent, fraction = Fraction(exp), Fraction(value)
    roots = []
    for whole in (fraction.numerator, fraction.denominator):
        root = round(whole ** (1 / exponent.denominator)) if whole < 10**15 else 0
        if root**exponent.denominator != whole:
            return None
        roots.append(root)
    return power(Fraction(roots[0], roots[1]), exponent.numerator)


def numbers_out(coef: Number, factors: list[Placed]) -> tuple[Number, list[Placed]]:
    """Drop powers of 0; numbers with an integer exponent go into the coefficient."""
    kept: list[Placed] = []
    for base, idx, exp in factors:
        if exp == 1 and type(base) is not Atom:
            kept.append((base, idx, 1))
            continue
        exp = tidy(exp)
        if exp not in (0, 1) and type(base) is Apply:
            if type(exp) is int and alternating(base):
                exp %= 2  # (-1)^(2k) = 1
            elif exp > 0 and base.op.name in BITS:
                exp = 1  # 0^a = 0 and 1^a = 1
        if exp == 0:
            continue
        if type(base) is Atom and type(exp) is int and not isinstance(base.value, str | Size):
            coef = coef * power(base.value, exp)
        else:
            if type(base) is Atom and base.value == "i" and type(exp) is int:
                coef, exp = -coef if exp % 4 > 1 else coef, exp % 2  # 1i^2 = -1
                if exp == 0:
                    continue
            kept.append((base, idx, exp))
    return tidy(coef), kept


def sum_over_nothing(coef: Number, factors: list[Placed], out: Idx, frame: Frame) -> tuple[Number, list[Placed]]:
    """An index that is summed but stands on no factor multiplies by its size."""
    used = set(out)
    for _, idx, exp in factors:
        if exp != 0:
            used.update(idx)
    if len(used) == len(frame.parent):
        return coef, factors
    free = [i for i, root in enumerate(frame.parent) if root == i and i not in used and i not in frame.gone]
    if not free:
        return coef, factors
    merged = {(base, idx): exp for base, idx, exp in factors}
    for i in free:
        coef = times_size(coef, frame.dims[i], merged)
    return coef, [(base, idx, exp) for (base, idx), exp in merged.items()]


def times_size(coef: Number, size: Size, merged: dict[tuple[Node, Idx], Number], exp: int = 1) -> Number:
    """Multiply by `size^exp`: numbers into the coefficient, a monomial name by name, else the polynomial whole."""
    if len(size.terms) == 1:
        monomial, c = size.terms[0]
        for name in monomial:
            if isinstance(name, Compound) and name.kind == TRIANGLE:  # n(n + 1)/2
                x = name.parts[0]
                coef = times_size(times_size(coef, x, merged, exp), x + 1, merged, exp) * power(2, -exp)
                continue
            key = (Atom(Size.of(name)), ())
            merged[key] = merged.get(key, 0) + exp
        return coef * power(c, exp)
    if not size.terms:
        return 0
    merged[(Atom(size), ())] = merged.get((Atom(size), ()), 0) + exp
    return coef
