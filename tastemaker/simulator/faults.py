"""Faults as data: what goes wrong, for which requests, how often and when.

A fault either refuses a request (throttling, a quota, a server error), delays it (latency), or follows the resource
that the request makes or changes and spoils its end (failure, stuck, slow); `interventions.py` does the latter.
"""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from math import inf
from typing import TYPE_CHECKING, Any, Final

from tastemaker.errors import AwsError, TastemakerError
from tastemaker.facts import limits
from tastemaker.simulator import identifiers
from tastemaker.simulator.refusals import too_many_active, too_many_under_way
from tastemaker.simulator.shapes import SERVICES, service_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Kind(StrEnum):
    """What a fault does. Throttling and server errors are AWS's common errors, the others the service's own."""

    THROTTLING = "throttling"
    RATE_LIMIT = "rate-limit"
    PENDING_LIMIT = "pending-limit"
    ACTIVE_LIMIT = "active-limit"
    ACCESS_DENIED = "access-denied"
    INTERNAL_FAILURE = "internal-failure"
    SERVICE_UNAVAILABLE = "service-unavailable"
    LATENCY = "latency"
    FAILURE = "failure"
    DENIED_KEY = "denied-key"
    STUCK = "stuck"
    SLOW = "slow"


FAILING: Final = frozenset({Kind.FAILURE, Kind.DENIED_KEY})
_FOLLOWING: Final = FAILING | {Kind.STUCK, Kind.SLOW}
_COUNTED: Final = frozenset({Kind.PENDING_LIMIT, Kind.ACTIVE_LIMIT})
_VERBS: Final = ("Create", "Update", "Delete", "Start", "Stop")
_REASONS: Final = {
    Kind.FAILURE: "An internal error occurred.",
    Kind.DENIED_KEY: "Insufficient privileges for accessing the key in AWS KMS",  # the service's text is not known
}
_RATE_TEXT: Final = "The limit on the number of requests per second has been exceeded."
_REFUSALS: Final = {
    Kind.THROTTLING: ("ThrottlingException", "Rate exceeded", 400),
    Kind.ACCESS_DENIED: ("AccessDeniedException", "User is not authorized to perform this action", 400),
    Kind.INTERNAL_FAILURE: ("InternalFailure", "The request processing has failed because of an unknown error.", 500),
    Kind.SERVICE_UNAVAILABLE: ("ServiceUnavailable", "The request has failed due to a temporary failure.", 503),
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        operation: operation name; `*` stands for any run of characters, so `Describe*` are all of them.
        params: request member to the text it must have, `*` as above; a dot leads into a structure.
        count: how often at most; None for always.
        probability: chance of each matching request, drawn from the simulator's seed.
        after_seconds, until_seconds: virtual time window, from the simulator's first request, end excluded.
        reason: `failureReason` of a failure.
        factor: of `slow`; the resource needs this many times its duration.
        seconds: of `latency`.
        limit: number in the text of `pending-limit` and `active-limit`.
    """

    kind: Kind
    operation: str = "*"
    params: Mapping[str, str] = field(default_factory=dict)
    count: int | None = None
    probability: float = 1.0
    after_seconds: float = 0.0
    until_seconds: float = inf
    reason: str | None = None
    factor: float = 2.0
    seconds: float = 0.0
    limit: int = limits.MAX_PENDING_IMPORTS

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability is between 0 and 1, not {self.probability}")
        if self.factor < 1 or self.seconds < 0 or (self.count is not None and self.count < 0):
            raise ValueError("factor is at least 1, seconds and count are at least 0")

    @property
    def follows(self) -> bool:
        """Whether it spoils the resource instead of the request."""
        return self.kind in _FOLLOWING

    @property
    def failure_reason(self) -> str:
        return self.reason if self.reason is not None else _REASONS[self.kind]

    def concerns(self, operation: str, params: Mapping[str, Any], elapsed_seconds: float) -> bool:
        """Whether it can happen to this request; count and probability come after."""
        if not fnmatchcase(operation, self.operation) or not self.after_seconds <= elapsed_seconds < self.until_seconds:
            return False
        if self.follows and not operation.startswith(_VERBS):
            return False
        if self.kind in _COUNTED and not operation.startswith("Create"):
            return False
        return all(fnmatchcase(_member(params, path), pattern) for path, pattern in self.params.items())


def _member(params: Mapping[str, Any], path: str) -> str:
    value: Any = params
    for name in path.split("."):
        value = value.get(name) if hasattr(value, "get") else None
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Faults:
    """All faults of a simulator; of several that refuse a request the first one does."""

    faults: tuple[Fault, ...] = ()


PROFILES: Final[dict[str, Faults]] = {
    "none": Faults(),
    "throttled": Faults((Fault(kind=Kind.THROTTLING, probability=0.2),)),
    "mixed": Faults(
        (
            Fault(kind=Kind.THROTTLING, operation="Describe*", probability=0.1),
            Fault(kind=Kind.RATE_LIMIT, operation="Create*", probability=0.1),
            Fault(kind=Kind.INTERNAL_FAILURE, probability=0.02),
            Fault(kind=Kind.SERVICE_UNAVAILABLE, operation="Get*", probability=0.02),
            Fault(kind=Kind.SLOW, operation="CreateDatasetImportJob", factor=2, count=1),
            Fault(kind=Kind.SLOW, operation="CreateCampaign", factor=3, count=1),
            Fault(kind=Kind.FAILURE, operation="UpdateCampaign", count=1),
        )
    ),
    "outage": Faults((Fault(kind=Kind.SERVICE_UNAVAILABLE, after_seconds=3_600, until_seconds=5_400),)),
}
"""Name to faults, for `load_faults`."""


def load_faults(declared: str | Mapping[str, Any]) -> Faults:
    """Faults from a profile's name, or from YAML's or JSON's `{"profile": name, "faults": [{"kind": …, …}, …]}`.

    Raises:
        TastemakerError: where and what is wrong.
    """
    declared = {"profile": declared} if isinstance(declared, str) else declared
    unknown = sorted(declared.keys() - {"profile", "faults"})
    if unknown:
        raise TastemakerError(f"Faults have the keys profile and faults, not {unknown[0]!r}.")
    profile = declared.get("profile", "none")
    if profile not in PROFILES:
        raise TastemakerError(f"There is no fault profile {profile!r}. Profiles: {', '.join(PROFILES)}.")
    own = tuple(_load_fault(place, entry) for place, entry in enumerate(declared.get("faults") or (), start=1))
    return Faults((*PROFILES[profile].faults, *own))


def _load_fault(place: int, entry: Mapping[str, Any]) -> Fault:
    known = Fault.__dataclass_fields__
    unknown = sorted(name for name in entry if name not in known)
    if unknown or "kind" not in entry:
        what = f"has an unknown key {unknown[0]!r}" if unknown else "lacks its kind"
        raise TastemakerError(f"Fault {place} {what}. Keys: {', '.join(known)}.")
    try:
        fault = Fault(**entry)
    except (ValueError, TypeError) as error:
        raise TastemakerError(f"Fault {place}: {error}. Kinds: {', '.join(Kind)}.") from error
    check_operation(fault)
    return fault


def check_operation(fault: Fault) -> None:
    """Refuse a fault that can never happen because its operation is misspelt.

    Raises:
        TastemakerError: no operation of the three services has such a name.
    """
    names = [name for service in SERVICES for name in service_model(service).operation_names]
    if not any(fnmatchcase(name, fault.operation) for name in names):
        raise TastemakerError(f"No operation of Amazon Personalize is named {fault.operation!r}; a fault waits for it.")


class FaultInjector:
    """Decides which request meets which fault. Same seed and same sequence of requests, same faults.

    Attributes:
        followed: (resource ARN, verb in upper case) to the place of the fault that awaits its end.
    """

    def __init__(self, faults: Faults, seed: int, sleep: Callable[[float], None]) -> None:
        for fault in faults.faults:
            check_operation(fault)
        self._faults, self._seed, self._sleep = faults.faults, seed, sleep
        self._began: float | None = None
        self._seen, self._used = [0] * len(self._faults), [0] * len(self._faults)
        self._lock = threading.Lock()
        self.followed: dict[tuple[str, str], int] = {}

    def __bool__(self) -> bool:
        return bool(self._faults)

    def meet(
        self, service: str, operation: str, params: Mapping[str, Any], now: float, request_id: Callable[[], str]
    ) -> list[int]:
        """Refuse or delay a request.

        Returns:
            Places of the faults that will follow the resource, if the request succeeds.

        Raises:
            AwsError: the first fault that refuses.
        """
        met = self._draw(operation, params, now)
        for place in met:
            if self._faults[place].kind is Kind.LATENCY:
                self._sleep(self._faults[place].seconds)
        refusing = next((place for place in met if not self._harmless(place)), None)
        if refusing is not None:
            raise _refusal(self._faults[refusing], service, request_id())
        return [place for place in met if self._faults[place].follows]

    def follow_up(self, operation: str, params: Mapping[str, Any], now: float) -> list[int]:
        """Places of the faults that follow a resource which the service itself makes; nothing refuses it."""
        return self._draw(operation, params, now, following=True)

    def _harmless(self, place: int) -> bool:
        fault = self._faults[place]
        return fault.follows or fault.kind is Kind.LATENCY

    def _draw(self, operation: str, params: Mapping[str, Any], now: float, *, following: bool = False) -> list[int]:
        with self._lock:
            self._began = now if self._began is None else self._began
            return [
                place
                for place, fault in enumerate(self._faults)
                if (fault.follows or not following)
                and fault.concerns(operation, params, now - self._began)
                and self._strikes(place, fault)
            ]

    def _strikes(self, place: int, fault: Fault) -> bool:
        self._seen[place] += 1
        drawn = identifiers.number(self._seed, "fault", place, self._seen[place]) / 2**32
        if drawn >= fault.probability or (fault.count is not None and self._used[place] >= fault.count):
            return False
        self._used[place] += 1
        return True

    def follow(self, places: list[int], arn: str, verb: str) -> None:
        """Let the first of these faults await the end of what the request began; an older one is forgotten."""
        self.followed.pop((arn, verb), None)
        if places:
            self.followed[arn, verb] = places[0]

    def take(self, arn: str, verb: str) -> Fault | None:
        """The fault that awaits this end, once; None for none."""
        place = self.followed.pop((arn, verb), None)
        return None if place is None else self._faults[place]

    def state(self) -> dict[str, Any]:
        """Counters, for a saved simulator."""
        return {
            "faults": [_plain(fault) for fault in self._faults],
            "began": self._began,
            "seen": list(self._seen),
            "used": list(self._used),
            "followed": [[arn, verb, place] for (arn, verb), place in self.followed.items()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on counting; counters of other faults than these are left aside."""
        if state["faults"] != [_plain(fault) for fault in self._faults]:
            return
        self._began, self._seen, self._used = state["began"], list(state["seen"]), list(state["used"])
        self.followed = {(arn, verb): place for arn, verb, place in state["followed"]}


def _plain(fault: Fault) -> dict[str, Any]:
    return {name: str(value) if value == inf else value for name, value in asdict(fault).items()}


def _refusal(fault: Fault, service: str, request_id: str) -> AwsError:
    if fault.kind is Kind.RATE_LIMIT:
        # only the control plane models it
        code = "LimitExceededException" if service == "personalize" else "ThrottlingException"
        return AwsError(service, code, _RATE_TEXT, 400, request_id)
    if fault.kind in _COUNTED:
        words = too_many_under_way if fault.kind is Kind.PENDING_LIMIT else too_many_active
        refusal = words(fault.limit)
        return AwsError(service, refusal.code, refusal.message, 400, request_id)
    code, message, status = _REFUSALS[fault.kind]
    return AwsError(service, code, fault.reason or message, status, request_id)
