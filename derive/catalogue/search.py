"""Finding entries by words and by mathematics.

One idea: a text is both, if it reads as both. Its words are looked up in names and prose; as mathematics it is looked up by its shape, among all parts of all
statements, so that letters need not be those of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from derive.catalogue.entry import Entry
from derive.catalogue.reading import reading
from derive.catalogue.shape import Shape, inside, opened, shape_of
from derive.finding import DeriveError
from derive.syntax import parse, parse_latex, parse_latex_statement, parse_statement
from derive.tree import Tree

LONGEST = 500  # characters of a text that is searched for
WHOLE, SUBJECT, SIDE, PART, NAMED, TOLD = (
    "the statement",
    "what it differentiates",
    "one side of it",
    "part of it",
    "its name",
    "what it is good for",
)
_ORDER = (WHOLE, SUBJECT, SIDE, NAMED, PART, TOLD)
_MATHEMATICAL = re.compile(r"[*'^/=+\\∂∇()²ᵀ⁻\[\]]|\b[A-Za-z]\b")


class Hit(NamedTuple):
    """An entry that was found, and by what."""

    entry: Entry
    by: str


def search(text: str, entries: Iterable[Entry]) -> list[Hit]:
    """The entries that a text finds, the best first: by mathematics up to renaming, and by words."""
    text = text.strip()[:LONGEST]
    if not text:
        return []
    wanted = mathematics(text)
    words = [word for word in re.findall(r"[\w-]+", text.lower()) if len(word) > 1] if not _is_formula(text) else []
    found = []
    for entry in entries:
        by = (_by_mathematics(wanted, entry) if wanted is not None else "") or _by_words(words, entry)
        if by:
            found.append(Hit(entry, by))
    return sorted(found, key=lambda hit: (_ORDER.index(hit.by), len(hit.entry.statement.text)))


def _is_formula(text: str) -> bool:
    return re.search(r"[*'^/=+\\∂∇ᵀ]", text) is not None


def mathematics(text: str) -> Tree | None:
    """The tree of a text that is an expression or a statement, in plain notation or in LaTeX; None for words."""
    if _MATHEMATICAL.search(text) is None:
        return None
    for read in (parse_latex_statement, parse_latex) if "\\" in text else (parse_statement, parse):
        try:
            tree = read(text)
        except (DeriveError, ValueError):
            continue
        return None if tree.head in ("name", "number") else tree
    return None


def _by_mathematics(wanted: Tree, entry: Entry) -> str:
    try:
        statement = reading(entry).statement
    except DeriveError:
        return ""
    key = shape_of(wanted)
    asserted = opened(statement)[0]
    found = [_as(key, one) for one in (asserted.args if asserted.head == "both" else (asserted,))]
    best = min(filter(None, found), key=_ORDER.index, default="")
    return best or (PART if _contains(entry, statement, key) else "")


def _as(key: Shape, one: Tree) -> str:
    """As what a relation has a shape: as the whole, as a side, as that which a side differentiates."""
    if key == shape_of(one):
        return WHOLE
    sides = one.args if one.head == "relation" else ()
    derived = [side for side in sides if side.head == "derivative" or side.data in ("grad", "jac", "hess")]
    if any(key == shape_of(side.args[0]) for side in derived):
        return SUBJECT
    return SIDE if any(key == shape_of(side) for side in sides) else ""


_PARTS: dict[str, frozenset[Shape]] = {}


def _contains(entry: Entry, statement: Tree, key: Shape) -> bool:
    parts = _PARTS.get(entry.name)
    if parts is None:
        parts = _PARTS[entry.name] = frozenset(inside(statement))
    return key in parts


def _by_words(words: list[str], entry: Entry) -> str:
    if not words:
        return ""
    if all(word in entry.name or word in entry.topic for word in words):
        return NAMED
    told = f"{entry.name} {entry.topic} {entry.prose}".lower()
    return TOLD if all(word in told for word in words) else ""
