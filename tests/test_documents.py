"""The corpus of documents: derivations as people write them, right and with one mistake each.

A right document has no wrong step and every step of it is accepted; in a wrong one the first wrong line is found where it stands, with numbers or
shapes to show it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import derive
from derive.judge.report_data import BACK, FOLLOWS, ClaimResult

FOLDER = Path(__file__).parent / "data" / "documents"
EXPECTED = {p.parent.name: json.loads(p.read_text()) for p in sorted(FOLDER.glob("*/expected.json"))}
RIGHT = [(name, e["right"]["file"]) for name, e in EXPECTED.items()]
WRONG = [(name, w["file"], w) for name, e in EXPECTED.items() for w in e["wrong"]]
LATER = {"equals the right value": BACK, "follows from the wrong line": FOLLOWS}


@cache
def claims(name: str, file: str) -> tuple[ClaimResult, ...]:
    found = tuple(derive.check(FOLDER / name / file).claims)
    assert "our-bug" not in {
        c.code for c in found
    }  # what is caught there is shown to the reader, and must not pass here
    return found


def place(claim: ClaimResult) -> int | str:
    at = claim.location
    return f"{at.cell}:{at.row}" if at.cell else at.row


def test_the_corpus_is_there() -> None:
    assert len(RIGHT) == 44
    assert len(WRONG) == 128


@pytest.mark.parametrize(("name", "file"), RIGHT, ids=[name for name, _ in RIGHT])
def test_every_right_step_is_accepted(name: str, file: str) -> None:
    found = claims(name, file)
    assert [c for c in found if c.wrong] == []
    steps = {s["line"] for s in EXPECTED[name]["right"]["steps"][1:]}
    assert steps <= {place(c) for c in found if c.ok}


def test_most_right_steps_are_proved() -> None:
    steps = [(n, f, s["line"]) for n, f in RIGHT for s in EXPECTED[n]["right"]["steps"][1:]]
    proved = sum(any(place(c) == line and c.status == "proved" for c in claims(n, f)) for n, f, line in steps)
    assert proved >= 0.85 * len(steps)


@pytest.mark.parametrize(("name", "file", "wrong"), WRONG, ids=[f"{n}/{f}" for n, f, _ in WRONG])
def test_the_first_wrong_line_is_found(name: str, file: str, wrong: dict[str, object]) -> None:
    found = claims(name, file)
    first = next(c for c in found if c.wrong)
    assert place(first) == wrong["first_wrong_line"]
    assert first.after_error is None
    assert first.status == "ill-shaped" or first.counterexample is not None


@pytest.mark.parametrize(
    ("name", "file", "later"),
    [(n, f, x) for n, f, w in WRONG for x in w["later_lines"] if x["status"] in LATER and isinstance(x["line"], int)],
    ids=str,
)
def test_lines_behind_the_wrong_one(name: str, file: str, later: dict[str, object]) -> None:
    index = later["index"]
    steps = [c for c in claims(name, file) if c.previous is not None]
    assert isinstance(index, int)
    assert steps[index - 1].after_error == LATER[str(later["status"])]


def test_spans_are_the_authors_own_characters() -> None:
    for name, file in RIGHT:
        if file.endswith(".ipynb"):
            continue
        text = (FOLDER / name / file).read_text()
        for claim in claims(name, file):
            assert text[claim.location.offset : claim.end_location.offset] == claim.text
            row = text.split("\n")[claim.location.row - 1]
            assert row[claim.location.column - 1 :].startswith(claim.text.split("\n")[0])
