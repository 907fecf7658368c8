"""What is computed in bulk is what is computed one by one: words, entries, products of whole exact matrices.

One idea: speed must not change a number, so both ways are taken and compared.
"""

from __future__ import annotations

import pytest
from flint import fmpq, fmpq_mat

from derive.numeric.ball import BALLS
from derive.numeric.contraction import DIRECT, EXACT, contract
from derive.numeric.exact import RATIONALS, matpow
from derive.numeric.generator import Generator
from derive.numeric.sampling import STRATEGIES
from derive.numeric.structures import Entries
from derive.numeric.tensor import Tensor, count
from derive.sizes import Size
from derive.term import Pattern

SIZES = {"a": 2, "b": 3, "c": 4, "d": 2}


@pytest.mark.parametrize("seed", [0, 1, 17, -3, 1 << 70])
def test_words_are_those_of_as_many_calls(seed: int) -> None:
    one, many = Generator(seed), Generator(seed)
    expected = [one.word() for _ in range(700)]
    many.prepare(5)
    found = [*many.words(3), *many.words(0), many.word(), *many.words(200), *many.words(2), *many.words(300)]
    assert found == expected[: len(found)]
    assert many.below(1000) == expected[len(found)] * 1000 >> 64


@pytest.mark.parametrize("strategy", [*STRATEGIES, "wide", "integers"])
def test_entries_are_those_of_as_many_calls(strategy: str) -> None:
    """Beyond the first hundred too, where they become finer."""
    one, many = Entries(5, strategy), Entries(5, strategy)
    expected = [one.next() for _ in range(260)]
    assert [*many.several(7), *many.several(120), *many.several(133)] == expected
    if strategy != "integers":
        assert len(set(expected[:100])) == 100


def test_a_tensor_lists_its_entries_when_they_are_asked_for() -> None:
    whole = fmpq_mat(2, 2, [1, 2, 3, 4])
    tensor = Tensor.of((2, 2), whole)
    assert tensor.entries == [fmpq(k) for k in (1, 2, 3, 4)]
    assert Tensor((2, 2), tensor.entries).matrix(fmpq_mat) == whole
    with pytest.raises(AttributeError):
        tensor.rows  # type: ignore[attr-defined]  # noqa: B018


def _pattern(form: str) -> Pattern:
    left, right = form.split("->")
    groups = right.replace("(", " (").replace(")", ") ").split() if "(" in right else list(right)
    output = tuple(tuple(g.strip("()")) for g in groups)
    letters = sorted({x for x in form if x.isalpha()})
    return Pattern(tuple(left.split(",")), output, tuple((x, Size.of(x)) for x in letters))


def _sum(pattern: Pattern, arguments: list[Tensor]) -> list[fmpq]:
    """Term by term, from the meaning of a pattern."""
    out = "".join(x for group in pattern.output for x in group)
    letters = [*out, *[x for x, _ in pattern.sizes if x not in out]]
    totals = [fmpq(0)] * count(SIZES[x] for x in out)
    for number in range(count(SIZES[x] for x in letters)):
        at, rest = {}, number
        for x in reversed(letters):
            rest, at[x] = divmod(rest, SIZES[x])
        product = fmpq(1)
        for axes, tensor in zip(pattern.inputs, arguments, strict=True):
            place = 0
            for x in axes:
                place = place * SIZES[x] + at[x]
            product *= tensor.entries[place]
        place = 0
        for x in out:
            place = place * SIZES[x] + at[x]
        totals[place] += product
    return totals


@pytest.mark.parametrize("form", sorted({*DIRECT, *EXACT} - {"->"}))
@pytest.mark.parametrize("whole", [False, True])
def test_patterns_without_a_plan_have_the_value_of_their_sum(form: str, whole: bool) -> None:
    pattern = _pattern(form)
    e = Entries(3)
    arguments = []
    for axes in pattern.inputs:
        tensor = Tensor(tuple(SIZES[x] for x in axes), e.several(count(SIZES[x] for x in axes)))
        if whole and axes:
            tensor = Tensor.of(tensor.shape, tensor.matrix(fmpq_mat))
        arguments.append(tensor)
    expected = _sum(pattern, arguments)
    found = contract(pattern, arguments, SIZES, RATIONALS)
    assert found.entries == expected
    assert found.shape == tuple(count(SIZES[x] for x in group) for group in pattern.output)
    balls = contract(pattern, [t.each(BALLS.number) for t in arguments], SIZES, BALLS)
    assert balls.shape == found.shape
    assert all(ball.contains(BALLS.number(x)) for ball, x in zip(balls.entries, expected, strict=True))


@pytest.mark.parametrize("exponents", [(0, 1, 2, 3, 7, 8), (3, 3, 2, -1, -2, 4), (2, -2, 1)])
def test_powers_one_after_the_other(exponents: tuple[int, ...]) -> None:
    a, b = (Tensor((3, 3), Entries(seed).several(9)) for seed in (1, 2))
    for k in exponents:
        for x in (a, b, a):
            assert matpow(x, Tensor((), [fmpq(k)])).matrix(fmpq_mat) == x.matrix(fmpq_mat) ** k
