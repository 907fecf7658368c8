"""Einstein sums of small tensors, in any world of numbers.

One idea: contract two arguments at a time, smallest result first, each pair as a matrix product per shared index; the common
patterns (product, scaling, entrywise product, transpose) go straight. A plan depends on the pattern and the sizes only, and
is kept. It knows no term but the `Pattern`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from derive.numeric.tensor import Number, Tensor, as_rows, column_major, count, offsets, permuted, strides
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
    route = _route(pattern.inputs, pattern.output)
    if world.exact and route.exact is not None:
        return route.exact(arguments, world.matrix)
    if route.direct is not None:
        return route.direct(route.form, arguments, world)
    return _general(pattern, arguments, sizes, world)


def canonical(pattern: Pattern) -> str:
    """The pattern with its letters renamed in order of appearance: `mk,kn->mn` is `ab,bc->ac`."""
    return _route(pattern.inputs, pattern.output).form


class Route(NamedTuple):
    """How a pattern is contracted: of whole exact matrices, of entries of any world, or neither, by a plan."""

    form: str
    exact: Exact | None
    direct: Direct | None


@lru_cache(maxsize=4096)
def _route(inputs: tuple[str, ...], output: tuple[tuple[str, ...], ...]) -> Route:
    renamed: dict[str, str] = {}
    out = []
    for character in str(Pattern(inputs, output, ())):
        if character.isalpha():
            character = renamed.setdefault(character, chr(ord("a") + len(renamed)))
        out.append(character)
    form = "".join(out)
    return Route(form, EXACT.get(form), DIRECT.get(form))


def _scaled(form: str, arguments: Sequence[Tensor], world: World) -> Tensor:
    scaled, factor = arguments if form in ("a,->a", "ab,->ab") else reversed(arguments)
    value = factor.entries[0]
    if world.exact and scaled.whole is not None:
        return Tensor.of(scaled.shape, scaled.whole * value)
    return Tensor(scaled.shape, [value * x for x in scaled.entries])


def _product(form: str, arguments: Sequence[Tensor], world: World) -> Tensor:
    a, b = arguments
    _fitting(a, b)
    rows = a.shape[0] if form.startswith("ab,") else 1
    inner = a.shape[-1]
    columns = b.shape[1] if form.endswith(("bc->ac", "ab->b")) else 1
    shape = {"ab,bc->ac": (rows, columns), "ab,b->a": (rows,), "a,a->": ()}.get(form, (columns,))
    if rows == columns == 1:
        return Tensor(shape, [_dot(a.entries, b.entries, world)])
    product = world.matrix(rows, inner, a.entries) * world.matrix(inner, columns, b.entries)
    return Tensor(shape, product.entries())


def _fitting(a: Tensor, b: Tensor) -> None:
    if b.shape[0] != a.shape[-1]:
        raise ValueError(f"a product of sizes {a.shape} and {b.shape}")


def _kronecker(form: str, arguments: Sequence[Tensor], world: World) -> Tensor:
    left, right = map(as_rows, arguments)
    entries = [x * y for row in left for other in right for x in row for y in other]
    return Tensor((len(left) * len(right), len(left[0]) * len(right[0])), entries)


def _entrywise(form: str, arguments: Sequence[Tensor], world: World) -> Tensor:
    a, b = arguments
    if a.shape != b.shape:
        raise ValueError(f"{form}: shapes {a.shape}, {b.shape} differ")
    return Tensor(a.shape, [x * y for x, y in zip(a.entries, b.entries, strict=True)])


def _transposed(form: str, arguments: Sequence[Tensor], world: World) -> Tensor:
    (a,) = arguments
    return permuted(a, (1, 0)) if a.whole is None else Tensor.of(a.shape[::-1], a.whole.transpose())


def _total(form: str, arguments: Sequence[Tensor], world: World) -> Tensor:
    """The sum of all entries, or of those on the diagonal."""
    (a,) = arguments
    if form == "aa->" and a.shape[0] != a.shape[1]:
        raise ValueError(f"a trace of sizes {a.shape}")
    total, *rest = a.entries[:: a.shape[0] + 1] if form == "aa->" else a.entries
    for x in rest:
        total = total + x
    return Tensor((), [total])


def _stacked(form: str, arguments: Sequence[Tensor], world: World) -> Tensor:
    """The columns of a matrix one below the other."""
    entries = column_major(arguments[0])
    return Tensor((len(entries),), entries)


def _itself(form: str, arguments: Sequence[Tensor], world: World) -> Tensor:
    return arguments[0] if arguments else Tensor((), [world.number(1)])


def _matrix_by_matrix(arguments: Sequence[Tensor], make: Make) -> Tensor:
    a, b = arguments
    _fitting(a, b)
    return Tensor.of((a.shape[0], b.shape[1]), a.matrix(make) * b.matrix(make))


def _matrix_by_column(arguments: Sequence[Tensor], make: Make) -> Tensor:
    a, x = arguments
    _fitting(a, x)
    return Tensor.of(a.shape[:1], a.matrix(make) * x.matrix(make))


def _row_by_matrix(arguments: Sequence[Tensor], make: Make) -> Tensor:
    x, a = arguments
    _fitting(x, a)
    return Tensor.of(a.shape[1:], a.matrix(make).transpose() * x.matrix(make))


def _column_by_row(arguments: Sequence[Tensor], make: Make) -> Tensor:
    x, y = arguments
    return Tensor.of((x.shape[0], y.shape[0]), x.matrix(make) * y.matrix(make).transpose())


Make = Callable[[int, int, Sequence[Number]], Any]
Exact = Callable[[Sequence[Tensor], Make], Tensor]
Direct = Callable[[str, Sequence[Tensor], World], Tensor]

# Products of whole exact matrices, which are not taken apart into entries.
EXACT: dict[str, Exact] = {
    "ab,bc->ac": _matrix_by_matrix,
    "ab,b->a": _matrix_by_column,
    "a,ab->b": _row_by_matrix,
    "a,b->ab": _column_by_row,
}

# Patterns that need no plan.
DIRECT: dict[str, Direct] = {
    **dict.fromkeys((",->", ",a->a", ",ab->ab", "a,->a", "ab,->ab"), _scaled),
    **dict.fromkeys(("ab,bc->ac", "ab,b->a", "a,ab->b", "a,a->"), _product),
    **dict.fromkeys(("a,a->a", "ab,ab->ab"), _entrywise),
    **dict.fromkeys(("a->a", "ab->ab", "->"), _itself),
    **dict.fromkeys(("aa->", "a->", "ab->"), _total),
    "ab->ba": _transposed,
    "ab->(ba)": _stacked,
    "ab,cd->(ac)(bd)": _kronecker,
}


def _dot(x: Sequence[Number], y: Sequence[Number], world: World) -> Number:
    total = world.number(0)
    for a, b in zip(x, y, strict=True):
        total = total + a * b
    return total


def _general(pattern: Pattern, arguments: Sequence[Tensor], sizes: Mapping[str, int], world: World) -> Tensor:
    known = _letter_sizes(pattern, arguments, sizes)
    kept = "".join([letter for group in pattern.output for letter in group])
    operands = [
        _reduced(letters, tensor, kept + "".join(pattern.inputs[:k] + pattern.inputs[k + 1 :]))
        for k, (letters, tensor) in enumerate(zip(pattern.inputs, arguments, strict=True))
    ]
    if len(operands) > 1:
        for pair in plan(tuple([letters for letters, _ in operands]), kept, tuple(sorted(known.items()))):
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
