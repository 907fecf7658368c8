"""Nothing from outside is evaluated as code, and the tree holds no path of anybody's machine."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
SHIPPED = sorted([*(TOP / "derive").rglob("*.py"), *(TOP / "benchmarks").rglob("*.py"), TOP / "cli.py"])
FORBIDDEN = {
    "eval", "exec", "compile", "__import__", "sympify", "parse_expr", "lambdify", "S", "literal_eval",
    "system", "popen", "loads_pickle", "parse_latex", "parse_mathematica", "nsimplify", "sympy_parser", "getattr_static",
}  # fmt: skip
GENERATED = {"derive/codegen"}  # runs the source that the program itself wrote, and nothing else


def called(node: ast.Call) -> str:
    function = node.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def allowed(path: Path, node: ast.Call) -> bool:
    """A method `compile` (of `re`, of an answer) is not Python's own; generated code may be compiled in its one place."""
    if called(node) == "compile" and isinstance(node.func, ast.Attribute):
        return not (isinstance(node.func.value, ast.Name) and node.func.value.id in ("builtins", "__builtins__"))
    place = path.relative_to(TOP).as_posix()
    return called(node) in ("exec", "compile") and any(place.startswith(folder) for folder in GENERATED)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.relative_to(TOP).as_posix())
def test_no_text_is_executed(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and called(node) in FORBIDDEN:
            assert allowed(path, node), f"{path}:{node.lineno} calls {called(node)}"
        if isinstance(node, ast.Call) and called(node) == "subs":
            assert not any(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in node.args), (
                f"{path}:{node.lineno}"
            )


def test_generated_source_is_executed_in_one_place() -> None:
    calls = [
        (path.name, node.lineno)
        for path in SHIPPED
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and called(node) == "exec"
    ]
    assert len(calls) <= 1, calls


def test_no_machine_paths() -> None:
    pattern = re.compile(r"/(?:home|root|Users|work)/|[A-Z]:\\Users")
    texts = [p for s in ("*.py", "*.md", "*.toml", "*.json") for p in TOP.rglob(s) if ".venv" not in p.parts]
    for path in texts:
        if path.name != Path(__file__).name and not any(part.startswith(".") for part in path.relative_to(TOP).parts):
            assert not pattern.search(path.read_text("utf-8")), path
