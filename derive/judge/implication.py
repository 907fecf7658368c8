r"""Equation ⟹ equation: `A == B ==> C == D`, and derivations that solve an equation line by line.

One idea: an equation follows when it holds wherever the premise holds: it is refuted at a solution of the premise where it fails. It is proved when
`C - D` is `A - B` times something: a number, a factor that is written in one of the equations or its inverse, from the left or from the right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.document.story import Line
from derive.document.trees import names_in
from derive.judge.chain import LIMIT, Step
from derive.judge.pairs import Comparer, Outcome
from derive.judge.report_data import BACK, FOLLOWS
from derive.judge.steps import TROUBLE
from derive.judge.verdict import ACCEPTED, ILL_SHAPED, REFUTED, UNDECIDED
from derive.proof.kernel import Proof, prove_equal
from derive.tree import Tree

WRONG = (REFUTED, ILL_SHAPED)
MOST = 90  # multiples that are tried
MOST_FACTORS = 12
MINUS_ONE = (Tree("number", (), -1), Tree("neg", (Tree("number", (), 1),)))
FACTORS = ("name", "transpose", "index", "add", "sub", "sum")
INVERTIBLE = frozenset(("invertible", "pd", "orthogonal"))
NONZERO = frozenset(("positive", "negative", "nonzero"))  # entry by entry: it makes a number invertible, and no matrix


def equations(comparer: Comparer, lines: Sequence[Line]) -> list[Step]:
    """The steps of equations that follow from the first one; the first itself is a premise and no step."""
    trees = [(line, comparer.typist.prepared.tree(line.tree)) for line in lines if line.tree is not None]
    line, first = trees[0]
    origin = None if line.origin is None else comparer.typist.prepared.tree(line.origin)
    finding = comparer.typist.trouble([first])
    if finding is not None and origin is not None and comparer.typist.trouble([origin]) is None:
        return _Solving(comparer, origin).judged(trees[1:])  # the line itself is a step of the chain that it ends
    if finding is not None:
        steps = [Step(line, first, None, comparer.misfit(finding, first))]
        return steps + equations(comparer, [one for one, _ in trees[1:]]) if len(trees) > 1 else steps
    return _Solving(comparer, first, origin).judged(trees[1:])


class _Solving:
    """A position in the solution of an equation."""

    def __init__(self, comparer: Comparer, first: Tree, origin: Tree | None = None) -> None:
        self.comparer = comparer
        self.first = first
        self.origin = origin  # what the first line should say, where that was computed
        self.before = first  # the last line that is right
        self.wrong: Tree | None = None
        self.erred = False

    def judged(self, trees: Sequence[tuple[Line, Tree]]) -> list[Step]:
        return [self._step(line, tree)._replace(first=self.first) for line, tree in trees]

    def _step(self, line: Line, tree: Tree) -> Step:
        if self.comparer.late():
            return Step(line, tree, None, Outcome(UNDECIDED, message=LIMIT), code="limit")
        if tree.head != "relation" or tree.data != ("==",):
            return Step(
                line,
                tree,
                self.before,
                Outcome(UNDECIDED, message="only equations are checked here"),
                code="not-checked",
            )
        finding = self.comparer.typist.trouble([tree])
        if finding is not None:
            self.erred = True
            return Step(line, tree, self.before, self.comparer.misfit(finding, tree))
        outcome = self.follows(tree, [self.before, self.first])
        before = self.before
        if outcome.status in ACCEPTED:
            after = BACK if self.erred else None
            self.before, self.erred, self.wrong = tree, False, None
            return Step(line, tree, before, outcome, after)
        if outcome.status not in WRONG:
            return Step(line, tree, before, outcome)
        if self.origin is not None and self.origin != self.first:
            truly = self.follows(tree, [self.origin])
            if truly.status in ACCEPTED:
                before, self.first, self.before = self.origin, self.origin, tree
                self.origin, self.erred, self.wrong = None, False, None
                return Step(line, tree, before, truly, BACK)
        if self.wrong is not None:
            later = self.follows(tree, [self.wrong])
            if later.status in ACCEPTED:
                before, self.wrong = self.wrong, tree
                return Step(line, tree, before, later, FOLLOWS)
        self.erred, self.wrong = True, tree
        return Step(line, tree, before, outcome)

    def follows(self, tree: Tree, premises: Sequence[Tree]) -> Outcome:
        """Whether an equation holds wherever the last of these premises does; the others serve the proof."""
        return self.comparer.implied(tree, premises[-1:], premises)


def multiple(comparer: Comparer, tree: Tree, premises: Sequence[Tree]) -> Proof | None:
    """A proof that the gap of an equation is that of one of the premises times a factor; None where none is found.

    A factor is inverted only where an equation inverts it, or its declaration says that it may be: `x*y == 0` does not give `x == 0`.
    """
    invertible = {
        d.name
        for d in comparer.typist.prepared.declared
        if set(d.properties) & (INVERTIBLE | NONZERO if d.kind == "scalar" else INVERTIBLE)
    }
    for premise in premises:
        for factored in _candidates(tree, premise, invertible):
            proof = _proved(comparer, gap(tree), factored)
            if proof is not None:
                return proof._replace(method=f"it is the premise multiplied: {proof.method}")
    return None


def gap(tree: Tree) -> Tree:
    """`A - B` of `A == B`."""
    left, right = tree.args
    if right.head == "number" and right.data == 0:
        return left
    return Tree("sub", (left, right), None, tree.span)


def _candidates(tree: Tree, premise: Tree, invertible: set[str]) -> Iterator[Tree]:
    """The gap of the premise times factors, likely ones first."""
    base = gap(premise)
    one = Tree("number", (), 1)
    for number in (
        one,
        Tree("neg", (one,)),
        _fraction(1, 2),
        _fraction(-1, 2),
        Tree("number", (), 2),
        Tree("number", (), -2),
    ):
        yield base if number is one else Tree("mul", (number, base))
    made = _multiplied(tree, premise, base, invertible)
    yield from (candidate for _, candidate in zip(range(MOST), made, strict=False))


def _multiplied(tree: Tree, premise: Tree, base: Tree, invertible: set[str]) -> Iterator[Tree]:
    """The gap multiplied from the left and the right, by factors and by the inverses of those that have one."""
    factors, inverted = _factors(tree, premise)
    for factor in factors:
        sure = factor in inverted or (factor.head == "name" and factor.data in invertible)
        inverse = Tree("pow", (factor, Tree("number", (), -1)))
        for one in (factor, inverse) if sure else (factor,):
            for signed in (one, Tree("neg", (one,))):
                yield Tree("mul", (signed, base))
                yield Tree("mul", (base, signed))
        if sure:
            yield Tree("div", (base, factor))
            yield Tree("neg", (Tree("div", (base, factor)),))


def _fraction(above: int, below: int) -> Tree:
    from fractions import Fraction

    return Tree("number", (), Fraction(above, below))


def _factors(*trees: Tree) -> tuple[list[Tree], set[Tree]]:
    """What stands as a factor or a denominator, or is inverted, in the equations; and which of it is inverted or divided by."""
    found: dict[Tree, None] = {}
    inverted: set[Tree] = set()
    for tree in trees:
        for node in tree.walk():
            if node.head == "pow" and node.args[1] in MINUS_ONE:
                inverted.add(node.args[0])
            elif node.head == "div" and node.args[1].head != "number":
                inverted.add(node.args[1])
            elif node.head == "mul":
                found.update(dict.fromkeys(a for a in node.args if a.head in FACTORS))
    bound = {n for t in trees for n in t.bound()}
    every = [*dict.fromkeys((*sorted(inverted, key=repr), *found))]
    return [f for f in every if not names_in(f) & bound or f.head == "sum"][:MOST_FACTORS], inverted


def _proved(comparer: Comparer, left: Tree, right: Tree) -> Proof | None:
    relation = Tree("relation", (left, right), ("==",), left.span)
    try:
        fitted = comparer.typist.fitted([relation], alone=True)
    except TROUBLE:
        return None
    claim = fitted.claims[0]
    if claim is None or claim.right is None or not comparer.holds_once(fitted, claim):
        return None
    return prove_equal(claim.left, claim.right, fitted.indices)
