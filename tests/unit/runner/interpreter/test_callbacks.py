"""Task tokens, activities and functions by their ARN."""

from __future__ import annotations

from typing import Any

import pytest

from tastemaker.errors import AwsError, FunctionError
from tastemaker.runner.seams import Delayed
from tests.support.tasks import START, ScriptedAws, ScriptedFunctions, engine_with, jsonpath, played, types_of

SEND = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def waiting(**fields: Any) -> dict[str, Any]:
    message = {"Token.$": "$$.Task.Token"}
    state = {"Type": "Task", "Resource": SEND, "Parameters": {"QueueUrl": "q", "MessageBody": message}, "End": True}
    return jsonpath("S", S={**state, **fields})


class Waiting:
    """An execution that waits for its token."""

    def __init__(self, **fields: Any) -> None:
        self.engine = engine_with(ScriptedAws({"SendMessage": [{"MessageId": "m"}]}))
        self.engine.register("m", waiting(**fields))
        self.execution = self.engine.start("m", {})
        self.engine.advance(1)

    @property
    def token(self) -> str:
        (token,) = self.engine.tokens.opened
        return token


def test_a_callback_ends_the_task_with_its_output() -> None:
    case = Waiting()
    assert case.execution.status == "RUNNING"
    case.engine.tokens.succeed(case.token, '{"done": true}')
    case.engine.advance(0)
    assert case.execution.output == {"done": True}
    assert types_of(case.execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    scheduled = case.execution.history[2]["taskScheduledEventDetails"]
    assert scheduled["resource"] == "sendMessage.waitForTaskToken"


def test_the_token_is_part_of_the_message() -> None:
    case = Waiting()
    assert case.token in case.execution.history[2]["taskScheduledEventDetails"]["parameters"]


def test_a_callback_may_fail_the_task() -> None:
    case = Waiting()
    case.engine.tokens.fail(case.token, "Bad", "luck")
    case.engine.advance(0)
    assert (case.execution.error, case.execution.cause) == ("Bad", "luck")


def test_a_task_without_callback_times_out() -> None:
    case = Waiting(TimeoutSeconds=5)
    case.engine.advance(10)
    assert (case.execution.status, case.execution.error, case.execution.stopped_at) == (
        "FAILED",
        "States.Timeout",
        START + 5,
    )
    assert case.execution.history[-2]["taskTimedOutEventDetails"]["error"] == "States.Timeout"


def test_heartbeats_keep_a_task_alive() -> None:
    case = Waiting(HeartbeatSeconds=6)
    for _ in range(4):
        case.engine.advance(4)
        case.engine.tokens.heartbeat(case.token)
    assert case.execution.status == "RUNNING"
    case.engine.advance(10)
    assert (case.execution.error, case.execution.stopped_at) == ("States.Timeout", START + 1 + 16 + 6)


def test_a_missed_heartbeat_may_be_caught_by_its_own_name() -> None:
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "H"}]
    case = Waiting.__new__(Waiting)
    case.engine = engine_with()
    definition = waiting(HeartbeatSeconds=5, Catch=catch)
    definition["States"]["H"] = {"Type": "Succeed"}
    case.engine.register("m", definition)
    case.execution = case.engine.start("m", {})
    case.engine.advance(6)
    assert case.execution.output == {"Error": "States.Timeout", "Cause": ""}


def test_tokens_that_nobody_gave_out_are_refused() -> None:
    with pytest.raises(AwsError) as caught:
        Waiting().engine.tokens.succeed("nonsense", "{}")
    assert caught.value.code == "InvalidToken"


def test_an_answer_to_a_task_that_is_over_is_refused() -> None:
    case = Waiting(TimeoutSeconds=5)
    token = case.token
    case.engine.advance(10)
    with pytest.raises(AwsError) as caught:
        case.engine.tokens.succeed(token, "{}")
    assert caught.value.code == "TaskTimedOut"


def test_a_workers_answer_ends_an_activity() -> None:
    engine = engine_with()
    engine.create_activity("work")
    engine.register("m", jsonpath("S", S={"Type": "Task", "Resource": ACTIVITY, "End": True}))
    execution = engine.start("m", {"a": 1})
    engine.advance(1)
    task = engine.activities.take(ACTIVITY, "bee")
    assert task is not None
    assert task.input == '{"a":1}'
    engine.tokens.succeed(task.token.text, "[2]")
    engine.advance(0)
    assert execution.output == [2]
    assert types_of(execution)[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    assert execution.history[3]["activityStartedEventDetails"] == {"workerName": "bee"}


def test_an_activity_that_nobody_takes_times_out() -> None:
    engine = engine_with()
    engine.create_activity("work")
    state = {"Type": "Task", "Resource": ACTIVITY, "TimeoutSeconds": 30, "End": True}
    execution = played(jsonpath("S", S=state), engine=engine)
    assert (execution.error, execution.stopped_at) == ("States.Timeout", START + 30)
    assert types_of(execution)[-2:] == ["ActivityTimedOut", "ExecutionFailed"]


def test_an_activity_that_does_not_exist_is_a_runtime_error() -> None:
    execution = played(jsonpath("S", S={"Type": "Task", "Resource": ACTIVITY, "End": True}))
    assert execution.cause == (
        "An error occurred while executing the state 'S' (entered at the event id #2). "
        f"The activity {ACTIVITY} does not exist."
    )


def test_a_functions_arn_has_events_of_its_own() -> None:
    state = {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 9, "Parameters": {"x.$": "$.a"}, "End": True}
    functions = ScriptedFunctions()
    execution = played(jsonpath("S", S=state), {"a": 1}, engine_with(functions=functions))
    assert functions.calls == [(FUNCTION, {"x": 1})]
    assert execution.output == {"x": 1}
    assert types_of(execution)[2:5] == [
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
    ]
    assert execution.history[2]["lambdaFunctionScheduledEventDetails"] == {
        "resource": FUNCTION,
        "input": '{"x":1}',
        "inputDetails": {"truncated": False},
        "timeoutInSeconds": 9,
    }
    assert "lambdaFunctionStartedEventDetails" not in execution.history[3]


@pytest.mark.parametrize(
    ("resource", "event"),
    [(FUNCTION, "LambdaFunctionTimedOut"), ("arn:aws:states:::lambda:invoke", "TaskTimedOut")],
)
def test_a_function_that_takes_longer_than_the_limit_times_out(resource: str, event: str) -> None:
    functions = ScriptedFunctions({FUNCTION: [Delayed(10, "late")]})
    state = {"Type": "Task", "Resource": resource, "TimeoutSeconds": 5, "End": True}
    if resource != FUNCTION:
        state["Parameters"] = {"FunctionName": FUNCTION}
    execution = played(jsonpath("S", S=state), engine=engine_with(functions=functions))
    assert (execution.error, execution.cause, execution.stopped_at) == ("States.Timeout", None, START + 5)
    assert types_of(execution)[-2:] == [event, "ExecutionFailed"]


def test_a_function_may_take_virtual_time() -> None:
    functions = ScriptedFunctions({FUNCTION: [Delayed(10, "late")]})
    state = {"Type": "Task", "Resource": FUNCTION, "End": True}
    execution = played(jsonpath("S", S=state), engine=engine_with(functions=functions))
    assert (execution.output, execution.stopped_at) == ("late", START + 10)


def test_a_function_that_raises_fails_its_task() -> None:
    functions = ScriptedFunctions({FUNCTION: [FunctionError("Busy", "later")]})
    state = {"Type": "Task", "Resource": FUNCTION, "End": True}
    execution = played(jsonpath("S", S=state), engine=engine_with(functions=functions))
    assert execution.error == "Busy"
    assert types_of(execution)[-2:] == ["LambdaFunctionFailed", "ExecutionFailed"]
