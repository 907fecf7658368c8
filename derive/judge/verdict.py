"""Verdicts: what the judge found out about a statement, and the evidence for it, as data.

One idea: the status is decided at once; what only a reader needs (the counterexample made small, the missing condition) is
worked out when it is first asked for, from the same seed. Nothing here computes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from derive.finding import Finding

PROVED = "proved"
CONSISTENT = "consistent"
REFUTED = "refuted"
ILL_SHAPED = "ill-shaped"
NOT_UNDERSTOOD = "not-understood"
UNDECIDED = "undecided"

# From what convinces least to what convinces most that a conjunction is false; a conjunction is as good as its worst part.
GRADES = (ILL_SHAPED, REFUTED, NOT_UNDERSTOOD, UNDECIDED, CONSISTENT, PROVED)
ACCEPTED = (PROVED, CONSISTENT)


class Evidence:
    """Why a verdict is what it is.

    `laws` are those of a proof, listed when they are first asked for; `points` and `digits` say how far values agree; `sizes` are those of every point;
    `exact` that they agree as rationals; `error_probability` bounds the chance that a false polynomial or rational
    identity would have passed (Schwartz–Zippel), where it is known.
    """

    __slots__ = ("_laws", "digits", "error_probability", "exact", "method", "notes", "points", "sizes")

    def __init__(
        self,
        method: str,
        laws: tuple[str, ...] | Callable[[], tuple[str, ...]] = (),
        points: int = 0,
        digits: int | None = None,
        sizes: tuple[tuple[str, tuple[int, ...]], ...] = (),
        exact: bool = False,
        error_probability: float | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.method = method
        self._laws = laws
        self.points = points
        self.digits = digits  # None for exact agreement
        self.sizes = sizes
        self.exact = exact
        self.error_probability = error_probability
        self.notes = notes

    @property
    def laws(self) -> tuple[str, ...]:
        """The laws that a proof rests on."""
        if callable(self._laws):
            self._laws = self._laws()
        return self._laws

    def proved_by(self, method: str, laws: tuple[str, ...] | Callable[[], tuple[str, ...]]) -> Evidence:
        """The same places, for what was proved."""
        others = (self.points, self.digits, self.sizes, self.exact, self.error_probability, self.notes)
        return Evidence(method, laws, *others)

    def as_dict(self) -> dict[str, Any]:
        """Every field by its name."""
        return {
            "method": self.method,
            "laws": self.laws,
            "points": self.points,
            "digits": self.digits,
            "sizes": self.sizes,
            "exact": self.exact,
            "error_probability": self.error_probability,
            "notes": self.notes,
        }

    def __reduce__(self) -> tuple[type[Evidence], tuple[Any, ...]]:
        return Evidence, tuple(self.as_dict().values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Evidence) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash((self.method, self.points, self.digits, self.sizes))

    def __repr__(self) -> str:
        return f"Evidence({', '.join(f'{name}={value!r}' for name, value in self.as_dict().items())})"


class Counterexample(NamedTuple):
    """A place where the relation fails: values that can be followed by hand, and source that replays it."""

    sizes: tuple[tuple[str, int], ...]
    values: tuple[tuple[str, Any], ...]  # nested lists of whole numbers or of texts such as "1/2"
    left: Any
    right: Any
    entry: tuple[int, ...]  # where they differ, counted from 1; () for scalars
    exact: bool
    claim: str
    snippet: str = ""


class Hint(NamedTuple):
    """What would make the statement hold; it was tried and held, as `status` says."""

    code: str
    message: str
    tested: str  # proved or consistent
    fix: str = ""


class Verdict:
    """The verdict on one statement.

    status: one of proved, consistent, refuted, ill-shaped, not-understood, undecided. `counterexample` and `hints` are found when
    they are first asked for.
    """

    __slots__ = (
        "_counterexample",
        "_finding",
        "_hints",
        "_make_counterexample",
        "_make_hints",
        "code",
        "evidence",
        "given",
        "message",
        "notes",
        "parts",
        "reading",
        "seed",
        "statement",
        "status",
    )

    def __init__(
        self,
        status: str,
        statement: str,
        *,
        message: str = "",
        code: str = "",
        evidence: Evidence | None = None,
        reading: str = "",
        given: tuple[Any, ...] = (),
        notes: tuple[str, ...] = (),
        seed: int = 0,
        finding: Finding | Callable[[], Finding] | None = None,
        parts: tuple[Verdict, ...] = (),
        counterexample: Callable[[], Counterexample | None] | None = None,
        hints: Callable[[], tuple[Hint, ...]] | None = None,
    ) -> None:
        self.status = status
        self.statement = statement
        self.message = message
        self.code = code or status
        self.evidence = evidence
        self.reading = reading
        self.given = given
        self.notes = notes  # how it was read, where that could surprise
        self.seed = seed
        self._finding = finding
        self.parts = parts
        self._make_counterexample = counterexample
        self._make_hints = hints
        self._counterexample: Counterexample | None = None
        self._hints: tuple[Hint, ...] | None = None

    @property
    def ok(self) -> bool:
        """Whether the statement is accepted: proved or consistent."""
        return self.status in ACCEPTED

    @property
    def finding(self) -> Finding | None:
        """What could not be read or does not fit, and where; its helps are tried when it is first asked for."""
        if callable(self._finding):
            self._finding = self._finding()
        return self._finding

    @property
    def counterexample(self) -> Counterexample | None:
        """The smallest place that was found where the statement fails; None unless it is refuted."""
        if self._counterexample is None and self._make_counterexample is not None:
            self._counterexample = self._make_counterexample()
        return self._counterexample

    @property
    def hints(self) -> tuple[Hint, ...]:
        """Conditions under which the statement holds; every one was tried and held."""
        if self._hints is None:
            self._hints = self._make_hints() if self._make_hints is not None else ()
        return self._hints

    def __repr__(self) -> str:
        return f"Verdict({self.status}: {self.statement})"


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict that decides a conjunction: the first of the lowest grade."""
    return min(verdicts, key=lambda v: GRADES.index(v.status))
