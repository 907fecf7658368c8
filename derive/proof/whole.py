"""Scalars that are whole numbers: by declaration, by being sizes, and what a remainder says of them.

One idea: an exponent, or a multiple of pi under a cosine, is a polynomial in whole numbers, and only its coefficients modulo a period matter. It knows
no law of matrices.
"""

from __future__ import annotations

from fractions import Fraction

from derive.engine.expr import Atom, Node, Prod, Sum, Sym
from derive.engine.normal import normalise
from derive.engine.sums import collect, scaled, split
from derive.sizes import Size

Number = int | Fraction


def bounds(node: Node) -> tuple[int, int] | None:
    """The declared range of a whole number, as `in 0..6`."""
    if not isinstance(node, Sym):
        return None
    for word in node.symbol.properties:
        if word.startswith("in ") and ".." in word:
            low, _, high = word[3:].partition("..")
            if low.lstrip("-").isdigit() and high.lstrip("-").isdigit():
                return int(low), int(high)
    return None


def is_whole(node: Node) -> bool:
    """Whether a scalar is a whole number."""
    if node.shape:
        return False
    match node:
        case Sym():
            return "integer" in node.symbol.properties
        case Atom():
            return isinstance(node.value, Size) or (type(node.value) is int)
        case Prod():
            fits = all(type(e) is int and e > 0 and is_whole(b) for b, _, e in node.factors)
            return type(node.coef) is int and fits and not node.dims
        case Sum():
            return all(map(is_whole, node.terms))
    return False


def at_least(node: Node, low: int) -> bool:
    """Whether a whole number is known to be `low` or more: declared ranges and sizes with positive coefficients."""
    least: Number = 0
    for term in node.terms if isinstance(node, Sum) else (node,):
        coef, unit = split(term)
        if unit == Prod(1, (), (), (), True):
            least += coef
            continue
        known = _least(unit)
        if known is None or coef < 0 or not is_whole(unit):
            return False
        least += coef * known
    return least >= low


def _least(unit: Node) -> int | None:
    if isinstance(unit, Atom):
        return 1 if isinstance(unit.value, Size) and unit.value.name else None
    if isinstance(unit, Prod) and unit.coef == 1:
        parts = [_least(b) for b, _, e in unit.factors if type(e) is int and e > 0]
        total = 1
        for part in parts:
            if part is None or part < 0:
                return None
            total *= part
        return total if len(parts) == len(unit.factors) else None
    range_ = bounds(unit)
    return None if range_ is None else range_[0]


def modulo(node: Node, period: int) -> tuple[Number, Node]:
    """The number c0 and the rest r of an exponent that is c0 + r modulo a period: coefficients of whole numbers between 0 and the period.

    c0 lies in [0, period); a term that is no whole number stays as it is.
    """
    number: Number = 0
    rest: list[Node] = []
    for term in node.terms if isinstance(node, Sum) else (node,):
        coef, unit = split(term)
        if unit == Prod(1, (), (), (), True):
            number += coef
        elif is_whole(unit):
            rest.append(scaled(coef % period, unit))
        else:
            rest.append(term)
    return number % period, collect(rest, ())


def multiple_of_pi(node: Node) -> Node | None:
    """u of a node that is `u*pi`."""
    terms = node.terms if isinstance(node, Sum) else (node,)
    made = []
    for term in terms:
        if not isinstance(term, Prod | Atom):
            return None
        parts = term.factors if isinstance(term, Prod) else ((term, (), 1),)
        rest = tuple([f for f in parts if not (isinstance(f[0], Atom) and f[0].value == "pi" and f[2] == 1)])
        if len(rest) != len(parts) - 1 or (isinstance(term, Prod) and term.dims):
            return None
        made.append(normalise(Prod(term.coef if isinstance(term, Prod) else 1, rest, (), ())))
    return collect(made, ())
