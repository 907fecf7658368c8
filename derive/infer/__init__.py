"""Kinds and sizes by unification: what was written becomes what is meant, or a message that says why it cannot be."""

from derive.infer.bodies import infer_body, infer_text
from derive.infer.context import Misfit, squeeze
from derive.infer.statement import Typed, infer

__all__ = ["Misfit", "Typed", "infer", "infer_body", "infer_text", "squeeze"]
