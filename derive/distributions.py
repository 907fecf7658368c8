"""Distributions as they are declared: `random(mean=m,cov=S)`, `gaussian(mean=m,cov=S)`, `indep(mean=m,cov=M,v3=v3)`.

One idea: a distribution is a family and texts for its parameters; `infer` makes terms of them, and every `expectation` term carries
those. This module knows the words only: nothing of kinds, moments or values.

    random     any distribution with this mean and covariance; what is left out has a name of its own: `E(x)`, `Var(x)`
    gaussian   normal; of a scalar, `cov` is the variance. `normal(…)` and `N(…)` are the same
    indep      independent components. `mu2 mu3 mu4`: central moments, one scalar shared by all components under `same=1`; `v3 v4`: those
               of every component, as a vector; `cov` is diagonal; `sym=1`: odd central moments are 0
"""

from __future__ import annotations

from typing import NamedTuple

FAMILIES = {"random": "random", "gaussian": "gaussian", "normal": "gaussian", "N": "gaussian", "indep": "indep"}
KEYS = {
    "random": ("mean", "cov"),
    "gaussian": ("mean", "cov"),
    "indep": ("mean", "cov", "mu2", "mu3", "mu4", "v2", "v3", "v4", "same", "sym"),
}
SYNONYMS = {"var": "cov"}
FLAGS = ("same", "sym")


class Distribution(NamedTuple):
    """A family, the texts of its parameters by key, and what is said of it: `same`, `sym`."""

    family: str
    parameters: tuple[tuple[str, str], ...] = ()
    flags: frozenset[str] = frozenset()

    def text(self, key: str) -> str | None:
        """What was written for a parameter, None when it is left out."""
        return dict(self.parameters).get(key)


class NoDistribution(ValueError):
    """What is wrong with the words of a distribution; `part` is the text at fault."""

    def __init__(self, message: str, part: str) -> None:
        super().__init__(message)
        self.part = part


_read: dict[str, Distribution | None] = {}


def distribution(properties: tuple[str, ...]) -> Distribution | None:
    """The distribution among the properties of a variable, None when it has none. Raises NoDistribution."""
    for word in properties:
        if word in _read:
            found = _read[word]
        else:
            found = _read[word] = read(word)
        if found is not None:
            return found
    return None


def read(word: str) -> Distribution | None:
    """The distribution of a word such as `gaussian(mean=m,cov=S)`; None for any other property. Raises NoDistribution."""
    name, bracket, rest = word.partition("(")
    family = FAMILIES.get(name)
    if family is None or not bracket:
        return None
    found: dict[str, str] = {}
    flags: set[str] = set()
    for place, part in enumerate(_parts(rest.removesuffix(")"))):
        key, value = _assigned(part, family, place)
        if key in found or key in flags:
            raise NoDistribution(f"{key} is given twice", part)
        if key in FLAGS:
            if value not in ("0", "1"):
                raise NoDistribution(f"{key} is 1 or 0", part)
            flags |= {key} if value == "1" else set()
        else:
            found[key] = value
    return Distribution(family, tuple(found.items()), frozenset(flags))


def _assigned(part: str, family: str, place: int) -> tuple[str, str]:
    """`cov=S` → (cov, S); without a key, the first is the mean and the second the covariance."""
    key, sign, value = part.partition("=")
    if not sign and place < 2:
        key, value = KEYS[family][place], part
    key, value = SYNONYMS.get(key.strip(), key.strip()), value.strip()
    if key not in KEYS[family]:
        raise NoDistribution(f"{family} has no parameter `{key}`; it has {', '.join(KEYS[family])}", part)
    if not value:
        raise NoDistribution(f"nothing is given for {key}", part)
    return key, value


def _parts(text: str) -> list[str]:
    """The text cut at commas outside brackets."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return [part for part in parts if part.strip()] if len(parts) == 1 else parts
