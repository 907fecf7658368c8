"""Typed terms: a statement after every kind, size and overload has been decided.

One idea: `infer` turns a `Tree` into a `Term`, and every later reader (the lowering to index notation, the oracle
that evaluates, the NumPy source) works from the same decisions without making any of its own.

A `Type` is a shape of order 0, 1, 2 or more, and for order 1 whether it lies as a row (`x'`). A row keeps order 1: `x'*A` is a row,
`x'*y` a scalar, `x*y'` a matrix. Scalars have order 0 and are never 1×1 matrices.

Closed set of heads (`data` in brackets):

    number [int | Fraction]   symbol [Symbol]   size [Size]        a size name used as a scalar
    index [Size]              an index name or affine expression in index names used as a scalar number
    add (a, b, …)             same shape, or scalar ± vector entry by entry; data is the tuple of signs (+1/-1)
    einsum [Pattern] (args…)  every product, transpose, trace, diag, sum, ones, eye, kron, vec … ; `Term.name` is the
                              operation's name in the library (`matmul`, `scale`, `trace` …), for printing and NumPy
    map [Operation] (args…)   entry by entry; each argument is a scalar or has the shape of the result
    opaque [Operation] (args…)    acts on trailing axes by its signature; leading axes are a batch
    formula [Operation] (args…)   the same, and has a body in the language
    undefined [Function] (args…)  f(x), f'(x), L(o), L'(o)
    entry [subscripts] (a,)   x[i], X[i,:], X[1:k, j]; one subscript per axis: ("at", Size) or ("slice", lo, hi) with
                              1-based inclusive Sizes in size and index names
    bigsum [(name, lo, hi)] (body,)   bigprod [(name, lo, hi)] (body,)
    array [((name, lo, hi), …)] (body,)
    block [(rows, columns)] (entries row by row)
    delta [(Size, Size)]      1 when both index expressions are equal, else 0
    unit [(Size, n)]          e(i, n);  singleentry [(i, j, m, n)]  J(i, j, m, n)
    constant [name]           pi; i, the imaginary unit; dft, the matrix of the discrete Fourier transform
    power [int | Fraction] (base,)    entry by entry; division is a power -1, a symbolic exponent is the map `power`
    differential [((X, dX), …)] (f,)  along dX for each variable X that moves; the pairs are Symbols
    derivative [(kind, target)] (f,)  left to `inner`; the target is a Term: a symbol,
                              its transpose, entry or vec. (f, at) when the target is a local definition: f is in the
                              symbol, the derivative is taken there and the symbol replaced by `at`. Kinds: those of the
                              tree, and "grad", "jac", "hess"
    expectation [(kind, ((symbol, family, keys, sym), …))] (a, [b,] parameters…)    over the random symbols; kind is "E", "Var" or
                              "Cov". Then the parameters of each in the order of its keys ("mean", "cov", "mu3", "v3" …, see
                              `distributions`); sym: odd central moments are 0
    relation [(operators…)] (sides…)  both (statements…)  implies [(links…)] (statements…)
    where: definitions are substituted by `infer`; a Term never holds one.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from derive.sizes import Size
from derive.source import Span
from derive.tree import NOWHERE


class Type:
    """A shape, and for vectors whether it lies as a row."""

    __slots__ = ("_hash", "row", "shape")

    def __init__(self, shape: tuple[Size, ...] = (), row: bool = False) -> None:
        self.shape = shape
        self.row = row
        self._hash: int | None = None

    @property
    def order(self) -> int:
        return len(self.shape)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Type) and self.shape == other.shape and self.row == other.row

    def __hash__(self) -> int:
        found = self._hash
        if found is None:
            found = self._hash = hash((self.shape, self.row))
        return found

    def __str__(self) -> str:
        """`scalar`, `vector(n)`, `row(n)`, `matrix(m, n)`, `tensor(m, n, p)`."""
        kind = ("scalar", "row" if self.row else "vector", "matrix")[self.order] if self.order < 3 else "tensor"
        return kind + (f"({', '.join(map(str, self.shape))})" if self.shape else "")

    __repr__ = __str__


SCALAR = Type()
COMPLEX = frozenset("complex hermitian skewhermitian unitary".split())  # properties of what has complex entries


class Symbol:
    """A declared or inferred variable. Two symbols are equal when all of their fields are."""

    __slots__ = ("_hash", "inferred", "name", "properties", "type")

    def __init__(self, name: str, type: Type, properties: tuple[str, ...] = (), inferred: bool = False) -> None:
        self.name = name
        self.type = type
        self.properties = properties  # sorted words: "symmetric", "pd", "positive", "integer", "norm<1" …
        self.inferred = inferred
        self._hash = hash((name, type, properties))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Symbol)
            and self.name == other.name
            and self.type == other.type
            and self.properties == other.properties
        )

    def __hash__(self) -> int:
        return self._hash

    @property
    def complex(self) -> bool:
        """Whether its entries are complex numbers; real ones are the default."""
        return bool(self.properties) and not COMPLEX.isdisjoint(self.properties)

    def __str__(self) -> str:
        """As it would be declared: `A: matrix(n, n) symmetric`."""
        return f"{self.name}: {self.type}" + "".join(" " + p for p in self.properties)

    __repr__ = __str__


class Function:
    """An undefined function: elementwise (`phi`), or scalar of a tensor (`L`); `order` counts the primes."""

    __slots__ = ("elementwise", "name", "order")

    def __init__(self, name: str, elementwise: bool, order: int = 0) -> None:
        self.name = name
        self.elementwise = elementwise
        self.order = order

    def _key(self) -> tuple[str, bool, int]:
        return (self.name, self.elementwise, self.order)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return self.name + "'" * self.order


class Pattern:
    """An Einstein sum: letters per argument, and output axes that are groups of letters.

    `matmul` is `Pattern(("ik", "kj"), (("i",), ("j",)))`. A group of several letters is one axis whose size is their
    product, the first letter slowest: `kron` is `ij,kl->(ik)(jl)`, `vec` is `ij->(ji)`. A letter on no input repeats the
    value along that axis (`ones`), a letter twice in the output is a diagonal (`eye`), a letter absent from the output
    is summed. `sizes` holds the Size of every letter.
    """

    __slots__ = ("_hash", "inputs", "output", "sizes")

    def __init__(
        self, inputs: tuple[str, ...], output: tuple[tuple[str, ...], ...], sizes: tuple[tuple[str, Size], ...]
    ) -> None:
        self.inputs = inputs
        self.output = output
        self.sizes = sizes  # sorted by letter
        self._hash: int | None = None

    def size(self, letter: str) -> Size:
        for known, size in self.sizes:
            if known == letter:
                return size
        raise KeyError(letter)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Pattern)
            and self.inputs == other.inputs
            and self.output == other.output
            and self.sizes == other.sizes
        )

    def __hash__(self) -> int:
        found = self._hash
        if found is None:
            found = self._hash = hash(self.inputs)  # the rest seldom tells two of one statement apart
        return found

    def __str__(self) -> str:
        groups = "".join(g[0] if len(g) == 1 else f"({''.join(g)})" for g in self.output)
        return f"{','.join(self.inputs)}->{groups}"

    __repr__ = __str__


class Term:
    """A typed node. Equality and hash ignore the span, so equal subexpressions are found by dictionary."""

    __slots__ = ("_hash", "args", "data", "head", "name", "span", "type")

    def __init__(
        self,
        head: str,
        args: tuple[Term, ...] = (),
        type: Type = SCALAR,
        data: Any = None,
        name: str = "",
        span: Span = NOWHERE,
    ) -> None:
        self.head = head
        self.args = args
        self.type = type
        self.data = data
        self.name = name
        self.span = span
        self._hash: int | None = None

    def __hash__(self) -> int:
        found = self._hash
        return self._hashed() if found is None else found

    def _hashed(self) -> int:
        """Work out the hash, those of the parts first; iterative, so depth is no limit."""
        stack = [self]
        while stack:
            node = stack[-1]
            for a in node.args:
                if a._hash is None:
                    stack.append(a)
            if stack[-1] is node:
                stack.pop()
                node._hash = hash((node.head, node.data, node.args))
        return hash(self)

    def become(self, type: Type, data: Any) -> None:
        """Take on the type and data that inference has found; only `derive.infer.settle` may, before anyone has kept the term."""
        self.type = type
        self.data = data
        self._hash = None

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Term)
            and (self._hash == other._hash or self._hash is None or other._hash is None)
            and self.head == other.head
            and (self.type is other.type or self.type == other.type)
            and (self.data is other.data or self.data == other.data)
            and self.args == other.args
        )

    def walk(self) -> Iterator[Term]:
        """Every node, parents before children; iterative."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.args))

    def __repr__(self) -> str:
        inside = ([] if self.data is None else [repr(self.data)]) + [repr(a) for a in self.args]
        return f"{self.name or self.head}({', '.join(inside)})"


def children_first(root: Term, done: Container[Term]) -> Iterator[Term]:
    """The nodes that are not in `done`, each after its arguments; who takes a node enters it there. Iterative, so height is no limit."""
    stack = [root]
    while stack:
        node = stack[-1]
        missing = [] if node in done else [a for a in node.args if a not in done]
        if missing:
            stack += missing
            continue
        stack.pop()
        if node not in done:
            yield node
