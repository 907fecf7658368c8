"""Everything under an index: entries, sums and products over indices, tensors by their entries.

One idea: three ways, in this order. A product of entries with plain indices is one `np.einsum`. Otherwise every index becomes an
axis and the body is computed for all values at once. Only where that cannot be (bounds that depend on an index, functions of
whole arrays that take no batch) is it a loop. It does not choose which indices there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from derive.codegen.code import ATOM, LOOSE, Code
from derive.codegen.entries import as_einsum
from derive.codegen.scope import NoAxis, Scope, ranges
from derive.sizes import ONE, Size
from derive.term import Term, Type

if TYPE_CHECKING:
    from derive.codegen.translate import Translation

DEEPEST = 4  # indices that are axes at once: beyond it the arrays would be too large
Range = tuple[str, Size, Size]


def index(t: Translation, name: str, scope: Scope) -> Code:
    """The value of an index, counted from 0: a loop variable, or all values along its axis."""
    found = scope.index.get(name)
    if found is not None:
        return found
    axis = scope.axis[name]
    low, high = scope.bounds[name]
    if axis is None:
        raise KeyError(name)
    args = (t.size(high, scope),) if low == ONE else (t.size(low - 1, scope), t.size(high, scope))
    around = ["None"] * scope.depth
    around[axis] = ":"
    made = t.codes.call("np.arange", *args)
    made = t.codes.make(
        "after", ("", f"[{', '.join(around)}]" if scope.depth > 1 else ""), (made,), (ATOM,), batch=scope.depth
    )
    made.hint = name
    scope.index[name] = made
    return made


# ---------------------------------------------------------------------- entries


def entry(t: Translation, term: Term, scope: Scope) -> Code:
    """`x[i]`, `X[i, :]`, `X[1:k, j]`; places count from 1 in the term and from 0 in the source."""
    a, subscripts = term.args[0], list[Any](term.data)
    code = t.code(a, scope)
    axes = [_axis(s, scope) for s in subscripts]
    if code.batch:
        if any(axes):
            raise NoAxis
        return _subscripted(
            t, code, [_place(t, s, n, scope) for s, n in zip(subscripts, a.type.shape, strict=True)], term
        )
    if any(on and s[0] == "slice" for on, s in zip(axes, subscripts, strict=True)):
        return _windows(t, code, subscripts, scope, term)
    if len(subscripts) == 2 and _better_turned(subscripts, a.type.shape, scope):
        code, subscripts, axes = t.codes.transpose(code), subscripts[::-1], axes[::-1]
        sizes = a.type.shape[::-1]
    else:
        sizes = a.type.shape
    if not any(axes):
        return _subscripted(t, code, [_place(t, s, n, scope) for s, n in zip(subscripts, sizes, strict=True)], term)
    slices = [k for k, s in enumerate(subscripts) if s[0] == "slice"]
    if slices and min(slices) < max(k for k, on in enumerate(axes) if on):
        raise NoAxis
    return _broadcast(t, code, subscripts, sizes, scope, term) or _gathered(t, code, subscripts, sizes, scope, term)


def _windows(t: Translation, code: Code, subscripts: Sequence[Any], scope: Scope, term: Term) -> Code:
    """`x[i:i + k]` with i along an axis: the places are i and the offsets 0, 1, … along an axis of their own."""
    if any(s[0] != "slice" for s in subscripts):
        raise NoAxis
    places = list[Code]()
    for k, (_, low, high) in enumerate(subscripts):
        behind = len(subscripts) - 1 - k
        steps = t.codes.call("np.arange", t.size(high - low + 1, scope), order=1)
        if behind:
            steps = t.codes.after(steps, "[:" + ", None" * behind + "]", 1)
        first = t.position(low, scope)
        if first.batch:
            first = t.codes.after(first, "[..." + ", None" * len(subscripts) + "]", 0)
        places.append(t.codes.add([1, 1], [first, steps]))
    return _subscripted(t, code, places, term, scope.depth)


def _axis(subscript: Any, scope: Scope) -> bool:
    """Whether a subscript names an index that is an axis."""
    return any(scope.axis.get(n) is not None for s in subscript[1:] for n in s.names & scope.names)


def _plain(subscript: Any, size: Size, scope: Scope) -> int | None:
    """The axis of a subscript that is one index over the whole of its axis."""
    if subscript[0] != "at" or subscript[1].name is None or subscript[1].name not in scope.names:
        return None
    name = subscript[1].name
    return scope.axis[name] if scope.whole(name, size) else None


def _better_turned(subscripts: Sequence[Any], sizes: Sequence[Size], scope: Scope) -> bool:
    """Whether a matrix is to be transposed first: `X[:, j]`, or `X[j, i]` with i outside of j."""
    if subscripts[0][0] == "slice":
        return subscripts[1][0] == "at" and _axis(subscripts[1], scope)
    first, second = (_plain(s, n, scope) for s, n in zip(subscripts, sizes, strict=True))
    return first is not None and second is not None and second < first


def _place(t: Translation, subscript: Any, size: Size, scope: Scope) -> Code:
    if subscript[0] == "at":
        return t.position(subscript[1], scope)
    low, high = subscript[1], subscript[2]
    if low == ONE and high == size:
        return t.codes.name(":")
    first = t.codes.name("") if low == ONE else t.position(low, scope)
    last = t.codes.name("") if high == size else t.size(high, scope)
    return t.codes.make("slice", ("", ":", ""), (first, last), (LOOSE, LOOSE))


def _subscripted(t: Translation, code: Code, places: list[Code], term: Term, batch: int | None = None) -> Code:
    """`a[p, q]`; behind index axes when `a` is batched."""
    while places and places[-1].pieces == (":",) and not code.batch and not any(p.pieces == ("None",) for p in places):
        places.pop()
    if not places:
        return code
    front = "[..., " if code.batch else "["
    pieces = ("", front, *[", "] * (len(places) - 1), "]")
    levels = (ATOM, *[LOOSE] * len(places))
    return t.codes.make("after", pieces, (code, *places), levels, ATOM, term.type.order, batch)


def _broadcast(
    t: Translation, code: Code, subscripts: Sequence[Any], sizes: Sequence[Size], scope: Scope, term: Term
) -> Code | None:
    """The array itself with its axes at the places of the indices: `x[:, None]`; None unless all indices are plain."""
    places, at = list[Code](), 0
    none = t.codes.name("None")
    last = max(k for k, s in enumerate(subscripts) if _axis(s, scope))
    for k, (subscript, size) in enumerate(zip(subscripts, sizes, strict=True)):
        if _axis(subscript, scope):
            axis = _plain(subscript, size, scope)
            if axis is None or axis < at:
                return None
            places += [none] * (axis - at) + [t.codes.name(":")]
            at = axis + 1
        else:
            places.append(_place(t, subscript, size, scope))
        if k == last:
            places += [none] * (scope.depth - at)
    if all(p.pieces == (":",) for p in places):
        return t.codes.view(code, term.type.order, scope.depth)
    return _subscripted(t, code, places, term, scope.depth)


def _gathered(
    t: Translation, code: Code, subscripts: Sequence[Any], sizes: Sequence[Size], scope: Scope, term: Term
) -> Code:
    """The entries at arrays of places."""
    places = [_place(t, s, n, scope) for s, n in zip(subscripts, sizes, strict=True)]
    return _subscripted(t, code, places, term, scope.depth)


# ---------------------------------------------------------------------- sums, products, arrays


def total(t: Translation, term: Term, scope: Scope) -> Code:
    """Σ or Π over one index."""
    made = as_einsum(t, term, scope) if term.head == "bigsum" and not scope.depth else None
    if made is not None:
        return made
    try:
        return _along_axis(t, term, scope)
    except NoAxis:
        if scope.depth:
            raise
        return _loop(t, ranges(term), term, scope)


def _along_axis(t: Translation, term: Term, scope: Scope) -> Code:
    ((name, low, high),) = ranges(term)
    inner, body = _inside(t, ((name, low, high),), scope), term.args[0]
    if not t.depends(body, inner) or name not in t.facts.free[body]:
        return _repeated(t, term, low, high, scope)
    code = t.code(body, inner)
    order = term.type.order
    function = "np.sum" if term.head == "bigsum" else "np.prod"
    if order == 0 and scope.depth == 0:
        if code.kind == "call" and code.pieces[0] == function + "(" and code.data == "axis":
            code = code.args[0]  # Σ Σ is one sum
        made = t.codes.make("call", (function + "(", ")"), (code,), (LOOSE,), batch=0)
    else:
        options = f", axis={scope.depth})"
        made = t.codes.make("call", (function + "(", options), (code,), (LOOSE,), order=order, batch=scope.depth)
        if order == 0:
            made.data = "axis"
    return made


def _inside(t: Translation, bound: Sequence[Range], scope: Scope) -> Scope:
    """The scope in which these indices are axes; NoAxis when their bounds depend on an index or there are too many."""
    inner = Scope(scope)
    for name, low, high in bound:
        if (low.names | high.names) & inner.names or name in scope.names:
            raise NoAxis
        inner.bind(name, low, high, axis=True)
        inner.exact -= {name}
    if inner.depth > DEEPEST:
        raise NoAxis
    inner.index = {n: c for n, c in scope.index.items() if scope.axis[n] is None}
    return inner


def _repeated(t: Translation, term: Term, low: Size, high: Size, scope: Scope) -> Code:
    """A body without the index: that many times."""
    body, count = t.code(term.args[0], scope), t.size(high - low + 1, scope)
    if term.head == "bigsum":
        return t.codes.product([count, body])
    return t.codes.binary_power(body, count)


def _loop(t: Translation, bound: Sequence[Range], term: Term, scope: Scope) -> Code:
    """`np.sum([… for i in range(…)], axis=0)`, and lists of lists for arrays."""
    inner, variables = Scope(scope), list[tuple[str, Code, Code]]()
    inner.index = dict(scope.index)
    for name, low, high in bound:
        zero = low.number == 0
        first, last = t.size(low if zero else low - 1, inner), t.size(high + 1 if zero else high, inner)
        inner.bind(name, low, high, axis=False)
        inner.exact = inner.exact | {name} if zero else inner.exact - {name}
        variable = t.codes.name(t.names.take(name))
        variable.bound = frozenset((variable.pieces[0],))
        inner.index[name] = variable
        variables.append((variable.pieces[0], first, last))
    code = t.code(term.args[0], inner)
    for variable_name, first, last in reversed(variables):
        ends = (last,) if first.pieces == ("0",) else (first, last)
        pieces = ("[", f" for {variable_name} in range(", *[", "] * (len(ends) - 1), ")]")
        code = t.codes.make("list", pieces, (code, *ends), (LOOSE,) * (1 + len(ends)))
        code.bound -= {variable_name}
    function, options = {"bigsum": ("np.sum", "axis=0"), "bigprod": ("np.prod", "axis=0")}.get(
        term.head, ("np.array", "")
    )
    return t.codes.call(function, code, options=options, order=term.type.order)


def array(t: Translation, term: Term, scope: Scope) -> Code:
    """The tensor of a body: index axes in front of the body's own."""
    made = None if scope.depth else as_einsum(t, term, scope)
    if made is not None:
        return made
    try:
        return _outer_axes(t, term, scope)
    except NoAxis:
        if scope.depth:
            raise
        return _loop(t, ranges(term), term, scope)


def _outer_axes(t: Translation, term: Term, scope: Scope) -> Code:
    bound, body = ranges(term), term.args[0]
    inner = _inside(t, bound, scope)
    t.facts.learn(body)
    missing = [r for r in bound if r[0] not in t.facts.free[body]]
    if missing and scope.depth:
        raise NoAxis
    code = t.code(body, inner)
    order = term.type.order
    if not missing:
        return t.codes.view(code, order, scope.depth)
    shape = t.shape([*(high - low + 1 for _, low, high in bound), *body.type.shape])
    if not code.order and not code.batch:
        return t.codes.call("np.full", shape, code, options="dtype=float" if code.kind == "number" else "", order=order)
    wide = t.codes.make("call", ("np.broadcast_to(", ", ", ")"), (code, shape), (LOOSE, LOOSE), order=order, batch=0)
    return t.codes.after(wide, ".copy()", order)


def by_rows(t: Translation, term: Term, ranks: Sequence[int]) -> Term:
    """An operation with a batch, as the array over the batch of the operation on its parts."""
    extra = [a.type.order - r for a, r in zip(term.args, ranks, strict=True)]
    longest = max(range(len(extra)), key=lambda k: extra[k])
    t.rows += 1
    bound = tuple(
        (f"row'{t.rows}{k or ''}", ONE, s) for k, s in enumerate(term.args[longest].type.shape[: extra[longest]])
    )
    args = tuple(_row(a, bound[len(bound) - x :] if x else ()) for a, x in zip(term.args, extra, strict=True))
    part = Term(term.head, args, Type(term.type.shape[len(bound) :]), term.data, term.name)
    return Term("array", (part,), term.type, bound)


def _row(a: Term, bound: Sequence[Range]) -> Term:
    if not bound:
        return a
    rest = a.type.shape[len(bound) :]
    subscripts = (*(("at", Size.of(name)) for name, _, _ in bound), *(("slice", ONE, s) for s in rest))
    return Term("entry", (a,), Type(rest), subscripts)
