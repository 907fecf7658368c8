"""The message of a failed assert: at most fifteen lines that say where, what, why, and how to see it again.

One idea: the first line says what is wrong of which input; then entries with what was got and expected, the cause, the seed and a line to reproduce it. It computes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from derive.testing.outcome import INCONCLUSIVE, NON_FINITE, NOT_DETERMINISTIC, SHAPE, Report, Spot

MOST = 15


def message(report: Report) -> str:
    """The report in words."""
    out = [_headline(report)]
    if report.reason and report.reason not in out[0] and report.spots:
        out.append(f"  {report.reason}")
    if report.case:
        out.append(f"  with {report.case}, made from the formula")
    out += [_spot(report, spot) for spot in report.spots[:3]]
    wrong, looked = report.wrong_entries
    if wrong > len(report.spots[:3]):
        out.append(f"  {wrong} of the {looked} entries looked at are wrong")
    if report.cause is not None:
        out.append(f"  likely cause [{report.cause.code}]: {report.cause.text}")
    out += [f"  note: {note}" for note in report.notes[:3]]
    out.append(f"  seed {report.seed}; to see it again: {report.replay or _replay(report)}")
    return "\n".join(line[:400] for line in out[:MOST])


def details(report: Report) -> Iterator[str]:
    """What the message leaves out: all that was measured."""
    yield f"{report.outcome}: {report.input or 'all inputs'}{f', shape {report.shape}' if report.shape else ''}"
    yield from (_spot(report, spot).strip() for spot in report.spots)
    if report.cause is not None:
        yield f"likely cause: {report.cause.code}"
    yield from report.notes
    yield f"forward was called {report.calls[0]} times, backward {report.calls[1]} times; seed {report.seed}"


def _headline(report: Report) -> str:
    word = "of" if report.what == "gradient" else "by"
    where = f" {word} {report.input}" if report.input and report.input != "the value" else ""
    shape = f", shape {report.shape}," if report.shape else ""
    if report.outcome == INCONCLUSIVE:
        return f"not decided: the {report.what}{where}: {report.reason}"
    if report.outcome == SHAPE:
        return f"the {report.what}{where} has the wrong shape: {report.reason}"
    if report.outcome == NOT_DETERMINISTIC:
        return f"not deterministic{where}: {report.reason}"
    if report.input == "the value":
        return f"{report.reason}"
    if report.outcome == NON_FINITE:
        return f"the {report.what}{where}{shape} is not finite"
    if not report.spots:
        return f"the {report.what}{where}{shape} is wrong: {report.reason}"
    return f"the {report.what}{where}{shape} is wrong: {_off(report.spots[0])}"


def _off(spot: Spot) -> str:
    gap = max(abs(spot.got - spot.expected) - spot.half, 0.0)
    if abs(spot.expected) <= 3 * spot.error + spot.half:
        return f"off by {gap:.3g}"
    relative = gap / abs(spot.expected)
    if not math.isfinite(relative):
        return "off by more than can be said"
    return f"off by {100 * relative:.3g} %" if relative >= 1e-4 else f"off by {relative:.1e} of it"


def _spot(report: Report, spot: Spot) -> str:
    at = f"[{', '.join(map(str, spot.at))}]" if spot.at else ""
    name = f"inputs[{report.input[6:]}]" if report.input.startswith("input ") else report.input
    if report.what != "gradient":
        name = f"{report.what.lower()}"
    bar = f" ± {spot.error:.0e}" if spot.error else ""
    if spot.half:
        low, high = spot.expected - spot.half, spot.expected + spot.half
        return f"  {name}{at}: got {spot.got:.9g}, expected between {low:.9g} and {high:.9g} (a kink)"
    return f"  {name}{at}: got {spot.got:.9g}, expected {spot.expected:.9g}{bar}"


def _replay(report: Report) -> str:
    if report.case:
        return f"assert_backward(forward, backward, formula=…, seed={report.seed})"
    return f"assert_backward(forward, backward, inputs, seed={report.seed})"
