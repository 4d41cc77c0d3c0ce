"""What `transport.py` and `tastemaker.testing` rely on in moto, beyond its documentation.

A failure here after an upgrade of moto says what changed and where to act; Personalize's own tests say nothing of moto.
"""

from __future__ import annotations

import json

import boto3
import moto
from botocore import handlers
from botocore.awsrequest import AWSPreparedRequest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.models import botocore_stubber

from tastemaker.aws import ACCOUNT_ID
from tastemaker.simulator import transport
from tastemaker.testing import local_personalize
from tastemaker.wire.transport import ANSWERED_URL
from tests.support.echo_service import EchoService
from tests.support.simulator import INTERACTIONS_SCHEMA


def test_moto_is_a_version_that_was_checked() -> None:
    assert moto.__version__.split(".")[:2] == ["5", "2"], (
        "Read moto/core/models.py and moto/core/botocore_stubber.py of the new version against the other tests of this "
        "file; when they hold, name the version here and in pyproject.toml."
    )


def test_moto_answers_from_botocores_list_of_handlers() -> None:
    assert ("before-send", botocore_stubber) in handlers.BUILTIN_HANDLERS, (
        "moto no longer answers in before-send: transport.py has to come before moto's new place, and its rewriting of "
        "the URL may have become needless."
    )


def test_moto_leaves_a_request_that_tastemaker_has_answered() -> None:
    with local_personalize():
        request = AWSPreparedRequest("POST", ANSWERED_URL, {}, b"{}", None)
        assert botocore_stubber("before-send", request) is None, (
            "moto answers any host now: transport.py must hide an answered request in another way than by its URL."
        )


def test_moto_would_answer_the_same_request_under_its_own_address() -> None:
    """Else the test above proves nothing."""
    with local_personalize():
        assert botocore_stubber("before-send", _list_schemas()).status_code == 200


def test_moto_holds_nothing_of_what_personalize_was_told() -> None:
    with local_personalize() as local:
        local.client("personalize").create_schema(name="readings", schema=json.dumps(INTERACTIONS_SCHEMA))
        kept = moto.backends.get_backend("personalize")[local.account_id][local.region].schemas
        assert kept == {}, "moto's own Personalize ran beside ours: see `Responder.__call__` in transport.py."


def test_the_responder_answers_and_hides_the_request_while_moto_is_active() -> None:
    with local_personalize():
        responder = transport.responder(EchoService({"ListSchemas": {"schemas": []}}))
        request = _list_schemas()
        answer = responder(request)
    assert answer is not None
    assert (answer.status_code, request.url) == (200, ANSWERED_URL)


def test_account_and_credentials_are_motos() -> None:
    with local_personalize() as local:
        assert boto3.client("sts").get_caller_identity()["Account"] == local.account_id
        assert boto3.Session().get_credentials().access_key == "FOOBARKEY"
    assert ACCOUNT_ID == DEFAULT_ACCOUNT_ID


def _list_schemas() -> AWSPreparedRequest:
    headers = {"X-Amz-Target": "AmazonPersonalize.ListSchemas"}
    return AWSPreparedRequest("POST", "https://personalize.us-east-1.amazonaws.com/", headers, b"{}", None)
