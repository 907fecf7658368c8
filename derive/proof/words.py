"""Products of matrices as words: the letters of a chain, from left to right, and the exchange of a part of it.

One idea: where an index joins exactly two factors, their order is that of a matrix product, so a law of neighbours is a rule on words, whatever
stands around it: `A*pinv(A)*A -> A` may begin anywhere in a chain, in a trace, or before a vector. A letter is a node, turned (transposed)
or not; a vector may be the last or the first letter. It knows no law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from derive.engine.expr import Idx, Node, Prod, identity
from derive.engine.normal import normalise
from derive.engine.symmetry import is_symmetric

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]


class Letter(NamedTuple):
    """A matrix or its transpose; of a vector, the column or the row that holds it."""

    node: Node
    turned: bool = False


Letters = tuple[Letter, ...]


class Chain(NamedTuple):
    """Letters joined one by one; `cuts[k]` is the index before letter k (-1 before a row and after a column)."""

    letters: Letters
    places: tuple[int, ...]  # of the factors
    cuts: tuple[int, ...]
    cyclic: bool


class Word(NamedTuple):
    """A node as `coef · scalars · letters`."""

    coef: Number
    scalars: tuple[FactorOf, ...]
    letters: Letters


Found = tuple[int, Node]  # how many letters, and what they are equal to
Rule = Callable[[Letters], Found | None]


def letter(node: Node, turned: bool = False) -> Letter:
    """A letter; a symmetric matrix is never turned."""
    return Letter(node, turned and not is_symmetric(node))


def turned(letters: Sequence[Letter]) -> Letters:
    """The transpose of a word."""
    return tuple([letter(x.node, not x.turned) for x in reversed(letters)])


_chains: dict[Node, tuple[Chain, ...]] = {}


def chains(node: Prod) -> tuple[Chain, ...]:
    """The maximal chains of a product, each in both directions."""
    found = _chains.get(node)
    if found is None:
        found = tuple(_found_chains(node))
        if len(_chains) > 5_000:
            _chains.clear()
        _chains[node] = found
    return found


def _found_chains(node: Prod) -> list[Chain]:
    joins = _joins(node)
    ends: dict[int, list[int]] = {}
    for i, (a, b) in joins.items():
        ends.setdefault(a, []).append(i)
        ends.setdefault(b, []).append(i)
    fit = [k for k, (_, at, e) in enumerate(node.factors) if e == 1 and _is_letter(at)]
    done: set[int] = set()
    made: list[Chain] = []
    for cyclic in (False, True):
        for k in fit:
            if k not in done and (cyclic or len(ends.get(k, ())) < 2):
                one = _walk(node, k, joins, ends, cyclic)
                done.update(one.places)
                made += [one, _reversed(one)]
    return made


def _is_letter(at: Idx) -> bool:
    return len(at) == 1 or (len(at) == 2 and at[0] != at[1])


def _joins(node: Prod) -> dict[int, tuple[int, int]]:
    """The bound indices that stand once on each of two letters, and nowhere else."""
    uses: dict[int, list[int]] = {}
    for k, (_, at, _) in enumerate(node.factors):
        for i in at:
            uses.setdefault(i, []).append(k)
    fit = [e == 1 and _is_letter(at) for _, at, e in node.factors]
    return {
        i: (places[0], places[1])
        for i, places in uses.items()
        if len(places) == 2 and i not in node.out and places[0] != places[1] and fit[places[0]] and fit[places[1]]
    }


def _walk(node: Prod, start: int, joins: dict[int, tuple[int, int]], ends: dict[int, list[int]], cyclic: bool) -> Chain:
    at = node.factors[start][1]
    inner = ends.get(start, [])
    first = at[1] if len(at) == 2 and at[0] in inner and at[1] not in inner else at[0]
    if len(at) == 1:
        first = -1
    letters, places, cuts = [], [], [first]
    k, left = start, first
    while True:
        base, at, _ = node.factors[k]
        right = -1 if len(at) == 1 and left == at[0] else at[0] if len(at) == 1 else at[1] if at[0] == left else at[0]
        flipped = left == -1 if len(at) == 1 else at[0] != left
        letters.append(letter(base, flipped) if len(at) == 2 else Letter(base, flipped))
        places.append(k)
        cuts.append(right)
        if right not in joins or (cyclic and right == first):
            break
        a, b = joins[right]
        k, left = (b if k == a else a), right
    return Chain(tuple(letters), tuple(places), tuple(cuts), cyclic)


def _reversed(chain: Chain) -> Chain:
    letters = tuple(
        [
            letter(x.node, not x.turned) if len(x.node.shape) == 2 else Letter(x.node, not x.turned)
            for x in reversed(chain.letters)
        ]
    )
    return Chain(letters, chain.places[::-1], chain.cuts[::-1], chain.cyclic)


def word_of(node: Node) -> Word | None:
    """The node as one chain from its first axis to its last, or None."""
    if not 1 <= len(node.shape) <= 2:
        return None
    if not isinstance(node, Prod):
        return Word(1, (), (letter(node),) if len(node.shape) == 2 else (Letter(node),))
    scalars = tuple([f for f in node.factors if not f[1]])
    if len(scalars) == len(node.factors):
        return Word(node.coef, scalars, ()) if len(node.out) == 2 and node.out[0] == node.out[1] else None
    for chain in chains(node):
        ends = tuple([i for i in (chain.cuts[0], chain.cuts[-1]) if i >= 0])
        if ends == node.out and len(chain.places) + len(scalars) == len(node.factors) and not chain.cyclic:
            return Word(node.coef, scalars, chain.letters)
    return None


def spelled(letters: Sequence[Letter], size: Node | None = None) -> Node:
    """The product of the letters; the empty word is the identity with as many rows as `size`."""
    if not letters:
        assert size is not None
        return identity(size.shape[:1])
    factors: list[FactorOf] = []
    dims = []
    out = []
    last = -1
    for number, (base, flipped) in enumerate(letters):
        shape = base.shape[::-1] if flipped else base.shape
        if len(shape) == 2:
            if last < 0:
                dims.append(shape[0])
                last = len(dims) - 1
                out.append(last)
            dims.append(shape[1])
            here = (last, len(dims) - 1)
            last = here[1]
            factors.append((base, here[::-1] if flipped else here, 1))
        elif flipped and number == 0:
            dims.append(shape[0])
            last = len(dims) - 1
            factors.append((base, (last,), 1))
        else:
            factors.append((base, (last,), 1))
            last = -1
    if last >= 0:
        out.append(last)
    return normalise(Prod(1, tuple(factors), tuple(out), tuple(dims)))


def exchanged(node: Prod, places: Sequence[int], *new: FactorOf, coef: Number = 1) -> Node:
    """The product with some factors replaced by others; an index that stood on the old ones only is gone with them."""
    gone = set(places)
    kept = tuple([f for k, f in enumerate(node.factors) if k not in gone]) + new
    used = {*node.out, *[i for _, at, _ in kept for i in at]}
    place = {i: p for p, i in enumerate(sorted(used))}
    factors = tuple([(b, tuple([place[i] for i in at]), e) for b, at, e in kept])
    dims = tuple([node.dims[i] for i in sorted(used)])
    return normalise(Prod(node.coef * coef, factors, tuple([place[i] for i in node.out]), dims))


def outer(node: Node) -> tuple[Node, Node] | None:
    """x and y of a matrix that is x*y', a number and scalars left out by the caller."""
    if not isinstance(node, Prod) or node.coef != 1 or len(node.factors) != 2 or len(node.dims) != 2:
        return None
    (x, at, e), (y, there, f) = node.factors
    if e != 1 or f != 1 or len(node.out) != 2 or {at, there} != {(0,), (1,)}:
        return None
    return (x, y) if at == node.out[:1] else (y, x)


def with_rule(node: Node, rule: Rule, interesting: Callable[[Node], bool]) -> Node | None:
    """The node with one part of one of its chains exchanged by a rule, or None where no rule fits."""
    if not isinstance(node, Prod) or not any(interesting(b) for b, _, _ in node.factors):
        return None
    for letters, places, cuts in _parts(node):
        found = rule(letters)
        if found is not None:
            length, other = found
            at = tuple([i for i in (cuts[0], cuts[length]) if i >= 0])
            return exchanged(node, places[:length], (other, at, 1))
    return None


def _parts(node: Prod) -> Iterator[tuple[Letters, tuple[int, ...], tuple[int, ...]]]:
    for chain in chains(node):
        many = len(chain.letters)
        for k in range(many):
            if chain.cyclic:
                letters = chain.letters[k:] + chain.letters[:k]
                places = chain.places[k:] + chain.places[:k]
                inner = chain.cuts[:-1]
                yield letters, places, (*inner[k:], *inner[:k], inner[k])
            else:
                yield chain.letters[k:], chain.places[k:], chain.cuts[k:]


def starts(letters: Letters, word: Letters) -> bool:
    """Whether a word is the beginning of another."""
    return letters[: len(word)] == word
