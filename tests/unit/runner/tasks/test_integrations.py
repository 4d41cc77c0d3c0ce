"""Resources: translation of names both ways, names of errors, Lambda and the optimised integrations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tastemaker.errors import AwsError, FunctionError
from tests.support.tasks import LAMBDA, ScriptedAws, ScriptedFunctions, engine_with, played, single, without_metadata

SDK = "arn:aws:states:::aws-sdk:"


def task(resource: str, arguments: Any, **fields: Any) -> dict[str, Any]:
    return single({"Type": "Task", "Resource": resource, "Arguments": arguments, **fields})


SOLUTION_ARGUMENTS = {
    "Name": "home",
    "DatasetGroupArn": "arn:g",
    "PerformAutoTraining": False,
    "PerformHPO": None,
    "SolutionConfig": {
        "AlgorithmHyperParameters": {"hidden_dimension": "149", "SolutionArn": "kept"},
        "HpoConfig": {
            "AlgorithmHyperParameterRanges": {"IntegerHyperParameterRanges": [{"Name": "a", "MinValue": 1.0}]}
        },
    },
}
SOLUTION_ANSWERS: dict[str, list[Any]] = {
    "CreateSolution": [{"solutionArn": "arn:s"}],
    "DescribeSolution": [
        {
            "solution": {
                "performHPO": False,
                "creationDateTime": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
                "solutionConfig": {"algorithmHyperParameters": {"hidden_dimension": "149", "campaignArn": "kept"}},
                "latestSolutionVersion": {"trainingMode": "FULL"},
                "autoMLResult": None,
            }
        }
    ],
}


def test_arguments_are_translated_at_every_depth_and_map_keys_stay() -> None:
    aws = ScriptedAws(SOLUTION_ANSWERS)
    played(task(f"{SDK}personalize:createSolution", SOLUTION_ARGUMENTS), engine=engine_with(aws))
    assert aws.calls == [
        (
            "personalize",
            "CreateSolution",
            {
                "name": "home",
                "datasetGroupArn": "arn:g",
                "performAutoTraining": False,
                "solutionConfig": {
                    "algorithmHyperParameters": {"hidden_dimension": "149", "SolutionArn": "kept"},
                    "hpoConfig": {
                        "algorithmHyperParameterRanges": {"integerHyperParameterRanges": [{"name": "a", "minValue": 1}]}
                    },
                },
            },
        )
    ]


def test_results_are_translated_at_every_depth_and_map_keys_stay() -> None:
    aws = ScriptedAws(SOLUTION_ANSWERS)
    described = played(task(f"{SDK}personalize:describeSolution", {"SolutionArn": "arn:s"}), engine=engine_with(aws))
    assert described.output == {
        "Solution": {
            "PerformHPO": False,
            "CreationDateTime": "2026-01-02T03:04:05.678Z",
            "SolutionConfig": {"AlgorithmHyperParameters": {"hidden_dimension": "149", "campaignArn": "kept"}},
            "LatestSolutionVersion": {"TrainingMode": "FULL"},
        }
    }


@pytest.mark.parametrize(
    ("resource", "arguments", "service", "operation"),
    [
        ("personalizeruntime:getRecommendations", {"UserId": "1"}, "personalize-runtime", "GetRecommendations"),
        ("personalizeevents:putItems", {"DatasetArn": "a", "Items": []}, "personalize-events", "PutItems"),
        ("sfn:listStateMachines", {}, "stepfunctions", "ListStateMachines"),
        ("eventbridge:listRules", {}, "events", "ListRules"),
        ("cloudwatchlogs:describeLogGroups", {}, "logs", "DescribeLogGroups"),
        ("ssm:getParameter", {"Name": "a"}, "ssm", "GetParameter"),
        ("s3:headBucket", {"Bucket": "b"}, "s3", "HeadBucket"),
    ],
)
def test_services_have_the_sdk_integrations_names(
    resource: str, arguments: dict[str, Any], service: str, operation: str
) -> None:
    aws = ScriptedAws()
    assert played(task(SDK + resource, arguments), engine=engine_with(aws)).status == "SUCCEEDED"
    assert [call[:2] for call in aws.calls] == [(service, operation)]


@pytest.mark.parametrize(
    ("resource", "operation", "code", "error", "service"),
    [
        (
            "personalize:listSchemas",
            "ListSchemas",
            "InvalidNextTokenException",
            "Personalize.InvalidNextTokenException",
            "Personalize",
        ),
        (
            "personalize:listSchemas",
            "ListSchemas",
            "ThrottlingException",
            "Personalize.PersonalizeException",
            "Personalize",
        ),
        (
            "personalizeruntime:getRecommendations",
            "GetRecommendations",
            "InvalidInputException",
            "PersonalizeRuntime.InvalidInputException",
            "PersonalizeRuntime",
        ),
        (
            "dynamodb:listTables",
            "ListTables",
            "ResourceNotFoundException",
            "DynamoDb.ResourceNotFoundException",
            "DynamoDb",
        ),
        ("s3:listBuckets", "ListBuckets", "NoSuchKey", "S3.NoSuchKeyException", "S3"),
        ("s3:listBuckets", "ListBuckets", "AccessDenied", "S3.AccessDeniedException", "S3"),
        ("ssm:getParameters", "GetParameters", "ParameterNotFound", "Ssm.ParameterNotFoundException", "Ssm"),
        (
            "sfn:listStateMachines",
            "ListStateMachines",
            "StateMachineDoesNotExist",
            "Sfn.StateMachineDoesNotExistException",
            "Sfn",
        ),
    ],
)
def test_errors_have_the_java_sdks_names(resource: str, operation: str, code: str, error: str, service: str) -> None:
    required: dict[str, Any] = {"ssm:getParameters": {"Names": ["a"]}}.get(resource, {})
    aws = ScriptedAws({operation: [AwsError("x", code, "Refused.", 400, "r-1")]})
    execution = played(task(SDK + resource, required), engine=engine_with(aws))
    assert execution.error == error
    extended = ", Extended Request ID: r-1" if service == "S3" else ""
    assert execution.cause == f"Refused. (Service: {service}, Status Code: 400, Request ID: r-1{extended})"


def test_an_argument_that_cannot_be_sent_is_a_runtime_error_before_the_call() -> None:
    aws = ScriptedAws()
    definition = task(f"{SDK}personalize:describeCampaign", "{% $states.input %}")
    execution = played(definition, {"CampaignArn": 7}, engine_with(aws))
    assert execution.error == "States.Runtime"
    assert execution.cause == (
        "An error occurred while executing the state 'S' (entered at the event id #2). The Parameters "
        "'{\"CampaignArn\":7}' could not be used to start the Task: "
        "[The value for the field 'CampaignArn' must be a STRING]"
    )
    assert aws.calls == []


def test_lambda_invoke_wraps_the_answer() -> None:
    functions = ScriptedFunctions({"f": [{"ok": True}]})
    execution = played(
        task(LAMBDA, {"FunctionName": "f", "Payload": {"a": 1}}), engine=engine_with(functions=functions)
    )
    assert functions.calls == [("f", {"a": 1})]
    assert without_metadata(execution.output) == {
        "ExecutedVersion": "$LATEST",
        "Payload": {"ok": True},
        "StatusCode": 200,
    }


def test_lambda_invoke_without_payload_sends_an_empty_object() -> None:
    functions = ScriptedFunctions()
    played(task(LAMBDA, {"FunctionName": "f"}), engine=engine_with(functions=functions))
    assert functions.calls == [("f", {})]


def test_an_event_invocation_does_not_wait_for_the_answer_or_the_error() -> None:
    functions = ScriptedFunctions({"f": [FunctionError("E", "m")]})
    arguments = {"FunctionName": "f", "InvocationType": "Event"}
    execution = played(task(LAMBDA, arguments), engine=engine_with(functions=functions))
    assert without_metadata(execution.output) == {"StatusCode": 202}


def test_a_handler_cannot_change_the_states_input() -> None:
    class Meddling(ScriptedFunctions):
        def invoke(self, function: str, payload: Any) -> Any:
            payload["a"] = "changed"
            return None

    arguments = {"FunctionName": "f", "Payload": "{% $states.input %}"}
    definition = task(LAMBDA, arguments, Output="{% $states.input %}")
    assert played(definition, {"a": 1}, engine_with(functions=Meddling())).output == {"a": 1}


def test_a_function_that_does_not_exist_is_a_lambda_error() -> None:
    functions = ScriptedFunctions(
        {"f": [AwsError("lambda", "ResourceNotFoundException", "Function not found: f", 404, "r")]}
    )
    execution = played(task(LAMBDA, {"FunctionName": "f"}), engine=engine_with(functions=functions))
    assert execution.error == "Lambda.ResourceNotFoundException"
    assert execution.cause == (
        "Function not found: f (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; "
        "Request ID: r; Proxy: null)"
    )


def test_dynamodb_calls_keep_attribute_names() -> None:
    aws = ScriptedAws({"GetItem": [{"Item": {"pk": {"S": "a"}, "nested": {"M": {"L": {"L": [{"N": "1"}]}}}}}]})
    arguments = {"TableName": "t", "Key": {"pk": {"S": "{% $states.input.key %}"}}}
    execution = played(task("arn:aws:states:::dynamodb:getItem", arguments), {"key": "a"}, engine_with(aws))
    assert aws.calls == [("dynamodb", "GetItem", {"TableName": "t", "Key": {"pk": {"S": "a"}}})]
    assert without_metadata(execution.output) == {
        "Item": {"pk": {"S": "a"}, "nested": {"M": {"L": {"L": [{"N": "1"}]}}}}
    }
    assert execution.history[2]["taskScheduledEventDetails"]["resourceType"] == "dynamodb"


def test_an_optimised_call_is_refused_in_the_words_of_the_older_sdk() -> None:
    aws = ScriptedAws(
        {
            "PutItem": [
                AwsError("dynamodb", "ConditionalCheckFailedException", "The conditional request failed", 400, "r")
            ]
        }
    )
    execution = played(
        task("arn:aws:states:::dynamodb:putItem", {"TableName": "t", "Item": {}}), engine=engine_with(aws)
    )
    assert execution.error == "DynamoDB.ConditionalCheckFailedException"
    assert execution.cause == (
        "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; "
        "Error Code: ConditionalCheckFailedException; Request ID: r; Proxy: null)"
    )


@pytest.mark.parametrize(
    ("resource", "arguments", "sent"),
    [
        ("sns:publish", {"TopicArn": "t", "Message": {"a": 1}}, {"TopicArn": "t", "Message": '{"a":1}'}),
        ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": {"a": 1}}, {"QueueUrl": "q", "MessageBody": '{"a":1}'}),
    ],
)
def test_message_bodies_may_be_json(resource: str, arguments: dict[str, Any], sent: dict[str, Any]) -> None:
    aws = ScriptedAws()
    played(task(f"arn:aws:states:::{resource}", arguments), engine=engine_with(aws))
    assert aws.calls[0][2] == sent


def test_events_carry_the_arns_of_the_execution_and_its_machine() -> None:
    aws = ScriptedAws({"PutEvents": [{"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}]})
    entry = {"Source": "s", "DetailType": "d", "Detail": {"a": 1}, "Resources": ["mine"]}
    execution = played(task("arn:aws:states:::events:putEvents", {"Entries": [entry]}), engine=engine_with(aws))
    sent = {**entry, "Detail": '{"a":1}', "Resources": ["mine", execution.arn, execution.machine_arn]}
    assert aws.calls[0][2] == {"Entries": [sent]}


@pytest.mark.parametrize(
    ("resource", "arguments", "headers"),
    [
        (
            "dynamodb:putItem",
            {"TableName": "t", "Item": {}},
            {"Server": "Server", "Content-Type": "application/x-amz-json-1.0", "x-amz-crc32": "2745614147"},
        ),
        ("sns:publish", {"TopicArn": "t", "Message": "m"}, {"Content-Type": "text/xml"}),
        ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "m"}, {"Content-Type": "application/x-amz-json-1.0"}),
        ("events:putEvents", {"Entries": []}, {"Content-Type": "application/x-amz-json-1.1"}),
    ],
)
def test_optimised_results_show_the_headers_of_their_protocol(
    resource: str, arguments: dict[str, Any], headers: dict[str, str]
) -> None:
    execution = played(task(f"arn:aws:states:::{resource}", arguments), engine=engine_with(ScriptedAws()))
    shown = execution.output["SdkHttpMetadata"]["HttpHeaders"]
    varying = {"x-amzn-RequestId", "connection", "Content-Length", "Date"}
    assert {name: value for name, value in shown.items() if name not in varying} == headers


def test_members_of_an_optimised_result_stand_in_the_order_of_their_names() -> None:
    result = {"MessageId": "m", "MD5OfMessageBody": "d"}
    aws = ScriptedAws({"SendMessage": [result]})
    sent = task("arn:aws:states:::sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "m"})
    execution = played(sent, engine=engine_with(aws))
    assert list(execution.output) == ["MD5OfMessageBody", "MessageId", "SdkHttpMetadata", "SdkResponseMetadata"]


def test_put_events_with_failed_entries_fails_the_task() -> None:
    aws = ScriptedAws({"PutEvents": [{"FailedEntryCount": 1, "Entries": [{"ErrorCode": "X"}]}]})
    execution = played(task("arn:aws:states:::events:putEvents", {"Entries": []}), engine=engine_with(aws))
    assert execution.error == "EventBridge.FailedEntry"
    assert execution.cause == '{"Entries":[{"ErrorCode":"X"}],"FailedEntryCount":1}'
