"""Other forms of the same node that cost less: what terms have in common outside, products multiplied out where that is less work.

Two equalities, each taken only where the plan of the new form costs less than that of the old one:

    a*b*C + a*d*C = a*(b + d)*C        common factors, with the indices that they share
    (U*V' - T)*V = U*(V'*V) - T*V      half the work when V is thin, and no matrix of T's size
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from derive.engine.expr import Apply, Node, Prod, Sum, as_product, postorder
from derive.engine.normal import normalise

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    Factor = tuple[Node, tuple[int, ...], Number]

MOST = 24  # terms of a sum in which common factors are looked for
ROUNDS = 8
Cost = Callable[[Node], float]
ALONE = -1  # a summed axis that nothing else stands on
Key = tuple[Node, "Number", tuple[int | None, ...]]  # a factor, and the output axes on which it stands


class Shared(NamedTuple):
    """A factor that some terms have in common: which of its places each of them has."""

    key: Key
    found: dict[int, int]  # term -> place among its factors


def rewritten(node: Node, cost: Cost) -> Node:
    """A form of the node that costs no more. `cost` is that of a node's plan."""
    done: dict[int, Node] = {}
    for old in postorder([node]):
        made = _with_children(old, done)
        if isinstance(made, Sum):
            made = _factored(made, cost)
        elif isinstance(made, Prod):
            made = _multiplied_out(made, cost)
        done[id(old)] = made
    return done[id(node)]


def _with_children(node: Node, done: dict[int, Node]) -> Node:
    children = node.children
    if all(done[id(c)] is c for c in children):
        return node
    if isinstance(node, Prod):
        factors = tuple([(done[id(b)], idx, e) for b, idx, e in node.factors])
        return normalise(Prod(node.coef, factors, node.out, node.dims))
    if isinstance(node, Sum):
        return normalise(Sum(tuple([done[id(t)] for t in node.terms]), node.shape))
    if isinstance(node, Apply):
        return normalise(Apply(node.op, tuple([done[id(a)] for a in node.args]), node.shape))
    return node


# ---------------------------------------------------------------------- multiplying out


def _multiplied_out(node: Prod, cost: Cost) -> Node:
    """A factor that is a sum with a product of matrices in it, distributed where that costs less."""
    for k, (base, idx, exponent) in enumerate(node.factors):
        summed = set(idx) - set(node.out)
        if exponent != 1 or not isinstance(base, Sum) or len(base.terms) > 4 or len(idx) < 2 or not summed:
            continue
        if not any(isinstance(t, Prod) and _parts(t, {idx.index(i) for i in summed}) for t in base.terms):
            continue
        others = (*node.factors[:k], *node.factors[k + 1 :])
        terms = tuple([normalise(Prod(node.coef, (*others, (t, idx, 1)), node.out, node.dims)) for t in base.terms])
        made = normalise(Sum(terms, node.shape))
        if cost(made) < cost(node):
            return made
    return node


def _parts(node: Prod, summed: set[int]) -> bool:
    """Whether a term falls apart when axes are summed: it is a product of matrices, an outer product, or a diagonal."""
    out = set(node.out)
    kept = {node.out[k] for k in range(len(node.out)) if k not in summed}
    uses = _uses(node)
    if len(out) < len(node.out) or any(count > 1 and i not in out for i, count in uses.items()):
        return True
    return not any(set(idx) - kept and set(idx) & kept for _, idx, _ in node.factors)


# ---------------------------------------------------------------------- common factors


def _factored(node: Sum, cost: Cost) -> Node:
    """Common factors taken out as long as that costs less."""
    best: Node = node
    for _ in range(ROUNDS):
        if not isinstance(best, Sum) or not 2 <= len(best.terms) <= MOST:
            break
        made = _once(best, cost)
        if made is None:
            break
        best = made
    return best


def _once(node: Sum, cost: Cost) -> Node | None:
    terms = [as_product(t) for t in node.terms]
    before: float | None = None
    for shared in _candidates(terms)[:2]:
        made = [_taken_out(node, terms, shared, cost, summed) for summed in (False, True)]
        options = list(dict.fromkeys([m for m in made if m is not None]))
        if not options:
            continue
        before = cost(node) if before is None else before
        costs = [cost(m) for m in options]
        if min(costs) < before:
            return options[costs.index(min(costs))]
    return None


def _candidates(terms: Sequence[Prod]) -> list[Shared]:
    """Factors that at least two terms have on the same axes; most terms first, then the largest."""
    found: dict[Key, dict[int, int]] = {}
    for t, term in enumerate(terms):
        uses = _uses(term)
        for place, factor in enumerate(term.factors):
            for key in _keys(term, factor, uses):
                found.setdefault(key, {}).setdefault(t, place)
    shared = [Shared(key, places) for key, places in found.items() if len(places) > 1]
    shared.sort(key=lambda s: (-len(s.found), -len(s.key[2])))
    return shared


def _uses(term: Prod) -> dict[int, int]:
    """On how many factors every index stands."""
    uses: dict[int, int] = {}
    for _, idx, _ in term.factors:
        for i in set(idx):
            uses[i] = uses.get(i, 0) + 1
    return uses


def _keys(term: Prod, factor: Factor, uses: dict[int, int]) -> Iterator[Key]:
    """How a factor stands: the output axis of each of its indices, None for one that is summed; at least one is no None."""
    base, idx, exponent = factor
    places: list[list[int | None]] = []
    for i in idx:
        at: list[int | None] = [k for k, o in enumerate(term.out) if o == i]
        places.append(at or [ALONE if uses[i] == 1 and idx.count(i) == 1 else None])
    if all(p == [None] for p in places):  # scalars too: they cost nothing where they are
        return
    for choice in product(*places):
        yield base, exponent, tuple(choice)


def _taken_out(node: Sum, terms: Sequence[Prod], first: Shared, cost: Cost, summed: bool) -> Node | None:
    """The sum with the factors that the same terms share outside of a sum of what is left; with those on summed axes or without."""
    chosen = sorted(first.found)
    used: dict[int, list[int]] = {t: [] for t in chosen}
    bound: dict[int, list[int]] = {t: [] for t in chosen}  # summed indices of the common factors, in one order
    outside: list[tuple[Node, Number, list[tuple[str, int]]]] = []
    for key, places in [(first.key, first.found), *_others(terms, chosen, first)]:
        if None in key[2] and not summed:
            continue
        at = _agreeing(terms, chosen, key, places, used, bound)
        if at is not None:
            outside.append((key[0], key[1], at))
    if not outside:
        return None
    needed = sorted({p for t in chosen for p in _needed(terms[t], used[t])})
    rests = [normalise(_rest(terms[t], used[t], needed, bound[t])) for t in chosen]
    inner = _factored(inner, cost) if isinstance(inner := normalise(Sum(tuple(rests), rests[0].shape)), Sum) else inner
    rank = len(node.shape)
    example, shared = terms[chosen[0]], bound[chosen[0]]
    dims = [*node.shape, *[example.dims[i] for i in shared]]
    factors = []
    for base, e, at in outside:
        idx = []
        for kind, k in at:
            if kind == "alone":
                dims.append(base.shape[k])
            idx.append(k if kind == "out" else rank + k if kind == "bound" else len(dims) - 1)
        factors.append((base, tuple(idx), e))
    factors.append((inner, (*needed, *range(rank, rank + len(shared))), 1))
    made = normalise(Prod(1, tuple(factors), tuple(range(rank)), tuple(dims)))
    left = [t for k, t in enumerate(node.terms) if k not in used]
    return normalise(Sum((made, *left), node.shape)) if left else made


def _others(terms: Sequence[Prod], chosen: Sequence[int], first: Shared) -> list[tuple[Key, dict[int, int]]]:
    found = [s for s in _candidates([terms[t] for t in chosen]) if len(s.found) == len(chosen)]
    return [(s.key, {chosen[t]: place for t, place in s.found.items()}) for s in found]


def _agreeing(
    terms: Sequence[Prod],
    chosen: Sequence[int],
    key: Key,
    places: dict[int, int],
    used: dict[int, list[int]],
    bound: dict[int, list[int]],
) -> list[tuple[str, int]] | None:
    """Where a common factor stands, if its summed indices are the same ones in every term; None if it is used or they are not."""
    at: list[tuple[str, int]] = []
    fresh: dict[int, list[int]] = {t: list(bound[t]) for t in chosen}
    taken: dict[int, int] = {}
    for t in chosen:
        uses = _uses(terms[t])
        options = [
            k for k, f in enumerate(terms[t].factors) if k not in used[t] and f[0] == key[0] and key in _keys(terms[t], f, uses)
        ]  # fmt: skip
        if not options:
            return None
        taken[t] = options[0]
    for axis, place in enumerate(key[2]):
        if place == ALONE:
            at.append(("alone", axis))
            continue
        if place is not None:
            at.append(("out", place))
            continue
        numbers = set()
        for t in chosen:
            index = terms[t].factors[taken[t]][1][axis]
            if index not in fresh[t]:
                fresh[t].append(index)
            numbers.add(fresh[t].index(index))
        if len(numbers) > 1:
            return None
        at.append(("bound", numbers.pop()))
    if len({len(f) for f in fresh.values()}) > 1:
        return None
    for t in chosen:
        used[t].append(taken[t])
        bound[t] = fresh[t]
    return at


def _needed(term: Prod, used: Sequence[int]) -> Iterator[int]:
    """Output axes that what is left of a term stands on."""
    left = {i for k, (_, idx, _) in enumerate(term.factors) if k not in used for i in idx}
    for p, i in enumerate(term.out):
        if i in left or term.out.count(i) > 1:
            yield p


def _rest(term: Prod, used: Sequence[int], needed: Sequence[int], shared: Sequence[int]) -> Prod:
    """What is left of a term, over the axes that are needed and the indices that are shared."""
    factors = [f for k, f in enumerate(term.factors) if k not in used]
    out = [*[term.out[p] for p in needed], *shared]
    indices = list(dict.fromkeys([*out, *[i for _, idx, _ in factors for i in idx]]))
    place = {i: k for k, i in enumerate(indices)}
    moved = tuple([(base, tuple([place[i] for i in idx]), e) for base, idx, e in factors])
    return Prod(term.coef, moved, tuple([place[i] for i in out]), tuple([term.dims[i] for i in indices]))
