r"""LaTeX: `2 X^\top (X w - y)`, `\frac{\partial f}{\partial x}`, `\begin{bmatrix}`.

One idea: the fold of the plain writer with LaTeX spellings; how a function is written comes from its declaration
(`Operation.latex`), so this file knows by name only what is written as an operator.
"""

from __future__ import annotations

from derive.printing.latex_calls import call_piece
from derive.printing.mathematical import inverse_of
from derive.printing.names import latex_name
from derive.printing.pieces import Piece
from derive.printing.plain import LOOSE, SIGNED, Plain, primed
from derive.syntax.calls import UNKNOWN_BOUND
from derive.syntax.operators import ATOM, NEGATION, OPERATORS, POSTFIX, POWER, PRODUCT, SUM, Operator
from derive.tree import Tree

_RELATIONS = {"==": "=", "<=": r"\le", ">=": r"\ge", "!=": r"\ne"}
_TALL = (r"\frac", r"\begin", r"\sum", r"\prod")


def bracketed(text: str) -> str:
    """In round brackets, which grow with what is tall."""
    return rf"\left({text}\right)" if any(mark in text for mark in _TALL) else f"({text})"


def wrapped(piece: Piece, least: int) -> str:
    """The text, in brackets when it binds less tightly than `least`."""
    return piece[0] if piece[1] >= least else bracketed(piece[0])


class Latex(Plain):
    """The plain writer, with LaTeX spellings."""

    def symbol(self, operator: Operator) -> str:
        return operator.latex

    def relation_sign(self, operator: str) -> str:
        return _RELATIONS.get(operator, operator)

    def inner(self, piece: Piece) -> str:
        return piece[0]

    def variable(self, name: object) -> str:
        return latex_name(str(name))

    def name(self, node: Tree, parts: list[Piece]) -> Piece:
        return latex_name(str(node.data)), ATOM

    def number(self, node: Tree, parts: list[Piece]) -> Piece:
        text, power = super().number(node, parts)
        if "/" not in text:
            return text, power
        sign = "-" if text[0] == "-" else ""
        p, q = text.removeprefix("-").split("/")
        return rf"{sign}\frac{{{p}}}{{{q}}}", SIGNED if sign else POWER

    def call(self, node: Tree, parts: list[Piece]) -> Piece:
        return call_piece(node, parts, wrapped)

    def prime(self, node: Tree, parts: list[Piece]) -> Piece:
        name, order = primed(node)
        return latex_name(name) + "'" * order + f"({', '.join(p[0] for p in parts)})", ATOM

    def binary(self, node: Tree, parts: list[Piece]) -> Piece:
        operator = OPERATORS[node.head]
        if operator.power == SUM:
            return self.signed_sum(node, operator, parts)
        if operator.power == POWER:
            return self.power(node, operator, parts)
        left, right = parts
        if node.head == "div":
            return rf"\frac{{{left[0]}}}{{{right[0]}}}", POWER
        led = left[1] == SIGNED
        mixed = node.head == "mul" and (node.args[0].head in ("hadamard", "hdiv") or node.args[0].data == "kron")
        first = left[0] if led else wrapped(left, PRODUCT + 1 if mixed else PRODUCT)
        second = wrapped(right, PRODUCT + 1)
        sign = r" \cdot " if node.head == "mul" and second[0].isdigit() else operator.latex
        return first + sign + second, (SIGNED if led else PRODUCT)

    def signed_sum(self, node: Tree, operator: Operator, parts: list[Piece]) -> Piece:
        left, right = parts
        minus = node.head == "sub"
        text = wrapped(right, operator.right)
        if right[1] == SIGNED:
            minus, text = not minus, right[0][1:]
        sign = OPERATORS["sub" if minus else "add"].latex
        return wrapped(left, operator.left) + sign + text, SUM

    def power(self, node: Tree, operator: Operator, parts: list[Piece]) -> Piece:
        base = wrapped(parts[0], ATOM)
        mark = r"\circ " if node.head == "hpow" else ""
        return f"{base}^{{{mark}{parts[1][0]}}}", POWER

    def neg(self, node: Tree, parts: list[Piece]) -> Piece:
        return "-" + wrapped(parts[0], SIGNED + 1), NEGATION

    def transpose(self, node: Tree, parts: list[Piece]) -> Piece:
        text = parts[0][0]
        if inverse_of(node.args[0]) and text.endswith("^{-1}"):
            return text.removesuffix("^{-1}") + r"^{-\top}", POSTFIX
        return wrapped(parts[0], ATOM) + r"^\top", POSTFIX

    def index(self, node: Tree, parts: list[Piece]) -> Piece:
        base = wrapped(parts[0], ATOM)
        if "_" in base and node.args[0].head in ("name", "index"):
            base = bracketed(base)
        return f"{base}_{{{','.join(p[0] for p in parts[1:])}}}", ATOM

    def bounded(self, node: Tree, parts: list[Piece]) -> Piece:
        body = wrapped(parts[0], PRODUCT)
        name = latex_name(str(node.data))
        if node.args[2].data == UNKNOWN_BOUND:
            return rf"\{node.head}_{{{name}}} {body}", SUM - 1
        return rf"\{node.head}_{{{name}={parts[1][0]}}}^{{{parts[2][0]}}} {body}", SUM - 1

    def array(self, node: Tree, parts: list[Piece]) -> Piece:
        names: tuple[str, ...] = node.data  # type: ignore[assignment]
        low = ",".join(f"{latex_name(name)}={parts[1 + 2 * i][0]}" for i, name in enumerate(names))
        high = ",".join(parts[2 + 2 * i][0] for i in range(len(names)))
        return rf"\left[{parts[0][0]}\right]_{{{low}}}^{{{high}}}", POWER

    def block(self, node: Tree, parts: list[Piece]) -> Piece:
        rows: tuple[int, ...] = node.data  # type: ignore[assignment]
        lines, at = [], 0
        for length in rows:
            lines.append(" & ".join(p[0] for p in parts[at : at + length]))
            at += length
        return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}", ATOM

    def derivative(self, node: Tree, parts: list[Piece]) -> Piece:
        above, below = wrapped(parts[0], ATOM), parts[1][0]
        mark = r"\partial_{\mathrm{s}}" if node.data == "ds" else r"\partial"
        part = {
            "dzc": rf"\bar{{{below}}}",
            "dre": rf"\operatorname{{Re}} {below}",
            "dim": rf"\operatorname{{Im}} {below}",
        }
        return rf"\frac{{{mark} {above}}}{{{mark} {part.get(str(node.data), below)}}}", POWER

    def differential(self, node: Tree, parts: list[Piece]) -> Piece:
        return r"\mathrm{d}" + wrapped(parts[0], ATOM), POWER

    def where(self, node: Tree, parts: list[Piece]) -> Piece:
        names: tuple[str, ...] = node.data  # type: ignore[assignment]
        made = [f"{latex_name(n)} = {p[0]}" for n, p in zip(names, parts[1:], strict=True)]
        return parts[0][0] + r" \quad\text{where } " + r",\ ".join(made), LOOSE

    def both(self, node: Tree, parts: list[Piece]) -> Piece:
        return r",\quad ".join(p[0] for p in parts), LOOSE


_LATEX = Latex()


def latex(tree: Tree) -> str:
    r"""A tree in LaTeX, for display in mathematics mode: `2 X^\top (X w - y)`."""
    return _LATEX.write(tree)
