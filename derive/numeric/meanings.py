"""The value of every head of a term, given the values of its arguments.

One idea: one small function a head, in a table; those that bind an index, or move a variable, evaluate their body themselves. `evaluate`
walks the term and calls them. No head has a rule of the calculus here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from derive.numeric import undefined
from derive.numeric.contraction import contract
from derive.numeric.relation import independent, summed, tabulated
from derive.numeric.tensor import Number, Tensor, batched, blocks, count, indices, sliced
from derive.numeric.world import NotInWorld, OutOfDomain, World
from derive.ops import Operation, Signature
from derive.sizes import Size
from derive.term import SCALAR, Term, Type

if TYPE_CHECKING:
    from derive.numeric.evaluate import Evaluation

Range = tuple[str, Size, Size]
Handler = Callable[["Evaluation", Term, list[Tensor]], Tensor]
Binder = Callable[["Evaluation", Term], Tensor]


def _number(e: Evaluation, term: Term, _: list[Tensor]) -> Tensor:
    return Tensor((), [e.world.number(term.data)])


def _constant(e: Evaluation, term: Term, _: list[Tensor]) -> Tensor:
    if term.data == "dft":
        from derive.numeric.complex_matrices import fourier

        return fourier(e.size(term.type.shape[0]))
    made = e.world.constants.get(term.data)
    if made is None:
        raise NotInWorld(f"the constant {term.data} has no value in {e.world.name}")
    return Tensor((), [made()])


def _symbol(e: Evaluation, term: Term, _: list[Tensor]) -> Tensor:
    symbol: Any = term.data
    return e.point[symbol.name]


def _size(e: Evaluation, term: Term, _: list[Tensor]) -> Tensor:
    return Tensor((), [e.world.number(e.size(term.data))])


def _add(e: Evaluation, term: Term, arguments: list[Tensor]) -> Tensor:
    """Signed sum; scalars are added to every entry. x - x of one number is exactly 0, whatever its ball."""
    signs: tuple[int, ...] = term.data
    if e.world.exact and _wholly(arguments):
        return _added(signs, arguments, e.world)
    lead = max(arguments, key=lambda t: len(t.shape))
    width = len(lead.entries)
    total: list[Number] | None = None
    before: list[Number] | None = None
    for sign, tensor in zip(signs, arguments, strict=True):
        if tensor.shape != lead.shape and tensor.shape:
            raise ValueError(f"a sum of sizes {lead.shape} and {tensor.shape}")
        entries = tensor.entries if tensor.shape == lead.shape else tensor.entries * width
        if total is None:
            total = before = entries if sign > 0 else [-x for x in entries]
        elif sign > 0:
            total = [x + y for x, y in zip(total, entries, strict=True)]
        elif before is total:
            zero = e.world.number(0)
            total = [zero if x is y else x - y for x, y in zip(total, entries, strict=True)]
        else:
            total = [x - y for x, y in zip(total, entries, strict=True)]
    return Tensor(lead.shape, total or [])


def _wholly(arguments: Sequence[Tensor]) -> bool:
    """Whether all have one shape, and one is known as a whole matrix."""
    shape = arguments[0].shape
    found = False
    for tensor in arguments:
        if tensor.shape != shape:
            return False
        found = found or tensor.whole is not None
    return found


def _added(signs: Sequence[int], arguments: Sequence[Tensor], world: World) -> Tensor:
    """The sum of whole matrices of one shape."""
    total: Any = None
    for sign, tensor in zip(signs, arguments, strict=True):
        part = tensor.matrix(world.matrix)
        if total is None:
            total = part if sign > 0 else -part
        else:
            total = total + part if sign > 0 else total - part
    return Tensor.of(arguments[0].shape, total)


def _einsum(e: Evaluation, term: Term, arguments: list[Tensor]) -> Tensor:
    return contract(term.data, arguments, e.sizes, e.world)


def _power(e: Evaluation, term: Term, arguments: list[Tensor]) -> Tensor:
    power, exponent = e.world.power, term.data
    return arguments[0].each(lambda x: power(x, exponent))


def _map(e: Evaluation, term: Term, arguments: list[Tensor]) -> Tensor:
    function = scalar_function(e, term.data, len(arguments))
    if len(arguments) == 1:
        return arguments[0].each(function)
    lead = max(arguments, key=lambda t: len(t.shape))
    width = len(lead.entries)
    columns = [t.entries if t.shape else t.entries * width for t in arguments]
    return Tensor(lead.shape, [function(*numbers) for numbers in zip(*columns, strict=True)])


def scalar_function(e: Evaluation, operation: Operation, arguments: int) -> Callable[..., Number]:
    """The function of numbers that an entry-by-entry operation is."""
    if operation.ball:
        return e.world.function(operation.ball)
    body = _body(operation, (SCALAR,) * arguments)

    def function(*numbers: Number) -> Number:
        point = {p: Tensor((), [x]) for p, x in zip(operation.parameters, numbers, strict=False)}
        return e.elsewhere(point, {}).value(body).scalar

    return function


def _opaque(e: Evaluation, term: Term, arguments: list[Tensor]) -> Tensor:
    """A function of trailing axes; leading axes are a batch."""
    operation: Operation = term.data
    function = e.world.whole(operation.ball)
    if operation.whole or tuple([len(t.shape) for t in arguments]) in _orders(operation.signatures):
        return function(*arguments)
    return _batch(operation, arguments, lambda parts: function(*parts))


def _formula(e: Evaluation, term: Term, arguments: list[Tensor]) -> Tensor:
    """The value of the body, with the parameters in place of its symbols."""
    operation: Operation = term.data
    given = e.world.formulas.get(operation.name)
    if given is not None:
        return _batch(operation, arguments, lambda parts: given(*parts))

    def function(parts: list[Tensor]) -> Tensor:
        body, sizes = _body_at(operation, tuple(t.shape for t in parts))
        point = dict(zip(operation.parameters, parts, strict=False))
        return e.elsewhere(point, sizes).value(body)

    return _batch(operation, arguments, function)


def _batch(operation: Operation, arguments: list[Tensor], function: Callable[[list[Tensor]], Tensor]) -> Tensor:
    if tuple([len(t.shape) for t in arguments]) in _orders(operation.signatures):
        return function(arguments)
    ranks = _ranks(operation, arguments)
    extra = [len(t.shape) - r for t, r in zip(arguments, ranks, strict=True)]
    if not any(extra):
        return function(arguments)
    longest = max(range(len(arguments)), key=lambda k: extra[k])
    batch = arguments[longest].shape[: extra[longest]]
    columns = [_slices(t, r) if x else [t] * count(batch) for t, r, x in zip(arguments, ranks, extra, strict=True)]
    results = [function(list(parts)) for parts in zip(*columns, strict=True)]
    return Tensor(batch + results[0].shape, [x for r in results for x in r.entries])


@lru_cache(maxsize=4096)
def _orders(signatures: tuple[Signature, ...]) -> frozenset[tuple[int, ...]]:
    """Orders of arguments without a batch; the last arguments may be left out."""
    found = [tuple(map(len, s.inputs)) for s in signatures]
    return frozenset([orders[:k] for orders in found for k in range(len(orders) + 1)])


def _slices(tensor: Tensor, trailing: int) -> list[Tensor]:
    shape = tensor.shape[len(tensor.shape) - trailing :]
    width = count(shape)
    return [Tensor(shape, tensor.entries[k : k + width]) for k in batched(tensor.shape, trailing)]


def _ranks(operation: Operation, arguments: list[Tensor]) -> tuple[int, ...]:
    """Orders of the arguments that one call of the operation takes: the overload with the smallest batch."""
    have = [len(t.shape) for t in arguments]
    fitting = []
    for signature in operation.signatures:
        ranks = tuple(len(letters) for letters in signature.inputs[: len(have)])
        if len(ranks) == len(have) and all(h >= r for h, r in zip(have, ranks, strict=True)):
            fitting.append(ranks)
    if not fitting:
        raise ValueError(f"{operation.name} does not take arguments of orders {have}")
    return max(fitting, key=sum)


def _undefined(e: Evaluation, term: Term, arguments: list[Tensor]) -> Tensor:
    return undefined.applied(term.data, arguments, e.world)


def _entry(e: Evaluation, term: Term, arguments: list[Tensor]) -> Tensor:
    tensor = arguments[0]
    ranges, kept = [], []
    subscripts: tuple[tuple[Any, ...], ...] = term.data
    for subscript, size in zip(subscripts, tensor.shape, strict=True):
        low, high = e.size(subscript[1]), e.size(subscript[-1])
        if not (1 <= low and high <= size) or high < low - 1:
            raise OutOfDomain(f"the subscript {low}..{high} is outside of 1..{size}")
        ranges.append(range(low - 1, high))
        kept.append(subscript[0] == "slice")
    return sliced(tensor, ranges, kept)


def _block(e: Evaluation, term: Term, arguments: list[Tensor]) -> Tensor:
    data: Any = term.data
    rows, columns = data
    arguments = [
        Tensor((1, *t.shape), t.entries) if a.type.row else t for a, t in zip(term.args, arguments, strict=True)
    ]
    grid = blocks([arguments[i * columns : (i + 1) * columns] for i in range(rows)])
    return Tensor((len(grid.entries),), grid.entries) if term.type.order == 1 else grid


def _delta(e: Evaluation, term: Term, _: list[Tensor]) -> Tensor:
    data: Any = term.data
    i, j = (e.size(s) for s in data)
    return Tensor((), [e.world.number(int(i == j))])


def _unit(e: Evaluation, term: Term, _: list[Tensor]) -> Tensor:
    data: Any = term.data
    i, n = (e.size(s) for s in data)
    return _single((i,), (n,), e.world)


def _single_entry(e: Evaluation, term: Term, _: list[Tensor]) -> Tensor:
    data: Any = term.data
    i, j, m, n = (e.size(s) for s in data)
    return _single((i, j), (m, n), e.world)


def _single(place: tuple[int, ...], shape: tuple[int, ...], world: World) -> Tensor:
    if not all(1 <= i <= n for i, n in zip(place, shape, strict=True)):
        raise OutOfDomain(f"the place {place} is outside of {shape}")
    wanted = tuple(i - 1 for i in place)
    return Tensor(shape, [world.number(int(at == wanted)) for at in indices(shape)])


def _bigsum(e: Evaluation, term: Term) -> Tensor:
    if not term.type.shape:
        return Tensor((), [summed(e, term.args[0], term.data)])
    total: list[Number] | None = None
    for inside in _along(e, term.data):
        value = inside.value(term.args[0])
        total = value.entries if total is None else [x + y for x, y in zip(total, value.entries, strict=True)]
    shape = tuple(e.size(s) for s in term.type.shape)
    return Tensor(shape, [e.world.number(0)] * count(shape) if total is None else total)


def _bigprod(e: Evaluation, term: Term) -> Tensor:
    total = e.world.number(1)
    for inside in _along(e, term.data):
        value = inside.value(term.args[0])
        if value.shape:
            raise ValueError("a product over an index takes scalars")
        total = total * value.scalar
    return Tensor((), [total])


def _along(e: Evaluation, data: Range) -> Iterable[Evaluation]:
    name, low, high = data
    first, last = e.size(low), e.size(high)
    if last < first - 1:
        raise OutOfDomain(f"{name} runs from {first} down to {last}")
    return (e.under(name, i) for i in range(first, last + 1))


def _array(e: Evaluation, term: Term) -> Tensor:
    ranges: tuple[Range, ...] = term.data
    if not term.args[0].type.shape and independent(ranges):
        return tabulated(e, term.args[0], ranges)
    return _stacked(e, ranges, term.args[0])


def _stacked(e: Evaluation, ranges: Sequence[Range], body: Term) -> Tensor:
    if not ranges:
        return e.value(body)
    parts = [_stacked(inside, ranges[1:], body) for inside in _along(e, ranges[0])]
    if not parts:
        raise OutOfDomain("an array over no index")
    return Tensor((len(parts), *parts[0].shape), [x for part in parts for x in part.entries])


def _derivative(e: Evaluation, term: Term) -> Tensor:
    from derive.numeric.derivatives import derivative

    return derivative(e, term)


def _differential(e: Evaluation, term: Term) -> Tensor:
    from derive.numeric.derivatives import differential

    return differential(e, term)


def _expectation(e: Evaluation, term: Term) -> Tensor:
    from derive.numeric.expectation import expectation

    return expectation(e, term)


HANDLERS: dict[str, Handler] = {
    "number": _number,
    "constant": _constant,
    "symbol": _symbol,
    "size": _size,
    "index": _size,
    "add": _add,
    "einsum": _einsum,
    "power": _power,
    "map": _map,
    "opaque": _opaque,
    "formula": _formula,
    "undefined": _undefined,
    "entry": _entry,
    "block": _block,
    "delta": _delta,
    "unit": _unit,
    "singleentry": _single_entry,
}


def _piecewise(e: Evaluation, term: Term) -> Tensor:
    """A choice by a condition; where it is the same for every entry, what is not chosen need not have a value."""
    test, *values = term.args
    decided = e.value(test)
    for choice, value in zip((1, 0), values, strict=True):
        if all(x == choice for x in decided.entries):
            values = [value, value]
    return _map(e, term, [decided, *map(e.value, values)])


BINDERS: dict[str, Binder] = {
    "piecewise": _piecewise,
    "bigsum": _bigsum,
    "bigprod": _bigprod,
    "array": _array,
    "derivative": _derivative,
    "differential": _differential,
    "expectation": _expectation,
}


def _body(operation: Operation, types: tuple[Type, ...]) -> Term:
    from derive.infer import infer_body

    return infer_body(operation, types)[0]


def _body_at(operation: Operation, shapes: tuple[tuple[int, ...], ...]) -> tuple[Term, dict[str, int]]:
    """The body for arguments of these shapes, with a size name for every axis, and the sizes of those names.

    Axes that share a letter in the signature share a name.
    """
    ranks = tuple(len(s) for s in shapes)
    signature = next(s for s in operation.signatures if tuple(map(len, s.inputs[: len(ranks)])) == ranks)
    sizes: dict[str, int] = {}
    types = []
    for letters, shape in zip(signature.inputs, shapes, strict=False):
        for letter, size in zip(letters, shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ValueError(f"{operation.name}: the size {letter} is {sizes[letter]} and {size}")
        types.append(Type(tuple(Size.of(x) for x in letters)))
    return _body(operation, tuple(types)), sizes
