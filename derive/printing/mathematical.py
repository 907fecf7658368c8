"""Unicode notation: `2 Xᵀ(X w − y)`, `A⁻ᵀ`, `‖x‖²`, `λ`, `W₁`.

One idea: the plain writer with other spellings, each of which the parser reads; `inv(A)` is written `A⁻¹` and therefore
read back as the power `A^-1`. A product is written by a blank, and by `·` where a blank would read as something else.
"""

from __future__ import annotations

from derive.characters import GREEK_LETTERS, SUPERSCRIPT_DIGITS, SUPERSCRIPTS
from derive.printing.names import unicode_name
from derive.printing.pieces import Piece, fold
from derive.printing.plain import SIGNED, Plain, ends_in_differential, primed, wrapped
from derive.syntax.juxtaposition import is_word
from derive.syntax.operators import ATOM, KRONECKER, OPERATORS, POSTFIX, POWER, PRODUCT, Operator
from derive.tree import Tree

_RAISED = {letter: mark for mark, letter in SUPERSCRIPTS.items() if letter.isalpha() and letter not in "TH"}
_RELATIONS = {"==": "=", "<=": "≤", ">=": "≥", "!=": "≠", "propto": "∝", "approx": "≈"} | {
    "implies": "⟹",
    "iff": "⟺",
}
_NORMS = {"norm2": "‖", "norm1": "‖₁", "normF": "‖_F", "norminf": "‖_∞"}
_GREEK_FUNCTIONS = frozenset("phi psi sigma rho ell".split())
_MIXED = frozenset(("div", "hdiv", "hadamard"))


class Unicode(Plain):
    """The plain writer, with mathematical spellings."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: frozenset[int] = frozenset()  # products inside blocks of one column, by identity

    def write(self, tree: Tree) -> str:
        columns = [node for node in tree.walk() if node.head == "block" and set(node.data) == {1}]  # type: ignore[call-overload]
        if columns:
            return _in_columns(frozenset(id(inside) for block in columns for inside in block.walk()), tree)
        return fold(tree, self.table)[0]

    def name(self, node: Tree, parts: list[Piece]) -> Piece:
        return unicode_name(str(node.data)), ATOM

    def variable(self, name: object) -> str:
        return unicode_name(str(name))

    def symbol(self, operator: Operator) -> str:
        return operator.unicode

    def relation_sign(self, operator: str) -> str:
        return _RELATIONS.get(operator, operator)

    def number(self, node: Tree, parts: list[Piece]) -> Piece:
        text, power = super().number(node, parts)
        return text.replace("-", "−"), power

    def neg(self, node: Tree, parts: list[Piece]) -> Piece:
        text, power = super().neg(node, parts)
        return "−" + text[1:], power

    def prime(self, node: Tree, parts: list[Piece]) -> Piece:
        text, power = super().prime(node, parts)
        name, _ = primed(node)
        return _function(name) + text[len(name) :], power

    def binary(self, node: Tree, parts: list[Piece]) -> Piece:
        operator = OPERATORS[node.head]
        if operator.power != PRODUCT:
            return super().binary(node, parts)
        if node.head == "mul":
            return self.product(node, parts)
        left, right = parts
        led = left[1] == SIGNED
        first = left[0] if led else wrapped(left, PRODUCT)
        if node.head == "div" and right[0].startswith("d") and ends_in_differential(node.args[0]):
            first = f"({left[0]})"  # `d(f)/dx` would be a derivative
        sign = operator.unicode
        return first + sign + wrapped(right, PRODUCT + 1), (SIGNED if led else PRODUCT)

    def product(self, node: Tree, parts: list[Piece]) -> Piece:
        """Side by side; a quotient or entrywise product on the left takes brackets, so that it is not taken apart."""
        left, right = parts
        led = left[1] == SIGNED
        mixed = (
            node.args[0].head in _MIXED
            or node.args[0].data == "kron"
            or (left[1] == PRODUCT and node.args[0].head == "number")
        )
        first = left[0] if led and not mixed else wrapped(left, PRODUCT + 1 if mixed else PRODUCT)
        second = wrapped(right, PRODUCT + 1)
        power = SIGNED if led and not mixed else PRODUCT
        return first + self.joint(node, first, second) + second, power

    def joint(self, node: Tree, left: str, right: str) -> str:
        """A blank, nothing before brackets after a superscript or bracket, or `·` where that would read otherwise."""
        start, end = right[0], left[-1]
        last = node.args[0].args[1] if node.args[0].head == "mul" else node.args[0]
        if last.head == "name" and is_word(str(last.data)):
            return "·"
        if id(node) in self.columns or start in "0123456789.[|‖√∂∇":
            return "·"
        if start != "(":
            return " "
        if end in SUPERSCRIPTS:
            return ""
        if end == ")":
            return "" if left[0] == "(" else " "
        return " " if end.isdigit() and end.isascii() and _is_number(node.args[0]) else "·"

    def power(self, node: Tree, operator: Operator, parts: list[Piece]) -> Piece:
        raised = raised_exponent(node.args[1]) if node.head == "pow" else None
        if raised is None:
            return wrapped(parts[0], ATOM) + operator.text + self.exponent(node.args[1], parts[1]), POWER
        return wrapped(parts[0], ATOM) + raised, POWER

    def exponent(self, tree: Tree, piece: Piece) -> str:
        text = super().exponent(tree, (piece[0].replace("−", "-"), piece[1]))
        return text.replace("-", "−")

    def transpose(self, node: Tree, parts: list[Piece]) -> Piece:
        inverted = inverse_of(node.args[0])
        if inverted and parts[0][0].endswith("⁻¹"):
            return parts[0][0][:-1] + "ᵀ", POSTFIX
        return wrapped(parts[0], ATOM) + "ᵀ", POSTFIX

    def call(self, node: Tree, parts: list[Piece]) -> Piece:
        function = str(node.data)
        if function == "piecewise":
            return self.cases(node, parts)
        if len(parts) == 1:
            special = self.special(function, parts[0])
            if special is not None:
                return special
        if function == "kron" and len(parts) == 2:
            left = wrapped(parts[0], PRODUCT if node.args[0].data == "kron" else PRODUCT + 1)
            return left + KRONECKER.unicode + wrapped(parts[1], PRODUCT + 1), PRODUCT
        return f"{_function(function)}({', '.join(map(self.inner, parts))})", ATOM

    def special(self, function: str, part: Piece) -> Piece | None:
        """Functions of one argument with a notation of their own."""
        if function in _NORMS:
            return f"‖{self.inner(part)}{_NORMS[function]}", ATOM
        if function == "abs" and "|" not in part[0]:  # bars inside bars would not say which closes which
            return f"|{self.inner(part)}|", ATOM
        if function == "sqrt":
            return f"√{wrapped(part, ATOM)}" if part[0].isalnum() else f"√({self.inner(part)})", POSTFIX
        raised = {"inv": "⁻¹", "pinv": "⁺", "ct": "ᴴ"}.get(function)
        return None if raised is None else (wrapped(part, ATOM) + raised, POWER)

    def derivative(self, node: Tree, parts: list[Piece]) -> Piece:
        if node.data != "d":
            return super().derivative(node, parts)
        target = node.args[1]
        below = f"({parts[1][0]})" if target.head == "call" else parts[1][0]
        return f"∂{wrapped(parts[0], ATOM)}/∂{below}", PRODUCT - 1


def _function(name: str) -> str:
    """Undefined functions keep their Greek letter; operations of the library keep their word (`gamma` is no variable)."""
    return GREEK_LETTERS[name] if name in _GREEK_FUNCTIONS else name


def raised_exponent(exponent: Tree) -> str | None:
    """`²`, `⁻¹`, `ᵏ`, when the exponent is an integer or a letter that has a superscript."""
    sign = ""
    if exponent.head == "neg":
        sign, exponent = "⁻", exponent.args[0]
    if exponent.head == "number" and isinstance(exponent.data, int) and not (sign and exponent.data < 0):
        return sign + str(exponent.data).translate(SUPERSCRIPT_DIGITS)
    if exponent.head == "name" and exponent.data in _RAISED:
        return sign + _RAISED[str(exponent.data)]
    return None


def inverse_of(tree: Tree) -> bool:
    """Whether a tree is `inv(A)` or `A^-1`."""
    if tree.head == "call":
        return tree.data == "inv" and len(tree.args) == 1
    return tree.head == "pow" and raised_exponent(tree.args[1]) == "⁻¹"


def _is_number(tree: Tree) -> bool:
    while tree.head in ("mul", "neg"):
        tree = tree.args[-1]
    return tree.head == "number"


def _in_columns(columns: frozenset[int], tree: Tree) -> str:
    writer = Unicode()
    writer.columns = columns
    return fold(tree, writer.table)[0]


_UNICODE = Unicode()


def unicode(tree: Tree) -> str:
    """A tree in Unicode notation: `2 Xᵀ(X w − y)`; `parse` reads it back, `inv(A)` as `A^-1`."""
    return _UNICODE.write(tree)
