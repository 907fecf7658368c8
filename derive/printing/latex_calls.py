r"""How LaTeX writes functions: from the declaration where there is one, as an operator where mathematics has one.

One idea: `Operation.latex` is a template in `{0}`, `{1}`; an argument takes brackets unless the template encloses it. Where a mathematical
spelling could be read as something else (`|A|` is a determinant), the function is written by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from derive.ops import REGISTRY
from derive.printing.names import escaped, latex_name
from derive.printing.pieces import Piece
from derive.syntax.latex.commands import FUNCTION_LETTERS
from derive.syntax.latex.resembling import shape
from derive.syntax.operators import ATOM, POWER, PRODUCT, STATEMENT
from derive.tree import Tree

__all__ = ["FUNCTION_LETTERS", "call_piece", "function_name"]

Wrap = Callable[[Piece, int], str]

_ENCLOSED = re.compile(r"(?:[({,\[]|\\[lr]?[vV]ert|\\[lr]?floor|, ?| [=,] ?)\s*\Z")
_CONSTANTS = {"ones": r"\mathbf{1}", "zeros": r"\mathbf{0}"}
_SUBSCRIPTED = frozenset(("Dn", "Dnp", "Ln"))  # `D_n` would be read as a name
_TARGETS = frozenset(("name", "index"))


def function_name(name: str) -> str:
    r"""A function by its name: \operatorname{softmax}."""
    return rf"\operatorname{{{escaped(name)}}}"


def call_piece(node: Tree, parts: list[Piece], wrapped: Wrap, names: set[str]) -> Piece:
    """A function applied to arguments, as mathematics writes it; `names` are the variables of the whole tree."""
    name = str(node.data)
    operator = _operator(name, node, parts, wrapped, names)
    if operator is not None:
        return operator
    operation = REGISTRY.get(name)
    if operation is not None and operation.name == name and _is_filled(operation.latex, node, names):
        return _filled(name, operation.latex, parts, wrapped)
    inside = ", ".join(wrapped(p, STATEMENT) for p in parts)
    tall = r"\frac" in inside or r"\begin" in inside
    left, right = (r"\left(", r"\right)") if tall else ("(", ")")
    shown = latex_name(name) if operation is None and name in FUNCTION_LETTERS else function_name(name)
    return f"{shown}{left}{inside}{right}", ATOM


def _operator(name: str, node: Tree, parts: list[Piece], wrapped: Wrap, names: set[str]) -> Piece | None:
    """Functions that are written as operators, superscripts or bold digits."""
    if len(parts) == 1 and name in ("inv", "ct", "pinv"):
        raised = {"inv": "^{-1}", "ct": r"^{\mathsf{H}}", "pinv": "^{+}"}[name]
        if name != "pinv" or shape(node.args[0]) == "matrix":
            return wrapped(parts[0], ATOM) + raised, POWER
    if name == "normF" and len(parts) == 1:
        return rf"\lVert {wrapped(parts[0], STATEMENT)} \rVert_F", POWER
    if name == "kron" and len(parts) == 2:
        return rf"{wrapped(parts[0], PRODUCT + 1)} \otimes {wrapped(parts[1], PRODUCT + 1)}", PRODUCT
    if name in ("grad", "hess"):
        return _nabla(name, node, parts, wrapped)
    return _constant(name, node, parts, names)


def _constant(name: str, node: Tree, parts: list[Piece], names: set[str]) -> Piece | None:
    """`\\mathbf{1}`, `\\mathbf{1}_{m \\times n}`, `I_{n}`."""
    simple = all(a.head in ("name", "number", "add", "sub") for a in node.args)
    if name in _CONSTANTS and 1 <= len(parts) <= 2 and simple:
        below = r" \times ".join(p[0] for p in parts)
        return f"{_CONSTANTS[name]}_{{{below}}}", ATOM
    if name == "Reals":
        sizes = r" \times ".join(p[0] for p in parts)
        return r"\mathbb{R}" + (f"^{{{sizes}}}" if parts else ""), ATOM
    if name == "eye" and len(parts) == 1 and simple and "I" not in names:
        return f"I_{{{parts[0][0]}}}", ATOM
    if name == "vector" and len(parts) == 1 and parts[0][0] in ("0", "1"):
        return rf"\mathbf{{{parts[0][0]}}}", ATOM
    return None


def _nabla(name: str, node: Tree, parts: list[Piece], wrapped: Wrap) -> Piece | None:
    """`\\nabla_{x} f`, `\\nabla_{x}^{2} f`; it binds like what follows a sign, since its reach is a product."""
    if len(parts) == 2 and node.args[1].head not in _TARGETS:
        return None
    if not 1 <= len(parts) <= 2 or (
        len(parts) == 2 and node.args[1].head == "index" and node.args[1].args[0].head != "name"
    ):
        return None
    below = f"_{{{parts[1][0]}}}" if len(parts) == 2 else ""
    return rf"\nabla{below}" + ("^{2} " if name == "hess" else " ") + wrapped(parts[0], ATOM), PRODUCT - 1


def _is_filled(template: str, node: Tree, names: set[str]) -> bool:
    """Whether the declared spelling takes these arguments, and is not read as something else with them."""
    if not template or len(set(re.findall(r"\{(\d)\}", template))) != len(node.args):
        return False
    if node.data in _SUBSCRIPTED:
        return False
    if node.data in ("norm1", "norminf"):
        return shape(node.args[0]) != "matrix"  # else it would be read as an operator's norm
    if node.data == "abs":
        return shape(node.args[0]) not in ("matrix", "unclear")
    if node.data == "expm":
        return "e" not in names and shape(node.args[0]) == "matrix"
    if node.data == "gamma":
        return "Gamma" not in names
    if node.data == "normp":
        p = node.args[1]
        return (p.head == "name" and p.data in ("p", "q", "r")) or (p.head == "number" and p.data not in (1, 2))
    return True


def _filled(name: str, template: str, parts: list[Piece], wrapped: Wrap) -> Piece:
    """The template with its arguments, in brackets where nothing encloses them."""
    shown = []
    for i, part in enumerate(parts):
        before = template.partition(f"{{{i}}}")[0]
        shown.append(wrapped(part, STATEMENT if _ENCLOSED.search(before) else ATOM))
    if any(mark in text for text in shown for mark in (r"\frac", r"\begin")):
        template = template.replace("(", r"\left(").replace(")", r"\right)")
    text = template.format(*shown)
    if name == "logdet":
        return text, PRODUCT - 1  # `\log` without brackets: what follows could belong to it
    return text, POWER if "^" in template or not text.endswith((")", "}", "t", "r")) else ATOM
