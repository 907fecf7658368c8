"""The operators: how they are written and how tightly they bind.

One idea: one table that the parser climbs and that the printers read, so that what is printed is read back the same.
It knows no other notation (functions, brackets) and no meaning of any operator.

Binding powers grow with tightness. `'` binds as MATLAB's: after a power it transposes the power, `A^2'` is `(A^2)'`.
`^` groups to the right, as in mathematics. A leading minus takes a whole product: `-a*b` is `-(a*b)`; as the
right operand of a product or power it takes what binds more tightly: `a/-b*c` is `(a/(-b))*c`.
"""

from __future__ import annotations

from typing import NamedTuple

STATEMENT = 0
SUM = 10
NEGATION = 15
PAIRING = 17
PRODUCT = 20
POSTFIX = 30
POWER = 31
ATOM = 40


class Operator(NamedTuple):
    """A binary operator: head of the tree, binding power, least power of its left and right operand, spellings."""

    head: str
    power: int
    left: int
    right: int
    text: str
    unicode: str
    latex: str


OPERATORS: dict[str, Operator] = {
    operator.head: operator
    for operator in (
        Operator("add", SUM, SUM, SUM + 1, " + ", " + ", " + "),
        Operator("sub", SUM, SUM, SUM + 1, " - ", " − ", " - "),
        Operator("mul", PRODUCT, PRODUCT, PRODUCT + 1, "*", " ", " "),
        Operator("div", PRODUCT, PRODUCT, PRODUCT + 1, "/", "/", "/"),
        Operator("hadamard", PRODUCT, PRODUCT, PRODUCT + 1, ".*", " ⊙ ", r" \odot "),
        Operator("hdiv", PRODUCT, PRODUCT, PRODUCT + 1, "./", " ⊘ ", r" \oslash "),
        Operator("pow", POWER, POWER + 1, POWER, "^", "^", "^"),
        Operator("hpow", POWER, POWER + 1, POWER, ".^", " .^ ", "^"),
    )
}
AT = Operator("@", PRODUCT, PRODUCT, PRODUCT + 1, "*", " ", " ")  # NumPy's: a `mul` whose data says so
FROBENIUS = Operator(
    "inner", PAIRING, PAIRING, PAIRING + 1, "", "", " : "
)  # LaTeX's `A : B`, the sum of the products of the entries
KRONECKER = Operator("kron", PRODUCT, PRODUCT, PRODUCT + 1, "", " ⊗ ", r" \otimes ")

# What the lexer hands over, after spellings such as `**`, `@`, `·`, `⊙` were mapped to these.
INFIX: dict[str, Operator] = {
    "+": OPERATORS["add"],
    "-": OPERATORS["sub"],
    "*": OPERATORS["mul"],
    "/": OPERATORS["div"],
    ".*": OPERATORS["hadamard"],
    "./": OPERATORS["hdiv"],
    "^": OPERATORS["pow"],
    ".^": OPERATORS["hpow"],
    "⊗": KRONECKER,
    "@": AT,
}
RELATIONS = frozenset(("==", "<=", ">=", "<", ">", "!=", "propto", "approx"))
IMPLYING = frozenset(("implies", "iff"))
