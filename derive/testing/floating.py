"""The line of the code under test at which a value stops being finite.

One idea: NumPy says at which operation it happens if it is asked to raise; the last line of the traceback is the user's. Other frameworks do not say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from derive.testing.code import Code
from derive.testing.outcome import Cause

Array = np.ndarray[Any, np.dtype[Any]]


def floating_cause(code: Code, cotangent: Array) -> Cause | None:
    """Where backward first divides by 0 or takes 0/0; None where it does not, or hides it."""
    try:
        with np.errstate(divide="raise", invalid="raise"):
            code.gradients(cotangent)
    except FloatingPointError as trouble:
        last = trouble.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        where = "" if last is None else f", line {last.tb_lineno} of {Path(last.tb_frame.f_code.co_filename).name}"
        return Cause("division-by-zero" if "divi" in str(trouble) else "invalid-operation", f"{trouble}{where}")
    except Exception:
        return None
    return None
