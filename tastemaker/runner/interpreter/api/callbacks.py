"""Operations on activities and task tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.api.answers import checked_arn, moment, page, refused
from tastemaker.runner.interpreter.api.jackson import check_output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.runner.interpreter.activities import Activity
    from tastemaker.runner.interpreter.api.registry import Registry
    from tastemaker.runner.interpreter.engine import Engine


class CallbackOperations:
    def __init__(self, engine: Engine, registry: Registry) -> None:
        self._engine, self._registry = engine, registry

    def succeed(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self._engine.tokens.succeed(params["taskToken"], check_output(params["output"]))
        return {}

    def fail(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self._engine.tokens.fail(params["taskToken"], params.get("error"), params.get("cause"))
        return {}

    def heartbeat(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self._engine.tokens.heartbeat(params["taskToken"])
        return {}

    def create_activity(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The tags of a request for an activity that exists are ignored. Source: API reference, CreateActivity."""
        activity = self._engine.create_activity(params["name"])
        self._registry.tags.setdefault(activity.arn, {tag["key"]: tag["value"] for tag in params.get("tags", ())})
        return {"activityArn": activity.arn, "creationDate": moment(activity.created_at)}

    def describe_activity(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return _described(self._activity(params))

    def list_activities(self, params: Mapping[str, Any]) -> dict[str, Any]:
        found = [_described(activity) for activity in self._engine.activities.by_arn.values()]
        return page(found, "activities", params)

    def delete_activity(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Deleting what does not exist is no error."""
        arn = checked_arn(params["activityArn"], "activity")
        self._engine.activities.by_arn.pop(arn, None)
        self._registry.tags.pop(arn, None)
        return {}

    def take_task(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answers at once, where the service waits up to a minute for a task; an empty answer means none."""
        activity = self._activity(params)
        task = self._engine.activities.take(activity.arn, params.get("workerName"))
        return {} if task is None else {"taskToken": task.token.text, "input": task.input}

    def _activity(self, params: Mapping[str, Any]) -> Activity:
        arn = checked_arn(params["activityArn"], "activity")
        if arn not in self._engine.activities.by_arn:
            raise refused("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
        return self._engine.activities.by_arn[arn]


def _described(activity: Activity) -> dict[str, Any]:
    return {"activityArn": activity.arn, "name": activity.name, "creationDate": moment(activity.created_at)}
