"""The same minimiser: `same_minimiser(f, g, w)` says that f and g of w are smallest at the same places.

One idea: for two functions that are convex in w this is that each gradient vanishes where the other does, so it is two implications and two
convexities. Gaussian negative log-likelihood and mean squared error are such a pair. Functions that are not convex are undecided here.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.judge.pairs import Comparer, Outcome
from derive.judge.statement import Statement
from derive.judge.upto import connected, inlined, whole
from derive.judge.verdict import ACCEPTED, PROVED, UNDECIDED
from derive.proof.proportional import positively_proportional
from derive.source import Source
from derive.syntax import Declared
from derive.tree import Tree, call

FREE = frozenset(("positive", "negative", "real"))  # of variables that may move in every direction
WORDS = ("same_minimiser", "same_minimizer")


def concerns(tree: Tree) -> bool:
    return tree.head == "call" and tree.data in WORDS and len(tree.args) == 3


def outcomes(
    comparer: Comparer, tree: Tree, declared: Sequence[Declared], source: Source, seed: int, deadline: float | None
) -> list[tuple[Tree, Outcome]]:
    """What each of the implications and convexities comes to."""
    w = tree.args[2]
    f, g = [inlined(h, comparer.typist.prepared.definitions) for h in tree.args[:2]]
    flat = [
        Tree("relation", (Tree("derivative", (h, w), "d"), Tree("number", (), 0)), ("==",), tree.span) for h in (f, g)
    ]
    if (
        w.head == "name"
        and _of_one_piece((f, g), str(w.data), declared)
        and _same_direction(flat, str(w.data), declared, source)
    ):
        return [
            (
                tree,
                Outcome(
                    PROVED, message="one gradient is the other times a positive number that does not depend on entries"
                ),
            )
        ]
    if any(set(d.properties) - FREE for d in declared if w.head == "name" and d.name == w.data):
        message = "the gradient need not vanish where a function of a constrained variable is smallest"
        return [(tree, Outcome(UNDECIDED, message=message))]
    found = []
    for h, before, after in ((f, *flat), (g, *flat[::-1])):
        curved = _convex(h, w, declared, source, seed, deadline)
        found.append((h, curved))
        if curved.status in ACCEPTED:  # else a vanishing gradient is no minimum, and nothing follows from it
            found.append((after, comparer.implied(after, [before])))
    return found


def _of_one_piece(functions: Sequence[Tree], name: str, declared: Sequence[Declared]) -> bool:
    """Whether nothing jumps, so that functions with one gradient differ by one constant."""
    return whole(declared, name) and connected(functions, name, declared)


def _same_direction(flat: Sequence[Tree], name: str, declared: Sequence[Declared], source: Source) -> bool:
    """Whether one gradient is a positive multiple of the other, by normal forms; each is looked at once in numbers too."""
    statement = Statement(Tree("both", tuple(flat)), declared, source)
    first, second = statement.claims
    return positively_proportional(first.left, second.left, name)


def _convex(
    f: Tree, w: Tree, declared: Sequence[Declared], source: Source, seed: int, deadline: float | None
) -> Outcome:
    claim = call("convex", f, w, span=f.span)
    judged = Statement(claim, declared, source).judged(seed, deadline)[0]
    if judged.status in ACCEPTED:
        return Outcome(judged.status, judged, message="it is convex in the variable")
    return Outcome(UNDECIDED, message="it is not convex in the variable, so a vanishing gradient decides nothing")
