"""Bodies of operations with the arguments in place of the parameters, and how many axes one call of an operation takes.

One idea: a formula is only a name, so its value is that of its body, as a term like any other. It writes no code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from derive.infer import infer_body
from derive.ops import Operation
from derive.term import Term, Type, children_first


def body(operation: Operation, args: Sequence[Term]) -> Term:
    """The body of an operation at these arguments (without a batch)."""
    typed, _ = infer_body(operation, tuple(Type(a.type.shape) for a in args))
    return substitute(typed, dict(zip(operation.parameters, args, strict=False)))


def signature_ranks(operation: Operation, args: Sequence[Term]) -> tuple[int, ...]:
    """Orders that one call takes: the overload that leaves the fewest axes over."""
    have = tuple(a.type.order for a in args)
    fitting = []
    for signature in operation.signatures:
        ranks = tuple(len(letters) for letters in signature.inputs[: len(have)])
        if len(ranks) == len(have) and all(h >= r for h, r in zip(have, ranks, strict=True)):
            fitting.append(ranks)
    return max(fitting, key=sum, default=have)


def substitute(body: Term, values: dict[str, Term]) -> Term:
    """The term with symbols replaced by name; equal parts stay one object."""
    done: dict[Term, Term] = {}
    for node in children_first(body, done):
        if node.head == "symbol":
            symbol: Any = node.data
            done[node] = values.get(symbol.name, node)
        else:
            done[node] = Term(node.head, tuple(done[a] for a in node.args), node.type, node.data, node.name, node.span)
    return done[body]
