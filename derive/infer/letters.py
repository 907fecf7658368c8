"""Names that look like products without a sign: `Ax`, `xAx`, `XW`.

One idea: such a name is refused when nothing declares it, because both readings are likely; the product is offered as an edit. Names
of one case (`xh`, `alpha`), with digits (`W2`) or with a word in them (`Sigma`) are plain names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NoReturn

from derive.characters import GREEK_LETTERS
from derive.finding import Label
from derive.infer.context import Context
from derive.source import Span
from derive.tree import Tree

GREEK = frozenset("Phi Psi Chi Eta Rho Tau Xi Pi Mu Nu Beta Zeta Iota".split())
LONGEST = 4


def refuse_products(names: Sequence[str], known: Collection[str], trees: Sequence[Tree], context: Context) -> None:
    """Raise `ambiguous-juxtaposition` at the first undeclared name that looks like a product."""
    suspects = [name for name in names if _like_a_product(name, {*known, *names})] or _behind_numbers(
        names, trees, context
    )
    if suspects:
        _refuse(suspects, trees, context)


def _behind_numbers(names: Sequence[str], trees: Sequence[Tree], context: Context) -> list[str]:
    """Short names that touch a number: `2xy` can be 2*x*y."""
    short = {n for n in names if len(n) in (2, 3) and n.isalpha() and n.islower() and n not in GREEK_LETTERS}
    if not short or context.source is None:
        return []
    text = context.source.text
    places = (n for tree in trees for n in tree.walk() if n.head == "name" and n.data in short)
    return sorted({str(n.data) for n in places if n.span.start and text[n.span.start - 1].isdigit()})


def _like_a_product(name: str, known: Collection[str]) -> bool:
    if not 2 <= len(name) <= LONGEST or not name.isalpha() or name in GREEK or name.islower():
        return False
    if name[0] == "d" and len(name) == 2:  # a differential
        return False
    if name.isupper():
        return all(letter in known for letter in name)
    return any(letter in known for letter in name) or name[-1] in "xyzuvwh" or name[0] == name[-1]


def _refuse(suspects: list[str], trees: Sequence[Tree], context: Context) -> NoReturn:
    places = [n for tree in trees for n in tree.walk() if n.head == "name" and n.data in suspects]
    text = context.source.text if context.source is not None else ""
    edited = text
    for place in sorted(places, key=lambda n: n.span, reverse=True):
        edited = edited[: place.span.start] + "*".join(str(place.data)) + edited[place.span.end :]
    name = suspects[0]
    first = min((n for n in places if n.data == name), key=lambda n: n.span)
    context.fail(
        "ambiguous-juxtaposition",
        f"`{name}` is one name, which is not declared; a product is written with a sign",
        Label(first.span, f"{'*'.join(name)}, or a variable of its own?"),
        notes=(f"if `{name}` is a variable of its own, declare it, such as `{name}: matrix(m, n)`",),
        edits=((Span(0, len(text)), edited, "the product"),),
    )
