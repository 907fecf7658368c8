"""Claims: what a statement asserts, split into relations between two sides, as frozen data.

One idea: a chain `a == b == c` claims its links, `p; q` claims its parts; everything after works link by link. It judges nothing, and
knows no document.
"""

from __future__ import annotations

from typing import NamedTuple

from derive.source import Span
from derive.term import Term

EQUATION, ORDER, DIFFERENT, DEFINITE, CONVEX = "equation", "order", "different", "definite", "convex"
LOEWNER = {
    "succ": ("ispd", 1),
    "succeq": ("ispsd", 1),
    "prec": ("ispd", -1),
    "preceq": ("ispsd", -1),
}  # A - B, or B - A
KINDS = {"==": EQUATION, "!=": DIFFERENT, "<=": ORDER, ">=": ORDER, "<": ORDER, ">": ORDER}


class Claim(NamedTuple):
    """`left op right`; for a predicate `op(left)`, and right is None.

    Convexity of `left` in `by` has two parts: that the Hessian is psd, and that the function lies below its chords. A third says what it is wanted for:
    that the function is smallest at a point.
    """

    kind: str
    op: str
    left: Term
    right: Term | None
    span: Span
    parts: tuple[Claim, ...] = ()
    by: Term | None = None

    @property
    def ends(self) -> frozenset[str]:
        """The names of the ends of chords, which nobody wrote."""
        if len(self.parts) < 2:
            return frozenset()
        own, all = (
            {n.data.name for t in c.terms for n in t.walk() if n.head == "symbol"} for c in (self, self.parts[1])
        )
        return frozenset(all - own)

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.left,) if self.right is None else (self.left, self.right)


def claims_of(term: Term) -> tuple[Claim, ...]:
    """The claims of a typed statement, in the order in which they were written.

    Raises ValueError for a term that asserts nothing that can be judged: a bare expression, a declaration.
    """
    found: list[Claim] = []
    stack = [term]
    while stack:
        node = stack.pop()
        if node.head == "both":
            stack += reversed(node.args)
        elif node.head == "predicate" and node.data == CONVEX:
            curvature, chord, f, w, *least = node.args
            parts = [c._replace(span=node.span) for part in (curvature, chord, *least) for c in claims_of(part)]
            found.append(Claim(CONVEX, CONVEX, f, None, node.span, tuple(parts), w))
        elif node.head == "predicate":
            found.append(Claim(DEFINITE, str(node.data), node.args[0], None, node.span))
        elif node.head == "relation":
            found += _links(node)
        else:
            raise ValueError(f"a {node.name or node.head} asserts nothing")
    return tuple(found)


def _links(node: Term) -> list[Claim]:
    operators: tuple[str, ...] = node.data
    pairs = zip(node.args, node.args[1:], strict=False)
    return [_link(op, left, right) for op, (left, right) in zip(operators, pairs, strict=True)]


def _link(op: str, left: Term, right: Term) -> Claim:
    span = Span(left.span.start, right.span.end)
    if op in LOEWNER:
        word, sign = LOEWNER[op]
        gap = Term("add", (left, right), left.type, (sign, -sign), "", span)
        return Claim(DEFINITE, word, gap, None, span)
    if op not in KINDS:
        raise ValueError(f"{op} is no relation that is judged")
    return Claim(KINDS[op], op, left, right, span)
