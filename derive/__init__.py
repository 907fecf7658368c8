"""derive: matrix calculus that is right, in the form a person writes.

    import derive
    r = derive.gradient("norm2(X*w - y)^2", wrt="w")
    str(r)                      # 2*X'*(X*w - y)
    r.validation.digits         # agreement with differences of the function, in digits
    r.evaluate(X=..., w=..., y=...)

Names are loaded when they are first used, so `import derive` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derive import identities
    from derive.answer import Result
    from derive.calculus import derivative, gradient, hessian, hvp, jacobian
    from derive.checking import check, check_text
    from derive.finding import DeriveError
    from derive.reading import read
    from derive.together import value_and_gradient
    from derive.verification import verify

__all__ = [
    "DeriveError",
    "Result",
    "check",
    "check_text",
    "derivative",
    "gradient",
    "hessian",
    "hvp",
    "identities",
    "jacobian",
    "read",
    "value_and_gradient",
    "verify",
]

_HOME = {
    "derivative": "derive.calculus",
    "gradient": "derive.calculus",
    "jacobian": "derive.calculus",
    "hessian": "derive.calculus",
    "hvp": "derive.calculus",
    "value_and_gradient": "derive.together",
    "Result": "derive.answer",
    "DeriveError": "derive.finding",
    "read": "derive.reading",
    "verify": "derive.verification",
    "check": "derive.checking",
    "check_text": "derive.checking",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if name == "identities":
        import derive.identities

        return derive.identities
    if home is None:
        raise AttributeError(f"module 'derive' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value
