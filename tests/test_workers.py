"""Worker processes: every argument gets an outcome, whatever its process does; nobody waits longer than the limit."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from derive.workers import ENDED, FAILED, LATE, Outcome, work_through


def work(argument: Any) -> Iterator[Any]:
    """Two values, the second after what the argument asks for."""
    yield ("first", argument)
    match argument:
        case "sleep":
            time.sleep(60)
        case "die":
            os._exit(3)
        case "fail":
            raise OSError("no such thing")
        case "deep":
            raise RecursionError
    yield ("second", argument)


def outcomes(arguments: list[Any], **options: Any) -> list[Outcome]:
    return sorted(work_through(work, arguments, **options))


@pytest.mark.parametrize("jobs", [1, 2, 9])
def test_every_argument_has_an_outcome(jobs: int) -> None:
    found = outcomes([1, 2, 3, 4], jobs=jobs)
    assert [o.value for o in found] == [("second", k) for k in (1, 2, 3, 4)]
    assert not any(o.trouble for o in found)


def test_one_bad_argument_never_stops_the_rest() -> None:
    start = time.monotonic()
    found = outcomes(["fine", "die", "sleep", "fail", "deep", "well"], jobs=2, limit=2.0)
    assert time.monotonic() - start < 30
    assert [o.trouble for o in found] == ["", ENDED, LATE, FAILED, FAILED, ""]
    assert found[2].value == ("first", "sleep")  # what was known when the time was over
    assert found[3].said == "OSError: no such thing"
    assert found[5].value == ("second", "well")


def test_nothing_to_do() -> None:
    assert outcomes([]) == []


def test_who_stops_listening_leaves_no_process() -> None:
    from multiprocessing import active_children

    for _ in work_through(work, ["fine", "sleep"], jobs=2):
        break
    assert not active_children()
