"""Excerpts of study notes, two of them with Korean prose: no crash, no false alarm, and the mistakes in readable formulas are found."""

from __future__ import annotations

from pathlib import Path

import pytest

import derive

FOLDER = Path(__file__).parent / "data" / "notes"
# The rows that are wrong: log(1/sum) for log(sum), and a step that needs one-hot labels. Everything else is right or unreadable.
WRONG = {
    "activations.md": [],
    "backpropagation.md": [],
    "cross_entropy.md": [54, 56],
    "linear_regression.md": [],
    "weight_decay.md": [],
}


@pytest.mark.parametrize("name", WRONG)
def test_only_the_mistakes_of_the_notes_are_called_wrong(name: str) -> None:
    claims = derive.check(FOLDER / name).claims
    assert claims
    assert [c.location.row for c in claims if c.wrong] == WRONG[name]
    assert all(c.message for c in claims if c.status == "not-understood")
    assert not any(c.code == "our-bug" for c in claims)


def test_every_excerpt_is_checked() -> None:
    assert {p.name for p in FOLDER.iterdir()} == set(WRONG)
