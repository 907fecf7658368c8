"""What probably went wrong: relations between the gradient that is claimed and the one that differences show.

One idea: a cause is a relation that is tried on the numbers and explains every entry that was looked at (a constant factor, an axis that was swapped, a term that is
missing, a cotangent that is not used); one that does not explain them all is not named. Where the code is small, both Jacobians are compared whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.testing import elsewhere, leftover, lines
from derive.testing.evidence import CLOSE, MOST_INPUTS, Evidence
from derive.testing.judging import Subject
from derive.testing.outcome import Cause
from derive.testing.patterns import factor_cause, jacobian_cause

if TYPE_CHECKING:
    from derive.testing.formula import Formula

Array = np.ndarray[Any, np.dtype[Any]]
MOST_OUTPUTS = 64


def cause_of(subject: Subject, others: Sequence[Subject], stated: Formula | None, names: Sequence[str]) -> Cause | None:
    """The first cause that explains the numbers of one input; where none does, one that explains those of another."""
    e = Evidence(subject)
    cause = _first(e, stated, names) if len(e.indices) else None
    for other in others if cause is None else ():
        if other is subject or other.x.size > MOST_INPUTS:
            continue
        seen = Evidence(other)
        cause = _first(seen, stated, names) if seen.wrong else None
        if cause is not None:
            return cause._replace(text=f"seen on input {other.place}: {cause.text}")
    return cause


def _first(e: Evidence, stated: Formula | None, names: Sequence[str]) -> Cause | None:
    """Simple relations first, for the later ones say less."""
    trials: list[Callable[[], Cause | None]] = [
        lambda: _zero(e),
        lambda: _cotangent(e),
        lambda: elsewhere.ignored_output(e),
        lambda: _factor(e),
        lambda: _terms(e, stated, names),
        lambda: _moved(e),
        lambda: _once_more(e),
        lambda: elsewhere.ignored_input(e, False),
        lambda: elsewhere.turned_operand(e),
        lambda: elsewhere.assumption(e, True),
        lambda: _pattern(e),
        lambda: leftover.left_over(e),
        lambda: elsewhere.assumption(e, False),
        lambda: leftover.region(e),
        lambda: elsewhere.ignored_input(e, True),
        lambda: elsewhere.constant_left_over(e),
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
    for k, shape in enumerate(s.code.point):
        for first in range(shape.ndim):
            for last in range(first + 2, shape.ndim + 1):
                found.setdefault(int(np.prod(shape.shape[first:last])), f"axes {first} to {last - 1} of input {k}")
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
    if claimed.shape != true.shape:
        return None
    return jacobian_cause(true, claimed, s.x, s.code.shapes, bars) or factor_cause(true, claimed, s.x, s.middle)
