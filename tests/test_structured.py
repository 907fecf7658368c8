"""Derivatives by the free entries of a structured variable, and their oracle."""

import pytest

import derive
from derive.finding import LanguageError
from derive.infer import infer
from derive.numeric.validate import validate
from derive.syntax import parse, parse_declarations

CASES = [
    ("det(X)", "symmetric", "det(X)*(2*inv(X) - diag(diag(inv(X))))"),
    ("logdet(X)", "pd", "2*inv(X) - diag(diag(inv(X)))"),
    ("tr(A*X)", "symmetric", "A' + A - diag(diag(A))"),
    ("tr(A*X)", "diagonal", "diag(diag(A))"),
    ("tr(A*X)", "skew", "A' - A"),
    ("tr(A*X)", "lower-triangular", "tril(A')"),
    ("tr(A*X)", "upper-triangular", "triu(A')"),
]
GIVEN = "X: matrix(n, n) {}; A: matrix(n, n)"


@pytest.mark.parametrize(("expression", "structure", "answer"), CASES)
def test_answers_by_free_entries(expression, structure, answer):
    result = derive.gradient(expression, wrt="X", given=GIVEN.format(structure), structured=True)
    assert str(result) == answer
    assert result.validation.ok
    assert any("by the free entries" in note for note in result.notes)


@pytest.mark.parametrize(
    ("structure", "wrong"),
    [
        ("symmetric", "A'"),
        ("symmetric", "A + A'"),
        ("symmetric", "2*A - diag(diag(A))"),
        ("diagonal", "A'"),
        ("skew", "A'"),
        ("skew", "(A' - A)/2"),
        ("lower-triangular", "A'"),
        ("upper-triangular", "tril(A')"),
    ],
)
def test_the_oracle_refuses_the_other_convention(structure, wrong):
    declared = parse_declarations(GIVEN.format(structure))
    typed = infer([parse("tr(A*X)"), parse(wrong)], declared)
    target = next(s for s in typed.symbols if s.name == "X")
    assert not validate(typed.terms[0], [target], typed.terms[1], 1, structure=structure).ok


def test_without_the_option_entries_are_independent():
    assert str(derive.gradient("tr(A*X)", wrt="X", given=GIVEN.format("symmetric"))) == "A'"


@pytest.mark.parametrize("given", ["X: matrix(n, n)", "X: matrix(n, n) orthogonal"])
def test_a_variable_without_free_entries_is_refused(given):
    with pytest.raises(LanguageError, match="no declared structure"):
        derive.gradient("tr(A*X)", wrt="X", given=given + "; A: matrix(n, n)", structured=True)
