r"""What the whole text says about its letters, before anything is read.

One idea: `z_i` beside `\sum_j z_j` is an entry, `x(1 + y)` beside a bare `x` is a product; so the tokens are scanned once, on demand, for
which names are indexed by a bound name and which stand without brackets behind them.
"""

from __future__ import annotations

from derive.ops import REGISTRY
from derive.source import Source, Span
from derive.syntax.lexer import Token, refuse

LONGEST_INDEX = 16  # tokens of a subscript that is looked through for a bound name
_BEHIND_A_SIZE = frozenset(("}", "/", "+", "-", "end", ")", ",", "=", "*"))


class Evidence:
    """Facts about the names of one text, computed when first asked for."""

    __slots__ = ("_bare", "_binders", "_families", "_lone_d", "tokens")

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self._binders: frozenset[str] | None = None
        self._families: frozenset[str] | None = None
        self._bare: frozenset[str] | None = None
        self._lone_d: bool | None = None

    @property
    def binders(self) -> frozenset[str]:
        """Every name bound by a sum or product: after `\\sum_`, `\\sum_{`, and `i,j` there."""
        if self._binders is None:
            found: set[str] = set()
            tokens = self.tokens
            for i, token in enumerate(tokens[:-3]):
                if token[0] in ("sum", "prod"):
                    found |= _bound_after(tokens, i + 1)
            self._binders = frozenset(found)
        return self._binders

    @property
    def families(self) -> frozenset[str]:
        """Letters that carry a bound name in a subscript or in brackets above."""
        if self._families is None:
            found: set[str] = set()
            for i, token in enumerate(self.tokens):
                if token[0] in ("_", "^") and i and any(n in self.binders for n in script_names(self.tokens, i)):
                    found |= {t[1] for t in self.tokens[max(0, i - 2) : i] if t[0] in ("name", "word")}
            self._families = frozenset(found)
        return self._families

    @property
    def bare(self) -> frozenset[str]:
        """Names that somewhere stand without a round bracket behind them."""
        if self._bare is None:
            pairs = zip(self.tokens, self.tokens[1:], strict=False)
            self._bare = frozenset(a[1] for a, b in pairs if a[0] in ("name", "word", "script") and b[0] != "(")
        return self._bare

    def stands_without_power(self, name: str) -> bool:
        """Whether a letter occurs somewhere that is not the base of a power: `e_i`, `e^T e`."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return any(a[0] == "name" and a[1] == name and b[0] != "^" for a, b in pairs)

    @property
    def dotted(self) -> bool:
        """Whether dots stand anywhere."""
        return any(t[0] == "dots" for t in self.tokens)

    @property
    def lone_d(self) -> bool:
        """Whether a d stands alone somewhere, as a size does: `\\frac{1}{d}`, `d/2`."""
        if self._lone_d is None:
            pairs = zip(self.tokens, self.tokens[1:], strict=False)
            self._lone_d = any(a[:2] == ("name", "d") and b[0] in _BEHIND_A_SIZE for a, b in pairs)
        return self._lone_d


def _bound_after(tokens: list[Token], at: int) -> set[str]:
    """The names that the script of a sum binds."""
    if tokens[at][0] == "^":  # the upper bound written first
        at = script_end(tokens, at)
    if tokens[at][0] != "_":
        return set()
    if tokens[at + 1][0] == "name":
        return {tokens[at + 1][1]}
    found: set[str] = set()
    at += 2
    while tokens[at][0] in ("name", ","):
        if tokens[at][0] == "name":
            found.add(tokens[at][1])
        at += 1
    return found


def script_end(tokens: list[Token], at: int) -> int:
    """Behind the script that begins with `^` or `_` at a place."""
    last = len(tokens) - 1
    at = min(at + 1, last)
    if tokens[at][0] != "{":
        return min(at + 1, last)
    depth = 0
    while tokens[at][0] != "end":
        depth += (tokens[at][0] == "{") - (tokens[at][0] == "}")
        at += 1
        if depth == 0:
            break
    return at


def script_names(tokens: list[Token], at: int) -> list[str]:
    """The names inside a script, as far as an index reaches."""
    near = tokens[at : at + LONGEST_INDEX]
    closed = next((i for i, t in enumerate(near) if t[0] == "}"), len(near)) if near[1][0] == "{" else 2
    return [t[1] for t in near[:closed] if t[0] == "name"]


def refuse_words(tokens: list[Token], known: frozenset[str], source: Source) -> None:
    """Refuse letters that spell a word, `tr(A)`, `loss`: LaTeX multiplies them, and the author hardly meant that."""
    at = 0
    while at < len(tokens):
        end = at
        while (
            tokens[end][0] == "name"
            and len(tokens[end][1]) == 1
            and (end == at or tokens[end][2] == tokens[end - 1][3])
        ):
            end += 1
        word = "".join(t[1] for t in tokens[at:end])
        if len(word) > 1 and _is_word(word, tokens[end][0] == "(", known):
            helps = (
                f"a function: `\\operatorname{{{word}}}(…)`",
                f"a name: `\\mathrm{{{word}}}`",
                f"a product: `{' '.join(word)}`",
            )
            message = f"the letters `{word}` stand for a product in LaTeX, and look like a word"
            raise refuse(
                "ambiguous-juxtaposition", message, source, Span(tokens[at][2], tokens[end - 1][3]), "", *helps
            )
        at = max(end, at + 1)


def _is_word(word: str, called: bool, known: frozenset[str]) -> bool:
    if REGISTRY.get(word) is not None and (called or len(word) > 2):
        return True
    return len(word) > 3 and word.islower() and not known.issuperset(word)
