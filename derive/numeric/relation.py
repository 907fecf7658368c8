"""Sums and arrays over indices, for all values of the indices at once.

One idea: a scalar that depends on indices is a relation, a table from values of the indices to numbers in which what is absent is 0; a
product is a join, a sum over an index a projection, and an index is eliminated as soon as everything that mentions it is
joined. So `delta(i, (k-1)*p + r)` costs as many rows as there are solutions, and is never a loop over all four. A scalar of another
kind is computed for every value of the indices that it mentions. It knows no rule of calculus.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from derive.numeric.tensor import Number, Tensor, offsets, strides
from derive.numeric.world import OutOfDomain
from derive.sizes import Compound, Size
from derive.term import Term

if TYPE_CHECKING:
    from derive.numeric.evaluate import Evaluation

Ranges = Mapping[str, range]
Bounds = tuple[str, Size, Size]


class Relation(NamedTuple):
    """The rows that need not be 0, by the values of the names."""

    names: tuple[str, ...]
    rows: dict[tuple[int, ...], Number]


class Line(NamedTuple):
    """`start + Σ slope·name`, an affine size."""

    start: int
    slopes: dict[str, int]


def summed(e: Evaluation, body: Term, bound: Bounds) -> Number:
    """Σ over one index of a scalar."""
    name, low, high = bound
    relation = _product(e, Term("bigsum", (body,), body.type, (name, low, high)), {})
    return relation.rows.get((), e.world.number(0))


def tabulated(e: Evaluation, body: Term, bounds: Sequence[Bounds]) -> Tensor:
    """The array of a scalar over indices whose bounds do not depend on each other."""
    ranges = {name: range(e.size(low), e.size(high) + 1) for name, low, high in bounds}
    shape = tuple([len(ranges[name]) for name, _, _ in bounds])
    if 0 in shape:
        raise OutOfDomain("an array over no index")
    relation = _relation(e, body, ranges)
    return Tensor(shape, _dense(e, relation, tuple(ranges), ranges))


def independent(bounds: Sequence[Bounds]) -> bool:
    """Whether the indices have names of their own and no bound mentions one of them."""
    names = {name for name, _, _ in bounds}
    return len(names) == len(bounds) and not any((low.names | high.names) & names for _, low, high in bounds)


def _relation(e: Evaluation, term: Term, ranges: Ranges) -> Relation:
    mentioned = e.names(term)
    if not any(name in mentioned for name in ranges):
        return Relation((), {(): e.value(term).scalar})
    if _is_product(term) or (term.head == "bigsum" and _fixed(term.data, ranges)):
        return _product(e, term, ranges)
    maker = MAKERS.get(term.head, _looped)
    return maker(e, term, ranges)


# ---------------------------------------------------------------------- products and sums


def _is_product(term: Term) -> bool:
    return term.head == "einsum" and not any(a.type.shape for a in term.args) and not term.type.shape


def _fixed(bound: Bounds, ranges: Ranges) -> bool:
    """Whether the bounds of an index depend on none of the others."""
    _, low, high = bound
    return not any(name in ranges for name in low.names | high.names)


def _product(e: Evaluation, term: Term, ranges: Ranges) -> Relation:
    """Factors of nested products and sums are joined; a summed name goes as soon as all that mention it are joined."""
    everything = dict(ranges)
    gone: list[str] = []
    factors: list[Relation] = []
    stack: list[tuple[Term, Ranges]] = [(term, ranges)]
    while stack:
        node, scope = stack.pop()
        if _is_product(node):
            stack += [(a, scope) for a in reversed(node.args)]
        elif node.head == "bigsum" and _opens(e, node, term, everything, scope):
            data: Any = node.data
            name, low, high = data
            everything[name] = range(e.size(low), e.size(high) + 1)
            gone.append(name)
            stack.append((node.args[0], {**scope, name: everything[name]}))
        else:
            factors.append(_relation(e, node, scope))
    return _eliminated(e, factors, gone, everything)


def _opens(e: Evaluation, node: Term, root: Term, everything: Ranges, scope: Ranges) -> bool:
    data: Any = node.data
    return node is root or (data[0] not in everything and data[0] not in e.sizes and _fixed(data, scope))


def _eliminated(e: Evaluation, factors: list[Relation], gone: list[str], ranges: Ranges) -> Relation:
    while gone:
        name = min(gone, key=lambda n: sum(len(f.rows) for f in factors if n in f.names))
        gone.remove(name)
        using = [f for f in factors if name in f.names]
        factors = [f for f in factors if name not in f.names]
        if using:
            factors.append(_without(_joined(using), name))
        else:
            factors.append(Relation((), {(): e.world.number(len(ranges[name]))}))
    return _joined(factors)


def _joined(factors: list[Relation]) -> Relation:
    """The product of all, the smallest and what hangs together with it first."""
    rest = sorted(factors, key=lambda f: len(f.rows))
    total = rest.pop(0)
    while rest:
        known = set(total.names)
        following = max(rest, key=lambda f: len(known & set(f.names)))
        rest.remove(following)
        total = _join(total, following)
    return total


def _join(a: Relation, b: Relation) -> Relation:
    if not b.names or not a.names:
        a, b = (a, b) if not b.names else (b, a)
        factor = b.rows.get(())
        return Relation(a.names, {} if factor is None else {key: value * factor for key, value in a.rows.items()})
    places = [(a.names.index(n), k) for k, n in enumerate(b.names) if n in a.names]
    new = [k for k, n in enumerate(b.names) if n not in a.names]
    matching: dict[tuple[int, ...], list[tuple[tuple[int, ...], Number]]] = {}
    for key, value in b.rows.items():
        matching.setdefault(tuple([key[k] for _, k in places]), []).append((tuple([key[k] for k in new]), value))
    rows = {}
    for key, value in a.rows.items():
        for more, other in matching.get(tuple([key[k] for k, _ in places]), ()):
            rows[key + more] = value * other
    return Relation(a.names + tuple([b.names[k] for k in new]), rows)


def _without(relation: Relation, name: str) -> Relation:
    """Σ over one name."""
    k = relation.names.index(name)
    rows: dict[tuple[int, ...], Number] = {}
    for key, value in relation.rows.items():
        short = key[:k] + key[k + 1 :]
        rows[short] = rows[short] + value if short in rows else value
    return Relation(relation.names[:k] + relation.names[k + 1 :], rows)


# ---------------------------------------------------------------------- single scalars


def _sum(e: Evaluation, term: Term, ranges: Ranges) -> Relation:
    parts = [_relation(e, a, ranges) for a in term.args]
    names = tuple([n for n in ranges if any(n in p.names for p in parts)])
    signs: Any = term.data
    rows: dict[tuple[int, ...], Number] = {}
    for sign, part in zip(signs, parts, strict=True):
        wide = _widened(part, names, ranges)
        for key, value in wide.rows.items():
            signed = value if sign > 0 else -value
            rows[key] = rows[key] + signed if key in rows else signed
    return Relation(names, rows)


def _power(e: Evaluation, term: Term, ranges: Ranges) -> Relation:
    base, power, exponent = _relation(e, term.args[0], ranges), e.world.power, term.data
    if exponent > 0:
        return Relation(base.names, {key: power(value, exponent) for key, value in base.rows.items()})
    values = _dense(e, base, base.names, ranges)
    return _listed(base.names, ranges, [power(value, exponent) for value in values])


def _map(e: Evaluation, term: Term, ranges: Ranges) -> Relation:
    from derive.numeric.meanings import scalar_function

    parts = [_relation(e, a, ranges) for a in term.args]
    names = tuple([n for n in ranges if any(n in p.names for p in parts)])
    columns = [_dense(e, p, names, ranges) for p in parts]
    function = scalar_function(e, term.data, len(parts))
    return _listed(names, ranges, [function(*numbers) for numbers in zip(*columns, strict=True)])


def _entry(e: Evaluation, term: Term, ranges: Ranges) -> Relation:
    """`x[i + s - 1]`: the places run along a line in the flat list of entries."""
    data: Any = term.data
    array = term.args[0]
    inside = e.names(array)
    lines = [_line(e, s[1], ranges) for s in data]
    if any(name in inside for name in ranges) or any(line is None for line in lines):
        return _looped(e, term, ranges)
    tensor = e.value(array)
    steps = dict.fromkeys([n for n in ranges for line in lines if line is not None and n in line.slopes], 0)
    start = 0
    for line, size, stride in zip(lines, tensor.shape, strides(tensor.shape), strict=True):
        assert line is not None
        _inside(line, size, ranges)
        start += (line.start - 1) * stride
        for name, slope in line.slopes.items():
            start += slope * ranges[name].start * stride
            steps[name] += slope * stride
    names = tuple(steps)
    places = offsets([len(ranges[n]) for n in names], [steps[n] for n in names])
    return _listed(names, ranges, [tensor.entries[start + place] for place in places])


def _inside(line: Line, size: int, ranges: Ranges) -> None:
    """Raise OutOfDomain unless every place lies in 1..size."""
    if not all(len(ranges[name]) for name in line.slopes):
        return  # an empty sum has no place
    low = high = line.start
    for name, slope in line.slopes.items():
        ends = slope * ranges[name][0], slope * ranges[name][-1]
        low, high = low + min(ends), high + max(ends)
    if low < 1 or high > size:
        raise OutOfDomain(f"the subscripts {low}..{high} are outside of 1..{size}")


def _delta(e: Evaluation, term: Term, ranges: Ranges) -> Relation:
    """The solutions of an affine equation, solved for a name with coefficient 1 where there is one."""
    data: Any = term.data
    line = _line(e, data[0] - data[1], ranges)
    if line is None:
        return _looped(e, term, ranges)
    one = e.world.number(1)
    names = tuple(line.slopes)
    if not names:
        return Relation((), {(): one} if line.start == 0 else {})
    solved = [n for n in names if line.slopes[n] in (1, -1)] or list(names)
    last = max(solved, key=lambda n: len(ranges[n]))
    free = tuple([n for n in names if n != last])
    slope, rows = line.slopes[last], {}
    values = ranges[last]
    for key in product(*[ranges[n] for n in free]):
        rest = line.start
        for n, value in zip(free, key, strict=True):
            rest += line.slopes[n] * value
        if rest % slope == 0 and -rest // slope in values:
            rows[(*key, -rest // slope)] = one
    return Relation((*free, last), rows)


def _looped(e: Evaluation, term: Term, ranges: Ranges) -> Relation:
    """The value for every value of the indices that a term mentions."""
    mentioned = e.names(term)
    names = tuple([n for n in ranges if n in mentioned])
    rows = {}
    for key in product(*[ranges[n] for n in names]):
        inside = e
        for name, value in zip(names, key, strict=True):
            inside = inside.under(name, value)
        rows[key] = inside.value(term).scalar
    return Relation(names, rows)


Maker = Callable[["Evaluation", Term, Ranges], Relation]
MAKERS: dict[str, Maker] = {"add": _sum, "power": _power, "map": _map, "entry": _entry, "delta": _delta}


# ---------------------------------------------------------------------- rows


def _line(e: Evaluation, size: Size, ranges: Ranges) -> Line | None:
    """A size as an affine form of the indices, None when it is not one."""
    start, slopes = 0, dict[str, int]()
    for monomial, c in size.terms:
        among = [n for n in monomial if n in ranges]
        if len(among) > 1:
            return None
        for name in monomial:
            if isinstance(name, Compound):
                if any(part.names & ranges.keys() for part in name.parts):
                    return None
                c *= name.value(e.sizes)
            elif name not in ranges:
                c *= e.sizes[name]
        if among:
            slopes[among[0]] = slopes.get(among[0], 0) + c
        else:
            start += c
    return Line(start, {name: slope for name, slope in slopes.items() if slope})


def _listed(names: tuple[str, ...], ranges: Ranges, values: list[Number]) -> Relation:
    return Relation(names, dict(zip(product(*[ranges[n] for n in names]), values, strict=True)))


def _widened(relation: Relation, names: tuple[str, ...], ranges: Ranges) -> Relation:
    """The relation over more names, each row repeated."""
    if relation.names == names:
        return relation
    order = {n: k for k, n in enumerate((*relation.names, *[n for n in names if n not in relation.names]))}
    picks = [order[n] for n in names]
    rows = {}
    for more in product(*[ranges[n] for n in list(order)[len(relation.names) :]]):
        for key, value in relation.rows.items():
            full = key + more
            rows[tuple([full[k] for k in picks])] = value
    return Relation(names, rows)


def _dense(e: Evaluation, relation: Relation, names: tuple[str, ...], ranges: Ranges) -> list[Number]:
    """Every number, row-major over the names."""
    wide = _widened(relation, names, ranges).rows
    zero = e.world.number(0)
    return [wide.get(key, zero) for key in product(*[ranges[n] for n in names])]
