"""Identities of inverses of sums proved in words, claims beside indices, and linear functions of families: proved when true, not when nearly true."""

from __future__ import annotations

import pytest

import derive
from derive.engine.lower import lower
from derive.engine.sums import collect, scaled
from derive.judge.statement import Statement
from derive.proof.clearing import cleared_to_zero
from derive.source import Source
from derive.syntax import parse_statement

TRUE = (
    "inv(A + U*B*V) == inv(A) - inv(A)*U*inv(inv(B) + V*inv(A)*U)*V*inv(A)",
    "inv(A - U*V) == inv(A) + inv(A)*U*inv(I - V*inv(A)*U)*V*inv(A)",
    "inv(I + A*B)*A == A*inv(I + B*A)",
    "inv(inv(A) + inv(B)) == A*inv(A + B)*B",
    "inv(inv(A) + inv(B)) == B*inv(A + B)*A",
    "inv(A + u*v') == inv(A) - inv(A)*u*v'*inv(A)/(1 + v'*inv(A)*u)",
    "inv(A - 2*u*v') == inv(A) + 2*inv(A)*u*v'*inv(A)/(1 - 2*v'*inv(A)*u)",
    "(inv(A + B))' == inv(A' + B')",
)
FALSE = (
    "inv(A + U*B*V) == inv(A) - inv(A)*U*inv(B + V*inv(A)*U)*V*inv(A)",
    "inv(A + U*B*V) == inv(A) + inv(A)*U*inv(inv(B) + V*inv(A)*U)*V*inv(A)",
    "inv(I + A*B)*A == A*inv(I + A*B)",
    "inv(I + A*B)*B == A*inv(I + B*A)",
    "inv(inv(A) + inv(B)) == A*inv(A - B)*B",
    "inv(inv(A) + inv(B)) == A*inv(A + B)*A",
    "inv(A + u*v') == inv(A) - inv(A)*u*v'*inv(A)/(1 - v'*inv(A)*u)",
    "inv(A + u*v') == inv(A) - inv(A)*u*v'*inv(A)/(1 + u'*inv(A)*v)",
    "inv(A + u*v') == inv(A) - inv(A)*v*u'*inv(A)/(1 + v'*inv(A)*u)",
    "inv(A + B) == inv(A) + inv(B)",
)


def laws(claim: str) -> tuple[str, ...] | None:
    """The laws by which the difference of both sides is found to be zero in words."""
    (one,) = Statement(parse_statement(claim), (), Source(claim, "statement")).claims
    assert one.right is not None
    a, b = lower(one.left), lower(one.right)
    return cleared_to_zero(collect([a, scaled(-1, b)], a.shape))


@pytest.mark.parametrize("claim", TRUE[:-1])
def test_an_identity_is_zero_in_words(claim: str) -> None:
    found = laws(claim)
    assert found is not None
    assert "inverse cancels" in found
    assert ("common denominator" in found) == ("/" in claim)


@pytest.mark.parametrize("claim", TRUE)
def test_it_is_proved(claim: str) -> None:
    assert derive.verify(claim).status == "proved"


@pytest.mark.parametrize("claim", FALSE)
def test_a_slip_is_not_zero_in_words_and_refuted(claim: str) -> None:
    assert laws(claim) is None
    assert derive.verify(claim).status == "refuted"


INDEXED = "A: matrix(n, n); T: matrix(n, n) toeplitz; x: vector(n); i: index(n); j: index(n)"


@pytest.mark.parametrize(
    "claim", ["tril(A) == triu(A')'; A[i,j] == A'[j,i]", "x[i]*A*x[j] == A*x[j]*x[i]", "x[i]*tril(A) == tril(x[i]*A)"]
)
def test_matrices_beside_free_indices_are_proved(claim: str) -> None:
    verdict = derive.verify(claim, given=INDEXED)
    for part in verdict.parts or (verdict,):
        assert part.status == "proved"
        assert part.evidence is not None
        assert not part.evidence.notes


@pytest.mark.parametrize("claim", ["x[i]*A == A*x[j]", "x[i]*A == x[i]*A'", "tril(A) == triu(A'); A[i,j] == A'[j,i]"])
def test_slips_beside_free_indices_are_refuted(claim: str) -> None:
    assert derive.verify(claim, given=INDEXED).status == "refuted"


STACKED = "x: vector(n) random(mean=m,cov=M); i: index(n); j: index(n); k: index(n)"


def test_digits_of_a_stacked_index_may_be_written_in_any_order() -> None:
    left = "E(kron((x - m)*(x - m)', (x - m)'))"
    right = "E((x[i] - m[i])*(x[j] - m[j])*(x[k] - m[k]))"
    for place in ("(k-1)*n + j", "j + (k-1)*n"):
        assert derive.verify(f"{left}[i, {place}] == {right}", given=STACKED).status == "proved"


MOVING = "t: scalar; a: vector(3); b: vector(3)"


def test_derivatives_of_linear_functions_of_a_family() -> None:
    where = " where u = sin(a*t) + t^2*b, v = cos(b*t)"
    assert (
        derive.verify(f"d(cross(u,v))/dt == cross(d(u)/dt, v) + cross(u, d(v)/dt){where}", given=MOVING).status
        == "proved"
    )
    assert (
        derive.verify(f"d(cross(u,v))/dt == cross(d(u)/dt, v) - cross(u, d(v)/dt){where}", given=MOVING).status
        == "refuted"
    )
    given = "A: matrix(n, n) pd; dA: matrix(n, n) symmetric"
    assert derive.verify("L*Phi(inv(L)*dA*inv(L)') == d(chol(A)) where L = chol(A)", given=given).status == "proved"
