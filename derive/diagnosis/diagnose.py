"""What went wrong in a line: the known mistake, the smallest edit that mends it, the property under which it would hold.

One idea: nothing is said that was not tried. An edit is named by the mistake that it takes back; wrong rules that lead to the author's line, and
hypotheses on the whole line, stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.diagnosis.bench import Bench
from derive.diagnosis.mistakes import title_of
from derive.diagnosis.naming import codes
from derive.diagnosis.parts import Change, names_in
from derive.diagnosis.residual import missing, rewritten
from derive.diagnosis.rules import Misapplied, misapplied
from derive.diagnosis.search import Search
from derive.diagnosis.spelling import Speller
from derive.diagnosis.whole import scaled, transposes, under_conditions
from derive.finding import DeriveError
from derive.judge.report_data import Context
from derive.judge.verdict import ACCEPTED, CONSISTENT, PROVED, Hint
from derive.printing import text as plain
from derive.source import Source, Span
from derive.tree import NOWHERE, Tree

RULES, ONE_EDIT, TWO_EDITS = 1.5e4, 6e4, 3e4  # work (see `Bench.allow`)
MOST = 5  # hints
CLOSE = 0.12  # edits that cost so little more than the best are said too
MOST_CONFIRMED = 6  # edits of one search that are judged
MOST_JUDGED = 10
LAYOUT = "wrong-layout"
NUMERIC = frozenset("lost-factor-2 lost-factor-half extra-factor-2 extra-factor-half wrong-constant".split())


def diagnose(
    previous: Tree,
    wrong: Tree,
    context: Context,
    source: Source | None = None,
    span: Span | None = None,
    *,
    first: Tree | None = None,
    seed: int = 0,
) -> tuple[Hint, ...]:
    """Hints on a line that does not follow from the line before; each was tried and held.

    previous, wrong: both lines as trees; equations are relations, and `previous` is then the equation from which it should follow. A line with
    definitions of its own is a tree of head `where`. source: the text in which the spans of the trees lie; span: the part of it that is the
    wrong line, which `Hint.fix` gives with the edit. first: the first line of the chain. The search is bounded
    by counted work, not by time: the same lines and seed give the same hints.
    Returns () where nothing was found; raises nothing.
    """
    try:
        return _Diagnosis(previous, wrong, context, source, span, first, seed).hints()
    except (DeriveError, ValueError, ArithmeticError, LookupError, RecursionError):
        return ()


class _Diagnosis:
    """One wrong line."""

    def __init__(
        self,
        previous: Tree,
        wrong: Tree,
        context: Context,
        source: Source | None,
        span: Span | None,
        first: Tree | None,
        seed: int,
    ) -> None:
        before, context = _opened(previous, context)
        if before.head == "relation" and first is not None and first.head == "relation":
            before, first = first, before  # what follows from a line follows from the first
        wrong, context = _with_own_definitions(wrong, before, context)
        self.bench = Bench(before, context, seed, (wrong,))
        self.wrong = wrong
        self.lines = list(dict.fromkeys([before, *([first] if first is not None else [])]))
        self.speller = _speller(wrong, self.lines, context, source, span)
        self.found: dict[str, Hint] = {}
        self.left = MOST_JUDGED

    def hints(self) -> tuple[Hint, ...]:
        """The known mistake first, then edits, then conditions."""
        self.bench.allow(RULES)
        for rule in misapplied(self.bench, self.wrong):
            self._say_rule(rule)
        known = bool(self.found)
        whole = [c for c in transposes(self.wrong) if self.bench.agrees(c.line)][:1]
        same_shape = self.bench.values(self.wrong) is not None and self._fits()
        for change in [] if same_shape else whole:
            self._say(change)
        self._say_closest(self._edits(known or bool(whole)))
        for change in whole if same_shape else []:
            self._say(change)
        if len(self.found) < MOST:
            for hint in under_conditions(self.bench, self.wrong, list(self.found)):
                self.found.setdefault(hint.code, hint)
        if not any(hint.fix for hint in self.found.values()):
            self._say_right_line()
        return tuple(list(self.found.values())[:MOST])

    def _say_right_line(self) -> None:
        """The right line as the engine writes it: the fix of what is known, else the only hint."""
        found = [*missing(self.bench, self.wrong), *rewritten(self.bench, self.wrong)]
        for change in sorted(found, key=lambda c: sum(1 for _ in c.line.walk())):
            if not self.bench.agrees(change.line):
                continue
            if not self.found:
                self._say(change)
                return
            fix = self._fix(change.line, None, None) if self.bench.judged(change.line) in ACCEPTED else ""
            if fix:
                first = next(iter(self.found))
                self.found[first] = self.found[first]._replace(fix=fix)
                return

    def _say_closest(self, changes: Sequence[Change]) -> None:
        """The cheapest edit that is confirmed, and others by other mistakes that cost hardly more."""
        least: float | None = None
        said: set[str] = set()
        for count, change in enumerate(changes):
            if count >= MOST_CONFIRMED or (least is not None and change.cost > least + CLOSE):
                break
            if change.code not in said and not (change.code in NUMERIC and said & NUMERIC) and self._say(change):
                said.add(change.code)
                least = change.cost if least is None else least

    def _fits(self) -> bool:
        """Whether the wrong line has the shape of the line before."""
        typed = self.bench.typed_terms([self.wrong])
        return typed is not None and typed[0].type == self.bench.type

    def _edits(self, known: bool) -> list[Change]:
        self.bench.allow(ONE_EDIT)
        search = Search(self.bench, self.wrong, self.lines)
        found = search.one(small=known)
        found = found or [c for c in scaled(self.bench, self.wrong) if self.bench.agrees(c.line)]
        if not found and not known:
            self.bench.allow(TWO_EDITS)
            found = search.two()
        return found

    def _say_rule(self, rule: Misapplied) -> None:
        tested = PROVED if rule.sure else CONSISTENT
        fix = ""
        if rule.right is not None and (status := self.bench.judged(rule.right)) in ACCEPTED:
            tested, fix = str(status), self._fix(rule.right, None, None)
        self.found.setdefault(rule.code, Hint(rule.code, self._message(rule.code, rule.says, rule.shown), tested, fix))

    def _say(self, change: Change) -> bool:
        """The hints of an edit: the mistake, and beside it the plain name of the edit. A known mistake gets its fix. False where it does not hold."""
        names = [c for c in codes(change, self.bench, self.lines) if c not in self.found or not self.found[c].fix]
        if not names or not self.left:
            return False
        self.left -= 1
        status = self.bench.judged(change.line)
        if status not in ACCEPTED:
            return False
        fix = self._fix(change.line, change.old if change.path else None, change.new)
        if fix and change.code != LAYOUT and any(h.fix == fix and h.code != LAYOUT for h in self.found.values()):
            return True  # another name for the same edit
        for code in names:
            before = self.found.get(code)
            message = before.message if before is not None else self._message(code, change.says, change.shown)
            self.found[code] = Hint(code, message, str(status), fix)
        return True

    def _fix(self, line: Tree, old: Tree | None, new: Tree | None) -> str:
        return self.speller.fixed(line, old, new) if self.speller is not None else plain(line)

    def _message(self, code: str, says: str, shown: Sequence[Tree]) -> str:
        """What the mistake is called, and what to write: `a transpose is missing: transpose X`."""
        spelled = self.speller.written if self.speller is not None else plain
        return f"{title_of(code)}: {says.format(*[f'`{spelled(t)}`' for t in shown])}"


def _opened(previous: Tree, context: Context) -> tuple[Tree, Context]:
    """The line before, its own definitions among those of the document."""
    if previous.head != "where":
        return previous, context
    own = tuple(zip(previous.data, previous.args[1:], strict=True))  # type: ignore[call-overload]
    known = {**dict(context.definitions), **dict(own)}
    return previous.args[0], context._replace(definitions=tuple(known.items()))


def _with_own_definitions(wrong: Tree, previous: Tree, context: Context) -> tuple[Tree, Context]:
    """The wrong line with the definitions that stand behind it, and that the line before does not use: they may be what is wrong."""
    if wrong.head != "name" and wrong.head in ("where", "relation"):
        return wrong, context
    known = dict(context.definitions)
    used = _needed(names_in(previous), known)
    own = [
        n
        for n in _needed(names_in(wrong), known)
        if n not in used and wrong.span != NOWHERE and known[n].span.start >= wrong.span.end
    ]
    if not own:
        return wrong, context
    ordered = [n for n in known if n in own]
    rest = tuple([(n, body) for n, body in context.definitions if n not in own])
    tree = Tree("where", (wrong, *[known[n] for n in ordered]), tuple(ordered), wrong.span)
    return tree, context._replace(definitions=rest)


def _needed(names: Sequence[str], known: dict[str, Tree]) -> set[str]:
    """The definitions that names need, and those need."""
    found: set[str] = set()
    stack = list(names)
    while stack:
        name = stack.pop()
        if name in known and name not in found:
            found.add(name)
            stack += names_in(known[name])
    return found


def _speller(
    wrong: Tree, lines: Sequence[Tree], context: Context, source: Source | None, span: Span | None
) -> Speller | None:
    if source is None or not source.text:
        return None
    if span is None:
        places = [n.span for n in wrong.walk() if n.span != NOWHERE]
        span = Span(min(p.start for p in places), max(p.end for p in places)) if places else NOWHERE
    names = frozenset([d.name for d in context.declared if d.kind not in ("elementwise", "function")])
    names |= frozenset([n for n, _ in context.definitions])
    return Speller(source.text, span, [wrong, *lines, *[body for _, body in context.definitions]], names)
