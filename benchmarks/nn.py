"""derive.nn side by side with PyTorch, on one thread, in one run: `python benchmarks/nn.py`.

Each row is one forward and one backward pass on the same numbers; both sides take turns. Times are medians of processor time, which on one
thread is that of the clock unless the machine is busy; the ratio is the median of ours over theirs, round by round. Memory is the peak that Python's allocator saw during our passes, over the size of the unfolded input. Needs PyTorch; without it,
our own times alone are shown. Exit code 1 if a limit is exceeded.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is loaded

import argparse  # noqa: E402
import gc  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import tracemalloc  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, NamedTuple  # noqa: E402

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent.parent))  # the checkout, not what happens to be installed

from derive import nn  # noqa: E402
from derive.nn.architectures import mlp  # noqa: E402
from derive.nn.expect import Array  # noqa: E402
from derive.nn.workspace import WORK  # noqa: E402

MEMORY = 2.0  # times the unfolded input


class Race(NamedTuple):
    """A layer with an input, the ratio that is allowed, and the bytes of its unfolded input (0: not asked for)."""

    name: str
    layer: nn.Layer
    x: Array
    limit: float
    unfolded: int = 0


def races(rng: np.random.Generator) -> list[Race]:
    """Two convolutions and one MLP, in both precisions."""
    found = []
    for dtype, limits in ((np.float64, (0.9, 0.9)), (np.float32, (1.5, 2.3))):
        for (count, channels, size), limit in zip(((8, 16, 32), (32, 64, 28)), limits, strict=True):
            x = rng.standard_normal((count, channels, size, size)).astype(dtype)
            layer = nn.Conv2d(channels, channels, 3, padding=1, dtype=dtype, rng=rng)
            found.append(
                Race(f"Conv2d {count}×{channels}×{size}×{size}, 3×3, {x.dtype}", layer, x, limit, 9 * x.nbytes)
            )
        for count, sizes in ((64, (784, 256, 128, 10)), (256, (784, 512, 512, 10))):
            x = rng.standard_normal((count, sizes[0])).astype(dtype)
            name = f"MLP {count} rows, {'-'.join(map(str, sizes))}, {x.dtype}"
            found.append(Race(name, mlp(sizes, dtype=dtype, rng=rng), x, 1.3))
    return found


def ours(race: Race, g: Array) -> Callable[[], Any]:
    def both() -> Array:
        race.layer.forward(race.x)
        return race.layer.backward(g)

    return both


def theirs(race: Race, g: Array, torch: Any) -> Callable[[], Any]:
    """The same in PyTorch, by the peers that the tests use."""
    from derive.witness.peers import Peer

    leaves = [torch.tensor(a, requires_grad=True) for a in (race.x, *(p.value for p in race.layer.parameters))]
    peer = Peer(torch, dict(zip(map(id, race.layer.parameters), leaves[1:], strict=True)))
    cotangent = torch.tensor(g)
    return lambda: torch.autograd.grad(peer.forward(race.layer, leaves[0]), leaves, cotangent)


def seconds(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def timed(calls: list[Callable[[], Any]], budget: float) -> list[list[float]]:
    """The times of each call, taking turns, for about so many seconds."""
    once = sum(seconds(call) for call in calls for _ in range(2)) / 2  # and warm
    gc.disable()
    rounds = max(7, min(300, int(budget / once)))
    times = [[seconds(call) for call in calls] for _ in range(rounds)]
    gc.enable()
    return [list(column) for column in zip(*times, strict=True)]


def peak(call: Callable[[], Any]) -> int:
    """The most memory in use during the call, scratch memory included, beyond what was in use before."""
    WORK.clear()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most - before


class Result(NamedTuple):
    """Milliseconds of ours and theirs, the median of their ratios, our memory over the unfolded input; None where there is none."""

    ours: float
    theirs: float | None
    ratio: float | None
    memory: float | None


def measured(race: Race, rng: np.random.Generator, torch: Any, budget: float) -> Result:
    g = rng.standard_normal(race.layer.forward(race.x).shape).astype(race.x.dtype)
    calls = [ours(race, g), *([theirs(race, g, torch)] if torch else [])]
    times = timed(calls, budget)
    medians = [1e3 * statistics.median(t) for t in times]
    memory = peak(calls[0]) / race.unfolded if race.unfolded else None
    if not torch:
        return Result(medians[0], None, None, memory)
    return Result(medians[0], medians[1], statistics.median(a / b for a, b in zip(*times, strict=True)), memory)


def line(race: Race, result: Result) -> str:
    """One row of the table."""
    theirs = "–" if result.theirs is None else f"{result.theirs:.2f} ms"
    ratio = "–" if result.ratio is None else f"{result.ratio:.2f}"
    memory = "" if result.memory is None else f"{result.memory:.2f}×"
    return f"{race.name:40} {result.ours:8.2f} ms {theirs:>10} {ratio:>6} {race.limit:6.1f} {memory:>7}".rstrip()


def pytorch() -> Any:
    """PyTorch on one thread, or None."""
    try:
        import torch
    except ModuleNotFoundError:
        print("PyTorch is not installed: our times alone")
        return None
    torch.set_num_threads(1)
    return torch


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--budget", type=float, default=4.0, help="seconds for each row")
    budget, torch = options.parse_args().budget, pytorch()
    rng, failed = np.random.default_rng(0), []
    print(f"{'forward and backward':40} {'ours':>11} {'PyTorch':>10} {'ratio':>6} {'limit':>6} {'memory':>7}")
    for race in races(rng):
        result = measured(race, rng, torch, budget)
        print(line(race, result), flush=True)
        if (result.ratio or 0) > race.limit or (result.memory or 0) > MEMORY:
            failed.append(race.name)
    held = "all within the limits" if torch else "memory within its limit; no ratio without PyTorch"
    print(f"above the limit: {', '.join(failed)}" if failed else held)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
