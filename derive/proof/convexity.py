"""Convexity by form: sums, affine arguments, maxima, norms, and functions whose Hessian decides.

One idea: the calculus of convex functions (Boyd & Vandenberghe 2004, 3.2) on the normal form. A Hessian that is psd says that f is convex only
where f is smooth and its domain convex, so that is looked at first; a sum may have terms of both sorts. What is not found here is not denied.

    nonnegative sums and affine arguments keep convexity           |u|, relu(u), max(u), ‖u‖ are convex in u
    exp(u), relu(u), max(u), logsumexp(u) are convex for convex u  √q is convex for a quadratic q ≥ 0, which is ‖affine‖²
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.engine.axes import stacked
from derive.engine.conjugate import is_complex
from derive.engine.differential import derivatives
from derive.engine.expr import Apply, Node, Prod, Sum, Sym, postorder
from derive.engine.lifting import lift
from derive.engine.lower import lower
from derive.engine.normal import normalise
from derive.engine.signs import nonnegative
from derive.engine.simplify import simplify
from derive.engine.sums import collect
from derive.engine.symmetry import SYMMETRIC
from derive.finding import LanguageError
from derive.proof.kernel import Proof
from derive.proof.order import nonneg, positive, positive_definite, semidefinite
from derive.term import Symbol, Term

BY_HESSIAN = "the Hessian decides"
BY_FORM = "convex by its form: sums, affine arguments, norms, maxima"
AFFINE, CONVEX, CONCAVE, UNKNOWN = "affine", "convex", "concave", ""
FLIPPED = {AFFINE: AFFINE, CONVEX: CONCAVE, CONCAVE: CONVEX, UNKNOWN: UNKNOWN}
SMOOTH = frozenset(
    "exp sigmoid tanh softplus sin cos sinh cosh softmax log_softmax logsumexp erf normpdf normcdf gelu gelu_tanh mish expm det".split()
)
CONVEX_OF_AFFINE = frozenset("abs relu max rowmax normmax lmax nucnorm opnorm2 logsumexp exp softplus cosh".split())
INCREASING = frozenset("relu max rowmax logsumexp exp softplus".split())  # and convex
CONCAVE_OF_AFFINE = frozenset(("min", "rowmin", "lmin", "log"))


def prove_convex(f: Term, w: Term) -> Proof | None:
    """A proof that f is convex in w by its form; `BY_HESSIAN` where f is smooth, so that its Hessian decides; or None."""
    variable: Symbol = w.data
    try:
        node = lower(f)
    except (LanguageError, ZeroDivisionError):
        return None
    if node.shape or is_complex(node):
        return None
    x = Sym(variable)
    if smooth(node, x):
        return Proof(BY_HESSIAN, ())
    for form in (node, simplify(node)):
        if _convex_sum(form, x):
            return Proof(BY_FORM, ())
    return None


def _convex_sum(node: Node, x: Sym) -> bool:
    """Whether every term is convex by its form, and those that are smooth together have a psd Hessian."""
    terms = list(node.terms) if isinstance(node, Sum) else [node]
    rest = [t for t in terms if curvature(t, x) not in (AFFINE, CONVEX)]
    return not rest or (all(smooth(t, x) for t in rest) and _curved(rest, x))


def _curved(terms: Sequence[Node], x: Sym) -> bool:
    """Whether the Hessian of a sum by the independent entries of x is psd, which it then is along all directions of a structure too."""
    if set(x.symbol.properties) & SYMMETRIC:
        return False  # the derivative by independent entries would use what is declared
    hessian = derivatives(derivatives(collect(list(terms), ()), [x])[0], [x])[0]
    if len(x.shape) == 2:
        hessian = stacked(stacked(hessian, (0, 1)), (1, 2))
    return semidefinite(hessian) if x.shape else nonneg(hessian)


# ---------------------------------------------------------------------- smoothness


def depends(node: Node, x: Sym) -> bool:
    return any(n == x for n in postorder([node]))


def smooth(node: Node, x: Sym) -> bool:
    """Whether the node has two continuous derivatives by x wherever x is declared to be, on a convex domain."""
    if not depends(node, x):
        return True
    match node:
        case Sym():
            return True
        case Sum():
            return all(smooth(t, x) for t in node.terms)
        case Prod():
            return all(smooth(base, x) and _smooth_power(base, exp, x) for base, _, exp in node.factors)
        case Apply():
            return all(smooth(a, x) for a in node.args) and _smooth_call(node, x)
    return False


def _smooth_power(base: Node, exp: int | Fraction, x: Sym) -> bool:
    """u^k for k = 0, 1, 2, …; other powers of what is certainly positive."""
    return not depends(base, x) or (isinstance(exp, int) and exp >= 0) or positive(base)


def _smooth_call(node: Apply, x: Sym) -> bool:
    name = node.op.name
    if name in SMOOTH:
        return True
    if name == "log":
        return positive(node.args[0]) or is_affine(node.args[0], x)  # of an affine u, on the half space u > 0
    return name in ("inv", "logdet") and positive_definite(node.args[0])


# ---------------------------------------------------------------------- curvature by form


def is_affine(node: Node, x: Sym) -> bool:
    return curvature(node, x) == AFFINE


def curvature(node: Node, x: Sym) -> str:
    """AFFINE, CONVEX or CONCAVE in x, every entry; UNKNOWN where the form does not say."""
    if not depends(node, x):
        return AFFINE
    match node:
        case Sym():
            return AFFINE
        case Sum():
            return _together([curvature(t, x) for t in node.terms])
        case Prod():
            return _of_product(node, x)
        case Apply() if len(node.args) == 1:
            return _of_call(node.op.name, curvature(node.args[0], x), node.args[0])
    return UNKNOWN


def _together(found: Sequence[str]) -> str:
    kinds = set(found) - {AFFINE}
    return AFFINE if not kinds else kinds.pop() if len(kinds) == 1 else UNKNOWN


def _of_call(name: str, inner: str, argument: Node) -> str:
    if inner == AFFINE and name in CONVEX_OF_AFFINE:
        return CONVEX
    if inner == CONVEX and name in INCREASING:
        return CONVEX
    if inner == AFFINE and name in CONCAVE_OF_AFFINE:
        return CONCAVE
    return CONCAVE if inner == CONCAVE and name in ("min", "rowmin", "log") else UNKNOWN


def _of_product(node: Prod, x: Sym) -> str:
    """One factor with x, the others constant: affine stays affine, and a sum with nonnegative weights keeps the curvature."""
    moving = [f for f in node.factors if depends(f[0], x)]
    if len(moving) != 1:
        return UNKNOWN
    base, _, exp = moving[0]
    kind = curvature(base, x) if exp == 1 else CONVEX if _is_norm(base, exp, x) else UNKNOWN
    if kind == AFFINE:
        return AFFINE
    rest = [b for b, _, _ in node.factors if b is not base]
    if not all(nonnegative(b) for b in rest):
        return UNKNOWN
    return kind if node.coef > 0 else FLIPPED[kind]


def _is_norm(base: Node, exp: int | Fraction, x: Sym) -> bool:
    """q^(1/2), or a higher power, of a scalar quadratic q ≥ 0: ‖affine‖ and its powers from the first up.

    q has to be nonnegative everywhere, not only where x is declared to be: √Σx is concave, and real for positive x.
    """
    if exp < Fraction(1, 2) or base.shape or _degree(base, x) > 2:
        return False
    anywhere = Sym(Symbol(f"any {x.symbol.name}", x.symbol.type))
    return nonneg(normalise(lift(base, {x: anywhere}, ())[0]))


def _degree(node: Node, x: Sym) -> int:
    """The degree of a polynomial in x; 99 for what is none."""
    if not depends(node, x):
        return 0
    match node:
        case Sym():
            return 1
        case Sum():
            return max(_degree(t, x) for t in node.terms)
        case Prod():
            powers = [(_degree(b, x), e) for b, _, e in node.factors]
            return sum([d * e if isinstance(e, int) and e > 0 else 99 for d, e in powers if d])
    return 99
