"""One rule of the pack: a template that breaks it, and the same template put right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """A row of the table.

    Attributes:
        place: logical id and location of the finding.
    """

    rule: str
    bad: dict[str, Any]
    place: tuple[str, str]
    message: str
    good: dict[str, Any]


def template(**resources: dict[str, Any]) -> dict[str, Any]:
    return {"Resources": resources}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def personalize(kind: str, **properties: Any) -> dict[str, Any]:
    return resource(f"Personalize::{kind}", **properties)


def ref(logical_id: str) -> dict[str, str]:
    return {"Ref": logical_id}


def arn(logical_id: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def allow(*actions: str, on: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(service: str, *statements: dict[str, Any], **trust: Any) -> dict[str, Any]:
    """A role with its policies written inside; `trust` is added to the trust statement."""
    assumed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **trust}
    policies = [{"PolicyName": "p", "PolicyDocument": document(*statements)}] if statements else []
    return resource("IAM::Role", AssumeRolePolicyDocument=document(assumed), Policies=policies)


def call(action: str, **arguments: Any) -> dict[str, Any]:
    """A Task that calls Amazon Personalize, with a retry."""
    return {
        "Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:personalize:{action}", "Arguments": arguments,
        "Retry": [{"ErrorEquals": ["Personalize.ThrottlingException"]}], "End": True,
    }  # fmt: skip


def machine(start: str, states: dict[str, Any], **more: Any) -> dict[str, Any]:
    definition = {"QueryLanguage": "JSONata", "StartAt": start, "States": states, **more}
    return resource("StepFunctions::StateMachine", Definition=definition)


def calling(action: str, **arguments: Any) -> dict[str, Any]:
    """A template whose one machine makes one call in the state `Call`."""
    return template(Machine=machine("Call", {"Call": call(action, **arguments)}))
