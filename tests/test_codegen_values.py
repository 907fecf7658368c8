"""Generated NumPy against formulas written by hand: every head of a term, and the expressions of the scoreboard."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import linalg, special

from derive.codegen import evaluate_numpy
from derive.infer import infer
from derive.ops import REGISTRY
from derive.sizes import Size
from derive.syntax import parse
from derive.syntax.declarations import parse_declarations
from derive.term import Pattern, Symbol, Term, Type

SIZES = {"m": 3, "n": 4, "k": 5, "p": 6}
GIVEN = """A: matrix(n, n); B: matrix(n, n); X: matrix(m, n); Y: matrix(m, n); W: matrix(n, k)
x: vector(n); y: vector(n); v: vector(n); z: vector(m); s: scalar; t: scalar"""
SCOREBOARD = json.loads((Path(__file__).parent / "data" / "derivatives.json").read_text(encoding="utf-8"))


def typed(expression, given):
    found = infer([parse(expression)], parse_declarations(given))
    return found.terms[0], found.symbols


def values(symbols, seed=5, **sizes):
    """Positive entries; square matrices far from singular."""
    rng = np.random.default_rng(seed)
    out = {}
    for symbol in symbols:
        shape = tuple(size.value({**SIZES, **sizes}) for size in symbol.type.shape)
        square = len(shape) == 2 and shape[0] == shape[1]
        out[symbol.name] = rng.uniform(0.3, 1.5, shape) + (3 * np.eye(shape[0]) if square else 0)
    return out


def agree(expression, given, formula):
    """Whether the generated code has the value of a formula of the test data (never of a user)."""
    term, symbols = typed(expression, given)
    tall = {"m": 7} if "sqrtm" in expression else {}  # X'*X is regular
    point = values(symbols, **tall)
    want = eval(formula, {"np": np, "special": special, "sp_special": special, "sp_linalg": linalg, **point})
    got = evaluate_numpy(term, symbols, point)
    assert got.shape == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", SCOREBOARD, ids=lambda case: case["id"])
def test_scoreboard_expressions_have_the_value_of_their_formula(case):
    agree(case["expr"], case["given"], case["f"])


CASES = [
    ("array(i=1..m, j=1..n, k=1..m, l=1..n, delta(i,k)*A[j,l])", "np.einsum('ik,jl->ijkl',np.eye(3),A)"),
    ("array(i=1..n, j=1..n, delta(i,j)*x[i] + x[i]*y[j])", "np.diag(x)+np.outer(x,y)"),
    ("array(i=1..n, j=1..m, X[j,i])", "X.T"),
    ("array(i=1..n, x[i]*y[i]^2)", "x*y**2"),
    ("sum(i=1..n, x[i]*y[i])", "x@y"),
    ("sum(i=1..m, sum(j=1..n, X[i,j]*z[i]*x[j]))", "z@X@x"),
    ("sum(i=1..m, log(sum(j=1..n, exp(X[i,j]))))", "np.log(np.exp(X).sum(1)).sum()"),
    ("sum(i=1..m, norm2(X[i,:])*z[i])", "(np.sqrt((X**2).sum(1))*z).sum()"),
    ("sum(i=1..n, sum(j=1..i, x[i]*y[j]))", "sum(x[i]*y[j] for i in range(4) for j in range(i+1))"),
    ("sum(i=2..n, (x[i]-x[i-1])^2)", "((x[1:]-x[:-1])**2).sum()"),
    ("prod(i=1..n, x[i])", "np.prod(x)"),
    ("prod(i=1..n, x[i]+s)", "np.prod(x+s)"),
    ("sum(i=1..n, i*x[i])", "(np.arange(1,5)*x).sum()"),
    ("sum(i=1..n, x[i]*A[:,i])", "A@x"),
    ("sum(i=1..n, A[i,i])", "np.trace(A)"),
    ("sum(i=1..n, e(i,n)*x[i])", "x"),
    ("sum(i=1..n, e(i,n)'*A*e(i,n))", "np.trace(A)"),
    ("array(i=1..n, j=1..n, A[j,i]*A[i,j])", "A*A.T"),
    ("sum(i=1..m, max(X[i,:]))", "X.max(1).sum()"),
    ("sum(i=1..n, det(A + x[i]*eye(n)))", "sum(np.linalg.det(A+xi*np.eye(4)) for xi in x)"),
    ("sum(i=1..n, y'*inv(A + x[i]*eye(n))*y)", "sum(y@np.linalg.inv(A+xi*np.eye(4))@y for xi in x)"),
    ("layernorm(X)", "(X-X.mean(1,keepdims=True))/np.sqrt(X.var(1,keepdims=True))"),
    ("layernorm(x, 0.1)", "(x-x.mean())/np.sqrt(x.var()+.1)"),
    ("batchnorm(X)", "(X-X.mean(0))/np.sqrt(X.var(0))"),
    ("softmax(X)", "np.exp(X)/np.exp(X).sum(1,keepdims=True)"),
    ("logsumexp(X)", "np.log(np.exp(X).sum(1))"),
    ("log_softmax(X)", "X-np.log(np.exp(X).sum(1))[:,None]"),
    ("log_softmax(x)", "x-np.log(np.exp(x).sum())"),
    ("sum(softmax(X).*Y)", "(np.exp(X)/np.exp(X).sum(1,keepdims=True)*Y).sum()"),
    (
        "gauss(x, y, A'*A + eye(n))",
        "np.exp(-.5*(x-y)@np.linalg.inv(A.T@A+np.eye(4))@(x-y))/np.sqrt((2*np.pi)**4*np.linalg.det(A.T@A+np.eye(4)))",
    ),
    ("normp(x, 3)", "(x**3).sum()**(1/3)"),
    ("entropy(x)", "-(x*np.log(x)).sum()"),
    ("kl(x,y)", "(x*np.log(x/y)).sum()"),
    ("kron(A, X)", "np.kron(A,X)"),
    ("kron(x, z)", "np.kron(x,z)"),
    ("vec(X)", "X.ravel(order='F')"),
    ("vec(x*z')", "np.outer(x,z).ravel(order='F')"),
    ("rowsum(X)", "X.sum(1)"),
    ("colsum(X)", "X.sum(0)"),
    ("X*vector(1)", "X.sum(1)"),
    ("vector(1)'*X", "X.sum(0)"),
    ("diag(x)*A*diag(y)", "np.diag(x)@A@np.diag(y)"),
    ("A*diag(x)*A'", "A@np.diag(x)@A.T"),
    ("diag(x)*diag(y)", "np.diag(x*y)"),
    ("diag(A*B)", "np.diag(A@B)"),
    ("diag(diag(x)*A*B)", "np.diag(np.diag(x)@A@B)"),
    ("tr(diag(x)*A*B)", "np.trace(np.diag(x)@A@B)"),
    ("tr(A*inv(B))", "np.trace(A@np.linalg.inv(B))"),
    ("tr(x*y')", "x@y"),
    ("tr(x*y'*A)", "y@A@x"),
    ("tr(A'*B)", "(A*B).sum()"),
    ("tr(A*B*A*B)", "np.trace(A@B@A@B)"),
    ("inv(A)*B*x", "np.linalg.inv(A)@B@x"),
    ("x'*inv(A)*B", "x@np.linalg.inv(A)@B"),
    ("B*inv(A)", "B@np.linalg.inv(A)"),
    ("inv(A)*inv(B)", "np.linalg.inv(A)@np.linalg.inv(B)"),
    ("inv(A)'*x", "np.linalg.inv(A).T@x"),
    ("inv(A)*x + inv(A)*y", "np.linalg.inv(A)@(x+y)"),
    ("x*z'*X", "np.outer(x,z@X)"),
    ("x", "x"),
    ("X'", "X.T"),
    ("x'", "x"),
    ("3", "3."),
    ("n", "4."),
    ("2*n+1", "9."),
    ("eye(n)", "np.eye(4)"),
    ("ones(n,m)", "np.ones((4,3))"),
    ("zeros(n)", "np.zeros(4)"),
    ("s*ones(n)", "s*np.ones(4)"),
    ("x - s", "x-s"),
    ("vector(1) - x", "1-x"),
    ("ones(n)", "np.ones(4)"),
    ("[s, t; x'*x, 3]", "np.array([[s,t],[x@x,3]])"),
    ("[s, t, 2*s]", "np.array([s,t,2*s])"),
    ("[x; z]", "np.concatenate([x,z])"),
    ("[x, y]", "np.stack([x,y],1)"),
    ("[A, x; y', s]", "np.block([[A,x[:,None]],[y[None],np.array([[s]])]])"),
    ("A[1,2]", "A[0,1]"),
    ("X[2,:]", "X[1]"),
    ("X[:,2]", "X[:,1]"),
    ("X[1:2,:]", "X[:2]"),
    ("x[2:n]", "x[1:]"),
    ("A[2:3,2:n]", "A[1:3,1:]"),
    ("J(1,2,m,n)", "np.eye(3)[0][:,None]*np.eye(4)[1]"),
    ("sum(i=1..m, sum(j=1..n, X[i,j]*J(i,j,m,n)))", "X"),
    ("x.^y", "x**y"),
    ("x.^s", "x**s"),
    ("s^t", "s**t"),
    ("x./y", "x/y"),
    ("1/s/t", "1/s/t"),
    ("x/norm2(x)", "x/np.linalg.norm(x)"),
    ("-x/2", "-x/2"),
    ("x/3", "x/3"),
    ("2*x/3", "2*x/3"),
    ("x*0.1", "x*.1"),
    ("maximum(x,y)", "np.maximum(x,y)"),
    ("mod(x,s)", "np.mod(x,s)"),
    ("leaky_relu(-x)", "-.01*x"),
    ("elu(-x)", "np.exp(-x)-1"),
    ("softplus(x)", "np.log1p(np.exp(x))"),
    ("swish(x)", "x/(1+np.exp(-x))"),
    ("factorial(s)", "special.gamma(s+1)"),
    ("pi*s", "np.pi*s"),
    ("sum(X*W)", "(X@W).sum()"),
    ("norm2(X)^4", "(X**2).sum()**2"),
    ("norm2(x)^3", "np.linalg.norm(x)**3"),
    ("norm2(x)^(-2)", "1/(x@x)"),
    ("A^3", "A@A@A"),
    ("A^0", "np.eye(4)"),
    ("sum(k=1..m, X[k,:]*A*X[k,:]')", "np.trace(X@A@X.T)"),
    ("sum(i=1..m, sum(j=1..n, exp(X[i,j])*Y[i,j]*z[i]))", "(np.exp(X)*Y*z[:,None]).sum()"),
    ("sum(i=1..m, (X[i,:]*x - z[i])^2)", "((X@x-z)**2).sum()"),
    ("sum(i=1..m, sigmoid(X[i,:]*x)*log(z[i]))", "(1/(1+np.exp(-X@x))*np.log(z)).sum()"),
    ("sum(i=1..m, softmax(X[i,:])*z[i])", "((np.exp(X)/np.exp(X).sum(1,keepdims=True))*z[:,None]).sum(0)"),
    ("sum(i=1..m, X[i,:]'*X[i,:])", "X.T@X"),
    ("sum(i=1..n, [x[i], y[i]])", "np.array([x.sum(),y.sum()])"),
    ("sum(i=1..m, vec(X[i,:]'*X[i,:]))", "(X.T@X).ravel(order='F')"),
    ("sum(i=1..m, kron(X[i,:]', x))", "np.kron(X.sum(0),x)"),
    ("array(i=1..m, s)", "s*np.ones(3)"),
    ("array(i=1..m, j=1..n, x[j])", "np.tile(x,(3,1))"),
    ("array(i=1..m, j=1..m, sum(k=1..n, X[i,k]*X[j,k]))", "X@X.T"),
    ("array(i=1..m, j=1..m, sum(k=1..n, (X[i,k]-X[j,k])^2))", "((X[:,None]-X[None])**2).sum(2)"),
    ("sum(i=1..m, sum(j=1..m, sum(k=1..n, X[i,k]*X[j,k]*z[i]*z[j])))", "(z@X)@(z@X)"),
    ("sum(i=1..m, sum(j=1..n, s))", "12*s"),
    ("array(i=1..m, X[i,:]*x)", "X@x"),
]


@pytest.mark.parametrize(("expression", "formula"), CASES, ids=[c[0] for c in CASES])
def test_every_head_has_the_value_of_its_formula(expression, formula):
    agree(expression, GIVEN, formula)


N = Size.of("n")
A = Symbol("A", Type((N, N)))
TERM = Term("symbol", (), A.type, A)
MATMUL = Pattern(("ik", "kj"), (("i",), ("j",)), (("i", N), ("j", N), ("k", N)))
HADAMARD = Pattern(("ij", "ij"), (("i",), ("j",)), (("i", N), ("j", N)))


@pytest.mark.parametrize("patterns", [(MATMUL,), (HADAMARD,), (MATMUL, HADAMARD), (None, MATMUL), (None,)], ids=str)
def test_terms_are_no_deeper_than_python_allows(patterns):
    term = TERM
    for step in range(3000):
        pattern = patterns[step % len(patterns)]
        if pattern is None:
            term = Term("map", (term,), A.type, REGISTRY["abs"])
        else:
            term = Term("einsum", (term, TERM), A.type, pattern)
    np.testing.assert_allclose(evaluate_numpy(term, (A,), {"A": np.eye(2)}), np.eye(2))
