"""Einstein sums of small tensors, in any world of numbers.

One idea: contract two arguments at a time, smallest result first, each pair as a matrix product per shared index; the common
patterns (product, scaling, entrywise product, transpose) go straight. A plan depends on the pattern and the sizes only, and
is kept. It knows no term but the `Pattern`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from derive.numeric.tensor import Number, Tensor, count, offsets, permuted, strides
from derive.numeric.world import World
from derive.term import Pattern


class Pair(NamedTuple):
    """One step of a plan: contract operands `left` and `right`, keep these letters."""

    left: int
    right: int
    shared: str  # on both and kept
    rows: str  # on the left only
    columns: str  # on the right only
    summed: str  # on both and not kept


Operand = tuple[str, Tensor]


def contract(pattern: Pattern, arguments: Sequence[Tensor], sizes: Mapping[str, int], world: World) -> Tensor:
    """The value of an Einstein sum; axes of the result are the groups of the output.

    Raises ValueError when a letter has two sizes.
    """
    form = canonical(pattern)
    if form in _SCALINGS:
        factor, scaled = (arguments[0], arguments[1]) if _SCALINGS[form] == 0 else (arguments[1], arguments[0])
        value = factor.entries[0]
        return Tensor(scaled.shape, [value * x for x in scaled.entries])
    if form in _MATRIX_PRODUCTS:
        return _product(form, arguments[0], arguments[1], world)
    if form in ("a,a->a", "ab,ab->ab"):
        _same_shape(pattern, arguments)
        return Tensor(
            arguments[0].shape, [x * y for x, y in zip(arguments[0].entries, arguments[1].entries, strict=True)]
        )
    if form == "ab->ba":
        return permuted(arguments[0], (1, 0))
    if form in ("a->a", "ab->ab", "->"):
        return arguments[0] if arguments else Tensor((), [world.number(1)])
    return _general(pattern, arguments, sizes, world)


_SCALINGS = {",->": 0, ",a->a": 0, ",ab->ab": 0, "a,->a": 1, "ab,->ab": 1}
_MATRIX_PRODUCTS = {"ab,bc->ac", "ab,b->a", "a,ab->b", "a,a->"}


@lru_cache(maxsize=4096)
def canonical(pattern: Pattern) -> str:
    """The pattern with its letters renamed in order of appearance: `mk,kn->mn` is `ab,bc->ac`."""
    renamed: dict[str, str] = {}
    out = []
    for character in str(pattern):
        if character.isalpha():
            character = renamed.setdefault(character, chr(ord("a") + len(renamed)))
        out.append(character)
    return "".join(out)


def _product(form: str, a: Tensor, b: Tensor, world: World) -> Tensor:
    rows = a.shape[0] if form.startswith("ab,") else 1
    inner = a.shape[-1]
    columns = b.shape[1] if form.endswith(("bc->ac", "ab->b")) else 1
    if b.shape[0] != inner:
        raise ValueError(f"a product of sizes {a.shape} and {b.shape}")
    shape = {"ab,bc->ac": (rows, columns), "ab,b->a": (rows,), "a,a->": ()}.get(form, (columns,))
    if rows == columns == 1:
        return Tensor(shape, [_dot(a.entries, b.entries, world)])
    product = world.matrix(rows, inner, a.entries) * world.matrix(inner, columns, b.entries)
    return Tensor(shape, product.entries())


def _dot(x: Sequence[Number], y: Sequence[Number], world: World) -> Number:
    total = world.number(0)
    for a, b in zip(x, y, strict=True):
        total = total + a * b
    return total


def _same_shape(pattern: Pattern, arguments: Sequence[Tensor]) -> None:
    if len({t.shape for t in arguments}) != 1:
        raise ValueError(f"{pattern}: shapes {', '.join(str(t.shape) for t in arguments)} differ")


def _general(pattern: Pattern, arguments: Sequence[Tensor], sizes: Mapping[str, int], world: World) -> Tensor:
    known = _letter_sizes(pattern, arguments, sizes)
    kept = "".join(letter for group in pattern.output for letter in group)
    operands = [
        _reduced(letters, tensor, kept + "".join(pattern.inputs[:k] + pattern.inputs[k + 1 :]))
        for k, (letters, tensor) in enumerate(zip(pattern.inputs, arguments, strict=True))
    ]
    for pair in plan(tuple(letters for letters, _ in operands), kept, tuple(sorted(known.items()))):
        right = operands.pop(pair.right)
        left = operands.pop(pair.left)
        operands.append(_contracted(pair, left, right, known, world))
    last = operands[0] if operands else ("", Tensor((), [world.number(1)]))
    return _placed(pattern.output, last, known, world)


def _letter_sizes(pattern: Pattern, arguments: Sequence[Tensor], sizes: Mapping[str, int]) -> dict[str, int]:
    known: dict[str, int] = {}
    for letters, tensor in zip(pattern.inputs, arguments, strict=True):
        for letter, size in zip(letters, tensor.shape, strict=True):
            if known.setdefault(letter, size) != size:
                raise ValueError(f"{pattern}: the index {letter} has the sizes {known[letter]} and {size}")
    for group in pattern.output:
        for letter in group:
            if letter not in known:
                known[letter] = pattern.size(letter).value(sizes)
    return known


def _reduced(letters: str, tensor: Tensor, needed: str) -> Operand:
    """Diagonals of repeated letters taken, letters that nobody needs summed out."""
    distinct = "".join(dict.fromkeys(letters))
    kept = "".join(x for x in distinct if x in needed)
    if kept == letters:
        return letters, tensor
    shape, outer, inner = _selected(letters, tensor.shape, kept)
    entries = tensor.entries
    if len(inner) == 1:
        return kept, Tensor(shape, [entries[o] for o in outer])
    sums = []
    for o in outer:
        total = entries[o + inner[0]]
        for i in inner[1:]:
            total = total + entries[o + i]
        sums.append(total)
    return kept, Tensor(shape, sums)


@lru_cache(maxsize=512)
def _selected(letters: str, shape: tuple[int, ...], kept: str) -> tuple[tuple[int, ...], list[int], list[int]]:
    """The shape that is kept, where each of its entries begins, and the offsets from there that are summed."""
    steps = strides(shape)
    size = dict(zip(letters, shape, strict=True))
    step = {x: sum(s for s, y in zip(steps, letters, strict=True) if y == x) for x in size}
    summed = [x for x in size if x not in kept]
    inner = offsets([size[x] for x in summed], [step[x] for x in summed])
    outer = offsets([size[x] for x in kept], [step[x] for x in kept])
    return tuple(size[x] for x in kept), outer, inner


@lru_cache(maxsize=1024)
def plan(inputs: tuple[str, ...], kept: str, known: tuple[tuple[str, int], ...]) -> tuple[Pair, ...]:
    """Pairs to contract, in order: at each step the pair whose result is smallest against what it replaces.

    `left` < `right` are places in the list of what is left; the result goes to its end.
    """
    sizes = dict(known)
    rest = list(inputs)
    out = []
    while len(rest) > 1:
        best: tuple[int, Pair] | None = None
        for i in range(len(rest)):
            for j in range(i + 1, len(rest)):
                pair = _pair(i, j, rest, kept)
                result = count(sizes[x] for x in pair.shared + pair.rows + pair.columns)
                cost = result - count(sizes[x] for x in rest[i]) - count(sizes[x] for x in rest[j])
                if best is None or cost < best[0]:
                    best = cost, pair
        assert best is not None
        pair = best[1]
        out.append(pair)
        del rest[pair.right], rest[pair.left]
        rest.append(pair.shared + pair.rows + pair.columns)
    return tuple(out)


def _pair(i: int, j: int, rest: Sequence[str], kept: str) -> Pair:
    elsewhere = kept + "".join(x for k, x in enumerate(rest) if k not in (i, j))
    both = [x for x in rest[i] if x in rest[j]]
    return Pair(
        i,
        j,
        "".join(x for x in both if x in elsewhere),
        "".join(x for x in rest[i] if x not in rest[j]),
        "".join(x for x in rest[j] if x not in rest[i]),
        "".join(x for x in both if x not in elsewhere),
    )


def _contracted(pair: Pair, left: Operand, right: Operand, known: Mapping[str, int], world: World) -> Operand:
    """Σ over `summed` of left times right, as one matrix product for every value of the shared letters."""
    a = permuted(left[1], [left[0].index(x) for x in pair.shared + pair.rows + pair.summed]).entries
    b = permuted(right[1], [right[0].index(x) for x in pair.shared + pair.summed + pair.columns]).entries
    rows, inner, columns = (count(known[x] for x in part) for part in (pair.rows, pair.summed, pair.columns))
    letters = pair.shared + pair.rows + pair.columns
    if inner == 1 and rows == columns == 1:
        entries = [x * y for x, y in zip(a, b, strict=True)]
    else:
        entries = []
        for k in range(count(known[x] for x in pair.shared)):
            x = a[k * rows * inner : (k + 1) * rows * inner]
            y = b[k * inner * columns : (k + 1) * inner * columns]
            entries += (world.matrix(rows, inner, x) * world.matrix(inner, columns, y)).entries()
    return letters, Tensor(tuple(known[x] for x in letters), entries)


def _placed(output: tuple[tuple[str, ...], ...], last: Operand, known: Mapping[str, int], world: World) -> Tensor:
    """The output axes: groups joined, repeated letters on a diagonal, letters of no argument repeated."""
    letters, tensor = last
    shape, target, source = _places(output, letters, tensor.shape, tuple([known[x] for g in output for x in g]))
    if source is None:
        return Tensor(shape, tensor.entries)
    entries = [world.number(0)] * count(shape)
    for place, pick in zip(target, source, strict=True):
        entries[place] = tensor.entries[pick]
    return Tensor(shape, entries)


@lru_cache(maxsize=512)
def _places(
    output: tuple[tuple[str, ...], ...], letters: str, inner: tuple[int, ...], outer: tuple[int, ...]
) -> tuple[tuple[int, ...], list[int], list[int] | None]:
    """The shape of the output, its places that are filled, and the entries that fill them; None for all of them in order."""
    flat = [x for group in output for x in group]
    known = dict(zip(flat, outer, strict=True))
    shape = tuple(count(known[x] for x in group) for group in output)
    if "".join(flat) == letters:
        return shape, [], None
    steps = strides([known[x] for x in flat])
    target = [sum(s for s, y in zip(steps, flat, strict=True) if y == x) for x in known]
    source = dict(zip(letters, strides(inner), strict=True))
    sizes = list(known.values())
    return shape, offsets(sizes, target), offsets(sizes, [source.get(x, 0) for x in known])
