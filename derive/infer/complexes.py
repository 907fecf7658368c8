"""Complex variables: what may be declared of them, the conjugate transpose, and which derivatives by them have a meaning.

One idea: over the complex numbers `'` stays the plain transpose, `ct` conjugates too; and `d(f)/dz` is there only where f is holomorphic
by its form, since `dz`, `dzc`, `dre` and `dim` are four different derivatives of any other f.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.infer.context import Context
from derive.infer.products import transpose
from derive.ops import REGISTRY
from derive.source import Span
from derive.term import Term
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator

WIRTINGER = frozenset(("dz", "dzc", "dre", "dim"))
FITTING = frozenset(
    "complex hermitian skewhermitian unitary pd psd invertible symmetric skew diagonal lower-triangular upper-triangular "
    "unit-norm nonzero zero small norm<1 distinct-eigenvalues rank-deficient full-rank inferred".split()
)
DEFINITE = frozenset(("pd", "psd"))
NOT_HOLOMORPHIC = frozenset(
    "conj real imag abs sign step floor mod eq maximum minimum max min logdet norm2 norm1 norminf normp opnorm1 opnorm2 "
    "opnorminf nucnorm pinv polar eig evecs rank sort var".split()
)


def complex_words(context: Context, name: str, order: int, properties: set[str]) -> set[str]:
    """The properties of a complex variable: a definite one is hermitian; raises for words that do not go with complex entries."""
    wrong = sorted(w for w in properties if w not in FITTING)
    if wrong:
        context.fail("unknown-property", f"{name} is declared complex, and {wrong[0]} is said of real entries")
    if properties & DEFINITE:
        properties = properties | {"hermitian"}
    if len(properties & {"hermitian", "skewhermitian", "unitary", "symmetric", "skew", "diagonal"}) > 1:
        words = " and ".join(sorted(properties - {"complex", "invertible"}))
        context.fail("unknown-property", f"{name} is declared {words}: of these, a complex variable may have one")
    return properties


def conjugate_transpose(e: Elaborator, tree: Tree) -> Term:
    """`ct(A)`: the transpose with every entry conjugated; of a column, a row."""
    from derive.infer.constants import count

    count(e, tree, 1, 1)
    return conjugate(transpose(e.term(tree.args[0]), tree.span), tree.span)


def conjugate(term: Term, span: Span) -> Term:
    """Every entry conjugated."""
    return Term("map", (term,), term.type, REGISTRY["conj"], "conj", span)


def is_complex(term: Term) -> bool:
    """Whether a term mentions anything complex, so that its values may be."""
    return any(
        (node.head == "symbol" and node.data.complex) or (node.head == "constant" and node.data in ("i", "dft"))
        for node in term.walk()
    )


def demand_meaning(e: Elaborator, kind: str, f: Term, x: Term, tree: Tree) -> None:
    """Raise `not-complex` for a Wirtinger derivative by a real variable, `which-derivative` for `d(f)/dz` of an f that is not holomorphic."""
    found = next((node for node in x.walk() if node.head == "symbol"), None)
    if found is None:
        e.fail("bad-denominator", "a derivative is by a variable; this is a size, an index or a constant", tree.args[1])
    variable = found.data
    if kind in WIRTINGER:
        if not variable.complex:
            message = f"{kind} differentiates by a complex variable, and {variable.name} is real"
            e.fail(
                "not-complex",
                f"{message}: declare it so: `{variable}{' ' if variable.type.shape else ': '}complex`",
                tree,
            )
        return
    if not variable.complex:
        return
    if holomorphic(f, variable.name):
        return
    message = (
        f"{variable.name} is complex, and this is not holomorphic in it: write dz(f)/d{variable.name} or dzc(f)/d{variable.name} "
        f"(Wirtinger, by {variable.name} or its conjugate), dre(f)/d{variable.name} or dim(f)/d{variable.name} (by its parts)"
    )
    e.fail("which-derivative", message, tree)


def holomorphic(f: Term, name: str) -> bool:
    """Whether no function of f that mentions the variable is made with conjugates, by the form of f."""
    for node in f.walk():
        if node.name in NOT_HOLOMORPHIC or node.head == "undefined":
            if any(inner.head == "symbol" and inner.data.name == name for inner in node.walk()):
                return False
    return True
