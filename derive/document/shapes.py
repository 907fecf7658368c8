r"""Formulas that are notation rather than mathematics, read by their form: `f: \mathbb{R}^n \to \mathbb{R}`, `X = (x_1, \ldots, x_n)`, `x = (x_0, \ldots, x_{n-1})^\top`.

One idea: a handful of patterns over the text of a formula, before the parser sees it; each says what is declared. Whatever fits none is for the
parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from derive.document.mapped import Mapped

_FONT = r"\\(?:mathbf|boldsymbol|bm|mathrm|vec|mathbb|mathcal)\s*"
_NAME = rf"(?:{_FONT}\{{\s*(\\?[A-Za-z]+)\s*\}}|{_FONT}([A-Za-z])|(\\[A-Za-z]+|[A-Za-z]))"
_REALS = r"(?:\\mathbb\s*\{?\s*R\s*\}?|\\R(?![A-Za-z])|\\reals|\\Reals)"
_SPACE = rf"{_REALS}\s*(?:\^\s*(?:\{{([^{{}}]*)\}}|(\w)))?"
_FUNCTION = re.compile(
    rf"^\s*{_NAME}\s*(?::|\\colon)\s*{_SPACE}\s*(?:\\to|\\rightarrow|\\longrightarrow)\s*{_SPACE}\s*[.,;]?\s*$"
)
_DOTS = r"\\(?:dots|ldots|cdots|dotsc)"
_LIST = re.compile(
    rf"^\s*{_NAME}\s*(?::=|=)\s*(?:\\left\s*)?[(\[]\s*{_NAME}_\{{?(\w)\}}?\s*,\s*(?:{_NAME}_\{{?\w\}}?\s*,\s*)?{_DOTS}\s*,\s*"
    rf"{_NAME}_(?:\{{([^{{}}]*)\}}|(\w))\s*(?:\\right\s*)?[)\]]\s*(\^\s*(?:\{{[^{{}}]*\}}+|\\top|T|\\intercal|'|\\mathsf\s*T))?\s*(\\in.*)?$"
)
_NAMES = rf"{_NAME}(?:\s*,\s*{_NAME})*"
_SIGNED = re.compile(
    rf"^\s*(?P<names>{_NAMES})\s*(?P<sign>>|\\geq?(?![A-Za-z])|\\succeq?(?![A-Za-z])|\\neq?(?![A-Za-z]))\s*0\s*[.,;]?\s*$"
)
_INTERVAL = re.compile(
    rf"^\s*(?P<names>{_NAMES})\s*\\in\s*(?:\\left\s*)?(?P<open>[(\[])\s*(?P<low>-?[\d.]+|-\s*\\infty)\s*,\s*(?P<high>\+?\s*\\infty|-?[\d./]+)"
    r"\s*(?:\\right\s*)?[)\]]\s*[.,;]?\s*$"
)
_COUNTED = re.compile(
    r"(?<![A-Za-z\\])(?P<name>[a-z])\s*(?:=\s*1\s*,\s*(?:2\s*,\s*)?\\[lc]?dots[bc]?\s*,|\\in\s*\\\{\s*1\s*,\s*(?:2\s*,\s*)?\\[lc]?dots[bc]?\s*,|\\in\s*\[)\s*(?P<last>[A-Za-z])(?![A-Za-z])"
    r"|\\sum(?:\\limits)?_\{\s*(?P<bound>[a-z])\s*=\s*1\s*\}\s*\^\s*\{?\s*(?P<high>[A-Za-z])(?![A-Za-z])"
)
_MEAN = re.compile(r"(\\mathbb\s*\{?\s*E\s*\}?|\\E(?![A-Za-z])|\\operatorname\{E\}|\\mathrm\{E\})\s*_\s*\{")


class Spaces(NamedTuple):
    """`f: R^m -> R^n`: the sizes as text, "" for scalars."""

    name: str
    source: str
    target: str


class Listing(NamedTuple):
    """`X = (x_1, ..., x_n)^T`: the whole, the member, its first index, the text of the last, and whether the list is turned."""

    name: str
    member: str
    first: str
    last: str
    turned: bool
    rest: str  # `\\in \\mathbb{R}^n`


def _name(*groups: str | None) -> str:
    found = next((g for g in groups if g), "")
    return found.lstrip("\\")


def signed(text: str) -> tuple[list[str], str] | None:
    r"""`\alpha, \beta > 0`: the names as they are written, and the sign."""
    found = _SIGNED.match(text)
    if found is None or "," not in found["names"]:
        return None
    return [part.strip() for part in found["names"].split(",")], found["sign"]


def interval(text: str) -> tuple[list[str], str] | None:
    r"""`k \in (0, 1)`: the names as they are written, and the property that a number of the interval has, "" for none."""
    found = _INTERVAL.match(text)
    if found is None:
        return None
    low = found["low"]
    word = "" if low.startswith("-") else "nonnegative" if found["open"] == "[" and float(low) == 0 else "positive"
    return [part.strip() for part in found["names"].split(",")], word


def counts(texts: Iterable[str]) -> dict[str, str]:
    r"""How far indices run, `i = 1, \dots, n` or `\sum_{i=1}^n`; an index that runs twice, to different ends, has no count."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for match in _COUNTED.finditer(text):
            name, last = match["name"] or match["bound"], match["last"] or match["high"]
            found.setdefault(name, set()).add(last)
    return {name: next(iter(ends)) for name, ends in found.items() if len(ends) == 1}


def function(text: str) -> Spaces | None:
    """A formula that declares a function by its spaces."""
    found = _FUNCTION.match(text)
    if found is None:
        return None
    g = found.groups()
    return Spaces(_name(*g[:3]), g[3] or g[4] or "", g[5] or g[6] or "")


def listing(text: str) -> Listing | None:
    """A formula that lists the members of a matrix, or the entries of a vector."""
    found = _LIST.match(text)
    if found is None:
        return None
    g = found.groups()
    whole, member, first = _name(*g[:3]), _name(*g[3:6]), str(g[6])
    last = str(g[-4] or g[-3] or "")
    if member != _name(*g[-7:-4]):
        return None
    return Listing(whole, member, first, last, g[-2] is not None, str(g[-1] or ""))


def without_laws(formula: Mapped) -> tuple[Mapped, list[Mapped]]:
    r"""A formula with `\mathbb{E}_{x \sim p}` as a bare `\mathbb{E}`, and what stood below: the laws that it declares."""
    laws: list[Mapped] = []
    at = 0
    while (found := _MEAN.search(formula.text, at)) is not None:
        end = _closing(formula.text, found.end())
        inside = formula.part(found.end(), max(found.end(), end - 1))
        at = end
        start = found.end(1)
        blank = formula.text[:start] + " " * (end - start) + formula.text[end:]
        formula = Mapped(blank, formula.origin)
        if "\\sim" in inside.text:
            laws.append(inside)
    return formula, laws


def _closing(text: str, at: int) -> int:
    depth = 1
    while at < len(text) and depth:
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
    return at
