"""Quotas of Amazon Personalize: how many resources, and how many requests a second.

Resource counts are checked where resources are created. Rates are token buckets on the simulator's clock that hold one
second's worth of requests. On a clock that stands still, e.g. in a test, a bucket never fills again; therefore no rate
is limited unless asked for: `Quotas.service()` has them all, `Quotas.workflow()` those that a state machine meets.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tastemaker.facts import limits
from tastemaker.facts.filters.expression import FilterError, parse_filter
from tastemaker.facts.filters.rules import fields_of
from tastemaker.simulator.records import Filter
from tastemaker.simulator.refusals import LIMIT_EXCEEDED, RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.simulator.store import Store

_LIMITED_PREFIXES = ("Create", "Delete", "Describe", "List")
_LIMITED_NAMES = frozenset({"UpdateCampaign", "UpdateDataset", "GetSolutionMetrics"})
_IDLE_BUCKETS: Final = 1_000
_ROUNDING: Final = 1e-3
"""Of a token: epoch seconds resolve a quarter of a microsecond, which is as much at 2,500 requests a second."""


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """An account's quotas; the values are the service's defaults. Source: reference §9.

    Attributes:
        filter_fields_per_group: distinct dataset fields over all filters.
        control_requests_per_second: of each Create*, Delete*, Describe*, List*, UpdateCampaign, UpdateDataset and
            GetSolutionMetrics. None limits no rate, here and below.
        get_requests_per_second_per_campaign: of each runtime operation.
        put_events_per_second, put_records_per_second: requests for one dataset group, each operation by itself.
        rate_error: code of the control plane's refusal. The documentation leaves open whether it is
            ThrottlingException or LimitExceededException (reference §1.4); the other planes model only the former.
    """

    dataset_groups: int = limits.MAX_DATASET_GROUPS
    schemas: int = limits.MAX_SCHEMAS
    pending_imports: int = limits.MAX_PENDING_IMPORTS
    pending_solution_versions: int = limits.MAX_PENDING_SOLUTION_VERSIONS
    pending_batch_inference_jobs: int = limits.MAX_PENDING_BATCH_JOBS
    pending_batch_segment_jobs: int = limits.MAX_PENDING_BATCH_JOBS
    pending_data_deletion_jobs_per_group: int = limits.MAX_PENDING_DATA_DELETIONS
    solutions_per_group: int = limits.MAX_SOLUTIONS
    campaigns_per_group: int = limits.MAX_CAMPAIGNS
    recommenders_per_group: int = limits.MAX_RECOMMENDERS
    filters_per_group: int = limits.MAX_FILTERS
    filter_fields_per_group: int = limits.MAX_FILTER_FIELDS
    control_requests_per_second: float | None = None
    get_requests_per_second_per_campaign: float | None = None
    get_requests_per_second: float | None = None
    put_events_per_second: float | None = None
    put_records_per_second: float | None = None
    rate_error: str = "ThrottlingException"

    @classmethod
    def service(cls) -> Quotas:
        """Everything that the service limits."""
        return cls(
            control_requests_per_second=limits.CONTROL_REQUESTS_PER_SECOND,
            get_requests_per_second_per_campaign=limits.GET_REQUESTS_PER_SECOND_PER_CAMPAIGN,
            get_requests_per_second=limits.GET_REQUESTS_PER_SECOND,
            put_events_per_second=limits.PUT_EVENTS_PER_SECOND,
            put_records_per_second=limits.PUT_RECORDS_PER_SECOND,
        )

    @classmethod
    def workflow(cls) -> Quotas:
        """Only the control plane's rate, which polling state machines run into; runtime requests may come at once."""
        return cls(control_requests_per_second=limits.CONTROL_REQUESTS_PER_SECOND)


class RateLimiter:
    """One token bucket for each operation and what it is limited by. Threads may ask at once."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, service: str, operation: str, params: Mapping[str, Any], now: float) -> None:
        """Count one request; a refused one costs nothing.

        Raises:
            RefusalError: the rate is exceeded.
        """
        rates = [(key, rate) for key, rate in _rates(self._quotas, service, operation, params) if rate is not None]
        if not rates:
            return
        with self._lock:
            left = [(key, self._tokens(key, rate, now) - 1) for key, rate in rates]
            if any(tokens < -_ROUNDING for _, tokens in left):
                raise RefusalError(*self._words(service))
            self._buckets.update((key, (tokens, now)) for key, tokens in left)
            if len(self._buckets) > _IDLE_BUCKETS:  # a bucket that rested for a second is full, as a new one is
                self._buckets = {key: bucket for key, bucket in self._buckets.items() if now - bucket[1] <= 1}

    def _tokens(self, key: tuple[str, str], rate: float, now: float) -> float:
        most = max(rate, 1.0)
        tokens, at = self._buckets.get(key, (most, now))
        return min(most, tokens + (now - at) * rate)

    def _words(self, service: str) -> tuple[str, str]:
        if service == "personalize" and self._quotas.rate_error == LIMIT_EXCEEDED:
            return LIMIT_EXCEEDED, "The limit on the number of requests per second has been exceeded."
        return "ThrottlingException", "Rate exceeded"


def _rates(
    quotas: Quotas, service: str, operation: str, params: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, str], float | None]]:
    """The buckets that a request takes from, each with its rate."""
    if service == "personalize":
        if operation.startswith(_LIMITED_PREFIXES) or operation in _LIMITED_NAMES:
            yield (operation, ""), quotas.control_requests_per_second
    elif service == "personalize-runtime":
        target = str(params.get("campaignArn", params.get("recommenderArn")))
        yield (operation, target), quotas.get_requests_per_second_per_campaign
        yield ("", ""), quotas.get_requests_per_second
    elif operation in {"PutEvents", "PutActionInteractions"}:  # a group has one tracker
        yield (operation, str(params.get("trackingId"))), quotas.put_events_per_second
    else:  # and one dataset of each type
        yield (operation, str(params.get("datasetArn"))), quotas.put_records_per_second


def check_filter_fields(store: Store, quotas: Quotas, filter_arn: str, params: Mapping[str, Any]) -> None:
    """Refuse a filter that takes its group beyond the distinct fields of all filters.

    A filter that CreateFilter refuses for another reason passes here.

    Raises:
        RefusalError: LimitExceededException; the text is ours.
    """
    group_arn = params["datasetGroupArn"]
    if store.find(filter_arn) is not None:
        return
    fields = _fields(params["filterExpression"])
    for other in store.select(Filter, lambda record: record.dataset_group_arn == group_arn):
        fields |= _fields(other.filter_expression)
    if len(fields) > quotas.filter_fields_per_group:
        most = quotas.filter_fields_per_group
        raise RefusalError(
            LIMIT_EXCEEDED, f"More than {most} distinct dataset fields over all filters. Please delete some filters."
        )


def _fields(expression: str) -> set[tuple[str, str]]:
    try:
        parsed = parse_filter(expression)
    except FilterError:
        return set()
    return {(field.dataset_type, field.column) for part in parsed.parts for field in fields_of(part)}
