"""Statements that hold under an equation, or up to a constant: `A == B ==> C == D`, `f propto g`, `f == g + const`.

One idea: such a statement is a small document: its premise is the line before, its declarations are the text. It reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from derive.document.prepared import Prepared
from derive.document.story import Setting
from derive.finding import DeriveError, Finding, Label, LanguageError
from derive.infer.predicates import spelled_out
from derive.judge import minimisers, upto
from derive.judge.conditions import Condition, Subject, hints_of
from derive.judge.pairs import Comparer, Outcome
from derive.judge.premises import PremiseGround
from derive.judge.steps import Typist
from derive.judge.verdict import Hint
from derive.source import Source, Span
from derive.syntax import Declared
from derive.tree import Tree


def outcomes(
    tree: Tree, declared: Sequence[Declared], source: Source, seed: int, deadline: float | None
) -> list[tuple[Tree, Outcome]] | None:
    """What each part of such a statement comes to, with its tree; None for a statement of another kind."""
    definitions: dict[str, Tree] = {}
    if tree.head == "where":
        names = tree.data if isinstance(tree.data, tuple) else ()
        definitions = {str(n): body for n, body in zip(names, tree.args[1:], strict=True)}
        tree = tree.args[0]
    parts = joined(tree.args if tree.head == "both" else (tree,), source)
    if not any(_concerned(p) for p in parts) or any(
        p.head not in ("relation", "implies") and not minimisers.concerns(p) for p in parts
    ):
        return None
    ready = Prepared(tuple(declared), definitions, (), {}, frozenset(), Setting(tuple(declared)))
    comparer = Comparer(Typist(ready, source, guesses=True), seed, deadline)
    found: list[tuple[Tree, Outcome]] = []
    for part in parts:
        if minimisers.concerns(part):
            found += minimisers.outcomes(comparer, part, declared, source, seed, deadline)
        else:
            found += _implied(comparer, part) if part.head == "implies" else _chained(comparer, part)
    return found


def hints(
    tree: Tree, declared: Sequence[Declared], source: Source, seed: int, place: int, outcome: Outcome
) -> tuple[Hint, ...]:
    """Properties of variables under which the part at a place, which is refuted, holds: `c` not 0 for what divides by it."""
    if outcome.judgement is None:
        return ()
    ground = outcome.judgement.ground
    symbols = ground.drawn if isinstance(ground, PremiseGround) else ground.symbols

    def judged(condition: Condition) -> str | None:
        words = dict(condition.words)
        known = {d.name for d in declared}
        numbers = [s.name for s in symbols if s.name in words and s.name not in known and not s.type.shape]
        if condition.sizes or condition.least or condition.numbers or not words.keys() <= known.union(numbers):
            return None
        changed = [d._replace(properties=(*d.properties, words[d.name])) if d.name in words else d for d in declared]
        changed += [Declared(name, "scalar", (), (words[name],)) for name in numbers]
        try:
            found = outcomes(tree, changed, source, seed, None)
        except (DeriveError, ValueError, ArithmeticError):
            return None
        return found[place][1].status if found is not None else None

    return hints_of(Subject(symbols), judged)


def _concerned(part: Tree) -> bool:
    if part.head != "relation" or not isinstance(part.data, tuple):
        return part.head == "implies" or minimisers.concerns(part)
    pairs = zip(part.args, part.args[1:], part.data, strict=False)
    return any(upto.concerns(a, b, str(op)) for a, b, op in pairs)


def joined(parts: Sequence[Tree], source: Source) -> tuple[Tree, ...]:
    """The parts of a list, with what stands before an implication among its premises, and what stands after it among its conclusions.

    `a; b ==> c; d` says c and d under a and b; `a ==> b; c ==> d` are two implications. Raises LanguageError (`unclear-premise`) for what
    stands between two implications, and may belong to either.
    """
    at = [k for k, part in enumerate(parts) if part.head == "implies"]
    if not at or len(parts) == 1:
        return tuple(parts)
    for one, other in pairwise(at):
        if other > one + 1:
            message = "this may be a conclusion of the implication before it, or a premise of the one after it"
            label = Label(parts[one + 1].span, "belongs to either")
            help = "write the two implications as two statements"
            raise LanguageError(Finding("unclear-premise", message, source, (label,), (), (help,)))
    found = list(parts[at[0] : at[-1] + 1])
    found[0] = _with(found[0], 0, (*parts[: at[0]], found[0].args[0]))
    found[-1] = _with(found[-1], -1, (found[-1].args[-1], *parts[at[-1] + 1 :]))
    return tuple(found)


def _with(part: Tree, place: int, several: Sequence[Tree]) -> Tree:
    """An implication with several statements joined at one place."""
    if len(several) == 1:
        return part
    span = Span(several[0].span.start, several[-1].span.end)
    args = list(part.args)
    args[place] = Tree("both", tuple(several), None, span)
    return Tree("implies", tuple(args), part.data, Span(args[0].span.start, args[-1].span.end))


def _implied(comparer: Comparer, part: Tree) -> list[tuple[Tree, Outcome]]:
    """Each statement under those before it; both ways for `<=>`."""
    found = []
    links = part.data if isinstance(part.data, tuple) else ()
    for before, after, link in zip(part.args, part.args[1:], links, strict=False):
        left, right = _single(before), _single(after)
        found += [(_under(before, one), comparer.implied(one, left)) for one in right]
        if link == "iff":
            found += [(_under(after, one), comparer.implied(one, right)) for one in left]
    return found


def _under(premises: Tree, one: Tree) -> Tree:
    """One conclusion with what it is said under."""
    return Tree("implies", (premises, one), ("implies",), one.span)


def _single(tree: Tree) -> list[Tree]:
    """Relations of two sides, and predicates that are none, of which a statement is made."""
    tree = spelled_out(tree)
    if tree.head == "both":
        return [one for part in tree.args for one in _single(part)]
    if tree.head != "relation" or len(tree.args) == 2 or not isinstance(tree.data, tuple):
        return [tree]
    pairs = zip(tree.args, tree.args[1:], tree.data, strict=False)
    return [Tree("relation", (a, b), (op,), Span(a.span.start, b.span.end)) for a, b, op in pairs]


def _chained(comparer: Comparer, part: Tree) -> list[tuple[Tree, Outcome]]:
    operators = part.data if isinstance(part.data, tuple) else ()
    pairs = zip(part.args, part.args[1:], operators, strict=False)
    return [(Tree("relation", (a, b), (op,), part.span), comparer.compared(a, b, str(op))) for a, b, op in pairs]
