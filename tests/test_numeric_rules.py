"""The rules of the registry against difference quotients: derivatives of elementwise functions, differentials of the others."""

from __future__ import annotations

import pytest

from derive.infer import infer, infer_text
from derive.numeric.ball import precision
from derive.numeric.differences import directional
from derive.numeric.evaluate import evaluate
from derive.numeric.sampling import STRATEGIES, direction, draw, in_balls
from derive.numeric.structures import Entries
from derive.numeric.validate import validate
from derive.numeric.world import OutOfDomain
from derive.ops import REGISTRY, Operation
from derive.sizes import Size
from derive.syntax import parse
from derive.term import SCALAR, Symbol, Type

PARTIALS = [(operation, k) for operation in REGISTRY for k, text in enumerate(operation.derivative) if text]
DIFFERENTIALS = [
    (operation, signature) for operation in REGISTRY if operation.differential for signature in operation.signatures
]
SIZES = {"n": 3, "m": 4, "l": 2}
INTEGERS = frozenset((("eigi", "i"), ("evec", "i"), ("minor", "i"), ("minor", "j")))


def named(operation: Operation, shapes: tuple[str, ...]) -> tuple[Symbol, ...]:
    return tuple(
        Symbol(p, Type(tuple(map(Size.of, letters))), _properties(operation, p, letters))
        for p, letters in zip(operation.parameters, shapes, strict=True)
    )


def _properties(operation: Operation, parameter: str, letters: str) -> tuple[str, ...]:
    if (operation.name, parameter) in INTEGERS:
        return ("in 1..2", "integer")
    return (operation.domain,) if operation.symmetric and len(letters) == 2 else ()


def applied(operation: Operation, symbols: tuple[Symbol, ...]):
    call = f"{operation.name}({', '.join(s.name for s in symbols)})"
    return infer([parse(call)], symbols={s.name: s for s in symbols}).terms[0]


@pytest.mark.parametrize(("operation", "k"), PARTIALS, ids=lambda x: getattr(x, "name", str(x)))
def test_derivative_of_an_elementwise_function(operation, k):
    symbols = named(operation, ("",) * len(operation.parameters))
    answer = infer_text(operation.derivative[k], symbols)
    result = validate(applied(operation, symbols), [symbols[k]], answer, 1, points=5, seed=3)
    assert result.ok, result.witness
    assert result.digits >= 30


@pytest.mark.parametrize(("operation", "signature"), DIFFERENTIALS, ids=lambda x: getattr(x, "name", ""))
@pytest.mark.parametrize("seed", [1, 2])
def test_differential_of_an_operation(operation, signature, seed):
    symbols = named(operation, signature.inputs)
    term = applied(operation, symbols)
    moved = tuple(Symbol("d" + s.name, s.type) for s in symbols)
    result = Symbol("R", term.type)
    rule = infer_text(operation.differential, (*symbols, *moved, result))
    for strategy in STRATEGIES:
        point = draw(symbols, SIZES, seed, strategy)
        along = {s.name: direction(point[s.name].shape, Entries(seed)) for s in symbols}
        along.update({s.name: along[s.name].each(lambda x: x * 0) for s in symbols if "integer" in s.properties})
        try:
            expected = directional(term, symbols, [along], point, SIZES)
            with precision(256):
                balls = in_balls(point)
                balls["R"] = evaluate(term, balls, SIZES)
                balls.update(in_balls({"d" + name: v for name, v in along.items()}))
                got = evaluate(rule, balls, SIZES)
        except OutOfDomain:
            continue
        assert got.shape == expected.shape
        for x, y in zip(got.entries, expected.entries, strict=True):
            assert abs(float(x - y)) < 1e-25 * max(1.0, abs(float(x)))
        return
    pytest.fail("no point in the domain")


def test_mixed_and_third_differences():
    x, y = Symbol("x", SCALAR), Symbol("y", SCALAR)
    f = infer([parse("x^3*y^2 + exp(x)*y")], symbols={"x": x, "y": y}).terms[0]
    point = draw((x, y), {}, 4)
    a, b = (float(point[n].scalar.p) / float(point[n].scalar.q) for n in "xy")
    one, nought = (
        direction((), Entries(1)).each(lambda _: point["x"].scalar * 0 + 1),
        direction((), Entries(1)).each(lambda _: point["x"].scalar * 0),
    )
    dx, dy = {"x": one, "y": nought}, {"x": nought, "y": one}
    from math import exp

    assert float(directional(f, (x, y), [dx, dy], point, {}).scalar) == pytest.approx(6 * a * a * b + exp(a), rel=1e-14)
    assert float(directional(f, (x, y), [dx, dx, dy], point, {}).scalar) == pytest.approx(
        12 * a * b + exp(a), rel=1e-14
    )
    assert float(directional(f, (x, y), [dx, dx, dx], point, {}).scalar) == pytest.approx(
        6 * b * b + exp(a) * b, rel=1e-14
    )
