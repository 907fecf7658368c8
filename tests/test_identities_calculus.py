"""Statements of the literature about derivatives: our derivative of the left side has the values of the right side.

One idea: a side that is a derivative is a question; the other sides hold no derivative, and the oracle, which knows no calculus, evaluates
them at sampled points in balls. What this does not cover yet is listed by id with the reason, and the list is exact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from agreement import read, same_values, sampled

import derive
from derive.finding import DeriveError
from derive.printing import text as plain
from derive.syntax import parse_declarations, parse_statement
from derive.term import Term
from derive.tree import Tree

STATEMENTS = {
    item["id"]: item
    for item in json.loads((Path(__file__).parent / "data" / "identities_calculus.json").read_text("utf-8"))
}
# Not yet asked, by the form of the statement …
FORMS = {
    "a differential": """
        F0036 F0041 F0042 F0047 F0580 F0582 F0583 F0584 F0585 F0586 F0587 F0730 F0731 F0732 F0733 F0734 F0735
        F0736 F0737 F0738 F0739 F0742 F0877 F0878 F0881 F0882 F0884 F0885 F0905 F0923 F0928 F0929 F0930 F0931
    """.split(),
    "the right side holds a derivative": """
        F0049 F0062 F0139 F0140 F0567 F0572 F0573 F0574 F0575 F0578 F0579 F0642 F0643 F0645 F0647 F0649 F0650
        F0651 F0652 F0653 F0655 F0670 F0674 F0675 F0677 F0679 F0680 F0681 F0682 F0683 F0684 F0691 F0713 F0714
        F0715 F0718 F0719 F0723 F0724 F0725 F0972
    """.split(),
    "the derivative stands inside an expression": """
        F0050 F0053 F0630 F0631 F0633 F0925 F0934
    """.split(),
    "a derivative of a derivative": """
        F0051 F0599 F0720
    """.split(),
    "ds: by the free entries": """
        F0137 F0141 F0143 F0145 F0146 F0457 F0598 F0879
    """.split(),
}
# … and what the calculator or the oracle does not know.
OPEN = {
    "F0070": "eigenvalues",
    "F0863": "vech",
    "F0864": "vech",
    "F0865": "vech",
    "F0965": "rowsoftmax",
}
GIVEN = {"F0769": "v: vector(2)"}  # the size is said by the right side alone

TWO = Tree("number", (), 2)
DERIVATIVES = ("derivative", "differential")
CALLS = ("hess", "grad", "jac")


class Claim(NamedTuple):
    """`d(f)/dx == right == …`."""

    question: Tree  # f with its local definitions
    wrt: str
    order: int
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
    kind = left.data
    if left.head == "derivative" and kind != "d":
        return f"{kind}: by the free entries"
    f, x = left.args
    others = [side for side in rights if plain(side) != plain(left)]
    if any(map(is_derivative, defined(f, local).walk())):
        return "a derivative of a derivative"
    if any(is_derivative(node) for side in others for node in defined(side, local).walk()):
        return "the right side holds a derivative"
    order = 2 if kind == "hess" else 1
    return Claim(defined(f, local), plain(x), order, tuple(defined(side, local) for side in others))


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
    if asked.order == 2:
        return derive.hessian(asked.question, wrt=asked.wrt, given=given)
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
        result, terms = sides(each, STATEMENTS[name])
        assert same_values(terms, result.symbols), str(result)
