"""Laws of logarithms of scalars, for deciding equality.

One idea: where log(u) has a value u is positive; so a factor leaves the logarithm when it is positive by its form, and what is left,
when it is one power or a product of determinants, is positive too. Nothing is said where a side has no value.

    log(u v) = log(u) + log(v)   u ≥ 0 by its form       log(u^q) = q log(u)      log(exp(u)) = u      log(u^k) = k log(u), u ≥ 0
    log(det A) = logdet(A)       logdet(c A) = n log|c| + logdet(A), A of order n
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.conjugate import is_complex
from derive.engine.deciding import is_positive
from derive.engine.expr import Apply, Atom, Node, Prod, constant
from derive.engine.normal import normalise
from derive.engine.signs import nonnegative
from derive.engine.subscripts import size_node
from derive.engine.sums import collect, scaled
from derive.ops import REGISTRY
from derive.sizes import Size

if TYPE_CHECKING:
    from fractions import Fraction

    from derive.engine.expr import Idx

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]


def logarithm(node: Apply) -> Node | None:
    """A `log` or `logdet` of a normal scalar as a sum of lighter ones; None when no law applies."""
    if node.shape or is_complex(node):
        return None
    if node.op.name == "log":
        made = _log(node.args[0])
        return None if made == node else made
    return _logdet(node.args[0]) if node.op.name == "logdet" else None


def _apply(name: str, *args: Node) -> Node:
    return normalise(Apply(REGISTRY[name], args, ()))


def _log(u: Node) -> Node:
    """log(u), as far as the laws go."""
    if isinstance(u, Apply):
        return _log_of_function(u)
    if isinstance(u, Atom) and not isinstance(u.value, str | Size):
        return _apply("log", constant(u.value))
    if not isinstance(u, Prod) or u.dims or u.coef <= 0:
        return _apply("log", u)
    out: list[Node] = [] if u.coef == 1 else [_apply("log", constant(u.coef))]
    left: list[FactorOf] = []
    for base, idx, exp in u.factors:
        if type(exp) is not int or nonnegative(base) or is_positive(base):
            out.append(scaled(exp, _log(base)))
        else:
            left.append((base, idx, exp))
    if len(left) == 1 and left[0][2] % 2:
        out.append(scaled(left[0][2], _log(left[0][0])))
    elif left and all(isinstance(b, Apply) and b.op.name == "det" for b, _, _ in left):
        out += [scaled(exp, _log(base)) for base, _, exp in left]
    elif left:
        out.append(_apply("log", normalise(Prod(1, tuple(left), (), ()))))
    return collect(out, ())


def _log_of_function(u: Apply) -> Node:
    if u.op.name == "exp":
        return u.args[0]
    if u.op.name == "det":
        inner = _apply("logdet", u.args[0])
        return (logarithm(inner) or inner) if isinstance(inner, Apply) else inner
    if u.op.name == "power" and (nonnegative(u.args[0]) or is_positive(u.args[0])):
        return normalise(Prod(1, ((u.args[1], (), 1), (_log(u.args[0]), (), 1)), (), ()))
    return _apply("log", u)


def _logdet(a: Node) -> Node | None:
    """logdet(c A) = n log|c| + logdet(A)."""
    if not isinstance(a, Prod):
        return None
    outside = [f for f in a.factors if not f[1]]
    if (not outside and a.coef in (1, -1)) or len(outside) == len(a.factors):
        return None
    c = normalise(Prod(a.coef if a.coef > 0 else -a.coef, tuple(outside), (), ()))
    sign = 1 if a.coef > 0 else -1
    rest = normalise(Prod(sign, tuple([f for f in a.factors if f[1]]), a.out, a.dims))
    size = c if nonnegative(c) or is_positive(c) else _apply("abs", c)
    return collect(
        [normalise(Prod(1, ((size_node(a.shape[0]), (), 1), (_log(size), (), 1)), (), ())), _apply("logdet", rest)], ()
    )
