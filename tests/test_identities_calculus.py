"""Statements of the literature about derivatives: our derivative of the left side has the values of the right side.

One idea: a side that is a derivative is a question; the other sides hold no derivative, and the oracle, which knows no calculus, evaluates
them at sampled points in balls. What this does not cover yet is listed by id with the reason, and the list is exact.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from agreement import read, same_values

import derive
from derive.finding import DeriveError
from derive.printing import text as plain
from derive.syntax import parse_declarations, parse_statement
from derive.tree import Tree

STATEMENTS = {
    item["id"]: item
    for item in json.loads((Path(__file__).parent / "data" / "identities_calculus.json").read_text("utf-8"))
}
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
    if any(is_derivative(n) for t in (f, *others) for n in defined(t, local).walk()):
        return (
            "a derivative of a derivative"
            if any(is_derivative(n) for n in defined(f, local).walk())
            else "the right side holds a derivative"
        )
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


if __name__ == "__main__":
    import collections

    count = collections.Counter()
    for name, item in STATEMENTS.items():
        for c in claims(item):
            if isinstance(c, str):
                count[c] += 1
                print(name, "SKIP", c)
                continue
            try:
                r = answer(c, item["given"])
            except DeriveError as e:
                print(
                    name, "REFUSED", item["statement_plain"], "|", item["given"], "|", str(e).replace("\n", " ")[:400]
                )
                count["refused"] += 1
                continue
            try:
                ok = same_values([r.term, *[read(t, item["given"], r.symbols) for t in c.rights]], r.symbols)
            except DeriveError as e:
                print(name, "UNREAD", item["statement_plain"], "|", item["given"], "|", str(e).replace("\n", " ")[:400])
                count["unread"] += 1
                continue
            except Exception as e:
                ok = repr(e)[:300]
            count[str(ok)] += 1
            print(name, ok, r, "" if ok is True else ("<<<<", item["statement_plain"], item["given"]))
    print(count)
