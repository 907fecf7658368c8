"""What the check of documents found, as data: reports draw it, the diagnosis reads it.

One idea: a `ClaimResult` is one judged step with its place in the author's text; what only a reader needs (the counterexample, the hints) is
worked out when it is first asked for. Nothing here computes or draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from derive.judge.verdict import (
    ACCEPTED,
    CONSISTENT,
    ILL_SHAPED,
    NOT_UNDERSTOOD,
    PROVED,
    REFUTED,
    UNDECIDED,
    Counterexample,
    Evidence,
    Hint,
)
from derive.source import Span

if TYPE_CHECKING:
    from derive.finding import Finding
    from derive.judge.ladder import Judgement
    from derive.judge.places import Ground
    from derive.source import Source
    from derive.syntax import Declared
    from derive.term import Term
    from derive.tree import Tree

VERSION = 1
STATUSES = (PROVED, CONSISTENT, REFUTED, ILL_SHAPED, NOT_UNDERSTOOD, UNDECIDED)
WRONG = (REFUTED, ILL_SHAPED)
FOLLOWS, BACK = "follows from the wrong line", "back on track"


class Location(NamedTuple):
    """A place in a document, all counted from 1; `cell` is 0 outside notebooks. `offset` is that of the character in `Document.source`."""

    row: int
    column: int
    cell: int = 0
    offset: int = 0

    def to_dict(self) -> dict[str, int]:
        place = {"row": self.row, "column": self.column}
        return {**place, "cell": self.cell} if self.cell else place


class Side(NamedTuple):
    """One side of a step: as tree, whose spans are places in `Document.source.text`, typed, and as the author wrote it."""

    tree: Tree
    text: str
    span: Span
    term: Term | None = None  # None where it could not be typed


class Context(NamedTuple):
    """What a step is judged under, for whoever judges an edit of it again."""

    declared: tuple[Declared, ...]
    definitions: tuple[tuple[str, Tree], ...]  # name and value, as in a tree of head `where`
    premises: tuple[Tree, ...]  # equations that the text assumes; values are drawn so that they hold
    judge: Callable[[Tree, Tree], str] | None = None  # the status of `left == right` under this context
    ground: Callable[[Tree], Ground] | None = None  # places at which the premises hold, and an equation that is given


class ClaimResult:
    """One judged claim of a document.

    text is the author's own source, reading the claim in plain notation as it was read. previous and own are the sides that were compared,
    None where nothing was compared. after_error is FOLLOWS, BACK or None. `counterexample` and `hints` are found on demand.
    """

    __slots__ = (
        "_counterexample",
        "_hints",
        "_make_counterexample",
        "_make_hints",
        "after_error",
        "code",
        "context",
        "end_location",
        "evidence",
        "expected",
        "finding",
        "first",
        "judgement",
        "location",
        "message",
        "own",
        "previous",
        "reading",
        "reason",
        "status",
        "text",
    )

    def __init__(
        self,
        status: str,
        location: Location,
        end_location: Location,
        text: str,
        *,
        reading: str = "",
        code: str = "",
        message: str = "",
        evidence: Evidence | None = None,
        previous: Side | None = None,
        own: Side | None = None,
        first: Side | None = None,
        context: Context | None = None,
        judgement: Judgement | None = None,
        finding: Finding | None = None,
        reason: str = "",
        after_error: str | None = None,
        counterexample: Callable[[], Counterexample | None] | None = None,
        hints: Callable[[ClaimResult], Sequence[Hint]] | None = None,
    ) -> None:
        self.status = status
        self.location = location
        self.end_location = end_location
        self.text = text
        self.reading = reading
        self.code = code or status
        self.message = message
        self.evidence = evidence
        self.previous = previous
        self.own = own
        self.first = first  # the first line of the chain
        self.context = context
        self.judgement = judgement
        self.finding = finding
        self.reason = reason  # what the author gave as a reason, `(product rule)`
        self.after_error = after_error
        self.expected = ""  # the status that the text asks for by a remark (see `derive.judge.expected`)
        self._make_counterexample = counterexample
        self._make_hints = hints
        self._counterexample: Counterexample | None = None
        self._hints: tuple[Hint, ...] | None = None

    @property
    def ok(self) -> bool:
        """Whether it is accepted: proved or consistent."""
        return self.status in ACCEPTED

    @property
    def wrong(self) -> bool:
        """Whether it is refuted or ill-shaped."""
        return self.status in WRONG

    @property
    def counterexample(self) -> Counterexample | None:
        """The smallest place that was found where the claim fails; None unless it is refuted."""
        if self._counterexample is None and self._make_counterexample is not None:
            self._counterexample = self._make_counterexample()
        return self._counterexample

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What would mend it, each tried; () unless it is wrong."""
        if self._hints is None:
            self._hints = tuple(self._make_hints(self)) if self._make_hints is not None and self.wrong else ()
        return self._hints

    @property
    def identity(self) -> str:
        """The name of the identity of the catalogue that an accepted step is an instance of; "" for none. Reads pages: some tenths of a second at first."""
        if not self.ok or self.expected or self.previous is None or self.own is None:
            return ""
        from derive.catalogue.citing import cited

        definitions = dict(self.context.definitions) if self.context is not None else {}
        found = cited(self.previous.tree, self.own.tree, definitions)
        return found or (cited(self.first.tree, self.own.tree, definitions) if self.first is not None else "")

    def to_dict(self) -> dict[str, Any]:
        """A claim in the JSON of the checker."""
        example = self.counterexample
        expected = {"expected": self.expected} if self.expected else {}
        return {
            **expected,
            "location": self.location.to_dict(),
            "end_location": self.end_location.to_dict(),
            "text": self.text,
            "reading": self.reading,
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "evidence": None if self.evidence is None else _evidence(self.evidence),
            "counterexample": None if example is None else _counterexample(example),
            "hints": [hint._asdict() for hint in self.hints],
            "after_error": self.after_error,
        }

    def __repr__(self) -> str:
        place = f"{self.location.cell}:" if self.location.cell else ""
        return f"ClaimResult({place}{self.location.row}:{self.location.column} {self.status}: {self.text[:60]})"


class Document:
    """One document: its text, its claims in order, and what is to be said of the whole (`finding`: why it was skipped)."""

    __slots__ = ("assumed", "claims", "defined", "finding", "path", "source")

    def __init__(
        self,
        path: str,
        source: Source,
        claims: Sequence[ClaimResult] = (),
        finding: Finding | None = None,
        assumed: Sequence[str] = (),
        defined: Sequence[str] = (),
    ) -> None:
        self.path = path
        self.source = source
        self.claims = list(claims)
        self.finding = finding
        self.assumed = tuple(assumed)  # what the text says and nothing shows, each with its line
        self.defined = tuple(defined)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the text assumes and what it defines, neither of which is checked."""
        return (*self.assumed, *self.defined)

    @property
    def summary(self) -> dict[str, int]:
        """How many claims have each status."""
        return counted(self.claims)

    def to_dict(self) -> dict[str, Any]:
        skipped = None if self.finding is None else {"code": self.finding.code, "message": self.finding.message}
        return {
            "path": self.path,
            "claims": [claim.to_dict() for claim in self.claims],
            "summary": self.summary,
            "skipped": skipped,
            "notes": list(self.notes),
        }


class Report:
    """The documents that were checked."""

    __slots__ = ("documents",)

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = list(documents)

    @property
    def claims(self) -> list[ClaimResult]:
        return [claim for document in self.documents for claim in document.claims]

    @property
    def summary(self) -> dict[str, int]:
        return counted(self.claims)

    @property
    def ok(self) -> bool:
        """Whether something was checked and nothing is wrong."""
        return any(claim.ok for claim in self.claims) and not any(claim.wrong for claim in self.claims)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the checker, version 1."""
        return {
            "version": VERSION,
            "documents": [document.to_dict() for document in self.documents],
            "summary": self.summary,
        }


def counted(claims: Sequence[ClaimResult]) -> dict[str, int]:
    """How many claims have each status."""
    return {status: sum(claim.status == status for claim in claims) for status in STATUSES}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {**evidence.as_dict(), "laws": list(evidence.laws), "sizes": {name: list(v) for name, v in evidence.sizes}}


def _counterexample(example: Counterexample) -> dict[str, Any]:
    return {
        **example._asdict(),
        "sizes": dict(example.sizes),
        "values": dict(example.values),
        "entry": list(example.entry),
    }
