"""A backward pass against differences of its forward pass, at one point.

One idea: shapes, finiteness and repeatability first; then every input along its lines, for several random cotangents. Single precision is judged as it would be
in double precision, where the code runs in both, and its rounding is reported apart. It makes no inputs and writes no messages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from derive.testing import lines
from derive.testing.code import BadShape, Code
from derive.testing.floating import floating_cause
from derive.testing.frameworks import to_numpy
from derive.testing.joint import joint_mistakes
from derive.testing.judging import AGREES, DIFFERS, KINK, LEAST, OPEN, Found, Subject
from derive.testing.outcome import INCONCLUSIVE, NON_FINITE, NOT_DETERMINISTIC, OK, SHAPE, WRONG, Cause, Report, Spot
from derive.testing.rounding import FarOff, Rounding

Array = np.ndarray[Any, np.dtype[Any]]
COTANGENTS = 2
KINKED_LINES = 24  # lines that are spent on finding where a function is smooth
SHOWN = 3  # wrong entries in a message
ALIKE = 1e-6  # two calls on the same values differ by less, relatively


class Examined(NamedTuple):
    """A report, and what a search for the cause needs."""

    report: Report
    subject: Subject | None = None
    subjects: Sequence[Subject] = ()


class Stop(Exception):
    """A report is reached early."""

    def __init__(self, report: Report, subject: Subject | None = None) -> None:
        super().__init__(report.outcome)
        self.report = report
        self.subject = subject


def examine(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Sequence[Any],
    seed: int = 0,
    names: Sequence[str] = (),
    only: Sequence[int] | None = None,
) -> Examined:
    """Judge a backward pass at one point. `only`: the inputs whose gradients are judged."""
    examination: _Examination | None = None
    try:
        with np.errstate(all="ignore"):
            examination = _Examination(forward, backward, inputs, seed, names, only)
            return examination.run()
    except Stop as stop:
        return Examined(stop.report, stop.subject, examination.subjects if examination is not None else ())


def precision_of(inputs: Sequence[Any]) -> Any:
    """float64, unless every input that is a float has less."""
    kinds = [a.dtype for a in map(to_numpy, inputs) if np.issubdtype(a.dtype, np.floating)]
    return np.result_type(*kinds) if kinds and np.result_type(*kinds).itemsize < 8 else np.dtype(np.float64)


class _Examination:
    """The steps of one check."""

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        inputs: Sequence[Any],
        seed: int,
        names: Sequence[str],
        only: Sequence[int] | None,
    ) -> None:
        dtype = precision_of(inputs)
        self.low: Code | None = None
        self.code = Code(forward, backward, inputs, np.float64)
        self.names = [names[k] if k < len(names) else f"input {k}" for k in range(len(inputs))]
        self.seed = seed
        self.wanted = [k for k in self.code.moving if only is None or k in only]
        self.rng = np.random.default_rng([seed, 0x5EED])
        self.notes: list[str] = []
        self.subjects: list[Subject] = []
        self.eps = float(np.finfo(np.float64).eps)
        if dtype.itemsize < 8:
            self.low = Code(forward, backward, inputs, dtype)
        if not self.wanted:
            raise Stop(Report(INCONCLUSIVE, "none of the inputs is an array of floats", seed=seed))

    def run(self) -> Examined:
        self._choose_precision()
        self.middle = self._repeated_value()
        random = np.random.default_rng([self.seed, 0xC07A46E7])  # tells nothing of the inputs
        self.cotangents = random.standard_normal((COTANGENTS, self.middle.size))
        self.cotangents += 0.1 * np.sign(self.cotangents)
        found = [self._gradients(self.code, g) for g in self.cotangents]
        self.subjects = subjects = [self._subject(place, found) for place in self.wanted if found[0][place] is not None]
        if not subjects:
            raise Stop(self._report(INCONCLUSIVE, "backward gives no gradient for any input"))
        resolution, open_ = 0.0, []
        for subject in subjects:
            self._finite(subject)
        for subject in subjects:
            settled, relative = self._input(subject)
            resolution = max(resolution, relative)
            if not settled or subject.disputed:
                open_.append(subject)
        for one, other, seen in joint_mistakes(subjects):
            pair = f"{self.names[one.place]} and {self.names[other.place]}"
            reason = f"tied entries of {pair}, moved together, change the function by another amount than their gradients add up to"
            raise Stop(self._report(WRONG, reason, one.place)._replace(relative=seen.relative), one)
        rounding = self._rounding(found) if self.low is not None else None
        if open_:
            raise Stop(self._report(INCONCLUSIVE, self._why_open(open_[0]), open_[0].place), open_[0])
        return Examined(
            self._report(OK)._replace(relative=resolution, rounding=rounding, notes=tuple(self.notes)), subjects[0]
        )

    # ------------------------------------------------------------------ before any difference

    def _choose_precision(self) -> None:
        """Double precision where the code runs in it, whatever precision the inputs have."""
        low = self.low
        if low is None:
            return
        here = low.value()
        try:
            there = self.code.value()
            usable = there.shape == here.shape and bool(np.isfinite(there).any()) and self.code.kinds[0].itemsize == 8
            size = float(np.abs(np.where(np.isfinite(here), here, 0)).max(initial=0.0))
            usable = usable and bool((np.abs(there - here)[np.isfinite(there - here)] <= 1e-2 * size + 1e-30).all())
            if usable:
                self.code.gradients(np.ones(there.size))
        except BadShape:
            return
        except Exception:  # the code is written for single precision
            usable = False
        if not usable:
            self.code, self.low = low, None
            self.eps = float(np.finfo(low.dtype).eps)
            self.notes.append(f"compared in {low.dtype}: the code does not run in float64")

    def _repeated_value(self) -> Array:
        before = [np.array(a) for a in self.code.point]
        first, second = self.code.value(), self.code.value()
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, self.code.point, strict=True)):
            self.notes.append("forward changes its inputs in place")
        if first.shape != second.shape or not _alike(first, second):
            raise Stop(self._report(NOT_DETERMINISTIC, "forward gives other values when it is called again"))
        if not np.isfinite(first).all():
            raise Stop(self._report(INCONCLUSIVE, "the function is not finite at this point"))
        if not first.size:
            raise Stop(self._report(INCONCLUSIVE, "the function has no outputs"))
        moved = [a * (1 + 1e-3 * self.rng.uniform(-1, 1, a.shape)) for a in (self.code.exact[k] for k in self.wanted)]
        point = list(self.code.point)
        for k, a in zip(self.wanted, moved, strict=True):
            point[k] = a.astype(self.code.dtype)
        near = self.code.value(point)
        with np.errstate(all="ignore"):
            short = np.array_equal(near, near.astype(np.float32).astype(np.float64), equal_nan=True)
        if short and self.eps < 1e-12 and not np.array_equal(near, np.round(near * 256) / 256):
            self.eps = float(np.finfo(np.float32).eps)
            self.notes.append("forward computes in single precision")
        self.code.value()  # code that keeps what backward needs has seen this point last
        return first

    def _gradients(self, code: Code, cotangent: Array, point: Sequence[Array] | None = None) -> list[Array | None]:
        try:
            return code.gradients(cotangent, point)
        except BadShape as trouble:
            from derive.testing.causes import shape_cause

            report = self._report(SHAPE, str(trouble), trouble.place)
            if trouble.place >= 0:
                wanted = code.point[trouble.place].shape if trouble.wanted is None else trouble.wanted
                cause = shape_cause(trouble.got, wanted, code.shapes)
                report = report._replace(cause=cause)
            raise Stop(report) from None
        except Exception as trouble:
            reason = (
                f"computing it raises {type(trouble).__name__}: {str(trouble).splitlines()[0] if str(trouble) else ''}"
            )
            raise Stop(self._report(WRONG, reason)) from trouble

    def _subject(self, place: int, found: Sequence[Sequence[Array | None]]) -> Subject:
        gradients = np.stack([_flat(g[place]) for g in found])
        again = _flat(self._gradients(self.code, self.cotangents[0])[place])
        if not _alike(gradients[0], again):
            raise Stop(self._report(NOT_DETERMINISTIC, "backward gives other values when it is called again", place))
        unsteady = [self._unsteady(place, gradients, j % COTANGENTS) for j in range(2)]
        subject = Subject(
            self.code, place, self.middle, self.cotangents, gradients, np.stack(unsteady)[:, None, :], self.eps
        )
        subject.measure(self.rng)
        return subject

    def _unsteady(self, place: int, gradients: Array, j: int) -> Array:
        """How far one rounding of the inputs moves the gradient; a jump, as at a kink, is no rounding."""
        point = list(self.code.point)
        for k in self.wanted:
            a = self.code.exact[k]
            point[k] = (a * (1 + self.eps * self.rng.choice([-1.0, 1.0], a.shape))).astype(self.code.dtype)
        moved = self._gradients(self.code, self.cotangents[j], point)[place]
        self.code.value()
        with np.errstate(all="ignore"):
            change = _flat(moved) - gradients[j]
            small = np.abs(change) <= 1e-3 * (np.abs(gradients[j]) + np.sqrt((gradients[j] ** 2).mean()))
        return np.where(small, change, 0.0)

    # ------------------------------------------------------------------ one input

    def _finite(self, subject: Subject) -> None:
        """Raise where a gradient is not finite and the function has one; elsewhere leave the entry out."""
        bad = np.flatnonzero(~np.isfinite(subject.gradients).all(axis=0))
        if not len(bad):
            return
        claimed = subject.gradients.copy()
        subject.gradients = np.where(np.isfinite(claimed), claimed, 0.0)
        subject.size = np.sqrt((subject.gradients**2).mean(axis=1))
        spots: list[Spot] = []
        for index, found in subject.entries([int(k) for k in bad[:8]]):
            spot = subject.spot(index, found)
            value = float(claimed[~np.isfinite(claimed[:, index]), index][0])
            if np.isfinite(spot.expected) and (np.isnan(value) or spot.error < 1e-2 * abs(spot.expected) + 1e-6):
                spots.append(spot._replace(got=value))
        if spots:
            subject.gradients = claimed
            reason = "the gradient is not finite, and the function has one"
            report = self._report(NON_FINITE, reason, subject.place)
            entries = (len(bad), subject.x.size)
            cause = floating_cause(self.code, self.cotangents[0])
            if not subject.x.ravel()[bad].any():
                cause = Cause("division-by-zero", "a division by the input, which is 0 at just these entries")
            report = report._replace(spots=tuple(spots[:3]), wrong_entries=entries, relative=np.inf, cause=cause)
            raise Stop(report, subject)
        self.notes.append(f"{self.names[subject.place]}: infinite at {len(bad)} entries, as the function is")

    def _input(self, subject: Subject) -> tuple[bool, float]:
        """Whether enough of an input was settled, and to what resolution. Raises Stop where it is wrong."""
        x, place = subject.x, subject.place
        gradient = subject.gradients[0].reshape(x.shape)
        n = x.size
        if not n:
            return True, 0.0
        every = n <= lines.EVERY
        judged = self._entries(subject, lines.chosen_entries(x, gradient, self.rng))
        smooth = np.ones(n, bool)
        smooth[[k for k, f in judged.items() if f.status == OPEN or (f.half > 3 * f.error).any()]] = False
        if not smooth.all():
            self.notes.append(
                f"{self.names[place]}: not differentiable at {n - int(smooth.sum())} of the entries looked at"
            )
        dense_agrees, resolution = 0, 0.0
        keep = smooth.reshape(x.shape)
        for v in self._dense_lines(subject, gradient):
            v = np.where(keep, v, 0.0)
            if not v.any():
                continue
            found = subject.look(v)
            if found.status == DIFFERS:
                self._refuse(subject, v, found)
            dense_agrees += found.status == AGREES
            resolution = max(resolution, _resolution(found)) if found.status == AGREES else resolution
            if found.status == KINK:
                dense_agrees += self._around_kinks(subject, v, found)
        if not smooth.all() or not dense_agrees:
            for v in lines.together(x) if n <= 10_000 else ():
                found = subject.look(v)
                if found.status == DIFFERS:
                    self._refuse(subject, v, found)
        settled = sum(f.status in (AGREES, KINK) for f in judged.values())
        return dense_agrees > 0 or (every and 2 * settled >= n), resolution

    def _entries(self, subject: Subject, indices: Sequence[int]) -> dict[int, Found]:
        judged: dict[int, Found] = {}
        wrong: dict[int, Found] = {}
        for k, found in subject.entries(indices):
            judged[k] = found
            if found.status == DIFFERS:
                wrong[k] = found
            if len(wrong) == SHOWN and subject.x.size > lines.EVERY:
                break  # one line costs as much as another: no more than are shown
        if wrong:
            self._wrong(subject, wrong, len(judged))
        return judged

    def _dense_lines(self, subject: Subject, gradient: Array) -> list[Array]:
        x = subject.x
        if x.size == 1:
            return [lines.dense(x, self.rng)]
        out = [lines.dense(x, self.rng), lines.dense(x, self.rng)]
        if x.size > lines.EVERY:
            out += [lines.aligned(x, gradient) + 0.0, *lines.blocks(x, gradient, self.rng)]
        return out

    def _around_kinks(self, subject: Subject, v: Array, found: Found) -> int:
        """Look again at the outputs that have no kink on this line; for one output, at parts of the line. How many lines agree."""
        agreeing = 0
        if found.smooth.any() and not found.smooth.all():
            agreeing += self._masked(subject, v, found.smooth)
        if agreeing:
            return agreeing
        parts = [np.flatnonzero(v)]
        for _ in range(KINKED_LINES):
            if not parts:
                break
            part = parts.pop(0)
            for half in np.array_split(part, 2):
                w = np.zeros(v.size)
                w[half] = v.ravel()[half]
                w = w.reshape(v.shape)
                if not len(half):
                    continue
                seen = subject.look(w)
                if seen.status == DIFFERS:
                    self._refuse(subject, w, seen)
                if seen.status == AGREES:
                    agreeing += 1
                elif seen.status == KINK and len(half) > 1:
                    parts.append(half)
        return agreeing

    def _masked(self, subject: Subject, v: Array, smooth: Array) -> int:
        masked = self.cotangents * smooth
        gradients = np.stack([_flat(self._gradients(self.code, g)[subject.place]) for g in masked])
        if not np.isfinite(gradients).all():
            return 0
        other = Subject(self.code, subject.place, self.middle, masked, gradients, subject.unsteady, self.eps)
        other.noise = subject.noise
        found = other.look(v)
        if found.status == DIFFERS:
            self._refuse(other, v, found)
        return int(found.status == AGREES)

    # ------------------------------------------------------------------ what is said

    def _refuse(self, subject: Subject, v: Array, found: Found) -> None:
        """A line is wrong: find an entry that is, and stop. One that no entry explains stops only where the line itself is smooth."""
        culprit = subject.culprit(v, found)
        if culprit is not None:
            index, seen = culprit
            self._wrong(subject, {index: seen}, 1)
        reason = "entries that are moved together change the function as no gradient of it would"
        raise Stop(self._report(WRONG, reason, subject.place)._replace(relative=found.relative), subject)

    def _wrong(self, subject: Subject, wrong: dict[int, Found], looked: int) -> None:
        order = sorted(wrong, key=lambda k: -wrong[k].gap)
        spots = tuple([subject.spot(k, wrong[k]) for k in order[:SHOWN]])
        relative = max(f.relative for f in wrong.values())
        report = self._report(WRONG, "", subject.place)._replace(
            spots=spots, wrong_entries=(len(wrong), looked), relative=relative
        )
        raise Stop(report, subject)

    def _why_open(self, subject: Subject) -> str:
        noise = float(np.max(subject.noise / np.maximum(np.abs(self.middle), 1e-300), initial=0.0))
        if noise > 1e-6:
            return f"the function is noisy: about {noise:.0e} of its value, so differences do not settle"
        return (
            "differences with different steps do not agree: the function may jump here, or have a kink at every entry"
        )

    def _rounding(self, gradients: Sequence[Sequence[Array | None]]) -> float:
        """The error of single precision. Raises Stop where that alone is wrong."""
        assert self.low is not None
        try:
            return Rounding(self.code, self.low, self.cotangents, self.wanted, self.rng).worst(gradients)
        except FarOff as far:
            report = self._report(far.outcome, far.reason, far.place)
            raise Stop(report._replace(spots=(far.spot,), relative=far.relative)) from None
        except BadShape as trouble:
            where = f"{trouble} (in {self.low.dtype} alone)"
            raise Stop(self._report(SHAPE, where, trouble.place)) from None
        except Exception as trouble:
            reason = f"computing it in {self.low.dtype} raises {type(trouble).__name__}: {trouble}"
            raise Stop(self._report(WRONG, reason)) from trouble

    def _report(self, outcome: str, reason: str = "", place: int = -1) -> Report:
        named = 0 <= place < len(self.names)
        calls = (self.code.forwards, self.code.backwards)
        return Report(
            outcome,
            reason,
            self.names[place] if named else "",
            self.code.point[place].shape if named else (),
            seed=self.seed,
            calls=calls,
            notes=tuple(self.notes),
        )


def _flat(gradient: Array | None) -> Array:
    assert gradient is not None
    return gradient.ravel()


def _alike(a: Array, b: Array) -> bool:
    """Whether two results of the same call are the same, but for the order of sums."""
    with np.errstate(all="ignore"):
        finite = np.isfinite(a) & np.isfinite(b)
        size = float(np.abs(a[finite]).max(initial=0.0))
        return bool((np.isfinite(a) == np.isfinite(b)).all() and (np.abs(a - b)[finite] <= ALIKE * size).all())


def _resolution(found: Found) -> float:
    size = np.abs(found.expected) + np.abs(found.got)
    return float(np.max(found.error / np.where(size > 0, size, np.inf), initial=0.0))


__all__ = ["LEAST", "Examined", "examine", "precision_of"]
