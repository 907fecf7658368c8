"""Whether the matrices of which a claim takes an adjugate are regular wherever they are drawn.

One idea: the prover reads adj(X) as det(X) inv(X). What it proves holds for singular X too, by continuity, where regular ones are dense among those that the
declarations admit; a skew matrix of odd size, a projection or a product of thin matrices never is regular, and then nothing was proved.
"""

from __future__ import annotations

from flint import fmpq_mat

from derive.finding import DomainError
from derive.judge.places import Ground
from derive.numeric.evaluate import evaluate
from derive.numeric.exact import RATIONALS
from derive.term import Term

ADJUGATES = frozenset(("adj", "cof"))
PLACES = 6  # sizes of both parities


def adjugates_are_regular(ground: Ground) -> bool:
    """Whether every matrix whose adjugate or cofactors a claim takes has an inverse at places drawn at random; True where there is none."""
    if ground.contents.names.isdisjoint(ADJUGATES):
        return True
    arguments = [node.args[0] for t in ground.terms for node in t.walk() if node.name in ADJUGATES]
    return all(_is_regular(argument, ground, k) for argument in dict.fromkeys(arguments) for k in range(PLACES))


def _is_regular(argument: Term, ground: Ground, turn: int) -> bool:
    try:
        place = ground.place(ground.first + turn)
        value = evaluate(argument, place.point, place.sizes, RATIONALS)
    except (DomainError, ArithmeticError, KeyError):  # of a bound index, or not rational
        return False
    return len(value.shape) == 2 and value.matrix(fmpq_mat).det() != 0
