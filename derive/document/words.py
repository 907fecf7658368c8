"""The words around a formula that say something of what it declares: symmetric, positive definite, unknown.

One idea: behind a formula, and directly before it, stands what is said of its variables; a word behind `not` says nothing. The words are English, and the commonest
of German, French, Spanish, Portuguese and Italian; what other prose says is written as a relation, in front matter or in a comment.
"""

from __future__ import annotations

import re

# The longer ones first, so that `positive definite` is not `positive`.
_SYMMETRIC = r"(?:symmetrisch\w*|sym[ée]trique\w*|sim[ée]tric[ao]s?|simmetric[aoih]+)"
_POSITIVE = r"positiv\w*"

WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"symmetric(?:al)?,?\s+(?:and\s+)?positive[-\s]+semi-?\s?definite", ("psd",)),
    (r"symmetric(?:al)?,?\s+(?:and\s+)?(?:strictly\s+)?positive[-\s]+definite", ("pd",)),
    (r"positive[-\s]+semi-?\s?definite|\bpsd\b", ("psd",)),
    (r"positive[-\s]+definite|\bspd\b", ("pd",)),
    (r"(?:skew|anti)-?\s?symmetric", ("skew",)),
    (r"symmetric(?:al)?", ("symmetric",)),
    (r"lower[-\s]+triangular", ("lower-triangular",)),
    (r"upper[-\s]+triangular", ("upper-triangular",)),
    (r"invertible|non-?\s?singular|regular matri(?:x|ces)", ("invertible",)),
    (r"orthonormal columns|columns (?:of \S+ )?are orthonormal", ("orthonormal-columns",)),
    (r"orthogonal matri(?:x|ces)|orthogonal", ("orthogonal",)),
    (r"diagonal(?!\s+(?:of|entr|elem|part|block|sum))", ("diagonal",)),
    (r"idempotent", ("idempotent",)),
    (
        r"one-?\s?hot(?:[- ]encoded)?\s+(?:rows|labels|targets)|rows (?:of \S+ )?(?:are|is) (?:all )?one-?\s?hot",
        ("one-hot-rows",),
    ),
    (r"one-?\s?hot(?: encoded)?", ("one-hot",)),
    (r"probability\s+vector|probability\s+distribution|on the simplex", ("simplex",)),
    (r"unit (?:vector|norm|length)|normali[sz]ed to (?:unit )?length(?: one)?", ("unit-norm",)),
    (r"identity\s+matri(?:x|ces)", ("identity",)),
    (r"(?:all-?\s?ones|vector of (?:all )?ones|all-one)", ("ones",)),
    (r"full\s+column\s+rank", ("full-column-rank",)),
    (r"full\s+row\s+rank", ("full-row-rank",)),
    (r"random (?:vector|variable)s?|is random", ("random",)),
    (r"unknowns?", ("unknown",)),
    (r"strictly positive|positive", ("positive",)),
    (r"non-?\s?negative", ("nonnegative",)),
    (r"non-?\s?zero", ("nonzero",)),
    # in the other languages, again the longer ones first
    (rf"{_SYMMETRIC}\w*,?\s+(?:und|et|e|y)\s+{_POSITIVE}\s+semi-?\s?d[eé]fini\w+", ("psd",)),
    (rf"{_POSITIVE}\s+semi-?\s?d[eé]fini\w+|semi-?\s?d[eé]fini\w+\s+posi\w+", ("psd",)),
    (rf"{_POSITIVE}\s+d[eé]fini\w+|d[eé]fini\w+\s+posi\w+", ("pd",)),
    (r"schiefsymmetrisch\w*|antisym[eé]tri\w+|antisimm?[eé]tric\w+", ("skew",)),
    (_SYMMETRIC, ("symmetric",)),
    (r"invertierbar\w*|regul[äa]re?n?\s+matri\w+|inversible\w*|inversível|invertível|invertibil\w+", ("invertible",)),
    (r"ortogona(?:l|le|is|li)\b", ("orthogonal",)),
    (r"diagonalmatri\w+|matrice\w*\s+diagonale?s?\b|matriz\s+diagonal\b", ("diagonal",)),
)
FOR_MATRICES = frozenset(
    "pd psd symmetric skew invertible orthogonal diagonal idempotent lower-triangular upper-triangular identity one-hot-rows".split()
)
SQUARE = FOR_MATRICES - {"diagonal", "one-hot-rows"}  # what only a square matrix can be
FOR_VECTORS = frozenset("one-hot simplex unit-norm".split())
_FOUND = re.compile("|".join(f"(?P<w{k}>{pattern})" for k, (pattern, _) in enumerate(WORDS)), re.IGNORECASE)
IF = (  # words that make a condition of what follows
    r"if|when|whenever|provided(?:\s+that)?|in\s+(?:the\s+)?case(?:\s+(?:that|where))?|wenn|falls|sofern|si|lorsque|quand|cuando|quando"
)
HOLDS_FOR = (  # `holds for symmetric $B$ only`: what follows is a condition of something said, and declares nothing
    r"\b(?:holds?|held|valid|true|works?|correct|right|false|wrong|fails?)\b(?:\s+\w+){0,2}\s+(?:for|with)\b[^.;]*$"
)
_NEGATED = re.compile(
    r"\b(?:not|never|no|non|without|n't|neither|nor|need not|isn't|aren't|unless|if|whether|when"
    r"|nicht|kein\w*|nie|ohne|wenn|falls|ob|sofern|pas|jamais|sans|lorsque|quand|si|sin|cuando|quando|senza|n[ãa]o)\b[^.;]*$|n't\b[^.;]*$"
    f"|{HOLDS_FOR}",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.;!?:](?:\s|$)|\n\s*\n|\n\s*[-*+] |\n\s*\d+[.)] |\n\s*\\item\b")
_NOUN = re.compile(
    r"(?:\b(?:matri(?:x|ces)|vectors?|scalars?|numbers?|constants?|parameters?|variables?|directions?|multipliers?|weights?)\s+|\bthe\s+)?\(?$",
    re.IGNORECASE,
)


_BETWEEN = re.compile(
    r"\s*(?:(?!(?:in|of|on|to|by|at|as|then|so|under)\b)[A-Za-z-]+\s*){0,2}"
)  # `a diagonal covariance matrix $M$`


def behind(prose: str) -> list[str]:
    """The properties that prose behind a formula gives to its variables: up to the end of the sentence or the words that belong to the next formula."""
    end = _SENTENCE.search(prose)
    return [word for word, _ in _properties(prose[: end.start()] if end else prose)]


def before(prose: str) -> tuple[list[str], str]:
    """The properties directly before a formula, `a symmetric matrix $A$`, and the prose that is left for the formula before."""
    tail = re.split(
        r"[.;!?:,(]\s|\n\s*\n|\b(?:and|let|with|for|where|by|be|is|are|the|an?"
        r"|und|sei|seien|mit|für|wobei|ist|sind|et|soit|soient|avec|pour|où|est|y|sea|sean|con|para|donde|es)\b",
        prose,
        flags=re.IGNORECASE,
    )[-1]
    start = len(prose) - len(tail)
    noun = _NOUN.search(tail.rstrip(" \n") + " ")
    head = tail[: noun.start()] if noun else tail
    found = _properties(head)
    if not found or not _BETWEEN.fullmatch(head[found[-1][1] :]):
        return [], prose
    more = _SENTENCE.split(prose[:start])[-1]
    if _NEGATED.search(more):
        return [], prose[:start]
    earlier = re.search(r"((?:\b[\w-]+\b,?\s+(?:and\s+)?){1,4})$", more)  # `symmetric and invertible matrix $A$`
    extra = _properties(earlier[1]) if earlier is not None and earlier[1].strip().endswith("and") else []
    return [w for w, _ in (*extra, *found)], prose[:start]


def _properties(prose: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for match in _FOUND.finditer(prose):
        if _NEGATED.search(prose, 0, match.start()):
            continue
        group = int((match.lastgroup or "w0")[1:])
        found += [(word, match.end()) for word in WORDS[group][1]]
    return found


_STATES = re.compile(
    r"\b(?:since|because|not(?:e|ing)|using|have|recall|then|so|hence|thus|therefore|clearly|observe|follows|gives|means|that|und|denn|weil|gilt|also|folgt)\b"
    r"|따라서|이므로|그러므로",
    re.IGNORECASE,
)
_ASSUMES = re.compile(
    r"\b(?:let|assum\w*|suppos\w*|where|with|such that|subject to|s\.t\.|if|when|given|denot\w*|defin\w*|writ\w*|set|put|choos\w*|constrain\w*|at|for|sei\w*|mit|wobei|wenn|falls)\b",
    re.IGNORECASE,
)


CONCLUDING = (  # words behind which something follows from what stands before
    r"so|thus|hence|therefore|consequently|giv(?:es?|ing)|yield(?:s|ing)?|get|obtain|find|lead(?:s|ing)? to|impl(?:y|ies)|means?|follows?"
    r"|equivalently|liefert|ergibt|folgt|also|daher|somit|damit|donc|d'où"
)
_HOLDS = re.compile(
    rf"\b(?:{CONCLUDING}|folglich|we\s+(?:\w+\s+)?have|then|becomes?|equals?|i\.e\.|(?:that|which)\s+is)(?:\s+that)?[\s,:$]*\Z"
    r"|\b(?:expand\w*|rewrit\w*|simplif\w*|substitut\w*|multiplying\s+out|(?:can|may)\s+be\s+(?:re)?written|in\s+(?:matrix|vector)\s+(?:form|notation)"
    r"|ausmultipli\w*|einsetzen)\b[^.;:$]*[\s,:$]*\Z",
    re.IGNORECASE,
)


def holds(prose: str) -> bool:
    """Whether the words before a formula say that it follows, or is the same in another form: `so`, `we have`, `which is`, `Expanding, `."""
    return _HOLDS.search(prose) is not None


_SOLVES = re.compile(
    r"\b(?:solves?|satisf(?:ies|y)|fulfil?ls?|fulfil|obeys?|(?:is|be|as)\s+(?:the|a)\s+(?:unique\s+|only\s+)?solution\s+(?:of|to)"
    r"|löst|löse|erfüllt|erfülle|ist\s+(?:die\s+)?Lösung\s+(?:von|der)|vérifie|satisfait|résout|satisface|cumple|resuelve|soddisfa|risolve|satisfaz)\b"
    r"(?:\s+(?:the|a|this|das|die|der|dem|la|le|el)?(?:\s*[^\W\d]+){0,4})?[\s:,$(\\\[]*\Z",
    re.IGNORECASE,
)


def solves(told: str, before: str) -> bool:
    """Whether the words right before an equation say that something solves it, `the direction $p$ solves`, and the sentence does not conclude that."""
    return _SOLVES.search(told) is not None and _STATES.search(last_sentence(before)) is None


_ASSUMING = re.compile(
    r"\b(?:(?:assume|assuming|suppose|supposing)(?:\s+that)?|(?:subject\s+to|under)(?:\s+the\s+constraints?)?|with\s+the\s+constraints?"
    r"|(?:consider|solve|given)\s+(?:the|a)\s+(?:[\w-]+\s+)?(?:system|equation)s?(?:\s+of\s+(?:\w+\s+)?equations)?"
    r"|angenommen|unter\s+der\s+(?:neben)?bedingung|betrachten?\s+(?:wir\s+)?das\s+(?:\w+\s+)?(?:gleichungs)?system)[\s:,$(\\\[]*\Z",
    re.IGNORECASE,
)


def assumes(told: str) -> bool:
    """Whether the words right before an equation assume it: `suppose that`, `subject to`, `consider the linear system`."""
    return _ASSUMING.search(told) is not None


_PLAIN = re.compile(
    rf"(?:{IF}|then|that|and|both|also|in|addition|moreover|furthermore|now|instead|particular|is|are|be|has|have|we|get|obtain|find|so|thus|hence"
    r"|it|follows|holds|a|an|the|matrix|matrices|vector|vectors|scalar|number|square|i|ii|iii|iv|v|dann|so|ist|sind|gilt|und|alors|est|entonces|es|i\.e\.)",
    re.IGNORECASE,
)


def is_plain(sentence: str) -> bool:
    """Whether a condition says nothing in words but properties that are known: `if $A$ is symmetric and $A x = y$, then`."""
    prose = re.sub(r"\$[^$]*\$|\\\(.*?\\\)", " ", sentence, flags=re.DOTALL)
    return all(_PLAIN.fullmatch(word) for word in re.findall(r"[^\W\d_]+", _FOUND.sub(" ", prose)))


def ends_sentence(before: str, behind: str) -> bool:
    """Whether a formula stands between a comma and the end of its sentence, or of its paragraph."""
    return re.fullmatch(r"[\s$]*,[\s$]*", before) is not None and (
        re.match(r"[\s$]*(?:\\\))?[\s$]*(?:[.;]|\n\s*\n|\Z)", behind) is not None
    )


_DERIVED_IS = re.compile(
    r"\b(?P<what>gradient|hessian)\b(?:[^.;:!?]{0,60}?\b(?:with\s+respect\s+to|w\.?\s?r\.?\s?t\.?|by)\s+(?:the\s+\w+\s+)?[$(\\\s]*(?P<by>[A-Za-z]+)[$)\\\s]*)?"
    r"[^.;:!?$]{0,40}\b(?:is|equals|becomes|reads)\b(?:\s+(?:then|therefore|thus|simply|just|given\s+by))*[\s:]*[$(\\\s]*\Z",
    re.IGNORECASE,
)


def derived_is(text: str) -> tuple[str, str] | None:
    """What the words right before a formula say that it is: `the gradient with respect to $w$ is`; what, and by which variable, "" where that is not said."""
    found = _DERIVED_IS.search(_SENTENCE.split(text)[-1])
    if found is None or _NEGATED.search(text[-80:]) is not None:
        return None
    return found["what"].lower(), found["by"] or ""


def last_sentence(text: str) -> str:
    """What stands behind the last end of a sentence."""
    return _SENTENCE.split(text)[-1]


def states(text: str) -> bool:
    """Whether the last sentence of a text states something: `since`, `we have`, `then`, and no word that assumes or defines."""
    sentence = last_sentence(text)
    return _STATES.search(sentence) is not None and _ASSUMES.search(sentence) is None


def shared(prose: str) -> bool:
    """Whether what follows is said of all variables that were listed: `are symmetric`, `both invertible`, or the property itself."""
    first = _FOUND.search(prose)
    if first is not None and not prose[: first.start()].strip(" \n$)"):
        return True
    return re.match(r"[\s$)]*\(?(?:are|be|both|all|being)\b", prose, re.IGNORECASE) is not None
