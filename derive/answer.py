"""The answer: what was computed, in every notation, with what was assumed and how it was checked.

One idea: a `Result` holds the tree and the term read back from its print; notations, values and source are made from those
when they are asked for, so that asking for the text alone loads neither NumPy nor SymPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from derive.term import Symbol, Term
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.compiled import Question
    from derive.engine.expr import Node
    from derive.steps import Step


class Wanted(NamedTuple):
    """What was asked for."""

    kind: str
    order: int
    layout: str
    check: bool
    structured: bool = False


class Given(NamedTuple):
    """A variable as it was declared or inferred: its shape as texts of sizes."""

    name: str
    shape: tuple[str, ...]
    properties: tuple[str, ...]
    inferred: bool

    @staticmethod
    def of(symbol: Symbol) -> Given:
        return Given(symbol.name, tuple(map(str, symbol.type.shape)), symbol.properties, symbol.inferred)


class Result:
    """A derivative. `str(result)` is its text in the plain notation."""

    def __init__(
        self,
        *,
        kind: str,
        order: int,
        layout: str,
        wrt: str,
        expression: str,
        written: Callable[[], tuple[Tree, str]],
        symbols: Sequence[Symbol],
        given: tuple[Given, ...],
        notes: Callable[[], tuple[str, ...]],
        validation: Any,
        read_back: Callable[[], Term],
        steps: Callable[[], tuple[Step, ...]],
        objects: dict[str, Any] | None = None,
        forms: tuple[Node, ...] = (),
    ) -> None:
        self.kind = kind
        self.order = order
        self.layout = layout
        self.wrt = wrt
        self.expression = expression
        self._written = written
        self.symbols = tuple(symbols)
        self.given = given
        self._find_notes = notes
        self.validation = validation
        self._derive_steps = steps
        self._read_back = read_back
        self._objects = objects or {}
        self._forms = forms

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.kind} by {self.wrt}: {self.text}>"

    @property
    def tree(self) -> Tree:
        """The answer in matrix notation."""
        return self._written()[0]

    @property
    def text(self) -> str:
        """The answer in the plain notation."""
        return self._written()[1]

    @property
    def term(self) -> Term:
        """The typed answer, as a reader of its text gets it."""
        return self._read_back()

    @property
    def shape(self) -> tuple[str, ...]:
        """Sizes of the axes, as text."""
        return tuple(map(str, self.term.type.shape))

    @property
    def type(self) -> str:
        """`scalar`, `vector(n)`, `matrix(m, n)` …"""
        return str(self.term.type)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What was read into the question, and which declared properties made the answer what it is."""
        return self._find_notes()

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The derivation, a rule a line, each line checked. Raises OurBug when a line does not hold."""
        return self._derive_steps()

    @cached_property
    def unicode(self) -> str:
        from derive.printing import unicode

        return unicode(self.tree)

    @cached_property
    def latex(self) -> str:
        from derive.printing import latex

        return latex(self.tree)

    @cached_property
    def numpy_source(self) -> str:
        """Python source that needs NumPy alone (SciPy for erf, gamma and their kin)."""
        from derive.codegen import numpy_source

        title = f"{self.kind} of {self.expression} by {self.wrt}"
        return numpy_source(self.term, self.symbols, name=self.kind.replace(" ", "_"), title=title)

    @cached_property
    def sympy(self) -> Any:
        """A SymPy object where one exists, else None."""
        from derive.symbolic import to_sympy

        return to_sympy(self.term, self.symbols, self._objects)

    def evaluate(self, **values: Any) -> Any:
        """The value at a point, as an ndarray with the axes of f followed by the axes of wrt. Raises ValueError for shapes that do not fit.

        A variable may be given as it was written, `θ`, or by its ASCII name, `theta`.
        """
        from derive.characters import canonical
        from derive.codegen import evaluate_numpy

        return evaluate_numpy(self.term, self.symbols, {canonical(name): value for name, value in values.items()})

    def compile(
        self, backend: str = "numpy", dtype: Any = None, out: Any = None, structured: bool = False
    ) -> Callable[..., Any]:
        """A fast callable with the variables as keyword arguments: the array operations that one would write by hand.

        dtype: float64 (where JAX is set to it) or float32. out: a NumPy array for every result, which a call may name too. structured:
        the callable returns a `derive.compiled.Structured`, deltas and outer products kept apart, with `@`, `blocks` and `dense()`.
        `source` of the callable is its source at assumed sizes. Raises ValueError for a backend, dtype or `out` that is none, and for
        an answer that has no source in the library. A call raises ValueError for a value that is missing, unknown or does not fit.
        """
        from derive.compiling import callable_of

        return callable_of(self, backend, dtype, out, structured)

    def source(self, backend: str = "numpy") -> str:
        """The source of `compile(backend)`: one function of plain array operations. Raises ValueError where there is none."""
        from derive.compiling import source_of

        return source_of(self, backend)

    @cached_property
    def asked(self) -> Question:
        """What `derive.compiled` plans: the answer in index notation, and its variables."""
        from derive.compiling import question_of

        return question_of(self, self._forms)

    def to_dict(self) -> dict[str, Any]:
        """The versioned JSON object."""
        checked = None
        if self.validation is not None:
            v = self.validation
            checked = {
                "method": v.method,
                "points": v.points,
                "digits": v.digits,
                "max_relative_error": v.max_relative_error,
                "ok": v.ok,
            }
        return {
            "version": 1,
            "kind": self.kind,
            "wrt": self.wrt,
            "given": [
                {"name": g.name, "shape": list(g.shape), "properties": list(g.properties), "inferred": g.inferred}
                for g in self.given
            ],
            "layout": self.layout,
            "result": {
                "shape": list(self.shape),
                "text": self.text,
                "unicode": self.unicode,
                "latex": self.latex,
                "numpy": self.numpy_source,
            },
            "validation": checked,
            "notes": list(self.notes),
            "steps": [step.to_dict() for step in self.steps],
        }
