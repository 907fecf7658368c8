"""The lines along which a gradient is looked at: all entries at random, blocks of one size, tied entries together, single entries.

One idea: a mistake that hides from one line shows on another: a uniform one along any dense line, one in a small entry on the line of its
block, one at a tie where tied entries move together. A line holds one direction, so memory stays O(n). It evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
EVERY = 64  # up to so many entries each is looked at by itself
SAMPLED = 12
SPREAD = 3.0  # decades that one block of entries spans


def scales(x: Array) -> Array:
    """How far each entry is moved at step 1: its own size, and not much less than the others'."""
    size = np.abs(x)
    known = size[size > 0]
    typical = float(np.median(known)) if known.size else 1.0
    out = np.maximum(size, 0.02 * typical)
    return np.where(size == 0, typical, out)


def dense(x: Array, rng: np.random.Generator) -> Array:
    """Every entry, by a random part of its scale, up or down."""
    part = rng.uniform(0.5, 1.0, x.shape) * np.where(rng.random(x.shape) < 0.5, -1.0, 1.0)
    return np.asarray(scales(x) * part)


def aligned(x: Array, gradient: Array) -> Array:
    """Every entry in the direction of its gradient: what a uniform mistake or a sign does there is as large as can be."""
    return np.asarray(scales(x) * np.sign(gradient))


def blocks(x: Array, gradient: Array, rng: np.random.Generator) -> Iterator[Array]:
    """Lines over the entries whose gradients are of one size, and over those whose gradient is said to be 0."""
    size = np.abs(gradient * scales(x))
    top = float(size.max(initial=0.0))
    if top == 0 or not np.isfinite(top):
        return
    with np.errstate(divide="ignore"):
        level = np.where(size > 0, np.floor(np.log10(top / np.where(size > 0, size, top)) / SPREAD), -1)
    levels = np.unique(np.minimum(level, 3))
    if len(levels) > 1:
        for k in levels:
            yield np.where(np.minimum(level, 3) == k, dense(x, rng), 0.0)


def together(x: Array) -> Iterator[Array]:
    """Moves that keep ties tied and zeros zero: equal entries together, everything by the same amount, everything in proportion."""
    values, counts = np.unique(x, return_counts=True)
    tied = values[counts > 1]
    step = float(np.median(scales(x)))
    for value in tied[:4]:
        yield np.where(x == value, step, 0.0)
    yield np.full(x.shape, step)
    if x.any():
        yield x.copy()


def chosen_entries(x: Array, gradient: Array, rng: np.random.Generator) -> list[int]:
    """Flat indices of the entries that are looked at one by one: all of few; of many the largest, the smallest, zeros, ties, some at random."""
    n = x.size
    if n <= EVERY:
        return list(range(n))
    size = np.abs(gradient.ravel())
    flat = x.ravel()
    found = [int(np.argmax(size)), int(np.argmin(np.where(size > 0, size, np.inf)))]
    for special in (np.flatnonzero(flat == 0), np.flatnonzero(size == 0)):
        found += [int(k) for k in special[:: max(1, len(special) // 2)][:2]]
    found += [int(np.argmax(np.abs(flat))), int(np.argmin(flat))]
    found += [int(k) for k in rng.integers(0, n, SAMPLED)]
    return list(dict.fromkeys(found))[:SAMPLED]


def unit(x: Array, index: int, least: float) -> float:
    """How far one entry is moved at step 1: its own size, and not less than `least`, for a small entry's size tells little."""
    return max(abs(float(x.ravel()[index])), least)


def least_unit(x: Array) -> float:
    """Half of what is typical."""
    return 0.5 * float(np.median(scales(x)))


def single(x: Array, index: int, least: float) -> Array:
    """One entry alone, by its unit."""
    v = np.zeros(x.size)
    v[index] = unit(x, index, least)
    return v.reshape(x.shape)
