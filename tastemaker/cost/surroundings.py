"""What the services around Amazon Personalize bill for a plan: small beside it, but on the same bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.cost.lines import CostLine
from tastemaker.facts.prices import GIGABYTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.cost.traffic import Traffic
    from tastemaker.facts.prices import Prices
    from tastemaker.plan.specs import Plan

FUNCTION_SECONDS = 0.06
"""Of one request, most of it waiting for Amazon Personalize."""
LOG_BYTES = 800
"""One line of a request with its metrics, and what Lambda writes itself."""
METRICS_PER_ROUTE = 6
EVENTS_PER_CALL = 5
_MILLION = 1e6
TRANSITIONS = {
    "maintain": 45,
    "dataset": 50,
    "solution": 95,
    "campaign": 58,
    "quiet": 45,
    "batch": 60,
    "scale": 15,
    "watch": 3,
    "watched campaign": 6,
    "watched dataset": 4,
}
"""State transitions as `tastemaker run` counts them: of a full run for itself and for each of its parts; of an
incremental run that finds nothing to train; of a batch job; of a scaling run for each target; of a look at the models
for itself and for each of its parts."""


def price_api(plan: Plan, traffic: Traffic, prices: Prices) -> Iterator[CostLine]:
    """API Gateway, the functions behind it, their logs and metrics."""
    calls = traffic.days * (sum(traffic.requests_per_day.values()) + _count_event_calls(plan, traffic))
    memory_gb = max((function.memory_mb for function in plan.functions), default=0) / 1024
    gb_seconds = calls * FUNCTION_SECONDS * memory_gb
    requests = f"{calls:,.0f} requests"
    yield CostLine("Amazon API Gateway", "REST API", requests, calls / _MILLION * prices.api_per_million_requests)
    usd = calls / _MILLION * prices.lambda_per_million_requests + gb_seconds * prices.lambda_gb_second
    yield CostLine("AWS Lambda", "functions", f"{requests}, {gb_seconds:,.0f} GB-seconds", usd)
    gigabytes = calls * LOG_BYTES / GIGABYTE
    metrics = METRICS_PER_ROUTE * sum("owner" in route.settings for route in plan.routes)
    usd = gigabytes * prices.log_per_gb + metrics * prices.custom_metric_month * bool(calls)
    yield CostLine("Amazon CloudWatch", "logs and metrics", f"{gigabytes:.2f} GB, {metrics} metrics", usd)


def _count_event_calls(plan: Plan, traffic: Traffic) -> float:
    streams = any(route.path == "/events" for route in plan.routes)
    return traffic.events_per_day / EVENTS_PER_CALL if streams else 0.0


def price_workflows(plan: Plan, traffic: Traffic, prices: Prices) -> CostLine:
    """State transitions of Standard workflows."""
    transitions = sum(
        traffic.runs.get(schedule.name, 0) * _count_transitions(plan, schedule.name) for schedule in plan.schedules
    )
    usd = transitions * prices.state_transition
    return CostLine("AWS Step Functions", "state machines", f"{transitions:,.0f} transitions", usd, usd)


def _count_transitions(plan: Plan, schedule: str) -> int:
    spec = next(one for one in plan.schedules if one.name == schedule)
    if spec.machine == "maintain":
        full = spec.input["Mode"] == "FULL"
        trained = [one for one in spec.input["Solutions"] if one["Action"] == "TRAIN"]
        if not full and not trained:
            return TRANSITIONS["quiet"]
        campaigns = sum(len(one["Campaigns"]) for one in trained)
        parts = len(plan.uploads) * TRANSITIONS["dataset"] + len(trained) * TRANSITIONS["solution"]
        return TRANSITIONS["maintain"] + parts + campaigns * TRANSITIONS["campaign"]
    if spec.machine == "batch":
        return len(spec.input["Jobs"]) * TRANSITIONS["batch"]
    if spec.machine == "watch":
        campaigns, datasets = len(spec.input["Campaigns"]), len(spec.input["Datasets"])
        parts = campaigns * TRANSITIONS["watched campaign"] + datasets * TRANSITIONS["watched dataset"]
        return TRANSITIONS["watch"] + parts
    return len(spec.input.get("Targets", ())) * TRANSITIONS["scale"]


def price_storage(plan: Plan, traffic: Traffic, prices: Prices) -> Iterator[CostLine]:
    """The data bucket, its key, the ledger; the archive's queue and an experiment's records where there are any."""
    gigabytes = 2 * traffic.import_bytes / GIGABYTE  # the files of the last import and the versions before
    usd = gigabytes * prices.storage_gb_month
    yield CostLine("Amazon S3", "data bucket", f"{gigabytes:.2f} GB", usd, usd)
    yield CostLine("AWS KMS", "key of the data", "1 key", prices.key_month, prices.key_month)
    if plan.archive_queue is not None:
        messages = traffic.days * _count_event_calls(plan, traffic)
        usd = messages / _MILLION * prices.queue_per_million_requests
        yield CostLine("Amazon SQS", "archive of events", f"{messages:,.0f} messages", usd)
    if plan.experiment_table is not None:
        writes = traffic.days * (sum(traffic.requests_per_day.values()) + traffic.events_per_day)
        usd = writes / _MILLION * prices.table_per_million_writes
        yield CostLine("Amazon DynamoDB", "records of experiments", f"{writes:,.0f} writes", usd)
