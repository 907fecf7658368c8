"""A function, its gradients and its Hessian from one callable that shares what they have in common.

One idea: the plans of several answers in one program; a value that two of them need is made once. It derives nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from derive.answer import Result, Wanted
from derive.calculus import gradient, hessian
from derive.compiled import NotPlanned, compiled, source
from derive.compiled import Question as Planned
from derive.engine.expr import Node
from derive.question import Question


class ValueAndGradient:
    """The value of f, its gradients, and its Hessian if it was asked for. `str()` lists their texts."""

    def __init__(self, value: Node, gradients: Sequence[Result], second: Result | None, several: bool) -> None:
        self.value = value
        self.gradients = tuple(gradients)
        self.hessian = second
        self._several = several

    def __str__(self) -> str:
        return "\n".join(str(r) for r in self._results)

    @property
    def _results(self) -> tuple[Result, ...]:
        return (*self.gradients, *([self.hessian] if self.hessian is not None else []))

    def _question(self) -> Planned:
        try:
            asked = [r.asked for r in self._results]
        except NotPlanned as why:
            raise ValueError(f"this gradient has no plan: {why}") from None
        first = asked[0]
        forms = ((self.value,), *[q.forms[0] for q in asked])
        title = f"value, {', '.join(r.kind for r in self._results)} of {self.gradients[0].expression}"
        return Planned(forms, first.symbols, "value_and_gradient", title)

    def compile(self, backend: str = "numpy", dtype: Any = None) -> Callable[..., Any]:
        """A callable of the variables that returns (value, gradient), (value, (gradient, …)) for a list of variables, and the Hessian last.

        Raises ValueError as `Result.compile` does.
        """
        try:
            function = compiled(self._question(), backend, dtype)
        except NotPlanned as why:
            raise ValueError(f"this gradient has no source for {backend}: {why}") from None
        if not self._several:
            return function
        count = len(self.gradients)

        def value_and_gradients(*arguments: Any, **values: Any) -> Any:
            found = function(*arguments, **values)
            return (found[0], tuple(found[1 : count + 1]), *found[count + 1 :])

        value_and_gradients.source = function.source  # type: ignore[attr-defined]
        return value_and_gradients

    def source(self, backend: str = "numpy") -> str:
        """The source of `compile(backend)` at assumed sizes. Raises ValueError where there is none."""
        try:
            return source(self._question(), backend)
        except NotPlanned as why:
            raise ValueError(f"this gradient has no source for {backend}: {why}") from None


def value_and_gradient(
    expression: Any, wrt: Any = None, given: str = "", *, with_hessian: bool = False, check: bool = True
) -> ValueAndGradient:
    """f, ∂f/∂x in the shape of x (for every variable of a list `wrt`), and ∂²f/∂x∂x if asked for, to be compiled together.

    Raises as `gradient`; ValueError for a Hessian by several variables.
    """
    several = isinstance(wrt, list | tuple)
    targets = list(wrt) if several else [wrt]
    if with_hessian and several:
        raise ValueError("a Hessian is by one variable")
    gradients = [gradient(expression, w, given, check=check) for w in targets]
    second = hessian(expression, targets[0], given, check=check) if with_hessian else None
    question = Question(Wanted("gradient", 1, "numerator", False), expression, targets[0], given)
    return ValueAndGradient(question.lowered(), gradients, second, several)
