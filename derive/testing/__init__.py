"""`derive.testing`: the gradient in my code is the gradient of my formula.

    from derive.testing import assert_backward
    assert_backward(forward, backward, [x, w], seed=1)

One idea: whoever writes a backward pass by hand has a function, and often a formula, to hold it against; both are differentiated here by
differences whose error is measured, and a pass is called wrong only where the measured error cannot explain what is seen. Works without pytest.
Names are loaded when they are first used. It does not know the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derive.testing.asserts import (
        assert_backward,
        assert_gradient,
        assert_hessian,
        assert_identity,
        assert_jacobian,
        check_backward,
    )
    from derive.testing.frameworks import jax_backward, torch_backward
    from derive.testing.outcome import GradientError, Inconclusive, Report

__all__ = [
    "GradientError",
    "Inconclusive",
    "Report",
    "assert_backward",
    "assert_gradient",
    "assert_hessian",
    "assert_identity",
    "assert_jacobian",
    "check_backward",
    "jax_backward",
    "torch_backward",
]

_HOME = {
    "GradientError": "outcome",
    "Inconclusive": "outcome",
    "Report": "outcome",
    "jax_backward": "frameworks",
    "torch_backward": "frameworks",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'derive.testing' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"derive.testing.{_HOME.get(name, 'asserts')}"), name)
    globals()[name] = value
    return value
