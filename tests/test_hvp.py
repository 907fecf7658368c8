"""Hessian–vector products: the printed form, the values against the Hessian itself, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.finding import LanguageError

FORMS = [
    ("x'*A*x", "x", "v", "", "(A' + A)*v"),
    ("x'*A*x", "x", "v", "A: matrix(n, n) symmetric", "2*A*v"),
    ("norm2(X*w - y)^2", "w", "v", "", "2*X'*X*v"),
    ("x^3", "x", "v", "x: scalar", "6*x*v"),
    ("logdet(X)", "X", "V", "X: matrix(n, n) pd", "-inv(X)*V'*inv(X)"),
]


@pytest.mark.parametrize(("f", "x", "v", "given", "form"), FORMS)
def test_form(f: str, x: str, v: str, given: str, form: str) -> None:
    result = derive.hvp(f, x, v, given)
    assert str(result) == form
    assert result.validation.ok
    assert result.kind == "hvp"


def test_values_are_those_of_the_hessian() -> None:
    f, given = "logsumexp(A*x) + sum(sin(x))", "A: matrix(m, n); x: vector(n)"
    draw = np.random.default_rng(3)
    values = {"A": draw.normal(size=(4, 3)), "x": draw.normal(size=3)}
    v = draw.normal(size=3)
    wanted = derive.hessian(f, "x", given).evaluate(**values) @ v
    np.testing.assert_allclose(derive.hvp(f, "x", "v", given).evaluate(**values, v=v), wanted, rtol=1e-12)


@pytest.mark.parametrize(("f", "x", "v"), [("x'*A*x", "x", "A"), ("x'*A*x", "x", "a b"), ("A[1,2]^2", "A[1,2]", "v")])
def test_a_direction_is_a_new_name_and_the_variable_whole(f: str, x: str, v: str) -> None:
    with pytest.raises(LanguageError) as trouble:
        derive.hvp(f, x, v)
    assert trouble.value.finding.code == "bad-direction"


def test_of_what_is_no_scalar() -> None:
    with pytest.raises(LanguageError) as trouble:
        derive.hvp("A*x", "x")
    assert trouble.value.finding.code == "not-scalar"
