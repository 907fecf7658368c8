"""Compiled answers: the values of `evaluate`, arguments untouched, `out`, types, errors, structure, several results at once."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.answer import Result

EVERY = json.loads((Path(__file__).parent / "data" / "derivatives.json").read_text("utf-8"))
CASES = [case for case in EVERY if case["id"] != "dl23"]  # not holomorphic: it has no derivative by x alone
MLP = (
    "-sum(Y.*log(softmax(tanh(X*W1)*W2)))",
    "X: matrix(b, p); W1: matrix(p, h); W2: matrix(h, c); Y: matrix(b, c) one-hot-rows",
)
FACTORS = ("norm2(T - U*V')^2", "T: matrix(m, n); U: matrix(m, k); V: matrix(n, k)")
MASKED = ("norm2(M.*(T - U*V'))^2", "M: matrix(m, n); " + FACTORS[1])
LOGISTIC = ("sum(log(1 + exp(-y.*(X*w))))", "X: matrix(m, n); w: vector(n); y: vector(m)")
SIZES = {"m": 7, "n": 5, "k": 3, "b": 6, "p": 4, "h": 5, "c": 3, "d": 4}


def answer(kind: str, expression: str, wrt: str, given: str) -> Result:
    made: Result = getattr(derive, kind)(expression, wrt, given, check=False)
    return made


def numbers(result: Result, seed: int = 0, sizes: dict[str, int] | None = None) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    known = dict(sizes or SIZES)
    for s in result.symbols:
        shape = []
        for size in s.type.shape:
            for name in size.names:
                known.setdefault(name, 3 + len(known) % 5)
            shape.append(size.value(known))
        a = rng.standard_normal(shape)
        if "one-hot-rows" in s.properties:
            a = np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]
        found[s.name] = a if shape else float(a)
    return found


def close(a: Any, b: Any, tolerance: float = 1e-10) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and bool(
        np.max(np.abs(a - b), initial=0) <= tolerance * max(1, np.max(np.abs(b), initial=0))
    )


def asked(case: dict[str, Any]) -> Result:
    kind = case["order"] if case["order"] in ("gradient", "hessian") else "jacobian"
    wrt = f"vec({case['wrt']})" if case["order"] == "vec-jacobian" else case["wrt"]
    return answer(kind, case["expr"], wrt, case["given"])


def point(case: dict[str, Any], result: Result) -> dict[str, Any]:
    """Numbers inside of the domain of a case."""
    rng, sizes = np.random.default_rng(5), dict[str, int]()
    found: dict[str, Any] = {}
    for s in result.symbols:
        for size in s.type.shape:
            for name in size.names:
                sizes.setdefault(name, 3 + len(sizes))
        shape = [size.value(sizes) for size in s.type.shape]
        if "integer" in s.properties:
            found[s.name] = 3
            continue
        a = rng.standard_normal(shape) if case["domain"] == "any" else rng.random(shape) + 0.5
        if len(shape) == 2 and shape[0] == shape[1]:
            a = a + 3 * np.eye(shape[0])
        found[s.name] = a if shape else float(a)
    return found


def at_point(result: Result, values: dict[str, Any]) -> Any:
    """The value, sizes that no shape tells being 4."""
    for _ in range(3):
        missing = re.search(r"no value is given for (\w+)", trouble_of(result, values))
        if missing:
            values[missing[1]] = 4
    return result.evaluate(**values)


def trouble_of(result: Result, values: dict[str, Any]) -> str:
    try:
        result.evaluate(**values)
    except ValueError as trouble:
        return str(trouble)
    return ""


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_the_corpus_has_the_values_of_evaluate(case: dict[str, Any]) -> None:
    result = asked(case)
    values = point(case, result)
    before = {k: np.copy(v) for k, v in values.items()}
    wanted = at_point(result, values)
    if "sqrtm" in case["expr"]:  # X'*X of a wide X has no inverse
        values = {k: v.T for k, v in values.items()} if np.ndim(values["X"]) == 2 else values
        wanted = result.evaluate(**values)
        before = {k: np.copy(v) for k, v in values.items()}
    found = result.compile()(**values)
    assert close(found, wanted)
    assert all(np.array_equal(values[k], before[k]) for k in values)
    if isinstance(found, np.ndarray):
        assert not any(np.may_share_memory(found, v) for v in values.values() if isinstance(v, np.ndarray))


NETWORK = [
    ("hessian", *MLP, "W1"),
    ("gradient", *MLP, "W2"),
    ("hessian", *FACTORS, "U"),
    ("gradient", *FACTORS, "U"),
    ("hessian", *MASKED, "U"),
    ("gradient", *MASKED, "V"),
    ("hessian", *LOGISTIC, "w"),
    ("hessian", "v'*layernorm(z)", "z: vector(n); v: vector(n)", "z"),
    ("jacobian", "layernorm(z)", "z: vector(n)", "z"),
    ("jacobian", "softmax(z)", "z: vector(n)", "z"),
    ("hessian", "logdet(X)", "X: matrix(n, n)", "X"),
    ("hessian", "tr(A*X*B*X'*C)", "A, B, C, X: matrix(n, n)", "X"),
    ("gradient", "norm2(relu(A*relu(B*x)) - y)^2 + lambda*norm2(A)^2", "A: matrix(m, n); B: matrix(n, k); x: vector(k); y: vector(m); lambda: scalar", "A"),
    ("gradient", "tr(A)", "A: matrix(n, n)", "A"),
    ("jacobian", "x", "x: vector(n)", "x"),
    ("gradient", "sum(X)", "X: matrix(m, n)", "X"),
    ("gradient", "3", "x: vector(n)", "x"),
    ("hessian", "norm2(X*w - y)^2", "X: matrix(m, n); w: vector(n); y: vector(m)", "w"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "expression", "given", "wrt"), NETWORK)
@pytest.mark.parametrize(
    "sizes", [SIZES, dict.fromkeys(SIZES, 1), {n: 60 - 5 * k for k, n in enumerate(SIZES)} | {"p": 3, "h": 4, "k": 2}]
)
def test_every_size_has_the_values_of_evaluate(
    kind: str, expression: str, given: str, wrt: str, sizes: dict[str, int]
) -> None:
    if sizes["n"] > 20 and kind == "hessian" and given.startswith(("A, B", "X: matrix(n, n)")):
        sizes = SIZES
    result = answer(kind, expression, wrt, given)
    values = numbers(result, 1, sizes)
    with np.errstate(all="ignore"):
        wanted = result.evaluate(**values)
        function = result.compile()
        for _ in range(2):  # the first call plans, the second one only computes
            found = function(**values)
            if not np.isnan(wanted).any():
                assert close(found, wanted)
        out = np.full(wanted.shape, 7.0)
        if out.shape:
            assert function(**values, out=out) is out or np.shares_memory(function(**values, out=out), out)
            if not np.isnan(wanted).any():
                assert close(out, wanted)


# ---------------------------------------------------------------------- what it is made of


def test_rules_that_save_work() -> None:
    source = answer("hessian", *LOGISTIC[:1], "w", LOGISTIC[1]).source()
    assert "np.sqrt" in source
    assert re.search(r"np\.(matmul|dot)\((t\d+)\.T, \2, ", source)
    function = answer("gradient", FACTORS[0], "U", FACTORS[1]).compile()
    values = {"T": np.ones((200, 300)), "U": np.ones((200, 4)), "V": np.ones((300, 4))}
    assert close(function(**values), 2 * (values["U"] @ (values["V"].T @ values["V"]) - values["T"] @ values["V"]))


def test_a_product_multiplied_out_depends_on_the_sizes() -> None:
    from derive.compiled.plan import planned

    question = answer("gradient", FACTORS[0], "U", FACTORS[1]).asked
    thin = planned(question, "numpy", "float64", {"m": 3000, "n": 3000, "k": 20}).source
    wide = planned(question, "numpy", "float64", {"m": 30, "n": 30, "k": 300}).source
    assert "V.T @ V" in thin or "V.T.dot(V)" in thin
    assert "V.T @ V" not in wide
    assert "V.T.dot(V)" not in wide


def test_a_large_matrix_and_its_transpose_block_by_block() -> None:
    from derive.compiled.plan import planned
    from derive.compiled.write import BLOCKED

    question = derive.hessian("x'*A*x", "x", "A: matrix(n, n); x: vector(n)", check=False).asked
    assert BLOCKED in planned(question, "numpy", "float64", {"n": 4000}).source
    assert BLOCKED not in planned(question, "numpy", "float64", {"n": 1000}).source
    A = np.random.default_rng(0).standard_normal((4001, 4001))
    function = derive.hessian("x'*A*x", "x", "A: matrix(n, n); x: vector(n)", check=False).compile()
    assert np.array_equal(function(A=A), A + A.T)


def test_equal_halves_are_computed_once() -> None:
    text, given = "x", ", ".join(f"W{k}" for k in range(1, 7)) + ": matrix(d, d); x: vector(d); y: vector(d)"
    for k in range(1, 7):
        text = f"relu(W{k}*{text})"
    source = answer("hessian", f"norm2({text} - y)^2", "W1", given).source()
    assert source.count(" @ ") + source.count(".dot(") <= 6 + 2 * 6


@pytest.mark.parametrize(
    "name", ["np", "out", "plan", "get", "other", "others", "lambda", "t", "p", "r", "made", "float"]
)
def test_names_of_users_meet_no_name_of_ours(name: str) -> None:
    result = answer("gradient", f"{name}'*A*{name}", name, f"{name}: vector(n); A: matrix(n, n)")
    function = result.compile()
    x, A = np.arange(3.0), np.arange(9.0).reshape(3, 3)
    parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
    if name == "out":
        assert close(function(out2=x, A=A), (A + A.T) @ x)
    else:
        assert len(parameters) == 3
        assert close(function(**{name: x, "A": A}), (A + A.T) @ x)


def test_the_source_is_plain_python_of_ours() -> None:
    result = derive.gradient("norm2(X*w - y)^2", "w", "X: matrix(m, n); w: vector(n); y: vector(m)", check=False)
    tree = ast.parse(result.source())
    calls = {
        n.func.attr if isinstance(n.func, ast.Attribute) else n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call)
    }  # type: ignore[attr-defined]
    assert calls <= {"dot", "subtract", "matmul"}
    hostile = derive.gradient("x'*x", "x", check=False)
    hostile.expression = '"""\nimport os\n"""'
    body = ast.parse(hostile.source())
    assert not any(isinstance(n, ast.Import) and n.names[0].name == "os" for n in ast.walk(body))


# ---------------------------------------------------------------------- arguments


def quadratic() -> Any:
    return derive.gradient("x'*A*x", "x", "A: matrix(n, n); x: vector(n)", check=False).compile()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"x": np.ones(3)}, ["A", "no value"]),
        ({"x": np.ones(3), "A": np.ones((3, 4))}, ["A", "(3, 4)", "(n, n)"]),
        ({"x": np.ones(4), "A": np.ones((3, 3))}, ["(3, 3)", "n = 4 from x"]),
        ({"x": np.ones((3, 1)), "A": np.ones((3, 3))}, ["x", "(3, 1)"]),
        ({"x": np.ones(3), "A": np.ones((3, 3)), "B": 1}, ["B"]),
        ({"x": "abc", "A": np.ones((3, 3))}, ["x", "numbers"]),
        ({"x": np.ones(3) * 1j, "A": np.ones((3, 3))}, ["x", "complex128"]),
        ({"x": np.ones(3), "A": np.ones((3, 3)), "out": np.ones(4)}, ["out", "(4,)"]),
        ({"x": np.ones(3), "A": np.ones((3, 3)), "out": [0, 0, 0]}, ["out"]),
        ({"x": np.ones(3), "A": np.ones((3, 3)), "out": np.ones(3, dtype=np.float32)}, ["out", "float64"]),
        ({"x": np.ones(3), "A": np.ones((3, 3)), "out": np.ones(6)[::2]}, ["out", "contiguous"]),
    ],
)
def test_what_does_not_fit_is_refused_by_name(values: dict[str, Any], words: list[str]) -> None:
    function = quadratic()
    for _ in range(2):  # also after a call that fits
        with pytest.raises(ValueError, match=r".") as trouble:
            function(**values)
        assert all(word in str(trouble.value) for word in words)
        function(x=np.ones(3), A=np.ones((3, 3)))
        function(x=np.ones(4), A=np.ones((4, 4)))


def test_out_must_not_lie_in_an_argument() -> None:
    function, A = quadratic(), np.ones((3, 3))
    x = np.ones(3)
    with pytest.raises(ValueError, match="shares memory"):
        function(x=x, A=A, out=x)
    out = np.ones(3)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        function(x=x, A=A, out=out)


def test_out_has_the_shape_of_the_result() -> None:
    function = answer("hessian", FACTORS[0], "U", FACTORS[1]).compile()
    values = {"T": np.ones((3, 4)), "U": np.ones((3, 2)), "V": np.ones((4, 2))}
    parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
    given = {k: v for k, v in values.items() if k in parameters}
    for shape in ((6, 6), (2, 3, 2, 3, 2), (2, 3, 3, 2)):
        with pytest.raises(ValueError, match=r"expected \(3, 2, 3, 2\)"):
            function(**given, out=np.empty(shape))
    number = derive.gradient("3*x", "x", "x: scalar", check=False).compile()
    with pytest.raises(ValueError, match="is a number"):
        number(out=np.empty(()))


def test_out_of_every_call() -> None:
    out = np.empty((3, 3))
    function = derive.hessian("x'*A*x", "x", "A: matrix(n, n); x: vector(n)", check=False).compile(out=out)
    A = np.arange(9.0).reshape(3, 3)
    function(A=A)
    assert np.array_equal(out, A + A.T)
    with pytest.raises(ValueError, match="out"):
        function(A=np.ones((4, 4)))


def test_what_loses_nothing_is_converted() -> None:
    function = quadratic()
    assert close(function(x=[1, 2], A=[[1, 2], [3, 4]]), [12, 21])
    assert function(x=np.ones(2, dtype=np.int8), A=np.ones((2, 2), dtype=np.float32)).dtype == np.float64
    A = np.asfortranarray(np.arange(9.0).reshape(3, 3))
    assert close(function(x=np.arange(6.0)[::2], A=A), (A + A.T) @ np.arange(6.0)[::2])


@pytest.mark.parametrize(("kind", "expression", "given", "wrt"), NETWORK)
def test_single_precision_stays_single(kind: str, expression: str, given: str, wrt: str) -> None:
    result = answer(kind, expression, wrt, given)
    values = numbers(result, 2)
    narrow = {k: v.astype(np.float32) if isinstance(v, np.ndarray) else v for k, v in values.items()}
    found = result.compile(dtype="float32")(**narrow)
    assert found.dtype == np.float32
    assert close(found, result.evaluate(**values), 2e-3)


def test_types_that_lose_digits_are_refused() -> None:
    function = derive.gradient("x'*A*x", "x", "A: matrix(n, n); x: vector(n)", check=False).compile(dtype="float32")
    with pytest.raises(ValueError, match="A has entries of type float64"):
        function(x=np.ones(3, dtype=np.float32), A=np.ones((3, 3)))


@pytest.mark.parametrize(
    "options", [{"backend": "cupy"}, {"dtype": "int8"}, {"out": [1]}, {"backend": "torch", "out": np.ones(3)}]
)
def test_options_that_are_none(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|out is for"):
        derive.gradient("x'*x", "x", check=False).compile(**options)


def test_an_answer_without_a_plan_is_computed_all_the_same() -> None:
    result = derive.jacobian("A*X*B", "vec(X)", "A: matrix(m, n); X: matrix(n, k); B: matrix(k, p)", check=False)
    values = numbers(result)
    assert close(result.compile()(**values), result.evaluate(**values))
    with pytest.raises(ValueError, match="no source for torch"):
        result.compile("torch")


# ---------------------------------------------------------------------- structure, products, several results


@pytest.mark.parametrize(
    ("kind", "expression", "given", "wrt", "most"),
    [
        ("hessian", *FACTORS, "U", 9),
        ("hessian", *MASKED, "U", 63),
        ("jacobian", "softmax(z)", "z: vector(n)", "z", 10),
        ("hessian", "v'*layernorm(z)", "z: vector(n); v: vector(n)", "z", 40),
        ("jacobian", "A*X*B", "A: matrix(m, n); X: matrix(n, k); B: matrix(k, p)", "X", 47),
        ("hessian", *LOGISTIC, "w", 25),
        ("jacobian", "X*w", "X: matrix(m, n); w: vector(n)", "w", 35),
        ("hessian", "logdet(X)", "X: matrix(n, n)", "X", 50),
        ("jacobian", "x", "x: vector(n)", "x", 1),
    ],
)
def test_structured_results(kind: str, expression: str, given: str, wrt: str, most: int) -> None:
    result = answer(kind, expression, wrt, given)
    values = numbers(result)
    H, wanted = result.compile(structured=True)(**values), result.evaluate(**values)
    assert H.shape == wanted.shape
    assert close(H.dense(), wanted)
    assert close(np.asarray(H), wanted)
    assert sum(np.size(p) for p in H.parts) <= most
    axes = next(s.type.order for s in result.symbols if s.name == wrt)
    v = np.random.default_rng(3).standard_normal(wanted.shape[wanted.ndim - axes :])
    product = np.tensordot(wanted, v, axes)
    assert close(H @ v, product)
    assert close(H @ v.reshape(-1), product.reshape(-1))
    assert all(len(out) == wanted.ndim for _, out in H.blocks)
    with pytest.raises(ValueError, match="behind @"):
        H @ np.ones(1000)


def test_hessian_vector_products_form_no_hessian() -> None:
    result = derive.hvp(MLP[0], "W1", "V", MLP[1], check=False)
    values = numbers(result)
    hessian = answer("hessian", MLP[0], "W1", MLP[1]).evaluate(**{k: v for k, v in values.items() if k != "V"})
    assert close(result.compile()(**values), np.tensordot(hessian, values["V"], 2))


def test_value_gradient_and_hessian_share_their_work() -> None:
    made = derive.value_and_gradient(MLP[0], ["W1", "W2"], MLP[1], check=False)
    assert made.source().count("np.tanh") == 1
    assert made.source().count("np.exp") == 1
    values = numbers(made.gradients[0])
    value, (first, second) = made.compile()(**values)
    H = np.tanh(values["X"] @ values["W1"])
    z = H @ values["W2"]
    assert close(value, -np.sum(values["Y"] * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True)))))
    assert close(first, made.gradients[0].evaluate(**values))
    assert close(second, made.gradients[1].evaluate(**values))
    whole = derive.value_and_gradient(
        "norm2(X*w - y)^2", "w", "X: matrix(m, n); w: vector(n); y: vector(m)", with_hessian=True
    )
    X, w, y = np.ones((4, 2)), np.arange(2.0), np.ones(4)
    found = whole.compile()(X=X, w=w, y=y)
    assert close(found[0], np.sum((X @ w - y) ** 2))
    assert close(found[1], 2 * X.T @ (X @ w - y))
    assert close(found[2], 2 * X.T @ X)
    assert str(whole).count("\n") == 1


def test_results_of_one_call_share_no_memory() -> None:
    found = derive.value_and_gradient("sum(A.*X)", ["X", "A"], "A, X: matrix(m, n)", check=False).compile()
    A, X = np.ones((2, 3)), np.zeros((2, 3))
    _, (by_x, by_a) = found(A=A, X=X)
    assert not np.may_share_memory(by_x, A)
    assert not np.may_share_memory(by_a, X)


# ---------------------------------------------------------------------- other libraries, where they are installed


@pytest.mark.parametrize(("kind", "expression", "given", "wrt"), NETWORK)
@pytest.mark.parametrize("library", ["torch", "jax"])
def test_other_libraries_give_the_same(library: str, kind: str, expression: str, given: str, wrt: str) -> None:
    module = pytest.importorskip(library)
    if library == "jax":
        module.config.update("jax_enable_x64", True)
    result = answer(kind, expression, wrt, given)
    values = numbers(result, 4)
    assert close(result.compile(library)(**values), result.evaluate(**values))


@pytest.mark.parametrize("library", ["torch", "jax"])
@pytest.mark.parametrize(("kind", "expression", "given", "wrt"), NETWORK)
def test_sources_for_other_libraries_are_python(library: str, kind: str, expression: str, given: str, wrt: str) -> None:
    source = answer(kind, expression, wrt, given).source(library)
    assert source.startswith(f"import {library}")
    assert "np." not in source.replace("jnp.", "")
    ast.parse(source)


def test_signs_that_allow_a_square_root() -> None:
    from derive.compiled.signs import bounds, nonnegative
    from derive.engine.lower import lower

    def node(text: str) -> Any:
        question = derive.jacobian(text, "x", "x: vector(n); y: vector(n) positive", check=False)
        from derive.infer import infer
        from derive.syntax import parse, parse_declarations

        assert question is not None
        declared = parse_declarations("x: vector(n); y: vector(n) positive")
        return lower(infer([parse(text)], declared).terms[0])

    for text in (
        "sigmoid(x)",
        "sigmoid(x).*(1 - sigmoid(x))",
        "1 - tanh(x).^2",
        "x.^2",
        "exp(x).*y",
        "softmax(x).*(1 - softmax(x))",
    ):
        assert nonnegative(node(text)), text
    for text in ("x", "1 - exp(x)", "sigmoid(x) - 2*vector(1)", "tanh(x)", "x.^3", "1 - 2*sigmoid(x)"):
        assert not nonnegative(node(text)), text
    assert bounds(node("tanh(x)")) == (-1.0, 1.0)


def test_bench_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    from derive.cli import run

    assert run(["bench", "x'*A*x", "--kind", "hessian", "--wrt", "x", "--size", "n=20"]) == 0
    shown = capsys.readouterr().out
    assert "hessian by x: A + A'" in shown
    assert "sizes: n = 20" in shown
    assert "derive" in shown
    for text, code in (("k=5", "unknown-size"), ("n=many", "bad-size"), ("n=99999", "too-large")):
        assert run(["bench", "x'*A*x", "--kind", "hessian", "--wrt", "x", "--size", text]) == 2
        assert code in capsys.readouterr().err


@pytest.mark.parametrize("library", ["numpy", "torch", "jax"])
def test_source_on_the_command_line(library: str, capsys: pytest.CaptureFixture[str]) -> None:
    from derive.cli import run

    assert run(["gradient", "norm2(X*w - y)^2", "--wrt", "w", "--format", library]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"import {library}")
    assert "def gradient(" in shown
    ast.parse(shown)
