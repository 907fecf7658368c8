"""Names of mistakes: the edit that mends a line says what was done; where it was done says which known mistake it is.

One idea: a lost factor is one thing in a product and another below a derivative. Codes are refined by what the line before holds, and the plain
name of the edit stays beside the refined one.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.diagnosis.bench import Bench
from derive.diagnosis.edits.lost import derivative_of
from derive.diagnosis.parts import Change, factors, flat, heads, names_in, value_of
from derive.tree import Tree

FUNCTIONS = frozenset(("call", "prime", "pow", "hpow", "derivative"))


def codes(change: Change, bench: Bench, lines: Sequence[Tree]) -> list[str]:
    """The mistake that an edit takes back, the most telling name first."""
    found: list[str] = []
    for code in change.code.split():
        refined = _refined(code, change, bench, lines)
        found += [code, *refined] if code == "sign-slip" or "product-rule" in refined else [*refined, code]
    if "swapped-order" in found and not _of_vectors(change, bench) and not _exchanged_vectors(change, bench):
        found = [c for c in found if c not in ("inner-for-outer", "outer-for-inner")]
    if "one-sided-product" in found:
        found.append("lost-factor")
    return list(dict.fromkeys(found))


def _refined(code: str, change: Change, bench: Bench, lines: Sequence[Tree]) -> list[str]:
    previous = bench.previous
    derived = any(derivative_of(n) for n in previous.walk())
    if code in ("lost-factor", "lost-inverse") and change.lost is not None:
        return _lost_factor(change.lost, bench, lines, derived)
    if code == "lost-term" and change.lost is not None:
        return _lost_term(change.lost, bench, lines, derived)
    if code in ("inner-for-outer", "outer-for-inner"):
        return [] if _of_vectors(change, bench) else ["swapped-order"]
    if code == "swapped-order":
        return [*_exchanged_vectors(change, bench), *_order(change, bench, lines)]
    if code == "commuted-matrices":
        return ["scalar-analogy"] if derived else []
    if code == "one-sided-product":
        return ["one-sided-covariance"] if heads(previous) & {"Cov", "Var"} else []
    if code == "wrong-constant" and change.new.head == "sum":
        return ["sum-of-constant"] if any(n.head == "sum" for t in lines for n in t.walk()) else []
    if code == "sign-slip":
        return ["wrong-complement"] if _in_sigmoid(change) else []
    if code == "extra-factor":
        return ["log-derivative"] if derived and _in_logarithm(change, bench) else []
    if code in ("inverted-factor", "lost-inverse"):
        logarithm = any("log" in heads(t) for t in (previous, *bench.definitions.values()))
        return ["log-derivative"] if derived and logarithm else []
    return []


def _in_sigmoid(change: Change) -> bool:
    """Whether the whole argument of a sigmoid changed its sign: 1 - sigmoid(z) is sigmoid(-z)."""
    node = change.line
    for k in change.path[:-1]:
        node = node.args[k]
    return bool(change.path) and node.head == "call" and node.data in ("sigmoid", "sigma")


def _in_logarithm(change: Change, bench: Bench) -> bool:
    """Whether the factor that is too much is what stands in a logarithm of the line before."""
    inside = [n.args[0] for t in (bench.previous, *bench.definitions.values()) for n in t.walk() if _is_logarithm(n)]
    return any(part in inside for part in change.shown)


def _is_logarithm(node: Tree) -> bool:
    return node.head == "call" and node.data in ("log", "ln") and len(node.args) == 1


def _of_vectors(change: Change, bench: Bench) -> bool:
    """Whether the product that is shown is one of two vectors."""
    if not change.shown or change.shown[0].head != "mul":
        return False
    typed = bench.typed_terms(list(change.shown[0].args))
    return typed is not None and all(t.type.order == 1 for t in typed)


def _lost_term(lost: Tree, bench: Bench, lines: Sequence[Tree], derived: bool) -> list[str]:
    if derived and _regularises(lost, bench, lines):
        return ["dropped-regulariser"]
    if any(_has_product(n) for t in lines for n in t.walk()):
        return ["product-rule"]
    variable = any(n in bench.symbols or n in bench.definitions for n in names_in(lost))
    return [] if variable or derived else ["additive-constant"]


def _lost_factor(lost: Tree, bench: Bench, lines: Sequence[Tree], derived: bool) -> list[str]:
    sums = [n for t in lines for n in t.walk() if n.head == "sum"]
    counts = {n.args[2] for n in sums}
    if lost in counts or (lost.head == "sum" and sums):
        return ["sum-of-constant"]
    moves = _moves(lost, bench) or any(
        _is_inner(lost, n) for t in (*lines, *bench.definitions.values()) for n in t.walk()
    )
    return ["lost-chain-factor"] if derived and moves else []


def _is_quotient_of_number(node: Tree) -> bool:
    return node.head == "div" and value_of(node.args[0]) is not None


def _exchanged_vectors(change: Change, bench: Bench) -> list[str]:
    """Two vectors that were exchanged are an inner product for an outer one, or the other way round."""
    typed = bench.typed_terms(list(change.shown)) if len(change.shown) == 2 else None
    if typed is None or any(t.type.order != 1 for t in typed):
        return []
    return ["inner-for-outer" if change.shown[0].head == "transpose" else "outer-for-inner"]


def _has_product(node: Tree) -> bool:
    """Whether a product is differentiated of which two factors depend on the variable."""
    derived = derivative_of(node)
    if derived is None or derived[0].head not in ("mul", "hadamard"):
        return False
    letters = set(names_in(derived[1]))
    parts = derived[0].args if derived[0].head == "hadamard" else flat(derived[0])
    return sum(bool(letters & set(names_in(p))) for p in parts) > 1


def _is_inner(lost: Tree, node: Tree) -> bool:
    """Whether a factor is the slope of what a function is applied to: A of f(A*x)."""
    bare = lost.args[0] if lost.head == "transpose" else lost
    if node.head not in ("call", "prime") or len(node.args) != 1:
        return False
    inside = node.args[0].args[0] if node.args[0].head == "index" else node.args[0]
    return bare in factors(inside)[:-1]


def _moves(lost: Tree, bench: Bench) -> bool:
    """Whether a factor is a derivative, or a function of something, as the chain rule makes them: no number, no entry, no name."""
    if lost.head == "transpose":
        lost = lost.args[0]
    if lost.head in ("name", "index", "number") or value_of(lost) is not None:
        return False
    inside = [lost, *[bench.definitions[n] for n in names_in(lost) if n in bench.definitions]]
    return any(n.head in FUNCTIONS for t in inside for n in t.walk()) and not _is_quotient_of_number(lost)


def _regularises(lost: Tree, bench: Bench, lines: Sequence[Tree]) -> bool:
    """λ*U: a scalar times the variable by which the line before is differentiated."""
    parts = factors(lost)
    letters = {p.data for p in parts if p.head == "name"}
    scalars = [n for n in letters if (s := bench.symbols.get(str(n))) is not None and s.type.order == 0]
    targets = {str(n) for t in lines for node in t.walk() if (d := derivative_of(node)) for n in names_in(d[1])}
    others = letters - set(scalars)
    return bool(scalars) and bool(others) and others <= targets


def _order(change: Change, bench: Bench, lines: Sequence[Tree]) -> list[str]:
    """Under a trace the order is that of a rotation; with a gradient among the factors it is a question of layout."""
    said = set(names_in(bench.previous))
    seen = [bench.previous, *[body for n, body in bench.definitions.items() if n in said]]
    traces = [n for t in (change.line, *seen) for n in t.walk() if n.head == "call" and n.data == "tr"]
    moved = {n for t in change.shown for n in names_in(t)}
    if any(moved <= {n for f in flat(t.args[0]) for n in names_in(f)} for t in traces):
        return ["illegal-cyclic"]
    gradients = [t for t in change.shown if derivative_of(t)]
    return ["wrong-layout"] if gradients else []
