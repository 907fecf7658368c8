"""A small solver for kinds: every part of a statement is a scalar, a vector, a row, a matrix, or more.

One idea: each operator is a table of the kinds that fit together; a part keeps the set of kinds that some row of every table still
allows. Sets are bit masks, and the effect of a table on masks is computed once and kept. This module knows nothing of
notation.
"""

from __future__ import annotations

from collections.abc import Sequence

S, C, R, M, T = 1, 2, 4, 8, 16  # scalar, column, row, matrix, more than two axes
ANY = 31
VECTOR = C | R

Table = tuple[tuple[int, ...], ...]
Variable = int

MOST = 1_000  # tables whose effects are kept


class Effects(dict[tuple[int, ...], tuple[int, ...]]):
    """The masks that are left of masks when only rows of one table that fit them count; zeros when none fits."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.table = table
        self.certain: set[tuple[int, ...]] = set()  # what is left, of one kind for each

    def __missing__(self, masks: tuple[int, ...]) -> tuple[int, ...]:
        left = [0] * len(masks)
        for row in self.table:
            if all(kind & mask for kind, mask in zip(row, masks, strict=True)):
                left = [have | kind & mask for have, kind, mask in zip(left, row, masks, strict=True)]
        found = self[masks] = tuple(left)
        if all(mask & (mask - 1) == 0 for mask in found):
            self.certain.add(found)
        return found


_effects: dict[
    int, Effects
] = {}  # by the object, since a table is a constant whose hash would be worked out every time


def _effects_of(table: Table) -> Effects:
    found = _effects.get(id(table))
    if found is None:
        if len(_effects) >= MOST:
            _effects.clear()
        found = _effects[id(table)] = Effects(table)  # which keeps the table, and with it its number
    return found


class Domains:
    """Parts with their possible kinds, and the tables that tie them together."""

    __slots__ = ("_watch", "_watched", "broken", "masks", "ties")

    def __init__(self) -> None:
        self.masks: list[int] = []
        self.ties: list[tuple[Effects, tuple[Variable, ...]]] = []
        self._watch: list[list[int]] = []
        self._watched = 0  # ties that are entered there
        self.broken: set[int] = set()

    def part(self, mask: int = ANY) -> Variable:
        self.masks.append(mask)
        return len(self.masks) - 1

    def tie(self, table: Table, *parts: Variable) -> None:
        self.ties.append((_effects_of(table), parts))

    def result(self, table: Table, parts: tuple[Variable, ...]) -> Variable:
        """A new part, tied to these as a table's last column."""
        masks = self.masks
        made = len(masks)
        masks.append(ANY)
        self.ties.append((_effects_of(table), (*parts, made)))
        return made

    @property
    def watch(self) -> list[list[int]]:
        """The ties of every part."""
        found = self._watch
        found += [[] for _ in range(len(self.masks) - len(found))]
        for k in range(self._watched, len(self.ties)):
            for part in set(self.ties[k][1]):
                found[part].append(k)
        self._watched = len(self.ties)
        return found

    def hopeful(self, parts: Sequence[Variable], mask: int) -> bool:
        """Apply every table with these parts narrowed at once; False, and nothing changed, when that cannot be.

        Tables only ever narrow, so this ends where `start` and one `narrow` after the other would.
        """
        before = self.masks
        masks = self.masks = before[:]
        for part in parts:
            masks[part] &= mask
        everything = list(range(len(self.ties)))
        if all(masks[part] for part in parts) and self._swept(everything):
            return True
        self.masks = before
        return False

    def _swept(self, order: list[int]) -> bool:
        """Apply these tables in their order, then in the other, until nothing changes; False when one cannot hold."""
        masks, ties = self.masks, self.ties
        changed = True
        while changed:
            changed = False
            left = []
            for k in order:
                effects, parts = ties[k]
                if len(parts) == 3:  # most of them
                    a, b, c = parts
                    old: tuple[int, ...] = (masks[a], masks[b], masks[c])
                else:
                    old = tuple([masks[p] for p in parts])
                new = effects[old]
                if new != old:
                    for part, now in zip(parts, new, strict=True):
                        now &= masks[part]
                        if not now:
                            return False
                        masks[part] = now
                    changed = True
                if new not in effects.certain:
                    left.append(k)
            order = left[::-1]
        return True

    def start(self) -> None:
        """Apply every table once; one that cannot hold is left out, so that its error is found where it stands."""
        masks = self.masks
        for k, (effects, parts) in enumerate(self.ties):
            now = tuple([masks[p] for p in parts])
            if effects[now] != now and not self._settle([k]):
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
        self.tie(table, *parts)
        now = tuple([before[p] for p in parts])
        if self.ties[k][0][now] == now:
            return True
        self.masks = before[:]
        if self._settle([k]):
            return True
        self.masks = before
        self.broken.add(k)
        return False

    def _settle(self, queue: list[int]) -> bool:
        """Apply these tables and those of the parts that change; False, and every change undone, when one cannot hold."""
        masks, undo, watch = self.masks, list[tuple[Variable, int]](), self.watch
        while queue:
            k = queue.pop()
            if k in self.broken:
                continue
            effects, parts = self.ties[k]
            old = tuple([masks[p] for p in parts])
            new = effects[old]
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
                    queue += watch[part]
        return True
