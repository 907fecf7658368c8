"""A counterexample for a reader: small values, both sides, and NumPy source that computes them again.

One idea: the source is written by `derive.codegen` from the very terms that were refuted; a derivative in them becomes a central difference of
the function, so that a reader needs nothing but NumPy to see it fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from derive.claims import Claim
from derive.finding import DeriveError
from derive.judge.ladder import Judgement
from derive.judge.shrinking import shown, shrunk
from derive.judge.trial import values as sides
from derive.judge.verdict import Counterexample
from derive.numeric.dimensions import symbols_of


def counterexample_of(judged: Judgement, text: str) -> Counterexample:
    """The counterexample of a refuted claim, as small as it was found, confirmed where it is shown."""
    assert judged.place is not None
    assert judged.trial is not None
    place, trial = shrunk(judged.claim, judged.ground, judged.place, judged.trial)
    mentioned = {s.name for s in symbols_of(*judged.ground.terms)}
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
        snippet_of(judged.claim, values, place.sizes, text),
    )


def snippet_of(claim: Claim, values: Sequence[tuple[str, Any]], sizes: Mapping[str, int], text: str) -> str:
    """NumPy source that prints both sides at the values and their difference; "" where the sides have no NumPy source."""
    from derive.codegen import numpy_script

    literals = [(name, _literal(value)) for name, value in values]
    try:
        script = numpy_script(tuple(zip(("left", "right"), claim.terms, strict=False)), literals, sizes, text)
    except (ValueError, KeyError, DeriveError):
        return ""
    if claim.right is None:
        return script + "print(left)\n"
    return script + 'print("left", left, "right", right, "difference", left - right, sep="\\n")\n'


def _literal(value: Any) -> str:
    text = _bare(value)
    if isinstance(value, list):
        return f"np.array({text}, {'complex' if 'j' in text else 'float'})"
    return text


def _bare(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_bare, value)) + "]"
    text = str(value)
    return text[:-1] + "*1j" if text.endswith("i") else text
