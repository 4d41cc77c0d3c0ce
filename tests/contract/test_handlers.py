"""What a plan says about its functions is what their code does."""

from __future__ import annotations

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

import pytest

from tastemaker.assets import stage_lambdas
from tastemaker.model.project import Project
from tastemaker.plan.functions import build_functions
from tastemaker.plan.names import Names
from tastemaker.plan.routes import build_routes
from tastemaker.runner.gateway import Gateway
from tastemaker.runner.handlers import LocalFunctions
from tests.support.aws_fakes import answered_botocore

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = Names("shop", "dev", "shop-dev")
PROJECT = Project.model_validate(
    {
        "project": "shop",
        "datasets": {
            "interactions": {
                "schema": {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"},
                "sql": "interactions.sql",
            }
        },
        "filters": {"unseen": 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'},
        "endpoints": {
            "recommendations": {"campaign": "for-you", "filter": "unseen"},
            "related": {"campaign": "similar"},
            "events": {"eventTracker": "clicks"},
        },
    }
)
ROUTES = build_routes(PROJECT, NAMES)
FUNCTIONS = build_functions(PROJECT, NAMES, ROUTES)
VALUES = {"Partition": "aws", "Region": "us-east-1", "AccountId": "123456789012"}

CANARY = "canary-7f3a"
"""Every id of every request holds it; no log line may."""

EVENT = {"eventType": "click", "itemId": f"{CANARY}-item", "properties": {"page": CANARY}}
REQUESTS: dict[str, tuple[str, bytes]] = {
    "GET /users/{userId}/recommendations": (f"/users/{CANARY}/recommendations", b""),
    "GET /items/{itemId}/related": (f"/items/{CANARY}/related", b""),
    "POST /events": ("/events", json.dumps({"sessionId": CANARY, "userId": CANARY, "events": [EVENT]}).encode()),
    "GET /healthz": ("/healthz", b""),
}
FOUND = {"itemList": [{"itemId": CANARY}], "recommendationId": "RID-1"}
ANSWERS: dict[str, tuple[int, dict[str, Any]]] = {
    "personalize-runtime.GetRecommendations": (200, FOUND),
    "personalize-events.PutEvents": (200, {}),
    "ssm.GetParameter": (200, {"Parameter": {"Value": CANARY}}),
}
REFUSED = (400, {"__type": "InvalidInputException", "message": f"{CANARY} is wrong"})
SDK = ("boto3", "botocore", "jmespath", "dateutil", "s3transfer", "urllib3", "six")


@dataclass
class Served:
    """The plan's routes over its functions; `lines` is what the functions logged."""

    gateway: Gateway
    lines: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stage_lambdas(tmp_path_factory.mktemp("asset"))


@pytest.fixture
def served(asset: Path) -> Iterator[Served]:
    lines: list[str] = []
    functions = LocalFunctions(asset, FUNCTIONS, VALUES, log=lambda _, line: lines.append(line))
    yield Served(Gateway(ROUTES, functions, now=lambda: 1_700_000_000.0), lines)
    functions.close()


def _ask(served: Served, key: str) -> tuple[int, Any]:
    path, body = REQUESTS[key]
    response = served.gateway.handle(key.partition(" ")[0], path, body=body)
    return response.status, json.loads(response.body)


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


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function)
def test_a_function_reads_exactly_the_variables_of_its_spec(
    served: Served, asset: Path, route: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = _RecordingEnviron(asset)
    monkeypatch.setattr(os, "environ", environ)
    with answered_botocore(ANSWERS):
        _ask(served, route.key)
    spec = next(spec for spec in FUNCTIONS if spec.name == route.function)
    assert environ.asked == set(spec.environment)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function)
def test_a_function_calls_exactly_the_actions_of_its_spec(served: Served, route: Any) -> None:
    with answered_botocore(ANSWERS) as botocore:
        _ask(served, route.key)
    spec = next(spec for spec in FUNCTIONS if spec.name == route.function)
    assert {re.sub(r"^personalize-\w+\.", "personalize.", name).replace(".", ":") for name in botocore.asked} == set(
        spec.actions
    )


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_docstring_names_variables_and_actions(asset: Path, spec: Any) -> None:
    assert _docstring_names(asset, spec.name, "Reads") == set(spec.environment)
    assert _docstring_names(asset, spec.name, "Calls") == set(spec.actions)


@pytest.mark.parametrize("answers", [ANSWERS, dict.fromkeys(ANSWERS, REFUSED)], ids=["answered", "refused"])
def test_ids_never_reach_the_log(served: Served, answers: dict[str, tuple[int, dict[str, Any]]]) -> None:
    with answered_botocore(answers):
        for key in REQUESTS:
            _ask(served, key)
    assert len(served.lines) == len(REQUESTS)
    assert [line for line in served.lines if CANARY in line] == []


def test_ids_of_wrong_requests_never_reach_the_log(served: Served) -> None:
    wrong_event = {"sessionId": CANARY, "events": [{CANARY: CANARY, "itemId": [CANARY]}]}
    with answered_botocore(ANSWERS):
        statuses = [
            served.gateway.handle("GET", f"/users/{CANARY * 30}/recommendations").status,
            served.gateway.handle("GET", f"/items/{CANARY}/related", [("numResults", CANARY)]).status,
            served.gateway.handle("POST", "/events", body=json.dumps(wrong_event).encode()).status,
            served.gateway.handle("POST", "/events", body=CANARY.encode()).status,
        ]
    assert statuses == [400, 400, 400, 400]
    assert len(served.lines) == 4
    assert [line for line in served.lines if CANARY in line] == []


def test_a_first_request_that_is_wrong_leaves_a_working_function(served: Served) -> None:
    """Variables are visible during the first request only, so even a refused one must have read them."""
    with answered_botocore(ANSWERS):
        assert served.gateway.handle("GET", "/users/null/recommendations").status == 400
        assert served.gateway.handle("POST", "/events", body=b"{").status == 400
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
    code = f"import sys; sys.path.append({str(asset)!r}); import lambdas.health; print('botocore' in sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_importing_a_handler_makes_no_client_and_reads_no_variable(asset: Path, spec: Any) -> None:
    module = spec.handler.rpartition(".")[0]
    code = (
        f"import os, sys; sys.path.append({str(asset)!r}); os.environ.clear(); import {module}\n"
        "aws = sys.modules.get('lambdas.shared.aws')\n"
        "print(aws is None or aws.client.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout in {"0\n", "True\n"}
