"""From nodes to source: one of the forms that the engine has found, rewritten and planned at the sizes that are given or assumed.

One idea: the form that is printed, unless that one was multiplied out so far that the form as it was differentiated has much less to plan. A
size without a value counts as 200: nothing but the order of operations depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from derive.compiled.nodes import NotPlanned, Planner
from derive.compiled.program import Program, Var, cost
from derive.compiled.rewrite import rewritten
from derive.compiled.write import Writer, Written
from derive.engine.expr import Node, postorder
from derive.sizes import Size
from derive.term import Symbol

PREFERRED = 1.5  # times as heavy as another form may the lighter one be that is printed, and still be planned
KEPT = 256  # plans that are remembered
NOMINAL = 200  # a size that nobody gave


class Question(NamedTuple):
    """What is to be computed: for each result the forms that it has, and the variables."""

    forms: tuple[tuple[Node, ...], ...]
    symbols: tuple[Symbol, ...]
    name: str
    title: str
    shape: tuple[Size, ...] | None = None  # returned next to the parts of a structured result


def planned(question: Question, backend: str, dtype: str, sizes: Mapping[str, int]) -> Written:
    """The source of the cheapest plan; that of the same question at the same sizes is made once. Raises NotPlanned when there is none."""
    return written(question, backend, dtype, tuple(sizes.items()))


@lru_cache(maxsize=KEPT)
def written(question: Question, backend: str, dtype: str, sizes: tuple[tuple[str, int], ...]) -> Written:
    """The source of the cheapest plan."""
    nominal = counted(dict(sizes))
    most = max(len(f) for f in question.forms)
    options = [[forms[min(k, len(forms) - 1)] for forms in question.forms] for k in range(most)]
    reason = NotPlanned(question.title)
    for roots in sorted(options, key=lambda roots: weight(roots) * (1 if roots is not options[0] else 1 / PREFERRED)):
        try:
            program, variables = _plan(roots, nominal)
        except NotPlanned as why:
            reason = why
            continue
        return Writer(program, variables, question.symbols, backend, dtype, question.shape).written(
            question.name, question.title
        )
    raise reason


def _plan(roots: Sequence[Node], nominal: Callable[[Size], int]) -> tuple[Program, list[Var]]:
    program = Program(nominal)
    planner = Planner(program)
    found = [rewritten(r, lambda node: cost([planner.dense(node)])) for r in roots]
    program = Program(nominal)  # nothing of what was only tried
    planner = Planner(program, found)
    variables = [planner.dense(r) for r in found]
    return program, variables


def weight(nodes: Sequence[Node]) -> int:
    """Factors and terms of all parts, each part once: how much there is to plan."""
    return sum(len(node.children) for node in postorder(nodes))


def counted(sizes: Mapping[str, int]) -> Callable[[Size], int]:
    """What a size counts as."""
    known: dict[Size, int] = {}

    def nominal(size: Size) -> int:
        found = known.get(size)
        if found is None:
            values = {n: sizes.get(n, NOMINAL) for n in size.names}
            found = known[size] = max(1, size.value(values))
        return found

    return nominal
