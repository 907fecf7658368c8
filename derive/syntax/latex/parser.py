r"""LaTeX expressions: the operands of the one Pratt parser, as lecture notes write them.

One idea: the loop, the operators and their binding are those of `derive.syntax.parser`; this file says what can stand as an
operand, and every operand takes its subscripts and superscripts with it. Where a text has two readings that differ, it is refused
with both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from derive.finding import LanguageError
from derive.source import Source, Span
from derive.syntax.latex import bars, brackets, derivatives, functions, matrices, names, suspects
from derive.syntax.latex.commands import FUNCTION_LETTERS
from derive.syntax.latex.evidence import Evidence, defined_behind, refuse_words
from derive.syntax.latex.lexer import tokenize
from derive.syntax.latex.scripts import attach
from derive.syntax.lexer import limit, refuse
from derive.syntax.numbers import read_number
from derive.syntax.operators import FROBENIUS, INFIX, PRODUCT
from derive.syntax.parser import DEEPEST, Parser
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.lexer import Token

_THIN_BLANKS = (r"\,", r"\;", r"\:", "~")
Reader = Callable[["LatexParser"], Tree]


class LatexParser(Parser):
    """A position in the tokens of a LaTeX text."""

    __slots__ = ("bound", "evidence", "expired", "loose")

    def __init__(self, source: Source, known: frozenset[str] = frozenset(), tokens: list[Token] | None = None) -> None:
        tokens = tokenize(source) if tokens is None else tokens
        super().__init__(source, known | defined_behind(tokens), tokens)
        self.bound: list[str] = []  # names bound by the sums around, innermost last
        self.expired: set[str] = set()  # names bound by sums that ended in this bracket
        self.loose = -1  # where a function applied without brackets ended
        self.evidence = Evidence(self.tokens)
        refuse_words(self.tokens, known, source)

    def operand(self, least: int) -> Tree:
        """What can begin an expression, with the scripts that belong to it."""
        kind = self.tokens[self.at][0]
        if kind in ("-", "+"):
            return super().operand(least)
        reader = OPERANDS.get(kind)
        if reader is None:
            raise self.misplaced()
        self.deeper(1)
        tree = reader(self)
        while self.tokens[self.at][0] == "!":
            tree = brackets.factorial(self, tree)
        self.depth -= 1
        return tree

    def deeper(self, levels: int) -> None:
        """Count levels of nesting: what LaTeX nests takes more of Python's stack than plain brackets do."""
        self.depth += levels
        if self.depth > DEEPEST:
            note = f"at most {DEEPEST // 2} nested levels are read in LaTeX"
            raise limit("too-deep", "the expression is nested too deeply", self.source, self.span(), note)

    def misplaced(self) -> LanguageError:
        """The error at a token that begins no expression."""
        kind, value, start, end = self.tokens[self.at]
        why = NOT_READ.get(kind)
        if why is not None:
            return refuse("not-yet", why.format(value), self.source, Span(start, end))
        return self.expected("an expression")

    def begins_factor(self) -> bool:
        """Whether an operand stands here that is multiplied without a sign."""
        kind = self.kind()
        return kind in self.starts and not (kind in "|‖" and self.bars[-1:] == [kind])

    def touches(self) -> bool:
        """Whether no blank stands before this token, `\\,` neither; `\\left` and `\\!` are none."""
        between = self.source.text[self.tokens[self.at - 1][3] : self.tokens[self.at][2]]
        return not any(c.isspace() for c in between) and not any(blank in between for blank in _THIN_BLANKS)

    def product(self, left: Tree) -> Tree:
        """An operand and the operands side by side with it, up to the next sign."""
        while self.begins_factor():
            left = self.juxtaposed(left)
        return left

    def juxtaposed(self, left: Tree) -> Tree:
        """Two operands side by side: their product, unless that could mean two things."""
        kind, _value, _start, _end = self.tokens[self.at]
        before = self.tokens[self.at - 1]
        if kind == "number" and before[0] in ("number", "name"):
            raise self.expected("an operator: a subscript is written `x_1`, a product `x \\cdot 1`")
        if left.span.end == self.loose and kind not in ("function", "sum", "prod"):
            raise self.two_readings(left, "the function of what stands before", "the function of the whole product")
        open_ended = left.args and left.span.end == left.args[-1].span.end
        slashed = left.head == "div" and left.span.start == left.args[0].span.start
        if open_ended and (slashed or left.head in ("hadamard", "hdiv") or left.data == "kron"):
            raise self.two_readings(left, "(a · b) c", "a · (b c)")
        if before[0] == "name" and before[1] == "Delta" and "Delta" not in self.known and kind == "name":
            raise self.two_readings(left, "the product of `\\Delta` and what follows", "one name")
        right = self.expression(PRODUCT + 1)
        return Tree("mul", (left, right), None, Span(left.span.start, right.span.end))

    def infix(self, head: str, left: Tree, right: Tree) -> Tree:
        """The tree of a binary operator; `\\log x / y`, and `f * g` of functions, have two readings."""
        if head == "div" and left.span.end == self.loose:
            raise self.two_readings(left, "the function of what stands before", "the function of the quotient")
        if left.head == right.head == "name" and left.data in FUNCTION_LETTERS and right.data in FUNCTION_LETTERS:
            sign = self.source.text[left.span.end : right.span.start].strip()
            if sign in ("*", r"\ast", r"\circ") and not {left.data, right.data} & self.known:
                raise self.two_readings(left, "the product", "the convolution or composition of two functions")
        if head == "mul" and suspects.are_vectors(self, left, right):
            return suspects.product_of_vectors(self, left, right)
        return super().infix(head, left, right)

    def two_readings(self, left: Tree, *readings: str) -> LanguageError:
        """The refusal of a text that can be read in two ways."""
        place = Span(left.span.start, self.tokens[self.at][3])
        helps = (*(f"one reading: {r}" for r in readings), "brackets or `\\cdot` decide")
        return refuse("ambiguous", "this can be read in two ways", self.source, place, "", *helps)

    def group(self) -> Tree:
        """`(a)` or `{a}`; a sum that ended inside does not reach out of it, one that ended before reaches in."""
        expired = self.expired
        self.expired = set(expired)
        opener = self.tokens[self.at]
        self.at += 1
        self.bars.append(opener[0])
        tree = self.expression()
        if self.kind() == "where":
            tree = names.where(self, tree)
        self.close(opener)
        self.expired = expired
        if opener[0] == "{" and tree.head in ("name", "index"):
            return Tree(tree.head, tree.args, tree.data, self.since(opener[2]))
        tree.span = self.since(opener[2])
        return tree


def number(parser: LatexParser) -> Tree:
    _, value, start, end = parser.tokens[parser.at]
    if value == "1" and brackets.compares(parser, 1):
        return functions.indicator(parser)
    parser.at += 1
    if value in ("0", "1") and parser.kind() == "_":
        parser.at -= 1
        return functions.constant(parser)
    tree = Tree("number", (), read_number(value, parser.source, Span(start, end)), Span(start, end))
    return attach(parser, tree)


def grouped(parser: LatexParser) -> Tree:
    """`(a)`, `{a}`; a tuple is no expression."""
    return attach(parser, brackets.rounded(parser))


OPERANDS: dict[str, Reader] = {
    "name": names.named,
    "script": names.named,
    "accent": names.named,
    "d": names.named,
    "word": functions.word,
    "function": functions.applied,
    "normal": functions.normal,
    "number": number,
    "constant": functions.constant,
    "indicator": functions.indicator,
    "(": grouped,
    "{": names.braced,
    "bracket": brackets.square,
    "|": bars.bars,
    "|<": bars.bars,
    "‖": bars.norm,
    "‖<": bars.norm,
    "⌊": bars.rounding,
    "⌈": bars.rounding,
    "⟨": bars.inner,
    "frac": derivatives.fraction,
    "∂": derivatives.partial,
    "∇": derivatives.nabla,
    "sqrt": functions.root,
    "√": functions.root,
    "sum": functions.summed,
    "prod": functions.summed,
    "int": functions.integral,
    "begin": matrices.environment,
    "labelled": brackets.labelled,
    "overline": brackets.conjugate,
    "set": matrices.opened,
}
NOT_READ = {
    "dots": "dots `{0}` are read only between the entries of a vector, as in `[x_1, \\ldots, x_n]`",
    "text": "the words `{0}` are not read",
    "reals": "a space such as `\\mathbb{{R}}^n` stands only after `\\in`",
}
LatexParser.starts = frozenset(OPERANDS)
LatexParser.infixes = {**INFIX, ":": FROBENIUS}
