"""Which of SymPy's functions is which operation.

One idea: one table of names serves both directions and the test that holds our derivatives against SymPy's. SymPy itself
is given by the caller, so that reading the table does not load it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# our operation: the name of SymPy's function of the same arguments
SAME = {
    "exp": "exp",
    "log": "log",
    "sqrt": "sqrt",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "abs": "Abs",
    "conj": "conjugate",
    "real": "re",
    "imag": "im",
    "sign": "sign",
    "floor": "floor",
    "mod": "Mod",
    "gcd": "gcd",
    "maximum": "Max",
    "minimum": "Min",
    "erf": "erf",
    "gamma": "gamma",
    "lgamma": "loggamma",
    "digamma": "digamma",
    "factorial": "factorial",
}
BACK = {theirs: ours for ours, theirs in SAME.items()}


def meaning(sympy: Any, name: str) -> Callable[..., Any] | None:
    """An elementwise operation as a function of SymPy numbers; None for an operation without a counterpart."""
    if name in SAME:
        found: Callable[..., Any] = getattr(sympy, SAME[name])
        return found
    return _made(sympy).get(name)


def _made(s: Any) -> dict[str, Callable[..., Any]]:
    """Operations that SymPy writes as expressions."""

    def cdf(x: Any) -> Any:
        return (1 + s.erf(x / s.sqrt(2))) / 2

    def step(x: Any) -> Any:
        return s.Heaviside(x, 0)

    def softplus(x: Any, b: Any = 1) -> Any:
        return s.log(1 + s.exp(b * x)) / b

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + s.exp(-x))

    return {
        "step": step,
        "eq": lambda x, y: s.KroneckerDelta(x, y),
        "piecewise": lambda c, x, y: c * x + (1 - c) * y,
        "power": lambda x, y: x**y,
        "log2": lambda x: s.log(x) / s.log(2),
        "normcdf": cdf,
        "normpdf": lambda x: s.exp(-(x**2) / 2) / s.sqrt(2 * s.pi),
        "polygamma1": lambda x: s.polygamma(1, x),
        "relu": lambda x: s.Max(x, 0),
        "leaky_relu": lambda x, a: s.Max(x, 0) + a * s.Min(x, 0),
        "elu": lambda x, a: s.Max(x, 0) + a * (s.exp(s.Min(x, 0)) - 1),
        "sigmoid": sigmoid,
        "softplus": softplus,
        "swish": lambda x, b: x * sigmoid(b * x),
        "gelu": lambda x: x * cdf(x),
        "gelu_tanh": lambda x: x / 2 * (1 + s.tanh(s.sqrt(2 / s.pi) * (x + s.Rational(44715, 10**6) * x**3))),
        "mish": lambda x: x * s.tanh(softplus(x)),
    }
