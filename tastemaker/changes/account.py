"""What has to be known of an account before a plan can be compared with it: its ids, and what was ensured last."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tastemaker.changes.reader import PERSONALIZE, UnreadableAccountError
from tastemaker.changes.wanted import describe
from tastemaker.plan.tokens import find_tokens, read_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.changes.reader import Reader
    from tastemaker.plan.specs import Plan

NO_ACCOUNT = "000000000000"
"""Where the account holds nothing that would tell its number: then there is nothing to be found by it either."""


@dataclass(frozen=True)
class Ensured:
    """The input of the last execution of `ensure` that succeeded.

    Attributes:
        at: when it began, epoch seconds.
        resources: as `Plan.resources`, tokens resolved.
    """

    at: float
    resources: Mapping[str, Any]


@dataclass(frozen=True)
class Deployed:
    """What Step Functions tells.

    Attributes:
        machine_arn, definition: of the deployed `ensure`; None where there is none.
        ensured: None where no execution succeeded within the ninety days that Step Functions remembers.
    """

    machine_arn: str | None = None
    definition: Mapping[str, Any] | None = None
    ensured: Ensured | None = None


def read_deployed(plan: Plan, states: Any) -> Deployed:
    """Ask a boto3 client of `stepfunctions`; a local one knows the machines by their names in the plan.

    Raises:
        UnreadableAccountError: a call was refused or could not be made.
    """
    try:
        pages = states.get_paginator("list_state_machines").paginate()
        machines = {one["name"]: one["stateMachineArn"] for page in pages for one in page["stateMachines"]}
        arn = machines.get(f"{plan.prefix}-ensure", machines.get("ensure"))
        if arn is None:
            return Deployed()
        definition = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
        return Deployed(arn, definition, _read_ensured(states, arn))
    except (BotoCoreError, ClientError) as error:
        raise UnreadableAccountError(f"Step Functions could not be read: {error}") from error


def _read_ensured(states: Any, machine_arn: str) -> Ensured | None:
    """The newest comes first."""
    found = states.list_executions(stateMachineArn=machine_arn, statusFilter="SUCCEEDED", maxResults=1)["executions"]
    if not found:
        return None
    execution = states.describe_execution(executionArn=found[0]["executionArn"])
    return Ensured(execution["startDate"].timestamp(), json.loads(execution["input"]))


def read_values(plan: Plan, reader: Reader, region: str, deployed: Deployed) -> dict[str, str]:
    """Values of all tokens in what `ensure` is and gets; one that nothing tells stands there in words."""
    definition = plan.machine("ensure").definition
    unknown = {name: _unknown(name) for name in find_tokens([plan.resources, definition])}
    ensured = {} if deployed.ensured is None else deployed.ensured.resources
    return {
        **unknown,
        "Partition": "aws",
        "Region": region,
        "AccountId": NO_ACCOUNT,
        **_read_ids(reader, deployed.machine_arn),
        **read_tokens(definition, deployed.definition),
        **read_tokens(_without_arns(plan.resources), _without_arns(ensured)),
    }


def read_key(resources: Mapping[str, Any], reader: Reader) -> dict[str, str]:
    """The dataset group's own key, to stand for that of the stack where nothing tells it; empty where it is known.

    Args:
        resources: input of `ensure`, resolved with the values of `read_values`.
    """
    group = resources["DatasetGroups"][0]
    if group["Create"].get("KmsKeyArn") != _unknown("DataKeyArn"):
        return {}
    description = describe("DatasetGroup", group["Arn"], reader) or {}
    return {"DataKeyArn": description["kmsKeyArn"]} if "kmsKeyArn" in description else {}


def _unknown(token: str) -> str:
    return f"({token} of the stack)"


def _without_arns(resources: Mapping[str, Any]) -> dict[str, Any]:
    """Names may have been edited, and an ARN of three tokens and a name would then tell something else."""
    return {section: resources.get(section, []) for section in ("DatasetGroups", "MetricAttributions")}


def _read_ids(reader: Reader, machine_arn: str | None) -> dict[str, str]:
    """Any ARN tells them; of what is there, if anything is."""
    arn = _find_arn(reader) if machine_arn is None else machine_arn
    if arn is None:
        return {}
    _, partition, _, region, account, *_ = arn.split(":")
    return {"Partition": partition, "Region": region, "AccountId": account}


def _find_arn(reader: Reader) -> str | None:
    groups = reader.read(PERSONALIZE, "ListDatasetGroups", {"maxResults": 100})["datasetGroups"]
    schemas = [] if groups else reader.read(PERSONALIZE, "ListSchemas", {"maxResults": 100})["schemas"]
    found = [one["datasetGroupArn"] for one in groups] + [one["schemaArn"] for one in schemas]
    return str(found[0]) if found else None
