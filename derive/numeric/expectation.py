"""Means, variances and covariances inside a term: finite sums of values of what is averaged.

One idea: a polynomial in the random variables is averaged exactly, in rationals too, over as many points as its degree asks for; anything
else over the atoms of a discrete distribution, or by a Gauss-Hermite rule that two sizes of it confirm to 40 digits. No rule for expectations
is used: nothing is taken apart, and E(a)² is not known to be anything but a square.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flint import arb

from derive.numeric.components import Variable, variable
from derive.numeric.cubature import Node, interpolated, products
from derive.numeric.growth import growth
from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import NotInWorld
from derive.term import Term

if TYPE_CHECKING:
    from derive.numeric.evaluate import Evaluation

RULES = ((24, 32), (48, 64))  # sizes of Gauss-Hermite rules that must agree
AGREED = 10  # to 10^-(4·AGREED)
WORLDS = ("balls", "exact rationals")


def expectation(e: Evaluation, term: Term) -> Tensor:
    """The value of `expectation [(kind, laws)] (a, [b,] parameters…)`; raises NotInWorld for a mean that has no exact finite sum."""
    kind, arguments, variables = _read(e, term)
    names = frozenset([v.name for v in variables])
    degrees = [growth(e, a, names) for a in arguments]
    if None in degrees:
        return _without_degree(e, kind, arguments, variables)
    total = sum(d for d in degrees if d is not None) * (2 if kind == "Var" else 1)
    components = [c for v in variables for c in v.components]
    nodes = interpolated([c.moments(max(total, 2), e.world) for c in components], total, e.world)
    return _mean(e, kind, arguments, variables, nodes)


def _read(e: Evaluation, term: Term) -> tuple[str, tuple[Term, ...], list[Variable]]:
    if e.world.name not in WORLDS:
        raise NotInWorld("expectations are of real variables")
    data: Any = term.data
    kind, laws = data
    many = len(term.args) - sum(len(keys) for _, _, keys, _ in laws)
    rest = iter(term.args[many:])
    variables = []
    for symbol, family, keys, even in laws:
        parameters = {key: e.value(next(rest)) for key in keys}
        variables.append(variable(symbol.name, family, parameters, even, e.world))
    return kind, term.args[:many], variables


def _mean(
    e: Evaluation, kind: str, arguments: tuple[Term, ...], variables: list[Variable], nodes: list[Node]
) -> Tensor:
    """Σ w a; for Var and Cov, Σ w (a - ā)(b - b̄)'."""
    values: list[list[Tensor]] = []
    for at, _ in nodes:
        inside = e.moved(_placed(variables, at), e.step) if variables else e
        values.append([inside.value(a) for a in arguments])
    weights = [w for _, w in nodes]
    means = [_weighted([v[k] for v in values], weights) for k in range(len(arguments))]
    if kind == "E":
        return means[0]
    first, last = means[0], means[-1]
    entries: list[Number] | None = None
    for w, v in zip(weights, values, strict=True):
        a = [w * (x - m) for x, m in zip(v[0].entries, first.entries, strict=True)]
        b = [x - m for x, m in zip(v[-1].entries, last.entries, strict=True)]
        pairs = [x * y for x in a for y in b]
        entries = pairs if entries is None else [x + y for x, y in zip(entries, pairs, strict=True)]
    return Tensor(first.shape + last.shape, entries or [])


def _placed(variables: list[Variable], at: tuple[Number, ...]) -> dict[str, Tensor]:
    """The values of the random variables at a point of the independent numbers."""
    found, start = {}, 0
    for v in variables:
        end = start + len(v.components)
        found[v.name] = v.at(at[start:end])
        start = end
    return found


def _weighted(values: list[Tensor], weights: list[Number]) -> Tensor:
    total = [weights[0] * x for x in values[0].entries]
    for value, w in zip(values[1:], weights[1:], strict=True):
        total = [t + w * x for t, x in zip(total, value.entries, strict=True)]
    return Tensor(values[0].shape, total)


def _without_degree(e: Evaluation, kind: str, arguments: tuple[Term, ...], variables: list[Variable]) -> Tensor:
    """The mean of what is no polynomial: over all atoms; normal variables by two rules that must agree."""

    def by(points: int) -> Tensor:
        axes = [c.atoms(points, e.world) for v in variables for c in v.components]
        return _mean(e, kind, arguments, variables, products(axes, e.world))

    if not any(v.normal for v in variables):
        return by(0)
    if e.step:
        raise NotInWorld("a derivative of a mean that is an integral")
    for few, many in RULES:
        coarse, fine = by(few), by(many)
        if all(_agree(x, y) for x, y in zip(coarse.entries, fine.entries, strict=True)):
            return Tensor(
                fine.shape, [y + arb(0, abs(x - y).upper()) for x, y in zip(coarse.entries, fine.entries, strict=True)]
            )
    raise NotInWorld("the mean of this function of a normal variable is an integral that is not known to 40 digits")


def _agree(x: Number, y: Number) -> bool:
    return bool(abs(x - y) < arb(10) ** (-4 * AGREED) * (1 + abs(y)))
