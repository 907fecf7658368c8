"""`d(f)/dx`, `d(F)`, `grad(f, x)`, `jac(f, x)`, `hess(f, x)`: what they are derivatives of, and their shapes.

One idea: the axes of f come first, then those of x (numerator layout), so a gradient has the shape of x. A tensor with axes of size 1
differentiates as what it holds. What moves in `d(F)` is said by the declarations: X moves along dX where both are declared, everything
else is held fixed. Nothing is differentiated here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from derive.infer.complexes import demand_meaning, is_complex
from derive.infer.context import Context, as_vector, axes, einsum, squeeze
from derive.term import Symbol, Term, Type
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator
    from derive.infer.scope import Scope


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
    demand_meaning(e, kind, f, x, tree)
    if kind in ("hess", "grad"):
        f = squeeze(e.context, f) or f
        if f.type.shape:
            e.fail("kind-mismatch", f"{kind} takes a scalar function, not a {e.context.show(f.type)}", f_tree)
    if kind == "hess":
        return Term("derivative", (f,), Type(x.type.shape * 2), (kind, x), "", tree.span)
    if x.type.shape:
        f = squeeze(e.context, f) or as_vector(e.context, f) or f
    made = Term("derivative", (f,), _joined(f.type, x.type), (kind, x), "", tree.span)
    return _without_ones(e.context, made, f.type.order) if f.type.shape else made


def _without_ones(context: Context, made: Term, start: int) -> Term:
    """The Jacobian by an n×1 matrix as that by the vector which it holds: axes of size 1 from `start` on are dropped."""
    shape = made.type.shape
    kept = [k for k, s in enumerate(shape) if k < start or not context.is_one(s)]
    if len(kept) == len(shape):
        return made
    letters, sizes = axes(made.type)
    output = "".join(letters[k] for k in kept)
    return einsum("squeeze", (made,), (letters,), output, sizes, Type(tuple([shape[k] for k in kept])), made.span)


def _variable(tree: Tree) -> Tree | None:
    """The name below a transpose, a subscript or a vec."""
    while tree.head in ("transpose", "index") or (tree.head == "call" and tree.data in ("vec", "vech", "diag")):
        tree = tree.args[0]
    return tree if tree.head == "name" else None


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
    symbol = Symbol(name, value.type, ("complex",) if is_complex(value) else (), True)
    done, e.defined = e.defined, {}
    e.specials[name] = Term("symbol", (), value.type, symbol, "", tree.args[1].span)
    made = _derivative(e, tree, kind)
    del e.specials[name]
    e.defined = done
    return Term("derivative", (*made.args, value), made.type, made.data, "", tree.span)


def differential(e: Elaborator, tree: Tree) -> Term:
    """`d(F)`: the differential of F along `dX` for every variable `X` that has one; data is the pairs (X, dX).

    Raises `no-direction` when the statement has no direction at all, `size-mismatch` when dX has not the shape of X.
    """
    f = e.term(tree.args[0])
    scope = e.scope
    variables = _variables(f)
    pairs = tuple([(x, d) for x in variables if (d := _direction(e, x, tree)) is not None])
    if variables and not pairs and not _some_direction(scope):
        names = ", ".join(x.name for x in variables)
        message = f"d(…) is the differential along declared directions, and none is declared for {names}"
        e.fail(
            "no-direction",
            message,
            tree,
            f"declare d{variables[0].name} like {variables[0].name}, or write /d{variables[0].name}",
        )
    moving = {x for x, _ in pairs}
    held = [x.name for x in variables if x not in moving and x.name[1:] not in {m.name for m in moving}]
    if held:
        text = e.context.text(tree.span) or "the differential"
        e.notes.append(f"held fixed in {text}: {', '.join(held)}, without a declared differential")
    return Term("differential", (f,), f.type, pairs, "", tree.span)


def _variables(f: Term) -> list[Symbol]:
    """The variables of a term, in order of appearance; an inner differential brings its directions."""
    found: dict[Symbol, None] = {}
    for term in f.walk():
        if term.head == "symbol" and "integer" not in term.data.properties:
            found[term.data] = None
        elif term.head == "differential":
            found.update(dict.fromkeys([d for _, d in term.data]))
    return list(found)


def _some_direction(scope: Scope) -> bool:
    """Whether the statement has variables X and dX."""
    known = {*scope.symbols, *scope.kinds}
    return any(name[0] == "d" and name[1:] in known for name in known)


def _direction(e: Elaborator, x: Symbol, tree: Tree) -> Symbol | None:
    """The variable dX, when there is one. Raises when it cannot be a differential of X."""
    name = "d" + x.name
    if name not in e.scope.symbols and name not in e.scope.kinds:
        return None
    found = e.scope.name(Tree("name", (), name, tree.span))
    if found is None or found.head != "symbol":
        return None
    shapes = found.type.shape, x.type.shape
    if len(shapes[0]) != len(shapes[1]) or not all(map(e.context.equal, *shapes)):
        d, own = e.context.show(found.type), e.context.show(x.type)
        e.fail(
            "size-mismatch", f"{name} is a {d} and {x.name} a {own}: a differential has the shape of its variable", tree
        )
    direction: Symbol = found.data
    return direction


def _say_by_what(e: Elaborator, tree: Tree) -> NoReturn:
    """Raise `wrong-number-of-arguments`: a derivative of what has several variables, without the one that is meant."""
    if len(tree.args) == 1:
        names = sorted({str(n.data) for n in tree.args[0].walk() if n.head == "name"})
        which = " or ".join(f"{tree.data}(…, {n})" for n in names[:4])
        if names:
            e.fail("wrong-number-of-arguments", f"by which variable? {which}; in LaTeX \\nabla_{{{names[0]}}}", tree)
    e.fail("wrong-number-of-arguments", f"{tree.data} takes 2 arguments, f and x, not {len(tree.args)}", tree)


def _only_variable(f: Tree) -> Tree | None:
    """The name that a function is of, `f(x)`, or the only one in an expression."""
    if f.head == "call" and len(f.args) == 1 and f.args[0].head == "name":
        return f.args[0]
    names = {node.data: node for node in f.walk() if node.head == "name"}
    return next(iter(names.values())) if len(names) == 1 else None


def derivative_call(e: Elaborator, tree: Tree) -> Term:
    """`grad(f, x)`, `jac(f, x)` and `hess(f, x)`; `\\nabla f(x)` and the gradient of what has one variable are by that."""
    only = _only_variable(tree.args[0]) if len(tree.args) == 1 else None
    if only is not None:
        return _derivative(e, Tree(tree.head, (tree.args[0], only), tree.data, tree.span), str(tree.data))
    if len(tree.args) != 2:
        _say_by_what(e, tree)
    return _derivative(e, tree, str(tree.data))
