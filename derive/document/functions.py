r"""Functions that a document defines: `\sigma(z) = 1/(1 + e^{-z})`, `f(X) = \operatorname{tr}(X^\top A X)`; and their uses written out.

One idea: a use is replaced by the body before anything is typed. A function of one number is applied entry by entry, so its products, quotients and powers
become those of entries; one whose body is known by a name (the logistic function) becomes that name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from derive.document.story import Function
from derive.document.trees import DERIVING, rebuilt, spread, substituted
from derive.source import Span
from derive.tree import Tree

ENTRYWISE = {"mul": "hadamard", "div": "hdiv", "pow": "hpow"}
ENTRYWISE_NAMES = frozenset("sigma sigmoid relu leaky_relu lrelu elu softplus gelu swish mish step tanh".split())
KNOWN = (  # bodies in z, and what they are
    ("1/(1 + exp(-z))", "sigmoid"),
    ("exp(z)/(1 + exp(z))", "sigmoid"),
    ("exp(z)/(exp(z) + 1)", "sigmoid"),
    ("1/(exp(-z) + 1)", "sigmoid"),
    ("max(0, z)", "relu"),
    ("max(z, 0)", "relu"),
    ("log(1 + exp(z))", "softplus"),
    ("tanh(z)", "tanh"),
    ("(exp(z) - exp(-z))/(exp(z) + exp(-z))", "tanh"),
)
SQUARE = "^2"  # behind a parameter of which the square is given: `l(mu, sigma^2)`
DEEPEST = 20  # functions inside functions


def parameters_of(tree: Tree) -> tuple[str, ...]:
    """The parameters of the left side of a definition `f(x, y)`, or `f(mu, sigma^2)`; () for anything else."""
    if tree.head != "call" or not tree.args or tree.data in DERIVING:
        return ()
    names = tuple([_parameter(a, len(tree.args)) for a in tree.args])
    if not all(names):
        return ()
    return names if len(set(names)) == len(names) else ()


def _parameter(tree: Tree, count: int) -> str:
    """`x`, or `x^2` beside other parameters; "" for anything else."""
    if tree.head == "name":
        return str(tree.data)
    square = count > 1 and tree.head == "pow" and tree.args[0].head == "name" and tree.args[1].data == 2
    return f"{tree.args[0].data}{SQUARE}" if square else ""


def argument(parameter: str, span: Span) -> Tree:
    """A parameter as it stands in brackets."""
    name = Tree("name", (), parameter.removesuffix(SQUARE), span)
    return Tree("pow", (name, Tree("number", (), 2, span)), None, span) if parameter.endswith(SQUARE) else name


def _matched(function: Function, arguments: Sequence[Tree]) -> dict[str, Tree] | None:
    """What the names in the body stand for; None where a square is asked for, and something else is given."""
    found = {}
    for parameter, given in zip(function.parameters, arguments, strict=True):
        if parameter.endswith(SQUARE):
            if given.head != "pow" or given.args[1].data != 2:
                return None
            given = given.args[0]
        found[parameter.removesuffix(SQUARE)] = given
    return found


@cache
def _bodies() -> Mapping[Tree, str]:
    from derive.syntax import parse

    return {parse(body): name for body, name in KNOWN}


def derived(node: Tree) -> Tree:
    """`tanh'(z)` as what the library says that it is, entry by entry; anything else as it is."""
    from derive.ops import REGISTRY
    from derive.syntax import parse

    if node.head != "prime" or not isinstance(node.data, tuple) or node.data[1] != 1 or len(node.args) != 1:
        return node
    operation = REGISTRY.get(node.data[0])
    if operation is None or len(operation.parameters) != 1 or not operation.derivative or not operation.derivative[0]:
        return node
    body = _by_entries(spread(parse(operation.derivative[0]), node.span))
    return substituted(body, {operation.parameters[0]: node.args[0]})


def _by_entries(body: Tree) -> Tree:
    return rebuilt(body, lambda n: Tree(ENTRYWISE.get(n.head, n.head), n.args, n.data, n.span))


def written_out(tree: Tree, functions: Mapping[str, Function], entrywise: frozenset[str]) -> Tree:
    """The tree with the uses of these functions written out; `entrywise` are those of one number.

    A use without brackets, as in `\\partial J / \\partial w`, is the function at its own parameters. Raises RecursionError never: functions
    that use each other are opened DEEPEST times, then left.
    """
    if not functions:
        return tree
    for _ in range(DEEPEST):
        other = rebuilt(tree, lambda node: _opened(node, functions, entrywise))
        if other == tree:
            return tree
        tree = other
    return tree


def _opened(node: Tree, functions: Mapping[str, Function], entrywise: frozenset[str]) -> Tree:
    if node.head == "call" and node.data in functions:
        return _applied(node, functions[str(node.data)], str(node.data) in entrywise)
    if node.head == "prime" and isinstance(node.data, tuple) and node.data[0] in entrywise:
        name = known_body(functions[str(node.data[0])])
        return Tree("prime", node.args, (name, node.data[1]), node.span) if name else node
    if node.head == "name" and node.data in functions and node.data not in entrywise:
        return spread(functions[str(node.data)].body, node.span)
    return node


def _applied(node: Tree, function: Function, entrywise: bool) -> Tree:
    meant = _matched(function, node.args) if len(node.args) == len(function.parameters) else None
    if meant is None:
        return node
    if entrywise:
        name = known_body(function)
        if name:
            return Tree("call", node.args, name, node.span)
    body = spread(function.body, node.span)
    own = (
        node.args[0].head == "name" and node.args[0].data == function.parameters[0] and node.data not in ENTRYWISE_NAMES
    )
    if entrywise and node.args[0].head != "number" and not own:
        body = _by_entries(body)
    return substituted(body, meant)


def known_body(function: Function) -> str:
    """The name in the library of a function of one number; "" where it has none."""
    body = substituted(function.body, {function.parameters[0]: Tree("name", (), "z")})
    return _bodies().get(body, "")
