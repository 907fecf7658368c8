"""SARIF 2.1.0, for code hosts and editors that show findings of analysis tools beside the text.

One idea: one run, a rule for each code that occurs, a result for each claim that is not accepted. Documents that were skipped are notifications.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from derive.explanations import explanation_of
from derive.report.anatomy import SAYS
from derive.report.concise import one_line
from derive.report.data import ACCEPTED, Page, Shown
from derive.report.version import version

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"refuted": "error", "ill-shaped": "error", "not-understood": "note", "undecided": "note"}


def render(pages: Sequence[Page]) -> str:
    """The log as JSON."""
    found = [(page, claim) for page in pages for claim in page.claims if claim.status not in ACCEPTED]
    codes = sorted({claim.code for _, claim in found})
    run = {
        "tool": {"driver": {"name": "derive", "version": version(), "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(page, claim, codes) for page, claim in found],
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [*map(_skipped, _unread(pages))]}],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _unread(pages: Sequence[Page]) -> list[Page]:
    return [page for page in pages if page.skipped is not None]


def _rule(code: str) -> dict[str, Any]:
    text = explanation_of(code)
    rule: dict[str, Any] = {"id": code, "name": "".join(word.capitalize() for word in code.split("-"))}
    if text is not None:
        rule["help"] = {"text": text, "markdown": text}
    return rule


def _result(page: Page, claim: Shown, codes: Sequence[str]) -> dict[str, Any]:
    said = claim.data["message"] or claim.data["after_error"] or SAYS[claim.status]
    helps = [f"help: {hint['message']}" for hint in claim.data["hints"]]
    return {
        "ruleId": claim.code,
        "ruleIndex": codes.index(claim.code),
        "level": LEVELS[claim.status],
        "message": {"text": ". ".join([one_line(said), *helps])},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(page)}, "region": _region(claim)}}],
        "properties": {"status": claim.status, "text": claim.data["text"], "cell": claim.data["location"].get("cell")},
    }


def _region(claim: Shown) -> dict[str, int]:
    start, end = claim.data["location"], claim.data["end_location"]
    return {
        "startLine": start["row"],
        "startColumn": start["column"],
        "endLine": max(end["row"], start["row"]),
        "endColumn": end["column"] if end["row"] >= start["row"] else start["column"] + 1,
    }


def _skipped(page: Page) -> dict[str, Any]:
    skipped = page.skipped or {}
    return {
        "level": "warning",
        "descriptor": {"id": skipped.get("code", "")},
        "message": {"text": one_line(skipped.get("message", ""))},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(page)}}}],
    }


def _uri(page: Page) -> str:
    from urllib.parse import quote

    return quote(page.name.replace("\\", "/"))
