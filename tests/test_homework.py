"""Documents as people write them, in several styles and languages: the right ones are accepted, of the wrong ones the line and the mistake are named.

`data/homework/expected.json` holds, for every document, how many steps are accepted and how many of them proved, and the wrong documents: the right one
with one part exchanged (at its last place), the line that is wrong then, and the code of a hint.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.document.reader import format_of
from derive.judge.report_data import ClaimResult
from derive.judge.verdict import ACCEPTED, PROVED

FOLDER = Path(__file__).parent / "data" / "homework"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
WRONG = [(name, k) for name, document in EXPECTED.items() for k in range(len(document["wrong"]))]


def checked(name: str, text: str) -> list[ClaimResult]:
    found = derive.check_text(text, format_of(name)).claims
    assert "our-bug" not in {c.code for c in found}
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_a_right_document_is_accepted(name: str) -> None:
    claims = checked(name, (FOLDER / name).read_text("utf-8"))
    assert [(c.location.row, c.text, c.message) for c in claims if c.status not in ACCEPTED] == []
    assert len(claims) >= EXPECTED[name]["accepted"]
    assert sum(c.status == PROVED for c in claims) >= EXPECTED[name]["proved"]


@pytest.mark.parametrize(("name", "number"), WRONG)
def test_the_first_wrong_line_of_a_wrong_document(name: str, number: int) -> None:
    edit = EXPECTED[name]["wrong"][number]
    before, found, after = (FOLDER / name).read_text("utf-8").rpartition(edit["old"])
    assert found
    wrong = [c for c in checked(name, before + edit["new"] + after) if c.wrong]
    assert wrong
    assert wrong[0].location.row == edit["line"]
    if "code" in edit:
        assert edit["code"] in {hint.code for hint in wrong[0].hints}


def test_every_document_has_its_entry() -> None:
    files = {p.name for p in FOLDER.iterdir()} - {"expected.json"}
    assert files == set(EXPECTED)
    assert len(WRONG) >= 70
