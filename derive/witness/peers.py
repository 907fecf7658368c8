"""PyTorch's opinion of a layer: the same numbers, its functions, its automatic differentiation.

One idea: `forward` walks through a layer and applies PyTorch's function for each part to PyTorch's copies of its parameters, so it
speaks for any composition too. PyTorch is imported by whoever calls, and never needed otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive import nn
from derive.nn.differences import relative_error
from derive.nn.expect import Array
from derive.nn.parameter import Parameter
from derive.witness.cases import Frozen
from derive.witness.losses import OfGaussian, OfLoss, OfPenalty


def error(layer: nn.Layer, x: Array, g: Array) -> float:
    """The largest relative error of the layer's value and of all its gradients, for input x and cotangent g. ImportError without torch."""
    import torch

    y = layer.forward(x)
    ours = [y, layer.backward(g), *(p.gradient for p in layer.parameters)]
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, *(p.value for p in layer.parameters))]
    theirs = Peer(torch, dict(zip(map(id, layer.parameters), leaves[1:], strict=True))).forward(layer, leaves[0])
    slopes = torch.autograd.grad(theirs, leaves, torch.tensor(g), allow_unused=True)
    expected = [theirs, *(torch.zeros_like(leaf) if s is None else s for s, leaf in zip(slopes, leaves, strict=True))]
    return max(relative_error(a, np.asarray(b.detach())) for a, b in zip(ours, expected, strict=True))


class Peer:
    """PyTorch with its tensors of our parameters."""

    def __init__(self, torch: Any, tensors: dict[int, Any]) -> None:
        self.torch, self.F, self.tensors = torch, torch.nn.functional, tensors

    def of(self, parameter: Parameter | None) -> Any:
        return None if parameter is None else self.tensors[id(parameter)]

    def constant(self, array: Array) -> Any:
        return self.torch.tensor(array)

    def forward(self, layer: nn.Layer, x: Any) -> Any:
        """PyTorch's value of the layer at x."""
        match layer:
            case nn.Sequential():
                for part in layer.parts:
                    x = self.forward(part, x)
                return x
            case nn.Residual():
                beside = x if layer.shortcut is None else self.forward(layer.shortcut, x)
                total = self.forward(layer.body, x) + beside
                return total if layer.activation is None else self.forward(layer.activation, total)
            case nn.Branches():
                return self.torch.cat([self.forward(part, x) for part in layer.parts], 1)
            case nn.Dense() | nn.Conv1d() | nn.Conv2d() | nn.Conv3d() | nn.ConvTranspose2d():
                return self.linear(layer, x)
            case nn.BatchNorm() | nn.LayerNorm() | nn.LocalResponseNorm() | nn.Dropout() | Frozen():
                return self.normalised(layer, x)
            case nn.MaxPool() | nn.AvgPool() | nn.GlobalAvgPool() | nn.Flatten():
                return self.pooled(layer, x)
            case OfLoss() | OfGaussian() | OfPenalty():
                return self.lost(layer, x).reshape(1)
        return self.activated(layer, x)

    def linear(self, layer: Any, x: Any) -> Any:
        weight, bias = self.of(layer.weight), self.of(layer.bias)
        match layer:
            case nn.Dense() if layer.rows:
                return self.F.linear(x, weight.T, bias)
            case nn.Dense():
                return self.F.linear(x.T, weight, bias).T
            case nn.ConvTranspose2d():
                kernel, stride, padding, dilation, groups = layer.geometry
                return self.F.conv_transpose2d(x, weight, bias, stride, padding, layer.extra, groups, dilation)
        kernel, stride, padding, dilation, groups = layer.geometry
        function = (self.F.conv1d, self.F.conv2d, self.F.conv3d)[len(kernel) - 1]
        return function(x, weight, bias, stride, padding, dilation, groups)

    def normalised(self, layer: nn.Layer, x: Any) -> Any:
        match layer:
            case nn.BatchNorm():
                moments = [self.constant(a) for a in layer.own_buffers()]
                running = (None, None) if layer.training else moments
                scale, shift = self.of(layer.gamma), self.of(layer.beta)
                return self.F.batch_norm(x, *running, scale, shift, layer.training, layer.momentum, layer.eps)
            case nn.LayerNorm():
                return self.F.layer_norm(x, layer.shape, self.of(layer.gamma), self.of(layer.beta), layer.eps)
            case nn.LocalResponseNorm():
                flat = x[:, :, None] if x.ndim == 2 else x  # PyTorch wants an image
                return self.F.local_response_norm(flat, layer.size, layer.alpha, layer.beta, layer.k).reshape(x.shape)
            case nn.Dropout() | Frozen():  # PyTorch draws other masks
                return x if layer.mask is None else x * self.constant(layer.mask)
        raise TypeError(layer.label)

    def pooled(self, layer: nn.Layer, x: Any) -> Any:
        match layer:
            case nn.MaxPool():
                function = (self.F.max_pool1d, self.F.max_pool2d, self.F.max_pool3d)[len(layer.kernel) - 1]
                return function(x, layer.kernel, layer.stride, layer.padding)
            case nn.AvgPool():
                function = (self.F.avg_pool1d, self.F.avg_pool2d, self.F.avg_pool3d)[len(layer.kernel) - 1]
                return function(x, layer.kernel, layer.stride, layer.padding, False, layer.count_padding)
            case nn.GlobalAvgPool():
                return x.flatten(2).mean(2)
        return x.flatten(1)

    def lost(self, layer: nn.Layer, x: Any) -> Any:
        match layer:
            case OfLoss(loss=nn.CrossEntropy() as loss):
                target = self.constant(layer.target)
                return self.F.cross_entropy(x, target, reduction=loss.reduction, label_smoothing=loss.smoothing)
            case OfLoss(loss=nn.MeanSquaredError() as loss):
                return loss.factor * self.F.mse_loss(x, self.constant(layer.target), reduction=loss.reduction)
            case OfGaussian():
                half = x.shape[1] // 2
                target, how = self.constant(layer.target), layer.loss.reduction
                return self.F.gaussian_nll_loss(x[:, :half], target, x[:, half:], full=True, reduction=how)
            case OfPenalty(penalty=nn.L2() as penalty):
                return penalty.strength / 2 * (x * x).sum()
            case OfPenalty():
                return layer.penalty.strength * x.abs().sum()
        raise TypeError(layer.label)

    def activated(self, layer: nn.Layer, x: Any) -> Any:
        match layer:
            case nn.ReLU():
                return self.F.relu(x)
            case nn.LeakyReLU():
                return self.F.leaky_relu(x, layer.alpha)
            case nn.ELU():
                # PyTorch refuses the backward pass of its own ELU for a negative α; the sum of two parts has one
                negative = layer.alpha * self.torch.expm1(-self.F.relu(-x))
                return layer.scale * (self.F.relu(x) + negative if layer.alpha < 0 else self.F.elu(x, layer.alpha))
            case nn.GELU():
                return self.F.gelu(x, approximate="tanh")
            case nn.Swish():
                beta = layer.beta if layer.learned is None else self.of(layer.learned)
                return x * self.torch.sigmoid(beta * x)
            case nn.Mish():
                return self.F.mish(x)
            case nn.Sigmoid():
                return self.torch.sigmoid(x)
            case nn.Tanh():
                return self.torch.tanh(x)
            case nn.Softplus():
                return self.F.softplus(x, threshold=100)
            case nn.Softmax():
                return self.F.softmax(x / layer.temperature, -1)
            case nn.LogSoftmax():
                return self.F.log_softmax(x / layer.temperature, -1)
        raise TypeError(f"no peer for {layer.label}")
