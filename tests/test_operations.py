"""Every operation of the registry, through the whole program: shape, derivative by each argument, notations, NumPy source.

One idea: the cases are made from the declarations, so that a new operation is tested as soon as it is declared. Values of
Einstein sums are recomputed here entry by entry from the signature; derivatives are validated by the program against differences of
the function. It knows no rule of calculus.
"""

from __future__ import annotations

import inspect
import itertools
from typing import NamedTuple

import numpy as np
import pytest

import derive
from derive.codegen import evaluate_numpy
from derive.engine.expansion import expanded
from derive.engine.lower import lower
from derive.finding import DeriveError
from derive.infer import infer
from derive.infer.context import Context
from derive.infer.scope import Scope
from derive.ops import REGISTRY, Operation, Signature
from derive.syntax import parse, parse_declarations

SIZES = {"i": 2, "j": 3, "k": 4, "l": 5, "m": 3, "n": 4, "p": 2, "3": 3}
WRITTEN = {  # operations behind an operator, and constants of a size
    "matmul": "A*B",
    "matvec": "A*B",
    "vecmat": "(A'*B)'",
    "dot": "A'*B",
    "outer": "A*B'",
    "scale": "A*B",
    "hadamard": "A.*B",
    "transpose": "A'",
    "power": "x.^y",
    "matpow": "X^k",
}
ENTRIES = tuple(op.name for op in REGISTRY if op.meaning == "entries")
CONSTANTS = tuple(
    op.name for op in REGISTRY if op.signatures and not any(s.inputs for s in op.signatures) and op.name not in ENTRIES
)
PROPERTIES = {
    "positive": "positive",
    "nonnegative": "positive",
    "nonzero": "positive",
    "simplex": "positive",
    "pd": "pd",
    "symmetric": "symmetric",
}
INTEGERS = {("matpow", "k"): "in 1..4", ("dmatpow", "k"): "in 1..4", ("eigi", "i"): "in 1..2", ("evec", "i"): "in 1..2"}
INTEGERS |= dict.fromkeys((("minor", "i"), ("minor", "j")), "in 2..3")
UNDIFFERENTIABLE = {
    ("polygamma1", "x"),
    ("polar", "X"),
    ("gcd", "x"),
    ("gcd", "y"),
    ("evecs", "X"),
    ("rank", "X"),
    *((name, "X") for name in ("svU", "svV", "svdU", "svdD", "svdVt")),
    ("dmatpow", "X"),
    *INTEGERS,
    *((f"d2{name}", "X") for name in ("expm", "logm", "sqrtm", "sinm", "cosm")),
}


class Case(NamedTuple):
    """A call with the letters of its arguments' and its value's axes."""

    operation: Operation
    inputs: tuple[str, ...]
    output: tuple[tuple[str, ...], ...]

    @property
    def label(self) -> str:
        return f"{self.operation.name}({','.join(self.inputs)})"

    @property
    def names(self) -> tuple[str, ...]:
        return self.operation.parameters[: len(self.inputs)]

    @property
    def text(self) -> str:
        op = self.operation
        template = WRITTEN.get(op.name)
        return template if template is not None else f"{op.name}({', '.join(self.names)})"

    @property
    def given(self) -> str:
        kinds = {0: "scalar", 1: "vector({0})", 2: "matrix({0}, {1})", 3: "tensor({0}, {1}, {2})"}
        lines = []
        for name, letters in zip(self.names, self.inputs, strict=True):
            words = (
                PROPERTIES.get(self.operation.domain, "")
                if name == self.names[0] or self.operation.name == "kl"
                else ""
            )
            if (self.operation.name, name) in INTEGERS:
                lines.append(f"{name}: integer {INTEGERS[self.operation.name, name]}")
                continue
            lines.append(f"{name}: {kinds[len(letters)].format(*letters)} {words}")
        own = dict(self.operation.lengths)
        sizes = ["*".join(f"({own[c]})" if c in own else c for c in group) for group in self.output]
        lines.append(f"w_0: {kinds[len(sizes)].format(*sizes)}")
        return "; ".join(lines)

    @property
    def weighted(self) -> str:
        """A scalar that uses every entry of the value."""
        if not self.output:
            return f"w_0*({self.text})"
        return f"sum(w_0.*({self.text}))"

    def point(self) -> dict[str, np.ndarray]:
        """Values inside every domain: in (0.2, 0.9), and well conditioned where square."""
        draw = np.random.default_rng(7)
        values = {}
        for name, letters in zip(self.names, self.inputs, strict=True):
            shape = tuple(SIZES[c] for c in letters)
            value = draw.uniform(0.2, 0.9, size=shape)
            if len(shape) == 2 and shape[0] == shape[1]:
                value = value + value.T + 2 * np.eye(shape[0])
            values[name] = np.asarray(2) if (self.operation.name, name) in INTEGERS else value
        shape = tuple(int(np.prod([length(self.operation, c) for c in group])) for group in self.output)
        return {**values, "w_0": draw.normal(size=shape)}


def length(operation: Operation, letter: str) -> int:
    """The size of a letter, of one that no argument has as it is declared."""
    text = dict(operation.lengths).get(letter)
    if text is None:
        return SIZES[letter]
    return Scope(Context(None)).size_of(parse(text), free=True).value(SIZES)


def cases() -> list[Case]:
    found = []
    for op in REGISTRY:
        if op.name in CONSTANTS or op.meaning == "entries":  # those: tests/test_arrays.py, tests/test_convolution.py
            continue
        if op.meaning == "elementwise":
            fewest, most = op.arity
            for count in range(fewest, most + 1):
                found += [Case(op, (axes,) * count, tuple((c,) for c in axes)) for axes in ("", "n", "mn")]
                if count == 2:
                    found.append(Case(op, ("n", ""), (("n",),)))
            continue
        for signature in op.signatures:
            for inputs in counts(op, signature):
                found.append(Case(op, inputs, signature.output))
                if signature.inputs[0] == "n" and not any(len(s.inputs[0]) == 2 for s in op.signatures):
                    rows = tuple("m" + letters if letters else letters for letters in inputs)
                    if all(len(letters) != 3 for letters in rows):
                        found.append(Case(op, rows, (("m",), *signature.output)))
    return found


def counts(op: Operation, signature: Signature) -> list[tuple[str, ...]]:
    """The inputs, with and without the arguments that have defaults."""
    if op.name in WRITTEN or op.meaning == "einsum":
        return [signature.inputs]
    fewest = op.arity[0]
    return [signature.inputs[:count] for count in range(fewest, len(signature.inputs) + 1)]


CASES = [c for c in cases() if not (c.operation.name in ("kron", "vec") and c.inputs in (("n",),))]
PARTIALS = [(c, name) for c in CASES for name in c.names]


def typed(case: Case):  # type: ignore[no-untyped-def]
    known = infer([parse(case.text)], parse_declarations(case.given))
    return known.terms[0], known.symbols


def entrywise(case: Case, values: list[np.ndarray]) -> np.ndarray:
    """Σ over the letters that are not in the output, straight from the signature."""
    letters = list(dict.fromkeys("".join(case.inputs) + "".join("".join(g) for g in case.output)))
    out = np.zeros([int(np.prod([SIZES[c] for c in g])) for g in case.output])
    for position in itertools.product(*[range(SIZES[c]) for c in letters]):
        at = dict(zip(letters, position, strict=True))
        where = []
        for group in case.output:
            flat = 0
            for c in group:
                flat = flat * SIZES[c] + at[c]
            where.append(flat)
        product = 1.0
        for letters_of, value in zip(case.inputs, values, strict=True):
            product *= value[tuple(at[c] for c in letters_of)]
        out[tuple(where)] += product
    return out


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.label)
def test_shape_rule_agrees_with_numpy(case: Case) -> None:
    term, symbols = typed(case)
    values = case.point()
    got = evaluate_numpy(term, [s for s in symbols if s.name in case.names], {n: values[n] for n in case.names})
    sizes = tuple(s.value(SIZES) for s in term.type.shape)
    assert np.shape(got) == sizes
    if case.operation.meaning == "einsum":
        np.testing.assert_allclose(got, entrywise(case, [values[n] for n in case.names]), rtol=1e-12)


def place(i: int, j: int) -> np.ndarray:
    """The unit vector at the place of the pair {i, j} in vech of a 3×3 matrix."""
    return np.eye(6)[{(0, 0): 0, (1, 0): 1, (2, 0): 2, (1, 1): 3, (2, 1): 4, (2, 2): 5}[max(i, j), min(i, j)]]


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_of_a_size(name: str) -> None:
    written = {
        "eye": ("eye(n)", np.eye(4)),
        "ones": ("ones(m, n)", np.ones((3, 4))),
        "zeros": ("zeros(m, n)", np.zeros((3, 4))),
        "Dn": ("Dn(3)", np.array([place(i, j) for j in range(3) for i in range(3)])),
        "Ln": ("Ln(3)", np.array([place(i, j) * (i >= j) for j in range(3) for i in range(3)]).T),
        "Dnp": ("Dnp(3)", np.array([place(i, j) / (1 + (i != j)) for j in range(3) for i in range(3)]).T),
        "vector": ("x + vector(2)", np.full(4, 2.0)),
        "matrix": ("X + matrix(2)", np.full((3, 4), 2.0)),
        "Kmn": ("Kmn(m, n)", np.einsum("il,jk->ijlk", np.eye(3), np.eye(4)).transpose(0, 1, 3, 2).reshape(12, 12)),
    }
    text, value = written[name]
    known = infer([parse(text)], parse_declarations("x: vector(n); X: matrix(m, n)"))
    point = {"x": np.zeros(4), "X": np.zeros((3, 4))}
    np.testing.assert_array_equal(evaluate_numpy(known.terms[0], known.symbols, point), value)


@pytest.mark.parametrize(("case", "name"), PARTIALS, ids=lambda x: x.label if isinstance(x, Case) else x)
def test_derivative_by_each_argument(case: Case, name: str) -> None:
    if (case.operation.name, name) in UNDIFFERENTIABLE:
        with pytest.raises(DeriveError, match="no derivative"):
            derive.gradient(case.weighted, wrt=name, given=case.given)
        return
    result = derive.gradient(case.weighted, wrt=name, given=case.given)
    assert result.validation.ok
    assert result.validation.digits >= 25
    assert result.latex
    if case.operation.name not in ("matpow", "dmatpow"):  # a sum of powers X^r over r has no index notation
        read_back(result)
    values = case.point()
    value = result.evaluate(**values)
    assert np.shape(value) == np.shape(values[name])
    function = result.compile()
    taken = {n: values[n] for n in inspect.signature(function).parameters if n in values}
    np.testing.assert_allclose(function(**taken), value, rtol=1e-9, atol=1e-12)


def read_back(result: derive.Result) -> None:
    """The text and its Unicode mean the same tensor."""
    known = {s.name: s for s in result.symbols}
    nodes = [
        lower(infer([parse(text, names=frozenset(known))], (), symbols=known).terms[0])
        for text in (result.text, result.unicode)
    ]
    assert nodes[0] == nodes[1] or expanded(nodes[0]) == expanded(nodes[1])


def test_every_operation_is_covered() -> None:
    assert {c.operation.name for c in CASES} | set(CONSTANTS) | set(ENTRIES) == {op.name for op in REGISTRY}
