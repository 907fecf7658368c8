r"""Functions of a square matrix in LaTeX that could be matrix functions: `\operatorname{tr}(\sin X)`, `\log(I + A)`, `f(U B U^{-1})`.

One idea: plain notation applies `sin` to every entry and has `sinm` beside it; notes write `\sin` for both. What tells a matrix function is a
trace or determinant right around it, or an identity, an inverse, a power of the matrix inside it or beside it; then both readings are
said, unless signs such as `\odot` show that the text works entry by entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.finding import Label
from derive.infer.context import Context
from derive.term import Function, Symbol, Term

OF_MATRICES = {
    "exp": "expm",
    "log": "logm",
    "sin": "sinm",
    "cos": "cosm",
    "sqrt": "sqrtm",
    "sinh": "",
    "cosh": "",
    "tan": "",
}
_AROUND = frozenset(("tr", "det", "logdet"))
_INSIDE = frozenset(("eye", "inv", "matpow", "pinv", "conj"))
_FUNCTIONS = frozenset(("expm", "logm", "sqrtm", "sinm", "cosm"))
_ENTRYWISE = (r"\odot", r"\oslash", r"\circ", "⊙", r"\mathbf{1}", r"\operatorname{sum}", r"\operatorname{diag}")


def refuse_matrix_functions(terms: Sequence[Term], context: Context) -> None:
    """Raise `ambiguous` at the first function of a square matrix that a reader of LaTeX takes for a matrix function."""
    text = context.source.text if context.source is not None else ""
    if "\\" not in text:
        return
    nodes = [node for term in terms for node in term.walk()]
    if not any(_is_candidate(node, context) for node in nodes):
        return
    powers = {symbol for node in nodes if _is_power(node) for symbol in _matrices(node)}
    around = {id(arg) for node in nodes if node.name in _AROUND for arg in node.args}
    beside = _commuting(nodes, context)
    by_entries = any(sign in text for sign in _ENTRYWISE)
    paired = _paired(nodes, context)
    of_functions = any(node.name in _FUNCTIONS for node in nodes)
    for node in nodes:
        if not _is_candidate(node, context):
            continue
        inside = any(inner.name in _INSIDE or _is_power(inner) for inner in node.args[0].walk())
        if id(node) in around or (
            not by_entries and (inside or of_functions or id(node) in beside | paired or powers & set(_matrices(node)))
        ):
            _refuse(node, context)


def _is_candidate(node: Term, context: Context) -> bool:
    """A function from outside the library of activations, applied to the entries of a square matrix."""
    shape = node.type.shape
    if len(shape) != 2 or len(node.args) != 1 or not context.text(node.span):
        return False
    if node.head == "undefined":
        return (
            isinstance(node.data, Function)
            and node.data.elementwise
            and context.solver.resolve(shape[0]) == context.solver.resolve(shape[1])
        )
    named = node.head == "map" and node.name in OF_MATRICES and context.text(node.span).startswith("\\")
    return named and context.solver.resolve(shape[0]) == context.solver.resolve(shape[1])


def _is_power(node: Term) -> bool:
    """A product of a matrix with itself, or a power by a number or letter."""
    if node.name == "matmul" and len(node.args) == 2 and node.args[0] == node.args[1]:
        return True
    return node.name == "matpow"


def _matrices(node: Term) -> list[Symbol]:
    return [inner.data for inner in node.walk() if inner.head == "symbol" and len(inner.type.shape) == 2]


def _commuting(nodes: Sequence[Term], context: Context) -> set[int]:
    """Functions f(tA) that stand in a product with that same A, untransposed: `A f(tA)`."""
    found: set[int] = set()
    for node in nodes:
        if node.name != "matmul":
            continue
        for one, other in (node.args, node.args[::-1]) if len(node.args) == 2 else ():
            if _is_candidate(one, context) and other.head == "symbol" and set(_matrices(one)) == {other.data}:
                found.add(id(one))
    return found


def _paired(nodes: Sequence[Term], context: Context) -> set[int]:
    """Functions that are multiplied as matrices, `f(A) f(B)`, or added to an identity, `f(A) - I`."""
    found: set[int] = set()
    for node in nodes:
        these = [arg for arg in node.args if _is_candidate(arg, context)]
        added = [a for side in node.args for a in (side.args if side.head == "add" else (side,))]
        if (node.name == "matmul" and len(these) > 1) or (
            node.head in ("add", "relation") and any(_is_identity(arg) for arg in added)
        ):
            found |= {id(arg) for arg in these}
    return found


def _is_identity(node: Term) -> bool:
    return node.name == "eye" or (node.name == "scale" and _is_identity(node.args[-1]))


def _refuse(node: Term, context: Context) -> None:
    name = str(node.data.name) if node.head == "undefined" else node.name
    other = OF_MATRICES.get(name, "")
    notes = (
        f"the matrix function: `\\operatorname{{{other}}}(…)`, plain `{other}(…)`"
        if other
        else f"a matrix function {name} is not read",
        f"entry by entry: in plain notation, `{name}(…)`",
    )
    message = f"{name} of a square matrix can be a matrix function, or {name} of every entry"
    context.fail("ambiguous", message, Label(node.span), notes=notes)
