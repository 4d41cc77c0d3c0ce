"""What a plan says about its functions is what their code does."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from tastemaker.assets import stage_lambdas
from tastemaker.errors import FunctionError
from tastemaker.model.project import Project
from tastemaker.plan.functions import POLLING, build_functions
from tastemaker.plan.names import Names
from tastemaker.plan.openapi import build_openapi, build_public_document
from tastemaker.plan.routes import build_routes
from tastemaker.runner.callers import KeyDoor
from tastemaker.runner.gateway import Gateway
from tastemaker.runner.handlers import LocalFunctions
from tests.support.aws_fakes import answered_botocore

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = Names("shop", "dev", "shop-dev")
COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "DEVICE": "string"}
SIDE_TABLE = {"table": "catalogue", "attributes": ["title"]}
PROJECT = Project.model_validate(
    {
        "project": "shop",
        "datasets": {"interactions": {"schema": COLUMNS, "sql": "interactions.sql"}},
        "filters": {"unseen": 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'},
        "endpoints": {
            "recommendations": {
                "campaign": "for-you",
                "filter": "unseen",
                "context": {"DEVICE": "device"},
                "fallback": {"campaign": "popular", "items": ["i1"]},
                "metadata": SIDE_TABLE,
            },
            "related": {"campaign": "similar", "metadata": SIDE_TABLE},
            "popular": {"campaign": "popular", "cacheSeconds": 60},
            "trending": {"recommender": "trending"},
            "ranking": {"campaign": "ranked", "metadata": SIDE_TABLE},
            "actions": {"campaign": "acting", "fallback": {"actions": ["a1"]}},
            "events": {"eventTracker": "clicks"},
            "actionInteractions": {},
            "archive": {},
            "items": True,
            "users": True,
            "clients": {"web": {}},
        },
        "experiments": {
            "home": {
                "route": "recommendations",
                "variants": {"own": {"campaign": "for-you"}, "plain": {"items": ["i1"]}},
            },
            "beside": {
                "route": "related",
                "mode": "interleave",
                "variants": {"own": {"campaign": "similar"}, "new": {"campaign": "similar-2"}},
            },
            "order": {
                "route": "ranking",
                "variants": {"own": {"campaign": "ranked"}, "new": {"campaign": "ranked-2"}},
            },
        },
    }
)
ROUTES = build_routes(PROJECT, NAMES)
FUNCTIONS = build_functions(PROJECT, NAMES, ROUTES)
BY_ROUTE = [(route, function) for route in ROUTES for function in FUNCTIONS if function.name == route.function]
VALUES = {
    "Partition": "aws",
    "Region": "us-east-1",
    "AccountId": "123456789012",
    "EventQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/events.fifo",
    "DeadLetterQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/events-dead.fifo",
    "ArchiveQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/archive",
    "DataBucketName": "shop-dev-data",
    "WebApiKeyId": "key-web",
}
KEY = [("x-api-key", "web")]

DONE_BY_SERVICES = {*POLLING, "kms:GenerateDataKey"}
"""What Lambda and S3 do with a function's role."""
CANARY = "canary-7f3a"
"""Every id of every request holds it; no log line may."""

EVENT = {
    "eventType": "click",
    "itemId": f"{CANARY}-item",
    "properties": {"page": CANARY},
    "eventAttributionSource": "home:own",
}
TAKEN = {"eventType": "Taken", "actionId": CANARY, "recommendationId": CANARY}
REQUESTS: dict[str, tuple[str, Any]] = {
    "GET /users/{userId}/recommendations": (f"/users/{CANARY}/recommendations", None),
    "GET /items/{itemId}/related": (f"/items/{CANARY}/related?userId={CANARY}", None),
    "GET /popular": (f"/popular?userId={CANARY}", None),
    "GET /trending": (f"/trending?userId={CANARY}", None),
    "POST /users/{userId}/ranking": (f"/users/{CANARY}/ranking", {"items": [{"itemId": CANARY, "note": CANARY}]}),
    "GET /users/{userId}/actions": (f"/users/{CANARY}/actions", None),
    "POST /events": ("/events", {"sessionId": CANARY, "userId": CANARY, "events": [EVENT]}),
    "POST /action-interactions": ("/action-interactions", {"sessionId": CANARY, "actionInteractions": [TAKEN]}),
    "PUT /items": ("/items", {"items": [{"itemId": CANARY, "properties": {"title": CANARY}}]}),
    "PUT /users": ("/users", {"users": [{"userId": CANARY}]}),
    "GET /healthz": ("/healthz", None),
    "GET /openapi.json": ("/openapi.json", None),
}
FOUND = {"itemList": [{"itemId": CANARY}], "recommendationId": "RID-1"}
ANSWERS: dict[str, tuple[int, dict[str, Any]]] = {
    "personalize-runtime.GetRecommendations": (200, FOUND),
    "personalize-runtime.GetPersonalizedRanking": (200, {"personalizedRanking": [{"itemId": CANARY, "score": 1}]}),
    "personalize-runtime.GetActionRecommendations": (200, {"actionList": [{"actionId": CANARY, "score": 0.5}]}),
    "personalize-events.PutEvents": (200, {}),
    "personalize-events.PutActionInteractions": (200, {}),
    "personalize-events.PutItems": (200, {}),
    "personalize-events.PutUsers": (200, {}),
    "personalize.DescribeDataset": (200, {"dataset": {"trackingId": CANARY}}),
    "ssm.GetParameter": (200, {"Parameter": {"Value": CANARY}}),
    "sqs.SendMessage": (200, {"MessageId": CANARY}),
    "s3.PutObject": (200, {}),
    "dynamodb.UpdateItem": (200, {}),
    "dynamodb.BatchGetItem": (
        200,
        {"Responses": {"catalogue": [{"itemId": {"S": CANARY}, "title": {"S": CANARY}}]}, "UnprocessedKeys": {}},
    ),
    "dynamodb.BatchWriteItem": (200, {}),
}
REFUSED = (400, {"__type": "InvalidInputException", "message": f"{CANARY} is wrong"})
OVERLOADED = (400, {"__type": "ThrottlingException", "message": f"{CANARY} is busy"})
DOWN = {name: OVERLOADED for name in ANSWERS if name != "sqs.SendMessage"} | {
    "sqs.SendMessage": ANSWERS["sqs.SendMessage"]
}
SENT = {"eventType": "click", "sentAt": 1_700_000_000, "eventId": CANARY}
ACTED = {"eventType": "Taken", "timestamp": 1_700_000_000, "eventId": CANARY, "actionId": CANARY, "sessionId": CANARY}
QUEUED = [
    {"sessionId": CANARY, "parameters": {"sessionId": CANARY, "eventList": [SENT]}},
    {"sessionId": CANARY, "parameters": {"actionInteractions": [ACTED]}},
]
SDK = ("boto3", "botocore", "jmespath", "dateutil", "s3transfer", "urllib3", "six")


@dataclass
class Served:
    """The plan's routes over its functions; `lines` is what the functions logged."""

    gateway: Gateway
    functions: LocalFunctions
    lines: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    document = build_public_document(build_openapi("shop", ROUTES), ROUTES)
    return stage_lambdas(tmp_path_factory.mktemp("asset"), document)


@pytest.fixture
def served(asset: Path) -> Iterator[Served]:
    lines: list[str] = []
    functions = LocalFunctions(asset, FUNCTIONS, VALUES, log=lambda _, line: lines.append(line))
    door = KeyDoor({"web": VALUES["WebApiKeyId"]})
    yield Served(Gateway(ROUTES, functions, now=lambda: 1_700_000_000.0, door=door), functions, lines)
    functions.close()


def _ask(served: Served, key: str) -> tuple[int, Any]:
    path, body = REQUESTS[key]
    sent = b"" if body is None else json.dumps(body).encode()
    plain, _, query = path.partition("?")
    response = served.gateway.handle(key.partition(" ")[0], plain, parse_qsl(query), KEY, sent)
    return response.status, json.loads(response.body)


def _replay(served: Served) -> Any:
    times = {"ApproximateReceiveCount": "1", "ApproximateFirstReceiveTimestamp": "1700000000000"}
    records = [
        {"messageId": f"m{place}", "body": json.dumps(message), "attributes": times}
        for place, message in enumerate(QUEUED)
    ]
    return served.functions.invoke("replay", {"Records": records})


def _archive(served: Served) -> Any:
    records = [
        {
            "messageId": f"m{place}",
            "body": json.dumps(message["parameters"]),
            "attributes": {"SentTimestamp": "1700000000000"},
        }
        for place, message in enumerate(QUEUED)
    ]
    return served.functions.invoke("archive", {"Records": records})


def _exercise(served: Served, function: str) -> None:
    """Make a function do everything it can: ask all its routes, once answered and once refused for load."""
    if function == "replay":
        _replay(served)
    if function == "archive":
        _archive(served)
    for route in ROUTES:
        if route.function == function:
            _ask(served, route.key)


def _docstring_names(asset: Path, module: str, label: str) -> set[str]:
    text = (asset / "lambdas" / f"{module}.py").read_text()
    line = next(line for line in text.splitlines() if line.startswith(f"{label}: "))
    names = set(re.split(r",\s*", line.partition(": ")[2]))
    return names - {"nothing"}


class _RecordingEnviron(dict[str, str]):
    """Remembers which variables code of the asset asked for."""

    def __init__(self, asset: Path) -> None:
        super().__init__(os.environ)
        self.asset, self.asked = str(asset), set[str]()

    def __getitem__(self, name: str) -> str:
        self._note(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def _note(self, name: str) -> None:
        if sys._getframe(2).f_code.co_filename.startswith(self.asset):
            self.asked.add(name)


@contextmanager
def _read_only(root: Path) -> Iterator[None]:
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        yield
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_every_route_has_an_example_request() -> None:
    assert list(REQUESTS) == [route.key for route in ROUTES]


@pytest.mark.parametrize("key", REQUESTS)
def test_every_route_answers(served: Served, key: str) -> None:
    with answered_botocore(ANSWERS):
        assert _ask(served, key)[0] == 200


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_function_reads_exactly_the_variables_of_its_spec(
    served: Served, asset: Path, spec: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = _RecordingEnviron(asset)
    monkeypatch.setattr(os, "environ", environ)
    with answered_botocore(ANSWERS):
        _exercise(served, spec.name)
    assert environ.asked == set(spec.environment)


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_function_calls_exactly_the_actions_of_its_spec(served: Served, spec: Any) -> None:
    """First everything is answered; then Personalize refuses, first for load and then as wrong."""
    with answered_botocore(dict(ANSWERS)) as botocore:
        _exercise(served, spec.name)
        for name in ("PutEvents", "PutActionInteractions"):
            botocore.answers[f"personalize-events.{name}"] = REFUSED if spec.name == "replay" else OVERLOADED
        _exercise(served, spec.name)
    called = {re.sub(r"^personalize-\w+\.", "personalize.", name).replace(".", ":") for name in botocore.asked}
    assert called == set(spec.actions) - DONE_BY_SERVICES


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_docstring_names_variables_and_actions(asset: Path, spec: Any) -> None:
    module = spec.name.replace("-", "_")
    assert _docstring_names(asset, module, "Reads") == set(spec.environment)
    assert _docstring_names(asset, module, "Calls") == set(spec.actions) - DONE_BY_SERVICES


@pytest.mark.slow
@pytest.mark.parametrize(
    "answers",
    [ANSWERS, dict.fromkeys(ANSWERS, REFUSED), DOWN, dict.fromkeys(ANSWERS, OVERLOADED)],
    ids=["answered", "refused", "overloaded", "down"],
)
def test_ids_never_reach_log_metric_or_error(served: Served, answers: dict[str, tuple[int, dict[str, Any]]]) -> None:
    with answered_botocore(dict(answers)):
        asked = [_ask(served, key) for key in REQUESTS]
        _replay(served)
        with contextlib.suppress(FunctionError):
            _archive(served)
    assert len(served.lines) == len(REQUESTS) + 2
    assert [line for line in served.lines if CANARY in line] == []
    assert [body for status, body in asked if status >= 400 and CANARY in json.dumps(body)] == []


def test_ids_of_wrong_requests_never_reach_the_log(served: Served) -> None:
    handle = served.gateway.handle
    wrong_event = {"sessionId": CANARY, "events": [{CANARY: CANARY, "itemId": [CANARY]}]}
    with answered_botocore(ANSWERS):
        statuses = [
            handle("GET", f"/users/{CANARY * 30}/recommendations", [], KEY).status,
            handle("GET", f"/items/{CANARY}/related", [("numResults", CANARY)], KEY).status,
            handle("GET", "/popular", [("filter", CANARY)], KEY).status,
            handle("GET", "/popular", [], [*KEY, ("x-correlation-id", CANARY), ("if-none-match", CANARY)]).status,
            handle("POST", "/events", [], KEY, json.dumps(wrong_event).encode()).status,
            handle("POST", "/events", [], [*KEY, ("content-type", "text/plain")], CANARY.encode()).status,
            handle("POST", "/events", [], [*KEY, ("content-type", CANARY)], b"{}").status,
        ]
    assert statuses == [400, 400, 400, 200, 400, 400, 415]
    assert len(served.lines) == 7
    assert [line for line in served.lines if CANARY in line] == []


def test_a_first_request_that_is_wrong_leaves_a_working_function(served: Served) -> None:
    """Variables are visible during the first request only, so even a refused one must have read them."""
    with answered_botocore(ANSWERS):
        assert served.gateway.handle("GET", "/users/null/recommendations", headers=KEY).status == 400
        assert (
            served.gateway.handle("POST", "/events", headers=KEY, body=b'{"sessionId":"s","events":[]}').status == 400
        )
        assert _ask(served, "GET /users/{userId}/recommendations")[0] == 200
        assert _ask(served, "POST /events")[0] == 200


def test_the_asset_needs_nothing_but_the_standard_library_and_boto3(asset: Path, tmp_path: Path) -> None:
    for name in SDK:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (tmp_path / source.name).symlink_to(source)
    modules = [spec.handler.rpartition(".")[0] for spec in FUNCTIONS]
    code = f"import sys; sys.path += {[str(asset), str(tmp_path)]!r}\n" + "\n".join(
        f"import {name}" for name in modules
    )
    with _read_only(asset):
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_health_needs_no_sdk(asset: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(asset)!r}); import lambdas.health; print('botocore' in sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_importing_a_handler_makes_no_client_and_reads_no_variable(asset: Path, spec: Any) -> None:
    module = spec.handler.rpartition(".")[0]
    code = (
        f"import os, sys; sys.path.insert(0, {str(asset)!r}); os.environ.clear(); import {module}\n"
        "aws = sys.modules.get('lambdas.shared.aws')\n"
        "print(aws is None or aws.client.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout in {"0\n", "True\n"}
