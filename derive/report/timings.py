"""Times of a compiled derivative and of its peers, as lines of text.

One idea: a contender a line, ours first, how many times as long the others take. It measures nothing.
"""

from __future__ import annotations

from typing import Any


def timings(found: Any) -> str:
    """The derivative, the sizes, and the times."""
    sizes = ", ".join(f"{n} = {k}" for n, k in found.sizes.items())
    lines = [f"{found.result.kind} by {found.result.wrt}: {found.result}", *([f"sizes: {sizes}"] if sizes else []), ""]
    lines.append(f"{'':8} {'a call':>10} {'times ours':>11} {'until the first':>16} {'difference':>11}")
    ours = found.timings[0].seconds
    for t in found.timings:
        difference = "" if t.name == "derive" else f"{t.difference:.0e}"
        lines.append(
            f"{t.name:8} {duration(t.seconds):>10} {t.seconds / ours:>11.2f} {duration(t.first):>16} {difference:>11}".rstrip()
        )
    if len(found.timings) == 1:
        lines += ["", "JAX and PyTorch are not installed: our time alone"]
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """`3.2 µs`, `14.1 ms`, `2.05 s`."""
    if seconds < 1e-3:
        return f"{1e6 * seconds:.1f} µs"
    return f"{1e3 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
