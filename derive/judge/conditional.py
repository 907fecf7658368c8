"""Statements that hold under an equation, or up to a constant: `A == B ==> C == D`, `f propto g`, `f == g + const`.

One idea: such a statement is a small document: its premise is the line before, its declarations are the text. It reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.document.prepared import Prepared
from derive.document.story import Setting
from derive.finding import DeriveError
from derive.judge import minimisers, upto
from derive.judge.conditions import Condition, Subject, hints_of
from derive.judge.pairs import Comparer, Outcome
from derive.judge.premises import PremiseGround
from derive.judge.steps import Typist
from derive.judge.verdict import Hint
from derive.source import Source
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
    parts = tree.args if tree.head == "both" else (tree,)
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


def _implied(comparer: Comparer, part: Tree) -> list[tuple[Tree, Outcome]]:
    """Each equation under the one before it; both ways for `<=>`."""
    found = []
    links = part.data if isinstance(part.data, tuple) else ()
    for before, after, link in zip(part.args, part.args[1:], links, strict=False):
        found.append((after, comparer.implied(after, [before])))
        if link == "iff":
            found.append((before, comparer.implied(before, [after])))
    return found


def _chained(comparer: Comparer, part: Tree) -> list[tuple[Tree, Outcome]]:
    operators = part.data if isinstance(part.data, tuple) else ()
    pairs = zip(part.args, part.args[1:], operators, strict=False)
    return [(Tree("relation", (a, b), (op,), part.span), comparer.compared(a, b, str(op))) for a, b, op in pairs]
