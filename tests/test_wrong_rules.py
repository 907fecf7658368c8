"""Wrong rules, planted one at a time: no wrong answer leaves.

One idea: the validation shares no rule with the calculus, so a mistake in any rule must end in `OurBug`, never in an answer. Each test
breaks one rule of the engine, asks a question that needs it, and demands the refusal; the same question is answered before.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import derive
from derive import question
from derive.engine import assembly, differential, lower, normal, selectors, sums, symmetry
from derive.engine.expr import Node, Prod, is_zero
from derive.finding import OurBug
from derive.ops import REGISTRY


@pytest.fixture(autouse=True)
def _fresh_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((differential, "_slopes"), (differential, "_templates"), (lower, "_bodies")):
        monkeypatch.setattr(module, name, {})


def declared(monkeypatch: pytest.MonkeyPatch, operation: str, **fields: Any) -> None:
    """Change a declaration."""
    wrong = REGISTRY[operation]._replace(**fields)
    monkeypatch.setitem(REGISTRY._operations, operation, wrong)


def leibniz(change: Callable[[Prod, tuple[Any, Any]], tuple[Any, Any]]) -> Callable[..., Any]:
    """The product rule with each of its terms changed."""
    right = differential._leibniz

    def wrong(node: Prod, g: Node, front: Any, live: Any) -> Any:
        return [change(node, part) for part in right(node, g, front, live)]

    return wrong


def transposed_output(_node: Prod, part: tuple[Any, Any]) -> tuple[Any, Any]:
    base, term = part
    if len(base.shape) == 2 and base.shape[0] == base.shape[1]:
        term = Prod(term.coef, term.factors, (*term.out[:-2], term.out[-1], term.out[-2]), term.dims)
    return base, term


def lost_power(node: Prod, part: tuple[Any, Any]) -> tuple[Any, Any]:
    base, term = part
    exponent = next(e for b, _, e in node.factors if b is base)
    return base, Prod(Fraction(term.coef) / exponent, term.factors, term.out, term.dims)


def lost_sign(_node: Prod, part: tuple[Any, Any]) -> tuple[Any, Any]:
    base, term = part
    return base, Prod(abs(term.coef), term.factors, term.out, term.dims)


def lost_factor(_node: Prod, part: tuple[Any, Any]) -> tuple[Any, Any]:
    base, term = part
    kept = [f for k, f in enumerate(term.factors) if k == 0 or f[1]]
    return base, Prod(term.coef, tuple(kept), term.out, term.dims)


def without_chain(node: Any, g: Node, front: Any, live: Any) -> Any:
    return [(arg, g) for arg in node.args if id(arg) in live]


def first_term_only(node: Any, g: Node, front: Any, live: Any) -> Any:
    return list(right_replace(node, g, front, live))[:1]


right_replace = differential._replace


def plant_inverse(m: pytest.MonkeyPatch) -> None:
    declared(m, "inv", differential="R*dX*R")


def plant_determinant(m: pytest.MonkeyPatch) -> None:
    declared(m, "det", differential="R*tr(inv(X)'*dX)")


def plant_softmax(m: pytest.MonkeyPatch) -> None:
    declared(m, "softmax", differential="R.*dx")


def plant_tanh(m: pytest.MonkeyPatch) -> None:
    declared(m, "tanh", derivative=("1 - tanh(x)",))


def plant_sigmoid(m: pytest.MonkeyPatch) -> None:
    declared(m, "sigmoid", derivative=("sigmoid(x)*(1 + sigmoid(x))",))


def plant_transpose(m: pytest.MonkeyPatch) -> None:
    m.setattr(differential, "_leibniz", leibniz(transposed_output))


def plant_power(m: pytest.MonkeyPatch) -> None:
    m.setattr(differential, "_leibniz", leibniz(lost_power))


def plant_sign(m: pytest.MonkeyPatch) -> None:
    m.setattr(differential, "_leibniz", leibniz(lost_sign))


def plant_scalar(m: pytest.MonkeyPatch) -> None:
    m.setattr(differential, "_leibniz", leibniz(lost_factor))


def plant_chain(m: pytest.MonkeyPatch) -> None:
    m.setattr(differential, "_chain", without_chain)


def plant_branch(m: pytest.MonkeyPatch) -> None:
    m.setattr(differential, "_replace", first_term_only)


def plant_hadamard(m: pytest.MonkeyPatch) -> None:
    """`A*B` is written `A.*B` wherever two matrices are multiplied in the answer."""
    from derive.tree import Tree

    right = question.named

    def wrong(tree: Tree, *rest: Any) -> Tree:
        def changed(t: Tree) -> Tree:
            head = (
                "hadamard"
                if t.head == "mul" and all(a.head == "name" and str(a.data).isupper() for a in t.args)
                else t.head
            )
            return Tree(head, tuple([changed(a) for a in t.args]), t.data)

        return changed(right(tree, *rest))

    m.setattr(question, "named", wrong)


def plant_selector(m: pytest.MonkeyPatch) -> None:
    """The digits of a mixed radix are matched in the wrong order."""
    right = selectors._combine

    def wrong(a: Any, b: Any, frame: Any) -> str:
        if len(a.parts) == len(b.parts) == 2:
            b = type(b)(
                b.place, b.target, [(c, i) for (c, _), (_, i) in zip(b.parts, b.parts[::-1], strict=True)], b.offset
            )
        return right(a, b, frame)

    m.setattr(selectors, "_combine", wrong)


def plant_symmetry(m: pytest.MonkeyPatch) -> None:
    """Every square matrix is taken for symmetric."""
    for module in (assembly, normal):
        m.setattr(module, "is_symmetric", lambda node: len(node.shape) == 2 and node.shape[0] == node.shape[1])


def plant_collect(m: pytest.MonkeyPatch) -> None:
    """Only the first of several like terms is kept."""
    right = sums.collect

    def wrong(terms: list[Node], shape: Any) -> Node:
        return right([t for k, t in enumerate(terms) if t not in terms[:k]], shape)

    m.setattr(normal, "collect", wrong)


def plant_size(m: pytest.MonkeyPatch) -> None:
    """An index that is summed over nothing counts once."""
    m.setattr(assembly, "sum_over_nothing", lambda coef, factors, *_: (coef, factors))


def plant_slope(m: pytest.MonkeyPatch) -> None:
    """The slope of a function is that of the square of its argument."""
    declared(m, "exp", derivative=("x*exp(x)",))


def plant_logsumexp(m: pytest.MonkeyPatch) -> None:
    declared(m, "logsumexp", differential="softmax(x)'*dx*2")


MUTANTS: list[tuple[Callable[[pytest.MonkeyPatch], None], str, str, str]] = [
    (plant_inverse, "tr(inv(X)*A)", "X", "X: matrix(n, n); A: matrix(n, n)"),
    (plant_determinant, "det(X)", "X", "X: matrix(n, n)"),
    (plant_softmax, "w'*softmax(x)", "x", "w: vector(n); x: vector(n)"),
    (plant_logsumexp, "logsumexp(x)", "x", "x: vector(n)"),
    (plant_tanh, "sum(tanh(A*x))", "x", "A: matrix(m, n); x: vector(n)"),
    (plant_sigmoid, "sum(sigmoid(x))", "x", "x: vector(n)"),
    (plant_slope, "sum(exp(x))", "x", "x: vector(n)"),
    (plant_transpose, "x'*B*X*y", "X", "B: matrix(n, n); X: matrix(n, n); x: vector(n); y: vector(n)"),
    (plant_power, "norm2(X*w - y)^2", "w", "X: matrix(m, n); w: vector(n); y: vector(m)"),
    (plant_sign, "-(3*x'*y)", "x", "x: vector(n); y: vector(n)"),
    (plant_scalar, "a*(x'*y)", "x", "a: scalar; x: vector(n); y: vector(n)"),
    (plant_chain, "sum(tanh(A*x))", "x", "A: matrix(m, n); x: vector(n)"),
    (plant_branch, "x'*B*x", "x", "B: matrix(n, n); x: vector(n)"),
    (plant_hadamard, "tr(X'*A*B)", "X", "X: matrix(n, n); A: matrix(n, n); B: matrix(n, n)"),
    (plant_selector, "kron(x, y)'*kron(u, v)", "x", "x: vector(n); y: vector(n); u: vector(n); v: vector(n)"),
    (plant_symmetry, "x'*B*y", "y", "B: matrix(n, n); x: vector(n); y: vector(n)"),
    (plant_collect, "x'*B*x + x'*B*x", "x", "B: matrix(n, n); x: vector(n)"),
    (plant_size, "sum(x*ones(m)')", "x", "x: vector(n); u: vector(m)"),
]


@pytest.mark.parametrize(("plant", "text", "wrt", "given"), MUTANTS, ids=lambda x: getattr(x, "__name__", ""))
def test_a_wrong_rule_is_caught(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], text: str, wrt: str, given: str
) -> None:
    assert derive.gradient(text, wrt=wrt, given=given).validation.ok
    for module, name in (
        (differential, "_slopes"),
        (differential, "_templates"),
        (lower, "_bodies"),
        (symmetry, "_symmetric"),
    ):
        monkeypatch.setattr(module, name, {})
    plant(monkeypatch)
    with pytest.raises(OurBug, match="disagrees with differences"):
        derive.gradient(text, wrt=wrt, given=given)


def test_the_check_is_the_only_thing_between(monkeypatch: pytest.MonkeyPatch) -> None:
    plant_inverse(monkeypatch)
    wrong = derive.gradient("tr(inv(X)*A)", wrt="X", given="X: matrix(n, n); A: matrix(n, n)", check=False)
    assert wrong.text == "inv(X)'*A'*inv(X)'"
    assert wrong.validation is None
    assert not is_zero(lower.lower(wrong.term))
