"""Products with a window `[u = s·a + d·b - p]`: convolutions, their transposes, and pooling.

One idea: the three indices of a window carry three tensors; summing two of the indices is `conv1d` when one of a, b is left and
`convt1d` (or `conv`) when u is left, so gradients of convolutions are convolutions again. With two windows it is the same in two dimensions.
Nothing is recognised unless the sizes fit for all values of their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from derive.engine.expr import Affine, Apply, Prod
from derive.engine.normal import normalise
from derive.engine.selectors import never_negative
from derive.matrixform.kronecker import groups
from derive.matrixform.part import Chain, Link, size_tree
from derive.matrixform.reduce import merged
from derive.sizes import ONE, Size
from derive.tree import Tree, call, number

if TYPE_CHECKING:
    from derive.matrixform.form import FactorOf, Writer

NOTHING = Size.of(0)
KINDS = ("column", "matrix")


class Windows(NamedTuple):
    """One index a dimension: `[u = s·a + d·b - p]`, the same s, d, p in all dimensions."""

    u: tuple[int, ...]
    a: tuple[int, ...]
    b: tuple[int, ...]
    s: Size
    d: Size
    p: Size


def convolution(writer: Writer, p: Prod, rest: list[FactorOf]) -> Chain | None:
    """The chain of a product that is a convolution, or None."""
    windows = [f for f in rest if _is_window(f) and any(i in p.out for i in f[1])]
    others = [f for f in rest if f not in windows]
    if not p.out or len(windows) != len(p.out) or len(set(p.out)) != len(p.out) or not others:
        return None
    found = _arranged(windows, others, p.out)
    if found is None:
        return None
    known = groups(others, (*found.u, *found.a, *found.b))
    kinds = [{known[i] for i in part} for part in (found.u, found.a, found.b)]
    if kinds[0] & kinds[1] or kinds[0] & kinds[2] or kinds[1] & kinds[2]:
        return None
    parts = [[f for f in others if f[1] and known[f[1][0]] in kind] for kind in kinds]
    if sum(map(len, parts)) != len(others):
        return None
    tree = _spread(writer, p, found, parts) if found.u == p.out else _correlated(writer, p, found, parts)
    if tree is None:
        return None
    factors = parts[0] if found.u == p.out else parts[1]
    if factors:
        tree = merged([(_written(writer, p, factors, p.out), False), (tree, False)])
    return (Link(tree, KINDS[len(p.out) - 1]),)


def _is_window(factor: FactorOf) -> bool:
    base, idx, exp = factor
    return isinstance(base, Affine) and len(set(idx)) == 3 and exp == 1 and base.coefs[0].number == -1


def _arranged(windows: list[FactorOf], others: list[FactorOf], out: tuple[int, ...]) -> Windows | None:
    """The indices by their parts; an output index that is not u is a."""
    chosen: list[FactorOf] = []
    for i in out:
        on = [w for w in windows if i in w[1]]
        if len(on) != 1 or on[0] in chosen:
            return None
        chosen.append(on[0])
    roles = {w[1].index(i) for i, w in zip(out, chosen, strict=True)}
    if 0 in roles and len(roles) > 1:
        return None
    near = groups(others, tuple(i for w in chosen for i in w[1]))
    u: list[int] = []
    a: list[int] = []
    b: list[int] = []
    steps = set()
    for i, (base, idx, _) in zip(out, chosen, strict=True):
        assert isinstance(base, Affine)
        first = 1
        if idx[0] != i:
            first = idx.index(i)
        elif a and near[idx[1]] != near[a[0]]:
            first = 2
        u.append(idx[0])
        a.append(idx[first])
        b.append(idx[3 - first])
        steps.add((base.coefs[first], base.coefs[3 - first], NOTHING - base.offset))
    if len(steps) != 1 or len({*u, *a, *b}) != 3 * len(out):
        return None
    s, d, padding = steps.pop()
    if any(c < 0 for size in (s, d, padding) for _, c in size.terms):
        return None
    return Windows(tuple(u), tuple(a), tuple(b), s, d, padding)


def _correlated(writer: Writer, p: Prod, w: Windows, parts: list[list[FactorOf]]) -> Tree | None:
    """Σ over u and b: what slides is on u, the kernel on b."""
    if not parts[0]:
        return None
    if not parts[2] and len(w.u) == 1 and p.dims[w.u[0]] == p.dims[w.a[0]] == p.dims[w.b[0]] and _plain(w):
        return call("flip", call("cumsum", call("flip", _written(writer, p, parts[0], w.u))))
    ranges = []
    for u, a, b in zip(w.u, w.a, w.b, strict=True):
        natural = (p.dims[u] + w.p * 2 - w.d * (p.dims[b] - 1) - 1).floored(w.s)
        if natural is None:
            return None
        ranges.append((p.dims[a], natural + 1))
    sliding, kernel = _written(writer, p, parts[0], w.u), _written(writer, p, parts[2], w.b)
    name = "conv1d" if len(w.u) == 1 else "conv2d"
    return _cut(_called(name, sliding, kernel, w), ranges)


def _spread(writer: Writer, p: Prod, w: Windows, parts: list[list[FactorOf]]) -> Tree | None:
    """Σ over a and b, both spread out over u."""
    if not parts[1] and not parts[2]:
        return None
    same = len({p.dims[x[0]] for x in (w.u, w.a, w.b)}) == 1 and len(w.u) == 1 and _plain(w)
    if same and (not parts[1] or not parts[2]):
        x, i = (parts[1], w.a) if parts[1] else (parts[2], w.b)
        return call("cumsum", _written(writer, p, x, i))
    ranges = []
    for u, a, b in zip(w.u, w.a, w.b, strict=True):
        natural = (p.dims[a] - 1) * w.s + (p.dims[b] - 1) * w.d + ONE - w.p * 2
        ranges.append((p.dims[u], natural))
    first, second = _written(writer, p, parts[1], w.a), _written(writer, p, parts[2], w.b)
    if _plain(w):
        if first.data == "ones" or (first.head == "name" and second.head != "name" and second.data != "ones"):
            first, second = second, first
        tree = call("conv", first, second)
    else:
        tree = _called("convt1d" if len(w.u) == 1 else "convt2d", first, second, w)
    if len(ranges) == 1 and not w.p.terms and never_negative(ranges[0][0] - ranges[0][1]):
        missing = ranges[0][0] - ranges[0][1]
        return Tree("block", (tree, call("zeros", size_tree(missing))), (1, 1)) if missing.terms else tree
    return _cut(tree, ranges) if not w.p.terms or all(x == y for x, y in ranges) else None


def _plain(w: Windows) -> bool:
    return w.s == ONE == w.d and not w.p.terms


def _cut(tree: Tree, ranges: list[tuple[Size, Size]]) -> Tree | None:
    """The first entries, where there are more than wanted; None where there may be fewer."""
    if all(wanted == natural for wanted, natural in ranges):
        return tree
    if not all(never_negative(natural - wanted) for wanted, natural in ranges):
        return None
    subscripts = [
        Tree("colon") if wanted == natural else Tree("range", (number(1), size_tree(wanted)))
        for wanted, natural in ranges
    ]
    return Tree("index", (tree, *subscripts))


def _called(name: str, first: Tree, second: Tree, w: Windows) -> Tree:
    """With stride, padding, dilation as far as they are not 1, 0, 1."""
    whole = [w.s, w.p, w.d]
    for default in (ONE, NOTHING, ONE):
        if whole[-1] != default:
            break
        whole.pop()
    return call(name, first, second, *map(size_tree, whole))


def _written(writer: Writer, p: Prod, factors: list[FactorOf], out: tuple[int, ...]) -> Tree:
    """The product of factors over some indices; ones where there is none."""
    if not factors:
        return call("ones", *[size_tree(p.dims[i]) for i in out])
    used = list(dict.fromkeys([*out, *[i for _, idx, _ in factors for i in idx]]))
    place = {i: k for k, i in enumerate(used)}
    named = tuple([(b, tuple([place[i] for i in idx]), e) for b, idx, e in factors])
    return writer.tree(normalise(Prod(1, named, tuple([place[i] for i in out]), tuple([p.dims[i] for i in used]))))


def pooled(writer: Writer, node: Apply) -> Tree | None:
    """`maxpool1d(x, k, s)` for the maxima of the windows of x, in one or two dimensions; None for anything else."""
    if node.op.name not in ("max", "rowmax") or not isinstance(node.args[0], Prod):
        return None
    p, dimensions = node.args[0], len(node.shape)
    windows = [f for f in p.factors if _is_window(f)]
    plain = [f for f in p.factors if not _is_window(f)]
    if p.coef != 1 or len(windows) != dimensions or len(p.out) != 2 * dimensions or len(plain) != 1 or dimensions > 2:
        return None
    base, idx, exp = plain[0]
    found = _arranged(windows, [], p.out[:dimensions])
    if found is None or found.u != idx or found.b != p.out[dimensions:] or exp != 1:
        return None
    sizes = {p.dims[i] for i in found.b}
    if len(sizes) != 1 or found.d != ONE or found.p.terms:
        return None
    (k,) = sizes
    for u, a in zip(found.u, found.a, strict=True):
        natural = (p.dims[u] - k).floored(found.s)
        if natural is None or natural + 1 != p.dims[a]:
            return None
    step = () if found.s == k else (size_tree(found.s),)
    return call(f"maxpool{dimensions}d", writer.tree(base), size_tree(k), *step)
