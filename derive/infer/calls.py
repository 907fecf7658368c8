"""Calls: operations of the library, constants of a size, undefined functions; and names that stand alone.

One idea: an operation is typed by its declared signature. It takes trailing axes, leading axes are a batch; several
signatures are overloads, told apart by the orders of the arguments, and take all axes. A row is taken where a vector is, and what has
the shape of it is a row again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.infer.complexes import conjugate_transpose
from derive.infer.constants import CALLS, NAMES, count, is_single_entry, single_entry
from derive.infer.context import einsum, squeeze
from derive.infer.differentials import derivative_call
from derive.infer.expectations import KINDS as EXPECTATIONS
from derive.infer.expectations import is_expectation, without_random
from derive.infer.inner import inner
from derive.infer.norms import OPERATOR_NORMS, UNDECIDED, norm_of
from derive.infer.powers import power
from derive.infer.predicates import PREDICATES, predicate
from derive.infer.products import alike, number, transpose
from derive.infer.sized import sized, with_lengths
from derive.infer.unknown import refuse_missing, unknown_function, unknown_name
from derive.ops import REGISTRY, Operation, Signature
from derive.sizes import Size
from derive.source import Span
from derive.term import SCALAR, Function, Pattern, Term, Type
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator

ELEMENTWISE = frozenset("f g h phi psi rho sigma".split())
FUNCTIONALS = frozenset("J L F C E ell loss".split())
OF_TWO = {"max": "maximum", "min": "minimum"}
DERIVATIVES = ("grad", "jac", "hess")
PARTICULAR = frozenset(("J", "ct", "inner", *DERIVATIVES, *CALLS, *UNDECIDED, *OPERATOR_NORMS))
OF_A_SCALAR = frozenset("sum mean max min prod tr det".split())  # each is the scalar itself


def constant(e: Elaborator, tree: Tree) -> Term:
    """A bare name that is no variable: `I`, `eye`, `ones`, `pi`."""
    name: str = tree.data  # type: ignore[assignment]
    made = NAMES.get(name)
    if made is not None:
        return made(e, tree)
    return unknown_name(e, tree)


def call(e: Elaborator, tree: Tree) -> Term:
    """The Term of a call; raises `unknown-function`, `wrong-number-of-arguments`, `not-yet` or a misfit of types."""
    name: str = tree.data  # type: ignore[assignment]
    elementwise = e.scope.functions.get(name)
    if elementwise is not None:
        return undefined(e, tree, name, elementwise, 0)
    if name in PARTICULAR:
        found = _particular(e, tree, name)
        if found is not None:
            return found
    if name in OF_TWO and len(tree.args) == 2:
        name = OF_TWO[name]
    operation = REGISTRY.get(name)
    if operation is not None:
        return apply(e, operation, tree)
    return _unregistered(e, tree, name)


def _particular(e: Elaborator, tree: Tree, name: str) -> Term | None:
    """A call with a rule of its own; None where it is one like others after all."""
    if name in CALLS:
        return CALLS[name](e, tree)
    if name == "J":
        return single_entry(e, tree) if is_single_entry(tree) else None
    if name == "ct":
        return conjugate_transpose(e, tree)
    if name in DERIVATIVES:
        return derivative_call(e, tree)
    if name == "inner":
        return None if name in e.scope.symbols else inner(e, tree)
    return norm_of(e, tree)


def _unregistered(e: Elaborator, tree: Tree, name: str) -> Term:
    if name in e.scope.symbols:
        return unknown_function(e, tree)
    if name in EXPECTATIONS and is_expectation(e.scope, name):
        from derive.infer.means import expectation

        return expectation(e, tree)
    if name == "E" and name not in e.scope.functions:
        without_random(e, tree)
    if name in ELEMENTWISE or (name in FUNCTIONALS and len(tree.args) == 1):
        return undefined(e, tree, name, name in ELEMENTWISE, 0)
    if name in PREDICATES:
        return predicate(e, tree)
    if name in EXPECTATIONS:
        without_random(e, tree)
    refuse_missing(e, tree)
    return unknown_function(e, tree)


def prime(e: Elaborator, tree: Tree) -> Term:
    """`f'(x)`, `L'(o)`: derivatives of undefined functions."""
    name: str
    order: int
    name, order = tree.data  # type: ignore[misc]
    elementwise = e.scope.functions.get(name)
    if elementwise is None:
        if name in FUNCTIONALS and name not in e.scope.symbols:
            elementwise = False
        elif name in ELEMENTWISE and name not in e.scope.symbols:
            elementwise = True
        else:
            return unknown_function(e, tree)
    return undefined(e, tree, name, elementwise, order)


def undefined(e: Elaborator, tree: Tree, name: str, elementwise: bool, order: int) -> Term:
    """An elementwise function keeps the shape; a scalar function of x has derivatives of the shape of x, twice, …"""
    if len(tree.args) != 1:
        e.fail(
            "wrong-number-of-arguments", f"{name} is an undefined function of 1 argument, not {len(tree.args)}", tree
        )
    argument = e.term(tree.args[0])
    if elementwise:
        type = argument.type
    else:
        type = Type(argument.type.shape * order, argument.type.row and order == 1)
    if name not in e.scope.functions:
        what = "applied entry by entry" if elementwise else "with scalar values"
        note = f"{name} is an undefined function, {what}"
        if note not in e.notes:
            e.notes.append(note)
    return Term("undefined", (argument,), type, Function(name, elementwise, order), name, tree.span)


def apply(e: Elaborator, operation: Operation, tree: Tree) -> Term:
    """An operation of the library applied to argument trees, defaults filled in."""
    if operation.meaning == "entries":
        from derive.infer.opening import opened

        return opened(e, operation, tree)
    fewest, most = operation.arity
    if not fewest <= len(tree.args) <= most:
        count(e, tree, fewest, most)
    if operation.whole:
        return sized(e, operation, tree)
    args = list(map(e.term, tree.args))
    if operation.defaults and len(args) < most:
        args += [_default(text) for text in operation.defaults[len(args) - most :]]
    return typed(e, operation, args, tree.span)


def _default(text: str) -> Term:
    from fractions import Fraction

    return number(Fraction(text), Span(0, 0))


def typed(e: Elaborator, operation: Operation, args: list[Term], span: Span) -> Term:
    """An operation applied to Terms."""
    if operation.meaning == "elementwise":
        return _mapped(e, operation, args, span)
    if operation.name == "kron" and any(a.type.row for a in args) and all(len(a.type.shape) in (1, 2) for a in args):
        return _kron(args, span)
    if len(args) == 1 and not args[0].type.shape:
        scalar = _of_scalar(e, operation, args[0], span)
        if scalar is not None:
            _note_scalar(e, operation, args[0])
            return scalar
    if len(args) == 1 and args[0].type.row:
        return _of_row(e, operation, args[0], span)
    args = [transpose(a, a.span) if a.type.row else a for a in args]
    if operation.name == "sum" and len(args[0].type.shape) > 2:
        letters = "abcdefgh"[: len(args[0].type.shape)]
        return einsum(
            "sum", tuple(args), (letters,), "", tuple(zip(letters, args[0].type.shape, strict=True)), SCALAR, span
        )
    signature, batch = _signature(e, operation, args, span)
    return _signed(e, operation, args, signature, batch, span)


def _note_scalar(e: Elaborator, operation: Operation, arg: Term) -> None:
    """Say so when a sum or mean is of a scalar because nothing says that its undeclared variables are vectors."""
    guessed = sorted({t.data.name for t in arg.walk() if t.head == "symbol" and t.data.inferred and not t.type.shape})
    if operation.name in ("sum", "mean", "var", "norm2", "norm1", "tr", "det") and guessed:
        names = ", ".join(guessed)
        note = (
            f"{operation.name} of a scalar: {names} undeclared and read as scalars; declare vectors, or write .* and .^"
        )
        if note not in e.notes:
            e.notes.append(note)


def _mapped(e: Elaborator, operation: Operation, args: list[Term], span: Span) -> Term:
    """Entry by entry: every argument is a scalar or has the shape of the result."""
    if len(args) == 1:
        return Term("map", (args[0],), args[0].type, operation, operation.name, span)
    lead = max(args, key=lambda a: len(a.type.shape))
    fitted = tuple([a if a is lead or not a.type.shape else alike(e.context, lead, a, operation.name)[1] for a in args])
    return Term("map", fitted, lead.type, operation, operation.name, span)


def _of_scalar(e: Elaborator, operation: Operation, x: Term, span: Span) -> Term | None:
    """Operations of vectors and matrices that a scalar may stand in for."""
    if operation.name in OF_A_SCALAR:
        return x
    if operation.name == "inv":
        return power(e.context, x, -1, span)
    if operation.name in ("norm2", "norm1", "norminf"):
        return Term("map", (x,), SCALAR, REGISTRY["abs"], "abs", span)
    return None


def _kron(args: list[Term], span: Span) -> Term:
    """Kronecker product with a row, which lies as 1×n: `kron(h', A)` is `h,ij->i(hj)`."""
    below, across = "", ""
    inputs: list[str] = []
    sizes: dict[str, Size] = {}
    for term, letters in zip(args, ("ij", "kl"), strict=True):
        used = letters[:1] if len(term.type.shape) == 1 else letters
        sizes.update(zip(used, term.type.shape, strict=True))
        inputs.append(used)
        below += "" if term.type.row else used[0]
        across += used if term.type.row else used[1:]
    groups = [group for group in (below, across) if group]
    shape = tuple([_product([sizes[c] for c in group]) for group in groups])
    pattern = Pattern(tuple(inputs), tuple([tuple(group) for group in groups]), tuple(sorted(sizes.items())))
    return Term("einsum", tuple(args), Type(shape, not below), pattern, "kron", span)


def _of_row(e: Elaborator, operation: Operation, row: Term, span: Span) -> Term:
    made = typed(e, operation, [transpose(row, row.span)], span)
    return transpose(made, span) if made.type.shape == row.type.shape and operation.name != "vec" else made


def _signature(e: Elaborator, operation: Operation, args: list[Term], span: Span) -> tuple[Signature, int]:
    """The overload that the orders of the arguments choose, and the number of batch axes."""
    orders = [len(a.type.shape) for a in args]
    for signature in operation.signatures:
        if orders == [len(i) for i in signature.inputs]:
            return signature, 0
    if len(operation.signatures) == 1:
        signature = operation.signatures[0]
        fitted = _squeezed(e, args, signature)
        if fitted is not None:
            args[:] = fitted
            return signature, 0
        extra = {o - len(i) for o, i in zip(orders, signature.inputs, strict=True) if i}
        if (
            len(extra) == 1
            and min(extra) > 0
            and all(o == 0 for o, i in zip(orders, signature.inputs, strict=True) if not i)
        ):
            return signature, extra.pop()
    wrong_orders(e, operation, args, span)
    raise AssertionError


def _squeezed(e: Elaborator, args: list[Term], signature: Signature) -> list[Term] | None:
    """The arguments with 1×1 matrices as the scalars that a signature asks for."""
    made = []
    for arg, letters in zip(args, signature.inputs, strict=True):
        fitted = squeeze(e.context, arg) if not letters else arg
        if fitted is None or len(fitted.type.shape) != len(letters):
            return None
        made.append(fitted)
    return made


def wrong_orders(e: Elaborator, operation: Operation, args: list[Term], span: Span) -> None:
    kinds = ("a scalar", "a vector", "a matrix", "a tensor of order 3", "a tensor of order 4")
    wanted = sorted({tuple([kinds[len(i)] for i in s.inputs]) for s in operation.signatures})
    takes = " or ".join(", ".join(w) for w in wanted)
    given = ", ".join(e.context.show(a.type) for a in args)
    labels = [e.context.label(a) for a in args]
    e.context.fail("kind-mismatch", f"{operation.name} takes {takes}; here it is given {given}", *labels)


def _signed(
    e: Elaborator, operation: Operation, args: list[Term], signature: Signature, batch: int, span: Span
) -> Term:
    """The Term by a signature: the sizes of equal letters are unified, leading axes are kept."""
    sizes: dict[str, Size] = {}
    lead = max(args, key=lambda a: len(a.type.shape)).type.shape[:batch] if batch else ()
    for arg, letters in zip(args, signature.inputs, strict=True):
        shape = arg.type.shape[batch:] if letters else ()
        for letter, size in zip(letters, shape, strict=True):
            known = sizes.get(letter)
            if known is None:
                known = sizes[letter] = Size.of(int(letter)) if letter.isdigit() else size
            if known is not size and not e.context.equal(known, size):
                _unequal_axes(e, operation, args, span)
        if batch and letters and not all(map(e.context.equal, lead, arg.type.shape)):
            _unequal_axes(e, operation, args, span)
    if operation.lengths:
        with_lengths(e, operation, sizes)
    shape = tuple([sizes[g[0]] if len(g) == 1 else _product([sizes[c] for c in g]) for g in signature.output])
    type = Type(lead + shape)
    if operation.meaning != "einsum":
        return Term(operation.meaning, tuple(args), type, operation, operation.name, span)
    return Term("einsum", tuple(args), type, _pattern(signature, sizes, lead), operation.name, span)


def _pattern(signature: Signature, sizes: dict[str, Size], lead: tuple[Size, ...]) -> Pattern:
    if lead:
        free = [c for c in "abcdefgh" if c not in sizes][: len(lead)]
        sizes = {**sizes, **dict(zip(free, lead, strict=True))}
        inputs = tuple(["".join(free) + letters if letters else "" for letters in signature.inputs])
        return Pattern(inputs, (*[(c,) for c in free], *signature.output), tuple(sorted(sizes.items())))
    return Pattern(signature.inputs, signature.output, tuple(sorted(sizes.items())))


def _product(sizes: list[Size]) -> Size:
    total = sizes[0]
    for size in sizes[1:]:
        total = total * size
    return total


def _unequal_axes(e: Elaborator, operation: Operation, args: list[Term], span: Span) -> None:
    labels = [e.context.label(a) for a in args]
    if len(args) == 1:
        what, shown = e.context.words(args[0]), e.context.show(args[0].type)
        if operation.name == "det" and e.context.text(span).startswith(("|", "\\left|", "\\lvert", "\\vert")):
            message = f"these bars stand around a {shown}, which has no determinant"
            helps = ("the entries' absolute values: `abs(…)`", "a determinant is of a square matrix")
            e.context.fail("ambiguous", message, *labels, notes=helps)
        message = f"{operation.name}({what}): {what} is {shown}, and {operation.name} takes a square matrix"
        e.context.fail("not-square", message, *labels)
    shown = ", ".join(e.context.show(a.type) for a in args)
    fixed = [c for signature in operation.signatures for c in signature.letters if c.isdigit()]
    if fixed:
        message = f"{operation.name} takes vectors of size {fixed[0]}; here it is given {shown}"
        e.context.fail("size-mismatch", message, *labels)
    e.context.fail("size-mismatch", f"the sizes of the arguments of {operation.name} do not fit: {shown}", *labels)
