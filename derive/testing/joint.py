"""Two inputs that are moved together, where entries of both are tied.

One idea: at a tie each input alone may claim any part of the slope, but if both move by the same amount the function is smooth and their claims have to add up. It looks
at inputs of one shape that have equal entries, and at no others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, cast

import numpy as np

from derive.testing import lines
from derive.testing.code import Code
from derive.testing.judging import DIFFERS, Found, Subject

Array = np.ndarray[Any, np.dtype[Any]]


class Both:
    """The code as a function of two inputs, laid one after the other."""

    def __init__(self, code: Code, first: int, second: int) -> None:
        self.code = code
        self.places = (first, second)
        self.exact = [np.concatenate([code.exact[k].ravel() for k in self.places])]

    def moved(self, place: int, direction: Array, t: float) -> Array:
        point = list(self.code.point)
        parts = np.split(self.exact[place] + t * direction, 2)
        for k, part in zip(self.places, parts, strict=True):
            point[k] = part.reshape(point[k].shape).astype(self.code.dtype)
        return self.code.value(point)


def joint_mistakes(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Subject, Found]]:
    """Pairs of inputs whose claims do not add up where they are tied."""
    for a, b in combinations(subjects, 2):
        tied = (a.x == b.x) if a.x.shape == b.x.shape else np.zeros(1, bool)
        if not tied.any() or a.x.size > lines.EVERY:
            continue
        both = Subject(
            cast(Code, Both(a.code, a.place, b.place)),
            0,
            a.middle,
            a.cotangents,
            np.concatenate([a.gradients, b.gradients], axis=1),
            np.concatenate([a.unsteady, b.unsteady], axis=2),
            a.eps,
        )
        both.noise = np.maximum(a.noise, b.noise)
        found = both.look(np.tile(np.where(tied, max(a.least, b.least), 0.0).ravel(), 2))
        if found.status == DIFFERS:
            yield a, b, found
