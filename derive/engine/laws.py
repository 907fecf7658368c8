"""Laws of neighbours: what two matrices make when a summed index joins them and nothing else uses it.

One idea: a law is a line of a table: which ends meet, and what is left. `inv(A)*A -> I`, `Q'*Q -> I` and `Q*Q' -> I` for orthogonal Q,
`P*P -> P` for idempotent P, `R*R -> I` for involutory R. Each is an equality for every size. This module knows nothing of
sums or of how products are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from derive.engine.expr import Apply, Node, Sym
from derive.engine.indices import Frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    FactorOf = tuple[Node, list[int], int | Fraction]

IDENTITY, ITSELF = "identity", "itself"


class Law(NamedTuple):
    """For a variable with this property: the ends that meet (0 rows, 1 columns), and what the two leave."""

    word: str
    meets: tuple[tuple[int, int], ...]
    leaves: str


LAWS = (
    Law("unitary", (), IDENTITY),  # beside its conjugate
    Law("orthogonal", ((0, 0), (1, 1)), IDENTITY),
    Law("permutation", ((0, 0), (1, 1)), IDENTITY),
    Law("idempotent", ((1, 0), (0, 1)), ITSELF),
    Law("projection", ((1, 0), (0, 1), (0, 0), (1, 1)), ITSELF),
    Law("involutory", ((1, 0), (0, 1)), IDENTITY),
)


LAWFUL = frozenset(law.word for law in LAWS)


class Meeting(NamedTuple):
    """Two factors, the end of each that meets the other's, and what they leave."""

    first: int
    second: int
    ends: tuple[int, int]
    leaves: str


def neighbours(
    factors: list[FactorOf], out: list[int], frame: Frame, symmetric: Callable[[Node], bool]
) -> list[FactorOf]:
    """Apply the laws until none fits."""
    while (found := _meeting(factors, out, frame, symmetric)) is not None:
        (base, at, exp), (_, other, _) = factors[found.first], factors[found.second]
        near, far = found.ends
        frame.gone.add(frame.find(at[near]))
        kept = [f for k, f in enumerate(factors) if k not in (found.first, found.second)]
        if found.leaves == IDENTITY:
            frame.unite(at[1 - near], other[1 - far])
        else:
            ends = [at[0], other[1]] if near == 1 else [other[0], at[1]]
            kept.append((base, ends if near != far else [at[1 - near], other[1 - far]], exp))
        factors = kept
    return factors


def _meeting(
    factors: list[FactorOf], out: list[int], frame: Frame, symmetric: Callable[[Node], bool]
) -> Meeting | None:
    for a, (base, at, exp) in enumerate(factors):
        if exp != 1 or len(at) != 2 or not _has_law(base):
            continue
        wanted = base.args[0].sig if type(base) is Apply else None
        for b, (other, there, power) in enumerate(factors):
            if b == a or power != 1 or len(there) != 2 or (wanted is not None and other.sig != wanted):
                continue
            for (near, far), leaves in _meets(base, other, symmetric):
                shared = frame.find(at[near])
                if shared == frame.find(there[far]) and _joins_two(shared, factors, out, frame):
                    return Meeting(a, b, (near, far), leaves)
    return None


def _joins_two(index: int, factors: list[FactorOf], out: list[int], frame: Frame) -> bool:
    """Whether a summed index stands in two places."""
    find = frame.find
    return sum([find(i) == index for _, at, _ in factors for i in at]) == 2 and index not in [find(i) for i in out]


def _has_law(node: Node) -> bool:
    if type(node) is Apply:
        return node.op.name == "inv"
    return type(node) is Sym and bool(node.symbol.properties) and not LAWFUL.isdisjoint(node.symbol.properties)


def _meets(a: Node, b: Node, symmetric: Callable[[Node], bool]) -> list[tuple[tuple[int, int], str]]:
    """The ends at which a and b leave something lighter."""
    if isinstance(a, Apply):
        if a.args[0] != b:
            return []
        ends = [(1, 0), (0, 1)] + ([(0, 0), (1, 1)] if symmetric(b) else [])
        return [(e, IDENTITY) for e in ends]
    if isinstance(b, Apply) and b.op.name == "conj" and b.args[0] == a and "unitary" in a.symbol.properties:  # type: ignore[attr-defined]
        return [(e, IDENTITY) for e in ((0, 0), (1, 1), *(((1, 0), (0, 1)) if symmetric(a) else ()))]
    if a != b or not isinstance(a, Sym):
        return []
    laws = [law for law in LAWS if law.word in a.symbol.properties]
    return [(e, law.leaves) for law in laws for e in law.meets]
