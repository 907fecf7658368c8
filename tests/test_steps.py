"""The derivation of every answer: each line holds, the last is the answer, and it is what a person would write."""

import json
from pathlib import Path

import pytest

import derive
from derive.finding import LanguageError

CASES = json.loads((Path(__file__).parent / "data" / "derivatives.json").read_text(encoding="utf-8"))


def ask(case):
    """The case by the public contract; None when the language does not have it."""
    order = {"hessian": 2, "third": 3}.get(case["order"], 1)
    wrt = f"vec({case['wrt']})" if case["order"] == "vec-jacobian" else case["wrt"]
    try:
        return derive.derivative(case["expr"], wrt=wrt, given=case["given"], order=order)
    except LanguageError:
        return None


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_every_case_has_steps_that_hold_and_end_in_the_answer(case):
    result = ask(case)
    if result is None:
        pytest.skip("not in the language")
    steps = result.steps  # raises OurBug when a line does not hold
    assert steps[-1].right == str(result)
    assert steps[-1].rule.endswith("identification")
    assert all(s.rule and s.text and s.latex for s in steps)


def test_least_squares_as_a_textbook_has_it():
    steps = derive.gradient("norm2(X*w - y)^2", wrt="w").steps
    assert [(s.text, s.rule) for s in steps] == [
        ("d(norm2(X*w - y)^2) == 2*(X*w - y)'*d(X*w - y)", "square of a norm"),
        ("d(norm2(X*w - y)^2) == 2*(X*w - y)'*d(X*w)", "sum rule"),
        ("d(norm2(X*w - y)^2) == 2*(X*w - y)'*X*dw", "product rule"),
        ("grad(norm2(X*w - y)^2, w) == 2*X'*(X*w - y)", "identification"),
    ]


def test_a_hessian_is_derived_in_two_stages():
    steps = derive.hessian("x'*A*x").steps
    assert steps[0].text == "d(x'*A*x) == x'*(A + A')'*dx"
    assert steps[-1].text == "hess(x'*A*x, x) == A + A'"
    assert {s.left for s in steps} == {"d(x'*A*x)", "d((A + A')*x)", "hess(x'*A*x, x)"}


def test_components_are_derived_one_by_one():
    steps = derive.jacobian("[x*y, x + y]").steps
    assert [s.text for s in steps] == [
        "d(x*y) == y*dx + x*dy",
        "d(x + y) == dx + dy",
        "jac([x*y, x + y], [x; y]) == [y, x; 1, 1]",
    ]


def test_a_wrong_line_is_a_bug_of_ours(monkeypatch):
    """The lines are checked by differences: a rule that loses its factor 2 does not leave."""
    from derive import derivation

    true_lines = derivation.lines

    def halved(f, run, writer):
        return [
            line._replace(tree=derivation.Tree("div", (line.tree, derivation.Tree("number", (), 2))))
            for line in true_lines(f, run, writer)
        ]

    monkeypatch.setattr(derivation, "lines", halved)
    with pytest.raises(derive.finding.OurBug, match="does not hold"):
        derive.gradient("norm2(X*w - y)^2", wrt="w").steps  # noqa: B018  (a property that works)
