"""Three witnesses of every layer: the engine's derivative of the stated formula, finite differences, and PyTorch where it is installed.

One idea: each layer of `derive.nn` is stated once as a formula in the language, and its hand-written backward pass, under a random
cotangent, is held against all three. Here, and only here, `derive.nn` and the engine meet; neither imports the other.
"""

from __future__ import annotations
