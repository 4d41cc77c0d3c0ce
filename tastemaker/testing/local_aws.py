"""An AWS account inside the test's process: moto's, with Personalize answered by the simulator."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from moto import mock_aws
from moto.core import patch_client

from tastemaker.aws import ACCOUNT_ID, PERSONALIZE_SERVICES, Boto3Caller, CloudWatchMetrics, S3Objects, environment
from tastemaker.errors import TastemakerError
from tastemaker.simulator import transport
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.service import Simulator
from tastemaker.testing import waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient

_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class LocalAws:
    """The account as a test sees it; `local_personalize` and the fixture `local_aws` make it.

    Attributes:
        clock: virtual time. It stands still until a test moves it: `clock.advance(seconds)`, or a method below.
        simulator: the local Personalize itself, e.g. for its `meter`.
    """

    clock: ManualClock
    simulator: Simulator
    region: str
    account_id: str
    seed: int
    _caller: Boto3Caller
    _until_closed: contextlib.ExitStack

    @property
    def s3(self) -> Any:
        """The boto3 client of moto's S3, where imports read their files."""
        return self.client("s3")

    def client(self, service: str) -> Any:
        """The account's one boto3 client of this service."""
        return self._caller.client(service)

    def connect(self, client: BaseClient) -> None:
        """Answer a client from this account that is older than it, e.g. one made when the tested module was imported.

        It holds until the account closes. The client needs credentials, real or not, from the time it was made.
        """
        if client.meta.service_model.service_name not in PERSONALIZE_SERVICES:
            patch_client(client)
            return
        responder = transport.responder(self.simulator)
        client.meta.events.register_first("before-send", responder)
        self._until_closed.callback(client.meta.events.unregister, "before-send", responder)

    def settle(self, timeout_seconds: float = _DAY_SECONDS) -> None:
        """Move virtual time until nothing is being created, updated, stopped or deleted.

        Trainings that a solution starts by itself are waited for only once they run.

        Raises:
            TastemakerError: something was still under way after `timeout_seconds` of virtual time.
        """
        waiting.settle(self.simulator, self.clock, timeout_seconds)

    def wait_until_active(self, arn: str, timeout_seconds: float = _DAY_SECONDS) -> dict[str, Any]:
        """Move virtual time until a resource is ACTIVE and its latest update is done; gives what Describe shows.

        Raises:
            TastemakerError: it failed, with the service's failureReason; it was not ACTIVE after `timeout_seconds` of
                virtual time; or such a resource has no status.
            AwsError: there is no such resource.
        """
        return waiting.wait_until_active(self.simulator, self.clock, arn, timeout_seconds)


@contextlib.contextmanager
def open_local_aws(*, seed: int, start: float | str | datetime, region: str) -> Iterator[LocalAws]:
    """See `local_personalize`."""
    clock = ManualClock(epoch_seconds(start))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tastemaker-")))
        stack.enter_context(environment(_isolated(region)))
        stack.enter_context(mock_aws())
        caller = Boto3Caller(region)
        simulator = Simulator(
            clock=clock,
            objects=S3Objects(caller, folder),
            seed=seed,
            region=region,
            account_id=ACCOUNT_ID,
            metric_sink=CloudWatchMetrics(caller),
        )
        stack.enter_context(transport.install(simulator))
        stack.enter_context(_default_session())
        yield LocalAws(clock, simulator, region, ACCOUNT_ID, seed, caller, stack)


def epoch_seconds(start: float | str | datetime) -> float:
    """A moment in time as seconds since 1970-01-01 UTC; text may hold such a number too.

    Raises:
        TastemakerError: not a number, not ISO 8601, or without offset from UTC.
    """
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(start) if isinstance(start, str) and "-" in start else start
        if not isinstance(moment, datetime):
            return float(moment)
        if moment.tzinfo is not None:
            return moment.timestamp()
    raise TastemakerError(f"start={start!r} is not a moment in time; write epoch seconds or '2026-01-01T00:00:00Z'.")


def _isolated(region: str) -> dict[str, str | None]:
    """What keeps the developer's own AWS settings out; None removes a variable. moto sets the credentials."""
    return {
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_PROFILE": None,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    }


@contextlib.contextmanager
def _default_session() -> Iterator[None]:
    """A default session that reads service models from memory: moto gives every test a new one, 50 ms per client."""
    session = botocore.session.get_session()
    session.register_component("data_loader", _service_models())
    before = boto3.DEFAULT_SESSION
    boto3.setup_default_session(botocore_session=session)
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = before


@functools.cache
def _service_models() -> Any:
    """One cache of botocore's JSON files for the whole process; its readers never change it."""
    return botocore.session.get_session().get_component("data_loader")
