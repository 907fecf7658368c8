r"""How LaTeX writes functions: from the declaration where there is one, as an operator where mathematics has one.

One idea: `Operation.latex` is a template in `{0}`, `{1}`; an argument takes brackets unless the template encloses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from derive.ops import REGISTRY
from derive.printing.names import escaped, latex_name
from derive.printing.pieces import Piece
from derive.syntax.operators import ATOM, POWER, PRODUCT
from derive.tree import Tree

Wrap = Callable[[Piece, int], str]

_ENCLOSED = re.compile(r"(?:[({,\[]|\\[lr]?[vV]ert|\\[lr]?floor|, ?| [=,] ?)\s*\Z")
_GREEK_FUNCTIONS = frozenset("f g h phi psi rho sigma J L F C E".split())
_RAISED = {"inv": "^{-1}", "pinv": "^{+}", "ct": r"^{\mathsf{H}}"}
_BOLD = {"ones": r"\mathbf{1}", "zeros": r"\mathbf{0}", "eye": "I", "I": "I"}


def call_piece(node: Tree, parts: list[Piece], wrapped: Wrap) -> Piece:
    """A function applied to arguments, as mathematics writes it."""
    name = str(node.data)
    operator = _operator(name, parts, wrapped)
    if operator is not None:
        return operator
    operation = REGISTRY.get(name)
    if operation is not None and operation.latex and _fields(operation.latex) == len(parts):
        return _filled(operation.latex, parts, wrapped)
    inside = ", ".join(p[0] for p in parts)
    tall = r"\frac" in inside or r"\begin" in inside
    left, right = (r"\left(", r"\right)") if tall else ("(", ")")
    shown = (
        latex_name(name)
        if operation is None and (name in _GREEK_FUNCTIONS or len(name) == 1)
        else rf"\operatorname{{{escaped(name)}}}"
    )
    return f"{shown}{left}{inside}{right}", ATOM


def _operator(name: str, parts: list[Piece], wrapped: Wrap) -> Piece | None:
    """Functions that are written as operators, superscripts or bold digits."""
    if name in _RAISED and len(parts) == 1:
        return wrapped(parts[0], ATOM) + _RAISED[name], POWER
    if name == "kron" and len(parts) == 2:
        return rf"{wrapped(parts[0], PRODUCT + 1)} \otimes {wrapped(parts[1], PRODUCT + 1)}", PRODUCT
    if name in _BOLD:
        below = r" \times ".join(p[0] for p in parts)
        return (f"{_BOLD[name]}_{{{below}}}" if below else _BOLD[name]), ATOM
    if name in ("vector", "matrix") and len(parts) == 1:
        one = r"\mathbf{1}" if name == "vector" else r"\mathbf{1}\mathbf{1}^\top"
        return (one, ATOM) if parts[0][0] == "1" else (f"{wrapped(parts[0], PRODUCT)} {one}", PRODUCT)
    if name in ("grad", "hess", "jac") and 1 <= len(parts) <= 2:
        return _derivative(name, parts, wrapped)
    if name == "conj" and len(parts) == 1:
        return rf"\overline{{{parts[0][0]}}}", ATOM
    return None


def _derivative(name: str, parts: list[Piece], wrapped: Wrap) -> Piece:
    body = wrapped(parts[0], ATOM)
    below = parts[1][0] if len(parts) == 2 else ""
    if name == "jac":
        return (
            rf"\frac{{\partial {body}}}{{\partial {below}}}" if below else rf"\operatorname{{jac}}({parts[0][0]})"
        ), POWER
    return r"\nabla" + (f"_{{{below}}}" if below else "") + ("^{2} " if name == "hess" else " ") + body, PRODUCT


def _fields(template: str) -> int:
    """How many arguments a template takes."""
    return len(set(re.findall(r"\{(\d)\}", template)))


def _filled(template: str, parts: list[Piece], wrapped: Wrap) -> Piece:
    """The template with its arguments, in brackets where nothing encloses them."""
    shown = []
    for i, part in enumerate(parts):
        before = template.partition(f"{{{i}}}")[0]
        shown.append(part[0] if _ENCLOSED.search(before) else wrapped(part, ATOM))
    if any(mark in text for text in shown for mark in (r"\frac", r"\begin")):
        template = template.replace("(", r"\left(").replace(")", r"\right)")
    text = template.format(*shown)
    return text, POWER if "^" in template or not text.endswith((")", "}", "t", "r")) else ATOM
