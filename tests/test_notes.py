"""The 71 derivatives of the study notes, asked of the calculator: every one is accounted for, and none is answered wrongly.

`data/notes_derivatives.json` holds, for each formula of the notes, the questions that it answers and the form in which it answers them. Rules about
"the loss J" are questions about an undefined L, with L'(z) for dJ/dz. Where the notes are wrong (`erratum`), `expected` is the right form, and
`printed` is what they print, when that can be written at all.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from agreement import grade

import derive
from derive.finding import LanguageError

ITEMS = {
    item["id"]: item
    for item in json.loads((Path(__file__).parent / "data" / "notes_derivatives.json").read_text("utf-8"))
}

# How the answers to the questions of an item say what the notes say, in their order (grades as in `agreement`): letter by letter …
FORM = """
    S000-008 S000-009 S000-010 S000-013 S000-014 S000-015 S000-016 S000-017 S000-028 S001-006 S001-008 S001-011 S002-014 S002-015
    S002-029 S003-014 S003-076 S003-077 S003-080 S004-004 S004-007 S004-033 S004-036 S004-043 S004-050 S004-054 S004-057 S004-059
    S004-060 S004-066 S004-067 S004-068 S004-071 S004-072 S004-075 S004-077 S004-078 S004-079 S004-080 S004-081 S004-083 S004-084
    S004-085 S004-114 S000-018 S000-019 S000-021 S003-075 S004-070
""".split()
# … or otherwise; "value" where no normal form shows it yet.
OTHERWISE = {
    "S000-011": "equal",
    "S000-012": "form equal",
    "S000-020": "equal",
    "S000-022": "equal",
    "S000-023": "equal",
    "S000-024": "equal",
    "S000-025": "equal",
    "S000-026": "equal",
    "S000-027": "equal",
    "S001-005": "form equal",
    "S001-007": "value",
    "S001-009": "equal",
    "S002-013": "equal",
    "S003-068": "value",
    "S004-045": "form value",
    "S004-056": "equal form",
    "S004-065": "form equal",
    "S004-069": "equal equal",
    "S004-073": "form equal",
    "S004-076": "equal equal",
    "S004-082": "equal",
    "S004-087": "equal equal",
}
NOT_A_QUESTION: dict[str, str] = {}  # id: reason

# The notes' mistakes: where what they print can be written, it is refuted below; the rest are words or signs.
REFUTED = "S000-014 S001-009 S003-014 S004-033 S004-060 S004-070 S004-072 S004-076 S004-084 S004-087".split()
WORDING = {
    "S000-012": "the scalar f stands for the vector f",
    "S001-008": "an index too many: sigma(z_i) for the vector sigma(z)",
    "S001-011": "the signs of the partial derivative are missing",
    "S002-013": "g(x - y) here and g(x + y) before; the rule holds for both",
    "S002-029": "the bars of the norm",
    "S003-076": "the Jacobian is called the derivative of a matrix",
    "S004-036": "surprisal is called the opposite of uncertainty",
    "S004-056": "no value at 0",
    "S004-057": "no value at 0",
    "S004-066": "the names of what it is differentiated by",
    "S004-075": "x is printed as a star, and dz/dW1 as x",
    "S004-085": "the digit 1 of the shape 1×k is read as l",
}


def ask(question: dict[str, Any], **options: Any) -> Any:
    of_kind = getattr(derive, question["kind"])
    return of_kind(question["expression"], wrt=question["wrt"], given=question["given"], **options)


@pytest.mark.parametrize("name", ITEMS)
def test_the_answer_is_that_of_the_notes(name: str) -> None:
    """Exactly as the table says: an answer that came nearer to the notes belongs into a better row."""
    grades = []
    for question in ITEMS[name]["questions"]:
        result = ask(question)
        assert result.validation.ok
        grades.append(grade(result, question["expected"], question["given"]))
    expected = OTHERWISE.get(name) or " ".join(["form"] * len(grades))
    assert " ".join(grades) == expected


def test_every_item_is_accounted_for_once() -> None:
    rows = [*FORM, *OTHERWISE, *NOT_A_QUESTION]
    assert sorted(rows) == sorted(ITEMS)
    assert len(ITEMS) == 71
    assert all(bool(item["questions"]) != (name in NOT_A_QUESTION) for name, item in ITEMS.items())


@pytest.mark.parametrize("name", REFUTED)
def test_the_notes_mistake_is_not_our_answer(name: str) -> None:
    item = ITEMS[name]
    given = item["questions"][0]["given"]
    assert printed_grade(ask(item["questions"][0]), item["printed"], given) in WRONG


WRONG = ("different", "size-mismatch", "kind-mismatch")


def printed_grade(result: Any, text: str, given: str) -> str:
    """The grade of a printed form, or the code of the refusal where its shape is not that of the answer."""
    try:
        return grade(result, text, given)
    except LanguageError as refused:
        return refused.finding.code


def test_every_erratum_is_refuted_or_a_matter_of_words() -> None:
    assert sorted([*REFUTED, *WORDING]) == sorted(name for name, item in ITEMS.items() if "erratum" in item)
    assert sorted(REFUTED) == sorted(name for name, item in ITEMS.items() if "printed" in item)


@pytest.mark.parametrize("name", [name for name, item in ITEMS.items() if "at" in item])
def test_numbers_that_the_notes_give(name: str) -> None:
    at = ITEMS[name]["at"]
    result = ask(ITEMS[name]["questions"][0])
    np.testing.assert_allclose(result.evaluate(**at["point"]), at["value"], rtol=1e-12)


# The call, the formula in x, declarations of parameters, the derivative by x.
ACTIVATIONS = {
    "relu": ("relu(x)", "max(0, x)", "", "step(x)"),
    "sigmoid": ("sigmoid(x)", "1/(1 + exp(-x))", "", "sigmoid(x)*(1 - sigmoid(x))"),
    "tanh": ("tanh(x)", "(1 - exp(-2*x))/(1 + exp(-2*x))", "", "1 - tanh(x)^2"),
    "elu": (
        "elu(x, alpha)",
        "relu(x) - alpha*relu(-(exp(x) - 1))",
        "; alpha: scalar positive",
        "step(x) + alpha*exp(x)*step(-x)",
    ),
    "elu of 1": ("elu(x)", "relu(x) - relu(-(exp(x) - 1))", "", "step(x) + exp(x)*step(-x)"),
    "leaky relu": (
        "leaky_relu(x, alpha)",
        "relu(x) - alpha*relu(-x)",
        "; alpha: scalar positive",
        "step(x) + alpha*step(-x)",
    ),
    "leaky relu of 0.01": ("lrelu(x)", "relu(x) - 0.01*relu(-x)", "", "step(x) + 0.01*step(-x)"),
    "gelu": (
        "gelu_tanh(x)",
        "0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))",
        "",
        "1/2 + h/2 + x*(1 - h^2)*(1 + 0.134145*x^2)*sqrt(2/pi)/2 where h = tanh((x + 0.044715*x^3)*sqrt(2/pi))",
    ),
    "exact gelu": ("gelu(x)", "x*normcdf(x)", "", "normcdf(x) + x*normpdf(x)"),
    "swish": ("swish(x)", "x*(1 + exp(-x))^-1", "", "sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))"),
    "swish with a slope": (
        "swish(x, beta)",
        "x*(1 + exp(-beta*x))^-1",
        "; beta: scalar positive",
        "sigmoid(beta*x) + beta*x*sigmoid(beta*x)*(1 - sigmoid(beta*x))",
    ),
    "mish": ("mish(x)", "x*tanh(softplus(x))", "", "tanh(softplus(x)) + x*sigmoid(x)*(1 - tanh(softplus(x))^2)"),
    "softplus": ("softplus(x)", "log(1 + exp(x))", "", "sigmoid(x)"),
    "softplus with a slope": (
        "softplus(x, beta)",
        "log(1 + exp(beta*x))/beta",
        "; beta: scalar positive",
        "sigmoid(beta*x)",
    ),
}
PARAMETERS = {
    ("elu(x, alpha)", "alpha"): "step(-x).*(exp(x) - 1)",
    ("leaky_relu(x, alpha)", "alpha"): "-relu(-x)",
    ("swish(x, beta)", "beta"): "x.^2.*sigmoid(beta*x).*(1 - sigmoid(beta*x))",
    ("softplus(x, beta)", "beta"): "x.*sigmoid(beta*x)/beta - softplus(x, beta)/beta",
}
LATEX = {
    r"\max(0, x)": "step(x)",
    r"0.5x(1 + \tanh(\sqrt{2/\pi}(x + 0.044715x^3)))": ACTIVATIONS["gelu"][3],
    r"x(1 + \exp(-x))^{-1}": "sigmoid(x) + x*sigmoid(x)*(1 - sigmoid(x))",
    r"x \tanh(\text{softplus}(x))": ACTIVATIONS["mish"][3],
    r"\frac{1}{1 + \exp(-x)}": "sigmoid(x)*(1 - sigmoid(x))",
    r"\frac{1 - \exp(-2x)}{1 + \exp(-2x)}": "1 - tanh(x)^2",
}


def agrees(result: Any, text: str, given: str) -> bool:
    return result.validation.ok and grade(result, text, given) != "different"


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_by_name_and_by_their_formula_have_the_same_derivative(name: str) -> None:
    called, formula, parameters, expected = ACTIVATIONS[name]
    given = "x: scalar nonzero" + parameters
    assert agrees(derive.gradient(called, wrt="x", given=given), expected, given)
    assert agrees(derive.gradient(formula, wrt="x", given=given), expected, given)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_of_a_vector_have_a_diagonal_jacobian(name: str) -> None:
    called, _, parameters, expected = ACTIVATIONS[name]
    given = "x: vector(n) nonzero" + parameters
    entrywise, _, local = expected.partition(" where ")
    entrywise = f"diag({dotted(entrywise)})" + (f" where {dotted(local)}" if local else "")
    result = derive.jacobian(called, wrt="x", given=given)
    assert result.shape == ("n", "n")
    assert agrees(result, entrywise, given)


def dotted(text: str) -> str:
    """Products and powers entry by entry, but for the scalar parameters."""
    return re.sub(r"(?<!alpha)(?<!beta)\*", ".*", text).replace("^", ".^")


@pytest.mark.parametrize(("called", "parameter"), PARAMETERS)
def test_activations_are_differentiated_by_their_parameters_too(called: str, parameter: str) -> None:
    given = f"x: vector(n) nonzero; {parameter}: scalar positive"
    assert agrees(derive.jacobian(called, wrt=parameter, given=given), PARAMETERS[called, parameter], given)


@pytest.mark.parametrize("text", LATEX)
def test_activations_as_the_notes_write_them(text: str) -> None:
    given = "x: scalar nonzero"
    assert agrees(derive.gradient(text, wrt="x", given=given), LATEX[text], given)
