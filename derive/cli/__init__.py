"""The command line: `derive gradient|jacobian|hessian|read|explain|verify|check`.

One idea: a command asks the library one question and hands the answer to `derive.report`; results go to stdout, everything
said beside them to stderr, and whatever goes wrong leaves as one message and an exit code. Nothing imports this package, it
knows no mathematics, and it loads NumPy, SymPy and rich only when the answer needs them.

Exit codes: 0 answered or all holds, 1 something is wrong, 2 the input has to be mended or nothing was checked, 70 a bug of ours,
74 the answer could not be written, 130 interrupted, 141 nobody reads the output.
"""

from __future__ import annotations

from derive.cli.program import main, run

__all__ = ["main", "run"]
