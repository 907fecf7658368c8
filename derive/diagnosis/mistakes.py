"""The known mistakes, read from their explanations: title, what it is, and an example that a machine can follow.

One idea: a mistake is one Markdown file (see `derive.explanations`), and its example is a line before, the author's wrong line and the right one in the
plain notation; that the right one holds, the wrong one does not, and the diagnosis gives the code, is tested for each. It judges nothing.

    ```text
    given:  x: vector(n)           declarations: what begins with them, and has the last two lines, is a mistake
    where:  p = softmax(z)            definitions, joined by ;
    before: X'*X*w == X'*y            the line before; without it, what both others have on the left of ==
    wrong:  d(x'*x)/dx == x
    right:  d(x'*x)/dx == 2*x
    ```
"""

from __future__ import annotations

from typing import NamedTuple

from derive.explanations import codes, explanation_of, title_of

LABELS = ("given", "where", "before", "wrong", "right")


class Mistake(NamedTuple):
    """A known mistake. The lines of the example are texts in the plain notation; `before` is what both follow from."""

    code: str
    title: str
    explanation: str
    given: str
    where: str
    before: str
    wrong: str
    right: str
    help: str

    @property
    def steps(self) -> tuple[str, str, str]:
        """The line before, the wrong line and the right line, each without what they share."""
        if self.before:
            return self.before, self.wrong, self.right
        left, _, right = self.right.partition(" == ")
        return left, self.wrong.partition(" == ")[2], right


def mistake(code: str) -> Mistake | None:
    """The mistake with a code; None where there is none of that name, or none with a wrong and a right step."""
    text = explanation_of(code)
    if text is None:
        return None
    _, _, rest = text.partition("\n")
    said, _, rest = rest.partition("```text\n")
    example, _, rest = rest.partition("```")
    lines = dict.fromkeys(LABELS, "")
    for line in example.splitlines():
        label, _, value = line.partition(":")
        if label in lines:
            lines[label] = value.strip()
    if not example.startswith("given:") or not (lines["wrong"] and lines["right"]):
        return None
    return Mistake(code, title_of(code), " ".join(said.split()), **lines, help=" ".join(rest.split()))


def mistakes() -> tuple[Mistake, ...]:
    """Every known mistake, by code."""
    return tuple([m for code in codes() if (m := mistake(code)) is not None])


__all__ = ["Mistake", "mistake", "mistakes", "title_of"]
