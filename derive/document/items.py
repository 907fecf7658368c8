"""Formulas that are a whole item of a list: `a) $\\operatorname{tr}(AB) = \\operatorname{tr}(BA)$` states, where a formula in the middle of prose may assume.

One idea: an item is a line of a label and one formula; the list states what its introduction does not assume. It reads no mathematics.
"""

from __future__ import annotations

import re

from derive.source import Span

_MARK = r"(?:[-*+]|\(?\w{1,4}[.)]|\*\*[^*$\n]{1,24}\*\*|__[^_$\n]{1,24}__|\\item(?:\[[^\]\n]*\])?|(?:Part|Problem|Exercise|Question|Q|Aufgabe|Teil)\s*\(?\w{1,4}[.):]+)"
_LABEL = re.compile(rf"[ \t>]*(?:{_MARK}[ \t]*){{1,2}}(?:\$|\\\()?[ \t]*")
_REST = re.compile(r"[ \t]*(?:\$|\\\))?[ \t]*[.,;]?[ \t]*(?:\$|\\\))?[ \t]*(?=\n|\Z)")
_ITEM = re.compile(rf"[ \t>]*{_MARK}\s.*|[ \t>]*|\s*\\(?:begin|end)\{{\w+\}}.*")
_SENTENCE = re.compile(r"[.;!?](?:\s|$)")
_STATES = re.compile(
    r"\b(?:show|prove|proof|verify|check|comput\w*|calculat\w*|deriv\w*|true|false|identit\w*|results?|answers?|solutions?|zeige\w*|beweis\w*|montre\w*|demostr\w*)\b",
    re.IGNORECASE,
)
_ASSUMES = re.compile(
    r"\b(?:let|assum\w*|suppos\w*|where|with|such that|subject to|if|when|given|denot\w*|defin\w*|notation|writ\w*|set|choos\w*|constrain\w*|condition\w*"
    r"|hypothes\w*|propert\w*|requir\w*|satisf\w*|facts?|for|sei\w*|mit|wobei|wenn|falls|gegeben|annahme\w*|voraussetz\w*|soi\w*|avec|où|si)\b",
    re.IGNORECASE,
)


def stated(text: str, formula: Span) -> bool:
    """Whether a formula in prose is a whole item of a list that states its items."""
    start = text.rfind("\n", 0, formula.start) + 1
    if _LABEL.fullmatch(text, start, formula.start) is None or _REST.match(text, formula.end) is None:
        return False
    introduction = _introduction(text[max(0, start - 4000) : start])
    return _STATES.search(introduction) is not None or _ASSUMES.search(introduction) is None


def _introduction(before: str) -> str:
    """The last sentence before the list, where it leads to the list: it ends with a colon, or with nothing, directly above."""
    lines = before.split("\n")[:-1]
    apart = False
    while lines and _ITEM.fullmatch(lines[-1]):
        apart = not lines.pop().strip()
    last = " ".join(lines[-3:]).rstrip()
    if not last or last[-1] in ".!?" or (apart and last[-1] not in ":,"):
        return ""
    return _SENTENCE.split(last)[-1]
