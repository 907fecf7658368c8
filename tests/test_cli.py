"""The terminal: what goes to stdout and to stderr, the exit codes, expressions that begin with a minus, points, pipes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import Any

import pytest

import derive
from derive.cli import main
from derive.finding import Finding, LanguageError, OurBug
from derive.point import read_point
from derive.report.plain import matrix, space

SHOUT = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "40"}
SHOUT.pop("NO_COLOR", None)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert isinstance(leaving.value.code, int)
    return leaving.value.code


def fails_with(monkeypatch: pytest.MonkeyPatch, failure: BaseException) -> None:
    def gradient(*_: Any, **__: Any) -> None:
        raise failure

    monkeypatch.setattr(derive, "gradient", gradient)


def test_piped_it_prints_the_bare_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gradient", "x'*A*x", "--wrt", "x") == 0
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert "A'" in out
    assert "A ∈ ℝⁿˣⁿ" in err
    assert "inferred" in err


def test_nothing_is_said_beside_it_when_all_was_declared(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gradient", "x'*A*x", "--wrt", "x", "--given", "A: matrix(n, n)", "--given", "x: vector(n)") == 0
    assert capsys.readouterr().err == ""


def test_a_hessian_times_a_direction(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("hessian", "norm2(X*w - y)^2", "--wrt", "w", "--times", "v") == 0
    assert capsys.readouterr().out == "2*X'*X*v\n"
    assert run("hessian", "x'*A*x", "--wrt", "x", "--times", "A") == 2
    assert "bad-direction" in capsys.readouterr().err


def test_a_derivative_of_any_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("derivative", "x^4", "--wrt", "x", "--order", "3") == 0
    assert capsys.readouterr().out == "24*x\n"
    assert run("derivative", "x^4", "--wrt", "x", "--order", "5") == 2


def test_no_check_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gradient", "x'*A*x", "--wrt", "x", "--no-check") == 0
    assert "not checked" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["gradient", "hessian"])
@pytest.mark.parametrize("expression", ["-x'*A*x", "-norm2(x)^2", "-(x'*x)", "-2*x'*x"])
def test_an_expression_may_begin_with_a_minus(
    command: str, expression: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, expression, "--wrt", "x") == 0
    assert run(command, "--wrt", "x", expression) == 0
    assert run(command, "--wrt=x", "--", expression) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == second == third
    assert "-" in first


def test_a_misspelt_option_is_not_an_expression(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gradient", "x'*x", "--wtr", "x") == 2
    assert "--wrt" in capsys.readouterr().err


@pytest.mark.parametrize("notation", ["text", "unicode", "latex", "numpy", "sympy", "json"])
def test_every_format_is_alone_on_stdout(notation: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gradient", "x'*A*x", "--wrt", "x", "--format", notation) == 0
    out = capsys.readouterr().out
    assert out.strip()
    if notation == "json":
        data = json.loads(out)
        assert data["version"] == 1
        assert set(data) >= {"kind", "wrt", "given", "layout", "result", "validation", "steps"}
        assert set(data["result"]) == {"shape", "text", "unicode", "latex", "numpy"}
        assert {"name", "shape", "properties", "inferred"} <= set(data["given"][0])
        assert set(data["validation"]) == {"method", "points", "digits", "max_relative_error", "ok"}
    if notation == "numpy":
        assert "def " in out


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"tr(A*X)\n")))
    assert run("gradient", "-", "--wrt", "X") == 0
    assert capsys.readouterr().out == "A'\n"


@pytest.mark.parametrize(
    ("command", "value"),
    [
        (("jacobian", "[2*x1 + x2^2, -x1^2 + 3*x2, 4*x1*x2]", "--wrt", "x1, x2", "--at", "(2, 1)"), "[2 2; -4 3; 4 8]"),
        (
            ("jacobian", "[2*x1 + x2^2, -x1^2 + 3*x2, 4*x1*x2]", "--wrt", "x1, x2", "--at", "x1=2, x2=1"),
            "[2 2; -4 3; 4 8]",
        ),
        (("gradient", "x'*A*x", "--wrt", "x", "--at", "x=[1,2]; A=[[1,0],[0,1]]"), "[2 4]"),
        (("gradient", "x'*A*x", "--wrt", "x", "--at", "A=[1 0; 0 1], x=(1/2, -2e0)"), "[1 -4]"),
        (("gradient", "x^2/3", "--at", "2"), "1.333333333"),
        (("gradient", "λ*x^2", "--wrt", "x", "--at", "λ=0.5; x=3"), "3"),
    ],
)
def test_value_at_a_point(command: tuple[str, ...], value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command) == 0
    assert capsys.readouterr().out == value + "\n"


def test_a_bug_of_ours_says_what_to_report(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fails_with(monkeypatch, OurBug(Finding("our-bug", "print and re-read disagree")))
    assert run("gradient", "x^2") == 70
    err = capsys.readouterr().err
    assert "print and re-read disagree" in err
    assert "report" in err


@pytest.mark.parametrize("failure", [RuntimeError("no"), RecursionError(), MemoryError(), ZeroDivisionError("1/0")])
def test_no_exception_ends_in_a_traceback(
    failure: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fails_with(monkeypatch, failure)
    assert run("gradient", "x^2") == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert type(failure).__name__ in err
    assert "report" in err
    assert "Traceback" not in err


def test_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    fails_with(monkeypatch, KeyboardInterrupt())
    assert run("gradient", "x^2") == 130


def test_a_finding_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fails_with(monkeypatch, LanguageError(Finding("empty", "nothing")))
    assert run("gradient", "x^2") == 2


def test_nobody_reads_the_output() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "derive.cli", "gradient", "x^2"]
    process = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert process.returncode == 141
    assert process.stderr == b"x \xe2\x88\x88 \xe2\x84\x9d  (inferred)\n"


def test_an_output_that_cannot_write_unicode() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "derive.cli", "gradient", "x'*A*x", "--wrt", "x", "--format", "unicode"]
    process = subprocess.run(command, capture_output=True, env=environment)
    assert process.returncode == 0
    assert process.stdout.isascii()


def on_a_terminal(*arguments: str, **environment: str) -> str:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "derive.cli", *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env={**SHOUT, **environment})
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    process.wait()
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def test_a_terminal_gets_the_whole_story() -> None:
    said = on_a_terminal("gradient", "norm2(X*w - y)^2", "--wrt", "w")
    for words in ("w ∈ ℝ", "(inferred)", "2*X'*(X*w - y)", "checked: 3 points,", "layout", "\x1b["):
        assert words in said


def test_no_color_is_obeyed() -> None:
    assert "\x1b[3" not in on_a_terminal("gradient", "x^2", NO_COLOR="1")
    assert "\x1b[3" not in on_a_terminal("gradient", "x^", NO_COLOR="1")
    assert "\x1b[1;31merror" in on_a_terminal("gradient", "x^")


def test_a_narrow_terminal_does_not_split_a_formula() -> None:
    expression = "norm2(alphabet*betatron - gammaray)^2 + lambda*norm2(betatron)^2"
    given = "alphabet: matrix(m, n); betatron: vector(n); gammaray: vector(m)"
    said = on_a_terminal("gradient", expression, "--wrt", "betatron", "--given", given, NO_COLOR="1")
    assert any("alphabet'*(alphabet*betatron - gammaray)" in line for line in said.split("\n"))


@pytest.mark.parametrize(
    "command", [(), ("gradient",), ("jacobian",), ("hessian",), ("read",), ("verify",), ("check",), ("explain",)]
)
def test_help_has_examples(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command, "--help") == 0
    out = capsys.readouterr().out
    assert "Examples:" in out
    assert f"derive {' '.join(command)}".strip() in out


def test_the_help_documents_shell_completion(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    out = capsys.readouterr().out
    for shell in ("bash_source", "zsh_source", "fish_source"):
        assert shell in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("derive ")


def test_read_shows_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("read", "norm2(X*w - y)^2", "--given", "X: matrix(m, n)") == 0
    out = capsys.readouterr().out
    for words in ("X*w - y", "vector(m)", "matrix(m, n)", "scalar"):
        assert words in out


def test_the_door_at_the_top_opens() -> None:
    door = os.path.join(os.path.dirname(os.path.dirname(__file__)), "cli.py")
    process = subprocess.run([sys.executable, door, "gradient", "x^2"], capture_output=True, text=True)
    assert process.stdout == "2*x\n"


def test_a_start_loads_neither_numpy_nor_sympy_nor_rich() -> None:
    code = (
        "import sys; from derive.cli import run; run(['gradient', \"x'*A*x\", '--wrt', 'x']);"
        "print(sorted({'numpy', 'sympy', 'rich', 'scipy'} & set(sys.modules)))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert process.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("shape", "properties", "shown"),
    [
        ((), (), "ℝ"),
        (("n",), (), "ℝⁿ"),
        (("m", "n"), (), "ℝᵐˣⁿ"),
        (("3", "k + n - 1"), (), "ℝ³ˣᵏ⁺ⁿ⁻¹"),
        (("q",), (), "ℝ^q"),
        (("q", "n"), (), "ℝ^(q×n)"),
        (("m*n", "N"), (), "ℝ^(m*n×N)"),
        (("n", "n"), ("complex", "symmetric"), "ℂⁿˣⁿ"),
        ((), ("integer",), "ℤ"),
    ],
)
def test_spaces(shape: tuple[str, ...], properties: tuple[str, ...], shown: str) -> None:
    assert space(shape, properties) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3.0, "3"),
        (0.1, "0.1"),
        ([1.0, -2.5], "[1 -2.5]"),
        ([[2.0, 2.0], [-4.0, 3.0]], "[2 2; -4 3]"),
        ([[[1.0], [2.0]], [[3.0], [4.0]]], "[[1; 2], [3; 4]]"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_as_written_by_hand(value: Any, shown: str) -> None:
    assert matrix(value) == shown


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x=1", {"x": 1.0}),
        ("x = [1, 2]; A = [[1,0],[0,1]]", {"x": [1.0, 2.0], "A": [[1.0, 0.0], [0.0, 1.0]]}),
        ("x=[1 -2], A=[1 0; 0 1]", {"x": [1.0, -2.0], "A": [[1.0, 0.0], [0.0, 1.0]]}),
        ("x: -1.5e-3", {"x": -0.0015}),
        ("(2, 1)", {"a": 2.0, "b": 1.0}),
        ("x = 1/4", {"x": 0.25}),
        ("x=.5;y=−2", {"x": 0.5, "y": -2.0}),
    ],
)
def test_points(text: str, point: dict[str, Any]) -> None:
    assert read_point(text, ("a", "b")) == point


@pytest.mark.parametrize(
    "text",
    ["", "x", "x=", "x=1 1", "x=1;;", "(1,2,3)", "x=[", "x=]", "x=1; x=2", "x=1/0", "x=1e999", "x=0x10", "x=__import__", "x=1+1",
     "x=" + "[" * 50, "x=" + "1" * 500, "=1", "x=1\0", "x=" + "1," * 20_000],
)  # fmt: skip
def test_a_point_is_numbers_and_nothing_else(text: str) -> None:
    with pytest.raises(LanguageError):
        read_point(text, ("a", "b"))


def test_explain_reads_the_declaration(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "softmax") == 0
    shown = capsys.readouterr().out
    assert "exp(x)/sum(exp(x))" in shown
    assert "R.*dx - R*(R'*dx)" in shown


def test_explain_offers_the_nearest_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "sofmax") == 2
    assert "help: derive explain softmax" in capsys.readouterr().err


def test_steps_are_a_chain_with_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gradient", "norm2(X*w - y)^2", "--wrt", "w", "--steps") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "d(norm2(X*w - y)^2)"
    assert lines[1].startswith("  = 2*(X*w - y)'*d(X*w - y)")
    assert lines[1].endswith("[square of a norm: d(norm2(u)^2) = 2*u'*du]")
    assert lines[-1].startswith("  = 2*X'*(X*w - y)")


def test_folded_steps_leave_out_what_only_rearranges(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gradient", "norm2(X*w - y)^2", "--wrt", "w", "--steps", "--fold") == 0
    assert "sum rule" not in capsys.readouterr().out


def test_steps_as_latex_and_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gradient", "x'*A*x", "--steps", "--format", "latex") == 0
    assert capsys.readouterr().out.startswith("\\begin{aligned}\n")
    assert run("gradient", "x'*A*x", "--format", "markdown") == 0
    assert capsys.readouterr().out.startswith("<!-- derive: x: vector(n); A: matrix(n, n) -->\n\n$$\n")
