"""Derivatives inside a term, by difference quotients: held against closed forms written out by hand, in exact rationals or in balls.

One idea: nothing here is computed by the engine; cofactors, Kronecker products and second differentials are spelled out entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from flint import arb, ctx, fmpq, fmpq_mat

from derive.infer import infer
from derive.numeric import meanings
from derive.numeric.agreement import AGREES, DIFFERS, compare
from derive.numeric.ball import BALLS, precision
from derive.numeric.derivatives import accuracy, bits_needed, order
from derive.numeric.dimensions import Dimensions, symbols_of
from derive.numeric.evaluate import evaluate
from derive.numeric.exact import RATIONALS
from derive.numeric.free_entries import tied
from derive.numeric.sampling import in_balls
from derive.numeric.tensor import Tensor
from derive.numeric.world import NotInWorld, OutOfDomain
from derive.syntax import parse_declarations, parse_statement
from derive.term import Term

NUMBERS = [fmpq(k, 16) for k in (7, -12, 25, 9, -31, 18, 40, -5, 13, 22, -17, 29, 3, 35, -26, 11, 45, -8)]
N = 3
SQUARE = "X: matrix(n, n); A: matrix(n, n); B: matrix(n, n)"


def typed(text: str, given: str = "") -> Term:
    return infer([parse_statement(text)], parse_declarations(given)).terms[0]


def matrix(rows: int, columns: int, first: int = 0) -> fmpq_mat:
    return fmpq_mat(rows, columns, [NUMBERS[(first + 5 * k) % len(NUMBERS)] for k in range(rows * columns)])


def tensor(x: fmpq_mat) -> Tensor:
    return Tensor((x.nrows(), x.ncols()), list(x.entries()))


def vector(*numbers: Any) -> Tensor:
    return Tensor((len(numbers),), [fmpq(x) for x in numbers])


def scalar(x: Any) -> Tensor:
    return Tensor((), [fmpq(x)])


X, A, B = matrix(N, N), matrix(N, N, 1), matrix(N, N, 2)
POINT = {
    "X": tensor(X),
    "A": tensor(A),
    "B": tensor(B),
    "x": vector(2, fmpq(-3, 4), fmpq(5, 8)),
    "t": scalar(fmpq(1, 4)),
}
SIZES = {"n": N, "i": 2, "j": 3}


def balls(
    term: Term, point: dict[str, Tensor] | None = None, sizes: dict[str, int] | None = None, bits: int = 256
) -> Tensor:
    with precision(bits):
        return evaluate(term, in_balls(POINT if point is None else point), SIZES if sizes is None else sizes, BALLS)


def assert_values(value: Tensor, shape: tuple[int, ...], wanted: list[Any], digits: int = 38) -> None:
    """All entries to `digits` of the largest."""
    assert value.shape == shape
    largest = max([abs(float(arb(w))) for w in wanted] or [1.0])
    with precision(320):
        for got, want in zip(value.entries, wanted, strict=True):
            assert abs(got - arb(want)) < arb(10) ** -digits * max(largest, 1), (value, wanted)


def minor(x: fmpq_mat, i: int, j: int) -> fmpq:
    n = x.nrows()
    return fmpq_mat(n - 1, n - 1, [x[r, c] for r in range(n) for c in range(n) if r != i and c != j]).det()


def cofactor(x: fmpq_mat, i: int, j: int) -> fmpq:
    return (-1) ** (i + j) * minor(x, i, j)


COFACTORS = [cofactor(X, i, j) for i, j in product(range(N), repeat=2)]

# ---------------------------------------------------------------------- targets


def test_gradient_has_the_axes_of_the_variable() -> None:
    term = typed("d(x'*A*x)/dx", "x: vector(n); A: matrix(n, n)")
    x = fmpq_mat(N, 1, POINT["x"].entries)
    assert_values(balls(term), (N,), list(((A + A.transpose()) * x).entries()))
    assert evaluate(term, POINT, SIZES, RATIONALS).entries == list(((A + A.transpose()) * x).entries())


def test_gradient_by_a_row() -> None:
    assert_values(balls(typed("d(x'*x)/dx'", "x: vector(n)")), (N,), [2 * v for v in POINT["x"].entries])


def test_gradient_of_a_determinant_is_made_of_cofactors() -> None:
    assert_values(balls(typed("d(det(X))/dX", SQUARE)), (N, N), COFACTORS)
    assert evaluate(typed("d(det(X))/dX", SQUARE), POINT, SIZES, RATIONALS).entries == COFACTORS


def test_declared_symmetry_moves_nothing_else() -> None:
    """d is by independent entries."""
    assert_values(balls(typed("d(det(X))/dX", "X: matrix(n, n) symmetric")), (N, N), COFACTORS)


@pytest.mark.parametrize(("text", "wanted"), [("d(det(X))/dX[i,j]", (1, 2)), ("d(det(X))/dX[3,1]", (2, 0))])
def test_derivative_by_an_entry(text: str, wanted: tuple[int, int]) -> None:
    assert_values(balls(typed(text, SQUARE + "; i: index(n); j: index(n)")), (), [cofactor(X, *wanted)])


def test_tensor_by_an_entry_has_the_axes_of_the_tensor() -> None:
    """∂X⁻¹/∂X_ij = -X⁻¹ e_i e_j' X⁻¹."""
    y = X.inv()
    wanted = [-y[k, 1] * y[2, m] for k, m in product(range(N), repeat=2)]
    assert_values(balls(typed("d(inv(X))/dX[i,j]", SQUARE + "; i: index(n); j: index(n)")), (N, N), wanted)


def test_jacobian_has_the_axes_of_the_function_first() -> None:
    term = typed("d(A*x)/dx", "x: vector(m); A: matrix(k, m)")
    a = matrix(2, 3)
    point = {"A": tensor(a), "x": vector(1, 2, 3)}
    assert_values(balls(term, point, {"m": 3, "k": 2}), (2, 3), list(a.entries()))


def test_jacobian_of_stacked_columns_is_a_kronecker_product() -> None:
    """∂(AXB)_pq / ∂X_rs = A_pr B_sq, columns first."""
    term = typed("d(vec(A*X*B))/d(vec(X))", "A: matrix(p, n); X: matrix(n, m); B: matrix(m, q)")
    a, x, b = matrix(2, 3), matrix(3, 2, 1), matrix(2, 4, 3)
    wanted = [a[p, r] * b[s, q] for q in range(4) for p in range(2) for s in range(2) for r in range(3)]
    sizes = {"p": 2, "n": 3, "m": 2, "q": 4}
    assert_values(balls(term, {"A": tensor(a), "X": tensor(x), "B": tensor(b)}, sizes), (8, 6), wanted)


def test_derivative_by_a_scalar() -> None:
    y = (A + B * fmpq(1, 4)).inv()
    assert_values(balls(typed("d(inv(A + t*B))/dt", SQUARE + "; t: scalar")), (N, N), list((-(y * B * y)).entries()))


def test_derivative_by_a_local_definition() -> None:
    """Y moves by itself; the t inside of it does not."""
    y = A + B * fmpq(1, 4)
    term = typed("d(tr(Y*Y*t))/dY where Y = A + t*B", SQUARE + "; t: scalar")
    assert_values(balls(term), (N, N), [2 * v * fmpq(1, 4) for v in y.transpose().entries()])
    assert {s.name for s in symbols_of(term)} == {"A", "B", "t"}


def test_derivatives_by_half_of_a_symmetric_matrix() -> None:
    """Entries of vech move with their mirror images."""
    s = X + X.transpose()
    term = typed("d(tr(A*X))/d(vech(X))", "X: matrix(n, n) symmetric; A: matrix(n, n)")
    wanted = [A[j, i] + (A[i, j] if i != j else 0) for j in range(N) for i in range(j, N)]
    assert_values(balls(term, {"A": tensor(A), "X": tensor(s)}), (6,), wanted)


def test_derivatives_by_half_of_any_matrix_move_that_half_alone() -> None:
    wanted = [A[j, i] for j in range(N) for i in range(j, N)]
    assert_values(balls(typed("d(tr(A*X))/d(vech(X))", SQUARE)), (6,), wanted)


def test_derivative_by_what_is_not_there_is_zero() -> None:
    assert_values(balls(typed("d(A*t)/dX", SQUARE + "; t: scalar")), (N, N, N, N), [0] * N**4)


# ---------------------------------------------------------------------- free entries

G = A.transpose()  # the gradient of tr(A*X) by independent entries
FREE: dict[str, Callable[[int, int], fmpq]] = {
    "symmetric": lambda i, j: G[i, j] + (G[j, i] if i != j else 0),
    "psd": lambda i, j: G[i, j] + (G[j, i] if i != j else 0),
    "skew": lambda i, j: G[i, j] - G[j, i],
    "diagonal": lambda i, j: G[i, j] if i == j else fmpq(0),
    "lower-triangular": lambda i, j: G[i, j] if i >= j else fmpq(0),
    "upper-triangular": lambda i, j: G[i, j] if i <= j else fmpq(0),
    "toeplitz": lambda i, j: sum((G[p, q] for p, q in PLACES if q - p == j - i), fmpq(0)),
    "symmetric toeplitz": lambda i, j: sum((G[p, q] for p, q in PLACES if abs(q - p) == abs(j - i)), fmpq(0)),
    "circulant": lambda i, j: sum((G[p, q] for p, q in PLACES if (q - p - j + i) % N == 0), fmpq(0)),
    "hankel": lambda i, j: sum((G[p, q] for p, q in PLACES if p + q == i + j), fmpq(0)),
    "scalar-multiple-of-identity": lambda i, j: G[0, 0] + G[1, 1] + G[2, 2] if i == j else fmpq(0),
    "invertible": lambda i, j: G[i, j],
}
PLACES = list(product(range(N), repeat=2))


@pytest.mark.parametrize("words", FREE)
def test_free_entries_move_what_is_tied_to_them(words: str) -> None:
    wanted = [FREE[words](i, j) for i, j in PLACES]
    given = f"X: matrix(n, n) {words}; A: matrix(n, n); i: index(n); j: index(n)"
    assert_values(balls(typed("ds(tr(A*X))/dX", given)), (N, N), wanted)
    assert_values(balls(typed("ds(tr(A*X))/dX[i,j]", given)), (), [FREE[words](1, 2)])
    assert evaluate(typed("ds(tr(A*X))/dX", given), POINT, SIZES, RATIONALS).entries == wanted


def test_what_cannot_hold_together_is_zero() -> None:
    assert tied(("skew", "symmetric"), (2, 2)) == [(), (), (), ()]
    assert tied(("skew", "toeplitz"), (2, 2)) == [(), ((1, 1), (2, -1)), ((1, -1), (2, 1)), ()]


def test_curved_sets_have_no_free_entries() -> None:
    with pytest.raises(NotInWorld, match="orthogonal"):
        balls(typed("ds(tr(A*X))/dX", "X: matrix(n, n) orthogonal; A: matrix(n, n)"))


# ---------------------------------------------------------------------- derivatives of derivatives


def test_hessian_of_a_product_of_powers() -> None:
    """x₁²x₂³x₃: all second derivatives by hand."""
    term = typed("hess(x[1]^2*x[2]^3*x[3], x)", "x: vector(3)")
    a, b, c = POINT["x"].entries
    wanted = [2 * b**3 * c, 6 * a * b**2 * c, 2 * a * b**3]
    wanted += [6 * a * b**2 * c, 6 * a**2 * b * c, 3 * a**2 * b**2]
    wanted += [2 * a * b**3, 3 * a**2 * b**2, fmpq(0)]
    assert_values(balls(term, bits=320), (3, 3), wanted)


def test_hessian_by_stacked_columns() -> None:
    """∂² tr(X²) / ∂X_pq ∂X_rs = 2 [q = r][p = s]."""
    wanted = [2 * (q == r) * (p == s) for q in range(N) for p in range(N) for s in range(N) for r in range(N)]
    assert_values(balls(typed("hess(tr(X*X), vec(X))", SQUARE), bits=320), (9, 9), wanted)
    assert evaluate(typed("hess(tr(X*X), vec(X))", SQUARE), POINT, SIZES, RATIONALS).entries == wanted


def test_nested_derivatives() -> None:
    given = "x: scalar; y: scalar"
    point = {"x": scalar(fmpq(3, 4)), "y": scalar(fmpq(-5, 8))}
    with precision(400):
        wanted = [arb(fmpq(3, 4)).cos(), 60 * arb(fmpq(3, 4)) ** 2, arb(fmpq(-15, 32)).exp() * (1 + arb(fmpq(-15, 32)))]
    assert_values(balls(typed("d(d(sin(x)*y)/dx)/dy", given), point, bits=320), (), wanted[:1])
    assert_values(balls(typed("d(d(d(x^5)/dx)/dx)/dx", given), point, bits=400), (), wanted[1:2])
    assert_values(balls(typed("d(d(exp(x*y))/dx)/dy", given), point, bits=320), (), wanted[2:])
    assert evaluate(typed("d(d(d(x^4)/dx)/dx)/dx", given), point, {}, RATIONALS).scalar == 18


def test_derivatives_inside_a_sum_over_an_index() -> None:
    """Laplace: Σ_k C_ik X_jk = δ_ij det X."""
    term = typed("sum(k=1..n, d(det(X))/dX[i,k]*X[j,k])", SQUARE + "; i: index(n); j: index(n)")
    assert_values(balls(term), (), [0])
    assert_values(balls(term, sizes={"n": N, "i": 2, "j": 2}), (), [X.det()])


def test_derivatives_inside_a_determinant() -> None:
    """|∂ vec X⁻¹ / ∂ vec X| = (-1)ⁿ |X|^(-2n)."""
    value = balls(typed("det(d(vec(inv(X)))/d(vec(X)))", SQUARE))
    assert_values(value, (), [-(X.det() ** -6)], digits=30)


# ---------------------------------------------------------------------- differentials

MOVING = "X: matrix(n, n); Y: matrix(n, n); A: matrix(n, n); dX: matrix(n, n); dY: matrix(n, n)"
DX, DY, Y = matrix(N, N, 4), matrix(N, N, 6), matrix(N, N, 8)
MOVED = {**POINT, "Y": tensor(Y), "dX": tensor(DX), "dY": tensor(DY)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("d(X*A*Y)", DX * A * Y + X * A * DY),
        ("d(inv(X))", -(X.inv() * DX * X.inv())),
        ("d(A)", A * 0),
        ("d(d(X*X))", DX * DX * 2),
        ("d(d(inv(X)))", X.inv() * DX * X.inv() * DX * X.inv() * 2),
    ],
)
def test_differential_moves_every_variable_that_has_one(text: str, wanted: fmpq_mat) -> None:
    assert_values(balls(typed(text, MOVING), MOVED, bits=320), (N, N), list(wanted.entries()))


def test_directions_of_a_differential_are_drawn_with_its_variables() -> None:
    """A wrong `d(X) == 0` that never mentions dX must not pass for want of it."""
    statement = typed("d(X) == 0", MOVING)
    assert {s.name for s in symbols_of(statement)} == {"X", "dX"}
    assert compare(*statement.args, MOVED, SIZES).outcome == DIFFERS


# ---------------------------------------------------------------------- accuracy, cost, places without a value


@pytest.mark.parametrize("bits", [160, 256, 400])
@pytest.mark.parametrize(
    ("text", "depth"), [("d(exp(x))/dx", 1), ("d(d(exp(x))/dx)/dx", 2), ("d(d(d(exp(x))/dx)/dx)/dx", 3)]
)
def test_promised_digits_are_kept(text: str, depth: int, bits: int) -> None:
    term = typed(text, "x: scalar")
    digits = accuracy(term, bits)
    assert order(term) == depth
    assert digits is not None
    assert digits > 10
    with precision(2 * bits):
        wanted = arb(fmpq(5, 4)).exp()
    value = balls(term, {"x": scalar(fmpq(5, 4))}, bits=bits)
    with precision(2 * bits):
        assert abs(value.scalar - wanted) < arb(10) ** -digits * wanted


def test_accuracy_of_a_term_without_derivatives_is_that_of_its_balls() -> None:
    assert accuracy(typed("exp(x)", "x: scalar")) is None


@pytest.mark.parametrize("text", ["d(exp(x))/dx", "hess(exp(x), x)", "d(d(d(exp(x))/dx)/dx)/dx"])
def test_bits_needed_suffice(text: str) -> None:
    term = typed(text, "x: scalar")
    for digits in (20, 30, 60):
        found = accuracy(term, bits_needed(digits, term))
        assert found is not None
        assert found >= digits


@pytest.mark.parametrize(
    ("left", "right", "given"),
    [
        ("d(x^3)/dx", "3*x^2", "x: scalar"),
        ("d(sin(x))/dx", "cos(x)", "x: scalar"),
        ("hess(exp(2*x), x)", "4*exp(2*x)", "x: scalar"),
        ("d(det(X)*t)/dX", "t*det(X)*inv(X)'", SQUARE + "; t: scalar"),
    ],
)
def test_a_wrong_claim_is_told_apart_by_1e_25(left: str, right: str, given: str) -> None:
    point = {**POINT, "x": scalar(fmpq(3, 4))}
    sides = typed(f"{left} == {right}", given).args
    wrong = typed(f"{left} == (1 + 1/10^25)*({right})", given).args
    assert compare(*sides, point, SIZES).outcome == AGREES
    assert compare(*wrong, point, SIZES).outcome == DIFFERS


def test_what_does_not_move_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    opaque = meanings.HANDLERS["opaque"]

    def counted(e: Any, term: Term, arguments: list[Tensor]) -> Tensor:
        calls.append(term.data.name)
        return opaque(e, term, arguments)

    monkeypatch.setitem(meanings.HANDLERS, "opaque", counted)
    balls(typed("d(tr(inv(A)*X))/dX + inv(A)'", SQUARE))
    assert calls == ["inv"]


def test_only_polynomials_are_differentiated_in_rationals() -> None:
    for text in ("d(inv(X))/dX", "d(tr(X)^5)/dX", "d(exp(t))/dt", "d(1/t)/dt"):
        with pytest.raises(NotInWorld):
            evaluate(typed(text, SQUARE + "; t: scalar"), POINT, SIZES, RATIONALS)


def test_a_kink_has_no_derivative() -> None:
    with pytest.raises(OutOfDomain):
        balls(typed("d(abs(x))/dx", "x: scalar"), {"x": scalar(0)})


@pytest.mark.parametrize(("rows", "along"), [((0, 0), (1, 2)), ((0, 0), (0, 3)), ((1, 2), None)])
def test_a_pseudo_inverse_has_no_derivative_where_the_rank_grows(
    rows: tuple[int, int], along: tuple[int, int] | None
) -> None:
    """By one entry too, where X is zero; where the rank stays, -x dx' x/|x|^4 + ... of a row x."""
    term = typed("d(pinv(X))", "X: matrix(1, 2); dX: matrix(1, 2)")
    x, dx = [fmpq(k) for k in rows], [fmpq(k) for k in along or (3, 1)]
    point = {"X": Tensor((1, 2), x), "dX": Tensor((1, 2), dx)}
    if along is not None:
        with pytest.raises(OutOfDomain):
            balls(term, point)
        return
    square, slope = x[0] ** 2 + x[1] ** 2, 2 * (x[0] * dx[0] + x[1] * dx[1])
    wanted = [d / square - a * slope / square**2 for a, d in zip(x, dx, strict=True)]
    assert_values(balls(term, point), (2, 1), wanted)


def test_subscripts_of_a_target_choose_sizes() -> None:
    term = typed("d(det(X))/dX[i,4]", "X: matrix(n, n); i: index(n)")
    sizes = Dimensions((term,), symbols_of(term)).choose(0)
    assert sizes["n"] >= 4
    assert 1 <= sizes["i"] <= sizes["n"]


def test_the_precision_in_force_is_left_as_it_was() -> None:
    before = ctx.prec
    balls(typed("d(det(X))/dX", SQUARE))
    assert ctx.prec == before
