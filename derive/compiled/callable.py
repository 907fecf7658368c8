"""Callables from plans: arguments checked once for each combination of shapes, everything afterwards straight to the plan.

One idea: a call looks up the plan by the shapes and types of its arguments; only a combination that was not seen before is checked
against the declarations, converted where that loses nothing, and planned for its sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from derive.characters import canonical
from derive.codegen.evaluate import ShapeError, compile_source
from derive.codegen.shapes import check, readings
from derive.compiled.arrays import LIBRARIES, Library
from derive.compiled.plan import Question, planned
from derive.compiled.write import Written
from derive.finding import Finding

KEPT = 512  # combinations of shapes that one callable remembers
Compiled = Callable[..., Any]

DOOR = """def made(get, other, finish):
    def {name}({parameters}, **others):
        try:
            plan = get(({key},))
        except (AttributeError, TypeError):
            plan = None
        if plan is None or others{out}:
            return other(({arguments},), {last}, others)
        return {result}

    return {name}
"""


class Plans:
    """The plans of one question in one library, by the shapes of the arguments."""

    def __init__(
        self,
        question: Question,
        backend: str,
        dtype: str | None,
        out: Any,
        finish: Callable[..., Any] | None = None,  # of what a plan returns
    ) -> None:
        self.question = question
        self.library: Library = LIBRARIES[backend]
        self.dtype = self.library.chosen(dtype)
        self.first = planned(question, backend, self.dtype, {})
        self.functions: dict[str, Callable[..., Any]] = {}
        self.plans: dict[Any, Callable[..., Any]] = {}
        self.symbols = {s.name: s for s in question.symbols}
        self.finish = finish
        self.out = out
        if out is not None:
            self.library.demand_out(out, self.dtype)

    # ---- the door

    def door(self) -> Callable[..., Any]:
        """A function with the variables as arguments, by position or keyword."""
        names = (*self.first.variables, *self.first.sizes)
        sized = {n for n, _ in self.first.sizes}
        key = []
        for name, p in names:
            scalar = name not in sized and not self.symbols[name].type.shape
            key.append(p if name in sized else f"{p}.__class__" if scalar else f"{p}.shape, {p}.dtype")
        listed = ", ".join(p for _, p in names)
        numpy = self.library.name == "numpy" and self.question.shape is None and len(self.question.forms) == 1
        source = DOOR.format(
            name=self.question.name,
            parameters=", ".join([f"{p}=None" for _, p in names] + (["out=None"] if numpy else [])),
            key=", ".join(key) or "0",
            out=" or out is not None" if numpy else "",
            arguments=listed,
            result=f"plan({listed})" if self.finish is None else f"finish(*plan({listed}))",
            last="out" if numpy else "None",
        ).replace("((,)", "(()")
        make = compile_source(source)
        get = self._nothing if self.out is not None else self.plans.get
        function: Callable[..., Any] = make(get, self.call, self.finish)
        function.__doc__ = self.question.title
        function.source = self.first.source  # type: ignore[attr-defined]
        return function

    @staticmethod
    def _nothing(key: object) -> None:
        return None

    # ---- the first call with such arguments

    def call(self, values: Sequence[Any], out: Any, others: Mapping[str, Any]) -> Any:
        """Check, convert, plan, compute. Raises ShapeError (a ValueError) that names the variable."""
        names = (*self.first.variables, *self.first.sizes)
        given = self._named(names, values, {canonical(name): value for name, value in others.items()})
        sized = {n for n, _ in self.first.sizes}
        arguments, plain, shapes, sizes = [], True, dict[str, tuple[int, ...]](), dict[str, int]()
        for (name, parameter), value in zip(names, given, strict=True):
            if value is None:
                raise error("missing-value", f"no value is given for {parameter}")
            if name in sized:
                sizes[name] = self._whole(parameter, value)
                arguments.append(value)
                continue
            array, same = self.library.array(name, value, self.dtype, bool(self.symbols[name].type.shape))
            plain = plain and same
            shapes[name] = tuple(array.shape) if hasattr(array, "shape") else ()
            arguments.append(array)
        known = self._sizes(shapes, sizes)
        function = self._function(known)
        if plain and self.out is None:
            self._remember(names, sized, given, function)
        if self.finish is not None:
            return self.finish(*function(*arguments))
        if self.library.name != "numpy":
            return function(*arguments)
        target = self.out if out is None else out
        if target is not None:
            self.library.demand_out(target, self.dtype, arguments)
            self._demand_shape(target, known)
            return function(*arguments, out=target)
        return function(*arguments)

    def _demand_shape(self, out: Any, sizes: Mapping[str, int]) -> None:
        shape = self.question.forms[0][0].shape
        expected = tuple(s.value(sizes) for s in shape)
        if not shape or out.shape != expected:
            wanted = f"expected {expected}" if shape else "and the result is a number"
            raise error("bad-out", f"out has shape {out.shape}, {wanted}")

    def _remember(self, names: Sequence[tuple[str, str]], sized: set[str], values: Sequence[Any], f: Any) -> None:
        key: list[Any] = []
        for (name, _), value in zip(names, values, strict=True):
            if name in sized:
                key.append(value)
            elif not self.symbols[name].type.shape:
                key.append(value.__class__)
            else:
                key += [value.shape, value.dtype]
        if len(self.plans) >= KEPT:
            self.plans.clear()
        self.plans[tuple(key) or (0,)] = f

    def _named(self, names: Sequence[tuple[str, str]], values: Sequence[Any], others: Mapping[str, Any]) -> list[Any]:
        """Values in order; a variable whose name is no parameter (`lambda`) is found by its own name."""
        found = [others.get(name) if value is None else value for (name, _), value in zip(names, values, strict=True)]
        for name in others:
            if name not in self.symbols and name not in dict(names):
                listed = ", ".join(p for _, p in names) or "none"
                raise error("unknown-variable", f"there is no variable {name}; there are {listed}")
        return found

    def _whole(self, name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise error("not-whole", f"{name} is a size: a whole number, not {value!r}")
        return value

    def _sizes(self, shapes: Mapping[str, tuple[int, ...]], sizes: dict[str, int]) -> dict[str, int]:
        """The sizes that the shapes tell. Raises ShapeError for a shape that does not fit."""
        present = [s for s in self.question.symbols if s.name in shapes]
        wrong = check(present, shapes)
        if wrong is not None:
            message = f"{wrong.symbol.name} has shape {wrong.got}, expected {wrong.expected}"
            raise error("shape-mismatch", message, wrong.reason)
        wanted = sorted({n for s in present for z in s.type.shape for n in z.names})
        for r in readings(present, wanted)[0]:
            number = (shapes[r.symbol][r.axis] - r.rest.value(sizes)) // (r.divisor.value(sizes) or 1)
            sizes[r.name] = round(number**0.5) if r.square else number
        return sizes

    def _function(self, sizes: Mapping[str, int]) -> Callable[..., Any]:
        written: Written = planned(self.question, self.library.name, self.dtype, sizes)
        found = self.functions.get(written.source)
        if found is None:
            found = self.functions[written.source] = self.library.ready(compile_source(written.source))
        return found


def error(code: str, message: str, note: str = "") -> ShapeError:
    return ShapeError(Finding(code, message, notes=(note,) if note else ()))


def compiled(question: Question, backend: str, dtype: str | None = None, out: Any = None) -> Compiled:
    """The callable of a question. Raises NotPlanned when it has no plan, ValueError for a library, type or `out` that is none."""
    if backend not in LIBRARIES:
        raise ValueError(f"backend is {backend!r}; it must be 'numpy', 'torch' or 'jax'")
    return Plans(question, backend, dtype, out).door()


def source(question: Question, backend: str, dtype: str | None = None) -> str:
    """The source of a question at assumed sizes. Raises NotPlanned when it has none."""
    return planned(question, backend, dtype or "float64", {}).source
