"""The differential, read from the left: `df = Σ ⟨G_u, du⟩` with one node's `du` replaced at a time.

One idea (Magnus and Neudecker's method, with the coefficients collected as it goes): start with `df = ⟨1, df⟩`;
replace the differential of the outermost node by what it is in terms of its arguments' differentials, and move
everything else into the coefficient; when only `dX` is left, its coefficient is the derivative. For a tensor-valued f the
coefficients carry the axes of f in front. Cost is linear in the graph, because nothing is multiplied out.

Rules: Leibniz for products (and powers), linearity for sums, the chain rule for entry-by-entry functions with the
derivative from their declaration, and `differential=` of the declaration for everything else. This module knows no
particular operation.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from derive.engine.conjugate import demand_holomorphic
from derive.engine.expr import Apply, Node, Prod, Shape, Sum, Sym, Undef, identity, is_zero, postorder, zero
from derive.engine.functions import adjoint
from derive.engine.lifting import lift
from derive.engine.lower import lower
from derive.engine.normal import normalise
from derive.finding import Finding, LanguageError
from derive.ops import Operation
from derive.term import Function, Symbol, Type


class Replaced(NamedTuple):
    """One replacement: the node whose differential was replaced, and what df is after it: nodes with the coefficients of their differentials."""

    node: Node
    frontier: tuple[tuple[Node, Node], ...]


def derivatives(f: Node, targets: list[Sym], run: list[Replaced] | None = None) -> list[Node]:
    """∂f/∂X for every target X, with the axes of f followed by the axes of X, normal. f must be normal.

    `run` collects the replacements, one by one: the derivation that a person would write.
    """
    return [normalise(g) for g in _pull(f, targets, identity(f.shape), f.shape, run)]


def _pull(f: Node, targets: list[Sym], seed: Node, front: Shape, run: list[Replaced] | None) -> list[Node]:
    """Coefficients of the targets' differentials in `⟨seed, df⟩`; `seed` has axes `front + f.shape`."""
    order = postorder([f])
    live: set[int] = set()
    for node in order:
        if node in targets if isinstance(node, Sym) else any(id(c) in live for c in node.children):
            live.add(id(node))
    collected: dict[Node, list[Node]] = {f: [seed]}
    for node in reversed(order):
        if id(node) not in live or isinstance(node, Sym) or node not in collected:
            continue
        parts = collected.pop(node)
        coefficient = _total(parts)
        for child, part in _replace(node, coefficient, front, live):
            collected.setdefault(child, []).append(part)
        if run is not None:
            run.append(Replaced(node, tuple([(u, _total(p)) for u, p in collected.items()])))
    result = []
    for target in targets:
        parts = collected.get(target, [])
        shape = front + target.shape
        result.append(_total(parts) if parts else zero(shape))
    return result


def _total(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Sum(tuple(parts), parts[0].shape)


def _replace(node: Node, g: Node, front: Shape, live: set[int]) -> list[tuple[Node, Node]]:
    """`⟨g, d node⟩` as coefficients of the differentials of the node's children."""
    match node:
        case Sum():
            return [(t, g) for t in node.terms if id(t) in live]
        case Prod():
            return _leibniz(node, g, front, live)
        case Undef():
            return [(node.arg, _undefined(node, g, front))]
        case Apply() if node.op.meaning == "elementwise":
            return _chain(node, g, front, live)
        case Apply():
            return _declared(node, g, front, live)
    raise TypeError(f"no differential for {node!r}")


def _leibniz(node: Prod, g: Node, front: Shape, live: set[int]) -> list[tuple[Node, Node]]:
    """d Π = Σ (one factor's differential at a time); `x^e` gives `e x^(e-1) dx`."""
    lead = tuple(range(len(node.dims), len(node.dims) + len(front)))
    dims = node.dims + front
    parts: list[tuple[Node, Node]] = []
    for k, (base, idx, exp) in enumerate(node.factors):
        if id(base) not in live:
            continue
        lowered = ((base, idx, exp - 1),) if exp != 1 else ()
        others = node.factors[:k] + lowered + node.factors[k + 1 :]
        parts.append((base, Prod(node.coef * exp, ((g, lead + node.out, 1), *others), lead + idx, dims)))
    return parts


def _undefined(node: Undef, g: Node, front: Shape) -> Node:
    function = Function(node.function.name, node.function.elementwise, node.function.order + 1)
    slope = Undef(function, node.arg)
    lead, own = len(front), len(node.shape)
    dims = front + slope.shape
    axes = tuple(range(len(dims)))
    if function.elementwise:
        return Prod(1, ((g, axes, 1), (slope, axes[lead:], 1)), axes, dims)
    return Prod(1, ((g, axes[: lead + own], 1), (slope, axes[lead:], 1)), axes[:lead] + axes[lead + own :], dims)


def _chain(node: Apply, g: Node, front: Shape, live: set[int]) -> list[tuple[Node, Node]]:
    """d f(x) = f'(x)·dx entry by entry; a scalar argument collects the whole sum."""
    lead, shape = len(front), node.shape
    dims = front + shape
    axes = tuple(range(len(dims)))
    parts: list[tuple[Node, Node]] = []
    for k, arg in enumerate(node.args):
        if id(arg) not in live:
            continue
        slope, symbols = _slope(node.op, k)
        made, has = lift(slope, dict(zip(symbols, node.args, strict=True)), shape)
        if is_zero(slope):
            continue
        factor = (made, axes[lead:] if has else (), 1)
        out = axes if arg.shape == shape else axes[:lead]
        parts.append((arg, Prod(1, ((g, axes, 1), factor), out, dims)))
    return parts


_slopes: dict[tuple[str, int], tuple[Node, tuple[Sym, ...]]] = {}


def _slope(op: Operation, k: int) -> tuple[Node, tuple[Sym, ...]]:
    """∂op/∂(k-th parameter) as a node over scalar symbols."""
    found = _slopes.get((op.name, k))
    if found is None:
        from derive.infer import infer_text

        text = op.derivative[k] if k < len(op.derivative) else ""
        if not text:
            raise LanguageError(
                Finding("no-derivative", f"no derivative of `{op.name}` by `{op.parameters[k]}` is known")
            )
        symbols = {p: Symbol(p, Type()) for p in op.parameters}
        found = lower(infer_text(text, symbols)), tuple([Sym(s) for s in symbols.values()])
        _slopes[op.name, k] = found
    return found


def _declared(node: Apply, g: Node, front: Shape, live: set[int]) -> list[tuple[Node, Node]]:
    """Substitute into the declared differential and bring each dX out of it."""
    demand_holomorphic(node)
    cores = _core_shapes(node)
    batch = node.args[0].shape[: len(node.args[0].shape) - len(cores[0])]
    own = node.shape[len(batch) :]
    parts: list[tuple[Node, Node]] = []
    for k, arg in enumerate(node.args):
        if id(arg) not in live:
            continue
        if node.op.adjoint:
            parts.append((arg, _by_adjoint(node, k, g, front, cores)))
            continue
        if not re.search(rf"\bd{node.op.parameters[k]}\b", node.op.differential or "d" + node.op.parameters[k]):
            raise _unknown(node.op, k)
        template = _differential(node.op, cores, own, k)
        hole = Sym(Symbol("\u2202" + node.op.parameters[k], Type(arg.shape)))
        mapping = dict(zip(template.parameters, node.args, strict=True))
        mapping[template.result] = node
        mapping[template.hole] = hole
        made = normalise(lift(template.node, mapping, batch)[0])
        parts.append((arg, _pull(made, [hole], g, front, None)[0]))
    return parts


def _by_adjoint(node: Apply, k: int, g: Node, front: Shape, cores: tuple[Shape, ...]) -> Node:
    """The declared coefficient of one differential, for what is no contraction of it: `dexpm(X', G)`."""
    if k >= len(node.op.adjoint) or not node.op.adjoint[k]:
        raise _unknown(node.op, k)
    return adjoint(node, k, g, front, cores)


def _unknown(op: Operation, k: int) -> LanguageError:
    return LanguageError(Finding("no-derivative", f"no derivative of `{op.name}` by `{op.parameters[k]}` is known"))


class Template(NamedTuple):
    """A declared differential as a node, linear in `hole`."""

    node: Node
    parameters: tuple[Sym, ...]
    result: Sym
    hole: Sym


_templates: dict[tuple[str, tuple[Shape, ...], int], Template] = {}


def _differential(op: Operation, cores: tuple[Shape, ...], own: Shape, k: int) -> Template:
    key = (op.name, cores, k)
    found = _templates.get(key)
    if found is None:
        from derive.infer import infer_text

        if not op.differential:
            notes = (f"{op.name}: {op.meaning_text}",) if op.meaning_text else ()
            raise LanguageError(Finding("no-derivative", f"no derivative of `{op.name}` is known", notes=notes))
        symbols = {p: Symbol(p, Type(s), ("parameter",)) for p, s in zip(op.parameters, cores, strict=True)}
        result = Symbol("R", Type(own))
        holes = {"d" + p: Symbol("d" + p, s.type) for p, s in symbols.items()}
        node = lower(infer_text(op.differential, {**symbols, "R": result, **holes}))
        hole = Sym(holes["d" + op.parameters[k]])
        found = Template(node, tuple([Sym(s) for s in symbols.values()]), Sym(result), hole)
        if len(_templates) < 2_000:
            _templates[key] = found
    return found


def _core_shapes(node: Apply) -> tuple[Shape, ...]:
    """The axes of each argument that the operation consumes, by the overload that fits."""
    orders = [len(a.shape) for a in node.args]
    best: tuple[int, ...] | None = None
    for signature in node.op.signatures:
        cores = tuple([len(x) for x in signature.inputs])
        batch = {o - c for o, c in zip(orders, cores, strict=True) if o or c}
        if len(batch) == 1 and min(batch) >= 0 and len(node.shape) == batch.pop() + len(signature.output):
            best = cores if best is None or sum(cores) > sum(best) else best
    assert best is not None, node.op.name
    return tuple([a.shape[len(a.shape) - c :] for a, c in zip(node.args, best, strict=True)])
