"""An execution environment of a Lambda function: its own copy of the asset's modules, one request at a time."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import sys
import threading
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tastemaker.errors import FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tastemaker.plan.specs import FunctionSpec

COLD_START = threading.RLock()
"""os.environ belongs to the whole process, so only one function starts at a time."""

_NUMBERS = itertools.count(1)
_SAME_IN_JSON = frozenset({str, int, bool, type(None)})
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local"}


@dataclass(frozen=True)
class LambdaContext:
    """What Lambda hands to a handler beside the event. Source: Lambda developer guide, Python context object."""

    aws_request_id: str
    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    deadline_seconds: float
    function_version: str = "$LATEST"
    log_group_name: str = ""
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Never negative; nothing stops a handler that takes longer."""
        return max(0, int((self.deadline_seconds - time.monotonic()) * 1000))


class ExecutionEnvironment:
    """Loads a handler as Lambda does: from the asset directory and a dotted name.

    The modules live under a package name of their own, so that functions of one asset share no module state. Relative
    imports work; an absolute import of the asset's own packages does not, and would not be needed.
    What a handler prints is its log and goes to `log`, one call per line.
    """

    def __init__(self, asset: Path, spec: FunctionSpec, log: Callable[[str], None] | None) -> None:
        self._root = f"_tastemaker_function_{next(_NUMBERS)}"
        self._bytecode = f"{asset}.bytecode"
        root = ModuleType(self._root)
        root.__path__ = [str(asset)]
        sys.modules[self._root] = root
        try:
            self._handler = self._load(spec.handler)
        except FunctionError:
            self.close()
            raise
        if log is not None:
            self._redirect_print(log)

    def invoke(self, event: Any, context: LambdaContext) -> Any:
        """JSON in, JSON out.

        Raises:
            FunctionError: with the error type and the trace that Lambda reports.
        """
        try:
            answer = self._handler(_sent(event), context)
        except Exception as error:
            trace = traceback.format_tb(error.__traceback__)[1:]
            raise FunctionError(type(error).__name__, str(error), trace) from error
        try:
            return _sent(answer)
        except (TypeError, ValueError, RecursionError) as error:
            raise FunctionError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error

    def close(self) -> None:
        """Forget the modules."""
        for name in self._own_modules():
            del sys.modules[name]

    def _load(self, dotted: str) -> Callable[[Any, LambdaContext], Any]:
        module_name, _, handler_name = dotted.rpartition(".")
        module = self._import(module_name)
        handler = getattr(module, handler_name, None)
        if not callable(handler):
            text = f"Handler '{handler_name}' missing on module '{module_name}'"
            raise FunctionError("Runtime.HandlerNotFound", text)
        found: Callable[[Any, LambdaContext], Any] = handler
        return found

    def _import(self, module_name: str) -> ModuleType:
        try:
            with _bytecode_in(self._bytecode):
                return importlib.import_module(f"{self._root}.{module_name}")
        except ImportError as error:
            text = f"Unable to import module '{module_name}': {error}".replace(f"{self._root}.", "")
            raise FunctionError("Runtime.ImportModuleError", text) from error
        except SyntaxError as error:
            text = f"Syntax error in module '{module_name}': {error}"
            raise FunctionError("Runtime.UserCodeSyntaxError", text) from error
        except Exception as error:
            raise FunctionError(type(error).__name__, str(error), traceback.format_tb(error.__traceback__)) from error

    def _own_modules(self) -> list[str]:
        return [name for name in sys.modules if name == self._root or name.startswith(f"{self._root}.")]

    def _redirect_print(self, log: Callable[[str], None]) -> None:
        """A module's own `print` hides the builtin; standard output itself is shared by all threads."""
        for name in self._own_modules():
            vars(sys.modules[name])["print"] = lambda *parts, **_: log(" ".join(map(str, parts)))


@contextmanager
def function_variables(spec: FunctionSpec, environment: Mapping[str, str], region: str) -> Iterator[None]:
    """Show the process the environment of one function; hold `COLD_START`.

    The computer's own AWS variables and files are hidden: what runs here must never use real credentials.
    """
    before = dict(os.environ)
    for name in before:
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update({**_CREDENTIALS, **_runtime_variables(spec, region), **environment})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _sent(value: Any) -> Any:
    """What arrives at the other end of a JSON text.

    Raises:
        TypeError, ValueError, RecursionError: the value has none.
    """
    try:
        return _copied(value)
    except (_UnusualError, RecursionError):
        return json.loads(json.dumps(value, allow_nan=False))


class _UnusualError(Exception):
    """A value that is not the same in JSON, or perhaps not."""


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind in _SAME_IN_JSON:
        return value
    if kind is dict:
        if any(type(key) is not str for key in value):
            raise _UnusualError
        return {key: _copied(part) for key, part in value.items()}
    if kind is not list:
        raise _UnusualError
    return [_copied(part) for part in value]


def _runtime_variables(spec: FunctionSpec, region: str) -> dict[str, str]:
    """Source: Lambda developer guide, Defined runtime environment variables."""
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def _bytecode_in(folder: str) -> Iterator[None]:
    """Compiled modules are kept beside the asset, which stays as it was staged; hold `COLD_START`."""
    before = sys.dont_write_bytecode, sys.pycache_prefix
    sys.dont_write_bytecode, sys.pycache_prefix = False, folder
    try:
        yield
    finally:
        sys.dont_write_bytecode, sys.pycache_prefix = before
