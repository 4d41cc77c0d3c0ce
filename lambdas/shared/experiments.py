"""The experiment of a route: what a request takes part in, and the record that it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .assignment import assigned_variant, unit_key
from .aws import call
from .checks import checked_id
from .http import query_parameter
from .problem import ProblemError
from .settings import check_user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .attempts import Deadline
    from .tiers import Serving

INTERLEAVED = "interleaved"
"""Stands for the variant of an answer that comes from two."""
RETENTION_SECONDS = 180 * 86_400


@dataclass(frozen=True)
class Trial:
    """One request's part in an experiment.

    Attributes:
        experiment: see `plan/experiments.py`.
        unit: what stands for the user or session in the records.
        variant: the one that answers; None when two are interleaved.
    """

    experiment: Mapping[str, Any]
    unit: str
    variant: Mapping[str, Any] | None

    @property
    def name(self) -> str:
        return str(self.experiment["name"])

    @property
    def variant_name(self) -> str:
        return INTERLEAVED if self.variant is None else str(self.variant["name"])

    @property
    def members(self) -> dict[str, str]:
        """What the body of the answer says; interleaved items say for themselves which events belong to whom."""
        source = {} if self.variant is None else {"eventAttributionSource": self.source_of(self.variant_name)}
        return {"experiment": self.name, "variant": self.variant_name, **source}

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Experiment": self.name, "X-Experiment-Variant": self.variant_name}

    def source_of(self, variant: str) -> str:
        """The `eventAttributionSource` by which events are known as outcomes."""
        return f"{self.name}:{variant}"


def chosen_trial(event: Mapping[str, Any], settings: Mapping[str, Any], user_id: str | None) -> Trial | None:
    """The part of the request's user, else of the session that the query names; None where nobody is named.

    Raises:
        ProblemError: 400, `sessionId` is no id; 403, it is not that of the token's user.
    """
    experiment = settings.get("experiment")
    if experiment is None:
        return None
    session_id = query_parameter(event, "sessionId")
    who = user_id if user_id is not None or session_id is None else checked_id(session_id, "sessionId")
    if who is None:
        return None
    check_user(event, settings, who)
    salt, variants = experiment["salt"], experiment["variants"]
    variant = None if experiment["mode"] == "interleave" else assigned_variant(variants, salt, who)
    return Trial(experiment, unit_key(salt, experiment["name"], who), variant)


def record_exposure(trial: Trial, serving: Serving, deadline: Deadline, now_seconds: float) -> bool:
    """Note when the unit first met the variant; an answer is never late or missing because of it.

    Returns:
        Whether it is noted.
    """
    key = f"{trial.unit} {trial.variant_name}"
    if serving.exposed.get(key, now_seconds) is not None:
        return True
    if not deadline.allows(1):
        return False
    try:
        call(serving.tables.update_item, **_exposure(trial, int(now_seconds)))
    except ProblemError:
        return False
    serving.exposed.put(key, True, now_seconds)
    return True


def _exposure(trial: Trial, now_seconds: int) -> dict[str, Any]:
    """Repeated, it changes nothing."""
    values = record_values(trial.name, trial.variant_name, now_seconds)
    return {
        "TableName": trial.experiment["table"],
        "Key": {"unit": {"S": trial.unit}, "record": {"S": f"exposure#{trial.variant_name}"}},
        "UpdateExpression": "SET " + ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in values),
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }


def record_values(experiment: str, variant: str, now_seconds: int) -> dict[str, dict[str, str]]:
    """Attributes of every record, as DynamoDB takes them."""
    return {
        "experiment": {"S": experiment},
        "variant": {"S": variant},
        "at": {"N": str(now_seconds)},
        "expiresAt": {"N": str(now_seconds + RETENTION_SECONDS)},
    }
