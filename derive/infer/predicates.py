"""Predicates and other statements in words, spelled out as the relations that they mean.

One idea: `issym(A)` says `A == A'`, so only what is no equation (definiteness) stays a predicate; the rest of the
program knows relations alone. What `convex(f, w)` means needs the kind of w, so it is spelled out when that is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.finding import Label
from derive.term import SCALAR, Symbol, Term
from derive.tree import Tree, call

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator

EQUATIONS = ("issym", "isskew", "isorth", "isidem", "ishermitian", "isreal")
BOUNDS = {"isnonneg": ">=", "ispos": ">"}
DEFINITE = ("ispd", "ispsd")
SHAPED = ("convex", "concave", "minimiser", "minimizer", "stationary")
PREDICATES = frozenset((*EQUATIONS, *BOUNDS, *DEFINITE, *SHAPED))


def spelled_out(tree: Tree) -> Tree:
    """The statement with its predicates written as relations; an expression is left as it is."""
    if tree.head == "where":
        return Tree("where", (spelled_out(tree.args[0]), *tree.args[1:]), tree.data, tree.span)
    if tree.head in ("both", "implies") or (tree.head == "relation" and set(tree.data) & {"implies", "iff"}):  # type: ignore[call-overload]
        return Tree(tree.head, tuple([spelled_out(part) for part in tree.args]), tree.data, tree.span)
    if (
        tree.head == "call"
        and tree.data in PREDICATES
        and tree.data not in (*DEFINITE, *SHAPED)
        and len(tree.args) == 1
    ):
        return _relations(str(tree.data), tree.args[0], tree)
    return tree


def _relations(word: str, a: Tree, tree: Tree) -> Tree:
    span = tree.span
    if word in BOUNDS:
        return Tree("relation", (a, Tree("number", (), 0, span)), (BOUNDS[word],), span)
    if word == "isreal":
        return Tree("relation", (call("imag", a, span=span), Tree("number", (), 0, span)), ("==",), span)
    flipped = Tree("transpose", (a,), None, span)
    if word == "isorth":
        identity = Tree("name", (), "I", span)
        products = (Tree("mul", (flipped, a), None, span), Tree("mul", (a, flipped), None, span))
        return Tree("both", tuple([Tree("relation", (p, identity), ("==",), span) for p in products]), None, span)
    other = {
        "issym": flipped,
        "isskew": Tree("neg", (flipped,), None, span),
        "isidem": Tree("mul", (a, a), None, span),
        "ishermitian": call("ct", a, span=span),
    }[word]
    return Tree("relation", (a, other), ("==",), span)


def predicate(e: Elaborator, tree: Tree) -> Term:
    """`ispd(A)`, `ispsd(A)`: A is symmetric and positive (semi)definite; `convex(f, w)`: the Hessian of f by w is psd everywhere.

    Raises `not-square`, `kind-mismatch` or `wrong-number-of-arguments`.
    """
    word = str(tree.data)
    if word in DEFINITE:
        _demand(e, tree, 1)
        return _definite(e, e.term(tree.args[0]), word, tree)
    if word in ("convex", "concave"):
        _demand(e, tree, 2)
        f, w = tree.args
        return _curved(e, Tree("neg", (f,), None, f.span) if word == "concave" else f, w, tree)
    return _stationary(e, tree, word)


def _demand(e: Elaborator, tree: Tree, wanted: int) -> None:
    if len(tree.args) != wanted:
        words = {1: "1 argument", 2: "2 arguments, f and the variable", 3: "3 arguments: the point, f and the variable"}
        e.fail("wrong-number-of-arguments", f"{tree.data} takes {words[wanted]}, not {len(tree.args)}", tree)


def _definite(e: Elaborator, a: Term, word: str, tree: Tree) -> Term:
    shape = a.type.shape
    if len(shape) != 2 or not e.context.equal(shape[0], shape[1]):
        message = f"{word} is said of a square matrix, and this is a {e.context.show(a.type)}"
        e.context.fail("not-square", message, Label(a.span, e.context.show(a.type)))
    return Term("predicate", (a,), SCALAR, word, word, tree.span)


def _curved(e: Elaborator, f: Tree, w: Tree, tree: Tree, point: Tree | None = None) -> Term:
    """`predicate (curvature, chord, f, w)`: the Hessian is psd, and f lies below its chords; with a point, that f is smallest there comes last.

    The chords are what convexity means; the Hessian says it of a function without kinks and jumps on a convex domain (Boyd & Vandenberghe 2004,
    3.1.1, 3.1.4).
    """
    if w.head != "name":
        e.fail("expected-name", f"{tree.data} takes the name of the variable", w)
    parts = [_curvature(e, f, w, tree), _chord(e, f, w, tree), e.term(f), e.term(w)]
    if point is not None:
        there = Tree("where", (f, point), (w.data,), tree.span)
        parts.append(e.term(Tree("relation", (there, f), ("<=",), tree.span)))
    return Term("predicate", tuple(parts), SCALAR, "convex", "convex", tree.span)


def _chord(e: Elaborator, f: Tree, w: Tree, tree: Tree) -> Term:
    """f((u + v)/2) <= (f(u) + f(v))/2 for two new variables like w."""
    variable = e.term(w).data
    two = Tree("number", (), 2, tree.span)
    ends = []
    for number in (1, 2):
        name = f"{w.data}_{number}"
        while name in e.scope.symbols or name in e.scope.functions:
            name += "_"
        e.scope.symbols[name] = Symbol(name, variable.type, variable.properties, True)
        ends.append(Tree("name", (), name, tree.span))

    def at(point: Tree) -> Tree:
        return Tree("where", (f, point), (w.data,), tree.span)

    middle = at(Tree("div", (Tree("add", tuple(ends), None, tree.span), two), None, tree.span))
    mean = Tree("div", (Tree("add", tuple([at(end) for end in ends]), None, tree.span), two), None, tree.span)
    return e.term(Tree("relation", (middle, mean), ("<=",), tree.span))


def _curvature(e: Elaborator, f: Tree, w: Tree, tree: Tree) -> Term:
    """The Hessian, or for a scalar the second derivative, is nonnegative."""
    order = len(e.term(w).type.shape)
    if order == 0:
        slope = Tree("derivative", (f, w), "d", tree.span)
        second = Tree("derivative", (slope, w), "d", tree.span)
        return e.term(Tree("relation", (second, Tree("number", (), 0, tree.span)), (">=",), tree.span))
    by = w if order == 1 else call("vec", w, span=w.span)
    curvature = call("hess", f, by, span=tree.span)
    if order == 2 and set(e.term(w).data.properties) & {"symmetric", "psd", "pd"}:  # along symmetric directions
        n = call("Dn", Tree("name", (), str(e.term(w).type.shape[0]), w.span), span=w.span)
        curvature = Tree("mul", (Tree("mul", (Tree("transpose", (n,)), curvature)), n), None, tree.span)
    return _definite(e, e.term(curvature), "ispsd", tree)


def _stationary(e: Elaborator, tree: Tree, word: str) -> Term:
    """`minimiser(w0, f, w)`: the gradient of f by w vanishes at w0, and f is convex in w; `stationary`: the first of these.

    Raises `not-yet` for a variable with a property: the gradient need not vanish at a border, and the point has to have the property.
    """
    _demand(e, tree, 3)
    point, f, w = tree.args
    declared = set(e.term(w).data.properties) - {"real"} if word != "stationary" and w.head == "name" else set()
    if declared:
        e.fail(
            "not-yet",
            f"whether {w.data} is smallest among what is {' and '.join(sorted(declared))} is not judged yet",
            w,
        )
    slope = Tree("derivative", (f, w), "d", tree.span)
    zero = Tree("relation", (slope, Tree("number", (), 0, tree.span)), ("==",), tree.span)
    flat = e.term(Tree("where", (zero, point), (w.data,), tree.span))
    if word == "stationary":
        return flat
    return Term("both", (flat, _curved(e, f, w, tree, point)), SCALAR, None, "", tree.span)
