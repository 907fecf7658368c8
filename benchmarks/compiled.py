"""Compiled derivatives beside the closed form written by hand, JAX and PyTorch, in one run: `python benchmarks/compiled.py`.

float64, one core, medians of the processor time of turns that ours and each contender take on the same numbers; every result is a fresh array and is held
against the closed form. Where JAX or PyTorch is not installed its columns stay empty. `--markdown FILE` writes the table, `--json FILE`
the numbers, `--readme FILE` puts the table between the markers of a document. Exit code 1 if a value is wrong; goals that are missed are listed.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is loaded
os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"
if hasattr(os, "sched_setaffinity"):  # one core for everything that this process starts
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import argparse  # noqa: E402
import gc  # noqa: E402
import json  # noqa: E402
import math  # noqa: E402
import platform  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterator, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, NamedTuple  # noqa: E402

import numpy as np  # noqa: E402

TOP = Path(__file__).parent.parent
sys.path[:0] = [str(TOP), str(Path(__file__).parent)]  # the checkout, not what happens to be installed

from compiled_peers import Jax, Torch, installed  # noqa: E402
from compiled_rows import Row, rows  # noqa: E402

import derive  # noqa: E402
from derive.codegen.evaluate import _compiled as sources  # noqa: E402
from derive.compiled.order import best  # noqa: E402
from derive.compiled.plan import written  # noqa: E402

AGREE = 1e-10
MARKERS = ("<!-- compiled: begin -->", "<!-- compiled: end -->")
TURNS = 41  # at most
SLOW = 3.0  # seconds
Call = Callable[[], Any]


class Measured(NamedTuple):
    """One row: seconds for a call, by contender; seconds from text to callable; the largest relative difference of a value."""

    name: str
    size: str
    group: str
    kind: str
    tags: tuple[str, ...]
    pairs: dict[str, tuple[float, float]]  # contender -> seconds of ours and of its call, taken in turns
    ready: float
    first: dict[str, float]
    error: float

    def times(self, contender: str) -> float | None:
        """How many times as long as ours the contender takes."""
        found = self.pairs.get(contender)
        return None if found is None else found[1] / found[0]

    def seconds(self, contender: str) -> float | None:
        found = self.pairs.get(contender)
        return None if found is None else found[1]

    @property
    def ours(self) -> float:
        """Seconds of our call, beside the closed form."""
        return self.pairs["hand"][0]

    @property
    def ratio(self) -> float:
        """Our time over that of the closed form."""
        return self.pairs["hand"][0] / self.pairs["hand"][1]


# ---------------------------------------------------------------------- measuring


def seconds(call: Call) -> float:
    """Processor time of a call, all threads of this process on its one core: what others do on the machine is not counted."""
    start = time.process_time()
    call()
    return time.process_time() - start


def repeated(call: Call, count: int) -> Call:
    def many() -> None:
        for _ in range(count):
            call()

    return many


def paired(ours: Call, theirs: Call, budget: float) -> tuple[float, float]:
    """Seconds of one call of each of two, medians of turns that they take in changing order.

    Every turn begins with calls that are not counted, so that each finds its numbers where it left them and not where the other one's work
    has put them; a contender that takes longer than three seconds is timed once, its first call having warmed it.
    """
    once = [seconds(ours), seconds(theirs)]
    if once[1] > SLOW:
        return statistics.median(turn(ours, once[0]) for _ in range(5)), once[1]
    best = [min(once[0], seconds(ours)), min(once[1], seconds(theirs))]
    spent: tuple[list[float], list[float]] = ([], [])
    gc.disable()
    start, k = time.perf_counter(), 0
    while k < 5 or (k < TURNS and time.perf_counter() - start < budget):
        for which in (0, 1) if k % 2 else (1, 0):
            if best[which] < budget / 4 or k < 3:
                spent[which].append(turn((ours, theirs)[which], best[which]))
        k += 1
    gc.enable()
    return statistics.median(spent[0]), statistics.median(spent[1])


def turn(call: Call, once: float) -> float:
    """Seconds of one call, the clock being read around as many as it needs; calls before it are not counted."""
    count = max(1, min(1000, int(3e-4 / once)))
    for _ in range(2 if once < 0.02 else once < 0.3):
        call()
    return seconds(repeated(call, count)) / count


def ready(row: Row) -> float:
    """Milliseconds from text to callable, the engine being warm; its plan, orders and source are forgotten before. The best of five."""

    def once() -> None:
        for known in (written.cache_clear, best.cache_clear, sources.clear):
            known()
        getattr(derive, row.kind)(row.expression, row.wrt, row.given, check=False).compile(structured=row.structured)

    return 1e3 * min(seconds(once) for _ in range(5))


def measured(row: Row, peers: dict[str, Any], budget: float) -> Measured:
    function = getattr(derive, row.kind)(row.expression, row.wrt, row.given, check=False).compile(
        structured=row.structured
    )
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    arguments = {name: row.values[name] for name in names if name in row.values}
    calls: dict[str, Call] = {"derive": lambda: function(**arguments), "hand": lambda: row.hand(row.values)}
    first = {"derive": 1e3 * seconds(calls["derive"])}
    value, wanted = calls["derive"](), row.hand(row.values)
    value = value.parts[0] if row.structured else value
    errors = [difference(value, wanted)]
    for name, peer in peers.items():
        call = peer.call(row)
        if call is None:
            continue
        calls[name] = call
        start = time.perf_counter()
        found = peer.array(call())
        first[name] = 1e3 * (time.perf_counter() - start)
        if not row.structured:
            errors.append(difference(found, wanted))
        del found
    if row.tags == ("logistic",):
        X = row.values["X"]
        calls["bound"] = lambda: X.T @ X
    ours = calls.pop("derive")
    pairs = {name: paired(ours, call, budget) for name, call in calls.items()}
    return Measured(row.name, row.size, row.group, row.kind, row.tags, pairs, ready(row), first, max(errors))


def difference(a: Any, b: Any) -> float:
    """The largest difference over the largest entry."""
    if a.shape != b.shape:
        return math.inf
    return float(np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-300))


# ---------------------------------------------------------------------- what it shows


def geometric(found: Sequence[float | None]) -> float:
    values = [math.log(x) for x in found if x is not None]
    return math.exp(statistics.fmean(values)) if values else math.nan


class Goal(NamedTuple):
    text: str
    wanted: str
    found: str
    ok: bool
    reason: str = ""  # why it may be missed

    @property
    def verdict(self) -> str:
        return "reached" if self.ok else f"**missed**{': ' + self.reason if self.reason else ''}"


NOISE = "in runs behind each other on a shared machine such rows vary by a fifth"
PYTHON = "the normal forms of the derivative and the order of up to 30 products are found in Python"


def at_least(text: str, wanted: float, found: float, reason: str = NOISE) -> Goal | None:
    if math.isnan(found):
        return None
    return Goal(text, f"≥ {wanted:g} ×", f"{found:.3g} ×", found >= wanted, reason)


def goals(done: Sequence[Measured]) -> list[Goal]:
    """The goals that this run can judge."""
    second = [m for m in done if m.group == "second"]
    first = [m for m in done if m.group == "gradient"]
    slow = [m for m in done if m.ratio > 1.10]
    worst = max((m.ratio for m in done), default=math.nan)
    named = ", ".join(f"{m.name} {m.kind} {m.size} ({m.ratio:.2f})" for m in slow)
    found: list[Goal | None] = [
        Goal(
            "against the closed form by hand, every row",
            "≤ 1.10 ×",
            f"{worst:.2f} × at most{'; above: ' + named if named else ''}",
            not slow,
            NOISE,
        ),
        at_least("JAX, Hessians and Jacobians, geometric mean", 12, geometric([m.times("JAX") for m in second])),
        at_least(
            "the same without matrix factorisation",
            5.5,
            geometric([m.times("JAX") for m in second if "factorisation" not in m.tags]),
        ),
        at_least(
            "PyTorch, Hessians and Jacobians, geometric mean", 85, geometric([m.times("PyTorch") for m in second])
        ),
        at_least("JAX, gradients, geometric mean", 1.5, geometric([m.times("JAX") for m in first])),
        at_least("PyTorch, gradients, geometric mean", 2.5, geometric([m.times("PyTorch") for m in first])),
    ]
    blas = [(x, m) for m in first if "blas" in m.tags for p in ("JAX", "PyTorch") if (x := m.times(p)) is not None]
    if blas:
        least, m = min(blas, key=lambda pair: pair[0])
        found.append(
            Goal(
                "gradients bound by BLAS, every row",
                "≥ 0.9 ×",
                f"{least:.2f} × at least ({m.name} {m.size})",
                least >= 0.9,
            )
        )
    found += list(_single(done))
    slowest = max(done, key=lambda m: m.ready)
    median = statistics.median(m.ready for m in done)
    found.append(Goal("text to callable, median of the rows", "≤ 2 ms", f"{median:.2g} ms", median <= 2))
    late = dict.fromkeys(f"{m.name} {m.kind}" for m in done if m.ready > 2)
    shown = f"at most {slowest.ready:.2g} ms{'; above: ' + ', '.join(late) if late else ''}"
    found.append(Goal("text to callable, every row", "≤ 2 ms", shown, not late, PYTHON))
    worst_error = max(done, key=lambda m: m.error)
    found.append(Goal("values", "≤ 1e-10", f"{worst_error.error:.1e} ({worst_error.name})", worst_error.error <= AGREE))
    return [g for g in found if g is not None]


def _single(done: Sequence[Measured]) -> Iterator[Goal | None]:
    """Goals about single rows."""
    for m in done:
        jax = m.times("JAX")
        what = f"{m.name} {m.kind}, {m.size}"
        if "quadratic" in m.tags and m.group == "second" and jax is not None:
            wanted = {"n = 500": 50, "n = 1000": 50, "n = 2000": 100}.get(m.size)
            yield at_least(f"JAX, {what}", wanted, jax) if wanted else None
        if "factorisation" in m.tags and "masked" not in m.name and m.size == "200×5" and jax is not None:
            yield at_least(f"JAX, {what}", 50_000 if m.group == "structured" else 1000, jax)
        if m.tags == ("logistic",):
            bound = 1 / (m.times("bound") or math.nan)
            if jax is not None and not m.size.endswith("×100"):
                reason = f"X'X alone, the bound, is {jax * bound:.3g} × as fast as JAX"
                yield at_least(f"JAX, {what}", 4, jax, reason)
            yield Goal(f"time of X'X, {what}", "≤ 1.5 ×", f"{bound:.2f} ×", bound <= 1.5)


def shown(t: float | None) -> str:
    if t is None:
        return "–"
    return f"{1e6 * t:.1f} µs" if t < 1e-3 else f"{1e3 * t:.1f} ms" if t < 1 else f"{t:.2f} s"


def times(x: float | None) -> str:
    return "–" if x is None else f"{x:.2f}" if x < 10 else f"{x:,.0f}"


def table(done: Sequence[Measured]) -> str:
    """The rows and the goals, as Markdown."""
    lines = [machine(), ""]
    lines += [
        "| derivative | size | derive | by hand | derive / hand | JAX | JAX / derive | PyTorch | PyTorch / derive |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for m in done:
        t = m.seconds
        cells = [
            f"{m.name}, {m.kind}", m.size, shown(m.ours), shown(t("hand")), f"{m.ratio:.2f}",
            shown(t("JAX")), times(m.times("JAX")), shown(t("PyTorch")), times(m.times("PyTorch")),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "| goal | wanted | found | |", "|---|---|---|---|"]
    lines += [f"| {g.text} | {g.wanted} | {g.found} | {g.verdict} |" for g in goals(done)]
    return "\n".join(lines) + "\n"


def into(document: str, text: str) -> str:
    """A document with the table between its markers. Raises ValueError when it has none."""
    before, begin, rest = document.partition(MARKERS[0])
    _, end, after = rest.partition(MARKERS[1])
    if not begin or not end:
        raise ValueError(f"the document has no lines {MARKERS[0]} and {MARKERS[1]}")
    return f"{before}{begin}\n\n{text}\n{end}{after}"


def machine() -> str:
    """The machine and the versions, in one sentence."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[index]
    versions = [
        f"Python {platform.python_version()}",
        f"NumPy {np.__version__} with {blas['name']} {blas['version']}",
        *installed(),
    ]
    return f"One core of an {cpu} ({sys.platform}), float64, medians of processor time; {', '.join(versions)}."


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", help="only rows whose name has one of these words")
    options.add_argument("--budget", type=float, default=0.6, help="seconds for each contender of a row")
    options.add_argument("--markdown", type=Path, help="a file for the table")
    options.add_argument("--readme", type=Path, help="a document whose markers take the table between them")
    options.add_argument("--json", type=Path, help="a file for the numbers")
    options.add_argument("--without", action="append", default=[], choices=["JAX", "PyTorch"], help="leave a peer out")
    given = options.parse_args()
    peers = {p.name: p for p in (Jax, Torch) if p.name not in given.without and p.available()}
    peers = {name: p() for name, p in peers.items()}
    done = []
    for row in rows(np.random.default_rng(0)):
        if given.names and not any(word in row.name for word in given.names):
            continue
        m = measured(row, peers, given.budget)
        done.append(m)
        print(
            f"{m.name:34} {m.kind:9} {m.size:14} {shown(m.ours):>9} hand {shown(m.seconds('hand')):>9} {m.ratio:5.2f}"
            f" JAX {times(m.times('JAX')):>8} PyTorch {times(m.times('PyTorch')):>8} ready {m.ready:5.1f} ms  error {m.error:.0e}",
            flush=True,
        )
    text = table(done)
    print("\n" + text)
    if given.markdown:
        given.markdown.write_text(text, encoding="utf-8")
    if given.readme:
        given.readme.write_text(into(given.readme.read_text("utf-8"), text), encoding="utf-8")
    if given.json:
        given.json.write_text(json.dumps([m._asdict() for m in done], indent=1), encoding="utf-8")
    return 0 if all(m.error <= AGREE for m in done) else 1


if __name__ == "__main__":
    sys.exit(main())
