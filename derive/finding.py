"""A finding: what is to be said to the user, as data.

One idea: findings are built where the trouble is seen and drawn where the user is (terminal, JSON), so this module
does not know any report format beyond the plain text that `str(error)` gives.
"""

from __future__ import annotations

from typing import NamedTuple

from derive.source import Source, Span


class Label(NamedTuple):
    """A span of the source, and what is to be said under it."""

    span: Span
    text: str = ""


class Finding(NamedTuple):
    """One message: a code that is a word, a sentence, places, facts, and what would be right.

    `helps` hold only what was tried: the suggested text was read and typed before it is printed.
    """

    code: str
    message: str
    source: Source | None = None
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()

    def render(self) -> str:
        """Plain text: `error[code]: message`, the user's line, carets, then notes and helps."""
        out = [f"error[{self.code}]: {self.message}"]
        for label in self.labels:
            out += self._quote(label)
        out += [f"  = note: {note}" for note in self.notes]
        out += [f"  = help: {text}" for text in self.helps]
        return "\n".join(out)

    def _quote(self, label: Label) -> list[str]:
        if self.source is None:
            return []
        row, column = self.source.line_column(label.span.start)
        line = self.source.line(row)
        width = max(1, min(label.span.end, label.span.start + len(line) - column + 1) - label.span.start)
        left = max(0, column - 1 - 60)  # a long line is shown around the place
        shown = ("…" if left else "") + line[left : left + 110] + ("…" if len(line) > left + 110 else "")
        pad = column - 1 - left + (1 if left else 0)
        carets = " " * pad + "^" * min(width, max(1, len(shown) - pad))
        shown = "".join(c if c.isprintable() else "\ufffd" for c in shown)
        number = str(row)
        gutter = " " * len(number)
        return [
            f"{gutter} --> {self.source.name}:{row}:{column}",
            f"{number} | {shown}",
            f"{gutter} | {carets}{' ' + label.text if label.text else ''}",
        ]


class DeriveError(Exception):
    """Anything that the user can mend: carries a `Finding`; the command line exits with 2."""

    exit_code = 2

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding

    def __str__(self) -> str:
        return self.finding.render()


class LanguageError(DeriveError):
    """The text could not be read, or kinds and sizes do not fit."""


class DomainError(DeriveError):
    """No point was found inside the domain of the expression."""


class LimitError(DeriveError):
    """A stated limit (length, depth, size, time) was met before anything was built."""


class OurBug(DeriveError):
    """Two witnesses inside this program disagree: the answer is withheld; the command line exits with 70."""

    exit_code = 70
