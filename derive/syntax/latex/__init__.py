r"""LaTeX as lecture notes write it, to the same trees as the plain notation.

One idea: a second lexer and a second set of operands for the one Pratt parser. A text that has two readings is refused with both, never
read in silence. It knows no kinds and sizes: only the letters, and which names are declared.
"""
