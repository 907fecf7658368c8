"""Rows and columns, windows and pieces of an array: reductions, padding, reversal, cumulative sums, permutations.

Derivatives of `entries` are those of their bodies: a window, a slice or a padding is a 0/1 tensor in the engine.
"""

from derive.ops import define, entries, opaque

define(
    "rowmean",
    "mn->m",
    "rowsum(X)/count(X[1,:])",
    parameters="X",
    numpy="np.mean(X, axis=-1)",
    meaning_text="mean of each row",
)
define(
    "colmean",
    "mn->n",
    "colsum(X)/count(X[:,1])",
    parameters="X",
    numpy="np.mean(X, axis=-2)",
    meaning_text="mean of each column",
)
opaque(
    "rowmax",
    "n->",
    parameters="X",
    differential="eq(X, R)'*dX",
    numpy="np.max(X, axis=-1)",
    ball="max",
    meaning_text="largest entry of each row; differentiable where it is attained once",
)
opaque(
    "rowmin",
    "n->",
    parameters="X",
    differential="eq(X, R)'*dX",
    numpy="np.min(X, axis=-1)",
    ball="min",
    meaning_text="smallest entry of each row; differentiable where it is attained once",
)
define(
    "colmax",
    "mn->n",
    "rowmax(X')",
    parameters="X",
    numpy="np.max(X, axis=-2)",
    meaning_text="largest entry of each column",
)
define(
    "colmin",
    "mn->n",
    "rowmin(X')",
    parameters="X",
    numpy="np.min(X, axis=-2)",
    meaning_text="smallest entry of each column",
)

entries(
    "pad",
    ("n->m", "[zeros(p); x; zeros(p)]"),
    (
        "mn->kl",
        "[zeros(p, p), zeros(p, n), zeros(p, p); zeros(m, p), x, zeros(m, p); zeros(p, p), zeros(p, n), zeros(p, p)]",
    ),
    (
        "lmn->uvw",
        "array(h=1..l + 2*p, i=1..m + 2*p, j=1..n + 2*p, sum(a=1..l, sum(b=1..m, sum(c=1..n, "
        "delta(h, a + p)*delta(i, b + p)*delta(j, c + p)*x[a, b, c]))))",
    ),
    parameters="x",
    whole="p",
    unless="p",
    meaning_text="pad(x, p): p zeros at both ends, of a matrix or a tensor on all sides",
)
entries(
    "flip",
    ("n->n", "array(i=1..n, x[n - i + 1])"),
    ("mn->mn", "array(i=1..m, j=1..n, x[m - i + 1, n - j + 1])"),
    parameters="x",
    aliases=("reverse",),
    meaning_text="entries in reverse order; of a matrix, rows and columns",
)
entries(
    "cumsum",
    ("n->n", "array(i=1..n, sum(r=1..n, [zeros(n - 1); x][i - r + n]))"),
    parameters="x",
    meaning_text="sums of the first entries: y_i = x_1 + … + x_i",
)
entries(
    "exch",
    ("->nn", "array(i=1..n, j=1..n, delta(i, n + 1 - j))"),
    whole="n",
    meaning_text="exchange matrix: exch(n)*x = flip(x)",
)
entries(
    "shift",
    ("->nn", "array(i=1..n, j=1..n, delta(i, j + 1))"),
    whole="n",
    meaning_text="shift matrix: (shift(n)*x)_i = x_(i-1), 0 for i = 1",
)
entries(
    "rshift",
    ("->nn", "array(i=1..n, j=1..n, delta(i, j + 1) + delta(i, 1)*delta(j, n))"),
    whole="n",
    meaning_text="cyclic shift matrix: (rshift(n)*x)_i = x_(i-1), x_n for i = 1",
    reference="cf. Petersen & Pedersen 2012, The Matrix Cookbook, 9.12.2",
)
entries(
    "vander",
    ("n->nn", "array(i=1..n, j=1..n, x[i]^(j - 1))"),
    parameters="x",
    meaning_text="Vandermonde matrix, ascending powers: vander(x)[i,j] = x_i^(j-1)",
    reference="Golub & Van Loan 2013, 4.6",
)
opaque(
    "minor",
    "mn,,->pq",
    parameters="X i j",
    lengths="p=m - 1; q=n - 1",
    differential="minor(dX, i, j)",
    numpy="np.delete(np.delete(X, int(i) - 1, axis=-2), int(j) - 1, axis=-1)",
    ball="minor",
    meaning_text="the matrix without its i-th row and j-th column",
    reference="Magnus & Neudecker 2019, 1.9",
)
entries(
    "Nn",
    ("->mm", "(eye(n*n) + Kmn(n, n))/2"),
    whole="n",
    meaning_text="symmetriser: Nn(n)*vec(A) = vec((A + A')/2)",
    reference="Magnus & Neudecker 2019, 3.8",
)
opaque(
    "sort",
    "n->n",
    parameters="x",
    differential="eq(R*vector(1)', vector(1)*x')*dx",
    numpy="np.sort(x, axis=-1)",
    ball="sort",
    meaning_text="entries in ascending order; differentiable where they are distinct",
)
entries(
    "circ",
    ("n->nn", "array(i=1..n, j=1..n, sum(k=1..n, (delta(j, i + k - 1) + delta(j + n, i + k - 1))*x[k]))"),
    parameters="x",
    meaning_text="circulant matrix with first row x; each row is the one above, moved to the right",
)
entries(
    "toepl",
    (
        "n->nn",
        "array(i=1..n, j=1..n, sum(k=1..n, delta(i, j + k - 1)*x[k]) + sum(k=2..n, delta(j, i + k - 1)*x[k]))",
    ),
    (
        "m,n->mn",
        "array(i=1..m, j=1..n, sum(k=1..m, delta(i, j + k - 1)*x[k]) + sum(k=2..n, delta(j, i + k - 1)*y[k]))",
    ),
    parameters="x y",
    defaults=("",),
    meaning_text="Toeplitz matrix with first column x and first row y (x itself where it is left out; y_1 is not used)",
)
