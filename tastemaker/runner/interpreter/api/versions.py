"""Operations on versions and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.api.answers import checked_arn, checked_name, moment, page, present, refused
from tastemaker.runner.interpreter.api.registry import Alias, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.runner.interpreter.api.registry import Record, Registry
    from tastemaker.runner.interpreter.engine import Engine

_WHOLE = 100


class VersionOperations:
    def __init__(self, engine: Engine, registry: Registry) -> None:
        self._engine, self._registry = engine, registry

    def publish(self, params: Mapping[str, Any]) -> dict[str, Any]:
        record = self._record(params)
        wanted = params.get("revisionId")
        if wanted is not None and wanted != (record.revision_id or "INITIAL"):
            current = record.revision_id or "INITIAL"
            message = (
                f"Failed to publish the State Machine version for revision {wanted}. "
                f"The current State Machine revision is {current}."
            )
            raise refused("ConflictException", message)
        version = self._registry.publish(record, params.get("description"))
        return {"creationDate": moment(version.created_at), "stateMachineVersionArn": version.arn}

    def list(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Newest first. Without such a state machine the ARN is invalid: the reference has no other error for it."""
        arn = checked_arn(params["stateMachineArn"], "stateMachine")
        if not self._registry.knows(arn):
            raise refused("InvalidArn", f"Invalid Arn: '{arn}'")
        found = [
            {"stateMachineVersionArn": version.arn, "creationDate": moment(version.created_at)}
            for version in reversed(self._registry.record(arn).versions)
        ]
        return page(found, "stateMachineVersions", params)

    def delete(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Deleting what does not exist is no error: the operation has none for it in the API reference."""
        arn = checked_arn(params["stateMachineVersionArn"], "stateMachine")
        found = self._registry.find_version(arn)
        if found is None:
            return {}
        record, version = found
        users = [
            alias.arn for alias in record.aliases.values() if any(arn in route.values() for route in alias.routing)
        ]
        if users:
            names = ", ".join(user.rpartition(":")[2] for user in users)
            raise refused(
                "ConflictException",
                "Version to be deleted must not be referenced by an alias. "
                f"Current list of aliases referencing this version: [{names}]",
            )
        record.versions.remove(version)
        return {}

    def create_alias(self, params: Mapping[str, Any]) -> dict[str, Any]:
        name, record = checked_name(params["name"]), self._routed(params)
        arn, now = f"{record.machine.arn}:{name}", self._engine.now()
        known = record.aliases.get(name)
        wanted = (params["routingConfiguration"], params.get("description"))
        if known is not None and (known.routing, known.description) != wanted:
            raise refused(
                "ConflictException",
                "Failed to create alias because an alias with the same name and a different routing configuration "
                f"already exists: '{arn}'",
            )
        if known is None:
            routing = list(params["routingConfiguration"])
            known = record.aliases[name] = Alias(arn, name, params.get("description"), routing, now, now)
        return {"stateMachineAliasArn": arn, "creationDate": moment(known.created_at)}

    def update_alias(self, params: Mapping[str, Any]) -> dict[str, Any]:
        _, alias = self._registry.alias(params["stateMachineAliasArn"])
        if "routingConfiguration" in params:
            self._routed(params)
            alias.routing = list(params["routingConfiguration"])
        alias.description = params.get("description", alias.description)
        alias.updated_at = self._engine.now()
        return {"updateDate": moment(alias.updated_at)}

    def describe_alias(self, params: Mapping[str, Any]) -> dict[str, Any]:
        _, alias = self._registry.alias(params["stateMachineAliasArn"])
        return {
            "stateMachineAliasArn": alias.arn,
            "name": alias.name,
            "routingConfiguration": alias.routing,
            "creationDate": moment(alias.created_at),
            "updateDate": moment(alias.updated_at),
            **present(description=alias.description),
        }

    def list_aliases(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Of a state machine, or of one of its versions."""
        arn = checked_arn(params["stateMachineArn"], "stateMachine")
        version = arn if self._registry.qualified(arn) else None
        record = self._registry.record(arn) if version is None else self._registry.version(arn)[0]
        found = [
            {"stateMachineAliasArn": alias.arn, "creationDate": moment(alias.created_at)}
            for alias in record.aliases.values()
            if version is None or any(route["stateMachineVersionArn"] == version for route in alias.routing)
        ]
        return page(found, "stateMachineAliases", params)

    def delete_alias(self, params: Mapping[str, Any]) -> dict[str, Any]:
        record, alias = self._registry.alias(params["stateMachineAliasArn"])
        del record.aliases[alias.name]
        return {}

    def _record(self, params: Mapping[str, Any]) -> Record:
        return self._registry.record(checked_arn(params["stateMachineArn"], "stateMachine"))

    def _routed(self, params: Mapping[str, Any]) -> Record:
        """The record that all routes belong to."""
        routes = params["routingConfiguration"]
        arns, weights = [route["stateMachineVersionArn"] for route in routes], [route["weight"] for route in routes]
        if len(set(arns)) < len(arns):
            what = "Routing configuration must contain distinct state machine version ARNs"
            raise refused("ValidationException", f"{what}. Received: [{', '.join(arns)}]")
        if sum(weights) != _WHOLE:
            what = "Sum of routing configuration weights must equal 100"
            raise refused("ValidationException", f"{what}. Received: {weights}")
        versions = {arn: self._registry.find_version(arn) for arn in arns}
        if None in versions.values():
            raise not_found(next(arn for arn, version in versions.items() if version is None))
        records = [version[0] for version in versions.values() if version is not None]
        if any(record is not records[0] for record in records):
            raise refused("ValidationException", "Routing configuration must reference versions of one state machine")
        return records[0]
