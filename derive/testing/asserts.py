"""The asserts, as tests call them: `assert_backward`, `assert_gradient`, `assert_jacobian`, `assert_hessian`, `assert_identity`.

One idea: every kind of derivative is brought to the question of a backward pass: a Jacobian J claims that cotangents go to J'g. With a formula, it is the formula
that is differentiated, the code's own value is held against it, and inputs are made where none are given. Raises `GradientError`, `Inconclusive` where nothing
could be decided (both AssertionErrors), LanguageError for a formula that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from derive.testing.backward import Examined, examine
from derive.testing.causes import cause_of
from derive.testing.formula import Dims, Formula, call
from derive.testing.frameworks import to_framework, to_numpy
from derive.testing.inputs import Case, cases, moves
from derive.testing.messages import message
from derive.testing.outcome import INCONCLUSIVE, NON_FINITE, OK, WRONG, GradientError, Inconclusive, Report, Spot

Array = np.ndarray[Any, np.dtype[Any]]
Function = Callable[..., Any]


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
    if formula is None:
        if inputs is None:
            raise ValueError("assert_backward needs inputs, or a formula to make them from")
        return _with_cause(examine(forward, backward, list(inputs), seed))
    stated = Formula(formula, dims, given)
    names = stated.ordered(forward)
    if inputs is not None:
        made: Iterator[Case] = iter([Case("", dict(zip(names, inputs, strict=True)))])
    else:
        made = cases(stated, seed)
    against = _Against(stated, names, forward, backward, seed, backend if inputs is None else "")
    return against.over(made, [k for k, n in enumerate(names) if moves(_symbol(stated, n))])


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
    return _derivative(f, grad, formula, wrt, dims, at, given, seed, backend)


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
    return _derivative(f, jac, formula, wrt, dims, at, given, seed, backend)


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
    if formula is None:
        from derive.testing.second import gradient_by_differences

        if f is None:
            raise ValueError("there is neither a function nor a formula to differentiate")
        return _derivative(gradient_by_differences(f), hess, None, wrt, dims, at, given, seed, backend)
    import derive

    stated = Formula(formula, dims, given)
    wanted = wrt or _only(stated)
    declared = "; ".join(map(str, stated.symbols))
    slope = derive.gradient(formula, wrt=wanted, given=declared)
    sizes = stated.fixed if not isinstance(dims, str) else None
    return _derivative(None, hess, slope.text, wanted, sizes, at, declared, seed, backend)


def assert_identity(statement: str, given: str = "", *, seed: int | None = None) -> Any:
    """Assert that a statement such as `d(x'*A*x)/dx == (A + A')*x` holds; returns the verdict of `derive.verify`.

    Raises GradientError for what is refuted or does not fit in shape, Inconclusive for what is not understood or not decided.
    """
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
    f: Function | None,
    claimed: Function,
    formula: str | None,
    wrt: str | None,
    dims: Dims,
    at: Any,
    given: str,
    seed: int | None,
    backend: str,
) -> Report:
    from derive.testing.seeding import default_seed

    seed = default_seed() if seed is None else seed
    if formula is None:
        return _assured(_without_formula(f, claimed, wrt, at, seed))
    stated = Formula(formula, dims, given)
    wanted = wrt or _only(stated)
    names = stated.ordered(f, claimed)
    if wanted not in names:
        raise ValueError(f"there is no variable {wanted} in the formula; there are {', '.join(names)}")
    place = names.index(wanted)
    forward = None if f is None else (lambda *xs: call(f, names, xs, wanted))
    pull = _pullback(lambda *xs: call(claimed, names, xs, wanted), place)
    made = cases(stated, seed) if at is None else iter(_points(at, names, wanted))
    against = _Against(stated, names, forward, pull, seed, backend if at is None else "")
    return _assured(against.over(made, [place]))


def _without_formula(f: Function | None, claimed: Function, wrt: str | None, at: Any, seed: int) -> Report:
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
        last = _with_cause(found)
        if not last.ok:
            return last
    return last


def _pullback(claimed: Function, place: int) -> Function:
    """Cotangents through a claimed derivative, whose first axes are those of the cotangent."""

    def backward(cotangent: Any, *inputs: Any) -> tuple[Any, ...]:
        g, j = np.asarray(to_numpy(cotangent), float), np.asarray(to_numpy(claimed(*inputs)), float)
        x = to_numpy(inputs[place])
        if j.shape != g.shape + x.shape:
            raise ValueError(f"the derivative has shape {j.shape}, expected {g.shape + x.shape}")
        pulled = np.tensordot(g, j, g.ndim)
        return tuple([pulled if k == place else None for k in range(len(inputs))])

    return backward


def _points(at: Any, names: Sequence[str], wrt: str) -> list[Case]:
    found = at if isinstance(at, list | tuple) and at and isinstance(at[0], Mapping) else [at]
    return [Case("", dict(p) if isinstance(p, Mapping) else {wrt: np.asarray(to_numpy(p), float)}) for p in found]


def _only(stated: Formula) -> str:
    moving = [s.name for s in stated.symbols if moves(s)]
    if len(moving) != 1:
        raise ValueError(f"say by which variable: wrt= one of {', '.join(moving)}")
    return moving[0]


def _symbol(stated: Formula, name: str) -> Any:
    return next(s for s in stated.symbols if s.name == name)


class _Against:
    """Code against a formula, over cases."""

    def __init__(
        self,
        stated: Formula,
        names: Sequence[str],
        forward: Function | None,
        backward: Function,
        seed: int,
        backend: str,
    ) -> None:
        self.stated = stated
        self.names = list(names)
        self.forward = forward
        self.backward = backward
        self.seed = seed
        self.backend = backend  # "" where inputs were given, and are what they are

    def over(self, made: Iterator[Case], only: Sequence[int]) -> Report:
        """The first report that is not ok; else that of the first case, unless nothing was decided."""
        first: Report | None = None
        open_: Report | None = None
        decided = 0
        for case in made:
            report = self._one(case, only)
            if report is None:
                continue
            if report.outcome not in (OK, INCONCLUSIVE):
                return report
            if report.ok:
                first, decided = first or report, decided + 1
            else:
                open_ = open_ or report
        if first is None:
            return open_ or Report(
                INCONCLUSIVE, "no inputs were found at which the formula has a value", seed=self.seed
            )
        notes = () if open_ is None else (f"not decided for {open_.case}: {open_.reason}",)
        return first._replace(
            case=f"{decided} kinds of inputs" if decided > 1 else first.case, notes=(*first.notes, *notes)
        )

    def _one(self, case: Case, only: Sequence[int]) -> Report | None:
        """One case; None where the formula has no value there."""
        values = [case.values[name] for name in self.names]
        if self.backend:
            values = [to_framework(np.asarray(v, float), self.backend) if not isinstance(v, int) else v for v in values]
        with np.errstate(all="ignore"):
            expected = self._formula(*values)
        if not np.isfinite(expected).all():
            return None
        shape = expected.shape
        if self.forward is not None:
            try:
                got = to_numpy(self.forward(*values))
            except Exception as trouble:
                if case.label not in ("", "random values"):
                    return None  # code may be written for some sizes alone
                sizes = ", ".join(f"{n} {np.shape(to_numpy(v))}" for n, v in zip(self.names, values, strict=True))
                reason = f"forward raises {type(trouble).__name__}: {trouble}; inputs made from the formula: {sizes}"
                return Report(INCONCLUSIVE, f"{reason}; `dims` fixes sizes", seed=self.seed, case=case.label)
            trouble_found = self._values(case, values, np.asarray(got, float), expected)
            if trouble_found is not None:
                return trouble_found
            shape = got.shape

        def pulled(cotangent: Any, *inputs: Any) -> Any:
            return self.backward(cotangent.reshape(shape) if hasattr(cotangent, "reshape") else cotangent, *inputs)

        found = examine(self._formula, pulled, values, self.seed, self.names, only)
        return _with_cause(found, self.stated, self.names)._replace(case=case.label)

    def _formula(self, *values: Any) -> Array:
        """The formula in double precision."""
        arrays = [np.asarray(to_numpy(v), float) if not isinstance(v, int) else v for v in values]
        return self.stated.value(dict(zip(self.names, arrays, strict=True)))

    def _values(self, case: Case, values: Sequence[Any], got: Array, expected: Array) -> Report | None:
        """What the code computes against the formula."""
        if got.size != expected.size or [n for n in got.shape if n > 1] != [n for n in expected.shape if n > 1]:
            reason = f"forward gives shape {got.shape}, the formula {expected.shape}"
            return Report("shape", reason, seed=self.seed, case=case.label)
        got = got.reshape(expected.shape)
        short = any(to_numpy(v).dtype.itemsize < 8 for v in values if not isinstance(v, int))
        size = float(np.abs(expected).max(initial=0.0))
        near = [np.asarray(to_numpy(v), float) * (1 + 1e-12) if not isinstance(v, int) else v for v in values]
        shaken = 1e4 * float(np.nan_to_num(np.abs(self._formula(*near) - expected)).max(initial=0.0))
        error = np.abs(got - expected)
        allowed = (1e-3 if short else 1e-7) * size + shaken * (1e4 if short else 1) + 1e-300
        if np.isfinite(got).all() and (error <= allowed).all():
            return None
        at = tuple(int(i) for i in np.unravel_index(int(np.argmax(np.nan_to_num(error, nan=np.inf))), error.shape))
        spot = Spot(at, float(got[at]), float(expected[at]), 0.0)
        outcome = WRONG if np.isfinite(got).all() else NON_FINITE
        reason = "the function is not the formula"
        return Report(outcome, reason, "the value", spots=(spot,), seed=self.seed, case=case.label)


def _with_cause(found: Examined, stated: Formula | None = None, names: Sequence[str] = ()) -> Report:
    """The report with a cause, where one explains the numbers."""
    report = found.report
    if report.outcome != WRONG or found.subject is None or not report.spots:
        return report
    try:
        cause = cause_of(found.subject, found.subjects, stated, names)
    except Exception:  # what was found stands, whatever the code under test raises at other points
        cause = None
    return report._replace(cause=cause)


def _assured(report: Report) -> Report:
    if report.ok:
        return report
    kind = Inconclusive if report.outcome == INCONCLUSIVE else GradientError
    raise kind(message(report), report)
