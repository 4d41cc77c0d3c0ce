"""The Step Functions API as its reference describes it; each test names the page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.session import Session

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.api import StepFunctionsApi
from tests.support.tasks import engine_with, jsonpath

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
ROLE = "arn:aws:iam::123456789012:role/r"
PASS = json.dumps(jsonpath("A", A={"Type": "Pass", "End": True}))
FAIL = json.dumps(jsonpath("A", A={"Type": "Fail", "Error": "E"}))
GROUP = {"cloudWatchLogsLogGroup": {"logGroupArn": "g:*"}}
FORTNIGHT_SECONDS = 14 * 86_400


class Account:
    """The API over an engine that a test may advance."""

    def __init__(self) -> None:
        self.engine = engine_with()
        self._api = StepFunctionsApi(self.engine)

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        return self._api.call(operation, params)

    def create(self, definition: str = PASS, **params: Any) -> dict[str, Any]:
        return self("CreateStateMachine", **{"name": "m", "definition": definition, "roleArn": ROLE, **params})

    def start(self, **params: Any) -> str:
        arn: str = self("StartExecution", **{"stateMachineArn": MACHINE, **params})["executionArn"]
        self.engine.advance(1)
        return arn


@pytest.fixture
def account() -> Account:
    return Account()


def refusal(account: Account, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        account(operation, **params)
    return caught.value.code, caught.value.message


def test_another_role_or_other_tags_make_no_other_state_machine(account: Account) -> None:
    """CreateStateMachine: the idempotency check ignores roleArn and tags."""
    first = account.create(tags=[{"key": "k", "value": "1"}])
    again = account.create(roleArn=f"{ROLE}2", tags=[{"key": "k", "value": "2"}])
    assert again == first
    assert account("DescribeStateMachine", stateMachineArn=MACHINE)["roleArn"] == ROLE
    assert account("ListTagsForResource", resourceArn=MACHINE)["tags"] == [{"key": "k", "value": "1"}]


@pytest.mark.parametrize(
    "other",
    [
        {"tracingConfiguration": {"enabled": True}},
        {"loggingConfiguration": {"level": "ALL", "destinations": [GROUP]}},
        {"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}},
        {"type": "EXPRESS"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_configuration_is_another_state_machine(account: Account, other: dict[str, Any]) -> None:
    """CreateStateMachine: the idempotency check is based on type, logging, tracing and encryption."""
    account.create()
    with pytest.raises(AwsError, match=f"^StateMachineAlreadyExists: State Machine Already Exists: '{MACHINE}'$"):
        account.create(**other)


def test_an_execution_that_an_alias_started_names_its_version_too(account: Account) -> None:
    """ExecutionListItem and ExecutionStartedEventDetails: both ARNs contain the respective values."""
    version = account.create(publish=True)["stateMachineVersionArn"]
    route = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = account("CreateStateMachineAlias", name="live", routingConfiguration=route)["stateMachineAliasArn"]
    execution = account.start(stateMachineArn=alias)
    expected = {"stateMachineAliasArn": alias, "stateMachineVersionArn": version}
    assert account("DescribeExecution", executionArn=execution).items() >= expected.items()
    started = account("GetExecutionHistory", executionArn=execution)["events"][0]["executionStartedEventDetails"]
    assert started.items() >= expected.items()
    for arn in (alias, version, MACHINE):
        listed = account("ListExecutions", stateMachineArn=arn)["executions"]
        assert [item.items() >= expected.items() for item in listed] == [True]


def test_an_unqualified_start_names_no_version(account: Account) -> None:
    """DescribeExecution, stateMachineVersionArn: null without a version or alias ARN."""
    account.create(publish=True)
    execution = account.start()
    assert "stateMachineVersionArn" not in account("DescribeExecution", executionArn=execution)
    assert account("ListExecutions", stateMachineArn=f"{MACHINE}:1")["executions"] == []


def test_aliases_may_be_listed_by_version(account: Account) -> None:
    """ListStateMachineAliases, stateMachineArn: a version ARN lists the aliases for that version."""
    account.create(publish=True)
    account("UpdateStateMachine", stateMachineArn=MACHINE, definition=FAIL, publish=True)
    for number in (1, 2):
        route = [{"stateMachineVersionArn": f"{MACHINE}:{number}", "weight": 100}]
        account("CreateStateMachineAlias", name=f"to{number}", routingConfiguration=route)
    listed = account("ListStateMachineAliases", stateMachineArn=f"{MACHINE}:2")["stateMachineAliases"]
    assert [alias["stateMachineAliasArn"] for alias in listed] == [f"{MACHINE}:to2"]


def test_an_alias_with_another_description_is_a_conflict(account: Account) -> None:
    """CreateStateMachineAlias: the idempotency check includes the description."""
    account.create(publish=True)
    request = {"name": "live", "routingConfiguration": [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]}
    account("CreateStateMachineAlias", **request, description="a")
    account("CreateStateMachineAlias", **request, description="a")
    assert refusal(account, "CreateStateMachineAlias", **request, description="b")[0] == "ConflictException"


def test_executions_are_listed_by_redrive(account: Account) -> None:
    """ListExecutions, redriveFilter."""
    account.create(FAIL)
    first, second = account.start(), account.start()
    account("RedriveExecution", executionArn=first)
    account.engine.advance(1)
    for chosen, expected in (("REDRIVEN", [first]), ("NOT_REDRIVEN", [second])):
        listed = account("ListExecutions", stateMachineArn=MACHINE, redriveFilter=chosen)["executions"]
        assert [item["executionArn"] for item in listed] == expected
    listed = account("ListExecutions", stateMachineArn=MACHINE)["executions"]
    assert [item["executionArn"] for item in listed] == [first, second], "by the time of their end"
    assert ["redriveDate" in item for item in listed] == [True, False]


def test_a_redrive_comes_within_fourteen_days(account: Account) -> None:
    """RedriveExecution: the redrivable period; DescribeExecution, redriveStatusReason."""
    account.create(FAIL)
    execution = account.start()
    account.engine.advance(FORTNIGHT_SECONDS - 2)
    assert account("DescribeExecution", executionArn=execution)["redriveStatus"] == "REDRIVABLE"
    account.engine.advance(2)
    described = account("DescribeExecution", executionArn=execution)
    reason = "Execution redrivable period exceeded"
    assert (described["redriveStatus"], described["redriveStatusReason"]) == ("NOT_REDRIVABLE", reason)
    assert refusal(account, "RedriveExecution", executionArn=execution) == ("ExecutionNotRedrivable", reason)


def test_only_metadata_is_described_on_request(account: Account) -> None:
    """DescribeExecution and DescribeStateMachine, includedData METADATA_ONLY: the definition is {}, no data."""
    account.create()
    execution = account.start(input='{"secret":1}')
    described = account("DescribeExecution", executionArn=execution, includedData="METADATA_ONLY")
    assert "input" not in described
    assert "output" not in described
    assert described["inputDetails"] == {"included": False}
    only = {"includedData": "METADATA_ONLY"}
    assert account("DescribeStateMachine", stateMachineArn=MACHINE, **only)["definition"] == "{}"
    assert account("DescribeStateMachineForExecution", executionArn=execution, **only)["definition"] == "{}"


def test_variables_of_an_execution_s_machine_are_described(account: Account) -> None:
    """DescribeStateMachineForExecution, variableReferences."""
    first = {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"}
    second = {"Type": "Pass", "Parameters": {"y.$": "$x"}, "End": True}
    account.create(json.dumps(jsonpath("A", A=first, B=second)))
    execution = account.start()
    described = account("DescribeStateMachineForExecution", executionArn=execution)
    assert described["variableReferences"] == {"B": ["x"]}


def test_the_trace_header_is_kept(account: Account) -> None:
    """DescribeExecution, traceHeader."""
    account.create()
    header = "Root=1-5759e988-bd862e3fe1be46a994272793"
    execution = account.start(traceHeader=header)
    assert account("DescribeExecution", executionArn=execution)["traceHeader"] == header


def test_an_activity_keeps_its_first_tags(account: Account) -> None:
    """CreateActivity: a following request with other tags is idempotent; the tags are not updated."""
    arn = account("CreateActivity", name="a", tags=[{"key": "k", "value": "1"}])["activityArn"]
    account("CreateActivity", name="a", tags=[{"key": "k", "value": "2"}])
    assert account("ListTagsForResource", resourceArn=arn)["tags"] == [{"key": "k", "value": "1"}]


@pytest.mark.parametrize(
    ("operation", "params", "problem"),
    [
        (
            "ListStateMachines",
            {"maxResults": 1001},
            (
                "Value '1001' at 'maxResults' failed to satisfy constraint: "
                "Member must have value less than or equal to 1000"
            ),
        ),
        (
            "CreateStateMachine",
            {"name": "n", "definition": PASS, "roleArn": ROLE, "type": "FAST"},
            (
                "Value 'FAST' at 'type' failed to satisfy constraint: "
                "Member must satisfy enum value set: [STANDARD, EXPRESS]"
            ),
        ),
        (
            "CreateStateMachineAlias",
            {"name": "live", "routingConfiguration": []},
            (
                "Value at 'routingConfiguration' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ),
        ),
        (
            "CreateStateMachineAlias",
            {"name": "live", "routingConfiguration": [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 101}]},
            (
                "Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: "
                "Member must have value less than or equal to 100"
            ),
        ),
        (
            "CreateStateMachineAlias",
            {"name": "7", "routingConfiguration": [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]},
            (
                "Value '7' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: "
                r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"
            ),
        ),
        ("DescribeExecution", {}, "Value at 'executionArn' failed to satisfy constraint: Member must not be null"),
    ],
)
def test_members_out_of_bounds_are_refused(
    account: Account, operation: str, params: dict[str, Any], problem: str
) -> None:
    """Common errors, ValidationException: the constraints of the API reference's request parameters."""
    assert refusal(account, operation, **params) == ("ValidationException", f"1 validation error detected: {problem}")


@pytest.mark.parametrize(
    ("weights", "versions", "message"),
    [
        ([50, 51], [1, 2], "Sum of routing configuration weights must equal 100. Received: [50, 51]"),
        (
            [50, 50],
            [1, 1],
            (
                "Routing configuration must contain distinct state machine version ARNs. "
                f"Received: [{MACHINE}:1, {MACHINE}:1]"
            ),
        ),
    ],
)
def test_an_alias_routes_everything_to_different_versions(
    account: Account, weights: list[int], versions: list[int], message: str
) -> None:
    """CreateStateMachineAlias, routingConfiguration: the sum of the weights must equal 100."""
    account.create(publish=True)
    account("UpdateStateMachine", stateMachineArn=MACHINE, definition=FAIL, publish=True)
    routes = [
        {"stateMachineVersionArn": f"{MACHINE}:{version}", "weight": weight}
        for version, weight in zip(versions, weights, strict=True)
    ]
    refused = refusal(account, "CreateStateMachineAlias", name="live", routingConfiguration=routes)
    assert refused == ("ValidationException", message)


def test_a_version_that_does_not_exist_is_deleted_without_an_error(account: Account) -> None:
    """DeleteStateMachineVersion, Errors: ConflictException, InvalidArn and ValidationException only."""
    account.create()
    assert account("DeleteStateMachineVersion", stateMachineVersionArn=f"{MACHINE}:7") == {}
    assert account("DeleteStateMachineVersion", stateMachineVersionArn=f"{MACHINE}2:1") == {}
    gone = refusal(account, "StartExecution", stateMachineArn=f"{MACHINE}:7")
    assert gone == ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{MACHINE}:7'")


def test_an_update_tells_its_revision_published_or_not(account: Account) -> None:
    """UpdateStateMachine, Response Elements: stateMachineVersionArn is null unless published, revisionId is not."""
    account.create()
    answer = account("UpdateStateMachine", stateMachineArn=MACHINE, definition=FAIL)
    described = account("DescribeStateMachine", stateMachineArn=MACHINE)
    assert sorted(answer) == ["revisionId", "updateDate"]
    assert described["revisionId"] == answer["revisionId"]


def test_an_update_that_changes_nothing_makes_no_revision(account: Account) -> None:
    """Developer guide, State machine versions: a revision is a snapshot of definition and configuration."""
    account.create()
    same = json.dumps(json.loads(PASS), indent=1)
    assert sorted(account("UpdateStateMachine", stateMachineArn=MACHINE, definition=same)) == ["updateDate"]
    changed = account("UpdateStateMachine", stateMachineArn=MACHINE, roleArn=f"{ROLE}2", publish=True)
    again = account("UpdateStateMachine", stateMachineArn=MACHINE, roleArn=f"{ROLE}2", publish=True)
    assert again == changed
    other = account("UpdateStateMachine", stateMachineArn=MACHINE, tracingConfiguration={"enabled": True})
    assert other["revisionId"] != changed["revisionId"]


GONE = MACHINE.replace("stateMachine:m", "{}:gone")
ROUTES = [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]
OF_NOTHING: list[tuple[dict[str, Any], str]] = [
    ({"name": "a", "routingConfiguration": ROUTES}, "CreateStateMachineAlias"),
    ({"stateMachineAliasArn": f"{MACHINE}:a", "routingConfiguration": ROUTES}, "UpdateStateMachineAlias"),
    ({"stateMachineAliasArn": f"{MACHINE}:a"}, "DescribeStateMachineAlias DeleteStateMachineAlias"),
    ({"stateMachineArn": MACHINE}, "DescribeStateMachine ListExecutions ListStateMachineAliases StartExecution"),
    ({"stateMachineArn": MACHINE}, "ListStateMachineVersions PublishStateMachineVersion StartSyncExecution"),
    ({"stateMachineArn": MACHINE, "definition": PASS}, "UpdateStateMachine"),
    ({"executionArn": GONE.format("execution") + ":x"}, "DescribeExecution GetExecutionHistory ListMapRuns"),
    ({"executionArn": GONE.format("execution") + ":x"}, "DescribeStateMachineForExecution StopExecution"),
    ({"executionArn": GONE.format("execution") + ":x"}, "RedriveExecution"),
    ({"activityArn": GONE.format("activity")}, "DescribeActivity GetActivityTask"),
    ({"mapRunArn": f"{GONE.format('mapRun')}/l:x"}, "DescribeMapRun"),
    ({"mapRunArn": f"{GONE.format('mapRun')}/l:x", "maxConcurrency": 1}, "UpdateMapRun"),
    ({"resourceArn": MACHINE}, "ListTagsForResource"),
    ({"resourceArn": MACHINE, "tags": []}, "TagResource"),
    ({"resourceArn": MACHINE, "tagKeys": ["k"]}, "UntagResource"),
    ({"taskToken": "t"}, "SendTaskFailure SendTaskHeartbeat"),
    ({"taskToken": "t", "output": "1"}, "SendTaskSuccess"),
]


@pytest.mark.parametrize(("params", "operations"), OF_NOTHING, ids=[names for _, names in OF_NOTHING])
def test_what_does_not_exist_is_refused_by_an_error_that_the_operation_has(
    account: Account, params: dict[str, Any], operations: str
) -> None:
    """Errors of each operation, as botocore's model lists them."""
    for operation in operations.split():
        known = Session().get_service_model("stepfunctions").operation_model(operation).error_shapes
        code, _ = refusal(account, operation, **params)
        assert code in {shape.name for shape in known}, operation


def test_a_role_that_is_no_arn_of_a_role_is_refused(account: Account) -> None:
    """CreateStateMachine and UpdateStateMachine, Errors: InvalidArn."""
    refused = ("InvalidArn", "Invalid Role Arn: 'admin'")
    assert refusal(account, "CreateStateMachine", name="m", definition=PASS, roleArn="admin") == refused
    account.create()
    assert refusal(account, "UpdateStateMachine", stateMachineArn=MACHINE, roleArn="admin") == refused


@pytest.mark.parametrize(
    ("output", "what"),
    [
        (
            "{",
            (
                "Unexpected end-of-input: expected close marker for Object "
                '(start marker at [Source: (String)"{"; line: 1, column: 1])'
            ),
        ),
        ('"' + "x" * 262_144 + '"', "it exceeds 262144 bytes"),
    ],
)
def test_an_output_that_a_task_cannot_have_is_refused(account: Account, output: str, what: str) -> None:
    """SendTaskSuccess, Errors: InvalidOutput; output: maximum length of 262144."""
    refused = refusal(account, "SendTaskSuccess", taskToken="t", output=output)
    assert refused == ("InvalidOutput", f"Invalid Output: '{what}'")


def test_logging_needs_one_destination(account: Account) -> None:
    """LoggingConfiguration, destinations: required, if the log level is not set to OFF; limited to size 1."""
    with pytest.raises(AwsError) as caught:
        account.create(loggingConfiguration={"level": "ALL"})
    assert (caught.value.code, caught.value.message) == (
        "InvalidLoggingConfiguration",
        "Invalid Logging Configuration: Must specify exactly one Log Destination.",
    )
    assert account("ListStateMachines")["stateMachines"] == []
