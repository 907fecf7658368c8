"""`derive verify` and `derive check`: statements and documents are judged, by exit code and by report.

One idea: what is judged becomes pages of plain data, in this process or, where a time limit asks for it, in worker processes that are ended at
the limit; the pages decide the exit code and are drawn. It judges nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from derive.cli.calculation import Calculation, text_of

if TYPE_CHECKING:
    from derive.report.data import Page

VERIFY_FORMATS = ("text", "concise", "json", "numpy")
CHECK_FORMATS = ("terminal", "text", "concise", "json", "html", "sarif", "junit", "gradescope", "numpy")
HOLDS, WRONG, NOTHING = 0, 1, 2


class Seconds(click.FloatRange):
    """A time limit: more than nothing, and finite."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = float(super().convert(value, param, ctx))
        if not 0 < found < float("inf"):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return found


@click.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
@click.argument("claim", metavar="CLAIM")
@click.option("--given", metavar="DECLS", multiple=True, help='Declarations, such as "A: matrix(n, n) symmetric".')
@click.option("--strict", is_flag=True, help="Only what is proved passes: anything else exits with 1.")
@click.option("--timeout", type=Seconds(min=0, min_open=True), metavar="S", help="Give up after S seconds.")
@click.option("--seed", type=int, default=0, show_default=True, help="Where the values come from.")
@click.option(
    "--format", "notation", type=click.Choice(VERIFY_FORMATS), help="numpy: source that replays the counterexample."
)
def verify(
    claim: str, given: tuple[str, ...], strict: bool, timeout: float | None, seed: int, notation: str | None
) -> int:
    """Is CLAIM true, for which sizes, and if not: where does it fail. CLAIM may be - for standard input.

    Exits with 0 when it is proved or consistent, 1 when it is refuted or its shapes do not fit, 2 when nothing was decided.

    \b
    Examples:
      derive verify "d(x'*A*x)/dx == (A + A')*x"
      derive verify "d(x'*A*x)/dx == 2*A*x" --given "A: matrix(n, n) symmetric"
      derive verify "tr(A*B) == tr(A)*tr(B)" --format numpy
      derive verify "inv(A + B) == inv(A) + inv(B)" --format json
      derive verify "ispsd(B*B')" --strict
    """
    from derive import report

    page = _verdict(text_of(claim), "; ".join(given), seed, timeout)
    report.show_pages([page], notation)
    if notation == "numpy" and not any(c.data["counterexample"] for c in page.claims):
        click.echo(f"{page.claims[0].status}: there is no counterexample to replay", err=True)
    return exit_code([page], strict)


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--strict",
    is_flag=True,
    help="Only what is proved, or expected by a remark in the text, passes; else the exit is 1.",
)
@click.option("--format", "notation", type=click.Choice(CHECK_FORMATS), help="Default: lines for a reader.")
@click.option("--output", type=click.Path(dir_okay=False), metavar="FILE", help="Write the report to FILE.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes. Default: one a processor.")
@click.option(
    "--timeout", type=Seconds(min=0, min_open=True), metavar="S", help="Give up on a document after S seconds."
)
@click.option("--verbose", "-v", is_flag=True, help="Every step, and how it was read.")
def check(
    paths: tuple[str, ...],
    strict: bool,
    notation: str | None,
    output: str | None,
    jobs: int | None,
    timeout: float | None,
    verbose: bool,
) -> int:
    """Judge every step of the derivations at PATH: Markdown, LaTeX, notebooks, plain notation; folders are walked.

    PATH may be - for Markdown on standard input. Exits with 0 when all that was checked holds, 1 when a step is wrong, 2 when there was
    nothing to check, or a PATH is not there.

    \b
    Examples:
      derive check homework.md
      derive check notes/ --jobs 4 --format html --output report.html
      derive check notes.tex --format concise --strict
      cat homework.md | derive check -
    """
    from derive import report
    from derive.cli.documents import checked, found
    from derive.report.data import ACCEPTED

    if output is not None and not os.path.isdir(os.path.dirname(output) or "."):
        raise click.BadParameter(f"there is no folder {os.path.dirname(output)}", param_hint="--output")
    asked = [one._replace(cited=verbose or notation == "json") for one in found(paths)]
    pages = checked(asked, jobs, timeout)
    chosen = None if notation == "terminal" else notation
    report.show_pages(pages, chosen, output, verbose)
    code = exit_code(pages, strict)
    if code == NOTHING and not any(claim.status in ACCEPTED for page in pages for claim in page.claims):
        click.echo("nothing was checked", err=True)
    return code


def exit_code(pages: Sequence[Page], strict: bool) -> int:
    """1 when something is wrong, or under `strict` not proved; 2 when nothing was accepted, or a path is not there; else 0."""
    claims = [claim.status for page in pages for claim in page.claims]
    if {"refuted", "ill-shaped"} & set(claims):
        return WRONG
    if strict and claims:
        enough = all(c.status == "proved" or c.data.get("expected") == c.status for page in pages for c in page.claims)
        return WRONG if not enough or any(page.skipped for page in pages) else HOLDS
    missing = any(page.skipped is not None and page.skipped["code"] == "no-such-file" for page in pages)
    return HOLDS if {"proved", "consistent"} & set(claims) and not missing else NOTHING


def _verdict(claim: str, given: str, seed: int, timeout: float | None) -> Page:
    """The page of a statement; with a time limit it is made in a process of its own."""
    from derive.judged import judged_statement

    asked = (claim, given, seed, timeout)
    if timeout is None:
        *_, page = judged_statement(asked)
        return page
    from derive.report.data import undecided_page
    from derive.workers import FAILED, work_through

    (outcome,) = work_through(judged_statement, [asked], 1, timeout)
    if outcome.trouble == FAILED:
        raise RuntimeError(outcome.said)
    found: Page | None = outcome.value
    return found or undecided_page(None, claim, f"the time limit of {timeout:g} s was met")
