"""Gradients, Jacobians, Hessians: from the user's text to a checked answer.

One idea: an answer is withheld until two things that share no rule with the engine agree with it: its printed text is
read back, and differences of the function itself, in ball arithmetic, agree with the text that was read back. This module only leads the way through the
passes; it holds no rule, and does not know how anything is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from derive.answer import Given, Result, Wanted
from derive.finding import DomainError, Finding, LanguageError, LimitError, OurBug
from derive.printing import text as plain
from derive.question import Question
from derive.source import Source
from derive.targets import whole
from derive.term import Term
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.steps import Step

LARGEST = 32  # size given as a number at which an answer is still checked


def gradient(
    expression: Any,
    wrt: Any = None,
    given: str = "",
    *,
    layout: str = "numerator",
    check: bool = True,
    structured: bool = False,
) -> Result:
    """∂f/∂x of a scalar f, in the shape of x.

    By independent entries, whatever is declared of x. With `structured`, by the free entries of a symmetric, skew, diagonal or
    triangular x: for symmetric x that is `G + G' - diag(diag(G))` (Magnus & Neudecker 2019, 9.15; cf. Petersen & Pedersen 2012, eq. 138).

    Raises LanguageError for text that cannot be read or typed or a non-scalar f, DomainError when no point lies in the domain,
    OurBug when the answer fails its own check. Source: Magnus & Neudecker 2019, ch. 9.
    """
    return _derive(Wanted("gradient", 1, layout, check, structured), expression, wrt, given)


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


def hvp(expression: Any, wrt: Any = None, along: str = "v", given: str = "", *, check: bool = True) -> Result:
    """The product of the Hessian of a scalar f with a direction v of the shape of x: ∂(Σ ∂f/∂x .* v)/∂x, in the shape of x.

    The Hessian itself is never formed, so a matrix x is as good as a vector. Raises as `gradient`; LanguageError (`bad-direction`) when
    the direction is no new name, or x is not one whole variable. Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian".
    """
    first = Question(Wanted("gradient", 1, "numerator", False), expression, wrt, given)
    first.derived()  # refuses what is no scalar
    x = first.target.symbols[0]
    plain_target = len(first.target.symbols) == 1 and not (first.target.entry or first.target.vectorised)
    if not plain_target or along in {s.name for s in first.typed.symbols} or not along.isidentifier():
        message = f"the direction {along} must be a new name, and {first.target.text} one whole variable"
        raise LanguageError(Finding("bad-direction", message, first.source, (whole(first.source),)))
    slope = Tree("derivative", (first.tree, Tree("name", (), x.name)), "d")
    v = Tree("name", (), along)
    product = Tree("call", (Tree("hadamard", (slope, v)),), "sum") if x.type.shape else Tree("mul", (slope, v))
    declared = f"{along}: {x.type}" if not (given or "").strip() else f"{given}; {along}: {x.type}"
    return _derive(Wanted("hvp", 1, "numerator", check), product, x.name, declared)


def _derive(wanted: Wanted, expression: Any, wrt: Any, given: str) -> Result:
    if wanted.layout not in ("numerator", "denominator"):
        raise ValueError(f"layout is {wanted.layout!r}; it must be 'numerator' or 'denominator'")
    try:
        return _result(Question(wanted, expression, wrt, given))
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


def _result(question: Question) -> Result:
    """The checked answer."""
    answer = Answer(question, question.derived())
    return Result(
        kind=question.wanted.kind,
        order=question.wanted.order,
        layout=question.wanted.layout,
        wrt=question.target.text,
        expression=question.source.text,
        written=lambda: (answer.tree, answer.text),
        symbols=question.typed.symbols,
        given=tuple([Given.of(s) for s in question.typed.symbols]),
        validation=answer.validated() if question.wanted.check else None,
        notes=lambda: (*question.notes, *question.used_properties(answer.text)),
        read_back=answer.term,
        steps=lambda: _steps(question, answer.tree),
        objects=question.objects,
        forms=question.forms,
    )


def _steps(question: Question, tree: Tree) -> tuple[Step, ...]:
    from derive.derivation import Derivation  # asked for rarely, and it brings LaTeX with it

    return Derivation(question, tree).steps()


def _demand_checkable(question: Question) -> None:
    """Raises LimitError for sizes given as large numbers: the differences are taken at the declared sizes."""
    large = [
        (s, n) for s in question.typed.symbols for z in s.type.shape if (n := z.number) is not None and n > LARGEST
    ]
    if large:
        symbol, number = large[0]
        message = f"{symbol.name} is {symbol.type}: a check by differences goes up to size {LARGEST}"
        helps = (
            f"a letter instead of {number}: the derivative is the same for every size",
            "--no-check, for this size",
        )
        raise LimitError(Finding("too-large", message, question.source, (whole(question.source),), (), helps))


class Answer:
    """The answer, printed and read back, each when it is asked for."""

    def __init__(self, question: Question, write: Callable[[], Tree]) -> None:
        self.question = question
        self._write = write
        self._term: Term | None = None

    @cached_property
    def tree(self) -> Tree:
        return self._write()

    @cached_property
    def text(self) -> str:
        return plain(self.tree)

    def term(self) -> Term:
        """The term that a reader of the printed text would get. Raises OurBug when it cannot be read."""
        if self._term is None:
            self._term = self.question.reread(self.text)
        return self._term

    def validated(self) -> Any:
        """Hold the text that was read back against differences of the function. Raises OurBug when they differ."""
        from derive.numeric.validate import validate

        d = self.question
        _demand_checkable(d)
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
                structure="symmetric" if target.half else d.structure,
                wirtinger=target.wirtinger,
                half=target.half,
            )
        except DomainError as trouble:
            raise DomainError(trouble.finding._replace(source=d.source, labels=(whole(d.source),))) from None
        if not validation.ok:
            raise d.bug(f"the answer disagrees with differences of the function: {validation.witness}", self.text)
        return validation


__all__ = ["Result", "derivative", "gradient", "hessian", "hvp", "jacobian"]
