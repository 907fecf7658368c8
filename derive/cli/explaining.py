"""`derive explain`: what an operation is, or what a code of a message means.

One idea: a name is looked up among the operations first, then among the codes that the program can emit. It knows neither.
"""

from __future__ import annotations

import click

from derive.finding import DeriveError


@click.command()
@click.argument("name", metavar="[NAME]", default="")
def explain(name: str) -> None:
    """What NAME is: an operation, or a code of a finding, a verdict or a mistake, with an example. Without NAME, the codes.

    \b
    Examples:
      derive explain softmax
      derive explain inv
      derive explain refuted
      derive explain missing-transpose
    """
    from derive import report
    from derive.explanations import explanation_of, nearest_codes
    from derive.reading import operation as find

    if not name:
        _list()
        return
    text = explanation_of(name)
    try:
        found = find(name)
    except DeriveError as trouble:
        if text is None:
            helps = [f"derive explain {code}" for code in nearest_codes(name)]
            if not (helps or trouble.finding.helps):
                helps = ["derive explain   (lists the codes)"]
            raise report.with_helps(trouble, helps) from None
        report.show_explanation(text)
        return
    report.show_operation(*found)
    if text is not None:
        report.show_explanation(text)


def _list() -> None:
    """Every code and what it says, the mistakes first."""
    from derive import report
    from derive.diagnosis.mistakes import mistakes
    from derive.explanations import codes, title_of

    known = [m.code for m in mistakes()]
    others = [code for code in codes() if code not in known]
    report.show_codes("mistakes", [(code, title_of(code)) for code in known])
    report.show_codes("verdicts and findings", [(code, title_of(code)) for code in others])
