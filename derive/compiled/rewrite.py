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
Uses = dict[int, int]  # on how many factors every index of a term stands
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
    out = set(node.out)
    for k, (base, idx, exponent) in enumerate(node.factors):
        if exponent != 1 or not isinstance(base, Sum) or len(base.terms) > 4 or len(idx) < 2 or out.issuperset(idx):
            continue
        others = (*node.factors[:k], *node.factors[k + 1 :])
        summed = {n for n, i in enumerate(idx) if i not in out}
        held = any(not out.isdisjoint(f[1]) and not out.issuperset(f[1]) and len({*f[1]} & {*idx}) > 1 for f in others)
        if not any(isinstance(t, Prod) and _parts(t, summed, held) for t in base.terms):
            continue
        terms = tuple([normalise(Prod(node.coef, (*others, (t, idx, 1)), node.out, node.dims)) for t in base.terms])
        made = normalise(Sum(terms, node.shape))
        if cost(made) < cost(node):
            return made
    return node


def _parts(node: Prod, summed: set[int], held: bool) -> bool:
    """Whether a term falls apart when axes are summed: it is a product of matrices, an outer product, or a diagonal.

    held: next to it stands a factor on both sides of it, for which a product of matrices has to be there as a whole."""
    out = set(node.out)
    if len(out) < len(node.out) and any(node.out.count(node.out[k]) > 1 for k in summed):
        return True
    if len(node.factors) < 2:
        return False
    uses = _uses(node)
    if any(count > 1 and i not in out for i, count in uses.items()):
        return not held
    kept = {node.out[k] for k in range(len(node.out)) if k not in summed}
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
    uses = [_uses(t) for t in terms]
    for shared in _candidates(terms, uses)[:2]:
        found = _together(terms, uses, shared)
        choices = (False, True) if any(None in key[2] for key, _ in found) else (False,)
        made = [_taken_out(node, terms, uses, found, cost, summed) for summed in choices]
        options = list(dict.fromkeys([m for m in made if m is not None]))
        if not options:
            continue
        before = cost(node) if before is None else before
        costs = [cost(m) for m in options]
        if min(costs) < before:
            return options[costs.index(min(costs))]
    return None


def _candidates(terms: Sequence[Prod], all_uses: Sequence[Uses]) -> list[Shared]:
    """Factors that at least two terms have on the same axes; most terms first, then the largest."""
    found: dict[tuple[Key, bool], dict[int, int]] = {}
    often: dict[Node, int] = {}
    for term in terms:
        for base in {f[0] for f in term.factors}:
            often[base] = often.get(base, 0) + 1
    if max(often.values(), default=0) < 2:
        return []
    doubled = {p for t in terms if len(set(t.out)) < len(t.out) for p, i in enumerate(t.out) if t.out.count(i) > 1}
    for t, term in enumerate(terms):
        uses = all_uses[t]
        diagonal = len(set(term.out)) < len(term.out)
        for place, factor in enumerate(term.factors):
            if often[factor[0]] < 2:
                continue
            alone = any(
                uses.get(term.out[p]) == 1 and term.out[p] in factor[1] for p in doubled
            )  # leaves a column beside a diagonal
            for key in _keys(term, factor, uses):
                for beside in (True,) if diagonal else (False,) if alone and None not in key[2] else (False, True):
                    found.setdefault((key, beside), {}).setdefault(t, place)
    shared = [Shared(key, at) for (key, _), at in found.items() if len(at) > 1]
    shared = [s for k, s in enumerate(shared) if s not in shared[:k]]
    shared.sort(key=lambda s: (-len(s.found), -len(s.key[2])))
    return shared


def _uses(term: Prod) -> Uses:
    """On how many factors every index stands."""
    uses: Uses = {}
    for _, idx, _ in term.factors:
        for i in set(idx) if len(idx) > 1 else idx:
            uses[i] = uses.get(i, 0) + 1
    return uses


def _keys(term: Prod, factor: Factor, uses: Uses) -> Iterator[Key]:
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


def _taken_out(
    node: Sum,
    terms: Sequence[Prod],
    uses: Sequence[Uses],
    found: Sequence[tuple[Key, dict[int, int]]],
    cost: Cost,
    summed: bool,
) -> Node | None:
    """The sum with the factors that the same terms share outside of a sum of what is left; with those on summed axes or without."""
    chosen = sorted(found[0][1])
    used: dict[int, list[int]] = {t: [] for t in chosen}
    bound: dict[int, list[int]] = {t: [] for t in chosen}  # summed indices of the common factors, in one order
    outside: list[tuple[Node, Number, list[tuple[str, int]]]] = []
    for key, _ in found:
        if None in key[2] and not summed:
            continue
        at = _agreeing(terms, uses, chosen, key, used, bound)
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


def _together(terms: Sequence[Prod], uses: Sequence[Uses], first: Shared) -> list[tuple[Key, dict[int, int]]]:
    """A common factor, and the others that the same terms have in common."""
    chosen = sorted(first.found)
    shared = _candidates([terms[t] for t in chosen], [uses[t] for t in chosen])
    others = [s for s in shared if len(s.found) == len(chosen)]
    return [(first.key, first.found), *[(s.key, {chosen[t]: at for t, at in s.found.items()}) for s in others]]


def _agreeing(
    terms: Sequence[Prod],
    uses: Sequence[Uses],
    chosen: Sequence[int],
    key: Key,
    used: dict[int, list[int]],
    bound: dict[int, list[int]],
) -> list[tuple[str, int]] | None:
    """Where a common factor stands, if its summed indices are the same ones in every term; None if it is used or they are not."""
    at: list[tuple[str, int]] = []
    fresh: dict[int, list[int]] = {t: list(bound[t]) for t in chosen}
    taken: dict[int, int] = {}
    for t in chosen:
        options = [
            k for k, f in enumerate(terms[t].factors) if k not in used[t] and f[0] == key[0] and key in _keys(terms[t], f, uses[t])
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
