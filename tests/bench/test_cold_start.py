"""CPU of a cold start, beside a conventional handler: fresh processes in turn, from exec to the first answer.

Both ask the same server on loopback, which answers at once, and both have their byte code.
"""

from __future__ import annotations

import compileall
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.assets import stage_lambdas
from tastemaker.simulator.server import ServerSpec, serving

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

PROCESSES, MOST = 20, 0.6
CONVENTIONAL = Path(__file__).parent / "conventional"
CAMPAIGN = "arn:aws:personalize:us-east-1:123456789012:campaign/own"
FILTER = "arn:aws:personalize:us-east-1:123456789012:filter/unseen"
ROUTE = "GET /users/{userId}/recommendations"
SETTINGS = {
    "owner": {"campaignArn": CAMPAIGN},
    "filter": "unseen",
    "filters": {"unseen": {"arn": FILTER, "parameters": {}}},
    "numResults": 25,
    "maxResults": 500,
}
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_LAMBDA_FUNCTION_NAME": "recommend",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "bench",
    "CAMPAIGN_ARN": CAMPAIGN,
    "FILTER_ARN": FILTER,
    "ROUTES": json.dumps({ROUTE: SETTINGS}),
    "DEADLINE_MILLISECONDS": "10000",
}
EVENT = {
    "resource": "/users/{userId}/recommendations",
    "path": "/users/u1/recommendations",
    "httpMethod": "GET",
    "headers": {"accept": "application/json"},
    "multiValueHeaders": {"accept": ["application/json"]},
    "queryStringParameters": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": {"userId": "u1"},
    "stageVariables": None,
    "requestContext": {
        "requestId": "r1", "requestTimeEpoch": 1_700_000_000_000, "resourcePath": "/users/{userId}/recommendations",
        "httpMethod": "GET", "path": "/users/u1/recommendations", "stage": "dev", "identity": {"sourceIp": "127.0.0.1"},
    },
    "body": None,
    "isBase64Encoded": False,
}  # fmt: skip
PROGRAM = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
import importlib
class Context:
    aws_request_id, function_name, memory_limit_in_mb = "i1", "recommend", 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:recommend"
    def get_remaining_time_in_millis(self): return 10_000
answer = importlib.import_module(sys.argv[2]).handler(json.loads(sys.argv[3]), Context())
assert answer["statusCode"] == 200, answer
assert len(json.loads(answer["body"])["items"]) == 25, answer
sys.stderr.write(str(time.process_time()))
"""


class Answering:
    """GetRecommendations, at once."""

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        await receive()
        items = [{"itemId": f"i{number}", "score": 0.5} for number in range(25)]
        body = json.dumps({"itemList": items, "recommendationId": "RID-1"}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _cold_start_seconds(folder: Path, module: str, url: str) -> float:
    environment = {
        "PATH": os.environ["PATH"], **ENVIRONMENT, "AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME": url,
    }  # fmt: skip
    command = [sys.executable, "-c", PROGRAM, str(folder), module, json.dumps(EVENT)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stderr)


def test_a_cold_start_costs_at_most_six_tenths_of_a_conventional_one(
    benchmark: BenchmarkFixture, tmp_path: Path
) -> None:
    """Milliseconds of CPU (median) in the extra columns of the JSON."""
    pytest.importorskip("aws_lambda_powertools", reason="pip install -e .[bench]")
    asset = stage_lambdas(tmp_path / "asset", byte_code=True)
    compileall.compile_dir(CONVENTIONAL, quiet=1)
    ours: list[float] = []
    theirs: list[float] = []

    def in_turn() -> None:
        with serving([ServerSpec(Answering())]) as urls:
            for _ in range(PROCESSES):
                ours.append(_cold_start_seconds(asset, "lambdas.recommend", urls[0]))
                theirs.append(_cold_start_seconds(CONVENTIONAL, "conventional_handler", urls[0]))

    benchmark.pedantic(in_turn, rounds=1)
    share = median(ours) / median(theirs)
    figures = {"ours_ms": median(ours) * 1000, "conventional_ms": median(theirs) * 1000, "share": share}
    benchmark.extra_info.update({name: round(value, 3) for name, value in figures.items()})
    sys.stderr.write(f"{benchmark.extra_info}\n")
    assert share <= MOST
