"""Arguments of compiled functions in NumPy, PyTorch and JAX: what is taken as it is, what is converted, what is refused.

One idea: a conversion that loses nothing (a list, whole numbers, a narrower float) is made; anything else is refused by name. The libraries
are imported when a function is compiled for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from derive.codegen.evaluate import ShapeError
from derive.finding import Finding

DTYPES = ("float64", "float32")


class Library:
    """NumPy."""

    name = "numpy"

    def chosen(self, dtype: Any) -> str:
        """The type of entries by name: float64 unless another is asked for. Raises ValueError for a type that is not compiled."""
        text = "float64" if dtype is None else str(getattr(dtype, "__name__", dtype)).rpartition(".")[2]
        if text not in DTYPES:
            raise ValueError(f"dtype is {dtype!r}; it must be one of {', '.join(DTYPES)}")
        return text

    def ready(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return function

    def array(self, name: str, value: Any, dtype: str, shaped: bool) -> tuple[Any, bool]:
        """The array, and whether it is the value itself."""
        import numpy as np

        wanted = np.dtype(dtype)
        if isinstance(value, np.ndarray) and value.dtype == wanted and shaped:
            return value, type(value) is np.ndarray
        if not shaped and isinstance(value, float | int) and not isinstance(value, bool):
            return value, True
        try:
            given = np.asarray(value)
        except (TypeError, ValueError):
            raise refused(name, "is not a number or an array of numbers") from None
        if given.dtype.kind not in "biuf":
            raise refused(name, f"has entries of type {given.dtype}, not numbers")
        floats = given.dtype.kind == "f" and isinstance(value, np.ndarray | np.generic)
        if floats and not np.can_cast(given.dtype, wanted, "safe"):
            raise refused(name, f"has entries of type {given.dtype}, and the function is compiled for {dtype}")
        return np.asarray(given, wanted), False

    def demand_out(self, out: Any, dtype: str, arguments: Sequence[Any] = ()) -> None:
        """Raises ShapeError unless `out` is a C-contiguous array of the type that shares no memory with an argument."""
        import numpy as np

        if not isinstance(out, np.ndarray) or out.dtype != np.dtype(dtype) or not out.flags.c_contiguous:
            raise refused("out", f"must be a C-contiguous array of {dtype}")
        if not out.flags.writeable:
            raise refused("out", "is read-only")
        if any(isinstance(a, np.ndarray) and np.may_share_memory(a, out) for a in arguments):
            raise refused("out", "shares memory with an argument")


class Torch(Library):
    """PyTorch: tensors as they are, anything else through `torch.as_tensor`."""

    name = "torch"

    def ready(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return function

    def array(self, name: str, value: Any, dtype: str, shaped: bool) -> tuple[Any, bool]:
        import torch

        wanted = getattr(torch, dtype)
        if isinstance(value, torch.Tensor):
            if value.dtype == wanted:
                return value, shaped
            if value.dtype.is_complex or not torch.can_cast(value.dtype, wanted) or value.dtype == torch.float64:
                raise refused(name, f"has entries of type {value.dtype}, and the function is compiled for {dtype}")
            return value.to(wanted), False
        given, _ = LIBRARIES["numpy"].array(name, value, dtype, shaped)
        return torch.as_tensor(given, dtype=wanted), False

    def demand_out(self, out: Any, dtype: str, arguments: Sequence[Any] = ()) -> None:
        raise ValueError("out is for NumPy alone")


class Jax(Torch):
    """JAX: functions are jitted; the type follows `jax_enable_x64`."""

    name = "jax"

    def chosen(self, dtype: Any) -> str:
        import jax

        wide = bool(jax.config.jax_enable_x64)
        text = super().chosen(dtype) if dtype is not None else ("float64" if wide else "float32")
        if text == "float64" and not wide:
            raise ValueError("JAX computes in float32 here: jax.config.update('jax_enable_x64', True) comes first")
        return text

    def ready(self, function: Callable[..., Any]) -> Callable[..., Any]:
        import jax

        made: Callable[..., Any] = jax.jit(function)
        return made

    def array(self, name: str, value: Any, dtype: str, shaped: bool) -> tuple[Any, bool]:
        import jax
        import jax.numpy as jnp

        if isinstance(value, jax.Array):
            if str(value.dtype) == dtype:
                return value, shaped
            if not jnp.can_cast(value.dtype, dtype):
                raise refused(name, f"has entries of type {value.dtype}, and the function is compiled for {dtype}")
            return value.astype(dtype), False
        given, _ = LIBRARIES["numpy"].array(name, value, dtype, shaped)
        return jnp.asarray(given, dtype=dtype), False


def refused(name: str, why: str) -> ShapeError:
    code = "bad-out" if name == "out" else "not-numeric"
    return ShapeError(Finding(code, f"{name if name == 'out' else f'the value of {name}'} {why}"))


LIBRARIES: dict[str, Library] = {"numpy": Library(), "torch": Torch(), "jax": Jax()}
