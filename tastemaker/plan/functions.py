"""The Lambda functions behind the routes: environment and permissions follow from the routes each one answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tastemaker.errors import TastemakerError
from tastemaker.plan.experiments import table_arn
from tastemaker.plan.serving import QUEUEING
from tastemaker.plan.specs import FunctionSpec
from tastemaker.plan.tokens import (
    ACCOUNT_ID,
    ARCHIVE_QUEUE,
    DATA_BUCKET,
    DATA_KEY_ARN,
    EVENT_QUEUE,
    PARTITION,
    REGION,
    personalize_arn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names
    from tastemaker.plan.specs import RouteSpec

    Actions = dict[str, tuple[str, ...]]

ARCHIVE_PREFIXES = ("events/", "action-interactions/")
"""Of the data bucket; below them one folder for each day."""
MAX_ENVIRONMENT_BYTES = 4096
"""Of all variables together. Source: Lambda developer guide, quotas."""
_EVERYWHERE = ("*",)


def build_functions(project: Project, names: Names, routes: Sequence[RouteSpec]) -> tuple[FunctionSpec, ...]:
    """One function for each name that the routes mention, in order of first mention, then the queues' consumers.

    Raises:
        TastemakerError: the settings of a function's routes do not fit into its environment.
    """
    mentioned = dict.fromkeys(route.function for route in routes)
    built = [
        _BUILDERS[name](name, project, names, [route for route in routes if route.function == name])
        for name in mentioned
    ]
    if any(name in QUEUEING for name in mentioned):
        built.append(_replay(project, names, mentioned))
        if project.endpoints.archive is not None:
            built.append(_archive())
    for function in built:
        _check_size(function)
    return tuple(built)


def _asking(action: str, summary: str) -> Builder:
    def build(name: str, project: Project, _names: Names, routes: list[RouteSpec]) -> FunctionSpec:
        asked = dict.fromkeys(arn for route in routes for arn in _asked_arns(route))
        environment = {**_routes(routes), **_deadline(project)}
        actions = {action: tuple(asked), **_table_actions(routes)}
        return FunctionSpec(name, _handler(name), summary, environment, actions)

    return build


def _asked_arns(route: RouteSpec) -> list[str]:
    """Campaigns, recommenders and filters of a route."""
    settings = route.settings
    variants = settings.get("experiment", {}).get("variants", ())
    owners = [settings["owner"], settings.get("fallback", {}).get("owner", {})]
    owners += [variant["owner"] for variant in variants if "owner" in variant]
    filters = [*settings.get("filters", {}).values()]
    promoted = [promotion["filterArn"] for promotion in settings.get("promotions", ())]
    return [*(arn for owner in owners for arn in owner.values()), *(entry["arn"] for entry in filters), *promoted]


def _table_actions(routes: list[RouteSpec]) -> Actions:
    """Exposures are written, one at a time; metadata are read, many at a time."""
    needs = {"dynamodb:UpdateItem": "experiment", "dynamodb:BatchGetItem": "sideTable"}
    tables = {
        action: dict.fromkeys(route.settings[key]["table"] for route in routes if key in route.settings)
        for action, key in needs.items()
    }
    return {action: tuple(map(table_arn, names)) for action, names in tables.items() if names}


def _outcome_actions(routes: list[RouteSpec]) -> Actions:
    """Outcomes are written, several at a time."""
    known = [one["table"] for route in routes for one in route.settings.get("experiments", {}).values()]
    return {"dynamodb:BatchWriteItem": tuple(map(table_arn, dict.fromkeys(known)))} if known else {}


def _track(name: str, project: Project, names: Names, routes: list[RouteSpec]) -> FunctionSpec:
    return FunctionSpec(
        name=name,
        handler=_handler(name),
        summary="Checks events and sends them to Amazon Personalize.",
        environment={
            **_routes(routes),
            **_deadline(project),
            "TRACKING_ID_PARAMETER": names.tracking_id_parameter,
            "EVENT_QUEUE_URL": EVENT_QUEUE.url,
            **_archive_url(project),
        },
        actions={**_put_events(names), **_sending(project, EVENT_QUEUE.arn), **_outcome_actions(routes)},
    )


def _track_actions(name: str, project: Project, names: Names, routes: list[RouteSpec]) -> FunctionSpec:
    return FunctionSpec(
        name=name,
        handler=_handler(name),
        summary="Checks action interactions and sends them to Amazon Personalize.",
        environment={
            **_routes(routes),
            **_deadline(project),
            "ACTION_INTERACTIONS_DATASET_ARN": _action_interactions(names),
            "EVENT_QUEUE_URL": EVENT_QUEUE.url,
            **_archive_url(project),
        },
        actions={**_put_action_interactions(names), **_sending(project, EVENT_QUEUE.arn)},
    )


def _put_records(name: str, _project: Project, _names: Names, routes: list[RouteSpec]) -> FunctionSpec:
    actions: Actions = {
        f"personalize:Put{route.settings['member'].title()}": (str(route.settings["datasetArn"]),) for route in routes
    }
    summary = "Sends new and changed items and users to Amazon Personalize."
    return FunctionSpec(name, _handler(name), summary, _routes(routes), actions)


def _replay(project: Project, names: Names, mentioned: dict[str, None]) -> FunctionSpec:
    """The rights of whichever routes feed the queue."""
    actions: Actions = {**_sending(project, EVENT_QUEUE.dead_letter_arn), **_polling(EVENT_QUEUE.arn)}
    if "track" in mentioned:
        actions |= _put_events(names)
    if "track-actions" in mentioned:
        actions |= _put_action_interactions(names)
    return FunctionSpec(
        name="replay",
        handler=_handler("replay"),
        summary="Sends queued events to Amazon Personalize, in the order of each session.",
        environment={
            "TRACKING_ID_PARAMETER": names.tracking_id_parameter,
            "ACTION_INTERACTIONS_DATASET_ARN": _action_interactions(names),
            "DEAD_LETTER_QUEUE_URL": EVENT_QUEUE.dead_letter_url,
            **_archive_url(project),
        },
        actions=actions,
        timeout_seconds=30,
    )


def _archive() -> FunctionSpec:
    objects = tuple(f"arn:{PARTITION}:s3:::{DATA_BUCKET}/{prefix}*" for prefix in ARCHIVE_PREFIXES)
    return FunctionSpec(
        name="archive",
        handler=_handler("archive"),
        summary="Writes accepted events into the data bucket, a folder for each day.",
        environment={"BUCKET": DATA_BUCKET},
        actions={
            **_polling(ARCHIVE_QUEUE.arn),
            "s3:PutObject": objects,
            "kms:GenerateDataKey": (DATA_KEY_ARN,),
        },
        timeout_seconds=60,
    )


def _archive_url(project: Project) -> dict[str, str]:
    return {"ARCHIVE_QUEUE_URL": "" if project.endpoints.archive is None else ARCHIVE_QUEUE.url}


def _sending(project: Project, queue_arn: str) -> Actions:
    """To this queue, and to the archive's where there is one."""
    archive = () if project.endpoints.archive is None else (ARCHIVE_QUEUE.arn,)
    return {"sqs:SendMessage": (queue_arn, *archive)}


def _polling(queue_arn: str) -> Actions:
    """What Lambda itself does with the role of a queue's consumer."""
    return dict.fromkeys(POLLING, (queue_arn,))


def _plain(summary: str) -> Builder:
    return lambda name, _project, _names, _routes: FunctionSpec(name, _handler(name), summary, memory_mb=128)


def _put_events(names: Names) -> Actions:
    parameter = f"arn:{PARTITION}:ssm:{REGION}:{ACCOUNT_ID}:parameter{names.tracking_id_parameter}"
    # PutEvents has no resource-level permission: reference §6 and §11.
    return {"personalize:PutEvents": _EVERYWHERE, "ssm:GetParameter": (parameter,)}


def _put_action_interactions(names: Names) -> Actions:
    # Whether PutActionInteractions has one is unconfirmed (reference §11); `*` works either way.
    dataset = (_action_interactions(names),)
    return {"personalize:PutActionInteractions": _EVERYWHERE, "personalize:DescribeDataset": dataset}


def _action_interactions(names: Names) -> str:
    return personalize_arn(f"dataset/{names.dataset_group}/ACTION_INTERACTIONS")


def _routes(routes: list[RouteSpec]) -> dict[str, str]:
    settings = {route.key: route.settings for route in routes}
    return {"ROUTES": json.dumps(settings, separators=(",", ":"))}


def _deadline(project: Project) -> dict[str, str]:
    return {"DEADLINE_MILLISECONDS": str(project.endpoints.deadline_milliseconds)}


def _check_size(function: FunctionSpec) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in function.environment.items())
    if size > MAX_ENVIRONMENT_BYTES:
        message = (
            f"The routes of function `{function.name}` need {size} bytes of settings, and Lambda allows "
            f"{MAX_ENVIRONMENT_BYTES}: shorten `filters` or `fallback.items` under `endpoints`."
        )
        raise TastemakerError(message)


def _handler(name: str) -> str:
    return f"lambdas.{name.replace('-', '_')}.handler"


POLLING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""Source: Lambda developer guide, Using Lambda with Amazon SQS, permissions."""

if TYPE_CHECKING:
    Builder = Callable[[str, Project, Names, list[RouteSpec]], FunctionSpec]

_BUILDERS: dict[str, Builder] = {
    "recommend": _asking("personalize:GetRecommendations", "Asks a campaign for items."),
    "related": _asking("personalize:GetRecommendations", "Asks a campaign for items like another item."),
    "rank": _asking("personalize:GetPersonalizedRanking", "Asks a campaign for the order of items."),
    "act": _asking("personalize:GetActionRecommendations", "Asks a campaign for actions."),
    "track": _track,
    "track-actions": _track_actions,
    "put-records": _put_records,
    "health": _plain("Says that the API answers."),
    "describe": _plain("Gives the OpenAPI document."),
}
