"""Functions of a square matrix by its spectrum, their derivatives along a direction, and powers with a symbolic exponent.

The derivative of a primary function F at X along E is the Fréchet derivative L(X, E), linear in E, with <G, L(X, E)> = <L(X', G), E>
(Higham 2008, ch. 3); L(X, E) = F'(X) E where E commutes with X. A second derivative is L2(X, E, D), symmetric in E and D.
"""

from derive.ops import opaque

HIGHAM = "Higham 2008, Functions of Matrices, 3.1 and problem 3.9"


def primary(
    name: str, value: str, slope: str, along: str, latex: str, text: str, reference: str, domain: str = ""
) -> None:
    """Declare F, its derivative dF(X, E) and its second derivative d2F(X, E, D).

    `slope` is F'(X) in our notation, `along` is the value of dF(X, E) where E commutes with X.
    """
    function = value.removeprefix("_real(").partition("(")[0]
    opaque(
        name,
        "nn->nn",
        parameters="X",
        adjoint=f"d{name}(X', G)",
        transposes=True,
        numpy=value,
        ball=name,
        domain=domain,
        latex=latex,
        reference=reference,
        meaning_text=text,
    )
    opaque(
        f"d{name}",
        "nn,nn->nn",
        parameters="X E",
        adjoint=(f"d2{name}(X', E', G)", f"d{name}(X', G)"),
        commuting=along,
        numpy=f"_frechet({function}, X, E)",
        ball=f"d{name}",
        domain=domain,
        reference=HIGHAM,
        meaning_text=f"derivative of {name} at X in the direction E; {slope}*E where E and X commute",
    )
    opaque(
        f"d2{name}",
        "nn,nn,nn->nn",
        parameters="X E D",
        adjoint=("", f"d2{name}(X', D', G)", f"d2{name}(X', E', G)"),
        numpy=f"_frechet({function}, X, E, D)",
        ball=f"d2{name}",
        domain=domain,
        reference=HIGHAM,
        meaning_text=f"second derivative of {name} at X in the directions E and D",
    )


primary(
    "expm",
    "linalg.expm(X)",
    "expm(X)",
    "expm(X)*E",
    r"e^{{{0}}}",
    "matrix exponential",
    "Higham 2008, ch. 10",
)
primary(
    "logm",
    "_real(linalg.logm(X))",
    "inv(X)",
    "inv(X)*E",
    r"\operatorname{{logm}}({0})",
    "principal logarithm of a matrix without eigenvalues on the closed negative axis",
    "Higham 2008, ch. 11",
    "pd",
)
primary(
    "sqrtm",
    "_real(linalg.sqrtm(X))",
    "inv(sqrtm(X))/2",
    "inv(sqrtm(X))*E/2",
    r"\operatorname{{sqrtm}}({0})",
    "principal square root of a matrix without eigenvalues on the closed negative axis",
    "Higham 2008, ch. 6",
    "pd",
)
primary(
    "sinm",
    "linalg.sinm(X)",
    "cosm(X)",
    "cosm(X)*E",
    r"\operatorname{{sinm}}({0})",
    "sine of a matrix",
    "Higham 2008, ch. 12",
)
primary(
    "cosm",
    "linalg.cosm(X)",
    "-sinm(X)",
    "-sinm(X)*E",
    r"\operatorname{{cosm}}({0})",
    "cosine of a matrix",
    "Higham 2008, ch. 12",
)

opaque(
    "matpow",
    "nn,->nn",
    parameters="X k",
    adjoint="dmatpow(X', k, G)",
    transposes=True,
    numpy="np.linalg.matrix_power(X, int(k))",
    ball="matpow",
    domain="invertible",
    latex=r"{0}^{{{1}}}",
    meaning_text="X^k for an integer k that is a symbol",
    reference="Magnus & Neudecker 2019, 9.14",
)
opaque(
    "dmatpow",
    "nn,,nn->nn",
    parameters="X k E",
    adjoint=("", "", "dmatpow(X', k, G)"),
    commuting="k*matpow(X, k - 1)*E",
    numpy="_power_derivative(X, int(k), E)",
    ball="dmatpow",
    domain="invertible",
    meaning_text="derivative of X^k in the direction E: the sum of X^r*E*X^(k-1-r) over r = 0..k-1; k ≥ 1",
    reference="Magnus & Neudecker 2019, 9.14",
)
