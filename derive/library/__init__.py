"""The declarations, by subject, and nothing else."""

from derive.library import arrays, convolution, decompositions, elementary, functions, learning, linear, matrices  # noqa: F401
