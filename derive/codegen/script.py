"""A script of plain assignments that computes several terms at given values: what a reader pastes into a Python prompt.

One idea: the expressions are those of `numpy_source`, and a derivative inside a term becomes a call of `numerical_derivative`, central
differences of the function as a lambda (or a small function, where it needs lines of its own). It knows no rule of differentiation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from derive.codegen.field import is_complex
from derive.codegen.numpy_source import Writing
from derive.codegen.templates import PRIVATE
from derive.codegen.translate import Translation
from derive.sizes import Size
from derive.term import Symbol, Term, Type

DIFFERENCES = '''def numerical_derivative(f, x, h=1e-4):
    """Central differences: the axes of f(x), then those of x."""
    x = np.asarray(x, float)
    steps = h * np.eye(x.size).reshape(-1, *x.shape)
    slopes = [(np.asarray(f(x + e)) - np.asarray(f(x - e))) / (2 * h) for e in steps]
    return np.stack(slopes, -1).reshape(slopes[0].shape + x.shape)
'''
ADJUGATE = '''def adjugate(a):
    """The transpose of the cofactors, of a singular matrix too."""
    n = range(len(a))
    return np.array([[(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, j, 0), i, 1)) for j in n] for i in n])
'''
ADJUGATES = {"adj": "adjugate({})", "cof": "adjugate({}).T"}
OWN = {"numerical_derivative": DIFFERENCES, "adjugate": ADJUGATE}
FIRST, SECOND = ("d", "grad", "jac"), "hess"
BINDERS = ("bigsum", "bigprod", "array")


def numpy_script(
    terms: Sequence[tuple[str, Term]], values: Sequence[tuple[str, str]], sizes: Mapping[str, int], title: str = ""
) -> str:
    """Python source that assigns the values, then each term under its name; it prints nothing.

    terms: (name, term). values: (variable, its literal). Raises ValueError for a term without NumPy source.
    """
    variables = {s.name: s for _, term in terms for s in _variables(term)}
    script = Script(variables.values(), any(is_complex(term) for _, term in terms))
    sides = [(name, *script.lines(term)) for name, term in terms]
    known = [f"{script.names[name]} = {literal}" for name, literal in values if name in script.names]
    known += [f"{name} = {sizes[size]}" for size, name in script.t.sizes.items()]
    body = [line for name, before, text in sides for line in (*before, f"{name} = {text}")]
    text = "\n".join([*known, *body]) + "\n"
    return "\n".join([*([f"# {_comment(title)}"] if title else []), *_needs(text), text])


class Script:
    """One translation for all terms, so that names and common expressions are shared."""

    def __init__(self, symbols: Iterable[Symbol], complex: bool) -> None:
        self.t = Translation(list(symbols))
        self.t.complex = complex
        for name in ("left", "right", "numerical_derivative", "adjugate", "print"):
            self.t.names.take(name)
        self.made = 0

    @property
    def names(self) -> dict[str, str]:
        """Variables and their names in the source."""
        return self.t.parameters

    def lines(self, term: Term) -> tuple[list[str], str]:
        """Assignments, and the expression of the term after them."""
        before: list[str] = []
        if term.head in ("derivative", "differential"):
            text = self._slope(term, before)
            return before, text
        plain = self._without_derivatives(term, before, frozenset())
        lines, text, _ = Writing(self.t, self.t.code(plain)).statements()
        if self.t.functions:
            raise ValueError("a function without a formula has no NumPy source")
        return before + lines, text

    def _without_derivatives(self, term: Term, before: list[str], bound: frozenset[str]) -> Term:
        """The term with a variable in the place of every derivative; what computes the variable goes to `before`."""
        if term.head in ("derivative", "differential"):
            self.t.facts.learn(term)
            if self.t.facts.free[term] & bound:
                raise ValueError("a derivative under an index has no plain NumPy source")
            return self._variable("slope", self._slope(term, before), term.type, before)
        if term.head == "formula" and term.name in ADJUGATES and term.type.order == 2 and not bound:
            lines, argument = self.lines(term.args[0])
            before += lines
            return self._variable(term.name, ADJUGATES[term.name].format(argument), term.type, before)
        if term.head in BINDERS:
            ranges: Any = (term.data,) if term.head != "array" else term.data
            bound |= {r[0] for r in ranges}
        inner = tuple([self._without_derivatives(a, before, bound) for a in term.args])
        return term if inner == term.args else Term(term.head, inner, term.type, term.data, term.name, term.span)

    def _variable(self, word: str, text: str, type: Type, before: list[str]) -> Term:
        self.made += 1
        symbol = Symbol(f"{word}{self.made}", type)
        self.t.symbols[symbol.name] = symbol
        name = self.t.parameters[symbol.name] = self.t.names.take(symbol.name)
        before.append(f"{name} = {text}")
        return Term("symbol", (), type, symbol)

    def _slope(self, term: Term, before: list[str]) -> str:
        if term.head == "differential":
            return self._along(term, before)
        data: Any = term.data
        kind, target = data
        symbol = _moving(target)
        parameter = self._parameter(symbol)
        start = parameter
        if len(term.args) == 2:
            lines, start = self.lines(term.args[1])
            before += lines
        function = self._function([parameter], term.args[0], before)
        if kind == SECOND:
            inner = f"numerical_derivative({function}, {parameter})"
            return f"numerical_derivative(lambda {parameter}: {inner}, {start})" + self._square(target)
        if kind not in FIRST or symbol.complex:
            raise ValueError(f"a derivative of the kind {kind} has no plain NumPy source")
        slopes = f"numerical_derivative({function}, {start})"
        if target.name != "vec":
            return slopes + self._view(target)
        name = self.t.names.take("slopes")
        before.append(f"{name} = {slopes}")
        return f"{name}.swapaxes(-1, -2).reshape(*{name}.shape[:{term.args[0].type.order}], -1)"

    def _along(self, term: Term, before: list[str]) -> str:
        """`d(F)`: how F changes when every X moves along its dX."""
        data: Any = term.data
        pairs: list[tuple[Symbol, Symbol]] = list(data or ())
        if not pairs:
            raise ValueError("a differential in which nothing moves")
        names = [(self._parameter(x), self._parameter(dx)) for x, dx in pairs]
        function = self._function([x for x, _ in names], term.args[0], before)
        step = self.t.names.take("step")
        moved = ", ".join(f"{x} + {step} * {dx}" for x, dx in names)
        if function.startswith("lambda"):
            name = self.t.names.take("f")
            before.append(f"{name} = {function}")
            function = name
        return f"numerical_derivative(lambda {step}: {function}({moved}), 0.0)"

    def _function(self, parameters: list[str], body: Term, before: list[str]) -> str:
        """A lambda, or the name of a function that was defined before."""
        lines, text = self.lines(body)
        signature = ", ".join(parameters)
        if not lines:
            return f"lambda {signature}: {text}"
        name = self.t.names.take("f")
        inner = [f"    {part}" for line in lines for part in line.split("\n")]
        before.append("\n".join([f"def {name}({signature}):", *inner, f"    return {text}", ""]))
        return name

    def _parameter(self, symbol: Symbol) -> str:
        if symbol.name not in self.t.parameters:
            self.t.symbols[symbol.name] = symbol
            self.t.parameters[symbol.name] = self.t.names.take(symbol.name)
        return self.t.parameters[symbol.name]

    def _view(self, target: Term) -> str:
        """What the target does to the axes of its variable: nothing, a transpose, or one entry."""
        if target.head == "symbol":
            return ""
        if target.name == "transpose" and target.args[0].head == "symbol":
            return ".swapaxes(-1, -2)" if target.type.order == 2 else ""
        if target.head == "entry" and target.args[0].head == "symbol":
            subscripts: Any = target.data
            if all(s[0] == "at" for s in subscripts):
                return f"[..., {', '.join(self._place(s[1]) for s in subscripts)}]"
        raise ValueError("a derivative by this target has no plain NumPy source")

    def _place(self, size: Size) -> str:
        """A subscript counted from 0."""
        return self.lines(Term("size", (), Type(), size - Size.of(1)))[1]

    def _square(self, target: Term) -> str:
        """The axes of a Hessian by a variable, or by its vec."""
        if target.name == "vec" and target.args[0].type.order == 2:
            count = self.lines(Term("size", (), Type(), target.type.shape[0]))[1]
            return f".transpose(1, 0, 3, 2).reshape({count}, {count})"
        return "" if target.head == "symbol" else self._view(target)


def _moving(target: Term) -> Symbol:
    """The variable inside the target of a derivative."""
    for node in target.walk():
        if node.head == "symbol":
            symbol: Any = node.data
            found: Symbol = symbol
            return found
    raise ValueError("a derivative by something that is no variable")


def _variables(term: Term) -> list[Symbol]:
    """The variables of a term in the order in which they are met, those of targets and differentials too."""
    found: dict[str, Symbol] = {}
    for node in term.walk():
        data: Any = node.data
        if node.head == "symbol":
            found.setdefault(data.name, data)
        elif node.head == "derivative" and len(node.args) == 1:
            found.setdefault(_moving(data[1]).name, _moving(data[1]))
        elif node.head == "differential":
            found.update({s.name: s for pair in data or () for s in pair if s.name not in found})
    return list(found.values())


def _comment(text: str) -> str:
    """On one line, so that nothing of a text from outside leaves the comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def _needs(text: str) -> list[str]:
    """Imports, and the small functions that the text calls."""
    private = [source for name, source in {**PRIVATE, **OWN}.items() if name + "(" in text]
    everything = "".join([*private, text])
    modules = [m for m in ("linalg", "special") if f"{m}." in everything.replace("np.linalg.", "")]
    head = ["import numpy as np", *[f"from scipy import {m}" for m in modules], ""]
    return [*head, *[f"\n{source}\n" for source in private]]
