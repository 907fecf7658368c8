"""The formats of a report, by name: each a function of pages to text.

One idea: a table; a format is loaded when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from derive.report.anatomy import bare
from derive.report.data import Page, to_dict
from derive.report.summary import page_lines

WIDTH = 100  # columns where there is no terminal
HOMES = {"concise": "concise", "html": "html", "sarif": "sarif", "junit": "junit", "gradescope": "gradescope"}


def written(pages: Sequence[Page], notation: str, verbose: bool = False) -> str:
    """The report as text, without a line end at its end."""
    if notation in ("text", "terminal"):
        return "\n".join(map(bare, page_lines(pages, WIDTH, verbose)))
    if notation == "json":
        return as_json(pages)
    if notation == "numpy":
        return snippets(pages)
    render: Callable[[Sequence[Page]], str] = import_module(f"derive.report.{HOMES[notation]}").render
    return render(pages).rstrip("\n")


def as_json(pages: Sequence[Page]) -> str:
    """The JSON of the checker."""
    import json

    return json.dumps(to_dict(pages), ensure_ascii=False, indent=2)


def snippets(pages: Sequence[Page]) -> str:
    """The NumPy source that replays each counterexample."""
    found = [claim.data["counterexample"] for page in pages for claim in page.claims]
    return "\n\n".join(one["snippet"].rstrip("\n") for one in found if one and one["snippet"])
