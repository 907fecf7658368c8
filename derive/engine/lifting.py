"""Putting nodes for symbols, with batch axes in front.

One idea: a scalar formula acts entry by entry, and an operation on vectors acts on each row, in the same way: the symbols are
replaced by nodes with more leading axes, and every product on the way gets those axes. Knows no operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Apply, Idx, Node, Prod, Shape, Sum, Sym, Undef, view
from derive.engine.normal import normalise
from derive.finding import Finding, LanguageError

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]

Memo = dict[int, tuple[Node, bool]]


def lift(node: Node, mapping: dict[Sym, Node], batch: Shape) -> tuple[Node, bool]:
    """Replace symbols by nodes that may have the batch axes in front; say whether the result has them.

    This is how one scalar formula acts entry by entry (the batch is the whole shape) and how an operation on vectors
    acts on each row.
    """
    return _lift(node, mapping, batch, {})


def _lift(node: Node, mapping: dict[Sym, Node], batch: Shape, memo: Memo) -> tuple[Node, bool]:
    found = memo.get(id(node))
    if found is not None:
        return found
    made: tuple[Node, bool]
    match node:
        case Sym() if node in mapping:
            new = mapping[node]
            made = new, len(new.shape) > len(node.shape)
        case Prod():
            made = _lift_product(node, mapping, batch, memo)
        case Sum():
            parts = [_lift(t, mapping, batch, memo) for t in node.terms]
            if any(has for _, has in parts):
                terms = [t if has else broadcast(t, batch) for t, has in parts]
                made = Sum(tuple(terms), batch + node.shape), True
            else:
                made = Sum(tuple([t for t, _ in parts]), node.shape), False
        case Apply():
            made = _lift_apply(node, mapping, batch, memo)
        case Undef():
            made = _lift_undefined(node, mapping, batch, memo)
        case _:
            made = node, False
    memo[id(node)] = made
    return made


def _lift_product(node: Prod, mapping: dict[Sym, Node], batch: Shape, memo: Memo) -> tuple[Node, bool]:
    parts = [_lift(f[0], mapping, batch, memo) for f in node.factors]
    if not any(has for _, has in parts):
        factors = tuple([(p, idx, e) for (p, _), (_, idx, e) in zip(parts, node.factors, strict=True)])
        return Prod(node.coef, factors, node.out, node.dims), False
    leading = tuple(range(len(node.dims), len(node.dims) + len(batch)))
    factors = tuple(
        [(p, leading + idx if has else idx, e) for (p, has), (_, idx, e) in zip(parts, node.factors, strict=True)]
    )
    return Prod(node.coef, factors, leading + node.out, node.dims + batch), True


def _lift_apply(node: Apply, mapping: dict[Sym, Node], batch: Shape, memo: Memo) -> tuple[Node, bool]:
    parts = [_lift(a, mapping, batch, memo) for a in node.args]
    if not any(has for _, has in parts):
        return Apply(node.op, tuple([p for p, _ in parts]), node.shape), False
    shape = batch + node.shape
    args = []
    for (part, has), before in zip(parts, node.args, strict=True):
        if not has and not before.shape:
            args.append(part)  # a scalar stays one
        elif not has:
            args.append(broadcast(part, batch))
        elif node.op.meaning == "elementwise" and not before.shape and node.shape:
            axes = tuple(range(len(shape)))
            args.append(view(part, axes[: len(batch)], axes, shape))
        else:
            args.append(part)
    return Apply(node.op, tuple(args), shape), True


def _lift_undefined(node: Undef, mapping: dict[Sym, Node], batch: Shape, memo: Memo) -> tuple[Node, bool]:
    arg, has = _lift(node.arg, mapping, batch, memo)
    if has and not node.function.elementwise:
        message = f"the undefined function {node.function.name} of a family of arguments cannot be differentiated yet"
        raise LanguageError(Finding("not-yet", message))
    return Undef(node.function, arg), has


def broadcast(node: Node, batch: Shape) -> Node:
    dims = batch + node.shape
    own = tuple(range(len(batch), len(dims)))
    return view(node, own, tuple(range(len(dims))), dims)


def without_batch(node: Node, batch: int) -> Node | None:
    """The node without leading axes over which it is only repeated; None when it varies over them."""
    if not batch or not node.shape:
        return node
    if not isinstance(node, Prod):
        return None
    lead = node.out[:batch]
    if len(set(lead)) < batch or set(lead) & ({i for _, at, _ in node.factors for i in at} | set(node.out[batch:])):
        return None
    kept = [i for i in range(len(node.dims)) if i not in lead]
    place = {i: p for p, i in enumerate(kept)}
    factors = tuple([(b, tuple([place[i] for i in at]), e) for b, at, e in node.factors])
    return normalise(
        Prod(node.coef, factors, tuple([place[i] for i in node.out[batch:]]), tuple([node.dims[i] for i in kept]))
    )


def over_used(factors: list[FactorOf], out: Idx, dims: Shape, coef: Number) -> Node:
    """The product over the indices that occur, of a product that had more."""
    used = dict.fromkeys([*out, *[i for _, at, _ in factors for i in at]])
    place = {i: p for p, i in enumerate(used)}
    named = tuple([(b, tuple([place[i] for i in at]), e) for b, at, e in factors])
    return normalise(Prod(coef, named, tuple([place[i] for i in out]), tuple([dims[i] for i in used])))
