"""From the calls that `ensure` would make to changes that a person can judge.

The verb of each resource follows from its calls alone; members, reasons and effects explain it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tastemaker.changes.effects import tell_serving, tell_training
from tastemaker.changes.fields import (
    SCALED,
    compare_columns,
    compare_fields,
    compare_metrics,
    compare_tags,
    list_fields,
    only_tags,
)
from tastemaker.changes.overlay import KNOWN_LATER
from tastemaker.changes.reader import PERSONALIZE
from tastemaker.changes.records import Call, Change, FieldChange, Origin, Verb
from tastemaker.changes.wanted import describe
from tastemaker.plan.machines.ensure_data import DATASET, FILTER
from tastemaker.plan.machines.ensure_models import ATTRIBUTION, CAMPAIGN_KIND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.changes.drift import History
    from tastemaker.changes.dry_run import DryRun, Refusal
    from tastemaker.changes.prices import IdlePrices
    from tastemaker.changes.reader import Reader
    from tastemaker.changes.wanted import Wanted


@dataclass(frozen=True)
class Comparison:
    """All that a comparison looks at.

    Attributes:
        resources: input of `ensure`, tokens resolved.
        wanted: the same, resource by resource.
    """

    resources: Mapping[str, Any]
    wanted: tuple[Wanted, ...]
    run: DryRun
    reader: Reader
    history: History
    prices: IdlePrices

    def changes(self) -> tuple[Change, ...]:
        """Declared resources in the order in which they depend on each other."""
        return tuple(self._change(wanted) for wanted in self.wanted)

    def list_later(self) -> tuple[Call, ...]:
        """Creations that come after `ensure`: of campaigns by their first release, of recommenders with data."""
        return tuple(
            Call(PERSONALIZE, f"Create{wanted.kind.member}", wanted.params)
            for wanted in self.wanted
            if wanted.description is None and _find_verb(wanted, *self._treatment(wanted)) is Verb.LATER
        )

    def _treatment(self, wanted: Wanted) -> tuple[tuple[Call, ...], Refusal | None]:
        """The calls of `ensure` for it, or why there are none."""
        calls = tuple(call for call in self.run.calls if wanted.owns(call))
        return calls, next((one for one in self.run.refusals if one.entry is wanted.entry), None)

    def _change(self, wanted: Wanted) -> Change:
        calls, refusal = self._treatment(wanted)
        verb = _find_verb(wanted, calls, refusal)
        fields = self._judged(wanted, self._fields(wanted, calls, verb))
        felt = Verb.KEEP if verb is Verb.UPDATE and only_tags(fields) else verb
        return Change(
            kind=wanted.kind.what,
            name=wanted.name,
            arn="" if wanted.arn == KNOWN_LATER else wanted.arn,
            verb=verb,
            fields=fields,
            reason=_tell_reason(wanted, verb, fields, refusal),
            serving=tell_serving(wanted.kind.what, felt),
            training=tell_training(wanted.kind.what, felt, fields),
            idle_usd=self.prices.grow(wanted, felt),
            origin=self._origin(wanted, verb, fields),
            calls=calls,
        )

    def _fields(self, wanted: Wanted, calls: Sequence[Call], verb: Verb) -> tuple[FieldChange, ...]:
        if wanted.description is None:
            new = list_fields(wanted.kind.member, wanted.params) if verb is Verb.CREATE else ()
            return self._superseded(wanted, calls) or new
        create_only = Verb.FORBIDDEN if verb is Verb.FORBIDDEN else Verb.REPLACE
        skipped = SCALED if wanted.entry.get("KeepTps") else ()
        return (
            *compare_fields(wanted.kind.member, wanted.params, wanted.description, create_only, skipped),
            *self._columns(wanted, wanted.description, verb),
            *self._superseded(wanted, calls),
            *self._of_calls(wanted, calls),
        )

    def _judged(self, wanted: Wanted, fields: tuple[FieldChange, ...]) -> tuple[FieldChange, ...]:
        origins = self.history.judge_fields(wanted, fields)
        return tuple(replace(field, origin=origin) for field, origin in zip(fields, origins, strict=True))

    def _origin(self, wanted: Wanted, verb: Verb, fields: Sequence[FieldChange]) -> Origin:
        if verb in {Verb.KEEP, Verb.LATER}:
            return Origin.UNKNOWN
        if verb is Verb.CREATE:
            return self.history.judge_absence(wanted)
        found = {field.origin for field in fields}
        return next((origin for origin in (Origin.PROJECT, Origin.DRIFT) if origin in found), Origin.UNKNOWN)

    def _columns(self, wanted: Wanted, description: Mapping[str, Any], verb: Verb) -> tuple[FieldChange, ...]:
        """Of a dataset whose schema is another one."""
        if wanted.kind != DATASET or description["schemaArn"] == wanted.params["schemaArn"]:
            return ()
        reason = _REPLACEABLE if wanted.entry["Type"] in {"ITEMS", "USERS"} else "its schema can never change"
        old = describe("Schema", description["schemaArn"], self.reader)
        new = next(one for one in self.resources["Schemas"] if one["Arn"] == wanted.params["schemaArn"])
        columns = compare_columns(old["schema"], new["Create"]["Schema"], verb, reason) if old else ()
        arns = FieldChange("schemaArn", description["schemaArn"], wanted.params["schemaArn"], verb, reason)
        return columns or (arns,)

    def _superseded(self, wanted: Wanted, calls: Sequence[Call]) -> tuple[FieldChange, ...]:
        """The expressions that a filter of this name had before."""
        arns = [call.params["filterArn"] for call in calls if call.operation == "DeleteFilter"]
        old = [(describe(FILTER.member, arn, self.reader) or {}).get("filterExpression") for arn in arns]
        new, reason = wanted.params.get("filterExpression"), "an expression is create-only"
        return tuple(FieldChange("filterExpression", one, new, Verb.REPLACE, reason) for one in old)

    def _of_calls(self, wanted: Wanted, calls: Sequence[Call]) -> tuple[FieldChange, ...]:
        """Tags, metrics and the published tracking id, which Describe does not tell."""
        found: list[FieldChange] = []
        for call in calls:
            params = call.params
            if call.operation in {"TagResource", "UntagResource"}:
                tagged = {tag["tagKey"]: tag["tagValue"] for tag in params.get("tags", [])}
                found += compare_tags(self.read_tags(wanted.arn), tagged, params.get("tagKeys", []))
            elif call.operation == f"Update{ATTRIBUTION.member}":
                before = self._read_metrics(wanted.arn)
                found += compare_metrics(before, params.get("addMetrics", []), params.get("removeMetrics", []))
            elif call.operation == "PutParameter":
                found.append(FieldChange(params["Name"], None, params["Value"], Verb.UPDATE, _PUBLISHED))
        return tuple(found)

    def read_tags(self, arn: str) -> dict[str, str]:
        """As they are in the account."""
        answer = self.reader.read(PERSONALIZE, "ListTagsForResource", {"resourceArn": arn})
        return {tag["tagKey"]: tag["tagValue"] for tag in answer["tags"]}

    def _read_metrics(self, arn: str) -> list[Mapping[str, Any]]:
        params = {"metricAttributionArn": arn, "maxResults": 100}
        return list(self.reader.read(PERSONALIZE, "ListMetricAttributionMetrics", params)["metrics"])


_REPLACEABLE = "UpdateDataset puts another schema in place: columns stay, and new ones are nullable"
_PUBLISHED = "the event endpoint reads the tracking id there"


def _find_verb(wanted: Wanted, calls: Sequence[Call], refusal: Refusal | None) -> Verb:
    if refusal is not None:
        return Verb.FORBIDDEN
    if any(call.operation.startswith("Delete") for call in calls):
        return Verb.REPLACE
    if any(call.operation.startswith("Create") for call in calls):
        return Verb.CREATE
    if calls:
        return Verb.UPDATE
    absent = wanted.description is None or wanted.description.get("status") == "CREATE FAILED"
    return Verb.LATER if absent else Verb.KEEP


def _tell_reason(wanted: Wanted, verb: Verb, fields: Sequence[FieldChange], refusal: Refusal | None) -> str:
    if refusal is not None:
        return refusal.cause
    if verb is Verb.CREATE:
        return "does not exist"
    if verb is Verb.LATER:
        return "a campaign comes with its first release" if wanted.kind == CAMPAIGN_KIND else "nothing is imported yet"
    if verb is Verb.REPLACE and wanted.kind == CAMPAIGN_KIND:
        return "its solution is replaced"
    reasons = dict.fromkeys(field.reason for field in fields if field.verb is verb or verb is Verb.UPDATE)
    consent = ["replace: true is set"] if verb is Verb.REPLACE and wanted.kind != FILTER else []
    return "; ".join([*reasons, *consent])
