"""The layout of the generated source: imports, private functions, and one function that computes the answer.

One idea: the graph of expressions is written as straight-line code; an expression that is used twice, or would make a line too
long, gets a name first. What the function takes follows from what the expressions need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from derive.codegen.code import Code
from derive.codegen.field import is_complex
from derive.codegen.names import identifier
from derive.codegen.shapes import Reading, reading_line, readings
from derive.codegen.templates import PRIVATE
from derive.codegen.translate import Translation
from derive.term import Symbol, Term

WIDE = 88  # an expression longer than this is cut into named parts
PLAIN = frozenset("name number T slice tuple view".split())


class Interface(NamedTuple):
    """What the function takes: variables, then sizes that no shape tells, then undefined functions."""

    name: str
    variables: tuple[tuple[str, str], ...]  # (name of the symbol, name of the parameter)
    sizes: tuple[tuple[str, str], ...]
    functions: tuple[tuple[str, int, str], ...]  # (name, order, parameter)


def numpy_source(answer: Term, symbols: Sequence[Symbol], name: str = "derivative", title: str = "") -> str:
    """Python source of a function that computes `answer` with NumPy; the function is the last thing in it.

    answer: any term without open derivatives; its axes are those of the array that is returned (a row is a 1-D array).
    symbols: all variables in the order of the parameters; those that do not occur are left out, except where a size can
    only be read from them. title: one line for the docstring. Raises ValueError for a term that has no value.
    """
    return generate(answer, symbols, name, title)[0]


def generate(
    answer: Term, symbols: Sequence[Symbol], name: str = "derivative", title: str = ""
) -> tuple[str, Interface]:
    """The source and the interface of its function."""
    for node in answer.walk():
        if node.head in ("derivative", "differential", "relation", "both"):
            raise ValueError(f"a term of kind {node.head} has no value")
    t = Translation(symbols)
    t.complex = is_complex(answer)
    function = t.names.take(identifier(name))
    root = t.code(answer)
    lines, result, reached = Writing(t, root).statements()
    needed = _needed(reached)
    known, asked = readings(_in_order(t, needed["symbol"]), needed["size"])
    if asked:  # sizes that only variables which do not occur can tell
        known, asked = readings(_in_order(t, [*needed["symbol"], *_tellers(t, asked)]), needed["size"])
    variables = {*needed["symbol"], *(r.symbol for r in known)}
    interface = Interface(
        function,
        tuple((s.name, t.parameters[s.name]) for s in t.symbols.values() if s.name in variables),
        tuple((s, t.sizes[s]) for s in asked),
        tuple((n, k, p) for (n, k), p in t.functions.items() if ("function", n, k) in reached),
    )
    body = [*_conversions(t, interface), *_size_lines(t, known), *lines, f"return {_returned(result, root, t)}"]
    text = "\n".join(f"    {line}" for line in body)
    head = f"def {function}({_signature(interface)}):\n{_docstring(t, interface, answer, title)}{text}\n"
    return _imports(text) + _private(text) + head, interface


class Writing:
    """The statements of a graph, children before parents, on an explicit stack."""

    def __init__(self, t: Translation, root: Code) -> None:
        self.t = t
        self.root = root
        self.order: list[Code] = []
        self.uses: dict[Code, int] = {}
        self.texts: dict[Code, str] = {}
        self.levels: dict[Code, int] = {}
        self.reached: dict[tuple[object, ...], None] = {}

    def statements(self) -> tuple[list[str], str, list[tuple[object, ...]]]:
        """Assignments, the expression of the result, and what the expressions refer to."""
        self._count()
        lines: list[str] = []
        for code in self.order:
            text = self._text(code)
            self.levels[code] = self.levels[code.args[0]] if code.kind == "view" else code.level
            if code is not self.root and self._named(code, text):
                name = self.t.names.take(code.hint or "t")
                lines.append(f"{name} = {text}")
                text, self.levels[code] = name, 9
            self.texts[code] = text
            if isinstance(code.data, tuple) and code.data and isinstance(code.data[0], str):
                self.reached[code.data] = None
        return lines, self.texts[self.root], list(self.reached)

    def _count(self) -> None:
        stack, seen = [self.root], set[Code]()
        while stack:
            code = stack[-1]
            missing = [a for a in code.args if a not in seen]
            if code in seen:
                stack.pop()
            elif missing:
                stack += reversed(missing)
            else:
                stack.pop()
                seen.add(code)
                self.order.append(code)
                for argument in code.args:
                    self.uses[argument] = self.uses.get(argument, 0) + 1

    def _text(self, code: Code) -> str:
        parts = []
        for argument, level in zip(code.args, code.levels, strict=True):
            text = self.texts[argument]
            parts.append(f"({text})" if self.levels[argument] < level else text)
        return code.text(parts)

    def _named(self, code: Code, text: str) -> bool:
        """Whether an expression is written on a line of its own: used twice, or too long to stay inside another."""
        if (
            code.bound
            or code.kind in PLAIN
            or (code.kind == "after" and code.args[0].kind in PLAIN and len(code.args) == 1)
        ):
            return False
        if code.kind == "list" or text.startswith("'"):
            return False
        return self.uses[code] > 1 or len(text) > WIDE


def _needed(reached: Sequence[tuple[object, ...]]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {"symbol": [], "size": [], "function": []}
    for kind, name, *_ in reached:
        out[str(kind)].append(str(name))
    return out


def _in_order(t: Translation, names: Sequence[str]) -> list[Symbol]:
    return [s for s in t.symbols.values() if s.name in names]


def _tellers(t: Translation, sizes: Sequence[str]) -> list[str]:
    """Variables whose shapes hold one of the sizes."""
    return [s.name for s in t.symbols.values() if any(set(sizes) & size.names for size in s.type.shape)]


def _signature(interface: Interface) -> str:
    parts = [p for _, p in interface.variables] + [p for _, p in interface.sizes]
    functions = [p for _, _, p in interface.functions]
    return ", ".join([*parts, "*", *functions] if functions else parts)


def _conversions(t: Translation, interface: Interface) -> list[str]:
    """Lists and integers become arrays of floats; an array of floats stays the array that it is."""
    scalars = [p for s, p in interface.variables if not t.symbols[s].type.shape]
    arrays = [p for s, p in interface.variables if t.symbols[s].type.shape]
    kind = {p: "complex" if t.symbols[s].complex else "float" for s, p in interface.variables}
    listed = [f"{p} = np.asarray({p}, dtype={kind[p]})" for p in arrays]
    return listed + [f"{p} = np.{kind[p]}{128 if kind[p] == 'complex' else 64}({p})" for p in scalars]


def _size_lines(t: Translation, known: Sequence[Reading]) -> list[str]:
    for reading in known:
        for size in (reading.name, *sorted(reading.rest.names | reading.divisor.names)):
            if size not in t.sizes:
                t.sizes[size] = t.names.take(size)
    return [reading_line(r, t.parameters, t.sizes) for r in known]


def _returned(text: str, root: Code, t: Translation) -> str:
    """The result: a float, or an array of its own that shares no memory with the arguments."""
    if root.order == 0 and (root.kind == "number" or _is_size(root)):
        return f"float({text})"
    return f"{text}.copy()" if _shares(root) and not text.endswith(".copy()") else text


def _is_size(root: Code) -> bool:
    """Whether a scalar is made of whole numbers only."""
    stack, seen = [root], set[Code]()
    while stack:
        code = stack.pop()
        if code in seen:
            continue
        seen.add(code)
        whole = code.kind == "name" and isinstance(code.data, tuple) and code.data[0] == "size"
        if code.kind not in ("product", "add", "power", "number", "negative") and not whole:
            return False
        stack += code.args
    return True


def _shares(root: Code) -> bool:
    """Whether the result may be a view of an argument."""
    if root.order == 0:
        return False
    while root.kind in ("T", "view", "after") or root.pieces[0] == "np.diag(":
        if root.pieces[-1].endswith(")") and root.kind == "after":
            return False
        root = root.args[0]
    return root.kind == "name"


def _imports(text: str) -> str:
    lines = ["import numpy as np"]
    lines += [f"from scipy import {m}" for m in ("linalg", "special") if f"{m}." in text.replace("np.linalg.", "")]
    return "\n".join(lines) + "\n\n\n"


def _private(text: str) -> str:
    return "".join(source + "\n\n" for name, source in PRIVATE.items() if name + "(" in text)


def _docstring(t: Translation, interface: Interface, answer: Term, title: str) -> str:
    lines = [title or "The value of the formula."]
    lines += ["", *(_parameter(t.symbols[s], p) for s, p in interface.variables)]
    lines += [f"{p}: whole number" for _, p in interface.sizes]
    lines += [_callable(n, k, p) for n, k, p in interface.functions]
    lines.append(f"returns: {_shape(answer)}")
    inner = [safe(line) for line in lines]
    return '    """' + "\n".join([inner[0], *(f"    {line}".rstrip() for line in inner[1:])]) + '\n    """\n'


def _parameter(symbol: Symbol, parameter: str) -> str:
    """`w: array of shape (d,)`."""
    called = "" if parameter == symbol.name else f" ({symbol.name} in the formula)"
    return f"{parameter}: {_words(tuple(map(str, symbol.type.shape)))}{called}"


def _words(shape: tuple[str, ...]) -> str:
    return f"array of shape ({', '.join(shape)}{',' if len(shape) == 1 else ''})" if shape else "number"


def _shape(answer: Term) -> str:
    return _words(tuple(map(str, answer.type.shape)))


def _callable(name: str, order: int, parameter: str) -> str:
    what = f"the function {name}" if not order else f"derivative {order} of the function {name}"
    return f"{parameter}: callable, {what}"


def safe(text: str) -> str:
    """A text that may stand between triple quotes: printable, with quotes and backslashes escaped."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown.replace("\\", "\\\\").replace('"', '\\"')
