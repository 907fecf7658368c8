"""What a statement assumes by what it writes: where `inv(X'*X)` stands, the columns of X are independent.

One idea: an equation holds where both of its sides are defined, so every inverse in it says that its argument is invertible; the laws that need
that are made for the statement at hand. What is declared of a variable needs no such law.
"""

from __future__ import annotations

from derive.engine.expr import Apply, Node, postorder
from derive.engine.normal import normalise
from derive.ops import REGISTRY
from derive.proof.laws.properties import is_invertible, is_real
from derive.proof.rewriting import Law
from derive.proof.words import Letters, Word, spelled, turned, word_of


class Ranks:
    """The matrices whose columns, or rows, are known to be independent, as words."""

    def __init__(self, *roots: Node) -> None:
        self.columns: set[Letters] = set()
        self.square: set[Node] = set()
        for node in postorder(roots):
            if isinstance(node, Apply) and node.op.name == "inv" and len(node.shape) == 2:
                self._inverse_of(node.args[0])

    def __bool__(self) -> bool:
        return bool(self.columns or self.square)

    def _inverse_of(self, inner: Node) -> None:
        self.square.add(inner)
        word = word_of(inner)
        if word is None or len(word.letters) % 2:
            return
        middle = len(word.letters) // 2
        if word.letters[:middle] == turned(word.letters[middle:]):
            self.columns.add(word.letters[middle:])

    def has_columns(self, word: Letters) -> bool:
        """Whether the columns of a matrix are independent."""
        return word in self.columns or self.is_invertible(word)

    def has_rows(self, word: Letters) -> bool:
        """Whether the rows of a matrix are independent."""
        return turned(word) in self.columns or self.is_invertible(word)

    def is_invertible(self, word: Letters) -> bool:
        return bool(word) and all(
            len(x.node.shape) == 2 and (x.node in self.square or is_invertible(x.node)) for x in word
        )


def laws_given(*roots: Node) -> tuple[Law, ...]:
    """The laws that hold by what these nodes assume."""
    ranks = Ranks(*roots)
    if not ranks:
        return ()

    def full_rank(node: Node) -> Node | None:
        if not (isinstance(node, Apply) and node.op.name == "pinv" and len(node.shape) == 2 and is_real(node)):
            return None
        word = word_of(node.args[0])
        return None if word is None or word.coef != 1 or word.scalars else _pinv(word, ranks)

    return (
        Law(
            "pseudo-inverse of a matrix of full rank",
            "pinv(A)*b == inv(A'*A)*A'*b",
            "A: matrix(n, m); b: vector(n)",
            full_rank,
        ),
    )


def _pinv(word: Word, ranks: Ranks) -> Node | None:
    """`inv(A'A) A'`, `A' inv(A A')`, or `pinv(D) pinv(C)` of `C D` where C has independent columns and D independent rows."""
    letters = word.letters
    if ranks.is_invertible(letters):
        return _inverse(spelled(letters))
    if ranks.has_columns(letters):
        return spelled([*_word(_inverse(spelled([*turned(letters), *letters]))), *turned(letters)])
    if ranks.has_rows(letters):
        return spelled([*turned(letters), *_word(_inverse(spelled([*letters, *turned(letters)])))])
    for k in range(1, len(letters)):
        if ranks.has_columns(letters[:k]) and ranks.has_rows(letters[k:]):
            left, right = [_pinv(Word(1, (), part), ranks) for part in (letters[:k], letters[k:])]
            assert left is not None
            assert right is not None
            return spelled([*_word(right), *_word(left)])
    return None


def _inverse(node: Node) -> Node:
    return normalise(Apply(REGISTRY["inv"], (node,), node.shape))


def _word(node: Node) -> Letters:
    word = word_of(node)
    assert word is not None
    return word.letters
