r"""The commands of LaTeX that are read, by what they are.

One idea: tables from a command to the kind and value of its token; what is in no table is refused where it stands.
"""

from __future__ import annotations

from derive.characters import GREEK_LETTERS

BLANKS = frozenset(
    r"\, \; \: \! \> \/ \space \thinspace \medspace \thickspace \enspace \negthinspace \displaystyle \textstyle \scriptstyle \limits "
    r"\nolimits \nonumber \notag \left \right \middle \big \Big \bigg \Bigg \bigm \Bigm \hfill \hline \allowbreak \mathstrut \strut "
    r"\boldmath \unboldmath \bfseries \itshape \mit".split()
) | {"\\ ", "\\\n"}
OPENING = frozenset(r"\left \bigl \Bigl \biggl \Biggl".split())
CLOSING = frozenset(r"\right \bigr \Bigr \biggr \Biggr".split())
SKIPPED = frozenset(r"\label \tag \vspace \phantom \hphantom \vphantom".split())  # with their argument

SIGNS: dict[str, str] = {
    r"\cdot": "*",
    r"\times": "*",
    r"\ast": "*",
    r"\odot": ".*",
    r"\circ": ".*",
    r"\oslash": "./",
    r"\otimes": "⊗",
    r"\div": "/",
    r"\partial": "∂",
    r"\nabla": "∇",
    r"\top": "⊤",
    r"\intercal": "⊤",
    r"\transpose": "⊤",
    r"\prime": "'",
    r"\star": "⋆",
    r"\dagger": "†",
    r"\infty": "∞",
    r"\lbrack": "bracket",
    r"\rbrack": "]",
    r"\|": "‖",
    r"\Vert": "‖",
    r"\lVert": "‖<",
    r"\rVert": "‖>",
    r"\vert": "|",
    r"\lvert": "|<",
    r"\rvert": "|>",
    r"\lfloor": "⌊",
    r"\rfloor": "⌋",
    r"\lceil": "⌈",
    r"\rceil": "⌉",
    r"\langle": "⟨",
    r"\rangle": "⟩",
    r"\mid": "mid",
    r"\colon": ":",
    r"\quad": "quad",
    r"\qquad": "quad",
    r"\sum": "sum",
    r"\prod": "prod",
    r"\int": "int",
    r"\frac": "frac",
    r"\tfrac": "frac",
    r"\dfrac": "frac",
    r"\cfrac": "frac",
    r"\nicefrac": "frac",
    r"\sfrac": "frac",
    r"\sqrt": "sqrt",
    r"\dots": "dots",
    r"\ldots": "dots",
    r"\cdots": "dots",
    r"\dotsc": "dots",
    r"\dotsb": "dots",
    r"\vdots": "dots",
    r"\ddots": "dots",
    r"\R": "reals",
    r"\reals": "reals",
    r"\d": "d",
    r"\dd": "d",
    r"\differential": "d",
}

RELATIONS: dict[str, str] = {
    r"\le": "<=",
    r"\leq": "<=",
    r"\leqslant": "<=",
    r"\ge": ">=",
    r"\geq": ">=",
    r"\geqslant": ">=",
    r"\lt": "<",
    r"\gt": ">",
    r"\ne": "!=",
    r"\neq": "!=",
    r"\equiv": "==",
    r"\triangleq": "==",
    r"\coloneqq": "==",
    r"\propto": "propto",
    r"\approx": "approx",
    r"\simeq": "approx",
    r"\in": "in",
    r"\sim": "sim",
    r"\succ": "succ",
    r"\succeq": "succeq",
    r"\succcurlyeq": "succeq",
    r"\prec": "prec",
    r"\preceq": "preceq",
    r"\implies": "implies",
    r"\Rightarrow": "implies",
    r"\Longrightarrow": "implies",
    r"\iff": "iff",
    r"\Leftrightarrow": "iff",
    r"\Longleftrightarrow": "iff",
    r"\therefore": "therefore",
}
COMPARING = frozenset("= == <= >= < > != propto approx in sim succ succeq prec preceq".split())
_VARIANTS = {
    r"\varepsilon": "epsilon",
    r"\vartheta": "theta",
    r"\varphi": "phi",
    r"\varrho": "rho",
    r"\varsigma": "sigma",
}
LETTERS: dict[str, str] = (
    {"\\" + word: word for word in GREEK_LETTERS if word != "sigmaf"} | _VARIANTS | {r"\hbar": "hbar"}
)

FUNCTIONS: dict[str, str] = {
    "\\" + word: word
    for word in (
        "exp log sin cos tan arcsin arccos arctan sinh cosh tanh det max min tr Tr trace diag Diag rank vec vech sgn sign logdet "
        "softmax sigmoid relu adj Var Cov erf arg dim ker Pr argmin argmax"
    ).split()
    if word != "vec"
} | {r"\ln": "log", r"\E": "E", r"\Re": "real", r"\Im": "imag"}
UPRIGHT = frozenset(
    r"\mathrm \text \textrm \textit \mathit \mathsf \textsf \mathtt \texttt \rm \mbox \textnormal \sf \tt \it \sl".split()
)
NAMED = frozenset((r"\operatorname", r"\operatorname*", r"\mathop"))
BOLD = frozenset(r"\mathbf \boldsymbol \bm \bold \textbf \pmb \symbf \mathbb \vb \bs \bf".split())
SCRIPT = frozenset(r"\mathcal \mathscr \mathfrak \cal".split())
FONTS = UPRIGHT | NAMED | BOLD | SCRIPT
SWITCHES = frozenset(r"\rm \sf \tt \it \sl".split())  # they set all that follows in their group
BARRED = {r"\norm": ("‖<", "‖>"), r"\abs": ("|<", "|>")}  # macros that nobody defines otherwise
KERNS = frozenset(r"\mkern \kern \hskip \mskip".split())  # with a length behind them
ACCENTS: dict[str, str] = {
    **{"\\" + a: a for a in ("hat", "tilde", "bar", "dot", "ddot", "vec", "check")},
    r"\widehat": "hat",
    r"\widetilde": "tilde",
}

# Words that are functions whether or not brackets follow.
WORDS = frozenset(
    "rank Var Cov Corr adj cof vec vech sgn sign dim ker span Re Im argmin argmax proj prox vol Pr".split()
)
FUNCTION_LETTERS = frozenset("f g h phi psi rho sigma J L F C E ell Phi Psi".split())
INDEX_LETTERS = frozenset("ijkl")
DISPLAYS = frozenset(
    "aligned align align* alignat alignat* gather gather* gathered split equation equation* multline multline* displaymath math".split()
)
MATRICES: dict[str, str] = {
    "bmatrix": "",
    "pmatrix": "",
    "matrix": "",
    "smallmatrix": "",
    "array": "",
    "vmatrix": "det",
}
CASES = frozenset("cases dcases rcases".split())
ASSIGNING = frozenset(r"\leftarrow \longleftarrow \gets \Leftarrow".split())
ARROWS = frozenset(r"\to \rightarrow \longrightarrow \mapsto \longmapsto".split())
LABELLED = frozenset(r"\underbrace \overbrace".split())  # with a label below or above
STACKED = frozenset(r"\overset \stackrel".split())  # a remark above a sign
BOXED = frozenset(r"\boxed \fbox \mathclose \mathopen \mathbin \mathrel \mathord".split())  # a frame, or spacing alone
# Words between formulas; upright, none of them is a variable.
CONNECTING = frozenset(
    "and or so hence thus therefore if for when whenever otherwise else elsewhere since because then such that let is are be by "
    "minimize maximize minimise maximise subject to over".split()
)
WHERE = frozenset("where with".split())
