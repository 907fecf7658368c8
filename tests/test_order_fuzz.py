"""What the prover calls nonnegative or positive is so at many points: random products, sums and convexities against the oracle.

One idea: no list of examples finds what nobody thought of, so the statements are drawn; true ones are rare among them, and a proof of a false
one is contradicted by the oracle, which shares nothing with the prover.
"""

from __future__ import annotations

import random

import pytest

from derive.claims import Claim, claims_of
from derive.finding import DomainError
from derive.infer import infer
from derive.infer.statement import Typed
from derive.judge.places import Ground
from derive.judge.trial import FAILS, tried
from derive.proof.order import prove_definite, prove_order
from derive.syntax import parse_declarations, parse_statement

GIVEN = parse_declarations(
    "A: matrix(n, n); B: matrix(n, n); S: matrix(n, n) pd; P: matrix(n, n) psd; K: matrix(n, n) skew; H: matrix(n, n) symmetric; "
    "x: vector(n); y: vector(n); p: vector(n) simplex; q: vector(n) positive; s: scalar positive; t: scalar; u: scalar"
)
MATRICES = ("A", "A'", "B", "B'", "S", "P", "K", "H", "x*x'", "x*y'", "diag(q)", "diag(x)", "inv(S)", "I")
SCALARS = (
    "s",
    "t",
    "u",
    "t^2",
    "exp(t)",
    "sum(x)",
    "norm2(x)",
    "x'*y",
    "sigmoid(t)",
    "abs(u)",
    "1",
    "2",
    "x'*x",
    "y'*y",
    "mean(x)",
    "p'*x",
)
PLACES = 12


def product(draw: random.Random) -> str:
    word = "*".join(draw.choice(MATRICES) for _ in range(draw.randint(1, 4)))
    if draw.random() < 0.4:  # a mirror image, so that true ones occur
        letters = word.split("*")
        word = "*".join([*letters, *[f"({w})'" for w in reversed(letters)]])
    kind = draw.random()
    if kind < 0.35:
        return f"tr({word})"
    if kind < 0.7:
        side = draw.choice(("x", "y", "p", "q"))
        return f"{side}'*({word})*{draw.choice((side, side, 'y'))}"
    return "*".join(draw.choice(SCALARS) for _ in range(draw.randint(1, 3)))


def statement(seed: int) -> str:
    draw = random.Random(seed)
    terms = [product(draw) for _ in range(draw.randint(1, 3))]
    if len(terms) == 3 and draw.random() < 0.5:
        terms[2] = f"2*{draw.choice(SCALARS)}*{draw.choice(SCALARS)}"
    text = terms[0] + "".join(draw.choice((" + ", " - ")) + t for t in terms[1:])
    return f"{text} {draw.choice(('>=', '>=', '>'))} 0"


def matrix_statement(seed: int) -> str:
    draw = random.Random(seed)
    parts = ["*".join(draw.choice(MATRICES) for _ in range(draw.randint(1, 3))) for _ in range(draw.randint(1, 2))]
    parts = [f"({w})*({w})'" if draw.random() < 0.4 else w for w in parts]
    return f"{draw.choice(('ispsd', 'ispd'))}({draw.choice((' + ', ' - ')).join(parts)})"


def proved(claim: Claim) -> bool:
    if claim.right is None:
        return prove_definite(claim.left, claim.op) is not None
    return prove_order(claim.op, claim.left, claim.right) is not None


def contradiction(text: str) -> str:
    """Where a proved statement fails; "" where it is not proved, or holds everywhere."""
    typed: Typed = infer([parse_statement(text, names=frozenset(d.name for d in GIVEN))], GIVEN)
    claim = claims_of(typed.terms[0])[0]
    if not proved(claim):
        return ""
    ground = Ground(claim.terms, typed.symbols)
    places = [*ground.corners()]
    for k in range(PLACES):
        try:
            places.append(ground.place(k, k % 5))
        except DomainError:
            continue
    failing = next((p for p in places if tried(claim, p).outcome == FAILS), None)
    return "" if failing is None else f"{text} is false at {failing.point}"


@pytest.mark.parametrize("block", range(10))
def test_no_wrong_inequality_is_proved(block: int) -> None:
    found = [contradiction(statement(1000 * block + k)) for k in range(30)]
    found += [contradiction(matrix_statement(1000 * block + k)) for k in range(15)]
    assert [f for f in found if f] == []


@pytest.mark.slow
@pytest.mark.parametrize("block", range(40))
def test_no_wrong_inequality_is_proved_widely(block: int) -> None:
    found = [contradiction(statement(10**6 + 1000 * block + k)) for k in range(250)]
    found += [contradiction(matrix_statement(10**6 + 1000 * block + k)) for k in range(100)]
    assert [f for f in found if f] == []
