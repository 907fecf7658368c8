"""Pseudo-inverse, adjugate, Cholesky factor, triangles, eigenvalues and eigenvectors of a symmetric matrix, norms by singular values.

Eigenvalues stand in ascending order. What takes a symmetric matrix is a function of its symmetric part, so that a derivative by all entries
exists; a matrix that is not known to be symmetric is refused. Eigenvectors have length 1 and their largest entry positive.
"""

from derive.ops import define, opaque

EIGEN = "Magnus & Neudecker 2019, 9.11 (theorem 9.7)"

opaque(
    "pinv",
    "mn->nm",
    parameters="X",
    differential="-R*dX*R + R*R'*dX'*(I - X*R) + (I - R*X)*dX'*R'*R",
    transposes=True,
    numpy="np.linalg.pinv(X)",
    ball="pinv",
    domain="full rank",
    reference="Golub & Pereyra 1973, eq. 4.12",
    meaning_text="Moore-Penrose inverse; differentiable where the rank is constant",
)
define(
    "adj",
    "nn->nn",
    "det(X)*inv(X)",
    parameters="X",
    domain="invertible",
    aliases=("adjugate",),
    reference="Magnus & Neudecker 2019, 9.10",
    meaning_text="adjugate: the transpose of the cofactors; its source and derivative are those of an invertible matrix",
)
define(
    "cof",
    "nn->nn",
    "det(X)*inv(X)'",
    parameters="X",
    domain="invertible",
    reference="Magnus & Neudecker 2019, 9.10",
    meaning_text="matrix of the cofactors; its source and derivative are those of an invertible matrix",
)
opaque(
    "chol",
    "nn->nn",
    parameters="X",
    differential="R*(tril(S) - diag(diag(S))/2) where S = inv(R)*sympart(dX)*inv(R)'",
    numpy="np.linalg.cholesky(X)",
    ball="chol",
    domain="pd",
    symmetric=True,
    aliases=("cholesky",),
    reference="Murray 2016, Differentiation of the Cholesky decomposition, eq. 8",
    meaning_text="lower triangular L with positive diagonal and L*L' = X",
)
for triangle, text in (("tril", "on and below the diagonal"), ("triu", "on and above the diagonal")):
    opaque(
        triangle,
        "mn->mn",
        parameters="X",
        adjoint=f"{triangle}(G)",
        numpy=f"np.{triangle}(X)",
        ball=triangle,
        meaning_text=f"the entries {text}, zeros elsewhere",
    )
define(
    "Phi",
    "nn->nn",
    "tril(x) - diag(diag(x))/2",
    latex=r"\Phi({0})",
    reference="Murray 2016, Differentiation of the Cholesky decomposition, eq. 8",
    meaning_text="lower triangle with the diagonal halved: S = Phi(S) + Phi(S)' for symmetric S",
)
opaque(
    "cross",
    "3,3->3",
    parameters="x y",
    adjoint=("cross(y, G)", "cross(G, x)"),
    numpy="np.cross(x, y)",
    ball="cross",
    meaning_text="cross product of two vectors of size 3",
)

# ------------------------------------------------------------------------------------------------ eigenvalues

for which, text in (("max", "largest"), ("min", "smallest")):
    end = -1 if which == "max" else 0
    opaque(
        f"l{which}",
        "nn->",
        parameters="X",
        differential=f"v{which}(X)'*dX*v{which}(X)",
        numpy=f"np.linalg.eigvalsh(X)[..., {end}]",
        ball=f"l{which}",
        aliases=(f"lambda_{which}",),
        domain="symmetric",
        symmetric=True,
        reference=EIGEN,
        meaning_text=f"{text} eigenvalue of a symmetric matrix; differentiable where it is simple",
    )
    opaque(
        f"v{which}",
        "nn->n",
        parameters="X",
        differential=f"(inv(l{which}(X)*I - sympart(X) + R*R') - R*R')*sympart(dX)*R",
        numpy=f"_eigenvectors(X)[..., {end}]",
        ball=f"v{which}",
        domain="symmetric",
        symmetric=True,
        reference=EIGEN,
        meaning_text=f"unit eigenvector of the {text} eigenvalue of a symmetric matrix",
    )
opaque(
    "eigi",
    "nn,->",
    parameters="X i",
    differential="evec(X, i)'*dX*evec(X, i)",
    numpy="np.linalg.eigvalsh(X)[..., int(i) - 1]",
    ball="eigi",
    domain="symmetric",
    symmetric=True,
    reference=EIGEN,
    meaning_text="i-th eigenvalue of a symmetric matrix in ascending order; differentiable where it is simple",
)
opaque(
    "evec",
    "nn,->n",
    parameters="X i",
    differential="(inv(eigi(X, i)*I - sympart(X) + R*R') - R*R')*sympart(dX)*R",
    numpy="_eigenvectors(X)[..., int(i) - 1]",
    ball="evec",
    domain="symmetric",
    symmetric=True,
    reference=EIGEN,
    meaning_text="unit eigenvector of the i-th eigenvalue of a symmetric matrix",
)
opaque(
    "eig",
    "nn->n",
    parameters="X",
    differential="diag(evecs(X)'*dX*evecs(X))",
    numpy="np.linalg.eigvalsh(X)",
    ball="eig",
    aliases=("eigvals",),
    domain="symmetric",
    symmetric=True,
    reference=EIGEN,
    meaning_text="eigenvalues of a symmetric matrix in ascending order",
)
opaque(
    "evecs",
    "nn->nn",
    parameters="X",
    numpy="_eigenvectors(X)",
    ball="evecs",
    domain="symmetric",
    symmetric=True,
    reference=EIGEN,
    meaning_text="unit eigenvectors of a symmetric matrix as columns; write evec(A, i) to differentiate one",
)

# ------------------------------------------------------------------------------------------------ norms and rank

define(
    "opnorm2",
    "mn->",
    "sqrt(lmax(X'*X))",
    parameters="X",
    differential="vmax(X'*X)'*X'*dX*vmax(X'*X)/R",
    numpy="np.linalg.norm(X, 2)",
    reference="Magnus & Neudecker 2019, 11.29",
    meaning_text="spectral norm: the largest singular value; differentiable where it is simple",
)
define(
    "opnorm1",
    "mn->",
    "max(colsum(abs(X)))",
    parameters="X",
    numpy="np.linalg.norm(X, 1)",
    meaning_text="largest column sum of absolute values",
)
define(
    "opnorminf",
    "mn->",
    "max(rowsum(abs(X)))",
    parameters="X",
    numpy="np.linalg.norm(X, np.inf)",
    meaning_text="largest row sum of absolute values",
)
opaque(
    "nucnorm",
    "mn->",
    parameters="X",
    differential="tr(polar(X)'*dX)",
    numpy="np.sum(np.linalg.svd(X, compute_uv=False), axis=-1)",
    ball="nucnorm",
    aliases=("norm_nuc", "nuclear_norm"),
    domain="full rank",
    latex=r"\lVert {0} \rVert_*",
    reference="Watson 1992, Characterization of the subdifferential of some matrix norms",
    meaning_text="nuclear norm: the sum of the singular values; differentiable at full rank",
)
opaque(
    "polar",
    "mn->mn",
    parameters="X",
    transposes=True,
    numpy="_polar(X)",
    ball="polar",
    domain="full rank",
    reference="Higham 2008, ch. 8",
    meaning_text="polar factor U*V' of X = U*S*V': X*inv(sqrtm(X'*X)) where the columns are independent",
)
opaque(
    "rank",
    "mn->",
    parameters="X",
    numpy="np.linalg.matrix_rank(X)",
    ball="rank",
    latex=r"\operatorname{{rank}}({0})",
    meaning_text="number of independent columns: a whole number, which has no derivative",
)
