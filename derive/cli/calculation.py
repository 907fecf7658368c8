"""The calculator's commands: `derive gradient|jacobian|hessian|read`.

One idea: three commands share their options and ask one question each. It computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from derive.cli.streams import standard_input

FORMATS = ("text", "unicode", "latex", "numpy", "torch", "jax", "sympy", "json", "markdown")
STDIN_LIMIT = 80_004  # bytes: more than the 20,000 characters that the language accepts, however they are encoded


class Calculation(click.Command):
    """A command whose expression may begin with one minus sign: `-x'*A*x` is an expression, `--wtr` a misspelt option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = [name for parameter in self.get_params(ctx) for name in parameter.opts + parameter.secondary_opts]
        for word in args[: args.index("--")] if "--" in args else args:
            name = word.split("=")[0]
            if name[:2] == "--" and name[2:].replace("-", "").isalpha() and name not in known:
                raise click.NoSuchOption(name, possibilities=nearest(name, known), ctx=ctx)
        return super().parse_args(ctx, args)


def nearest(name: str, known: Sequence[str]) -> list[str]:
    """The known options that look like a misspelt one."""
    import difflib

    return difflib.get_close_matches(name, known)


def calculation(function: Callable[..., None]) -> Callable[..., None]:
    """The argument and the options that gradient, jacobian and hessian share."""
    for decorate in reversed(
        (
            click.argument("expression", metavar="EXPR"),
            click.option(
                "--wrt", metavar="V", help="The variable, or several scalars: x1, x2. Not needed if there is one."
            ),
            click.option(
                "--given",
                metavar="DECLS",
                multiple=True,
                help='Declarations, such as "A: matrix(n, n) symmetric; x: vector(n)".',
            ),
            click.option(
                "--at",
                metavar="POINT",
                help='Evaluate there: "x=[1,2]; A=[[1,0],[0,1]]", or "(2, 1)" for the variables of --wrt.',
            ),
            click.option(
                "--layout",
                type=click.Choice(["numerator", "denominator"]),
                default="numerator",
                show_default=True,
                help="Denominator layout shows the transpose.",
            ),
            click.option(
                "--format",
                "notation",
                type=click.Choice(FORMATS),
                help="Print the result alone, in this notation. Default when piped: text.",
            ),
            click.option("--steps", is_flag=True, help="Show the derivation, a rule a line, each line checked."),
            click.option("--fold", is_flag=True, help="With --steps: leave out the lines that only rearrange."),
            click.option("--no-check", is_flag=True, help="Do not validate by finite differences (and say so)."),
        )
    ):
        function = decorate(function)
    return function


@click.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
@calculation
@click.option(
    "--structured", is_flag=True, help="By the free entries of a symmetric, skew, diagonal or triangular variable."
)
def gradient(**options: Any) -> None:
    """Gradient of the scalar EXPR, in the shape of the variable. EXPR may be - for standard input.

    \b
    Examples:
      derive gradient "x'*A*x"
      derive gradient "norm2(X*w - y)^2" --wrt w --steps
      derive gradient "logdet(X)" --given "X: matrix(n, n) pd" --format latex
      derive gradient "-y'*log(softmax(z))" --wrt z --given "y: vector(k) one-hot"
      derive gradient "b'*x" --wrt x --at "b=[1,2]; x=[0,0]"
      echo "tr(A*X)" | derive gradient - --wrt X --format numpy
    """
    answer("gradient", **options)


@click.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
@calculation
def jacobian(**options: Any) -> None:
    """Jacobian of EXPR: the axes of EXPR, then the axes of the variable. EXPR may be - for standard input.

    \b
    Examples:
      derive jacobian "A*x" --wrt x
      derive jacobian "tanh(W*x + b)" --wrt x
      derive jacobian "x*W" --wrt x --given "x: matrix(1, n); W: matrix(n, m)"
      derive jacobian "[2*x1 + x2^2, -x1^2 + 3*x2, 4*x1*x2]" --wrt "x1, x2" --at "(2, 1)"
    """
    answer("jacobian", **options)


@click.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
@calculation
@click.option("--times", metavar="V", help="The product with a direction of this name; the Hessian is not formed.")
def hessian(**options: Any) -> None:
    """Hessian of the scalar EXPR. EXPR may be - for standard input.

    \b
    Examples:
      derive hessian "x'*A*x" --wrt x
      derive hessian "sum(log(1 + exp(X*w)))" --wrt w --format unicode
      derive hessian "logsumexp(A*x)" --wrt x --times v
    """
    answer("hessian", **options)


@click.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
@calculation
@click.option("--order", type=click.IntRange(1, 4), default=1, show_default=True, help="How often to differentiate.")
def derivative(**options: Any) -> None:
    """Derivative of any EXPR, of any order up to 4: its axes, then those of the variable once for each order.

    \b
    Examples:
      derive derivative "x^4" --wrt x --order 3
      derive derivative "A*X*B" --wrt X
      derive derivative "logsumexp(x)" --wrt x --order 3 --given "x: vector(n)"
    """
    answer("derivative", **options)


@click.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
@click.argument("expression", metavar="EXPR")
@click.option("--given", metavar="DECLS", multiple=True, help='Declarations, such as "x: vector(n)".')
def read(expression: str, given: tuple[str, ...]) -> None:
    """How EXPR is understood: every part with its kind and sizes. EXPR may be - for standard input.

    \b
    Examples:
      derive read "norm2(X*w - y)^2"
      derive read "x'*A*x" --given "x: vector(3)"
    """
    import derive
    from derive import report

    report.show_reading(derive.read(text_of(expression), "; ".join(given)))


def answer(
    kind: str,
    *,
    expression: str,
    wrt: str | None,
    given: tuple[str, ...],
    at: str | None,
    layout: str,
    notation: str | None,
    steps: bool,
    fold: bool,
    no_check: bool,
    structured: bool = False,
    times: str | None = None,
    order: int | None = None,
) -> None:
    """Ask the engine for a derivative, and show it."""
    import derive
    from derive import report

    refuse_idle(steps, fold, at, notation)
    declared, check = "; ".join(given), not no_check
    if times is not None:
        result = derive.hvp(text_of(expression), wrt, times, declared, check=check)
    else:
        special = {"structured": True} if structured else {} if order is None else {"order": order}
        result = getattr(derive, kind)(text_of(expression), wrt, declared, layout=layout, check=check, **special)
    value = None
    if at is not None:
        from derive.point import evaluate_at

        value = evaluate_at(result, at)
    if steps or notation == "markdown":
        report.show_derivation(result, notation, fold)
        return
    report.show_result(result, value, notation)


def refuse_idle(steps: bool, fold: bool, at: str | None, notation: str | None) -> None:
    """UsageError for options that would do nothing beside the others."""
    derivation = steps or notation == "markdown"
    if fold and not derivation:
        raise click.UsageError("--fold leaves out lines of --steps, which is not asked for")
    if derivation and at is not None:
        raise click.UsageError("--at evaluates the answer, and --steps shows how it is found: ask for one of them")
    if steps and notation not in (None, "text", "latex", "json", "markdown"):
        raise click.UsageError(f"--steps is written as text, latex, markdown or json, not as {notation}")
    if at is not None and notation not in (None, "text", "json"):
        raise click.UsageError(f"--at gives numbers, as text or json, not as {notation}")


def text_of(expression: str) -> str:
    """The expression itself, or standard input for `-`; bytes that are not UTF-8 stay visible to the parser."""
    if expression != "-":
        return expression
    return standard_input(STDIN_LIMIT).decode("utf-8", "surrogateescape").rstrip("\r\n")
