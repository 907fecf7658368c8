"""The README holds: every console block is run on a terminal, every table row through a pipe, and the output compared.

`python -m tests.test_readme` writes the present outputs into the README; read the difference before you keep it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import derive
from derive.cli import main
from derive.identities import Counts

FILE = Path(__file__).parent.parent / "README.md"
README = FILE.read_text("utf-8")
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `(derive .*?)` \| `(.*?)` \|$", re.MULTILINE)


def console_blocks() -> Iterator[tuple[str, str]]:
    """Commands with the output shown below them."""
    for block in BLOCK.findall(README):
        for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = entry.partition("\n")
            yield command, shown


def table_rows() -> Iterator[tuple[str, str]]:
    """Commands with the answer beside them."""
    yield from ROW.findall(README)


def on_a_terminal(arguments: list[str]) -> str:
    """What a person sees, 110 columns wide and without colour."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "xterm", "COLUMNS": "110", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "derive.cli", *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=FILE.parent)
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says EIO where others say end of file
            break
        if not piece:
            break
        said += piece
    process.wait()
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;]*m", "", said.decode().replace("\r\n", "\n"))


def tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


@pytest.mark.parametrize(("command", "shown"), list(console_blocks()))
def test_console_block(command: str, shown: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == "derive"
    assert tidy(on_a_terminal(arguments)) == tidy(shown)


@pytest.mark.parametrize(("command", "shown"), list(table_rows()))
def test_table_row(command: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(shlex.split(command)[1:])
    out, err = capsys.readouterr()
    assert leaving.value.code == 0, err
    assert out == shown + "\n"


COUNTS = re.compile(r"^  \d+ identities, .*$", re.MULTILINE)


def counted(counts: Counts) -> str:
    """The line of the README on the catalogue; `tests/test_catalogue.py` holds it against the verdicts."""
    told = f"{counts.proved} proved for every size and {counts.consistent} consistent"
    return f"  {counts.identities} identities, {told}; {counts.errata} errata of books and notes, all refuted."


def test_there_is_enough_of_it() -> None:
    assert len(list(console_blocks())) >= 6
    assert len(list(table_rows())) >= 28


def test_the_python_example_runs() -> None:
    for block in re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        subprocess.run([sys.executable, "-c", block], check=True, capture_output=True, cwd=FILE.parent)


def rewritten() -> str:
    """The README with the outputs of today."""

    def block(found: re.Match[str]) -> str:
        commands = [line for line in found[1].split("\n") if line.startswith("$ ")]
        shown = [f"{line}\n{tidy(on_a_terminal(shlex.split(line)[2:]))}\n" for line in commands]
        return "```console\n" + "".join(shown) + "```"

    def row(found: re.Match[str]) -> str:
        command = [sys.executable, "-m", "derive.cli", *shlex.split(found[1])[1:]]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return f"| `{found[1]}` | `{said.strip()}` |"

    told = COUNTS.sub(counted(derive.identities.counts()), README)
    return ROW.sub(row, BLOCK.sub(block, told))


if __name__ == "__main__":
    FILE.write_text(rewritten(), "utf-8")
