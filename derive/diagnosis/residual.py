"""What is missing, computed: the difference of the two lines by the engine, in matrix notation.

One idea: where no edit mends a line, its distance from the line before may still be one short term. The engine writes that term, and it is held
against values like any other edit.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.diagnosis.bench import Bench
from derive.diagnosis.edits.lost import derivative_of
from derive.diagnosis.normal import normal
from derive.diagnosis.parts import Change, everywhere, flat, product, replaced, sites, terms, total, value_of
from derive.engine.lower import lower
from derive.engine.simplify import simplify
from derive.finding import DeriveError
from derive.matrixform import matrix_form
from derive.tree import Tree, name

MOST = 3  # terms that are said to be missing
LARGEST = 40  # nodes of a term that is said to be missing


def written(bench: Bench, tree: Tree) -> Tree | None:
    """An expression without derivatives, as the engine writes it; None where it cannot."""
    typed = bench.typed_terms([tree])
    if typed is None:
        return None
    try:
        made = matrix_form(simplify(lower(typed[0])), frozenset(bench.symbols))
    except (DeriveError, ArithmeticError, ValueError, LookupError, RecursionError, AssertionError, StopIteration):
        return None
    names = {body: name(letter) for letter, body in bench.definitions.items()}
    return everywhere(made, lambda one: names.get(one, one))


def missing(bench: Bench, line: Tree, most: int = MOST) -> Iterator[Change]:
    """The line with the terms that it lacks, where those are few and short and take nothing back of what stands there."""
    if bench.relation or line.head in ("where", "relation"):
        return
    rest = written(bench, total([(1, bench.previous), (-1, line)]))
    if rest is None or sum(1 for _ in rest.walk()) > LARGEST:
        return
    more = terms(rest)
    if len(more) > most or not all(_is_new(t, line, bench) for _, t in more):
        return
    new = total([*terms(line), *more])
    shown = total(more)
    yield Change(new, (), line, new, "lost-term", "what is missing is {}", (shown,), 1.5, shown)


def _is_new(term: Tree, line: Tree, bench: Bench) -> bool:
    """Whether a term is a product of what stood there before, and no part of the line with the other sign or another number."""
    own = {normal(_bare(t)) for _, t in terms(line)}
    known = {n for t in (bench.previous, line, *bench.definitions.values()) for n in t.walk()}
    sums = [n for n in term.walk() if n.head in ("add", "sub") and n not in known]
    return not sums and normal(_bare(term)) not in own and bench.previous not in list(term.walk())


def _bare(term: Tree) -> Tree:
    """A term without its numbers."""
    return product([f for f in flat(term) if value_of(f) is None])


def rewritten(bench: Bench, line: Tree) -> Iterator[Change]:
    """The derivative that the line before asks for, as the engine writes it: what is said where no edit mends the line."""
    if bench.relation or line.head in ("where", "relation") or not any(derivative_of(n) for n in bench.previous.walk()):
        return
    right = written(bench, bench.previous)
    if right is not None and sum(1 for _ in right.walk()) <= 2 * LARGEST:
        yield Change(right, (), line, right, "wrong-derivative", "it is {}", (right,), 3.0)


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
