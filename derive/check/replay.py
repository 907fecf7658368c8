"""A counterexample for a reader: small values, both sides, and NumPy source that computes them again.

One idea: the source is written by `derive.codegen` from the very terms that were refuted; a derivative in them becomes a central difference of
the function, so that a reader needs nothing but NumPy to see it fail.
"""

from __future__ import annotations

from typing import Any

from derive.check.ladder import Judgement
from derive.check.shrinking import shown, shrunk
from derive.check.trial import values as sides
from derive.check.verdict import Counterexample
from derive.claims import Claim
from derive.numeric.dimensions import symbols_of


def counterexample_of(judged: Judgement, text: str) -> Counterexample:
    """The counterexample of a refuted claim, as small as it was found, confirmed where it is shown."""
    assert judged.place is not None
    assert judged.trial is not None
    place, trial = shrunk(judged.claim, judged.ground, judged.place, judged.trial)
    mentioned = {s.name for s in symbols_of(*judged.claim.terms)}
    values = [(name, shown(value)) for name, value in place.point.items() if name in mentioned or not mentioned]
    left, right = sides(judged.claim, place)
    return Counterexample(
        tuple(place.sizes.items()),
        tuple(values),
        shown(left),
        None if right is None else shown(right),
        trial.entry,
        trial.exact,
        text,
        snippet_of(judged.claim, values, text),
    )


def snippet_of(claim: Claim, values: list[tuple[str, Any]], text: str) -> str:
    """NumPy source that prints both sides at the values; "" where the sides have no NumPy source."""
    from derive.codegen import numpy_source

    if any(node.head in ("derivative", "differential") for term in claim.terms for node in term.walk()):
        return ""
    try:
        parts = [
            numpy_source(term, symbols_of(term), name=name)
            for term, name in zip(claim.terms, ("left", "right"), strict=False)
        ]
    except (ValueError, KeyError):
        return ""
    lines = [f"# {text}", "import numpy as np", ""]
    lines += [
        "\n".join(line for line in part.splitlines() if not line.startswith("import numpy")).strip() + "\n\n"
        for part in parts
    ]
    lines += [f"{name} = {_literal(value)}" for name, value in values]
    for term, name in zip(claim.terms, ("left", "right"), strict=False):
        arguments = ", ".join(s.name for s in symbols_of(term))
        lines.append(f"print({name}({arguments}))")
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"np.array({_bare(value)})"
    return _bare(value)


def _bare(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_bare, value)) + "]"
    return str(value)
