r"""Rows and columns that the words of a document name, written into its record: `$X$ with rows $x_i^\top$` makes x the rows of X.

One idea: a link is made only where it is certain which matrix is meant and how many names there are; where two could be, that is said, and nothing is linked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derive.document.container import Piece
from derive.document.members import Link, Member, members, name_of, stacked
from derive.document.sayings import Teller
from derive.document.shapes import listing
from derive.document.story import Said
from derive.finding import DeriveError
from derive.printing import text
from derive.syntax import Declared
from derive.tree import Tree


def linked(teller: Teller, link: Link, pieces: Sequence[Piece], read: Callable[[str], Tree], at: int) -> str:
    """Write what a link says; why it is not certain, "" where it is, or says nothing."""
    found: list[Member] = []
    for number in link.members:
        more = members(pieces[number].text.text)
        if found and not more:
            break
        found += more
    if link.kind == "columns" and any(m.turned for m in found):
        return ""  # a column that is turned is none
    if any(m.letter and link.ordinal and m.letter != link.ordinal for m in found):
        return ""
    names = [name_of(m.base) for m in found]
    if not names or not all(names):
        return ""
    owners = _owners(teller, link, pieces, read, names)
    if not owners:
        return ""
    if len(owners) != len(names):
        teller.record.unclear |= set(names)
        which = " or ".join(f"`{one}`" for one in owners)
        return f"`{names[0]}` stands for {link.kind} of {which}: say of which"
    for name, owner in zip(names, owners, strict=True):
        trouble = member_of(teller, name, owner, link.kind, at)
        if trouble:
            teller.record.unclear.add(name)
            return trouble
    return ""


def _owners(
    teller: Teller, link: Link, pieces: Sequence[Piece], read: Callable[[str], Tree], names: Sequence[str]
) -> list[str]:
    """The matrices of the formulas that may name them: all that the words name, or those of the nearest formula that has one."""
    found: list[str] = []
    for number in link.owners:
        if not link.found and number in link.members:
            continue
        matrices = [
            n for n in _spoken(pieces[number].text.text, read) if n not in names and _is_matrix(teller, n, link.found)
        ]
        if link.found and not matrices:
            break
        found += matrices
        if found and not (link.found or link.every):
            break
    if not found:  # of the paragraph, all that could be meant
        for number in link.further:
            found += [
                n
                for n in _spoken(pieces[number].text.text, read)
                if n not in names and _is_matrix(teller, n, link.found)
            ]
    return list(dict.fromkeys(found))


def _spoken(text: str, read: Callable[[str], Tree]) -> list[str]:
    """The names that a formula is about: `X`, `X \\in …`, `X = …`, `X, Y \\in …`."""
    try:
        tree = read(text)
    except DeriveError:
        listed = listing(text) or stacked(text)
        return [listed.name] if listed is not None else []
    found = []
    for part in tree.args if tree.head == "both" else (tree,):
        head = part.args[0] if part.head in ("relation", "where") else part
        head = head.args[0] if head.head == "relation" else head
        if head.head == "name":
            found.append(str(head.data))
    return found


def _is_matrix(teller: Teller, name: str, named: bool) -> bool:
    """Whether a name is that of a matrix; one that nothing declares may be, where the words call it that."""
    known = teller.record.declaration(name)
    if known is not None and (known.sizes or known.kind == "matrix"):
        return len(known.sizes) == 2 or known.kind == "matrix"
    if not name[0].isupper() or len(name.partition("_")[0]) > 1:
        return teller.record.defines(name) and (named or name[0].isupper())
    return named or teller.record.defines(name)


def member_of(teller: Teller, member: str, owner: str, kind: str, at: int) -> str:
    """Member i is row (or column) i of a matrix, whose sizes the family may tell; why that cannot be, else ""."""
    record = teller.record
    matrix = record.declaration(owner)
    if member in teller.families:
        count, length = teller.families[member]
        if matrix is None or not matrix.sizes or owner in teller.guessed:
            sizes = (count, length) if kind == "rows" else (length, count)
            if not record.defines(owner):
                record.declare(at, Declared(owner, "matrix", sizes, matrix.properties if matrix else ()))
        elif matrix.sizes[kind == "rows"] != length:
            entries = text(matrix.sizes[kind == "rows"])
            return f"the {kind} of `{owner}` have {entries} entries, and those of `{member}` are {text(length)}"
    if record.declaration(owner) is None and not record.defines(owner):
        record.declare(at, Declared(owner, "matrix"))
    record.unclear.discard(member)
    record.declared.append(Said(at, member, Declared(member, kind, (Tree("name", (), owner),))))
    return ""
