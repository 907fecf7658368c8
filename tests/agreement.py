"""Whether two texts say the same: the same letters, the same normal form, or the same values.

One idea: three grades, the strongest that holds. Values are compared in balls of 256 bits at two points with different sizes, so that what
agrees there to 30 digits is no accident; the engine is not asked whether its own answers are equal when values decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import arb

from derive.engine.expansion import expanded
from derive.engine.lower import lower
from derive.infer import infer
from derive.numeric.ball import precision
from derive.numeric.dimensions import Dimensions, symbols_of
from derive.numeric.evaluate import evaluate
from derive.numeric.sampling import draw, in_balls, strategy_of
from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain
from derive.printing import text as plain
from derive.sizes import Size
from derive.source import Source
from derive.syntax import parse, parse_declarations
from derive.term import Symbol, Term, Type
from derive.tree import Tree

BITS = 256
TOLERANCE = arb(10) ** -30
POINTS = 2
PLACES = 16  # points where there are free indices: deltas are 0 at most of them
TRIES = 40


def read(sides: Sequence[str | Tree], given: str, symbols: Sequence[Symbol]) -> tuple[Term, ...]:
    """The sides of an equation over variables that are decided already, typed together: `I` has the size of the others."""
    declared = parse_declarations(given)
    indices = {d.name for d in declared if d.kind == "index"}
    known = {s.name: s for s in symbols if s.name not in indices}
    names = dict.fromkeys(n for s in symbols for size in s.type.shape for n in sorted(size.names))
    sizes = Symbol("", Type(tuple([Size.of(n) for n in names])))
    functions = [d for d in declared if d.kind in ("index", "elementwise", "function")]
    trees = [parse(side, names=frozenset(known)) if isinstance(side, str) else side for side in sides]
    equation = Tree("relation", tuple(trees), ("==",) * (len(trees) - 1))
    source = Source(" == ".join(map(plain, trees)))
    return infer([equation], functions, source=source, symbols={**known, "": sizes}).terms[0].args


def grade(result: Any, text: str, given: str) -> str:
    """How an answer says what a text says: "form" (the same letters), "equal" (one normal form), "value", or "different".

    A row and a column differ, although their entries agree.
    """
    if str(result) == text:
        return "form"
    term, wanted = read([str(result), text], given, result.symbols)
    if term.type.order == wanted.type.order and term.type.row != wanted.type.row:
        return "different"
    left, right = expanded(lower(term)), expanded(lower(wanted))
    if left is not None and left == right:
        return "equal"
    return "value" if same_values([term, wanted], result.symbols) else "different"


def same_values(terms: Sequence[Term], symbols: Sequence[Symbol]) -> bool:
    """Whether all terms have the same shape but for axes of size 1, and the same values, at every sampled point."""
    for seed in range(PLACES if Dimensions(terms, symbols).places else POINTS):
        *_, (first, *others) = sampled(terms, symbols, seed)
        if not all(_close(first, other) for other in others):
            return False
    return True


def sampled(
    terms: Sequence[Term], symbols: Sequence[Symbol], seed: int = 0
) -> tuple[dict[str, Tensor], dict[str, int], tuple[Tensor, ...]]:
    """A point inside the properties of the symbols where all terms have a value, the sizes and indices there, and the values in balls."""
    known = {s.name: s for s in (*symbols, *symbols_of(*terms))}
    dimensions = Dimensions(terms, tuple(known.values()))
    for attempt in range(TRIES):
        number = seed + 1009 * attempt
        sizes = dimensions.choose(seed if attempt < 4 else number, drawn=attempt >= 4)
        point = draw(tuple(known.values()), sizes, number, strategy_of(attempt))
        try:
            with precision(BITS):
                return point, sizes, tuple(evaluate(term, in_balls(point), sizes) for term in terms)
        except OutOfDomain:
            continue
    raise AssertionError("no point was found where all sides have a value")


def _close(a: Tensor, b: Tensor) -> bool:
    """Relative to the largest entry; a number stands for a tensor of it."""
    if len(b.entries) == 1 or len(a.entries) == 1:
        few, many = sorted((a, b), key=lambda t: len(t.entries))
        few = Tensor(many.shape, few.entries * len(many.entries))
    else:
        few, many = a, b
    if tuple(n for n in few.shape if n != 1) != tuple(n for n in many.shape if n != 1):
        return False
    largest = max([abs(x).mid() for x in (*few.entries, *many.entries)], default=arb(0))
    bound = TOLERANCE * (largest if largest > 0 else arb(1))
    return all(bool(abs(x - y) < bound) for x, y in zip(few.entries, many.entries, strict=True))
