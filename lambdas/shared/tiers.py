"""Always an answer: what answers when a campaign or recommender does not.

In this order: the route's own campaign, the fallback campaign, the last good list of the fallback campaign, the list
in the project file. A request that the service finds wrong is the caller's to mend and gets no other answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .attempts import Deadline, call_in_time
from .http import now_seconds, route_key
from .memory import Breaker, Memory
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_CACHED, MAX_LAST_GOOD, MAX_EXPOSED = 512, 256, 4096
LAST_GOOD_RENEWED_AFTER_SECONDS = 900


@dataclass(frozen=True)
class Found:
    """A list and who gave it: `campaign`, `fallback-campaign`, `last-good`, `static` or `control`.

    Attributes:
        undescribed: items whose metadata should have come from a side table and were not looked up.
    """

    items: list[dict[str, Any]]
    source: str
    recommendation_id: str = ""
    code: str = ""
    undescribed: int = 0

    @property
    def meant(self) -> bool:
        """Whether this is who should answer, and not a stand-in."""
        return self.source in ("campaign", "control")


@dataclass(frozen=True)
class Serving:
    """What the requests of one execution environment share.

    Attributes:
        deadline_seconds: how long an answer may take.
        clock: seconds from any moment on.
        answers: the in-process cache.
        last_good: the newest list of each fallback campaign and filter.
        tables: client of DynamoDB; None where no route of the function needs one.
        exposed: who is recorded as part of which experiment.
    """

    client: Any
    deadline_seconds: float
    clock: Callable[[], float]
    breaker: Breaker = field(default_factory=Breaker)
    answers: Memory = field(default_factory=lambda: Memory(MAX_CACHED))
    last_good: Memory = field(default_factory=lambda: Memory(MAX_LAST_GOOD))
    tables: Any = None
    exposed: Memory = field(default_factory=lambda: Memory(MAX_EXPOSED))

    def start(self) -> Deadline:
        """The time of one request begins."""
        return Deadline(self.deadline_seconds, self.clock)


@dataclass(frozen=True)
class Ask:
    """One request to the service.

    Attributes:
        operation: botocore's method name.
        items_member: member of the answer that holds the list.
        parameters: everything but the count and who answers.
        count: how many; None for an operation that takes no count.
    """

    operation: str
    items_member: str
    parameters: Mapping[str, Any]
    count: int | None

    def of(self, owner: Mapping[str, str], **changes: Any) -> dict[str, Any]:
        """The parameters for a campaign or recommender; a change to None leaves a parameter out."""
        count = {} if self.count is None else {"numResults": self.count}
        return {name: value for name, value in {**owner, **count, **self.parameters, **changes}.items() if value}


def find(
    event: Mapping[str, Any], settings: Mapping[str, Any], ask: Ask, serving: Serving, deadline: Deadline
) -> Found:
    """The list of the first tier that has one.

    Raises:
        ProblemError: the request is wrong, or the route has no further tier.
    """
    tiers = _Tiers(event, settings, ask, serving, deadline)
    found = tiers.ask_first(settings["owner"], spare_attempts=tiers.spare)
    if found.meant:
        tiers.renew_last_good()
    return found


def find_two(
    event: Mapping[str, Any],
    settings: Mapping[str, Any],
    ask: Ask,
    serving: Serving,
    deadline: Deadline,
    owners: tuple[Mapping[str, str], Mapping[str, str]],
) -> tuple[Found, Found | None]:
    """The lists of two owners; where only the first one or a further tier answers, that list and None.

    Raises:
        ProblemError: as `find` says.
    """
    tiers = _Tiers(event, settings, ask, serving, deadline)
    first = tiers.ask_first(owners[0], spare_attempts=1 + tiers.spare)
    if not first.meant:
        return first, None
    try:
        return first, tiers.ask_owner(owners[1], ask.of(owners[1]), "campaign", spare_attempts=0)
    except ProblemError:
        return first, None


class _Tiers:
    def __init__(
        self, event: Mapping[str, Any], settings: Mapping[str, Any], ask: Ask, serving: Serving, deadline: Deadline
    ) -> None:
        self._ask, self._serving, self._now = ask, serving, now_seconds(event)
        self._fallback: Mapping[str, Any] = settings.get("fallback", {})
        self._deadline = deadline
        chosen = {name: ask.parameters[name] for name in ("filterArn", "filterValues") if name in ask.parameters}
        self._key = json.dumps([route_key(event), chosen], sort_keys=True)

    @property
    def spare(self) -> int:
        """Attempts that the tiers after the first need."""
        return int("owner" in self._fallback)

    def ask_first(self, owner: Mapping[str, str], *, spare_attempts: int) -> Found:
        """The owner's list, or that of the next tier that has one."""
        try:
            return self.ask_owner(owner, self._ask.of(owner), "campaign", spare_attempts=spare_attempts)
        except ProblemError as problem:
            if problem.status == 400:
                raise
            return self.fall_back(problem)

    def ask_owner(
        self, owner: Mapping[str, str], parameters: Mapping[str, Any], source: str, *, spare_attempts: int
    ) -> Found:
        serving = self._serving
        arn = next(iter(owner.values()))
        if not serving.breaker.allows(arn, self._now):
            raise ProblemError(503, "unavailable", "The service is unavailable; try again.", code="CircuitOpen")
        operation = getattr(serving.client, self._ask.operation)
        try:
            answer = call_in_time(operation, parameters, self._deadline, spare_attempts=spare_attempts)
        except ProblemError as problem:
            if problem.status != 400:
                serving.breaker.failed(arn, self._now)
            raise
        serving.breaker.succeeded(arn)
        return Found(answer.get(self._ask.items_member, []), source, answer.get("recommendationId", ""))

    def fall_back(self, problem: ProblemError) -> Found:
        found = self._from_campaign() or self._from_memory() or self._from_file()
        if found is None:
            raise problem
        return Found(found.items[: self._ask.count], found.source, found.recommendation_id, problem.code)

    def renew_last_good(self) -> None:
        """Ask for the list before it is needed: where the service is down, its popular items are as well."""
        kept = self._serving.last_good.get(self._key, self._now, LAST_GOOD_RENEWED_AFTER_SECONDS)
        if kept is None and "owner" in self._fallback and self._deadline.allows(1):
            self._from_campaign()

    def _from_campaign(self) -> Found | None:
        owner = self._fallback.get("owner")
        if owner is None:
            return None
        # Popular items know neither circumstances nor promotions; the filter and the user it looks at stay.
        parameters = self._ask.of(owner, context=None, promotions=None, metadataColumns=None, itemId=None)
        try:
            found = self.ask_owner(owner, parameters, "fallback-campaign", spare_attempts=0)
        except ProblemError:
            return None
        if found.items:
            self._serving.last_good.put(self._key, found.items, self._now)
        return found

    def _from_memory(self) -> Found | None:
        kept = self._serving.last_good.get(self._key, self._now)
        return None if kept is None else Found(kept, "last-good")

    def _from_file(self) -> Found | None:
        item_ids = self._fallback.get("items")
        member = self._fallback.get("member", "itemId")
        return None if item_ids is None else Found([{member: item_id} for item_id in item_ids], "static")
