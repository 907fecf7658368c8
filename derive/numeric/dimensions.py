"""Small sizes for size names: different ones for different names, and other ones at every point.

One idea: an answer that says 3 where it should say n, or that swaps m and n, must not fit; so no two names share a size while there
are few of them, and the sizes change with the seed. It knows nothing of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from derive.finding import DomainError, Finding
from derive.numeric.field import REPEATING, SPECTRAL
from derive.numeric.generator import Generator
from derive.numeric.mentions import SIZELESS, definition, own_sizes, parts
from derive.numeric.tensor import count
from derive.sizes import Size
from derive.term import Symbol, Term

FIRST = ((3, 4, 2, 5, 6, 7), (4, 3, 5, 2, 7, 6), (5, 2, 3, 4, 6, 7))
LATER = 4  # seed from which index names are drawn freely
TRIES = 400
MOST = 10_000  # entries of one tensor; where there would be more, sizes are 2 and 3
EVEN = ("skew", frozenset(("orthogonal", "unitary", "invertible")))  # skew matrices of odd size are singular
NOT_PLAIN = REPEATING | {"constant"}  # heads
NAMES_NOT_PLAIN = SPECTRAL | {"piecewise"}
INTEGERS = (2, 4)  # an integer that no bounds are declared for


def nodes(*terms: Term) -> Iterable[Term]:
    """Every distinct node of terms, targets of derivatives included, each once however often it occurs."""
    seen: set[Term] = set()
    known = 0
    stack = list(reversed(terms))
    while stack:
        node = stack.pop()
        seen.add(node)
        if len(seen) > known:
            known += 1
            yield node
            if node.args:
                stack += reversed(parts(node))


def symbols_of(*terms: Term) -> tuple[Symbol, ...]:
    """The symbols of terms in order of appearance, each name once: directions of differentials too, local definitions not."""
    return Contents(terms).symbols


def choose_sizes(terms: Sequence[Term], symbols: Sequence[Symbol], seed: int) -> dict[str, int]:
    """Values for the size names and the free index names of terms and symbols: see `Dimensions.choose`."""
    return Dimensions(terms, symbols).choose(seed)


class Contents:
    """What terms contain, collected in one walk over their distinct nodes: symbols, sizes, and what kinds of nodes there are."""

    __slots__ = ("bound", "heads", "inside", "names", "shapes", "sizes", "symbols", "terms")

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = terms
        self.sizes: dict[Size, None] = {}  # of axes
        self.inside: dict[Size, None] = {}  # those in subscripts, bounds, patterns, and the room that subscripts leave
        self.shapes: set[tuple[Size, ...]] = set()  # of what may have many entries
        self.bound: set[str] = set()  # index names
        self.heads: set[str] = set()
        self.names: set[str] = set()  # of operations
        found: dict[str, Symbol] = {}
        defined: set[str] = set()
        for node in nodes(*terms):
            head = node.head
            shape = node.type.shape
            self.heads.add(head)
            self.names.add(node.name)
            for size in shape:
                self.sizes[size] = None
            if len(shape) > 2 or (shape and head == "array"):
                self.shapes.add(shape)
            if head == "symbol":
                found.setdefault(node.data.name, node.data)
            elif head == "einsum":
                for _, size in node.data.sizes:
                    self.inside[size] = None
            elif head == "opaque":
                self.names.add(node.data.name)
            elif head not in SIZELESS:
                self._collect(node, found, defined)
        self.symbols = tuple([symbol for name, symbol in found.items() if name not in defined])

    @property
    def plain(self) -> bool:
        """Whether the terms are certainly real and no part of them is evaluated more than once."""
        return (
            self.heads.isdisjoint(NOT_PLAIN)
            and self.names.isdisjoint(NAMES_NOT_PLAIN)
            and not any(s.complex for s in self.symbols)
        )

    def _collect(self, node: Term, found: dict[str, Symbol], defined: set[str]) -> None:
        """What a node contains that binds an index, has subscripts, or moves a variable."""
        self.inside.update(dict.fromkeys(own_sizes(node)))
        self.inside.update(dict.fromkeys(_room(node)))
        self.bound.update(_binds(node))
        if node.head == "differential":
            for symbol in (symbol for pair in node.data for symbol in pair):
                found.setdefault(symbol.name, symbol)
        elif node.head == "derivative":
            defined.add(definition(node))


class Dimensions:
    """The size names and free index names of terms and symbols, and every size that has to be positive."""

    def __init__(self, terms: Sequence[Term], symbols: Sequence[Symbol], contents: Contents | None = None) -> None:
        if contents is None:
            contents = Contents(terms)
        found = {z: None for s in symbols for z in s.type.shape}
        found.update(contents.sizes)
        self.shapes = contents.shapes
        bound = contents.bound
        # a name in the shape of a variable is a size, though a sum calls its index so too
        declared = {n for s in symbols for z in s.type.shape for n in z.names} if bound else bound
        names = [n for z in found for n in _ordered(z) if n not in bound or n in declared]
        dimensions = dict.fromkeys(names)
        self.names = list(dimensions)
        every = {**found, **contents.inside}
        self.positive = [z for z in every if z.names and z.names.isdisjoint(bound)]
        free = _free_names(terms) if bound else [n for z in contents.inside for n in _ordered(z)]
        self.places = [n for n in dict.fromkeys(free) if n not in dimensions]
        self.joined: dict[str, Size] = {}
        worded = [s for s in symbols if s.properties]
        self.even = [s.type.shape[0] for s in worded if EVEN[0] in s.properties and EVEN[1].intersection(s.properties)]
        self.integers = {s.name: integer_range(s) or INTEGERS for s in worded if "integer" in s.properties}
        self.ranges = {s.name: bounds for s in worded if (bounds := integer_range(s)) is not None}

    def require(self, sizes: Iterable[Size]) -> None:
        """Ask for these sizes to be at least 1; names that are new are index names."""
        for size in sizes:
            self.positive.append(size)
            self.places += [n for n in _ordered(size) if n not in self.names and n not in self.places]

    def join(self, pairs: Iterable[tuple[str, Size]]) -> None:
        """Let names have the values of sizes in the other names."""
        self.joined.update(pairs)
        self.names = [n for n in self.names if n not in self.joined]

    def choose(self, seed: int, drawn: bool = False) -> dict[str, int]:
        """Sizes from 2 to 7, distinct, for up to six names; from 2 to 4 for more. Index names get 1 or 2, and later any value.

        An integer that is alone takes its values in turn, seed by seed: what holds for even powers only is found out. With `drawn` their order is random: a determinant of A*X*B needs its own size to be the smallest.

        Raises DomainError (`no-sizes`) when no choice makes every size at least 1.
        """
        source = Generator(seed)
        small = False
        reach = 2 if seed < LATER else 7  # of index names: what fails for the last one alone is found out, too
        for attempt in range(int(drawn), TRIES):
            chosen = _small(self.names, seed + attempt) if small else _assigned(self.names, seed, attempt, source)
            chosen.update({n: source.between(*self.integers.get(n, (1, reach))) for n in self.places})
            if len(self.integers) == 1 and not attempt:
                chosen.update(
                    {n: low + seed % (high - low + 1) for n, (low, high) in self.integers.items() if n in chosen}
                )
            chosen.update({n: size.value(chosen) for n, size in self.joined.items()})
            fits = all(z.value(chosen) >= 1 for z in self.positive) and not any(z.value(chosen) % 2 for z in self.even)
            if fits and self._in_range(chosen):
                if small or attempt > TRIES // 2 or not self._heavy(chosen):
                    return chosen
                small = True
            small = small and attempt < TRIES // 4
        names = ", ".join(self.names)
        raise DomainError(Finding("no-sizes", f"no small values of {names} make every size positive"))

    def _heavy(self, chosen: Mapping[str, int]) -> bool:
        """Whether a tensor would have more entries than are worth while."""
        return any(count([z.value(chosen) for z in shape if z.names <= chosen.keys()]) > MOST for shape in self.shapes)

    def _in_range(self, chosen: Mapping[str, int]) -> bool:
        return all(low <= chosen[n] <= high for n, (low, high) in self.ranges.items() if n in chosen)


def integer_range(symbol: Symbol) -> tuple[int, int] | None:
    """The bounds of `integer in lo..hi`; None for a symbol without them."""
    for word in symbol.properties:
        text = word.removeprefix("integer ")
        if text.startswith("in ") and ".." in text:
            low, high = text[3:].split("..")
            first = int(low) if low.lstrip("-").isdigit() else 2
            return first, int(high) if high.lstrip("-").isdigit() else first + 3
    return None


def _ordered(size: Size) -> list[str]:
    names = size.names
    return sorted(names) if len(names) > 1 else list(names)


def _free_names(terms: Sequence[Term]) -> list[str]:
    """Names in subscripts that no sum or array around them binds; the same letter may be bound elsewhere."""
    found: dict[str, None] = {}
    seen: set[tuple[Term, frozenset[str]]] = set()
    stack = [(t, frozenset[str]()) for t in reversed(terms)]
    while stack:
        node, bound = stack.pop()
        if (node, bound) in seen:
            continue
        seen.add((node, bound))
        inner = bound.union(_binds(node))
        for size in (*own_sizes(node), *_room(node)):
            found.update(dict.fromkeys(n for n in _ordered(size) if n not in inner))
        stack += [(a, inner) for a in reversed(parts(node))]
    return list(found)


def _binds(node: Term) -> list[str]:
    """Index names that a node binds."""
    data: Any = node.data
    if node.head in ("bigsum", "bigprod"):
        return [data[0]]
    return [r[0] for r in data] if node.head == "array" else []


def _room(node: Term) -> list[Size]:
    """Sizes that are at least 1 when the subscripts of a node lie inside its axes."""
    data: Any = node.data
    if node.head == "entry":
        return [n - s[-1] + 1 for s, n in zip(data, node.args[0].type.shape, strict=True)]
    if node.head in ("unit", "singleentry"):
        half = len(data) // 2
        return [n - i + 1 for i, n in zip(data[:half], data[half:], strict=True)]
    return []


def _small(names: Sequence[str], turn: int) -> dict[str, int]:
    """2 and 3 by turns, another way at every turn."""
    return {n: 2 + (k + turn + (turn // 2) * (k // 2)) % 2 for k, n in enumerate(names)}


def _assigned(names: Sequence[str], seed: int, attempt: int, source: Generator) -> dict[str, int]:
    if len(names) > len(FIRST[0]):
        return {n: source.between(2, 4) for n in names}
    pool = list(FIRST[seed % len(FIRST)])
    if attempt:
        largest = 20 if attempt > TRIES // 2 else 7 if len(names) > 3 else 5  # a subscript such as x[12] needs room
        pool = source.shuffled(range(2, largest + 1))
    return dict(zip(names, pool, strict=False))
