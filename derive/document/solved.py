r"""Names of solutions: in `$(X^\top X + \lambda I) \hat w = X^\top y$` behind an equation for w, ŵ is w at its solution.

One idea: a mark makes a new name of a variable, and the equation that follows is about the variable itself. Which variables are solved for is decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

from derive.document.trees import names_in, rebuilt
from derive.tree import Tree

MARKS = frozenset("hat star opt ml mle map ols ls wls gls ridge".split())  # of a solution, wherever it stands
_SETTING = re.compile(
    r"\b(?:set|sets|setting|equat\w+|put|putting|setze\w*|setzt|nullsetz\w*)\b[^.;:$]*[\s$(\\]*\Z", re.IGNORECASE
)
_TO_ZERO = re.compile(
    r"[\s$)\\]*(?:(?:equal|to|gleich|auf|à|a)\s+){1,2}[$\\(\s]*(?:zero|null|zéro|cero|0)(?![\w.])", re.IGNORECASE
)


def set_to_zero(before: str, behind: str) -> bool:
    """Whether the words around a formula set it to zero: `Setting the gradient $…$ to zero`."""
    return _SETTING.search(before) is not None and _TO_ZERO.match(behind) is not None


def optimal(part: Tree) -> tuple[Tree, Tree, tuple[Tree, ...]] | None:
    r"""`\hat w = \arg\min_w J(w) = …`: where the derivative vanishes, the variable, and what that comes to; None for other relations."""
    if part.head != "relation" or set(part.data if isinstance(part.data, tuple) else ()) != {"=="}:
        return None
    left, found = part.args[:2]
    if left.head != "name" or found.head != "call" or found.data not in ("argmin", "argmax") or len(found.args) != 2:
        return None
    if found.args[1].head != "name":
        return None
    slope = Tree("derivative", found.args, "d", found.span)
    zero = Tree("relation", (slope, Tree("number", (), 0, found.span)), ("==",), found.span)
    return zero, found.args[1], part.args[2:]


def marked(part: Tree, variables: Set[str]) -> dict[str, str]:
    r"""The marked names in an equation, each with its variable: `w_hat` of w. Alone on the left, any word is a mark."""
    found: dict[str, str] = {}
    for node in part.walk():
        base, _, mark = str(node.data).partition("_") if node.head == "name" else ("", "", "")
        alone = node is part.args[0] and len(mark) > 1 and not mark[0].isdigit()
        if base in variables and (alone or mark.lower() in MARKS):
            found[str(node.data)] = base
    return found


def unmarked(part: Tree, solved: Mapping[str, str]) -> Tree | None:
    """The equation in the variables themselves; None where it has none, or has one without and with a mark."""
    if not solved or set(solved.values()) & names_in(part) or len(set(solved.values())) < len(solved):
        return None
    return rebuilt(
        part,
        lambda node: (
            Tree("name", (), solved[str(node.data)], node.span) if node.head == "name" and node.data in solved else node
        ),
    )
