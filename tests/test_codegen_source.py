"""The generated source as text: readable, in the cheap order, with names that are ours, and clear about shapes."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import numpy as np
import pytest

from derive.codegen import ShapeError, compile_source, evaluate_numpy, numpy_source
from derive.infer import infer
from derive.sizes import Size
from derive.syntax import parse
from derive.syntax.declarations import parse_declarations
from derive.term import Symbol, Term, Type


def typed(expression, given):
    found = infer([parse(expression)], parse_declarations(given))
    return found.terms[0], found.symbols


def body(expression, given="A: matrix(n, n); X: matrix(m, n); x: vector(n); y: vector(n); z: vector(m); s: vector(m)"):
    """The lines after the conversions."""
    source = numpy_source(*typed(expression, given))
    lines = source.split('"""\n')[-1].strip().splitlines()
    return [line.strip() for line in lines if "np.asarray" not in line and "np.float64" not in line]


LINES = [
    ("X'*(X*x - z)", ["return X.T @ (X @ x - z)"]),
    ("X'*X*x", ["return X.T @ (X @ x)"]),
    ("x*x'*A", ["return np.outer(x, x @ A)"]),
    ("2*X'*z", ["return 2 * (X.T @ z)"]),
    ("X'*diag(s)*X", ["return (X.T * s) @ X"]),
    ("diag(s)*X", ["return s[:, None] * X"]),
    ("A*diag(x)", ["return A * x"]),
    ("tr(A'*A)", ["return np.sum(A * A)"]),
    ("tr(x*y'*A)", ["return y @ A @ x"]),
    ("inv(A)*x", ["return np.linalg.solve(A, x)"]),
    ("x'*inv(A)", ["return np.linalg.solve(A.T, x)"]),
    ("A*inv(A)*x", ["return A @ np.linalg.solve(A, x)"]),
    ("norm2(X*x - z)^2", ["r = X @ x - z", "return r @ r"]),
    ("(X*x - z)/norm2(X*x - z)", ["r = X @ x - z", "return r / np.sqrt(np.sum(r*r))"]),
    ("X*x - vector(1)", ["return X @ x - 1"]),
    ("X + z*vector(1)'", ["return X + z[:, None]"]),
    ("X + vector(1)*x'", ["return X + x"]),
    ("sum(i=1..n, sum(j=1..n, (x[i] - x[j])^2))", ["return np.sum((x[:, None] - x[None, :])**2)"]),
    ("sum(i=1..m, sum(j=1..n, X[i,j]*z[i]))", ["return np.einsum('ij,i->', X, z)"]),
    (
        "array(i=1..n, k=1..n, j=1..m, delta(i,k)*z[j])",
        ["n = A.shape[0]", "return np.einsum('ij,k->ijk', np.eye(n), z)"],
    ),
    ("softplus(x)", ["return np.logaddexp(0, x)"]),
    ("x", ["return x.copy()"]),
]


@pytest.mark.parametrize(("expression", "lines"), LINES, ids=[c[0] for c in LINES])
def test_the_source_is_what_a_person_would_write(expression, lines):
    assert (
        body(expression) == lines
        or body(expression, "X: matrix(m, n); z: vector(m); x: vector(n); A: matrix(n, n)") == lines
    )


def test_the_function_is_last_takes_what_occurs_and_says_the_shapes():
    term, symbols = typed("X*w - y", "X: matrix(n, d); q: scalar; w: vector(d); y: vector(n)")
    tree = ast.parse(numpy_source(term, symbols, "jacobian", title="X*w - y"))
    function = tree.body[-1]
    assert isinstance(function, ast.FunctionDef)
    assert function.name == "jacobian"
    assert [a.arg for a in function.args.args] == ["X", "w", "y"]
    docstring = ast.get_docstring(function)
    assert docstring.splitlines()[0] == "X*w - y"
    assert "X: array of shape (n, d)" in docstring
    assert "returns: array of shape (n,)" in docstring


def test_private_functions_and_scipy_come_only_when_used():
    plain = numpy_source(*typed("x + 1", "x: vector(n)"))
    assert "_softmax" not in plain
    assert "scipy" not in plain
    assert "def _softmax" in numpy_source(*typed("softmax(x)", "x: vector(n)"))
    assert "from scipy import special" in numpy_source(*typed("erf(x)", "x: vector(n)"))


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("lambda", "lambda_"),
        ("np", "np_"),
        ("special", "special_"),
        ("sum", "sum_"),
        ("_softmax", "v_softmax"),
        ("x'); import os; os.abort()  #", None),
        ('"""', None),
        ("λ", None),
        ("", None),
        ("1", "v_1"),
        ("def", "def_"),
        ("__import__", None),
    ],
)
def test_names_of_variables_become_identifiers(name, parameter):
    symbol = Symbol(name, Type((Size.of("n"),)))
    term = Term("symbol", (), symbol.type, symbol)
    source = numpy_source(term, (symbol,), name="return", title='"""\nimport os\\')
    function = ast.parse(source).body[-1]
    argument = function.args.args[0].arg
    assert argument.isidentifier()
    assert parameter in (None, argument)
    assert len(ast.parse(source).body) == 2  # an import and a function
    np.testing.assert_array_equal(evaluate_numpy(term, (symbol,), {name: [1, 2]}), [1, 2])


def test_a_variable_may_share_its_name_with_a_size_or_a_local():
    term, symbols = typed("n*sum(x)*r*norm2(x - y)", "x: vector(k); y: vector(k); n: scalar; r: scalar")
    got = evaluate_numpy(term, symbols, {"x": [1, 2], "y": [0, 0], "n": 2, "r": 3})
    np.testing.assert_allclose(got, 2 * 3 * 3 * 5**0.5)


def test_two_names_that_look_alike_stay_apart():
    first, second = (Symbol(name, Type()) for name in ("a.", "a,"))
    args = tuple(Term("symbol", (), s.type, s) for s in (first, second))
    term = Term("add", args, Type(), (1, -1))
    assert evaluate_numpy(term, (first, second), {"a.": 5, "a,": 3}) == 2


def test_sizes_are_solved_from_shapes():
    term, symbols = typed("n*sum(x) + k", "x: vector(k + n - 1); y: vector(k)")
    assert evaluate_numpy(term, symbols, {"x": np.ones(5), "y": np.ones(2)}) == 4 * 5 + 2
    term, symbols = typed("n*sum(x)", "x: vector(n*n)")
    assert evaluate_numpy(term, symbols, {"x": np.ones(9)}) == 27
    term, symbols = typed("n*sum(x)", "x: vector(2*n)")
    assert evaluate_numpy(term, symbols, {"x": np.ones(6)}) == 18


def test_a_size_that_no_shape_tells_is_a_parameter():
    term, symbols = typed("sum(k=1..q, k*s)", "s: scalar; q: integer")
    assert evaluate_numpy(term, symbols, {"s": 2.0, "q": 4}) == 20
    with pytest.raises(ShapeError, match="no value is given for q"):
        evaluate_numpy(term, symbols, {"s": 2.0})


def test_undefined_functions_are_parameters():
    term, symbols = typed("phi(x).*phi'(x)", "x: vector(n); phi: elementwise")
    source = numpy_source(term, symbols)
    assert "*, phi, phi_prime" in source
    got = evaluate_numpy(term, symbols, {"x": [1.0, 2.0], "phi": np.sin, "phi_prime": np.cos})
    np.testing.assert_allclose(got, np.sin([1, 2]) * np.cos([1, 2]))
    term, symbols = typed("W'*L'(W*x)", "W: matrix(m, n); x: vector(n); L: function")
    values = {"W": np.arange(6.0).reshape(2, 3), "x": np.ones(3), "L_prime": lambda o: 2 * o}
    np.testing.assert_allclose(evaluate_numpy(term, symbols, values), 2 * values["W"].T @ (values["W"] @ np.ones(3)))


def test_the_answer_shares_no_memory_with_the_arguments():
    x, a = np.ones(3), np.ones((3, 3))
    for expression, given in [
        ("x", "x: vector(n)"),
        ("A'", "A: matrix(n, n)"),
        ("diag(A)", "A: matrix(n, n)"),
        ("A[2,:]", "A: matrix(n, n)"),
    ]:
        term, symbols = typed(expression, given)
        got = compile_source(numpy_source(term, symbols))(x if "x" in given else a)
        assert not np.shares_memory(got, x)
        assert not np.shares_memory(got, a)
        got += 1  # and it may be written to


def test_lists_and_integers_are_taken():
    function = compile_source(numpy_source(*typed("x.^(-1) + s^0.5", "x: vector(n); s: scalar")))
    np.testing.assert_allclose(function([1, 2], 4), [3, 2.5])


BAD = [
    ({"X": np.ones((5, 3)), "w": np.ones(3), "y": np.ones(4)}, r"y has shape \(4,\), expected \(n,\) = \(5,\)"),
    ({"X": np.ones((5, 3)), "w": np.ones((3, 1)), "y": np.ones(5)}, r"w has shape \(3, 1\), expected \(d,\)"),
    ({"X": np.ones(5), "w": np.ones(3), "y": np.ones(5)}, r"X has shape \(5,\), expected \(n, d\)"),
    ({"X": np.ones((5, 3)), "w": np.ones(3)}, "no value is given for y"),
    ({"X": np.ones((5, 3)), "w": np.ones(3), "y": np.ones(5), "q": 1}, "there is no variable q"),
    ({"X": "abc", "w": np.ones(3), "y": np.ones(5)}, "the value of X is not a number"),
]


@pytest.mark.parametrize(("values", "message"), BAD, ids=[m for _, m in BAD])
def test_values_that_do_not_fit_are_named(values, message):
    term, symbols = typed("X*w - y", "X: matrix(n, d); w: vector(d); y: vector(n)")
    with pytest.raises(ValueError, match=message):
        evaluate_numpy(term, symbols, values)


def test_open_derivatives_are_refused():
    with pytest.raises(ValueError, match="no value"):
        numpy_source(Term("differential", (Term("number", data=1),)), ())


def test_the_import_loads_no_numpy():
    code = "import sys, derive.codegen, derive.symbolic; print('numpy' in sys.modules, 'sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_source_does_not_depend_on_the_hash_seed():
    code = (
        "from derive.syntax import parse; from derive.infer import infer; from derive.codegen import numpy_source;"
        't = infer([parse("tr(A*X\'*B*X) + sum(i=1..n, sum(j=1..m, Y[i,j]*x[j])) + norm2(A*x)/norm2(x)")]);'
        "print(numpy_source(t.terms[0], t.symbols))"
    )
    outputs = set()
    for seed in ("0", "1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        outputs.add(done.stdout)
    assert len(outputs) == 1
