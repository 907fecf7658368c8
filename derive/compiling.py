"""From an answer to a callable: the plan in index notation, and the source in matrix notation where there is no plan.

One idea: an answer knows its forms in index notation; one that was assembled from several (a list of components, several scalars) is read
back from its text. What has no plan at all is computed by the source that prints, which has every operation. It plans nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from derive.compiled import NotPlanned, Question, compiled, source
from derive.engine.expr import Atom, Node, Sym, postorder
from derive.engine.lower import lower
from derive.finding import DeriveError, Finding, LanguageError
from derive.infer.complexes import is_complex

if TYPE_CHECKING:
    from derive.answer import Result


class NoSource(DeriveError, ValueError):
    """The answer cannot be computed by plain array operations of that library."""


def question_of(result: Result, forms: tuple[Node, ...]) -> Question:
    """The question of an answer. Raises NotPlanned when it is complex or has no index notation."""
    if any(s.complex for s in result.symbols) or (any(map(_imaginary, forms)) if forms else is_complex(result.term)):
        raise NotPlanned("it is complex")
    if not forms:
        try:
            forms = (lower(result.term),)
        except LanguageError as trouble:
            raise NotPlanned(trouble.finding.message) from None
    title = f"{result.kind} of {result.expression} by {result.wrt}"
    return Question((forms,), result.symbols, result.kind.replace(" ", "_"), title)


def _imaginary(form: Node) -> bool:
    """Whether the imaginary unit or a complex matrix, as that of a discrete Fourier transform, is a part of a form."""
    return any(
        n.value == "i" if isinstance(n, Atom) else isinstance(n, Sym) and n.symbol.complex for n in postorder([form])
    )


def callable_of(result: Result, backend: str, dtype: Any, out: Any, structured: bool) -> Callable[..., Any]:
    """The callable of an answer. Raises ValueError."""
    try:
        if structured:
            from derive.compiled.structure import structured_callable

            return structured_callable(result.asked, backend, dtype, _axes(result))
        return compiled(result.asked, backend, dtype, out)
    except NotPlanned as why:
        if backend != "numpy" or out is not None or structured:
            raise no_source(backend, why) from None
        return _evaluating(result, dtype)
    except ValueError as why:
        if "has no source in" in str(why):
            raise no_source(backend, why) from None
        raise


def _axes(result: Result) -> int:
    """How many of the axes of an answer are those of the variable, at the end."""
    of = next((s.type.order for s in result.symbols if s.name == result.wrt), 1)
    return min(of, result.term.type.order)


def source_of(result: Result, backend: str) -> str:
    """The source of an answer. Raises ValueError."""
    try:
        return source(result.asked, backend)
    except (NotPlanned, ValueError) as why:
        if backend != "numpy":
            raise no_source(backend, why) from None
        return result.numpy_source


def no_source(backend: str, why: Exception) -> NoSource:
    helps = ("--format numpy prints source that has every operation",)
    return NoSource(Finding("no-source", f"this answer has no source for {backend}: {why}", helps=helps))


def _evaluating(result: Result, dtype: Any) -> Callable[..., Any]:
    """The value through the source in matrix notation, arguments checked at every call; parameters as those of a plan."""
    from inspect import Parameter, Signature

    from derive.codegen.evaluate import interface_of
    from derive.compiled.arrays import LIBRARIES

    wanted = LIBRARIES["numpy"].chosen(dtype)
    interface = interface_of(result.term, result.symbols)
    functions = [(p, p) for _, _, p in interface.functions]
    own = {p: name for name, p in (*interface.variables, *interface.sizes, *functions)}
    listed = [Parameter(p, Parameter.POSITIONAL_OR_KEYWORD, default=None) for p in own]
    signature = Signature(listed, __validate_parameters__=False)

    def evaluate(*given: Any, **named: Any) -> Any:
        values = dict(zip(own, given, strict=False))
        if len(given) > len(own) or values.keys() & named.keys():
            signature.bind(*given, **named)  # raises Python's own TypeError
        values |= named
        value = result.evaluate(**{own.get(n, n): v for n, v in values.items() if v is not None})
        return value if wanted == "float64" or value.dtype.kind == "c" else value.astype(wanted)

    evaluate.__name__ = evaluate.__qualname__ = result.kind.replace(" ", "_")
    evaluate.__doc__ = f"{result.kind} of {result.expression} by {result.wrt}"
    evaluate.__signature__ = signature  # type: ignore[attr-defined]
    evaluate.source = result.numpy_source  # type: ignore[attr-defined]
    return evaluate
