"""Values for undefined functions: fixed, smooth and generic.

One idea: f(t) = Σ_k c_k exp(a_k t) and L(o) = Σ_k c_k exp(⟨a_k, o⟩) have every derivative in closed form (f⁽ʳ⁾ multiplies by a_kʳ,
L⁽ʳ⁾ by a_k ⊗ … ⊗ a_k), so a statement about f and f' is judged with real functions. The constants are small dyadic
rationals that follow from the function's name alone. It knows nothing of the calculus: closed forms are those of exp.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

from flint import arb, fmpq

from derive.numeric.ball import checked
from derive.numeric.generator import Generator
from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import NotInWorld, World
from derive.term import Function

TERMS = 3


@lru_cache(maxsize=256)
def constants(name: str, entries: int) -> tuple[tuple[fmpq, tuple[fmpq, ...]], ...]:
    """(c_k, a_k) for k = 1..3, with one a_k for every entry of the arguments; |c_k| ≤ 1.5, 0 < |a_k| ≤ 1."""
    source = Generator(crc32(name.encode()))
    out = []
    for k in range(TERMS):
        c = fmpq(source.between(16, 48) * (-1) ** k, 32)
        a = tuple(fmpq(source.sign() * source.between(8, 64), 64) for _ in range(entries))
        out.append((c, a))
    return tuple(out)


def applied(function: Function, arguments: Sequence[Tensor], world: World) -> Tensor:
    """The value of f(x), f'(x), L(o), L'(o) …: `order` derivatives add that many copies of the argument's axes.

    Several arguments are read as one list of numbers; raises ValueError for a derivative of such a function by position.
    """
    if world.name != "balls":
        raise NotInWorld("an undefined function has no value in the exact rationals")
    if function.order and len(arguments) != 1:
        raise ValueError("the prime of a function of several arguments is not defined")
    return _elementwise(function, arguments) if function.elementwise else _whole(function, arguments)


def _elementwise(function: Function, arguments: Sequence[Tensor]) -> Tensor:
    shape = max((t.shape for t in arguments), key=len)
    size = max(len(t.entries) for t in arguments)
    columns = [t.entries if t.shape else t.entries * size for t in arguments]
    terms = constants(function.name, len(arguments))
    values = [
        sum((_term(c, a, point, function.order) for c, a in terms), arb(0)) for point in zip(*columns, strict=True)
    ]
    return Tensor(shape, values)


def _term(c: fmpq, a: Sequence[fmpq], point: Sequence[Number], order: int) -> Number:
    """c a^order exp(⟨a, point⟩)."""
    inner = sum((arb(x) * t for x, t in zip(a, point, strict=True)), arb(0))
    return checked(arb(c * a[0] ** order) * inner.exp())


def _whole(function: Function, arguments: Sequence[Tensor]) -> Tensor:
    point = [x for t in arguments for x in t.entries]
    shape = arguments[0].shape * function.order if function.order else ()
    total = [arb(0)] * len(point) ** function.order
    for c, a in constants(function.name, len(point)):
        weights = [_term(c, a, point, 0)]
        for _ in range(function.order):
            weights = [w * arb(x) for w in weights for x in a]
        total = [t + w for t, w in zip(total, weights, strict=True)]
    return Tensor(shape, total)
