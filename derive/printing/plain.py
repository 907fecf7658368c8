"""Plain notation: the text that is read back as the same tree.

One idea: brackets stand exactly where the parser would otherwise group differently, as `derive.syntax.operators` says.

What is normalised rather than kept: a negative number prints as a minus sign (`number(-3)*x` is `-3*x`, read as
`neg(mul(3, x))`), and a fraction that is no short decimal as a division (`1/3`).
"""

from __future__ import annotations

from typing import Any

from derive.printing.cases import rows
from derive.printing.pieces import Piece, Writer, decimal, fold
from derive.syntax.calls import UNKNOWN_BOUND
from derive.syntax.operators import ATOM, NEGATION, OPERATORS, POSTFIX, POWER, PRODUCT, STATEMENT, SUM, Operator
from derive.tree import Tree

SIGNED = NEGATION + 1  # a negative number, alone or leading a product: `-3*x`
LOOSE = STATEMENT - 1  # relations, `where`: never inside anything without brackets
_SIGNS = {"approx": "~=", "implies": "==>", "iff": "<=>"}
_PRODUCTS = frozenset(("mul", "div", "hadamard", "hdiv"))


def wrapped(piece: Piece, least: int) -> str:
    """The text, in brackets when it binds less tightly than `least`."""
    return piece[0] if piece[1] >= least else f"({piece[0]})"


def primed(node: Tree) -> tuple[str, int]:
    """Name and number of primes of `f'(x)`."""
    data: Any = node.data
    return data[0], data[1]


class Plain:
    """The writers of the plain notation, one method a head; other notations inherit and replace some."""

    conjunction = " and "

    def __init__(self) -> None:
        binary = dict.fromkeys(OPERATORS, self.binary)
        self.table: dict[str, Writer] = {
            **binary,
            "number": self.number,
            "name": self.name,
            "call": self.call,
            "prime": self.prime,
            "neg": self.neg,
            "transpose": self.transpose,
            "index": self.index,
            "colon": lambda node, parts: (":", STATEMENT),
            "range": lambda node, parts: (f"{self.inner(parts[0])}:{self.inner(parts[1])}", STATEMENT),
            "sum": self.bounded,
            "prod": self.bounded,
            "array": self.array,
            "block": self.block,
            "derivative": self.derivative,
            "differential": self.differential,
            "where": self.where,
            "relation": self.relation,
            "both": self.both,
            "implies": self.implies,
            "cases": self.cases,
        }

    def write(self, tree: Tree) -> str:
        return fold(tree, self.table)[0]

    def inner(self, piece: Piece) -> str:
        """Between brackets or commas; only `where` needs brackets of its own."""
        return wrapped(piece, STATEMENT)

    def number(self, node: Tree, parts: list[Piece]) -> Piece:
        value: Any = node.data
        p, q = value.numerator, value.denominator
        if q == 1:
            return str(p), (ATOM if p >= 0 else SIGNED)
        sign = "-" if p < 0 else ""
        short = decimal(abs(p), q)
        return f"{sign}{short or f'{abs(p)}/{q}'}", (SIGNED if sign else ATOM if short else PRODUCT)

    def name(self, node: Tree, parts: list[Piece]) -> Piece:
        return str(node.data), ATOM

    def call(self, node: Tree, parts: list[Piece]) -> Piece:
        if node.data == "piecewise":
            return self.cases(node, parts)
        return f"{node.data}({', '.join(map(self.inner, parts))})", ATOM

    def prime(self, node: Tree, parts: list[Piece]) -> Piece:
        name, order = primed(node)
        return name + "'" * order + f"({', '.join(map(self.inner, parts))})", ATOM

    def binary(self, node: Tree, parts: list[Piece]) -> Piece:
        operator = OPERATORS[node.head]
        if operator.power == SUM:
            return self.signed_sum(node, operator, parts)
        if operator.power == POWER:
            return self.power(node, operator, parts)
        left, right = parts
        if _mixes(node.head, node.args[0].head):
            left = f"({left[0]})", ATOM
        led = left[1] == SIGNED
        first = left[0] if led else wrapped(left, operator.left)
        if node.head == "div" and right[0].startswith("d") and ends_in_differential(node.args[0]):
            first = f"({left[0]})"  # `d(f)/dx` would be a derivative
        return first + operator.text + wrapped(right, operator.right), (SIGNED if led else PRODUCT)

    def signed_sum(self, node: Tree, operator: Operator, parts: list[Piece]) -> Piece:
        """Terms joined by signs; a term that a negative number leads turns the sign."""
        left, right = parts
        minus = node.head == "sub"
        text = wrapped(right, operator.right)
        if right[1] == SIGNED:
            minus, text = not minus, right[0][1:]
        sign = OPERATORS["sub" if minus else "add"]
        return wrapped(left, operator.left) + self.symbol(sign) + text, SUM

    def symbol(self, operator: Operator) -> str:
        return operator.text

    def power(self, node: Tree, operator: Operator, parts: list[Piece]) -> Piece:
        base, exponent = parts
        first = base[0] if node.args[0].head == "transpose" else wrapped(base, operator.left)
        return first + operator.text + self.exponent(node.args[1], exponent), POWER

    def exponent(self, tree: Tree, piece: Piece) -> str:
        """`2`, `-1`, `(a + b)`; a name T stands in brackets, since `A^T` is a transpose."""
        negative = tree.head == "neg" and tree.args[0].head == "number" and not piece[0].startswith("-(")
        if (negative or tree.head == "number") and "/" not in piece[0]:
            return piece[0]
        return f"({piece[0]})" if piece[0] == "T" else wrapped(piece, POWER)

    def neg(self, node: Tree, parts: list[Piece]) -> Piece:
        return "-" + wrapped(parts[0], SIGNED + 1), NEGATION

    def transpose(self, node: Tree, parts: list[Piece]) -> Piece:
        again = node.args[0].head == "transpose"
        return (parts[0][0] if again else wrapped(parts[0], POWER + 1)) + "'", POSTFIX

    def index(self, node: Tree, parts: list[Piece]) -> Piece:
        base = f"({parts[0][0]})" if node.args[0].head == "number" else wrapped(parts[0], ATOM)
        return f"{base}[{', '.join(map(self.inner, parts[1:]))}]", ATOM

    def bounded(self, node: Tree, parts: list[Piece]) -> Piece:
        """`sum(i=lo..hi, body)`, or `sum(i, body)` while the upper bound is not known."""
        body, low, high = (self.inner(p) for p in parts)
        if node.args[2].data == UNKNOWN_BOUND:
            return f"{node.head}({self.variable(node.data)}, {body})", ATOM
        return f"{node.head}({self.variable(node.data)}={low}..{high}, {body})", ATOM

    def variable(self, name: object) -> str:
        """A name that is bound or defined here."""
        return str(name)

    def array(self, node: Tree, parts: list[Piece]) -> Piece:
        names: tuple[str, ...] = node.data  # type: ignore[assignment]
        ranges = [
            f"{self.variable(name)}={self.inner(parts[1 + 2 * i])}..{self.inner(parts[2 + 2 * i])}"
            for i, name in enumerate(names)
        ]
        return f"array({', '.join([*ranges, self.inner(parts[0])])})", ATOM

    def block(self, node: Tree, parts: list[Piece]) -> Piece:
        rows: tuple[int, ...] = node.data  # type: ignore[assignment]
        lines, at = [], 0
        for length in rows:
            lines.append(", ".join(map(self.inner, parts[at : at + length])))
            at += length
        return f"[{'; '.join(lines)}]", ATOM

    def derivative(self, node: Tree, parts: list[Piece]) -> Piece:
        """`d(f)/dx`; binds like a product on its right, so that a quote after it is not the variable's."""
        target = node.args[1]
        below = f"({parts[1][0]})" if target.head == "call" else parts[1][0]
        if _base(target) != "name":
            below = f"({parts[1][0]})"
        return f"{node.data}({self.inner(parts[0])})/d{below}", POSTFIX - 1

    def differential(self, node: Tree, parts: list[Piece]) -> Piece:
        return f"d({self.inner(parts[0])})", ATOM

    def where(self, node: Tree, parts: list[Piece]) -> Piece:
        names: tuple[str, ...] = node.data  # type: ignore[assignment]
        body = parts[0][0] if node.args[0].head != "where" else f"({parts[0][0]})"
        made = [f"{self.variable(n)} = {self.inner(p)}" for n, p in zip(names, parts[1:], strict=True)]
        return f"{body} where {', '.join(made)}", LOOSE

    def relation(self, node: Tree, parts: list[Piece]) -> Piece:
        operators: tuple[str, ...] = node.data  # type: ignore[assignment]
        text = self.inner(parts[0])
        for operator, part in zip(operators, parts[1:], strict=True):
            text += f" {self.relation_sign(operator)} {self.inner(part)}"
        return text, LOOSE

    def both(self, node: Tree, parts: list[Piece]) -> Piece:
        return "; ".join(p[0] for p in parts), LOOSE

    def implies(self, node: Tree, parts: list[Piece]) -> Piece:
        """Statements joined by implications; with as many links as statements it continues what stood before it."""
        links: tuple[str, ...] = node.data  # type: ignore[assignment]
        shown = [p[0] for p in parts]
        text = shown.pop(0) if len(shown) > len(links) else ""
        for link, part in zip(links, shown, strict=True):
            text += f" {self.relation_sign(link)} {part}"
        return text.strip(), LOOSE

    def cases(self, node: Tree, parts: list[Piece]) -> Piece:
        """`cases(a if p, b if q, c)`, also of a choice by an indicator that is a comparison."""
        found = rows(node)
        if found is None:
            return f"{node.data}({', '.join(map(self.inner, parts))})", ATOM
        return self.listed_cases([(self.write(v), None if t is None else self.condition(t)) for v, t in found])

    def condition(self, test: Tree) -> str:
        parts = test.args if test.head == "both" else (test,)
        return self.conjunction.join([self.write(part) for part in parts])

    def listed_cases(self, shown: list[tuple[str, str | None]]) -> Piece:
        made = [value if test is None else f"{value} if {test}" for value, test in shown]
        return f"cases({', '.join(made)})", ATOM

    def relation_sign(self, operator: str) -> str:
        return _SIGNS.get(operator, operator)


ENTRYWISE = frozenset(("hadamard", "hdiv"))
MATRIX = frozenset(("mul", "div"))


def _mixes(head: str, left: str) -> bool:
    """`(a*b').*C` and `(a.*b)*c'` stand in brackets, though the grammar needs none: no reader knows the rule."""
    return (head in ENTRYWISE and left in MATRIX) or (head in MATRIX and left in ENTRYWISE)


def _base(tree: Tree) -> str:
    """What `dX[i, j]` and `dx'` stand on."""
    if tree.head == "transpose":
        tree = tree.args[0]
    return tree.args[0].head if tree.head == "index" else tree.head


def ends_in_differential(tree: Tree) -> bool:
    while tree.head in _PRODUCTS or tree.head == "neg":
        tree = tree.args[-1]
    return tree.head == "differential"


_PLAIN = Plain()


def text(tree: Tree) -> str:
    """A tree in plain notation, with the fewest brackets: `2*X'*(X*w - y)`; `parse` reads it back as the same tree."""
    return _PLAIN.write(tree)
