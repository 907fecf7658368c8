"""What prose in homework says and asks: lists of statements, shapes told in words, properties in other languages, derivatives of what was defined."""

from __future__ import annotations

import pytest

import derive

ITEMS = r"""Let $A, B$ be $n \times n$ matrices.

a) $\operatorname{tr}(AB) = \operatorname{tr}(BA)$

(b) $(AB)^{-1} = A^{-1}B^{-1}$

**3.** $\det(AB) = \det A\det B$.
"""
ASSUMED = r"""Let $A, B \in \mathbb{R}^{n\times n}$. Assume:

- $AB = BA$
- $A^\top = A$

Show that

1. $(A+B)^2 = A^2 + 2AB + B^2$
2. $(A+B)^2 = A^2 + AB + B^2$
"""
DEFINED = r"""Let $A$ be an $m \times n$ matrix with full column rank and $P = A(A^\top A)^{-1}A^\top$. Then $P^2 = P$ and $P^\top = 2P$.

$\operatorname{tr}(P) = n$
"""
GERMAN = r"Sei $A \in \mathbb{R}^{n \times n}$ symmetrisch und $f(x) = \frac{1}{2} x^\top A x - b^\top x$. Dann ist $\nabla f(x) = Ax - b$."
FRENCH = r"""Soit $B \in \mathbb{R}^{n \times n}$ une matrice symétrique définie positive.
$$\nabla_x (x^\top B x) = 2Bx$$"""
SPANISH = r"""Sea $C$ una matriz simétrica de tamaño $n \times n$.
$$\nabla_x (x^\top C x) = 2Cx$$"""
NEGATED = r"""Sei $D \in \mathbb{R}^{n \times n}$ nicht notwendig symmetrisch.
$$\nabla_x (x^\top D x) = 2Dx$$"""
ROWS = r"""$X\in\mathbb{R}^{N\times D}$, $W\in\mathbb{R}^{D\times K}$, $Y \in \mathbb{R}^{N\times K}$ one hot rows. $Z=XW$, $P = \mathrm{softmax}(Z)$ row-wise.
$L = -\frac1N\sum_{n,k} Y_{nk}\log P_{nk}$

$$\frac{\partial L}{\partial W} = \frac1N X^T(P-Y)$$"""
SECOND = r"Let $f(x)=\log(1+e^{-x})$. Then $f''(x) = \frac{e^x}{(1+e^x)^2}$, and $f''(x) = -\frac{e^x}{(1+e^x)^2}$, and $f'(0) = -\frac12$."
ENTRIES = r"""Let $z \in \mathbb{R}^k$ and $p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$.
$$\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} - p_j)$$"""
LIKELIHOOD = r"""$$\ell(\mu,\sigma^2) = -\frac{n}{2}\log(2\pi\sigma^2) - \frac{1}{2\sigma^2}\sum_{i=1}^n (x_i-\mu)^2$$
$$\frac{\partial \ell}{\partial \mu} = \frac{1}{\sigma^2}\sum_{i=1}^n(x_i-\mu)$$
$$\frac{\partial \ell(\mu,\sigma^2)}{\partial \mu} = \frac{1}{\sigma^4}\sum_{i=1}^n(x_i-\mu)$$"""
SHADOWED = r"""Let $A \in \mathbb{R}^{n\times n}$ and $X \in \mathbb{R}^{N \times K}$, $L = \sum_{n,k} X_{nk}^2$.
$$\frac{\partial L}{\partial X} = 2X$$
$$A^2 = AA$$"""
TOLD = {
    "items state": (ITEMS, "proved refuted proved"),
    "items that are assumed": (ASSUMED, "holds refuted"),
    "equations of what is defined": (DEFINED, "proved refuted proved"),
    "German": (GERMAN, "proved"),
    "French": (FRENCH, "proved"),
    "Spanish": (SPANISH, "proved"),
    "not symmetric": (NEGATED, "refuted"),
    "one-hot rows": (ROWS, "proved"),
    "second derivatives": (SECOND, "proved refuted not-understood"),
    "p by its entries": (ENTRIES, "proved"),
    "a function of a square": (LIKELIHOOD, "proved refuted"),
    "a size and an index of one name": (SHADOWED, "proved proved"),
}


@pytest.mark.parametrize("name", TOLD)
def test_prose(name: str) -> None:
    text, expected = TOLD[name]
    claims = sorted(derive.check_text(text).claims, key=lambda c: (c.location.row, c.location.column))
    found = [c.status for c in claims]
    wanted = expected.split()
    assert len(found) == len(wanted), found
    for status, want in zip(found, wanted, strict=True):
        assert status == want or (want == "holds" and status in ("proved", "consistent")), found
