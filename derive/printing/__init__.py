"""Trees to text: the plain notation, Unicode, and LaTeX."""

from derive.printing.latex import latex
from derive.printing.mathematical import unicode
from derive.printing.plain import text

__all__ = ["latex", "text", "unicode"]
