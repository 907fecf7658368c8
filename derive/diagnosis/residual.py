"""What is missing, computed: the difference of the two lines by the engine, in matrix notation.

One idea: where no edit mends a line, its distance from the line before may still be one short term. The engine writes that term, and it is held
against values like any other edit.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.diagnosis.bench import Bench
from derive.diagnosis.edits.lost import derivative_of
from derive.diagnosis.parts import Change, replaced, sites, terms, total
from derive.finding import DeriveError
from derive.lower import lower
from derive.matrixform import matrix_form
from derive.simplify import simplify
from derive.tree import Tree

LARGEST = 40  # nodes of a term that is said to be missing


def written(bench: Bench, tree: Tree) -> Tree | None:
    """An expression without derivatives, as the engine writes it; None where it cannot."""
    typed = bench.typed_terms([tree])
    if typed is None:
        return None
    try:
        return matrix_form(simplify(lower(typed[0])), frozenset(bench.symbols))
    except (DeriveError, ArithmeticError, ValueError, LookupError, RecursionError, AssertionError, StopIteration):
        return None


def missing(bench: Bench, line: Tree) -> Iterator[Change]:
    """The line with the terms that it lacks, where those are few and short."""
    if bench.relation or line.head in ("where", "relation"):
        return
    rest = written(bench, total([(1, bench.previous), (-1, line)]))
    if rest is None or sum(1 for _ in rest.walk()) > LARGEST:
        return
    new = total([*terms(line), *terms(rest)])
    more = total(terms(rest))
    yield Change(new, (), line, new, "lost-term", "what is missing is {}", (more,), 2.0, more)


def undifferentiated(bench: Bench, line: Tree) -> Iterator[Change]:
    """A term of the line with the derivative put in that was not taken of it."""
    targets = [d[1] for n in bench.previous.walk() if (d := derivative_of(n)) is not None]
    for target in targets[:1]:
        for site in sites(line):
            if site.sum or (site.above is None and site.node.head not in ("where", "relation")):
                parts = terms(site.node)
                for k, (s, t) in enumerate(parts):
                    slope = Tree("derivative", (t, target), "d")
                    new = total([*parts[:k], (s, written(bench, slope) or slope), *parts[k + 1 :]])
                    line_new = replaced(line, site.path, new)
                    says = "the derivative of the term {}, which was left as it is"
                    yield Change(line_new, site.path, site.node, new, "not-differentiated", says, (t,), 1.4)
