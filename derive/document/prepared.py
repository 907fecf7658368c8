r"""A setting made ready for the inference: functions written out, curves, indices from zero, distributions put together.

One idea: what is only notation of documents is turned into the notation that statements have. `X(t)` becomes `X_0 + t*X_1`: a curve through any matrix
with any velocity, so that a statement about X and its first derivative holds for all curves when it holds for these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from derive.document.densities import logarithm_of_density
from derive.document.functions import ENTRYWISE_NAMES, argument, derived, known_body, written_out
from derive.document.sayings import ALL_ONES
from derive.document.story import Setting
from derive.document.trees import DERIVING, names_in, reached, rebuilt, spread, substituted
from derive.syntax import Declared
from derive.tree import Tree

LINEAR = frozenset("symmetric skew diagonal lower-triangular upper-triangular".split())  # properties that a sum keeps

DEFINITE = frozenset(("pd", "psd"))


class Prepared(NamedTuple):
    """Declarations, definitions in the order of their need, premises; and how a tree of the document is made ready."""

    declared: tuple[Declared, ...]
    definitions: Mapping[str, Tree]
    premises: tuple[Tree, ...]
    values: Mapping[str, tuple[Tree, ...]]
    unknown: frozenset[str]
    setting: Setting

    def tree(self, tree: Tree) -> Tree:
        """A side or a relation, written out."""
        return _written(tree, self.setting)

    def under(self, tree: Tree) -> Tree:
        """The tree inside a `where` with the definitions that it needs, and they need."""
        needed = reached(names_in(tree), self.definitions) & self.definitions.keys()
        if not needed:
            return tree
        ordered = [n for n in self.definitions if n in needed]
        return Tree("where", (tree, *[self.definitions[n] for n in ordered]), tuple(ordered), tree.span)

    def relevant(self, trees: Sequence[Tree]) -> list[Declared]:
        """The declarations that trees need: of the names in them, of what those are made of, and of sizes that stand as numbers."""
        needed = mentioned(trees, self)
        while True:
            found = [
                d
                for d in self.declared
                if d.name in needed or _moves(d, needed) or (names_of_sizes(d) & needed and not d.properties)
            ]
            more = {n for d in found for n in parameters(d)} - needed
            if not more:
                return found
            needed |= more


def _moves(one: Declared, names: set[str]) -> bool:
    """Whether it is the differential of one of these."""
    return one.name[:1] == "d" and one.name[1:] in names


def names_of_sizes(one: Declared) -> set[str]:
    """The names in the sizes of a declaration."""
    return {n for size in one.sizes for n in names_in(size)}


def parameters(one: Declared) -> set[str]:
    """The matrix of a family, the parameters of a distribution, the partners of a property."""
    found = names_of_sizes(one) if one.kind in ("rows", "columns") else set()
    for word in one.properties:
        if "(" in word:
            found |= set(re.findall(r"[A-Za-z]\w*", word.partition("(")[2]))
    return found


def prepared(setting: Setting) -> Prepared:
    """The setting, ready."""
    setting = _with_parts_named(setting)
    declared: list[Declared] = []
    definitions: dict[str, Tree] = {}
    for one in setting.declared:
        if one.name in setting.curves:
            declared += _curve(one, setting, definitions)
        else:
            declared.append(_with_law(one))
    sizes = {n for d in declared if d.kind not in ("rows", "columns") for n in names_of_sizes(d)}
    declared = [
        d for d in declared if d.name not in sizes or d.kind != "scalar"
    ]  # `n` is a size, and said to be a number
    for name, body in setting.definitions.items():
        if name in sizes:
            continue
        definitions[name] = _written(body, setting)
    _declare_parameters(declared, definitions, setting)
    known = {d.name for d in declared} | {n for d in declared for s in d.sizes for n in names_in(s)} | set(definitions)
    known = known.union(*map(names_in, definitions.values()), *[f.parameters for f in setting.functions.values()])
    known = known.union(*[names_in(f.body) for f in setting.functions.values()])
    known = known | setting.supposed
    premises = tuple([_written(p, setting) for p in setting.premises if _about(p, known, setting)])
    values = {n: v for n, v in setting.values.items() if any(d.name == n for d in declared)}
    return Prepared(tuple(declared), definitions, premises, values, setting.unknown, setting)


def _with_parts_named(setting: Setting) -> Setting:
    """`a = f(W x + b)` with `z = W x + b` that nothing is made of: a is f(z) then, so that it can be differentiated by z."""
    for name, body in setting.definitions.items():
        bodies = [*setting.definitions.values(), *[f.body for f in setting.functions.values()]]
        if not body.args or any(_made_of(b, name) for b in bodies) or sum(_has(b, body) for b in bodies) < 2:
            continue
        part = Tree("name", (), name, body.span)

        def named(tree: Tree, part: Tree = part, body: Tree = body) -> Tree:
            return rebuilt(tree, lambda node: part if node == body else node)

        others = {n: b if n == name or b == body else named(b) for n, b in setting.definitions.items()}
        functions = {n: f._replace(body=named(f.body)) for n, f in setting.functions.items()}
        setting = setting._replace(definitions=others, functions=functions)
    return setting


def _made_of(tree: Tree, name: str) -> bool:
    """Whether a name stands in a tree, and not only behind the derivatives that are by it."""
    if name not in names_in(tree):
        return False
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if node.head in ("name", "call") and node.data == name:
            return True
        derived = node.head == "derivative" or (node.head == "call" and node.data in DERIVING)
        waiting += [a for a in node.args[: 1 if derived else None] if not (derived and a.data == name)]
    return False


def _has(tree: Tree, part: Tree) -> bool:
    return any(node == part for node in tree.walk())


def _curve(one: Declared, setting: Setting, definitions: dict[str, Tree]) -> list[Declared]:
    """`X(t)` as `X_0 + t*X_1`; of a definite curve both are symmetric."""
    words = tuple(
        dict.fromkeys(["symmetric" if w in DEFINITE else w for w in one.properties if w in LINEAR | DEFINITE])
    )
    point, speed = f"{one.name}_0", f"{one.name}_1"
    step = Tree("mul", (_name(setting.curves[one.name]), _name(speed)))
    definitions[one.name] = Tree("add", (_name(point), step))
    definitions.setdefault(f"{one.name}_dot", _name(speed))
    return [one._replace(name=point, properties=words), one._replace(name=speed, properties=words)]


def _declare_parameters(declared: list[Declared], definitions: Mapping[str, Tree], setting: Setting) -> None:
    """The scalars that curves run along, where nothing declares them."""
    known = {d.name for d in declared} | set(definitions)
    for scalar in dict.fromkeys(setting.curves.values()):
        if scalar not in known:
            declared.append(Declared(scalar, "scalar"))


def _name(name: str) -> Tree:
    return Tree("name", (), name)


def _with_law(one: Declared) -> Declared:
    """`mean=m` and `cov=S` as one distribution; a normal distribution has both already."""
    parts = [w for w in one.properties if w.startswith(("mean=", "cov="))]
    if not parts:
        return one
    words = [w for w in one.properties if w not in parts]
    if not any(w.startswith("gaussian(") for w in words):
        words.append(f"random({','.join(dict(p.partition('=')[::2] for p in parts) and parts)})")
    return one._replace(properties=tuple(words))


def _about(premise: Tree, known: set[str], setting: Setting) -> bool:
    """Whether a premise speaks only of what is declared: not `(a ./ b)_i = a_i / b_i`, which says what a sign means."""
    bound = premise.bound()
    calls = {str(n.data) for n in premise.walk() if n.head == "call"}
    names = names_in(premise) - bound - calls - {"I", "pi"}
    return bool(names) and names <= known | set(setting.functions)


def with_differentials(ready: Prepared, trees: Sequence[Tree]) -> Prepared:
    """The setting with `dX` declared like X for every differential in the trees."""
    known = {d.name: d for d in ready.declared}
    found: dict[str, Declared] = {}
    for tree in trees:
        for name in sorted(names_in(tree)):
            if name[:1] == "d" and name not in known and name not in ready.definitions and name[1:] in known:
                found[name] = known[name[1:]]._replace(
                    name=name, properties=tuple([w for w in known[name[1:]].properties if w in LINEAR])
                )
    return ready._replace(declared=(*ready.declared, *found.values())) if found else ready


def with_indices(ready: Prepared, trees: Sequence[Tree]) -> Prepared:
    """The setting with the free subscripts of vectors that are defined by their entries, `p_i`, declared like those of the others, `z_i`."""
    if not any(body.head == "array" for body in ready.definitions.values()):
        return ready
    known = {d.name: d for d in ready.declared}
    found: dict[str, Declared] = {}
    for tree in trees:
        bound = {str(n.data) for n in tree.walk() if n.head in ("sum", "prod")}
        for node in tree.walk():
            if node.head != "index" or len(node.args) != 2 or any(a.head != "name" for a in node.args):
                continue
            base, letter = known.get(str(node.args[0].data)), str(node.args[1].data)
            if base is not None and len(base.sizes) == 1 and letter not in known and letter not in bound:
                found[letter] = Declared(letter, "index", base.sizes)
    return ready._replace(declared=(*ready.declared, *found.values())) if found else ready


def _written(tree: Tree, setting: Setting) -> Tree:
    tree = rebuilt(tree, lambda node: _by_parameter(node, setting))
    opened = written_out(tree, setting.functions, _entrywise(setting))
    tree = tree if opened is tree else rebuilt(opened, logarithm_of_density)
    if any(node.head == "prime" for node in tree.walk()):
        tree = rebuilt(tree, derived)
    functions = {d.name for d in setting.declared if d.kind == "function"}
    if functions:
        tree = rebuilt(tree, lambda node: _by_function(node, functions))
    if setting.curves:
        tree = rebuilt(tree, lambda node: _at_time(node, setting.curves))
    if setting.ones is not None:
        ones = Tree("call", (setting.ones,), "ones")
        tree = rebuilt(tree, lambda node: spread(ones, node.span) if node == ALL_ONES else node)
    if setting.zero_based:
        tree = _from_one(tree, setting)
    return tree


def _entrywise(setting: Setting) -> frozenset[str]:
    """Functions of one number: their parameter is declared as nothing larger."""
    tensors = {d.name for d in setting.declared if d.kind in ("vector", "matrix", "row", "tensor") or d.sizes}
    tensors |= set(setting.definitions)
    found = {n for n, f in setting.functions.items() if n in ENTRYWISE_NAMES and len(f.parameters) == 1}
    for name, function in setting.functions.items():
        if (
            len(function.parameters) == 1
            and function.parameters[0] not in tensors
            and not function.parameters[0][0].isupper()
            and not _taken_whole(function.body, function.parameters[0])
        ):
            found.add(name)
    return frozenset(found)


def _taken_whole(body: Tree, parameter: str) -> bool:
    """Whether a body uses its parameter as a vector: transposed, in a norm, or right behind a capital, as in `y - X θ`."""
    for node in body.walk():
        own = [a.head == "name" and a.data == parameter for a in node.args]
        if node.head == "mul" and own[1] and _makes_a_vector(node.args[0]):
            return True
        norm = node.head == "call" and str(node.data).startswith("norm")
        if (norm or node.head == "transpose") and any(n.head == "name" and n.data == parameter for n in node.walk()):
            return True
    return False


def _makes_a_vector(factor: Tree) -> bool:
    """Whether what stands right behind a factor is a vector: a capital, or something transposed."""
    while factor.head == "mul":
        factor = factor.args[1]
    return factor.head == "transpose" or (factor.head == "name" and str(factor.data)[0].isupper())


def _by_parameter(node: Tree, setting: Setting) -> Tree:
    """`\\nabla^2 f(x)` is by x: the derivative of a function without its variable is by what it is applied to, or by its parameter.

    `dL/da` of a function L(a) is that of L(a), and so is `L'(a)` of a number a.
    """
    if node.head == "prime" and isinstance(node.data, tuple):
        return _primed(node, str(node.data[0]), int(node.data[1]), setting)
    nabla = node.head == "call" and node.data in DERIVING
    if not nabla and node.head not in ("derivative", "differential"):
        return node
    inside = node.args[0]
    function = setting.functions.get(str(inside.data)) if inside.head == "name" else None
    if function is not None:
        called = tuple([argument(p, inside.span) for p in function.parameters])
        inside = Tree("call", called, inside.data, inside.span)
        node = Tree(node.head, (inside, *node.args[1:]), node.data, node.span)
    if (
        nabla
        and len(node.args) == 1
        and inside.head == "call"
        and len(inside.args) == 1
        and inside.args[0].head == "name"
    ):
        return Tree("call", (inside, inside.args[0]), node.data, node.span)
    return _at_point(node, setting) if nabla and len(node.args) == 1 else node


def _at_point(node: Tree, setting: Setting) -> Tree:
    """`\\nabla f(2x)`, `\\nabla f(0)`: the gradient of f by its parameter, at a point; a 0 for a vector is its zero."""
    inside = node.args[0]
    function = setting.functions.get(str(inside.data)) if inside.head == "call" else None
    if function is None or len(function.parameters) != 1 or len(inside.args) != 1 or inside.args[0].head == "name":
        return node
    parameter, point = function.parameters[0], inside.args[0]
    sizes = next((d.sizes for d in setting.declared if d.name == parameter), ())
    if point.head == "number" and point.data == 0 and sizes:
        point = Tree("call", sizes, "zeros", point.span)
    elif point.head == "number" and sizes:
        return node
    there = f"{parameter}_there"
    variable = Tree("name", (), there, inside.args[0].span)
    slope = Tree("call", (Tree("call", (variable,), inside.data, inside.span), variable), node.data, node.span)
    return Tree("where", (slope, point), (there,), node.span)


def _primed(node: Tree, name: str, order: int, setting: Setting) -> Tree:
    """`f'(t)`, `f''(t)` of a function of one number; of the first order where it has no name in the library."""
    function = setting.functions.get(name)
    sized = {d.name for d in setting.declared if d.sizes}
    if (
        function is None
        or len(node.args) != 1
        or node.args[0].head != "name"
        or node.args[0].data in sized
        or (order == 1 and known_body(function))
    ):
        return node
    tree = Tree("call", node.args, name, node.span)
    for _ in range(order):
        tree = Tree("derivative", (tree, node.args[0]), "d", node.span)
    return tree


def _by_function(node: Tree, functions: set[str]) -> Tree:
    """`∂L/∂z` of an undefined function L is that of L(z)."""
    derived = node.head == "derivative" or (node.head == "call" and node.data in ("grad", "jac", "hess"))
    if not derived or node.args[0].head != "name" or node.args[0].data not in functions:
        return node
    target = node.args[1].args[0] if node.args[1].head == "transpose" else node.args[1]
    value = Tree("call", (target,), node.args[0].data, node.args[0].span)
    return Tree(node.head, (value, *node.args[1:]), node.data, node.span)


def _at_time(node: Tree, curves: Mapping[str, str]) -> Tree:
    """`X(t)` is X."""
    if (
        node.head == "call"
        and node.data in curves
        and len(node.args) == 1
        and node.args[0].data == curves[str(node.data)]
    ):
        return Tree("name", (), node.data, node.span)
    return node


def _from_one(tree: Tree, setting: Setting) -> Tree:
    """Entries counted from 0 as entries counted from 1; free indices that run from 0 are one less than those that do not."""
    one = Tree("number", (), 1)

    def shifted(node: Tree) -> Tree:
        if node.head == "index" and node.args[0].data in setting.zero_based:
            moved = tuple(
                [Tree("add", (s, one), None, s.span) if s.head not in ("colon", "range") else s for s in node.args[1:]]
            )
            return Tree("index", (node.args[0], *moved), None, node.span)
        return node

    indices = {d.name for d in setting.declared if d.kind == "index"} & setting.zero_based
    tree = rebuilt(tree, shifted)
    less = {n: Tree("sub", (_name(n), one)) for n in indices}
    return substituted(tree, less) if less else tree


def mentioned(trees: Sequence[Tree], prepared: Prepared) -> set[str]:
    """The names in trees, and in the definitions that they need."""
    return reached({name for tree in trees for name in names_in(tree)}, prepared.definitions)
