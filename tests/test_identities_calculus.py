"""Statements of the literature about derivatives: proved in normal form, valued by the oracle, and asked of the calculator.

One idea: a side that is a derivative is a question; the other sides are evaluated by the oracle, which knows no calculus, at sampled points in
balls. Whatever is not asked, not lowered or not proved is listed by id with the reason, and the lists are exact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from agreement import POINTS, read, same_values, sampled

import derive
from derive.engine.expansion import vanishes
from derive.engine.families import for_all, ranges
from derive.engine.lower import lower
from derive.finding import DeriveError, LanguageError
from derive.infer import infer
from derive.numeric.agreement import AGREES, compare
from derive.printing import text as plain
from derive.source import Source
from derive.syntax import parse_declarations, parse_statement
from derive.term import Symbol, Term
from derive.tree import Tree

STATEMENTS = {
    item["id"]: item
    for item in json.loads((Path(__file__).parent / "data" / "identities_calculus.json").read_text("utf-8"))
}
# No question to the calculator, by the form of the statement …
FORMS: dict[str, list[str]] = {
    "a differential": """
        F0036 F0041 F0042 F0047 F0580 F0582 F0583 F0584 F0585 F0586 F0587 F0730 F0731 F0732 F0733 F0734 F0735
        F0736 F0737 F0738 F0739 F0742 F0877 F0878 F0881 F0882 F0884 F0885 F0905 F0923 F0928 F0929 F0930 F0931
    """.split(),
    "the derivative stands inside an expression": """
        F0050 F0053 F0630 F0631 F0633 F0925 F0934
    """.split(),
    "ds: by one free entry": """
        F0137 F0146 F0457
    """.split(),
}
# … and what the calculator or the oracle does not know.
OPEN = {"F0865": "by vech of what is no variable"}
# Not lowered, or not typed …
NOT_LOWERED = {"F0857": "a range that depends on an index around it"}
# … and true, but of two normal forms.
NOT_ZERO = {
    "F0057": "inv(A') of a product",
    "F0058": "inv(X'*X)*X' is pinv(X)",
    "F0059": "inv(X'*X)*X' is pinv(X)",
    "F0630": "the determinant of a Kronecker product",
    "F0631": "the determinant of a Kronecker product",
    "F0633": "the determinant of a Kronecker product",
    "F0674": "cross is linear in each argument",
    "F0700": "a sum taken from its other end",
    "F0704": "inv of a multiple",
    "F0705": "inv of a product",
    "F0708": "inv(X'*X)*X' is pinv(X)",
    "F0710": "inv of a product",
    "F0712": "inv(A') of a product",
    "F0722": "functions of one matrix commute",
    "F0878": "a pseudo-inverse by an eigenvector",
    "F0934": "the derivative of a Cholesky factor",
}
# No values for both sides yet.
NOT_VALUED: dict[str, str] = {}
PLACES = 4  # points where there are free indices
GIVEN = {"F0769": "v: vector(2)"}  # the size is said by the right side alone

TWO = Tree("number", (), 2)
DERIVATIVES = ("derivative", "differential")
CALLS = ("hess", "grad", "jac")


class Claim(NamedTuple):
    """`d(f)/dx == right == …`."""

    question: Tree  # f with its local definitions
    wrt: str
    kind: str
    rights: tuple[Tree, ...]


def claims(item: dict[str, str]) -> Iterator[Claim | str]:
    """The claims of a statement, or why a part of it is none."""
    names = frozenset(d.name for d in parse_declarations(item["given"]))
    tree = parse_statement(item["statement_plain"], names=names)
    local: tuple[tuple[str, Tree], ...] = ()
    if tree.head == "where":
        local = tuple(zip(tree.data, tree.args[1:], strict=True))
        tree = tree.args[0]
    for part in tree.args if tree.head == "both" else (tree,):
        if any(is_derivative(node) for node in part.walk()):
            yield claim(part, local)


def claim(part: Tree, local: tuple[tuple[str, Tree], ...]) -> Claim | str:
    left, *rights = part.args
    if part.head != "relation" or set(part.data) != {"=="}:
        return "not an equation"
    if not is_derivative(left):
        return "the derivative stands inside an expression"
    if left.head == "differential":
        return "a differential"
    kind = str(left.data)
    f, x = left.args
    if kind == "ds" and x.head != "name":
        return "ds: by one free entry"
    others = [side for side in rights if plain(side) != plain(left)]
    return Claim(defined(f, local), plain(x), kind, tuple(defined(side, local) for side in others))


def is_derivative(node: Tree) -> bool:
    return node.head in DERIVATIVES or (node.head == "call" and node.data in CALLS)


def defined(tree: Tree, local: tuple[tuple[str, Tree], ...]) -> Tree:
    """The tree with those local definitions that it needs, directly or not."""
    needed: set[str] = set()
    trees = [tree]
    while trees:
        mentioned = {node.data for node in trees.pop().walk() if node.head == "name"} - needed
        found = [(name, value) for name, value in local if name in mentioned]
        needed |= {name for name, _ in found}
        trees += [value for _, value in found]
    kept = [(name, value) for name, value in local if name in needed]
    if not kept:
        return tree
    return Tree("where", (tree, *[value for _, value in kept]), tuple([name for name, _ in kept]))


def answer(asked: Claim, given: str) -> Any:
    if asked.kind == "hess":
        return derive.hessian(asked.question, wrt=asked.wrt, given=given)
    if asked.kind == "ds":
        return derive.gradient(asked.question, wrt=asked.wrt, given=given, structured=True)
    return derive.derivative(asked.question, wrt=asked.wrt, given=given)


def sides(asked: Claim, item: dict[str, str]) -> tuple[Any, tuple[Term, ...]]:
    """The answer to a claim, and the terms of the answer and of the right sides."""
    given = GIVEN.get(item["id"], item["given"])
    result = answer(asked, given)
    return result, read([str(result), *asked.rights], given, result.symbols)


LEFT_OUT = {*OPEN, *(name for names in FORMS.values() for name in names)}
COVERED = [name for name in STATEMENTS if name not in LEFT_OUT]
UNDEFINED = re.compile(r"\b(f|g|phi)'*\(")


@pytest.mark.parametrize("name", COVERED)
def test_the_derivative_has_the_values_of_the_right_side(name: str) -> None:
    item = STATEMENTS[name]
    asked = [c for c in claims(item) if isinstance(c, Claim)]
    assert asked
    for each in asked:
        result, terms = sides(each, item)
        assert result.validation.ok
        assert same_values(terms, result.symbols), str(result)


def test_the_comparison_refuses_a_factor() -> None:
    """Twice the right side is nobody's derivative, but where it is zero."""
    accepted = []
    for name in COVERED:
        for each in claims(STATEMENTS[name]):
            if isinstance(each, Claim):
                doubled = each._replace(rights=tuple(Tree("mul", (TWO, side)) for side in each.rights))
                result, terms = sides(doubled, STATEMENTS[name])
                if same_values(terms, result.symbols):
                    accepted.append((name, plain(each.rights[0])))
    assert accepted == [("F0648", "0"), ("F0678", "0"), ("F0764", "0")]


@pytest.mark.parametrize("name", [n for n in COVERED if not UNDEFINED.search(STATEMENTS[n]["statement_plain"])])
def test_numpy_gives_the_derivative_the_values_of_the_right_side(name: str) -> None:
    item = STATEMENTS[name]
    indices = [d.name for d in parse_declarations(item["given"]) if d.kind == "index"]
    for each in claims(item):
        if isinstance(each, Claim):
            result, terms = sides(each, item)
            point, places, (_, wanted, *_) = sampled(terms, result.symbols)
            values = {s.name: np.array(point[s.name].nested(float)) for s in result.symbols}
            got = result.evaluate(**values, **{i: places[i] for i in indices if i in places and i not in values})
            scale = max([1.0, *np.abs(got).ravel()])
            np.testing.assert_allclose(np.squeeze(got), np.squeeze(wanted.nested(float)), rtol=1e-8, atol=1e-9 * scale)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_asked_is_exactly_what_is_listed(form: str) -> None:
    """A statement of several parts counts when one of them is asked."""
    parts = {name: list(claims(item)) for name, item in STATEMENTS.items()}
    found = [name for name, found in parts.items() if found and not any(isinstance(c, Claim) for c in found)]
    assert [name for name in found if form in parts[name]] == FORMS[form]
    assert set(found) == {name for names in FORMS.values() for name in names}


@pytest.mark.parametrize("name", OPEN)
def test_what_the_calculator_does_not_know_is_still_unknown(name: str) -> None:
    """When this fails there is progress: take the statement off the list."""
    with pytest.raises((DeriveError, KeyError)):
        hold(name)


def hold(name: str) -> None:
    """Ask and compare. Raises what the calculator, the reader or the oracle raises."""
    for each in claims(STATEMENTS[name]):
        if isinstance(each, Claim):
            result, terms = sides(each, STATEMENTS[name])
            assert same_values(terms, result.symbols), str(result)


# ------------------------------------------------------------------------------------------------ equations as they stand


class Equation(NamedTuple):
    """Neighbouring sides of a statement, and the variables and free indices of it."""

    left: Term
    right: Term
    symbols: tuple[Symbol, ...]
    indices: dict[str, Any]

    def difference(self) -> Term:
        whole = Term("add", (self.left, self.right), self.left.type, (1, -1))
        return for_all(whole, self.indices)


def equations(name: str) -> list[Equation]:
    item = STATEMENTS[name]
    declared = parse_declarations(item["given"])
    names = frozenset(d.name for d in declared)
    source = Source(item["statement_plain"])
    typed = infer([parse_statement(source.text, names=names)], declared, source=source)
    (term,) = typed.terms
    indices = ranges(declared, typed.symbols)
    symbols = tuple(s for s in typed.symbols if s.name not in indices)
    parts = term.args if term.head == "both" else (term,)
    return [Equation(a, b, symbols, indices) for p in parts for a, b in zip(p.args, p.args[1:], strict=False)]


@pytest.mark.parametrize("name", [n for n in STATEMENTS if n not in NOT_LOWERED])
def test_both_sides_are_lowered_and_their_difference_is_zero(name: str) -> None:
    found = [vanishes(lower(each.difference())) for each in equations(name)]
    assert found
    assert all(found) == (name not in NOT_ZERO)


@pytest.mark.parametrize("name", NOT_LOWERED)
def test_what_is_not_lowered_is_refused_with_a_message(name: str) -> None:
    (equation,) = equations(name)
    with pytest.raises(LanguageError) as refused:
        lower(equation.difference())
    assert refused.value.finding.labels


@pytest.mark.parametrize("name", [n for n in STATEMENTS if n not in NOT_ZERO and n not in NOT_LOWERED])
def test_a_wrong_factor_is_not_zero(name: str) -> None:
    """Twice the right side is proved only where both sides are zero."""
    for each in equations(name):
        doubled = Term("add", (each.left, each.right, each.right), each.left.type, (1, -1, -1))
        if vanishes(lower(for_all(doubled, each.indices))):
            assert vanishes(lower(for_all(each.left, each.indices)))


@pytest.mark.parametrize("name", [n for n in STATEMENTS if n not in NOT_VALUED])
def test_both_sides_have_the_same_values(name: str) -> None:
    for each in equations(name):
        for seed in range(PLACES if each.indices else POINTS):
            point, sizes, _ = sampled((each.left, each.right), each.symbols, seed)
            found = compare(each.left, each.right, point, sizes)
            assert found.outcome == AGREES, found
