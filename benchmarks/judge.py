"""How long a verdict takes: the statements of the literature, true and wrong, on one core, warm.

usage: python benchmarks/judge.py [-v]      -v lists the slowest

One run over all statements warms caches; the second is measured. Goals: median ≤ 3 ms, p99 ≤ 100 ms, 300 verdicts a second, rational
identities such as Woodbury ≤ 1 ms.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import derive

DATA = Path(__file__).parents[1] / "tests" / "data"
RUNS = 301  # of each rational identity
RATIONAL = {
    "Woodbury": "inv(A + U*B*V) == inv(A) - inv(A)*U*inv(inv(B) + V*inv(A)*U)*V*inv(A)",
    "push-through": "inv(I + A*B)*A == A*inv(I + B*A)",
    "parallel sum": "inv(inv(A) + inv(B)) == A*inv(A + B)*B",
    "Sherman-Morrison": "inv(A + u*v') == inv(A) - inv(A)*u*v'*inv(A)/(1 + v'*inv(A)*u)",
}


def statements() -> list[tuple[str, str, str]]:
    found = []
    for name in ("statements_true.json", "statements_wrong.json"):
        items = json.loads((DATA / name).read_text("utf-8"))
        found += [(i["id"], i["statement_plain"], i["given"]) for i in items]
    return found


def milliseconds(statement: str, given: str) -> float:
    start = time.perf_counter()
    derive.verify(statement, given=given)
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    items = statements()
    for _, statement, given in items:
        derive.verify(statement, given=given)
    times = sorted(((milliseconds(s, g), name) for name, s, g in items), reverse=True)
    values = [t for t, _ in times]
    total = sum(values)
    print(
        f"statements {len(values)}: median {statistics.median(values):.2f} ms, p90 {values[len(values) // 10]:.1f} ms, "
        f"p99 {values[len(values) // 100]:.1f} ms, worst {values[0]:.0f} ms; {1000 * len(values) / total:.0f} verdicts a second"
    )
    if "-v" in sys.argv:
        for t, name in times[:25]:
            print(f"  {t:7.1f} ms  {name}")
    for name, statement in RATIONAL.items():
        verdict = derive.verify(statement)
        took = statistics.median(milliseconds(statement, "") for _ in range(RUNS))
        print(f"{name:18} {verdict.status:10} {took:.2f} ms")


if __name__ == "__main__":
    main()
