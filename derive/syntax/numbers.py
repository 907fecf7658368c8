"""Literal numbers, exact, and the bound on literal powers.

One idea: a number is read exactly (`0.1` is 1/10), and a power of literal numbers is weighed by logarithms before
anything computes it, so that `9^9^9^9` costs nothing. It knows no grammar.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from derive.source import Source, Span
from derive.syntax.lexer import limit
from derive.tree import Tree

if TYPE_CHECKING:
    from fractions import Fraction

MOST_DIGITS = 60
_FRACTIONS = {"½": "0.5", "¼": "0.25", "¾": "0.75"}
LARGEST_EXPONENT = 1000
MOST_RESULT_DIGITS = 10_000


def read_number(text: str, source: Source, span: Span) -> int | Fraction:
    """The exact value of a literal; LimitError `number-too-long` beyond 60 digits or a decimal exponent of 308."""
    if len(text) < 16 and text.isdigit():
        return int(text)
    text = _FRACTIONS.get(text, text)
    mantissa, _, exponent = text.lower().partition("e")
    digits = sum(c.isdigit() for c in mantissa)
    if digits > MOST_DIGITS or len(exponent) > 6 or abs(int(exponent or 0)) > 308:
        note = f"numbers have at most {MOST_DIGITS} digits and a decimal exponent of at most 308"
        raise limit("number-too-long", "this number is too long", source, span, note)
    if mantissa == text and text.isdigit():
        return int(text)
    from fractions import Fraction

    value = Fraction(text)
    return int(value) if value.denominator == 1 else value


def admit_power(base: Tree, exponent: Tree, source: Source, span: Span) -> None:
    """LimitError `exponent-too-large` for a literal exponent beyond 1000, or literals whose power is astronomic."""
    if exponent.head == "name":
        return
    size = _magnitude(exponent)
    if size is None:
        return
    note = f"literal exponents are at most {LARGEST_EXPONENT}"
    if not size <= LARGEST_EXPONENT:
        raise limit("exponent-too-large", "this exponent is too large", source, exponent.span, note)
    weight = _magnitude(base)
    if weight is not None and size * abs(math.log10(weight or 1)) > MOST_RESULT_DIGITS:
        note = f"the result would have more than {MOST_RESULT_DIGITS:,} digits"
        raise limit("exponent-too-large", "this power of numbers is too large", source, span, note)


def _magnitude(tree: Tree) -> float | None:
    """A float near the absolute value of an expression in literal numbers only (inf when huge), else None.

    An upper bound for sums, since signs are dropped; iterative, as chains may be long.
    """
    if tree.head == "number":
        return float(abs(tree.data))  # type: ignore[arg-type]
    nodes = list(tree.walk())
    if any(node.head not in _LITERAL for node in nodes):
        return None
    done: list[float] = []
    for node in reversed(nodes):
        if node.head == "number":
            done.append(float(abs(node.data)))  # type: ignore[arg-type]
        elif node.head != "neg":
            done.append(_combine(node.head, done.pop(), done.pop()))
    return done[-1]


def _combine(head: str, a: float, b: float) -> float:
    try:
        if head in ("add", "sub"):
            return a + b
        if head in ("mul", "hadamard"):
            return a * b
        if head in ("div", "hdiv"):
            return a / b
        return math.exp(min(709.0, b * math.log(a))) if 0 < a and b < LARGEST_EXPONENT * 10 else math.inf
    except ArithmeticError:
        return math.inf


_LITERAL = frozenset("number add sub mul div hadamard hdiv pow hpow neg".split())
