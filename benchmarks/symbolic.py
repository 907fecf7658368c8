"""The calculator side by side with SymPy and with bare Python, in one run: `python benchmarks/symbolic.py`.

Four tables: derivatives with validation; without validation against SymPy's MatrixSymbol.diff; time against the depth of a tanh MLP;
process start. Every repetition uses fresh names, so that no cache of either side answers; times are medians, and both sides take turns.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TOP = Path(__file__).parent.parent
sys.path.insert(0, str(TOP))  # the checkout, not what happens to be installed

import derive  # noqa: E402
from derive.engine.differential import derivatives  # noqa: E402
from derive.engine.expr import Sym  # noqa: E402
from derive.engine.lower import lower  # noqa: E402
from derive.finding import DeriveError  # noqa: E402
from derive.infer import infer  # noqa: E402
from derive.syntax import parse, parse_declarations  # noqa: E402

CASES = json.loads((TOP / "tests" / "data" / "derivatives.json").read_text(encoding="utf-8"))
DEPTHS = (1, 2, 4, 8, 16, 32, 64)


def renamed(text: str, names: list[str], tag: int) -> str:
    """The text with a tag on every variable, so that it is new to every cache."""
    import re

    pattern = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?![\w(])")
    return pattern.sub(lambda found: f"{found[0]}_{tag}", text)


def question(case: dict[str, Any], tag: int | None, check: bool) -> Callable[[], Any]:
    """One case as a call of the public contract."""
    names = list(case["variables"])
    expr, wrt, given = (renamed(case[k], names, tag) if tag else case[k] for k in ("expr", "wrt", "given"))
    if case["order"] == "gradient":
        return lambda: str(derive.gradient(expr, wrt=wrt, given=given, check=check))
    if case["order"] == "hessian":
        return lambda: str(derive.hessian(expr, wrt=wrt, given=given, check=check))
    wrt = f"vec({wrt})" if case["order"] == "vec-jacobian" else wrt
    return lambda: str(derive.jacobian(expr, wrt=wrt, given=given, check=check))


def milliseconds(call: Callable[[], Any]) -> float:
    """The time of one call, with the garbage collector held off, as timeit does."""
    gc.disable()
    start = time.perf_counter()
    call()
    spent = 1000 * (time.perf_counter() - start)
    gc.enable()
    return spent


def differentiation(case: dict[str, Any], tag: int) -> Callable[[], Any]:
    """The derivative alone, from an expression that is already built, as SymPy's `diff` starts from one; in index notation."""
    names = list(case["variables"])
    expr, wrt, given = (renamed(case[k], names, tag) for k in ("expr", "wrt", "given"))
    declared = parse_declarations(given)
    typed = infer([parse(expr, names=frozenset(d.name for d in declared))], declared)
    variable = Sym(next(symbol for symbol in typed.symbols if symbol.name == wrt))
    node = lower(typed.terms[0])

    def differentiate() -> Any:
        found = node
        for _ in range(2 if case["order"] == "hessian" else 1):
            found = derivatives(found, [variable])[0]
        return found

    return differentiate


def answered(cases: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The cases that the engine answers, each warmed up once, without and with a tag."""
    for case in cases:
        try:
            question(case, None, True)()
            question(case, 9999, True)()
        except DeriveError:
            continue
        yield case


def validation(repetitions: int) -> None:
    rows = []
    for case in answered(CASES):
        rows.append((statistics.median(milliseconds(question(case, 1 + i, True)) for i in range(repetitions)), case))
    rows.sort(key=lambda row: row[0])
    times = [t for t, _ in rows]
    worst = ", ".join(f"{case['id']} {t:.1f}" for t, case in rows[-3:])
    print("## Derivatives with validation (text to checked text)\n")
    print("| cases | median ms | p90 ms | worst ms | slowest |\n|---|---|---|---|---|")
    print(
        f"| {len(rows)} of {len(CASES)} | {statistics.median(times):.2f} | {times[int(0.9 * (len(times) - 1))]:.2f} | {times[-1]:.2f} | {worst} |\n"
    )


def against_sympy(repetitions: int) -> None:
    from sympy_cases import CASES as SYMPY
    from sympy_cases import Variables, differentiate

    print("## Without validation, against MatrixSymbol.diff (cases that both get right)\n")
    print(
        "`diff` is the derivative alone, from a built expression, in each side's own form; `text` is ours from text to printed text.\n"
    )
    print(
        "| case | expression | SymPy diff ms | our diff ms | ratio | our text ms | ratio |\n|---|---|---|---|---|---|---|"
    )
    ratios: list[tuple[float, float]] = []
    for case in answered([c for c in CASES if c["id"] in SYMPY]):
        shapes = {name: v["shape"] for name, v in case["variables"].items()}
        differentiate(SYMPY[case["id"]](Variables(shapes, "warm")))
        theirs, ours, texts = [], [], []
        for i in range(repetitions):
            built = SYMPY[case["id"]](Variables(shapes, i))
            theirs.append(milliseconds(lambda built=built: differentiate(built)))
            ours.append(milliseconds(differentiation(case, 1 + i)))
            texts.append(milliseconds(question(case, 5001 + i, False)))
        peer, mine, text = map(statistics.median, (theirs, ours, texts))
        ratios.append((peer / mine, peer / text))
        shown = case["expr"] if len(case["expr"]) <= 44 else case["expr"][:43] + "…"
        row = (
            case["id"],
            f"`{shown}`",
            f"{peer:.2f}",
            f"{mine:.3f}",
            f"{peer / mine:.0f}",
            f"{text:.3f}",
            f"{peer / text:.0f}",
        )
        print("| " + " | ".join(row) + " |")
    means = [math.exp(statistics.fmean(map(math.log, column))) for column in zip(*ratios, strict=True)]
    print(f"| **{len(ratios)} cases** | geometric mean | | | **{means[0]:.0f}** | | **{means[1]:.0f}** |\n")


def mlp(depth: int, tag: int) -> tuple[str, str]:
    """`sum(tanh(W3*tanh(W2*tanh(W1*x))))`, and its declarations."""
    text = f"x_{tag}"
    for layer in range(1, depth + 1):
        text = f"tanh(W{layer}_{tag}*{text})"
    weights = ", ".join(f"W{layer}_{tag}" for layer in range(1, depth + 1))
    return f"sum({text})", f"{weights}: matrix(n, n); x_{tag}: vector(n)"


def depth(repetitions: int) -> None:
    print("## Time against the depth of a tanh MLP (gradient in the first weight, without validation)\n")
    print("| depth | ms | ms per layer | characters |\n|---|---|---|---|")
    points = []
    for layers in DEPTHS:
        times, size = [], 0
        for i in range(repetitions + 1):
            text, given = mlp(layers, i)
            start = time.perf_counter()
            shown = str(derive.gradient(text, wrt=f"W1_{i}", given=given, check=False))
            times.append(1000 * (time.perf_counter() - start))
            size = len(shown)
        median = statistics.median(times[1:])
        points.append((math.log(layers), math.log(median)))
        print(f"| {layers} | {median:.2f} | {median / layers:.3f} | {size} |")
    tail = points[2:]
    mx, my = statistics.fmean(x for x, _ in tail), statistics.fmean(y for _, y in tail)
    slope = sum((x - mx) * (y - my) for x, y in tail) / sum((x - mx) ** 2 for x, _ in tail)
    print(f"\nslope of log time against log depth, from depth {DEPTHS[2]}: {slope:.2f} (1 is linear)\n")


def process_start(repetitions: int) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(TOP)
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        'python -c "import sympy"': [sys.executable, "-c", "import sympy"],
        'derive gradient "x\'*A*x"': [sys.executable, "-m", "derive.cli", "gradient", "x'*A*x"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for i in range(repetitions + 1):
        for name, command in commands.items():
            spent = milliseconds(lambda c=command: subprocess.run(c, env=environment, capture_output=True, check=True))
            if i:
                times[name].append(spent)
    bare = statistics.median(times["python -c pass"])
    print("## From process start to answer\n\n| command | median ms | times bare Python |\n|---|---|---|")
    for name, spent in times.items():
        print(f"| `{name}` | {statistics.median(spent):.1f} | {statistics.median(spent) / bare:.1f} |")
    print()


PARTS = {"validation": validation, "sympy": against_sympy, "depth": depth, "start": process_start}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the calculator beside SymPy and bare Python.")
    parser.add_argument(
        "parts", nargs="*", default=list(PARTS), help=f"which tables: {', '.join(PARTS)} (default: all)"
    )
    parser.add_argument("--repetitions", type=int, default=7)
    arguments = parser.parse_args()
    for part in arguments.parts:
        PARTS[part](arguments.repetitions)


if __name__ == "__main__":
    main()
