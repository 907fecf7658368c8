"""The examples run, and show what they say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def output(name: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the example prints."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()
    return capsys.readouterr().out.splitlines()


def test_xor(capsys: pytest.CaptureFixture[str]) -> None:
    lines = output("nn_xor", capsys)
    found = [line.rpartition(": ") for line in lines if " xor " in line]
    assert len(found) == 4
    for said, _, probability in found:
        assert abs(float(probability) - int(said[-1])) < 0.05


def test_own_layer(capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong = output("nn_own_layer", capsys)
    errors = [[float(word) for word in line.split()[2::2]] for line in (right, wrong)]
    assert max(errors[0]) < 1e-8
    assert errors[1][0] > 0.01
