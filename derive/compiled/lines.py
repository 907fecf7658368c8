"""Operations of a program as lines of Python: NumPy, PyTorch or JAX.

One idea: one operation a line, views inside of the lines, and in place where `memory` allows it; an
argument is never written to, and a result never shares memory with one. Of operations over the rows of a large matrix it makes a loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.codegen.code import ATOM, number_text
from derive.codegen.names import Names
from derive.codegen.shapes import python
from derive.codegen.templates import template
from derive.compiled.backends import BACKENDS, Backend
from derive.compiled.memory import SIGNS, Memory
from derive.compiled.program import Program, Var, reached
from derive.compiled.rows import Rows, arranged, numbered
from derive.sizes import Size
from derive.term import Symbol

UFUNCS = {"add": "np.add", "sub": "np.subtract", "mul": "np.multiply", "div": "np.divide"}
RESERVED = ("out", "get", "plan", "other", "others", "made", "jax", "jnp", "torch")  # what the functions themselves say
HINTS = {"full": "r", "stack": "rows", "dot": "p", "matmul": "p"}
LARGE = 20_000  # entries
WIDE = 1.2e6  # entries of a matrix that is added to its transpose block by block


class Lines:
    """The statements of a program, and the text of every value."""

    def __init__(
        self,
        program: Program,
        roots: Sequence[Var],
        symbols: Sequence[Symbol],
        backend: str,
        dtype: str,
        shape: Sequence[Size] | None = None,
    ) -> None:
        self.program = program
        self.roots = list(roots)
        self.backend: Backend = BACKENDS[backend]
        self.numpy = backend == "numpy"
        self.dtype = dtype
        self.shape = shape
        needed = reached(roots)
        self.items: list[Var | Rows] = arranged(needed, self.roots, program) if self.numpy else list(needed)
        self.line = numbered(self.items)
        self.names = Names()
        for word in RESERVED:
            self.names.take(word)
        self.used = {v.data for v in self.line if v.op == "input"}
        self.symbols = [s for s in symbols if s.name in self.used]
        self.all_symbols = list(symbols)
        self.parameters = {s.name: self.names.take(s.name) for s in symbols}
        self.out = "out"
        self.size_names: dict[str, str] = {}
        self.texts: dict[Var, str] = {}
        self.statements: list[str] = []
        self.memory = Memory(self.line, self.roots, self.numpy)
        groups = [item for item in self.items if isinstance(item, Rows)]
        for rows in groups:
            whole = [a for v in rows.each if v.op == "dot" for a in v.args if a not in rows.each]
            self.memory.keep(whole, rows.members()[-1].number + 1)
        self.target = self.memory.target(shape is not None)
        if any(self.target in rows.members() for rows in groups):
            self.target = None
        self.uses: dict[Var, int] = {}
        for var in self.line:
            for arg in var.args:
                self.uses[arg] = self.uses.get(arg, 0) + 1

    # ---- sizes

    def size(self, size: Size) -> str:
        """A size in the names of the source."""
        for name in sorted(size.names):
            if name not in self.size_names:
                self.size_names[name] = self.names.take(name)
        return python(size, self.size_names)

    def shape_text(self, shape: Sequence[Size]) -> str:
        parts = [self.size(s) for s in shape]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"

    # ---- expressions

    def text(self, var: Var) -> str:
        """The name of a value, or an expression that costs nothing."""
        return self.texts[var]

    def write(self, var: Var) -> None:
        method = getattr(self, "_" + var.op, None)
        if method is not None:
            self.texts[var] = method(var)
            return
        if var.op in SIGNS:
            self._arithmetic(var)
            return
        raise ValueError(var.op)

    def named(self, var: Var, text: str) -> str:
        name = self.names.take(HINTS.get(var.op, "t"))
        self.statements.append(f"{name} = {text}")
        return name

    def _input(self, var: Var) -> str:
        return self.parameters[str(var.data)]

    def _number(self, var: Var) -> str:
        text, level = number_text(Fraction(var.data))
        return text if level == ATOM else f"({text})"

    def _constant(self, var: Var) -> str:
        return f"{self.backend.module}.{var.data}"

    def _size(self, var: Var) -> str:
        text = self.size(var.data)
        return text if text.isidentifier() else f"({text})"

    def _arithmetic(self, var: Var) -> None:
        into = self.memory.overwritten(var)
        if into is None and self._mirrored(var):
            self.texts[var] = self._with_transpose(var)
            return
        op, a, b = self._operands(var)
        if into is None:
            goes = var is self.target
            text = f"{UFUNCS[op]}({a}, {b}, out={self.out})" if goes else f"{a} {SIGNS[op]} {b}"
            self.texts[var] = self.named(var, text)
        elif into is var.args[0] or op in ("add", "mul"):
            first = into is var.args[0]
            own = self._held(into, a if first else b)
            other = (b if first else a) if op == var.op else own
            self.statements.append(f"{own} {SIGNS[op]}= {other.strip('()') if _plain(other) else other}")
            self.texts[var] = own
        else:
            own = self._held(into, b)
            self.statements.append(f"{UFUNCS[op]}({a}, {own}, out={own})")
            self.texts[var] = own
        if into is not None:
            self.memory.passed_on(var, into)

    def _operands(self, var: Var) -> tuple[str, str, str]:
        """Operation and operands: next to an array a number is a float, which NumPy need not convert, and twice a small one is a sum."""
        a, b = var.args
        if self.numpy and var.op == "mul" and a.op == "number" and a.data == 2 and b.shape:
            if self.program.entries(b.shape) < LARGE and self.text(b).isidentifier():
                return "add", self.text(b), self.text(b)
        return var.op, self._operand(a, b), self._operand(b, a)

    def _operand(self, var: Var, other: Var) -> str:
        whole = var.op == "number" and other.shape and var.data == int(var.data) and abs(var.data) < 2**53
        if not (self.numpy and whole):
            return self.text(var)
        return f"{float(var.data)}" if var.data >= 0 else f"({float(var.data)})"

    def _mirrored(self, var: Var) -> bool:
        """Whether this is a matrix and its transpose."""
        a, b = var.args
        turned = b.op == "view" and b.data == (1, 0) and b.args[0] is a
        return self.numpy and var.op == "add" and turned

    def _with_transpose(self, var: Var) -> str:
        """A matrix and its transpose: turned first, then added to, which is a tenth faster than both at once; a large one block by block."""
        a, goes = self.text(var.args[0]), var is self.target
        if self.program.entries(var.shape) >= WIDE:
            return self.named(var, f"_with_transpose({a}{f', {self.out}' if goes else ''})")
        if not goes:
            own = self.named(var, f"{a}.T.copy()")
        else:
            own = self.names.take(HINTS.get(var.op, "t"))
            self.statements += [f"if {self.out} is None:", f"    {own} = {a}.T.copy()", "else:"]
            self.statements += [f"    {own} = {self.out}", f"    {own}[...] = {a}.T"]
        self.statements.append(f"{own} += {a}")
        return own

    def _held(self, var: Var, text: str) -> str:
        """A name for an array that is to be overwritten."""
        return text if text.isidentifier() else self.named(var, text)

    def _negative(self, var: Var) -> str:
        (a,) = var.args
        if self.memory.overwritten(var) is not None:
            own = self._held(a, self.text(a))
            self.statements.append(f"np.negative({own}, out={own})")
            self.memory.passed_on(var, a)
            return own
        return self.named(
            var, f"np.negative({self.text(a)}, out={self.out})" if var is self.target else f"-{self.text(a)}"
        )

    def _power(self, var: Var) -> str:
        (a,), k, m = var.args, Fraction(var.data), self.backend.module
        x = self.text(a)
        if k == 2:
            if self.memory.overwritten(var) is not None:
                own = self._held(a, x)
                self.statements.append(f"{own} *= {own}")
                self.memory.passed_on(var, a)
                return own
            return self.named(var, f"{x} * {x}")
        if not a.shape and self.numpy:  # NumPy's functions take ten times as long for a number
            text, level = number_text(k) if k.denominator > 2 or k == int(k) else (str(float(k)), ATOM)
            return self.named(var, f"{x}**{text if level == ATOM else f'({text})'}")
        if k == Fraction(1, 2):
            return self.named(var, f"{m}.sqrt({x})")
        if k == 3:
            return self.named(var, f"{x} * {x} * {x}")
        if k == Fraction(3, 2):
            return self.named(var, f"{x} * {m}.sqrt({x})")
        text, level = number_text(k)
        return self.named(var, f"{x}**{text if level == ATOM else f'({text})'}")

    def _text(self, var: Var) -> str:
        text, parameters = var.data
        args = [self.text(a) for a in var.args]
        text = self.backend.text(text)
        if self.memory.overwritten(var) is not None:
            own = self._held(var.args[0], args[0])
            self.statements.append(f"{text[:-3]}({own}, out={own})")
            self.memory.passed_on(var, var.args[0])
            return own
        made = template(text, parameters)
        out = [made.pieces[0]]
        for place, piece in zip(made.order, made.pieces[1:], strict=True):
            out += [args[place], piece]
        return self.named(var, "".join(out))

    # ---- axes

    def _view(self, var: Var) -> str:
        (a,), axes = var.args, var.data
        text, kept = self.text(a), tuple(k for k in axes if k is not None)
        order = len(a.shape)
        moved = kept != tuple(range(order))
        if moved:
            text += ".T" if order == 2 else f".{self.backend.transpose}({', '.join(map(str, kept))})"
        if len(kept) == len(axes):
            return text
        if kept == axes[: len(kept)]:
            subscript = ", ".join([":"] * len(kept) + ["None"] * (len(axes) - len(kept)))
        else:
            subscript = ", ".join("None" if x is None else ":" for x in axes)
        return f"{text}[{subscript}]"

    def _reshape(self, var: Var) -> str:
        text = f"{self.text(var.args[0])}.reshape({self.shape_text(var.shape)[1:-1].rstrip(',')})"
        return text if self.uses.get(var, 0) == 1 and not self._wants_name(var) else self.named(var, text)

    def _wants_name(self, var: Var) -> bool:
        return var in self.roots

    def _diagonal(self, var: Var) -> str:
        return self.named(var, f"{self.backend.module}.einsum({var.data!r}, {self.text(var.args[0])})")

    def _on_diagonal(self, var: Var) -> str:
        (a, b), (words, sign) = var.args, var.data
        if not self.numpy:
            return self.named(var, self.backend.on_diagonal(self, var))
        own = self._held(a, self.text(a)) if self.memory.free(a, var, (b,)) else self.named(a, f"{self.text(a)}.copy()")
        self.memory.passed_on(var, a)
        empty = a.op == "full" and a.args[0].op == "number" and a.args[0].data == 0 and sign > 0
        into = "=" if empty else "+=" if sign > 0 else "-="
        if words == "aa->a" and self._in_order(a):
            self.statements.append(f"{own}.reshape(-1)[:: {self.size(a.shape[1])} + 1] {into} {self.text(b)}")
        else:
            self.statements.append(f"np.einsum({words!r}, {own})[...] {into} {self.text(b)}")
        return own

    def _in_order(self, var: Var) -> bool:
        """Whether an array surely lies row after row."""
        while var.op not in ("dot", "full"):
            into = self.memory.overwritten(var)
            if into is None:
                return False
            var = into
        return True

    # ---- products and sums

    def _dot(self, var: Var) -> str:
        a, b = (self.text(x) for x in var.args)
        if not self.numpy:
            return self.named(var, f"{a} @ {b}")
        if len(var.shape) == 2 and self._large(var):
            return self.named(var, f"np.matmul({a}, {b}, out={self.out})" if var is self.target else f"{a} @ {b}")
        return self.named(var, f"{a}.dot({b}{f', out={self.out}' if var is self.target else ''})")

    def _large(self, var: Var) -> bool:
        """Whether `@` is faster than `dot`: that one is called in half the time, and fills large results with zeros first."""
        thin = self.program.entries(var.args[0].shape[-1:]) == 1
        return not thin and self.program.entries(var.shape) >= LARGE

    def _matmul(self, var: Var) -> str:
        a, b = (self.text(x) for x in var.args)
        return self.named(var, f"np.matmul({a}, {b}, out={self.out})" if var is self.target else f"{a} @ {b}")

    def _einsum(self, var: Var) -> str:
        args = ", ".join(self.text(a) for a in var.args)
        return self.named(var, f"{self.backend.module}.einsum({var.data!r}, {args})")

    def _sum(self, var: Var) -> str:
        a, axes = var.args[0], var.data
        every = len(axes) == len(a.shape)
        return self.named(var, self.backend.sum(self.text(a), axes, every))

    def _maximum(self, var: Var) -> str:
        return self.named(var, self.backend.largest(self.text(var.args[0]), not var.shape))

    def _full(self, var: Var) -> str:
        value, module = var.args[0], self.backend.module
        shape = self.shape_text(var.shape)
        option = f", dtype={module}.{self.dtype}" if self.dtype != "float64" or module == "torch" else ""
        if value.op == "number" and value.data in (0, 1):
            return self.named(var, f"{module}.{'ones' if value.data else 'zeros'}({shape}{option})")
        if value.op != "number" and not option:
            return self.named(var, f"{module}.full({shape}, {self.text(value)})")
        return self.named(var, f"{module}.full({shape}, {self.text(value)}{option or f', dtype={module}.float64'})")

    def _eye(self, var: Var) -> str:
        option = f", dtype={self.backend.module}.{self.dtype}" if self.dtype != "float64" or not self.numpy else ""
        return self.named(var, f"{self.backend.module}.eye({self.size(var.data)}{option})")

    def _stack(self, var: Var) -> str:
        rows = ", ".join(self.text(a) for a in var.args)
        return self.named(var, f"{self.backend.stack}([{rows}])")


def _plain(text: str) -> bool:
    """Whether this is a number in brackets."""
    return text.startswith("(-") and text[2:-1].replace(".", "").isdigit()
