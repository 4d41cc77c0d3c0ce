"""Loops over plain arrays as machine code, compiled by Numba (decisions 0015 and 0022)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

_Loop = TypeVar("_Loop", bound="Callable[..., Any]")


def compile_loop(loop: _Loop) -> _Loop:
    """Machine code that is kept; compiled anew by each process where there is no folder that it may be kept in."""
    try:
        return cast("_Loop", njit(cache=True, nogil=True, error_model="numpy")(loop))
    except RuntimeError:
        return cast("_Loop", njit(nogil=True, error_model="numpy")(loop))


def native_loop(loop: _Loop) -> _Loop:
    """A loop for `native_loops.NativeLoop`: it makes no arrays, raises nothing and runs without Numba."""
    flags = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast("_Loop", njit(error_model="numpy", **flags)(loop))  # type: ignore[call-overload]


def inline_part(part: _Loop) -> _Loop:
    """Part of a loop. It makes no arrays and does not count their uses, which would take half as long as the work."""
    return cast("_Loop", njit(error_model="numpy", forceinline=True, _nrt=False)(part))  # type: ignore[call-overload]
