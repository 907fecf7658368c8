"""Small questions about trees: which names stand in them, and a tree rebuilt bottom up.

One idea: no recursion over the depth, since an author may nest as deep as the parser allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from derive.document.mapped import Mapped
from derive.source import Span
from derive.tree import Tree

DERIVED = frozenset(("derivative", "differential", "prime"))
DERIVING = frozenset(("grad", "jac", "hess"))


def names_in(tree: Tree) -> set[str]:
    """The names in a tree, those of calls included."""
    found = {str(n.data) for n in tree.walk() if n.head in ("name", "call")}
    return found | {str(n.data[0]) for n in tree.walk() if n.head == "prime" and isinstance(n.data, tuple)}


def reached(names: Iterable[str], bodies: Mapping[str, Tree]) -> set[str]:
    """These names and all that they are made of, through definitions."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if name in bodies:
                waiting += names_in(bodies[name])
    return found


def derives(tree: Tree) -> bool:
    """Whether a derivative stands in a tree."""
    return any(n.head in DERIVED or (n.head == "call" and n.data in DERIVING) for n in tree.walk())


def rebuilt(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """The tree with every node changed, children before parents."""
    done: list[Tree] = []
    for node in reversed(list(tree.walk())):
        args = tuple([done.pop() for _ in node.args])
        done.append(change(node if _same(args, node.args) else Tree(node.head, args, node.data, node.span)))
    return done[0]


def _same(one: tuple[Tree, ...], other: tuple[Tree, ...]) -> bool:
    return all(a is b for a, b in zip(one, other, strict=True))


def substituted(tree: Tree, values: Mapping[str, Tree]) -> Tree:
    """The tree with trees in the place of names."""
    return rebuilt(tree, lambda n: values.get(str(n.data), n) if n.head == "name" else n)


def placed(tree: Tree, formula: Mapped) -> Tree:
    """The tree with its spans in the author's text."""
    return _moved(tree, formula)


def _moved(tree: Tree, formula: Mapped) -> Tree:
    done: list[Tree] = []
    for node in reversed(list(tree.walk())):
        args = tuple([done.pop() for _ in node.args])
        done.append(Tree(node.head, args, node.data, formula.place(node.span)))
    return done[0]


def spread(tree: Tree, span: Span) -> Tree:
    """The tree with one span for all of it: what stands for something that the author wrote there."""
    return rebuilt(tree, lambda n: Tree(n.head, n.args, n.data, span))
