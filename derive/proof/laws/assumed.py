"""Laws that need a matrix to be invertible which is no variable: they hold by what the statement writes and declares.

One idea: where `inv(X)` stands in a statement, X is invertible there; so is every matrix that is so by its form. From these follow Schur complements,
the matrix determinant lemma and the inverse of a sum with one column times one row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from derive.engine.expr import Apply, Node, postorder
from derive.proof.laws.blocks import inverse_of_blocks
from derive.proof.laws.determinants import determinant, logarithm
from derive.proof.laws.inverses import INVERTIBLE, of_rank_one
from derive.proof.laws.properties import is_invertible
from derive.proof.rewriting import Law


class Assuming(NamedTuple):
    """A law that holds for matrices that are known to be invertible."""

    name: str
    claim: str
    given: str
    apply: Callable[[Node, frozenset[Node]], Node | None]

    def law(self, known: frozenset[Node]) -> Law:
        def apply(node: Node) -> Node | None:
            return self.apply(node, known)

        return Law(self.name, self.claim, self.given, apply)


class Invertible(frozenset[Node]):
    """The matrices that are known to be invertible: those in the set, and those that are so by their form."""

    def __contains__(self, node: object) -> bool:
        return super().__contains__(node) or (isinstance(node, Node) and len(node.shape) == 2 and is_invertible(node))


def invertible(*roots: Node) -> Invertible:
    """What some nodes invert."""
    return Invertible(
        n.args[0] for n in postorder(roots) if isinstance(n, Apply) and n.op.name == "inv" and len(n.args[0].shape) == 2
    )


def laws_assuming(*roots: Node) -> tuple[Law, ...]:
    """The laws that hold by what these nodes assume."""
    names = {n.op.name for n in postorder(roots) if isinstance(n, Apply)}
    if not names & {"inv", "det", "logdet"}:
        return ()
    known = invertible(*roots)
    return tuple([assuming.law(known) for assuming in ASSUMING])


ASSUMING = (
    Assuming(
        "inverse of a block matrix",
        "inv([A, B; C, D]) == [inv(A) + inv(A)*B*inv(S)*C*inv(A), -inv(A)*B*inv(S); -inv(S)*C*inv(A), inv(S)] where S = D - C*inv(A)*B",
        "A: matrix(n, n) pd; D: matrix(m, m) pd; B: matrix(n, m) norm<1; C: matrix(m, n) norm<1",
        inverse_of_blocks,
    ),
    Assuming(
        "inverse of a matrix and a column times a row",
        "inv(A + x*y') == inv(A) - inv(A)*x*y'*inv(A)/(1 + y'*inv(A)*x)",
        f"{INVERTIBLE}; x: vector(n); y: vector(n)",
        of_rank_one,
    ),
    Assuming(
        "matrix determinant lemma",
        "det(A + x*y') == det(A)*(1 + y'*inv(A)*x); det(A + U*V) == det(A)*det(eye(m) + V*inv(A)*U); "
        "det([A, U; V, D]) == det(A)*det(D - V*inv(A)*U)",
        f"{INVERTIBLE}; x: vector(n); y: vector(n); U: matrix(n, m); V: matrix(m, n)",
        determinant,
    ),
    Assuming(
        "log-determinant of a sum",
        "logdet(A + U*V) == logdet(A) + logdet(eye(m) + V*inv(A)*U)",
        f"{INVERTIBLE}; U: matrix(n, m); V: matrix(m, n)",
        logarithm,
    ),
)
