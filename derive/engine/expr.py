"""The expression graph in index notation: the common ground of every pass.

One idea: a `Prod` is an Einstein sum with named indices in which an index may stand on any number of factors (a
hyperedge), so transposes, traces, diagonals, Hadamard products, row sums and broadcasts are all the same node. Compound
things (`inv`, `softmax`, `tanh`) stay whole as factors. Deltas are never stored: an index that stands twice in `out`
is one, and inlining a product renames indices instead of contracting with it.

The nodes are a closed set:

| node   | is                                                                                   |
|--------|--------------------------------------------------------------------------------------|
| Sym    | a variable                                                                           |
| Atom   | a constant scalar that stays symbolic: a size (`n`), `pi`, a number under a root       |
| Affine | the 0/1 tensor of `Σ c_a i_a + c_0 = 0` (indices from 0): blocks, slices, vec, kron, e_i |
| Table  | a constant tensor with a name and laws of its own, see `derive.engine.tables`                 |
| Apply  | an operation that stays whole: entry by entry, or on trailing axes with leading batch  |
| Undef  | an undefined function or its derivative                                              |
| Prod   | `coef · Σ_bound Π factor[idx]^exp`                                                   |
| Sum    | a sum of nodes of one shape; the empty sum is the zero of its shape                  |

This module knows no rule of calculus and no law: `derive.engine.normal` makes canonical nodes, `derive.engine.differential`
differentiates. `sig` is a hash that does not depend on PYTHONHASHSEED; it orders things, and equality is structural.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from zlib import crc32

from derive.sizes import Size

if TYPE_CHECKING:
    from fractions import Fraction

    from derive.ops import Operation
    from derive.term import Function, Symbol

    Number = int | Fraction

Shape = tuple[Size, ...]
Idx = tuple[int, ...]


def word_sig(text: str) -> int:
    """A hash of a word that is the same in every process."""
    return crc32(text.encode())


_size_sigs: dict[Size, int] = {}


def size_sig(size: Size) -> int:
    found = _size_sigs.get(size)
    if found is None:
        found = word_sig(str(size))
        if len(_size_sigs) < 10_000:
            _size_sigs[size] = found
    return found


_operation_sigs: dict[str, int] = {}


def _operation_sig(name: str) -> int:
    """The hash of an operation's name; there are finitely many."""
    found = _operation_sigs.get(name)
    if found is None:
        found = _operation_sigs[name] = word_sig(name)
    return found


class Node:
    """A tensor-valued expression; immutable. Equality is structural, with identity as the shortcut.

    `complex` says whether it mentions anything complex; its value may be real all the same. `symmetric` is what
    `derive.engine.symmetry` found out about a matrix, None before it was asked.
    """

    __slots__ = ("complex", "shape", "sig", "symmetric")
    complex: bool
    shape: Shape
    sig: int
    symmetric: bool | None

    def __hash__(self) -> int:
        return self.sig

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or self.sig != other.sig:
            return False
        return self._same(other)

    def _same(self, other: object) -> bool:
        raise TypeError  # every class below defines it

    @property
    def children(self) -> tuple[Node, ...]:
        return ()


class Sym(Node):
    """A variable."""

    __slots__ = ("symbol",)

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol
        self.shape = symbol.type.shape
        self.complex = symbol.complex
        self.symmetric = None
        self.sig = hash((1, word_sig(symbol.name), len(self.shape)))

    def _same(self, other: object) -> bool:
        return isinstance(other, Sym) and self.symbol == other.symbol

    def __repr__(self) -> str:
        return self.symbol.name


class Atom(Node):
    """A constant scalar: a Size, `"pi"`, or a number that stands under a root."""

    __slots__ = ("value",)

    def __init__(self, value: Size | str | Number) -> None:
        self.value = value
        self.shape = ()
        self.complex = value == "i"
        self.symmetric = None
        self.sig = hash((2, word_sig(str(value))))

    def _same(self, other: object) -> bool:
        return isinstance(other, Atom) and self.value == other.value

    def __repr__(self) -> str:
        return str(self.value)


class Affine(Node):
    """1 where `Σ coefs[a]·i_a + offset = 0` for the axis positions i_a counted from 0, else 0."""

    __slots__ = ("coefs", "offset")

    def __init__(self, coefs: tuple[Size, ...], offset: Size, shape: Shape) -> None:
        self.coefs = coefs
        self.offset = offset
        self.shape = shape
        self.complex = False
        self.symmetric = None
        self.sig = hash((3, *map(size_sig, coefs), size_sig(offset), *map(size_sig, shape)))

    def _same(self, other: object) -> bool:
        return isinstance(other, Affine) and (self.coefs, self.offset, self.shape) == (
            other.coefs,
            other.offset,
            other.shape,
        )

    def __repr__(self) -> str:
        return "[" + " + ".join(f"{c}*_{a}" for a, c in enumerate(self.coefs)) + f" + {self.offset} = 0]"


class Table(Node):
    """A constant tensor: "pair", "mean", "below" with axes (i, j, p), or "ramp", the numbers 0, 1, 2, …."""

    __slots__ = ("kind",)

    def __init__(self, kind: str, shape: Shape) -> None:
        self.kind = kind
        self.shape = shape
        self.complex = False
        self.symmetric = None
        self.sig = hash((8, word_sig(kind), *map(size_sig, shape)))

    def _same(self, other: object) -> bool:
        return isinstance(other, Table) and (self.kind, self.shape) == (other.kind, other.shape)

    def __repr__(self) -> str:
        return self.kind


def is_skew(node: Node) -> bool:
    """Whether a variable is declared the negative of its transpose."""
    return type(node) is Sym and "skew" in node.symbol.properties


def exchangeable(node: Node) -> bool:
    """Whether a constant tensor is the same with its two first axes exchanged."""
    return type(node) is Table and node.kind in ("pair", "mean")


class Apply(Node):
    """An operation kept whole. Elementwise: arguments are scalars or have this shape. Else leading axes are a batch."""

    __slots__ = ("args", "op")

    def __init__(self, op: Operation, args: tuple[Node, ...], shape: Shape) -> None:
        self.op = op
        self.args = args
        self.shape = shape
        self.symmetric = None
        name = op.name
        self.sig = hash((4, _operation_sig(name), *[a.sig for a in args], len(shape)))
        self.complex = name == "eig" and not op.symmetric  # eigenvalues of any matrix
        for a in args:
            if a.complex:
                self.complex = True

    def _same(self, other: object) -> bool:
        return (
            isinstance(other, Apply)
            and self.op.name == other.op.name
            and self.shape == other.shape
            and self.args == other.args
        )

    @property
    def children(self) -> tuple[Node, ...]:
        return self.args

    def __repr__(self) -> str:
        return f"{self.op.name}({', '.join(map(repr, self.args))})"


class Undef(Node):
    """An undefined function of a node. A scalar function's derivative of order k has `arg.shape` k times."""

    __slots__ = ("arg", "function")

    def __init__(self, function: Function, arg: Node) -> None:
        self.function = function
        self.arg = arg
        self.complex = arg.complex
        self.symmetric = None
        self.shape = arg.shape if function.elementwise else arg.shape * function.order
        self.sig = hash((5, word_sig(function.name), function.order, function.elementwise, arg.sig))

    def _same(self, other: object) -> bool:
        return isinstance(other, Undef) and self.function == other.function and self.arg == other.arg

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.arg,)

    def __repr__(self) -> str:
        return f"{self.function}({self.arg!r})"


class Factor(tuple[Node, Idx, "Number"]):
    """`base[idx]^exp`, as a tuple (base, idx, exp)."""

    __slots__ = ()


class Prod(Node):
    """`coef · Σ Π base[idx]^exp`, with output axes `out`; indices are small ints and `dims[i]` is the size of index i.

    An index in `out` that stands on no factor repeats the value (ones); an index twice in `out` is a diagonal; an
    index not in `out` is summed. `normal` says that `derive.engine.normal` made it: flat, merged, canonically numbered.
    `unit` is the normal node with the coefficient 1, None before it was asked for.
    """

    __slots__ = ("coef", "dims", "factors", "normal", "out", "unit")

    def __init__(
        self,
        coef: Number,
        factors: tuple[tuple[Node, Idx, Number], ...],
        out: Idx,
        dims: Shape,
        normal: bool = False,
    ) -> None:
        self.coef = coef
        self.factors = factors
        self.out = out
        self.dims = dims
        self.normal = normal
        self.shape = tuple([dims[i] for i in out])
        self.symmetric = None
        self.unit: Node | None = None
        self.complex = False
        for factor in factors:
            if factor[0].complex:
                self.complex = True
                break
        if normal:
            inside = [hash((b.sig, idx, exp)) for b, idx, exp in factors]
            inside.sort()
            self.sig = hash((6, coef, out, *inside))
        else:
            self.sig = id(self)

    def _same(self, other: object) -> bool:
        if not isinstance(other, Prod) or not self.normal or not other.normal:
            return False
        if self.coef != other.coef or self.out != other.out or self.dims != other.dims:
            return False
        if self.factors == other.factors:
            return True
        return _ordered(self.factors) == _ordered(other.factors)

    @property
    def children(self) -> tuple[Node, ...]:
        return tuple([f[0] for f in self.factors])

    def __repr__(self) -> str:
        letters = "ijklmnpqrstuvwabcdefgh" + "".join(map(chr, range(0x3B1, 0x3C9)))
        name = [letters[i] if i < len(letters) else f"_{i}" for i in range(len(self.dims))]
        parts = [] if self.coef == 1 and self.factors else [str(self.coef)]
        for base, idx, exp in self.factors:
            parts.append(f"{base!r}[{''.join(name[i] for i in idx)}]" + (f"^{exp}" if exp != 1 else ""))
        return f"({' '.join(parts)} -> {''.join(name[i] for i in self.out)})"


def _ordered(factors: tuple[tuple[Node, Idx, Number], ...]) -> list[tuple[Node, Idx, Number]]:
    return sorted(factors, key=lambda f: (f[0].sig, f[1], f[2]))


class Sum(Node):
    """A sum of nodes of one shape, in the order in which they were written; equality does not see the order."""

    __slots__ = ("normal", "terms")

    def __init__(self, terms: tuple[Node, ...], shape: Shape, normal: bool = False) -> None:
        self.terms = terms
        self.shape = shape
        self.normal = normal
        self.symmetric = None
        self.complex = False
        for term in terms:
            if term.complex:
                self.complex = True
                break
        self.sig = hash((7, len(shape), *sorted([t.sig for t in terms]))) if normal else id(self)

    def _same(self, other: object) -> bool:
        if not isinstance(other, Sum) or self.shape != other.shape or not (self.normal and other.normal):
            return False
        by_sig = sorted(self.terms, key=lambda t: t.sig), sorted(other.terms, key=lambda t: t.sig)
        return by_sig[0] == by_sig[1]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.terms

    def __repr__(self) -> str:
        return "(" + " + ".join(map(repr, self.terms)) + ")" if self.terms else "0"


def zero(shape: Shape) -> Sum:
    return Sum((), shape, True)


def is_zero(node: Node) -> bool:
    return isinstance(node, Sum) and not node.terms


def constant(value: Number, shape: Shape = ()) -> Node:
    """The tensor all of whose entries are `value`."""
    if value == 0:
        return zero(shape)
    return Prod(value, (), tuple(range(len(shape))), shape, True)


def number_of(node: Node) -> Number | None:
    """The value of a node that is a plain number, else None."""
    if isinstance(node, Prod) and not node.factors and not node.dims:
        return node.coef
    return 0 if isinstance(node, Sum) and not node.terms and not node.shape else None


def identity(shape: Shape) -> Prod:
    """The identity tensor with axes `shape + shape`."""
    axes = tuple(range(len(shape)))
    return Prod(1, (), axes + axes, shape, True)


def view(node: Node, idx: Idx, out: Idx, dims: Shape) -> Prod:
    """`node[idx]` with output axes `out`: transposes, diagonals, sums and broadcasts of one node."""
    return Prod(1, ((node, idx, 1),), out, dims)


def as_product(node: Node) -> Prod:
    """The node as a product of one factor."""
    axes = tuple(range(len(node.shape)))
    return node if isinstance(node, Prod) else Prod(1, ((node, axes, 1),), axes, node.shape, True)


def permuted(node: Node, axes: Idx) -> Node:
    """Output axis k is the node's axis `axes[k]`."""
    if axes == tuple(range(len(axes))):
        return node
    return view(node, tuple(range(len(node.shape))), axes, node.shape)


def postorder(roots: Iterable[Node]) -> list[Node]:
    """Every node below the roots once, children first; iterative."""
    seen: set[int] = set()
    order: list[Node] = []
    stack: list[Node | None] = list(roots)  # None stands on a node whose children are above it
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())  # type: ignore[arg-type]
        elif id(node) not in seen:
            seen.add(id(node))
            children = node.children
            if children:
                stack += (node, None, *children)
            else:
                order.append(node)
    return order
