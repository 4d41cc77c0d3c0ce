"""Deploys synthesised templates into moto's CloudFormation, as far as moto knows their types."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import types
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Mapping

    Template = dict[str, Any]

ACCOUNT = "123456789012"
HALF_KNOWN = {"AWS::ApiGateway::Deployment"}
"""moto reads no OpenAPI document, so the API that it makes has no method to deploy."""


@dataclass
class MotoStacks:
    """Stacks of one app in one Region, inside `mock_aws`.

    Attributes:
        outputs: of all stacks so far; what one stack needs of another is looked up here.
        left_out: stack to the types that moto does not know, and those that refer to them.
    """

    region: str
    outputs: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, set[str]] = field(default_factory=dict)

    def deploy(self, name: str, template: Template) -> str:
        """The stack's status."""
        resources = self.resolved(template["Resources"])
        kept = _known_only(resources)
        self.left_out[name] = {one["Type"] for key, one in resources.items() if key not in kept}
        self._upload_code(kept)
        body = {"Resources": kept, "Outputs": _fitting(template.get("Outputs", {}), kept)}
        client = boto3.client("cloudformation", region_name=self.region)
        client.create_stack(StackName=name, TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_IAM"])
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        self.outputs |= {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
        return str(stack["StackStatus"])

    def resolved(self, value: Any) -> Any:
        """With values in the place of other stacks' outputs, of the Region and the account."""
        if isinstance(value, list):
            return [self.resolved(part) for part in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Fn::GetStackOutput"}:
            return self.outputs[value["Fn::GetStackOutput"]["OutputName"]]
        known = {"AWS::Region": self.region, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws"}
        if set(value) == {"Ref"} and value["Ref"] in known:
            return known[value["Ref"]]
        return {key: self.resolved(part) for key, part in value.items()}

    def text(self, stack: str, value: Any) -> str:
        """What CloudFormation makes of a property of a stack that is deployed."""
        value = self.resolved(value)
        if isinstance(value, str):
            return value
        if "Ref" in value:
            client = boto3.client("cloudformation", region_name=self.region)
            found = client.describe_stack_resource(StackName=stack, LogicalResourceId=value["Ref"])
            return str(found["StackResourceDetail"]["PhysicalResourceId"])
        return "".join(self.text(stack, part) for part in value["Fn::Join"][1])

    def _upload_code(self, resources: Mapping[str, Template]) -> None:
        """An empty archive where `cdk deploy` puts an asset."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as content:
            content.writestr("empty", "")
        client, bucket = boto3.client("s3", region_name=self.region), f"cdk-hnb659fds-assets-{ACCOUNT}-{self.region}"
        with contextlib.suppress(client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket=bucket)
        for resource in resources.values():
            if resource["Type"] == "AWS::Lambda::Function":
                code = resource["Properties"]["Code"]
                client.put_object(Bucket=bucket, Key=code["S3Key"], Body=archive.getvalue())


def _known_only(resources: Mapping[str, Template]) -> dict[str, Template]:
    """moto does not see order, and reads the tags of a key wrongly."""
    known_types = _known_types()
    kept = {key: one for key, one in resources.items() if one["Type"] in known_types}
    while missing := {key for key, one in kept.items() if _references(one) & (set(resources) - set(kept))}:
        kept = {key: one for key, one in kept.items() if key not in missing}
    return {key: _fit(one) for key, one in kept.items()}


def _fit(resource: Template) -> Template:
    without = {"Tags"} if resource["Type"] == "AWS::KMS::Key" else set()
    properties = {key: value for key, value in resource.get("Properties", {}).items() if key not in without}
    return {"Type": resource["Type"], "Properties": properties}


def _fitting(outputs: Mapping[str, Template], kept: Mapping[str, Template]) -> Template:
    return {key: one for key, one in outputs.items() if _references(one) <= set(kept)}


def _references(value: Any) -> set[str]:
    """Logical ids that a resource's properties or an output refer to."""
    if isinstance(value, list):
        return set().union(*(_references(part) for part in value))
    if not isinstance(value, dict):
        return set()
    if set(value) == {"Ref"}:
        return set() if value["Ref"].startswith("AWS::") else {value["Ref"]}
    if set(value) == {"Fn::GetAtt"}:
        return {value["Fn::GetAtt"][0]}
    return set().union(*(_references(part) for key, part in value.items() if key != "DependsOn"))


def _known_types() -> set[str]:
    with _openapi_validator():
        from moto.cloudformation.parsing import get_model_map
    return set(get_model_map()) - HALF_KNOWN


@contextlib.contextmanager
def _openapi_validator() -> Any:
    """moto's CloudFormation imports a validator of OpenAPI documents, for imports of APIs through another service."""
    names = ("", ".validation", ".validation.exceptions")
    modules = {f"openapi_spec_validator{name}": types.ModuleType(f"openapi_spec_validator{name}") for name in names}
    for module in modules.values():
        vars(module).update(__path__=[], validate=None, OpenAPIValidationError=ValueError)
    added = {name: module for name, module in modules.items() if name not in sys.modules}
    sys.modules.update(added)
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]
