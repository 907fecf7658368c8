"""A small solver for kinds: every part of a statement is a scalar, a vector, a row, a matrix, or more.

One idea: each operator is a table of the kinds that fit together; a part keeps the set of kinds that some row of every table still
allows. Sets are bit masks, and the effect of a table on masks is computed once and kept. This module knows nothing of
notation.
"""

from __future__ import annotations

S, C, R, M, T = 1, 2, 4, 8, 16  # scalar, column, row, matrix, more than two axes
ANY = 31
VECTOR = C | R

Table = tuple[tuple[int, ...], ...]
Variable = int

_effects: dict[tuple[Table, tuple[int, ...]], tuple[int, ...]] = {}


def _effect(table: Table, masks: tuple[int, ...]) -> tuple[int, ...]:
    """The masks that are left when only rows of the table that fit them count; zeros when none fits."""
    key = (table, masks)
    found = _effects.get(key)
    if found is None:
        left = [0] * len(masks)
        for row in table:
            if all(kind & mask for kind, mask in zip(row, masks, strict=True)):
                left = [have | kind & mask for have, kind, mask in zip(left, row, masks, strict=True)]
        found = _effects[key] = tuple(left)
    return found


class Domains:
    """Parts with their possible kinds, and the tables that tie them together."""

    __slots__ = ("_queue", "broken", "masks", "tables", "ties", "watch")

    def __init__(self) -> None:
        self.masks: list[int] = []
        self.ties: list[tuple[Table, tuple[Variable, ...]]] = []
        self.watch: list[list[int]] = []
        self.broken: set[int] = set()

    def part(self, mask: int = ANY) -> Variable:
        self.masks.append(mask)
        self.watch.append([])
        return len(self.masks) - 1

    def tie(self, table: Table, *parts: Variable) -> None:
        for part in set(parts):
            self.watch[part].append(len(self.ties))
        self.ties.append((table, parts))

    def start(self) -> None:
        """Apply every table once; one that cannot hold is left out, so that its error is found where it stands."""
        for k in range(len(self.ties)):
            if not self._settle([k]):
                self.broken.add(k)

    def narrow(self, part: Variable, mask: int) -> bool:
        """Allow a part only the kinds of a mask; False, and nothing changed, when that cannot be."""
        now = self.masks[part]
        if now & mask == now:
            return True
        if not now & mask:
            return False
        before = self.masks
        self.masks = before[:]
        self.masks[part] = now & mask
        if self._settle(self.watch[part][:]):
            return True
        self.masks = before
        return False

    def prefer(self, table: Table, *parts: Variable) -> bool:
        """Add a table if it can hold; False, and nothing changed, when it cannot."""
        k = len(self.ties)
        before = self.masks
        self.masks = before[:]
        self.tie(table, *parts)
        if self._settle([k]):
            return True
        self.masks = before
        self.broken.add(k)
        return False

    def _settle(self, queue: list[int]) -> bool:
        """Apply these tables and those of the parts that change; False, and every change undone, when one cannot hold."""
        masks, undo = self.masks, list[tuple[Variable, int]]()
        while queue:
            k = queue.pop()
            if k in self.broken:
                continue
            table, parts = self.ties[k]
            old = tuple([masks[p] for p in parts])
            new = _effects.get((table, old)) or _effect(table, old)
            if new == old:
                continue
            for part, was, now in zip(parts, old, new, strict=True):
                now &= masks[part]
                if not now:
                    for changed, mask in reversed(undo):
                        masks[changed] = mask
                    return False
                if now != was:
                    undo.append((part, masks[part]))
                    masks[part] = now
                    queue += self.watch[part]
        return True
