"""The scoreboard as tests: 94 derivatives against the right answer in NumPy, at distinct sizes and two seeds.

`answer` in the data is a NumPy formula written by hand from the literature, so these tests share nothing with the calculus.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import derive
from derive.finding import LanguageError

CASES = {
    case["id"]: case for case in json.loads((Path(__file__).parent / "data" / "derivatives.json").read_text("utf-8"))
}
SIZES = {"n": 3, "m": 4, "k": 2, "p": 5, "q": 6}
REFUSED = {"dl23": "complex variables"}
ANSWERED = [name for name in CASES if name not in REFUSED]


def number(size: str) -> int:
    return int(eval(size, {}, dict(SIZES)))  # our own data


def entries(case: dict[str, Any], name: str, shape: tuple[int, ...], draw: np.random.Generator) -> Any:
    """Values inside the domain of a case."""
    domain = case["domain"]
    square = len(shape) == 2 and shape[0] == shape[1]
    if domain == "pos":
        return draw.uniform(0.5, 1.5, size=shape) if shape else float(draw.uniform(0.6, 1.4))
    if domain in ("posdet", "post") and not shape:
        return 0.7
    if domain == "posdet" and square:
        root = draw.normal(size=shape)
        return root @ root.T + 2 * np.eye(shape[0]) + 0.3 * draw.normal(size=shape)
    return draw.normal(size=shape) if shape else float(draw.normal())


def values(case: dict[str, Any], seed: int) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    shapes = {name: tuple(map(number, v["shape"])) for name, v in case["variables"].items()}
    return {name: entries(case, name, shape, draw) for name, shape in shapes.items()}


def reference(case: dict[str, Any], point: dict[str, Any]) -> np.ndarray:
    names = {"np": np, "sp_linalg": scipy.linalg, "sp_special": scipy.special, **point}
    return np.asarray(eval(case["answer"], names), float)  # our own data


def ask(case: dict[str, Any], **options: Any) -> Any:
    expr, wrt, given = case["expr"], case["wrt"], case["given"]
    if case["order"] in ("gradient", "wirtinger"):
        return derive.gradient(expr, wrt=wrt, given=given, **options)
    if case["order"] == "hessian":
        return derive.hessian(expr, wrt=wrt, given=given, **options)
    wrt = f"vec({wrt})" if case["order"] == "vec-jacobian" else wrt
    return derive.jacobian(expr, wrt=wrt, given=given, **options)


def assert_agrees(got: Any, want: np.ndarray) -> None:
    got = np.asarray(got, float)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ANSWERED)
def test_value_is_that_of_the_hand_written_answer(name: str) -> None:
    case = CASES[name]
    result = ask(case)
    assert result.validation.ok
    assert result.validation.digits >= 25
    for seed in (1, 2):
        point = values(case, seed)
        assert_agrees(result.evaluate(**point), reference(case, point))


@pytest.mark.parametrize("name", ANSWERED)
def test_numpy_source_runs_on_its_own_and_agrees(name: str) -> None:
    case = CASES[name]
    space: dict[str, Any] = {}
    exec(compile(ask(case, check=False).numpy_source, name, "exec"), space)  # the program's own output
    function = [v for v in space.values() if type(v).__name__ == "function"][-1]
    code = function.__code__
    point = values(case, 1)
    taken = {n: point[n] for n in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]}
    assert_agrees(function(**taken), reference(case, point))


@pytest.mark.parametrize("name", ANSWERED)
def test_printed_text_reads_back_as_what_was_computed(name: str) -> None:
    from derive.codegen import evaluate_numpy
    from derive.infer import infer
    from derive.syntax import parse
    from derive.syntax.declarations import parse_declarations

    case = CASES[name]
    result = ask(case, check=False)
    typed = infer([parse(str(result))], parse_declarations(case["given"]))
    point = values(case, 1)
    used = [symbol for symbol in typed.symbols if symbol.name in point]
    got = evaluate_numpy(typed.terms[0], used, {symbol.name: point[symbol.name] for symbol in used})
    assert_agrees(got, reference(case, point))


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_answered_is_refused_with_a_located_message(name: str) -> None:
    with pytest.raises(LanguageError) as refused:
        ask(CASES[name])
    finding = refused.value.finding
    assert finding.source is not None
    assert finding.labels
    assert finding.message


def test_every_case_has_an_id_of_its_own() -> None:
    assert len(CASES) == 94
