from __future__ import annotations

from typing import Any

import pytest

from tastemaker.errors import InvalidDefinitionError
from tastemaker.plan.permissions import machine_actions
from tests.support.plans import ensure_definition, import_definition

HERE = "${Region}:${AccountId}"


def arn(service: str, resource: str) -> str:
    return f"arn:${{Partition}}:{service}:{HERE}:{resource}"


def machine(**state: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "End": True, **state}}}


def task(integration: str, arguments: Any) -> dict[str, Any]:
    return machine(Resource=f"arn:aws:states:::{integration}", Arguments=arguments)


def test_each_task_of_a_machine_adds_its_actions_on_the_narrowest_known_resources() -> None:
    assert machine_actions(ensure_definition()) == {
        "dynamodb:PutItem": (arn("dynamodb", "table/${LedgerTableName}"),),
        "events:DescribeRule": (arn("events", "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"),),
        "events:PutRule": (arn("events", "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"),),
        "events:PutTargets": (arn("events", "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"),),
        "kms:Decrypt": ("${DataKeyArn}",),
        "personalize:CreateSolution": (
            arn("personalize", "dataset-group/*"),
            arn("personalize", "solution/*"),
            "arn:${Partition}:personalize:::recipe/*",
        ),
        "personalize:TagResource": ("*",),
        "ssm:PutParameter": (arn("ssm", "parameter/tastemaker/*"),),
        "states:DescribeExecution": (arn("states", "execution:${ImportDataMachineName}:*"),),
        "states:StartExecution": ("${ImportDataMachineArn}",),
        "states:StopExecution": (arn("states", "execution:${ImportDataMachineName}:*"),),
    }


def test_tasks_inside_map_and_parallel_count_and_an_import_passes_the_service_role() -> None:
    assert machine_actions(import_definition()) == {
        "iam:PassRole": ("${PersonalizeRoleArn}",),
        "lambda:InvokeFunction": ("${CheckDataFunctionArn}",),
        "personalize:CreateDatasetImportJob": (
            arn("personalize", "dataset-import-job/*"),
            arn("personalize", "dataset/*"),
        ),
    }


def test_a_machine_without_tasks_needs_nothing() -> None:
    assert machine_actions({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}) == {}


@pytest.mark.parametrize(
    ("integration", "arguments", "expected"),
    [
        ("aws-sdk:personalize:listSolutions", {}, {"personalize:ListSolutions": ("*",)}),
        (
            "aws-sdk:personalize:describeSolutionVersion",
            {},
            {"personalize:DescribeSolutionVersion": (arn("personalize", "solution/*"),)},
        ),
        (
            "aws-sdk:personalizeruntime:getRecommendations",
            {},
            {
                "personalize:GetRecommendations": (
                    arn("personalize", "campaign/*"),
                    arn("personalize", "filter/*"),
                    arn("personalize", "recommender/*"),
                )
            },
        ),
        ("aws-sdk:personalizeevents:putEvents", {}, {"personalize:PutEvents": ("*",)}),
        (
            "aws-sdk:ssm:getParameter",
            {"Name": "/tastemaker/shop/dev/tracking-id"},
            {"ssm:GetParameter": (arn("ssm", "parameter/tastemaker/shop/dev/tracking-id"),)},
        ),
        (
            "aws-sdk:ssm:getParameter",
            {"Name": "{% '/tastemaker/shop/' & $key %}"},
            {"ssm:GetParameter": (arn("ssm", "parameter/tastemaker/shop/*"),)},
        ),
        (
            "aws-sdk:s3:listObjectsV2",
            {"Bucket": "${DataBucketName}"},
            {"s3:ListBucket": ("arn:${Partition}:s3:::${DataBucketName}",)},
        ),
        (
            "aws-sdk:s3:putObject",
            {"Bucket": "${DataBucketName}"},
            {
                "kms:Decrypt": ("${DataKeyArn}",),
                "kms:GenerateDataKey": ("${DataKeyArn}",),
                "s3:PutObject": ("arn:${Partition}:s3:::${DataBucketName}/*",),
            },
        ),
        (
            "dynamodb:query",
            {"TableName": "${LedgerTableName}", "IndexName": "by-time"},
            {
                "dynamodb:Query": (arn("dynamodb", "table/${LedgerTableName}/index/*"),),
                "kms:Decrypt": ("${DataKeyArn}",),
            },
        ),
        (
            "aws-sdk:sfn:startExecution",
            {"StateMachineArn": "{% $full ? '${TrainMachineArn}' : '${ImportMachineArn}' %}"},
            {"states:StartExecution": ("${ImportMachineArn}", "${TrainMachineArn}")},
        ),
    ],
)
def test_an_integration_becomes_its_iam_actions(
    integration: str, arguments: dict[str, Any], expected: dict[str, tuple[str, ...]]
) -> None:
    assert machine_actions(task(integration, arguments)) == expected


def test_a_create_call_whose_arguments_are_one_expression_may_send_tags() -> None:
    actions = machine_actions(task("aws-sdk:personalize:createFilter", "{% $states.input %}"))
    assert actions["personalize:TagResource"] == ("*",)


def test_a_function_named_by_its_arn_is_invoked() -> None:
    assert machine_actions(machine(Resource="${CheckDataFunctionArn}")) == {
        "lambda:InvokeFunction": ("${CheckDataFunctionArn}",)
    }


def test_a_distributed_map_starts_its_own_machine() -> None:
    body = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    definition = {"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": body, "End": True}}}
    executions = arn("states", "execution:${TrainMachineName}/*")
    assert machine_actions(definition, "${TrainMachineArn}") == {
        "states:DescribeExecution": (executions,),
        "states:RedriveExecution": (executions,),
        "states:StartExecution": ("${TrainMachineArn}",),
        "states:StopExecution": (executions,),
    }


@pytest.mark.parametrize(
    ("integration", "arguments", "message"),
    [
        (
            "aws-sdk:redshift:describeClusters",
            {},
            (
                "A: cannot derive the IAM rights of arn:aws:states:::aws-sdk:redshift:describeClusters; "
                "add it to service_permissions.py"
            ),
        ),
        (
            "lambda:invoke",
            {"FunctionName": "{% $states.input.function %}"},
            "A: FunctionName names no `…FunctionArn` token, so its rights cannot be derived",
        ),
        ("aws-sdk:personalize:frobnicate", {}, "cannot derive the IAM rights of personalize:Frobnicate"),
    ],
)
def test_a_task_whose_rights_cannot_be_derived_is_named(integration: str, arguments: Any, message: str) -> None:
    with pytest.raises(InvalidDefinitionError) as raised:
        machine_actions(task(integration, arguments))
    assert str(raised.value) == message
