"""`derive.identities`: the catalogue in Python: entries by name and topic, search by words and by mathematics, and how each stands before the judge.

    derive.identities.search("x'*A*x")[0].entry.name      # gradient-of-a-quadratic-form
    derive.identities.find("woodbury").statement.text     # its LaTeX
    derive.identities.counts()                            # how many are proved

One idea: a page is checked as any other document is, and the verdict of an entry is that of the claims in its section. It knows no page by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from derive.catalogue import Catalogue, Entry
from derive.catalogue.place import folder
from derive.catalogue.search import Hit
from derive.catalogue.search import search as searched
from derive.finding import Finding, LanguageError

if TYPE_CHECKING:
    from derive.judge.verdict import Evidence

__all__ = [
    "Claimed",
    "Counts",
    "Entry",
    "Hit",
    "Standing",
    "check",
    "counts",
    "entries",
    "find",
    "search",
    "standings",
    "topics",
    "verdict",
]

ACCEPTED = ("proved", "consistent")
WORST = ("refuted", "ill-shaped", "not-understood", "undecided", "consistent", "proved")


class Claimed(NamedTuple):
    """A judged claim of a page: its row, its status, the status that the page asks for (or ""), and what is said of it."""

    row: int
    status: str
    expected: str = ""
    message: str = ""


class Standing(NamedTuple):
    """An entry and its verdict: proved, consistent, refuted (as an erratum must be), or what is wrong with it; `ok` is whether it stands as it must."""

    entry: Entry
    status: str
    ok: bool
    message: str = ""


class Counts(NamedTuple):
    """How many entries there are: of identities, those proved and those consistent; of errata, those refuted; and on how many pages."""

    identities: int
    proved: int
    consistent: int
    errata: int
    refuted: int
    topics: int


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The installed catalogue. Raises LanguageError `no-catalogue` where there is none."""
    return Catalogue(folder())


def topics() -> list[str]:
    """The names of the pages."""
    return catalogue().names_of_topics


def entries(topic: str = "") -> tuple[Entry, ...]:
    """All entries, or those of one page. Raises LanguageError `unknown-topic`."""
    if not topic:
        return catalogue().entries
    if topic not in topics():
        raise LanguageError(
            Finding(
                "unknown-topic",
                f"there is no page `{topic}`",
                notes=(f"the pages are {', '.join(topics())}",),
                helps=tuple(_near(topic, topics())),
            )
        )
    return catalogue().topic(topic)


def find(name: str) -> Entry:
    """The entry of a name. Raises LanguageError `unknown-identity`, with the nearest names."""
    found = catalogue().by_name.get(name)
    if found is None:
        near = tuple(_near(name, catalogue().by_name)) or (f"derive identities search '{name}'",)
        raise LanguageError(Finding("unknown-identity", f"the catalogue has no entry `{name}`", helps=near))
    return found


def _near(name: str, names: Iterable[str]) -> list[str]:
    return get_close_matches(name, names, 5, 0.5)


def search(text: str) -> list[Hit]:
    """The entries that a text finds, the best first: words in names and prose, formulas up to the names of their letters."""
    return searched(text, catalogue().entries)


def check(topic: str = "") -> tuple[Standing, ...]:
    """How the entries stand, of all pages or of one: each page is judged, which takes some seconds for all."""
    from derive.checking import check as checked

    chosen = [topic] if topic else topics()
    found: list[Standing] = []
    for page in chosen:
        claims = checked(folder() / f"{page}.md").claims
        told = [Claimed(c.location.row, c.status, c.expected, c.message) for c in claims]
        found += standings(entries(page), told)
    return tuple(found)


def verdict(entry: Entry) -> Standing:
    """How one entry stands: its section alone is judged."""
    from derive.catalogue.pages import MARK
    from derive.checking import check_text as checked

    text = (folder() / f"{entry.topic}.md").read_text(encoding="utf-8").split("\n")
    later = [one.row for one in entries(entry.topic) if one.row > entry.row]
    section = "\n".join([MARK, "", *text[entry.row - 1 : min(later, default=len(text) + 1) - 1]])
    claims = checked(section).claims
    told = [Claimed(c.location.row, c.status, c.expected, c.message) for c in claims]
    found = standings([entry._replace(row=1)], told)[0]._replace(entry=entry)
    evidence = claims[0].evidence if claims else None
    if found.message or not found.ok or evidence is None:
        return found
    return found._replace(message=_because(evidence))


def _because(evidence: Evidence) -> str:
    """What a verdict rests on."""
    laws = f", by {', '.join(evidence.laws)}" if evidence.laws else ""
    return f"{evidence.method}{laws}"


def standings(page: Sequence[Entry], claims: Iterable[Claimed]) -> list[Standing]:
    """The entries of a page with the verdicts of the claims in their sections."""
    told = sorted(claims)
    ends = [*[entry.row for entry in page[1:]], None]
    return [
        _standing(entry, [c for c in told if entry.row <= c.row and (end is None or c.row < end)])
        for entry, end in zip(page, ends, strict=True)
    ]


def _standing(entry: Entry, claims: Sequence[Claimed]) -> Standing:
    if not claims:
        return Standing(entry, "not-understood", False, "nothing in it is a claim")
    worst = min(claims, key=lambda claim: WORST.index(claim.status))
    if worst.status not in ACCEPTED:
        return Standing(entry, worst.status, False, worst.message)
    if entry.erratum:
        met = any(claim.expected == entry.expected for claim in claims)
        return Standing(entry, "refuted", met, "" if met else "the wrong form was not judged")
    # what is consistent stands only where the page says why it is not proved
    known = all(c.status == "proved" or c.expected == c.status for c in claims)
    return Standing(entry, worst.status, known, entry.reason if known else "not proved, and the page does not say why")


def counts(found: Iterable[Standing] | None = None) -> Counts:
    """The figures of the catalogue, from its standings: those given, or all of them anew."""
    told = tuple(check() if found is None else found)
    identities = [one for one in told if not one.entry.erratum]
    errata = [one for one in told if one.entry.erratum]
    return Counts(
        len(identities),
        sum(one.status == "proved" for one in identities),
        sum(one.status == "consistent" for one in identities),
        len(errata),
        sum(one.ok for one in errata),
        len({one.entry.topic for one in told}),
    )
