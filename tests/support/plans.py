"""A small plan written out by hand, for tests of what reads a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tastemaker.model.deploy import Deploy
from tastemaker.plan.specs import (
    ARCHIVE,
    ArrivalSpec,
    CampaignSpec,
    EventQueueSpec,
    ExperimentTableSpec,
    FunctionSpec,
    MachineSpec,
    ParameterSpec,
    Plan,
    RouteSpec,
    ScheduleSpec,
    UploadSpec,
)
from tastemaker.plan.tokens import DATA_BUCKET, LEDGER_TABLE, PERSONALIZE_ROLE_ARN, machine_arn_token, personalize_arn

FUNCTIONS = (
    FunctionSpec(
        name="recommend",
        handler="lambdas.recommend.handler",
        summary="Answers recommendations.",
        environment={"CAMPAIGN_ARN": personalize_arn("campaign/shop-dev-home"), "ROUTES": "{}"},
        actions={"personalize:GetRecommendations": (personalize_arn("campaign/shop-dev-*"),)},
        timeout_seconds=5,
        memory_mb=768,
    ),
    FunctionSpec(
        name="check-data",
        handler="lambdas.check_data.handler",
        summary="Checks a dataset before it is imported.",
        environment={"BUCKET": DATA_BUCKET},
        actions={"s3:GetObject": (f"arn:${{Partition}}:s3:::{DATA_BUCKET}/*",)},
    ),
)


def make_plan() -> Plan:
    """Project `shop` in `dev`: `ensure` runs `import-data`, `teardown` deletes; two functions, three routes."""
    return Plan(
        project="shop",
        environment="dev",
        resources={
            "DatasetGroup": {"Name": "shop-dev", "Arn": personalize_arn("dataset-group/shop-dev")},
            "Import": {"Bucket": DATA_BUCKET, "Note": 'quotes " and \\ survive'},
        },
        machines=(
            MachineSpec("ensure", "Creates what is missing.", ensure_definition()),
            MachineSpec("import-data", "Imports a dataset.", import_definition()),
            MachineSpec("teardown", "Deletes the campaign.", teardown_definition()),
        ),
        functions=FUNCTIONS,
        routes=(
            _route("GET", "/users/{userId}/recommendations", "recommendForUser"),
            _route("GET", "/items/{itemId}/similar", "similarItems"),
            _route("POST", "/rankings", "rank"),
        ),
        schedules=(
            ScheduleSpec("weekly", "Full", "import-data", "cron(0 3 ? * SUN *)", "Europe/Berlin", {"Mode": "FULL"}),
            ScheduleSpec(
                "daily", "New rows", "import-data", "cron(0 3 ? * MON-SAT *)", "Europe/Berlin",
                {"Mode": "INCREMENTAL", "Source": f"s3://{DATA_BUCKET}/interactions/"},
            ),
        ),
        uploads=(UploadSpec("INTERACTIONS", "interactions/interactions.csv"),),
        explanations={},
        experiment_table=ExperimentTableSpec(),
    )  # fmt: skip


FULL_DEPLOY: dict[str, Any] = {
    "onDelete": "destroy",
    "permissionsBoundary": "team-boundary",
    "api": {
        "firewall": {"requestsPerFiveMinutes": 500},
        "domain": {
            "name": "api.example.com",
            "certificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b",
            "hostedZoneId": "Z0123456789",
        },
        "reservedConcurrency": 10,
        "provisionedConcurrency": 2,
        "gradual": True,
    },
    "network": {},
}


def make_full_plan() -> Plan:
    """The same project in `prod` with every option but the private API."""
    plan = make_plan()
    daily = next(schedule for schedule in plan.schedules if schedule.name == "daily")
    home = personalize_arn("campaign/shop-prod-home")
    watch = ScheduleSpec("watch", "Ages", "watch", "rate(1 day)", "UTC", {"Datasets": [{"Name": "interactions"}]})
    return replace(
        plan,
        environment="prod",
        deploy=Deploy.model_validate(FULL_DEPLOY),
        functions=(
            *plan.functions,
            FunctionSpec("replay", "lambdas.replay.handler", "Sends queued events."),
            FunctionSpec("archive", "lambdas.archive.handler", "Writes accepted events."),
        ),
        routes=tuple(
            replace(route, settings={"owner": {"campaignArn": arn}, "fallback": {"items": ["1"]}})
            for route, arn in zip(plan.routes, (home, "", ""), strict=True)
        ),
        machines=(*plan.machines, MachineSpec("watch", "Tells ages.", teardown_definition())),
        schedules=(replace(daily, jitter_minutes=15, paused=True), watch),
        arrivals=(ArrivalSpec("arrival-full", "Full", "import-data", "full/_SUCCESS", {"Mode": "FULL"}),),
        campaigns=(CampaignSpec("home", home, "GetRecommendations", 0.15, "ndcg"),),
        event_queue=EventQueueSpec(),
        archive_queue=ARCHIVE,
        archive_keep_days=400,
        budget_usd=250.0,
        emails=("shop@example.com",),
        tags={"cost-centre": "shop"},
    )


def make_private_plan() -> Plan:
    """The plain project in `inner`, its API reachable from a network of three zones only, by a name of its own."""
    api = {"private": True, "domain": FULL_DEPLOY["api"]["domain"]}
    deploy = Deploy.model_validate({"api": api, "network": {"cidr": "10.1.0.0/20", "zones": 3}})
    return replace(make_plan(), environment="inner", deploy=deploy)


def _route(method: str, path: str, operation_id: str) -> RouteSpec:
    name = path.partition("{")[2].partition("}")[0]
    parameter = ParameterSpec(name, "path", f"The {name}.", required=True, schema={"type": "string"})
    return RouteSpec(method, path, "recommend", operation_id, operation_id, (parameter,) if name else ())


def ensure_definition() -> dict[str, Any]:
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Create solution",
        "States": {
            "Create solution": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:personalize:createSolution",
                "Arguments": {"Name": "{% $states.input.Name %}", "Tags": [{"TagKey": "a", "TagValue": "b"}]},
                "Next": "Import",
            },
            "Import": {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution.sync:2",
                "Arguments": {"StateMachineArn": machine_arn_token("import-data"), "Input": {}},
                "Next": "Record",
            },
            "Record": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:dynamodb:putItem",
                "Arguments": {"TableName": LEDGER_TABLE, "Item": {"campaign": {"S": "a"}, "decided": {"S": "b"}}},
                "Next": "Publish",
            },
            "Publish": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:ssm:putParameter",
                "Arguments": {"Name": "{% $states.input.Parameter %}", "Type": "String", "Value": "x"},
                "End": True,
            },
        },
    }


def import_definition() -> dict[str, Any]:
    """A Map around a Parallel, so that nested states count."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:personalize:createDatasetImportJob",
        "Arguments": {
            "JobName": "{% $states.input.Name %}",
            "DatasetArn": personalize_arn("dataset/shop-dev/INTERACTIONS"),
            "DataSource": {"DataLocation": f"s3://{DATA_BUCKET}/interactions/"},
            "RoleArn": PERSONALIZE_ROLE_ARN,
        },
        "End": True,
    }
    check = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "${CheckDataFunctionArn}", "Payload": "{% $states.input %}"},
        "End": True,
    }
    branches = [
        {"StartAt": "Check", "States": {"Check": check}},
        {"StartAt": "Import dataset", "States": {"Import dataset": task}},
    ]
    parallel = {"Type": "Parallel", "Branches": branches, "End": True}
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Each dataset",
        "States": {
            "Each dataset": {
                "Type": "Map",
                "Items": "{% $states.input.Datasets %}",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "Both",
                    "States": {"Both": parallel},
                },
                "End": True,
            }
        },
    }


def teardown_definition() -> dict[str, Any]:
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Delete campaign",
        "States": {
            "Delete campaign": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:personalize:deleteCampaign",
                "Arguments": {"CampaignArn": "{% $states.input.CampaignArn %}"},
                "End": True,
            }
        },
    }


def make_document(plan: Plan) -> dict[str, Any]:
    """A minimal OpenAPI document of the plan's routes."""
    paths: dict[str, Any] = {}
    for route in plan.routes:
        paths.setdefault(route.path, {})[route.method.lower()] = {
            "operationId": route.operation_id,
            "responses": {"200": {"description": "The answer."}},
            "x-amazon-apigateway-integration": {
                "type": "aws_proxy",
                "httpMethod": "POST",
                "uri": "${RecommendFunctionInvokeUri}",
            },
        }
    return {"openapi": "3.0.1", "info": {"title": plan.project, "version": "1"}, "paths": paths}
