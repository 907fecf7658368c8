"""Distributions as the oracle has them: x = m + L v with independent numbers v.

One idea: with S = L D L' (L unit lower triangular, D diagonal, both rational in S) any v with the variances D gives x the covariance S, so mean
and covariance are what the point says, and stay so when a difference quotient moves them. Normal numbers have the moments
1, 0, d, 0, 3d² …; all others sit on three atoms a, b and 0 with E(v²) = d, E(v³) = s d and E(v^k) = s E(v^(k-1)) - p E(v^(k-2)), where
s = a + b, p = ab: a distribution as soon as -p ≥ d. What is not declared of it follows from the name of the variable. No rule for moments of
several numbers together is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

from flint import fmpq

from derive.numeric.cubature import hermite
from derive.numeric.generator import Generator
from derive.numeric.tensor import Number, Tensor, count
from derive.numeric.world import NotInWorld, OutOfDomain, World


class Component(NamedTuple):
    """One number v of mean 0: its variance, and s and p of its atoms; for a normal one both are None."""

    variance: Number
    s: Number | None = None
    p: Number | None = None

    def moments(self, highest: int, world: World) -> list[Number]:
        """E(v^k) for k = 0 … highest."""
        found = [world.number(1), world.number(0), self.variance]
        for k in range(3, highest + 1):
            if self.s is None:
                found.append(found[k - 2] * self.variance * world.number(k - 1))
            else:
                found.append(self.s * found[k - 1] - self.p * found[k - 2] if k > 3 else self.s * self.variance)
        return found[: highest + 1]

    def atoms(self, points: int, world: World) -> list[tuple[Number, Number]]:
        """Values and weights; of a normal number, a rule with so many points. Raises NotInWorld where roots are not rational."""
        root = world.function("sqrt")
        if self.s is None:
            if world.name != "balls":
                raise NotInWorld("the points of a normal distribution are not rational")
            scale = root(self.variance)
            return [(scale * x, w) for x, w in hermite(points)]
        if self.variance == 0:
            return [(world.number(0), world.number(1))]
        assert self.p is not None
        spread = root(self.s * self.s - 4 * self.p)
        a, b = (self.s + spread) / 2, (self.s - spread) / 2
        wa, wb = self.variance / (a * (a - b)), self.variance / (b * (b - a))
        return [(a, wa), (b, wb), (world.number(0), 1 - wa - wb)]


class Variable(NamedTuple):
    """x = mean + L v, row by row of L; `normal` when v is."""

    name: str
    mean: Tensor
    rows: list[list[Number]] | None  # None: the identity
    components: list[Component]
    normal: bool

    def at(self, v: Sequence[Number]) -> Tensor:
        """x where v is."""
        if self.rows is None:
            return Tensor(self.mean.shape, [m + x for m, x in zip(self.mean.entries, v, strict=True)])
        entries = []
        for m, row in zip(self.mean.entries, self.rows, strict=True):
            for a, x in zip(row, v, strict=False):
                m = m + a * x
            entries.append(m)
        return Tensor(self.mean.shape, entries)


def variable(name: str, family: str, parameters: Mapping[str, Tensor], even: bool, world: World) -> Variable:
    """The variable of a distribution with these parameters. Raises OutOfDomain where there is none."""
    mean = parameters["mean"]
    if family == "indep":
        found = _independent(name, parameters, even, world)
        return Variable(name, mean, None, found, False)
    if "cov" not in parameters:
        ones = [world.number(1 + _chosen(name, i, 64)) for i in range(count(mean.shape))]
        return Variable(name, mean, None, [_free(name, i, d, world) for i, d in enumerate(ones)], False)
    rows, variances = factored(parameters["cov"], len(mean.entries), world)
    if family == "gaussian":
        return Variable(name, mean, rows, [Component(d) for d in variances], True)
    return Variable(name, mean, rows, [_free(name, i, d, world) for i, d in enumerate(variances)], False)


def factored(covariance: Tensor, n: int, world: World) -> tuple[list[list[Number]], list[Number]]:
    """Rows of the unit lower triangular L and the diagonal of D with S = L D L'. Raises OutOfDomain where S is not semidefinite."""
    s = [covariance.entries[i * n : (i + 1) * n] for i in range(n)]
    one, zero = world.number(1), world.number(0)
    rows: list[list[Number]] = [[] for _ in range(n)]
    variances: list[Number] = []
    for j in range(n):
        left = [s[i][j] for i in range(n)]
        for k in range(j):
            left = [x - rows[i][k] * variances[k] * rows[j][k] if i >= j else x for i, x in enumerate(left)]
        d = left[j]
        if not d > 0 and not all(x == 0 for x in left[j:]):
            raise OutOfDomain("a covariance that is not certainly positive semidefinite")
        variances.append(d)
        for i in range(j, n):
            rows[i].append(one if i == j else left[i] / d if d > 0 else zero)
    return rows, variances


def _independent(name: str, parameters: Mapping[str, Tensor], even: bool, world: World) -> list[Component]:
    n = count(parameters["mean"].shape)
    variances = _variances(parameters, n)
    shared = any(key[:2] == "mu" and not parameters[key].shape for key in parameters)
    third, fourth = _given(parameters, 3, n), _given(parameters, 4, n)
    found = []
    for i, d in enumerate(variances):
        free = _free(name, 0 if shared else i, d, world)
        if d == 0:
            if any(higher is not None and not higher[i] == 0 for higher in (third, fourth)):
                raise OutOfDomain("a number of variance 0 has no other moments")
            found.append(free)
            continue
        s: Number = free.s if third is None else third[i] / d
        if even:
            s = world.number(0)
        flat: Number = -d * (1 + world.number(_chosen(name, 0 if shared else i, 16)))
        p = flat if fourth is None else (s * s * d - fourth[i]) / d
        if not (d > 0 and -p >= d):
            raise OutOfDomain("no distribution has these moments")
        found.append(Component(d, s, p))
    return found


def _variances(parameters: Mapping[str, Tensor], n: int) -> list[Number]:
    covariance = parameters.get("cov")
    if covariance is None:
        given = _given(parameters, 2, n)
        assert given is not None
        return given
    if not covariance.shape:
        return covariance.entries
    if any(not covariance.entries[i * n + j] == 0 for i in range(n) for j in range(n) if i != j):
        raise OutOfDomain("the covariance of independent components is diagonal")
    return [covariance.entries[i * n + i] for i in range(n)]


def _given(parameters: Mapping[str, Tensor], order: int, n: int) -> list[Number] | None:
    """The declared central moment of every component."""
    found = parameters.get(f"mu{order}") or parameters.get(f"v{order}")
    return None if found is None else found.entries if found.shape else found.entries * n


def _free(name: str, i: int, d: Number, world: World) -> Component:
    """A number of variance d whose skewness follows from the name: a = α(1 + d), b = -β(1 + d) with αβ ≥ 1."""
    size = 1 + d
    alpha, beta = [world.number(1 + _chosen(name, 2 * i + k, 8)) for k in (1, 2)]
    return Component(d, size * (alpha - beta), -size * size * alpha * beta)


def _chosen(name: str, i: int, parts: int) -> fmpq:
    """A number between 0 and 2 that follows from a name and a place."""
    return fmpq(2 * Generator(crc32(name.encode()) + 7919 * i).below(16 * parts) + 1, 16 * parts)


def consistent(point: dict[str, Tensor], laws: Sequence[Mapping[str, str]]) -> None:
    """Give fourth moments that are named by variables values that a distribution has: μ4 > μ2² + μ3²/μ2. Changes `point`."""
    for law in laws:
        fourth = next((point.get(law[key]) for key in ("mu4", "v4") if law.get(key) in point), None)
        if fourth is None:
            continue
        name = law.get("mu4") or law["v4"]
        second = _named(law, point, 2)
        third = _named(law, point, 3)
        entries = []
        for i, x in enumerate(fourth.entries):
            d = second[i % len(second)] if second else fmpq(1)
            t = third[i % len(third)] if third else fmpq(0)
            entries.append(abs(x) + d * d + (t * t / d if d > 0 else 0))
        point[name] = Tensor(fourth.shape, entries)


def _named(law: Mapping[str, str], point: Mapping[str, Tensor], order: int) -> list[fmpq]:
    """The declared moments of an order, largest use first: variances may stand on the diagonal of a covariance."""
    for key in (f"mu{order}", f"v{order}"):
        if law.get(key) in point:
            return point[law[key]].entries
    if order == 2 and law.get("cov") in point:
        covariance = point[law["cov"]]
        n = covariance.shape[0] if covariance.shape else 1
        return [covariance.entries[i * n + i] for i in range(n)]
    return []
