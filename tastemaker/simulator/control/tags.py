"""TagResource, UntagResource, ListTagsForResource, and the tags of create requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.facts import limits
from tastemaker.simulator.records import MetricAttribution, Schema
from tastemaker.simulator.refusals import (
    TOO_MANY_TAG_KEYS,
    TOO_MANY_TAGS,
    RefusalError,
    invalid_input,
    not_found,
)

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.world import World


def read_tags(params: dict[str, Any]) -> dict[str, str]:
    """The request's tags by key.

    Raises:
        RefusalError: TooManyTagsException, or InvalidInputException for a key twice or a key that AWS keeps for itself.
    """
    tags = {tag["tagKey"]: tag["tagValue"] for tag in params.get("tags", [])}
    if len(tags) < len(params.get("tags", [])):
        raise invalid_input("A tag key may be given once only.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise invalid_input("Tag keys that start with aws: are reserved.")
    _check_number(tags)
    return tags


def tag_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    current = _tags(world, params["resourceArn"])
    merged = {**current, **read_tags(params)}
    _check_number(merged)
    world.store.tags[params["resourceArn"]] = merged
    return {}


def untag_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    current = _tags(world, params["resourceArn"])
    if len(params["tagKeys"]) > limits.MAX_TAGS:
        raise RefusalError(TOO_MANY_TAG_KEYS, f"At most {limits.MAX_TAGS} tag keys in one request.")
    world.store.tags[params["resourceArn"]] = {
        key: value for key, value in current.items() if key not in params["tagKeys"]
    }
    return {}


def list_tags_for_resource(world: World, params: dict[str, Any]) -> dict[str, Any]:
    tags = _tags(world, params["resourceArn"])
    return {"tags": [{"tagKey": key, "tagValue": value} for key, value in tags.items()]}


def _tags(world: World, arn: str) -> dict[str, str]:
    record = world.store.find(arn)
    if record is None:
        raise not_found(arn)
    if isinstance(record, Schema):
        raise invalid_input("Schemas cannot be tagged.")
    if isinstance(record, MetricAttribution):
        raise invalid_input("Metric attributions cannot be tagged.")
    return world.store.tags.get(arn, {})


def _check_number(tags: dict[str, str]) -> None:
    if len(tags) > limits.MAX_TAGS:
        raise RefusalError(
            TOO_MANY_TAGS, f"A resource may have at most {limits.MAX_TAGS} tags; these would be {len(tags)}."
        )


HANDLERS: dict[str, Handler] = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
