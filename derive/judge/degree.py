"""How high a rational statement is in its variables: numerator and denominator degrees, for the bound of Schwartz and Zippel.

One idea: a difference of total degree d that is not zero vanishes at a random point of a grid with s values an axis with probability at most
d/s (Schwartz 1980, Zippel 1979). It looks at terms only, and gives None for what is not rational.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from derive.term import Term, children_first

GRID = 1 << 20  # values that an entry has at a place that is drawn wide
HIGHEST = 10_000


class Degrees(NamedTuple):
    """Of numerator and denominator."""

    above: int
    below: int


def degrees(term: Term, sizes: Mapping[str, int]) -> Degrees | None:
    """The degrees of every entry of a term in the entries of its symbols at these sizes; None when it is not rational."""
    done: dict[Term, Degrees | None] = {}
    for node in children_first(term, done):
        done[node] = _degrees(node, [done[a] for a in node.args], sizes)
    return done[term]


def _degrees(node: Term, inside: list[Degrees | None], sizes: Mapping[str, int]) -> Degrees | None:
    if any(d is None for d in inside):
        return None
    parts = [d for d in inside if d is not None]
    if node.head in ("number", "size", "index", "delta", "unit", "singleentry"):
        return Degrees(0, 0)
    if node.head == "symbol":
        return Degrees(1, 0) if not node.data.properties else _of_symbol(node)
    if node.head in ("add", "block", "array"):
        return _sum(parts)
    if node.head in ("einsum", "entry"):
        return _bounded(Degrees(sum(p.above for p in parts), sum(p.below for p in parts)))
    if node.head == "power" and isinstance(node.data, int):
        p, q = parts[0] if node.data > 0 else reversed(parts[0])
        return _bounded(Degrees(p * abs(node.data), q * abs(node.data)))
    if node.head == "opaque" and node.name == "matpow" and node.args[1].head == "number" and node.args[1].data >= 0:
        return _bounded(Degrees(parts[0].above * int(node.args[1].data), parts[0].below * int(node.args[1].data)))
    if node.head == "opaque" and node.name in ("inv", "det", "adj", "cof") and not node.args[0].type.order > 2:
        n = node.args[0].type.shape[0].value(sizes)
        p, q = parts[0]
        return _bounded(Degrees(n * p + n * q, n * p + n * q))
    return None


def _of_symbol(node: Term) -> Degrees | None:
    """Properties that leave entries free, or tie them linearly."""
    linear = {
        "symmetric",
        "skew",
        "diagonal",
        "lower-triangular",
        "upper-triangular",
        "toeplitz",
        "invertible",
        "nonzero",
        "positive",
    }
    if set(node.data.properties) <= linear:
        return Degrees(1, 0)
    return Degrees(2, 0) if set(node.data.properties) <= linear | {"psd", "pd"} else None  # drawn as BB' + I


def _sum(parts: list[Degrees]) -> Degrees | None:
    if not parts:
        return Degrees(0, 0)
    below = sum(p.below for p in parts)
    return _bounded(Degrees(max(p.above + below - p.below for p in parts), below))


def _bounded(d: Degrees) -> Degrees | None:
    return d if max(d) <= HIGHEST else None


def error_probability(left: Term, right: Term, places: list[Mapping[str, int]]) -> float | None:
    """A bound on the chance that a false rational equation passed all places; None where it says nothing."""
    bound = 1.0
    for sizes in places:
        a, b = degrees(left, sizes), degrees(right, sizes)
        if a is None or b is None:
            return None
        degree = max(a.above + b.below, b.above + a.below)
        bound *= min(1.0, degree / GRID)
    return bound if bound < 1 else None
