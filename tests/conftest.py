"""House rules that pytest enforces: no network beyond loopback, live tests only on request."""

from __future__ import annotations

import gc
import socket
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.nodeid import NodeId

from tastemaker.aws import shared_service_models

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOPBACK = ("127.", "::1", "localhost")


def pytest_configure() -> None:
    """Libraries keep a million objects, and looking through them over and over is a fifth of the suite's time."""
    gc.set_threshold(100_000, 50, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="run tests that need an AWS account")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("loadgroup", default=False):
        _name_groups(items)
    if config.getoption("--live"):
        return
    skip = pytest.mark.skip(reason="needs an AWS account; opt in with --live")
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(skip)


def _name_groups(items: list[pytest.Item]) -> None:
    """`@group` behind a test's id, by which pytest-xdist sends a group to one worker.

    It writes an attribute that pytest 9.2 no longer has, so that groups were scattered. pytest has no public way.
    """
    for item in items:
        groups = sorted(str(mark.args[0]) for mark in item.iter_markers("xdist_group"))
        if groups and not item.nodeid.endswith(f"@{'_'.join(groups)}"):
            item._id = NodeId.parse(f"{item.nodeid}@{'_'.join(groups)}")


_live_test = False


def pytest_runtest_setup(item: pytest.Item) -> None:
    global _live_test  # noqa: PLW0603 - the guard below is set once for all tests, which costs each of them nothing
    _live_test = item.get_closest_marker("live") is not None


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """A test that reaches for the internet fails at once, with the address in the message."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else str(address)
        inside = self.family not in {socket.AF_INET, socket.AF_INET6} or str(host).startswith(_LOOPBACK)
        if not inside and not _live_test:
            raise AssertionError(f"a test tried to connect to {host}; only loopback is allowed")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True, scope="session")
def _service_models_are_read_once() -> Iterator[None]:
    """Sessions share what botocore reads from its data files; reading costs each of them a tenth of a second."""
    with shared_service_models():
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_credentials() -> Iterator[None]:
    """Nothing of the developer's own AWS set-up leaks into a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_CONFIG_FILE", "/dev/null")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield
