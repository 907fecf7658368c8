r"""Fonts: `\mathbf{x}`, `\operatorname{tr}`, `\text{const}`, and the old switches `{\bf x}`, `{\rm tr}`.

One idea: of letters a font is dropped, upright words are words, bold digits are constants, so that the parser sees names and functions. It
knows no grammar beyond the braces of the font.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from derive.source import Span
from derive.syntax.latex import commands
from derive.syntax.lexer import LONGEST_NAME, refuse

if TYPE_CHECKING:
    from derive.syntax.latex.lexer import Lexer

_ARGUMENT = re.compile(r"\s*(?:\{((?:[^{}\\]|\\[_,; !])*)\}|([A-Za-z0-9]))")
_TWICE = re.compile(r"\s*\{\s*\\(?:rm|bf|sf|it|text|math[a-z]+)\s*(?:\{\s*([A-Za-z]+)\s*\}|([A-Za-z]+))\s*\}")
_WORD = re.compile(r"\s*[A-Za-z]{2}")


def font(lexer: Lexer, command: str, start: int) -> None:
    """A font command with its argument; a switch without braces is read only before one letter."""
    text = lexer.source.text
    twice = _TWICE.match(text, lexer.at) if command in commands.NAMED else None
    if twice is not None:
        lexer.at = twice.end()
        styled(lexer, command, twice[1] or twice[2], start)
        return
    if command in commands.SWITCHES and _WORD.match(text, lexer.at):
        message = f"`{command}` sets all that follows it, and is read in braces: `{{{command} word}}`"
        raise refuse("expected", message, lexer.source, Span(start, lexer.at))
    found = _ARGUMENT.match(text, lexer.at)
    if found is None:
        if command in commands.NAMED:
            message = f"expected a word in braces after `{command}`"
            raise refuse("expected", message, lexer.source, Span(start, lexer.at))
        return  # `\mathbf{\hat{x}}`: what follows is read as it stands
    lexer.at = found.end()
    styled(lexer, command, found[1] if found[1] is not None else found[2], start)


def switched(lexer: Lexer, command: str, content: str, start: int) -> None:
    """`{\\bf x}`, `{\\rm tr}`, `{\\cal L}`: one token as in the newer fonts; several stay in their braces."""
    before = len(lexer.tokens)
    styled(lexer, command, content, start)
    if len(lexer.tokens) > before + 1:
        lexer.tokens.insert(before, ("{", "{", start, start + 1))
        lexer.tokens.append(("}", "}", lexer.at - 1, lexer.at))


def styled(lexer: Lexer, command: str, content: str, start: int) -> None:
    """A font: of letters it is dropped; upright words are words, bold digits constants."""
    word = content.replace(r"\,", "").replace(r"\!", "").replace(r"\_", "_").strip()
    if word.rstrip(".").lower() in ("const", "constant"):
        lexer.add("word", "const", start)
    elif len(word) == 1 and word.isalpha() and word.isascii():
        _letter(lexer, command, word, start)
    elif command in commands.BOLD and word in ("0", "1"):
        lexer.add("indicator" if command == r"\mathbb" and word == "1" else "constant", word, start)
    elif _is_word(word) and command not in commands.SCRIPT:
        _letters(lexer, command, word, start)
    elif word.isdigit():
        lexer.add("number", word, start)
    else:
        lexer.add("text", content.strip(), start)


def _is_word(word: str) -> bool:
    return word.isascii() and word.replace("_", "").isalnum() and not word[0].isdigit()


def _letter(lexer: Lexer, command: str, word: str, start: int) -> None:
    """One letter in a font."""
    if command == r"\mathbb" and word == "R":
        lexer.add("reals", word, start)
    elif command == r"\mathbb" and word in "EPV":
        lexer.add("function", {"E": "E", "P": "Pr", "V": "Var"}[word], start)
    elif command == r"\mathbb" and word == "I":
        lexer.add("indicator", word, start)
    elif command == r"\mathbb":
        raise refuse("not-yet", f"the set `{word}` is not read here", lexer.source, Span(start, lexer.at))
    elif command in commands.SCRIPT and word == "N":
        lexer.add("normal", word, start)
    elif command in commands.UPRIGHT and word == "d":
        lexer.add("d", word, start)
    elif command in commands.UPRIGHT and word in "TH" and _raised(lexer):
        lexer.add("⊤" if word == "T" else "ᴴ", word, start)
    elif command == r"\mathrm" and word == "i":
        lexer.add("name", "1i", start)
    elif command in commands.NAMED:
        lexer.add("function", word, start)
    else:
        lexer.add("script" if command in commands.SCRIPT else "name", word, start)


def _raised(lexer: Lexer) -> bool:
    """Whether the token to come stands directly in a superscript: `^`, `^{`, `^{-`, `^{(1)`."""
    kinds = [t[0] for t in lexer.tokens[-3:]]
    return kinds[-1:] == ["^"] or kinds[-2:] == ["^", "{"] or kinds == ["^", "{", "-"] or kinds[-1:] == [")"]


def _letters(lexer: Lexer, command: str, word: str, start: int) -> None:
    """Several letters in a font: upright they are one word, else a product."""
    if len(word) > LONGEST_NAME or word[:2] == "__" or word[-2:] == "__":
        message = f"`{word[:50]}` is too long for a name, or begins or ends with `__`"
        raise refuse("bad-name", message, lexer.source, Span(start, lexer.at))
    if word in commands.WHERE and command in commands.UPRIGHT:
        lexer.add("where", word, start)
    elif command in commands.NAMED:
        lexer.add("function", word, start)
    elif word.lower() in commands.CONNECTING and command in commands.UPRIGHT:
        lexer.add("text", word, start)
    elif command in commands.UPRIGHT:
        lexer.add("word", word, start)
    elif "\\" + word in commands.FUNCTIONS or word in commands.WORDS:
        lexer.add("function", word, start)  # `\\mathbf{tr} X`
    else:
        end = lexer.at
        at = lexer.source.text.index(word, start)
        for i, c in enumerate(word):
            lexer.tokens.append(("number" if c.isdigit() else "name", c, at + i, at + i + 1))
        lexer.at = end
