r"""What the relations in prose say: `X \in \mathbb{R}^{n \times d}` declares, `A \succ 0` gives a property, `p = \operatorname{softmax}(z)` defines.

One idea: one function for each kind of relation, each of which puts what it understood into the `Record` with its place, or says that it did not. An equation
that defines nothing and derives nothing is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from derive.document.functions import parameters_of
from derive.document.solved import optimal
from derive.document.story import Function, Record, Said
from derive.document.trees import DERIVING, derives, names_in, reached
from derive.syntax import UNKNOWN_BOUND, Declared
from derive.tree import Tree

KINDS = ("scalar", "vector", "matrix", "tensor")
BY_ZERO = {">": "positive", ">=": "nonnegative", "<": "negative", "!=": "nonzero", "succ": "pd", "succeq": "psd"}
# Functions that texts define as they need them; what an author writes is a definition, not a claim about ours.
CONVENTIONAL = frozenset(
    "sigmoid relu leaky_relu elu softplus gelu swish mish step softmax log_softmax logsumexp lse layernorm entropy ce kl erf f g h phi psi".split()
)


ALL_ONES = Tree("call", (Tree("number", (), 1),), "vector")


class Teller:
    """Writes into a record what relations say."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.inline = True
        self.counts: Mapping[str, Tree] = {}  # how far indices run
        self.claiming = False  # whether the sentence around states what follows, and assumes nothing
        self.data: frozenset[str] = frozenset()  # what is observed, and what is drawn
        self.drawn: frozenset[str] = frozenset()
        self.stating = False  # whether a word right before states: `so`, `we have`
        self.consequent = False  # whether it follows from a condition: `if …, then …`
        self.stated = False  # whether it is an item of a list that states
        self.matrices = False  # whether the prose around speaks of matrices
        self.before: frozenset[str] = frozenset()  # names used in derivations before this place
        self.guessed: set[str] = set()  # matrices that no text declares: made for a family
        self.families: dict[str, tuple[Tree, ...]] = {}  # how many members, and how long

    def say(self, tree: Tree, at: int) -> tuple[list[str], list[Tree]]:
        """The names that a statement speaks of, and its equations that say nothing to us but claim something."""
        spoken: list[str] = []
        claims: list[Tree] = []
        for part in tree.args if tree.head == "both" else (tree,):
            if part.head == "relation":
                names, left = self._relation(part, at)
                spoken += names
                claims += left
            elif part.head == "name":
                spoken.append(str(part.data))
            elif part.head == "where":
                names, left = self.say(_unwrapped(part, self.record, at), at)
                spoken, claims = spoken + names, claims + left
        return spoken, claims

    def _relation(self, tree: Tree, at: int) -> tuple[list[str], list[Tree]]:
        operators, sides = list(_operators(tree)), list(tree.args)
        if len(sides) <= len(operators):
            return [], []
        if operators[-1] == "in":
            return self._in(sides, operators, at, tree)
        if operators[-1] == "sim" and len(sides) == 2:
            return self._law(sides[0], sides[1], at), []
        if operators[-1] in BY_ZERO and sides[-1].head == "number" and sides[-1].data == 0:
            return self._by_zero(sides[:-1], operators[-1], at), []
        if operators == ["=="] * len(operators):
            return self._equation(tree, sides, at)
        return [], []

    # Spaces.

    def _in(self, sides: list[Tree], operators: list[str], at: int, tree: Tree) -> tuple[list[str], list[Tree]]:
        space, sides = sides[-1], sides[:-1]
        if len(sides) > 1:
            rest = Tree("relation", tuple(sides), tuple(operators[:-1]), tree.span)
            spoken, claims = self._relation(rest, at)
            if spoken:
                return spoken, claims
        member = sides[0]
        if space.head == "call" and space.data == "Integers" and member.head == "name":
            return self._index(str(member.data), space.args, at), []
        shape, values = _space(space)
        if shape is None:
            return [], []
        return self._declare(member, shape, values, at), []

    def _declare(self, member: Tree, shape: tuple[Tree, ...], values: tuple[Tree, ...], at: int) -> list[str]:
        if member.head == "array" and member.args[0].head == "index" and len(member.args) == 3:
            name, count = str(member.args[0].args[0].data), member.args[2]
            if member.args[1].data == 0:  # counted from 0: one more
                self.record.zero_based.add(name)
                count = Tree("add", (count, Tree("number", (), 1, count.span)), None, count.span)
            return self._family(name, count, shape, values, at)
        if member.head == "call" and len(member.args) == 1 and member.args[0].head == "name":
            name, scalar = str(member.data), str(member.args[0].data)
            if name not in ("vector", "eye", "matrix", "zeros", "ones"):
                self.record.curves.append(Said(at, name, scalar))
                self.declare(name, shape, at)
                return [name]
        if member.head == "index" and member.args[0].head == "name":
            return self._member(member, shape, values, at)
        if member == ALL_ONES and len(shape) == 1:
            self.record.ones = shape[0]
        if member.head != "name":
            return []
        name = str(member.data)
        if any(s.name == name for s in self.record.definitions) or self._is_member(name):
            return [name]
        self.guessed.discard(name)
        if name == "I" and len(shape) == 2:  # the identity, of whatever size
            return []
        self.declare(name, shape, at, values)
        return [name]

    def _member(self, member: Tree, shape: tuple[Tree, ...], values: tuple[Tree, ...], at: int) -> list[str]:
        """`x_i \\in \\mathbb{R}^d`, where the text says elsewhere how far i runs."""
        name = str(member.args[0].data)
        count = self.counts.get(str(member.args[-1].data)) if len(member.args) == 2 else None
        if count is None or any(s.name == name for s in (*self.record.declared, *self.record.definitions)):
            return [] if shape else [name]
        return self._family(name, count, shape, values, at)

    def _is_member(self, name: str) -> bool:
        """Whether a name such as `u_w` is the member of a family u."""
        base = name.partition("_")[0]
        families = [s.value for s in self.record.declared if s.name == base and base != name]
        return any(isinstance(one, Declared) and one.kind in ("rows", "columns") for one in families)

    def declare(
        self, name: str, shape: tuple[Tree, ...], at: int, values: tuple[Tree, ...] = (), words: tuple[str, ...] = ()
    ) -> None:
        """A variable of a shape."""
        kind = KINDS[min(len(shape), 3)]
        self.record.declare(at, Declared(name, kind, shape, words))
        if values:
            self.record.values.append(Said(at, name, values))

    def _family(self, name: str, count: Tree, shape: tuple[Tree, ...], values: tuple[Tree, ...], at: int) -> list[str]:
        """`x_1, …, x_n` of a space: the rows of a matrix; of numbers, a vector."""
        if len(shape) > 1:
            return []
        if not shape:
            self.declare(name, (count,), at, values)
            return [name]
        if any(
            isinstance(s.value, Declared) and s.value.kind in ("rows", "columns")
            for s in self.record.declared
            if s.name == name
        ):
            return [name]
        self.families[name] = (count, *shape)
        self.rows(name, self.matrix_for(name), (count, *shape), at, "rows")
        return [name]

    def matrix_for(self, name: str) -> str:
        """A name for the matrix of a family that has none."""
        known = {s.name for s in (*self.record.declared, *self.record.definitions)}
        return next(
            n for n in (name.upper(), f"{name}_rows", f"{name}_all", f"{name}_members") if n not in known and n != name
        )

    def rows(self, member: str, matrix: str, shape: tuple[Tree, ...], at: int, kind: str) -> None:
        """`x_i` is row (or column) i of a matrix."""
        if not any(s.name == matrix for s in (*self.record.declared, *self.record.definitions)):
            self.declare(matrix, shape, at)
            self.guessed.add(matrix)
        self.record.declared.append(Said(at, member, Declared(member, kind, (Tree("name", (), matrix),))))

    def _index(self, name: str, bounds: Sequence[Tree], at: int) -> list[str]:
        low, high = bounds
        if low.head == "number" and low.data == 0:
            self.record.zero_based.add(name)
            high = Tree("add", (high, Tree("number", (), 1, high.span)), None, high.span)
        elif low.data != 1:
            return []
        self.record.declared.append(Said(at, name, Declared(name, "index", (high,))))
        return [name]

    # Properties.

    def _by_zero(self, sides: list[Tree], operator: str, at: int) -> list[str]:
        word = BY_ZERO[operator]
        spoken: list[str] = []
        for side in sides:
            if side.head == "name":
                spoken.append(str(side.data))
                self.record.properties.append(Said(at, str(side.data), word))
                if word in ("positive", "nonnegative", "negative"):
                    self._scalar(str(side.data), at)
            elif side.head == "index" and side.args[0].head == "name":
                name = str(side.args[0].data)
                self._member(side, (), (), at)
                self.record.properties.append(Said(at, name, word))
                spoken.append(name)
            elif side.head == "array" and side.args[0].head == "index" and len(side.args) == 3:
                name = str(side.args[0].args[0].data)
                if not any(s.name == name for s in self.record.declared):
                    self.declare(name, (side.args[2],), at)
                self.record.properties.append(Said(at, name, word))
                spoken.append(name)
        return spoken

    def _scalar(self, name: str, at: int) -> None:
        """`\\lambda > 0` declares a scalar where nothing else is said."""
        known = (*self.record.declared, *self.record.definitions)
        if not any(s.name == name for s in known) and not (name[0].isupper() and self.matrices):
            self.declare(name, (), at)

    def _law(self, variable: Tree, law: Tree, at: int) -> list[str]:
        if variable.head != "name" or law.head != "call" or law.data != "N" or len(law.args) != 2:
            return []
        from derive.syntax.latex.declared import gaussian_of

        name = str(variable.data)
        word = gaussian_of(law)
        if word is None:
            return []
        if not any(s.name == name for s in self.record.declared):
            numbers = self._of_one_number(law)
            for one in (name, *numbers) if numbers is not None else ():
                self._number(one, at)
            if numbers is None:
                self.record.declared.append(Said(at, name, Declared(name, "vector", (), ())))
        self.record.properties.append(Said(at, name, word))
        return [name]

    def _number(self, name: str, at: int) -> None:
        if not any(s.name == name for s in (*self.record.declared, *self.record.definitions)):
            self.declare(name, (), at)

    def _of_one_number(self, law: Tree) -> list[str] | None:
        """The names in the mean and the variance of a normal number, `N(\\mu, \\sigma^2)`; None where it may be of a vector."""
        mean, variance = law.args
        squared = variance.head == "pow" and variance.args[0].head == "name" and variance.args[1].data == 2
        known = self.record.declaration(str(variance.data)) if variance.head == "name" else None
        single = known is not None and known.kind == "scalar"
        if not (squared or single or variance.head == "number") or mean.head not in ("name", "number"):
            return None
        names = [str(n.data) for part in law.args for n in part.walk() if n.head == "name"]
        declared = [self.record.declaration(n) for n in names]
        others = [d for d in declared if d is not None and d.kind != "scalar"]
        if others or any(n[0].isupper() or self.record.defines(n) for n in names):
            return None
        return names

    # Equations.

    def _equation(self, tree: Tree, sides: list[Tree], at: int) -> tuple[list[str], list[Tree]]:
        left, right = sides[0], sides[-1]
        name = str(left.data)
        if self.consequent and not self._is_new(left):
            return [], [tree]
        if self._models(left, sides):
            return [str((left.args[0] if left.head == "index" else left).data)], []
        if len(sides) == 2 and optimal(tree) is not None:
            return [name], []  # that something is smallest there says nothing of what it is
        if self.stating and self._is_known(left) and self._speaks_alike(left, right):
            return [], [tree]
        if len(sides) == 2 and self._property(left, right, at):
            return [n for n in sorted(names_in(tree)) if any(s.name == n for s in self.record.declared)], []
        if left.head == "name" and self._is_mean(name, sides[1]):
            return [name], []
        if left.head == "name" and not any(name in names_in(s) for s in sides[1:]) and self._may_define(name):
            self.define(name, sides[1], at)
            return [name], self._further(tree, sides)
        if self._by_entry(left, sides, at):
            return [str(left.args[0].data)], []
        if self._moments(sides, at):
            return [str(left.args[0].data)], []
        parameters = parameters_of(left)
        if parameters and not self.is_known_function(name, right):
            self.record.functions.append(Said(at, name, Function(parameters, sides[1])))
            return [name], []
        if parameters:  # what a known function is
            return [], []
        if derives(tree):
            return [], [tree]
        if self.claiming and names_in(tree) & {s.name for s in (*self.record.definitions, *self.record.introduced)}:
            return [], [tree]
        if self.inline and not self.stated:
            pairs = pairwise(sides)
            self.record.premises += [Said(at, "", Tree("relation", (a, b), ("==",), tree.span)) for a, b in pairs]
            return [], []
        return [], [tree]

    def _by_entry(self, left: Tree, sides: list[Tree], at: int) -> bool:
        """`p_i = e^{z_i} / \\sum_j e^{z_j}`: a vector by its entries, where the name is new."""
        if left.head != "index" or len(left.args) != 2 or len(sides) != 2:
            return False
        base, letter = left.args
        if base.head != "name" or letter.head != "name" or base.data in names_in(sides[1]) or derives(sides[1]):
            return False
        name, index = str(base.data), str(letter.data)
        known = next((s.value for s in reversed(self.record.declared) if s.name == name), None)
        if (
            name in self.before
            or name in self.record.unknown
            or self.record.defines(name)
            or index not in names_in(sides[1])
        ):
            return False
        if isinstance(known, Declared) and len(known.sizes) != 1:
            return False
        last = (
            known.sizes[0] if isinstance(known, Declared) else self.counts.get(index, Tree("name", (), UNKNOWN_BOUND))
        )
        body = Tree("array", (sides[1], Tree("number", (), 1), last), (index,), sides[1].span)
        self.define(name, body, at)
        return True

    def _models(self, left: Tree, sides: list[Tree]) -> bool:
        """`y_i = w^T x_i + \\varepsilon_i` where the text has a density of y: how the data came about, and not what y stands for."""
        named = left.args[0] if left.head == "index" else left
        if named.head != "name" or named.data not in self.data or not self._drawn(sides[1:]):
            return False
        count = self.counts.get(str(left.args[-1].data)) if left.head == "index" and len(left.args) == 2 else None
        if count is not None and not any(s.name == named.data for s in self.record.declared):
            self.declare(str(named.data), (count,), left.span.start)
        return True

    def _drawn(self, sides: list[Tree]) -> bool:
        """Whether something that the text draws stands in these."""
        return any(name.removeprefix("var") in self.drawn for side in sides for name in names_in(side))

    def _is_new(self, left: Tree) -> bool:
        """Whether a left side names something of which nothing was said, not even in a condition."""
        named = left.args[0] if left.head == "index" else left
        if named.head != "name" and not parameters_of(named):
            return False
        name = str(named.data)
        if self.record.defines(name) or any(s.name == name for s in self.record.declared):
            return False
        return not any(isinstance(c.value, Tree) and name in names_in(c.value) for c in self.record.conditions)

    def _is_known(self, left: Tree) -> bool:
        """Whether the text has said what a name, or a function of so many variables, is."""
        if left.head == "name":
            return self.record.defines(str(left.data))
        known = next((s.value for s in reversed(self.record.functions) if s.name == left.data), None)
        return left.head == "call" and isinstance(known, Function) and len(known.parameters) == len(left.args)

    def _speaks_alike(self, left: Tree, right: Tree) -> bool:
        """Whether a side has no names but those that the text has defined or made the left side of: `J(w)` expanded, not put in other letters."""
        bodies = self.record.bodies()
        known = bodies.keys() | reached([str(left.data), *names_in(left)], bodies)
        calls = {str(n.data) for n in right.walk() if n.head == "call"}
        return names_in(right) - calls - {"I"} <= known

    def _further(self, tree: Tree, sides: list[Tree]) -> list[Tree]:
        """`\\delta = \\partial L/\\partial z = p - y`: behind what the name is, what that comes to."""
        called = {str(n.data) for n in sides[1].walk() if n.head == "call"}
        if (
            not self.inline
            or len(sides) < 3
            or not all(self.is_known_function(name, sides[1]) or name in DERIVING for name in called)
        ):
            return []
        return [Tree("relation", tuple(sides[1:]), _operators(tree)[1:], tree.span)]

    def _is_mean(self, name: str, body: Tree) -> bool:
        """`m = E[x]` where the mean of x was said to be m."""
        if body.head != "call" or body.data not in ("E", "Cov", "Var") or len(body.args) != 1:
            return False
        key = "mean" if body.data == "E" else "cov"
        return any(s.name == str(body.args[0].data) and s.value == f"{key}={name}" for s in self.record.properties)

    def _may_define(self, name: str) -> bool:
        if name in self.record.unknown or name in self.before:
            return False
        return self.inline or not any(s.name == name for s in self.record.declared)

    def is_known_function(self, name: str, body: Tree) -> bool:
        """`adj(X) = det(X) X^{-1}` says what everybody knows; so it is no definition."""
        from derive.ops import REGISTRY

        if name == "E":  # an energy, if it is a formula in what it is a function of
            return not _is_formula(body)
        return name not in CONVENTIONAL and (
            REGISTRY.get(name) is not None or name in ("gauss", "vector", "eye", "delta", "norm2", "E", "Cov", "Var")
        )

    def define(self, name: str, body: Tree, at: int) -> None:
        self.record.definitions.append(Said(at, name, body))

    def _property(self, left: Tree, right: Tree, at: int) -> bool:
        """Equations that are properties: `A = A^T`, `U^T U = I`, `u^T u = 1`, `A^2 = A`."""
        word, name = _as_property(left, right)
        if (word == "orthogonal" and not self._square(name)) or self.record.defines(name):
            word = ""  # of what is defined, an equation is a claim
        if word:
            self.record.properties.append(Said(at, name, word))
        return bool(word)

    def _square(self, name: str) -> bool:
        one = next((s.value for s in self.record.declared if s.name == name), None)
        return isinstance(one, Declared) and len(one.sizes) == 2 and one.sizes[0] == one.sizes[1]

    def _moments(self, sides: list[Tree], at: int) -> bool:
        """`E[x] = m`, `Cov(x) = … = S`: the mean and the covariance of a random vector."""
        left, right = sides[0], sides[-1]
        if (
            left.head != "call"
            or left.data not in ("E", "Cov", "Var")
            or len(left.args) != 1
            or left.args[0].head != "name"
            or _is_formula(right)
        ):
            return False
        from derive.syntax.latex.declared import in_plain_notation

        text = in_plain_notation(right)
        if text is None:
            return False
        key = "mean" if left.data == "E" else "cov"
        self.record.properties.append(Said(at, str(left.args[0].data), f"{key}={text}"))
        return True


def _is_formula(body: Tree) -> bool:
    """Whether a right side is more than a name or the mean of something."""
    return body.head not in ("name", "number", "call") and not any(
        n.head == "call" and n.data in ("E", "Cov", "Var") for n in body.walk()
    )


def _operators(tree: Tree) -> tuple[str, ...]:
    data = tree.data
    return tuple([str(op) for op in data]) if isinstance(data, tuple) else ()


def _space(space: Tree) -> tuple[tuple[Tree, ...] | None, tuple[Tree, ...]]:
    """The sizes of a space, and the values where it is a set: `\\{0, 1\\}^n`."""
    if space.head == "call" and space.data == "Reals":
        return space.args, ()
    if space.head == "call" and space.data == "Set":
        return (), space.args
    if space.head == "pow" and space.args[0].head == "call" and space.args[0].data == "Set":
        return space.args[1:], space.args[0].args
    return None, ()


def _unwrapped(tree: Tree, record: Record, at: int) -> Tree:
    """The statement before a `where`, whose definitions are taken."""
    names = tree.data if isinstance(tree.data, tuple) else ()
    for name, body in zip(names, tree.args[1:], strict=True):
        record.definitions.append(Said(at, str(name), body))
    return tree.args[0]


def _as_property(left: Tree, right: Tree) -> tuple[str, str]:
    """The property that an equation is, and of which variable."""
    if left.head == "name" and right.head == "transpose" and right.args[0] == left:
        return "symmetric", str(left.data)
    if right.head == "name" and left.head == "transpose" and left.args[0] == right:
        return "symmetric", str(right.data)
    base = _gram(left)
    if base and (right.data in ("I", "eye")) and right.head in ("name", "call"):
        return "orthogonal", base
    one = right.head == "number" and right.data == 1
    if one and base and not base[0].isupper():
        return "unit-norm", base
    if one and left.head in ("pow", "call"):
        norm = left.args[0] if left.head == "pow" else left
        if norm.head == "call" and norm.data == "norm2" and norm.args[0].head == "name":
            return "unit-norm", str(norm.args[0].data)
    if left.head == "pow" and left.args[0] == right and right.head == "name" and left.args[1].data == 2:
        return "idempotent", str(right.data)
    return "", ""


def _gram(tree: Tree) -> str:
    """The name X of `X'*X`; "" for anything else."""
    if tree.head == "mul" and tree.args[0].head == "transpose" and tree.args[0].args[0] == tree.args[1]:
        return str(tree.args[1].data) if tree.args[1].head == "name" else ""
    return ""
