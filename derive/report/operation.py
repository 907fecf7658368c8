"""What an operation is, read off its declaration: `derive explain softmax`.

One idea: nothing is written twice; every line comes from a field of the declaration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def operation_lines(operation: Any, aliases: tuple[str, ...]) -> Iterator[str]:
    """Name, meaning, shapes, value, derivative, domain, notations, reference; lines without content are left out."""
    taken = (*operation.parameters, *[name for name, _ in operation.whole])
    call = f"{operation.name}({', '.join(taken)})" if taken else operation.name
    yield call + (f"    {operation.meaning_text}" if operation.meaning_text else "")
    facts = [
        ("meaning", MEANINGS[operation.meaning]),
        ("also", ", ".join(aliases)),
        ("shapes", shapes(operation)),
        ("defaults", defaults(operation)),
        ("value", operation.body or operation.numpy),
        ("derivative", derivative(operation)),
        ("domain", operation.domain),
        ("kinks", operation.kinks),
        ("LaTeX", template(operation)),
        ("reference", operation.reference),
    ]
    width = max(len(label) for label, text in facts if text)
    for label, text in facts:
        if text:
            yield f"  {label.ljust(width)}  {text}"


MEANINGS = {
    "einsum": "multilinear, by its index pattern",
    "elementwise": "entry by entry",
    "opaque": "a value and a differential of its own",
    "formula": "a name for a formula",
    "entries": "a tensor by its entries",
}


def shapes(operation: Any) -> str:
    """`nn -> nn`; every axis has a letter, equal letters are equal sizes."""
    if operation.meaning == "elementwise":
        return "any shape; further arguments are scalars or have the same shape"
    shown = ";  ".join(f"{', '.join(s.inputs)} -> {output(s.output) or 'scalar'}" for s in operation.signatures)
    return shown + "".join(f", {letter} = {size}" for letter, size in operation.lengths)


def output(groups: tuple[tuple[str, ...], ...]) -> str:
    return "".join(g[0] if len(g) == 1 else f"({''.join(g)})" for g in groups)


def defaults(operation: Any) -> str:
    last = operation.parameters[len(operation.parameters) - len(operation.defaults) :]
    return ", ".join(f"{name} = {value}" for name, value in zip(last, operation.defaults, strict=True))


def derivative(operation: Any) -> str:
    """By each parameter, or the differential with R for the result; of a formula without one, that of its body."""
    if operation.meaning == "elementwise":
        pairs = zip(operation.parameters, operation.derivative, strict=False)
        return ";  ".join(f"by {name}: {text or 'not known'}" for name, text in pairs)
    if operation.differential:
        return f"dR = {operation.differential}, R the result"
    return "of its body" if operation.body else "linear in each argument" if operation.meaning == "einsum" else ""


def template(operation: Any) -> str:
    if not operation.latex:
        return ""
    filled: str = operation.latex.format(*operation.parameters, *operation.parameters)
    return filled
