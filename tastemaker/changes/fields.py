"""Which members of a resource differ, and what the API can do about each.

Pure. That a resource is updated, replaced or refused is told by the calls of `ensure`; this says why. Source: reference
§1.5 (what each Update operation takes), §2.6 (schemas).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.changes.records import FieldChange, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Path = tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """What can be done about members that begin with `path`.

    Attributes:
        in_place: whether an Update operation takes them; otherwise they are create-only.
        reason: why.
    """

    path: Path
    in_place: bool
    reason: str


def _create_only(what: str, *path: str) -> Rule:
    return Rule(path, in_place=False, reason=f"{what} is create-only")


def _in_place(operation: str, *path: str) -> Rule:
    return Rule(path, in_place=True, reason=f"{operation} changes it in place")


RULES: dict[str, tuple[Rule, ...]] = {
    "DatasetGroup": (_create_only("a domain", "domain"), _create_only("a KMS key", "kmsKeyArn")),
    "Solution": (
        _in_place("UpdateSolution", "performAutoTraining"),
        _in_place("UpdateSolution", "performIncrementalUpdate"),
        _in_place("UpdateSolution", "solutionConfig", "autoTrainingConfig"),
        _in_place("UpdateSolution", "solutionConfig", "eventsConfig"),
        _create_only("a recipe", "recipeArn"),
        _create_only("an event type", "eventType"),
        _create_only("performHPO", "performHPO"),
        _create_only("a solution's configuration", "solutionConfig"),
    ),
    "Recommender": (
        _in_place("UpdateRecommender", "recommenderConfig"),
        _create_only("a use case", "recipeArn"),
    ),
    "Campaign": (
        _in_place("UpdateCampaign", "minProvisionedTPS"),
        _in_place("UpdateCampaign", "campaignConfig"),
    ),
}
"""Member of the API to rules, of which the first that fits counts; members without a rule are not compared."""

SCALED = (("minProvisionedTPS",), ("recommenderConfig", "minRecommendationRequestsPerSecond"))
"""Not compared where scaling owns them."""


def compare_fields(
    member: str, wanted: Mapping[str, Any], description: Mapping[str, Any], create_only: Verb, skipped: tuple[Path, ...]
) -> tuple[FieldChange, ...]:
    """Members that differ, in the order of the rules.

    Args:
        member: the API's name of the kind.
        wanted: parameters of its Create call, by botocore's names.
        description: what Describe answers.
        create_only: what happens to the resource where a create-only member differs.
        skipped: paths that are not compared.
    """
    found = []
    for path, old, new in _differences(member, wanted, description):
        rule = next((rule for rule in RULES.get(member, ()) if path[: len(rule.path)] == rule.path), None)
        if rule is not None and path not in skipped:
            verb = Verb.UPDATE if rule.in_place else create_only
            found.append(FieldChange(".".join(path), old, new, verb, rule.reason))
    return tuple(found)


def _differences(
    member: str, wanted: Mapping[str, Any], description: Mapping[str, Any]
) -> Iterator[tuple[Path, Any, Any]]:
    """A dataset group is compared both ways: a domain or key that the project does not set must not be there."""
    both_ways = dict.fromkeys(("domain", "kmsKeyArn")) if member == "DatasetGroup" else {}
    for name, new in {**both_ways, **wanted}.items():
        if name in both_ways:
            old = description.get(name)
            if (old or "") != (new or ""):
                yield (name,), old, new
        else:
            yield from _nested((name,), description.get(name), new)


def _nested(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    """As `DIFFERS` of the machines: what is not wanted is not looked at; a switch that the answer lacks is off.

    A list is one value, and its places are compared one by one.
    """
    if isinstance(new, dict):
        for name, part in new.items():
            yield from _nested((*path, name), old.get(name) if isinstance(old, dict) else None, part)
    elif isinstance(new, list) and isinstance(old, list):
        places = zip(old, new, strict=False)
        if len(old) != len(new) or any(any(_nested(path, one, another)) for one, another in places):
            yield path, old, new
    elif _text(new) != ("false" if old is None else _text(old)):
        yield path, old, new


def _text(value: Any) -> str:
    """As JSONata's `$string` writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, separators=(",", ":"))


_PLACE = frozenset({"name", "datasetGroupArn", "tags", "roleArn"})
_NO_COLUMNS = '{"fields": []}'


def list_fields(member: str, params: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """All members of a resource that is new, but for its name and where it belongs; a schema's are its columns."""
    if member == "Schema":
        return compare_columns(_NO_COLUMNS, params["schema"], Verb.CREATE, "")
    nested = {name: part for name, part in params.items() if name not in _PLACE}
    return tuple(FieldChange(".".join(path), None, new, Verb.CREATE) for path, new in list_leaves(nested))


def list_leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Paths and values of everything that is no structure; a list is one value."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from list_leaves(part, (*path, name))
    else:
        yield path, value


def compare_columns(old_avro: str, new_avro: str, verb: Verb, reason: str) -> tuple[FieldChange, ...]:
    """Columns of two Avro schemas, in the order of the new one, then those that go; text such as `string or null`."""
    old, new = describe_columns(old_avro), describe_columns(new_avro)
    return tuple(
        FieldChange(f"columns.{name}", old.get(name), new.get(name), verb, reason)
        for name in {**new, **old}
        if old.get(name) != new.get(name)
    )


def describe_columns(avro: str) -> dict[str, str]:
    """Column to its type in words, e.g. `string or null categorical`."""
    return {field["name"]: _column(field) for field in json.loads(avro)["fields"]}


def _column(field: Mapping[str, Any]) -> str:
    types = field["type"] if isinstance(field["type"], list) else [field["type"]]
    marks = [name for name in ("categorical", "textual") if field.get(name)]
    return " ".join([" or ".join(sorted(map(str, types), key=lambda name: name == "null")), *marks])


def compare_metrics(
    before: Sequence[Mapping[str, Any]], added: Sequence[Mapping[str, Any]], removed: Sequence[str]
) -> tuple[FieldChange, ...]:
    """Metrics of an attribution, by name in capitals as the service keeps them."""
    old = {metric["metricName"].upper(): describe_metric(metric) for metric in before}
    new = {metric["metricName"].upper(): describe_metric(metric) for metric in added}
    return tuple(
        FieldChange(f"metrics.{name}", old.get(name), new.get(name), Verb.UPDATE, "metrics come and go in place")
        for name in dict.fromkeys([*new, *(name.upper() for name in removed)])
    )


def describe_metric(metric: Mapping[str, Any]) -> str:
    """By botocore's names, e.g. `SUM(Items.PRICE) of BUY`."""
    return f"{metric['expression']} of {metric['eventType'].upper()}"


def compare_tags(
    before: Mapping[str, str], tagged: Mapping[str, str], untagged: Sequence[str]
) -> tuple[FieldChange, ...]:
    """Tags that are set, then those that go."""
    new = {**tagged, **dict.fromkeys(untagged)}
    return tuple(
        FieldChange(f"tags.{key}", before.get(key), value, Verb.UPDATE, "tags are set in place")
        for key, value in new.items()
    )


def only_tags(fields: Sequence[FieldChange]) -> bool:
    """Whether something changes, and nothing but tags."""
    return bool(fields) and all(field.path.startswith("tags.") for field in fields)
