"""A derivation printed as Markdown is a document that the checker accepts, step by step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.report.derivation import markdown

CASES = json.loads((Path(__file__).parent / "data" / "derivatives.json").read_text("utf-8"))
ASK = {"gradient": derive.gradient, "jacobian": derive.jacobian, "hessian": derive.hessian}
COMPLEX = {"dl23"}  # not holomorphic: it has no derivative by x alone


@pytest.mark.parametrize("case", [c for c in CASES if c["id"] not in COMPLEX], ids=lambda c: c["id"])
def test_printed_steps_are_accepted(case: dict[str, Any]) -> None:
    answer = ASK.get(case["order"], derive.derivative)(case["expr"], wrt=case["wrt"], given=case["given"])
    claims = derive.check_text(markdown(answer)).claims
    assert claims
    assert {c.status for c in claims} <= {"proved", "consistent"}, markdown(answer)
    assert len(claims) >= len(answer.steps)
