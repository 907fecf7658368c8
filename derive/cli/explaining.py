"""`derive explain`: what an operation is, or what a code of a message means.

One idea: a name is looked up among the operations first, then among the codes that the program can emit. It knows neither.
"""

from __future__ import annotations

import click

from derive.finding import DeriveError


@click.command()
@click.argument("name", metavar="NAME")
def explain(name: str) -> None:
    """What NAME is: an operation, or a code of a finding, a verdict or a mistake, with an example.

    \b
    Examples:
      derive explain softmax
      derive explain inv
      derive explain refuted
      derive explain missing-transpose
    """
    from derive import report
    from derive.reading import operation as find
    from derive.report.explanation import explanation_of, nearest_codes

    text = explanation_of(name)
    try:
        found = find(name)
    except DeriveError as trouble:
        if text is None:
            raise report.with_helps(trouble, [f"derive explain {code}" for code in nearest_codes(name)]) from None
        report.show_explanation(text)
        return
    report.show_operation(*found)
    if text is not None:
        report.show_explanation(text)
