r"""Spaces that say more than a size: `P \in \mathbb{S}^n_{++}`, `R \in \mathbb{R}_+^{n \times m}`, `a \in [0,1]^n`, `p \in \Delta^{n-1}`, `Q \in \mathrm{O}(n)`.

One idea: such a space is a space of reals and a property; each is a pattern. A space with two usual meanings (`\mathbb{S}^n` of a small letter, `\Delta^n`) is none of them.
"""

from __future__ import annotations

import re
from typing import NamedTuple


def _letter(*names: str) -> str:
    found = "|".join(names)
    return rf"(?:\\(?:mathbb|mathcal|mathrm|mathsf|mathbf|operatorname|text)\s*(?:\{{\s*(?:{found})\s*\}}|(?:{found})(?![A-Za-z])))"


_BELOW = r"_\s*(?:\{(?P<below>[^{}]*)\}|(?P<mark>\+))"
_ABOVE = r"\^\s*(?:\{(?P<above>[^{}]*)\}|(?P<size>\w))"
_SCRIPTS = rf"\s*(?:{_BELOW})?\s*(?:{_ABOVE})?\s*(?P<later>_\s*(?:\{{[^{{}}]*\}}|\+))?\s*"
_BRACKET = r"\s*\(\s*(?P<inside>\w)\s*(?:,\s*\\mathbb\s*\{?\s*R\s*\}?\s*)?\)\s*"
_SYMMETRIC = re.compile(_letter("S") + _SCRIPTS)
_REALS = re.compile(
    rf"(?:{_letter('R')}|\\R(?![A-Za-z])|\\reals){_SCRIPTS}(?P<without>\\(?:setminus|backslash)\s*\\\{{\s*0\s*\\\}})?\s*"
)
_SIMPLEX = re.compile(r"\\Delta\s*(?:\^|_)\s*\{\s*(?P<size>\w)\s*-\s*1\s*\}\s*")
_GROUP = re.compile(
    rf"(?P<group>{_letter('Sym', 'SO', 'O', 'GL', 'Skew')}|S?O(?=\s*\()|GL(?=\s*[(_]))(?:{_BRACKET}|_\s*\{{?\s*(?P<low>\w)\s*\}}?\s*(?:\(\s*\\mathbb\s*\{{?\s*R\s*\}}?\s*\)\s*)?)"
)
_INTERVAL = re.compile(
    r"(?:\\left\s*)?(?P<open>[(\[])\s*(?P<low>-?[\d.]+|-\s*\\infty)\s*,\s*(?:\+?\s*\\infty|-?[\d./]+)\s*(?:\\right\s*)?[)\]]\s*\^\s*(?:\{(?P<above>[^{}]*)\}|(?P<size>\w))\s*"
)
_MARKS = {
    "+": "nonnegative",
    r"\ge0": "nonnegative",
    r"\geq0": "nonnegative",
    "++": "positive",
    ">0": "positive",
    r"\ne0": "nonzero",
    r"\neq0": "nonzero",
}
_DEFINITE = {
    "": "symmetric",
    "+": "psd",
    "++": "pd",
    ">0": "pd",
    r"\succ0": "pd",
    r"\succeq0": "psd",
    r"\ge0": "psd",
    r"\geq0": "psd",
}
_GROUPS = {"Sym": "symmetric", "SO": "orthogonal", "O": "orthogonal", "GL": "invertible", "Skew": "skew"}


class Space(NamedTuple):
    """The sizes as they are written, `n \\times m`, "" for numbers, and the property, "" for none."""

    sizes: str
    word: str


class Membership(NamedTuple):
    """`A, B \\in …`: names as they are written, and their space; None for one that the parser reads."""

    names: tuple[str, ...]
    space: Space | None
    text: str


_SPACE = re.compile(r"\s*(?:\\mathbb|\\mathrm|\\operatorname|\\\{|\\left\s*\\\{|\\R(?![A-Za-z])|\\Delta|[(\[])")
_IN = re.compile(r"(?:\bin|\baus|∈)\s*\Z")


def follows(told: str, text: str) -> bool:
    """Whether a formula is a space alone behind words that end with `in`."""
    return _IN.search(told) is not None and _SPACE.match(text) is not None and "\\in" not in text


def listed(text: str) -> list[Membership] | None:
    """A formula that is a list of memberships, of which at least one is in such a space; None for anything else."""
    if "\\in" not in text:
        return None
    found: list[Membership] = []
    names: list[str] = []
    for item in _items(text.rstrip(" .,;\n")):
        left, sign, right = _parted(item)
        names.append(left.strip())
        if sign:
            found.append(Membership(tuple(names), space(right, names), ", ".join(names) + r" \in " + right))
            names = []
    if names or not any(one.space is not None for one in found):
        return None
    return found


def _parted(item: str) -> tuple[str, str, str]:
    parts = re.split(r"\\in(?![A-Za-z])", item)
    return (parts[0], "in", parts[1]) if len(parts) == 2 else (item, "", "")


def _items(text: str) -> list[str]:
    """The parts between commas outside all brackets."""
    found: list[str] = []
    depth = start = 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            found.append(text[start:at])
            start = at + 1
    return [*found, text[start:]]


def space(text: str, names: list[str] | tuple[str, ...]) -> Space | None:
    """The space of variables with these names; None where it is no such space, or has two meanings for them."""
    text = text.strip()
    large = all(re.search(r"[A-Z]", name) for name in names)
    symmetric = _SYMMETRIC.fullmatch(text)
    if symmetric is not None:
        return _symmetric(symmetric, large)
    reals = _REALS.fullmatch(text)
    if reals is not None:
        word = _MARKS.get(_mark(reals), "") or ("nonzero" if reals["without"] and not _sizes(reals) else "")
        return Space(_sizes(reals), word) if word and (not _mark(reals) or not reals["without"]) else None
    simplex = _SIMPLEX.fullmatch(text)
    if simplex is not None:
        return Space(simplex["size"], "simplex")
    group = _GROUP.fullmatch(text)
    if group is not None and large:
        size, word = group["inside"] or group["low"], re.findall(r"Sym|SO|Skew|GL|O", group["group"])[-1]
        return Space(rf"{size} \times {size}", _GROUPS[word])
    interval = _INTERVAL.fullmatch(text)
    if interval is None:
        return None
    low = interval["low"]
    word = "" if low.startswith("-") else "nonnegative" if interval["open"] == "[" and float(low) == 0 else "positive"
    return Space(_sizes(interval), word)


def _symmetric(found: re.Match[str], large: bool) -> Space | None:
    """`\\mathbb{S}^n_{++}`; `\\mathbb{S}^{n-1}` of a small letter is the sphere."""
    size, word = _sizes(found), _DEFINITE.get(_mark(found))
    sphere = re.fullmatch(r"\s*(\w)\s*-\s*1\s*", size)
    if sphere is not None and not large and not _mark(found) and "mathbb" in found[0]:
        return Space(sphere[1], "unit-norm")
    parts = [part.strip() for part in re.split(r"\\times", size)]
    if not large or word is None or len(set(parts)) != 1 or re.fullmatch(r"\w+", parts[0]) is None:
        return None
    if not _mark(found) and "mathbb" not in found[0]:
        return None  # `\mathcal{S}^n`: any set
    return Space(rf"{parts[0]} \times {parts[0]}", word)


def _mark(found: re.Match[str]) -> str:
    below = found["below"] or found["mark"] or re.sub(r"[_{}\s]", "", found["later"] or "")
    return re.sub(r"\s", "", below)


def _sizes(found: re.Match[str]) -> str:
    groups = found.groupdict()
    return (groups.get("above") or groups.get("size") or "").strip()
