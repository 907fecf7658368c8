"""Laws of the constant tensors that are no affine 0/1 tensor: places of half vectorisation, and the numbers 0, 1, 2, ….

Three tensors hold vech, Dn, Ln and Dnp. With p the place of the pair {i, j} in vech, counted for i ≥ j column by column:

| kind  | entry at (i, j, p)                                  | is                                |
|-------|-----------------------------------------------------|-----------------------------------|
| pair  | 1 where p is the place of {i, j}                    | Dn, rows (i, j) stacked by vec    |
| below | 1 where p is the place of {i, j} and i ≥ j          | Ln', vech(A)_p = Σ below_ijp A_ij |
| mean  | 1 where i = j is at p, 1/2 where i ≠ j are           | Dnp'                              |

One idea: p says {i, j} and {i, j} says p, so two of them that share one share the other. With T any of the three, each law an equality for every size:

    T_ijp mean_klp  = T_ijp (δ_ik δ_jl + δ_il δ_jk)/2           T_ijp pair_ijq = T_ijp δ_pq
    T_ijp pair_klp  = T_ijp (δ_ik δ_jl + δ_il δ_jk - δ_ijkl)    below_ijp below_klp = below_ijp δ_ik δ_jl
    Σ_p pair_ijp = 1,  Σ_ij mean_ijp = Σ_ij below_ijp = 1,  Σ_ij pair_ijp + Σ_i pair_iip = 2
    Σ_k k = (n² - n)/2 over k = 0 … n - 1,  (-1)^2k = 1
    mean_ijp = (pair_ijp + δ_ij pair_iip)/2,  below_ijp + below_jip = pair_ijp + δ_ij pair_iip

Source: Magnus & Neudecker 2019, 3.8. It knows nothing of how products are named.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import lcm, prod
from typing import TYPE_CHECKING, NamedTuple

from derive.engine.expr import Apply, Atom, Node, Prod, Shape, Sum, Sym, Table, constant, identity, number_of
from derive.engine.indices import Frame
from derive.sizes import Size

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, list[int], Number]

RESIDUES = 1000  # that are looked at, to see whether a polynomial has whole values
PAIRED = ("pair", "mean", "below")


class Way(NamedTuple):
    """A term of what a product is equal to: a number, its factors, the indices that become equal, those that are summed away."""

    share: Number
    factors: list[FactorOf]
    united: tuple[tuple[int, int], ...] = ()
    gone: tuple[int, ...] = ()


def table_laws(
    coef: Number, factors: list[FactorOf], out: list[int], frame: Frame, normal: Callable[[Node], Node]
) -> tuple[list[FactorOf], Node | None]:
    """Apply the laws until none fits: the factors that are left, or the sum that the product has become."""
    while (ways := _ways(factors, out, frame, normal)) is not None:
        if len(ways) > 1 or ways[0].share != 1:
            terms = [_product(coef, way, out, frame) for way in ways]
            return factors, normal(Sum(tuple(terms), terms[0].shape))
        factors = ways[0].factors
        for a, b in ways[0].united:
            frame.unite(a, b)
        frame.gone.update(ways[0].gone)
    return factors, None


def mean_opened(n: Size, shape: Shape) -> Sum:
    """mean_ijp as (pair_ijp + δ_ij pair_iip)/2."""
    half = _fraction(1, 2)
    pair = Table("pair", shape)
    dims = (n, shape[2])
    whole = Prod(half, ((pair, (0, 1, 2), 1),), (0, 1, 2), shape)
    return Sum((whole, Prod(half, ((pair, (0, 0, 1), 1),), (0, 0, 1), dims)), shape)


def turned(node: Prod, normal: Callable[[Node], Node]) -> tuple[Node, ...] | None:
    """With `below_ijp` written for the one of i, j and j, i that comes first: terms whose sum is the node, None when it is so already."""
    for k, (base, idx, exp) in enumerate(node.factors):
        if not (type(base) is Table and base.kind == "below" and exp == 1):
            continue
        others = node.factors[:k] + node.factors[k + 1 :]
        i, j, p = idx
        other = normal(Prod(node.coef, (*others, (base, (j, i, p), 1)), node.out, node.dims))
        if other == node or other.sig >= node.sig:
            continue
        pair = Table("pair", base.shape)
        same = identity(base.shape[:1])
        whole = normal(Prod(node.coef, (*others, (pair, idx, 1)), node.out, node.dims))
        diagonal = normal(Prod(node.coef, (*others, (pair, (i, i, p), 1), (same, (i, j), 1)), node.out, node.dims))
        axes = tuple(range(len(other.shape)))
        return whole, diagonal, Prod(-1, ((other, axes, 1),), axes, other.shape)
    return None


# ------------------------------------------------------------------------------------------------ one law at a time


def _ways(factors: list[FactorOf], out: list[int], frame: Frame, normal: Callable[[Node], Node]) -> list[Way] | None:
    tables = [
        (k, b, [frame.find(i) for i in at]) for k, (b, at, e) in enumerate(factors) if type(b) is Table and e == 1
    ]
    uses: dict[int, int] = {}
    for i in [*out, *[i for _, at, _ in factors for i in at]]:
        uses[frame.find(i)] = uses.get(frame.find(i), 0) + 1
    for k, base, at in tables:
        others = factors[:k] + factors[k + 1 :]
        if base.kind == "ramp":
            if uses[at[0]] == 1:
                return _total(others, at[0], base.shape[0])
            continue
        made = _alone(base, at, others, uses)
        if made is not None:
            return made
    paired = [t for t in tables if t[1].kind in PAIRED]
    for a, first in enumerate(paired):
        for second in paired[a + 1 :]:
            made = _two(first, second, factors)
            if made is not None:
                return made
    for k, base, at in paired:
        if base.kind == "below" and _symmetric(factors, k, at, out, frame, normal):
            mean = (Table("mean", base.shape), at, 1)
            return [Way(1, [*factors[:k], mean, *factors[k + 1 :]])]
    return None


def _total(others: list[FactorOf], at: int, size: Size) -> list[Way]:
    """Σ k = (n² - n)/2 over k = 0 … n - 1."""
    n: FactorOf = (Atom(size), [], 1)
    half = _fraction(1, 2)
    return [Way(half, [*others, n, n], (), (at,)), Way(-half, [*others, n], (), (at,))]


def _alone(base: Table, at: list[int], others: list[FactorOf], uses: dict[int, int]) -> list[Way] | None:
    i, j, p = at
    if i == j and base.kind != "pair":
        return [Way(1, [*others, (Table("pair", base.shape), at, 1)])]
    if uses[p] == 1 and base.kind == "pair":
        return [Way(1, others, (), (p,))]
    if i != j and uses[i] == uses[j] == 1:
        if base.kind != "pair":
            return [Way(1, others, (), (i, j))]
        return [Way(2, others, (), (i, j)), Way(-1, [*others, (base, [i, i, p], 1)], (), (j,))]
    return None


def _two(
    first: tuple[int, Table, list[int]], second: tuple[int, Table, list[int]], factors: list[FactorOf]
) -> list[Way] | None:
    same_place, same_pair = first[2][2] == second[2][2], sorted(first[2][:2]) == sorted(second[2][:2])
    order = ("below", "mean", "pair") if same_pair else ("below", "pair", "mean")  # the last of them goes
    (_, x, at), (b, y, to) = sorted((first, second), key=lambda t: order.index(t[1].kind))
    kept = [f for k, f in enumerate(factors) if k != b]
    if same_pair and y.kind == "pair":
        return [Way(1, kept, ((at[2], to[2]),))]
    if same_pair and x.kind == y.kind == "below":
        united = ((at[2], to[2]), *zip(at[:2], to[:2], strict=True))
        return [Way(1, kept, tuple(united))]
    if same_pair or not same_place:
        return None
    (i, j, _), (k, ell, _) = at, to
    if x.kind == y.kind == "below":
        return [Way(1, kept, ((i, k), (j, ell)))]
    straight, crossed = ((i, k), (j, ell)), ((i, ell), (j, k))
    if y.kind == "mean":
        half = _fraction(1, 2)
        return [Way(half, kept, straight), Way(half, kept, crossed)]
    return [Way(1, kept, straight), Way(1, kept, crossed), Way(-1, kept, ((i, j), (i, k), (i, ell)))]


def _symmetric(
    factors: list[FactorOf], k: int, at: list[int], out: list[int], frame: Frame, normal: Callable[[Node], Node]
) -> bool:
    """Whether the rest of the product stays the same when i and j are exchanged, where `below_ijp` sums them away."""
    i, j, p = at
    roots = [frame.find(x) for x in out]
    if i in roots or j in roots or i == j:
        return False
    rest = factors[:k] + factors[k + 1 :]
    if not {i, j} <= {frame.find(x) for _, where, _ in rest for x in where}:
        return False
    ends = [[i, j], [j, i]]
    one, other = [normal(_product(1, Way(1, rest), [*end, p, *out], frame, (p,))) for end in ends]
    return one == other


def _product(coef: Number, way: Way, out: list[int], frame: Frame, more: tuple[int, ...] = ()) -> Prod:
    """The product of a way as a node of its own; `more` are indices that are kept although no factor has them."""
    lost = frame.gone | set(way.gone)
    ids = [i for i in range(len(frame.parent)) if frame.parent[i] == i and (i not in lost or i in more)]
    place = {i: k for k, i in enumerate(ids)}
    factors = [(b, tuple([place[frame.find(i)] for i in at]), e) for b, at, e in way.factors]
    for a, b in way.united:
        factors.append((identity((frame.dims[frame.find(a)],)), (place[frame.find(a)], place[frame.find(b)]), 1))
    dims = tuple([frame.dims[i] for i in ids])
    return Prod(coef * way.share, tuple(factors), tuple([place[frame.find(i)] for i in out]), dims)


def _fraction(above: int, below: int) -> Fraction:
    from fractions import Fraction

    return Fraction(above, below)


# ------------------------------------------------------------------------------------------------ signs


def alternating(node: Apply) -> bool:
    """Whether every entry is (-1)^k for a whole number k."""
    return node.op.name == "power" and number_of(node.args[0]) == -1 and _whole(node.args[1])


def without_signs(node: Node) -> Node | None:
    """u of (-1)^k u, whose absolute value is the same; None when there is no such sign."""
    if isinstance(node, Apply) and alternating(node):
        return constant(1, node.shape)
    if not isinstance(node, Prod) or set(node.out) < set(range(len(node.dims))):
        return None
    kept = tuple([f for f in node.factors if not (isinstance(f[0], Apply) and f[2] in (1, -1) and alternating(f[0]))])
    return Prod(node.coef, kept, node.out, node.dims) if len(kept) < len(node.factors) else None


def _whole(node: Node) -> bool:
    """Whether every entry is a whole number, as far as the form shows it."""
    match node:
        case Table():
            return node.kind != "mean"
        case Atom():
            return isinstance(node.value, Size | int)
        case Sym():
            return "integer" in node.symbol.properties
        case Sum():
            return all(map(_whole, node.terms)) or _integral(node)
        case Prod():
            return type(node.coef) is int and all(type(e) is int and e > 0 and _whole(b) for b, _, e in node.factors)
    return False


def _integral(node: Sum) -> bool:
    """Whether a polynomial with fractions has whole values at whole numbers: n²/2 + n/2. Its numerator is looked at modulo the denominator."""
    terms: list[tuple[Number, dict[str, int]]] = []
    for term in node.terms:
        if (
            not isinstance(term, Prod)
            or term.dims
            or not all(type(e) is int and e > 0 and _word(b) for b, _, e in term.factors)
        ):
            return False
        terms.append((term.coef, {_word(b): e for b, _, e in term.factors if type(e) is int}))
    names = sorted({name for _, powers in terms for name in powers})
    below = lcm(*[c.denominator for c, _ in terms])
    if below ** len(names) > RESIDUES:
        return False
    for values in product(range(below), repeat=len(names)):
        at = dict(zip(names, values, strict=True))
        if sum(c * below * prod([at[x] ** e for x, e in powers.items()]) for c, powers in terms) % below:
            return False
    return True


def _word(node: Node) -> str:
    """The name of a whole number, "" when the node is none."""
    if isinstance(node, Atom) and isinstance(node.value, Size):
        return node.value.name or ""
    return node.symbol.name if isinstance(node, Sym) and "integer" in node.symbol.properties else ""
