"""Does an edited line fit in shape? A quick look before it is typed, because most edits of a product of matrices do not fit.

One idea: the shape of every part is worked out once and kept by the part; an edit changes few. It refuses only what the inference
would refuse: declared sizes with different names differ. What it does not know has no shape, and fits everywhere.
"""

from __future__ import annotations

from collections.abc import Callable

from derive.ops import REGISTRY
from derive.sizes import ONE, Size
from derive.term import Type
from derive.tree import Tree

Shape = Type | None  # None: not known


class Fitting:
    """Shapes of trees, by the types of names."""

    def __init__(self, type_of: Callable[[str], Shape]) -> None:
        self.type_of = type_of
        self._known: dict[Tree, Shape | bool] = {}

    def shape(self, tree: Tree) -> Shape | bool:
        """The shape, None where it is not known, False where the tree does not fit."""
        try:
            return self._known[tree]
        except KeyError:
            pass
        inner = [self.shape(a) for a in tree.args]
        found: Shape | bool = (
            False if any(s is False for s in inner) and tree.head != "where" else self._of(tree, inner)
        )
        self._known[tree] = found
        return found

    def scalar(self, tree: Tree) -> bool:
        """Whether a tree is certainly a number."""
        found = self.shape(tree)
        return isinstance(found, Type) and not found.order

    def _of(self, tree: Tree, inner: list[Shape | bool]) -> Shape | bool:
        shapes = [s if isinstance(s, Type) else None for s in inner]
        match tree.head:
            case "name":
                return self.type_of(str(tree.data))
            case "number":
                return Type()
            case "neg":
                return shapes[0]
            case "transpose":
                return _transposed(shapes[0])
            case "mul" if tree.data is None:
                return _product(*shapes)
            case "add" | "sub":
                return _sum(*shapes)
            case "hadamard" | "hdiv":
                return _sum(*shapes) if all(s is not None and s.order for s in shapes) else None
            case "div":
                return _quotient(*shapes)
            case "call" if len(shapes) == 1:
                return _called(str(tree.data), shapes[0])
            case "pow":
                return _power(shapes[0])
            case "index":
                return _entry(tree, shapes[0])
            case "sum":
                return shapes[0]
            case _:
                return None


def _entry(tree: Tree, a: Shape) -> Shape:
    """A scalar where every axis has one subscript."""
    single = all(s.head not in ("colon", "range") for s in tree.args[1:])
    return Type() if a is not None and single and len(tree.args) - 1 == a.order else None


def _transposed(a: Shape) -> Shape:
    if a is None or a.order > 2:
        return None
    return Type(a.shape[::-1], not a.row if a.order == 1 else False)


def _certain(a: Size, b: Size) -> bool:
    """Whether two sizes certainly differ."""
    return a != b and a.name is not None and b.name is not None and ONE not in (a, b)


def _product(a: Shape, b: Shape) -> Shape | bool:
    if a is None or b is None or max(a.order, b.order) > 2:
        return None
    if not a.order or not b.order:
        return b if b.order else a
    if a.order == b.order == 2:
        return False if _certain(a.shape[1], b.shape[0]) else Type((a.shape[0], b.shape[1]))
    if a.order == 2:
        return (
            (False if _named(a, b) else None)
            if b.row
            else False
            if _certain(a.shape[1], b.shape[0])
            else Type((a.shape[0],))
        )
    if b.order == 2:
        return (
            (False if _certain(a.shape[0], b.shape[0]) else Type((b.shape[1],), True))
            if a.row
            else False
            if _named(a, b)
            else None
        )
    if a.row and not b.row:
        return False if _certain(a.shape[0], b.shape[0]) else Type()
    if b.row and not a.row:
        return Type((a.shape[0], b.shape[0]))
    return False if _named(a, b) else None


def _named(a: Type, b: Type) -> bool:
    """Whether no size could be 1."""
    return all(s.name is not None for s in (*a.shape, *b.shape))


def _sum(a: Shape, b: Shape) -> Shape | bool:
    if a is None or b is None or a.order != b.order or not a.order:
        return None
    return False if any(map(_certain, a.shape, b.shape)) else (a if a == b else None)


def _quotient(a: Shape, b: Shape) -> Shape | bool:
    if b is None:
        return None
    return a if not b.order else False if _named(b, b) else None


SCALARS = frozenset("tr det logdet norm2 normF".split())


def _called(function: str, a: Shape) -> Shape:
    """The shape of f(a): of functions entry by entry that of a, a scalar of norms and determinants."""
    if a is None or a.order > 2:
        return None
    if function in SCALARS:
        return Type() if a.order or function == "norm2" else None
    operation = REGISTRY.get(function)
    return a if operation is not None and operation.meaning == "elementwise" and a.order < 2 else None


def _power(a: Shape) -> Shape | bool:
    if a is None or a.order != 2:
        return a if a is not None and not a.order else None
    return False if _certain(*a.shape) else a
