"""Points as people write them for `--at`: `x=[1,2]; A=[[1,0],[0,1]]`, `(2, 1)`, `2, 1`, `x1=2, x2=1`, `t=pi/2`.

One idea: numbers, multiples of pi, and brackets, read by hand and never evaluated. Knows the names and shapes of a result's variables, and
nothing of how a derivative is computed.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from derive.finding import DeriveError, Finding, Label, LanguageError
from derive.source import Source, Span

Value = float | list[Any]  # nested lists of one depth

TOKEN = re.compile(
    r"\s*(?:(?P<number>[+\-−]?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,3})?(?:/\d{1,60})?(?![\w.]))"
    r"|(?P<name>[^\W\d]\w{0,39})|(?P<mark>[][(),;=:*/]|[−-](?=pi\b|π))|(?P<end>$))"
)
LIMIT = 20_000
DEPTH = 8


class Reader:
    """A cursor over the tokens of one point."""

    def __init__(self, text: str) -> None:
        self.source = Source(text, "--at")
        self.position = 0
        if len(text) > LIMIT:
            self.fail(f"a point of {len(text)} characters; at most {LIMIT} are read", Span(0, 1))
        self.advance()

    def advance(self) -> None:
        found = TOKEN.match(self.source.text, self.position)
        if found is None:
            start = (
                self.position + len(self.source.text[self.position :]) - len(self.source.text[self.position :].lstrip())
            )
            self.fail("only numbers, names and brackets can stand in a point", Span(start, start + 1))
        self.kind = found.lastgroup or "end"
        self.text = found[self.kind]
        self.span = Span(found.start(self.kind), found.end(self.kind))
        self.position = found.end()

    def take(self, *marks: str) -> bool:
        """Step over one of these marks, if it is next."""
        if self.kind == "mark" and self.text in marks:
            self.advance()
            return True
        return False

    def fail(self, message: str, span: Span | None = None) -> NoReturn:
        where = span if span is not None else self.span
        help_text = 'a point is written --at "x=[1,2]; A=[[1,0],[0,1]]" or, for the variables of --wrt, --at "(2, 1)"'
        raise LanguageError(Finding("bad-point", message, self.source, (Label(where),), helps=(help_text,)))

    def number(self) -> float:
        text, _, denominator = self.text.replace("−", "-").partition("/")
        if denominator and not int(denominator):
            self.fail("division by zero")
        found = float(text) / int(denominator or 1)
        if found in (float("inf"), float("-inf")):
            self.fail("a number too large for double precision")
        self.advance()
        return found

    def multiple_of_pi(self) -> float:
        """`pi`, `π`, `-pi/2`, `2*pi`, `2pi`, `3*pi/4`."""
        factor = -1.0 if self.take("-", "−") else 1.0
        if self.kind == "number":
            factor *= self.number()
            if not self.take("*") and not self.is_pi():
                return factor
        if not self.is_pi():
            self.fail("expected a number or pi")
        self.advance()
        if self.take("/"):
            if self.kind != "number":
                self.fail("expected a number below pi")
            below = self.number()
            if not below:
                self.fail("division by zero")
            factor /= below
        return factor * 3.141592653589793

    def is_pi(self) -> bool:
        return self.kind == "name" and self.text in ("pi", "π")

    def value(self, depth: int = 0) -> Value:
        """A number or a multiple of pi, or a bracket of values; `;` inside separates rows, `,` or a blank entries."""
        if self.kind == "number" or self.is_pi() or (self.kind == "mark" and self.text in "-−"):
            return self.multiple_of_pi()
        opening, start = self.text, self.span
        if depth >= DEPTH:
            self.fail(f"brackets nested deeper than {DEPTH}")
        if not self.take("[", "("):
            self.fail("expected a number or a bracket" if self.kind != "end" else "a value is missing here")
        return self.bracket("]" if opening == "[" else ")", start, depth + 1)

    def bracket(self, closing: str, start: Span, depth: int) -> Value:
        rows: list[list[Value]] = [[]]
        while not self.take(closing):
            if self.take(";"):
                rows.append([])
            elif self.kind == "end":
                self.fail("this bracket is not closed", start)
            else:
                rows[-1].append(self.value(depth))
                self.take(",")
        return rows[0] if len(rows) == 1 else [row for row in rows if row]


def read_point(text: str, unnamed: tuple[str, ...] = ()) -> dict[str, Value]:
    """Read a point: values by name. A bracket without a name holds the values of the `unnamed` variables, in their order.

    Raises LanguageError where the text is anything but names, numbers and brackets.
    """
    reader = Reader(text)
    if reader.kind != "name" or reader.is_pi():
        values = reader.value()
        if len(unnamed) > 1 and reader.kind == "mark" and reader.text == ",":
            values = [values]
            while reader.take(","):
                values.append(reader.value())
        if reader.kind != "end":
            reader.fail("the point should end here")
        return in_order(reader, values, unnamed)
    point: dict[str, Value] = {}
    while reader.kind != "end":
        if reader.kind != "name":
            reader.fail("expected the name of a variable")
        name, span = canonical(reader.text), reader.span
        reader.advance()
        if not reader.take("=", ":"):
            reader.fail(f"expected = after {name}")
        if name in point:
            reader.fail(f"{name} has two values", span)
        point[name] = reader.value()
        if not reader.take(",", ";") and reader.kind == "mark":
            reader.fail("expected ; or , between two variables")
    return point


def in_order(reader: Reader, values: Value, names: tuple[str, ...]) -> dict[str, Value]:
    """`(2, 1)` for x1, x2; the whole bracket for a single variable."""
    if len(names) == 1:
        return {names[0]: values}
    if not isinstance(values, list) or len(values) != len(names):
        count = len(values) if isinstance(values, list) else 1
        reader.fail(
            f"{count} value{'s' * (count != 1)} for {len(names)} variables ({', '.join(names)})",
            Span(0, len(reader.source.text)),
        )
    return dict(zip(names, values, strict=True))


def canonical(name: str) -> str:
    """The name as the language spells it: `λ` is `lambda`."""
    if name.isascii():
        return name
    from derive.syntax import parse

    tree = parse(name, "--at")
    return tree.data if tree.head == "name" and isinstance(tree.data, str) else name


def evaluate_at(result: Any, text: str) -> Value:
    """The value of a result at a written point, as a float or nested lists.

    Raises LanguageError when variables have no value, are not part of the result, or do not fit their shapes.
    """
    targets = (result.wrt,) if isinstance(result.wrt, str) else tuple(result.wrt)
    point = read_point(text, tuple(part.strip() for target in targets for part in target.split(",")))
    known = {given.name: given for given in result.given}
    source, everything = Source(text, "--at"), (Label(Span(0, len(text))),)
    for name in point:
        if name not in known:
            names = ", ".join(known)
            raise LanguageError(
                Finding("bad-point", f"{name} is not a variable here; there are {names}", source, everything)
            )
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an infinity is shown as the value; NumPy need not say so too
            value = result.evaluate(**point)
    except DeriveError as error:
        raise LanguageError(error.finding._replace(source=source, labels=everything)) from error
    except (ValueError, TypeError, KeyError) as error:
        raise LanguageError(Finding("bad-point", str(error), source, everything)) from error
    listed: Value = value.tolist() if hasattr(value, "tolist") else value
    return listed
