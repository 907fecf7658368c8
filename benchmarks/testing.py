"""derive.testing side by side with other checkers of gradients, in one run: `python benchmarks/testing.py`

Peers where they are installed: torch.autograd.gradcheck (and its fast mode), jax.test_util.check_grads, scipy.optimize.check_grad, numdifftools; each with its own steps and
tolerances where it has any; the last two give a number, which is held to 1e-5 of the gradient's size. Beyond 20,000 inputs, the fast mode of gradcheck is spared the whole Jacobian
that it would compute for its message. All see the same NumPy code in float64. Three
sets: hand-written backward passes of the tests, right and wrong; right functions that are hard, with twins 1 % off in one entry; gross mistakes at many inputs. Then the time of
one pass, the median of processor time. Exit code 1 if ours misses one of its limits.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is loaded

import argparse  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from importlib import import_module  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, NamedTuple  # noqa: E402

import numpy as np  # noqa: E402

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # the checkout, not what happens to be installed

from gradient_cases import hard_cases, twin  # noqa: E402
from pairs_arrays import ARRAYS  # noqa: E402
from pairs_layers import LAYERS  # noqa: E402
from pairs_losses import LOSSES  # noqa: E402

from derive.testing import check_backward  # noqa: E402

Checker = Callable[[Any, Any, Sequence[Any]], bool]
LIMITS = {60: 10.0, 10_000: 150.0, 100_000: 1500.0}  # milliseconds of one pass
SLOWEST = 20.0  # seconds: a peer that needs more for one check is not asked for larger ones
CLOSE = 1e-5


class Peer(NamedTuple):
    name: str
    check: Checker
    most: int = 10**9  # inputs, beyond which it is not asked


# ---------------------------------------------------------------------- the checkers: True is "right"


def ours(forward: Any, backward: Any, inputs: Sequence[Any]) -> bool:
    return check_backward(forward, backward, list(inputs), seed=1).ok


def torch_peer(fast: bool) -> Checker:
    import torch

    def check(forward: Any, backward: Any, inputs: Sequence[Any]) -> bool:
        class Code(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, *xs: Any) -> Any:
                ctx.xs = [x.detach().numpy() for x in xs]
                out = forward(*ctx.xs)
                parts = [torch.as_tensor(np.array(y, float)) for y in (out if isinstance(out, tuple) else (out,))]
                return tuple(parts) if isinstance(out, tuple) else parts[0]

            @staticmethod
            def backward(ctx: Any, *gs: Any) -> Any:
                g = tuple([g.numpy() for g in gs])
                found = backward(g if len(g) > 1 else g[0], *ctx.xs)
                return tuple([None if d is None else torch.as_tensor(np.array(d, float)) for d in found])

        xs = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
        torch.manual_seed(0)
        home = sys.modules["torch.autograd.gradcheck"]
        explain = home._run_slow_mode_and_get_error  # the whole Jacobian, for its message: n² numbers
        if sum(x.numel() for x in xs) > 20_000:
            home._run_slow_mode_and_get_error = lambda *_: ""
        try:
            return bool(torch.autograd.gradcheck(Code.apply, xs, fast_mode=fast))
        finally:
            home._run_slow_mode_and_get_error = explain

    return check


def jax_peer() -> Checker:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    def check(forward: Any, backward: Any, inputs: Sequence[Any]) -> bool:
        floats = [k for k, x in enumerate(inputs) if x.dtype.kind == "f"]

        def filled(xs: Sequence[Any]) -> list[Any]:
            values = dict(zip(floats, xs, strict=True))
            return [np.asarray(values[k]) if k in values else x for k, x in enumerate(inputs)]

        out = forward(*inputs)
        shaped = jax.tree.map(lambda y: jax.ShapeDtypeStruct(np.shape(y), np.float64), out)

        @jax.custom_vjp
        def code(*xs: Any) -> Any:
            as_float = lambda y: np.asarray(y, float)  # noqa: E731
            return jax.pure_callback(lambda *v: jax.tree.map(as_float, forward(*filled(v))), shaped, *xs)

        def pulled(xs: Any, g: Any) -> Any:
            def call(g: Any, *v: Any) -> Any:
                found = backward(jax.tree.map(np.asarray, g), *filled(v))
                return tuple([np.asarray(found[k], float) for k in floats])

            return jax.pure_callback(call, tuple([jax.ShapeDtypeStruct(x.shape, x.dtype) for x in xs]), g, *xs)

        code.defvjp(lambda *xs: (code(*xs), xs), pulled)
        check_grads(code, [jax.numpy.asarray(inputs[k]) for k in floats], order=1, modes=["rev"])
        return True

    return check


def _scalar(forward: Any, backward: Any, inputs: Sequence[Any]) -> tuple[Any, Any, Any]:
    """One number of one vector, and its gradient: outputs times random numbers."""
    floats = [k for k, x in enumerate(inputs) if x.dtype.kind == "f"]
    flat = np.concatenate([np.ravel(inputs[k]) for k in floats]).astype(float)
    cuts = np.cumsum([inputs[k].size for k in floats])[:-1]
    out = forward(*inputs)
    several, rng = isinstance(out, tuple), np.random.default_rng(5)
    weights = [rng.standard_normal(np.shape(y)) for y in (out if several else (out,))]

    def filled(z: Any) -> list[Any]:
        parts = dict(zip(floats, np.split(z, cuts), strict=True))
        return [parts[k].reshape(x.shape) if k in parts else x for k, x in enumerate(inputs)]

    def value(z: Any) -> float:
        found = forward(*filled(np.asarray(z, float)))
        return float(sum((w * y).sum() for w, y in zip(weights, found if several else (found,), strict=True)))

    def slope(z: Any) -> Any:
        g = tuple(weights) if several else (weights[0] if weights[0].ndim else weights[0][()])
        found = backward(g, *filled(np.asarray(z, float)))
        parts = [np.asarray(found[k], float) for k in floats]
        if any(d.shape != inputs[k].shape for d, k in zip(parts, floats, strict=True)):
            raise ValueError("shape")
        return np.concatenate([np.ravel(d) for d in parts])

    return value, slope, flat


def scipy_check(forward: Any, backward: Any, inputs: Sequence[Any]) -> bool:
    from scipy.optimize import check_grad

    value, slope, flat = _scalar(forward, backward, inputs)
    how = {} if flat.size <= 1000 else {"direction": "random", "rng": np.random.default_rng(0)}
    error = check_grad(value, slope, flat, **how)
    return bool(error <= CLOSE * max(1.0, float(np.linalg.norm(slope(flat)))))


def numdifftools_check(forward: Any, backward: Any, inputs: Sequence[Any]) -> bool:
    import numdifftools

    value, slope, flat = _scalar(forward, backward, inputs)
    found = slope(flat)
    error = np.linalg.norm(np.atleast_1d(numdifftools.Gradient(value)(flat)) - found)
    return bool(error <= CLOSE * max(1.0, float(np.linalg.norm(found))))


def peers() -> list[Peer]:
    found = [Peer("derive.testing", ours)]
    makers: list[tuple[str, Callable[[], Checker], int]] = [
        ("torch gradcheck", lambda: torch_peer(False), 1000),
        ("torch, fast mode", lambda: torch_peer(True), 10**9),
        ("JAX check_grads", jax_peer, 10**9),
        ("scipy check_grad", lambda: scipy_check if import_module("scipy") else None, 10**9),
        ("numdifftools", lambda: numdifftools_check if import_module("numdifftools") else None, 1000),
    ]
    for name, make, most in makers:
        try:
            found.append(Peer(name, make(), most))
        except ImportError:
            print(f"{name}: not installed")
    return found


def says_right(peer: Peer, forward: Any, backward: Any, inputs: Sequence[Any]) -> bool:
    """What a checker says; whatever it raises is a no."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return peer.check(forward, backward, inputs)
        except Exception:
            return False


# ---------------------------------------------------------------------- what is compared


def detection(found: Sequence[Peer]) -> bool:
    pairs = LAYERS + LOSSES + ARRAYS
    hard = [c for c in hard_cases() if all(np.asarray(x).dtype == np.float64 for x in c.inputs)]
    print(
        f"\n{'':18}{len(pairs)} pairs: wrong ones   right ones   {len(hard)} hard: right accepted   twin rejected   both"
    )
    good = True
    for peer in found:
        wrong = right = 0
        for pair in pairs:
            inputs = [np.asarray(x) for x in pair.inputs(np.random.default_rng(0))]
            right += says_right(peer, pair.forward, pair.right, inputs)
            wrong += not says_right(peer, pair.forward, pair.wrong, inputs)
        asked = [c for c in hard if sum(np.size(x) for x in c.inputs) <= peer.most]
        accepted = [says_right(peer, c.forward, c.backward, c.inputs) for c in asked]
        rejected = [not says_right(peer, c.forward, twin(c), c.inputs) for c in asked]
        both = sum(a and r for a, r in zip(accepted, rejected, strict=True))
        print(f"{peer.name:18}{wrong:>10} found{right:>15}{sum(accepted):>19}{sum(rejected):>19}{both:>12}", flush=True)
        if peer.check is ours:
            good = wrong == right == len(pairs) and sum(accepted) == len(hard) and both >= 0.92 * len(hard)
    return good


def _tanh(x: Any) -> Any:
    return np.tanh(x).sum()


def _tanh_back(g: Any, x: Any) -> Any:
    return (g * (1 - np.tanh(x) ** 2),)


CHANGES: dict[str, Callable[[Any], Any]] = {
    "right": lambda d: d,
    "1 %": lambda d: 1.01 * d,
    "zero": lambda d: 0 * d,
    "sign": lambda d: -d,
}


def scale(found: Sequence[Peer], sizes: Sequence[int]) -> bool:
    print(
        f"\n{'what is said of sum(tanh(x))':32}"
        + "".join(f"{name:>10}" for name in CHANGES)
        + "   ms, right   ms, 1 % off"
    )
    good, slow = True, set[str]()
    for n in sizes:
        x = np.random.default_rng(0).standard_normal(n)
        for peer in found:
            if n > peer.most or peer.name in slow:
                continue
            said, took = {}, {}
            for name, change in CHANGES.items():
                wrong = lambda g, x, c=change: (c(_tanh_back(g, x)[0]),)  # noqa: E731
                times = []
                for _ in range(9 if n <= 60 else 3 if n <= 10_000 else 1):
                    start = time.process_time()
                    said[name] = says_right(peer, _tanh, wrong, [x])
                    times.append(time.process_time() - start)
                took[name] = 1000 * statistics.median(times)
                if max(times) > SLOWEST:
                    slow.add(peer.name)
            words = "".join(f"{'accepted' if yes else 'rejected':>10}" for yes in said.values())
            print(f"{peer.name:20}n = {n:<8}{words}{took['right']:>12.1f}{took['1 %']:>14.1f}", flush=True)
            if peer.check is ours:
                good &= said == {name: name == "right" for name in CHANGES} and took["right"] <= LIMITS.get(n, np.inf)
                good &= took["1 %"] <= 2 * took["right"] or n <= 60
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[60, 10_000, 100_000, 1_000_000])
    parser.add_argument("--alone", action="store_true", help="without the peers")
    args = parser.parse_args()
    found = [Peer("derive.testing", ours)] if args.alone else peers()
    good = detection(found)
    good &= scale(found, args.sizes)
    print("\nwithin all limits" if good else "\na limit is missed")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
