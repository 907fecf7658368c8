"""Worker processes with a time limit each: a hard limit is a process that is ended.

One idea: a worker takes one argument at a time over a pipe and sends back what it finds, better and better; when its time is over it is ended and
the last thing that it sent is what is known. No signals and no threads, so it works the same on every system. It knows nothing of
the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any, NamedTuple

Work = Callable[[Any], Iterator[Any]]
START = 120.0  # seconds that a process may take to come up
LATE, FAILED, ENDED = "late", "failed", "ended"


class Outcome(NamedTuple):
    """What is known of one argument: the last value that was sent (None for none), and what went wrong."""

    place: int
    value: Any = None
    trouble: str = ""  # "", late, failed (an exception, its text in `said`), ended (the process died)
    said: str = ""


class Worker:
    """One process and the argument that it has."""

    def __init__(self, work: Work) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, work), daemon=True)
        self.process.start()
        theirs.close()
        self.up = False
        self.place: int | None = None
        self.value: Any = None
        self.limit: float | None = None
        self.deadline = monotonic() + START

    def give(self, place: int, argument: Any, limit: float | None) -> None:
        """The next argument; `limit` counts from now, or from when the process is up."""
        self.place, self.value, self.limit = place, None, limit
        self.deadline = self._until() if self.up else monotonic() + START
        self.pipe.send(argument)

    def heard(self) -> Outcome | None:
        """Take in one message; the outcome when the work on the argument is over."""
        assert self.place is not None
        try:
            kind, content = self.pipe.recv()
        except (EOFError, OSError):
            return Outcome(self.place, self.value, ENDED, "the worker process ended")
        if kind == "up":
            self.up = True
            self.deadline = self._until()
        elif kind == "value":
            self.value = content
        elif kind == "failed":
            return self._over(FAILED, content)
        else:
            return self._over()
        return None

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def _over(self, trouble: str = "", said: str = "") -> Outcome:
        assert self.place is not None
        place, self.place = self.place, None
        return Outcome(place, self.value, trouble, said)

    def _until(self) -> float:
        return float("inf") if self.limit is None else monotonic() + self.limit


def work_through(work: Work, arguments: Sequence[Any], jobs: int = 1, limit: float | None = None) -> Iterator[Outcome]:
    """The outcome of every argument as it is known, in no order; `limit` in seconds for each.

    work: a function at the top of a module that yields values for an argument; the last is the best.
    """
    left = list(reversed(list(enumerate(arguments))))
    workers: list[Worker] = []
    try:
        while len(workers) < min(jobs, len(arguments)):
            workers.append(_busy(Worker(work), left, limit))
        while workers:
            for worker in list(workers):
                outcome = _look(worker, workers)
                if outcome is None:
                    continue
                workers.remove(worker)
                if outcome.trouble in (LATE, ENDED):
                    worker.end()
                    if left:
                        workers.append(_busy(Worker(work), left, limit))
                elif left:
                    workers.append(_busy(worker, left, limit))
                else:
                    worker.end()
                yield outcome
    finally:
        for worker in workers:
            worker.end()


def _busy(worker: Worker, left: list[tuple[int, Any]], limit: float | None) -> Worker:
    place, argument = left.pop()
    worker.give(place, argument, limit)
    return worker


def _look(worker: Worker, workers: Sequence[Worker]) -> Outcome | None:
    """What one worker has said; waits for any of them, or for the first deadline, when nobody has."""
    first = min(w.deadline for w in workers)
    wait([w.pipe for w in workers], None if first == float("inf") else max(0.0, first - monotonic()))
    if worker.pipe.poll():
        return worker.heard()
    if monotonic() >= worker.deadline:
        assert worker.place is not None
        return Outcome(worker.place, worker.value, LATE)
    return None


def serve(pipe: Connection, work: Work) -> None:
    """The life of a worker process: an argument in, values out, until the pipe closes."""
    from signal import SIG_IGN, SIGINT, signal

    signal(SIGINT, SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    try:
        pipe.send(("up", None))
        while True:
            argument = pipe.recv()
            pipe.send(_done(pipe, work, argument))
    except (EOFError, OSError):
        return


def _done(pipe: Connection, work: Work, argument: Any) -> tuple[str, str]:
    try:
        for value in work(argument):
            pipe.send(("value", value))
    except BrokenPipeError:  # nobody listens any more
        raise
    except Exception as failure:
        return "failed", f"{type(failure).__name__}: {' '.join(str(failure).split())[:300]}"
    return "over", ""
