"""What is random in a statement: the distributions that variables are declared with, and which calls are expectations.

One idea: names of parameters that nothing declares are variables here, a mean of the shape of x, a covariance that is positive semidefinite;
and a declared covariance has those properties whether it is said or not. Terms are made in `means`, which is loaded when there is one to make.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from derive.distributions import Distribution, distribution
from derive.infer.constants import NAMES
from derive.source import Span
from derive.term import SCALAR, Symbol, Type
from derive.tree import NOWHERE, Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator
    from derive.infer.scope import Scope

WORDS = {"E": "expectation", "Var": "variance", "Cov": "covariance"}
KINDS = tuple(WORDS)


def random_names(scope: Scope) -> list[str]:
    """The names that are declared with a distribution."""
    return [name for name, symbol in scope.symbols.items() if distribution(symbol.properties) is not None]


def is_expectation(scope: Scope, name: str) -> bool:
    """Whether a call of this name is an expectation: some variable is random, and nothing else has the name."""
    return name in KINDS and name not in scope.symbols and name not in scope.functions and bool(random_names(scope))


# ---- what the declarations say


def trees_of(law: Distribution) -> dict[str, Tree]:
    from derive.syntax import parse

    return {key: _placeless(parse(text, "given")) for key, text in law.parameters}


def _placeless(tree: Tree) -> Tree:
    """The tree without places: those of a declaration mean nothing in the statement."""
    for node in tree.walk():
        node.span = NOWHERE
    return tree


def imply(scope: Scope) -> list[Tree]:
    """Enter the names of parameters that are declared nowhere, and give covariances the properties that they have.

    Returns what the parameters say of the kinds of other names.
    """
    random = [(s, law) for s in scope.symbols.values() if (law := distribution(s.properties)) is not None]
    for symbol, law in random:
        for key, tree in trees_of(law).items():
            if tree.head != "name":
                continue
            name = str(tree.data)
            type, words = expected(symbol, law, key)
            known = scope.symbols.get(name)
            if known is not None:
                _assume(scope, known, words)
            elif not any(name in group for group in (scope.sizes, scope.indices, scope.functions, NAMES)):
                scope.symbols[name] = Symbol(name, type, words, True)
    return _equations(random)


def expected(symbol: Symbol, law: Distribution, key: str) -> tuple[Type, tuple[str, ...]]:
    """The type of a parameter of a variable, and the properties that it has."""
    shape = symbol.type.shape
    if key == "mean":
        return symbol.type, ()
    positive = ("positive",) if key in ("mu2", "mu4", "v2", "v4") else ()
    if key != "cov":
        return (SCALAR if "same" in law.flags else Type(shape)), positive
    if not shape:
        return SCALAR, ("positive",)
    return Type(shape + shape), ("diagonal", "psd") if law.family == "indep" else ("psd",)


def _assume(scope: Scope, known: Symbol, words: tuple[str, ...]) -> None:
    """A declared covariance is symmetric and positive semidefinite, a declared variance positive, whether it is said or not."""
    have = set(known.properties)
    more = {w for w in words if w not in have and not (w == "psd" and "pd" in have)}
    if more and not {"zero", "scalar-multiple-of-identity"} & have:
        scope.symbols[known.name] = Symbol(known.name, known.type, tuple(sorted(have | more)), known.inferred)
        scope.assumed[known.name] = (
            f"{known.name} is taken to be {' and '.join(sorted(more))}, as what it is declared to be of"
        )


def _equations(random: list[tuple[Symbol, Distribution]]) -> list[Tree]:
    """What the parameters say of kinds: a mean is of the kind of its variable, a covariance a matrix."""
    found = []
    for symbol, law in random:
        for key, tree in trees_of(law).items():
            if key == "mean":
                found.append(Tree("relation", (tree, Tree("name", (), symbol.name)), ("==",)))
            elif key == "cov" and symbol.type.shape:
                found.append(Tree("relation", (tree, Tree("call", (), "eye")), ("==",)))
    return found


def refuse_names(names: Sequence[str], trees: Sequence[Tree], scope: Scope) -> None:
    """Raise `expected-call` for `E[x]` and `E x` beside random variables: E is no matrix there."""
    name = next((n for n in names if n in KINDS), None)
    if name is None or not random_names(scope):
        return
    place = next(node for tree in trees for node in tree.walk() if node.head == "name" and node.data == name)
    from derive.finding import Label

    message = (
        f"{name} is the expectation here, and takes its argument in round brackets"
        if name == "E"
        else f"{name} takes its argument in round brackets"
    )
    notes = (f"write {name}(…), in LaTeX \\mathbb{{E}}[…] or \\operatorname{{Var}}(…); or declare {name}",)
    scope.context.fail("expected-call", message, Label(place.span), notes=notes)


def without_random(e: Elaborator, tree: Tree) -> NoReturn:
    """Raise `no-distribution`: E, Var and Cov where nothing is declared random."""
    span = Span(tree.span.start, tree.span.start + len(str(tree.data)))
    message = f"{tree.data} is the {WORDS[str(tree.data)]} over random variables, and none is declared"
    notes: tuple[str, ...] = ("declare one: `x ~ N(m, S)`, or `x: vector(n) random(mean=m, cov=S)`, indep(…)",)
    if tree.data == "E":
        notes += ("a function that is named E is declared: `E: function`",)
    from derive.finding import Label

    e.context.fail("no-distribution", message, Label(span), notes=notes)
