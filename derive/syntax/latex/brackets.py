r"""Brackets: groups, tuples, entries written out, labels and factorials.

One idea: a bracket says what it is by what stands inside and behind it: commas make a vector, a range below makes a tensor, dots a
family of entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.marks import accented
from derive.source import Span
from derive.syntax.latex.cases import bracketed
from derive.syntax.latex.commands import COMPARING
from derive.syntax.latex.evidence import script_end
from derive.syntax.latex.scripts import Range, attach, collect, within
from derive.syntax.lexer import refuse
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser
    from derive.syntax.lexer import Token

OPENING = frozenset(("(", "bracket", "{", "begin", "set"))
SHUTTING = frozenset((")", "]", "}", "finish", "set>", "open"))
_OF_SETS = COMPARING | {",", ";", ":", "mid", "|", "dots", "text", "word"}


def closing(parser: LatexParser, at: int) -> int:
    """The token that closes the bracket at a token; the last token when none does."""
    depth = 0
    for i in range(at, len(parser.tokens)):
        kind = parser.tokens[i][0]
        depth += (kind in OPENING) - (kind in SHUTTING)
        if depth == 0:
            return i
    return len(parser.tokens) - 1


def content(parser: LatexParser) -> list[str]:
    """The kinds of the tokens in the bracket that opens here, those of inner brackets left out."""
    depth = 0
    kinds: list[str] = []
    for i in range(parser.at, closing(parser, parser.at)):
        kind = parser.tokens[i][0]
        depth -= kind in SHUTTING
        if depth == 1:
            kinds.append(kind)
        depth += kind in OPENING
    return kinds


def rounded(parser: LatexParser) -> Tree:
    """`(a)`; `(a, b)^T` is the column of a and b, and no other tuple is read."""
    kinds = content(parser)
    if "," not in kinds or "where" in kinds:
        return parser.group()
    opener = parser.tokens[parser.at]
    tree = _listed(parser)
    scripts = collect(parser)
    if scripts.above is None or scripts.below is not None or not _transposes(parser, scripts.above):
        message = "a list in round brackets is read only as a column, `(a, b)^\\top`"
        helps = ("a column: `(a, b)^\\top`", "a row: `[a, b]`")
        raise refuse("not-yet", message, parser.source, Span(opener[2], opener[3]), "", *helps)
    return _turned(tree, Span(opener[2], scripts.end))


def _transposes(parser: LatexParser, above: Range) -> bool:
    first = parser.tokens[above[0]]
    return above[1] == above[0] + 1 and (first[0] == "⊤" or first[1] == "T")


def _turned(tree: Tree, span: Span) -> Tree:
    if tree.head == "transpose":
        return Tree(tree.args[0].head, tree.args[0].args, tree.args[0].data, span)
    return Tree("transpose", (tree,), None, span)


def square(parser: LatexParser) -> Tree:
    """`[a + b]`, `[a, b]`, `[x_1, \\ldots, x_n]`, `[a_i]_{i=1}^{n}`, with scripts."""
    opener = parser.tokens[parser.at]
    kinds = content(parser)
    if not COMPARING.isdisjoint(kinds):
        return attach(parser, bracketed(parser))
    if "," in kinds:
        tree = _listed(parser)
        if parser.kind() != "^":
            return attach(parser, tree)
        scripts = collect(parser)
        if (
            scripts.above is not None
            and scripts.below is None
            and tree.head == "transpose"
            and _transposes(parser, scripts.above)
        ):
            return _turned(tree, Span(opener[2], scripts.end))
        parser.at = closing(parser, parser.tokens.index(opener)) + 1
        return attach(parser, tree)
    bound = _range_below(parser)
    parser.bound += bound
    tree = parser.group()
    if not bound:
        return attach(parser, tree)
    del parser.bound[-len(bound) :]
    return _tensor(parser, tree, bound, opener)


def _range_below(parser: LatexParser) -> list[str]:
    """The names of `_{i=1,j=1}` behind the bracket that opens here."""
    tokens = parser.tokens
    at = closing(parser, parser.at) + 1
    if [t[0] for t in tokens[at : at + 2]] != ["_", "{"]:
        return []
    found = []
    at += 2
    depth = 0
    while tokens[at][0] not in ("end",) and depth >= 0:
        if depth == 0 and tokens[at][0] == "=" and tokens[at - 1][0] in ("name", "word"):
            found.append(tokens[at - 1][1])
        elif depth == 0 and tokens[at][0] == "=" and tokens[at - 1][0] == "}":
            return []
        depth += (tokens[at][0] in OPENING) - (tokens[at][0] in SHUTTING)
        at += 1
    return found


def _tensor(parser: LatexParser, body: Tree, bound: list[str], opener: Token) -> Tree:
    """`[body]_{i=1,j=1}^{m,n}`."""
    scripts = collect(parser)
    if scripts.below is None or scripts.above is None:
        raise parser.expected("the upper bounds, as in `[a_{ij}]_{i=1,j=1}^{m,n}`")
    lows = [within(parser, (part[0] + 2, part[1])) for part in split(parser, scripts.below)]
    highs = [within(parser, part) for part in split(parser, scripts.above)]
    if not len(lows) == len(highs) == len(bound):
        raise parser.expected("as many upper as lower bounds")
    ranges = [side for pair in zip(lows, highs, strict=True) for side in pair]
    return Tree("array", (body, *ranges), tuple(bound), Span(opener[2], scripts.end))


def split(parser: LatexParser, inside: Range, separators: tuple[str, ...] = (",",)) -> list[Range]:
    """A range of tokens between the separators that stand in no bracket."""
    found: list[Range] = []
    start, depth = inside[0], 0
    for i in range(*inside):
        kind = parser.tokens[i][0]
        depth += (kind in OPENING) - (kind in SHUTTING)
        if depth == 0 and kind in separators:
            found.append((start, i))
            start = i + 1
    found.append((start, inside[1]))
    return found


def _listed(parser: LatexParser) -> Tree:
    """A row of entries between commas; with dots, the row of a family."""
    opener = parser.tokens[parser.at]
    shut = closing(parser, parser.at)
    ranges = split(parser, (parser.at + 1, shut))
    dotted = [i for i, r in enumerate(ranges) if r[1] == r[0] + 1 and parser.tokens[r[0]][0] == "dots"]
    if dotted:
        listed = _family(parser, ranges, dotted, Span(opener[2], parser.tokens[shut][3]), shut)
        return Tree("transpose", (listed,), None, listed.span)
    parser.at += 1
    parser.bars.append(opener[0])
    entries = [parser.expression()]
    while parser.took(","):
        parser.expired = set()
        entries.append(parser.expression())
    parser.close(opener)
    return Tree("block", tuple(entries), (len(entries),), parser.since(opener[2]))


def family(parser: LatexParser) -> Tree | None:
    """`x_1, \\ldots, x_n` before a relation: `array(i=1..n, x[i])`; None when no such list stands here."""
    start, tokens = parser.at, parser.tokens
    end = start
    while tokens[end][0] not in ("end", "row", "quad", "text", "where", *COMPARING):
        end = closing(parser, end) + 1 if tokens[end][0] in OPENING else end + 1
        end = min(end, len(tokens) - 1)
    ranges = split(parser, (start, end))
    dotted = [i for i, r in enumerate(ranges) if r[1] == r[0] + 1 and tokens[r[0]][0] == "dots"]
    if not dotted or len(ranges) < 3:
        return None
    return _family(parser, ranges, dotted, Span(tokens[start][2], tokens[end - 1][3]), end - 1)


def _family(parser: LatexParser, ranges: list[Range], dotted: list[int], span: Span, shut: int) -> Tree:
    """`x_1, x_2, \\ldots, x_n`: all x_i for i from 1 to n; counted from 0, the low bound of the array is 0."""
    heads: set[str] = set()
    lasts: list[Range] = []
    powers: set[tuple[tuple[str, str], ...]] = set()
    behind = (0, 0)
    for i, (start, end) in enumerate(ranges):
        if i not in dotted:
            plain = [t[0] for t in parser.tokens[start : start + 2]] in (["name", "_"], ["word", "_"])
            heads.add(parser.tokens[start][1] if plain else "")
            braced = plain and parser.tokens[start + 2][0] == "{"
            stop = (closing(parser, start + 2) if braced else start + 2) if plain else end - 1
            lasts.append((start + 3, stop) if braced else (start + 2, stop + 1))
            powers.add(tuple([t[:2] for t in parser.tokens[stop + 1 : end] if t[0] not in ("{", "}")]))
            behind = (stop + 1, end)
    first = [parser.tokens[r[0]][1] for r in lasts[:2]]
    good = len(heads) == 1 and "" not in heads and len(dotted) == 1 and dotted[0] == len(ranges) - 2
    good = good and len(powers) == 1 and _is_power(parser, behind)
    low = int(first[0]) if first[0] in ("0", "1") else -1
    if not good or low < 0 or (len(lasts) > 2 and first[1] != str(low + 1)) or not 2 <= len(lasts) <= 4:
        place = ranges[dotted[0]][0]
        message = "dots are read in `x_1, x_2, \\ldots, x_n`: one letter, counted from 1 or 0"
        raise refuse("not-yet", message, parser.source, Span(*parser.tokens[place][2:]))
    high = within(parser, lasts[-1])
    taken = {str(n.data) for n in high.walk()} | heads
    letter = next(c for c in "ijk" if c not in taken)
    parser.at = shut + 1
    entry = Tree("index", (Tree("name", (), heads.pop(), span), Tree("name", (), letter, span)), None, span)
    if behind[1] > behind[0]:
        entry = Tree("pow", (entry, within(parser, _inside(parser, behind))), None, span)
    return Tree("array", (entry, Tree("number", (), low, span), high), (letter,), span)


def _is_power(parser: LatexParser, behind: Range) -> bool:
    """Whether what stands behind a subscript is nothing, or a power with a number."""
    kinds = [t[0] for t in parser.tokens[behind[0] : behind[1]]]
    return not kinds or (kinds[0] == "^" and len(kinds) > 1 and set(kinds[1:]) <= {"{", "}", "number", "-", "/"})


def _inside(parser: LatexParser, behind: Range) -> Range:
    """The exponent of a power."""
    braced = parser.tokens[behind[0] + 1][0] == "{"
    return (behind[0] + 2, behind[1] - 1) if braced else (behind[0] + 1, behind[1])


def dotted(parser: LatexParser) -> Tree | None:
    """`(w_1, \\ldots, w_n)`: the array of a family, behind the bracket that opens here; None, and nothing read, for another bracket."""
    shut = closing(parser, parser.at)
    ranges = split(parser, (parser.at + 1, shut))
    places = [i for i, r in enumerate(ranges) if r[1] == r[0] + 1 and parser.tokens[r[0]][0] == "dots"]
    if not places:
        return None
    return _family(parser, ranges, places, Span(parser.tokens[parser.at][2], parser.tokens[shut][3]), shut)


def compares(parser: LatexParser, ahead: int) -> bool:
    """Whether a bracket opens so many tokens ahead and holds a comparison: `[x > 0]`, `\\{y = k\\}`."""
    if parser.kind(ahead) not in ("bracket", "(", "set"):
        return False
    parser.at += ahead
    kinds = content(parser)
    parser.at -= ahead
    return not COMPARING.isdisjoint(kinds)


def curly(parser: LatexParser) -> Tree | None:
    """`\\{a - b\\}^2`: curly brackets around a sum or product, as other brackets; None for what may be a set."""
    kinds = content(parser)
    if not _OF_SETS.isdisjoint(kinds) or len(kinds) < 2 or parser.tokens[closing(parser, parser.at)][0] != "set>":
        return None
    return attach(parser, parser.group())


def labelled(parser: LatexParser) -> Tree:
    """`\\underbrace{a}_{label}`: a, the label is a remark."""
    mark = "_" if parser.tokens[parser.at][1] == "\\underbrace" else "^"
    parser.at += 1
    if parser.kind() != "{":
        raise parser.expected("`{…}` and what stands over the brace")
    tree = parser.group()
    if parser.kind() == mark:
        parser.at = script_end(parser.tokens, parser.at)
    return attach(parser, tree)


def conjugate(parser: LatexParser) -> Tree:
    """`\\overline{A B}` → conj(A*B); over one name that is not declared it is an accent, `\\bar{x}`."""
    start = parser.tokens[parser.at][2]
    parser.at += 1
    if parser.kind() != "{":
        raise parser.expected("`{…}` and what stands below the bar")
    tree = parser.group()
    name = str(tree.data) if tree.head == "name" else ""
    if name and (accented(name, "bar") in parser.known or name not in parser.known):
        return attach(parser, Tree("name", (), accented(name, "bar"), tree.span))
    return attach(parser, Tree("call", (tree,), "conj", parser.since(start)))


def factorial(parser: LatexParser, tree: Tree) -> Tree:
    """`k!`, `(k + 1)!` → factorial, standing at the sign; behind a power it has two readings."""
    if tree.head == "pow" and tree.span.end == parser.tokens[parser.at - 1][3]:
        raise parser.two_readings(tree, "the factorial of the power", "the power of the factorial: brackets around it")
    parser.at += 1
    return attach(parser, Tree("call", (tree,), "factorial", parser.since(tree.span.start)))
