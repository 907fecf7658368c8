"""The declarations, by subject, and nothing else."""

from derive.library import elementary, functions, learning, linear, matrices  # noqa: F401
