"""The tracking ids that PutEvents and PutActionInteractions ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .aws import call
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class TrackingId:
    """A tracking id; read at the first event, and again when it is old: a tracker may be replaced."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._value, self._read_at_seconds = "", float("-inf")

    def get(self, now_seconds: float, max_age_seconds: float = 300) -> str:
        """The id, read anew when the last reading is older than `max_age_seconds`.

        Raises:
            ProblemError: 503, there is no event tracker yet, or as `aws.call` says.
        """
        if now_seconds - self._read_at_seconds > max_age_seconds:
            self._value, self._read_at_seconds = self._read(), now_seconds
        return self._value


def read_parameter(ssm: Any, name: str) -> str:
    """The event tracker's, which `ensure` left in Parameter Store.

    Raises:
        ProblemError: as `TrackingId.get` says.
    """
    found = _deployed(ssm.get_parameter, Name=name)
    return str(found["Parameter"]["Value"])


def read_dataset(personalize: Any, dataset_arn: str) -> str:
    """The one of an Action interactions dataset, which needs no event tracker.

    Raises:
        ProblemError: as `TrackingId.get` says.
    """
    dataset = _deployed(personalize.describe_dataset, datasetArn=dataset_arn)["dataset"]
    return str(dataset["trackingId"])


def put_events(client: Any, tracking_id: TrackingId, parameters: Mapping[str, Any], now_seconds: float) -> None:
    """Send what `PutEvents` or `PutActionInteractions` takes, without its tracking id.

    Raises:
        ProblemError: as `aws.call` says.
    """
    operation = client.put_events if "eventList" in parameters else client.put_action_interactions
    used = tracking_id.get(now_seconds)
    try:
        call(operation, trackingId=used, **parameters)
    except ProblemError as problem:
        # The service says only "invalid": perhaps the tracker was replaced since the id was read.
        suspicious = problem.kind in ("refused", "not-deployed")
        fresh = tracking_id.get(now_seconds, max_age_seconds=5) if suspicious else used
        if fresh == used:
            raise
        call(operation, trackingId=fresh, **parameters)


def _deployed(operation: Callable[..., Any], **parameters: Any) -> dict[str, Any]:
    try:
        return call(operation, **parameters)
    except ProblemError as problem:
        if problem.status not in (400, 404):
            raise
        detail = "There is no event tracker yet; try again after the deployment."
        raise ProblemError(503, "not-deployed", detail, code=problem.code, retry_after_seconds=60) from problem
