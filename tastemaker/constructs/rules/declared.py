"""What an app asks Amazon Personalize for: CloudFormation resources, and calls that state machines, custom resources
and schedules make.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.constructs.rules.definitions import all_states
from tastemaker.constructs.rules.templates import as_mapping, parse_text, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.constructs.rules.templates import Resource, Templates

_SDK = re.compile(r":aws-sdk:(personalize(?:runtime|events)?):(\w+)")
_MARKER = re.compile(r"<[\w:.]+>|\$\{\w+\}")


@dataclass(frozen=True)
class Declared:
    """One resource as declared, or one call with its arguments.

    Attributes:
        resource: what holds it.
        location: inside the resource.
        operation: as the API names it; `Create…` for a CloudFormation resource.
        values: PascalCase name to value; None when they are one expression that only runs know.
    """

    resource: Resource
    location: str
    operation: str
    values: Mapping[str, Any] | None

    @property
    def is_resource(self) -> bool:
        return self.resource.type.startswith("AWS::Personalize::")

    def may_have(self, name: str) -> bool:
        """Whether the value is written, be it as an expression."""
        return self.values is None or any(key in self.values for key in (name, f"{name}.$"))

    def literal(self, name: str) -> Any:
        """The value where it is plain data; None where it is absent or computed."""
        value = (self.values or {}).get(name)
        if isinstance(value, str) and (value.startswith("{%") or _MARKER.search(value)):
            return None
        return None if isinstance(value, dict) else value

    def config(self, name: str) -> Mapping[str, Any]:
        """The value where it is an object; an empty one otherwise."""
        return as_mapping((self.values or {}).get(name))

    def at(self, name: str) -> str:
        """The location of one value."""
        return f"{self.location}.{name}"


def declared(templates: Templates, *kinds: str) -> Iterator[Declared]:
    """Every creation of these kinds, e.g. `Solution`."""
    operations = {f"Create{kind}" for kind in kinds}
    return (found for found in all_declared(templates) if found.operation in operations)


def all_declared(templates: Templates) -> Iterator[Declared]:
    """Resources first, then calls in the order of the templates."""
    for resource in templates.resources:
        service, _, kind = resource.type.removeprefix("AWS::").partition("::")
        if service == "Personalize":
            yield Declared(resource, "Properties", f"Create{kind}", resource.properties)
        yield from _custom_calls(resource)
        yield from _scheduled_calls(resource)
    yield from machine_calls(templates)


def machine_calls(templates: Templates) -> Iterator[Declared]:
    """Personalize calls of state machines; the location is the state's name."""
    for machine, name, state in all_states(templates):
        match = _SDK.search(text_of(state.get("Resource", "")))
        if match is not None:
            arguments = state.get("Arguments", state.get("Parameters", {}))
            values = arguments if isinstance(arguments, dict) else None
            yield Declared(machine, name, _pascal(match[2]), values)


def _custom_calls(resource: Resource) -> Iterator[Declared]:
    """The CDK's AwsCustomResource: each of its calls is JSON."""
    for moment in ("Create", "Update"):
        call = parse_text(resource.properties.get(moment)) if resource.type.startswith("Custom::") else None
        if isinstance(call, dict) and "personalize" in str(call.get("service", "")).lower():
            parameters = as_mapping(call.get("parameters"))
            values = {_pascal(key): value for key, value in parameters.items()}
            yield Declared(resource, f"Properties.{moment}", _pascal(str(call.get("action", ""))), values)


def _scheduled_calls(resource: Resource) -> Iterator[Declared]:
    """Universal targets of EventBridge Scheduler."""
    if resource.type != "AWS::Scheduler::Schedule":
        return
    target = as_mapping(resource.properties.get("Target"))
    match = _SDK.search(text_of(target.get("Arn", "")))
    if match is not None:
        values = parse_text(target.get("Input", "{}"))
        known = values if isinstance(values, dict) else None
        yield Declared(resource, "Properties.Target", _pascal(match[2]), known)


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]
