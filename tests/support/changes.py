"""Comparing an edited project with one that is deployed, and what `ensure` then does."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError

from tastemaker.changes.find import find_changes
from tastemaker.changes.overlay import KNOWN_LATER
from tastemaker.errors import AwsError, WorkflowFailedError
from tastemaker.local import AwsCall
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.runner.stepfunctions import install
from tests.support.project_files import edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tastemaker.changes.records import Changes
    from tastemaker.local import Local
    from tastemaker.plan.specs import Plan
    from tests.support.workflows import Shop

_READS = ("Describe", "List", "Get")


def edited_plan(shop: Shop, *edits: tuple[str, str], more: str = "") -> Plan:
    """The shop's plan after passages of its project file were replaced, and lines put behind it."""
    text = (shop.folder / "tastemaker.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        text = edit(old, new, text)
    return plan_of(shop.folder, text + more)


def plan_of(folder: Path, project: str | dict[str, Any]) -> Plan:
    """The plan of a project file, given as text or as plain data."""
    file = folder / "edited.yaml"
    file.write_text(project if isinstance(project, str) else json.dumps(project), encoding="utf-8")
    return build_plan(load_project(file))


def find_in(shop: Shop, plan: Plan) -> Changes:
    """The changes of a plan against the shop's simulator, by boto3 clients of all services."""
    with install(shop.local.engine):
        clients: dict[str, Any] = {
            name: boto3.client(service, region_name="us-east-1")
            for name, service in (("ssm", "ssm"), ("dynamodb", "dynamodb"), ("states", "stepfunctions"))
        }
        return find_changes(plan, boto3.client("personalize", region_name="us-east-1"), **clients)


def changes_of(shop: Shop, *edits: tuple[str, str], more: str = "") -> Changes:
    """The changes of an edit against the shop; without one, of the shop's own project."""
    return find_in(shop, edited_plan(shop, *edits, more=more))


class DirectClient:
    """A client like boto3's whose calls go straight to the callers of a local deployment.

    Attributes:
        operations: what was called, in order.
    """

    meta = SimpleNamespace(region_name="us-east-1")

    def __init__(self, local: Local, service: str) -> None:
        self._call = local.simulator.call if service == "personalize" else local.aws.call
        self._service, self.operations = service, list[str]()

    def __getattr__(self, name: str) -> Any:
        operation = _operations(self._service)[name]

        def call(**params: Any) -> dict[str, Any]:
            self.operations.append(operation)
            try:
                return dict(self._call(self._service, operation, params))
            except AwsError as error:
                raise ClientError({"Error": {"Code": error.code, "Message": error.message}}, operation) from error

        return call


@cache
def _operations(service: str) -> dict[str, str]:
    names = boto3.client(service, region_name="us-east-1").meta.service_model.operation_names
    return {xform_name(name): name for name in names}


class Predicted:
    """A deployment, and whether each `ensure` of it does what was predicted."""

    def __init__(self, shop: Shop, states: Any) -> None:
        self._local, self._states, self._made = shop.local, states, list[AwsCall]()
        self._local.caller.listeners.append(self._made.append)
        self._clients = {name: DirectClient(shop.local, name) for name in ("personalize", "ssm", "dynamodb")}

    @property
    def asked(self) -> set[str]:
        """Operations of the predictions so far."""
        return {operation for client in self._clients.values() for operation in client.operations}

    def predict(self, plan: Plan) -> Changes:
        clients: dict[str, Any] = self._clients
        return find_changes(plan, **clients, states=self._states)

    def find_difference(self, plan: Plan) -> tuple[Changes, str]:
        """Predict, ensure; gives the prediction and what was not like it, empty when all was.

        Where `ensure` refuses, it may have made any part of the calls before, and ends with one of the refusals.
        """
        found = self.predict(plan)
        expected = sorted(_text(call.operation, call.params) for call in found.calls)
        self._made.clear()
        try:
            self._local.execute("ensure", plan.resources)
            failure = ""
        except WorkflowFailedError as error:
            failure = error.cause
        made = sorted(_text(call.operation, call.params) for call in self._made if _changes(call))
        refused = [change.reason for change in found.refusals]
        refusal_met = failure in refused and set(made) <= set(expected)
        right = refusal_met if failure else not refused and made == expected
        return found, "" if right else f"predicted {expected} and refusals {refused}, made {made}, failed {failure!r}"


@contextmanager
def predicting(shop: Shop) -> Iterator[Predicted]:
    with install(shop.local.engine):
        yield Predicted(shop, boto3.client("stepfunctions", region_name="us-east-1"))


def _changes(call: AwsCall) -> bool:
    return call.error is None and not call.operation.startswith(_READS)


def _text(operation: str, params: Mapping[str, Any]) -> str:
    """Of the tracking id only that it is published: the service makes it."""
    known = {**params, "Value": KNOWN_LATER} if operation == "PutParameter" else params
    return json.dumps([operation, known], sort_keys=True)
