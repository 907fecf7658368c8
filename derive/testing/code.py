"""The code under test: forward and backward as functions of flat arrays in one precision, with their calls counted.

One idea: whatever the framework and the number of outputs, a function is a map from a list of arrays to one flat float64 vector, and its backward
from a flat cotangent to a list of gradients. It judges nothing but shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derive.testing.frameworks import framework_of, is_float, to_framework, to_numpy

Array = np.ndarray[Any, np.dtype[Any]]


class BadShape(Exception):
    """A gradient does not have the shape of its input."""

    def __init__(
        self, place: int, message: str, got: tuple[int, ...] = (), wanted: tuple[int, ...] | None = None
    ) -> None:
        super().__init__(message)
        self.place = place
        self.got = got
        self.wanted = wanted  # where that is not the shape of the input


class Code:
    """forward and backward at one point, in the precision `dtype`; inputs that are no floats stay as they are."""

    def __init__(
        self, forward: Callable[..., Any], backward: Callable[..., Any] | None, inputs: Sequence[Any], dtype: Any
    ) -> None:
        self.forward = forward
        self.backward = backward
        self.framework = framework_of(inputs)
        self.dtype = np.dtype(dtype)
        self.given = list(inputs)
        arrays = [to_numpy(x) for x in inputs]
        self.moving = [k for k, a in enumerate(arrays) if is_float(a)]
        self.bare = [isinstance(x, float | np.floating) for x in inputs]
        self.point = [np.array(a, self.dtype if k in self.moving else a.dtype) for k, a in enumerate(arrays)]
        self.exact = [np.array(a, np.float64) if k in self.moving else a for k, a in enumerate(arrays)]
        self.forwards = self.backwards = 0
        self.shapes: list[tuple[int, ...]] = []
        self.kinds: list[Any] = []
        self.numbers: list[bool] = []
        self.single = True

    def value(self, point: Sequence[Array] | None = None) -> Array:
        """All outputs, flat, as float64."""
        self.forwards += 1
        out = self.forward(*self._arguments(self.point if point is None else point))
        if type(out) is np.float64 and self.numbers == [True] and self.kinds == [out.dtype]:
            return np.array([out])
        if type(out) is np.ndarray and self.shapes == [out.shape] and self.kinds[0] == out.dtype:
            return out.astype(np.float64).ravel()
        return self._first(out)

    def _first(self, out: Any) -> Array:
        """Note what kinds of outputs there are."""
        self.single = not isinstance(out, tuple | list)
        outs = [out] if self.single else list(out)
        parts = [to_numpy(y) for y in outs]
        for y, part in zip(outs, parts, strict=True):
            if part.dtype.kind not in "fiub":
                kind = part.dtype if part.dtype.kind == "c" else type(y).__name__
                raise TypeError(f"forward gives {kind}, and an array of real numbers is compared")
        self.shapes = [y.shape for y in parts]
        self.kinds = [y.dtype if is_float(y) else self.dtype for y in parts]
        self.numbers = [not isinstance(y, np.ndarray) for y in outs]
        flat = [np.asarray(y, np.float64).ravel() for y in parts]
        return np.array(flat[0]) if self.single else np.concatenate(flat)

    def moved(self, place: int, direction: Array, t: float) -> Array:
        """The outputs with one input moved by t along a direction."""
        point = list(self.point)
        point[place] = (self.exact[place] + t * direction).astype(self.dtype)
        return self.value(point)

    def gradients(self, cotangent: Array, point: Sequence[Array] | None = None) -> list[Array | None]:
        """One gradient an input, in float64; None where the code gives None. Raises BadShape."""
        assert self.backward is not None
        self.backwards += 1
        here = self.point if point is None else point
        parts, start = [], 0
        for shape, kind, number in zip(self.shapes, self.kinds, self.numbers, strict=True):
            count = int(np.prod(shape))
            part = cotangent[start : start + count].reshape(shape).astype(kind)
            parts.append(to_framework(part, self.framework, number))
            start += count
        found = self.backward(parts[0] if self.single else tuple(parts), *self._arguments(here))
        return self._checked(found)

    def _arguments(self, point: Sequence[Array]) -> list[Any]:
        out = []
        for k, a in enumerate(point):
            if k not in self.moving:
                out.append(self.given[k])
            else:
                out.append(to_framework(a.copy() if a is self.point[k] else a, self.framework, self.bare[k]))
        return out

    def _checked(self, found: Any) -> list[Array | None]:
        if not isinstance(found, tuple | list) or (len(self.point) == 1 and len(found) != 1 and self.point[0].ndim):
            found = (found,)
        if len(found) != len(self.point):
            raise BadShape(-1, f"{len(found)} for {len(self.point)} inputs, and one an input is expected")
        out: list[Array | None] = []
        for k, g in enumerate(found):
            if g is None or k not in self.moving:
                out.append(None)
                continue
            a = to_numpy(g)
            if a.shape != self.point[k].shape:
                raise BadShape(k, f"its gradient has shape {a.shape}, and the input {self.point[k].shape}", a.shape)
            out.append(np.array(a, np.float64))
        return out
