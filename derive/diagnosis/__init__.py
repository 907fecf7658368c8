"""What went wrong in a line: see `derive.diagnosis.diagnose`."""

from derive.diagnosis.diagnose import diagnose

__all__ = ["diagnose"]
