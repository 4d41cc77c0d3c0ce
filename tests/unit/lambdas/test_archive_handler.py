"""What becomes of accepted events: lines in folders by day."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.archive import folders
from lambdas.shared.problem import ProblemError
from lambdas.shared.queue import send_to_archive
from tests.support.aws_fakes import FakeClient, client_error

NEW_YEAR = 1_767_225_600
"""2026-01-01T00:00:00Z."""


def clicked(session: str, at: int, **more: Any) -> dict[str, Any]:
    return {"sessionId": session, "eventList": [{"eventId": f"e{at}", "eventType": "click", "sentAt": at, **more}]}


def test_events_lie_in_the_folder_of_their_own_day_with_session_and_user() -> None:
    found = folders(iter([clicked("s1", NEW_YEAR - 1), {**clicked("s2", NEW_YEAR), "userId": "u1"}]))
    assert found == {
        "events/day=2025-12-31": [
            f'{{"sessionId":"s1","eventId":"e{NEW_YEAR - 1}","eventType":"click","sentAt":{NEW_YEAR - 1}}}\n'
        ],
        "events/day=2026-01-01": [
            f'{{"sessionId":"s2","userId":"u1","eventId":"e{NEW_YEAR}","eventType":"click","sentAt":{NEW_YEAR}}}\n'
        ],
    }


def test_properties_that_the_service_takes_as_text_are_an_object_again() -> None:
    (line,) = folders(iter([clicked("s1", NEW_YEAR, properties='{"page":"home"}')]))["events/day=2026-01-01"]
    assert json.loads(line)["properties"] == {"page": "home"}


def test_action_interactions_have_folders_of_their_own() -> None:
    acted = {"sessionId": "s1", "actionId": "a1", "eventType": "Taken", "timestamp": NEW_YEAR, "eventId": "e1"}
    assert list(folders(iter([{"actionInteractions": [acted]}]))) == ["action-interactions/day=2026-01-01"]


def test_without_an_archive_nothing_is_sent() -> None:
    sqs = FakeClient()
    send_to_archive(sqs, "", clicked("s1", NEW_YEAR))
    assert sqs.calls == []


def test_what_the_archive_does_not_take_is_kept_never_rejected() -> None:
    sqs = FakeClient({"send_message": [client_error("ValidationException", "s1 is wrong")]})
    with pytest.raises(ProblemError) as found:
        send_to_archive(sqs, "https://queue", clicked("s1", NEW_YEAR))
    assert (found.value.status, found.value.kind, found.value.code) == (503, "unavailable", "ValidationException")
