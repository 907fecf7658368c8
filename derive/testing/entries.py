"""A wrong Jacobian or Hessian is shown by its own entries.

One idea: a derivative with several outputs is judged through random cotangents; where that finds a wrong entry of the input, the column of the derivative by that entry is compared output
by output, and the entry that is most off is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derive.testing import steps
from derive.testing.frameworks import to_numpy
from derive.testing.judging import Subject
from derive.testing.outcome import Spot

Array = np.ndarray[Any, np.dtype[Any]]


def entries_of(subject: Subject, spots: Sequence[Spot], claimed: Callable[..., Any]) -> tuple[Spot, ...]:
    """The spots of a derivative with the axes of the outputs before those of the input; those given where there is one output."""
    outputs = subject.code.shapes[0]
    if not outputs:
        return tuple(spots)
    derivative = np.asarray(to_numpy(claimed(*[subject.code.point[k] for k in range(len(subject.code.point))])), float)
    found = []
    for spot in spots:
        k = int(np.ravel_multi_index(spot.at, subject.x.shape)) if spot.at else 0
        column = subject.slopes([subject.single(k)], steps.LADDER)[0]
        got = derivative.reshape(subject.middle.size, -1)[:, k]
        expected, error = column.value / subject.unit(k), column.error / subject.unit(k)
        j = int(np.nanargmax(np.abs(got - expected) - 3 * error))
        at = tuple(int(i) for i in np.unravel_index(j, outputs))
        found.append(Spot(at + spot.at, float(got[j]), float(expected[j]), float(error[j])))
    return tuple(found)
