"""The numbers that a cause has to explain: the claimed and the right gradient of one input, entry by entry, for every cotangent.

One idea: all entries of a small input, those that were looked at of a large one; a tolerance that knows the error bars. It names no cause.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.testing.judging import Subject

Array = np.ndarray[Any, np.dtype[Any]]
CLOSE = 1e-5
MOST_INPUTS = 128


class Evidence:
    """The claimed and the true gradient at the entries that were looked at, for every cotangent."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.shape = subject.x.shape
        seen = {k: f for k, f in subject.seen.items() if np.isfinite(f.expected).all()}
        n = subject.x.size
        if n <= MOST_INPUTS:
            seen.update(dict(subject.glance([k for k in range(n) if k not in seen]).items()))
        self.indices = np.array(sorted(seen), int)
        steps = np.array([subject.unit(int(k)) for k in self.indices])
        self.claimed = np.stack([seen[int(k)].got for k in self.indices], axis=1) / steps
        self.true = np.stack([seen[int(k)].expected for k in self.indices], axis=1) / steps
        bars = np.stack([seen[int(k)].error for k in self.indices], axis=1) / np.abs(steps)
        size = float(np.sqrt((self.true**2).mean())) + float(np.sqrt((self.claimed**2).mean()))
        self.tolerance = CLOSE * size + 10 * np.where(np.isfinite(bars), bars, 0.0)
        self.size = size
        self.whole = len(self.indices) == n
        self.x = subject.x.ravel()[self.indices]

    @property
    def wrong(self) -> bool:
        """Whether there is anything to explain."""
        return bool((np.abs(self.claimed - self.true) > self.tolerance).any())

    def telling(self, count: int) -> Array:
        """Positions of some entries that are compared at another point: the most wrong ones, and others."""
        order = np.argsort(-np.abs(self.claimed - self.true).max(axis=0), kind="stable")
        return order if len(order) <= count else np.concatenate([order[: count - 2], order[[len(order) // 2, -1]]])

    def explains_some(self, model: Array, positions: Array) -> bool:
        """Whether a model of some entries gives the claimed gradient there."""
        error = np.abs(self.claimed[:, positions] - model)
        return bool(np.isfinite(model).all() and (error <= self.tolerance[:, positions].max()).all())

    def explains(self, model: Array, claimed: Array | None = None) -> bool:
        """Whether a model gives the claimed gradient, at every entry."""
        return bool((np.abs((self.claimed if claimed is None else claimed) - model) <= self.tolerance).all())
