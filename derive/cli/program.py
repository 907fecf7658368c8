"""The program: the group of commands, and every way out of them as an exit code.

One idea: commands are found by name and loaded when they are asked for, so a start costs what its command costs. It knows no command's options.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from derive.finding import DeriveError
from derive.report.version import version

INTERRUPTED, BROKEN_PIPE, OUR_BUG, UNWRITTEN, USAGE = 130, 141, 70, 74, 2
HOMES = {
    "gradient": "calculation",
    "jacobian": "calculation",
    "hessian": "calculation",
    "derivative": "calculation",
    "bench": "timed",
    "read": "calculation",
    "verify": "judging",
    "check": "judging",
    "identities": "catalogue",
    "explain": "explaining",
    "nn": "networks",
}

COMPLETION = """\b
Shell completion (once, in the start file of the shell):
  bash   eval "$(_DERIVE_COMPLETE=bash_source derive)"
  zsh    eval "$(_DERIVE_COMPLETE=zsh_source derive)"
  fish   _DERIVE_COMPLETE=fish_source derive | source
"""


class Suggesting(click.Group):
    """A group that names the nearest commands where one is misspelt."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as unknown:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 2)
            if not near:
                raise
            raise click.UsageError(f"{unknown.message} Did you mean {' or '.join(near)}?", ctx) from None


class Commands(Suggesting):
    """Commands by name, each in the module of its subject."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in HOMES:
            return None
        from importlib import import_module

        found: click.Command = getattr(import_module(f"derive.cli.{HOMES[cmd_name]}"), cmd_name)
        return found


def print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"derive {version()}")
        ctx.exit()


@click.group(cls=Commands, epilog=COMPLETION)
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
      derive verify "d(x'*A*x)/dx == (A + A')*x"
      derive check homework.md

    `derive COMMAND --help` has more of each.
    """


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
        where = f" {failure.filename}" if failure.filename else ""
        click.echo(f"derive: cannot write{where}: {failure.strerror or failure}", err=True)
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
