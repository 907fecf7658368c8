"""A choice by an indicator, written as cases: `piecewise(step(x - 1), a, b)` is `cases(a if x > 1, b)`.

One idea: an indicator that is a comparison is shown as one, and a choice inside the last value continues the list. Notations say how a row looks.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.tree import Tree


def rows(node: Tree) -> list[tuple[Tree, Tree | None]] | None:
    """Values with their conditions (the last has none) of a tree `cases`, or of a call `piecewise`; None when a condition is no comparison."""
    found: list[tuple[Tree, Tree | None]] = []
    if node.head == "cases":
        values, tests = node.args[::2], node.args[1::2]
        return [(value, tests[i] if i < len(tests) else None) for i, value in enumerate(values)]
    while node.head == "call" and node.data == "piecewise" and len(node.args) == 3:
        test = comparison(node.args[0])
        if test is None:
            break
        found.append((node.args[1], test))
        node = node.args[2]
    return [*found, (node, None)] if found else None


def comparison(tree: Tree) -> Tree | None:
    """`step(a - b)` as `a > b`, `1 - step(u)` as `u <= 0`, `eq(a, b)` as `a == b`, a product of them as both."""
    parts = list(_factors(tree))
    tests = [_one(part) for part in parts]
    made = tuple([test for test in tests if test is not None])
    if len(made) != len(parts):
        return None
    return made[0] if len(made) == 1 else Tree("both", made)


def _factors(tree: Tree) -> Iterator[Tree]:
    while tree.head in ("mul", "hadamard") and tree.data is None:
        yield tree.args[1]
        tree = tree.args[0]
    yield tree


def _one(tree: Tree) -> Tree | None:
    negated = tree.head == "sub" and tree.args[0] == Tree("number", (), 1)
    inner = tree.args[1] if negated else tree
    if inner.head != "call":
        return None
    if inner.data == "step" and len(inner.args) == 1:
        return Tree("relation", _sides(inner.args[0]), ("<=" if negated else ">",))
    if inner.data == "eq" and len(inner.args) == 2:
        return Tree("relation", inner.args, ("!=" if negated else "==",))
    return None


def _sides(difference: Tree) -> tuple[Tree, Tree]:
    if difference.head == "sub":
        return difference.args[0], difference.args[1]
    return difference, Tree("number", (), 0)
