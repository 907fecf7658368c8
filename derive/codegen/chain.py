"""Products of matrices and vectors, in the order that costs least.

One idea: nested products, transposes and scalings are one chain of factors; dynamic programming over the places to split finds the
cheapest association (sizes counted as if every name were 50), which puts matrix times vector before matrix times matrix. Diagonal
factors scale rows or columns, an inverse that is used once is a linear solve, and a trace of a product never forms the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from derive.codegen import contraction
from derive.codegen.code import Code
from derive.codegen.contraction import is_fill, shape_of
from derive.sizes import Size
from derive.term import Term

if TYPE_CHECKING:
    from derive.codegen.scope import Scope
    from derive.codegen.translate import Translation

NOMINAL = 50  # a size name, when costs are compared
LONGEST = 24  # longer chains are multiplied from their vector end, or from the left
PRODUCTS = frozenset(("ab,bc->ac", "ab,b->a", "a,ab->b", "a,a->", "a,b->ab"))


class Link(NamedTuple):
    """A term in a chain; a matrix may be transposed, a vector lies as `row` or `col`."""

    term: Term
    turned: bool
    lies: str


class Factor(NamedTuple):
    """`kind` is dense, diag (`code` the diagonal) or inv (`code` the matrix); `rows`, `cols` are None where there is no axis."""

    kind: str
    code: Code
    rows: Size | None
    cols: Size | None


def product(t: Translation, term: Term, scope: Scope) -> Code | None:
    """The code of a product, trace or diagonal of products; None for anything else."""
    shape = shape_of(term)
    if shape in PRODUCTS or shape == "ab->ba":
        return whole(t, term, scope)
    if shape in contraction.SCALES and term.type.order and _core(term) in PRODUCTS:
        return whole(t, term, scope)
    if shape in ("aa->", "aa->a") and shape_of(term.args[0]) in PRODUCTS | contraction.SCALES | {"ab->ba"}:
        scalars, found = factors(t, term.args[0], scope)
        value = trace(t, found) if shape == "aa->" else diagonal(t, found)
        return t.codes.product([*scalars, value])
    return None


def _core(term: Term) -> str:
    """The pattern below scalings and transposes."""
    while shape_of(term) in contraction.SCALES or shape_of(term) in ("a->a", "ab->ba"):
        term = term.args[-1]
    return shape_of(term)


def whole(t: Translation, term: Term, scope: Scope) -> Code:
    scalars, found = factors(t, term, scope)
    return t.codes.product([*scalars, dense(t, multiply(t, found))])


# ---------------------------------------------------------------------- the chain


def factors(t: Translation, term: Term, scope: Scope) -> tuple[list[Code], list[Factor]]:
    """Scalar coefficients and the factors of a product from left to right."""
    scalars, found = links(t, term)
    out, codes = list[Factor](), [t.code(s, scope) for s in scalars]
    for link in found:
        made, coefficient = _factor(t, link, scope)
        codes += coefficient
        if made is not None:
            out.append(made)
    if not out:  # identities only
        size = found[0].term.type.shape[0]
        out.append(Factor("dense", contraction.eye(t, size), size, size))
    return codes, out


def links(t: Translation, term: Term) -> tuple[list[Term], list[Link]]:
    """Flatten nested products, on an explicit stack. A product that is used elsewhere too stays one factor."""
    scalars, out = list[Term](), list[Link]()
    stack = [Link(term, False, "")]
    while stack:
        link = stack.pop()
        node, shape = link.term, shape_of(link.term)
        keep = node is not term and t.facts.uses.get(node, 0) > 1 and (node.type.order < 2 or term.type.order == 2)
        if shape == "a->a":
            stack.append(Link(node.args[0], link.turned, link.lies))
        elif keep:
            out.append(link)
        elif shape in contraction.SCALES and node.type.order:
            small = int(bool(node.args[0].type.order))
            scalars.append(node.args[small])
            stack.append(Link(node.args[1 - small], link.turned, link.lies))
        elif shape == "ab->ba":
            stack.append(Link(node.args[0], not link.turned, ""))
        elif shape in PRODUCTS:
            stack += reversed(_children(link, shape))
        else:
            out.append(link)
    return scalars, out


def _children(link: Link, shape: str) -> list[Link]:
    a, b = link.term.args
    if shape == "ab,bc->ac":
        pair = [Link(a, link.turned, ""), Link(b, link.turned, "")]
        return pair[::-1] if link.turned else pair
    if shape == "ab,b->a":
        turned = link.lies == "row"
        pair = [Link(a, turned, ""), Link(b, False, "row" if turned else "col")]
        return pair[::-1] if turned else pair
    if shape == "a,ab->b":
        turned = link.lies == "col"
        pair = [Link(a, False, "col" if turned else "row"), Link(b, turned, "")]
        return pair[::-1] if turned else pair
    if shape == "a,b->ab":
        first, second = (b, a) if link.turned else (a, b)
        return [Link(first, False, "col"), Link(second, False, "row")]
    return [Link(a, False, "row"), Link(b, False, "col")]


def _factor(t: Translation, link: Link, scope: Scope) -> tuple[Factor | None, list[Code]]:
    """A link as a factor and scalar coefficients; no factor for an identity."""
    term, shape = link.term, shape_of(link.term)
    sizes = term.type.shape
    if len(sizes) == 1:
        rows, cols = (None, sizes[0]) if link.lies == "row" else (sizes[0], None)
        if is_fill(term) and not scope.depth:
            ones = t.codes.call("np.ones", t.shape(sizes), order=1)
            return Factor("dense", ones, rows, cols), [contraction.fill_value(t, term, scope)]
        return Factor("dense", t.code(term, scope), rows, cols), []
    rows, cols = sizes[::-1] if link.turned else sizes
    if shape == "->aa":
        return None, []
    if shape == "a->aa":
        return Factor("diag", t.code(term.args[0], scope), rows, cols), []
    operation: Any = term.data
    if term.head == "opaque" and operation.name == "inv" and t.facts.uses.get(term, 0) < 2:
        inner = t.code(term.args[0], scope)
        return Factor("inv", t.codes.transpose(inner) if link.turned else inner, rows, cols), []
    code = t.code(term, scope)
    return Factor("dense", t.codes.transpose(code) if link.turned else code, rows, cols), []


# ---------------------------------------------------------------------- association


def multiply(t: Translation, chain: Sequence[Factor]) -> Factor:
    """The product of a chain, cheapest association; ties go to the left."""
    if len(chain) > LONGEST:
        return _fold(t, chain)
    return _joined(t, chain, _splits(chain), 0, len(chain))


def _fold(t: Translation, chain: Sequence[Factor]) -> Factor:
    if chain[-1].cols is None:
        result = chain[-1]
        for factor in reversed(chain[:-1]):
            result = join(t, factor, result)
        return result
    result = chain[0]
    for factor in chain[1:]:
        result = join(t, result, factor)
    return result


def _joined(t: Translation, chain: Sequence[Factor], splits: dict[tuple[int, int], int], low: int, high: int) -> Factor:
    if high - low == 1:
        return chain[low]
    middle = splits[low, high]
    return join(t, _joined(t, chain, splits, low, middle), _joined(t, chain, splits, middle, high))


def _splits(chain: Sequence[Factor]) -> dict[tuple[int, int], int]:
    """Where to split the factors low..high-1, for every low and high."""
    cost = {(i, i + 1): 0 for i in range(len(chain))}
    thin = {(i, i + 1): f.kind == "diag" for i, f in enumerate(chain)}
    splits: dict[tuple[int, int], int] = {}
    for length in range(2, len(chain) + 1):
        for low in range(len(chain) - length + 1):
            high = low + length
            best = -1
            for middle in range(high - 1, low, -1):
                work = cost[low, middle] + cost[middle, high]
                work += _work(
                    chain[low].rows, chain[middle - 1].cols, chain[high - 1].cols, thin[low, middle], thin[middle, high]
                )
                work += middle == high - 1 and chain[middle].kind == "inv"  # a solve from the left reads better
                if best < 0 or work < best:
                    best, splits[low, high] = work, middle
            cost[low, high] = best
            thin[low, high] = thin[low, splits[low, high]] and thin[splits[low, high], high]
    return splits


def _work(rows: Size | None, inner: Size | None, cols: Size | None, left_thin: bool, right_thin: bool) -> int:
    m, k, n = nominal(rows), nominal(inner), nominal(cols)
    if left_thin and right_thin:
        return m
    return m * n if left_thin or right_thin else m * k * n


def nominal(size: Size | None) -> int:
    return 1 if size is None else size.value(dict.fromkeys(size.names, NOMINAL))


def join(t: Translation, a: Factor, b: Factor) -> Factor:
    """`a·b` for two factors that meet."""
    c = t.codes
    if a.kind == "diag" and b.kind == "diag":
        return Factor("diag", c.product([a.code, b.code]), a.rows, b.cols)
    order = (a.rows is not None) + (b.cols is not None)
    if a.cols is None:  # a column and a row, or a scalar on either side
        if a.rows is None or b.cols is None:
            code = c.product([dense(t, a), dense(t, b)])
        else:
            code = c.call("np.outer", a.code, b.code, order=2)
    elif a.kind == "diag":
        left = a.code if b.cols is None else c.after(a.code, "[:, None]", 2)
        code = c.product([left, dense(t, b)])
    elif b.kind == "diag":
        code = c.product([dense(t, a), b.code])
    elif a.kind == "inv":
        code = c.call("np.linalg.solve", a.code, dense(t, b), order=order)
    elif b.kind == "inv":
        solved = c.call("np.linalg.solve", c.transpose(b.code), c.transpose(dense(t, a)), order=order)
        code = c.transpose(solved)
    else:
        code = c.matmul(a.code, b.code, order)
    return Factor("dense", code, a.rows, b.cols)


def dense(t: Translation, a: Factor) -> Code:
    """The array of a factor."""
    if a.kind == "diag":
        return t.codes.call("np.diag", a.code, order=2)
    return t.codes.call("np.linalg.inv", a.code, order=2) if a.kind == "inv" else a.code


# ---------------------------------------------------------------------- traces and diagonals


def trace(t: Translation, chain: list[Factor]) -> Code:
    """tr of a chain: turned so that it is an inner product, a solve, or the sum of an entrywise product."""
    c = t.codes
    for i, factor in enumerate(chain):
        if factor.rows is None:  # tr(x y') = y'x
            return dense(t, multiply(t, [*chain[i:], *chain[:i]]))
    for i, factor in enumerate(chain):
        if factor.kind != "dense" and len(chain) > 1:
            turned = [*chain[i:], *chain[:i]]
            if factor.kind == "diag":
                return c.matmul(factor.code, diagonal(t, turned[1:]), 0)
            if len(chain) == 2:
                return c.call("np.trace", dense(t, multiply(t, turned)))
            return _met(t, *_halves(turned, turn=False, least=2))
    if len(chain) == 1:
        only = chain[0]
        return c.call("np.sum", only.code) if only.kind == "diag" else c.call("np.trace", dense(t, only))
    return _met(t, *_halves(chain, turn=len(chain) <= LONGEST // 2))


def _met(t: Translation, left: list[Factor], right: list[Factor]) -> Code:
    """tr(L R) = Σ L .* R' = Σ L' .* R, the transpose standing on a variable where it can."""
    c = t.codes
    a, b = dense(t, multiply(t, left)), dense(t, multiply(t, right))
    if a.kind == "T" or (a.kind == "name" and b.kind not in ("T", "name")):
        return c.call("np.sum", c.product([c.transpose(a), b]))
    return c.call("np.sum", c.product([a, c.transpose(b)]))


def diagonal(t: Translation, chain: list[Factor]) -> Code:
    """The diagonal of a chain, without the rest of the product."""
    c = t.codes
    if len(chain) == 1:
        return chain[0].code if chain[0].kind == "diag" else c.call("np.diag", dense(t, chain[0]), order=1)
    if chain[0].kind == "diag":
        return c.product([chain[0].code, diagonal(t, chain[1:])])
    if chain[-1].kind == "diag":
        return c.product([diagonal(t, chain[:-1]), chain[-1].code])
    left, right = _halves(chain, turn=False)
    if left[-1].cols is None:
        return c.product([dense(t, multiply(t, left)), dense(t, multiply(t, right))])
    met = c.product([dense(t, multiply(t, left)), c.transpose(dense(t, multiply(t, right)))])
    return c.call("np.sum", met, options="axis=1", order=1)


def _halves(chain: list[Factor], turn: bool, least: int = 1) -> tuple[list[Factor], list[Factor]]:
    """Two parts of the chain (rotated, for a trace) whose products and entrywise meeting cost least."""
    best, halves = -1, (chain[:1], chain[1:])
    for start in range(len(chain) if turn else 1):
        turned = [*chain[start:], *chain[:start]]
        for cut in range(least, len(chain)):
            left, right = turned[:cut], turned[cut:]
            work = _cost(left) + _cost(right) + nominal(left[0].rows) * nominal(left[-1].cols)
            if best < 0 or work < best:
                best, halves = work, (left, right)
    return halves


def _cost(chain: list[Factor]) -> int:
    """Work of multiplying a chain from the left, which is enough to compare places to cut."""
    if len(chain) > LONGEST:
        return len(chain)
    splits = _splits(chain)
    total, stack = 0, [(0, len(chain))]
    while stack:
        low, high = stack.pop()
        if high - low > 1:
            middle = splits[low, high]
            thin = [all(f.kind == "diag" for f in part) for part in (chain[low:middle], chain[middle:high])]
            total += _work(chain[low].rows, chain[middle - 1].cols, chain[high - 1].cols, *thin)
            stack += [(low, middle), (middle, high)]
    return total
