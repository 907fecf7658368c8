"""Products over named axes as products of matrices, in the order that costs least.

One idea: a product of many factors is done two at a time; which two is decided by the cost of the operations that they would need,
what is known already (the same two factors under other names) costing nothing, so that the two halves of `J'*D*J` are one. Two factors
meet in one of four ways: entry by entry, as an outer product, as a product of matrices, or, where an axis stays on both and
another is summed, as a stack of products. It knows arrays and their axes, and nothing of formulas.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from derive.compiled.order import Named, Order, kind
from derive.compiled.program import Program, Shape, Var
from derive.sizes import ONE

if TYPE_CHECKING:
    from fractions import Fraction

    from derive.sizes import Size

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
BEYOND = 3e6  # entries above which an outer product is bound by memory, which a product of matrices writes twice


class Contraction:
    """One product: its program, the sizes of the labels, and the labels that stay."""

    def __init__(self, program: Program, sizes: dict[int, Size], out: Sequence[int]) -> None:
        self.program = program
        self.sizes = sizes
        self.counts: dict[int, float] | None = None
        self.out = tuple(dict.fromkeys(out))
        self.place = {label: k for k, label in enumerate(self.out)}
        self.kinds: set[object] = set()  # pairs that have met, whatever their labels were called
        self.order: Order | None = None

    @property
    def count(self) -> dict[int, float]:
        """How many entries each label has, by the sizes that are given or assumed."""
        if self.counts is None:
            self.counts = {label: float(self.program.nominal(size)) for label, size in self.sizes.items()}
        return self.counts

    # ---- the whole

    def product(self, factors: Sequence[Named], coefficient: int | Fraction = 1) -> Named:
        """The sum over all labels that do not stay of the product of the factors. Labels that no factor has are left out."""
        left = self._merged(self._summed(factors))
        scalars = [f for f in left if not f.labels]
        left = [f for f in left if f.labels]
        if not left:
            return Named(self._scaled(self._scalar(scalars), coefficient), ())
        if len(left) == 1:
            made = self._alone(left[0])
            return self._times(made, scalars, coefficient)
        while len(left) > 2:
            squared = self._squared(left)
            if squared is not None:
                return self._times(squared, scalars, coefficient)
            for a, b in self._next(left):
                left = self._met(left, a, b, scalars)
        if len(left) == 1:
            return self._times(self._alone(left[0]), scalars, coefficient)
        if not left:
            return Named(self._scaled(self._scalar(scalars), coefficient), ())
        return self._last(left[0], left[1], scalars, coefficient)

    def _last(self, a: Named, b: Named, scalars: list[Named], coefficient: int | Fraction) -> Named:
        """The last two factors, the number going to the smallest of the three arrays."""
        size = self.program.entries
        after = self._size(self.out_of((a, b)))
        if not scalars and coefficient == 1:
            return self.pair(a, b, self.out)
        first, second = size(a.var.shape), size(b.var.shape)
        summed = any(x not in self.place for x in a.labels if x in b.labels)
        if after <= min(first, second) or (a.var is b.var and summed):  # a matrix with itself costs half
            return self._times(self.pair(a, b, self.out), scalars, coefficient)
        if first <= second:
            return self.pair(self._times(a, scalars, coefficient), b, self.out)
        return self.pair(a, self._times(b, scalars, coefficient), self.out)

    def out_of(self, factors: Iterable[Named]) -> tuple[int, ...]:
        found = {label for f in factors for label in f.labels}
        return tuple([label for label in self.out if label in found])

    def _size(self, labels: Iterable[int]) -> float:
        total = 1.0
        count = self.count
        for label in labels:
            total *= count[label]
        return total

    def _scalar(self, scalars: Sequence[Named]) -> Var:
        made = self.program.number(1)
        for f in scalars:
            made = self.program.entrywise("mul", made, f.var)
        return made

    def _scaled(self, var: Var, coefficient: int | Fraction) -> Var:
        return self.program.scaled(coefficient, var)

    def _times(self, a: Named, scalars: Sequence[Named], coefficient: int | Fraction) -> Named:
        if not scalars:
            return Named(self._scaled(a.var, coefficient), a.labels)
        scalar = self._scaled(self._scalar(scalars), coefficient)
        return Named(self.program.entrywise("mul", scalar, a.var), a.labels)

    def _squared(self, factors: Sequence[Named]) -> Named | None:
        """`X'*diag(d)*X` with d ≥ 0 as `Z'*Z`, Z = diag(sqrt(d))*X: the same array on both sides costs half."""
        p = self.program
        big = [f for f in factors if len(f.labels) == 2]
        small = [f for f in factors if len(f.labels) == 1]
        if len(big) != 2 or len(small) + 2 != len(factors) or big[0].var is not big[1].var:
            return None
        x, y = big
        shared = [axis for axis in (0, 1) if x.labels[axis] == y.labels[axis]]
        if len(shared) != 1 or not small:
            return None
        (axis,) = shared
        k, ends = x.labels[axis], (x.labels[1 - axis], y.labels[1 - axis])
        if k in self.place or not set(ends) <= set(self.place) or any(f.labels != (k,) for f in small):
            return None
        if not all(p.nonnegative(f.var) for f in small):
            return None
        d = small[0].var
        for f in small[1:]:
            d = p.entrywise("mul", d, f.var)
        root = p.text("np.sqrt(x)", ("x",), [d], d.shape)
        z = p.entrywise("mul", p.view(root, (0, None)) if axis == 0 else root, x.var)
        turned = p.view(z, (1, 0))
        labels = self._order(ends)  # in either order: the product is symmetric
        return Named(p.dot(turned, z) if axis == 0 else p.dot(z, turned), labels)

    # ---- preparation

    def _summed(self, factors: Sequence[Named]) -> list[Named]:
        """The factors without the labels that nothing else has, summed."""
        count: dict[int, int] = {}
        for f in factors:
            for label in f.labels:
                count[label] = count.get(label, 0) + 1
        return [self._without(f, [x for x in f.labels if count[x] == 1 and x not in self.place]) for f in factors]

    def _without(self, f: Named, labels: Sequence[int]) -> Named:
        """The sum over some labels."""
        if not labels:
            return f
        axes = tuple([n for n, label in enumerate(f.labels) if label in labels])
        return Named(self.program.sum(f.var, axes), tuple([x for x in f.labels if x not in labels]))

    def _alone(self, f: Named) -> Named:
        axes = tuple(n for n, label in enumerate(f.labels) if label not in self.place)
        return Named(self.program.sum(f.var, axes), tuple(label for label in f.labels if label in self.place))

    def _merged(self, factors: list[Named]) -> list[Named]:
        """Factors with the same labels as one, unless the product is then summed over all of them."""
        kept: list[Named] = []
        place: dict[frozenset[int], int] = {}
        for f in factors:
            labels = frozenset(f.labels)
            twin = place.setdefault(labels, len(kept)) if labels else len(kept)
            if twin == len(kept) or (len(factors) == 2 and not labels <= self.place.keys()):
                kept.append(f)
            else:
                kept[twin] = self._entrywise(kept[twin], f)
        return kept

    def _join(self, factors: list[Named], made: Named) -> None:
        """One more factor, as `_merged` would take it in."""
        labels = set(made.labels)
        for k, f in enumerate(factors):
            if len(f.labels) == len(made.labels) and labels.issuperset(f.labels):
                if len(factors) > 1 or labels <= self.place.keys():
                    factors[k] = self._entrywise(f, made)
                    return
        factors.append(made)

    def _met(self, factors: list[Named], a: Named, b: Named, scalars: list[Named]) -> list[Named]:
        """The factors with two of them as one, if both are there still and are not the last."""
        others = [f for f in factors if f is not a and f is not b]
        if len(others) + 2 != len(factors) or not others:
            return factors
        stay = {label for f in others for label in f.labels}
        kept = [x for x in dict.fromkeys((*a.labels, *b.labels)) if x in stay or x in self.place]
        if self.order is not None:
            self.kinds.add(kind(a, b, self.order.bits, self.order.mask(kept)))
        made = self.pair(a, b, kept)
        if made.labels:
            self._join(others, made)
        else:
            scalars.append(made)
        return others

    def _next(self, factors: list[Named]) -> list[tuple[Named, Named]]:
        """Which factors meet first."""
        if self.order is None:
            self.order = Order(self.count, self.out)
        return self.order.first(factors, self.kinds, self._done)

    def _done(self, a: Named, b: Named) -> bool:
        """Whether the product of two matrices over the one axis that they share has been computed, or its transpose."""
        shared = [x for x in a.labels if x in b.labels]
        if len(shared) != 1:
            return False
        p, k = self.program, shared[0]
        left, right = a.labels.index(k), b.labels.index(k)
        forth = p.seen(a.var, left == 0), p.seen(b.var, right == 1)
        back = p.seen(b.var, right == 0), p.seen(a.var, left == 1)
        return p.known("dot", forth) or p.known("dot", back)

    # ---- two factors

    def pair(self, a: Named, b: Named, kept: Sequence[int]) -> Named:
        """The product of two factors, summed over the labels that are not kept."""
        a, b = self._presummed(a, b, kept), self._presummed(b, a, kept)
        stay = set(kept)
        shared = [x for x in a.labels if x in b.labels]
        summed = [x for x in shared if x not in stay]
        if not summed:
            outer = self._outer(a, b) if not shared else None
            return outer or self._entrywise(a, b)
        if any(x in stay for x in shared):
            return self._stacked(a, b, stay)
        return self._multiplied(a, b, summed)

    def _presummed(self, a: Named, b: Named, kept: Sequence[int]) -> Named:
        return self._without(a, [x for x in a.labels if x not in b.labels and x not in kept])

    def _order(self, labels: Iterable[int]) -> tuple[int, ...]:
        """Labels that will be summed first, then those of the result in their order."""
        return tuple(sorted(labels, key=lambda x: self.place.get(x, -1)))

    def aligned(self, a: Named, labels: Sequence[int]) -> Var:
        """The array with an axis for every label, of size 1 where it has none."""
        if not a.labels:
            return a.var
        missing = labels[: min(labels.index(x) for x in a.labels)]  # leading axes of size 1 broadcast by themselves
        return self.program.view(
            a.var, tuple(a.labels.index(x) if x in a.labels else None for x in labels[len(missing) :])
        )

    def _entrywise(self, a: Named, b: Named) -> Named:
        if set(b.labels) <= set(a.labels):
            labels = a.labels
        elif set(a.labels) <= set(b.labels):
            labels = b.labels
        else:
            labels = self._order({*a.labels, *b.labels})
        return Named(self.program.entrywise("mul", self.aligned(a, labels), self.aligned(b, labels)), labels)

    def _outer(self, a: Named, b: Named) -> Named | None:
        """A column times a row, as a product of matrices: twice as fast as the entrywise product, where it keeps the axes' order."""
        if not a.labels or not b.labels:
            return None
        if self.place.get(a.labels[0], -1) > self.place.get(b.labels[0], -1):
            a, b = b, a
        labels = (*a.labels, *b.labels)
        if self._order(labels) != labels or self._size(b.labels) < 8 or self._size(a.labels) < 8:
            return None
        if self._size(labels) > BEYOND:
            return None
        p = self.program
        left = p.view(self._flat(a), (0, None))
        right = p.view(self._flat(b), (None, 0))
        return Named(p.reshape(p.dot(left, right), self._shape(labels)), labels)

    def _shape(self, labels: Iterable[int]) -> Shape:
        return tuple([self.sizes[x] for x in labels])

    def _flat(self, a: Named) -> Var:
        return a.var if len(a.labels) == 1 else self.program.reshape(a.var, (product(a.var.shape),))

    def _grouped(self, a: Named, groups: Sequence[Sequence[int]]) -> Var:
        """The array with one axis for each group of labels; an empty group is no axis."""
        order = tuple(x for group in groups for x in group)
        turned = (*groups[1], *groups[0])
        if groups[0] and groups[1] and order != a.labels and turned == a.labels:  # a transpose behind is free
            flat = self.program.reshape(a.var, tuple([product(self._shape(g)) for g in (groups[1], groups[0])]))
            return self.program.view(flat, (1, 0))
        moved = self.program.view(a.var, tuple(a.labels.index(x) for x in order))
        return self.program.reshape(moved, tuple([product(self._shape(g)) for g in groups if g]))

    def _multiplied(self, a: Named, b: Named, summed: list[int]) -> Named:
        left = [x for x in a.labels if x not in summed]
        right = [x for x in b.labels if x not in summed]
        if self._swapped(left, right, a, b):
            a, b, left, right = b, a, right, left
        summed = [x for x in (a if len(a.labels) >= len(b.labels) else b).labels if x in summed]
        p = self.program
        made = self._product_of(
            self._grouped(a, (left, summed)), self._grouped(b, (summed, right)), bool(left), bool(right)
        )
        return Named(p.reshape(made, self._shape((*left, *right))), (*left, *right))

    def _product_of(self, a: Var, b: Var, left: bool, right: bool) -> Var:
        """`a·b`, or the transpose of `b'·a'` where that is known already."""
        p = self.program
        if left and right:
            turned = (p.view(b, (1, 0)), p.view(a, (1, 0)))
            if p.known("dot", turned) and not p.known("dot", (a, b)):
                return p.view(p.dot(*turned), (1, 0))
        return p.dot(a, b)

    def _swapped(self, left: Sequence[int], right: Sequence[int], a: Named, b: Named) -> bool:
        """Whether the result comes out in the better order of axes when the factors change places."""
        if not left or not right:
            return not left and bool(right) and len(b.labels) > len(a.labels)
        first = min(self.place.get(x, -1) for x in left), left
        second = min(self.place.get(x, -1) for x in right), right
        return first > second

    def _stacked(self, a: Named, b: Named, stay: set[int]) -> Named:
        """A product of matrices for every value of the labels that both keep."""
        batch = [x for x in a.labels if x in b.labels and x in stay]
        summed = [x for x in a.labels if x in b.labels and x not in stay]
        left = [x for x in a.labels if x not in b.labels]
        right = [x for x in b.labels if x not in a.labels]
        if left and right and self._size(left) * self._size(right) * self._size(summed) >= 64:
            if self._swapped(left, right, a, b):
                a, b, left, right = b, a, right, left
            batch = list(self._order(batch))
            one = self._split(a, batch, left, summed)
            two = self._split(b, batch, summed, right)
            made = self.program.matmul(one, two)
            labels = (*batch, *left, *right)
            return Named(self.program.reshape(made, self._shape(labels)), labels)
        labels = self._order((*batch, *left, *right))
        letter = {x: LETTERS[k] for k, x in enumerate(dict.fromkeys((*a.labels, *b.labels)))}
        words = (
            ",".join("".join(letter[x] for x in f.labels) for f in (a, b)) + "->" + "".join(letter[x] for x in labels)
        )
        return Named(self.program.einsum(words, a.var, b.var), labels)

    def _split(self, a: Named, batch: Sequence[int], rows: Sequence[int], columns: Sequence[int]) -> Var:
        order = (*batch, *rows, *columns)
        moved = self.program.view(a.var, tuple(a.labels.index(x) for x in order))
        shape = (*self._shape(batch), product(self._shape(rows)), product(self._shape(columns)))
        return self.program.reshape(moved, shape)


@lru_cache(maxsize=1024)
def product(shape: Shape) -> Size:
    """The number of entries, as a size."""
    total = ONE
    for size in shape:
        total = total * size
    return total
