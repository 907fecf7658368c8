"""An entry of the catalogue, as frozen data.

One idea: everything is kept as its author wrote it, with the place of each formula in the page; how it reads is for `derive.catalogue.reading`.
"""

from __future__ import annotations

from typing import NamedTuple


class Formula(NamedTuple):
    """LaTeX, and the offset of its first character in the page."""

    text: str
    at: int


class Step(NamedTuple):
    """A derivation: what is said before it, and its chain."""

    prose: str
    formula: Formula


class Citation(NamedTuple):
    """Where a statement can be found: a key of `REFERENCES.md` and a place in it; `seen` is False for `cf.`."""

    key: str
    place: str
    seen: bool = True

    def __str__(self) -> str:
        return ("" if self.seen else "cf. ") + (f"[{self.key}, {self.place}]" if self.place else f"[{self.key}]")


class Entry(NamedTuple):
    """One identity.

    name: kebab-case, says the meaning. topic: the page, without its ending. declarations: sentences with mathematics (`Let $x \\in …`).
    remarks: what comments declare for us, such as `A: matrix(n, n) stochastic`. row: of the heading, counted from 1. expected: the verdict that the
    page asks for by a remark, "" for a proof, and reason: why it is not proved.
    """

    name: str
    topic: str
    prose: str
    declarations: str
    remarks: str
    statement: Formula
    derivation: tuple[Step, ...]
    source: tuple[Citation, ...]
    row: int
    expected: str = ""
    reason: str = ""

    @property
    def erratum(self) -> bool:
        """Whether it shows a mistake."""
        return self.expected in ("refuted", "ill-shaped")
