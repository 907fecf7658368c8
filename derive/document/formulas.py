r"""From the text of a formula to its tree, as it is meant after what the document has said.

One idea: spellings that one document decides (a size d or a differential, `p(x \mid \mu)`, δ) are settled on the text, names that definitions decide (`df`, `p_c`, `P^+`) on
the tree; the parser knows neither. Nothing is recorded here but which letters are indices.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.document import shapes
from derive.document.container import LATEX
from derive.document.densities import conditioned, densities_read, without_conditions
from derive.document.diagonals import of_vector
from derive.document.differentials import differentials_read
from derive.document.mapped import Mapped
from derive.document.sayings import Teller
from derive.document.spelled import differentiates, respelled, varies
from derive.document.story import Record
from derive.document.trees import placed, rebuilt
from derive.syntax import parse_latex_statement, parse_statement
from derive.tree import Tree

Kinds = tuple[frozenset[str], frozenset[str]]
_ENTRY = re.compile(r"[A-Za-z]_[a-z]")
PROBABILITIES = frozenset(("softmax", "log_softmax"))


class Formulas:
    """Reads the formulas of one document, of which these are the texts."""

    def __init__(
        self, record: Record, teller: Teller, names: frozenset[str], kinds: Kinds, texts: Sequence[str]
    ) -> None:
        self.record = record
        self.teller = teller
        self.names = names - {"d"} if differentiates(texts) else names
        self.kinds = kinds  # the matrices and the vectors that are declared
        self.factors: frozenset[str] = frozenset()  # other names that are surely values
        self.varied = varies(texts)
        self.densities = conditioned(texts)
        self.indices = _counting(texts)
        self.chosen: set[str] = set()  # indices of single probabilities, `p_c`

    def parsed(self, formula: Mapped, notation: str, continued: bool) -> Tree:
        """The tree of a statement, with its places in the author's text. Raises LanguageError, LimitError."""
        if notation != LATEX:
            return self._plain(formula, continued)
        formula, laws = shapes.without_laws(formula)
        for law in laws:
            self.teller.say(parse_latex_statement(law.text, names=self.names), 0)
        formula = respelled(
            without_conditions(formula, self.densities), self.kinds[0] | self.factors, self.kinds[1], self.varied
        )
        text = formula.text.rstrip(" .,;&\n")
        tree = parse_latex_statement(text, "formula", self.names, continued=continued)
        tree = placed(rebuilt(tree, self._updated), formula)
        return self._read_on(rebuilt(tree, lambda node: of_vector(node, self.teller, tree.span.start)))

    def _read_on(self, tree: Tree) -> Tree:
        """A statement as it is meant after what the text has defined."""
        return densities_read(differentials_read(tree, self.record), self.record)

    def _updated(self, node: Tree) -> Tree:
        """`P^+` of an invertible matrix is no pseudo-inverse: it is the next P. `p_c` of a vector of probabilities is an entry, and `e_c` beside it a unit vector."""
        if node.head == "index" and self._counted(node):
            return Tree("name", (), f"{node.args[0].data}_{node.args[1].data}", node.span)
        if node.head == "name" and _ENTRY.fullmatch(str(node.data)):
            return self._entry(node)
        if node.head != "call" or node.data != "pinv" or node.args[0].head != "name":
            return node
        name = str(node.args[0].data)
        words = {s.value for s in self.record.properties if s.name == name}
        return Tree("name", (), f"{name}_plus", node.span) if words & {"pd", "invertible"} else node

    def _counted(self, node: Tree) -> bool:
        """Whether `N_k` is a name, as N is a size and k no index of the text."""
        if len(node.args) != 2 or any(a.head != "name" for a in node.args):
            return False
        base, letter = (str(a.data) for a in node.args)
        declared = self.record.declaration(base)
        if base not in self.record.sizes() or (declared is not None and declared.kind != "scalar"):
            return False
        return letter not in self.names and not self.record.defines(base) and letter not in self.indices

    def _entry(self, node: Tree) -> Tree:
        base, _, letter = str(node.data).partition("_")
        bodies = self.record.bodies()
        if node.data in bodies or node.data in self.names or self.record.declaration(str(node.data)) is not None:
            return node
        at = Tree("name", (), letter, node.span)
        body = bodies.get(base)
        if body is not None and body.head == "call" and body.data in PROBABILITIES:
            self.chosen.add(letter)
            return Tree("index", (Tree("name", (), base, node.span), at), None, node.span)
        if base == "e" and letter in self.chosen and "e" not in bodies:
            return Tree("call", (at,), "e", node.span)
        return node

    def _plain(self, formula: Mapped, continued: bool) -> Tree:
        """Plain notation; a line that begins with a relation goes on with the line before."""
        if not continued:
            tree = placed(parse_statement(formula.text, "formula", self.names), formula)
            return self._read_on(tree)
        lead = len(formula.text) - len(formula.text.lstrip("&= \t:"))
        rest = formula.part(lead, len(formula.text))
        tree = placed(parse_statement(rest.text, "formula", self.names), rest)
        if tree.head == "relation" and isinstance(tree.data, tuple):
            return Tree("relation", tree.args, ("==", *tree.data), tree.span)
        return Tree("relation", (tree,), ("==",), tree.span)


def _counting(texts: Sequence[str]) -> frozenset[str]:
    """The letters of a text that stand elsewhere than alone as a subscript."""
    return frozenset(
        letter for text in texts for letter in re.findall(r"(?<![A-Za-z\\_])(?<!_\{)([a-z])(?![A-Za-z])", text)
    ) | frozenset(letter for text in texts for inside in re.findall(r"_\{([a-z]{2,3})\}", text) for letter in inside)
