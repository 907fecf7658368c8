r"""From pieces to a story: formulas are parsed, prose around them is looked through, and every displayed row becomes a line of a derivation.

One idea: the document is read twice, first to learn which names it declares and defines, then with them, because whether `x_i` is an entry or a name, and
`d x` a product or a differential, depends on that. What is not understood becomes a line of its own and spoils no other.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from derive.document import items, members, memberships, shapes, words
from derive.document.container import (
    ALONE,
    BREAK,
    CLAIMING,
    DIRECTIVE,
    EXPECTING,
    FORMULA,
    LATEX,
    PROSE,
    Container,
    Piece,
)
from derive.document.densities import drawn, observed
from derive.document.factors import factors
from derive.document.families import linked, member_of
from derive.document.formulas import Formulas, Kinds
from derive.document.lines import MOST_FORMULAS, MOST_LINES, Lines, is_shape
from derive.document.mapped import Mapped
from derive.document.rows import Row, plain_rows, rows, sides_of
from derive.document.sayings import Teller
from derive.document.solved import set_to_zero
from derive.document.story import UNREAD, Condition, Function, Line, Record, Said, Story
from derive.document.suppositions import Reach, compared, cut, is_condition, letters_reach, reach
from derive.document.trees import derives, names_in
from derive.finding import DeriveError, Finding, Label
from derive.source import Source, Span
from derive.syntax import Declared, parse_declarations, parse_latex_statement
from derive.tree import Tree

_BEGINS_WITH_RELATION = re.compile(
    r"\s*(?:&|\s|\\quad|\\qquad|\\[,;:! ]|\{\})*(?:=(?!=)|==|:=|<=?|>=?|\\(?:leq?|geq?|approx|propto|equiv|simeq|overset|stackrel)(?![A-Za-z]))"
)
_BEGINS_WITH_LINK = re.compile(
    r"\s*(?:&|\s|\\quad|\\qquad|\\[,;:! ]|\{\})*(?:==>|<=>|\\(?:implies|Rightarrow|Longrightarrow|iff|Leftrightarrow|Longleftrightarrow|therefore)(?![A-Za-z]))"
)
_CONDITIONAL = re.compile(rf"\b(?:{words.IF}|unless|whether|ob|suppose for)\b[^.;]*$|{words.HOLDS_FOR}", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|no|never|without|need)\b[^.;]*$|n't\b[^.;]*$", re.IGNORECASE)
_APART = re.compile(r",\s*(?:and|und|et|y|e)\s+(?=(?:let\s+|sei\s+|soit\s+|sea\s+)?[$\\(\s]*\Z)", re.IGNORECASE)
_REASON = re.compile(r"\\text\{\s*\(([^{}]*)\)\s*\}\s*$")
_DEPENDS = re.compile(
    r"\b(?:depend(?:s|ing)?\s+(?:\w+\s+)?on|(?:smooth |differentiable )?functions?\s+of|var(?:y|ies)\s+with)\s+(?:the\s+)?(?:\w+\s+){0,2}\$?(?:\\\()?$"
)
_SHAPE = re.compile(r"\s*\w+\s*(?:\\times|×)\s*\w+\s*")
_IS = re.compile(
    r"\b(?:be|is|are|being|denotes?|sei|seien|ist|sind|eine|soit|soient|est|sont|une|sea|sean|es|una)\b", re.IGNORECASE
)
_A_MATRIX = re.compile(r"(?:\\\))?[\s$-]*(?:[^\W\d]+,?[ \n]+){0,4}matri", re.IGNORECASE)
_ONE = r"\s*(?!\\[lcv]?dots)(?:\\(?:mathbf|boldsymbol|bm)\s*\{\s*\\?[A-Za-z]+\s*\}|\\[A-Za-z]+|[A-Za-z])(?:_(?:\w|\{\w+\}))?\s*"
_NAMES = re.compile(rf"{_ONE}(?:,{_ONE})+")  # `A, B`
_LEFT = re.compile(r"\\(?:left|bigl?|Bigl?|biggl?|Biggl?)\s*$")
_DEFINING = re.compile(
    r"\b(?:where|with|let|define|definiere|set|put|denote|writ(?:e|ing)|for|mit|wobei|sei|setze)\b[^.;]{0,30}\Z",
    re.IGNORECASE,
)
_MATRICES = re.compile(r"matri|definite", re.IGNORECASE)
_BLANK = re.compile(r"\n[ \t>]*\n")
_EDGES = re.compile(r"\A(?:`?\$+|\\\)|\\\])|(?:\$+`?|\\\(|\\\[)\Z")  # the marks of the formulas around
_JOINING = re.compile(r"[\s$,]*(?:and|,|or)?[\s$]*(?:\\[()\[\]])?[\s]*\Z", re.IGNORECASE)


def story(container: Container) -> Story:
    """What a document says; never raises for what its author wrote."""
    first = _Narrator(container, frozenset())
    first.run()
    second = _Narrator(container, first.record.names(), (first.record.of_order(2), first.record.of_order(1)))
    second.formulas.factors = factors(first.record)
    second.run()
    text = container.source.text
    return Story(
        tuple([line._replace(span=_widened(line.span, text)) for line in second.weave.lines]),
        second.record,
        _reach(second.weave, container),
    )


def _widened(span: Span, text: str) -> Span:
    """A span with the `\\left` or `\\bigl` that belongs to the bracket where it begins."""
    before = _LEFT.search(text, max(0, span.start - 12), span.start)
    return Span(before.start(), span.end) if before is not None else span


def _reach(weave: Lines, container: Container) -> dict[int, int]:
    """Up to where what is said belongs to a derivation: to the next display behind it, for `where p = softmax(z)`.

    Of one in prose, to the end of its paragraph where that comes before.
    """
    starts = [p.text.span.start for p in container.pieces if p.display or p.kind == BREAK]
    last = len(container.source.text)
    found: dict[int, int] = {}
    for group, end in weave.ends.items():
        found[group] = starts[k] - 1 if (k := bisect_left(starts, end)) < len(starts) else last
        blank = _BLANK.search(container.source.text, end) if group in weave.remarks else None
        if blank is not None:
            found[group] = min(found[group], blank.start())
    return found


class _Narrator:
    """A position in the pieces, and what was understood so far."""

    def __init__(self, container: Container, names: frozenset[str], kinds: Kinds = (frozenset(), frozenset())) -> None:
        self.container = container
        self.source: Source = container.source
        self.record = Record()
        self.teller = Teller(self.record)
        self.weave = Lines(self.source, self.record, self.teller)
        self.prose = ""  # since the last formula
        self.number = 0  # of the piece that is read
        self.left: list[str] = []  # names that the last formula speaks of
        self.listed: list[str] = []  # and those that it was listed with
        self.older: list[str] = []  # that the formula before it spoke of
        self.conditional = False
        self.reach: Reach | None = None  # of the last formula, where it is a condition
        self.links = members.links(container.pieces)
        texts = [p.text.text for p in container.pieces if p.kind == FORMULA]
        self.teller.data, self.teller.drawn = observed(texts), drawn(texts)
        self.formulas = Formulas(self.record, self.teller, names, kinds, texts)
        self.teller.counts = {i: Tree("name", (), n) for i, n in shapes.counts(texts).items()}

    def run(self) -> None:
        formulas = 0
        for number, piece in enumerate(self.container.pieces):
            self.number = number
            formulas += piece.kind == FORMULA
            if len(self.weave.lines) >= MOST_LINES or formulas > MOST_FORMULAS:
                self.weave.stop(piece.text.span)
                return
            if piece.kind == PROSE:
                self.prose += _EDGES.sub("", piece.text.text)
            elif piece.kind == BREAK:
                self._behind(self.prose)
                self.weave.pause()
            elif piece.kind == DIRECTIVE:
                self._directive(piece.text)
            elif piece.kind == FORMULA and piece.display:
                self._display(piece)
            elif piece.kind == FORMULA:
                self._inline(piece)
        self._behind(self.prose)

    # Prose.

    def _behind(self, prose: str) -> None:
        """What prose says of the formula before it."""
        self.prose = ""
        if not self.left or (self.conditional and self.reach is None):
            return
        names = self.listed if words.shared(prose) else self.left
        with self._supposing():
            for word in words.behind(prose):
                self._properties(names, word)

    def _properties(self, names: list[str], word: str) -> None:
        """A word of variables that it can be said of; else of those of the formula before, as in `X(t) for t in R, invertible`."""
        fitting = [n for n in names if self._fits(n, word)] or [n for n in self.older if self._fits(n, word)]
        for name in fitting:
            self._property(name, word)

    def _fits(self, name: str, word: str) -> bool:
        one = self.record.declaration(name)
        if one is None and name[0].islower() and word in words.FOR_MATRICES and name not in self.left:
            return False  # a letter of a list, of which the last may be meant
        if one is None or not one.sizes:
            return word not in words.FOR_MATRICES | words.FOR_VECTORS or (one is None and word != "identity")
        if len(one.sizes) == 2 and one.sizes[0] != one.sizes[1] and word in words.SQUARE:
            return False
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
        declared = self.record.declaration(name)
        if name == "I":
            self.record.declared = [s for s in self.record.declared if s.name != "I"]
        elif declared is not None and declared.sizes:
            self.teller.define(name, Tree("call", (declared.sizes[0],), "eye", declared.span), at)

    def _orthonormal(self, name: str, at: int) -> None:
        tree = Tree("name", (), name)
        gram = Tree("mul", (Tree("transpose", (tree,)), tree))
        self.record.premises.append(Said(at, "", Tree("relation", (gram, Tree("name", (), "I")), ("==",))))

    # Formulas in prose.

    @property
    def at(self) -> int:
        """Where the formula stands that is read."""
        return self.weave.at

    def _inline(self, piece: Piece) -> None:
        given, prose = words.before(self.prose)
        told = self.prose
        joined = _JOINING.match(self.prose) is not None
        self._behind(prose)
        formula = piece.text
        self.weave.at = formula.span.start
        supposing = self.reach if self.conditional and joined else None
        self.conditional = _CONDITIONAL.search(prose) is not None or _negated(prose)
        self.reach = reach(self.container.pieces, self.number) if self.conditional and is_condition(prose) else None
        self.teller.consequent = not self.conditional and self._follows(formula, told, joined)
        if supposing is not None and not self.teller.consequent:
            self.conditional, self.reach = True, supposing  # `if $A = A^\\top$ and $B = B^\\top$`
        depends = _DEPENDS.search(told.rstrip("\n")) is not None
        spoken = self._said(formula, piece.notation, told)
        if depends and len(spoken) == 1:
            self._curves(self.left, spoken[0])
        if _SHAPE.fullmatch(formula.text) and self.left:
            self._shaped(formula, told)
            if not self.conditional:
                for word in given:
                    self._properties(self.left, word)
            return  # `$\\Sigma$ ($n \\times n$) is symmetric`: what follows is said of what stands before
        self._link(piece)
        self.listed = [*self.listed, *spoken] if joined else spoken
        self.older = self.left
        self.left = spoken
        if not self.conditional:
            for word in given:
                self._properties(spoken, word)

    def _link(self, piece: Piece) -> None:
        """The rows and columns that the words up to a formula, or right behind it, name."""
        for link in [one for one in self.links if one.last == self.number]:
            trouble = linked(self.teller, link, self.container.pieces, self._statement, self.at)
            if trouble:
                finding = Finding("ambiguous", trouble, self.source, (Label(piece.text.span),))
                self.weave.lines.append(Line(UNREAD, piece.text.span, finding=finding, display=False))

    def _statement(self, text: str) -> Tree:
        return parse_latex_statement(text, names=self.formulas.names)

    def _shaped(self, formula: Mapped, told: str) -> None:
        """`Let $A$ be an $m \\times n$ matrix`: the shape of what stands before, where nothing else declares it."""
        end = formula.span.end
        matrices = _MATRICES.search(told) or _A_MATRIX.match(self.source.text[end : end + 80])
        if self.conditional or not matrices or not _IS.search(told):
            return
        space = parse_latex_statement(rf"x \in \mathbb{{R}}^{{{formula.text}}}", names=self.formulas.names).args[-1]
        for name in self.left:
            one = self.record.declaration(name)
            if (one is None or not one.sizes) and space.data == "Reals":
                self.teller.declare(name, space.args, self.at)

    def _curves(self, names: list[str], scalar: str) -> None:
        """`K` depends on `theta`: a curve, where theta is a number."""
        one = self.record.declaration(scalar)
        if one is None or one.kind == "scalar":
            self.record.curves += [
                Said(self.at, name, scalar)
                for name in names
                if self.record.declaration(name) is not None and name != scalar
            ]

    def _said(self, formula: Mapped, notation: str, told: str) -> list[str]:
        whole = self._whole(formula.text, told)
        known = self._by_form(whole)
        if known is not None:
            return known
        try:
            if whole != formula.text:
                return self._read(whole)
            tree = self.formulas.parsed(formula, notation, False)
        except DeriveError as trouble:
            if "=" in formula.text and (derives_in_text(formula.text) or items.stated(self.source.text, formula.span)):
                self.weave.unread(formula, trouble, False)
            return []
        if self._compares(tree):
            return []
        self.teller.inline = True
        if tree.head not in ("relation", "name", "both", "where", "implies"):
            self.weave.mentioned |= names_in(tree)
        start = formula.span.start
        self.teller.claiming = words.states(self.source.text[max(0, start - 400) : start])
        self.teller.stating = words.holds(told) and not self.conditional
        self.teller.stated = items.stated(self.source.text, formula.span)
        self.teller.matrices = _MATRICES.search(told) is not None
        self.teller.before = frozenset() if _DEFINING.search(told) else self.weave.variables()
        if self.conditional and tree.head == "relation" and tree.data == ("==",) and not _claims(tree):
            self._suppose(tree)
            return sorted(names_in(tree))
        self.weave.told, self.weave.subject = told, self.left
        if self.weave.concluded(tree, formula, told):
            return []
        if not self.conditional and derives(tree) and self.weave.given(tree, formula):
            return sorted(names_in(tree))
        if (
            not self.conditional
            and tree.head != "relation"
            and set_to_zero(told, self.source.text[formula.span.end :][:60])
        ):
            self.weave.set_to_zero(tree, formula)
            return []
        tree = self._derivative_in_words(tree, start)
        spoken, claims = self.teller.say(tree, self.at)
        for claim in claims:
            self.weave.claimed(claim, formula)
        return spoken

    def _follows(self, formula: Mapped, told: str, joined: bool) -> bool:
        """Whether a formula in prose is what a condition of its sentence entails: `if …, then … and …`, or the last formula of it."""
        start = formula.span.start
        begun = [c.start for c in self.record.conditions if c.start <= start <= c.end]
        if not begun or not words.is_plain(words.last_sentence(self.source.text[max(begun) : start])):
            return False
        if joined and self.teller.consequent:
            return True
        return words.holds(told) or words.ends_sentence(told, self.source.text[formula.span.end :][:80])

    def _whole(self, text: str, told: str) -> str:
        """`Let $M$ be a mask in $\\{0, 1\\}^{n \\times m}$`: a space behind words, with the name that stands before them."""
        new = [n for n in self.left if self.record.declaration(n) is None and not self.record.defines(n)]
        if len(new) != 1 or len(self.left) > 1 or len(new[0]) > 1 or not memberships.follows(told, text):
            return text
        return rf"{new[0]} \in {text}"

    def _compares(self, tree: Tree) -> bool:
        """Whether a formula is a condition on indices, `if $i \\ne j$`; it holds from there on up to the next one, in its sentence."""
        letters = compared(tree, self.record)
        reached = letters_reach(self.container.pieces, self.number) if letters else None
        if reached is None:
            return False
        conditions = self.record.conditions
        for number, one in enumerate(conditions):
            if (
                isinstance(one.value, Tree)
                and compared(one.value, self.record) == letters
                and one.start < reached.start
            ):
                conditions[number] = one._replace(end=min(one.end, reached.start - 1))
        conditions.append(Condition(*reached, "", tree))
        return True

    def _derivative_in_words(self, tree: Tree, start: int) -> Tree:
        """`the gradient is $2 A x$` as an equation, of the function that the text defined last."""
        if self.conditional or tree.head in ("relation", "name", "number", "both", "where", "implies"):
            return tree
        said = words.derived_is(self.source.text[max(0, start - 200) : start])
        functions = [s for s in self.record.functions if isinstance(s.value, Function)]
        if said is None or not functions:
            return tree
        last = functions[-1]
        parameters = last.value.parameters if isinstance(last.value, Function) else ()
        by = said[1] or (parameters[0] if len(parameters) == 1 else "")
        if by not in parameters:
            return tree
        called = Tree("call", tuple([Tree("name", (), p, tree.span) for p in parameters]), last.name, tree.span)
        kind = "grad" if said[0] == "gradient" else "hess"
        left = Tree("call", (called, Tree("name", (), by, tree.span)), kind, tree.span)
        return Tree("relation", (left, tree), ("==",), tree.span)

    def _suppose(self, tree: Tree) -> None:
        """A relation as a condition: the properties that it says, else the relation itself."""
        if self.reach is None:
            return
        with self._supposing():
            before = len(self.record.properties)
            defined = len(self.record.definitions)
            self.teller.say(tree, self.at)
            if len(self.record.properties) == before:
                del self.record.definitions[defined:]
                self.record.premises.append(Said(self.at, "", tree))

    @contextmanager
    def _supposing(self) -> Iterator[None]:
        """What is said meanwhile is supposed only, where the last formula is a condition."""
        properties, premises = self.record.properties, self.record.premises
        counts = len(properties), len(premises)
        yield
        if self.reach is None:
            return
        for one in properties[counts[0] :]:
            self.record.conditions.append(Condition(*self.reach, one.name, str(one.value)))
        for tree in dict.fromkeys([said.value for said in premises[counts[1] :]]):
            if isinstance(tree, Tree):
                self.record.conditions.append(Condition(*self.reach, "", tree))
        del properties[counts[0] :], premises[counts[1] :]

    def _by_form(self, text: str) -> list[str] | None:
        """Formulas that are read by their form alone."""
        spaces = shapes.function(text)
        if spaces is not None:
            kind = "function" if not spaces.target and spaces.source else "elementwise"
            if spaces.target and spaces.source:
                return []  # of vectors to vectors: what it is stands elsewhere, or nowhere
            self.record.declared.append(Said(self.at, spaces.name, Declared(spaces.name, kind)))
            return [spaces.name]
        several = shapes.signed(text)
        if several is not None:
            return [name for one in several[0] for name in self._read(f"{one} {several[1]} 0")]
        within = None if self.conditional else memberships.listed(text)
        if within is not None:
            return [name for one in within for name in self._within(one)]
        between = shapes.interval(text)
        if between is not None:
            return [name for one in between[0] for name in self._number(one, between[1])]
        if _NAMES.fullmatch(text):
            trees = [parse_latex_statement(one, names=self.formulas.names) for one in text.split(",")]
            return [str(tree.data) for tree in trees if tree.head == "name"]
        listed = shapes.listing(text) or members.stacked(text)
        return None if listed is None else self._listed(listed)

    def _read(self, text: str) -> list[str]:
        """The names that a relation speaks of, which stands in the text in another form."""
        return self.teller.say(parse_latex_statement(text, names=self.formulas.names), self.at)[0]

    def _within(self, one: memberships.Membership) -> list[str]:
        """What is in a space that says more than a size."""
        if one.space is None:
            return self._read(one.text)
        sizes = rf"^{{{one.space.sizes}}}" if one.space.sizes else ""
        spoken = [name for written in one.names for name in self._read(rf"{written} \in \mathbb{{R}}{sizes}")]
        if one.space.word:
            self.record.properties += [Said(self.at, name, one.space.word) for name in spoken]
        return spoken

    def _number(self, text: str, word: str) -> list[str]:
        """A number of an interval."""
        spoken = self._read(rf"{text} \in \mathbb{{R}}")
        if word:
            self.record.properties += [Said(self.at, name, word) for name in spoken]
        return spoken

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
        member_of(self.teller, listed.member, name, kind, at)
        return [name]

    def _sizes(self, listed: shapes.Listing) -> tuple[Tree, ...]:
        if not listed.rest:
            return ()
        tree = parse_latex_statement(f"x {listed.rest}")
        space = tree.args[-1]
        return space.args if space.head == "call" and space.data == "Reals" else ()

    def _count(self, listed: shapes.Listing) -> Tree:
        last = parse_latex_statement(listed.last)
        return last if listed.first == "1" else Tree("add", (last, Tree("number", (), 1)))

    # Remarks for us.

    def _directive(self, text: Mapped) -> None:
        """`A symmetric`, `x: vector(n)`, `layout: denominator`."""
        self.weave.at = text.span.start
        for part in re.split(r"[;\n]", text.text):
            if part.strip() in (ALONE, CLAIMING) or EXPECTING.fullmatch(part.strip()):
                self.weave.claiming = self.weave.claiming or part.strip() == CLAIMING
                continue
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
                self.weave.lines.append(Line(UNREAD, text.span, finding=finding, display=False))

    # Displays.

    def _display(self, piece: Piece) -> None:
        self.weave.told, self.weave.subject = self.prose, self.left
        self._behind(self.prose)
        self.reach = None
        self.weave.at = self.weave.displayed = piece.text.span.start
        known = self._by_form(piece.text.text) if piece.notation == LATEX else None
        if known is not None:
            self.left = known
            return
        found: Sequence[Row] = rows(piece.text) if piece.notation == LATEX else plain_rows(piece.text)
        spoken: list[str] = []
        for row in found:
            if len(self.weave.lines) >= MOST_LINES:
                self.weave.stop(piece.text.span)
                return
            self.weave.at = row.text.span.start
            spoken += self._row(row.text, piece.notation)
            self.weave.told = ""
        self.left = self.listed = spoken
        self.conditional = False

    def _row(self, formula: Mapped, notation: str) -> list[str]:
        whole = formula
        formula, condition = cut(formula) if notation == LATEX else (formula, None)
        continued = _BEGINS_WITH_RELATION.match(formula.text) is not None
        linked = not continued and _BEGINS_WITH_LINK.match(formula.text) is not None
        if notation != LATEX and self._declares(formula):
            return []
        try:
            if condition is not None:
                self.reach = Reach(whole.span.start, whole.span.end)
                self._suppose(self.formulas.parsed(condition, notation, False))
                self.reach = None
            tree = self.formulas.parsed(formula, notation, continued or linked)
        except DeriveError as trouble:
            if condition is not None or continued or linked or notation != LATEX or not self._in_parts(formula):
                self.weave.unread(whole, trouble, continued)
            return []
        reason = _REASON.search(formula.text)
        self.teller.inline = self.teller.claiming = self.teller.stated = self.teller.stating = False
        self.teller.consequent = False
        if is_shape(tree, formula.text):
            self.weave.open = False
            return []
        return self.weave.taken(tree, formula, continued, linked, reason[1].strip() if reason else "")

    def _in_parts(self, formula: Mapped) -> bool:
        """A chain of which some sides cannot be read, `I(x; y) = a = b`: those that can; whether there are any."""
        parts = sides_of(formula)
        read: list[Tree] = []
        unread: list[tuple[Mapped, DeriveError]] = []
        for part in parts:
            try:
                read.append(self.formulas.parsed(part, LATEX, False))
            except DeriveError as trouble:
                unread.append((part, trouble))
        if not read or len(parts) < 2 or any(tree.head in ("relation", "both", "where", "implies") for tree in read):
            return False
        for part, why in unread:
            self.weave.unread_side(part, why)
        self.weave.sides(read, formula)
        return True

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


def _negated(prose: str) -> bool:
    """Whether a word such as `not` belongs to the formula behind it; in `$w$ with no zero entry, and $…$` it does not."""
    return _NEGATED.search(_APART.split(prose)[-1]) is not None


def _claims(tree: Tree) -> bool:
    """Whether an equation is about a derivative, and does not say where that vanishes."""
    return derives(tree) and not (tree.args[-1].head == "number" and tree.args[-1].data == 0)


def derives_in_text(text: str) -> bool:
    return "\\partial" in text or "\\nabla" in text
