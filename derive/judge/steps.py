"""Relations of one derivation typed together, and which of them do not fit.

One idea: all steps are typed at once, so that undeclared kinds follow from the whole derivation; where that fails, they are taken one after the other, and
what does not fit with those before it is at fault. It judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from derive.claims import Claim, claims_of
from derive.document.prepared import Prepared, mentioned, names_of_sizes, parameters
from derive.document.sayings import CONVENTIONAL
from derive.document.trees import DERIVING, names_in
from derive.engine.families import ranges
from derive.finding import DeriveError, Finding, Label
from derive.infer import infer
from derive.infer.statement import Typed
from derive.ops import REGISTRY
from derive.sizes import Size
from derive.source import Source
from derive.syntax import UNKNOWN_BOUND
from derive.term import Symbol
from derive.tree import Tree

# Findings that say that an operation does not fit; everything else says that we do not understand.
SHAPES = frozenset("size-mismatch kind-mismatch not-square ragged-block not-scalar".split())
_BOLD = re.compile(r"\\(?:mathbf|boldsymbol|bm|vec)\s*\{?\s*\\?([A-Za-z]+)")
MOST_KNOWN = 200  # typings that are kept
TROUBLE = (DeriveError, ValueError, ArithmeticError, RecursionError)


class Fitted(NamedTuple):
    """Relations typed together: the claim of each, or the finding why it has none; and the premises that concern them."""

    claims: tuple[Claim | None, ...]
    findings: tuple[Finding | None, ...]
    symbols: tuple[Symbol, ...]
    indices: Mapping[str, Size]
    premises: tuple[Claim, ...]
    notes: tuple[str, ...]


class Typist:
    """Types trees under one setting."""

    def __init__(self, prepared: Prepared, source: Source, guesses: bool = False) -> None:
        self.prepared = prepared
        self.source = source
        self.guesses = guesses  # whether undeclared names are taken as they come: in statements, not in documents
        self._known: dict[tuple[int, ...], tuple[Sequence[Tree], Typed | Exception]] = {}
        self._sound: list[Tree] | None = None  # premises that fit by themselves

    def typed(self, trees: Sequence[Tree]) -> Typed:
        """The trees typed together. Raises DeriveError.

        The same trees are typed once. Equal ones that stand elsewhere are others, since findings say where.
        """
        key = tuple(map(id, trees))
        if key not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = (
                tuple(trees),
                self._inferred(trees),
            )  # with the trees, so that none of them is forgotten
        found = self._known[key][1]
        if isinstance(found, Exception):
            raise found.with_traceback(None)
        return found

    def _inferred(self, trees: Sequence[Tree]) -> Typed | Exception:
        try:
            return infer([self.prepared.under(t) for t in trees], self.prepared.relevant(trees), source=self.source)
        except TROUBLE as trouble:
            return trouble

    def trouble(self, trees: Sequence[Tree]) -> Finding | None:
        """Why trees cannot be typed together; None where they can."""
        try:
            self.typed(trees)
        except DeriveError as trouble:
            return trouble.finding
        except TROUBLE as trouble:
            return Finding("not-typed", str(trouble) or "this cannot be typed", self.source, (Label(trees[-1].span),))
        return None

    def undeclared(self, trees: Sequence[Tree]) -> bool:
        """Whether kinds were guessed, so that a misfit may be ours."""
        if self.guesses:
            return False
        try:
            typed = self.typed(trees)
        except TROUBLE:
            return self.guessed(trees)
        return _guesses(typed)

    def guessed(self, trees: Sequence[Tree]) -> bool:
        """Whether variables stand in trees that nothing declares."""
        loose = mentioned(trees, self.prepared) - self.known()
        bound = {str(n.data) for t in trees for n in self.prepared.under(t).walk() if n.head in ("sum", "prod")}
        calls = {str(n.data) for t in trees for n in self.prepared.under(t).walk() if n.head in ("call", "prime")}
        return bool(loose - bound - calls - {"I", "pi", "const", UNKNOWN_BOUND})

    def known(self) -> set[str]:
        """The names that the text declares or defines, and those of sizes."""
        found = {d.name for d in self.prepared.declared} | set(self.prepared.definitions)
        found |= set(self.prepared.setting.functions) | self.prepared.setting.supposed
        return found | {n for d in self.prepared.declared for size in d.sizes for n in names_in(size)}

    def unexplained(self, left: Tree, right: Tree) -> str:
        """What is said where the comparison of two sides would be a guess; "" where it would not.

        A derivative of a name that is not said to depend on anything, and a side with a new name that nothing explains.
        """
        unclear = mentioned((left, right), self.prepared) & self.prepared.setting.unclear
        if unclear:
            return f"{min(unclear)}: the text does not say for certain what it is"
        if self.guesses:
            return ""
        known = self.known()
        for node in (*left.walk(), *right.walk()):
            if node.head == "name" and node.data in self.sizes() and self._bold(node):
                return f"{node.data} is a size in the text, and something else here"
        for node in (*left.walk(), *right.walk()):
            derived = node.head == "derivative" or (node.head == "call" and node.data in ("grad", "jac", "hess"))
            if derived and node.args[0].head == "name" and node.args[0].data not in self.prepared.definitions:
                name, target = str(node.args[0].data), names_in(node.args[1])
                if name not in target:
                    return f"the text does not say how {name} depends on {', '.join(sorted(target))}"
            elif derived and len(node.args) == 2 and not _zero(right) and not self._reaches(node):
                return f"the text does not say how this depends on {', '.join(sorted(names_in(node.args[1])))}"
        for node in self._inside(left, right):
            if not self._reaches(node):
                return f"the text does not say how this depends on {', '.join(sorted(names_in(node.args[1])))}"
        if self._undefined(left) - {f for n in right.walk() for f in self._undefined(n)}:
            return "what function this is, the text does not say"
        for node in (*left.walk(), *right.walk()):
            if (
                node.head == "prime"
                and isinstance(node.data, tuple)
                and node.data[0] in self.prepared.setting.functions
            ):
                marks = "'" * int(node.data[1])
                return f"{node.data[0]}{marks} is only known at the variable that {node.data[0]} is defined with"
        bound = left.bound() | right.bound()
        before = _loose(left) | mentioned([left], self.prepared)
        before |= {n for d in self.prepared.relevant([left]) for n in parameters(d)}
        fresh = _loose(right) - before - known - bound
        if fresh and before - bound:
            return f"{', '.join(sorted(fresh))}: new here, and the text does not say what"
        return ""

    def _inside(self, left: Tree, right: Tree) -> list[Tree]:
        """The derivatives by defined names, `\\delta = \\partial L/\\partial z`, in the definitions that two sides need."""
        definitions = self.prepared.definitions
        needed = mentioned([left, right], self.prepared) & definitions.keys()
        nodes = [n for name in needed for n in definitions[name].walk() if n.head == "derivative" and len(n.args) == 2]
        return [n for n in nodes if n.args[1].head == "name" and n.args[1].data in definitions]

    def sizes(self) -> set[str]:
        """The names of the sizes of what is declared."""
        return {n for d in self.prepared.declared if d.kind not in ("rows", "columns") for n in names_of_sizes(d)}

    def _reaches(self, node: Tree) -> bool:
        """Whether what is differentiated has the variable in it, in its definitions, or in a distribution."""
        inside = mentioned([node.args[0]], self.prepared)
        inside |= {n for d in self.prepared.declared if d.name in inside for n in parameters(d)}
        inside |= {f"{n}_{mark}" for n in inside for mark in ("0", "1", "dot")}
        target = node.args[1].args[0] if node.args[1].head == "index" else node.args[1]
        return bool(names_in(target) & inside) or not names_in(node.args[0])

    def _bold(self, name: Tree) -> bool:
        found = _BOLD.match(self.source.text, name.span.start)
        return found is not None and found[1] == name.data

    def _undefined(self, node: Tree) -> set[str]:
        """The function that a node applies, when neither the library nor the text knows it."""
        if node.head not in ("call", "prime") or node.data in DERIVING:
            return set()
        name = str(node.data[0]) if isinstance(node.data, tuple) else str(node.data)
        known = REGISTRY.get(name) is not None or name in self.prepared.setting.functions
        return {name} if not known and name in CONVENTIONAL else set()

    def fitted(self, trees: Sequence[Tree], alone: bool = False) -> Fitted:
        """All relations that fit, typed together; `alone`: without the premises, unless kinds may follow from them."""
        if self.trouble(trees) is None:
            return self._together(trees, [None] * len(trees), alone)
        good: list[Tree] = []
        findings: list[Finding | None] = []
        for tree in trees:
            findings.append(self.trouble([*good, tree]))
            if findings[-1] is None:
                good.append(tree)
        return self._together(trees, findings, alone)

    def _together(self, trees: Sequence[Tree], findings: Sequence[Finding | None], alone: bool) -> Fitted:
        good = [t for t, finding in zip(trees, findings, strict=True) if finding is None]
        premises = [] if alone and not _guesses(self.typed(good)) else self._premises(good)
        typed = self.typed([*good, *premises])
        terms = iter(typed.terms)
        claims = [claims_of(next(terms))[0] if finding is None else None for finding in findings]
        return Fitted(
            tuple(claims),
            tuple(findings),
            typed.symbols,
            ranges(self.prepared.declared, typed.symbols),
            tuple([claims_of(term)[0] for term in terms]),
            typed.notes,
        )

    def _premises(self, trees: Sequence[Tree]) -> list[Tree]:
        """The premises that fit and share a variable with the trees, or with premises that do."""
        used, found = mentioned(trees, self.prepared), []
        if self._sound is None:
            self._sound = [p for p in self.prepared.premises if self.trouble([p]) is None]
        rest = self._sound
        while True:
            near = [p for p in rest if mentioned([p], self.prepared) & used]
            if not near:
                break
            rest = [p for p in rest if p not in near]
            found += near
            used |= mentioned(near, self.prepared)
        return found if not found or self.trouble([*trees, *found]) is None else []


def _guesses(typed: Typed) -> bool:
    return any(s.inferred and not _is_index(s) for s in typed.symbols)


def _is_index(symbol: Symbol) -> bool:
    return any(p.startswith("index(") for p in symbol.properties)


def _zero(tree: Tree) -> bool:
    return tree.head == "number" and tree.data == 0


def _loose(tree: Tree) -> set[str]:
    """The names of variables in a tree."""
    return {str(n.data) for n in tree.walk() if n.head == "name"} - {"I", "pi", "const", "1i", UNKNOWN_BOUND}
