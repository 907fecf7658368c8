"""Derivatives as fast callables: what a numerical programmer would have written by hand.

One idea: an answer in index notation becomes a straight line of array operations, each done once (`program`), the order of
contractions decided by sizes when the callable is made (`contract`, `rewrite`), and only then text of NumPy, PyTorch or JAX (`write`).
"""

from derive.compiled.callable import Compiled, compiled, source
from derive.compiled.nodes import NotPlanned
from derive.compiled.plan import Question

__all__ = ["Compiled", "NotPlanned", "Question", "compiled", "source"]
