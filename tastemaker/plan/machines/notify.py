"""Telling the outcome: one event on the project's event bus, one message to its topic.

A message that cannot be sent must not hide the outcome it tells about, so both calls go on when they fail.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.states import State, States, catch, jsonata, sdk_task
from tastemaker.plan.tokens import EVENT_BUS, TOPIC_ARN

SOURCE = "tastemaker"


def tell(what: str, outcome: str, detail: str, text: str, *, next_state: str, suffix: str = "") -> States:
    """Enter at `Send event` + suffix; the state input travels through unchanged.

    Args:
        what: detail type without the outcome, e.g. `Tastemaker Maintenance`.
        outcome: JSONata for a word, e.g. SUCCEEDED.
        detail: JSONata for the event's detail, an object.
        text: JSONata for the message.
        next_state: afterwards.
        suffix: of the states' names, where a machine tells twice.
    """
    event, message = f"Send event{suffix}", f"Send message{suffix}"
    entry = {
        "EventBusName": EVENT_BUS,
        "Source": SOURCE,
        "DetailType": jsonata(f"'{what} ' & {outcome}"),
        "Detail": jsonata(f"$string({detail})"),
    }
    topic = {
        "TopicArn": TOPIC_ARN,
        "Subject": jsonata(f"$substring('{what} ' & {outcome}, 0, 100)"),
        "Message": jsonata(text),
    }
    return {
        event: _sent("eventbridge", "putEvents", {"Entries": [entry]}, message),
        message: _sent("sns", "publish", topic, next_state),
    }


def _sent(service: str, action: str, arguments: dict[str, Any], next_state: str) -> State:
    """Goes on with its input, whether the call was answered or refused."""
    rules: dict[str, Any] = {"Output": jsonata("$states.input")}
    catches = [catch(["States.ALL"], next_state, **rules)]
    return sdk_task(service, action, arguments, next_state=next_state, catches=catches, **rules)
