"""Wrong rules: what the line before becomes when a rule is misapplied; where that is the author's line, the mistake is known.

One idea: a wrong rule is applied to the right line, and its value is held against that of the author's line. No rule here mends
anything; those that were misapplied name the mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from derive.diagnosis.bench import Bench
from derive.diagnosis.edits.lost import derivative_of
from derive.diagnosis.normal import normal
from derive.diagnosis.parts import (
    exponent,
    factors,
    heads,
    inverse,
    names_in,
    product,
    sites,
    terms,
    total,
    transposed,
)
from derive.tree import Tree, call, name

MEANS = frozenset(("mean", "E"))
MOST = 60  # wrong rules that are tried on one line


class Misapplied(NamedTuple):
    """A wrong rule that gives the author's line. `right` mends it where that is known."""

    code: str
    says: str
    shown: tuple[Tree, ...] = ()
    right: Tree | None = None
    sure: bool = False  # the same expression, not only the same values


def misapplied(bench: Bench, wrong: Tree) -> list[Misapplied]:
    """The wrong rules that lead from the line before to the author's line."""
    if bench.relation or wrong.head == "relation":
        return []
    found: list[Misapplied] = []
    for rule in (_held, _quotients):
        found += rule(bench, wrong)
    plain = normal(wrong)
    for count, (made, code, says, shown) in enumerate(_rewritten(bench.previous)):
        if count >= MOST or bench.late():
            break
        if normal(made) == plain:
            found.append(Misapplied(code, says, shown, sure=True))
        elif bench.equal(made, wrong) and not bench.equal(made, bench.previous):
            found.append(Misapplied(code, says, shown))
    return _distinct(found)


def _distinct(found: list[Misapplied]) -> list[Misapplied]:
    seen: dict[str, Misapplied] = {}
    for one in found:
        seen.setdefault(one.code, one)
    return list(seen.values())


# ---------------------------------------------------------------------- paths held fixed


def _held(bench: Bench, wrong: Tree) -> list[Misapplied]:
    """A definition that depends on the variable, taken as a constant while the line before is differentiated."""
    if not any(derivative_of(n) for n in bench.previous.walk()):
        return []
    found = []
    for letter, body in bench.definitions.items():
        held = bench.hold(letter)
        if held is None or not bench.equal(bench.previous, wrong, {letter: name(held)}):
            continue
        if bench.equal(bench.previous, bench.previous, {letter: name(held)}):
            continue
        code = _path(letter, body)
        found.append(Misapplied(code, "{} was held fixed, and it depends on the variable too", (name(letter),)))
    return found


def _path(letter: str, body: Tree) -> str:
    """The path that is forgotten when a definition is held: that of a mean, of a spread, or of anything else."""
    if _is_spread(body):
        return "forgot-path-through-variance"
    return "forgot-path-through-mean" if _is_mean(body) else "forgot-path"


def _is_spread(body: Tree) -> bool:
    """A mean of squares, perhaps under a root, or var(x)."""
    found = heads(body)
    squares = any(exponent(n) == 2 or n.head == "hpow" for n in body.walk())
    return bool(found & {"var", "Var", "std"}) or (
        squares and bool(found & {"norm2", "sum", "mean"}) and "div" in found
    )


def _is_mean(body: Tree) -> bool:
    """mean(x), or a sum of entries over their number."""
    found = heads(body)
    if found & MEANS:
        return True
    return "div" in found and (bool(found & {"sum"}) or any(_sums(n) for n in body.walk()))


def _sums(node: Tree) -> bool:
    """1'*x, the sum of the entries of x."""
    if node.head != "mul" or node.args[0].head not in ("transpose", "mul"):
        return False
    return any(n.head == "call" and n.data in ("vector", "ones") for n in node.args[0].walk())


# ---------------------------------------------------------------------- quotients


def _quotients(bench: Bench, wrong: Tree) -> list[Misapplied]:
    """d(f/g) taken as d(f)/d(g): numerator and denominator are the derivatives of those of the line before."""
    if wrong.head != "div":
        return []
    derived = derivative_of(bench.previous)
    if derived is None:
        return []
    body, target = derived
    if body.head == "name":
        body = bench.definitions.get(str(body.data), body)
    if body.head != "div":
        return []
    f, g = body.args
    df, dg = (Tree("derivative", (part, target), "d") for part in (f, g))
    if not (bench.equal(df, wrong.args[0]) and bench.equal(dg, wrong.args[1])):
        return []
    a, b = wrong.args
    right = Tree(
        "div", (Tree("sub", (Tree("mul", (g, a)), Tree("mul", (f, b)))), Tree("pow", (g, Tree("number", (), 2))))
    )
    return [Misapplied("quotient-rule", "the derivative of {} is not the quotient of the derivatives", (body,), right)]


# ---------------------------------------------------------------------- rewritten lines


def _rewritten(previous: Tree) -> Iterator[tuple[Tree, str, str, tuple[Tree, ...]]]:
    """The line before with a wrong rule applied at one place."""
    from derive.diagnosis.parts import replaced

    for site in sites(previous):
        for new, code, says, shown in _at(site.node):
            yield replaced(previous, site.path, new), code, says, shown


def _at(node: Tree) -> Iterator[tuple[Tree, str, str, tuple[Tree, ...]]]:
    derived = derivative_of(node)
    if derived is not None:
        yield from _of_derivative(node, *derived)
    k = exponent(node)
    if k is not None and k < 0 and node.args[0].head in ("add", "sub"):
        parts = terms(node.args[0])
        made = total([(s, inverse(t)) for s, t in parts])
        yield made, "inverse-of-sum", "that of {} cannot be taken term by term", (node.args[0],)
    if k is not None and k < 0 and node.args[0].head == "mul":
        same = product([inverse(f) for f in factors(node.args[0])])
        yield (
            same,
            "swapped-order",
            "in the inverse of a product they are turned round: {}",
            (node,),
        )
    if node.head == "transpose" and node.args[0].head == "mul":
        same = product([transposed(f) for f in factors(node.args[0])])
        yield same, "swapped-order", "in the transpose of a product they are turned round: {}", (node,)
    if k == 2:
        yield from _squares(node)
    if node.head == "call" and node.data in ("Cov", "Var") and len(node.args) == 1:
        yield from _covariance(node)
    if node.head == "call" and node.data == "E" and len(node.args) == 1 and node.args[0].head == "mul":
        made = product([call("E", f) for f in factors(node.args[0])])
        yield (
            made,
            "expectation-of-product",
            "{} is not the product of the expectations",
            (node,),
        )
    if node.head == "call" and node.data in ("log", "exp", "sqrt", "det", "tr") and len(node.args) == 1:
        yield from _split(node)


def _squares(node: Tree) -> Iterator[tuple[Tree, str, str, tuple[Tree, ...]]]:
    """(a + b)^2 as a^2 + b^2, also of norms."""
    base = node.args[0]
    norm = base.head == "call" and str(base.data).startswith("norm")
    inside = base.args[0] if norm else base
    if inside.head in ("add", "sub"):
        squares = [Tree("pow", (call(str(base.data), t) if norm else t, node.args[1])) for _, t in terms(inside)]
        for signs in ([1] * len(squares), [s for s, _ in terms(inside)]):
            made = total(list(zip(signs, squares, strict=True)))
            yield made, "square-of-sum", "{} has cross terms too", (node,)


def _covariance(node: Tree) -> Iterator[tuple[Tree, str, str, tuple[Tree, ...]]]:
    """Cov(A*y) as A*Cov(y)."""
    parts = factors(node.args[0])
    for k in range(1, len(parts)):
        inner = call(str(node.data), product(parts[k:]))
        left, back = product(parts[:k]), product([transposed(p) for p in reversed(parts[:k])])
        says = "Cov(A*y) = A*Cov(y)*A': the factor {} is on one side only"
        yield product([*parts[:k], inner]), "one-sided-covariance", says, (left,)
        yield product([inner, back]), "one-sided-covariance", says, (left,)


def _split(node: Tree) -> Iterator[tuple[Tree, str, str, tuple[Tree, ...]]]:
    """f(a + b) as f(a) + f(b), f(a*b) as f(a)*f(b), where f does neither."""
    f, body = str(node.data), node.args[0]
    if body.head in ("add", "sub") and f != "tr":
        made = total([(s, call(f, t)) for s, t in terms(body)])
        yield made, "split-over-sum", "{} is not the sum of its parts", (node,)
    if body.head == "mul" and f in ("tr", "log", "exp"):
        made = product([call(f, t) for t in factors(body)])
        yield made, "split-over-product", "{} is not the product of its parts", (node,)


def _of_derivative(node: Tree, body: Tree, target: Tree) -> Iterator[tuple[Tree, str, str, tuple[Tree, ...]]]:
    """Wrong rules of the calculus."""
    diagonal = call("diag", call("diag", node))
    yield diagonal, "forgot-off-diagonal", "only the diagonal of {} is there", (node,)

    def d(part: Tree) -> Tree:
        return Tree(node.head, (part, *node.args[1:]), node.data)

    if body.head in ("mul", "hadamard"):
        parts = factors(body) if body.head == "mul" else list(body.args)
        letters = set(names_in(target))
        moving = [k for k, p in enumerate(parts) if letters & set(names_in(p))]
        if len(moving) > 1:
            every = [d(p) if k in moving else p for k, p in enumerate(parts)]
            made = product(every) if body.head == "mul" else Tree("hadamard", tuple(every))
            yield made, "product-rule", "{} needs one term for each factor", (body,)
    if body.head == "call" and len(body.args) == 1 and body.args[0].head != "name":
        outer = Tree(node.head, (call(str(body.data), name("u_")), name("u_")), node.data)
        made = Tree("where", (outer, body.args[0]), ("u_",))
        yield (
            made,
            "lost-chain-factor",
            "the derivative of the outer function is there, that of {} is not",
            (body.args[0],),
        )
