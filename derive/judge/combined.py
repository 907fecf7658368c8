"""Combined: places at small sizes where every symbol has an extreme value, in many combinations.

One idea: what fails for special values fails at sizes 1 and 2 already, where a place costs next to nothing; so the extreme values of all symbols are
gone through together there, pairs of the likeliest ones first: `A = I` with a nilpotent B, `B = 0` with the identity. It evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from derive.claims import EQUATION, Claim
from derive.finding import DomainError
from derive.judge.admitted import PARTNERED, admits
from derive.judge.members import Member, members
from derive.judge.places import Ground, Place, mentioned
from derive.numeric.sampling import draw
from derive.numeric.tensor import Tensor
from derive.term import Symbol

DEFINITE = frozenset(("pd", "psd"))
TOGETHER = 36  # combinations at the first choice of sizes
DEAR = frozenset(
    "nucnorm opnorm2 normF norm2 lmax lmin eig eigi evec sv polar sqrtm logm expm pinv gauss".split()
)  # half as many there
FEWER = 8  # at every other one
MOST_SIZES = 5  # choices of sizes and indices
INDICES = 4  # choices of indices at the same sizes
SIZES = (2, 3, 4, 5)  # of which the first that is allowed is taken
SKIPPED = 400  # combinations that are looked through where values have to fit to one another


class Combination(NamedTuple):
    """A place, what it is, and whether it is of no breadth."""

    place: Place
    says: str
    narrow: bool


def combined(claim: Claim, ground: Ground) -> Iterator[Combination]:
    """Combinations of extreme values at the smallest sizes."""
    strict = claim.op in ("<", ">")
    for number, sizes in enumerate(_small(ground)):
        try:
            place = Place(sizes, draw(ground.symbols, sizes, ground.first, "integers"))
        except (DomainError, ArithmeticError):
            continue
        most = (TOGETHER if number == 0 else FEWER) // (1 if ground.contents.names.isdisjoint(DEAR) else 2)
        for says, point, broad in _points(ground, place, most):
            narrow = claim.kind == EQUATION or strict or not broad or ground.jumps
            yield Combination(Place(sizes, point), says, narrow)


def _small(ground: Ground) -> Iterator[dict[str, int]]:
    """All sizes 2, all 1, and the first and the last one 1 with the others 2; indices at several values, integers at a small one.

    Where sizes may not be so small, all of them are what they may be at least.
    """
    d = ground.dimensions
    places = [n for n in d.places if n not in d.integers]
    lows = {n: max(low, min(high, 2)) for n, (low, high) in d.integers.items()}
    left = MOST_SIZES
    for chosen in _chosen(ground, {**dict.fromkeys(places, 1), **lows}):
        top = max(chosen.values(), default=1)
        values = sorted(product(range(1, top + 1), repeat=len(places)), key=lambda v: len(set(v)) < len(v))
        for taken in values[:INDICES]:
            sizes = {**chosen, **dict(zip(places, taken, strict=True)), **lows}
            if left and ground.fits(sizes):
                left -= 1
                yield sizes


def _chosen(ground: Ground, others: dict[str, int]) -> Iterator[dict[str, int]]:
    names = ground.dimensions.names
    for value in SIZES:
        if ground.fits({**dict.fromkeys(names, value), **others}):
            yield dict.fromkeys(names, value)
            break
    if names:
        yield dict.fromkeys(names, 1)
    if len(names) > 1:
        yield from ({**dict.fromkeys(names, 2), n: 1} for n in (names[0], names[-1]))


def _points(ground: Ground, place: Place, most: int) -> Iterator[tuple[str, dict[str, Tensor], bool]]:
    """Points at which the symbols that can be have extreme values, and whether all of them are broad."""
    chosen = _choices(ground, place)
    if not chosen:
        return
    tied = {s.name: [w for w in s.properties if "(" in w] for s, _ in chosen}
    found = 0
    for looked, picks in enumerate(_shells(tuple([len(options) for _, options in chosen]))):
        if found == most or looked == SKIPPED:
            return
        taken = [(s.name, options[k]) for (s, options), k in zip(chosen, picks, strict=True)]
        point = {**place.point, **{name: member.value for name, member in taken}}
        if all(admits(tied[name], member.value, point) for name, member in taken if tied[name]):
            found += 1
            yield _said(taken), point, all(member.broad for _, member in taken)


def _choices(ground: Ground, place: Place) -> list[tuple[Symbol, tuple[Member, ...]]]:
    """The symbols whose values nothing else decides, with their extreme values; those that commute with another are among them."""
    symbols = ground.symbols
    free = [s for s in symbols if not any(w.startswith(PARTNERED) for w in s.properties)]
    bound = mentioned(free).union(place.sizes)
    found = []
    for s in symbols:
        options = members(s, place.point[s.name].shape) if s.name in place.point and s.name not in bound else ()
        if large(ground) and DEFINITE.intersection(s.properties):
            options = tuple([m for m in options if not m.small])
        if options:
            found.append((s, options))
    names = {s.name for s, _ in found}
    kept = mentioned([s for s in symbols if s.name not in names])  # what a value that stays has been drawn for
    return [(s, options) for s, options in found if s.name not in kept]


def _said(taken: Sequence[tuple[str, Member]]) -> str:
    return ", ".join(
        f"{name} = {member.says}" if member.says.lstrip("-")[:1] in "I0123456789i" else f"{name} is {member.says}"
        for name, member in taken
    )


def large(ground: Ground) -> bool:
    """Whether what is definite stands for what is large against a perturbation: where it is inverted."""
    return "inv" in ground.contents.names


@lru_cache(maxsize=256)
def _shells(lengths: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Combinations of places in lists of these lengths: those that stay among the first few come first; no more than `SKIPPED`."""
    found: list[tuple[int, ...]] = []
    for reach in range(max(lengths)):
        ranges = [range(min(reach + 1, n)) for n in lengths]
        for picks in product(*ranges):
            if max(picks) == reach:
                found.append(picks)
                if len(found) == SKIPPED:
                    return tuple(found)
    return tuple(found)
