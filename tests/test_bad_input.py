"""Input that has to be mended: one located message, exit code 2, no traceback, little time, little memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import NamedTuple

import pytest

from derive.cli import main


class Bad(NamedTuple):
    """A command line, and words that the message must hold."""

    arguments: tuple[str, ...]
    words: tuple[str, ...] = ()


BAD = {
    "bracket not closed": Bad(("gradient", "norm2((X*w - y)^2"), ("(",)),
    "bracket too many": Bad(("gradient", "x'*A*x)"), (")",)),
    "wrong bracket": Bad(("gradient", "sum(x]")),
    "unknown function": Bad(("gradient", "sum(sofmax(x))"), ("sofmax", "softmax")),
    "sizes do not fit": Bad(
        ("jacobian", "A*x", "--given", "A: matrix(m, n); x: vector(m)"), ("matrix(m, n)", "vector(m)", "A", "x")
    ),
    "sum of different sizes": Bad(("gradient", "sum(x + y)", "--given", "x: vector(n); y: vector(m)"), ("n", "m")),
    "square of a vector": Bad(("gradient", "sum(x^2)", "--given", "x: vector(n)"), ("x.^2",)),
    "gradient of a vector": Bad(("gradient", "A*x", "--wrt", "x"), ("jacobian",)),
    "nothing to differentiate by": Bad(("gradient", "3 + 4"), ("wrt",)),
    "several candidates": Bad(("gradient", "a'*x"), ("a", "x", "wrt")),
    "unknown variable": Bad(("gradient", "x'*x", "--wrt", "z"), ("z",)),
    "ambiguous juxtaposition": Bad(("gradient", "x'*Ax", "--wrt", "x"), ("A*x",)),
    "variable named twice": Bad(("gradient", "x^2*y", "--wrt", "x, y, x"), ("x", "twice")),
    "several that are no scalars": Bad(("gradient", "x'*A*x", "--wrt", "x, A"), ("--wrt x", "--wrt A")),
    "kind like no other": Bad(("gradient", "x^2", "--given", "x: foo"), ("scalar", "vector(n)")),
    "property like no other": Bad(("gradient", "x'*x", "--given", "x: vector(n) purple"), ("positive",)),
    "empty": Bad(("gradient", "")),
    "blank": Bad(("gradient", "  \t ")),
    "tower": Bad(("gradient", "9^9^9^9"), ("9",)),
    "tower in a variable": Bad(("gradient", "x^9^9^9", "--wrt", "x"), ("9",)),
    "400 digits": Bad(("gradient", "x*" + "7" * 400, "--wrt", "x"), ("60",)),
    "code": Bad(("gradient", "__import__('os').system('true')", "--wrt", "x")),
    "dunder": Bad(("gradient", "x*__import__", "--wrt", "x"), ("__import__",)),
    "no point in the domain": Bad(("gradient", "log(-1 - x'*x)", "--wrt", "x")),
    "bad declaration": Bad(("gradient", "x'*x", "--given", "x: vectr(n)")),
    "unknown property": Bad(("gradient", "tr(A)", "--given", "A: matrix(n, n) symetric"), ("symmetric",)),
    "half a point": Bad(("gradient", "x'*x", "--at", "x=[1, 2"), ("--at",)),
    "code in a point": Bad(("gradient", "x'*x", "--at", "x=exit()"), ("--at",)),
    "point of a stranger": Bad(("gradient", "x'*x", "--at", "x=[1,2]; z=1"), ("z",)),
    "point without a variable": Bad(("gradient", "x'*A*x", "--wrt", "x", "--at", "x=[1,2]"), ("A",)),
    "point of a wrong shape": Bad(("gradient", "x'*A*x", "--wrt", "x", "--at", "x=[1,2]; A=[1 2 3; 4 5 6]"), ("A",)),
    "expected at the end": Bad(("gradient", "x +", "--wrt", "x")),
    "only an operator": Bad(("gradient", "*", "--wrt", "x")),
    "backslashes": Bad(("gradient", "\\", "--wrt", "x")),
}


@pytest.mark.parametrize("name", BAD)
def test_one_located_message_and_exit_code_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(BAD[name].arguments)
    out, err = capsys.readouterr()
    assert leaving.value.code == 2, err
    assert out == ""
    assert err.count("error[") == 1
    assert "Traceback" not in err
    assert " --> " in err
    assert "^" in err.split(" --> ", 1)[1]
    for word in BAD[name].words:
        assert word in err


HEAVY: dict[str, bytes] = {
    "100 kB of text": b"x + " * 25_000 + b"x",
    "100 kB of one name": b"x" * 100_000,
    "100 kB of digits": b"7" * 100_000,
    "nested 10,000 deep": b"(" * 10_000 + b"x" + b")" * 10_000,
    "10,000 opening brackets": b"[" * 10_000,
    "10,000 minus signs": b"-" * 10_000 + b"x",
    "10,000 primes": b"x" + b"'" * 10_000,
    "10,000 powers": b"x" + b"^x" * 9_000,
    "a NUL": b"x'*x\0",
    "broken UTF-8": b"x'*\xff\xfe*x",
    "an escape sequence": b"x'*x \x1b[31m",
    "a megabyte": b"sum(x)" * 200_000,
}


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_or_broken_text_is_refused_in_little_time_and_memory(name: str) -> None:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(HEAVY[name])
        given.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "derive.cli", "gradient", "-", "--wrt", "x"], stdin=given, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode()
    assert process.returncode == 2, text[:2000]
    assert text.count("error[") == 1
    assert "Traceback" not in text
    assert " --> " in text
    assert "\x1b" not in text
    assert "\0" not in text
    assert len(text) < 2_000
    assert usage.ru_utime + usage.ru_stime < 2
    assert usage.ru_maxrss < 300 * 1024 * (1024 if sys.platform == "darwin" else 1)


def test_broken_bytes_in_an_argument() -> None:
    command = [os.fsencode(sys.executable), b"-m", b"derive.cli", b"gradient", b"x'*\xff*x"]
    process = subprocess.run(command, capture_output=True, timeout=20)
    assert process.returncode == 2
    assert process.stderr.count(b"error[") == 1
    assert b"Traceback" not in process.stderr


def test_a_variable_that_does_not_occur_gives_zero_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["gradient", "a'*b", "--wrt", "x", "--given", "x: vector(n); a: vector(m); b: vector(m)"])
    out, err = capsys.readouterr()
    assert leaving.value.code == 0
    assert "0" in out or "zeros" in out
    assert "does not occur" in err


MISUSED = {
    "misspelt command": Bad(("gradiant", "x^2"), ("gradient",)),
    "misspelt command of a group": Bad(("identities", "chek"), ("check",)),
    "limit that is no number": Bad(("verify", "x == x", "--timeout", "nan"), ("--timeout",)),
    "report into no folder": Bad(("check", "a.md", "--output", "/no/such/folder/a.html"), ("/no/such/folder",)),
    "folds nothing": Bad(("gradient", "x^2", "--fold"), ("--steps",)),
    "steps at a point": Bad(("gradient", "x^2", "--steps", "--at", "2"), ("--at",)),
    "steps as source": Bad(("gradient", "x^2", "--steps", "--format", "numpy"), ("numpy",)),
    "too large to time": Bad(("bench", "x'*A*x", "--size", "n=100000"), ("A", "10,000,000,000")),
}


@pytest.mark.parametrize("name", MISUSED)
def test_misuse_is_told_with_what_would_be_right(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, words = MISUSED[name]
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    said = capsys.readouterr()
    assert leaving.value.code == 2
    assert not said.out
    assert all(word in said.err for word in words), said.err
