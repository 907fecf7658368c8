"""Constants of a size: `I`, `eye(n)`, `ones(n)`, `zeros(m, n)`, `vector(c)`, `matrix(c)`, `e(i, n)`, `J(i, j, m, n)`, `pi`.

One idea: a size that is not written is a fresh unknown, which the context in the statement decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from derive.infer.context import axes, einsum, squeeze
from derive.infer.products import number
from derive.sizes import Size
from derive.source import Span
from derive.term import SCALAR, Pattern, Term, Type
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator


def filled(name: str, value: Term, type: Type, span: Span) -> Term:
    """The scalar `value` in every entry of a shape: `zeros`, `vector` and `matrix`."""
    letters, sizes = axes(type)
    pattern = Pattern(("",), tuple([(c,) for c in letters]), sizes)
    return Term("einsum", (value,), type, pattern, name, span)


def eye(e: Elaborator, tree: Tree) -> Term:
    """The identity matrix: `I`, `eye`, `eye(n)`."""
    count(e, tree, 0, 1)
    n = e.scope.size_of(tree.args[0]) if tree.args else e.context.solver.fresh()
    return einsum("eye", (), (), "ii", (("i", n),), Type((n, n)), tree.span)


def ones(e: Elaborator, tree: Tree) -> Term:
    """`ones(n)`, `ones(m, n)`, and `ones` of the size that the context needs."""
    count(e, tree, 0, 2)
    shape = tuple([e.scope.size_of(a) for a in tree.args]) or (e.context.solver.fresh(),)
    letters, sizes = axes(Type(shape))
    return einsum("ones", (), (), letters, sizes, Type(shape), tree.span)


def zeros(e: Elaborator, tree: Tree) -> Term:
    """`zeros(n)`, `zeros(m, n)`."""
    count(e, tree, 0, 2)
    shape = tuple([e.scope.size_of(a) for a in tree.args]) or (e.context.solver.fresh(),)
    return filled("zeros", number(0, tree.span), Type(shape), tree.span)


def vector(e: Elaborator, tree: Tree) -> Term:
    """`vector(c)`: the scalar c in every entry, in the size that the context needs."""
    return filled("vector", _scalar_argument(e, tree), Type((e.context.solver.fresh(),)), tree.span)


def matrix(e: Elaborator, tree: Tree) -> Term:
    """`matrix(c)`: the scalar c in every entry, in the sizes that the context needs."""
    fresh = e.context.solver.fresh
    return filled("matrix", _scalar_argument(e, tree), Type((fresh(), fresh())), tree.span)


def _scalar_argument(e: Elaborator, tree: Tree) -> Term:
    count(e, tree, 1, 1)
    given = e.term(tree.args[0])
    value = squeeze(e.context, given)
    if value is None:
        shown = e.context.show(given.type)
        e.fail("kind-mismatch", f"{tree.data}(c) takes a scalar, not a {shown}", tree.args[0], shown)
    return value


def unit(e: Elaborator, tree: Tree) -> Term:
    """`e(i, n)`: the i-th unit vector; `e(i)` of the size that i is declared or summed over, or the context needs."""
    count(e, tree, 1, 2)
    i = e.scope.size_of(tree.args[0])
    n = e.scope.size_of(tree.args[1]) if len(tree.args) == 2 else _reach(e, tree.args[0])
    return Term("unit", (), Type((n,)), (i, n), "", tree.span)


def _reach(e: Elaborator, index: Tree) -> Size:
    """How far an index runs: the size that it is declared with or summed to, else a fresh one."""
    name = str(index.data) if index.head == "name" else ""
    return e.scope.ends.get(name) or e.scope.indices.get(name) or e.context.solver.fresh()


def single_entry(e: Elaborator, tree: Tree) -> Term:
    """`J(i, j, m, n)`: the m×n matrix with a one at (i, j); `J(i, j)` of the sizes of i and j, as of `e(i)`."""
    i, j = [e.scope.size_of(a) for a in tree.args[:2]]
    m, n = [e.scope.size_of(a) for a in tree.args[2:]] or [_reach(e, a) for a in tree.args]
    return Term("singleentry", (), Type((m, n)), (i, j, m, n), "", tree.span)


def is_single_entry(tree: Tree) -> bool:
    """Whether a call of J is a single-entry matrix, and no undefined function."""
    return len(tree.args) == 4 or (len(tree.args) == 2 and all(a.head in ("name", "number") for a in tree.args))


def delta(e: Elaborator, tree: Tree) -> Term:
    """`delta(i, j)`: 1 when both indices are equal, else 0."""
    count(e, tree, 2, 2)
    i, j = [e.scope.size_of(a) for a in tree.args]
    return Term("delta", (), SCALAR, (i, j), "", tree.span)


def commutation(e: Elaborator, tree: Tree) -> Term:
    """`Kmn(m, n)`: the mn×mn permutation with `Kmn(m, n)*vec(A) = vec(A')` for m×n matrices A."""
    count(e, tree, 2, 2)
    m, n = [e.scope.size_of(a) for a in tree.args]
    pattern = Pattern((), (("i", "j"), ("j", "i")), (("i", m), ("j", n)))
    return Term("einsum", (), Type((m * n, m * n)), pattern, "Kmn", tree.span)


def entries(e: Elaborator, tree: Tree) -> Term:
    """`count(x)`: the number of entries of x, as a scalar."""
    count(e, tree, 1, 1)
    given = e.term(tree.args[0])
    if not given.type.shape:
        return number(1, tree.span)
    total = given.type.shape[0]
    for size in given.type.shape[1:]:
        total = total * size
    return Term("size", (), SCALAR, total, "", tree.span)


def block_diagonal(e: Elaborator, tree: Tree) -> Term:
    """`bdiag(A, B, …)`: the blocks `[A, 0; 0, B]`."""
    many = len(tree.args)
    count(e, tree, 1, 100)
    zero = Tree("number", (), 0, tree.span)
    cells = tuple([a if i == j else zero for i in range(many) for j, a in enumerate(tree.args)])
    return e.term(Tree("block", cells, (many,) * many, tree.span))


def pi(e: Elaborator, tree: Tree) -> Term:
    return Term("constant", (), SCALAR, "pi", "", tree.span)


def imaginary(e: Elaborator, tree: Tree) -> Term:
    """`1i`: the imaginary unit."""
    return Term("constant", (), SCALAR, "i", "", tree.span)


def dft(e: Elaborator, tree: Tree) -> Term:
    """`dft(n)`: the n×n matrix exp(-2π·1i·(j - 1)(k - 1)/n) of the discrete Fourier transform."""
    count(e, tree, 1, 1)
    n = e.scope.size_of(tree.args[0])
    return Term("constant", (), Type((n, n)), "dft", "", tree.span)


def count(e: Elaborator, tree: Tree, fewest: int, most: int) -> None:
    """Raise `wrong-number-of-arguments` unless a call has between `fewest` and `most`."""
    given = len(tree.args)
    if fewest <= given <= most:
        return
    wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
    plural = "argument" if wanted == "1" else "arguments"
    e.fail("wrong-number-of-arguments", f"{tree.data} takes {wanted} {plural}, not {given}", tree)


CALLS: dict[str, Callable[[Elaborator, Tree], Term]] = {
    "eye": eye,
    "I": eye,
    "ones": ones,
    "zeros": zeros,
    "vector": vector,
    "matrix": matrix,
    "e": unit,
    "delta": delta,
    "count": entries,
    "Kmn": commutation,
    "bdiag": block_diagonal,
    "dft": dft,
}
NAMES: dict[str, Callable[[Elaborator, Tree], Term]] = {
    "eye": eye,
    "I": eye,
    "ones": ones,
    "pi": pi,
    "1i": imaginary,
    "1j": imaginary,
}
