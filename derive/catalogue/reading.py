r"""How an entry reads: its declarations, and the trees of its statement and of its derivation.

One idea: the sentences `Let $A \in \mathbb{R}^{n \times n}$ be symmetric.` are read by the reader of documents, alone and without the prose around them, so that no
formula of a remark becomes an assumption. It judges nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from derive.catalogue.entry import Entry, Formula
from derive.document.markdown import markdown
from derive.document.narrative import story
from derive.document.story import Setting
from derive.source import Source
from derive.syntax import Declared, parse_latex_statement
from derive.tree import Tree


class Reading(NamedTuple):
    """An entry, read: what it declares, what it states, and the chains of its derivation."""

    declared: tuple[Declared, ...]
    statement: Tree
    steps: tuple[Tree, ...]


@lru_cache(maxsize=2048)
def reading(entry: Entry) -> Reading:
    """The trees of an entry. Raises DeriveError, with places in the text of the formula, where it cannot be read."""
    declared = declarations(entry.declarations, entry.remarks)
    names = names_of(declared)
    steps = [_parsed(step.formula, names) for step in entry.derivation]
    return Reading(declared, _parsed(entry.statement, names), tuple(steps))


def names_of(declared: tuple[Declared, ...]) -> frozenset[str]:
    """The variables that are declared, with the names of their sizes."""
    sizes = {str(n.data) for d in declared for size in d.sizes for n in size.walk() if n.head == "name"}
    return frozenset({d.name for d in declared if d.kind not in ("elementwise", "function")} | sizes)


def declarations(sentences: str, remarks: str = "") -> tuple[Declared, ...]:
    """What sentences such as `Let $x \\in \\mathbb{R}^n$ be nonzero.` declare; a remark says it again in plain notation, and more."""
    said = f"{sentences}\n\n<!-- derive: {remarks} -->\n" if remarks else sentences
    setting: Setting = story(markdown(Source(said, "declarations"))).record.setting(len(said))
    found = {d.name: d for d in setting.declared}
    for name in setting.curves:
        found[name] = Declared(name, "function")
    return tuple(found.values())


def _parsed(formula: Formula, names: frozenset[str]) -> Tree:
    text = formula.text.strip()
    defined = re.findall(r"\\text\{where \}(.*)\Z", text, re.DOTALL)
    more = {found for part in defined for found in re.findall(r"(?:^|,\\ )\s*([A-Za-z]) = ", part)}
    return parse_latex_statement(text, "statement", names | more)
