"""The kinds of undeclared names: lower case is a scalar unless the statement forces a vector, upper case is a matrix.

One idea: what cannot be otherwise is found first (tables of kinds, `domains`); then readings are preferred one after the
other, each kept only if everything still fits: upper case is a matrix; what is transposed, summed or normed is a vector;
the right factor of a matrix is a vector; dots are written between vectors; both sides of `+` and `==` are of one kind; what is left is a scalar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.infer.constants import NAMES, is_single_entry
from derive.infer.domains import ANY, C, M, R, S, T
from derive.infer.network import Network
from derive.infer.scope import Scope
from derive.infer.tables import SAME
from derive.ops import REGISTRY
from derive.tree import Tree

Nodes = Mapping[str, list[Tree]]

SCALARS = frozenset("alpha lambda gamma eta eps epsilon tau kappa rho sigma delta zeta".split())
EXPONENTS = frozenset("p q k".split())
LATE = frozenset("uvwxyz")  # names that are vectors rather than scalars, when one of two must be
LETTERS = {S: "S", C: "C", R: "R", M: "M"}
SIZED = {
    "eye": 1,
    "I": 1,
    "ones": 2,
    "zeros": 2,
    "e": 2,
    "J": 4,
    "delta": 2,
    "dft": 1,
}  # calls whose arguments are sizes or indices


def undeclared(trees: Sequence[Tree], scope: Scope, nodes: Nodes) -> list[str]:
    """Names that nothing says the kind of, in order of appearance; size names and free index names are entered in `scope`.

    `nodes` are those of the trees by head.
    """
    names = dict.fromkeys([str(node.data) for node in nodes.get("name", ())])
    for head in ("sum", "prod"):
        scope.binders.update([str(node.data) for node in nodes.get(head, ())])
    for head in ("where", "array"):
        for node in nodes.get(head, ()):
            scope.binders.update(node.data)  # type: ignore[arg-type]
    known = {*scope.symbols, *scope.sizes, *scope.indices, *scope.binders, *NAMES, "?", "1i", "1j"}
    left = [name for name in names if name not in known]
    if left and _has_sizes(nodes):
        taken = _sizes_and_indices(trees, scope, set(left))
        left = [name for name in left if name not in taken]
    return left


def _has_sizes(nodes: Nodes) -> bool:
    """Whether a name may stand where a size or an index does."""
    if not nodes.keys().isdisjoint(("index", "sum", "prod", "array")):
        return True
    calls = {str(node.data) for node in nodes.get("call", ())}
    if not calls.isdisjoint(SIZED):
        return True
    return any((operation := REGISTRY.get(name)) is not None and operation.whole for name in calls)


def _sizes_and_indices(trees: Sequence[Tree], scope: Scope, names: set[str]) -> set[str]:
    """Of these names, those used as a size (`ones(n)`, `sum(i=1..n, …)`) or as a subscript."""
    found: set[str] = set()
    for tree in trees:
        for node in tree.walk():
            if node.head == "index":
                ends = {
                    n.data for s in node.args[1:] if s.head == "range" for n in s.walk() if n.head == "name"
                } & names
                scope.sizes |= set(map(str, ends))
                found |= set(map(str, ends))
                names -= found
                subscripts = {n.data for s in node.args[1:] for n in s.walk() if n.head == "name"} & names
                for name in sorted(map(str, subscripts)):
                    scope.indices[name] = scope.context.solver.fresh()
                    scope.free.append(name)
                found |= set(map(str, subscripts))
                names -= found
                continue
            sizes: tuple[Tree, ...] = ()
            if (
                node.head == "call"
                and (node.data != "J" or is_single_entry(node))
                and len(node.args) <= SIZED.get(str(node.data), 0)
            ):
                sizes = node.args
            elif node.head in ("sum", "prod", "array"):
                sizes = node.args[1:]
            elif node.head == "call" and (operation := REGISTRY.get(str(node.data))) is not None and operation.whole:
                sizes = node.args[len(operation.parameters) :]
            used = {str(n.data) for s in sizes for n in s.walk() if n.head == "name"} & names
            scope.sizes |= used
            found |= used
            names -= used
    return found


def decide_kinds(trees: Sequence[Tree], scope: Scope, names: list[str], differentials: bool) -> Mapping[str, str]:
    """The kind of every undeclared name: `S`calar, `C`olumn, `R`ow, `M`atrix, or an integer `Z`; `differentials`: whether there is a `d(F)`."""
    network = Network(scope, names)
    for tree in trees:
        network.part(tree)
    network.pair_differentials(differentials)
    domains = network.domains
    capitals = [network.names[name] for name in names if name[0].isupper() and name not in network.families]
    if not domains.hopeful(capitals, M):
        domains.start()
        for part in capitals:
            domains.narrow(part, M)
    for wish in network.scalars:
        domains.narrow(wish, S)
    for wish in network.transposed:
        if domains.narrow(wish, ANY - S):
            domains.narrow(wish, C | M | T)
    for wish in network.reduced:
        domains.narrow(wish, ANY - S)
    _greek(network, names)
    _factors(network)
    for a, b in network.alike:
        if network.exponents.get(b, "") not in EXPONENTS:
            domains.prefer(SAME, a, b)
    for wish in network.dotted:
        domains.narrow(wish, ANY - S)
    for name in sorted(names, key=lambda n: n in LATE):
        part = network.names[name]
        for kind in (M, S, C, R) if name[0].isupper() and name not in network.families else (S, C, R, M):
            if domains.narrow(part, kind):
                break
    kinds = {name: LETTERS.get(domains.masks[network.names[name]], "S") for name in names}
    scope.samples = frozenset(name for name in network.families if kinds[name] == "M")
    for base, name in network.powers:
        if domains.masks[base] == M and kinds[name] == "S":
            kinds[name] = "Z"
    turned = set(network.transposed)
    for name in names:
        if kinds[name] == "S" and network.names[name] in turned:
            kinds[name] = "C"  # nobody transposes a scalar: what does not fit then is said where it stands
    return kinds


def _greek(network: Network, names: list[str]) -> None:
    for name in names:
        if name in SCALARS:
            network.domains.narrow(network.names[name], S)


def _factors(network: Network) -> None:
    """The right factor of a matrix or of a row is a vector; so is the left factor of a row, when it is one letter."""
    domains = network.domains
    for left, right, letter in network.products:
        if not domains.masks[left] & ~(M | R):
            domains.narrow(right, ANY - S)
        elif letter and domains.masks[right] == R:
            domains.narrow(left, ANY - S)
