"""derive.nn side by side with PyTorch, on one thread, in one run: `python benchmarks/nn.py`.

Each row is one forward and one backward pass on the same numbers; both sides take turns, times are medians (and minima), and the ratio is ours
over theirs. Memory is the peak that Python's allocator saw during our passes, over the size of the unfolded input. Needs PyTorch; without it,
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
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def timed(calls: list[Callable[[], Any]], budget: float) -> list[list[float]]:
    """The times of each call, taking turns, for about so many seconds."""
    once = sum(seconds(call) for call in calls for _ in range(2)) / 2  # and warm
    gc.disable()
    rounds = max(7, min(300, int(budget / once)))
    times = [[seconds(call) for call in calls] for _ in range(rounds)]
    gc.enable()
    return [list(column) for column in zip(*times, strict=True)]


def peak(call: Callable[[], Any]) -> int:
    """The most memory in use during the call, beyond what was in use before."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most - before


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--budget", type=float, default=4.0, help="seconds for each row")
    budget = options.parse_args().budget
    try:
        import torch
    except ModuleNotFoundError:
        torch = None  # type: ignore[assignment]
        print("PyTorch is not installed: our times alone")
    else:
        torch.set_num_threads(1)
    rng, failed = np.random.default_rng(0), []
    print(
        f"{'forward and backward':46} {'ours':>9} {'PyTorch':>9} {'ratio':>6} {'(min)':>7} {'limit':>6} {'memory':>7}"
    )
    for race in races(rng):
        g = rng.standard_normal(race.layer.forward(race.x).shape).astype(race.x.dtype)
        calls = [ours(race, g), *([theirs(race, g, torch)] if torch else [])]
        times = timed(calls, budget)
        medians, minima = [statistics.median(t) for t in times], [min(t) for t in times]
        ratio, least = (medians[0] / medians[1], minima[0] / minima[1]) if torch else (0.0, 0.0)
        memory = peak(calls[0]) / race.unfolded if race.unfolded else None
        shown = f"{1e3 * medians[0]:6.2f} ms " + (
            f"{1e3 * medians[1]:6.2f} ms {ratio:6.2f} ({least:5.2f})" if torch else ""
        )
        print(f"{race.name:46} {shown} {race.limit:6.1f} {'' if memory is None else f'{memory:6.2f}×'}")
        if ratio > race.limit or (memory or 0) > MEMORY:
            failed.append(race.name)
    print(f"above the limit: {', '.join(failed)}" if failed else "all within the limits")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
