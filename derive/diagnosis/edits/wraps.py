"""Edits that put something around a part or take it off: a transpose, an inverse, a square, a trace, a function or its derivative.

One idea: each is an operation of one argument; what the author lost is put on, what is too much is taken off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from derive.diagnosis.parts import (
    Change,
    Site,
    exponent,
    factors,
    inverse,
    is_inverse,
    powered,
    reflected,
    replaced,
    transposed,
    value_of,
)
from derive.tree import Tree, call, number

Found = Iterator[Change]
Asked = Callable[[Tree], bool]
ATOMS = frozenset(("name", "index", "call", "pow", "transpose", "prime"))
GROUPS = frozenset(("add", "sub", "mul", "hadamard", "sum"))


def _change(
    line: Tree, site: Site, new: Tree, code: str, says: str, shown: tuple[Tree, ...] = (), cost: float = 1.0
) -> Change:
    return Change(replaced(line, site.path, new), site.path, site.node, new, code, says, shown, cost)


def transposes(
    line: Tree, site: Site, scalar: Asked, symmetric: frozenset[str] = frozenset(), complexes: bool = False
) -> Found:
    """A transpose put on or taken off; that of a product is written factor by factor."""
    node, above = site.node, site.above
    if node.head == "mul" and not site.product and value_of(factors(node)[0]) is not None:
        return  # 2*A is no part of 2*A*x that anybody takes together
    if above is not None and (above.head in ("transpose", "prime", "index") or above.head == "pow"):
        return
    if node.head == "call" and node.data == "ct":
        yield _change(line, site, node.args[0], "extra-transpose", "{} without the transpose", (node.args[0],), 1.0)
    elif complexes and node.head in ATOMS:
        yield _change(line, site, call("ct", node), "missing-transpose", "the conjugate transpose of {}", (node,), 1.1)
    if node.head == "transpose":
        yield _change(line, site, node.args[0], "extra-transpose", "{} without the transpose", (node.args[0],), 1.0)
    elif node.head in (*ATOMS, *GROUPS) and not scalar(node):
        cost = 1.0 if node.head in ATOMS else 1.03
        if site.product:
            yield _change(line, site, reflected(node, symmetric), "missing-transpose", "transpose {}", (node,), 1.02)
        yield _change(line, site, transposed(node), "missing-transpose", "transpose {}", (node,), cost)


def exponents(line: Tree, site: Site) -> Found:
    """X^k → X^(k-1) and X^(k+1), where the exponent is no number; the range of a sum one longer or shorter at either end."""
    node = site.node
    if node.head == "pow" and value_of(node.args[1]) is None:
        for head in ("sub", "add"):
            new = Tree("pow", (node.args[0], Tree(head, (node.args[1], number(1)))))
            yield _change(line, site, new, "wrong-exponent", "{} for {}", (new, node), 1.2)
    if node.head in ("sum", "prod"):
        for k in (1, 2):
            for head in ("sub", "add"):
                end = _simplest(Tree(head, (node.args[k], number(1))))
                args = (*node.args[:k], end, *node.args[k + 1 :])
                new = Tree(node.head, args, node.data)
                yield _change(line, site, new, "wrong-range", "{} for {}", (new, node), 1.25)


def _simplest(node: Tree) -> Tree:
    """1 - 1 as 0."""
    a, b = value_of(node.args[0]), value_of(node.args[1])
    if a is None or b is None:
        return node
    return number(int(a - b if node.head == "sub" else a + b)) if a >= b or node.head == "add" else node


def derivatives(line: Tree, site: Site, functions: frozenset[str]) -> Found:
    """f'(u) for f(u), of a declared function, and the other way round."""
    node = site.node
    if node.head == "call" and node.data in functions:
        new = Tree("prime", node.args, (node.data, 1))
        yield _change(line, site, new, "forgot-derivative", "{} for {}", (new, node), 1.1)
    if node.head == "prime":
        data: Any = node.data
        f, order = data
        new = call(f, *node.args) if order == 1 else Tree("prime", node.args, (f, order - 1))
        for other in (new, Tree("prime", node.args, (f, order + 1))):
            yield _change(line, site, other, "wrong-derivative", "{} for {}", (other, node), 1.15)


def squares(line: Tree, site: Site, scalar: Asked) -> Found:
    """A square entry by entry put on or taken off."""
    node, above = site.node, site.above
    if node.head == "hadamard" and node.args[0] == node.args[1]:
        yield _change(line, site, node.args[0], "extra-square", "{} without the square", (node.args[0],), 1.05)
    if node.head == "hpow" and value_of(node.args[1]) == 2:
        yield _change(line, site, node.args[0], "extra-square", "{} without the square", (node.args[0],), 1.05)
    if node.head in ("name", "call") and not scalar(node) and not (above is not None and above.head in NO_SQUARE):
        new = Tree("hadamard", (node, node))
        yield _change(line, site, new, "lost-square", "the square of {}, entry by entry", (node,), 1.15)


NO_SQUARE = frozenset(("transpose", "index", "hpow", "pow", "prime"))


def powers(line: Tree, site: Site, scalar: Asked) -> Found:
    """An inverse or a square put on or taken off; another power."""
    node, above = site.node, site.above
    if above is not None and (above.head in ("pow", "prime") or (above.head == "transpose" and node.head == "pow")):
        return
    k = exponent(node)
    if k is not None:
        base = node.args[0]
        yield _change(
            line,
            site,
            inverse(node),
            "extra-inverse" if k < 0 else "lost-inverse",
            "{} for {}",
            (inverse(node), node),
            1.05,
        )
        if k == 2:
            yield _change(line, site, base, "extra-square", "{} without the square", (base,), 1.05)
        for other in (k + 1, k - 1):
            if other not in (0, 1) and other != -k:
                yield _change(
                    line, site, powered(base, other), "wrong-exponent", "{} for {}", (powered(base, other), node), 1.2
                )
        if k != 2:
            yield _change(
                line, site, powered(base, 2 * k), "lost-square", "{} for {}", (powered(base, 2 * k), node), 1.15
            )
        return
    if node.head in ATOMS or node.head in GROUPS:
        bare = node.args[0] if node.head == "transpose" else node
        if not is_inverse(node):
            new = transposed(inverse(bare)) if node.head == "transpose" else inverse(node)
            if scalar(node):
                new = Tree("div", (number(1), node))
            yield _change(
                line,
                site,
                new,
                "lost-inverse",
                "the inverse of {}",
                (node,),
                (1.1 if node.head in ATOMS else 1.18) + _part(site),
            )
        yield _change(line, site, powered(node, 2), "lost-square", "the square of {}", (node,), 1.1 + _part(site))
    if node.head == "call" and node.data == "sqrt":
        yield _change(line, site, node.args[0], "extra-root", "{} without the root", (node.args[0],), 1.2)


def _part(site: Site) -> float:
    """What it costs more that only the beginning of a product is taken together, which nobody writes."""
    return 0.0 if site.node.head != "mul" or site.product else 0.3


def fractions(line: Tree, site: Site, scalar: Asked) -> Found:
    """A quotient upside down, a product for a quotient, a quotient for a product."""
    node = site.node
    if node.head in ("div", "hdiv"):
        a, b = node.args
        product = Tree("mul" if node.head == "div" else "hadamard", (a, b))
        yield _change(
            line, site, Tree(node.head, (b, a)), "inverted-fraction", "{} for {}", (Tree(node.head, (b, a)), node), 1.2
        )
        yield _change(line, site, product, "inverted-factor", "{} for {}", (product, node), 1.2)
        if value_of(a) == 1:
            yield _change(line, site, b, "inverted-factor", "{} for {}", (b, node), 1.2)
    if node.head == "mul":
        a, b = node.args
        for above, below in ((a, b), (b, a)):
            new = Tree("div", (above, below))
            cost = 1.08 if scalar(below) else 1.25
            yield _change(line, site, new, "inverted-factor", "{} for {}", (new, node), cost)


LOST = {"tr": "lost-trace", "diag": "missing-diag", "sum": "lost-sum", "sqrt": "lost-root"}
EXTRA = {"diag": "extra-diag", "sum": "extra-sum", "sqrt": "extra-root"}
ONCE = ("tr", "diag", "log", "exp", "sqrt", "sum", "det")


def functions(line: Tree, site: Site) -> Found:
    """A function lost or too many, 1 - x for x, a function for its derivative, the arguments exchanged."""
    node, above = site.node, site.above
    if node.head in ("number", "neg", "where", "relation"):
        return
    if node.head == "call" and len(node.args) == 1 and node.data not in ("norm2", "norm1"):
        yield _change(
            line,
            site,
            node.args[0],
            EXTRA.get(str(node.data), "wrong-function"),
            "{} for {}",
            (node.args[0], node),
            1.3,
        )
    if node.head == "call" and len(node.args) == 2:
        new = call(str(node.data), node.args[1], node.args[0])
        yield _change(line, site, new, "swapped-arguments", "{} for {}", (new, node), 1.1)
    if above is not None and above.head == "mul" and site.path[-1] == 0 and node.head == "mul":
        return
    for f in ONCE:
        yield _change(line, site, call(f, node), LOST.get(f, "wrong-function"), "{} for {}", (call(f, node), node), 1.5)
    one_minus = Tree("sub", (number(1), node))
    if node.head == "sub" and value_of(node.args[0]) == Fraction(1):
        yield _change(line, site, node.args[1], "wrong-complement", "{} for {}", (node.args[1], node), 1.25)
    else:
        yield _change(line, site, one_minus, "wrong-complement", "{} for {}", (one_minus, node), 1.45)
