"""Identities with inverses of sums: Woodbury, push-through, resolvents, blocks, ridge and Kalman forms.

One idea: a difference of two sides is zero when it reduces to zero by the equations `M inv(M) = I` and `inv(M) M = I` of the inverses that occur in it,
by those of the declared properties, and by the rules that follow from them (`polynomials`). Scalar denominators are multiplied away
first, and an inverse at the edge of a matrix may be: `D = 0` when `M D = 0`. All that occurs in a claim is taken to exist, as an equation
holds where both sides are defined. It knows no functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from derive.engine.expansion import expanded
from derive.engine.expr import Affine, Apply, Atom, Idx, Node, Prod, Sum, Sym, constant, is_zero, postorder
from derive.engine.lifting import over_used
from derive.engine.normal import normalise
from derive.engine.sums import collect
from derive.proof.denominators import without_denominators
from derive.proof.equations import equations_of
from derive.proof.laws.blocks import partition, picked
from derive.proof.polynomials import Alphabet, Poly, Rule, completed

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]

TERMS = 400  # of a difference multiplied out
REDUCTIONS = 120  # in one difference
TOTAL = 300  # in one proof
STEPS = 90  # of making rules
ROUNDS = 3  # of clearing denominators
EDGES = 2  # inverses that are cleared from one side

WHOLE = ("inv", "pinv")  # whose arguments are left as they stand in the equations
CLEARED, COMMON = "both sides multiplied by what is inverted", "common denominator"
BLOCKWISE = "block by block"


class Reducer:
    """Applies rules to products in the index graph, where a word may be read along any chain and in both directions."""

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet
        self.rules: dict[
            Node, list[tuple[Rule, Node]]
        ] = {}  # by the first letter of the word; with the node of the rest
        self.flips: list[Rule] = []  # what reads the same backwards: of both readings one is kept
        self.used: dict[str, None] = {}
        self.done: dict[Node, Node] = {}
        self.left = REDUCTIONS
        self.total = TOTAL

    def add(self, rule: Rule) -> None:
        first, last = (self.alphabet.letters[rule.word[k]] for k in (0, -1))
        rows = first[0].shape[-1 if first[1] else 0]
        columns = last[0].shape[0 if last[1] else -1]
        rest = self.alphabet.spelled(rule.rest, (rows, columns))
        self.rules.setdefault(first[0], []).append((rule, rest))
        if len(rule.rest) == 1 and (self.alphabet.turned(rule.word), ()) in rule.rest:
            self.flips.append(rule)

    def reduced(self, node: Node) -> Node | None:
        """An equal node, multiplied out, to which no rule applies; None when it grows beyond bounds."""
        found = self.done.get(node)
        if found is None:
            made = self._reduced(node)
            if made is None:
                return None
            found = self.done[node] = made
        return found

    def _reduced(self, node: Node) -> Node | None:
        match node:
            case Sum():
                parts = [self.reduced(t) for t in node.terms]
                if any(p is None for p in parts):
                    return None
                return collect([p for p in parts if p is not None], node.shape)
            case Prod():
                return self._product(node)
            case Apply() if node.op.name not in WHOLE:
                args = [self.reduced(a) for a in node.args]
                if any(a is None for a in args) or all(a is b for a, b in zip(args, node.args, strict=True)):
                    return node
                return normalise(Apply(node.op, tuple([a for a in args if a is not None]), node.shape))
        return node

    def _product(self, node: Prod) -> Node | None:
        factors = []
        changed = False
        for base, at, exp in node.factors:
            inner = self.reduced(base) if type(base) is Prod or type(base) is Sum or type(base) is Apply else base
            changed = changed or (inner is not None and inner is not base)
            factors.append((base if inner is None else inner, at, exp))
        made: Node = normalise(Prod(node.coef, tuple(factors), node.out, node.dims)) if changed else node
        if not isinstance(made, Prod):
            return self.reduced(made)
        other = self._step(made) if self.left > 0 else None
        if other is None:
            if made is node or self.left <= 0:
                return made
            self.left -= 1  # for what is reduced inside may be put together as it was
            grown = expanded(made, TERMS, deep=False)
            return grown if grown is None or grown == node else self.reduced(grown)
        self.left -= 1
        self.total -= 1
        grown = expanded(other, TERMS, deep=False)
        return None if grown is None else self.reduced(grown)

    def _step(self, node: Prod) -> Node | None:
        for base, _, _ in node.factors:
            for rule, rest in self.rules.get(base, ()):
                made = self._applied(node, rule, rest)
                if made is not None:
                    self.used.update(dict.fromkeys(sorted(rule.sources)))
                    return made
        return None

    def _applied(self, node: Prod, rule: Rule, rest: Node) -> Node | None:
        there = {b: e for b, at, e in node.factors if not at} if rule.scalars else {}
        scalars = [(self.alphabet.scalars[s], e) for s, e in rule.scalars]
        if any(there.get(b, 0) < e for b, e in scalars):
            return None
        for taken, start, end in self._matches(node, rule):
            kept = [f for k, f in enumerate(node.factors) if k not in taken]
            below: list[FactorOf] = [(b, (), -e) for b, e in scalars]
            made = over_used([*kept, *below, (rest, (start, end), 1)], node.out, node.dims, node.coef)
            if rule not in self.flips or made.sig < node.sig:
                return made
        return None

    def _matches(self, node: Prod, rule: Rule) -> Iterator[tuple[frozenset[int], int, int]]:
        letters = [self.alphabet.letters[x] for x in rule.word]
        uses: dict[int, int] = {}
        for i in node.out:
            uses[i] = uses.get(i, 0) + 9
        for _, at, _ in node.factors:
            for i in at:
                uses[i] = uses.get(i, 0) + 1
        stack: list[tuple[int, int, int, frozenset[int]]] = [(0, -1, -1, frozenset())]
        while stack:
            position, start, here, taken = stack.pop()
            if position == len(letters):
                if here >= 0 and start != here:
                    yield taken, start, here
                elif here >= 0:
                    yield taken, start, here
                continue
            base, flipped = letters[position]
            joined = position > 0 and here >= 0
            if joined and type(base) is Prod and not base.factors and uses.get(here) == 1:
                stack.append((position + 1, start, -1, taken))
                continue
            for k, (other, at, exp) in enumerate(node.factors):
                if k in taken or exp != 1 or other != base:
                    continue
                if joined and (uses[here] != 2 or here not in at):
                    continue
                if len(at) == 1:
                    if flipped == joined:
                        continue
                    stack.append((position + 1, start if position else at[0], at[0] if flipped else -1, taken | {k}))
                elif len(at) == 2 and at[0] != at[1]:
                    symmetric = not flipped and self.alphabet.letter(base, True) == rule.word[position]
                    for enter, leave in ((at[1], at[0]), at) if symmetric else ((at[::-1],) if flipped else (at,)):
                        if joined and enter != here:
                            continue
                        stack.append((position + 1, enter if position == 0 else start, leave, taken | {k}))


# ------------------------------------------------------------------------------------------------ the proof


def rational_proof(node: Node) -> tuple[str, ...] | None:
    """Names of the laws by which a node is zero, or None when that is not found."""
    grown = expanded(node, TERMS)
    if grown is None or is_zero(grown):
        return None if grown is None else ()
    names: dict[str, None] = {}
    for _ in range(ROUNDS):
        other = without_denominators(grown)
        if other is None:
            break
        names[COMMON] = None
        grown = expanded(other, TERMS)
        if grown is None or is_zero(grown):
            return None if grown is None else tuple(names)
    found = _by_blocks(grown)
    if found is None:
        alphabet = Alphabet()
        alphabet.nonzero = _NonZero(grown, alphabet)
        equations = equations_of(grown, alphabet)
        found = _by_rules(grown, equations, alphabet) if equations else None
    return None if found is None else (*names, *found)


def _by_blocks(node: Node) -> tuple[str, ...] | None:
    """The laws by which each block is zero, of a matrix that has blocks; None when it has none, or one is not found to be zero."""
    parts = blocks_of(node)
    if parts is None:
        return None
    names = {BLOCKWISE: None}
    for part in parts:
        found = rational_proof(part)
        if found is None:
            return None
        names.update(dict.fromkeys(found))
    return tuple(names)


def blocks_of(node: Node) -> list[Node] | None:
    """The blocks of a matrix or vector with rows or columns put together from blocks; None when there are none or they stay."""
    nodes = postorder([node])
    splits = [partition(nodes, size) for size in node.shape]
    if not any(splits) or len(splits) > 2:
        return None
    made = [node]
    for axis, parts in enumerate(splits):
        if parts:
            made = [picked(n, axis, p) for n in made for p in parts]
    return None if any(isinstance(x, Affine) and x.shape[0] in node.shape for x in postorder(made)) else made


def _by_rules(node: Node, equations: list[tuple[Poly, frozenset[str]]], alphabet: Alphabet) -> tuple[str, ...] | None:
    reducer = Reducer(alphabet)
    goals: list[tuple[Node, frozenset[Node]]] = []
    for rule in completed(equations, alphabet, STEPS):
        if rule is not None:
            reducer.add(rule)
            letters = {alphabet.letters[x][0] for x in rule.word}
        elif (found := _first_goals(node, reducer, goals)) is not None:
            return found
        for k, (goal, bases) in enumerate(goals):
            if rule is None or not letters <= bases:
                continue
            after = _settled(goal, reducer)
            if after is not None and is_zero(after):
                return (*([CLEARED] if k else []), *reducer.used)
            goals[k] = (goal, bases) if after is None else (after, _bases(after))
        if reducer.total < 0:
            return None
    return None


def _first_goals(node: Node, reducer: Reducer, goals: list[tuple[Node, frozenset[Node]]]) -> tuple[str, ...] | None:
    """Put the node, and the node cleared of inverses at its edges, among the goals; the laws used where one is zero already."""
    for number, goal in enumerate((node, *_cleared(node))):
        after = _settled(goal, reducer) or goal
        found = () if is_zero(after) else _by_blocks(after) if number else None
        if found is not None:
            return (*([CLEARED] if number else []), *reducer.used, *found)
        goals.append((after, _bases(after)))
    return None


def _bases(node: Node) -> frozenset[Node]:
    """The factors of a sum of products, and of the scalars and the arguments in it."""
    found: set[Node] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        if one not in found:
            found.add(one)
            if not (isinstance(one, Apply) and one.op.name in WHOLE):
                stack += one.children
            if isinstance(one, Prod):
                found.update([constant(1, (d,)) for d in one.dims])
    return frozenset(found)


def _settled(node: Node, reducer: Reducer) -> Node | None:
    reducer.left = REDUCTIONS
    reducer.done = {}
    try:
        made = reducer.reduced(node)
        for _ in range(ROUNDS):
            other = without_denominators(made) if made is not None else None
            if other is None:
                break
            reducer.used[COMMON] = None
            grown = expanded(other, TERMS, deep=False)
            made = reducer.reduced(grown) if grown is not None else None
    except ZeroDivisionError:
        return None
    return made


def _cleared(node: Node) -> Iterator[Node]:
    """M·D and D·M for the inverses inv(M) at the left and the right edge of D, then both."""
    made: list[Node] = []
    for axis in range(min(len(node.shape), 2)):
        for z in _at_edge(node, axis)[:EDGES]:
            other = _times(node, z.args[0], axis)
            if other is not None:
                made.append(other)
                yield other
    for one in made[:EDGES] if len(node.shape) == 2 else ():
        for z in _at_edge(one, 1)[:1]:
            other = _times(one, z.args[0], 1)
            if other is not None:
                yield other


def _at_edge(node: Node, axis: int) -> list[Apply]:
    """The inverses of sums or products of which a row or a column is an axis of the node, in some term."""
    found: dict[Apply, None] = {}
    for term in node.terms if isinstance(node, Sum) else (node,):
        factors: tuple[FactorOf, ...] = (
            term.factors if isinstance(term, Prod) else ((term, tuple(range(len(term.shape))), 1),)
        )
        out = term.out if isinstance(term, Prod) else tuple(range(len(term.shape)))
        for base, at, exp in factors:
            if isinstance(base, Apply) and base.op.name == "inv" and exp == 1 and out[axis] in at and len(at) == 2:
                if not isinstance(base.args[0], Sym):
                    found[base] = None
    return list(found)


def _times(node: Node, matrix: Node, axis: int) -> Node | None:
    order = len(node.shape)
    axes = [*range(order)]
    own = tuple([order if k == axis else k for k in axes])
    at = (axis, order) if axis == 0 else (order, axis)
    terms = node.terms if isinstance(node, Sum) else (node,)
    dims = (*node.shape, node.shape[axis])
    made = [normalise(Prod(1, ((matrix, at, 1), (t, own, 1)), tuple(axes), dims)) for t in terms]
    return expanded(collect(made, node.shape), TERMS, deep=False)


class _NonZero(set[int]):
    """Scalars that are known not to be zero: sizes, positive ones, and what something is divided by."""

    def __init__(self, node: Node, alphabet: Alphabet) -> None:
        super().__init__()
        self.alphabet = alphabet
        self.below = {b for p in postorder([node]) if isinstance(p, Prod) for b, at, e in p.factors if not at and e < 0}

    def __contains__(self, s: object) -> bool:
        assert isinstance(s, int)
        node = self.alphabet.scalars[s]
        if isinstance(node, Atom) or node in self.below:
            return True
        return isinstance(node, Sym) and any(p in ("positive", "nonzero", "negative") for p in node.symbol.properties)
