"""XOR, by hand: one hidden layer makes separable what no line separates. `python examples/nn_xor.py`

The network is z = relu(X W₁ + b₁), o = z W₂ + b₂, the loss the cross-entropy of the logits o; every line of the training loop stands here.
"""

from __future__ import annotations

import numpy as np

from derive import nn

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
LABELS = np.array([0, 1, 1, 0])


def main() -> None:
    """Train for 300 steps, and show what the hidden layer makes of the four points."""
    rng = np.random.default_rng(0)
    hidden, output = nn.Dense(2, 8, rng=rng), nn.Dense(8, 2, rng=rng)
    model = nn.Sequential(hidden, nn.ReLU(), output, name="XOR")
    loss, optimiser = nn.CrossEntropy(), nn.Momentum(model.parameters, rate=0.1, beta=0.9)
    print(model.summary((2,)))
    for step in range(301):
        optimiser.look_ahead()
        value = loss.forward(model.forward(X), LABELS)
        model.backward(loss.backward())  # δ = softmax(o) − y, then back through the layers
        if step % 100 == 0:
            print(f"step {step:3}: loss {value:.4f}")
        optimiser.step()
    probabilities = nn.Softmax().forward(model.forward(X))
    for point, row, label in zip(X, probabilities, LABELS, strict=True):
        print(f"{point[0]:.0f} xor {point[1]:.0f} = {label}: {row[1]:.3f}")


if __name__ == "__main__":
    main()
