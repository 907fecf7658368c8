"""Means and variances, softmax and its kin, cross-entropy, normalisation layers, the Gaussian density."""

from derive.ops import define

define("mean", ("n->", "mn->"), "sum(x)/count(x)", numpy="np.mean(x)", meaning_text="mean of all entries")
define(
    "var",
    ("n->", "mn->"),
    "sum((x - mean(x)).^2)/count(x)",
    numpy="np.var(x)",
    meaning_text="biased variance of all entries",
)
define(
    "softmax",
    "n->n",
    "exp(x)/sum(exp(x))",
    differential="R.*dx - R*(R'*dx)",
    numpy="_softmax(x)",
    latex=r"\operatorname{{softmax}}({0})",
    aliases=("rowsoftmax",),
    meaning_text="of a vector, or of each row of a matrix",
)
define(
    "logsumexp",
    "n->",
    "log(sum(exp(x)))",
    differential="softmax(x)'*dx",
    numpy="_logsumexp(x)",
    aliases=("lse",),
    meaning_text="of a vector, or of each row of a matrix",
)
define(
    "log_softmax",
    "n->n",
    "x - logsumexp(x)",
    differential="dx - vector(1)*(softmax(x)'*dx)",
    numpy="(x - _logsumexp(x)[..., None])",
    aliases=("logsoftmax",),
)
define("entropy", "n->", "-x'*log(x)", domain="simplex", meaning_text="-Σ p log p")
define(
    "ce", "n,n->", "-p'*log(q)", parameters="p q", aliases=("cross_entropy",), meaning_text="cross-entropy -Σ p log q"
)
define("kl", "n,n->", "p'*log(p./q)", parameters="p q", meaning_text="Kullback-Leibler divergence Σ p log(p/q)")
define(
    "layernorm",
    "n,->n",
    "(x - mean(x))/sqrt(var(x) + eps)",
    parameters="x eps",
    defaults=("0",),
    meaning_text="layer normalisation, of a vector or of each row",
)
define(
    "batchnorm",
    "mn,->mn",
    "(X - vector(1)*colmean(X)')./(vector(1)*sqrt(colmean((X - vector(1)*colmean(X)').^2) + eps)')",
    parameters="X eps",
    defaults=("0",),
    meaning_text="batch normalisation: each column over the rows (the batch)",
)
define(
    "gauss",
    ("n,n,nn->", ",,->"),
    "exp(-(x - m)'*inv(S)*(x - m)/2)/sqrt((2*pi)^count(x)*det(S))",
    parameters="x m S",
    meaning_text="density of the normal distribution N(m, S) at x",
)
