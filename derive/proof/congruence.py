"""Equal arguments give equal values: functions whose arguments are proved equal are made one node.

One idea: `exp(u) c - exp(v) c` is zero when u = v is proved, whatever it takes to prove it; so of the functions of one name in a difference the arguments are
compared in pairs, and the exponentials of a term are first put together, exp(a) exp(b) = exp(a + b). It knows no law of what it compares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from derive.engine.expr import Apply, Idx, Node, Prod, Sum, is_zero, postorder
from derive.engine.normal import normalise
from derive.engine.sums import collect, scaled
from derive.proof.rewriting import Law, Rewriter

if TYPE_CHECKING:
    from fractions import Fraction

    FactorOf = tuple[Node, Idx, int | Fraction]

PAIRS = 10  # of arguments that are compared
NAME = "equal arguments give equal values"


def united(node: Node, proved: Callable[[Node], bool]) -> Node | None:
    """The node with functions of equal arguments made one; None when there are none."""
    joined = collect([_joined(t) for t in (node.terms if isinstance(node, Sum) else (node,))], node.shape)
    functions: dict[tuple[str, object], list[Apply]] = {}
    for inner in postorder([joined]):
        if isinstance(inner, Apply):
            functions.setdefault((inner.op.name, inner.shape), []).append(inner)
    instead: dict[Node, Node] = {}
    tries = PAIRS
    for same in functions.values():
        kept: list[Apply] = []
        for one in same:
            twin = None
            for other in kept:
                if tries and _comparable(one, other):
                    tries -= 1
                    if _equal_arguments(one, other, proved):
                        twin = other
                        break
            if twin is None:
                kept.append(one)
            else:
                instead[one] = twin
    if not instead:
        return None if joined == node else joined
    return Rewriter((Law(NAME, "", "", instead.get),)).rewritten(joined)


def _comparable(a: Apply, b: Apply) -> bool:
    """Whether the arguments have the same shapes."""
    return (
        a != b and len(a.args) == len(b.args) and all(x.shape == y.shape for x, y in zip(a.args, b.args, strict=True))
    )


def _equal_arguments(a: Apply, b: Apply, proved: Callable[[Node], bool]) -> bool:
    for x, y in zip(a.args, b.args, strict=True):
        if x != y and not proved(collect([x, scaled(-1, y)], x.shape)):
            return False
    return True


def _joined(node: Node) -> Node:
    """One exponential of all scalar ones in a product."""
    if not isinstance(node, Prod):
        return node
    found = [f for f in node.factors if not f[1] and isinstance(f[0], Apply) and f[0].op.name == "exp"]
    if not found:
        return node
    first = found[0][0]
    assert isinstance(first, Apply)
    total = collect(
        [normalise(Prod(e, ((b.args[0], (), 1),), (), ())) for b, _, e in found if isinstance(b, Apply)], ()
    )
    made: FactorOf = (Apply(first.op, (total,), ()), (), 1)
    kept = [f for f in node.factors if f not in found]
    return normalise(Prod(node.coef, (*kept, *([] if is_zero(total) else [made])), node.out, node.dims))
