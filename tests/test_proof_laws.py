"""The laws of the prover about inverses, determinants, blocks and Gaussian densities: true by the oracle, proved, and not proved when changed."""

from __future__ import annotations

import pytest
from proofs import agrees, proved, read

from derive.engine.expr import constant
from derive.engine.lower import lower
from derive.engine.sums import collect
from derive.proof.kernel import prove_nodes
from derive.proof.laws import assumed, determinants, inverses, powers

LAWS = [
    (law.name, law.claim, law.given) for law in (*inverses.LAWS, *determinants.LAWS, *powers.LAWS, *assumed.ASSUMING)
]


@pytest.mark.parametrize(("claim", "given"), [law[1:] for law in LAWS], ids=[law[0] for law in LAWS])
def test_a_law_holds_is_proved_and_a_changed_one_is_not(claim: str, given: str) -> None:
    assert all(agrees(claim, given))
    assert all(proved(claim, given))
    for one in read(claim, given)[0]:
        assert one.right is not None
        a, b = lower(one.left), lower(one.right)
        assert prove_nodes(a, collect([b, constant(1, b.shape)], b.shape)) is None


def test_names_and_claims_are_all_different() -> None:
    assert len({law[0] for law in LAWS}) == len({law[1] for law in LAWS}) == len(LAWS)


PD = "A: matrix(n, n) pd; B: matrix(n, n) pd"
FACTORS = "A: matrix(n, n) invertible; D: matrix(m, m) invertible; U: matrix(n, m); V: matrix(m, n)"
NORMAL = (
    "x: vector(n); m: vector(n); y: vector(k); b: vector(k); A: matrix(k, n); S: matrix(n, n) pd; R: matrix(k, k) pd"
)

TRUE = [
    ("inv(A + U*D*V) == inv(A) - inv(A)*U*inv(inv(D) + V*inv(A)*U)*V*inv(A)", FACTORS),
    ("inv(A + U*V)*U == inv(A)*U*inv(I + V*inv(A)*U)", FACTORS),
    ("inv(A - U*inv(D)*V)*U*inv(D) == inv(A)*U*inv(D - V*inv(A)*U)", FACTORS),
    ("inv(eye(n) + U*V) == eye(n) - U*inv(eye(m) + V*U)*V; inv(eye(n) + U*V)*U == U*inv(eye(m) + V*U)", FACTORS),
    ("A - A*inv(A + B)*A == B - B*inv(A + B)*B; inv(inv(A) + inv(B)) == A*inv(A + B)*B", PD),
    ("inv(A + B) == inv(A) - inv(A)*inv(inv(A) + inv(B))*inv(A); A*inv(A + B)*B == B*inv(A + B)*A", PD),
    ("A - inv(inv(A) + inv(inv(B) - A)) == A*B*A", "A: matrix(n, n) invertible; B: matrix(n, n) invertible"),
    (
        "inv(A - l*I) - inv(A - c*I) == (l - c)*inv(A - l*I)*inv(A - c*I)",
        "A: matrix(n, n); l: scalar; c: scalar",
    ),
    ("tr(A*inv(l*I + A)) == n - l*tr(inv(l*I + A))", "A: matrix(n, n) psd; l: scalar positive"),
    ("inv(X'*X + l*I)*X' == X'*inv(X*X' + l*I)", "X: matrix(n, m); l: scalar positive"),
    (
        "(I - K*H)*P*(I - K*H)' + K*R*K' == (I - K*H)*P where K = P*H'*inv(H*P*H' + R)",
        "P: matrix(n, n) pd; R: matrix(m, m) pd; H: matrix(m, n)",
    ),
    ("Q*Q' == I where Q = (I - S)*inv(I + S)", "S: matrix(n, n) skew"),
    ("inv(A)*B == B*inv(A)", "A: matrix(n, n) invertible; B: matrix(n, n) commutes(A)"),
    (
        "vec(X) == inv(kron(eye(m), A) + kron(B', eye(n)))*vec(A*X + X*B)",
        "A: matrix(n, n) pd; B: matrix(m, m) pd; X: matrix(n, m)",
    ),
    (
        "x'*inv(A + b*b')*x == x'*inv(A)*x - (x'*inv(A)*b)^2/(1 + b'*inv(A)*b)",
        "A: matrix(n, n) pd; b: vector(n); x: vector(n)",
    ),
    (
        "inv([X, v]'*[X, v]) == [G + G*X'*v*v'*X*G'/s, -G*X'*v/s; -v'*X*G'/s, 1/s] where G = inv(X'*X), s = v'*v - v'*X*G*X'*v",
        "X: matrix(n, m); v: vector(n)",
    ),
    (
        "inv([A, U; V, D]) == [inv(A) + inv(A)*U*inv(S)*V*inv(A), -inv(T)*U*inv(D); -inv(D)*V*inv(T), inv(D) + inv(D)*V*inv(T)*U*inv(D)] "
        "where T = A - U*inv(D)*V, S = D - V*inv(A)*U",
        "A: matrix(n, n) pd; D: matrix(m, m) pd; U: matrix(n, m) norm<1; V: matrix(m, n) norm<1",
    ),
    ("det([A, b; b', c]) == det(A)*(c - b'*inv(A)*b)", "A: matrix(n, n) pd; b: vector(n); c: scalar"),
    ("det(A + U*D*V) == det(inv(D) + V*inv(A)*U)*det(D)*det(A)", FACTORS),
    ("det(l*eye(n) + U*V) == l^(n - m)*det(l*eye(m) + V*U)", f"{FACTORS}; l: scalar positive"),
    ("det(a*eye(n) + b*ones(n)*ones(n)') == a^(n - 1)*(a + n*b)", "a: scalar positive; b: scalar positive"),
    (
        "adj(A*B) == adj(B)*adj(A); det(adj(A)) == det(A)^(n - 1)",
        "A: matrix(n, n) invertible; B: matrix(n, n) invertible",
    ),
    ("log(det(2*pi*S)) == n*log(2*pi) + logdet(S)", "S: matrix(n, n) pd"),
    ("det(S) == (-1)^n*det(S)", "S: matrix(n, n) skew"),
    ("det(Kmn(n, n)) == (-1)^(n*(n - 1)/2)", "A: matrix(n, n)"),
    (
        "1/(1 + x) + 1/(1 - x) == 2/(1 - x^2); 1/(1/c + 1/d) == c*d/(c + d)",
        "x: scalar; c: scalar positive; d: scalar positive",
    ),
    (
        "gauss(x, m, S)*gauss(y, A*x + b, R) == gauss(y, A*m + b, R + A*S*A')*gauss(x, P*(A'*inv(R)*(y - b) + inv(S)*m), P) "
        "where P = inv(inv(S) + A'*inv(R)*A)",
        NORMAL,
    ),
    ("gauss(x - z, m, S) == gauss(x, m + z, S)", "x: vector(n); z: vector(n); m: vector(n); S: matrix(n, n) pd"),
    (
        "gauss([x; y], [m; b], [S, C; C', R]) == gauss(y, b, R)*gauss(x, m + C*inv(R)*(y - b), S - C*inv(R)*C')",
        "x: vector(n); m: vector(n); y: vector(k); b: vector(k); S: matrix(n, n) pd; R: matrix(k, k) pd; C: matrix(n, k) norm<1",
    ),
]


@pytest.mark.parametrize(("statement", "given"), TRUE, ids=[s for s, _ in TRUE])
def test_statements_that_take_several_laws(statement: str, given: str) -> None:
    assert all(agrees(statement, given))
    assert all(proved(statement, given))


FALSE = [  # each true but for a sign, an order, a condition or a factor
    ("inv(A + B) == inv(A) + inv(B)", PD),
    ("inv(A + B) == inv(A) - inv(A)*B*inv(A)", PD),
    ("inv(A*B) == inv(A)*inv(B)", PD),
    ("inv(A + U*D*V) == inv(A) - inv(A)*U*inv(D + V*inv(A)*U)*V*inv(A)", FACTORS),
    ("inv(A + U*D*V) == inv(A) + inv(A)*U*inv(inv(D) + V*inv(A)*U)*V*inv(A)", FACTORS),
    ("inv(eye(n) + U*V) == eye(n) - U*inv(eye(m) + U'*V')*V", FACTORS),
    ("A*inv(A + B)*B == A*inv(A + B)*A", PD),
    ("inv(X'*X) == inv(X)'*inv(X)", "X: matrix(n, n)"),
    ("inv(X'*X)*X'*X*X' == X", "X: matrix(n, n)"),
    ("X*inv(X'*X)*X' == I", "X: matrix(n, m)"),
    ("inv(A)*B == B*inv(A)", "A: matrix(n, n) invertible; B: matrix(n, n)"),
    ("Q*Q' == I where Q = (I - S)*inv(I + S)", "S: matrix(n, n)"),
    ("det(A + B) == det(A) + det(B)", PD),
    ("det(c*A) == c*det(A)", "A: matrix(n, n); c: scalar"),
    ("det(A + U*V) == det(A)*det(eye(m) - V*inv(A)*U)", FACTORS),
    (
        "det([A, U; V, D]) == det(A)*det(D) - det(U)*det(V)",
        "A: matrix(n, n) pd; D: matrix(n, n) pd; U: matrix(n, n); V: matrix(n, n)",
    ),
    ("det(kron(A, D)) == det(A)^n*det(D)^m", FACTORS),
    ("det(Q) == 1", "Q: matrix(n, n) orthogonal"),
    ("det(S) == 0", "S: matrix(n, n) skew"),
    ("det(Kmn(m, n)) == 1", "A: matrix(m, n)"),
    ("logdet(A + B) == logdet(A) + logdet(B)", PD),
    ("logdet(c*A) == log(c) + logdet(A)", "A: matrix(n, n) pd; c: scalar positive"),
    ("(x*y)^p == x^p*y^p", "x: scalar; y: scalar; p: scalar"),
    ("sqrt(x*y) == sqrt(x)*sqrt(y)", "x: scalar; y: scalar"),
    ("gauss(x, m, S)*gauss(x, m, S) == gauss(x, m, 2*S)", "x: vector(n); m: vector(n); S: matrix(n, n) pd"),
    ("gauss(2*x, 2*m, 4*S) == gauss(x, m, S)", "x: vector(n); m: vector(n); S: matrix(n, n) pd"),
]


@pytest.mark.parametrize(("statement", "given"), FALSE, ids=[s for s, _ in FALSE])
def test_what_does_not_hold_is_not_proved(statement: str, given: str) -> None:
    assert proved(statement, given) == [False]
