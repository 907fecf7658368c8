"""Expectations: the engine proves the statements, the oracle agrees with the true ones and refutes the wrong ones, and both say no.

One idea: two ways to the same number that share no rule: moments (Isserlis, cumulants) in the engine, finite sums in the oracle. The closed forms
below are written by hand, and some values are held against exact enumeration.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq

import derive
from derive.distributions import NoDistribution, distribution, read
from derive.engine.expansion import expanded
from derive.engine.expr import is_zero
from derive.engine.lower import lower
from derive.engine.sums import collect, scaled
from derive.finding import LanguageError
from derive.infer import infer
from derive.infer.statement import Typed
from derive.numeric.agreement import AGREES, DIFFERS, compare, related
from derive.numeric.components import Component, factored
from derive.numeric.cubature import interpolated
from derive.numeric.dimensions import Dimensions, symbols_of
from derive.numeric.exact import RATIONALS
from derive.numeric.sampling import draw, strategy_of
from derive.numeric.tensor import Tensor
from derive.numeric.world import NotInWorld, OutOfDomain
from derive.source import Source
from derive.syntax import parse_declarations, parse_statement
from derive.term import Term

DATA: dict[str, list[dict[str, str]]] = json.loads((Path(__file__).parent / "data" / "expectations.json").read_text())
TRUE, WRONG = DATA["true"], DATA["wrong"]
ILL_SHAPED = frozenset(
    "M0532 M0535 M0536 M0537 M0541 M0542 M0550 M0551 M0553 M0554 M0555 M0556 M0560 M0561 M0562 M0563 "
    "M0567 M0568 M0569 M0572 M0576 M0578 M0579 M0580 M0583 M0584 M0588 M0590 M0594 M0596 M0598 M0599 "
    "M0600 M0601 M0602 M0603 M0604 M0605 M0609 M0610 M0611 M0633 M0634 M0635 M0639 M0640 M0641 M0643 "
    "M0644 M0646 M0647 M0660 M0663 M0664 M0666 M0667 M0668 M0675 M0677 M0681 M0682 M0683 M0685 M0686 "
    "M0687 M0688 M0689 M1690".split()
)  # the wrong statements whose shapes do not fit; all others are told apart by their values
# a place (k-1)*n + j in a Kronecker product is that of (k, j) only while j ≤ n, which the form of a free index does not say
NOT_BY_FORM = {"F0299", "F0300"}

GAUSSIAN = "x: vector(n) gaussian(mean=m,cov=S)"
RANDOM = "x: vector(n) random(mean=m,cov=M)"
NORMAL = "x: scalar gaussian(mean=m,cov=v)"


def typed(statement: str, given: str) -> Typed:
    declared = parse_declarations(given)
    tree = parse_statement(statement, names=frozenset(d.name for d in declared))
    return infer([tree], declared, source=Source(statement))


def relations(term: Term) -> list[Term]:
    return [r for part in term.args for r in relations(part)] if term.head == "both" else [term]


def proved(relation: Term) -> bool:
    left, right = (lower(side) for side in relation.args)
    difference = expanded(collect([left, scaled(-1, right)], left.shape), 2000)
    return difference is not None and is_zero(difference)


def outcomes(read: Typed, relation: Term, seeds: tuple[int, ...] = (0, 1)) -> list[str]:
    """What the oracle says at a point for each seed, where both sides have a value."""
    known = {s.name: s for s in (*read.symbols, *symbols_of(relation))}
    dimensions = Dimensions([relation], tuple(known.values()))
    found = []
    for seed in seeds:
        for attempt in range(12):
            number = seed + 1009 * attempt
            sizes = dimensions.choose(seed if attempt < 4 else number, drawn=attempt >= 4)
            point = draw(tuple(known.values()), sizes, number, strategy_of(attempt))
            try:
                found.append(related(relation.data[0], *relation.args, point, sizes).outcome)
                break
            except OutOfDomain:
                continue
    assert len(found) == len(seeds), "no point was found where both sides have a value"
    return found


# ---------------------------------------------------------------------- the statements


@pytest.mark.parametrize("item", TRUE, ids=lambda i: i["id"])
def test_true_statements_are_proved_and_agree(item: dict[str, str]) -> None:
    read = typed(item["statement"], item["given"])
    for relation in relations(read.terms[0]):
        assert proved(relation) == (item["id"] not in NOT_BY_FORM)
        assert outcomes(read, relation) == [AGREES, AGREES]


@pytest.mark.parametrize("item", WRONG, ids=lambda i: i["id"])
def test_wrong_statements_do_not_fit_or_differ(item: dict[str, str]) -> None:
    if item["id"] in ILL_SHAPED:
        with pytest.raises(LanguageError) as caught:
            typed(item["statement"], item["given"])
        assert caught.value.finding.code in ("size-mismatch", "kind-mismatch")
        return
    read = typed(item["statement"], item["given"])
    parts = relations(read.terms[0])
    assert not all(map(proved, parts))
    assert any(DIFFERS in outcomes(read, relation) for relation in parts)


MORE = [
    ("E(norm2(A*x - b)^2) == tr(A*M*A') + norm2(A*m - b)^2", RANDOM + "; A: matrix(p, n); b: vector(p)"),
    ("E(x.^2) == diag(M) + m.^2", RANDOM),
    ("Var(a'*x) == a'*M*a", RANDOM + "; a: vector(n)"),
    ("Cov(x[i], x[j]) == M[i,j]", RANDOM),
    ("sum(i=1..n, Var(x[i])) == tr(M)", RANDOM),
    ("Var(mean(x)) == sum(M)/n^2", RANDOM),
    ("E(E(x)*x') == m*m'", RANDOM),
    ("d(E(x'*A*x))/dA == M + m*m'", RANDOM),
    ("d(E(x'*A*x))/dm == E(d(x'*A*x)/dx)", GAUSSIAN + "; A: matrix(n, n)"),
    ("d(E(x'*A*x))/dx == zeros(n)", RANDOM + "; A: matrix(n, n)"),
    ("E(d(log(gauss(x,m,S)))/dS) == zeros(n, n)", "S: matrix(n, n) pd; " + GAUSSIAN),
    ("E(hess(log(gauss(x,m,S)), m)) == -inv(S)", "S: matrix(n, n) pd; " + GAUSSIAN),
    ("E(log(gauss(x,m,v))) == -log(2*pi*v)/2 - 1/2", NORMAL),
    ("E((x - m)^6) == 15*v^3; E((x - m)^5) == 0", NORMAL),
    ("Var(A*x + b) == A*A'", "x: vector(n) gaussian(mean=0,cov=I); A: matrix(p, n); b: vector(p)"),
    ("E(x*x') == s^2*eye(n)", "x: vector(n) gaussian(0, s^2*I)"),
    ("E((x'*A*x)^2) == tr(A)^2 + 2*tr(A^2)", "x: vector(n) gaussian(mean=0,cov=I); A: matrix(n, n) symmetric"),
    ("E(x*y') == E(x)*E(y)'", "x: vector(n) random(mean=m,cov=M); y: vector(p) random(mean=u,cov=U)"),
    ("Var(x + y) == Var(x) + Var(y)", "x: vector(n) random; y: vector(n) random"),
    ("E(sum((x - m).^4)) == n*mu4", "x: vector(n) indep(mean=m,mu2=mu2,mu4=mu4,same=1)"),
    ("E((x - m).^3) == v3", "x: vector(n) indep(mean=m,cov=M,v3=v3)"),
    ("E((x - m)*(x - m)'*(x - m)) == v3", "x: vector(n) indep(mean=m,cov=M,v3=v3)"),
    ("E(X') == E(X)'; E(tr(A*X)) == tr(A*E(X))", "X: matrix(n, m) random(); A: matrix(m, n)"),
]


@pytest.mark.parametrize(("statement", "given"), MORE, ids=[s for s, _ in MORE])
def test_more_true_statements(statement: str, given: str) -> None:
    read = typed(statement, given)
    for relation in relations(read.terms[0]):
        assert proved(relation)
        assert outcomes(read, relation) == [AGREES, AGREES]


FALSE = [
    (
        "E(x*x'*x) == m*m'*m + 2*M*m + tr(M)*m",
        RANDOM,
    ),  # third central moments are not 0 but for a symmetric distribution
    ("E((x - m).^4) == 3*diag(M).^2", RANDOM),  # nor is the kurtosis that of a normal one
    ("E(sum(x)^3) == 0", "x: vector(n) indep(mean=0,cov=M)"),
    ("E(x*y') == zeros(n, n)", "x: vector(n) random(mean=m,cov=M); y: vector(n) random(mean=u,cov=U)"),
    ("Cov(x, y) == M", "x: vector(n) random(mean=m,cov=M); y: vector(n) random(mean=m,cov=M)"),
    ("E(exp(t*x)) == exp(t*m + t^2*v)", NORMAL + "; t: scalar small"),
    ("E(softmax(x)) == softmax(m)", RANDOM),
    ("E(X*X') == E(X)*E(X)'", "X: matrix(n, m) random()"),
]


@pytest.mark.parametrize(("statement", "given"), FALSE, ids=[s for s, _ in FALSE])
def test_what_holds_for_special_distributions_only_is_refuted(statement: str, given: str) -> None:
    read = typed(statement, given)
    assert DIFFERS in outcomes(read, read.terms[0])


def test_functions_of_a_normal_variable_by_quadrature() -> None:
    for statement in ("E(exp(t*x)) == exp(t*m + t^2*v/2)", "E(cos(x)) == exp(-v/2)*cos(m)"):
        read = typed(statement, NORMAL + "; t: scalar small")
        assert outcomes(read, read.terms[0]) == [AGREES, AGREES]


def test_inequalities_hold_for_what_is_a_distribution() -> None:
    for statement, given in (
        ("E((w'*x - w'*m)^4) >= (w'*M*w)^2", RANDOM + "; w: vector(n)"),
        ("E(x[1]^4) >= E(x[1]^2)^2", "x: vector(n) indep(mean=0,mu2=mu2,mu3=mu3,mu4=mu4,same=1)"),
    ):
        read = typed(statement, given)
        assert outcomes(read, read.terms[0], (0, 1, 2, 3)) == [AGREES] * 4


# ---------------------------------------------------------------------- the oracle's distributions


def test_means_by_interpolation_are_those_over_atoms() -> None:
    """Σ w f(x) over the lattice equals the sum over all atoms of three-point distributions, for a polynomial of degree 5."""

    def f(x: Any, y: Any) -> Any:
        return (x - 2 * y) ** 3 * (x + y) ** 2 + 7 * x * y - 1

    d, e = fmpq(3, 2), fmpq(5, 7)
    first, second = Component(d, fmpq(1, 2), -fmpq(5)), Component(e, fmpq(-3), -fmpq(4))  # s² - 4p are 81/4 and 25
    exact = sum(
        (w * v * f(x, y) for (x, w), (y, v) in product(first.atoms(0, RATIONALS), second.atoms(0, RATIONALS))), fmpq(0)
    )
    nodes = interpolated([c.moments(5, RATIONALS) for c in (first, second)], 5, RATIONALS)
    assert sum((w * f(*at) for at, w in nodes), fmpq(0)) == exact


def test_atoms_are_a_distribution_with_the_declared_moments() -> None:
    component = Component(fmpq(3, 2), fmpq(1, 2), -fmpq(5))
    atoms = component.atoms(0, RATIONALS)
    assert all(w >= 0 for _, w in atoms)
    assert sum((w for _, w in atoms), fmpq(0)) == 1
    for k, moment in enumerate(component.moments(6, RATIONALS)):
        assert sum((w * x**k for x, w in atoms), fmpq(0)) == moment


def test_normal_moments() -> None:
    d = fmpq(2)
    assert Component(d).moments(8, RATIONALS) == [1, 0, d, 0, 3 * d**2, 0, 15 * d**3, 0, 105 * d**4]


def test_covariance_is_factored_exactly_even_where_it_is_singular() -> None:
    entries = [fmpq(x) for x in (4, 2, 0, 2, 1, 0, 0, 0, 3)]
    rows, variances = factored(Tensor((3, 3), entries), 3, RATIONALS)
    full = [[row[j] if j < len(row) else fmpq(0) for j in range(3)] for row in rows]
    made = [
        sum((full[i][k] * variances[k] * full[j][k] for k in range(3)), fmpq(0)) for i in range(3) for j in range(3)
    ]
    assert made == entries
    with pytest.raises(OutOfDomain):
        factored(Tensor((2, 2), [fmpq(x) for x in (1, 2, 2, 1)]), 2, RATIONALS)


def test_fourth_moments_are_drawn_where_a_distribution_has_them() -> None:
    read = typed(TRUE_308["statement"], TRUE_308["given"])
    for seed in range(20):
        point = draw(read.symbols, {"n": 3}, seed)
        mu2, mu3, mu4 = (point[name].scalar for name in ("mu2", "mu3", "mu4"))
        assert mu2 > 0
        assert mu4 > mu2**2 + mu3**2 / mu2


TRUE_308 = next(item for item in TRUE if item["id"] == "F0308")


def test_an_integral_that_is_not_known_is_refused() -> None:
    read = typed("E(abs(x)) == m", NORMAL)
    point = draw(read.symbols, {}, 0)
    with pytest.raises(NotInWorld, match="integral"):
        compare(*read.terms[0].args, point, {})


# ---------------------------------------------------------------------- what is said of declarations and refusals


def test_names_of_parameters_are_variables_of_the_shape_that_they_need() -> None:
    read = typed("E(x) == m", "x: vector(n) random(mean=m,cov=M)")
    shown = {s.name: str(s) for s in read.symbols}
    assert shown["m"] == "m: vector(n)"
    assert shown["M"] == "M: matrix(n, n) psd"
    read = typed("E(x) == c", "x: vector(n) indep(mean=c,cov=D,v3=t)")
    shown = {s.name: str(s) for s in read.symbols}
    assert shown["D"] == "D: matrix(n, n) diagonal psd"
    assert shown["t"] == "t: vector(n)"
    read = typed("E(x) == c", "x: vector(n) indep(mean=c,mu2=a,mu3=b,same=1)")
    assert {s.name: s.type.order for s in read.symbols} == {"x": 1, "c": 1, "a": 0, "b": 0}


def test_a_covariance_is_symmetric_whether_it_is_said_or_not() -> None:
    read = typed("E(x*x') == S + m*m'", "S: matrix(n, n); m: vector(n); x: vector(n) gaussian(mean=m,cov=S)")
    assert any("S is taken to be psd" in note for note in read.notes)
    assert next(s for s in read.symbols if s.name == "S").properties == ("psd",)


def test_independence_is_said() -> None:
    read = typed("E(x*y) == E(x)*E(y)", "x: scalar random; y: scalar random")
    assert read.notes == ("x, y are independent, as they are declared apart",)


def test_without_anything_random_inside_e_is_its_argument() -> None:
    read = typed("E(a) == a", "x: vector(n) random; a: vector(n)")
    assert read.terms[0].args[0] == read.terms[0].args[1]


REFUSED = [
    ("Var(X) == 0", "X: matrix(n, m) random()", "kind-mismatch"),
    ("Var(x) == 1", "x: vector(n)", "no-distribution"),
    ("E[x] == m", RANDOM, "expected-call"),
    ("E(x, y) == 0", RANDOM + "; y: vector(n)", "wrong-number-of-arguments"),
    ("Cov(x, x[1]) == 0", RANDOM, "kind-mismatch"),
    ("E(x) == m", "x: vector(n) gaussian(mean=m,cov=S); S: matrix(p, p); m: vector(p)", "size-mismatch"),
    ("E(x) == m", "m: vector(n) random; x: vector(n) gaussian(mean=m,cov=S)", "not-yet"),
    ("E(x) == 0", "x: vector(n) random(mean=m,kov=S)", "bad-distribution"),
    ("E(x) == 0", "x: vector(n) random(mean=m+,cov=S)", "bad-distribution"),
]


@pytest.mark.parametrize(("statement", "given", "code"), REFUSED, ids=[f"{s} {c}" for s, _, c in REFUSED])
def test_refusals_of_typing(statement: str, given: str, code: str) -> None:
    with pytest.raises(LanguageError) as caught:
        typed(statement, given)
    assert caught.value.finding.code == code


@pytest.mark.parametrize(
    ("statement", "given", "code"),
    [
        ("E(exp(x)) == 1", NORMAL, "not-polynomial"),
        ("E(norm2(x)) == 1", RANDOM, "not-polynomial"),
        ("E(X*X') == E(X)*E(X)'", "X: matrix(n, m) random()", "no-moment"),
        ("d(E((x - m)^3))/dv == 0", "x: scalar random(mean=m,cov=v)", "no-moment"),
    ],
)
def test_refusals_of_the_engine_say_where(statement: str, given: str, code: str) -> None:
    read = typed(statement, given)
    with pytest.raises(LanguageError) as caught:
        lower(read.terms[0].args[0])
    assert caught.value.finding.code == code
    assert caught.value.finding.labels[0].span.end > 0


def test_words_of_distributions() -> None:
    found = read("gaussian(A*b,s^2*eye(n))")
    assert found is not None
    assert found.parameters == (("mean", "A*b"), ("cov", "s^2*eye(n)"))
    assert distribution(("psd", "random()")) == read("random()")
    assert read("commutes(A)") is None
    assert read("indep(mean=m,cov=M,sym=1)").flags == {"sym"}  # type: ignore[union-attr]
    with pytest.raises(NoDistribution):
        read("indep(mean=m,same=2)")


# ---------------------------------------------------------------------- the calculator


def test_gradients_of_expectations() -> None:
    answer = derive.gradient("E(norm2(y - X*w)^2)", wrt="w", given="y: vector(n) random(mean=m,cov=M); X: matrix(n, d)")
    assert str(answer) == "2*X'*(X*w - m)"
    assert answer.validation.ok
    answer = derive.gradient("tr(A*E(X))", wrt="A", given="X: matrix(n, m) random; A: matrix(m, n)")
    assert str(answer) == "E(X)'"
    assert "E_X_.T" in answer.numpy_source
    answer = derive.gradient("a'*Var(x)*a", wrt="a", given="x: vector(n) random; a: vector(n)")
    assert answer.latex == r"2 \operatorname{Var}(x) a"


def test_an_answer_in_moments_without_a_name_is_refused() -> None:
    with pytest.raises(LanguageError) as caught:
        derive.gradient("E((x'*A*x)*(x'*b))", wrt="b", given=RANDOM + "; A: matrix(n, n); b: vector(n)")
    assert caught.value.finding.code == "no-moment"


def test_e_of_no_random_variable_is_a_function_only_where_that_is_declared() -> None:
    with pytest.raises(LanguageError) as refused:
        derive.gradient("E(W*x)", wrt="x")
    assert refused.value.finding.code == "no-distribution"
    assert str(derive.gradient("E(W*x)", wrt="x", given="E: function")) == "W'*E'(W*x)"


def test_rational_points_decide_exactly() -> None:
    read = typed("E((a'*x)^4) == 3*(a'*S*a)^2", "x: vector(n) gaussian(mean=0,cov=S); a: vector(n)")
    point = draw(read.symbols, {"n": 3}, 5)
    found = compare(*read.terms[0].args, point, {"n": 3})
    assert (found.outcome, found.exact) == (AGREES, True)


# ---------------------------------------------------------------------- LaTeX


LATEX = [
    (
        r"\mathbb{E}[x^\top A x] = \operatorname{tr}(A\Sigma) + \mu^\top A \mu",
        r"x \in \mathbb{R}^n; x \sim \mathcal{N}(\mu, \Sigma)",
    ),
    (r"\operatorname{Var}(Ax) = A\Sigma A^\top", r"x \sim \mathcal{N}(\mu, \Sigma)"),
    (r"\mathbb{E}[x x^\top] = \sigma^2 I", r"x \sim \mathcal{N}(0, \sigma^2 I)"),
    (r"\mathbb{E}[\epsilon^4] = 3 s^2", r"\epsilon \sim \mathcal{N}(0, s)"),
    (r"\operatorname{Cov}(Ax, Bx) = A\Sigma B^\top", r"x \sim \mathcal{N}(\mu, \Sigma); A: matrix(p, n)"),
]


@pytest.mark.parametrize(("statement", "given"), LATEX, ids=[s for s, _ in LATEX])
def test_latex(statement: str, given: str) -> None:
    read = typed(statement, given)
    assert proved(read.terms[0])
    assert outcomes(read, read.terms[0]) == [AGREES, AGREES]


@pytest.mark.parametrize(
    "given", [r"x = \mu", r"x_i \sim \mathcal{N}(0, 1)", r"x \in \mathbb{R}^n; x \in \mathbb{R}^m"]
)
def test_relations_that_declare_nothing_are_refused(given: str) -> None:
    with pytest.raises(LanguageError):
        parse_declarations(given)


def test_e_in_square_brackets_is_the_expectation_and_never_a_matrix() -> None:
    given = r"x \in \mathbb{R}^n; x \sim \mathcal{N}(0, I)"
    for expectation in (r"E[x^\top x]", r"\mathrm{E}[x^\top x]", r"\mathbb{E}[x^\top x]"):
        assert derive.verify(f"{expectation} = n", given=given).status == "proved"
        assert derive.verify(f"{expectation} = 2n", given=given).status == "refuted"
