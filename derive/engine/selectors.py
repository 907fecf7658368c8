"""Laws of the 0/1 tensors that stand for blocks, slices, unit vectors, vec and kron.

One idea: `Affine` says that an affine form of indices is zero, so two of them on one index combine by arithmetic:
`[u = n i + k][u = n i' + k'] -> [i = i'][k = k']` (mixed radix), `[u = i + a][u = j + b]` is `[i = j]` for equal blocks and
0 for disjoint ones. It knows nothing of the other factors but which indices they use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derive.engine.expr import Affine, Node
from derive.engine.radix import complete, decided, mirrored, never
from derive.sizes import ONE, Size

if TYPE_CHECKING:
    from fractions import Fraction

    from derive.engine.indices import Frame

    FactorOf = tuple[Node, list[int], int | Fraction]

MINUS = Size.of(-1)
NOTHING = Size.of(0)


class Selection:
    """One `[u = Σ c·i + offset]` of a product: the selected index, the parts (coefficient, index), the offset."""

    __slots__ = ("offset", "parts", "place", "target")

    def __init__(self, place: int, target: int, parts: list[tuple[Size, int]], offset: Size) -> None:
        self.place = place
        self.target = target
        self.parts = parts
        self.offset = offset


def selector(coefs: list[Size], offset: Size, target: Size, parts: list[Size]) -> Affine:
    """The tensor `[u = Σ coefs·i + offset]` with axes (u, i…); sizes `target` and `parts`."""
    return Affine((MINUS, *coefs), offset, (target, *parts))


def settle(factors: list[FactorOf], out: list[int], frame: Frame) -> list[FactorOf] | None:
    """Apply the laws until none fits; None when the product is zero."""
    changed = True
    while changed:
        changed = False
        selections = [s for k, f in enumerate(factors) if (s := _selection(k, f, frame)) is not None]
        for s in selections:
            if never(s, frame, _at_most):
                return None
            if not s.parts and s.offset == NOTHING and frame.dims[s.target] == ONE:
                factors, changed = _without(factors, s.place), True
                break
            turned = _without_ones(s, frame) or _cancelled(s, frame) or _turned(s, out, frame) or _solved(s, out, frame)
            if turned is not None:
                factors, changed = [*_without(factors, s.place), turned], True
                break
            if _is_delta(s, frame):
                frame.unite(s.target, s.parts[0][1])
                factors, changed = _without(factors, s.place), True
                break
        if changed:
            continue
        for a, first in enumerate(selections):
            for second in selections[a + 1 :]:
                if first.target != second.target:
                    if not _same_value(first, second, frame):
                        continue
                    frame.unite(first.target, second.target)
                    factors, changed = _without(factors, second.place), True
                    break
                verdict = _combine(first, second, frame)
                if verdict == "zero":
                    return None
                if verdict == "same":
                    factors, changed = _without(factors, second.place), True
                    break
                digits = _refined(first, second, frame) if verdict == "apart" else None
                if digits is not None:
                    factors, changed = [*_without(factors, second.place), *digits], True
                    break
            if changed:
                break
        if not changed:
            substituted = _substituted(factors, selections, out, frame)
            if substituted is not None:
                factors, changed = substituted, True
        if not changed:
            dropped = _sum_out(factors, selections, out, frame)
            if dropped is None:
                dropped = decided(factors, selections, frame, selector)
            if dropped is None:
                dropped = complete(factors, selections, _uses(factors, out, frame), frame)
            if dropped is None:
                dropped = mirrored(factors, selections, _uses(factors, out, frame), frame)
            if dropped is not None:
                factors, changed = dropped, True
    return factors


def _selection(place: int, factor: FactorOf, frame: Frame) -> Selection | None:
    base, at, exp = factor
    if not isinstance(base, Affine) or base.coefs[0] != MINUS or exp <= 0:
        return None
    parts = [(c, frame.find(i)) for c, i in zip(base.coefs[1:], at[1:], strict=True)]
    if len(parts) > 1:
        parts.sort(key=_stride)
    return Selection(place, frame.find(at[0]), parts, base.offset)


def _stride(part: tuple[Size, int]) -> int:
    """Digits of a mixed radix stand highest first, however the sum is written: `k n + j`, `j + k n`."""
    return -max([len(monomial) for monomial, _ in part[0].terms], default=0)


def _without(factors: list[FactorOf], place: int) -> list[FactorOf]:
    return [f for k, f in enumerate(factors) if k != place]


def _is_delta(s: Selection, frame: Frame) -> bool:
    return (
        len(s.parts) == 1
        and s.parts[0][0] == ONE
        and s.offset == NOTHING
        and frame.dims[s.target] == frame.dims[s.parts[0][1]]
    )


def _turned(s: Selection, out: list[int], frame: Frame) -> FactorOf | None:
    """`[u = i - r]` is `[i = u + r]`; `[u = n - 1 - i]` is symmetric: an output index stands first."""
    up = [i for c, i in s.parts if _at_most(NOTHING, c)]
    if len(up) == 1 and len(s.parts) > 1 and (ONE, up[0]) in s.parts and not _is_solvable(s, out, frame):
        down = [(c * -1, i) for c, i in s.parts if i != up[0]]
        parts = [(ONE, s.target), *down]
        made = selector([c for c, _ in parts], s.offset * -1, frame.dims[up[0]], [frame.dims[i] for _, i in parts])
        return made, [up[0], *[i for _, i in parts]], 1
    if len(s.parts) != 1 or s.parts[0][0] != MINUS:
        return None
    i = s.parts[0][1]
    size = frame.dims[i]
    roots = [frame.find(k) for k in out]
    if size != frame.dims[s.target] or s.offset != size - 1 or i not in roots:
        return None
    if s.target in roots and roots.index(s.target) <= roots.index(i):
        return None
    return selector([MINUS], s.offset, size, [size]), [i, s.target], 1


def _without_ones(s: Selection, frame: Frame) -> FactorOf | None:
    """`[u = i + c] -> [u = c]` for an index i of an axis of size 1: it is 0."""
    parts = [(c, i) for c, i in s.parts if frame.dims[i] != ONE]
    if len(parts) == len(s.parts):
        return None
    made = selector([c for c, _ in parts], s.offset, frame.dims[s.target], [frame.dims[i] for _, i in parts])
    return made, [s.target, *[i for _, i in parts]], 1


def _cancelled(s: Selection, frame: Frame) -> FactorOf | None:
    """`[u = u + j - i] -> [i = j]`: an index on both sides goes, where what is left can be solved for an index."""
    if all(i != s.target for _, i in s.parts):
        return None
    total: dict[int, Size] = {s.target: MINUS}
    for c, i in s.parts:
        total[i] = total.get(i, NOTHING) + c
    left = {i: c for i, c in total.items() if c != NOTHING}
    target = next((i for i, c in left.items() if c in (ONE, MINUS)), None)
    if target is None:
        return None
    sign = ONE if left[target] == MINUS else MINUS
    parts = [(c * sign, i) for i, c in left.items() if i != target]
    made = selector([c for c, _ in parts], s.offset * sign, frame.dims[target], [frame.dims[i] for _, i in parts])
    return made, [target, *[i for _, i in parts]], 1


def _is_solvable(s: Selection, out: list[int], frame: Frame) -> bool:
    """Whether `_solved` has the say, so that what one of the two turns the other does not turn back."""
    terms = [(MINUS, s.target), *s.parts]
    if len(terms) < 4 or len({i for _, i in terms}) < len(terms) or any(c not in (ONE, MINUS) for c, _ in terms):
        return False
    return not {i for _, i in terms}.isdisjoint([frame.find(k) for k in out])


def _solved(s: Selection, out: list[int], frame: Frame) -> FactorOf | None:
    """An equation of four or more indices with coefficients ±1 is solved for its first output index, positive terms first."""
    if not _is_solvable(s, out, frame):
        return None
    terms = [(MINUS, s.target), *s.parts]
    roots = [frame.find(k) for k in out]
    shown = [i for i in roots if i in {i for _, i in terms}]
    target = shown[0]
    sign = ONE if (MINUS, target) in terms else MINUS
    place = {i: k for k, i in reversed(list(enumerate(roots)))}
    others = [(c * sign, i) for c, i in terms if i != target]
    parts = sorted(others, key=lambda part: (part[0] != ONE, place.get(part[1], len(roots))))
    made = selector([c for c, _ in parts], s.offset * sign, frame.dims[target], [frame.dims[i] for _, i in parts])
    at = [target, *[i for _, i in parts]]
    return None if at == [s.target, *[i for _, i in s.parts]] else (made, at, 1)


def _same_value(a: Selection, b: Selection, frame: Frame) -> bool:
    """`[u = n i + k] [v = n i + k]` is `[u = n i + k] [u = v]`."""
    if len(a.parts) < 2 or a.offset != b.offset or frame.dims[a.target] != frame.dims[b.target]:
        return False
    return a.parts == b.parts


def _combine(a: Selection, b: Selection, frame: Frame) -> str:
    """`same` after uniting their indices, `zero` when nothing is selected by both, else `apart`."""
    if _radix(a, frame) and _radix(b, frame):
        if [(c, frame.dims[i]) for c, i in a.parts] == [(c, frame.dims[i]) for c, i in b.parts]:
            for (_, i), (_, j) in zip(a.parts, b.parts, strict=True):
                frame.unite(i, j)
            return "same"
        return "apart"
    if len(a.parts) == len(b.parts) == 1 and a.parts[0][0] == b.parts[0][0] == MINUS and a.offset == b.offset:
        if frame.dims[a.parts[0][1]] == frame.dims[b.parts[0][1]]:
            frame.unite(a.parts[0][1], b.parts[0][1])
            return "same"
    if len(a.parts) <= 1 and len(b.parts) <= 1 and all(c == ONE for c, _ in a.parts + b.parts):
        length = [frame.dims[s.parts[0][1]] if s.parts else ONE for s in (a, b)]
        if a.offset == b.offset and length[0] == length[1]:
            if a.parts and b.parts:
                frame.unite(a.parts[0][1], b.parts[0][1])
            return "same" if bool(a.parts) == bool(b.parts) else "apart"
        if _at_most(a.offset + length[0], b.offset) or _at_most(b.offset + length[1], a.offset):
            return "zero"
    return "apart"


def _refined(a: Selection, b: Selection, frame: Frame) -> list[FactorOf] | None:
    """`[u = n m i + j] [u = n p + q]` with j < n m: where both have a stride, the digits below it are one number.

    What is left of b: each group of its digits that is one digit of a, or the other way round. None when a group is several of both.
    """
    if not (_radix(a, frame) and _radix(b, frame)):
        return None
    common = [c for c, _ in a.parts if c in {c for c, _ in b.parts}]
    if any(len({c for c, _ in s.parts}) < len(s.parts) for s in (a, b)):
        return None  # a digit of size 1
    made: list[FactorOf] = []
    for first, second in zip(_grouped(a, common), _grouped(b, common), strict=True):
        whole, digits = (first, second) if len(first) == 1 else (second, first)
        if len(whole) > 1:
            return None
        if len(digits) == 1:
            made.append(
                (selector([ONE], NOTHING, frame.dims[whole[0]], [frame.dims[digits[0]]]), [whole[0], digits[0]], 1)
            )
            continue
        strides = [ONE]
        for i in reversed(digits[1:]):
            strides.insert(0, strides[0] * frame.dims[i])
        sizes = [frame.dims[i] for i in digits]
        made.append((selector(strides, NOTHING, frame.dims[whole[0]], sizes), [whole[0], *digits], 1))
    return made


def _grouped(s: Selection, common: list[Size]) -> list[list[int]]:
    """The digits of a mixed radix in groups that end at a common stride, highest first."""
    groups: list[list[int]] = [[]]
    for c, i in s.parts:
        groups[-1].append(i)
        if c in common:
            groups.append([])
    return groups[:-1]


def _radix(s: Selection, frame: Frame) -> bool:
    """Whether `u = Σ c·i` runs over every u once: each coefficient is the product of the later sizes."""
    if s.offset != NOTHING or len(s.parts) < 2:
        return False
    stride = ONE
    for coef, i in reversed(s.parts):
        if coef != stride:
            return False
        stride = stride * frame.dims[i]
    return stride == frame.dims[s.target]


def never_negative(size: Size) -> bool:
    """Whether a size is ≥ 0 for all values ≥ 1 of its names, as far as coefficients show it."""
    if all(c >= 0 for _, c in size.terms):
        return True
    return all(c >= 0 for _, c in size.substitute({n: Size.of(n) + 1 for n in size.names}).terms)


def leaves(base: Affine) -> bool:
    """Whether some of the values of a selector's right side are known to lie outside of the selected axis."""
    low = high = base.offset
    for c, size in zip(base.coefs[1:], base.shape[1:], strict=True):
        if never_negative(c):
            high = high + c * (size - 1)
        else:
            low = low + c * (size - 1)
    below, above = NOTHING - low, high - base.shape[0] + 1
    return any(never_negative(x) and bool(x.terms) for x in (below, above))


def _at_most(a: Size, b: Size) -> bool:
    """Whether a ≤ b for all positive sizes, as far as coefficients show it."""
    return never_negative(b - a)


def _substituted(
    factors: list[FactorOf], selections: list[Selection], out: list[int], frame: Frame
) -> list[FactorOf] | None:
    """`Σ_u [u = i + c] [u = …]` puts i + c for u, `Σ_u [u = Σ c i + o] [v = s u + …]` puts the sum for u, which nothing else uses."""
    used = _uses(factors, out, frame)
    for s in selections:
        if used[s.target] != 2 or not _in_range(s, frame):
            continue
        for other in selections:
            if other is s:
                continue
            if other.target == s.target:
                if not (len(s.parts) == 1 and s.parts[0][0] == ONE and len(other.parts) > 1):
                    continue
                parts, target, offset = other.parts, s.parts[0][1], other.offset - s.offset
            elif sum(i == s.target for _, i in other.parts) == 1:
                slope = next(c for c, i in other.parts if i == s.target)
                inner = [(slope * c, i) for c, i in s.parts]
                parts = [part for c, i in other.parts for part in (inner if i == s.target else [(c, i)])]
                target, offset = other.target, other.offset + slope * s.offset
            else:
                continue
            if len({i for _, i in parts}) < len(parts) or target in {i for _, i in parts}:
                continue
            base = selector([c for c, _ in parts], offset, frame.dims[target], [frame.dims[i] for _, i in parts])
            frame.gone.add(s.target)
            kept = [f for k, f in enumerate(factors) if k not in (s.place, other.place)]
            return [*kept, (base, [target, *[i for _, i in parts]], 1)]
    return None


def _uses(factors: list[FactorOf], out: list[int], frame: Frame) -> dict[int, int]:
    """How often each index stands on a factor; an output index counts as used by many."""
    used: dict[int, int] = {}
    for i in out:
        used[frame.find(i)] = 99
    for _, at, _ in factors:
        for i in at:
            used[frame.find(i)] = used.get(frame.find(i), 0) + 1
    return used


def _sum_out(
    factors: list[FactorOf], selections: list[Selection], out: list[int], frame: Frame
) -> list[FactorOf] | None:
    """Σ_u [u = …] = 1 where the right side always lies in range and nothing else uses u; so is the sum over all digits of u."""
    used = _uses(factors, out, frame)
    for s in selections:
        if _radix(s, frame) and all(used[i] == 1 for _, i in s.parts):
            frame.gone.update([i for _, i in s.parts])
            return _without(factors, s.place)
        if used[s.target] == 1 and _in_range(s, frame):
            frame.gone.add(s.target)
            return _without(factors, s.place)
    return None


def _in_range(s: Selection, frame: Frame) -> bool:
    """Whether the smallest and the largest value of offset + Σ c i lie in the axis, as far as coefficients show it.

    A position by a name or a number is no exception: in `delta(i, j)`, and beside blocks, it may lie outside of the axis.
    """
    low: Any = s.offset
    high: Any = s.offset
    for c, i in s.parts:
        if _at_most(NOTHING, c):
            high = high + c * (frame.dims[i] - 1)
        else:
            low = low + c * (frame.dims[i] - 1)
    return _at_most(NOTHING, low) and _at_most(high, frame.dims[s.target] - 1)
