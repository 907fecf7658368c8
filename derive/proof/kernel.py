"""The kernel behind *proved*: two sides are equal when their normal forms are, for every size.

One idea: the difference of the two sides is brought to normal form, multiplied out, and has to be zero; if it is not, the laws of the prover are
applied to it and it is tried again. Nothing is sampled and no floating point occurs. It is small on purpose: what it trusts are the
laws that are listed in `derive.normal`, `derive.laws`, `derive.selectors` and `derive.proof.laws`, and the differential. It does not know the oracle.
"""

from __future__ import annotations

from typing import NamedTuple

from derive.expansion import expanded
from derive.expr import Node, is_zero
from derive.finding import LanguageError
from derive.lower import lower
from derive.normal import collect, scaled
from derive.proof.assumptions import laws_given
from derive.proof.laws import LAWS
from derive.proof.rewriting import Rewriter
from derive.simplify import simplify
from derive.term import Term

TURNS = 4  # of multiplying out and rewriting
TERMS = 600  # that a difference may have when it is multiplied out


class Proof(NamedTuple):
    """How equality was shown, and with which laws."""

    method: str
    laws: tuple[str, ...]


def prove_equal(left: Term, right: Term) -> Proof | None:
    """A proof that both sides are equal for every size and all values with the declared properties; None when none is found."""
    try:
        a, b = lower(left), lower(right)
    except (LanguageError, ZeroDivisionError):
        return None
    return prove_nodes(a, b)


def prove_nodes(a: Node, b: Node) -> Proof | None:
    """As `prove_equal`, of nodes of one shape."""
    if a == b:
        return Proof("equal normal forms", ())
    difference = collect([a, scaled(-1, b)], a.shape)
    if vanishes(difference):
        return Proof("the difference multiplied out is zero", ())
    other = simplify(difference)
    if other is not difference and vanishes(other):
        return Proof("the simplified difference multiplied out is zero", ())
    rewriter = Rewriter((*LAWS, *laws_given(a, b)))
    other = rewriter.rewritten(collect([rewriter.rewritten(a), scaled(-1, rewriter.rewritten(b))], a.shape))
    if reduces(other, rewriter):
        return Proof("the difference is zero by the laws listed", tuple(rewriter.used))
    return None


def reduces(node: Node, rewriter: Rewriter) -> bool:
    """Whether a node becomes zero when it is multiplied out and rewritten in turns."""
    for _ in range(TURNS):
        grown = expanded(node, TERMS)
        if grown is None or is_zero(grown):
            return grown is not None
        after = rewriter.rewritten(grown)
        if after in (node, grown):
            return False
        node = after
    return vanishes(node)


def vanishes(node: Node) -> bool:
    """Whether a node is zero as far as multiplying out shows."""
    grown = expanded(node, TERMS)
    return grown is not None and is_zero(grown)
