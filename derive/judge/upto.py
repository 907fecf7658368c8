r"""Equal up to a constant: `f == g + const`, and up to a factor: `f \propto g`.

One idea: the difference does not depend on a variable when its derivative by it vanishes, and two numbers have a constant ratio when `f'*g == f*g'`; two
vectors or matrices are proportional when every pair of entries is. Which variable is meant is said by the text, where it does; else it is the first on which
the right side depends and for which it holds, and the result says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from derive.document.trees import names_in, rebuilt, substituted
from derive.judge.verdict import ACCEPTED, CONSISTENT, GRADES, NOT_UNDERSTOOD, PROVED, REFUTED, UNDECIDED
from derive.ops import REGISTRY
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.judge.pairs import Comparer, Outcome
    from derive.syntax import Declared

CONSTANT = "const"
SMOOTH = frozenset(
    "exp sin cos sinh cosh tanh arctan erf sigmoid softplus swish gelu gelu_tanh mish normcdf normpdf softmax logsumexp log_softmax expm sinm cosm det "
    "gauss sum mean var tr transpose diag vec vech kron rowsum colsum rowmean colmean dot outer cross norm2 tril triu sympart skewpart conv circ toepl".split()
)  # defined everywhere, and continuous
OF_POSITIVE = frozenset(("log", "log2", "sqrt"))
POSITIVE = frozenset("exp cosh sigmoid softplus softmax normpdf normcdf gauss".split())
SHAPING = frozenset("name number neg add sub mul hadamard transpose index sum block array range".split())
ONE_PIECE = frozenset(
    "positive negative nonnegative real small symmetric skew psd pd diagonal lower-triangular upper-triangular toeplitz simplex stochastic complex hermitian".split()
)
PLACES = ("integer", "index")
LEAST = 3  # rank of a variable in which a constant is hardly meant
MOST = 8  # variables that are tried


def concerns(left: Tree, right: Tree, op: str) -> bool:
    """Whether a relation is one up to a constant."""
    return op == "propto" or any(n.head == "name" and n.data == CONSTANT for t in (left, right) for n in t.walk())


def compared(comparer: Comparer, left: Tree, right: Tree, op: str, named: Sequence[str] = ()) -> Outcome:
    """The outcome of `left propto right`, or of an equation with `const` in it."""
    from derive.judge.pairs import Outcome

    bare = _without_constant(left), _without_constant(right)
    left, right = bare[0] or left, bare[1] or right
    if None in bare:
        return Outcome(NOT_UNDERSTOOD, message="`const` is read as a term of its own only")
    order = _order(comparer, left)
    if op == "propto" and order:
        if order > 1:
            return _undecided(order)
        outcome = comparer.compared(_outer(left, right), _outer(right, left))
        return (_unless_zero(comparer, left, right) or outcome) if outcome.status in ACCEPTED else outcome
    chosen = [v for v in named if v in names_in(right)]
    return _in_some(comparer, left, right, op, chosen or _variables(comparer, right), bool(chosen))


def _in_some(comparer: Comparer, left: Tree, right: Tree, op: str, variables: Sequence[str], named: bool) -> Outcome:
    """The outcome for the first variable for which it holds; where the text names none, one that is sooner meant must not deny it."""
    from derive.judge.pairs import Outcome

    ranks = {} if named else _ranks(comparer, left, right)
    variables = [v for v in variables if v in ranks] or variables  # no sizes
    refuted: list[str] = []
    outcomes: list[Outcome] = []
    for variable in sorted(variables, key=lambda v: ranks.get(v, LEAST))[:MOST]:
        outcome = _constant_in(comparer, left, right, op, variable)
        if outcome.status in ACCEPTED:
            meant = [v for v in refuted if _before(ranks, v, variable)]
            if meant and not named:
                message = f"it holds as a function of {variable} and fails as one of {meant[0]}: say which is meant"
                return Outcome(UNDECIDED, message=message)
            kind = "factor" if op == "propto" else "term"
            return outcome._replace(message=f"equal up to a constant {kind} in {variable}")
        refuted += [variable] if outcome.status == REFUTED else []
        outcomes.append(outcome)
    if not outcomes:
        return Outcome(UNDECIDED, message="no variable is named in which this is constant")
    return outcomes[0] if named else max(outcomes, key=lambda o: GRADES.index(o.status))


def _ranks(comparer: Comparer, left: Tree, right: Tree) -> dict[str, int]:
    """Which variables a constant is sooner meant to be constant in: vectors, matrices, numbers, positive numbers."""
    from derive.judge.steps import TROUBLE

    try:
        symbols = comparer.typist.typed([left, right]).symbols
    except TROUBLE:
        return {}
    orders = {s.name: (LEAST - 1, 0, 1)[min(s.type.order, 2)] for s in symbols}
    return orders | {s.name: LEAST for s in symbols if not s.type.order and "positive" in s.properties}


def _before(ranks: Mapping[str, int], one: str, other: str) -> bool:
    """Whether one variable is sooner meant than another; of two numbers either may be a parameter."""
    rank = ranks.get(other, LEAST)
    return ranks.get(one, LEAST) < rank or rank >= LEAST - 1


def _constant_in(comparer: Comparer, left: Tree, right: Tree, op: str, variable: str) -> Outcome:
    """Whether the difference, or the ratio, does not depend on one variable."""
    outcome = comparer.compared(*_derived(left, right, op, variable))
    prepared = comparer.typist.prepared
    sides = [inlined(side, prepared.definitions) for side in (left, right)]
    of_one_piece = whole(prepared.declared, variable) and connected(sides, variable, prepared.declared)
    if outcome.status in ACCEPTED and not of_one_piece:
        outcome = _at_two_points(comparer, sides, op, variable) or outcome
    if outcome.status in ACCEPTED and op == "propto":
        outcome = _unless_zero(comparer, left, right) or outcome
    return outcome


def inlined(tree: Tree, definitions: Mapping[str, Tree]) -> Tree:
    """The tree with the names that are defined written out."""
    for _ in definitions:
        if definitions.keys().isdisjoint(names_in(tree)):
            break
        tree = substituted(tree, definitions)
    return tree


def whole(declared: Sequence[Declared], variable: str) -> bool:
    """Whether the values that a variable may have are of one piece, as orthogonal matrices of determinant 1 and -1 are not."""
    return not any(set(d.properties) - ONE_PIECE or d.kind in PLACES for d in declared if d.name == variable)


def connected(functions: Sequence[Tree], variable: str, declared: Sequence[Declared]) -> bool:
    """Whether functions of a variable are continuous on one piece, where a derivative that vanishes leaves no choice: no jumps and no poles.

    What does not mention the variable is a constant, whatever it is made of.
    """
    positive = frozenset(d.name for d in declared if "positive" in d.properties and d.kind != "matrix")
    return all(_is_continuous(n, variable, positive) for f in functions for n in f.walk() if variable in names_in(n))


def _is_continuous(node: Tree, variable: str, positive: frozenset[str]) -> bool:
    """Whether the operation at a node is defined and continuous for all values of what it is applied to, or for positive ones where they are."""
    match node.head:
        case "call":
            known = REGISTRY.get(str(node.data))  # an undefined function is smooth
            of_positive = known is not None and known.name in OF_POSITIVE and _is_positive(node.args[0], positive)
            return known is None or known.name in SMOOTH or of_positive
        case "pow" | "hpow":
            exponent = node.args[1]
            whole_power = exponent.head == "number" and isinstance(exponent.data, int) and exponent.data >= 0
            return whole_power or (_is_positive(node.args[0], positive) and not _may_be_matrix(node))
        case "div" | "hdiv":
            return variable not in names_in(node.args[1]) or _is_positive(node.args[1], positive)
    return node.head in SHAPING


def _is_positive(node: Tree, positive: frozenset[str]) -> bool:
    """Whether every entry is > 0, as far as the form shows it."""
    from numbers import Rational

    match node.head:
        case "number":
            return isinstance(node.data, Rational) and node.data > 0
        case "name":
            return node.data in positive or node.data == "pi"
        case "call":
            known = REGISTRY.get(str(node.data))
            return known is not None and (
                known.name in POSITIVE
                or (known.name in ("sqrt", "sum") and len(node.args) == 1 and _is_positive(node.args[0], positive))
            )
        case "add" | "mul" | "hadamard" | "div" | "hdiv":
            return all(_is_positive(a, positive) for a in node.args)
        case "pow" | "hpow":
            return _is_positive(node.args[0], positive) and not _may_be_matrix(node)
    return False


def _may_be_matrix(power: Tree) -> bool:
    """Whether a power may be one of a matrix, which need not exist, and has no sign."""
    return power.head == "pow" and any(name[0].isupper() for name in names_in(power.args[0]))


def _at_two_points(comparer: Comparer, sides: Sequence[Tree], op: str, variable: str) -> Outcome | None:
    """`f(x) - g(x) == f(z) - g(z)`, or `f(x) g(z) == f(z) g(x)`, where that is not proved: the constant of one piece need not be that of another."""
    from derive.judge.pairs import Comparer as Other
    from derive.judge.pairs import Outcome
    from derive.judge.steps import Typist

    left, right = sides
    prepared = comparer.typist.prepared
    used = {d.name for d in prepared.declared} | names_in(left) | names_in(right)
    other = next(f"{variable}{k}" for k in range(1, 99) if f"{variable}{k}" not in used)
    alike = _declaration(comparer, left, right, variable)
    if alike is None:
        return Outcome(UNDECIDED, message=f"whether the constant is the same for all {variable} is not known")
    others = [d for d in prepared.declared if d.name != variable]
    there = {variable: Tree("name", (), other)}
    f, g = substituted(left, there), substituted(right, there)
    pair = (Tree("mul", (left, g)), Tree("mul", (f, right))) if op == "propto" else _gaps(left, right, f, g)
    changed = prepared._replace(declared=(*others, alike, alike._replace(name=other)))
    typist = Typist(changed, comparer.typist.source, comparer.typist.guesses)
    found = Other(typist, comparer.seed, comparer.deadline).compared(*pair)
    if found.status not in (PROVED, CONSISTENT, REFUTED):
        return found._replace(status=UNDECIDED)
    return None if found.status == PROVED else found


def _declaration(comparer: Comparer, left: Tree, right: Tree, variable: str) -> Declared | None:
    """What is declared of a variable, or was inferred; None where its sizes have no names."""
    from derive.syntax import Declared

    declared = next((d for d in comparer.typist.prepared.declared if d.name == variable), None)
    if declared is not None:
        return declared
    symbols = comparer.typist.typed([left, right]).symbols
    symbol = next((s for s in symbols if s.name == variable), None)
    if symbol is None or any(z.name is None for z in symbol.type.shape):
        return None
    sizes = tuple([Tree("name", (), str(z.name)) for z in symbol.type.shape])
    return Declared(variable, ("scalar", "vector", "matrix")[len(sizes)], sizes) if len(sizes) < 3 else None


def _unless_zero(comparer: Comparer, left: Tree, right: Tree) -> Outcome | None:
    """The outcome of `f == g` where g is 0 everywhere: what is proportional to nothing is nothing."""
    zero = Tree("mul", (Tree("number", (), 0), right))
    vanishes = comparer.compared(right, zero)
    if vanishes.status not in ACCEPTED:
        return None
    return comparer.compared(left, right)


def _gaps(left: Tree, right: Tree, f: Tree, g: Tree) -> tuple[Tree, Tree]:
    return Tree("sub", (left, right), None, left.span), Tree("sub", (f, g), None, left.span)


def _undecided(order: int) -> Outcome:
    from derive.judge.pairs import Outcome

    return Outcome(UNDECIDED, message=f"proportional tensors of order {order} are not checked")


def _without_constant(tree: Tree) -> Tree | None:
    """A side without its `const`; None where that is no term of the side."""

    def dropped(node: Tree) -> Tree:
        if node.head in ("add", "sub") and node.args[1].head == "name" and node.args[1].data == CONSTANT:
            return node.args[0]
        if node.head == "add" and node.args[0].head == "name" and node.args[0].data == CONSTANT:
            return node.args[1]
        return node

    if tree.head == "name" and tree.data == CONSTANT:
        return Tree("number", (), 0, tree.span)
    other = rebuilt(tree, dropped)
    return None if CONSTANT in names_in(other) else other


def _order(comparer: Comparer, tree: Tree) -> int:
    from derive.judge.steps import TROUBLE

    try:
        return comparer.typist.typed([tree]).terms[0].type.order
    except TROUBLE:
        return 0


def _outer(left: Tree, right: Tree) -> Tree:
    return Tree("mul", (left, Tree("transpose", (right,), None, right.span)), None, left.span)


def _derived(left: Tree, right: Tree, op: str, variable: str) -> tuple[Tree, Tree]:
    """Both sides of the equation that says that the difference, or the ratio, does not depend on a variable."""
    x = Tree("name", (), variable)
    if op != "propto":
        return Tree("derivative", (left, x), "d", left.span), Tree("derivative", (right, x), "d", right.span)
    f, g = Tree("derivative", (left, x), "d", left.span), Tree("derivative", (right, x), "d", right.span)
    return Tree("mul", (f, right), None, left.span), Tree("mul", (left, g), None, right.span)


def _variables(comparer: Comparer, right: Tree) -> list[str]:
    """Variables of the right side, vectors first: those the constant can be constant in."""
    declared = {d.name: d for d in comparer.typist.prepared.declared}
    inside = [n for n in dict.fromkeys(str(n.data) for n in right.walk() if n.head == "name") if n != CONSTANT]
    bound = right.bound()
    inside = [n for n in inside if n not in comparer.typist.prepared.definitions and n not in bound]
    loose = [n for n in inside if n in declared or n not in ("I", "pi")]
    return sorted(loose, key=lambda n: (n not in comparer.typist.prepared.unknown, n[0].isupper()))
