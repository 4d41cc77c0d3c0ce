"""State machines as the API keeps them: revisions, versions, aliases, tags.

Source: developer guide, "Managing continuous deployments with versions and aliases in Step Functions".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.errors import InvalidDefinitionError
from tastemaker.runner.interpreter.api.answers import refused
from tastemaker.runner.interpreter.api.diagnostics import definition_error, parse_definition
from tastemaker.runner.interpreter.payload import to_text

if TYPE_CHECKING:
    from tastemaker.errors import AwsError
    from tastemaker.runner.interpreter.engine import Engine
    from tastemaker.runner.interpreter.model import Machine

LOGGING_OFF = {"level": "OFF", "includeExecutionData": False}
TRACING_OFF = {"enabled": False}


@dataclass(slots=True)
class Version:
    """A published version: never changes."""

    arn: str
    machine: Machine
    text: str
    created_at: float
    revision_id: str
    description: str | None


@dataclass(slots=True)
class Alias:
    arn: str
    name: str
    description: str | None
    routing: list[dict[str, Any]]
    created_at: float
    updated_at: float


@dataclass(slots=True)
class Record:
    """One state machine.

    Attributes:
        text: the definition as it was given.
        revision_id: changes with each update; None before the first, as the service shows it.
    """

    machine: Machine
    text: str
    created_at: float
    updated_at: float
    logging: dict[str, Any] = field(default_factory=lambda: dict(LOGGING_OFF))
    tracing: dict[str, Any] = field(default_factory=lambda: dict(TRACING_OFF))
    encryption: dict[str, Any] = field(default_factory=dict)
    revision_id: str | None = None
    versions: list[Version] = field(default_factory=list)
    aliases: dict[str, Alias] = field(default_factory=dict)
    next_version: int = 1


@dataclass(slots=True)
class Registry:
    """Records by ARN; machines that Python code registered get theirs when they are first asked for."""

    engine: Engine
    records: dict[str, Record] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def all(self) -> list[Record]:
        """In the order of creation."""
        return [self.record(machine.arn) for machine in self.engine.machines]

    def knows(self, arn: str) -> bool:
        """Whether there is a state machine with this ARN."""
        return any(machine.arn == arn for machine in self.engine.machines)

    def record(self, arn: str) -> Record:
        """Raises AwsError StateMachineDoesNotExist."""
        machine = next((machine for machine in self.engine.machines if machine.arn == arn), None)
        if machine is None:
            raise refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        known = self.records.get(arn)
        if known is None or known.machine is not machine:
            now = self.engine.now()
            known = self.records[arn] = Record(machine, to_text(machine.definition), now, now)
        return known

    def compile(self, arn: str, text: str, kind: str, role_arn: str) -> Machine:
        """A definition's text as a machine; raises AwsError InvalidDefinition."""
        definition = parse_definition(text)
        try:
            return self.engine.compile(arn, definition, type=kind, role_arn=role_arn)
        except InvalidDefinitionError as error:
            raise refused("InvalidDefinition", definition_error(definition, error)) from error

    def publish(self, record: Record, description: str | None) -> Version:
        """The version of the current revision, made when there is none yet."""
        revision = record.revision_id or "INITIAL"
        newest = record.versions[-1] if record.versions else None
        if newest is not None and newest.revision_id == revision:
            return newest
        arn = f"{record.machine.arn}:{record.next_version}"
        version = Version(arn, record.machine, record.text, self.engine.now(), revision, description)
        record.versions.append(version)
        record.next_version += 1
        return version

    def version(self, arn: str) -> tuple[Record, Version]:
        """Raises AwsError StateMachineDoesNotExist."""
        found = self.find_version(arn)
        if found is None:
            raise refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        return found

    def find_version(self, arn: str) -> tuple[Record, Version] | None:
        """None when there is no such version or state machine."""
        machine = arn.rpartition(":")[0]
        if not self.knows(machine):
            return None
        record = self.record(machine)
        return next(((record, version) for version in record.versions if version.arn == arn), None)

    def alias(self, arn: str) -> tuple[Record, Alias]:
        """Raises AwsError ResourceNotFound, also where there is no such state machine."""
        machine, _, name = arn.rpartition(":")
        if not self.knows(machine) or name not in self.record(machine).aliases:
            raise not_found(arn)
        record = self.record(machine)
        return record, record.aliases[name]

    def qualified(self, arn: str) -> bool:
        """Whether an ARN has the name of a version or alias after that of the state machine."""
        return len(arn.split(":")) > 7


def not_found(arn: str) -> AwsError:
    """The refusal of operations that know no StateMachineDoesNotExist. Source: API reference, their Errors."""
    return refused("ResourceNotFound", f"Request references a resource that does not exist: '{arn}'")
