"""A statement as a network of kinds: one part for every piece of the notation, tied by the tables of the operators.

One idea: it walks the tree as `elaborate` does and says only which kinds fit, never sizes. Chains are walked in a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from derive.infer.calls import ELEMENTWISE, FUNCTIONALS, OF_TWO
from derive.infer.constants import NAMES, is_single_entry
from derive.infer.domains import ANY, VECTOR, C, Domains, M, R, S, T, Variable
from derive.infer.expectations import is_expectation
from derive.infer.norms import OPERATOR_NORMS, UNDECIDED
from derive.infer.products import RAISED_DOTS
from derive.infer.scope import Scope
from derive.infer.tables import (
    ADD,
    AT,
    CENTRED,
    DERIVATIVE,
    DIV,
    DOT,
    ENTRYWISE,
    EXPECTATION,
    FAMILY,
    GRADIENT_OF_FUNCTION,
    HESSIAN,
    MUL,
    ORDER,
    POW,
    SAME,
    SCALAR_TOO,
    THIN_ADD,
    THIN_AT,
    THIN_DIV,
    THIN_MUL,
    TRANSPOSE,
    table_of,
)
from derive.ops import REGISTRY, Operation
from derive.sizes import ONE
from derive.source import Span
from derive.term import Type
from derive.tree import Tree

SCALAR_LETTERS = frozenset("cijklmnpqrst")
CONSTANTS = {"e": C, "J": M, "dft": M, "delta": S, "count": S}
PARTICULAR = frozenset(
    ("grad", "jac", "hess", "eye", "I", "ones", "zeros", "vector", "matrix", "ct", "bdiag", "inner")
).union(CONSTANTS, UNDECIDED, OPERATOR_NORMS, EXPECTATION)


def kind_of(type: Type) -> int:
    order = len(type.shape)
    return (S, R if type.row else C, M, T)[min(order, 3)]


class Network:
    """The parts of a statement; the lists are what readings are preferred by."""

    __slots__ = (
        "alike",
        "bound",
        "defined",
        "domains",
        "dotted",
        "exponents",
        "families",
        "names",
        "powers",
        "products",
        "reduced",
        "scalars",
        "scope",
        "thin",
        "transposed",
    )

    def __init__(self, scope: Scope, names: Sequence[str]) -> None:
        self.scope = scope
        self.domains = Domains()
        lower, upper = S | C | R, S | C | M
        self.names: dict[str, Variable] = {n: self.domains.part(upper if n[0].isupper() else lower) for n in names}
        self.thin = any(ONE in s.type.shape for s in scope.symbols.values())
        self.bound: set[str] = set()
        self.defined: dict[str, Variable] = {}
        self.transposed: list[Variable] = []
        self.reduced: list[Variable] = []
        self.scalars: list[Variable] = []  # what has a gradient
        self.powers: list[tuple[Variable, str]] = []  # bases, and names in their exponents
        self.products: list[tuple[Variable, Variable, bool]] = []
        self.alike: list[tuple[Variable, Variable]] = []
        self.dotted: list[Variable] = []
        self.exponents: dict[Variable, str] = {}
        self.families: set[str] = set()  # undeclared names with one subscript

    def part(self, tree: Tree) -> Variable:
        return PARTS[tree.head](self, tree)

    def fixed(self, mask: int) -> Variable:
        return self.domains.part(mask)

    def joined(self, table: tuple[tuple[int, ...], ...], *parts: Variable) -> Variable:
        return self.domains.result(table, parts)

    def pair_differentials(self, any_at_all: bool) -> None:
        """`dX` is of the kind of `X`: always for upper case, else where the statement has a `d(F)`."""
        self.scope.differentials = any_at_all
        for name, part in self.names.items():
            if name[0] != "d" or not (any_at_all or name[1:2].isupper()):
                continue
            if name[1:] in self.names:
                self.domains.masks[part] = ANY
                self.domains.tie(SAME, part, self.names[name[1:]])
            elif name[1:] in self.scope.symbols:
                self.domains.masks[part] = kind_of(self.scope.symbols[name[1:]].type)


def _number(n: Network, tree: Tree) -> Variable:
    return n.fixed(S)


def _name(n: Network, tree: Tree) -> Variable:
    name = str(tree.data)
    if name in n.bound:
        return n.fixed(S)
    if name in n.defined:
        return n.defined[name]
    if name in n.names:
        return n.names[name]
    symbol = n.scope.symbols.get(name)
    if symbol is not None:
        return n.fixed(kind_of(symbol.type))
    if name in NAMES:
        return n.fixed({"pi": S, "1i": S, "1j": S, "ones": C}.get(name, M))
    return n.fixed(S if name in n.scope.sizes or name in n.scope.indices else ANY)


def _written(tree: Tree) -> bool:
    """Whether a tree is made of numbers alone, so that it may be added to anything."""
    return all(node.head != "name" or node.data in ("pi", "1i", "1j") for node in tree.walk()) and not any(
        node.head in ("index", "block") or (node.head == "call" and REGISTRY.get(str(node.data)) is None)
        for node in tree.walk()
    )


def _sum(n: Network, tree: Tree) -> Variable:
    parts = []
    while tree.head in ("add", "sub"):
        parts.append(tree.args[1])
        tree = tree.args[0]
    parts.append(tree)
    result: Variable | None = None
    for part in reversed(parts):
        made = n.part(part)
        if _written(part):
            continue
        if result is None:
            result = made
            continue
        n.alike.append((result, made))
        result = n.joined(THIN_ADD if n.thin else ADD, result, made)
    return n.fixed(S) if result is None else result


def _product(n: Network, tree: Tree) -> Variable:
    steps = []
    while tree.head in ("mul", "div", "hadamard", "hdiv"):
        steps.append(tree)
        tree = tree.args[0]
    result, letter = n.part(tree), _letter(tree)
    for step in reversed(steps):
        right = n.part(step.args[1])
        if step.data == "@":
            result = n.joined(THIN_AT if n.thin else AT, result, right)
        elif step.head == "mul":
            n.products.append((result, right, letter))
            result = n.joined(THIN_MUL if n.thin else CENTRED if _centred(n, step) else MUL, result, right)
        elif step.head == "div":
            result = n.joined(THIN_DIV if n.thin else DIV, result, right)
        else:
            if not _written(step.args[0]) and not _written(step.args[1]):
                n.alike.append((result, right))
            literal = _written(step.args[0]) or _written(step.args[1])
            result = n.joined(ENTRYWISE if literal or step.head == "hdiv" else DOT, result, right)
            n.dotted.append(result)
        letter = False
    return result


def _centred(n: Network, step: Tree) -> bool:
    """Whether a product is written with a raised dot, which between two vectors is the inner product."""
    left, right = step.args
    return n.scope.context.text(Span(left.span.end, right.span.start)) in RAISED_DOTS


def _letter(tree: Tree) -> bool:
    """Whether a tree is one letter that is no usual name of a scalar."""
    return tree.head == "name" and len(str(tree.data)) == 1 and str(tree.data) not in SCALAR_LETTERS


def _same(n: Network, tree: Tree) -> Variable:
    return n.part(tree.args[0])


def _transpose(n: Network, tree: Tree) -> Variable:
    inner = n.part(tree.args[0])
    n.transposed.append(inner)
    return n.joined(TRANSPOSE, inner)


def _pow(n: Network, tree: Tree) -> Variable:
    base = n.part(tree.args[0])
    n.powers += [(base, str(node.data)) for node in tree.args[1].walk() if node.head == "name" and node.data in n.names]
    return n.joined(POW, base, n.part(tree.args[1]))


def _hpow(n: Network, tree: Tree) -> Variable:
    base, exponent = n.part(tree.args[0]), n.part(tree.args[1])
    if not _written(tree.args[1]):
        n.alike.append((base, exponent))
        n.exponents[exponent] = str(tree.args[1].data)
    result = n.joined(ENTRYWISE, base, exponent)
    n.dotted.append(result)
    return result


def _index(n: Network, tree: Tree) -> Variable:
    base, subscripts = n.part(tree.args[0]), tree.args[1:]
    if tree.args[0].head == "name" and tree.args[0].data in n.names:
        if len(subscripts) == 1 and subscripts[0].head not in ("colon", "range"):
            return _of_family(n, str(tree.args[0].data), base)
        n.domains.masks[base] = M if len(subscripts) == 2 else C  # an undeclared name is what its subscripts say
    kept = [k for k, s in enumerate(subscripts) if s.head in ("colon", "range")]
    if len(subscripts) == 1:
        n.domains.narrow(base, VECTOR)
        return base if kept else n.fixed(S)
    if not kept:
        return n.fixed(S)
    return n.fixed(M if len(kept) == 2 else R if kept == [1] else C)


def _of_family(n: Network, name: str, base: Variable) -> Variable:
    """`x[i]` of an undeclared x: an entry of a vector, or a sample, which is a row of a matrix standing as a column."""
    if name not in n.families:
        n.families.add(name)
        if n.domains.masks[base] != M:  # with two subscripts elsewhere
            n.domains.masks[base] = C | M
    return n.joined(FAMILY, base)


def _bounded(n: Network, tree: Tree) -> Variable:
    names: set[str] = {tree.data} if isinstance(tree.data, str) else set(tree.data)  # type: ignore[call-overload]
    before, n.bound = n.bound, n.bound | names
    body = n.part(tree.args[0])
    n.bound = before
    if tree.head != "array":
        return body
    order = len(names)
    kinds = (S, C, M, T)
    return n.joined(tuple((k, kinds[min(order + ORDER[k], 3)]) for k in (S, C, R, M, T)), body)


def _block(n: Network, tree: Tree) -> Variable:
    lengths: tuple[int, ...] = tree.data  # type: ignore[assignment]
    parts = list(map(n.part, tree.args))
    if len(lengths) > 1 and lengths[0] > 1:
        return n.fixed(M)
    stacked = len(lengths) > 1
    result = n.fixed(C | M if stacked else C | R | M)
    if all(_plain_scalar(n, part) for part in parts):
        n.domains.masks[result] = C
    elif stacked:
        for part in parts:
            n.domains.tie(((S, C), (C, C), (R, M), (M, M), (S, M)), part, result)
    return result


def _plain_scalar(n: Network, part: Variable) -> bool:
    return bool(n.domains.masks[part] & S)


def _call(n: Network, tree: Tree) -> Variable:
    name = str(tree.data)
    if name in n.scope.functions:
        return _undefined(n, tree, n.scope.functions[name], 0)
    if name in PARTICULAR:
        found = _particular(n, tree, name)
        if found is not None:
            return found
    operation = REGISTRY.get(OF_TWO[name] if name in OF_TWO and len(tree.args) == 2 else name)
    return _unregistered(n, tree, name) if operation is None else _applied(n, tree, operation)


def _particular(n: Network, tree: Tree, name: str) -> Variable | None:
    """A call with a rule of its own; None where it is one like others after all."""
    if name in ("grad", "jac", "hess") and len(tree.args) == 2:
        f = n.part(tree.args[0])
        if name != "jac":
            n.scalars.append(f)
        return n.joined(HESSIAN if name == "hess" else DERIVATIVE, f, n.part(tree.args[1]))
    if name in ("eye", "I"):
        return n.fixed(M)
    if name in ("ones", "zeros"):
        return n.fixed(M if len(tree.args) == 2 else C)
    if name in ("vector", "matrix"):
        for a in tree.args:
            n.domains.narrow(n.part(a), S)
        return n.fixed(C if name == "vector" else M)
    if name == "ct" and len(tree.args) == 1:
        return _transpose(n, tree)
    if name == "bdiag":
        for a in tree.args:
            n.part(a)
        return n.fixed(M)
    if name in CONSTANTS and (name != "J" or is_single_entry(tree)):
        return n.fixed(CONSTANTS[name])
    if name == "inner" and len(tree.args) == 2:
        parts = list(map(n.part, tree.args))
        n.reduced += parts
        n.alike.append((parts[0], parts[1]))
        return n.fixed(S)
    if name in UNDECIDED or name in OPERATOR_NORMS:
        for a in tree.args:
            n.part(a)
        return n.fixed(S)
    if name in EXPECTATION and is_expectation(n.scope, name):
        parts = list(map(n.part, tree.args))
        return parts[0] if name == "E" and parts else n.joined(EXPECTATION[name], *(parts * 2)[:2])
    return None


def _applied(n: Network, tree: Tree, operation: Operation) -> Variable:
    args = [n.part(a) for a in (tree.args[: len(operation.parameters)] if operation.whole else tree.args)]
    if operation.whole:
        return (
            n.joined(table_of(operation, len(args)), *args) if len(args) == len(operation.parameters) else n.fixed(ANY)
        )
    if operation.meaning == "elementwise":
        result = args[0] if args else n.fixed(ANY)
        for other in args[1:]:
            result = n.joined(ENTRYWISE, result, other)
        return result
    if not operation.arity[0] <= len(args) <= operation.arity[1]:
        return n.fixed(ANY)
    if operation.name in SCALAR_TOO:
        n.reduced.append(args[0])
    return n.joined(table_of(operation, len(args)), *args)


def _unregistered(n: Network, tree: Tree, name: str) -> Variable:
    if name in ELEMENTWISE or (name in FUNCTIONALS and len(tree.args) == 1):
        return _undefined(n, tree, name in ELEMENTWISE, 0)
    for a in tree.args:
        n.part(a)
    return n.fixed(ANY)


def _undefined(n: Network, tree: Tree, elementwise: bool, order: int) -> Variable:
    parts = list(map(n.part, tree.args))
    if not parts:
        return n.fixed(ANY)
    if elementwise:
        return parts[0]
    return n.joined(GRADIENT_OF_FUNCTION[order], parts[0]) if order < 3 else n.fixed(ANY)


def _prime(n: Network, tree: Tree) -> Variable:
    name: str
    order: int
    name, order = tree.data  # type: ignore[misc]
    return _undefined(n, tree, n.scope.functions.get(name, name not in FUNCTIONALS), order)


def _derivative(n: Network, tree: Tree) -> Variable:
    return n.joined(DERIVATIVE, n.part(tree.args[0]), n.part(tree.args[1]))


def _where(n: Network, tree: Tree) -> Variable:
    before = dict(n.defined)
    waiting = dict(zip(tree.data, tree.args[1:], strict=True))  # type: ignore[call-overload]
    for name in waiting:
        n.defined[name] = n.fixed(ANY)
    for name, value in waiting.items():
        n.domains.tie(SAME, n.defined[name], n.part(value))
    result = n.part(tree.args[0])
    n.defined = before
    return result


def _relation(n: Network, tree: Tree) -> Variable:
    sides = [n.part(side) for side in tree.args if side.head != "number"]
    for a, b in pairwise(sides):
        n.domains.tie(SAME, a, b)
    return n.fixed(S)


def _both(n: Network, tree: Tree) -> Variable:
    for part in tree.args:
        n.part(part)
    return n.fixed(S)


def _cases(n: Network, tree: Tree) -> Variable:
    result: Variable | None = None
    for k, part in enumerate(tree.args):
        made = _tested(n, part) if k % 2 and part.head in ("relation", "both") else n.part(part)
        result = made if result is None else n.joined(ENTRYWISE, result, made)
    return n.fixed(ANY) if result is None else result


def _tested(n: Network, test: Tree) -> Variable:
    """A condition, which is of the kind of what it compares."""
    if test.head == "both":
        sides = [_tested(n, part) for part in test.args]
    else:
        sides = [n.part(side) for side in test.args]
    result = sides[0]
    for side in sides[1:]:
        result = n.joined(ENTRYWISE, result, side)
    return result


PARTS: dict[str, Callable[[Network, Tree], Variable]] = {
    "number": _number,
    "name": _name,
    "call": _call,
    "prime": _prime,
    "add": _sum,
    "sub": _sum,
    "mul": _product,
    "div": _product,
    "hadamard": _product,
    "hdiv": _product,
    "pow": _pow,
    "hpow": _hpow,
    "neg": _same,
    "transpose": _transpose,
    "index": _index,
    "colon": _number,
    "range": _number,
    "sum": _bounded,
    "prod": _bounded,
    "array": _bounded,
    "block": _block,
    "derivative": _derivative,
    "differential": _same,
    "where": _where,
    "relation": _relation,
    "both": _both,
    "implies": _both,
    "cases": _cases,
}
