"""Where the pages are: inside the installed package, or beside it in a checkout.

One idea: a wheel holds them as `derive/identities`, an editable install and a checkout as `identities` next to the package; whichever folder has pages is it.
"""

from __future__ import annotations

from pathlib import Path

from derive.finding import Finding, LanguageError


def folder() -> Path:
    """The folder of the pages. Raises LanguageError `no-catalogue` where there is none."""
    package = Path(__file__).parents[1]
    for place in (package / "identities", package.parent / "identities"):
        if (place / "REFERENCES.md").is_file():
            return place
    raise LanguageError(Finding("no-catalogue", "the pages of the catalogue are not installed beside the package"))
