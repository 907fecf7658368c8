"""Bad input: a located message or a skip with its reason, in bounded time, and never an exception."""

from __future__ import annotations

import os
from pathlib import Path
from time import process_time

import pytest

import derive
from derive.judge.report_data import Document


def checked(text: str, format: str = "markdown") -> Document:
    return derive.check_text(text, format).documents[0]


@pytest.mark.parametrize(
    ("text", "format", "code"),
    [
        ("Let $x \\in \\mathbb{R}^n$.\n\n$$\nx = y", "markdown", "unclosed"),
        ("\\begin{align} a &= b", "latex", "unclosed"),
        ("$$\\foo{x} = \\bar y$$", "markdown", "unknown-command"),
        ("\\newcommand{\\a}{\\a\\a} \\[ \\a = x \\]", "latex", "unknown-command"),
        ("$$" + "(" * 5000 + "x" + ")" * 5000 + " = x$$", "markdown", "too-deep"),
        ("$$" + "{" * 5000 + "x" + "}" * 5000 + " = x$$", "markdown", "too-deep"),
        ("$$= x$$", "markdown", "no-left-side"),
    ],
)
def test_what_is_not_read_is_located(text: str, format: str, code: str) -> None:
    found = checked(text, format).claims
    assert code in [c.code for c in found]
    assert {c.status for c in found} == {"not-understood"}
    assert all(c.location.row >= 1 and c.location.column >= 1 for c in found)


@pytest.mark.parametrize("text", ["{", "[1, 2]", '{"cells": [1]}', '{"cells": 3}', "[" * 100_000])
def test_a_notebook_that_is_none(text: str) -> None:
    finding = checked(text, "notebook").finding
    assert finding is not None
    assert finding.code == "not-a-notebook"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary.md").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "zero.md").write_bytes(b"a\0b")
    (tmp_path / "big.md").write_bytes(b"x" * 5_000_001)
    (tmp_path / "folder.md").mkdir()
    os.symlink(tmp_path / "loop.md", tmp_path / "loop.md")
    codes = {
        "binary.md": "not-text",
        "zero.md": "not-text",
        "big.md": "too-long",
        "folder.md": "not-a-file",
        "none.md": "no-such-file",
    }
    for name, code in codes.items():
        finding = derive.check(tmp_path / name).documents[0].finding
        assert finding is not None
        assert finding.code == code
    assert derive.check(tmp_path / "loop.md").documents[0].finding is not None


def test_nested_displays_and_empty_texts() -> None:
    assert checked("").claims == []
    nested = checked("$$\\begin{aligned} a &= \\begin{aligned} b \\\\ c \\end{aligned} \\\\ &= d\\end{aligned}$$")
    assert not any(c.wrong for c in nested.claims)


def test_five_megabytes_are_skipped_at_once() -> None:
    start = process_time()
    finding = checked("word " * 1_000_000).finding
    assert finding is not None
    assert finding.code == "too-long"
    assert process_time() - start < 2


def many_steps(count: int) -> str:
    steps = "\n".join(f" &= a + {k} - {k} \\\\" for k in range(count))
    return f"Let $a \\in \\mathbb{{R}}$.\n\n$$\n\\begin{{aligned}}\na &= a + 0 \\\\\n{steps}\n\\end{{aligned}}$$"


def test_steps_beyond_the_time_limit_are_said_to_be() -> None:
    found = derive.check_text(many_steps(300), timeout=1e-6).documents[0].claims
    assert len(found) == 301
    assert found[-1].code == "limit"
    assert {c.status for c in found} == {"undecided"}


def test_many_steps_are_proved_without_one() -> None:
    found = derive.check_text(many_steps(300)).documents[0].claims
    assert [c.status for c in found] == ["proved"] * 301


def test_line_ends_of_windows(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"Let $x \\in \\mathbb{R}^n$.\r\n\r\n$$\r\n\\nabla_x \\|x\\|^2 = 3x\r\n$$\r\n")
    claim = derive.check(tmp_path / "a.md").claims[0]
    assert (claim.location.row, claim.status) == (4, "refuted")


ZOO = {
    "ten thousand steps": "Let $a \\in \\mathbb{R}$.\n\n$$\n\\begin{aligned}\na &= a + 0 \\\\\n"
    + "".join(f" &= a + {k} - {k} \\\\\n" for k in range(10_000))
    + "\\end{aligned}\n$$",
    "many formulas": "- $x_1 = y$\n" * 8_000,
    "formulas a line": "$x = y$\n" * 10_000,
    "one long row": "$$" + " = ".join(["a + b"] * 4_000) + "$$",
    "dollars": "$" * 100_000,
    "open displays": "$$ a " * 20_001,
    "open brackets": "\\[" * 50_000,
    "open environments": "\\begin{align}" * 20_000,
    "nested environments": "$$" + "\\begin{aligned}" * 2_000 + "a = b" + "\\end{aligned}" * 2_000 + "$$",
    "nested fractions": "$$" + "\\frac{1}{" * 3_000 + "x" + "}" * 3_000 + " = y$$",
    "nested subscripts": "$$x" + "_{a" * 3_000 + "}" * 3_000 + "$$",
    "macros for ever": "\\newcommand{\\a}{\\b\\b}\\newcommand{\\b}{\\a\\a}" + "$\\a = 1$ " * 500,
    "quotations": "> " * 50_000 + "$x$",
    "declarations": "Let $x \\in \\mathbb{R}^n$. " * 4_000,
}


@pytest.mark.parametrize("format", ["markdown", "latex"])
@pytest.mark.parametrize("name", ZOO)
def test_long_and_deep_texts_take_bounded_time(name: str, format: str) -> None:
    start = process_time()
    found = checked(ZOO[name], format).claims
    assert process_time() - start < 10
    assert not any(c.wrong for c in found)
    assert len(found) <= 4_001


@pytest.mark.parametrize("format", ["markdown", "latex"])
def test_what_is_cut_is_said(format: str) -> None:
    found = checked(ZOO["ten thousand steps"], format).claims
    assert [c.message for c in found if c.status == "not-understood"] == [
        "the rest is not read: a document has at most 5,000 formulas and 4,000 steps"
    ]


def test_an_empty_file_and_one_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_bytes(b"")
    (tmp_path / "latin.md").write_bytes("Größe $x = y$".encode("latin-1"))
    (tmp_path / "page.ipynb").write_text("no notebook", "utf-8")
    assert derive.check(tmp_path / "empty.md").claims == []
    for name, code, part in (("latin.md", "not-text", "byte 2"), ("page.ipynb", "not-a-notebook", "no notebook")):
        finding = derive.check(tmp_path / name).documents[0].finding
        assert finding is not None
        assert finding.code == code
        assert part in finding.message


def test_macros_of_the_author_are_read_or_located() -> None:
    text = (
        "\\newcommand{\\R}{\\mathbb{R}}\\newcommand{\\T}{^{\\top}}\\newcommand{\\norm}[1]{\\left\\lVert #1 \\right\\rVert}\n"
        "Let $x \\in \\R^n$. \\[ \\nabla_x \\norm{x}^2 = 2 x \\] \\[ \\norm{x}^2 = x\\T x \\] \\[ \\norm{x}^2 = \\foo x \\]"
    )
    assert [(c.status, c.location.row) for c in checked(text, "latex").claims] == [
        ("proved", 2),
        ("proved", 2),
        ("not-understood", 2),
    ]
