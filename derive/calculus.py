"""Gradients, Jacobians, Hessians: from the user's text to a checked answer.

One idea: an answer is withheld until two things that share no rule with the engine agree with it: its printed text is
read back, and differences of the function itself, in ball arithmetic, agree with the text that was read back. This module only leads the way through the
passes; it holds no rule, and does not know how anything is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from derive.answer import Given, Result, Wanted
from derive.differential import Replaced, derivatives
from derive.expr import Node, Prod, Sym, permuted, postorder, view
from derive.finding import DomainError, Finding, Label, LanguageError, LimitError, OurBug
from derive.infer import infer
from derive.lifting import lift
from derive.lower import lower
from derive.matrixform.form import Writer
from derive.matrixform.naming import named
from derive.normal import SYMMETRIC, normalise
from derive.printing import latex
from derive.printing import text as plain
from derive.selectors import selector
from derive.simplify import simplify
from derive.sizes import ONE, Size
from derive.source import Source
from derive.steps import Line, Rule, Step, lines, shown
from derive.syntax import Declared, parse, parse_declarations
from derive.targets import Target, choose, whole
from derive.term import Symbol, Term, Type
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer import Typed


def gradient(
    expression: Any, wrt: Any = None, given: str = "", *, layout: str = "numerator", check: bool = True
) -> Result:
    """∂f/∂x of a scalar f, in the shape of x.

    Raises LanguageError for text that cannot be read or typed or a non-scalar f, DomainError when no point lies in the domain,
    OurBug when the answer fails its own check. Source: Magnus & Neudecker 2019, ch. 9.
    """
    return _derive(Wanted("gradient", 1, layout, check), expression, wrt, given)


def jacobian(
    expression: Any, wrt: Any = None, given: str = "", *, layout: str = "numerator", check: bool = True
) -> Result:
    """∂f/∂x with the axes of f followed by the axes of x: m×n for vectors (numerator layout). Raises as `gradient`."""
    return _derive(Wanted("jacobian", 1, layout, check), expression, wrt, given)


def hessian(
    expression: Any, wrt: Any = None, given: str = "", *, layout: str = "numerator", check: bool = True
) -> Result:
    """∂²f/∂x∂x of a scalar f, with the axes of x twice. Raises as `gradient`. Source: Magnus & Neudecker 2019, ch. 10."""
    return _derive(Wanted("hessian", 2, layout, check), expression, wrt, given)


def derivative(
    expression: Any, wrt: Any = None, given: str = "", *, order: int = 1, layout: str = "numerator", check: bool = True
) -> Result:
    """The derivative of any order: the axes of f, then the axes of x `order` times. Raises as `gradient`; ValueError
    for an order outside 1 to 4.
    """
    if not 1 <= order <= 4:
        raise ValueError(f"order is {order}; it must be 1, 2, 3 or 4")
    return _derive(Wanted("derivative", order, layout, check), expression, wrt, given)


def _derive(wanted: Wanted, expression: Any, wrt: Any, given: str) -> Result:
    if wanted.layout not in ("numerator", "denominator"):
        raise ValueError(f"layout is {wanted.layout!r}; it must be 'numerator' or 'denominator'")
    try:
        return _Derivation(wanted, expression, wrt, given).result()
    except RecursionError:
        source = Source(str(expression))
        if len(source.text) < 300:  # nothing so short is deep
            raise OurBug(Finding("our-bug", "the derivation does not end", source, (whole(source),))) from None
        message = "the expression is nested too deeply for this program"
        raise LimitError(Finding("too-deep", message, source, (whole(source),))) from None
    except ZeroDivisionError:
        source = Source(str(expression))
        message = "the expression divides by zero"
        raise DomainError(Finding("division-by-zero", message, source, (whole(source),))) from None


class _Derivation:
    """One question on its way to the answer."""

    def __init__(self, wanted: Wanted, expression: Any, wrt: Any, given: str) -> None:
        self.wanted = wanted
        tree, text, known, self.objects = _read(expression)
        self.source = Source(text)
        declared = parse_declarations(given) if given.strip() else ()
        declared = (*[d for d in known if d.name not in {g.name for g in declared}], *declared)
        variables = frozenset(d.name for d in declared if d.kind not in ("elementwise", "function"))
        self.tree = tree if tree is not None else parse(text, names=variables)
        self.indices = tuple([d for d in declared if d.kind == "index"])
        self.typed: Typed = infer([self.tree], declared, source=self.source)
        self.term: Term = self.typed.terms[0]
        self.notes: list[str] = list(self.typed.notes)
        self.target: Target = choose(wrt, self.typed, self.source, [d.name for d in self.indices])

    def result(self) -> Result:
        self._demand_scalar()
        tree = self._answer()
        text = plain(tree)
        answer = _Answer(self, tree, text)
        validation = answer.validated() if self.wanted.check else None
        return Result(
            kind=self.wanted.kind,
            order=self.wanted.order,
            layout=self.wanted.layout,
            wrt=self.target.text,
            expression=self.source.text,
            tree=tree,
            text=text,
            symbols=self.typed.symbols,
            given=tuple([Given.of(s) for s in self.typed.symbols]),
            notes=tuple(self.notes),
            validation=validation,
            read_back=answer.term,
            steps=lambda: Derivation(self, tree).steps(),
            objects=self.objects,
        )

    def _demand_scalar(self) -> None:
        shape = tuple([s for s in self.term.type.shape if s != ONE])
        if shape and self.wanted.kind in ("gradient", "hessian"):
            label = Label(self.tree.span, f"this is {self.term.type}")
            other = "jacobian" if self.wanted.kind == "gradient" else "derivative with order=2"
            message = f"a {self.wanted.kind} is of a scalar, and this is {self.term.type}"
            raise LanguageError(Finding("not-scalar", message, self.source, (label,), (), (f"use {other}",)))

    def _answer(self) -> Tree:
        """The derivative in matrix notation."""
        taken = frozenset([s.name for s in self.typed.symbols]) | frozenset(self.typed.sizes)
        writer = Writer(taken)
        components = _components(self.term)
        if components is not None and self.wanted.order == 1 and not self.target.vectorised:
            tree = self._component_rows(writer, components)
        elif len(self.target.symbols) > 1:
            tree = self._by_several(writer)
        else:
            tree = writer.tree(simplify(self._node()))
            if self.target.row and self.wanted.order == 1 and not self.term.type.shape:
                tree = tree.args[0] if tree.head == "transpose" else Tree("transpose", (tree,))
        return named(tree, taken, writer.orders)

    def reread(self, text: str, more: Sequence[Symbol] = ()) -> Term:
        """The term of a text of ours over the variables and sizes of the question. Raises OurBug when it cannot be read."""
        known = {s.name: s for s in (*self.typed.symbols, *more)}
        names = dict.fromkeys(n for t in self.term.walk() for s in _sizes(t) for n in sorted(s.names))
        sizes = Symbol("", Type(tuple([Size.of(n) for n in names])))  # those that no variable has among them
        try:
            tree = parse(text, "answer", names=frozenset(known))
            return infer([tree], self.indices, source=Source(text, "answer"), symbols={**known, "": sizes}).terms[0]
        except LanguageError as trouble:
            raise self.bug("our own text cannot be read back: " + trouble.finding.message, text) from trouble

    def bug(self, why: str, text: str) -> OurBug:
        notes = (
            f"expression: {self.source.text}",
            f"by: {self.target.text}",
            "given: " + "; ".join(map(str, self.typed.symbols)),
            f"withheld answer: {text}",
        )
        return OurBug(Finding("our-bug", why, None, (), notes, ("please report this with the lines above",)))

    # ---- one target

    def _node(self) -> Node:
        declared = self.target.symbols[0]
        free = _free(declared)
        f = lower(self.term, {declared: free})
        x = Sym(free)
        if not _occurs(f, x):
            self.notes.append(f"{x.symbol.name} does not occur in the expression: the derivative is zero")
        front = _without_ones(f)
        if self.target.vectorised and len(front.shape) == 2:
            front = _vec(front, (0, 1))
        node = front
        rank = len(x.shape)
        for _ in range(self.wanted.order):
            node = derivatives(node, [x])[0]
        if free is not declared:
            node = normalise(lift(node, {x: Sym(declared)}, ())[0])
        node = self._entry(node, rank)
        if self.target.entry:
            rank = 0
        if self.target.vectorised:
            for k in range(self.wanted.order):
                node = _vec(node, (len(front.shape) + k, len(front.shape) + k + 1))
            rank = 1
        elif front.shape:
            node = _squeezed(node, len(front.shape))
            rank = (len(node.shape) - len(front.shape)) // self.wanted.order
        if self.wanted.layout == "denominator" and front.shape and rank:
            axes = tuple(range(len(node.shape)))
            node = normalise(permuted(node, axes[len(front.shape) :] + axes[: len(front.shape)]))
        return node

    def _entry(self, node: Node, rank: int) -> Node:
        """The derivative by X[i,j]: fix the target's axes."""
        if not self.target.entry:
            return node
        for _ in range(self.wanted.order):
            lead = len(node.shape) - rank
            axes = tuple(range(len(node.shape)))
            units = tuple(
                [
                    (selector([], p - 1, node.shape[lead + k], []), (lead + k,), 1)
                    for k, p in enumerate(self.target.entry)
                ]
            )
            node = normalise(Prod(1, ((node, axes, 1), *units), axes[:lead], node.shape))
        return node

    # ---- several scalars, explicit components

    def _by_several(self, writer: Writer) -> Tree:
        targets = [Sym(s) for s in self.target.symbols]
        f = _without_ones(lower(self.term))
        self._note_absent([f], targets)
        first = derivatives(f, targets)
        if self.wanted.order == 1:
            trees = [writer.tree(simplify(g)) for g in first]
            if f.shape:
                across = self.wanted.layout == "numerator"
                trees = trees if across else [Tree("transpose", (t,)) for t in trees]
                return Tree("block", tuple(trees), (len(trees),) if across else (1,) * len(trees))
            return Tree("block", tuple(trees), (1,) * len(trees))
        if self.wanted.order != 2 or f.shape:
            raise LanguageError(
                Finding(
                    "too-many-targets",
                    "by several scalars, only first derivatives and Hessians of scalars are written out",
                )
            )
        rows = [[writer.tree(simplify(h)) for h in derivatives(g, targets)] for g in first]
        return Tree("block", tuple([t for row in rows for t in row]), (len(targets),) * len(targets))

    def _component_rows(self, writer: Writer, components: Sequence[Term]) -> Tree:
        """The Jacobian of `[f1, f2, …]`, a row a component."""
        targets = [Sym(s) for s in self.target.symbols]
        nodes = [lower(c) for c in components]
        self._note_absent(nodes, targets)
        rows: list[list[Tree]] = []
        for f in nodes:
            if self.target.entry:
                rows.append([writer.tree(simplify(self._entry(derivatives(f, targets)[0], len(targets[0].shape))))])
                continue
            grads = [writer.tree(simplify(_squeezed(g, 0))) for g in derivatives(f, targets)]
            rows.append([Tree("transpose", (g,)) if t.shape else g for g, t in zip(grads, targets, strict=True)])
        if any(len(_dims(t)) > 1 for t in targets):
            raise LanguageError(
                Finding("too-many-axes", "the Jacobian of listed components by a matrix is not written out; use vec(…)")
            )
        if self.wanted.layout == "denominator":
            vectors = targets[0].shape
            rows = [[r[k].args[0] if vectors else r[k] for r in rows] for k in range(len(rows[0]))]
        return Tree("block", tuple([t for row in rows for t in row]), (len(rows[0]),) * len(rows))

    def _note_absent(self, nodes: Sequence[Node], targets: Sequence[Sym]) -> None:
        for t in targets:
            if not any(_occurs(f, t) for f in nodes):
                self.notes.append(f"{t.symbol.name} does not occur in the expression: its derivative is zero")


class Derivation:
    """The steps of an answer: the run that finds it, written down and checked line by line."""

    def __init__(self, question: _Derivation, answer: Tree) -> None:
        self.question = question
        self.answer = answer
        taken = frozenset([s.name for s in question.typed.symbols]) | frozenset(question.typed.sizes)
        self.writer = Writer(taken)

    def steps(self) -> tuple[Step, ...]:
        """Raises OurBug when a line does not hold."""
        q = self.question
        free = {s: _free(s) for s in q.target.symbols}
        targets = [Sym(s) for s in free.values()]
        out: list[Step] = []
        components = _components(q.term) or (q.term,)
        for component in components:
            f = _without_ones(lower(component, free))
            for _ in range(q.wanted.order if len(targets) == 1 else 1):
                run: list[Replaced] = []
                found = derivatives(f, targets, run)
                out += self._written(f, self._left(f, components, out), lines(f, run, self.writer), list(free.values()))
                f = simplify(found[0])
        out.append(self._read_off())
        return tuple(out)

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
        holes = [Symbol(hole, Type(node.shape)) for hole, node in line.parts]
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


class _Answer:
    """The printed answer, read back."""

    def __init__(self, derivation: _Derivation, tree: Tree, text: str) -> None:
        self.derivation = derivation
        self.text = text
        self.tree = tree
        self._term: Term | None = None

    def term(self) -> Term:
        """The term that a reader of the printed text would get. Raises OurBug when it cannot be read."""
        if self._term is None:
            self._term = self.derivation.reread(self.text)
        return self._term

    def validated(self) -> Any:
        """Hold the text that was read back against differences of the function. Raises OurBug when they differ."""
        from derive.numeric.validate import validate

        d = self.derivation
        f = d.term
        target = d.target
        try:
            validation = validate(
                f,
                target.symbols,
                self.term(),
                d.wanted.order,
                layout=d.wanted.layout,
                vectorised=target.vectorised,
                entry=target.entry or None,
            )
        except DomainError as trouble:
            raise DomainError(trouble.finding._replace(source=d.source, labels=(whole(d.source),))) from None
        if not validation.ok:
            raise d.bug(f"the answer disagrees with differences of the function: {validation.witness}", self.text)
        return validation


def _read(expression: Any) -> tuple[Tree | None, str, tuple[Declared, ...], dict[str, Any]]:
    """Text as it is; a tree as what it prints; a SymPy object through the border, with what it declares."""
    if isinstance(expression, str):
        return None, expression, (), {}
    if isinstance(expression, Tree):
        return expression, plain(expression), (), {}
    if type(expression).__module__.partition(".")[0] == "sympy":
        from derive.symbolic import from_sympy

        read = from_sympy(expression)
        return read.tree, plain(read.tree), read.declared, read.objects
    raise TypeError(f"an expression is text or a SymPy object, not {type(expression).__name__}")


def _components(term: Term) -> Sequence[Term] | None:
    """The entries of an explicit vector of scalars."""
    if term.head == "block" and term.type.order == 1 and all(not a.type.shape for a in term.args):
        return term.args
    return None


def _free(symbol: Symbol) -> Symbol:
    """The variable with all of its entries independent: the derivative is by those, whatever is declared of them.

    What is declared may simplify the result, but `S = S'` must not be used before it is differentiated.
    """
    kept = tuple([p for p in symbol.properties if p not in SYMMETRIC])
    return symbol if kept == symbol.properties else Symbol(symbol.name, symbol.type, kept, symbol.inferred)


def _sizes(term: Term) -> Sequence[Size]:
    """Sizes that a term mentions, its own axes and those of a pattern."""
    pattern = [s for _, s in term.data.sizes] if term.head == "einsum" else []
    return (*term.type.shape, *pattern, *([term.data] if term.head == "size" else []))


def _occurs(f: Node, x: Sym) -> bool:
    return any(node == x for node in postorder([f]))


def _dims(node: Node) -> tuple[Size, ...]:
    return tuple([s for s in node.shape if s != ONE])


def _without_ones(f: Node) -> Node:
    """f without axes of literal size 1: a 1×n matrix differentiates as the vector that it holds."""
    return _squeezed(f, 0)


def _squeezed(node: Node, start: int) -> Node:
    """Drop axes of size 1 from `start` on."""
    keep = tuple([k for k, s in enumerate(node.shape) if k < start or s != ONE])
    if len(keep) == len(node.shape):
        return node
    return normalise(view(node, tuple(range(len(node.shape))), keep, node.shape))


def _vec(node: Node, axes: tuple[int, int]) -> Node:
    """Stack the columns of two neighbouring axes into one."""
    rows, columns = node.shape[axes[0]], node.shape[axes[1]]
    stacked = len(node.shape)
    place = tuple(range(stacked))
    picks = selector([rows, ONE], Size.of(0), rows * columns, [columns, rows])
    factors = ((node, place, 1), (picks, (stacked, axes[1], axes[0]), 1))
    out = (*place[: axes[0]], stacked, *place[axes[1] + 1 :])
    return normalise(Prod(1, factors, out, (*node.shape, rows * columns)))


__all__ = ["Result", "derivative", "gradient", "hessian", "jacobian"]
