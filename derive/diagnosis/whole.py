"""Hypotheses on the whole line: transposed, off by a factor or by a constant, right where something is symmetric, commutes or has size 1.

One idea: values of both lines at the places say by what they differ; a hypothesis is stated only when the line so mended holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from itertools import product as choices
from typing import Any

from flint import fmpq

from derive.diagnosis.bench import Bench
from derive.diagnosis.parts import Change, fraction, product, reflected, transposed
from derive.judge.conditions import Condition, conditions, hints_of
from derive.judge.verdict import Hint
from derive.numeric.tensor import Tensor
from derive.tree import Tree, name

LARGEST = 64  # numerator and denominator of a factor
EXPONENTS = (0, 1, -1, 2, -2)  # of a size in a factor
FEWEST_CONDITIONS, MOST_CONDITIONS = 4, 30
NUMBERS = 2e6  # that are computed for the line before while conditions are tried


def transposes(line: Tree) -> Iterator[Change]:
    """The line transposed, written factor by factor, and as a whole."""
    if line.head in ("relation", "where"):
        if line.head == "where" and line.args[0].head != "relation":
            for inner in transposes(line.args[0]):
                whole = Tree("where", (inner.line, *line.args[1:]), line.data)
                yield inner._replace(line=whole, path=(0,))
        return
    for new in (reflected(line), transposed(line)):
        yield Change(new, (), line, new, "wrong-layout", "this is the transpose; as before it is {}", (new,), 0.9)


def scaled(bench: Bench, line: Tree) -> Iterator[Change]:
    """The line times the factor by which it differs, a small rational times powers of sizes."""
    if bench.relation or line.head in ("where", "relation"):
        return
    values = bench.values(line)
    if values is None:
        return
    ratios = [_ratio(value, room.values[0]) for value, room in zip(values, bench.rooms, strict=True)]
    known = [r for r in ratios if r is not None]
    if len(known) < len(ratios) or not known:
        return
    for c, powers in _factors(bench, known):
        factor = product([*([fraction(c)] if c != 1 or not powers else []), *powers])
        new = Tree("mul", (factor, line))
        code = {Fraction(2): "lost-factor-2", Fraction(1, 2): "extra-factor-2", Fraction(-1): "sign-slip"}
        kind = code.get(c, "wrong-constant") if not powers else "lost-factor"
        yield Change(new, (), line, new, kind, "it is off by the factor {}", (factor,), 1.2, factor)
        return


def _factors(bench: Bench, ratios: list[Any]) -> Iterator[tuple[Fraction, list[Tree]]]:
    sizes = sorted(bench.sizes)[:3]
    for exponents in sorted(choices(EXPONENTS, repeat=len(sizes)), key=lambda e: sum(map(abs, e))):
        rest = set()
        for ratio, room in zip(ratios, bench.rooms, strict=True):
            unit = Fraction(1)
            for n, e in zip(sizes, exponents, strict=True):
                unit *= Fraction(room.place.sizes.get(n, 1)) ** e
            rest.add(ratio / unit)
        if len(rest) == 1:
            c = rest.pop()
            if c and abs(c.numerator) <= LARGEST and c.denominator <= LARGEST:
                yield (
                    c,
                    [
                        Tree("pow", (name(n), fraction(e))) if e != 1 else name(n)
                        for n, e in zip(sizes, exponents, strict=True)
                        if e
                    ],
                )


def _ratio(wrong: Tensor, right: Tensor) -> Fraction | None:
    """c with right = c*wrong in every entry, as a small fraction; None when there is none."""
    if wrong.shape != right.shape:
        return None
    found: Fraction | None = None
    for x, y in zip(wrong.entries, right.entries, strict=True):
        if isinstance(x, fmpq) and isinstance(y, fmpq):
            if x == 0 or y == 0:
                if x != y:
                    return None
                continue
            q = y / x
            c = Fraction(int(q.p), int(q.q))
        else:
            try:
                a, b = float(x), float(y)
            except TypeError:  # complex
                return None
            if abs(a) < 1e-9 or abs(b) < 1e-9:
                return None
            c = Fraction(b / a).limit_denominator(LARGEST)
            if abs(float(c) - b / a) > 1e-12 * abs(b / a):
                return None
        if found is not None and c != found:
            return None
        found = c
    return found


def under_conditions(bench: Bench, line: Tree, said: Collection[str]) -> list[Hint]:
    """Properties of the variables under which the author's line holds; each was tried. said: codes of hints that
    were found; beside those only what authors assume in silence is tried, and nothing that says less."""
    if bench.relation or bench.context.premises:
        return []
    statement = bench.statement(line)
    if statement is None:
        return []
    allowed = max(FEWEST_CONDITIONS, min(MOST_CONDITIONS, int(NUMBERS / max(bench.dear, 1))))

    def judged(condition: Condition) -> str | None:
        return statement.status_under(condition, 0, bench.seed)

    tried = silent(bench) if said else None
    found = hints_of(statement.subject(0), judged, tried=tried, allowed=allowed, said=said)
    return [hint._replace(message=f"it {hint.message}") for hint in found]


def silent(bench: Bench) -> Iterator[Condition]:
    """Conditions that authors assume in silence: symmetric, commuting, diagonal, orthogonal and square matrices."""
    kept = ("assumed-symmetric", "assumed-commuting", "assumed-diagonal", "assumed-orthogonal", "assumed-square")
    for condition in conditions(tuple(bench.typed.symbols)):
        if condition.code in kept:
            yield condition
