"""Powers with a symbolic exponent, and their derivative along a direction as the sum that it is.

One idea: `dmatpow(X, k, E)` is written `sum(r=0..k-1, X^r*E*X^(k-1-r))`, with the body written like any other product, so that
`a*b'` stands inside it as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Apply, Atom, Node, Prod, Sum
from derive.engine.normal import normalise
from derive.ops import REGISTRY
from derive.sizes import Size
from derive.tree import Tree, number

if TYPE_CHECKING:
    from derive.matrixform.form import Writer

LETTERS = ("r", "s", "q", "p", "l", "i", "j", "k")


def power(writer: Writer, node: Apply) -> Tree:
    """`X^k`."""
    return Tree("pow", tuple([writer.tree(a) for a in node.args]))


def power_sum(writer: Writer, node: Apply) -> Tree:
    """`sum(r=0..k-1, X^r*E*X^(k-1-r))`."""
    from derive.matrixform.form import Writer

    x, k, e = node.args
    letter = next(c for c in (*LETTERS, *[f"r{i}" for i in range(1, 99)]) if c not in writer.taken)
    r = Atom(Size.of(letter))
    last = normalise(Sum((k, Prod(-1, (), (), (), True)), ()))
    rest = normalise(Sum((last, Prod(-1, ((r, (), 1),), (), ())), ()))
    n = x.shape[0]
    factors = ((_power(x, r), (0, 1), 1), (e, (1, 2), 1), (_power(x, rest), (2, 3), 1))
    body = normalise(Prod(1, factors, (0, 3), (n,) * 4))
    inner = Writer(writer.taken | {letter})
    return Tree("sum", (inner.tree(body), number(0), writer.tree(last)), letter)


def _power(x: Node, k: Node) -> Node:
    return normalise(Apply(REGISTRY["matpow"], (x, k), x.shape))


FORMS = {"matpow": power, "dmatpow": power_sum}
