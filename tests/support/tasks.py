"""An engine with callers that answer what a test told them, and small definitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.seams import AwsCaller

START = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""

LAMBDA = "arn:aws:states:::lambda:invoke"


@dataclass
class ScriptedAws:
    """Implements AwsCaller.

    Attributes:
        answers: operation to its answers in order; the last one stays. An exception is raised.
        calls: (service, operation, parameters) in order.
    """

    answers: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((service, operation, dict(params)))
        answer: dict[str, Any] = _next(self.answers, operation, {})
        return answer


@dataclass
class ScriptedFunctions:
    """Implements FunctionInvoker; a function without answers gives its payload back."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def invoke(self, function: str, payload: Any) -> Any:
        self.calls.append((function, payload))
        return _next(self.answers, function, payload)


def _next(answers: dict[str, list[Any]], key: str, default: Any) -> Any:
    prepared = answers.get(key, [default])
    answer = prepared.pop(0) if len(prepared) > 1 else prepared[0]
    if isinstance(answer, Exception):
        raise answer
    return answer


def engine_with(aws: AwsCaller | None = None, functions: ScriptedFunctions | None = None, *, seed: int = 0) -> Engine:
    """An engine that stands at START."""
    return Engine(aws=aws or ScriptedAws(), functions=functions or ScriptedFunctions(), start_time=START, seed=seed)


def machine(start_at: str, **states: dict[str, Any]) -> dict[str, Any]:
    """A JSONata definition."""
    return {"QueryLanguage": "JSONata", "StartAt": start_at, "States": states}


def jsonpath(start_at: str, **states: dict[str, Any]) -> dict[str, Any]:
    """A JSONPath definition, or the states inside a Map or Parallel, which have no query language of their own."""
    return {"StartAt": start_at, "States": states}


def single(state: dict[str, Any]) -> dict[str, Any]:
    """A JSONata definition with one state, `S`, that ends it."""
    terminal = {} if state["Type"] in ["Succeed", "Fail", "Choice"] else {"End": True}
    return machine("S", S={**state, **terminal})


def invoke(function: str, **state: Any) -> dict[str, Any]:
    """A Task that invokes a function with the state's input."""
    arguments = {"FunctionName": function, "Payload": "{% $states.input %}"}
    return {"Type": "Task", "Resource": LAMBDA, "Arguments": arguments, **state}


def played(definition: dict[str, Any], input: Any = None, engine: Engine | None = None) -> Execution:  # noqa: A002
    """The execution of a definition, run to its end; None as input stands for an empty object."""
    engine = engine or engine_with()
    engine.register("machine", definition)
    return engine.run(engine.start("machine", {} if input is None else input, "run"))


def without_metadata(result: Any) -> Any:
    """A result without what the optimised integrations add to the service's answer."""
    return {name: value for name, value in result.items() if name not in {"SdkHttpMetadata", "SdkResponseMetadata"}}


def types_of(execution: Execution) -> list[str]:
    """Event types of the history."""
    return [event["type"] for event in execution.history]
