"""More laws of 0/1 tensors: what is never selected, what every position is selected by once, and a position that decides an index.

One idea: `u = n i + k` with 0 <= k < n has one solution for every u (mixed radix), so a sum over i and k that nothing else uses is 1; and
`[u = c][u = i + d]` is `[u = c][i = c - d]`. Each is an equality for every size. It knows nothing of the other factors but which indices they use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derive.sizes import ONE, Size

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from derive.engine.expr import Affine, Node
    from derive.engine.indices import Frame
    from derive.engine.selectors import Selection

    FactorOf = tuple[Node, list[int], int | Fraction]
    Make = Callable[[list[Size], Size, Size, list[Size]], Affine]

MINUS = Size.of(-1)


def never(s: Selection, frame: Frame, at_most: Callable[[Size, Size], bool]) -> bool:
    """Whether `u = Σ c i + offset` has no solution: the right side lies outside of the axis of u for all values of the indices."""
    if not s.parts:
        return False
    key = (frame.dims[s.target], s.offset, *[x for c, i in s.parts for x in (c, frame.dims[i])])
    found = _never.get(key)
    if found is None:
        if len(_never) >= MOST:
            _never.clear()
        found = _never[key] = _outside(key[0], s.offset, list(zip(key[2::2], key[3::2], strict=True)), at_most)
    return found


MOST = 10_000
_never: dict[
    tuple[Size, ...], bool
] = {}  # by the size of the axis, the offset, the coefficients and sizes of the parts


def _outside(axis: Size, offset: Size, parts: list[tuple[Size, Size]], at_most: Callable[[Size, Size], bool]) -> bool:
    low: Any = offset
    high: Any = offset
    for c, size in parts:
        if at_most(Size.of(0), c):
            high = high + c * (size - 1)
        else:
            low = low + c * (size - 1)
    return at_most(axis, low) or at_most(high, MINUS)


def complete(
    factors: list[FactorOf], selections: list[Selection], used: dict[int, int], frame: Frame
) -> list[FactorOf] | None:
    """`Σ_ik [u = n i + k] = 1` where u runs over all values and nothing else uses i and k."""
    for s in selections:
        if s.offset.terms or len(s.parts) < 2 or any(used[i] != 1 for _, i in s.parts):
            continue
        stride = ONE
        for coef, i in reversed(s.parts):
            if coef != stride:
                break
            stride = stride * frame.dims[i]
        else:
            if stride == frame.dims[s.target]:
                frame.gone.update(i for _, i in s.parts)
                return [f for k, f in enumerate(factors) if k != s.place]
    return None


def mirrored(
    factors: list[FactorOf], selections: list[Selection], used: dict[int, int], frame: Frame
) -> list[FactorOf] | None:
    """`Σ_k [u = n - 1 - k] [v = n - 1 - k] = [u = v]`."""
    for a, first in enumerate(selections):
        if len(first.parts) != 1 or first.parts[0][0] != MINUS or used[first.parts[0][1]] != 2:
            continue
        size = frame.dims[first.parts[0][1]]
        for second in selections[a + 1 :]:
            alike = first.parts == second.parts and first.offset == second.offset == size - 1
            if alike and frame.dims[first.target] == frame.dims[second.target] == size:
                frame.gone.add(first.parts[0][1])
                frame.unite(first.target, second.target)
                return [f for k, f in enumerate(factors) if k not in (first.place, second.place)]
    return None


def decided(factors: list[FactorOf], selections: list[Selection], frame: Frame, make: Make) -> list[FactorOf] | None:
    """`[u = c][u = i + d] -> [u = c][i = c - d]`."""
    points = {s.target: s for s in selections if not s.parts}
    for s in selections:
        point = points.get(s.target)
        if point is None or len(s.parts) != 1 or s.parts[0][0] not in (ONE, MINUS):
            continue
        sign, i = s.parts[0]
        made = make([], (point.offset - s.offset) * sign, frame.dims[i], [])
        return [*[f for k, f in enumerate(factors) if k != s.place], (made, [i], 1)]
    return None
