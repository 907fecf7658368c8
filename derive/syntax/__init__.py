"""Text to trees: one Pratt parser behind two lexers (plain, NumPy and Unicode notation; LaTeX), and the declarations."""

from derive.syntax.calls import UNKNOWN_BOUND
from derive.syntax.declarations import Declared, parse_declarations
from derive.syntax.juxtaposition import readings
from derive.syntax.statements import is_latex, parse, parse_latex, parse_latex_statement, parse_statement

__all__ = [
    "UNKNOWN_BOUND",
    "Declared",
    "is_latex",
    "parse",
    "parse_declarations",
    "parse_latex",
    "parse_latex_statement",
    "parse_statement",
    "readings",
]
