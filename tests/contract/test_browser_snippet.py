"""The browser snippet in Node, with a page and a network that a test plays."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import tastemaker

SNIPPET = Path(tastemaker.__file__).parent / "browser" / "tastemaker-events.js"
PAGE = """
const sent = [], beacons = [], answers = %s, listeners = {};
globalThis.fetch = async (url, options) => {
  sent.push({url, ...options, body: JSON.parse(options.body)});
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  if (answer === null) throw new TypeError("no connection");
  const events = answer.statuses ? {events: answer.statuses.map((status) => ({status}))} : {};
  return {status: answer.status, json: async () => events};
};
globalThis.addEventListener = (name, listener) => { listeners[name] = listener; };
Object.defineProperty(globalThis, "navigator", {
  value: {sendBeacon: (url, body) => beacons.push({url, body: JSON.parse(body)})}, configurable: true,
});
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
"""


def _play(script: str, answers: list[Any], options: str = '{key: "k", sessionId: "s", userId: "u", pause: 1}') -> Any:
    """What the script leaves in `sent` and `beacons`."""
    setup = f'const events = tastemakerEvents("https://api", {options});'
    end = "console.log(JSON.stringify({sent, beacons})); process.exit(0);"
    program = f"{PAGE % json.dumps(answers)}\n{SNIPPET.read_text()}\n{setup}\n(async () => {{ {script} {end} }})();"
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return json.loads(done.stdout)


def _types(requests: list[Any]) -> list[list[str]]:
    return [[event["eventType"] for event in request["body"]["events"]] for request in requests]


TRACK = 'for (const eventType of ["a", "b", "c"]) events.track({eventType});'
TAKEN = {"status": 200, "statuses": ["accepted"] * 3}


def test_the_snippet_is_smaller_than_two_kilobytes() -> None:
    assert len(SNIPPET.read_bytes()) < 2_048


def test_events_go_out_together_with_ids_and_times() -> None:
    (request,) = _play(f"{TRACK} await sleep(50);", [TAKEN])["sent"]
    assert request["url"] == "https://api/events"
    assert request["headers"] == {"content-type": "application/json", "x-api-key": "k"}
    assert (request["body"]["sessionId"], request["body"]["userId"]) == ("s", "u")
    assert _types([request]) == [["a", "b", "c"]]
    assert all(len(event["eventId"]) == 36 and event["sentAt"] > 1e9 for event in request["body"]["events"])


def test_a_token_stands_for_the_key() -> None:
    options = '{token: "t", sessionId: "s", userId: "u", pause: 1}'
    played = _play(f"{TRACK} await sleep(50); {TRACK} listeners.pagehide();", [TAKEN], options)
    assert [request["headers"]["authorization"] for request in played["sent"]] == ["Bearer t", "Bearer t"]
    assert played["beacons"] == []


def test_without_a_connection_the_same_events_are_sent_again() -> None:
    first, second = _play(f"{TRACK} await sleep(100);", [None, TAKEN])["sent"]
    assert first["body"] == second["body"]


def test_only_what_has_to_be_sent_again_is() -> None:
    partly = {"status": 503, "statuses": ["accepted", "retry", "retry"]}
    sent = _play(f"{TRACK} await sleep(100);", [partly, {"status": 200, "statuses": ["accepted"] * 2}])["sent"]
    assert _types(sent) == [["a", "b", "c"], ["b", "c"]]


def test_a_refused_request_is_not_repeated() -> None:
    assert len(_play(f"{TRACK} await sleep(100);", [{"status": 403}])["sent"]) == 1


def test_a_throttled_request_is_repeated() -> None:
    assert len(_play(f"{TRACK} await sleep(100);", [{"status": 429}, TAKEN])["sent"]) == 2


def test_what_waits_when_the_page_is_left_outlives_it() -> None:
    (request,) = _play(f"{TRACK} listeners.pagehide();", [TAKEN])["sent"]
    assert (request["keepalive"], _types([request])) == (True, [["a", "b", "c"]])


def test_without_a_key_a_beacon_is_sent_instead() -> None:
    left = _play(f"{TRACK} listeners.pagehide();", [TAKEN], '{sessionId: "s"}')
    assert (left["sent"], _types(left["beacons"])) == ([], [["a", "b", "c"]])
    assert "userId" not in left["beacons"][0]["body"]
