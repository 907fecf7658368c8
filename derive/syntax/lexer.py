"""Text to tokens: plain, NumPy and Unicode spellings at once.

One idea: one compiled pattern; every spelling of an operator becomes the plain one (`·` and `×` are `*`), so the parser
knows one notation. Limits on length and characters are checked here, before anything is built. It knows no grammar.
"""

from __future__ import annotations

import re

from derive.characters import canonical
from derive.finding import Finding, Label, LanguageError, LimitError
from derive.source import Source, Span

Token = tuple[str, str, int, int]  # kind, value, start, end

LONGEST_TEXT = 20_000
LONGEST_NAME = 40

_SUBSCRIPT = "\u2080-\u2089\u2090-\u209c\u1d62-\u1d6a\u2c7c"
_MARK = "\u0302-\u0305\u0307\u0308\u030c\u20d7"
_LETTER = "\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u1e00-\u1eff\u2102-\u2115\u2119-\u211d\u2124-\u2134\U0001d400-\U0001d7cb"
_SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ⊤⊺ᴴ"
_TOKEN = re.compile(
    rf"""\s*(?:
    ((?:[A-Za-z_][A-Za-z0-9_]*|[{_LETTER}])(?:[{_SUBSCRIPT}{_MARK}0-9]|_[A-Za-z0-9]+|(?<=_){{[A-Za-z0-9]+}})*)   # 1 name
  | (\d+(?:\.\d+)?(?:[eE][+-]?\d+(?![A-Za-z0-9_]))?|\.\d+(?:[eE][+-]?\d+(?![A-Za-z0-9_]))?|[½¼¾])  # 2 number
  | (\*\*|\.[*/^']|\.[TH](?![A-Za-z0-9_])|\.\.\.?|==>|<=>|~=|[<>=!]=|[-+*/^@'()\[\]{{}},;:|=<>]            # 3 operator
      |[−–·⋅×∗⊙∘⊘⊗≤≥≠≈∝∼~⟹⇒⟺⇔‖∥∂∇√′’…∈\u2062])
  | ([{_SUPERSCRIPT}]+)                                                             # 4 superscript
  | ([{_SUBSCRIPT}∞]+)                                                              # 5 subscript of a bracket
  | ()\Z                                                                            # 6 end
  | \.([A-Za-z_][A-Za-z0-9_]*)                                                     # 7 what follows a dot in NumPy
    )""",
    re.VERBOSE | re.ASCII,
)
_BLANK = re.compile(r"\s+")
_KINDS = ("", "name", "number", "", "superscript", "subscript", "end", "method")
_WORDS = {"where": "where", "if": "if", "otherwise": "otherwise", "else": "otherwise", "and": "and", "propto": "propto"}
_SPELLINGS = {
    **dict.fromkeys(("·", "⋅", "×", "∗", "\u2062"), "*"),
    **dict.fromkeys((".T", ".'", "′", "’"), "'"),
    **dict.fromkeys(("−", "–"), "-"),
    "**": "^",
    "⊙": ".*",
    "∘": ".*",
    "⊘": "./",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    **dict.fromkeys(("≈", "~="), "approx"),
    "∝": "propto",
    **dict.fromkeys(("∼", "~"), "sim"),
    **dict.fromkeys(("==>", "⟹", "⇒"), "implies"),
    **dict.fromkeys(("<=>", "⟺", "⇔"), "iff"),
    "∥": "‖",
    "…": "..",
    "...": "..",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def refuse(code: str, message: str, source: Source, span: Span, label: str = "", *helps: str) -> LanguageError:
    """The error for a text that cannot be read, pointing at a span."""
    return LanguageError(Finding(code, message, source, (Label(span, label),), (), helps))


def limit(code: str, message: str, source: Source, span: Span, *notes: str) -> LimitError:
    """The error for a text beyond a stated limit."""
    return LimitError(Finding(code, message, source, (Label(span),), notes))


def tokenize(source: Source) -> list[Token]:
    """Tokens of a text, the last one of kind `end`. The kind of an operator is its plain spelling.

    Raises LimitError `too-long`; LanguageError `bad-character`, `bad-name`, `empty`.
    """
    text = source.text
    admit(source)
    tokens: list[Token] = []
    match = _TOKEN.match
    at, end = 0, len(text)
    dotted = False
    while True:
        found = match(text, at)
        if found is None:
            at = _skip_blank(source, at)
            continue
        group = found.lastindex or 0
        value = found[group]
        start, at = found.span(group)
        if group == 3:
            tokens.append((_SPELLINGS.get(value, value), value, start, at))
        else:
            kind = _KINDS[group]
            dotted |= group == 7
            if group == 1 and (len(value) > 1 or value > "z"):
                value = _name(source, value, Span(start, at))
                kind = _WORDS.get(value, "name")
            tokens.append((kind, value, start, at))
            if group == 6:
                break
    if len(tokens) == 1:
        raise refuse("empty", f"the {source.name} is empty", source, Span(0, end))
    if dotted:
        from derive.syntax.numpylike import numpylike

        return numpylike(tokens, source)
    return tokens


def admit(source: Source) -> None:
    """Length and characters, in one pass over the text and before any other."""
    text = source.text
    if len(text) > LONGEST_TEXT:
        note = f"at most {LONGEST_TEXT:,} characters are read; this has {len(text):,}"
        raise limit("too-long", f"the {source.name} is too long", source._replace(text=text[:200]), Span(0, 1), note)
    if text.isprintable():
        return
    for at, c in enumerate(text):
        readable = c.isprintable() or c.isspace() or c in "\u2062\u2061\u200b"
        if not readable or c in "\x1c\x1d\x1e\x1f\x85":
            raise refuse("bad-character", f"the character U+{ord(c):04X} cannot be read", source, Span(at, at + 1))


def _skip_blank(source: Source, at: int) -> int:
    """Where to go on when the pattern does not match: after Unicode blanks; else the character is refused."""
    found = _BLANK.match(source.text, at)
    after = found.end() if found else at
    if after == len(source.text) or (found is not None and _TOKEN.match(source.text, after)):
        return after
    c = source.text[after]
    if c in "\u2061\u200b":  # invisible "apply function", zero-width blank
        return after + 1
    message = f"the character `{c}` (U+{ord(c):04X}) has no meaning here"
    raise refuse("bad-character", message, source, Span(after, after + 1))


def _name(source: Source, written: str, span: Span) -> str:
    """The canonical name; refused when it is too long, dunder, or has no ASCII spelling."""
    name = written.replace("{", "").replace("}", "")  # `x_{max}` is `x_max`
    if not name.isascii():
        name = canonical(name)
    if len(name) > LONGEST_NAME:
        note = f"names have at most {LONGEST_NAME} characters"
        raise refuse("bad-name", f"this name is too long: {note}", source, span)
    if name[:2] == "__" or name[-2:] == "__":
        raise refuse("bad-name", f"`{name}` is no name here: it starts or ends with two underscores", source, span)
    if not _NAME.match(name):
        raise refuse("bad-character", f"`{written}` is no name that can be read", source, span)
    return name
