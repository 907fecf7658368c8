"""Random well-typed expressions: differentiate, validate, print, read back. No answer may be wrong and nothing may crash.

One idea: the grammar is a set of templates by type, and a `Chooser` picks among them, so that the same grammar is driven by
hypothesis (which shrinks) and by a plain random generator (which is fast). It knows no rule of calculus: the program
validates its own answers against differences, and says `OurBug` where they disagree.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import derive
from derive.engine.expansion import expanded
from derive.engine.lower import lower
from derive.finding import DomainError, LimitError, OurBug
from derive.infer import infer
from derive.syntax import parse

GIVEN = (
    "a: scalar; b: scalar; c: scalar positive; x: vector(n); y: vector(n); p: vector(n) positive; u: vector(m); v: vector(m); "
    "A: matrix(m, n); C: matrix(m, n); X: matrix(n, m); B: matrix(n, n); Y: matrix(n, n); S: matrix(n, n) symmetric; D: matrix(m, m)"
)
NAMES = {
    "s": ("a", "b", "c"),
    "n": ("x", "y", "p"),
    "m": ("u", "v"),
    "mn": ("A", "C"),
    "nm": ("X",),
    "nn": ("B", "Y", "S"),
    "mm": ("D",),
}

# A hole is {type}: s, n, m, mn, nm, nn, mm; {i} is a scalar that may use the bound index i = 1..n.
SCALAR = (
    "{s} + {s}",
    "{s} - {s}",
    "{s}*{s}",
    "{s}/(2 + {s}^2)",
    "-{s}",
    "{s}^2",
    "{s}^3",
    "2*{s} - 1/3",
    "tanh({s})",
    "sin({s})",
    "exp(sin({s}))",
    "log(1 + {s}^2)",
    "sqrt(1 + {s}^2)",
    "sigmoid({s})",
    "sum({n})",
    "sum({m})",
    "sum({mn})",
    "mean({n})",
    "var({n})",
    "{n}'*{n}",
    "{m}'*{m}",
    "{m}'*{mn}*{n}",
    "{n}'*{nn}*{n}",
    "norm2({n})^2",
    "norm2({m})",
    "norm2({mn})^2",
    "norm1({n})",
    "tr({nn})",
    "tr({nm}*{mn})",
    "tr({mn}'*{mn})",
    "sum({mn}.*{mn})",
    "logsumexp({n})",
    "logdet({nn}'*{nn} + 4*eye)",
    "det({nn} + 4*eye)",
    "tr(inv({nn} + 4*eye)*{nn})",
    "max({n})",
    "sum(relu({n}))",
    "{n}[1]",
    "{m}[2]",
    "{mn}[1,2]",
    "sum([{n}; {m}].^2)",
    "[{n}; {m}]'*[{n}; {m}]",
    "[{n}; {m}]'*[{nn}, {nm}; {mn}, {mm}]*[{n}; {m}]",
    "norm2([{mn}, {mm}])^2",
    "norm2([{mn}; {nn}]*{n})^2",
    "kron({n}, {m})'*vec({mn})",
    "vec({nn})'*kron({nn}, {nn})*vec({nn})",
    "norm2(kron({n}, {mn}))^2",
    "norm2(vec({mn}))^2",
    "tr(kron({nn}, {mm}))",
    "sum(i=1..n, {i})",
    "sum(i=1..n, {i}*{i})",
    "sum(i=1..n, sum(j=1..n, (x[i] - y[j])^2*B[i,j]))",
    "sum(i=1..n - 1, ({n}[i + 1] - {n}[i])^2)",
)
INDEXED = (
    "{n}[i]",
    "x[i]*y[i]",
    "{nn}[i,i]",
    "{nn}[1,i]",
    "exp(sin(x[i]))",
    "{s}*p[i]",
    "tanh({n}[i] + {s})",
    "{nn}[i,:]*{n}",
)
VECTOR = (
    "{n} + {n}",
    "{n} - {n}",
    "{s}*{n}",
    "{n}/(1 + {s}^2)",
    "{n} + {s}",
    "{nn}*{n}",
    "{nn}'*{n}",
    "{nm}*{m}",
    "{mn}'*{m}",
    "{n}.*{n}",
    "{n}./(1 + {n}.^2)",
    "{n}.^2",
    "tanh({n})",
    "exp(sin({n}))",
    "sigmoid({n})",
    "log(1 + {n}.^2)",
    "relu({n})",
    "softmax({n})",
    "log_softmax({n})",
    "layernorm({n}, 1)",
    "diag({nn})",
    "diag({n})*{n}",
    "inv({nn} + 4*eye)*{n}",
    "{n}*({n}'*{n})",
    "({n}'*{nn})'",
    "{nm}*vector(1)",
    "{nn}[:,1]",
    "{nn}[2,:]'",
    "array(i=1..n, {i})",
    "[{n}; {m}][1:n]",
    "{n} - mean({n})",
    "sum(log(p))*{n}",
    "e(1, n)*{s}",
)
MATRIX = (
    "{mn} + {mn}",
    "{mn} - {mn}",
    "{s}*{mn}",
    "{mn}.*{mn}",
    "{mn}*{nn}",
    "{mm}*{mn}",
    "{nm}'",
    "{m}*{n}'",
    "diag({m})*{mn}",
    "{mn}*diag({n})",
    "tanh({mn})",
    "sigmoid({mn})",
    "{mn}.^2",
    "{mn}./(1 + {mn}.^2)",
    "softmax({mn})",
    "{mn}*inv({nn} + 4*eye)",
    "-{mn}",
    "array(i=1..m, j=1..n, u[i]*x[j] + A[i,j])",
)
SQUARE = (
    "diag({n})",
    "{nn}*{nn}",
    "{nn}'",
    "{n}*{n}'",
    "{nn} + {s}*eye",
    "inv({nn} + 4*eye)",
    "{nn}^2",
    "{mn}'*{mn}",
    "sympart({nn})",
)
SWAP = str.maketrans("nm", "mn")


class Chooser(Protocol):
    def choice(self, options: Sequence[str], /) -> str: ...


def mirrored(template: str) -> str:
    """The template with the two sizes exchanged: only the holes and the literal sizes change."""
    out, at = "", 0
    while at < len(template):
        if template[at] == "{":
            end = template.index("}", at)
            out += template[at:end].translate(SWAP) + "}"
            at = end + 1
        else:
            out += template[at]
            at += 1
    return out


def usable(template: str) -> bool:
    """Whether the template names no variable or size of its own, so that the sizes may be exchanged."""
    bare = template
    for hole in ("{s}", "{n}", "{m}", "{mn}", "{nm}", "{nn}", "{mm}"):
        bare = bare.replace(hole, "")
    return not any(word in bare for word in ("..", "1:n", "p", ", n)", "array")) or "exp" in bare or "sympart" in bare


TEMPLATES: dict[str, tuple[str, ...]] = {
    "s": SCALAR,
    "i": INDEXED,
    "n": VECTOR,
    "m": tuple(mirrored(t) for t in VECTOR if usable(t)),
    "mn": MATRIX,
    "nm": tuple(mirrored(t) for t in MATRIX if usable(t)),
    "nn": SQUARE
    + tuple(
        t.replace("{mn}", "{nn}").replace("{nm}", "{nn}").replace("{mm}", "{nn}").replace("{m}", "{n}")
        for t in MATRIX
        if usable(t)
    ),
    "mm": tuple(mirrored(t) for t in SQUARE),
}


def grow(pick: Chooser, kind: str, depth: int) -> str:
    """An expression of a type, with at most `depth` templates on a path."""
    if depth <= 0:
        return pick.choice(NAMES[kind]) if kind != "i" else pick.choice(("x[i]", "B[i,i]", "y[i]"))
    template = pick.choice(TEMPLATES[kind])
    out, at = "", 0
    while at < len(template):
        if template[at] == "{":
            end = template.index("}", at)
            hole = template[at + 1 : end]
            inner = grow(pick, hole, depth - 1 if pick.choice("ab") == "a" else 0)
            out += inner if inner.isalnum() else f"({inner})"
            at = end + 1
        else:
            out += template[at]
            at += 1
    return out


def question(pick: Chooser, wide: bool = True) -> tuple[str, str, str]:
    """Kind of derivative, expression, variable; tensors of order four only in the wide run."""
    shape = pick.choice(("s", "s", "s", "s", "n", "mn", "hessian"))
    depth = int(pick.choice("1223" if shape == "s" else "122"))
    text = grow(pick, "s" if shape == "hessian" else shape, depth)
    used = set(re.findall(r"\b\w\b", text)) & {name for names in NAMES.values() for name in names}
    if not wide and shape in ("mn", "hessian"):
        used = {name for name in used if not name.isupper()}
    wrt = pick.choice(sorted(used) or ["x"])
    return ("hessian" if shape == "hessian" else "gradient" if shape == "s" else "jacobian"), text, wrt


def reread(text: str, result: derive.Result):  # type: ignore[no-untyped-def]
    known = {s.name: s for s in result.symbols}
    return infer([parse(text, names=frozenset(known))], (), symbols=known).terms[0]


def point(result: derive.Result, seed: int) -> dict[str, np.ndarray]:
    """Floats at n = 3, m = 4."""
    draw = np.random.default_rng(seed)
    sizes = {"n": 3, "m": 4}
    values = {}
    for symbol in result.symbols:
        shape = tuple(s.value(sizes) for s in symbol.type.shape)
        value = draw.uniform(0.3, 1.3, size=shape) if "positive" in symbol.properties else draw.normal(size=shape)
        values[symbol.name] = (value + value.T) / 2 if "symmetric" in symbol.properties else value
    return values


def examined(kind: str, text: str, wrt: str) -> None:
    """Derivative, validation, text against Unicode, LaTeX printed, and the shape (not the values) that NumPy gives."""
    result = getattr(derive, kind)(text, wrt=wrt, given=GIVEN)
    assert result.validation.ok
    term = result.term
    again = reread(result.unicode, result)
    assert again == term or lower(again) == lower(term) or expanded(lower(again)) == expanded(lower(term)), (
        result.unicode
    )
    assert result.latex
    values = point(result, 5)
    wanted = tuple(s.value({"n": 3, "m": 4}) for s in term.type.shape)
    assert np.shape(result.evaluate(**values)) == wanted


class Drawn:
    """A chooser that hypothesis steers."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def choice(self, options: Sequence[str], /) -> str:
        return self.data.draw(st.sampled_from(list(options)))


@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_expressions(data: st.DataObject) -> None:
    kind, text, wrt = question(Drawn(data), wide=False)
    try:
        examined(kind, text, wrt)
    except DomainError:
        return
    except LimitError as limit:
        if limit.finding.code == "too-deep":
            raise


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_many_random_expressions(seed: int) -> None:
    pick = random.Random(seed)
    outside = 0
    for _ in range(150):
        kind, text, wrt = question(pick)
        start = time.process_time()
        try:
            examined(kind, text, wrt)
        except DomainError:
            outside += 1
        except LimitError as limit:
            if limit.finding.code == "too-deep":
                raise
            outside += 1
        except OurBug as bug:
            pytest.fail(f"{kind} of {text} by {wrt}: {bug}")
        assert time.process_time() - start < 5, f"{kind} of {text} by {wrt} is slow"
    assert outside < 15
