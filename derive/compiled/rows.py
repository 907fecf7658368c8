"""Which operations of a program can go over a large matrix once, some rows at a time.

One idea: in `X'*f(X*w)` every row of X is met twice, the second time when it has long left the cache. Everything between the two products
that is computed row by row can be done for a block of rows while that block is at hand, and the sums over rows are gathered. In
`f(U*V')*V` with thin factors it is the matrix in the middle, which then is never there as a whole.
It finds such operations and brings them together in the line; it writes no code.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from derive.compiled.program import Program, Var

LARGE = 1.5e6  # entries of a matrix that is not kept in a cache from one product to the next
VAST = 4e6  # entries of a matrix of which only products with thin ones are needed,
SLIM = 32  # columns of such thin ones: with so few, a loop pays already from so many entries
MET = 2.2e5  # of the matrix and of what meets it entry by entry, which is more than a second cache holds
ENTRYWISE = frozenset(("add", "sub", "mul", "div", "negative", "power"))


class Rows(NamedTuple):
    """Operations that go over the rows of a matrix together: those with a value for each row, and those that sum over rows.

    The matrix is the one that is met twice; or the left factor of the product `middle`, which has no use outside of the group."""

    matrix: Var
    each: tuple[Var, ...]
    sums: tuple[Var, ...]
    middle: Var | None = None

    def members(self) -> list[Var]:
        return sorted((*self.each, *self.sums), key=lambda v: v.number)


def arranged(line: Sequence[Var], needed: Collection[Var], program: Program) -> list[Var | Rows]:
    """The line in an order in which such operations stand together: what does not need them first, what needs them afterwards.

    needed: the values that are used outside of the line."""
    groups = [_rows(m, line, program) for m in _matrices(line, program)] or [
        _through(p, line, needed, program) for p in _products(line, program)
    ]
    found = next(filter(None, groups), None)
    if found is None:
        return list(line)
    members = set(found.members())
    after = set[Var]()
    for var in line:
        if var not in members and any(a in members or a in after for a in var.args):
            after.add(var)
    before = [v for v in line if v not in members and v not in after]
    behind = [v for v in line if v in after]
    used = {*needed, *[a for v in (*members, *behind) for a in v.args]}
    return [*arranged(before, used, program), found, *arranged(behind, needed, program)]


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


# ---------------------------------------------------------------------- a large product of thin matrices


def _products(line: Sequence[Var], program: Program) -> list[Var]:
    """Products of two matrices that are larger than both of them and no result."""
    least = min(VAST, MET / 4)
    found = [v for v in line if v.op == "dot" and len(v.shape) == 2 and program.entries(v.shape) >= least]
    return [v for v in found if all(4 * program.entries(a.shape) <= program.entries(v.shape) for a in v.args)]


def slim(middle: Var, program: Program) -> bool:
    """Whether a matrix is a product of matrices with few columns."""
    return program.entries(middle.args[0].shape[-1:]) <= SLIM


def _pays(middle: Var, each: Collection[Var], program: Program) -> bool:
    """Whether the matrix, and what meets it entry by entry, is more than lies at hand."""
    if program.entries(middle.shape) >= VAST:
        return True
    met = {a for v in each for a in v.args if a not in each and a.shape == middle.shape}
    return slim(middle, program) and (1 + len(met)) * program.entries(middle.shape) >= MET


def _through(middle: Var, line: Sequence[Var], needed: Collection[Var], program: Program) -> Rows | None:
    """The operations over the rows of a product, if nothing of its size is needed outside of them."""
    each: dict[Var, None] = {middle: None}
    sums: dict[Var, None] = {}
    later = set[Var]()
    for var in line:
        if var is middle:
            continue
        if any(a in later or a in sums for a in var.args):
            later.add(var)
        elif _row_of_product(var, middle, each, program):
            each[var] = None
        elif _sums_product(var, middle, each):
            sums[var] = None
        elif any(a in each for a in var.args):
            later.add(var)
    if not _pays(middle, each, program):
        return None
    inner = {v for v in each if v.shape == middle.shape or v.op == "view"}
    used = {*needed, *[a for v in line if v not in each and v not in sums for a in v.args]}
    thin = any(v not in inner for v in each) or sums
    return Rows(middle.args[0], tuple(each), tuple(sums), middle) if thin and used.isdisjoint(inner) else None


def _row_of_product(var: Var, middle: Var, each: Collection[Var], program: Program) -> bool:
    """Entry by entry on rows of the product, their transpose for a sum, or rows times another matrix."""
    if not any(a in each for a in var.args):
        return False
    if var.op == "view":
        return turned(var, var.args[0]) and var.args[0].shape == middle.shape
    if var.op == "dot":
        a, b = var.args
        return a in each and a.op != "view" and len(a.shape) == 2 and b not in each
    if var.op not in ENTRYWISE and var not in program.entry_by_entry:
        return False
    if any(a.op == "view" and a in each for a in var.args):
        return False
    return var.shape == middle.shape and all(a.shape in ((), middle.shape) for a in var.args)


def _sums_product(var: Var, middle: Var, each: Collection[Var]) -> bool:
    """`R'*c` or `c'*R` with an array c that has these rows, or a sum of entries."""
    if var.op == "sum":
        return var.args[0] in each and var.args[0].shape == middle.shape and 0 in var.data
    if var.op != "dot":
        return False
    a, b = var.args
    if a in each:
        return a.op == "view" and b not in each
    across = len(a.shape) == 1 or (a.op == "view" and turned(a, a.args[0]))
    return across and b in each and b.op != "view" and b.shape == middle.shape
