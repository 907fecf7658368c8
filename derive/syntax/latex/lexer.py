r"""LaTeX to the tokens of the parser: letters one by one, commands by the tables of `commands`.

One idea: fonts, blanks and the sizes of brackets are gone after this pass, and every spelling of a sign is the plain one, so that
the parser sees `name`, `number`, `+`, `^`, `(` … as it does in plain notation. It knows no grammar.
"""

from __future__ import annotations

import re

from derive.characters import GREEK
from derive.finding import LanguageError
from derive.source import Source, Span
from derive.syntax.latex import commands, fonts
from derive.syntax.latex.arranging import arranged
from derive.syntax.lexer import Token, admit, refuse

_TOKEN = re.compile(
    r"""(?:\s|%[^\n]*\n?|~|\u200b)*(?:
    (\\(?:operatorname\*|[A-Za-z]+|.|\n))   # 1 command
  | (\d+(?:\.\d+)?|\.\d+|[½¼¾])           # 2 number
  | ([A-Za-z\u0370-\u03ff])                 # 3 letter
  | (\|\||[<>!=:]=|[-+*/^_@'()\[\]{}&,;:|=<>.!?]|[−·×⊙⊗≤≥≠‖∂∇⊤√’′])   # 4 sign
  | ()\Z
    )""",
    re.VERBOSE,
)
_ARGUMENT = re.compile(r"\s*(?:\{((?:[^{}\\]|\\[_,; !])*)\}|([A-Za-z0-9]))")
_BRACED = re.compile(r"\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_SWITCHED = re.compile(r"\s*\\(rm|bf|it|sf|tt|sl|cal)(?![A-Za-z])\s*((?:[^{}\\]|\\[_,; !])*)\}")
_LENGTH = re.compile(r"\s*-?[\d.]+\s*(?:mu|pt|em|ex|cm|mm)")
_SPELLINGS = {
    **dict.fromkeys(("−",), "-"),
    **dict.fromkeys(("·", "×", "@"), "*"),
    **dict.fromkeys(("’", "′"), "'"),
    "⊙": ".*",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    ":=": "==",
    "||": "‖",
    "[": "bracket",
}
_BARS = frozenset(("|", "‖"))


def tokenize(source: Source) -> list[Token]:
    r"""Tokens of a LaTeX text, the last one of kind `end`.

    Raises LimitError `too-long`; LanguageError `bad-character`, `unknown-command`, `bad-name`, `empty` at the command.
    """
    admit(source)
    lexer = Lexer(source)
    lexer.run()
    tokens = arranged(lexer.tokens, source)
    if len(tokens) == 1:
        raise refuse("empty", f"the {source.name} is empty", source, Span(0, len(source.text)))
    return tokens


class Lexer:
    """A position in a LaTeX text, and the tokens so far."""

    __slots__ = ("at", "direction", "open_bar", "source", "stop", "tokens")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.at = 0
        self.tokens: list[Token] = []
        self.direction = ""  # after `\left`, `\right`
        self.open_bar = False  # after an odd number of `|`
        self.stop = len(source.text)

    def run(self) -> None:
        text = self.source.text
        while True:
            found = _TOKEN.match(text, self.at, self.stop)
            if found is None:
                self.stranger()
            assert found is not None
            group = found.lastindex or 0
            start, self.at = found.span(group)
            value = found[group]
            if group == 1:
                self.command(value, start)
            elif group == 2:
                self.number(value, start)
            elif group == 3:
                self.add("name", GREEK.get(value, value), start)
            elif group == 4:
                self.sign(value, start)
            else:
                self.add("end", "", start)
                return

    def add(self, kind: str, value: str, start: int) -> None:
        self.tokens.append((kind, value, start, self.at))

    def stranger(self) -> None:
        blank = re.compile(r"(?:\s|~)*").match(self.source.text, self.at)
        at = blank.end() if blank else self.at
        c = self.source.text[at]
        message = f"the character `{c}` (U+{ord(c):04X}) has no meaning here"
        raise refuse("bad-character", message, self.source, Span(at, at + 1))

    def number(self, value: str, start: int) -> None:
        """A number; after `^`, `_` and `\\frac` TeX takes one digit, so longer ones are taken apart or refused."""
        before = self.tokens[-1][0] if self.tokens else ""
        if len(value) > 1 and before in ("^", "_"):
            mark = self.tokens[-1][1]
            helps = (f"braces around all: `{mark}{{{value}}}`", f"or a product: `{mark}{value[0]} \\cdot {value[1:]}`")
            message = f"`{mark}{value}` puts only `{value[0]}` in the script in LaTeX"
            raise refuse("ambiguous-script", message, self.source, Span(start, self.at), "", *helps)
        behind = self.tokens[-2][0] if len(self.tokens) > 1 else ""
        if len(value) > 1 and (before == "frac" or (behind == "frac" and before == "number")):
            self.at = start + 1
            value = value[0]
        self.add("number", value, start)

    def sign(self, value: str, start: int) -> None:
        kind = _SPELLINGS.get(value, value)
        if value == "{" and (switched := _SWITCHED.match(self.source.text, self.at)):
            self.at = switched.end()
            fonts.switched(self, "\\" + switched[1], switched[2], start)
            return
        if value in ("|", "||") or kind == "‖":
            self.bar(value, kind, start)
            return
        if value == "!=":
            helps = ("they differ: `\\ne`", "a factorial and an equation: a blank, `n! =`")
            raise refuse("ambiguous", "`!=` has two readings in LaTeX", self.source, Span(start, self.at), "", *helps)
        self.direction = "" if value != "." else self.direction
        if value == "." and self.direction == ">" and any(t[0] == "set" for t in self.tokens):
            self.add("open", value, start)
            self.direction = ""
            return
        if value == "." and self.direction:
            raise refuse("not-yet", "a bracket with one side is not read", self.source, Span(start, self.at))
        self.add(kind, value, start)

    def bar(self, value: str, kind: str, start: int) -> None:
        """A bar: directed after `\\left` and `\\right`; `||` closes one and opens one where one is open."""
        if self.direction:
            self.add(kind + self.direction, value, start)
            self.direction = ""
        elif value == "||" and self.open_bar:
            self.tokens.append(("|", "|", start, start + 1))
            self.tokens.append(("|", "|", start + 1, self.at))
        else:
            self.open_bar ^= kind == "|"
            self.add(kind, value, start)

    def command(self, value: str, start: int) -> None:
        if value in commands.OPENING or value in commands.CLOSING:
            self.direction = "<" if value in commands.OPENING else ">"
        elif value in commands.BLANKS:
            return
        elif value in (r"\{", r"\lbrace"):
            self.add("set", value, start)
        elif value in (r"\}", r"\rbrace"):
            self.add("set>", value, start)
        elif value in commands.SIGNS:
            kind = commands.SIGNS[value]
            directed = kind in _BARS and self.direction
            self.add(kind + self.direction if directed else kind, value, start)
            self.direction = ""
        elif value in commands.RELATIONS:
            self.add(commands.RELATIONS[value], value, start)
        elif value in commands.LETTERS:
            self.add("name", commands.LETTERS[value], start)
        elif value in commands.FUNCTIONS:
            self.add("function", commands.FUNCTIONS[value], start)
        else:
            self.structure(value, start)

    def structure(self, value: str, start: int) -> None:
        """Commands with an argument that the lexer reads, row breaks, environments."""
        if value == "\\\\":
            skipped = re.compile(r"\s*\[[\d.]+(?:pt|em|ex|mm|cm)\]|\*").match(self.source.text, self.at)
            self.at = skipped.end() if skipped else self.at
            self.add("row", value, start)
        elif value in commands.FONTS:
            fonts.font(self, value, start)
        elif value in commands.ACCENTS:
            self.add("accent", commands.ACCENTS[value], start)
        elif value in (r"\begin", r"\end"):
            content = self.argument(value, start)
            if content == "array" and value == r"\begin":
                self.argument(value, start)  # the alignment of its columns
            if content not in commands.DISPLAYS:
                self.add(value[1:], content, start)
            elif value == r"\begin" and content.startswith("alignat"):
                self.argument(value, start)
        elif value in commands.SKIPPED:
            self.argument(value, start)
        elif value == r"\hspace":
            self.space(value, start)
        elif value == r"\overline":
            self.add("overline", value, start)
        elif value in commands.LABELLED:
            self.add("labelled", value, start)
        elif value in commands.STACKED:
            self.stacked(value, start)
        elif value in commands.BOXED:
            return
        elif value in commands.BARRED:
            self.barred(value, start)
        elif value in commands.KERNS:
            length = _LENGTH.match(self.source.text, self.at)
            self.at = length.end() if length else self.at
        elif value == r"\underset":
            self.underset(start)
        elif value in commands.ASSIGNING or value in commands.ARROWS:
            raise self.arrow(value, start)
        elif value == r"\intertext":
            self.add("row", "\\\\", start)
            self.argument(value, start)
        elif value == r"\not" and self.source.text[self.at :].lstrip()[:1] == "=":
            self.at = self.source.text.index("=", self.at) + 1
            self.add("!=", value, start)
        else:
            self.unknown(value, start)

    def arrow(self, value: str, start: int) -> LanguageError:
        """The refusal of an arrow, which is no equation."""
        assigns = value in commands.ASSIGNING
        what = "gives a variable a new value" if assigns else "says what goes where"
        helps = (
            ("an equation is written `=`, with a name of its own for the new value: `w_{t+1} = …`",) if assigns else ()
        )
        message = f"`{value}` {what}: it is no equation, and is not read"
        return refuse("not-yet", message, self.source, Span(start, self.at), "", *helps)

    def stacked(self, value: str, start: int) -> None:
        """`\\overset{(a)}{=}`: the sign, the remark above it is dropped."""
        remark = _BRACED.match(self.source.text, self.at)
        sign = _BRACED.match(self.source.text, remark.end()) if remark else None
        if sign is None:
            raise refuse(
                "expected", f"expected two groups in braces after `{value}`", self.source, Span(start, self.at)
            )
        self.part(sign.start(1), sign.end(1))
        self.at = sign.end()

    def space(self, value: str, start: int) -> None:
        """`\\hspace{0.5in}` separates as `\\quad` does; a short one, or one to the left, is no more than a thin blank."""
        self.at += self.source.text.startswith("*", self.at)
        width = re.fullmatch(r"([\d.]+)\s*(in|cm|em|ex|mm|pt)", self.argument(value, start))
        points = {"in": 72.0, "cm": 28.0, "em": 10.0, "ex": 4.0, "mm": 2.8, "pt": 1.0}
        if width is not None and width[1].count(".") < 2 and float(width[1]) * points[width[2]] >= 8:
            self.add("quad", value, start)

    def barred(self, value: str, start: int) -> None:
        """`\\norm{x}`, `\\abs{x}`: the bars around it."""
        found = _BRACED.match(self.source.text, self.at + self.source.text.startswith("*", self.at))
        if found is None:
            raise refuse("expected", f"expected braces after `{value}`", self.source, Span(start, self.at))
        self.add(commands.BARRED[value][0], value, start)
        self.part(found.start(1), found.end(1))
        self.at = found.end()
        self.tokens.append((commands.BARRED[value][1], "}", found.end() - 1, found.end()))

    def part(self, start: int, stop: int) -> None:
        """The tokens of a part of the text, put at the end of those so far."""
        inner = Lexer(self.source)
        inner.at, inner.stop = start, stop
        inner.run()
        self.tokens += inner.tokens[:-1]

    def underset(self, start: int) -> None:
        """`\\underset{w}{\\arg\\min}` is `\\arg\\min_{w}`: what stands below is put behind, as a subscript."""
        below = _BRACED.match(self.source.text, self.at)
        above = _BRACED.match(self.source.text, below.end()) if below else None
        if below is None or above is None:
            raise refuse("expected", "expected two groups in braces", self.source, Span(start, self.at))
        self.part(above.start(1), above.end(1))
        self.at = below.start(1)
        self.add("_", "_", start)
        self.add("{", "{", start)
        self.part(below.start(1), below.end(1))
        self.at = below.end()
        self.add("}", "}", below.end(1))
        self.at = above.end()

    def unknown(self, value: str, start: int) -> None:
        import difflib

        known = {
            *commands.SIGNS,
            *commands.RELATIONS,
            *commands.LETTERS,
            *commands.FUNCTIONS,
            *commands.FONTS,
            *commands.ACCENTS,
        }
        near = difflib.get_close_matches(value, sorted(known), 1, 0.7)
        helps = (f"the nearest is `{near[0]}`",) if near else ()
        message = f"the command `{value}` is not known"
        raise refuse("unknown-command", message, self.source, Span(start, self.at), "", *helps)

    def argument(self, command: str, start: int) -> str:
        found = _ARGUMENT.match(self.source.text, self.at)
        if found is None:
            message = f"expected a plain argument in braces after `{command}`"
            raise refuse("expected", message, self.source, Span(start, self.at))
        self.at = found.end()
        return (found[1] if found[1] is not None else found[2]).strip()
