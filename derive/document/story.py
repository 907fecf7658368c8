"""What a document says: its variables, definitions and assumptions, each from where on, and its steps; as data.

One idea: everything carries the place where it is said, so that a step is judged under what stands before it, and, where the text explains a name only
afterwards (`where p = softmax(z)`), under that. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from derive.document.words import FOR_MATRICES, FOR_VECTORS
from derive.finding import Finding
from derive.source import Span
from derive.syntax import Declared
from derive.tree import Tree

DEFINITION = "definition"  # the link of a side that a name was given to
SIDE, EQUATION, UNREAD, NOTE = "side", "equation", "unread", "note"


class Line(NamedTuple):
    """One line of a derivation.

    SIDE: a side of a chain; `op` joins it to the side before in the same group, "" for the first. EQUATION: a relation, joined
    to the one before in its group by `link`. UNREAD: what could not be read, and why. NOTE: said, and not to be checked.
    """

    kind: str
    span: Span  # in the text of the document
    group: int = 0
    tree: Tree | None = None
    op: str = ""
    link: str = ""
    reason: str = ""
    finding: Finding | None = None
    display: bool = True
    origin: Tree | None = (
        None  # of a derivative that is set to zero as it was computed: the equation for the derivative itself
    )


class Said(NamedTuple):
    """Something that is said of a name, and where."""

    at: int
    name: str
    value: object


class Condition(NamedTuple):
    """What is supposed for the steps between two places: a property of a name, or a relation."""

    start: int
    end: int
    name: str
    value: str | Tree


class Function(NamedTuple):
    """`f(x, y) = body`."""

    parameters: tuple[str, ...]
    body: Tree


class Setting(NamedTuple):
    """What holds where a derivation stands."""

    declared: tuple[Declared, ...] = ()
    definitions: Mapping[str, Tree] = {}
    functions: Mapping[str, Function] = {}
    premises: tuple[Tree, ...] = ()
    unknown: frozenset[str] = frozenset()
    values: Mapping[str, tuple[Tree, ...]] = {}  # `y \\in \\{-1, 1\\}^n`: the values of its entries
    curves: Mapping[str, str] = {}  # variables that are functions of a scalar, `X(t)`, and of which
    zero_based: frozenset[str] = frozenset()
    ones: Tree | None = None  # how long the vector of ones is, where that is said or only one size is known
    supposed: frozenset[str] = frozenset()  # names that conditions bring in: `if $A x = \\lambda x$`
    unclear: frozenset[str] = frozenset()  # names of which the words do not say for certain what they are


class Story(NamedTuple):
    """A document that was read."""

    lines: tuple[Line, ...]
    record: Record
    ends: Mapping[int, int]  # of every group: up to where what is said belongs to it


class Record:
    """What a document says of its names, in the order of the text."""

    def __init__(self) -> None:
        self.declared: list[Said] = []  # Declared
        self.properties: list[Said] = []  # str
        self.definitions: list[Said] = []  # Tree
        self.functions: list[Said] = []  # Function
        self.premises: list[Said] = []  # Tree
        self.conditions: list[Condition] = []
        self._counted: tuple[object, ...] = (0, 0)  # how much had been said, and what last
        self._bodies: dict[str, Tree] = {}
        self._named = (0, 0)  # how many definitions and functions have been looked at for their names
        self._names: set[str] = set()
        self.values: list[Said] = []  # tuple[Tree, ...]
        self.curves: list[Said] = []  # str
        self.introduced: list[Said] = []  # names that an assumption brings in: `the direction $p$ solves $H p = -g$`
        self.solved: list[Said] = []  # Tree: equations of solutions, `A \\hat w = b`, which were checked
        self.unknown: set[str] = set()
        self.unclear: set[str] = set()  # names of which the words do not say for certain what they are
        self.zero_based: set[str] = set()
        self.ones: Tree | None = None  # how long the vector of ones is

    def declare(self, at: int, declared: Declared) -> None:
        """A declaration, unless the last one of its name says the same."""
        last = next((s for s in reversed(self.declared) if s.name == declared.name), None)
        if last is None or last.value != declared:
            self.declared.append(Said(at, declared.name, declared))

    def declaration(self, name: str) -> Declared | None:
        """The last declaration of a name so far."""
        found = next((s.value for s in reversed(self.declared) if s.name == name), None)
        return found if isinstance(found, Declared) else None

    def defines(self, name: str) -> bool:
        """Whether a name has a definition, or is that of a function, so far."""
        said = (len(self.definitions), len(self.functions))
        if said[0] < self._named[0] or said[1] < self._named[1]:
            self._named, self._names = (0, 0), set()
        if said != self._named:
            self._names.update([s.name for s in self.definitions[self._named[0] :]])
            self._names.update([s.name for s in self.functions[self._named[1] :]])
            self._named = said
        return name in self._names

    def bodies(self) -> dict[str, Tree]:
        """What the names of definitions and functions stand for so far; kept until more is said."""
        said = (len(self.definitions), len(self.functions), *self.definitions[-1:], *self.functions[-1:])
        if len(said) != len(self._counted) or any(
            a is not b and a != b for a, b in zip(said, self._counted, strict=True)
        ):
            self._counted = said
            self._bodies = {s.name: s.value for s in self.definitions if isinstance(s.value, Tree)}
            self._bodies |= {s.name: s.value.body for s in self.functions if isinstance(s.value, Function)}
        return self._bodies

    def sizes(self) -> set[str]:
        """The names of sizes of what is declared so far."""
        declared = [s.value for s in self.declared if isinstance(s.value, Declared)]
        return {str(n.data) for d in declared for size in d.sizes for n in size.walk() if n.head == "name"}

    def shaped(self) -> list[tuple[int, str, Tree]]:
        """Definitions of names whose shape was declared before: where, which, and what they are."""
        shapes = {s.name: s.at for s in reversed(self.declared) if isinstance(s.value, Declared) and s.value.sizes}
        return [
            (s.at, s.name, s.value)
            for s in self.definitions
            if isinstance(s.value, Tree) and s.name in shapes and shapes[s.name] <= s.at
        ]

    def declared_before(self, name: str, at: int) -> Declared:
        """The last declaration of a name up to a place. Raises KeyError where there is none."""
        found = _current(self.declared, at)[name].value
        assert isinstance(found, Declared)
        return found

    def again(self) -> list[tuple[str, int, Tree, Tree]]:
        """Names that are defined a second time: where, what they were and what they are then."""
        said = [(s.at, s.name, s.value) for s in self.definitions if isinstance(s.value, Tree)]
        said += [(s.at, s.name, s.value.body) for s in self.functions if isinstance(s.value, Function)]
        found, before = [], dict[str, Tree]()
        for at, name, body in sorted(said, key=lambda one: one[0]):
            if name in before and before[name] != body:
                found.append((name, at, before[name], body))
            before[name] = body
        return found

    def setting(self, at: int, begun: int | None = None) -> Setting:
        """What holds at a place of the text: the last word on every name up to there, and what is supposed for a derivation begun at a place."""
        supposed = [] if begun is None else [c for c in self.conditions if c.start <= begun <= c.end]
        definitions = _current(self.definitions, at)
        functions = _current(self.functions, at)
        for name in [n for n in definitions if n in functions]:
            older = definitions if definitions[name].at < functions[name].at else functions
            del older[name]
        properties = [s for s in self.properties if s.at <= at]
        properties += [Said(c.start, c.name, c.value) for c in supposed if isinstance(c.value, str)]
        declared = []
        for name, said in _current(self.declared, at).items():
            if name in definitions or name in functions:
                continue
            assert isinstance(said.value, Declared)
            words = [str(p.value) for p in properties if p.name == name]
            declared.append(_with_words(said.value, words))
        declared += self._told(properties, {d.name for d in declared} | definitions.keys() | functions.keys())
        bodies = {n: s.value for n, s in definitions.items() if isinstance(s.value, Tree)}
        return Setting(
            tuple(declared),
            bodies,
            {n: s.value for n, s in functions.items() if isinstance(s.value, Function)},
            tuple(
                [s.value for s in (*self.premises, *self.solved) if s.at <= at and isinstance(s.value, Tree)]
                + [c.value for c in supposed if isinstance(c.value, Tree)]
            ),
            frozenset(self.unknown),
            {n: s.value for n, s in _current(self.values, at).items() if isinstance(s.value, tuple)},
            {n: str(s.value) for n, s in _current(self.curves, at).items()},
            frozenset(self.zero_based),
            self.ones or self._only_size(),
            frozenset([s.name for s in self.introduced if s.at <= at]).union(
                *[_plain_names(c.value) for c in supposed if isinstance(c.value, Tree)]
            ),
            unclear=frozenset(self.unclear),
        )

    def _told(self, properties: list[Said], known: set[str]) -> list[Declared]:
        """Variables of which nothing but a property is said: `Let $\\Sigma$ be positive definite`; their sizes are inferred."""
        words: dict[str, list[str]] = {}
        for one in properties:
            if one.name not in known:
                words.setdefault(one.name, []).append(str(one.value))
        found = []
        for name, said in words.items():
            kind = "matrix" if FOR_MATRICES & set(said) else "vector" if FOR_VECTORS & set(said) else ""
            if kind:
                found.append(_with_words(Declared(name, kind), said))
        return found

    def _only_size(self) -> Tree | None:
        """The size of all variables, where they have but one."""
        sizes = {
            n for s in self.declared if isinstance(s.value, Declared) and s.value.kind != "index" for n in s.value.sizes
        }
        kinds = {s.value.kind for s in self.declared if isinstance(s.value, Declared)}
        return next(iter(sizes)) if len(sizes) == 1 and not kinds & {"rows", "columns"} else None

    def of_order(self, order: int) -> frozenset[str]:
        """The names that are declared as vectors (1) or matrices (2), and are no functions."""
        called = {s.name for s in (*self.curves, *self.functions)}
        found = {s.name for s in self.declared if isinstance(s.value, Declared) and len(s.value.sizes) == order}
        return frozenset(found - called)

    def names(self) -> frozenset[str]:
        """All names that the document declares or defines, with those of the sizes."""
        found = {s.name for group in (self.declared, self.definitions, self.functions) for s in group}
        for said in self.declared:
            if isinstance(said.value, Declared):
                found |= {str(n.data) for size in said.value.sizes for n in size.walk() if n.head == "name"}
        called = {
            s.name
            for s in self.declared
            if isinstance(s.value, Declared) and s.value.kind in ("function", "elementwise")
        }
        return frozenset(found - called - {s.name for s in (*self.curves, *self.functions)})


def _plain_names(tree: Tree) -> set[str]:
    return {str(n.data) for n in tree.walk() if n.head == "name"} - tree.bound()


def _current(said: list[Said], at: int) -> dict[str, Said]:
    """The last word on every name up to a place."""
    found: dict[str, Said] = {}
    for one in said:
        if one.at <= at:
            found[one.name] = one
    return found


_STRONGER = {"pd": ("psd", "symmetric", "invertible"), "psd": ("symmetric",), "positive": ("nonnegative", "nonzero")}


def _with_words(one: Declared, words: list[str]) -> Declared:
    kept = dict.fromkeys((*one.properties, *words))
    for word in list(kept):
        for weaker in _STRONGER.get(word, ()):
            kept.pop(weaker, None)
    return one._replace(properties=tuple(kept))
