"""How long a compiled derivative takes, beside the same derivative by JAX and PyTorch where they are installed.

One idea: the libraries get the function itself, as source that is written for them, and differentiate it their own way; all compute on the same
random numbers and are held against each other. It decides nothing about how the times are shown.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from derive.answer import Result, Wanted
from derive.codegen.evaluate import compile_source
from derive.codegen.names import identifier
from derive.compiled import NotPlanned, source
from derive.compiled import Question as Planned
from derive.finding import Finding, LanguageError
from derive.question import Question
from derive.term import Symbol

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

ROUNDS = 25
TURN = 3e-4  # seconds between two looks at the clock, at least
LARGEST = 2**27  # entries of a result, or of what it is computed from, that are still timed


class Timing(NamedTuple):
    """One contender: seconds for a call, seconds until its first result, the largest difference from ours over the largest entry."""

    name: str
    seconds: float
    first: float
    difference: float


class Bench(NamedTuple):
    """What was timed, at which sizes, and the times, ours first; libraries that are not installed, and those that were refused the function."""

    result: Result
    sizes: dict[str, int]
    timings: tuple[Timing, ...]
    missing: tuple[str, ...]
    refused: tuple[str, ...]


def bench(kind: str, expression: Any, wrt: Any, given: str, sizes: Mapping[str, int], default: int = 200) -> Bench:
    """Time `derive.<kind>(…).compile()` and its peers. Sizes without a value are `default`.

    Raises LanguageError as the derivative does, and for a size that is unknown or a result that is too large to time.
    """
    import derive

    result = getattr(derive, kind)(expression, wrt, given)
    started = time.perf_counter()
    getattr(derive, kind)(expression, wrt, given, check=False).compile()
    ready = time.perf_counter() - started
    numbers = _sizes(result, sizes, default)
    values = {s.name: _values(s, numbers, k) for k, s in enumerate(result.symbols)}
    calls = {"derive": _ours(result, values, numbers)}
    question = Question(Wanted(kind, 1, "numerator", False), expression, wrt, given)
    peers = [("JAX", "jax", _jax), ("PyTorch", "torch", _torch)]
    missing = tuple([name for name, module, _ in peers if find_spec(module) is None])
    for name, _, made in peers:
        call = made(question, result, values) if name not in missing else None
        if call is not None:
            calls[name] = call
    refused = tuple([name for name, _, _ in peers if name not in calls and name not in missing])
    first, found = dict[str, float](), dict[str, Any]()
    for name, call in calls.items():
        started = time.perf_counter()
        found[name] = call()
        first[name] = time.perf_counter() - started + (ready if name == "derive" else 0.0)
    spent = _fastest(calls)
    timings = [Timing(n, spent[n], first[n], _difference(found[n], found["derive"])) for n in calls]
    return Bench(result, numbers, tuple(timings), missing, refused)


def _sizes(result: Result, given: Mapping[str, int], default: int) -> dict[str, int]:
    names = sorted({n for s in result.symbols for z in s.type.shape for n in z.names})
    unknown = sorted(set(given) - set(names))
    if unknown:
        listed = ", ".join(names) or "none"
        raise LanguageError(Finding("unknown-size", f"there is no size {unknown[0]}; the sizes are {listed}"))
    found = {n: given.get(n, default) for n in names}
    shapes = {"the result": result.term.type.shape, **{s.name: s.type.shape for s in result.symbols}}
    for what, shape in shapes.items():
        entries = math.prod(s.value(found) for s in shape if s.names <= found.keys())
        if entries > LARGEST:
            raise LanguageError(
                Finding(
                    "too-large", f"{what} would have {entries:,} entries: give smaller sizes", helps=("--size n=20",)
                )
            )
    return found


def _values(symbol: Symbol, sizes: Mapping[str, int], seed: int) -> Any:
    """Random numbers that have the declared properties."""
    import numpy as np

    rng = np.random.default_rng(seed)
    shape = tuple(z.value(sizes) for z in symbol.type.shape)
    properties = set(symbol.properties)
    if "integer" in properties:
        return 3
    a = rng.standard_normal(shape)
    if properties & {"positive", "nonnegative"}:
        a = np.abs(a) + 0.1
    if properties & {"simplex", "stochastic"}:
        a = np.abs(a)
        a = a / a.sum(axis=-1, keepdims=True)
    if properties & {"one-hot", "one-hot-rows"}:
        a = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
    if len(shape) == 2 and shape[0] == shape[1]:
        a = _square(a, properties)
    return a if shape else float(a)


def _square(a: Array, properties: set[str]) -> Array:
    import numpy as np

    n = len(a)
    if properties & {"pd", "psd"}:
        return a @ a.T / n + np.eye(n)
    if "orthogonal" in properties:
        return np.linalg.qr(a)[0]
    for name, change in (
        ("symmetric", lambda x: (x + x.T) / 2),
        ("skew", lambda x: (x - x.T) / 2),
        ("diagonal", lambda x: np.diag(np.diag(x))),
        ("lower-triangular", np.tril),
        ("upper-triangular", np.triu),
    ):
        if name in properties:
            a = change(a)
    return a + 3 * math.sqrt(n) * np.eye(n) if "invertible" in properties else a


def _ours(result: Result, values: Mapping[str, Any], sizes: Mapping[str, int]) -> Callable[[], Any]:
    from inspect import signature

    function = result.compile()
    known = {**_parameters(values), **sizes}
    arguments = {n: known[n] for n in signature(function).parameters if n in known}
    return lambda: function(**arguments)


def _parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the names that variables have as parameters: `lambda_`."""
    return {identifier(name): value for name, value in values.items()}


def _function(question: Question, backend: str) -> tuple[Callable[..., Any], list[str]] | None:
    """The function itself in a library, and the names of its arguments."""
    try:
        node = question.lowered()
        text = source(Planned(((node,),), question.typed.symbols, "function", "the function"), backend)
    except (NotPlanned, ValueError, LanguageError):
        return None
    made = compile_source(text)
    return made, list(made.__code__.co_varnames[: made.__code__.co_argcount])


def _jax(question: Question, result: Result, values: Mapping[str, Any]) -> Callable[[], Any] | None:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    how = {"gradient": jax.grad, "jacobian": jax.jacrev, "hessian": jax.hessian}.get(result.kind)
    found = _function(question, "jax")
    wrt, known = identifier(result.wrt), _parameters(values)
    if found is None or how is None or not {wrt} <= set(found[1]) <= known.keys():
        return None
    function, names = found
    arrays = {n: jnp.asarray(known[n]) for n in names}
    derived = jax.jit(how(lambda x, rest: function(**{**rest, wrt: x})))
    return lambda: derived(arrays[wrt], arrays).block_until_ready()


def _torch(question: Question, result: Result, values: Mapping[str, Any]) -> Callable[[], Any] | None:
    import torch

    how = {"gradient": torch.func.grad, "jacobian": torch.func.jacrev, "hessian": torch.func.hessian}.get(result.kind)
    found = _function(question, "torch")
    wrt, known = identifier(result.wrt), _parameters(values)
    if found is None or how is None or not {wrt} <= set(found[1]) <= known.keys():
        return None
    function, names = found
    tensors = {n: torch.as_tensor(known[n], dtype=torch.float64) for n in names}
    derived = how(lambda x: function(**{**tensors, wrt: x}))
    return lambda: derived(tensors[wrt])


def _fastest(calls: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    """Seconds of a call in the fastest of the rounds that the contenders go through one after another: what else runs on the machine only
    makes a round slower. In each round a call that is not counted comes first, and the clock is read around as many as it needs."""
    spent: dict[str, list[float]] = {name: [] for name in calls}
    counts = {name: max(1, min(1000, int(TURN / _seconds(call, 1)))) for name, call in calls.items()}
    started = time.perf_counter()
    for turn in range(ROUNDS):
        for name, call in calls.items():
            call()
            spent[name].append(_seconds(call, counts[name]) / counts[name])
        if turn >= 2 and time.perf_counter() - started > 10:
            break
    return {name: min(times) for name, times in spent.items()}


def _seconds(call: Callable[[], Any], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return max(time.perf_counter() - start, 1e-9)


def _difference(value: Any, ours: Any) -> float:
    import numpy as np

    a, b = np.asarray(value), np.asarray(ours)
    return float(np.max(np.abs(a - b), initial=0) / max(float(np.max(np.abs(b), initial=0)), 1e-300))


def read_sizes(texts: Sequence[str]) -> dict[str, int]:
    """`n=500, d=20` as sizes. Raises LanguageError for anything else."""
    found = {}
    for part in [p for text in texts for p in text.split(",")]:
        name, _, number = (w.strip() for w in part.partition("="))
        if not name.isidentifier() or not number.isdecimal() or not 1 <= int(number) <= 10**6:
            raise LanguageError(
                Finding(
                    "bad-size", f"a size is a name and a whole number, not {part.strip()!r}", helps=("--size n=500",)
                )
            )
        found[name] = int(number)
    return found
