"""Index names of products: which indices are equal, and how the rest is named canonically.

One idea: the order in which factors were written must not matter, so summed indices are told apart by colour refinement
(sizes, factors, positions) and not by trying permutations, which takes seconds at nine indices. A tie is broken by
picking one index and refining again; a wrong pick among indices that only look alike can make two equal products look
different, never two different ones equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from derive.engine.expr import Affine, Idx, Node, Prod, Table, exchangeable, is_skew, size_sig
from derive.sizes import Size

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    Factor = tuple[Node, Idx, Number]

Symmetric = Callable[[Node], bool]


class Frame:
    """Indices of a product while it is being made: sizes, and which have become equal."""

    __slots__ = ("dims", "gone", "parent", "united")

    def __init__(self, dims: Iterable[Size] = ()) -> None:
        self.dims: list[Size] = list(dims)
        self.parent: list[int] = list(range(len(self.dims)))
        self.gone: set[int] = set()  # summed away by a law, with value 1
        self.united = False  # whether some have become equal

    def new(self, size: Size) -> int:
        number = len(self.parent)
        self.dims.append(size)
        self.parent.append(number)
        return number

    def find(self, i: int) -> int:
        while self.parent[i] != i:
            i = self.parent[i]
        return i

    def unite(self, i: int, j: int) -> None:
        a, b = self.find(i), self.find(j)
        if a != b:
            self.parent[max(a, b)] = min(a, b)
            self.united = True

    def roots(self, at: Sequence[int]) -> Idx:
        """The one index that stands for each of these."""
        if not self.united:
            return tuple(at)
        parent = self.parent
        return tuple([i if parent[i] == i else self.find(i) for i in at])


def number_indices(coef: Number, factors: list[Factor], out: Idx, frame: Frame, symmetric: Symmetric) -> Prod:
    """The product with its indices named canonically: outputs by position, then along chains, the rest by colour refinement.

    Trying permutations takes seconds at nine indices; colours from sizes, factors and positions almost always tell
    indices apart, and a tie is broken by picking one and refining again.
    """
    order: dict[int, int] = {}
    for i in out:
        if i not in order:
            order[i] = len(order)
    uses = _uses(factors)
    bound = [i for i in uses if i not in order]
    if len(bound) > 1:
        if not out:
            _begun(order, factors)
        _along_chains(order, factors, uses)
        bound = [i for i in bound if i not in order]
    if len(bound) > 1:
        bound = _by_colour(bound, factors, order, frame, symmetric)
    for i in bound:
        order[i] = len(order)
    named: list[Factor] = []
    for base, idx, exp in factors:
        new: Idx
        if len(idx) == 2:
            i, j = order[idx[0]], order[idx[1]]
            if i > j and type(base) is not Affine and symmetric(base):
                i, j = j, i
            elif i > j and type(exp) is int and is_skew(base):
                i, j, coef = j, i, -coef if exp % 2 else coef
            named.append((base, (i, j), exp))
            continue
        new = tuple([order[i] for i in idx])
        if len(new) > 1 and type(base) is not Affine and symmetric(base):
            new = tuple(sorted(new))
        elif len(new) == 3 and new[0] > new[1] and exchangeable(base):
            new = (new[1], new[0], new[2])
        named.append((base, new, exp))
    dims = tuple([frame.dims[i] for i in order])
    return Prod(coef, tuple(named), tuple([order[i] for i in out]), dims, True)


def _uses(factors: list[Factor]) -> dict[int, list[Idx]]:
    """The indices in the order of the factors, each with the factors on which it stands."""
    uses: dict[int, list[Idx]] = {}
    for _, idx, _ in factors:
        for i in idx:
            known = uses.get(i)
            if known is None:
                uses[i] = [idx]
            elif known[-1] is not idx or idx.count(i) == 1:
                known.append(idx)
    return uses


def _begun(order: dict[int, int], factors: list[Factor]) -> None:
    """Name the first index of a scalar, where one of its vectors comes first: `x'*A*y` begins with x or with y."""
    ends = [(base.sig, idx[0]) for base, idx, exp in factors if len(idx) == 1 and exp == 1]
    if ends:
        first, here = min(ends)
        if [sig for sig, _ in ends].count(first) == 1:
            order[here] = 0


def _along_chains(order: dict[int, int], factors: list[Factor], uses: dict[int, list[Idx]]) -> None:
    """Name what named indices lead to: where one factor alone leads on from an index, and to one other index alone.

    Constant tensors have several forms, and colours choose among them.
    """
    for base, _, _ in factors:
        if type(base) is Affine or type(base) is Table:
            return
    for here in list(order):
        while True:
            new = [i for beside in uses.get(here, ()) for i in beside if i not in order]
            if len(new) != 1:
                break
            here = new[0]
            order[here] = len(order)


def _by_colour(
    bound: list[int], factors: list[Factor], order: dict[int, int], frame: Frame, symmetric: Symmetric
) -> list[int]:
    colour = {i: hash((9, k)) for i, k in order.items()}
    for i in bound:
        colour[i] = hash((8, size_sig(frame.dims[i])))
    loose = [_loose(b, idx, symmetric) for b, idx, _ in factors]
    _refine(colour, bound, factors, loose)
    while True:
        groups: dict[int, list[int]] = {}
        for i in bound:
            groups.setdefault(colour[i], []).append(i)
        tied = min((c for c, members in groups.items() if len(members) > 1), default=None)
        if tied is None:
            return sorted(bound, key=lambda i: colour[i])
        colour[groups[tied][0]] = hash((7, tied))
        _refine(colour, bound, factors, loose)


def _loose(base: Node, idx: Idx, symmetric: Symmetric) -> int:
    """How many of the first axes of a factor may be exchanged."""
    if len(idx) < 2 or type(base) is Affine:
        return 0
    if exchangeable(base):
        return 2
    return len(idx) if symmetric(base) else 0


def _refine(colour: dict[int, int], bound: list[int], factors: list[Factor], loose: list[int]) -> None:
    """Give indices different colours as long as their surroundings differ."""
    count = len({colour[i] for i in bound})
    while True:
        seen: dict[int, list[int]] = {i: [] for i in bound}
        for (base, idx, exp), free in zip(factors, loose, strict=True):
            around = [colour[i] for i in idx]
            mine = hash((base.sig, exp, *sorted(around[:free]), *around[free:]))
            for position, i in enumerate(idx):
                if i in seen:
                    seen[i].append(hash((mine, 0 if position < free else position)))
        for i in bound:
            colour[i] = hash((colour[i], *sorted(seen[i])))
        now = len({colour[i] for i in bound})
        if now == count:
            return
        count = now


def all_hang_on(factors: Sequence[tuple[Node, Idx, object]], start: Iterable[int]) -> bool:
    """Whether every factor hangs on some of these indices, directly or by others."""
    reached, left = set(start), list(factors)
    while left:
        apart = []
        for factor in left:
            if reached.isdisjoint(factor[1]):
                apart.append(factor)
            else:
                reached.update(factor[1])
        if len(apart) == len(left):
            return False
        left = apart
    return True


def hanging_on(factors: Sequence[tuple[Node, Idx, object]], start: Iterable[int]) -> tuple[set[int], set[int]]:
    """The factors that hang on some indices, directly or by others, and all indices that they reach."""
    reached, inside = set(start), set[int]()
    grown = True
    while grown:
        grown = False
        for k, (_, at, _) in enumerate(factors):
            if k not in inside and reached & set(at):
                inside.add(k)
                reached |= set(at)
                grown = True
    return inside, reached
