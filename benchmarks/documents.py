"""How long documents take: a page of about ten steps, warm, and how much faster two worker processes are than one.

usage: python benchmarks/documents.py [COUNT] [-v]      COUNT documents for the comparison, 1000 by default; -v lists the slowest pages

Goals: a page of ten steps in 150 ms, `--jobs 2` at least 1.7 times as fast as `--jobs 1`. Both runs of the comparison are made in turn, twice, and the
better of each counts, so that what else the machine does matters less.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import derive
from derive.cli.documents import Asked, checked
from derive.document.reader import format_of

DATA = Path(__file__).parents[1] / "tests" / "data"
STEPS = range(8, 15)  # of a typical page
ROUNDS = 2


def documents() -> list[Path]:
    """The documents of the tests, right and wrong."""
    found = [*(DATA / "documents").rglob("*"), *(DATA / "homework").rglob("*")]
    return sorted(p for p in found if p.is_file() and format_of(p.name))


def pages(paths: Sequence[Path]) -> list[tuple[str, int]]:
    """Markdown documents put one behind the other, each under a heading, until there are about ten steps."""
    made: list[tuple[str, int]] = []
    text, steps = "", 0
    for path in paths:
        if path.suffix != ".md":
            continue
        own = path.read_text("utf-8")
        count = len(derive.check_text(own).claims)
        if steps + count > STEPS[-1] or own.startswith("---"):
            text, steps = "", 0
            continue
        text, steps = f"{text}\n\n# {path.parent.name}\n\n{own}", steps + count
        if steps in STEPS:
            made.append((text, steps))
            text, steps = "", 0
    return made


def milliseconds(text: str) -> float:
    start = time.perf_counter()
    derive.check_text(text)
    return 1000 * (time.perf_counter() - start)


def seconds(asked: Sequence[Asked], jobs: int) -> float:
    start = time.perf_counter()
    checked(asked, jobs, None)
    return time.perf_counter() - start


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    count = numbers[0] if numbers else 1000
    paths = documents()
    typical = pages(paths)
    times = sorted((min(milliseconds(text) for _ in range(3)), steps, text) for text, steps in typical)
    print(
        f"pages of {STEPS[0]} to {STEPS[-1]} steps: {len(times)}, median {statistics.median(t for t, _, _ in times):.0f} ms, worst {times[-1][0]:.0f} ms"
    )
    if "-v" in sys.argv:
        for took, steps, text in times[:-6:-1]:
            print(f"  {took:6.0f} ms  {steps} steps: {', '.join(w for w in text.split() if w.isidentifier())[:60]}")
    texts = [(p.as_posix(), p.read_text("utf-8")) for p in paths]
    asked = [Asked(f"{k}-{texts[k % len(texts)][0]}", texts[k % len(texts)][1]) for k in range(count)]
    runs = [(seconds(asked, 1), seconds(asked, 2)) for _ in range(ROUNDS)]
    one, two = (min(run[k] for run in runs) for k in (0, 1))
    print(f"{count} documents: {one:.1f} s with one worker, {two:.1f} s with two: {one / two:.2f} times as fast")


if __name__ == "__main__":
    main()
