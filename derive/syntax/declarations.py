"""Declarations: `A: matrix(m, n) symmetric; x in R^n; k: integer in 2..5`.

One idea: a declaration is names, a kind, sizes as trees, and words; the tokens and the size arithmetic are those of
expressions. Words are checked against the closed list `PROPERTIES`; whether a property fits the kind is for `infer`.
"""

from __future__ import annotations

from typing import NamedTuple

from derive.characters import SUPERSCRIPTS
from derive.distributions import NoDistribution, distribution
from derive.finding import LanguageError
from derive.source import Source, Span
from derive.syntax.lexer import Token, refuse, tokenize
from derive.syntax.parser import Parser
from derive.tree import Tree

KINDS = frozenset("scalar vector row matrix tensor integer index elementwise function rows columns".split())
SIZES = {
    "vector": (1, 1),
    "row": (1, 1),
    "matrix": (2, 2),
    "tensor": (1, 8),
    "index": (1, 1),
    "rows": (1, 1),
    "columns": (1, 1),
}
PROPERTIES = frozenset(
    "symmetric skew psd pd orthogonal diagonal lower-triangular upper-triangular invertible rank-deficient full-rank idempotent "
    "projection involutory nilpotent permutation stochastic toeplitz real-eigenvalues distinct-eigenvalues positive negative "
    "nonnegative nonzero zero small simplex one-hot one-hot-rows unit-norm complex real hermitian skewhermitian scalar-multiple-of-identity "
    "integer prob constant unitary circulant hankel triangular normal singular".split()
)
WITH_ARGUMENTS = frozenset("commutes idemcommutes random gaussian normal indep rank uniform".split())
RANDOM = frozenset(("random", "gaussian"))  # with nothing in brackets: mean and covariance have names of their own
SYNONYMS = {"lower": "lower-triangular", "upper": "upper-triangular", "semidefinite": "psd"}
_SEPARATORS = frozenset((";", ",", "end"))


class Declared(NamedTuple):
    """One declared name. `sizes` is empty where none were written; `low`, `high` bound an integer, inclusive."""

    name: str
    kind: str
    sizes: tuple[Tree, ...] = ()
    properties: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    span: Span = Span(0, 0)


def parse_declarations(text: str | None, name: str = "given") -> tuple[Declared, ...]:
    """What a `given` text declares, in order; () for a blank text or None.

    Parts are separated by `;`, `,` or line ends; `b, c: vector(n)` declares both. A part may be a relation in LaTeX.
    Raises LanguageError with a place: `expected`, `unknown-kind`, `unknown-property`, `defined-twice`.
    """
    if text is None:
        return ()
    if not isinstance(text, str):
        raise TypeError(f"declarations are text such as 'x: vector(n); A: matrix(n, n)', not {type(text).__name__}")
    if not text.strip():
        return ()
    source = Source(text, name)
    found = _with_latex(text, name) if "\\" in text else _plain(source)
    seen: set[str] = set()
    for declared in found:
        if declared.name in seen:
            raise refuse("defined-twice", f"`{declared.name}` is declared twice", source, declared.span)
        seen.add(declared.name)
    return tuple(found)


def _plain(source: Source) -> list[Declared]:
    reader = _Reader(source, _with_line_ends(source))
    found: list[Declared] = []
    while reader.kind() != "end":
        if reader.kind() in _SEPARATORS:
            reader.at += 1
            continue
        found += reader.declaration()
    if "sim" in [token[0] for token in reader.tokens]:
        from derive.syntax.latex.declared import joined

        return joined(found)
    return found


def _with_latex(text: str, name: str) -> list[Declared]:
    """Declarations of which some are written as relations in LaTeX."""
    from derive.syntax.latex.declared import declared_in, joined, pieces

    found: list[Declared] = []
    for piece, is_latex in pieces(text):
        found += declared_in(piece, name) if is_latex else _plain(Source(piece, name))
    return joined(found)


def _with_line_ends(source: Source) -> list[Token]:
    """Tokens, with a `;` for every line end outside brackets."""
    tokens: list[Token] = []
    depth = 0
    previous = 0
    for token in tokenize(source):
        depth += (token[0] in ("(", "[", "{")) - (token[0] in (")", "]", "}"))
        if depth <= 0 and tokens and tokens[-1][0] not in (";", ",") and "\n" in source.text[previous : token[2]]:
            tokens.append((";", "\n", token[2], token[2]))
        tokens.append(token)
        previous = token[3]
    return tokens


class _Reader(Parser):
    """The parser, standing in declarations."""

    __slots__ = ()

    def __init__(self, source: Source, tokens: list[Token]) -> None:
        super().__init__(source, frozenset(), tokens)

    def declaration(self) -> list[Declared]:
        """`b, c: vector(n) words`, `x in R^n words`."""
        names = [self.declared_name()]
        while self.took(","):
            names.append(self.declared_name())
        if self.took("sim"):
            return self.distributed(names)
        if not self.took(":"):
            token = self.tokens[self.at]
            if token[1] not in ("in", "∈"):
                raise self.expected("`:` or `in` and a kind, or `~` and a distribution")
            self.at += 1
        kind, sizes = self.kind_and_sizes()
        for size in sizes if kind not in ("rows", "columns") else ():
            self.demand_size(size, [n for n, _ in names])
        low = high = None
        if kind == "integer" and self.tokens[self.at][1] in ("in", "∈"):
            self.at += 1
            low, high = self.bounds()
        words: list[str] = []
        while self.kind() not in _SEPARATORS:
            words.append(self.property_word())
        return [Declared(n, kind, sizes, tuple(words), low, high, span) for n, span in names]

    def distributed(self, names: list[tuple[str, Span]]) -> list[Declared]:
        """`x ~ N(mu, S)`, standing behind the `~`: a vector where a letter of the covariance is upper case, else a scalar."""
        from derive.syntax.latex.declared import gaussian_of, is_matrix

        start = self.tokens[self.at][2]
        law = self.expression()
        word = gaussian_of(law) if law.head == "call" and law.data == "N" else None
        if word is None:
            message = "a distribution behind `~` is `N(mean, covariance)`"
            raise refuse("bad-distribution", message, self.source, self.since(start))
        kind = "vector" if is_matrix(law.args[1]) else "scalar"
        return [Declared(name, kind, (), (word,), None, None, span) for name, span in names]

    def declared_name(self) -> tuple[str, Span]:
        kind, name, start, end = self.tokens[self.at]
        if kind != "name":
            raise self.expected("a name to declare")
        self.at += 1
        return name, Span(start, end)

    def kind_and_sizes(self) -> tuple[str, tuple[Tree, ...]]:
        """`matrix(m, n)`, `scalar`, or `R^n`, `ℝⁿˣᵈ`."""
        kind, word, start, end = self.tokens[self.at]
        if kind != "name":
            raise self.expected("a kind such as `vector(n)` or `R^n`")
        if word in ("R", "Reals"):
            self.at += 1
            return self.real_space()
        if word not in KINDS:
            help_ = _nearest(word, KINDS) or [
                "the kinds are `scalar`, `vector(n)`, `matrix(m, n)`, `integer`, `function`"
            ]
            raise refuse("unknown-kind", f"`{word}` is no kind of variable", self.source, Span(start, end), "", *help_)
        self.at += 1
        sizes = self.sizes(word) if self.kind() == "(" else ()
        if word in ("rows", "columns") and (len(sizes) != 1 or sizes[0].head != "name"):
            message = f"`{word}` takes the name of a matrix: `x: {word}(X)`"
            raise refuse("expected", message, self.source, Span(start, end))
        return word, sizes

    def sizes(self, kind: str) -> tuple[Tree, ...]:
        """`(m, n)`: as many as the kind has axes."""
        opener = self.tokens[self.at]
        self.at += 1
        self.bars.append("(")
        found = [self.expression()]
        while self.took(","):
            found.append(self.expression())
        self.close(opener)
        least, most = SIZES.get(kind, (0, 0))
        if not least <= len(found) <= most:
            wanted = "no size" if not most else f"{least} size{'s' if least > 1 else ''}"
            message = f"a {kind} has {wanted}, not {len(found)}"
            raise refuse("wrong-number-of-sizes", message, self.source, self.since(opener[2]))
        return tuple(found)

    def demand_size(self, size: Tree, names: list[str]) -> None:
        """Raises LanguageError for a size that is no number from 1 up, and for one that is called like what it is the size of."""
        number = (
            size.data if size.head == "number" else -1 if size.head == "neg" and size.args[0].head == "number" else 1
        )
        if not isinstance(number, int) or number < 1:
            message = (
                f"`{self.source.text[size.span.start : size.span.end]}` is no size: a size is a whole number from 1 up"
            )
            raise refuse("bad-size", message, self.source, size.span, "", "`vector(3)`, or a letter: `vector(n)`")
        if size.head == "name" and size.data in names:
            message = f"`{size.data}` is the variable itself, and cannot be its size"
            raise refuse("bad-size", message, self.source, size.span, "", "another letter: `vector(n)`")

    def real_space(self) -> tuple[str, tuple[Tree, ...]]:
        """After `R`: nothing, `^n`, `^(n x d)`, `^{n \\times d}`, or a superscript such as `ⁿˣᵈ`."""
        token = self.tokens[self.at]
        if token[0] == "superscript":
            self.at += 1
            text = "".join(SUPERSCRIPTS[c] for c in token[1])
            parts = text.split("x")
            if all(parts):
                found = tuple(_size(part, self.source, Span(token[2], token[3])) for part in parts)
                return _kind_of(found), found
            raise refuse("expected", "expected sizes such as `ⁿˣᵈ`", self.source, Span(token[2], token[3]))
        if not self.took("^"):
            return "scalar", ()
        opener = self.tokens[self.at]
        if opener[0] not in ("(", "{"):
            one = (self.expression(32),)
            return "vector", one
        self.at += 1
        self.bars.append(opener[0])
        found = self.factors()
        self.close(opener)
        return _kind_of(found), found

    def factors(self) -> tuple[Tree, ...]:
        """`n x d`, `n × d`, `n, d`: sizes between crosses; the parser reads each between two of them."""
        found: list[Tree] = []
        while True:
            stop = self.at
            depth = 0
            while (token := self.tokens[stop])[0] != "end":
                depth += (token[0] in ("(", "[", "{")) - (token[0] in (")", "]", "}"))
                if depth < 0 or (depth == 0 and stop > self.at and _is_cross(token)):
                    break
                stop += 1
            place = self.tokens[stop]
            part = Parser(self.source, frozenset(), [*self.tokens[self.at : stop], ("end", "", place[2], place[2])])
            found.append(part.expression())
            if part.kind() != "end":
                raise part.expected("`x` between sizes")
            self.at = stop
            if not _is_cross(place):
                return tuple(found)
            self.at += 1

    def bounds(self) -> tuple[int, int]:
        """`2..5`, also `{2..5}`."""
        wrapped = self.kind() == "{"
        if wrapped:
            opener = self.tokens[self.at]
            self.at += 1
            self.bars.append("{")
        low = self.integer()
        if not self.took(".."):
            raise self.expected("`..`")
        high = self.integer()
        if wrapped:
            self.close(opener)
        return low, high

    def integer(self) -> int:
        sign = -1 if self.took("-") else 1
        kind, word, _, _ = self.tokens[self.at]
        if kind != "number" or not word.isdigit() or len(word) > 18:
            raise self.expected("an integer")
        self.at += 1
        return sign * int(word)

    def property_word(self) -> str:
        """One property: a word, perhaps with dashes, `norm<1`, or brackets: `commutes(A)`, `random(mean=m,cov=S)`."""
        kind, word, start, _ = self.tokens[self.at]
        if kind != "name":
            raise self.expected("a property, `;` or the end")
        self.at += 1
        while self.kind() in ("-", "<", ">") and self.adjacent():
            self.at += 2 if self.kind(1) in ("name", "number") else 1
        if self.kind() == "(" and word in WITH_ARGUMENTS:
            return self.bracketed(start)
        if word in RANDOM:
            return f"{word}()"
        span = self.since(start)
        text = "".join(self.source.text[span.start : span.end].split())
        text = SYNONYMS.get(text, text)
        if text not in PROPERTIES and text != "norm<1":
            helps = _nearest(text, PROPERTIES | {"norm<1"}) or [
                "such as `symmetric`, `pd`, `psd`, `invertible`, `orthogonal`, `diagonal`, `positive`, `one-hot`"
            ]
            raise refuse("unknown-property", f"`{text}` is no known property", self.source, span, "", *helps)
        return text

    def bracketed(self, start: int) -> str:
        """The word and its brackets as written, blanks dropped."""
        opener = self.tokens[self.at]
        depth = 0
        while True:
            kind = self.kind()
            if kind == "end":
                raise refuse("unclosed", "this `(` is never closed", self.source, Span(opener[2], opener[3]))
            depth += (kind == "(") - (kind == ")")
            self.at += 1
            if depth == 0:
                span = self.since(start)
                words = self.source.text[span.start : span.end].split()
                text = words[0]
                for word in words[1:]:  # two names must not become one
                    text += f" {word}" if _joins(text[-1]) and _joins(word[0]) else word
                self.check_distribution(text, span)
                return text

    def check_distribution(self, text: str, span: Span) -> None:
        """Raise `bad-distribution` for the words of a distribution that cannot be read."""
        try:
            found = distribution((text,))
        except NoDistribution as trouble:
            raise refuse("bad-distribution", str(trouble), self.source, span) from None
        for key, value in found.parameters if found is not None else ():
            try:
                part = Parser(Source(value, self.source.name))
                part.expression()
                if part.kind() != "end":
                    raise part.expected("one expression")
            except LanguageError as trouble:
                message = f"{key} of the distribution: {trouble.finding.message}"
                raise refuse("bad-distribution", message, self.source, span) from None


def _joins(letter: str) -> bool:
    return letter.isalnum() or letter in "_'"


def _is_cross(token: Token) -> bool:
    return token[1] in ("x", "×", ",")


def _kind_of(sizes: tuple[Tree, ...]) -> str:
    return ("scalar", "vector", "matrix")[len(sizes)] if len(sizes) < 3 else "tensor"


def _size(text: str, source: Source, span: Span) -> Tree:
    """A size written in superscript: an expression of its own, at the place of the superscript."""
    tree = Parser(Source(text, source.name)).expression()
    for node in tree.walk():
        node.span = span
    return tree


def _nearest(word: str, known: frozenset[str]) -> tuple[str, ...]:
    import difflib

    found = difflib.get_close_matches(word, sorted(known), 1)
    return (f"the nearest is `{found[0]}`",) if found else ()
