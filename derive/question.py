"""A question on its way to its answer: what was asked, how it was read, and the derivative in matrix notation.

One idea: the passes in their order (read, type, lower, differentiate, simplify, write), and nothing else. It holds no rule of
calculus, and does not know how an answer is checked or shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from derive.answer import Wanted
from derive.complexes import adjoints, asked_for, demand_derivative
from derive.engine.axes import squeezed, stacked, wide_axes, without_ones
from derive.engine.differential import derivatives
from derive.engine.expr import Node, Prod, Sym, permuted, postorder
from derive.engine.halves import halved
from derive.engine.laws import LAWFUL
from derive.engine.lifting import lift
from derive.engine.lower import lower
from derive.engine.normal import normalise
from derive.engine.selectors import selector
from derive.engine.simplify import Simplifier
from derive.engine.structured import by_free_entries, free_of, structure_of
from derive.engine.symmetry import SYMMETRIC
from derive.engine.wirtinger import wirtinger
from derive.expectation.names import spoken
from derive.finding import Finding, Label, LanguageError, OurBug
from derive.infer import infer
from derive.infer.complexes import is_complex
from derive.infer.remarks import capitals
from derive.matrixform.form import Writer
from derive.matrixform.naming import named
from derive.printing import text as plain
from derive.sizes import ONE, Size
from derive.source import Source, Span
from derive.syntax import Declared, parse, parse_declarations
from derive.targets import Target, choose, whole
from derive.term import Symbol, Term, Type
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer import Typed

ACTING = SYMMETRIC | LAWFUL | {"simplex", "one-hot", "one-hot-rows", "stochastic"}


class Question:
    """One question on its way to the answer."""

    def __init__(self, wanted: Wanted, expression: Any, wrt: Any, given: str) -> None:
        self.wanted = wanted
        tree, text, known, self.objects = _read(expression)
        self.source = Source(text)
        declared = parse_declarations(given)
        declared = (*[d for d in known if d.name not in {g.name for g in declared}], *declared)
        variables = frozenset(d.name for d in declared if d.kind not in ("elementwise", "function"))
        self.tree = tree if tree is not None else parse(text, names=variables)
        kind = ""
        if self.tree.head == "derivative" and not wrt:
            self.tree, wrt, kind = asked_for(self.tree)
        self.indices = tuple([d for d in declared if d.kind == "index"])
        self.typed: Typed = infer([self.tree], declared, source=self.source)
        self.term: Term = self.typed.terms[0]
        self.notes: list[str] = list(self.typed.notes)
        self.ignored: dict[Symbol, Symbol] = {}  # variables without what is declared of them
        self.simplify = Simplifier()
        self.forms: tuple[Node, ...] = ()  # the answer in index notation: as it was found, and lighter
        self.indices += tuple([d for s in self.typed.symbols if (d := _free_index(s)) is not None])
        self.target: Target = choose(wrt, self.typed, self.source, [d.name for d in self.indices])
        self.structure = self._structure()
        if kind:
            self.target = self.target._replace(wirtinger=kind)
        demand_derivative(self)

    def _structure(self) -> str:
        """The structure whose free entries are meant; raises LanguageError where there is none."""
        if not self.wanted.structured:
            return ""
        target = self.target.symbols[0]
        found = structure_of(target)
        plain_target = len(self.target.symbols) == 1 and not (self.target.entry or self.target.vectorised)
        if not found or not plain_target or self.term.type.shape:
            message = f"{target.name} has no declared structure with free entries"
            help = f"--given '{target.name}: matrix(n, n) symmetric' (or skew, diagonal, lower-triangular, upper-triangular)"
            raise LanguageError(Finding("no-structure", message, self.source, (whole(self.source),), (), (help,)))
        self.notes.append(f"by the free entries of a {found} {target.name}")
        return found

    def derived(self) -> Callable[[], Tree]:
        """Derive the answer; what comes back writes it in matrix notation, when that is asked for.

        Raises LanguageError for the gradient or Hessian of what is no scalar.
        """
        self._demand_scalar()
        write = self._derived()
        return lambda: spoken(write(), self.source)

    def lowered(self) -> Node:
        """The expression itself in index notation."""
        return self._lower(self.term)

    def _lower(self, term: Term, free: Mapping[Symbol, Symbol] | None = None) -> Node:
        try:
            return lower(term, {**self.ignored, **(free or {})})
        except LanguageError as trouble:
            finding = trouble.finding
            if finding.source is None:
                finding = finding._replace(source=self.source, labels=finding.labels or (whole(self.source),))
            raise LanguageError(finding) from None

    def used_properties(self, text: str) -> list[str]:
        """Notes on an answer of that text: which declared properties made the answer what it is: those without which it looks different."""
        notes, kept = [], list(self.notes)
        for symbol in self.typed.symbols:
            acting = [p for p in symbol.properties if p in ACTING]
            if acting:
                left = tuple([p for p in symbol.properties if p not in ACTING])
                self.ignored = {symbol: Symbol(symbol.name, symbol.type, left, symbol.inferred)}
                if plain(spoken(self._derived()(), self.source)) != text:
                    notes.append(f"used: {symbol.name} is {', '.join(acting)}")
                self.ignored = {}
        self.notes = kept
        return notes

    def _demand_scalar(self) -> None:
        shape = tuple([s for s in self.term.type.shape if s != ONE])
        if shape and self.wanted.kind in ("gradient", "hessian"):
            label = Label(self.tree.span, f"this is {self.term.type}")
            other = "jacobian" if self.wanted.kind == "gradient" else "derivative with order=2"
            message = f"a {self.wanted.kind} is of a scalar, and this is {self.term.type}"
            notes = capitals(self.typed.symbols)
            if self.tree.head == "derivative":
                notes = ("the expression is a derivative already: ask for the gradient of what it differentiates",)
            raise LanguageError(Finding("not-scalar", message, self.source, (label,), notes, (f"use {other}",)))

    def _derived(self) -> Callable[[], Tree]:
        """What writes the derivative in matrix notation."""
        writer = Writer(self.taken())
        components = components_of(self.term)
        if components is not None and self.wanted.order == 1 and not self.target.vectorised:
            tree = self._component_rows(writer, components)
        elif self._is_stack():
            tree = self._stacked_rows(writer)
        elif len(self.target.symbols) > 1:
            tree = self._by_several(writer)
        else:
            found = self._node()
            node = self.simplify(found)
            if not self.ignored:
                self.forms = (found,) if node == found else (node, found)
            as_row = self.target.row and self.wanted.order == 1 and not self.term.type.shape
            write = writer.row if as_row else writer.tree
            return lambda: self._named(write(node), writer)
        return lambda: self._named(tree, writer)

    def _named(self, tree: Tree, writer: Writer) -> Tree:
        """The answer with parts that stand often named, and adjoints written as such."""
        tree = named(tree, self.taken(), writer.orders)
        return adjoints(tree) if is_complex(self.term) else tree

    def taken(self) -> frozenset[str]:
        """Names that letters of ours must avoid: variables, sizes, indices."""
        return frozenset((*[s.name for s in self.typed.symbols], *self.typed.sizes, *[d.name for d in self.indices]))

    def reread(self, text: str, more: Sequence[Symbol] = ()) -> Term:
        """The term of a text of ours over the variables and sizes of the question. Raises OurBug when it cannot be read."""
        indices = {d.name for d in self.indices}
        known = {s.name: s for s in (*self.typed.symbols, *more) if s.name not in indices}
        names = dict.fromkeys(n for t in self.term.walk() for s in _sizes(t) for n in sorted(s.names))
        sizes = Symbol("", Type(tuple([Size.of(n) for n in names])))  # those that no variable has among them
        try:
            tree = parse(text, "answer", names=frozenset(known))
            return infer(
                [tree], (*self.indices, *self.functions()), source=Source(text, "answer"), symbols={**known, "": sizes}
            ).terms[0]
        except LanguageError as trouble:
            raise self.bug("our own text cannot be read back: " + trouble.finding.message, text) from trouble

    def functions(self) -> tuple[Declared, ...]:
        """The undefined functions of the question, which in our own text are no others: `sigma` is not the logistic function there."""
        found = {t.data.name: t.data.elementwise for t in self.term.walk() if t.head == "undefined"}
        return tuple([Declared(name, "elementwise" if each else "function") for name, each in found.items()])

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
        free = free_of(declared)
        f = self._lower(self.term, {declared: free})
        x = Sym(free)
        if not _occurs(f, x):
            self.notes.append(f"{self._absence(declared)}: the derivative is zero")
        front = without_ones(f)
        if self.target.vectorised and len(front.shape) == 2:
            front = stacked(front, (0, 1))
        node = front
        rank = len(x.shape)
        for k in range(self.wanted.order):
            f = node if k == 0 else self.simplify(node)
            node = wirtinger(f, x, self.target.wirtinger) if self.target.wirtinger else derivatives(f, [x])[0]
        if free is not declared:
            node = normalise(lift(node, {x: Sym(declared)}, ())[0])
        if self.structure:
            node = by_free_entries(node, self.structure)
        node = self._entry(node, rank)
        if self.target.entry:
            rank = 0
        if self.target.vectorised:
            together = halved if self.target.half else stacked
            for k in range(self.wanted.order):
                node = together(node, (len(front.shape) + k, len(front.shape) + k + 1))
            rank = 1
        elif front.shape:
            node = squeezed(node, len(front.shape))
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
        f = without_ones(self._lower(self.term))
        self._note_absent([f], targets)
        first = derivatives(f, targets)
        if self.wanted.order == 1:
            trees = [writer.tree(self.simplify(g)) for g in first]
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
        rows = [[writer.tree(self.simplify(h)) for h in derivatives(g, targets)] for g in first]
        return Tree("block", tuple([t for row in rows for t in row]), (len(targets),) * len(targets))

    def _component_rows(self, writer: Writer, components: Sequence[Term]) -> Tree:
        """The Jacobian of `[f1, f2, …]`, a row a component."""
        targets = [Sym(s) for s in self.target.symbols]
        nodes = [self._lower(c) for c in components]
        self._note_absent(nodes, targets)
        rows: list[list[Tree]] = []
        for f in nodes:
            if self.target.entry:
                rows.append(
                    [writer.tree(self.simplify(self._entry(derivatives(f, targets)[0], len(targets[0].shape))))]
                )
                continue
            grads = [writer.tree(self.simplify(squeezed(g, 0))) for g in derivatives(f, targets)]
            rows.append([Tree("transpose", (g,)) if t.shape else g for g, t in zip(grads, targets, strict=True)])
        if any(len(wide_axes(t)) > 1 for t in targets):
            raise LanguageError(
                Finding("too-many-axes", "the Jacobian of listed components by a matrix is not written out; use vec(…)")
            )
        if self.wanted.layout == "denominator":
            vectors = targets[0].shape
            rows = [[r[k].args[0] if vectors else r[k] for r in rows] for k in range(len(rows[0]))]
        return Tree("block", tuple([t for row in rows for t in row]), (len(rows[0]),) * len(rows))

    def _is_stack(self) -> bool:
        """`[x; A*x]` by a vector: its Jacobian is the stack of the Jacobians."""
        t = self.target
        plain_target = len(t.symbols) == 1 and t.symbols[0].type.order == 1 and not (t.entry or t.vectorised)
        return (
            plain_target
            and self.wanted.order == 1
            and self.wanted.layout == "numerator"
            and self.term.head == "block"
            and self.term.type.order == 1
        )

    def _stacked_rows(self, writer: Writer) -> Tree:
        x = Sym(self.target.symbols[0])
        nodes = [self._lower(a) for a in self.term.args]
        self._note_absent(nodes, [x])
        rows = []
        for f in nodes:
            tree = writer.tree(self.simplify(derivatives(f, [x])[0]))
            rows.append(tree if f.shape else Tree("transpose", (tree,)))
        return Tree("block", tuple(rows), (1,) * len(rows))

    def _absence(self, symbol: Symbol) -> str:
        """Why a derivative is zero: the variable is not there, or nothing depends on it, as in `vector(0)'*x`."""
        there = any(node.head == "symbol" and node.data == symbol for node in self.term.walk())
        name = symbol.name
        return f"the expression does not depend on {name}" if there else f"{name} does not occur in the expression"

    def _note_absent(self, nodes: Sequence[Node], targets: Sequence[Sym]) -> None:
        for t in targets:
            if not any(_occurs(f, t) for f in nodes):
                self.notes.append(f"{t.symbol.name} does not occur in the expression: its derivative is zero")


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


def components_of(term: Term) -> Sequence[Term] | None:
    """The entries of an explicit vector of scalars."""
    if term.head == "block" and term.type.order == 1 and all(not a.type.shape for a in term.args):
        return term.args
    return None


def _free_index(symbol: Symbol) -> Declared | None:
    """The declaration of an index name that the expression uses without one."""
    size = next((p[6:-1] for p in symbol.properties if p.startswith("index(")), None)
    return None if size is None else Declared(symbol.name, "index", (parse(size),), (), None, None, Span(0, 0))


def _sizes(term: Term) -> Sequence[Size]:
    """Sizes that a term mentions, its own axes and those of a pattern."""
    pattern = [s for _, s in term.data.sizes] if term.head == "einsum" else []
    return (*term.type.shape, *pattern, *([term.data] if term.head == "size" else []))


def _occurs(f: Node, x: Sym) -> bool:
    return any(node == x for node in postorder([f]))
