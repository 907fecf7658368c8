"""Explanations: every code that the program can emit has one, every example in them is run."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

import derive
from derive.cli import run
from derive.diagnosis.mistakes import mistake
from derive.explanations import codes, explanation_of

ROOT = Path(derive.__file__).parent
WORD = re.compile(r"[a-z]+(-[a-z0-9]+)*")
EMITTERS = ("Finding", "refuse", "_refuse", "_refused", "fail", "Condition", "Step")
STATUSES = {"proved", "consistent", "refuted", "ill-shaped", "not-understood", "undecided"}
EXAMPLE = re.compile(r"```console\n\$ derive (.*)\n```")


def emitted() -> dict[str, str]:
    """Codes as they stand in the source, with one place of each."""
    found = dict.fromkeys(STATUSES, "derive/judge/verdict.py")
    for path in sorted(ROOT.rglob("*.py")):
        if path.relative_to(ROOT).parts[0] == "nn":  # a peer with messages of its own
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and called(node) in EMITTERS:
                for value in [*node.args[:2], *(k.value for k in node.keywords if k.arg == "code")]:
                    if isinstance(value, ast.Constant) and isinstance(value.value, str) and WORD.fullmatch(value.value):
                        found.setdefault(value.value, f"{path.name}:{node.lineno}")
    return found


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_every_code_has_an_explanation() -> None:
    missing = {code: place for code, place in emitted().items() if explanation_of(code) is None}
    assert not missing


@pytest.mark.parametrize("code", codes())
def test_an_explanation_has_a_title_and_an_example(code: str) -> None:
    text = explanation_of(code)
    assert text is not None
    assert text.startswith(f"# {code}: ")
    assert "```" in text


@pytest.mark.parametrize("code", [c for c in codes() if EXAMPLE.search(explanation_of(c) or "")])
def test_its_example_gives_the_code(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    example = EXAMPLE.search(explanation_of(code) or "")
    assert example is not None
    arguments = shlex.split(example[1])
    run(arguments)
    if arguments[0] == "verify":
        run([*arguments, "--format", "json"])
    out, err = capsys.readouterr()
    assert f"[{code}]" in err or f'"{code}"' in out or f": {code} " in out


def test_explain_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "size-mismatch"]) == 0
    assert capsys.readouterr().out.startswith("# size-mismatch: ")


def test_explain_offers_the_nearest_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "size-mismach"]) == 2
    assert "help: derive explain size-mismatch" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../page", "a/b", "", "C:", "..", "size-mismatch.md"])
def test_a_code_is_no_path(name: str) -> None:
    assert explanation_of(name) is None


def mistakes() -> dict[str, str]:
    """Codes in the diagnosis: every word with a hyphen that stands in it as a text, or several of them."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "diagnosis").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = node.value.split(" ")
                if all(WORD.fullmatch(word) and "-" in word for word in words):
                    found.update((word, f"{path.name}:{node.lineno}") for word in words)
    return found


def test_every_mistake_has_an_explanation() -> None:
    missing = {code: place for code, place in mistakes().items() if explanation_of(code) is None}
    assert not missing


PAIRS = [
    (c, line)
    for c in codes()
    if mistake(c) is None  # the examples of mistakes are steps, which the test of the diagnosis follows
    for line in (explanation_of(c) or "").splitlines()
    if line.startswith(("wrong:  ", "right:  "))
]


def given(code: str, line: str) -> str:
    """The declarations of an example: its last `given:` before the line."""
    above, _, _ = (explanation_of(code) or "").partition(line)
    found = re.findall(r"^given: +(.*)$", above, re.MULTILINE)
    return found[-1] if found else ""


STATEMENTS = [
    (c, line)
    for c, line in PAIRS
    if line.count("==") == 1 and not re.search(r" for | which | \(| gives|…|,  ", line[8:])
]


@pytest.mark.parametrize(("code", "line"), STATEMENTS)
def test_what_is_called_right_is_and_what_is_called_wrong_is_not(code: str, line: str) -> None:
    verdict = derive.verify(line[8:], given(code, line))
    if line.startswith("right:"):
        assert verdict.ok, (line, verdict, verdict.message)
    else:
        assert not verdict.ok, (line, verdict)
