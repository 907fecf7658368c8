"""The scalar factors of a product: powers, norms, means and variances, constants under one root.

One idea: scalars commute, so they are written before the chain, plain ones first, and those with negative powers below the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.conjugate import is_complex
from derive.engine.expr import Atom, Idx, Node, Prod, Sum, Sym
from derive.matrixform.part import (
    factors_of,
    magnitude,
    multiplied,
    number_tree,
    scalar_power,
    size_tree,
)
from derive.sizes import Size
from derive.tree import Tree, call, name, number

if TYPE_CHECKING:
    from fractions import Fraction

    from derive.matrixform.form import Writer

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]


def scalars(writer: Writer, p: Prod) -> tuple[tuple[Tree, ...], tuple[Tree, ...], list[FactorOf]]:
    """Scalar factors above and below the line, and the other factors."""
    over: list[Tree] = []
    under: list[Tree] = []
    rest: list[FactorOf] = []
    means: list[tuple[Tree, Tree, Tree]] = []
    roots: list[tuple[Atom, Number]] = []
    opened: list[Tree] = []
    for base, idx, exp in p.factors:
        if idx:
            rest.append((base, idx, exp))
            continue
        if type(base) is Atom and type(exp) is not int and exp.denominator == 2:
            roots.append((base, exp))
            continue
        tree = scalar(writer, base, magnitude(exp))
        if isinstance(base, Sum) and exp == 1 and tree.head == "mul":
            opened += factors_of(tree)
            continue
        (over if exp > 0 else under).append(tree)
        if tree.head == "call" and tree.data == "sum" and isinstance(base, Prod) and len(base.dims) == 1:
            means.append((tree, size_tree(base.dims[0]), call("mean", *tree.args)))
    _multiply(over, opened)
    _root_of_constants(roots, over, under)
    _variance(over, under)
    for total, count, mean in means:
        if count in under and total in over:
            over[over.index(total)] = mean
            under.remove(count)
    over.sort(key=_plainness)
    under.sort(key=_plainness)
    return tuple(over), tuple(under), rest


def _multiply(over: list[Tree], more: list[Tree]) -> None:
    """Put factors beside others: `a` beside `a^2` is `a^3`."""
    for tree in more:
        base, exp = _power_of(tree)
        for k, other in enumerate(over):
            its_base, its_exp = _power_of(other)
            if its_base == base:
                over[k] = Tree("pow", (base, number_tree(exp + its_exp)))
                break
        else:
            over.append(tree)


def _power_of(tree: Tree) -> tuple[Tree, int]:
    """A base and a whole exponent."""
    if tree.head == "pow" and type(tree.args[1].data) is int and tree.args[1].data > 0:
        return tree.args[0], tree.args[1].data
    return tree, 1


def scalar(writer: Writer, base: Node, exp: Number) -> Tree:
    """`base^exp` for a scalar base and exp > 0."""
    if isinstance(base, Prod) and base.coef == 1 and len(base.factors) == 1:
        squared = square(writer, base.factors[0], exp)
        if squared is not None:
            return squared
    return scalar_power(writer.tree(base) if isinstance(base, Prod | Sum) else writer.whole(base), exp)


def square(writer: Writer, factor: FactorOf, exp: Number) -> Tree | None:
    """(Σ u²)^exp as a power of the norm; for a variable `x'*x`."""
    base, idx, power = factor
    if power != 2 or len(set(idx)) != len(idx) or len(idx) > 2:
        return None
    if is_complex(base):
        return None  # a norm has absolute values
    inner = writer.tree(base) if not isinstance(base, Sym) else writer.whole(base)
    if isinstance(base, Sym) and len(idx) == 1 and type(exp) is int:
        return scalar_power(Tree("mul", (Tree("transpose", (inner,)), inner)), exp)
    twice = exp * 2
    norm = call("norm2", inner)
    return (
        norm if twice == 1 else Tree("pow", (norm, number_tree(twice.numerator if twice.denominator == 1 else twice)))
    )


def _root_of_constants(roots: list[tuple[Atom, Number]], over: list[Tree], under: list[Tree]) -> None:
    """`2^(1/2) pi^(-1/2)` as `sqrt(2/pi)`."""
    above = [scalar_power(atom(b), magnitude(e.numerator)) for b, e in roots if e > 0]
    below = [scalar_power(atom(b), magnitude(e.numerator)) for b, e in roots if e < 0]
    if above:
        top = multiplied(above)
        over.append(call("sqrt", Tree("div", (top, multiplied(below))) if below else top))
    elif below:
        under.append(call("sqrt", multiplied(below)))


def _variance(over: list[Tree], under: list[Tree]) -> None:
    """`norm2(x - mean(x))^2/n` is `var(x)`."""
    for k, tree in enumerate(over):
        if tree.head != "pow" or tree.args[1] != number(2) or tree.args[0].data != "norm2":
            continue
        inner = tree.args[0].args[0]
        if inner.head == "sub" and inner.args[1] == call("mean", inner.args[0]):
            count = next((t for t in under if t.head in ("name", "number", "mul")), None)
            if count is not None and under.count(count) == 1:
                over[k] = call("var", inner.args[0])
                under.remove(count)


def _plainness(tree: Tree) -> int:
    """Numbers, then names, then the rest: `2*a*norm2(x)`."""
    inner = tree.args[0] if tree.head == "pow" else tree
    return {"number": 0, "name": 1}.get(inner.head, 2)


def atom(node: Atom) -> Tree:
    if isinstance(node.value, Size):
        return size_tree(node.value)
    if node.value == "i":
        return name("1i")
    return name(node.value) if isinstance(node.value, str) else number_tree(node.value)
