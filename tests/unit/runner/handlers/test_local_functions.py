from __future__ import annotations

import json
import os
import sys
import threading
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import FunctionError
from tastemaker.plan.specs import FunctionSpec
from tastemaker.runner.handlers import LocalFunctions

if TYPE_CHECKING:
    from pathlib import Path

SHARED = """
calls = 0
"""
COUNT = """
from .shared import state

def handler(event, context):
    state.calls += 1
    return state.calls
"""
ECHO = """
import os

def handler(event, context):
    return {
        "event": event,
        "variable": os.environ.get("TABLE"),
        "region": os.environ.get("AWS_REGION"),
        "key": os.environ.get("AWS_ACCESS_KEY_ID"),
        "profile": os.environ.get("AWS_PROFILE"),
        "name": context.function_name,
        "memory": context.memory_limit_in_mb,
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(),
    }
"""
CHATTY = """
def handler(event, context):
    print("hello", event)
"""
FAILING = """
def handler(event, context):
    if event == "fail":
        raise KeyError("missing")
    circle = {}
    circle["again"] = circle
    return {"nan": {"nan": float("nan")}, "circle": circle}.get(event, object())
"""
SLOW = """
import threading
import time

current = 0

def handler(event, context):
    global current
    current += 1
    time.sleep(0.02)
    found, current = current, current - 1
    return found
"""


def _functions(tmp_path: Path, sources: dict[str, str], **options: Any) -> LocalFunctions:
    """One function `<name>` for each module in the asset."""
    package = tmp_path / "lambdas"
    (package / "shared").mkdir(parents=True)
    for file in (package / "__init__.py", package / "shared" / "__init__.py"):
        file.write_text("")
    (package / "shared" / "state.py").write_text(SHARED)
    for name, source in sources.items():
        (package / f"{name}.py").write_text(source)
    specs = [
        FunctionSpec(name, f"lambdas.{name}.handler", "", {"TABLE": "${Prefix}-" + name}, memory_mb=256)
        for name in sources
    ]
    values = {"Prefix": "shop", "Region": "eu-west-1", "AccountId": "111122223333"}
    return LocalFunctions(tmp_path, specs, values, new_request_id=lambda: "request-1", **options)


def test_a_handler_gets_event_context_and_its_own_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    answer = _functions(tmp_path, {"echo": ECHO}).invoke("echo", {"a": 1})
    assert 0 < answer.pop("remaining") <= 10_000
    assert answer == {
        "event": {"a": 1},
        "variable": "shop-echo",
        "region": "eu-west-1",
        "key": "local",
        "profile": None,
        "name": "echo",
        "memory": "256",
        "request": "request-1",
        "arn": "arn:aws:lambda:eu-west-1:111122223333:function:echo",
    }


def test_the_environment_of_the_process_is_as_before(tmp_path: Path) -> None:
    before = dict(os.environ)
    _functions(tmp_path, {"echo": ECHO}).invoke("echo", {})
    assert dict(os.environ) == before


def test_a_function_keeps_its_module_state_between_requests(tmp_path: Path) -> None:
    functions = _functions(tmp_path, {"count": COUNT})
    assert [functions.invoke("count", None) for _ in range(3)] == [1, 2, 3]


def test_two_functions_of_one_asset_share_no_module_state(tmp_path: Path) -> None:
    functions = _functions(tmp_path, {"count": COUNT, "other": COUNT})
    assert [functions.invoke(name, None) for name in ("count", "count", "other")] == [1, 2, 1]


def test_closing_forgets_modules_and_state(tmp_path: Path) -> None:
    functions = _functions(tmp_path, {"count": COUNT})
    before = set(sys.modules)
    functions.invoke("count", None)
    functions.close()
    assert {name for name in sys.modules if name.startswith("_tastemaker_function_")} <= before
    assert functions.invoke("count", None) == 1


def test_one_environment_serves_one_request_at_a_time(tmp_path: Path) -> None:
    functions = _functions(tmp_path, {"slow": SLOW})
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(functions.invoke("slow", None))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8


@pytest.mark.parametrize(
    "function", ["count", "shop-dev-count", "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-count:live"]
)
def test_a_function_is_found_by_name_physical_name_or_arn(tmp_path: Path, function: str) -> None:
    assert _functions(tmp_path, {"count": COUNT}).invoke(function, None) == 1


def test_an_unknown_function_is_a_function_error(tmp_path: Path) -> None:
    with pytest.raises(FunctionError, match="Function not found: nothing") as caught:
        _functions(tmp_path, {"count": COUNT}).invoke("nothing", None)
    assert caught.value.error_type == "ResourceNotFoundException"


def test_what_a_handler_raises_is_a_function_error_with_its_trace(tmp_path: Path) -> None:
    lines: list[tuple[str, str]] = []
    functions = _functions(tmp_path, {"failing": FAILING}, log=lambda name, line: lines.append((name, line)))
    with pytest.raises(FunctionError, match="KeyError: 'missing'") as caught:
        functions.invoke("failing", "fail")
    assert caught.value.error_type == "KeyError"
    assert 'raise KeyError("missing")' in caught.value.trace[-1]
    assert lines[0][0] == "failing"
    assert lines[0][1].startswith("[ERROR] KeyError: 'missing'\n")


@pytest.mark.parametrize("event", ["nan", "object", "circle"])
def test_an_answer_that_json_cannot_hold_is_a_function_error(tmp_path: Path, event: str) -> None:
    functions = _functions(tmp_path, {"failing": FAILING}, log=lambda *_: None)
    with pytest.raises(FunctionError, match="Unable to marshal response") as caught:
        functions.invoke("failing", event)
    assert caught.value.error_type == "Runtime.MarshalError"


def test_a_payload_that_json_cannot_hold_is_a_function_error(tmp_path: Path) -> None:
    functions = _functions(tmp_path, {"echo": ECHO}, log=lambda *_: None)
    with pytest.raises(FunctionError, match="not JSON serializable"):
        functions.invoke("echo", datetime(2026, 1, 1, tzinfo=UTC))


class _Texts(dict[str, str]):
    """A dictionary of a kind of its own."""


@pytest.mark.parametrize(
    "event",
    [
        None,
        {"a": [1, True, None, "ä\ud800", {"b": {}}], "c": 2**70},
        {"floats": [0.1, 1e300, -0.0]},
        {1: "a", False: "b", None: "c", 2.5: "d"},
        (1, (2, "x")),
        _Texts(a="b"),
        [HTTPStatus.OK, _Texts()],
    ],
)
def test_a_function_gets_and_gives_what_a_json_text_would_hold(tmp_path: Path, event: Any) -> None:
    got = _functions(tmp_path, {"echo": ECHO}).invoke("echo", event)["event"]
    assert repr(got) == repr(json.loads(json.dumps(event)))
    assert got is None or got is not event


def test_a_handler_that_changes_its_event_changes_nobody_elses(tmp_path: Path) -> None:
    event = {"list": [{"a": 1}]}
    source = "def handler(event, context):\n    event['list'][0]['a'] = 2\n    return event"
    assert _functions(tmp_path, {"change": source}).invoke("change", event) == {"list": [{"a": 2}]}
    assert event == {"list": [{"a": 1}]}


@pytest.mark.parametrize(
    ("source", "error_type", "message"),
    [
        ("import nowhere", "Runtime.ImportModuleError", "Unable to import module 'lambdas.broken': No module named"),
        ("def handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'lambdas.broken'"),
        ("x = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'lambdas.broken'"),
        ("x = {}['a']", "KeyError", "'a'"),
    ],
)
def test_a_module_that_cannot_be_loaded_is_a_function_error(
    tmp_path: Path, source: str, error_type: str, message: str
) -> None:
    functions = _functions(tmp_path, {"broken": source}, log=lambda *_: None)
    with pytest.raises(FunctionError, match=message) as caught:
        functions.invoke("broken", None)
    assert caught.value.error_type == error_type


def test_what_a_handler_prints_is_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[tuple[str, str]] = []
    functions = _functions(tmp_path, {"chatty": CHATTY}, log=lambda name, line: lines.append((name, line)))
    functions.invoke("chatty", 5)
    assert lines == [("chatty", "hello 5")]
    assert capsys.readouterr().out == ""


def test_the_asset_stays_as_it_was_staged(tmp_path: Path) -> None:
    functions = _functions(tmp_path, {"count": COUNT})
    before = sorted(tmp_path.rglob("*"))
    functions.invoke("count", None)
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_remaining_is_zero_not_negative() -> None:
    from tastemaker.runner.environment import LambdaContext

    context = LambdaContext("r", "f", "arn", "128", deadline_seconds=time.monotonic() - 5)
    assert context.get_remaining_time_in_millis() == 0
