"""The sides of one chain typed together, and which of them do not fit.

One idea: all steps are typed at once, so that undeclared kinds follow from the whole derivation; where that fails, the steps are taken one after the
other, and the first that does not fit with those before it is the one at fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from derive.claims import Claim, claims_of
from derive.document.prepared import Prepared
from derive.document.trees import names_in
from derive.families import ranges
from derive.finding import DeriveError, Finding
from derive.infer import infer
from derive.infer.statement import Typed
from derive.source import Source
from derive.term import Symbol
from derive.tree import Tree

# Findings that say that an operation does not fit; everything else says that we do not understand.
SHAPES = frozenset("size-mismatch kind-mismatch not-square ragged-block not-scalar wrong-number-of-subscripts".split())


class Fitted(NamedTuple):
    """Relations typed together: the claim of each, or the finding why it has none."""

    claims: tuple[Claim | None, ...]
    findings: tuple[Finding | None, ...]
    symbols: tuple[Symbol, ...]
    typed: Typed | None
    sure: bool  # whether every variable was declared, so that a misfit is the author's


class Typist:
    """Types relations under one setting."""

    def __init__(self, prepared: Prepared, source: Source) -> None:
        self.prepared = prepared
        self.source = source

    def typed(self, trees: Sequence[Tree]) -> Typed:
        """The trees typed together, with the premises. Raises DeriveError."""
        return infer([self.prepared.under(t) for t in trees], self.declared(trees), source=self.source)

    def declared(self, trees: Sequence[Tree]) -> list[object]:
        """The declarations that these trees, and the distributions in them, can need."""
        return list(self.prepared.declared)

    def fits(self, trees: Sequence[Tree]) -> bool:
        try:
            self.typed(trees)
        except (DeriveError, ValueError, ArithmeticError, RecursionError):
            return False
        return True

    def fitted(self, trees: Sequence[Tree]) -> Fitted:
        """All relations that fit, typed together."""
        try:
            return self._together(trees, [None] * len(trees))
        except DeriveError:
            return self._one_by_one(trees)

    def _together(self, trees: Sequence[Tree], findings: Sequence[Finding | None]) -> Fitted:
        good = [t for t, finding in zip(trees, findings, strict=True) if finding is None]
        premises = self.premises(good)
        typed = self.typed([*good, *premises])
        claims: list[Claim | None] = []
        rest = iter(typed.terms)
        for finding in findings:
            claims.append(claims_of(next(rest))[0] if finding is None else None)
        declared = self.declared(good)
        indices = ranges(self.prepared.declared, typed.symbols)
        del indices
        sure = not any(s.inferred for s in typed.symbols) and bool(declared or not typed.symbols)
        return Fitted(tuple(claims), tuple(findings), typed.symbols, typed, sure)

    def premises(self, trees: Sequence[Tree]) -> list[Tree]:
        """The premises that fit and share a variable with the trees."""
        used: set[str] = set()
        for tree in trees:
            used |= names_in(self.prepared.under(tree))
        return [p for p in self.prepared.premises if names_in(p) & used and self.fits([p])]

    def _one_by_one(self, trees: Sequence[Tree]) -> Fitted:
        good: list[Tree] = []
        findings: list[Finding | None] = []
        for tree in trees:
            try:
                self.typed([*good, tree])
            except DeriveError as trouble:
                findings.append(trouble.finding)
            else:
                good.append(tree)
                findings.append(None)
        return self._together(trees, findings)
