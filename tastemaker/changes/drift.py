"""Who made a difference: the project since the last `ensure`, or somebody beside it.

The input of the last `ensure` that succeeded is what the project wanted then, and what the account held at its end.
Where the project wants the same today, the account was changed by somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.changes.fields import describe_columns, describe_metric, list_leaves
from tastemaker.changes.records import Origin
from tastemaker.changes.wanted import create_params
from tastemaker.plan.machines.ensure_models import RECOMMENDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.changes.records import FieldChange
    from tastemaker.changes.wanted import Wanted
    from tastemaker.plan.machines.kinds import Kind


class History:
    """What the last `ensure` was given; None where none is known."""

    def __init__(self, ensured: Mapping[str, Any] | None) -> None:
        self._ensured = ensured

    def judge_fields(self, wanted: Wanted, fields: Sequence[FieldChange]) -> list[Origin]:
        """One origin for each field."""
        if self._ensured is None:
            return [Origin.UNKNOWN] * len(fields)
        entry = self._find(wanted.kind, wanted.entry)
        if entry is None:
            return [Origin.PROJECT] * len(fields)
        before = self._list_values(wanted.kind, entry)
        return [Origin.DRIFT if before.get(field.path) == field.new else Origin.PROJECT for field in fields]

    def judge_absence(self, wanted: Wanted) -> Origin:
        """Who made a resource go that the project wants: nobody when it was not wanted before.

        A recommender may have waited for its first import then, so nothing is said of one.
        """
        if self._ensured is None or wanted.kind == RECOMMENDER:
            return Origin.UNKNOWN
        return Origin.PROJECT if self._find(wanted.kind, wanted.entry) is None else Origin.DRIFT

    def judge_presence(self, arn: str) -> Origin:
        """Who made something be there that the project does not want; it may have left the project long ago."""
        declared = () if self._ensured is None else self._ensured["Declared"]
        return Origin.PROJECT if arn in declared else Origin.UNKNOWN

    def _find(self, kind: Kind, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
        entries = [] if self._ensured is None else self._ensured.get(kind.section, [])
        return next((one for one in entries if one.get("Arn") == entry.get("Arn")), None)

    def _list_values(self, kind: Kind, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Path of a field to the value that was wanted."""
        ensured = self._ensured or {}
        params = create_params(kind.member, entry["Create"])
        values = {".".join(path): value for path, value in list_leaves(params)}
        tags = {f"tags.{tag['TagKey']}": tag["TagValue"] for tag in ensured.get("TrackerTags", {}).get("Set", [])}
        metrics = {f"metrics.{one['metricName'].upper()}": describe_metric(one) for one in params.get("metrics", [])}
        schemas = [one for one in ensured.get("Schemas", []) if one["Arn"] == params.get("schemaArn")]
        avro = params.get("schema") or (schemas[0]["Create"]["Schema"] if schemas else None)
        columns = {} if avro is None else describe_columns(avro)
        return {**values, **tags, **metrics, **{f"columns.{name}": text for name, text in columns.items()}}
