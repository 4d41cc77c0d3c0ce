"""Loops that Numba compiled once, called without it: half a second less at the start of a command (decision 0022).

Numba keeps machine code as well, but takes 0.5 s to be imported and to know its types before it can load any. Here the
code is kept as an object file of LLVM's, beside the module or in the user's cache, and llvmlite alone links it.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib
import importlib.util
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_DIGEST_BYTES = hashlib.sha256().digest_size
_ARRAY = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p)
"""How Numba passes an array: its owner (twice), items, bytes of one; data; then shape and strides."""


class NativeLoop:
    """A loop of a module, decorated with `machine_code.native_loop`; a call gives its whole number.

    Arguments are whole numbers, C-contiguous arrays, and named tuples of both; each combination of their types has
    machine code of its own. Other threads run meanwhile.

    Args:
        folders: where code is kept; the first that has it, or takes it. Nowhere else than in memory when none does.
    """

    def __init__(self, module: str, name: str, folders: Sequence[Path] | None = None) -> None:
        self._module, self._name, self._folders = module, name, folders
        self._loaded: dict[tuple[str, ...], Callable[..., int]] = {}

    def __call__(self, *arguments: Any) -> int:
        values, types, kinds = _flatten(arguments)
        loop = self._loaded.get(kinds)
        if loop is None:
            loop = self._loaded[kinds] = self._load(arguments, types, kinds)
        result, failure = ctypes.c_int64(), ctypes.c_void_p()
        status = loop(ctypes.addressof(result), ctypes.addressof(failure), *values)
        if status:
            raise RuntimeError(f"{self._module}.{self._name} ended with status {status}")
        return result.value

    def _load(self, arguments: Sequence[Any], types: Sequence[Any], kinds: tuple[str, ...]) -> Callable[..., int]:
        source = Path(_find_source(self._module))
        folders = self._folders if self._folders is not None else _default_folders(source)
        text = "\n".join((digest_sources(source.parent), *kinds, *_platform()))
        file = f"{source.stem}.{self._name}-{hashlib.sha256(text.encode()).hexdigest()[:32]}.o"
        kept = next((found for folder in folders if (found := _read(folder / file)) is not None), None)
        if kept is None:
            kept = self._compile(arguments)
            next((folder for folder in folders if _write(folder / file, kept)), None)
        symbol, _, code = kept.partition(b"\n")
        return ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *types)(_link(symbol.decode(), code))

    def _compile(self, arguments: Sequence[Any]) -> bytes:
        """The symbol's name, a line feed, an object file."""
        import numba  # which only a computer's first large file waits for

        loop = getattr(importlib.import_module(self._module), self._name)
        signature = tuple(map(numba.typeof, arguments))
        loop.compile(signature)
        symbol = loop.overloads[signature].fndesc.llvm_func_name
        machine = _target().create_target_machine(
            cpu=llvm.get_host_cpu_name(),
            features=llvm.get_host_cpu_features().flatten(),
            opt=3,
            codemodel="jitdefault",
            jit=True,
        )
        code: bytes = machine.emit_object(llvm.parse_assembly(loop.inspect_llvm(signature)))
        return f"{symbol}\n".encode() + code


def _flatten(arguments: Sequence[Any]) -> tuple[list[Any], list[Any], tuple[str, ...]]:
    """Values and their types in C as Numba's functions take them, and what tells the types apart."""
    values: list[Any] = []
    types: list[Any] = []
    kinds: list[str] = []
    for one in _leaves(arguments):
        if isinstance(one, np.ndarray):
            if not one.flags.c_contiguous:
                raise ValueError("a loop takes C-contiguous arrays only")
            values += [None, None, one.size, one.itemsize, one.ctypes.data, *one.shape, *one.strides]
            types += [*_ARRAY, *(ctypes.c_int64 for _ in range(2 * one.ndim))]
            kinds.append(f"{one.dtype.str}{one.ndim}{'' if one.flags.writeable else ' read-only'}")
        else:
            values.append(one)
            types.append(ctypes.c_int64)
            kinds.append("int")
    return values, types, tuple(kinds)


def _leaves(arguments: Sequence[Any]) -> Iterator[Any]:
    for one in arguments:
        if isinstance(one, tuple):
            yield from _leaves(one)
        else:
            yield one


def _find_source(module: str) -> str:
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(module)
    return found.origin


def _default_folders(source: Path) -> tuple[Path, ...]:
    """Beside the source, as Python and Numba keep theirs; the user's own where that is not allowed."""
    cached = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return source.parent / "__pycache__", Path(cached) / "tastemaker"


def _read(file: Path) -> bytes | None:
    """What was written, unless it was damaged since."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    kept = content[_DIGEST_BYTES:]
    return kept if hashlib.sha256(kept).digest() == content[:_DIGEST_BYTES] else None


def _write(file: Path, kept: bytes) -> bool:
    """Whole or not at all; False where that is not allowed."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=file.parent)
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(hashlib.sha256(kept).digest() + kept)
        Path(partial).replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            Path(partial).unlink()
        return False
    return True


@cache
def digest_sources(folder: Path) -> str:
    """Of a module and its neighbours, whose constants are part of the code, and of how loops are compiled."""
    digest = hashlib.sha256()
    for file in (*sorted(folder.glob("*.py")), Path(__file__).with_name("machine_code.py")):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@cache
def _platform() -> tuple[str, ...]:
    """Code holds for one compiler and one kind of processor."""
    compiler = (version("numba"), version("llvmlite"), version("numpy"), llvm.get_process_triple())
    return (*compiler, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())


@cache
def _target() -> Any:
    """This computer, ready to be compiled for and linked on."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


_LINKED: list[Any] = []
"""Linked code lasts as long as the process."""


def _link(symbol: str, code: bytes) -> int:
    """The address of a function in an object file."""
    machine = _target().create_target_machine(codemodel="jitdefault", jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _LINKED.append(engine)
    return int(engine.get_function_address(symbol))
