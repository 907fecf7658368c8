"""What the codes of messages mean: one Markdown file a code, beside this one.

One idea: the file is the explanation, its name the code, its first line `# code: title`; here it is only found. It knows no code by itself, and
imports nothing of ours, so that whoever emits a code and whoever prints it read the same text.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def explanation_of(code: str) -> str | None:
    """The Markdown text for a code such as `refuted`; None where there is none."""
    if not code.replace("-", "").isalnum() or not code.isascii():
        return None
    place = _folder() / f"{code}.md"
    return place.read_text("utf-8") if place.is_file() else None


@cache
def title_of(code: str) -> str:
    """What a code says in a few words; the code itself where there is no explanation."""
    text = explanation_of(code)
    return code if text is None else text.partition("\n")[0].partition(": ")[2].strip()


def codes() -> list[str]:
    """Every code that has an explanation."""
    return sorted(entry.name[:-3] for entry in _folder().iterdir() if entry.name.endswith(".md"))


def nearest_codes(code: str) -> list[str]:
    """Codes that look like a misspelt one."""
    import difflib

    return difflib.get_close_matches(code, codes(), 3)


def _folder() -> Traversable:
    return files("derive") / "explanations"
