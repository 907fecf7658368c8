"""What is said of a name that means nothing here: what it may have been meant to be, or that it is not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from derive.finding import Label
from derive.infer.context import Edit
from derive.infer.formulas import formulas
from derive.ops import REGISTRY
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator

NOT_YET = frozenset("E Var Cov".split())
MORE_NAMES = ("eye", "ones", "zeros", "vector", "matrix", "grad", "jac", "hess", "delta", "pi")


OPTIMA = ("argmin", "argmax")


def refuse_missing(e: Elaborator, tree: Tree) -> None:
    """Raise `not-yet` for a function that the language has and this program has not."""
    if tree.data in OPTIMA:
        e.fail(
            "not-yet", f"{tree.data} is no value that is computed here; it stands in statements about the optimum", tree
        )
    if tree.data in NOT_YET:
        e.fail("not-yet", f"{tree.data} is not supported yet", tree)


def unknown_function(e: Elaborator, tree: Tree) -> NoReturn:
    """Raise `unknown-function`, with the nearest known names."""
    name = str(tree.data if isinstance(tree.data, str) else tree.data[0])  # type: ignore[index]
    start = tree.span.start
    here = tree.span._replace(end=start + len(name))
    symbol = e.scope.symbols.get(name)
    if symbol is not None:
        edits: tuple[Edit, ...] = ((here, f"{name}*", "a product"),) if tree.head == "call" else ()
        shown = e.context.show(symbol.type)
        e.context.fail("not-a-function", f"{name} is a {shown}, not a function", Label(here, shown), edits=edits)
    near = nearest(name, [*REGISTRY.names(), *MORE_NAMES])
    notes = (f"an undefined function is declared: `{name}: elementwise`, or `{name}: function` for scalar values",)
    edits = formulas(e.context, name, tree) + tuple((here, one, f"`{one}`") for one in near)
    e.context.fail("unknown-function", f"there is no function {name}", Label(here), notes=notes, edits=edits)


def unknown_name(e: Elaborator, tree: Tree) -> NoReturn:
    """Raise `unknown-name`."""
    name = str(tree.data)
    near = nearest(name, [*e.scope.symbols, *e.scope.definitions])
    edits = tuple((tree.span, one, f"`{one}`") for one in near)
    e.context.fail("unknown-name", f"{name} is not declared", Label(tree.span), edits=edits)


def nearest(name: str, known: list[str]) -> list[str]:
    """Up to three known names that are spelled nearly so."""
    from difflib import get_close_matches

    return get_close_matches(name, sorted(set(known)), n=3, cutoff=0.7)
