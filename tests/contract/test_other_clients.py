"""Clients that are not boto3, over real HTTP: the AWS command line and the AWS SDK for JavaScript v3."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.server import ServerSpec, build_personalize_app, serving
from tests.support.simulator import INTERACTIONS_SCHEMA, START, build_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


JAVASCRIPT = Path(__file__).parents[1] / "support" / "javascript"
PREFIX = "arn:aws:personalize:us-east-1:123456789012:"
NO_JAVASCRIPT = (
    "needs the AWS SDK for JavaScript from npm, and tests stay offline unless asked: set TASTEMAKER_JS_TESTS=1, "
    "or run `npm ci` in tests/support/javascript"
)


@dataclass(frozen=True)
class Served:
    """A simulator behind a URL, with a campaign and an event tracker that are ready."""

    url: str
    campaign_arn: str
    tracking_id: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    lab = build_lab(tmp_path_factory.mktemp("buckets"))
    group, campaign_arn = lab.serving()
    tracking_id = lab.tracker(group)
    with serving([ServerSpec(build_personalize_app(lab.simulator))]) as urls:
        yield Served(urls[0], campaign_arn, tracking_id)


class CommandLine:
    """The `aws` on PATH, aimed at the server; versions 1 and 2 take the same commands."""

    def __init__(self, program: str, url: str) -> None:
        self._start = [program, "--endpoint-url", url, "--region", "us-east-1", "--output", "json"]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "AWS_PAGER": ""}
        command = [*self._start, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)

    def ask(self, *arguments: str) -> Any:
        """The answer's JSON; None for an operation without output."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def recommend(self, campaign_arn: str, user_id: str) -> list[str]:
        arguments = ["--campaign-arn", campaign_arn, "--user-id", user_id, "--num-results", "3"]
        answer = self.ask("personalize-runtime", "get-recommendations", *arguments)
        return [item["itemId"] for item in answer["itemList"]]


@pytest.fixture(scope="module")
def aws(served: Served) -> CommandLine:
    program = shutil.which("aws")
    if program is None:
        pytest.skip("needs the AWS command line: there is no `aws` on PATH")
    if subprocess.run([program, "--version"], capture_output=True, check=False, timeout=60).returncode != 0:
        pytest.skip(f"needs the AWS command line: `{program} --version` fails")
    return CommandLine(program, served.url)


def test_the_command_line_creates_and_describes(aws: CommandLine) -> None:
    schema = ["--name", "command-line", "--schema", json.dumps(INTERACTIONS_SCHEMA)]
    assert aws.ask("personalize", "create-schema", *schema) == {"schemaArn": f"{PREFIX}schema/command-line"}
    group = aws.ask("personalize", "create-dataset-group", "--name", "command-line")["datasetGroupArn"]
    assert group == f"{PREFIX}dataset-group/command-line"
    described = aws.ask("personalize", "describe-dataset-group", "--dataset-group-arn", group)["datasetGroup"]
    assert (described["name"], described["status"]) == ("command-line", "CREATE PENDING")


def test_the_command_line_follows_pages(aws: CommandLine) -> None:
    everything = aws.ask("personalize", "list-recipes", "--page-size", "3")["recipes"]
    names = [recipe["name"] for recipe in everything]
    assert len(names) == len(set(names)) > 3
    first = aws.ask("personalize", "list-recipes", "--page-size", "1", "--max-items", "2")
    assert [recipe["name"] for recipe in first["recipes"]] == names[:2]
    rest = aws.ask("personalize", "list-recipes", "--starting-token", first["NextToken"])
    assert [recipe["name"] for recipe in rest["recipes"]] == names[2:]


def test_the_command_line_prints_the_error_of_the_service(aws: CommandLine) -> None:
    done = aws.run("personalize", "describe-campaign", "--campaign-arn", f"{PREFIX}campaign/absent")
    assert done.returncode in {254, 255}
    assert "An error occurred (ResourceNotFoundException) when calling the DescribeCampaign operation:" in done.stderr
    assert "campaign/absent" in done.stderr


def test_an_event_sent_from_the_command_line_changes_the_next_recommendation(aws: CommandLine, served: Served) -> None:
    before = aws.recommend(served.campaign_arn, "command-line")
    event = [{"eventType": "view", "itemId": "i07", "sentAt": START}]
    who = ["--tracking-id", served.tracking_id, "--user-id", "command-line", "--session-id", "session"]
    assert aws.ask("personalize-events", "put-events", *who, "--event-list", json.dumps(event)) is None
    after = aws.recommend(served.campaign_arn, "command-line")
    assert (before[0] != "i07", after[0]) == (True, "i07")


def _program(name: str) -> str | None:
    """Of this Python's environment, where the extra `cdk` brings Node, or on PATH."""
    beside = Path(sys.executable).parent
    return shutil.which(name, path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")


def _run_node_tool(*command: str, folder: Path) -> str:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _install(folder: Path, npm: str) -> Path:
    for name in ("package.json", "package-lock.json", ".npmrc", "journey.mjs"):
        shutil.copy(JAVASCRIPT / name, folder)
    _run_node_tool(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", folder=folder)
    return folder


@pytest.fixture(scope="module")
def javascript_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `journey.mjs` finds the SDK. Installing it needs npm's registry, hence only on request."""
    npm = _program("npm")
    if _program("node") is None or npm is None:
        pytest.skip("needs Node: install the extra `cdk`, or put node and npm on PATH")
    if (JAVASCRIPT / "node_modules").is_dir():
        return JAVASCRIPT
    if os.environ.get("TASTEMAKER_JS_TESTS") != "1":
        pytest.skip(NO_JAVASCRIPT)
    return _install(tmp_path_factory.mktemp("javascript"), npm)


@pytest.fixture(scope="module")
def journey(javascript_folder: Path, served: Served) -> dict[str, Any]:
    """What `journey.mjs` met."""
    given = {
        "endpoint": served.url,
        "campaignArn": served.campaign_arn,
        "trackingId": served.tracking_id,
        "schema": json.dumps(INTERACTIONS_SCHEMA),
        "sentAt": START,
    }
    command = [str(_program("node")), "journey.mjs", json.dumps(given)]
    met: dict[str, Any] = json.loads(_run_node_tool(*command, folder=javascript_folder))
    return met


def test_javascript_creates_and_describes(journey: dict[str, Any]) -> None:
    assert journey["schemaArns"] == [f"{PREFIX}schema/javascript-{number}" for number in (1, 2, 3)]
    assert journey["datasetGroupArn"] == f"{PREFIX}dataset-group/javascript"
    assert journey["created"].startswith("2027-01-1")


def test_javascript_follows_pages_of_one(journey: dict[str, Any]) -> None:
    assert set(journey["pageSizes"]) == {1}
    assert journey["listed"][-3:] == journey["schemaArns"]
    assert len(journey["listed"]) == len(set(journey["listed"])) == len(journey["pageSizes"])


@pytest.mark.parametrize(("service", "status"), [("control", 400), ("runtime", 404)])
def test_javascript_gets_a_modelled_error_as_its_own_class(journey: dict[str, Any], service: str, status: int) -> None:
    error = journey[f"{service}Error"]
    assert "campaign/absent" in error.pop("message")
    assert error == {
        "name": "ResourceNotFoundException",
        "status": status,
        "hasRequestId": True,
        "isOfItsClass": True,
    }


def test_an_event_sent_from_javascript_changes_the_next_recommendation(journey: dict[str, Any]) -> None:
    assert journey["putEventsStatus"] == 200
    assert journey["before"][0] != "i07"
    assert journey["after"][0] == "i07"
