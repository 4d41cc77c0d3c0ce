"""The table of exposures and outcomes: made on the laptop as CloudFormation does, and read wherever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.plan.specs import ExperimentTableSpec
    from tastemaker.runner.seams import AwsCaller

EXPORTED = ("unit", "record", "experiment", "variant", "eventType", "at")


def create_table(aws: AwsCaller, name: str, partition_key: str, sort_key: str | None = None) -> None:
    """A table with one or two keys of text that is paid by request."""
    keys = {partition_key: "HASH", **({} if sort_key is None else {sort_key: "RANGE"})}
    params = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
    }
    aws.call("dynamodb", "CreateTable", params)


def create_experiment_table(aws: AwsCaller, prefix: str, spec: ExperimentTableSpec) -> None:
    create_table(aws, f"{prefix}-{spec.name}", spec.partition_key, spec.sort_key)


def read_records(aws: AwsCaller, prefix: str, spec: ExperimentTableSpec) -> Iterator[dict[str, Any]]:
    """Every record as one flat object: `unit`, `kind` (exposure, outcome), `experiment`, `variant`, `at`, `eventType`.

    In no order; `at` is in seconds since 1970-01-01 UTC; exposures have no `eventType`.

    Raises:
        AwsError: the table is missing or may not be read.
    """
    params: dict[str, Any] = {
        "TableName": f"{prefix}-{spec.name}",
        "ProjectionExpression": ",".join(f"#{name}" for name in EXPORTED),
        "ExpressionAttributeNames": {f"#{name}": name for name in EXPORTED},
    }
    while True:
        page = aws.call("dynamodb", "Scan", params)
        # whose session is whose, which only `forget` reads, says nothing of an experiment
        yield from (_flat(item) for item in page["Items"] if "experiment" in item)
        if "LastEvaluatedKey" not in page:
            return
        params["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _flat(item: dict[str, dict[str, str]]) -> dict[str, Any]:
    texts = {name: item[name]["S"] for name in ("unit", "experiment", "variant")}
    event_type = {"eventType": item["eventType"]["S"]} if "eventType" in item else {}
    kind = item["record"]["S"].partition("#")[0]
    return {**texts, "kind": kind, "at": int(item["at"]["N"]), **event_type}
