"""Edits of numbers, names and indices: factors of 2, constants, the wrong letter, the wrong index.

One idea: what may stand in the place of a leaf is what occurs in the derivation so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from derive.diagnosis.parts import (
    Change,
    Site,
    factors,
    fraction,
    multiplied,
    names_in,
    renamed,
    replaced,
    sites,
    value_of,
)
from derive.tree import Tree, name, number

Found = Iterator[Change]
FACTORS = (Fraction(2), Fraction(1, 2))


def _change(
    line: Tree, site: Site, new: Tree, code: str, says: str, shown: tuple[Tree, ...] = (), cost: float = 1.0
) -> Change:
    return Change(replaced(line, site.path, new), site.path, site.node, new, code, says, shown, cost)


def numbers(line: Tree, site: Site, sizes: Sequence[str], scalars: Sequence[str] = ()) -> Found:
    """Another number for a number; a factor 2, 1/2, n or 1/n put in or taken out, also that of a scalar."""
    node = site.node
    above = site.above
    value = value_of(node)
    if above is not None and value_of(above) is not None:
        return  # 1/2 is one number
    if value is not None and node.head in ("number", "div"):
        for c in FACTORS:
            code = {Fraction(2): "lost-factor-2", Fraction(1, 2): "extra-factor-2"}[c]
            inside = above is not None and above.head == "div" and site.path[-1] == 1
            if inside:
                code = {"lost-factor-2": "lost-factor-half", "extra-factor-2": "extra-factor-half"}[code]
            if node.head == "div" and value == Fraction(1, 2) and c == 2:
                code = "extra-factor-half"
            if value * c == 1 and above is not None and above.head in ("mul", "hadamard"):
                continue  # the factor is left out instead
            yield _change(line, site, fraction(value * c), code, "{} for {}", (fraction(value * c), node), 1.0)
        if node.head == "number":
            for other in (value + 1, value - 1):
                if other != 0 and other not in (value * 2, value / 2):
                    yield _change(
                        line, site, fraction(other), "wrong-constant", "{} for {}", (fraction(other), node), 1.2
                    )
            for size in sizes:
                yield _change(line, site, name(size), "wrong-constant", "{} for {}", (name(size), node), 1.25)
        return
    if node.head == "name" and str(node.data) in sizes:
        for other_size in (number(1), number(2), *[name(s) for s in sizes if s != node.data]):
            yield _change(line, site, other_size, "wrong-constant", "{} for {}", (other_size, node), 1.05)
    if not _takes_factor(site):
        return
    for c in FACTORS if value_of(factors(node)[0]) is None else ():
        code = "lost-factor-2" if c == 2 else "lost-factor-half"
        new = multiplied(fraction(c), node)
        cost = 1.02 if above is None or above.head != "pow" else 1.2
        yield _change(line, site, new, code, "multiply by {}", (fraction(c),), cost)._replace(lost=fraction(c))
    for size in (*sizes, *scalars):
        for factor, cost in ((name(size), 1.1), (Tree("div", (number(1), name(size))), 1.12)):
            new = multiplied(factor, node)
            yield _change(line, site, new, "lost-factor", "the factor {}", (factor,), cost)._replace(lost=factor)


def _takes_factor(site: Site) -> bool:
    """Whether a factor here is not one of a larger product already."""
    above = site.above
    if site.node.head in ("neg", "where", "relation", "number"):
        return False
    if above is None:
        return True
    return above.head not in ("mul", "transpose")


def constants(line: Tree, site: Site, sizes: Sequence[str], parts: Sequence[Tree]) -> Found:
    """A part of the derivation, such as a sum of weights, for a size: what one divides by."""
    if site.node.head == "name" and site.node.data in sizes:
        for k, part in enumerate(parts):
            if part.head != "name":
                yield _change(line, site, part, "wrong-constant", "{} for {}", (part, site.node), 1.4 + 0.01 * k)


def dropped(line: Tree, site: Site) -> Found:
    """A factor too many."""
    node, above = site.node, site.above
    if above is None or above.head not in ("mul", "hadamard", "div") or value_of(above) is not None:
        return
    if above.head == "div":
        if site.path[-1] == 1:
            yield _dropped(line, site, above.args[0], node)
            return
        if above.args[0].head != "number":
            new = Tree("div", (number(1), above.args[1]))
            yield _dropped(line, site, new, node)
        return
    yield _dropped(line, site, above.args[1 - site.path[-1]], node)


def dropped_numbers(line: Tree, site: Site) -> Found:
    """A number too many in a product."""
    if value_of(site.node) is not None:
        yield from dropped(line, site)


def _dropped(line: Tree, site: Site, rest: Tree, node: Tree) -> Change:
    value = value_of(node)
    code = "extra-factor-2" if value == 2 else "extra-factor-half" if value == Fraction(1, 2) else "extra-factor"
    assert site.above is not None
    whole = replaced(line, site.path[:-1], rest)
    return Change(
        whole,
        site.path[:-1],
        site.above,
        rest,
        code,
        "without the factor {}",
        (node,),
        1.0 if value is not None else 1.25,
    )


def letters(line: Tree, site: Site, known: Sequence[str], sizes: Sequence[str]) -> Found:
    """Another name of the derivation for a name."""
    node = site.node
    if node.head != "name":
        return
    for other in known:
        if other != node.data:
            code = "wrong-index" if _stem(other) == _stem(str(node.data)) else "wrong-variable"
            if node.data in sizes:
                code = "wrong-constant"
            yield _change(line, site, name(other), code, "{} for {}", (name(other), node), 1.3)


def _stem(text: str) -> str:
    return text.rstrip("0123456789")


def roles(line: Tree, letters: Sequence[str], same: Callable[[str, str], bool]) -> Found:
    """In one term or the whole line: two names exchanged, one name for another throughout, indices of a letter shifted."""
    for site in sites(line):
        above = site.above
        if above is None or above.head in ("add", "sub", "where", "relation", "neg"):
            yield from _exchanged(line, site, same)
            yield from _throughout(line, site, letters)
            yield from _shifted(line, site)


def _exchanged(line: Tree, site: Site, same: Callable[[str, str], bool]) -> Found:
    known = [n for n in names_in(site.node) if n not in ("I", "const")]
    for a, b in combinations(known, 2):
        if same(a, b):
            new = renamed(site.node, {a: b, b: a})
            yield _change(line, site, new, "swapped-roles", "exchange {} and {}", (name(a), name(b)), 1.15)


def _throughout(line: Tree, site: Site, letters: Sequence[str]) -> Found:
    """One name for another in more than one place."""
    for a in names_in(site.node):
        if sum(n.head == "name" and n.data == a for n in site.node.walk()) < 2:
            continue
        for b in letters:
            if a != b:
                code = "wrong-index" if _stem(a) == _stem(b) else "wrong-variable"
                yield _change(line, site, renamed(site.node, {a: b}), code, "{} for {}", (name(b), name(a)), 1.35)


def _shifted(line: Tree, site: Site) -> Found:
    """h2 → h1 and h1 → h0."""
    families: dict[str, list[str]] = {}
    for n in names_in(site.node):
        if _stem(n) not in (n, ""):
            families.setdefault(_stem(n), []).append(n)
    for stem, members in families.items():
        for step in (-1, 1):
            shift = {m: f"{stem}{int(m[len(stem) :]) + step}" for m in members}
            new = renamed(site.node, shift)
            first = members[0]
            shown = (name(shift[first]), name(first))
            yield _change(line, site, new, "wrong-index", "{} for {}, and so on", shown, 1.4)
