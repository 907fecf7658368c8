r"""What the whole text says about its letters, before anything is read.

One idea: `z_i` beside `\sum_j z_j` is an entry, `x(1 + y)` beside a bare `x` is a product; so the tokens are scanned once, on demand, for
which names are indexed by a bound name and which stand without brackets behind them.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.marks import lowered
from derive.ops import REGISTRY
from derive.source import Source, Span
from derive.syntax.lexer import Token, refuse

_CLOSING_BARS = frozenset(("‖", "‖>"))
LONGEST_INDEX = 16  # tokens of a subscript that is looked through for a bound name
_BEHIND_A_SIZE = frozenset(("}", "/", "+", "-", "end", ")", ",", "=", "*"))


class Evidence:
    """Facts about the names of one text, computed when first asked for."""

    __slots__ = ("_bare", "_binders", "_conjugated", "_families", "_lone_d", "_operator_norms", "tokens")

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self._binders: frozenset[str] | None = None
        self._families: frozenset[str] | None = None
        self._bare: frozenset[str] | None = None
        self._lone_d: bool | None = None
        self._operator_norms: bool | None = None
        self._conjugated: frozenset[str] | None = None

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
    def conjugated(self) -> frozenset[str]:
        """Letters by whose conjugate or parts something is differentiated: z of `\\partial z^*`, `\\partial \\bar z`, `\\partial \\Re z`."""
        if self._conjugated is None:
            self._conjugated = frozenset(_below_conjugates(self.tokens))
        return self._conjugated

    @property
    def operator_norms(self) -> bool:
        """Whether norms of matrices are told apart: a bar marked F, * or max, largest eigenvalues, or two of the marks 1, 2, ∞ on capitals."""
        if self._operator_norms is None:
            self._operator_norms = _tells_norms_apart(self.tokens)
        return self._operator_norms

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


def _below_conjugates(tokens: list[Token]) -> Iterator[str]:
    for i, token in enumerate(tokens):
        if token[0] != "∂":
            continue
        near = [t for t in tokens[i + 1 : i + 6] if t[0] not in ("{", "}")]
        if len(near) > 1 and near[0][:2] in (("function", "real"), ("function", "imag")) and near[1][0] == "name":
            yield near[1][1]
        if len(near) > 1 and (near[0][0] == "overline" or near[0][:2] == ("accent", "bar")) and near[1][0] == "name":
            yield near[1][1]
        elif len(near) > 2 and near[0][0] == "name" and near[1][0] == "^" and near[2][0] in ("*", "⋆"):
            yield near[0][1]


def _tells_norms_apart(tokens: list[Token]) -> bool:
    marks: set[str] = set()
    for i, token in enumerate(tokens[:-2]):
        if token[0] in _CLOSING_BARS and tokens[i + 1][0] == "_":
            inside = [t for t in tokens[i + 2 : script_end(tokens, i + 1)] if t[0] not in ("{", "}")]
            mark = "∞" if inside[0][0] == "∞" else inside[0][1]
            before = tokens[i - 1]
            if mark in ("F", "*", "max") or (before[0] == "name" and before[1][0].isupper()):
                marks.add(mark)
        elif token[1] in ("lambda", "sigma") and tokens[i + 1][0] == "_":
            inside = tokens[i + 2 : script_end(tokens, i + 1)]
            if any(t[1] in ("max", "min") for t in inside):
                return True
        elif token[0] in ("function", "word") and token[1] == "sv":
            return True
    return bool(marks & {"F", "*", "max"}) or len(marks) > 1


def defined_behind(tokens: list[Token]) -> frozenset[str]:
    """The letters defined after `where`: in the text before it they are as good as declared."""
    at = next((i for i, t in enumerate(tokens) if t[0] == "where"), None)
    if at is None:
        return frozenset()
    found: set[str] = set()
    for i in range(at + 1, len(tokens) - 1):
        if tokens[i - 1][0] not in ("where", ",", "quad") or tokens[i][0] not in ("name", "word"):
            continue
        end = script_end(tokens, i + 1) if tokens[i + 1][0] == "_" else i + 1
        below = "".join(t[1] for t in tokens[i + 2 : end] if t[0] in ("name", "word", "number"))
        if tokens[end][0] in ("=", "=="):
            found.add(lowered(tokens[i][1], below) if below else tokens[i][1])
    return frozenset(found)


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
        following = tokens[end]
        applied = following[0] == "(" or (following[0] == "name" and following[1][0].isupper() and len(word) == 2)
        if len(word) > 1 and _is_word(word, applied, known):
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
