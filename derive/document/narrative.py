r"""From pieces to a story: formulas are parsed, prose around them is looked through, and every displayed row becomes a line of a derivation.

One idea: the document is read twice, first to learn which names it declares and defines, then with them, because whether `x_i` is an entry or a name, and
`d x` a product or a differential, depends on that. What is not understood becomes a line of its own and spoils no other.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from derive.document import shapes, words
from derive.document.container import BREAK, DIRECTIVE, FORMULA, LATEX, PROSE, Container, Piece
from derive.document.mapped import Mapped
from derive.document.rows import Row, plain_rows, rows
from derive.document.sayings import Teller
from derive.document.story import DEFINITION, EQUATION, NOTE, SIDE, UNREAD, Line, Record, Said, Story
from derive.document.trees import derives, names_in, placed
from derive.finding import DeriveError, Finding, Label
from derive.source import Source, Span
from derive.syntax import Declared, parse_declarations, parse_latex_statement, parse_statement
from derive.tree import Tree

MOST_LINES = 10_000
MOST_FORMULAS = 5_000
_BEGINS_WITH_RELATION = re.compile(
    r"\s*(?:&|\s|\\quad|\\qquad|\\[,;:! ]|\{\})*(?:=(?!=)|==|:=|<=?|>=?|\\(?:leq?|geq?|approx|propto|equiv|simeq|overset|stackrel)(?![A-Za-z]))"
)
_BEGINS_WITH_LINK = re.compile(
    r"\s*(?:&|\s|\\quad|\\qquad|\\[,;:! ]|\{\})*(?:==>|<=>|\\(?:implies|Rightarrow|Longrightarrow|iff|Leftrightarrow|Longleftrightarrow|therefore)(?![A-Za-z]))"
)
_HAS_RELATION = re.compile(r"[=<>∈]|\\(?:in|succ|succeq|leq?|geq?|sim|neq?|propto|approx|to|equiv)(?![A-Za-z])")
_CONDITIONAL = re.compile(r"\b(?:if|when|unless|whether|suppose for)\b[^.;]*$", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|no|never|without|need)\b[^.;]*$|n't\b[^.;]*$", re.IGNORECASE)
_REASON = re.compile(r"\\text\{\s*\(([^{}]*)\)\s*\}\s*$")
_ZERO = re.compile(
    r"\bzero\b|\bvanish|\bstationar|\bcritical\b|\boptim|\bminimi[sz]|\bmaximi[sz]|\bnormal equation|(?<![\w.])0(?![\w.])|0\s*으로|0\s*이",
    re.IGNORECASE,
)
_DEPENDS = re.compile(
    r"\b(?:depend(?:s|ing)?\s+(?:\w+\s+)?on|(?:smooth |differentiable )?functions?\s+of|var(?:y|ies)\s+with)\s+(?:the\s+)?(?:\w+\s+){0,2}\$?(?:\\\()?$"
)
_LEFT = re.compile(r"\\(?:left|bigl?|Bigl?|biggl?|Biggl?)\s*$")
_JOINING = re.compile(r"[\s$,]*(?:and|,|or)?[\s$]*(?:\\[()\[\]])?[\s]*\Z", re.IGNORECASE)


def story(container: Container) -> Story:
    """What a document says; never raises for what its author wrote."""
    first = _Narrator(container, frozenset())
    first.run()
    second = _Narrator(container, first.record.names())
    second.run()
    text = container.source.text
    return Story(
        tuple([line._replace(span=_widened(line.span, text)) for line in second.lines]),
        second.record,
        _reach(second.ends, container),
    )


def _widened(span: Span, text: str) -> Span:
    """A span with the `\\left` or `\\bigl` that belongs to the bracket where it begins."""
    before = _LEFT.search(text, max(0, span.start - 12), span.start)
    return Span(before.start(), span.end) if before is not None else span


def _reach(ends: dict[int, int], container: Container) -> dict[int, int]:
    """Up to where what is said belongs to a derivation: to the next display behind it, for `where p = softmax(z)`."""
    starts = [p.text.span.start for p in container.pieces if p.display or p.kind == BREAK]
    last = len(container.source.text)
    return {
        group: starts[k] - 1 if (k := bisect_left(starts, end)) < len(starts) else last for group, end in ends.items()
    }


class _Narrator:
    """A position in the pieces, and what was understood so far."""

    def __init__(self, container: Container, names: frozenset[str]) -> None:
        self.container = container
        self.source: Source = container.source
        self.names = names
        self.record = Record()
        self.teller = Teller(self.record)
        self.lines: list[Line] = []
        self.ends: dict[int, int] = {}
        self.group = 0
        self.open = False  # whether a chain or equations stand before, that a row can go on with
        self.kind = ""
        self.prose = ""  # since the last formula
        self.left: list[str] = []  # names that the last formula speaks of
        self.listed: list[str] = []  # and those that it was listed with
        self.older: list[str] = []  # that the formula before it spoke of
        self.conditional = False

    def run(self) -> None:
        formulas = 0
        for piece in self.container.pieces:
            formulas += piece.kind == FORMULA
            if len(self.lines) >= MOST_LINES or formulas > MOST_FORMULAS:
                self._stop(piece)
                return
            if piece.kind == PROSE:
                self.prose += piece.text.text
            elif piece.kind == BREAK:
                self._behind(self.prose)
                self.open = False
            elif piece.kind == DIRECTIVE:
                self._directive(piece.text)
            elif piece.kind == FORMULA and piece.display:
                self._display(piece)
            elif piece.kind == FORMULA:
                self._inline(piece)
        self._behind(self.prose)

    def _stop(self, piece: Piece) -> None:
        """Say that the rest is not read."""
        message = f"the rest is not read: a document has at most {MOST_FORMULAS:,} formulas and {MOST_LINES:,} steps"
        finding = Finding("limit", message, self.source, (Label(piece.text.span),))
        self.lines.append(Line(UNREAD, piece.text.span, finding=finding))

    # Prose.

    def _behind(self, prose: str) -> None:
        """What prose says of the formula before it."""
        self.prose = ""
        if self.left and not self.conditional:
            names = self.listed if words.shared(prose) else self.left
            for word in words.behind(prose):
                self._properties(names, word)

    def _properties(self, names: list[str], word: str) -> None:
        """A word of variables that it can be said of; else of those of the formula before, as in `X(t) for t in R, invertible`."""
        fitting = [n for n in names if self._fits(n, word)] or [n for n in self.older if self._fits(n, word)]
        for name in fitting:
            self._property(name, word)

    def _fits(self, name: str, word: str) -> bool:
        one = self._declared(name)
        if one is None or not one.sizes:
            return word not in words.FOR_MATRICES | words.FOR_VECTORS or (one is None and word != "identity")
        return word not in (words.FOR_MATRICES if len(one.sizes) == 1 else words.FOR_VECTORS)

    def _property(self, name: str, word: str) -> None:
        at = self.at
        if word == "unknown":
            self.record.unknown.add(name)
        elif word == "identity":
            self._identity(name, at)
        elif word == "orthonormal-columns":
            self._orthonormal(name, at)
        elif word == "full-column-rank" or word == "full-row-rank":
            self.record.properties.append(Said(at, name, "full-rank"))
        elif word not in ("ones", "random"):
            self.record.properties.append(Said(at, name, word))

    def _identity(self, name: str, at: int) -> None:
        declared = self._declared(name)
        if name == "I":
            self.record.declared = [s for s in self.record.declared if s.name != "I"]
        elif declared is not None and declared.sizes:
            self.teller.define(name, Tree("call", (declared.sizes[0],), "eye", declared.span), at)

    def _orthonormal(self, name: str, at: int) -> None:
        tree = Tree("name", (), name)
        gram = Tree("mul", (Tree("transpose", (tree,)), tree))
        self.record.premises.append(Said(at, "", Tree("relation", (gram, Tree("name", (), "I")), ("==",))))

    def _declared(self, name: str) -> Declared | None:
        found = [s.value for s in self.record.declared if s.name == name]
        return found[-1] if found and isinstance(found[-1], Declared) else None

    # Formulas in prose.

    @property
    def at(self) -> int:
        return self._at

    _at = 0

    def _inline(self, piece: Piece) -> None:
        given, prose = words.before(self.prose)
        told = self.prose
        joined = _JOINING.match(self.prose) is not None
        self._behind(prose)
        formula = piece.text
        self._at = formula.span.start
        self.conditional = _CONDITIONAL.search(prose) is not None or _NEGATED.search(prose) is not None
        depends = _DEPENDS.search(told.rstrip("\n")) is not None
        spoken = self._said(formula, piece.notation)
        if depends and len(spoken) == 1:
            self._curves(self.left, spoken[0])
        self.listed = [*self.listed, *spoken] if joined else spoken
        self.older = self.left
        self.left = spoken
        if not self.conditional:
            for word in given:
                self._properties(spoken, word)

    def _curves(self, names: list[str], scalar: str) -> None:
        """`K` depends on `theta`: a curve, where theta is a number."""
        one = self._declared(scalar)
        if one is None or one.kind == "scalar":
            self.record.curves += [
                Said(self.at, name, scalar) for name in names if self._declared(name) is not None and name != scalar
            ]

    def _said(self, formula: Mapped, notation: str) -> list[str]:
        known = self._by_form(formula.text)
        if known is not None:
            return known
        try:
            tree = self._parsed(formula, notation, False)
        except DeriveError as trouble:
            if "=" in formula.text and derives_in_text(formula.text):
                self._unread(formula, trouble, False)
            return []
        self.teller.inline = True
        self.teller.before = frozenset()
        if self.conditional and tree.head == "relation" and tree.data == ("==",) and not derives(tree):
            return sorted(names_in(tree))
        spoken, claims = self.teller.say(tree, self.at)
        for claim in claims:
            self._claimed(claim, formula)
        return spoken

    def _claimed(self, claim: Tree, formula: Mapped) -> None:
        """An equation in prose that is to be checked: a chain of its own."""
        self.group += 1
        operators = claim.data if isinstance(claim.data, tuple) else ()
        for number, side in enumerate(claim.args):
            op = str(operators[number - 1]) if number else ""
            self.lines.append(Line(SIDE, side.span, self.group, side, op, display=False))
        self.ends[self.group] = formula.span.end

    def _by_form(self, text: str) -> list[str] | None:
        """Formulas that are read by their form alone."""
        spaces = shapes.function(text)
        if spaces is not None:
            kind = "function" if not spaces.target and spaces.source else "elementwise"
            if spaces.target and spaces.source:
                return []  # of vectors to vectors: what it is stands elsewhere, or nowhere
            self.record.declared.append(Said(self.at, spaces.name, Declared(spaces.name, kind)))
            return [spaces.name]
        listed = shapes.listing(text)
        return None if listed is None else self._listed(listed)

    def _listed(self, listed: shapes.Listing) -> list[str]:
        name, at = listed.name, self.at
        sizes = self._sizes(listed)
        if listed.name == listed.member:
            count = self._count(listed)
            self.teller.declare(name, sizes or (count,), at)
            if listed.first == "0":
                self.record.zero_based.add(name)
            return [name]
        if len(sizes) == 1:
            return []
        if sizes:
            self.teller.declare(name, sizes, at)
        kind = "rows" if listed.turned else "columns"
        self.teller.rows(listed.member, name, sizes, at, kind)
        return [name]

    def _sizes(self, listed: shapes.Listing) -> tuple[Tree, ...]:
        if not listed.rest:
            return ()
        tree = parse_latex_statement(f"x {listed.rest}")
        space = tree.args[-1]
        return space.args if space.head == "call" and space.data == "Reals" else ()

    def _count(self, listed: shapes.Listing) -> Tree:
        from derive.syntax import parse_latex

        last = parse_latex(listed.last)
        return last if listed.first == "1" else Tree("add", (last, Tree("number", (), 1)))

    # Remarks for us.

    def _directive(self, text: Mapped) -> None:
        """`A symmetric`, `x: vector(n)`, `layout: denominator`."""
        self._at = text.span.start
        for part in re.split(r"[;\n]", text.text):
            name, _, rest = part.strip().partition(" ")
            try:
                if ":" in part or " in " in part or "∈" in part or "\\" in part:
                    self.record.declared += [Said(0, d.name, d) for d in parse_declarations(part.strip())]
                elif name and rest.strip() == "unknown":
                    self.record.unknown.add(name)
                elif name and rest.strip():
                    found = parse_declarations(f"{name}: matrix {rest}")
                    self.record.properties += [Said(0, name, word) for word in found[0].properties]
            except DeriveError as trouble:
                finding = Finding("bad-directive", trouble.finding.message, self.source, (Label(text.span),))
                self.lines.append(Line(UNREAD, text.span, finding=finding, display=False))

    # Displays.

    def _display(self, piece: Piece) -> None:
        self._behind(self.prose)
        self._at = piece.text.span.start
        known = self._by_form(piece.text.text) if piece.notation == LATEX else None
        if known is not None:
            self.left = known
            return
        found: Sequence[Row] = rows(piece.text) if piece.notation == LATEX else plain_rows(piece.text)
        spoken: list[str] = []
        for row in found:
            if len(self.lines) >= MOST_LINES:
                self._stop(piece)
                return
            self._at = row.text.span.start
            spoken += self._row(row.text, piece.notation)
        self.left = self.listed = spoken
        self.conditional = False

    def _row(self, formula: Mapped, notation: str) -> list[str]:
        continued = _BEGINS_WITH_RELATION.match(formula.text) is not None
        linked = not continued and _BEGINS_WITH_LINK.match(formula.text) is not None
        if notation != LATEX and self._declares(formula):
            return []
        try:
            tree = self._parsed(formula, notation, continued or linked)
        except DeriveError as trouble:
            self._unread(formula, trouble, continued)
            return []
        reason = _REASON.search(formula.text)
        self.teller.inline = False
        if _is_shape(tree, formula.text):
            self.open = False
            return []
        return self._taken(tree, formula, continued, linked, reason[1].strip() if reason else "")

    def _declares(self, formula: Mapped) -> bool:
        """A line of plain notation that declares: `A: matrix(n, n) symmetric`, `x in R^n`."""
        text = formula.text
        if not re.match(r"\s*[\w,\s]+(?::(?!=)|\bin\b|∈)", text):
            return False
        try:
            found = parse_declarations(text)
        except DeriveError:
            return False
        self.record.declared += [Said(self.at, d.name, d) for d in found]
        return True

    def _parsed(self, formula: Mapped, notation: str, continued: bool) -> Tree:
        if notation != LATEX:
            return self._plain(formula, continued)
        formula, laws = shapes.without_laws(formula)
        for law in laws:
            self.teller.say(parse_latex_statement(law.text, names=self.names), 0)
        text = formula.text.rstrip(" .,;&\n")
        tree = parse_latex_statement(text, "formula", self.names, continued=continued)
        return placed(tree, formula)

    def _plain(self, formula: Mapped, continued: bool) -> Tree:
        """Plain notation; a line that begins with a relation goes on with the line before."""
        if not continued:
            return placed(parse_statement(formula.text, "formula", self.names), formula)
        lead = len(formula.text) - len(formula.text.lstrip("&= \t:"))
        rest = formula.part(lead, len(formula.text))
        tree = placed(parse_statement(rest.text, "formula", self.names), rest)
        if tree.head == "relation" and isinstance(tree.data, tuple):
            return Tree("relation", tree.args, ("==", *tree.data), tree.span)
        return Tree("relation", (tree,), ("==",), tree.span)

    # Rows.

    def _taken(self, tree: Tree, formula: Mapped, continued: bool, linked: bool, reason: str) -> list[str]:
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
        self.ends[self.group] = formula.span.end

    def _sides(self, part: Tree, sides: list[Tree], formula: Mapped, reason: str) -> None:
        operators = _operators(part)
        for op, side in zip(operators, sides, strict=False):
            if op == "==" and _is_zero(side) and self._can_be_set_to_zero():
                self._set_to_zero(formula)
                return
            if side.head == "mul" and _is_shape(side, self.source.text[side.span.start : side.span.end]):
                self.open = False
                return
            self.lines.append(Line(SIDE, side.span, self.group, side, op, reason=reason))
        self.ends[self.group] = formula.span.end

    def _begin(self, part: Tree, formula: Mapped, reason: str, aside: bool) -> list[str]:
        """A statement that does not go on with what stands before it."""
        if part.head != "relation":
            if not aside:
                self._new(SIDE, formula)
                self.lines.append(Line(SIDE, part.span, self.group, part, reason=reason))
            return []
        operators = _operators(part)
        if set(operators) & {"in", "sim", "succ", "succeq"} or (aside and part.args[0].head == "name"):
            self.teller.inline = aside
            spoken, claims = self.teller.say(part, self.at)
            self.teller.inline = False
            for claim in claims:
                self._equation(claim, formula, "", reason)
            return spoken
        if self._defines(part):
            return self._definition(part, formula, reason)
        if (
            not aside
            and self.open
            and self._can_be_set_to_zero()
            and not derives_head(part.args[0])
            and self._says_zero(formula)
        ):
            self._set_to_zero(formula)
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

    def _chain_so_far(self) -> list[Line]:
        return [line for line in self.lines[-200:] if line.group == self.group and line.kind == SIDE]

    def _can_be_set_to_zero(self) -> bool:
        """Whether the chain before is a derivative and what it comes to: its end is zero at an optimum, not everywhere."""
        chain = self._chain_so_far()
        return self.kind == SIDE and len(chain) > 1 and chain[0].tree is not None and derives_head(chain[0].tree)

    def _set_to_zero(self, formula: Mapped) -> None:
        """Equations begin here, with the end of the chain before set to zero as their premise."""
        last = self._chain_so_far()[-1]
        assert last.tree is not None
        zero = Tree("relation", (last.tree, Tree("number", (), 0, last.span)), ("==",), last.span)
        self._new(EQUATION, formula)
        self.lines.append(Line(EQUATION, last.span, self.group, zero))

    def _says_zero(self, formula: Mapped) -> bool:
        """Whether the prose since the display before speaks of zero, or of an optimum."""
        start = formula.span.start
        before = self.source.text[self.ends.get(self.group, start) : start]
        return _ZERO.search(before) is not None

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
        self.ends[self.group] = formula.span.end

    def _defines(self, part: Tree) -> bool:
        """Whether a displayed equation says what a new name is."""
        from derive.document.functions import parameters_of

        left, rest = part.args[0], part.args[1:]
        if set(_operators(part)) != {"=="} or derives_head(left):
            return False
        name = str(left.data)
        if left.head == "name":
            known = self._known_before(name)
            return not known and not any(name in names_in(side) for side in rest)
        return (
            bool(parameters_of(left))
            and not self.teller._is_known_function(name, rest[0])
            and not self._known_before(name)
        )

    def _known_before(self, name: str) -> bool:
        if name in self.record.unknown or any(
            s.name == name for s in (*self.record.definitions, *self.record.functions)
        ):
            return True
        if self.lines and any(line.tree is not None and name in names_in(line.tree) for line in self.lines[-200:]):
            return True
        declared = self._declared(name)
        return declared is not None and not (
            declared.kind == "scalar" and not declared.sizes and not declared.properties
        )

    def _definition(self, part: Tree, formula: Mapped, reason: str) -> list[str]:
        """`J(w) = a = b`: defines J as a, and begins a chain with a."""
        self.teller.inline = True
        head = Tree("relation", part.args[:2], ("==",), part.span)
        spoken, _ = self.teller.say(head, self.at)
        self.teller.inline = False
        self._new(SIDE, formula)
        self.lines.append(Line(SIDE, part.args[1].span, self.group, part.args[1], link=DEFINITION, reason=reason))
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
        span = Span(part.args[0].span.start, part.args[-1].span.end)
        self.lines.append(Line(EQUATION, span, self.group, part, link=link, reason=reason))
        self.ends[self.group] = formula.span.end

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

    # What is not read.

    def _unread(self, formula: Mapped, trouble: DeriveError, continued: bool) -> None:
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


def _is_shape(tree: Tree, text: str) -> bool:
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


def derives_in_text(text: str) -> bool:
    return "\\partial" in text or "\\nabla" in text


def _at_home(finding: Finding, formula: Mapped, source: Source) -> Finding:
    """A finding with its places in the author's text."""
    labels = tuple([Label(formula.place(label.span), label.text) for label in finding.labels])
    return finding._replace(source=source, labels=labels or (Label(formula.span),))
