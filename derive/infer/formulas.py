"""Functions of other languages that are formulas in this one: `mse(a, b)` is `mean((a - b).^2)`.

One idea: templates in the user's own arguments, offered as edits that are tried before they are shown; nothing is replaced in silence.
"""

from __future__ import annotations

from derive.infer.context import Context, Edit
from derive.source import Span
from derive.tree import Tree

FORMULAS: dict[str, tuple[str, ...]] = {
    "mse": ("mean(({0} - {1}).^2)", "({0} - {1})^2"),
    "rmse": ("sqrt(mean(({0} - {1}).^2))",),
    "mae": ("mean(abs({0} - {1}))", "abs({0} - {1})"),
    "sse": ("norm2({0} - {1})^2",),
    "hinge": ("relu(1 - {0})", "relu(1 - {0}.*{1})", "relu(1 - {0}*{1})"),
    "huber": (
        "cases({0}^2/2 if abs({0}) <= 1, abs({0}) - 1/2)",
        "cases({0}.^2/2 if abs({0}) <= 1, abs({0}) - 1/2)",
        "cases({0}^2/2 if abs({0}) <= {1}, {1}*(abs({0}) - {1}/2))",
        "cases({0}.^2/2 if abs({0}) <= {1}, {1}*(abs({0}) - {1}/2))",
    ),
    "std": ("sqrt(var({0}))",),
    "sec": ("1/cos({0})", "1./cos({0})"),
    "csc": ("1/sin({0})", "1./sin({0})"),
    "cot": ("1/tan({0})", "1./tan({0})"),
    "sech": ("1/cosh({0})", "1./cosh({0})"),
    "csch": ("1/sinh({0})", "1./sinh({0})"),
    "coth": ("1/tanh({0})", "1./tanh({0})"),
    "atan2": ("arctan({0}/{1})", "arctan({0}./{1})"),
    "arctan2": ("arctan({0}/{1})", "arctan({0}./{1})"),
    "log10": ("log({0})/log(10)",),
    "log1p": ("log(1 + {0})",),
    "expm1": ("exp({0}) - 1",),
    "square": ("({0})^2", "({0}).^2"),
    "cbrt": ("({0})^(1/3)", "({0}).^(1/3)"),
    "logit": ("log({0}/(1 - {0}))", "log({0}./(1 - {0}))"),
    "bce": ("-mean({0}.*log({1}) + (1 - {0}).*log(1 - {1}))", "-({0}*log({1}) + (1 - {0})*log(1 - {1}))"),
    "arcsinh": ("log({0} + sqrt({0}^2 + 1))", "log({0} + sqrt({0}.^2 + 1))"),
    "asinh": ("log({0} + sqrt({0}^2 + 1))", "log({0} + sqrt({0}.^2 + 1))"),
    "arctanh": ("log((1 + {0})/(1 - {0}))/2", "log((1 + {0})./(1 - {0}))/2"),
    "atanh": ("log((1 + {0})/(1 - {0}))/2", "log((1 + {0})./(1 - {0}))/2"),
    "norm": ("norm2({0})",),
    "dist": ("norm2({0} - {1})",),
    "dot": ("{0}'*({1})",),
    "hadamard": ("({0}).*({1})",),
}
ONLY = {"atan2": " where {1} is positive", "arctan2": " where {1} is positive"}


def formulas(context: Context, name: str, tree: Tree) -> tuple[Edit, ...]:
    """The formulas for a call in the user's arguments, as edits; () where none is known."""
    args = [context.text(arg.span) for arg in tree.args]
    found: list[Edit] = []
    for template in FORMULAS.get(name, ()):
        if (
            (template.count("{1}") and len(args) != 2)
            or (not template.count("{1}") and len(args) != 1)
            or not all(args)
        ):
            continue
        shown = [a if a.isidentifier() else f"({a})" for a in args]
        text = template.format(*shown)
        alone = tree.span == Span(0, len(context.source.text)) if context.source is not None else True
        meaning = f"the formula of {name}{ONLY.get(name, '').format(*shown)}"
        found.append((tree.span, text if alone else f"({text})", meaning))
    return tuple(found)
