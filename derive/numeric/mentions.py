"""What a term mentions: size names, free index names and variables.

One idea: a value has to be computed again only where something that it mentions has changed, an index under a sum or the variable of a
difference quotient; so the names below every node are collected once and kept. Variables are marked, since an index may have the letter of
a variable. The target of a derivative is looked into like an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from derive.sizes import Size
from derive.term import Term

Names = frozenset[str]
SIZELESS = frozenset(
    "number symbol add map opaque formula undefined power constant".split()
)  # heads whose data hold none
LIMIT = 50_000  # terms remembered; a long-running checker meets many
_kept: dict[Term, Names] = {}
_one: dict[Term, Term] = {}
RECENT = 4096
_latest: dict[int, tuple[Term, Term]] = {}  # by identity; the term is kept, so that no other takes its place


def variable(name: str) -> str:
    """The mark of a variable among the names that a term mentions."""
    return "=" + name


def remembered() -> dict[Term, Names]:
    """The names known of terms, shared by all evaluations; a new dictionary when it has become too large."""
    global _kept
    if len(_kept) > LIMIT:
        _kept = {}
    return _kept


def interned(term: Term) -> Term:
    """The same term with one object for equal subterms, so that they are found without being compared; kept by term."""
    global _one
    latest = _latest.get(id(term))
    if latest is not None:
        return latest[1]
    if len(_latest) >= RECENT:
        _latest.clear()
    found = _one.get(term)
    if found is None:
        if len(_one) > LIMIT:
            _one = {}
        one = _one
        for node in postorder(term, one):
            args = tuple([one[a] for a in node.args])
            data = (node.data[0], one[node.data[1]]) if node.head == "derivative" else node.data
            made = Term(node.head, args, node.type, data, node.name, node.span)
            one[made] = made
        found = one[term]
    _latest[id(term)] = term, found
    return found


def mentioned(term: Term, known: dict[Term, Names]) -> Names:
    """Sizes, free indices and variables that a term mentions anywhere; fills `known` for all nodes below."""
    found = known.get(term)
    if found is not None:
        return found
    for node in postorder(term, known):
        below = BELOW.get(node.head, _everything)(node, known)
        known[node] = below | own_names(node)
    return known[term]


def parts(term: Term) -> tuple[Term, ...]:
    """The terms right below a node: its arguments, and the target of a derivative."""
    if term.head == "derivative":
        data: Any = term.data
        return (*term.args, data[1])
    return term.args


def definition(term: Term) -> str:
    """The name that a derivative by a local definition binds; "" for every other node."""
    if term.head == "derivative" and len(term.args) == 2:
        return base(term).name  # type: ignore[no-any-return]
    return ""


def base(term: Term) -> Any:
    """The Symbol by which a derivative is taken: what stands below the transpose, the entry or the vec of its target."""
    data: Any = term.data
    target: Term = data[1]
    while target.head != "symbol":
        if len(target.args) != 1:
            raise ValueError("a derivative is by a variable, its transpose, an entry or a rearrangement of it")
        (target,) = target.args
    return target.data


def postorder(term: Term, done: Mapping[Term, Any]) -> Iterable[Term]:
    """Nodes that are not done, children first; the caller marks each as done before it asks for the next."""
    stack = [term]
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
            continue
        missing = [a for a in parts(node) if a not in done]
        if missing:
            stack += missing
        else:
            stack.pop()
            yield node


def own_names(term: Term) -> Names:
    """Names in a node itself: those of sizes and indices in its shape and its data, and that of a variable."""
    names: set[str] = set()
    for size in own_sizes(term):
        names |= size.names
    if term.head == "symbol":
        symbol: Any = term.data
        names.add(variable(symbol.name))
    return frozenset(names)


def own_sizes(term: Term) -> Iterable[Size]:
    """Every Size in a node itself, its arguments apart."""
    yield from term.type.shape
    if term.head == "einsum":
        pattern: Any = term.data
        for _, size in pattern.sizes:
            yield size
    elif term.head not in SIZELESS:
        stack: list[Any] = [term.data]
        while stack:
            item = stack.pop()
            if isinstance(item, Size):
                yield item
            elif isinstance(item, tuple):
                stack += item


def _everything(node: Term, known: Mapping[Term, Names]) -> Names:
    return frozenset[str]().union(*[known[part] for part in parts(node)])


def _without_index(node: Term, known: Mapping[Term, Names]) -> Names:
    data: Any = node.data
    return _everything(node, known) - {data[0]}


def _without_indices(node: Term, known: Mapping[Term, Names]) -> Names:
    data: Any = node.data
    return _everything(node, known) - {name for name, _, _ in data}


def _derivative(node: Term, known: Mapping[Term, Names]) -> Names:
    """A local definition is a variable in the function alone."""
    if len(node.args) == 1:
        return _everything(node, known)
    data: Any = node.data
    return (known[node.args[0]] | known[data[1]]) - {variable(definition(node))} | known[node.args[1]]


def _differential(node: Term, known: Mapping[Term, Names]) -> Names:
    data: Any = node.data
    return _everything(node, known) | {variable(symbol.name) for pair in data or () for symbol in pair}


def _expectation(node: Term, known: Mapping[Term, Names]) -> Names:
    """The random variables are bound; the parameters of their distributions are not in their scope."""
    data: Any = node.data
    laws = data[1]
    many = len(node.args) - sum(len(keys) for _, _, keys, _ in laws)
    random = {variable(symbol.name) for symbol, _, _, _ in laws}
    inside = frozenset[str]().union(*[known[a] for a in node.args[:many]]) - random
    return inside.union(*[known[a] for a in node.args[many:]])


# Heads that bind a name, or mention variables in their data.
BELOW: dict[str, Callable[[Term, Mapping[Term, Names]], Names]] = {
    "bigsum": _without_index,
    "bigprod": _without_index,
    "array": _without_indices,
    "derivative": _derivative,
    "differential": _differential,
    "expectation": _expectation,
}
