"""Operations that are declared by their entries: convolution, pooling, padding, and the like.

One idea: such a call is replaced by its body at once, typed with the letters of the signature as sizes and the arguments for
the parameters; so no pass after this knows the operation. Index names of a body carry the number of the opening
(`i'3`), which no text can write, so they never meet a name in an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.finding import Label
from derive.infer.constants import count
from derive.infer.context import Misfit
from derive.infer.products import transpose
from derive.infer.scope import Scope
from derive.ops import Operation
from derive.sizes import Size
from derive.source import Span
from derive.term import Term
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator

_bodies: dict[str, Tree] = {}


def opened(e: Elaborator, operation: Operation, tree: Tree) -> Term:
    """The Term of a call; raises `wrong-number-of-arguments`, `kind-mismatch`, `size-mismatch` or `not-a-size`."""
    fewest, most = operation.arity
    if not fewest <= len(tree.args) <= most:
        count(e, tree, fewest, most)
    given = len(operation.parameters) if operation.whole else len(tree.args)
    args = [transpose(a, a.span) if a.type.row else a for a in map(e.term, tree.args[:given])]
    lengths = _letters(e, operation, args, tree)
    for place, (name, default) in enumerate(operation.whole):
        if given + place < len(tree.args):
            lengths[name] = e.scope.size_of(tree.args[given + place])
        else:
            lengths[name] = lengths[default] if default in lengths else Size.of(int(default))
        _whole(e, tree, name, lengths[name])
    if operation.unless and not lengths[operation.unless].terms:
        return args[0]
    key = (operation.name, tuple(args), tuple(lengths.items()))
    found = e.context.opened.get(key)
    if found is None:
        found = e.context.opened[key] = _opened(e, operation, args, lengths, tree)
    return found


def _letters(e: Elaborator, operation: Operation, args: list[Term], tree: Tree) -> dict[str, Size]:
    """The sizes of the signature's letters. Raises when no signature fits the orders, or equal letters differ."""
    orders = [len(a.type.shape) for a in args]
    for signature in operation.signatures:
        if [len(i) for i in signature.inputs] == orders:
            break
    else:
        from derive.infer.calls import wrong_orders

        wrong_orders(e, operation, args, tree.span)
    lengths: dict[str, Size] = {}
    for arg, letters in zip(args, signature.inputs, strict=True):
        for letter, size in zip(letters, arg.type.shape, strict=True):
            if not e.context.equal(lengths.setdefault(letter, size), size):
                shown = ", ".join(e.context.show(a.type) for a in args)
                message = f"the sizes of the arguments of {operation.name} do not fit: {shown}"
                e.context.fail("size-mismatch", message, *[e.context.label(a) for a in args])
    return lengths


LEAST = {"p": 0}  # a padding may be nothing


def _whole(e: Elaborator, tree: Tree, name: str, size: Size) -> None:
    value = size.number
    if value is not None and value < LEAST.get(name, 1):
        e.fail("bad-argument", f"{tree.data} takes {name} ≥ {LEAST.get(name, 1)}, not {value}", tree)


def _opened(e: Elaborator, operation: Operation, args: list[Term], lengths: dict[str, Size], tree: Tree) -> Term:
    from derive.infer.elaborate import Elaborator

    orders = [len(a.type.shape) for a in args]
    form = next(k for k, s in enumerate(operation.signatures) if [len(i) for i in s.inputs] == orders)
    e.context.openings += 1
    number = e.context.openings
    inner = Elaborator(Scope(e.context))
    inner.scope.lengths = {letter: e.context.solver.resolve(size) for letter, size in lengths.items()}
    inner.specials = dict(zip(operation.parameters, args, strict=False))  # the last may be left out
    try:
        return inner.term(_renamed(_body(operation.bodies[form]), number, tree.span, frozenset()))
    except Misfit as misfit:
        label = Label(tree.span, ", ".join(e.context.show(a.type) for a in args))
        finding = misfit.finding._replace(labels=(label,), message=f"{operation.name}: {misfit.finding.message}")
        raise Misfit(finding) from None


def _body(text: str) -> Tree:
    found = _bodies.get(text)
    if found is None:
        from derive.syntax import parse

        found = _bodies[text] = parse(text, "library")
    return found


def _renamed(tree: Tree, number: int, span: Span, bound: frozenset[str]) -> Tree:
    """The body with index names of its own, standing where the call stands."""
    data = tree.data
    if tree.head in ("sum", "prod"):
        bound = bound | {str(data)}
        data = f"{data}'{number}"
    elif tree.head == "array":
        assert isinstance(data, tuple)
        bound = bound | set(data)
        data = tuple([f"{x}'{number}" for x in data])
    elif tree.head == "name" and data in bound:
        data = f"{data}'{number}"
    return Tree(tree.head, tuple([_renamed(a, number, span, bound) for a in tree.args]), data, span)
