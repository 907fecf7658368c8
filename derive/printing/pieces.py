"""The fold under every printer: a piece of text with its binding power for each node, children before parents.

One idea: a printer is a table from heads to functions of the node and the pieces of its arguments; brackets are set by
comparing binding powers. The fold is iterative, so no depth of a tree is too deep. It knows no notation.
"""

from __future__ import annotations

from collections.abc import Callable

from derive.tree import Tree

Piece = tuple[str, int]  # text, binding power
Writer = Callable[[Tree, list[Piece]], Piece]


def fold(tree: Tree, table: dict[str, Writer]) -> Piece:
    """The piece of a tree, from those of its arguments, first argument first."""
    done: list[Piece] = []
    for node in reversed(list(tree.walk())):
        count = len(node.args)
        parts = [done.pop() for _ in range(count)]
        done.append(table[node.head](node, parts))
    return done[0]


def decimal(p: int, q: int) -> str | None:
    """The decimal spelling of p/q ≥ 0 when it ends after at most eight places, else None."""
    for places in range(1, 9):
        if 10**places % q == 0:
            digits = str(p * (10**places // q)).rjust(places + 1, "0")
            return f"{digits[:-places]}.{digits[-places:]}"
    return None
