"""Edits that put back what was lost: a factor or a term that occurs in the derivation so far, or the derivative of a function in it.

One idea: what an author loses stood in the line before, or is one step of the chain rule away from it. The pool is small, because every part of it is
tried in every place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from derive.diagnosis.parts import (
    Change,
    Site,
    entrywise,
    everywhere,
    factors,
    flat,
    inverse,
    is_inverse,
    multiplied,
    names_in,
    product,
    replaced,
    terms,
    total,
    transposed,
)
from derive.ops import REGISTRY
from derive.tree import Tree, call, name, number

Found = Iterator[Change]
MOST = 36
LARGEST = 24  # nodes of a part
WHOLE = frozenset(("where", "relation", "both", "colon", "range", "number", "neg", "derivative", "differential"))


def weights(line: Tree, scalar: Callable[[Tree], bool]) -> Iterator[Tree]:
    """sum(i, r[i]) for every sum(i, r[i]*f(i)): what a constant in f is multiplied by."""
    for node in line.walk():
        if node.head == "sum" and isinstance(node.data, str):
            for part in flat(node.args[0]):
                if node.data in names_in(part) and scalar(part):
                    yield Tree("sum", (part, *node.args[1:]), node.data)


def pool(
    lines: Sequence[Tree],
    matrices: frozenset[str],
    vectors: Sequence[str],
    ranges: Sequence[str],
    scalar: Callable[[Tree], bool],
    definitions: Mapping[str, Tree],
) -> list[Tree]:
    """Parts of the lines worth putting back, the smallest first; inverses of the matrices in them, derivatives of the functions."""
    found: dict[Tree, int] = {}
    for line in lines:
        for node in line.walk():
            if node.head in WHOLE or _closed(node):
                continue
            size = sum(1 for _ in node.walk())
            if size <= LARGEST and node != line:
                found.setdefault(node, size)
            for derivative in chain_factors(node):
                found.setdefault(_named(derivative, definitions), size + 1)
            if node.head == "name" and node.data in matrices:
                found.setdefault(inverse(node), 3)
                found.setdefault(transposed(node), 3)
    for v in vectors:
        for i in ranges:
            found.setdefault(Tree("index", (name(v), name(i))), 2)
    for node, size in list(found.items()):
        if node.head in ("name", "index") and not scalar(node) and node.data not in matrices:
            found.setdefault(transposed(node), size + 2)
    for line in lines:
        for weight in weights(line, scalar):
            found.setdefault(weight, 4)
    return sorted(found, key=lambda n: found[n])[:MOST]


def slopes(lines: Sequence[Tree], definitions: Mapping[str, Tree]) -> list[Tree]:
    """f'(u) for every f(u) that occurs."""
    found = [_named(d, definitions) for t in lines for node in t.walk() for d in chain_factors(node)]
    return list(dict.fromkeys(found))


def _named(tree: Tree, definitions: Mapping[str, Tree]) -> Tree:
    """The tree with names for the bodies of their definitions: p*(1 - p) for the derivative of p = sigmoid(z)."""
    names = {body: name(letter) for letter, body in definitions.items()}
    return everywhere(tree, lambda one: names.get(one, one))


def _closed(node: Tree) -> bool:
    """Whether a node is no value of its own: a name without a size, the derivative of a line."""
    return (node.head == "name" and node.data in ("I", "const", "?")) or (
        node.head == "call" and node.data in ("grad", "jac", "hess", "E", "Var", "Cov", "I")
    )


def inner_derivatives(lines: Sequence[Tree]) -> list[Tree]:
    """du/dx for every u that stands in a function below d/dx: the factors of the chain rule."""
    found: dict[Tree, None] = {}
    for line in lines:
        for node in line.walk():
            body_and_target = derivative_of(node)
            if body_and_target is None:
                continue
            body, target = body_and_target
            letters = set(names_in(target))
            for one in body.walk():
                for u in one.args if one.head in ("call", "pow", "div", "prime") else ():
                    if u != body and u.head not in ("name", "number") and letters & set(names_in(u)):
                        found[Tree("derivative", (u, target), "d")] = None
    return list(found)


def derivative_of(node: Tree) -> tuple[Tree, Tree] | None:
    """What a node differentiates, and by what; None when it is no derivative."""
    if node.head == "derivative" or (node.head == "call" and node.data in ("grad", "jac") and len(node.args) == 2):
        return node.args[0], node.args[1]
    return None


def means(lines: Sequence[Tree], centres: Mapping[str, Tree]) -> list[Tree]:
    """f(E x) for every E f(x): of E f(x) it is the first part."""
    found: dict[Tree, None] = {}
    for line in lines:
        for _, term in terms(line):
            if any(n.head == "call" and n.data == "E" for n in term.walk()):
                found[everywhere(term, lambda n: _at_mean(n, centres))] = None
    return list(found)


def _at_mean(node: Tree, centres: Mapping[str, Tree]) -> Tree:
    if node.head != "call" or node.data != "E":
        return node
    return everywhere(node.args[0], lambda n: centres.get(str(n.data), n) if n.head == "name" else n)


def chain_factors(node: Tree) -> list[Tree]:
    """f'(u) for f(u), as the library has it, entry by entry; 1 - f(u) too, of which it is often made."""
    if node.head == "prime" or node.head != "call" or len(node.args) != 1:
        return []
    text = _derivative_text(str(node.data))
    if text is None:
        return []
    from derive.syntax import parse

    u = node.args[0]

    def written(one: Tree) -> Tree:
        if one.head == "name" and one.data == "x":
            return u
        entrywise = {"mul": "hadamard", "div": "hdiv", "pow": "hpow"}.get(one.head)
        return Tree(entrywise, one.args, one.data) if entrywise and u in list(one.walk()) else one

    own, usual = str(node.data), LETTERS.get(str(node.data), str(node.data))
    plain = everywhere(parse(text), lambda one: call(own, *one.args) if _calls(one, usual) else one)
    scalar = everywhere(plain, lambda one: u if one.head == "name" and one.data == "x" else one)
    return [everywhere(plain, written), scalar, Tree("sub", (number(1), node))]


LETTERS = {"sigma": "sigmoid"}  # functions that have a letter of their own


def _calls(node: Tree, function: str) -> bool:
    return node.head == "call" and node.data == function


def _derivative_text(function: str) -> str | None:
    operation = REGISTRY.get(LETTERS.get(function, function))
    if operation is None or len(operation.derivative) != 1 or operation.parameters != ("x",):
        return None
    return operation.derivative[0] or None


def factors_back(line: Tree, site: Site, parts: Sequence[Tree], scalar: Callable[[Tree], bool] | None = None) -> Found:
    """A factor put before or behind what stands here, as a matrix product or entry by entry; a scalar below it."""
    node, above = site.node, site.above
    if node.head in ("neg", "where", "relation", "colon") or (above is not None and above.head in ("index", "prime")):
        return
    if above is not None and above.head == "pow" and site.path[-1] == 1:
        return
    for k, part in enumerate(parts):
        if part == node and node.head == "name":
            continue
        made = [multiplied(part, node), product([*factors(node), *factors(part)]), entrywise(node, part)]
        if scalar is not None and scalar(part):
            made[-1] = Tree("div", (node, part))
        for new in made:
            code = "lost-inverse" if is_inverse(part) else "lost-factor"
            whole = replaced(line, site.path, new)
            yield Change(whole, site.path, node, new, code, "the factor {}", (part,), 1.5 + 0.02 * k, part)


def terms_back(line: Tree, site: Site, parts: Sequence[Tree]) -> Found:
    """A term added to what stands here."""
    if not _takes_term(site):
        return
    own = {site.node, *[t for _, t in terms(site.node)]}
    for k, part in enumerate(parts):
        for sign in (1, -1) if part not in own else ():
            new = total([*terms(site.node), (sign, part)])
            whole = replaced(line, site.path, new)
            yield Change(whole, site.path, site.node, new, "lost-term", "the term {}", (part,), 1.6 + 0.02 * k, part)


def scaled_terms(line: Tree, site: Site, parts: Sequence[Tree], scalars: Sequence[str]) -> Found:
    """A term that is a scalar times a variable, such as the gradient of a penalty."""
    letters = [p for p in parts if p.head == "name" and p.data not in scalars]
    made = [product([name(s), letter]) for s in scalars for letter in letters]
    yield from terms_back(line, site, [*made, *[product([number(2), *factors(t)]) for t in made]])


def _takes_term(site: Site) -> bool:
    node, above = site.node, site.above
    if above is not None and (above.head in ("index", "pow", "prime") or (above.head == "mul" and not site.sum)):
        return False
    if above is not None and above.head in ("add", "sub", "neg") and node.head != "mul":
        return False
    return node.head in ("add", "sub", "mul", "name", "neg", "transpose", "call", "sum", "pow", "div", "index")


def substituted(line: Tree, site: Site, parts: Sequence[Tree]) -> Found:
    """A part of the derivation in the place of what stands here."""
    node, above = site.node, site.above
    if above is None or above.head in ("index", "prime") or node.head in ("number", "neg"):
        return
    letters = set(names_in(node))
    for k, part in enumerate(parts):
        if part != node and part.head != "name" and (letters & set(names_in(part)) or node.head == "name"):
            whole = replaced(line, site.path, part)
            code = "wrong-constant" if above.head == "div" and site.path[-1] == 1 else "wrong-part"
            yield Change(whole, site.path, node, part, code, "{} for {}", (part, node), 1.7 + 0.02 * k)
