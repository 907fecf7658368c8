r"""Rows to lines: whether a row goes on with a chain, begins one, defines a name, or is an equation to be solved.

One idea: what stands before decides what a row is. A row that begins with a relation goes on; an equation with an unknown, behind an implication, or behind a
derivative that is set to zero follows from the equation before; a new name is defined; anything else begins a chain. Nothing is parsed here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from derive.document.functions import parameters_of
from derive.document.introduced import introduces, only_declared, presented, used
from derive.document.mapped import Mapped
from derive.document.sayings import Teller
from derive.document.solved import marked, optimal, unmarked
from derive.document.story import DEFINITION, EQUATION, NOTE, SIDE, UNREAD, Line, Record, Said
from derive.document.trees import DERIVING, derives, names_in
from derive.document.words import CONCLUDING, assumes, solves
from derive.finding import DeriveError, Finding, Label
from derive.source import Source, Span
from derive.tree import Tree

MOST_LINES = 4_000
NEAR = 400  # characters before an equation in which a derivative is said to be zero
MOST_FORMULAS = 5_000
_ZERO = re.compile(
    r"\bzero\b|\bnull(?:setz|\s+setz)|gleich\s+null|zéro|\bvanish(?!ing\s+gradient)|\bstationar|\bcritical\b|\boptim|\bminimi[sz]|\bmaximi[sz]|\bnormal equation|(?<![\w.])0(?![\w.])|0\s*으로|0\s*이",
    re.IGNORECASE,
)
_TO_ZERO = re.compile(
    r"\bzero\b|\bvanish(?!ing\s+gradient)|\bstationar|\bnormal equation|\bnull(?:setz|\s+setz)|gleich\s+null|zéro|(?<![\w.])0\s*으로|(?:to|equal|auf|à|a)\s+\$?0(?![\w.])",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    rf"\b(?:{CONCLUDING}|solution is|solved by)\b|따라서|그러므로|얻|풀면|즉",
    re.IGNORECASE,
)
_HAS_RELATION = re.compile(r"[=<>∈]|\\(?:in|succ|succeq|leq?|geq?|sim|neq?|propto|approx|to|equiv)(?![A-Za-z])")


class Lines:
    """The lines so far, and the derivation that the next row can go on with."""

    def __init__(self, source: Source, record: Record, teller: Teller) -> None:
        self.source = source
        self.record = record
        self.teller = teller
        self.lines: list[Line] = []
        self.ends: dict[int, int] = {}
        self.group = 0
        self.open = False  # whether a chain or equations stand before, that a row can go on with
        self.kind = ""
        self.claiming = False  # whether every display claims something
        self.at = 0
        self.mentioned: set[str] = set()  # what stands in formulas of the prose that say nothing
        self.told = ""  # the words before the formula that is read, and what the formula before them spoke of
        self.subject: list[str] = []
        self.displayed = 0  # where the display begins that is read
        self.stopped = False
        self.begun = 0  # the first line behind the last heading
        self.latest = 0  # the end of what was read last
        self.zeroed = -1  # the derivation whose end was set to zero last
        self.remarks: set[int] = set()  # derivations that stand in prose
        self.targets: set[str] = set()  # what is differentiated by
        self._seen = 0

    def pause(self) -> None:
        """A heading: nothing goes on with what stands before it."""
        self.open = False
        self.begun = len(self.lines)

    def variables(self) -> frozenset[str]:
        """The names that something is differentiated by so far: they are variables, and no equation defines them."""
        for line in self.lines[self._seen :]:
            if line.tree is not None:
                self.targets |= targets(line.tree)
        self._seen = len(self.lines)
        return frozenset(self.targets)

    def _reaches(self, formula: Mapped) -> None:
        """What is said up to the end of a formula belongs to the derivation that it goes on with."""
        self.ends[self.group] = self.latest = formula.span.end

    def claimed(self, claim: Tree, formula: Mapped) -> None:
        """An equation in prose that is to be checked: a chain of its own, with which a display goes on where no other is open."""
        kept = self.group, self.kind, self.open
        self._new(SIDE, formula)
        self.remarks.add(self.group)
        operators = claim.data if isinstance(claim.data, tuple) else ()
        for number, side in enumerate(claim.args):
            op = str(operators[number - 1]) if number else ""
            self.lines.append(Line(SIDE, side.span, self.group, side, op, display=False))
        if kept[2]:
            self.group, self.kind, self.open = kept

    def concluded(self, part: Tree, formula: Mapped, prose: str) -> bool:
        """Whether an equation in prose follows from what stands before, `so $w = A^{-1} b$`; then it is taken as that."""
        if part.head != "relation" or set(_operators(part)) != {"=="} or self.claiming:
            return False
        if len(part.args) == 2 and _is_zero(part.args[1]) and _is_slope(part.args[0]) and not _at_zero(part.args[0]):
            self._set_this_to_zero(part, formula)
            return True
        part = self._solution(part, formula)
        if (
            derives(part)
            or parameters_of(part.args[0])
            or (part.args[0].head == "name" and not self._known_before(str(part.args[0].data)))
        ):
            return False
        if not self._zeroes(part, formula) and not (
            self.open and self.kind == EQUATION and _CONCLUDES.search(prose) is not None
        ):
            return False
        for pair in pairwise(part.args):
            self._equation(Tree("relation", pair, ("==",), part.span), formula, "implies", "")
        self.remarks.add(self.group)
        return True

    def stop(self, place: Span) -> None:
        """Say once that the rest is not read."""
        if self.stopped:
            return
        self.stopped = True
        message = f"the rest is not read: a document has at most {MOST_FORMULAS:,} formulas and {MOST_LINES:,} steps"
        finding = Finding("limit", message, self.source, (Label(place),))
        self.lines.append(Line(UNREAD, place, finding=finding))

    def taken(self, tree: Tree, formula: Mapped, continued: bool, linked: bool, reason: str) -> list[str]:
        """A parsed row: its first statement goes on with the derivation or begins one, the others define or declare."""
        at = self.at
        if tree.head == "where":
            for name, body in zip(tree.data if isinstance(tree.data, tuple) else (), tree.args[1:], strict=True):
                self.record.definitions.append(Said(at, str(name), body))
            tree = tree.args[0]
        parts = list(tree.args) if tree.head == "both" else [tree]
        spoken: list[str] = []
        for number, part in enumerate(parts):
            if number == 0 and continued:
                self._continue(part, formula, reason)
            elif part.head == "implies" and linked and number == 0 and not self.open and len(part.args) == 1:
                spoken += self._begin(part.args[0], formula, reason, False)  # `so, y = ...`, after prose
            elif part.head == "implies":
                self._implied(part, formula, linked and number == 0, reason)
            else:
                spoken += self._begin(part, formula, reason, number > 0)
        return spoken

    def _continue(self, part: Tree, formula: Mapped, reason: str) -> None:
        if part.head == "implies":
            self._continue(part.args[0], formula, reason)
            links = [str(x) for x in part.data] if isinstance(part.data, tuple) else []
            for link, other in zip(links, part.args[1:], strict=False):
                self._equation(other, formula, link, reason)
            return
        if not self.open:
            finding = Finding(
                "no-left-side", "this goes on with a chain, and none stands before it", self.source, (Label(part.span),)
            )
            self.lines.append(Line(UNREAD, formula.span, finding=finding))
            return
        if self.kind == EQUATION:
            self._chain_on_equation(part, formula, reason)
            return
        self._sides(part, list(part.args), formula, reason)

    def _chain_on_equation(self, part: Tree, formula: Mapped, reason: str) -> None:
        """`w = A \\\\ = B` where `w = A` is an equation: a further side of it."""
        last = next(line for line in reversed(self.lines) if line.group == self.group and line.tree is not None)
        assert last.tree is not None
        side = last.tree.args[-1]
        for op, other in zip(_operators(part), part.args, strict=False):
            tree = Tree("relation", (side, other), (op,), other.span)
            self.lines.append(Line(EQUATION, formula.span, self.group, tree, link="implies", reason=reason))
            side = other
        self._reaches(formula)

    def _sides(self, part: Tree, sides: list[Tree], formula: Mapped, reason: str) -> None:
        operators = _operators(part)
        for op, side in zip(operators, sides, strict=False):
            if op == "==" and _is_zero(side) and self._can_be_set_to_zero():
                self._set_to_zero(self._chain_so_far(), formula)
                return
            if side.head == "mul" and is_shape(side, self.source.text[side.span.start : side.span.end]):
                self.open = False
                return
            self.lines.append(Line(SIDE, side.span, self.group, side, op, reason=reason))
        self._reaches(formula)

    def _begin(self, part: Tree, formula: Mapped, reason: str, aside: bool) -> list[str]:
        """A statement that does not go on with what stands before it."""
        if part.head != "relation":
            if not aside:
                self._new(SIDE, formula)
                self.lines.append(Line(SIDE, part.span, self.group, part, reason=reason))
            return []
        operators = _operators(part)
        if self.claiming and not set(operators) & {"in", "sim"}:
            self._claim(part, formula, reason)
            return []
        if set(operators) & {"in", "sim", "succ", "succeq"} or (aside and part.args[0].head == "name"):
            self.teller.inline = aside
            spoken, claims = self.teller.say(part, self.at)
            self.teller.inline = False
            for claim in claims:
                self._equation(claim, formula, "", reason)
            return spoken
        best = optimal(part)
        if best is not None and not aside:
            self._optimum(str(part.args[0].data), *best, formula, reason)
            return []
        part = self._solution(part, formula)
        if self._defines(part):
            return self._definition(part, formula, reason)
        zeroed = not aside and not derives_head(part.args[0]) and self._zeroes(part, formula)
        if not zeroed and not aside and not (self.open and self.kind == EQUATION) and self.given(part, formula):
            self._new(EQUATION, formula)
            self.lines.append(Line(EQUATION, part.span, self.group, part))
            return []
        if self._is_equation(part):
            self._equation(part, formula, "", reason)
            return []
        if not aside:
            self._new(SIDE, formula)
            self.lines.append(Line(SIDE, part.args[0].span, self.group, part.args[0], reason=reason))
            self._sides(part, list(part.args[1:]), formula, reason)
        else:
            self._aside(part, formula, reason)
        return []

    def _claim(self, part: Tree, formula: Mapped, reason: str) -> None:
        """A chain, whatever else it could be."""
        self._new(SIDE, formula)
        self.lines.append(Line(SIDE, part.args[0].span, self.group, part.args[0], reason=reason))
        for op, side in zip(_operators(part), part.args[1:], strict=False):
            self.lines.append(Line(SIDE, side.span, self.group, side, op, reason=reason))
        self._reaches(formula)

    def _chain_so_far(self) -> list[Line]:
        return [line for line in self.lines[-200:] if line.group == self.group and line.kind == SIDE]

    def _can_be_set_to_zero(self) -> bool:
        """Whether the chain before is a derivative and what it comes to: its end is zero at an optimum, not everywhere."""
        chain = self._chain_so_far()
        return self.kind == SIDE and len(chain) > 1 and chain[0].tree is not None and derives_head(chain[0].tree)

    def _solution(self, part: Tree, formula: Mapped) -> Tree:
        """`\\hat{w} = …` or `A w^* = b` where an equation for w stands before: it is about w, and names its solution."""
        if part.head != "relation" or set(_operators(part)) != {"=="}:
            return part
        following = self.open and self.kind == EQUATION
        solved = marked(part, self.variables() or (self._to_be_solved(formula) if following else frozenset()))
        solved = {name: base for name, base in solved.items() if not self._has_meaning(name)}
        left = part.args[0]
        if left.head == "name" and left.data not in solved and not self._known_before(str(left.data)):
            return part  # it says what another name is, `\hat y = X \hat w`
        bare = unmarked(part, solved)
        if bare is None or not (following or self._zeroes(bare, formula, sure=True)):
            return part
        if part.args[0].data in solved and part.args[0].head == "name":
            self.record.definitions.append(Said(self.at, str(part.args[0].data), part.args[1]))
        elif len(part.args) == 2:
            self.record.solved.append(Said(formula.span.end, "", part))
            self.record.introduced += [Said(formula.span.end, name, None) for name in solved]
        return bare

    def given(self, part: Tree, formula: Mapped) -> bool:
        """Whether the words before an equation say that a variable solves it, which is assumed; then it is taken as that."""
        start, assumed = formula.span.start, assumes(self.told)
        if (
            part.head != "relation"
            or set(_operators(part)) != {"=="}
            or not (assumed or solves(self.told, self.source.text[max(0, start - NEAR) : start]))
        ):
            return False
        bound = {str(n.data) for n in part.walk() if n.head == "call"} | part.bound() | targets(part) | {"I"}
        free = [n for n in names_in(part) - bound if not self.record.defines(n) and not self._in_lines(n)]
        solutions = {n for n in free if assumed or n in self.subject or self.record.declaration(n) is None}
        if not solutions - self.record.sizes():
            return False
        for pair in pairwise(part.args):
            self.record.premises.append(Said(self.at, "", Tree("relation", pair, ("==",), part.span)))
        new = [n for n in sorted(solutions) if n in self.subject or self.record.declaration(n) is None]
        self.record.introduced += [Said(self.at, name, None) for name in new]
        return True

    def _optimum(
        self, name: str, zero: Tree, variable: Tree, sides: tuple[Tree, ...], formula: Mapped, reason: str
    ) -> None:
        """The derivative vanishes at a minimiser: what that is follows from there."""
        self._new(EQUATION, formula)
        self.lines.append(Line(EQUATION, zero.span, self.group, zero))
        for side in sides:
            at = Tree("relation", (Tree("name", (), variable.data, side.span), side), ("==",), side.span)
            self._equation(at, formula, "implies", reason)
        if sides and name != variable.data and not self._known_before(name):
            self.record.definitions.append(Said(self.at, name, sides[0]))

    def _has_meaning(self, name: str) -> bool:
        return self._known_before(name) and (self._in_lines(name) or not only_declared(name, self.record))

    def _to_be_solved(self, formula: Mapped) -> frozenset[str]:
        """What an equation without derivatives may be solved for, where the text concludes something of it."""
        mine = [line.tree for line in self.lines[-200:] if line.group == self.group and line.tree is not None]
        between = self.source.text[max(0, self.latest, formula.span.start - NEAR) : formula.span.start]
        if not mine or mine[-1].args[0].head == "name" or _CONCLUDES.search(between) is None:
            return frozenset()
        return frozenset(names_in(mine[-1]))

    def set_to_zero(self, tree: Tree, formula: Mapped) -> None:
        """`Setting the gradient $2 (w - a)$ to zero`: an equation, from which the next one follows."""
        self._new(EQUATION, formula)
        zero = Tree("relation", (tree, Tree("number", (), 0, tree.span)), ("==",), tree.span)
        self.lines.append(Line(EQUATION, tree.span, self.group, zero))

    def _slopes(self) -> list[list[Line]]:
        """The first derivatives so far with what they come to, the latest first."""
        chains: dict[int, list[Line]] = {}
        for line in self.lines[max(self.begun, len(self.lines) - 200) :]:
            if line.kind == SIDE:
                chains.setdefault(line.group, []).append(line)
        return [c for c in reversed(chains.values()) if len(c) > 1 and _is_slope(c[0].tree)]

    def _zeroes(self, part: Tree, formula: Mapped, sure: bool = False) -> bool:
        """Set the derivative to zero that an equation solves, where the prose before says so."""
        slopes = self._slopes()
        if not slopes or set(_operators(part)) != {"=="}:
            return False
        before = self.source.text[max(self.latest, formula.span.start - NEAR) : formula.span.start]
        slope = max(slopes, key=lambda chain: _solves(part, chain))
        if sure and not _solves(part, slope):
            return False
        current = slope[0].group == self.group and self.open and self.kind == SIDE
        if (_ZERO if current else _TO_ZERO).search(before) is None:
            return False
        if self.open and self.kind == EQUATION and (slope[0].group == self.zeroed or _solves(part, slope) < 2):
            return False
        self._set_to_zero(slope, formula)
        return True

    def _set_this_to_zero(self, part: Tree, formula: Mapped) -> None:
        """`Setting $\\partial F/\\partial U = 0$`: of a derivative that stands before, what it came to."""
        for chain in self._slopes():
            if chain[0].tree == part.args[0]:
                self._set_to_zero(chain, formula)
                return
        self._new(EQUATION, formula)
        self.lines.append(Line(EQUATION, part.span, self.group, part))

    def _set_to_zero(self, chain: list[Line], formula: Mapped) -> None:
        """Equations begin here, with the end of a chain set to zero as their premise."""
        last = chain[-1]
        self.zeroed = last.group
        assert last.tree is not None
        zero = Tree("relation", (last.tree, Tree("number", (), 0, last.span)), ("==",), last.span)
        head = chain[0].tree
        origin = None if head is None else Tree("relation", (head, zero.args[1]), ("==",), last.span)
        self._new(EQUATION, formula)
        self.lines.append(Line(EQUATION, last.span, self.group, zero, origin=origin))

    def _aside(self, part: Tree, formula: Mapped, reason: str) -> None:
        """A second equation in a row: a chain of its own, with which nothing goes on."""
        group, kind, opened = self.group, self.kind, self.open
        self._new(SIDE, formula)
        self.lines.append(Line(SIDE, part.args[0].span, self.group, part.args[0], reason=reason))
        self._sides(part, list(part.args[1:]), formula, reason)
        self.group, self.kind, self.open = group, kind, opened

    def _new(self, kind: str, formula: Mapped) -> None:
        self.group = max([self.group, *self.ends], default=0) + 1
        self.kind, self.open = kind, True
        self._reaches(formula)

    def _defines(self, part: Tree) -> bool:
        """Whether a displayed equation says what a new name is."""
        left, rest = part.args[0], part.args[1:]
        if set(_operators(part)) != {"=="} or derives_head(left):
            return False
        name = str(left.data)
        if left.head == "name":
            known = self._known_before(name) and not self._introduced(name, rest[0])
            return not known and not any(name in names_in(side) for side in rest)
        if left.head == "index":
            base = str(left.args[0].data)
            if left.args[0].head != "name":
                return False  # `(XW)_{ij} = …` says what an entry of a product is
            return not self._known_before(base) or (_by_letter(left, rest) and self._introduced(base, rest[0]))
        return (
            bool(parameters_of(left))
            and not self.teller.is_known_function(name, rest[0])
            and not self._known_before(name)
        )

    def _introduced(self, name: str, value: Tree) -> bool:
        """Whether an equation gives its value to a name that was only declared so far."""
        if self._in_lines(name) or not value.args or not only_declared(name, self.record):
            return False
        before = self.source.text[max(0, self.displayed - NEAR) : self.displayed]
        declared = max(one.at for one in self.record.declared if one.name == name)
        if presented(before, self.displayed, declared):
            return True
        return name not in self.mentioned and not used(name, self.record) and introduces(before)

    def _in_lines(self, name: str) -> bool:
        return any(line.tree is not None and name in names_in(line.tree) for line in self.lines[-200:])

    def _known_before(self, name: str) -> bool:
        if name in self.record.unknown or self.record.defines(name) or self._in_lines(name):
            return True
        if any(one.name == name for one in self.record.introduced):
            return True
        declared = self.record.declaration(name)
        return declared is not None and not (
            declared.kind == "scalar" and not declared.sizes and not declared.properties
        )

    def _definition(self, part: Tree, formula: Mapped, reason: str) -> list[str]:
        """`J(w) = a = b`: defines J as a, and begins a chain with a."""
        self.teller.inline = True
        declared = part.args[0].head == "name" and self.record.declaration(str(part.args[0].data)) is not None
        link = "" if declared else DEFINITION  # of what was declared, the shape is known
        head = Tree("relation", part.args[:2], ("==",), part.span)
        spoken, _ = self.teller.say(head, self.at)
        self.teller.inline = False
        self._new(SIDE, formula)
        self.lines.append(Line(SIDE, part.args[1].span, self.group, part.args[1], link=link, reason=reason))
        rest = Tree("relation", part.args[1:], _operators(part)[1:], part.span)
        self._sides(rest, list(part.args[2:]), formula, reason)
        return spoken

    def _is_equation(self, part: Tree) -> bool:
        """Whether a relation is to be solved: it has an unknown, or says that something is zero, or equations stand before it."""
        if len(part.args) != 2 or _operators(part) != ("==",):
            return False
        left, right = part.args
        zero = right.head == "number" and right.data == 0 and left.head != "number"
        return (
            zero
            or bool(names_in(part) & self.record.unknown)
            or (self.open and self.kind == EQUATION and not derives_head(left))
        )

    def _implied(self, part: Tree, formula: Mapped, linked: bool, reason: str) -> None:
        links = [str(x) for x in part.data] if isinstance(part.data, tuple) else []
        if len(links) < len(part.args):
            links = ["", *links]
        for number, (link, other) in enumerate(zip(links, part.args, strict=False)):
            if number == 0 and not linked and not link and len(other.args) > 2 and derives_head(other.args[0]):
                self._begin(other, formula, reason, False)  # `∇f = A x - b = 0 ⟹ …`
                continue
            if number == 0 and not linked and not link:
                self._new(EQUATION, formula)
            self._equation(other, formula, link, reason)

    def _equation(self, part: Tree, formula: Mapped, link: str, reason: str) -> None:
        if part.head != "relation":
            return
        if link and self.open and self.kind == SIDE:
            self._equations_from_chain()
        if not self.open or self.kind != EQUATION:
            self._new(EQUATION, formula)
        elif link:
            part = self._solution(part, formula)
        span = Span(part.args[0].span.start, part.args[-1].span.end)
        self.lines.append(Line(EQUATION, span, self.group, part, link=link, reason=reason))
        self._reaches(formula)

    def _equations_from_chain(self) -> None:
        """A chain of one relation, of which an implication follows, is an equation."""
        mine = [k for k, line in enumerate(self.lines) if line.group == self.group and line.kind == SIDE]
        if len(mine) != 2:
            return
        first, second = self.lines[mine[0]], self.lines[mine[1]]
        assert first.tree is not None
        assert second.tree is not None
        span = Span(first.span.start, second.span.end)
        tree = Tree("relation", (first.tree, second.tree), (second.op,), span)
        self.lines[mine[0]] = Line(EQUATION, span, self.group, tree, reason=second.reason)
        del self.lines[mine[1]]
        self.kind = EQUATION

    def unread_side(self, part: Mapped, trouble: DeriveError) -> None:
        """A side of a chain that cannot be read."""
        self.lines.append(Line(UNREAD, part.span, finding=_at_home(trouble.finding, part, self.source)))

    def sides(self, sides: Sequence[Tree], formula: Mapped) -> None:
        """A chain of equal sides that begins here."""
        self._new(SIDE, formula)
        for number, side in enumerate(
            [side for side in sides if not _is_zero(side)]
        ):  # what is zero may be what is not read
            self.lines.append(Line(SIDE, side.span, self.group, side, "==" if number else ""))

    def unread(self, formula: Mapped, trouble: DeriveError, continued: bool) -> None:
        finding = _at_home(trouble.finding, formula, self.source)
        if _HAS_RELATION.search(formula.text) is None and not continued:
            self.lines.append(Line(NOTE, formula.span, finding=finding))
            self.open = False
            return
        self.lines.append(Line(UNREAD, formula.span, self.group if continued else 0, finding=finding))
        if not continued:
            self.open = False


def _is_zero(tree: Tree) -> bool:
    return tree.head == "number" and tree.data == 0


def _by_letter(left: Tree, rest: Sequence[Tree]) -> bool:
    """Whether an entry `p_i` is given by a formula in i, without p."""
    if len(left.args) != 2 or left.args[1].head != "name" or len(rest) != 1:
        return False
    names = names_in(rest[0])
    return str(left.args[1].data) in names and str(left.args[0].data) not in names


def _at_zero(tree: Tree) -> bool:
    """`\\nabla f(0)`: a value, and nothing to be set to zero."""
    inside = tree.args[0] if tree.head == "call" and tree.args else tree
    return inside.head == "call" and any(a.head == "number" for a in inside.args)


def _is_slope(tree: Tree | None) -> bool:
    """Whether a side is a first derivative."""
    if tree is None or not derives_head(tree) or (tree.head == "call" and tree.data == "hess"):
        return False
    return not tree.args or not derives_head(tree.args[0])


def targets(tree: Tree) -> set[str]:
    """The names that derivatives in a tree are by."""
    found: set[str] = set()
    for node in tree.walk():
        if node.head == "derivative" or (node.head == "call" and node.data in DERIVING):
            for target in node.args[1:]:
                found |= names_in(target)
            if len(node.args) == 1 and node.args[0].head == "call" and len(node.args[0].args) == 1:
                found |= names_in(node.args[0].args[0])
    return found


def _solves(part: Tree, chain: list[Line]) -> int:
    """How well an equation fits the derivative that it may solve: its variable stands on the left alone, on both sides, or nowhere."""
    variables = targets(chain[0].tree) if chain[0].tree is not None else set()
    left, right = (bool(variables & names_in(part.args[k])) for k in (0, -1))
    return 2 if left and not right else 1 if left or right else 0


def is_shape(tree: Tree, text: str) -> bool:
    """Whether a row only multiplies sizes, `(m \\times 1) \\cdot (1 \\times n) = m \\times n`: it is about shapes, not numbers."""
    heads = {n.head for n in tree.walk()}
    return "\\times" in text and "mul" in heads and heads <= {"relation", "mul", "name", "number"}


def _operators(tree: Tree) -> tuple[str, ...]:
    return tuple([str(op) for op in tree.data]) if isinstance(tree.data, tuple) else ()


def derives_head(tree: Tree) -> bool:
    """Whether a side is a derivative as a whole: `∂J/∂w`, `∇f`."""
    return tree.head in ("derivative", "differential", "prime") or (
        tree.head == "call" and tree.data in ("grad", "jac", "hess")
    )


def _at_home(finding: Finding, formula: Mapped, source: Source) -> Finding:
    """A finding with its places in the author's text."""
    labels = tuple([Label(formula.place(label.span), label.text) for label in finding.labels])
    return finding._replace(source=source, labels=labels or (Label(formula.span),))
