"""Nodes as polynomials in the deviations z = x - m of random variables.

One idea: a monomial is a product with holes, one for each entry of a z that stands in it, over indices of its own; what holds no z is
kept in one piece, so that `A*x + a` has two monomials: `A*m + a`, and `A*z`. Nothing is normalised here, and no moment is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations_with_replacement, product
from math import factorial
from typing import TYPE_CHECKING, NamedTuple

from derive.engine.expr import Apply, Idx, Node, Prod, Shape, Sum, Sym, identity
from derive.engine.lifting import lift
from derive.engine.lower import body_template
from derive.engine.normal import normalise
from derive.term import Type

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]

MOST = 4000  # monomials of one polynomial

Hole = tuple[Sym, Idx]


class NoPolynomial(ValueError):
    """What is no polynomial in the random variables, or too long a one."""


class Monomial(NamedTuple):
    """`coef · Σ Π factors · Π holes` with output axes `out` over indices of sizes `dims`, as in a `Prod`."""

    coef: Number
    factors: tuple[FactorOf, ...]
    holes: tuple[Hole, ...]
    out: Idx
    dims: Shape


def polynomial(node: Node, means: Mapping[Sym, Node]) -> list[Monomial]:
    """The monomials of a normal node in the deviations of the variables in `means`; one of them, at most, has no hole.

    Raises NoPolynomial.
    """
    reader = _Reader(means)
    if any(isinstance(n, Apply) and reader.random(n) for n in reader.below(node)):
        node = normalise(reader.opened(node))
    return reader.monomials(node)


def whole(node: Node) -> Monomial:
    """A node without holes as a monomial."""
    axes = tuple(range(len(node.shape)))
    return Monomial(1, ((node, axes, 1),), (), axes, node.shape)


def as_node(m: Monomial) -> Node:
    """A monomial without holes as a node."""
    return Prod(m.coef, m.factors, m.out, m.dims)


def multiplied(
    coef: Number, fixed: tuple[FactorOf, ...], parts: list[tuple[Monomial, Idx]], out: Idx, dims: Shape
) -> Monomial:
    """`coef · Π fixed · Π parts` where the output axes of each part stand at indices of the product."""
    sizes, factors, holes = list(dims), list(fixed), list[Hole]()
    for m, at in parts:
        coef = coef * m.coef
        place: dict[int, int] = {}
        for position, i in zip(at, m.out, strict=True):
            if i in place and place[i] != position:
                factors.append((identity((m.dims[i],)), (place[i], position), 1))
            place.setdefault(i, position)
        for i, size in enumerate(m.dims):
            if i not in place:
                place[i] = len(sizes)
                sizes.append(size)
        factors += [(b, tuple([place[i] for i in idx]), e) for b, idx, e in m.factors]
        holes += [(z, tuple([place[i] for i in idx])) for z, idx in m.holes]
    return Monomial(coef, tuple(factors), tuple(holes), out, tuple(sizes))


class _Reader:
    def __init__(self, means: Mapping[Sym, Node]) -> None:
        self.means = means
        self.known: dict[int, tuple[Node, bool]] = {}

    def random(self, node: Node) -> bool:
        """Whether a random variable stands in a node."""
        found = self.known.get(id(node))
        if found is None:
            is_so = node in self.means if isinstance(node, Sym) else any(map(self.random, node.children))
            found = self.known[id(node)] = (node, is_so)
        return found[1]

    def below(self, node: Node) -> list[Node]:
        from derive.engine.expr import postorder

        return postorder([node])

    # ---- to monomials

    def monomials(self, node: Node) -> list[Monomial]:
        if not self.random(node):
            return [whole(node)]
        match node:
            case Sym():
                axes = tuple(range(len(node.shape)))
                return [whole(self.means[node]), Monomial(1, (), ((node, axes),), axes, node.shape)]
            case Sum():
                return _gathered([m for t in node.terms for m in self.monomials(t)], node.shape)
            case Prod():
                return self.product(node)
            case Apply() if node.op.name == "log" and not node.shape:
                return self.logarithm(node)
        raise NoPolynomial(_named(node))

    def product(self, node: Prod) -> list[Monomial]:
        fixed: list[FactorOf] = []
        choices: list[list[tuple[Number, list[tuple[Monomial, Idx]]]]] = []
        total = 1
        for base, idx, exp in node.factors:
            if not self.random(base):
                fixed.append((base, idx, exp))
                continue
            base, exp = _even(base, exp)
            if type(exp) is not int or exp < 1:
                raise NoPolynomial(f"{_named(base)} to the power {exp}")
            choices.append(_powers([(m, idx) for m in self.monomials(base)], exp))
            total *= len(choices[-1])
            if total > MOST:
                raise NoPolynomial("a product with too many terms")
        found = []
        for chosen in product(*choices):
            coef: Number = node.coef
            parts: list[tuple[Monomial, Idx]] = []
            for times, some in chosen:
                coef = coef * times
                parts += some
            found.append(multiplied(coef, tuple(fixed), parts, node.out, node.dims))
        return _gathered(found, node.shape)

    def logarithm(self, node: Apply) -> list[Monomial]:
        """`log(exp(u)·c) = u + log(c)`: the density of a normal distribution is of this form."""
        inside = node.args[0]
        if isinstance(inside, Apply) and inside.op.name == "exp":
            return self.monomials(inside.args[0])
        if not isinstance(inside, Prod) or inside.dims:
            raise NoPolynomial(_named(node))
        rest: list[FactorOf] = []
        found: list[Monomial] = []
        for base, idx, exp in inside.factors:
            if isinstance(base, Apply) and base.op.name == "exp" and self.random(base):
                found += [m._replace(coef=m.coef * exp) for m in self.monomials(base.args[0])]
            elif self.random(base):
                raise NoPolynomial(_named(node))
            else:
                rest.append((base, idx, exp))
        left = normalise(Prod(inside.coef, tuple(rest), (), ()))
        return _gathered([*found, whole(normalise(Apply(node.op, (left,), ())))], ())

    # ---- functions that are names for formulas

    def opened(self, node: Node) -> Node:
        """The node with the formulas of random variables in place of their names: `norm2(x)^2` is x'x."""
        if not self.random(node):
            return node
        match node:
            case Prod():
                return Prod(node.coef, tuple([(self.opened(b), i, e) for b, i, e in node.factors]), node.out, node.dims)
            case Sum():
                return Sum(tuple(map(self.opened, node.terms)), node.shape)
            case Apply():
                args = tuple(map(self.opened, node.args))
                takes = [tuple(map(len, s.inputs)) for s in node.op.signatures]
                if node.op.meaning == "formula" and tuple(len(a.shape) for a in args) in takes:
                    body, parameters = body_template(node.op, tuple([Type(a.shape) for a in args]))
                    return lift(body, dict(zip(parameters, args, strict=True)), ())[0]
                return Apply(node.op, args, node.shape)
        return node


def _even(base: Node, exp: Number) -> tuple[Node, Number]:
    """`|u|^2 = u^2`."""
    if isinstance(base, Apply) and base.op.name == "abs" and type(exp) is int and exp > 0 and exp % 2 == 0:
        return base.args[0], exp
    return base, exp


def _powers(parts: list[tuple[Monomial, Idx]], exp: int) -> list[tuple[Number, list[tuple[Monomial, Idx]]]]:
    """`(a + b)^k` by the multinomial theorem: every choice of k summands with the number of its orders."""
    if exp == 1:
        return [(1, [part]) for part in parts]
    if len(parts) ** min(exp, 3) > MOST or exp > 40:
        raise NoPolynomial("a power with too many terms")
    found: list[tuple[Number, list[tuple[Monomial, Idx]]]] = []
    for chosen in combinations_with_replacement(range(len(parts)), exp):
        orders = factorial(exp)
        for k in set(chosen):
            orders //= factorial(chosen.count(k))
        found.append((orders, [parts[k] for k in chosen]))
        if len(found) > MOST:
            raise NoPolynomial("a power with too many terms")
    return found


def _gathered(found: list[Monomial], shape: Shape) -> list[Monomial]:
    """All monomials without a hole in one, in the place of the first."""
    fixed = [m for m in found if not m.holes]
    if len(fixed) < 2:
        return found
    one = normalise(Sum(tuple(map(as_node, fixed)), shape))
    return [whole(one), *[m for m in found if m.holes]]


def _named(node: Node) -> str:
    return node.op.name if isinstance(node, Apply) else "a quotient" if isinstance(node, Prod) else "a function"
