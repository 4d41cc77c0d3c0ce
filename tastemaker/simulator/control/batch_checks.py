"""What CreateBatchInferenceJob and CreateBatchSegmentJob check alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tastemaker.facts import statuses
from tastemaker.facts.recipes import RecipeFacts, find_recipe
from tastemaker.simulator import lifecycle
from tastemaker.simulator.batch import INPUT_PATH, OUTPUT_PATH
from tastemaker.simulator.records import BatchJob, Filter, SolutionVersion
from tastemaker.simulator.refusals import invalid_input, too_many_under_way

if TYPE_CHECKING:
    from tastemaker.simulator.filtering import ParsedFilter
    from tastemaker.simulator.world import World

J = TypeVar("J", bound=BatchJob)


def recipe_of(version: SolutionVersion) -> RecipeFacts:
    recipe = find_recipe(version.recipe_arn)
    if recipe is None:
        raise invalid_input(f"Unknown recipe {version.recipe_arn}.")
    return recipe


def check_locations(params: dict[str, Any]) -> None:
    """The output must be another folder than the input (reference §7)."""
    source = params["jobInput"]["s3DataSource"]["path"]
    target = params["jobOutput"]["s3DataDestination"]["path"]
    if not source.startswith("s3://"):
        raise invalid_input(f"{INPUT_PATH}: {source} must be a location such as s3://bucket/folder/file.json.")
    if not target.startswith("s3://") or not target.endswith("/"):
        raise invalid_input(
            f"{OUTPUT_PATH}: {target} must be a folder such as s3://bucket/folder/, with the / at the end."
        )
    if target in {source, source.rpartition("/")[0] + "/"}:
        raise invalid_input(f"{OUTPUT_PATH}: {target} must differ from the location of the input.")


def read_number(params: dict[str, Any], default: int, most: int) -> int:
    """`numResults`, or what holds without it."""
    wanted: int = params.get("numResults", default)
    if not 1 <= wanted <= most:
        raise invalid_input(f"numResults must be between 1 and {most}; it is {wanted}.")
    return wanted


def check_filter(world: World, params: dict[str, Any], version: SolutionVersion, target: str) -> ParsedFilter | None:
    """The job's filter, parsed; None for none."""
    if "filterArn" not in params:
        return None
    record = world.store.get(Filter, params["filterArn"])
    lifecycle.require_active(record)
    if record.dataset_group_arn != version.dataset_group_arn:
        raise invalid_input(f"Filter {record.arn} belongs to another dataset group than {version.arn}.")
    parsed = world.filters.parse(record.filter_expression)
    if parsed.target != target:
        raise invalid_input(f"Filter {record.arn} filters {parsed.target}; this job needs {target}.")
    return parsed


def check_version(version: SolutionVersion) -> None:
    """Only an ACTIVE version can be used; one that will never be is invalid input."""
    if version.status in {statuses.CREATE_FAILED, statuses.CREATE_STOPPED}:
        raise invalid_input(f"{version.arn} is {version.status} and cannot be used.")
    lifecycle.require_active(version)


def check_quota(world: World, kind: type[J], most: int) -> None:
    under_way = world.store.select(kind, lambda job: job.status in statuses.UNDER_WAY)
    if len(under_way) >= most:
        raise too_many_under_way(most)


def job_fields(world: World, resource: str, params: dict[str, Any], version: SolutionVersion) -> dict[str, Any]:
    """The arguments that both kinds of record start with."""
    name = params["jobName"]
    return {
        **lifecycle.base(world, world.arn(f"{resource}/{name}"), name),
        "solution_version_arn": version.arn,
        "dataset_group_arn": version.dataset_group_arn,
        "filter_arn": params.get("filterArn"),
        "job_input": params["jobInput"],
        "job_output": params["jobOutput"],
        "role_arn": params["roleArn"],
    }
