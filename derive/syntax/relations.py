"""Relations, chains of them, and implications, inside an expression or as a statement.

One idea: a chain is read in one loop, so that `a == b <= c` is one tree with its operators in order. It knows no meaning of any relation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.finding import LanguageError
from derive.source import Span
from derive.syntax.lexer import refuse
from derive.syntax.operators import IMPLYING, RELATIONS
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.parser import Parser

CONSTANT = "const"


def relation(parser: Parser) -> Tree:
    """`a`, `a == b`, `a == b <= c`; `=` is read as `==`."""
    sides = [_side(parser)]
    operators: list[str] = []
    while (kind := parser.kind()) == "=" or kind in RELATIONS:
        parser.at += 1
        operators.append("==" if kind == "=" else kind)
        sides.append(_side(parser))
    if not operators:
        return sides[0]
    return Tree("relation", tuple(sides), tuple(operators), Span(sides[0].span.start, sides[-1].span.end))


def _side(parser: Parser) -> Tree:
    """An expression, or `a if p else b`."""
    tree = parser.expression()
    if parser.kind() == "if":
        from derive.syntax.cases import ternary

        return ternary(parser, tree)
    return tree


def implication(parser: Parser) -> Tree:
    """`a == b ==> c == d <=> e == f`, or one relation."""
    parts = [relation(parser)]
    links: list[str] = []
    while (kind := parser.kind()) in IMPLYING:
        parser.at += 1
        links.append(kind)
        parts.append(relation(parser))
    return implied(parts, links)


def implied(parts: list[Tree], links: list[str]) -> Tree:
    """The tree of statements joined by implications; the one statement where nothing joins."""
    if not links:
        return parts[0]
    return Tree("implies", tuple(parts), tuple(links), Span(parts[0].span.start, parts[-1].span.end))


def refuse_relation(parser: Parser, left: Tree) -> LanguageError:
    """The error for a relation where an expression was asked for; of a definition `f(x) = …` the right side is offered."""
    _, word, start, end = parser.tokens[parser.at]
    message = f"expected an expression, found the relation `{word}`; a claim is for `verify`"
    right = parser.source.text[end:].strip().strip("$").strip()
    defines = left.head == "name" or (left.head == "call" and all(a.head == "name" for a in left.args))
    helps = (f"the right side alone: `{right}`",) if defines and word in ("=", ":=", "==") and right else ()
    return refuse("expected", message, parser.source, Span(start, end), "", *helps)


def admit_constant(tree: Tree, parser: Parser) -> None:
    """Raise `misplaced-constant` unless every `const` is a term of a side: `f == g + const`."""
    if CONSTANT in parser.known or CONSTANT not in [token[1] for token in parser.tokens]:
        return
    stack = [(tree, False)]
    while stack:
        node, free = stack.pop()
        if node.head == "name" and node.data == CONSTANT and not free:
            message = "`const`, a constant that is not named, stands only as a term of its own: `f == g + const`"
            raise refuse("misplaced-constant", message, parser.source, node.span)
        open_ended = node.head in ("relation", "implies", "both", "where") or (free and node.head in ("add", "sub"))
        stack += [(child, open_ended) for child in node.args]
