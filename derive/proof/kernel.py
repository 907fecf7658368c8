"""The kernel behind *proved*: two sides are equal when their normal forms are, for every size.

One idea: the difference of the two sides is brought to normal form, multiplied out, and has to be zero; if it is not, the laws of the prover are
applied to it and it is tried again. Nothing is sampled and no floating point occurs. It is small on purpose: what it trusts are the
laws that are listed in `derive.engine.normal`, `derive.engine.sums`, `derive.engine.assembly` and `derive.proof.laws`, and the differential. It does not
know the oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from derive.engine.conjugate import meets_cut
from derive.engine.expansion import expanded, remembering
from derive.engine.expr import Node, is_zero, zero
from derive.engine.families import for_all, mentioned
from derive.engine.lower import lower, lower_both
from derive.engine.simplify import simplify
from derive.engine.sums import collect, scaled
from derive.finding import LanguageError
from derive.proof.assumptions import laws_given
from derive.proof.clearing import cleared_to_zero
from derive.proof.congruence import NAME as EQUAL
from derive.proof.congruence import united
from derive.proof.laws import LAWS
from derive.proof.laws.assumed import laws_assuming
from derive.proof.laws.pseudoinverses import laws_dividing
from derive.proof.listing import laws_of_form
from derive.proof.opening import holds_in_cases, opens_to_zero
from derive.proof.rational import rational_proof
from derive.proof.rewriting import Rewriter
from derive.proof.skew import opened
from derive.sizes import Size
from derive.term import Term

TURNS = 4  # of multiplying out and rewriting
TERMS = 600  # that a difference may have when it is multiplied out


class Proof(NamedTuple):
    """How equality was shown, and with which laws; those of the normal form are listed when they are asked for."""

    method: str
    laws: tuple[str, ...]
    of_form: Callable[[], tuple[str, ...]] | None = None

    @property
    def listed(self) -> tuple[str, ...] | Callable[[], tuple[str, ...]]:
        """The laws, or what lists them."""
        return self.laws or self.of_form or ()


def prove_equal(left: Term, right: Term, indices: Mapping[str, Size] | None = None) -> Proof | None:
    """A proof that both sides are equal for every size and all values with the declared properties; None when none is found.

    `indices` are the free index names with the number of their values; with them as axes a delta is an identity.
    """
    indices = mentioned(indices, left, right) if indices else None
    with remembering():
        for names in (indices, None) if indices else (None,):
            proof = _proof(left, right, names or {})
            if proof is not None:
                return proof
    return None


def _proof(left: Term, right: Term, indices: Mapping[str, Size]) -> Proof | None:
    try:
        return _proved(left, right, indices)
    except (LanguageError, ZeroDivisionError):  # a side that has a value nowhere
        return None


def _proved(left: Term, right: Term, indices: Mapping[str, Size]) -> Proof | None:
    if indices:
        gap = Term("add", (left, right), left.type, (1, -1))
        a: Node = lower(for_all(gap, indices))
        b: Node = zero(a.shape)
    else:
        a, b = lower_both(left, right)
    if meets_cut(a, b):
        return None
    proof = prove_nodes(a, b) or _without_skew(a, b) if a.shape == b.shape else None
    return proof if proof is None or proof.laws else proof._replace(of_form=lambda: laws_of_form(left, right))


def _without_skew(a: Node, b: Node) -> Proof | None:
    """With skew variables written as differences, which the normal form knows."""
    nodes, names = opened(a, b)
    proof = prove_nodes(*nodes) if names else None
    return None if proof is None else Proof("the difference is zero by the laws listed", (*names, *proof.laws))


def prove_nodes(a: Node, b: Node) -> Proof | None:
    """As `prove_equal`, of nodes of one shape."""
    if a == b:
        return Proof("equal normal forms", ())
    difference = collect([a, scaled(-1, b)], a.shape)
    named = cleared_to_zero(difference)
    if named is not None:
        return Proof("the difference is zero by the laws listed", named)
    if vanishes(difference):
        return Proof("the difference multiplied out is zero", ())
    other = simplify(difference)
    if other is not difference and vanishes(other):
        return Proof("the simplified difference multiplied out is zero", ())
    rewriter = Rewriter((*LAWS, *laws_given(a, b), *laws_assuming(a, b), *laws_dividing(a, b)))
    other = rewriter.rewritten(collect([rewriter.rewritten(a), scaled(-1, rewriter.rewritten(b))], a.shape))
    if reduces(other, rewriter) or opens_to_zero(other, rewriter.used):
        return Proof("the difference is zero by the laws listed", tuple(rewriter.used))
    named = by_inverses(other)
    if named is not None:
        return Proof("the difference is zero by the laws listed", (*rewriter.used, *named))
    if holds_in_cases(other, lambda case: prove_nodes(case, zero(case.shape)) is not None):
        return Proof("the difference is zero for every remainder of a whole number", tuple(rewriter.used))
    return None


def by_inverses(node: Node, depth: int = 2) -> tuple[str, ...] | None:
    """The laws by which a difference is zero as a rational expression, or when functions of equal arguments are made one."""
    found = rational_proof(node)
    if found is not None or not depth:
        return found
    grown = expanded(node, TERMS)
    other = None if grown is None else united(grown, lambda d: by_inverses(d, depth - 1) is not None)
    if other is None or other == node:
        return None
    found = by_inverses(other, depth - 1)
    return None if found is None else (*found, EQUAL)


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
