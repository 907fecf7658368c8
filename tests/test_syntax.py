"""Reading: the golden table of notation, spellings that are the same, and spans."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.syntax import parse, parse_statement, readings

STATEMENTS = (Path(__file__).parent / "data" / "statements.txt").read_text(encoding="utf-8").splitlines()


def shown(tree) -> str:
    """A tree in brackets, short enough for a table."""
    data = "" if tree.data is None else f" {tree.data}"
    if tree.head in ("number", "name"):
        return str(tree.data)
    return f"({tree.head}{data}{''.join(' ' + shown(a) for a in tree.args)})"


GOLDEN = [
    ("norm2(X*w - y)^2", "(pow (call norm2 (sub (mul X w) y)) 2)"),
    ("x'*A*x", "(mul (mul (transpose x) A) x)"),
    ("-x^2", "(neg (pow x 2))"),
    ("-a*b", "(neg (mul a b))"),
    ("-a + b", "(add (neg a) b)"),
    ("a*-b*c", "(mul (mul a (neg b)) c)"),
    ("a/-b*c", "(mul (div a (neg b)) c)"),
    ("a - b - c", "(sub (sub a b) c)"),
    ("a/b/c", "(div (div a b) c)"),
    ("2^-1", "(pow 2 (neg 1))"),
    ("a^b^c", "(pow a (pow b c))"),  # to the right, as in mathematics
    ("A^2'", "(transpose (pow A 2))"),  # as in MATLAB
    ("x'^2", "(pow (transpose x) 2)"),
    ("A'.*B", "(hadamard (transpose A) B)"),
    ("1./x", "(hdiv 1 x)"),
    ("1 ./ x", "(hdiv 1 x)"),
    ("1.5.*x", "(hadamard 3/2 x)"),
    ("x.^2", "(hpow x 2)"),
    ("+x", "x"),
    ("0.5", "1/2"),
    ("1e-3", "1/1000"),
    ("2.0", "2"),
    ("1i*z", "(mul 1i z)"),
    ("eye()", "(call eye)"),
    ("x[i]", "(index x i)"),
    ("X[i, :]", "(index X i (colon))"),
    ("X[1:k, 2]", "(index X (range 1 k) 2)"),
    ("(A + B)[i, j]", "(index (add A B) i j)"),
    ("[a, b; c, d]", "(block (2, 2) a b c d)"),
    ("[a; b]", "(block (1, 1) a b)"),
    ("sum(k=1..n, x[k])", "(sum k (index x k) 1 n)"),
    ("sum(i=1..m, j=1..n, X[i, j])", "(sum i (sum j (index X i j) 1 n) 1 m)"),
    ("sum(i, x[i])", "(sum i (index x i) 1 ?)"),
    ("sum(X)", "(call sum X)"),
    ("prod(k=1..n, x[k])", "(prod k (index x k) 1 n)"),
    ("array(i=1..m, j=1..n, i*j)", "(array ('i', 'j') (mul i j) 1 m 1 n)"),
    ("f'(x)", "(prime ('f', 1) x)"),
    ("f''(x)*x'", "(mul (prime ('f', 2) x) (transpose x))"),
    ("d(f)/dX", "(derivative d f X)"),
    ("x.T @ A @ x", "(mul @ (mul @ (transpose x) A) x)"),
    ("cases(x if x > 0, 0)", "(cases x (relation ('>',) x 0) 0)"),
    ("piecewise(0 < x <= 1 and y > 0, x, 2)", "(cases x (both (relation ('<', '<=') 0 x 1) (relation ('>',) y 0)) 2)"),
    ("x if x > 0 else 0", "(cases x (relation ('>',) x 0) 0)"),
    ("piecewise(s, a, b)", "(call piecewise s a b)"),
    ("d(f)/d(x)", "(derivative d f x)"),
    ("d(vec(F))/d(vec(X))", "(derivative d (call vec F) (call vec X))"),
    ("d(f)/dx'", "(derivative d f (transpose x))"),
    ("d(F)/dX[i,j]", "(derivative d F (index X i j))"),
    ("d(d(f)/dt)/dt", "(derivative d (derivative d f t) t)"),
    ("A*d(Y)/dt*B", "(mul (mul A (derivative d Y t)) B)"),
    ("d(F)", "(differential F)"),
    ("d(f)/2", "(div (differential f) 2)"),
    ("D*x + d", "(add (mul D x) d)"),
    ("dX", "dX"),
    ("ds(f)/dX", "(derivative ds f X)"),
    ("dzc(f)/dz", "(derivative dzc f z)"),
    ("hess(f, x)", "(call hess f x)"),
    ("x^2 where x = 2*y, y = 3", "(where ('x', 'y') (pow x 2) (mul 2 y) 3)"),
    ("(u where u = 2)*v", "(mul (where ('u',) u 2) v)"),
]

SAME = [
    ("x**2", "x^2"),
    ("xᵀ A x", "x'*A*x"),
    ("x⊤ A x", "x'*A*x"),
    ("x^T A x", "x'*A*x"),
    ("x^⊤ A x", "x'*A*x"),
    ("x’*y", "x'*y"),
    ("2x", "2*x"),
    ("0.5 x", "0.5*x"),
    ("2(x + y)", "2*(x + y)"),
    ("(a + b)(c + d)", "(a + b)*(c + d)"),
    ("A'B", "A'*B"),
    ("1/2 x", "1/2*x"),
    ("A⁻¹", "A^-1"),
    ("A^{-1}", "A^(-1)"),
    ("A⁻ᵀ", "(A^-1)'"),
    ("A^{-T}", "(A^-1)'"),
    ("A^-T", "(A^-1)'"),
    ("x² + x¹⁰", "x^2 + x^10"),
    ("Aᵏ", "A^k"),
    ("A⁺ Bᴴ", "pinv(A)*ct(B)"),
    ("a ⊙ b ∘ c ⊘ e", "a.*b.*c./e"),
    ("A ⊗ B", "kron(A, B)"),
    ("a·b×c", "a*b*c"),
    ("a − b", "a - b"),
    ("|x|", "abs(x)"),
    ("|a*|b||", "abs(a*abs(b))"),
    ("|a| + |b|", "abs(a) + abs(b)"),
    ("‖x‖²", "norm2(x)^2"),
    ("‖x‖₂²", "norm2(x)^2"),
    ("‖x‖₁", "norm1(x)"),
    ("‖x‖_1 + ‖x‖_∞", "norm1(x) + norminf(x)"),
    ("‖X‖_F²", "normF(X)^2"),
    ("√x", "sqrt(x)"),
    ("√(x + 1)", "sqrt(x + 1)"),
    ("√x²", "sqrt(x^2)"),
    ("∂f/∂x", "d(f)/dx"),
    ("∂(x'*y)/∂xᵀ", "d(x'*y)/dx'"),
    ("∂f/∂X[i,j]", "d(f)/dX[i,j]"),
    ("∂/∂x (x² y)", "d(x^2*y)/dx"),
    ("∂²f/∂x²", "hess(f, x)"),
    ("∂²f/∂x∂xᵀ", "hess(f, x)"),
    ("∇f", "grad(f)"),
    ("∇_x f", "grad(f, x)"),
    ("∇²f", "hess(f)"),
    ("λ W₁ x̂ + Σ ŷ", "lambda*W1*x_hat + Sigma*y_hat"),
    ("xᵢ + x_{max}", "x_i + x_max"),
    ("𝐗ᵀ𝐗𝐰", "X'*X*w"),
    ("λx", "lambda*x"),
    ("a\u00a0+\u2009b\n+ c", "a + b + c"),
]


@pytest.mark.parametrize(("text", "tree"), GOLDEN)
def test_golden(text, tree):
    assert shown(parse(text)) == tree


@pytest.mark.parametrize(("text", "plain"), SAME)
def test_spellings_of_the_same(text, plain):
    assert parse(text) == parse(plain)


def test_statements():
    assert shown(parse_statement("a = b <= c")) == "(relation ('==', '<=') a b c)"
    assert (
        shown(parse_statement("a == b; c ≠ e where a = 2"))
        == "(where ('a',) (both (relation ('==',) a b) (relation ('!=',) c e)) 2)"
    )
    assert shown(parse_statement("ispd(A)")) == "(call ispd A)"
    assert parse_statement("a ≥ b;") == parse_statement("a >= b")


@pytest.mark.parametrize("text", STATEMENTS)
def test_known_statements_are_read(text):
    parse_statement(text)


def test_declared_names_decide_juxtaposition():
    assert parse("x (y + 1)", names=frozenset("xy")) == parse("x*(y + 1)")
    assert parse("f (y + 1)").head == "call"
    assert parse("A^T", names=frozenset("AT")).head == "pow"
    assert parse("A^(T)").head == "pow"
    assert readings("xAx", "Ax") == ["x*A*x"]
    assert readings("Ax", ["A", "x", "Ax"]) == ["A*x"]
    assert (
        readings("abc", ["a", "b", "c", "ab", "bc"]) == ["a*bc", "ab*c", "a*b*c"]
        or len(readings("abc", ["a", "b", "c", "ab", "bc"])) == 3
    )
    assert readings("W1", "Ax") == []


def test_spans_point_at_the_text():
    text = "norm2(X*w - y)^2"
    tree = parse(text)
    call = tree.args[0]
    assert text[slice(*call.span)] == "norm2(X*w - y)"
    assert [text[slice(*a.span)] for a in call.args[0].args] == ["X*w", "y"]
    assert text[slice(*tree.span)] == text


def test_long_sums_are_shallow():
    tree = parse("x1" + " - x2 + x3" * 1500)
    assert sum(1 for node in tree.walk() if node.head == "name") == 3001
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [a for node in level for a in node.args]
    assert depth < 30
