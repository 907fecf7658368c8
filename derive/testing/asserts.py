"""The asserts, as tests call them: `assert_backward`, `assert_gradient`, `assert_jacobian`, `assert_hessian`, `assert_identity`.

One idea: every kind of derivative is brought to the question of a backward pass: a Jacobian J claims that cotangents go to J'g. With a formula, it is the formula
that is differentiated, the code's own value is held against it, and inputs are made where none are given. Raises `GradientError`, `Inconclusive` where nothing
could be decided (both AssertionErrors), LanguageError for a formula that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from derive.testing.against import Against, with_cause
from derive.testing.backward import examine
from derive.testing.code import BadShape
from derive.testing.formula import Dims, Formula, call
from derive.testing.frameworks import to_numpy
from derive.testing.inputs import Case, cases, moves
from derive.testing.messages import message
from derive.testing.outcome import INCONCLUSIVE, WRONG, GradientError, Inconclusive, Report, hidden

Array = np.ndarray[Any, np.dtype[Any]]
Function = Callable[..., Any]
WORDS = {"gradient": "grad", "Jacobian": "jac", "Hessian": "hess"}


def assert_backward(
    forward: Function,
    backward: Function,
    inputs: Sequence[Any] | None = None,
    *,
    formula: str | None = None,
    dims: Dims = None,
    given: str = "",
    seed: int | None = None,
    backend: str = "numpy",
) -> Report:
    """Assert that `backward(cotangent, *inputs)` gives, an input each, the derivative of Σ cotangent .* forward(*inputs).

    inputs: arrays of NumPy, PyTorch or JAX; those that are no floats are left alone. With `formula` and no inputs they are made from its declarations: `given`
    or `dims` as text (`"X: matrix(n, d)"`) or mapping (`{"n": 5}`, `{"X": ("n", "d")}`), in the order of forward's parameters, else of the
    declarations. backend: "numpy", "torch" or "jax", for inputs that are made. Returns the report; raises GradientError or Inconclusive.
    """
    __tracebackhide__ = hidden
    return _assured(check_backward(forward, backward, inputs, formula, dims, given, seed, backend))


def check_backward(
    forward: Function,
    backward: Function,
    inputs: Sequence[Any] | None = None,
    formula: str | None = None,
    dims: Dims = None,
    given: str = "",
    seed: int | None = None,
    backend: str = "numpy",
) -> Report:
    """As `assert_backward`, and never raises for what it finds."""
    from derive.testing.seeding import default_seed

    seed = default_seed() if seed is None else seed
    _known(backend)
    if inputs is not None and not isinstance(inputs, list | tuple):
        raise TypeError(
            f"inputs is a list or tuple with one array for each parameter of forward, not {type(inputs).__name__}"
        )
    if formula is None:
        if inputs is None:
            raise ValueError("assert_backward needs inputs, or a formula to make them from")
        return with_cause(examine(forward, backward, list(inputs), seed))
    stated = Formula(formula, dims, given)
    names = stated.ordered(forward)
    if inputs is not None:
        if len(inputs) != len(names):
            raise ValueError(
                f"there are {len(inputs)} inputs for the {len(names)} variables {', '.join(names)} of the formula"
            )
        made: Iterator[Case] = iter([Case("", dict(zip(names, inputs, strict=True)))])
    else:
        made = cases(stated, seed)
    against = Against(stated, names, forward, backward, seed, backend if inputs is None else "")
    report = against.over(made, [k for k, n in enumerate(names) if moves(_symbol(stated, n))])
    where = "" if inputs is None else "inputs, "
    return report._replace(
        replay=f"assert_backward(forward, backward, {where}{_arguments(stated, seed, backend if inputs is None else 'numpy')})"
    )


def assert_gradient(
    f: Function | None,
    grad: Function,
    formula: str | None = None,
    wrt: str | None = None,
    dims: Dims = None,
    at: Any = None,
    *,
    given: str = "",
    seed: int | None = None,
    backend: str = "numpy",
) -> Report:
    """Assert that `grad` is the gradient of a scalar formula, or of `f`, in the shape of `wrt`.

    f and grad take the variables by the names of their parameters, or all in order, or `wrt` alone; f may be None beside a formula. at: a mapping of
    values by name, a list of such, or one array; None makes inputs from the declarations. Raises GradientError or Inconclusive.
    """
    __tracebackhide__ = hidden
    return _derivative("gradient", f, grad, formula, wrt, dims, at, given, seed, backend)


def assert_jacobian(
    f: Function | None,
    jac: Function,
    formula: str | None = None,
    wrt: str | None = None,
    dims: Dims = None,
    at: Any = None,
    *,
    given: str = "",
    seed: int | None = None,
    backend: str = "numpy",
) -> Report:
    """Assert that `jac` is ∂f/∂wrt, with the axes of f followed by the axes of wrt: m×n for vectors. As `assert_gradient`."""
    __tracebackhide__ = hidden
    return _derivative("Jacobian", f, jac, formula, wrt, dims, at, given, seed, backend)


def assert_hessian(
    f: Function | None,
    hess: Function,
    formula: str | None = None,
    wrt: str | None = None,
    dims: Dims = None,
    at: Any = None,
    *,
    given: str = "",
    seed: int | None = None,
    backend: str = "numpy",
) -> Report:
    """Assert that `hess` is ∂²f/∂wrt∂wrt of a scalar f, with the axes of wrt twice. As `assert_gradient`.

    With a formula, its gradient (`derive.gradient`, checked against differences) is what is differentiated here; without, the differences of f.
    """
    __tracebackhide__ = hidden
    if formula is None:
        from derive.testing.second import gradient_by_differences

        if f is None:
            raise ValueError("there is neither a function nor a formula to differentiate")
        return _derivative("Hessian", gradient_by_differences(f), hess, None, wrt, dims, at, given, seed, backend)
    import derive

    stated = Formula(formula, dims, given)
    wanted = wrt or _only(stated)
    declared = "; ".join(map(str, stated.symbols))
    slope = derive.gradient(formula, wrt=wanted, given=declared)
    sizes = stated.fixed if not isinstance(dims, str) else None
    return _derivative("Hessian", None, hess, slope.text, wanted, sizes, at, declared, seed, backend, formula)


def assert_identity(statement: str, given: str = "", *, seed: int | None = None) -> Any:
    """Assert that a statement such as `d(x'*A*x)/dx == (A + A')*x` holds; returns the verdict of `derive.verify`.

    Raises GradientError for what is refuted or does not fit in shape, Inconclusive for what is not understood or not decided.
    """
    __tracebackhide__ = hidden
    from derive.testing.identities import identity_message
    from derive.testing.seeding import default_seed
    from derive.verification import verify

    seed = default_seed() if seed is None else seed
    verdict = verify(statement, given=given, seed=seed)
    if verdict.ok:
        return verdict
    wrong = verdict.status in ("refuted", "ill-shaped")
    report = Report(WRONG if wrong else INCONCLUSIVE, verdict.message, seed=seed)
    raise (GradientError if wrong else Inconclusive)(identity_message(verdict, statement, given, seed), report)


# ---------------------------------------------------------------------- how it is brought to a backward pass


def _derivative(
    what: str,
    f: Function | None,
    claimed: Function,
    formula: str | None,
    wrt: str | None,
    dims: Dims,
    at: Any,
    given: str,
    seed: int | None,
    backend: str,
    original: str | None = None,
) -> Report:
    __tracebackhide__ = hidden
    from derive.testing.seeding import default_seed

    seed = default_seed() if seed is None else seed
    _known(backend)
    if formula is None:
        return _assured(_without_formula(what, f, claimed, wrt, at, seed))
    stated = Formula(formula, dims, given)
    wanted = wrt or _only(stated)
    names = stated.ordered(f, claimed)
    if wanted not in names:
        raise ValueError(f"there is no variable {wanted} in the formula; there are {', '.join(names)}")
    place = names.index(wanted)
    forward = None if f is None else (lambda *xs: call(f, names, xs, wanted))
    pull = _pullback(lambda *xs: call(claimed, names, xs, wanted), place)
    made = cases(stated, seed) if at is None else iter(_points(at, names, wanted))
    against = Against(
        stated, names, forward, pull, seed, backend if at is None else "", lambda *xs: call(claimed, names, xs, wanted)
    )
    where = "" if at is None else "at=…, "
    shown = _arguments(stated, seed, backend if at is None else "numpy", original)
    replay = f"assert_{what.lower()}({'f' if f is not None else None}, {WORDS[what]}, wrt={wanted!r}, {where}{shown})"
    return _assured(against.over(made, [place])._replace(what=what, replay=replay))


def _without_formula(what: str, f: Function | None, claimed: Function, wrt: str | None, at: Any, seed: int) -> Report:
    if f is None or at is None:
        raise ValueError("without a formula there must be a function, and `at`, a point to compare at")
    names = list(at) if isinstance(at, Mapping) else [wrt or "x"]
    wanted = wrt or names[0]
    place = names.index(wanted)
    pull = _pullback(lambda *xs: call(claimed, names, xs, wanted), place)
    last = Report(INCONCLUSIVE, "there is no point")
    for point in _points(at, names, wanted):
        values = [point.values[n] if not isinstance(point.values[n], float | int | list) else np.array(point.values[n], float) for n in names]  # fmt: skip
        found = examine(lambda *xs: call(f, names, xs, wanted), pull, values, seed, names, [place])
        last = with_cause(found, derivative=lambda *xs: call(claimed, names, xs, wanted))
        last = last._replace(what=what, replay=f"assert_{what.lower()}(f, {WORDS[what]}, at=…, seed={seed})")
        if not last.ok:
            return last
    return last


def _pullback(claimed: Function, place: int) -> Function:
    """Cotangents through a claimed derivative, whose first axes are those of the cotangent."""

    def backward(cotangent: Any, *inputs: Any) -> tuple[Any, ...]:
        g, j = np.asarray(to_numpy(cotangent), float), np.asarray(to_numpy(claimed(*inputs)), float)
        x = to_numpy(inputs[place])
        if j.shape != g.shape + x.shape:
            wanted = g.shape + x.shape
            raise BadShape(place, f"it has shape {j.shape}, expected {wanted}", j.shape, wanted)
        pulled = np.tensordot(g, j, g.ndim)
        return tuple([pulled if k == place else None for k in range(len(inputs))])

    return backward


def _points(at: Any, names: Sequence[str], wrt: str) -> list[Case]:
    found = at if isinstance(at, list | tuple) and at and isinstance(at[0], Mapping) else [at]
    points = [dict(p) if isinstance(p, Mapping) else {wrt: np.asarray(to_numpy(p), float)} for p in found]
    for point in points:
        lacking = [n for n in names if n not in point]
        if lacking:
            raise ValueError(f"`at` has no value for {', '.join(lacking)}; the variables are {', '.join(names)}")
    return [Case("", point) for point in points]


def _known(backend: str) -> None:
    if backend not in ("numpy", "torch", "jax"):
        raise ValueError(f"there is no backend {backend!r}: numpy, torch or jax")


def _arguments(stated: Formula, seed: int, backend: str, original: str | None = None) -> str:
    """What was stated, as arguments."""
    declared = f"given={stated.given!r}, " if stated.given else ""
    sizes = f"dims={stated.fixed!r}, " if stated.fixed else ""
    where = "" if backend == "numpy" else f"backend={backend!r}, "
    return f"formula={original or stated.text!r}, {declared}{sizes}{where}seed={seed}"


def _only(stated: Formula) -> str:
    moving = [s.name for s in stated.symbols if moves(s)]
    if len(moving) != 1:
        raise ValueError(f"say by which variable: wrt= one of {', '.join(moving)}")
    return moving[0]


def _symbol(stated: Formula, name: str) -> Any:
    return next(s for s in stated.symbols if s.name == name)


def _assured(report: Report) -> Report:
    __tracebackhide__ = hidden
    if report.ok:
        return report
    kind = Inconclusive if report.outcome == INCONCLUSIVE else GradientError
    raise kind(message(report), report)
