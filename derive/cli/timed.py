"""`derive bench`: the compiled derivative beside JAX and PyTorch, where they are installed.

One idea: it asks for the times and shows them; it measures nothing.
"""

from __future__ import annotations

import click

from derive.cli.calculation import Calculation, text_of


@click.command(cls=Calculation, context_settings={"ignore_unknown_options": True})
@click.argument("expression", metavar="EXPR")
@click.option("--kind", type=click.Choice(["gradient", "jacobian", "hessian"]), default="gradient", show_default=True)
@click.option("--wrt", metavar="V", help="The variable. Not needed if there is one.")
@click.option("--given", metavar="DECLS", multiple=True, help='Declarations, such as "x: vector(n)".')
@click.option("--size", "sizes", metavar="NAME=NUMBER", multiple=True, help="A size, such as n=500; others are 200.")
def bench(expression: str, kind: str, wrt: str | None, given: tuple[str, ...], sizes: tuple[str, ...]) -> None:
    """Time the compiled derivative of EXPR, and that of JAX and PyTorch where they are installed.

    \b
    Examples:
      derive bench "x'*A*x" --kind hessian --size n=500
      derive bench "norm2(X*w - y)^2" --wrt w --size m=4000 --size n=500
    """
    from derive import report
    from derive.timing import bench as timed
    from derive.timing import read_sizes

    report.show_bench(timed(kind, text_of(expression), wrt, "; ".join(given), read_sizes(sizes)))
