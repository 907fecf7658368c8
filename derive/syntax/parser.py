"""Expressions: tokens to trees, by operator precedence (Pratt).

One idea: one loop climbs the table of `derive.syntax.operators`; names, brackets and norms are operands, everything
else extends what stands to the left. It decides nothing about kinds and sizes: `A^-1` stays a power, and `Ax` is one name.

Two operands side by side are a product (`2x`, `xᵀ A x`); where that could be read in two ways (after a division, or
between the entries of a matrix without commas) it is an error. Nesting is bounded before anything is built.
"""

from __future__ import annotations

from derive.finding import Finding, Label, LanguageError
from derive.source import Source, Span, between
from derive.syntax.calls import named, where
from derive.syntax.cases import ternary
from derive.syntax.juxtaposition import admit_juxtaposed
from derive.syntax.lexer import Token, limit, refuse, tokenize
from derive.syntax.notation import SPECIAL, superscript
from derive.syntax.numbers import admit_power, read_number
from derive.syntax.numpylike import method
from derive.syntax.operators import ATOM, INFIX, NEGATION, POSTFIX, PRODUCT, STATEMENT
from derive.tree import Tree

DEEPEST = 200
LONGEST_CHAIN = 64  # terms of a sum that stay as written
CLOSER = {
    "(": ")",
    "[": "]",
    "{": "}",
    "index": "]",
    "bracket": "]",
    "set": "set>",
    "|<": "|>",
    "‖<": "‖>",
    "⌊": "⌋",
    "⌈": "⌉",
    "⟨": "⟩",
}
STARTS = frozenset(("name", "number", "(", "√", "∂", "∇", "‖", "|"))


class Parser:
    """A position in the tokens of a source, and what is open there."""

    __slots__ = ("at", "bars", "depth", "entries", "known", "source", "tokens")

    starts = STARTS  # kinds that begin an operand without a sign before it
    infixes = INFIX

    def __init__(self, source: Source, known: frozenset[str] = frozenset(), tokens: list[Token] | None = None) -> None:
        self.source = source
        self.known = known  # declared variables; a juxtaposition of them is not a new name
        self.tokens = tokenize(source) if tokens is None else tokens
        self.at = 0
        self.depth = 0
        self.bars: list[str] = []  # what is open, innermost last: "(" "[" "index" "{" "|" "‖"
        self.entries: list[Span] = []  # products without a sign directly in the innermost block

    # What the grammar is written with.

    def kind(self, ahead: int = 0) -> str:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)][0]

    def span(self) -> Span:
        token = self.tokens[self.at]
        return Span(token[2], token[3])

    def adjacent(self) -> bool:
        """Whether the current token touches the one before it."""
        return self.at > 0 and self.tokens[self.at][2] == self.tokens[self.at - 1][3]

    def took(self, kind: str) -> bool:
        """Step over a token of this kind, if it is one."""
        if self.tokens[self.at][0] == kind:
            self.at += 1
            return True
        return False

    def since(self, start: int) -> Span:
        """From a character to the end of the last token read."""
        return between((start, self.tokens[self.at - 1][3]))

    def expected(self, what: str) -> LanguageError:
        """`expected …, found …` at the current token."""
        kind, value, start, end = self.tokens[self.at]
        if kind == "end":
            return refuse("expected", f"expected {what}, but the text ends", self.source, Span(start, start + 1))
        if kind in (")", "]", "}") and CLOSER.get(self.bars[-1] if self.bars else "") != kind:
            if not any(CLOSER.get(b) == kind for b in self.bars):
                return refuse("unopened", f"this `{value}` closes nothing", self.source, Span(start, end))
        return refuse("expected", f"expected {what}, found `{value}`", self.source, Span(start, end))

    def close(self, opener: Token) -> None:
        """Step over the closer of a bracket; the error points at the opener that is never closed."""
        closer = CLOSER.get(opener[0], opener[0])
        kind, value, start, end = self.tokens[self.at]
        if kind == closer:
            self.at += 1
            self.bars.pop()
            return
        place = Span(opener[2], opener[3])
        if kind == "end":
            raise refuse("unclosed", f"this `{opener[1]}` is never closed", self.source, place)
        if kind in (")", "]", "}"):
            labels = (Label(Span(start, end), f"expected `{closer}`"), Label(place, "opened here"))
            raise LanguageError(Finding("unclosed", f"`{opener[1]}` is closed by `{value}`", self.source, labels))
        raise self.expected(f"an operator or `{closer}`")

    # Expressions.

    def expression(self, least: int = STATEMENT) -> Tree:
        """An operand and all operators after it that bind at least as tightly as `least`."""
        self.depth += 1
        if self.depth > DEEPEST:
            note = f"at most {DEEPEST} nested levels are read"
            raise limit("too-deep", "the expression is nested too deeply", self.source, self.span(), note)
        start = self.at
        left = self.operand(least)
        tokens, infixes = self.tokens, self.infixes
        while True:
            kind = tokens[self.at][0]
            operator = infixes.get(kind)
            if operator is not None:
                if operator.power < least:
                    break
                self.at += 1
                if kind == "^" and tokens[self.at][0] != "(" and (tree := self.transposing(left)):
                    left = tree
                else:
                    left = self.infix(operator.head, left, self.expression(operator.right))
            elif kind == "'" and least <= POSTFIX:
                self.at += 1
                left = Tree("transpose", (left,), None, self.since(left.span.start))
            elif kind == "[" and least <= ATOM and tokens[self.at - 1][0] != "number":
                left = self.indexed(left)
            elif kind == "superscript" and least <= POSTFIX + 1:
                left = superscript(self, left)
            elif kind == "method" and least <= ATOM:
                left = method(self, left)
            elif kind in self.starts and least <= PRODUCT and not (kind in "|‖" and self.bars[-1:] == [kind]):
                left = self.juxtaposed(left)
            else:
                break
        self.depth -= 1
        return left if self.at - start < 2 * LONGEST_CHAIN else balanced(left)

    def infix(self, head: str, left: Tree, right: Tree) -> Tree:
        """The tree of a binary operator; literal powers are weighed first."""
        span = between((left.span[0], right.span[1]))
        if head == "pow" or head == "hpow":
            admit_power(left, right, self.source, span)
        elif head == "kron" or head == "inner":
            return Tree("call", (left, right), head, span)
        elif head == "@":
            return Tree("mul", (left, right), "@", span)
        return Tree(head, (left, right), None, span)

    def transposing(self, left: Tree) -> Tree | None:
        """After `^`: `T`, `{T}`, `-T`, `{-T}`, `ᵀ` transpose, unless T is declared; `A^(T)` is a power."""
        ahead = 0
        wrapped = self.kind() == "{"
        ahead += wrapped
        inverse = self.kind(ahead) == "-"
        ahead += inverse
        _, value, start, end = self.tokens[min(self.at + ahead, len(self.tokens) - 1)]
        if value not in ("T", "⊤", "⊺", "ᵀ") or (value == "T" and "T" in self.known):
            return None
        if wrapped and self.kind(ahead + 1) != "}":
            return None
        if not wrapped and self.kind(ahead + 1) in ("(", "[") and self.tokens[self.at + ahead + 1][2] == end:
            return None
        self.at += ahead + 1 + wrapped
        span = self.since(left.span.start)
        if inverse:
            place = Span(start - 1, end)
            minus = Tree("neg", (Tree("number", (), 1, place),), None, place)
            left = Tree("pow", (left, minus), None, span)
        return Tree("transpose", (left,), None, span)

    def juxtaposed(self, left: Tree) -> Tree:
        """Two operands side by side: their product, unless that could mean two things."""
        found = self.tokens[self.at]
        place = Span(found[2], found[3])
        if found[0] == "number":
            raise self.expected("`,` or an operator" if self.bars and self.bars[-1] == "[" else "an operator")
        admit_juxtaposed(left, self.tokens[self.at - 1], found, self.known, self.source)
        if self.bars and self.bars[-1] == "[":
            self.entries.append(place)
        right = self.expression(PRODUCT + 1)
        return Tree("mul", (left, right), None, Span(left.span.start, right.span.end))

    def operand(self, least: int) -> Tree:
        """What can begin an expression."""
        kind, value, start, end = self.tokens[self.at]
        if kind == "name":
            return named(self)
        if kind == "number":
            self.at += 1
            following = self.tokens[self.at]
            if value == "1" and following[1] == "i" and following[2] == end:
                self.at += 1
                return Tree("name", (), "1i", Span(start, end + 1))
            span = Span(start, end)
            return Tree("number", (), read_number(value, self.source, span), span)
        if kind == "(" or kind == "{":
            return self.group()
        if kind == "-":
            self.at += 1
            body = self.expression(max(NEGATION, least))
            return Tree("neg", (body,), None, Span(start, body.span.end))
        if kind == "+":
            self.at += 1
            return self.expression(max(NEGATION, least))
        if kind == "[":
            return self.block()
        special = SPECIAL.get(kind)
        if special is not None:
            return special(self)
        raise self.expected("an expression")

    def group(self) -> Tree:
        """`(a)`, also `(a where u = b)`; the span includes the brackets."""
        opener = self.tokens[self.at]
        self.at += 1
        self.bars.append(opener[0])
        tree = self.expression()
        if self.kind() == "if":
            tree = ternary(self, tree)
        if self.kind() == "where":
            tree = where(self, tree)
        self.close(opener)
        tree.span = self.since(opener[2])
        return tree

    def indexed(self, left: Tree) -> Tree:
        """`x[i]`, `X[i, :]`, `X[1:k, 2]`."""
        opener = self.tokens[self.at]
        self.at += 1
        self.bars.append("index")
        subscripts = [self.subscript()]
        while self.took(","):
            subscripts.append(self.subscript())
        self.close(opener)
        return Tree("index", (left, *subscripts), None, self.since(left.span.start))

    def subscript(self) -> Tree:
        start = self.tokens[self.at][2]
        if self.kind() == ":" and self.kind(1) in (",", "]"):
            self.at += 1
            return Tree("colon", (), None, self.since(start))
        first = self.expression()
        if not self.took(":"):
            return first
        return Tree("range", (first, self.expression()), None, self.since(start))

    def block(self) -> Tree:
        """`[a, b; c, d]`: rows of entries. Without commas, entries side by side are refused, not multiplied."""
        opener = self.tokens[self.at]
        self.at += 1
        self.bars.append("[")
        outer, self.entries = self.entries, []
        rows: list[int] = [0]
        entries: list[Tree] = []
        while True:
            entries.append(self.expression())
            rows[-1] += 1
            if self.took(";"):
                rows.append(0)
            elif not self.took(","):
                break
        if self.entries and max(rows) == 1:
            message = "entries of a row are separated by commas; a product here is written with `*`"
            raise refuse("ambiguous-juxtaposition", message, self.source, self.entries[0])
        self.entries = outer
        self.close(opener)
        return Tree("block", tuple(entries), tuple(rows), self.since(opener[2]))


def balanced(tree: Tree) -> Tree:
    """A long sum as a tree of logarithmic depth: the same terms in the same order, grouped by halves.

    Without this, a sum of a thousand terms would be nested a thousand levels deep.
    """
    terms: list[Tree] = []
    spine = tree
    while spine.head in ("add", "sub") and spine.span.end == spine.args[1].span.end:  # not in brackets
        right = spine.args[1]
        terms.append(right if spine.head == "add" else Tree("neg", (right,), None, right.span))
        spine = spine.args[0]
    if len(terms) < LONGEST_CHAIN:
        return tree
    terms.append(spine)
    terms.reverse()
    while len(terms) > 1:
        pairs = [_sum_of(terms[i], terms[i + 1]) for i in range(0, len(terms) - 1, 2)]
        terms = pairs + terms[2 * len(pairs) :]
    return terms[0]


def _sum_of(left: Tree, right: Tree) -> Tree:
    span = Span(left.span.start, right.span.end)
    if right.head == "neg":
        return Tree("sub", (left, right.args[0]), None, span)
    return Tree("add", (left, right), None, span)
