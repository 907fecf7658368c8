"""Statements to claims for the tests of the prover: proved, or held against the oracle."""

from __future__ import annotations

from agreement import same_values

from derive.claims import Claim, claims_of
from derive.infer import infer
from derive.proof.kernel import prove_equal
from derive.source import Source
from derive.syntax import parse_declarations, parse_statement
from derive.term import SCALAR, Symbol, Term


def read(statement: str, given: str) -> tuple[tuple[Claim, ...], tuple[Symbol, ...]]:
    """The claims of a statement, and its variables."""
    declared = parse_declarations(given) if given else ()
    tree = parse_statement(statement, names=frozenset(d.name for d in declared))
    typed = infer([tree], declared, source=Source(statement))
    return claims_of(typed.terms[0]), tuple(typed.symbols)


def proved(statement: str, given: str = "") -> list[bool]:
    """Whether each claim of a statement is proved."""
    return [c.right is not None and prove_equal(c.left, c.right) is not None for c in read(statement, given)[0]]


def agrees(statement: str, given: str = "") -> list[bool]:
    """Whether the oracle finds the same values on both sides of each claim, at points of several sizes."""
    claims, symbols = read(statement, given)
    return [same_values([_beside_one(t, c) for t in c.terms], symbols) for c in claims]


def _beside_one(term: Term, claim: Claim) -> Term:
    """1 more, where one side is a number: the oracle compares relative to the largest entry, and all of them may be 0."""
    if claim.right is None or claim.right.head != "number":
        return term
    return Term("add", (term, Term("number", (), SCALAR, 1)), term.type, (1, 1))
