"""A backward pass written by hand, rightly and wrongly: what `test_testing_pairs.py` holds `assert_backward` to.

One idea: the wrong one is wrong as people's are (a term dropped, a mask forgotten, an index once more), and beside it stand the codes of causes that name its
mistake truly; any other that is named is a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Backward = Callable[..., tuple[Any, ...]]


class Pair(NamedTuple):
    """`inputs(rng)` makes the inputs; `causes` are the codes that name the mistake."""

    name: str
    forward: Callable[..., Any]
    right: Backward
    wrong: Backward
    inputs: Callable[[Any], tuple[Any, ...]]
    causes: tuple[str, ...]
