"""The pseudo-inverse in products: Penrose's equations, `X X⁺ X = X`, `X⁺ X X⁺ = X⁺`, and both products symmetric.

One idea: `P = X⁺ X` is the projection onto the rows of X and `Q = X X⁺` that onto its columns, and both are symmetric; so P or Q
goes away beside whatever lies in its range already: P beside X (at its columns) or X⁺ (at its rows), from either side. Each is an equality for every X of
every size and rank (Penrose 1955; Magnus & Neudecker 2019, 2.7). This module knows nothing of sums or of how products are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from derive.engine.expr import Apply, Node
from derive.engine.indices import Frame

if TYPE_CHECKING:
    from fractions import Fraction

    FactorOf = tuple[Node, list[int], int | Fraction]


class Projection(NamedTuple):
    """Two factors that make P or Q, their outer indices, and whether it is Q (onto the columns of X)."""

    inverse: int
    other: int
    rows: int
    columns: int
    onto_columns: bool


def projections(factors: list[FactorOf], out: list[int], frame: Frame) -> list[FactorOf]:
    """Drop projections beside what lies in their range; turn those that are left so that an output index stands first."""
    while True:
        found = [p for k in range(len(factors)) for p in _made_with(k, factors, out, frame)]
        gone = next((p for p in found if _drop(p, factors, out, frame)), None)
        if gone is None:
            break
        factors = [f for k, f in enumerate(factors) if k not in (gone.inverse, gone.other)]
    for p in found:
        factors = _turned(p, factors, out, frame)
    return factors


def _made_with(k: int, factors: list[FactorOf], out: list[int], frame: Frame) -> list[Projection]:
    """The projections that the k-th factor makes with an X beside it, when it is an X⁺."""
    base, at, exp = factors[k]
    if not (isinstance(base, Apply) and base.op.name == "pinv" and exp == 1 and len(at) == 2):
        return []
    made = []
    for m, (other, there, e) in enumerate(factors):
        if m == k or e != 1 or other != base.args[0]:
            continue
        for near, far in ((1, 0), (0, 1)):
            inner = frame.find(at[near])
            if inner == frame.find(there[far]) and _uses(inner, factors, out, frame) == 2:
                ends = frame.find(at[1 - near]), frame.find(there[1 - far])
                if inner not in ends:
                    rows, columns = ends if near == 1 else ends[::-1]
                    made.append(Projection(k, m, rows, columns, near == 0))
    return made


def _drop(p: Projection, factors: list[FactorOf], out: list[int], frame: Frame) -> bool:
    """Unite the ends of a projection where a factor beside it lies in its range; False where none does."""
    inverse, matrix = factors[p.inverse][0], factors[p.other][0]
    for end in (p.rows, p.columns):
        if p.rows == p.columns or _uses(end, factors, out, frame) != 2:
            continue
        for k, (base, at, exp) in enumerate(factors):
            if k in (p.inverse, p.other) or exp != 1 or base not in (inverse, matrix):
                continue
            own = at[int((base == matrix) != p.onto_columns)]
            if frame.find(own) == end:
                frame.gone.add(frame.find(factors[p.inverse][1][int(not p.onto_columns)]))
                frame.unite(p.rows, p.columns)
                return True
    return False


def _uses(index: int, factors: list[FactorOf], out: list[int], frame: Frame) -> int:
    """How often an index stands on a factor; one of the output counts as used by many."""
    if any(frame.find(i) == index for i in out):
        return 99
    return sum(frame.find(i) == index for _, at, _ in factors for i in at)


def _turned(p: Projection, factors: list[FactorOf], out: list[int], frame: Frame) -> list[FactorOf]:
    """The projection is symmetric: the end that comes first in the output is its row."""
    roots = [frame.find(i) for i in out]
    place = [roots.index(i) if i in roots else len(roots) for i in (p.rows, p.columns)]
    if place[0] <= place[1]:
        return factors
    inner = factors[p.inverse][1][int(not p.onto_columns)]
    first, last = [p.columns, inner], [inner, p.rows]
    turned = list(factors)
    for k, at in ((p.inverse, last if p.onto_columns else first), (p.other, first if p.onto_columns else last)):
        turned[k] = (factors[k][0], at, factors[k][2])
    return turned
