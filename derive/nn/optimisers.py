"""The seven optimisers of the notes, each exactly by its formula: g gradient, η rate, W the parameter, all else starts at 0.

    SGD        W ← W − η g
    Momentum   a ← β a + g;                           W ← W − η a
    Nesterov   a ← β a + ∇L(W − η β a);               W ← W − η a
    Adagrad    G ← G + g²;                            W ← W − η/√(G + ε) g
    Adadelta   G ← γG + (1 − γ)g²;                    Δ = √(H + ε)/√(G + ε) g;  W ← W − Δ;  H ← γH + (1 − γ)Δ²
    RMSprop    G ← γG + (1 − γ)g²;                    W ← W − η/√(G + ε) g
    Adam       m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²;   W ← W − η/√(v + ε) · √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m

ε stands inside the root, as in the notes; PyTorch's Adagrad, RMSprop and Adam have it outside, so they agree where ε is 0.
Weight decay α adds αW to the gradient of every weight (biases do not decay): the gradient of α/2 ‖W‖².

One idea: an optimiser is the change of one parameter; the walk over the parameters, and the decay, are the base's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from derive.nn.expect import Array, refuse, within
from derive.nn.parameter import Parameter


class Optimiser:
    """Call `look_ahead()` before the forward pass and `step()` after the backward pass."""

    memories: tuple[str, ...] = ()  # names of the arrays that are kept for every parameter

    def __init__(self, parameters: Iterable[Parameter], *, weight_decay: float = 0.0) -> None:
        self.parameters = distinct(type(self).__name__, parameters)
        self.weight_decay = within(type(self).__name__, "weight_decay", weight_decay, 0)
        self.steps = 0
        self._memory = [tuple(np.zeros_like(p.value) for _ in self.memories) for p in self.parameters]

    def look_ahead(self) -> None:
        """Move the parameters to where the gradient is wanted: for all but Nesterov, where they are."""

    def step(self) -> None:
        """Update every parameter from its gradient, in place."""
        self.steps += 1
        for parameter, memory in zip(self.parameters, self._memory, strict=True):
            parameter.value[...] -= self.change(self.slope(parameter), *memory)

    def slope(self, parameter: Parameter) -> Array:
        """The gradient, with the decay's share."""
        if not self.weight_decay or not parameter.decays:
            return parameter.gradient
        return np.asarray(parameter.gradient + self.weight_decay * parameter.value)

    def change(self, g: Array, *memory: Array) -> Array:
        """What is taken from W; updates the memory in place."""
        raise TypeError(f"{type(self).__name__} states no change")

    def rate_of(self, rate: float) -> float:
        return within(type(self).__name__, "rate", rate, 0, strict=True)

    def share(self, name: str, value: float) -> float:
        return within(type(self).__name__, name, value, 0, 1)

    def epsilon(self, eps: float) -> float:
        return within(type(self).__name__, "eps", eps, 0)


def distinct(who: str, parameters: Iterable[Parameter]) -> list[Parameter]:
    """The parameters, if there are any and each stands there once: it would be moved twice by one gradient."""
    expected = "those of a model, each once: model.parameters"
    found = list(parameters) if isinstance(parameters, Iterable) else [parameters]
    for parameter in found:
        if not isinstance(parameter, Parameter):
            raise refuse(who, f"a parameter of type {type(parameter).__name__}", expected)
    if len({id(parameter) for parameter in found}) != max(1, len(found)):
        raise refuse(who, "one parameter twice" if found else "no parameters", expected)
    return found


class SGD(Optimiser):
    """W ← W − η g"""

    def __init__(self, parameters: Iterable[Parameter], rate: float = 0.1, *, weight_decay: float = 0.0) -> None:
        super().__init__(parameters, weight_decay=weight_decay)
        self.rate = self.rate_of(rate)

    def change(self, g: Array, *memory: Array) -> Array:
        return np.asarray(self.rate * g)


class Momentum(Optimiser):
    """a ← β a + g; W ← W − η a"""

    memories = ("a",)

    def __init__(
        self, parameters: Iterable[Parameter], rate: float = 0.01, beta: float = 0.9, *, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, weight_decay=weight_decay)
        self.rate, self.beta = self.rate_of(rate), self.share("beta", beta)

    def change(self, g: Array, *memory: Array) -> Array:
        (a,) = memory
        a *= self.beta
        a += g
        return np.asarray(self.rate * a)


class Nesterov(Momentum):
    """a ← β a + ∇L(W − η β a); W ← W − η a. `look_ahead` moves to W − η β a, `step` goes on from W."""

    def __init__(
        self, parameters: Iterable[Parameter], rate: float = 0.01, beta: float = 0.9, *, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, rate, beta, weight_decay=weight_decay)
        self._start: list[Array] | None = None

    def look_ahead(self) -> None:
        if self._start is not None:
            raise RuntimeError("Nesterov: look_ahead twice without a step between")
        self._start = [p.value.copy() for p in self.parameters]
        for parameter, (a,) in zip(self.parameters, self._memory, strict=True):
            parameter.value[...] -= self.rate * self.beta * a

    def step(self) -> None:
        if self._start is None:
            raise RuntimeError(
                "Nesterov: call look_ahead() before the forward pass; its gradient belongs to another point"
            )
        slopes = [self.slope(p) for p in self.parameters]  # the decay too is that of the point looked ahead to
        self.steps += 1
        for parameter, start, g, memory in zip(self.parameters, self._start, slopes, self._memory, strict=True):
            parameter.value[...] = start - self.change(g, *memory)
        self._start = None


class Adagrad(Optimiser):
    """G ← G + g²; W ← W − η/√(G + ε) g"""

    memories = ("G",)

    def __init__(
        self, parameters: Iterable[Parameter], rate: float = 0.01, *, eps: float = 1e-10, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, weight_decay=weight_decay)
        self.rate, self.eps = self.rate_of(rate), self.epsilon(eps)

    def change(self, g: Array, *memory: Array) -> Array:
        (G,) = memory
        G += g * g
        return self.rate * quotient(g, np.sqrt(G + self.eps))


class Adadelta(Optimiser):
    """No rate: the step is √(H + ε)/√(G + ε) g with moving averages of squared steps and squared gradients."""

    memories = ("G", "H")

    def __init__(
        self, parameters: Iterable[Parameter], gamma: float = 0.9, *, eps: float = 1e-6, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, weight_decay=weight_decay)
        self.gamma = self.share("gamma", gamma)
        self.eps = within("Adadelta", "eps", eps, 0, strict=True)  # with 0 the first step, and so every step, is 0

    def change(self, g: Array, *memory: Array) -> Array:
        G, H = memory
        follow(G, g * g, self.gamma)
        delta = np.asarray(np.sqrt(H + self.eps) / np.sqrt(G + self.eps) * g)
        follow(H, delta * delta, self.gamma)
        return delta


class RMSprop(Optimiser):
    """G ← γG + (1 − γ)g²; W ← W − η/√(G + ε) g"""

    memories = ("G",)

    def __init__(
        self,
        parameters: Iterable[Parameter],
        rate: float = 0.001,
        gamma: float = 0.9,
        *,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, weight_decay=weight_decay)
        self.rate, self.gamma, self.eps = self.rate_of(rate), self.share("gamma", gamma), self.epsilon(eps)

    def change(self, g: Array, *memory: Array) -> Array:
        (G,) = memory
        follow(G, g * g, self.gamma)
        return self.rate * quotient(g, np.sqrt(G + self.eps))


class Adam(Optimiser):
    """m and v average g and g²; the step is η √(1 − β₂ᵗ)/(1 − β₁ᵗ) m/√(v + ε)."""

    memories = ("m", "v")

    def __init__(
        self,
        parameters: Iterable[Parameter],
        rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        *,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, weight_decay=weight_decay)
        self.rate, self.eps = self.rate_of(rate), self.epsilon(eps)
        self.beta1, self.beta2 = self.share("beta1", beta1), self.share("beta2", beta2)

    def change(self, g: Array, *memory: Array) -> Array:
        m, v = memory
        follow(m, g, self.beta1)
        follow(v, g * g, self.beta2)
        t = self.steps
        unbiased = math.sqrt(1 - self.beta2**t) / (1 - self.beta1**t)
        return self.rate * unbiased * quotient(m, np.sqrt(v + self.eps))


def follow(average: Array, x: Array, keep: float) -> None:
    """average ← keep · average + (1 − keep) · x, in place."""
    average *= keep
    average += (1 - keep) * x


def quotient(a: Array, b: Array) -> Array:
    """a/b, and 0 where both are 0: with ε = 0, a parameter that never had a gradient does not move."""
    return np.divide(a, b, out=np.zeros_like(a), where=b != 0)
