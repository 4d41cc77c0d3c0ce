"""boto3 clients of an AWS account, of local endpoints, or of a simulator's state folder."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from tastemaker.errors import TastemakerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NEAR = Config(retries={"max_attempts": 1})
"""What does not answer on this computer is not there."""
_ANY_REGION = "us-east-1"


def open_client(service: str, region: str | None, endpoint_url: str | None = None) -> Any:
    """A client of an account as boto3 is configured, or of a local endpoint.

    A local endpoint needs neither credentials nor a Region, and never sees yours.

    Raises:
        BotoCoreError: no Region for an account.
    """
    if endpoint_url is None:
        return boto3.client(service, region_name=region)
    return _open_near(service, region or boto3.Session().region_name or _ANY_REGION, endpoint_url)


def _open_near(service: str, region: str, endpoint_url: str | None = None) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - nobody looks at it there
        config=_NEAR,
    )


@dataclass(frozen=True)
class Source:
    """Where the account is.

    Attributes:
        account: the one that boto3's own configuration finds.
        endpoint_url: of a local Personalize; states_endpoint_url: of the Step Functions beside it.
        state_folder: that `tastemaker simulator --state` keeps.
    """

    account: bool = False
    region: str | None = None
    endpoint_url: str | None = None
    states_endpoint_url: str | None = None
    state_folder: Path | None = None

    @property
    def is_given(self) -> bool:
        return self.account or self.endpoint_url is not None or self.state_folder is not None


@contextmanager
def open_clients(source: Source) -> Iterator[dict[str, Any]]:
    """`personalize`, and where there are any `ssm`, `dynamodb`, `states` and `service_quotas`.

    Raises:
        TastemakerError: no Region, no such folder, a folder that cannot be read.
    """
    if source.state_folder is not None:
        with _simulated(source.state_folder) as personalize:
            yield {"personalize": personalize}
        return
    try:
        yield _clients(source)
    except BotoCoreError as error:
        raise TastemakerError(f"The account could not be read: {error}") from error


def _clients(source: Source) -> dict[str, Any]:
    if source.endpoint_url is None:
        same = ("personalize", "ssm", "dynamodb")
        names = {**{name: name for name in same}, "states": "stepfunctions", "service_quotas": "service-quotas"}
        return {name: open_client(service, source.region) for name, service in names.items()}
    states = source.states_endpoint_url
    return {
        "personalize": open_client("personalize", source.region, source.endpoint_url),
        "states": None if states is None else open_client("stepfunctions", source.region, states),
    }


@contextmanager
def _simulated(folder: Path) -> Iterator[Any]:
    """A client of the simulator as the folder kept it; nothing is written back."""
    from tastemaker.simulator import transport
    from tastemaker.simulator.clock import ScaledClock
    from tastemaker.simulator.objects import FolderObjects
    from tastemaker.simulator.persistence import StateDirectory
    from tastemaker.simulator.service import Simulator

    if not folder.is_dir():
        raise TastemakerError(f"There is no folder {folder}; give the one that `tastemaker simulator --state` keeps.")
    with StateDirectory(folder) as state:
        saved = state.newest()
        if saved is None:
            raise TastemakerError(
                f"{folder} holds no state; give the folder that `tastemaker simulator --state` keeps."
            )
        simulator = Simulator(clock=ScaledClock(1, start=saved["saved_at"]), objects=FolderObjects(folder), state=state)
        with transport.install(simulator):
            yield _open_near("personalize", saved["region"])
