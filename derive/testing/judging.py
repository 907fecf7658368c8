"""One gradient against differences along lines: right, wrong, at a kink, or not to be told.

One idea: along a line v, <gradient, v> has to be <cotangent, derivative of the outputs>, within the error that was measured on both sides. Few steps settle most
lines; what they leave open climbs the whole ladder, and only what two parts of that ladder reject is wrong. It looks for no cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from derive.testing import lines, steps
from derive.testing.code import Code
from derive.testing.outcome import Spot

Array = np.ndarray[Any, np.dtype[Any]]
AGREES, DIFFERS, KINK, OPEN = "agrees", "differs", "kink", "open"
SHARP = 2e-3  # error bars, relative to what is compared, that would let a mistake of 1 % be seen
LEAST = 1e-7  # relative differences below this are not called mistakes
FEW = 3  # entries of a large input that climb the ladder at a time
ROOM = 200_000  # values that are held at once for single entries


class Found(NamedTuple):
    """What one line showed. `gap` is the largest discrepancy relative to `bar`, `relative` to what is compared; by cotangent: got, expected, error, half."""

    status: str
    gap: float
    relative: float
    got: Array
    expected: Array
    error: Array
    half: Array
    smooth: Array  # of every output, whether it has no kink on this line


class Subject:
    """One input of the code under test, with its gradients for all cotangents, and the noise of both sides."""

    def __init__(
        self, code: Code, place: int, middle: Array, cotangents: Array, gradients: Array, unsteady: Array, eps: float
    ) -> None:
        self.code = code
        self.place = place
        self.middle = middle
        self.cotangents = cotangents  # one a row
        self.gradients = gradients  # one a row, flat
        self.unsteady = unsteady  # what rounding changes in gradients, samples first
        self.eps = eps
        self.x = code.exact[place]
        self.least = lines.least_unit(self.x) if self.x.size else 0.0
        self.coarse = eps > 1e-12
        self.noise = middle * 0
        self.disputed = False  # some line is wrong by coarse steps, and not by fine ones
        self.seen: dict[int, Found] = {}  # single entries that were looked at
        self.size = np.sqrt((gradients**2).mean(axis=1)) if gradients.shape[1] else np.zeros(len(cotangents))

    def with_cotangents(self, cotangents: Array) -> Subject:
        """The same input for other cotangents; what is claimed for them stays unknown, and is 0."""
        other = Subject(self.code, self.place, self.middle, cotangents, 0 * self.gradients, self.unsteady, self.eps)
        other.noise = self.noise
        return other

    def measure(self, rng: np.random.Generator) -> None:
        """Measure the noise of the forward pass along a dense line."""
        v = lines.dense(self.x, rng)
        probe = steps.COARSE_PROBE if self.coarse else steps.PROBE
        self.noise = steps.measured_noise(lambda t: self.code.moved(self.place, v, t), self.middle, 2 * self.eps, probe)

    def look(self, v: Array) -> Found:
        """One line, as far up the ladder as it takes."""
        found = self.judge(v, self.slopes([v], self.quick)[0], final=False)
        if found.status == AGREES:
            return found
        return self.judge(v, self.slopes([v], steps.LADDER)[0], final=True)

    @property
    def quick(self) -> Sequence[float]:
        return steps.COARSE_FAST if self.coarse else steps.FAST

    def slopes(self, directions: Sequence[Array], ladder: Sequence[float]) -> list[steps.Slopes]:
        """The derivatives of all outputs along several lines."""
        samples = [
            steps.sample(lambda t, v=v: self.code.moved(self.place, v, t), self.middle, ladder)  # type: ignore[misc]
            for v in directions
        ]
        if len(samples) == 1 or self.middle.size > steps.WIDE:
            return [steps.slopes(s, self.noise) for s in samples]
        plus = np.stack([s.plus for s in samples], axis=1)
        minus = np.stack([s.minus for s in samples], axis=1)
        middle = np.broadcast_to(self.middle, plus.shape[1:])
        all_slopes = steps.slopes(steps.Samples(middle, ladder, plus, minus), self.noise)
        return [steps.Slopes(*(part[k] for part in all_slopes)) for k in range(len(directions))]

    def judge(self, v: Array, s: steps.Slopes, final: bool) -> Found:
        """Hold the gradients against the slopes of one line."""
        flat = v.ravel()
        weights = np.abs(self.cotangents)
        with np.errstate(all="ignore"):
            got = self.gradients @ flat
            expected, other = self.cotangents @ s.value, self.cotangents @ s.other
            bar, other_bar, half = weights @ s.error, weights @ s.other_error, weights @ s.half
            own = np.sqrt((self.gradients**2) @ flat**2)
            size = own + np.sqrt((self.cotangents**2) @ s.value**2)
            rounding = 4 * np.abs(self.unsteady @ flat).max(axis=0, initial=0.0) + 16 * self.eps * own
            gap, other_gap = np.abs(got - expected) - half, np.abs(got - other) - half
            typical = self.size * np.sqrt((flat**2).sum())
            floor = LEAST * np.maximum(size, 1e-2 * typical if np.count_nonzero(flat) == 1 else 0)
            worst = int(np.nanargmax(np.where(np.isfinite(gap), gap - bar, -np.inf)))
            relative = float(np.max(np.maximum(gap, 0) / np.where(size > 0, size, np.inf), initial=0.0))
        one = np.count_nonzero(flat) == 1
        stairs = (s.still > 0) & (self.noise > 16 * self.eps * np.abs(self.middle)) & (s.value != 0)
        open_ = weights @ (np.abs(s.value) * stairs)  # a slope from afar, and none from close: steps disagree
        status = OPEN
        suspect = gap > 10 * (bar + rounding) + floor
        suspect &= other_gap > 10 * (np.minimum(other_bar, 1e300) + rounding) + floor
        if not (np.isfinite(bar).all() and np.isfinite(expected).all()) or (half.any() and not final):
            status = OPEN  # from afar a bend looks like a kink
        elif (half > 3 * bar + floor).any() and not one:
            status = KINK
        elif (gap <= 3 * bar + rounding + floor).all() and self._sharp(bar, size, typical, final):
            status = AGREES
        elif final and suspect.any():
            certain = suspect & (gap > 10 * (bar + rounding) + floor + open_)
            status = DIFFERS if certain.any() else OPEN
            self.disputed |= not certain.any()
        return Found(status, float(gap[worst]), relative, got, expected, bar, half, s.half == 0)

    def _sharp(self, bar: Array, size: Array, typical: Array, final: bool) -> bool:
        """Whether a mistake of one percent could be seen; on the whole ladder, next to what is typical of the input."""
        limit = SHARP * size
        if final:
            limit = np.maximum(limit, 5 * SHARP * typical)
            limit = np.where(self.size == 0, np.inf, limit)
        return bool((bar <= np.maximum(limit, 1e-14 * np.abs(self.cotangents) @ np.abs(self.middle))).all())

    def entries(self, indices: Sequence[int]) -> Iterator[tuple[int, Found]]:
        """Single entries: several at a time where they are small, and up the ladder one by one."""
        chunk = max(1, ROOM // max(1, self.middle.size, self.x.size))
        for start in range(0, len(indices), chunk):
            some = indices[start : start + chunk]
            directions = [self.single(k) for k in some]
            judged = self._judged(some, directions, self.quick)
            self.seen.update(judged)
            steep = [k for k in some if judged[k].status != AGREES]
            yield from ((k, found) for k, found in judged.items() if found.status == AGREES)
            few = len(steep) if self.x.size <= lines.EVERY else FEW
            for first in range(0, len(steep), max(1, few)):
                part = steep[first : first + few]
                climbed = self._judged(part, [self.single(k) for k in part], steps.LADDER)
                self.seen.update(climbed)
                yield from climbed.items()

    def unit(self, index: int) -> float:
        """How far one entry is moved at step 1."""
        return lines.unit(self.x, index, self.least)

    def single(self, index: int) -> Array:
        return lines.single(self.x, index, self.least)

    def glance(self, indices: Sequence[int]) -> dict[int, Found]:
        """Single entries at few steps."""
        out: dict[int, Found] = {}
        chunk = max(1, ROOM // max(1, self.middle.size, self.x.size))
        for start in range(0, len(indices), chunk):
            some = indices[start : start + chunk]
            out.update(self._judged(some, [self.single(k) for k in some], self.quick))
        return out

    def jacobian(self) -> Array:
        """All outputs by all entries, at few steps."""
        columns = []
        for k in range(self.x.size):
            columns.append(self.slopes([self.single(k)], self.quick)[0].value / self.unit(k))
        return np.stack(columns, axis=1)

    def elsewhere(self, point: Sequence[Array], indices: Sequence[int]) -> Array:
        """The right gradient at some entries, for every cotangent, at another point of the same shapes."""
        code, kept = self.code, (self.code.point, self.code.exact, self.middle, self.x, self.least)
        code.point = list(point)
        code.exact = [np.asarray(a, np.float64) if k in code.moving else a for k, a in enumerate(point)]
        self.middle, self.x = code.value(), code.exact[self.place]
        self.least = lines.least_unit(self.x)
        try:
            found = self.glance(indices)
            unit = [self.unit(k) for k in indices]
        finally:
            code.point, code.exact, self.middle, self.x, self.least = kept
        return np.stack([found[k].expected / u for k, u in zip(indices, unit, strict=True)], axis=1)

    def _judged(self, indices: Sequence[int], directions: Sequence[Array], ladder: Sequence[float]) -> dict[int, Found]:
        found = zip(indices, directions, self.slopes(directions, ladder), strict=True)
        return {k: self.judge(v, s, ladder is steps.LADDER) for k, v, s in found}

    def spot(self, index: int, found: Found) -> Spot:
        """One entry as it is reported: by its own unit, for the cotangent that shows most."""
        step = self.unit(index)
        j = int(np.nanargmax(np.abs(found.got - found.expected) - found.half))
        place = tuple(int(i) for i in np.unravel_index(index, self.x.shape)) if self.x.ndim else ()
        return Spot(
            place,
            float(found.got[j]) / step,
            float(found.expected[j]) / step,
            float(found.error[j]) / step,
            float(found.half[j]) / step,
        )

    def culprit(self, v: Array, found: Found) -> tuple[int, Found] | None:
        """The entry that a wrong line is wrong by: the half with the larger discrepancy, and so on."""
        for search in (self._by_difference, self._by_gap):
            index = search(v, found)
            seen = dict(self.entries([index])).get(index) if index is not None else None
            if index is not None and seen is not None and seen.status == DIFFERS:
                return index, seen
        return None

    def _by_difference(self, v: Array, found: Found) -> int | None:
        """One half is looked at; the other has the rest of the discrepancy, where the function is smooth."""
        support, left = np.flatnonzero(v), found.got - found.expected
        while len(support) > 1:
            halves = np.array_split(support, 2)
            seen = self._part(v, halves[0])
            one = seen.got - seen.expected
            first = np.abs(one).max() >= np.abs(left - one).max()
            support, left = (halves[0], one) if first else (halves[1], left - one)
        return int(support[0]) if len(support) else None

    def _by_gap(self, v: Array, found: Found) -> int | None:
        """Both halves are looked at, each for what its own kinks and noise cannot explain."""
        support = np.flatnonzero(v)
        while len(support) > 1:
            halves = np.array_split(support, 2)
            gaps = [self._part(v, half).gap for half in halves]
            support = halves[int(np.argmax(np.nan_to_num(gaps, nan=-np.inf)))]
        return int(support[0]) if len(support) else None

    def _part(self, v: Array, indices: Array) -> Found:
        """Some entries of a line, at few steps."""
        w = np.zeros(self.x.size)
        w[indices] = v.ravel()[indices]
        direction = w.reshape(self.x.shape)
        return self.judge(direction, self.slopes([direction], self.quick[1:])[0], final=False)
