"""Edits of sums: signs, terms, the identity or a trace that makes a scalar and a matrix fit, brackets that were lost.

One idea: a sum is a list of signed terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.diagnosis.parts import (
    Change,
    Site,
    exponent,
    factors,
    inverse,
    is_inverse,
    names_in,
    negated,
    powered,
    product,
    renamed,
    replaced,
    terms,
    total,
    value_of,
)
from derive.tree import Tree, call, name, number

Found = Iterator[Change]


def _change(
    line: Tree, site: Site, new: Tree, code: str, says: str, shown: tuple[Tree, ...] = (), cost: float = 1.0
) -> Change:
    return Change(replaced(line, site.path, new), site.path, site.node, new, code, says, shown, cost)


def signs(line: Tree, site: Site) -> Found:
    """The sign of one term, of a whole expression, of an exponent."""
    node = site.node
    if site.sum:
        parts = terms(node)
        for k, (s, t) in enumerate(parts):
            new = total([*parts[:k], (-s, t), *parts[k + 1 :]])
            yield _change(line, site, new, "sign-slip", "the sign of {}", (t,), 1.0 if k else 1.02)
        if len(parts) > 2:
            new = total([(s if not k else -s, t) for k, (s, t) in enumerate(parts)])
            yield _change(line, site, new, "sign-slip", "the signs of all terms but the first", (), 1.1)
        yield _change(line, site, negated(node), "sign-slip", "the sign of {}", (node,), 1.01)
    elif node.head == "neg":
        yield _change(line, site, node.args[0], "sign-slip", "the sign of {}", (node,), 1.0)
    elif _takes_sign(site):
        yield _change(line, site, Tree("neg", (node,)), "sign-slip", "the sign of {}", (node,), 1.05)


def _takes_sign(site: Site) -> bool:
    """Whether a minus here is one more sign: not before a term or a factor, whose sign is that of the whole."""
    above = site.above
    if site.node.head in ("add", "sub", "number"):
        return above is not None and above.head == "pow" and site.path[-1] == 1
    return above is None or above.head in ("relation", "where", "call", "pow", "div", "prime")


def fewer(line: Tree, site: Site) -> Found:
    """One term too many; a sum for a product."""
    node = site.node
    if not site.sum:
        return
    parts = terms(node)
    for k, (_, t) in enumerate(parts):
        new = total([*parts[:k], *parts[k + 1 :]])
        yield _change(line, site, new, "extra-term", "without the term {}", (t,), 1.2)
    if len(parts) == 2:
        (s, a), (z, b) = parts
        code = "product-for-difference" if z < 0 else "product-for-sum"
        made = Tree("mul", (a, b))
        new = made if s > 0 else Tree("neg", (made,))
        yield _change(line, site, new, code, "the product {}", (made,), 1.3)


def fitting(line: Tree, site: Site) -> Found:
    """A scalar among matrices: times the identity; a matrix among scalars: its trace."""
    if not site.sum:
        return
    parts = terms(site.node)
    for k, (s, t) in enumerate(parts):
        eye = name("I") if value_of(t) == 1 else Tree("mul", (t, name("I")))
        for new, says in ((eye, "write {}"), (call("tr", t), "write {}")):
            whole = total([*parts[:k], (s, new), *parts[k + 1 :]])
            yield _change(line, site, whole, "scalar-plus-matrix", says, (new,), 1.1)


def cancelled(line: Tree, site: Site, parts: Sequence[Tree]) -> Found:
    """A = c → A*u = c*u: a vector or a matrix was cancelled on both sides of an equation."""
    if site.above is None or site.above.head != "relation" or site.path[-1] != 0 or len(site.above.args) != 2:
        return
    a, b = site.above.args
    for part in parts:
        for left, right in (((a, part), (b, part)), ((part, a), (part, b)), ((a, part), (part, b))):
            new = Tree("relation", (Tree("mul", left), Tree("mul", right)), site.above.data)
            whole = replaced(line, site.path[:-1], new)
            says = "{} cannot be cancelled: the equation is that between both products"
            yield Change(whole, site.path[:-1], site.above, new, "cancelled-vector", says, (part,), 1.04, part)


def brackets(line: Tree, site: Site) -> Found:
    """F*a + b → F*(a + b), of which F was applied to one term only; a^-1 + b^-1 → (a + b)^-1; a^2 + b^2 → (a + b)^2."""
    if not site.sum:
        return
    parts = terms(site.node)
    for k, (s, t) in enumerate(parts):
        inside = factors(t)
        for cut in range(1, len(inside)):
            outside, rest = product(inside[:cut]), product(inside[cut:])
            others = [(s * z, u) for n, (z, u) in enumerate(parts) if n != k]
            made = Tree("mul", (outside, total([(1, rest), *others])))
            yield _change(
                line,
                site,
                made if s > 0 else negated(made),
                "lost-bracket",
                "{} is a factor of every term",
                (outside,),
                1.4,
            )
    if len(parts) == 2 and parts[0][0] == parts[1][0] == 1:
        yield from _of_inverses(line, site, parts[0][1], parts[1][1])
        yield from _of_squares(line, site, parts[0][1], parts[1][1])


def _of_inverses(line: Tree, site: Site, a: Tree, b: Tree) -> Found:
    """p^-1*v + q^-1*v → (p + q)^-1*v, where 1/q counts as an inverse, of a multiple of the identity."""
    first, second = _inverted(a), _inverted(b)
    for (p, left, rest), (q, _, other) in ((x, y) for x in first for y in second):
        if rest != other:
            continue
        for one in (p, Tree("mul", (p, name("I")))) if q.head != "name" or p.head == "name" else (p,):
            for two in (q, Tree("mul", (q, name("I")))):
                made = Tree("pow", (Tree("add", (one, two)), number(-1)))
                new = product([*left, made, *rest])
                yield _change(line, site, new, "inverse-of-sum", "one inverse of the sum: {}", (made,), 1.5)


def _inverted(node: Tree) -> list[tuple[Tree, list[Tree], list[Tree]]]:
    """The inverses in a product: what is inverted, and the factors before and after it."""
    found: list[tuple[Tree, list[Tree], list[Tree]]] = []
    parts = factors(node)
    for k, part in enumerate(parts):
        if exponent(part) == -1:
            found.append((part.args[0], parts[:k], parts[k + 1 :]))
        elif part.head == "div" and value_of(part.args[0]) == 1:
            found.append((part.args[1], parts[:k], parts[k + 1 :]))
    return found


def _of_squares(line: Tree, site: Site, a: Tree, b: Tree) -> Found:
    """a^2 + b^2 → (a ± b)^2: the square of a sum has cross terms."""
    if exponent(a) != 2 or exponent(b) != 2:
        return
    for head in ("add", "sub"):
        one, two = a.args[0], b.args[0]
        norm = one.head == two.head == "call" and one.data == two.data and str(one.data).startswith("norm")
        inner = call(str(one.data), Tree(head, (one.args[0], two.args[0]))) if norm else Tree(head, (one, two))
        new = powered(inner, 2)
        yield _change(line, site, new, "square-of-sum", "the square of the sum has cross terms: {}", (new,), 1.4)


def symmetric_parts(line: Tree, site: Site) -> Found:
    """c*A*x → c/2*(A*x + A'*x), and A*x → A*x + A'*x: both occurrences of a variable were not told apart, or one was lost."""
    node = site.node
    if site.above is not None and site.above.head == "mul" and not site.product:
        return
    if node.head not in ("mul", "name", "transpose"):
        return
    parts = factors(node)
    c = value_of(parts[0])
    rest = product(parts[1:]) if c is not None else node
    for letter in names_in(rest):
        flipped = _flipped(rest, letter)
        if flipped == rest:
            continue
        both = Tree("add", (rest, flipped))
        if c is None:
            whole = _change(line, site, both, "lost-term", "the term {} too", (flipped,), 1.6)
            yield whole._replace(lost=flipped)
        if c is not None:
            new = both if c == 2 else Tree("mul", (parts[0], both)) if c != 2 and abs(c) == 1 else None
            if new is None:
                new = product([number(int(c / 2)), both]) if (c / 2).denominator == 1 else both
            yield _change(
                line,
                site,
                new,
                "assumed-symmetric",
                "{} is not 2 times {}: {} need not be symmetric",
                (both, rest, name(letter)),
                1.5,
            )
            doubled = Tree("add", (node, product([parts[0], flipped])))
            more = _change(line, site, doubled, "lost-term", "the term {} too", (flipped,), 1.7)
            yield more._replace(lost=flipped)


def _flipped(node: Tree, letter: str) -> Tree:
    """The tree with A' for A and A for A'."""
    from derive.diagnosis.parts import everywhere

    mark = "\0"
    hidden = renamed(node, {letter: mark})

    def back(one: Tree) -> Tree:
        if one.head == "transpose" and one.args[0] == Tree("transpose", (name(letter),)):
            return name(letter)
        return Tree("transpose", (name(letter),)) if one.head == "name" and one.data == mark else one

    return everywhere(hidden, back)


__all__ = ["brackets", "fewer", "fitting", "inverse", "is_inverse", "signs", "symmetric_parts"]
