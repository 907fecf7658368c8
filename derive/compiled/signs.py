"""Which values are never negative, as far as their form shows it: what allows `X'*diag(d)*X` to be a product with itself.

One idea: bounds from below and above of what stands under a sum are enough, `1 - tanh(x)^2` and `s*(1 - s)` of a sigmoid included.
Only bounds that floating point keeps are used: sigmoid, softmax and tanh never leave theirs.
"""

from __future__ import annotations

from derive.engine.expr import Apply, Atom, Node, Prod, Sum, Sym
from derive.sizes import Size

INSIDE = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "step": (0.0, 1.0), "eq": (0.0, 1.0), "normcdf": (0.0, 1.0)}
INSIDE |= {"tanh": (-1.0, 1.0), "sin": (-1.0, 1.0), "cos": (-1.0, 1.0), "sign": (-1.0, 1.0)}
NEVER = frozenset(("exp", "abs", "relu", "softplus", "cosh", "normpdf", "norm2", "sqrt", "normp", "norm1", "norminf"))
POSITIVE = frozenset(("positive", "nonnegative", "simplex", "stochastic", "one-hot", "one-hot-rows"))
INFINITE = float("inf")


Bounds = tuple[float, float]
Known = dict[Node, Bounds]


def nonnegative(node: Node, known: Known | None = None) -> bool:
    return bounds(node, known)[0] >= 0


def bounds(node: Node, known: Known | None = None) -> Bounds:
    """Lowest and highest value of any entry; infinite where nothing is known. `known` keeps them for every part."""
    known = {} if known is None else known
    found = known.get(node)
    if found is None:
        found = known[node] = _bounds(node, known)
    return found


def _bounds(node: Node, known: Known) -> Bounds:
    if isinstance(node, Sym):
        return (0.0, INFINITE) if not POSITIVE.isdisjoint(node.symbol.properties) else (-INFINITE, INFINITE)
    if isinstance(node, Apply):
        return INSIDE.get(node.op.name, (0.0 if node.op.name in NEVER else -INFINITE, INFINITE))
    if isinstance(node, Atom):
        return (0.0, INFINITE) if isinstance(node.value, Size | str) and node.value != "i" else (-INFINITE, INFINITE)
    if isinstance(node, Sum):
        each = [bounds(t, known) for t in node.terms]
        return sum(b[0] for b in each), sum(b[1] for b in each)
    if isinstance(node, Prod):
        return _product(node, known)
    return -INFINITE, INFINITE


def _product(node: Prod, known: Known) -> Bounds:
    low, high = 1.0, 1.0
    for base, _, exponent in node.factors:
        a, b = power_bounds(bounds(base, known), exponent)
        ends = [x * y if x and y else 0.0 for x in (low, high) for y in (a, b)]
        low, high = min(ends), max(ends)
    if not {i for _, idx, _ in node.factors for i in idx} <= set(node.out):  # a sum of so many
        low, high = (0.0 if low >= 0 else -INFINITE), INFINITE
    ends = [float(node.coef) * low, float(node.coef) * high]
    return min(ends), max(ends)


def power_bounds(of: Bounds, exponent: object) -> Bounds:
    """Bounds of x^k from those of x."""
    low, high = of
    if exponent == 1:
        return of
    if isinstance(exponent, int) and exponent % 2 == 0:
        top = max(abs(low), abs(high))
        return (0.0, INFINITE if top > 1 else 1.0) if exponent > 0 else (0.0, INFINITE)
    if not isinstance(exponent, int) or low >= 0:
        return 0.0, (1.0 if isinstance(exponent, int) and exponent > 0 and high <= 1 else INFINITE)
    return -INFINITE, INFINITE
