"""Convolutions, poolings, blocks and whole networks, each with its formula at small sizes.

One idea: an image of several channels is stated as its matrices, X12 being channel 2 of image 1, and a layer as the sum over them.
"""

from __future__ import annotations

import itertools

import numpy as np

from derive import nn
from derive.nn.architectures import mlp
from derive.nn.expect import Array
from derive.witness.case import Case, examined
from derive.witness.cases import smooth
from derive.witness.losses import OfLoss


def cases(rng: np.random.Generator) -> list[Case]:
    """All cases, drawn from this generator."""
    return [*convolutions(rng), *poolings(rng), *blocks(rng), *networks(rng)]


def declared(arrays: dict[str, tuple[int, ...]]) -> str:
    """Declarations of vectors, matrices, and ranks above 2 as their matrices."""
    found = []
    for name, shape in arrays.items():
        kind = "matrix" if len(shape) != 1 and len(shape) != 3 else "vector"
        inner = shape if len(shape) <= 2 else shape[2:]
        heads = [""] if len(shape) <= 2 else ["".join(str(i + 1) for i in index) for index in np.ndindex(shape[:2])]
        found += [f"{name}{head}: {kind}({', '.join(map(str, inner))})" for head in heads]
    return "; ".join(found)


def tapped(function: str, layer: nn.Layer, counts: tuple[int, int, int], groups: int, numbers: str, rank: int) -> str:
    """Σ over images n, outputs o and the inputs c of o's group of G_no ⊙ (f(X_nc, W_oc) + b_o)."""
    N, C, O = counts
    inside, outside = C // groups, O // groups
    terms = []
    for n, o in itertools.product(range(N), range(O)):
        group = o // outside
        for c in range(inside):
            w = f"W{o + 1}{c + 1}" if function != "convt2d" else f"W{group * inside + c + 1}{o % outside + 1}"
            terms.append(f"sum(G{n + 1}{o + 1}.*{function}(X{n + 1}{group * inside + c + 1}, {w}, {numbers}))")
        terms.append(f"b[{o + 1}]*sum(G{n + 1}{o + 1})")
    return " + ".join(terms)


def convolution(
    name: str, function: str, layer: nn.Layer, x: Array, groups: int, numbers: str, rng: np.random.Generator
) -> Case:
    for parameter in layer.parameters:
        parameter.value = smooth(rng, *parameter.shape)
    out = (len(x), *layer.output_shape(x.shape[1:]))
    formula = tapped(function, layer, (len(x), x.shape[1], out[1]), groups, numbers, x.ndim - 2)
    weight, bias = (p.shape for p in layer.parameters)
    given = declared({"X": x.shape, "G": out, "W": weight, "b": bias})
    return examined(name, layer, x, rng, formula, given, names=("W", "b"), split=True)


def convolutions(rng: np.random.Generator) -> list[Case]:
    def draw(*shape: int) -> Array:
        return smooth(rng, *shape)

    one = nn.Conv1d(2, 3, 4, stride=2, padding=1, dilation=2)
    plain = nn.Conv2d(2, 3, (3, 2), padding=1)
    two = nn.Conv2d(2, 4, (3, 2), stride=2, padding=1, dilation=2, groups=2)
    back = nn.ConvTranspose2d(2, 3, (3, 2), stride=2, padding=1)
    return [
        convolution("Conv1d, stride 2, padding 1, dilation 2", "conv1d", one, draw(2, 2, 11), 1, "2, 1, 2", rng),
        convolution("Conv2d, padding 1", "conv2d", plain, draw(2, 2, 4, 5), 1, "1, 1, 1", rng),
        convolution("Conv2d, stride 2, padding 1, dilation 2, groups 2", "conv2d", two, draw(1, 2, 7, 6), 2, "2, 1, 2", rng),
        convolution("ConvTranspose2d, stride 2, padding 1", "convt2d", back, draw(1, 2, 3, 4), 1, "2, 1, 1", rng),
        volume(rng),
    ]  # fmt: skip


def volume(rng: np.random.Generator) -> Case:
    """Conv3d: a volume of two slices is two matrices, and the kernel of depth two is the sum of two planar correlations."""
    layer = nn.Conv3d(1, 1, (2, 3, 2), bias=False, rng=rng)
    x = smooth(rng, 1, 1, 3, 5, 4)
    case = examined("Conv3d", layer, x, rng, "", "", names=("W",))
    slices = {f"X{k + 1}": x[0, 0, k] for k in range(3)}
    taps = {f"W{k + 1}": case.point["W"][0, 0, k] for k in range(2)}
    seeds = {f"G{k + 1}": case.g[0, 0, k] for k in range(2)}
    terms = [f"sum(G{k + 1}.*conv2d(X{k + a + 1}, W{a + 1}))" for k in range(2) for a in range(2)]
    claims = {f"X{k + 1}": case.claims["X"][0, 0, k] for k in range(3)}
    claims |= {f"W{k + 1}": case.claims["W"][0, 0, k] for k in range(2)}
    point = slices | taps | seeds
    given = declared({name: array.shape for name, array in point.items()})
    return case._replace(formula=" + ".join(terms), given=given, point=point, claims=claims)


def poolings(rng: np.random.Generator) -> list[Case]:
    def pooled(name: str, function: str, layer: nn.Layer) -> Case:
        x = smooth(rng, 1, 2, 7, 5)
        terms = " + ".join(f"sum(G1{c}.*{function.format(f'X1{c}')})" for c in (1, 2))
        given = declared({"X": x.shape, "G": (1, *layer.output_shape(x.shape[1:]))})
        return examined(name, layer, x, rng, terms, given, split=True)

    x = smooth(rng, 1, 2, 4, 3)
    mean = "G[1,1]*sum(X11)/12 + G[1,2]*sum(X12)/12"
    flat = "g'*[vec(X11'); vec(X12')]"
    flattened = examined("Flatten", nn.Flatten(), x, rng, flat, declared({"X": x.shape, "g": (24,)}), split=True)
    return [
        pooled("MaxPool, overlapping", "maxpool2d({}, 3, 2)", nn.MaxPool(3, 2)),
        pooled("AvgPool, overlapping", "avgpool2d({}, 3, 2)", nn.AvgPool(3, 2)),
        examined("GlobalAvgPool", nn.GlobalAvgPool(), x, rng, mean, declared({"X": x.shape, "G": (1, 2)}), split=True),
        flattened._replace(point={**flattened.point, "g": flattened.point["G"][0]}),
    ]


def blocks(rng: np.random.Generator) -> list[Case]:
    def dense(inputs: int, outputs: int) -> nn.Dense:
        layer = nn.Dense(inputs, outputs, rng=rng)
        layer.parameters[1].value = smooth(rng, outputs)
        return layer

    x, given = smooth(rng, 3, 4), "X: matrix(3, 4); V: matrix(4, 4); b: vector(4); W: matrix(4, 4); c: vector(4); G: matrix(3, {})"  # fmt: skip
    inner = "(tanh(X*V + ones(3)*b')*W + ones(3)*c')"
    names = ("V", "b", "W", "c")
    residual = nn.Residual(nn.Sequential(dense(4, 4), nn.Tanh(), dense(4, 4)), None, nn.Sigmoid())
    branches = nn.Branches(nn.Sequential(dense(4, 4), nn.Tanh()), dense(4, 4))
    return [
        examined("Residual", residual, x, rng, f"sum(G.*sigmoid(X + {inner}))", given.format(4), names=names),
        examined("Branches", branches, x, rng, "sum(G.*[tanh(X*V + ones(3)*b'), X*W + ones(3)*c'])", given.format(8), names=names),
    ]  # fmt: skip


def networks(rng: np.random.Generator) -> list[Case]:
    """A whole MLP and a whole CNN, layer inside layer."""
    network, x = mlp((4, 5, 3, 2), rng=rng), smooth(rng, 3, 4)
    while nearest_kink(network, x) < 0.02:  # differences need both sides of every ReLU to be the same side
        x = smooth(rng, 3, 4)
    hidden = "relu(relu(X*V + ones(3)*b')*W + ones(3)*c')"
    given = "X: matrix(3, 4); V: matrix(4, 5); b: vector(5); W: matrix(5, 3); c: vector(3); U: matrix(3, 2); d: vector(2); G: matrix(3, 2)"
    whole = examined("MLP 4-5-3-2", network, x, rng, f"sum(G.*({hidden}*U + ones(3)*d'))", given, names=("V", "b", "W", "c", "U", "d"))  # fmt: skip
    labels = np.array([1, 0, 1])
    learner = nn.Sequential(network, OfLoss(nn.CrossEntropy(), labels), name="MLP and loss")
    logits = f"({hidden}*U + ones(3)*d')"
    formula = f"G[1]*(sum(lse({logits})) - sum(Y.*{logits}))/3"
    given = given.replace("G: matrix(3, 2)", "Y: matrix(3, 2); G: vector(1)")
    learned = examined("MLP 4-5-3-2 with cross-entropy", learner, x, rng, formula, given, names=("V", "b", "W", "c", "U", "d"), extra={"Y": np.eye(2)[labels]})  # fmt: skip
    return [whole, learned, convolutional(rng), classifying(rng)]


def nearest_kink(network: nn.Sequential, x: Array) -> float:
    """The smallest |input| of any ReLU."""
    nearest = float("inf")
    for part in network.parts:
        if isinstance(part, nn.ReLU):
            nearest = min(nearest, float(np.abs(x).min()))
        x = part.forward(x)
    return nearest


def convolutional(rng: np.random.Generator) -> Case:
    conv, dense = nn.Conv2d(1, 2, 3, padding=1, rng=rng), nn.Dense(12, 3, rng=rng)
    network = nn.Sequential(conv, nn.Tanh(), nn.AvgPool(2), nn.Flatten(), dense, name="CNN")
    x = smooth(rng, 1, 1, 4, 6)
    maps = [f"vec(avgpool2d(tanh(conv2d(X11, W{o}1, 1, 1) + matrix(1)*b[{o}]), 2)')" for o in (1, 2)]
    given = declared({"X": x.shape, "W": (2, 1, 3, 3), "b": (2,), "V": (12, 3), "c": (3,), "g": (3,)})
    names = ("W", "b", "V", "c")
    case = examined("CNN", network, x, rng, f"g'*(V'*[{'; '.join(maps)}] + c)", given, names=names, split=True)
    return case._replace(point={**case.point, "g": case.point["G"][0]})


def classifying(rng: np.random.Generator) -> Case:
    """Two images through a convolution, ReLU, overlapping pooling and a dense layer to the cross-entropy of their labels."""
    conv, dense, labels = nn.Conv2d(1, 2, 3, padding=1, rng=rng), nn.Dense(12, 3, rng=rng), np.array([2, 0])
    body = nn.Sequential(nn.ReLU(), nn.MaxPool(3, 2), nn.Flatten(), dense)
    network = nn.Sequential(conv, body, OfLoss(nn.CrossEntropy(), labels), name="CNN and loss")
    x = smooth(rng, 2, 1, 5, 7)
    while not decided(conv.forward(x)):
        x = smooth(rng, 2, 1, 5, 7)
    terms = []
    for n in (1, 2):
        maps = [f"vec(maxpool2d(relu(conv2d(X{n}1, W{o}1, 1, 1) + matrix(1)*b[{o}]), 3, 2)')" for o in (1, 2)]
        logits = f"(V'*[{'; '.join(maps)}] + c)"
        terms.append(f"lse({logits}) - y{n}'*{logits}")
    given = declared({"X": x.shape, "W": (2, 1, 3, 3), "b": (2,), "V": (12, 3), "c": (3,), "y1": (3,), "y2": (3,), "G": (1,)})  # fmt: skip
    targets = dict(zip(("y1", "y2"), np.eye(3)[labels], strict=True))
    formula = f"G[1]*({' + '.join(terms)})/2"
    return examined(
        "CNN with cross-entropy", network, x, rng, formula, given, names=("W", "b", "V", "c"), split=True, extra=targets
    )


def decided(maps: Array, margin: float = 0.03) -> bool:
    """Whether in every 3×3 window, two apart, a largest entry stands well above zero and all others, or all well below zero."""
    windows = np.lib.stride_tricks.sliding_window_view(maps, (3, 3), (2, 3))[:, :, ::2, ::2]
    second, first = np.sort(windows.reshape(-1, 9), axis=1)[:, -2:].T
    return bool(((first < -margin) | ((first > margin) & (first - second > margin))).all())
