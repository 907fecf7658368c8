"""Laws of matrices put together from blocks: inverses and determinants by Schur complements, and those of block triangles.

One idea: a block is E_i' M E_j, where E_i holds the columns of the identity that it takes; which columns there are is seen from the selectors of the
terms. A diagonal block whose inverse is known to exist may be eliminated. Source: Petersen & Pedersen 2012, 9.1; Magnus & Neudecker 2019, 1.11.
"""

from __future__ import annotations

from typing import NamedTuple

from derive.engine.expansion import expanded
from derive.engine.expr import Affine, Node, Prod, Shape, Sum, is_zero, postorder
from derive.engine.normal import normalise
from derive.engine.selectors import MINUS
from derive.engine.sums import collect, scaled
from derive.proof.laws.inverses import inv, inverted
from derive.sizes import ONE, Size

TERMS = 60


def partition(nodes: list[Node], size: Size) -> list[Affine]:
    """The columns of the identity of one size that fill it, of those that occur."""
    parts: dict[Size, Affine] = {}
    for n in nodes:
        if isinstance(n, Affine) and n.shape[0] == size and n.coefs in ((MINUS, ONE), (MINUS,)):
            parts[n.offset] = n if len(n.shape) == 2 else Affine((MINUS, ONE), n.offset, (size, ONE))
    covered, offset = [], Size.of(0)
    while offset in parts:
        covered.append(parts[offset])
        offset = offset + parts[offset].shape[1]
    return covered if offset == size and len(covered) > 1 else []


def picked(node: Node, axis: int, part: Affine) -> Node:
    """The rows (axis 0) or columns (axis 1) of a node that a selector picks."""
    order = len(node.shape)
    own = tuple(range(order))
    out = tuple([order if k == axis else k for k in own])
    dims = (*node.shape, part.shape[1])
    terms = node.terms if isinstance(node, Sum) else (node,)
    made = [normalise(Prod(1, ((t, own, 1), (part, (axis, order), 1)), out, dims)) for t in terms]
    return collect(made, tuple([dims[i] for i in out]))


class Blocks(NamedTuple):
    """A matrix of 2×2 blocks, the first part of which may hold several."""

    parts: tuple[Affine, Affine]
    a: Node
    b: Node
    c: Node
    d: Node


def two_by_two(node: Node) -> Blocks | None:
    """The four blocks of a square matrix of 2×2 blocks."""
    if not isinstance(node, Sum | Prod) or len(node.shape) != 2:
        return None
    grown = expanded(node, TERMS)
    if grown is None:
        return None
    parts = partition(postorder([grown]), node.shape[0])
    if len(parts) != 2:
        return None
    (a, b), (c, d) = [[picked(picked(grown, 0, p), 1, q) for q in parts] for p in parts]
    if any(isinstance(x, Affine) and x.shape[0] == node.shape[0] for x in postorder([a, b, c, d])):
        return None
    return Blocks((parts[0], parts[1]), a, b, c, d)


def product(*nodes: Node) -> Node:
    """The matrix product."""
    dims: Shape = (*[n.shape[0] for n in nodes], nodes[-1].shape[1])
    factors = tuple([(n, (k, k + 1), 1) for k, n in enumerate(nodes)])
    return normalise(Prod(1, factors, (0, len(nodes)), dims))


def less(a: Node, b: Node) -> Node:
    """The difference, multiplied out."""
    made = collect([a, scaled(-1, b)], a.shape)
    return expanded(made, TERMS) or made


def placed(blocks: Blocks, a: Node, b: Node, c: Node, d: Node) -> Node:
    """The matrix with these blocks."""
    first, second = blocks.parts
    size = first.shape[0]
    terms: list[Node] = []
    for left, right, block in ((first, first, a), (first, second, b), (second, first, c), (second, second, d)):
        if not is_zero(block):
            dims = (size, left.shape[1], right.shape[1], size)
            factors = ((left, (0, 1), 1), (block, (1, 2), 1), (right, (3, 2), 1))
            terms.append(normalise(Prod(1, factors, (0, 3), dims)))
    return collect(terms, (size, size))


def inverse_of_blocks(node: Node, invertible: frozenset[Node]) -> Node | None:
    """The inverse of a 2×2 block matrix by the Schur complement of a diagonal block that is known to be invertible."""
    m = inverted(node)
    blocks = two_by_two(m) if m is not None else None
    if blocks is None:
        return None
    if is_zero(blocks.b) and is_zero(blocks.c):
        return placed(blocks, inv(blocks.a), blocks.b, blocks.c, inv(blocks.d))
    if is_zero(blocks.b) or is_zero(blocks.c):
        return _by_first(blocks, blocks.d)
    options = []
    if blocks.a in invertible:
        options.append((True, less(blocks.d, product(blocks.c, inv(blocks.a), blocks.b))))
    if blocks.d in invertible:
        options.append((False, less(blocks.a, product(blocks.b, inv(blocks.d), blocks.c))))
    if not options:
        return None
    by_first, schur = next((o for o in options if o[1] in invertible), options[0])
    return _by_first(blocks, schur) if by_first else _by_second(blocks, schur)


def _by_first(blocks: Blocks, schur: Node) -> Node:
    """With S = D - C inv(A) B: [inv(A) + inv(A) B inv(S) C inv(A), -inv(A) B inv(S); -inv(S) C inv(A), inv(S)]."""
    _, a, b, c, _ = blocks
    p, s = inv(a), inv(schur)
    first = p if is_zero(b) or is_zero(c) else collect([p, product(p, b, s, c, p)], a.shape)
    return placed(blocks, first, scaled(-1, product(p, b, s)), scaled(-1, product(s, c, p)), s)


def _by_second(blocks: Blocks, schur: Node) -> Node:
    """With T = A - B inv(D) C: [inv(T), -inv(T) B inv(D); -inv(D) C inv(T), inv(D) + inv(D) C inv(T) B inv(D)]."""
    _, _, b, c, d = blocks
    p, t = inv(d), inv(schur)
    last = collect([p, product(p, c, t, b, p)], d.shape)
    return placed(blocks, t, scaled(-1, product(t, b, p)), scaled(-1, product(p, c, t)), last)


def schur_complement(node: Node, invertible: frozenset[Node]) -> tuple[Node, Node] | None:
    """Two matrices the product of whose determinants is that of a 2×2 block matrix."""
    blocks = two_by_two(node)
    if blocks is None:
        return None
    if is_zero(blocks.b) or is_zero(blocks.c):
        return blocks.a, blocks.d
    if blocks.a in invertible:
        return blocks.a, less(blocks.d, product(blocks.c, inv(blocks.a), blocks.b))
    if blocks.d in invertible:
        return blocks.d, less(blocks.a, product(blocks.b, inv(blocks.d), blocks.c))
    return None
