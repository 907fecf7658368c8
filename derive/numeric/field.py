"""Whether a term lives over the real or the complex numbers.

One idea: a statement is real unless it mentions a complex variable, the imaginary unit, a matrix made of roots of unity, or eigenvalues, which a
real matrix may have complex ones of; only then are complex balls used, so that real statements cost what they always did.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from derive.term import Term

SPECTRAL = frozenset(("eig",))  # complex of a real matrix
CUT = frozenset("log log2 sqrt power arcsin arccos arctan lgamma logm sqrtm softplus logsumexp".split())
TELLING = frozenset(("constant", "opaque", "derivative"))  # other heads of what may not be real
REPEATING = frozenset(("bigsum", "bigprod", "array", "derivative", "differential", "expectation"))
LIMIT = 4096
_natures: dict[int, Nature] = {}  # by identity; a nature holds its term, so that no other takes its place


class Nature(NamedTuple):
    """What has to be known of a term before it is evaluated."""

    complex: bool  # whether it mentions anything that is not real
    repeats: bool  # whether a part of it is evaluated more than once: in a sum, under a derivative
    term: Term  # itself


def is_complex(term: Term) -> bool:
    """Whether a term mentions anything that is not real."""
    return nature(term).complex


def nature(term: Term) -> Nature:
    """The nature of a term, kept for this very object."""
    found = _natures.get(id(term))
    return _kept(_nature(term)) if found is None else found


def plain(terms: Iterable[Term]) -> None:
    """Keep that these terms are real and repeat nothing; for who has walked over them already."""
    for term in terms:
        _kept(Nature(False, False, term))


def _kept(nature: Nature) -> Nature:
    if len(_natures) >= LIMIT:
        _natures.clear()
    _natures[id(nature.term)] = nature
    return nature


def _nature(term: Term) -> Nature:
    complex = repeats = False
    seen: set[int] = set()
    stack = [term]
    while stack:
        node = stack.pop()
        args = node.args
        if args:
            if id(node) in seen:  # a definition that is used twice is one object
                continue
            seen.add(id(node))
            stack += args
        head = node.head
        if head == "symbol":
            complex = complex or node.data.complex
        elif head in TELLING:
            complex = complex or _mentions(node)
        if head in REPEATING or node.name == "piecewise":
            repeats = True
    return Nature(complex, repeats, term)


def has_cut(term: Term) -> bool:
    """Whether a complex term has roots, logarithms or inverse functions: what holds on one side of a branch cut may fail on the other."""
    return is_complex(term) and any(
        node.name in CUT or (node.head == "power" and not isinstance(node.data, int)) for node in term.walk()
    )


def _mentions(node: Term) -> bool:
    data: Any = node.data
    match node.head:
        case "constant":
            return data in ("i", "dft")
        case "opaque":
            return data.name in SPECTRAL
        case "derivative":
            return is_complex(data[1])
    return False
