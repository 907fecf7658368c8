"""Singular values and vectors: A = svdU(A)*svdD(A)*svdVt(A) for every m×n matrix.

Singular values stand in descending order. Left singular vectors have their largest entry positive, right ones follow from them; where
there are more of one kind than of the other, the rest completes them to an orthogonal matrix.
"""

from derive.ops import opaque

SINGULAR = "Golub & Van Loan 2013, theorem 2.4.1"
LEAST = "k=min(m, n)"

opaque(
    "sv",
    "mn->k",
    parameters="X",
    lengths=LEAST,
    differential="diag(svU(X)'*dX*svV(X))",
    numpy="np.linalg.svd(X, compute_uv=False)",
    ball="sv",
    domain="full rank",
    reference="Magnus & Neudecker 2019, 9.11; Golub & Van Loan 2013, 8.6",
    meaning_text="singular values in descending order; differentiable where they are simple and not 0",
)
for side, letters, text in (("U", "mk", "left"), ("V", "nk", "right")):
    opaque(
        f"sv{side}",
        f"mn->{letters}",
        parameters="X",
        lengths=LEAST,
        numpy=f"_svd(X){'[0]' if side == 'U' else '[2].swapaxes(-1, -2)'}[..., :min(X.shape[-2:])]",
        ball=f"sv{side}",
        domain="full rank",
        reference=SINGULAR,
        meaning_text=f"{text} singular vectors as columns, one for each singular value",
    )
for name, letters, at, text in (
    ("svdU", "mm", 0, "orthogonal factor U of X = U*D*V': the left singular vectors as columns"),
    ("svdD", "mn", 1, "factor D of X = U*D*V': the singular values on its diagonal, zeros elsewhere"),
    ("svdVt", "nn", 2, "orthogonal factor V' of X = U*D*V': the right singular vectors as rows"),
):
    opaque(
        name,
        f"mn->{letters}",
        parameters="X",
        numpy=f"_svd(X)[{at}]",
        ball=name,
        domain="full rank",
        reference=SINGULAR,
        meaning_text=text,
    )
