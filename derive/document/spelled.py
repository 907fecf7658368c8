r"""A formula respelled by what is declared: `L(x - y)` is a product where L is a matrix, `e^{X\theta}` a vector where `\theta` is one.

One idea: the parser knows names and not kinds; where the kind decides, the text is changed so that it has one reading, and every character keeps
its place. Frames such as `\boxed{…}` are blanks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.document.macros import group_at
from derive.document.mapped import Mapped

_FRAME = re.compile(
    r"\\(?:boxed|fbox|bbox(?:\[[^\]]*\])?|framebox|cancel|mathstrut|displaystyle|textstyle)(?![A-Za-z])|\\color\{[^{}]*\}"
)
_EXPONENTIAL = re.compile(r"(?<![A-Za-z\\])e\^\{(?P<inside>[^{}]*)\}")
_LAST = re.compile(r"(?:\\([A-Za-z]+)|([A-Za-z]))\s*\Z")


_DELTA = re.compile(r"\\delta(?![A-Za-z])(?!\s*_)")
_VARIED = r"\\delta(?:\s|\\[,!;])*(?:(?<![A-Za-z])[A-Za-z]|\\[A-Za-z]+|\()"
_VARIATION = re.compile(rf"(?:\A|\\\\|[&}}\n])\s*{_VARIED}[^=]{{0,40}}=.*?{_VARIED}", re.DOTALL)
_NOT_VARIED = re.compile(
    r"(?:\s|\\[,!;])*(?![A-Za-z(\s\\]|\\[,!;])|(?:\s|\\[,!;])*\\(?:in|to|leq?|geq?|ne|neq|cdot|times|sim|approx|ll|quad|[}|])(?![A-Za-z])"
)


_D = r"(?<![A-Za-z\\])d(?:[A-Za-z](?![A-Za-z])|\s*\\[A-Za-z]+)"
_DIFFERENTIATED = re.compile(rf"(?:\A|\\\\|[&}}\n])\s*{_D}[^=]{{0,40}}=.*?{_D}", re.DOTALL)


def differentiates(formulas: Sequence[str]) -> bool:
    r"""Whether a text writes differentials with an italic d, `d\ell = \operatorname{tr}(A\,d\Sigma)`: then d before a letter is that, a size d or not."""
    return any(_DIFFERENTIATED.search(text) for text in formulas)


def varies(formulas: Sequence[str]) -> bool:
    r"""Whether a text writes differentials with δ: `\delta L = \operatorname{tr}(A\,\delta W)`, and δ without a subscript is nothing else in it."""
    if not any(_VARIATION.search(text) for text in formulas):
        return False
    return not any(_NOT_VARIED.match(text, found.end()) for text in formulas for found in _DELTA.finditer(text))


def respelled(formula: Mapped, matrices: frozenset[str], vectors: frozenset[str], varied: bool = False) -> Mapped:
    """The formula without frames, with one reading where these names decide; `varied`: δ is the sign of a differential."""
    formula = _unframed(formula)
    if varied:
        for found in reversed(list(_DELTA.finditer(formula.text))):
            formula = _changed(formula, found.start(), found.end(), r"\mathrm{d}")
    letters = "".join(sorted(n for n in matrices if len(n) == 1))
    if letters:
        for found in reversed(list(re.finditer(rf"\\[A-Za-z]+|[{letters}](?=\()", formula.text))):
            if found[0][0] != "\\":
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
