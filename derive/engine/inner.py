"""Derivatives inside expressions: `d(f)/dX`, `hess(f, x)`, `ds(f)/dA[i,j]`, `d(F)` to nodes that hold no derivative.

One idea: f is lowered with the entries of its variable independent and differentiated there; then the target says which of the new
axes are kept, by being applied to them: an entry `X[i,j]`, `X'` and `vec(X)` are linear in X, and what they do to X they do to the
last axes of `∂f/∂X`. Index names in force around a derivative are leading axes before and after. This module knows no rule of
calculus and no text; a further kind of derivative is one more line of `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from derive.engine.differential import derivatives
from derive.engine.expr import Node, Prod, Shape, Sym, permuted
from derive.engine.halves import TIED
from derive.engine.lifting import lift
from derive.engine.lower import Lowered
from derive.engine.normal import normalise
from derive.engine.structured import by_free_entries, free_of, structure_of
from derive.engine.sums import collect
from derive.engine.symmetry import SYMMETRIC
from derive.engine.wirtinger import wirtinger
from derive.finding import Finding, Label, LanguageError
from derive.term import Symbol, Term

if TYPE_CHECKING:
    from derive.engine.lower import Lowering
    from derive.engine.subscripts import Labels

Kind = Callable[[Node, Sym, Term], Node]


def by_entries(f: Node, x: Sym, term: Term) -> Node:
    """∂f/∂X by independent entries: the axes of f, then those of X."""
    return derivatives(f, [x])[0]


def second(f: Node, x: Sym, term: Term) -> Node:
    """∂²f/∂X∂X: the axes of f, then those of X twice."""
    return derivatives(derivatives(f, [x])[0], [x])[0]


def free(f: Node, x: Sym, term: Term) -> Node:
    """By the free entries of a structured X. Raises `no-structure` when none is declared."""
    variable = variable_of(term.data[1])
    structure = structure_of(variable)
    if not structure:
        message = f"{variable.name} has no declared structure with free entries"
        help = (
            f"{variable.name}: matrix(n, n) symmetric (or skew, diagonal, lower-triangular, upper-triangular, toeplitz)"
        )
        raise _refused("no-structure", message, term, help)
    return normalise(by_free_entries(derivatives(f, [x])[0], structure))


def by_conjugates(f: Node, x: Sym, term: Term) -> Node:
    """∂f/∂Z, ∂f/∂Z̄, ∂f/∂Re Z or ∂f/∂Im Z of a complex Z."""
    return wirtinger(f, x, term.data[0])


KINDS: dict[str, Kind] = {
    "d": by_entries,
    "grad": by_entries,
    "jac": by_entries,
    "hess": second,
    "ds": free,
    **dict.fromkeys(("dz", "dzc", "dre", "dim"), by_conjugates),
}


def derivative(low: Lowering, term: Term) -> Lowered:
    """`derivative [(kind, target)] (f,)` or `(f, at)`: labels, the axes of f, then those of the target (twice for `hess`)."""
    kind, target = term.data
    rule = KINDS.get(kind)
    if rule is None:
        raise _refused("not-yet", f"derivatives written {kind}(…) are not taken yet", term)
    variable = variable_of(target)
    independent = free_of(variable)
    f = low.exchanging({variable: independent}).lower(term.args[0])
    made = rule(normalise(f.node), Sym(independent), term)
    found = Lowered(_with(made, {independent: low.symbol(variable)}), f.labels)
    front = len(f.labels) + len(term.args[0].type.shape)
    if target.head != "symbol" and kind == "hess":
        found = _at_target(low, found, target, variable, front + variable.type.order)
        found = _at_target(low, _exchanged_ends(found, front, target), target, variable, front + target.type.order)
        found = _exchanged_ends(found, front, target)
    elif target.head != "symbol":
        found = _at_target(low, found, target, variable, front)
    if len(term.args) == 2:
        found = _taken_at(found, variable, low.lower(term.args[1]))
    return found._replace(node=normalise(found.node))


def differential(low: Lowering, term: Term) -> Lowered:
    """`dF = Σ_X ∂F/∂X · dX`: labels, then the axes of F."""
    moving: tuple[tuple[Symbol, Symbol], ...] = term.data
    freed = {x: free_of(x) for x, _ in moving}
    f = low.exchanging(freed).lower(term.args[0])
    node = normalise(f.node)
    back = {freed[x]: low.symbol(x) for x, _ in moving}
    parts: list[Node] = []
    if any(x.complex for x, _ in moving):
        from derive.engine.wirtinger import along

        made = along(node, [(Sym(freed[x]), Sym(low.instead.get(dx, dx))) for x, dx in moving])
        return Lowered(_with(made, back), f.labels)
    for (_, dx), g in zip(moving, derivatives(node, [Sym(freed[x]) for x, _ in moving]), strict=True):
        axes = tuple(range(len(g.shape)))
        lead = len(node.shape)
        factors = ((_with(g, back), axes, 1), (low.symbol(dx), axes[lead:], 1))
        parts.append(normalise(Prod(1, factors, axes[:lead], g.shape)))
    return Lowered(collect(parts, node.shape), f.labels)


def variable_of(target: Term) -> Symbol:
    """The variable below a transpose, an entry, a part, a vec or a vech. Raises `bad-denominator` for anything else."""
    term = target
    while term.head == "entry" or (_selects(term) and term.args):
        term = term.args[0]
    if term.head != "symbol":
        message = "a derivative is by a variable, an entry or a part of one, its transpose, its vec or its vech"
        raise _refused("bad-denominator", message, target)
    symbol: Symbol = term.data
    return symbol


def _selects(term: Term) -> bool:
    """Whether the entries of a term are entries of its argument, each once."""
    if term.name == "diag":
        return term.args[0].type.order == 2
    return term.name in ("transpose", "vec") or _is_vech(term)


def _is_vech(term: Term) -> bool:
    return term.name == "vech" or getattr(term.data, "name", "") == "vech"


def _with(node: Node, values: Mapping[Symbol, Node]) -> Node:
    """The node with values of the same shape put for symbols."""
    mapping = {x: value for symbol, value in values.items() if (x := Sym(symbol)) != value}
    return normalise(lift(node, mapping, ())[0]) if mapping else node


def _at_target(low: Lowering, g: Lowered, target: Term, variable: Symbol, front: int) -> Lowered:
    """The target applied to the last axes of g, those of the variable; the `front` axes stay in front."""
    whole = SYMMETRIC.intersection(variable.properties) and any(_is_vech(t) for t in target.walk())
    hole = Symbol(
        "\u2202" + variable.name, variable.type, (TIED,) if whole else ()
    )  # vech(X) holds all of a symmetric X
    chosen = low.exchanging({variable: hole}).lower(target)
    made = lift(normalise(chosen.node), {Sym(hole): g.node}, g.node.shape[:front])[0]
    shape = g.node.shape[len(g.labels) : front] + target.type.shape
    return _labelled(made, (g.labels, chosen.labels), (front - len(g.labels), target.type.order), shape)


def _exchanged_ends(g: Lowered, front: int, target: Term) -> Lowered:
    """The two last groups of axes of a Hessian exchanged: those of the target and what stands between them and the front."""
    axes = tuple(range(len(g.node.shape)))
    lead, last = axes[:front], len(axes) - target.type.order
    return g._replace(node=normalise(permuted(g.node, lead + axes[last:] + axes[front:last])))


def _taken_at(g: Lowered, variable: Symbol, at: Lowered) -> Lowered:
    """The value of the local definition put in for its name."""
    lead = len(at.labels)
    value = normalise(at.node)
    made, has = lift(g.node, {Sym(variable): value}, value.shape[:lead])
    if not (has and lead):
        return Lowered(normalise(made), g.labels)
    shape = g.node.shape[len(g.labels) :]
    return _labelled(made, (at.labels, g.labels), (0, len(shape)), shape)


def _labelled(node: Node, labels: tuple[Labels, Labels], orders: tuple[int, int], shape: Shape) -> Lowered:
    """A node with axes (labels, own axes, labels, own axes) with one leading axis for each label, then its own axes of `shape`."""
    union = tuple(dict.fromkeys(labels[0] + labels[1]))
    place = {x: k for k, x in enumerate(union)}
    own = tuple(range(len(union), len(union) + sum(orders)))
    idx = (*[place[x] for x in labels[0]], *own[: orders[0]], *[place[x] for x in labels[1]], *own[orders[0] :])
    sizes = {i: node.shape[k] for k, i in enumerate(idx)}
    dims = tuple([sizes[i] for i in range(len(union) + len(own))])
    return Lowered(normalise(Prod(1, ((node, idx, 1),), tuple(range(len(dims))), dims)), union)


def _refused(code: str, message: str, term: Term, *helps: str) -> LanguageError:
    return LanguageError(Finding(code, message, None, (Label(term.span),), (), helps))
