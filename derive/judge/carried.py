"""Equations carried on: `$\\Rightarrow C v = \\lambda v$`, and then `$v^\\top C v = \\lambda v^\\top v$`.

One idea: a chain brings in a name that only an equation before it explains; so it is about where that equation holds. A chain whose names are all known is not: what holds
at a solution alone would pass for what holds everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.document.story import EQUATION, SIDE, Line, Setting
from derive.document.trees import names_in
from derive.tree import Tree


def under_equations(lines: Sequence[Line], setting: Setting, text: Sequence[Line]) -> Setting:
    """The setting of a chain with the last equation before it that has the names which its later sides bring in."""
    trees = [line.tree for line in lines if line.tree is not None]
    if lines[0].kind != SIDE or len(trees) < 2:
        return setting
    new = set().union(*[_names(tree) for tree in trees[1:]]) - names_in(trees[0]) - _known(setting)
    if not new:
        return setting
    start = lines[0].span.start
    before = [line for line in text if line.kind == EQUATION and line.tree is not None and line.span.end <= start]
    for line in reversed(before):
        tree = line.tree
        if tree is not None and tree.data == ("==",) and new <= names_in(tree):
            return setting._replace(premises=(*setting.premises, tree), supposed=setting.supposed | new)
    return setting


def _names(tree: Tree) -> set[str]:
    return {str(n.data) for n in tree.walk() if n.head == "name"} - tree.bound()


def _known(setting: Setting) -> set[str]:
    known = {d.name for d in setting.declared} | set(setting.definitions) | set(setting.functions) | {"I", "pi"}
    return known | {n for d in setting.declared for size in d.sizes for n in names_in(size)} | setting.supposed
