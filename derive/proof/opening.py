"""The last turn of a proof: functions opened into exponentials and logarithms, denominators cleared, whole numbers by their remainders.

One idea: D = 0 exactly where M·D = 0 for an M that is nowhere 0, and a denominator is nowhere 0 where D has a value; and a statement about a whole number k
holds when it holds for k = 4j + r with r = 0, 1, 2, 3. It knows no law itself.
"""

from __future__ import annotations

from collections.abc import Callable

from derive.engine.expansion import expanded
from derive.engine.expr import Apply, Idx, Node, Prod, Sum, Sym, is_zero, number_of, postorder
from derive.engine.lifting import lift
from derive.engine.normal import normalise
from derive.engine.sums import collect
from derive.proof.laws.elementary import LAWS as OPENING
from derive.proof.laws.scalars import LAWS as SCALARS
from derive.proof.rewriting import Rewriter
from derive.proof.whole import bounds
from derive.term import Symbol

TERMS = 600  # of a difference multiplied out
TURNS = 4  # of opening, clearing and multiplying out
PERIOD = 4  # of the powers of -1 and of 1i, and of sines at multiples of pi/2
CASES = 2  # whole numbers that are told apart by remainders at once


def opens_to_zero(node: Node, used: dict[str, None]) -> bool:
    """Whether a node is zero when its functions are opened; the laws that were used are added to `used`."""
    rewriter = Rewriter((*SCALARS, *OPENING))
    for _ in range(TURNS):
        node = cleared(rewriter.rewritten(node))
        grown = expanded(node, TERMS)
        if grown is None:
            return False
        if is_zero(grown):
            used.update(rewriter.used)
            return True
        if grown == node:
            return False
        node = grown
    return False


def cleared(node: Node) -> Node:
    """The node multiplied by its denominators, which are functions of its own entries."""
    for _ in range(TURNS):
        found = _denominator(node)
        if found is None:
            return node
        base, at, exp = found
        axes = tuple(range(len(node.shape)))
        terms = node.terms if isinstance(node, Sum) else (node,)
        node = collect(
            [normalise(Prod(1, ((t, axes, 1), (base, at, exp)), axes, node.shape)) for t in terms], node.shape
        )
    return node


def _denominator(node: Node) -> tuple[Node, Idx, int] | None:
    """A sum in a denominator, where in the entries of the node it stands, and its highest power."""
    highest: dict[tuple[Node, Idx], int] = {}
    for term in node.terms if isinstance(node, Sum) else (node,):
        if not isinstance(term, Prod) or len(set(term.out)) < len(term.out):
            continue
        for base, at, exp in term.factors:
            if type(exp) is int and exp < 0 and set(at) <= set(term.out) and not _is_plain(base):
                key = base, tuple([term.out.index(i) for i in at])
                highest[key] = max(highest.get(key, 0), -exp)
    return None if not highest else (*next(iter(highest)), highest[next(iter(highest))])


def _is_plain(base: Node) -> bool:
    """Whether a denominator is one with every other power of it, without being multiplied out."""
    return not isinstance(base, Sum)


def holds_in_cases(node: Node, proved: Callable[[Node], bool]) -> bool:
    """Whether a node is zero for every remainder of the whole numbers in its exponents."""
    found = exponents(node)
    if not 0 < len(found) <= CASES:
        return False
    k = found[0]
    known = bounds(k)
    declared = () if known is None else (f"in {known[0] // PERIOD}..{known[1] // PERIOD}",)
    rest = Sym(Symbol(k.symbol.name + " div 4", k.symbol.type, ("integer", *declared)))
    for remainder in range(PERIOD):
        value = normalise(Sum((Prod(PERIOD, ((rest, (), 1),), (), ()), Prod(remainder, (), (), ())), ()))
        case = normalise(lift(node, {k: value}, ())[0])
        if not is_zero(case) and not proved(case):
            return False
    return True


def exponents(node: Node) -> list[Sym]:
    """The whole numbers that are exponents of matrices and of ±1 and ±1i, or multiples of pi under a sine or cosine; not those of cases."""
    found: dict[Sym, None] = {}
    for inner in postorder([node]):
        if not isinstance(inner, Apply):
            continue
        name = inner.op.name
        at_unit = name == "power" and (number_of(inner.args[0]) == -1 or not isinstance(inner.args[0], Sym))
        if name == "matpow" or at_unit or name in ("sin", "cos"):
            for leaf in postorder([inner.args[-1]]):
                if isinstance(leaf, Sym) and "integer" in leaf.symbol.properties and " div " not in leaf.symbol.name:
                    found[leaf] = None
    return list(found)
