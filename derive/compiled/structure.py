"""Results kept in their structure: deltas as equal axes, outer products as their factors, and nothing filled with zeros.

One idea: a term of an answer is a product of small arrays on named axes; an axis name that stands twice among the axes of the result is a
delta. `H @ v` and `H.dense()` are plans of their own, made from the same terms when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any, NamedTuple

from derive.codegen.evaluate import ShapeError, compile_source
from derive.compiled.callable import Plans
from derive.compiled.plan import Question, planned
from derive.engine.expr import Node, Prod, Sum, Sym, as_product
from derive.engine.normal import normalise
from derive.finding import Finding
from derive.sizes import Size
from derive.term import Symbol, Type


class Piece(NamedTuple):
    """One term: which parts it multiplies, on which labels; `out` has a label for every axis of the result."""

    parts: tuple[int, ...]
    labels: tuple[tuple[int, ...], ...]
    out: tuple[int, ...]


class Pattern:
    """What results of one question have in common: the terms, and the functions made of them."""

    def __init__(self, pieces: tuple[Piece, ...], shape: tuple[Size, ...], front: int) -> None:
        self.pieces = pieces
        self.shape = shape
        self.front = front  # axes before those of the variable
        self.made: dict[tuple[str, tuple[int, ...]], Callable[..., Any]] = {}

    def function(self, kind: str, parts: tuple[Any, ...], shape: tuple[int, ...]) -> Callable[..., Any]:
        """The value of the whole, or of its product with an array of the shape of the variable."""
        found = self.made.get((kind, shape))
        if found is None:
            found = self.made[kind, shape] = self._compiled(kind, parts, shape)
        return found

    def _compiled(self, kind: str, parts: tuple[Any, ...], shape: tuple[int, ...]) -> Callable[..., Any]:
        from numpy import shape as shape_of

        sizes = tuple(map(Size.of, shape))
        symbols = [Symbol(f"part{k}", Type(tuple(map(Size.of, shape_of(p))))) for k, p in enumerate(parts)]
        along = Symbol("v", Type(sizes[self.front :]))
        terms = []
        for piece in self.pieces:
            factors: list[tuple[Node, tuple[int, ...], int]] = [
                (Sym(symbols[k]), labels, 1) for k, labels in zip(piece.parts, piece.labels, strict=True)
            ]
            out, dims = piece.out, self._dims(piece, sizes)
            if kind == "times":
                factors.append((Sym(along), piece.out[self.front :], 1))
                out = piece.out[: self.front]
            terms.append(normalise(Prod(1, tuple(factors), out, dims)))
        total = normalise(Sum(tuple(terms), terms[0].shape))
        variables = (*symbols, *([along] if kind == "times" else []))
        written = planned(
            Question(((total,),), variables, kind, f"{kind} of a structured array"), "numpy", "float64", {}
        )
        names = [n for n, _ in written.variables]
        function = compile_source(written.source)
        places = [k for k, s in enumerate(variables) if s.name in names]
        if places == list(range(len(names))) and names == [s.name for s in variables][: len(names)]:
            return function
        order = [next(k for k, s in enumerate(variables) if s.name == n) for n in names]
        return lambda *given: function(*[given[k] for k in order])

    def _dims(self, piece: Piece, sizes: tuple[Size, ...]) -> tuple[Size, ...]:
        count = 1 + max(piece.out, default=-1)
        return tuple([sizes[piece.out.index(label)] for label in range(count)])


class Structured:
    """A derivative as a sum of products of small arrays.

    `shape` is that of the whole. `blocks`: the parts of every term with the labels of their axes, and the labels of the whole's axes, of which a
    repeated one is a delta. `H @ v` is the sum over the axes of the variable, for v of its shape (or flattened); `dense()` fills the zeros in.
    """

    __slots__ = ("_pattern", "parts", "shape")

    def __init__(self, pattern: Pattern, parts: tuple[Any, ...], shape: tuple[int, ...]) -> None:
        self._pattern = pattern
        self.parts = parts
        self.shape = shape

    @property
    def blocks(self) -> tuple[tuple[tuple[tuple[Any, tuple[int, ...]], ...], tuple[int, ...]], ...]:
        """For every term its arrays, each with the labels of its axes, and the labels of the axes of the whole."""
        return tuple(
            (tuple((self.parts[k], labels) for k, labels in zip(p.parts, p.labels, strict=True)), p.out)
            for p in self._pattern.pieces
        )

    @property
    def nbytes(self) -> int:
        """Bytes of the parts."""
        from numpy import asarray

        return sum(asarray(p).nbytes for p in self.parts)

    def dense(self) -> Any:
        """The whole array."""
        return self._pattern.function("dense", self.parts, self.shape)(*self.parts)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        made = self.dense()
        return made if dtype is None else made.astype(dtype)

    def __matmul__(self, v: Any) -> Any:
        import numpy as np

        front, back = self.shape[: self._pattern.front], self.shape[self._pattern.front :]
        given = np.asarray(v)
        flat = given.shape != back and given.shape == (prod(back),)
        if given.shape != back and not flat:
            message = f"the array behind @ has shape {given.shape}, expected {back} or ({prod(back)},)"
            raise ShapeError(Finding("shape-mismatch", message))
        made = self._pattern.function("times", self.parts, self.shape)(*self.parts, given.reshape(back))
        return made.reshape(prod(front)) if flat and len(front) > 1 else made

    def __repr__(self) -> str:
        return f"<structured array of shape {self.shape}: {len(self._pattern.pieces)} terms, {self.nbytes} bytes>"


def structured_callable(question: Question, backend: str, dtype: Any, axes: int) -> Callable[..., Structured]:
    """A callable that returns a `Structured`; `axes` counts those of the variable. Raises ValueError for a library other than NumPy."""
    if backend != "numpy":
        raise ValueError("structured results are NumPy arrays: backend must be 'numpy'")
    node = question.forms[0][0]
    nodes, pieces = _pieces(node)
    pattern = Pattern(pieces, node.shape, len(node.shape) - axes)
    parts = Question(tuple((n,) for n in nodes), question.symbols, question.name, question.title, node.shape)
    text = "float64" if dtype is None else dtype
    return Plans(parts, "numpy", text, None, partial(Structured, pattern)).door()


def _pieces(node: Node) -> tuple[list[Node], tuple[Piece, ...]]:
    """The arrays that every term multiplies, each array once."""
    nodes: list[Node] = []
    pieces = []
    for term in node.terms if isinstance(node, Sum) else (node,):
        product = as_product(term)
        place = {i: k for k, i in enumerate(dict.fromkeys(product.out))}
        numbers, labels = [], []
        for part, idx in _groups(product):
            if part not in nodes:
                nodes.append(part)
            numbers.append(nodes.index(part))
            labels.append(tuple(place[i] for i in idx))
        pieces.append(Piece(tuple(numbers), tuple(labels), tuple(place[i] for i in product.out)))
    return nodes, tuple(pieces)


def _groups(term: Prod) -> list[tuple[Node, tuple[int, ...]]]:
    """Factors that hang together by summed indices as one array, with the indices that stay; the number goes to the smallest."""
    groups: list[list[int]] = []
    for k, (_, idx, _) in enumerate(term.factors):
        bound = set(idx) - set(term.out)
        kept = frozenset(idx)
        near = [
            g for g in groups
            if any(bound & set(term.factors[n][1]) or kept == frozenset(term.factors[n][1]) for n in g)
        ]  # fmt: skip
        groups = [g for g in groups if g not in near] + [[*[n for g in near for n in g], k]]
    made = []
    for g in groups:
        factors = [term.factors[k] for k in sorted(g)]
        stay = [i for i in dict.fromkeys(term.out) if any(i in f[1] for f in factors)]
        made.append((factors, tuple(stay)))
    scalars = [f for factors, stay in made if not stay for f in factors]
    made = [m for m in made if m[1]]
    if not made:
        return [(_array(term, scalars, (), term.coef), ())]
    least = min(range(len(made)), key=lambda k: len(made[k][1]))
    return [
        (_array(term, [*factors, *(scalars if k == least else [])], stay, term.coef if k == least else 1), stay)
        for k, (factors, stay) in enumerate(made)
    ]


def _array(term: Prod, factors: Any, stay: tuple[int, ...], coefficient: Any) -> Node:
    indices = list(dict.fromkeys([*stay, *[i for _, idx, _ in factors for i in idx]]))
    place = {i: k for k, i in enumerate(indices)}
    moved = tuple([(base, tuple([place[i] for i in idx]), e) for base, idx, e in factors])
    out = tuple([place[i] for i in stay])
    return normalise(Prod(coefficient, moved, out, tuple([term.dims[i] for i in indices])))
