"""derive.nn: MLPs and CNNs in NumPy, every backward pass written by hand.

    from derive import nn
    model = nn.Sequential(nn.Dense(64, 32), nn.ReLU(), nn.Dense(32, 10))
    loss = nn.CrossEntropy()
    value = loss.forward(model.forward(x), labels)
    model.backward(loss.backward())          # every parameter now holds its gradient
    print(model.summary((64,)))

One idea: a layer is a function and its pullback. `forward(x)` gives y, `backward(g)` takes a cotangent of y to one of x and leaves the
gradients of the parameters in them. Batches are rows, images are (batch, channels, height, width), numbers are float64 or float32.

This package is a witness against the rest of `derive`: it imports nothing of it, and knows no symbolic calculus.
"""

from __future__ import annotations

from derive.nn.activations import ELU, GELU, LeakyReLU, Mish, ReLU, Sigmoid, Softplus, Swish, Tanh
from derive.nn.architectures import (
    alexnet,
    bottleneck_block,
    inception_block,
    mlp,
    residual_block,
    resnet18,
    small_cnn,
    vgg16,
    vgg_block,
)
from derive.nn.blocks import Branches, Residual, Sequential
from derive.nn.convolution import Conv1d, Conv2d, Conv3d, ConvTranspose2d
from derive.nn.dense import Dense, Flatten
from derive.nn.dropout import Dropout
from derive.nn.layer import Layer
from derive.nn.losses import CrossEntropy, GaussianNLL, MeanSquaredError
from derive.nn.normalization import BatchNorm, LayerNorm, LocalResponseNorm
from derive.nn.optimisers import SGD, Adadelta, Adagrad, Adam, Momentum, Nesterov, Optimiser, RMSprop
from derive.nn.parameter import Parameter
from derive.nn.penalties import L1, L2
from derive.nn.pooling import AvgPool, GlobalAvgPool, MaxPool
from derive.nn.sizes import conv_output, transposed_output
from derive.nn.softmax import LogSoftmax, Softmax, logsumexp
from derive.nn.training import EarlyStopping, Epoch, accuracy, fit, minibatches

__all__ = [
    "ELU", "GELU", "L1", "L2", "SGD", "Adadelta", "Adagrad", "Adam", "AvgPool", "BatchNorm", "Branches", "Conv1d", "Conv2d",
    "Conv3d", "ConvTranspose2d", "CrossEntropy", "Dense", "Dropout", "EarlyStopping", "Epoch", "Flatten", "GaussianNLL",
    "GlobalAvgPool", "Layer", "LayerNorm", "LeakyReLU", "LocalResponseNorm", "LogSoftmax", "MaxPool", "MeanSquaredError", "Mish",
    "Momentum", "Nesterov", "Optimiser", "Parameter", "RMSprop", "ReLU", "Residual", "Sequential", "Sigmoid", "Softmax",
    "Softplus", "Swish", "Tanh", "accuracy", "alexnet", "bottleneck_block", "conv_output", "fit", "inception_block", "logsumexp",
    "minibatches", "mlp", "residual_block", "resnet18", "small_cnn", "transposed_output", "vgg16", "vgg_block",
]  # fmt: skip
