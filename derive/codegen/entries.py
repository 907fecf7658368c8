"""Sums and tensors of products of entries, as `np.einsum` or a product of matrices.

One idea: in Σ_j A[i,j] x[j] every factor with plain indices is an operand and its indices are the word, so the term is an Einstein
sum as it stands; sums inside join the outer ones. A factor of another kind becomes an array over its own indices first. It
never loops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derive.codegen import contraction
from derive.codegen.code import Code
from derive.codegen.contraction import LETTERS, shape_of
from derive.codegen.scope import Scope, ranges
from derive.sizes import ONE, Size
from derive.term import Term, Type

if TYPE_CHECKING:
    from derive.codegen.translate import Translation

Range = tuple[str, Size, Size]
MATRIX_PRODUCTS = {"a,a->": 0, "ab,b->a": 1, "a,ab->b": 1, "ab,bc->ac": 2}


def as_einsum(t: Translation, term: Term, scope: Scope) -> Code | None:
    """A sum or array of products of entries with plain indices; None when it is not one."""
    body = term.args[0]
    if body.type.order:
        return None
    if body.head == "add" and any(_contracts(t, a) for a in body.args):
        signs: Any = body.data
        parts = [Term(term.head, (a,), term.type, term.data) for a in body.args]
        return t.codes.add(signs, [t.code(p, scope) for p in parts])
    bound = {r[0]: r for r in ranges(term)}
    output = tuple(bound) if term.head == "array" else ()
    leaves = _leaves(t, body, bound, scope)
    if leaves is None or len(bound) > len(LETTERS):
        return None
    t.facts.learn(body)
    free = [leaf for leaf in leaves if not t.facts.free[leaf] & bound.keys()]
    tied = [leaf for leaf in leaves if t.facts.free[leaf] & bound.keys()]
    if len(tied) < 2 or (len(output) == len(bound) and not any(leaf.head == "delta" for leaf in tied)):
        return None
    return _einsum(t, bound, output, [t.code(f, scope) for f in free], tied, scope)


def _contracts(t: Translation, term: Term) -> bool:
    """Whether a product holds a sum over an index or a delta, for which `np.einsum` is the shortest way."""
    stack = [term]
    while stack:
        node = stack.pop()
        if node.head in ("bigsum", "delta"):
            return True
        if shape_of(node) == ",->":
            stack += node.args
    return False


def _leaves(t: Translation, body: Term, bound: dict[str, Range], scope: Scope) -> list[Term] | None:
    """The factors of a product; sums over further indices inside are merged into `bound`."""
    out, stack = list[Term](), [body]
    while stack:
        node = stack.pop()
        if shape_of(node) == ",->":
            stack += reversed(node.args)
        elif node.head == "bigsum" and (body is node or _alone(node, bound, scope)):
            (inner,) = ranges(node)
            if inner[0] in bound or (inner[1].names | inner[2].names) & (bound.keys() | scope.names):
                return None
            bound[inner[0]] = inner
            stack.append(node.args[0])
        else:
            out.append(node)
    return out


def _alone(node: Term, bound: dict[str, Range], scope: Scope) -> bool:
    """Whether the index of an inner sum is free to join the others."""
    ((name, _, _),) = ranges(node)
    return name not in bound and name not in scope.names


def _einsum(
    t: Translation, bound: dict[str, Range], output: tuple[str, ...], free: list[Code], tied: list[Term], scope: Scope
) -> Code | None:
    letters = {name: LETTERS[k] for k, name in enumerate(bound)}
    words, operands = list[str](), list[Code]()
    for leaf in tied:
        names, code = _operand(t, leaf, bound, scope)
        words.append("".join(letters[n] for n in names))
        operands.append(code)
    for name, (_, low, high) in bound.items():
        if any(letters[name] in word for word in words):
            continue
        count = t.size(high - low + 1, scope)
        if name in output:
            words.append(letters[name])
            operands.append(t.codes.call("np.ones", count, order=1))
        else:
            free.append(count)
    made = _named(t, words, "".join(letters[n] for n in output), operands)
    return t.codes.product([*free, made])


def _named(t: Translation, words: list[str], output: str, operands: list[Code]) -> Code:
    """A matrix product by its operator, anything else as `np.einsum`, in letters of their order of appearance."""
    rename: dict[str, str] = {}
    for letter in "".join(words) + output:
        rename.setdefault(letter, LETTERS[len(rename)])
    shape = ",".join("".join(rename[c] for c in w) for w in words) + "->" + "".join(rename[c] for c in output)
    if shape in MATRIX_PRODUCTS:
        return t.codes.matmul(operands[0], operands[1], MATRIX_PRODUCTS[shape])
    index_letters = str.maketrans(LETTERS[:18], "ijklmnpqrstuvwxyza")
    plain = shape.translate(index_letters) if len(rename) <= 18 else shape
    inputs, out = plain.split("->")
    return contraction.call(t, inputs.split(","), out, operands)


def _operand(t: Translation, leaf: Term, bound: dict[str, Range], scope: Scope) -> tuple[list[str], Code]:
    """The indices of a factor in the order of its axes, and the array."""
    data: Any = leaf.data
    if leaf.head == "entry":
        names = [s[1].name for s in data if s[0] == "at"]
        a = leaf.args[0]
        whole = all(
            n in bound and bound[n][1] == ONE and bound[n][2] == s for n, s in zip(names, a.type.shape, strict=False)
        )
        if len(names) == a.type.order and whole and not t.facts.free[a] & bound.keys():
            return names, t.code(a, scope)
    if leaf.head == "delta":
        one, two = (s.name for s in data)
        if one in bound and two in bound and bound[one][1:] == bound[two][1:] and bound[one][1] == ONE:
            return [one, two], contraction.eye(t, bound[one][2])
    names = [n for n in bound if n in t.facts.free[leaf]]
    over = tuple(bound[n] for n in names)
    made = Term("array", (leaf,), Type(tuple(high - low + 1 for _, low, high in over)), over)
    return names, t.code(made, scope)
