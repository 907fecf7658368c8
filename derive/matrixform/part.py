"""A product in matrix notation while it is being written: a number, scalars, and a chain of matrices.

One idea: keeping the chain as a list makes transposing (reverse and flip) and factoring sums (common first or last
elements) plain list operations; a tree is built at the end. Knows only the notation.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from derive.sizes import LEAST, Compound, Size
from derive.tree import Tree, call, name, number

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction


class NeedsIndices(Exception):
    """The product has no matrix notation."""


def magnitude(value: Number) -> Number:
    """|value|."""
    return value if value >= 0 else -value


class Link(NamedTuple):
    """One element of a chain. `kind` is "matrix", "column" or "row"; a symmetric matrix is its own transpose."""

    tree: Tree
    kind: str = "matrix"
    symmetric: bool = False

    def flipped(self) -> Link:
        kind = {"matrix": "matrix", "column": "row", "row": "column"}[self.kind]
        if self.symmetric:
            return self
        if self.tree.head == "transpose":
            return Link(self.tree.args[0], kind)
        return Link(Tree("transpose", (self.tree,)), kind)


Chain = tuple[Link, ...]


def flipped(chain: Chain) -> Chain:
    return tuple([link.flipped() for link in reversed(chain)])


class Part(NamedTuple):
    """`coef · over / under · chain`; `ones` says that the chain is the vector of ones."""

    coef: Number
    over: tuple[Tree, ...]
    under: tuple[Tree, ...]
    chain: Chain
    ones: bool = False


def size_tree(size: Size) -> Tree:
    """A size as an expression: `k + n - 1`."""
    total: Tree | None = None
    ordered = sorted(size.terms, key=lambda t: (not t[0], t[1] < 0, t[0]))
    if ordered and ordered[0][1] < 0:
        ordered.sort(key=lambda t: t[1] < 0)
    for monomial, c in ordered:
        term: Tree | None = number(abs(c)) if abs(c) != 1 or not monomial else None
        for letter in dict.fromkeys(monomial):
            count = monomial.count(letter)
            base = _compound(letter) if isinstance(letter, Compound) else name(letter)
            factor = base if count == 1 else Tree("pow", (base, number(count)))
            term = factor if term is None else Tree("mul", (term, factor))
        assert term is not None
        if total is None:
            total = Tree("neg", (term,)) if c < 0 else term
        else:
            total = Tree("sub" if c < 0 else "add", (total, term))
    return total if total is not None else number(0)


def _compound(word: Compound) -> Tree:
    """`n*(n + 1)/2`, `min(m, n)`."""
    parts = tuple(map(size_tree, word.parts))
    if word.kind == LEAST:
        return call("min", *parts)
    return Tree("div", (Tree("mul", (parts[0], Tree("add", (parts[0], number(1))))), number(2)))


def ones(size: Size) -> Link:
    return Link(call("ones", size_tree(size)), "column")


def eye(size: Size) -> Link:
    return Link(call("eye", size_tree(size)), "matrix", True)


def multiplied(trees: list[Tree]) -> Tree:
    """`a*b*c`, grouped from the left; what is a product itself is opened."""
    out = trees[0]
    for t in trees[1:]:
        for factor in factors_of(t):
            out = Tree("mul", (out, factor))
    return out


def factors_of(tree: Tree) -> list[Tree]:
    """The factors of a product that is grouped from the left, or the tree alone."""
    found: list[Tree] = []
    while tree.head == "mul" and tree.data is None:
        tree, last = tree.args
        found.append(last)
    return [tree, *reversed(found)]


def chain_tree(chain: Chain) -> Tree:
    return multiplied([link.tree for link in chain])


def part_tree(part: Part) -> Tree:
    """The product as a tree; the sign of a negative number in front is a `neg`."""
    body = magnitude_tree(part)
    return Tree("neg", (body,)) if part.coef < 0 else body


def magnitude_tree(part: Part) -> Tree:
    """The product without its sign."""
    size = magnitude(part.coef)
    top, bottom = (size, 1) if type(size) is int or is_decimal(size) else (size.numerator, size.denominator)
    chain, below = with_means(part.chain, part.under)
    trees = ([number(top)] if top != 1 else []) + list(part.over) + [link.tree for link in chain]
    under = ([number(bottom)] if bottom != 1 else []) + list(below)
    if not trees:
        trees = [number(1)]
    body = multiplied(trees)
    return Tree("div", (body, multiplied(under))) if under else body


def with_means(chain: Chain, under: tuple[Tree, ...]) -> tuple[Chain, tuple[Tree, ...]]:
    """`X*ones(n)/n` is `rowmean(X)`, `X'*ones(m)/m` is `colmean(X)`, and as rows."""
    if not under:
        return chain, under
    for k, (left, right) in enumerate(pairwise(chain)):
        row = left.kind == "row"
        matrix, vector = (right, left) if row else (left, right)
        ones_of = vector.tree.args[0] if row and vector.tree.head == "transpose" else vector.tree
        if matrix.kind != "matrix" or vector.kind == "matrix" or ones_of.data != "ones" or len(ones_of.args) != 1:
            continue
        rest = _without_size(under, ones_of.args[0])
        if rest is None:
            continue
        turned = matrix.tree.head == "transpose"
        mean = call("colmean" if turned != row else "rowmean", matrix.tree.args[0] if turned else matrix.tree)
        link = Link(mean, "column")
        return with_means((*chain[:k], link.flipped() if row else link, *chain[k + 2 :]), rest)
    return chain, under


def _without_size(under: tuple[Tree, ...], size: Tree) -> tuple[Tree, ...] | None:
    """The factors below the line with a size taken out once; None where it is not among them."""
    for place, tree in enumerate(under):
        if tree == size:
            return under[:place] + under[place + 1 :]
        if tree.head == "pow" and tree.args[0] == size and isinstance(tree.args[1].data, int) and tree.args[1].data > 1:
            return (*under[:place], scalar_power(size, tree.args[1].data - 1), *under[place + 1 :])
    return None


def added(parts: list[Part]) -> Tree:
    """A sum with its signs, a positive part first where there is one."""
    first = next((k for k, p in enumerate(parts) if p.coef > 0), 0)
    if first and parts[0].coef < 0:
        parts = [parts[first], *parts[:first], *parts[first + 1 :]]
    out = part_tree(parts[0])
    for p in parts[1:]:
        out = Tree("sub" if p.coef < 0 else "add", (out, magnitude_tree(p)))
    return out


def is_decimal(value: Number) -> bool:
    """Whether a fraction came from a decimal: `0.044715`, but not `1/2` or `3/8`."""
    q = value.denominator
    if q <= 16 or 10**8 % q:
        return False
    return True


def scalar_power(tree: Tree, exp: Number) -> Tree:
    """`tree^exp` for exp > 0; square roots as `sqrt`."""
    if exp == 1:
        return tree
    if type(exp) is not int and exp.denominator == 2:
        root = call("sqrt", tree)
        return root if exp.numerator == 1 else Tree("pow", (root, number(exp.numerator)))
    return Tree("pow", (tree, number_tree(exp)))


def entry_power(tree: Tree, exp: Number) -> Tree:
    """`tree.^exp` entry by entry, for exp > 0."""
    if exp == 1:
        return tree
    if type(exp) is not int and exp.denominator == 2 and exp.numerator == 1:
        return call("sqrt", tree)
    return Tree("hpow", (tree, number_tree(exp)))


def number_tree(value: Number) -> Tree:
    if type(value) is int:
        return number(value) if value >= 0 else Tree("neg", (number(-value),))
    inner = Tree("div", (number(magnitude(value.numerator)), number(value.denominator)))
    return inner if value > 0 else Tree("neg", (inner,))
