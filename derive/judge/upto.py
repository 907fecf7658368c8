r"""Equal up to a constant: `f == g + const`, and up to a factor: `f \propto g`.

One idea: the difference does not depend on a variable when its derivative by it vanishes, and two numbers have a constant ratio when `f'*g == f*g'`; two
vectors or matrices are proportional when every pair of entries is. Which variable is meant is said by the text, where it does; else it is the first on which
the right side depends and for which it holds, and the result says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from derive.document.trees import names_in, rebuilt, substituted
from derive.judge.verdict import ACCEPTED, CONSISTENT, GRADES, NOT_UNDERSTOOD, PROVED, REFUTED, UNDECIDED
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.judge.pairs import Comparer, Outcome

CONSTANT = "const"
BROKEN = frozenset(
    "abs sign step relu leaky_relu elu max min floor mod sort rank norm1 norminf normmax sqrt log log2 logdet tan gamma lgamma digamma inv pinv eig sv lmax lmin "
    "nucnorm opnorm2 opnorm1 opnorminf specrad eigi evec evecs arcsin arccos".split()
)
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
        return comparer.compared(_outer(left, right), _outer(right, left)) if order == 1 else _undecided(order)
    variables = [v for v in named if v in names_in(right)] or _variables(comparer, right)
    outcomes = []
    for variable in variables[:MOST]:
        outcome = comparer.compared(*_derived(left, right, op, variable))
        if outcome.status in ACCEPTED and not _connected(left, right):
            outcome = _at_two_points(comparer, left, right, op, variable) or outcome
        if outcome.status in ACCEPTED:
            return outcome._replace(
                message=f"equal up to a constant {'factor' if op == 'propto' else 'term'} in {variable}"
            )
        outcomes.append(outcome)
    if not outcomes:
        return Outcome(UNDECIDED, message="no variable is named in which this is constant")
    if named or all(o.status == outcomes[0].status for o in outcomes):
        return outcomes[0]
    return (
        max(outcomes, key=lambda o: GRADES.index(o.status))
        if len({o.status for o in outcomes} - {PROVED, CONSISTENT})
        else outcomes[0]
    )


def _connected(left: Tree, right: Tree) -> bool:
    """Whether both sides are smooth on one piece, where a derivative that vanishes leaves no choice: no jumps, kinks or poles."""
    return not any(
        (n.head == "call" and n.data in BROKEN)
        or n.head in ("abs", "floor", "ceil", "div", "inv")
        or (n.head == "pow" and not (n.args[1].head == "number" and isinstance(n.args[1].data, int)))
        for t in (left, right)
        for n in t.walk()
    )


def _at_two_points(comparer: Comparer, left: Tree, right: Tree, op: str, variable: str) -> Outcome | None:
    """`f(x) - g(x) == f(z) - g(z)`, or `f(x) g(z) == f(z) g(x)`, where that is refuted or not proved: the constant of one piece need not be that of another."""
    from derive.judge.pairs import Comparer as Other
    from derive.judge.steps import Typist

    prepared = comparer.typist.prepared
    used = {d.name for d in prepared.declared} | names_in(left) | names_in(right)
    other = next(f"{variable}{k}" for k in range(1, 99) if f"{variable}{k}" not in used)
    twins = [d._replace(name=other) for d in prepared.declared if d.name == variable]
    if not twins or variable in prepared.definitions:
        return None
    there = {variable: Tree("name", (), other)}
    f, g = substituted(left, there), substituted(right, there)
    pair = (Tree("mul", (left, g)), Tree("mul", (f, right))) if op == "propto" else _gaps(left, right, f, g)
    changed = prepared._replace(declared=(*prepared.declared, *twins))
    typist = Typist(changed, comparer.typist.source, comparer.typist.guesses)
    found = Other(typist, comparer.seed, comparer.deadline).compared(*pair)
    return found if found.status in (REFUTED, CONSISTENT) else None


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
    inside = [n for n in inside if n not in comparer.typist.prepared.definitions]
    loose = [n for n in inside if n in declared or n not in ("I", "pi")]
    return sorted(loose, key=lambda n: (n not in comparer.typist.prepared.unknown, n[0].isupper()))
