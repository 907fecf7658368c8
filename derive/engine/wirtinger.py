"""Derivatives by complex variables: `dz`, `dzc`, `dre`, `dim`.

One idea: f is a function of Z and of its conjugate, two variables that do not know of each other (Wirtinger). With the derivatives by
both, `∂f/∂Re Z = ∂f/∂Z + ∂f/∂Z̄` and `∂f/∂Im Z = i (∂f/∂Z - ∂f/∂Z̄)`. Source: Hjørungnes & Gesbert 2007, theorem 1. It knows nothing of
functions: `conjugate` has brought every conjugate to the variables.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.engine.conjugate import conjugated
from derive.engine.differential import derivatives
from derive.engine.expr import Apply, Atom, Node, Prod, Sum, Sym, postorder
from derive.engine.lifting import lift
from derive.engine.normal import normalise
from derive.engine.sums import collect, scaled
from derive.ops import REGISTRY
from derive.term import Symbol

KINDS = ("dz", "dzc", "dre", "dim")


class Pair:
    """A complex variable and the variable that stands for its conjugate."""

    def __init__(self, x: Sym) -> None:
        self.x = x
        self.other = Sym(Symbol(x.symbol.name + "\u0304", x.symbol.type, ("complex",)))
        self.conjugate = Apply(REGISTRY["conj"], (x,), x.shape)

    def apart(self, f: Node) -> Node:
        """f with the other variable in place of the conjugate."""
        return normalise(_exchanged(f, self.conjugate, self.other))

    def together(self, g: Node) -> Node:
        """g with the conjugate back in its place."""
        return normalise(lift(g, {self.other: self.conjugate}, ())[0])

    def derivatives(self, f: Node) -> tuple[Node, Node]:
        """∂f/∂Z and ∂f/∂Z̄: the axes of f, then those of Z."""
        by_z, by_conjugate = derivatives(self.apart(f), [self.x, self.other])
        return self.together(by_z), self.together(by_conjugate)


def wirtinger(f: Node, x: Sym, kind: str) -> Node:
    """The derivative of a kind: the axes of f, then those of x."""
    by_z, by_conjugate = Pair(x).derivatives(f)
    match kind:
        case "dz":
            return by_z
        case "dzc":
            return by_conjugate
        case "dre":
            return normalise(Sum((by_z, by_conjugate), by_z.shape))
    both = normalise(Sum((by_z, scaled(-1, by_conjugate)), by_z.shape))
    axes = tuple(range(len(both.shape)))
    return normalise(Prod(1, ((Atom("i"), (), 1), (both, axes, 1)), axes, both.shape))


def along(f: Node, moving: Sequence[tuple[Sym, Sym]]) -> Node:
    """dF = Σ ⟨∂F/∂X, dX⟩ + ⟨∂F/∂X̄, conj(dX)⟩ over pairs of X and dX; a real X has no second part."""
    pairs = [Pair(x) for x, _ in moving]
    node = f
    for pair in pairs:
        node = pair.apart(node)
    targets = [s for pair in pairs for s in (pair.x, pair.other)]
    directions = [d for _, dx in moving for d in (dx, conjugated(dx))]
    parts: list[Node] = []
    for g, direction in zip(derivatives(node, targets), directions, strict=True):
        axes, lead = tuple(range(len(g.shape))), len(node.shape)
        parts.append(normalise(Prod(1, ((g, axes, 1), (direction, axes[lead:], 1)), axes[:lead], g.shape)))
    total = collect(parts, node.shape)
    for pair in pairs:
        total = pair.together(total)
    return total


def _exchanged(f: Node, old: Apply, new: Sym) -> Node:
    """f with every occurrence of a node exchanged."""
    made: dict[int, Node] = {}
    for node in postorder([f]):
        made[id(node)] = new if node == old else _rebuilt(node, made)
    return made[id(f)]


def _rebuilt(node: Node, made: dict[int, Node]) -> Node:
    if not node.children or all(made[id(c)] is c for c in node.children):
        return node
    match node:
        case Sum():
            return Sum(tuple([made[id(t)] for t in node.terms]), node.shape)
        case Prod():
            return Prod(node.coef, tuple([(made[id(b)], idx, e) for b, idx, e in node.factors]), node.out, node.dims)
        case Apply():
            return Apply(node.op, tuple([made[id(a)] for a in node.args]), node.shape)
    raise TypeError(f"an undefined function of a conjugate: {node!r}")
