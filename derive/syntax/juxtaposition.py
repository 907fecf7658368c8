"""Things written side by side without a sign: `Ax` is one name, `A x` a product, `sin x` and `a/b c` neither.

One idea: nothing is split or multiplied in silence where a reader could mean something else; the readings are shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from derive.characters import GREEK_LETTERS
from derive.finding import Finding, Label, LanguageError
from derive.ops import REGISTRY
from derive.source import Source, Span
from derive.syntax.lexer import Token, refuse
from derive.tree import Tree

MOST_READINGS = 4


def readings(name: str, known: Iterable[str]) -> list[str]:
    """The products of known names that a name without a sign could be, `Ax` → `["A*x"]`; [] when there is none."""
    words = frozenset(w for w in known if w)
    ways: list[list[tuple[str, ...]]] = [[()], *([] for _ in name)]
    for end in range(1, len(name) + 1):
        for start in range(end):
            if ways[start] and name[start:end] in words and (start, end) != (0, len(name)):
                ways[end] += [(*way, name[start:end]) for way in ways[start]][:MOST_READINGS]
    return ["*".join(way) for way in ways[-1][:MOST_READINGS]]


def refuse_juxtaposed(name: str, known: Iterable[str], source: Source, span: Span) -> None:
    """LanguageError `ambiguous-juxtaposition` when the name splits wholly into known names."""
    found = readings(name, known)
    if found:
        helps = (f"the product: `{found[0]}`", *(f"or `{other}`" for other in found[1:]), f"or declare `{name}`")
        message = f"`{name}` is read as one name, which is not declared, but its letters are"
        raise LanguageError(Finding("ambiguous-juxtaposition", message, source, (Label(span),), (), helps))


def admit_juxtaposed(left: Tree, before: Token, found: Token, known: frozenset[str], source: Source) -> None:
    """Refuse a product without a sign that has a second reading: `a/b c`, `sin x`, `1_000`, `0x10`, `2e3x`."""
    place = Span(before[2], found[3])
    helps: tuple[str, ...]
    if "\n" in source.text[before[3] : found[2]]:
        message = "a line ends here without an operator, and the next one begins without one"
        helps = ("`*` where a product is meant", "one expression at a time: `;` stands between statements alone")
        raise refuse("ambiguous-juxtaposition", message, source, place, "", *helps)
    if left.head == "div" and left.span.end == left.args[1].span.end:  # brackets around it would reach further
        numbers = left.args[0].head == left.args[1].head == "number"
        if not numbers or found[2] == before[3]:
            message = "a product without a sign after a division can be read in two ways: write `*` or brackets"
            raise refuse("ambiguous-juxtaposition", message, source, Span(left.span.start, found[3]))
    if before[0] == "number" and found[0] == "name" and found[2] == before[3]:
        if found[1][0] == "_" or before[1] == "0" or (found[1][0] in "eE" and found[1][1:2].isdigit()):
            message = f"`{before[1]}{found[1]}` is no number and no clear product: write `*` for a product"
            raise refuse("ambiguous-juxtaposition", message, source, place)
    if found[0] == "name" and found[1][0] == "_" and found[2] == before[3] and before[0] not in ("name", "number"):
        message = f"a subscript `{found[1]}` behind a bracket is not read; an entry is `(x)[i]`, and norms have names of their own"
        norms = "`norm2(x)`, `norm1(x)`, `norminf(x)`, `normF(X)`, `normp(x, p)`"
        raise refuse("unknown-script", message, source, Span(found[2], found[3]), "", norms)
    if before[0] == "name" and before[1] not in known and is_word(before[1]):
        message = f"`{before[1]}` before something else without a sign: a function takes brackets, a product `*`"
        helps = ()
        if found[0] in ("name", "number") and not is_word(found[1]):
            helps = (f"`{before[1]}({found[1]})`",)
        if found[0] == "name" and REGISTRY.get(before[1]) is not None is not REGISTRY.get(found[1]):
            helps = (f"brackets around the argument: `{before[1]}({found[1]}(…))`",)
        raise refuse("ambiguous-juxtaposition", message, source, place, "", *helps)


def is_word(name: str) -> bool:
    """Whether a name reads as a word or a function rather than as a factor."""
    letters = name.rstrip("0123456789").partition("_")[0]
    if len(letters) == 1 or letters in GREEK_LETTERS:
        return False
    return (len(letters) > 2 and letters.isalpha()) or REGISTRY.get(name) is not None
