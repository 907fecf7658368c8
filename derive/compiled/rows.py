"""Which operations of a program can go over a large matrix once, some rows at a time.

One idea: in `X'*f(X*w)` every row of X is met twice, the second time when it has long left the cache. Everything between the two products
that is computed row by row can be done for a block of rows while that block is at hand, and the sums over rows are gathered.
It finds such operations and brings them together in the line; it writes no code.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from derive.compiled.program import Program, Var

LARGE = 1.5e6  # entries of a matrix that is not kept in a cache from one product to the next
ENTRYWISE = frozenset(("add", "sub", "mul", "div", "negative", "power"))


class Rows(NamedTuple):
    """Operations that go over the rows of a matrix together: those with a value for each row, and those that sum over rows."""

    matrix: Var
    each: tuple[Var, ...]
    sums: tuple[Var, ...]

    def members(self) -> list[Var]:
        return sorted((*self.each, *self.sums), key=lambda v: v.number)


def arranged(line: Sequence[Var], program: Program) -> list[Var | Rows]:
    """The line in an order in which such operations stand together: what does not need them first, what needs them afterwards."""
    found = next(filter(None, (_rows(m, line, program) for m in _matrices(line, program))), None)
    if found is None:
        return list(line)
    members = set(found.members())
    after = set[Var]()
    for var in line:
        if var not in members and any(a in members or a in after for a in var.args):
            after.add(var)
    before = [v for v in line if v not in members and v not in after]
    return [*arranged(before, program), found, *arranged([v for v in line if v in after], program)]


def numbered(items: Sequence[Var | Rows]) -> list[Var]:
    """The operations in their new order, with numbers that follow it; behind each group one number is free."""
    line, number = [], 0
    for item in items:
        for var in item.members() if isinstance(item, Rows) else [item]:
            var.number = number
            number += 1
            line.append(var)
        number += isinstance(item, Rows)
    return line


def _matrices(line: Sequence[Var], program: Program) -> list[Var]:
    """Large matrices that a vector is multiplied with from the right."""
    found = [v.args[0] for v in line if v.op == "dot" and len(v.args[0].shape) == 2 and len(v.args[1].shape) == 1]
    return [m for m in dict.fromkeys(found) if m.op == "input" and program.entries(m.shape) >= LARGE]


def _rows(matrix: Var, line: Sequence[Var], program: Program) -> Rows | None:
    """The operations over the rows of a matrix, if it is met at least twice."""
    each: dict[Var, None] = {}
    sums: dict[Var, None] = {}
    later = set[Var]()  # needs a sum, or values of all rows
    for var in line:
        if any(a in later or a in sums for a in var.args):
            later.add(var)
        elif _row_by_row(var, matrix, each, program):
            each[var] = None
        elif _sums_rows(var, matrix, each):
            sums[var] = None
        elif any(a in each for a in var.args):
            later.add(var)
    twice = any(v.op == "dot" and matrix in (v.args[1], *v.args[0].args) for v in sums)
    return Rows(matrix, tuple(each), tuple(sums)) if each and twice else None


def _row_by_row(var: Var, matrix: Var, each: Collection[Var], program: Program) -> bool:
    """Whether this has one number for each row, made of that row and of such numbers."""
    if var.op == "dot" and var.args[0] is matrix and len(var.shape) == 1:
        return var.args[1] not in each
    if var.op not in ENTRYWISE and var not in program.entry_by_entry:
        return False
    rows = matrix.shape[:1]
    return var.shape == rows and any(a in each for a in var.args) and all(a.shape in ((), rows) for a in var.args)


def _sums_rows(var: Var, matrix: Var, each: Collection[Var]) -> bool:
    """Whether this is a sum over the rows: `X'*r`, `r'*X`, `r'*s`, `sum(r)`."""
    rows = matrix.shape[:1]
    if var.op == "sum":
        return var.args[0] in each
    if var.op != "dot":
        return False
    a, b = var.args
    if turned(a, matrix) and b.shape == rows:
        return True
    if a.shape == rows and (b is matrix or b.shape == rows):
        return b is matrix or a in each or b in each
    return False


def turned(var: Var, matrix: Var) -> bool:
    """Whether this is the transpose of the matrix."""
    return var.op == "view" and var.data == (1, 0) and var.args[0] is matrix
