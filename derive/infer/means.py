"""Terms of `E(f)`, `Var(a)` and `Cov(a, b)`, with the terms of the parameters that they depend on.

One idea: an expectation is over every random variable inside it, and its Term carries the terms of their parameters; so whoever
takes a value or a derivative of it sees what it depends on. Variables that are declared apart are independent, and that is said. No moment is
computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from derive.distributions import distribution
from derive.infer.constants import count, filled
from derive.infer.context import Misfit, as_vector, squeeze
from derive.infer.expectations import expected, trees_of
from derive.infer.products import transpose
from derive.term import Symbol, Term, Type
from derive.tree import NOWHERE, Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator


class Law(NamedTuple):
    """The distribution of a variable with the terms of its parameters; `data` is what an expectation term says of it."""

    symbol: Symbol
    data: tuple[
        Symbol, str, tuple[str, ...], bool
    ]  # the variable, the family, the keys of the parameters, odd moments are 0
    parameters: tuple[Term, ...]


def expectation(e: Elaborator, tree: Tree) -> Term:
    """The Term of `E(f)`, `Var(a)`, `Cov(a, b)`; raises `wrong-number-of-arguments`, `kind-mismatch`, `not-yet`."""
    kind = str(tree.data)
    wanted = (1, 2) if kind == "Cov" else (1, 1)
    if not wanted[0] <= len(tree.args) <= wanted[1]:
        count(e, tree, *wanted)
    args = [e.term(a) for a in tree.args]
    if kind == "Cov" and len(args) == 1:
        kind = "Var"
    if kind != "E":
        args = [_line(e, a, kind, t) for a, t in zip(args, tree.args, strict=True)]
    type = _type(e, kind, args, tree)
    laws = [_law(e, symbol, tree) for symbol in _random(args)]
    if not laws and kind == "E":
        return args[0]
    _note_independence(e, laws)
    data = (kind, tuple([law.data for law in laws]))
    parameters = [p for law in laws for p in law.parameters]
    return Term("expectation", (*args, *parameters), type, data, "", tree.span)


def _line(e: Elaborator, a: Term, kind: str, tree: Tree) -> Term:
    """A scalar or a vector; rows lie as vectors."""
    made = squeeze(e.context, a) or as_vector(e.context, a) or a
    if made.type.order > 1:
        shown = e.context.show(made.type)
        message = f"{kind} takes scalars and vectors, not a {shown}"
        help_ = f"the covariance of its entries: {kind}(vec({e.context.text(tree.span) or '…'}))"
        e.context.fail("kind-mismatch", message, e.context.label(made), notes=(help_,) if kind == "Var" else ())
    return transpose(made, made.span) if made.type.row else made


def _type(e: Elaborator, kind: str, args: list[Term], tree: Tree) -> Type:
    """E has the type of its argument; Var of n entries is n×n, Cov of n and m entries n×m; scalars have scalars."""
    if kind == "E":
        return args[0].type
    first, last = args[0].type, args[-1].type
    if first.order != last.order:
        labels = [e.context.label(a) for a in args]
        e.context.fail("kind-mismatch", "Cov takes two scalars or two vectors, not one of each", *labels)
    return Type(first.shape + last.shape)


def _random(args: Sequence[Term]) -> list[Symbol]:
    """The random variables in terms, without those inside an expectation, over which the mean is taken already."""
    found: dict[str, Symbol] = {}
    stack = list(reversed(args))
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.head == "symbol" and distribution(node.data.properties) is not None:
            found.setdefault(node.data.name, node.data)
        elif node.head == "expectation":
            continue
        stack += reversed(node.args)
    return list(found.values())


def _note_independence(e: Elaborator, laws: list[Law]) -> None:
    if len(laws) > 1:
        names = ", ".join(law.symbol.name for law in laws)
        note = f"{names} are independent, as they are declared apart"
        if note not in e.notes:
            e.notes.append(note)


def _law(e: Elaborator, symbol: Symbol, tree: Tree) -> Law:
    """The distribution of a variable, its parameters typed once a statement."""
    found = e.scope.laws.get(symbol.name)
    if found is None:
        if symbol.complex:
            e.fail("not-yet", f"{symbol.name} is complex; expectations are of real variables", tree)
        found = e.scope.laws[symbol.name] = _typed_law(e, symbol, tree)
    for name in {t.data.name for p in found.parameters for t in p.walk() if t.head == "symbol"}:
        note = e.scope.assumed.get(name)
        if note is not None and note not in e.notes:
            e.notes.append(note)
    return found


def _typed_law(e: Elaborator, symbol: Symbol, tree: Tree) -> Law:
    declared = distribution(symbol.properties)
    assert declared is not None
    terms = {key: _parameter(e, symbol, key, part, tree) for key, part in trees_of(declared).items()}
    for p in terms.values():
        if _random([p]):
            e.fail("not-yet", f"a parameter of {symbol.name} is itself random: that is not supported", tree)
    if "mean" not in terms:
        terms["mean"] = _opaque(e, f"E({symbol.name})", symbol.type, ())
    if not {"cov", "mu2", "v2"} & terms.keys() and symbol.type.order < 2:
        type, words = expected(symbol, declared, "cov")
        terms["cov"] = _opaque(e, f"Var({symbol.name})", type, words)
    data = (symbol, declared.family, tuple(terms), "sym" in declared.flags)
    return Law(symbol, data, tuple(terms.values()))


def _opaque(e: Elaborator, name: str, type: Type, words: tuple[str, ...]) -> Term:
    """A parameter that was left out, as a variable whose name is how one writes it."""
    symbol = e.scope.symbols.setdefault(name, Symbol(name, type, words, True))
    term = e.scope.seen[name] = Term("symbol", (), symbol.type, symbol, "", NOWHERE)
    return term


def _parameter(e: Elaborator, symbol: Symbol, key: str, part: Tree, tree: Tree) -> Term:
    """The Term of a parameter, in the shape that it must have: a mean `0` is that of every entry."""
    made = _outside(e, symbol, key, part)
    law = distribution(symbol.properties)
    assert law is not None
    wanted = expected(symbol, law, key)[0]
    if key == "cov" and symbol.type.order > 1:
        e.fail("not-yet", f"{symbol.name} is a {e.context.show(symbol.type)}, whose covariance is not read", tree)
    if made.type.order == 0 and wanted.order and key == "mean" and made.head == "number":
        return filled("zeros" if made.data == 0 else "vector", made, wanted, NOWHERE)
    shared = key not in ("mean", "cov") and made.type.order == 0  # one moment for every component
    if wanted.order == 0:
        made = squeeze(e.context, made) or made
    if not shared and not _fits(e, made.type, wanted):
        _no_fit(e, symbol, key, made, wanted, tree)
    return made


def _fits(e: Elaborator, have: Type, wanted: Type) -> bool:
    return have.order == wanted.order and all(map(e.context.equal, have.shape, wanted.shape))


def _no_fit(e: Elaborator, symbol: Symbol, key: str, made: Term, wanted: Type, tree: Tree) -> NoReturn:
    shown, asked = e.context.show(made.type), e.context.show(wanted)
    e.fail("size-mismatch", f"the {key} of {symbol.name} is a {shown}, and has to be a {asked}", tree)


def _outside(e: Elaborator, symbol: Symbol, key: str, part: Tree) -> Term:
    """A parameter typed where it was declared: it sees no index and no local definition of the statement."""
    scope = e.scope
    before = scope.bound, scope.definitions, e.defined, e.specials
    scope.bound, scope.definitions, e.defined, e.specials = {}, {}, {}, {}
    try:
        return e.term(part)
    except Misfit as misfit:
        message = f"the {key} of {symbol.name}: {misfit.finding.message}"
        raise Misfit(misfit.finding._replace(message=message, labels=())) from None
    finally:
        scope.bound, scope.definitions, e.defined, e.specials = before
