"""Identities of the inverse of a sum, tried in words first: Woodbury, Sherman and Morrison, push-through, parallel sum.

One idea: `D = 0` exactly when `M D = 0` for a matrix M whose inverse stands at the edge of D, and after that step the common identities are zero by
`M inv(M) = I` and `inv(M) M = I` alone, applied to words, with no new rules. It makes no node but letters, so that it costs little where it fails; what it
cannot decide is left to `rational`. An inverse in a claim says that its argument is invertible.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from derive.engine.expansion import expanded
from derive.engine.expr import Apply, Node, Prod, Sum
from derive.engine.sums import split
from derive.proof.equations import INVERSE, of_inverse
from derive.proof.polynomials import Alphabet, Mono, Poly, Rule, Scalars, inverse_of, product, reduced, times

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction

TERMS = 40  # of a difference multiplied out
LETTERS = 24  # in a claim with its inverses
STEPS = 80  # of reduction
EDGES = 2  # inverses that are cleared from one side
HIGHEST = 4  # power of a denominator
NOTHING: Mono = ((), ())
NOWHERE: frozenset[str] = frozenset()  # where a rule is from: it is not asked here

CLEARED, COMMON = "both sides multiplied by what is inverted", "common denominator"


def cleared_to_zero(node: Node) -> tuple[str, ...] | None:
    """Names of the laws by which a matrix with inverses of sums is zero; None when it has none, or that is not found."""
    if len(node.shape) != 2 or not _has_inverse_of_sum(node):
        return None
    grown = expanded(node, TERMS, deep=False)
    if grown is None:
        return None
    alphabet = Alphabet()
    goal = alphabet.read(grown)
    equations = _equations(alphabet)
    if not equations or not goal:
        return None
    made, others = list[Poly](), _goals(goal, alphabet)
    for rules in _ways(equations):
        for poly in chain(made, _kept(others, made)):
            rest, _ = reduced(poly, rules, alphabet, STEPS)
            if not rest:
                return (CLEARED, INVERSE)
            if _without_denominators(rest, alphabet) == {}:
                return (CLEARED, INVERSE, COMMON)
    return None


def _terms(node: Node) -> tuple[Node, ...]:
    return node.terms if isinstance(node, Sum) else (node,)


def _has_inverse_of_sum(node: Node) -> bool:
    """Whether it is a term, or a factor of one."""
    for term in _terms(node):
        if type(term) is Prod:
            for base, _, _ in term.factors:
                if _is_inverse_of_sum(base):
                    return True
        elif _is_inverse_of_sum(term):
            return True
    return False


def _is_inverse_of_sum(node: Node) -> bool:
    return type(node) is Apply and node.op.name == "inv" and len(node.shape) == 2 and type(node.args[0]) is Sum


def _inverted(k: int, alphabet: Alphabet) -> Poly | None:
    """The polynomial of which a letter is the inverse; None for a letter that is none, or one of too many terms."""
    found = alphabet.inverted
    if k not in found:
        found[k] = _argument(k, alphabet)
    return found[k]


def _argument(k: int, alphabet: Alphabet) -> Poly | None:
    node, flipped = alphabet.letters[k]
    if not (isinstance(node, Apply) and node.op.name == "inv" and len(node.shape) == 2):
        return None
    inner = expanded(node.args[0], TERMS, deep=False)
    if inner is None:
        return None
    matrix = alphabet.read(inner)
    return {(alphabet.turned(w), s): c for (w, s), c in matrix.items()} if flipped else matrix


def _equations(alphabet: Alphabet) -> list[Poly] | None:
    """Those of the inverses among the letters, and of the inverses inside of them; None when there are too many letters."""
    made: list[Poly] = []
    k = 0
    while k < len(alphabet.letters):
        if k > LETTERS:
            return None
        matrix = _inverted(k, alphabet)
        if matrix is not None and any(w and not s for w, s in matrix):
            made += of_inverse(k, matrix)
        k += 1
    return made


def _ways(equations: list[Poly]) -> Iterator[list[Rule]]:
    """The equations `M z = I` and `z M = I` in turn as rules, in four ways, or fewer where there is no choice of words."""
    made: list[list[Rule]] = []
    for left, right in ((True, True), (False, True), (True, False), (False, False)):
        rules = [_rule(poly, right if k % 2 else left) for k, poly in enumerate(equations)]
        rules.sort(key=lambda rule: len(rule.rest))  # what only shortens comes first
        if rules not in made:
            made.append(rules)
            yield rules


def _rule(poly: Poly, last: bool) -> Rule:
    """The rule for the longest word without scalars; of several words the last or the first in the order of the letters."""
    plain = [w for w, s in poly if w and not s]
    if len(plain) > 1:
        length = max(map(len, plain))
        plain = [w for w in plain if len(w) == length]
    word = max(plain) if last else min(plain)
    lead = word, ()
    share = inverse_of(-poly[lead])
    rest = {m: c * share for m, c in poly.items()}
    del rest[lead]
    return Rule(word, (), rest, NOWHERE)


def _kept(others: Iterator[Poly], made: list[Poly]) -> Iterator[Poly]:
    """Further polynomials, each kept with those that were made: the first is often enough."""
    for poly in others:
        made.append(poly)
        yield poly


def _goals(goal: Poly, alphabet: Alphabet) -> Iterator[Poly]:
    """`M·D` and `D·M` for the inverses of sums at an edge of D, and `M·D·N` for those at both."""
    first: Poly | None = None
    for m in _edges(goal, 0, alphabet):
        made = _times(m, goal, alphabet)
        first = made if first is None else first
        yield made
    right = _edges(goal, -1, alphabet)
    for m in right:
        yield _times(goal, m, alphabet)
    if first is not None and right:
        yield _times(first, right[0], alphabet)


def _edges(goal: Poly, end: int, alphabet: Alphabet) -> list[Poly]:
    found = dict.fromkeys([word[end] for word, _ in goal if word])
    inverses = [k for k in found if _is_inverse_of_sum(alphabet.letters[k][0])][:EDGES]
    return [m for k in inverses if (m := _inverted(k, alphabet)) is not None]


def _times(left: Poly, right: Poly, alphabet: Alphabet) -> Poly:
    made: Poly = {}
    for mono, c in left.items():
        times(mono, right, NOTHING, c, made, alphabet)
    return made


# ------------------------------------------------------------------------------------------------ denominators


def _without_denominators(poly: Poly, alphabet: Alphabet) -> Poly | None:
    """The polynomial times the scalar sums in its denominators, these written as sums; None when it has no such denominator."""
    powers: dict[int, int] = {}
    for _, scalars in poly:
        for s, e in scalars:
            if e < 0 and isinstance(alphabet.scalars[s], Sum):
                if type(e) is not int or e < -HIGHEST:
                    return None
                powers[s] = max(powers.get(s, 0), -e)
    if not powers:
        return None
    whole = tuple(sorted(powers.items()))
    made: Poly = {}
    for (word, scalars), c in poly.items():
        for coef, more in _opened(product(scalars, whole), powers, alphabet):
            mono = (word, more)
            made[mono] = made.get(mono, 0) + c * coef
    return {mono: c for mono, c in made.items() if c}


def _opened(scalars: Scalars, sums: dict[int, int], alphabet: Alphabet) -> list[tuple[Number, Scalars]]:
    """A product of scalars with powers of these sums multiplied out."""
    made: list[tuple[Number, Scalars]] = [(1, tuple([(s, e) for s, e in scalars if s not in sums]))]
    for s, e in scalars:
        if s in sums:
            parts = [_of_scalar(t, alphabet) for t in _terms(alphabet.scalars[s])]
            for _ in range(int(e)):
                made = [(c * d, product(m, more)) for c, m in made for d, more in parts]
    return made


def _of_scalar(node: Node, alphabet: Alphabet) -> tuple[Number, Scalars]:
    """A term of a scalar sum: its number, and its factors."""
    coef, unit = split(node)
    if isinstance(unit, Prod) and not unit.dims:
        return coef, tuple(sorted((alphabet.scalar(b), e) for b, _, e in unit.factors))
    return coef, ((alphabet.scalar(unit), 1),)
