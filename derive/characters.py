"""Characters of mathematics and their ASCII names.

One idea: every name has one canonical ASCII spelling (`λ` is `lambda`, `W₁` is `W1`, `x̂` is `x_hat`), so that what is
typed on any keyboard is the same symbol. It knows characters only, no grammar.
"""

from __future__ import annotations

_LOWER = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega"
_UPPER = "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho . Sigma Tau Upsilon Phi Chi Psi Omega"

GREEK: dict[str, str] = {
    **{chr(0x3B1 + i): word for i, word in enumerate(_LOWER.split())},
    **{chr(0x391 + i): word for i, word in enumerate(_UPPER.split()) if word != "."},
    "ϵ": "epsilon",
    "ϑ": "theta",
    "ϕ": "phi",
    "ϖ": "pi",
    "ϱ": "rho",
    "ς": "sigma",
    "ϰ": "kappa",
    "µ": "mu",
    "ℓ": "ell",
}
GREEK_LETTERS: dict[str, str] = {word: letter for letter, word in reversed(GREEK.items())} | {
    word: chr(0x3B1 + i) for i, word in enumerate(_LOWER.split()) if word != "sigmaf"
}

ACCENTS: dict[str, str] = {
    "\u0302": "_hat",
    "\u0304": "_bar",
    "\u0305": "_bar",
    "\u0303": "_tilde",
    "\u0307": "_dot",
    "\u0308": "_ddot",
    "\u20d7": "_vec",
    "\u030c": "_check",
}
ACCENT_MARKS: dict[str, str] = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "ddot": "\u0308"}

SUBSCRIPTS: dict[str, str] = {
    **{chr(0x2080 + i): str(i) for i in range(10)},
    **dict(zip("ₐₑₒₓₕₖₗₘₙₚₛₜᵢᵣᵤᵥⱼ", "aeoxhklmnpstiruvj", strict=True)),
}
SUPERSCRIPTS: dict[str, str] = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾", "0123456789+-()", strict=True)),
    **dict(zip("ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "abcdefghijklmnoprstuvwxyz", strict=True)),
    "ᵀ": "T",
    "⊤": "T",
    "⊺": "T",
    "ᴴ": "H",
    "⋅": "*",
}
SUPERSCRIPT_DIGITS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def canonical(text: str) -> str:
    """The ASCII name of a name as written; a character without one stays, for the lexer to refuse.

    >>> canonical("λ"), canonical("W₁"), canonical("x̂"), canonical("𝐗"), canonical("xᵢ")
    ('lambda', 'W1', 'x_hat', 'X', 'x_i')
    """
    import unicodedata

    out = ""
    below = False
    for c in unicodedata.normalize("NFD", text):
        if c in SUBSCRIPTS:
            letter = SUBSCRIPTS[c]
            out += letter if letter.isdigit() or below else "_" + letter
            below = True
        elif c in GREEK:
            out += GREEK[c]
        elif c in ACCENTS:
            out += ACCENTS[c]
        else:
            plain = unicodedata.normalize("NFKC", c)
            out += GREEK.get(plain, plain)
    return out
