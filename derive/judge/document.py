"""Documents, judged: from a container to the results of its claims.

One idea: every derivation is judged under what the text says where it stands; each result keeps its place, its sides and a way to judge an edit of them
again. What is not read is a result too, and never a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any

from derive.document.container import Container, place_of, sections
from derive.document.differentials import along
from derive.document.narrative import story
from derive.document.prepared import Prepared, prepared, with_differentials, with_indices
from derive.document.story import EQUATION, SIDE, UNREAD, Function, Line, Setting, Story
from derive.finding import DeriveError
from derive.judge.carried import under_equations
from derive.judge.chain import LIMIT, ChainJudge, Step
from derive.judge.curved import as_written, in_words
from derive.judge.expected import turned
from derive.judge.pairs import Comparer, Outcome
from derive.judge.replay import counterexample_of
from derive.judge.report_data import ClaimResult, Context, Document, Location, Side
from derive.judge.steps import Typist
from derive.judge.verdict import ACCEPTED, ILL_SHAPED, NOT_UNDERSTOOD, REFUTED, UNDECIDED, Counterexample, Hint
from derive.printing import text as plain
from derive.source import Source, Span
from derive.tree import Tree

BUG = "our-bug"
MOST_CLAIMS = 2_000  # of a document that are judged
LONG = 24  # characters of a fraction that is still written out
LONGEST = 60.0  # seconds for a document when no other limit is given


def judged(container: Container, path: str, seed: int = 0, timeout: float | None = None) -> Document:
    """The document with its claims judged, in the order of the text."""
    deadline = monotonic() + (LONGEST if timeout is None else timeout)
    results: list[ClaimResult] = []
    assumed: list[str] = []
    defined: list[str] = []
    for part in sections(container):
        judge = _DocumentJudge(part, story(part), seed, deadline)
        judge.count = len(results)
        results += judge.results()
        assumed += judge.assumed
        defined += judge.defined
    results = turned(results, container)
    results.sort(key=lambda r: (r.location.offset, r.end_location.offset))
    return Document(path, container.source, results, None, assumed, defined)


class _DocumentJudge:
    """Goes through the derivations of one document."""

    def __init__(self, container: Container, told: Story, seed: int, deadline: float) -> None:
        self.container = container
        self.story = told
        self.seed = seed
        self.deadline = deadline
        self.assumed: list[str] = []
        self.defined: list[str] = []
        self.count = 0

    def results(self) -> list[ClaimResult]:
        found = [self._unread(line) for line in self.story.lines if line.kind == UNREAD]
        for finding in self.container.findings:
            found.append(self._unread(Line(UNREAD, finding.labels[0].span, finding=finding)))
        groups: dict[int, list[Line]] = {}
        for line in self.story.lines:
            if line.kind in (SIDE, EQUATION):
                groups.setdefault(line.group, []).append(line)
        for number, lines in groups.items():
            at = self.story.ends.get(number, lines[-1].span.end)
            setting = self.story.record.setting(at, lines[0].span.start)
            found += self._judged(lines, under_equations(lines, setting, self.story.lines))
        found += self._lonely(groups)
        found += self._misshapen()
        found += self._held()
        self.defined += self._definitions()
        return found

    def _held(self) -> list[ClaimResult]:
        """Equations in prose that hold whatever else the text assumes, as steps; the others are its assumptions, and noted."""
        found: list[ClaimResult] = []
        premises = dict.fromkeys(self.story.record.premises)
        whole = prepared(self.story.record.setting(len(self.container.source.text))) if premises else None
        for said in premises:
            tree = said.value
            text = " ".join(self.text(tree.span).split()) if isinstance(tree, Tree) else ""
            if not text or whole is None or not isinstance(tree, Tree) or whole.tree(tree) not in whole.premises:
                continue  # it says what a sign means, or speaks of what the text does not know
            steps = self._alone(tree, tree.span.end)
            found += steps
            if not steps:
                self.assumed.append(f"line {self.location(said.at).row}: assumed: {text}")
        for name, at, old, new in self.story.record.again():
            steps = self._alone(Tree("relation", (old, new), ("==",), new.span), at - 1)  # the same in other words
            found += steps
            if not steps:
                self.defined.append(f"line {self.location(at).row}: defined again: {name}")
        self.assumed = list(dict.fromkeys(self.assumed))  # a chain is several equations in one place
        return found

    def _lonely(self, groups: Mapping[int, list[Line]]) -> list[ClaimResult]:
        """Displayed equations of which nothing follows, `x^\\top \\nabla R(x) = 0`: those that hold whatever is assumed, as steps; the others are noted."""
        found: list[ClaimResult] = []
        premises = [said.value for said in self.story.record.premises]
        for number, (line, *rest) in groups.items():
            tree = line.tree
            if rest or line.kind != EQUATION or line.origin is not None or tree is None or tree in premises:
                continue
            if tree.data != ("==",) or len(tree.args) != 2:
                continue
            steps = self._alone(tree, self.story.ends.get(number, line.span.end))
            found += steps
            if not steps:
                text = " ".join(self.text(line.span).split())
                self.assumed.append(f"line {self.location(line.span.start).row}: assumed: {text}")
        return found

    def _misshapen(self) -> list[ClaimResult]:
        """Definitions that do not have the shape that the text declared for their names before."""
        found: list[ClaimResult] = []
        for at, name, body in self.story.record.shaped():
            setting = self.story.record.setting(max(at, body.span.end), at)
            if name not in setting.definitions:
                continue
            others = {n: b for n, b in setting.definitions.items() if n != name}
            declared = self.story.record.declared_before(name, at)
            setting = setting._replace(definitions=others, declared=(*setting.declared, declared), premises=())
            own = Tree("name", (), name, body.span)
            if self._judged([Line(SIDE, body.span, 0, body)], setting):
                continue  # what does not fit by itself is said where it stands
            lines = [Line(SIDE, own.span, 0, own), Line(SIDE, body.span, 0, body, "==")]
            found += [step for step in self._judged(lines, setting) if step.status == ILL_SHAPED]
        return found

    def _alone(self, tree: Tree, at: int) -> list[ClaimResult]:
        """The steps of an equation that holds where nothing is assumed, and of one that breaks us; [] for any other."""
        setting = self.story.record.setting(at, at)._replace(premises=())
        left, right = tree.args
        lines = [Line(SIDE, left.span, 0, left), Line(SIDE, right.span, 0, right, "==", display=False)]
        steps = self._judged(lines, setting)
        return steps if all(step.status in ACCEPTED or step.code == BUG for step in steps) else []

    def _definitions(self) -> list[str]:
        """What the text defines, which is not checked, each with its line."""
        record = self.story.record
        definitions = [
            (said.at, f"{said.name} = {self.text(said.value.span)}")
            for said in record.definitions
            if isinstance(said.value, Tree)
        ]
        functions = [
            (said.at, f"{said.name}({', '.join(said.value.parameters)}) = {self.text(said.value.body.span)}")
            for said in record.functions
            if isinstance(said.value, Function)
        ]
        found = dict.fromkeys(sorted(definitions + functions))
        return [f"line {self.location(at).row}: defined: {' '.join(what.split())}" for at, what in found]

    def _judged(self, lines: list[Line], setting: Setting) -> list[ClaimResult]:
        """The steps of one derivation; a bug of ours must not take the rest of the document with it."""
        try:
            return self._steps(lines, setting)
        except Exception as failure:
            message = f"our own bug ({type(failure).__name__}: {failure}); please report this document"
            return [self._bare(lines[0].span, UNDECIDED, BUG, message, lines[0])]

    def _steps(self, lines: list[Line], setting: Setting) -> list[ClaimResult]:
        ready = prepared(setting)
        lines = along(lines, ready, self.story.lines)
        trees = [line.tree for line in lines if line.tree is not None]
        ready = with_indices(with_differentials(ready, trees), trees)
        layout = self.container.settings.get("layout", "").lower()
        comparer = Comparer(Typist(ready, self.container.source), self.seed, self.deadline, layout)
        if lines[0].kind == EQUATION:
            from derive.judge.implication import equations

            steps: Sequence[Step] = equations(comparer, lines)
        else:
            if self.count >= MOST_CLAIMS or monotonic() > self.deadline:
                return [self._given_up(line) for line in lines[1:]]
            steps = ChainJudge(comparer, MOST_CLAIMS - self.count).judged(lines)
        self.count += len(steps)
        return [self._result(step, ready, comparer) for step in steps]

    # Results.

    def location(self, offset: int) -> Location:
        row, column, cell = place_of(self.container, offset)
        return Location(row, column, cell, offset)

    def text(self, span: Span) -> str:
        return self.container.source.text[span.start : span.end]

    def _unread(self, line: Line) -> ClaimResult:
        assert line.finding is not None
        message = line.finding.message
        return self._bare(line.span, NOT_UNDERSTOOD, line.finding.code, message, line)

    def _given_up(self, line: Line) -> ClaimResult:
        return self._bare(line.span, UNDECIDED, "limit", LIMIT, line)

    def _bare(self, span: Span, status: str, code: str, message: str, line: Line) -> ClaimResult:
        return ClaimResult(
            status,
            self.location(span.start),
            self.location(max(span.start, span.end)),
            self.text(span),
            code=code,
            message=message,
            finding=line.finding,
            reason=line.reason,
        )

    def _result(self, step: Step, ready: Prepared, comparer: Comparer) -> ClaimResult:
        outcome = step.outcome
        line = step.line
        span = line.span
        left = _side(step.previous, outcome, 0, self.text)
        first = _side(step.first, Outcome(outcome.status), 0, self.text)
        own = _side(step.own, outcome, 1, self.text)
        relation = line.op or "=="
        read = plain(step.own) if left is None else f"{plain(left.tree)} {relation} {plain(step.own)}"
        return ClaimResult(
            outcome.status,
            self.location(span.start),
            self.location(span.end),
            self.text(span),
            reading=read,
            code=step.code or (outcome.finding.code if outcome.finding is not None else outcome.status),
            message=outcome.message,
            evidence=outcome.judgement.evidence if outcome.judgement is not None else None,
            previous=left,
            own=own,
            first=first,
            context=_context(ready, comparer),
            judgement=outcome.judgement,
            finding=outcome.finding,
            reason=line.reason,
            after_error=step.after_error,
            counterexample=_counterexample(outcome, self.text(span), ready.setting.curves),
            hints=lambda claim: in_words(list(_hints(claim, self.container.source, self.seed)), ready.setting.curves),
        )


def _side(tree: Tree | None, outcome: Outcome, place: int, text: Callable[[Span], str]) -> Side | None:
    if tree is None:
        return None
    term = None
    if outcome.judgement is not None:
        term = (outcome.judgement.claim.left, outcome.judgement.claim.right)[place]
    return Side(tree, text(tree.span), tree.span, term)


def _context(ready: Prepared, comparer: Comparer) -> Context:
    def judge(left: Tree, right: Tree) -> str:
        try:
            if left.head == right.head == "relation":
                return comparer.implied(right, [left]).status
            return comparer.compared(left, right).status
        except (DeriveError, ValueError, ArithmeticError, RecursionError):
            return NOT_UNDERSTOOD

    return Context(ready.declared, tuple(ready.definitions.items()), ready.premises, judge, comparer.ground)


def _counterexample(outcome: Outcome, text: str, curves: Mapping[str, str]) -> Callable[[], Counterexample | None]:
    def made() -> Counterexample | None:
        found = outcome.judgement
        if found is None or outcome.status != REFUTED or found.place is None:
            return None
        return rounded(as_written(counterexample_of(found, text), curves))

    return made


def rounded(example: Counterexample) -> Counterexample:
    """Values that were solved for with many bits as decimals of twelve digits; exact ones as they are."""
    if not any(len(x) > LONG for x in _texts([v for _, v in example.values])):
        return example
    values = tuple([(name, _short(value)) for name, value in example.values])
    return example._replace(values=values, left=_short(example.left), right=_short(example.right), exact=False)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(one) for one in value]
    if isinstance(value, str) and len(value) > LONG:
        above, _, below = value.partition("/")
        return float(f"{int(above) / int(below or 1):.12g}")
    return value


def _hints(claim: ClaimResult, source: Source, seed: int) -> Sequence[Hint]:
    """What would mend a wrong step, from the diagnosis."""
    if claim.previous is None or claim.own is None or claim.context is None:
        return ()
    from derive.diagnosis import diagnose

    first = claim.first.tree if claim.first is not None else None
    return diagnose(claim.previous.tree, claim.own.tree, claim.context, source, claim.own.span, first=first, seed=seed)
