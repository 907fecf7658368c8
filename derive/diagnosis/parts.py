"""Lines as trees to be edited: places in them, factors of products, terms of sums, and what a line is made of.

One idea: an edit is a place and what stands there instead; products and sums are taken as lists, because mistakes are made in lists. Nothing here
judges an edit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from derive.tree import Tree, call, name, number

Path = tuple[int, ...]
SKIPPED = frozenset(("number", "colon", "range"))  # heads below which no expression stands


class Change(NamedTuple):
    """A line with one part exchanged. `code` is the mistake that the author made; `says` is the edit in words, `{}` for texts of `shown`."""

    line: Tree
    path: Path
    old: Tree
    new: Tree
    code: str
    says: str
    shown: tuple[Tree, ...] = ()
    cost: float = 1.0
    lost: Tree | None = None  # the factor or term that the author lost


class Site(NamedTuple):
    """A part of a line; `above` is its parent, `top` whether a chain of products or a sum begins here."""

    path: Path
    node: Tree
    above: Tree | None

    @property
    def product(self) -> bool:
        """Whether a whole product stands here, and not its beginning."""
        return self.node.head == "mul" and not (
            self.above is not None and self.above.head == "mul" and not self.path[-1]
        )

    @property
    def sum(self) -> bool:
        heads = ("add", "sub")
        return self.node.head in heads and not (
            self.above is not None and self.above.head in heads and not self.path[-1]
        )


def sites(line: Tree) -> Iterator[Site]:
    """Every expression in a line, parents first; the target of a derivative and the bounds of a sum are none."""
    stack: list[Site] = [Site((), line, None)]
    while stack:
        site = stack.pop()
        node = site.node
        if node.head in SKIPPED:
            yield site
            continue
        if node.head not in ("where", "relation"):
            yield site
        for k in range(len(node.args) - 1, -1, -1):
            if _expression(node, k):
                stack.append(Site((*site.path, k), node.args[k], node))


def _expression(node: Tree, k: int) -> bool:
    if node.head in ("derivative", "sum", "prod", "array", "index"):
        return k == 0
    if node.head in ("pow", "hpow") and k == 1:
        return value_of(node.args[1]) is None
    return True


def replaced(line: Tree, path: Path, new: Tree) -> Tree:
    """The line with another part at a place."""
    if not path:
        return new
    above = []
    node = line
    for k in path:
        above.append((node, k))
        node = node.args[k]
    for node, k in reversed(above):
        new = Tree(node.head, (*node.args[:k], new, *node.args[k + 1 :]), node.data)
    return new


def everywhere(node: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """The tree with `change` applied to every node, children first."""
    done: list[Tree] = []
    for one in reversed(list(node.walk())):
        args = tuple([done.pop() for _ in one.args])
        same = all(a is b for a, b in zip(args, one.args, strict=True))
        done.append(change(one if same else Tree(one.head, args, one.data)))
    return done[0]


# ---------------------------------------------------------------------- products


def factors(node: Tree) -> list[Tree]:
    """a*b*c → [a, b, c]; what is no product is its only factor."""
    found: list[Tree] = []
    while node.head == "mul":
        found.append(node.args[1])
        node = node.args[0]
    found.append(node)
    return found[::-1]


def flat(node: Tree) -> list[Tree]:
    """The factors of a product, also of those in brackets."""
    return [f for part in factors(node) for f in (flat(part) if part.head == "mul" else [part])]


def product(parts: Sequence[Tree]) -> Tree:
    """[a, b, c] → a*b*c; 1 for nothing."""
    if not parts:
        return number(1)
    made = parts[0]
    for part in parts[1:]:
        made = Tree("mul", (made, part))
    return made


def multiplied(part: Tree, node: Tree) -> Tree:
    """part*node as one product; c*(a/b) as (c*a)/b, and (1/c)*(a/b) as a/(c*b)."""
    if node.head == "neg":
        return Tree("neg", (multiplied(part, node.args[0]),))
    if node.head == "div" and value_of(node) is None:
        a, b = node.args
        if part.head == "div" and value_of(part.args[0]) == 1:
            return Tree("div", (a, multiplied(part.args[1], b)))
        return Tree("div", (part if value_of(a) == 1 else multiplied(part, a), b))
    return product([*factors(part), *factors(node)])


def entrywise(node: Tree, part: Tree) -> Tree:
    """node .* part, without brackets around the factors of part."""
    while part.head == "hadamard":
        node, part = entrywise(node, part.args[0]), part.args[1]
    return Tree("hadamard", (node, part))


# ---------------------------------------------------------------------- sums


def terms(node: Tree) -> list[tuple[int, Tree]]:
    """a - b + c → [(1, a), (-1, b), (1, c)], with the sign that a term begins with."""
    found: list[tuple[int, Tree]] = []
    while node.head in ("add", "sub"):
        found.append(_signed(1 if node.head == "add" else -1, node.args[1]))
        node = node.args[0]
    found.append(_signed(1, node))
    return found[::-1]


def _signed(sign: int, node: Tree) -> tuple[int, Tree]:
    while node.head == "neg":
        sign, node = -sign, node.args[0]
    return sign, node


def total(parts: Sequence[tuple[int, Tree]]) -> Tree:
    """[(1, a), (-1, b)] → a - b; 0 for nothing."""
    if not parts:
        return number(0)
    sign, made = parts[0]
    if sign < 0:
        made = negated(made)
    for sign, part in parts[1:]:
        made = Tree("add" if sign > 0 else "sub", (made, part))
    return made


def negated(node: Tree) -> Tree:
    if node.head == "neg":
        return node.args[0]
    if node.head in ("add", "sub"):
        return total([(-s, t) for s, t in terms(node)])
    return Tree("neg", (node,))


# ---------------------------------------------------------------------- small forms


def transposed(node: Tree) -> Tree:
    return node.args[0] if node.head == "transpose" else Tree("transpose", (node,))


def reflected(node: Tree, symmetric: frozenset[str] = frozenset()) -> Tree:
    """A*b' → b*A', term by term; names of symmetric matrices stay as they are."""
    if node.head in ("add", "sub"):
        return total([(s, reflected(t, symmetric)) for s, t in terms(node)])
    if node.head == "neg":
        return negated(reflected(node.args[0], symmetric))
    if node.head == "mul":
        parts = factors(node)
        lead = [p for p in parts[:1] if value_of(p) is not None]
        return product([*lead, *[reflected(p, symmetric) for p in reversed(parts[len(lead) :])]])
    if (node.head == "name" and node.data in symmetric) or value_of(node) is not None:
        return node
    return transposed(node)


def inverse(node: Tree) -> Tree:
    """a → a^-1, a^-1 → a, a^k → a^-k."""
    k = exponent(node)
    if k is None:
        return Tree("pow", (node, number(-1)))
    return powered(node.args[0], -k)


def exponent(node: Tree) -> int | None:
    """k of a^k with a whole k; None for what is no such power."""
    if node.head != "pow":
        return None
    sign, power = _signed(1, node.args[1])
    return sign * power.data if power.head == "number" and isinstance(power.data, int) else None


def powered(node: Tree, k: int) -> Tree:
    return node if k == 1 else Tree("pow", (node, number(k)))


def is_inverse(node: Tree) -> bool:
    if node.head == "transpose":
        node = node.args[0]
    k = exponent(node)
    return (k is not None and k < 0) or (node.head == "call" and node.data in ("inv", "pinv"))


def fraction(value: Fraction | int) -> Tree:
    value = Fraction(value)
    if value.denominator == 1:
        return number(value.numerator) if value >= 0 else Tree("neg", (number(-value.numerator),))
    made = Tree("div", (number(abs(value.numerator)), number(value.denominator)))
    return made if value > 0 else Tree("neg", (made,))


def value_of(node: Tree) -> Fraction | None:
    """The number that is written, such as 2, -1 or 1/2; None for what is no number."""
    if node.head == "number" and isinstance(node.data, (int, Fraction)):
        return Fraction(node.data)
    if node.head == "neg":
        inner = value_of(node.args[0])
        return None if inner is None else -inner
    if node.head == "div":
        above, below = value_of(node.args[0]), value_of(node.args[1])
        return None if above is None or not below else above / below
    return None


def names_in(node: Tree) -> list[str]:
    """The names that occur, in order."""
    return list(dict.fromkeys(str(n.data) for n in node.walk() if n.head == "name"))


def renamed(node: Tree, new: dict[str, str]) -> Tree:
    """The tree with names exchanged, all at once."""

    def change(one: Tree) -> Tree:
        return name(new[str(one.data)]) if one.head == "name" and one.data in new else one

    return everywhere(node, change)


def heads(*trees: Tree) -> set[str]:
    """Heads and the names of called functions that occur."""
    return {str(n.data) if n.head == "call" else n.head for t in trees for n in t.walk()}


__all__ = ["Change", "Path", "Site", "call", "name", "number"]
