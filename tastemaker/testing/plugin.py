"""pytest fixtures: an AWS account in the test's process, with a Personalize that really trains.

    def test_a_cold_user_gets_popular_items(local_aws, personalize, personalize_runtime): ...

pytest loads this module in every run, so it imports the standard library and pytest only; everything else is imported
when a test first asks for a fixture.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import TastemakerError
from tastemaker.testing import DEFAULT_START, local_personalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.testing.local_aws import LocalAws

SETTINGS = {
    "seed": ("0", "same seed, data and calls give the same answers"),
    "start": (DEFAULT_START, "where virtual time begins: epoch seconds or ISO 8601 with an offset"),
    "region": ("us-east-1", "AWS Region of the account"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `tastemaker_seed`, `tastemaker_start` and `tastemaker_region` for the configuration file."""
    for name, (default, meaning) in SETTINGS.items():
        parser.addini(f"tastemaker_{name}", f"local Amazon Personalize: {meaning}", default=default)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    line = "tastemaker(seed, start, region): settings of this test's local Amazon Personalize, all optional"
    config.addinivalue_line("markers", line)


@pytest.fixture
def local_aws(request: pytest.FixtureRequest) -> Iterator[LocalAws]:
    """A new AWS account for one test: Personalize from Tastemaker, S3, KMS, IAM and the rest from moto.

    Clients that the tested code makes with boto3 reach it unchanged. `local_aws.clock` is its virtual time.
    """
    with contextlib.ExitStack() as stack:
        try:
            account = stack.enter_context(local_personalize(**_settings(request)))
        except TastemakerError as error:
            pytest.fail(f"fixture local_aws: {error}", pytrace=False)
        yield account


@pytest.fixture
def personalize(local_aws: LocalAws) -> Any:
    """The boto3 client `personalize`."""
    return local_aws.client("personalize")


@pytest.fixture
def personalize_runtime(local_aws: LocalAws) -> Any:
    """The boto3 client `personalize-runtime`."""
    return local_aws.client("personalize-runtime")


@pytest.fixture
def personalize_events(local_aws: LocalAws) -> Any:
    """The boto3 client `personalize-events`."""
    return local_aws.client("personalize-events")


def _settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The configuration file's settings, then those of markers; the marker closest to the test wins.

    Raises:
        TastemakerError: a marker or the configuration file holds something else.
    """
    settings: dict[str, Any] = {name: request.config.getini(f"tastemaker_{name}") for name in SETTINGS}
    for mark in reversed(list(request.node.iter_markers("tastemaker"))):
        unknown = [repr(value) for value in mark.args] + sorted(set(mark.kwargs) - set(SETTINGS))
        if unknown:
            message = f"@pytest.mark.tastemaker does not know {', '.join(unknown)}"
            raise TastemakerError(f"{message}; write seed=…, start=… or region=….")
        settings |= mark.kwargs
    seed = str(settings["seed"])
    if not seed.isdecimal():
        raise TastemakerError(f"seed={seed!r} is not a whole number of at least 0.")
    return {**settings, "seed": int(seed)}
