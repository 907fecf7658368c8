"""The three examples of `derive.testing` run, and find what they say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize(
    ("name", "needs", "words"),
    [
        ("testing_numpy_layernorm", "numpy", "mean-term"),
        ("testing_torch_function", "torch", "summed-axis"),
        ("testing_jax_custom_vjp", "jax", "is not finite"),
    ],
)
def test_example(name: str, needs: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip(needs)
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()
    text = capsys.readouterr().out
    assert text.startswith("right: 1")
    assert "kinds of inputs" in text
    assert words in text
