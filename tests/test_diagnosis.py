"""The diagnosis: wrong steps with a known mistake get a hint that was tried, the mistake is named, and the edit of the author's own line holds.

Three sources: the examples of the explanations, wrong steps over many subjects (`data/mistakes.json`: the line before, the wrong and the right line, the
mistake that was planted), and the corpus of documents.
"""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest
from test_documents import EXPECTED, FOLDER
from test_report_explanations import mistakes as emitted

import derive
from derive.diagnosis.mistakes import Mistake, mistake, mistakes, title_of
from derive.judge.report_data import ClaimResult
from derive.judge.verdict import Hint
from derive.printing import latex
from derive.syntax import parse, parse_declarations, parse_statement

STEPS = {c["id"]: c for c in json.loads((Path(__file__).parent / "data" / "mistakes.json").read_text())}
EXAMPLES = {m.code: m for m in mistakes()}
SAME_SIZES = {"assumed-square": ("m", "n")}  # the condition is on sizes, and not a property
CORPUS = [(name, w["file"], w["mistake"]) for name, e in EXPECTED.items() for w in e["wrong"]]
OTHERWISE_NAMED = {("gmm_mstep_mean", "wrong-3.md"), ("layernorm_wild", "wrong-1.md")}


def claims(text: str) -> list[ClaimResult]:
    return list(derive.check_text(text).claims)


def document(head: str, before: str, line: str, equations: bool) -> str:
    if equations:
        return f"{head}\n\nSuppose that\n\n$$\n{before}\n$$\n\nand so\n\n$$\n{line}\n$$\n"
    return f"{head}\n\n$$\n{before} = {line}\n$$\n"


# ---------------------------------------------------------------------- the explanations


def example(known: Mistake, line: str) -> str:
    """A document with the step of an example, written in LaTeX."""
    where = [d.split(" = ") for d in known.where.split("; ") if d]
    names = frozenset([d.name for d in parse_declarations(known.given)]) | {letter for letter, _ in where}

    def tex(text: str) -> str:
        return latex(parse_statement(text, names=names) if "==" in text else parse(text, names=names))

    head = [f"<!-- derive: {known.given} -->", *[f"Let ${tex(a)} = {tex(b)}$." for a, b in where]]
    return document("\n\n".join(head), tex(known.steps[0]), tex(line), "==" in known.steps[0])


def holds_under_the_condition(known: Mistake) -> bool:
    """Whether the wrong line holds with the property that its code names, on the first variable."""
    if known.code in SAME_SIZES:
        a, b = SAME_SIZES[known.code]
        given, wrong = known.given.replace(f"({a}, {b})", f"({b}, {b})"), re.sub(rf"\b{a}\b", b, known.wrong)
        return derive.verify(wrong, given).ok
    first, _, rest = known.given.partition("; ")
    return derive.verify(known.wrong, f"{first} {known.code.removeprefix('assumed-')}; {rest}".rstrip("; ")).ok


def test_every_mistake_that_can_be_said_has_an_example() -> None:
    assert {code: place for code, place in emitted().items() if code not in EXAMPLES} == {}


def test_every_mistake_of_the_corpus_has_an_example() -> None:
    assert {tag for _, _, tag in CORPUS} <= set(EXAMPLES)


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_right_line_of_an_example_is_proved_and_the_wrong_one_is_diagnosed(code: str) -> None:
    known = EXAMPLES[code]
    assert known.title == title_of(code) != code
    assert known.explanation
    if not known.before:
        assert known.wrong.partition(" == ")[0] == known.right.partition(" == ")[0]
    right = claims(example(known, known.steps[2]))
    assert [c.status for c in right if c.previous is not None] == ["proved"]
    wrong = [c for c in claims(example(known, known.steps[1])) if c.wrong]
    assert len(wrong) == 1
    said = {hint.code for hint in wrong[0].hints}
    if not known.before and not known.where:
        said |= {hint.code for hint in derive.verify(known.wrong, known.given).hints}
    assert code in said or (code.startswith("assumed-") and holds_under_the_condition(known))


def test_what_is_no_mistake_has_none() -> None:
    assert mistake("refuted") is None
    assert mistake("no-such-code") is None


# ---------------------------------------------------------------------- wrong steps over many subjects


def written(step: dict[str, str], line: str) -> str:
    return document(step["head"], step["before"], line, step.get("kind") == "equations")


@cache
def diagnosed(name: str) -> tuple[Hint, ...]:
    found = [c for c in claims(written(STEPS[name], STEPS[name]["wrong"])) if c.wrong]
    return tuple(found[0].hints) if found else ()


@pytest.mark.parametrize("name", STEPS)
def test_the_right_step_is_accepted(name: str) -> None:
    found = claims(written(STEPS[name], STEPS[name]["right"]))
    assert found
    assert all(c.ok for c in found)


@pytest.mark.parametrize("name", STEPS)
def test_the_mistake_is_named_by_a_hint_that_was_tried(name: str) -> None:
    said = {hint.code for hint in diagnosed(name)}
    assert STEPS[name]["mistake"] in said
    assert all(hint.tested in ("proved", "consistent") for hint in diagnosed(name))


@pytest.mark.parametrize("name", STEPS)
def test_an_edit_put_into_the_document_holds(name: str) -> None:
    for hint in diagnosed(name):
        if hint.fix:
            found = claims(written(STEPS[name], hint.fix))
            assert found, hint
            assert all(c.ok for c in found), hint


@pytest.mark.parametrize("name", STEPS)
def test_an_edit_looks_as_a_person_writes(name: str) -> None:
    for hint in diagnosed(name):
        text = hint.fix.replace(r"\left", "").replace(r"\right", "")
        assert not re.search(r"(?<![_\d])\d\^\\top|(?<![_\d])\d\^\{?T|\(\(|\)\)\)\)", text), hint
        assert not re.search(r"(?<![\d{^_/.])1 [A-Za-z\\]", text), hint
        assert hint.fix.count(r"\left") == hint.fix.count(r"\right")
        assert hint.message.startswith((title_of(hint.code), "it holds if"))


def test_most_mistakes_come_with_an_edit() -> None:
    edited = [name for name in STEPS if any(hint.fix for hint in diagnosed(name))]
    assert len(edited) >= 0.9 * len(STEPS)


# ---------------------------------------------------------------------- the corpus


@pytest.mark.parametrize(("name", "file", "tag"), CORPUS, ids=[f"{n}/{f}" for n, f, _ in CORPUS])
def test_the_mistake_of_a_document_is_named(name: str, file: str, tag: str) -> None:
    first = next(c for c in derive.check(FOLDER / name / file).claims if c.wrong)
    assert any(hint.tested for hint in first.hints)
    assert tag in {hint.code for hint in first.hints} or (name, file) in OTHERWISE_NAMED


# ---------------------------------------------------------------------- statements


@pytest.mark.parametrize(
    ("statement", "given", "code", "fix"),
    [
        ("d(x'*A*x)/dx == 2*A*x", "", "assumed-symmetric", "d(x'*A*x)/dx == A*x + A'*x"),
        (
            "d(norm2(X*w-y)^2)/dw == 2*X*(X*w-y)",
            "X: matrix(n, d)",
            "missing-transpose",
            "d(norm2(X*w-y)^2)/dw == 2*X'*(X*w-y)",
        ),
        ("(A*B)' == A'*B'", "A: matrix(m, n)", "swapped-order", "(A*B)' == B'*A'"),
        ("d(logdet(X))/dX == inv(X)", "", "missing-transpose", "d(logdet(X))/dX == inv(X)'"),
    ],
)
def test_a_false_statement_is_mended(statement: str, given: str, code: str, fix: str) -> None:
    verdict = derive.verify(statement, given)
    hint = next(hint for hint in verdict.hints if hint.code == code)
    assert hint.fix == fix
    assert derive.verify(fix, given).ok


def test_a_true_statement_has_no_hints() -> None:
    assert derive.verify("(A*B)' == B'*A'", "").hints == ()


# ---------------------------------------------------------------------- the search


def test_the_search_is_bounded_by_work_and_not_by_time() -> None:
    root = Path(derive.__file__).parent / "diagnosis"
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            imported = [node.module] if isinstance(node, ast.ImportFrom) else []
            imported += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert "time" not in imported, path


def test_a_line_far_from_the_right_one_ends_without_a_hint_on_edits() -> None:
    text = document("Let $A, B, C \\in \\mathbb{R}^{n \\times n}$.", "A B C + C B A", "A^5 B^3 - C^7 A B + B^4", False)
    found = [c for c in claims(text) if c.wrong]
    assert len(found) == 1
    assert not any(hint.fix for hint in found[0].hints)
