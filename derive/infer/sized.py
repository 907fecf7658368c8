"""Operations whose result has a size of its own: `vech(A)` of n(n + 1)/2 entries, `minor(A, i, j)`, `sv(A)` of min(m, n), `Dn(n)`.

One idea: such a size is declared as arithmetic in the letters of the signature, and read as any size is. It knows no operation by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.infer.context import Context
from derive.infer.scope import Scope
from derive.ops import Operation
from derive.sizes import Size
from derive.term import Term, Type
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator

_texts: dict[str, Size] = {}


def with_lengths(e: Elaborator, operation: Operation, sizes: dict[str, Size]) -> None:
    """Add the declared lengths to the sizes of the letters."""
    known = {letter: e.context.solver.resolve(size) for letter, size in sizes.items()}
    for letter, text in operation.lengths:
        sizes[letter] = _size(text).substitute(known)


def sized(e: Elaborator, operation: Operation, tree: Tree) -> Term:
    """A constant of given sizes, `Dn(n)`: the sizes are its arguments, as scalars. Raises `not-a-size`."""
    given = [e.scope.size_of(a) for a in tree.args]
    sizes = dict(zip([name for name, _ in operation.whole], given, strict=True))
    for size in given:
        if size.number is not None and size.number < 1:
            e.fail("bad-argument", f"{tree.data} takes sizes from 1, not {size}", tree)
    with_lengths(e, operation, sizes)
    shape = tuple([sizes[group[0]] for group in operation.signatures[0].output])
    args = tuple([Term("size", (), data=size, span=a.span) for size, a in zip(given, tree.args, strict=True)])
    return Term("opaque", args, Type(shape), operation, operation.name, tree.span)


def _size(text: str) -> Size:
    found = _texts.get(text)
    if found is None:
        from derive.syntax import parse

        found = _texts[text] = Scope(Context(None)).size_of(parse(text, "library"), free=True)
    return found
