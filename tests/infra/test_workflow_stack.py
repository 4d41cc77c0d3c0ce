from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.templates import only, resources_of, statements_of

if TYPE_CHECKING:
    from aws_cdk.assertions import Template

IMPORT_DATA = "arn:aws:states:eu-west-1:123456789012:stateMachine:shop-dev-import-data"


def schedules_of(workflow: Template) -> dict[str, dict[str, Any]]:
    found = resources_of(workflow.to_json(), "AWS::Scheduler::Schedule").values()
    return {schedule["Name"]: schedule for schedule in found}


def test_the_stack_holds_what_the_plan_names(workflow: Template) -> None:
    workflow.resource_count_is("AWS::StepFunctions::StateMachine", 3)
    workflow.resource_count_is("AWS::Scheduler::Schedule", 2)
    workflow.resource_count_is("AWS::Lambda::Function", 2)  # check-data and the one that starts executions
    workflow.resource_count_is("AWS::SQS::Queue", 1)


def test_a_machine_gets_references_for_exactly_the_tokens_of_its_definition(workflow: Template) -> None:
    machines = resources_of(workflow.to_json(), "AWS::StepFunctions::StateMachine").values()
    substitutions = {machine["StateMachineName"]: machine.get("DefinitionSubstitutions") for machine in machines}
    assert substitutions == {
        "shop-dev-ensure": {
            "ImportDataMachineArn": IMPORT_DATA,
            "LedgerTableName": "<PublishOutputRefLedgerTable9343E4AA1381E625>",
        },
        "shop-dev-import-data": {
            "AccountId": "123456789012",
            "CheckDataFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-check-data",
            "DataBucketName": "<PublishOutputRefDataBucketBD860FE162FB3126>",
            "Partition": "aws",
            "PersonalizeRoleArn": "<PublishOutputFnGetAttPersonalizeRole57280082Arn05F2A015>",
            "Region": "eu-west-1",
        },
        "shop-dev-teardown": None,
    }


def test_every_machine_traces_and_logs_into_a_group_that_forgets(workflow: Template) -> None:
    template = workflow.to_json()
    groups = resources_of(template, "AWS::Logs::LogGroup")
    for machine in resources_of(template, "AWS::StepFunctions::StateMachine").values():
        assert machine["TracingConfiguration"] == {"Enabled": True}
        (destination,) = machine["LoggingConfiguration"]["Destinations"]
        group = groups[destination["CloudWatchLogsLogGroup"]["LogGroupArn"].strip("<>").removesuffix(".Arn")]
        assert group["LogGroupName"] == f"/aws/vendedlogs/states/{machine['StateMachineName']}"
        assert group["RetentionInDays"] == 90


def test_a_machines_role_holds_what_its_states_do_besides_logs_and_traces(workflow: Template) -> None:
    statements = statements_of(workflow.to_json(), "importdatamachineRole")
    granted = {
        action: statement["Resource"]
        for statement in statements
        for action in statement["Action"]
        if not action.startswith(("logs:", "xray:"))
    }
    assert granted == {
        "iam:PassRole": ["<PublishOutputFnGetAttPersonalizeRole57280082Arn05F2A015>"],
        "lambda:InvokeFunction": ["arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-check-data"],
        "personalize:CreateDatasetImportJob": [
            "arn:aws:personalize:eu-west-1:123456789012:dataset-import-job/*",
            "arn:aws:personalize:eu-west-1:123456789012:dataset/*",
        ],
    }


def test_the_service_role_can_be_passed_to_personalize_only(workflow: Template) -> None:
    (statement,) = [
        part
        for part in statements_of(workflow.to_json(), "importdatamachineRole")
        if part["Action"] == ["iam:PassRole"]
    ]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}}


def test_a_machines_role_trusts_that_machine_only(workflow: Template) -> None:
    role = next(
        found
        for name, found in resources_of(workflow.to_json(), "AWS::IAM::Role").items()
        if name.startswith("importdatamachineRole")
    )
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": f"{IMPORT_DATA}*"},
    }


def test_a_schedule_starts_its_machine_on_the_minute_in_its_time_zone(workflow: Template) -> None:
    schedules = schedules_of(workflow)
    assert sorted(schedules) == ["daily", "weekly"]
    weekly = schedules["weekly"]
    assert weekly["ScheduleExpression"] == "cron(0 3 ? * SUN *)"
    assert weekly["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert weekly["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert weekly["Target"]["Arn"] == IMPORT_DATA
    assert json.loads(weekly["Target"]["Input"]) == {"Mode": "FULL"}
    assert weekly["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 5}
    assert weekly["Target"]["DeadLetterConfig"]["Arn"].startswith("<SchedulesDeadLetters")


def test_tokens_in_a_schedules_input_become_references(workflow: Template) -> None:
    schedules = schedules_of(workflow)
    assert json.loads(schedules["daily"]["Target"]["Input"]) == {
        "Mode": "INCREMENTAL",
        "Source": "s3://<PublishOutputRefDataBucketBD860FE162FB3126>/interactions/",
    }


def test_the_scheduler_may_start_the_scheduled_machines_only(workflow: Template) -> None:
    start, send = statements_of(workflow.to_json(), "SchedulesRole")
    assert (start["Action"], start["Resource"]) == (["states:StartExecution"], [IMPORT_DATA])
    assert send["Action"] == ["sqs:SendMessage"]


def test_outcomes_go_to_a_bus_and_an_encrypted_topic(workflow: Template) -> None:
    bus = only(workflow.to_json(), "AWS::Events::EventBus")
    topic = only(workflow.to_json(), "AWS::SNS::Topic")
    assert (bus["Name"], topic["TopicName"]) == ("shop-dev", "shop-dev-outcomes")
    assert topic["KmsMasterKeyId"].startswith("<PublishOutput")


def test_a_deployment_starts_ensure_with_the_plans_resources(workflow: Template) -> None:
    trigger = only(workflow.to_json(), "Custom::TastemakerEnsure")
    create = json.loads(trigger["Create"])
    assert (create["service"], create["action"]) == ("sfn", "startExecution")
    assert create["parameters"]["stateMachineArn"].startswith("<ensuremachineStateMachine")
    assert json.loads(create["parameters"]["input"]) == {
        "DatasetGroup": {
            "Name": "shop-dev",
            "Arn": "arn:aws:personalize:eu-west-1:123456789012:dataset-group/shop-dev",
        },
        "Import": {"Bucket": "<PublishOutputRefDataBucketBD860FE162FB3126>", "Note": 'quotes " and \\ survive'},
    }
    assert trigger["Update"] == trigger["Create"]


def test_an_update_never_starts_teardown(workflow: Template) -> None:
    """CloudFormation deletes a custom resource whose physical id changed; only a constant id is safe."""
    template = workflow.to_json()
    assert "Delete" not in only(template, "Custom::TastemakerEnsure")
    teardown = only(template, "Custom::TastemakerTeardown")
    assert "Create" not in teardown
    assert "Update" not in teardown
    assert json.loads(teardown["Delete"])["physicalResourceId"] == {"id": "shop-dev-teardown"}


def test_teardown_keeps_its_rights_while_the_stack_goes(workflow: Template) -> None:
    kept = {
        name.rstrip("0123456789ABCDEF")
        for name, resource in workflow.to_json()["Resources"].items()
        if resource.get("DeletionPolicy") == "Retain"
    }
    assert kept == {"teardownmachineRole", "teardownmachineRoleDefaultPolicy"}


def test_ensure_starts_after_everything_it_runs(workflow: Template) -> None:
    (trigger,) = workflow.find_resources("Custom::TastemakerEnsure").values()
    needed = {name.rstrip("0123456789ABCDEF") for name in trigger["DependsOn"]}
    assert needed >= {
        "ensuremachineStateMachine",
        "importdatamachineStateMachine",
        "teardownmachineStateMachine",
        "checkdatafunctionFunction",
    }


def test_the_function_that_starts_executions_has_a_fixed_runtime_and_its_own_log(workflow: Template) -> None:
    function = next(
        found
        for name, found in resources_of(workflow.to_json(), "AWS::Lambda::Function").items()
        if name.startswith("AWS679f53fac002430cb0da5b7982bd2287")
    )
    assert function["Runtime"] == "nodejs24.x"
    assert (function["TracingConfig"], function["ReservedConcurrentExecutions"]) == ({"Mode": "Active"}, 25)
    assert function["LoggingConfig"]["LogGroup"].startswith("<DeployTriggerLogs")
