"""Whole histories as GetExecutionHistory returns them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.tasks import ScriptedAws, engine_with, jsonpath, machine, played, single, types_of

T0 = datetime(2026, 1, 1, tzinfo=UTC)
FULL = {"truncated": False}
WHICH = {"resourceType": "aws-sdk:personalize", "resource": "describeCampaign"}
CAMPAIGN = "arn:aws:personalize:us-east-1:123456789012:campaign/home"


def event(number: int, previous: int, event_type: str, seconds: float = 0, **details: Any) -> dict[str, Any]:
    return {
        "timestamp": T0 + timedelta(seconds=seconds),
        "type": event_type,
        "id": number,
        "previousEventId": previous,
        **details,
    }


LOOK = machine(
    "Look",
    Look={
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:personalize:describeCampaign",
        "Arguments": {"CampaignArn": "{% $states.input.arn %}"},
        "TimeoutSeconds": 60,
        "Assign": {"status": "{% $states.result.Campaign.Status %}"},
        "Output": {"status": "{% $states.result.Campaign.Status %}"},
        "Next": "Pause",
    },
    Pause={"Type": "Wait", "Seconds": 30, "Next": "Enough"},
    Enough={
        "Type": "Choice",
        "Choices": [{"Condition": "{% $status = 'ACTIVE' %}", "Next": "Good"}],
        "Default": "Bad",
    },
    Good={"Type": "Succeed"},
    Bad={"Type": "Fail"},
)
GIVEN, OUT = f'{{"arn":"{CAMPAIGN}"}}', '{"status":"ACTIVE"}'
ENTERED = {"input": OUT, "inputDetails": FULL}
LEFT = {"output": OUT, "outputDetails": FULL}
LOOKED = [
    event(
        1,
        0,
        "ExecutionStarted",
        executionStartedEventDetails={
            "input": GIVEN,
            "inputDetails": FULL,
            "roleArn": "arn:aws:iam::123456789012:role/machine",
        },
    ),
    event(2, 0, "TaskStateEntered", stateEnteredEventDetails={"name": "Look", "input": GIVEN, "inputDetails": FULL}),
    event(
        3,
        2,
        "TaskScheduled",
        taskScheduledEventDetails={
            **WHICH,
            "region": "us-east-1",
            "parameters": f'{{"CampaignArn":"{CAMPAIGN}"}}',
            "timeoutInSeconds": 60,
        },
    ),
    event(4, 3, "TaskStarted", taskStartedEventDetails=WHICH),
    event(
        5,
        4,
        "TaskSucceeded",
        taskSucceededEventDetails={**WHICH, "output": '{"Campaign":{"Status":"ACTIVE"}}', "outputDetails": FULL},
    ),
    event(
        6,
        5,
        "TaskStateExited",
        stateExitedEventDetails={
            "name": "Look",
            **LEFT,
            "assignedVariables": {"status": '"ACTIVE"'},
            "assignedVariablesDetails": FULL,
        },
    ),
    event(7, 6, "WaitStateEntered", stateEnteredEventDetails={"name": "Pause", **ENTERED}),
    event(8, 7, "WaitStateExited", 30, stateExitedEventDetails={"name": "Pause", **LEFT}),
    event(9, 8, "ChoiceStateEntered", 30, stateEnteredEventDetails={"name": "Enough", **ENTERED}),
    event(10, 9, "ChoiceStateExited", 30, stateExitedEventDetails={"name": "Enough", **LEFT}),
    event(11, 10, "SucceedStateEntered", 30, stateEnteredEventDetails={"name": "Good", **ENTERED}),
    event(12, 11, "SucceedStateExited", 30, stateExitedEventDetails={"name": "Good", **LEFT}),
    event(13, 12, "ExecutionSucceeded", 30, executionSucceededEventDetails=LEFT),
]


def test_the_whole_history_of_a_small_machine() -> None:
    aws = ScriptedAws({"DescribeCampaign": [{"campaign": {"status": "ACTIVE"}}]})
    assert played(LOOK, {"arn": CAMPAIGN}, engine_with(aws)).history == LOOKED


def test_a_fail_state_is_entered_but_not_left() -> None:
    execution = played(single({"Type": "Fail", "Error": "E", "Cause": "C"}))
    assert types_of(execution) == ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]
    assert execution.history[2]["previousEventId"] == 2
    assert execution.history[2]["executionFailedEventDetails"] == {"error": "E", "cause": "C"}


def test_iterations_follow_the_start_of_the_map_or_the_last_state_of_the_iteration_that_made_room() -> None:
    processor = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    execution = played(single({"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": processor}), [1, 2])
    lines = [(entry["id"], entry["previousEventId"], entry["type"]) for entry in execution.history[1:]]
    assert lines == [
        (2, 0, "MapStateEntered"),
        (3, 2, "MapStateStarted"),
        (4, 3, "MapIterationStarted"),
        (5, 4, "PassStateEntered"),
        (6, 5, "PassStateExited"),
        (7, 6, "MapIterationSucceeded"),
        (8, 6, "MapIterationStarted"),
        (9, 8, "PassStateEntered"),
        (10, 9, "PassStateExited"),
        (11, 10, "MapIterationSucceeded"),
        (12, 11, "MapStateSucceeded"),
        (13, 11, "MapStateExited"),
        (14, 13, "ExecutionSucceeded"),
    ]
    assert execution.history[2]["mapStateStartedEventDetails"] == {"length": 2}
    assert execution.history[3]["mapIterationStartedEventDetails"] == {"name": "S", "index": 0}


def test_what_a_failure_aborts_follows_the_last_event_of_the_line_that_failed() -> None:
    branches = [
        jsonpath("A", A={"Type": "Wait", "Seconds": 5, "End": True}),
        jsonpath("B", B={"Type": "Fail", "Error": "E"}),
    ]
    execution = played(single({"Type": "Parallel", "Branches": branches}))
    lines = [(entry["id"], entry["previousEventId"], entry["type"]) for entry in execution.history[2:]]
    assert lines == [
        (3, 2, "ParallelStateStarted"),
        (4, 3, "WaitStateEntered"),
        (5, 3, "FailStateEntered"),
        (6, 5, "WaitStateAborted"),
        (7, 5, "ParallelStateFailed"),
        (8, 7, "ExecutionFailed"),
    ]


def test_a_map_that_is_retried_has_not_failed_yet() -> None:
    processor = jsonpath("F", F={"Type": "Fail", "Error": "E"})
    retry = [{"ErrorEquals": ["E"], "MaxAttempts": 1}]
    execution = played(single({"Type": "Map", "ItemProcessor": processor, "Retry": retry}), [1])
    types = types_of(execution)
    assert (types.count("MapStateStarted"), types.count("MapStateFailed")) == (2, 1)


def test_transitions_count_every_entered_state() -> None:
    branch = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    assert played(single({"Type": "Parallel", "Branches": [branch]})).transitions == 2


def test_an_execution_ends_at_25000_events() -> None:
    definition = machine(
        "A",
        A={"Type": "Pass", "Next": "B"},
        B={"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "End"}], "Default": "A"},
        End={"Type": "Succeed"},
    )
    execution = played(definition)
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert execution.cause == "The execution reached the maximum number of history events (25000)."
    lines = [(entry["id"], entry["previousEventId"], entry["type"]) for entry in execution.history[-2:]]
    assert lines == [(24_999, 24_998, "PassStateExited"), (25_000, 24_999, "ExecutionFailed")]


def test_two_engines_with_one_seed_write_the_same_history() -> None:
    processor = {
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": "{% $round($random() * 100) %}", "End": True}},
    }
    definition = single({"Type": "Map", "Items": "{% [1..9] %}", "MaxConcurrency": 4, "ItemProcessor": processor})
    histories = [played(definition, engine=engine_with(seed=3)).history for _ in range(2)]
    assert histories[0] == histories[1]
