"""Tree to Term, when the kind of every name is known: one function for each head of the notation.

One idea: types go bottom up; sizes that are not known are unknowns of the unifier and are replaced at the end. Chains of
left-associative operators are walked in a loop, so only brackets nest, and the parser bounds those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from derive.finding import Label
from derive.infer.blocks import block
from derive.infer.calls import call, constant, prime
from derive.infer.cases import cases
from derive.infer.context import Context
from derive.infer.differentials import derivative, differential
from derive.infer.powers import divide, entrywise_divide, entrywise_power, raise_to
from derive.infer.products import add, alike, dotted, level, multiply, multiply_arrays, negate, number, transpose
from derive.infer.scope import Scope
from derive.sizes import Size
from derive.source import Span
from derive.term import SCALAR, Term, Type
from derive.tree import Tree

Binary = Callable[[Context, Term, Term, Span], Term]
LEFT: dict[str, Binary] = {"mul": multiply, "hadamard": dotted, "div": divide, "hdiv": entrywise_divide}


class Elaborator:
    """Makes the Terms of one statement."""

    __slots__ = ("context", "defined", "notes", "scope", "specials")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.context = scope.context
        self.defined: dict[str, Term] = {}
        self.specials: dict[str, Term] = {}  # local definitions that stand for themselves: see `differentials`
        self.notes: list[str] = []

    def term(self, tree: Tree) -> Term:
        return HANDLERS[tree.head](self, tree)

    def fail(self, code: str, message: str, tree: Tree, note: str = "") -> NoReturn:
        self.context.fail(code, message, Label(tree.span, note))


def _number(e: Elaborator, tree: Tree) -> Term:
    return number(tree.data, tree.span)  # type: ignore[arg-type]


def _name(e: Elaborator, tree: Tree) -> Term:
    name: str = tree.data  # type: ignore[assignment]
    if name in e.specials:
        return e.specials[name]
    if name in e.scope.definitions and name not in e.scope.bound:
        return _definition(e, name)
    found = e.scope.name(tree)
    return found if found is not None else constant(e, tree)


def _definition(e: Elaborator, name: str) -> Term:
    found = e.defined.get(name)
    if found is None:
        body = e.scope.definitions[name]
        hidden = e.scope.definitions.pop(name)  # a definition does not see itself: `x = x + 1` uses the outer x
        try:
            found = e.term(body)
        finally:
            e.scope.definitions[name] = hidden
        if not e.scope.bound:
            e.defined[name] = found
    return found


def _where(e: Elaborator, tree: Tree) -> Term:
    names: tuple[str, ...] = tree.data  # type: ignore[assignment]
    before, done = dict(e.scope.definitions), e.defined
    e.scope.definitions.update(zip(names, tree.args[1:], strict=True))
    e.defined = {}
    result = e.term(tree.args[0])
    e.scope.definitions, e.defined = before, done
    return result


def _sum_of_parts(e: Elaborator, tree: Tree) -> Term:
    """A chain of + and - becomes one sum with signs."""
    steps = []
    node = tree
    while node.head in ("add", "sub"):
        steps.append((1 if node.head == "add" else -1, node.args[1]))
        node = node.args[0]
    parts = [_signed(e, node, 1)]
    parts += [_signed(e, step, sign) for sign, step in reversed(steps)]
    return add(e.context, parts, tree.span)


def _signed(e: Elaborator, tree: Tree, sign: int) -> tuple[int, Term]:
    while tree.head == "neg":
        sign, tree = -sign, tree.args[0]
    return sign, e.term(tree)


def _chain(e: Elaborator, tree: Tree) -> Term:
    """A chain of products and quotients, from the left."""
    steps = []
    node = tree
    while node.head in LEFT:
        steps.append(node)
        node = node.args[0]
    result = e.term(node)
    for step in reversed(steps):
        combine = LEFT[step.head] if step.data is None else multiply_arrays
        result = combine(e.context, result, e.term(step.args[1]), step.span)
    return result


def _neg(e: Elaborator, tree: Tree) -> Term:
    return negate(e.term(tree.args[0]), tree.span)


def _transpose(e: Elaborator, tree: Tree) -> Term:
    return transpose(e.term(tree.args[0]), tree.span)


def _pow(e: Elaborator, tree: Tree) -> Term:
    return raise_to(e.context, e.term(tree.args[0]), e.term(tree.args[1]), tree.span)


def _hpow(e: Elaborator, tree: Tree) -> Term:
    return entrywise_power(e.context, e.term(tree.args[0]), e.term(tree.args[1]), tree.span)


def _index(e: Elaborator, tree: Tree) -> Term:
    """`x[i]`, `X[i,:]`, `X[1:k, j]`: an entry, a row, a column or a part."""
    base, subscripts = e.term(tree.args[0]), tree.args[1:]
    shape = base.type.shape
    if len(subscripts) == 1 and tree.args[0].head == "name" and tree.args[0].data in e.scope.samples:
        return _sample(e, base, tree)
    if len(subscripts) != len(shape):
        what = f"{e.context.words(base)} is a {e.context.show(base.type)}"
        word = "subscript" if len(shape) == 1 else "subscripts"
        e.fail("wrong-number-of-subscripts", f"{what}: it takes {len(shape)} {word}, not {len(subscripts)}", tree)
    made: list[tuple[str, Size, Size]] = [_subscript(e, s, axis) for s, axis in zip(subscripts, shape, strict=True)]
    kept = [(high - low + 1, position) for position, (what, low, high) in enumerate(made) if what == "slice"]
    row = len(kept) == 1 and ((len(shape) == 2 and kept[0][1] == 1) or (len(shape) == 1 and base.type.row))
    data = tuple([(what, low, high) if what == "slice" else (what, low) for what, low, high in made])
    return Term("entry", (base,), Type(tuple([size for size, _ in kept]), row), data, "", tree.span)


def _sample(e: Elaborator, base: Term, tree: Tree) -> Term:
    """`x[i]`, a vector: row i of the matrix x, standing as a column."""
    rows, columns = base.type.shape
    what, low, _ = _subscript(e, tree.args[1], rows)
    data = ((what, low), ("slice", Size.of(1), columns))
    return transpose(Term("entry", (base,), Type((columns,), True), data, "", tree.span), tree.span)


def _subscript(e: Elaborator, tree: Tree, axis: Size) -> tuple[str, Size, Size]:
    if tree.head == "colon":
        return ("slice", Size.of(1), axis)
    if tree.head == "range":
        low, high = tree.args
        return ("slice", e.scope.size_of(low), axis if high.data == "?" else e.scope.size_of(high))
    if tree.head == "name":
        _range_of(e, tree, axis)
    else:
        e.scope.offset.append(axis)
    size = e.scope.size_of(tree)
    if all(c < 0 for _, c in size.terms):  # zero, or less than that whatever the names are
        e.fail("bad-subscript", "subscripts count from 1", tree)
    number_of_entries = e.context.solver.resolve(axis).number
    if size.number is not None and number_of_entries is not None and size.number > number_of_entries:
        e.fail("bad-subscript", f"{size} is beyond the size {number_of_entries}", tree)
    return ("at", size, size)


def _range_of(e: Elaborator, tree: Tree, axis: Size) -> None:
    """The use of an index name on an axis decides a range that was not written."""
    name: str = tree.data  # type: ignore[assignment]
    scope = e.scope
    if name in scope.bound:
        last = scope.bound[name]
        if name in scope.ends:
            scope.run.append((axis, scope.ends[name]))
    elif name in scope.indices:
        last = scope.indices[name] if name in scope.free else None
    elif name not in scope.sizes and name not in scope.symbols:
        last = scope.indices[name] = axis
        scope.free.append(name)
    else:
        return
    if last is not None and not e.context.equal(last, axis):
        last, axis = e.context.solver.resolve(last), e.context.solver.resolve(axis)
        e.fail("size-mismatch", f"the index {name} runs over axes of different sizes, {last} and {axis}", tree)


def _bounded(e: Elaborator, tree: Tree) -> Term:
    """`sum(i=lo..hi, body)`, `prod(i=lo..hi, body)` and `array(i=1..m, j=1..n, body)`."""
    names: tuple[str, ...] = (tree.data,) if isinstance(tree.data, str) else tree.data  # type: ignore[assignment]
    bounds = [_bounds(e, lo, hi) for lo, hi in zip(tree.args[1::2], tree.args[2::2], strict=True)]
    before = dict(e.scope.bound)
    for name, (lo, hi, known) in zip(names, bounds, strict=True):
        e.scope.bound[name] = None if known else hi
        if known and lo.number == 1:
            e.scope.ends[name] = hi
        else:
            e.scope.ends.pop(name, None)
    done, e.defined = e.defined, {}
    body = e.term(tree.args[0])
    e.scope.bound, e.defined = before, done
    ranges = []
    for name, (lo, hi, _) in zip(names, bounds, strict=True):
        hi = e.context.solver.resolve(hi)
        if hi.name is not None and hi.name[0] == "?" and hi.name not in _unknowns(e, body):
            e.fail("unknown-bound", f"how far {name} runs is not said, and nothing has {name} as a subscript", tree)
        ranges.append((name, lo, hi))
    if tree.head == "array":
        shape = tuple([hi - lo + 1 for _, lo, hi in ranges]) + body.type.shape
        return Term("array", (body,), Type(shape), tuple(ranges), "", tree.span)
    head = "bigsum" if tree.head == "sum" else "bigprod"
    return Term(head, (body,), body.type, ranges[0], "", tree.span)


def _bounds(e: Elaborator, lo: Tree, hi: Tree) -> tuple[Size, Size, bool]:
    known = hi.data != "?"
    return e.scope.size_of(lo), e.scope.size_of(hi) if known else e.context.solver.fresh(), known


def _unknowns(e: Elaborator, body: Term) -> set[str]:
    """The unknown sizes of everything inside a body."""
    resolve = e.context.solver.resolve
    return {name for term in body.walk() for size in term.type.shape for name in resolve(size).names}


def _relation(e: Elaborator, tree: Tree) -> Term:
    sides = level(e.context, _lying([e.term(side) for side in tree.args]))
    lead = max(sides, key=lambda side: len(side.type.shape))
    made = []
    for side in sides:
        if side is not lead and lead.type.shape and not side.type.shape and side.head == "number":
            made.append(_filled(side, lead.type))
            continue
        made.append(side if side is lead else alike(e.context, side, lead, "==")[0])
    return Term("relation", tuple(made), SCALAR, tree.data, "", tree.span)


def _lying(sides: list[Term]) -> list[Term]:
    """A scalar by vec(X) or vech(X) is the row or the column that the other sides are: `d(f)/d(vec(X)) == vec(G)'`."""
    if not any(side.type.row for side in sides):
        return sides
    return [transpose(side, side.span) if _by_stacked(side) else side for side in sides]


def _by_stacked(side: Term) -> bool:
    if side.head != "derivative" or side.args[0].type.shape or len(side.type.shape) != 1 or side.type.row:
        return False
    return side.data[1].name in ("vec", "vech")


def _filled(number: Term, type: Type) -> Term:
    """A number in every entry: `x == 0`."""
    from derive.infer.constants import filled

    return filled(
        "zeros" if number.data == 0 else "vector" if len(type.shape) == 1 else "matrix", number, type, number.span
    )


def _both(e: Elaborator, tree: Tree) -> Term:
    return Term("both", tuple([e.term(part) for part in tree.args]), SCALAR, None, "", tree.span)


def _misplaced(e: Elaborator, tree: Tree) -> Term:
    e.fail("misplaced", "`:` stands only between the brackets of a subscript", tree)


def _implies(e: Elaborator, tree: Tree) -> Term:
    return Term("implies", tuple([e.term(part) for part in tree.args]), SCALAR, tree.data, "", tree.span)


Handler = Callable[[Elaborator, Tree], Term]
HANDLERS: dict[str, Handler] = {
    "number": _number,
    "name": _name,
    "call": call,
    "prime": prime,
    "add": _sum_of_parts,
    "sub": _sum_of_parts,
    "mul": _chain,
    "div": _chain,
    "hadamard": _chain,
    "hdiv": _chain,
    "pow": _pow,
    "hpow": _hpow,
    "neg": _neg,
    "transpose": _transpose,
    "index": _index,
    "colon": _misplaced,
    "range": _misplaced,
    "sum": _bounded,
    "prod": _bounded,
    "array": _bounded,
    "block": block,
    "derivative": derivative,
    "differential": differential,
    "where": _where,
    "relation": _relation,
    "both": _both,
    "implies": _implies,
    "cases": cases,
}
