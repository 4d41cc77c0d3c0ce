"""From a definition to a compiled machine; everything that is wrong is reported at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.errors import InvalidDefinitionError
from tastemaker.runner.interpreter.check_fields import JSONATA, JSONPATH
from tastemaker.runner.interpreter.execution import EXPRESS, STANDARD
from tastemaker.runner.interpreter.graph import find_problems
from tastemaker.runner.interpreter.jsonata_expression import ExpressionSyntaxError
from tastemaker.runner.interpreter.jsonata_state import JsonataState
from tastemaker.runner.interpreter.jsonpath_query import PathSyntaxError
from tastemaker.runner.interpreter.jsonpath_state import JsonpathState
from tastemaker.runner.interpreter.model import Catcher, Machine, Retrier, Scope, State
from tastemaker.runner.interpreter.payload import to_text
from tastemaker.runner.interpreter.states import choice, fail, pass_state, wait
from tastemaker.runner.interpreter.states.activity_task import compile_activity_task
from tastemaker.runner.interpreter.states.lambda_task import compile_lambda_task
from tastemaker.runner.interpreter.states.map import compile_distributed_map, compile_map
from tastemaker.runner.interpreter.states.map_run import DistributedMap
from tastemaker.runner.interpreter.states.parallel import compile_parallel
from tastemaker.runner.interpreter.states.task import compile_task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.runner.interpreter.integrations import Integrations
    from tastemaker.runner.interpreter.jsonata_expression import ExpressionCache
    from tastemaker.runner.interpreter.model import Work
    from tastemaker.runner.interpreter.query import StateData


_CALLBACK = ".waitForTaskToken"


@dataclass(frozen=True, slots=True)
class Languages:
    """What the two query languages share over all machines of an engine.

    Attributes:
        cache: compiled JSONata expressions.
        functions: the intrinsic functions of JSONPath by name.
    """

    cache: ExpressionCache
    functions: Mapping[str, Callable[..., Any]]


def compile_machine(
    arn: str,
    definition: dict[str, Any],
    languages: Languages,
    integrations: Integrations,
    *,
    type: str = STANDARD,  # noqa: A002 - the API's word
    role_arn: str = "",
) -> Machine:
    """Check and compile; the name is the last part of the ARN.

    Raises:
        InvalidDefinitionError: with every problem, each naming its state.
    """
    name = arn.rpartition(":")[2]
    problems = find_problems(definition)
    if problems:
        raise InvalidDefinitionError([f"{name}: {problem}" for problem in problems])
    definition = json.loads(to_text(definition))  # nobody changes it later
    compiler = _Compiler(languages, integrations, definition.get("QueryLanguage", JSONPATH), type)
    scope = compiler.scope(definition)
    if compiler.problems:
        raise InvalidDefinitionError([f"{name}: {problem}" for problem in compiler.problems])
    return Machine(name, arn, definition, scope, definition.get("TimeoutSeconds"), type, role_arn)


@dataclass(slots=True)
class _Compiler:
    """`language` is that of the whole machine: what is inside a Map or Parallel does not inherit its language."""

    languages: Languages
    integrations: Integrations
    language: str
    kind: str = STANDARD
    problems: list[str] = field(default_factory=list)

    def scope(self, definition: dict[str, Any]) -> Scope:
        states: dict[str, State] = {}
        for name, state in definition["States"].items():
            try:
                states[name] = self.state(name, state, state.get("QueryLanguage", self.language))
            except ExpressionSyntaxError as error:
                self.problems.append(f"state '{name}'/{error.location}: {error}")
            except PathSyntaxError as error:
                self.problems.append(f"state '{name}'{error.place}: {error}")
            except LookupError as error:
                self.problems.append(f"state '{name}'/Resource: {error.args[0]}")
        return Scope(definition["StartAt"], states)

    def state(self, name: str, state: dict[str, Any], language: str) -> State:
        kind: str = state["Type"]
        return State(
            name=name,
            type=kind,
            next=state.get("Next"),
            data=self.data(state, language),
            work=self.work(name, state, language),
            retriers=tuple(_retrier(rule) for rule in state.get("Retry", [])),
            catchers=tuple(Catcher(tuple(rule["ErrorEquals"]), rule["Next"]) for rule in state.get("Catch", [])),
            entered_type=f"{kind}StateEntered",
            exited_type=f"{kind}StateExited",
        )

    def data(self, state: dict[str, Any], language: str) -> StateData:
        if language == JSONATA:
            return JsonataState(state, self.languages.cache)
        return JsonpathState(state, self.languages.functions)

    def work(self, name: str, state: dict[str, Any], language: str) -> Work:
        """The work of each state type; this is the list of types."""
        match state["Type"]:
            case "Task":
                return self.task(name, state, language)
            case "Choice":
                return choice.compile_choice(state)
            case "Map":
                return self.map(state)
            case "Parallel":
                return compile_parallel([self.scope(branch) for branch in state["Branches"]])
        return {"Pass": pass_state.work, "Succeed": pass_state.work, "Wait": wait.work, "Fail": fail.work}[
            state["Type"]
        ]

    def map(self, state: dict[str, Any]) -> Work:
        processor = state["ItemProcessor"] if "ItemProcessor" in state else state["Iterator"]
        scope, config = self.scope(processor), processor.get("ProcessorConfig", {})
        if config.get("Mode") != "DISTRIBUTED":
            return compile_map(scope)
        exports = "Resource" in state.get("ResultWriter", {})
        storage = self.integrations.storage
        return compile_distributed_map(
            DistributedMap(state.get("Label"), config["ExecutionType"], storage, scope, exports)
        )

    def task(self, name: str, state: dict[str, Any], language: str) -> Work:
        resource: str = state["Resource"]
        if self.kind == EXPRESS and resource.endswith(_CALLBACK):
            what = f"Express state machine does not support '{_CALLBACK}' service integration "
            self.problems.append(f"state '{name}'/Resource: {what}")
        if is_activity(resource):
            return compile_activity_task(resource)
        integration = self.integrations.find(resource)
        if is_function(resource):
            return compile_lambda_task(integration)
        arguments = state.get("Arguments" if language == JSONATA else "Parameters")
        self.problems += [f"state '{name}': {problem}" for problem in integration.check(arguments)]
        return compile_task(integration)


def is_activity(resource: str) -> bool:
    """Whether a Resource is an activity's ARN."""
    return resource.startswith("arn:") and resource.split(":")[2] == "states" and ":activity:" in resource


def is_function(resource: str) -> bool:
    """Whether a Resource is a Lambda function's ARN."""
    return resource.startswith("arn:") and resource.split(":")[2] == "lambda"


def _retrier(rule: dict[str, Any]) -> Retrier:
    """Defaults of the States Language: 1 second, 3 attempts, rate 2.0, no cap, no jitter."""
    return Retrier(
        error_equals=tuple(rule["ErrorEquals"]),
        interval_seconds=rule.get("IntervalSeconds", 1),
        max_attempts=rule.get("MaxAttempts", 3),
        backoff_rate=rule.get("BackoffRate", 2.0),
        max_delay_seconds=rule.get("MaxDelaySeconds"),
        full_jitter=rule.get("JitterStrategy", "NONE") == "FULL",
    )
