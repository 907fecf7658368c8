"""`verify`: a statement in, a verdict out.

One idea: read, type, split into claims, judge each; the verdict of the whole is that of the worst part. What cannot be read or does not fit in shape is a
verdict too, never an exception.
"""

from __future__ import annotations

from functools import cache, partial
from time import monotonic
from typing import TYPE_CHECKING

from derive.answer import Given
from derive.finding import DeriveError, Finding, LanguageError
from derive.infer.context import Misfit
from derive.judge.conditions import hints_of
from derive.judge.ladder import Judgement
from derive.judge.replay import counterexample_of
from derive.judge.statement import Statement
from derive.judge.verdict import ILL_SHAPED, NOT_UNDERSTOOD, REFUTED, Counterexample, Hint, Verdict, worst
from derive.printing import text as plain
from derive.source import Source
from derive.syntax import parse_declarations, parse_statement
from derive.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from derive.judge.pairs import Outcome
    from derive.syntax import Declared

CONDITIONAL = ("==>", "=>", "⟹", "⇒", "<=>", "⟺", "⇔", "propto", "∝", "const", "implies", "rrow", "iff", "same_minimi")
SHAPES = frozenset("size-mismatch kind-mismatch not-square ragged-block not-scalar wrong-number-of-subscripts".split())


def verify(statement: str | Tree, given: str = "", *, seed: int = 0, timeout: float | None = None) -> Verdict:
    """The verdict on a statement such as `d(x'*A*x)/dx == (A + A')*x`.

    statement: relations (`==`, chains, `<=`, `!=`), predicates (`ispsd(B*B')`), several joined by `;`, with `where` definitions;
    `x > y; y > z ==> x > z`, which is tried where all premises surely hold.
    given: declarations. seed: the same seed gives the same verdict. timeout: seconds after which the judge gives up
    (`undecided`); it is looked at between places, so for a hard limit run a worker process.
    Returns a `Verdict` with status proved, consistent, refuted, ill-shaped, not-understood or undecided.
    """
    text = statement if isinstance(statement, str) else plain(statement)
    deadline = None if timeout is None else monotonic() + timeout
    try:
        under = _conditional(statement, text, given, seed, deadline)
        if under is not None:
            return under
        read = _read(statement, text, given)
    except DeriveError as trouble:
        return _unread(text, given, trouble)
    except ValueError:
        return _asserts_nothing(text)
    unwritten = {name for claim in read.claims for name in claim.ends}
    about = tuple([Given.of(s) for s in read.typed.symbols if s.name not in unwritten])
    parts = [_verdict(read, k, j, about, seed) for k, j in enumerate(read.judged(seed, deadline))]
    if len(parts) == 1:
        return parts[0]
    return _conjunction(parts, text, about, read.typed.notes, seed)


def _conjunction(
    parts: list[Verdict], text: str, about: tuple[Given, ...], notes: tuple[str, ...], seed: int
) -> Verdict:
    """The verdict on several claims joined: that of the worst."""
    lowest = worst(parts)
    return Verdict(
        lowest.status,
        text,
        message=lowest.message,
        evidence=lowest.evidence,
        reading=lowest.reading,
        given=about,
        notes=notes,
        seed=seed,
        parts=tuple(parts),
        counterexample=lambda: lowest.counterexample,
        hints=lambda: lowest.hints,
    )


def _conditional(statement: str | Tree, text: str, given: str, seed: int, deadline: float | None) -> Verdict | None:
    """The verdict on a statement with `==>`, `propto` or `const`; None for any other."""
    if isinstance(statement, str) and not any(word in statement for word in CONDITIONAL):
        return None
    from derive.judge.conditional import hints, outcomes

    declared, tree = _trees(statement, given)
    source = Source(text, "statement")
    found = outcomes(tree, declared, source, seed, deadline)
    if found is None:
        return None
    parts = [
        _of_outcome(part, outcome, text, seed, partial(hints, tree, declared, source, seed, k, outcome))
        for k, (part, outcome) in enumerate(found)
    ]
    return parts[0] if len(parts) == 1 else _conjunction(parts, text, (), (), seed)


def _as_said(part: Tree, text: str) -> str:
    """The text of a part, with its premises where it has some."""
    if part.head == "implies" and len(part.args) == 2:
        return f"{_as_said(part.args[0], text)} ==> {_as_said(part.args[1], text)}"
    return text[part.span.start : part.span.end] or text


def _of_outcome(
    part: Tree, outcome: Outcome, text: str, seed: int, conditions: Callable[[], tuple[Hint, ...]]
) -> Verdict:
    judged = outcome.judgement
    own = _as_said(part, text)

    def counterexample() -> Counterexample | None:
        if judged is None or outcome.status != REFUTED or judged.place is None:
            return None
        return counterexample_of(judged, own)

    return Verdict(
        outcome.status,
        own,
        code=outcome.finding.code if outcome.finding is not None else outcome.status,
        message=outcome.message,
        evidence=None if judged is None else judged.evidence,
        finding=outcome.finding,
        seed=seed,
        counterexample=counterexample,
        hints=lambda: conditions() if outcome.status == REFUTED else (),
    )


def _declared(given: str) -> tuple[Declared, ...]:
    return parse_declarations(given)


def _trees(statement: str | Tree, given: str) -> tuple[tuple[Declared, ...], Tree]:
    declared = _declared(given)
    variables = frozenset(d.name for d in declared if d.kind not in ("elementwise", "function"))
    return declared, statement if isinstance(statement, Tree) else parse_statement(statement, names=variables)


def _read(statement: str | Tree, text: str, given: str) -> Statement:
    declared, tree = _trees(statement, given)
    return Statement(tree, declared, Source(text, "statement"))


def _unread(text: str, given: str, trouble: DeriveError) -> Verdict:
    finding = trouble.with_traceback(None).finding

    def helped() -> Finding:
        if not isinstance(trouble, Misfit) or (shapes is not None and shapes()):
            return finding  # a hint makes the statement hold; those helps only make it fit
        from derive.infer.mending import with_helps

        return with_helps(trouble, _declared(given), Source(text, "statement"), None).finding

    @cache
    def hints() -> tuple[Hint, ...]:
        from derive.judge.mended import mended

        declared, tree = _trees(text, given)
        return mended(tree, declared, Source(text, "statement"))

    status = ILL_SHAPED if isinstance(trouble, LanguageError) and finding.code in SHAPES else NOT_UNDERSTOOD
    shapes = hints if status == ILL_SHAPED else None
    return Verdict(status, text, code=finding.code, message=finding.message, finding=helped, hints=shapes)


def _asserts_nothing(text: str) -> Verdict:
    message = "this is an expression, not a statement: it has no `==`, `<=` or predicate"
    help = "to see how it is read: derive read; its derivative: derive gradient"
    finding = Finding("no-claim", message, Source(text, "statement"), (), (), (help,))
    return Verdict(NOT_UNDERSTOOD, text, code="no-claim", message=message, finding=finding)


def _verdict(read: Statement, k: int, judged: Judgement, given: tuple[Given, ...], seed: int) -> Verdict:
    span = judged.claim.span
    own = read.source.text[span.start : span.end] or read.source.text
    message = judged.message

    def counterexample() -> Counterexample | None:
        return counterexample_of(judged, own) if judged.status == REFUTED and judged.place is not None else None

    def hints() -> tuple[Hint, ...]:
        if judged.status != REFUTED:
            return ()
        from derive.judge.mended import mended

        found = hints_of(read.subject(k), lambda condition: read.status_under(condition, k, seed))
        return mended(read.tree, read.declared, read.source, found, seed)

    return Verdict(
        judged.status,
        own,
        message=message,
        evidence=judged.evidence,
        given=given,
        notes=read.typed.notes,
        seed=seed,
        counterexample=counterexample,
        hints=hints,
    )
