"""The command line: `derive gradient|jacobian|hessian|read`.

One idea: a command asks the engine one question and hands the answer to `derive.report`; results go to stdout, everything
said beside them to stderr, and whatever goes wrong leaves as one message and an exit code. Nothing imports this module, it
knows no mathematics, and it loads NumPy, SymPy and rich only when the answer needs them.

Exit codes: 0 answered, 2 the input has to be mended, 70 a bug of ours, 74 the answer could not be written, 130 interrupted, 141 nobody reads the output.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from derive.finding import DeriveError

FORMATS = ("text", "unicode", "latex", "numpy", "sympy", "json", "markdown")
STDIN_LIMIT = 80_004  # bytes: more than the 20,000 characters that the language accepts, however they are encoded
INTERRUPTED, BROKEN_PIPE, OUR_BUG, UNWRITTEN, USAGE = 130, 141, 70, 74, 2

COMPLETION = """\b
Shell completion (once, in the start file of the shell):
  bash   eval "$(_DERIVE_COMPLETE=bash_source derive)"
  zsh    eval "$(_DERIVE_COMPLETE=zsh_source derive)"
  fish   _DERIVE_COMPLETE=fish_source derive | source
"""


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


def print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"derive {version()}")
        ctx.exit()


def version() -> str:
    """The version of the installed distribution."""
    from importlib import metadata

    try:
        return metadata.version("derive-calculus")
    except metadata.PackageNotFoundError:
        return "(a checkout that is not installed)"


@click.group(epilog=COMPLETION)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=print_version,
    help="Show the version and exit.",
)
def commands() -> None:
    """Matrix calculus that is right: derivatives in the form a person writes, checked against finite differences.

    \b
    Examples:
      derive gradient "x'*A*x"
      derive gradient "norm2(X*w - y)^2 + lambda*norm2(w)^2" --wrt w
      derive jacobian "[2*x1 + x2^2, -x1^2 + 3*x2, 4*x1*x2]" --wrt "x1, x2" --at "(2, 1)"
      derive hessian "x'*A*x" --given "A: matrix(n, n) symmetric; x: vector(n)"
      derive read "norm2(X*w - y)^2"

    `derive COMMAND --help` has more of each.
    """


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


@commands.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
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


@commands.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
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


@commands.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
@calculation
def hessian(**options: Any) -> None:
    """Hessian of the scalar EXPR. EXPR may be - for standard input.

    \b
    Examples:
      derive hessian "x'*A*x" --wrt x
      derive hessian "sum(log(1 + exp(X*w)))" --wrt w --format unicode
    """
    answer("hessian", **options)


@commands.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
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


@commands.command()
@click.argument("operation")
def explain(operation: str) -> None:
    """What OPERATION is: its shapes, value, derivative, domain and reference, read off its declaration.

    \b
    Examples:
      derive explain softmax
      derive explain inv
    """
    from derive import report
    from derive.reading import operation as find

    report.show_operation(*find(operation))


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
) -> None:
    """Ask the engine for a derivative, and show it."""
    import derive
    from derive import report

    ask = {"gradient": derive.gradient, "jacobian": derive.jacobian, "hessian": derive.hessian}[kind]
    special = {"structured": True} if structured else {}
    result = ask(text_of(expression), wrt, "; ".join(given), layout=layout, check=not no_check, **special)
    value = None
    if at is not None:
        from derive.point import evaluate_at

        value = evaluate_at(result, at)
    if steps or notation == "markdown":
        report.show_derivation(result, notation, fold)
        return
    report.show_result(result, value, notation)


def text_of(expression: str) -> str:
    """The expression itself, or standard input for `-`; bytes that are not UTF-8 stay visible to the parser."""
    if expression != "-":
        return expression
    return sys.stdin.buffer.read(STDIN_LIMIT).decode("utf-8", "surrogateescape").rstrip("\r\n")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script. Leaves by SystemExit, whatever happens, and never with a traceback."""
    prepare_streams()
    try:
        code = run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # what is still buffered has no reader: let the interpreter flush it into nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def prepare_streams() -> None:
    """Output that cannot fail: closed streams become devnull, characters without a code are written as escapes."""
    sys.stdout = sys.stdout or open(os.devnull, "w")
    sys.stderr = sys.stderr or open(os.devnull, "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def run(arguments: Sequence[str] | None) -> int:
    """Run the commands, and turn every way out of them into an exit code."""
    try:
        returned = commands.main(args=arguments, prog_name="derive", standalone_mode=False)
    except DeriveError as error:
        return report_error(error)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as misuse:
        misuse.show()
        return USAGE
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except SystemExit as leaving:  # click's way out for a pipe that nobody reads (1), and after shell completion (0)
        return BROKEN_PIPE if leaving.code == 1 else 0
    except OSError as failure:  # the disk is full, the output is gone: nothing of ours
        click.echo(f"derive: cannot write: {failure.strerror or failure}", err=True)
        return UNWRITTEN
    except Exception as failure:
        return report_failure(failure)
    return returned if isinstance(returned, int) else 0


def report_error(error: DeriveError) -> int:
    from derive import report

    report.show_error(error)
    if error.exit_code == OUR_BUG:
        report.show_bug_request(version())
    return error.exit_code


def report_failure(failure: Exception) -> int:
    """An exception that nobody expected is a bug of ours: say what to report, without a traceback."""
    from derive import report

    report.show_failure(failure, version())
    return OUR_BUG


if __name__ == "__main__":
    main()
