"""Laws of functions in a product, entry by entry: steps, moduli and signs, and what stands under a root.

One idea: they act on factors with the same indices, after equal factors were merged, and leave fewer or plainer ones. Each is an equality for every real
value at which both sides have one; of complex numbers nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Apply, Idx, Node, Prod, Sum
from derive.ops import REGISTRY

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    Placed = tuple[Node, Idx, Number]


ACTING = frozenset(("abs", "sign", "step"))


def functions_met(factors: list[Placed]) -> list[Placed]:
    """The factors after all laws of functions."""
    if not any(type(b) is Apply and b.op.name in ACTING for b, _, _ in factors):
        return factors
    return with_moduli(without_moduli(without_steps(factors)))


def without_steps(factors: list[Placed]) -> list[Placed]:
    """`step(u) relu(u) = relu(u)`, and `step(u) max(0, u) = max(0, u)`, entry by entry."""
    found = [f for f in factors if type(f[0]) is Apply and f[0].op.name == "step"]
    for step in found:
        u = step[0].children[0]
        if any(idx == step[1] and e > 0 and _is_ramp(base, u) for base, idx, e in factors):
            factors = [f for f in factors if f is not step]
    return factors


def _is_ramp(base: Node, u: Node) -> bool:
    """Whether a node is max(0, u)."""
    if type(base) is not Apply:
        return False
    if base.op.name == "relu":
        return base.args[0] == u
    return base.op.name == "maximum" and any(
        a == u and type(b) is Sum and not b.terms for a, b in (base.args, base.args[::-1])
    )


def without_moduli(factors: list[Placed]) -> list[Placed]:
    """`|u|^2 = u^2`, `|u|^3 sign(u) = u^3`, `|u|^2 sign(u) = u |u|` and `|u| sign(u)^2 = |u|` for real u, entry by entry."""
    for place, (base, idx, a) in enumerate(factors):
        if type(base) is not Apply or base.op.name != "abs" or type(a) is not int or a < 1:
            continue
        u = base.args[0]
        signs = [k for k, f in enumerate(factors) if _is_sign(f, u, idx)]
        b = sum([int(factors[k][2]) for k in signs])
        if u.complex or not (b or a % 2 == 0):
            continue
        rest = {(f[0], f[1]): f[2] for k, f in enumerate(factors) if k != place and k not in signs}
        modulus = a if b % 2 == 0 and a % 2 else 1 if b % 2 and a % 2 == 0 else 0
        for node, power_of in ((base, modulus), (u, a - modulus)):
            if power_of:
                rest[node, idx] = rest.get((node, idx), 0) + power_of
        return without_moduli([(node, at, e) for (node, at), e in rest.items()])
    return factors


def with_moduli(factors: list[Placed]) -> list[Placed]:
    """`u sign(u) = |u|` for real u, entry by entry."""
    for base, idx, b in factors:
        if type(base) is not Apply or base.op.name != "sign" or type(b) is not int or b < 1 or base.complex:
            continue
        u = base.args[0]
        if any(f[0] == u and f[1] == idx and type(f[2]) is int and f[2] > 0 for f in factors):
            rest = {(f[0], f[1]): f[2] for f in factors}
            modulus = Apply(REGISTRY["abs"], (u,), u.shape)
            for node, more in ((base, -1), (u, -1), (modulus, 1)):
                rest[node, idx] = rest.get((node, idx), 0) + more
            return with_moduli(without_moduli([(node, at, e) for (node, at), e in rest.items() if e != 0]))
    return factors


def _is_sign(factor: Placed, u: Node, idx: Idx) -> bool:
    base, at, exp = factor
    return (
        type(base) is Apply
        and base.op.name == "sign"
        and base.args[0] == u
        and at == idx
        and type(exp) is int
        and exp > 0
    )


def roots_met(factors: list[Placed]) -> list[Placed]:
    """`(a b)^(-3/2) a b = (a b)^(-1/2)`: what stands under a root in the denominator and as a whole beside it."""
    for place, (base, idx, exp) in enumerate(factors):
        if type(base) is not Prod or type(exp) is int or exp > 0 or idx or base.dims or base.coef != 1:
            continue
        powers = {b: e for b, at, e in factors if not at and type(e) is int}
        times = [powers.get(b, 0) // e if type(e) is int and e > 0 else 0 for b, _, e in base.factors]
        if not times or min(times) < 1:
            continue
        taken = {b: e * min(times) for b, _, e in base.factors}
        rest = [(b, at, e if at or type(e) is not int else e - taken.get(b, 0)) for b, at, e in factors]
        rest[place] = (base, idx, exp + min(times))
        return roots_met([f for f in rest if f[2] != 0])
    return factors
