"""`d(f)/dx`, `d(F)`, `grad(f, x)`, `jac(f, x)`, `hess(f, x)`: what they are derivatives of, and their shapes.

One idea: the axes of f come first, then those of x (numerator layout), so a gradient has the shape of x. Nothing is
differentiated here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.infer.context import squeeze
from derive.term import SCALAR, Symbol, Term, Type
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator


def derivative(e: Elaborator, tree: Tree) -> Term:
    """`d(f)/dx`: data is (kind, target)."""
    return _derivative(e, tree, str(tree.data))


def _derivative(e: Elaborator, tree: Tree, kind: str) -> Term:
    f_tree, x_tree = tree.args
    base = _variable(x_tree)
    if base is None:
        e.fail("bad-denominator", "a derivative is by a variable, an entry of one, its transpose or its vec", x_tree)
    name: str = base.data  # type: ignore[assignment]
    if name in e.scope.definitions and name not in e.scope.bound and name not in e.specials:
        return _by_definition(e, tree, kind, name)
    f, x = e.term(f_tree), e.term(x_tree)
    if kind == "hess":
        f = squeeze(e.context, f) or f
        if f.type.shape:
            e.fail("kind-mismatch", f"hess takes a scalar function, not a {e.context.show(f.type)}", f_tree)
        return Term("derivative", (f,), _joined(SCALAR, _twice(x.type)), (kind, x), "", tree.span)
    if kind == "grad" and f.type.shape:
        f = squeeze(e.context, f) or f
    return Term("derivative", (f,), _joined(f.type, x.type), (kind, x), "", tree.span)


def _variable(tree: Tree) -> Tree | None:
    """The name below a transpose, a subscript or a vec."""
    while tree.head in ("transpose", "index") or (tree.head == "call" and tree.data in ("vec", "vech", "diag")):
        tree = tree.args[0]
    return tree if tree.head == "name" else None


def _twice(type: Type) -> Type:
    return Type(type.shape + type.shape)


def _joined(f: Type, x: Type) -> Type:
    """The type of a derivative: the axes of f, then those of x; a scalar by a row is a row."""
    if not x.shape:
        return f
    if not f.shape:
        return x
    return Type(f.shape + x.shape)


def _by_definition(e: Elaborator, tree: Tree, kind: str, name: str) -> Term:
    """A derivative by a local definition: inside f it is a variable, whose value is put in afterwards."""
    value = e.term(Tree("name", (), name, tree.args[1].span))
    symbol = Symbol(name, value.type, (), True)
    done, e.defined = e.defined, {}
    e.specials[name] = Term("symbol", (), value.type, symbol, "", tree.args[1].span)
    made = _derivative(e, tree, kind)
    del e.specials[name]
    e.defined = done
    return Term("derivative", (*made.args, value), made.type, made.data, "", tree.span)


def differential(e: Elaborator, tree: Tree) -> Term:
    """`d(F)`: the differential of F along `dX` for every variable `X` that has one."""
    f = e.term(tree.args[0])
    return Term("differential", (f,), f.type, None, "", tree.span)


def derivative_call(e: Elaborator, tree: Tree) -> Term:
    """`grad(f, x)`, `jac(f, x)` and `hess(f, x)`."""
    if len(tree.args) != 2:
        e.fail("wrong-number-of-arguments", f"{tree.data} takes 2 arguments, f and x, not {len(tree.args)}", tree)
    return _derivative(e, tree, str(tree.data))
