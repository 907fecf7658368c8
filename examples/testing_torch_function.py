"""A `torch.autograd.Function` with a backward pass of its own, held against its formula. `python examples/testing_torch_function.py`

y = x ⊙ σ(βx). `torch_backward` asks autograd, which calls the hand-written backward; the inputs are tensors that are made from the declarations. The mistake is one that a
framework once had: the gradient of β, which is a vector, summed to one number.
"""

from __future__ import annotations

from typing import Any

import torch

from derive.testing import GradientError, assert_backward, torch_backward

FORMULA = "x .* sigmoid(x*diag(beta))"
GIVEN = "x: matrix(n, d), beta: vector(d)"


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, beta: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, beta)
        return x * torch.sigmoid(beta * x)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x, beta = ctx.saved_tensors
        s = torch.sigmoid(beta * x)
        slope = s * (1 - s)
        return g * (s + beta * x * slope), (g * x * x * slope).sum(0)


class OneNumber(Swish):
    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        dx, dbeta = Swish.backward(ctx, g)
        return dx, dbeta.sum().expand_as(dbeta)


def main() -> None:
    right, wrong = torch_backward(Swish.apply), torch_backward(OneNumber.apply)
    report = assert_backward(Swish.apply, right, formula=FORMULA, given=GIVEN, backend="torch", seed=1)
    print(f"right: {report.case}")
    tensors = [torch.randn(3, 4, generator=torch.Generator().manual_seed(0)), torch.ones(4)]
    report = assert_backward(Swish.apply, right, tensors, seed=1)
    print(f"right at float32 tensors, whose rounding is {report.rounding:.0e}")
    try:
        assert_backward(OneNumber.apply, wrong, formula=FORMULA, given=GIVEN, backend="torch", seed=1)
    except GradientError as error:
        print(error)


if __name__ == "__main__":
    main()
