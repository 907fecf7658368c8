r"""Differentials in documents: `df = \operatorname{tr}(A\,dX)` of a function that the text defines, and what moves in it.

One idea: `df` is the differential of f, and no name of its own, where the other side speaks of differentials of what f depends on. Where `dz` stands for ∂L/∂z, as in
notes on backpropagation, the other side speaks of what depends on z, or of no differentials at all: there it stays a name. Nothing is differentiated here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.document.prepared import Prepared, names_of_sizes
from derive.document.story import Line, Record
from derive.document.trees import names_in, reached, rebuilt
from derive.syntax import Declared
from derive.tree import Tree

JOINING = frozenset(("both", "implies"))


def differentials_read(tree: Tree, record: Record) -> Tree:
    """A statement with `df` on its left as `d(f)`, where it is the differential of a function or definition of the text."""
    if tree.head in JOINING:
        return Tree(tree.head, tuple([differentials_read(a, record) for a in tree.args]), tree.data, tree.span)
    if tree.head != "relation" or len(tree.args) < 2:
        return tree
    if not any(name[0] == "d" for name in names_in(tree.args[0])):
        return tree
    bodies = record.bodies()
    left = rebuilt(tree.args[0], lambda node: _second(node, bodies))
    twice = {name for node in left.walk() if node.head == "differential" for name in names_in(node)} & bodies.keys()
    names = {n for n in names_in(left) if _is_of(n, bodies) and record.declaration(n) is None}
    below = reached({name[1:] for name in names} | twice, bodies)
    above = {name[1:] for name in names} | twice
    if not (names or twice) or not any(
        _speaks_of(side, below) or _speaks_of_parts(side, below, above, bodies) for side in tree.args[1:]
    ):
        return tree
    left = rebuilt(left, lambda n: _differential(n) if n.head == "name" and n.data in names else n)
    return Tree("relation", (left, *tree.args[1:]), tree.data, tree.span)


def along(lines: Sequence[Line], ready: Prepared, text: Sequence[Line]) -> list[Line]:
    """The lines of one derivation with `dz` of a definition z as `d(z)`, and with every `d(F)` told the directions in which its variables move.

    They are those that the derivation speaks of; where it speaks of none, those that the whole text does, the parameters of the function, or else
    everything.
    """
    if not any(node.head == "differential" for line in lines if line.tree is not None for node in line.tree.walk()):
        return list(lines)
    bodies = {**ready.definitions, **{name: f.body for name, f in ready.setting.functions.items()}}
    declared = {d.name for d in ready.declared}

    def opened(node: Tree) -> Tree:
        own = node.head == "name" and _is_of(str(node.data), bodies) and str(node.data) not in declared
        return _differential(node) if own else node

    lines = [line if line.tree is None else line._replace(tree=rebuilt(line.tree, opened)) for line in lines]
    trees = [line.tree for line in lines if line.tree is not None]
    moving = _directions(trees, [line.tree for line in text if line.tree is not None], bodies, ready)

    def told(node: Tree) -> Tree:
        if node.head != "differential":
            return node
        own = reached(names_in(node.args[0]), bodies)
        ways = tuple([Tree("name", (), f"d{x}", node.span) for x in sorted(moving & own)])
        return Tree("differential", (node.args[0], *ways), node.data, node.span)

    return [line if line.tree is None else line._replace(tree=rebuilt(line.tree, told)) for line in lines]


def _directions(trees: Sequence[Tree], text: Sequence[Tree], bodies: Mapping[str, Tree], ready: Prepared) -> set[str]:
    """The variables that move."""
    inside: set[str] = set()
    parameters: set[str] = set()
    for tree in trees:
        for node in tree.walk():
            if node.head == "differential":
                inside |= reached(names_in(node.args[0]), bodies)
                for name in names_in(node.args[0]) & ready.setting.functions.keys():
                    parameters |= set(ready.setting.functions[name].parameters)
    sizes = {n for d in ready.declared for n in names_of_sizes(d)}
    fixed = sizes | {d.name for d in ready.declared if not _can_move(d)} | bodies.keys()
    variables = inside - fixed
    for speaking in (trees, text):
        said = {name for tree in speaking for name in _moving(tree)} & variables
        if said:
            return said
    return (parameters & variables) or variables


def _can_move(one: Declared) -> bool:
    return one.kind in ("scalar", "vector", "row", "matrix", "tensor")


def _is_of(name: str, bodies: Mapping[str, Tree]) -> bool:
    """Whether a name is `df` of some f that is defined, and is not defined itself."""
    return name[0] == "d" and name[1:] in bodies and name not in bodies


def _moving(tree: Tree) -> set[str]:
    """The variables whose differentials stand in a tree, as `dX`."""
    found = {str(node.data) for node in tree.walk() if node.head == "name"}
    return {name[1:] for name in found if name[0] == "d" and len(name) > 1}


def _speaks_of(side: Tree, names: set[str]) -> bool:
    """Whether a side has the differential of one of these, or `d(…)` of something with them in it."""
    inside = [names_in(node.args[0]) for node in side.walk() if node.head == "differential"]
    return bool(names & _moving(side).union(*inside))


def _speaks_of_parts(side: Tree, names: set[str], above: set[str], bodies: Mapping[str, Tree]) -> bool:
    """Whether a side has `dE` of a definition E that is made of these, and not of what `df` is the differential of."""
    for part in _moving(side) & bodies.keys():
        made = reached([part], bodies)
        if made & names and not made & above:
            return True
    return False


def _second(node: Tree, bodies: Mapping[str, Tree]) -> Tree:
    """`d^2 f` of a function as the differential of its differential."""
    if node.head != "mul" or node.args[0].head != "pow" or node.args[1].head not in ("name", "call"):
        return node
    (base, exponent), f = node.args[0].args, node.args[1]
    if base.head != "name" or base.data != "d" or exponent.data != 2 or f.data not in bodies:
        return node
    return Tree("differential", (Tree("differential", (f,), None, f.span),), None, node.span)


def _differential(name: Tree) -> Tree:
    return Tree("differential", (Tree("name", (), str(name.data)[1:], name.span),), None, name.span)
