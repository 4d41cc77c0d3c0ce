"""LAPACK in place and without the interpreter's lock.

SciPy's own wrappers (`scipy.linalg.lapack`) hold the lock while they compute, a second and more for a large matrix: two
threads of a training would take turns, and no request would be answered meanwhile. These are the same routines, by the
addresses that SciPy publishes for Cython; ctypes gives the lock away.

Matrices are float32, square, in C order. LAPACK reads them transposed: its lower triangle is the upper one here. The
other triangle stays as it is.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from scipy.linalg import cython_lapack

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.simulator.recipes.base import FloatArray

_LOWER, _NOT_UNIT = b"L", b"N"
_get_name = ctypes.PYFUNCTYPE(ctypes.c_char_p, ctypes.py_object)(("PyCapsule_GetName", ctypes.pythonapi))
_get_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


def factor_in_place(matrix: FloatArray) -> int:
    """Cholesky: U with U'U = matrix, in the upper triangle (spotrf).

    Returns:
        0, or which leading minor is not positive.
    """
    return _call("spotrf", matrix, _LOWER)


def invert_triangle(matrix: FloatArray) -> int:
    """The inverse of the upper triangle (strtri).

    Returns:
        0, or which element of the diagonal is zero.
    """
    return _call("strtri", matrix, _LOWER, _NOT_UNIT)


def square_triangle(matrix: FloatArray) -> None:
    """The upper triangle of UU', where U is the upper triangle (slauum)."""
    _call("slauum", matrix, _LOWER)


def _call(name: str, matrix: FloatArray, *options: bytes) -> int:
    if not (matrix.flags.c_contiguous and matrix.flags.writeable and matrix.dtype == "float32"):
        raise ValueError("a float32 matrix in C order is needed")
    rows = ctypes.c_int(matrix.shape[0])
    # LAPACK refuses a leading dimension of 0
    leading, info = ctypes.c_int(max(matrix.shape[0], 1)), ctypes.c_int(0)
    sizes = ctypes.byref(rows), matrix.ctypes.data, ctypes.byref(leading), ctypes.byref(info)
    _routine(name, len(options))(*options, *sizes)
    return info.value


def _routine(name: str, options: int) -> Callable[..., Any]:
    capsule = cython_lapack.__pyx_capi__[name]
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_char_p] * options, *[ctypes.c_void_p] * 4)
    return kind(_get_pointer(capsule, _get_name(capsule)))
