r"""LaTeX: `2 X^\top (X w - y)`, `\frac{\partial f}{\partial x}`, `\begin{bmatrix}`.

One idea: the fold of the plain writer with LaTeX spellings, each of which `derive.syntax.parse_latex` reads back as the same tree once
the names are declared (`inv(A)` as the power `A^{-1}`). How a function is written comes from its declaration (`Operation.latex`), so
this file knows by name only what is written as an operator.
"""

from __future__ import annotations

from derive.marks import lowered
from derive.printing.cases import rows
from derive.printing.latex_calls import FUNCTION_LETTERS, call_piece, function_name
from derive.printing.mathematical import inverse_of
from derive.printing.names import latex_name, word
from derive.printing.pieces import Piece
from derive.printing.plain import LOOSE, SIGNED, Plain, primed
from derive.syntax.calls import UNKNOWN_BOUND
from derive.syntax.operators import ATOM, NEGATION, OPERATORS, POSTFIX, POWER, PRODUCT, STATEMENT, SUM, Operator
from derive.tree import Tree

_RELATIONS = {
    "==": "=",
    "<=": r"\le",
    ">=": r"\ge",
    "!=": r"\ne",
    "propto": r"\propto",
    "approx": r"\approx",
    "in": r"\in",
    "sim": r"\sim",
    "succ": r"\succ",
    "succeq": r"\succeq",
    "prec": r"\prec",
    "preceq": r"\preceq",
    "implies": r"\implies",
    "iff": r"\iff",
}
_TALL = (r"\frac", r"\begin", r"\sum", r"\prod")
_MARKS = frozenset(("T", "H", r"\top"))  # superscripts that are no exponents
_KINDS = {"d": "", "ds": "s", "dz": "z", "dzc": "zc", "dre": "re", "dim": "im"}
_BINDERS = frozenset(("sum", "prod"))


def bracketed(text: str) -> str:
    """In round brackets, which grow with what is tall."""
    return rf"\left({text}\right)" if any(mark in text for mark in _TALL) else f"({text})"


def wrapped(piece: Piece, least: int) -> str:
    """The text, in brackets when it binds less tightly than `least`."""
    return piece[0] if piece[1] >= least else bracketed(piece[0])


class Latex(Plain):
    """The plain writer, with LaTeX spellings; one for each tree, since `x_{i}` depends on the other names."""

    conjunction = r" \text{ and } "

    def __init__(self, tree: Tree) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.bound: set[str] = set()
        for node in tree.walk():
            if node.head == "name":
                self.names.add(str(node.data))
            elif node.head in _BINDERS:
                self.bound.add(str(node.data))
            elif node.head in ("array", "where"):
                self.bound.update(node.data)  # type: ignore[arg-type]

    def symbol(self, operator: Operator) -> str:
        return operator.latex

    def relation_sign(self, operator: str) -> str:
        return _RELATIONS.get(operator, operator)

    def inner(self, piece: Piece) -> str:
        return wrapped(piece, STATEMENT)

    def variable(self, name: object) -> str:
        text = str(name)
        return latex_name(text) if len(text) == 1 or "_" not in text + latex_name(text) else word(text)

    def name(self, node: Tree, parts: list[Piece]) -> Piece:
        name = str(node.data)
        text = latex_name(name)
        if text.startswith(r"\mathrm{d}") or "^" in text:
            return text, POWER
        if "_" in name and self.bound & set(name.partition("_")[2]):
            return word(name), ATOM  # `x_{i}` would be an entry
        return text, ATOM

    def number(self, node: Tree, parts: list[Piece]) -> Piece:
        text, power = super().number(node, parts)
        if "/" not in text:
            return text, power
        sign = "-" if text[0] == "-" else ""
        p, q = text.removeprefix("-").split("/")
        return rf"{sign}\frac{{{p}}}{{{q}}}", SIGNED if sign else POWER

    def call(self, node: Tree, parts: list[Piece]) -> Piece:
        if node.data == "piecewise" and rows(node) is not None:
            return self.cases(node, parts)
        return call_piece(node, parts, wrapped, self.names)

    def listed_cases(self, shown: list[tuple[str, str | None]]) -> Piece:
        lines = [
            f"{value} & \\text{{{'otherwise' if test is None else 'if '}}}{test or ''}".strip() for value, test in shown
        ]
        return r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}", ATOM

    def prime(self, node: Tree, parts: list[Piece]) -> Piece:
        name, order = primed(node)
        shown = latex_name(name) if name in FUNCTION_LETTERS else function_name(name)
        return shown + "'" * order + f"({', '.join(map(self.inner, parts))})", ATOM

    def binary(self, node: Tree, parts: list[Piece]) -> Piece:
        operator = OPERATORS[node.head]
        if operator.power == SUM:
            return self.signed_sum(node, operator, parts)
        if operator.power == POWER:
            return self.power(node, operator, parts)
        left, right = parts
        if node.head == "div":
            return self.fraction(self.inner(left), self.inner(right)), POWER
        led = left[1] == SIGNED
        mixed = node.head == "mul" and (node.args[0].head in ("hadamard", "hdiv") or node.args[0].data == "kron")
        first = left[0] if led and not mixed else wrapped(left, PRODUCT + 1 if mixed else PRODUCT)
        second = wrapped(right, PRODUCT + 1)
        sign = r" \cdot " if node.head == "mul" and second[0].isdigit() else operator.latex
        return first + sign + second, (SIGNED if led and not mixed else PRODUCT)

    def fraction(self, above: str, below: str) -> str:
        """A quotient; with a d above and below it would be a derivative."""
        starts = ("d", r"\mathrm{d}")
        if above.startswith(starts) and below.startswith(starts):
            above = bracketed(above)
        return rf"\frac{{{above}}}{{{below}}}"

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
        exponent = self.inner(parts[1])
        if node.args[0].head == "index" and exponent[0] == "-":
            base = bracketed(parts[0][0])  # `A_{i,j}^{-1}` could be an entry of the inverse
        if exponent.removeprefix("-") in _MARKS:  # `x^{T}` is a transpose, `x^{{T}}` a power
            sign = "-" if exponent[0] == "-" else ""
            exponent = f"{sign}{{{exponent.removeprefix('-')}}}"
        return f"{base}^{{{mark}{exponent}}}", POWER

    def neg(self, node: Tree, parts: list[Piece]) -> Piece:
        return "-" + wrapped(parts[0], SIGNED + 1), NEGATION

    def transpose(self, node: Tree, parts: list[Piece]) -> Piece:
        text = parts[0][0]
        if inverse_of(node.args[0]) and text.endswith("^{-1}"):
            return text.removesuffix("^{-1}") + r"^{-\top}", POSTFIX
        return wrapped(parts[0], ATOM) + r"^\top", POSTFIX

    def index(self, node: Tree, parts: list[Piece]) -> Piece:
        below = ",".join(
            bracketed(p[0]) if a.head == "mul" else self.inner(p) for a, p in zip(node.args[1:], parts[1:], strict=True)
        )
        if self.shows_entry(node):
            return f"{parts[0][0]}_{{{below}}}", ATOM
        base = self.inner(parts[0])
        return rf"\left[{base}\right]_{{{below}}}" if bracketed(base)[0] == "\\" else f"[{base}]_{{{below}}}", ATOM

    def shows_entry(self, node: Tree) -> bool:
        """Whether `x_{i}` is read as the entry: x is a plain letter, and no name is written the same."""
        base, subscripts = node.args[0], node.args[1:]
        if base.head != "name" or base.data in ("I", "e", "d") or not _is_plain(str(base.data)):
            return False
        if any(
            s.head not in ("name", "number") or (s.head == "name" and not _is_letter(str(s.data))) for s in subscripts
        ):
            return False
        if any(s.head == "number" and not isinstance(s.data, int) for s in subscripts):
            return False
        texts = [str(s.data) for s in subscripts]
        if len(texts) == 1 and texts[0].isdigit() and len(texts[0]) == 2:
            return False
        return lowered(str(base.data), "_".join(texts)) not in self.names

    def bounded(self, node: Tree, parts: list[Piece]) -> Piece:
        body = wrapped(parts[0], PRODUCT)
        name = self.variable(node.data)
        if node.args[2].data == UNKNOWN_BOUND:
            return rf"\{node.head}_{{{name}}} {body}", SUM - 1
        low, high = self.inner(parts[1]), self.inner(parts[2])
        return rf"\{node.head}_{{{name}={low}}}^{{{high}}} {body}", SUM - 1

    def array(self, node: Tree, parts: list[Piece]) -> Piece:
        names: tuple[str, ...] = node.data  # type: ignore[assignment]
        low = ",".join(f"{self.variable(name)}={self.inner(parts[1 + 2 * i])}" for i, name in enumerate(names))
        high = ",".join(self.inner(parts[2 + 2 * i]) for i in range(len(names)))
        return rf"\left[{self.inner(parts[0])}\right]_{{{low}}}^{{{high}}}", POWER

    def block(self, node: Tree, parts: list[Piece]) -> Piece:
        rows: tuple[int, ...] = node.data  # type: ignore[assignment]
        lines, at = [], 0
        for length in rows:
            lines.append(" & ".join(map(self.inner, parts[at : at + length])))
            at += length
        return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}", ATOM

    def derivative(self, node: Tree, parts: list[Piece]) -> Piece:
        """Kinds other than the plain derivative are marked above and below: `\\partial_{\\mathrm{zc}}`."""
        mark = r"\partial" + (rf"_{{\mathrm{{{_KINDS[str(node.data)]}}}}}" if node.data != "d" else "")
        return rf"\frac{{{mark} {wrapped(parts[0], ATOM)}}}{{{mark} {parts[1][0]}}}", POWER

    def differential(self, node: Tree, parts: list[Piece]) -> Piece:
        return r"\mathrm{d}" + bracketed(self.inner(parts[0])), POWER

    def where(self, node: Tree, parts: list[Piece]) -> Piece:
        names: tuple[str, ...] = node.data  # type: ignore[assignment]
        body = parts[0][0] if node.args[0].head != "where" else bracketed(parts[0][0])
        made = [f"{latex_name(n)} = {self.inner(p)}" for n, p in zip(names, parts[1:], strict=True)]
        return body + r" \quad\text{where } " + r",\ ".join(made), LOOSE

    def relation(self, node: Tree, parts: list[Piece]) -> Piece:
        operators: tuple[str, ...] = node.data  # type: ignore[assignment]
        sides = [p[0] for p in parts]
        first = [""] if len(sides) == len(operators) else [sides.pop(0)]
        joined = [f"{self.relation_sign(o)} {side}" for o, side in zip(operators, sides, strict=True)]
        return " ".join(first + joined).strip(), LOOSE

    def both(self, node: Tree, parts: list[Piece]) -> Piece:
        return r",\quad ".join(p[0] for p in parts), LOOSE


def _is_plain(name: str) -> bool:
    """Whether a name is written as one letter."""
    text = latex_name(name)
    return not text.startswith(r"\mathrm") and "_" not in text and "^" not in text


def _is_letter(name: str) -> bool:
    """Whether a name is one letter without an accent."""
    return _is_plain(name) and "{" not in latex_name(name)


def latex(tree: Tree) -> str:
    r"""A tree in LaTeX, for display in mathematics mode: `2 X^\top (X w - y)`."""
    return Latex(tree).write(tree)
