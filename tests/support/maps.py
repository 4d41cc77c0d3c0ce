"""Distributed Maps of tests: S3 with a few objects, small definitions, a Map whose function fails on request."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tastemaker.errors import FunctionError
from tests.support.tasks import ScriptedAws, ScriptedFunctions, engine_with, invoke, jsonpath, machine, played

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.engine import Engine
    from tastemaker.runner.interpreter.execution import Execution

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
BROKEN = FunctionError("Broken", "no")


class Bucket(ScriptedAws):
    """S3 with a few objects by key; what is put can be read."""

    def __init__(self, **objects: str | bytes) -> None:
        super().__init__()
        self.objects = {name.replace("__", "/").replace("_", "."): body for name, body in objects.items()}

    def call(self, service: str, operation: str, params: Any) -> dict[str, Any]:
        if operation == "PutObject":
            self.objects[params["Key"]] = params["Body"]
            return {}
        if operation == "ListObjectsV2":
            found = [key for key in self.objects if key.startswith(params.get("Prefix", ""))]
            moment = datetime(2026, 1, 1, tzinfo=UTC)
            return {"Contents": [{"Key": key, "ETag": '"e"', "Size": 1, "LastModified": moment} for key in found]}
        body = self.objects[params["Key"]]
        return {"Body": io.BytesIO(body if isinstance(body, bytes) else body.encode())}

    def json(self, key: str) -> Any:
        return json.loads(self.objects[key])


def distributed(states: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A distributed Map; its processor passes items on unless other states are given."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        **(states or jsonpath("P", P={"Type": "Pass", "End": True})),
    }
    return {"Type": "Map", "Label": "each", "ItemProcessor": processor, "End": True, **fields}


def reader(key: str = "", resource: str = GET, **config: Any) -> dict[str, Any]:
    arguments = {"Bucket": "b", "Prefix": "in/"} if resource == LIST else {"Bucket": "b", "Key": key}
    return {"Resource": resource, "ReaderConfig": config, "Parameters": arguments}


def run(state: dict[str, Any], value: Any = None, bucket: Bucket | None = None) -> tuple[Execution, Engine]:
    engine = engine_with(bucket or Bucket())
    return played(jsonpath("M", M=state), value, engine), engine


def failing(answers: list[Any], **fields: Any) -> tuple[Engine, Execution, Bucket]:
    """A Map over 1, 2, 3 one after the other; its function answers what is given."""
    bucket = Bucket()
    engine = engine_with(bucket, ScriptedFunctions({"work": answers}))
    states = jsonpath("T", T={**invoke("work", Output="{% $states.result.Payload %}"), "End": True})
    definition = machine("M", M=distributed(states, MaxConcurrency=1, **fields))
    return engine, played(definition, [1, 2, 3], engine), bucket
