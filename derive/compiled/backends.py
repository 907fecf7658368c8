"""What NumPy, PyTorch and JAX call the operations of a program.

One idea: the texts of the declarations are NumPy's; another library is a table of what it calls the same thing. A function that is not in the
table has no source there, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derive.compiled.lines import Lines
    from derive.compiled.program import Var

SAME = "exp log log2 sqrt sin cos tan sinh cosh tanh abs sign floor arcsin arccos arctan maximum minimum".split()
TORCH = {f"np.{f}(": f"torch.{f}(" for f in SAME} | {
    "np.linalg.inv(": "torch.linalg.inv(",
    "np.linalg.det(": "torch.linalg.det(",
    "np.linalg.slogdet(": "torch.linalg.slogdet(",
    "np.linalg.pinv(": "torch.linalg.pinv(",
    "np.linalg.cholesky(": "torch.linalg.cholesky(",
    "np.power(": "torch.pow(",
    "np.prod(": "torch.prod(",
    "np.max(": "torch.amax(",
    "np.min(": "torch.amin(",
    "np.mod(": "torch.remainder(",
    "linalg.expm(": "torch.linalg.matrix_exp(",
    "special.erf(": "torch.special.erf(",
    "special.erfc(": "torch.special.erfc(",
    "special.digamma(": "torch.special.digamma(",
    "special.gammaln(": "torch.special.gammaln(",
}
JAX_WORDS = {"linalg.expm(": "jax.scipy.linalg.expm("} | {
    f"special.{f}(": f"jax.scipy.special.{f}(" for f in ("erf", "erfc", "gammaln", "digamma", "gamma")
}
SPECIAL = {
    "np.heaviside(x, 0.0)": {"torch": "torch.where(x > 0, 1.0, 0.0)", "jax": "jnp.where(x > 0, 1.0, 0.0)"},
    "np.where(x > 0, 1.0, 0.0)": {"torch": "(x > 0).to(x.dtype)", "jax": "(x > 0).astype(x.dtype)"},
    "np.where(x == y, 1.0, 0.0)": {"torch": "(x == y).to(x.dtype)", "jax": "(x == y).astype(x.dtype)"},
    "np.maximum(x, 0)": {"torch": "torch.relu(x)", "jax": "jnp.maximum(x, 0)"},
    "np.logaddexp(0, x)": {"torch": "torch.nn.functional.softplus(x)", "jax": "jnp.logaddexp(0, x)"},
    "_logsumexp(x)": {"torch": "torch.logsumexp(x, -1)", "jax": "jax.scipy.special.logsumexp(x, -1)"},
    "np.power(x, y)": {"torch": "x**y", "jax": "x**y"},
}
_CALL = re.compile(r"\b(?:np\.)?(?:linalg\.|special\.)?\w+\(")


class Backend:
    """NumPy, and what the others do otherwise."""

    name = "numpy"
    module = "np"
    imports: tuple[str, ...] = ("import numpy as np",)
    asarray = "np.asarray"
    transpose = "transpose"
    stack = "np.array"

    def text(self, text: str) -> str:
        """The text of a declaration in this library. Raises ValueError where there is none."""
        return text

    def sum(self, a: str, axes: Sequence[int], every: bool) -> str:
        if every:
            return f"{a}.sum()" if len(axes) > 1 else f"np.add.reduce({a})"
        return f"np.add.reduce({a}, axis={axes[0] if len(axes) == 1 else tuple(axes)})"

    def largest(self, a: str, every: bool) -> str:
        return f"np.maximum.reduce({a})" if every else f"np.maximum.reduce({a}, axis=-1, keepdims=True)"

    def on_diagonal(self, lines: Lines, var: Var) -> str:
        """`a` with `b` where axes agree, out of place: `b` meets an identity for every axis that stands twice."""
        (a, b), (pattern, sign) = var.args, var.data
        inner, outer = pattern.split("->")
        shape = lines.shape_text([a.shape[inner.index(c)] for c in outer])
        words, operands, seen, out = [outer], [self.spread(lines.text(b), shape, lines.dtype)], set[str](), ""
        for k, letter in enumerate(inner):
            if letter in seen:
                fresh = chr(ord("A") + k)
                words.append(letter + fresh)
                operands.append(f"{self.module}.eye({lines.size(a.shape[k])}, dtype={self.module}.{lines.dtype})")
                out += fresh
            else:
                out += letter
            seen.add(letter)
        return f"{lines.text(a)} {'+' if sign > 0 else '-'} {self.module}.einsum('{','.join(words)}->{out}', {', '.join(operands)})"

    def spread(self, text: str, shape: str, dtype: str) -> str:
        return f"{self.module}.broadcast_to({text}, {shape})"


class Torch(Backend):
    name = "torch"
    module = "torch"
    imports = ("import torch",)
    asarray = "torch.as_tensor"
    transpose = "permute"
    stack = "torch.stack"

    def text(self, text: str) -> str:
        return _translated(text, "torch", TORCH, "torch.")

    def sum(self, a: str, axes: Sequence[int], every: bool) -> str:
        return f"{a}.sum()" if every else f"{a}.sum({tuple(axes) if len(axes) > 1 else axes[0]})"

    def largest(self, a: str, every: bool) -> str:
        return f"torch.amax({a})" if every else f"torch.amax({a}, -1, keepdim=True)"

    def spread(self, text: str, shape: str, dtype: str) -> str:
        return f"torch.broadcast_to(torch.as_tensor({text}, dtype=torch.{dtype}), {shape})"


class Jax(Backend):
    name = "jax"
    module = "jnp"
    imports = ("import jax", "import jax.numpy as jnp")
    asarray = "jnp.asarray"
    stack = "jnp.stack"

    def text(self, text: str) -> str:
        found = SPECIAL.get(text)
        if found is not None:
            return found["jax"]
        for word, theirs in JAX_WORDS.items():
            if word in text and f"jax.scipy.{word}" not in text:
                text = text.replace(word, theirs)
        if "_" in {w[0] for w in re.findall(r"\b\w+(?=\()", text)}:
            raise ValueError(f"{text} has no source in JAX")
        return text.replace("np.", "jnp.")

    def sum(self, a: str, axes: Sequence[int], every: bool) -> str:
        return f"{a}.sum()" if every else f"{a}.sum({tuple(axes) if len(axes) > 1 else axes[0]})"

    def largest(self, a: str, every: bool) -> str:
        return f"jnp.max({a})" if every else f"jnp.max({a}, axis=-1, keepdims=True)"


def _translated(text: str, name: str, table: dict[str, str], module: str) -> str:
    found = SPECIAL.get(text)
    if found is not None:
        return found[name]

    def word(match: re.Match[str]) -> str:
        theirs = table.get(match[0])
        if theirs is None:
            raise ValueError(f"{match[0][:-1]} has no source in {name}")
        return theirs

    for number in ("2*np.pi", "2"):  # roots of numbers, for which PyTorch wants tensors
        text = text.replace(f"np.sqrt({number})", f"({number})**0.5")
    return re.sub(r"np\.pi", f"{module}pi", _CALL.sub(word, text))


BACKENDS: dict[str, Backend] = {"numpy": Backend(), "torch": Torch(), "jax": Jax()}
