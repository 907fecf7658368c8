"""JUnit XML, for continuous integration: a suite a document, a test a step.

One idea: wrong is a failure, what was not decided is skipped; a document that could not be read is an error. Numbers of steps are those of the suite.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from derive.report.anatomy import SAYS, bare, claim_lines
from derive.report.data import ACCEPTED, Page, Shown

WIDTH = 100


def render(pages: Sequence[Page]) -> str:
    """The document as text, with its declaration."""
    root = Element("testsuites", name="derive")
    for page in pages:
        _suite(root, page)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _suite(root: Element, page: Page) -> None:
    wrong = sum(claim.wrong for claim in page.claims)
    open_ones = sum(not claim.wrong and claim.status not in ACCEPTED for claim in page.claims)
    unread = page.skipped is not None
    suite = SubElement(
        root,
        "testsuite",
        name=allowed(page.name),
        tests=str(len(page.claims) + unread),
        failures=str(wrong),
        errors=str(int(unread)),
        skipped=str(open_ones),
    )
    if page.skipped is not None:
        case = SubElement(suite, "testcase", classname=allowed(page.name), name="read")
        error = SubElement(case, "error", type=page.skipped["code"], message=allowed(page.reason))
        error.text = allowed(page.reason)
    for claim in page.claims:
        _case(suite, page, claim)


def _case(suite: Element, page: Page, claim: Shown) -> None:
    at = claim.data["location"]
    place = f"cell {at['cell']}, line {at['row']}" if at.get("cell") else f"line {at['row']}"
    name = f"{place}: {' '.join(claim.data['text'].split())}"
    case = SubElement(suite, "testcase", classname=allowed(page.name), name=allowed(name))
    said = allowed(claim.data["message"] or claim.data["after_error"] or SAYS[claim.status])
    if claim.wrong:
        failure = SubElement(case, "failure", type=claim.code, message=said)
        failure.text = allowed("\n".join(map(bare, claim_lines(claim, page.name, WIDTH))))
    elif claim.status not in ACCEPTED:
        SubElement(case, "skipped", message=f"{claim.status}: {said}")


def allowed(text: str) -> str:
    """The text without the characters that XML 1.0 does not have."""
    return "".join(
        c if c in "\t\n" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "\ufffd"
        for c in text
    )
