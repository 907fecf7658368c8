"""The surface: what was written, as a tree. Parser, printers and the way back to matrix notation share it.

One idea: a `Tree` is exactly the notation, with no decision about kinds or sizes: `a*b` is `mul(a, b)` whether it is
a product of matrices or a scaling. `infer` decides, and makes a `Term` of it (see `derive.term`).

Closed set of heads (`data` in brackets, args in parentheses):

    number [int | Fraction]      name [str]                    call [function name] (args…)
    prime [(name, order)] (args…)       f'(x): derivative of an undefined function, order ≥ 1
    add sub mul div pow hadamard hdiv hpow (a, b)              + - * / ^ .* ./ .^
    neg (a)    transpose (a)
    index (a, s1[, s2…])         1-based; a subscript is a tree, `colon`, or `range` (lo, hi), inclusive
    colon ()   range (lo, hi)
    sum [name] (body, lo, hi)    prod [name] (body, lo, hi)    sum(i=lo..hi, body)
    array [(names…)] (body, lo1, hi1, …)                       array(i=1..m, j=1..n, body): the tensor of body
    block [(length of each row…)] (entries row by row)         [a, b; c, d]
    derivative [kind] (f, x)     d(f)/dx; kind is "d", "ds", "dz", "dzc", "dre" or "dim"; x a name, index, transpose or vec call
    differential (f)             d(f) without a denominator
    where [(names…)] (body, definition1, …)
    cases (value1, condition1, …[, last])                      cases(x if x > 0, 0); a condition is a relation, or `both` of some
    relation [(operators…)] (sides…)                           a == b <= c; `f propto g` (∝) is equality up to a constant factor,
        `a ~= b` (≈, operator approx) is said and not checked; LaTeX also has in, sim, succ, succeq, prec, preceq; with as many
        sides as operators it continues what stood before it
    both (statements…)                                         joined by ;
    implies [(links…)] (statements…)                           p ==> q <=> r; a link is implies or iff; with as many statements as
        links it continues what stood before it. In a list, `a; b ==> c; d`, what stands before an implication is a premise of it as a, and
        what stands after it a conclusion as d; `a ==> b; c ==> d` are two implications (`derive.judge.conditional.joined`)

`mul` has the data "@" for NumPy's product `x @ A`, in which a vector on the left stands as a row. The name `const`, undeclared, is a
constant that is not named, and stands only as a term of a side: `f == g + const`. `argmin(f, w, …)`, `argmax(f, w, …)` are calls.
Tuples counted from 0, `(x_0, …, x_{n-1})`, are arrays with the low bound 0: array(i=0..n - 1, x[i]). `e(i)` and `J(i, j)` without sizes
are unit vectors and single-entry matrices of the sizes that the context needs. LaTeX's `\\|A\\|_2` around what looks like a matrix is the
call norm2_or_opnorm2 (norm1_or_opnorm1, norminf_or_opnorminf likewise), which `infer` decides or refuses.
`\\langle x, y\\rangle`, and a raised dot between bold letters, is the call inner(x, y).
The right side of LaTeX's `in` is a call: `Reals(m, n)`, `Set(0, 1)`, `Integers(1, n)`, or a power of it.

Names are canonical ASCII: `λ` is read as `lambda`, `Σ` as `Sigma`, `x̂` as `x_hat`, `W₁` as `W1`.
Functions written as operators with a declared name of their own (`|x|` → call abs, `‖x‖` → call norm2, `A ⊗ B` → call
kron) are calls; `A⁻¹` stays the power `A^-1` and `A⁻ᵀ` its transpose, since only `infer` knows what A is.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from derive.source import Span

HEADS = frozenset(
    "number name call prime add sub mul div pow hadamard hdiv hpow neg transpose index colon range sum prod array block "
    "derivative differential where cases relation both implies".split()
)
NOWHERE = Span(0, 0)


class Tree:
    """A node of the notation. Equality and hash ignore the span."""

    __slots__ = ("_hash", "args", "data", "head", "span")

    def __init__(self, head: str, args: tuple[Tree, ...] = (), data: Hashable = None, span: Span = NOWHERE) -> None:
        self.head = head
        self.args = args
        self.data = data
        self.span = span
        self._hash: int | None = None

    def __hash__(self) -> int:
        found = self._hash
        return self._hashed() if found is None else found

    def _hashed(self) -> int:
        """Work out the hash, those of the parts first; iterative, so depth is no limit."""
        stack = [self]
        while stack:
            node = stack[-1]
            missing = [a for a in node.args if a._hash is None]
            if missing:
                stack += missing
                continue
            stack.pop()
            node._hash = hash((node.head, node.data, node.args))
        return hash(self)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Tree)
            and (self._hash == other._hash or self._hash is None or other._hash is None)
            and self.head == other.head
            and self.data == other.data
            and self.args == other.args
        )

    def walk(self) -> Iterator[Tree]:
        """Every node, parents before children, left to right; iterative, so depth is no limit."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.args))

    def bound(self) -> set[str]:
        """The indices that sums, products and arrays in the tree bind."""
        found: set[str] = set()
        for node in self.walk():
            if node.head in ("sum", "prod"):
                found.add(str(node.data))
            elif node.head == "array" and isinstance(node.data, tuple):
                found.update(map(str, node.data))
        return found

    def __repr__(self) -> str:
        inside = ([] if self.data is None else [repr(self.data)]) + [repr(a) for a in self.args]
        return f"{self.head}({', '.join(inside)})"


def by_head(trees: Iterable[Tree]) -> dict[str, list[Tree]]:
    """Every node of the trees by its head, each list in the order of `walk`: one pass for those who look for a few heads."""
    found: dict[str, list[Tree]] = {}
    for tree in trees:
        stack = [tree]
        while stack:
            node = stack.pop()
            if node.head in found:
                found[node.head].append(node)
            else:
                found[node.head] = [node]
            if node.args:
                stack += node.args[::-1]
    return found


def number(value: Hashable, span: Span = NOWHERE) -> Tree:
    return Tree("number", (), value, span)


def name(text: str, span: Span = NOWHERE) -> Tree:
    return Tree("name", (), text, span)


def call(function: str, *args: Tree, span: Span = NOWHERE) -> Tree:
    return Tree("call", args, function, span)
