"""The way back: from index notation to the matrix notation that a person writes.

One idea: a product is a graph whose vertices are indices and whose edges are factors, and writing it in matrix notation
is series-parallel reduction of that graph: a summed index between two matrices is a matrix product, between a matrix and
vectors a matrix-vector product, parallel edges are Hadamard products, a loop is a diagonal. What cannot be reduced is
written openly in index notation, never dropped. This package decides how things look and nothing about what they are.
"""

from derive.matrixform.form import matrix_form

__all__ = ["matrix_form"]
