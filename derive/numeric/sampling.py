"""Points: random rational values for declared symbols, inside their properties.

One idea: values are exact and all different, and follow from a seed and the order of the symbols alone; where an expression has no value
they are drawn again, friendlier each time (positive, near the identity, small). It knows nothing of the expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from flint import fmpq, fmpq_mat

from derive.distributions import distribution
from derive.finding import DomainError, Finding
from derive.numeric.ball import number
from derive.numeric.dimensions import INTEGERS, integer_range
from derive.numeric.structures import HOLDS, SQUARE, Entries, identity
from derive.numeric.tensor import Tensor, count
from derive.term import Symbol

STRATEGIES = ("any", "positive", "large", "near identity", "unit", "small", "any", "positive and large")
FREE = frozenset(
    "symmetric skew psd pd orthogonal diagonal lower-triangular upper-triangular invertible rank-deficient idempotent projection "
    "involutory nilpotent permutation stochastic toeplitz norm<1 real-eigenvalues distinct-eigenvalues positive nonzero zero small "
    "simplex one-hot one-hot-rows unit-norm integer scalar-multiple-of-identity circulant hankel triangular normal unitary singular full-rank "
    "negative nonnegative real constant".split()
)
RETRIES = 20  # before a combination of properties is given up
SCALED = frozenset(("positive", "nonnegative", "negative", "small", "norm<1"))
WORDS = 2  # of the generator for an entry: its size and its sign
TURNS = 20  # before a matrix is taken that is not invertible
NONZERO = frozenset(("positive", "negative", "nonzero", "small"))
PARTNERED = ("commutes(", "idemcommutes(")
RANDOM = ("random(", "gaussian(", "indep(")


def strategy_of(attempt: int) -> str:
    """How to draw at the k-th attempt: freely first, then inside friendlier sets, then each symbol in a set of its own."""
    if attempt < 4:
        return "any"
    return STRATEGIES[attempt % len(STRATEGIES)] if attempt < 12 else "mixed"


def draw(symbols: Sequence[Symbol], sizes: Mapping[str, int], seed: int, strategy: str = "any") -> dict[str, Tensor]:
    """Exact values (flint.fmpq) by name: k/64 with |k| ≤ 128, or what a property asks for.

    Raises DomainError (`unsupported-property`) for a property that has no sample.
    """
    entries = Entries(seed, strategy)
    point: dict[str, Tensor] = {}
    worded = [s for s in symbols if s.properties]
    if worded:
        symbols = sorted(symbols, key=lambda s: any(p.startswith(PARTNERED) for p in s.properties))
    else:
        shapes = [[z.value(sizes) for z in s.type.shape] for s in symbols]
        entries.random.prepare(WORDS * sum(map(count, shapes)))
    for symbol in symbols:
        if strategy == "mixed":
            entries.strategy = STRATEGIES[entries.random.below(len(STRATEGIES))]
        point[symbol.name] = (
            _drawn(symbol, sizes, entries, point) if symbol.properties else _any(symbol, sizes, entries)
        )
    if worded:
        _tied(worded, sizes, seed, point)
    return point


def _tied(symbols: Sequence[Symbol], sizes: Mapping[str, int], seed: int, point: dict[str, Tensor]) -> None:
    """Values that do not follow from one symbol alone: an integer that is the only one, the moments of distributions."""
    whole = [s for s in symbols if "integer" in s.properties and not s.type.shape]
    if len(whole) == 1 and whole[0].name not in sizes:
        low, high = integer_range(whole[0]) or INTEGERS
        point[whole[0].name] = Tensor((), [fmpq(low + seed % (high - low + 1))])  # in turn, as `Dimensions.choose` does
    laws = [law for s in symbols if (law := distribution(s.properties)) is not None]
    if laws:
        from derive.numeric.components import consistent

        consistent(point, [dict(law.parameters) for law in laws])


def direction(shape: tuple[int, ...], entries: Entries) -> Tensor:
    """A random direction: dyadic entries of 20 bits, so that a wrong derivative is orthogonal to it by no accident."""
    return Tensor(
        shape, [fmpq(2 * entries.random.below(1 << 20) + 1 - (1 << 20), 1 << 20) for _ in range(count(shape))]
    )


def in_balls(point: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The point at the present precision."""
    return {name: value.each(number) for name, value in point.items()}


def _any(symbol: Symbol, sizes: Mapping[str, int], e: Entries) -> Tensor:
    """Of a symbol that is anything."""
    e.nonzero = False
    if not symbol.type.shape and symbol.name in sizes:
        return Tensor((), [fmpq(sizes[symbol.name])])
    return _free(tuple([z.value(sizes) for z in symbol.type.shape]), e)


def _drawn(symbol: Symbol, sizes: Mapping[str, int], e: Entries, point: Mapping[str, Tensor]) -> Tensor:
    shape = tuple(s.value(sizes) for s in symbol.type.shape)
    properties = frozenset(symbol.properties)
    e.nonzero = bool(properties & NONZERO)
    if not shape and symbol.name in sizes:
        return Tensor((), [fmpq(sizes[symbol.name])])
    if symbol.complex:
        from derive.numeric.complex_structures import complex_value

        return complex_value(shape, properties, e)
    _known(symbol, properties)
    _demand_axes(symbol, properties)
    if any(p.startswith("index(") for p in properties):
        return Tensor((), [fmpq(e.random.between(1, 2))])
    for word in symbol.properties:
        kind, _, partner = word.rstrip(")").partition("(")
        if f"{kind}(" in PARTNERED and partner in point:
            if not all(isinstance(x, fmpq) for x in point[partner].entries):
                raise DomainError(Finding("unsupported-property", f"{symbol.name} is real, and {partner} is not"))
            draws = _commuting if kind == "commutes" else _idempotent
            if len(symbol.properties) == 1:
                return draws(point[partner], e)
            return _with_others(partial(draws, point[partner], e), symbol, word, point)
    for _ in range(RETRIES):
        value = _scaled(_shaped(shape, properties, e, symbol), properties)
        if all(HOLDS[word](value.matrix(fmpq_mat)) for word in properties if word in HOLDS):
            return value
    message = f"no values could be drawn for {symbol.name} that are {' and '.join(sorted(properties))}"
    raise DomainError(Finding("unsupported-property", message))


def _shaped(shape: tuple[int, ...], properties: frozenset[str], e: Entries, symbol: Symbol) -> Tensor:
    whole = next((WHOLE[word] for word in WHOLE if word in properties), None)
    return whole(shape, e, symbol) if whole is not None else _structured(shape, properties, e)


def _scaled(value: Tensor, properties: frozenset[str]) -> Tensor:
    """What positive, small and norm<1 make of the entries."""
    if properties.isdisjoint(SCALED):
        return value
    entries = value.entries
    if properties & {"positive", "nonnegative", "negative"}:
        sign = -1 if "negative" in properties else 1
        entries = [sign * abs(x) for x in entries]
    if "small" in properties:  # a small positive number, or a matrix of small entries
        entries = [abs(x) / 16 for x in entries] if len(entries) == 1 else [x / 16 for x in entries]
    if "norm<1" in properties:
        total = sum((abs(x) for x in entries), fmpq(0))
        entries = [x / (total + 1) for x in entries] if total >= 1 else entries
    return Tensor(value.shape, entries)


def _known(symbol: Symbol, properties: frozenset[str]) -> None:
    for word in sorted(properties - FREE):
        ranged = integer_range(symbol) is not None and ".." in word
        if not (ranged or word.startswith((*RANDOM, *PARTNERED, "index("))):
            message = f"{symbol.name} is declared {word}, and no values with this property can be drawn yet"
            raise DomainError(Finding("unsupported-property", message))


def _demand_axes(symbol: Symbol, properties: frozenset[str]) -> None:
    """A vector has no rank, and a scalar no place for a one."""
    order = len(symbol.type.shape)
    for word in sorted(properties):
        if (order != 2 and (word in SQUARE or word in HOLDS)) or (order == 0 and word in ("one-hot", "one-hot-rows")):
            message = f"{symbol.name} is declared {word}, which is no property of a {symbol.type}"
            raise DomainError(Finding("unsupported-property", message))


def _structured(shape: tuple[int, ...], properties: frozenset[str], e: Entries) -> Tensor:
    if len(shape) == 2 and shape[0] == shape[1]:
        build = next((SQUARE[word] for word in SQUARE if word in properties), None)
        if build is not None:
            return Tensor.of(shape, _regular(lambda: build(e, shape[0], properties), "invertible" in properties))
    if len(shape) == 2 and properties & {"rank-deficient", "singular"}:
        rank = max(1, min(shape) - 1)
        return Tensor.of(shape, e.matrix(shape[0], rank) * e.matrix(rank, shape[1]))
    return _free(shape, e)


def _free(shape: tuple[int, ...], e: Entries) -> Tensor:
    """Any entries; a square matrix is invertible."""
    if len(shape) != 2 or shape[0] != shape[1]:
        return Tensor(shape, e.several(count(shape)))
    n = shape[0]
    if e.strategy == "near identity":
        return Tensor.of(shape, _regular(lambda: e.matrix(n, n) * fmpq(1, 16) + identity(n), True))
    for _ in range(TURNS):
        entries = e.several(n * n)
        matrix = fmpq_mat(n, n, entries)
        if matrix.det() != 0:
            break
    return Tensor(shape, entries, matrix)


def _regular(build: Callable[[], fmpq_mat], wanted: bool) -> fmpq_mat:
    """The first matrix that is invertible, when that is wanted; the twentieth otherwise."""
    for _ in range(TURNS):
        matrix = build()
        if not wanted or matrix.det() != 0:
            break
    return matrix


def _commuting(partner: Tensor, e: Entries) -> Tensor:
    """c₀ I + c₁ A + c₂ A²."""
    n = partner.shape[0]
    a = partner.matrix(fmpq_mat)
    return Tensor(partner.shape, (identity(n) * e.next() + a * e.next() + a * a * e.next()).entries())


def _with_others(draws: Callable[[], Tensor], symbol: Symbol, own: str, point: Mapping[str, Tensor]) -> Tensor:
    """A matrix drawn for one property, or its square, that has all the others too. Raises DomainError where none is found."""
    others = [word for word in symbol.properties if word not in (own, "real")]
    for _ in range(RETRIES):
        drawn = draws()
        a = drawn.matrix(fmpq_mat)
        for made in (a, a * a):
            if all(_has(made, word, point) for word in others):
                return Tensor(drawn.shape, made.entries())
    message = f"no values could be drawn for {symbol.name} that are {' and '.join(sorted(symbol.properties))}"
    raise DomainError(Finding("unsupported-property", message))


def _has(a: fmpq_mat, word: str, point: Mapping[str, Tensor]) -> bool:
    """Whether a matrix is seen to have a property."""
    kind, _, partner = word.rstrip(")").partition("(")
    if kind == "commutes" and partner in point:
        b = point[partner].matrix(fmpq_mat)
        return bool(a * b == b * a)
    return HOLDS[word](a) if word in HOLDS else word == "psd" and HOLDS["pd"](a)


def _idempotent(partner: Tensor, e: Entries) -> Tensor:
    """`Axy'A/(y'Ax)` and the same of I - A: an idempotent matrix of rank 1 or 2 that commutes with an idempotent A."""
    n = partner.shape[0]
    a = partner.matrix(fmpq_mat)
    made = a * 0
    for part in (a, identity(n) - a):
        x, y = e.matrix(n, 1), e.matrix(1, n)
        share = (y * part * x)[0, 0]
        if share != 0:
            made = made + part * x * y * part * (1 / share)
    return Tensor(partner.shape, made.entries())


def _integer(shape: tuple[int, ...], e: Entries, symbol: Symbol) -> Tensor:
    low, high = integer_range(symbol) or INTEGERS
    return Tensor(shape, [fmpq(e.random.between(low, high)) for _ in range(count(shape))])


def _zero(shape: tuple[int, ...], e: Entries, symbol: Symbol) -> Tensor:
    return Tensor(shape, [fmpq(0)] * count(shape))


def _one_hot(shape: tuple[int, ...], e: Entries, symbol: Symbol) -> Tensor:
    """One 1 in the vector, or in each row of a matrix."""
    width = shape[-1]
    rows = [e.random.below(width) for _ in range(count(shape[:-1]))]
    return Tensor(shape, [fmpq(int(j == hot)) for hot in rows for j in range(width)])


def _simplex(shape: tuple[int, ...], e: Entries, symbol: Symbol) -> Tensor:
    """Positive entries that sum to 1, in the vector or in each row of a matrix; a scalar lies between 0 and 1."""
    if not shape:
        return Tensor((), [fmpq(1, 2) + e.next() / 8])
    out: list[fmpq] = []
    for _ in range(count(shape[:-1])):
        row = [abs(e.next()) + fmpq(1, 8) for _ in range(shape[-1])]
        total = sum(row, fmpq(0))
        out += [x / total for x in row]
    return Tensor(shape, out)


def _unit_norm(shape: tuple[int, ...], e: Entries, symbol: Symbol) -> Tensor:
    """Stereographic projection: (2u, |u|² - 1) / (|u|² + 1)."""
    u = [e.next() for _ in range(count(shape) - 1)]
    square = sum((x * x for x in u), fmpq(0))
    return Tensor(shape, [*(2 * x / (square + 1) for x in u), (square - 1) / (square + 1)])


# Properties that decide every entry; the first that stands here wins.
WHOLE: dict[str, Callable[[tuple[int, ...], Entries, Symbol], Tensor]] = {
    "zero": _zero,
    "integer": _integer,
    "one-hot": _one_hot,
    "one-hot-rows": _one_hot,
    "simplex": _simplex,
    "unit-norm": _unit_norm,
}
