"""The catalogue: its pages are well formed, every formula stands as it must, and it is found by name, by words and by mathematics."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import derive
from derive.catalogue import Catalogue, entries_of, folder
from derive.catalogue.pages import MARK
from derive.catalogue.reading import reading
from derive.catalogue.rendering import in_unicode, markdown
from derive.catalogue.shape import shape_of
from derive.cli import run
from derive.finding import LanguageError
from derive.identities import Claimed, Counts, Standing
from derive.judge.report_data import ClaimResult
from derive.syntax import parse
from tests.test_readme import README, counted

ENTRIES = derive.identities.entries()
PAGES = sorted(folder().glob("*.md"))
TEXTS = {page.stem: page.read_text("utf-8") for page in PAGES}
KEY = re.compile(r'<a id="([a-z0-9]+)"></a>')
# Macros that GitHub's renderer of mathematics refuses or does not have.
LACKING = re.compile(
    r"\\(?:operatorname|mbox|phantom|newcommand|def|let|require|bm|label|ref|eqref|cancel|mathds|coloneqq|hspace|tag|nicefrac)(?![a-zA-Z])"
)


@pytest.fixture(scope="module")
def claims() -> dict[str, list[ClaimResult]]:
    """Every page, judged once."""
    return {topic: derive.check(folder() / f"{topic}.md").claims for topic in derive.identities.topics()}


@pytest.fixture(scope="module")
def judged(claims: dict[str, list[ClaimResult]]) -> tuple[Standing, ...]:
    found: list[Standing] = []
    for topic, told in claims.items():
        page = [Claimed(c.location.row, c.status, c.expected, c.message) for c in told]
        found += derive.identities.standings(derive.identities.entries(topic), page)
    return tuple(found)


# The pages.


def test_there_are_hundreds_and_none_twice() -> None:
    assert len(ENTRIES) >= 500
    shapes: dict[object, str] = {}
    for entry in ENTRIES:
        if not entry.erratum:
            read = reading(entry)
            kinds = tuple(sorted((d.kind, len(d.sizes), d.properties) for d in read.declared))
            other = shapes.setdefault((shape_of(read.statement), kinds), entry.name)
            assert other == entry.name, (other, entry.name)


@pytest.mark.parametrize("topic", [name for name in TEXTS if name != "REFERENCES"])
def test_a_page_is_a_page(topic: str) -> None:
    text = TEXTS[topic]
    assert text.startswith(MARK)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    for entry in entries_of(text, topic):
        assert entry.prose, entry.name
        assert entry.source, entry.name


@pytest.mark.parametrize("topic", TEXTS)
def test_github_can_draw_it(topic: str) -> None:
    text = re.sub(r"<!--.*?-->", "", TEXTS[topic], flags=re.DOTALL)
    assert not LACKING.findall(text)
    displays = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.DOTALL | re.MULTILINE)
    assert text.count("$$") == 2 * len(displays)
    for display in displays:
        assert "\n\n" not in display  # an empty line ends the formula
        assert display.count(r"\begin{aligned}") == display.count(r"\end{aligned}")
        assert not re.search(r"(?:\\\\|\\begin\{aligned\})\s*\[", display)  # would be a length
        assert "\\\\" not in display or r"\begin{" in display
    rest = re.sub(r"^\$\$\n.*?\n\$\$$", "", text, flags=re.DOTALL | re.MULTILINE)
    for line in rest.split("\n\n"):
        assert line.count("$") % 2 == 0, line
        for inline in re.findall(r"\$([^$]*)\$", line):
            assert inline == inline.strip(), line  # a blank beside a dollar, and it is no formula
            assert "\n" not in inline
            assert not re.search(r"\\[^A-Za-z ]", inline), (
                inline
            )  # Markdown takes the backslash away: \\lbrace, not \\{


def test_every_source_is_in_the_references() -> None:
    known = KEY.findall(TEXTS["REFERENCES"])
    assert len(known) == len(set(known))
    used = {link for text in TEXTS.values() for link in re.findall(r"REFERENCES\.md#([a-z0-9]+)", text)}
    assert used <= set(known)
    assert {c.key.lower() for entry in ENTRIES for c in entry.source} == used
    assert set(known) == used


def test_the_first_page_of_the_project_is_there() -> None:
    """The rules that the project promises by name."""
    names = {entry.name for entry in ENTRIES}
    assert names >= set(
        "gradient-of-a-linear-form jacobian-of-a-linear-map gradient-of-a-quadratic-form weight-gradient-of-a-linear-layer normal-equations "
        "gradient-of-the-cross-entropy-by-the-scores gaussian-negative-log-likelihood-is-mean-squared-error woodbury".split()
    )


# How it stands.


def test_all_stand_as_they_must(judged: tuple[Standing, ...]) -> None:
    assert not [(one.entry.name, one.status, one.message) for one in judged if not one.ok]
    assert [one.entry for one in judged] == list(ENTRIES)


def test_nine_of_ten_are_proved_and_the_rest_say_why_not(judged: tuple[Standing, ...]) -> None:
    counts = derive.identities.counts(judged)
    assert counts.proved >= 0.9 * counts.identities
    assert counts.proved + counts.consistent == counts.identities
    open_ones = [one for one in judged if one.status == "consistent"]
    assert all(one.message for one in open_ones)
    assert isinstance(counts, Counts)


def test_the_readme_says_how_many(judged: tuple[Standing, ...]) -> None:
    counts = derive.identities.counts(judged)
    assert counts.errata == counts.refuted
    assert counted(counts) in README


def test_what_is_proved_was_also_tried_by_differences(claims: dict[str, list[ClaimResult]]) -> None:
    """Symbolically and by finite differences: every proof stands beside values that agree, from an oracle that knows no rule of the calculus."""
    told = [c for topic, found in claims.items() if topic != "errata" for c in found]
    untried = [c for c in told if c.evidence is None or c.evidence.points < 1]
    assert not untried
    assert len(told) >= len(ENTRIES) - 50


def test_every_erratum_is_refuted_beside_the_right_form(judged: tuple[Standing, ...]) -> None:
    errata = [one for one in judged if one.entry.erratum]
    assert len(errata) >= 24 + 10
    assert all(one.status == "refuted" and one.entry.derivation for one in errata)


def test_every_erratum_has_a_counterexample_or_shapes_that_do_not_fit(claims: dict[str, list[ClaimResult]]) -> None:
    wrong = [claim for claim in claims["errata"] if claim.expected in ("refuted", "ill-shaped")]
    assert len(wrong) >= sum(entry.erratum for entry in ENTRIES)
    for claim in wrong:
        assert claim.status == "proved"
        assert claim.code == "as-expected"
        assert claim.counterexample is not None or claim.finding is not None or claim.judgement is not None
        if claim.expected == "ill-shaped":
            assert claim.finding is not None


def test_an_erratum_that_holds_fails(tmp_path: Path) -> None:
    page = f"{MARK}\n\n# Page\n\n## wrong\n\nLet $A, B \\in \\mathbb{{R}}^{{n \\times n}}$.\n\n<!-- derive: expect refuted -->\n\n$$\n(A B)^\\top = B^\\top A^\\top\n$$\n"
    (claim,) = derive.check_text(page).claims
    assert (claim.status, claim.code) == ("refuted", "not-as-expected")
    assert claim.wrong
    path = tmp_path / "page.md"
    path.write_text(page, "utf-8")
    assert run(["check", str(path)]) == 1


def test_an_expectation_without_a_claim_fails() -> None:
    (claim,) = derive.check_text("<!-- derive: expect refuted -->\n\n$$\nA\n$$\n").claims
    assert claim.code == "not-as-expected"


def test_what_is_expected_to_be_only_consistent_passes_strictly(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    text = "Let $x, y \\in \\mathbb{R}^n$.\n\n{}$$\n\\lVert x + y \\rVert_2 \\le \\lVert x \\rVert_2 + \\lVert y \\rVert_2\n$$\n"
    path.write_text(text.replace("{}", "<!-- derive: expect consistent, an inequality -->\n\n", 1), "utf-8")
    assert run(["check", str(path), "--strict"]) == 0
    path.write_text(text.replace("{}", "", 1), "utf-8")
    assert run(["check", str(path), "--strict"]) == 1


def test_sections_alone_know_nothing_of_each_other() -> None:
    text = "# One\n\nLet $A \\in \\mathbb{R}^{n \\times n}$ be symmetric.\n\n## two\n\nLet $A \\in \\mathbb{R}^{n \\times n}$.\n\n$$\nA^\\top = A\n$$\n"
    assert derive.check_text(f"{MARK}\n\n{text}").claims[0].status == "refuted"
    assert (
        derive.check_text(text.replace("\n\n## two\n\nLet $A \\in \\mathbb{R}^{n \\times n}$.", "")).claims[0].status
        == "proved"
    )


def test_displays_that_claim_are_no_equations_to_be_solved() -> None:
    text = "Let $A \\in \\mathbb{R}^{n \\times n}$.\n\n$$\nA^2 - A = 0\n$$\n"
    assert not derive.check_text(text).claims
    assert derive.check_text(f"<!-- derive: displays claim -->\n\n{text}").claims[0].status == "refuted"
    assert derive.check_text(text.replace("A^2 - A", "A^2 - A A")).claims[0].status == "proved"  # it holds by itself


# Finding.


def test_find_and_its_refusals() -> None:
    assert derive.identities.find("woodbury").topic == "inverses"
    with pytest.raises(LanguageError, match="no entry") as trouble:
        derive.identities.find("woodbery")
    assert "woodbury" in trouble.value.finding.helps
    with pytest.raises(LanguageError, match="no page"):
        derive.identities.entries("nothing")


@pytest.mark.parametrize("text", ["x'*A*x", "v'*B*v", r"x^\top A x", "xᵀ A x", "z' @ M @ z"])
def test_a_quadratic_form_is_found_whatever_its_letters(text: str) -> None:
    found = [hit.entry.name for hit in derive.identities.search(text)[:6]]
    assert "gradient-of-a-quadratic-form" in found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("d(v'*M*v)/dv == (M + M')*v", "gradient-of-a-quadratic-form"),
        (r"\nabla_x (x^\top A x)", "gradient-of-a-quadratic-form"),
        ("inv(A + B*C*D)", "woodbury"),
        ("woodbury", "woodbury"),
        ("trace cyclic", "trace-is-cyclic"),
        ("d(logdet(Y))/dY", "gradient-of-the-log-determinant"),
    ],
)
def test_search(text: str, name: str) -> None:
    assert name in [hit.entry.name for hit in derive.identities.search(text)]


@pytest.mark.parametrize("text", ["", "   ", "$$$", "((((", "zzzzqqq", "x'*A*y*B*c*D", "\\", "'" * 600])
def test_search_of_nothing_finds_nothing(text: str) -> None:
    assert derive.identities.search(text) == []


def test_shapes_tell_letters_of_two_kinds_apart() -> None:
    same = [("x'*A*x", "v'*B*v"), ("A*B + C", "C + A*B"), ("(A*B)'", "B'*A'"), ("A^-1", "inv(A)")]
    other = [("x'*A*x", "x'*A*y"), ("A*B", "B*A + C"), ("x'*x", "A'*A"), ("A - B", "A + B")]
    for one, two in same:
        assert shape_of(parse(one)) == shape_of(parse(two)), (one, two)
    for one, two in other:
        assert shape_of(parse(one)) != shape_of(parse(two)), (one, two)


@pytest.mark.parametrize("text", ["## Bad Name\n\n$$\nA = A\n$$\n", "## no-formula\n\nOnly words.\n"])
def test_a_page_that_is_wrong_says_where(text: str) -> None:
    with pytest.raises(LanguageError) as trouble:
        entries_of(f"{MARK}\n\n# Page\n\n{text}", "page")
    assert trouble.value.finding.code in ("bad-name", "no-statement")
    assert trouble.value.finding.labels


def test_a_name_stands_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.md").write_text(f"{MARK}\n\n# Page\n\n## same\n\n$$\n1 = 1\n$$\n", "utf-8")
    with pytest.raises(LanguageError, match="same"):
        _ = Catalogue(tmp_path).entries


# Shown.


@pytest.mark.parametrize("entry", ENTRIES[::9], ids=lambda entry: entry.name)
def test_an_entry_as_text(entry: derive.identities.Entry) -> None:
    text = markdown(entry)
    assert text.startswith(f"# {entry.name}\n")
    assert "$$" not in text
    assert "\\mathbb" not in text


def test_declarations_in_unicode() -> None:
    assert in_unicode(r"Let $A \in \mathbb{R}^{m \times n}$ and $z \in \mathbb{C}$.") == "Let A ∈ ℝᵐˣⁿ and z ∈ ℂ."


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["identities", "show", "gradient-of-a-quadratic-form"]) == 0
    out = capsys.readouterr().out
    assert "∂(xᵀ A x)/∂x = (A + Aᵀ) x" in out
    assert "Verdict: proved" in out
    assert run(["identities", "show", "nonesuch"]) == 2


def test_list_search_and_check_as_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["identities", "list", "--topic", "optimiser-steps", "--jobs", "1"]) == 0
    assert "proved" in capsys.readouterr().out
    assert run(["identities", "list", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["identities"]) == len(ENTRIES)
    assert run(["identities", "search", "x'*A*x", "--most", "3"]) == 0
    assert "found by" in capsys.readouterr().out
    assert run(["identities", "search", "zzzzqqq"]) == 2
    assert run(["identities", "check", "--topic", "errata", "--jobs", "1"]) == 0
    errata = sum(entry.erratum for entry in ENTRIES)
    assert f"{errata} errata: {errata} refuted" in capsys.readouterr().out
    assert run(["identities", "check", "--topic", "nothing"]) == 2


# Cited.

HOMEWORK = r"""Let $M \in \mathbb{R}^{n \times n}$ and $v \in \mathbb{R}^n$.

$$
\nabla_v (v^\top M v) = (M + M^\top) v
$$

Let $P, Q \in \mathbb{R}^{n \times n}$. Then

$$\mathrm{tr}(Q P) = \mathrm{tr}(P Q)$$

and

$$P + Q = Q + P$$
"""


def test_a_step_names_its_identity() -> None:
    claims = derive.check_text(HOMEWORK).claims
    assert [claim.identity for claim in claims[:2]] == ["gradient-of-a-quadratic-form", "trace-is-cyclic"]
    wrong = derive.check_text(HOMEWORK.replace("(M + M^\\top) v", "2 M v")).claims[0]
    assert wrong.identity == ""


def test_reports_cite_it_where_they_are_asked_for_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "homework.md"
    path.write_text(HOMEWORK, "utf-8")
    assert run(["check", str(path), "--verbose"]) == 0
    assert "= identity: gradient-of-a-quadratic-form" in capsys.readouterr().out
    assert run(["check", str(path), "--format", "json"]) == 0
    claims = json.loads(capsys.readouterr().out)["documents"][0]["claims"]
    assert claims[1]["identity"] == "trace-is-cyclic"
    assert run(["check", str(path), "--format", "concise"]) == 0
