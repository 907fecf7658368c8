"""The derivation of an answer, line by line: `d(f) = 2*r'*d(X*w - y) = 2*r'*X*dw`, and the coefficient read off at the end.

One idea: the lines are the run of `derive.engine.differential` that finds the answer, written down: after each replacement df is a sum of
coefficients times differentials. No second algorithm makes them, so they cannot end elsewhere. Every line is held against
difference quotients before it leaves (see `derive.numeric.lines`); this module knows no rule but the names of the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from derive.engine.differential import Replaced
from derive.engine.expr import Apply, Node, Prod, Sum, Sym, Undef
from derive.engine.normal import normalise
from derive.engine.simplify import simplify
from derive.matrixform.factoring import gather
from derive.matrixform.form import Writer
from derive.matrixform.part import NeedsIndices, Part, added, chain_tree, flipped
from derive.term import Symbol, Type
from derive.tree import Tree, name


class Rule(NamedTuple):
    """Why a line follows from the one before."""

    name: str
    formula: str
    reference: str = ""


class Line(NamedTuple):
    """One line: df as a tree over placeholders, and the node whose differential each placeholder stands for."""

    tree: Tree
    parts: tuple[tuple[str, Node], ...]
    rule: Rule


class Step(NamedTuple):
    """A line as it is shown, `left == right` in plain notation and LaTeX, with its rule; `minor` if it only rearranges."""

    left: str
    right: str
    left_latex: str
    right_latex: str
    why: Rule
    minor: bool

    @property
    def text(self) -> str:
        return f"{self.left} == {self.right}"

    @property
    def latex(self) -> str:
        return f"{self.left_latex} = {self.right_latex}"

    @property
    def rule(self) -> str:
        return self.why.name

    @property
    def formula(self) -> str:
        return self.why.formula

    @property
    def reference(self) -> str:
        return self.why.reference

    def to_dict(self) -> dict[str, object]:
        return {
            "text": self.text,
            "latex": self.latex,
            "rule": self.rule,
            "formula": self.formula,
            "reference": self.reference,
            "minor": self.minor,
        }


def lines(f: Node, run: Sequence[Replaced], writer: Writer) -> list[Line]:
    """The run as lines; what would repeat the line before is left out."""
    out: list[Line] = []
    for number, replaced in enumerate(run):
        parts: list[tuple[str, Node]] = []
        terms: list[Part] = []
        for k, (node, coefficient) in enumerate(replaced.frontier):
            hole = f"d_{number}_{k}"
            parts.append((hole, node))
            terms.append(_term(writer, f, simplify(normalise(coefficient)), node, hole, len(replaced.frontier) == 1))
        tree = added(gather(terms) if len(terms) > 1 else terms)
        shown = (_shown(tree, parts, writer),)
        if not out or shown != (_shown(out[-1].tree, out[-1].parts, writer),):
            out.append(Line(tree, tuple(parts), rule_of(replaced.node)))
    return out


def _term(writer: Writer, f: Node, coefficient: Node, node: Node, hole: str, alone: bool) -> Part:
    """`⟨G, du⟩`: G du for scalars, G'du for vectors, tr(G'du) for matrices; for tensor-valued f the contraction."""
    own = tuple(range(len(node.shape)))
    placeholder = Sym(Symbol(hole, Type(node.shape)))
    try:
        if not f.shape and len(own) <= 2:
            part = writer.part(coefficient)
            if not own:
                return Part(part.coef, (*part.over, name(hole)), part.under, ())
            chain = (*flipped(part.chain), writer.link(placeholder))
            if len(own) == 2:
                return Part(part.coef, (*part.over, _trace(chain_tree(chain))), part.under, ())
            if alone:
                return Part(part.coef, part.over, part.under, chain)
            return Part(part.coef, (*part.over, chain_tree(chain)), part.under, ())
    except NeedsIndices:
        pass
    lead = len(f.shape)
    dims = coefficient.shape
    axes = tuple(range(len(dims)))
    product = Prod(1, ((coefficient, axes, 1), (placeholder, axes[lead:], 1)), axes[:lead], dims)
    made = normalise(product)
    try:
        return writer.part(made)
    except NeedsIndices:
        return Part(1, (writer.tree(made),), (), ())


def _trace(inner: Tree) -> Tree:
    return Tree("call", (inner,), "tr")


def shown(line: Line, writer: Writer) -> Tree:
    """The line with every placeholder written as the differential that it stands for: `d(X*w - y)`, `dw`."""
    return _shown(line.tree, line.parts, writer)


def _shown(tree: Tree, parts: Sequence[tuple[str, Node]], writer: Writer) -> Tree:
    meaning = {hole: differential_of(node, writer) for hole, node in parts}
    done: dict[Tree, Tree] = {}

    def put(t: Tree) -> Tree:
        if t.head == "name":
            return meaning.get(str(t.data), t)
        if t not in done:
            args = tuple([put(a) for a in t.args])
            done[t] = t if args == t.args else Tree(t.head, args, t.data)
        return done[t]

    return put(tree)


def differential_of(node: Node, writer: Writer) -> Tree:
    """`dx` of a variable, `d(…)` of anything else."""
    if isinstance(node, Sym):
        return name("d" + node.symbol.name)
    return Tree("differential", (writer.tree(node),))


def rule_of(node: Node) -> Rule:
    """The rule by which the differential of this node was replaced."""
    match node:
        case Sum():
            return Rule("sum rule", "d(a + b) = da + db; what is constant drops out", "Magnus & Neudecker 2019, 8.2")
        case Undef():
            f = repr(node.function)
            dot = ".*" if node.function.elementwise else "'*"
            return Rule("chain rule", f"d({f}(u)) = {f}'(u){dot}du", "Magnus & Neudecker 2019, 5.9")
        case Apply() if node.op.meaning == "elementwise":
            first = node.op.derivative[0] if node.op.derivative else ""
            call = f"{node.op.name}({', '.join(node.op.parameters)})"
            return Rule(
                "chain rule", f"d({call}) = ({first}).*d{node.op.parameters[0]}, entry by entry", node.op.reference
            )
        case Apply():
            call = f"{node.op.name}({', '.join(node.op.parameters)})"
            formula = node.op.differential.replace("R", call) if node.op.differential else "its declared adjoint"
            return Rule(f"differential of {node.op.name}", f"d({call}) = {formula}", node.op.reference)
        case Prod():
            return _product_rule(node)
    return Rule("identity", "")


def _product_rule(node: Prod) -> Rule:
    reference = "Magnus & Neudecker 2019, 8.2"
    powers = [(b, e) for b, _, e in node.factors if e != 1]
    if len(node.factors) == 1 and powers:
        if powers[0][1] == 2 and not node.out and node.dims:
            return Rule("square of a norm", "d(norm2(u)^2) = 2*u'*du", reference)
        return Rule("power rule", "d(u^p) = p*u^(p-1)*du", reference)
    if len(node.factors) == 1 and not powers:
        return Rule("linearity", "d(tr(X)) = tr(dX), d(X') = dX', d(c*X) = c*dX", reference)
    if any(e < 0 for _, e in powers):
        return Rule("quotient and product rule", "d(u/v) = du/v - u*dv/v^2", reference)
    return Rule("product rule", "d(A*B) = dA*B + A*dB; constants move out", reference)
