r"""Matrices that have a letter of their own: $K_{m,n}$, $N_n$, $D_n$, $D_n^+$, $L_n$, $J^{ij}$, unit vectors $e_i$; $\lambda_{\max}(A)$.

One idea: such a letter is read so only where nothing declares it and the text shows it (`vec`, `\otimes`, a transposed $e_i^\top$); where
$K_{m,n}$ stands among other variables without such a sign, both readings are said. What was read is shown in what was inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.marks import lowered
from derive.source import Span
from derive.syntax.latex.commands import INDEX_LETTERS
from derive.syntax.latex.evidence import script_end
from derive.syntax.lexer import refuse
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser
    from derive.syntax.latex.scripts import Scripts
    from derive.syntax.lexer import Token

Range = tuple[int, int]
LETTERS = frozenset("KNDLJe")
_OF_ONE_SIZE = {"N": "Nn", "D": "Dn", "L": "Ln"}
_STACKING = frozenset(("vec", "vech", "kron", "ivec"))
_EXTREME = {("lambda", "max"): "lmax", ("lambda", "min"): "lmin", ("sigma", "max"): "opnorm2"}


def lettered(parser: LatexParser, base: str, scripts: Scripts, span: Span) -> tuple[Tree, Scripts] | None:
    """The matrix that a letter with its scripts is, and the scripts that are left; None for a name."""
    if base not in LETTERS or base in parser.known:
        return None
    if base == "J":
        return _single_entry(parser, scripts, span)
    if scripts.below is None:
        return None
    raised = base == "D" and scripts.above is not None and _is_plus(parser, scripts.above)
    span = _up_to(parser, scripts.above if raised and scripts.above is not None else scripts.below, span)
    if base == "e":
        return _unit(parser, scripts, span)
    sizes = _sizes(parser, base, scripts.below, span)
    if sizes is None:
        return None
    if base == "K":
        return Tree("call", (sizes * 2)[:2], "Kmn", span), scripts._replace(below=None)
    function = _OF_ONE_SIZE[base]
    if raised:
        return Tree("call", sizes, "Dnp", span), scripts._replace(below=None, above=None)
    return Tree("call", sizes, function, span), scripts._replace(below=None)


def _up_to(parser: LatexParser, script: Range, span: Span) -> Span:
    """The part of a place that ends with a script."""
    end = script[1] if parser.tokens[script[1]][0] == "}" else script[1] - 1
    return Span(span.start, parser.tokens[end][3])


def _is_plus(parser: LatexParser, above: Range) -> bool:
    return above[1] == above[0] + 1 and parser.tokens[above[0]][0] == "+"


def _sizes(parser: LatexParser, base: str, below: Range, span: Span) -> tuple[Tree, ...] | None:
    """The sizes below a letter, where the text shows that they are sizes."""
    tokens = [t for t in parser.tokens[below[0] : below[1]] if t[0] != ","]
    many = (1, 2) if base == "K" else (1,)
    if len(tokens) not in many or not all(_is_size(parser, t) for t in tokens):
        return None
    if lowered(base, "_".join(t[1] for t in tokens)) in parser.known:
        return None
    if not _stacks(parser):
        if base == "K" and len(tokens) == 2 and below[1] - below[0] == 3:
            _refuse_commutation(parser, tokens, span)
        return None
    return tuple([_atom(t) for t in tokens])


def _is_size(parser: LatexParser, token: Token) -> bool:
    kind, value = token[:2]
    if kind == "number":
        return value.isdigit()
    return kind == "name" and len(value) == 1 and value.islower() and value not in parser.bound and value not in "ij"


def _atom(token: Token) -> Tree:
    kind, value, start, end = token
    return Tree(kind, (), int(value) if kind == "number" else value, Span(start, end))


def _stacks(parser: LatexParser) -> bool:
    """Whether the text is about stacked matrices: it has vec or a Kronecker product, or no variable beside such letters."""
    tokens = parser.tokens
    if any(t[0] == "⊗" or (t[0] in ("function", "word") and t[1] in _STACKING) for t in tokens):
        return True
    inside: set[int] = set()
    for i, token in enumerate(tokens):
        if token[0] == "_":
            inside.update(range(i, script_end(tokens, i)))
    small = {tokens[i][1] for i in inside if tokens[i][0] == "name"}
    free = {t[1] for i, t in enumerate(tokens) if t[0] in ("name", "script") and i not in inside}
    return "K" in free and free <= {"K", "N", "D", "L", "I", *small}


def _refuse_commutation(parser: LatexParser, tokens: list[Token], span: Span) -> None:
    inside = ",".join(t[1] for t in tokens)
    message = f"`K_{{{inside}}}` is not declared, and could be the commutation matrix or a variable"
    helps = (
        f"the commutation matrix: `\\operatorname{{Kmn}}({inside})`",
        f"a variable: declare `{lowered('K', inside.replace(',', '_'))}`",
    )
    raise refuse("ambiguous", message, parser.source, span, "", *helps)


# Single entries.


def _single_entry(parser: LatexParser, scripts: Scripts, span: Span) -> tuple[Tree, Scripts] | None:
    """`J^{ij}`, `J^{2,3}`: one at (i, j), of the sizes that the context needs, where every J of the text is written so."""
    if scripts.above is None or scripts.below is not None or not _always(parser, "J", "^"):
        return None
    places = _places(parser, scripts.above)
    if places is None:
        return None
    return Tree("call", places, "J", _up_to(parser, scripts.above, span)), scripts._replace(above=None)


def _places(parser: LatexParser, above: Range) -> tuple[Tree, ...] | None:
    tokens = [t for t in parser.tokens[above[0] : above[1]] if t[0] != ","]
    if len(tokens) == 1 and tokens[0][0] == "number" and len(tokens[0][1]) == 2 and tokens[0][1].isdigit():
        _, value, start, _ = tokens[0]
        return tuple([Tree("number", (), int(c), Span(start + k, start + k + 1)) for k, c in enumerate(value)])
    if len(tokens) != 2 or not all(_is_index(parser, t) for t in tokens):
        return None
    return tuple([_atom(t) for t in tokens])


def _is_index(parser: LatexParser, token: Token) -> bool:
    kind, value = token[:2]
    if kind == "number":
        return value.isdigit()
    return kind == "name" and (value in INDEX_LETTERS or value in parser.bound or value in parser.known)


def _unit(parser: LatexParser, scripts: Scripts, span: Span) -> tuple[Tree, Scripts] | None:
    """`e_i` where some `e_j^\\top` stands: entries are not transposed, so these are unit vectors."""
    assert scripts.below is not None
    tokens = parser.tokens[scripts.below[0] : scripts.below[1]]
    if len(tokens) != 1 or not _is_index(parser, tokens[0]) or not _always(parser, "e", "_"):
        return None
    if lowered("e", tokens[0][1]) in parser.known or not _transposed(parser, "e"):
        return None
    if any(a[1] in ("lambda", "sigma") and b[0] == "_" for a, b in zip(parser.tokens, parser.tokens[1:], strict=False)):
        message = f"`e_{{{tokens[0][1]}}}` is not declared, and could be a unit vector or an eigenvector"
        helps = (
            f"the unit vector: `\\operatorname{{e}}({tokens[0][1]}, n)`",
            "the eigenvectors: another letter, such as `u_i`, or declare them",
        )
        raise refuse("ambiguous", message, parser.source, span, "", *helps)
    return Tree("call", (_atom(tokens[0]),), "e", span), scripts._replace(below=None)


def _always(parser: LatexParser, letter: str, mark: str) -> bool:
    """Whether every occurrence of a letter carries a script of one kind."""
    tokens = parser.tokens
    return all(tokens[i + 1][0] == mark for i, t in enumerate(tokens[:-1]) if t[:2] == ("name", letter))


def _transposed(parser: LatexParser, letter: str) -> bool:
    """Whether the letter stands somewhere with a subscript and a transpose behind it."""
    tokens = parser.tokens
    for i, token in enumerate(tokens[:-2]):
        if token[:2] == ("name", letter) and tokens[i + 1][0] == "_":
            at = script_end(tokens, i + 1)
            mark = tokens[min(at + 1, len(tokens) - 1)]
            if tokens[at][0] == "^" and (mark[0] == "⊤" or mark[1] == "T"):
                return True
    return False


# Extreme eigenvalues.


def extreme(parser: LatexParser, base: str, scripts: Scripts, span: Span) -> str | None:
    """`\\lambda_{\\max}(A)` → lmax: the function that such a letter before a bracket is; None for anything else.

    Raises `ambiguous` where the same letter also stands without a bracket, or is `\\lambda_i(A)`, an eigenvalue by its number.
    """
    if base not in ("lambda", "sigma") or scripts.below is None or scripts.primes or parser.kind() != "(":
        return None
    tokens = parser.tokens[scripts.below[0] : scripts.below[1]]
    if len(tokens) != 1 or lowered(base, tokens[0][1]) in parser.known:
        return None
    function = _EXTREME.get((base, tokens[0][1]))
    if function is None:
        _refuse_eigenvalue(parser, base, tokens[0], span)
        return None
    if _stands_alone(parser, base, tokens[0][1]):
        helps = (
            "the function: brackets behind it everywhere",
            "a number: declare it, or write `\\cdot` before the bracket",
        )
        message = "this stands before a bracket, and elsewhere without one"
        raise refuse("ambiguous", message, parser.source, span, "", *helps)
    return function


def _stands_alone(parser: LatexParser, base: str, mark: str) -> bool:
    tokens = parser.tokens
    for i, token in enumerate(tokens[:-2]):
        if token[1] == base and tokens[i + 1][0] == "_":
            end = script_end(tokens, i + 1)
            inside = [t[1] for t in tokens[i + 2 : end] if t[0] not in ("{", "}")]
            if inside == [mark] and tokens[end][0] not in ("(", "^"):
                return True
    return False


def _refuse_eigenvalue(parser: LatexParser, base: str, mark: Token, span: Span) -> None:
    """`\\lambda_i(A)` beside a product `\\lambda_i \\cdot A`."""
    argument, closer = parser.tokens[parser.at + 1], parser.tokens[min(parser.at + 2, len(parser.tokens) - 1)]
    if base == "lambda" and closer[0] == ")" and argument[0] == "name" and argument[1][0].isupper():
        helps = (
            f"the eigenvalue by its number, ascending: `\\operatorname{{eigi}}({argument[1]}, {mark[1]})`",
            f"the product: `\\lambda_{{{mark[1]}}} \\cdot {argument[1]}`",
        )
        message = "this can be an eigenvalue of a matrix or a product with it"
        raise refuse("ambiguous", message, parser.source, span, "", *helps)
