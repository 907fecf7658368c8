"""The value of every operation of the registry, against NumPy and against the definition of an Einstein sum."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from flint import fmpq
from scipy import linalg, special

from derive.codegen.templates import PRIVATE
from derive.infer import infer
from derive.numeric.ball import BALLS, precision
from derive.numeric.dimensions import choose_sizes
from derive.numeric.evaluate import evaluate
from derive.numeric.exact import RATIONALS
from derive.numeric.sampling import draw, in_balls
from derive.numeric.tensor import Tensor
from derive.numeric.value import value_at
from derive.numeric.world import NotInWorld, OutOfDomain
from derive.ops import REGISTRY
from derive.sizes import Size
from derive.syntax import parse, parse_declarations
from derive.term import SCALAR, Function, Pattern, Symbol, Term, Type

SIZES = dict(zip("nmkijl", (3, 4, 2, 3, 2, 4), strict=True))
PROPERTIES = {"positive": "positive", "|x|<1": "norm<1", "nonnegative": "positive", "pd": "pd", "simplex": "simplex"}
PROPERTIES["symmetric"] = "symmetric"


def typed(text: str, given: str = "") -> Term:
    return infer([parse(text)], parse_declarations(given)).terms[0]


def value(term: Term, point: dict[str, Tensor], sizes: dict[str, int]) -> np.ndarray:
    with precision(160):
        return np.array(evaluate(term, in_balls(point), sizes).nested(float))


def as_numpy(tensor: Tensor) -> np.ndarray:
    return np.array(tensor.nested(lambda x: int(x.p) / int(x.q)))


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def logsumexp(x: np.ndarray) -> np.ndarray:
    return np.log(np.exp(x).sum(-1))


WORLD = {"np": np, "special": special, "linalg": linalg}
for source in PRIVATE.values():
    exec(source, WORLD)
WORLD |= {"_softmax": softmax, "_logsumexp": logsumexp}
INTEGERS = {
    ("matpow", "k"),
    ("dmatpow", "k"),
    ("eigi", "i"),
    ("evec", "i"),
    ("minor", "i"),
    ("minor", "j"),
    ("gcd", "x"),
    ("gcd", "y"),
}


def called(operation, shapes):
    """The operation applied to symbols of these types, and the symbols."""
    symbols = tuple(
        Symbol(
            p,
            Type(tuple(Size.of(int(c) if c.isdigit() else c) for c in letters)),
            ("in 1..2", "integer")
            if (operation.name, p) in INTEGERS
            else tuple(filter(None, [PROPERTIES.get(operation.domain, "")]))
            if not k
            else (),
        )
        for k, (p, letters) in enumerate(zip(operation.parameters, shapes, strict=False))
    )
    sizes = [str(SIZES[name]) for name, _ in operation.whole]
    trees = [parse(f"{operation.name}({', '.join([*[s.name for s in symbols], *sizes])})")]
    return infer(trees, symbols={s.name: s for s in symbols}).terms[0], symbols


WITH_NUMPY = [
    (operation, signature.inputs)
    for operation in REGISTRY
    for signature in (operation.signatures or (None,))
    if operation.numpy and signature
]
ELEMENTWISE = [operation for operation in REGISTRY if operation.meaning == "elementwise"]


@pytest.mark.parametrize(
    ("operation", "shapes"), WITH_NUMPY, ids=lambda x: x.name if hasattr(x, "name") else ",".join(x)
)
def test_value_of_opaque_and_formula_is_numpy(operation, shapes):
    term, symbols = called(operation, shapes)
    point = draw(symbols, SIZES, 5)
    sizes = {name: SIZES[name] for name, _ in operation.whole}
    expected = eval(operation.numpy, WORLD, {name: as_numpy(t) for name, t in point.items()} | sizes)
    np.testing.assert_allclose(value(term, point, SIZES), expected, rtol=1e-11)


@pytest.mark.parametrize("operation", ELEMENTWISE, ids=lambda o: o.name)
@pytest.mark.parametrize("shape", ["", "mn"])
def test_value_of_elementwise_is_numpy(operation, shape):
    term, symbols = called(operation, (shape,) * len(operation.parameters))
    point = draw(symbols, SIZES, 7, "unit" if operation.name == "power" else "any")
    numbers = {name: as_numpy(t) for name, t in point.items()}
    np.testing.assert_allclose(value(term, point, SIZES), eval(operation.numpy, WORLD, numbers), rtol=1e-11)


def reference(pattern: Pattern, arguments: list[np.ndarray], sizes: dict[str, int]) -> np.ndarray:
    """The definition: a sum over all values of all letters."""
    shape = tuple(int(np.prod([sizes[x] for x in group])) for group in pattern.output)
    out = np.zeros(shape)
    letters = [letter for letter, _ in pattern.sizes]
    for indices in product(*(range(sizes[x]) for x in letters)):
        at = dict(zip(letters, indices, strict=True))
        place = []
        for group in pattern.output:
            flat = 0
            for x in group:
                flat = flat * sizes[x] + at[x]
            place.append(flat)
        factors = [a[tuple(at[x] for x in i)] for a, i in zip(arguments, pattern.inputs, strict=True)]
        out[tuple(place)] += np.prod(factors)
    return out


def patterns():
    for operation in REGISTRY:
        if operation.meaning == "einsum":
            for signature in operation.signatures:
                yield f"{operation.name} {signature}", signature.inputs, signature.output
    more = [
        "ij,jk,kl->il",
        "ij,ij,i->j",
        "ii,ij,j->",
        "i,i,i->ii",
        "ij,kj,lj->(ik)l",
        "i,jk->ijk",
        "ijk,jk->i",
        "ijk->(kj)i",
        "i->ijj",
        "ij,jk,ki->",
        "iij->j",
    ]
    for text in more:
        from derive.ops import Signature

        yield text, *Signature.read(text)


@pytest.mark.parametrize(("name", "inputs", "output"), list(patterns()), ids=lambda x: x if isinstance(x, str) else "")
def test_einstein_sum_is_its_definition(name, inputs, output):
    letters = sorted({x for i in inputs for x in i} | {x for g in output for x in g})
    pattern = Pattern(inputs, output, tuple((x, Size.of(x)) for x in letters))
    symbols = tuple(Symbol(f"a{k}", Type(tuple(map(Size.of, i)))) for k, i in enumerate(inputs))
    arguments = tuple(Term("symbol", (), s.type, s) for s in symbols)
    term = Term("einsum", arguments, Type(), pattern)
    point = draw(symbols, SIZES, 11)
    got = value(term, point, SIZES)
    expected = reference(pattern, [as_numpy(point[s.name]) for s in symbols], SIZES)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    exact = evaluate(term, point, SIZES, RATIONALS)
    np.testing.assert_allclose(as_numpy(exact), expected, rtol=1e-12)


GIVEN = "A: matrix(m, n); B: matrix(n, n); x: vector(n); y: vector(m); z: vector(k + n - 1); w: vector(k); s: scalar"
TEXTS = {
    "x'*x + s": lambda v: v["x"] @ v["x"] + v["s"],
    "y'*A": lambda v: v["y"] @ v["A"],
    "(A*x - y)*x'": lambda v: np.outer(v["A"] @ v["x"] - v["y"], v["x"]),
    "x.^3 - 2*x": lambda v: v["x"] ** 3 - 2 * v["x"],
    "x + s": lambda v: v["x"] + v["s"],
    "1./(1 + x.^2)": lambda v: 1 / (1 + v["x"] ** 2),
    "(x'*x)^0.5": lambda v: np.sqrt(v["x"] @ v["x"]),
    "x/n": lambda v: v["x"] / len(v["x"]),
    "B^3": lambda v: np.linalg.matrix_power(v["B"], 3),
    "A[:,2] + A[2,1]*y": lambda v: v["A"][:, 1] + v["A"][1, 0] * v["y"],
    "A[2,:]": lambda v: v["A"][1],
    "sum(t=1..k, w[t]*z[t + n - 1])": lambda v: sum(
        v["w"][t] * v["z"][t + len(v["x"]) - 1] for t in range(len(v["w"]))
    ),
    "prod(i=1..n, 1 + x[i]^2)": lambda v: np.prod(1 + v["x"] ** 2),
    "array(i=1..n, j=1..m, x[i]*y[j] + i)": lambda v: np.outer(v["x"], v["y"]) + np.arange(1, len(v["x"]) + 1)[:, None],
    "[x; y]": lambda v: np.concatenate([v["x"], v["y"]]),
    "[s, 2; 3, s]": lambda v: np.array([[v["s"], 2], [3, v["s"]]]),
    "[A, y; x', s]": lambda v: np.block([[v["A"], v["y"][:, None]], [v["x"][None, :], v["s"]]]),
    "sum(i=1..n, sum(j=1..n, delta(i, j)*B[i,j]))": lambda v: np.trace(v["B"]),
    "e(2, n)'*x": lambda v: v["x"][1],
    "J(1, 2, m, n)": lambda v: np.eye(1, v["A"].size, 1).reshape(v["A"].shape),
    "pi*eye(n)": lambda v: np.pi * np.eye(len(v["x"])),
    "softmax(A)": lambda v: softmax(v["A"]),
    "logsumexp(A)": lambda v: logsumexp(v["A"]),
    "zeros(n)": lambda v: np.zeros(len(v["x"])),
    "vec(A)": lambda v: v["A"].flatten(order="F"),
    "kron(A, B)": lambda v: np.kron(v["A"], v["B"]),
    "max(x, 0) + min(s, 1)": lambda v: np.maximum(v["x"], 0) + min(v["s"], 1),
}


@pytest.mark.parametrize("text", TEXTS)
def test_value_of_notation(text):
    typed_text = infer([parse(text)], parse_declarations(GIVEN))
    sizes = choose_sizes(typed_text.terms, typed_text.symbols, 0)
    point = draw(typed_text.symbols, sizes, 2)
    expected = TEXTS[text]({name: as_numpy(t) for name, t in point.items()})
    got = value(typed_text.terms[0], point, sizes)
    assert got.shape == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["f", "phi", "an_other"])
def test_undefined_functions_have_their_derivatives(name):
    x = Symbol("x", Type((Size.of("n"),)))
    term = Term("symbol", (), x.type, x)
    at, h = np.array([0.25, -0.5, 0.75]), 1e-5

    def values(function: Function, point: np.ndarray) -> np.ndarray:
        return np.array(value_at(Term("undefined", (term,), SCALAR, function), {"x": point.tolist()}))

    for order in (0, 1):
        below, above = Function(name, True, order), Function(name, True, order + 1)
        np.testing.assert_allclose(
            (values(below, at + h) - values(below, at - h)) / (2 * h), values(above, at), rtol=1e-6
        )
        below, above = Function(name, False, order), Function(name, False, order + 1)
        slopes = [(values(below, at + h * e) - values(below, at - h * e)) / (2 * h) for e in np.eye(3)]
        np.testing.assert_allclose(np.stack(slopes, -1), values(above, at), rtol=1e-6)


def test_exact_world():
    term = typed("x'*inv(B)*x/det(B)", GIVEN)
    point = {"x": Tensor((2,), [fmpq(1, 2), fmpq(3)]), "B": Tensor((2, 2), [fmpq(v) for v in (2, 1, 1, 1)])}
    exact = evaluate(term, point, {"n": 2}, RATIONALS).scalar
    assert exact == fmpq(61, 4)
    with precision(160):
        ball = evaluate(term, in_balls(point), {"n": 2}, BALLS).scalar
        assert ball.contains(exact)
    with pytest.raises(NotInWorld):
        evaluate(typed("exp(s)", GIVEN), {"s": Tensor((), [fmpq(2)])}, {}, RATIONALS)


@pytest.mark.parametrize(
    "text",
    [
        "log(-1 - s^2)",
        "sqrt(-1 - s^2)",
        "1/(s - s)",
        "inv(x*x')",
        "gamma(-2)",
        "arcsin(2 + s^2)",
        "max([s; s])",
        "(0*s)^(-1)",
        "(-1 - s^2)^0.5",
    ],
)
def test_no_value_outside_the_domain(text):
    typed_text = infer([parse(text)], parse_declarations("x: vector(n); s: scalar"))
    sizes = {"n": 3}
    with pytest.raises(OutOfDomain), precision(160):
        evaluate(typed_text.terms[0], in_balls(draw(typed_text.symbols, sizes, 1)), sizes)


def test_deep_terms_need_no_recursion():
    term = typed("s", "s: scalar")
    for _ in range(4000):
        term = Term("power", (term,), SCALAR, 1)
    assert value_at(term, {"s": 1.5}) == 1.5


def test_value_at():
    term = typed("x'*A*x + s", "A: matrix(n, n); x: vector(n)")
    assert value_at(term, {"A": [[1, 2], [3, 4]], "x": [1, Fraction(1, 2)], "s": 0.25}) == 4.75
    assert value_at(typed("A*x", GIVEN), {"A": [[1, 2], [3, 4], [5, 6]], "x": [[1], [1]]}) == [3.0, 7.0, 11.0]


@pytest.mark.parametrize(
    ("point", "code"),
    [
        ({"A": [[1, 2], [3, 4]]}, "missing-value"),
        ({"A": [[1, 2], [3]], "x": [1, 2]}, "misshapen-value"),
        ({"A": [[1, 2], [3, 4]], "x": [1, 2, 3]}, "size-mismatch"),
        ({"A": [[1, 2], [3, 4]], "x": 3}, "size-mismatch"),
        ({"A": [[1, 2], [3, float("nan")]], "x": [1, 2]}, "misshapen-value"),
        ({"A": [[1, 2], [3, "4"]], "x": [1, 2]}, "misshapen-value"),
        ({"A": [[1, 2], [2, 4]], "x": [1, 2]}, "outside-domain"),
    ],
)
def test_value_at_says_what_is_wrong(point, code):
    from derive.finding import DeriveError

    with pytest.raises(DeriveError) as raised:
        value_at(typed("inv(A)*x", "A: matrix(n, n); x: vector(n)"), point)
    assert raised.value.finding.code == code
