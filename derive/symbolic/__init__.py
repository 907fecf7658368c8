"""Terms as SymPy objects and back: the currency at the border.

One idea: SymPy is loaded inside the functions that need it, objects are made by constructors and never by reading text, and
what has no counterpart is None (outwards) or a located refusal (inwards).
"""

from derive.symbolic.inwards import FromSympy, from_sympy
from derive.symbolic.outwards import to_sympy

__all__ = ["FromSympy", "from_sympy", "to_sympy"]
