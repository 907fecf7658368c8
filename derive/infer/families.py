"""Families of vectors that are the rows or columns of a matrix: `x: rows(X)` makes `x[i]` row i of X, standing as a column.

One idea: such a name is notation and no variable, so `x[i]` is replaced by `X[i, :]'` (of columns, by `X[:, i]`) before anything is typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from derive.finding import Label
from derive.infer.context import Context
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.declarations import Declared

FAMILIES = ("rows", "columns")


def members(trees: Sequence[Tree], declared: Sequence[Declared], context: Context) -> list[Tree]:
    """The trees with the members of declared families written out. Raises `not-a-variable` for a family without a subscript."""
    families = {one.name: one for one in declared if one.kind in FAMILIES}
    return [_written(tree, families, context) for tree in trees] if families else list(trees)


def _written(tree: Tree, families: Mapping[str, Declared], context: Context) -> Tree:
    """Bottom up, without recursion over the depth."""
    done: list[Tree] = []
    for node in reversed(list(tree.walk())):
        args = tuple([done.pop() for _ in node.args])
        done.append(_member(node, args, families))
    for node in done[0].walk():
        if node.head == "name" and node.data in families:
            one = families[str(node.data)]
            matrix = str(one.sizes[0].data)
            message = (
                f"{one.name} stands for the {one.kind} of {matrix}: a member is `{one.name}[i]`, all of them `{matrix}`"
            )
            context.fail("not-a-variable", message, Label(node.span))
    return done[0]


def _member(node: Tree, args: tuple[Tree, ...], families: Mapping[str, Declared]) -> Tree:
    one = families.get(str(args[0].data)) if node.head == "index" and args[0].head == "name" else None
    if one is None or len(args) != 2:
        return Tree(node.head, args, node.data, node.span) if args else node
    matrix = Tree("name", (), one.sizes[0].data, args[0].span)
    everything = Tree("colon", (), None, args[0].span)
    if one.kind == "columns":
        return Tree("index", (matrix, everything, args[1]), None, node.span)
    return Tree("transpose", (Tree("index", (matrix, args[1], everything), None, node.span),), None, node.span)
