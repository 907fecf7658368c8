"""Kinds, sizes and overloads: what declared and undeclared statements are read as."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import derive
from derive.finding import DeriveError
from derive.infer import Typed, infer, infer_body, infer_text, squeeze
from derive.infer.context import Context
from derive.infer.reading import explain
from derive.infer.scope import Scope
from derive.ops import REGISTRY
from derive.sizes import Size
from derive.source import Source
from derive.syntax import parse, parse_declarations, parse_statement
from derive.term import SCALAR, Symbol, Term, Type

CORPUS = json.loads((Path(__file__).parent / "data" / "infer_expressions.json").read_text())
SIZE_NAME_AS_SCALAR = {"tg07"}  # `n` is a size only where a declaration says so


def read(text: str, given: str = "") -> Typed:
    return infer([parse_statement(text)], parse_declarations(given), source=Source(text))


def names(typed: Typed) -> str:
    return "; ".join(map(str, typed.symbols))


DECLARED = [
    ("A*x", "A: matrix(m, n); x: vector(n)", "matvec(ik,k->i", "vector(m)"),
    ("x'*A", "A: matrix(m, n); x: vector(m)", "vecmat(k,kj->j", "row(n)"),
    ("x'*y", "x: vector(n); y: vector(n)", "dot(k,k->", "scalar"),
    ("x*y'", "x: vector(m); y: vector(n)", "outer(i,j->ij", "matrix(m, n)"),
    ("A*B", "A: matrix(m, k); B: matrix(k, n)", "matmul(ik,kj->ij", "matrix(m, n)"),
    ("X*a", "X: matrix(m, n); a: scalar", "scale(,ij->ij", "matrix(m, n)"),
    ("x.*y", "x: vector(n); y: vector(n)", "hadamard(i,i->i", "vector(n)"),
    ("X'", "X: matrix(m, n)", "transpose(ij->ji", "matrix(n, m)"),
    ("x'", "x: vector(n)", "transpose(i->i", "row(n)"),
    ("x''", "x: vector(n)", "symbol", "vector(n)"),
    ("x/2", "x: vector(n)", "scale(", "vector(n)"),
    ("1/t", "t: scalar", "power(-1", "scalar"),
    ("x./y", "x: vector(n); y: vector(n)", "hadamard(", "vector(n)"),
    ("t^s", "t: scalar; s: scalar", "power(Operation(name='power'", "scalar"),
    ("t^0.5", "t: scalar", "power(Fraction(1, 2)", "scalar"),
    ("A^-1", "A: matrix(n, n)", "inv(", "matrix(n, n)"),
    ("A^3", "A: matrix(n, n)", "matmul(", "matrix(n, n)"),
    ("A^0", "A: matrix(n, n)", "eye(", "matrix(n, n)"),
    ("X.^2 + 1", "X: matrix(m, n)", "add((1, 1)", "matrix(m, n)"),
    ("x - mean(x)", "x: vector(n)", "add((1, -1)", "vector(n)"),
    ("softmax(X)", "X: matrix(m, n)", "softmax(", "matrix(m, n)"),
    ("softmax(x')", "x: vector(n)", "transpose(", "row(n)"),
    ("logsumexp(X)", "X: matrix(m, n)", "logsumexp(", "vector(m)"),
    ("sum(X)", "X: matrix(m, n)", "sum(mn->", "scalar"),
    ("sum(x')", "x: vector(n)", "sum(n->", "scalar"),
    ("sum(s)", "s: scalar", "symbol", "scalar"),
    ("diag(X)", "X: matrix(n, n)", "diag(nn->n", "vector(n)"),
    ("diag(x)", "x: vector(n)", "diag(n->nn", "matrix(n, n)"),
    ("kron(A, B)", "A: matrix(m, n); B: matrix(p, q)", "kron(", "matrix(m*p, n*q)"),
    ("kron(h', I)*vec(W)", "h: vector(n); W: matrix(q, n)", "matvec(", "vector(q)"),
    ("vec(X)", "X: matrix(m, n)", "vec(mn->(nm)", "vector(m*n)"),
    ("max(x)", "x: vector(n)", "max(", "scalar"),
    ("max(x, 0)", "x: vector(n)", "maximum(", "vector(n)"),
    ("x[i]", "x: vector(n); i: index(n)", "entry(", "scalar"),
    ("X[2,:]", "X: matrix(m, n)", "entry(", "row(n)"),
    ("X[:,2]", "X: matrix(m, n)", "entry(", "vector(m)"),
    ("X[1:k, 2:3]", "X: matrix(m, n)", "entry(", "matrix(k, 2)"),
    ("sum(x)/n", "x: vector(n)", "scale(", "scalar"),
    ("sum(i=1..n, x[i]*y[i])", "x: vector(n); y: vector(n)", "bigsum(", "scalar"),
    ("[a, b, c]", "a, b, c: scalar", "block((1, 3)", "vector(3)"),
    ("[a, b; c, 1]", "a, b, c: scalar", "block((2, 2)", "matrix(2, 2)"),
    ("[x; y]", "x: vector(n); y: vector(m)", "block((2, 1)", "vector(m + n)"),
    ("[x, y]", "x: vector(n); y: vector(n)", "block((1, 2)", "matrix(n, 2)"),
    ("[X, v]", "X: matrix(m, n); v: vector(m)", "block((1, 2)", "matrix(m, n + 1)"),
    ("[A, 0; 0, I]", "A: matrix(m, m)", "block((2, 2)", "matrix(m + n, m + n)"),
    ("e(i, n)", "i: index(n)", "unit(", "vector(n)"),
    ("J(1, 2, m, n)", "", "singleentry(", "matrix(m, n)"),
    ("d(norm2(A*x))/dx", "A: matrix(m, n); x: vector(n)", "derivative(", "vector(n)"),
    ("d(A*x)/dx", "A: matrix(m, n); x: vector(n)", "derivative(", "matrix(m, n)"),
    ("d(x'*x)/dx'", "x: vector(n)", "derivative(", "row(n)"),
    ("d(X*X')/dX[i,j]", "X: matrix(m, n)", "derivative(", "matrix(m, m)"),
    ("d(vec(A*X))/d(vec(X))", "A: matrix(m, n); X: matrix(n, k)", "derivative(", "matrix(k*m, k*n)"),
    ("hess(x'*x, x)", "x: vector(n)", "derivative(", "matrix(n, n)"),
    ("L'(o)", "o: vector(n)", "L(L'", "vector(n)"),
    ("g''(x)", "x: vector(n)", "g(g''", "vector(n)"),
    ("x == 0", "x: vector(n)", "relation(", "scalar"),
]


@pytest.mark.parametrize(("text", "given", "head", "type"), DECLARED, ids=[d[0] for d in DECLARED])
def test_declared(text: str, given: str, head: str, type: str) -> None:
    typed = read(text, given)
    (term,) = typed.terms
    assert str(term.type) == type
    assert repr(term).startswith(head)


UNDECLARED = [
    ("x'*A*x", "x: vector(n); A: matrix(n, n)"),
    ("norm2(A*x - b)^2", "A: matrix(m, n); x: vector(n); b: vector(m)"),
    ("norm2(X*W - Y)^2", "X: matrix(m, n); W: matrix(n, k); Y: matrix(m, k)"),
    (
        "norm2(X*w - y)^2 + lambda*norm2(w)^2",
        "X: matrix(m, n); w: vector(n); y: vector(m); lambda: scalar",
    ),
    ("X*w + b*vector(1) - y", "X: matrix(m, n); w: vector(n); b: scalar; y: vector(m)"),
    ("x^2 + x*y + z*y", "x: scalar; y: scalar; z: scalar"),
    ("a*X", "a: scalar; X: matrix(m, n)"),
    ("exp(x)", "x: scalar"),
    ("x.^2", "x: vector(n)"),
    ("softmax(W*x + b)", "W: matrix(m, n); x: vector(n); b: vector(m)"),
    ("x - mean(x)", "x: vector(n)"),
    ("(x - mu)'*inv(Sigma)*(x - mu)", "x: vector(n); mu: vector(n); Sigma: matrix(n, n)"),
    ("X*beta - y", "X: matrix(m, n); beta: vector(n); y: vector(m)"),
    ("x'*y*z", "x: vector(n); y: vector(n); z: scalar"),
    ("x*A*x'", "x: row(n); A: matrix(n, n)"),
    ("tr(A*X*B)", "A: matrix(m, n); X: matrix(n, k); B: matrix(k, m)"),
    ("y'*inv(K + t*eye)*y", "y: vector(n); K: matrix(n, n); t: scalar"),
    ("sum(i, x[i]*y[i])", "x: vector(n); y: vector(n)"),
    ("sum(x.^2)/N", "x: vector(n); N: scalar"),
    ("d(X*Y) == dX*Y + X*dY", "X: matrix(m, n); Y: matrix(n, k); dX: matrix(m, n); dY: matrix(n, k)"),
    ("d(A*x)/dx == A", "A: matrix(m, n); x: vector(n)"),
    ("norm2(r)^2 where r = X*w - y", "X: matrix(m, n); w: vector(n); y: vector(m)"),
    ("diag(v)*X", "v: vector(m); X: matrix(m, n)"),
    ("[2*x1 + x2^2, 4*x1*x2]", "x1: scalar; x2: scalar"),
    (
        "vec(X) == inv(kron(eye(m), A) + kron(B', eye(n)))*vec(A*X + X*B)",
        "X: matrix(n, m); A: matrix(n, n); B: matrix(m, m)",
    ),
    ("tr(G'*dX) where G = d(tr(X*A))/dX", "X: matrix(m, n); A: matrix(n, m); dX: matrix(m, n)"),
    ("n*x'*m", "n: scalar; x: vector(k); m: vector(k)"),
]


@pytest.mark.parametrize(("text", "expected"), UNDECLARED, ids=[u[0] for u in UNDECLARED])
def test_undeclared(text: str, expected: str) -> None:
    typed = read(text)
    assert names(typed) == expected
    assert all(symbol.inferred for symbol in typed.symbols)


@pytest.mark.parametrize("row", CORPUS, ids=[row["id"] for row in CORPUS])
def test_corpus(row: dict[str, str]) -> None:
    """Every expression types with its declarations, and the same kinds are found without them."""
    declared = read(row["expr"], row["given"])
    assert "?" not in repr(declared)
    if row["id"] not in SIZE_NAME_AS_SCALAR:
        kinds = {s.name: (s.type.order, s.type.row) for s in declared.symbols}
        assert {s.name: (s.type.order, s.type.row) for s in read(row["expr"]).symbols} == kinds


def test_no_unknown_size_is_left() -> None:
    for text in ("I", "vector(1)", "x[i]*y[j]", "X - matrix(1)", "kron(A, B)*C"):
        assert "?" not in repr(read(text))


def test_declared_and_unused_names_come_last() -> None:
    typed = read("x'*y", "z: scalar; y: vector(n); x: vector(n)")
    assert [s.name for s in typed.symbols] == ["x", "y", "z"]


def test_rigid_sizes_and_solved_ones() -> None:
    typed = read("A*x", "A: matrix(m, k + n - 1)")
    assert names(typed) == "A: matrix(m, k + n - 1); x: vector(k + n - 1)"
    assert names(read("x + y", "x: vector(3)")) == "x: vector(3); y: vector(3)"


def test_decided_symbols_are_not_guessed_again() -> None:
    x = Symbol("x", Type((Size.of("n"),)))
    typed = infer([parse_statement("2*x + vector(1)")], symbols={"x": x})
    assert typed.terms[0].type == x.type
    with pytest.raises(DeriveError) as error:
        infer([parse_statement("x + y")], symbols={"x": x})
    assert error.value.finding.code == "unknown-name"


def test_thin_matrices_act_as_what_they_hold() -> None:
    typed = read("x*A*x'", "x: matrix(1, n); A: matrix(n, n)")
    assert str(typed.terms[0].type) == "matrix(1, 1)"
    scalar = squeeze(Context(None), typed.terms[0])
    assert scalar is not None
    assert (scalar.name, scalar.type) == ("squeeze", SCALAR)
    assert str(read("X*w - y", "X: matrix(n, d); w: matrix(d, 1); y: vector(n)").terms[0].type) == "vector(n)"
    assert str(read("a/(x*x')", "x: matrix(1, n); a: vector(m)").terms[0].type) == "vector(m)"
    assert str(read("x*y", "x: matrix(1, n); y: matrix(n, k)").terms[0].type) == "matrix(1, k)"


def test_definitions_are_shared() -> None:
    term = read("r'*r where r = A*x - b").terms[0]
    assert term.args[0].args[0] is term.args[1]


def test_derivative_by_a_definition_keeps_it_as_a_variable() -> None:
    typed = read("d(L(o))/do where o = W*x")
    (term,) = typed.terms
    f, at = term.args
    assert f.args[0].head == "symbol"
    assert (f.args[0].data.name, at.name) == ("o", "matvec")  # type: ignore[union-attr]
    assert str(term.type) == "vector(m)"


def test_spans_are_those_of_the_source() -> None:
    text = "norm2(X*w - y)^2"
    seen = {text[t.span.start : t.span.end] for t in read(text).terms[0].walk()}
    assert {"X*w", "X*w - y", "norm2(X*w - y)", text} <= seen


def test_every_text_of_the_library_types() -> None:
    sizes = {letter: Size.of(letter) for letter in "mnkijl"} | {"3": Size.of(3)}
    for operation in REGISTRY:
        if operation.meaning == "entries":  # those are typed at once, in tests/test_arrays.py
            continue
        for signature in operation.signatures or (None,):
            shapes = signature.inputs if signature else ("",) * len(operation.parameters)
            types = tuple(Type(tuple(sizes[c] for c in shape)) for shape in shapes)
            symbols = {p: Symbol(p, t) for p, t in zip(operation.parameters, types, strict=True)}
            if operation.body:
                body, parameters = infer_body(operation, types)
                assert body.type == _output(signature, sizes), operation.name
                assert parameters == tuple(symbols.values())
            for text in filter(None, operation.derivative):
                assert infer_text(text, symbols).type == SCALAR
            if operation.differential:
                own = {c: Scope(Context(None)).size_of(parse(t), free=True) for c, t in operation.lengths}
                result = _output(signature, sizes | own)
                symbols |= {"d" + p: Symbol("d" + p, t) for p, t in zip(operation.parameters, types, strict=True)}
                assert infer_text(operation.differential, symbols | {"R": Symbol("R", result)}).type == result


def _output(signature: object, sizes: dict[str, Size]) -> Type:
    groups = getattr(signature, "output", ())
    return Type(tuple(sizes[group[0]] for group in groups))


def test_body_is_kept() -> None:
    types = (Type((Size.of("n"),)),)
    assert infer_body(REGISTRY["softmax"], types)[0] is infer_body(REGISTRY["softmax"], types)[0]


def test_reading_is_an_outline() -> None:
    text = "norm2(A*x - b)"
    outline = [(p.depth, p.text, p.type) for p in explain(read(text), Source(text))]
    assert outline == [
        (0, "norm2(A*x - b)", "scalar"),
        (1, "A*x - b", "vector(m)"),
        (2, "A*x", "vector(m)"),
        (3, "A", "matrix(m, n)"),
        (3, "x", "vector(n)"),
        (2, "b", "vector(m)"),
    ]


def test_long_chains_and_deep_nesting() -> None:
    assert read("+".join(["x"] * 5000)).terms[0].type == SCALAR
    nested: Term = read("sin(" * 80 + "x" + ")" * 80).terms[0]
    assert nested.head == "map"


def test_power_of_a_matrix_by_squaring_shares_its_halves() -> None:
    term = read("A^8", "A: matrix(n, n)").terms[0]
    assert term.args[0] is term.args[1]


def test_small_letters_with_two_subscripts_are_entries_of_the_capital() -> None:
    verdict = derive.verify("d(tr(X^2))/dx[k,l] == 2*x[l,k]")
    assert verdict.status == "proved"
    assert "x[…] is read as an entry of X" in verdict.notes
    assert derive.verify("normF(X)^2 == sum(i=1..m, sum(j=1..n, x[i,j]^2))").status == "proved"
    assert derive.verify("A[i,j] == a[i,j]", given="a: matrix(m, n); A: matrix(m, n)").status == "refuted"
    assert derive.verify("tr(X^2) == x[1,1] + x'*x", given="x: vector(n)").status == "ill-shaped"


def test_a_subscript_that_is_never_positive_is_refused() -> None:
    for text in ("X[i, -j] == 0", "x[0] == 1", "x[-(i*i)] == 0"):
        assert derive.verify(text).code == "bad-subscript"
