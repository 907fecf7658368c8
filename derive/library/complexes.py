"""Complex numbers: the conjugate and its kin, entry by entry.

Of a real number each is what it is of a complex one, so `conj(x) = x` there. None has a complex derivative: the engine writes all of them
with conjugates of variables, by which it differentiates as by variables of their own (Wirtinger).
"""

from derive.ops import elementwise

WIRTINGER = "Hjørungnes & Gesbert 2007, IEEE Trans. Signal Process. 55, table I"

elementwise(
    "conj",
    "",
    numpy="np.conj(x)",
    ball="conj",
    latex=r"\overline{{{0}}}",
    reference=WIRTINGER,
    aliases=("conjugate",),
    meaning_text="complex conjugate; of a real number the number itself. Differentiate by it with dzc(f)/dz",
)
elementwise(
    "real",
    "",
    numpy="np.real(x)",
    ball="real",
    latex=r"\operatorname{{Re}}({0})",
    reference=WIRTINGER,
    aliases=("Re",),
    meaning_text="real part: (x + conj(x))/2",
)
elementwise(
    "imag",
    "",
    numpy="np.imag(x)",
    ball="imag",
    latex=r"\operatorname{{Im}}({0})",
    reference=WIRTINGER,
    aliases=("Im",),
    meaning_text="imaginary part: (x - conj(x))/(2*1i)",
)
