"""Rules about event trackers and who may write to them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.datasets import group_of
from tastemaker.constructs.rules.statements import ROLE, role_statements, trust_statements
from tastemaker.constructs.rules.templates import Resource, as_mapping, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.constructs.rules.templates import Templates

TRACKER, FUNCTION = "AWS::Personalize::EventTracker", "AWS::Lambda::Function"
PUT_EVENTS = "personalize:PutEvents"
_VERBS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "x-amazon-apigateway-any-method"})


def _check_twice(templates: Templates) -> Iterator[Violation]:
    seen: Counter[Resource] = Counter()
    for tracker in templates.of_type(TRACKER):
        group = group_of(templates, tracker)
        if group is not None:
            seen[group] += 1
            if seen[group] > 1:
                message = f"the dataset group {group.logical_id} already has an event tracker"
                yield Violation(tracker, "Properties.DatasetGroupArn", message)


def _check_output(templates: Templates) -> Iterator[Violation]:
    for path, name, output in templates.outputs():
        tracker = templates.find(output.get("Value"), path, TRACKER)
        if tracker is not None and "TrackingId" in json.dumps(output["Value"]) and "Export" not in output:
            message = f"the output {name} shows the tracking id, with which anybody who may PutEvents writes"
            yield Violation(tracker, f"Outputs.{name}", message)


def _check_open(templates: Templates) -> Iterator[Violation]:
    for function in templates.of_type(FUNCTION):
        role = templates.find(function.properties.get("Role"), function.template, ROLE)
        if role is None or not any(statement.allows(PUT_EVENTS) for statement in role_statements(templates, role)):
            continue
        for entry, location in _open_entries(templates, function):
            message = f"whoever reaches it makes {function.logical_id} write events: no key, no authorizer"
            yield Violation(entry, location, message)


def _open_entries(templates: Templates, function: Resource) -> Iterator[tuple[Resource, str]]:
    """Ways to the function that ask for neither a key nor an identity."""
    for url in templates.of_type("AWS::Lambda::Url"):
        if url.properties.get("AuthType") == "NONE" and _names(templates, function, url, "TargetFunctionArn"):
            yield url, "Properties.AuthType"
    for method in templates.of_type("AWS::ApiGateway::Method"):
        guarded = method.properties.get("ApiKeyRequired") or method.properties.get("AuthorizationType") != "NONE"
        if not guarded and _names(templates, function, method, "Integration"):
            yield method, "Properties.ApiKeyRequired"
    yield from _open_routes(templates, function)
    for api in templates.of_type("AWS::ApiGateway::RestApi"):
        for place in _open_operations(as_mapping(api.properties.get("Body")), function):
            yield api, f"Properties.Body.paths.{place}"


def _open_routes(templates: Templates, function: Resource) -> Iterator[tuple[Resource, str]]:
    """Of HTTP APIs."""
    for route in templates.of_type("AWS::ApiGatewayV2::Route"):
        target = templates.find(route.properties.get("Target"), route.template, "AWS::ApiGatewayV2::Integration")
        is_open = route.properties.get("AuthorizationType", "NONE") == "NONE"
        if is_open and target is not None and _names(templates, function, target, "IntegrationUri"):
            yield route, "Properties.AuthorizationType"


def _names(templates: Templates, function: Resource, holder: Resource, name: str) -> bool:
    return templates.find(holder.properties.get(name), holder.template, FUNCTION) == function


def _open_operations(document: Mapping[str, Any], function: Resource) -> Iterator[str]:
    """Operations of an OpenAPI document that lead to the function and have no security requirement."""
    name = text_of(function.properties.get("FunctionName", f"<{function.logical_id}."))
    for path, verbs in as_mapping(document.get("paths")).items():
        for verb in sorted(_VERBS & set(as_mapping(verbs))):
            operation = as_mapping(verbs[verb])
            uri = text_of(as_mapping(operation.get("x-amazon-apigateway-integration")).get("uri", ""))
            leads_here = f":function:{name}/" in uri or f"<{function.logical_id}." in uri
            if leads_here and not operation.get("security", document.get("security")):
                yield f"{path}.{verb}"


def _check_web_identity(templates: Templates) -> Iterator[Violation]:
    for role in templates.of_type(ROLE):
        web = any("sts:AssumeRoleWithWebIdentity" in statement.actions for statement in trust_statements(role))
        for statement in role_statements(templates, role) if web else ():
            if statement.allows(PUT_EVENTS):
                message = "PutEvents knows no resources: whoever signs in may write to every tracker of the account"
                yield Violation(statement.resource, statement.location, message)


TWICE = Rule(
    "tracker-twice", "A dataset group has one event tracker.", "Share the tracker.",
    "developer guide, recording-events", Severity.ERROR, _check_twice,
)  # fmt: skip
OUTPUT = Rule(
    "tracking-id-output", "The tracking id is no plain output.", "Give it to functions by a parameter or a reference.",
    "developer guide, recording-item-interaction-events", Severity.WARNING, _check_output,
)  # fmt: skip
OPEN = Rule(
    "open-events", "Who writes events is known: PutEvents itself is allowed on every tracker of the account.",
    "Require an API key that is bound to one application, or an authorizer.",
    "service authorization reference, Amazon Personalize", Severity.ERROR, _check_open,
)  # fmt: skip
WEB_IDENTITY = Rule(
    "web-identity-events", "Browsers send events through an endpoint of yours.",
    "Put a function between, which binds the caller to one event tracker.",
    "service authorization reference, Amazon Personalize", Severity.ERROR, _check_web_identity,
)  # fmt: skip
