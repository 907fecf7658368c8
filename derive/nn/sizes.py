"""The arithmetic of sizes: what comes out of a convolution, a pooling and a transposed convolution.

One idea: the formulas use `+ - * //` and nothing else, so they take integers, arrays of integers, and symbols of any algebra
that floors (SymPy's, for one). The same formulas as text stand in CONV_OUTPUT and TRANSPOSED_OUTPUT.

    o = ⌊(i + 2p − d(k−1) − 1)/s⌋ + 1        i input, k kernel, s stride, p padding, d dilation
    o = s(i − 1) + d(k−1) + 1 − 2p + q       q: rows added at the end (output padding)
"""

from __future__ import annotations

from typing import Any

from derive.nn.expect import refuse

CONV_OUTPUT = "floor((i + 2*p - d*(k - 1) - 1)/s) + 1"
TRANSPOSED_OUTPUT = "s*(i - 1) + d*(k - 1) + 1 - 2*p + q"


def conv_output(i: Any, k: Any, s: Any = 1, p: Any = 0, d: Any = 1) -> Any:
    """⌊(i + 2p − d(k−1) − 1)/s⌋ + 1 along one axis (Dumoulin & Visin 2016, relationship 15)."""
    return (i + 2 * p - d * (k - 1) - 1) // s + 1


def transposed_output(i: Any, k: Any, s: Any = 1, p: Any = 0, d: Any = 1, q: Any = 0) -> Any:
    """s(i − 1) + d(k−1) + 1 − 2p + q along one axis: a size that a convolution with these numbers takes to i."""
    return s * (i - 1) + d * (k - 1) + 1 - 2 * p + q


def conv_parameters(inputs: Any, outputs: Any, kernel: tuple[Any, ...], groups: Any = 1, bias: bool = True) -> Any:
    """outputs · (inputs / groups) · Πkernel, and one bias per output."""
    size = outputs * (inputs // groups)
    for k in kernel:
        size = size * k
    return size + outputs if bias else size


def window_outputs(
    who: str,
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> tuple[int, ...]:
    """conv_output along every axis; ValueError if the kernel is larger than the padded input."""
    for i, k, p, d in zip(sizes, kernel, padding, dilation, strict=True):
        reach = d * (k - 1) + 1
        if reach > i + 2 * p:
            dilated = f" (kernel {k}, dilation {d})" if d > 1 else ""
            raise refuse(who, f"a window of {reach}{dilated}", f"at most the padded input, {i} + 2·{p} = {i + 2 * p}")
    return tuple(conv_output(*axis) for axis in zip(sizes, kernel, stride, padding, dilation, strict=True))
