"""A statement that has been read: its tree, how it was typed, its claims; and the same under one more condition.

One idea: the statement is judged as often as is needed (as it stands, under a condition, smaller), always from the same tree. It does not
print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.claims import Claim, claims_of
from derive.families import ranges
from derive.finding import DeriveError
from derive.infer import infer
from derive.infer.statement import Typed, type_statement
from derive.judge.conditions import Condition
from derive.judge.ladder import Judge, Judgement
from derive.judge.verdict import GRADES
from derive.sizes import Size
from derive.source import Source
from derive.syntax import Declared
from derive.term import Symbol, Type
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

    def status_under(self, condition: Condition, place: int, seed: int) -> str | None:
        """The status of one claim under a condition; None when the statement makes no sense under it."""
        try:
            typed = self._typed_under(condition)
            claim = claims_of(typed.terms[0])[place]
            return Judge(typed.symbols, seed, None, self.indices).judge(claim).status
        except (DeriveError, ValueError, ArithmeticError):
            return None

    def _typed_under(self, condition: Condition) -> Typed:
        words: dict[str, tuple[str, ...]] = {}
        for name, word in condition.words:
            words[name] = (*words.get(name, ()), word)
        sizes = {name: _size(text) for name, text in condition.sizes}
        indices = {d.name for d in self.declared if d.kind == "index"}
        symbols = {
            s.name: _changed(s, words.get(s.name, ()), sizes) for s in self.typed.symbols if s.name not in indices
        }
        names = Symbol("", Type(tuple([sizes.get(n, Size.of(n)) for n in self.typed.sizes])))
        kept = [d for d in self.declared if d.kind in ("index", "elementwise", "function")]
        return infer([self.tree], kept, source=self.source, symbols={**symbols, "": names})


def _size(text: str) -> Size:
    return Size.of(int(text)) if text.isdigit() else Size.of(text)


def _changed(symbol: Symbol, words: tuple[str, ...], sizes: Mapping[str, Size]) -> Symbol:
    shape = tuple([z.substitute(sizes) for z in symbol.type.shape]) if sizes else symbol.type.shape
    return Symbol(
        symbol.name, Type(shape, symbol.type.row), tuple(sorted({*symbol.properties, *words})), symbol.inferred
    )


def worst_of(judgements: Sequence[Judgement]) -> int:
    """The place of the first claim with the lowest grade."""
    return min(range(len(judgements)), key=lambda k: GRADES.index(judgements[k].status))
