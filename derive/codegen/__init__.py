"""NumPy source from terms: readable, runs on its own, products in the order that costs least.

One idea: a term is translated to a graph of Python expressions, common ones are named, and the rest is layout. Nothing here
imports NumPy until generated source is compiled.
"""

from derive.codegen.evaluate import ShapeError, compile_source, evaluate_numpy
from derive.codegen.numpy_source import numpy_source
from derive.codegen.script import numpy_script

__all__ = ["ShapeError", "compile_source", "evaluate_numpy", "numpy_script", "numpy_source"]
