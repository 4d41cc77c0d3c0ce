"""What each token of the plan stands for on AWS; the only place that knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Aws

from tastemaker.plan.tokens import find_tokens, pascal_case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.plan.specs import Plan

ALIAS = "live"
"""Name of the alias of every function that has one."""


@dataclass(frozen=True)
class DataReferences:
    """What other stacks know of the data stack: CloudFormation references as strings."""

    bucket_name: str
    key_arn: str
    personalize_role_arn: str
    ledger_table_name: str


def build_token_values(plan: Plan, data: DataReferences) -> dict[str, str]:
    """Token name to CloudFormation expression, for `resolve_tokens` and `DefinitionSubstitutions`.

    ARNs of machines and functions are built from physical names, not from references: machines start one another, and
    references would be circular.
    """
    values = {
        "Partition": Aws.PARTITION,
        "Region": Aws.REGION,
        "AccountId": Aws.ACCOUNT_ID,
        "DataBucketName": data.bucket_name,
        "DataKeyArn": data.key_arn,
        "PersonalizeRoleArn": data.personalize_role_arn,
        "LedgerTableName": data.ledger_table_name,
        "EventBusName": plan.prefix,
        "TopicArn": f"arn:{Aws.PARTITION}:sns:{Aws.REGION}:{Aws.ACCOUNT_ID}:{topic_name(plan.prefix)}",
    }
    if plan.preparation is not None:
        values |= plan.preparation.token_values
    for machine in plan.machines:
        values |= _machine_values(pascal_case(machine.name), f"{plan.prefix}-{machine.name}")
    for function in plan.functions:
        qualifier = f":{ALIAS}" if function.name in plan.aliased else ""
        values |= _function_values(pascal_case(function.name), f"{plan.prefix}-{function.name}", qualifier)
    return values


def topic_name(prefix: str) -> str:
    """Of the topic that hears of every outcome."""
    return f"{prefix}-outcomes"


def used_token_values(value: object, values: Mapping[str, str]) -> dict[str, str]:
    """The part of the table that nested plan data uses, sorted; KeyError for a token without a value."""
    return {name: values[name] for name in sorted(find_tokens(value))}


def _machine_values(name: str, physical_name: str) -> dict[str, str]:
    arn = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:stateMachine:{physical_name}"
    return {f"{name}MachineName": physical_name, f"{name}MachineArn": arn}


def _function_values(name: str, physical_name: str, qualifier: str) -> dict[str, str]:
    """Only requests come through an alias."""
    arn = f"arn:{Aws.PARTITION}:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{physical_name}"
    gateway = f"arn:{Aws.PARTITION}:apigateway:{Aws.REGION}:lambda:path/2015-03-31/functions"
    return {
        f"{name}FunctionName": physical_name,
        f"{name}FunctionArn": arn,
        f"{name}FunctionInvokeUri": f"{gateway}/{arn}{qualifier}/invocations",
    }
