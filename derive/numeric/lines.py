"""Does a line of a derivation hold: `df = 2*r'*d(r)` with r = X*w - y?

One idea: along a random direction every differential is a difference quotient of what it is the differential of, so a line is an equation
between numbers. It does not know by which rule the line was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.finding import DomainError, Finding
from derive.numeric.ball import BALLS, precision
from derive.numeric.differences import bits_for, directional
from derive.numeric.dimensions import Dimensions, symbols_of
from derive.numeric.evaluate import evaluate
from derive.numeric.sampling import direction, draw, in_balls, strategy_of
from derive.numeric.structures import Entries
from derive.numeric.validate import ATTEMPTS, DIGITS
from derive.numeric.world import OutOfDomain
from derive.term import Symbol, Term


def line_holds(f: Term, line: Term, parts: Mapping[str, Term], targets: Sequence[Symbol], seed: int = 0) -> bool:
    """Whether `line`, with the symbol `name` standing for the differential of `parts[name]`, is the differential of f.

    Differentials are taken along one random direction of the targets, at one point. Raises DomainError (`no-point-in-domain`).
    """
    known = symbols_of(f, *parts.values())
    symbols = (*known, *[s for s in symbols_of(line) if s.name not in parts and s not in known])
    symbols += tuple([t for t in targets if t.name not in {s.name for s in symbols}])
    dimensions = Dimensions((f, line, *parts.values()), symbols)
    for attempt in range(ATTEMPTS):
        sizes = dimensions.choose(seed + attempt // 4, drawn=attempt >= 4)
        number = seed + 1009 * attempt
        point = draw(symbols, sizes, number, strategy_of(attempt))
        entries = Entries(number + 500)
        along = {t.name: direction(point[t.name].shape, entries) for t in targets}
        try:
            values = {name: directional(part, targets, [along], point, sizes) for name, part in parts.items()}
            want = directional(f, targets, [along], point, sizes)
            with precision(bits_for(1)):
                got = evaluate(line, {**in_balls(point), **values}, sizes, BALLS)
                scale = max([float(abs(x).mid()) for x in (*want.entries, *got.entries)] or [1.0])
                bound = max(scale, 1e-3) * 10.0**-DIGITS
                if len(got.entries) != len(want.entries):
                    return False
                return all(abs(a - b) < bound for a, b in zip(got.entries, want.entries, strict=True))
        except OutOfDomain:
            continue
    raise DomainError(
        Finding("no-point-in-domain", "no point was found where the lines of the derivation have a value")
    )
