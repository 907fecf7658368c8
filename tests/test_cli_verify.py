"""`derive verify`: exit codes, formats, the time limit, the lines on a terminal and in a pipe, and source that replays a counterexample."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import on_a_terminal

import derive
from derive.cli import main

WRONG = json.loads((Path(__file__).parent / "data" / "statements_wrong.json").read_text("utf-8"))
TRUE, FALSE, UNREAD = "(A*B)' == B'*A'", "A*B == B*A", "x +"
ILL = ("A*x == x", "--given", "A: matrix(m, n); x: vector(m)")
INEQUALITY = (
    "norm2(x + y) <= norm2(x) + norm2(y)"  # no proof is known to the kernel, or it is proved: either way it holds
)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert isinstance(leaving.value.code, int)
    return leaving.value.code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((TRUE,), 0),
        ((TRUE, "--strict"), 0),
        ((FALSE,), 1),
        (ILL, 1),
        ((UNREAD,), 2),
        ((UNREAD, "--strict"), 1),
        (("x'*A*x",), 2),
        ((f"{TRUE}; {FALSE}",), 1),
        (("-(A*B)' == -B'*A'",), 0),
        ((TRUE, "--timeout", "0"), 2),
        ((TRUE, "--tmeout", "1"), 2),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int) -> None:
    assert run("verify", *arguments) == code


def test_what_is_consistent_passes_unless_strict(capsys: pytest.CaptureFixture[str]) -> None:
    status = derive.verify(INEQUALITY).status
    assert status in ("consistent", "proved")
    assert run("verify", INEQUALITY) == 0
    assert run("verify", INEQUALITY, "--strict") == (0 if status == "proved" else 1)
    assert capsys.readouterr().out.startswith(f"{status}: {INEQUALITY}")


def test_a_refutation_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    run("verify", FALSE)
    out = capsys.readouterr().out
    assert out == (
        "refuted: A*B == B*A\n"
        "  where A, B ∈ ℝⁿˣⁿ  (inferred)\n"
        "  it fails at n = 2 (exact):\n"
        "      A = ⎡0 0⎤   B = ⎡0 0⎤\n"
        "          ⎣0 1⎦       ⎣1 0⎦\n"
        "\n"
        "      left = ⎡0 0⎤   right = ⎡0 0⎤\n"
        "             ⎣1 0⎦           ⎣0 0⎦\n"
        "      they differ at entry (2, 1)\n"
        "  = help: holds if n = 1\n"
    )


def test_shapes_are_shown_under_the_statement(capsys: pytest.CaptureFixture[str]) -> None:
    run("verify", *ILL)
    out = capsys.readouterr().out
    assert "1 | A*x == x\n  | ^ matrix(m, n)\n  |   ^ vector(m)\n" in out


def test_trouble_in_the_declarations_quotes_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "x == x", "--given", "x: vectr(n)") == 2
    out = capsys.readouterr().out
    assert "1 | x: vectr(n)\n  |    ^^^^^" in out


def test_a_terminal_gets_colours_and_no_color_is_obeyed() -> None:
    assert "\x1b[1;31mrefuted" in on_a_terminal("verify", FALSE)
    assert "\x1b[1;32mproved" in on_a_terminal("verify", TRUE)
    assert "\x1b[" not in on_a_terminal("verify", FALSE, NO_COLOR="1")


def test_a_narrow_terminal_stacks_matrices() -> None:
    lines = on_a_terminal("verify", FALSE, NO_COLOR="1", COLUMNS="24").splitlines()
    assert not any("A = " in line and "B = " in line for line in lines)
    assert max(map(len, lines[3:8])) <= 24


def test_a_statement_cannot_speak_to_the_terminal() -> None:
    assert "\x1b[31m" not in on_a_terminal("verify", "A*B == \x1b[31mB*A", NO_COLOR="1")


def test_nobody_reads_the_verdict() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "derive.cli", "verify", FALSE], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == 141


def test_the_json_is_that_of_the_checker(capsys: pytest.CaptureFixture[str]) -> None:
    run("verify", f"{TRUE}; {FALSE}", "--format", "json", "--seed", "7")
    data = json.loads(capsys.readouterr().out)
    assert data["version"] == 1
    assert data["summary"] == {
        "proved": 1, "consistent": 0, "refuted": 1, "ill-shaped": 0, "not-understood": 0, "undecided": 0,
    }  # fmt: skip
    (document,) = data["documents"]
    assert document["path"] is None
    assert document["seed"] == 7
    assert {g["name"] for g in document["given"]} == {"A", "B"}
    first, second = document["claims"]
    assert [first["status"], second["status"]] == ["proved", "refuted"]
    assert second["location"] == {"row": 1, "column": len(TRUE) + 3}
    assert second["end_location"] == {"row": 1, "column": len(TRUE) + 3 + len(FALSE)}
    assert second["counterexample"]["sizes"] == {"n": 2}
    assert second["hints"][0].keys() == {"code", "message", "tested", "fix"}
    for claim in (first, second):
        assert claim.keys() == {
            "location", "end_location", "text", "reading", "status", "code", "message", "evidence", "counterexample", "hints", "after_error",
        }  # fmt: skip


@pytest.mark.parametrize("statement", ["ct(A + B) == ct(A) + B", "E(x*x') == 0"])
def test_every_value_fits_into_json(statement: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = "A: matrix(n, n) complex; B: matrix(n, n) complex; x: vector(n) random(mean=m, cov=S)"
    assert run("verify", statement, "--given", given, "--format", "json") == 1
    assert json.loads(capsys.readouterr().out)["documents"][0]["claims"][0]["counterexample"]["values"]


def test_a_time_limit_ends_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", FALSE, "--timeout", "0.0001") == 2
    assert "undecided" in capsys.readouterr().out
    assert run("verify", FALSE, "--timeout", "0.0001", "--strict") == 1
    capsys.readouterr()
    assert run("verify", FALSE, "--timeout", "60") == 1
    limited = capsys.readouterr().out
    run("verify", FALSE)
    assert limited == capsys.readouterr().out


def test_there_is_nothing_to_replay(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", TRUE, "--format", "numpy") == 0
    out, err = capsys.readouterr()
    assert out.strip() == ""
    assert "no counterexample" in err


def test_the_replay_is_plain_assignments(capsys: pytest.CaptureFixture[str]) -> None:
    run("verify", FALSE, "--format", "numpy")
    assert capsys.readouterr().out == (
        "# A*B == B*A\n"
        "import numpy as np\n\n"
        "A = np.array([[0, 0], [0, 1]], float)\n"
        "B = np.array([[0, 0], [1, 0]], float)\n"
        "left = A @ B\n"
        "right = B @ A\n"
        'print("left", left, "right", right, "difference", left - right, sep="\\n")\n'
    )


def test_a_text_stays_in_its_comment() -> None:
    found = derive.verify("A*B ==\nB*A").counterexample
    assert found is not None
    assert found.snippet.startswith("# A*B == B*A\nimport numpy")


DERIVATIVES = [
    ("d(x'*A*x)/dx == 2*A*x", ""),
    ("d(tr(A*X))/dX == A", "A: matrix(n, n); X: matrix(n, n)"),
    ("hess(x'*A*x, x) == A", ""),
    ("hess(a'*X*X'*a, vec(X)) == 3*kron(a*a', eye(m))", "X: matrix(n, m)"),
    ("d(vec(A*X*B))/d(vec(X)) == kron(A, B')", "A: matrix(n, n); B: matrix(n, n); X: matrix(n, n)"),
    ("d(A*x)/dx' == A'", "A: matrix(n, n)"),
    ("d(x'*u)/dx == x + u where u = A*x", ""),
    ("d(tr(X*X))/dX[1,2] == X[1,2]", "X: matrix(n, n)"),
    ("d(inv(X)) == inv(X)*dX*inv(X)", "X: matrix(n, n) invertible"),
]
SAMPLE = [(s["statement_plain"], s["given"]) for s in WRONG[::60]]


@pytest.mark.parametrize(("statement", "given"), DERIVATIVES + SAMPLE)
def test_the_replay_shows_the_difference(statement: str, given: str) -> None:
    verdict = derive.verify(statement, given)
    examples = [part.counterexample for part in verdict.parts or (verdict,)]
    for found in [e for e in examples if e is not None and e.snippet and e.right is not None]:
        source = found.snippet + "assert np.max(np.abs(left - right)) > 1e-5\n"
        process = subprocess.run([sys.executable, "-"], input=source, capture_output=True, text=True)
        assert process.returncode == 0, (process.stderr, found.snippet)
    if (statement, given) in DERIVATIVES:
        assert verdict.status == "refuted"
        assert any(e is not None and e.snippet for e in examples)
