"""What probably went wrong: relations between the gradient that is claimed and the one that differences show.

One idea: a cause is a relation that is tried on the numbers and explains every entry that was looked at (a constant factor, an axis that was swapped, a term that is
missing, a cotangent that is not used); one that does not explain them all is not named. Where the code is small, both Jacobians are compared whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.testing import lines
from derive.testing.judging import Subject
from derive.testing.outcome import Cause
from derive.testing.patterns import jacobian_cause

if TYPE_CHECKING:
    from derive.testing.formula import Formula

Array = np.ndarray[Any, np.dtype[Any]]
CLOSE = 1e-5
MOST_INPUTS, MOST_OUTPUTS = 128, 64


class Evidence:
    """The claimed and the true gradient at the entries that were looked at, for every cotangent."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.shape = subject.x.shape
        seen = {k: f for k, f in subject.seen.items() if np.isfinite(f.expected).all()}
        n = subject.x.size
        if n <= MOST_INPUTS:
            seen.update(dict(subject.glance([k for k in range(n) if k not in seen]).items()))
        self.indices = np.array(sorted(seen), int)
        steps = np.array([float(lines.single(subject.x, int(k)).ravel()[k]) for k in self.indices])
        self.claimed = np.stack([seen[int(k)].got for k in self.indices], axis=1) / steps
        self.true = np.stack([seen[int(k)].expected for k in self.indices], axis=1) / steps
        bars = np.stack([seen[int(k)].error for k in self.indices], axis=1) / np.abs(steps)
        size = float(np.sqrt((self.true**2).mean())) + float(np.sqrt((self.claimed**2).mean()))
        self.tolerance = CLOSE * size + 10 * np.where(np.isfinite(bars), bars, 0.0)
        self.size = size
        self.whole = len(self.indices) == n
        self.x = subject.x.ravel()[self.indices]

    def explains(self, model: Array, claimed: Array | None = None) -> bool:
        """Whether a model gives the claimed gradient, at every entry."""
        return bool((np.abs((self.claimed if claimed is None else claimed) - model) <= self.tolerance).all())


def cause_of(subject: Subject, stated: Formula | None, names: Sequence[str]) -> Cause | None:
    """The first cause that explains the numbers."""
    e = Evidence(subject)
    if not len(e.indices):
        return None
    trials: list[Callable[[], Cause | None]] = [
        lambda: _zero(e),
        lambda: _cotangent(e),
        lambda: _factor(e),
        lambda: _terms(e, stated, names),
        lambda: _moved(e),
        lambda: _once_more(e),
        lambda: _ignored_input(e, False),
        lambda: _turned_operand(e),
        lambda: _pattern(e),
        lambda: _left_over(e),
        lambda: _region(e),
        lambda: _ignored_input(e, True),
    ]
    for trial in trials:
        cause = trial()
        if cause is not None:
            return cause
    return None


# ---------------------------------------------------------------------- the whole gradient


def _zero(e: Evidence) -> Cause | None:
    if not e.claimed.any():
        return Cause("zero-gradient", "the gradient is zero: it is never computed, or detached")
    return None


def _cotangent(e: Evidence) -> Cause | None:
    """The backward pass of a function is linear in the cotangent."""
    s = e.subject
    if np.array_equal(s.gradients[0], s.gradients[1]):
        return Cause("ignores-cotangent", "the gradient does not depend on the cotangent: it is right for ones at best")
    nothing = s.code.gradients(np.zeros(s.middle.size))[s.place]
    if nothing is not None and np.abs(nothing).max(initial=0.0) > CLOSE * e.size:
        return Cause(
            "term-without-cotangent",
            "a term is not multiplied by the cotangent: a zero cotangent gives a gradient that is not zero",
        )
    double = s.code.gradients(2 * s.cotangents[0])[s.place]
    if double is not None and np.abs(double.ravel() - 2 * s.gradients[0]).max() > CLOSE * e.size:
        return Cause(
            "not-linear-in-cotangent",
            "twice the cotangent does not give twice the gradient: a product with the cotangent is taken twice or not at all",
        )
    return None


def _factor(e: Evidence) -> Cause | None:
    square = float((e.true**2).sum())
    if square == 0:
        return None
    c = float((e.claimed * e.true).sum()) / square
    return _named_factor(c, e, "") if e.explains(c * e.true) else None


def _named_factor(c: float, e: Evidence, where: str) -> Cause | None:
    if abs(c - 1) < CLOSE:
        return None
    if abs(c + 1) < CLOSE:
        return Cause("sign", f"the sign is wrong{where}: the gradient is -1 times the right one")
    sizes = _sizes(e)
    for n, what in sizes:
        for sign, word in ((1, ""), (-1, ", and the sign is wrong")):
            if abs(c * sign - n) < CLOSE * n:
                return Cause(
                    "missing-mean",
                    f"1/{n} is missing{where} (a mean over {what}): the gradient is {n} times too large{word}",
                )
            if abs(c * sign * n - 1) < CLOSE:
                return Cause(
                    "extra-mean",
                    f"divided by {n} ({what}){where} where the function is not: the gradient is 1/{n} of the right one{word}",
                )
    for value, text in (
        (2, "2"),
        (0.5, "1/2"),
        (3, "3"),
        (1 / 3, "1/3"),
        (4, "4"),
        (0.25, "1/4"),
        (-2, "-2"),
        (-0.5, "-1/2"),
    ):
        if abs(c - value) < CLOSE * abs(value):
            return Cause("factor", f"off by a factor {text}{where}")
    return Cause("factor", f"off by a constant factor {c:.6g}{where}")


def _sizes(e: Evidence) -> Iterator[tuple[int, str]]:
    """Sizes by which a mean might divide, with their names; 2 is a factor of its own before it is a size."""
    s = e.subject
    found: dict[int, str] = {}
    for k, shape in enumerate(s.code.point):
        for axis, n in enumerate(shape.shape):
            found.setdefault(n, f"axis {axis} of input {k}")
        if shape.ndim > 1:
            found.setdefault(shape.size, f"all entries of input {k}")
    for out in s.code.shapes:
        for axis, n in enumerate(out):
            found.setdefault(n, f"axis {axis} of the output")
        found.setdefault(int(np.prod(out)), "all outputs")
    return iter([(n, what) for n, what in sorted(found.items()) if n > 2])


# ---------------------------------------------------------------------- terms of the formula


def _terms(e: Evidence, stated: Formula | None, names: Sequence[str]) -> Cause | None:
    """Coefficients of the terms of the derivative of a scalar formula, by least squares."""
    if stated is None or stated.term.type.shape or e.subject.middle.size != 1 or not e.whole:
        return None
    import derive
    from derive.printing import text as plain
    from derive.testing.formula import Formula

    name = names[e.subject.place]
    declared = "; ".join(map(str, stated.symbols))
    result = derive.gradient(stated.text, wrt=name, given=declared, check=False)
    values = dict(zip(names, e.subject.code.exact, strict=True))
    terms, columns = list(_summands(result.tree)), []
    for sign, tree in terms:
        formula = Formula(plain(tree), None, declared)
        value = formula.value({n: values[n] for n in names})
        columns.append(sign * np.broadcast_to(value, e.shape).ravel())
    if not 1 < len(terms) <= 6 or len(terms) > len(e.indices):
        return None
    matrix = np.stack(columns, axis=1)
    target = e.claimed[0] / e.subject.cotangents[0, 0]
    found, _, rank, _ = np.linalg.lstsq(matrix, target, rcond=None)
    if rank < len(terms) or np.abs(matrix @ found - target).max() > CLOSE * (np.abs(target).max() + 1e-300):
        return None
    for (_, tree), c in zip(terms, found, strict=True):
        if abs(c - 1) > CLOSE:
            return _named_term(plain(tree), float(c))
    return None


def _named_term(text: str, c: float) -> Cause:
    if abs(c) < CLOSE:
        return Cause("dropped-term", f"the term `{text}` is missing")
    if abs(c + 1) < CLOSE:
        return Cause("sign-of-term", f"the sign of the term `{text}` is wrong")
    return Cause("factor-of-term", f"the term `{text}` is off by a factor {c:.6g}")


def _summands(tree: Any, sign: int = 1) -> Iterator[tuple[int, Any]]:
    if tree.head in ("add", "sub"):
        yield from _summands(tree.args[0], sign)
        yield from _summands(tree.args[1], sign if tree.head == "add" else -sign)
    elif tree.head == "neg":
        yield from _summands(tree.args[0], -sign)
    else:
        yield sign, tree


# ---------------------------------------------------------------------- where entries went


def _moved(e: Evidence) -> Cause | None:
    """Transposed, flipped, shifted, summed."""
    if not e.whole or e.size == 0:
        return None
    t = e.true.reshape(len(e.true), *e.shape)
    axes = range(len(e.shape))
    for a in axes:
        for b in range(a):
            swapped = np.swapaxes(t, a + 1, b + 1)
            if e.explains(swapped.reshape(e.true.shape)):
                what = (
                    "the gradient is transposed"
                    if len(e.shape) == 2
                    else f"axes {b} and {a} of the gradient are swapped"
                )
                return Cause("transposed", what)
    for a in axes:
        if e.explains(np.flip(t, a + 1).reshape(e.true.shape)):
            return Cause("flipped", f"the gradient is reversed along axis {a}")
        for k in range(1, e.shape[a]):
            if e.explains(np.roll(t, k, a + 1).reshape(e.true.shape)):
                return Cause(
                    "shifted",
                    f"the gradient is shifted by {k if 2 * k <= e.shape[a] else k - e.shape[a]} along axis {a}",
                )
        for what, total in (("sum", t.sum(a + 1, keepdims=True)), ("mean", t.mean(a + 1, keepdims=True))):
            if e.shape[a] > 1 and e.explains(np.broadcast_to(total, t.shape).reshape(e.true.shape)):
                return Cause("summed-axis", f"every entry holds the {what} of the gradient over axis {a}")
    return None


def _once_more(e: Evidence) -> Cause | None:
    """Entry by entry the right gradient times an input, or its inverse or square."""
    s = e.subject
    for k, other in enumerate(s.code.exact):
        if k not in s.code.moving:
            continue
        try:
            factor = np.broadcast_to(other, e.shape).ravel()[e.indices]
        except ValueError:
            continue
        for text, f in (("multiplied by", factor), ("divided by", 1 / factor)):
            if np.isfinite(f).all() and np.ptp(f) > CLOSE and e.explains(e.true * f):
                return Cause("extra-factor", f"{text} input {k} once too often")
    return None


def _ignored_input(e: Evidence, itself: bool) -> Cause | None:
    """An input that the right gradient depends on, and the claimed one does not."""
    s = e.subject
    for k in [s.place] if itself else [k for k in s.code.moving if k != s.place]:
        a = s.code.exact[k]
        if not a.size:
            continue
        point = list(s.code.point)
        point[k] = (a + 0.1 * lines.dense(a, np.random.default_rng(1))).astype(s.code.dtype)
        claimed = s.code.gradients(s.cotangents[0], point)[s.place]
        s.code.value()
        if claimed is None or np.abs(claimed.ravel() - s.gradients[0]).max() > 1e-12 * e.size:
            continue
        true = s.elsewhere(point, [int(i) for i in e.indices[:8]])
        if np.abs(true - e.true[:, :8]).max() > 1e-3 * e.size:
            what = "its own value" if itself else f"input {k}"
            return Cause("ignores-input", f"the gradient does not depend on {what}, and the right one does")
    return None


def _turned_operand(e: Evidence) -> Cause | None:
    """Right for the case that some inputs had two axes swapped: they are transposed once too often, or once too little."""
    s = e.subject
    pairs: dict[tuple[int, int], list[int]] = {}
    for k in s.code.moving:
        shape = s.code.point[k].shape
        for b in range(len(shape)):
            for a in range(b):
                if shape[a] == shape[b] > 1:
                    pairs.setdefault((a, b), []).append(k)
    some = [int(i) for i in e.indices[:8]]
    for (a, b), places in pairs.items():
        for count in range(1, min(3, len(places)) + 1):
            for swapped in combinations(places, count):
                point = [np.swapaxes(x, a, b) if k in swapped else x for k, x in enumerate(s.code.point)]
                if np.abs(s.elsewhere(point, some) - e.claimed[:, : len(some)]).max() <= e.tolerance.max():
                    which = " and ".join(f"input {k}" for k in swapped)
                    return Cause(
                        "transposed-operand",
                        f"right if axes {a} and {b} of {which} were swapped: transposed once too often",
                    )
    return None


def shape_cause(got: tuple[int, ...], wanted: tuple[int, ...], outputs: Sequence[tuple[int, ...]]) -> Cause:
    """What a gradient of the wrong shape tells."""
    if len(got) > 1 and sorted(got) == sorted(wanted):
        return Cause("transposed", "the axes of the gradient are in another order")
    if got in outputs and len(got) >= len(wanted):
        return Cause(
            "missing-sum",
            "it has the shape of the output: what was broadcast in the function has to be summed in the gradient",
        )
    if len(got) < len(wanted) or int(np.prod(got)) < int(np.prod(wanted)):
        return Cause("summed-axis", "an axis of the input is summed away")
    if len(got) == len(wanted):
        axis = next(k for k, (m, n) in enumerate(zip(got, wanted, strict=True)) if m != n)
        return Cause(
            "wrong-size",
            f"axis {axis} has size {got[axis]} instead of {wanted[axis]}: the size of another axis, or padding, is used for it",
        )
    return Cause("missing-sum", "an axis that the input does not have is not summed")


def _pattern(e: Evidence) -> Cause | None:
    """Both Jacobians, where they are small."""
    s = e.subject
    m, n = s.middle.size, s.x.size
    if n > MOST_INPUTS or m > MOST_OUTPUTS or not e.whole:
        return None
    true = s.jacobian()
    rows = [s.code.gradients(g)[s.place] for g in np.eye(m)]
    s.code.value()
    claimed = np.stack([r.ravel() for r in rows if r is not None])
    bars = 10 * np.max(s.noise, initial=0.0) / np.maximum(lines.scales(s.x).ravel(), 1e-300) * 1e3
    return jacobian_cause(true, claimed, s.x, s.code.shapes, bars) if claimed.shape == true.shape else None


# ---------------------------------------------------------------------- what is left over


def _left_over(e: Evidence) -> Cause | None:
    """What is claimed less what is right, divided by a guess, is the same along an axis: a mean, or a term along an input."""
    if not e.whole or not e.shape:
        return None
    left = (e.claimed - e.true).reshape(len(e.true), *e.shape)
    for guess, code, text in _guesses(e):
        with np.errstate(all="ignore"):
            ratio = left / guess
        if not np.isfinite(ratio).all():
            continue
        for axis, n in enumerate(e.shape):
            spread = np.ptp(ratio, axis=axis + 1).max(initial=0.0)
            if n > 2 and spread <= 1e-5 * np.abs(ratio).max(initial=0.0):
                return Cause(code, text.format(axis=axis, n=n))
    return None


def _guesses(e: Evidence) -> Iterator[tuple[Array, str, str]]:
    s = e.subject
    x = s.x
    yield (
        np.ones(e.shape),
        "mean-term",
        "off by a term that is constant along axis {axis}: that of a mean or sum over its {n} entries (is 1/{n} there?)",
    )
    yield x, "variance-term", "off by a term in proportion to the input along axis {axis}: that of a norm or variance"
    yield (
        x - x.mean(),
        "variance-term",
        "off by a term in proportion to the centred input along axis {axis}: that of a variance",
    )
    for k, other in enumerate(s.code.exact):
        if k == s.place or k not in s.code.moving or not other.size:
            continue
        try:
            w = np.broadcast_to(other, e.shape)
        except ValueError:
            continue
        twice = f"a term has input {k} once too often: it is off by (input {k} - 1) of itself along axis {{axis}}"
        yield (w - 1) * x, "extra-factor", twice
        yield w - 1, "extra-factor", twice
        yield w * x, "extra-term", f"off by a term in proportion to input times input {k} along axis {{axis}}"


def _region(e: Evidence) -> Cause | None:
    """Wrong at just those entries that have something in common."""
    wrong = (np.abs(e.claimed - e.true) > e.tolerance).any(axis=0)
    if wrong.all() or not wrong.any():
        return None
    if not e.true[:, wrong].any():
        return Cause(
            "mask-missing",
            "wrong at just those entries that the function does not depend on: a mask or an overwritten value is not seen",
        )
    if not e.claimed[:, wrong].any():
        return Cause("lost-contribution", f"zero at {int(wrong.sum())} entries that the function depends on")
    for where, text in _regions(e):
        if where.any() and np.array_equal(wrong, wrong & where) and not (where & ~wrong & e.true.any(axis=0)).any():
            c = _ratio(e.claimed[:, wrong], e.true[:, wrong])
            more = "" if c is None else f", by a factor {c:.6g}"
            return Cause("wrong-branch", f"wrong at just those entries {text}{more}")
    return None


def _regions(e: Evidence) -> Iterator[tuple[Array, str]]:
    yield e.x < 0, "where the input is negative"
    yield e.x > 0, "where the input is positive"
    yield e.x == 0, "where the input is 0"
    for axis, at in enumerate(np.unravel_index(e.indices, e.shape) if e.shape else ()):
        yield at == 0, f"that are first on axis {axis}"
        yield at == e.shape[axis] - 1, f"that are last on axis {axis}"
        yield at > 0, f"that are not first on axis {axis}"
    for limit in np.quantile(np.abs(e.x), (0.25, 0.5, 0.75)):
        yield np.abs(e.x) > limit, f"where the input is larger than {limit:.3g}"


def _ratio(claimed: Array, true: Array) -> float | None:
    square = float((true**2).sum())
    c = float((claimed * true).sum()) / square if square else 0.0
    return c if square and np.abs(claimed - c * true).max() <= CLOSE * np.abs(claimed).max() else None
