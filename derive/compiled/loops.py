"""Operations over the rows of a large matrix as a loop over blocks of rows.

One idea: inside of the loop every array of one number for each row is its block, under the same statements as everywhere; sums over
rows are added up, and what is needed afterwards is kept in arrays. A matrix that does not lie row after row is one single block.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from derive.compiled.rows import Rows, slim, turned

if TYPE_CHECKING:
    from derive.compiled.lines import Lines
    from derive.compiled.program import Var

BLOCK = 196_608  # entries of a block of rows: few enough to be met twice in a cache, so many that what is done for each block costs nothing
LONG = 64, 1500  # entries of a row between which a product for each row is faster than one for all


def write_loop(lines: Lines, rows: Rows) -> None:
    """The statements of a group. Every value has its text afterwards as if it had been computed at once."""
    if rows.middle is not None:
        _write_product_loop(lines, rows, rows.middle)
        return
    columns = int(lines.program.entries(rows.matrix.shape[1:]))
    far = LONG[0] <= columns < LONG[1]
    matrix, count = lines.text(rows.matrix), lines.size(rows.matrix.shape[0])
    start, part, block, step = (lines.names.take(w) for w in ("i", "part", "block", "step"))
    product = lines.names.take("times") if far and row_products() else ""
    sizes = max(1, BLOCK // columns), f"max({count}, 1)"
    both = (f"({sizes[0]}, np.vecdot)", f"({sizes[1]}, np.dot)") if product else tuple(map(str, sizes))
    names = f"{step}, {product}" if product else step
    lines.statements.append(f"{names} = {both[0]} if {matrix}.flags.c_contiguous else {both[1]}")
    kept, total = _targets(lines, rows)
    before, outside = lines.statements, dict(lines.texts)
    lines.statements = [f"{part} = slice({start}, {start} + {step})", f"{block} = {matrix}[{part}]"]
    for v in rows.members():
        parts = {a: f"{outside[a]}[{part}]" for a in v.args if a not in rows.each and a.shape == v.shape}
        if v in total:
            lines.statements.append(f"{total[v]} += {_sum(lines, v, rows, part, block)}")
            continue
        if v.op == "dot":
            whole = outside[v.args[1]]
            lines.texts[v] = lines.named(v, f"{product}({block}, {whole})" if product else f"{block}.dot({whole})")
        else:
            lines.texts.update(parts)
            lines.write(v)
            lines.texts.update({a: outside[a] for a in parts})
        if v in kept:
            lines.statements.append(f"{kept[v]}[{part}] = {lines.text(v)}")
    _close(lines, before, f"for {start} in range(0, {count}, {step}):")
    lines.texts.update(kept | total)


def _close(lines: Lines, before: list[str], head: str) -> None:
    """What was written since becomes the body of a loop."""
    inside, lines.statements = lines.statements, before
    lines.statements.append(head)
    lines.statements += [f"    {s}" for s in inside]


def _targets(lines: Lines, rows: Rows) -> tuple[dict[Var, str], dict[Var, str]]:
    """Arrays for values that are needed afterwards, and for sums, which begin with zero."""
    kept = {v: lines.names.take("r") for v in needed_later(lines, rows)}
    total = {v: lines.names.take("s") for v in rows.sums}
    option = "" if lines.dtype == "float64" else f", np.{lines.dtype}"
    for v, name in (*kept.items(), *total.items()):
        fresh = "np.empty" if v in kept else "np.zeros"
        lines.statements.append(f"{name} = {f'{fresh}({lines.shape_text(v.shape)}{option})' if v.shape else '0.0'}")
    return kept, total


def _write_product_loop(lines: Lines, rows: Rows, middle: Var) -> None:
    """Rows of a product, what becomes of them, and their products with other matrices."""
    columns = int(lines.program.entries(middle.shape[1:]))
    entries = BLOCK // 4 if slim(middle, lines.program) else BLOCK
    count, step = lines.size(middle.shape[0]), max(64, entries // columns)
    start, part = lines.names.take("i"), lines.names.take("part")
    kept, total = _targets(lines, rows)
    before, outside = lines.statements, dict(lines.texts)
    lines.statements = [f"{part} = slice({start}, {start} + {step})"]
    for v in rows.members():
        if v in total:
            lines.statements.append(f"{total[v]} += {_sum_of_product(lines, v, rows, part)}")
        elif v.op == "dot":
            a, b = lines.text(v.args[0]), lines.text(v.args[1])
            left = a if v.args[0] in rows.each else f"{a}[{part}]"
            if v in kept and not any(v in w.args for w in rows.members()):
                lines.statements.append(f"np.dot({left}, {b}, out={kept[v]}[{part}])")
                continue
            lines.texts[v] = lines.named(v, f"{left} @ {b}")
        else:
            parts = [a for a in v.args if a.shape == middle.shape and a not in rows.each]
            lines.texts.update({a: f"{outside[a]}[{part}]" for a in parts})
            lines.write(v)
            lines.texts.update({a: outside[a] for a in parts})
        if v in kept:
            lines.statements.append(f"{kept[v]}[{part}] = {lines.text(v)}")
    _close(lines, before, f"for {start} in range(0, {count}, {step}):")
    lines.texts.update(kept | total)


def _sum(lines: Lines, v: Var, rows: Rows, part: str, block: str) -> str:
    """What a block adds to a sum over rows."""

    def of(a: Var) -> str:
        return lines.text(a) if a in rows.each else f"{lines.text(a)}[{part}]"

    a = v.args[0]
    if v.op == "sum":
        return lines.backend.sum(of(a), v.data, True)
    b = v.args[1]
    if turned(a, rows.matrix):
        return f"{of(b)}.dot({block})"
    return f"{of(a)}.dot({block if b is rows.matrix else of(b)})"


def _sum_of_product(lines: Lines, v: Var, rows: Rows, part: str) -> str:
    """What a block adds to `R'*c`, `c'*R` or a sum of entries."""
    a = v.args[0]
    if v.op == "sum":
        return lines.backend.sum(lines.text(a), v.data, len(v.data) == 2)
    b = v.args[1]
    if a in rows.each:
        return f"{lines.text(a)} @ {lines.text(b)}[{part}]"
    left = f"{lines.text(a)}[{part}]" if len(a.shape) == 1 else f"{lines.text(a.args[0])}[{part}].T"
    return f"{left} @ {lines.text(b)}"


def needed_later(lines: Lines, rows: Rows) -> list[Var]:
    """Values of all rows that something outside of the group needs."""
    members = {*rows.each, *rows.sums}
    used = {a for v in lines.line if v not in members for a in v.args} | set(lines.roots)
    return [v for v in rows.each if v in used]


@cache
def row_products() -> bool:
    """Whether this NumPy has products row by row, which read a matrix that is in no cache a third faster."""
    import numpy as np

    return hasattr(np, "vecdot")
