"""Complex conjugates in index notation: `conj`, `real`, `imag` and `abs` written with conjugates of variables alone.

One idea: a conjugate goes inwards until it stands on a variable, `conj(f(z)) = f(conj(z))`; what is left, `conj(z)` of a complex variable,
is a symbol of its own for every later reader, which is what Wirtinger's derivatives ask for. Laws, for every size:

    conj(x y) = conj(x) conj(y)    conj(x + y) = conj(x) + conj(y)    conj(conj(x)) = x    conj(x) = x for real x    conj(1i) = -1i
    conj(f(x)) = f(conj(x))  for f that is real on the reals and analytic off its branch cut, entry by entry or of a matrix
    conj(A) = A' for hermitian A     conj(A) = -A' for skew-hermitian A      1i^2 = -1
    real(x) = (x + conj(x))/2     imag(x) = (x - conj(x))/(2*1i)     abs(x) = (x conj(x))^(1/2)    logdet(A) = log(det(A) conj(det(A)))/2

A function of a real argument is real wherever it has a value: its domain there is that of real numbers, so the laws hold on the cut too.
Real expressions come here only when they are written with `conj`, `real` or `imag`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Affine, Apply, Atom, Node, Prod, Sum, Sym, constant, postorder
from derive.finding import Finding, LanguageError
from derive.ops import REGISTRY, Operation
from derive.sizes import Size
from derive.term import Symbol, Type

if TYPE_CHECKING:
    from fractions import Fraction

ANALYTIC = frozenset(  # real on the reals, and what a power series says off the cut
    "exp log log2 sqrt sin cos tan arcsin arccos arctan sinh cosh tanh erf power gamma lgamma digamma sigmoid normcdf normpdf "
    "gelu gelu_tanh swish softplus mish factorial "
    "inv det pinv expm logm sqrtm sinm cosm matpow polar tril triu cross prod softmax logsumexp log_softmax "
    "dexpm d2expm dsinm d2sinm dcosm d2cosm dmatpow dlogm d2logm dsqrtm d2sqrtm adj cof".split()
)
CUT = frozenset(
    "log log2 sqrt power arcsin arccos arctan lgamma logm sqrtm softplus mish logsumexp log_softmax".split()
)
OF_REALS = frozenset("abs nucnorm rank lmax lmin eigi opnorm2".split())  # real values of complex arguments
HOLOMORPHIC = ANALYTIC - {"pinv", "polar"}  # with differentials that hold over the complex numbers

BODIES = {"norm2": "sqrt(sum(x.*conj(x)))"}  # where the body of the real numbers says something else
OVER_COMPLEX = frozenset(f"{name} over complex" for name in BODIES)
MEANINGLESS = frozenset(
    "var layernorm batchnorm gauss".split()
)  # squares in their bodies would be of absolute values, or not


def is_complex(node: Node) -> bool:
    """Whether a node mentions anything complex; its value may be real all the same."""
    return node.complex


def fourier(n: Size) -> Node:
    """dft(n) = √n U with U unitary and symmetric."""
    from fractions import Fraction

    unitary = Sym(Symbol(f"(dft({n})/sqrt({n}))", Type((n, n)), ("complex", "symmetric", "unitary")))
    return Prod(1, ((Atom(n), (), Fraction(1, 2)), (unitary, (0, 1), 1)), (0, 1), (n, n))


def inverse(node: Prod) -> Node | None:
    """`inv(s A) = inv(A)/s` of a normal product; None without a scalar s."""
    from derive.engine.normal import normalise

    scalars = tuple([(b, idx, -e) for b, idx, e in node.factors if not idx])
    if not scalars and node.coef == 1:
        return None
    rest = normalise(Prod(1, tuple([f for f in node.factors if f[1]]), node.out, node.dims))
    axes = tuple(range(len(node.shape)))
    number = Prod(node.coef, (), (), (), True)
    inside = Apply(REGISTRY["inv"], (rest,), node.shape)
    return normalise(Prod(1, ((number, (), -1), *scalars, (inside, axes, 1)), axes, node.shape))


def is_real(node: Node) -> bool:
    """Whether a normal node is its own conjugate by its form."""
    return not is_complex(node) or conjugated(node) == node


def conjugated(node: Node) -> Node:
    """The conjugate of a normal node, normal."""
    from derive.engine.normal import normalise, transposed

    if not is_complex(node):
        return node
    match node:
        case Sym():
            if "hermitian" in node.symbol.properties:
                return transposed(node)
            if "skewhermitian" in node.symbol.properties:
                return normalise(Prod(-1, ((node, (0, 1), 1),), (1, 0), node.shape))
            return Apply(REGISTRY["conj"], (node,), node.shape)
        case Atom():
            return normalise(Prod(-1, ((node, (), 1),), (), ()))
        case Sum():
            return normalise(Sum(tuple([conjugated(t) for t in node.terms]), node.shape))
        case Prod():
            factors = tuple([(conjugated(b), idx, e) for b, idx, e in node.factors])
            return normalise(Prod(node.coef, factors, node.out, node.dims))
        case Apply() if node.op.name == "conj":
            return node.args[0]
        case Apply() if node.op.name in OF_REALS or _has_real_value(node):
            return node
        case Apply() if node.op.name == "eig":
            return _conjugate_spectrum(node)
        case Apply() if node.op.name in ANALYTIC:
            return normalise(Apply(node.op, tuple([conjugated(a) for a in node.args]), node.shape))
        case Affine():
            return node
    return Apply(REGISTRY["conj"], (node,), node.shape)


def meets_cut(*roots: Node) -> bool:
    """Whether a root, a logarithm or an inverse function is taken of a conjugate: `conj(log(z)) = log(conj(z))` fails on the cut itself."""
    met = [root for root in roots if root.complex]
    return any(_beside_cut(u) for n in postorder(met) for u in _under_cuts(n))


def _under_cuts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Apply):
        return node.args if node.op.name in CUT else ()
    return tuple([b for b, _, e in node.factors if type(e) is not int]) if isinstance(node, Prod) else ()


def _beside_cut(node: Node) -> bool:
    conjugates = (isinstance(n, Apply) and n.op.name == "conj" for n in postorder([node]))
    return is_complex(node) and any(conjugates) and not is_real(node)


def _has_real_value(node: Apply) -> bool:
    """A function with an order in it takes real arguments only; eigenvalues of a hermitian matrix are real."""
    if node.op.name == "eig":
        return node.op.symmetric
    return node.op.name not in ANALYTIC and all(is_real(a) for a in node.args)


def _conjugate_spectrum(node: Apply) -> Node:
    """Conjugates of eigenvalues: they are imaginary of a skew-hermitian matrix, and of modulus 1 of a unitary one."""
    from derive.engine.normal import normalise, transposed
    from derive.engine.sums import scaled

    matrix = node.args[0]
    if len(matrix.shape) == 2 and matrix.shape[0] == matrix.shape[1]:
        adjoint, n = transposed(conjugated(matrix)), matrix.shape[0]
        if adjoint == scaled(-1, matrix):
            return scaled(-1, node)
        square = normalise(Prod(1, ((matrix, (0, 1), 1), (adjoint, (1, 2), 1)), (0, 2), (n, n, n)))
        if square == Prod(1, (), (0, 0), (n,), True):
            return normalise(Prod(1, ((node, (0,), -1),), (0,), node.shape))
    return Apply(REGISTRY["conj"], (node,), node.shape)


def quarter_turns(node: Apply) -> Node | None:
    """`exp(u + k π 1i/2) = 1i^k exp(u)` for whole numbers k, `exp(u + 2 π 1i m) = exp(u)` for integers m; None where neither is there."""
    from derive.engine.normal import normalise
    from derive.engine.sums import collect, split

    arg = node.args[0]
    if not is_complex(arg):
        return None
    turns, left = 0, []
    for term in arg.terms if isinstance(arg, Sum) else (arg,):
        coef, unit = split(term)
        quarters = _quarters(unit, coef)
        if quarters is None:
            left.append(term)
        else:
            turns += quarters
    if len(left) == (len(arg.terms) if isinstance(arg, Sum) else 1):
        return None
    rest = normalise(Apply(node.op, (collect(left, arg.shape),), node.shape))
    axes = tuple(range(len(node.shape)))
    return normalise(Prod(1, ((Atom("i"), (), turns % 4), (rest, axes, 1)), axes, node.shape))


def _quarters(unit: Node, coef: Fraction | int) -> int | None:
    """k of `coef·unit = k π 1i/2`, modulo 4; None when it is not of this kind."""
    if not isinstance(unit, Prod) or set(unit.dims) or any(idx for _, idx, _ in unit.factors):
        return None
    names = [b.value for b, _, e in unit.factors if isinstance(b, Atom) and b.value in ("i", "pi") and e == 1]
    others = [(b, e) for b, _, e in unit.factors if not (isinstance(b, Atom) and b.value in ("i", "pi"))]
    if sorted(map(str, names)) != ["i", "pi"] or (2 * coef).denominator != 1:
        return None
    if not others:
        return int(2 * coef)
    whole = all(type(e) is int and e > 0 and _is_whole(b) for b, e in others)
    return 0 if whole and coef % 2 == 0 else None


def _is_whole(node: Node) -> bool:
    if isinstance(node, Atom):
        return isinstance(node.value, Size)
    return isinstance(node, Sym) and "integer" in node.symbol.properties


def is_hermitian(node: Node) -> bool:
    """Whether a normal matrix is its conjugate transpose by its form."""
    from derive.engine.normal import transposed
    from derive.engine.symmetry import is_symmetric

    if not is_complex(node):
        return is_symmetric(node)
    return len(node.shape) == 2 and node.shape[0] == node.shape[1] and conjugated(node) == transposed(node)


# ------------------------------------------------------------------------------------------------ what is written with conjugates


def part(node: Apply) -> Node | None:
    """`conj`, `real` and `imag` of a normal argument without them; `abs` and `logdet` of a complex one. None where they stay."""
    name, arg = node.op.name, node.args[0]
    if name == "abs" or name == "logdet":
        if not is_complex(arg):
            return None
        return _modulus(arg) if name == "abs" else _log_modulus(arg)
    other = conjugated(arg)
    if name == "conj":
        return None if other == node or _whole(other, node) else other
    return combined(arg, other, name == "imag")


def _whole(other: Node, node: Apply) -> bool:
    return isinstance(other, Apply) and other.op.name == "conj" and other.args[0] is node.args[0]


def combined(a: Node, b: Node, imaginary: bool) -> Node:
    """(a + b)/2, or (a - b)/(2i)."""
    from fractions import Fraction

    from derive.engine.normal import normalise
    from derive.engine.sums import scaled

    half = normalise(Sum((a, scaled(-1, b) if imaginary else b), a.shape))
    factor = ((Atom("i"), (), 1),) if imaginary else ()
    axes = tuple(range(len(a.shape)))
    return normalise(Prod(Fraction(-1 if imaginary else 1, 2), (*factor, (half, axes, 1)), axes, a.shape))


def _modulus(arg: Node) -> Node | None:
    from fractions import Fraction

    from derive.engine.normal import normalise

    other = conjugated(arg)
    if other == arg:
        return None
    axes = tuple(range(len(arg.shape)))
    square = normalise(Prod(1, ((arg, axes, 1), (other, axes, 1)), axes, arg.shape))
    if square == constant(1, arg.shape):
        return square
    return normalise(Prod(1, ((square, axes, Fraction(1, 2)),), axes, arg.shape))


def _log_modulus(arg: Node) -> Node:
    from fractions import Fraction

    from derive.engine.normal import normalise

    det = Apply(REGISTRY["det"], (arg,), arg.shape[:-2])
    axes = tuple(range(len(det.shape)))
    square = Prod(1, ((det, axes, 1), (conjugated(normalise(det)), axes, 1)), axes, det.shape)
    return normalise(Prod(Fraction(1, 2), ((Apply(REGISTRY["log"], (square,), det.shape), axes, 1),), axes, det.shape))


def demand_order(node: Apply) -> None:
    """Raise `complex-argument` for a function that real numbers alone have, of a normal argument that is not real by its form."""
    if (
        node.op.name in ANALYTIC
        or node.op.name in OF_REALS
        or node.op.name in ("conj", "real", "imag", "logdet", "eig", "evecs", "evec", "chol")
    ):
        return
    if any(not is_real(a) for a in node.args):
        message = f"{node.op.name} is defined for real numbers, and its argument is not known to be real"
        raise LanguageError(
            Finding("complex-argument", message, helps=(f"take a part of it: {node.op.name}(real(...))",))
        )


def over_complex(op: Operation) -> Operation:
    """The formula with its body for complex arguments. Raises `complex-argument` where it has none."""
    if op.name in MEANINGLESS:
        raise LanguageError(
            Finding("complex-argument", f"{op.name} is defined for real numbers, and its argument is complex")
        )
    body = BODIES.get(op.name)
    return op if body is None else op._replace(name=f"{op.name} over complex", body=body)


def demand_holomorphic(node: Apply) -> None:
    """Raise `no-derivative` where the declared derivative of a function holds over the reals alone."""
    if is_complex(node) and node.op.name not in HOLOMORPHIC and not all(is_real(a) for a in node.args):
        message = f"no derivative of `{node.op.name}` by complex arguments is known"
        raise LanguageError(Finding("no-derivative", message))
