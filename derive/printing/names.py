"""Names as mathematics writes them: Greek, subscripts, accents; in Unicode and in LaTeX.

One idea: a name is letters, accents and a subscript (`x_hat1` is x, hat, 1); a Unicode spelling is used only when
`canonical` reads it back as the same name.
"""

from __future__ import annotations

import re

from derive import marks
from derive.characters import ACCENT_MARKS, GREEK_LETTERS, SUBSCRIPTS, canonical

_PARTS = re.compile(r"([A-Za-z]+)((?:_(?:hat|bar|tilde|ddot|dot))*)(?:_?(\d+|(?<=_)[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*))?\Z")
_SMALL = {letter: mark for mark, letter in SUBSCRIPTS.items() if letter}
_SAME_IN_LATIN = frozenset("Alpha Beta Epsilon Zeta Eta Iota Kappa Mu Nu Omicron Rho Tau Chi omicron".split())
_WORDS = frozenset("I d e".split())
_BARE = ((), "", False, "")
_spelled: dict[str, str] = {}


def unicode_name(name: str) -> str:
    """`lambda` → λ, `W1` → W₁, `x_hat` → x̂, `x_i` → xᵢ; the name itself when there is no such spelling.

    >>> [unicode_name(n) for n in ("lambda", "W12", "x_hat", "x_i", "loss", "dX")]
    ['λ', 'W₁₂', 'x̂', 'xᵢ', 'loss', 'dX']
    """
    known = _spelled.get(name)
    if known is None:
        known = _spell(name)
        if len(_spelled) < 10_000:
            _spelled[name] = known
    return known


def _spell(name: str) -> str:
    found = _PARTS.match(name)
    if found is None:
        return name
    letters, accents, below = found.groups()
    base = GREEK_LETTERS.get(letters, letters)
    if len(base) > 1 and (accents or below is None):
        return name
    marks = "".join(ACCENT_MARKS[a] for a in accents.split("_") if a)
    if below is not None and not (all(c in _SMALL for c in below) and (len(base) == 1 or below.isdigit())):
        return name if base == letters and not marks else _read_back(f"{base}{marks}_{below}", name)
    return _read_back(base + marks + "".join(_SMALL[c] for c in below or ""), name)


def _read_back(spelled: str, name: str) -> str:
    """NFC, when it is the same name."""
    import unicodedata

    spelled = unicodedata.normalize("NFC", spelled)
    return spelled if canonical(spelled) == name else name


def latex_name(name: str) -> str:
    r"""`lambda` → \lambda, `W1` → W_{1}, `x_hat` → \hat{x}, `W__1` → W^{(1)}, `loss` → \mathrm{loss}, `dX` → \mathrm{d}X.

    A name that does not follow the scheme of `derive.marks` is an upright word: `W_1` → \mathrm{W\_1}.
    """
    if name == "1i":
        return r"\mathrm{i}"
    if len(name) == 2 and name[0] == "d" and name[1].isalpha():
        return r"\mathrm{d}" + name[1]
    found = marks.parts(name)
    below = None if found is None else _latex_subscript(found[2])
    if found is None or below is None or (found[0] == "I" and found[2]) or (found[0] in _WORDS and found[1:] != _BARE):
        return word(name) if len(name) > 1 else name
    letters, accents, _, star, above = found
    out = _latex_letters(letters)
    for accent in accents:
        out = rf"\{accent}{{{out}}}"
    out += f"_{{{below}}}" if below else ""
    return out + ("^{*}" if star else f"^{{({_latex_subscript(above)})}}" if above else "")


def word(name: str) -> str:
    r"""A name as one upright word: \mathrm{x\_i}."""
    return rf"\mathrm{{{escaped(name)}}}"


def escaped(text: str) -> str:
    """Text whose underscores LaTeX prints."""
    return text.replace("_", r"\_")


def _latex_letters(letters: str) -> str:
    if letters == "ell":
        return r"\ell"
    if letters in GREEK_LETTERS and letters != "sigmaf" and letters not in _SAME_IN_LATIN:
        return rf"\{letters}"
    return letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"


def _latex_subscript(below: str) -> str | None:
    """The subscript that is read back as this part of a name: `1`, `hh`, `t-1`, `1,2`; None when there is none."""
    if below in ("plus", "minus", "star"):
        return {"plus": "+", "minus": "-", "star": None}[below]
    shift = marks.unshifted(below)
    if shift is not None:
        return " ".join(shift).replace(" ", "")
    pieces = [p if len(p) < 3 or p.isdigit() else _latex_letters(p) if p.isalpha() else None for p in below.split("_")]
    return None if None in pieces else ",".join(p for p in pieces if p is not None)
