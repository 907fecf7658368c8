"""Functions of a matrix that stay whole: inverse, determinant, norms that are not sums, maxima."""

from derive.ops import define, opaque

opaque(
    "inv",
    "nn->nn",
    parameters="X",
    differential="-R*dX*R",
    transposes=True,
    numpy="np.linalg.inv(X)",
    ball="inv",
    domain="invertible",
    latex=r"{0}^{{-1}}",
    reference="Magnus & Neudecker 2019, 8.4",
    aliases=("inverse",),
)
opaque(
    "det",
    "nn->",
    parameters="X",
    differential="R*tr(inv(X)*dX)",
    numpy="np.linalg.det(X)",
    ball="det",
    domain="invertible",
    latex=r"\det({0})",
    reference="Magnus & Neudecker 2019, 8.3",
)
opaque(
    "logdet",
    "nn->",
    parameters="X",
    differential="tr(inv(X)*dX)",
    numpy="np.linalg.slogdet(X)[1]",
    ball="logdet",
    domain="invertible",
    latex=r"\log\lvert\det {0}\rvert",
    reference="Magnus & Neudecker 2019, 8.3",
    meaning_text="log |det X|",
)
opaque(
    "max",
    "n->",
    "mn->",
    "lmn->",
    parameters="X",
    differential="sum(eq(X, R).*dX)",
    numpy="np.max(X)",
    ball="max",
    latex=r"\max({0})",
    meaning_text="largest entry; differentiable where it is attained once",
)
opaque(
    "min",
    "n->",
    "mn->",
    parameters="X",
    differential="sum(eq(X, R).*dX)",
    numpy="np.min(X)",
    ball="min",
    latex=r"\min({0})",
    meaning_text="smallest entry; differentiable where it is attained once",
)
opaque(
    "prod",
    "n->",
    "mn->",
    parameters="X",
    differential="R*sum(dX./X)",
    numpy="np.prod(X)",
    ball="prod",
    domain="nonzero",
    meaning_text="product of all entries",
)

define(
    "norm2",
    ("n->", "mn->"),
    "sqrt(sum(x.^2))",
    numpy="np.sqrt(np.sum(x*x))",
    latex=r"\lVert {0} \rVert",
    aliases=("norm", "normF"),
    meaning_text="Euclidean norm of a vector, Frobenius norm of a matrix",
)
define(
    "norm1",
    ("n->", "mn->"),
    "sum(abs(x))",
    numpy="np.sum(np.abs(x))",
    latex=r"\lVert {0} \rVert_1",
    meaning_text="sum of absolute values",
)
define(
    "norminf",
    ("n->", "mn->"),
    "max(abs(x))",
    numpy="np.max(np.abs(x))",
    latex=r"\lVert {0} \rVert_\infty",
    aliases=("normmax",),
)
define("normp", ("n,->", "mn,->"), "sum(abs(x).^p)^(1/p)", parameters="x p", latex=r"\lVert {0} \rVert_{{{1}}}")
define("sympart", "nn->nn", "(x + x')/2", meaning_text="symmetric part")
define("skewpart", "nn->nn", "(x - x')/2", meaning_text="skew part")
