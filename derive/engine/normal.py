"""The normal form: flat products, merged powers, collected sums, canonical index names.

One idea: inlining a product into a product only renames indices, so a derivative built by nesting becomes flat in one
pass. Sums are never distributed here (a tanh network of depth 8 would have 256 terms); `expanded` does that on
request, to decide equality.

Laws used, each an equality for every size:
`x^a x^b -> x^(a+b)`, `Σ_i 1 -> n`, `c·(a + b) -> c·a + c·b` for numbers c, like terms collected,
those of neighbouring matrices in `derive.engine.laws`, of the pseudo-inverse in `derive.engine.penrose`, and of 0/1 tensors in `derive.engine.selectors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.conjugate import conjugated, inverse, is_complex, part, quarter_turns
from derive.engine.expr import (
    Affine,
    Apply,
    Atom,
    Idx,
    Node,
    Prod,
    Shape,
    Sum,
    Sym,
    Table,
    Undef,
    constant,
    exchangeable,
    is_zero,
    zero,
)
from derive.engine.indices import Frame, all_hang_on, number_indices
from derive.engine.laws import neighbours
from derive.engine.penrose import projections
from derive.engine.selectors import settle
from derive.engine.tables import alternating, table_laws, without_signs
from derive.ops import REGISTRY
from derive.sizes import TRIANGLE, Compound, Size

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, list[int], Number]
    Placed = tuple[Node, Idx, Number]

WITH_CONJUGATES = frozenset(("conj", "real", "imag", "abs", "logdet"))
ALWAYS_NORMAL = frozenset((Sym, Atom, Affine, Table))
Share = tuple["Number", Node | None]  # of a term in a sum: its coefficient, and the term itself when it stands once
Memo = dict[int, tuple[Node, Node]]  # id -> (node kept alive, its normal form)


def normalise(node: Node) -> Node:
    """The normal form of a node. Equal normal forms are equal tensors for every size; the converse is not claimed."""
    return _norm(node, {})


def normalised(left: Node, right: Node) -> tuple[Node, Node]:
    """The normal forms of two nodes; what they have in common is made once."""
    memo: Memo = {}
    return _norm(left, memo), _norm(right, memo)


def _norm(node: Node, memo: Memo) -> Node:
    kind = type(node)
    if kind in ALWAYS_NORMAL or getattr(node, "normal", False):
        return node
    found = memo.get(id(node))
    if found is not None:
        return found[1]
    if kind is Prod:
        made = _product(node, memo)  # type: ignore[arg-type]
    elif kind is Sum:
        made = collect([_norm(t, memo) for t in node.children], node.shape)
    elif kind is Apply:
        made = _applied(node, memo)  # type: ignore[arg-type]
    elif kind is Undef:
        made = _undefined(node, memo)  # type: ignore[arg-type]
    else:
        raise TypeError(f"not a node: {node!r}")
    memo[id(node)] = (node, made)
    return made


def _applied(node: Apply, memo: Memo) -> Node:
    changed = False
    args = []
    for arg in node.args:
        made = _norm(arg, memo)
        changed = changed or made is not arg
        args.append(made)
    return _known_value(Apply(node.op, tuple(args), node.shape) if changed else node)


def _undefined(node: Undef, memo: Memo) -> Node:
    arg = _norm(node.arg, memo)
    return node if arg is node.arg else Undef(node.function, arg)


def _known_value(node: Apply) -> Node:
    """`exp(0) = 1`, `log(1) = 0`, `sin(0) = 0` …, `abs(u) = u` for u ≥ 0, `inv(inv(A)) = A`, `inv(I) = I`."""
    name, arg = node.op.name, node.args[0]
    if type(arg) is Sum and not arg.terms:
        if name in ("exp", "cos", "cosh"):
            return constant(1, node.shape)
        if name in ("sin", "tan", "sinh", "tanh", "arcsin", "arctan", "erf", "abs", "relu", "sign"):
            return zero(node.shape)
    if name in WITH_CONJUGATES:
        made = part(node)
        if made is not None:
            return made
    if name == "exp" and (turned := quarter_turns(node)) is not None:
        return turned
    if name == "log" and arg == constant(1, node.shape):
        return zero(node.shape)
    if name == "abs" and nonnegative(arg):
        return arg
    if name == "abs" and (signless := without_signs(arg)) is not None:
        return _known_value(Apply(node.op, (normalise(signless),), node.shape))
    if (node.op.transposes or name in ("det", "logdet")) and (plain := untransposed(arg)) is not None:
        inner = _known_value(Apply(node.op, (plain, *node.args[1:]), node.shape[::-1]))
        return transposed(inner) if node.op.transposes else inner  # inv(A') = inv(A)', det(A') = det(A)
    if name in ("det", "logdet") and isinstance(arg, Apply) and arg.op.name == "matpow" and not node.shape:
        inner, k = Apply(node.op, arg.args[:1], ()), arg.args[1]
        if name == "logdet":  # log |det X^k| = k log |det X|
            return normalise(Prod(1, ((k, (), 1), (inner, (), 1)), (), ()))
        return Apply(REGISTRY["power"], (inner, k), ())  # det X^k = (det X)^k
    if name == "inv":
        if isinstance(arg, Sym) and "orthogonal" in arg.symbol.properties:
            return transposed(arg)
        if isinstance(arg, Prod) and is_complex(arg) and (made := inverse(arg)) is not None:
            return made
        if isinstance(arg, Sym) and "unitary" in arg.symbol.properties:
            return transposed(conjugated(arg))
        if isinstance(arg, Sym) and "involutory" in arg.symbol.properties:
            return arg
        if isinstance(arg, Apply) and arg.op.name == "inv":
            return arg.args[0]
        if isinstance(arg, Prod) and arg.coef == 1 and not arg.factors and len(set(arg.out)) == 1:
            return arg
    return node


def untransposed(node: Node) -> Node | None:
    """X of the node X' when that is all that it is."""
    if isinstance(node, Prod) and node.coef == 1 and len(node.factors) == 1 and len(node.dims) == len(node.out) == 2:
        base, idx, exp = node.factors[0]
        if exp == 1 and idx == (0, 1) and node.out == (1, 0):
            return base
        if exp == 1 and idx == (1, 0) and node.out == (0, 1):
            return base
    return None


# ------------------------------------------------------------------------------------------------ sums


def split(node: Node) -> tuple[Number, Node]:
    """Numeric coefficient and the rest: `3·x -> (3, x)`."""
    if type(node) is not Prod or node.coef == 1:
        return 1, node
    if node.unit is None:
        node.unit = _unwrap(Prod(1, node.factors, node.out, node.dims, True))
    return node.coef, node.unit


def scaled(coef: Number, node: Node) -> Node:
    """`coef · node` for a normal node."""
    if coef == 1:
        return node
    if coef == 0:
        return zero(node.shape)
    if isinstance(node, Sum):
        return Sum(tuple([scaled(coef, t) for t in node.terms]), node.shape, True)
    if isinstance(node, Prod):
        unit = node if node.coef == 1 else node.unit
        total = _tidy(coef * node.coef)
        if unit is not None and total == 1:
            return unit
        made = Prod(total, node.factors, node.out, node.dims, True)
        made.unit = unit
        return made if unit is not None else _unwrap(made)
    axes = tuple(range(len(node.shape)))
    made = Prod(coef, ((node, axes, 1),), axes, node.shape, True)
    made.unit = node
    return made


def _unwrap(prod: Prod) -> Node:
    """A product of one factor that changes nothing is that factor."""
    if prod.coef == 1 and len(prod.factors) == 1:
        base, idx, exp = prod.factors[0]
        if exp == 1 and idx == prod.out and idx == tuple(range(len(prod.dims))):
            return base
    return prod


def collect(terms: list[Node], shape: Shape) -> Node:
    """The normal sum: nested sums opened, like terms added, zeros dropped; order of first appearance."""
    if len(terms) > 1 and _are_unlike(terms):
        return Sum(tuple(terms), shape, True)
    found: dict[Node, Share] = {}
    stack = terms[::-1]
    while stack:
        term = stack.pop()
        if type(term) is Sum:
            stack.extend(reversed(term.terms))
            continue
        coef, unit = split(term)
        if type(unit) is Sum:
            stack.extend([scaled(coef, t) for t in reversed(unit.terms)])
            continue
        before = found.get(unit)
        if before is None:
            found[unit] = (coef, term if _is_plain(term, unit) else None)
        else:
            found[unit] = (before[0] + coef, None)
    kept = [
        term if term is not None else scaled(_tidy(coef), unit) for unit, (coef, term) in found.items() if coef != 0
    ]
    if not kept:
        return zero(shape)
    return kept[0] if len(kept) == 1 else Sum(tuple(kept), shape, True)


def _is_plain(term: Node, unit: Node) -> bool:
    """Whether a term is its coefficient times the factors of its unit; else it is a number times a product, and is opened."""
    return type(unit) is not Prod or unit is term or (type(term) is Prod and unit.factors is term.factors)


def _are_unlike(terms: list[Node]) -> bool:
    """Whether a look shows that no two terms are multiples of each other, and none is a sum or zero."""
    sigs = set()
    for term in terms:
        unit = term
        if type(term) is Prod and term.coef != 1:
            if term.coef == 0:
                return False
            unit = split(term)[1]
        if type(unit) is Sum or not _is_plain(term, unit):
            return False
        sigs.add(unit.sig)
    return len(sigs) == len(terms)


def _tidy(value: Number) -> Number:
    """Integers as int: they are many times faster than fractions."""
    return value.numerator if type(value) is not int and value.denominator == 1 else value


# ------------------------------------------------------------------------------------------------ products


def _product(prod: Prod, memo: Memo) -> Node:
    frame = Frame(prod.dims)
    flat = _flatten(prod, frame, memo)
    if flat is None:
        return zero(prod.shape)
    return assemble(flat[0], flat[1], list(prod.out), frame, prod.shape)


def _flatten(prod: Prod, frame: Frame, memo: Memo) -> tuple[Number, list[FactorOf]] | None:
    """Open nested products into one list of factors over the frame's indices, which are those of the product; None when it is zero."""
    coef = prod.coef
    if coef == 0:
        return None
    factors: list[FactorOf] = []
    todo: list[FactorOf] = [(b, list(idx), e) for b, idx, e in reversed(prod.factors)]
    while todo:
        base, at, exp = todo.pop()
        if type(base) is Sym:
            factors.append((base, at, exp))
            continue
        if type(base) is not Prod:
            base = _norm(base, memo)
        elif exp != 1:
            base = _norm(base, memo)
        elif base.shape or not base.dims or not base.normal:
            inner = _place(base, at, frame)
            if base.coef != 1:
                coef = coef * base.coef
                if coef == 0:
                    return None
            todo.extend([(b, [inner[i] for i in idx], e) for b, idx, e in reversed(base.factors)])
            continue
        if type(base) is Prod:
            if (base.normal and exp != 1) or (base.normal and not base.shape and base.dims):
                factor, base = _root(base, exp)
                coef = coef * factor[0]
                if factor[1] is not None:
                    factors.append(factor[1])
            if (
                type(base) is Prod
                and (exp == 1 or (not _bound(base) and type(exp) is int))
                and (base.shape or not base.dims or not base.normal)
            ):
                inner = _place(base, at, frame)
                coef = coef * _power(base.coef, exp)  # type: ignore[arg-type]
                todo.extend([(b, [inner[i] for i in idx], _tidy(e * exp)) for b, idx, e in reversed(base.factors)])
                if coef == 0:
                    return None
                continue
            if type(base) is Prod and len(base.factors) == 1 and base.coef == 1 and not _bound(base):
                inner_base, idx, e = base.factors[0]
                odd = type(e) is not int or e % 2 == 1  # b^e has a root only where b has one
                if (odd and not is_complex(inner_base)) or nonnegative(inner_base):
                    inner = _place(base, at, frame)
                    todo.append((inner_base, [inner[i] for i in idx], _tidy(e * exp)))
                    continue
        elif is_zero(base):
            if exp > 0:
                return None
            raise ZeroDivisionError("a power of zero")
        factors.append((base, at, exp))
    return _tidy(coef), factors


def _bound(prod: Prod) -> bool:
    return len(set(prod.out)) < len(prod.dims)


def _place(inner: Prod, at: list[int], frame: Frame) -> list[int]:
    """Frame indices for the indices of an inlined product whose axes stand at `at`."""
    placed = [-1] * len(inner.dims)
    for position, i in zip(at, inner.out, strict=True):
        if placed[i] < 0:
            placed[i] = position
        else:
            frame.unite(placed[i], position)
    for i, position in enumerate(placed):
        if position < 0:
            placed[i] = frame.new(inner.dims[i])
    return placed


def _root(base: Prod, exp: Number) -> tuple[tuple[Number, FactorOf | None], Node]:
    """Take the numeric coefficient out of `base^exp`: `(4 x'x)^(1/2) -> 2 (x'x)^(1/2)`."""
    coef = base.coef
    if coef == 1 or (not (base.factors or base.dims) and type(exp) is int):
        return (1, None), base
    unit = split(base)[1]
    if type(exp) is int:
        return (_power(coef, exp), None), unit
    if coef < 0:
        return (1, None), base
    exact = _exact_power(coef, exp)
    if exact is not None:
        return (exact, None), unit
    return (1, (Atom(coef), [], exp)), unit


def _power(value: Number, exp: int) -> Number:
    if exp >= 0:
        return value**exp
    from fractions import Fraction

    return _tidy(Fraction(1) / Fraction(value) ** -exp)


def _exact_power(value: Number, exp: Number) -> Number | None:
    """`value^exp` when it is rational, else None."""
    from fractions import Fraction

    exponent, fraction = Fraction(exp), Fraction(value)
    roots = []
    for whole in (fraction.numerator, fraction.denominator):
        root = round(whole ** (1 / exponent.denominator)) if whole < 10**15 else 0
        if root**exponent.denominator != whole:
            return None
        roots.append(root)
    return _power(Fraction(roots[0], roots[1]), exponent.numerator)


def nonnegative(node: Node) -> bool:
    """Whether every entry is ≥ 0 for all real values, as far as the form shows it."""
    if is_complex(node):
        return False
    match node:
        case Prod():
            return node.coef > 0 and all(
                (type(e) is int and e % 2 == 0) or type(e) is not int or nonnegative(b) for b, _, e in node.factors
            )
        case Sum():
            return all(nonnegative(t) for t in node.terms)
        case Sym():
            return any(
                p in ("positive", "simplex", "nonnegative", "stochastic", "one-hot") for p in node.symbol.properties
            )
        case Apply():
            return node.op.name in (
                "exp",
                "sigmoid",
                "softmax",
                "softplus",
                "cosh",
                "abs",
                "step",
                "relu",
                "normpdf",
                "normcdf",
                "eq",
                "norm2",
            )
        case Atom():
            return (not isinstance(node.value, str | Size) and node.value > 0) or isinstance(node.value, str | Size)
    return False


def assemble(coef: Number, factors: list[FactorOf], out: list[int], frame: Frame, shape: Shape) -> Node:
    """The normal product of flat factors over a frame."""
    kinds = {type(f[0]) for f in factors}
    if Affine in kinds:
        settled = settle(factors, out, frame)
        if settled is None:
            return zero(shape)
        factors = settled
    if len(factors) > 1:
        before = len(factors)
        factors = neighbours(factors, out, frame, is_symmetric)
        if len(factors) < before and Affine in kinds:  # two of them may have met
            settled = settle(factors, out, frame)
            if settled is None:
                return zero(shape)
            factors = settled
        if Apply in kinds and any(type(b) is Apply and b.op.name == "pinv" and not b.complex for b, _, _ in factors):
            factors = projections(factors, out, frame)
    if Table in kinds:
        before = len(factors)
        factors, total = table_laws(coef, factors, out, frame, normalise)
        if total is not None:
            return total
        if len(factors) < before and Affine in kinds:  # a table that is gone used their indices
            settled = settle(factors, out, frame)
            if settled is None:
                return zero(shape)
            factors = settled
    merged = _merge(factors, frame)
    if Prod in kinds:
        again = [e for b, _, e in merged if type(b) is Prod and b.shape == () and not b.dims]
        if any(type(_tidy(e)) is int for e in again):  # powers of a product that have added up to a whole one
            whole = Prod(coef, tuple([(b, idx, _tidy(e)) for b, idx, e in merged]), (), tuple(frame.dims))
            opened_up = _flatten(whole, frame, {})
            if opened_up is None:
                return zero(shape)
            coef, factors = opened_up
            merged = _merge(factors, frame)
    parent = frame.parent
    roots = [i if parent[i] == i else frame.find(i) for i in out]
    coef, merged = _sum_over_nothing(coef, merged, roots, frame)
    coef, kept = _numbers(coef, merged)
    if coef == 0:
        return zero(shape)
    chained = [f for f in kept if f[1]]
    if all_hang_on(chained, roots):
        if len(chained) < len(kept):
            kept = [f for f in kept if not f[1]] + chained
        return _unwrap(number_indices(coef, kept, roots, frame, is_symmetric))
    if not roots and len(chained) == len(kept) and all_hang_on(kept, kept[0][1]):
        return _unwrap(number_indices(coef, kept, roots, frame, is_symmetric))
    opened, closed = _components(kept, set(roots))
    if closed and (opened or roots or len(closed) > 1):
        scalars: dict[tuple[Node, Idx], Number] = {}
        for group in closed:
            if len(group) == 1 and not group[0][1]:
                key, exp = (group[0][0], ()), group[0][2]
            else:
                key, exp = (number_indices(1, group, [], frame, is_symmetric), ()), 1
            scalars[key] = _tidy(scalars.get(key, 0) + exp)
        coef, scalar_list = _numbers(coef, [(base, idx, exp) for (base, idx), exp in scalars.items()])
        opened = [(b, (), e) for b, _, e in scalar_list] + opened
    elif closed:
        opened = closed[0]
    return _unwrap(number_indices(coef, opened, roots, frame, is_symmetric))


def _merge(factors: list[FactorOf], frame: Frame) -> list[Placed]:
    """Factors by base and indices, exponents added."""
    placed: list[Placed] = []
    parent = frame.parent
    for base, at, exp in factors:
        idx = tuple([i if parent[i] == i else frame.find(i) for i in at])
        if len(idx) > 1 and type(base) is Sym and base.symbol.properties and is_symmetric(base):
            idx = tuple(sorted(idx))
        elif len(idx) == 3 and idx[0] > idx[1] and exchangeable(base):
            idx = (idx[1], idx[0], idx[2])
        placed.append((base, idx, exp))
    if len({idx for _, idx, _ in placed}) == len(placed):
        return placed
    merged: dict[tuple[Node, Idx], Number] = {}
    for base, idx, exp in placed:
        merged[base, idx] = merged.get((base, idx), 0) + exp
    return [(base, idx, exp) for (base, idx), exp in merged.items()]


SYMMETRIC = frozenset(("symmetric", "psd", "pd", "diagonal", "projection"))


_symmetric: dict[Node, bool] = {}


def is_symmetric(node: Node) -> bool:
    """Whether a matrix node equals its transpose, by its form and the declared properties of its variables.

    A tensor of moments, of any order, does not change when its axes are exchanged.
    """
    found = node.symmetric
    if found is None:
        found = node.symmetric = _is_symmetric(node)
    return found


def _is_symmetric(node: Node) -> bool:
    if len(node.shape) > 2:
        return isinstance(node, Sym) and "moment" in node.symbol.properties
    if len(node.shape) != 2 or node.shape[0] != node.shape[1]:
        return False
    if type(node) is Sym:
        words = node.symbol.properties
        return bool(words) and not SYMMETRIC.isdisjoint(words) and "hermitian" not in words
    if type(node) is Apply and node.op.meaning != "elementwise":
        return node.op.transposes and is_symmetric(node.args[0])
    if _is_lopsided(node):
        return False
    found = _symmetric.get(node)
    if found is None:
        found = _is_symmetric_form(node)
        if len(_symmetric) > 20_000:
            _symmetric.clear()
        _symmetric[node] = found
    return found


def _is_symmetric_form(node: Node) -> bool:
    match node:
        case Apply():  # entry by entry
            return all(not a.shape or is_symmetric(a) for a in node.args)
        case Prod():
            return transposed(node) == node
        case Sum():
            return collect([transposed(t) for t in node.terms], node.shape) == node
    return False


def _is_lopsided(node: Node) -> bool:
    """Whether a look shows that a square matrix is not symmetric: its rows or a term have no counterpart."""
    if type(node) is Prod:
        row, column = node.out
        rows, columns = [], []
        for base, idx, exp in node.factors:
            if type(base) is not Sym and not (type(base) is Apply and base.op.name == "inv"):
                return False  # there may be laws that put other factors for it
            if row in idx:
                rows.append((base.sig, exp))
            if column in idx:
                columns.append((base.sig, exp))
        return rows != columns and sorted(rows) != sorted(columns)
    if type(node) is Sum:
        return any(type(t) is Sym and not is_symmetric(t) and not _stands_turned(t, node.terms) for t in node.terms)
    return False


def _stands_turned(node: Sym, terms: tuple[Node, ...]) -> bool:
    return any(type(t) is Prod and len(t.factors) == 1 and t.factors[0][0] == node for t in terms)


def transposed(node: Node) -> Node:
    """The transpose of a normal matrix node."""
    if isinstance(node, Prod):
        return normalise(Prod(node.coef, node.factors, node.out[::-1], node.dims))
    if is_symmetric(node):
        return node
    return normalise(Prod(1, ((node, (0, 1), 1),), (1, 0), node.shape))


def _sum_over_nothing(coef: Number, factors: list[Placed], out: list[int], frame: Frame) -> tuple[Number, list[Placed]]:
    """An index that is summed but stands on no factor multiplies by its size."""
    used = set(out)
    for _, idx, exp in factors:
        if exp != 0:
            used.update(idx)
    if len(used) == len(frame.parent):
        return coef, factors
    free = [i for i, root in enumerate(frame.parent) if root == i and i not in used and i not in frame.gone]
    if not free:
        return coef, factors
    merged = {(base, idx): exp for base, idx, exp in factors}
    for i in free:
        coef = times_size(coef, frame.dims[i], merged)
    return coef, [(base, idx, exp) for (base, idx), exp in merged.items()]


def times_size(coef: Number, size: Size, merged: dict[tuple[Node, Idx], Number], exp: int = 1) -> Number:
    """Multiply by `size^exp`: numbers into the coefficient, a monomial name by name, else the polynomial whole."""
    if len(size.terms) == 1:
        monomial, c = size.terms[0]
        for name in monomial:
            if isinstance(name, Compound) and name.kind == TRIANGLE:  # n(n + 1)/2
                x = name.parts[0]
                coef = times_size(times_size(coef, x, merged, exp), x + 1, merged, exp) * _power(2, -exp)
                continue
            key = (Atom(Size.of(name)), ())
            merged[key] = merged.get(key, 0) + exp
        return coef * _power(c, exp)
    if not size.terms:
        return 0
    merged[(Atom(size), ())] = merged.get((Atom(size), ()), 0) + exp
    return coef


def _numbers(coef: Number, factors: list[Placed]) -> tuple[Number, list[Placed]]:
    """Drop powers of 0; numbers with an integer exponent go into the coefficient."""
    kept: list[Placed] = []
    for base, idx, exp in factors:
        if exp == 1 and type(base) is not Atom:
            kept.append((base, idx, 1))
            continue
        exp = _tidy(exp)
        if type(exp) is int and exp not in (0, 1) and type(base) is Apply and alternating(base):
            exp %= 2  # (-1)^(2k) = 1
        if exp == 0:
            continue
        if type(base) is Atom and type(exp) is int and not isinstance(base.value, str | Size):
            coef = coef * _power(base.value, exp)
        else:
            if type(base) is Atom and base.value == "i" and type(exp) is int:
                coef, exp = -coef if exp % 4 > 1 else coef, exp % 2  # 1i^2 = -1
                if exp == 0:
                    continue
            kept.append((base, idx, exp))
    return _tidy(coef), kept


def _components(factors: list[Placed], out: set[int]) -> tuple[list[Placed], list[list[Placed]]]:
    """Factors that hang on the output, and groups that are scalars by themselves."""
    group: dict[int, int] = {}

    def root(i: int) -> int:
        while group.setdefault(i, i) != i:
            i = group[i]
        return i

    for _, idx, _ in factors:
        for i in idx[1:]:
            a, b = root(idx[0]), root(i)
            if a != b:
                group[b] = a
    reached = {root(i) for i in out}
    opened: list[Placed] = []
    closed: dict[object, list[Placed]] = {}
    for number, factor in enumerate(factors):
        idx = factor[1]
        if not idx:
            closed[-1 - number] = [factor]
        elif root(idx[0]) in reached:
            opened.append(factor)
        else:
            closed.setdefault(root(idx[0]), []).append(factor)
    return opened, list(closed.values())
