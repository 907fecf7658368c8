"""Half vectorisation, and the matrices that lead from it to the whole one and back.

vech stacks the columns of a matrix from the diagonal down: a₁₁, a₂₁, …, aₙ₁, a₂₂, …. For symmetric S: Dn(n)*vech(S) = vec(S).
"""

from derive.ops import opaque

HALF = "h=n*(n + 1)/2"
BOTH = "p=n*n; h=n*(n + 1)/2"

opaque(
    "vech",
    "nn->h",
    parameters="X",
    lengths=HALF,
    differential="vech(dX)",
    numpy="_vech(X)",
    ball="vech",
    reference="Magnus & Neudecker 2019, 3.8",
    meaning_text="columns from the diagonal down, stacked",
)
opaque(
    "Dn",
    "->ph",
    parameters="",
    whole="n",
    lengths=BOTH,
    numpy="_duplication(n)",
    ball="Dn",
    reference="Magnus & Neudecker 2019, 3.8",
    meaning_text="duplication matrix: Dn(n)*vech(S) = vec(S) for symmetric S: matrix(n, n)",
)
opaque(
    "Dnp",
    "->hp",
    parameters="",
    whole="n",
    lengths=BOTH,
    numpy="_duplication(n).T/np.sum(_duplication(n), axis=0)[:, None]",
    ball="Dnp",
    reference="Magnus & Neudecker 2019, 3.8",
    meaning_text="Moore-Penrose inverse of the duplication matrix: Dnp(n)*vec(A) = vech((A + A')/2)",
)
opaque(
    "Ln",
    "->hp",
    parameters="",
    whole="n",
    lengths=BOTH,
    numpy="_elimination(n)",
    ball="Ln",
    reference="Magnus & Neudecker 1980, The elimination matrix, definition 3.1a",
    meaning_text="elimination matrix: Ln(n)*vec(A) = vech(A) for A: matrix(n, n)",
)
