"""A straight line of operations as the source of one function, with its parameters, sizes, imports and docstring.

One idea: the statements come from `lines`; here stands what is around them. Names are ours, whatever the variables are called.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from derive.codegen.shapes import Reading, reading_line, readings
from derive.codegen.templates import PRIVATE
from derive.compiled.lines import Lines
from derive.compiled.loops import write_loop
from derive.compiled.program import Var
from derive.compiled.rows import Rows
from derive.term import Symbol

BLOCKED = '''def _with_transpose(a, out=None):
    """a + a.T: blocks are turned one by one, so that what is read and written lies at hand, and then added to."""
    out = np.empty_like(a) if out is None else out
    for i in range(0, len(a), 128):
        rows = slice(i, i + 128)
        for j in range(0, len(a), 512):
            columns = slice(j, j + 512)
            out[rows, columns] = a[columns, rows].T
        out[rows] += a[rows]
    return out
'''


class Written(NamedTuple):
    """Source of one function, its name, its parameters for variables, and those for sizes that no shape tells."""

    source: str
    name: str
    variables: tuple[tuple[str, str], ...]
    sizes: tuple[tuple[str, str], ...]


class Writer(Lines):
    """One function of a program."""

    # ---- the function

    def written(self, name: str, title: str) -> Written:
        for item in self.items:
            if isinstance(item, Rows):
                write_loop(self, item)
            else:
                self.write(item)
        results = [self._result(r, self.roots[:k]) for k, r in enumerate(self.roots)]
        shape = "" if self.shape is None else self.shape_text(self.shape)
        head: list[str] = []
        if self.target is not None and self.roots[0].shape != self.target.shape:
            flat = self.shape_text(self.target.shape)
            head.append(f"{self.out} = {self.out} if {self.out} is None else {self.out}.reshape({flat})")
        reads, asked = self._size_lines()
        body = [*reads, *head, *self.statements, *self._returned(results, shape)]
        variables = tuple([(s.name, self.parameters[s.name]) for s in self.symbols + self._tellers(reads)])
        extra = [self.size_names[n] for n in asked]
        parameters = (
            [p for _, p in variables]
            + extra
            + ([f"{self.out}=None"] if self.numpy and self.shape is None and len(self.roots) == 1 else [])
        )
        text = "\n".join(f"    {line}" for line in body)
        doc = self._docstring(title, variables)
        source = f"def {name}({', '.join(parameters)}):\n{doc}{text}\n"
        return Written(
            self._imports(source) + self._private(source) + source,
            name,
            variables,
            tuple((n, self.size_names[n]) for n in asked),
        )

    def _told(self, wanted: Sequence[str]) -> tuple[list[Reading], list[str]]:
        """Sizes that the shapes of more variables tell: of one more, if one is enough."""
        others = [s for s in self.all_symbols if s not in self.symbols]
        for more in (*[[s] for s in others], others):
            known, asked = readings([*self.symbols, *more], wanted)
            if not asked:
                break
        return known, asked

    def _tellers(self, reads: Sequence[str]) -> list[Symbol]:
        """Variables of which only the shape is needed."""
        words = {line.split(" = ", 1)[1] for line in reads}
        seen = {s.name for s in self.symbols}
        return [
            s for s in self.all_symbols
            if s.name not in seen and any(re.search(rf"\b{re.escape(self.parameters[s.name])}\.shape", w) for w in words)
        ]  # fmt: skip

    def _returned(self, results: list[str], shape: str) -> list[str]:
        if self.shape is not None:
            return [f"return ({', '.join(results)},), {shape}"]
        if len(results) > 1:
            return [f"return {', '.join(results)}"]
        if not self.numpy or not self.roots[0].shape:
            return [f"return {results[0]}"]
        if self.target is not None:
            return [f"return {results[0]}"]
        out = self.out
        return [f"if {out} is None:", f"    return {results[0]}", f"{out}[...] = {results[0]}", f"return {out}"]

    def _result(self, root: Var, before: Sequence[Var]) -> str:
        text = self.text(root)
        if not root.shape:
            return f"float({text})" if self.numpy and root.op in ("number", "size") else text
        shared = any(self.memory.storage[root] is self.memory.storage[r] for r in before)
        if self.numpy and (shared or self.memory.storage[root].op == "input"):
            return f"{text}.copy()"
        if self.dtype == "float32" and self.numpy and any(v.op == "text" and "where" in str(v.data) for v in self.line):
            return f"{text}.astype(np.float32, copy=False)"
        return text

    def _docstring(self, title: str, variables: Sequence[tuple[str, str]]) -> str:
        from derive.codegen.numpy_source import safe

        known = {s.name: s for s in self.all_symbols}
        lines = [safe(title)]
        for name, parameter in variables:
            shape = ", ".join(map(str, known[name].type.shape))
            words = f"array of shape ({shape}{',' if len(known[name].type.shape) == 1 else ''})" if shape else "number"
            lines.append(safe(f"{parameter}: {words}"))
        inner = [lines[0], "", *[f"    {line}" for line in lines[1:]]] if len(lines) > 1 else lines
        return '    """' + "\n".join(inner) + '\n    """\n'

    def _imports(self, text: str) -> str:
        lines = list(self.backend.imports)
        if self.numpy:
            lines += [
                f"from scipy import {m}" for m in ("linalg", "special") if f"{m}." in text.replace("np.linalg.", "")
            ]
        return "\n".join(lines) + "\n\n\n"

    def _private(self, text: str) -> str:
        needed = [source for name, source in PRIVATE.items() if f"{name}(" in text]
        if "_with_transpose(" in text:
            needed.append(BLOCKED)
        return "".join(source + "\n\n" for source in needed)

    # ---- sizes

    def _size_lines(self) -> tuple[list[str], list[str]]:
        wanted = list(self.size_names)
        known, asked = readings(self.symbols, wanted)
        if asked:
            known, asked = self._told(wanted)
        for reading in known:
            for name in (reading.name, *sorted(reading.rest.names | reading.divisor.names)):
                self.size_names.setdefault(name, "") or self.size_names.update(
                    {name: self.size_names[name] or self.names.take(name)}
                )
        return [reading_line(r, self.parameters, self.size_names) for r in known], asked
