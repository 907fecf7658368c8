"""The smallest edit of the author's line that mends it: one edit first, then two.

One idea: edits are tried from the likeliest on; a group in which something held ends the search, so that a lost sign is not explained by a
coincidence of larger edits. It knows no edit by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from derive.diagnosis import residual
from derive.diagnosis.bench import Bench
from derive.diagnosis.edits import indices, leaves, lost, products, sums, wraps
from derive.diagnosis.parts import Change, Site, names_in, sites
from derive.finding import DeriveError
from derive.tree import Tree, name, number

MOST = 8  # edits that hold, of one group
CHUNK = 9  # parts of the pool that are put back in every place before the next ones
SECOND = 90  # first edits that a second is put on
SYMMETRIC = frozenset(("symmetric", "psd", "pd", "diagonal"))


class Search:
    """The edits of one line, tried on one bench."""

    def __init__(self, bench: Bench, line: Tree, lines: list[Tree]) -> None:
        self.bench = bench
        self.line = line
        self.lines = lines  # of the derivation so far, the line before first
        symbols = bench.symbols
        self.scalars = frozenset([n for n, s in symbols.items() if s.type.order == 0])
        self.matrices = frozenset([n for n, s in symbols.items() if s.type.order == 2])
        self.symmetric = frozenset([n for n, s in symbols.items() if SYMMETRIC & set(s.properties)])
        self.scalar = bench.scalar
        said = {n for t in lines for n in names_in(t)}
        self.own_scalars = sorted(self.scalars & said)
        self.complexes = any(s.complex for s in symbols.values())
        self.functions = frozenset([d.name for d in bench.context.declared if d.kind in ("elementwise", "function")])
        self.sizes = sorted(bench.sizes)
        everything = [*lines, line, *bench.definitions.values()]
        self.ranges = indices.ranges_in(*everything)
        for d in bench.context.declared:
            if d.kind == "index" and d.sizes:
                self.ranges[d.name] = (number(1), d.sizes[0])
        self.bounds = indices.ranges_in(*lines)
        self.letters = self._letters(everything)
        self.cancelled = [name(n) for n in self.letters if self._order(n) in (1, 2)]
        known = [*lines, line, *bench.definitions.values()]
        vectors = [n for n in self.letters if self._order(n) == 1]
        self.pool = [
            p
            for p in lost.pool(known, self.matrices, vectors, self._bound(line), self.scalar, bench.definitions)
            if p not in lines
        ]
        self.slopes = lost.slopes(known, bench.definitions)
        inner = lost.inner_derivatives([*lines, *bench.definitions.values()])
        self.chain = [residual.written(bench, d) or d for d in inner]
        self.centres = {d.name: c for d in bench.context.declared if (c := _centre(d.properties)) is not None}

    def _order(self, letter: str) -> int | None:
        """0 for a scalar, 1 for a vector, 2 for a matrix."""
        known = self.bench.symbols.get(letter)
        if known is not None:
            return known.type.order
        typed = self.bench.typed_terms([name(letter)])
        return None if typed is None else typed[0].type.order

    def _bound(self, line: Tree) -> list[str]:
        """The indices that the line binds."""
        return list(indices.ranges_in(line))

    def _same_type(self, a: str, b: str) -> bool:
        first, second = self.bench.symbols.get(a), self.bench.symbols.get(b)
        return first is None or second is None or first.type == second.type

    def _letters(self, lines: list[Tree]) -> list[str]:
        """Names that may stand for one another: variables and definitions."""
        known = {*self.bench.symbols, *self.bench.definitions}
        return [
            n for n in dict.fromkeys([*[n for t in lines for n in names_in(t)], *self.bench.definitions]) if n in known
        ]

    def one(self, small: bool = False) -> list[Change]:
        """The single edits that mend the line, of the first group in which there are any; of small ones alone where a known mistake was found."""
        for group in self._groups(small):
            found = self._held(group(self.line))
            if found:
                return found
        return []

    def _groups(self, small: bool) -> tuple[Callable[[Tree], Iterator[Change]], ...]:
        likely = (self._signs, self._small, self._together_small)
        return (*likely, self._missing) if small else (*likely, self._chained, self._missing, self._medium, self._large)

    def two(self) -> list[Change]:
        """The term that is missing, as the engine writes it; else two edits, the first of which is small."""
        found = self._held(residual.missing(self.bench, self.line))
        if found:
            return found
        firsts = list(self._tiny(self.line))[: 4 * SECOND]
        tried: set[Tree] = {self.line}
        for first in firsts:
            if self.bench.late():
                break
            if first.line in tried:
                continue
            tried.add(first.line)
            found = self._held(self._twice(first))
            if found:
                return found
        return []

    def _held(self, changes: Iterator[Change]) -> list[Change]:
        found: list[Change] = []
        for change in changes:
            if self.bench.late() or len(found) >= MOST:
                break
            if change.line != self.line and self.bench.agrees(change.line):
                found.append(change)
        return sorted(found, key=lambda c: c.cost)

    # ------------------------------------------------------------------ groups

    def _each(self, line: Tree, *edits: Callable[[Tree, Site], Iterator[Change]]) -> Iterator[Change]:
        for edit in edits:
            for site in sites(line):
                yield from edit(line, site)

    def _tiny(self, line: Tree) -> Iterator[Change]:
        return self._each(
            line,
            lambda t, s: wraps.transposes(t, s, self.scalar, self.symmetric, self.complexes),
            sums.signs,
            lambda t, s: products.edits(t, s, self.scalar),
            lambda t, s: leaves.numbers(t, s, self.sizes, self.own_scalars),
            lambda t, s: wraps.powers(t, s, self.scalar),
            lambda t, s: wraps.squares(t, s, self.scalar),
            wraps.exponents,
            lambda t, s: wraps.derivatives(t, s, self.functions),
        )

    def _signs(self, line: Tree) -> Iterator[Change]:
        return self._each(line, sums.signs, lambda t, s: leaves.numbers(t, s, self.sizes), leaves.dropped_numbers)

    def _small(self, line: Tree) -> Iterator[Change]:
        yield from self._tiny(line)
        yield from self._each(
            line,
            lambda t, s: sums.cancelled(t, s, self.cancelled),
            lambda t, s: indices.shifts(t, s, self.ranges),
            leaves.dropped,
            sums.fewer,
            sums.fitting,
            lambda t, s: wraps.fractions(t, s, self.scalar),
            lambda t, s: indices.edits(t, s, self.ranges),
        )
        yield from leaves.roles(line, self.letters, self._same_type)

    def _chained(self, line: Tree) -> Iterator[Change]:
        """A factor of the chain rule, which is the derivative of a function that occurs; f(E x) of E f(x)."""
        means = lost.means(self.lines, self.centres)
        yield from self._each(line, lambda t, s: lost.factors_back(t, s, [*self.slopes, *self.chain]))
        yield from self._each(line, lambda t, s: lost.terms_back(t, s, means))

    def _missing(self, line: Tree) -> Iterator[Change]:
        """The one term that is missing."""
        return residual.missing(self.bench, line, 1)

    def _medium(self, line: Tree) -> Iterator[Change]:
        yield from residual.undifferentiated(self.bench, line)
        yield from self._each(
            line,
            sums.symmetric_parts,
            sums.brackets,
            lambda t, s: leaves.letters(t, s, self.letters, self.sizes),
            lambda t, s: leaves.constants(t, s, self.sizes, self.pool),
        )
        yield from self._each(
            line, indices.double_sums, lambda t, s: indices.summed(t, s, self.bounds), wraps.functions
        )

    def _large(self, line: Tree) -> Iterator[Change]:
        scalars = sorted(self.scalars)
        for k in range(0, len(self.pool), CHUNK):
            some = self.pool[k : k + CHUNK]
            yield from self._each(
                line,
                lambda t, s, p=some: lost.factors_back(t, s, p, self.scalar),  # type: ignore[misc]
                lambda t, s, p=some: lost.terms_back(t, s, p),  # type: ignore[misc]
            )
        yield from self._each(
            line,
            lambda t, s: lost.scaled_terms(t, s, self.pool, scalars),
            lambda t, s: lost.substituted(t, s, self.pool),
        )

    def _together_small(self, line: Tree) -> Iterator[Change]:
        """The same edit in every place where it can be made."""
        kinds: dict[str, list[Change]] = {}
        for change in self._small(line):
            kinds.setdefault(change.code, []).append(change)
        for changes in kinds.values():
            yield from self._together(changes)

    def _together(self, changes: list[Change]) -> Iterator[Change]:
        from derive.diagnosis.parts import replaced

        heads = {(c.old.head, c.new.head, c.says) for c in changes}
        for head in heads:
            same = [c for c in changes if (c.old.head, c.new.head, c.says) == head]
            line = self.line
            taken: list[Change] = []
            for change in same:
                if change.path and all(not _overlap(change.path, other.path) for other in taken):
                    line = replaced(line, change.path, change.new)
                    taken.append(change)
            if len(taken) > 1:
                yield taken[0]._replace(line=line, path=(), old=self.line, new=line, cost=1.5)

    def _twice(self, first: Change) -> Iterator[Change]:
        for second in self._tiny(first.line):
            if second.cost + first.cost < 3:
                code = " ".join(dict.fromkeys([*first.code.split(), *second.code.split()]))
                says, shown = _joined(first, second)
                yield second._replace(
                    path=(),
                    old=self.line,
                    new=second.line,
                    code=code,
                    says=says,
                    shown=shown,
                    cost=first.cost + second.cost,
                )


def _centre(properties: Sequence[str]) -> Tree | None:
    """The mean in `random(mean=m, cov=S)`."""
    from derive.syntax import parse

    for word in properties:
        if word.startswith(("random(", "gaussian(", "normal(")) and "mean=" in word:
            try:
                return parse(word.partition("mean=")[2].rpartition(")")[0].partition(",")[0])
            except DeriveError:
                return None
    return None


def _joined(first: Change, second: Change) -> tuple[str, tuple[Tree, ...]]:
    return f"{first.says}; and {second.says}", (*first.shown, *second.shown)


def _overlap(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    short = min(len(a), len(b))
    return a[:short] == b[:short]
