"""What a refuted statement says in a test: at most fifteen lines.

One idea: status, counterexample, hints, and the line that replays it. It judges nothing.
"""

from __future__ import annotations

from derive.judge.verdict import Verdict

MOST = 15


def identity_message(verdict: Verdict, statement: str, given: str, seed: int) -> str:
    """The verdict in words."""
    out = [f"{statement}: {verdict.status}"]
    if verdict.message:
        out.append(f"  {verdict.message}")
    if verdict.finding is not None:
        out += [f"  {line}" for line in verdict.finding.render().splitlines()[:8]]
    example = verdict.counterexample if verdict.status == "refuted" else None
    if example is not None:
        sizes = ", ".join(f"{n} = {k}" for n, k in example.sizes)
        values = "; ".join(f"{n} = {v}" for n, v in example.values)
        out += [f"  fails at {sizes}" if sizes else "  fails at", f"    {values[:200]}"]
        out.append(f"    left {str(example.left)[:90]}")
        out.append(f"    right {str(example.right)[:90]}")
    if verdict.status == "refuted":
        out += [f"  hint: {hint.message}" for hint in verdict.hints[:2]]
    extra = f", given={given!r}" if given else ""
    out = out[: MOST - 1]
    out.append(f"  replay: derive.verify({statement!r}{extra}, seed={seed})")
    return "\n".join(out)
