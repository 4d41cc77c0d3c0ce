"""Virtual time moved from transition to transition until a test has what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tastemaker.errors import TastemakerError, UnsupportedBySimulatorError
from tastemaker.facts import statuses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tastemaker.simulator.clock import ManualClock
    from tastemaker.simulator.service import Simulator

KINDS: Final = (
    "DatasetGroup",
    "Dataset",
    "DatasetImportJob",
    "DatasetExportJob",
    "DataDeletionJob",
    "EventTracker",
    "Filter",
    "Solution",
    "SolutionVersion",
    "Campaign",
    "Recommender",
    "MetricAttribution",
    "BatchInferenceJob",
    "BatchSegmentJob",
)
"""Resources with a status, as the operations `Describe…` and `List…s` name them."""

UPDATED_IN_PLACE: Final = frozenset({"Dataset", "Solution", "Campaign", "Recommender"})
"""Their updates show in Describe only, as `latest…Update`."""

_SERVICE = "personalize"
_UNDER_WAY = ("PENDING", "IN_PROGRESS", "STOPPING")


def wait_until_active(simulator: Simulator, clock: ManualClock, arn: str, timeout_seconds: float) -> dict[str, Any]:
    """See `LocalAws.wait_until_active`."""
    _move_until(lambda: not _is_under_way(describe(simulator, arn)), simulator, clock, timeout_seconds)
    described = describe(simulator, arn)
    for part in (described, *_updates(described)):
        if part["status"] != statuses.ACTIVE:
            raise TastemakerError(f"{arn} is {part['status']}, not ACTIVE: {_reason(part, timeout_seconds)}")
    return described


def settle(simulator: Simulator, clock: ManualClock, timeout_seconds: float) -> None:
    """See `LocalAws.settle`."""
    _move_until(lambda: next(_arns_under_way(simulator), None) is None, simulator, clock, timeout_seconds)
    left = sorted(_arns_under_way(simulator))
    if left:
        message = f"Within {timeout_seconds:g} seconds of virtual time these do not end: {', '.join(left)}."
        raise TastemakerError(f"{message} A longer timeout_seconds may help.")


def describe(simulator: Simulator, arn: str) -> dict[str, Any]:
    """What the service's Describe operation shows of a resource.

    Raises:
        TastemakerError: the ARN is of a kind that has no status.
        AwsError: there is no such resource.
    """
    kind = kind_of(arn)
    member = _member(kind)
    found: dict[str, Any] = simulator.call(_SERVICE, f"Describe{kind}", {f"{member}Arn": arn})[member]
    return found


def kind_of(arn: str) -> str:
    """The kind of resource that an ARN names, e.g. `SolutionVersion` (reference §1.2)."""
    resource_type, *names = arn.rpartition(":")[2].split("/")
    kind = "".join(word.capitalize() for word in resource_type.split("-"))
    if kind == "Solution" and len(names) > 1:
        return "SolutionVersion"
    if kind not in KINDS:
        message = f"{arn!r} names nothing that becomes ACTIVE"
        raise TastemakerError(f"{message}; give the ARN of a {', '.join(KINDS[:-1])} or {KINDS[-1]}.")
    return kind


def _move_until(is_done: Callable[[], bool], simulator: Simulator, clock: ManualClock, timeout_seconds: float) -> None:
    """Move from transition to transition; stop early when none is left before the time limit."""
    deadline = clock.now() + timeout_seconds
    while not is_done():
        due = simulator.next_due()
        if due is None or due > deadline:
            return
        clock.advance(max(0.0, due - clock.now()))
        simulator.settle()


def _is_under_way(shown: dict[str, Any]) -> bool:
    return any(part["status"].endswith(_UNDER_WAY) for part in (shown, *_updates(shown)))


def _updates(described: dict[str, Any]) -> list[dict[str, Any]]:
    """`latestCampaignUpdate` and its like, when there was an update and it has a status."""
    latest = (value for name, value in described.items() if name.startswith("latest") and name.endswith("Update"))
    return [value for value in latest if "status" in value]


def _reason(part: dict[str, Any], timeout_seconds: float) -> str:
    if part["status"].endswith(_UNDER_WAY):
        return f"nothing changes that within {timeout_seconds:g} seconds of virtual time; a longer timeout_seconds may."
    return str(part.get("failureReason", "the service gives no failureReason."))


def _arns_under_way(simulator: Simulator) -> Iterator[str]:
    for kind in KINDS:
        for summary in _summaries(simulator, kind):
            arn = summary[f"{_member(kind)}Arn"]
            if _is_under_way(describe(simulator, arn) if kind in UPDATED_IN_PLACE else summary):
                yield arn


def _summaries(simulator: Simulator, kind: str) -> Iterator[dict[str, Any]]:
    """All resources of a kind; none when the simulator has no such kind."""
    params: dict[str, Any] = {}
    while True:
        try:
            page = simulator.call(_SERVICE, f"List{kind}s", params)
        except UnsupportedBySimulatorError:
            return
        # ListFilters alone writes its member with a capital
        yield from page[next(name for name in page if name.lower() == f"{kind}s".lower())]
        if page.get("nextToken") is None:
            return
        params = {"nextToken": page["nextToken"]}


def _member(kind: str) -> str:
    return kind[0].lower() + kind[1:]
