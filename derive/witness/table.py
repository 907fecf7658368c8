"""The table of the three witnesses: one row a layer, the largest relative error of each witness.

One idea: a row holds when every witness that was heard agrees within its own precision: the engine and PyTorch to 1e-10, differences to 1e-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from derive.nn import differences
from derive.nn.differences import relative_error
from derive.nn.expect import Array
from derive.witness import cases, images, losses, peers
from derive.witness.case import Case

SYMBOLIC, PYTORCH = 1e-10, 1e-10
DIFFERENCES = 1e-8  # of fourth order with h = 2⁻⁹: they leave h⁴ = 1.5e-11 times a fifth derivative


class Row(NamedTuple):
    """The errors of a layer's gradients; None where a witness is not installed."""

    name: str
    formula: str
    symbolic: float
    differences: float
    torch: float | None

    @property
    def holds(self) -> bool:
        """Whether every witness agrees. An error that is no number does not."""
        peer = self.torch is None or self.torch <= PYTORCH
        return self.symbolic <= SYMBOLIC and self.differences <= DIFFERENCES and peer


def every_case(seed: int = 0) -> list[Case]:
    """All cases, the same for the same seed."""
    rng = np.random.default_rng(seed)
    return [*cases.cases(rng), *images.cases(rng), *losses.cases(rng)]


def witnessed(seed: int = 0) -> Iterator[Row]:
    """A row for every layer, as it is done."""
    heard = find_spec("torch") is not None
    for case in every_case(seed):
        rng = np.random.default_rng(seed)
        apart = max(differences.check(case.layer, case.x, rng).values())
        yield Row(
            case.name, case.formula, symbolic(case), apart, peers.error(case.layer, case.x, case.g) if heard else None
        )


def symbolic(case: Case) -> float:
    """The largest relative error of the layer's value, and of its gradients, against the stated formula and the engine's derivatives of it."""
    value = np.asarray((case.g * case.layer.forward(case.x)).sum())
    slopes = [relative_error(claim, engine(case, name)) for name, claim in case.claims.items()]
    return max(relative_error(value, stated(case)), *slopes)


def stated(case: Case) -> Array:
    """The formula's value at the point of the case."""
    from derive.codegen import evaluate_numpy
    from derive.infer import infer
    from derive.syntax import parse, parse_declarations

    known = infer([parse(case.formula)], parse_declarations(case.given))
    symbols = [symbol for symbol in known.symbols if symbol.name in case.point]
    point = {symbol.name: case.point[symbol.name] for symbol in symbols}
    return np.asarray(evaluate_numpy(known.terms[0], symbols, point))


def engine(case: Case, name: str) -> Array:
    """The engine's gradient of the formula by one symbol, evaluated at the point of the case."""
    import derive

    result = derive.gradient(case.formula, wrt=name, given=case.given)
    wanted = {declared.name for declared in result.given}
    return np.asarray(result.evaluate(**{n: a for n, a in case.point.items() if n in wanted}))
