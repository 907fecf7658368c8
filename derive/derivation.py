"""The steps of an answer: the run that finds it, written down and checked line by line.

One idea: the lines come from `derive.engine.differential` itself (see `derive.steps`); here they are read back as their reader would, and held
against difference quotients, before they leave.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.engine.axes import without_ones
from derive.engine.differential import Replaced, derivatives
from derive.engine.expr import Node, Sym
from derive.engine.lower import lower
from derive.engine.simplify import simplify
from derive.engine.structured import free_of
from derive.infer.complexes import is_complex
from derive.matrixform.form import Writer
from derive.printing import latex
from derive.printing import text as plain
from derive.question import Question, components_of
from derive.steps import Line, Rule, Step, lines, shown
from derive.syntax import parse
from derive.term import Symbol, Term, Type
from derive.tree import Tree


class Derivation:
    """The steps of an answer: the run that finds it, written down and checked line by line."""

    def __init__(self, question: Question, answer: Tree) -> None:
        self.question = question
        self.answer = answer
        self.writer = Writer(question.taken())

    def steps(self) -> tuple[Step, ...]:
        """Raises OurBug when a line does not hold."""
        q = self.question
        if q.target.wirtinger:
            return (self._by_definition(),)
        free = {s: free_of(s) for s in q.target.symbols}
        targets = [Sym(s) for s in free.values()]
        out: list[Step] = []
        components = components_of(q.term) or (q.term,)
        for component in components:
            f = without_ones(lower(component, free))
            for _ in range(q.wanted.order if len(targets) == 1 else 1):
                run: list[Replaced] = []
                found = derivatives(f, targets, run)
                out += self._written(f, self._left(f, components, out), lines(f, run, self.writer), list(free.values()))
                f = simplify(found[0])
        out.append(self._read_off())
        return tuple(out)

    def _by_definition(self) -> Step:
        """A derivative by a complex variable, its conjugate or a part of it, in one step."""
        q = self.question
        left = Tree("derivative", (q.tree, parse(q.target.symbols[0].name)), q.target.wirtinger)
        rule = Rule(
            "Wirtinger derivative", "z and conj(z) move apart from each other", "Hjørungnes & Gesbert 2007, theorem 1"
        )
        return Step(plain(left), plain(self.answer), latex(left), latex(self.answer), rule, False)

    def _left(self, f: Node, components: Sequence[Term], before: Sequence[Step]) -> Tree:
        """What the differential is of: as its author wrote it, where this is the whole expression."""
        own = self.question.tree
        whole = len(components) == 1 and not before and own.head != "where"
        return Tree("differential", (own if whole else self.writer.tree(f),))

    def _written(self, f: Node, left: Tree, written: Sequence[Line], targets: Sequence[Symbol]) -> list[Step]:
        steps = []
        for line in written:
            self._hold(f, line, targets)
            minor = line.rule.name in ("sum rule", "linearity")
            right = shown(line, self.writer)
            steps.append(Step(plain(left), plain(right), latex(left), latex(right), line.rule, minor))
        return steps

    def _hold(self, f: Node, line: Line, targets: Sequence[Symbol]) -> None:
        """Read the line back and hold it against difference quotients."""
        from derive.numeric.lines import line_holds

        q = self.question
        words = ("complex",) if is_complex(q.term) else ()
        holes = [Symbol(hole, Type(node.shape), words) for hole, node in line.parts]
        text = plain(line.tree)
        term = q.reread(text, holes)
        parts = {hole: q.reread(plain(self.writer.tree(node))) for hole, node in line.parts}
        if not line_holds(q.reread(plain(self.writer.tree(f))), term, parts, targets):
            raise q.bug("a line of the derivation does not hold", text)

    def _read_off(self) -> Step:
        """The coefficient of the differentials is the derivative."""
        q = self.question
        kind = q.wanted.kind if q.wanted.kind != "derivative" else "jac"
        call = {"gradient": "grad", "jacobian": "jac", "hessian": "hess"}.get(kind, "jac")
        target = parse(q.target.text) if len(q.target.symbols) == 1 else _listed(q.target.symbols)
        left = Tree("call", (q.tree if q.tree.head != "where" else q.tree.args[0], target), call)
        formula = "df = tr(G'*dX) for all dX says that G is the derivative"
        name = "identification" if q.wanted.order == 1 else "second identification"
        rule = Rule(name, formula, "Magnus & Neudecker 2019, 5.5 and 6.6")
        return Step(plain(left), plain(self.answer), latex(left), latex(self.answer), rule, False)


def _listed(symbols: Sequence[Symbol]) -> Tree:
    return Tree("block", tuple([Tree("name", (), s.name) for s in symbols]), (1,) * len(symbols))
