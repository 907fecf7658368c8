"""The pytest plugin, run by pytest itself."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.testing.collecting import blocks, only_blocks, sections

pytest_plugins = ["pytester"]

GOOD = """# First

Let $x \\in \\mathbb{R}^n$.

```derive
given A: matrix(n, n), x: vector(n)
d(x'*A*x)/dx == (A + A')*x
```

# Second

No statement, and `# no heading`:

```python
# no heading either
tr(A) == 2*tr(A)
```
"""
BAD = """```derive
given A: matrix(n, n), x: vector(n)
d(x'*A*x)/dx == 2*A*x
```
"""


@pytest.fixture(autouse=True)
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    """This checkout, wherever the tests of a test are run."""
    monkeypatch.setenv("PYTHONPATH", str(Path(derive.__file__).parents[1]))


def _run(pytester: pytest.Pytester, *arguments: str) -> Any:
    installed = any(e.value == "derive.testing.plugin" for e in entry_points(group="pytest11"))
    extra = () if installed else ("-p", "derive.testing.plugin")
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *extra, *arguments)


def test_documents_are_tests(pytester: pytest.Pytester) -> None:
    pytester.makefile(".derive.md", good=GOOD, bad="# Wrong\n\n" + BAD)
    pytester.makefile(".md", notes=BAD)
    result = _run(pytester, "-v")
    result.stdout.fnmatch_lines(
        ["*bad.derive.md::Wrong FAILED*", "*good.derive.md::First PASSED*", "*good.derive.md::Second SKIPPED*"]
    )
    result.stdout.fnmatch_lines(["refuted*", "*--> bad.derive.md:5:*", "*2[*]A[*]x", "*it fails at n = 2*"])
    result.assert_outcomes(passed=1, failed=1, skipped=1)


def test_fenced_blocks_of_given_files(pytester: pytest.Pytester) -> None:
    text = "# Notes\n\n$x = x + 1$ is not looked at.\n\n" + BAD + "\n```derive\ntr(A) == tr(A')\n```\n"
    pytester.makefile(".md", notes=text, other=BAD)
    result = _run(pytester, "-v", "--derive-markdown", "notes.md")
    result.stdout.fnmatch_lines(["*notes.md::derive:5 FAILED*", "*notes.md::derive:10 PASSED*"])
    result.assert_outcomes(passed=1, failed=1)
    pytester.makeini("[pytest]\nderive_markdown = *.md\n")
    _run(pytester).assert_outcomes(passed=1, failed=2)


def test_nothing_checked_is_a_failure_and_so_is_what_is_not_understood(pytester: pytest.Pytester) -> None:
    pytester.makefile(
        ".derive.md", empty="# Words\n\nand no more\n", strange="# Strange\n\n```derive\nx +* == 3\n```\n"
    )
    result = _run(pytester)
    result.stdout.fnmatch_lines(["*nothing was checked in empty.derive.md*"])
    result.assert_outcomes(failed=2)


def test_seed_and_what_was_measured(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import numpy as np
        from derive.testing import assert_backward, assert_gradient

        def test_wrong():
            assert_backward(np.tanh, lambda g, x: (g,), [np.ones(3)])

        def test_right(derive_seed):
            assert derive_seed == 17
            assert assert_gradient(None, lambda x: 2*x, "x'*x", dims="x: vector(n)").seed == 17
        """
    )
    result = _run(pytester, "--derive-seed", "17")
    result.stdout.fnmatch_lines(
        ["derive: seed 17", "*the gradient of input 0, shape (3,), is wrong*", "*- derive -*", "*seed 17"]
    )
    assert "backward.py" not in result.stdout.str()
    assert "def check_backward" not in result.stdout.str()
    result.assert_outcomes(passed=1, failed=1)


def test_loading_the_plugin_imports_nothing_of_weight(pytester: pytest.Pytester) -> None:
    code = "import pytest, sys; before = set(sys.modules); import derive.testing.plugin; print(sorted(set(sys.modules) - before))"
    result = pytester.run(sys.executable, "-c", code)
    new = result.stdout.str()
    assert "derive.testing.plugin" in new
    assert not any(
        name in new for name in ("numpy", "flint", "sympy", "hypothesis", "derive.codegen", "derive.judge", "rich")
    )


def test_parts_of_a_text() -> None:
    assert [(p.name, p.start, p.stop) for p in sections(GOOD)] == [("First", 1, 10), ("Second", 10, 19)]
    assert [(p.name, p.start, p.stop) for p in blocks(GOOD)] == [("derive:5", 5, 9)]
    kept = only_blocks(GOOD).split("\n")
    assert len(kept) == len(GOOD.split("\n"))
    assert [row for row, line in enumerate(kept, 1) if line] == [5, 6, 7, 8]
    assert [p.name for p in sections("before\n# A\n# A\n")] == ["beginning", "A", "A (2)"]
