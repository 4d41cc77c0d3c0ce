"""Operations on state machines, their tags, versions and validation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.errors import InvalidDefinitionError
from tastemaker.runner.interpreter.api.answers import (
    METADATA_ONLY,
    checked_arn,
    checked_name,
    checked_role,
    moment,
    page,
    present,
    refused,
)
from tastemaker.runner.interpreter.api.diagnostics import diagnostics_of, unreadable
from tastemaker.runner.interpreter.api.references import variable_references
from tastemaker.runner.interpreter.api.registry import Record
from tastemaker.runner.interpreter.api.warnings import warnings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.runner.interpreter.api.registry import Registry
    from tastemaker.runner.interpreter.engine import Engine

_MAX_DIAGNOSTICS = 100
_NOTHING_TO_UPDATE = (
    "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration or the "
    "TracingConfiguration must be specified"
)


class MachineOperations:
    def __init__(self, engine: Engine, registry: Registry) -> None:
        self._engine, self._registry = engine, registry

    def create(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The same request again gives the same state machine."""
        name, kind = checked_name(params["name"]), params.get("type", "STANDARD")
        arn = self._engine.machine_arn(name)
        if params.get("versionDescription") is not None and not params.get("publish"):
            raise refused("ValidationException", "Version description can only be set when publish is true")
        _check_logging(params.get("loggingConfiguration", {}))
        machine = self._registry.compile(arn, params["definition"], kind, checked_role(params["roleArn"]))
        if any(known.arn == arn for known in self._engine.machines):
            return self._again(arn, params, kind)
        self._engine.keep(machine)
        now = self._engine.now()
        record = self._registry.records[arn] = Record(machine, params["definition"], now, now)
        self._configure(record, params)
        self._tag(arn, params.get("tags", ()))
        answer: dict[str, Any] = {"stateMachineArn": arn, "creationDate": moment(now)}
        if params.get("publish"):
            answer["stateMachineVersionArn"] = self._registry.publish(record, params.get("versionDescription")).arn
        return answer

    def _again(self, arn: str, params: Mapping[str, Any], kind: str) -> dict[str, Any]:
        """Another role or other tags are ignored. Source: API reference, CreateStateMachine."""
        record = self._registry.record(arn)
        wanted = Record(record.machine, params["definition"], 0.0, 0.0)
        self._configure(wanted, params)
        if (record.machine.type, *_compared(record)) != (kind, *_compared(wanted)):
            raise refused("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
        answer: dict[str, Any] = {"stateMachineArn": arn, "creationDate": moment(record.created_at)}
        if params.get("publish"):
            answer["stateMachineVersionArn"] = self._registry.publish(record, params.get("versionDescription")).arn
        return answer

    def update(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """An update that changes nothing makes no revision; whether the service agrees no public page says."""
        arn = checked_arn(params["stateMachineArn"], "stateMachine")
        record = self._registry.record(arn)
        if params.get("definition") is None and params.get("roleArn") is None and not _settings(params):
            raise refused("MissingRequiredParameter", _NOTHING_TO_UPDATE)
        _check_logging(params.get("loggingConfiguration", {}))
        text, role = params.get("definition") or record.text, params.get("roleArn") or record.machine.role_arn
        machine = self._registry.compile(arn, text, record.machine.type, checked_role(role))
        before = _snapshot(record)
        self._engine.keep(machine)
        record.machine, record.text, record.updated_at = machine, text, self._engine.now()
        self._configure(record, params)
        if _snapshot(record) != before:
            record.revision_id = self._engine.stage.new_name()
        answer = {"updateDate": moment(record.updated_at), **present(revisionId=record.revision_id)}
        if params.get("publish"):
            answer["stateMachineVersionArn"] = self._registry.publish(record, params.get("versionDescription")).arn
        return answer

    def delete(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Deleting what does not exist is no error."""
        arn = checked_arn(params["stateMachineArn"], "stateMachine")
        self._engine.forget(arn)
        self._registry.records.pop(arn, None)
        self._registry.tags.pop(arn, None)
        return {}

    def describe(self, params: Mapping[str, Any]) -> dict[str, Any]:
        arn = checked_arn(params["stateMachineArn"], "stateMachine")
        if not self._registry.qualified(arn):
            record = self._registry.record(arn)
            described = _described(record, record.machine, record.text) | present(revisionId=record.revision_id)
            return described | _hidden(params)
        record, version = self._registry.version(arn)
        described = _described(record, version.machine, version.text) | _hidden(params)
        return described | {
            "stateMachineArn": version.arn,
            "creationDate": moment(version.created_at),
            **present(revisionId=None if version.revision_id == "INITIAL" else version.revision_id),
            **present(description=version.description),
        }

    def of_execution(self, params: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._engine.find(checked_arn(params["executionArn"], "execution", "express"))
        record = self._registry.record(execution.machine_arn.partition("/")[0])
        label = execution.machine_arn.partition("/")[2] or None
        references = variable_references(record.machine.definition)
        described = {
            "stateMachineArn": execution.machine_arn,
            "name": record.machine.name,
            "definition": record.text,
            "roleArn": record.machine.role_arn,
            "updateDate": moment(record.updated_at),
            "loggingConfiguration": record.logging,
            "tracingConfiguration": record.tracing,
            **present(encryptionConfiguration=record.encryption or None),
            **present(revisionId=record.revision_id, mapRunArn=execution.map_run_arn, label=label),
            **({"variableReferences": references} if references else {}),
        }
        return described | _hidden(params)

    def list(self, params: Mapping[str, Any]) -> dict[str, Any]:
        found = [
            {
                "stateMachineArn": record.machine.arn,
                "name": record.machine.name,
                "type": record.machine.type,
                "creationDate": moment(record.created_at),
            }
            for record in self._registry.all()
        ]
        return page(found, "stateMachines", params)

    def validate(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Warnings are told on request; they leave the result OK."""
        most = params.get("maxResults") or _MAX_DIAGNOSTICS
        try:
            definition = json.loads(params["definition"])
        except json.JSONDecodeError as error:
            broken = unreadable(params["definition"], error)
            return {"result": "FAIL", "diagnostics": [broken], "truncated": False}
        try:
            self._engine.compile(
                self._engine.machine_arn("definition"), definition, type=params.get("type", "STANDARD")
            )
        except InvalidDefinitionError as error:
            found = diagnostics_of(definition, error)
            return {"result": "FAIL", "diagnostics": found[:most], "truncated": len(found) > most}
        warnings = warnings_of(definition) if params.get("severity") == "WARNING" else []
        return {"result": "OK", "diagnostics": warnings[:most], "truncated": len(warnings) > most}

    def tag(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self._tag(self._taggable(params), params["tags"])
        return {}

    def untag(self, params: Mapping[str, Any]) -> dict[str, Any]:
        tags = self._registry.tags.get(self._taggable(params), {})
        for key in params["tagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags(self, params: Mapping[str, Any]) -> dict[str, Any]:
        tags = self._registry.tags.get(self._taggable(params), {})
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def _taggable(self, params: Mapping[str, Any]) -> str:
        arn: str = params["resourceArn"]
        known = {machine.arn for machine in self._engine.machines} | set(self._engine.activities.by_arn)
        if arn not in known:
            raise refused("ResourceNotFound", f"Resource not found: '{arn}'")
        return arn

    def _tag(self, arn: str, tags: Any) -> None:
        self._registry.tags.setdefault(arn, {}).update({tag["key"]: tag["value"] for tag in tags})

    def _configure(self, record: Record, params: Mapping[str, Any]) -> None:
        record.logging = {**record.logging, **params.get("loggingConfiguration", {})}
        record.tracing = {**record.tracing, **params.get("tracingConfiguration", {})}
        record.encryption = {**record.encryption, **params.get("encryptionConfiguration", {})}


def _check_logging(configuration: Mapping[str, Any]) -> None:
    """Raises AwsError InvalidLoggingConfiguration."""
    if configuration.get("level", "OFF") != "OFF" and len(configuration.get("destinations", ())) != 1:
        what = "Must specify exactly one Log Destination."
        raise refused("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {what}")


def _snapshot(record: Record) -> tuple[Any, ...]:
    """What makes a revision. Source: developer guide, "State machine versions": definition and configuration."""
    return record.machine.definition, record.machine.role_arn, record.logging, record.tracing, record.encryption


def _compared(record: Record) -> tuple[Any, ...]:
    return record.text, record.logging, record.tracing, record.encryption


def _hidden(params: Mapping[str, Any]) -> dict[str, Any]:
    """What replaces the definition when only metadata is asked for. Source: API reference, DescribeStateMachine."""
    return {"definition": "{}"} if params.get("includedData") == METADATA_ONLY else {}


def _settings(params: Mapping[str, Any]) -> bool:
    return any(f"{name}Configuration" in params for name in ("logging", "tracing", "encryption"))


def _described(record: Record, machine: Any, text: str) -> dict[str, Any]:
    references = variable_references(machine.definition)
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "status": "ACTIVE",
        "definition": text,
        "roleArn": machine.role_arn,
        "type": machine.type,
        "creationDate": moment(record.created_at),
        "loggingConfiguration": record.logging,
        "tracingConfiguration": record.tracing,
        **present(encryptionConfiguration=record.encryption or None),
        **({"variableReferences": references} if references else {}),
    }
