"""Which laws of the normal form a proof rests on, for the reader: definitions that were opened, and declared properties without which it fails.

One idea: when two sides have one normal form, the laws are in how it was made; so the operations of the two sides say which definitions were opened,
and a property was used when the sides differ without it. It proves nothing.
"""

from __future__ import annotations

from derive.engine.expansion import expanded
from derive.engine.expr import Apply, postorder
from derive.engine.lower import lower
from derive.finding import LanguageError
from derive.term import Symbol, Term

TERMS = 100  # of a side multiplied out
MOST = 3  # properties that are tried
OPENED = {
    "tr": "trace of a product as a sum over all of its indices (so that it is cyclic)",
    "transpose": "transpose of a product",
    "hadamard": "products entry by entry",
    "diag": "diagonals entry by entry",
    "vec": "vec by entries",
    "kron": "Kronecker product by entries",
    "Kmn": "commutation matrix by entries",
}
HEADS = {
    "derivative": "differential",
    "differential": "differential",
    "bigsum": "sums by indices",
    "expectation": "expectation is linear, and of products the moments of the distribution",
    "block": "blocks by selectors",
}
SYMMETRIES = frozenset("symmetric skew psd pd diagonal projection".split())
CANCELLING = frozenset("orthogonal permutation idempotent projection involutory".split())


def laws_of_form(left: Term, right: Term) -> tuple[str, ...]:
    """The definitions that both sides of a proved equation open, and the properties that it needs."""
    found: dict[str, None] = {}
    symbols: dict[Symbol, None] = {}
    inverses = False
    for side in (left, right):
        for term in side.walk():
            name = OPENED.get(term.name) if term.head == "einsum" else HEADS.get(term.head)
            inverses = inverses or term.name == "inv"
            if name is not None:
                found[name] = None
            if term.head == "symbol" and not (SYMMETRIES | CANCELLING).isdisjoint(term.data.properties):
                symbols[term.data] = None
    if inverses and not any(isinstance(n, Apply) and n.op.name == "inv" for n in postorder([lower(left)])):
        found["inverse cancels"] = None
    for symbol in list(symbols)[:MOST]:
        words = [p for p in symbol.properties if p in SYMMETRIES | CANCELLING]
        if _needed(left, right, symbol):
            found[f"{symbol.name} is {', '.join(words)}"] = None
    return tuple(found)


def _needed(left: Term, right: Term, symbol: Symbol) -> bool:
    """Whether the sides differ in normal form when nothing is declared of a variable."""
    bare = {symbol: Symbol(symbol.name, symbol.type, (), symbol.inferred)}
    try:
        a, b = lower(left, bare), lower(right, bare)
        return a != b and expanded(a, TERMS) != expanded(b, TERMS)
    except (LanguageError, ZeroDivisionError):
        return True
