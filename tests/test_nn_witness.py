"""Every layer before its witnesses, the borders of the package, and the commands `derive nn check` and `derive nn train`."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from derive import nn
from derive.nn import differences
from derive.witness import table
from derive.witness.case import Case

TOP = Path(__file__).parent.parent
CASES = table.every_case()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOP / "cli.py"), "nn", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_engine_and_differences_agree(case: Case) -> None:
    """The stated formula's value, the engine's derivative by every symbol that the layer claims a gradient of, and differences."""
    assert table.symbolic(case) <= table.SYMBOLIC
    errors = differences.check(case.layer, case.x, np.random.default_rng(1))
    assert max(errors.values()) <= table.DIFFERENCES, errors


def test_every_public_layer_and_loss_has_a_case() -> None:
    seen = {type(layer).__name__ for case in CASES for layer in case.layer.layers()}
    names = " ".join(case.name for case in CASES)
    public = [getattr(nn, name) for name in nn.__all__]
    layers = {c.__name__ for c in public if isinstance(c, type) and issubclass(c, nn.Layer)} - {"Layer", "Dropout"}
    assert layers <= seen
    assert all(name in names for name in ("Dropout", "CrossEntropy", "MeanSquaredError", "GaussianNLL", "L1", "L2"))


def test_a_wrong_backward_pass_is_seen() -> None:
    """Both witnesses see a missing transpose's kin: one coefficient off by a thousandth."""
    case = next(case for case in CASES if case.name == "LayerNorm")
    wrong = case._replace(claims={**case.claims, "X": case.claims["X"] * 1.001})
    assert table.symbolic(wrong) > 1e-4

    class Off(nn.Tanh):
        def slope(self, x: np.ndarray) -> np.ndarray:
            return super().slope(x) * 1.001

    assert max(differences.check(Off(), np.ones((2, 3)), np.random.default_rng(0)).values()) > 1e-4


def test_an_error_that_is_no_number_does_not_hold() -> None:
    assert differences.relative_error(np.array([np.nan]), np.array([1.0])) == np.inf
    assert differences.relative_error(np.ones((1, 3)), np.ones(3)) == np.inf
    assert not table.Row("x", "", 0.0, 0.0, float("nan")).holds
    assert not table.Row("x", "", float("inf"), 0.0, None).holds
    assert table.Row("x", "", 0.0, 0.0, None).holds


def test_the_package_imports_nothing_else_of_derive() -> None:
    for path in (TOP / "derive" / "nn").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [module]
            assert all(not name.startswith("derive") or name.startswith("derive.nn") for name in names), (
                path.name,
                names,
            )
    code = "import sys; from derive import nn; print([m for m in sys.modules if m.startswith('derive.') and not m.startswith('derive.nn')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=TOP)
    assert loaded.stdout.strip() == "[]"


def test_check_as_a_command() -> None:
    found = run("check", "--seed", "4", "--formulas")
    assert found.returncode == 0, found.stdout + found.stderr
    lines = found.stdout.splitlines()
    assert lines[0].split() == ["layer", "symbolic", "differences", "PyTorch"]
    heard = "three witnesses" if find_spec("torch") else "two witnesses (PyTorch is not installed)"
    assert lines[-1] == f"{len(CASES)} layers, losses and networks before {heard}: all agree"
    assert "    sum(G.*relu(X))" in lines


def test_check_as_json_and_its_exit_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from derive.cli import run as derive

    rows = [table.Row("good", "sum(X)", 1e-16, 1e-12, None), table.Row("bad", "sum(Y)", 1e-16, 1e-3, 2e-16)]
    monkeypatch.setattr(table, "witnessed", lambda seed: iter(rows))
    assert derive(["nn", "check", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert told["ok"] is False
    assert told["layers"][0] == {
        "name": "good",
        "formula": "sum(X)",
        "symbolic": 1e-16,
        "differences": 1e-12,
        "torch": None,
        "holds": True,
    }
    assert told["layers"][1]["holds"] is False
    assert derive(["nn", "check"]) == 1
    assert "1 disagree: bad" in capsys.readouterr().out
    rows[1] = table.Row("worse", "sum(Y)", float("inf"), 1e-12, None)
    assert derive(["nn", "check", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)  # JSON has no Infinity
    assert told["layers"][1]["symbolic"] is None
    assert told["layers"][1]["holds"] is False
    rows.pop()
    assert derive(["nn", "check"]) == 0


def test_the_table_on_a_narrow_terminal() -> None:
    from derive.report.networks import table_lines

    rows = [table.Row("Conv2d, stride 2, padding 1, dilation 2, groups 2", "sum(X)", 1e-16, 1e-12, None)]
    wide = list(table_lines(rows, False))
    assert len(wide) == 2
    narrow = list(table_lines(rows, False, 64))
    assert max(map(len, narrow)) <= 64
    assert len(narrow) > 2
    words = [word for line in narrow for word in line.split()]
    assert sorted(words) == sorted(word for line in wide for word in line.split())


def test_train_as_a_command(tmp_path: Path) -> None:
    found = run("train", "xor", "--summary")
    assert found.returncode == 0, found.stderr
    assert "42 parameters" in found.stdout
    assert "xor: 100.00% of 4 points" in found.stdout
    short = run("train", "xor", "--epochs", "1", "--seed", "3")
    assert short.returncode == 1
    assert "BELOW the target" in short.stdout


def test_train_draws_the_loss_curves(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("sklearn")
    picture = tmp_path / "loss.png"
    found = run("train", "xor", "mlp", "--epochs", "2", "--plot", str(picture))
    assert found.returncode == 1, found.stderr  # two epochs reach no target
    assert picture.read_bytes().startswith(b"\x89PNG")
    for wrong in (tmp_path / "loss.xyz", tmp_path / "missing" / "loss.png"):
        assert run("train", "xor", "--plot", str(wrong)).returncode == 2


def test_train_says_what_is_missing() -> None:
    assert run("train", "lenet").returncode == 2
    if find_spec("sklearn") is None:
        missing = run("train", "mlp")
        assert missing.returncode == 2
        assert "derive-calculus[nn]" in missing.stderr
