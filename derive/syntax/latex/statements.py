r"""Statements in LaTeX: relations, chains over rows, implications, definitions behind a comma.

One idea: a row that begins with a relation goes on with the chain of the row before; `\implies` joins relations; a comma or a wide
blank begins the next statement. Reasons in brackets at the end of a row, `&& \text{(chain rule)}`, are remarks.
"""

from __future__ import annotations

from typing import NamedTuple

from derive.source import Source, Span
from derive.syntax.latex.brackets import family
from derive.syntax.latex.commands import COMPARING
from derive.syntax.latex.names import where
from derive.syntax.latex.parser import LatexParser
from derive.syntax.latex.scripts import attach, within
from derive.syntax.lexer import refuse
from derive.syntax.operators import IMPLYING
from derive.syntax.relations import admit_constant, refuse_relation
from derive.syntax.statements import whole
from derive.tree import Tree


class Chain(NamedTuple):
    """Sides with the relations between them, and what joins them to the statement before."""

    link: str
    sides: list[Tree]
    operators: list[str]


def expression(source: Source, names: frozenset[str]) -> Tree:
    """The tree of an expression, which may end in `\\text{where } u = …`; see `derive.syntax.parse_latex`."""
    parser = LatexParser(source, names)
    tree = parser.expression()
    if parser.kind() == "where":
        tree = where(parser, tree)
    if parser.kind() in COMPARING or parser.kind() in IMPLYING:
        raise refuse_relation(parser, tree)
    return whole(parser, tree)


def statement(source: Source, names: frozenset[str], continued: bool) -> Tree:
    """The tree of a statement; see `derive.syntax.parse_latex_statement`."""
    parser = LatexParser(source, names)
    chains = _chains(parser, continued)
    tree = _joined(parser, chains)
    if parser.kind() == "where":
        tree = where(parser, tree)
        while parser.kind() == "text" and _is_remark(str(parser.tokens[parser.at][1])):
            parser.at += 1
    admit_constant(tree, parser)
    return whole(parser, tree)


def _chains(parser: LatexParser, continued: bool) -> list[Chain]:
    chains: list[Chain] = []
    main: Chain | None = Chain("", [], []) if continued else None
    link = ""
    while True:
        link = _separators(parser) or link
        kind = parser.kind()
        if kind in ("end", "where"):
            if link:
                raise parser.expected("a statement after the implication")
            break
        if link and not chains and not continued:
            raise parser.expected("a statement before the implication")
        if kind in COMPARING and not link:
            if main is None:
                raise parser.expected("the left side of the relation")
            if not chains:
                chains.append(main)
            _extend(parser, main)
        else:
            first = parser.at == 0 or parser.tokens[parser.at - 1][0] in ("row", "therefore") or bool(link)
            chain = Chain(link, [_side(parser)], [])
            chains.append(chain)
            _extend(parser, chain)
            main = chain if main is None or not main.sides or first else main
        link = ""
        if not _goes_on(parser):
            break
    if not chains:
        raise parser.expected("an expression")
    return chains


def _separators(parser: LatexParser) -> str:
    """Step over what separates; the implication that stands there, if one does."""
    link = ""
    while True:
        kind, value, start, end = parser.tokens[parser.at]
        if kind in IMPLYING:
            link = kind
        elif kind == "text" and not _is_remark(value):
            raise refuse("not-yet", f"the words `{value}` are not read", parser.source, Span(start, end))
        elif kind not in ("row", ",", ";", "quad", "therefore", "text"):
            return link
        parser.at += 1


def _is_remark(value: str) -> bool:
    """Words in brackets, and words that join statements."""
    return (value[:1] == "(" and value[-1:] == ")") or value.strip(" ,") in (
        "and",
        "so",
        "hence",
        "thus",
        "therefore",
    )


def _goes_on(parser: LatexParser) -> bool:
    if parser.kind() == "," and parser.tokens[parser.at - 1][0] == "number" and parser.kind(1) == "number":
        raise parser.expected("a blank after the comma between two statements; `{,}` inside numbers is not read")
    return parser.kind() in ("row", ",", ";", "quad", "text", "therefore") or parser.kind() in IMPLYING


def _extend(parser: LatexParser, chain: Chain) -> None:
    """The relations that follow here."""
    while (kind := parser.kind()) in COMPARING:
        parser.at += 1
        chain.operators.append("==" if kind == "=" else kind)
        chain.sides.append(_space(parser) if kind == "in" else _side(parser))


def _side(parser: LatexParser) -> Tree:
    parser.expired = set()
    if parser.kind(1) == "_" and parser.evidence.dotted:
        listed = family(parser)
        if listed is not None:
            return listed
    return parser.expression()


def _space(parser: LatexParser) -> Tree:
    """`\\mathbb{R}^{n \\times d}` → Reals(n, d), also `R^n`."""
    kind, value, start, end = parser.tokens[parser.at]
    if kind == "set":
        return _set(parser)
    if kind != "reals" and value != "R":
        raise refuse(
            "not-yet",
            "after `\\in` a space `\\mathbb{R}^{n \\times d}` or a set `\\{0, 1\\}^n` is read",
            parser.source,
            Span(start, end),
        )
    parser.at += 1
    sizes: tuple[Tree, ...] = ()
    if parser.kind() == "^":
        from derive.syntax.latex.functions import _by_crosses
        from derive.syntax.latex.scripts import collect

        scripts = collect(parser)
        if scripts.above is None or scripts.below is not None:
            raise parser.expected("the sizes of the space")
        sizes = tuple(within(parser, r) for r in _by_crosses(parser, scripts.above))
    return Tree("call", sizes, "Reals", parser.since(start))


def _set(parser: LatexParser) -> Tree:
    """`\\{0, 1\\}` → Set(0, 1), `\\{1, \\ldots, K\\}` → Integers(1, K), and their powers `\\{0, 1\\}^n`."""
    start = parser.tokens[parser.at][2]
    parser.at += 1
    bars, parser.bars = parser.bars, []
    found: list[Tree] = []
    dots = False
    while True:
        if parser.took("dots"):
            dots = True
        else:
            found.append(parser.expression())
        if not parser.took(","):
            break
    if not parser.took("set>"):
        raise parser.expected("`,` or the end of the set")
    parser.bars = bars
    tree = Tree("call", tuple(found), "Set", parser.since(start))
    if dots:
        if (len(found) > 2 and [f.data for f in found[:2]] == [1, 2]) or len(found) == 2:
            tree = Tree("call", (found[0], found[-1]), "Integers", tree.span)
        else:
            raise refuse("not-yet", "dots in a set are read in `\\{1, \\ldots, n\\}`", parser.source, tree.span)
    return _raised(parser, tree)


def _raised(parser: LatexParser, tree: Tree) -> Tree:
    """`\\{0, 1\\}^{n \\times m}`: a set for each entry of an array, with its sizes behind it."""
    from derive.syntax.latex.functions import _by_crosses
    from derive.syntax.latex.scripts import collect

    at = parser.at
    scripts = collect(parser) if parser.kind() == "^" else None
    if scripts is None or scripts.above is None or len(_by_crosses(parser, scripts.above)) == 1:
        parser.at = at
        return attach(parser, tree)
    sizes = [within(parser, r) for r in _by_crosses(parser, scripts.above)]
    return Tree("pow", (tree, *sizes), None, Span(tree.span.start, scripts.end))


def _joined(parser: LatexParser, chains: list[Chain]) -> Tree:
    """Chains to one tree: implications first, then `both`."""
    groups: list[list[Tree]] = []
    links: list[list[str]] = []
    for chain in _shared(chains):
        tree = _relation(chain)
        if chain.link and groups:
            groups[-1].append(tree)
            links[-1].append(chain.link)
        else:
            groups.append([tree])
            links.append([chain.link] if chain.link else [])
    parts = [
        Tree("implies", tuple(group), tuple(link), _span(group)) if link else group[0]
        for group, link in zip(groups, links, strict=True)
    ]
    if (
        len(parts) > 1
        and (bare := next((p for p in parts if p.head not in ("relation", "implies", "call")), None)) is not None
    ):
        message = "expected a relation: a list of expressions is no statement"
        raise refuse("expected", message, parser.source, bare.span)
    return parts[0] if len(parts) == 1 else Tree("both", tuple(parts), None, _span(parts))


def _shared(chains: list[Chain]) -> list[Chain]:
    """`a, b \\in R^n` declares both: a bare name takes the space of the list that it stands in."""
    found: list[Chain] = []
    space: Tree | None = None
    for chain in reversed(chains):
        if chain.operators:
            space = chain.sides[-1] if chain.operators == ["in"] else None
        elif space is not None and chain.sides[0].head == "name":
            chain = Chain(chain.link, [chain.sides[0], space], ["in"])
        found.append(chain)
    return found[::-1]


def _relation(chain: Chain) -> Tree:
    if not chain.operators:
        return chain.sides[0]
    return Tree("relation", tuple(chain.sides), tuple(chain.operators), _span(chain.sides))


def _span(parts: list[Tree]) -> Span:
    return Span(parts[0].span.start, parts[-1].span.end)
