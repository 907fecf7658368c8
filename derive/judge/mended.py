"""What would mend a statement that does not hold: the right side as a step from the left one, put before the diagnosis.

One idea: `f == g` is a derivation of one step. Conditions on the variables come first, then edits of the right side; what both name is one hint.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.judge.report_data import Context
from derive.judge.verdict import Hint
from derive.source import Source
from derive.syntax import Declared
from derive.tree import Tree

MOST = 4


def mended(
    tree: Tree, declared: Sequence[Declared], source: Source, conditions: Sequence[Hint] = (), seed: int = 0
) -> tuple[Hint, ...]:
    """Hints on a statement `f == g`, with the whole statement as the fix; the conditions alone for any other. Raises nothing."""
    relation, definitions = _opened(tree)
    if relation.head != "relation" or relation.data != ("==",) or len(relation.args) != 2:
        return tuple(conditions)
    from derive.diagnosis import diagnose

    left, right = relation.args
    context = Context(tuple(declared), definitions, ())
    found = {hint.code: hint for hint in conditions}
    for hint in diagnose(left, right, context, source, right.span, seed=seed):
        if _spelled(hint.fix) == _spelled(source.text[left.span.start : left.span.end]):
            continue  # that the left side is equal to itself mends nothing
        whole = hint._replace(fix=_whole(hint.fix, right, source))
        known = found.get(hint.code)
        found[hint.code] = whole if known is None else known._replace(fix=whole.fix)
    return tuple(list(found.values())[:MOST])


def _opened(tree: Tree) -> tuple[Tree, tuple[tuple[str, Tree], ...]]:
    """The statement itself, and the definitions behind it."""
    if tree.head != "where":
        return tree, ()
    names: tuple[str, ...] = tree.data  # type: ignore[assignment]
    return tree.args[0], tuple(zip(names, tree.args[1:], strict=True))


def _spelled(text: str) -> str:
    return "".join(text.split())


def _whole(fix: str, part: Tree, source: Source) -> str:
    """The statement with a part written anew."""
    return f"{source.text[: part.span.start]}{fix}{source.text[part.span.end :]}" if fix else ""
