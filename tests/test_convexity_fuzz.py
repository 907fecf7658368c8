"""What the prover calls convex lies below its chords: random sums and compositions of norms, roots, logarithms, quadratic forms and spectral functions.

One idea: convexity is claimed on the declared domain, and a rule that is right for all of space may be wrong there (√q of a quadratic q that is nonnegative on the
domain alone); so functions are drawn, and the oracle looks at the middle of chords.
"""

from __future__ import annotations

import random
from itertools import islice

import pytest

from derive.claims import Claim, claims_of
from derive.finding import DeriveError, DomainError
from derive.infer import infer
from derive.judge.places import Ground
from derive.judge.trial import FAILS, tried
from derive.proof.convexity import BY_HESSIAN, prove_convex
from derive.proof.order import prove_definite
from derive.syntax import parse_declarations, parse_statement

GIVEN = parse_declarations(
    "x: vector(n); y: vector(n); A: matrix(m, n); P: matrix(n, n) psd; H: matrix(n, n) symmetric; S: matrix(n, n) pd; q: vector(n) positive; "
    "p: vector(n) simplex; s: scalar positive; t: scalar; c: scalar; z: vector(n) positive; B: matrix(n, n); X: matrix(n, n)"
)
INNER = {
    "x": "x|A'*A*x - y|x.*x|-x|P*x|abs(x)|relu(x)|exp(x)|sigmoid(x)|x.*y|diag(q)*x|c*x|softplus(x)|tanh(x)|norm2(x)*x|softmax(x)|x.^3|sin(x)",
    "z": "z|log(z)|z.*z|sqrt(z)|1./z|z - y|-z|z.*log(z)|q.*z|abs(z)|exp(-z)",
    "X": "X|-X|X + S|B*X|X + X'|B'*X*B|X*X",
    "S": "S|-S|S + P|B*S|B'*S*B|S*S",
    "t": "t|2*t - 1|t*t|-t|t + s",
    "s": "s|2*s - 1|s*s|-s|1/s",
}
OUTER = {
    "vector": "sum({0})|norm2({0})|norm2({0})^2|norm1({0})|max({0})|min({0})|logsumexp({0})|{0}'*P*{0}|{0}'*H*{0}|norm2({0})^3|{0}'*y|norminf({0})|"
    "var({0})|sum(exp({0}))|p'*{0}|sqrt({0}'*S*{0})|prod({0})|({0}'*{0})^2|(y'*{0})^2|sqrt(1 + {0}'*{0})|{0}'*B*{0}",
    "matrix": "tr({0})|tr({0}'*{0})|logdet({0})|det({0})|lmax({0})|nucnorm({0})|tr(inv({0}))|norm2({0})|opnorm2({0})|tr({0}*{0})|y'*{0}*y|"
    "y'*inv({0})*y|normmax({0})|lmin({0})",
    "scalar": "{0}|exp({0})|{0}^2|abs({0})|relu({0})|log({0})|sqrt({0})|1/{0}|-{0}|2*{0}|q'*q*{0}|c*{0}|softplus({0})|{0}^3|cosh({0})|{0}*log({0})|"
    "max({0}, c)|min({0}, c)|{0}^4",
}
KIND = {"x": "vector", "z": "vector", "X": "matrix", "S": "matrix", "t": "scalar", "s": "scalar"}


def function(name: str, draw: random.Random) -> str:
    inner = draw.choice(INNER[name].split("|"))
    made = draw.choice(OUTER[KIND[name]].split("|")).format(f"({inner})")
    return draw.choice(OUTER["scalar"].split("|")).format(f"({made})") if draw.random() < 0.6 else made


def statement(seed: int) -> str:
    draw = random.Random(seed)
    name = draw.choice("xxxzzXSst")
    text = function(name, draw)
    for _ in range(draw.choice((0, 0, 1, 1, 2))):
        text += draw.choice((" + ", " - ")) + function(name, draw)
    return f"{draw.choice(('convex', 'concave'))}({text}, {name})"


def proved(claim: Claim) -> bool:
    assert claim.by is not None
    proof = prove_convex(claim.left, claim.by)
    if proof is None or proof.method != BY_HESSIAN:
        return proof is not None
    curvature = claim.parts[0]
    return curvature.right is None and prove_definite(curvature.left, curvature.op) is not None


def contradiction(text: str) -> str:
    """Where a function that was proved to be convex lies above a chord; "" where there is no such place, or no proof."""
    try:
        typed = infer([parse_statement(text, names=frozenset(d.name for d in GIVEN))], GIVEN)
    except DeriveError:
        return ""
    claim = claims_of(typed.terms[0])[0]
    if not proved(claim):
        return ""
    chord = claim.parts[1]
    ground = Ground(chord.terms, typed.symbols)
    places = [*ground.corners(), *islice(ground.small_places(2, 4), 10)]
    for k in range(6):
        try:
            places.append(ground.place(k, k))
        except DomainError:
            continue
    failing = next((p for p in places if tried(chord, p).outcome == FAILS), None)
    return "" if failing is None else f"{text} is false at {failing.point}"


@pytest.mark.parametrize("block", range(4))
def test_what_is_proved_convex_lies_below_its_chords(block: int) -> None:
    found = [contradiction(statement(1000 * block + k)) for k in range(60)]
    assert [f for f in found if f] == []


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_what_is_proved_convex_lies_below_its_chords_widely(block: int) -> None:
    found = [contradiction(statement(10**6 + 1000 * block + k)) for k in range(500)]
    assert [f for f in found if f] == []
