"""What is known of the inverses, pseudo-inverses, declared properties and blocks that occur in a node, as polynomials in words that are zero.

One idea: `M inv(M) = I`, `Q Q' = I`, `P P = P`, `A B = B A`, Penrose's equations and `Σ E_k E_k' = I` are all equations between words, so one way of reducing
serves them all. It proves nothing.
"""

from __future__ import annotations

from derive.engine.conjugate import is_complex
from derive.engine.expansion import expanded
from derive.engine.expr import Affine, Apply, Node, Prod, Sym, postorder
from derive.engine.normal import normalise
from derive.engine.selectors import MINUS
from derive.proof.laws.blocks import partition
from derive.proof.polynomials import Alphabet, Poly
from derive.sizes import ONE

TERMS = 400  # of what is inverted, multiplied out
INVERSE = "inverse cancels"


def equations_of(root: Node, alphabet: Alphabet) -> list[tuple[Poly, frozenset[str]]]:
    """What is known of the inverses, properties and blocks that occur in a node, as polynomials that are zero."""
    made: list[tuple[Poly, frozenset[str]]] = []
    nodes = [n for n in postorder([root]) if len(n.shape) == 2]
    for node in nodes:
        if isinstance(node, Apply) and node.op.name == "inv":
            inner = expanded(node.args[0], TERMS)
            if inner is not None:
                made += [(p, frozenset((INVERSE,))) for p in of_inverse(alphabet.letter(node), alphabet.read(inner))]
        elif isinstance(node, Apply) and node.op.name == "pinv":
            made += _of_pseudoinverse(node, alphabet)
        elif isinstance(node, Sym):
            made += _of_properties(node, nodes, alphabet)
    made += _of_blocks(nodes, alphabet)
    facing: dict[Node, bool] = {}
    mixed = False
    for poly, _ in made:
        for word, _ in poly:
            for x in word:
                base, flipped = alphabet.letters[x]
                mixed = mixed or (len(base.shape) == 2 and facing.setdefault(base, flipped) != flipped)
    if mixed:
        made += [({(alphabet.turned(w), s): c for (w, s), c in poly.items()}, names) for poly, names in list(made)]
    return made


def of_inverse(z: int, matrix: Poly) -> list[Poly]:
    """`M z - I` and `z M - I`."""
    one = ((), ())
    right: Poly = {((*w, z), s): c for (w, s), c in matrix.items()}
    left: Poly = {((z, *w), s): c for (w, s), c in matrix.items()}
    for poly in (right, left):
        poly[one] = poly.get(one, 0) - 1
    return [right, left]


def _equal(left: tuple[int, ...], right: tuple[int, ...] | None) -> Poly:
    """`left - right`, where None is the identity."""
    return {(left, ()): 1, (right or (), ()): -1}


def _of_pseudoinverse(node: Apply, alphabet: Alphabet) -> list[tuple[Poly, frozenset[str]]]:
    inner = node.args[0]
    matrix = alphabet.read(inner)
    if len(matrix) != 1 or len(next(iter(matrix))[0]) != 1:
        return []
    a, p = alphabet.letter(inner), alphabet.letter(node)
    pairs = [((a, p, a), (a,)), ((p, a, p), (p,)), (alphabet.turned((a, p)), (a, p)), (alphabet.turned((p, a)), (p, a))]
    held = pairs[:2] if is_complex(node) else pairs  # over the complex numbers A*pinv(A) is hermitian, not symmetric
    return [(_equal(left, right), frozenset(("Penrose equations",))) for left, right in held if left != right]


def _of_properties(node: Sym, nodes: list[Node], alphabet: Alphabet) -> list[tuple[Poly, frozenset[str]]]:
    made: list[tuple[Poly, frozenset[str]]] = []
    name, a = node.symbol.name, alphabet.letter(node)
    (t,) = alphabet.turned((a,))
    for word in node.symbol.properties:
        polys: list[Poly] = []
        match word:
            case "orthogonal" | "permutation":
                polys = [_equal((a, t), None), _equal((t, a), None)]
            case "idempotent" | "projection":
                polys = [_equal((a, a), (a,))]
            case "involutory":
                polys = [_equal((a, a), None)]
            case "skew":
                polys = [{((t,), ()): 1, ((a,), ()): 1}]
            case _ if word.startswith("commutes("):
                other = [n for n in nodes if isinstance(n, Sym) and n.symbol.name == word[9:-1]]
                polys = [_equal((a, b), (b, a)) for b in map(alphabet.letter, other)]
                word = "declared to commute"
        made += [(p, frozenset((f"{name} is {word}",))) for p in polys]
    return made


def _of_blocks(nodes: list[Node], alphabet: Alphabet) -> list[tuple[Poly, frozenset[str]]]:
    """`Σ E_k E_k' = I` for the columns E_k of the identity of one size that fill it."""
    made = []
    for size in {n.shape[0]: None for n in nodes if isinstance(n, Affine)}:
        covered = partition(nodes, size)
        if not covered:
            continue
        poly: Poly = {((), ()): -1}
        wide = [p for p in covered if p.shape[1] != ONE]
        for part in covered:
            x = alphabet.letter(part if part in wide else Affine((MINUS,), part.offset, part.shape[:1]))
            poly[((x, *alphabet.turned((x,))), ())] = 1
        made.append((poly, frozenset(("blocks fill the matrix",))))
        for a in wide:
            for b in wide:
                product = Prod(1, ((a, (1, 0), 1), (b, (1, 2), 1)), (0, 2), (a.shape[1], size, b.shape[1]))
                value = alphabet.read(normalise(product))
                word = (alphabet.letter(a, True), alphabet.letter(b))
                value[(word, ())] = value.get((word, ()), 0) - 1
                made.append((value, frozenset(("blocks are apart",))))
    return made
