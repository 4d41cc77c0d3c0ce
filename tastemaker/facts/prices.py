"""What Amazon Personalize, and the workflows around it, bill in US dollars for us-east-1.

The AWS price page could not be read directly; the numbers are those that two public documents of 2026 quote from it.
Those of Athena, Lambda, API Gateway, S3, KMS, DynamoDB, SQS and CloudWatch are the public list prices as they are
widely known; all are unconfirmed. Give your own `Prices` where yours differ.
"""

from __future__ import annotations

from dataclasses import dataclass

GIGABYTE = 10**9
TERABYTE = 10**12
HOURS_AT_NO_DATA, HOURS_PER_MILLION = 1.9, 1.4
"""Billed hours of a training with a recipe that is not v2: some 2 at 100,000 interactions, some 54 at 25 to 50 million,
by the cheat sheet of AWS's own samples. The service may use several machines: they are more than the clock shows."""
RECOMMENDER_BLOCK_USERS = 100_000
"""Recommenders are billed by started hundred thousand of users."""


@dataclass(frozen=True)
class Prices:
    """One dated price table.

    Attributes:
        as_of: when the numbers were collected.
        v1_request_tiers: requests of one calendar month up to which the price per 1 000 requests holds; the last tier
            has no end.
        recommender_hour: up to 100 000 users, with `recommender_included_requests`. Where the cheaper tiers for more
            users begin is not known, so every further hundred thousand costs the same.
        v1_batch_tiers: the same for lines of batch inference jobs; unconfirmed, no document of 2026 was found. Batches
            with v2 recipes cost what requests cost, by one document.
        state_transition: of a Standard workflow of Step Functions, without its free 4 000 a month; unconfirmed.
    """

    as_of: str = "2026-11"
    ingestion_per_gb: float = 0.05
    v2_training_per_1000_interactions: float = 0.002
    v2_per_1000_requests: float = 0.15
    v1_training_per_hour: float = 0.24
    v1_request_tiers: tuple[tuple[float, float], ...] = (
        (72e6, 0.0556),
        (720e6, 0.0278),
        (float("inf"), 0.0139),
    )
    v1_batch_tiers: tuple[tuple[float, float], ...] = (
        (20e6, 0.067),
        (200e6, 0.058),
        (float("inf"), 0.050),
    )
    recommender_hour: float = 0.375
    recommender_included_requests: int = 4_000
    recommender_extra_per_1000: float = 0.0833
    state_transition: float = 0.000025
    athena_per_terabyte: float = 5.0
    lambda_per_million_requests: float = 0.20
    lambda_gb_second: float = 0.0000166667
    api_per_million_requests: float = 3.50
    log_per_gb: float = 0.50
    storage_gb_month: float = 0.023
    key_month: float = 1.0
    table_per_million_writes: float = 0.625
    queue_per_million_requests: float = 0.50
    custom_metric_month: float = 0.30
    alarm_metric_month: float = 0.10
    dashboard_month: float = 3.0
    firewall_month: float = 8.0
    firewall_per_million_requests: float = 0.60
    interface_endpoint_month: float = 7.30
    warm_instance_month: float = 5.0


PRICES = Prices()


def price_tiered(quantity: float, tiers: tuple[tuple[float, float], ...]) -> float:
    """US dollars of one month's quantity; each tier is (quantity up to which it holds, price per 1 000)."""
    dollars, counted = 0.0, 0.0
    for end, per_1000 in tiers:
        part = max(min(quantity, end) - counted, 0)
        dollars += part / 1000 * per_1000
        counted += part
    return dollars


def estimate_training_hours(interactions: int) -> float:
    """Billed hours of one training with a recipe that is not v2, roughly."""
    return HOURS_AT_NO_DATA + HOURS_PER_MILLION * interactions / 1e6
