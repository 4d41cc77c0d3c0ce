"""Lambda functions of a plan, run in this process."""

from __future__ import annotations

import sys
import threading
import time
import uuid
from collections import deque
from typing import TYPE_CHECKING, Any

from tastemaker.errors import FunctionError
from tastemaker.plan.tokens import resolve_tokens
from tastemaker.runner.environment import COLD_START, ExecutionEnvironment, LambdaContext, function_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tastemaker.plan.specs import FunctionSpec


MAX_CONCURRENCY = 4
"""Environments per function; more would only wait for the same processor."""


class LocalFunctions:
    """Implements `FunctionInvoker`.

    As on Lambda an execution environment serves one request at a time: the first request, and each one more at the same
    time, is a cold start. A function sees its variables during a cold start only (import and first request), because
    they are the process's; handlers therefore read settings and make clients at the begin of their first request.

    Args:
        asset: directory as `assets.stage_lambdas` lays it out; stays untouched.
        values: token values for the functions' environments; looked up at each cold start.
        log: takes function name and line of what handlers print; None leaves it on standard output.
    """

    def __init__(
        self,
        asset: Path,
        specs: Sequence[FunctionSpec],
        values: Mapping[str, str],
        *,
        log: Callable[[str, str], None] | None = None,
        new_request_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._asset, self._values, self._log = asset, values, log
        self._specs = {spec.name: spec for spec in specs}
        self._idle: dict[str, deque[ExecutionEnvironment]] = {spec.name: deque() for spec in specs}
        self._slots = {spec.name: threading.BoundedSemaphore(MAX_CONCURRENCY) for spec in specs}
        self._new_request_id = new_request_id

    def invoke(self, function: str, payload: Any) -> Any:
        """See `FunctionInvoker`."""
        spec = self._spec(function)
        with self._slots[spec.name]:
            try:
                return self._invoke(spec, payload)
            except FunctionError as error:
                self._report(spec, error)
                raise

    def close(self) -> None:
        """Forget all modules; later invocations start cold."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    def _invoke(self, spec: FunctionSpec, payload: Any) -> Any:
        idle = self._idle[spec.name]
        try:
            environment = idle.pop()
        except IndexError:
            return self._cold_start(spec, payload)
        try:
            return environment.invoke(payload, self._context(spec))
        finally:
            idle.append(environment)

    def _cold_start(self, spec: FunctionSpec, payload: Any) -> Any:
        """A first request that fails leaves no environment behind: it may not have read its variables yet."""
        variables = resolve_tokens(spec.environment, self._values)
        log = self._log
        sink = None if log is None else lambda line: log(spec.name, line)
        with COLD_START, function_variables(spec, variables, self._region):
            environment = ExecutionEnvironment(self._asset, spec, sink)
            try:
                answer = environment.invoke(payload, self._context(spec))
            except FunctionError:
                environment.close()
                raise
        self._idle[spec.name].append(environment)
        return answer

    def _report(self, spec: FunctionSpec, error: FunctionError) -> None:
        """Lambda writes an uncaught error and its trace to the function's log."""
        text = f"[ERROR] {error}\n{''.join(error.trace)}"
        if self._log is None:
            sys.stderr.write(text)
        else:
            self._log(spec.name, text)

    def _context(self, spec: FunctionSpec) -> LambdaContext:
        account = self._values.get("AccountId", "123456789012")
        return LambdaContext(
            aws_request_id=self._new_request_id(),
            function_name=spec.name,
            invoked_function_arn=f"arn:aws:lambda:{self._region}:{account}:function:{spec.name}",
            memory_limit_in_mb=str(spec.memory_mb),
            deadline_seconds=time.monotonic() + spec.timeout_seconds,
            log_group_name=f"/aws/lambda/{spec.name}",
        )

    @property
    def _region(self) -> str:
        return self._values.get("Region", "us-east-1")

    def _spec(self, function: str) -> FunctionSpec:
        """By name, physical name (`<prefix>-recommend`) or ARN; the longest name wins."""
        wanted = function.split(":")[6] if function.startswith("arn:") else function
        found = [name for name in self._specs if wanted == name or wanted.endswith(f"-{name}")]
        if not found:
            raise FunctionError("ResourceNotFoundException", f"Function not found: {function}")
        return self._specs[max(found, key=len)]
