"""At the borders of what is defined: what fails at one value, one size or one index is not proved, and what holds there is not refuted.

One idea: laws that hold almost everywhere - a scalar that is not zero, an index inside of its axis, a point off a branch cut - fail on the border, where both
sides have a value; and a place outside of what is declared says nothing about a statement.
"""

from __future__ import annotations

import pytest
from flint import fmpq

import derive
from derive.claims import claims_of
from derive.engine.expr import Sym
from derive.engine.families import ranges
from derive.infer import infer
from derive.judge.places import Ground
from derive.numeric.components import variable
from derive.numeric.exact import RATIONALS
from derive.numeric.sampling import draw
from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain
from derive.proof.kernel import prove_equal
from derive.proof.skew import opened
from derive.sizes import Size
from derive.syntax import parse_declarations, parse_statement
from derive.term import Symbol, Type

N = Size.of("n")

NOT_PROVED = (
    ("c*pinv(c*A) == pinv(A)", "A: matrix(m, n); c: scalar"),  # c = 0
    ("pinv(a*x*y')*a == pinv(x*y')", "x: vector(n); y: vector(m); a: scalar"),
    ("x'*pinv(x*x')*x == 1", "x: vector(n)"),  # x = 0
    ("sum(i=1..n-1, delta(i,j)) == 1", "x: vector(n); j: index(n)"),  # j = n
    ("sum(i=1..n-1, delta(i,j)*x[i]) == x[j]", "x: vector(n); j: index(n)"),
    ("sum(i=1..n, delta(i,j)) == 1", "x: vector(n); j: index(m)"),  # j > n
    ("sum(i=1..m, delta(i,j)) == 1", "A: matrix(m, n); j: index(n)"),
    ("e(j,n+m)'*[ones(n); zeros(m)] == 1", "A: matrix(m, n); j: index(n+m)"),
    ("sum(i=1..n, delta(i,2)) == 1", "x: vector(n)"),  # n = 1
    ("[ones(n); zeros(m)][2] == 1", "A: matrix(m, n)"),
    ("conj(sqrt(z)) == sqrt(conj(z))", "z: scalar complex"),  # z = -1
    ("real(log(z)) == (log(z) + log(conj(z)))/2", "z: scalar complex"),
)
PROVED = (  # where the border is excluded, by a declaration or by what the statement divides by
    ("c*pinv(c*A) == pinv(A)", "A: matrix(m, n); c: scalar nonzero"),
    ("pinv(c*A) == pinv(A)/c; pinv(-2*A) == -pinv(A)/2; pinv(A/c) == c*pinv(A)", "A: matrix(m, n); c: scalar"),
    ("x'*pinv(x*x')*x == 1", "x: vector(n) unit-norm"),
    ("pinv(x*x') == x*x'/norm2(x)^4; pinv(x*y') == y*x'/(x'*x*y'*y)", "x: vector(n); y: vector(m)"),
    ("sum(i=1..n, delta(i,j)) == 1; sum(i=1..n, delta(i,j)*x[i]) == x[j]", "x: vector(n); j: index(n)"),
    ("e(j,n)'*ones(n) == 1; sum(e(1,n)) == 1", "x: vector(n); j: index(n)"),
    ("sqrt(z)*sqrt(z) == z; abs(z)^2 == z*conj(z)", "z: scalar complex"),
)
NOT_REFUTED = (
    ("norm2(A*B - B*A) <= 0", "A: matrix(n, n); B: matrix(n, n) commutes(A)"),
    ("x'*A*x < 0", "A: matrix(n, n) diagonal negative; x: vector(n) positive"),
    ("1/c > 0; c > 0", "c: scalar positive"),
    ("c^2 > 0; abs(c) > 0", "c: scalar nonzero"),
    ("rank(c*A) >= rank(A)", "A: matrix(m, n); c: scalar nonzero"),
    ("p*(1 - p) > 0", "p: scalar simplex"),
    ("n >= 1; (-1)^(n*(n - 1)) == 1", "x: vector(n)"),
    ("sum(i=1..n, x[i]) - sum(i=2..n, x[i]) == x[1]", "x: vector(n)"),
    ("sum(i=1..n, delta(i,j)*i) == j; x[j] == sum(i=1..n, delta(i,j)*x[i])", "x: vector(n); j: index(n)"),
    ("A*A == zeros(2,2)", "A: matrix(2, 2) nilpotent"),
    ("A == I", "A: matrix(n, n) orthogonal pd"),  # the only one, which is never drawn
    ("A == I", "A: matrix(n, n) idempotent invertible"),
    ("det(P) == 0", "P: matrix(n, n) idempotent rank-deficient"),
    ("x[1] == 1", "x: vector(1) simplex"),
    ("softmax(x) == ones(1)", "x: vector(1)"),
    ("sqrt(x)^2 == x; exp(log(x)) == x; x/x == 1", "x: scalar"),
    ("arcsin(x) + arccos(x) == pi/2; log(x^2) == 2*log(abs(x))", "x: scalar"),
    ("d(relu(x)^2)/dx == 2*relu(x); d(abs(x)*x)/dx == 2*abs(x); d(step(x))/dx == 0", "x: scalar"),
    ("mod(k, 2)^2 == mod(k, 2); (-1)^(k*(k + 1)) == 1; cos(2*pi*k) == 1", "k: integer in -3..3"),
    ("A^k*A^(-k) == I; det(A^k) == det(A)^k", "A: matrix(n, n) invertible; k: integer in -2..3"),
)
NOT_IMPLIED = (  # a matrix of positive entries may be singular
    ("A*x == A*y ==> x == y", "A: matrix(n, n) positive; x: vector(n); y: vector(n)"),
    ("A*B == 0 ==> B == 0", "A: matrix(n, n) negative; B: matrix(n, n)"),
    ("A*x == A*y ==> x == y", "A: matrix(n, n) nonzero; x: vector(n); y: vector(n)"),
)
IMPLIED = (
    ("A*x == A*y ==> x == y", "A: matrix(n, n) invertible; x: vector(n); y: vector(n)"),
    ("c*x == c*y ==> x == y", "c: scalar nonzero; x: vector(n); y: vector(n)"),
)
CONCAVE = (  # real, and nonnegative, for positive x alone
    ("sqrt(sum(x))", "x", "x: vector(n) positive"),
    ("norm2(sqrt(x))", "x", "x: vector(n) positive"),
    ("sqrt(y'*S*y)", "S", "S: matrix(n, n) pd; y: vector(n)"),
)


def believed(text: str, given: str) -> list[bool]:
    """Whether the prover alone accepts each claim."""
    declared = parse_declarations(given)
    typed = infer([parse_statement(text, names=frozenset(d.name for d in declared))], declared)
    indices = ranges(declared, typed.symbols)
    claims = claims_of(typed.terms[0])
    return [c.right is not None and prove_equal(c.left, c.right, indices) is not None for c in claims]


@pytest.mark.parametrize(("text", "given"), NOT_PROVED)
def test_what_fails_on_the_border_is_not_proved(text: str, given: str) -> None:
    assert not any(believed(text, given))


@pytest.mark.parametrize(("text", "given"), PROVED)
def test_what_excludes_the_border_is_proved(text: str, given: str) -> None:
    assert all(believed(text, given))


@pytest.mark.parametrize(("text", "given"), NOT_REFUTED)
def test_what_holds_on_the_border_is_not_refuted(text: str, given: str) -> None:
    assert derive.verify(text, given=given).status != "refuted"


@pytest.mark.parametrize(("text", "given"), [*NOT_IMPLIED, *IMPLIED])
def test_a_factor_is_cancelled_only_where_it_has_an_inverse(text: str, given: str) -> None:
    assert (derive.verify(text, given=given).status == "proved") == ((text, given) in IMPLIED)


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("mod(t, 2) == t + const", "refuted"),  # a derivative that vanishes leaves a constant on every piece
        ("arctan(1/t) == -arctan(t) + const", "refuted"),
        ("log(abs(t)) == log(2*abs(t)) + const", "proved"),
        ("(t + 1)^2 == t^2 + 2*t + const", "proved"),
    ],
)
def test_a_constant_is_one_on_all_pieces_of_the_domain(statement: str, status: str) -> None:
    assert derive.verify(statement, given="t: scalar").status == status


def test_gradients_with_a_ratio_that_moves_do_not_give_the_same_minimiser() -> None:
    """f' = exp(-2 t) g' > 0 where g' is; f is smallest at 0 and g at 3."""
    f, g = "-exp(-2*t)*(t^3 - 5/2*t^2 + t/2 + 1/4)/2", "t^4/4 - 4*t^3/3 + 3*t^2/2"
    assert derive.verify(f"d({f})/dt == exp(-2*t)*d({g})/dt", given="t: scalar").status == "proved"
    assert derive.verify(f"same_minimiser({f}, {g}, t)", given="t: scalar").status != "proved"
    assert derive.verify("same_minimiser(3*t^4, t^4, t)", given="t: scalar").status == "proved"


@pytest.mark.parametrize(("f", "x", "given"), CONCAVE)
def test_roots_of_what_is_nonnegative_on_the_domain_alone_are_not_convex(f: str, x: str, given: str) -> None:
    assert derive.verify(f"convex({f}, {x})", given=given).status == "refuted"


@pytest.mark.parametrize(
    ("text", "given"),
    [NOT_PROVED[k] for k in (3, 4, 5, 6, 7)],
)
def test_an_index_that_leaves_its_axis_is_found(text: str, given: str) -> None:
    assert derive.verify(text, given=given).status == "refuted"


# ------------------------------------------------------------------------------------------------ places


def test_an_index_is_drawn_inside_its_declared_range() -> None:
    declared = parse_declarations("x: vector(n); j: index(n)")
    text = "sum(i=1..n, delta(i,j)*x[i]) == x[j]"
    typed = infer([parse_statement(text, names=frozenset("xj"))], declared)
    ground = Ground(claims_of(typed.terms[0])[0].terms, typed.symbols, 0, ranges(declared, typed.symbols))
    places = [*ground.small_places(3, 1), *[ground.place(seed) for seed in range(20)]]
    assert all(p.sizes["j"] <= p.sizes["n"] for p in places)
    assert any(p.sizes["j"] == p.sizes["n"] > 2 for p in places)


@pytest.mark.parametrize("word", ["positive", "negative", "nonzero"])
def test_whole_numbers_keep_away_from_zero_where_that_is_declared(word: str) -> None:
    symbols = [Symbol("c", Type(()), (word,)), Symbol("x", Type((N,)), (word,))]
    for seed in range(40):
        point = draw(symbols, {"n": 3}, seed, "integers")
        assert all(v != 0 for t in point.values() for v in t.entries)


def test_a_number_without_variance_has_no_skewness() -> None:
    def given(v3: int) -> dict[str, Tensor]:
        return {"mean": Tensor((1,), [fmpq(1)]), "cov": Tensor((1, 1), [fmpq(0)]), "v3": Tensor((1,), [fmpq(v3)])}

    assert variable("x", "indep", given(0), False, RATIONALS)
    with pytest.raises(OutOfDomain):
        variable("x", "indep", given(2), False, RATIONALS)


# ------------------------------------------------------------------------------------------------ the prover itself


def test_half_of_a_skew_orthogonal_matrix_is_not_orthogonal() -> None:
    a = Sym(Symbol("A", Type((N, N)), ("invertible", "orthogonal", "skew")))
    (node,), names = opened(a)
    assert names
    kept = {
        word
        for n in node.children
        for leaf in (n, *n.children)
        if isinstance(leaf, Sym)
        for word in leaf.symbol.properties
    }
    assert kept == {"invertible"}


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (
            "Var(x'*A*x) == 2*b^2*tr(A^2) + 4*b*c'*A^2*c + 4*g*c'*A*a + (h - 3*b^2)*a'*a where a = diag(A)",
            "x: vector(n) indep(mean=c,mu2=b,mu3=g,mu4=h,same=1); A: matrix(n, n) skew",
        ),
        (
            "ds(tr(A*T))/dT[i,j] == sum(p=1..n, sum(q=1..n, delta(q + p, j - i)*A[q,p]))",
            "A: matrix(n, n); T: matrix(n, n) toeplitz; i: index(n); j: index(n)",
        ),
        ("d((x - x)^k)/dx == k*(x - x)^(k-1)", "x: scalar; k: integer in 2..5"),
    ],
)
def test_the_prover_does_not_break_down(text: str, given: str) -> None:
    assert believed(text, given) == [False]


def test_a_diagonal_matrix_of_positive_numbers_has_zeros() -> None:
    from derive.engine.deciding import is_positive as while_deciding
    from derive.engine.lower import lower
    from derive.infer import infer
    from derive.proof.laws.properties import is_positive
    from derive.syntax import parse, parse_declarations

    given = parse_declarations("q: vector(n) positive; A: matrix(n, n) positive")
    for text, wanted in (("diag(q)", False), ("eye(n)", False), ("q*q'", True), ("2*A", True), ("q", True)):
        node = lower(infer([parse(text)], given).terms[0])
        assert (is_positive(node), while_deciding(node)) == (wanted, wanted), text
