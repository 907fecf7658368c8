"""Conditions in prose: a step is judged under those of its own sentence, and under no others."""

from __future__ import annotations

import pytest

import derive

F = "Let $f(x) = x^\\top A x$.\n\n"


def statuses(text: str) -> list[str]:
    return [claim.status for claim in derive.check_text(F + text).claims]


@pytest.mark.parametrize(
    "text",
    [
        "Hence $\\nabla f = 2Ax$ if $A = A^\\top$.",
        "Hence $\\nabla f = 2Ax$ if $A$ is symmetric.",
        "Hence $\\nabla f = 2Ax$ provided that $A$ is symmetric.",
        "If $A$ is symmetric, then $\\nabla f = 2Ax$.",
        "If $A = A^\\top$, we get $\\nabla f = 2Ax$.",
        "When $A$ is symmetric this gives\n\n$$ \\nabla f = 2Ax. $$",
        "We get\n$$ \\nabla f = 2Ax \\quad \\text{if } A = A^\\top. $$",
        "We get\n$$ \\nabla f = 2Ax \\qquad (A = A^\\top) $$",
        "We get\n$$ \\nabla f = 2Ax $$\nprovided that $A$ is symmetric.",
        "If $A$ is symmetric then\n\n$$ \\nabla f = 2Ax $$\n\nand the Hessian is\n\n$$ \\nabla^2 f = 2A. $$",
        "If $A$ is symmetric, then $\\nabla f = 2Ax$. The Hessian is $\\nabla^2 f = 2A$.",
    ],
)
def test_a_step_is_judged_under_the_condition_of_its_sentence(text: str) -> None:
    assert set(statuses(text)) == {"proved"}


@pytest.mark.parametrize(
    "text",
    [
        "$\\nabla f = 2Ax$ unless $A$ is symmetric.",
        "Check whether $A = A^\\top$. So $\\nabla f = 2Ax$.",
        "If $B$ is symmetric, $\\nabla f = 2Ax$.",
        "$\\nabla f = 2Ax$, even if $A$ is not symmetric.",
    ],
)
def test_what_is_no_condition_of_it(text: str) -> None:
    assert statuses(text) == ["refuted"]


@pytest.mark.parametrize(
    "text",
    [
        "$\\nabla f = 2Ax$ if $A$ is symmetric. And $\\nabla f = 2Ax$.",
        "If $A$ is symmetric, then $\\nabla f = 2Ax$. In general, $\\nabla f = 2Ax$.",
        "1. If $A$ is symmetric, then $\\nabla f = 2Ax$.\n2. So $\\nabla f = 2Ax$.",
        "If $A$ is symmetric then $\\nabla f = 2Ax$.\n\nNow without this,\n\n$$ \\nabla f = 2Ax. $$",
        "# One\n\nIf $A$ is symmetric then\n$$\\nabla f = 2Ax.$$\n\n# Two\n\n$$ \\nabla f = 2Ax. $$",
    ],
)
def test_a_condition_does_not_reach_beyond(text: str) -> None:
    assert statuses(text) == ["proved", "refuted"]


def test_conditions_in_other_languages() -> None:
    text = "Wenn $A$ symmetrisch ist, dann ist $\\nabla f = 2Ax$.\n\nAllgemein ist $\\nabla f = 2Ax$."
    assert statuses(text) == ["proved", "refuted"]
    assert statuses("Si $A$ est symétrique, alors $\\nabla f = 2Ax$.") == ["proved"]
