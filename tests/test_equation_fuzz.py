"""What the prover calls equal is so at many points: small mutations of true statements, proved by the prover alone and held against the oracle.

One idea: a wrong law proves a statement beside a true one - a factor on the other side, a property that is not declared, another exponent; so true statements are
changed in one or two places, most of them become false, and a proof of a false one is contradicted by the oracle, which shares nothing with the prover.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from derive.claims import CONVEX, DIFFERENT, EQUATION, Claim, claims_of
from derive.engine.families import ranges
from derive.finding import DeriveError, DomainError
from derive.infer import infer
from derive.infer.statement import Typed
from derive.judge.places import Ground, Place
from derive.judge.trial import FAILS, NEAR, tried
from derive.numeric.sampling import draw as drawn
from derive.numeric.tensor import Number
from derive.proof.kernel import prove_equal
from derive.proof.laws import LAWS
from derive.proof.order import prove_definite, prove_order
from derive.sizes import Size
from derive.syntax import parse_declarations, parse_statement

DATA = Path(__file__).parent / "data"
PLACES = 6
SMALL = 4  # places with entries 0, ±1, ±2, at sizes from 1 up
LONGEST = 160  # letters of a statement that is changed
WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|\d+|\.\*|\./|\.\^|==|<=|>=|\.\.|.", re.DOTALL)
FAMILIES = (  # what is taken for one another
    "exp log sqrt abs sign relu step sigmoid softplus sin cos tan tanh sinh cosh arcsin arccos arctan floor gamma lgamma erf".split(),
    "inv pinv adj cof expm logm sqrtm sinm cosm tril triu sympart skewpart chol".split(),
    "tr det logdet rank lmax lmin specrad norm2 opnorm2 nucnorm normmax normF norm1 norminf sum max min mean var prod".split(),
    "softmax log_softmax sort exp abs".split(),
    "eig sv diag".split(),
    "conj ct real imag".split(),
)
PROPERTIES = {
    "pd": ("psd", "symmetric", "invertible", ""),
    "psd": ("symmetric", ""),
    "symmetric": ("", "skew", "real-eigenvalues"),
    "skew": ("", "symmetric"),
    "orthogonal": ("invertible", "involutory", ""),
    "projection": ("idempotent", "symmetric", ""),
    "idempotent": ("", "projection"),
    "involutory": ("invertible", "orthogonal", ""),
    "positive": ("nonnegative", "nonzero", "", "negative"),
    "nonzero": ("", "negative"),
    "small": ("", "negative"),
    "norm<1": ("",),
    "invertible": ("rank-deficient", ""),
    "rank-deficient": ("",),
    "simplex": ("nonnegative", ""),
    "toeplitz": ("",),
    "diagonal": ("symmetric", "lower-triangular", ""),
    "lower-triangular": ("", "upper-triangular"),
    "upper-triangular": ("", "lower-triangular"),
    "hermitian": ("complex",),
    "unitary": ("complex",),
    "complex": ("",),
    "integer": ("",),
    "permutation": ("orthogonal", ""),
    "stochastic": ("nonnegative", ""),
    "nilpotent": ("",),
}
MORE: tuple[tuple[str, str], ...] = (  # true ones of scalars, whose domains and branches matter
    ("sqrt(x*y) == sqrt(x)*sqrt(y)", "x: scalar positive; y: scalar positive"),
    ("sqrt(x^2) == abs(x)", "x: scalar"),
    ("(x^a)^b == x^(a*b)", "x: scalar positive; a: scalar; b: scalar"),
    ("x^a*x^b == x^(a + b)", "x: scalar positive; a: scalar; b: scalar"),
    ("(x*y)^a == x^a*y^a", "x: scalar positive; y: scalar positive; a: scalar"),
    ("log(x*y) == log(x) + log(y)", "x: scalar positive; y: scalar positive"),
    ("log(x^a) == a*log(x)", "x: scalar positive; a: scalar"),
    ("log(x.^2) == 2*log(x)", "x: vector(n) positive"),
    ("exp(log(x)/2) == sqrt(x)", "x: scalar positive"),
    ("arcsin(sin(x)) == arcsin(sin(x)); sin(arcsin(x)) == x; tan(arctan(x)) == x", "x: scalar small"),
    ("abs(x)*sign(x) == x; abs(x*y) == abs(x)*abs(y); abs(x) == sqrt(x^2)", "x: scalar; y: scalar"),
    ("max(x, y) == (x + y + abs(x - y))/2; min(x, y) == -max(-x, -y)", "x: scalar; y: scalar"),
    ("relu(x)^2 == x*relu(x); relu(x) == x*step(x); relu(x*s) == s*relu(x)", "x: scalar; s: scalar positive"),
    ("max(s*x) == s*max(x); norm2(s*x) == s*norm2(x); norm1(s*x) == s*norm1(x)", "x: vector(n); s: scalar positive"),
    ("gamma(x + 1) == x*gamma(x); lgamma(x + 1) == lgamma(x) + log(x)", "x: scalar positive"),
    ("cos(k*pi) == (-1)^k; sin(k*pi) == 0; (-1)^(2*k) == 1", "k: integer in 1..4"),
    ("(x^3)^2 == x^6; (x^2)^(1/2) == abs(x); x^2/x == x; sqrt(x^3) == x*sqrt(x)", "x: scalar positive"),
    ("det(s*A) == s^n*det(A); logdet(s*A) == n*log(s) + logdet(A)", "A: matrix(n, n) pd; s: scalar positive"),
    ("logdet(A) == log(det(A)); logdet(A*A) == 2*logdet(A); det(A) == exp(logdet(A))", "A: matrix(n, n) pd"),
    ("sqrtm(A*A) == A; logm(expm(A)) == A; expm(logm(A)) == A; sqrtm(s*A) == sqrt(s)*sqrtm(A)", "A: matrix(n, n) pd; s: scalar positive"),
    ("rank(A*B) == rank(A); rank(s*A) == rank(A); rank(A'*A) == rank(A)", "A: matrix(m, n); B: matrix(n, n) invertible; s: scalar positive"),
    ("pinv(s*A) == pinv(A)/s; pinv(A*Q) == Q'*pinv(A); pinv(A') == pinv(A)'", "A: matrix(m, n); Q: matrix(n, n) orthogonal; s: scalar nonzero"),
    ("eig(s*A) == s*eig(A); lmax(s*A) == s*lmax(A); lmax(A*A) == lmax(A)^2; eig(A + s*I) == eig(A) + s", "A: matrix(n, n) psd; s: scalar positive"),
    ("opnorm2(A) == lmax(A); nucnorm(A) == tr(A); specrad(A) == lmax(A); sv(A) == sort(eig(A))", "A: matrix(n, n) psd"),
    ("d(norm2(x))/dx == x/norm2(x); d(norm1(x))/dx == sign(x); d(max(x))/dx == d(max(x))/dx", "x: vector(n)"),
    ("d(sum(relu(x).^2))/dx == 2*relu(x); hess(sum(relu(x).^2), x) == 2*diag(step(x))", "x: vector(n)"),
    ("d(abs(x)*x)/dx == 2*abs(x); d(abs(x)^3)/dx == 3*x*abs(x); d(sqrt(x))/dx == 1/(2*sqrt(x))", "x: scalar"),
    ("d(log(abs(det(X))))/dX == inv(X)'; d(logdet(X))/dX == inv(X)'; d(det(X)^k)/dX == k*det(X)^k*inv(X)'", "X: matrix(n, n) invertible; k: integer in 1..3"),
    ("sum(x)^2 == sum(i=1..n, sum(j=1..n, x[i]*x[j])); mean(x) == sum(x)/n; var(x) == mean(x.^2) - mean(x)^2", "x: vector(n)"),
    ("prod(s*x) == s^n*prod(x); prod(x.*y) == prod(x)*prod(y); log(prod(x)) == sum(log(x))", "x: vector(n) positive; y: vector(n) positive; s: scalar positive"),
    ("softmax(x + a) == softmax(x); logsumexp(x + a) == logsumexp(x) + a; sum(softmax(x)) == 1", "x: vector(n); a: scalar"),
    ("sort(x + a) == sort(x) + a; sort(s*x) == s*sort(x); max(sort(x)) == max(x)", "x: vector(n); a: scalar; s: scalar positive"),
    ("abs(n - 1) == n - 1; sqrt((n + 1)^2) == n + 1; floor(n) == n; abs(m + n) == m + n", "A: matrix(m, n)"),
    ("sum(i=1..n, delta(i,j)*x[i]) == x[j]; sum(i=1..n, delta(i,j)) == 1; e(j,n)'*x == x[j]; sum(e(j,n)) == 1", "x: vector(n); j: index(n)"),
    ("[x; y][j] == x[j]; e(j,n)'*[A, B]*e(k,m) == A[j,k]; [A; B][j,k] == A[j,k]; sum([x; y]) == sum(x) + sum(y)", "x: vector(n); y: vector(m); A: matrix(n, m); B: matrix(n, m); j: index(n); k: index(m)"),
    ("sum(i=1..n-1, x[i]) == sum(x) - x[n]; sum(i=2..n, x[i-1]*x[i]) == sum(i=1..n-1, x[i]*x[i+1]); sum(i=1..n, i) == n*(n + 1)/2", "x: vector(n)"),
    ("A[i,:]' == A'*e(i,m); A[:,j] == A*e(j,n); J(i,j,m,n) == e(i,m)*e(j,n)'; tr(A'*J(i,j,m,n)) == A[i,j]", "A: matrix(m, n); i: index(m); j: index(n)"),
    ("norm2(A)^2 == tr(A'*A); norm2(A)^2 == sum(sv(A).^2); norm2(A)*norm2(A) == norm2(A)^2", "A: matrix(m, n)"),
    ("conj(z*w) == conj(z)*conj(w); abs(z)^2 == z*conj(z); real(z) == (z + conj(z))/2; abs(z*w) == abs(z)*abs(w)", "z: scalar complex; w: scalar complex"),
    ("exp(z)*exp(w) == exp(z + w); exp(1i*t) == cos(t) + 1i*sin(t); conj(exp(z)) == exp(conj(z))", "z: scalar complex; w: scalar complex; t: scalar"),
    ("(A^k)' == (A')^k; A^j*A^k == A^(j + k); det(A^k) == det(A)^k; tr(A^2) == tr(A*A); inv(A^k) == inv(A)^k", "A: matrix(n, n) invertible; j: integer in 1..3; k: integer in 1..3"),
)  # fmt: skip


def seeds() -> list[tuple[str, str]]:
    """True statements with their declarations: those of the corpus, the claims of the laws, and some of scalars."""
    texts = json.loads((DATA / "statements_true.json").read_text())
    found = [(t["statement_plain"], t["given"]) for t in texts]
    found += [(part, law.given) for law in LAWS for part in law.claim.split("; ")]
    found += [(part, given) for text, given in MORE for part in text.split("; ")]
    return [(text, given) for text, given in found if text and len(text) <= LONGEST]


def mutated(text: str, given: str, draw: random.Random) -> tuple[str, str]:
    """The statement changed in one place."""
    kind = draw.random()
    if kind < 0.25:
        return text, _weaker(given, draw)
    head, where, definitions = text.partition(" where ")
    words = WORD.findall(head)
    k = draw.randrange(len(words))
    if kind < 0.35:
        return _substituted(text, given, draw), given
    for step in range(len(words)):  # the first place from here on where a change can be made
        at = (k + step) % len(words)
        made = _changed(words, at, given, draw)
        if made is not None:
            return "".join(made) + where + definitions, given
    return text, given


def _changed(words: list[str], at: int, given: str, draw: random.Random) -> list[str] | None:
    word = words[at]
    before, after = words[:at], words[at + 1 :]
    if word == "'":
        return [*before, *after]
    if word.isdigit():
        return [*before, draw.choice(("0", "1", "2", "3", "1/2", "4")), *after]
    if word in ("+", "-"):
        return [*before, "-" if word == "+" else "+", *after]
    if word == ".*":
        return [*before, "*", *after]
    if word == "*":
        swapped = _exchanged_factors(before, after)
        return swapped if swapped is not None and draw.random() < 0.6 else [*before, ".*", *after]
    if word == "^":
        return [*before, "^", draw.choice(("2*", "3*", "-1*", "1/2*", "1 + ")), *after] if after[:1] == ["("] else None
    family = next((f for f in FAMILIES if word in f), None)
    if family is not None and after[:1] == ["("]:
        if draw.random() < 0.2:  # without it
            return [*before, *after]
        return [*before, draw.choice(family), *after]
    names = [d.name for d in parse_declarations(given)]
    if word in names:
        choice = draw.random()
        if choice < 0.35:
            return [*before, draw.choice(names), *after]
        if choice < 0.6:
            return [*before, word, "'", *after]
        return [*before, draw.choice((f"(-{word})", f"inv({word})", f"(2*{word})", f"pinv({word})", f"({word}*{word})", f"abs({word})")), *after]  # fmt: skip
    return None


def _exchanged_factors(before: list[str], after: list[str]) -> list[str] | None:
    """`a*b` as `b*a`, where both are words."""
    right = [after[0]] if after and re.match(r"\w", after[0]) else None
    k = len(before)
    while k and before[k - 1] == "'":
        k -= 1
    if right is None or not k or not re.match(r"\w", before[k - 1]):
        return None
    cut = 1
    while cut < len(after) and after[cut] == "'":
        cut += 1
    if after[cut : cut + 1] in (["("], ["["], ["^"]):
        return None
    return [*before[: k - 1], *after[:cut], "*", *before[k - 1 :], *after[cut:]]


def _weaker(given: str, draw: random.Random) -> str:
    """One declared property exchanged or dropped, or one size put for another."""
    words = [w for w in PROPERTIES if re.search(rf"(?<![\w<-]){re.escape(w)}(?![\w-])", given)]
    if words and draw.random() < 0.85:
        word = draw.choice(words)
        places = list(re.finditer(rf"(?<![\w<-]){re.escape(word)}(?![\w-])", given))
        at = draw.choice(places)
        return given[: at.start()] + draw.choice(PROPERTIES[word]) + given[at.end() :]
    sizes = sorted(set(re.findall(r"[(,] ?([a-z])(?=[,)])", given)))
    if len(sizes) > 1:
        one, other = draw.sample(sizes, 2)
        return re.sub(rf"(?<=[(, ]){one}(?=[,)])", other, given)
    return given


def _substituted(text: str, given: str, draw: random.Random) -> str:
    """Another term for a variable everywhere: what was declared of the variable may not hold of it."""
    names = [d.name for d in parse_declarations(given) if d.kind in ("matrix", "vector", "scalar")]
    if not names:
        return text
    name = draw.choice(names)
    other = draw.choice(names)
    term = draw.choice(("(-{0})", "(2*{0})", "({0} + {1})", "({0} - {1})", "{0}'", "{1}", "inv({0})", "({0}*{0})", "({0}*{1})", "({0}'*{0})", "abs({0})", "(0*{0})", "({0}.*{0})", "exp({0})"))  # fmt: skip
    return re.sub(rf"(?<![\w]){name}(?![\w(])", term.format(name, other), text)


def proved(claim: Claim, indices: Mapping[str, Size] | None = None) -> bool:
    if claim.kind == EQUATION and claim.right is not None:
        return prove_equal(claim.left, claim.right, indices) is not None
    if claim.right is None:
        return prove_definite(claim.left, claim.op) is not None
    return prove_order(claim.op, claim.left, claim.right) is not None


def places(claim: Claim, typed: Typed, indices: Mapping[str, Size]) -> Iterator[Place]:
    """Where a proved claim is tried: corners, small whole numbers at small sizes, and points like those of a verdict."""
    ground = Ground(claim.terms, typed.symbols, 0, indices)
    words = " ".join(word for s in typed.symbols for word in s.properties)
    if any(
        kind in words for kind in ("random(", "gaussian(", "indep(")
    ):  # moments of whole numbers need not be those of anything
        for k in range(PLACES):
            yield ground.place(k, k)
        return
    yield from ground.corners()
    for k, place in enumerate(ground.small_places(2, SMALL)):
        if k == 3 * SMALL:
            break
        yield place
        free = {s.name for s in typed.symbols if not s.properties and not s.complex} - set(place.sizes)
        free = {name for name in free if f"commutes({name})" not in words}
        nearer = {n: t.each(_nearer_zero) if n in free else t for n, t in place.point.items()}
        yield Place(place.sizes, nearer)
    for k in range(PLACES):
        try:
            place = ground.place(k, k)
            yield place
            yield Place(place.sizes, drawn(ground.symbols, place.sizes, 31 * k, "integers"))
        except (DomainError, ZeroDivisionError, ArithmeticError):
            continue


def _nearer_zero(x: Number) -> Number:
    return x - 1 if x > 0 else x + 1  # type: ignore[operator]


def contradiction(text: str, given: str) -> str:
    """Where a proved statement fails; "" where it cannot be read, is not proved, or holds everywhere."""
    try:
        declared = parse_declarations(given)
        typed: Typed = infer([parse_statement(text, names=frozenset(d.name for d in declared))], declared)
        claims = claims_of(typed.terms[0])
        indices = ranges(declared, typed.symbols)
    except (DeriveError, ValueError):
        return ""
    for claim in claims:
        if claim.kind in (CONVEX, DIFFERENT) or not proved(claim, indices):
            continue
        for place in places(claim, typed, indices):
            found = tried(claim, place)
            if found.outcome in (FAILS, NEAR):
                return f"{text}   given {given}   is {found.outcome} at {place.point}"
    return ""


def mutation(seed: int, known: list[tuple[str, str]]) -> tuple[str, str]:
    draw = random.Random(seed)
    text, given = draw.choice(known)
    for _ in range(draw.choice((1, 1, 2))):
        try:
            text, given = mutated(text, given, draw)
        except DeriveError:  # what the first change declares is not read
            break
    return text, given


@pytest.mark.parametrize("block", range(4))
def test_no_wrong_equation_is_proved(block: int) -> None:
    known = seeds()
    found = [contradiction(*mutation(1000 * block + k, known)) for k in range(100)]
    assert [f for f in found if f] == []


@pytest.mark.slow
@pytest.mark.parametrize("block", range(40))
def test_no_wrong_equation_is_proved_widely(block: int) -> None:
    known = seeds()
    found = [contradiction(*mutation(10**6 + 1000 * block + k, known)) for k in range(500)]
    assert [f for f in found if f] == []
