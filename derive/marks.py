"""How a name carries its marks: subscripts, accents, `(1)` above, a star.

One idea: one scheme from marks to ASCII names, which the LaTeX reader applies and the LaTeX printer undoes:

    W_1 -> W1    W_{hh} -> W_hh    h_{t-1} -> h_tm1    w_{1,2} -> w_1_2    \\hat x -> x_hat    W^{(1)} -> W__1
    w^* -> w_star    h_+ -> h_plus    \\hat{y}^{(1)} -> y_hat__1

It knows names only, no grammar and no meaning.
"""

from __future__ import annotations

import re

ACCENTS = ("hat", "bar", "tilde", "dot", "ddot", "vec", "check")
RAISED = "__"
STAR = "_star"
WORDS = {"+": "plus", "-": "minus", "*": "star"}
_SIGNS = {"+": "p", "-": "m"}
_SHIFTED = re.compile(r"([A-Za-z])([mp])(\d+)\Z")
_ACCENTED = "|".join(ACCENTS)
_PARTS = re.compile(
    rf"([A-Za-z]+)((?:_(?:{_ACCENTED})(?![A-Za-z]))*)(\d+|_(?!star\b|star_)[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*?)?(_star)?(?:__([A-Za-z0-9]+))?\Z"
)


def lowered(base: str, below: str) -> str:
    """The name with a subscript: digits are appended, anything else stands after an underscore.

    >>> lowered("W", "1"), lowered("W", "hh"), lowered("w", "1_2")
    ('W1', 'W_hh', 'w_1_2')
    """
    name, mark, layer = base.partition(RAISED)
    return name + ("" if below.isdigit() else "_") + below + mark + layer


def accented(base: str, accent: str) -> str:
    """The name with an accent over its letters: `y_i` with a hat is `y_hat_i`."""
    letters = re.match(rf"[A-Za-z]+(?:_(?:{_ACCENTED})(?![A-Za-z]))*", base)
    at = letters.end() if letters else len(base)
    return f"{base[:at]}_{accent}{base[at:]}"


def conjugated(name: str) -> str:
    """`z` of `z_bar` and `z_star`, as the conjugate of z is written; "" for other names.

    >>> conjugated("z_bar"), conjugated("z_star"), conjugated("z")
    ('z', 'z', '')
    """
    return next((name.removesuffix(mark) for mark in ("_bar", STAR) if name.endswith(mark)), "")


def raised(base: str, above: str) -> str:
    """The name with `(above)` over it."""
    return base + RAISED + above


def shifted(letter: str, sign: str, digits: str) -> str:
    """`t - 1` as part of a name: `tm1`."""
    return letter + _SIGNS[sign] + digits


def unshifted(mark: str) -> tuple[str, str, str] | None:
    """`tm1` -> ("t", "-", "1"); None when the mark is no shift."""
    found = _SHIFTED.match(mark)
    if found is None:
        return None
    letter, sign, digits = found.groups()
    return letter, "-" if sign == "m" else "+", digits


def parts(name: str) -> tuple[str, tuple[str, ...], str, bool, str] | None:
    """Letters, accents, subscript, star and what stands above; None when the name does not follow the scheme."""
    found = _PARTS.match(name)
    if found is None:
        return None
    letters, accents, below, star, above = found.groups()
    below = (below or "").removeprefix("_")
    marks = tuple(a for a in accents.split("_") if a)
    again = letters
    for accent in marks:
        again = accented(again, accent)
    again = lowered(again, below) if below else again
    again = (again + STAR if star else again) + (RAISED + above if above else "")
    return (letters, marks, below, bool(star), above or "") if again == name else None
