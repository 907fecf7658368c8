"""What the parts of the inference share while one statement is typed: unknown sizes, and how trouble is reported.

One idea: a rule of typing asks the context whether two sizes can be equal, and hands it what went wrong; it never formats
messages for a terminal and never touches the source text itself.
"""

from __future__ import annotations

from typing import NoReturn

from derive.finding import Finding, Label, LanguageError
from derive.infer.unify import Unifier
from derive.sizes import ONE, Size
from derive.source import Source, Span
from derive.term import Pattern, Term, Type

Edit = tuple[Span, str, str]  # where, the text instead, and what it means


class Misfit(LanguageError):
    """A finding with edits that have not been tried yet; `infer` tries them before it lets the error out."""

    def __init__(self, finding: Finding, edits: tuple[Edit, ...] = ()) -> None:
        super().__init__(finding)
        self.edits = edits


class Context:
    """The unknown sizes and the source of the statement."""

    __slots__ = ("broadcast", "opened", "openings", "solver", "source")

    def __init__(self, source: Source | None, broadcast: bool = False) -> None:
        self.solver = Unifier()
        self.source = source
        self.broadcast = broadcast  # bodies of operations may add a scalar to anything
        self.opened: dict[object, Term] = {}  # operations given by entries, and what they are
        self.openings = 0  # how many there were

    def equal(self, a: Size, b: Size) -> bool:
        return self.solver.equal(a, b)

    def is_one(self, size: Size) -> bool:
        return size is ONE or self.solver.resolve(size) == ONE

    def resolved(self, type: Type) -> Type:
        resolve = self.solver.resolve
        return Type(tuple(resolve(s) for s in type.shape), type.row)

    def show(self, type: Type) -> str:
        """A type for a message; a size that is not known yet is `?`."""
        hidden = Type(tuple(self._hide(s) for s in type.shape), type.row)
        return str(hidden)

    def _hide(self, size: Size) -> Size:
        size = self.solver.resolve(size)
        return size.substitute({name: Size.of("?") for name in size.names if name[0] == "?"})

    def words(self, term: Term) -> str:
        """The user's own characters for a part, at most 40 of them; its type where there are none."""
        text = self.text(term.span)
        return text if text and len(text) <= 40 else f"this {self.show(term.type)}" if not text else text[:37] + "..."

    def text(self, span: Span) -> str:
        return self.source.text[span.start : span.end].strip() if self.source is not None else ""

    def label(self, term: Term, note: str = "") -> Label:
        return Label(term.span, self.show(term.type) + note)

    def fail(
        self,
        code: str,
        message: str,
        *labels: Label,
        notes: tuple[str, ...] = (),
        edits: tuple[Edit, ...] = (),
    ) -> NoReturn:
        raise Misfit(Finding(code, message, self.source, labels, notes), edits)


def einsum(
    name: str,
    args: tuple[Term, ...],
    inputs: tuple[str, ...],
    output: str,
    sizes: tuple[tuple[str, Size], ...],
    type: Type,
    span: Span,
) -> Term:
    """A named product; `sizes` come sorted by letter, and every output axis is one letter."""
    return Term("einsum", args, type, Pattern(inputs, tuple([(c,) for c in output]), sizes), name, span)


LETTERS = "ijkl"


def axes(type: Type) -> tuple[str, tuple[tuple[str, Size], ...]]:
    """Letters for the axes of a type, with their sizes: `ij` for a matrix."""
    shape = type.shape
    letters = LETTERS[: len(shape)] if len(shape) <= 4 else "abcdefghijklmnopqrstuvwxyz"[: len(shape)]
    return letters, tuple(zip(letters, shape, strict=True))


def squeeze(context: Context, term: Term) -> Term | None:
    """A 1×1 matrix, or a vector of size 1, as the scalar that it holds; None when it is neither."""
    shape = term.type.shape
    if not shape:
        return term
    if not all(context.is_one(s) for s in shape):
        return None
    letters = "ab"[: len(shape)] if len(shape) <= 2 else "abcdefgh"[: len(shape)]
    return einsum("squeeze", (term,), (letters,), "", tuple((c, ONE) for c in letters), Type(), term.span)


def as_vector(context: Context, term: Term) -> Term | None:
    """An n×1 matrix as a vector, a 1×n matrix as a row; None for anything else."""
    if len(term.type.shape) != 2:
        return None
    m, n = term.type.shape
    if context.is_one(n):
        return einsum("squeeze", (term,), ("ia",), "i", (("a", ONE), ("i", m)), Type((m,)), term.span)
    if context.is_one(m):
        return einsum("squeeze", (term,), ("ai",), "i", (("a", ONE), ("i", n)), Type((n,), True), term.span)
    return None
