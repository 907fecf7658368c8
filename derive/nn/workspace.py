"""Memory that one convolution leaves to the next.

One idea: fresh pages cost more than the copy into them, so the scratch arrays of a thread (padded images, columns, products) are made once
and used again by every layer. No array from here is ever given to a caller: what a layer returns or keeps is its own.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from derive.nn.expect import Array

KEPT = 1 << 25  # bytes: an array beyond this is made anew, so that one large batch does not hold its memory for ever


class Workspace(threading.local):
    """Scratch arrays by name and dtype, one set a thread."""

    def __init__(self) -> None:
        self._memory: dict[tuple[str, np.dtype[Any]], Array] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """An array of this shape that holds anything; the one of this name that was given before is no longer to be used."""
        size = math.prod(shape)
        if size * dtype.itemsize > KEPT:
            return np.empty(shape, dtype)
        found = self._memory.get((name, dtype))
        if found is None or found.size < size:
            found = self._memory[name, dtype] = np.empty(size, dtype)
        return found[:size].reshape(shape)

    def matmul(self, name: str, a: Array, b: Array) -> Array:
        """a b for stacks of matrices of the same length."""
        return np.matmul(a, b, out=self.array(name, (a.shape[0], a.shape[1], b.shape[2]), b.dtype))

    def clear(self) -> None:
        """Give the memory of this thread back."""
        self._memory.clear()


WORK = Workspace()
