"""Missing conditions: the property under which a refuted statement holds.

One idea: a condition is a change of the declarations (a property more, two sizes made one, a size that is not 1); the statement is judged again under it, and what is
said is only what was tried and held. It knows no mathematics of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from derive.judge.verdict import ACCEPTED, PROVED, Hint
from derive.term import Symbol

MATRIX_WORDS = (
    ("symmetric", "symmetric"),
    ("invertible", "invertible"),
    ("skew", "skew-symmetric"),
    ("orthogonal", "orthogonal"),
    ("diagonal", "diagonal"),
    ("idempotent", "idempotent"),
    ("psd", "positive semidefinite"),
    ("pd", "positive definite"),
)
VECTOR_WORDS = (
    ("nonzero", "not 0 in any entry"),
    ("simplex", "a probability vector (positive, sum 1)"),
    ("one-hot", "one-hot"),
    ("unit-norm", "of norm 1"),
    ("positive", "positive"),
)
SCALAR_WORDS = (("nonzero", "not 0"), ("positive", "positive"))
MOST = 40  # conditions that are tried
WEAKER = {
    "diagonal": {"symmetric"},
    "orthogonal": {"invertible"},
    "psd": {"symmetric"},
    "pd": {"symmetric", "psd", "invertible"},
    "one-hot": {"simplex"},
    "simplex": {"nonnegative", "nonzero"},
    "positive": {"nonzero"},
}  # what a property says already
OF_A_DOMAIN = frozenset(
    ("symmetric", "psd", "pd", "positive", "diagonal")
)  # what is said of a variable of differentiation
OF_NUMBERS = ("least-size", "assumed-nonzero")  # of these the points say enough, where ranks matter too
SIZES = frozenset("n m d k p q r N M D K P".split())  # letters that are sizes where vectors are


class Condition(NamedTuple):
    """Words to add to symbols, sizes to give a value, and how it is said."""

    code: str
    says: str
    words: tuple[tuple[str, str], ...] = ()  # (symbol, property)
    sizes: tuple[tuple[str, str], ...] = ()  # (size name, what it is)
    numbers: tuple[str, ...] = ()  # vectors that are meant as numbers
    least: tuple[tuple[str, int | str], ...] = ()  # (size name, a number or another size name that it is not below)

    def follows(self, other: Condition) -> bool:
        """Whether the other one is a part of this one, so that this one says no more of interest."""
        if not other.words or other.sizes:
            return False
        have = {(n, w) for n, word in self.words for w in (word, *WEAKER.get(word, ()))}
        return have >= set(other.words)

    def says_less(self, said: Collection[str]) -> bool:
        """Whether a hint with one of these codes names a weaker property of some variable: symmetric where this one asks for diagonal."""
        words = {weak for _, word in self.words for weak in WEAKER.get(word, ())}
        return any(f"assumed-{word}" in said for word in words)


Judged = Callable[[Condition], str | None]  # the status of the statement under a condition; None when it makes no sense


def conditions(symbols: Sequence[Symbol]) -> Iterator[Condition]:
    """Conditions worth trying, the mildest first."""
    yield from _at_least(symbols)
    square = [s for s in symbols if s.type.order == 2 and s.type.shape[0] == s.type.shape[1]]
    fresh = [s for s in square if not s.properties]
    for s in square:
        if "symmetric" not in s.properties and not set(s.properties) & {"skew", "orthogonal", "diagonal", "psd", "pd"}:
            yield Condition("assumed-symmetric", f"{s.name} is symmetric", ((s.name, "symmetric"),))
    if len(fresh) > 1:
        names = ", ".join(s.name for s in fresh)
        yield Condition("assumed-symmetric", f"{names} are symmetric", tuple([(s.name, "symmetric") for s in fresh]))
    for a, b in combinations(fresh, 2):
        if a.type.shape == b.type.shape:
            yield Condition(
                "assumed-commuting", f"{a.name}*{b.name} = {b.name}*{a.name}", ((b.name, f"commutes({a.name})"),)
            )
    for s in symbols:
        if s.type.order == 1 and not s.properties:
            yield from (Condition(f"assumed-{w}", f"{s.name} is {says}", ((s.name, w),)) for w, says in VECTOR_WORDS)
    vectors = [s for s in symbols if s.inferred and s.type.order == 1]
    for s in vectors if len(vectors) > 1 else ():
        yield Condition("undeclared-scalar", f"{s.name} is a number: `{s.name}: scalar`", numbers=(s.name,))
    for s in square:
        if not s.properties:
            yield from (
                Condition(f"assumed-{w}", f"{s.name} is {says}", ((s.name, w),))
                for w, says in MATRIX_WORDS
                if w != "symmetric"
            )
        elif set(s.properties) <= {"invertible"}:
            yield Condition("assumed-orthogonal", f"{s.name} is orthogonal", ((s.name, "orthogonal"),))
    for s in symbols:
        if s.type.order == 2 and not s.properties:
            if s not in square:
                yield Condition("assumed-full-rank", f"{s.name} has full rank", ((s.name, "full-rank"),))
            yield from (
                Condition(f"assumed-{w}", f"each row of {s.name} is {says}", ((s.name, w),))
                for w, says in (("one-hot-rows", "one-hot"), ("stochastic", "a probability vector"))
                if w == "one-hot-rows" or s in square
            )
    for s in symbols:
        if s.type.order == 0 and not s.properties:
            yield from (Condition(f"assumed-{w}", f"{s.name} is {says}", ((s.name, w),)) for w, says in SCALAR_WORDS)
    yield from _of_sizes(symbols)


def _of_sizes(symbols: Sequence[Symbol]) -> Iterator[Condition]:
    for s in symbols:
        if s.inferred and not s.type.shape and s.name in SIZES:
            for other in symbols:
                for size in other.type.shape:
                    if size.name is not None:
                        says = f"{s.name} is the size of {other.name}, which a declaration says"
                        yield Condition("undeclared-size", says, (), ((str(size.name), s.name),))
    names = _size_names(symbols)
    for a, b in combinations(names, 2):
        yield Condition("assumed-square", f"{b} = {a}", (), ((b, a),))
    for n in names:
        for value in ("1", "2", "3"):
            yield Condition("small-size", f"{n} = {value}", (), ((n, value),))


def _at_least(symbols: Sequence[Symbol]) -> Iterator[Condition]:
    """Sizes that are not 1, or neither 1 nor 2; and of a matrix, as many rows as columns or as many columns as rows."""
    for n in _size_names(symbols):
        for least in (2, 3):
            yield Condition("least-size", f"{n} >= {least}", least=((n, least),))
    shapes = dict.fromkeys(s.type.shape for s in symbols if s.type.order == 2)
    for rows, columns in [(str(a.name), str(b.name)) for a, b in shapes if a.name and b.name and a != b]:
        for more, fewer in ((rows, columns), (columns, rows)):
            yield Condition("least-size", f"{more} >= {fewer}", least=((more, fewer),))


def _size_names(symbols: Sequence[Symbol]) -> list[str]:
    return list(dict.fromkeys(n for s in symbols for z in s.type.shape for n in sorted(z.names)))


class Subject(NamedTuple):
    """What the conditions are about: the symbols of a statement, the variables of its derivatives, what is inverted, and its text."""

    symbols: Sequence[Symbol]
    moving: frozenset[str] = frozenset()
    inverted: frozenset[str] = frozenset()
    text: str = ""
    sure: bool = False  # of matrices only what is proved: where ranks matter, points of a class say little

    def admits(self, condition: Condition) -> bool:
        """Whether a condition would teach something: no statement holds "if" it holds, and no invertible matrix is idempotent but I."""
        if condition.says.replace(" = ", "==") == self.text.replace(" ", ""):
            return False
        return not any(
            (n in self.moving and w not in OF_A_DOMAIN) or (n in self.inverted and w == "idempotent")
            for n, w in condition.words
        )


def hints_of(
    subject: Subject,
    judged: Judged,
    most: int = 2,
    *,
    tried: Iterable[Condition] | None = None,
    allowed: int = MOST,
    said: Collection[str] = (),
) -> tuple[Hint, ...]:
    """The first conditions under which the statement is accepted, the weakest only; those of size are given where no other holds.

    tried: the conditions, all by default, at most `allowed` of them; said: codes of hints that were given, below which nothing says less.
    """
    found: list[Hint] = []
    holding: list[Condition] = []
    candidates = conditions(subject.symbols) if tried is None else tried
    for count, condition in enumerate(filter(subject.admits, candidates)):
        if count >= allowed or len(found) >= most or (condition.sizes and found) or any(c.least for c in holding):
            break
        if any(condition.follows(other) for other in holding) or condition.says_less(said):
            continue
        status = judged(condition)
        if status == PROVED or (status in ACCEPTED and (not subject.sure or condition.code in OF_NUMBERS)):
            sure = "" if status == PROVED else " (not proved: it agrees at every point that was tried)"
            found.append(Hint(condition.code, f"holds if {condition.says}{sure}", str(status)))
            holding.append(condition)
    return tuple(found)
