"""The declarations, by subject, and nothing else."""

from derive.library import (  # noqa: F401
    arrays,
    cases,
    complexes,
    convolution,
    decompositions,
    elementary,
    functions,
    learning,
    linear,
    matrices,
    singular,
    vech,
)
