"""Functions of one number, applied entry by entry: value, derivative, domain.

`derivative` is the text of the derivative in our notation; a test holds it against `sympy.diff`. `numpy` is an
expression in the parameters; `ball` names a function of `derive.numeric.ball`. An operation with a `body` takes its exact value from it.
"""

from derive.ops import elementwise

elementwise("exp", "exp(x)", numpy="np.exp(x)", ball="exp", latex=r"\exp({0})")
elementwise("log", "1/x", numpy="np.log(x)", ball="log", domain="positive", latex=r"\log({0})", aliases=("ln",))
elementwise("log2", "1/(x*log(2))", numpy="np.log2(x)", body="log(x)/log(2)", domain="positive", latex=r"\log_2({0})")
elementwise("sqrt", "1/(2*sqrt(x))", numpy="np.sqrt(x)", ball="sqrt", domain="positive", latex=r"\sqrt{{{0}}}")
elementwise("sin", "cos(x)", numpy="np.sin(x)", ball="sin", latex=r"\sin({0})")
elementwise("cos", "-sin(x)", numpy="np.cos(x)", ball="cos", latex=r"\cos({0})")
elementwise("tan", "1 + tan(x)^2", numpy="np.tan(x)", ball="tan", latex=r"\tan({0})")
elementwise(
    "arcsin",
    "1/sqrt(1 - x^2)",
    numpy="np.arcsin(x)",
    ball="asin",
    domain="|x|<1",
    latex=r"\arcsin({0})",
    aliases=("asin",),
)
elementwise(
    "arccos",
    "-1/sqrt(1 - x^2)",
    numpy="np.arccos(x)",
    ball="acos",
    domain="|x|<1",
    latex=r"\arccos({0})",
    aliases=("acos",),
)
elementwise("arctan", "1/(1 + x^2)", numpy="np.arctan(x)", ball="atan", latex=r"\arctan({0})", aliases=("atan",))
elementwise("sinh", "cosh(x)", numpy="np.sinh(x)", ball="sinh", latex=r"\sinh({0})")
elementwise("cosh", "sinh(x)", numpy="np.cosh(x)", ball="cosh", latex=r"\cosh({0})")
elementwise("tanh", "1 - tanh(x)^2", numpy="np.tanh(x)", ball="tanh", latex=r"\tanh({0})")
elementwise("abs", "sign(x)", numpy="np.abs(x)", ball="abs", kinks="x = 0", latex=r"\lvert {0} \rvert")
elementwise("sign", "0", numpy="np.sign(x)", ball="sign", kinks="x = 0", aliases=("sgn",))
elementwise(
    "step",
    "0",
    numpy="np.where(x > 0, 1.0, 0.0)",
    ball="step",
    kinks="x = 0",
    aliases=("heaviside",),
    meaning_text="1 where x > 0, else 0",
)
elementwise("floor", "0", numpy="np.floor(x)", ball="floor", kinks="x an integer", latex=r"\lfloor {0} \rfloor")
elementwise(
    "gcd",
    ("", ""),
    "x y",
    numpy="np.gcd(np.asarray(x, dtype=int), np.asarray(y, dtype=int))",
    ball="gcd",
    meaning_text="greatest common divisor of whole numbers, which has no derivative",
)
elementwise("mod", ("1", "-floor(x/y)"), "x y", numpy="np.mod(x, y)", body="x - y*floor(x/y)", kinks="x/y an integer")
elementwise(
    "eq",
    ("0", "0"),
    "x y",
    numpy="np.where(x == y, 1.0, 0.0)",
    ball="eq",
    kinks="x = y",
    latex=r"\mathbb{{1}}[{0} = {1}]",
    meaning_text="1 where both are equal, else 0",
)
elementwise(
    "maximum",
    ("step(x - y)", "step(y - x)"),
    "x y",
    numpy="np.maximum(x, y)",
    ball="maximum",
    kinks="x = y",
    latex=r"\max({0}, {1})",
)
elementwise(
    "minimum",
    ("step(y - x)", "step(x - y)"),
    "x y",
    numpy="np.minimum(x, y)",
    ball="minimum",
    kinks="x = y",
    latex=r"\min({0}, {1})",
)
elementwise(
    "power",
    ("y*x^(y - 1)", "log(x)*x^y"),
    "x y",
    numpy="np.power(x, y)",
    ball="power",
    domain="positive",
    latex=r"{{{0}}}^{{{1}}}",
    meaning_text="x^y with an exponent that is not a number",
)

elementwise("erf", "2/sqrt(pi)*exp(-x^2)", numpy="special.erf(x)", ball="erf", latex=r"\operatorname{{erf}}({0})")
elementwise(
    "normcdf",
    "normpdf(x)",
    numpy="0.5*special.erfc(-x/np.sqrt(2))",
    body="(1 + erf(x/sqrt(2)))/2",
    meaning_text="distribution function of the standard normal",
)
elementwise(
    "normpdf",
    "-x*normpdf(x)",
    numpy="np.exp(-x*x/2)/np.sqrt(2*np.pi)",
    body="exp(-x^2/2)/sqrt(2*pi)",
    meaning_text="density of the standard normal",
)
elementwise(
    "gamma", "gamma(x)*digamma(x)", numpy="special.gamma(x)", ball="gamma", domain="positive", latex=r"\Gamma({0})"
)
elementwise("lgamma", "digamma(x)", numpy="special.gammaln(x)", ball="lgamma", domain="positive")
elementwise("digamma", "polygamma1(x)", numpy="special.digamma(x)", ball="digamma", domain="positive")
elementwise(
    "polygamma1",
    "",
    numpy="special.polygamma(1, x)",
    ball="polygamma1",
    domain="positive",
    aliases=("trigamma",),
)
elementwise(
    "factorial", "gamma(x + 1)*digamma(x + 1)", numpy="special.gamma(x + 1)", body="gamma(x + 1)", domain="positive"
)

# Activations (study notes, deep learning I-V); parameters come after x.
elementwise(
    "relu",
    "step(x)",
    numpy="np.maximum(x, 0)",
    body="maximum(x, 0)",
    kinks="x = 0",
    latex=r"\operatorname{{relu}}({0})",
    aliases=("ReLU",),
)
elementwise(
    "leaky_relu",
    ("step(x) + a*step(-x)", "-relu(-x)"),
    "x a",
    ("0.01",),
    numpy="np.where(x > 0, x, a*x)",
    body="maximum(x, 0) + a*minimum(x, 0)",
    kinks="x = 0",
    aliases=("lrelu",),
)
elementwise(
    "elu",
    ("step(x) + a*exp(x)*step(-x)", "(exp(x) - 1)*step(-x)"),
    "x a",
    ("1",),
    numpy="np.where(x > 0, x, a*np.expm1(np.minimum(x, 0)))",
    body="maximum(x, 0) + a*(exp(minimum(x, 0)) - 1)",
    kinks="x = 0 for a ≠ 1",
)
elementwise(
    "sigmoid",
    "sigmoid(x)*(1 - sigmoid(x))",
    numpy="1/(1 + np.exp(-x))",
    body="1/(1 + exp(-x))",
    aliases=("logistic",),
)
elementwise(
    "softplus",
    ("sigmoid(b*x)", "x*sigmoid(b*x)/b - softplus(x, b)/b"),
    "x b",
    ("1",),
    numpy="np.logaddexp(0, b*x)/b",
    body="log(1 + exp(b*x))/b",
)
elementwise(
    "swish",
    ("sigmoid(b*x) + b*x*sigmoid(b*x)*(1 - sigmoid(b*x))", "x^2*sigmoid(b*x)*(1 - sigmoid(b*x))"),
    "x b",
    ("1",),
    numpy="x/(1 + np.exp(-b*x))",
    body="x*sigmoid(b*x)",
    aliases=("silu", "SiLU"),
)
elementwise(
    "gelu",
    "normcdf(x) + x*normpdf(x)",
    numpy="0.5*x*special.erfc(-x/np.sqrt(2))",
    body="x*normcdf(x)",
    aliases=("GELU",),
)
elementwise(
    "gelu_tanh",
    "(1 + tanh(c*(x + 0.044715*x^3)))/2 + x/2*(1 - tanh(c*(x + 0.044715*x^3))^2)*c*(1 + 0.134145*x^2) where c = sqrt(2/pi)",
    numpy="0.5*x*(1 + np.tanh(np.sqrt(2/np.pi)*(x + 0.044715*x*x*x)))",
    body="x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))",
    meaning_text="GELU in its tanh approximation",
)
elementwise(
    "mish",
    "tanh(softplus(x)) + x*sigmoid(x)*(1 - tanh(softplus(x))^2)",
    numpy="x*np.tanh(np.logaddexp(0, x))",
    body="x*tanh(softplus(x))",
)
