"""The synthesised templates of an app: resources, what they refer to, and their text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Resource:
    """One resource.

    Attributes:
        template: path of its template.
        deletion_policy: as written; empty for CloudFormation's default, which deletes.
    """

    template: str
    logical_id: str
    type: str
    properties: Mapping[str, Any] = field(compare=False, hash=False)
    deletion_policy: str = ""


@dataclass(frozen=True)
class Templates:
    """All templates of an app.

    Attributes:
        documents: path of a template to its content.
        max_provisioned_tps: what a campaign or recommender may reserve without a finding.
    """

    documents: Mapping[str, Mapping[str, Any]]
    max_provisioned_tps: int

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Loops of the language extensions (`Fn::ForEach`) are no resources yet and are left alone."""
        return tuple(
            Resource(
                path,
                name,
                str(found["Type"]),
                as_mapping(found.get("Properties")),
                str(found.get("DeletionPolicy", "")),
            )
            for path, document in self.documents.items()
            for name, found in as_mapping(document.get("Resources")).items()
            if "Type" in as_mapping(found)
        )

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Resources of these CloudFormation types, in the order of the templates."""
        return (resource for resource in self.resources if resource.type in types)

    def outputs(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Template, name and content of every output."""
        for path, document in self.documents.items():
            for name, output in as_mapping(document.get("Outputs")).items():
                yield path, name, as_mapping(output)

    def find(self, value: Any, template: str, resource_type: str) -> Resource | None:
        """The first resource of the type that a property's value refers to, also in another stack; None for none."""
        for path, name in self._references(value, template):
            found = self._by_id.get((path, name))
            if found is not None and found.type == resource_type:
                return found
        return None

    @cached_property
    def _by_id(self) -> dict[tuple[str, str], Resource]:
        return {(resource.template, resource.logical_id): resource for resource in self.resources}

    @cached_property
    def _exports(self) -> dict[str, tuple[str, Any]]:
        """Name of an export, or of an output, to the template and value behind it."""
        found = {}
        for path, name, output in self.outputs():
            export = text_of(as_mapping(output.get("Export")).get("Name", name))
            found[name] = found[export] = (path, output.get("Value"))
        return found

    def _references(self, value: Any, template: str) -> Iterator[tuple[str, str]]:
        for function, argument in _functions(value):
            match function, argument:
                case "Ref", str(name):
                    yield template, name
                case "Fn::GetAtt", [name, *_]:
                    yield template, name
                case "Fn::GetAtt", str(path):
                    yield template, path.partition(".")[0]
                case "Fn::ImportValue", _:
                    yield from self._exported(text_of(argument))
                case "Fn::GetStackOutput", {"OutputName": name}:
                    yield from self._exported(name)

    def _exported(self, name: str) -> Iterator[tuple[str, str]]:
        if name in self._exports:
            path, value = self._exports[name]
            yield from self._references(value, path)


def _functions(value: Any) -> Iterator[tuple[str, Any]]:
    """Every intrinsic function inside a value, outermost first."""
    if isinstance(value, list):
        for part in value:
            yield from _functions(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if key == "Ref" or key.startswith("Fn::"):
                yield key, part
            yield from _functions(part)


def text_of(value: Any) -> str:
    """A property as text; references become `<LogicalId>` or `<LogicalId.Attribute>`, other functions `<name>`."""
    if isinstance(value, list):
        return "".join(text_of(part) for part in value)
    if not isinstance(value, dict):
        return str(value)
    ((function, argument), *_) = [*value.items(), ("", "")]
    match function, argument:
        case "Ref", _:
            return f"<{argument}>"
        case "Fn::GetAtt", list():
            return f"<{'.'.join(str(part) for part in argument)}>"
        case "Fn::Join", [separator, list(parts)]:
            return str(separator).join(text_of(part) for part in parts)
        case "Fn::Sub", [str(text), *_]:
            return text
        case "Fn::Sub", str(text):
            return text
    return f"<{function}>"


def parse_text(value: Any) -> Any:
    """The JSON that a property holds as text; None where it is none."""
    try:
        return json.loads(text_of(value))
    except ValueError:
        return None


def as_mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object; an empty one for anything else, such as a text that a macro will replace."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """IAM's and CloudFormation's one-or-many as a list; None is none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
