"""Golden reports: documents with deliberate mistakes, and their report in a pipe, kept as text beside them.

`PYTHONPATH=. python tests/test_report_golden.py` writes the reports anew; read the difference before keeping it.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import pytest

from derive.cli import run

HERE = Path(__file__).parent / "golden"
DOCUMENTS = sorted(p.name for p in HERE.iterdir() if p.suffix in (".md", ".tex", ".derive", ".ipynb"))


def reported(name: str) -> str:
    """The report of one document, with its exit code in the last line."""
    out, before = io.StringIO(), os.getcwd()
    os.chdir(HERE)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = run(["check", name])
    finally:
        os.chdir(before)
    return f"{out.getvalue()}exit {code}\n"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_report_is_the_one_that_was_kept(name: str) -> None:
    assert reported(name) == (HERE / f"{name}.txt").read_text("utf-8")


if __name__ == "__main__":
    for one in DOCUMENTS:
        (HERE / f"{one}.txt").write_text(reported(one), "utf-8")
