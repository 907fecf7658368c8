"""Answers that mention what was left out of a declaration: `E(x)` and `Var(x)`.

One idea: such a parameter is a variable whose name is how one writes it, so an answer says it as a call. Moments of higher order have no such
name, and an answer that needs one is refused.
"""

from __future__ import annotations

from derive.finding import Finding, Label, LanguageError
from derive.source import Source, Span
from derive.tree import Tree


def spoken(tree: Tree, source: Source) -> Tree:
    """The tree with `E(x)` and `Var(x)` as calls. Raises LanguageError (`no-moment`) for a moment without a name."""
    if not any(node.head == "name" and "(" in str(node.data) for node in tree.walk()):
        return tree
    return _spoken(tree, source)


def _spoken(tree: Tree, source: Source) -> Tree:
    if tree.head != "name" or "(" not in str(tree.data):
        return Tree(tree.head, tuple([_spoken(a, source) for a in tree.args]), tree.data, tree.span)
    function, _, variable = str(tree.data).rstrip(")").partition("(")
    if function in ("E", "Var"):
        return Tree("call", (Tree("name", (), variable),), function, tree.span)
    order = function.removeprefix("mu")
    message = f"the answer depends on central moments of {variable} of order {order}, which nothing is declared of"
    helps = (f"declare {variable} gaussian(mean=…, cov=…) or indep(mean=…, cov=…, v3=…)",)
    raise LanguageError(Finding("no-moment", message, source, (Label(Span(0, len(source.text))),), (), helps))
