"""Two nodes that are the same but for a positive factor without axes: gradients of functions with the same minimiser.

One idea: the factor is read off one pair of terms that have the same core, and then the whole is proved with it. Nothing is sampled.
"""

from __future__ import annotations

from derive.engine.expansion import expanded, vanishes
from derive.engine.expr import Node, Prod, Sum, Sym, postorder
from derive.engine.lower import lower
from derive.engine.normal import normalise
from derive.engine.sums import collect, scaled, split
from derive.finding import LanguageError
from derive.proof.order import positive
from derive.term import Term

TERMS = 60


def positively_proportional(left: Term, right: Term, variable: str) -> bool:
    """Whether `left = c·right` for a scalar c that is certainly positive and does not depend on a variable, by normal forms.

    Where c depends on it, both gradients vanish at the same places, but which of them is the smallest may differ.
    """
    try:
        a, b = expanded(lower(left), TERMS), expanded(lower(right), TERMS)
    except (LanguageError, ZeroDivisionError):
        return False
    if a is None or b is None or a.shape != b.shape:
        return False
    first, core = _parted(_terms(a)[0]) if _terms(a) else (None, None)
    if first is None:
        return False
    for term in _terms(b):
        other, same = _parted(term)
        if same == core:
            ratio = normalise(Prod(1, ((first, (), 1), (other, (), -1)), (), ()))
            axes = tuple(range(len(b.shape)))
            multiple = normalise(Prod(1, ((ratio, (), 1), (b, axes, 1)), axes, b.shape))
            fixed = not any(isinstance(n, Sym) and n.symbol.name == variable for n in postorder([ratio]))
            return fixed and positive(ratio) and vanishes(collect([a, scaled(-1, multiple)], a.shape))
    return False


def _terms(node: Node) -> tuple[Node, ...]:
    return node.terms if isinstance(node, Sum) else (node,)


def _parted(term: Node) -> tuple[Node, Node]:
    """The factors without axes, with the number, and the rest."""
    coef, unit = split(term)
    if not isinstance(unit, Prod):
        return Prod(coef, (), (), (), True), unit
    bare = tuple([f for f in unit.factors if not f[1]])
    rest = tuple([f for f in unit.factors if f[1]])
    return normalise(Prod(coef, bare, (), ())), normalise(Prod(1, rest, unit.out, unit.dims))
