"""Text to trees: one lexer and one Pratt parser for plain, NumPy and Unicode notation, and the declarations."""

from derive.syntax.declarations import Declared, parse_declarations
from derive.syntax.juxtaposition import readings
from derive.syntax.statements import parse, parse_statement

__all__ = ["Declared", "parse", "parse_declarations", "parse_statement", "readings"]
