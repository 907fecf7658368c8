"""The seed that the asserts take where none is given: that of the test run.

One idea: one number, set by the pytest plugin's `--derive-seed`, 0 otherwise.
"""

from __future__ import annotations

_seed = 0


def default_seed() -> int:
    return _seed


def set_default_seed(seed: int) -> None:
    global _seed
    _seed = seed
