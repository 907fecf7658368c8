"""The shape of mathematics up to renaming: `x'*A*x` and `v'*B*v` are the same, `x'*A*y` is not.

One idea: sums are put in order, products and their transposes are written out flat, and then letters are numbered by their first appearance, capital and small
ones apart. It is a key for finding, not a proof of anything: what is equal by a law may have two shapes.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.tree import Tree

Shape = tuple[object, ...]  # nested: (head, data, parts …), names as ("name", text)

_NEGATIVE = ("neg",)


def flat(tree: Tree) -> Shape:
    """The tree with products and sums flat, transposes at the leaves, inverses as calls, gradients as derivatives."""
    match tree.head:
        case "name" | "number":
            return (tree.head, tree.data)
        case "transpose":
            return _transposed(flat(tree.args[0]))
        case "mul" | "hadamard" | "add":
            return _joined(tree.head, [flat(arg) for arg in tree.args])
        case "sub":
            return _joined("add", [flat(tree.args[0]), _negated(flat(tree.args[1]))])
        case "neg":
            return _negated(flat(tree.args[0]))
        case "call" if tree.data in ("grad", "jac") and len(tree.args) == 2:
            return ("derivative", "d", *(flat(arg) for arg in tree.args))
        case "pow" if tree.args[1].head in ("number", "neg") and _is_minus_one(tree.args[1]):
            return ("call", "inv", flat(tree.args[0]))
        case _:
            return (tree.head, tree.data, *(flat(arg) for arg in tree.args))


def _is_minus_one(tree: Tree) -> bool:
    return tree.data == -1 or (tree.head == "neg" and tree.args[0].data == 1)


def _transposed(shape: Shape) -> Shape:
    if shape[0] == "transpose":
        inner = shape[1]
        assert isinstance(inner, tuple)
        return inner
    if shape[0] == "mul":
        return ("mul", None, *(_transposed(p) for p in reversed(parts_of(shape))))
    if shape[0] == "add":
        return _joined("add", [_transposed(p) for p in parts_of(shape)])
    if shape[0] == "number":
        return shape
    return ("transpose", shape)


def _negated(shape: Shape) -> Shape:
    if shape[0] == "neg":
        inner = shape[1]
        assert isinstance(inner, tuple)
        return inner
    return (*_NEGATIVE, shape)


def _joined(head: str, parts: list[Shape]) -> Shape:
    found: list[Shape] = []
    for part in parts:
        found += parts_of(part) if part[0] == head else (part,)
    if head != "mul":
        found.sort(key=lambda part: repr(named(part)))
    return (head, None, *found)


def parts_of(shape: Shape) -> tuple[Shape, ...]:
    """The operands of a flat product or sum."""
    return shape[2:]  # type: ignore[return-value]


def named(shape: Shape) -> Shape:
    """The shape with its letters numbered by first appearance."""
    numbers: dict[object, str] = {}

    def rename(node: object) -> object:
        if not isinstance(node, tuple):
            return node
        if node and node[0] == "name" and len(node) == 2:
            kind = "A" if str(node[1])[:1].isupper() else "a"
            return ("name", numbers.setdefault(node[1], f"{kind}{len(numbers)}"))
        return tuple([rename(part) for part in node])

    found = rename(shape)
    assert isinstance(found, tuple)
    return found


def shape_of(tree: Tree) -> Shape:
    """The key of a tree: equal for trees that differ in the names of letters, the order of sums, the brackets of products."""
    return named(flat(tree))


def inside(tree: Tree) -> Iterator[Shape]:
    """The keys of everything in a tree: its parts, and the neighbouring factors of its products."""
    stack = [flat(part) for part in opened(tree)]
    while stack:
        node = stack.pop()
        yield named(node)
        if node[0] == "mul":
            parts = parts_of(node)
            for length in range(2, len(parts)):
                for start in range(len(parts) - length + 1):
                    yield named(("mul", None, *parts[start : start + length]))
        stack += [part for part in node[1:] if isinstance(part, tuple) and part and isinstance(part[0], str)]


def opened(tree: Tree) -> tuple[Tree, ...]:
    """A statement with its definitions put in: whoever looks for `W*x + b` finds it behind a `where z = W*x + b`."""
    if tree.head != "where" or not isinstance(tree.data, tuple):
        return (tree,)
    from derive.document.trees import substituted

    bodies = dict(zip([str(name) for name in tree.data], tree.args[1:], strict=True))
    return (substituted(tree.args[0], bodies), *tree.args[1:])
