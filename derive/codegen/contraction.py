"""Einstein sums that are not products of matrices, and the constants of a size.

One idea: the pattern itself, with its letters renamed in order of appearance, says what NumPy calls it (`aa->` is `np.trace`,
`ab,cd->(ac)(bd)` is `np.kron`); a pattern without a name is written as `np.einsum`. It does not look at operation names.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from derive.codegen.code import ATOM, LOOSE, Code
from derive.sizes import ONE, Size
from derive.term import Pattern, Term

if TYPE_CHECKING:
    from derive.codegen.scope import Scope
    from derive.codegen.translate import Translation

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
SCALES = frozenset((",->", ",a->a", ",ab->ab", ",abc->abc", ",abcd->abcd", "a,->a", "ab,->ab"))
HADAMARDS = frozenset(("a,a->a", "ab,ab->ab", "abc,abc->abc", "abcd,abcd->abcd"))
SAME = frozenset(("->", "a->a", "ab->ab", "abc->abc", "abcd->abcd"))


@lru_cache(maxsize=4096)
def canonical(pattern: Pattern) -> str:
    """The pattern with letters a, b, c … in order of appearance: `ab,bc->ac` for every matrix product."""
    names: dict[str, str] = {}
    for letter in "".join(pattern.inputs) + "".join("".join(g) for g in pattern.output):
        names.setdefault(letter, LETTERS[len(names)])
    inputs = ",".join("".join(names[c] for c in word) for word in pattern.inputs)
    groups = ("".join(names[c] for c in g) for g in pattern.output)
    return inputs + "->" + "".join(g if len(g) == 1 else f"({g})" for g in groups)


def shape_of(term: Term) -> str:
    """The canonical pattern of an Einstein sum; empty for any other head."""
    return canonical(term.data) if term.head == "einsum" and isinstance(term.data, Pattern) else ""


def is_fill(term: Term) -> bool:
    """Whether every entry is one scalar: `ones(n)`, `vector(c)`, `zeros(m, n)`."""
    if term.head != "einsum" or not term.type.order or len(term.args) > 1:
        return False
    pattern: Any = term.data
    letters = [c for g in pattern.output for c in g]
    return all(not word for word in pattern.inputs) and len(set(letters)) == len(letters)


def plain(t: Translation, term: Term, scope: Scope) -> Code:
    """The code of an Einstein sum outside of index axes."""
    shape, order = shape_of(term), term.type.order
    if is_fill(term):
        return fill(t, term, scope)
    if shape == "->aa":
        return eye(t, term.type.shape[0])
    if shape in SCALES or shape in HADAMARDS:
        return entrywise(t, term, scope)
    args = tuple(t.code(a, scope) for a in term.args)
    if shape in SAME:
        return args[0]
    if shape in ("ab->a", "ab->b") and _thin(term):
        return t.codes.after(args[0], "[:, 0]" if shape == "ab->a" else "[0]", order)
    if shape == "ab->ba":
        return t.codes.transpose(args[0])
    if shape == "aa->":
        return t.codes.call("np.trace", args[0])
    if shape in ("aa->a", "a->aa"):
        return t.codes.call("np.diag", args[0], order=order)
    if shape in _REDUCTIONS:
        return t.codes.call("np.sum", args[0], options=_REDUCTIONS[shape], order=order)
    if shape == "ab->(ba)":
        return t.codes.after(args[0], ".flatten(order='F')", order)
    if shape in _KRONECKER:
        return _kron(t, args, _KRONECKER[shape], order)
    return general(t, term, args)


_REDUCTIONS = {"a->": "", "ab->": "", "ab->a": "axis=1", "ab->b": "axis=0", "abc->": ""}
_KRONECKER = {
    "ab,cd->(ac)(bd)": ("", ""),
    "a,b->(ab)": ("", ""),
    "ab,c->(ac)b": ("", "[:, None]"),
    "a,bc->(ab)c": ("[:, None]", ""),
}


def _thin(term: Term) -> bool:
    """Whether a sum over one axis of a matrix only drops an axis of size 1."""
    rows, columns = term.args[0].type.shape
    return (columns if shape_of(term) == "ab->a" else rows) == ONE


def _kron(t: Translation, args: tuple[Code, ...], suffixes: tuple[str, str], order: int) -> Code:
    left, right = (t.codes.after(a, s, 2) if s else a for a, s in zip(args, suffixes, strict=True))
    return t.codes.call("np.kron", left, right, order=order)


def entrywise(t: Translation, term: Term, scope: Scope) -> Code:
    """`s*X`, `X.*Y` and nests of them as one product; constants in every entry act as the scalar that they hold."""
    order, above = term.type.order, list[Code]()
    stack, full = [term], False
    fills = list[Term]()
    while stack:
        node = stack.pop()
        shape = shape_of(node)
        if (shape in SCALES or shape in HADAMARDS) and (node is term or t.facts.uses.get(node, 0) < 2):
            stack += reversed(node.args)
        elif is_fill(node) and not scope.depth:
            fills.append(node)
        else:
            above.append(t.aligned(node, scope, order))
            full = full or node.type.order == order
    for node in fills:
        above.append(fill_value(t, node, scope) if full else t.code(node, scope))
        full = True
    return t.codes.product(above)


def fill_value(t: Translation, term: Term, scope: Scope) -> Code:
    """The scalar in every entry of a constant."""
    return t.code(term.args[0], scope) if term.args else t.codes.number(1)


def fill(t: Translation, term: Term, scope: Scope) -> Code:
    """`np.ones(n)`, `np.zeros((m, n))`, `np.full(n, c)`."""
    value, shape = fill_value(t, term, scope), t.shape(term.type.shape)
    name = {"1": "np.ones", "0": "np.zeros"}.get(value.pieces[0]) if value.kind == "number" else None
    if name:
        return t.codes.call(name, shape, order=term.type.order)
    return t.codes.call(
        "np.full", shape, value, options="dtype=float" if value.kind == "number" else "", order=term.type.order
    )


def eye(t: Translation, size: Size) -> Code:
    return t.codes.call("np.eye", t.size(size), order=2)


def compact(t: Translation, term: Term) -> Code | None:
    """A code that only broadcasts to the term's shape, for sums with something of the full shape; None if there is none.

    `c*vector(1)` → `c`, `v*vector(1)'` → `v[:, None]`, `vector(1)*b'` → `b`.
    """
    scalars = list[Term]()
    while shape_of(term) in SCALES and not term.args[0].type.order:
        scalars.append(term.args[0])
        term = term.args[1]
    if is_fill(term):
        core = fill_value(t, term, t.root)
    elif shape_of(term) == "a,b->ab" and is_fill(_bare(term.args[1])):
        core = t.codes.after(t.code(_bare(term.args[0])), "[:, None]", 2)
        core = t.codes.product([fill_value(t, _bare(term.args[1]), t.root), core])
    elif shape_of(term) == "a,b->ab" and is_fill(_bare(term.args[0])):
        core = t.codes.product([fill_value(t, _bare(term.args[0]), t.root), t.code(_bare(term.args[1]))])
    else:
        return None
    return t.codes.product([*(t.code(s) for s in scalars), core])


def _bare(term: Term) -> Term:
    """A vector without the transposes that only turn it."""
    while shape_of(term) == "a->a":
        term = term.args[0]
    return term


def squared_norm(t: Translation, base: Term, scope: Scope) -> Code | None:
    """‖x‖² without the root, `r @ r` or `np.sum(R**2)`; None when the base is no Euclidean norm."""
    operation: Any = base.data
    if base.head != "formula" or operation.name != "norm2" or (scope.depth and t.depends(base, scope)):
        return None
    if t.complex:
        return None
    inner = t.code(base.args[0], scope)
    if inner.order == 1:
        return t.codes.matmul(inner, inner, 0)
    if inner.order == 0:
        return t.codes.power(inner, 2)
    return t.codes.call("np.sum", t.codes.power(inner, 2))


# ---------------------------------------------------------------------- np.einsum


def general(t: Translation, term: Term, args: tuple[Code, ...]) -> Code:
    """Any pattern: letters that stand on no argument get ones, letters twice in the output an identity."""
    pattern: Any = term.data
    inputs, flat, extra, count = _operands(t, pattern)
    operands = (*args, *extra)
    made = count if not operands else call(t, inputs, flat, operands)
    if operands and count.kind != "number":
        made = t.codes.product([count, made])
    made.order = len(flat)
    if any(len(g) != 1 for g in pattern.output):
        shape = t.shape(term.type.shape)
        made = t.codes.make("after", ("", ".reshape(", ")"), (made, shape), (ATOM, LOOSE), order=term.type.order)
    return made


def _operands(t: Translation, pattern: Pattern) -> tuple[list[str], str, list[Code], Code]:
    """Words of the operands, of the output, the operands that are added, and the size of letters that are nowhere."""
    inputs, output, extra = list(pattern.inputs), list[str](), list[Code]()
    used = set("".join(inputs))
    everything = [c for g in pattern.output for c in g]
    spare = [c for c in LETTERS if c not in used and c not in everything]
    for letter in everything:
        size = pattern.size(letter)
        if letter in output:
            twin = spare.pop()
            inputs.append(letter + twin)
            extra.append(eye(t, size))
            output.append(twin)
            continue
        output.append(letter)
        if letter not in used and everything.count(letter) == 1:
            inputs.append(letter)
            extra.append(t.codes.call("np.ones", t.size(size), order=1))
    lost = [size for letter, size in pattern.sizes if letter not in used and letter not in everything]
    return inputs, "".join(output), extra, t.codes.product([t.size(s) for s in lost])


def call(t: Translation, inputs: Sequence[str], output: str, operands: Sequence[Code]) -> Code:
    """`np.einsum('ik,kj->ij', …)`; the order of three and more operands is left to NumPy."""
    words = t.codes.name(f"'{','.join(inputs)}->{output}'")
    options = "optimize=True" if len(operands) > 2 else ""
    return t.codes.call("np.einsum", words, *operands, options=options, order=len(output.replace("...", "")))


def batched(t: Translation, term: Term, scope: Scope) -> Code:
    """An Einstein sum whose arguments carry leading index axes."""
    shape, order = shape_of(term), term.type.order
    if shape in SAME:
        return t.code(term.args[0], scope)
    if shape in SCALES or shape in HADAMARDS:
        return entrywise(t, term, scope)
    args = tuple(t.code(a, scope) for a in term.args)
    if shape == "ab->ba":
        return t.codes.call("np.swapaxes", args[0], options="-1, -2", order=2)
    if shape in _REDUCTIONS and shape != "ab->b":
        axes = {"a->": "-1", "ab->a": "-1", "ab->": "(-2, -1)", "abc->": "(-3, -2, -1)"}[shape]
        return t.codes.call("np.sum", args[0], options=f"axis={axes}", order=order)
    if shape == "ab,bc->ac" and all(a.order == 2 for a in args):
        return t.codes.matmul(args[0], args[1], 2)
    pattern: Any = term.data
    inputs, flat, extra, count = _operands(t, pattern)
    made = call(t, ["..." + word for word in inputs], "..." + flat, (*args, *extra))
    if count.kind != "number":
        made = t.codes.product([count, made])
    if any(len(g) != 1 for g in pattern.output):
        groups = ", ".join(str(len(g)) for g in pattern.output)
        made = t.codes.call("_merge", made, options=groups, order=order)
    return made


# ---------------------------------------------------------------------- blocks


def block(t: Translation, term: Term, args: list[Code]) -> Code:
    """`[a, b; c, d]`: arrays of scalars, vectors one after another, or blocks of a matrix."""
    data: Any = term.data
    _, columns = data
    if term.type.order == 1:
        if not any(a.type.order for a in term.args):
            return t.codes.call("np.array", _listed(t, args), options=t.dtype, order=1)
        return t.codes.call("np.hstack", _listed(t, args), order=1)
    rows = [args[i : i + columns] for i in range(0, len(args), columns)]
    if not any(a.type.order for a in term.args):
        listed = _listed(t, [_listed(t, row) for row in rows])
        return t.codes.call("np.array", listed, options=t.dtype, order=2)
    if len(rows) == 1 and all(a.type.order == 1 and not a.type.row for a in term.args):
        return t.codes.call("np.column_stack", _listed(t, args), order=2)
    cells = [_cell(t, a, c) for a, c in zip(term.args, args, strict=True)]
    listed = _listed(t, [_listed(t, cells[i : i + columns]) for i in range(0, len(cells), columns)])
    return t.codes.call("np.block", listed, order=2)


def _cell(t: Translation, term: Term, code: Code) -> Code:
    if term.type.order == 1:
        return t.codes.after(code, "[None, :]" if term.type.row else "[:, None]", 2)
    return code


def _listed(t: Translation, args: Sequence[Code]) -> Code:
    pieces = ("[", *[", "] * (len(args) - 1), "]")
    return t.codes.make("list", pieces, tuple(args), (LOOSE,) * len(args))
