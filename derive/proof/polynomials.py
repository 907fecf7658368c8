"""Polynomials in words: sums of matrix products, with scalars that commute with everything.

One idea: a matrix that is a sum of chains is a polynomial whose letters do not commute, and an equation between such matrices is a rule
that exchanges its largest word for the rest. Rules that overlap make further rules (`completed`), which are equations again: so from `M Z = I` and
`Z M = I` follow the identities of inverses of sums. A column beside a row (`x y'`) is a word too. It knows which nodes are inverses as little as
what they mean; every rule follows from the equations that it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from derive.engine.expr import Idx, Node, Prod, Shape, Sum, constant
from derive.engine.normal import normalise, transposed
from derive.engine.sums import collect, split
from derive.engine.symmetry import is_symmetric

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]

Word = tuple[int, ...]
Scalars = tuple[tuple[int, "Number"], ...]
Mono = tuple[Word, Scalars]
Poly = dict[Mono, "Number"]

LONGEST = 11  # word at which two rules are joined
WIDEST = 60  # terms of a rule


class Alphabet:
    """Matrices, vectors and scalars as numbers, in the order in which they were met."""

    def __init__(self) -> None:
        self.letters: list[tuple[Node, bool]] = []
        self.columns: list[bool] = []  # which of the letters are columns
        self.narrow = False  # whether some letter is
        self.inverted: dict[int, Poly | None] = {}  # of which letters are inverses, for `derive.proof.clearing`
        self.scalars: list[Node] = []
        self.nonzero: set[int] = set()
        self._letters: dict[tuple[Node, bool], int] = {}
        self._scalars: dict[Node, int] = {}
        self._closed: dict[Word, int] = {}

    def letter(self, node: Node, turned: bool = False) -> int:
        """A matrix or its transpose; a column, or turned: the row."""
        if len(node.shape) == 2:
            turned = turned and not is_symmetric(node)
            if type(node) is Prod and (other := transposed(node)).sig < node.sig:
                node, turned = other, not turned
        key = (node, turned)
        found = self._letters.get(key)
        if found is None:
            found = self._letters[key] = len(self.letters)
            self.letters.append(key)
            column = len(node.shape) == 1 and not turned
            self.columns.append(column)
            self.narrow = self.narrow or column
        return found

    def scalar(self, node: Node) -> int:
        found = self._scalars.get(node)
        if found is None:
            found = self._scalars[node] = len(self.scalars)
            self.scalars.append(node)
        return found

    def turned(self, word: Word) -> Word:
        """The transpose of a word."""
        made = []
        for x in reversed(word):
            node, flipped = self.letters[x]
            made.append(self.letter(node, not flipped))
        return tuple(made)

    # ---- from nodes and back

    def read(self, node: Node) -> Poly:
        """A matrix as a polynomial; a term that is no chain is one letter."""
        made: Poly = {}
        for term in node.terms if isinstance(node, Sum) else (node,):
            coef, mono = self._term(term)
            made[mono] = made.get(mono, 0) + coef
        return made

    def _term(self, term: Node) -> tuple[Number, Mono]:
        if not isinstance(term, Prod):
            return 1, ((self.letter(term),), ())
        rest = term.factors
        scalars: Scalars = ()
        if () in [f[1] for f in rest]:
            scalars = tuple(sorted([(self.scalar(b), e) for b, at, e in rest if not at]))
            rest = tuple([f for f in rest if f[1]])
        if not rest and term.out[0] == term.out[1]:
            return term.coef, ((), scalars)
        word = self._word(rest, term.out, term.dims)
        if word is None:
            word = (self.letter(normalise(Prod(1, rest, term.out, term.dims))),)
        return term.coef, (word, scalars)

    def _word(self, factors: tuple[FactorOf, ...], out: Idx, dims: Shape) -> Word | None:
        if out[0] == out[1]:
            return None
        uses: dict[int, list[int]] = {}
        for k, (_, at, _) in enumerate(factors):
            if len(at) > 2 or (len(at) == 2 and at[0] == at[1]):
                return None
            for i in at:
                known = uses.get(i)
                if known is None:
                    uses[i] = [k]
                elif len(known) == 2 or i in out:
                    return None
                else:
                    known.append(k)
        taken: list[int] = []
        word, end = self._walk(out[0], factors, out, dims, uses, taken)
        if end is None:
            other, _ = self._walk(out[1], factors, out, dims, uses, taken, back=True)
            word = word + other[::-1]
        return word if len(taken) == len(factors) else None

    def _walk(
        self,
        here: int,
        factors: tuple[FactorOf, ...],
        out: Idx,
        dims: Shape,
        uses: dict[int, list[int]],
        taken: list[int],
        back: bool = False,
    ) -> tuple[Word, int | None]:
        """The letters from one index on, and the output index at which they end; None where they end with a vector.

        Going back, from the last letter to the first, every letter is turned.
        """
        word: list[int] = []
        while True:
            for k in uses.get(here, ()):
                if k not in taken:
                    break
            else:
                return (*word, self.letter(constant(1, (dims[here],)), back)), None
            base, at, exp = factors[k]
            taken.append(k)
            if exp != 1:
                axes = tuple(range(len(at)))
                base = normalise(Prod(1, ((base, axes, exp),), axes, base.shape))
            if len(at) == 1:
                return (*word, self.letter(base, back)), None
            word.append(self.letter(base, (at[0] != here) is not back))
            here = at[1] if at[0] == here else at[0]
            if here in out:
                return tuple(word), here

    def spelled(self, poly: Poly, shape: Shape) -> Node:
        """The matrix of a polynomial."""
        return collect([self._spelled(word, scalars, c, shape) for (word, scalars), c in poly.items()], shape)

    def _spelled(self, word: Word, scalars: Scalars, coef: Number, shape: Shape) -> Node:
        factors: list[FactorOf] = [(self.scalars[s], (), e) for s, e in scalars]
        dims, here = [shape[0]], 0
        for x in word:
            node, flipped = self.letters[x]
            if len(node.shape) == 2:
                dims.append(node.shape[0] if flipped else node.shape[1])
                factors.append((node, (len(dims) - 1, here) if flipped else (here, len(dims) - 1), 1))
                here = len(dims) - 1
                continue
            if flipped:
                dims.append(node.shape[0])
                here = len(dims) - 1
            factors.append((node, (here,), 1))
        return normalise(Prod(coef, tuple(factors), (0, here), tuple(dims)))

    # ---- arithmetic

    def tidy(self, mono: Mono) -> Mono:
        """What stands between a row and the next column is a scalar and leaves the word."""
        word, scalars = mono
        if not self.narrow or len(word) < 3:
            return mono
        columns = self.columns
        cuts = [k + 1 for k, x in enumerate(word) if columns[x]]
        if len(cuts) < 2 or cuts[0] == len(word):
            return mono
        found = dict(scalars)
        for a, b in pairwise(cuts):
            closed = self.closed(word[a:b])
            if closed >= 0:
                found[closed] = found.get(closed, 0) + 1
        word = word[: cuts[0]] + word[cuts[-1] :]
        return word, tuple(sorted((s, e) for s, e in found.items() if e))

    def closed(self, word: Word) -> int:
        """The scalar that a word from a row to a column is."""
        found = self._closed.get(word)
        if found is None:
            found = self._closed[word] = self.scalar(self._met(word) or self._contracted(word))
        return found

    def _met(self, word: Word) -> Prod | None:
        """The term of a known scalar that such a word spells: `v'*inv(A)*u` stands in `1 + v'*inv(A)*u` as a rule."""
        for known in self.scalars:
            for term in known.terms if type(known) is Sum else (known,):
                if type(term) is Prod and len(term.factors) == len(word) == len(term.dims) + 1:
                    unit = split(term)[1]
                    if type(unit) is Prod and self._spells(word, unit):
                        return unit
        return None

    def _spells(self, word: Word, node: Prod) -> bool:
        """Whether the factors of a scalar, which has one index fewer than factors, are the letters from a row to a column."""
        left, here = list(node.factors), -1
        for x in word:
            letter, flipped = self.letters[x]
            for factor in left:
                base, at, exp = factor
                if exp != 1 or len(at) != len(letter.shape) or base.sig != letter.sig or base != letter:
                    continue
                if len(at) == 1:
                    first, last = at[0], at[0]
                elif at[0] != here and is_symmetric(base):
                    last, first = at
                else:
                    first, last = at[::-1] if flipped else at
                if here in (first, -1):
                    break
            else:
                return False
            left.remove(factor)
            here = last
        return True

    def _contracted(self, word: Word) -> Node:
        first = self.letters[word[0]][0]
        factors: list[FactorOf] = [(first, (0,), 1)]
        dims, here = [first.shape[0]], 0
        for x in word[1:]:
            node, flipped = self.letters[x]
            if len(node.shape) == 1:
                factors.append((node, (here,), 1))
                continue
            dims.append(node.shape[0] if flipped else node.shape[1])
            factors.append((node, (len(dims) - 1, here) if flipped else (here, len(dims) - 1), 1))
            here = len(dims) - 1
        return normalise(Prod(1, tuple(factors), (), tuple(dims)))


def product(a: Scalars, b: Scalars) -> Scalars:
    if not a or not b:
        return a or b
    if len(a) == len(b) == 1:
        (s, e), (t, f) = a[0], b[0]
        if s != t:
            return a + b if s < t else b + a
        return ((s, e + f),) if e + f else ()
    made = dict(a)
    for s, e in b:
        made[s] = made.get(s, 0) + e
    return tuple(sorted([(s, e) for s, e in made.items() if e]))


def inverse(a: Scalars) -> Scalars:
    return tuple([(s, -e) for s, e in a])


def times(left: Mono, poly: Poly, right: Mono, coef: Number, into: Poly, alphabet: Alphabet) -> None:
    """Add `coef · left · poly · right`."""
    (before, first), (after, last) = left, right
    narrow = alphabet.narrow
    for (word, scalars), c in poly.items():
        joined = product(product(first, scalars), last) if first or last else scalars
        mono = before + word + after, joined
        if narrow:
            mono = alphabet.tidy(mono)
        known = into.get(mono)
        total = coef * c if known is None else known + coef * c
        if total:
            into[mono] = total
        elif known is not None:
            del into[mono]


class Rule(NamedTuple):
    """`scalars · word -> rest`, and the names of the equations from which it follows."""

    word: Word
    scalars: Scalars
    rest: Poly
    sources: frozenset[str]


def _size(mono: Mono) -> tuple[int, Word, Number, Scalars]:
    word, scalars = mono
    total: Number = 0
    for _, e in scalars:
        total += e
    return len(word), word, total, scalars


def _length(mono: Mono) -> tuple[int, Word]:
    return len(mono[0]), mono[0]


def rule_of(poly: Poly, sources: frozenset[str], alphabet: Alphabet) -> Rule | None:
    """The rule of `poly = 0`; None for 0 and for an equation between scalars."""
    if not poly:
        return None
    lead = max(poly, key=_size)
    if not lead[0]:
        return None
    free = tuple([(s, e) for s, e in lead[1] if s in alphabet.nonzero])
    kept = tuple([(s, e) for s, e in lead[1] if s not in alphabet.nonzero])
    if any(e < 0 or type(e) is not int for _, e in kept):
        return None
    lower: Poly = {m: c for m, c in poly.items() if m != lead}
    rest: Poly = {}
    times(((), inverse(free)), lower, ((), ()), inverse_of(-poly[lead]), rest, alphabet)
    return Rule(lead[0], kept, rest, sources)


def inverse_of(value: Number) -> Number:
    if value == 1 or value == -1:
        return value
    from fractions import Fraction

    made = 1 / Fraction(value)
    return made.numerator if made.denominator == 1 else made


def divides(scalars: Scalars, mono: Scalars) -> bool:
    if not scalars:
        return True
    there = dict(mono)
    return all(there.get(s, 0) >= e for s, e in scalars)


def find(word: Word, inside: Word) -> int:
    """Where a word begins inside another, or -1."""
    many, first = len(word), word[0]
    for k in range(len(inside) - many + 1):
        if inside[k] == first and inside[k : k + many] == word:
            return k
    return -1


def reduced(poly: Poly, rules: Iterable[Rule], alphabet: Alphabet, limit: int = 200) -> tuple[Poly, frozenset[str]]:
    """The polynomial to which no rule applies, and the sources of the rules that were used."""
    used: frozenset[str] = frozenset()
    rules = tuple(rules)
    todo, done = dict(poly), Poly()
    while todo and limit:
        mono = max(todo, key=_length) if len(todo) > 1 else next(iter(todo))
        coef = todo.pop(mono)
        word = mono[0]
        for rule in rules:
            k = find(rule.word, word) if rule.word[0] in word else -1
            if k >= 0 and divides(rule.scalars, mono[1]):
                rest = product(mono[1], inverse(rule.scalars)) if rule.scalars else mono[1]
                right: Mono = (mono[0][k + len(rule.word) :], ())
                times((mono[0][:k], rest), rule.rest, right, coef, todo, alphabet)
                used |= rule.sources
                limit -= 1
                break
        else:
            done[mono] = done.get(mono, 0) + coef  # a rule may lead to a longer word, which was met before
    for mono, coef in todo.items():
        done[mono] = done.get(mono, 0) + coef
    return {m: c for m, c in done.items() if c}, used


def completed(equations: list[tuple[Poly, frozenset[str]]], alphabet: Alphabet, steps: int) -> Iterator[Rule | None]:
    """Rules that follow from equations: those of the equations, None, then those of their overlaps, the shortest first."""
    rules: list[Rule] = []
    queue: list[tuple[int, int, Poly, frozenset[str]]] = []
    count = 0
    for poly, sources in equations:
        heappush(queue, (0, count, poly, sources))
        count += 1
    first = True
    while queue and steps:
        steps -= 1
        if first and queue[0][0]:
            first = False
            yield None
        _, _, poly, sources = heappop(queue)
        poly, used = reduced(poly, rules, alphabet)
        made = rule_of(poly, sources | used, alphabet)
        if made is None or len(poly) > WIDEST:
            continue
        kept = []
        for old in rules:
            if find(made.word, old.word) >= 0 and divides(made.scalars, old.scalars):
                heappush(queue, (len(old.word), count, _equation(old), old.sources))
                count += 1
            else:
                kept.append(old)
        rules = [*kept, made]
        yield made
        for other in rules:
            for joined, length in _overlaps(made, other, alphabet):
                heappush(queue, (length, count, joined, made.sources | other.sources))
                count += 1
    if first:
        yield None


def _equation(rule: Rule) -> Poly:
    poly = {m: -c for m, c in rule.rest.items()}
    poly[(rule.word, rule.scalars)] = 1
    return poly


def _overlaps(a: Rule, b: Rule, alphabet: Alphabet) -> Iterator[tuple[Poly, int]]:
    """`a.rest · v - u · b.rest` where the words of a and b end and begin with the same letters, in both orders."""
    for first, second in ((a, b), (b, a)) if a is not b else ((a, b),):
        for many in range(1, min(len(first.word), len(second.word))):
            if first.word[-many:] != second.word[:many]:
                continue
            length = len(first.word) + len(second.word) - many
            if length > LONGEST:
                continue
            common = dict(first.scalars)
            for s, e in second.scalars:
                common[s] = max(common.get(s, 0), e)
            whole = tuple(sorted(common.items()))
            poly: Poly = {}
            times(((), product(whole, inverse(first.scalars))), first.rest, (second.word[many:], ()), 1, poly, alphabet)
            left = first.word[:-many], product(whole, inverse(second.scalars))
            times(left, second.rest, ((), ()), -1, poly, alphabet)
            if poly:
                yield poly, length
