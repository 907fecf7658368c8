r"""Entries for a terminal: the Markdown of the page, with its formulas in Unicode and in plain notation.

One idea: a formula is read as the checker reads it and printed from its tree, so what is shown is what was understood; one that cannot be read alone, in the
middle of a sentence, stays as its author wrote it. It draws nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.catalogue.entry import Entry
from derive.catalogue.reading import names_of, reading
from derive.finding import DeriveError
from derive.printing import text as plain
from derive.printing import unicode
from derive.syntax import parse_latex_statement

_INLINE = re.compile(r"(?<![\\$])\$([^$]+)\$")
_SPACE = re.compile(r"\\mathbb\{([RC])\}(?:\^\{([^{}]*)\}|\^(\w))?")
_LOWERED = re.compile(r"_(?:\{(\d+)\}|(\d))")
_ABOVE = str.maketrans("abcdefghijklmnoprstuvwxyz0123456789+-×", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ˣ")
_BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SIGNS = (
    (r"\in ", "∈ "),
    (r"\to ", "→ "),
    (r"\mathrm{d}", "d"),
    (r"\ldots", "…"),
    (r"\dots", "…"),
    (r"\{", "{"),
    (r"\}", "}"),
    (r"\,", " "),
    (r"\ ", " "),
)


def formula(entry: Entry) -> str:
    """The statement in Unicode, on one line."""
    return unicode(reading(entry).statement)


def markdown(entry: Entry) -> str:
    """An entry as Markdown for a terminal."""
    return "\n\n".join(_parts(entry)) + "\n"


def _parts(entry: Entry) -> Iterator[str]:
    read = reading(entry)
    names = names_of(read.declared)
    yield f"# {entry.name}"
    if entry.prose:
        yield in_unicode(entry.prose, names)
    if entry.declarations:
        yield in_unicode(entry.declarations, names)
    yield f"    {unicode(read.statement)}\n    {plain(read.statement)}"
    if entry.erratum:
        yield "This is the wrong form."
    for step, tree in zip(entry.derivation, read.steps, strict=True):
        if step.prose:
            yield in_unicode(step.prose, names)
        yield f"    {unicode(tree)}"
    yield "Source: " + "; ".join(map(str, entry.source)) + f"; page {entry.topic}"


def in_unicode(prose: str, names: frozenset[str] = frozenset()) -> str:
    """Prose with its `$…$` in Unicode."""
    return _INLINE.sub(lambda found: _inline(found[1], names), prose)


def _inline(latex: str, names: frozenset[str]) -> str:
    if r"\in" not in latex and r"\to" not in latex:
        try:
            return unicode(parse_latex_statement(latex, "formula", names))
        except (DeriveError, ValueError):
            pass
    for sign, shown in _SIGNS:
        latex = latex.replace(sign, shown)
    latex = _SPACE.sub(
        lambda m: {"R": "ℝ", "C": "ℂ"}[m[1]] + _raised((m[2] or m[3] or "").replace(r"\times", "×")), latex
    )
    return _LOWERED.sub(lambda m: "".join(m[1] or m[2]).translate(_BELOW), latex).replace("  ", " ")


def _raised(text: str) -> str:
    """Sizes as superscripts, where Unicode has them all: `m×n` as ᵐˣⁿ."""
    bare = text.replace(" ", "")
    shown = bare.translate(_ABOVE)
    return shown if not set(shown) & set(bare) else f"^({bare})"
