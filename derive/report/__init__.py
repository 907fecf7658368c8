"""What a person or a program gets to see: the only place that knows rich, ANSI and JSON.

One idea: results go to stdout and everything said beside them to stderr; a terminal gets the whole story, a pipe the bare
result. Knows how results and findings look, and nothing about how they came to be. rich is loaded only for a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from derive.finding import DeriveError
from derive.report.plain import notation_of, reading_lines, remarks

if TYPE_CHECKING:
    from derive.report.data import Page

__all__ = ["show_bug_request", "show_error", "show_failure", "show_reading", "show_result"]


def show_result(result: Any, value: Any | None = None, notation: str | None = None) -> None:
    """The answer: everything on a terminal, or only `notation` (when piped: the plain text), or its `value` at a point."""
    if notation is None and sys.stdout.isatty():
        from derive.report.terminal import print_result

        print_result(result, value)
        return
    for remark in remarks(result):
        print(remark, file=sys.stderr)
    print(notation_of(result, value, notation or "text"))


def show_bench(found: Any) -> None:
    """The times of a compiled derivative and of its peers."""
    from derive.report.terminal import width
    from derive.report.timings import timings

    print(timings(found, width()))


def show_derivation(result: Any, notation: str | None = None, fold: bool = False) -> None:
    """The answer with the lines that lead to it: text, an `aligned` block (latex), Markdown, or JSON."""
    from derive.report.derivation import latex_block, markdown, text_lines

    if notation == "json":
        print(notation_of(result, None, "json"))
    elif notation == "latex":
        print(latex_block(result.steps, fold))
    elif notation == "markdown":
        print(markdown(result, fold))
    else:
        if sys.stdout.isatty():
            show_result(result)
            print()
        else:
            for remark in remarks(result):
                print(remark, file=sys.stderr)
        for line in text_lines(result.steps, fold):
            print(line)


def show_operation(operation: Any, aliases: tuple[str, ...]) -> None:
    """The declaration of an operation, a line a field."""
    from derive.report.operation import operation_lines

    for line in operation_lines(operation, aliases):
        print(line)


def show_explanation(text: str) -> None:
    """The Markdown of an explanation: formatted on a terminal, as it is in a pipe."""
    if sys.stdout.isatty():
        from derive.report.terminal import print_markdown

        print_markdown(text)
    else:
        print(text.rstrip("\n"))


def show_codes(heading: str, entries: Sequence[tuple[str, str]]) -> None:
    """Codes with what they say, a line each, below a heading."""
    width = max(len(code) for code, _ in entries)
    print(f"{heading}:")
    for code, title in entries:
        print(f"  {code.ljust(width)}  {title}")


def show_pages(pages: Sequence[Page], notation: str | None, output: str | None = None, verbose: bool = False) -> None:
    """What was judged, in one format; None is lines for a reader. `output` is a file, else it goes to stdout.

    Raises OSError when the file cannot be written.
    """
    from derive.report.formats import written

    if notation is None and output is None and sys.stdout.isatty():
        from derive.report.summary import page_lines
        from derive.report.terminal import print_lines, width

        print_lines(page_lines(pages, width(), verbose))
        return
    text = written(pages, notation or "text", verbose)
    if output is None:
        print(text)
        return
    with open(output, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def with_helps(error: DeriveError, helps: Sequence[str]) -> DeriveError:
    """The error with more to try."""
    finding = error.finding._replace(helps=(*error.finding.helps, *helps))
    return type(error)(finding)


def show_reading(reading: Any) -> None:
    """The outline of how an expression was understood."""
    for line in reading_lines(reading):
        print(line)


def show_error(error: DeriveError) -> None:
    """A finding, on stderr, in colour on a terminal."""
    say(error.finding.render())


def show_bug_request(version: str) -> None:
    """What to send along with a bug of ours."""
    say(
        f"  = help: this is a bug in derive {version}, not in your input; please report the command and the message above"
    )


def show_failure(failure: Exception, version: str) -> None:
    """An unexpected exception as one message: its kind, its text, and the place in our code."""
    place = "unknown place"
    trace = failure.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename.replace("\\", "/")
        if "/derive/" in file:
            place = f"{file.rsplit('/derive/', 1)[1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    text = " ".join(str(failure).split())[:300]
    say(f"error[our-bug]: {type(failure).__name__}{': ' if text else ''}{text}\n  = note: in derive/{place}")
    show_bug_request(version)


def say(text: str) -> None:
    """A message on stderr."""
    if sys.stderr.isatty():
        from derive.report.terminal import print_message

        print_message(text)
    else:
        print(text, file=sys.stderr)
