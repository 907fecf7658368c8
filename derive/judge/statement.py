"""A statement that has been read: its tree, how it was typed, its claims; and the same under one more condition.

One idea: the statement is judged as often as is needed (as it stands, under a condition, smaller), always from the same tree. It does not
print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.claims import Claim, claims_of
from derive.engine.families import ranges
from derive.finding import DeriveError
from derive.infer import infer
from derive.infer.statement import Typed, type_statement
from derive.judge.conditions import Condition, Subject
from derive.judge.ladder import Judge, Judgement
from derive.judge.places import JUMPING
from derive.judge.verdict import CONSISTENT
from derive.sizes import ONE, Size
from derive.source import Source
from derive.syntax import Declared
from derive.term import SCALAR, Symbol, Term, Type
from derive.tree import Tree


class Statement:
    """Raises LanguageError (`Misfit`: its edits are not tried) where the text does not type, ValueError where it asserts nothing."""

    def __init__(self, tree: Tree, declared: Sequence[Declared], source: Source) -> None:
        self.tree = tree
        self.declared = tuple(declared)
        self.source = source
        self.typed: Typed = type_statement([tree], declared, source, None)
        self.claims: tuple[Claim, ...] = claims_of(self.typed.terms[0])
        self.indices = ranges(declared, self.typed.symbols)

    def judged(self, seed: int, deadline: float | None = None) -> list[Judgement]:
        """One judgement a claim."""
        judge = Judge(self.typed.symbols, seed, deadline, self.indices)
        return [judge.judge(claim) for claim in self.claims]

    def subject(self, place: int) -> Subject:
        """What conditions for one claim are about."""
        claim = self.claims[place]
        unwritten = {name for c in self.claims for name in c.ends}
        terms = [t for c in (claim, *claim.parts) for t in c.terms]
        moving = {n for t in terms for n in _moving(t)} | ({claim.by.data.name} if claim.by is not None else set())
        inverted = {n for t in terms for node in t.walk() if node.name == "inv" for n in _names(node)}
        own = {n for t in terms for n in _names(t)} - unwritten
        symbols = [s for s in self.typed.symbols if s.name in own]
        text = self.source.text[claim.span.start : claim.span.end]
        ranked = any(n.name in JUMPING for t in terms for n in t.walk())
        return Subject(symbols, frozenset(moving), frozenset(inverted), text, ranked)

    def status_under(self, condition: Condition, place: int, seed: int) -> str | None:
        """The status of one claim under a condition; None when the statement makes no sense under it."""
        try:
            status = self._status_of(self._typed_under(condition), place, seed, dict(condition.least))
            if status == CONSISTENT and any(value == "1" for _, value in condition.sizes):
                return self._as_scalars(condition, place, seed) or status
            return status
        except (DeriveError, ValueError, ArithmeticError):
            return None

    def _status_of(self, typed: Typed, place: int, seed: int, least: Mapping[str, int | str] | None = None) -> str:
        claim = claims_of(typed.terms[0])[place]
        return Judge(typed.symbols, seed, None, self.indices, least).judge(claim).status

    def _as_scalars(self, condition: Condition, place: int, seed: int) -> str | None:
        """The status where 1×1 matrices and vectors of one entry are the numbers in them; None where that makes no sense."""
        try:
            return self._status_of(self._typed_under(condition, scalars=True), place, seed)
        except (DeriveError, ValueError, ArithmeticError):
            return None

    def _typed_under(self, condition: Condition, scalars: bool = False) -> Typed:
        words: dict[str, tuple[str, ...]] = {}
        for name, word in condition.words:
            words[name] = (*words.get(name, ()), word)
        sizes = {name: _size(text) for name, text in condition.sizes}
        indices = {d.name for d in self.declared if d.kind == "index"}
        symbols = {
            s.name: _changed(s, words.get(s.name, ()), sizes, scalars or s.name in condition.numbers)
            for s in self.typed.symbols
            if s.name not in indices and s.name not in dict(condition.sizes).values()
        }
        names = Symbol("", Type(tuple([sizes.get(n, Size.of(n)) for n in self.typed.sizes])))
        kept = [d for d in self.declared if d.kind in ("index", "elementwise", "function")]
        return infer([self.tree], kept, source=self.source, symbols={**symbols, "": names})


def _moving(term: Term) -> set[str]:
    """The names of the variables by which a term differentiates."""
    targets = [n.data[1] for n in term.walk() if n.head == "derivative"]
    return {name for target in targets for name in _names(target)}


def _names(term: Term) -> set[str]:
    return {n.data.name for n in term.walk() if n.head == "symbol"}


def _size(text: str) -> Size:
    return Size.of(int(text)) if text.isdigit() else Size.of(text)


def _changed(symbol: Symbol, words: tuple[str, ...], sizes: Mapping[str, Size], scalars: bool) -> Symbol:
    shape = tuple([z.substitute(sizes) for z in symbol.type.shape]) if sizes else symbol.type.shape
    if scalars and (not sizes or all(z == ONE for z in shape)):
        return Symbol(symbol.name, SCALAR, words, symbol.inferred)
    return Symbol(
        symbol.name, Type(shape, symbol.type.row), tuple(sorted({*symbol.properties, *words})), symbol.inferred
    )
