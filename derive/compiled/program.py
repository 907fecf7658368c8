"""A straight line of array operations, every one made once.

One idea: an operation is known by its name, its arguments and its data, so that "computed once" is a dictionary, and nothing here
decides what is computed in place: values never change, and `write` finds out afterwards whose memory is free.

Closed set of operations (`data` in brackets). Shapes are symbolic, and arguments of entrywise operations have axes that broadcast:

    input [name]   number [int | Fraction]   size [Size]   constant [name]
    add sub mul div (a, b)    negative (a)   power [exponent] (a)
    text [(NumPy text, parameters)] (args…)      an elementwise function or one on trailing axes, by the text of its declaration
    view [axes] (a)           the axes of `a` by number, None for an axis of size 1
    reshape (a)               to the shape of the value
    dot (a, b)                product of vectors and matrices    matmul (a, b)    of stacks of matrices
    einsum [words] (a, …)     for what is no product of matrices
    sum [axes] (a)            maximum (a)  largest along the last axis, which stays, of a vector the largest entry
    diagonal [words] (a)      the axes of `a` that agree, as `ijj->ij`
    on_diagonal [(words, sign)] (a, b)      `a` with `b` added or subtracted where axes agree
    full (value)              the shape filled with a scalar       stack (a, …)   vectors as the rows of a matrix
    eye ()
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from derive.sizes import ONE, Size

if TYPE_CHECKING:
    from fractions import Fraction

Shape = tuple[Size, ...]
VIEWS = frozenset(("view", "reshape", "diagonal"))  # their memory is that of their argument
SOURCES = frozenset(("input", "number", "size", "constant"))
CALL = 500.0  # nanoseconds that any operation costs


class Var:
    """The value of one operation."""

    __slots__ = ("args", "cost", "data", "number", "op", "shape")

    def __init__(self, op: str, args: tuple[Var, ...], data: Hashable, shape: Shape, number: int) -> None:
        self.op = op
        self.args = args
        self.data: Any = data
        self.shape = shape
        self.number = number  # place in the program
        self.cost = 0.0

    def __repr__(self) -> str:
        inside = ([] if self.data is None else [repr(self.data)]) + [f"v{a.number}" for a in self.args]
        return f"v{self.number} = {self.op}({', '.join(inside)}) {self.shape}"


class Program:
    """The operations so far, in the order in which they were made."""

    def __init__(self, nominal: Callable[[Size], int]) -> None:
        self.nominal = nominal
        self.line: list[Var] = []
        self.never_negative: set[Var] = set()
        self.entry_by_entry: set[Var] = set()  # texts
        self._entries: dict[Shape, float] = {}
        self._made: dict[tuple[object, ...], Var] = {}

    def nonnegative(self, a: Var) -> bool:
        """Whether no entry can be negative, as far as it is known."""
        if a in self.never_negative or (a.op == "power" and a.data % 2 == 0) or a.op == "size":
            return True
        if a.op == "number":
            return bool(a.data >= 0)
        if a.op == "mul" and a.args[0] is a.args[1]:
            return True
        return a.op in ("mul", "add", "div", "view", "reshape", "sum") and all(map(self.nonnegative, a.args))

    def make(
        self, op: str, args: Sequence[Var] = (), data: Hashable = None, shape: Shape = (), cost: float = 0.0
    ) -> Var:
        """The value of an operation, the same one every time."""
        key = (op, tuple([a.number for a in args]), data, shape if op in ("full", "reshape", "eye", "input") else None)
        found = self._made.get(key)
        if found is None:
            found = Var(op, tuple(args), data, shape, len(self.line))
            found.cost = cost
            self.line.append(found)
            self._made[key] = found
        return found

    def known(self, op: str, args: Sequence[Var | None], data: Hashable = None) -> bool:
        return (op, tuple([-1 if a is None else a.number for a in args]), data, None) in self._made

    def seen(self, a: Var, transposed: bool) -> Var | None:
        """A matrix or its transpose, if that has been made."""
        if not transposed:
            return a
        if a.op == "view" and a.data == (1, 0):
            return a.args[0]
        return self._made.get(("view", (a.number,), (1, 0), None))

    def known_exp(self, a: Var, sign: int) -> bool:
        """Whether `exp(a)` has been computed, or `exp(-a)` for a negative sign."""
        negative = a.args[0] if a.op == "negative" else self._made.get(("negative", (a.number,), None, None))
        return self.known("text", (a if sign > 0 else negative,), ("np.exp(x)", ("x",)))

    def entries(self, shape: Shape) -> float:
        """How many entries, by the sizes that are given or assumed."""
        total = self._entries.get(shape)
        if total is None:
            total = 1.0
            for size in shape:
                total *= self.nominal(size)
            self._entries[shape] = total
        return total

    # ---- entrywise

    def number(self, value: int | Fraction) -> Var:
        return self.make("number", (), value)

    def entrywise(self, op: str, a: Var, b: Var) -> Var:
        """`a + b`, `a - b`, `a * b` or `a / b`, axes of size 1 broadcasting; both have the same number of axes, or one none."""
        if op == "mul":
            if b.op == "number":
                a, b = b, a
            if a.op == "number" and a.data == 1:
                return b
            if a.op == "number" and a.data == -1:
                return self.negative(b)
        if op == "div" and b.op == "number" and b.data == 1:
            return a
        if op in ("add", "mul") and a.number > b.number and a.op not in SOURCES and b.op not in SOURCES:
            a, b = b, a
        shape = met(a.shape, b.shape)
        return self.make(op, (a, b), None, shape, CALL + self.entries(shape) * (1.0 if op == "div" else 0.6))

    def negative(self, a: Var) -> Var:
        if a.op == "number":
            return self.number(-a.data)
        if a.op == "negative":
            return a.args[0]
        return self.make("negative", (a,), None, a.shape, CALL + 0.5 * self.entries(a.shape))

    def scaled(self, value: int | Fraction, a: Var) -> Var:
        return self.entrywise("mul", self.number(value), a)

    def power(self, a: Var, exponent: int | Fraction) -> Var:
        if exponent == 1:
            return a
        plain = exponent.denominator <= 2 and -3 <= exponent <= 3
        weight = 0.5 if exponent == 2 else 1.5 if plain else 20
        return self.make("power", (a,), exponent, a.shape, CALL + weight * self.entries(a.shape))

    def text(self, text: str, parameters: tuple[str, ...], args: Sequence[Var], shape: Shape) -> Var:
        """An elementwise function."""
        made = self.make("text", args, (text, parameters), shape, CALL + 8 * self.entries(shape))
        self.entry_by_entry.add(made)
        return made

    def whole_text(self, text: str, parameters: tuple[str, ...], args: Sequence[Var], shape: Shape) -> Var:
        """A function of whole axes."""
        return self.make("text", args, (text, parameters), shape, CALL + 50 * self.entries(shape))

    # ---- axes

    def view(self, a: Var, axes: tuple[int | None, ...]) -> Var:
        """The axes of `a` in another order, with new ones of size 1."""
        if axes == tuple(range(len(a.shape))):
            return a
        if a.op == "view":
            axes = tuple([None if k is None else a.data[k] for k in axes])
            a = a.args[0]
            if axes == tuple(range(len(a.shape))):
                return a
        return self.make("view", (a,), axes, tuple([ONE if k is None else a.shape[k] for k in axes]), 150)

    def reshape(self, a: Var, shape: Shape) -> Var:
        if shape == a.shape:
            return a
        if a.op == "reshape":
            return self.reshape(a.args[0], shape)
        moved = a.op == "view" and tuple(k for k in a.data if k is not None) != tuple(range(len(a.args[0].shape)))
        return self.make("reshape", (a,), None, shape, 250 + moved * 1.5 * self.entries(shape))

    def sum(self, a: Var, axes: tuple[int, ...]) -> Var:
        if not axes:
            return a
        shape = tuple([s for k, s in enumerate(a.shape) if k not in axes])
        return self.make("sum", (a,), axes, shape, 2 * CALL + 0.4 * self.entries(a.shape))

    def maximum(self, a: Var) -> Var:
        shape = (*a.shape[:-1], ONE) if len(a.shape) > 1 else ()
        return self.make("maximum", (a,), None, shape, 2 * CALL + 0.4 * self.entries(a.shape))

    def diagonal(self, a: Var, words: str) -> Var:
        inner, outer = words.split("->")
        return self.make("diagonal", (a,), words, tuple([a.shape[inner.index(c)] for c in outer]), 2 * CALL)

    def on_diagonal(self, a: Var, b: Var, words: str, sign: int = 1) -> Var:
        return self.make("on_diagonal", (a, b), (words, sign), a.shape, 3 * CALL + self.entries(b.shape) * 2)

    # ---- products

    def dot(self, a: Var, b: Var) -> Var:
        """Product of a matrix or vector and a matrix or vector: the last axis of `a` meets the first of `b`."""
        shape = (*a.shape[:-1], *b.shape[1:])
        return self.make("dot", (a, b), None, shape, self.dot_cost(a, b))

    def dot_cost(self, a: Var, b: Var) -> float:
        left, right = self.entries(a.shape[:-1]), self.entries(b.shape[1:])
        inner = self.entries(a.shape[-1:])
        if len(a.shape) < 2 or len(b.shape) < 2 or left == 1 or right == 1:
            return CALL + 0.3 * left * right * inner
        if inner == 1:
            return 2 * CALL + 0.5 * left * right
        half = 0.55 if a.op == "view" and a.data == (1, 0) and a.args[0] is b else 1.0
        twin = 0.55 if b.op == "view" and b.data == (1, 0) and b.args[0] is a else half
        return 2 * CALL + twin * 0.05 * left * right * inner + 0.2 * (left * inner + inner * right + left * right)

    def matmul(self, a: Var, b: Var) -> Var:
        shape = (*a.shape[:-1], b.shape[-1])
        work = self.entries(shape) * self.entries(a.shape[-1:])
        return self.make("matmul", (a, b), None, shape, 2 * CALL + 0.1 * work + 300 * self.entries(a.shape[:-2]))

    def einsum(self, words: str, *args: Var) -> Var:
        inputs, out = words.split("->")
        sizes = {
            c: s for word, a in zip(inputs.split(","), args, strict=True) for c, s in zip(word, a.shape, strict=True)
        }
        shape = tuple([sizes[c] for c in out])
        return self.make("einsum", args, words, shape, 5 * CALL + 1.0 * self.entries(tuple(sizes.values())))

    def full(self, value: Var, shape: Shape) -> Var:
        return self.make("full", (value,), None, shape, 2 * CALL + 0.3 * self.entries(shape))

    def eye(self, size: Size) -> Var:
        return self.make("eye", (), size, (size, size), 4 * CALL + 0.3 * self.entries((size, size)))

    def stack(self, rows: Sequence[Var]) -> Var:
        return self.make("stack", rows, None, (Size.of(len(rows)), *rows[0].shape), 3 * CALL)


def met(a: Shape, b: Shape) -> Shape:
    """The shape of two arrays that broadcast."""
    if len(a) < len(b):
        a = (ONE,) * (len(b) - len(a)) + a
    if len(b) < len(a):
        b = (ONE,) * (len(a) - len(b)) + b
    return tuple([y if x == ONE else x for x, y in zip(a, b, strict=True)])


def reached(roots: Sequence[Var]) -> list[Var]:
    """What the roots need, in the order of the program."""
    seen, stack = set[Var](), list(roots)
    while stack:
        var = stack.pop()
        if var not in seen:
            seen.add(var)
            stack += var.args
    return sorted(seen, key=lambda v: v.number)


def cost(roots: Sequence[Var]) -> float:
    """Nanoseconds, by assumption."""
    return sum([v.cost for v in reached(roots)])
