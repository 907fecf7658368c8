"""Edits of indices: another index, a shift lost or with the wrong sign, a range run backwards, a sum that was lost.

One idea: a subscript is a sum of names and numbers with whole coefficients; to flip an index is to put first + last - i for i.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product as choices

from derive.diagnosis.parts import Change, Site, everywhere, names_in, replaced
from derive.tree import Tree, name, number

Found = Iterator[Change]
Affine = dict[str, int]  # coefficients by name; "" is the number
Ranges = Mapping[str, tuple[Tree, Tree]]  # first and last value of an index
MOST = 60  # ways to put an index under a sum


def affine(tree: Tree) -> Affine | None:
    """The coefficients of a subscript; None for what is no such sum."""
    if tree.head == "number" and isinstance(tree.data, int):
        return {"": tree.data}
    if tree.head == "name":
        return {str(tree.data): 1}
    if tree.head == "neg":
        inner = affine(tree.args[0])
        return None if inner is None else {n: -c for n, c in inner.items()}
    if tree.head in ("add", "sub"):
        a, b = affine(tree.args[0]), affine(tree.args[1])
        if a is None or b is None:
            return None
        sign = 1 if tree.head == "add" else -1
        return {n: a.get(n, 0) + sign * b.get(n, 0) for n in (*a, *[m for m in b if m not in a])}
    return None


def written(coefficients: Affine) -> Tree:
    """A subscript as a tree, positive names first and the number last."""
    ordered = sorted(((n, c) for n, c in coefficients.items() if c and n), key=lambda p: p[1] < 0)
    made: Tree | None = None
    for n, c in ordered:
        part = name(n) if abs(c) == 1 else Tree("mul", (number(abs(c)), name(n)))
        if made is None:
            made = part if c > 0 else Tree("neg", (part,))
        else:
            made = Tree("add" if c > 0 else "sub", (made, part))
    rest = coefficients.get("", 0)
    if made is None:
        return number(rest)
    return made if not rest else Tree("add" if rest > 0 else "sub", (made, number(abs(rest))))


def ranges_in(*lines: Tree) -> dict[str, tuple[Tree, Tree]]:
    """The indices that sums bind, with their first and last values."""
    found: dict[str, tuple[Tree, Tree]] = {}
    for line in lines:
        for node in line.walk():
            if node.head in ("sum", "prod") and isinstance(node.data, str):
                found[node.data] = (node.args[1], node.args[2])
    return found


def edits(line: Tree, site: Site, ranges: Ranges) -> Found:
    """Another subscript in this place, and wherever the line has the same one."""
    node = site.node
    if node.head != "index":
        return
    for k in range(1, len(node.args)):
        for new, code, cost in _subscripts(node.args[k], ranges):
            whole = Tree("index", (*node.args[:k], new, *node.args[k + 1 :]), node.data)
            shown = (whole, node)
            here = replaced(line, site.path, whole)
            yield Change(here, site.path, node, whole, code, "{} for {}", shown, cost)
            throughout = everywhere(line, lambda one, a=node.args[k], b=new: b if one == a else one)  # type: ignore[misc]
            if throughout != here:
                yield Change(throughout, (), line, throughout, code, "{} for {}, and so on", shown, cost + 0.05)
    if len(node.args) == 3:
        whole = Tree("index", (node.args[0], node.args[2], node.args[1]), node.data)
        here = replaced(line, site.path, whole)
        yield Change(here, site.path, node, whole, "wrong-index", "{} for {}", (whole, node), 1.1)


def shifts(line: Tree, site: Site, ranges: Ranges) -> Found:
    """t + l → t - l, wherever the line has it: in subscripts and in conditions."""
    if site.above is not None:
        return
    sums = {
        n: None
        for n in line.walk()
        if n.head in ("add", "sub") and n.args[1].head == "name" and n.args[1].data in ranges and affine(n) is not None
    }
    for old in sums:
        new = Tree("sub" if old.head == "add" else "add", old.args)
        throughout = everywhere(line, lambda one, a=old, b=new: b if one == a else one)  # type: ignore[misc]
        yield Change(throughout, (), line, throughout, "wrong-index", "{} for {}, wherever it stands", (new, old), 1.18)


def _subscripts(s: Tree, ranges: Ranges) -> Iterator[tuple[Tree, str, float]]:
    known = affine(s)
    if known is None:
        return
    used = [n for n in known if n in ranges]
    for other in ranges:
        if other not in used:
            if len(used) == 1:
                yield written({other if n == used[0] else n: c for n, c in known.items()}), "wrong-index", 1.1
            for c in (1, -1):
                for shift in (0, -c):
                    more = {**known, other: c, "": known.get("", 0) + shift}
                    yield written(more), "wrong-index", 1.3
        else:
            yield written({**known, other: -known[other]}), "wrong-index", 1.15
            flipped = _flipped(known, other, ranges)
            if flipped is not None:
                sizes = any(n not in ranges and n for n, c in known.items() if c)
                yield written(flipped), "extra-flip" if known[other] < 0 and sizes else "missing-flip", 1.12
            if len(known) > 1:
                yield written({n: c for n, c in known.items() if n not in (other, "")}), "wrong-index", 1.3
    for step in (1, -1):
        yield written({**known, "": known.get("", 0) + step}), "wrong-index", 1.2


def _flipped(known: Affine, index: str, ranges: Ranges) -> Affine | None:
    """first + last - i for i."""
    first, last = affine(ranges[index][0]), affine(ranges[index][1])
    if first is None or last is None:
        return None
    c = known[index]
    found = {**known, index: -c}
    for end in (first, last):
        for n, k in end.items():
            found[n] = found.get(n, 0) + c * k
    return found


def summed(line: Tree, site: Site, bounds: Mapping[str, tuple[Tree, Tree]]) -> Found:
    """a[j]*x[j] → sum(i, a[i]*x[i+j]): a sum of the line before that was lost, over each index put where one stands."""
    node = site.node
    if node.head in ("number", "index", "where", "relation") or (site.above is not None and site.above.head == "mul"):
        return
    places = [n for n in node.walk() if n.head == "index" and len(n.args) == 2]
    for index, (low, high) in bounds.items():
        if index in names_in(node):
            yield _under(line, site, node, index, low, high, "lost-sum", 1.3)
        elif places and 4 ** len(places) <= MOST + 4:
            yield from _put_under(line, site, places, index, low, high)
    if node.head == "sum":
        body = replaced(line, site.path, node.args[0])
        yield Change(body, site.path, node, node.args[0], "extra-sum", "without the sum", (), 1.3)


def _under(line: Tree, site: Site, body: Tree, index: str, low: Tree, high: Tree, code: str, cost: float) -> Change:
    new = Tree("sum", (body, low, high), index)
    return Change(replaced(line, site.path, new), site.path, site.node, new, code, "the sum {}", (new,), cost, new)


def _put_under(line: Tree, site: Site, places: list[Tree], index: str, low: Tree, high: Tree) -> Found:
    """Each subscript stays, becomes the index, or is shifted by it."""
    one = number(1)
    for picks in choices(range(4), repeat=len(places)):
        if not any(picks):
            continue
        new_places: dict[int, Tree] = {}
        for place, pick in zip(places, picks, strict=True):
            s = place.args[1]
            shifted = Tree("add", (name(index), s))
            subscript = (s, name(index), shifted, Tree("sub", (shifted, one)))[pick]
            new_places[id(place)] = Tree("index", (place.args[0], subscript))
        body = everywhere(site.node, lambda n, by=new_places: by.get(id(n), n))  # type: ignore[misc]
        yield _under(line, site, body, index, low, high, "lost-sum", 1.5)


def double_sums(line: Tree, site: Site) -> Found:
    """sum(i, a[i]^2*x[i]'*x[i]) → sum(i, sum(j, a[i]*a[j]*x[i]'*x[j])): the square of a sum has cross terms."""
    node = site.node
    if node.head != "sum" or not isinstance(node.data, str):
        return
    other = next(n for n in ("j", "k", "l", "m") if n not in names_in(line) and n != node.data)
    body = _unsquared(node.args[0], node.data, other)
    if body is None:
        return
    inner = Tree("sum", (body, *node.args[1:]), other)
    new = Tree("sum", (inner, *node.args[1:]), node.data)
    yield Change(
        replaced(line, site.path, new), site.path, node, new, "square-of-sum", "the double sum {}", (new,), 1.5
    )


def _unsquared(body: Tree, i: str, j: str) -> Tree | None:
    """Each a[i]^2 as a[i]*a[j], each u[i]'*u[i] as u[i]'*u[j]; None where another factor mentions i."""
    from derive.diagnosis.parts import exponent, flat, powered, product, renamed

    made: list[Tree] = []
    parts = flat(body)
    k = 0
    while k < len(parts):
        part = parts[k]
        again = parts[k + 1] if k + 1 < len(parts) else None
        power = exponent(part)
        if i not in names_in(part):
            made.append(part)
        elif power is not None and power > 0 and power % 2 == 0:
            base = powered(part.args[0], power // 2)
            made += [base, renamed(base, {i: j})]
        elif again is not None and (part.head == "transpose" and part.args[0] == again):
            made += [part, renamed(again, {i: j})]
            k += 1
        elif again == part:
            made += [part, renamed(again, {i: j})]
            k += 1
        else:
            return None
        k += 1
    return product(made)
