"""The declarations, by subject, and nothing else."""

from derive.library import elementary, learning, linear, matrices  # noqa: F401
