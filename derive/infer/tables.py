"""Which kinds fit together, for every operator and operation: tables of rows, operands first, the result last.

One idea: these are the same rules that the typing of products and calls follows, without sizes; an operation's table comes from its
signature.
"""

from __future__ import annotations

from itertools import product

from derive.infer.domains import C, M, R, S, T, Table
from derive.ops import Operation

KINDS = (S, C, R, M, T)
MUL: Table = (
    *((S, k, k) for k in KINDS),
    *((k, S, k) for k in KINDS[1:]),
    (C, R, M),
    (R, C, S),
    (M, C, C),
    (R, M, R),
    (M, M, M),
)
CENTRED: Table = (*MUL, (C, C, S), (R, R, S))  # with a raised dot between them
AT: Table = ((C, C, S), (C, M, C), (C, R, M), (R, C, S), (M, C, C), (R, M, R), (M, M, M))  # NumPy's `@`
THIN_AT: Table = (*AT, (C, M, M), (M, R, M))
FAMILY: Table = ((C, S), (M, C))  # an entry of a vector, or a sample
SAME: Table = tuple((k, k) for k in KINDS)
ADD: Table = (*((k, k, k) for k in KINDS), (S, C, C), (C, S, C), (S, R, R), (R, S, R))
ENTRYWISE: Table = (*((k, k, k) for k in KINDS), *((S, k, k) for k in KINDS[1:]), *((k, S, k) for k in KINDS[1:]))
DOT: Table = tuple((k, k, k) for k in KINDS)
DIV: Table = tuple((k, S, k) for k in KINDS)
POW: Table = ((S, S, S), (M, S, M))
TRANSPOSE: Table = ((S, S), (C, R), (R, C), (M, M), (T, T))
THIN_MUL: Table = (*MUL, (C, M, M), (M, R, M))  # with matrices that have a declared size 1
THIN_ADD: Table = (*ADD, (M, C, C), (C, M, C), (M, R, R), (R, M, R), (M, S, S), (S, M, S))
THIN_DIV: Table = (*DIV, *((k, M, k) for k in KINDS))
ORDER = {S: 0, C: 1, R: 1, M: 2, T: 3}
OF_ORDER = (S, C, M, T, T, T)
DERIVATIVE: Table = tuple(
    (f, x, f if x == S else x if f == S else OF_ORDER[min(ORDER[f] + ORDER[x], 3)]) for f in KINDS for x in KINDS
)
HESSIAN: Table = ((S, S, S), (S, C, M), (S, R, M), (S, M, T), (S, T, T))
GRADIENT_OF_FUNCTION: tuple[Table, ...] = (
    tuple((k, S) for k in KINDS),
    SAME,
    ((S, S), (C, M), (R, M), (M, T), (T, T)),
)
COVARIANCE: Table = ((S, S, S), *((a, b, M) for a in (C, R, M) for b in (C, R, M)))
EXPECTATION: dict[str, Table] = {"E": SAME, "Var": COVARIANCE, "Cov": COVARIANCE}
SCALAR_TOO = frozenset("sum mean max min prod tr det inv norm2 norm1 norminf".split())

_tables: dict[tuple[str, int], Table] = {}


def table_of(operation: Operation, arguments: int) -> Table:
    """The table of a library operation that is not entry by entry, for a number of arguments."""
    key = (operation.name, arguments)
    found = _tables.get(key)
    if found is None:
        rows = [
            (*kinds, result)
            for kinds in product((S, C, R, M), repeat=arguments)
            for result in _results(operation, kinds)
        ]
        found = _tables[key] = tuple(rows)
    return found


def _results(operation: Operation, kinds: tuple[int, ...]) -> list[int]:
    if kinds == (S,) and operation.name in SCALAR_TOO:
        return [S]
    if operation.name == "kron" and R in kinds and not {S, T} & set(kinds):
        return [R if kinds == (R, R) else M]
    orders = [ORDER[k] for k in kinds]
    row = kinds == (R,)
    for signature in operation.signatures:
        if orders == [len(i) for i in signature.inputs[: len(kinds)]]:
            out = len(signature.output)
            kept = row and out == 1 and signature.output[0] == (signature.inputs[0],) and operation.name != "vec"
            return [R if kept else OF_ORDER[min(out, 3)]]
    if len(operation.signatures) == 1:
        signature = operation.signatures[0]
        extra = {o - len(i) for o, i in zip(orders, signature.inputs, strict=False) if i}
        if len(extra) == 1 and min(extra) == 1:
            return [OF_ORDER[min(len(signature.output) + 1, 3)]]
    return []
