"""A small dense tensor: a shape, and its entries row by row.

One idea: entries are whatever number a world computes with (balls, exact rationals), so that moving axes about is written once.
It knows no arithmetic; sums and products are in `contraction` and `evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

Number = Any  # flint.arb or flint.fmpq; never a float, never a Python int


class Tensor:
    """`entries` are row-major; a scalar has shape () and one entry. Never changed once made.

    `whole` is the same as one matrix of exact numbers, a vector being a column, where it was computed as one: products, sums and comparisons of
    whole matrices cost a tenth of those entry by entry. The entries of such a tensor are listed when they are first asked for.
    """

    __slots__ = ("entries", "shape", "whole")
    entries: list[Number]

    def __init__(self, shape: tuple[int, ...], entries: list[Number], whole: Any = None) -> None:
        self.shape = shape
        self.entries = entries
        self.whole = whole

    @staticmethod
    def of(shape: tuple[int, ...], whole: Any) -> Tensor:
        """The tensor that one matrix is."""
        made = Tensor.__new__(Tensor)
        made.shape = shape
        made.whole = whole
        return made

    def matrix(self, make: Callable[[int, int, list[Number]], Any]) -> Any:
        """The whole matrix of exact numbers, made where it is not known yet; a vector is a column."""
        if self.whole is None:
            rows, columns = self.shape if len(self.shape) == 2 else (len(self.entries), 1)
            self.whole = make(rows, columns, self.entries)
        return self.whole

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> list[Number]:
            """The entries, where they are not listed yet."""
            if name != "entries":
                raise AttributeError(name)
            self.entries = found = self.whole.entries()
            return found

    @property
    def scalar(self) -> Number:
        """The entry of a scalar."""
        return self.entries[0]

    def each(self, function: Callable[[Number], Number]) -> Tensor:
        """The function applied entry by entry."""
        return Tensor(self.shape, [function(x) for x in self.entries])

    def nested(self, read: Callable[[Number], Any]) -> Any:
        """Nested lists of `read(entry)`; a scalar gives `read(entry)` itself."""
        values: list[Any] = [read(x) for x in self.entries]
        for size in reversed(self.shape[1:]):
            values = [values[i : i + size] for i in range(0, len(values), size)]
        return values if self.shape else values[0]

    def __repr__(self) -> str:
        return f"Tensor({self.shape}, {self.nested(float)})"


def count(shape: Iterable[int]) -> int:
    """Number of entries of a shape."""
    total = 1
    for size in shape:
        total *= size
    return total


def strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Steps in the flat list along each axis, row-major: (2, 3, 4) -> (12, 4, 1)."""
    out = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        out[axis] = out[axis + 1] * shape[axis + 1]
    return tuple(out)


def offsets(sizes: Sequence[int], steps: Sequence[int]) -> list[int]:
    """Flat offset of every multi-index, row-major: axis a of size `sizes[a]` moves by `steps[a]`."""
    out = [0]
    for size, step in zip(sizes, steps, strict=True):
        moves = [i * step for i in range(size)]
        out = [base + move for base in out for move in moves]
    return out


def permuted(tensor: Tensor, axes: Sequence[int]) -> Tensor:
    """Axis k of the result is axis `axes[k]` of the tensor."""
    if list(axes) == list(range(len(axes))):
        return tensor
    steps = strides(tensor.shape)
    sizes = tuple(tensor.shape[a] for a in axes)
    entries = tensor.entries
    return Tensor(sizes, [entries[i] for i in offsets(sizes, [steps[a] for a in axes])])


def column_major(tensor: Tensor) -> list[Number]:
    """Entries with the first axis fastest: the vec of a matrix."""
    return permuted(tensor, range(len(tensor.shape) - 1, -1, -1)).entries


def sliced(tensor: Tensor, ranges: Sequence[range], kept: Sequence[bool]) -> Tensor:
    """The entries whose 0-based index along each axis lies in its range; axes that are not kept have one index."""
    steps = strides(tensor.shape)
    start = sum(r.start * s for r, s in zip(ranges, steps, strict=True))
    entries = tensor.entries
    picked = [entries[start + i] for i in offsets([len(r) for r in ranges], steps)]
    return Tensor(tuple(len(r) for r, keep in zip(ranges, kept, strict=True) if keep), picked)


def batched(shape: tuple[int, ...], trailing: int) -> Iterable[int]:
    """Flat starts of the slices over the leading axes, when the last `trailing` axes belong to the operation."""
    width = count(shape[len(shape) - trailing :])
    return range(0, max(count(shape), 1), width) if width else ()


def blocks(rows: Sequence[Sequence[Tensor]]) -> Tensor:
    """[A, B; C, D]: matrices laid side by side; a scalar is 1×1 and a vector a column.

    Raises ValueError when heights or widths do not fit.
    """
    lines: list[list[Number]] = []
    for row in rows:
        grids = [as_rows(t) for t in row]
        if len({len(g) for g in grids}) != 1:
            raise ValueError("blocks of one row have different heights")
        lines += [[x for part in parts for x in part] for parts in zip(*grids, strict=True)]
    if len({len(line) for line in lines}) != 1:
        raise ValueError("rows of blocks have different widths")
    return Tensor((len(lines), len(lines[0])), [x for line in lines for x in line])


def as_rows(tensor: Tensor) -> list[list[Number]]:
    """The rows of a matrix; a vector is a column, a scalar 1×1."""
    if len(tensor.shape) > 2:
        raise ValueError("a block has more than two axes")
    width = tensor.shape[1] if len(tensor.shape) == 2 else 1
    return [tensor.entries[i : i + width] for i in range(0, len(tensor.entries), width)]


def indices(shape: Sequence[int]) -> Iterable[tuple[int, ...]]:
    """Every 0-based multi-index, row-major."""
    return product(*map(range, shape))
