"""No verdict depends on names, on the order of summands, on the notation, on the seed of hashes or on the thread.

One idea: a sample of the statements is asked again in another guise, and the status must be the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import derive
from derive.printing import latex, text
from derive.syntax import parse_declarations, parse_statement
from derive.tree import Tree

DATA = Path(__file__).parent / "data"
TRUE = json.loads((DATA / "statements_true.json").read_text("utf-8"))
WRONG = json.loads((DATA / "statements_wrong.json").read_text("utf-8"))
SAMPLE = TRUE[::9] + WRONG[::17]
FRESH = [f"{letter}{k}" for k in (7, 8) for letter in "QRSTUVWXYZ"]


def ids(item: dict[str, str]) -> str:
    return item["id"]


def status(statement: str | Tree, given: str) -> str:
    return derive.verify(statement, given=given).status


def read(item: dict[str, str]) -> tuple[Tree, list[str]]:
    names = [d.name for d in parse_declarations(item["given"])] if item["given"].strip() else []
    return parse_statement(item["statement_plain"], names=frozenset(names)), names


def renamed(tree: Tree, names: dict[str, str]) -> Tree:
    data = names.get(tree.data, tree.data) if tree.head == "name" and isinstance(tree.data, str) else tree.data
    return Tree(tree.head, tuple([renamed(a, names) for a in tree.args]), data, tree.span)


def turned(tree: Tree) -> Tree:
    """Summands in the other order."""
    args = tuple([turned(a) for a in tree.args])
    if tree.head == "add":
        args = args[::-1]
    return Tree(tree.head, args, tree.data, tree.span)


def plain_names(item: dict[str, str]) -> bool:
    """Whether names stand for themselves only: no distribution, differential or definition names them."""
    words = ("random", "gaussian", "indep", "commutes", "index(", "integer", "where")
    return not any(w in item["given"] + item["statement_plain"] for w in words) and "d" not in [
        n[0] for n in read(item)[1]
    ]


@pytest.mark.parametrize("item", [i for i in SAMPLE if plain_names(i)], ids=ids)
def test_renamed(item: dict[str, str]) -> None:
    tree, names = read(item)
    new = dict(zip(names, FRESH, strict=False))
    given = item["given"]
    parts = [part.strip() for part in given.split(";") if part.strip()]
    declared = "; ".join(new[p.partition(":")[0].strip()] + ":" + p.partition(":")[2] for p in parts)
    assert status(renamed(tree, new), declared) == status(item["statement_plain"], given)


@pytest.mark.parametrize("item", SAMPLE, ids=ids)
def test_summands_in_the_other_order(item: dict[str, str]) -> None:
    tree, _ = read(item)
    assert status(turned(tree), item["given"]) == status(item["statement_plain"], item["given"])


@pytest.mark.parametrize("item", SAMPLE[::2], ids=ids)
def test_in_latex(item: dict[str, str]) -> None:
    """What our own LaTeX says is judged as the plain text; what LaTeX cannot say is not understood, never something else."""
    tree, _ = read(item)
    found = status(latex(tree), item["given"])
    assert found in (status(item["statement_plain"], item["given"]), "not-understood")


def test_in_threads_and_again() -> None:
    items = SAMPLE[::5]
    first = [status(i["statement_plain"], i["given"]) for i in items]
    with ThreadPoolExecutor(4) as pool:
        second = list(pool.map(lambda i: status(i["statement_plain"], i["given"]), items))
    assert first == second


def test_under_another_hash_seed() -> None:
    items = [(i["statement_plain"], i["given"]) for i in SAMPLE[::6]]
    code = (
        "import json, sys, derive\n"
        "items = json.load(sys.stdin)\n"
        "out = [derive.verify(s, given=g) for s, g in items]\n"
        "print(json.dumps([[v.status, repr(v.evidence)] for v in out]))\n"
    )
    outputs = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])}
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(items),
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        outputs.append(json.loads(done.stdout))
    assert outputs[0] == outputs[1]
    assert [s for s, _ in outputs[0]] == [status(*item) for item in items]


def test_the_text_of_a_tree_is_judged_as_the_tree() -> None:
    for item in SAMPLE[::8]:
        tree, _ = read(item)
        assert status(text(tree), item["given"]) == status(tree, item["given"])
