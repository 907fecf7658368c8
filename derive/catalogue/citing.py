r"""Which identity a step is an instance of: the same equation but for the names of its letters.

One idea: an entry is read only when its LaTeX mentions the same operations as the step does, so that a citation costs a few dozen readings and not a thousand;
the shape then decides. It does not judge: what is cited was accepted before, for reasons of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from derive.catalogue.entry import Entry
from derive.catalogue.pages import Catalogue
from derive.catalogue.reading import reading
from derive.catalogue.shape import Shape, opened, shape_of
from derive.document.trees import substituted
from derive.finding import DeriveError
from derive.tree import Tree

# What is looked for in LaTeX, and the heads and calls of trees that it makes.
_MENTIONS = (
    (re.compile(r"\\partial|\\nabla"), frozenset(("derivative", "grad", "jac", "hess"))),
    (re.compile(r"\\otimes"), frozenset(("kron",))),
    (re.compile(r"\\odot|\\circ"), frozenset(("hadamard",))),
    (re.compile(r"\{tr\}"), frozenset(("tr",))),
    (re.compile(r"\\det"), frozenset(("det", "logdet"))),
    (re.compile(r"\\log|\\ln"), frozenset(("log", "logdet", "log2"))),
    (re.compile(r"\{vec\}"), frozenset(("vec",))),
    (re.compile(r"\{diag\}"), frozenset(("diag",))),
    (re.compile(r"\{softmax\}"), frozenset(("softmax",))),
    (re.compile(r"\\lVert|\\\|"), frozenset(("norm2", "normF", "norm1", "normp", "norminf", "opnorm2"))),
)
Signature = frozenset[int]


def cited(left: Tree, right: Tree, definitions: Mapping[str, Tree]) -> str:
    """The name of the identity that `left == right` is, up to the names of letters and the order of sides; "" for none."""
    for one, other in ((left, right), (substituted(left, definitions), substituted(right, definitions))):
        for sides in ((one, other), (other, one)):
            relation = Tree("relation", sides, ("==",))
            found = _index(_signature(relation)).get(shape_of(relation))
            if found is not None:
                return found
    return ""


@lru_cache(maxsize=1)
def _catalogue() -> Catalogue:
    return Catalogue()


def _signature(tree: Tree) -> Signature:
    heads = {node.head for node in tree.walk()} | {str(node.data) for node in tree.walk() if node.head == "call"}
    return frozenset(k for k, (_, made) in enumerate(_MENTIONS) if heads & made)


@lru_cache(maxsize=256)
def _index(signature: Signature) -> dict[Shape, str]:
    """The statements that mention the same, by their shapes; the first of equal ones."""
    found: dict[Shape, str] = {}
    for entry in _catalogue().entries:
        if not entry.erratum and _mentions(entry) == signature:
            for shape in _shapes(entry):
                found.setdefault(shape, entry.name)
    return found


@lru_cache(maxsize=4096)
def _mentions(entry: Entry) -> Signature:
    return frozenset(k for k, (said, _) in enumerate(_MENTIONS) if said.search(entry.statement.text))


def _shapes(entry: Entry) -> list[Shape]:
    try:
        asserted = opened(reading(entry).statement)[0]
    except DeriveError:
        return []
    parts = asserted.args if asserted.head == "both" else (asserted,)
    pairs = [
        (a, b) for part in parts if part.head == "relation" for a, b in zip(part.args, part.args[1:], strict=False)
    ]
    return [shape_of(Tree("relation", pair, ("==",))) for pair in pairs]
