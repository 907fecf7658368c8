r"""A formula respelled by what is declared: `L(x - y)` is a product where L is a matrix, `e^{X\theta}` a vector where `\theta` is one.

One idea: the parser knows names and not kinds; where the kind decides, the text is changed so that it has one reading, and every character keeps
its place. Frames such as `\boxed{…}` are blanks.
"""

from __future__ import annotations

import re

from derive.document.macros import group_at
from derive.document.mapped import Mapped

_FRAME = re.compile(
    r"\\(?:boxed|fbox|bbox(?:\[[^\]]*\])?|framebox|cancel|mathstrut|displaystyle|textstyle)(?![A-Za-z])|\\color\{[^{}]*\}"
)
_EXPONENTIAL = re.compile(r"(?<![A-Za-z\\])e\^\{(?P<inside>[^{}]*)\}")
_LAST = re.compile(r"(?:\\([A-Za-z]+)|([A-Za-z]))\s*\Z")


def respelled(formula: Mapped, matrices: frozenset[str], vectors: frozenset[str]) -> Mapped:
    """The formula without frames, with one reading where these names decide."""
    formula = _unframed(formula)
    letters = "".join(sorted(n for n in matrices if len(n) == 1))
    if letters:
        for found in reversed(list(re.finditer(rf"(?<![A-Za-z\\])[{letters}](?=\()", formula.text))):
            formula = _changed(formula, found.end(), found.end(), " ")
    for found in reversed(list(_EXPONENTIAL.finditer(formula.text))):
        last = _LAST.search(found["inside"])
        if last is not None and (last[1] or last[2]) in vectors:
            formula = _changed(formula, found.start(), found.start("inside"), r"\exp{")
    return formula


def _changed(formula: Mapped, start: int, end: int, text: str) -> Mapped:
    origin = [*formula.origin[:start], *[formula.origin[start]] * len(text), *formula.origin[end:]]
    return Mapped(formula.text[:start] + text + formula.text[end:], origin)


def _unframed(formula: Mapped) -> Mapped:
    """The formula with blanks for its frames and their brackets."""
    text = formula.text
    found = _FRAME.search(text)
    while found is not None:
        cut = [(found.start(), found.end())]
        end = group_at(text, found.end()) if text[found.end() : found.end() + 1] == "{" else None
        if end is not None:
            cut += [(found.end(), found.end() + 1), (end - 1, end)]
        for low, high in cut:
            text = text[:low] + " " * (high - low) + text[high:]
        found = _FRAME.search(text, found.end())
    return Mapped(text, formula.origin)
