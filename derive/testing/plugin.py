"""The pytest plugin: `--derive-seed`, documents as tests, and what an assert found as a section of the report.

One idea: `*.derive.md` files, and fenced ```derive blocks of the Markdown files that are given by `--derive-markdown` or the setting `derive_markdown`, are collected as
tests. Loading the plugin imports nothing but the standard library; what judges is imported when the first document is run.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from derive.testing.collecting import MarkdownFile

SUFFIX = ".derive.md"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("derive", "derivatives (derive)")
    group.addoption(
        "--derive-seed", type=int, default=0, metavar="N", help="seed of the asserts and documents that name none"
    )
    group.addoption(
        "--derive-markdown",
        action="append",
        default=[],
        metavar="PATTERN",
        help="Markdown files whose fenced ```derive blocks are tests",
    )
    parser.addini(
        "derive_markdown", "patterns of Markdown files whose fenced ```derive blocks are tests", "linelist", []
    )


def pytest_configure(config: pytest.Config) -> None:
    from derive.testing.seeding import set_default_seed

    set_default_seed(config.getoption("--derive-seed"))


def pytest_report_header(config: pytest.Config) -> str | None:
    seed = config.getoption("--derive-seed")
    return f"derive: seed {seed}" if seed else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> MarkdownFile | None:
    name = file_path.name
    if not name.endswith(".md"):
        return None
    whole = name.endswith(SUFFIX)
    if not whole and not _wanted(file_path, parent.config):
        return None
    from derive.testing.collecting import MarkdownFile

    found: MarkdownFile = MarkdownFile.from_parent(parent, path=file_path)
    found.whole = whole
    return found


def _wanted(path: Path, config: pytest.Config) -> bool:
    patterns = [*config.getini("derive_markdown"), *config.getoption("--derive-markdown")]
    if not patterns:
        return False
    root = config.rootpath
    inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return any(fnmatch(inside, p) or fnmatch(path.as_posix(), p) or fnmatch(path.name, p) for p in patterns)


@pytest.fixture(scope="session")
def derive_seed(pytestconfig: pytest.Config) -> int:
    """The seed of this run: that of `--derive-seed`."""
    return int(pytestconfig.getoption("--derive-seed"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, None]:
    outcome = yield
    home = sys.modules.get("derive.testing.outcome")
    if home is None or call.excinfo is None or not isinstance(call.excinfo.value, home.GradientError):
        return
    from derive.testing.messages import details

    outcome.get_result().sections.append(("derive", "\n".join(details(call.excinfo.value.report))))
