"""Whose memory is free when: which operation of a program may overwrite one of its arguments.

One idea: a piece of memory belongs to the operation that made it, views included; after the last use of all of them, the next operation of the
same shape may write there. What was not made by the program is never written to. It writes no code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.compiled.program import VIEWS, Var

SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
PLAIN_CALL = re.compile(r"np\.[a-z0-9_]+\(x\)")
COPIES = frozenset("negative power text dot matmul einsum sum maximum full stack eye on_diagonal".split() + list(SIGNS))
TAKES_OUT = frozenset((*SIGNS, "negative", "dot", "matmul"))


class Memory:
    """The memory of the values of a program that returns `roots`; `reuse` says whether anything may be overwritten at all."""

    def __init__(self, line: Sequence[Var], roots: Sequence[Var], reuse: bool) -> None:
        self.line = line
        self.roots = roots
        self.numpy = reuse
        self.storage: dict[Var, Var] = {}
        self.last = self._last_uses()

    def _last_uses(self) -> dict[Var, int]:
        last: dict[Var, int] = {}
        for var in self.line:
            self.storage[var] = self.storage[var.args[0]] if var.op in VIEWS else var
            for arg in var.args:
                last[self.storage[arg]] = var.number
        for var in self.line:  # a view that is used later keeps its memory alive
            if var.op in VIEWS:
                last[self.storage[var]] = max(last[self.storage[var]], last.get(var, 0))
        for root in self.roots:
            last[self.storage[root]] = self.line[-1].number + 1
        return last

    def keep(self, values: Sequence[Var], until: int) -> None:
        """Nothing may overwrite these before that number."""
        for var in values:
            self.last[self.storage[var]] = max(self.last[self.storage[var]], until)

    def own(self, var: Var) -> bool:
        """Whether a value lies in an array that this function has made."""
        root = self.storage[var]
        return root.op in COPIES and bool(root.shape)

    def free(self, var: Var, user: Var, others: Sequence[Var]) -> bool:
        """Whether `user` may overwrite `var`, which nothing needs afterwards."""
        if not self.numpy or not self.own(var) or var.shape != user.shape or var.op == "diagonal":
            return False
        mine = self.storage[var]
        if self._moved(var):
            return False
        return self.last[mine] == user.number and all(self.storage[o] is not mine for o in others if o is not var)

    def _moved(self, var: Var) -> bool:
        """Whether a view is anything but the array itself."""
        return var.op in VIEWS and var.op != "reshape"

    def target(self, structured: bool) -> Var | None:
        """The operation that may write its result into `out` at once."""
        root = self.roots[0]
        if not self.numpy or len(self.roots) > 1 or not root.shape or structured:
            return None
        made = root
        while made.op == "reshape" or self.overwritten(made) is not None:
            made = made.args[0] if made.op == "reshape" else self.overwritten(made) or made
        return made if made.op in TAKES_OUT and made.shape else None

    def overwritten(self, var: Var) -> Var | None:
        """The argument that an operation overwrites."""
        if var.op == "on_diagonal":
            return var.args[0] if self.free(var.args[0], var, var.args[1:]) else None
        plain = var.op == "negative" or (var.op == "power" and var.data == 2)
        if plain or (var.op == "text" and PLAIN_CALL.fullmatch(var.data[0])):
            return var.args[0] if self.free(var.args[0], var, ()) else None
        if var.op in SIGNS:
            a, b = var.args
            if self.free(a, var, (b,)):
                return a
            return b if self.free(b, var, (a,)) else None
        return None

    def passed_on(self, var: Var, into: Var) -> None:
        """The result of an operation lies where its argument lay."""
        self.last[self.storage[into]] = max(self.last[self.storage[into]], self.last.get(var, 0))
