"""How a statement was read: every part of it with its type, as an indented outline.

One idea: typed terms keep the span of what they were made from, so the outline quotes the user's own characters. It decides nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from derive.infer.statement import Typed
from derive.ops import REGISTRY, Operation
from derive.source import Source
from derive.term import Function, Term


class Part(NamedTuple):
    """One line of the outline."""

    depth: int
    text: str  # the user's characters
    type: str  # `vector(n)`; "" for a statement
    meaning: str  # what it is: "matrix product", "variable", …


MEANINGS = {
    "number": "number",
    "size": "size",
    "index": "index",
    "constant": "constant",
    "add": "sum",
    "power": "power",
    "entry": "part by subscripts",
    "bigsum": "sum over an index",
    "bigprod": "product over an index",
    "array": "array over indices",
    "block": "entries in brackets",
    "delta": "1 where both indices are equal, else 0",
    "unit": "unit vector",
    "singleentry": "matrix with a single one",
    "derivative": "derivative",
    "differential": "differential",
    "expectation": "mean, variance or covariance over what is random",
    "relation": "statement",
    "both": "statements",
}


def explain(typed: Typed, source: Source) -> tuple[Part, ...]:
    """Every part of a typed statement that was written, parents before children, without bare numbers."""
    parts: list[Part] = []
    stack = [(term, 0) for term in reversed(typed.terms)]
    seen: set[tuple[int, int]] = set()
    while stack:
        term, depth = stack.pop()
        text = source.text[term.span.start : term.span.end].strip()
        written = bool(text) and term.head != "number" and term.span not in seen
        if written:
            seen.add(term.span)
            type = "" if term.head in ("relation", "both") else str(term.type)
            parts.append(Part(depth, text, type, meaning(term)))
        stack += [(a, depth + written) for a in reversed(_inside(term))]
    return tuple(parts)


def _inside(term: Term) -> tuple[Term, ...]:
    if term.head == "derivative" and isinstance(term.data, tuple) and isinstance(term.data[1], Term):
        return (*term.args, term.data[1])
    return term.args


def meaning(term: Term) -> str:
    """What a term is, in a few words."""
    if term.head == "symbol":
        return "variable, inferred" if getattr(term.data, "inferred", False) else "variable"
    if term.head == "power" and isinstance(term.data, int) and term.data == -1:
        return "reciprocal"
    if term.head == "undefined" and isinstance(term.data, Function):
        return "undefined function" + (f", derivative {term.data.order}" if term.data.order else "")
    operation = REGISTRY.get(term.name) if term.name else None
    if operation is not None:
        return _of_operation(operation)
    return MEANINGS.get(term.head, term.name or term.head)


def _of_operation(operation: Operation) -> str:
    if operation.meaning_text:
        return operation.meaning_text
    return f"{operation.name}, entry by entry" if operation.meaning == "elementwise" else operation.name
