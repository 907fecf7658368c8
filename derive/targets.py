"""By what is it differentiated: `x`, `x, y`, `x'`, `X[1,2]`, `vec(X)`, or what the expression leaves no doubt about.

One idea: without `wrt` the target is chosen only when one candidate stands out (all variables are scalars; one vector; one matrix
and no vector); otherwise the candidates are listed. Nothing is guessed in silence: the target is part of every answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from derive.engine.structured import structure_of
from derive.finding import Finding, Label, LanguageError
from derive.printing import text as plain
from derive.sizes import Size
from derive.source import Source, Span
from derive.syntax import parse
from derive.term import Symbol
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer import Typed


class Target(NamedTuple):
    """The variables, and how they stand: as a row, one entry (1-based), stacked by `vec`, or half of it by `vech`."""

    symbols: tuple[Symbol, ...]
    text: str
    row: bool = False
    entry: tuple[Size, ...] = ()
    vectorised: bool = False
    half: bool = False  # `vech(X)` of a symmetric X; vectorised as well
    wirtinger: str = ""  # "dzc": by conj(x), x held fixed; "dz", "dre", "dim": see `derive.engine.wirtinger`


def choose(wrt: Any, typed: Typed, source: Source, indices: Sequence[str] = ()) -> Target:
    """The target that was asked for, or the only one that stands out. Raises LanguageError with the candidates."""
    known = {s.name: s for s in typed.symbols}
    if wrt is None or (isinstance(wrt, str) and not wrt.strip()):
        return _standing_out(typed, source)
    if isinstance(wrt, list | tuple):
        return _several([str(w) for w in wrt], known, source)
    text = str(getattr(wrt, "name", wrt)).strip()
    try:
        tree = parse(text, "wrt", names=frozenset(known))
    except LanguageError:
        names = [w.strip() for w in text.strip("()[]").split(",")]
        if len(names) > 1:
            return _several(names, known, source)
        raise
    if tree.head == "block":
        return _several([plain(a) for a in tree.args], known, source)
    return _one(tree, text, known, source, indices)


def _standing_out(typed: Typed, source: Source) -> Target:
    occurring = {node.data for term in typed.terms for node in term.walk() if node.head == "symbol"}
    used = [s for s in typed.symbols if "integer" not in s.properties and (s in occurring or not occurring)]
    if not used:
        raise _error(source, "no-variable", "there is no variable to differentiate by; --wrt cannot be chosen", [])
    by_order = {k: [s for s in used if s.type.order == k] for k in (0, 1, 2)}
    if len(used) == len(by_order[0]):
        return Target(tuple(used), ", ".join(s.name for s in used))
    for order in (1, 2):
        if len(by_order[order]) == 1:
            return Target((by_order[order][0],), by_order[order][0].name)
        if by_order[order]:
            break
    names = ", ".join(s.name for s in used)
    raise _error(source, "which-variable", f"it is not clear by which of {names} to differentiate", used)


def _several(names: list[str], known: dict[str, Symbol], source: Source) -> Target:
    symbols = tuple([_known(n.strip(), known, source) for n in names if n.strip()])
    twice = [s.name for k, s in enumerate(symbols) if s in symbols[:k]]
    if twice:
        raise _error(source, "named-twice", f"{twice[0]} is named twice among the variables", [])
    if len(symbols) == 1:
        return Target(symbols, symbols[0].name)
    big = [s for s in symbols if s.type.shape]
    if big:
        message = f"several variables at once must be scalars; {big[0].name} is {big[0].type}"
        raise _error(source, "not-scalars", message, list(symbols))
    return Target(symbols, ", ".join(s.name for s in symbols))


def _one(tree: Tree, text: str, known: dict[str, Symbol], source: Source, indices: Sequence[str]) -> Target:
    if tree.head == "name":
        return Target((_known(str(tree.data), known, source),), text)
    if tree.head == "transpose" and tree.args[0].head == "name":
        return Target((_known(str(tree.args[0].data), known, source),), text, row=True)
    if tree.head == "call" and tree.data == "vec" and len(tree.args) == 1 and tree.args[0].head == "name":
        symbol = _known(str(tree.args[0].data), known, source)
        return Target((symbol,), text, vectorised=symbol.type.order == 2)
    if tree.head == "call" and tree.data == "vech" and len(tree.args) == 1 and tree.args[0].head == "name":
        return _half(_known(str(tree.args[0].data), known, source), tree, text)
    if (
        tree.head == "call"
        and tree.data in ("conj", "conjugate")
        and len(tree.args) == 1
        and tree.args[0].head == "name"
    ):
        symbol = _known(str(tree.args[0].data), known, source)
        if not symbol.complex:
            message = f"conj({symbol.name}) is {symbol.name} itself: {symbol.name} is real"
            raise LanguageError(
                Finding("not-complex", message, Source(text, "wrt"), (Label(tree.span),), (), (_complex(symbol),))
            )
        return Target((symbol,), text, wirtinger="dzc")
    if tree.head == "index" and tree.args[0].head == "name":
        return _entry(tree, text, known, source, indices)
    message = f"one differentiates by a variable, its transpose, an entry, its vec or its vech, not by `{text}`"
    raise _error(Source(text, "wrt"), "bad-target", message, [])


def _half(symbol: Symbol, tree: Tree, text: str) -> Target:
    """`vech(X)`, which holds all of X when X is symmetric."""
    if structure_of(symbol) != "symmetric":
        message = f"vech({symbol.name}) holds all of {symbol.name} only when it is symmetric"
        help = f"--given '{symbol.name}: matrix(n, n) symmetric'"
        raise LanguageError(Finding("not-symmetric", message, Source(text, "wrt"), (Label(tree.span),), (), (help,)))
    return Target((symbol,), text, vectorised=True, half=True)


def _complex(symbol: Symbol) -> str:
    return f"--given '{symbol.name}: {symbol.type} complex' declares it complex"


def _entry(tree: Tree, text: str, known: dict[str, Symbol], source: Source, indices: Sequence[str]) -> Target:
    symbol = _known(str(tree.args[0].data), known, source)
    subscripts = tree.args[1:]
    if any(not _is_position(t, indices) for t in subscripts):
        message = f"the entry `{text}` must be given by numbers counted from 1 or by declared indices"
        help = f"--given 'i: index(n)' declares an index; declared are {', '.join(indices) or 'none'}"
        raise LanguageError(Finding("bad-entry", message, Source(text, "wrt"), (Label(tree.span),), (), (help,)))
    if len(subscripts) != symbol.type.order:
        message = f"{symbol.name} is {symbol.type}: an entry of it has {symbol.type.order} subscripts, and `{text}` has {len(subscripts)}"
        raise _error(Source(text, "wrt"), "bad-entry", message, [])
    at = tuple([Size.of(s.data) for s in subscripts])  # type: ignore[arg-type]
    for position, size in zip(at, symbol.type.shape, strict=True):
        if size.number is not None and position.number is not None and position.number > size.number:
            raise _error(
                Source(text, "wrt"), "bad-entry", f"`{text}` lies outside {symbol.name}, which is {symbol.type}", []
            )
    return Target((symbol,), text, entry=at)


def _is_position(tree: Tree, indices: Sequence[str]) -> bool:
    if tree.head == "number":
        return isinstance(tree.data, int) and tree.data >= 1
    return tree.head == "name" and tree.data in indices


def _known(name: str, known: dict[str, Symbol], source: Source) -> Symbol:
    found = known.get(name)
    if found is None:
        tree = parse(name, "wrt")
        found = known.get(str(tree.data)) if tree.head == "name" else None
    if found is None:
        listed = ", ".join(known) or "none"
        message = f"`{name}` is not a variable of the expression; its variables are {listed}"
        raise LanguageError(Finding("unknown-variable", message, source, (whole(source),), (), _declare(name)))
    return found


def _declare(name: str) -> tuple[str, ...]:
    return (f"a variable that does not occur is differentiated by once it is declared: --given '{name}: vector(n)'",)


def _error(source: Source, code: str, message: str, candidates: list[Symbol]) -> LanguageError:
    helps = tuple([f"--wrt {s.name}    ({s.type})" for s in candidates])
    return LanguageError(Finding(code, message, source, (whole(source),), (), helps))


def whole(source: Source) -> Label:
    """A label under all of the text."""
    return Label(Span(0, len(source.text)))
