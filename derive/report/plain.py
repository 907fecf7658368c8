"""Results as lines of text: what was assumed, the answer in one notation, numbers as matrices are written by hand.

One idea: each function turns one piece of a result into text, without knowing where it goes. No rich here, and no colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"  # there is no raised q
SUPERSCRIPTS = str.maketrans("0123456789+-abcdefghijklmnoprstuvwxyz", RAISED)


def space(shape: Sequence[str], properties: Sequence[str] = ()) -> str:
    """The set that a variable lives in: `ℝ`, `ℝⁿ`, `ℝᵐˣⁿ`, `ℝ^(q×k)` where a letter has no raised form."""
    field = "ℤ" if "integer" in properties else "ℂ" if "complex" in properties else "ℝ"
    if not shape:
        return field
    raised = "ˣ".join(size.replace(" ", "").translate(SUPERSCRIPTS) for size in shape)
    if all(c in RAISED for c in raised):
        return field + raised
    return f"{field}^({'×'.join(shape)})" if len(shape) > 1 else f"{field}^{shape[0]}"


def home(given: Any) -> str:
    """Where a variable lives, with its properties: `ℝⁿˣⁿ symmetric`."""
    for word in given.properties:
        if word.startswith("index("):
            return f"{{1, …, {word[6:-1]}}}"
    words = [word for word in given.properties if word not in ("integer", "complex")]
    return " ".join([space(given.shape, given.properties), *words])


def assumptions(result: Any) -> Iterator[str]:
    """What was declared, then what was inferred, a line each: `A ∈ ℝⁿˣⁿ, x, y ∈ ℝⁿ  (inferred)`."""
    for inferred in (False, True):
        found = [g for g in result.given if g.inferred is inferred]
        groups = [(where, ", ".join(g.name for g in group)) for where, group in groupby(found, home)]
        if groups:
            yield ", ".join(f"{names} ∈ {where}" for where, names in groups) + ("  (inferred)" if inferred else "")


def remarks(result: Any) -> Iterator[str]:
    """What has to be said beside a bare result: inferred kinds, notes, and a check that was not made."""
    yield from (line for line in assumptions(result) if line.endswith("(inferred)"))
    yield from (f"note: {note}" for note in result.notes)
    if result.validation is None:
        yield "not checked"


def checked(result: Any) -> str:
    """`checked: 3 points, 34 digits`, or `not checked`."""
    found = result.validation
    if found is None:
        return "not checked"
    return f"checked: {found.points} point{'s' if found.points != 1 else ''}, {found.digits} digits"


def shaped(result: Any) -> str:
    """`scalar`, or `shape (m, n), numerator layout`."""
    if not result.shape:
        return "scalar"
    return f"shape ({', '.join(result.shape)}), {result.layout} layout"


def notation_of(result: Any, value: Any | None, notation: str) -> str:
    """The result in one notation; with a value, the number in place of the formula."""
    if notation == "json":
        return as_json(result, value)
    if value is not None:
        return matrix(value)
    if notation in ("numpy", "torch", "jax"):
        return str(result.source(notation)).rstrip("\n")
    if notation == "sympy":
        return sympy_text(result)
    return str({"text": str(result), "unicode": result.unicode, "latex": result.latex}[notation])


def sympy_text(result: Any) -> str:
    """The SymPy object as its constructor; a LanguageError where none exists."""
    found = result.sympy
    if found is None:
        from derive.finding import Finding, LanguageError

        raise LanguageError(
            Finding("no-sympy-form", f"SymPy has no object for {result}", helps=("--format numpy or --format text",))
        )
    return str(found)


def as_json(result: Any, value: Any | None) -> str:
    """The versioned JSON of the calculator; `value` is added when the answer was evaluated at a point."""
    import json

    data = dict(result.to_dict())
    if value is not None:
        data["value"] = finite(value)
    return json.dumps(data, ensure_ascii=False, indent=2)


def finite(value: Any) -> Any:
    """JSON knows no infinities: they become null."""
    if isinstance(value, list):
        return [finite(v) for v in value]
    return value if abs(value) < float("inf") else None


def numeral(x: float) -> str:
    """A number in at most ten digits, whole numbers without a point."""
    return str(int(x)) if abs(x) < 1e15 and x == int(x) else f"{x:.10g}"


def matrix(value: Any) -> str:
    """A scalar `3`, a vector `[1 2]`, a matrix `[2 2; -4 3; 4 8]`, a tensor as nested lists of matrices."""
    if not isinstance(value, list):
        return numeral(value)
    if not value or not isinstance(value[0], list):
        return f"[{' '.join(map(numeral, value))}]"
    if not value[0] or not isinstance(value[0][0], list):
        return f"[{'; '.join(' '.join(map(numeral, row)) for row in value)}]"
    return f"[{', '.join(map(matrix, value))}]"


def reading_lines(parts: Sequence[Any]) -> Iterator[str]:
    """The outline of an expression: each part as it was written, its type, and what it is, in three columns."""
    rows = [("  " * part.depth + one_line(part.text), part.type, part.meaning) for part in parts]
    widths = [min(60, max((len(row[k]) for row in rows), default=0)) for k in range(2)]
    yield from (f"{text:<{widths[0]}}  {kind:<{widths[1]}}  {meaning}".rstrip() for text, kind, meaning in rows)


def one_line(text: str) -> str:
    return " ".join(text.split())
