from __future__ import annotations

import pytest
from botocore.exceptions import NoRegionError

from tastemaker.cli.account_clients import open_client

URL = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")


def test_a_local_endpoint_needs_no_region_and_never_sees_your_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    client = open_client("personalize", None, URL)
    assert (client.meta.region_name, client.meta.endpoint_url) == ("us-east-1", URL)
    assert client._request_signer._credentials.access_key == "local"


def test_the_region_that_is_asked_for_is_taken() -> None:
    assert open_client("personalize", "eu-west-1", URL).meta.region_name == "eu-west-1"


def test_an_account_without_a_region_is_refused() -> None:
    with pytest.raises(NoRegionError):
        open_client("personalize", None)
