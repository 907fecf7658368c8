"""Expressions and statements as a whole: relations, chains, `;`, `where`.

One idea: the two doors of the parser. `parse` reads an expression, `parse_statement` also relations; both read to the
end of the text or say what was not understood.
"""

from __future__ import annotations

from derive.source import Source, Span
from derive.syntax.calls import where
from derive.syntax.cases import ternary
from derive.syntax.lexer import limit
from derive.syntax.operators import IMPLYING, RELATIONS
from derive.syntax.parser import DEEPEST, Parser
from derive.syntax.relations import admit_constant, implication, refuse_relation
from derive.tree import Tree


def parse(text: str, name: str = "expression", names: frozenset[str] = frozenset()) -> Tree:
    """The tree of an expression, which may end in `where u = …, v = …`.

    `name` is how messages call the text; `names` are the declared variables: then a name such as `Ax` that is not
    one of them but splits into them is refused, and `x (a + b)` with x among them is a product.
    Raises LanguageError with a place in the text, or LimitError beyond the limits of length, depth and numbers.
    """
    if is_latex(text):
        from derive.syntax.latex.statements import expression

        return expression(Source(undressed(text), name), names)
    parser = Parser(Source(text, name), names)
    tree = parser.expression()
    kind = parser.kind()
    if kind == "if":
        tree = ternary(parser, tree)
        kind = parser.kind()
    if kind == "where":
        tree = where(parser, tree)
    elif kind == "=" or kind in RELATIONS or kind in IMPLYING:
        raise refuse_relation(parser, tree)
    return whole(parser, tree)


def parse_statement(text: str, name: str = "statement", names: frozenset[str] = frozenset()) -> Tree:
    """The tree of a statement: an expression, a relation or chain, several joined by `;`, with `where` at the end.

    A `where` at the end belongs to all parts. Raises as `parse` does.
    """
    if is_latex(text):
        from derive.syntax.latex.statements import statement

        return statement(Source(undressed(text), name), names, False)
    parser = Parser(Source(text, name), names)
    parts = [implication(parser)]
    while parser.took(";"):
        if parser.kind() == "end":
            break
        parts.append(implication(parser))
    tree = parts[0]
    if len(parts) > 1:
        tree = Tree("both", tuple(parts), None, Span(parts[0].span.start, parts[-1].span.end))
    if parser.kind() == "where":
        tree = where(parser, tree)
    admit_constant(tree, parser)
    return whole(parser, tree)


_RAISED = ("^{(", "^{[", "^{+}", "^{*}")


def is_latex(text: str) -> bool:
    r"""Whether a text is LaTeX: it has a backslash, brackets or a mark in a superscript, `W^{(1)}`, `A^{+}`, or stands between dollars."""
    return "\\" in text or ("^{" in text and any(mark in text for mark in _RAISED)) or "$" in text


def undressed(text: str) -> str:
    r"""A text with the dollars, or `\(` and `\[`, around it as blanks, so that places stay; `$` alone is left to be refused."""
    bare = text.strip()
    for left, right in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if bare.startswith(left) and bare.endswith(right) and len(bare) >= len(left + right):
            start, width = text.index(bare), len(left)
            inside = bare[width : len(bare) - width]
            if left in inside:
                break
            return text[:start] + " " * width + inside + " " * width + text[start + len(bare) :]
    return text


def parse_latex(text: str, name: str = "expression", names: frozenset[str] = frozenset()) -> Tree:
    r"""The tree of an expression in LaTeX, `\tfrac12\|Xw - y\|_2^2`, also where no command shows that it is LaTeX.

    Letters are names one by one, words are upright. `names` are the declared variables: a declared `x_i` is a name, a declared
    letter before a bracket is a factor. Raises as `parse` does: at a command that is not read, or where the text has two
    readings that differ.
    """
    from derive.syntax.latex.statements import expression

    return expression(Source(text, name), names)


def parse_latex_statement(
    text: str, name: str = "statement", names: frozenset[str] = frozenset(), *, continued: bool = False
) -> Tree:
    r"""The tree of a statement in LaTeX: an expression, a relation or chain over rows, several of them, `\implies`, `where`.

    `continued` admits a text that begins with a relation, as a block that goes on with the one before: then the first relation
    has as many sides as operators. Raises as `parse_latex` does.
    """
    from derive.syntax.latex.statements import statement

    return statement(Source(text, name), names, continued)


def whole(parser: Parser, tree: Tree) -> Tree:
    """The tree, when everything was read and it is not too deep for those who walk it."""
    if parser.kind() != "end":
        raise parser.expected("an operator or the end")
    if len(parser.tokens) > DEEPEST and _depth(tree) > DEEPEST:
        note = f"at most {DEEPEST} nested levels are read; a chain of products or quotes counts as nested"
        raise limit("too-deep", "the expression is nested too deeply", parser.source, tree.span, note)
    return tree


def _depth(tree: Tree) -> int:
    deepest = 0
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack += [(child, depth + 1) for child in node.args]
    return deepest
