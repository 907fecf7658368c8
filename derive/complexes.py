"""Questions about complex variables: which derivative is meant, and how conjugates are written.

One idea: `--wrt z` is answered where the function is holomorphic by its form, so that there is one derivative; else the derivative by the
conjugate is asked for by its name, `--wrt "conj(z)"`, and nobody's convention is guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.finding import Finding, LanguageError
from derive.infer.complexes import holomorphic
from derive.ops import Operation
from derive.syntax import parse
from derive.targets import whole
from derive.tree import Tree, call

if TYPE_CHECKING:
    from derive.question import Question

NOTES = {
    "dzc": "by conj({0}), {0} held fixed (Wirtinger): (d/dRe + 1i*d/dIm)/2; of a real function, 2 times this is the direction of steepest ascent",
    "dz": "by {0}, conj({0}) held fixed (Wirtinger): (d/dRe - 1i*d/dIm)/2",
    "dre": "by the real part of {0}",
    "dim": "by the imaginary part of {0}",
}


REFERENCE = "Hjørungnes & Gesbert 2007, IEEE Trans. Signal Process. 55, theorem 1"
MEANINGS = {
    "dz": "dz(f)/dz: derivative by a complex z, conj(z) held fixed (Wirtinger): (dre - 1i*dim)/2; --wrt z where f is holomorphic",
    "dzc": 'dzc(f)/dz: derivative by conj(z), z held fixed (Wirtinger): (dre + 1i*dim)/2; also --wrt "conj(z)"',
    "dre": "dre(f)/dz: derivative by the real part of a complex z",
    "dim": "dim(f)/dz: derivative by the imaginary part of a complex z",
}


def explained(kind: str) -> Operation:
    """What `derive explain` says of a kind of derivative."""
    return Operation(kind, "opaque", parameters=("f",), meaning_text=MEANINGS[kind], reference=REFERENCE)


def asked_for(tree: Tree) -> tuple[Tree, str | None, str]:
    """The function, the variable and the kind of an expression that is a derivative by a complex variable; the expression itself else."""
    if tree.data in NOTES and tree.args[1].head == "name":
        return tree.args[0], str(tree.args[1].data), str(tree.data)
    return tree, None, ""


def demand_derivative(question: Question) -> None:
    """Raise `which-derivative` for a function of complex variables that has several, and note which one is taken."""
    target = question.target
    if target.wirtinger:
        symbol = target.symbols[0]
        if not symbol.complex:
            message = f"{symbol.name} is real, and {target.wirtinger} differentiates by a complex variable"
            raise LanguageError(Finding("not-complex", message, question.source, (whole(question.source),)))
        if question.wanted.order > 1 or question.wanted.layout == "denominator":
            message = "by a complex variable, first derivatives are taken, with the axes of the function first"
            raise LanguageError(Finding("unsupported", message, question.source, (whole(question.source),)))
        question.notes.append(NOTES[target.wirtinger].format(symbol.name))
        return
    for symbol in target.symbols:
        if not symbol.complex or holomorphic(question.term, symbol.name):
            continue
        z = symbol.name
        message = f"{z} is complex, and this is not holomorphic in it: it has a derivative by {z} and one by conj({z})"
        helps = (
            f'--wrt "conj({z})" takes the one that gradient descent follows: d/dconj({z}) = (d/dRe + 1i*d/dIm)/2',
            f"in place of the expression f: dz(f)/d{z}, dzc(f)/d{z}, dre(f)/d{z} or dim(f)/d{z}",
        )
        raise LanguageError(Finding("which-derivative", message, question.source, (whole(question.source),), (), helps))


def adjoints(tree: Tree) -> Tree:
    """`conj(A)'` and `conj(A')` written `ct(A)`, and the unitary matrix of the Fourier transform as a quotient."""
    made: dict[int, Tree] = {}
    for node in reversed(list(tree.walk())):
        if id(node) in made:
            continue
        args = tuple([made[id(a)] for a in node.args])
        new = (
            node
            if all(a is b for a, b in zip(args, node.args, strict=True))
            else Tree(node.head, args, node.data, node.span)
        )
        made[id(node)] = _adjoint(new)
    return made[id(tree)]


def _adjoint(node: Tree) -> Tree:
    if node.head == "name" and str(node.data).startswith("(dft("):
        return parse(str(node.data))
    if node.head == "transpose" and node.args[0].head == "call" and node.args[0].data == "conj":
        return call("ct", node.args[0].args[0])
    if node.head == "call" and node.data == "conj" and node.args[0].head == "transpose":
        return call("ct", node.args[0].args[0])
    return node
